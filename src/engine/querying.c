#include "engine/querying.h"

#include "base/limits.h"
#include "base/map.h"
#include "embed/embed_cache.h"

#include <string.h>

/* Looks among the user's spaces for one of the provider's, which tells its dimension. */
static enum mneme_code find_space(const struct scope *scope, struct embedder *embedder, bool *found,
                                  struct mneme_error *err)
{
    struct statement *statement;
    size_t stem = strlen(embedder->space_stem);
    bool has_row = true;
    enum mneme_code code = db_prepare(scope->db, SQL_SPACE_LIST, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    while (!*found && (code = db_step(statement, &has_row, err)) == MNEME_OK && has_row) {
        const char *name = db_text(statement, 2, NULL);
        size_t dimension = (size_t)db_integer(statement, 1);
        *found = name != NULL && strncmp(name, embedder->space_stem, stem) == 0 &&
                 embedder_know(embedder, name, dimension, NULL) == MNEME_OK;
    }
    db_reset(statement);
    return code;
}

/* A provider whose dimension is not known yet: the store knows it if anything of the user's was ever embedded by it. */
static enum mneme_code ask_store(const struct mneme *handle, struct embedder *embedder,
                                 struct arena *arena, bool *found, struct mneme_error *err)
{
    struct snapshot snapshot;
    *found = false;
    enum mneme_code code = snapshot_begin(handle, arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (snapshot.is_known) {
        code = find_space(&snapshot.scope, embedder, found, err);
    }
    snapshot_end(&snapshot);
    return code;
}

/* Which texts are to be embedded: each distinct one that the cache does not have. */
struct missing {
    const char **texts;
    float **rows; /* where each one's vector goes */
    size_t count;
};

static bool is_cached_kind(const struct embedder *embedder)
{
    return embedder->kind == EMBED_TRANSFORMER || embedder->kind == EMBED_REMOTE;
}

static bool find_missing(const struct mneme *handle, struct querying *querying, struct arena *arena,
                         struct missing *out)
{
    const struct embedder *embedder = querying->embedder;
    struct embed_cache *cache = is_cached_kind(embedder) ? engine_query_cache(handle) : NULL;
    struct map seen;
    bool is_ok = true;
    map_init(&seen);
    for (size_t i = 0; i < querying->count && is_ok; i++) {
        const char *text = querying->texts[i];
        bool is_new;
        uint32_t first = map_put(&seen, text, strlen(text), (uint32_t)i, &is_new);
        float *row = first == MAP_NONE || !is_new
                         ? NULL
                         : arena_alloc_array(arena, embedder->dimension, sizeof *row);
        is_ok = first != MAP_NONE && (!is_new || row != NULL);
        if (is_ok && is_new) {
            const struct embed_cache_key key = {handle->user_name, embedder->space, text};
            if (cache == NULL || !embed_cache_find(cache, &key, row, embedder->dimension)) {
                out->texts[out->count] = text;
                out->rows[out->count++] = row;
            }
        }
        if (is_ok) {
            querying->vectors[i] =
                (struct prepared_vector){.vector = is_new ? row : querying->vectors[first].vector,
                                         .dimension = embedder->dimension,
                                         .space = embedder->space};
        }
    }
    map_clear(&seen);
    return is_ok;
}

static void keep(const struct mneme *handle, const struct embedder *embedder,
                 const struct missing *missing)
{
    for (size_t i = 0; i < missing->count && is_cached_kind(embedder); i++) {
        const struct embed_cache_key key = {handle->user_name, embedder->space, missing->texts[i]};
        embed_cache_put(engine_query_cache(handle), &key, missing->rows[i], embedder->dimension);
    }
}

static enum mneme_code embed_missing(const struct mneme *handle, struct querying *querying,
                                     const struct missing *missing, struct arena *arena,
                                     struct mneme_error *err)
{
    struct embedder *embedder = querying->embedder;
    const struct embed_request request = {
        .texts = missing->texts, .count = missing->count, .timeout_ms = embedder->query_wait_ms};
    size_t dimension = embedder->dimension;
    float *rows = arena_alloc_array(arena, missing->count * dimension, sizeof *rows);
    enum mneme_code code =
        rows ? embedder_embed_within(embedder, &request, rows, NULL, err) : error_nomem(err);
    for (size_t i = 0; i < missing->count && code == MNEME_OK; i++) {
        memcpy(missing->rows[i], rows + i * dimension, dimension * sizeof *rows);
    }
    if (code == MNEME_OK) {
        keep(handle, embedder, missing);
    }
    return code;
}

static enum mneme_code embed(const struct mneme *handle, struct querying *querying,
                             struct arena *arena, struct mneme_error *err)
{
    struct missing missing = {
        .texts = arena_alloc_array(arena, querying->count, sizeof *missing.texts),
        .rows = arena_alloc_array(arena, querying->count, sizeof *missing.rows)};
    if (missing.texts == NULL || missing.rows == NULL ||
        !find_missing(handle, querying, arena, &missing)) {
        return error_nomem(err);
    }
    return missing.count > 0 ? embed_missing(handle, querying, &missing, arena, err) : MNEME_OK;
}

static void clear_vectors(struct querying *querying)
{
    for (size_t i = 0; i < querying->count; i++) {
        querying->vectors[i] = (struct prepared_vector){0};
    }
}

enum mneme_code querying_embed(const struct mneme *handle, struct querying *querying,
                               struct arena *arena, struct mneme_error *err)
{
    struct embedder *embedder = querying->embedder;
    struct embed_weights weights = embed_weights(embedder->kind);
    bool is_wanted = querying->count > 0 && (weights.own_cos > 0 || weights.near_cos > 0);
    enum mneme_code code = MNEME_OK;
    clear_vectors(querying);
    querying->degraded = (struct mneme_error){0};
    if (is_wanted && !embedder_is_resolved(embedder)) {
        code = ask_store(handle, embedder, arena, &is_wanted, err);
    }
    if (code != MNEME_OK || !is_wanted) {
        return code;
    }
    if (!embedder_is_remote(embedder)) {
        return embed(handle, querying, arena, err);
    }
    code = embed(handle, querying, arena, &querying->degraded);
    if (code == MNEME_OK || code == MNEME_NOMEM) {
        querying->degraded = (struct mneme_error){0};
        return code == MNEME_OK ? code : error_nomem(err);
    }
    clear_vectors(querying);
    return MNEME_OK;
}
