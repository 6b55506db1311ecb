/*
 * The writer part of json.h: answers go straight into a buffer, without a tree in between.
 *
 * Reals. printf with rising precision and a check by strtod finds the shortest text but takes most of a microsecond,
 * and an answer holds a hundred of them. Within 1e-4 .. 1e15 we do the same exactly in integers: the number is
 * f * 2^-s with f < 2^53, so f * 10^k fits 128 bits for all k that are needed, and shifting it by s gives the decimal
 * digits. Those read back as the same number if they are less than half a unit of f away.
 */
#include "base/json.h"
#include "base/limits.h"
#include "base/timestamp.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_TEXT_MAX 40

void json_writer_init(struct json_writer *writer, struct strbuf *out)
{
    *writer = (struct json_writer){.out = out};
}

/* Whether a byte stands for itself in a JSON string. */
static inline bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/* How many bytes from here on stand for themselves. */
static size_t plain_length(const char *text, size_t length)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    size_t at = 0;
    for (; length - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, text + at, sizeof word);
        uint64_t quotes = word ^ ones * '"', backslashes = word ^ ones * '\\';
        // A byte's top bit is set where the byte less 1 (or less 0x20) borrows; exact up to the first such byte.
        uint64_t found = ((quotes - ones) & ~quotes) | ((backslashes - ones) & ~backslashes) |
                         ((word - ones * 0x20) & ~word);
        if (found & tops) break;
    }
    while (at < length && is_plain(text[at])) at++;
    return at;
}

static void add_escape(struct strbuf *out, char c)
{
    static const char hex[] = "0123456789abcdef";
    switch (c) {
    case '"': strbuf_add(out, "\\\"", 2); break;
    case '\\': strbuf_add(out, "\\\\", 2); break;
    case '\b': strbuf_add(out, "\\b", 2); break;
    case '\f': strbuf_add(out, "\\f", 2); break;
    case '\n': strbuf_add(out, "\\n", 2); break;
    case '\r': strbuf_add(out, "\\r", 2); break;
    case '\t': strbuf_add(out, "\\t", 2); break;
    default: {
        unsigned char byte = (unsigned char)c;
        char escape[] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
        strbuf_add(out, escape, sizeof escape);
        break;
    }
    }
}

static void add_string(struct strbuf *out, const char *text, size_t length)
{
    strbuf_add_char(out, '"');
    for (;;) {
        size_t plain = plain_length(text, length);
        strbuf_add(out, text, plain);
        if (plain == length) break;
        add_escape(out, text[plain]);
        text += plain + 1;
        length -= plain + 1;
    }
    strbuf_add_char(out, '"');
}

/* What comes before a value: the comma, the name. */
static void begin_value(struct json_writer *writer, const char *name)
{
    if (writer->needs_comma) strbuf_add_char(writer->out, ',');
    writer->needs_comma = true;
    if (name) {
        add_string(writer->out, name, strlen(name));
        strbuf_add_char(writer->out, ':');
    }
}

static void open_container(struct json_writer *writer, const char *name, char bracket)
{
    begin_value(writer, name);
    strbuf_add_char(writer->out, bracket);
    writer->needs_comma = false;
}

static void close_container(struct json_writer *writer, char bracket)
{
    strbuf_add_char(writer->out, bracket);
    writer->needs_comma = true;
}

void json_begin_object(struct json_writer *writer, const char *name)
{
    open_container(writer, name, '{');
}

void json_end_object(struct json_writer *writer)
{
    close_container(writer, '}');
}

void json_begin_array(struct json_writer *writer, const char *name)
{
    open_container(writer, name, '[');
}

void json_end_array(struct json_writer *writer)
{
    close_container(writer, ']');
}

void json_write_text(struct json_writer *writer, const char *name, const char *text)
{
    if (!text) {
        json_write_null(writer, name);
        return;
    }
    begin_value(writer, name);
    add_string(writer->out, text, strlen(text));
}

void json_write_integer(struct json_writer *writer, const char *name, int64_t value)
{
    char digits[NUMBER_TEXT_MAX];
    char *end = digits + sizeof digits, *at = end;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0) *--at = '-';
    begin_value(writer, name);
    strbuf_add(writer->out, at, (size_t)(end - at));
}

__extension__ typedef unsigned __int128 wide;

/* value = fraction * 2^-shift, with 53 bits of fraction; for SMALLEST_PLAIN <= value < LARGEST_PLAIN. */
#define SMALLEST_PLAIN 1e-4
#define LARGEST_PLAIN 1e15
struct binary {
    uint64_t fraction;
    int shift;
};

static struct binary take_apart(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    return (struct binary){mantissa | UINT64_C(1) << 52, 1075 - (int)(bits >> 52)};
}

/* The decimal digits with `places` behind the point, rounded to even; true if they read back as the number. */
static bool round_to(struct binary binary, int places, uint64_t *digits)
{
    static const uint64_t powers[] = {1,       10,       100,       1000,       10000,      100000,
                                      1000000, 10000000, 100000000, 1000000000, 10000000000};
    int part = places / 2; // places <= 20
    wide power = (wide)powers[part] * powers[places - part];
    wide scaled = binary.fraction * power;
    wide half = (wide)1 << (binary.shift - 1);
    wide rest = scaled & (half * 2 - 1);
    uint64_t rounded = (uint64_t)(scaled >> binary.shift);
    bool is_up = rest > half || (rest == half && (rounded & 1) != 0);
    *digits = rounded + is_up;
    if (is_up) return (half * 2 - rest) * 2 < power;
    // Below a power of two the numbers lie twice as close.
    bool is_power = binary.fraction == UINT64_C(1) << 52;
    return rest * (is_power ? 4 : 2) < power;
}

