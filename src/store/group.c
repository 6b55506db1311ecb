/*
 * Group commit: the writer's seat passes from caller to caller.
 *
 * Writes queue under group_lock. Whoever finds the seat free takes it; who does not, sleeps until its write is done
 * or the seat is its own. The holder runs what has queued (itself first) in one transaction, and what queues while it
 * does, until nothing waits; commits; passes the seat to the first that queued meanwhile; and then wakes those whose
 * writes are done. So a transaction gathers what queued since the last one's end, without any waiting to fill it, and a
 * lone writer never changes threads. The list of one transaction is bounded by LIMIT_GROUP_WRITES.
 *
 * A write that fails before it has written a row, as most do, is refused and the others go on. There are no
 * savepoints: each would copy every page that its write touches. One that has written rows takes the transaction with
 * it; the others are run again without it, and after RETRIES of such alone. Alone, too, after an error that makes the
 * connection suspect (db->must_reopen) or a commit that fails, so that only the guilty one is refused.
 */
#include "store/store_internal.h"

#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <string.h>

#define PATIENCE 16 /* how many transactions of callers a write of a job lets pass */

#define RETRIES 3

struct write_request {
    struct write_request *next;
    store_write_fn *write;
    void *context;
    enum mneme_code code;
    struct mneme_error error;
    bool is_refused; // it has failed and is not to be run again
    bool is_done;
    sem_t wake; // posted once: the write is done, or the seat is its caller's
};

static struct tx_state *state_of(struct tx *tx)
{
    return &tx->store->state;
}

int64_t tx_next_hlc(struct tx *tx)
{
    struct tx_state *state = state_of(tx);
    state->hlc = state->hlc + 1 > tx->now_us ? state->hlc + 1 : tx->now_us;
    return state->hlc;
}

static enum mneme_code load_slot(struct tx *tx, const struct uuid *user, struct user_slot *slot,
                                 struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    enum mneme_code code = db_prepare(tx->db, SQL_USER_SEQ, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, user);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK) {
        assert(has_row);
        *slot = (struct user_slot){.id = *user, .change_seq = db_integer(statement, 0)};
        db_reset(statement);
    }
    return code;
}

struct user_slot *tx_find_slot(struct tx *tx, const char *name)
{
    struct tx_state *state = state_of(tx);
    for (size_t i = 0; i < state->user_count; i++) {
        if (strcmp(state->users[i].name, name) == 0) {
            return &state->users[i];
        }
    }
    return NULL;
}

/* Slot `at` is that of the running write. */
static struct user_slot *touch(struct tx_state *state, size_t at)
{
    struct user_slot *slot = &state->users[at];
    assert(state->touched == SIZE_MAX || state->touched == at);
    if (state->touched == SIZE_MAX) {
        state->touched = at;
        slot->saved_seq = slot->change_seq;
        slot->was_dirty = slot->is_dirty;
    }
    return slot;
}

struct user_slot *tx_add_slot(struct tx *tx, const struct uuid *user)
{
    struct tx_state *state = state_of(tx);
    size_t at = state->user_count++;
    assert(at < LIMIT_GROUP_WRITES);
    state->users[at] = (struct user_slot){.id = *user, .is_unmade = true};
    return touch(state, at);
}

enum mneme_code tx_slot(struct tx *tx, const struct uuid *user, struct user_slot **out,
                        struct mneme_error *err)
{
    struct tx_state *state = state_of(tx);
    *out = NULL;
    size_t at = 0;
    while (at < state->user_count && uuid_compare(&state->users[at].id, user) != 0) {
        at++;
    }
    assert(at < LIMIT_GROUP_WRITES);
    if (at == state->user_count) {
        enum mneme_code code = load_slot(tx, user, &state->users[at], err);
        if (code != MNEME_OK) {
            return code;
        }
        state->user_count++;
    }
    *out = touch(state, at);
    return MNEME_OK;
}

