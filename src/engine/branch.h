/*
 * Alternatives of what was said: regenerate, select, branch. Each moves the conversation's path (engine/path.h), is one
 * change set, and goes back as a whole.
 */
#ifndef ENGINE_BRANCH_H
#define ENGINE_BRANCH_H

#include "engine/conversation.h"

/* Another message in the place of one (which may be off the path): it follows the same message, the path ends with it.
 * Role, speaker, agent and sitting are the old one's where the item names none. */
enum mneme_code message_regenerate(const struct mneme *handle, const char *id,
                                   struct message_item *item, struct arena *arena,
                                   struct mneme_error *err) MUST_CHECK;
/* The path goes through this message, and on to the newest that was said after it; `known` if it does already. */
enum mneme_code message_select(const struct mneme *handle, const char *id, struct arena *arena,
                               struct receipt *out, struct mneme_error *err) MUST_CHECK;
/* The path ends with this message, so that what is said next follows it. */
enum mneme_code message_branch(const struct mneme *handle, const char *id, struct arena *arena,
                               struct receipt *out, struct mneme_error *err) MUST_CHECK;

/* Another conversation with the past of one: what leads to a message of it (NULL: to its head) is copied, with numbers
 * and times, each copy saying of what (copy_of). Messages that were forgotten are not. `fields`: of the new one. */
enum mneme_code conversation_fork(const struct mneme *handle, const char *id,
                                  const char *message_id, struct conversation *fields,
                                  struct arena *arena, struct receipt *out, struct mneme_error *err)
    MUST_CHECK;

#endif
