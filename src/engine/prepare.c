/* Terms, digests and vectors of what is about to be stored. */
#include "engine/prepare.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/utf8.h"
#include "engine/space_verbs.h"
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
    const char *key = record_recalled_text(kind, record, &is_key, arena);
    const char *text = record_recalled_text(kind, record, &is_text, arena);
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

/* The distinct texts of a call, and which of them each text is. */
struct distinct {
    const char **texts;
    size_t count;
    uint32_t *which;
};

/* One space's vectors of all texts, in front of those that each has already in `out`, or behind. */
static enum mneme_code embed_into(const struct embed_target *target,
                                  const struct distinct *distinct, size_t count,
                                  struct arena *arena, struct prepared_vector *out, bool *cut,
                                  struct mneme_error *err)
{
    struct embedder *embedder = target->embedder;
    size_t dimension = embedder->dimension;
    float *rows = arena_alloc_array(arena, distinct->count * dimension, sizeof *rows);
    bool *is_cut = arena_alloc_array(arena, distinct->count, sizeof *is_cut);
    if (rows == NULL || is_cut == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code =
        embedder_embed(embedder, distinct->texts, distinct->count, rows, is_cut, err);
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        out[i] = (struct prepared_vector){.vector = rows + distinct->which[i] * dimension,
                                          .dimension = dimension,
                                          .space = embedder->space,
                                          .model = target->model};
        if (cut != NULL) {
            cut[i] = is_cut[distinct->which[i]];
        }
    }
    return code;
}

/* Into each of the targets that is no provider, the first in `out` itself. */
static enum mneme_code embed_all(const struct embed_targets *targets,
                                 const struct distinct *distinct, size_t count, struct arena *arena,
                                 struct prepared_vector *out, bool *cut, struct mneme_error *err)
{
    struct prepared_vector *last = NULL;
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < targets->count && code == MNEME_OK; i++) {
        const struct embed_target *target = &targets->items[i];
        if (embedder_is_remote(target->embedder)) {
            continue;
        }
        struct prepared_vector *next =
            last == NULL ? out : arena_alloc_array(arena, count, sizeof *next);
        code = next ? embed_into(target, distinct, count, arena, next, last ? NULL : cut, err)
                    : error_nomem(err);
        for (size_t j = 0; j < count && last != NULL && code == MNEME_OK; j++) {
            last[j].next = &next[j];
        }
        last = next;
    }
    return code;
}

enum mneme_code prepare_vectors(const struct mneme *handle, const char *const *texts, size_t count,
                                struct arena *arena, struct prepared_vector *out, bool *cut,
                                struct mneme_error *err)
{
    struct distinct distinct = {.texts = arena_alloc_array(arena, count, sizeof *distinct.texts),
                                .which = arena_alloc_array(arena, count, sizeof *distinct.which)};
    struct embed_targets targets;
    enum mneme_code code = engine_targets(handle, arena, &targets, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (distinct.texts == NULL || distinct.which == NULL ||
        !find_distinct(texts, count, distinct.texts, &distinct.count, distinct.which)) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct prepared_vector){0};
        if (cut != NULL) {
            cut[i] = false;
        }
    }
    code = embed_all(&targets, &distinct, count, arena, out, cut, err);
    for (size_t i = 0; i < count; i++) {
        out[i].late_model = targets.late_model;
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
    const char *text = record_embedded_text(batch->kind, record, batch->arena);
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
    *out = (struct prepared_vector){
        .vector = copy, .dimension = dimension, .space = space, .is_given = true};
    return MNEME_OK;
}

/* A job that is to bring the record a vector of the model. It begins in front of the record, or is there already. */
static enum mneme_code owe(struct change *change, const char *model, struct mneme_error *err)
{
    struct uuid id;
    const struct job_request request = {.kind = JOB_EMBED,
                                        .subject = model,
                                        .priority = PRIORITY_EMBED,
                                        .position = change->first_seq - 1};
    enum mneme_code code = job_add(change, &request, &id, err);
    if (code == MNEME_OK) {
        change_note_pending(change, &id);
    }
    return code;
}

/* What the user's active space lacks, if a model is known that could bring it. */
static enum mneme_code owe_active(struct change *change, int64_t active_id, struct mneme_error *err)
{
    struct space_info active;
    bool found;
    enum mneme_code code = space_get(&change->scope, active_id, &active, &found, err);
    return code == MNEME_OK && found && active.model != NULL ? owe(change, active.model, err)
                                                             : code;
}

/* Stores each of a text's vectors; *has_active says whether one is of the user's active space. */
static enum mneme_code put_each(struct change *change, const struct kind *kind,
                                const char *record_id, const struct prepared_vector *vector,
                                bool *has_active, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    *has_active = false;
    for (; vector != NULL && vector->vector != NULL && code == MNEME_OK; vector = vector->next) {
        struct space space;
        struct space_choice choice = {0};
        const struct space_name name = {vector->space, vector->dimension, vector->model};
        code = change_space(change, &name, &space, err);
        if (code == MNEME_OK) {
            code = change_put_vector(change, kind, record_id, space.space_id, vector->vector,
                                     vector->dimension, err);
        }
        if (code == MNEME_OK) {
            code = change_choice(change, &choice, err);
        }
        *has_active |= space.space_id == choice.active_id;
    }
    return code;
}

enum mneme_code prepared_vector_put(const struct mneme *handle, struct change *change,
                                    const struct kind *kind, const char *record_id,
                                    const struct prepared_vector *vector, struct mneme_error *err)
{
    struct space_choice choice;
    bool has_active;
    enum mneme_code code = put_each(change, kind, record_id, vector, &has_active, err);
    if (code == MNEME_OK) {
        code = change_choice(change, &choice, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    (void)engine_saw_choice(handle, &choice);
    if (has_active || vector->is_given) {
        return MNEME_OK;
    }
    if (choice.active_id != 0) {
        return owe_active(change, choice.active_id, err);
    }
    return vector->late_model != NULL ? owe(change, vector->late_model, err) : MNEME_OK;
}

enum mneme_code prepared_vector_keep(struct change *change, const struct kind *kind,
                                     const char *record_id, const struct prepared_vector *vector,
                                     struct mneme_error *err)
{
    struct space space;
    bool is_there;
    if (!vector->is_given) {
        return MNEME_OK;
    }
    const struct space_name name = {vector->space, vector->dimension, vector->model};
    enum mneme_code code = change_space(change, &name, &space, err);
    struct late_vector late = {
        .space_id = space.space_id, .vector = vector->vector, .dimension = vector->dimension};
    if (code == MNEME_OK) {
        code = change_has_vector(change, record_id, &late, &is_there, err);
    }
    if (code != MNEME_OK || is_there) {
        return code;
    }
    code = change_tick(change, &late.seq, err);
    return code == MNEME_OK ? change_put_late_vector(change, kind, record_id, &late, err) : code;
}

enum mneme_code prepared_vector_replace(const struct mneme *handle, struct change *change,
                                        const struct kind *kind, const char *record_id,
                                        const struct prepared_vector *vector,
                                        struct mneme_error *err)
{
    enum mneme_code code = change_remove_vectors(change, record_id, err);
    return code == MNEME_OK ? prepared_vector_put(handle, change, kind, record_id, vector, err)
                            : code;
}
