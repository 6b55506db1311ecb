/*
 * Why a record is not among the hits of a recall: its kind, its state, a filter, a cut-off, its rank.
 */
#ifndef ENGINE_WHY_NOT_H
#define ENGINE_WHY_NOT_H

#include "engine/recalling.h"

enum absence {
    ABSENCE_FORGOTTEN,
    ABSENCE_OFF_PATH, /* of a conversation: another message is in its place */
    ABSENCE_KIND,     /* that recall never finds, or that was not asked for */
    ABSENCE_NAMESPACE,
    ABSENCE_UNTRUSTED,
    ABSENCE_SUPERSEDED,
    ABSENCE_NOT_VALID, /* at the time that was asked about */
    ABSENCE_FILTER,    /* field: that which does not match */
    ABSENCE_MIN_COSINE,
    ABSENCE_MIN_COVERAGE,
    ABSENCE_FOLDED, /* into another hit */
    ABSENCE_RANK    /* others are better */
};

#define WHY_NOT_REASONS 16

struct why_not {
    const struct kind *kind;
    const char *id;
    bool is_hit;             /* it is there; then there are no reasons */
    unsigned rank;           /* from 1, if it is among the first LIMIT_RECALL_K; else 0 */
    const char *folded_into; /* NULL: none */
    const struct recall_hit
        *hit; /* its score, if nothing but cut-offs, folding or rank keeps it out; else NULL */
    struct absence_reason {
        enum absence absence;
        const char *field; /* NULL: none */
    } reasons[WHY_NOT_REASONS];
    size_t reason_count;
};

/* Of a record that is there, or was forgotten; of any other NOT_FOUND. Notes no use. */
enum mneme_code why_not(const struct mneme *handle, const struct recalling *recalling,
                        const char *id, struct arena *arena, struct why_not *out,
                        struct mneme_error *err) MUST_CHECK;

/* `forgotten`, `min_cosine`, ... */
const char *absence_name(enum absence absence);

#endif
