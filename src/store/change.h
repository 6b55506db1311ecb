/*
 * Changing rows: what every write of a record has in common. Each row change takes the next value of its user's
 * change counter and a stamp (hlc, node), belongs to a change set, and leaves the old row in the history.
 *
 * A change is one caller's operation for one user inside a write; its change set row, and the user's own if it is new,
 * are written with its first row change, so an operation that changes nothing leaves nothing.
 */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include "base/limits.h"
#include "model/record.h"
#include "store/store.h"

/* One user's rows as a transaction or a snapshot sees them. What is read lives in the arena. */
struct scope {
    struct db *db;
    struct uuid user;
    int64_t now_us;
    struct arena *arena;
    int64_t known_at_us; /* reads what the store had been told by then (store/past.h); 0: by now */
};

#define CHANGE_JOBS 4 /* of one change; further ones run without being named */

struct change {
    struct tx *tx;
    struct scope scope;
    char user_text[UUID_TEXT_LENGTH + 1];
    const char *origin, *principal, *operation, *job, *reason;
    bool is_barrier;
    /* kept by this module: */
    const char *user_name; /* borrowed from the options */
    struct uuid change_set;
    bool is_recorded;
    int64_t first_seq, last_seq; /* of the row changes so far; 0: none */
    /* jobs that have still to do what this change began: for the receipts */
    struct uuid pending[CHANGE_JOBS];
    size_t pending_count;
};

/* Notes such a job, once. */
void change_note_pending(struct change *change, const struct uuid *job);

struct change_options {
    const char *user_name;
    /* origin `user` and principal `local` by default */
    const char *origin, *principal, *operation, *job, *reason;
    bool is_barrier;
    bool is_exact; /* an exact import, whose change sets come with it: it leaves none of its own */
};

enum mneme_code change_begin(struct change *change, struct tx *tx, struct arena *arena,
                             const struct change_options *options, struct mneme_error *err)
    MUST_CHECK;
/* The user's own row, if there is none yet: for what is written without taking a change_seq, such as jobs. */
enum mneme_code change_make_user(struct change *change, struct mneme_error *err) MUST_CHECK;
/* The next change_seq of the user, and the change set's row if it is the first. */
enum mneme_code change_next(struct change *change, int64_t *seq, int64_t *hlc,
                            struct mneme_error *err) MUST_CHECK;

/* A value of the user's counter for what is no row of a record (a vector that a job brings): no change set, no
 * stamp. */
enum mneme_code change_tick(struct change *change, int64_t *seq, struct mneme_error *err)
    MUST_CHECK;

/* The node that stamps. */
const struct uuid *change_node(const struct change *change);
/* The user's counter as it stands in this transaction. */
enum mneme_code change_seq(const struct change *change, int64_t *seq, struct mneme_error *err)
    MUST_CHECK;

/* Inserts a new record: id (kept if set), user, times, version 1, origin, principal, trust (if absent), seq and stamp
 * are filled in; a history row says that it was made. */
enum mneme_code change_insert(struct change *change, const struct kind *kind, void *record,
                              struct mneme_error *err) MUST_CHECK;
/* For the exact import: every field as the record has it (but user, seq and stamp, where the kind has them), and no
 * history row. Takes evidence, change sets and history too. */
enum mneme_code change_insert_exact(struct change *change, const struct kind *kind, void *record,
                                    struct mneme_error *err) MUST_CHECK;
/* What is left of a purged record. */
enum mneme_code change_put_tombstone(struct change *change, const struct kind *kind,
                                     const struct uuid *id, int64_t at_us, struct mneme_error *err)
    MUST_CHECK;
/* Replaces a row: version + 1, updated_at, seq, stamp, history. `before` is the row as it was read; if that belonged to
 * the profile, the context's prefix is begun anew (store/prefix.h). */
enum mneme_code change_replace(struct change *change, const struct kind *kind, const void *before,
                               void *after, struct mneme_error *err) MUST_CHECK;
/* Replaces a row whose change is quiet: seq and stamp only. */
enum mneme_code change_replace_quiet(struct change *change, const struct kind *kind, void *after,
                                     struct mneme_error *err) MUST_CHECK;

/* A row by id, as the scope's time has it. *found is false for none, other users' included; soft-deleted rows are
 * found. */
enum mneme_code record_find(const struct scope *scope, const struct kind *kind, const char *id,
                            void *out, bool *found, struct mneme_error *err) MUST_CHECK;

/* The same by the key that an importer gave it. Memories, messages and conversations; a NULL key finds nothing. */
enum mneme_code record_find_by_origin(const struct scope *scope, const struct kind *kind,
                                      const char *origin_key, void *out, bool *found,
                                      struct mneme_error *err) MUST_CHECK;

/* The number of deleted_at, under which the kinds that are forgotten rather than lost keep when. */
size_t record_deleted_field(const struct kind *kind);
/* Live: neither deleted, nor expired, nor quarantined. Current: live and valid now. A superseded
 * memory ends by its valid_to, so one that is superseded from tomorrow on is still current today. */
bool record_is_live(const struct kind *kind, const void *record, int64_t now_us);
bool memory_is_current(const struct memory *memory, int64_t now_us);

#endif
