// The prefix of a context: byte for byte the same until its generation is raised, in every process.
#include "support/calls.h"

#include <criterion/criterion.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;

static void set_up(void)
{
    calls_store_init(&store, 43);
    memory = calls_open(&store, "ada");
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(prefix, .init = set_up, .fini = tear_down);

static const char *pin(const char *content, const char *importance)
{
    calls_pass_seconds(&store, 1);
    return calls_id(calls_ok(memory, "memory.remember",
                             "{\"content\":\"%s\",\"pinned\":true,\"importance\":%s}", content,
                             importance));
}

static struct call_answer context(const char *more)
{
    return calls_ok(memory, "memory.context", "{\"text\":\"\"%s}", more);
}

/* The later prefix goes on where the earlier one ends. */
static void expect_appended(const struct call_answer *earlier, const struct call_answer *later,
                            const char *behind)
{
    size_t length = (size_t)answer_integer(earlier, "/prefix_bytes");
    const char *text = answer_text(later, "/text");
    cr_assert_gt(length, 0);
    cr_expect_eq(memcmp(answer_text(earlier, "/text"), text, length), 0, "%s", text);
    cr_assert_not_null(strstr(text, behind), "%s", text);
    cr_expect_geq((size_t)(strstr(text, behind) - text), length, "%s", text);
    cr_expect_eq(answer_integer(earlier, "/prefix_generation"),
                 answer_integer(later, "/prefix_generation"));
}

static void expect_order(const struct call_answer *answer, const char *first, const char *second)
{
    const char *text = answer_text(answer, "/text");
    cr_assert(strstr(text, first) && strstr(text, second), "%s", text);
    cr_expect_lt(strstr(text, first) - text, strstr(text, second) - text, "%s", text);
}

Test(prefix, what_joins_is_appended_behind_what_is_there)
{
    const char *old =
        calls_id(calls_ok(memory, "memory.remember", "{\"content\":\"Old, unpinned\"}"));
    (void)pin("The least", "0.1");
    struct call_answer first = context("");
    (void)pin("The greatest", "1");
    struct call_answer second = context("");
    expect_appended(&first, &second, "The greatest");
    calls_pass_seconds(&store, 1);
    calls_done(memory, "memory.update", "{\"id\":\"%s\",\"pinned\":true}", old);
    struct call_answer third = context("");
    expect_appended(&second, &third, "Old, unpinned");
    call_answer_clear(&third);
    call_answer_clear(&second);
    call_answer_clear(&first);
}

Test(prefix, a_full_share_pushes_nothing_out_until_the_prefix_is_begun_anew)
{
    (void)pin("The first of all, with a good many words to fill the share of the profile", "0.1");
    struct call_answer first = context(",\"budget\":250");
    (void)pin("The greatest of all, with a good many words to fill the share of the profile", "1");
    struct call_answer second = context(",\"budget\":250");
    cr_expect_str_eq(answer_text(&first, "/prefix_hash"), answer_text(&second, "/prefix_hash"));
    struct call_answer third = context(",\"budget\":250,\"new_prefix\":true");
    cr_expect_not_null(strstr(answer_text(&third, "/text"), "The greatest"));
    cr_expect_eq(answer_integer(&third, "/prefix_generation"), 2);
    call_answer_clear(&third);
    third = context(",\"budget\":1000");
    expect_order(&third, "The greatest", "The first");
    call_answer_clear(&third);
    call_answer_clear(&second);
    call_answer_clear(&first);
}

Test(prefix, forgetting_changing_or_purging_what_is_in_it_raises_the_generation)
{
    const char *ids[] = {pin("Forgotten", "0.5"), pin("Changed", "0.5"), pin("Purged", "0.5")};
    const char *operations[] = {"record.forget", "memory.update", "record.purge"};
    const char *more[] = {"", ",\"content\":\"Another\"", ",\"scrub\":false"};
    const char *plain = calls_id(calls_ok(memory, "memory.remember", "{\"content\":\"Plain\"}"));
    calls_done(memory, "record.forget", "{\"id\":\"%s\"}", plain);
    for (int i = 0; i < 3; i++) {
        struct call_answer before = context("");
        cr_expect_eq(answer_integer(&before, "/prefix_generation"), 1 + i);
        calls_pass_seconds(&store, 1);
        calls_done(memory, operations[i], "{\"id\":\"%s\"%s}", ids[i], more[i]);
        struct call_answer after = context("");
        cr_expect_eq(answer_integer(&after, "/prefix_generation"), 2 + i);
        cr_expect_str_neq(answer_text(&before, "/prefix_hash"),
                          answer_text(&after, "/prefix_hash"));
        call_answer_clear(&after);
        call_answer_clear(&before);
    }
}

Test(prefix, a_context_for_nobody_makes_no_user)
{
    struct call_answer answer = context(",\"new_prefix\":true");
    cr_expect_eq(answer_integer(&answer, "/prefix_generation"), 1);
    call_answer_clear(&answer);
    calls_refused(memory, MNEME_NOT_FOUND, "user", "", "user.show", "{}");
}

Test(prefix_of_processes, agree_and_outlive_them)
{
    struct calls_store shared;
    calls_store_init(&shared, 44);
    struct second_process second = second_process_start(shared.path, 45);
    mneme *first = calls_open(&shared, "ada");
    calls_done(first, "memory.remember", "{\"content\":\"Pinned here\",\"pinned\":true}");
    struct call_answer theirs = second_process_call(&second, "ada", CALLS_START_US + 1000000,
                                                    "memory.context", "{\"new_prefix\":true}");
    cr_assert_eq(theirs.code, MNEME_OK, "%s", theirs.text);
    struct call_answer ours = calls_ok(first, "memory.context", "{}");
    cr_expect_eq(answer_integer(&ours, "/prefix_generation"), 2);
    cr_expect_str_eq(answer_text(&ours, "/text"), answer_text(&theirs, "/text"));
    mneme_close(first);
    first = calls_open(&shared, "ada");
    struct call_answer again = calls_ok(first, "memory.context", "{}");
    cr_expect_str_eq(answer_text(&ours, "/text"), answer_text(&again, "/text"));
    call_answer_clear(&again);
    call_answer_clear(&ours);
    call_answer_clear(&theirs);
    second_process_end(&second);
    mneme_close(first);
    calls_store_clear(&shared);
}
