#include "mind/contradict.h"

#include "base/timestamp.h"
#include "support/support.h"

#include <criterion/criterion.h>

#define DAY_US (INT64_C(1683504000) * US_PER_SECOND) /* 2023-05-08 */

static struct contradiction check_at(const char *a, int64_t a_us, const char *b, int64_t b_us)
{
    struct arena arena;
    struct contradiction forth, back;
    struct contradict_text in_a = {a, a_us}, in_b = {b, b_us};
    arena_init(&arena);
    cr_assert_eq(contradict_check(language_find("en"), &in_a, &in_b, &arena, &forth, NULL),
                 MNEME_OK);
    cr_assert_eq(contradict_check(language_find("en"), &in_b, &in_a, &arena, &back, NULL),
                 MNEME_OK);
    cr_expect_eq(forth.kinds, back.kinds);
    cr_expect_eq(forth.likeness, back.likeness);
    arena_clear(&arena);
    return forth;
}

static unsigned kinds(const char *a, const char *b)
{
    return check_at(a, DAY_US, b, DAY_US).kinds;
}

Test(contradict, each_kind_of_disagreement_is_named)
{
    cr_expect_eq(kinds("Ada keeps 12 bees in the garden", "Ada keeps 13 bees in the garden"),
                 DISAGREE_NUMBERS);
    cr_expect_eq(kinds("Ada likes tea in the morning", "Ada doesn't like tea in the morning"), 0);
    cr_expect_eq(kinds("Ada can drink tea", "Ada can't drink tea"), DISAGREE_NEGATION);
    cr_expect_eq(kinds("Ada can drink tea", "Ada can\xE2\x80\x99t drink tea"), DISAGREE_NEGATION);
    cr_expect_eq(kinds("Ada does eat fish", "Ada does not eat fish"), DISAGREE_NEGATION);
    cr_expect_eq(kinds("Ada lives in Oslo", "Ada lives in Bergen"), DISAGREE_NAMES);
    cr_expect_eq(kinds("The wedding is on 8 May 2023", "The wedding is on 9 May 2023"),
                 DISAGREE_DATES);
    cr_expect_str_eq(contradict_reason(DISAGREE_DATES), "dates");
    cr_expect_str_eq(contradict_reason(DISAGREE_NUMBERS | DISAGREE_NAMES), "numbers");
    cr_expect_str_eq(contradict_reason(0), "");
}

Test(contradict, saying_the_same_otherwise_is_no_disagreement)
{
    cr_expect_eq(kinds("Ada has two bees", "Ada has 2 bees"), 0);
    cr_expect_eq(kinds("Ada has twelve bees", "Ada has 12 bees"), 0);
    cr_expect_eq(kinds("Ada lives in Oslo", "Ada lives in Oslo, Norway"), 0);
    cr_expect_eq(kinds("The wedding is on 8 May 2023", "The wedding is in May 2023"), 0);
    cr_expect_eq(kinds("", ""), 0);
}

Test(contradict, dates_are_compared_as_they_were_meant)
{
    const char *text = "The wedding was yesterday";
    cr_expect_eq(check_at(text, DAY_US, text, DAY_US + US_PER_DAY).kinds, DISAGREE_DATES);
    cr_expect_eq(check_at(text, DAY_US, "The wedding was on 7 May 2023", TIME_NONE).kinds, 0);
}

Test(contradict, texts_about_different_things_are_not_compared)
{
    struct contradiction found =
        check_at("Ada keeps 12 bees", DAY_US, "The train to Rome leaves at 9", DAY_US);
    cr_expect_eq(found.kinds, 0);
    cr_expect_lt(found.likeness, 0.6);
}

Test(contradict, who_likes_whom_matters)
{
    cr_expect_eq(kinds("Everybody says Ada likes Bo", "Everybody says Bo likes Ada"),
                 DISAGREE_NAMES);
}

static enum mneme_code check_hungry(void *context)
{
    struct arena arena;
    struct contradiction found;
    struct contradict_text a = {"Ada has 1 bee", TIME_NONE}, b = {"Ada has 2 bee", TIME_NONE};
    (void)context;
    arena_init(&arena);
    enum mneme_code code = contradict_check(language_find("en"), &a, &b, &arena, &found, NULL);
    arena_clear(&arena);
    return code;
}

Test(contradict, out_of_memory_is_said)
{
    cr_expect_gt(support_fail_each(check_hungry, NULL), 0);
}
