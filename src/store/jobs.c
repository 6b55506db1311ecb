/* The queue: rows of users, and the table of what is ready. */
#include "store/jobs.h"

#include "store/row.h"
#include "store/store_internal.h"

#include <assert.h>
#include <string.h>

static const char *const states[] = {"ready", "paused", "dead"};

const char *job_state_name(enum job_state state)
{
    return states[state];
}

static enum mneme_code corrupt(const char *field, struct mneme_error *err)
{
    return error_field(err, MNEME_STORAGE, field, "corrupt", "a job's '%s' is damaged", field);
}

static bool take_uuid(struct statement *statement, int column, struct uuid *out)
{
    size_t length = 0;
    const void *bytes = db_bytes(statement, column, &length);
    memset(out, 0, sizeof *out);
    if (bytes == NULL || length != sizeof out->bytes) {
        return false;
    }
    memcpy(out->bytes, bytes, length);
    return true;
}

static bool take_state(struct statement *statement, int column, enum job_state *out)
{
    const char *text = db_text(statement, column, NULL);
    *out = JOB_READY;
    while (text != NULL && *out <= JOB_DEAD && strcmp(states[*out], text) != 0) {
        (*out)++;
    }
    return text != NULL && *out <= JOB_DEAD;
}

// --- what is ready -------------------------------------------------------------------------------

struct ready {
    int64_t ready_at, fence, leased_until;
};

static enum mneme_code find_ready(struct db *db, const struct uuid *id, struct ready *out,
                                  bool *found, struct mneme_error *err)
{
    struct statement *statement;
    *out = (struct ready){0};
    *found = false;
    enum mneme_code code = db_prepare(db, SQL_JOB_READY_GET, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, id);
    code = db_step(statement, found, err);
    if (code == MNEME_OK && *found) {
        *out = (struct ready){.ready_at = db_integer(statement, 0),
                              .fence = db_integer(statement, 1),
                              .leased_until = db_integer(statement, 2)};
        db_reset(statement);
    }
    return code;
}

static enum mneme_code add_ready(const struct change *change, const struct uuid *id, int priority,
                                 struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(change->scope.db, SQL_JOB_READY_ADD, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, id);
    db_bind_uuid(statement, 2, &change->scope.user);
    db_bind_integer(statement, 3, priority);
    db_bind_integer(statement, 4, change->scope.now_us);
    return db_run(statement, err);
}

static enum mneme_code remove_ready(struct db *db, const struct uuid *id, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(db, SQL_JOB_READY_REMOVE, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, id);
    return db_run(statement, err);
}

static enum mneme_code set_ready(struct db *db, const struct uuid *id, const struct ready *ready,
                                 struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(db, SQL_JOB_READY_LEASE, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, id);
    db_bind_integer(statement, 2, ready->fence);
    db_bind_integer(statement, 3, ready->leased_until);
    db_bind_integer(statement, 4, ready->ready_at);
    return db_run(statement, err);
}

// --- a user's jobs -------------------------------------------------------------------------------

static enum mneme_code read_job(struct statement *statement, struct arena *arena, struct job *out,
                                struct mneme_error *err)
{
    *out = (struct job){.priority = (int)db_integer(statement, 3),
                        .created_at = db_integer(statement, 5),
                        .updated_at = db_integer(statement, 6),
                        .position = db_integer(statement, 7),
                        .done = db_integer(statement, 8),
                        .total = db_integer(statement, 9),
                        .attempts = db_integer(statement, 10)};
    if (!take_uuid(statement, 0, &out->id)) {
        return corrupt("id", err);
    }
    if (!take_state(statement, 4, &out->state)) {
        return corrupt("state", err);
    }
    enum mneme_code code = row_text(statement, 1, arena, &out->kind, err);
    if (code == MNEME_OK) {
        code = row_text(statement, 2, arena, &out->subject, err);
    }
    return code == MNEME_OK ? row_text(statement, 11, arena, &out->reason, err) : code;
}

/* What the table of ready jobs knows of it. */
static enum mneme_code add_readiness(const struct scope *scope, struct job *job,
                                     struct mneme_error *err)
{
    struct ready ready;
    bool found;
    enum mneme_code code = find_ready(scope->db, &job->id, &ready, &found, err);
    job->ready_at = ready.ready_at > ready.leased_until ? ready.ready_at : ready.leased_until;
    job->is_running = ready.leased_until > scope->now_us;
    return code;
}

