/*
 * Undo: the rows that a change set replaced come back, as a change set of its own.
 *
 * A row can come back only if nothing has changed it since; otherwise undo names it (CONFLICT), for taking back the
 * later change in silence would be worse. Terms and vectors follow the text that comes back.
 */
#include "base/limits.h"
#include "engine/conversation.h"
#include "engine/lifecycle.h"
#include "store/row.h"

#include <string.h>

struct undoing {
    const struct mneme *handle;
    const char *id;
    struct arena *arena;
    struct analyzer *analyzer;
    struct undone *out;
};

static const struct kind *find_kind(const char *name)
{
    const struct kind *kind = kind_find(name);
    return kind != NULL && (kind->is_versioned || kind == &kind_link) ? kind : NULL;
}

static enum mneme_code read_change_set(struct statement *statement, struct arena *arena,
                                       struct change_set *out, bool *found, struct mneme_error *err)
{
    memset(out, 0, sizeof *out);
    enum mneme_code code = db_step(statement, found, err);
    if (code == MNEME_OK && *found) {
        code = row_read(statement, &kind_change_set, out, 0, arena, err);
        db_reset(statement);
    }
    return code;
}

static enum mneme_code find_change_set(struct change *change, const char *id,
                                       struct change_set *out, bool *found, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid uuid;
    *found = false;
    if (id != NULL && !uuid_parse(id, &uuid)) {
        return MNEME_OK;
    }
    enum mneme_code code =
        db_prepare(change->tx->db, id ? SQL_CHANGE_SET_GET : SQL_CHANGE_SET_LAST, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->user);
    if (id != NULL) {
        db_bind_uuid(statement, 2, &uuid);
    }
    return read_change_set(statement, change->arena, out, found, err);
}

/* Reads the statement's history rows into the arena. */
static enum mneme_code read_history(struct change *change, struct statement *statement,
                                    struct history **out, size_t *count, struct mneme_error *err)
{
    size_t capacity = 0;
    bool has_row = true;
    enum mneme_code code = MNEME_OK;
    *out = NULL;
    *count = 0;
    while (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        *out = arena_grow(change->arena, *out, &capacity, *count + 1, sizeof **out);
        if (*out == NULL) {
            code = error_nomem(err);
            break;
        }
        struct history *row = &(*out)[(*count)++];
        memset(row, 0, sizeof *row);
        code = row_read(statement, &kind_history, row, 0, change->arena, err);
    }
    db_reset(statement);
    return code;
}

static enum mneme_code history_of(struct change *change, const char *change_set, const char *record,
                                  struct history **out, size_t *count, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid uuid;
    *out = NULL;
    *count = 0;
    if (!uuid_parse(change_set ? change_set : record, &uuid)) {
        return MNEME_OK;
    }
    enum mneme_code code =
        db_prepare(change->tx->db, change_set ? SQL_HISTORY_OF_CHANGE_SET : SQL_HISTORY_OF_RECORD,
                   &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->user);
    db_bind_uuid(statement, 2, &uuid);
    if (change_set == NULL) {
        db_bind_integer(statement, 3, INT64_MAX);
        db_bind_integer(statement, 4, 1);
    }
    return read_history(change, statement, out, count, err);
}

static enum mneme_code barrier(struct mneme_error *err)
{
    return error_field(err, MNEME_CONFLICT, "id", "barrier", "a purge cannot be undone");
}

/* The row as it was: what history keeps, with the columns of ours worked out again. */
static enum mneme_code rebuild(const struct undoing *undoing, const struct kind *kind,
                               const struct history *history, const union any_record *now,
                               union any_record *out, struct mneme_error *err)
{
    memset(out, 0, sizeof *out);
    enum mneme_code code = record_from_json(kind, out, history->before, undoing->arena, err);
    if (code != MNEME_OK) {
        return code;
    }
    field_set_text(kind, out, COMMON_USER_ID, field_text(kind, now, COMMON_USER_ID));
    if (kind == &kind_memory) {
        // Evidence and use are counted, not versioned: they stay as they are.
        out->memory.evidence_count = now->memory.evidence_count;
        field_set_integer(kind, out, MEMORY_ACCESS_COUNT, now->memory.access_count);
        return prepare_memory(undoing->analyzer, &out->memory, undoing->arena, err);
    }
    if (kind == &kind_message) {
        field_set_integer(kind, out, MESSAGE_ACCESS_COUNT, now->message.access_count);
        return prepare_message(undoing->analyzer, &out->message, undoing->arena, err);
    }
    return MNEME_OK;
}

/* The text that comes back gets its vector back: by the handle's model, for the old one went with its text. */
static enum mneme_code restore_vector(const struct undoing *undoing, struct change *change,
                                      const struct kind *kind, const union any_record *now,
                                      const union any_record *then, struct mneme_error *err)
{
    if (kind != &kind_memory && kind != &kind_message) {
        return MNEME_OK;
    }
    const char *old_text = prepare_embedded_text(kind, now, undoing->arena);
    const char *text = prepare_embedded_text(kind, then, undoing->arena);
    struct prepared_vector vector;
    if (old_text == NULL || text == NULL) {
        return error_nomem(err);
    }
    if (strcmp(old_text, text) == 0) {
        return MNEME_OK;
    }
    enum mneme_code code =
        prepare_vectors(undoing->handle, &text, 1, undoing->arena, &vector, NULL, err);
    return code == MNEME_OK ? prepared_vector_replace(change, kind, then->common.id, &vector, err)
                            : code;
}

