/*
 * What every kind of a field table alone promises, one table of kinds for all tests: made, saved, changed, forgotten,
 * brought back, undone, listed page by page, exported and purged. Then what only some of them promise.
 */
#include "engine/engine.h"
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;
static char talk[40];

static void set_up(void)
{
    calls_store_init(&store, 29);
    memory = calls_open(&store, "ada");
    (void)snprintf(talk, sizeof talk, "%s",
                   calls_id(calls_ok(memory, "conversation.create", "{\"title\":\"Tale\"}")));
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(kinds, .init = set_up, .fini = tear_down);

/* A kind: the fields of its n-th record ($n and $talk stand for themselves), and a change. */
static const struct row {
    const char *kind, *fields, *change, *changed;
    bool has_key; /* a natural key */
} rows[] = {
    {"character", "\"name\":\"Zoe $n\",\"conversation_id\":\"$talk\"", "\"current_mood\":\"glad\"",
     "/current_mood", true},
    {"prop", "\"name\":\"lamp $n\"", "\"description\":\"glad\"", "/description", false},
    {"agent", "\"name\":\"agent $n\"", "\"display_name\":\"glad\"", "/display_name", true},
    {"preference", "\"key\":\"key $n\",\"value\":[1,true]", "\"description\":\"glad\"",
     "/description", true},
    {"summary", "\"conversation_id\":\"$talk\",\"summary_text\":\"text $n\"",
     "\"summary_text\":\"glad\"", "/summary_text", false},
    {"cluster", "\"name\":\"cluster $n\"", "\"description\":\"glad\"", "/description", false},
    {"pattern", "\"pattern_type\":\"workflow\",\"description\":\"pattern $n\"",
     "\"description\":\"glad\"", "/description", false},
};
#define ROWS (sizeof rows / sizeof *rows)

static const char *operation(const struct row *row, const char *verb)
{
    static char name[40];
    (void)snprintf(name, sizeof name, "%s.%s", row->kind, verb);
    return name;
}

/* The fields of the n-th record as an object; `more` joins them. */
static const char *fields(const struct row *row, int n, const char *more)
{
    static char json[600];
    size_t length = 0;
    json[length++] = '{';
    for (const char *at = row->fields; *at; at++) {
        bool is_talk = strncmp(at, "$talk", 5) == 0, is_n = strncmp(at, "$n", 2) == 0;
        if (is_talk || is_n) {
            length += (size_t)(is_talk ? snprintf(json + length, 60, "%s", talk)
                                       : snprintf(json + length, 60, "%d", n));
            at += is_talk ? 4 : 1;
        } else {
            json[length++] = *at;
        }
    }
    (void)snprintf(json + length, sizeof json - length, "%s%s}", more ? "," : "", more ? more : "");
    return json;
}

static struct call_answer call(const struct row *row, const char *verb, const char *json)
{
    return calls_ok(memory, operation(row, verb), "%s", json);
}

static const char *create(const struct row *row, int n)
{
    return calls_id(call(row, "create", fields(row, n, NULL)));
}

static void expect_status(struct call_answer answer, const char *status)
{
    cr_expect_str_eq(answer_text(&answer, "/status"), status, "%s", answer.text);
    call_answer_clear(&answer);
}

#define ID_OF(id) "{\"id\":\"%s\"}", id

Test(kinds, a_natural_key_is_held_by_one)
{
    for (size_t i = 0; i < ROWS; i++) {
        const char *id = create(&rows[i], 1);
        struct call_answer again =
            calls_json(memory, operation(&rows[i], "create"), fields(&rows[i], 1, NULL));
        cr_expect_eq(again.code, rows[i].has_key ? MNEME_CONFLICT : MNEME_OK, "%s", again.text);
        call_answer_clear(&again);
        if (!rows[i].has_key) continue;
        // the key is free when its holder is forgotten, and then cannot come back
        calls_done(memory, operation(&rows[i], "delete"), ID_OF(id));
        (void)create(&rows[i], 1);
        struct call_answer back = calls_format(memory, operation(&rows[i], "restore"), ID_OF(id));
        cr_expect_eq(back.code, MNEME_CONFLICT, "%s", back.text);
        call_answer_clear(&back);
    }
}

Test(kinds, save_makes_changes_and_knows)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        char id[40], json[400];
        (void)snprintf(id, sizeof id, "%s", create(row, 1));
        (void)snprintf(json, sizeof json, "{\"id\":\"%s\",%s}", id, row->change);
        expect_status(call(row, "save", json), "updated");
        expect_status(call(row, "save", json), "known");
        calls_expect_text(memory, id, row->changed, "glad");
        expect_status(call(row, "save", fields(row, 2, NULL)), "created");
        expect_status(call(row, "save", fields(row, 2, NULL)), row->has_key ? "known" : "created");
    }
}

