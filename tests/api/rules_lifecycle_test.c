// The rules of what goes and comes back: forget, restore, purge, undo, and what follows a record.
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;
static char talk[40], messages[3][40];

/* A conversation of three messages: one, two, three. */
static void set_up(void)
{
    calls_store_init(&store, 13);
    memory = calls_open(&store, "ada");
    (void)snprintf(talk, sizeof talk, "%s",
                   calls_id(calls_ok(memory, "conversation.create", "{}")));
    struct call_answer made = calls_ok(memory, "conversation.append",
                                       "{\"conversation_id\":\"%s\",\"messages\":["
                                       "{\"content\":\"one\"},{\"content\":\"two\"},"
                                       "{\"content\":\"three\"}]}",
                                       talk);
    for (int i = 0; i < 3; i++) {
        char pointer[32];
        (void)snprintf(pointer, sizeof pointer, "/items/%d/id", i);
        (void)snprintf(messages[i], sizeof messages[i], "%s", answer_text(&made, pointer));
    }
    call_answer_clear(&made);
    calls_pass_seconds(&store, 1);
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(rules_lifecycle, .init = set_up, .fini = tear_down);

static const char *remember(const char *json)
{
    return calls_id(calls_ok(memory, "memory.remember", "%s", json));
}

static void run_on(const char *operation, const char *id)
{
    calls_done(memory, operation, "{\"id\":\"%s\"}", id);
    calls_pass_seconds(&store, 1);
}

static void expect_messages(size_t expected)
{
    calls_expect_count(memory, expected, "record.list", "{\"kind\":\"message\"}");
    calls_expect_count(memory, expected, "memory.recall", "{}");
}

static void expect_talk(int64_t count, const char *head)
{
    struct call_answer got = calls_ok(memory, "conversation.get", "{\"id\":\"%s\"}", talk);
    cr_expect_eq(answer_integer(&got, "/message_count"), count, "%s", got.text);
    const char *id = answer_text(&got, "/head_id");
    cr_expect(head ? id && strcmp(id, head) == 0 : id == NULL, "%s", got.text);
    call_answer_clear(&got);
}

// --- conversations -------------------------------------------------------------------------------

Test(rules_lifecycle, a_conversation_takes_its_messages_along_and_brings_them_back)
{
    run_on("message.forget", messages[1]);
    expect_talk(2, messages[2]);
    run_on("conversation.forget", talk);
    expect_messages(0);
    calls_refused(memory, MNEME_NOT_FOUND, "conversation_id", "", "conversation.window",
                  "{\"conversation_id\":\"%s\"}", talk);
    calls_refused(memory, MNEME_NOT_FOUND, "conversation_id", "", "conversation.append",
                  "{\"conversation_id\":\"%s\",\"content\":\"x\"}", talk);
    run_on("record.restore", talk);
    expect_messages(2);
    expect_talk(2, messages[2]);
    run_on("record.restore", messages[1]); // what went before it has to be asked for by itself
    expect_talk(3, messages[2]);
}

Test(rules_lifecycle, no_message_comes_back_into_a_conversation_that_is_gone)
{
    run_on("message.forget", messages[1]);
    run_on("conversation.forget", talk);
    for (int i = 0; i < 2; i++)
        calls_refused(memory, MNEME_CONFLICT, "conversation_id", "reference", "record.restore",
                      "{\"id\":\"%s\"}", messages[i]);
    calls_refused(memory, MNEME_CONFLICT, "conversation_id", "reference", "change.undo",
                  "{\"id\":\"%s\"}", messages[1]);
    expect_messages(0);
}

Test(rules_lifecycle, the_making_of_a_conversation_is_undone_with_all_that_was_said_since)
{
    struct call_answer history = calls_ok(memory, "record.history", "{\"id\":\"%s\"}", talk);
    calls_done(memory, "change.undo", "{\"id\":\"%s\"}",
               answer_text(&history, "/items/0/change_set"));
    call_answer_clear(&history);
    expect_messages(0);
    calls_pass_seconds(&store, 1);
    calls_done(memory, "change.undo", "{}");
    expect_messages(3);
    expect_talk(3, messages[2]);
}

Test(rules_lifecycle, undoing_the_forgetting_of_a_conversation_brings_all_of_it_back)
{
    run_on("conversation.forget", talk);
    run_on("change.undo", talk);
    expect_messages(3);
    run_on("change.undo", talk); // redone
    expect_messages(0);
    calls_done(memory, "change.undo", "{}");
    expect_messages(3);
}

Test(rules_lifecycle, a_message_of_a_batch_is_undone_alone_and_the_batch_only_unchanged)
{
    run_on("change.undo", messages[1]);
    expect_messages(2);
    run_on("change.undo", messages[1]);
    expect_messages(3);
    expect_talk(3, messages[2]);
    struct call_answer history = calls_ok(memory, "record.history", "{\"id\":\"%s\"}", messages[2]);
    calls_refused(memory, MNEME_CONFLICT, "id", "version", "change.undo", "{\"id\":\"%s\"}",
                  answer_text(&history, "/items/0/change_set"));
    call_answer_clear(&history);
    expect_messages(3);
}

Test(rules_lifecycle, an_edited_message_is_found_by_its_new_words_and_undone)
{
    calls_done(memory, "message.edit", "{\"id\":\"%s\",\"content\":\"the kettle sings\"}",
               messages[0]);
    calls_expect_count(memory, 1, "conversation.search", "{\"text\":\"kettle\"}");
    calls_expect_count(memory, 0, "conversation.search", "{\"text\":\"one\"}");
    struct call_answer got = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", messages[0]);
    cr_expect_eq(answer_integer(&got, "/version"), 2);
    cr_expect_gt(answer_integer(&got, "/token_count"), 2, "counted again: %s", got.text);
    call_answer_clear(&got);
    run_on("change.undo", messages[0]);
    calls_expect_text(memory, messages[0], "/content", "one");
    calls_expect_count(memory, 1, "conversation.search", "{\"text\":\"one\"}");
    calls_refused(memory, MNEME_CONFLICT, "version", "version", "message.edit",
                  "{\"id\":\"%s\",\"content\":\"x\",\"version\":1}", messages[0]);
}

// --- keys ----------------------------------------------------------------------------------------

Test(rules_lifecycle, a_forgotten_memory_is_named_by_its_key_as_long_as_nobody_has_it)
{
    const char *first = remember("{\"key\":\"k\",\"content\":\"a\"}");
    calls_done(memory, "record.forget", "{\"key\":\"k\"}");
    calls_refused(memory, MNEME_NOT_FOUND, "key", "", "record.forget", "{\"key\":\"k\"}");
    calls_refused(memory, MNEME_NOT_FOUND, "key", "", "record.get", "{\"key\":\"k\"}");
    struct call_answer got =
        calls_ok(memory, "record.get", "{\"key\":\"k\",\"include_deleted\":true}");
    cr_expect_str_eq(answer_text(&got, "/id"), first);
    call_answer_clear(&got);
    struct call_answer restored = calls_ok(memory, "record.restore", "{\"key\":\"k\"}");
    cr_expect_str_eq(answer_text(&restored, "/id"), first);
    cr_expect_str_eq(answer_text(&restored, "/status"), "restored");
    call_answer_clear(&restored);
    restored = calls_ok(memory, "record.restore", "{\"key\":\"k\"}");
    cr_expect_str_eq(answer_text(&restored, "/status"), "known");
    call_answer_clear(&restored);
    calls_done(memory, "record.forget", "{\"key\":\"k\"}");
    calls_done(memory, "record.purge", "{\"key\":\"k\"}");
    calls_refused(memory, MNEME_NOT_FOUND, "key", "", "record.restore", "{\"key\":\"k\"}");
}

Test(rules_lifecycle, restoring_is_a_conflict_where_the_key_is_taken_but_not_by_what_has_expired)
{
    const char *first = remember("{\"key\":\"k\",\"content\":\"a\"}");
    run_on("record.forget", first);
    const char *second = remember("{\"key\":\"k\",\"content\":\"b\",\"ttl\":10}");
    calls_refused(memory, MNEME_CONFLICT, "key", "unique", "record.restore", "{\"id\":\"%s\"}",
                  first);
    calls_pass_seconds(&store, 10);
    run_on("record.restore", first);
    struct call_answer got = calls_ok(memory, "record.get", "{\"key\":\"k\"}");
    cr_expect_str_eq(answer_text(&got, "/id"), first);
    call_answer_clear(&got);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.restore", "{\"id\":\"%s\"}", second);
}

// --- links ---------------------------------------------------------------------------------------

Test(rules_lifecycle, a_link_is_shown_as_long_as_both_its_ends_are)
{
    const char *a = remember("{\"content\":\"a\"}"), *b = remember("{\"content\":\"b\"}");
    const char *link =
        calls_id(calls_ok(memory, "link.create", "{\"from\":\"%s\",\"to\":\"%s\"}", a, b));
    run_on("record.forget", b);
    calls_expect_count(memory, 0, "link.list", "{\"of\":\"%s\"}", a);
    calls_refused(memory, MNEME_NOT_FOUND, "of", "", "link.list", "{\"of\":\"%s\"}", b);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.get", "{\"id\":\"%s\"}", link);
    calls_refused(memory, MNEME_NOT_FOUND, "to", "", "link.create",
                  "{\"from\":\"%s\",\"to\":\"%s\",\"relation\":\"x\"}", a, b);
    calls_expect_count(memory, 1, "record.list", "{\"kind\":\"link\",\"include_deleted\":true}");
    run_on("record.restore", b);
    calls_expect_count(memory, 1, "link.list", "{\"of\":\"%s\"}", a);
    calls_expect_count(memory, 1, "record.list", "{\"kind\":\"link\",\"filter\":{\"to\":\"%s\"}}",
                       b);
    run_on("record.purge", b);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.get",
                  "{\"id\":\"%s\",\"include_deleted\":true}", link);
}

