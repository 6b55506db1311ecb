/*
 * What extraction and summaries know of a language: one block of tables and one row for each. English is the first. A
 * list that nobody can vouch for stays empty: what reads it is then silent.
 *
 * Words are in lower case and folded. Patterns are those of phrase_match; lists of words are parted by '|'.
 */
#ifndef MIND_RULES_H
#define MIND_RULES_H

#include "text/language.h"

enum extraction_type {
    EXTRACTION_FACT,
    EXTRACTION_PREFERENCE,
    EXTRACTION_COMMITMENT,
    EXTRACTION_EVENT
};

/* What a rule takes as its value, from behind its pattern. */
enum value_kind {
    VALUE_NONE,    /* the pattern says it all */
    VALUE_LISTED,  /* one of the rule's `values`, and nothing more of the clause */
    VALUE_NAME,    /* of a person: up to three capitalised words */
    VALUE_PLACE,   /* capitalised words, perhaps ", Country" */
    VALUE_ORG,     /* capitalised words, perhaps with "of", "and", "the" between */
    VALUE_JOB,     /* ends in a word of `jobs` */
    VALUE_TEXT,    /* what the clause says further, whatever it begins with */
    VALUE_TITLE,   /* as VALUE_THING, without its article */
    VALUE_THING,   /* what the clause says further */
    VALUE_DEED,    /* the same, from a verb on that is not idle */
    VALUE_AGE,     /* a number of years */
    VALUE_DATE,    /* a date and what stands before it */
    VALUE_ADDRESS, /* up to the next white space: an address, a number */
    VALUE_KIN      /* "two sisters", "a dog": a number and a word of `kin` */
};

/* What may stand between pattern and `then`, and becomes the extraction's key. */
enum key_kind { KEY_NONE, KEY_KIN, KEY_WORDS };

struct extract_rule {
    const char *pattern;
    enum key_kind key;
    const char *then;
    enum value_kind value;
    const char *values; /* of VALUE_LISTED; of VALUE_DEED: how its verb ends */
    enum extraction_type type;
    const char *slot;    /* NULL: none; "@": that of the kin; ending in '.': the key is added */
    const char *content; /* {s} who, {v} value, {k} key */
    double confidence;
    bool is_negative;    /* it says what somebody does not like */
    bool needs_date;     /* without one it says too little */
    bool is_weighty;     /* worth remembering whatever else is */
    bool needs_greeting; /* only after "hi": "I'm Ada" */
};

/* A relation to the speaker. */
struct kin_word {
    const char *word;
    const char *slot; /* NULL: one may have several */
};

/* A slot holds one value at a time. */
struct slot {
    const char *name;           /* ending in '.': and whatever follows */
    const char *preference_key; /* NULL: no preference; ending in '.': as in the name */
};

struct mind_rules {
    const char *code;                         /* of the language */
    const struct extract_rule *first, *third; /* by the first person; by somebody named */
    size_t first_count, third_count;
    const struct kin_word *kin; /* sorted */
    size_t kin_count;
    const char *subjects;     /* what a clause in the first person begins with */
    const char *actors;       /* of them, those before a verb in the past: "I went" */
    const char *me;           /* "my", before kin */
    const char *possessive;   /* the end of a word: "'s" */
    const char *negations;    /* behind which no rule in the affirmative holds */
    const char *adverbs;      /* passed over within a pattern */
    const char *conjunctions; /* between which and a subject a clause begins */
    const char *enders;       /* end a value */
    const char *connectors;   /* may stand between capitalised words: "of" */
    const char *deictic;      /* what points at the talk itself begins no value: "it", "how" */
    const char *tails;        /* left off at the end of a value: "too" */
    const char *articles;
    const char *idle_verbs; /* deeds that are none: "I'll be honest" */
    const char *no_names;   /* capitalised at a sentence's start and no name */
    const char *conditions; /* what follows is not said to be so */
    const char *doubts;     /* nor what stands in one clause with it */
    const char *demonyms;   /* capitalised, and say what somebody is, not how they are called */
    const char *fictions;   /* a sentence that begins so takes the message with it */
    const char *polite;     /* before what is asked of the assistant */
    const char *orders;     /* verbs that ask the assistant for something */
    const char *reports;    /* verbs after which somebody else speaks */
    const char *asks;       /* a question may begin with it, beside the language's question words */
    const char *pasts;      /* verbs in the past that do not end as usual */
    const char *past_end;
    const char *future;         /* words that say that a date lies ahead */
    const char *since;          /* before the date from which on something holds */
    const char *weekday_before; /* "on" Friday */
    const char *job_ends;       /* ends of words that name a job */
    const char *jobs;
    const char *years_old;
    const char *greetings;
    const char *const *openers; /* patterns that may stand before the first word that matters */
    size_t opener_count;
    const char *const *reminders; /* the same, and they ask to be remembered */
    size_t reminder_count;
    const char *const *corrections; /* the same, and they take something back */
    size_t correction_count;
    const char *const *retorts; /* "it's", before the right value of what was just said wrongly */
    size_t retort_count;
    const char *const *tales; /* a sentence that begins so is none */
    size_t tale_count;
    const char *nots;             /* between the right value and the wrong one */
    const struct stem_pin *swaps; /* how the first person becomes the third: sorted by `from` */
    size_t swap_count;
    const char *nobody; /* who speaks, if that has no name */
    /* summaries */
    const char *event_words, *turn_words,
        *plot_words; /* happenings, changes of somebody, open ends */
    const char *place_before, *person_before, *person_after; /* what tells places from people */
    /* patterns */
    const char *const *decisions; /* patterns that tell of a decision */
    size_t decision_count;
    /* importance */
    const char *const *cues; /* patterns that ask for attention */
    size_t cue_count;
};

/* NULL: none for the language. */
const struct mind_rules *rules_find(const struct language *language);
/* NULL: the name is no slot that holds one value. */
const struct slot *rules_slot_find(const char *name);
const struct kin_word *rules_kin_find(const struct mind_rules *rules, const char *word,
                                      size_t length);
/* NULL: the word stays as it is. */
const char *rules_swap(const struct mind_rules *rules, const char *word, size_t length);

#endif
