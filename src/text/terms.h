/*
 * From text to index terms.
 *
 * A word is a run of letters, marks, digits and `_`. It is lower-cased, folded (accents dropped), left out if it is a
 * stop word, and stemmed (Snowball). Runs of CJK characters become overlapping pairs (a lone one stays single). A
 * compound id ("ORD-1234", "user@host", "src/main.c", "v1.2.3", "C++": word runs joined by one of - . / : @ + # with a
 * digit or a sign other than - that makes it no plain word) is kept whole besides its parts, as an `extra` term that
 * counts in no length and no order; so is each single character of a CJK run, for queries of one character.
 *
 * TEXT_REFERENCE is the profile of the measured reference (ranking recipe, section 5): no folding, no compounds, no CJK
 * pairs; it exists to compare with it.
 *
 * An analyzer memoises stems and is used by one thread at a time.
 */
#ifndef TEXT_TERMS_H
#define TEXT_TERMS_H

#include "base/arena.h"
#include "text/language.h"

enum text_profile { TEXT_SHIPPING = 1, TEXT_REFERENCE = 2 }; /* numbers are stored in rows */

struct term {
    const char *text; /* not NUL-terminated by promise; lives in the arena */
    unsigned length;
    bool is_extra;
};

struct term_list {
    struct term *items;
    size_t count, capacity;
};

struct analyzer;
/* NULL: out of memory */
struct analyzer *analyzer_new(const struct language *language, enum text_profile profile);
void analyzer_free(struct analyzer *analyzer);
enum text_profile analyzer_profile(const struct analyzer *analyzer);
const struct language *analyzer_language(const struct analyzer *analyzer);

/* Appends the terms of the text in order, at most LIMIT_TERMS in the list. False when out of memory. */
bool analyzer_terms(struct analyzer *analyzer, const char *text, struct arena *arena,
                    struct term_list *list);
/* The same, stop words kept: for a query that consists of nothing else. */
bool analyzer_all_terms(struct analyzer *analyzer, const char *text, struct arena *arena,
                        struct term_list *list);

#endif