Test(kinds, a_batch_is_saved_whole_or_not_at_all)
{
    for (size_t i = 0; i < ROWS; i++) {
        char json[1600];
        int length = snprintf(json, sizeof json, "{\"items\":[%s,", fields(&rows[i], 1, NULL));
        (void)snprintf(json + length, sizeof json - (size_t)length, "%s]}",
                       fields(&rows[i], 2, NULL));
        struct call_answer both = call(&rows[i], "save_batch", json);
        cr_expect_eq(answer_count(&both, "/items"), 2, "%s", both.text);
        call_answer_clear(&both);
        calls_expect_count(memory, 2, operation(&rows[i], "list"), "{}");
        (void)snprintf(json + length, sizeof json - (size_t)length,
                       "{\"id\":\"018bcfe5-6800-7123-8abc-0123456789ab\"}]}");
        struct call_answer refused = calls_json(memory, operation(&rows[i], "save_batch"), json);
        cr_expect_eq(refused.code, MNEME_NOT_FOUND, "%s", refused.text);
        cr_expect_str_eq(answer_text(&refused, "/error/errors/0/pointer"), "/items/1/id");
        call_answer_clear(&refused);
        calls_expect_count(memory, 2, operation(&rows[i], "list"), "{}");
    }
}

Test(kinds, a_version_that_is_not_is_a_conflict)
{
    for (size_t i = 0; i < ROWS; i++) {
        const char *id = create(&rows[i], 1);
        char json[400];
        (void)snprintf(json, sizeof json, "{\"id\":\"%s\",\"version\":7,%s}", id, rows[i].change);
        calls_refused(memory, MNEME_CONFLICT, "version", "version", operation(&rows[i], "update"),
                      "%s", json);
    }
}

Test(kinds, what_is_forgotten_comes_back_and_every_change_is_told)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        char id[40], json[400];
        (void)snprintf(id, sizeof id, "%s", create(row, 1));
        (void)snprintf(json, sizeof json, "{\"id\":\"%s\",%s}", id, row->change);
        expect_status(call(row, "update", json), "updated");
        expect_status(calls_ok(memory, operation(row, "delete"), ID_OF(id)), "forgotten");
        calls_refused(memory, MNEME_NOT_FOUND, "id", "", operation(row, "get"), ID_OF(id));
        calls_expect_count(memory, 0, operation(row, "list"), "{}");
        calls_expect_count(memory, 1, operation(row, "list"), "{\"include_deleted\":true}");
        expect_status(calls_ok(memory, operation(row, "restore"), ID_OF(id)), "restored");
        calls_expect_count(memory, 4, operation(row, "history"), ID_OF(id));
        calls_done(memory, "change.undo", "{}"); // forgotten again
        calls_done(memory, "change.undo", "{}"); // and back
        calls_expect_text(memory, id, row->changed, "glad");
    }
}

Test(kinds, an_undone_change_is_as_it_was_before)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        char id[40], json[400];
        (void)snprintf(id, sizeof id, "%s", create(row, 1));
        struct call_answer before = calls_ok(memory, operation(row, "get"), ID_OF(id));
        char was[200] = "";
        const char *text = answer_text(&before, row->changed);
        if (text) (void)snprintf(was, sizeof was, "%s", text);
        call_answer_clear(&before);
        (void)snprintf(json, sizeof json, "{\"id\":\"%s\",%s}", id, row->change);

        calls_done(memory, operation(row, "update"), "%s", json);
        calls_done(memory, "change.undo", ID_OF(id));
        calls_expect_text(memory, id, row->changed, *was ? was : NULL);
    }
}

