/*
 * Proposals: what mneme would do about two memories, for somebody to accept or reject. Nothing that mneme finds out by
 * itself changes what holds: a new memory that says nearly what another says gets a link `related`, one that denies
 * it a link `contradicts`, and either a proposal, in the change set of the write that brought it.
 */
#ifndef ENGINE_PROPOSAL_H
#define ENGINE_PROPOSAL_H

#include "engine/memory.h"

struct proposing {
    const char
        *action; /* supersede: of the two the later one is to hold; merge: they say the same */
    const char *memory_id, *other_id; /* what gave rise to it, and what was there */
    const char *reason;               /* a few words, nothing of the contents */
    double confidence;
};
/* Inside a write; for jobs too. What was proposed about these two before, open or decided, is not proposed again. */
enum mneme_code proposal_add(struct change *change, const struct proposing *proposing,
                             struct mneme_error *err) MUST_CHECK;

/* Inside a write: what a memory that was just inserted is near to, among the latest of a partition that is loaded;
 * links and proposals. Where none is loaded it finds nothing. */
enum mneme_code proposal_find(const struct mneme *handle, struct change *change,
                              const struct memory *memory, struct mneme_error *err) MUST_CHECK;

/*
 * Accepting does what is proposed, as one change set. supersede: both hold from valid_from, else event_at, else
 * created_at. Where they do not overlap both stay; the one that begins later ends the other by then; with one beginning
 * they are linked `contradicts`. merge: the memory is forgotten and the other takes its tags. CONFLICT if it was
 * decided the other way, or one of the two is gone (rule `reference`).
 */
enum mneme_code proposal_decide(const struct mneme *handle, const char *id, bool is_accepted,
                                struct arena *arena, struct receipt *out, struct mneme_error *err)
    MUST_CHECK;

#endif
