/*
 * Writes that are done once, however often they are asked for: the caller's key is kept with the reply, in the write's
 * own transaction, for LIMIT_REPLY_US. A repeat waits for the writer's seat like any write, and then finds the
 * reply.
 *
 * All that the run does happens in the writer's seat, its preparation (embedding) too: only so is the reply part of the
 * transaction. Writes without a key do not pay for that.
 */
#ifndef ENGINE_ONCE_H
#define ENGINE_ONCE_H

#include "engine/engine.h"

struct once {
    const char *operation, *key;        /* with the handle's user and principal: whose key it is */
    unsigned char digest[SHA256_BYTES]; /* of what was asked */
};

/* Works through the handle it is given, whose writes all belong to one transaction, and sets *reply, which lives until
 * it is called again: that happens when another write has failed the transaction. */
typedef enum mneme_code once_fn(const struct mneme *handle, void *context, const char **reply,
                                struct mneme_error *err);

/*
 * *reply is the run's, or (is_repeat) the kept one, in the arena. CONFLICT, rule `idempotency`, if the key came with
 * another digest. What the run fails with is not kept.
 */
enum mneme_code once_write(const struct mneme *handle, const struct once *once, once_fn *run,
                           void *context, struct arena *arena, const char **reply, bool *is_repeat,
                           struct mneme_error *err) MUST_CHECK;

#endif