static void begin_write(struct store *store)
{
    struct tx_state *state = &store->state;
    state->touched = SIZE_MAX;
    state->saved_hlc = state->hlc;
    state->saved_user_count = state->user_count;
    int64_t now = store->env.now_us(store->env.context);
    // Each write at a time of its own, after all before it: their order can be told from their times and ids.
    state->tx.now_us = now > state->hlc ? now : state->hlc + 1;
    atomic_store(&store->id_floor_us, state->tx.now_us);
}

/* Takes back what a failed write did to the counters; its rows are the savepoint's affair. */
static void undo_write(struct store *store)
{
    struct tx_state *state = &store->state;
    if (state->touched < state->saved_user_count) {
        struct user_slot *slot = &state->users[state->touched];
        slot->change_seq = slot->saved_seq;
        memset(slot->spaces, 0, sizeof slot->spaces); // which that write may have made
        slot->choice = (struct space_choice){0};
        slot->is_dirty = slot->was_dirty;
    }
    state->user_count = state->saved_user_count;
    state->hlc = state->saved_hlc;
}

static enum mneme_code open_writer(struct store *store, struct mneme_error *err)
{
    if (store->writer != NULL && store->writer->must_reopen) {
        db_close(store->writer);
        store->writer = NULL;
    }
    return store->writer ? MNEME_OK : store_open_db(store, DB_WRITE, &store->writer, err);
}

