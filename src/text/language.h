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

/* What a word does in a date, for the rules of dates.c. */
enum date_role {
    ROLE_MONTH,         /* value 1..12 */
    ROLE_MONTH_COMMON,  /* the same, and an ordinary word too when written small: "may" */
    ROLE_MONTH_SHORT,   /* "jan" */
    ROLE_WEEKDAY,       /* value 0..6 from Monday */
    ROLE_WEEKDAY_SHORT, /* "mon" */
    ROLE_UNIT,          /* value: enum date_unit */
    ROLE_WEEKEND,
    ROLE_DAYPART,  /* value 1 if it goes with "last": "last night" */
    ROLE_RELATIVE, /* value: days from today: "yesterday" -1 */
    ROLE_WHICH,    /* value -1, 0, 1: last, this, next */
    ROLE_NUMBER,   /* value */
    ROLE_ORDINAL,  /* what follows a day's number: "th" */
    ROLE_AGO,
    ROLE_IN,
    ROLE_FROM,
    ROLE_NOW,    /* what "3 days from" may end with, beside "today" */
    ROLE_BESIDE, /* value -1, 1: "the day before yesterday", "the day after tomorrow" */
    ROLE_HEDGE,  /* takes the date from what follows: "the last week", "half a year ago" */
    ROLE_OF,
    ROLE_ON, /* between a time and its day, or a day and its time */
    ROLE_AM,
    ROLE_PM,
    ROLE_ZONE,   /* of a time: UTC by another name */
    ROLE_QUARTER /* before a number 1..4 */
};

struct date_word {
    const char *word;
    enum date_role role;
    int value;
};

/* A word, or the end of a stem, that releases of Snowball treat differently, and what the newest makes of it. Rows hold
 * stems, so stems must not change with the library. */
struct stem_pin {
    const char *from, *to;
};

struct language {
    const char *code;            /* BCP 47: "en" */
    const char *stemmer;         /* Snowball's name: "english" */
    const struct stem_pin *pins; /* words, sorted */
    size_t pin_count;
    const struct stem_pin *tails; /* ends of stems */
    size_t tail_count;
    struct word_list stop, question, time;
    struct word_list negation; /* not, never, n't ...: near-duplicates must agree on them */
    struct word_list when, what, date_units, how_long; /* what makes a query ask for a time */
    struct word_list titles;            /* written with a dot that never ends a sentence: "dr" */
    struct word_list abbreviations;     /* ... that ends one only before a capital: "etc", "e.g" */
    const char *const *month_names;     /* 12: what a date is written with in a record's key */
    const struct date_word *date_words; /* sorted by word */
    size_t date_word_count;
};

/* By the first part of the code ("en-GB" finds "en"), in any case; NULL if unknown. */
const struct language *language_find(const char *code);

bool word_list_has(const struct word_list *list, const char *word,
                   size_t length); /* binary search */
const struct date_word *language_date_word(const struct language *language, const char *word,
                                           size_t length);
const char *language_pinned_stem(const struct language *language, const char *word, size_t length);

#endif
