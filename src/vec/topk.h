/*
 * The k greatest of a stream of (score, ordinal), ties to the smaller ordinal; NaN counts as least.
 * An unordered buffer of 2k + 64 with a threshold, compacted by quickselect when full: no heap in
 * the loop.
 */
#ifndef VEC_TOPK_H
#define VEC_TOPK_H

#include "base/arena.h"

struct topk_item {
    float score;
    uint32_t ordinal;
};

struct topk {
    struct topk_item *items;
    size_t k, count, capacity;
    float threshold; /* what scores must reach to get in */
};

/* False when out of memory. The buffer lives in the arena; k = 0 keeps nothing. */
bool topk_init(struct topk *top, size_t k, struct arena *arena);
void topk_offer(struct topk *top, float score, uint32_t ordinal);
/* All rows whose bit is set in `allowed` (NULL: all), score scores[i]; only scores > floor get
 * in (so NaN never does). Bits at and past `count` are not looked at. */
void topk_offer_rows(struct topk *top, const float *scores, size_t count, const uint64_t *allowed,
                     float floor);
/* Keeps the best min(k, offered), in any order; returns how many. */
size_t topk_select(struct topk *top);
/* Sorts the best min(k, offered) to the front, best first; returns how many. */
size_t topk_finish(struct topk *top);

#endif
