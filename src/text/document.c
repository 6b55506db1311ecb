/* The analysis of a record's text, and its stored form, which README.md draws. */
#include "text/document.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "text/near.h"
#include "text/terms_internal.h"
#include "text/word.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#define FORM_VERSION 1
#define FLAG_ASKS 1
#define FLAG_HAS_TIME 2
#define FLAG_HAS_SIMHASH 4
#define FLAGS_ALL 7
#define SIMHASH_BYTES 8

/* Analysis */

/* Where the last word ends. */
static size_t last_word_end(const char *text, size_t length)
{
    size_t at = length;
    while (at > 0) {
        size_t start = at - 1;
        while (start > 0 && ((unsigned char)text[start] & 0xC0) == 0x80) start--;
        size_t next = start;
        if (word_has_point(utf8_next(text, length, &next))) return at;
        at = start;
    }
    return 0;
}

/* The last character before a place that is no white space is a question mark. */
static bool follows_question_mark(const char *text, size_t at)
{
    while (at > 0) {
        size_t start = at - 1, next;
        while (start > 0 && ((unsigned char)text[start] & 0xC0) == 0x80) start--;
        next = start;
        uint32_t point = utf8_next(text, at, &next);
        if (!word_is_space(point)) return point == '?';
        at = start;
    }
    return false;
}

/* The text ends in a question mark and signs, or the same before a caption: `? [image: a dog]`. */
static bool ends_in_question(const char *text, size_t length)
{
    static const char caption[] = "[image";
    size_t end = last_word_end(text, length);
    if (memchr(text + end, '?', length - end)) return true;
    const char *close = memchr(text + end, ']', length - end);
    if (!close) return false;
    // The caption is on one line: from its start on, look for where it may begin.
    const char *line = close;
    while (line > text && line[-1] != '\n') line--;
    for (const char *at = line; (at = strstr(at, caption)) && at < close; at++) {
        if (follows_question_mark(text, (size_t)(at - text))) return true;
    }
    return false;
}

/* Where two digits of any script that stand here end; 0 if they do not stand here. */
static size_t behind_two_digits(const char *text, size_t length, size_t at)
{
    for (unsigned i = 0; i < 2; i++) {
        if (at == length || !utf8_is_digit(utf8_next(text, length, &at))) return 0;
    }
    return at;
}

/* True if a word goes on in front of this place. */
static bool is_inside_word(const char *text, size_t length, size_t at)
{
    if (at == 0) return false;
    while (((unsigned char)text[--at] & 0xC0) == 0x80)
        ;
    return word_has_point(utf8_next(text, length, &at));
}

/* A word that is a year from 1900 to 2099. */
static bool has_year(const char *text, size_t length)
{
    for (size_t at = 0; (at += strcspn(text + at, "12")) < length; at++) {
        if (text[at + 1] != (text[at] == '1' ? '9' : '0')) continue;
        size_t end = behind_two_digits(text, length, at + 2);
        if (end > 0 && !word_has_point(utf8_next(text, length, &end)) &&
            !is_inside_word(text, length, at))
            return true;
    }
    return false;
}

static bool add_date(struct analyzer *analyzer, int64_t event_at_us, struct arena *arena,
                     struct term_list *key)
{
    const char *const *months = analyzer_language(analyzer)->month_names;
    if (event_at_us == TIME_NONE || !months) return true;
    struct civil date;
    time_to_civil(event_at_us, &date);
    const char *text = arena_printf(arena, "%d %s %d", date.day, months[date.month - 1], date.year);
    return text && analyzer_terms(analyzer, text, arena, key);
}

static bool add_key(struct analyzer *analyzer, const struct document_source *source,
                    struct arena *arena, struct term_list *key)
{
    if (source->speaker && !analyzer_terms(analyzer, source->speaker, arena, key)) return false;
    for (size_t i = 0; i < source->key_count; i++) {
        if (!analyzer_terms(analyzer, source->keys[i], arena, key)) return false;
    }
    if (source->date_text) return analyzer_terms(analyzer, source->date_text, arena, key);
    return add_date(analyzer, source->event_at_us, arena, key);
}

static unsigned clamp_count(size_t count)
{
    return count < UINT_MAX ? (unsigned)count : UINT_MAX;
}

