/* What is said in a conversation becomes memories: each once, with where it was learnt, and gone with its message. */
#include "support/tidying.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;
static char talk[40];

static void set_up(void)
{
    calls_store_init(&store, 41);
    memory = calls_open(&store, "ada");
    tidying_talk(memory, talk, 0);
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(extracting, .init = set_up, .fini = tear_down);

static const char *say(const char *role, const char *content)
{
    return calls_id(calls_ok(memory, "conversation.append",
                             "{\"conversation_id\":\"%s\",\"role\":\"%s\",\"content\":\"%s\"}",
                             talk, role, content));
}

static void expect_extracted(int64_t created, int64_t known, int64_t proposed)
{
    struct call_answer answer =
        calls_ok(memory, "conversation.extract", "{\"conversation_id\":\"%s\"}", talk);
    cr_expect_eq(answer_integer(&answer, "/created"), created, "%s", answer.text);
    cr_expect_eq(answer_integer(&answer, "/known"), known, "%s", answer.text);
    cr_expect_eq(answer_integer(&answer, "/refused"), 0, "%s", answer.text);
    cr_expect_eq(answer_integer(&answer, "/proposed"), proposed, "%s", answer.text);
    call_answer_clear(&answer);
}

#define TAKEN "{\"filter\":{\"conversation_id\":\"%s\"}}", talk

Test(extracting, a_fact_says_where_it_was_learnt)
{
    (void)say("user", "I live in Bergen.");
    expect_extracted(1, 0, 0);
    struct call_answer list = calls_ok(memory, "record.list", TAKEN);
    cr_expect_str_eq(answer_text(&list, "/items/0/tier"), "short_term");
    cr_expect_str_eq(answer_text(&list, "/items/0/origin"), "consolidation");
    cr_expect_str_eq(answer_text(&list, "/items/0/metadata/extractor"), "rules");
    cr_expect_eq(answer_integer(&list, "/items/0/message_to"), 1);
    call_answer_clear(&list);
}

Test(extracting, once_more_changes_nothing)
{
    (void)say("user", "I live in Bergen.");
    expect_extracted(1, 0, 0);
    struct call_answer before = calls_ok(memory, "user.show", "{}");
    expect_extracted(0, 1, 0);
    struct call_answer after = calls_ok(memory, "user.show", "{}");
    cr_expect_str_eq(before.text, after.text);
    call_answer_clear(&before);
    call_answer_clear(&after);
}

Test(extracting, what_assistants_and_tools_say_is_left_alone)
{
    (void)say("assistant", "I live in Bergen.");
    (void)say("tool", "I live in Bergen.");
    expect_extracted(0, 0, 0);
}

Test(extracting, a_later_home_is_proposed_and_changes_nothing)
{
    (void)say("user", "I live in Bergen.");
    (void)say("user", "I live in Oslo.");
    expect_extracted(2, 0, 1);
    calls_expect_count(memory, 2, "record.list", TAKEN);
    struct call_answer open = calls_ok(memory, "proposal.list", "{\"state\":\"open\"}");
    cr_expect_str_eq(answer_text(&open, "/items/0/action"), "supersede");
    call_answer_clear(&open);
}

Test(extracting, it_goes_with_its_message)
{
    char id[40];
    (void)snprintf(id, sizeof id, "%s", say("user", "I live in Bergen."));
    expect_extracted(1, 0, 0);
    calls_done(memory, "message.forget", "{\"id\":\"%s\"}", id);
    calls_expect_count(memory, 0, "record.list", TAKEN);
    calls_done(memory, "change.undo", "{}");
    calls_expect_count(memory, 1, "record.list", TAKEN);
}

Test(extracting, no_conversation_is_not_found)
{
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "conversation.extract",
                  "{\"conversation_id\":\"01890000-0000-7000-8000-000000000000\"}");
}
