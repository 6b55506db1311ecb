/* Terms, digests and vectors of what is about to be stored. */
#include "engine/prepare.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/utf8.h"
#include "text/document.h"
#include "text/token_estimate.h"
#include "vec/kernels.h"

#include <math.h>
#include <string.h>

#define DOCUMENT_BYTES                                                                             \
    ((size_t)8 * LIMIT_CONTENT_BYTES) /* a text's stored terms; far above what a text can give */

static enum mneme_code encode_document(const struct mneme *handle,
                                       const struct document_source *source, struct arena *arena,
                                       struct bytes *out, struct mneme_error *err)
{
    struct document document;
    struct strbuf buf;
    struct analyzer *analyzer = engine_analyzer_take(handle);
    bool is_analyzed = analyzer != NULL && document_analyze(analyzer, source, arena, &document);
    engine_analyzer_give(handle, analyzer);
    if (!is_analyzed) {
        return error_nomem(err);
    }
    strbuf_init(&buf, DOCUMENT_BYTES);
    document_encode(&document, &buf);
    enum mneme_code code = strbuf_code(&buf);
    *out = (struct bytes){.data = arena_copy(arena, buf.text, buf.length), .length = buf.length};
    strbuf_clear(&buf);
    if (code != MNEME_OK) {
        return error_set(err, code, "the text's terms cannot be stored");
    }
    return out->data ? MNEME_OK : error_nomem(err);
}

/* Over what makes two keyless memories the same: namespace, type, subject, and the content but for its white space. */
static enum mneme_code hash_content(struct memory *memory, struct arena *arena,
                                    struct mneme_error *err)
{
    const char *content = utf8_fold_space(arena, memory->content);
    unsigned char *digest = arena_alloc(arena, SHA256_BYTES);
    if (content == NULL || digest == NULL) {
        return error_nomem(err);
    }
    const char *texts[] = {memory->name_space, memory->type ? memory->type : "",
                           memory->subject ? memory->subject : "", content};
    struct hash_part parts[4];
    for (size_t i = 0; i < 4; i++) {
        parts[i] = (struct hash_part){texts[i], strlen(texts[i])};
    }
    enum mneme_code code = hash_sha256(parts, 4, digest, err);
    if (code == MNEME_OK) {
        field_set_bytes(&kind_memory, memory, MEMORY_CONTENT_HASH,
                        (struct bytes){digest, SHA256_BYTES});
    }
    return code;
}

enum mneme_code prepare_memory(const struct mneme *handle, struct memory *memory,
                               const char *date_text, struct arena *arena, struct mneme_error *err)
{
    size_t tags = memory->tags.count, key_count = 0;
    const char **keys = arena_alloc_array(arena, tags + 2, sizeof *keys);
    if (keys == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < tags; i++) {
        keys[key_count++] = memory->tags.items[i];
    }
    if (memory->key != NULL) {
        keys[key_count++] = memory->key;
    }
    if (memory->type != NULL) {
        keys[key_count++] = memory->type;
    }
    bool has_time = field_present(memory, MEMORY_EVENT_AT);
    struct document_source source = {.text = memory->content,
                                     .keys = keys,
                                     .key_count = key_count,
                                     .event_at_us = has_time ? memory->event_at : TIME_NONE,
                                     .date_text = date_text};
    struct bytes terms;
    enum mneme_code code = encode_document(handle, &source, arena, &terms, err);
    if (code != MNEME_OK) {
        return code;
    }
    field_set_bytes(&kind_memory, memory, MEMORY_TERMS, terms);
    if (memory->key != NULL) {
        field_clear(&kind_memory, memory, MEMORY_CONTENT_HASH);
        return MNEME_OK;
    }
    return hash_content(memory, arena, err);
}

enum mneme_code prepare_message(const struct mneme *handle, struct message *message,
                                const char *date_text, struct arena *arena, struct mneme_error *err)
{
    struct document_source source = {.text = message->content,
                                     .speaker = message->speaker ? message->speaker : message->role,
                                     .event_at_us = message->event_at,
                                     .date_text = date_text};
    struct bytes terms;
    enum mneme_code code = encode_document(handle, &source, arena, &terms, err);
    if (code != MNEME_OK) {
        return code;
    }
    field_set_bytes(&kind_message, message, MESSAGE_TERMS, terms);
    if (!field_present(message, MESSAGE_TOKEN_COUNT)) {
        size_t tokens = token_estimate(message->content, strlen(message->content));
        field_set_integer(&kind_message, message, MESSAGE_TOKEN_COUNT, (int64_t)tokens);
    }
    return MNEME_OK;
}

