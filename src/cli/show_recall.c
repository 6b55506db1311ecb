#include "cli/show.h"
#include "cli/table.h"
#include "cli/value.h"

#include <math.h>
#include <string.h>

#define INDENT 4

/* The parts of a score, in the order and with the names of docs/json.md. */
struct part {
    const char *name, *words;
    bool is_factor;
};
static const struct part parts[] = {
    {"near", "words of the question, here and close by", false},
    {"wide", "words of the question in the whole passage", false},
    {"own_cos", "the meaning of the text", false},
    {"near_cos", "the meaning of the text and what is close by", false},
    {"bigram", "words of the question in the same order", false},
    {"reply", "answers someone who asked the like", false},
    {"asks", "is itself a question", false},
    {"speaker", "who speaks, and who is named", false},
    {"length", "says more than a word or two", false},
    {"time", "tells a time", false},
    {"recency", "how recent it is", true},
    {"importance", "how important it is", true},
    {"use", "how often it was of use", true},
    {"time_match", "whether it was at the time that is asked for", true},
    {"superseded", "another one took its place", true},
};

static const char *time_of(const struct show *show, const struct json *record)
{
    const char *at = value_member_text(record, "event_at");
    if (at == NULL) {
        at = value_member_text(record, "created_at");
    }
    const struct json *value =
        json_get(record, value_member_text(record, "event_at") ? "event_at" : "created_at");
    return at ? value_text(show->arena, NULL, "created_at", value, VALUE_TIME_SHORT) : NULL;
}

static const char *speaker_of(const struct json *record)
{
    const char *speaker = value_member_text(record, "speaker");
    return speaker ? speaker : value_member_text(record, "role");
}

static bool is_false(const struct json *object, const char *name)
{
    const struct json *value = json_get(object, name);
    return value && json_type_of(value) == JSON_TYPE_BOOLEAN && !json_as_boolean(value);
}

static void add_word(struct page *page, enum style style, const char *word)
{
    if (word != NULL) {
        page_spaces(page, 2);
        page_add(page, style, word);
    }
}

/* What is shown of a hit beside itself. */
struct hit_place {
    size_t rank, folded;
    bool marks_unmatched; /* others have matched */
};

/* ` 1  0.463  message  Tobias  2024-09-05 18:02` */
static void show_hit_line(const struct show *show, const struct json *hit,
                          const struct hit_place *place)
{
    struct page *page = show->page;
    const char *subject = value_member_text(hit, "subject"), *who = speaker_of(hit);
    const char *trust = value_member_text(hit, "trust");
    page_printf(page, STYLE_STRONG, "%2zu  %.3f", place->rank, value_member_real(hit, "score"));
    add_word(page, STYLE_PLAIN, value_member_text(hit, "kind"));
    add_word(page, STYLE_STRONG, who ? who : subject);
    add_word(page, STYLE_PLAIN, time_of(show, hit));
    if (place->marks_unmatched && is_false(hit, "matched")) {
        add_word(page, STYLE_FAINT, "(no match)");
    }
    if (value_member_text(hit, "superseded_by") != NULL) {
        add_word(page, STYLE_FAINT, "(superseded)");
    }
    if (trust != NULL && strcmp(trust, "untrusted") == 0) {
        add_word(page, STYLE_BAD, "(untrusted)");
    }
    if (place->folded > 0) {
        page_printf(page, STYLE_FAINT, "  (and %zu like it)", place->folded);
    }
    page_end_line(page);
}

static void show_parts(const struct show *show, const struct json *hit)
{
    static const struct table_column columns[] = {
        {.heading = NULL}, {.heading = NULL, .is_number = true}, {.heading = NULL}};
    const struct json *all = json_get(hit, "parts");
    struct table table;
    table_init(&table, show->arena, columns, 3);
    table.indent = INDENT;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        double value = value_member_real(all, parts[i].name);
        bool is_idle = parts[i].is_factor ? fabs(value - 1) < 5e-4 : fabs(value) < 5e-4;
        bool is_there = json_get(all, parts[i].name) != NULL && !is_idle;
        const char **cells = is_there ? table_add_row(&table) : NULL;
        if (cells != NULL) {
            cells[0] = parts[i].name;
            cells[1] = arena_printf(show->arena, parts[i].is_factor ? "x %.3f" : "%+.3f", value);
            cells[2] = parts[i].words;
        }
    }
    table_print(&table, show->page);
}

