/* Rows of the database become rows of a partition. */
#ifndef INDEX_LOAD_H
#define INDEX_LOAD_H

#include "db/db.h"
#include "index/partition.h"

/* Where a user's rows stand in a snapshot, and the spaces whose vectors are wanted; space_id 0: none. */
struct load_state {
    struct uuid user;
    int64_t change_seq;
    struct load_space {
        int64_t space_id;
        size_t dimension;
    } spaces[PARTITION_SPACES];
};

/* The user's spaces of those names (NULL: none is wanted), into a state whose user is set. */
enum mneme_code load_spaces(struct db *db, const char *const names[PARTITION_SPACES],
                            struct load_state *state, struct mneme_error *err) MUST_CHECK;

/* Puts what changed since `since` (0: everything) into the partition, which is not settled. What mneme cannot have
 * written is STORAGE, rule corrupt. */
enum mneme_code load_changes(struct db *db, const struct load_state *state, int64_t since,
                             struct partition *partition, struct mneme_error *err) MUST_CHECK;

#endif
