/*
 * Near-duplicates: texts that say the same in nearly the same words (SimHash, Charikar 2002).
 */
#ifndef TEXT_NEAR_H
#define TEXT_NEAR_H

#include "text/language.h"
#include "text/terms.h"

#include <stdint.h>

/* 64 bits in which texts of mostly the same terms mostly agree; 0 if there are fewer than 8 terms, extras not counted:
 * too few to tell. */
uint64_t near_simhash(const struct term_list *terms);

struct near_text {
    const char *text;
    uint64_t simhash;
};

/* True if both say the same in nearly the same words: SimHash at most 3 bits apart, and the same numbers, words of
 * time, negations and capitalised names in the same order. Texts too short for a SimHash must be equal but for case,
 * accents, white space and punctuation at ends of words. Errs towards "no". Any thread. */
bool near_duplicate(const struct language *language, const struct near_text *a,
                    const struct near_text *b);

#endif
