/*
 * What the store had been told by a time: a record as its history has it. A scope whose known_at_us is set reads the
 * past: record_find answers rows as they were then, and finds none of what came later. Other statements give rows as
 * they are now, which past_rewind takes back one by one.
 *
 * What has expired or is quarantined now stays so, and trust is today's: the past is no way around them. What is
 * counted and not versioned (uses, evidence, a conversation's messages) is as it is now. What was purged has no past.
 */
#ifndef STORE_PAST_H
#define STORE_PAST_H

#include "store/change.h"

static inline bool scope_is_past(const struct scope *scope)
{
    return scope->known_at_us != 0;
}

/* Takes a row, as it is now, back to the scope's time, in the scope's arena. *was_there is false, and the row is left
 * alone, if it came later. Of a scope that does not read the past nothing changes. Internal columns (terms, digests)
 * are empty then. */
enum mneme_code past_rewind(const struct scope *scope, const struct kind *kind, void *record,
                            bool *was_there, struct mneme_error *err) MUST_CHECK;

/* A row as history keeps it (`before`), with the owner and the counts of `now`. */
enum mneme_code past_row(const struct kind *kind, const char *before, const void *now,
                         union any_record *out, struct arena *arena, struct mneme_error *err)
    MUST_CHECK;

#endif
