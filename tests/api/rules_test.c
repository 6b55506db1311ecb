// Rules of docs/json.md where several operations meet. The model test looks for such places; what it found stays here.
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;

static void set_up(void)
{
    calls_store_init(&store, 7);
    memory = calls_open(&store, "ada");
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(rules, .init = set_up, .fini = tear_down);

static void pass_seconds(int64_t seconds)
{
    calls_pass_seconds(&store, seconds);
}

static void expect_text(const char *id, const char *pointer, const char *expected)
{
    calls_expect_text(memory, id, pointer, expected);
}

static void expect_count(size_t expected, const char *operation, const char *json)
{
    calls_expect_count(memory, expected, operation, "%s", json);
}

// --- receipts ------------------------------------------------------------------------------------

Test(rules, the_receipt_of_one_message_counts_its_conversation_too)
{
    const char *talk = calls_id(calls_ok(memory, "conversation.create", "{}"));
    struct call_answer receipt = calls_ok(
        memory, "conversation.append", "{\"conversation_id\":\"%s\",\"content\":\"hello\"}", talk);
    struct call_answer user = calls_ok(memory, "user.show", "{}");
    cr_expect_eq(answer_integer(&receipt, "/seq"), answer_integer(&user, "/seq"));
    call_answer_clear(&receipt);
    call_answer_clear(&user);
}

// --- keys ----------------------------------------------------------------------------------------

Test(rules, a_version_is_not_found_where_the_key_has_expired)
{
    calls_done(memory, "memory.remember", "{\"key\":\"k\",\"content\":\"old\",\"ttl\":10}");
    pass_seconds(20);
    calls_refused(memory, MNEME_CONFLICT, "version", "version", "memory.remember",
                  "{\"key\":\"k\",\"content\":\"new\",\"version\":1}");
    calls_done(memory, "memory.remember", "{\"key\":\"k\",\"content\":\"new\"}");
}

Test(rules, an_item_with_a_bad_vector_is_refused_alone_wherever_it_goes)
{
    calls_done(memory, "memory.remember",
               "{\"key\":\"there\",\"content\":\"a\",\"vector\":[1,0],\"space\":\"s\"}");
    calls_done(memory, "memory.remember", "{\"key\":\"gone\",\"content\":\"a\",\"ttl\":10}");
    pass_seconds(20);
    struct call_answer batch = calls_ok(
        memory, "memory.remember_batch",
        "{\"items\":[{\"key\":\"there\",\"content\":\"b\",\"vector\":[1,0,0],\"space\":\"s\"},"
        "{\"key\":\"gone\",\"content\":\"b\",\"vector\":[1,0,0],\"space\":\"s\"},"
        "{\"content\":\"good\"}]}");
    for (int i = 0; i < 2; i++) {
        char pointer[60];
        (void)snprintf(pointer, sizeof pointer, "/items/%d/error/errors/0/rule", i);
        const char *rule = answer_text(&batch, pointer);
        cr_expect(rule && strcmp(rule, "dimension") == 0, "%s", batch.text);
    }
    cr_expect_str_eq(answer_text(&batch, "/items/2/status"), "created");
    call_answer_clear(&batch);
    expect_count(2, "record.list", "{}");
}

// --- superseding ---------------------------------------------------------------------------------

Test(rules, superseding_with_an_importance_makes_it_explicit)
{
    const char *old = calls_id(calls_ok(memory, "memory.remember", "{\"content\":\"a\"}"));
    const char *new = calls_id(calls_ok(memory, "memory.supersede",
                                        "{\"id\":\"%s\",\"content\":\"b\",\"importance\":1}", old));
    expect_text(new, "/importance_basis", "explicit");
}

Test(rules, superseding_what_had_ended_does_not_make_it_hold_longer)
{
    const char *old = calls_id(calls_ok(
        memory, "memory.remember", "{\"content\":\"a\",\"valid_to\":\"2020-01-01T00:00:00Z\"}"));
    calls_done(memory, "memory.supersede", "{\"id\":\"%s\",\"content\":\"b\"}", old);
    expect_text(old, "/valid_to", "2020-01-01T00:00:00Z");
}

Test(rules, superseding_what_is_yet_to_hold_begins_when_that_was_to_begin)
{
    const char *old = calls_id(calls_ok(
        memory, "memory.remember", "{\"content\":\"a\",\"valid_from\":\"2030-01-01T00:00:00Z\"}"));
    const char *new =
        calls_id(calls_ok(memory, "memory.supersede", "{\"id\":\"%s\",\"content\":\"b\"}", old));
    expect_text(new, "/valid_from", "2030-01-01T00:00:00Z");
    // The old one has no time left, and can be tagged all the same.
    calls_done(memory, "memory.tag", "{\"id\":\"%s\",\"tags\":[\"t\"]}", old);
}

Test(rules, what_takes_the_place_of_another_must_not_end_before_it_begins)
{
    const char *old = calls_id(calls_ok(memory, "memory.remember", "{\"content\":\"a\"}"));
    calls_refused(memory, MNEME_INVALID, "valid_to", "min", "memory.supersede",
                  "{\"id\":\"%s\",\"content\":\"b\",\"valid_to\":\"2020-01-01T00:00:00Z\"}", old);
    expect_count(1, "record.list", "{\"include_superseded\":true}");
}

Test(rules, a_superseded_memory_without_an_end_is_not_the_same_content)
{
    const char *old = calls_id(calls_ok(memory, "memory.remember", "{\"content\":\"a\"}"));
    calls_done(memory, "memory.supersede", "{\"id\":\"%s\",\"content\":\"b\"}", old);
    calls_done(memory, "memory.update", "{\"id\":\"%s\",\"valid_to\":null}", old);
    struct call_answer again = calls_ok(memory, "memory.remember", "{\"content\":\"a\"}");
    cr_expect_str_eq(answer_text(&again, "/status"), "created");
    call_answer_clear(&again);
}

Test(rules, a_list_shows_what_holds_no_more_only_when_asked)
{
    calls_done(memory, "memory.remember",
               "{\"content\":\"a\",\"valid_to\":\"2020-01-01T00:00:00Z\"}");
    calls_done(memory, "memory.remember",
               "{\"content\":\"b\",\"valid_from\":\"2030-01-01T00:00:00Z\"}");
    expect_count(1, "record.list", "{}");
    expect_count(2, "record.list", "{\"include_superseded\":true}");
}

// --- undoing -------------------------------------------------------------------------------------

Test(rules, the_last_change_is_the_last_one_though_the_clock_was_set_back)
{
    struct second_process second = second_process_start(store.path, 8);
    calls_done(memory, "memory.remember", "{\"key\":\"first\",\"content\":\"a\"}");
    int64_t hour = INT64_C(3600) * US_PER_SECOND;
    struct call_answer made =
        second_process_call(&second, "ada", CALLS_START_US - hour, "memory.remember",
                            "{\"key\":\"second\",\"content\":\"b\"}");
    cr_assert_eq(made.code, MNEME_OK, "%s", made.text);
    call_answer_clear(&made);
    calls_done(memory, "change.undo", "{}");
    calls_refused(memory, MNEME_NOT_FOUND, "key", "", "record.get", "{\"key\":\"second\"}");
    calls_done(memory, "record.get", "{\"key\":\"first\"}");
    second_process_end(&second);
}

Test(rules, a_keyed_supersede_is_undone_and_redone)
{
    const char *old =
        calls_id(calls_ok(memory, "memory.remember", "{\"key\":\"k\",\"content\":\"a\"}"));
    const char *new =
        calls_id(calls_ok(memory, "memory.supersede", "{\"id\":\"%s\",\"content\":\"b\"}", old));
    for (int i = 0; i < 4; i++) {
        pass_seconds(1);
        calls_done(memory, "change.undo", "{}");
        struct call_answer got = calls_ok(memory, "record.get", "{\"key\":\"k\"}");
        cr_expect_str_eq(answer_text(&got, "/id"), i % 2 == 0 ? old : new);
        call_answer_clear(&got);
    }
}

Test(rules, a_keyed_write_over_an_expired_memory_is_undone_and_redone)
{
    calls_done(memory, "memory.remember", "{\"key\":\"k\",\"content\":\"a\",\"ttl\":10}");
    pass_seconds(20);
    const char *new =
        calls_id(calls_ok(memory, "memory.remember", "{\"key\":\"k\",\"content\":\"b\"}"));
    pass_seconds(1);
    calls_done(memory, "change.undo", "{}");
    calls_refused(memory, MNEME_NOT_FOUND, "key", "", "record.get", "{\"key\":\"k\"}");
    pass_seconds(1);
    calls_done(memory, "change.undo", "{}");
    expect_text(new, "/content", "b");
}

Test(rules, a_batch_that_changed_a_record_twice_is_undone_as_a_whole)
{
    calls_done(memory, "memory.remember_batch",
               "{\"items\":[{\"key\":\"k\",\"content\":\"a\"},{\"key\":\"k\",\"content\":\"b\"},"
               "{\"content\":\"c\"}]}");
    struct call_answer undone = calls_ok(memory, "change.undo", "{}");
    cr_expect_eq(answer_count(&undone, "/records"), 2, "%s", undone.text);
    call_answer_clear(&undone);
    expect_count(0, "record.list", "{}");
    pass_seconds(1);
    calls_done(memory, "change.undo", "{}");
    struct call_answer got = calls_ok(memory, "record.get", "{\"key\":\"k\"}");
    cr_expect_str_eq(answer_text(&got, "/content"), "b");
    call_answer_clear(&got);
}

Test(rules, undoing_says_when_the_key_has_been_taken)
{
    const char *old =
        calls_id(calls_ok(memory, "memory.remember", "{\"key\":\"k\",\"content\":\"a\"}"));
    calls_done(memory, "record.forget", "{\"id\":\"%s\"}", old);
    calls_done(memory, "memory.remember", "{\"key\":\"k\",\"content\":\"b\"}");
    calls_refused(memory, MNEME_CONFLICT, "key", "unique", "change.undo", "{\"id\":\"%s\"}", old);
}

Test(rules, the_making_of_a_link_is_not_undone_once_the_link_was_removed)
{
    const char *a = calls_id(calls_ok(memory, "memory.remember", "{\"content\":\"a\"}"));
    const char *b = calls_id(calls_ok(memory, "memory.remember", "{\"content\":\"b\"}"));
    const char *link =
        calls_id(calls_ok(memory, "link.create", "{\"from\":\"%s\",\"to\":\"%s\"}", a, b));
    struct call_answer history = calls_ok(memory, "record.history", "{\"id\":\"%s\"}", link);
    pass_seconds(1);
    calls_done(memory, "link.remove", "{\"id\":\"%s\"}", link);
    calls_refused(memory, MNEME_CONFLICT, "id", "version", "change.undo", "{\"id\":\"%s\"}",
                  answer_text(&history, "/items/0/change_set"));
    calls_done(memory, "change.undo", "{\"id\":\"%s\"}", link);
    call_answer_clear(&history);
    expect_count(1, "record.list", "{\"kind\":\"link\"}");
}

Test(rules, undoing_leaves_notes_of_use_alone)
{
    const char *id = calls_id(calls_ok(memory, "memory.remember", "{\"content\":\"a\"}"));
    calls_done(memory, "memory.update", "{\"id\":\"%s\",\"content\":\"b\"}", id);
    pass_seconds(1);
    expect_text(id, "/content", "b"); // used now, which is written with the next change
    calls_done(memory, "memory.remember", "{\"content\":\"c\"}");
    calls_done(memory, "change.undo", "{\"id\":\"%s\"}", id);
    expect_text(id, "/content", "a");
    expect_text(id, "/last_accessed_at", "2023-11-14T22:13:21Z");
}