static enum mneme_code check_unchanged(const struct kind *kind, const struct history *history,
                                       const union any_record *now, struct mneme_error *err)
{
    if (!kind->is_versioned || now->common.version == history->version) {
        return MNEME_OK;
    }
    return error_field(err, MNEME_CONFLICT, "id", "version", "%s '%s' has been changed since",
                       kind->name, history->record_id);
}

/* Takes one row change back; a record that the change made is forgotten. */
static enum mneme_code undo_row(const struct undoing *undoing, struct change *change,
                                const struct history *history, const char **conversation,
                                struct mneme_error *err)
{
    const struct kind *kind = find_kind(history->record_kind);
    union any_record now, then;
    bool found = false;
    if (kind == NULL) {
        return error_field(err, MNEME_STORAGE, "record_kind", "corrupt",
                           "the history names an unknown kind");
    }
    enum mneme_code code = record_find(change->tx->db, &change->user, kind, history->record_id,
                                       undoing->arena, &now, &found, err);
    if (code == MNEME_OK && !found) {
        code = barrier(err);
    }
    if (code == MNEME_OK) {
        code = check_unchanged(kind, history, &now, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (history->before == NULL) {
        size_t deleted = kind->is_versioned ? (size_t)COMMON_DELETED_AT : (size_t)LINK_DELETED_AT;
        then = now;
        field_set_integer(kind, &then, deleted, change->tx->now_us);
    } else {
        code = rebuild(undoing, kind, history, &now, &then, err);
    }
    if (code == MNEME_OK) {
        code = change_replace(change, kind, &now, &then, err);
    }
    if (code == MNEME_OK && history->before != NULL) {
        code = restore_vector(undoing, change, kind, &now, &then, err);
    }
    *conversation = kind == &kind_message        ? now.message.conversation_id
                    : kind == &kind_conversation ? now.conversation.id
                                                 : NULL;
    return code;
}

static enum mneme_code undo_rows(const struct undoing *undoing, struct change *change,
                                 const struct history *rows, size_t count, struct mneme_error *err)
{
    struct undone *out = undoing->out;
    const char **conversations = arena_alloc_array(undoing->arena, count, sizeof *conversations);
    out->records = arena_alloc_array(undoing->arena, count, sizeof *out->records);
    out->record_count = 0;
    if (conversations == NULL || out->records == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        code = undo_row(undoing, change, &rows[i], &conversations[i], err);
        out->records[out->record_count++] = rows[i].record_id;
    }
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        bool is_counted =
            conversations[i] == NULL || (i > 0 && conversations[i - 1] != NULL &&
                                         strcmp(conversations[i - 1], conversations[i]) == 0);
        if (!is_counted) {
            code = conversation_recount(change, conversations[i], err);
        }
    }
    return code;
}

/* What is to be undone: the rows of a change set, or the last one of a record. */
static enum mneme_code find_rows(const struct undoing *undoing, struct change *change,
                                 struct history **rows, size_t *count, const char **named,
                                 struct mneme_error *err)
{
    struct change_set set;
    bool found;
    enum mneme_code code = find_change_set(change, undoing->id, &set, &found, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (found) {
        *named = set.id;
        if (set.is_barrier) {
            return barrier(err);
        }
        return history_of(change, set.id, NULL, rows, count, err);
    }
    if (undoing->id == NULL) {
        return error_field(err, MNEME_NOT_FOUND, "id", "", "there is nothing to undo");
    }
    *named = undoing->id;
    return history_of(change, NULL, undoing->id, rows, count, err);
}

static enum mneme_code run_undo(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct undoing *undoing = context;
    struct change change;
    struct history *rows = NULL;
    size_t count = 0;
    const char *named = NULL;
    enum mneme_code code =
        engine_change_begin(undoing->handle, &change, tx, undoing->arena, "change.undo", err);
    if (code == MNEME_OK) {
        code = find_rows(undoing, &change, &rows, &count, &named, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (count == 0) {
        struct record_name name = {.id = named};
        return record_not_found(&name, err);
    }
    code = undo_rows(undoing, &change, rows, count, err);
    return code == MNEME_OK
               ? receipt_fill(&undoing->out->receipt, &change, named, RECEIPT_UPDATED, err)
               : code;
}

enum mneme_code change_undo(const struct mneme *handle, const char *id, struct arena *arena,
                            struct undone *out, struct mneme_error *err)
{
    struct undoing undoing = {.handle = handle, .id = id, .arena = arena, .out = out};
    *out = (struct undone){0};
    undoing.analyzer = engine_analyzer_take(handle);
    if (undoing.analyzer == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = engine_write(handle, run_undo, &undoing, err);
    engine_analyzer_give(handle, undoing.analyzer);
    return code;
}
