/*
 * Forget, restore and purge, for every kind. Undo is in undo.c.
 */
#include "engine/lifecycle.h"

#include "base/limits.h"
#include "engine/conversation.h"
#include "store/row.h"

#include <assert.h>
#include <string.h>

static const struct kind *const lookup_order[] = {&kind_memory, &kind_message, &kind_conversation,
                                                  &kind_link};

static size_t deleted_field(const struct kind *kind)
{
    return kind->is_versioned ? (size_t)COMMON_DELETED_AT : (size_t)LINK_DELETED_AT;
}

enum mneme_code record_find_any(const struct scope *scope, const struct record_name *name,
                                const struct kind **kind, union any_record *out,
                                struct mneme_error *err)
{
    *kind = NULL;
    if (name->id == NULL) {
        enum mneme_code code = memory_get_named(scope, name, true, &out->memory, err);
        if (code == MNEME_OK) {
            *kind = &kind_memory;
        }
        return code == MNEME_NOT_FOUND ? MNEME_OK : code;
    }
    bool found = false;
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < 4 && code == MNEME_OK && !found; i++) {
        code = record_find(scope, lookup_order[i], name->id, out, &found, err);
        if (found) {
            *kind = lookup_order[i];
        }
    }
    return code;
}

/* A verb that finds one record of any kind. */
struct ending {
    const struct mneme *handle;
    const struct record_name *name;
    const struct kind *only;
    struct arena *arena;
    struct receipt *receipt;
};

/* Marks a record as forgotten (at a time) or not (TIME_NONE). Conversations keep count of their messages. */
static enum mneme_code set_deleted(struct change *change, const struct kind *kind,
                                   const union any_record *before, int64_t deleted_at,
                                   struct mneme_error *err)
{
    union any_record after = *before;
    size_t field = deleted_field(kind);
    if (deleted_at == TIME_NONE) {
        field_clear(kind, &after, field);
    } else {
        field_set_integer(kind, &after, field, deleted_at);
    }
    return change_replace(change, kind, before, &after, err);
}

/* Every message of a conversation whose deleted_at is `from` becomes `to`; TIME_NONE: not deleted. */
static enum mneme_code mark_messages(struct change *change, const char *conversation_id,
                                     int64_t from, int64_t to, struct mneme_error *err)
{
    struct message_page page = {.conversation_id = conversation_id};
    enum mneme_code code = MNEME_OK;
    while (code == MNEME_OK && !page.is_last) {
        code = message_page_read(&change->scope, &page, err);
        for (size_t i = 0; i < page.count && code == MNEME_OK; i++) {
            union any_record before = {.message = page.messages[i]};
            if (field_integer(&kind_message, &before, COMMON_DELETED_AT) == from) {
                code = set_deleted(change, &kind_message, &before, to, err);
            }
        }
    }
    return code;
}

static enum mneme_code forget_found(struct change *change, const struct kind *kind,
                                    const union any_record *record, struct mneme_error *err)
{
    int64_t now = change->scope.now_us;
    enum mneme_code code = set_deleted(change, kind, record, now, err);
    if (code == MNEME_OK && kind == &kind_conversation) {
        code = mark_messages(change, record->common.id, TIME_NONE, now, err);
        return code == MNEME_OK ? conversation_recount(change, record->common.id, err) : code;
    }
    if (code == MNEME_OK && kind == &kind_message) {
        code = conversation_recount(change, record->message.conversation_id, err);
    }
    return code;
}

