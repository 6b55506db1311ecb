/*
 * Revert: what an origin or a principal has done since a time is taken back, record by record, through the history.
 *
 * A record goes back to what it was before the first of those changes; one that they made is forgotten. What somebody
 * else has changed since stays as it is and is counted, unless the record itself was theirs. What was derived from a
 * record that goes (links `derived_from`) is quarantined. Bounded transactions, a change set each: a call that was
 * interrupted is finished by the same call, and a second one changes nothing.
 */
#ifndef ENGINE_REVERT_H
#define ENGINE_REVERT_H

#include "engine/engine.h"

struct reverting_request {
    int64_t since, before;          /* of the changes, half-open; before TIME_NONE: no bound */
    const char *origin, *principal; /* NULL: any; one of them at least */
};
struct reverted {
    int64_t count, skipped,
        dependent; /* records taken back, left to others' changes, quarantined */
    int64_t seq;
};
enum mneme_code change_revert(const struct mneme *handle, const struct reverting_request *request,
                              struct arena *arena, struct reverted *out, struct mneme_error *err)
    MUST_CHECK;

#endif
