/* What leaves the window is summed up: extended, never rewritten; taken back with its sources. */
#include "base/alloc.h"
#include "support/tidying.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;
static char talk[40];

static void set_up(void)
{
    calls_store_init(&store, 31);
    memory = calls_open(&store, "ada");
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(summaries, .init = set_up, .fini = tear_down);

static struct call_answer list(const char *level)
{
    return calls_ok(memory, "summary.list",
                    "{\"conversation_id\":\"%s\",\"level\":\"%s\",\"descending\":false,"
                    "\"limit\":1000}",
                    talk, level);
}

static size_t count(const char *level)
{
    struct call_answer answer = list(level);
    size_t found = answer_count(&answer, "/items");
    call_answer_clear(&answer);
    return found;
}

static const char *message_at(int number)
{
    static char id[40];
    struct call_answer answer = calls_ok(memory, "record.list",
                                         "{\"kind\":\"message\",\"conversation_id\":\"%s\","
                                         "\"limit\":1,\"filter\":{\"message_seq\":%d}}",
                                         talk, number);
    (void)snprintf(id, sizeof id, "%s", answer_text(&answer, "/items/0/id"));
    call_answer_clear(&answer);
    return id;
}

/* Every turn up to `last` is covered by exactly one scene. */
static void expect_covered(int last)
{
    struct call_answer scenes = list("scene");
    bool covered[500] = {0};
    for (size_t i = 0; i < answer_count(&scenes, "/items"); i++) {
        char pointer[60];
        (void)snprintf(pointer, sizeof pointer, "/items/%zu/message_range_start", i);
        int64_t from = answer_integer(&scenes, pointer);
        (void)snprintf(pointer, sizeof pointer, "/items/%zu/message_range_end", i);
        for (int64_t at = from; at <= answer_integer(&scenes, pointer); at++) {
            cr_expect_not(covered[at], "turn %d twice: %s", (int)at, scenes.text);
            covered[at] = true;
        }
    }
    for (int at = 1; at <= last; at++) {
        cr_expect(covered[at], "turn %d is not covered: %s", at, scenes.text);
    }
    cr_expect_not(covered[last + 1], "turn %d is", last + 1);
    call_answer_clear(&scenes);
}

Test(summaries, turns_that_leave_the_window_are_summed_up_by_a_job)
{
    tidying_talk(memory, talk, 39);
    tidying_work(memory);
    cr_expect_eq(count("scene"), 0, "the window has them");
    tidying_say(memory, talk, 40, 1);
    tidying_work(memory);
    cr_expect_geq(count("scene"), 1);
    expect_covered(20);
}

Test(summaries, a_scene_goes_on_word_for_word)
{
    char before[4000], id[40];
    tidying_talk(memory, talk, 10);
    calls_done(memory, "conversation.summarize", "{\"conversation_id\":\"%s\"}", talk);
    struct call_answer first = list("scene");
    cr_assert_eq(answer_count(&first, "/items"), 1);
    (void)snprintf(before, sizeof before, "%s", answer_text(&first, "/items/0/summary_text"));
    (void)snprintf(id, sizeof id, "%s", answer_text(&first, "/items/0/id"));
    cr_expect_str_eq(answer_text(&first, "/items/0/by"), "extractor");
    cr_expect_str_eq(answer_text(&first, "/items/0/origin"), "consolidation");
    call_answer_clear(&first);
    tidying_say(memory, talk, 11, 8);
    calls_done(memory, "conversation.summarize", "{\"conversation_id\":\"%s\"}", talk);
    struct call_answer then = calls_ok(memory, "summary.get", "{\"id\":\"%s\"}", id);
    const char *after = answer_text(&then, "/summary_text");
    cr_expect_gt(strlen(after), strlen(before));
    cr_expect_eq(strncmp(after, before, strlen(before)), 0, "%s\n%s", before, after);
    cr_expect_eq(answer_integer(&then, "/version"), 2);
    call_answer_clear(&then);
    expect_covered(18);
}

Test(summaries, once_more_changes_nothing)
{
    tidying_talk(memory, talk, 60);
    calls_done(memory, "conversation.summarize", "{\"conversation_id\":\"%s\"}", talk);
    struct call_answer answer =
        calls_ok(memory, "conversation.summarize", "{\"conversation_id\":\"%s\"}", talk);
    cr_expect_eq(answer_integer(&answer, "/messages"), 0);
    cr_expect_eq(answer_integer(&answer, "/made"), 0);
    call_answer_clear(&answer);
}

Test(summaries, a_silence_of_hours_begins_a_scene)
{
    tidying_talk(memory, talk, 10);
    calls_done(memory, "conversation.summarize", "{\"conversation_id\":\"%s\"}", talk);
    calls_pass_seconds(&store, 7 * 3600);
    tidying_say(memory, talk, 11, 10);
    calls_done(memory, "conversation.summarize", "{\"conversation_id\":\"%s\"}", talk);
    cr_expect_eq(count("scene"), 2);
    expect_covered(20);
}

Test(summaries, six_scenes_make_a_chapter)
{
    tidying_talk(memory, talk, 6);
    for (int i = 1; i < 8; i++) {
        calls_pass_seconds(&store, 7 * 3600);
        tidying_say(memory, talk, i * 6 + 1, 6);
    }
    calls_done(memory, "conversation.summarize", "{\"conversation_id\":\"%s\"}", talk);
    cr_expect_eq(count("scene"), 8);
    struct call_answer chapters = list("chapter");
    cr_assert_eq(answer_count(&chapters, "/items"), 1, "%s", chapters.text);
    cr_expect_eq(answer_integer(&chapters, "/items/0/message_range_start"), 1);
    cr_expect_eq(answer_integer(&chapters, "/items/0/message_range_end"), 36);
    struct call_answer scenes = list("scene");
    cr_expect_str_eq(answer_text(&scenes, "/items/5/parent_id"),
                     answer_text(&chapters, "/items/0/id"));
    cr_expect_null(answer_text(&scenes, "/items/6/parent_id"));
    call_answer_clear(&scenes);
    call_answer_clear(&chapters);
}

Test(summaries, what_is_forgotten_is_in_no_summary_from_then_on)
{
    tidying_talk(memory, talk, 60);
    tidying_work(memory);
    size_t before = count("scene");
    calls_done(memory, "message.forget", "{\"id\":\"%s\"}", message_at(7));
    cr_expect_lt(count("scene"), before);
    tidying_work(memory);
    expect_covered(40);
    struct call_answer scenes = list("scene");
    cr_expect_null(strstr(scenes.text, "In turn 7 "), "%s", scenes.text);
    call_answer_clear(&scenes);
}

Test(summaries, an_edited_message_is_summed_up_anew)
{
    char id[40];
    tidying_talk(memory, talk, 10);
    calls_done(memory, "conversation.summarize", "{\"conversation_id\":\"%s\"}", talk);
    (void)snprintf(id, sizeof id, "%s", message_at(3));
    calls_done(memory, "message.edit", "{\"id\":\"%s\",\"content\":\"Nothing happened at all.\"}",
               id);
    cr_expect_eq(count("scene"), 0);
    calls_done(memory, "conversation.summarize", "{\"conversation_id\":\"%s\"}", talk);
    struct call_answer scenes = list("scene");
    cr_expect_null(strstr(scenes.text, "In turn 3 "), "%s", scenes.text);
    call_answer_clear(&scenes);
}

Test(summaries, a_purged_message_leaves_no_word_in_a_summary)
{
    tidying_talk(memory, talk, 10);
    calls_done(memory, "conversation.summarize", "{\"conversation_id\":\"%s\"}", talk);
    struct call_answer scenes = list("scene");
    char id[40];
    (void)snprintf(id, sizeof id, "%s", answer_text(&scenes, "/items/0/id"));
    call_answer_clear(&scenes);
    calls_done(memory, "record.purge", "{\"id\":\"%s\"}", message_at(3));
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "summary.history", "{\"id\":\"%s\"}", id);
}

