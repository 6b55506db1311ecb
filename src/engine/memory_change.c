/*
 * Changing a memory that is there: update, supersede, tag, expire, touch.
 */
#include "base/limits.h"
#include "engine/memory_internal.h"

#include <string.h>

/* A verb that finds one memory and changes it: what it does with it comes after. */
struct altering {
    const struct mneme *handle;
    struct arena *arena;
    const char *operation;
    const struct memory_change *change;
    struct prepared_vector vector;
    bool embedding_cut;
    struct list tags;
    bool is_removal, is_touch;
    int64_t expires_at;
    struct receipt *receipt;
    enum mneme_code (*alter)(const struct altering *altering, const struct writing *writing,
                             const struct memory *before, struct mneme_error *err);
};

static enum mneme_code run_altering(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct altering *altering = context;
    struct change change;
    struct memory before;
    enum mneme_code code = engine_change_begin(altering->handle, &change, tx, altering->arena,
                                               altering->operation, err);
    if (code == MNEME_OK) {
        code = memory_get_named(&change.scope, &altering->change->name, false, &before, err);
    }
    if (code == MNEME_OK) {
        code = record_check_version(altering->change->version, before.version, err);
    }
    struct writing writing = {altering->handle, &change};
    return code == MNEME_OK ? altering->alter(altering, &writing, &before, err) : code;
}

/* The vector of new content: the caller's, or the model's. */
static enum mneme_code prepare_altering(struct altering *altering, struct mneme_error *err)
{
    const struct memory *fields = altering->change->fields;
    altering->vector = altering->change->vector;
    if (fields == NULL || fields->content == NULL || altering->vector.vector != NULL) {
        return MNEME_OK;
    }
    return prepare_vectors(altering->handle, &fields->content, 1, altering->arena,
                           &altering->vector, &altering->embedding_cut, err);
}

static enum mneme_code alter_memory(struct altering *altering, struct mneme_error *err)
{
    enum mneme_code code = prepare_altering(altering, err);
    if (code != MNEME_OK) {
        return code;
    }
    return engine_write(altering->handle, run_altering, altering, err);
}

static enum mneme_code write_altered(const struct altering *altering, const struct writing *writing,
                                     const struct memory *before, struct memory *after,
                                     struct mneme_error *err)
{
    enum mneme_code code = memory_write_merged(writing, before, after, &altering->vector,
                                               altering->embedding_cut, err);
    return code == MNEME_OK
               ? receipt_fill(altering->receipt, writing->change, after->id, RECEIPT_UPDATED, err)
               : code;
}

static enum mneme_code answer_known(const struct altering *altering, const struct writing *writing,
                                    const struct memory *memory, struct mneme_error *err)
{
    return receipt_fill(altering->receipt, writing->change, memory->id, RECEIPT_KNOWN, err);
}

static enum mneme_code update(const struct altering *altering, const struct writing *writing,
                              const struct memory *before, struct mneme_error *err)
{
    struct memory after = *before;
    bool is_quiet;
    if (!record_apply(&kind_memory, &after, altering->change->fields, &is_quiet)) {
        enum mneme_code code =
            prepared_vector_keep(writing->change, &kind_memory, before->id, &altering->vector, err);
        return code == MNEME_OK ? answer_known(altering, writing, before, err) : code;
    }
    if (altering->change->fields->head.given >> MEMORY_IMPORTANCE & 1) {
        field_set_text(&kind_memory, &after, MEMORY_IMPORTANCE_BASIS, "explicit");
    }
    return write_altered(altering, writing, before, &after, err);
}

enum mneme_code memory_update(const struct mneme *handle, const struct memory_change *change,
                              struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct altering altering = {.handle = handle,
                                .arena = arena,
                                .operation = "memory.update",
                                .change = change,
                                .receipt = out,
                                .alter = update};
    return alter_memory(&altering, err);
}

