// Proposals: what a new memory is near to, or contradicts; accepting, rejecting, undoing.
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define HIVES "Ada keeps %d bee hives behind the old stone mill beside the river near Porto"

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

TestSuite(proposals, .init = set_up, .fini = tear_down);

static const char *remember(const char *content, const char *more)
{
    const char *id =
        calls_id(calls_ok(memory, "memory.remember", "{\"content\":\"%s\"%s}", content, more));
    calls_done(memory, "memory.recall", "{\"text\":\"bees\",\"note_use\":false}"); // loads
    calls_pass_seconds(&store, 60);
    return id;
}

static const char *hives(int count, const char *more)
{
    char content[200];
    (void)snprintf(content, sizeof content, HIVES, count);
    return remember(content, more);
}

static const char *only_proposal(const char *action, const char *reason)
{
    struct call_answer list = calls_ok(memory, "proposal.list", "{}");
    cr_assert_eq(answer_count(&list, "/items"), 1, "%s", list.text);
    cr_expect_str_eq(answer_text(&list, "/items/0/action"), action);
    cr_expect_str_eq(answer_text(&list, "/items/0/reason"), reason);
    cr_expect_str_eq(answer_text(&list, "/items/0/state"), "open");
    static char id[40];
    (void)snprintf(id, sizeof id, "%s", answer_text(&list, "/items/0/id"));
    call_answer_clear(&list);
    return id;
}

static void expect_relation(const char *id, const char *relation)
{
    struct call_answer links = calls_ok(memory, "link.list", "{\"of\":\"%s\"}", id);
    cr_expect_eq(answer_count(&links, "/items"), 1, "%s", links.text);
    cr_expect_str_eq(answer_text(&links, "/items/0/relation"), relation);
    call_answer_clear(&links);
}

Test(proposals, a_near_duplicate_is_a_new_record_that_is_linked_and_proposed_for_merging)
{
    const char *first = hives(7, ",\"tags\":[\"bees\"]");
    const char *second =
        remember("Ada keeps 7 bee hives, behind an old stone mill, beside the river near Porto",
                 ",\"tags\":[\"porto\"]");
    cr_expect_str_neq(first, second);
    expect_relation(second, "related");
    const char *proposal = only_proposal("merge", "near-duplicate");
    calls_done(memory, "proposal.accept", "{\"id\":\"%s\"}", proposal);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.get", "{\"id\":\"%s\"}", second);
    calls_expect_text(memory, first, "/tags/1", "porto");
    calls_done(memory, "change.undo", "{}");
    calls_expect_text(memory, second, "/tags/0", "porto");
    calls_expect_text(memory, first, "/tags/1", NULL);
    (void)only_proposal("merge", "near-duplicate");
}

Test(proposals, a_contradiction_is_linked_and_accepting_it_ends_the_earlier_one)
{
    const char *first = hives(7, "");
    const char *second = hives(9, "");
    expect_relation(second, "contradicts");
    const char *proposal = only_proposal("supersede", "contradicts: numbers");
    calls_done(memory, "proposal.accept", "{\"id\":\"%s\"}", proposal);
    calls_expect_text(memory, first, "/superseded_by", second);
    struct call_answer known = calls_ok(memory, "proposal.accept", "{\"id\":\"%s\"}", proposal);
    cr_expect_str_eq(answer_text(&known, "/status"), "known");
    call_answer_clear(&known);
    calls_refused(memory, MNEME_CONFLICT, "id", "conflict", "proposal.reject", "{\"id\":\"%s\"}",
                  proposal);
    calls_done(memory, "change.undo", "{}");
    calls_expect_text(memory, first, "/superseded_by", NULL);
}

Test(proposals, what_held_before_is_ended_by_what_was_there_and_stays_told)
{
    const char *now = hives(7, ",\"valid_from\":\"2023-01-01T00:00:00Z\"");
    const char *then = hives(9, ",\"valid_from\":\"2019-01-01T00:00:00Z\"");
    calls_done(memory, "proposal.accept", "{\"id\":\"%s\"}",
               only_proposal("supersede", "contradicts: numbers"));
    calls_expect_text(memory, then, "/valid_to", "2023-01-01T00:00:00Z");
    calls_expect_text(memory, then, "/superseded_by", NULL);
    calls_expect_text(memory, now, "/superseded_by", NULL);
    calls_expect_text(memory, now, "/valid_to", NULL);
}

Test(proposals, what_never_held_at_the_same_time_stays_as_it_is)
{
    const char *then = hives(7, ",\"valid_from\":\"2019-01-01T00:00:00Z\","
                                "\"valid_to\":\"2999-01-01T00:00:00Z\"");
    const char *later = hives(9, ",\"valid_from\":\"2999-01-01T00:00:00Z\"");
    calls_done(memory, "proposal.accept", "{\"id\":\"%s\"}",
               only_proposal("supersede", "contradicts: numbers"));
    calls_expect_text(memory, then, "/valid_to", "2999-01-01T00:00:00Z");
    calls_expect_text(memory, then, "/superseded_by", NULL);
    calls_expect_text(memory, later, "/valid_to", NULL);
}

Test(proposals, what_was_rejected_changes_nothing_and_is_not_accepted_afterwards)
{
    const char *first = hives(7, "");
    (void)hives(9, "");
    const char *proposal = only_proposal("supersede", "contradicts: numbers");
    calls_done(memory, "proposal.reject", "{\"id\":\"%s\"}", proposal);
    calls_expect_text(memory, first, "/superseded_by", NULL);
    calls_refused(memory, MNEME_CONFLICT, "id", "conflict", "proposal.accept", "{\"id\":\"%s\"}",
                  proposal);
    calls_expect_count(memory, 1, "proposal.list", "{\"state\":\"rejected\"}");
    calls_expect_count(memory, 0, "proposal.list", "{\"state\":\"open\"}");
}

Test(proposals, a_memory_that_is_gone_cannot_be_merged)
{
    const char *first = hives(7, "");
    (void)hives(9, "");
    const char *proposal = only_proposal("supersede", "contradicts: numbers");
    calls_done(memory, "record.forget", "{\"id\":\"%s\"}", first);
    calls_refused(memory, MNEME_CONFLICT, "id", "reference", "proposal.accept", "{\"id\":\"%s\"}",
                  proposal);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "proposal.accept", "{\"id\":\"%s\"}", first);
}

Test(proposals, undoing_the_write_takes_its_links_and_proposals_along)
{
    (void)hives(7, "");
    const char *second = hives(9, "");
    calls_done(memory, "change.undo", "{\"id\":\"%s\"}", second);
    calls_expect_count(memory, 0, "proposal.list", "{}");
}

Test(proposals, other_subjects_namespaces_and_texts_are_left_alone)
{
    (void)hives(7, ",\"subject\":\"ada\"");
    (void)hives(9, ",\"subject\":\"eve\"");
    (void)hives(8, ",\"namespace\":\"other\",\"subject\":\"ada\"");
    (void)remember("Bees sleep between five and eight hours a day, sometimes in a flower", "");
    calls_expect_count(memory, 0, "proposal.list", "{}");
}
