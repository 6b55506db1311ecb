/*
 * Summaries of conversations: a ladder of scenes, chapters and arcs.
 *
 * Turns that have left the window become scenes, some at a time. The last scene is extended, never rewritten: its text
 * goes on behind what it says; when it is full, or a sitting ends, the next one begins. Six scenes without a chapter
 * become one, six chapters an arc. Where a message was taken back, its scene is gone (engine/derived.h) and its turns
 * are summarised anew.
 */
#ifndef TIDY_SUMMARIES_H
#define TIDY_SUMMARIES_H

#include "engine/derived.h"
#include "tidy/tidy.h"

struct summarised {
    int64_t messages, made, extended;
};
/* Summarises what is not yet; with `whole` the turns of the window too. NOT_FOUND for no such conversation. */
enum mneme_code summaries_make(const struct mneme *handle, const char *conversation_id, bool whole,
                               struct summarised *out, struct mneme_error *err) MUST_CHECK;

/* The step of JOB_SUMMARIZE. */
enum mneme_code summaries_step(struct job_run *run, struct mneme_error *err);

#endif