Test(rules_lifecycle, an_end_of_another_kind_than_named_is_not_found)
{
    const char *a = remember("{\"content\":\"a\"}");
    calls_refused(memory, MNEME_NOT_FOUND, "to", "", "link.create",
                  "{\"from\":\"%s\",\"to\":\"%s\",\"to_kind\":\"memory\"}", a, messages[0]);
    const char *link = calls_id(calls_ok(memory, "link.create",
                                         "{\"from\":\"%s\",\"to\":\"%s\",\"to_kind\":\"message\"}",
                                         a, messages[0]));
    calls_expect_text(memory, link, "/to_kind", "message");
}

// --- undo and purge ------------------------------------------------------------------------------

Test(rules_lifecycle, a_supersede_is_undone_as_a_whole_by_either_side)
{
    const char *old = remember("{\"key\":\"k\",\"content\":\"a\"}");
    const char *new =
        calls_id(calls_ok(memory, "memory.supersede", "{\"id\":\"%s\",\"content\":\"b\"}", old));
    const char *const sides[] = {new, old, old, new};
    for (int i = 0; i < 4; i++) {
        run_on("change.undo", sides[i]);
        struct call_answer got = calls_ok(memory, "record.get", "{\"key\":\"k\"}");
        cr_expect_str_eq(answer_text(&got, "/id"), i % 2 == 0 ? old : new);
        call_answer_clear(&got);
        calls_expect_count(memory, 1, "record.list", "{}");
        calls_expect_count(memory, (size_t)(i % 2), "record.list", "{\"kind\":\"link\"}");
    }
}

