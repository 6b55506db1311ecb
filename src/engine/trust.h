/*
 * Trust and quarantine: what an owner does about records that were slipped in. A quarantined record is in no result,
 * count or context until it is released; its row, its history and its place stay.
 */
#ifndef ENGINE_TRUST_H
#define ENGINE_TRUST_H

#include "engine/memory.h"

/* Says how far a record of a versioned kind is to be believed. A change like any other: it can be undone. */
enum mneme_code record_trust(const struct mneme *handle, const char *id, const char *trust,
                             struct arena *arena, struct receipt *out, struct mneme_error *err)
    MUST_CHECK;

/* Which records: all that is given must fit. Something must be given. */
struct suspects {
    const char *id, *origin, *principal; /* NULL: any */
    int64_t since, before;               /* of created_at, half-open; TIME_NONE: no bound */
    const char *text; /* somewhere in its texts, whatever case and accents; NULL: anything */
};

struct held {
    int64_t at_us;            /* quarantined_at of all of them: what a release names them by */
    int64_t count, dependent; /* records; of them those that are there for what they derive from */
    int64_t seq;
};
/*
 * Quarantines what fits and is live, and what was derived from it (links `derived_from`), over any number of links.
 * Bounded transactions, a change set each; one that was interrupted is finished by calling it again, and a second call
 * changes nothing.
 */
enum mneme_code record_quarantine(const struct mneme *handle, const struct suspects *suspects,
                                  struct arena *arena, struct held *out, struct mneme_error *err)
    MUST_CHECK;

/* Quarantines what was derived from these records, over any number of links; not the records themselves. */
enum mneme_code record_quarantine_derived(const struct mneme *handle, const char *const *ids,
                                          size_t count, struct arena *arena, struct held *out,
                                          struct mneme_error *err) MUST_CHECK;

/* Releases the records of a quarantine (at_us; TIME_NONE: of any), or one record (`id`; NULL: all). */
enum mneme_code record_release(const struct mneme *handle, const char *id, int64_t at_us,
                               struct arena *arena, struct held *out, struct mneme_error *err)
    MUST_CHECK;

#endif
