/*
 * A user's jobs as callers see them, and the worker that does those of all users.
 */
#ifndef ENGINE_JOB_VERBS_H
#define ENGINE_JOB_VERBS_H

#include "engine/engine.h"
#include "engine/read.h"
#include "mind/runner.h"

struct job_answer {
    struct job *jobs;
    size_t count;
    const char *next_cursor; /* NULL: the last page */
    int64_t now_us;
};
enum mneme_code jobs_list(const struct mneme *handle, const struct page_request *request,
                          struct arena *arena, struct job_answer *out, struct mneme_error *err)
    MUST_CHECK;

/* Pauses, resumes, retries or cancels one of the user's jobs, or (`id` NULL) each that it means something to; *count
 * says how many it changed. Cancelling what fills a space leaves the active one as it is. */
enum mneme_code jobs_order(const struct mneme *handle, const char *id, enum job_order order,
                           struct arena *arena, size_t *count, struct mneme_error *err) MUST_CHECK;

struct jobs_running {
    bool until_empty;
    int64_t for_us; /* 0: no limit */
    bool (*is_stopped)(void *context);
    void (*on_progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *context;
    const struct job_kind *kinds; /* done above the engine (tidy/tidy.h); may be NULL */
    size_t kind_count;
};
/* Works in the calling thread: jobs of every user of the store. */
enum mneme_code jobs_run(const struct mneme *handle, const struct jobs_running *running,
                         struct runner_result *out, struct mneme_error *err) MUST_CHECK;

/* Inside a job of such a kind: a handle of the job's user, to be closed; NULL on failure. */
enum mneme_code job_handle(const struct job_run *run, struct mneme **out, struct mneme_error *err)
    MUST_CHECK;

#endif