Test(kinds, pages_hold_each_record_once_in_every_order)
{
    static const char *const orders[] = {"created",   "updated",    "name",     "use",
                                         "last_seen", "importance", "frequency"};
    for (size_t i = 0; i < ROWS; i++) {
        for (int n = 0; n < 7; n++) (void)create(&rows[i], n);
        for (size_t o = 0; o < sizeof orders / sizeof *orders * 2; o++) {
            char json[700], cursor[400] = "";
            size_t seen = 0;
            struct call_answer page;
            do {
                (void)snprintf(json, sizeof json,
                               "{\"limit\":3,\"order\":\"%s\",\"descending\":%s%s}", orders[o / 2],
                               o % 2 ? "true" : "false", cursor);
                page = calls_json(memory, operation(&rows[i], "list"), json);
                if (page.code != MNEME_OK) break; // an order that the kind has not
                seen += answer_count(&page, "/items");
                const char *next = answer_text(&page, "/next_cursor");
                (void)snprintf(cursor, sizeof cursor, next ? ",\"cursor\":\"%s\"" : "%s",
                               next ? next : "");
                call_answer_clear(&page);
            } while (cursor[0] != '\0' && seen < 20);
            cr_expect(page.code == MNEME_INVALID || seen == 7, "%s by %s: %zu", rows[i].kind,
                      orders[o / 2], seen);
            if (page.code != MNEME_OK) call_answer_clear(&page);
        }
    }
}

Test(kinds, a_purged_one_leaves_nothing)
{
    for (size_t i = 0; i < ROWS; i++) {
        const char *id = create(&rows[i], 1);
        calls_done(memory, "record.purge", ID_OF(id));
        calls_refused(memory, MNEME_NOT_FOUND, "id", "", operation(&rows[i], "history"), ID_OF(id));
    }
    struct call_answer stats = calls_ok(memory, "stats", "{}");
    cr_expect_eq(answer_integer(&stats, "/vectors"), 0, "%s", stats.text);
    cr_expect_eq(answer_integer(&stats, "/by_kind/conversation/count"), 1);
    cr_expect_eq(answer_count(&stats, "/by_kind"), 1, "%s", stats.text);
    call_answer_clear(&stats);
}

Test(kinds, a_record_of_another_kind_is_not_found)
{
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < ROWS; j++) {
            if (i == j) continue;
            const char *id = create(&rows[i], (int)(10 * i + j));
            calls_refused(memory, MNEME_NOT_FOUND, "id", "", operation(&rows[j], "get"), ID_OF(id));
            calls_refused(memory, MNEME_NOT_FOUND, "id", "", operation(&rows[j], "delete"),
                          ID_OF(id));
        }
}

// --- one by one ----------------------------------------------------------------------------------

Test(kinds, a_forgotten_conversation_takes_its_summaries_and_leaves_its_characters)
{
    const char *summary = create(&rows[4], 1), *character = create(&rows[0], 1);
    calls_done(memory, "conversation.forget", ID_OF(talk));
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "summary.get", ID_OF(summary));
    calls_expect_text(memory, character, "/conversation_id", talk);
    calls_done(memory, "record.restore", ID_OF(talk));
    calls_done(memory, "summary.get", ID_OF(summary));
    calls_done(memory, "conversation.forget", "{\"id\":\"%s\",\"characters\":true}", talk);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "character.get", ID_OF(character));
    calls_done(memory, "record.restore", ID_OF(talk));
    calls_done(memory, "character.get", ID_OF(character));
}

Test(kinds, characters_are_found_by_a_part_of_their_name_whatever_its_case_and_accents)
{
    calls_done(memory, "character.create", "{\"name\":\"Zo\\u00eb O'Neil\"}");
    calls_done(memory, "character.create", "{\"name\":\"100%% Bob_\"}");
    calls_expect_count(memory, 1, "character.find", "{\"name\":\"ZOE\"}");
    calls_expect_count(memory, 1, "character.find", "{\"name\":\"%%\"}");
    calls_expect_count(memory, 1, "character.find", "{\"name\":\"_\"}");
    calls_expect_count(memory, 2, "character.find", "{\"name\":\"o\"}");
}