/* `matched teapot, blue; 1st by words, 3rd by meaning` */
static void show_legs(const struct show *show, const struct json *hit)
{
    const struct json *terms = json_get(hit, "terms"), *rank = json_get(hit, "rank");
    const char *words = value_text(show->arena, NULL, "terms", terms, VALUE_TIME_FULL);
    long long lexical = (long long)value_member_integer(rank, "lexical");
    long long dense = (long long)value_member_integer(rank, "dense");
    if (json_count(terms) > 0 && words != NULL) {
        page_spaces(show->page, INDENT);
        page_add(show->page, STYLE_FAINT, "matched  ");
        page_add(show->page, STYLE_PLAIN, words);
        page_end_line(show->page);
    }
    if (lexical > 0 || dense > 0) {
        page_spaces(show->page, INDENT);
        page_add(show->page, STYLE_FAINT, "found    ");
        if (lexical > 0) {
            page_printf(show->page, STYLE_PLAIN, "%lld. by words", lexical);
        }
        if (dense > 0) {
            page_printf(show->page, STYLE_PLAIN, "%s%lld. by meaning", lexical > 0 ? ", " : "",
                        dense);
        }
        page_end_line(show->page);
    }
}

static void show_neighbours(const struct show *show, const struct json *hit, bool are_before)
{
    const struct json *all = json_get(hit, "neighbours");
    int64_t own = value_member_integer(hit, "message_seq");
    for (size_t i = 0; i < json_count(all); i++) {
        const struct json *message = json_at(all, i);
        const char *who = speaker_of(message), *text = value_member_text(message, "content");
        if ((value_member_integer(message, "message_seq") < own) == are_before) {
            const char *line =
                arena_printf(show->arena, "%s: %s", who ? who : "?", text ? text : "");
            page_wrap(show->page, STYLE_FAINT, INDENT, line ? line : "");
        }
    }
}

static void show_hit(const struct show *show, const struct json *hit, const struct hit_place *place)
{
    const char *id = value_member_text(hit, "id"), *text = value_member_text(hit, "content");
    show_hit_line(show, hit, place);
    show_neighbours(show, hit, true);
    page_wrap(show->page, STYLE_PLAIN, INDENT, text ? text : "");
    show_neighbours(show, hit, false);
    page_wrap(show->page, STYLE_FAINT, INDENT, id ? id : "");
    if (show->is_explained) {
        show_parts(show, hit);
        show_legs(show, hit);
    }
}

void show_recall(const struct show *show, const struct json *answer)
{
    const struct json *hits = json_get(answer, "hits"), *folded = json_get(answer, "folded");
    struct hit_place place = {.rank = 0};
    for (size_t i = 0; i < json_count(hits); i++) {
        place.marks_unmatched |= !is_false(json_at(hits, i), "matched");
    }
    for (size_t i = 0; i < json_count(hits); i++) {
        const struct json *hit = json_at(hits, i);
        const char *id = value_member_text(hit, "id");
        if (i > 0) {
            page_end_line(show->page);
        }
        place.rank = i + 1;
        place.folded = id ? json_count(json_get(folded, id)) : 0;
        show_hit(show, hit, &place);
    }
}

void show_search(const struct show *show, const struct json *answer)
{
    const struct json *all = json_get(answer, "conversations");
    for (size_t i = 0; i < json_count(all); i++) {
        const struct json *conversation = json_at(all, i);
        const struct json *messages = json_get(conversation, "messages");
        const char *title = value_member_text(conversation, "title");
        const char *id = value_member_text(conversation, "id");
        if (i > 0) {
            page_end_line(show->page);
        }
        page_printf(show->page, STYLE_STRONG, "%2zu  %.3f", i + 1,
                    value_member_real(conversation, "score"));
        add_word(show->page, STYLE_STRONG, title ? title : "(untitled)");
        add_word(show->page, STYLE_FAINT, id);
        page_end_line(show->page);
        for (size_t j = 0; j < json_count(messages); j++) {
            const struct json *message = json_at(messages, j);
            const char *who = speaker_of(message), *when = time_of(show, message);
            const char *text = value_member_text(message, "content");
            page_spaces(show->page, INDENT);
            page_printf(show->page, STYLE_PLAIN, "%.3f", value_member_real(message, "score"));
            add_word(show->page, STYLE_STRONG, who);
            add_word(show->page, STYLE_PLAIN, when);
            page_end_line(show->page);
            page_wrap(show->page, STYLE_PLAIN, 2 * INDENT, text ? text : "");
        }
    }
}

void show_window(const struct show *show, const struct json *answer)
{
    const struct json *messages = json_get(answer, "messages");
    for (size_t i = 0; i < json_count(messages); i++) {
        const struct json *message = json_at(messages, i);
        const char *text = value_member_text(message, "content");
        page_printf(show->page, STYLE_FAINT, "%2lld",
                    (long long)value_member_integer(message, "message_seq"));
        add_word(show->page, STYLE_STRONG, speaker_of(message));
        add_word(show->page, STYLE_PLAIN, time_of(show, message));
        page_end_line(show->page);
        page_wrap(show->page, STYLE_PLAIN, INDENT, text ? text : "");
    }
    page_printf(show->notes, STYLE_PLAIN, "mneme: %lld tokens, %lld messages left out",
                (long long)value_member_integer(answer, "tokens"),
                (long long)value_member_integer(answer, "left_out"));
    page_end_line(show->notes);
}
