/*
 * A user's embedding spaces as the engine uses them: in which a text is embedded, in which a query asks, and how a
 * model is changed while everybody goes on.
 *
 * The store decides: the user's active space is what ranking uses, whatever model a handle was opened with. A handle's
 * own model makes a user's first space, and serves where the active one's cannot be opened here.
 */
#ifndef ENGINE_SPACE_VERBS_H
#define ENGINE_SPACE_VERBS_H

#include "engine/engine.h"
#include "store/jobs.h"

#define JOB_EMBED                                                                                  \
    "embed" /* subject: a model, whose space lacks vectors of records that were written */
#define JOB_REEMBED                                                                                \
    "reembed" /* subject: a model, whose space is to become active once it is full */
#define JOB_DROP_SPACE "drop_space" /* subject: a space, whose vectors go */
#define PRIORITY_EMBED 50
#define PRIORITY_REEMBED 20
#define PRIORITY_DROP_SPACE 10

/* Where a text's vectors go, or a query's come from, the preferred first. */
#define TARGETS_MAX 3
struct embed_target {
    struct embedder *embedder; /* resolved */
    const char *model;         /* NULL: not known */
};
struct embed_targets {
    struct embed_target items[TARGETS_MAX];
    size_t count;
    const char *late_model; /* a provider that is to make the user's first space; NULL: none */
};
/* The embedders that are at hand here for what is written: of the user's active space and of the one that is filling;
 * the handle's own if there is none of these that weighs anything. */
enum mneme_code engine_targets(const struct mneme *handle, struct arena *arena,
                               struct embed_targets *out, struct mneme_error *err) MUST_CHECK;
/* And for what is asked: those that weigh anything, the handle's own too if the user has vectors of it. */
enum mneme_code engine_query_targets(const struct mneme *handle, struct arena *arena,
                                     struct embed_targets *out, struct mneme_error *err) MUST_CHECK;
/* What a transaction or a snapshot has seen; if a handle has something else in mind, it looks again next time. True if
 * it had. */
bool engine_saw_choice(const struct mneme *handle, const struct space_choice *choice);

struct space_status {
    struct space_infos spaces;
    struct space_choice choice;
    struct job job; /* that fills; id of zeroes: none */
    bool is_filling, is_paused;
};
/* Changes the user's model: makes its space, and a job that fills it and then makes it the active one. Its own active
 * space again: stops what was filling. The model must be openable here, a provider must answer. What cannot be is said
 * before anything is changed. */
enum mneme_code engine_space_begin(const struct mneme *handle, const char *model,
                                   struct arena *arena, struct space_status *out,
                                   struct mneme_error *err) MUST_CHECK;
enum mneme_code engine_space_status(const struct mneme *handle, struct arena *arena,
                                    struct space_status *out, struct mneme_error *err) MUST_CHECK;
/* The space that is filling becomes active now, though not all records have their vectors there: they are found by
 * those of the other. CONFLICT if none is filling. */
enum mneme_code engine_space_cutover(const struct mneme *handle, struct arena *arena,
                                     struct space_status *out, struct mneme_error *err) MUST_CHECK;
/* Adds the job that takes a space's vectors away. CONFLICT for one that is active or filling. */
enum mneme_code engine_space_drop(const struct mneme *handle, const char *space,
                                  struct arena *arena, struct uuid *job, struct mneme_error *err)
    MUST_CHECK;

#endif
