// What holds for a conversation as a whole: its end, and undoing what was last done.
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct calls_store store;
static mneme *memory;

static void set_up(void)
{
    calls_store_init(&store, 11);
    memory = calls_open(&store, "ada");
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(conversation, .init = set_up, .fini = tear_down);

static void begin_talk(char id[40])
{
    struct call_answer made = calls_ok(memory, "conversation.create", "{\"title\":\"tea\"}");
    (void)snprintf(id, 40, "%s", answer_text(&made, "/id"));
    call_answer_clear(&made);
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"content\":\"the kettle whistles\"}", id);
}

static void expect_hits(size_t expected)
{
    struct call_answer hits = calls_ok(memory, "memory.recall", "{\"text\":\"kettle\"}");
    cr_expect_eq(answer_count(&hits, "/hits"), expected, "%s", hits.text);
    call_answer_clear(&hits);
}

Test(conversation, its_messages_end_with_it_and_no_later)
{
    char id[40];
    begin_talk(id);
    calls_done(memory, "conversation.update",
               "{\"id\":\"%s\",\"expires_at\":\"2023-11-14T23:00:00Z\"}", id);
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"content\":\"a second kettle\"}", id);
    expect_hits(2);
    calls_set_time(&store, CALLS_START_US + 3600 * US_PER_SECOND);
    expect_hits(0);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "conversation.get", "{\"id\":\"%s\"}", id);
}

Test(conversation, taking_its_end_away_takes_that_of_its_messages_away)
{
    char id[40];
    begin_talk(id);
    calls_done(memory, "conversation.update",
               "{\"id\":\"%s\",\"expires_at\":\"2023-11-14T23:00:00Z\"}", id);
    calls_done(memory, "conversation.update", "{\"id\":\"%s\",\"expires_at\":null}", id);
    calls_set_time(&store, CALLS_START_US + 3600 * US_PER_SECOND);
    expect_hits(1);
}

Test(conversation, undo_without_a_name_passes_over_what_changed_no_version)
{
    calls_done(memory, "memory.remember", "{\"content\":\"the kettle is blue\"}");
    calls_done(memory, "memory.remember", "{\"content\":\"the kettle  is blue\"}");
    expect_hits(1);
    calls_done(memory, "change.undo", "{}");
    expect_hits(0);
}

Test(conversation, an_expired_message_lends_it_no_title)
{
    struct call_answer made = calls_ok(memory, "conversation.create", "{}");
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"content\":\"a passing secret\","
               "\"expires_at\":\"2023-11-14T23:00:00Z\"}",
               answer_text(&made, "/id"));
    calls_set_time(&store, CALLS_START_US + 3600 * US_PER_SECOND);
    struct call_answer got =
        calls_ok(memory, "conversation.get", "{\"id\":\"%s\"}", answer_text(&made, "/id"));
    cr_expect_null(answer_text(&got, "/title"), "%s", got.text);
    call_answer_clear(&got);
    call_answer_clear(&made);
}
