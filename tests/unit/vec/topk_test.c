#include "vec/topk.h"

#include "base/alloc.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 5000

static uint64_t state = 88172645463325252;

static uint32_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

/* The order that the header promises, said in another way than topk.c does. */
static int by_promise(const void *a, const void *b)
{
    const struct topk_item *x = a, *y = b;
    double u = isnan(x->score) ? -INFINITY : (double)x->score;
    double v = isnan(y->score) ? -INFINITY : (double)y->score;
    if (u != v) return u < v ? 1 : -1;
    if (isnan(x->score) != isnan(y->score)) return isnan(x->score) ? 1 : -1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static void check(const struct topk_item *offered, size_t count, size_t k)
{
    struct arena arena;
    struct topk top;
    arena_init(&arena);
    cr_assert(topk_init(&top, k, &arena));
    struct topk_item *sorted = arena_copy(&arena, offered, (count + 1) * sizeof *offered);
    for (size_t i = 0; i < count; i++) topk_offer(&top, offered[i].score, offered[i].ordinal);
    qsort(sorted, count, sizeof *sorted, by_promise);
    size_t expected = k < count ? k : count;
    cr_assert_eq(topk_finish(&top), expected);
    for (size_t i = 0; i < expected; i++) {
        cr_assert_eq(top.items[i].ordinal, sorted[i].ordinal, "k %zu of %zu: place %zu", k, count,
                     i);
    }
    arena_clear(&arena);
}

static const size_t ks[] = {0, 1, 2, 3, 10, 63, 64, 65, 200, 1000, COUNT, COUNT + 7};

static void check_all_k(const struct topk_item *offered, size_t count)
{
    for (size_t i = 0; i < sizeof ks / sizeof ks[0]; i++) check(offered, count, ks[i]);
}

static struct topk_item items[COUNT + 1];

Test(topk, agrees_with_sorting_on_random_scores)
{
    for (uint32_t i = 0; i < COUNT; i++) {
        items[i] = (struct topk_item){(float)next_random() / 1e9F, i};
    }
    check_all_k(items, COUNT);
    check_all_k(items, 0);
    check_all_k(items, 1);
    check_all_k(items, 190);
}

Test(topk, ties_go_to_the_smaller_ordinal_whatever_came_first)
{
    for (uint32_t i = 0; i < COUNT; i++) {
        items[i] = (struct topk_item){(float)(next_random() % 5), (i * 2654435761U) % 100003};
    }
    check_all_k(items, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) items[i].score = 1;
    check_all_k(items, COUNT);
}

Test(topk, sorted_streams_agree_too)
{
    for (uint32_t i = 0; i < COUNT; i++) items[i] = (struct topk_item){(float)i, i};
    check_all_k(items, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) items[i] = (struct topk_item){(float)i, COUNT - i};
    check_all_k(items, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) items[i] = (struct topk_item){-(float)i, i};
    check_all_k(items, COUNT);
}

Test(topk, nan_and_infinities_have_their_place)
{
    static const float special[] = {NAN, INFINITY, -INFINITY, 0.0F, -0.0F, 1e-40F};
    for (uint32_t i = 0; i < COUNT; i++) {
        items[i] = (struct topk_item){special[next_random() % 6], i};
    }
    check_all_k(items, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) items[i].score = NAN;
    check_all_k(items, COUNT);
}

Test(topk, rows_respect_the_bitmap_and_the_floor)
{
    static float scores[COUNT];
    static uint64_t allowed[COUNT / 64 + 1];
    for (size_t i = 0; i < COUNT; i++) scores[i] = (float)(next_random() % 1000);
    scores[7] = NAN;
    for (size_t i = 0; i < COUNT / 64 + 1; i++) allowed[i] = next_random() | UINT64_MAX << 40;
    allowed[3] = 0;
    for (size_t count = COUNT - 130; count <= COUNT; count += 13) {
        for (int with_bitmap = 0; with_bitmap < 2; with_bitmap++) {
            struct arena arena;
            struct topk rows, one_by_one;
            arena_init(&arena);
            cr_assert(topk_init(&rows, 100, &arena) && topk_init(&one_by_one, 100, &arena));
            topk_offer_rows(&rows, scores, count, with_bitmap ? allowed : NULL, 20);
            for (uint32_t i = 0; i < count; i++) {
                bool is_allowed = !with_bitmap || (allowed[i / 64] >> i % 64 & 1) != 0;
                if (is_allowed && scores[i] > 20) topk_offer(&one_by_one, scores[i], i);
            }
            cr_assert_eq(topk_finish(&rows), topk_finish(&one_by_one));
            for (size_t i = 0; i < rows.count; i++) {
                cr_assert_eq(rows.items[i].ordinal, one_by_one.items[i].ordinal);
            }
            arena_clear(&arena);
        }
    }
}

Test(topk, a_floor_above_all_leaves_nothing)
{
    struct arena arena;
    struct topk top;
    float scores[3] = {1, 2, NAN};
    arena_init(&arena);
    cr_assert(topk_init(&top, 3, &arena));
    topk_offer_rows(&top, scores, 3, NULL, 2);
    cr_assert_eq(topk_finish(&top), 0);
    topk_offer_rows(&top, scores, 3, NULL, -INFINITY);
    cr_assert_eq(topk_finish(&top), 2);
    arena_clear(&arena);
}

Test(topk, impossible_sizes_are_out_of_memory)
{
    static const size_t impossible[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 - 32, SIZE_MAX / 16};
    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        struct arena arena;
        struct topk top;
        arena_init(&arena);
        cr_assert_not(topk_init(&top, impossible[i], &arena));
        arena_clear(&arena);
    }
}

static bool fail_always(void *context)
{
    (void)context;
    return true;
}

Test(topk, out_of_memory_is_said_at_init)
{
    struct arena arena;
    struct topk top;
    arena_init(&arena);
    mem_set_hook(fail_always, NULL);
    cr_assert_not(topk_init(&top, 10, &arena));
    mem_set_hook(NULL, NULL);
    arena_clear(&arena);
}
