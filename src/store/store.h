/*
 * A store opened by this process: read connections, the writer's seat, ids, the clock that never goes back.
 *
 * Group commit: there is one write connection. A thread that wants to write queues its write; the first one takes the
 * writer's seat, gathers what has queued and queues meanwhile (at most LIMIT_GROUP_WRITES) into one transaction, and
 * commits once; every caller returns after that commit. A write that fails, fails alone. Then the seat passes to a
 * waiting thread, which does the same for all that queued during the last sync. No thread of ours is needed, and a lone
 * writer pays no hand-over. docs/adr/0002 and 0009 have the reasons.
 *
 * All functions may be called by any thread.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/hash.h"
#include "base/limits.h"
#include "db/db.h"
#include "model/records.h"

struct store;

enum store_access {
    STORE_MAKE, /* made if absent, brought to the newest schema */
    STORE_FOUND, /* must be there at the newest schema: for commands that read; writes are still allowed */
    STORE_READ /* never written */
};

struct store_options {
    const char *path;
    enum store_access access;
    const struct env *env;      /* must outlive the store; NULL: the system's */
    const struct log_sink *log; /* may be NULL */
    const char *vfs;            /* tests */
};

/* *out is NULL on failure: NOT_FOUND if there is no file and none may be made, UNSUPPORTED for a schema that is older
 * (unless it may be brought up) or newer than this program can read. A newer one that it can read is opened for
 * reading only. */
enum mneme_code store_open(const struct store_options *options, struct store **out,
                           struct mneme_error *err) MUST_CHECK;
void store_close(struct store *store); /* no call may be running */

const struct env *store_env(const struct store *store);
/* Effective now: the greater of the wall clock and the last stamp written, so a clock set back revives nothing. */
int64_t store_now_us(struct store *store);
enum mneme_code store_new_id(struct store *store, struct uuid *out, struct mneme_error *err)
    MUST_CHECK;
const struct uuid *store_epoch(const struct store *store);
/* Signs by the store's own key. */
enum mneme_code store_sign(struct store *store, const void *bytes, size_t length,
                           unsigned char out[SHA256_BYTES], struct mneme_error *err) MUST_CHECK;
bool store_is_read_only(const struct store *store);

/* A read connection with a read transaction begun; give it back soon. Up to LIMIT_READERS; then callers wait. */
enum mneme_code store_read_begin(struct store *store, struct db **out, struct mneme_error *err)
    MUST_CHECK;
/* Ends the snapshot and begins a newer one on the same connection. */
enum mneme_code store_read_again(struct store *store, struct db *db, struct mneme_error *err)
    MUST_CHECK;
void store_read_end(struct store *store, struct db *db);

/* Where a user's vectors of one model lie (store/spaces.h). */
struct space {
    int64_t space_id;
    size_t dimension;
    char name[LIMIT_SPACE_BYTES + 1];
};

/* Which of them ranking uses, which one is being filled, and which is the youngest; 0: none. */
struct space_choice {
    int64_t active_id, filling_id, newest_id;
};

/* A write transaction's state, lent to one write at a time. */
struct tx {
    struct db *db;
    struct store *store;
    int64_t now_us; /* one time for all rows of a write */
};

/*
 * Runs `write` inside the group's transaction and returns when that is durable, or with the first failure. `write`
 * may be called more than once (when another write has failed its transaction), so it must set all it hands out anew
 * each time, and must not wait for other threads. READ_ONLY stores answer UNSUPPORTED, a failed disk
 * STORAGE.
 */
typedef enum mneme_code store_write_fn(struct tx *tx, void *context, struct mneme_error *err);
enum mneme_code store_write(struct store *store, store_write_fn *write, void *context,
                            struct mneme_error *err) MUST_CHECK;

/* The same for a job: while callers' writes queue it stands back, though not for ever. */
enum mneme_code store_write_behind(struct store *store, store_write_fn *write, void *context,
                                   struct mneme_error *err) MUST_CHECK;

/* Maintenance outside the group, holding the writer's seat. */
enum mneme_code store_scrub(struct store *store, struct mneme_error *err) MUST_CHECK;
enum mneme_code store_backup(struct store *store, const char *path, struct mneme_error *err)
    MUST_CHECK;

/* Users. Reading an unknown name gives *found = false; tx_user makes it. Names are NFC already. */
enum mneme_code store_find_user(struct db *db, const char *name, struct uuid *out,
                                int64_t *change_seq, bool *found, struct mneme_error *err)
    MUST_CHECK;
enum mneme_code tx_user(struct tx *tx, const char *name, struct uuid *out, struct mneme_error *err)
    MUST_CHECK;

#endif
