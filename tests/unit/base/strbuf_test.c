#include "base/strbuf.h"

#include "base/alloc.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <string.h>

static struct strbuf buf;

static void set_up(void)
{
    strbuf_init(&buf, 1000);
}

static void tear_down(void)
{
    strbuf_clear(&buf);
}

TestSuite(strbuf, .init = set_up, .fini = tear_down);

static bool always(void *context)
{
    (void)context;
    return true;
}

Test(strbuf, is_an_empty_text_without_any_allocation)
{
    mem_set_hook(always, NULL);
    struct strbuf fresh;
    strbuf_init(&fresh, 10);
    cr_assert_str_eq(fresh.text, "");
    strbuf_add(&fresh, NULL, 0);
    strbuf_add_text(&fresh, "");
    strbuf_truncate(&fresh, 0);
    cr_assert_eq(strbuf_code(&fresh), MNEME_OK);
    strbuf_clear(&fresh);
    mem_set_hook(NULL, NULL);
}

Test(strbuf, adds_bytes_texts_characters_and_prints)
{
    strbuf_add(&buf, "one, and more", 3);
    strbuf_add_char(&buf, ' ');
    strbuf_add_text(&buf, "two");
    strbuf_printf(&buf, " %d %s", 3, "four");
    cr_assert_str_eq(buf.text, "one two 3 four");
    cr_assert_eq(buf.length, strlen(buf.text));
}

Test(strbuf, always_ends_with_nul_while_it_grows)
{
    for (size_t i = 0; i < 1000; i++) {
        strbuf_add_char(&buf, (char)('a' + i % 26));
        cr_assert_eq(buf.length, i + 1);
        cr_assert_eq(strlen(buf.text), i + 1);
    }
    cr_assert_eq(strbuf_code(&buf), MNEME_OK, "exactly the maximum is allowed");
}

Test(strbuf, prints_past_its_room_and_into_none)
{
    strbuf_printf(&buf, "%063d", 1); // fills the first block to the last byte
    cr_assert_eq(buf.length, 63);
    strbuf_printf(&buf, "%s", "");
    strbuf_printf(&buf, "%0200d", 2);
    cr_assert_eq(buf.length, 263);
    cr_assert_eq(buf.text[262], '2');
    cr_assert_eq(strlen(buf.text), 263);
}

Test(strbuf, past_max_fails_once_and_stays_failed)
{
    struct strbuf small;
    strbuf_init(&small, 5);
    strbuf_add_text(&small, "1234");
    strbuf_add_text(&small, "56");
    cr_assert_eq(strbuf_code(&small), MNEME_LIMIT);
    cr_assert_str_eq(small.text, "1234", "keeps what it had");
    strbuf_add_char(&small, '5');
    strbuf_printf(&small, "5");
    cr_assert_str_eq(small.text, "1234", "ignores what follows");
    cr_assert_eq(strbuf_code(&small), MNEME_LIMIT);
    cr_assert_null(strbuf_take(&small));
    cr_assert_eq(strbuf_code(&small), MNEME_OK, "and is a new buffer after it was taken");
}

Test(strbuf, printing_past_max_leaves_no_half_piece)
{
    struct strbuf small;
    strbuf_init(&small, 80);
    strbuf_add_text(&small, "kept");
    strbuf_printf(&small, "%0100d", 1);
    cr_assert_str_eq(small.text, "kept");
    cr_assert_eq(small.length, 4);
    cr_assert_eq(strbuf_code(&small), MNEME_LIMIT);
    strbuf_clear(&small);
}

Test(strbuf, maximum_of_zero_takes_nothing)
{
    struct strbuf none;
    strbuf_init(&none, 0);
    strbuf_add_char(&none, 'x');
    cr_assert_eq(strbuf_code(&none), MNEME_LIMIT);
    cr_assert_str_eq(none.text, "");
}

Test(strbuf, unbounded_maximum_does_not_overflow)
{
    struct strbuf large;
    strbuf_init(&large, SIZE_MAX);
    strbuf_add_text(&large, "x");
    strbuf_add(&large, "y", SIZE_MAX - 1); // refused before a byte is read
    cr_assert_neq(strbuf_code(&large), MNEME_OK);
    cr_assert_str_eq(large.text, "x");
    strbuf_clear(&large);
}

Test(strbuf, out_of_memory_is_sticky)
{
    strbuf_add_text(&buf, "kept");
    mem_set_hook(always, NULL);
    strbuf_printf(&buf, "%0100d", 1);
    mem_set_hook(NULL, NULL);
    cr_assert_eq(strbuf_code(&buf), MNEME_NOMEM);
    strbuf_add_char(&buf, 'x');
    cr_assert_str_eq(buf.text, "kept");
}

Test(strbuf, truncating_to_nothing_forgets_the_error)
{
    strbuf_add_text(&buf, "text");
    strbuf_truncate(&buf, 2);
    cr_assert_str_eq(buf.text, "te");
    buf.code = MNEME_LIMIT;
    strbuf_truncate(&buf, 1);
    cr_assert_eq(strbuf_code(&buf), MNEME_LIMIT, "a part is still not the whole");
    strbuf_truncate(&buf, 0);
    cr_assert_eq(strbuf_code(&buf), MNEME_OK);
    strbuf_add_text(&buf, "new");
    cr_assert_str_eq(buf.text, "new");
}

Test(strbuf, taken_text_is_the_callers)
{
    strbuf_add_text(&buf, "text");
    char *text = strbuf_take(&buf);
    strbuf_add_text(&buf, "next");
    cr_assert_str_eq(text, "text");
    cr_assert_str_eq(buf.text, "next");
    mem_free(text);
}

Test(strbuf, taking_from_an_empty_buffer_gives_an_empty_text)
{
    char *text = strbuf_take(&buf);
    cr_assert_str_eq(text, "");
    mem_free(text);
    mem_set_hook(always, NULL);
    text = strbuf_take(&buf);
    mem_set_hook(NULL, NULL);
    cr_assert_null(text);
}

static enum mneme_code fill_and_take(void *context)
{
    (void)context;
    struct strbuf own;
    strbuf_init(&own, 10000);
    for (int i = 0; i < 500; i++) strbuf_printf(&own, "%d,", i);
    enum mneme_code code = strbuf_code(&own);
    char *text = strbuf_take(&own);
    cr_assert_eq(text != NULL, code == MNEME_OK);
    mem_free(text);
    return code;
}

Test(strbuf, out_of_memory_at_each_allocation_is_reported)
{
    cr_assert_gt(support_fail_each(fill_and_take, NULL), 2);
}
