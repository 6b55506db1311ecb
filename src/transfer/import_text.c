/*
 * A transcript: `Name: text` begins a turn, further lines go on with it, blank lines part paragraphs. A line that
 * is nothing but a date says when what follows was said, and begins a sitting. user, assistant, system and tool are
 * roles; any other name is a speaker.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "text/dates.h"
#include "transfer/import_internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NAME_BYTES 64
#define NAME_WORDS 5

struct turn {
    uint64_t line; /* where it begins; 0: none */
    uint64_t ordinal;
    char name[NAME_BYTES + 1];
    struct strbuf text;
    unsigned blank_count; /* blank lines since its last words */
};

struct transcript {
    struct importing *importing;
    struct import_talk talk;
    const struct language *language;
    int64_t date_us;
    char sitting[LIMIT_NAME_BYTES + 1];
    struct turn turn;
};

/* The role that a name stands for; NULL: it is a person's. */
static const char *role_of(const char *name)
{
    static const char *const roles[] = {"user", "assistant", "system", "tool"};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (strcasecmp(name, roles[i]) == 0) {
            return roles[i];
        }
    }
    return NULL;
}

/* Puts the turn that has been gathered. */
static enum mneme_code end_turn(struct transcript *transcript, struct mneme_error *err)
{
    struct importing *importing = transcript->importing;
    struct turn *turn = &transcript->turn;
    struct arena *arena = &importing->batch_arena;
    if (turn->line == 0) {
        return MNEME_OK;
    }
    uint64_t line = turn->line;
    turn->line = 0;
    if (strbuf_code(&turn->text) == MNEME_NOMEM) {
        return error_nomem(err);
    }
    struct message message = {0};
    const char *role = role_of(turn->name);
    char ordinal[24];
    // One that passed its buffer has more than a message may have, and is refused for that.
    field_set_text(&kind_message, &message, MESSAGE_CONTENT,
                   arena_text_n(arena, turn->text.text, turn->text.length));
    field_set_text(&kind_message, &message, MESSAGE_ROLE, role ? role : "user");
    if (role == NULL) {
        field_set_text(&kind_message, &message, MESSAGE_SPEAKER, arena_text(arena, turn->name));
    }
    if (transcript->date_us != TIME_NONE) {
        field_set_integer(&kind_message, &message, MESSAGE_EVENT_AT, transcript->date_us);
        field_set_text(&kind_message, &message, MESSAGE_SITTING,
                       arena_text(arena, transcript->sitting));
    }
    if (arena_failed(arena)) {
        return error_nomem(err);
    }
    snprintf(ordinal, sizeof ordinal, "%llu", (unsigned long long)turn->ordinal);
    return import_turn(importing, &transcript->talk, line, &message, ordinal, err);
}

/* The length of the name that begins the line, before its colon; 0: none. */
static size_t name_length(const char *text)
{
    size_t words = 1;
    const char *colon = strchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    if (length == 0 || length > NAME_BYTES || (colon[1] != ' ' && colon[1] != '\0')) {
        return 0;
    }
    size_t at = 0;
    uint32_t first = utf8_next(text, length, &at);
    if (!utf8_is_letter_or_mark(first) && !utf8_is_digit(first)) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        words += text[i] == ' ';
    }
    return words <= NAME_WORDS && text[length - 1] != ' ' ? length : 0;
}

static enum mneme_code begin_turn(struct transcript *transcript, const struct source_line *line,
                                  size_t name, struct mneme_error *err)
{
    struct turn *turn = &transcript->turn;
    enum mneme_code code = end_turn(transcript, err);
    turn->line = line->number;
    turn->ordinal++;
    turn->blank_count = 0;
    memcpy(turn->name, line->text, name);
    turn->name[name] = '\0';
    const char *text = line->text + name + 1;
    strbuf_truncate(&turn->text, 0);
    strbuf_add_text(&turn->text, text + strspn(text, " \t"));
    return code;
}

/* A date on a line of its own. */
static enum mneme_code begin_sitting(struct transcript *transcript, const char *text,
                                     int64_t date_us, struct mneme_error *err)
{
    enum mneme_code code = end_turn(transcript, err);
    transcript->date_us = date_us;
    size_t length = utf8_cut(text, strlen(text), LIMIT_NAME_BYTES);
    memcpy(transcript->sitting, text, length);
    transcript->sitting[length] = '\0';
    return code;
}

static void go_on(struct turn *turn, const char *text)
{
    if (turn->text.length > 0) {
        strbuf_add_text(&turn->text, turn->blank_count > 0 ? "\n\n" : "\n");
    }
    strbuf_add_text(&turn->text, text);
    turn->blank_count = 0;
}

static enum mneme_code refuse(struct transcript *transcript, uint64_t line, enum mneme_code code,
                              const char *rule, const char *message, struct mneme_error *err)
{
    struct mneme_error own;
    (void)error_field(&own, code, "content", rule, "%s", message);
    return import_refuse(transcript->importing, line, &own, err);
}

static enum mneme_code read_line(struct transcript *transcript, const struct source_line *line,
                                 struct mneme_error *err)
{
    struct date_span date;
    struct turn *turn = &transcript->turn;
    if (line->text == NULL || !utf8_is_valid(line->text, line->length)) {
        bool is_long = line->text == NULL;
        // The turn ends here: what came before it is whole, what follows would not be.
        enum mneme_code code = end_turn(transcript, err);
        return code == MNEME_OK
                   ? refuse(transcript, line->number, is_long ? MNEME_LIMIT : MNEME_INVALID,
                            is_long ? "max_bytes" : "utf8",
                            is_long ? "the line is too long" : "the line is no valid UTF-8", err)
                   : code;
    }
    if (strspn(line->text, " \t") == line->length) {
        turn->blank_count++;
        return MNEME_OK;
    }
    size_t name = name_length(line->text);
    if (name > 0) {
        return begin_turn(transcript, line, name, err);
    }
    if (date_parse(transcript->language, line->text, &date)) {
        return begin_sitting(transcript, line->text, date.from_us, err);
    }
    if (turn->line == 0) {
        return refuse(transcript, line->number, MNEME_INVALID, "format",
                      "the line begins with no 'Name:' and follows no turn", err);
    }
    go_on(turn, line->text);
    return MNEME_OK;
}

enum mneme_code import_text(struct importing *importing, struct mneme_error *err)
{
    struct transcript transcript = {
        .importing = importing, .language = language_find("en"), .date_us = TIME_NONE};
    struct source_line line;
    bool is_line = true;
    strbuf_init(&transcript.turn.text, LIMIT_CONTENT_BYTES + 1);
    enum mneme_code code = import_talk_of_source(importing, "text", &transcript.talk, err);
    while (code == MNEME_OK) {
        code = source_next(importing->source, &line, &is_line, err);
        if (code != MNEME_OK || !is_line) {
            break;
        }
        code = read_line(&transcript, &line, err);
        import_step(importing);
    }
    if (code == MNEME_OK) {
        code = end_turn(&transcript, err);
    }
    strbuf_clear(&transcript.turn.text);
    return code;
}