Test(rules_lifecycle, a_memory_of_a_batch_is_undone_alone)
{
    struct call_answer made = calls_ok(memory, "memory.remember_batch",
                                       "{\"items\":[{\"content\":\"a\"},{\"content\":\"b\"}]}");
    calls_pass_seconds(&store, 1);
    calls_done(memory, "change.undo", "{\"id\":\"%s\"}", answer_text(&made, "/items/0/id"));
    call_answer_clear(&made);
    calls_expect_count(memory, 1, "record.list", "{}");
}

Test(rules_lifecycle, a_purge_is_a_barrier_that_undo_names_and_does_not_cross)
{
    struct call_answer made = calls_ok(memory, "memory.remember_batch",
                                       "{\"items\":[{\"content\":\"a\"},{\"content\":\"b\"}]}");
    struct call_answer history =
        calls_ok(memory, "record.history", "{\"id\":\"%s\"}", answer_text(&made, "/items/0/id"));
    char set[40];
    (void)snprintf(set, sizeof set, "%s", answer_text(&history, "/items/0/change_set"));
    call_answer_clear(&history);
    struct call_answer purged =
        calls_ok(memory, "record.purge", "{\"id\":\"%s\"}", answer_text(&made, "/items/1/id"));
    cr_expect_str_eq(answer_text(&purged, "/status"), "purged");
    call_answer_clear(&purged);
    calls_refused(memory, MNEME_CONFLICT, "id", "barrier", "change.undo", "{}");
    calls_refused(memory, MNEME_CONFLICT, "id", "barrier", "change.undo", "{\"id\":\"%s\"}", set);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "change.undo", "{\"id\":\"%s\"}",
                  answer_text(&made, "/items/1/id"));
    // What had nothing to do with it can be.
    calls_done(memory, "change.undo", "{\"id\":\"%s\"}", answer_text(&made, "/items/0/id"));
    calls_expect_count(memory, 0, "record.list", "{}");
    call_answer_clear(&made);
}

