/* What was learnt from messages goes and comes with them. */
#include "engine/learnt.h"

#include "base/limits.h"
#include "engine/lifecycle.h"
#include "engine/path.h"
#include "store/row.h"

#include <string.h>

struct following {
    struct change *change;
    const struct uuid *conversation;
    const struct map *moved;
};

/* Has the message of that number moved, and is it on the path now? */
static enum mneme_code has_moved(const struct following *following, int64_t seq, bool *out,
                                 bool *on_path, struct mneme_error *err)
{
    const struct scope *scope = &following->change->scope;
    struct statement *statement;
    bool found = false;
    *out = *on_path = false;
    enum mneme_code code = db_prepare(scope->db, SQL_PATH_HAS, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, following->conversation);
    db_bind_integer(statement, 3, seq);
    code = db_step(statement, &found, err);
    if (code == MNEME_OK && found) {
        size_t length;
        const void *id = db_bytes(statement, 1, &length);
        *out = id != NULL && map_find(following->moved, id, length) != MAP_NONE;
        *on_path = db_integer(statement, 0) != 0;
        db_reset(statement);
    }
    return code;
}

#define HISTORY_COLUMNS 7 /* behind them: operation, origin, principal, reason of the change set */

/* Did the record go because a path moved, and not for anything that was said of it? */
static enum mneme_code went_with_path(const struct following *following, const char *record_id,
                                      bool *out, struct mneme_error *err)
{
    const struct scope *scope = &following->change->scope;
    struct statement *statement;
    struct uuid id;
    bool has_row = false;
    *out = false;
    enum mneme_code code = db_prepare(scope->db, SQL_HISTORY_OF_RECORD, &statement, err);
    if (code != MNEME_OK || !uuid_parse(record_id, &id)) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, &id);
    db_bind_integer(statement, 3, INT64_MAX);
    db_bind_integer(statement, 4, 1);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        const char *operation = db_text(statement, HISTORY_COLUMNS, NULL);
        const char *reason = db_text(statement, HISTORY_COLUMNS + 3, NULL);
        *out = (operation != NULL && path_is_moved_by(operation)) ||
               (reason != NULL && path_is_moved_by(reason)); // the undo of one
        db_reset(statement);
    }
    return code;
}

static enum mneme_code forget(const struct following *following, const struct kind *kind,
                              const union any_record *before, struct mneme_error *err)
{
    struct change *change = following->change;
    union any_record after = *before;
    field_set_integer(kind, &after, COMMON_DELETED_AT, change->scope.now_us);
    return change_replace(change, kind, before, &after, err);
}

/* A memory whose key has another holder by now stays forgotten. */
static enum mneme_code bring_back(const struct following *following, const struct kind *kind,
                                  const union any_record *before, struct mneme_error *err)
{
    struct change *change = following->change;
    union any_record after = *before;
    struct mneme_error own = {0};
    field_clear(kind, &after, COMMON_DELETED_AT);
    enum mneme_code code =
        kind == &kind_memory ? memory_claim_key(change, &after.memory, &own) : MNEME_OK;
    if (code == MNEME_CONFLICT) {
        return MNEME_OK;
    }
    return code == MNEME_OK ? change_replace(change, kind, before, &after, err)
                            : error_copy(err, &own);
}

static enum mneme_code follow(const struct following *following, const struct kind *kind,
                              const union any_record *record, int64_t last_seq,
                              struct mneme_error *err)
{
    bool is_gone = field_present(record, COMMON_DELETED_AT);
    bool is_moved, is_there, may_come = false;
    enum mneme_code code = has_moved(following, last_seq, &is_moved, &is_there, err);
    if (code != MNEME_OK || !is_moved || is_there != is_gone) {
        return code;
    }
    if (!is_gone) {
        return forget(following, kind, record, err);
    }
    code = went_with_path(following, record->common.id, &may_come, err);
    return code == MNEME_OK && may_come ? bring_back(following, kind, record, err) : code;
}

static enum mneme_code read_list(const struct following *following, const struct kind *kind,
                                 enum sql_id sql, const int64_t *seq, struct row_list *out,
                                 struct mneme_error *err)
{
    const struct scope *scope = &following->change->scope;
    struct statement *statement;
    enum mneme_code code = db_prepare(scope->db, sql, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, following->conversation);
    if (seq != NULL) {
        db_bind_integer(statement, 3, *seq);
    }
    return row_list(statement, kind, SIZE_MAX, scope->arena, out, err);
}

enum mneme_code learnt_follow(struct change *change, const struct uuid *conversation, int64_t seq,
                              const struct map *moved, struct mneme_error *err)
{
    const struct following following = {change, conversation, moved};
    struct row_list rows;
    enum mneme_code code = read_list(&following, &kind_memory, SQL_MEMORY_LEARNT, &seq, &rows, err);
    const struct memory *memories = rows.records;
    for (size_t i = 0; code == MNEME_OK && i < rows.count; i++) {
        union any_record record = {.memory = memories[i]};
        bool has_last = field_present(&record, MEMORY_MESSAGE_TO);
        code = follow(&following, &kind_memory, &record,
                      has_last ? record.memory.message_to : record.memory.message_from, err);
    }
    if (code == MNEME_OK) {
        code = read_list(&following, &kind_summary, SQL_CONVERSATION_SUMMARIES, NULL, &rows, err);
    }
    const struct summary *summaries = rows.records;
    for (size_t i = 0; code == MNEME_OK && i < rows.count; i++) {
        union any_record record = {.summary = summaries[i]};
        if (field_present(&record, SUMMARY_MESSAGE_RANGE_END) &&
            record.summary.message_range_end > seq) {
            code =
                follow(&following, &kind_summary, &record, record.summary.message_range_end, err);
        }
    }
    return code;
}
