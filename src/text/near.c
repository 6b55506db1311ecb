#include "text/near.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "text/word.h"

#include <string.h>

#define BITS 64
#define LEAST_TERMS 8
#define MOST_DIFFERENT_BITS 3
#define APOSTROPHE 0x2019
#define FOLDED_POINT_BYTES 16 // what one point becomes at most

/* Spreads a hash over all bits (the finaliser of MurmurHash3): FNV leaves the upper ones of short keys alike. */
static uint64_t spread(uint64_t hash)
{
    hash = (hash ^ hash >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
    hash = (hash ^ hash >> 33) * UINT64_C(0xC4CEB9FE1A85EC53);
    return hash ^ hash >> 33;
}

/* How many hashes have each bit set. Eight counters of a byte lie in a word, which is emptied before one overflows. */
struct tally {
    uint64_t lanes[BITS / 8];
    unsigned counted; /* since the lanes were empty */
    uint32_t ones[BITS];
};

static void empty_lanes(struct tally *tally)
{
    for (unsigned bit = 0; bit < BITS; bit++)
        tally->ones[bit] += (uint32_t)(tally->lanes[bit / 8] >> 8 * (bit % 8) & 0xFF);
    memset(tally->lanes, 0, sizeof tally->lanes);
    tally->counted = 0;
}

static void count_bits(struct tally *tally, uint64_t hash)
{
    const uint64_t each_byte = UINT64_C(0x0101010101010101),
                   one_each = UINT64_C(0x8040201008040201);
    if (tally->counted == UINT8_MAX) empty_lanes(tally);
    for (unsigned i = 0; i < BITS / 8; i++) {
        uint64_t bits = (hash >> 8 * i & 0xFF) * each_byte & one_each; // bit k of it in byte k
        tally->lanes[i] += (bits + (0x80 - 1) * each_byte) >> 7 & each_byte;
    }
    tally->counted++;
}

uint64_t near_simhash(const struct term_list *terms)
{
    struct tally tally = {.counted = 0};
    size_t counted = 0;
    for (size_t i = 0; i < terms->count; i++) {
        const struct term *term = &terms->items[i];
        if (term->is_extra) continue;
        count_bits(&tally, spread(hash_fnv(term->text, term->length)));
        counted++;
    }
    if (counted < LEAST_TERMS) return 0;
    empty_lanes(&tally);
    uint64_t simhash = 0;
    for (unsigned bit = 0; bit < BITS; bit++)
        simhash |= (uint64_t)(tally.ones[bit] > counted - tally.ones[bit]) << bit;
    return simhash != 0 ? simhash : 1;
}

/* The length of "'" or its typographic form at a place of the text, or 0. */
static size_t apostrophe_length(const struct word_reader *words, size_t at)
{
    if (at < words->length && words->text[at] == '\'') return 1;
    size_t next = at;
    return utf8_next(words->text, words->length, &next) == APOSTROPHE ? next - at : 0;
}

/* Takes a contracted negation off the text, if the word that was just read is the first half of one: English spells
 * "not" as "n't", and other languages have no such entry in their list. */
static bool take_contraction(struct word_reader *words, const struct word_list *negation,
                             char last_letter)
{
    size_t apostrophe = apostrophe_length(words, words->at);
    struct word_reader ahead = *words;
    struct word next;
    char spelt[LIMIT_LISTED_WORD_BYTES] = {last_letter, '\''};
    size_t length;
    if (apostrophe == 0 || !word_next(&ahead, &next) || next.start != words->at + apostrophe)
        return false;
    if (!word_lower(WORD_FOLDED, words->text + next.start, next.length, spelt + 2, sizeof spelt - 2,
                    &length) ||
        !word_list_has(negation, spelt, length + 2))
        return false;
    *words = ahead;
    return true;
}

/* A sign directly before a number that changes it: minus, plus, currencies. 0 if there is none. */
static uint32_t sign_before(const char *text, size_t start)
{
    size_t at = start;
    while (at > 0 && ((unsigned char)text[--at] & 0xC0) == 0x80)
        ;
    uint32_t point = start > 0 ? utf8_next(text, start, &at) : 0;
    if (point < 0x80) return point == '-' || point == '+' || point == '$' ? point : 0;
    return word_has_point(point) || word_is_space(point) || utf8_is_punctuation(point) ? 0 : point;
}

/* True if near-duplicates must share the word: it is a negation, a number in figures or letters, a word of time, or
 * capitalised and no stop word. */
static bool is_guard(const struct language *language, const char *lower, size_t length,
                     bool is_capitalised)
{
    const struct date_word *date = language_date_word(language, lower, length);
    if (date && date->role == ROLE_NUMBER && date->value > 1) // "a", "an" and "one" are no amounts
        return true;
    return (is_capitalised && !word_list_has(&language->stop, lower, length)) ||
           word_list_has(&language->negation, lower, length) ||
           word_list_has(&language->time, lower, length);
}

/* The hash of the next word that must agree; 0 at the end. */
static uint64_t next_guard(const struct language *language, struct word_reader *words)
{
    struct word word;
    while (word_next(words, &word)) {
        const char *bytes = words->text + word.start;
        char lower[LIMIT_MEMO_WORD_BYTES];
        size_t length, first = 0;
        if (!word_lower(words->mode, bytes, word.length, lower, sizeof lower, &length))
            return hash_fnv(bytes, word.length) | 1; // of this length it is an id
        if (length > 0 && take_contraction(words, &language->negation, lower[length - 1]))
            return hash_fnv("not", 3) | 1;
        if (word.has_digit)
            return spread(hash_fnv(lower, length) + sign_before(words->text, word.start)) | 1;
        bool is_capitalised = utf8_is_upper(utf8_next(bytes, word.length, &first));
        if (is_guard(language, lower, length, is_capitalised)) return hash_fnv(lower, length) | 1;
    }
    return 0;
}

static bool guards_agree(const struct language *language, const char *a, const char *b)
{
    struct word_reader in_a, in_b;
    word_init(&in_a, WORD_FOLDED, a, strlen(a));
    word_init(&in_b, WORD_FOLDED, b, strlen(b));
    uint64_t guard;
    do {
        guard = next_guard(language, &in_a);
        if (guard != next_guard(language, &in_b)) return false;
    } while (guard != 0);
    return true;
}

/* A text given out byte by byte: in lower case without accents, runs of white space as one space, without punctuation
 * at the ends of words. A question mark stays, since a question is no statement. */
struct folded {
    const char *text;
    size_t length, at;
    char bytes[FOLDED_POINT_BYTES + 1];
    size_t given, held;
    bool is_started, owes_space;
};

static bool is_closing(uint32_t point)
{
    return point == '.' || point == ',' || point == ';' || point == ':' || point == '!';
}

static bool is_at_word_end(const struct folded *folded, size_t at)
{
    return at >= folded->length || word_is_space(utf8_next(folded->text, folded->length, &at));
}

/* -1 at the end. */
static int next_byte(struct folded *folded)
{
    while (folded->given == folded->held) {
        size_t start = folded->at;
        if (start >= folded->length) return -1;
        uint32_t point = utf8_next(folded->text, folded->length, &folded->at);
        if (word_is_space(point)) {
            folded->owes_space = folded->is_started;
            continue;
        }
        if (is_closing(point) && is_at_word_end(folded, folded->at)) continue;
        folded->given = folded->held = 0;
        if (folded->owes_space) folded->bytes[folded->held++] = ' ';
        folded->owes_space = false;
        folded->is_started = true;
        size_t length = 0;
        if (point == APOSTROPHE)
            folded->bytes[length++ + folded->held] = '\'';
        else
            (void)word_lower(WORD_FOLDED, folded->text + start, folded->at - start,
                             folded->bytes + folded->held, FOLDED_POINT_BYTES, &length);
        folded->held += length;
    }
    return (unsigned char)folded->bytes[folded->given++];
}

static bool is_same_but_for_dress(const char *a, const char *b)
{
    struct folded in_a = {.text = a, .length = strlen(a)};
    struct folded in_b = {.text = b, .length = strlen(b)};
    int byte;
    do {
        byte = next_byte(&in_a);
        if (byte != next_byte(&in_b)) return false;
    } while (byte >= 0);
    return true;
}

bool near_duplicate(const struct language *language, const struct near_text *a,
                    const struct near_text *b)
{
    if (a->simhash == 0 || b->simhash == 0) return is_same_but_for_dress(a->text, b->text);
    return __builtin_popcountll(a->simhash ^ b->simhash) <= MOST_DIFFERENT_BITS &&
           guards_agree(language, a->text, b->text);
}
