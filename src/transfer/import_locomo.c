/*
 * locomo10.json: a list of dialogues {sample_id, conversation}. In `conversation` the turns of session N are the
 * list `session_N`, its date is `session_N_date_time`. A dialogue is one conversation, its sessions are sittings,
 * turns are by speakers, and what is seen on a picture is appended to the text. Each dialogue has a user of its
 * own, unless all go into one. Turns are counted through.
 */
#include "base/limits.h"
#include "text/dates.h"
#include "transfer/import_internal.h"

#include <stdio.h>
#include <string.h>

struct session {
    const char *date;
    int64_t date_us; /* TIME_NONE: it cannot be read */
    char label[32];
};

struct dialogue {
    struct importing *importing;
    struct import_talk talk;
    uint64_t turn_count; /* in the file, so far */
};

static const char *text_of(const struct json *object, const char *name)
{
    const struct json *value = json_get(object, name);
    return value != NULL && json_type_of(value) == JSON_TYPE_TEXT ? json_as_text(value, NULL)
                                                                  : NULL;
}

static enum mneme_code fill_turn(const struct json *turn, const struct session *session,
                                 struct arena *arena, struct message *message,
                                 struct mneme_error *err)
{
    const char *text = text_of(turn, "text"), *speaker = text_of(turn, "speaker");
    const char *caption = text_of(turn, "blip_caption");
    if (text == NULL || speaker == NULL) {
        return error_field(err, MNEME_INVALID, text ? "speaker" : "text", "required",
                           "the turn has no %s", text ? "speaker" : "text");
    }
    if (session->date_us == TIME_NONE) {
        return error_field(err, MNEME_INVALID, "event_at", "format",
                           "the date of %s cannot be read", session->label);
    }
    field_set_text(&kind_message, message, MESSAGE_CONTENT,
                   caption ? arena_printf(arena, "%s [image: %s]", text, caption)
                           : arena_text(arena, text));
    field_set_text(&kind_message, message, MESSAGE_ROLE, "user");
    field_set_text(&kind_message, message, MESSAGE_SPEAKER, arena_text(arena, speaker));
    field_set_text(&kind_message, message, MESSAGE_SITTING, arena_text(arena, session->label));
    field_set_integer(&kind_message, message, MESSAGE_EVENT_AT, session->date_us);
    return arena_failed(arena) ? error_nomem(err) : MNEME_OK;
}

static enum mneme_code read_turns(struct dialogue *dialogue, const struct json *turns,
                                  const struct session *session, struct mneme_error *err)
{
    struct importing *importing = dialogue->importing;
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < json_count(turns) && code == MNEME_OK; i++) {
        struct message message = {0};
        struct mneme_error own = {0};
        const struct json *turn = json_at(turns, i);
        uint64_t number = ++dialogue->turn_count;
        char ordinal[64];
        snprintf(ordinal, sizeof ordinal, "%s:%zu", session->label, i + 1);
        code = fill_turn(turn, session, &importing->batch_arena, &message, &own);
        code = code == MNEME_OK
                   ? import_turn(importing, &dialogue->talk, number, &message, ordinal, err)
                   : import_refuse(importing, number, &own, err);
        import_step(importing);
    }
    return code;
}

static enum mneme_code read_sessions(struct dialogue *dialogue, const struct json *conversation,
                                     struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (unsigned i = 1; i <= LIMIT_SESSIONS && code == MNEME_OK; i++) {
        struct session session = {.date_us = TIME_NONE};
        struct date_span span;
        char date_name[64];
        snprintf(session.label, sizeof session.label, "session_%u", i);
        snprintf(date_name, sizeof date_name, "%s_date_time", session.label);
        const struct json *turns = json_get(conversation, session.label);
        if (turns == NULL || json_type_of(turns) != JSON_TYPE_ARRAY) {
            continue;
        }
        session.date = text_of(conversation, date_name);
        if (session.date != NULL && date_parse(language_find("en"), session.date, &span)) {
            session.date_us = span.from_us;
        }
        code = read_turns(dialogue, turns, &session, err);
    }
    return code;
}

/* A dialogue into the handle that importing has: the caller's user, or one of its own. */
static enum mneme_code read_dialogue(struct dialogue *dialogue, const struct json *sample,
                                     const char *name, struct mneme_error *err)
{
    struct importing *importing = dialogue->importing;
    dialogue->talk = (struct import_talk){
        .title = name, .origin_key = arena_printf(importing->arena, "locomo:%s", name)};
    if (dialogue->talk.origin_key == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = read_sessions(dialogue, json_get(sample, "conversation"), err);
    return code == MNEME_OK ? import_flush(importing, err) : code;
}

static enum mneme_code read_for_own_user(struct dialogue *dialogue, const struct json *sample,
                                         const char *name, struct mneme_error *err)
{
    struct importing *importing = dialogue->importing;
    struct mneme callers = importing->handle, *own;
    enum mneme_code code = mneme_open_user(&callers, name, &own, err);
    if (code != MNEME_OK) {
        return code;
    }
    importing->handle = *own;
    code = read_dialogue(dialogue, sample, name, err);
    importing->handle = callers;
    mneme_close(own);
    return code;
}

static uint64_t count_turns(const struct json *whole)
{
    uint64_t count = 0;
    for (size_t i = 0; i < json_count(whole); i++) {
        const struct json *conversation = json_get(json_at(whole, i), "conversation"), *value;
        void *at = NULL;
        const char *name;
        while (conversation != NULL && json_each(conversation, &at, &name, &value)) {
            count += json_type_of(value) == JSON_TYPE_ARRAY ? json_count(value) : 0;
        }
    }
    return count;
}

static enum mneme_code read_sample(struct dialogue *dialogue, const struct json *sample,
                                   struct mneme_error *err)
{
    const struct json *conversation = json_get(sample, "conversation");
    const char *name = text_of(sample, "sample_id");
    if (name == NULL || conversation == NULL || json_type_of(conversation) != JSON_TYPE_OBJECT) {
        struct mneme_error own;
        (void)error_field(&own, MNEME_INVALID, name ? "conversation" : "sample_id", "required",
                          "a dialogue has a sample_id and a conversation");
        return import_refuse(dialogue->importing, dialogue->turn_count + 1, &own, err);
    }
    return dialogue->importing->request->one_user ? read_dialogue(dialogue, sample, name, err)
                                                  : read_for_own_user(dialogue, sample, name, err);
}

enum mneme_code import_locomo(struct importing *importing, const struct json *whole,
                              struct mneme_error *err)
{
    struct dialogue dialogue = {.importing = importing};
    if (json_type_of(whole) == JSON_TYPE_OBJECT) {
        return read_sample(&dialogue, whole, err);
    }
    if (json_type_of(whole) != JSON_TYPE_ARRAY) {
        return error_field(err, MNEME_INVALID, "path", "type", "the file is no list of dialogues");
    }
    importing->total = count_turns(whole);
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < json_count(whole) && code == MNEME_OK; i++) {
        code = read_sample(&dialogue, json_at(whole, i), err);
    }
    return code;
}
