#include "base/strbuf.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_CAPACITY 64
#define LARGEST_MAX (SIZE_MAX / 2 - 1) // so that no sum of sizes overflows

static char nothing[1]; // the text of every buffer without memory; never written

void strbuf_init(struct strbuf *buf, size_t max_bytes)
{
    if (max_bytes > LARGEST_MAX) max_bytes = LARGEST_MAX;
    *buf = (struct strbuf){.text = nothing, .max = max_bytes};
}

void strbuf_clear(struct strbuf *buf)
{
    if (buf->capacity > 0) mem_free(buf->text);
    strbuf_init(buf, buf->max);
}

void strbuf_truncate(struct strbuf *buf, size_t length)
{
    assert(length <= buf->length);
    buf->length = length;
    if (buf->capacity > 0) buf->text[length] = '\0';
    if (length == 0) buf->code = MNEME_OK;
}

/* Room for `more` bytes and the NUL. */
static bool grow(struct strbuf *buf, size_t more)
{
    if (more > buf->max - buf->length) {
        buf->code = MNEME_LIMIT;
        return false;
    }
    size_t needed = buf->length + more + 1;
    size_t capacity = buf->capacity > 0 ? buf->capacity : FIRST_CAPACITY;
    while (capacity < needed) capacity *= 2;
    if (capacity - 1 > buf->max) capacity = buf->max + 1;
    char *text = mem_resize(buf->capacity > 0 ? buf->text : NULL, capacity);
    if (!text) {
        buf->code = MNEME_NOMEM;
        return false;
    }
    buf->text = text;
    buf->capacity = capacity;
    return true;
}

static inline bool has_room(struct strbuf *buf, size_t more)
{
    if (buf->code != MNEME_OK) return false;
    return more < buf->capacity - buf->length || grow(buf, more);
}

void strbuf_add(struct strbuf *buf, const char *bytes, size_t length)
{
    if (length == 0 || !has_room(buf, length)) return;
    memcpy(buf->text + buf->length, bytes, length);
    buf->length += length;
    buf->text[buf->length] = '\0';
}

void strbuf_add_text(struct strbuf *buf, const char *text)
{
    strbuf_add(buf, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buf, char c)
{
    if (!has_room(buf, 1)) return;
    buf->text[buf->length++] = c;
    buf->text[buf->length] = '\0';
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
    if (buf->code != MNEME_OK) return;
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t room = buf->capacity - buf->length;
    int length = vsnprintf(room > 0 ? buf->text + buf->length : NULL, room, format, arguments);
    if (length < 0) {
        buf->code = errno == EOVERFLOW ? MNEME_LIMIT : MNEME_NOMEM;
    } else if ((size_t)length < room) {
        buf->length += (size_t)length;
    } else if (has_room(buf, (size_t)length)) {
        (void)vsnprintf(buf->text + buf->length, (size_t)length + 1, format, again);
        buf->length += (size_t)length;
    }
    if (buf->capacity > 0) buf->text[buf->length] = '\0'; // also where a piece did not fit
    va_end(again);
    va_end(arguments);
}

enum mneme_code strbuf_code(const struct strbuf *buf)
{
    return buf->code;
}

char *strbuf_take(struct strbuf *buf)
{
    char *text = NULL;
    if (buf->code == MNEME_OK && buf->capacity > 0) {
        text = buf->text;
        buf->capacity = 0; // so that clear leaves it alone
    } else if (buf->code == MNEME_OK) {
        text = mem_copy_text("");
    }
    strbuf_clear(buf);
    return text;
}