Test(rules_lifecycle, a_purge_without_a_scrub_says_what_is_to_come)
{
    const char *id = remember("{\"content\":\"a\"}");
    struct call_answer purged =
        calls_ok(memory, "record.purge", "{\"id\":\"%s\",\"scrub\":false}", id);
    cr_expect_str_eq(answer_text(&purged, "/status"), "scrub_pending");
    cr_expect_str_eq(answer_text(&purged, "/pending/0"), "scrub");
    call_answer_clear(&purged);
}

Test(rules_lifecycle, a_purged_conversation_leaves_nothing_of_its_messages)
{
    calls_done(memory, "message.edit", "{\"id\":\"%s\",\"content\":\"changed\"}", messages[0]);
    run_on("record.purge", talk);
    expect_messages(0);
    for (int i = 0; i < 3; i++)
        calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.history", "{\"id\":\"%s\"}",
                      messages[i]);
    struct call_answer stats = calls_ok(memory, "stats", "{}");
    cr_expect_eq(answer_integer(&stats, "/vectors"), 0, "%s", stats.text);
    call_answer_clear(&stats);
}

Test(rules_lifecycle, undo_of_a_create_is_a_forget_and_undo_twice_is_redo)
{
    const char *id = remember("{\"content\":\"the kettle\"}");
    for (int i = 0; i < 4; i++) {
        calls_pass_seconds(&store, 1);
        run_on("change.undo", id);
        calls_expect_count(memory, (size_t)(i % 2), "record.list", "{}");
        calls_expect_count(memory, (size_t)(i % 2), "memory.recall",
                           "{\"text\":\"kettle\",\"min_coverage\":0.5}");
    }
    struct call_answer history = calls_ok(memory, "record.history", "{\"id\":\"%s\"}", id);
    cr_expect_eq(answer_count(&history, "/items"), 5);
    cr_expect_str_eq(answer_text(&history, "/items/0/operation"), "change.undo");
    cr_expect_str_eq(answer_text(&history, "/items/0/reason"), "memory.remember");
    call_answer_clear(&history);
}

Test(rules_lifecycle, unlinking_and_untagging_are_undone_like_any_write)
{
    const char *a = remember("{\"content\":\"a\",\"tags\":[\"t\"]}");
    calls_done(memory, "link.create", "{\"from\":\"%s\",\"to\":\"%s\"}", a, messages[0]);
    calls_done(memory, "link.remove", "{\"from\":\"%s\",\"to\":\"%s\"}", a, messages[0]);
    calls_pass_seconds(&store, 1);
    calls_done(memory, "change.undo", "{}");
    calls_expect_count(memory, 1, "link.list", "{\"of\":\"%s\"}", a);
    calls_done(memory, "memory.untag", "{\"id\":\"%s\",\"tags\":[\"t\"]}", a);
    calls_pass_seconds(&store, 1);
    calls_done(memory, "change.undo", "{}");
    calls_expect_text(memory, a, "/tags/0", "t");
}
