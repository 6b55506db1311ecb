#include "mind/phrase.h"

#include "base/utf8.h"
#include "text/word.h"

#include <string.h>

#define LONG_LIST_BYTES 48
#define CURLY_APOSTROPHE 0x2019
#define CURLY_OPEN 0x2018
#define DASH_EN 0x2013
#define DASH_EM 0x2014

/* From weak to strong: a clause may begin behind any, a value ends at any but the hyphen in a word. */
static char stronger(char a, char b)
{
    static const char order[] = "-(\",;:.";
    const char *of_a = a ? strchr(order, a) : NULL, *of_b = b ? strchr(order, b) : NULL;
    if (!of_a) return of_b ? b : 0;
    return of_b > of_a ? b : a;
}

static char sign_of(uint32_t point)
{
    if (point < 0x80) {
        if (point == '!' || point == '?' || point == '\n') return '.';
        if (point == ')' || point == '[' || point == ']' || point == '(') return '(';
        return point == ',' || point == ';' || point == ':' || point == '.' || point == '"'
                   ? (char)point
                   : 0;
    }
    if (point == DASH_EN || point == DASH_EM) return ';';
    if (point == 0x2026 || point == 0x3002 || point == 0xFF01 || point == 0xFF1F) return '.';
    if (point == 0x3001 || point == 0xFF0C) return ',';
    return point == 0x201C || point == 0x201D || point == 0xAB || point == 0xBB ? '"' : 0;
}

struct cutting {
    struct phrase *phrase;
    size_t at, end;
    char sign;
    bool is_quoted, is_single_quoted;
};

/* A single mark opens a quotation if it stands before a word and another closes one later in the sentence. */
static bool closes_later(const struct cutting *cutting, size_t at)
{
    const char *text = cutting->phrase->text;
    for (size_t i = at + 1; i + 1 <= cutting->end; i++) {
        if (text[i] != '\'' || i == at + 1) continue;
        bool is_behind_word = (unsigned char)text[i - 1] > ' ';
        bool is_before_word = i + 1 < cutting->end && ((unsigned char)text[i + 1] >= 0x80 ||
                                                       word_has_point((unsigned char)text[i + 1]));
        if (is_behind_word && !is_before_word) return true;
    }
    return false;
}

static void take_sign(struct cutting *cutting, uint32_t point, size_t start, bool is_spaced_before)
{
    char sign = sign_of(point);
    if (point == '-' && is_spaced_before) sign = ';'; // a dash, as people type it
    cutting->sign = stronger(cutting->sign, sign);
    if (point == '"') cutting->is_quoted = !cutting->is_quoted;
    if (point == 0x201C || point == 0xAB || point == 0x300C) cutting->is_quoted = true;
    if (point == 0x201D || point == 0xBB || point == 0x300D) cutting->is_quoted = false;
    if (point != '\'' && point != CURLY_OPEN && point != CURLY_APOSTROPHE) return;
    if (cutting->is_single_quoted)
        cutting->is_single_quoted = false;
    else if (point == CURLY_OPEN || (point == '\'' && closes_later(cutting, start)))
        cutting->is_single_quoted = true;
}

/* The end of the word that goes on behind an apostrophe at `at`; 0 if none does. */
static size_t past_apostrophe(const char *text, size_t at, size_t end)
{
    size_t next = at;
    uint32_t point = at < end ? utf8_next(text, end, &next) : 0;
    if (point != '\'' && point != CURLY_APOSTROPHE) return 0;
    struct word_reader words;
    struct word word;
    word_init(&words, WORD_FOLDED, text + next,
              end - next < LIMIT_LISTED_WORD_BYTES
                  ? end - next
                  : utf8_cut(text + next, end - next, LIMIT_LISTED_WORD_BYTES));
    if (!word_next(&words, &word) || word.start != 0) return 0;
    return next + word.length;
}

