/* Records as they were. */
#include "store/past.h"

#include "store/row.h"

#include <string.h>

static void keep(const struct kind *kind, void *record, const void *now, const char *const *names)
{
    for (; *names != NULL; names++) {
        size_t field = field_find(kind, *names);
        if (field != FIELD_NONE) {
            field_copy(kind, record, now, field);
        }
    }
}

enum mneme_code past_row(const struct kind *kind, const char *before, const void *now,
                         union any_record *out, struct arena *arena, struct mneme_error *err)
{
    // Evidence, use and numbers given are counted, not versioned, and so is the place in a conversation: they stay.
    static const char *const counted[] = {"evidence_count",
                                          "access_count",
                                          "last_accessed_at",
                                          "usage_count",
                                          "last_used",
                                          "last_message_seq",
                                          "parent_id",
                                          "variant",
                                          "on_path",
                                          "head_id",
                                          NULL};
    memset(out, 0, sizeof *out);
    enum mneme_code code = record_from_json(kind, out, before, arena, err);
    if (code == MNEME_OK) {
        field_set_text(kind, out, COMMON_USER_ID, field_text(kind, now, COMMON_USER_ID));
        keep(kind, out, now, counted);
    }
    return code;
}

/* The change that ended the state of the scope's time; *found false: none has. */
static enum mneme_code find_ending(const struct scope *scope, const char *id, struct history *out,
                                   bool *found, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid uuid;
    *found = false;
    if (!uuid_parse(id, &uuid)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(scope->db, SQL_HISTORY_AFTER, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, &uuid);
    db_bind_integer(statement, 3, scope->known_at_us);
    return row_find(statement, &kind_history, out, scope->arena, found, err);
}

enum mneme_code past_rewind(const struct scope *scope, const struct kind *kind, void *record,
                            bool *was_there, struct mneme_error *err)
{
    static const char *const todays[] = {
        "trust", "quarantined_at", "expires_at", "message_count", "started_at", "ended_at", NULL};
    struct history ending;
    union any_record then;
    bool found;
    *was_there = true;
    if (!scope_is_past(scope) || !(kind->is_versioned || kind == &kind_link)) {
        return MNEME_OK;
    }
    enum mneme_code code =
        find_ending(scope, field_text(kind, record, COMMON_ID), &ending, &found, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (!found) {
        *was_there = field_integer(kind, record, COMMON_CREATED_AT) <= scope->known_at_us;
        return MNEME_OK;
    }
    *was_there = ending.before != NULL;
    if (!*was_there) {
        return MNEME_OK;
    }
    code = past_row(kind, ending.before, record, &then, scope->arena, err);
    if (code == MNEME_OK) {
        keep(kind, &then, record, todays);
        memcpy(record, &then, kind->size);
    }
    return code;
}
