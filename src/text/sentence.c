/*
 * One walk over the text, deciding at each sign that may end a sentence by what stands around it. Every look aside is
 * bounded by a named length, so the walk is linear.
 */
#include "text/sentence.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "text/word.h"

#include <string.h>

#define WRAPPED_LINE_BYTES 60 // a line from this length on may have been broken to fit a width
#define SPEAKER_NAME_BYTES 40 // the longest "Name" of a line "Name: text"
#define ITEM_NUMBER_DIGITS 3  // "12." at a line's start is an item's number
#define SPEAKER_NAME_SPACES 3
#define ENDING_BYTES 64 // of stops and closing marks that are looked at together

void sentence_init(struct sentence_reader *reader, const struct language *language,
                   const char *text, size_t length)
{
    *reader = (struct sentence_reader){.language = language, .text = text, .length = length};
}

static uint32_t point_at(const struct sentence_reader *reader, size_t at, size_t *next)
{
    *next = at;
    if (at >= reader->length) return 0;
    unsigned char c = (unsigned char)reader->text[at];
    if (c >= 0x80) return utf8_next(reader->text, reader->length, next);
    *next = at + 1;
    return c;
}

/* The point that ends right before a place; 0 at the start. */
static uint32_t point_before(const struct sentence_reader *reader, size_t at)
{
    if (at == 0) return 0;
    size_t start = at - 1;
    while (start > 0 && ((unsigned char)reader->text[start] & 0xC0) == 0x80) start--;
    size_t next;
    return point_at(reader, start, &next);
}

static bool is_question_mark(uint32_t point)
{
    return point == '?' || point == 0xFF1F || point == 0x061F || point == 0x203D;
}

/* Full stops of writing without spaces. */
static bool is_cjk_stop(uint32_t point)
{
    return point == 0x3002 || point == 0xFF01 || point == 0xFF1F || point == 0xFF61;
}

static bool is_stop(uint32_t point)
{
    return point == '.' || point == '!' || point == '?' || point == 0x2026 || point == 0x061F ||
           point == 0x203D || point == 0x0964 || is_cjk_stop(point);
}

static bool is_closer(uint32_t point)
{
    if (point < 0x80) return point == '"' || point == '\'' || point == ')' || point == ']';
    return point == 0x201D || point == 0x2019 || point == 0xBB || point == 0x300D ||
           point == 0x300F || point == 0xFF09 || point == 0x3011;
}

static bool opens_quotation(uint32_t point)
{
    return point == 0x300C || point == 0x300E || point == 0xAB || point == 0x201C;
}

static bool closes_quotation(uint32_t point)
{
    return point == 0x300D || point == 0x300F || point == 0xBB || point == 0x201D;
}

static bool is_line_end(uint32_t point)
{
    return point == '\n' || point == '\r' || point == 0x2028 || point == 0x2029;
}

static bool is_digit(uint32_t point)
{
    return point - '0' < 10;
}

/* A line that begins so is no continuation: an item, a line of dialogue, a quotation, "Name: ". */
static bool begins_anew(const struct sentence_reader *reader, size_t at)
{
    size_t next;
    uint32_t point = point_at(reader, at, &next);
    if (point == 0) return true;
    if (point < 0x80 && strchr("-*>\"#|", (int)point)) return true;
    if (point == 0x2022 || point == 0x2013 || point == 0x2014 || opens_quotation(point))
        return true;
    size_t end = at;
    while (end - at <= ITEM_NUMBER_DIGITS && end < reader->length &&
           is_digit((unsigned char)reader->text[end]))
        end++;
    if (end > at) return end < reader->length && strchr(".):", reader->text[end]) != NULL;
    if (!utf8_is_upper(point)) return false;
    unsigned spaces = 0;
    for (end = next; end < reader->length && end - at < SPEAKER_NAME_BYTES; end++) {
        char c = reader->text[end];
        if (c == ':') return end + 1 < reader->length && reader->text[end + 1] == ' ';
        if (c == ' ' && ++spaces > SPEAKER_NAME_SPACES) return false;
        if ((unsigned char)c < 0x80 && c != ' ' && c != '-' && c != '\'' &&
            !word_has_point((uint32_t)c))
            return false;
    }
    return false;
}

