// What is counted: no figure of an answer tells of what has expired, and what follows a conversation's messages.
#include "base/strbuf.h"
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
                   calls_id(calls_ok(memory, "conversation.create", "{}")));
    calls_pass_seconds(&store, 1);
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(rules_counts, .init = set_up, .fini = tear_down);

/* Appends one message; further members begin with a comma. */
static const char *say(const char *content, const char *members)
{
    return calls_id(calls_ok(memory, "conversation.append",
                             "{\"conversation_id\":\"%s\",\"content\":\"%s\"%s}", talk, content,
                             members));
}

static void expect_integer(const char *operation, const char *input, const char *pointer,
                           int64_t expected)
{
    struct call_answer got = calls_ok(memory, operation, "%s", input);
    cr_expect_eq(answer_integer(&got, pointer), expected, "%s %s: %s", operation, pointer,
                 got.text);
    call_answer_clear(&got);
}

/* An input that names the conversation; further members begin with a comma. */
static const char *of_talk(const char *name, const char *members)
{
    static char input[200];
    (void)snprintf(input, sizeof input, "{\"%s\":\"%s\"%s}", name, talk, members);
    return input;
}

static void expect_time(const char *pointer, const char *expected)
{
    calls_expect_text(memory, talk, pointer, expected);
}

// --- expiry --------------------------------------------------------------------------------------

/* Three messages of which the last ends 10 s from now, and the time of that, or of a microsecond before it. */
static int64_t say_three(void)
{
    say("one", "");
    calls_pass_seconds(&store, 1);
    say("two", "");
    calls_pass_seconds(&store, 1);
    int64_t end_us = store.clock.now_us + 10 * US_PER_SECOND;
    char members[80], time[TIME_TEXT_MAX];
    time_format(end_us, time);
    (void)snprintf(members, sizeof members, ",\"expires_at\":\"%s\"", time);
    say("three", members);
    return end_us;
}

static void expect_figures(int64_t count)
{
    char head[40];
    struct call_answer window =
        calls_ok(memory, "conversation.window", "{\"conversation_id\":\"%s\"}", talk);
    (void)snprintf(head, sizeof head, "%s",
                   answer_text(&window, count == 3 ? "/messages/2/id" : "/messages/1/id"));
    call_answer_clear(&window);
    expect_integer("record.get", of_talk("id", ""), "/message_count", count);
    expect_integer("record.get", of_talk("id", ""), "/duration_seconds", count - 1);
    expect_integer("conversation.list", "{}", "/items/0/message_count", count);
    expect_integer("conversation.search", "{\"text\":\"two\"}", "/conversations/0/message_count",
                   count);
    expect_integer("conversation.window", of_talk("conversation_id", ",\"last\":1"), "/left_out",
                   count - 1);
    expect_integer("stats", "{}", "/messages", count);
    expect_integer("stats", "{}", "/vectors", count);
    calls_expect_text(memory, talk, "/head_id", head);
    calls_expect_count(memory, 1, "record.list",
                       "{\"kind\":\"conversation\",\"filter\":{\"message_count\":%d}}", (int)count);
}

Test(rules_counts, an_expired_message_is_in_no_count_from_that_microsecond_on)
{
    int64_t end_us = say_three();
    calls_set_time(&store, end_us - 1);
    expect_figures(3);
    calls_set_time(&store, end_us);
    expect_figures(2);
    // A write to the conversation does not bring it back, nor count another one twice.
    say("four", "");
    expect_integer("record.get", of_talk("id", ""), "/message_count", 3);
    expect_integer("conversation.window", of_talk("conversation_id", ",\"last\":1"), "/left_out",
                   2);
    struct call_answer list = calls_ok(memory, "record.list", "{\"kind\":\"message\"}");
    calls_done(memory, "message.forget", "{\"id\":\"%s\"}", answer_text(&list, "/items/0/id"));
    call_answer_clear(&list);
    expect_figures(2);
}

Test(rules_counts, what_has_expired_takes_space_and_is_said_to)
{
    calls_done(memory, "memory.remember", "{\"content\":\"0123456789\",\"ttl\":\"10s\"}");
    say("01234", ",\"expires_at\":\"2023-11-14T22:14:00Z\"");
    calls_done(memory, "record.forget", "{\"id\":\"%s\"}", say("012", ""));
    struct call_answer before = calls_ok(memory, "stats", "{}");
    int64_t vector = answer_integer(&before, "/bytes/vectors") / 2;
    cr_expect_gt(vector, 0);
    cr_expect_eq(answer_integer(&before, "/bytes/retained"), 3 + vector, "%s", before.text);
    call_answer_clear(&before);
    calls_pass_seconds(&store, 3600);
    struct call_answer after = calls_ok(memory, "stats", "{}");
    cr_expect_eq(answer_integer(&after, "/bytes/retained"), 18 + 3 * vector, "%s", after.text);
    cr_expect_eq(answer_integer(&after, "/bytes/vectors"), 0, "%s", after.text);
    call_answer_clear(&after);
}

