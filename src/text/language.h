/*
 * Languages: the word lists and the stemmer that depend on one. English is the first row; another is one more row.
 * Where a list is empty, the rule that reads it stays silent.
 */
#ifndef TEXT_LANGUAGE_H
#define TEXT_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

struct word_list {
    const char *const *words; /* sorted, lower case, folded */
    size_t count;
};

struct language {
    const char *code;    /* BCP 47: "en" */
    const char *stemmer; /* Snowball's name: "english" */
    struct word_list stop, question, time;
    /* not, never, n't ...: near-duplicates must agree on them */
    struct word_list negation;
    struct word_list when, what, date_units, how_long; /* what makes a query ask for a time */
    const char *const *month_names; /* 12: what a date is written with in a record's key */
    /* in calendar order, not sorted: Monday first, January first */
    struct word_list weekdays, months;
};

const struct language *language_find(const char *code); /* NULL if unknown */
/* binary search */
bool word_list_has(const struct word_list *list, const char *word, size_t length);

#endif
