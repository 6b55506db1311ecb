/*
 * The durable queue of jobs: what is to be done for a user later, by whoever works (mind/runner.h).
 *
 * A job is a row of its user: its kind, its subject (of which a user has one job a kind), how far it is. Those that
 * may run stand also in a store-level table without content, from which a worker takes them by priority, then by age.
 * Taking one up is leasing it: for a while it is nobody else's, and it carries a fence, a number greater than every one
 * before. Whatever a job does, it does in a transaction that checks its fence first (job_check): a worker that was
 * thought dead and comes back changes nothing. A killed worker's lease runs out and the job goes on where its last
 * transaction left it.
 *
 * A failure lets the job wait, each time twice as long; after LIMIT_JOB_ATTEMPTS in a row it is dead, keeps its reason
 * and waits for job_retry. A finished job leaves no row. Leases and waiting are told by the store's clock, which never
 * goes back; that it may jump ahead takes a lease early, and the fence keeps that harmless. Any thread.
 */
#ifndef STORE_JOBS_H
#define STORE_JOBS_H

#include "store/change.h"

enum job_state { JOB_READY, JOB_PAUSED, JOB_DEAD };
const char *job_state_name(enum job_state state);

/* What a user's job list shows; texts are in the arena. */
struct job {
    struct uuid id;
    const char *kind, *subject, *reason; /* reason: of the last failure; NULL: none */
    int priority;
    enum job_state state;
    int64_t created_at, updated_at;
    int64_t position, done, total; /* total 0: not known */
    int64_t attempts;              /* failures in a row */
    int64_t ready_at;              /* when it may be taken up; of state ready alone */
    bool is_running;               /* leased by somebody */
};

struct job_request {
    const char *kind, *subject;
    int priority;
    int64_t position, total;
};
/* Adds a job of the change's user, or finds the one that is there: then it stays where it is, but one that waits after
 * a failure, or is dead, is ready at once again. A paused one stays so. */
enum mneme_code job_add(struct change *change, const struct job_request *request, struct uuid *id,
                        struct mneme_error *err) MUST_CHECK;

enum mneme_code job_get(const struct scope *scope, const struct uuid *id, struct job *out,
                        bool *found, struct mneme_error *err) MUST_CHECK;
enum mneme_code job_find(const struct scope *scope, const char *kind, const char *subject,
                         struct job *out, bool *found, struct mneme_error *err) MUST_CHECK;
struct job_page {
    struct job *jobs;
    size_t count;
    bool has_more;
};
/* The user's jobs behind an id (NULL: from the first), oldest first. */
enum mneme_code job_list(const struct scope *scope, const struct uuid *after, size_t most,
                         struct job_page *out, struct mneme_error *err) MUST_CHECK;

/* Paused: leased no more, a worker that has it loses its fence. Resumed or retried: ready at once; a retry forgets the
 * failures. Cancelled: gone. *changed is false where there is nothing to do. NOT_FOUND for no job of the user. */
enum job_order { JOB_PAUSE, JOB_RESUME, JOB_RETRY, JOB_CANCEL };
enum mneme_code job_order(struct change *change, const struct uuid *id, enum job_order order,
                          bool *changed, struct mneme_error *err) MUST_CHECK;

/* A job in a worker's hands. */
struct job_lease {
    struct uuid job_id, user;
    int64_t fence;
    char user_name[LIMIT_NAME_BYTES + 1];
};
/* Leases the next job for lease_us; *found is false when none is ready. */
enum mneme_code job_take(struct store *store, int64_t lease_us, struct job_lease *out, bool *found,
                         struct mneme_error *err) MUST_CHECK;

/* Inside the job's own transactions. First of all: CONFLICT, rule `fence`, if the job is no longer this worker's. */
enum mneme_code job_check(const struct change *change, const struct job_lease *lease,
                          struct mneme_error *err) MUST_CHECK;
/* Notes how far it is, forgets earlier failures, and renews the lease. After job_check. */
enum mneme_code job_move(struct change *change, const struct job_lease *lease,
                         const struct job *job, int64_t lease_us, struct mneme_error *err)
    MUST_CHECK;
/* It is done. After job_check. */
enum mneme_code job_finish(struct change *change, const struct job_lease *lease,
                           struct mneme_error *err) MUST_CHECK;

/* Writes of their own. Gives the job back: others of its priority come first. */
enum mneme_code job_give_back(struct store *store, const struct job_lease *lease,
                              struct mneme_error *err) MUST_CHECK;
/* It failed for this reason: it waits, or is dead. A worker that has lost its fence changes nothing, and that is no
 * error. */
enum mneme_code job_fail(struct store *store, const struct job_lease *lease,
                         const struct mneme_error *reason, struct mneme_error *err) MUST_CHECK;

/* How many jobs of all users wait or run, and when the next may be taken up (INT64_MAX: none). */
enum mneme_code job_outlook(struct store *store, int64_t *count, int64_t *next_at_us,
                            struct mneme_error *err) MUST_CHECK;

#endif
