#include "mind/importance.h"

#include <criterion/criterion.h>
#include <string.h>

static struct importance judge(struct importance_evidence evidence)
{
    return importance_judge(language_find("en"), &evidence);
}

#define NOTHING .explicit_value = -1, .novelty = -1

Test(importance, without_evidence_it_is_the_middle)
{
    struct importance judged = judge((struct importance_evidence){NOTHING});
    cr_expect_eq(judged.value, 0.5);
    cr_expect_str_eq(judged.basis, "default");
}

Test(importance, what_the_caller_sets_is_kept)
{
    struct importance_evidence evidence = {
        .explicit_value = 0.3, .novelty = 1, .mentions = 9, .content = "Never forget this"};
    cr_expect_eq(judge(evidence).value, 0.3);
    cr_expect_str_eq(judge(evidence).basis, "explicit");
    static const double values[] = {0, 0.25, 0.5, 0.75, 1};
    for (int level = 1; level <= IMPORTANCE_LEVELS; level++)
        cr_expect_eq(judge((struct importance_evidence){NOTHING, .level = level}).value,
                     values[level - 1]);
}

Test(importance, the_basis_is_what_moved_it_most)
{
    struct importance judged;
    judged = judge((struct importance_evidence){NOTHING, .type = "rule"});
    cr_expect_gt(judged.value, 0.5);
    cr_expect_str_eq(judged.basis, "type");
    judged = judge((struct importance_evidence){
        NOTHING, .content = "Important: she is allergic to nuts. Never forget it."});
    cr_expect_gt(judged.value, 0.6);
    cr_expect_str_eq(judged.basis, "cues");
    judged = judge((struct importance_evidence){.explicit_value = -1, .novelty = 0});
    cr_expect_lt(judged.value, 0.5);
    cr_expect_str_eq(judged.basis, "novelty");
    judged = judge((struct importance_evidence){NOTHING, .mentions = 4});
    cr_expect_gt(judged.value, 0.5);
    cr_expect_str_eq(judged.basis, "mentions");
}

Test(importance, it_stays_between_nothing_and_all)
{
    struct importance_evidence all = {
        .explicit_value = -1,
        .novelty = 1,
        .mentions = 1000000,
        .type = "rule",
        .cue = 1,
        .content = "Important! Never forget: urgent deadline, allergic, diagnosed, secret."};
    cr_expect_leq(judge(all).value, 1);
    cr_expect_gt(judge(all).value, 0.95);
    struct importance_evidence least = {.explicit_value = -1, .novelty = 0, .type = "small_talk"};
    cr_expect_geq(judge(least).value, 0);
}

Test(importance, one_mention_is_none_more)
{
    cr_expect_eq(judge((struct importance_evidence){NOTHING, .mentions = 1}).value, 0.5);
}
