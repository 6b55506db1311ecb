/*
 * Summaries without a model: the sentences that say most of what all of them say, in their order, within a number of
 * tokens; and what of it happened, changed and stays open, about whom and where.
 *
 * The same input gives the same summary, byte for byte.
 */
#ifndef MIND_SUMMARISE_H
#define MIND_SUMMARISE_H

#include "base/arena.h"
#include "text/terms.h"

#include <stdint.h>

/* A message; or, one step up the ladder from scene to chapter to arc, a summary of the step below, without speaker. */
struct summary_unit {
    const char *text;
    const char *speaker; /* NULL: none */
    uint32_t ordinal;    /* the caller's, given back */
    double importance;   /* 0..1, .5 where nothing is known */
    const float *vector; /* `dimension` numbers of unit length; NULL: none */
};

struct summary_options {
    size_t target_tokens; /* by token_estimate: never more, the previous summary included */
    const char *previous; /* what the summary goes on from, word for word; NULL: nothing */
    size_t dimension;     /* of the vectors; 0: there are none */
};

struct summary_item {
    const char *text; /* one sentence, "Speaker: ..." */
    uint32_t ordinal; /* of its unit */
};

struct summary_items {
    struct summary_item *items; /* in the order of the units */
    size_t count;
};

struct development {
    const char *character;
    struct summary_items items;
};

struct summary_said {
    const char *text; /* begins with the previous one */
    /* There was no room behind the previous one: begin a new summary, and let both go up the ladder. */
    bool is_full;
    struct summary_items key_events, plot_points;
    struct development *developments;
    size_t development_count;
    const char **topics, **people, **places; /* the most central or frequent first */
    size_t topic_count, people_count, place_count;
    uint32_t from, to; /* ordinals of the first and last unit */
};

/* The units come in their order. Lives in the arena. NOMEM only; sentences past LIMIT_SUMMARY_SENTENCES are not looked
 * at. The analyzer's thread. */
enum mneme_code summarise_run(struct analyzer *analyzer, const struct summary_unit *units,
                              size_t count, const struct summary_options *options,
                              struct arena *arena, struct summary_said *out,
                              struct mneme_error *err) MUST_CHECK;

#endif
