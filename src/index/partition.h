/*
 * The partition: all that recall needs of one user, in memory. Postings, vectors and columns of every record of a
 * recalled kind that is not deleted; loaded from the rows, never saved.
 *
 * Rows get ordinals in the order they arrive; a changed row gets a new one and the old one dies. Dead ordinals are
 * skipped everywhere and squeezed out when they are a quarter of all. What ranking computes from a partition does not
 * depend on that order. Not thread-safe by itself: index/cache.h locks. What is inside, for recall: index/columns.h.
 */
#ifndef INDEX_PARTITION_H
#define INDEX_PARTITION_H

#include "base/timestamp.h"
#include "base/uuid.h"
#include "model/field.h"
#include "text/document.h"

#define PARTITION_SPACES 2
enum partition_kind {
    PARTITION_MEMORY,
    PARTITION_MESSAGE,
    PARTITION_SUMMARY,
    PARTITION_CHARACTER,
    PARTITION_PROP,
    PARTITION_KINDS
};
/* The kinds of records that they are. */
extern const struct kind *const partition_kinds[PARTITION_KINDS];
/* PARTITION_KINDS for one that is not recalled. */
enum partition_kind partition_kind_of(const struct kind *kind);

struct partition_text {
    const char *bytes; /* NULL: none */
    size_t length;
};

/* Columns of text. A message has no namespace, tier, ... and uses their places for its own; other kinds have none. */
enum text_column {
    COLUMN_ORIGIN,
    COLUMN_PRINCIPAL,
    COLUMN_TRUST,
    COLUMN_NAMESPACE,
    COLUMN_TIER,
    COLUMN_TYPE,
    COLUMN_SUBJECT,
    COLUMN_AGENT_ID,
    COLUMN_RUN_ID,
    COLUMN_SOURCE,
    TEXT_COLUMNS,
    COLUMN_SITTING = COLUMN_NAMESPACE,
    COLUMN_ROLE = COLUMN_TIER,
    COLUMN_SPEAKER = COLUMN_TYPE,
    COLUMN_AGENT_NAME = COLUMN_SUBJECT,
    COLUMN_LLM_PROVIDER = COLUMN_AGENT_ID,
    COLUMN_COPY_OF = COLUMN_RUN_ID /* the bytes of an id */
};

/* Columns of times and whole numbers; an absent time is TIME_NONE. */
enum integer_column {
    COLUMN_CREATED_AT,
    COLUMN_UPDATED_AT,
    COLUMN_EVENT_AT,
    COLUMN_EXPIRES_AT,
    COLUMN_LAST_ACCESSED_AT,
    COLUMN_ACCESS_COUNT,
    COLUMN_VALID_FROM,
    COLUMN_VALID_TO,
    INTEGER_COLUMNS,
    COLUMN_MESSAGE_SEQ = COLUMN_VALID_FROM,
    COLUMN_TOKEN_COUNT = COLUMN_VALID_TO
};

enum real_column { COLUMN_IMPORTANCE, COLUMN_CONFIDENCE, REAL_COLUMNS };

/* One row as the loader hands it in; everything is borrowed. Begin with partition_row_init. */
struct partition_row {
    enum partition_kind kind;
    struct uuid id;
    bool is_gone; /* deleted or quarantined: takes the row out */
    struct partition_text texts[TEXT_COLUMNS];
    int64_t integers[INTEGER_COLUMNS];
    double reals[REAL_COLUMNS];
    bool is_pinned, is_superseded;
    const struct uuid *conversation; /* always of a message; NULL: none */
    struct list tags;
    const struct document *document; /* decoded terms; NULL: none */
    const float *vector;             /* unit length, of `space`; NULL: none */
    unsigned space;                  /* 0: the partition's first, 1: its second */
};
void partition_row_init(struct partition_row *row, enum partition_kind kind, const struct uuid *id);
void partition_row_text(struct partition_row *row, enum text_column column, const char *text);

struct partition;
struct partition *partition_new(void); /* NULL: out of memory */
void partition_free(struct partition *partition);
size_t partition_bytes(const struct partition *partition);
size_t partition_live_count(const struct partition *partition);

/*
 * The spaces of the vectors, by their dimensions (0: none); only while the partition is empty. A row has its vector of
 * the first space, or, if it has none there, that of the second. Both lie in one: first, then second, the other one's
 * numbers being 0. So a query that is both spaces' vectors of its text, one behind the other, has with each row the
 * cosine of that row's space, and sums over neighbours of either space stay sums.
 */
void partition_set_dimensions(struct partition *partition,
                              const size_t dimensions[PARTITION_SPACES]);
/* A vector that came after its row, which may be unknown or gone. One of the second space does not take the place of
 * the first's. After a failure (NOMEM) the partition is broken. */
enum mneme_code partition_put_vector(struct partition *partition, const struct uuid *id,
                                     const float *vector, unsigned space, struct mneme_error *err)
    MUST_CHECK;
/* Room for this many rows in all, so that loading grows nothing twice. */
enum mneme_code partition_reserve(struct partition *partition, size_t row_count,
                                  struct mneme_error *err) MUST_CHECK;
/* Inserts or replaces by id. After a failure (NOMEM, or LIMIT with 2^24 rows) the partition is broken: free it. */
enum mneme_code partition_put(struct partition *partition, const struct partition_row *in,
                              struct mneme_error *err) MUST_CHECK;
void partition_remove(struct partition *partition, const struct uuid *id);
/* After a run of puts and before any search: rows that expired by now_us leave, windows' lengths and norms around
 * changed messages are worked out again, dead rows are squeezed out. */
enum mneme_code partition_settle(struct partition *partition, int64_t now_us,
                                 struct mneme_error *err) MUST_CHECK;
/* The first instant at which settle has something to do again though nothing was put; INT64_MAX: none. */
int64_t partition_next_expiry_us(const struct partition *partition);
/* Most of its terms belong to rows that are gone: better loaded anew. */
bool partition_is_worn(const struct partition *partition);

/* The live row of that id. */
bool partition_find(const struct partition *partition, const struct uuid *id, uint32_t *ordinal);
/* Notes a use in the columns. */
void partition_note_use(struct partition *partition, const struct uuid *id, int64_t at_us,
                        int64_t count);

/* Bitmaps by ordinal: all bits clear, in the arena; NULL when out of memory. */
uint64_t *partition_bitmap(const struct partition *partition, struct arena *arena);
static inline void bitmap_set(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= UINT64_C(1) << i % 64;
}
static inline bool bitmap_has(const uint64_t *bits, uint32_t i)
{
    return bits[i / 64] >> i % 64 & 1;
}

/* The live messages of the same sitting around a message, in order, itself left out; at most `reach` on each side and
 * 2 * reach in all. Returns their number; *before are in front of it. 0 for what is no message. */
size_t partition_neighbours(const struct partition *partition, uint32_t ordinal, unsigned reach,
                            struct uuid *out, size_t *before);

#endif
