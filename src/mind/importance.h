/*
 * How important a memory is when it is written: an explicit value is kept; else type, wording, novelty and repeated
 * mention move it from the middle. Use never does.
 */
#ifndef MIND_IMPORTANCE_H
#define MIND_IMPORTANCE_H

#include "text/language.h"

#include <stdbool.h>

#define IMPORTANCE_LEVELS 5 /* 1..5 are 0, .25, .5, .75, 1 */

struct importance_evidence {
    double explicit_value; /* 0..1, what the caller set; negative: nothing */
    int level;             /* 1..5, the same in levels; 0: none */
    const char *type;      /* the memory's type; NULL: none */
    const char *content;
    double cue; /* of its extraction, 0..1 */
    double
        novelty; /* 1 - the greatest likeness to what is known already, 0..1; negative: unknown */
    unsigned mentions; /* how often it has been said, this time too; by distinct sources */
};

struct importance {
    double value; /* 0..1 */
    const char
        *basis; /* explicit, type, cues, novelty, mentions, default: what moved it most. Static */
};

/* The same evidence gives the same value. Any thread. */
struct importance importance_judge(const struct language *language,
                                   const struct importance_evidence *evidence);

#endif
