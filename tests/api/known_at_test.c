// What the store had been told by a time: get, list, recall, why_not and context read the past, and change nothing.
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define HOUR 3600
#define AT_ONE "2023-11-14T23:00:00Z" /* between the first hour's writes and those of the second */

static struct calls_store store;
static mneme *memory;

static void set_up(void)
{
    calls_store_init(&store, 41);
    memory = calls_open(&store, "ada");
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(known_at, .init = set_up, .fini = tear_down);

static const char *remember(const char *json)
{
    return calls_id(calls_ok(memory, "memory.remember", "%s", json));
}

/* The contents of the hits, or items, in their order. */
static void expect(const char *list, const char *member, const char *operation, const char *json,
                   const char *expected)
{
    struct call_answer answer = calls_ok(memory, operation, "%s", json);
    char found[400] = "";
    for (size_t i = 0; i < answer_count(&answer, list); i++) {
        char pointer[60];
        (void)snprintf(pointer, sizeof pointer, "%s/%zu/%s", list, i, member);
        (void)snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", i ? "; " : "",
                       answer_text(&answer, pointer));
    }
    cr_expect_str_eq(found, expected, "%s %s: %s", operation, json, answer.text);
    call_answer_clear(&answer);
}

static void expect_text(const char *operation, const char *json, const char *pointer,
                        const char *expected)
{
    struct call_answer answer = calls_ok(memory, operation, "%s", json);
    const char *found = answer_text(&answer, pointer);
    cr_expect_str_eq(found ? found : "", expected, "%s: %s", json, answer.text);
    call_answer_clear(&answer);
}

#define NOW ""
#define THEN ",\"known_at\":\"" AT_ONE "\""
#define RECALL(more) "memory.recall", "{\"text\":\"Where is the teapot?\"" more "}"
#define HITS(more) "/hits", "content", RECALL(more)

Test(known_at, recall_goes_back_before_edits_forgetting_and_what_came_later)
{
    const char *edited = remember("{\"content\":\"The teapot is in the attic\"}");
    const char *forgotten = remember("{\"content\":\"The teapot has a lid of tin\"}");
    calls_pass_seconds(&store, HOUR);
    calls_done(memory, "memory.update", "{\"id\":\"%s\",\"content\":\"The teapot was sold\"}",
               edited);
    calls_done(memory, "record.forget", "{\"id\":\"%s\"}", forgotten);
    (void)remember("{\"content\":\"Grace has a teapot of glass\"}");
    expect(HITS(NOW ",\"boosts\":false"), "The teapot was sold; Grace has a teapot of glass");
    expect(HITS(THEN ",\"boosts\":false"),
           "The teapot is in the attic; The teapot has a lid of tin");
    // A filter without a column is asked of the rows of then, too.
    expect(HITS(THEN ",\"filter\":{\"version\":1}"),
           "The teapot is in the attic; The teapot has a lid of tin");
    expect(HITS(",\"known_at\":\"2023-11-14T22:00:00Z\""), "");
    expect(HITS(",\"known_at\":\"1960-01-01T00:00:00Z\""), "");
}

Test(known_at, what_was_superseded_since_holds_as_it_did)
{
    const char *old = remember("{\"content\":\"The teapot is in Lyme\",\"key\":\"teapot\"}");
    calls_pass_seconds(&store, HOUR);
    calls_done(memory, "memory.supersede", "{\"id\":\"%s\",\"content\":\"The teapot is in Bath\"}",
               old);
    expect(HITS(NOW), "The teapot is in Bath");
    expect(HITS(THEN), "The teapot is in Lyme");
    expect_text("record.get", "{\"key\":\"teapot\"}", "/content", "The teapot is in Bath");
    expect_text("record.get", "{\"key\":\"teapot\"" THEN "}", "/content", "The teapot is in Lyme");
}

Test(known_at, what_has_expired_or_was_purged_since_stays_out)
{
    const char *expiring = remember("{\"content\":\"The teapot stands on the stove\"}");
    const char *purged = remember("{\"content\":\"The teapot holds a secret\"}");
    calls_pass_seconds(&store, HOUR);
    calls_done(memory, "memory.expire", "{\"id\":\"%s\",\"ttl\":60}", expiring);
    calls_done(memory, "record.purge", "{\"id\":\"%s\",\"scrub\":false}", purged);
    expect(HITS(THEN), "The teapot stands on the stove");
    calls_pass_seconds(&store, 61);
    expect(HITS(THEN), "");
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.get", "{\"id\":\"%s\"" THEN "}",
                  purged);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.get", "{\"id\":\"%s\"" THEN "}",
                  expiring);
}

Test(known_at, get_and_list_show_the_rows_of_then)
{
    const char *first = remember("{\"content\":\"Tea at five\",\"tags\":[\"tea\"]}");
    (void)remember("{\"content\":\"Cake at six\"}");
    calls_pass_seconds(&store, HOUR);
    calls_done(memory, "memory.update", "{\"id\":\"%s\",\"content\":\"Tea at four\",\"tags\":[]}",
               first);
    const char *late = remember("{\"content\":\"Supper at eight\"}");
    expect("/items", "content", "record.list", "{\"descending\":false}",
           "Tea at four; Cake at six; Supper at eight");
    expect("/items", "content", "record.list", "{\"descending\":false" THEN "}",
           "Tea at five; Cake at six");
    expect("/items", "content", "record.list", "{\"tags\":[\"tea\"]" THEN "}", "Tea at five");
    calls_refused(memory, MNEME_INVALID, "order", "choice", "record.list",
                  "{\"order\":\"importance\"" THEN "}");
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.get", "{\"id\":\"%s\"" THEN "}", late);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "memory.why_not",
                  "{\"id\":\"%s\",\"text\":\"supper\"" THEN "}", late);
}

Test(known_at, a_context_has_the_profile_and_the_turns_of_then)
{
    const char *talk = calls_id(calls_ok(memory, "conversation.create", "{\"title\":\"Tea\"}"));
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"role\":\"user\",\"content\":\"I take no sugar\"}",
               talk);
    const char *pinned = remember("{\"content\":\"Ada lives in Lyme\",\"pinned\":true}");
    calls_pass_seconds(&store, HOUR);
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"role\":\"user\",\"content\":\"Sugar after all\"}",
               talk);
    calls_done(memory, "memory.update", "{\"id\":\"%s\",\"pinned\":false}", pinned);
    (void)remember("{\"content\":\"Ada moved to Bath\",\"pinned\":true}");
    struct call_answer answer =
        calls_ok(memory, "memory.context", "{\"conversation_id\":\"%s\"" THEN "}", talk);
    const char *text = answer_text(&answer, "/text");
    cr_expect(strstr(text, "> Ada lives in Lyme"), "%s", text);
    cr_expect(strstr(text, "> I take no sugar"), "%s", text);
    cr_expect_null(strstr(text, "Bath"), "%s", text);
    cr_expect_null(strstr(text, "after all"), "%s", text);
    cr_expect_str_eq(answer_text(&answer, "/items/0/section"), "profile");
    call_answer_clear(&answer);
}

Test(known_at, reading_the_past_notes_no_use)
{
    const char *id = remember("{\"content\":\"The teapot is in the attic\"}");
    calls_pass_seconds(&store, HOUR);
    expect(HITS(THEN), "The teapot is in the attic");
    struct call_answer answer = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", id);
    cr_expect_eq(answer_integer(&answer, "/access_count"), 0);
    call_answer_clear(&answer);
}
