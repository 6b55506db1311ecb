/* Rows of the database become rows of a partition. */
#ifndef INDEX_LOAD_H
#define INDEX_LOAD_H

#include "db/db.h"
#include "index/partition.h"

struct partition_source {
    struct db *db; /* with a read transaction */
    struct uuid user;
    int64_t space_id; /* 0: no vectors */
    size_t dimension;
};

/* Puts every memory and message whose change_seq is above after_seq, and takes out what was purged; not settled yet. After a
 * failure the partition is broken. after_seq 0: the partition is new, and gets its dimension. */
enum mneme_code load_changes(const struct partition_source *source, int64_t after_seq,
                             struct partition *partition, struct mneme_error *err) MUST_CHECK;

#endif
