/*
 * The first half of a tokeniser: from a text to normalised words, one at a time, without
 * allocation.
 *
 * WORDS_BERT is the normaliser and pre-tokeniser of BERT models: control characters are dropped,
 * white space parts words, every punctuation character and every Han character is a word of its
 * own, words are lower-cased and lose their accents (NFD, category Mn). WORDS_METASPACE differs in
 * that of punctuation only ASCII's stands alone: vocabularies of the unigram kind are made for
 * that. WORDS_SINGLE is what the small binary tables are made with: words are runs of a-z and 0-9
 * (after lower-casing and dropping accents), every other character that is no white space stands
 * alone. On text in the Latin script with ASCII or general punctuation the three agree; they differ
 * on emoji and currency signs that touch a word, on letters without a decomposition (ß, ø, ł) and
 * on other alphabets.
 */
#ifndef EMBED_WORDS_H
#define EMBED_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_MAX_CHARS 100 /* BERT's own limit: longer words are unknown ones */

enum words_split { WORDS_BERT, WORDS_METASPACE, WORDS_SINGLE };

struct words_rules {
    enum words_split split;
    bool lower, strip_accents;
    bool clean;     /* drop control characters */
    bool split_han; /* Han characters stand alone */
};

struct words {
    const struct words_rules *rules;
    const char *text;
    size_t length, at;
    uint32_t points[4]; /* of the character being read, decomposed */
    size_t point_count, point_at;
    char word[WORDS_MAX_CHARS * 4]; /* the current word, not NUL-terminated */
    size_t word_length;
    bool is_too_long; /* it has more than WORDS_MAX_CHARS; word holds the first of them */
};

/* The text must be valid UTF-8 and stay until the last word is read. */
void words_begin(struct words *words, const struct words_rules *rules, const char *text,
                 size_t length);
/* The next word, never empty; false behind the last. */
bool words_next(struct words *words);

#endif
