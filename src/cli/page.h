/*
 * A page for people: text in styles, wrapped to the width, kept until it is written at once.
 *
 * What was stored may hold anything. Control characters, and the marks that turn the direction of text around, are
 * shown as U+FFFD, so that no memory can move the cursor or set colours. Texts are valid UTF-8; nothing is cut inside
 * a character, and a column is a code point that is no mark.
 */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "base/strbuf.h"
#include "cli/terminal.h"

enum style { STYLE_PLAIN, STYLE_STRONG, STYLE_FAINT, STYLE_GOOD, STYLE_BAD };

struct page {
    struct strbuf text; /* remembers that memory ran out */
    const struct terminal *terminal;
};

void page_init(struct page *page, const struct terminal *terminal);
void page_clear(struct page *page);

/* Line breaks and tabs in what is added become spaces. */
void page_add(struct page *page, enum style style, const char *text);
/* For numbers and names of ours: fewer than PAGE_PRINTF_BYTES. */
#define PAGE_PRINTF_BYTES 200
void page_printf(struct page *page, enum style style, const char *format, ...) PRINTF_LIKE(3, 4);
/* At most `columns` wide; what is longer ends in an ellipsis. Returns the columns used. */
size_t page_add_cut(struct page *page, enum style style, const char *text, size_t columns);
void page_spaces(struct page *page, size_t count);
void page_end_line(struct page *page);
/* Whole lines, each indented, broken between words where they get too long; line breaks of the text stay. */
void page_wrap(struct page *page, enum style style, size_t indent, const char *text);
/* The same behind the `used` columns that the first line has already; the text begins at the indent. */
void page_hang(struct page *page, size_t indent, size_t used, const char *text);
/* As it is, but for control characters where the page goes to a terminal. Line breaks and tabs stay. */
void page_raw(struct page *page, const char *text);

/* Columns that the text takes on one line. */
size_t page_width(const char *text);

#endif
