// The audit: what is there twice, said back, over, never asked for, secret.
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;

static void set_up(void)
{
    calls_store_init(&store, 17);
    memory = calls_open(&store, "ada");
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(audit, .init = set_up, .fini = tear_down);

static void expect_count(const char *rule, int64_t expected)
{
    char pointer[60];
    struct call_answer answer = calls_ok(memory, "audit", "{}");
    (void)snprintf(pointer, sizeof pointer, "/rules/%s/count", rule);
    cr_expect_eq(answer_integer(&answer, pointer), expected, "%s: %s", rule, answer.text);
    call_answer_clear(&answer);
}

static const char *remember(const char *content)
{
    return calls_id(
        calls_ok(memory, "memory.remember", "{\"content\":\"%s\",\"dedupe\":\"none\"}", content));
}

Test(audit, of_nothing_finds_nothing)
{
    static const char *const rules[] = {"duplicate", "near_duplicate", "echo",
                                        "stale",     "never_recalled", "secret"};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) expect_count(rules[i], 0);
}

Test(audit, counts_copies_and_near_copies_apart)
{
    (void)remember("green tea");
    (void)remember("Green  tea");
    expect_count("duplicate", 1);
    expect_count("near_duplicate", 0);
    (void)remember("Ada keeps 7 bee hives behind the old stone mill beside the river near Porto");
    (void)remember("Ada keeps 7 bee hives, behind an old stone mill, beside the river near Porto");
    (void)remember("Ada keeps 9 bee hives behind the old stone mill beside the river near Porto");
    expect_count("duplicate", 1);
    expect_count("near_duplicate", 1);
}

Test(audit, an_echo_is_a_memory_of_what_the_assistant_said)
{
    const char *talk = calls_id(calls_ok(memory, "conversation.create", "{}"));
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"role\":\"assistant\",\"content\":\"You like tea.\"}",
               talk);
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"role\":\"user\",\"content\":\"I like mint.\"}", talk);
    (void)remember("you like tea.");
    (void)remember("I like mint.");
    expect_count("echo", 1);
}

Test(audit, tells_what_is_over_and_what_was_never_used)
{
    const char *old = remember("lives in Lisbon");
    calls_done(memory, "memory.supersede", "{\"id\":\"%s\",\"content\":\"lives in Porto\"}", old);
    calls_pass_seconds(&store, 1);
    expect_count("stale", 1);
    expect_count("never_recalled", 1);
}

Test(audit, finds_secrets_by_kind_and_shows_none_of_them)
{
    (void)remember("the card is 4111 1111 1111 1111, keep it");
    const char *talk = calls_id(calls_ok(memory, "conversation.create", "{}"));
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"content\":\"my card 4111 1111 1111 1111\"}", talk);
    struct call_answer answer = calls_ok(memory, "audit", "{\"limit\":1}");
    cr_expect_eq(answer_integer(&answer, "/rules/secret/count"), 2, "%s", answer.text);
    cr_expect_eq(answer_integer(&answer, "/secrets/card"), 2);
    cr_expect_null(strstr(answer.text, "4111"));
    cr_expect_eq(answer_count(&answer, "/findings"), 2); // one of each rule: secret, never recalled
    call_answer_clear(&answer);
}

Test(audit, what_was_forgotten_is_not_looked_at)
{
    calls_done(memory, "record.forget", "{\"id\":\"%s\"}",
               remember("the card is 4111 1111 1111 1111"));
    expect_count("secret", 0);
    expect_count("never_recalled", 0);
}
