/*
 * Do two texts about the same thing disagree? Looked for where near-duplicates were found (text/near.h): two texts that
 * share most of their words but not a number, a negation, a date or a name.
 *
 * A text that only says more ("Oslo", "Oslo, Norway") does not disagree; nor do dates of which one contains the other.
 */
#ifndef MIND_CONTRADICT_H
#define MIND_CONTRADICT_H

#include "base/arena.h"
#include "text/language.h"

#include <stdint.h>

enum disagreement { /* bits */
                    DISAGREE_NUMBERS = 1,
                    DISAGREE_NEGATION = 2,
                    DISAGREE_DATES = 4,
                    DISAGREE_NAMES = 8
};

struct contradict_text {
    const char *text;
    int64_t reference_us; /* "yesterday" counts from it; TIME_NONE: such dates are not read */
};

struct contradiction {
    unsigned kinds; /* of enum disagreement; 0: none */
    double
        likeness; /* share of the other words that both have, 0..1; below .6 the texts are not compared */
};

/* The same either way round. NOMEM only; the arena holds what is needed meanwhile. */
enum mneme_code contradict_check(const struct language *language, const struct contradict_text *a,
                                 const struct contradict_text *b, struct arena *arena,
                                 struct contradiction *out, struct mneme_error *err) MUST_CHECK;

/* The first kind of `kinds` as a word: "numbers", "negation", "dates", "names"; "" for none. */
const char *contradict_reason(unsigned kinds);

#endif
