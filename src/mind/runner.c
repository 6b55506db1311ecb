/* Takes jobs and does them. */
#include "mind/runner.h"

#include "mind/reembed.h"

#include <string.h>
#include <time.h>

#define TURN_US                                                                                    \
    (INT64_C(200) * 1000) /* a job is given back after so long, if others may be waiting */
#define IDLE_US (INT64_C(200) * 1000) /* an idle worker looks again after so long at the latest */

const struct job_kind job_kinds[] = {
    {"embed", reembed_step},
    {"reembed", reembed_step},
    {"drop_space", drop_space_step},
};
const size_t job_kind_count = sizeof job_kinds / sizeof *job_kinds;

static const struct job_kind *find_among(const struct job_kind *kinds, size_t count,
                                         const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

static const struct job_kind *find_kind(const struct runner *runner, const char *name)
{
    const struct job_kind *kind = find_among(job_kinds, job_kind_count, name);
    return kind ? kind : find_among(runner->kinds, runner->kind_count, name);
}

static int64_t monotonic_us(const struct runner *runner)
{
    const struct env *env = store_env(runner->store);
    return env->monotonic_us(env->context);
}

static bool is_stopped(const struct runner *runner)
{
    return runner->is_stopped != NULL && runner->is_stopped(runner->context);
}

// --- a job's writes ------------------------------------------------------------------------------

struct job_writing {
    const struct job_run *run;
    const char *reason;
    job_act *act;
    void *context;
    struct arena *arena;
};

static enum mneme_code run_write(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct job_writing *writing = context;
    const struct job_lease *lease = writing->run->lease;
    struct change change;
    char job[UUID_TEXT_LENGTH + 1];
    uuid_format(&lease->job_id, job);
    const struct change_options options = {.user_name = lease->user_name,
                                           .origin = "consolidation",
                                           .operation = "jobs.run",
                                           .job = job,
                                           .reason = writing->reason};
    arena_clear(writing->arena);
    enum mneme_code code = change_begin(&change, tx, writing->arena, &options, err);
    if (code == MNEME_OK) {
        code = job_check(&change, lease, err);
    }
    return code == MNEME_OK ? writing->act(&change, writing->context, err) : code;
}

enum mneme_code job_write(const struct job_run *run, const char *reason, job_act *act,
                          void *context, struct mneme_error *err)
{
    struct arena arena;
    struct job_writing writing = {
        .run = run, .reason = reason, .act = act, .context = context, .arena = &arena};
    arena_init(&arena);
    enum mneme_code code = store_write_behind(run->store, run_write, &writing, err);
    arena_clear(&arena);
    return code;
}

// --- one job -------------------------------------------------------------------------------------

/* The job as it is now; false: it is gone, or no longer this worker's. */
static enum mneme_code read_job(struct job_run *run, struct arena *arena, bool *found,
                                struct mneme_error *err)
{
    struct scope scope = {.user = run->lease->user, .arena = arena};
    *found = false;
    enum mneme_code code = store_read_begin(run->store, &scope.db, err);
    if (code != MNEME_OK) {
        return code;
    }
    scope.now_us = store_now_us(run->store);
    code = job_get(&scope, &run->lease->job_id, &run->job, found, err);
    store_read_end(run->store, scope.db);
    return code;
}

static enum mneme_code take_turn(struct job_run *run, int64_t *steps, struct mneme_error *err)
{
    const struct runner *runner = run->runner;
    const struct job_kind *kind = find_kind(runner, run->job.kind);
    int64_t until_us = monotonic_us(runner) + TURN_US;
    if (kind == NULL) {
        return error_set(err, MNEME_UNSUPPORTED, "this program knows no job of kind '%.40s'",
                         run->job.kind);
    }
    enum mneme_code code = MNEME_OK;
    while (code == MNEME_OK && !run->is_finished && monotonic_us(runner) < until_us &&
           !is_stopped(runner)) {
        arena_clear(run->arena);
        code = kind->step(run, err);
        (*steps)++;
        if (code == MNEME_OK && runner->on_progress != NULL) {
            runner->on_progress(runner->context, &run->job);
        }
    }
    return code;
}

static bool is_lost(enum mneme_code code, const struct mneme_error *error)
{
    return code == MNEME_CONFLICT && strcmp(error->rule, "fence") == 0;
}

static enum mneme_code work_on(const struct runner *runner, const struct job_lease *lease,
                               struct runner_result *out, struct mneme_error *err)
{
    struct arena texts, step;
    struct mneme_error error = {0};
    struct job_run run = {.runner = runner, .store = runner->store, .lease = lease, .arena = &step};
    bool found;
    arena_init(&texts);
    arena_init(&step);
    enum mneme_code code = read_job(&run, &texts, &found, &error);
    if (code == MNEME_OK && found) {
        code = take_turn(&run, &out->steps, &error);
    }
    arena_clear(&step);
    arena_clear(&texts);
    out->finished += code == MNEME_OK && run.is_finished;
    if (is_lost(code, &error) || run.is_finished || (code == MNEME_OK && !found)) {
        return MNEME_OK;
    }
    if (code == MNEME_OK) {
        return job_give_back(runner->store, lease, err);
    }
    out->failed++;
    return job_fail(runner->store, lease, &error, err);
}

// --- the queue -----------------------------------------------------------------------------------

/* Until something may be ready, but not long: another process may add a job. */
static void rest(const struct runner *runner, int64_t next_at_us)
{
    int64_t wait_us = next_at_us - store_now_us(runner->store);
    if (wait_us > IDLE_US) {
        wait_us = IDLE_US;
    }
    if (wait_us > 0) {
        const struct timespec span = {.tv_nsec = wait_us * 1000};
        (void)nanosleep(&span, NULL);
    }
}

static bool is_over(const struct runner *runner, int64_t started_us)
{
    return is_stopped(runner) ||
           (runner->for_us > 0 && monotonic_us(runner) - started_us >= runner->for_us);
}

enum mneme_code runner_run(const struct runner *runner, struct runner_result *out,
                           struct mneme_error *err)
{
    int64_t started_us = monotonic_us(runner);
    enum mneme_code code = MNEME_OK;
    *out = (struct runner_result){.next_at_us = INT64_MAX};
    while (code == MNEME_OK && !is_over(runner, started_us)) {
        struct job_lease lease;
        bool found;
        code = job_take(runner->store, JOB_LEASE_US, &lease, &found, err);
        if (code == MNEME_OK && found) {
            code = work_on(runner, &lease, out, err);
        } else if (code == MNEME_OK && runner->until_empty) {
            break;
        } else if (code == MNEME_OK) {
            code = job_outlook(runner->store, &out->waiting, &out->next_at_us, err);
            rest(runner, out->next_at_us);
        }
    }
    return code == MNEME_OK ? job_outlook(runner->store, &out->waiting, &out->next_at_us, err)
                            : code;
}
