/*
 * One search, step by step; each step fills its own part of struct search, in the request's arena.
 *
 *     query_read        the query's terms, pairs, speaker, time
 *     visible_rows      filters first: the rows that may come back
 *     score_legs        own BM25 and own cosines, the cut-offs
 *     choose_candidates the best of each leg and their neighbours
 *     score_parts       windows, bigrams and maxima over the candidates
 *     weigh             a candidate's weighted parts
 *     rank_hits         base, boosts, order, folding
 */
#ifndef RECALL_RECALL_INTERNAL_H
#define RECALL_RECALL_INTERNAL_H

#include "base/limits.h"
#include "index/columns.h"
#include "recall/recall.h"

/* Counts of query terms are kept in blocks of eight bytes a row, one byte a term. */
#define SLOTS 8
#define SLOT_BLOCKS (LIMIT_QUERY_TERMS / SLOTS)

struct query_term {
    const char *text;
    uint32_t term;
    float idf;
    bool is_extra; /* a compound id: counts for BM25, not for coverage */
};

struct query_pair {
    uint32_t first, second; /* terms that stand side by side */
    unsigned first_slot, second_slot;
    float idf; /* of the more frequent */
};

struct query {
    bool is_question, wants_time;
    struct query_term
        terms[LIMIT_QUERY_TERMS]; /* distinct, known to a live row, in order of the query */
    unsigned term_count;
    struct query_pair pairs[LIMIT_QUERY_TERMS];
    unsigned pair_count;
    float idf_total;  /* unknown terms included */
    uint32_t speaker; /* the one speaker whom the query names; 0: none, or several */
    bool has_span;
    int64_t from_us, to_us; /* the time that the query names */
    bool has_cosines;       /* the query has a vector, and weights or a cut-off want it */
    bool is_dense;          /* its cosines weigh; with a hashing embedder they do not */
};

struct leg {
    uint32_t *rows; /* in no order */
    float *scores;
    size_t count;
    uint64_t *members; /* the same rows as a bitmap */
};

struct candidate {
    uint32_t row;
    float near, wide, near_cos, bigram; /* before the division by the maxima */
    float base, score;
};

struct search {
    const struct partition *partition;
    const struct recall_request *request;
    struct arena *arena;
    struct query query;

    uint64_t *allowed;
    uint32_t allowed_count;

    uint8_t *counts[SLOT_BLOCKS]; /* SLOTS bytes a row: how often it has each term of the block */
    float *own;                   /* BM25 over own counts, by row */
    uint8_t
        *touched;   /* bit set: rows with any term, WINDOW_WIDE_REACH bits in front of the first */
    float *cosines; /* by row; NULL without a dense leg */
    uint64_t *has_cosine; /* NULL: all have theirs */
    struct leg lexical, dense;
    size_t leg_most; /* places of a leg; of few rows it holds all and only the ranks end there */

    struct candidate *candidates;
    size_t candidate_count;
    bool is_exact;
    float own_max, near_max, wide_max;
    /* over the messages among the candidates: how many are between people, the means of length and time */
    float people_share, mean_length, mean_time;
    float log_words[WINDOW_LENGTH_WORDS + 1]; /* ln(1 + words), if there are messages */
};

bool query_read(struct search *search, struct analyzer *analyzer);
bool visible_rows(struct search *search);
bool score_legs(struct search *search);
bool choose_candidates(struct search *search, bool all);
bool score_parts(struct search *search);
/* The weighted parts of a candidate; returns their sum. */
float weigh(const struct search *search, const struct candidate *candidate,
            float parts[RECALL_PARTS]);
/* The factors of the boosts and of `superseded`; returns m clamped times superseded. */
float boost(const struct search *search, uint32_t row, float boosts[RECALL_BOOSTS],
            float *superseded);
enum mneme_code rank_hits(struct search *search, const struct language *language,
                          struct recall_answer *out, bool *starved, struct mneme_error *err)
    MUST_CHECK;

/* Rows of the bitmap that the filter lets through, kind by kind. False when out of memory. */
bool filter_rows(const struct partition *partition, const struct filter *filter, uint64_t *rows,
                 struct arena *arena);

/* Which of two rows stands first when scores are equal. */
static inline bool id_is_before(const struct partition *partition, uint32_t a, uint32_t b)
{
    return uuid_compare(&partition->ids[a], &partition->ids[b]) < 0;
}

/* A row is valid at t, or was superseded by something that does not hold yet. */
static inline bool row_is_valid(const struct partition *partition, uint32_t row, int64_t t_us)
{
    if (partition->kinds[row] != PARTITION_MEMORY) return true;
    int64_t to = partition->integers[COLUMN_VALID_TO][row];
    return partition->integers[COLUMN_VALID_FROM][row] <= t_us && (to == TIME_NONE || t_us < to) &&
           !(partition->flags[row] & ROW_SUPERSEDED && to == TIME_NONE);
}

static inline int64_t validity_time(const struct recall_request *request)
{
    return request->as_of_us != TIME_NONE ? request->as_of_us : request->now_us;
}

/* How the cosines of a row weigh: by the space of its vector. */
static inline struct embed_weights row_weights(const struct search *search, uint32_t row)
{
    bool is_second = search->partition->flags[row] & ROW_SECOND_SPACE;
    return search->request->weights[is_second];
}

/* When it happened, else when it was written. */
static inline int64_t row_time(const struct partition *partition, uint32_t row)
{
    int64_t at = partition->integers[COLUMN_EVENT_AT][row];
    return at != TIME_NONE ? at : partition->integers[COLUMN_CREATED_AT][row];
}

#endif