/* What the new memory takes over: all that says what it is about, nothing of the old one's life. */
static void inherit(const struct memory *old, struct memory *new)
{
    static const size_t own[] = {
        COMMON_ID,          COMMON_CREATED_AT,       COMMON_UPDATED_AT,    COMMON_VERSION,
        COMMON_DELETED_AT,  COMMON_ORIGIN,           COMMON_PRINCIPAL,     COMMON_TRUST,
        MEMORY_ORIGIN_KEY,  MEMORY_EVENT_AT,         MEMORY_VALID_FROM,    MEMORY_VALID_TO,
        MEMORY_EXPIRES_AT,  MEMORY_LAST_ACCESSED_AT, MEMORY_SUPERSEDED_BY, MEMORY_TERMS,
        MEMORY_CONTENT_HASH};
    *new = *old;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        field_clear(&kind_memory, new, own[i]);
    }
}

enum mneme_code memory_end(struct change *change, const struct memory *before, const char *new_id,
                           int64_t valid_to, struct mneme_error *err)
{
    struct memory after = *before;
    field_set_text(&kind_memory, &after, MEMORY_SUPERSEDED_BY, new_id);
    // One that had ended before does not hold longer for having been superseded.
    if (!field_present(before, MEMORY_VALID_TO) || before->valid_to > valid_to) {
        field_set_integer(&kind_memory, &after, MEMORY_VALID_TO, valid_to);
    }
    return change_replace(change, &kind_memory, before, &after, err);
}

/* The new memory holds from now on, or from when the old one was to begin, unless it says otherwise. */
static enum mneme_code begin_new(const struct memory *before, struct memory *new, int64_t now_us,
                                 struct arena *arena, struct mneme_error *err)
{
    struct fault_list faults;
    bool has_begin = field_present(before, MEMORY_VALID_FROM);
    if (!field_present(new, MEMORY_VALID_FROM)) {
        field_set_integer(&kind_memory, new, MEMORY_VALID_FROM,
                          has_begin && before->valid_from > now_us ? before->valid_from : now_us);
    }
    if (has_begin && new->valid_from < before->valid_from) {
        return error_field(err, MNEME_INVALID, "valid_from", "min",
                           "the new memory begins before the old one did");
    }
    fault_list_init(&faults, arena);
    return record_check_order(&kind_memory, new, "", &faults, err);
}

static enum mneme_code supersede(const struct altering *altering, const struct writing *writing,
                                 const struct memory *before, struct mneme_error *err)
{
    struct change *change = writing->change;
    struct memory new;
    struct uuid id;
    char *id_text = arena_alloc(altering->arena, UUID_TEXT_LENGTH + 1);
    bool is_quiet;
    if (id_text == NULL) {
        return error_nomem(err);
    }
    if (before->superseded_by != NULL) {
        return error_field(err, MNEME_CONFLICT, "id", "conflict",
                           "the memory has been superseded already");
    }
    enum mneme_code code = store_new_id(change->tx->store, &id, err);
    if (code != MNEME_OK) {
        return code;
    }
    uuid_format(&id, id_text);
    inherit(before, &new);
    (void)record_apply(&kind_memory, &new, altering->change->fields, &is_quiet);
    field_set_text(&kind_memory, &new, COMMON_ID, id_text);
    if (altering->change->fields->head.given >> MEMORY_IMPORTANCE & 1) {
        field_set_text(&kind_memory, &new, MEMORY_IMPORTANCE_BASIS, "explicit");
    }
    field_set_boolean(&kind_memory, &new, MEMORY_EMBEDDING_CUT, altering->embedding_cut);
    code = begin_new(before, &new, change->scope.now_us, altering->arena, err);
    // The old one gives up the key before the new one takes it.
    if (code == MNEME_OK) {
        code = memory_end(change, before, id_text, new.valid_from, err);
    }
    if (code == MNEME_OK) {
        code = prepare_memory(writing->handle, &new, NULL, altering->arena, err);
    }
    if (code == MNEME_OK) {
        code = memory_insert(writing, &new, &altering->vector, altering->receipt, err);
    }
    if (code == MNEME_OK) {
        code = memory_link(change, new.id, before->id, "supersedes", err);
    }
    return code == MNEME_OK ? receipt_fill(altering->receipt, change, new.id, RECEIPT_CREATED, err)
                            : code;
}

