/*
 * Texts are mostly ASCII, so each walk looks at eight bytes at once first; what utf8proc does costs far more, and is
 * asked only for characters that could need it.
 */
#include "base/utf8.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS UINT64_C(0x0101010101010101)

static inline uint64_t load_word(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline bool is_ascii_space(uint32_t point)
{
    return point == ' ' || (point >= '\t' && point <= '\r');
}

static inline bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* The size of the valid character that begins with a byte from 0x80 on, or 0. */
static size_t multibyte_size(const unsigned char *s, size_t length)
{
    unsigned char first = s[0];
    if (first < 0xC2 || first > 0xF4) return 0;
    size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (length < size) return 0;
    // The second byte's range shuts out overlong forms, surrogates and what is above U+10FFFF.
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (s[1] < low || s[1] > high) return 0;
    for (size_t i = 2; i < size; i++) {
        if ((s[i] & 0xC0) != 0x80) return 0;
    }
    return size;
}

bool utf8_is_valid(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        if (length - at >= 8) {
            uint64_t word = load_word(bytes + at);
            // With no high bit set, taking 1 from each byte borrows for a zero byte only.
            if ((((word - LOW_BITS) | word) & HIGH_BITS) == 0) {
                at += 8;
                continue;
            }
        }
        unsigned char c = (unsigned char)bytes[at];
        if (c == 0) return false;
        size_t size = c < 0x80 ? 1 : multibyte_size((const unsigned char *)bytes + at, length - at);
        if (size == 0) return false;
        at += size;
    }
    return true;
}

uint32_t utf8_next(const char *text, size_t length, size_t *at)
{
    if (*at >= length) return 0;
    const unsigned char *s = (const unsigned char *)text + *at;
    if (s[0] < 0x80) {
        *at += 1;
        return s[0];
    }
    size_t size = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    assert(length - *at >= size);
    *at += size;
    if (size == 2) return (uint32_t)(s[0] & 0x1F) << 6 | (s[1] & 0x3F);
    if (size == 3)
        return (uint32_t)(s[0] & 0x0F) << 12 | (uint32_t)(s[1] & 0x3F) << 6 | (s[2] & 0x3F);
    return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3F) << 12 |
           (uint32_t)(s[2] & 0x3F) << 6 | (s[3] & 0x3F);
}

size_t utf8_encode(uint32_t point, char out[4])
{
    assert(point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF));
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

size_t utf8_length(const char *text)
{
    size_t points = 0;
    for (; *text; text++) points += !is_continuation(*text);
    return points;
}

size_t utf8_cut(const char *text, size_t length, size_t max)
{
    if (length <= max) return length;
    while (max > 0 && is_continuation(text[max])) max--;
    return max;
}

/* True for points that are in normal form C beside each other: each is its own composed form, is no mark and is never
 * the later part of a composition. */
static inline bool is_inert(uint32_t point)
{
    return point < 0x0300 || (point >= 0x2010 && point <= 0x2027) ||
           (point >= 0x4E00 && point <= 0x9FFF);
}

/* Where the first character is that utf8proc has to look at; the length if there is none. */
static size_t inert_prefix(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        if (length - at >= 8 && (load_word(text + at) & HIGH_BITS) == 0) {
            at += 8;
            continue;
        }
        size_t next = at;
        if (!is_inert(utf8_next(text, length, &next))) break;
        at = next;
    }
    return at;
}

static bool is_ascii(const char *text, size_t length)
{
    size_t at = 0;
    for (; length - at >= 8; at += 8) {
        if ((load_word(text + at) & HIGH_BITS) != 0) return false;
    }
    while (at < length && (unsigned char)text[at] < 0x80) at++;
    return at == length;
}