// --- start and end -------------------------------------------------------------------------------

Test(rules_counts, a_start_that_was_given_stays_whatever_is_said_or_forgotten)
{
    calls_done(memory, "conversation.update",
               "{\"id\":\"%s\",\"started_at\":\"2020-01-01T00:00:00Z\"}", talk);
    const char *early = say("early", ",\"event_at\":\"2019-01-01T00:00:00Z\"");
    expect_time("/started_at", "2020-01-01T00:00:00Z");
    expect_time("/ended_at", "2019-01-01T00:00:00Z");
    expect_integer("record.get", of_talk("id", ""), "/duration_seconds", 0);
    say("late", ",\"event_at\":\"2021-01-01T00:00:00Z\"");
    calls_done(memory, "message.forget", "{\"id\":\"%s\"}", early);
    expect_time("/started_at", "2020-01-01T00:00:00Z");
    expect_time("/ended_at", "2021-01-01T00:00:00Z");
    // Taken away, it follows the messages again.
    calls_done(memory, "conversation.update", "{\"id\":\"%s\",\"started_at\":null}", talk);
    expect_time("/started_at", "2021-01-01T00:00:00Z");
}

Test(rules_counts, giving_the_start_that_is_there_makes_it_the_callers)
{
    const char *first = say("first", ",\"event_at\":\"2021-01-01T00:00:00Z\"");
    calls_done(memory, "conversation.update",
               "{\"id\":\"%s\",\"started_at\":\"2021-01-01T00:00:00Z\"}", talk);
    say("second", ",\"event_at\":\"2022-01-01T00:00:00Z\"");
    calls_done(memory, "message.forget", "{\"id\":\"%s\"}", first);
    expect_time("/started_at", "2021-01-01T00:00:00Z");
}

Test(rules_counts, a_conversation_without_messages_has_neither_end_nor_a_start_of_theirs)
{
    const char *only = say("only", "");
    calls_done(memory, "message.forget", "{\"id\":\"%s\"}", only);
    expect_time("/started_at", NULL);
    expect_time("/ended_at", NULL);
    expect_time("/head_id", NULL);
    calls_done(memory, "record.restore", "{\"id\":\"%s\"}", only);
    expect_time("/started_at", "2023-11-14T22:13:21Z");
    expect_time("/ended_at", "2023-11-14T22:13:21Z");
}

// --- numbers -------------------------------------------------------------------------------------

static void expect_number(const char *id, int64_t expected)
{
    struct call_answer got = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", id);
    cr_expect_eq(answer_integer(&got, "/message_seq"), expected, "%s", got.text);
    call_answer_clear(&got);
}

Test(rules_counts, the_number_of_a_message_is_never_used_again)
{
    say("one", "");
    calls_done(memory, "record.purge", "{\"id\":\"%s\",\"scrub\":false}", say("two", ""));
    expect_number(say("three", ""), 3);
    // Not by undoing what was written before the message was, either.
    calls_done(memory, "conversation.update", "{\"id\":\"%s\",\"title\":\"Tea\"}", talk);
    calls_done(memory, "record.purge", "{\"id\":\"%s\",\"scrub\":false}", say("four", ""));
    calls_done(memory, "change.undo", "{\"id\":\"%s\"}", talk);
    expect_number(say("five", ""), 5);
    expect_integer("record.get", of_talk("id", ""), "/last_message_seq", 5);
}

// --- search --------------------------------------------------------------------------------------

/* So many messages of one text. */
static void say_often(const char *conversation, const char *content, int count)
{
    struct strbuf input;
    strbuf_init(&input, (size_t)1 << 20);
    strbuf_printf(&input, "{\"conversation_id\":\"%s\",\"messages\":[", conversation);
    for (int i = 0; i < count; i++)
        strbuf_printf(&input, "%s{\"content\":\"%s\"}", i > 0 ? "," : "", content);
    strbuf_add_text(&input, "]}");
    calls_done(memory, "conversation.append", "%s", input.text);
    strbuf_clear(&input);
}