enum mneme_code job_get(const struct scope *scope, const struct uuid *id, struct job *out,
                        bool *found, struct mneme_error *err)
{
    struct statement *statement;
    *out = (struct job){0};
    *found = false;
    enum mneme_code code = db_prepare(scope->db, SQL_JOB_GET, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, id);
    code = db_step(statement, found, err);
    if (code != MNEME_OK || !*found) {
        return code;
    }
    code = read_job(statement, scope->arena, out, err);
    db_reset(statement);
    return code == MNEME_OK ? add_readiness(scope, out, err) : code;
}

/* The id of the user's job of that kind and subject. */
static enum mneme_code find_id(const struct scope *scope, const char *kind, const char *subject,
                               struct uuid *id, bool *found, struct mneme_error *err)
{
    struct statement *statement;
    *found = false;
    enum mneme_code code = db_prepare(scope->db, SQL_JOB_FIND, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_text(statement, 2, kind);
    db_bind_text(statement, 3, subject);
    code = db_step(statement, found, err);
    if (code == MNEME_OK && *found) {
        code = take_uuid(statement, 0, id) ? MNEME_OK : corrupt("id", err);
        db_reset(statement);
    }
    return code;
}

enum mneme_code job_find(const struct scope *scope, const char *kind, const char *subject,
                         struct job *out, bool *found, struct mneme_error *err)
{
    struct uuid id;
    *out = (struct job){0};
    enum mneme_code code = find_id(scope, kind, subject, &id, found, err);
    return code == MNEME_OK && *found ? job_get(scope, &id, out, found, err) : code;
}

enum mneme_code job_list(const struct scope *scope, const struct uuid *after, size_t most,
                         struct job_page *out, struct mneme_error *err)
{
    static const struct uuid least = {{0}};
    struct statement *statement;
    bool has_row = true;
    *out = (struct job_page){.jobs = arena_alloc_array(scope->arena, most + 1, sizeof *out->jobs)};
    enum mneme_code code =
        out->jobs ? db_prepare(scope->db, SQL_JOB_LIST, &statement, err) : error_nomem(err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, after ? after : &least);
    db_bind_integer(statement, 3, (int64_t)most + 1);
    while (code == MNEME_OK && out->count <= most) {
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            break;
        }
        code = read_job(statement, scope->arena, &out->jobs[out->count++], err);
    }
    db_reset(statement);
    out->has_more = out->count > most;
    out->count -= out->has_more;
    for (size_t i = 0; i < out->count && code == MNEME_OK; i++) {
        code = add_readiness(scope, &out->jobs[i], err);
    }
    return code;
}

