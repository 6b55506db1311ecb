/*
 * Calls with conditions on them, as faces over a network take them: not before what the caller has seen, only for one
 * version, only once.
 */
#ifndef API_CONDITIONAL_H
#define API_CONDITIONAL_H

#include "api/call.h"

struct call_conditions {
    const char *min_version; /* of a read: a token that the answer must not be behind; NULL: none */
    int64_t if_version;      /* of a write: the record's version must be this; 0: any */
    const char *once;        /* of a write: the caller's key; NULL: none */
};

/* Does the condition make sense for the operation? */
bool call_takes_version(const struct operation *operation);
bool call_takes_once(const struct operation *operation);

/*
 * Like call_operation. Besides what the operation answers: INVALID rule `token` and CONFLICT rule `epoch` (field
 * min_version), UNAVAILABLE rule `stale`; CONFLICT rule `version`; CONFLICT rule `idempotency` if the key came with
 * another input. `is_repeat`: the answer is the one that the key got before.
 */
enum mneme_code call_conditionally(mneme *memory, const struct operation *operation,
                                   const struct json *input,
                                   const struct call_conditions *conditions, mneme_result **out,
                                   bool *is_repeat, struct mneme_error *error) MUST_CHECK;

#endif
