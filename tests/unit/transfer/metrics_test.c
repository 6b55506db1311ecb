#include "transfer/metrics.h"

#include <criterion/criterion.h>
#include <math.h>

#define NEAR(a, b) cr_expect_float_eq(a, b, 1e-9)

Test(metrics, count_fraction_any_all_rank_and_gain)
{
    struct metrics sums = {0};
    const bool found[] = {false, true, false, true}; // two of three pieces, at 2 and 4
    metrics_add(&sums, found, 4, 3, 3);
    struct metrics mean = metrics_mean(&sums);
    cr_expect_eq(mean.queries, 1);
    NEAR(mean.recall, 1.0 / 3);
    NEAR(mean.any, 1);
    NEAR(mean.all, 0);
    NEAR(mean.mrr, .5);
    NEAR(mean.ndcg, (1 / log2(3)) / (1 + 1 / log2(3) + 1 / log2(4)));
}

Test(metrics, are_means_over_queries)
{
    struct metrics sums = {0};
    const bool hit[] = {true}, miss[] = {false};
    metrics_add(&sums, hit, 1, 1, 10);
    metrics_add(&sums, miss, 1, 1, 10);
    metrics_add(&sums, NULL, 0, 2, 10);
    struct metrics mean = metrics_mean(&sums);
    cr_expect_eq(mean.queries, 3);
    NEAR(mean.recall, 1.0 / 3);
    NEAR(mean.all, 1.0 / 3);
    NEAR(mean.mrr, 1.0 / 3);
    NEAR(mean.ndcg, 1.0 / 3);
    NEAR(metrics_mean(&(struct metrics){0}).recall, 0);
}

Test(metrics, look_for_the_first_piece_to_a_depth_and_no_further)
{
    static bool found[METRICS_DEPTH + 1];
    struct metrics sums = {0};
    found[METRICS_DEPTH] = true;
    metrics_add(&sums, found, METRICS_DEPTH + 1, 1, 10);
    NEAR(sums.mrr, 0);
    found[METRICS_DEPTH - 1] = true;
    metrics_add(&sums, found, METRICS_DEPTH + 1, 2, 10);
    NEAR(sums.mrr, 1.0 / METRICS_DEPTH);
}

Test(metrics, cannot_ask_for_more_than_k_in_the_ideal)
{
    struct metrics sums = {0};
    const bool found[] = {true, true};
    metrics_add(&sums, found, 2, 5, 2);
    NEAR(sums.ndcg, 1);
    NEAR(sums.recall, .4);
}

Test(sitting_metrics, are_worth_their_three_best_turns)
{
    float worth[8];
    uint32_t turns[8], order[8];
    struct sitting_room room = {worth, turns, order, 8};
    struct sitting_metrics sums = {0};
    // Sitting 1 has four turns of .4, of which three count: 1.2; sitting 0 has two of .7: 1.4.
    const struct sitting_turn answers[] = {{0, .7F}, {0, .7F}, {1, .4F}, {1, .4F}, {1, .4F},
                                           {1, .4F}, {2, .3F}, {3, .3F}, {4, .3F}, {5, .1F}};
    const uint32_t first[] = {0}, both[] = {1, 5};
    sitting_metrics_add(&sums, answers, 10, first, 1, &room);
    cr_expect_eq(order[0], 0);
    cr_expect_eq(order[1], 1);
    sitting_metrics_add(&sums, answers, 10, both, 2, &room);
    struct sitting_metrics mean = sitting_metrics_mean(&sums);
    cr_expect_eq(mean.queries, 2);
    NEAR(mean.any, 1);
    NEAR(mean.all, .5); // sitting 5 is the sixth
}

Test(sitting_metrics, find_nothing_in_no_answer)
{
    float worth[1];
    uint32_t turns[1], order[1];
    struct sitting_room room = {worth, turns, order, 1};
    struct sitting_metrics sums = {0};
    const uint32_t evidence[] = {0};
    sitting_metrics_add(&sums, NULL, 0, evidence, 1, &room);
    NEAR(sums.any, 0);
    cr_expect_eq(sums.queries, 1);
}
