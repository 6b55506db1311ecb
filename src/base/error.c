/*
 * Words for errors may quote what came from outside. Whatever it was, the message is one line of valid UTF-8, so that
 * every face can show it.
 */
#include "base/error.h"

#include "base/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct error_mapping mappings[] = {
    [MNEME_OK] = {"OK", 200, 0},
    [MNEME_INVALID] = {"INVALID", 400, 2},
    [MNEME_NOT_FOUND] = {"NOT_FOUND", 404, 4},
    [MNEME_CONFLICT] = {"CONFLICT", 409, 5},
    [MNEME_DENIED] = {"DENIED", 403, 6},
    [MNEME_LIMIT] = {"LIMIT", 413, 7},
    [MNEME_BUSY] = {"BUSY", 503, 8},
    [MNEME_TIMEOUT] = {"TIMEOUT", 504, 9},
    [MNEME_UNAVAILABLE] = {"UNAVAILABLE", 503, 10},
    [MNEME_STORAGE] = {"STORAGE", 507, 11},
    [MNEME_REMOTE] = {"REMOTE", 502, 12},
    [MNEME_NOMEM] = {"NOMEM", 503, 13},
    [MNEME_UNSUPPORTED] = {"UNSUPPORTED", 501, 14},
    [MNEME_INTERNAL] = {"INTERNAL", 500, 70},
};

static bool breaks_line(uint32_t point)
{
    return utf8_is_control(point) || point == 0x2028 || point == 0x2029;
}

/* Copies what fits, characters whole. What breaks a line becomes a space, a stray byte a `?`. */
static void put_line(char *out, size_t capacity, const char *text)
{
    size_t used = 0;
    while (*text) {
        size_t size = 1, at = 0;
        while (size < 4 && (text[size] & 0xC0) == 0x80) size++;
        const char *piece = text;
        size_t piece_size = size;
        if (!utf8_is_valid(text, size)) {
            piece = "?";
            size = piece_size = 1;
        } else if (breaks_line(utf8_next(text, size, &at))) {
            piece = " ";
            piece_size = 1;
        }
        if (used + piece_size >= capacity) break;
        memcpy(out + used, piece, piece_size);
        used += piece_size;
        text += size;
    }
    out[used] = '\0';
}

PRINTF_LIKE(3, 0)
static void fill(struct mneme_error *err, enum mneme_code code, const char *format,
                 va_list arguments)
{
    char words[4 * sizeof err->message];
    *err = (struct mneme_error){.code = code};
    if (vsnprintf(words, sizeof words, format, arguments) < 0) words[0] = '\0';
    put_line(err->message, sizeof err->message, words);
}

enum mneme_code error_set(struct mneme_error *err, enum mneme_code code, const char *format, ...)
{
    if (!err) return code;
    va_list arguments;
    va_start(arguments, format);
    fill(err, code, format, arguments);
    va_end(arguments);
    return code;
}

enum mneme_code error_field(struct mneme_error *err, enum mneme_code code, const char *field,
                            const char *rule, const char *format, ...)
{
    if (!err) return code;
    assert(field && rule);
    va_list arguments;
    va_start(arguments, format);
    fill(err, code, format, arguments);
    va_end(arguments);
    put_line(err->field, sizeof err->field, field);
    put_line(err->rule, sizeof err->rule, rule);
    return code;
}

enum mneme_code error_copy(struct mneme_error *err, const struct mneme_error *from)
{
    if (err != NULL) {
        *err = *from;
    }
    return from->code;
}

enum mneme_code error_nomem(struct mneme_error *err)
{
    return error_set(err, MNEME_NOMEM, "out of memory");
}

const struct error_mapping *error_mapping(enum mneme_code code)
{
    size_t index = (size_t)code;
    if (index >= sizeof mappings / sizeof *mappings) index = MNEME_INTERNAL;
    return &mappings[index];
}

const char *mneme_code_name(enum mneme_code code)
{
    return error_mapping(code)->name;
}

#define TEXT_OF(number) #number
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *mneme_version(void)
{
    return VERSION_TEXT(MNEME_VERSION_MAJOR, MNEME_VERSION_MINOR, MNEME_VERSION_PATCH);
}
