#include "cli/page.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PAGE_BYTES ((size_t)4 * LIMIT_RESULT_BYTES)
#define WRAP_WIDTH 100 // longer lines are hard to read, however wide the window
#define WRAP_LEAST 20  // of text beside an indent
#define REPLACEMENT "\xEF\xBF\xBD"
#define ELLIPSIS "\xE2\x80\xA6"

static const char *const style_codes[] = {[STYLE_PLAIN] = "",
                                          [STYLE_STRONG] = "\033[1m",
                                          [STYLE_FAINT] = "\033[2m",
                                          [STYLE_GOOD] = "\033[32m",
                                          [STYLE_BAD] = "\033[31m"};

void page_init(struct page *page, const struct terminal *terminal)
{
    strbuf_init(&page->text, PAGE_BYTES);
    page->terminal = terminal;
}

void page_clear(struct page *page)
{
    strbuf_clear(&page->text);
}

static bool begin_style(struct page *page, enum style style)
{
    bool shows = style != STYLE_PLAIN && page->terminal->has_styles;
    if (shows) {
        strbuf_add_text(&page->text, style_codes[style]);
    }
    return shows;
}

static void end_style(struct page *page, bool shows)
{
    if (shows) {
        strbuf_add_text(&page->text, "\033[0m");
    }
}

static bool is_line_white(uint32_t point)
{
    return point == '\n' || point == '\t' || point == '\r' || point == 0x2028 || point == 0x2029;
}

/* One character of a line. */
static void add_point(struct page *page, const char *bytes, size_t length, uint32_t point)
{
    if (is_line_white(point)) {
        strbuf_add_char(&page->text, ' ');
    } else if (utf8_is_control(point)) {
        strbuf_add_text(&page->text, REPLACEMENT);
    } else {
        strbuf_add(&page->text, bytes, length);
    }
}

/* The first `length` bytes of a text, on one line. */
static void add_line(struct page *page, const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t start = at;
        uint32_t point = utf8_next(text, length, &at);
        add_point(page, text + start, at - start, point);
    }
}

static size_t columns_of(uint32_t point)
{
    return point >= 0x300 && utf8_is_nonspacing(point) ? 0 : 1;
}

static size_t measure(const char *text, size_t length)
{
    size_t at = 0, columns = 0;
    while (at < length) {
        columns += columns_of(utf8_next(text, length, &at));
    }
    return columns;
}

size_t page_width(const char *text)
{
    return measure(text, strlen(text));
}

void page_add(struct page *page, enum style style, const char *text)
{
    bool shows = begin_style(page, style);
    add_line(page, text, strlen(text));
    end_style(page, shows);
}

void page_printf(struct page *page, enum style style, const char *format, ...)
{
    char text[PAGE_PRINTF_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    assert(length >= 0 && (size_t)length < sizeof text);
    page_add(page, style, text);
}

size_t page_add_cut(struct page *page, enum style style, const char *text, size_t columns)
{
    size_t length = strlen(text), width = measure(text, length);
    if (width <= columns) {
        page_add(page, style, text);
        return width;
    }
    bool shows = begin_style(page, style);
    size_t at = 0, used = 0, end = 0;
    while (used < columns) {
        end = at;
        used += columns_of(utf8_next(text, length, &at));
    }
    add_line(page, text, end);
    strbuf_add_text(&page->text, ELLIPSIS);
    end_style(page, shows);
    return columns;
}

void page_spaces(struct page *page, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strbuf_add_char(&page->text, ' ');
    }
}

void page_end_line(struct page *page)
{
    size_t length = page->text.length;
    while (length > 0 && page->text.text[length - 1] == ' ') {
        length--;
    }
    strbuf_truncate(&page->text, length);
    strbuf_add_char(&page->text, '\n');
}

/* Bytes of the first line of a paragraph that is `columns` wide: broken at a space, else where it is full. */
static size_t break_line(const char *text, size_t length, size_t columns)
{
    size_t at = 0, used = 0, space = 0;
    while (at < length) {
        size_t start = at;
        uint32_t point = utf8_next(text, length, &at);
        if (point == ' ') {
            space = start;
        }
        used += columns_of(point);
        if (used > columns) {
            return space > 0 ? space : start;
        }
    }
    return length;
}

/* Lines of one paragraph; the first begins `lead` columns from where the page stands. */
static void wrap_paragraph(struct page *page, enum style style, size_t indent, size_t lead,
                           const char *text, size_t length)
{
    size_t width = page->terminal->width < WRAP_WIDTH ? page->terminal->width : WRAP_WIDTH;
    size_t columns = width > indent + WRAP_LEAST ? width - indent : WRAP_LEAST;
    do {
        size_t line = break_line(text, length, columns);
        page_spaces(page, lead);
        bool shows = line > 0 && begin_style(page, style);
        add_line(page, text, line);
        end_style(page, shows);
        page_end_line(page);
        while (line < length && text[line] == ' ') {
            line++;
        }
        text += line;
        length -= line;
        lead = indent;
    } while (length > 0);
}

static void wrap_text(struct page *page, enum style style, size_t indent, size_t lead,
                      const char *text)
{
    while (true) {
        const char *end = strchr(text, '\n');
        size_t length = end ? (size_t)(end - text) : strlen(text);
        size_t kept = length > 0 && text[length - 1] == '\r' ? length - 1 : length;
        wrap_paragraph(page, style, indent, lead, text, kept);
        if (end == NULL || end[1] == '\0') {
            return;
        }
        text = end + 1;
        lead = indent;
    }
}

void page_wrap(struct page *page, enum style style, size_t indent, const char *text)
{
    wrap_text(page, style, indent, indent, text);
}

void page_hang(struct page *page, size_t indent, size_t used, const char *text)
{
    if (used < indent) {
        wrap_text(page, STYLE_PLAIN, indent, indent - used, text);
        return;
    }
    page_end_line(page);
    page_wrap(page, STYLE_PLAIN, indent, text);
}

void page_raw(struct page *page, const char *text)
{
    size_t length = strlen(text), at = 0;
    if (!page->terminal->is_terminal) {
        strbuf_add(&page->text, text, length);
        return;
    }
    while (at < length) {
        size_t start = at;
        uint32_t point = utf8_next(text, length, &at);
        if (is_line_white(point)) {
            strbuf_add(&page->text, text + start, at - start);
        } else {
            add_point(page, text + start, at - start, point);
        }
    }
}