static enum mneme_code begin_transaction(struct store *store, struct mneme_error *err)
{
    struct tx_state *state = &store->state;
    enum mneme_code code = open_writer(store, err);
    if (code == MNEME_OK) {
        code = db_begin(store->writer, DB_WRITE, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    state->tx = (struct tx){.db = store->writer, .store = store};
    state->user_count = 0;
    int64_t known = store_now_us(store);
    code = store_read_clock(store->writer, &store->node, &state->hlc, err);
    if (code != MNEME_OK) {
        db_rollback(store->writer);
        return code;
    }
    // Another process may have stamped less than this one has promised its readers.
    int64_t wall = store->env.now_us(store->env.context);
    if (known > wall && known > state->hlc) {
        state->hlc = known;
    }
    return MNEME_OK;
}

static enum mneme_code write_counters(struct store *store, struct mneme_error *err)
{
    struct tx_state *state = &store->state;
    struct statement *statement;
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < state->user_count && code == MNEME_OK; i++) {
        if (!state->users[i].is_dirty) {
            continue;
        }
        code = db_prepare(store->writer, SQL_USER_SET_SEQ, &statement, err);
        if (code == MNEME_OK) {
            db_bind_uuid(statement, 1, &state->users[i].id);
            db_bind_integer(statement, 2, state->users[i].change_seq);
            code = db_run(statement, err);
        }
    }
    if (code == MNEME_OK) {
        code = db_prepare(store->writer, SQL_CLOCK_SET, &statement, err);
    }
    if (code == MNEME_OK) {
        db_bind_integer(statement, 1, state->hlc);
        code = db_run(statement, err);
    }
    return code;
}

static enum mneme_code commit_transaction(struct store *store, struct mneme_error *err)
{
    enum mneme_code code = write_counters(store, err);
    if (code == MNEME_OK) {
        code = db_commit(store->writer, err);
    } else {
        db_rollback(store->writer);
    }
    if (code == MNEME_OK) {
        store_raise_clock(store, store->state.hlc);
    }
    return code;
}

static void fail(struct write_request *request, enum mneme_code code,
                 const struct mneme_error *error)
{
    request->code = code;
    request->error = *error;
}

/* One write, one transaction. */
static void run_alone(struct store *store, struct write_request *request)
{
    struct mneme_error *err = &request->error;
    *err = (struct mneme_error){0};
    request->code = begin_transaction(store, err);
    if (request->code != MNEME_OK) {
        return;
    }
    begin_write(store);
    request->code = request->write(&store->state.tx, request->context, err);
    if (request->code == MNEME_OK) {
        request->code = commit_transaction(store, err);
    } else {
        db_rollback(store->writer);
    }
}

/* A write inside the group's transaction; false if that transaction cannot go on. */
static bool run_in_group(struct store *store, struct write_request *request)
{
    struct mneme_error *err = &request->error;
    int64_t change_count = db_change_count(store->writer);
    *err = (struct mneme_error){0};
    begin_write(store);
    request->code = request->write(&store->state.tx, request->context, err);
    if (request->code == MNEME_OK) {
        return true;
    }
    undo_write(store);
    if (store->writer->must_reopen) {
        return false; // perhaps by no fault of this write
    }
    bool has_written = db_change_count(store->writer) != change_count;
    request->is_refused =
        has_written; // else it may see other rows when it is run again, and succeed
    return !has_written;
}

/* The writes of one transaction, in order; the queue's head becomes its tail as long as there is room. */
struct group {
    struct write_request *first, *last;
    size_t count;
};

/* Moves what waits in the queue into the group. */
static void take_requests(struct store *store, struct group *group)
{
    pthread_mutex_lock(&store->group_lock);
    while (store->queue_head != NULL && group->count < LIMIT_GROUP_WRITES) {
        struct write_request *request = store->queue_head;
        store->queue_head = request->next;
        request->next = NULL;
        if (group->last != NULL) {
            group->last->next = request;
        } else {
            group->first = request;
        }
        group->last = request;
        group->count++;
    }
    if (store->queue_head == NULL) {
        store->queue_tail = NULL;
    }
    pthread_mutex_unlock(&store->group_lock);
}

enum outcome { DONE, AGAIN, ALONE };

/* Ends the group's transaction. When none of its writes has done anything, there is nothing to sync. */
static enum outcome end_together(struct store *store, const struct group *group, bool is_any_done)
{
    struct mneme_error error = {0};
    if (!is_any_done) {
        db_rollback(store->writer);
        return DONE;
    }
    enum mneme_code code = commit_transaction(store, &error);
    for (struct write_request *request = group->first; request != NULL && code != MNEME_OK;
         request = request->next) {
        if (request->code == MNEME_OK) {
            fail(request, code, &error);
        }
    }
    return code == MNEME_OK ? DONE : ALONE;
}

/* All that are not refused, in one transaction; `grows`: and those that queue meanwhile. */
static enum outcome run_together(struct store *store, struct group *group, bool grows)
{
    struct mneme_error error = {0};
    bool is_any_done = false;
    enum mneme_code code = begin_transaction(store, &error);
    for (struct write_request *request = group->first; request != NULL; request = request->next) {
        if (request->is_refused) {
            continue;
        }
        if (code != MNEME_OK) {
            fail(request, code, &error);
            continue;
        }
        if (!run_in_group(store, request)) {
            db_rollback(store->writer);
            return store->writer->must_reopen ? ALONE : AGAIN;
        }
        is_any_done |= request->code == MNEME_OK;
        if (request->next == NULL && grows) {
            take_requests(store, group);
        }
    }
    return code == MNEME_OK ? end_together(store, group, is_any_done) : DONE;
}

static void run_requests(struct store *store, struct group *group)
{
    enum outcome outcome = run_together(store, group, true);
    if (group->count == 1) {
        return; // its failure is its own
    }
    for (int tries = 0; tries < RETRIES && outcome == AGAIN; tries++) {
        outcome = run_together(store, group, false);
    }
    for (struct write_request *request = group->first; request != NULL; request = request->next) {
        if (outcome != DONE && !request->is_refused) {
            run_alone(store, request);
        }
    }
}

/* Moves the log into the file now and then. Its failure harms no write that was acknowledged; the next will meet it. */
static void tend_log(struct store *store)
{
    struct mneme_error error = {0};
    if (store->writer == NULL || store->writer->must_reopen) {
        return;
    }
    enum mneme_code code = db_tend_log(store->writer, &error);
    if (code != MNEME_OK) {
        log_event(store->log, "store.checkpoint_failed", "code=%s", mneme_code_name(code));
    }
}

/* Queues the request; true if the seat was free and is now the caller's. */
static bool join(struct store *store, struct write_request *request)
{
    pthread_mutex_lock(&store->group_lock);
    if (store->queue_tail != NULL) {
        store->queue_tail->next = request;
    } else {
        store->queue_head = request;
    }
    store->queue_tail = request;
    bool is_free = !store->seat_taken && store->maintainer_count == 0;
    if (is_free) {
        store->seat_taken = true;
    }
    pthread_mutex_unlock(&store->group_lock);
    return is_free;
}

/* Gives the seat to maintenance, to the first in the queue, or to nobody. */
static void pass_seat(struct store *store)
{
    pthread_mutex_lock(&store->group_lock);
    struct write_request *next = store->maintainer_count > 0 ? NULL : store->queue_head;
    store->seat_taken = next != NULL;
    pthread_cond_broadcast(&store->seat_free); // maintenance and jobs wait for it
    pthread_mutex_unlock(&store->group_lock);
    if (next != NULL) {
        sem_post(&next->wake);
    }
}

/* With the seat: runs what has queued, the caller's own write first, and passes the seat on. */
static void serve(struct store *store, const struct write_request *own)
{
    struct group group = {0};
    tend_log(store);
    take_requests(store, &group);
    run_requests(store, &group);
    pass_seat(store);
    for (struct write_request *request = group.first; request != NULL;) {
        struct write_request *next = request->next; // its thread may be gone as soon as it is woken
        request->is_done = true;
        if (request != own) {
            sem_post(&request->wake);
        }
        request = next;
    }
}

enum mneme_code store_write(struct store *store, store_write_fn *write, void *context,
                            struct mneme_error *err)
{
    if (store->is_read_only) {
        return error_set(err, MNEME_UNSUPPORTED, "the store is opened for reading only");
    }
    struct write_request request = {.write = write, .context = context};
    sem_init(&request.wake, 0, 0);
    bool has_seat = join(store, &request);
    while (!has_seat && sem_wait(&request.wake) != 0) {
        assert(errno == EINTR);
    }
    if (!request.is_done) {
        serve(store, &request);
    }
    sem_destroy(&request.wake);
    if (request.code != MNEME_OK && err != NULL) {
        *err = request.error;
    }
    return request.code;
}

/* Until no caller's write runs or waits, but for no more than PATIENCE transactions. */
static void stand_back(struct store *store)
{
    pthread_mutex_lock(&store->group_lock);
    for (int i = 0; store->seat_taken && i < PATIENCE; i++) {
        pthread_cond_wait(&store->seat_free, &store->group_lock); // told at the end of each
    }
    pthread_mutex_unlock(&store->group_lock);
}

enum mneme_code store_write_behind(struct store *store, store_write_fn *write, void *context,
                                   struct mneme_error *err)
{
    stand_back(store);
    return store_write(store, write, context, err);
}

/* Maintenance: the seat without a transaction. */
static void take_seat(struct store *store)
{
    pthread_mutex_lock(&store->group_lock);
    store->maintainer_count++;
    while (store->seat_taken) {
        pthread_cond_wait(&store->seat_free, &store->group_lock);
    }
    store->maintainer_count--;
    store->seat_taken = true;
    pthread_mutex_unlock(&store->group_lock);
}

enum mneme_code store_scrub(struct store *store, struct mneme_error *err)
{
    if (store->is_read_only) {
        return error_set(err, MNEME_UNSUPPORTED, "the store is opened for reading only");
    }
    take_seat(store);
    enum mneme_code code = open_writer(store, err);
    if (code == MNEME_OK) {
        code = db_scrub(store->writer, err);
    }
    pass_seat(store);
    return code;
}

enum mneme_code store_backup(struct store *store, const char *path, struct mneme_error *err)
{
    struct db *db;
    enum mneme_code code = store_open_db(store, DB_READ, &db, err);
    if (code == MNEME_OK) {
        code = db_backup(db, path, err);
    }
    db_close(db);
    return code;
}
