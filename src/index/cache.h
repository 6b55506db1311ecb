/*
 * The partitions that this process keeps, one a user and pair of spaces, least recently used first out when they pass
 * a byte budget; one in use never is, nor the one used last.
 *
 * index_begin finds or loads the user's partition, brings it to exactly the state of a fresh snapshot, and returns
 * both: the partition locked for reading and a read connection whose transaction sees the same rows. Catching up
 * reads the rows whose change_seq is above the partition's; a partition that failed half way is dropped and loaded
 * again by the next call. Threads that ask for the same user at once load it once. Any thread; each holds one view at
 * a time.
 */
#ifndef INDEX_CACHE_H
#define INDEX_CACHE_H

#include "index/partition.h"
#include "store/spaces.h"

struct index_cache;
/* NULL: out of memory. The store must outlive the cache. */
struct index_cache *index_cache_new(struct store *store, size_t budget_bytes);
void index_cache_free(struct index_cache *cache); /* NULL is allowed; no view may be open */

struct index_entry;
struct index_view {
    struct index_cache *cache;
    struct db *db; /* the snapshot */
    struct uuid user;
    bool is_known;      /* false: no such user; the partition is then NULL */
    int64_t change_seq; /* of the user, at the snapshot */
    const struct partition *partition;
    struct space_choice choice;          /* what the user's ranking is to use, at the snapshot */
    size_t dimensions[PARTITION_SPACES]; /* of its vectors, by space; 0: the user has none in it */
    int64_t space_ids[PARTITION_SPACES];
    struct index_entry *entry;
    struct partition *own; /* of index_begin_own; else NULL */
};

/* The names of the spaces in which the query has its vectors, the preferred one first; NULL: none. */
struct index_spaces {
    const char *names[PARTITION_SPACES];
};
/* `spaces` NULL: vectors do not matter, any partition of the user will do. */
enum mneme_code index_begin(struct index_cache *cache, const char *user_name,
                            const struct index_spaces *spaces, int64_t now_us,
                            struct index_view *out, struct mneme_error *err) MUST_CHECK;
/* The same with a partition of the view's own that is not cached: all rows as the snapshot has them, to be changed by
 * the caller, who settles it. index_end frees it. */
enum mneme_code index_begin_own(struct index_cache *cache, const char *user_name,
                                const struct index_spaces *spaces, struct index_view *out,
                                struct mneme_error *err) MUST_CHECK;
/* Releases the partition but keeps the snapshot, for fetching rows without holding anybody up. */
void index_unlock(struct index_view *view);
/* Releases both; also after a failed begin, and twice does no harm. */
void index_end(struct index_view *view);

/* Uses that were noted in this process reach the columns without a reload. The caller holds no view. */
void index_note_use(struct index_cache *cache, const struct uuid *user, const struct uuid *id,
                    int64_t at_us, int64_t count);

#define INDEX_NEAR 4 /* of the memories that are near enough, so many are named */

/* What is nearest to a SimHash among a user's latest memories. */
struct index_near {
    int distance;                /* in bits, of the nearest; 64: there is nothing to compare with */
    struct uuid ids[INDEX_NEAR]; /* of those within the bound, latest first */
    size_t count;
};
/* Looks through LIMIT_NEAR_ROWS rows of a partition that is loaded, as it is. Waits for nobody, loads nothing, so that
 * a write may ask: then it finds nothing. What it names may be gone. */
void index_nearest(struct index_cache *cache, const struct uuid *user, uint64_t simhash, int within,
                   struct index_near *out);

/* Memory held by one user's partitions, and by all, for statistics. */
size_t index_user_bytes(struct index_cache *cache, const struct uuid *user);
size_t index_bytes(struct index_cache *cache);

#endif