static enum mneme_code run_forget(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct ending *ending = context;
    struct change change;
    const struct kind *kind;
    union any_record record;
    enum mneme_code code =
        engine_change_begin(ending->handle, &change, tx, ending->arena, "record.forget", err);
    if (code == MNEME_OK) {
        code = record_find_any(&change.scope, ending->name, &kind, &record, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    bool is_fit = kind != NULL && (ending->only == NULL || ending->only == kind);
    if (!is_fit || field_present(&record, deleted_field(kind))) {
        return record_not_found(ending->name, err);
    }
    code = forget_found(&change, kind, &record, err);
    return code == MNEME_OK
               ? receipt_fill(ending->receipt, &change, field_text(kind, &record, COMMON_ID),
                              RECEIPT_FORGOTTEN, err)
               : code;
}

enum mneme_code record_forget(const struct mneme *handle, const struct record_name *name,
                              const struct kind *only, struct arena *arena, struct receipt *out,
                              struct mneme_error *err)
{
    struct ending ending = {
        .handle = handle, .name = name, .only = only, .arena = arena, .receipt = out};
    return engine_write(handle, run_forget, &ending, err);
}

enum mneme_code memory_check_key(struct change *change, const struct memory *memory,
                                 struct mneme_error *err)
{
    if (memory->key == NULL || memory->superseded_by != NULL) {
        return MNEME_OK;
    }
    struct record_name name = {.key = memory->key, .name_space = memory->name_space};
    struct memory holder;
    enum mneme_code code = memory_get_named(&change->scope, &name, true, &holder, err);
    if (code == MNEME_OK && strcmp(holder.id, memory->id) != 0) {
        return error_field(err, MNEME_CONFLICT, "key", "unique",
                           "another memory has taken the key");
    }
    return code == MNEME_NOT_FOUND ? MNEME_OK : code;
}

static enum mneme_code restore_found(struct change *change, const struct kind *kind,
                                     const union any_record *record, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    if (kind == &kind_memory) {
        code = memory_check_key(change, &record->memory, err);
    }
    if (code == MNEME_OK) {
        code = set_deleted(change, kind, record, TIME_NONE, err);
    }
    if (code == MNEME_OK && kind == &kind_conversation) {
        code = mark_messages(change, record->common.id, record->common.deleted_at, TIME_NONE, err);
        return code == MNEME_OK ? conversation_recount(change, record->common.id, err) : code;
    }
    if (code == MNEME_OK && kind == &kind_message) {
        code = conversation_recount(change, record->message.conversation_id, err);
    }
    return code;
}

static enum mneme_code run_restore(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct ending *ending = context;
    struct change change;
    const struct kind *kind;
    union any_record record;
    enum mneme_code code =
        engine_change_begin(ending->handle, &change, tx, ending->arena, "record.restore", err);
    if (code == MNEME_OK) {
        code = record_find_any(&change.scope, ending->name, &kind, &record, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (kind == NULL) {
        return record_not_found(ending->name, err);
    }
    const char *id = field_text(kind, &record, COMMON_ID);
    if (!field_present(&record, deleted_field(kind))) {
        return receipt_fill(ending->receipt, &change, id, RECEIPT_KNOWN, err);
    }
    code = restore_found(&change, kind, &record, err);
    return code == MNEME_OK ? receipt_fill(ending->receipt, &change, id, RECEIPT_RESTORED, err)
                            : code;
}

enum mneme_code record_restore(const struct mneme *handle, const struct record_name *name,
                               struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct ending ending = {.handle = handle, .name = name, .arena = arena, .receipt = out};
    return engine_write(handle, run_restore, &ending, err);
}

static enum mneme_code run_for_id(struct change *change, enum sql_id sql, const struct uuid *id,
                                  struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(change->scope.db, sql, &statement, err);
    if (code == MNEME_OK) {
        db_bind_uuid(statement, 1, &change->scope.user);
        db_bind_uuid(statement, 2, id);
        code = db_run(statement, err);
    }
    return code;
}

static enum sql_id purge_sql(const struct kind *kind)
{
    return kind == &kind_memory         ? SQL_MEMORY_PURGE
           : kind == &kind_message      ? SQL_MESSAGE_PURGE
           : kind == &kind_conversation ? SQL_CONVERSATION_PURGE
                                        : SQL_LINK_PURGE;
}

/* The record's row and all that hangs on it alone. */
static enum mneme_code purge_row(struct change *change, const struct kind *kind,
                                 const struct uuid *id, struct mneme_error *err)
{
    char text[UUID_TEXT_LENGTH + 1];
    uuid_format(id, text);
    enum mneme_code code = run_for_id(change, SQL_HISTORY_PURGE, id, err);
    if (code == MNEME_OK) {
        code = run_for_id(change, SQL_EVIDENCE_PURGE, id, err);
    }
    if (code == MNEME_OK) {
        code = change_remove_vectors(change, text, err);
    }
    if (code == MNEME_OK) {
        code = run_for_id(change, purge_sql(kind), id, err);
    }
    return code == MNEME_OK ? change_put_tombstone(change, kind, id, change->scope.now_us, err)
                            : code;
}

/* The links at either end of a record, read before any is removed. */
static enum mneme_code purge_links(struct change *change, const struct uuid *id,
                                   struct mneme_error *err)
{
    struct statement *statement;
    struct uuid *links = NULL;
    size_t count = 0, capacity = 0;
    enum mneme_code code = db_prepare(change->scope.db, SQL_LINK_IDS_OF, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, id);
    bool has_row = true;
    while (code == MNEME_OK && has_row) {
        code = db_step(statement, &has_row, err);
        if (code == MNEME_OK && has_row) {
            links = arena_grow(change->scope.arena, links, &capacity, count + 1, sizeof *links);
            size_t length;
            const void *bytes = db_bytes(statement, 0, &length);
            if (links == NULL || length != sizeof links->bytes) {
                db_reset(statement);
                return error_nomem(err);
            }
            memcpy(links[count++].bytes, bytes, length);
        }
    }
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        code = purge_row(change, &kind_link, &links[i], err);
    }
    return code;
}

static enum mneme_code purge_record(struct change *change, const struct kind *kind, const char *id,
                                    struct mneme_error *err)
{
    struct uuid uuid;
    bool is_uuid = uuid_parse(id, &uuid);
    assert(is_uuid);
    (void)is_uuid;
    enum mneme_code code = MNEME_OK;
    if (kind != &kind_link) {
        code = purge_links(change, &uuid, err);
    }
    return code == MNEME_OK ? purge_row(change, kind, &uuid, err) : code;
}

static enum mneme_code purge_messages(struct change *change, const char *conversation_id,
                                      struct mneme_error *err)
{
    struct message_page page = {.conversation_id = conversation_id};
    enum mneme_code code = MNEME_OK;
    while (code == MNEME_OK && !page.is_last) {
        code = message_page_read(&change->scope, &page, err);
        for (size_t i = 0; i < page.count && code == MNEME_OK; i++) {
            code = purge_record(change, &kind_message, page.messages[i].id, err);
        }
    }
    return code;
}

static enum mneme_code run_purge(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct ending *ending = context;
    struct change change;
    const struct kind *kind;
    union any_record record;
    enum mneme_code code =
        engine_change_begin(ending->handle, &change, tx, ending->arena, "record.purge", err);
    if (code == MNEME_OK) {
        change.is_barrier = true;
        code = record_find_any(&change.scope, ending->name, &kind, &record, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (kind == NULL) {
        return record_not_found(ending->name, err);
    }
    const char *id = field_text(kind, &record, COMMON_ID);
    if (kind == &kind_conversation) {
        code = purge_messages(&change, id, err);
    }
    if (code == MNEME_OK) {
        code = purge_record(&change, kind, id, err);
    }
    if (code == MNEME_OK && kind == &kind_message) {
        code = conversation_recount(&change, record.message.conversation_id, err);
    }
    return code == MNEME_OK ? receipt_fill(ending->receipt, &change, id, RECEIPT_SCRUB_PENDING, err)
                            : code;
}

enum mneme_code record_purge(const struct mneme *handle, const struct record_name *name, bool scrub,
                             struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct ending ending = {.handle = handle, .name = name, .arena = arena, .receipt = out};
    enum mneme_code code = engine_write(handle, run_purge, &ending, err);
    if (code == MNEME_OK && scrub) {
        // The rows are gone already; a file that cannot be cleaned now stays `scrub_pending`.
        if (store_scrub(engine_store(handle), NULL) == MNEME_OK) {
            out->status = RECEIPT_PURGED;
        }
    }
    return code;
}
