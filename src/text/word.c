#include "text/word.h"

#include "base/utf8.h"

#include <string.h>

#define CAPITAL_I_DOT 0x0130 // its lower case is two points, `i` and a dot above
#define CAPITAL_SIGMA 0x03A3
#define FINAL_SIGMA 0x03C2

static inline bool is_ascii_digit(unsigned char c)
{
    return (unsigned)c - '0' < 10;
}

static inline bool is_ascii_word(unsigned char c)
{
    return ((unsigned)c | 0x20) - 'a' < 26 || is_ascii_digit(c) || c == '_';
}

bool word_has_point(uint32_t point)
{
    if (point < 0x80) return is_ascii_word((unsigned char)point);
    return (utf8_is_letter_or_mark(point) && !utf8_is_mark(point)) || utf8_is_number(point);
}

bool word_is_space(uint32_t point)
{
    if (point < 0x80) return point == ' ' || point - '\t' < 5 || point - 0x1C < 4;
    return utf8_is_space(point);
}

/* Jamo that make up syllables. */
static bool is_conjoining(uint32_t point)
{
    return point - 0x1100 < 0x100;
}

void word_init(struct word_reader *reader, enum word_mode mode, const char *text, size_t length)
{
    *reader = (struct word_reader){.text = text, .length = length, .mode = mode};
}

/* True if a point from 0x80 on belongs to the word, whose marks are then set. Sets *ends if it ends the word. */
static bool extend(enum word_mode mode, struct word *word, uint32_t point, bool *ends)
{
    if (mode == WORD_PLAIN) {
        *ends = point == CAPITAL_I_DOT; // the dot above is a mark
        return word_has_point(point);
    }
    bool is_cjk = utf8_is_cjk(point), is_mark = utf8_is_mark(point);
    if (is_mark && word->length == 0) return false; // it stands on a sign: emoji are full of these
    if (!is_mark && word->length > 0 && is_cjk != word->is_cjk) return false;
    bool is_number = !is_cjk && utf8_is_number(point);
    if (!is_cjk && !is_number && !utf8_is_letter_or_mark(point)) return false;
    if (is_mark || is_conjoining(point)) word->has_parts = true;
    word->is_cjk = word->length > 0 ? word->is_cjk : is_cjk;
    word->has_digit |= is_number;
    return true;
}

bool word_next(struct word_reader *reader, struct word *out)
{
    *out = (struct word){0};
    const char *text = reader->text;
    size_t at = reader->at;
    bool ends = false;
    while (at < reader->length && !ends) {
        unsigned char c = (unsigned char)text[at];
        size_t next = at + 1;
        bool belongs;
        if (c < 0x80) {
            belongs = is_ascii_word(c) && !out->is_cjk;
            out->has_digit |= belongs && is_ascii_digit(c);
        } else {
            next = at;
            belongs = extend(reader->mode, out, utf8_next(text, reader->length, &next), &ends);
        }
        if (belongs) {
            if (out->length == 0) out->start = at;
            out->length = next - out->start;
        } else if (out->length > 0) {
            break; // the next call looks here again: another kind of word may begin
        }
        at = next;
    }
    reader->at = at;
    return out->length > 0;
}

/* Letters that have no decomposition and are still written without their sign by many. Sorted. */
static const struct {
    uint32_t point;
    const char *plain;
} unmarked[] = {
    {0x00DF, "ss"}, {0x00E6, "ae"}, {0x00F0, "d"},        {0x00F8, "o"},
    {0x00FE, "th"}, {0x0111, "d"},  {0x0127, "h"},        {0x0131, "i"},
    {0x0142, "l"},  {0x0153, "oe"}, {0x03C2, "\xCF\x83"},
};

static const char *find_unmarked(uint32_t point)
{
    for (size_t i = 0; i < sizeof unmarked / sizeof *unmarked; i++) {
        if (unmarked[i].point == point) return unmarked[i].plain;
    }
    return NULL;
}

/* Signs that change how a character looks, not what it is: variation selectors, enclosing circles and keys. */
static bool is_dress(uint32_t point)
{
    return point - 0xFE00 < 0x10 || point - 0x20DD < 8 || point - 0xE0100 < 0xF0;
}

/* One point in lower case without accents. Returns its bytes. */
static size_t fold_point(uint32_t point, char out[16])
{
    if (utf8_is_cjk(point))
        return utf8_encode(point,
                           out); // parting a voicing mark from its kana would change the word
    if (is_dress(point)) return 0;
    const char *plain = find_unmarked(utf8_lower(point));
    if (plain) {
        size_t length = strlen(plain);
        memcpy(out, plain, length);
        return length;
    }
    uint32_t base[4];
    size_t count = utf8_base(point, base), used = 0;
    for (size_t i = 0; i < count; i++) used += utf8_encode(utf8_lower(base[i]), out + used);
    return used;
}

/* A sigma from `start` to `end`, in lower case: the final one if a letter stands before it and none behind. */
static uint32_t lower_sigma(const char *bytes, size_t length, size_t start, size_t end)
{
    size_t before = start;
    while (before > 0 && ((unsigned char)bytes[--before] & 0xC0) == 0x80)
        ;
    bool is_final = start > 0 && utf8_is_letter_or_mark(utf8_next(bytes, length, &before)) &&
                    !utf8_is_letter_or_mark(utf8_next(bytes, length, &end));
    return is_final ? FINAL_SIGMA : utf8_lower(CAPITAL_SIGMA);
}

bool word_lower(enum word_mode mode, const char *bytes, size_t length, char *out, size_t capacity,
                size_t *out_length)
{
    size_t used = 0;
    for (size_t at = 0; at < length;) {
        unsigned char c = (unsigned char)bytes[at];
        if (c < 0x80) {
            if (used == capacity) return false;
            out[used++] = (char)((unsigned)c - 'A' < 26 ? c + 0x20 : c);
            at++;
            continue;
        }
        size_t start = at;
        uint32_t point = utf8_next(bytes, length, &at);
        char folded[16];
        size_t size;
        if (mode == WORD_FOLDED)
            size = fold_point(point, folded);
        else if (point == CAPITAL_I_DOT)
            size = utf8_encode('i', folded);
        else if (point == CAPITAL_SIGMA)
            size = utf8_encode(lower_sigma(bytes, length, start, at), folded);
        else
            size = utf8_encode(utf8_lower(point), folded);
        if (size > capacity - used) return false;
        memcpy(out + used, folded, size);
        used += size;
    }
    *out_length = used;
    return true;
}

size_t word_count_spaced(const char *text, size_t length)
{
    size_t count = 0;
    bool is_inside = false;
    for (size_t at = 0; at < length;) {
        unsigned char c = (unsigned char)text[at];
        bool is_space = c < 0x80 ? word_is_space(c) : false;
        if (c < 0x80)
            at++;
        else
            is_space = word_is_space(utf8_next(text, length, &at));
        count += !is_space && !is_inside;
        is_inside = !is_space;
    }
    return count;
}
