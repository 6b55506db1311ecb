/*
 * The worker: takes jobs off the queue and does them, step by step, until there is none, its time is up, or it is
 * told to stop. It starts no thread; any number of workers, in any number of processes, may run at once
 * (store/jobs.h).
 *
 * A job is done a while and then given back, so that no user waits for another's long one. A step that fails lets its
 * job wait or die (job_fail) and the worker goes on with the next; only what keeps the queue itself from working ends
 * it.
 */
#ifndef MIND_RUNNER_H
#define MIND_RUNNER_H

#include "embed/embed.h"
#include "store/jobs.h"

struct runner;

/* A job in the middle of being done. */
struct job_run {
    const struct runner *runner;
    struct store *store;
    const struct job_lease *lease;
    struct job job;      /* as it is stored; a step keeps it so */
    struct arena *arena; /* of one step */
    bool is_finished;    /* set by the step that was the last */
};

/* A kind of job: a step does a small part, in transactions of its own that check the fence. */
struct job_kind {
    const char *name;
    enum mneme_code (*step)(struct job_run *run, struct mneme_error *err);
};
extern const struct job_kind job_kinds[];
extern const size_t job_kind_count;

struct runner {
    struct store *store;
    /* The embedder of a model, which outlives the run. */
    enum mneme_code (*embedder)(void *context, const char *model, struct embedder **out,
                                struct mneme_error *err);
    /* Asked between steps; NULL: never. */
    bool (*is_stopped)(void *context);
    /* Told after each step; may be NULL. */
    void (*on_progress)(void *context, const struct job *job);
    void *context;
    const struct job_kind *kinds; /* those that are done above this folder; may be NULL */
    size_t kind_count;
    bool until_empty; /* ends when nothing is ready; what waits for a later time stays */
    int64_t for_us;   /* ends after so long; 0: no limit */
};

struct runner_result {
    int64_t finished, failed; /* jobs; a failure may be one of many of the same job */
    int64_t steps;
    int64_t
        waiting; /* jobs of all users that are left in the queue, dead and paused ones not counted */
    int64_t next_at_us; /* when the next of them is due; INT64_MAX: none */
};
enum mneme_code runner_run(const struct runner *runner, struct runner_result *out,
                           struct mneme_error *err) MUST_CHECK;

/* A write of a job's: begins the change, checks the fence, then acts. `act` may be run again, as in store_write. */
typedef enum mneme_code job_act(struct change *change, void *context, struct mneme_error *err);
enum mneme_code job_write(const struct job_run *run, const char *reason, job_act *act,
                          void *context, struct mneme_error *err) MUST_CHECK;

#define JOB_LEASE_US (INT64_C(30) * US_PER_SECOND)

#endif