/* The text mapped by utf8proc with these options, in the arena; NULL when out of memory. */
static const char *map_text(struct arena *arena, const char *text, size_t length,
                            utf8proc_option_t options)
{
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t size = (utf8proc_ssize_t)length;
    utf8proc_ssize_t needed = utf8proc_decompose(bytes, size, NULL, 0, options);
    assert(needed >= 0); // the text is valid
    // Re-encoding happens in place and ends with a NUL, hence one more.
    utf8proc_int32_t *points = mem_alloc(((size_t)needed + 1) * sizeof *points);
    if (!points) {
        arena->failed = true;
        return NULL;
    }
    utf8proc_ssize_t count = utf8proc_decompose(bytes, size, points, needed, options);
    assert(count == needed);
    size = utf8proc_reencode(points, count, options);
    assert(size >= 0);
    const char *mapped = arena_text_n(arena, (const char *)points, (size_t)size);
    mem_free(points);
    return mapped;
}

const char *utf8_nfc(struct arena *arena, const char *text)
{
    size_t length = strlen(text);
    if (inert_prefix(text, length) == length) return text;
    return map_text(arena, text, length, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

/* True if folding white space would change nothing. */
static bool is_folded(const char *text, size_t length)
{
    bool after_space = true;
    for (size_t at = 0; at < length;) {
        unsigned char c = (unsigned char)text[at];
        bool is_space = c == ' ';
        if (c < 0x80) {
            if (is_ascii_space(c) && (after_space || !is_space)) return false;
            at++;
        } else if (utf8_is_space(utf8_next(text, length, &at))) {
            return false;
        }
        after_space = is_space;
    }
    return length == 0 || !after_space;
}

const char *utf8_fold_space(struct arena *arena, const char *text)
{
    text = utf8_nfc(arena, text);
    if (!text) return NULL;
    size_t length = strlen(text);
    if (is_folded(text, length)) return text;
    char *folded = arena_alloc(arena, length + 1); // never longer: a space takes at least a byte
    if (!folded) return NULL;
    size_t used = 0;
    bool owes_space = false;
    for (size_t at = 0; at < length;) {
        size_t start = at;
        unsigned char c = (unsigned char)text[at];
        bool is_space = c < 0x80 ? is_ascii_space(c) : utf8_is_space(utf8_next(text, length, &at));
        if (c < 0x80) at++;
        if (is_space) {
            owes_space = used > 0;
            continue;
        }
        if (owes_space) folded[used++] = ' ';
        owes_space = false;
        while (start < at) folded[used++] = text[start++];
    }
    return folded;
}

/* Marks that one writes or leaves out: accents, vowel points. Not the vowel signs of Indic scripts (class 0), nor
 * nuktas, voicing marks and viramas (7, 8, 9), which make another letter. */
static bool is_accent(const utf8proc_property_t *property)
{
    return property->category == UTF8PROC_CATEGORY_MN &&
           (property->combining_class == 1 || property->combining_class >= 10);
}

const char *utf8_fold_name(struct arena *arena, const char *text)
{
    size_t length = strlen(text);
    if (is_ascii(text, length)) {
        char *lower = arena_alloc(arena, length + 1);
        for (size_t i = 0; lower && i < length; i++)
            lower[i] = (char)utf8_lower((unsigned char)text[i]);
        return lower;
    }
    const char *mapped =
        map_text(arena, text, length, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD);
    if (!mapped) return NULL;
    length = strlen(mapped);
    char *folded = arena_alloc(arena, length + 1);
    if (!folded) return NULL;
    size_t used = 0;
    for (size_t at = 0; at < length;) {
        size_t start = at;
        uint32_t point = utf8_next(mapped, length, &at);
        if (point >= 0x80 && is_accent(utf8proc_get_property((utf8proc_int32_t)point))) continue;
        memcpy(folded + used, mapped + start, at - start);
        used += at - start;
    }
    return folded;
}

static inline bool is_ascii_letter(uint32_t point)
{
    return (point | 0x20) - 'a' < 26;
}

/* Whether the point's general category is in the set of categories. */
#define IN(category) (UINT32_C(1) << UTF8PROC_CATEGORY_##category)
static bool has_category(uint32_t point, uint32_t categories)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)point);
    return (categories >> category & 1) != 0;
}

