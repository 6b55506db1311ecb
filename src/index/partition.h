/*
 * The partition: all that recall needs of one user, in memory. Postings, vectors and columns of every memory and
 * message that is not deleted; loaded from the rows, never saved.
 *
 * Rows get ordinals in the order they arrive; a changed row gets a new one and the old one dies. Dead ordinals are
 * skipped everywhere and squeezed out when they are a quarter of all. Not thread-safe by itself: index/cache.h locks.
 */
#ifndef INDEX_PARTITION_H
#define INDEX_PARTITION_H

#include "base/map.h"
#include "base/uuid.h"
#include "embed/embed.h"
#include "model/records.h"
#include "text/document.h"

enum partition_kind { PARTITION_MEMORY, PARTITION_MESSAGE, PARTITION_KINDS };

/* One row as the loader hands it in; everything is borrowed. */
struct partition_row {
    enum partition_kind kind;
    /* struct memory or struct message; content and metadata need not be there */
    const void *record;
    const struct document *document; /* decoded terms; NULL: none */
    const float *vector;             /* unit length, of the active space; NULL: none */
    size_t dimension;
};

struct partition;
struct partition *partition_new(void); /* NULL: out of memory */
void partition_free(struct partition *partition);
size_t partition_bytes(const struct partition *partition);
size_t partition_live_count(const struct partition *partition);

/* A space change drops all vectors; rows must then be put again. */
enum mneme_code partition_set_space(struct partition *partition, const char *space,
                                    size_t dimension, struct mneme_error *err) MUST_CHECK;
/* Inserts or replaces by id; a row that is deleted or quarantined is taken out. After a failure the partition is
 * broken: free it. */
enum mneme_code partition_put(struct partition *partition, const struct partition_row *row,
                              struct mneme_error *err) MUST_CHECK;
void partition_remove(struct partition *partition, const struct uuid *id);
/* After a run of puts and before any search: rows that expired by now_us leave the statistics, windows' lengths and
 * norms around changed messages are worked out again. */
enum mneme_code partition_settle(struct partition *partition, int64_t now_us,
                                 struct mneme_error *err) MUST_CHECK;

#endif
