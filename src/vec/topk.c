#include "vec/topk.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define SLACK 64
#define WORD_BITS 64

static bool is_better(struct topk_item a, struct topk_item b)
{
    if (a.score > b.score || a.score < b.score) {
        return a.score > b.score;
    }
    bool a_nan = isnan(a.score), b_nan = isnan(b.score);
    if (a_nan != b_nan) {
        return b_nan;
    }
    return a.ordinal < b.ordinal;
}

static int compare(const void *a, const void *b)
{
    struct topk_item x = *(const struct topk_item *)a, y = *(const struct topk_item *)b;
    return is_better(y, x) - is_better(x, y);
}

static void swap(struct topk_item *a, struct topk_item *b)
{
    struct topk_item kept = *a;
    *a = *b;
    *b = kept;
}

/* The median of the first, middle and last item, so that sorted streams, the usual ones, are
 * split in halves. */
static struct topk_item pivot_of(const struct topk_item *items, ptrdiff_t low, ptrdiff_t high)
{
    struct topk_item a = items[low], b = items[low + (high - low) / 2], c = items[high];
    if (is_better(a, b) != is_better(a, c)) {
        return a;
    }
    return is_better(b, a) != is_better(b, c) ? b : c;
}

/* Hoare's partition of items *low to *high: afterwards those up to *high are no worse than the
 * pivot, those from *low on no better, and what may lie between equals it. */
static void part(struct topk_item *items, ptrdiff_t *low, ptrdiff_t *high)
{
    struct topk_item pivot = pivot_of(items, *low, *high);
    while (*low <= *high) {
        while (is_better(items[*low], pivot)) {
            ++*low;
        }
        while (is_better(pivot, items[*high])) {
            --*high;
        }
        if (*low <= *high) {
            swap(&items[(*low)++], &items[(*high)--]);
        }
    }
}

/* Quickselect: afterwards the `wanted` best are in front, in any order. 0 < wanted < count. */
static void select_best(struct topk_item *items, size_t count, size_t wanted)
{
    ptrdiff_t low = 0, high = (ptrdiff_t)count - 1, last = (ptrdiff_t)wanted - 1;
    while (low < high) {
        ptrdiff_t right = low, left = high;
        part(items, &right, &left);
        if (last <= left) {
            high = left;
        } else if (last >= right) {
            low = right;
        } else {
            return;
        }
    }
}

static void compact(struct topk *top)
{
    if (top->count <= top->k) {
        return;
    }
    if (top->k > 0) {
        select_best(top->items, top->count, top->k);
        struct topk_item worst = top->items[0];
        for (size_t i = 1; i < top->k; i++) {
            if (is_better(worst, top->items[i])) {
                worst = top->items[i];
            }
        }
        top->threshold = worst.score;
    }
    top->count = top->k;
}

bool topk_init(struct topk *top, size_t k, struct arena *arena)
{
    *top = (struct topk){.k = k, .threshold = -INFINITY};
    if (k > (SIZE_MAX - SLACK) / 2) {
        return false;
    }
    top->items = arena_alloc_array(arena, 2 * k + SLACK, sizeof *top->items);
    if (top->items == NULL) {
        return false;
    }
    top->capacity = 2 * k + SLACK;
    return true;
}

/* The threshold is only a filter, so that most rows cost one comparison; what equals it is
 * judged when compacting. */
static inline void offer(struct topk *top, float score, uint32_t ordinal)
{
    if (score < top->threshold) {
        return;
    }
    if (top->count == top->capacity) {
        compact(top);
        if (score < top->threshold) {
            return;
        }
    }
    top->items[top->count++] = (struct topk_item){score, ordinal};
}

void topk_offer(struct topk *top, float score, uint32_t ordinal)
{
    assert(top->items != NULL);
    offer(top, score, ordinal);
}

void topk_offer_rows(struct topk *top, const float *scores, size_t count, const uint64_t *allowed,
                     float floor)
{
    assert(top->items != NULL);
    for (size_t base = 0; base < count; base += WORD_BITS) {
        size_t here = count - base < WORD_BITS ? count - base : WORD_BITS;
        uint64_t word = allowed == NULL ? UINT64_MAX : allowed[base / WORD_BITS];
        if (here < WORD_BITS) {
            word &= (UINT64_C(1) << here) - 1;
        }
        if (word == UINT64_MAX) { // the usual case: no bits to look for
            for (size_t i = base; i < base + WORD_BITS; i++) {
                if (scores[i] > floor && scores[i] >= top->threshold) {
                    offer(top, scores[i], (uint32_t)i);
                }
            }
            continue;
        }
        for (; word != 0; word &= word - 1) {
            size_t i = base + (size_t)__builtin_ctzll(word);
            if (scores[i] > floor) {
                offer(top, scores[i], (uint32_t)i);
            }
        }
    }
}

size_t topk_select(struct topk *top)
{
    assert(top->items != NULL);
    compact(top);
    return top->count;
}

size_t topk_finish(struct topk *top)
{
    topk_select(top);
    qsort(top->items, top->count, sizeof *top->items, compare);
    return top->count;
}
