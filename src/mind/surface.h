/*
 * How terms are written in the text they come from: names and topics show words, not stems.
 */
#ifndef MIND_SURFACE_H
#define MIND_SURFACE_H

#include "text/terms.h"
#include "text/word.h"

struct surface_reader {
    const struct language *language;
    struct word_reader words;
    bool is_paired; /* no CJK so far, whose terms are pairs of characters */
};

void surface_init(struct surface_reader *reader, const struct language *language, const char *text);
/* The word of the next term that is no extra, in the order of analyzer_terms; false: the term is its own surface. */
bool surface_next(struct surface_reader *reader, const char **word, size_t *length);

#endif