Test(rules_counts, a_search_finds_what_a_talkative_conversation_would_hide)
{
    const char *quiet = calls_id(calls_ok(memory, "conversation.create", "{}"));
    const char *silent = calls_id(calls_ok(memory, "conversation.create", "{}"));
    for (int i = 0; i < 3; i++) say_often(talk, "the blue teapot", 600);
    say_often(quiet, "somebody has left a lid, which must be that of another teapot, here", 1);
    say_often(silent, "nothing of the kind", 1);
    struct call_answer found =
        calls_ok(memory, "conversation.search", "{\"text\":\"blue teapot\",\"k\":2}");
    cr_assert_eq(answer_count(&found, "/conversations"), 2, "%.500s", found.text);
    cr_expect_str_eq(answer_text(&found, "/conversations/0/id"), talk);
    cr_expect_str_eq(answer_text(&found, "/conversations/1/id"), quiet);
    call_answer_clear(&found);
    // With a filter of the caller's that the columns cannot answer, too.
    calls_expect_count(memory, 2, "conversation.search",
                       "{\"text\":\"blue teapot\",\"k\":2,\"filter\":{\"metadata.a\":null}}");
    calls_expect_count(memory, 1, "conversation.search",
                       "{\"text\":\"blue teapot\",\"k\":2,\"filter\":{\"conversation_id\":\"%s\"}}",
                       talk);
}

// --- nobody --------------------------------------------------------------------------------------

static void expect_nobody(mneme *other, const char *name)
{
    calls_refused(other, MNEME_NOT_FOUND, "user", "", "user.show", "{}");
    struct call_answer users = calls_ok(memory, "user.list", "{}");
    cr_expect_null(strstr(users.text, name), "%s", users.text);
    call_answer_clear(&users);
}

Test(rules_counts, what_writes_nothing_makes_no_user)
{
    mneme *other = calls_open(&store, "grace");
    calls_done(other, "memory.remember_batch", "{\"items\":[{\"content\":\"\"}]}");
    calls_done(other, "memory.remember_batch",
               "{\"items\":[{\"content\":\"a\",\"key\":\"k\",\"version\":3}]}");
    expect_nobody(other, "grace");
    calls_refused(other, MNEME_NOT_FOUND, "id", "", "record.forget", "{\"id\":\"%s\"}", talk);
    calls_refused(other, MNEME_NOT_FOUND, "conversation_id", "", "conversation.append",
                  "{\"conversation_id\":\"%s\",\"content\":\"x\"}", talk);
    expect_nobody(other, "grace");
    calls_done(other, "memory.remember_batch",
               "{\"items\":[{\"content\":\"\"},{\"content\":\"a\"}]}");
    calls_done(other, "user.show", "{}");
    mneme_close(other);
}

Test(rules_counts, stats_tell_what_came_and_went_by_day_and_by_agent)
{
    static const char day[] = "/per_day/0/day", tokens[] = "/by_agent/scout/tokens";
    (void)say("hello there", ",\"agent_name\":\"scout\",\"token_count\":3");
    const char *gone = say("never mind", ",\"agent_name\":\"scout\",\"token_count\":2");
    calls_done(memory, "memory.remember", "{\"content\":\"tea\"}");
    calls_done(memory, "memory.remember", "{\"content\":\"soon over\",\"ttl\":60}");
    calls_pass_seconds(&store, INT64_C(2) * 24 * 3600);
    calls_done(memory, "message.forget", "{\"id\":\"%s\"}", gone);
    calls_done(memory, "agent.create", "{\"name\":\"scout\"}");
    calls_done(memory, "agent.create", "{\"name\":\"cook\",\"enabled\":false}");
    expect_integer("stats", "{}", "/by_agent/scout/messages", 1);
    expect_integer("stats", "{}", tokens, 3);
    expect_integer("stats", "{}", "/enabled_agents", 1);
    struct call_answer got = calls_ok(memory, "stats", "{}");
    cr_assert_eq(answer_count(&got, "/per_day"), 2, "%s", got.text);
    cr_expect_str_eq(answer_text(&got, day), "2023-11-14T00:00:00Z");
    cr_expect_eq(answer_integer(&got, "/per_day/0/added"), 3);
    cr_expect_eq(answer_integer(&got, "/per_day/0/messages"), 1);
    cr_expect_eq(answer_integer(&got, "/per_day/0/added_bytes"), 24);
    cr_expect_eq(answer_integer(&got, "/per_day/1/removed"), 1);
    cr_expect_eq(answer_integer(&got, "/per_day/1/removed_bytes"), 10);
    call_answer_clear(&got);
    calls_pass_seconds(&store, INT64_C(40) * 24 * 3600);
    got = calls_ok(memory, "stats", "{}");
    cr_expect_eq(answer_count(&got, "/per_day"), 0);
    call_answer_clear(&got);
}
