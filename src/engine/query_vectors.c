/* What a query is compared by. */
#include "engine/query_vectors.h"

#include "base/map.h"
#include "embed/embed_cache.h"
#include "engine/space_verbs.h"

#include <string.h>

/* The texts that one model is asked for, and a row for each one's vector. */
struct asking {
    const struct mneme *handle;
    struct embedder *embedder;
    const char **texts;
    float **rows;
    size_t count;
    const char **missing; /* those that the cache does not have, each distinct one once */
    float **missing_rows;
    size_t missing_count;
};

static bool is_wanted(const struct query *query)
{
    return query->given->vector == NULL && query->text != NULL && *query->text != '\0';
}

/* Not of models that are faster than the look. */
static struct embed_cache *cache_of(const struct asking *asking)
{
    enum embed_kind kind = asking->embedder->kind;
    return kind == EMBED_TRANSFORMER || kind == EMBED_REMOTE ? engine_query_cache(asking->handle)
                                                             : NULL;
}

/* The text's row: that of the same text before it, one from the cache, or one that is to be filled. */
static bool find_row(struct asking *asking, struct map *seen, size_t i, struct arena *arena)
{
    const struct embedder *embedder = asking->embedder;
    const char *text = asking->texts[i];
    struct embed_cache *cache = cache_of(asking);
    bool is_new;
    uint32_t first = map_put(seen, text, strlen(text), (uint32_t)i, &is_new);
    if (first == MAP_NONE) {
        return false;
    }
    if (!is_new) {
        asking->rows[i] = asking->rows[first];
        return true;
    }
    float *row = arena_alloc_array(arena, embedder->dimension, sizeof *row);
    const struct embed_cache_key key = {asking->handle->user_name, embedder->space, text};
    asking->rows[i] = row;
    if (row != NULL &&
        (cache == NULL || !embed_cache_find(cache, &key, row, embedder->dimension))) {
        asking->missing[asking->missing_count] = text;
        asking->missing_rows[asking->missing_count++] = row;
    }
    return row != NULL;
}

static bool find_rows(struct asking *asking, struct arena *arena)
{
    struct map seen;
    bool is_ok = true;
    map_init(&seen);
    for (size_t i = 0; i < asking->count && is_ok; i++) {
        is_ok = find_row(asking, &seen, i, arena);
    }
    map_clear(&seen);
    return is_ok;
}

static void keep(const struct asking *asking)
{
    struct embed_cache *cache = cache_of(asking);
    const struct embedder *embedder = asking->embedder;
    for (size_t i = 0; i < asking->missing_count && cache != NULL; i++) {
        const struct embed_cache_key key = {asking->handle->user_name, embedder->space,
                                            asking->missing[i]};
        embed_cache_put(cache, &key, asking->missing_rows[i], embedder->dimension);
    }
}

static enum mneme_code fill_rows(const struct asking *asking, struct arena *arena,
                                 struct mneme_error *err)
{
    struct embedder *embedder = asking->embedder;
    size_t dimension = embedder->dimension;
    const struct embed_request request = {.texts = asking->missing,
                                          .count = asking->missing_count,
                                          .timeout_ms = embedder->query_wait_ms};
    if (asking->missing_count == 0) {
        return MNEME_OK;
    }
    float *rows = arena_alloc_array(arena, asking->missing_count * dimension, sizeof *rows);
    enum mneme_code code =
        rows ? embedder_embed_within(embedder, &request, rows, NULL, err) : error_nomem(err);
    for (size_t i = 0; i < asking->missing_count && code == MNEME_OK; i++) {
        memcpy(asking->missing_rows[i], rows + i * dimension, dimension * sizeof *rows);
    }
    if (code == MNEME_OK) {
        keep(asking);
    }
    return code;
}

static enum mneme_code ask(struct asking *asking, struct arena *arena, struct mneme_error *err)
{
    asking->missing = arena_alloc_array(arena, asking->count, sizeof *asking->missing);
    asking->missing_rows = arena_alloc_array(arena, asking->count, sizeof *asking->missing_rows);
    if (asking->missing == NULL || asking->missing_rows == NULL || !find_rows(asking, arena)) {
        return error_nomem(err);
    }
    return fill_rows(asking, arena, err);
}

/* Of all queries that want one a vector in the target's space. */
static enum mneme_code embed_in(const struct embed_target *target, struct asking *asking,
                                const struct query *queries, size_t count, struct arena *arena,
                                struct mneme_error *err)
{
    struct mneme_error own = {0};
    asking->embedder = target->embedder;
    asking->missing_count = 0;
    enum mneme_code code = ask(asking, arena, &own);
    bool is_missing =
        code != MNEME_OK && code != MNEME_NOMEM && embedder_is_remote(target->embedder);
    for (size_t i = 0, next = 0; i < count && (code == MNEME_OK || is_missing); i++) {
        struct query_vectors *vectors = queries[i].vectors;
        if (!is_wanted(&queries[i])) {
            continue;
        }
        const float *row = asking->rows[next++];
        if (is_missing) {
            vectors->missing = own;
        } else if (vectors->count < PARTITION_SPACES) {
            vectors->items[vectors->count++] =
                (struct prepared_vector){.vector = row,
                                         .dimension = target->embedder->dimension,
                                         .space = target->embedder->space};
        }
    }
    return code == MNEME_OK || is_missing ? MNEME_OK : error_copy(err, &own);
}

enum mneme_code query_vectors_prepare(const struct mneme *handle, const struct query *queries,
                                      size_t count, struct arena *arena, struct mneme_error *err)
{
    struct embed_targets targets;
    struct asking asking = {.handle = handle,
                            .texts = arena_alloc_array(arena, count + 1, sizeof *asking.texts),
                            .rows = arena_alloc_array(arena, count + 1, sizeof *asking.rows)};
    if (asking.texts == NULL || asking.rows == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        *queries[i].vectors = (struct query_vectors){0};
        if (queries[i].given->vector != NULL) {
            queries[i].vectors->items[queries[i].vectors->count++] = *queries[i].given;
        } else if (is_wanted(&queries[i])) {
            asking.texts[asking.count++] = queries[i].text;
        }
    }
    if (asking.count == 0) {
        return MNEME_OK;
    }
    enum mneme_code code = engine_query_targets(handle, arena, &targets, err);
    for (size_t i = 0; i < targets.count && code == MNEME_OK; i++) {
        code = embed_in(&targets.items[i], &asking, queries, count, arena, err);
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