static void add_word(struct cutting *cutting, size_t start, size_t end, bool has_digit)
{
    struct phrase *phrase = cutting->phrase;
    struct phrase_word *word = &phrase->words[phrase->count++];
    size_t first = start, length = 0;
    *word = (struct phrase_word){.start = (unsigned)start,
                                 .length = (unsigned)(end - start),
                                 .lower_at = (unsigned)phrase->lower_used,
                                 .has_digit = has_digit,
                                 .is_quoted = cutting->is_quoted || cutting->is_single_quoted,
                                 .sign = cutting->sign};
    word->is_capitalised = utf8_is_upper(utf8_next(phrase->text, end, &first));
    cutting->sign = 0;
    char *out = phrase->lower + phrase->lower_used;
    size_t room = sizeof phrase->lower - phrase->lower_used;
    if (!word_lower(WORD_FOLDED, phrase->text + start, end - start, out, room, &length)) return;
    // The typographic apostrophe as the typed one.
    for (size_t i = 0; i + 2 < length; i++) {
        if (memcmp(out + i, "\xE2\x80\x99", 3) != 0) continue;
        out[i] = '\'';
        memmove(out + i + 1, out + i + 3, length - i - 3);
        length -= 2;
    }
    word->lower_length = (unsigned)length;
    phrase->lower_used += length;
}

void phrase_cut(struct phrase *phrase, const char *text, size_t start, size_t length,
                bool is_quoted)
{
    struct cutting cutting = {
        .phrase = phrase, .at = start, .end = start + length, .is_quoted = is_quoted};
    phrase->text = text;
    phrase->count = phrase->lower_used = 0;
    bool is_spaced = true;
    while (cutting.at < cutting.end && phrase->count < LIMIT_PHRASE_WORDS) {
        size_t next = cutting.at;
        unsigned char c = (unsigned char)text[next];
        uint32_t point = c < 0x80 ? (next++, c) : utf8_next(text, cutting.end, &next);
        if (c < 0x80 ? !word_has_point(c) : !word_has_point(point)) {
            take_sign(&cutting, point, cutting.at, is_spaced);
            is_spaced = word_is_space(point);
            cutting.at = next;
            continue;
        }
        struct word_reader words;
        struct word word;
        word_init(&words, WORD_FOLDED, text + cutting.at, cutting.end - cutting.at);
        if (!word_next(&words, &word)) break;
        size_t first = cutting.at + word.start, end = first + word.length, more;
        while ((more = past_apostrophe(text, end, cutting.end)) > 0) end = more;
        add_word(&cutting, first, end, word.has_digit);
        cutting.at = end;
        is_spaced = false;
    }
    phrase->end_sign = cutting.sign;
}

/* Short lists are walked; in a long one the word is searched for as a whole, which is many times as fast. */
static bool is_in_long_list(const char *lower, size_t length, const char *words, const char *end)
{
    const char *from = words, *found;
    while ((found = memmem(from, (size_t)(end - from), lower, length))) {
        const char *behind = found + length;
        if ((found == words || found[-1] == '|') && (behind == end || *behind == '|')) return true;
        from = found + 1;
    }
    return false;
}

bool phrase_word_is(const char *lower, size_t length, const char *words)
{
    if (length == 0) return false;
    const char *end = strchrnul(words, ' ');
    if (end - words > LONG_LIST_BYTES) return is_in_long_list(lower, length, words, end);
    while (words < end) {
        size_t i = 0;
        while (i < length && words[i] == lower[i]) i++;
        if (i == length && (words + i == end || words[i] == '|')) return true;
        words += i;
        while (words < end && *words != '|') words++;
        words++;
    }
    return false;
}

bool phrase_is(const struct phrase *phrase, size_t i, const char *words)
{
    return i < phrase->count &&
           phrase_word_is(phrase_lower(phrase, i), phrase->words[i].lower_length, words);
}

size_t phrase_match(const struct phrase *phrase, size_t at, const char *pattern)
{
    size_t start = at;
    while (*pattern != '\0') {
        bool is_optional = *pattern == '?';
        pattern += is_optional;
        bool fits = phrase_is(phrase, at, pattern) && (at == start || !phrase->words[at].sign);
        if (!fits && !is_optional) return 0;
        at += fits;
        while (*pattern != '\0' && *pattern != ' ') pattern++;
        while (*pattern == ' ') pattern++;
    }
    return at - start;
}
