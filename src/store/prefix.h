/*
 * The generation of a user's context prefix: the part of every context that stays byte for byte the same, so that
 * prompt caches hit, until the generation is raised. What joins the profile is appended behind what was there.
 *
 * One row a user says when the prefix was last begun anew; what it holds and in which order follows from that and from
 * the records (engine/contexting.c), so reading writes nothing, and processes agree. A write that changes, forgets or
 * purges what belongs to the profile raises the generation in its own transaction.
 */
#ifndef STORE_PREFIX_H
#define STORE_PREFIX_H

#include "store/change.h"

struct prefix_state {
    int64_t generation; /* from 1 */
    int64_t raised_at;  /* what joined later is appended; 0: it was never raised */
};
enum mneme_code prefix_find(const struct scope *scope, struct prefix_state *out,
                            struct mneme_error *err) MUST_CHECK;
/* Inside a write, of a user who has a row. */
enum mneme_code prefix_raise(const struct scope *scope, struct mneme_error *err) MUST_CHECK;
/* Raises it if `before`, a row that is about to be changed or removed, belongs to the profile. */
enum mneme_code prefix_note_change(const struct change *change, const struct kind *kind,
                                   const void *before, struct mneme_error *err) MUST_CHECK;

/* Preferences, pinned memories and messages, memories of type `preference`; no matter whether it is live. */
bool prefix_has(const struct kind *kind, const void *record);

#endif