/* The recalled fields that hold a value, a line each: of the key or of the text, or (NULL) all. */
static const char *join_recalled(const struct kind *kind, const void *record, const bool *is_key,
                                 struct arena *arena)
{
    struct strbuf buf;
    strbuf_init(&buf, LIMIT_LINE_BYTES);
    for (size_t i = 0; i < kind->field_count; i++) {
        unsigned flags = kind->fields[i].flags;
        bool is_asked = is_key == NULL || *is_key == ((flags & FIELD_NAME) != 0);
        if (!(flags & FIELD_RECALLED) || !is_asked || !field_present(record, i)) {
            continue;
        }
        const char *text = kind->fields[i].type == FIELD_LIST ? NULL : field_text(kind, record, i);
        struct list items = text ? (struct list){&text, 1} : field_list(kind, record, i);
        for (size_t j = 0; j < items.count; j++) {
            strbuf_add_text(&buf, buf.length > 0 ? "\n" : "");
            strbuf_add_text(&buf, items.items[j]);
        }
    }
    const char *joined =
        strbuf_code(&buf) == MNEME_OK ? arena_text_n(arena, buf.text, buf.length) : NULL;
    strbuf_clear(&buf);
    return joined;
}

const char *prepare_embedded_text(const struct kind *kind, const void *record, struct arena *arena)
{
    if (kind == &kind_memory) {
        return ((const struct memory *)record)->content;
    }
    if (kind == &kind_message) {
        const struct message *message = record;
        return arena_printf(arena, "%s: %s", message->speaker ? message->speaker : message->role,
                            message->content);
    }
    return join_recalled(kind, record, NULL, arena);
}

enum mneme_code prepare_record(const struct mneme *handle, const struct kind *kind,
                               union any_record *record, struct arena *arena,
                               struct mneme_error *err)
{
    static const bool is_key = true, is_text = false;
    struct bytes terms;
    if (kind == &kind_memory) {
        return prepare_memory(handle, &record->memory, NULL, arena, err);
    }
    if (kind == &kind_message) {
        return prepare_message(handle, &record->message, NULL, arena, err);
    }
    if (!kind->is_recalled) {
        return MNEME_OK;
    }
    const char *key = join_recalled(kind, record, &is_key, arena);
    const char *text = join_recalled(kind, record, &is_text, arena);
    if (key == NULL || text == NULL) {
        return error_nomem(err);
    }
    struct document_source source = {.text = *text != '\0' ? text : key,
                                     .keys = &key,
                                     .key_count = *key != '\0',
                                     .event_at_us = TIME_NONE};
    enum mneme_code code = encode_document(handle, &source, arena, &terms, err);
    if (code == MNEME_OK) {
        field_set_bytes(kind, record, field_find(kind, "terms"), terms);
    }
    return code;
}

/* The distinct texts in order, and which of them each text is. */
static bool find_distinct(const char *const *texts, size_t count, const char **distinct,
                          size_t *distinct_count, uint32_t *which)
{
    struct map seen;
    bool is_ok = true;
    *distinct_count = 0;
    map_init(&seen);
    for (size_t i = 0; i < count && is_ok; i++) {
        bool is_new;
        which[i] = map_put(&seen, texts[i], strlen(texts[i]), (uint32_t)*distinct_count, &is_new);
        is_ok = which[i] != MAP_NONE;
        if (is_ok && is_new) {
            distinct[(*distinct_count)++] = texts[i];
        }
    }
    map_clear(&seen);
    return is_ok;
}

/* A write never waits for another machine. */
static enum mneme_code prepare_no_vectors(size_t count, struct prepared_vector *out, bool *cut)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct prepared_vector){0};
        if (cut != NULL) {
            cut[i] = false;
        }
    }
    return MNEME_OK;
}

enum mneme_code prepare_vectors(const struct mneme *handle, const char *const *texts, size_t count,
                                struct arena *arena, struct prepared_vector *out, bool *cut,
                                struct mneme_error *err)
{
    struct embedder *embedder = engine_embedder(handle);
    if (embedder_is_remote(embedder)) {
        return prepare_no_vectors(count, out, cut);
    }
    size_t dimension = embedder->dimension, distinct_count;
    const char **distinct = arena_alloc_array(arena, count, sizeof *distinct);
    uint32_t *which = arena_alloc_array(arena, count, sizeof *which);
    bool *is_cut = arena_alloc_array(arena, count, sizeof *is_cut);
    if (distinct == NULL || which == NULL || is_cut == NULL ||
        !find_distinct(texts, count, distinct, &distinct_count, which)) {
        return error_nomem(err);
    }
    float *rows = arena_alloc_array(arena, distinct_count * dimension, sizeof *rows);
    if (rows == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = embedder_embed(embedder, distinct, distinct_count, rows, is_cut, err);
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        out[i] = (struct prepared_vector){.vector = rows + which[i] * dimension,
                                          .dimension = dimension,
                                          .space = embedder->space};
        if (cut != NULL) {
            cut[i] = is_cut[which[i]];
        }
    }
    return code;
}

