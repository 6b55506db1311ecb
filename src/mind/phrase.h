/*
 * A sentence as the words that rules compare: in lower case without accents, with the sign that stands before each.
 *
 * An apostrophe inside a word belongs to it ("don't", "anna's"), whichever way it is written.
 */
#ifndef MIND_PHRASE_H
#define MIND_PHRASE_H

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>

struct phrase_word {
    unsigned start, length; /* bytes of the text */
    unsigned lower_at, lower_length;
    bool is_capitalised;
    bool has_digit;
    bool is_quoted; /* inside quotation marks */
    char sign; /* the strongest sign between it and the word before: one of , ; : . ( " - or 0 */
};

struct phrase {
    const char *text;
    struct phrase_word words[LIMIT_PHRASE_WORDS]; /* further ones are not looked at */
    size_t count;
    char lower[LIMIT_SENTENCE_BYTES + 64]; /* words that no longer fit have no lower form */
    size_t lower_used;
    char end_sign; /* the strongest behind the last word */
};

/* Cuts `length` bytes at `start`; offsets count from the start of the text. `is_quoted`: it begins inside a quotation.
 */
void phrase_cut(struct phrase *phrase, const char *text, size_t start, size_t length,
                bool is_quoted);

static inline const char *phrase_lower(const struct phrase *phrase, size_t i)
{
    return phrase->lower + phrase->words[i].lower_at;
}
/* The word is one of `words`, which are parted by '|'; "" is none of them. False past the end. */
bool phrase_is(const struct phrase *phrase, size_t i, const char *words);
/* The same for a word that stands alone. */
bool phrase_word_is(const char *lower, size_t length, const char *words);

/*
 * How many words from `at` on a pattern takes; 0 if it does not fit. A pattern is elements parted by spaces: words
 * parted by '|', one of which has to stand there; with '?' before it, may stand there.
 */
size_t phrase_match(const struct phrase *phrase, size_t at, const char *pattern);

#endif