static enum mneme_code insert_job(struct change *change, const struct job_request *request,
                                  struct uuid *id, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = change_make_user(change, err);
    if (code == MNEME_OK) {
        code = store_new_id(change->tx->store, id, err);
    }
    if (code == MNEME_OK) {
        code = db_prepare(change->scope.db, SQL_JOB_ADD, &statement, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, id);
    db_bind_integer(statement, 3, change->scope.now_us);
    db_bind_text(statement, 4, request->kind);
    db_bind_text(statement, 5, request->subject);
    db_bind_integer(statement, 6, request->priority);
    db_bind_integer(statement, 7, request->position);
    db_bind_integer(statement, 8, request->total);
    code = db_run(statement, err);
    return code == MNEME_OK ? add_ready(change, id, request->priority, err) : code;
}

static enum mneme_code set_failure(const struct change *change, const struct job *job,
                                   struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(change->scope.db, SQL_JOB_SET_FAILURE, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, &job->id);
    db_bind_integer(statement, 3, job->attempts);
    db_bind_text(statement, 4, job->reason);
    db_bind_text(statement, 5, states[job->state]);
    db_bind_integer(statement, 6, change->scope.now_us);
    return db_run(statement, err);
}

/* Ready at once. A worker that has it keeps it. */
static enum mneme_code make_ready(struct change *change, const struct job *job,
                                  struct mneme_error *err)
{
    struct ready ready;
    bool found;
    enum mneme_code code = find_ready(change->scope.db, &job->id, &ready, &found, err);
    if (code != MNEME_OK || !found) {
        return code == MNEME_OK ? add_ready(change, &job->id, job->priority, err) : code;
    }
    if (ready.ready_at <= change->scope.now_us) {
        return MNEME_OK;
    }
    ready.ready_at = change->scope.now_us;
    return set_ready(change->scope.db, &job->id, &ready, err);
}

static enum mneme_code revive(struct change *change, const struct job *job, struct mneme_error *err)
{
    struct job after = *job;
    enum mneme_code code = MNEME_OK;
    if (job->state == JOB_PAUSED) {
        return MNEME_OK;
    }
    after.state = JOB_READY;
    after.attempts = 0;
    if (job->state == JOB_DEAD) {
        code = set_failure(change, &after, err);
    }
    return code == MNEME_OK ? make_ready(change, job, err) : code;
}

enum mneme_code job_add(struct change *change, const struct job_request *request, struct uuid *id,
                        struct mneme_error *err)
{
    struct job job;
    bool found;
    memset(id, 0, sizeof *id);
    enum mneme_code code =
        job_find(&change->scope, request->kind, request->subject, &job, &found, err);
    if (code != MNEME_OK || !found) {
        return code == MNEME_OK ? insert_job(change, request, id, err) : code;
    }
    *id = job.id;
    return revive(change, &job, err);
}

static enum mneme_code set_state(const struct change *change, const struct uuid *id,
                                 enum job_state state, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(change->scope.db, SQL_JOB_SET_STATE, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, id);
    db_bind_text(statement, 3, states[state]);
    db_bind_integer(statement, 4, change->scope.now_us);
    return db_run(statement, err);
}

static enum mneme_code remove_job(const struct change *change, const struct uuid *id,
                                  struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(change->scope.db, SQL_JOB_REMOVE, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, id);
    code = db_run(statement, err);
    return code == MNEME_OK ? remove_ready(change->scope.db, id, err) : code;
}

static enum mneme_code pause_job(struct change *change, const struct job *job,
                                 struct mneme_error *err)
{
    enum mneme_code code = remove_ready(change->scope.db, &job->id, err);
    return code == MNEME_OK ? set_state(change, &job->id, JOB_PAUSED, err) : code;
}

static enum mneme_code resume_job(struct change *change, const struct job *job,
                                  struct mneme_error *err)
{
    enum mneme_code code = set_state(change, &job->id, JOB_READY, err);
    return code == MNEME_OK ? make_ready(change, job, err) : code;
}

static enum mneme_code retry_job(struct change *change, const struct job *job,
                                 struct mneme_error *err)
{
    struct job after = *job;
    after.state = JOB_READY;
    after.attempts = 0;
    enum mneme_code code = set_failure(change, &after, err);
    return code == MNEME_OK ? make_ready(change, job, err) : code;
}

enum mneme_code job_order(struct change *change, const struct uuid *id, enum job_order order,
                          bool *changed, struct mneme_error *err)
{
    struct job job;
    bool found;
    *changed = false;
    enum mneme_code code = job_get(&change->scope, id, &job, &found, err);
    if (code == MNEME_OK && !found) {
        return error_field(err, MNEME_NOT_FOUND, "id", "", "no such job");
    }
    if (code != MNEME_OK) {
        return code;
    }
    bool is_waiting = job.state == JOB_READY && job.ready_at > change->scope.now_us;
    switch (order) {
    case JOB_PAUSE:
        *changed = job.state == JOB_READY;
        return *changed ? pause_job(change, &job, err) : MNEME_OK;
    case JOB_RESUME:
        *changed = job.state == JOB_PAUSED;
        return *changed ? resume_job(change, &job, err) : MNEME_OK;
    case JOB_RETRY:
        *changed = job.state == JOB_DEAD || (is_waiting && !job.is_running);
        return *changed ? retry_job(change, &job, err) : MNEME_OK;
    case JOB_CANCEL: break;
    }
    *changed = true;
    return remove_job(change, id, err);
}

// --- workers -------------------------------------------------------------------------------------

struct taking {
    int64_t lease_us;
    struct job_lease *out;
    bool found;
};

static enum mneme_code read_user_name(struct db *db, struct job_lease *lease,
                                      struct mneme_error *err)
{
    struct statement *statement;
    bool has_row = false;
    enum mneme_code code = db_prepare(db, SQL_USER_NAME, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &lease->user);
    code = db_step(statement, &has_row, err);
    if (code != MNEME_OK) {
        return code;
    }
    size_t length = 0;
    const char *name = has_row ? db_text(statement, 0, &length) : NULL;
    if (name != NULL && length < sizeof lease->user_name) {
        memcpy(lease->user_name, name, length + 1);
    } else {
        code = corrupt("of_user", err);
    }
    db_reset(statement);
    return code;
}

static enum mneme_code find_next(struct db *db, int64_t now_us, struct job_lease *out, bool *found,
                                 struct mneme_error *err)
{
    struct statement *statement;
    *found = false;
    enum mneme_code code = db_prepare(db, SQL_JOB_READY_NEXT, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_integer(statement, 1, now_us);
    code = db_step(statement, found, err);
    if (code == MNEME_OK && *found) {
        bool is_good = take_uuid(statement, 0, &out->job_id) && take_uuid(statement, 1, &out->user);
        code = is_good ? MNEME_OK : corrupt("job_id", err);
        db_reset(statement);
    }
    return code;
}

static enum mneme_code run_take(struct tx *tx, void *context, struct mneme_error *err)
{
    struct taking *taking = context;
    *taking->out = (struct job_lease){0};
    enum mneme_code code = find_next(tx->db, tx->now_us, taking->out, &taking->found, err);
    if (code != MNEME_OK || !taking->found) {
        return code;
    }
    code = read_user_name(tx->db, taking->out, err);
    if (code != MNEME_OK) {
        return code;
    }
    taking->out->fence = tx_next_hlc(tx);
    const struct ready ready = {.ready_at = tx->now_us,
                                .fence = taking->out->fence,
                                .leased_until = tx->now_us + taking->lease_us};
    return set_ready(tx->db, &taking->out->job_id, &ready, err);
}

/* Looks before it writes, so that an idle worker keeps nobody waiting. */
enum mneme_code job_take(struct store *store, int64_t lease_us, struct job_lease *out, bool *found,
                         struct mneme_error *err)
{
    struct db *db;
    *out = (struct job_lease){0};
    *found = false;
    enum mneme_code code = store_read_begin(store, &db, err);
    if (code == MNEME_OK) {
        // A write's time may be a microsecond ahead of the clock.
        code = find_next(db, store_now_us(store) + 1, out, found, err);
        store_read_end(store, db);
    }
    if (code != MNEME_OK || !*found) {
        return code;
    }
    struct taking taking = {.lease_us = lease_us, .out = out};
    code = store_write(store, run_take, &taking, err);
    *found = code == MNEME_OK && taking.found;
    return code;
}

/* Of the transaction at hand: does the fence still hold, and what stands in its row? */
static enum mneme_code holds(struct db *db, const struct job_lease *lease, struct ready *ready,
                             bool *out, struct mneme_error *err)
{
    bool found;
    enum mneme_code code = find_ready(db, &lease->job_id, ready, &found, err);
    *out = code == MNEME_OK && found && ready->fence == lease->fence;
    return code;
}

enum mneme_code job_check(const struct change *change, const struct job_lease *lease,
                          struct mneme_error *err)
{
    struct ready ready;
    bool is_held;
    assert(uuid_compare(&change->scope.user, &lease->user) == 0);
    enum mneme_code code = holds(change->scope.db, lease, &ready, &is_held, err);
    if (code == MNEME_OK && !is_held) {
        code = error_field(err, MNEME_CONFLICT, "job", "fence", "the job is another worker's now");
    }
    return code;
}

enum mneme_code job_move(struct change *change, const struct job_lease *lease,
                         const struct job *job, int64_t lease_us, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(change->scope.db, SQL_JOB_MOVE, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, &lease->job_id);
    db_bind_integer(statement, 3, job->position);
    db_bind_integer(statement, 4, job->done);
    db_bind_integer(statement, 5, job->total);
    db_bind_integer(statement, 6, change->scope.now_us);
    code = db_run(statement, err);
    const struct ready ready = {.ready_at = change->scope.now_us,
                                .fence = lease->fence,
                                .leased_until = change->scope.now_us + lease_us};
    return code == MNEME_OK ? set_ready(change->scope.db, &lease->job_id, &ready, err) : code;
}

enum mneme_code job_finish(struct change *change, const struct job_lease *lease,
                           struct mneme_error *err)
{
    return remove_job(change, &lease->job_id, err);
}

static enum mneme_code run_give_back(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct job_lease *lease = context;
    struct ready ready;
    bool is_held;
    enum mneme_code code = holds(tx->db, lease, &ready, &is_held, err);
    if (code != MNEME_OK || !is_held) {
        return code;
    }
    ready = (struct ready){.ready_at = tx->now_us, .fence = lease->fence};
    return set_ready(tx->db, &lease->job_id, &ready, err);
}

enum mneme_code job_give_back(struct store *store, const struct job_lease *lease,
                              struct mneme_error *err)
{
    struct job_lease copy = *lease;
    return store_write(store, run_give_back, &copy, err);
}

/* 1 s, 2 s, 4 s, ... */
static int64_t backoff_us(int64_t attempts)
{
    int64_t wait_us = US_PER_SECOND;
    for (int64_t i = 1; i < attempts && wait_us < LIMIT_JOB_WAIT_US; i++) {
        wait_us *= 2;
    }
    return wait_us < LIMIT_JOB_WAIT_US ? wait_us : LIMIT_JOB_WAIT_US;
}

struct failing {
    const struct job_lease *lease;
    const char *reason;
    struct arena *arena;
};

static enum mneme_code run_fail(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct failing *failing = context;
    const struct job_lease *lease = failing->lease;
    struct change change;
    struct ready ready;
    struct job job;
    bool is_held, found;
    const struct change_options options = {
        .user_name = lease->user_name, .origin = "consolidation", .operation = "jobs.run"};
    enum mneme_code code = holds(tx->db, lease, &ready, &is_held, err);
    if (code != MNEME_OK || !is_held) {
        return code;
    }
    code = change_begin(&change, tx, failing->arena, &options, err);
    if (code == MNEME_OK) {
        code = job_get(&change.scope, &lease->job_id, &job, &found, err);
    }
    if (code != MNEME_OK || !found) {
        return code;
    }
    job.attempts++;
    job.reason = failing->reason;
    job.state = job.attempts < LIMIT_JOB_ATTEMPTS ? JOB_READY : JOB_DEAD;
    code = set_failure(&change, &job, err);
    if (code != MNEME_OK || job.state == JOB_DEAD) {
        return code == MNEME_OK ? remove_ready(tx->db, &lease->job_id, err) : code;
    }
    ready =
        (struct ready){.ready_at = tx->now_us + backoff_us(job.attempts), .fence = lease->fence};
    return set_ready(tx->db, &lease->job_id, &ready, err);
}

enum mneme_code job_fail(struct store *store, const struct job_lease *lease,
                         const struct mneme_error *reason, struct mneme_error *err)
{
    struct arena arena;
    arena_init(&arena);
    const char *text =
        arena_printf(&arena, "%s: %s", mneme_code_name(reason->code), reason->message);
    struct failing failing = {.lease = lease, .reason = text, .arena = &arena};
    enum mneme_code code = text ? store_write(store, run_fail, &failing, err) : error_nomem(err);
    arena_clear(&arena);
    return code;
}

enum mneme_code job_outlook(struct store *store, int64_t *count, int64_t *next_at_us,
                            struct mneme_error *err)
{
    struct statement *statement;
    struct db *db;
    bool has_row;
    *count = 0;
    *next_at_us = INT64_MAX;
    enum mneme_code code = store_read_begin(store, &db, err);
    if (code != MNEME_OK) {
        return code;
    }
    code = db_prepare(db, SQL_JOB_READY_COUNT, &statement, err);
    if (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
    }
    if (code == MNEME_OK && has_row) {
        *count = db_integer(statement, 0);
        if (!db_is_null(statement, 1)) {
            *next_at_us = db_integer(statement, 1);
        }
        db_reset(statement);
    }
    store_read_end(store, db);
    return code;
}
