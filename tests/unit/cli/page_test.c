#include "cli/page.h"

#include "base/alloc.h"

#include <criterion/criterion.h>
#include <string.h>

static struct terminal terminal;
static struct page page;

static void set_up(void)
{
    terminal = (struct terminal){.width = 40};
    page_init(&page, &terminal);
}

static void tear_down(void)
{
    page_clear(&page);
}

TestSuite(page, .init = set_up, .fini = tear_down);

Test(page, wraps_between_words_and_keeps_line_breaks)
{
    page_wrap(&page, STYLE_PLAIN, 4,
              "one two three four five six seven eight nine\n\nten\r\neleven\n");
    cr_assert_str_eq(page.text.text, "    one two three four five six seven\n"
                                     "    eight nine\n"
                                     "\n"
                                     "    ten\n"
                                     "    eleven\n");
}

Test(page, breaks_a_word_that_is_longer_than_a_line_but_no_character)
{
    char text[3 * 50 + 1] = "";
    for (size_t i = 0; i < 50; i++) memcpy(text + 3 * i, "\xE6\x9D\xB1", 4);
    page_wrap(&page, STYLE_PLAIN, 0, text);
    cr_assert_eq(strcspn(page.text.text, "\n"), 3 * 40);
    cr_assert_eq(page.text.length, 3 * 50 + 2);
}

Test(page, writes_an_empty_text_as_an_empty_line)
{
    page_wrap(&page, STYLE_PLAIN, 4, "");
    cr_assert_str_eq(page.text.text, "\n");
}

Test(page, hangs_a_text_behind_what_stands_there)
{
    page_add(&page, STYLE_PLAIN, "head");
    page_hang(&page, 10, 4, "words that are longer than what is left of it");
    cr_assert_str_eq(page.text.text, "head      words that are longer than\n"
                                     "          what is left of it\n");
    strbuf_truncate(&page.text, 0);
    page_add(&page, STYLE_PLAIN, "a longer head");
    page_hang(&page, 10, 13, "words");
    cr_assert_str_eq(page.text.text, "a longer head\n          words\n");
}

Test(page, cuts_between_characters_and_says_so)
{
    cr_assert_eq(page_add_cut(&page, STYLE_PLAIN, "caf\xC3\xA9 noir", 5), 5);
    cr_assert_str_eq(page.text.text, "caf\xC3\xA9\xE2\x80\xA6");
    strbuf_truncate(&page.text, 0);
    cr_assert_eq(page_add_cut(&page, STYLE_PLAIN, "caf\xC3\xA9", 4), 4);
    cr_assert_str_eq(page.text.text, "caf\xC3\xA9");
    strbuf_truncate(&page.text, 0);
    // an e and its accent as two code points stay together
    cr_assert_eq(page_add_cut(&page, STYLE_PLAIN, "cafe\xCC\x81 noir", 5), 5);
    cr_assert_str_eq(page.text.text, "cafe\xCC\x81\xE2\x80\xA6");
}

Test(page, shows_no_control_character_and_no_turned_text)
{
    page_add(&page, STYLE_PLAIN,
             "a\033[31mb\xC2\x9Bm\tc\nd\xE2\x80\xAE"
             "e");
    cr_assert_str_eq(page.text.text, "a\xEF\xBF\xBD[31mb\xEF\xBF\xBDm c d\xEF\xBF\xBD"
                                     "e");
    strbuf_truncate(&page.text, 0);
    page_wrap(&page, STYLE_PLAIN, 0, "a\033]0;title\007");
    cr_assert_eq(strchr(page.text.text, '\033'), NULL);
    cr_assert_eq(strchr(page.text.text, '\007'), NULL);
}

Test(page, gives_raw_text_to_programs_but_not_to_terminals)
{
    page_raw(&page, "a\033b\n\tc");
    cr_assert_str_eq(page.text.text, "a\033b\n\tc");
    strbuf_truncate(&page.text, 0);
    terminal.is_terminal = true;
    page_raw(&page, "a\033b\n\tc");
    cr_assert_str_eq(page.text.text, "a\xEF\xBF\xBD"
                                     "b\n\tc");
}

Test(page, sets_styles_only_where_they_show)
{
    page_add(&page, STYLE_STRONG, "plain");
    cr_assert_str_eq(page.text.text, "plain");
    strbuf_truncate(&page.text, 0);
    terminal.has_styles = true;
    page_add(&page, STYLE_STRONG, "strong");
    cr_assert_str_eq(page.text.text, "\033[1mstrong\033[0m");
}

Test(page, ends_no_line_in_blanks)
{
    page_add(&page, STYLE_PLAIN, "word   ");
    page_spaces(&page, 5);
    page_end_line(&page);
    cr_assert_str_eq(page.text.text, "word\n");
}

static bool always(void *context)
{
    (void)context;
    return true;
}

Test(page, remembers_that_memory_ran_out)
{
    mem_set_hook(always, NULL);
    page_wrap(&page, STYLE_PLAIN, 0,
              "words that want memory, and more of them than fit a first block");
    mem_set_hook(NULL, NULL);
    cr_assert_eq(strbuf_code(&page.text), MNEME_NOMEM);
}
