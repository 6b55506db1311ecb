/*
 * Ranking: the recipe of parts. score = base * m / 1.2 with base = max(0, sum of the weighted parts) / 5.1 and m the
 * product of the bounded boosts, clamped to .8 .. 1.2. The parts, their constants and sources stand in
 * recall/constants.h.
 *
 * Filters come first: exactly min(k, matches) hits come back, rows without any signal last, by recency, then id, marked
 * unmatched. Ties are broken by id. Everything is a function of (partition, request): the same in every process, and
 * independent of the order in which rows arrived.
 */
#ifndef RECALL_RECALL_H
#define RECALL_RECALL_H

#include "embed/embed.h"
#include "index/partition.h"
#include "model/filter.h"
#include "text/question.h"

enum recall_part {
    RECALL_NEAR,
    RECALL_WIDE,
    RECALL_OWN_COS,
    RECALL_NEAR_COS,
    RECALL_BIGRAM,
    RECALL_REPLY,
    RECALL_ASKS,
    RECALL_SPEAKER,
    RECALL_LENGTH,
    RECALL_TIME,
    RECALL_PARTS
};
enum recall_boost { BOOST_RECENCY, BOOST_IMPORTANCE, BOOST_USE, BOOST_TIME_MATCH, RECALL_BOOSTS };
extern const char *const recall_part_names[RECALL_PARTS], *const recall_boost_names[RECALL_BOOSTS];

/* The content of a memory, in the arena: near-duplicates are told from look-alikes by their words, which a partition
 * does not hold. Asked of pairs that look alike only. */
typedef enum mneme_code recall_content_fn(void *context, const struct uuid *id, struct arena *arena,
                                          const char **out, struct mneme_error *err);

struct recall_request {
    const char *text; /* NULL or empty: everything that passes the filters, by recency */
    /* of the text, as the partition's vectors are: in its first space, unit length, then in its second (zeroes where
     * there is none); NULL: no dense parts */
    const float *vector;
    struct embed_weights weights[PARTITION_SPACES];
    unsigned k;
    bool kinds[PARTITION_KINDS];
    /* NULL-terminated; NULL: every one but task:*. Messages have none, so naming namespaces leaves them out */
    const char *const *namespaces;
    /* NULL: none. recall_can_filter says whether the columns can answer it; else see allowed */
    const struct filter *filter;
    const uint64_t *allowed; /* further bitmap by ordinal, or NULL; see partition_bitmap */
    bool include_superseded, include_untrusted;
    int64_t now_us, reference_us;   /* reference: the clock of recency and of relative dates */
    int64_t as_of_us;               /* TIME_NONE: now; validity is asked at this time */
    float min_cosine, min_coverage; /* cut before k; 0: none */
    bool boosts_off, exact;
    recall_content_fn *content; /* NULL: near-duplicates are not folded */
    void *content_context;
};

struct recall_hit {
    struct uuid id;
    enum partition_kind kind;
    uint32_t ordinal;
    float score, base;
    float parts[RECALL_PARTS];         /* weighted: they sum to the base times 5.1 (before max) */
    float boosts[RECALL_BOOSTS];       /* factors; 1 where off */
    float superseded;                  /* 1, or .5 as the last factor */
    unsigned rank_lexical, rank_dense; /* from 1; 0: not in that leg */
    float cosine;                      /* of the query and the own text */
    float coverage; /* idf of the own text's query terms, of that of all query terms */
    bool matched;
    const char *const *terms;  /* query terms of the own text, NULL-terminated */
    const struct uuid *folded; /* near-duplicates that this hit stands for, best first */
    size_t folded_count;
};

struct recall_answer {
    struct recall_hit *hits;
    size_t count;
    size_t
        match_count; /* rows left after filters, trust and cut-offs, without those that were folded */
    bool exact;      /* every row left was scored, not only each leg's best */
    bool lexical_empty; /* no query term is known: the dense parts alone decide */
};

/* In the arena. The partition must be settled for now_us and locked for reading by the caller. */
enum mneme_code recall_run(const struct partition *partition, struct analyzer *analyzer,
                           const struct recall_request *request, struct arena *arena,
                           struct recall_answer *out, struct mneme_error *err) MUST_CHECK;

/* True if every leaf of the filter can be answered from the partition's columns; else the caller fills `allowed`. */
bool recall_can_filter(const struct filter *filter);

#endif