/* The word that ends right before a dot, in lower case; its dots inside belong to it ("e.g"). */
struct last_word {
    char lower[LIMIT_LISTED_WORD_BYTES];
    size_t length; /* 0: none, or longer than any listed one */
    size_t start;
    bool is_initial; /* one capital letter, or several with dots between: "J", "U.S" */
    bool is_number;
};

static struct last_word last_word(const struct sentence_reader *reader, size_t first, size_t end)
{
    struct last_word word = {.start = end};
    const char *text = reader->text;
    while (word.start > first && end - word.start < LIMIT_LISTED_WORD_BYTES) {
        unsigned char c = (unsigned char)text[word.start - 1];
        if (c < 0x80 && c != '.' && !word_has_point(c)) break;
        word.start--;
    }
    size_t length = end - word.start;
    if (length == 0 || length >= LIMIT_LISTED_WORD_BYTES ||
        ((unsigned char)text[word.start] & 0xC0) == 0x80)
        return word;
    word.is_initial = word.is_number = true;
    for (size_t i = word.start; i < end; i++) {
        unsigned char c = (unsigned char)text[i];
        bool is_letters_place = (i - word.start) % 2 == 0;
        word.is_initial &= is_letters_place ? c >= 'A' && c <= 'Z' : c == '.';
        word.is_number &= is_digit(c);
    }
    if (length == 1 && text[word.start] == 'I') word.is_initial = false; // the pronoun
    if (!word_lower(WORD_FOLDED, text + word.start, length, word.lower, sizeof word.lower,
                    &word.length))
        word.length = 0;
    return word;
}

/* A single dot at `dot` belongs to a title, an initial, an abbreviation or an item's number. `after`: what follows the
 * white space behind it. */
static bool is_dot_inside(const struct sentence_reader *reader, size_t first, size_t dot,
                          uint32_t after)
{
    struct last_word word = last_word(reader, first, dot);
    if (word.length == 0) return false;
    if (word_list_has(&reader->language->titles, word.lower, word.length)) return true;
    bool goes_on = is_digit(after) || (utf8_is_letter_or_mark(after) && !utf8_is_upper(after));
    if (word.is_initial) return goes_on || word.length == 1;
    if (word.is_number)
        return word.length <= ITEM_NUMBER_DIGITS &&
               (word.start == first || is_line_end((unsigned char)reader->text[word.start - 1]));
    return goes_on && word_list_has(&reader->language->abbreviations, word.lower, word.length);
}

/* Where a run of stops and of what closes it ends. */
struct ending {
    size_t end;
    bool is_cjk, is_question, is_ellipsis, has_closer;
    unsigned stops;
};

static void note_quotation(struct sentence_reader *reader, uint32_t point)
{
    if (point == '"') reader->is_quoting = !reader->is_quoting;
    if (opens_quotation(point)) reader->depth++;
    if (closes_quotation(point) && reader->depth > 0) reader->depth--;
}

static struct ending take_ending(struct sentence_reader *reader, size_t at)
{
    struct ending ending = {.end = at};
    size_t next;
    uint32_t point = point_at(reader, at, &next);
    for (; is_stop(point) && ending.end - at < ENDING_BYTES;
         point = point_at(reader, ending.end, &next)) {
        ending.stops++;
        ending.is_cjk |= is_cjk_stop(point);
        ending.is_question |= is_question_mark(point);
        ending.is_ellipsis |= point == 0x2026 || (point == '.' && ending.stops >= 2);
        ending.end = next;
    }
    for (; is_closer(point) && ending.end - at < ENDING_BYTES;
         point = point_at(reader, ending.end, &next)) {
        // A straight quotation mark right behind a stop closes only what is open.
        if (point == '"' && !reader->is_quoting) break;
        note_quotation(reader, point);
        ending.has_closer = true;
        ending.end = next;
    }
    return ending;
}

