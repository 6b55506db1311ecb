#include "base/alloc.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

static bool fails_third(void *context)
{
    int *calls = context;
    return ++*calls == 3;
}

Test(alloc, size_zero_gives_a_block)
{
    void *blocks[] = {mem_alloc(0), mem_alloc_zero(0, 8), mem_alloc_zero(8, 0),
                      mem_resize(NULL, 0)};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        cr_assert_not_null(blocks[i]);
        mem_free(blocks[i]);
    }
    mem_free(NULL);
}

Test(alloc, zeroed_blocks_are_zero_and_check_their_product)
{
    static const char zeros[300];
    char *block = mem_alloc_zero(100, 3);
    cr_assert_not_null(block);
    cr_assert_arr_eq(block, zeros, sizeof zeros);
    mem_free(block);
    cr_assert_null(mem_alloc_zero(SIZE_MAX / 2, 3));
}

Test(alloc, text_is_copied_and_null_stays_null)
{
    const char *text = "Zoë";
    char *copy = mem_copy_text(text);
    cr_assert_str_eq(copy, text);
    cr_assert_neq(copy, text);
    mem_free(copy);
    cr_assert_null(mem_copy_text(NULL));
}

Test(alloc, hook_fails_the_allocation_it_picks_and_no_other)
{
    int calls = 0;
    mem_set_hook(fails_third, &calls);
    void *first = mem_alloc(4), *second = mem_alloc_zero(1, 4);
    void *third = mem_resize(NULL, 4);
    char *fourth = mem_copy_text("x");
    mem_set_hook(NULL, NULL);
    cr_assert(first && second && !third && fourth);
    cr_assert_eq(calls, 4);
    mem_free(first);
    mem_free(second);
    mem_free(fourth);
}

Test(alloc, failed_resize_keeps_the_block)
{
    int calls = 2;
    char *block = mem_copy_text("kept");
    mem_set_hook(fails_third, &calls);
    cr_assert_null(mem_resize(block, 100));
    mem_set_hook(NULL, NULL);
    cr_assert_str_eq(block, "kept");
    mem_free(block);
}