enum mneme_code prepare_batch_init(struct prepare_batch *batch, const struct kind *kind,
                                   size_t most, struct arena *arena, struct mneme_error *err)
{
    *batch = (struct prepare_batch){
        .kind = kind,
        .arena = arena,
        .cut_field = field_find(kind, "embedding_cut"),
        .texts = arena_alloc_array(arena, most, sizeof *batch->texts),
        .records = arena_alloc_array(arena, most, sizeof *batch->records),
        .vectors = arena_alloc_array(arena, most, sizeof *batch->vectors),
    };
    return arena_failed(arena) ? error_nomem(err) : MNEME_OK;
}

enum mneme_code prepare_batch_add(struct prepare_batch *batch, void *record,
                                  struct prepared_vector *vector, struct mneme_error *err)
{
    field_set_boolean(batch->kind, record, batch->cut_field, false);
    if (vector->vector != NULL) {
        return MNEME_OK;
    }
    const char *text = prepare_embedded_text(batch->kind, record, batch->arena);
    if (text == NULL) {
        return error_nomem(err);
    }
    batch->texts[batch->count] = text;
    batch->records[batch->count] = record;
    batch->vectors[batch->count++] = vector;
    return MNEME_OK;
}

enum mneme_code prepare_batch_run(const struct prepare_batch *batch, const struct mneme *handle,
                                  struct mneme_error *err)
{
    struct arena *arena = batch->arena;
    if (batch->count == 0) {
        return MNEME_OK;
    }
    struct prepared_vector *vectors = arena_alloc_array(arena, batch->count, sizeof *vectors);
    bool *cut = arena_alloc_array(arena, batch->count, sizeof *cut);
    if (vectors == NULL || cut == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code =
        prepare_vectors(handle, batch->texts, batch->count, arena, vectors, cut, err);
    for (size_t i = 0; i < batch->count && code == MNEME_OK; i++) {
        *batch->vectors[i] = vectors[i];
        field_set_boolean(batch->kind, batch->records[i], batch->cut_field, cut[i]);
    }
    return code;
}

enum mneme_code prepare_given_vector(const float *vector, size_t dimension, const char *space,
                                     struct arena *arena, struct prepared_vector *out,
                                     struct mneme_error *err)
{
    *out = (struct prepared_vector){0};
    if (space == NULL || *space == '\0') {
        return error_field(err, MNEME_INVALID, "space", "required",
                           "a vector needs the name of its space");
    }
    if (dimension == 0 || dimension > LIMIT_DIMENSION) {
        return error_field(err, MNEME_INVALID, "vector", "dimension",
                           "a vector has 1 to %d numbers, not %zu", LIMIT_DIMENSION, dimension);
    }
    float *copy = arena_copy(arena, vector, dimension * sizeof *vector);
    if (copy == NULL) {
        return error_nomem(err);
    }
    if (!vector_normalize(kernels_get(), copy, dimension)) {
        return error_field(err, MNEME_INVALID, "vector", "min",
                           "the vector has no length, or holds what is no number");
    }
    *out = (struct prepared_vector){.vector = copy, .dimension = dimension, .space = space};
    return MNEME_OK;
}

enum mneme_code prepared_vector_put(struct change *change, const struct kind *kind,
                                    const char *record_id, const struct prepared_vector *vector,
                                    struct mneme_error *err)
{
    struct space space;
    if (vector->vector == NULL) {
        return MNEME_OK;
    }
    enum mneme_code code = change_space(change, vector->space, vector->dimension, &space, err);
    return code == MNEME_OK ? change_put_vector(change, kind, record_id, space.space_id,
                                                vector->vector, vector->dimension, err)
                            : code;
}

enum mneme_code prepared_vector_replace(struct change *change, const struct kind *kind,
                                        const char *record_id, const struct prepared_vector *vector,
                                        struct mneme_error *err)
{
    enum mneme_code code = change_remove_vectors(change, record_id, err);
    return code == MNEME_OK ? prepared_vector_put(change, kind, record_id, vector, err) : code;
}
