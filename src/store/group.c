/*
 * Group commit: the writer's seat passes from caller to caller.
 *
 * Writes queue under group_lock. Whoever finds the seat free takes it with everything that has queued (itself
 * included), runs them in one transaction, marks them done and wakes their threads; then it wakes the first that is
 * still waiting, which finds the seat free. So a transaction gathers what queued during the last sync, without any
 * waiting to fill it, and a lone writer never changes threads. The list of one transaction is bounded by
 * LIMIT_GROUP_WRITES.
 *
 * A write runs inside a savepoint, so it fails alone. An error that makes the connection suspect (db->must_reopen)
 * or a commit that fails takes the whole transaction back; the connection is closed and each write is run again by
 * itself, so that only the guilty one is refused.
 */
#include "store/store_internal.h"

#include <assert.h>
#include <string.h>

struct write_request {
    struct write_request *next;
    store_write_fn *write;
    void *context;
    enum mneme_code code;
    struct mneme_error error;
    bool is_done;
    pthread_cond_t wake;
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

enum mneme_code tx_slot(struct tx *tx, const struct uuid *user, struct user_slot **out,
                        struct mneme_error *err)
{
    struct tx_state *state = state_of(tx);
    *out = NULL;
    size_t at = 0;
    while (at < state->user_count && uuid_compare(&state->users[at].id, user) != 0) {
        at++;
    }
    assert(state->touched == SIZE_MAX || state->touched == at);
    assert(at < LIMIT_GROUP_WRITES);
    if (at == state->user_count) {
        enum mneme_code code = load_slot(tx, user, &state->users[at], err);
        if (code != MNEME_OK) {
            return code;
        }
        state->user_count++;
    }
    struct user_slot *slot = &state->users[at];
    if (state->touched == SIZE_MAX) {
        state->touched = at;
        slot->saved_seq = slot->change_seq;
        slot->was_dirty = slot->is_dirty;
    }
    *out = slot;
    return MNEME_OK;
}

static void begin_write(struct store *store)
{
    struct tx_state *state = &store->state;
    state->touched = SIZE_MAX;
    state->saved_hlc = state->hlc;
    state->saved_user_count = state->user_count;
    int64_t now = store->env.now_us(store->env.context);
    state->tx.now_us = now > state->hlc ? now : state->hlc;
}

/* Takes back what a failed write did to the counters; its rows are the savepoint's affair. */
static void undo_write(struct store *store)
{
    struct tx_state *state = &store->state;
    if (state->touched < state->saved_user_count) {
        struct user_slot *slot = &state->users[state->touched];
        slot->change_seq = slot->saved_seq;
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
    *err = (struct mneme_error){0};
    request->code = db_savepoint(store->writer, err);
    if (request->code != MNEME_OK) {
        return false;
    }
    begin_write(store);
    request->code = request->write(&store->state.tx, request->context, err);
    if (request->code == MNEME_OK) {
        request->code = db_release(store->writer, err);
    }
    if (request->code != MNEME_OK) {
        undo_write(store);
        db_rollback_to(store->writer);
    }
    return !store->writer->must_reopen;
}

static bool run_together(struct store *store, struct write_request *first, struct mneme_error *err)
{
    enum mneme_code code = begin_transaction(store, err);
    if (code != MNEME_OK) {
        for (struct write_request *request = first; request != NULL; request = request->next) {
            fail(request, code, err);
        }
        return true;
    }
    for (struct write_request *request = first; request != NULL; request = request->next) {
        if (!run_in_group(store, request)) {
            db_rollback(store->writer);
            return false;
        }
    }
    return commit_transaction(store, err) == MNEME_OK;
}

static void run_requests(struct store *store, struct write_request *first)
{
    struct mneme_error error = {0};
    if (first->next != NULL && run_together(store, first, &error)) {
        return;
    }
    for (struct write_request *request = first; request != NULL; request = request->next) {
        run_alone(store, request);
    }
}

/* Moves the log into the file now and then. Its failure harms no write that was acknowledged; the next will meet
 * it. */
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

/* Takes up to LIMIT_GROUP_WRITES requests off the queue. */
static struct write_request *take_requests(struct store *store)
{
    struct write_request *first = store->queue_head, *last = first;
    for (size_t i = 1; i < LIMIT_GROUP_WRITES && last->next != NULL; i++) {
        last = last->next;
    }
    store->queue_head = last->next;
    if (store->queue_head == NULL) {
        store->queue_tail = NULL;
    }
    last->next = NULL;
    return first;
}

/* With the lock held and the seat taken: serves the queue's head once. */
static void serve(struct store *store, const struct write_request *own)
{
    struct write_request *first = take_requests(store);
    pthread_mutex_unlock(&store->group_lock);
    run_requests(store, first);
    pthread_mutex_lock(&store->group_lock);
    while (first != NULL) {
        struct write_request *request = first;
        first = request->next; // its thread may be gone as soon as it is woken
        request->is_done = true;
        if (request != own) {
            pthread_cond_signal(&request->wake);
        }
    }
}

static void leave_seat(struct store *store)
{
    store->seat_taken = false;
    if (store->maintainer_count > 0) {
        pthread_cond_signal(&store->seat_free);
    } else if (store->queue_head != NULL) {
        pthread_cond_signal(&store->queue_head->wake);
    }
}

enum mneme_code store_write(struct store *store, store_write_fn *write, void *context,
                            struct mneme_error *err)
{
    if (store->is_read_only) {
        return error_set(err, MNEME_UNSUPPORTED, "the store is opened for reading only");
    }
    struct write_request request = {.write = write, .context = context};
    pthread_cond_init(&request.wake, NULL);
    pthread_mutex_lock(&store->group_lock);
    if (store->queue_tail != NULL) {
        store->queue_tail->next = &request;
    } else {
        store->queue_head = &request;
    }
    store->queue_tail = &request;
    while (!request.is_done && store->seat_taken) {
        pthread_cond_wait(&request.wake, &store->group_lock);
    }
    if (!request.is_done) {
        store->seat_taken = true;
        while (!request.is_done) {
            serve(store, &request);
        }
        pthread_mutex_unlock(&store->group_lock);
        tend_log(store);
        pthread_mutex_lock(&store->group_lock);
        leave_seat(store);
    }
    pthread_mutex_unlock(&store->group_lock);
    pthread_cond_destroy(&request.wake);
    if (request.code != MNEME_OK && err != NULL) {
        *err = request.error;
    }
    return request.code;
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

static void give_seat(struct store *store)
{
    pthread_mutex_lock(&store->group_lock);
    leave_seat(store);
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
    give_seat(store);
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
