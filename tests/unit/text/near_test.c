#include "text/near.h"

#include "base/strbuf.h"

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

TestSuite(near, .init = begin, .fini = end);

static uint64_t simhash_of(const char *text)
{
    struct term_list terms = {0};
    cr_assert(analyzer_terms(analyzer, text, &arena, &terms));
    return near_simhash(&terms);
}

/* Both ways round, since nearness is mutual. */
static bool are_near(const char *a, const char *b)
{
    struct near_text near_a = {a, simhash_of(a)}, near_b = {b, simhash_of(b)};
    bool forth = near_duplicate(language_find("en"), &near_a, &near_b);
    cr_expect_eq(near_duplicate(language_find("en"), &near_b, &near_a), forth);
    return forth;
}

#define LONG "Aunt Ida keeps 12 bees in the garden behind the old mill and sells honey every Sunday"

Test(near, long_texts_that_differ_in_dress_are_duplicates)
{
    cr_expect(are_near(LONG, LONG));
    cr_expect(are_near(LONG, "  " LONG "!!! "));
    cr_expect(are_near(LONG, "Aunt Ida keeps 12 bees in the garden, behind the old mill, and sells "
                             "the honey every Sunday."));
    cr_expect(are_near("She doesn't like the noise of trains passing near the house by the lake",
                       "She doesn’t like noises of trains that pass near the house by the lake"));
}

Test(near, numbers_dates_negations_and_names_must_agree)
{
    static const char *const others[] = {
        "Aunt Ida keeps 13 bees in the garden behind the old mill and sells honey every Sunday",
        "Aunt Ida keeps bees in the garden behind the old mill and sells honey every Sunday",
        "Aunt Ida keeps -12 bees in the garden behind the old mill and sells honey every Sunday",
        "Aunt Ida keeps €12 bees in the garden behind the old mill and sells honey every Sunday",
        "Aunt Ida keeps 12 bees in the garden behind the old mill and sells honey every Monday",
        "Aunt Ada keeps 12 bees in the garden behind the old mill and sells honey every Sunday",
        "Aunt Ida keeps 12 bees not in the garden behind the old mill and sells honey every Sunday",
        "Aunt Ida keeps 12 bees in the garden behind the old mill, never sells honey every Sunday",
        "Ida Aunt keeps 12 bees in the garden behind the old mill and sells honey every Sunday",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect(!are_near(LONG, others[i]), "%s", others[i]);
    cr_expect(!are_near(
        "we will meet two old friends from school at the harbour cafe for a long lunch",
        "we will meet three old friends from school at the harbour cafe for a long lunch"));
    cr_expect(
        !are_near("they don’t want the red lamp moved from the kitchen window into the hall again",
                  "they want the red lamp moved from the kitchen window into the hall again"));
}

Test(near, guards_work_alone_where_the_simhash_sees_no_difference)
{
    // The stored hashes are given: only the guards can tell these apart.
    static const char *const pairs[][2] = {
        {"a 5", "a 6"},       {"a 5", "a -5"},     {"a 5", "a $5"},
        {"no a", "a"},        {"a isn't", "a is"}, {"Bob a", "a Bob c Al"},
        {"today", "tonight"}, {"two", "three"},    {"can’t", "can"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct near_text a = {pairs[i][0], 7}, b = {pairs[i][1], 7};
        cr_expect(!near_duplicate(language_find("en"), &a, &b), "%s", pairs[i][0]);
        b = a;
        cr_expect(near_duplicate(language_find("en"), &a, &b), "%s", pairs[i][0]);
    }
    struct near_text spelt = {"it is not so", 7}, contracted = {"it isn’t so", 7};
    cr_expect(near_duplicate(language_find("en"), &spelt, &contracted));
    struct near_text three_bits = {"it is not so", 7 ^ 7}, four_bits = {"it is not so", 7 ^ 0xF0};
    cr_expect(
        near_duplicate(language_find("en"), &spelt, &(struct near_text){"it is not so", 7 ^ 0x70}));
    cr_expect(!near_duplicate(language_find("en"), &spelt, &four_bits));
    cr_expect(near_duplicate(language_find("en"), &spelt, &three_bits)); // none: equality decides
}

Test(near, short_texts_must_be_equal_but_for_dress)
{
    cr_expect(are_near("Likes tea.", " likes   TEA"));
    cr_expect(are_near("Zoë likes tea", "Zoe likes tea!"));
    cr_expect(are_near("Don’t wait", "don't wait."));
    cr_expect(are_near("", " . "));
    cr_expect(!are_near("Likes tea", "Likes coffee"));
    cr_expect(!are_near("Likes tea", "Likes tea?"));
    cr_expect(!are_near("3.5 litres", "35 litres"));
    cr_expect(!are_near("C++", "C"));
    cr_expect(!are_near("happy 😀", "happy 😡"));
    cr_expect(!are_near("a b", "ab"));
    cr_expect(!are_near("-5 degrees", "5 degrees"));
    cr_expect(!are_near("tea", "tea tea"));
    cr_expect(!are_near("tea", LONG));
}

Test(near, simhash_needs_eight_words_and_counts_no_extras)
{
    cr_expect_eq(simhash_of("red orange yellow green blue indigo violet"), 0);
    cr_expect_neq(simhash_of("red orange yellow green blue indigo violet black"), 0);
    cr_expect_eq(simhash_of("a1.b2.c3.d4 e5"), 0);
    cr_expect_eq(near_simhash(&(struct term_list){0}), 0);
    // Rows hold these: a change of the hash needs a new version of the stored form.
    cr_expect_eq(simhash_of("red orange yellow green blue indigo violet black"),
                 UINT64_C(0x0509032632350D11), "%#lx",
                 (unsigned long)simhash_of("red orange yellow green blue indigo violet black"));
}

/* More terms than the counters of a bit hold at once. */
Test(near, a_text_said_forty_times_has_its_own_simhash)
{
    struct strbuf often;
    strbuf_init(&often, 8192);
    for (int i = 0; i < 40; i++) strbuf_printf(&often, "%s. ", LONG);
    cr_assert_eq(simhash_of(often.text), simhash_of(LONG));
    strbuf_clear(&often);
}
