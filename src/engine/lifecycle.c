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

static enum mneme_code find_by_id(const struct scope *scope, const char *id,
                                  const struct kind **kind, union any_record *out,
                                  struct mneme_error *err)
{
    bool found = false;
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < 4 && code == MNEME_OK && !found; i++) {
        code = record_find(scope, lookup_order[i], id, out, &found, err);
        if (found) {
            *kind = lookup_order[i];
        }
    }
    return code;
}

/* The last memory that was forgotten with a key. */
static enum mneme_code find_lost(const struct scope *scope, const struct record_name *name,
                                 struct memory *out, bool *found, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(scope->db, SQL_MEMORY_BY_LOST_KEY, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_text(statement, 2, name->name_space ? name->name_space : "default");
    db_bind_text(statement, 3, name->key);
    return row_find(statement, &kind_memory, out, scope->arena, found, err);
}

enum mneme_code record_find_any(const struct scope *scope, const struct record_name *name,
                                const struct kind **kind, union any_record *out,
                                struct mneme_error *err)
{
    *kind = NULL;
    if (name->id != NULL) {
        return find_by_id(scope, name->id, kind, out, err);
    }
    bool found = true;
    enum mneme_code code = memory_get_named(scope, name, true, &out->memory, err);
    if (code == MNEME_NOT_FOUND) {
        code = find_lost(scope, name, &out->memory, &found, err);
    }
    if (code == MNEME_OK && found) {
        *kind = &kind_memory;
    }
    return code;
}

enum mneme_code record_id_is_shown(const struct scope *scope, const char *id, bool is_any,
                                   bool *out, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid uuid;
    bool has_row;
    *out = false;
    if (!uuid_parse(id, &uuid)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(scope->db, SQL_RECORD_IS_SHOWN, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, &uuid);
    db_bind_integer(statement, 3, scope->now_us);
    db_bind_integer(statement, 4, is_any);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK) {
        *out = db_integer(statement, 0) != 0;
        db_reset(statement);
    }
    return code;
}

enum mneme_code record_is_shown(const struct scope *scope, const struct kind *kind,
                                const union any_record *record, bool is_any, bool *out,
                                struct mneme_error *err)
{
    union any_record shown = *record;
    if (is_any) {
        field_clear(kind, &shown, record_deleted_field(kind));
    }
    *out = record_is_live(kind, &shown, scope->now_us);
    if (!*out || kind != &kind_link) {
        return MNEME_OK;
    }
    enum mneme_code code = record_id_is_shown(scope, shown.link.from, is_any, out, err);
    return code == MNEME_OK && *out ? record_id_is_shown(scope, shown.link.to, is_any, out, err)
                                    : code;
}

/* A verb that finds one record of any kind: what it does with it, and what became of it, is `end`'s to say. NOT_FOUND
 * of `end` needs no words. */
struct ending {
    const struct mneme *handle;
    const char *operation;
    const struct record_name *name;
    const struct kind *only;
    struct arena *arena;
    struct receipt *receipt;
    enum mneme_code (*end)(struct change *change, const struct kind *kind,
                           const union any_record *record, enum receipt_status *status,
                           struct mneme_error *err);
};

static enum mneme_code run_ending(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct ending *ending = context;
    struct change change;
    const struct kind *kind;
    union any_record record;
    enum receipt_status status;
    enum mneme_code code =
        engine_change_begin(ending->handle, &change, tx, ending->arena, ending->operation, err);
    if (code == MNEME_OK) {
        code = record_find_any(&change.scope, ending->name, &kind, &record, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    bool is_fit = kind != NULL && (ending->only == NULL || ending->only == kind);
    code = is_fit ? ending->end(&change, kind, &record, &status, err) : MNEME_NOT_FOUND;
    if (code == MNEME_NOT_FOUND) {
        return record_not_found(ending->name, err);
    }
    return code == MNEME_OK ? receipt_fill(ending->receipt, &change,
                                           field_text(kind, &record, COMMON_ID), status, err)
                            : code;
}

struct marking {
    int64_t from, to; /* deleted_at; TIME_NONE: not deleted */
};

static void set_deleted(const struct kind *kind, void *record, int64_t deleted_at)
{
    size_t field = record_deleted_field(kind);
    if (deleted_at == TIME_NONE) {
        field_clear(kind, record, field);
    } else {
        field_set_integer(kind, record, field, deleted_at);
    }
}

static enum mneme_code mark_message(struct change *change, const struct message *before,
                                    const void *context, struct mneme_error *err)
{
    const struct marking *marking = context;
    struct message after = *before;
    if (field_integer(&kind_message, before, COMMON_DELETED_AT) != marking->from) {
        return MNEME_OK;
    }
    set_deleted(&kind_message, &after, marking->to);
    return change_replace(change, &kind_message, before, &after, err);
}

enum mneme_code conversation_carry(struct change *change, const struct conversation *before,
                                   const struct conversation *after, struct mneme_error *err)
{
    const struct marking marking = {
        field_integer(&kind_conversation, before, COMMON_DELETED_AT),
        field_integer(&kind_conversation, after, COMMON_DELETED_AT),
    };
    bool is_carried = (marking.from == TIME_NONE) != (marking.to == TIME_NONE);
    return is_carried ? message_for_each(change, before->id, mark_message, &marking, err)
                      : MNEME_OK;
}

/* Marks a record as forgotten or not, with all that follows from it. */
static enum mneme_code mark(struct change *change, const struct kind *kind,
                            const union any_record *before, int64_t deleted_at,
                            struct mneme_error *err)
{
    union any_record after = *before;
    set_deleted(kind, &after, deleted_at);
    enum mneme_code code = change_replace(change, kind, before, &after, err);
    if (code == MNEME_OK && kind == &kind_conversation) {
        code = conversation_carry(change, &before->conversation, &after.conversation, err);
        return code == MNEME_OK ? conversation_recount(change, before->common.id, err) : code;
    }
    if (code == MNEME_OK && kind == &kind_message) {
        code = conversation_recount(change, before->message.conversation_id, err);
    }
    return code;
}

static enum mneme_code forget(struct change *change, const struct kind *kind,
                              const union any_record *record, enum receipt_status *status,
                              struct mneme_error *err)
{
    *status = RECEIPT_FORGOTTEN;
    return record_is_live(kind, record, change->scope.now_us)
               ? mark(change, kind, record, change->scope.now_us, err)
               : MNEME_NOT_FOUND;
}

enum mneme_code record_forget(const struct mneme *handle, const struct record_name *name,
                              const struct kind *only, struct arena *arena, struct receipt *out,
                              struct mneme_error *err)
{
    struct ending ending = {.handle = handle,
                            .operation = "record.forget",
                            .name = name,
                            .only = only,
                            .arena = arena,
                            .receipt = out,
                            .end = forget};
    return engine_write(handle, run_ending, &ending, err);
}

enum mneme_code memory_claim_key(struct change *change, const struct memory *memory,
                                 struct mneme_error *err)
{
    struct record_name name = {.key = memory->key, .name_space = memory->name_space};
    struct memory holder, after;
    if (memory->key == NULL || memory->superseded_by != NULL) {
        return MNEME_OK;
    }
    enum mneme_code code = memory_get_named(&change->scope, &name, true, &holder, err);
    if (code == MNEME_NOT_FOUND || (code == MNEME_OK && strcmp(holder.id, memory->id) == 0)) {
        return MNEME_OK;
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (record_is_live(&kind_memory, &holder, change->scope.now_us)) {
        return error_field(err, MNEME_CONFLICT, "key", "unique",
                           "another memory has taken the key");
    }
    after = holder;
    set_deleted(&kind_memory, &after, change->scope.now_us);
    return change_replace(change, &kind_memory, &holder, &after, err);
}

enum mneme_code message_check_conversation(struct change *change, const struct message *message,
                                           struct mneme_error *err)
{
    struct conversation conversation;
    bool found;
    enum mneme_code code = record_find(&change->scope, &kind_conversation, message->conversation_id,
                                       &conversation, &found, err);
    if (code == MNEME_OK && (!found || field_present(&conversation, COMMON_DELETED_AT))) {
        code = error_field(err, MNEME_CONFLICT, "conversation_id", "reference",
                           "the message's conversation was forgotten");
    }
    return code;
}

static enum mneme_code restore(struct change *change, const struct kind *kind,
                               const union any_record *record, enum receipt_status *status,
                               struct mneme_error *err)
{
    union any_record after = *record;
    enum mneme_code code = MNEME_OK;
    bool is_there = !field_present(record, record_deleted_field(kind));
    set_deleted(kind, &after, TIME_NONE);
    if (!record_is_live(kind, &after, change->scope.now_us)) {
        return MNEME_NOT_FOUND; // it would have expired meanwhile
    }
    *status = is_there ? RECEIPT_KNOWN : RECEIPT_RESTORED;
    if (is_there) {
        return MNEME_OK;
    }
    if (kind == &kind_memory) {
        code = memory_claim_key(change, &record->memory, err);
    } else if (kind == &kind_message) {
        code = message_check_conversation(change, &record->message, err);
    }
    return code == MNEME_OK ? mark(change, kind, record, TIME_NONE, err) : code;
}

enum mneme_code record_restore(const struct mneme *handle, const struct record_name *name,
                               struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct ending ending = {.handle = handle,
                            .operation = "record.restore",
                            .name = name,
                            .arena = arena,
                            .receipt = out,
                            .end = restore};
    return engine_write(handle, run_ending, &ending, err);
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

/* The record's row and all that hangs on it alone. What changed it can no longer be undone as a whole. */
static enum mneme_code purge_row(struct change *change, const struct kind *kind,
                                 const struct uuid *id, struct mneme_error *err)
{
    const enum sql_id steps[] = {SQL_CHANGE_SET_BAR, SQL_HISTORY_PURGE, SQL_EVIDENCE_PURGE,
                                 purge_sql(kind)};
    char text[UUID_TEXT_LENGTH + 1];
    uuid_format(id, text);
    enum mneme_code code = change_remove_vectors(change, text, err);
    for (size_t i = 0; i < sizeof steps / sizeof *steps && code == MNEME_OK; i++) {
        code = run_for_id(change, steps[i], id, err);
    }
    return code == MNEME_OK ? change_put_tombstone(change, kind, id, change->scope.now_us, err)
                            : code;
}

/* The links at either end of a record. */
static enum mneme_code purge_links(struct change *change, const struct uuid *id,
                                   struct mneme_error *err)
{
    struct statement *statement;
    struct row_list list;
    enum mneme_code code = db_prepare(change->scope.db, SQL_LINKS_OF, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, id);
    code = row_list(statement, &kind_link, SIZE_MAX, change->scope.arena, &list, err);
    const struct link *links = list.records;
    for (size_t i = 0; i < list.count && code == MNEME_OK; i++) {
        struct uuid link;
        code =
            uuid_parse(links[i].id, &link) ? purge_row(change, &kind_link, &link, err) : MNEME_OK;
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

static enum mneme_code purge_message(struct change *change, const struct message *message,
                                     const void *context, struct mneme_error *err)
{
    (void)context;
    return purge_record(change, &kind_message, message->id, err);
}

static enum mneme_code purge(struct change *change, const struct kind *kind,
                             const union any_record *record, enum receipt_status *status,
                             struct mneme_error *err)
{
    const char *id = field_text(kind, record, COMMON_ID);
    enum mneme_code code = MNEME_OK;
    *status = RECEIPT_SCRUB_PENDING;
    change->is_barrier = true;
    if (kind == &kind_conversation) {
        code = message_for_each(change, id, purge_message, NULL, err);
    }
    if (code == MNEME_OK) {
        code = purge_record(change, kind, id, err);
    }
    if (code == MNEME_OK && kind == &kind_message) {
        code = conversation_recount(change, record->message.conversation_id, err);
    }
    return code;
}

enum mneme_code record_purge(const struct mneme *handle, const struct record_name *name, bool scrub,
                             struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct ending ending = {.handle = handle,
                            .operation = "record.purge",
                            .name = name,
                            .arena = arena,
                            .receipt = out,
                            .end = purge};
    enum mneme_code code = engine_write(handle, run_ending, &ending, err);
    // The rows are gone already; a file that cannot be cleaned now stays `scrub_pending`.
    if (code == MNEME_OK && scrub && store_scrub(engine_store(handle), NULL) == MNEME_OK) {
        out->status = RECEIPT_PURGED;
    }
    return code;
}
