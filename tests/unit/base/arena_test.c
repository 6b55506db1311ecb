#include "base/arena.h"

#include "base/alloc.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena);
}

static void tear_down(void)
{
    arena_clear(&arena);
}

TestSuite(arena, .init = set_up, .fini = tear_down);

static bool always(void *context)
{
    (void)context;
    return true;
}

Test(arena, blocks_of_any_size_are_aligned_zeroed_and_apart)
{
    enum { COUNT = 2000 };
    static unsigned char *blocks[COUNT];
    static size_t sizes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = i % 7 == 0 ? i * 61 : i % 50;
        blocks[i] = arena_alloc(&arena, sizes[i]);
        cr_assert_not_null(blocks[i]);
        cr_assert_eq((uintptr_t)blocks[i] % alignof(max_align_t), 0);
        for (size_t j = 0; j < sizes[i]; j++) cr_assert_eq(blocks[i][j], 0);
        memset(blocks[i], (int)(i % 255 + 1), sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < sizes[i]; j++)
            cr_assert_eq(blocks[i][j], i % 255 + 1, "block %zu", i);
    }
}

Test(arena, large_block_leaves_the_room_of_the_small_ones)
{
    char *before = arena_alloc(&arena, 16);
    arena_alloc(&arena, 1024 * 1024);
    char *after = arena_alloc(&arena, 16);
    cr_assert(after > before && after < before + 1024, "the first block is filled up");
}

Test(arena, counts_what_it_handed_out_until_cleared)
{
    arena_alloc(&arena, 1000);
    size_t used = arena.used_bytes;
    cr_assert_geq(used, 1000);
    arena_alloc(&arena, 100);
    cr_assert_geq(arena.used_bytes, used + 100);
    arena_clear(&arena);
    cr_assert_eq(arena.used_bytes, 0);
    cr_assert_not_null(arena_alloc(&arena, 10), "usable after clear");
}

Test(arena, overflowing_sizes_fail_and_are_remembered)
{
    cr_assert_null(arena_alloc_array(&arena, SIZE_MAX / 2, 4));
    cr_assert(arena_failed(&arena));
    arena_clear(&arena);
    cr_assert_null(arena_alloc(&arena, SIZE_MAX));
    cr_assert(arena_failed(&arena));
    arena_clear(&arena);
    cr_assert_null(arena_text_n(&arena, "x", SIZE_MAX));
    cr_assert(arena_failed(&arena));
    arena_clear(&arena);
    size_t capacity = 0;
    cr_assert_null(arena_grow(&arena, NULL, &capacity, SIZE_MAX / 2, 16));
    cr_assert(arena_failed(&arena));
    cr_assert_eq(capacity, 0);
}

Test(arena, one_failure_fails_all_that_follows)
{
    cr_assert_not_null(arena_text(&arena, "before"));
    mem_set_hook(always, NULL);
    cr_assert_null(arena_alloc(&arena, 100000));
    mem_set_hook(NULL, NULL);
    size_t capacity = 0;
    cr_assert_null(arena_alloc(&arena, 1));
    cr_assert_null(arena_text(&arena, "x"));
    cr_assert_null(arena_text_n(&arena, "x", 1));
    cr_assert_null(arena_copy(&arena, "x", 1));
    cr_assert_null(arena_printf(&arena, "x"));
    cr_assert_null(arena_grow(&arena, NULL, &capacity, 1, 1));
    cr_assert(arena_failed(&arena));
    arena_clear(&arena);
    cr_assert_not(arena_failed(&arena));
}

Test(arena, grown_array_keeps_its_items_and_clears_the_rest)
{
    int *items = NULL;
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        items = arena_grow(&arena, items, &capacity, (size_t)i + 1, sizeof *items);
        cr_assert_not_null(items);
        cr_assert_gt(capacity, i);
        cr_assert_eq(items[i], 0);
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++) cr_assert_eq(items[i], i);
    size_t before = capacity;
    cr_assert_eq(arena_grow(&arena, items, &capacity, 10, sizeof *items), items);
    cr_assert_eq(capacity, before, "nothing to do");
}

Test(arena, growing_by_much_gives_what_is_needed)
{
    size_t capacity = 0;
    char *items = arena_grow(&arena, NULL, &capacity, 5000, 1);
    cr_assert_not_null(items);
    cr_assert_eq(capacity, 5000);
}

Test(arena, copies_texts_and_bytes)
{
    cr_assert_str_eq(arena_text(&arena, "text"), "text");
    cr_assert_str_eq(arena_text_n(&arena, "text", 2), "te");
    cr_assert_str_eq(arena_text_n(&arena, "", 0), "");
    cr_assert_arr_eq(arena_copy(&arena, "a\0b", 3), "a\0b", 3);
    cr_assert_null(arena_text(&arena, NULL));
    cr_assert_null(arena_text_n(&arena, NULL, 0));
    cr_assert_null(arena_copy(&arena, NULL, 0));
    cr_assert_not(arena_failed(&arena), "NULL for NULL is no failure");
}

Test(arena, prints_texts_of_any_length)
{
    char *text = arena_printf(&arena, "%d-%s-%20000s", 7, "x", "end");
    cr_assert_eq(strlen(text), 20004);
    cr_assert_eq(strncmp(text, "7-x-", 4), 0);
    cr_assert_str_eq(text + 20001, "end");
}

static enum mneme_code use_all(void *context)
{
    (void)context;
    struct arena own;
    arena_init(&own);
    size_t capacity = 0;
    int *items = NULL;
    for (size_t i = 1; i < 3000 && !arena_failed(&own); i++)
        items = arena_grow(&own, items, &capacity, i, sizeof *items);
    arena_printf(&own, "%9000s", "x");
    arena_alloc(&own, 300000);
    bool has_failed = arena_failed(&own);
    arena_clear(&own);
    return has_failed ? MNEME_NOMEM : MNEME_OK;
}

Test(arena, out_of_memory_at_each_allocation_is_reported)
{
    cr_assert_gt(support_fail_each(use_all, NULL), 3);
}