/* The first point behind white space; *is_spaced says that there was some. */
static uint32_t point_after_space(const struct sentence_reader *reader, size_t at, bool *is_spaced)
{
    size_t next;
    uint32_t point = point_at(reader, at, &next);
    *is_spaced = point == 0 || word_is_space(point);
    for (; point != 0 && word_is_space(point); point = point_at(reader, next, &next)) at = next;
    return point;
}

static bool ends_here(const struct sentence_reader *reader, size_t first, size_t at,
                      const struct ending *ending)
{
    bool is_spaced;
    uint32_t after = point_after_space(reader, ending->end, &is_spaced);
    if (after == 0) return true;
    if (ending->is_cjk) return !ending->has_closer || is_spaced || opens_quotation(after);
    if (!is_spaced) return utf8_is_cjk(after) && ending->is_question;
    bool goes_on =
        utf8_is_letter_or_mark(after) && utf8_lower(after) == after && !utf8_is_cjk(after);
    if (ending->has_closer && goes_on) return false;
    if (ending->is_ellipsis && !ending->is_question) return !goes_on;
    if (ending->stops == 1 && reader->text[at] == '.')
        return !is_dot_inside(reader, first, at, after);
    return true;
}

/* A line ends at `at`, before which the line has `line_bytes`. True if the sentence ends with it; *behind: the first
 * byte of the next line that has something on it. */
static bool ends_with_line(const struct sentence_reader *reader, size_t at, size_t line_bytes,
                           size_t *behind)
{
    size_t next, ends = 0;
    uint32_t point = point_at(reader, at, &next);
    *behind = at;
    while (point != 0 && word_is_space(point)) {
        ends += point == '\n' || point == 0x2028 || point == 0x2029;
        *behind = next;
        point = point_at(reader, next, &next);
    }
    return ends >= 2 || line_bytes < WRAPPED_LINE_BYTES || begins_anew(reader, *behind);
}

/* The cut of an endless sentence: behind its last white space, else between two characters. */
static size_t cut_at(const struct sentence_reader *reader, size_t start)
{
    size_t most = utf8_cut(reader->text + start, reader->length - start, LIMIT_SENTENCE_BYTES);
    for (size_t i = most; i > most / 2; i--) {
        if (word_is_space((unsigned char)reader->text[start + i - 1])) return start + i;
    }
    return start + most;
}

/* Fills what lies between start and end, trimmed at its end. */
static bool give(struct sentence_reader *reader, size_t start, size_t end, struct sentence *out)
{
    reader->at = end;
    while (end > start && word_is_space(point_before(reader, end))) {
        do end--;
        while (end > start && ((unsigned char)reader->text[end] & 0xC0) == 0x80);
    }
    out->start = start;
    out->length = end - start;
    return true;
}

bool sentence_next(struct sentence_reader *reader, struct sentence *out)
{
    *out = (struct sentence){0};
    size_t start = reader->at, next;
    uint32_t point = point_at(reader, start, &next);
    for (; point != 0 && word_is_space(point); point = point_at(reader, start, &next)) {
        if (is_line_end(point)) reader->is_quoting = false; // an unpaired mark does no further harm
        start = next;
    }
    if (point == 0) return false;
    out->starts_quoted = reader->is_quoting || reader->depth > 0;
    size_t line = start;
    for (size_t at = start; at < reader->length; at = next) {
        point = point_at(reader, at, &next);
        if (next - start > LIMIT_SENTENCE_BYTES)
            return give(reader, start, cut_at(reader, start), out);
        if (is_line_end(point)) {
            size_t behind;
            if (ends_with_line(reader, at, at - line, &behind)) {
                reader->is_quoting = false;
                reader->depth = 0;
                return give(reader, start, behind, out);
            }
            line = next = behind;
        } else if (is_stop(point)) {
            struct ending ending = take_ending(reader, at);
            if (ending.end - start > LIMIT_SENTENCE_BYTES)
                return give(reader, start, cut_at(reader, start), out);
            if (ends_here(reader, start, at, &ending)) {
                out->is_question = ending.is_question;
                return give(reader, start, ending.end, out);
            }
            next = ending.end;
        } else {
            note_quotation(reader, point);
        }
    }
    return give(reader, start, reader->length, out);
}
