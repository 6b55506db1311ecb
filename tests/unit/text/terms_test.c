#include "text/terms.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
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

TestSuite(terms, .init = begin, .fini = end);

/* The terms with spaces between, extras with a + before them. */
static const char *join(const struct term_list *list)
{
    const char *joined = "";
    for (size_t i = 0; i < list->count; i++) {
        const struct term *term = &list->items[i];
        joined = arena_printf(&arena, "%s%s%s%.*s", joined, i > 0 ? " " : "",
                              term->is_extra ? "+" : "", (int)term->length, term->text);
        cr_assert_not_null(joined);
    }
    return joined;
}

static const char *terms_of(const char *text)
{
    struct term_list list = {0};
    cr_assert(analyzer_terms(analyzer, text, &arena, &list));
    return join(&list);
}

struct reading {
    const char *text, *terms;
};

static void check(const struct reading *readings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_expect_str_eq(terms_of(readings[i].text), readings[i].terms, "\"%s\": %s",
                         readings[i].text, terms_of(readings[i].text));
}

#define CHECK(readings) check(readings, sizeof(readings) / sizeof *(readings))

Test(terms, words_are_folded_stemmed_and_stripped_of_stop_words)
{
    static const struct reading readings[] = {
        {"", ""},
        {"The kettles are on, Zoë!", "kettl zoe"},
        {"Zoe\u0308's CAFÉ", "zoe s cafe"},
        {"well-known bakers' well", "well known baker well"},
        {"of the and", ""},
        {"😀👍🏽", ""},
    };
    CHECK(readings);
}

Test(terms, compound_ids_are_kept_whole_beside_their_parts)
{
    static const struct reading readings[] = {
        {"ORD-1234", "ord 1234 +ord-1234"},
        {"mail ida@host.example today", "mail ida host exampl +ida@host.example today"},
        {"src/main.c:42", "src main c 42 +src/main.c:42"},
        {"v1.2.3.", "v1 2 3 +v1.2.3"},
        {"C++ and C# or F#.", "c +c++ c +c# f +f#"},
        {"https://mneme.example/a-b", "https mneme exampl b +mneme.example/a-b"},
        {"at 10:30pm", "10 30pm +10:30pm"},
        {"Łódź-7", "lodz 7 +lodz-7"},
        {"x--y1 a.-b1", "x y1 b1"},
        {"one-two three", "one two three"},
        {"wait...what", "wait"},
        {"#tag @user -flag", "tag user flag"},
        {"id: 42", "id 42"},
        {"订单ORD-1234号", "+订 订单 +单 ord 1234 +ord-1234 号"},
        {"a++b C#.NET x+++", "b c +c# net x"},
    };
    CHECK(readings);
}

Test(terms, an_endless_chain_is_no_id)
{
    char text[2 * LIMIT_COMPOUND_BYTES + 2];
    for (size_t i = 0; i + 1 < sizeof text; i++) text[i] = i % 2 == 0 ? '7' : '.';
    text[LIMIT_COMPOUND_BYTES - 1] = '\0';
    struct term_list list = {0};
    cr_assert(analyzer_terms(analyzer, text, &arena, &list));
    cr_expect_eq(list.count, LIMIT_COMPOUND_BYTES / 2 + 1);
    cr_expect(list.items[list.count - 1].is_extra);
    text[LIMIT_COMPOUND_BYTES - 1] = '.';
    text[sizeof text - 1] = '\0';
    list = (struct term_list){0};
    cr_assert(analyzer_terms(analyzer, text, &arena, &list));
    cr_expect_eq(list.count, LIMIT_COMPOUND_BYTES + 1);
    cr_expect(!list.items[list.count - 1].is_extra);
}

Test(terms, cjk_runs_are_pairs_with_their_characters_as_extras)
{
    static const struct reading readings[] = {
        {"黒猫が", "+黒 黒猫 +猫 猫が +が"},
        {"猫", "猫"},
        {"猫。犬", "猫 犬"},
        {"서울시", "+서 서울 +울 울시 +시"},
        {"か\u3099き", "+が がき +き"}, // parts are put together first
        {"\u1112\u1161\u11ab", "한"},
    };
    CHECK(readings);
}

