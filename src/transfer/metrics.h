/*
 * The figures of retrieval, summed over queries and divided at the end; facts in docs/evaluation are by these
 * definitions.
 *
 * recall  the fraction of the evidence among the first k        any, all  whether one, whether every piece of it is
 * there mrr     1 / rank of the first piece, 0 below METRICS_DEPTH    ndcg      binary, over the first k, divided by
 * the ideal
 */
#ifndef TRANSFER_METRICS_H
#define TRANSFER_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRICS_DEPTH 50 /* of mrr */

struct metrics {
    uint64_t queries;
    double recall, any, all, mrr, ndcg;
};

/* One query: which of the answers, best first, are evidence, of which there are evidence_count (at least 1) in all.
 * */
void metrics_add(struct metrics *sums, const bool *is_evidence, size_t count, size_t evidence_count,
                 size_t k);
/* The means; all 0 without a query. */
struct metrics metrics_mean(const struct metrics *sums);

/* Sittings: each is worth the sum of its METRICS_BEST best turns. */
#define METRICS_BEST 3
#define METRICS_SITTINGS 5
struct sitting_metrics {
    uint64_t queries;
    double any, all; /* at METRICS_SITTINGS */
};
struct sitting_turn {
    uint32_t sitting;
    float score;
};
/*
 * One query: its answers, best first, and the sittings of its evidence (each once). `worth` and `turns` have room for
 * all sittings, which are numbered from 0 to sitting_count - 1. Of sittings that are worth the same the one met first
 * comes first.
 */
struct sitting_room {
    float *worth;
    uint32_t *turns, *order;
    size_t sitting_count;
};
void sitting_metrics_add(struct sitting_metrics *sums, const struct sitting_turn *answers,
                         size_t count, const uint32_t *evidence, size_t evidence_count,
                         struct sitting_room *room);
struct sitting_metrics sitting_metrics_mean(const struct sitting_metrics *sums);

#endif
