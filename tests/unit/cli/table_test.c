#include "cli/table.h"

#include <criterion/criterion.h>
#include <string.h>

static struct terminal terminal;
static struct page page;
static struct arena arena;
static struct table table;

static const struct table_column columns[] = {{.heading = "id"},
                                              {.heading = "empty"},
                                              {.heading = "n", .is_number = true},
                                              {.heading = "text"}};

static void add(const char *id, const char *number, const char *text)
{
    const char **cells = table_add_row(&table);
    cr_assert_not_null(cells);
    cells[0] = id;
    cells[2] = number;
    cells[3] = text;
}

static void set_up(void)
{
    terminal = (struct terminal){.width = 40};
    page_init(&page, &terminal);
    arena_init(&arena);
    table_init(&table, &arena, columns, 4);
}

static void tear_down(void)
{
    page_clear(&page);
    arena_clear(&arena);
}

TestSuite(table, .init = set_up, .fini = tear_down);

Test(table, aligns_columns_and_leaves_empty_ones_out)
{
    add("a", "7", "first");
    add("b\xC3\xA9"
        "b",
        "123", "second");
    add("c", NULL, NULL);
    table_print(&table, &page);
    cr_assert_str_eq(page.text.text, "id     n  text\n"
                                     "a      7  first\n"
                                     "b\xC3\xA9"
                                     "b  123  second\n"
                                     "c\n");
}

Test(table, prints_nothing_without_rows)
{
    table_print(&table, &page);
    cr_assert_str_eq(page.text.text, "");
}

Test(table, prints_nothing_of_rows_that_are_empty)
{
    add(NULL, NULL, NULL);
    table_print(&table, &page);
    cr_assert_str_eq(page.text.text, "\n\n");
}

Test(table, cuts_the_last_column_only_where_the_width_is_known)
{
    const char *text = "a text that is much longer than the forty columns of this terminal";
    add("a", "1", text);
    table_print(&table, &page);
    cr_assert_not_null(strstr(page.text.text, text));
    strbuf_truncate(&page.text, 0);
    terminal.is_cutting = true;
    table_print(&table, &page);
    cr_assert_str_eq(page.text.text, "id  n  text\n"
                                     "a   1  a text that is much longer than \xE2\x80\xA6\n");
    strbuf_truncate(&page.text, 0);
    table.is_whole = true;
    table_print(&table, &page);
    cr_assert_not_null(strstr(page.text.text, text));
}

Test(table, keeps_a_cell_on_one_line)
{
    add("a", "1", "two\nlines");
    table_print(&table, &page);
    cr_assert_str_eq(page.text.text, "id  n  text\na   1  two lines\n");
}
