/*
 * A chat: a JSON list of turns {role, content, name?, created_at?}, which becomes one conversation. A turn may have
 * any other field of a message; `name` is its speaker, `created_at` its event_at. Items are counted from 1 in the
 * list.
 */
#include "transfer/import_internal.h"

#include <stdio.h>

/* One member under the name that messages have for it. */
static enum mneme_code read_as(const struct json *turn, const char *name, size_t field,
                               struct message *message, struct fault_list *faults,
                               struct mneme_error *err)
{
    const struct json *value = json_get(turn, name);
    if (value == NULL || json_type_of(value) == JSON_TYPE_NULL) {
        return MNEME_OK;
    }
    if (message->head.given >> field & 1) {
        return fault_add(faults, MNEME_INVALID, "", name, "conflict", err,
                         "'%s' cannot be given together with '%s'", name,
                         kind_message.fields[field].name);
    }
    struct mneme_error own = {0};
    enum mneme_code code = field_read_json(&kind_message, message, field, value, "", faults, &own);
    return code == MNEME_OK ? MNEME_OK
                            : error_field(err, code, name, own.rule, "'%s': %s", name, own.message);
}

static enum mneme_code read_turn(const struct json *turn, struct arena *arena,
                                 struct message *message, struct mneme_error *err)
{
    // What a turn calls by other names than a message does.
    static const char *const other_names[] = {"name", "created_at", NULL};
    struct fault_list faults;
    fault_list_init(&faults, arena);
    if (json_get(turn, "conversation_id") != NULL) {
        return error_field(err, MNEME_INVALID, "conversation_id", "unknown",
                           "a turn of a chat names no conversation");
    }
    field_set_text(&kind_message, message, MESSAGE_CONVERSATION_ID, IMPORT_TRIAL_ID);
    enum mneme_code code =
        record_read_json(&kind_message, message, turn, RECORD_NEW, other_names, "", &faults, err);
    if (code == MNEME_OK) {
        code = read_as(turn, "name", MESSAGE_SPEAKER, message, &faults, err);
    }
    return code == MNEME_OK ? read_as(turn, "created_at", MESSAGE_EVENT_AT, message, &faults, err)
                            : code;
}

enum mneme_code import_chat(struct importing *importing, const struct json *whole,
                            struct mneme_error *err)
{
    struct import_talk talk;
    size_t count = json_count(whole);
    if (json_type_of(whole) != JSON_TYPE_ARRAY) {
        return error_field(err, MNEME_INVALID, "path", "type", "a chat is a list of turns");
    }
    importing->total = count;
    enum mneme_code code = import_talk_of_source(importing, "chat", &talk, err);
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        struct message message = {0};
        struct mneme_error own = {0};
        char ordinal[24];
        snprintf(ordinal, sizeof ordinal, "%zu", i + 1);
        code = read_turn(json_at(whole, i), &importing->batch_arena, &message, &own);
        code = code == MNEME_OK ? import_turn(importing, &talk, i + 1, &message, ordinal, err)
                                : import_refuse(importing, i + 1, &own, err);
        import_step(importing);
    }
    return code;
}
