/*
 * Context from end to end: gather the profile, a conversation's summary and last turns, and what a question recalls,
 * and render them.
 */
#ifndef ENGINE_CONTEXTING_H
#define ENGINE_CONTEXTING_H

#include "engine/recalling.h"
#include "recall/context.h"

struct contexting {
    size_t budget;               /* tokens */
    const char *conversation_id; /* NULL: no summary and no turns */
    bool new_prefix;             /* first begin the prefix anew, which is a write */
    int64_t generation;          /* out: of the prefix */
    struct recalling recalling;  /* the question and its filters; k and neighbours are set here */
    struct mneme_error degraded; /* out: as in struct recalled */
};

/* The profile holds what is pinned and memories of type `preference`, current and trusted as the recall asks for, of
 * the namespaces that it names. Notes the use of what was recalled and placed. NOT_FOUND: no such conversation. */
enum mneme_code context_assemble(const struct mneme *handle, struct contexting *contexting,
                                 struct arena *arena, struct context *out, struct mneme_error *err)
    MUST_CHECK;

#endif
