/* What store.c, group.c and change.c share. */
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H

#include "base/limits.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

struct write_request; /* group.c */

#define SLOT_SPACES                                                                                \
    3 /* a record's vectors lie in: the active one, the one that is filling, the caller's */

/* A user that the running transaction writes for: its counter, put into the row once, before the commit, and what would
 * else be looked up for every write of the group. */
struct user_slot {
    struct uuid id;
    char name[LIMIT_NAME_BYTES + 1];  /* empty: not known */
    struct space spaces[SLOT_SPACES]; /* the last ones asked for; space_id 0: none */
    size_t next_space;                /* whose place the next takes */
    struct space_choice choice;       /* active_id 0: not read yet, or none */
    int64_t change_seq, saved_seq;    /* saved: what a write that fails goes back to */
    bool is_dirty, was_dirty;
    bool is_unmade; /* has an id and no row yet: the first row of its own brings that */
};

/* The running transaction, of which struct tx shows the outside. */
struct tx_state {
    struct tx tx;
    int64_t hlc, saved_hlc;
    struct user_slot users[LIMIT_GROUP_WRITES];
    size_t user_count, saved_user_count;
    size_t touched; /* the slot of the running write, or SIZE_MAX: a write is for one user */
};

struct store {
    struct env env;
    const struct log_sink *log;
    char *path, *vfs;
    bool is_read_only;
    struct env id_env; /* of ids: */
    _Atomic int64_t id_floor_us;
    struct uuid_source ids;
    struct uuid epoch, node;
    struct hash_key sign_key;

    pthread_mutex_t clock_lock; /* guards last_hlc */
    int64_t last_hlc;

    pthread_mutex_t reader_lock; /* guards the readers */
    pthread_cond_t reader_free;
    struct db *free_readers[LIMIT_READERS];
    size_t free_count, reader_count; /* reader_count: open ones, free or out */

    pthread_mutex_t group_lock; /* guards the queue and the seat */
    struct write_request *queue_head, *queue_tail;
    bool seat_taken;
    pthread_cond_t seat_free; /* for maintenance, which comes before the queue */
    size_t maintainer_count;
    /* Owned by whoever has the seat: */
    struct db *writer; /* NULL: to be opened */
    struct tx_state state;
};

enum mneme_code store_open_db(struct store *store, enum db_mode mode, struct db **out,
                              struct mneme_error *err) MUST_CHECK;
enum mneme_code store_read_clock(struct db *db, struct uuid *node, int64_t *hlc,
                                 struct mneme_error *err) MUST_CHECK;
void store_raise_clock(struct store *store, int64_t hlc);

/* The slot of a user whose name the running transaction knows; NULL: none. */
struct user_slot *tx_find_slot(struct tx *tx, const char *name);
/* The slot of a user in the running transaction. CONFLICT never: a write that names a second user is a bug
 * (assert). */
enum mneme_code tx_slot(struct tx *tx, const struct uuid *user, struct user_slot **out,
                        struct mneme_error *err) MUST_CHECK;
/* The slot of a user that does not exist yet. */
struct user_slot *tx_add_slot(struct tx *tx, const struct uuid *user);
/* The next stamp: greater than every one before, and not below the clock. */
int64_t tx_next_hlc(struct tx *tx);

#endif