bool document_analyze(struct analyzer *analyzer, const struct document_source *source,
                      struct arena *arena, struct document *out)
{
    const char *text = source->text;
    size_t length = strlen(text);
    size_t words = word_count_spaced(text, length);
    size_t speaker =
        source->speaker ? word_count_spaced(source->speaker, strlen(source->speaker)) : 0;
    *out = (struct document){.profile = analyzer_profile(analyzer),
                             .word_count = clamp_count(words + speaker),
                             .text_words = clamp_count(words),
                             .asks = ends_in_question(text, length)};
    struct terms_options options = {0};
    if (!terms_scan(analyzer, text, options, arena, &out->body, &out->has_time)) return false;
    if (!terms_have_words(&out->body) && out->profile != TEXT_REFERENCE) {
        options.keep_stop_words = true;
        out->body.count = 0;
        if (!terms_scan(analyzer, text, options, arena, &out->body, NULL)) return false;
    }
    out->has_time = out->has_time || has_year(text, length);
    out->simhash = near_simhash(&out->body);
    return add_key(analyzer, source, arena, &out->key);
}

/* The stored form: writing */

static void put_number(struct strbuf *out, size_t value)
{
    char bytes[(sizeof value * CHAR_BIT + 6) / 7];
    size_t count = 0;
    while (value >= 0x80) {
        bytes[count++] = (char)(value | 0x80);
        value >>= 7;
    }
    bytes[count++] = (char)value;
    strbuf_add(out, bytes, count);
}

/* The number of each term's text: by its first occurrence. */
static bool number_terms(const struct term_list *list, struct map *known, uint32_t *numbers)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct term *term = &list->items[i];
        bool added;
        uint32_t next = (uint32_t)known->count;
        numbers[i] = map_put(known, term->text, term->length, next, &added);
        if (numbers[i] == MAP_NONE) return false;
    }
    return true;
}

static void put_length(struct strbuf *out, const struct term *term)
{
    put_number(out, term->length);
}

static void put_text(struct strbuf *out, const struct term *term)
{
    strbuf_add(out, term->text, term->length);
}

/* Puts each distinct term of the list, in order; *next is the number of the next one. */
static void put_distinct(const struct term_list *list, const uint32_t *numbers, uint32_t *next,
                         struct strbuf *out, void (*put)(struct strbuf *, const struct term *))
{
    for (size_t i = 0; i < list->count; i++) {
        if (numbers[i] != *next) continue;
        put(out, &list->items[i]);
        ++*next;
    }
}

static void put_list(const struct term_list *list, const uint32_t *numbers, struct strbuf *out)
{
    put_number(out, list->count);
    for (size_t i = 0; i < list->count; i++)
        put_number(out, (size_t)numbers[i] << 1 | list->items[i].is_extra);
}

static void put_header(const struct document *document, struct strbuf *out)
{
    strbuf_add_char(out, FORM_VERSION);
    strbuf_add_char(out, (char)document->profile);
    strbuf_add_char(out, (char)((document->asks ? FLAG_ASKS : 0) |
                                (document->has_time ? FLAG_HAS_TIME : 0) |
                                (document->simhash ? FLAG_HAS_SIMHASH : 0)));
    put_number(out, document->word_count);
    put_number(out, document->text_words);
    for (unsigned i = 0; document->simhash && i < SIMHASH_BYTES; i++)
        strbuf_add_char(out, (char)(document->simhash >> 8 * i & 0xFF));
}

void document_encode(const struct document *document, struct strbuf *out)
{
    const struct term_list *body = &document->body, *key = &document->key;
    assert(body->count <= LIMIT_TERMS && key->count <= LIMIT_TERMS);
    struct map known;
    map_init(&known);
    uint32_t *of_body = mem_alloc((body->count + key->count) * sizeof *of_body);
    uint32_t *of_key = of_body ? of_body + body->count : NULL;
    if (!of_body || !number_terms(body, &known, of_body) || !number_terms(key, &known, of_key)) {
        if (out->code == MNEME_OK) out->code = MNEME_NOMEM;
    } else {
        uint32_t next = 0;
        put_header(document, out);
        put_number(out, known.count);
        put_distinct(body, of_body, &next, out, put_length);
        put_distinct(key, of_key, &next, out, put_length);
        next = 0;
        put_distinct(body, of_body, &next, out, put_text);
        put_distinct(key, of_key, &next, out, put_text);
        put_list(body, of_body, out);
        put_list(key, of_key, out);
    }
    mem_free(of_body);
    map_clear(&known);
}

/* The stored form: reading */

struct input {
    const unsigned char *at, *end;
    bool is_bad; /* stays so; what is read then is 0 */
};

static unsigned char take_byte(struct input *input)
{
    if (input->at == input->end) {
        input->is_bad = true;
        return 0;
    }
    return *input->at++;
}

