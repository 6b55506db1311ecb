/* What a query is compared by. */
#include "engine/query_vectors.h"

#include "engine/space_verbs.h"

#include <string.h>

static bool may_pass(enum mneme_code code)
{
    return code == MNEME_UNAVAILABLE || code == MNEME_TIMEOUT || code == MNEME_REMOTE;
}

static enum mneme_code embed_query(const struct embed_target *target, const char *text,
                                   struct arena *arena, struct query_vectors *out,
                                   struct mneme_error *err)
{
    struct embedder *embedder = target->embedder;
    float *vector = arena_alloc_array(arena, embedder->dimension, sizeof *vector);
    const struct embed_request request = {
        .texts = &text, .count = 1, .timeout_ms = LIMIT_QUERY_WAIT_MS};
    if (vector == NULL) {
        return error_nomem(err);
    }
    struct mneme_error own = {0};
    enum mneme_code code = embedder_embed_within(embedder, &request, vector, NULL, &own);
    if (code != MNEME_OK && embedder_is_remote(embedder) && may_pass(code)) {
        out->missing = own;
        return MNEME_OK;
    }
    if (code != MNEME_OK) {
        return error_copy(err, &own);
    }
    out->items[out->count++] = (struct prepared_vector){
        .vector = vector, .dimension = embedder->dimension, .space = embedder->space};
    return MNEME_OK;
}

enum mneme_code query_vectors_prepare(const struct mneme *handle,
                                      const struct prepared_vector *given, const char *text,
                                      struct arena *arena, struct query_vectors *out,
                                      struct mneme_error *err)
{
    struct embed_targets targets;
    *out = (struct query_vectors){0};
    if (given->vector != NULL) {
        out->items[out->count++] = *given;
        return MNEME_OK;
    }
    if (text == NULL || *text == '\0') {
        return MNEME_OK;
    }
    enum mneme_code code = engine_query_targets(handle, arena, &targets, err);
    for (size_t i = 0; i < targets.count && out->count < PARTITION_SPACES && code == MNEME_OK;
         i++) {
        code = embed_query(&targets.items[i], text, arena, out, err);
    }
    return code;
}

struct index_spaces query_vectors_spaces(const struct query_vectors *vectors)
{
    struct index_spaces spaces = {{NULL}};
    for (size_t i = 0; i < vectors->count; i++) {
        spaces.names[i] = vectors->items[i].space;
    }
    return spaces;
}

enum mneme_code query_vectors_lay(const struct query_vectors *vectors,
                                  const struct index_view *view, struct arena *arena,
                                  struct recall_request *request, struct mneme_error *err)
{
    size_t total = 0;
    request->vector = NULL;
    for (size_t i = 0; i < PARTITION_SPACES; i++) {
        request->weights[i] = (struct embed_weights){0};
        total += view->dimensions[i];
    }
    if (vectors->count == 0 || total == 0) {
        return MNEME_OK; // a space that the user has nothing in gives no dense parts
    }
    float *laid = arena_alloc_array(arena, total, sizeof *laid); // zeroes
    if (laid == NULL) {
        return error_nomem(err);
    }
    size_t at = 0;
    for (size_t i = 0; i < vectors->count; i++) {
        const struct prepared_vector *vector = &vectors->items[i];
        size_t dimension = view->dimensions[i];
        if (dimension == 0) {
            continue;
        }
        if (vector->dimension != dimension) {
            return error_field(err, MNEME_INVALID, "vector", "dimension",
                               "space '%.60s' has %zu dimensions, not %zu", vector->space,
                               dimension, vector->dimension);
        }
        memcpy(laid + at, vector->vector, dimension * sizeof *laid);
        at += dimension;
        request->weights[i] = embed_weights(embed_kind_of_space(vector->space));
    }
    request->vector = laid;
    return MNEME_OK;
}
