/*
 * A growing text: never NULL, always NUL-terminated, with a maximum fixed at init.
 *
 * Errors are sticky and asked once: past the maximum or out of memory the buffer keeps what it had, ignores what
 * follows, and strbuf_code says LIMIT or NOMEM.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include "base/error.h"

struct strbuf {
    char *text;
    size_t length, capacity, max;
    enum mneme_code code;
};

void strbuf_init(struct strbuf *buf, size_t max_bytes); /* no allocation */
/* frees; usable again with the same maximum */
void strbuf_clear(struct strbuf *buf);
/* keeps the memory; forgets an error when length is 0 */
void strbuf_truncate(struct strbuf *buf, size_t length);

void strbuf_add(struct strbuf *buf, const char *bytes, size_t length);
void strbuf_add_text(struct strbuf *buf, const char *text);
void strbuf_add_char(struct strbuf *buf, char c);
void strbuf_printf(struct strbuf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

enum mneme_code strbuf_code(const struct strbuf *buf);
/* The caller becomes the owner of the text (mem_free); the buffer is empty again. NULL after an error. */
char *strbuf_take(struct strbuf *buf);

#endif
