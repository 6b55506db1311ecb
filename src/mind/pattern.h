/*
 * What recurs: preferences and decisions that are told again and again, and workflows, which are sequences of labels
 * that many sessions share. Nothing is found in what one source repeats: frequency counts sources.
 *
 * The order of records and of sessions does not matter; that of labels within a session does.
 */
#ifndef MIND_PATTERN_H
#define MIND_PATTERN_H

#include "base/arena.h"
#include "text/terms.h"

#include <stdint.h>

enum pattern_kind { PATTERN_PREFERENCE, PATTERN_WORKFLOW, PATTERN_DECISION };

struct pattern_record {
    uint32_t ordinal;
    uint32_t source; /* conversation, or whatever counts as one saying */
    const char *
        type; /* "preference" and "decision" are looked at, and any content that tells of a decision */
    const char *subject; /* NULL: none */
    const char *content;
    bool is_negative;
};

struct pattern_event {
    uint32_t session; /* events of one session stand together, in their order */
    uint32_t label;   /* index of its name */
    uint32_t ordinal;
};

struct pattern_found {
    enum pattern_kind kind;
    const char *description; /* the content told most recently; "build > test > deploy" */
    unsigned frequency;      /* distinct sources or sessions */
    double confidence;       /* 0..1 */
    const char **examples;
    uint32_t *ordinals; /* of all that it rests on, ascending */
    size_t example_count, ordinal_count;
};

struct pattern_list {
    struct pattern_found *items; /* the most frequent first */
    size_t count, capacity;
};

/* Preferences and decisions from at least `frequency_min` sources (at least 2). NOMEM only. */
enum mneme_code pattern_find_recurring(struct analyzer *analyzer,
                                       const struct pattern_record *records, size_t count,
                                       unsigned frequency_min, struct arena *arena,
                                       struct pattern_list *out, struct mneme_error *err)
    MUST_CHECK;
/* Sequences of 2 to 6 labels in at least `frequency_min` sessions (at least 2) that no longer one as frequent holds. */
enum mneme_code pattern_find_workflows(const struct pattern_event *events, size_t count,
                                       const char *const *labels, unsigned frequency_min,
                                       struct arena *arena, struct pattern_list *out,
                                       struct mneme_error *err) MUST_CHECK;

const char *pattern_kind_name(enum pattern_kind kind); /* preference, workflow, decision_pattern */

#endif
