// Trust, quarantine and release.
#include "engine/engine.h"
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct calls_store store;
static mneme *memory,
    *tool; // one user's; what the tool writes has origin `tool`, principal `key 1`

static void set_up(void)
{
    calls_store_init(&store, 13);
    memory = calls_open(&store, "ada");
    struct mneme_options options = {.size = sizeof options, .url = store.path, .user = "ada"};
    struct engine_options wide = {
        .public_options = &options, .env = &store.env, .origin = "tool", .principal = "key 1"};
    cr_assert_eq(engine_open(&wide, &tool, NULL), MNEME_OK);
}

static void tear_down(void)
{
    mneme_close(tool);
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(trust, .init = set_up, .fini = tear_down);

static const char *remember(mneme *who, const char *content)
{
    return calls_id(calls_ok(who, "memory.remember", "{\"content\":\"%s\"}", content));
}

static int64_t counted(mneme *who, const char *operation, const char *input, const char *pointer)
{
    struct call_answer answer = calls_ok(who, operation, "%s", input);
    int64_t count = answer_integer(&answer, pointer);
    call_answer_clear(&answer);
    return count;
}

#define PLANTED 40
static void plant(void)
{
    for (int i = 0; i < PLANTED; i++) {
        char content[60];
        (void)snprintf(content, sizeof content, "the bank's number is now %d", i);
        (void)remember(tool, content);
    }
}

Test(trust, is_an_order_of_its_own_that_undo_takes_back)
{
    const char *id = remember(tool, "the bank's number");
    calls_expect_text(memory, id, "/trust", "tool");
    calls_done(memory, "record.trust", "{\"id\":\"%s\",\"trust\":\"untrusted\"}", id);
    calls_expect_count(memory, 0, "memory.recall", "{\"text\":\"bank\"}");
    calls_done(memory, "record.trust", "{\"id\":\"%s\",\"trust\":\"verified\"}", id);
    calls_expect_count(memory, 1, "memory.recall", "{\"text\":\"bank\"}");
    calls_done(memory, "change.undo", "{}");
    calls_expect_text(memory, id, "/trust", "untrusted");
    calls_refused(memory, MNEME_INVALID, "trust", "choice", "record.trust",
                  "{\"id\":\"%s\",\"trust\":\"full\"}", id);
}

Test(trust, quarantined_records_are_in_no_answer_count_or_context_and_come_back_exactly)
{
    char mine[40], held[40];
    (void)snprintf(mine, sizeof mine, "%s", remember(memory, "my bank is on the corner"));
    (void)snprintf(held, sizeof held, "%s", remember(memory, "my bank has moved"));
    calls_done(memory, "record.quarantine", "{\"id\":\"%s\"}", held); // stays held
    cr_expect_eq(counted(memory, "stats", "{}", "/memories"), 1);
    plant();
    struct call_answer answer =
        calls_ok(memory, "record.quarantine", "{\"origin\":\"tool\",\"principal\":\"key 1\"}");
    cr_expect_eq(answer_integer(&answer, "/count"), PLANTED);
    char release[100];
    (void)snprintf(release, sizeof release, "{\"quarantined_at\":\"%s\"}",
                   answer_text(&answer, "/quarantined_at"));
    call_answer_clear(&answer);
    calls_expect_count(memory, 1, "memory.recall", "{\"text\":\"bank\",\"k\":50}");
    calls_expect_count(memory, 1, "record.list", "{}");
    cr_expect_eq(counted(memory, "stats", "{}", "/memories"), 1);
    struct call_answer context = calls_ok(memory, "memory.context", "{\"text\":\"bank\"}");
    cr_expect_null(strstr(context.text, "number is now"));
    call_answer_clear(&context);
    cr_expect_eq(counted(memory, "record.quarantine", "{\"origin\":\"tool\"}", "/count"), 0);
    calls_pass_seconds(&store, 5);
    cr_expect_eq(counted(memory, "record.release", release, "/count"), PLANTED);
    cr_expect_eq(counted(memory, "stats", "{}", "/memories"), 1 + PLANTED);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.get", "{\"id\":\"%s\"}", held);
    calls_expect_text(memory, mine, "/content", "my bank is on the corner");
    cr_expect_eq(counted(memory, "record.release", release, "/count"), 0);
}

Test(trust, what_derives_from_a_quarantined_record_is_held_with_it)
{
    const char *source = remember(tool, "the bank's number is 7");
    const char *summary = remember(memory, "there is a number of the bank");
    const char *further = remember(memory, "banks have numbers");
    calls_done(memory, "link.create",
               "{\"from\":\"%s\",\"to\":\"%s\",\"relation\":\"derived_from\"}", summary, source);
    calls_done(memory, "link.create",
               "{\"from\":\"%s\",\"to\":\"%s\",\"relation\":\"derived_from\"}", further, summary);
    cr_expect_eq(counted(memory, "record.quarantine", "{\"principal\":\"key 1\"}", "/dependent"),
                 2);
    calls_expect_count(memory, 0, "record.list", "{}");
    cr_expect_eq(counted(memory, "record.release", "{\"all\":true}", "/count"), 3);
}

Test(trust, a_quarantine_takes_what_all_of_its_conditions_name)
{
    (void)remember(memory, "green tea");
    calls_pass_seconds(&store, 60);
    (void)remember(memory, "Gr\\u00fcner Tee");
    (void)remember(memory, "coffee");
    char since[100];
    (void)snprintf(since, sizeof since, "{\"text\":\"GR\",\"since\":\"2023-11-14T22:14:00Z\"}");
    cr_expect_eq(counted(memory, "record.quarantine", since, "/count"), 1);
    calls_expect_count(memory, 2, "record.list", "{}");
    calls_refused(memory, MNEME_INVALID, "id", "required", "record.quarantine", "%s", "{}");
    calls_refused(memory, MNEME_INVALID, "quarantined_at", "required", "record.release", "%s",
                  "{}");
}

Test(trust, messages_that_are_held_are_not_counted_in_their_conversation)
{
    const char *talk = calls_id(calls_ok(memory, "conversation.create", "{}"));
    calls_done(memory, "conversation.append", "{\"conversation_id\":\"%s\",\"content\":\"hello\"}",
               talk);
    calls_done(tool, "conversation.append", "{\"conversation_id\":\"%s\",\"content\":\"pay me\"}",
               talk);
    calls_done(memory, "record.quarantine", "{\"principal\":\"key 1\"}");
    struct call_answer got = calls_ok(memory, "conversation.get", "{\"id\":\"%s\"}", talk);
    cr_expect_eq(answer_integer(&got, "/message_count"), 1);
    call_answer_clear(&got);
    calls_expect_count(memory, 1, "conversation.window", "{\"conversation_id\":\"%s\"}", talk);
}

Test(trust, a_revert_takes_back_exactly_what_was_planted_and_twice_changes_nothing)
{
    char mine[40], edited[40], touched[40];
    (void)snprintf(mine, sizeof mine, "%s", remember(memory, "my bank is on the corner"));
    (void)snprintf(edited, sizeof edited, "%s", remember(memory, "its number is 5"));
    (void)snprintf(touched, sizeof touched, "%s", remember(memory, "it opens at nine"));
    calls_done(tool, "memory.update", "{\"id\":\"%s\",\"content\":\"too early\"}", edited);
    calls_pass_seconds(&store, 100);
    plant();
    calls_done(tool, "memory.update", "{\"id\":\"%s\",\"content\":\"its number is 6\"}", edited);
    calls_done(tool, "record.forget", "{\"id\":\"%s\"}", mine);
    calls_done(tool, "memory.tag", "{\"id\":\"%s\",\"tags\":[\"bank\"]}", touched);
    calls_done(memory, "memory.tag", "{\"id\":\"%s\",\"tags\":[\"mine\"]}", touched);
    static const char since[] =
        "{\"since\":\"2023-11-14T22:14:00Z\",\"origin\":\"tool\",\"principal\":\"key 1\"}";
    struct call_answer answer = calls_ok(memory, "change.revert", "%s", since);
    cr_expect_eq(answer_integer(&answer, "/count"), PLANTED + 2, "%s", answer.text);
    cr_expect_eq(answer_integer(&answer, "/skipped"), 1);
    call_answer_clear(&answer);
    calls_expect_text(memory, mine, "/content", "my bank is on the corner");
    calls_expect_text(memory, edited, "/content", "too early");
    calls_expect_text(memory, touched, "/tags/0", "bank");
    calls_expect_count(memory, 3, "record.list", "{}");
    int64_t seq = counted(memory, "user.show", "{}", "/seq");
    cr_expect_eq(counted(memory, "change.revert", since, "/count"), 0);
    cr_expect_eq(counted(memory, "user.show", "{}", "/seq"), seq);
}

Test(trust, what_derives_from_what_was_planted_is_quarantined_by_a_revert)
{
    const char *source = remember(tool, "the bank's number is 7");
    const char *mine = remember(memory, "there is a number of the bank");
    calls_done(memory, "link.create",
               "{\"from\":\"%s\",\"to\":\"%s\",\"relation\":\"derived_from\"}", mine, source);
    cr_expect_eq(counted(memory, "change.revert",
                         "{\"since\":\"2000-01-01T00:00:00Z\",\"principal\":\"key 1\"}",
                         "/dependent"),
                 1);
    calls_expect_count(memory, 0, "record.list", "{}");
    cr_expect_eq(counted(memory, "record.release", "{\"all\":true}", "/count"), 1);
    calls_expect_count(memory, 1, "record.list", "{}");
}
