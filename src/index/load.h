/* Rows of the database become rows of a partition. */
#ifndef INDEX_LOAD_H
#define INDEX_LOAD_H

#include "db/db.h"
#include "index/partition.h"

/* Where a user's rows stand in a snapshot, and the space whose vectors are wanted; space_id 0: none. */
struct load_state {
    struct uuid user;
    int64_t change_seq, space_id;
    size_t dimension;
};

/* The user's space of that name (NULL: none is wanted), into a state whose user is set. */
enum mneme_code load_space(struct db *db, const char *name, struct load_state *state,
                           struct mneme_error *err) MUST_CHECK;

/* Puts what changed since `since` (0: everything) into the partition, which is not settled. What mneme cannot have
 * written is STORAGE, rule corrupt. */
enum mneme_code load_changes(struct db *db, const struct load_state *state, int64_t since,
                             struct partition *partition, struct mneme_error *err) MUST_CHECK;

#endif