Test(kinds, props_come_by_use_then_name)
{
    static const char *const names[] = {"cup", "axe", "bow"};
    char last[40] = "";
    for (size_t i = 0; i < 3; i++)
        (void)snprintf(last, sizeof last, "%s",
                       calls_id(calls_ok(memory, "prop.create", "{\"name\":\"%s\"}", names[i])));
    calls_done(memory, "prop.use", ID_OF(last));
    struct call_answer list = calls_ok(memory, "prop.list", "{}");
    cr_expect_str_eq(answer_text(&list, "/items/0/name"), "bow");
    cr_expect_eq(answer_integer(&list, "/items/0/usage_count"), 1);
    cr_expect_eq(answer_integer(&list, "/items/0/version"), 1);
    cr_expect_str_eq(answer_text(&list, "/items/1/name"), "axe");
    cr_expect_str_eq(answer_text(&list, "/items/2/name"), "cup");
    call_answer_clear(&list);
}

/* The same user through a face whose writes are marked otherwise. */
static void save_as(const char *origin, const char *json, const char *status)
{
    struct mneme other = *memory;
    other.origin = origin;
    expect_status(calls_json(&other, "preference.save", json), status);
}

Test(kinds, a_preference_of_the_users_stands_against_what_is_derived)
{
    save_as("consolidation", "{\"key\":\"tea\",\"value\":\"black\"}", "created");
    save_as("consolidation", "{\"key\":\"tea\",\"value\":\"green\"}", "updated");
    save_as("user", "{\"key\":\"tea\",\"value\":\"white\"}", "updated");
    save_as("consolidation", "{\"key\":\"tea\",\"value\":\"red\"}", "kept");
    struct call_answer now = calls_ok(memory, "preference.get", "{\"key\":\"tea\"}");
    cr_expect_str_eq(answer_text(&now, "/value"), "white");
    cr_expect_str_eq(answer_text(&now, "/origin"), "user");
    struct call_answer history =
        calls_ok(memory, "preference.history", ID_OF(answer_text(&now, "/id")));
    cr_expect_str_eq(answer_text(&history, "/items/0/before/value"), "red");
    call_answer_clear(&history);
    call_answer_clear(&now);
}

Test(kinds, a_conversations_summary_is_its_own_or_the_newest_of_the_highest_level)
{
    calls_done(memory, "summary.create",
               "{\"conversation_id\":\"%s\",\"summary_text\":\"an arc\",\"level\":\"arc\"}", talk);
    (void)create(&rows[4], 1);
    calls_expect_text(memory, talk, "/summary", "an arc");
    calls_done(memory, "conversation.update", "{\"id\":\"%s\",\"summary\":\"mine\"}", talk);
    calls_expect_text(memory, talk, "/summary", "mine");
}

Test(kinds, only_the_storys_kinds_are_recalled_and_only_when_asked)
{
    calls_done(memory, "character.create",
               "{\"name\":\"Tess\",\"description\":\"keeps bees and honey\"}");
    calls_done(memory, "prop.create", "{\"name\":\"hive\",\"description\":\"full of bees\"}");
    calls_done(memory, "agent.create", "{\"name\":\"bees\",\"system_prompt\":\"bees\"}");
    calls_done(memory, "preference.save", "{\"key\":\"bees\",\"value\":\"bees\"}");
    calls_expect_count(memory, 0, "memory.recall", "{\"text\":\"bees\"}");
    calls_expect_count(memory, 2, "memory.recall",
                       "{\"text\":\"bees\",\"kinds\":[\"character\",\"prop\",\"summary\"]}");
    calls_expect_count(memory, 1, "memory.recall", "{\"text\":\"\",\"kinds\":[\"character\"]}");
    calls_refused(memory, MNEME_INVALID, "kinds", "choice", "memory.recall",
                  "{\"text\":\"bees\",\"kinds\":[\"agent\"]}");
}

Test(kinds, preferences_and_the_newest_summary_are_part_of_a_context)
{
    calls_done(memory, "preference.save", "{\"key\":\"tone\",\"value\":\"brief\"}");
    (void)create(&rows[4], 1);
    struct call_answer context =
        calls_ok(memory, "memory.context", "{\"text\":\"hello\",\"conversation_id\":\"%s\"}", talk);
    const char *text = answer_text(&context, "/text");
    cr_expect(strstr(text, "tone: \"brief\""), "%s", text);
    cr_expect(strstr(text, "text 1"), "%s", text);
    call_answer_clear(&context);
}
