/*
 * Forget, restore and purge, for every kind. Undo is in undo.c.
 */
#include "engine/lifecycle.h"

#include "base/limits.h"
#include "engine/conversation.h"
#include "engine/derived.h"
#include "engine/path.h"
#include "engine/record_verbs.h"
#include "store/past.h"
#include "store/prefix.h"
#include "store/row.h"

#include <assert.h>
#include <string.h>

static enum mneme_code find_by_id(const struct scope *scope, const char *id,
                                  const struct kind **kind, union any_record *out,
                                  struct mneme_error *err)
{
    bool found = false;
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; kind_at(i) != NULL && code == MNEME_OK && !found; i++) {
        if (row_statements(kind_at(i))->purge == SQL_COUNT) {
            continue; // change sets, history: no records of the user's
        }
        code = record_find(scope, kind_at(i), id, out, &found, err);
        if (found) {
            *kind = kind_at(i);
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

/* The memory that had a key at the scope's time, in the past: no index knows, so every memory is asked. */
static enum mneme_code find_holder(const struct scope *scope, const struct record_name *name,
                                   struct memory *out, bool *found, struct mneme_error *err)
{
    struct statement *statement;
    bool has_row = true;
    *found = false;
    enum mneme_code code = db_prepare(scope->db, SQL_MEMORY_HOLDERS, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_text(statement, 2, name->name_space ? name->name_space : "default");
    db_bind_text(statement, 3, name->key);
    while (code == MNEME_OK) {
        struct memory memory;
        bool was_there;
        code = row_next(statement, &kind_memory, &memory, scope->arena, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        code = past_rewind(scope, &kind_memory, &memory, &was_there, err);
        bool is_holder =
            was_there && memory.superseded_by == NULL && !field_present(&memory, COMMON_DELETED_AT);
        if (code == MNEME_OK && was_there && (is_holder || !*found)) {
            *out = memory;
            *found = true;
        }
        if (is_holder) {
            break;
        }
    }
    db_reset(statement);
    return code;
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
    enum mneme_code code = scope_is_past(scope)
                               ? find_holder(scope, name, &out->memory, &found, err)
                               : memory_get_named(scope, name, true, &out->memory, err);
    if (code == MNEME_NOT_FOUND) {
        code = find_lost(scope, name, &out->memory, &found, err);
    }
    if (code == MNEME_OK && found) {
        *kind = &kind_memory;
    }
    return code;
}

enum mneme_code record_find_only(const struct scope *scope, const struct kind *only,
                                 const struct record_name *name, const struct kind **kind,
                                 union any_record *out, struct mneme_error *err)
{
    bool found;
    if (only == NULL || only == &kind_memory) {
        enum mneme_code code = record_find_any(scope, name, kind, out, err);
        *kind = only == NULL || only == *kind ? *kind : NULL;
        return code;
    }
    enum mneme_code code = record_find_by_name(scope, only, name, out, &found, err);
    *kind = code == MNEME_OK && found ? only : NULL;
    return code;
}

/* is_any: what was forgotten counts as live. */
static bool is_live_or_forgotten(const struct kind *kind, const union any_record *record,
                                 bool is_any, int64_t now_us)
{
    union any_record shown = *record;
    if (is_any) {
        field_clear(kind, &shown, record_deleted_field(kind));
    }
    return record_is_live(kind, &shown, now_us);
}

/* One end of a link. */
static enum mneme_code end_is_shown(const struct scope *scope, const char *kind_name,
                                    const char *id, bool is_any, bool *out, struct mneme_error *err)
{
    const struct kind *kind = kind_find(kind_name);
    union any_record record;
    *out = false;
    if (kind == NULL) {
        return error_field(err, MNEME_STORAGE, "kind", "corrupt", "a link names an unknown kind");
    }
    bool found;
    enum mneme_code code = record_find(scope, kind, id, &record, &found, err);
    if (code == MNEME_OK && found) {
        *out = is_live_or_forgotten(kind, &record, is_any, scope->now_us);
    }
    return code;
}

enum mneme_code record_is_shown(const struct scope *scope, const struct kind *kind,
                                const union any_record *record, bool is_any, bool *out,
                                struct mneme_error *err)
{
    const struct link *link = &record->link;
    *out = is_live_or_forgotten(kind, record, is_any, scope->now_us);
    if (!*out || kind != &kind_link) {
        return MNEME_OK;
    }
    enum mneme_code code = end_is_shown(scope, link->from_kind, link->from, is_any, out, err);
    return code == MNEME_OK && *out ? end_is_shown(scope, link->to_kind, link->to, is_any, out, err)
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
        code = record_find_only(&change.scope, ending->only, ending->name, &kind, &record, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (kind != NULL && kind->is_versioned) {
        code = record_check_version(ending->handle->if_version, record.common.version, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    code = kind != NULL ? ending->end(&change, kind, &record, &status, err) : MNEME_NOT_FOUND;
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

enum mneme_code conversation_belongings(const struct scope *scope, const struct kind *kind,
                                        const char *conversation_id, struct row_list *out,
                                        struct mneme_error *err)
{
    struct statement *statement;
    struct uuid id;
    enum sql_id sql =
        kind == &kind_summary ? SQL_CONVERSATION_SUMMARIES : SQL_CONVERSATION_CHARACTERS;
    *out = (struct row_list){0};
    if (!uuid_parse(conversation_id, &id)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(scope->db, sql, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, &id);
    return row_list(statement, kind, SIZE_MAX, scope->arena, out, err);
}

static enum mneme_code mark_all(struct change *change, const struct kind *kind,
                                const char *conversation_id, const struct marking *marking,
                                struct mneme_error *err)
{
    struct row_list rows;
    enum mneme_code code =
        conversation_belongings(&change->scope, kind, conversation_id, &rows, err);
    for (size_t i = 0; i < rows.count && code == MNEME_OK; i++) {
        const void *before = (const char *)rows.records + i * kind->size;
        union any_record after;
        if (field_integer(kind, before, COMMON_DELETED_AT) != marking->from) {
            continue;
        }
        memcpy(&after, before, kind->size);
        set_deleted(kind, &after, marking->to);
        if (marking->to == TIME_NONE) {
            code = record_claim_key(change, kind, &after, err);
        }
        if (code == MNEME_OK) {
            code = change_replace(change, kind, before, &after, err);
        }
    }
    return code;
}

enum mneme_code conversation_carry(struct change *change, const struct conversation *before,
                                   const struct conversation *after, struct mneme_error *err)
{
    const struct marking marking = {
        field_integer(&kind_conversation, before, COMMON_DELETED_AT),
        field_integer(&kind_conversation, after, COMMON_DELETED_AT),
    };
    bool is_carried = (marking.from == TIME_NONE) != (marking.to == TIME_NONE);
    if (!is_carried) {
        return MNEME_OK;
    }
    enum mneme_code code = message_for_each(change, before->id, mark_message, &marking, err);
    if (code == MNEME_OK) {
        code = mark_all(change, &kind_summary, before->id, &marking, err);
    }
    return code == MNEME_OK && marking.to == TIME_NONE
               ? mark_all(change, &kind_character, before->id, &marking, err)
               : code;
}

/* What forks have of a message goes, and comes back, with it. */
static enum mneme_code mark_copies(struct change *change, const struct message *before,
                                   int64_t deleted_at, struct mneme_error *err)
{
    const struct marking marking = {field_integer(&kind_message, before, COMMON_DELETED_AT),
                                    deleted_at};
    struct row_list rows;
    enum mneme_code code = message_copies(&change->scope, before->id, &rows, err);
    const struct message *copies = rows.records;
    for (size_t i = 0; code == MNEME_OK && i < rows.count; i++) {
        code = mark_message(change, &copies[i], &marking, err);
        if (code == MNEME_OK) {
            code = conversation_recount(change, copies[i].conversation_id, err);
        }
    }
    return code;
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
        code = derived_take_back(change, &before->message, err);
    }
    if (code == MNEME_OK && kind == &kind_message) {
        code = conversation_recount(change, before->message.conversation_id, err);
    }
    return code == MNEME_OK && kind == &kind_message
               ? mark_copies(change, &before->message, deleted_at, err)
               : code;
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

static enum mneme_code forget_with_characters(struct change *change, const struct kind *kind,
                                              const union any_record *record,
                                              enum receipt_status *status, struct mneme_error *err)
{
    const struct marking marking = {TIME_NONE, change->scope.now_us};
    enum mneme_code code = forget(change, kind, record, status, err);
    return code == MNEME_OK ? mark_all(change, &kind_character, record->common.id, &marking, err)
                            : code;
}

enum mneme_code conversation_forget(const struct mneme *handle, const char *id,
                                    bool with_characters, struct arena *arena, struct receipt *out,
                                    struct mneme_error *err)
{
    const struct record_name name = {.id = id};
    struct ending ending = {.handle = handle,
                            .operation = "record.forget",
                            .name = &name,
                            .only = &kind_conversation,
                            .arena = arena,
                            .receipt = out,
                            .end = with_characters ? forget_with_characters : forget};
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

enum mneme_code record_check_conversation(struct change *change, const struct kind *kind,
                                          const union any_record *record, struct mneme_error *err)
{
    struct conversation conversation;
    bool found;
    if (kind != &kind_message && kind != &kind_summary) {
        return MNEME_OK;
    }
    const char *id =
        kind == &kind_message ? record->message.conversation_id : record->summary.conversation_id;
    enum mneme_code code =
        record_find(&change->scope, &kind_conversation, id, &conversation, &found, err);
    if (code == MNEME_OK && (!found || field_present(&conversation, COMMON_DELETED_AT))) {
        code = error_field(err, MNEME_CONFLICT, "conversation_id", "reference",
                           "the %s's conversation was forgotten", kind->name);
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
    code = record_claim_key(change, kind, record, err);
    if (code == MNEME_OK) {
        code = record_check_conversation(change, kind, record, err);
    }
    return code == MNEME_OK ? mark(change, kind, record, TIME_NONE, err) : code;
}

enum mneme_code record_restore(const struct mneme *handle, const struct record_name *name,
                               const struct kind *only, struct arena *arena, struct receipt *out,
                               struct mneme_error *err)
{
    struct ending ending = {.handle = handle,
                            .operation = "record.restore",
                            .name = name,
                            .only = only,
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

/* The record's row and all that hangs on it alone. What changed it can no longer be undone as a whole. */
static enum mneme_code purge_row(struct change *change, const struct kind *kind,
                                 const struct uuid *id, struct mneme_error *err)
{
    const enum sql_id steps[] = {SQL_CHANGE_SET_BAR, SQL_HISTORY_PURGE, SQL_EVIDENCE_PURGE,
                                 row_statements(kind)->purge};
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

/* A kept reply that names the record would say that there was one. */
static enum mneme_code purge_replies(struct change *change, const char *id, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(change->scope.db, SQL_REPLY_PURGE, &statement, err);
    if (code == MNEME_OK) {
        db_bind_uuid(statement, 1, &change->scope.user);
        db_bind_text(statement, 2, id);
        code = db_run(statement, err);
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
    enum mneme_code code = purge_replies(change, id, err);
    if (code == MNEME_OK && kind != &kind_link) {
        code = purge_links(change, &uuid, err);
    }
    return code == MNEME_OK ? purge_row(change, kind, &uuid, err) : code;
}

static enum mneme_code purge_message(struct change *change, const struct message *message,
                                     const void *context, struct mneme_error *err)
{
    (void)context;
    enum mneme_code code = prefix_note_change(change, &kind_message, message, err);
    return code == MNEME_OK ? purge_record(change, &kind_message, message->id, err) : code;
}

static enum mneme_code purge_summaries(struct change *change, const char *conversation_id,
                                       struct mneme_error *err)
{
    struct row_list rows;
    enum mneme_code code =
        conversation_belongings(&change->scope, &kind_summary, conversation_id, &rows, err);
    const struct summary *summaries = rows.records;
    for (size_t i = 0; i < rows.count && code == MNEME_OK; i++) {
        code = purge_record(change, &kind_summary, summaries[i].id, err);
    }
    return code;
}

/* What was made of a message has its words: it goes with it, and is made anew of the others. */
static enum mneme_code purge_derived(struct change *change, const struct message *message,
                                     struct mneme_error *err)
{
    struct derived derived;
    enum mneme_code code = derived_find(change, message, &derived, err);
    bool is_owed = false;
    for (size_t i = 0; i < derived.summary_count && code == MNEME_OK; i++) {
        if (summary_is_derived(&derived.summaries[i])) {
            code = purge_record(change, &kind_summary, derived.summaries[i].id, err);
            is_owed = true;
        }
    }
    for (size_t i = 0; i < derived.memory_count && code == MNEME_OK; i++) {
        code = purge_record(change, &kind_memory, derived.memories[i].id, err);
    }
    if (code == MNEME_OK) {
        code = derived_take_back(change, message, err); // what its caller wrote is stale
    }
    return code == MNEME_OK && is_owed ? summaries_owe(change, message->conversation_id, err)
                                       : code;
}

static enum mneme_code purge_one_message(struct change *change, const struct message *message,
                                         struct mneme_error *err)
{
    enum mneme_code code = purge_derived(change, message, err);
    if (code == MNEME_OK) {
        code = path_unhook(change, message, err);
    }
    if (code == MNEME_OK) {
        code = purge_record(change, &kind_message, message->id, err);
    }
    return code == MNEME_OK ? conversation_recount(change, message->conversation_id, err) : code;
}

static enum mneme_code purge_copies(struct change *change, const struct message *message,
                                    struct mneme_error *err)
{
    struct row_list rows;
    enum mneme_code code = message_copies(&change->scope, message->id, &rows, err);
    const struct message *copies = rows.records;
    for (size_t i = 0; code == MNEME_OK && i < rows.count; i++) {
        code = purge_one_message(change, &copies[i], err);
    }
    return code;
}

static enum mneme_code purge(struct change *change, const struct kind *kind,
                             const union any_record *record, enum receipt_status *status,
                             struct mneme_error *err)
{
    const char *id = field_text(kind, record, COMMON_ID);
    *status = RECEIPT_SCRUB_PENDING;
    change->is_barrier = true;
    enum mneme_code code = prefix_note_change(change, kind, record, err);
    if (code == MNEME_OK && kind == &kind_conversation) {
        code = message_for_each(change, id, purge_message, NULL, err);
        if (code == MNEME_OK) {
            code = purge_summaries(change, id, err);
        }
    }
    if (code == MNEME_OK && kind == &kind_message) {
        code = purge_copies(change, &record->message, err);
        return code == MNEME_OK ? purge_one_message(change, &record->message, err) : code;
    }
    return code == MNEME_OK ? purge_record(change, kind, id, err) : code;
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