Test(summaries, one_of_the_callers_stays_and_is_stale)
{
    tidying_talk(memory, talk, 10);
    char id[40];
    (void)snprintf(id, sizeof id, "%s",
                   calls_id(calls_ok(memory, "summary.create",
                                     "{\"conversation_id\":\"%s\",\"summary_text\":\"mine\","
                                     "\"message_range_start\":1,\"message_range_end\":5}",
                                     talk)));
    calls_done(memory, "message.forget", "{\"id\":\"%s\"}", message_at(3));
    struct call_answer got = calls_ok(memory, "summary.get", "{\"id\":\"%s\"}", id);
    cr_expect_not_null(strstr(got.text, "\"stale\":true"), "%s", got.text);
    call_answer_clear(&got);
}

Test(summaries, what_a_tool_said_lowers_the_trust)
{
    tidying_talk(memory, talk, 3);
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"role\":\"tool\",\"content\":\"exit status 0\"}",
               talk);
    calls_done(memory, "conversation.summarize", "{\"conversation_id\":\"%s\"}", talk);
    struct call_answer scenes = list("scene");
    cr_expect_str_eq(answer_text(&scenes, "/items/0/trust"), "tool");
    call_answer_clear(&scenes);
}

Test(summaries, undo_takes_a_summary_away_again)
{
    tidying_talk(memory, talk, 10);
    char *before = tidying_state(memory);
    calls_done(memory, "conversation.summarize", "{\"conversation_id\":\"%s\"}", talk);
    calls_done(memory, "change.undo", "{}");
    char *after = tidying_state(memory);
    cr_expect_str_eq(before, after);
    mem_free(before);
    mem_free(after);
}

Test(summaries, a_conversation_that_is_forgotten_ends_its_job)
{
    tidying_talk(memory, talk, 60);
    calls_done(memory, "conversation.forget", "{\"id\":\"%s\"}", talk);
    tidying_work(memory);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "conversation.summarize",
                  "{\"conversation_id\":\"%s\"}", talk);
}
