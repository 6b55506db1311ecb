#include "text/question.h"

#include "base/alloc.h"

#include <criterion/criterion.h>

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

TestSuite(question, .init = begin, .fini = end);

static void check(const char *text, const char *terms, bool is_question, bool wants_time)
{
    struct question question;
    const char *joined = "";
    cr_assert(question_analyze(analyzer, text, &arena, &question));
    for (size_t i = 0; i < question.terms.count; i++) {
        const struct term *term = &question.terms.items[i];
        joined = arena_printf(&arena, "%s%s%s%.*s", joined, i > 0 ? " " : "",
                              term->is_extra ? "+" : "", (int)term->length, term->text);
    }
    cr_expect_str_eq(joined, terms, "\"%s\": %s", text, joined);
    cr_expect_eq(question.is_question, is_question, "\"%s\"", text);
    cr_expect_eq(question.wants_time, wants_time, "\"%s\"", text);
}

Test(question, wording_tells_what_is_asked)
{
    check("When did Ida sell the boat?", "ida sell boat", true, true);
    check("what DATE was it", "date", true, true);
    check("how long is the ferry ride", "long ferri ride", true, true);
    check("the ferry ride is how long", "ferri ride long", false, false);
    check("Ida's boat?  \n", "ida s boat", true, false);
    check("Ida's boat", "ida s boat", false, false);
    check("Whose boat", "whose boat", true, false);
    check("", "", false, false);
    check("?", "", true, false);
}

Test(question, stop_words_alone_are_searched_for)
{
    check("Who are you?", "who are you", true, false);
    check("and/or", "and or +and/or", false, false);
    check("and then", "and then", false, false);
}

Test(question, duplicates_stay_in_order)
{
    check("boat after boat", "boat boat", false, false);
}

Test(question, a_cjk_query_asks_for_pairs_alone_or_for_one_character)
{
    check("黒猫が", "黒猫 猫が", false, false);
    check("猫?", "猫", true, false);
}

Test(question, a_word_longer_than_any_list_s_is_no_question_word)
{
    char text[300];
    for (size_t i = 0; i + 1 < sizeof text; i++) text[i] = "when"[i % 4];
    text[sizeof text - 1] = '\0';
    struct question question;
    cr_assert(question_analyze(analyzer, text, &arena, &question));
    cr_expect(!question.is_question && !question.wants_time);
    cr_expect_eq(question.terms.count, 1);
}

static bool fails(void *context)
{
    (void)context;
    return true;
}

Test(question, running_out_of_memory_is_told)
{
    struct question question;
    mem_set_hook(fails, NULL);
    cr_expect(!question_analyze(analyzer, "kettle", &arena, &question));
    mem_set_hook(NULL, NULL);
    cr_expect_eq(question.terms.count, 0);
}