bool utf8_is_letter_or_mark(uint32_t point)
{
    if (point < 0x80) return is_ascii_letter(point);
    return has_category(point,
                        IN(LU) | IN(LL) | IN(LT) | IN(LM) | IN(LO) | IN(MN) | IN(MC) | IN(ME));
}

bool utf8_is_digit(uint32_t point)
{
    if (point < 0x80) return point - '0' < 10;
    return has_category(point, IN(ND));
}

bool utf8_is_number(uint32_t point)
{
    if (point < 0x80) return point - '0' < 10;
    return has_category(point, IN(ND) | IN(NL) | IN(NO));
}

bool utf8_is_space(uint32_t point)
{
    if (point < 0x80) return is_ascii_space(point);
    return point == 0x85 || has_category(point, IN(ZS) | IN(ZL) | IN(ZP));
}

bool utf8_is_mark(uint32_t point)
{
    return point >= 0x0300 && has_category(point, IN(MN) | IN(MC) | IN(ME));
}

bool utf8_is_nonspacing(uint32_t point)
{
    return point >= 0x0300 && has_category(point, IN(MN));
}

bool utf8_is_unseen(uint32_t point)
{
    return has_category(point, IN(CC) | IN(CF) | IN(CO));
}

bool utf8_is_punctuation(uint32_t point)
{
    return has_category(point, IN(PC) | IN(PD) | IN(PS) | IN(PE) | IN(PI) | IN(PF) | IN(PO));
}

bool utf8_is_upper(uint32_t point)
{
    if (point < 0x80) return point - 'A' < 26;
    return has_category(point, IN(LU) | IN(LT));
}

bool utf8_is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) ||
           (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

bool utf8_is_cjk(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x1100, 0x11FF},   // Hangul Jamo
        {0x2E80, 0x2FDF},   // radicals
        {0x3005, 0x3007},   // iteration mark, closing mark, number zero
        {0x3021, 0x3029},   // Hangzhou numerals
        {0x3038, 0x303B},   // the same, and a vertical iteration mark
        {0x3041, 0x3096},   // Hiragana
        {0x309D, 0x309F},   // its marks
        {0x30A1, 0x30FA},   // Katakana
        {0x30FC, 0x30FF},   // its marks
        {0x3131, 0x318E},   // Hangul compatibility Jamo
        {0x31F0, 0x31FF},   // Katakana extensions
        {0x3400, 0x4DBF},   // Han
        {0x4E00, 0x9FFF},   // Han, the common ones
        {0xA960, 0xA97F},   // Hangul Jamo extended
        {0xAC00, 0xD7FF},   // Hangul syllables, Jamo extended
        {0xF900, 0xFAFF},   // Han, compatibility
        {0xFF66, 0xFF9F},   // half-width Katakana
        {0xFFA0, 0xFFDC},   // half-width Hangul
        {0x1AFF0, 0x1B16F}, // Kana supplements
        {0x20000, 0x3FFFD}, // Han, supplementary planes
    };
    if (point < ranges[0].first) return false;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (point <= ranges[i].last) return point >= ranges[i].first;
    }
    return false;
}

uint32_t utf8_lower(uint32_t point)
{
    if (point < 0x80) return point - 'A' < 26 ? point + 0x20 : point;
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)point);
}

size_t utf8_decompose(uint32_t point, uint32_t out[4])
{
    out[0] = point;
    if (point < 0xC0) return 1;
    utf8proc_int32_t parts[4];
    utf8proc_ssize_t count =
        utf8proc_decompose_char((utf8proc_int32_t)point, parts, 4, UTF8PROC_DECOMPOSE, NULL);
    assert(count >= 0 && count <= 4); // no canonical decomposition is longer
    for (utf8proc_ssize_t i = 0; i < count; i++) out[i] = (uint32_t)parts[i];
    return (size_t)count;
}

size_t utf8_base(uint32_t point, uint32_t out[4])
{
    uint32_t parts[4];
    size_t count = utf8_decompose(point, parts), kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_accent(utf8proc_get_property((utf8proc_int32_t)parts[i]))) out[kept++] = parts[i];
    }
    return kept;
}
