/*
 * Term to (row, count): a dictionary and one list per term.
 *
 * A posting is 32 bits: the row's ordinal above, the count below, which stops at POSTING_COUNT_MAX (BM25 hardly moves
 * past it). The first posting of a term lies in its own struct (most terms have no second); further ones in runs
 * of doubling size in one shared pool. Rows are appended in rising order and never taken out singly: a dead row is
 * left to the reader, until postings_reset empties all lists for refilling.
 */
#ifndef INDEX_POSTINGS_H
#define INDEX_POSTINGS_H

#include "base/map.h"

#define POSTING_COUNT_BITS 8
#define POSTING_COUNT_MAX ((1U << POSTING_COUNT_BITS) - 1)
#define POSTING_ROWS_MAX (1U << (32 - POSTING_COUNT_BITS))
#define TERM_NONE UINT32_MAX

struct term_postings {
    uint32_t live;  /* live rows that have the term: its document frequency */
    uint32_t count; /* postings, dead rows included */
    uint32_t first; /* the first posting */
    uint32_t
        head; /* place in the pool of the first run; a run: its size, the next run's place, the postings */
    uint32_t tail; /* place of the last run's size */
    uint32_t used; /* postings in the last run */
};

struct postings {
    struct map dictionary; /* term to its number */
    struct term_postings *terms;
    uint32_t term_count, term_capacity;
    uint32_t *pool;
    uint32_t pool_length, pool_capacity;
};

void postings_init(struct postings *postings);
void postings_clear(struct postings *postings);
size_t postings_bytes(const struct postings *postings);

/* The term's number; `put` adds it. TERM_NONE: unknown, or out of memory. */
uint32_t postings_find_term(const struct postings *postings, const char *text, size_t length);
uint32_t postings_put_term(struct postings *postings, const char *text, size_t length);

/* Appends a row that is greater than all before; counts it as live. False when out of memory. */
bool postings_add(struct postings *postings, uint32_t term, uint32_t row, uint32_t count);
/* A row of the term has died. */
void postings_forget(struct postings *postings, uint32_t term);
/* Empties every list; the dictionary and the memory stay. */
void postings_reset(struct postings *postings);

/* Walks a list run by run: start with a zeroed cursor; false at the end. */
struct posting_cursor {
    uint32_t seen, place;
};
bool postings_next(const struct postings *postings, uint32_t term, struct posting_cursor *cursor,
                   const uint32_t **run, uint32_t *length);

#endif
