/*
 * What is known of single words of a language: stem, stop word or not, time word or not. Remembered, because most words
 * of a text have been seen before and stemming costs many times a look-up.
 *
 * Bounded by LIMIT_MEMO_WORDS: when full, everything is forgotten. For one thread at a time.
 */
#ifndef TEXT_LEXICON_H
#define TEXT_LEXICON_H

#include "base/arena.h"
#include "base/map.h"
#include "text/language.h"

struct sb_stemmer;

struct word_facts {
    const char *stem; /* valid until the next look */
    unsigned stem_length;
    bool is_stop, is_time;
};

struct lexicon {
    const struct language *language;
    struct sb_stemmer *stemmer;
    struct map index;         /* word to its place in facts */
    struct word_facts *facts; /* LIMIT_MEMO_WORDS of them */
    struct arena stems;
};

bool lexicon_init(struct lexicon *lexicon,
                  const struct language *language); /* false when out of memory */
void lexicon_clear(struct lexicon *lexicon);

/* The word is in lower case. False when out of memory. */
bool lexicon_look(struct lexicon *lexicon, const char *word, size_t length, struct word_facts *out);

#endif