/* A number below 2^32 in as few bytes as it takes. */
static uint32_t take_number(struct input *input)
{
    unsigned char byte = take_byte(input);
    uint64_t value = byte & 0x7F;
    for (unsigned shift = 7; byte & 0x80; shift += 7) {
        byte = take_byte(input);
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte == 0 || value > UINT32_MAX || shift > 28) {
            input->is_bad = true;
            return 0;
        }
    }
    return (uint32_t)value;
}

/* A number of things that take at least a byte each. */
static uint32_t take_count(struct input *input, uint32_t most)
{
    uint32_t count = take_number(input);
    if (count > most || count > (size_t)(input->end - input->at)) input->is_bad = true;
    return input->is_bad ? 0 : count;
}

static void take_header(struct input *input, struct document *out)
{
    unsigned char version = take_byte(input), profile = take_byte(input), flags = take_byte(input);
    if (version != FORM_VERSION || (profile != TEXT_SHIPPING && profile != TEXT_REFERENCE) ||
        (flags & ~FLAGS_ALL))
        input->is_bad = true;
    out->profile = (enum text_profile)profile;
    out->asks = flags & FLAG_ASKS;
    out->has_time = flags & FLAG_HAS_TIME;
    out->word_count = take_number(input);
    out->text_words = take_number(input);
    if (out->text_words > out->word_count) input->is_bad = true;
    if (!(flags & FLAG_HAS_SIMHASH)) return;
    for (unsigned i = 0; i < SIMHASH_BYTES; i++)
        out->simhash |= (uint64_t)take_byte(input) << 8 * i;
    if (out->simhash == 0) input->is_bad = true;
}

/* The distinct terms. NULL when bad, out of memory or none. */
static struct term *take_distinct(struct input *input, struct arena *arena, uint32_t *out_count)
{
    uint32_t count = *out_count = take_count(input, 2 * LIMIT_TERMS);
    if (count == 0) return NULL;
    struct term *terms = arena_alloc_array(arena, count, sizeof *terms);
    if (!terms) return NULL;
    size_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        terms[i].length = take_number(input);
        total += terms[i].length;
        if (terms[i].length == 0) input->is_bad = true;
    }
    const char *text = (const char *)input->at;
    if (input->is_bad || total > (size_t)(input->end - input->at) || !utf8_is_valid(text, total)) {
        input->is_bad = true;
        return NULL;
    }
    input->at += total;
    for (uint32_t i = 0; i < count; i++) {
        terms[i].text = text;
        if (((unsigned char)text[0] & 0xC0) == 0x80) input->is_bad = true; // within a character
        text += terms[i].length;
    }
    return terms;
}

/* A list of references to distinct terms; *seen is how many of them have been referred to, which happens in order. */
static void take_list(struct input *input, const struct term *distinct, uint32_t distinct_count,
                      uint32_t *seen, struct arena *arena, struct term_list *out)
{
    uint32_t count = take_count(input, LIMIT_TERMS);
    if (count == 0) return;
    struct term *items = arena_alloc_array(arena, count, sizeof *items);
    if (!items) return;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t reference = take_number(input), number = reference >> 1;
        if (input->is_bad || number > *seen || number >= distinct_count) {
            input->is_bad = true;
            return;
        }
        *seen += number == *seen;
        items[i] = distinct[number];
        items[i].is_extra = reference & 1;
    }
    *out = (struct term_list){.items = items, .count = count, .capacity = count};
}

uint64_t document_simhash(const void *bytes, size_t length)
{
    struct document header = {0};
    struct input input = {.at = bytes, .end = (const unsigned char *)bytes + length};
    take_header(&input, &header);
    return input.is_bad ? 0 : header.simhash;
}

enum mneme_code document_decode(const void *bytes, size_t length, struct arena *arena,
                                struct document *out, struct mneme_error *err)
{
    *out = (struct document){0};
    struct input input = {.at = bytes, .end = (const unsigned char *)bytes + length};
    uint32_t distinct_count, seen = 0;
    take_header(&input, out);
    struct term *distinct = take_distinct(&input, arena, &distinct_count);
    take_list(&input, distinct, distinct_count, &seen, arena, &out->body);
    take_list(&input, distinct, distinct_count, &seen, arena, &out->key);
    if (arena_failed(arena)) {
        *out = (struct document){0};
        return error_nomem(err);
    }
    if (input.is_bad || input.at != input.end || seen != distinct_count) {
        *out = (struct document){0};
        return error_set(err, MNEME_INVALID, "the stored terms of a record are damaged");
    }
    return MNEME_OK;
}
