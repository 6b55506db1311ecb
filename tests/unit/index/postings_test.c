#include "index/postings.h"

#include "base/alloc.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* Collects a list; returns its length. */
static size_t read_list(const struct postings *postings, uint32_t term, uint32_t *out, size_t most)
{
    struct posting_cursor cursor = {0};
    const uint32_t *run;
    uint32_t length;
    size_t count = 0;
    while (postings_next(postings, term, &cursor, &run, &length)) {
        for (uint32_t i = 0; i < length && count < most; i++) out[count++] = run[i];
    }
    return count;
}

Test(postings, gives_back_every_row_in_order_for_lists_of_any_length)
{
    static uint32_t found[3000];
    struct postings postings;
    postings_init(&postings);
    for (size_t length = 0; length < 3000; length = length < 20 ? length + 1 : length * 3 / 2) {
        char name[20];
        int bytes = snprintf(name, sizeof name, "term%zu", length);
        uint32_t term = postings_put_term(&postings, name, (size_t)bytes);
        for (uint32_t row = 0; row < length; row++)
            cr_assert(postings_add(&postings, term, 7 * row, row % 5 + 1));
        cr_assert_eq(read_list(&postings, term, found, 3000), length);
        for (uint32_t row = 0; row < length; row++) {
            cr_assert_eq(found[row] >> POSTING_COUNT_BITS, 7 * row);
            cr_assert_eq(found[row] & POSTING_COUNT_MAX, row % 5 + 1);
        }
        cr_assert_eq(postings.terms[term].live, length);
    }
    postings_clear(&postings);
}

Test(postings, stop_counting_at_the_greatest_count_that_fits)
{
    uint32_t found;
    struct postings postings;
    postings_init(&postings);
    uint32_t term = postings_put_term(&postings, "x", 1);
    cr_assert(postings_add(&postings, term, POSTING_ROWS_MAX - 1, 65535));
    cr_assert_eq(read_list(&postings, term, &found, 1), 1);
    cr_assert_eq(found >> POSTING_COUNT_BITS, POSTING_ROWS_MAX - 1);
    cr_assert_eq(found & POSTING_COUNT_MAX, POSTING_COUNT_MAX);
    postings_clear(&postings);
}

Test(postings, know_a_term_by_its_bytes_and_keep_its_number_through_a_reset)
{
    uint32_t found[2];
    struct postings postings;
    postings_init(&postings);
    uint32_t tea = postings_put_term(&postings, "tea", 3);
    uint32_t team = postings_put_term(&postings, "team", 4);
    cr_assert_neq(tea, team);
    cr_assert_eq(postings_put_term(&postings, "teapot", 3), tea);
    cr_assert_eq(postings_find_term(&postings, "te", 2), TERM_NONE);
    cr_assert(postings_add(&postings, tea, 1, 1));
    postings_forget(&postings, tea);
    cr_assert_eq(postings.terms[tea].live, 0);
    postings_reset(&postings);
    cr_assert_eq(read_list(&postings, tea, found, 2), 0);
    cr_assert_eq(postings_find_term(&postings, "team", 4), team);
    cr_assert(postings_add(&postings, tea, 0, 2));
    cr_assert_eq(read_list(&postings, tea, found, 2), 1);
    postings_clear(&postings);
}

static int left;

static bool fails(void *context)
{
    (void)context;
    return left-- <= 0;
}

Test(postings, say_so_when_memory_runs_out_at_any_allocation)
{
    bool done = false;
    for (int n = 0; !done; n++) {
        struct postings postings;
        postings_init(&postings);
        left = n;
        mem_set_hook(fails, NULL);
        done = true;
        for (uint32_t i = 0; i < 300 && done; i++) {
            uint32_t term = postings_put_term(&postings, (const char *)&i, sizeof i);
            done = term != TERM_NONE && postings_add(&postings, term, i, 1) &&
                   postings_add(&postings, 0, i + 1, 1);
        }
        mem_set_hook(NULL, NULL);
        postings_clear(&postings);
        cr_assert_lt(n, 1000);
    }
}
