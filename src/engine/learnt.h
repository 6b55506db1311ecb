/*
 * What was learnt from a conversation's messages: memories and summaries that name them (conversation_id with
 * message_to, else message_from; a summary's message_range_end).
 *
 * What is on a path when something is learnt from it are ancestors of the last message named, so that one decides:
 * while it is on the path, what was learnt from it is in answers. Leaving is forgetting, with a version and a history
 * row, in the change set that moves the path; so undo brings it back, and so does the path when it comes back.
 */
#ifndef ENGINE_LEARNT_H
#define ENGINE_LEARNT_H

#include "base/map.h"
#include "store/change.h"

/* Inside a write, after messages with numbers above `seq` came to the path or left it: `moved` holds their ids. */
enum mneme_code learnt_follow(struct change *change, const struct uuid *conversation, int64_t seq,
                              const struct map *moved, struct mneme_error *err) MUST_CHECK;

#endif