/* Writes digits with a point `places` from their end, at least one before and behind it; returns the length. */
static size_t put_point(char out[NUMBER_TEXT_MAX], uint64_t digits, int places)
{
    for (; places > 1 && digits % 10 == 0; places--) digits /= 10;
    if (places == 0) {
        digits *= 10;
        places = 1;
    }
    char reversed[NUMBER_TEXT_MAX];
    size_t length = 0;
    while (digits > 0 || places >= 0) {
        if (places-- == 0) reversed[length++] = '.';
        reversed[length++] = (char)('0' + digits % 10);
        digits /= 10;
    }
    for (size_t i = 0; i < length; i++) out[i] = reversed[length - 1 - i];
    return length;
}

static size_t put_plain(char out[NUMBER_TEXT_MAX], double value)
{
    static const double powers[] = {1e-3, 1e-2, 1e-1, 1e0, 1e1,  1e2,  1e3,  1e4,  1e5,
                                    1e6,  1e7,  1e8,  1e9, 1e10, 1e11, 1e12, 1e13, 1e14};
    int before = -3; // digits before the point; for numbers below .1, minus the zeros behind it
    for (size_t i = 0; i < sizeof powers / sizeof *powers && value >= powers[i]; i++) before++;
    struct binary binary = take_apart(value);
    uint64_t digits;
    int places = 15 - before;
    while (!round_to(binary, places, &digits) && places < 17 - before) places++;
    return put_point(out, digits, places);
}

/* printf's text made JSON's: a point whatever the locale says, and the mark of a real number. */
static size_t put_printed(char out[NUMBER_TEXT_MAX], double value)
{
    char printed[NUMBER_TEXT_MAX];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(printed, sizeof printed, "%.*g", digits, value);
        if (strtod(printed, NULL) == value) break;
    }
    bool is_marked = false;
    size_t length = 0;
    for (const char *at = printed; *at; at++) {
        bool is_number_char = strchr("0123456789+-e", *at) != NULL;
        if (is_number_char)
            out[length++] = *at;
        else if (!is_marked)
            out[length++] = '.'; // one for all bytes of a foreign sign
        is_marked = is_marked || !is_number_char || *at == 'e';
    }
    if (!is_marked) {
        out[length++] = '.';
        out[length++] = '0';
    }
    return length;
}

void json_write_real(struct json_writer *writer, const char *name, double value)
{
    if (!isfinite(value)) {
        json_write_null(writer, name);
        return;
    }
    char text[NUMBER_TEXT_MAX];
    size_t length = 0;
    double size = fabs(value);
    if (size == 0) {
        length = put_point(text, 0, 0);
    } else if (size >= SMALLEST_PLAIN && size < LARGEST_PLAIN) {
        if (value < 0) text[length++] = '-';
        length += put_plain(text + length, size);
    } else {
        length = put_printed(text, value);
    }
    begin_value(writer, name);
    strbuf_add(writer->out, text, length);
}

void json_write_boolean(struct json_writer *writer, const char *name, bool value)
{
    begin_value(writer, name);
    strbuf_add_text(writer->out, value ? "true" : "false");
}

void json_write_null(struct json_writer *writer, const char *name)
{
    begin_value(writer, name);
    strbuf_add(writer->out, "null", 4);
}

void json_write_time(struct json_writer *writer, const char *name, int64_t us)
{
    if (us == TIME_NONE) {
        json_write_null(writer, name);
        return;
    }
    char text[TIME_TEXT_MAX];
    time_format(us, text);
    json_write_text(writer, name, text);
}

void json_write_raw(struct json_writer *writer, const char *name, const char *json)
{
    begin_value(writer, name);
    strbuf_add_text(writer->out, json);
}

static void write_tree(struct json_writer *writer, const char *name, const struct json *value,
                       int depth)
{
    if (depth > LIMIT_JSON_DEPTH) {
        // What was parsed is never so deep; what was built may be.
        if (writer->out->code == MNEME_OK) writer->out->code = MNEME_LIMIT;
        return;
    }
    const char *member;
    const struct json *item;
    void *at = NULL;
    switch (json_type_of(value)) {
    case JSON_TYPE_NULL: json_write_null(writer, name); break;
    case JSON_TYPE_BOOLEAN: json_write_boolean(writer, name, json_as_boolean(value)); break;
    case JSON_TYPE_INTEGER: json_write_integer(writer, name, json_as_integer(value)); break;
    case JSON_TYPE_REAL: json_write_real(writer, name, json_as_real(value)); break;
    case JSON_TYPE_TEXT: {
        size_t length;
        const char *text = json_as_text(value, &length);
        begin_value(writer, name);
        add_string(writer->out, text, length);
        break;
    }
    case JSON_TYPE_ARRAY:
        json_begin_array(writer, name);
        for (size_t i = 0; i < json_count(value); i++)
            write_tree(writer, NULL, json_at(value, i), depth + 1);
        json_end_array(writer);
        break;
    case JSON_TYPE_OBJECT:
        json_begin_object(writer, name);
        while (json_each(value, &at, &member, &item)) write_tree(writer, member, item, depth + 1);
        json_end_object(writer);
        break;
    }
}

void json_write_value(struct json_writer *writer, const char *name, const struct json *value)
{
    write_tree(writer, name, value, 0);
}
