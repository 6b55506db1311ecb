/*
 * Memories from what was said in a conversation, by rules and without a model (mind/extract.h).
 *
 * Each says where it was learnt (conversation, messages), what took it (metadata.extractor), how sure it is, and has
 * the trust of its messages; it is of tier short_term. The rules of remembering hold: the same content is one more
 * piece of evidence, once for each message; a near one is proposed. What corrects, or fills the same slot otherwise, is
 * proposed to supersede. Extracting again changes nothing.
 */
#ifndef TIDY_EXTRACTING_H
#define TIDY_EXTRACTING_H

#include "engine/memory.h"

struct extracted {
    int64_t messages, created, known, refused, proposed;
};
/* Messages with a number above `after`. NOT_FOUND for no such conversation. */
enum mneme_code extracting_run(const struct mneme *handle, const char *conversation_id,
                               int64_t after, struct extracted *out, struct mneme_error *err)
    MUST_CHECK;

#endif
