#include "mind/pattern.h"

#include "support/support.h"

#include <criterion/criterion.h>
#include <string.h>

static struct analyzer *analyzer;
static struct arena arena;

static void begin(void)
{
    analyzer = analyzer_new(language_find("en"), TEXT_SHIPPING);
    cr_assert_not_null(analyzer);
    arena_init(&arena);
}

static void end(void)
{
    arena_clear(&arena);
    analyzer_free(analyzer);
}

TestSuite(pattern, .init = begin, .fini = end);

static const struct pattern_record told[] = {
    {.ordinal = 1,
     .source = 1,
     .type = "preference",
     .subject = "Ada",
     .content = "Ada prefers short answers"},
    {.ordinal = 2,
     .source = 2,
     .type = "preference",
     .subject = "Ada",
     .content = "Ada really prefers short answers"},
    {.ordinal = 3,
     .source = 3,
     .type = "preference",
     .subject = "Ada",
     .content = "Ada prefers answers that are short"},
    {.ordinal = 4,
     .source = 3,
     .type = "preference",
     .subject = "Bo",
     .content = "Bo prefers short answers"},
    {.ordinal = 5,
     .source = 4,
     .type = "fact",
     .subject = "Ada",
     .content = "Ada prefers short answers"},
    {.ordinal = 6, .source = 5, .type = "preference", .subject = "Ada", .content = "Ada likes tea"},
    {.ordinal = 7, .source = 5, .type = "preference", .subject = "Ada", .content = "Ada likes tea"},
    {.ordinal = 8,
     .source = 6,
     .type = "fact",
     .content = "We decided to use Postgres for storage"},
    {.ordinal = 9,
     .source = 7,
     .type = "decision",
     .content = "Decided to use Postgres for the storage again"},
};
#define TOLD (sizeof told / sizeof *told)

Test(pattern, what_several_sources_tell_recurs)
{
    struct pattern_list list;
    cr_assert_eq(pattern_find_recurring(analyzer, told, TOLD, 2, &arena, &list, NULL), MNEME_OK);
    cr_assert_eq(list.count, 2);
    cr_expect_eq(list.items[0].kind, PATTERN_PREFERENCE);
    cr_expect_eq(list.items[0].frequency, 3);
    cr_expect_eq(list.items[0].ordinal_count, 3);
    cr_expect_eq(list.items[0].ordinals[2], 3);
    cr_expect_str_eq(list.items[0].description, "Ada prefers answers that are short");
    cr_expect_str_eq(list.items[0].examples[0], "Ada prefers short answers");
    cr_expect(list.items[0].confidence > 0.5 && list.items[0].confidence < 1);
    cr_expect_eq(list.items[1].kind, PATTERN_DECISION);
    cr_expect_eq(list.items[1].frequency, 2);
    cr_expect_str_eq(pattern_kind_name(PATTERN_DECISION), "decision_pattern");
}

Test(pattern, what_one_source_repeats_does_not)
{
    struct pattern_list list;
    cr_assert_eq(pattern_find_recurring(analyzer, told + 5, 2, 2, &arena, &list, NULL), MNEME_OK);
    cr_expect_eq(list.count, 0);
}

Test(pattern, likes_and_dislikes_are_not_one)
{
    struct pattern_record records[] = {
        {.source = 1, .type = "preference", .content = "Ada likes tea"},
        {.source = 2, .type = "preference", .content = "Ada likes tea", .is_negative = true}};
    struct pattern_list list;
    cr_assert_eq(pattern_find_recurring(analyzer, records, 2, 2, &arena, &list, NULL), MNEME_OK);
    cr_expect_eq(list.count, 0);
}

Test(pattern, the_order_of_records_does_not_matter)
{
    struct pattern_record backwards[TOLD];
    struct pattern_list forth, back;
    for (size_t i = 0; i < TOLD; i++) backwards[i] = told[TOLD - 1 - i];
    cr_assert_eq(pattern_find_recurring(analyzer, told, TOLD, 2, &arena, &forth, NULL), MNEME_OK);
    cr_assert_eq(pattern_find_recurring(analyzer, backwards, TOLD, 2, &arena, &back, NULL),
                 MNEME_OK);
    cr_assert_eq(forth.count, back.count);
    for (size_t i = 0; i < forth.count; i++) {
        cr_expect_str_eq(forth.items[i].description, back.items[i].description);
        cr_expect_eq(forth.items[i].frequency, back.items[i].frequency);
        cr_expect_str_eq(forth.items[i].examples[0], back.items[i].examples[0]);
    }
}

static const char *const labels[] = {"build", "test", "deploy", "lunch"};
static const struct pattern_event events[] = {
    {1, 0, 10}, {1, 1, 11}, {1, 2, 12}, {1, 3, 13}, {2, 3, 20}, {2, 0, 21}, {2, 1, 22}, {2, 2, 23},
    {3, 0, 30}, {3, 1, 31}, {3, 2, 32}, {4, 0, 40}, {4, 0, 41}, {4, 0, 42}, {5, 0, 50}, {5, 0, 51},
};
#define EVENTS (sizeof events / sizeof *events)

Test(pattern, sequences_that_sessions_share_are_workflows)
{
    struct pattern_list list;
    cr_assert_eq(pattern_find_workflows(events, EVENTS, labels, 3, &arena, &list, NULL), MNEME_OK);
    cr_assert_eq(list.count, 1);
    cr_expect_str_eq(list.items[0].description, "build > test > deploy");
    cr_expect_eq(list.items[0].frequency, 3);
    cr_expect_eq(list.items[0].ordinal_count, 9);
    cr_expect_eq(list.items[0].ordinals[0], 10);
    // Three of the five sessions that build go through with it.
    cr_expect_float_eq(list.items[0].confidence, 3.0 / 5 * 3 / 4, 1e-9);
}

Test(pattern, no_sequence_crosses_sessions)
{
    static const struct pattern_event apart[] = {{1, 0, 0}, {2, 1, 1}, {3, 0, 2}, {4, 1, 3}};
    struct pattern_list list;
    cr_assert_eq(pattern_find_workflows(apart, 4, labels, 2, &arena, &list, NULL), MNEME_OK);
    cr_expect_eq(list.count, 0);
    cr_assert_eq(pattern_find_workflows(apart, 0, labels, 2, &arena, &list, NULL), MNEME_OK);
    cr_expect_eq(list.count, 0);
}

static enum mneme_code find_hungry(void *context)
{
    struct pattern_list list;
    struct arena own;
    struct analyzer *hungry = analyzer_new(language_find("en"), TEXT_SHIPPING);
    (void)context;
    if (!hungry) return MNEME_NOMEM;
    arena_init(&own);
    enum mneme_code code = pattern_find_recurring(hungry, told, TOLD, 2, &own, &list, NULL);
    if (code == MNEME_OK)
        code = pattern_find_workflows(events, EVENTS, labels, 3, &own, &list, NULL);
    arena_clear(&own);
    analyzer_free(hungry);
    return code;
}

Test(pattern, out_of_memory_is_said)
{
    cr_expect_gt(support_fail_each(find_hungry, NULL), 0);
}
