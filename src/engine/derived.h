/*
 * What was made from a message by itself: summaries that cover it, memories that were extracted from it. When the
 * message is forgotten, edited, restored or purged, they go in the same transaction; a job makes them anew from what is
 * left. A summary that its caller wrote stays, and is marked as stale.
 */
#ifndef ENGINE_DERIVED_H
#define ENGINE_DERIVED_H

#include "store/change.h"

#define JOB_SUMMARIZE "summarize" /* subject: a conversation */
#define PRIORITY_SUMMARIZE 30
#define SUMMARY_WINDOW 20 /* turns that are left alone: the window has them */
#define SUMMARY_EVERY 20  /* turns that have to leave it before they are summarised */

struct derived {
    const struct summary *summaries; /* live ones, of any maker */
    size_t summary_count;
    const struct memory *memories; /* live ones that rest on the message alone */
    size_t memory_count;
};
/* In the arena of the change. */
enum mneme_code derived_find(struct change *change, const struct message *message,
                             struct derived *out, struct mneme_error *err) MUST_CHECK;
/* Forgets, or marks as stale, and adds the job. */
enum mneme_code derived_take_back(struct change *change, const struct message *message,
                                  struct mneme_error *err) MUST_CHECK;
/* Adds the job that summarises a conversation. */
enum mneme_code summaries_owe(struct change *change, const char *conversation_id,
                              struct mneme_error *err) MUST_CHECK;

/* True of what nobody wrote down: it is made from its sources, and can be made again. */
bool summary_is_derived(const struct summary *summary);

#endif