Test(terms, the_reference_profile_adds_nothing_of_that)
{
    struct analyzer *reference = analyzer_new(language_find("en"), TEXT_REFERENCE);
    struct term_list list = {0};
    cr_assert_not_null(reference);
    cr_expect_eq(analyzer_profile(reference), TEXT_REFERENCE);
    cr_expect_eq(analyzer_language(reference), language_find("en"));
    cr_assert(analyzer_terms(reference, "Zoë's ORD-1234 黒猫が", &arena, &list));
    cr_expect_str_eq(join(&list), "zoë s ord 1234 黒猫が");
    analyzer_free(reference);
}

Test(terms, all_terms_keep_stop_words)
{
    struct term_list list = {0};
    cr_assert(analyzer_all_terms(analyzer, "Who was there?", &arena, &list));
    cr_expect_str_eq(join(&list), "who was there");
}

Test(terms, lists_grow_by_every_call)
{
    struct term_list list = {0};
    cr_assert(analyzer_terms(analyzer, "red kettle", &arena, &list));
    cr_assert(analyzer_terms(analyzer, "blue", &arena, &list));
    cr_expect_str_eq(join(&list), "red kettl blue");
}

Test(terms, a_word_of_any_length_is_one_term)
{
    size_t length = 200000;
    char *text = malloc(length + 1);
    cr_assert_not_null(text);
    memset(text, 'X', length);
    text[length] = '\0';
    struct term_list list = {0};
    cr_assert(analyzer_terms(analyzer, text, &arena, &list));
    cr_expect(list.count == 1 && list.items[0].length == length && list.items[0].text[0] == 'x');
    // And where lower case is longer than upper case.
    for (size_t i = 0; i + 1 < length; i += 2) memcpy(text + i, "\u023A", 2);
    list = (struct term_list){0};
    cr_assert(analyzer_terms(analyzer, text, &arena, &list));
    cr_expect(list.count == 1 && list.items[0].length == length / 2 * 3);
    free(text);
}

Test(terms, past_the_limit_nothing_is_indexed)
{
    size_t words = LIMIT_TERMS + 10;
    char *text = malloc(2 * words + 1), *at = text;
    cr_assert_not_null(text);
    for (size_t i = 0; i < words; i++, at += 2) memcpy(at, "x ", 2);
    *at = '\0';
    struct term_list list = {0};
    cr_assert(analyzer_terms(analyzer, text, &arena, &list));
    cr_expect_eq(list.count, LIMIT_TERMS);
    cr_assert(analyzer_terms(analyzer, "more", &arena, &list));
    cr_expect_eq(list.count, LIMIT_TERMS);
    free(text);
}

Test(terms, terms_outlive_what_the_analyzer_remembers)
{
    struct term_list early = {0};
    cr_assert(analyzer_terms(analyzer, "kettles whistle", &arena, &early));
    for (unsigned i = 0; i < LIMIT_MEMO_WORDS + 10; i++) {
        char word[16];
        struct term_list list = {0};
        struct arena fresh;
        arena_init(&fresh);
        snprintf(word, sizeof word, "w%u", i);
        cr_assert(analyzer_terms(analyzer, word, &fresh, &list));
        arena_clear(&fresh);
    }
    cr_expect_str_eq(join(&early), "kettl whistl");
}

static bool fails_after(void *context)
{
    size_t *left = context;
    if (*left == 0) return true;
    --*left;
    return false;
}

Test(terms, running_out_of_memory_is_told_and_leaves_nothing_behind)
{
    static const char text[] = "Kettles ORD-1234 C++ か\u3099き 黒猫 whistling";
    bool done = false;
    for (size_t allowed = 0; !done; allowed++) {
        size_t left = allowed;
        struct arena fresh;
        struct term_list list = {0};
        cr_assert_lt(allowed, 100);
        arena_init(&fresh);
        mem_set_hook(fails_after, &left);
        struct analyzer *poor = analyzer_new(language_find("en"), TEXT_SHIPPING);
        if (poor) done = analyzer_terms(poor, text, &fresh, &list);
        mem_set_hook(NULL, NULL);
        if (done) cr_expect_str_eq(join(&list), terms_of(text));
        arena_clear(&fresh);
        if (poor) { // it works again once there is memory
            list = (struct term_list){0};
            cr_expect(analyzer_terms(poor, text, &fresh, &list));
            arena_clear(&fresh);
        }
        analyzer_free(poor);
    }
    analyzer_free(NULL);
}