enum mneme_code memory_supersede(const struct mneme *handle, const struct memory_change *change,
                                 struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct altering altering = {.handle = handle,
                                .arena = arena,
                                .operation = "memory.supersede",
                                .change = change,
                                .receipt = out,
                                .alter = supersede};
    if (change->fields->content == NULL) {
        return error_field(err, MNEME_INVALID, "content", "required",
                           "the new memory needs its content");
    }
    return alter_memory(&altering, err);
}

static enum mneme_code remove_tags(struct list from, struct list tags, struct arena *arena,
                                   struct list *out, bool *differs, struct mneme_error *err)
{
    const char **items = arena_alloc_array(arena, from.count + 1, sizeof *items);
    *out = (struct list){.items = items};
    *differs = false;
    if (items == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < from.count; i++) {
        if (memory_has_tag(tags, from.items[i])) {
            *differs = true;
        } else {
            items[out->count++] = from.items[i];
        }
    }
    return MNEME_OK;
}

static enum mneme_code tag(const struct altering *altering, const struct writing *writing,
                           const struct memory *before, struct mneme_error *err)
{
    struct memory after = *before;
    struct list tags;
    bool differs;
    enum mneme_code code =
        altering->is_removal
            ? remove_tags(before->tags, altering->tags, altering->arena, &tags, &differs, err)
            : memory_unite_tags(before->tags, altering->tags, altering->arena, &tags, &differs,
                                err);
    if (code != MNEME_OK) {
        return code;
    }
    if (!differs) {
        return answer_known(altering, writing, before, err);
    }
    field_set_list(&kind_memory, &after, MEMORY_TAGS, tags);
    return write_altered(altering, writing, before, &after, err);
}

enum mneme_code memory_tag(const struct mneme *handle, const struct record_name *name,
                           struct list tags, bool remove, struct arena *arena, struct receipt *out,
                           struct mneme_error *err)
{
    struct memory_change change = {.name = *name};
    struct altering altering = {.handle = handle,
                                .arena = arena,
                                .operation = remove ? "memory.untag" : "memory.tag",
                                .change = &change,
                                .tags = tags,
                                .is_removal = remove,
                                .receipt = out,
                                .alter = tag};
    return alter_memory(&altering, err);
}

static enum mneme_code expire(const struct altering *altering, const struct writing *writing,
                              const struct memory *before, struct mneme_error *err)
{
    struct memory after = *before;
    if (altering->expires_at == TIME_NONE) {
        field_clear(&kind_memory, &after, MEMORY_EXPIRES_AT);
    } else {
        field_set_integer(&kind_memory, &after, MEMORY_EXPIRES_AT, altering->expires_at);
    }
    if (field_equal(&kind_memory, before, &after, MEMORY_EXPIRES_AT)) {
        return answer_known(altering, writing, before, err);
    }
    if (!altering->is_touch) {
        return write_altered(altering, writing, before, &after, err);
    }
    enum mneme_code code = change_replace_quiet(writing->change, &kind_memory, &after, err);
    return code == MNEME_OK
               ? receipt_fill(altering->receipt, writing->change, after.id, RECEIPT_UPDATED, err)
               : code;
}

enum mneme_code memory_expire(const struct mneme *handle, const struct record_name *name,
                              int64_t expires_at, bool is_touch, struct arena *arena,
                              struct receipt *out, struct mneme_error *err)
{
    struct memory_change change = {.name = *name};
    struct altering altering = {.handle = handle,
                                .arena = arena,
                                .operation = is_touch ? "memory.touch" : "memory.expire",
                                .change = &change,
                                .expires_at = expires_at,
                                .is_touch = is_touch,
                                .receipt = out,
                                .alter = expire};
    return alter_memory(&altering, err);
}
