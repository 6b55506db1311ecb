/*
 * The n-th allocation of each operation fails, ours, jansson's or SQLite's, alone or with all after it (support/trial.h
 * says what has to hold then); likewise of opening a store, making one, and building an input. Nothing leaks: the leak
 * checker watches, and SQLite's blocks are counted.
 */
#include "db/sqlite/sqlite_shim.h"
#include "support/db_fixture.h"
#include "support/simvfs.h"
#include "support/sqlite_memory.h"
#include "support/trial.h"

#include <criterion/criterion.h>

enum { TRIES = 25 };

static void set_up(void)
{
    sqlite_memory_hook();
    support_hook_jansson();
    trial_set_up();
}

TestSuite(engine_oom, .init = set_up, .fini = trial_tear_down, .timeout = 3600);

static const struct trial_fault allocation = {.what = "allocation",
                                              .fail_at = memory_fail_at,
                                              .fail_never = memory_fail_never,
                                              .code = MNEME_NOMEM};

Test(engine_oom, is_told_by_every_operation_and_leaves_nothing_half)
{
    (void)trial_run(&allocation, 1); // what is kept for the process is there from now on
    long before = sqlite_memory_blocks();
    sim_disk_reset(trial_disk(), 1);
    long total = trial_run(&allocation, TRIES);
    cr_expect_eq(sqlite_memory_blocks(), before, "SQLite leaks");
    cr_log_info("%ld allocations", total);
    cr_expect_gt(total, 5000);
}

static void fail_opening(bool is_there)
{
    mneme *memory;
    struct mneme_error error = {0};
    sim_disk_reset(trial_disk(), 1);
    if (is_there) {
        cr_assert_eq(trial_open(&memory, NULL), MNEME_OK);
        mneme_close(memory);
    }
    struct sim_image *image = sim_image_new(trial_disk());
    cr_assert_eq(trial_open(&memory, NULL), MNEME_OK);
    mneme_close(memory);
    long blocks = sqlite_memory_blocks();
    for (long n = 1;;
         n += db_fixture_is_long() ? 1 : 53) { // a prime, past the loops of a migration
        sim_image_load(image, trial_disk());
        sqlite_shim_unlatch();
        memory_fail_at(n, n % 2 == 0);
        enum mneme_code code = trial_open(&memory, &error);
        long count = memory_fail_never();
        cr_expect(code == MNEME_OK || code == MNEME_NOMEM, "allocation %ld: %s", n, error.message);
        if (code != MNEME_OK) cr_expect_null(memory);
        mneme_close(memory);
        cr_expect_eq(sqlite_memory_blocks(), blocks, "allocation %ld", n);
        if (n > count) break;
        cr_assert_eq(trial_open(&memory, &error), MNEME_OK, "after allocation %ld: %s", n,
                     error.message);
        calls_done(memory, "memory.remember", "{\"content\":\"a\"}");
        mneme_close(memory);
    }
    sim_image_free(image);
}

Test(engine_oom, is_told_by_opening_a_store_that_is_there)
{
    fail_opening(true);
}

Test(engine_oom, is_told_by_making_a_store)
{
    fail_opening(false);
}

Test(engine_oom, of_a_built_input_is_told_when_it_is_run)
{
    mneme *memory;
    cr_assert_eq(trial_open(&memory, NULL), MNEME_OK);
    enum mneme_code code = MNEME_NOMEM;
    for (long n = 1; code != MNEME_OK; n++) {
        mneme_result *result = NULL;
        memory_fail_at(n, false);
        mneme_input *input = mneme_input_new();
        if (input) {
            mneme_input_set_text(input, "content", "Ada drinks green tea");
            mneme_input_set_real(input, "importance", .5);
            mneme_input_set_boolean(input, "pinned", true);
            mneme_input_set_json(input, "tags", "[\"tea\"]");
            code = mneme_input_run(memory, "memory.remember", input, &result, NULL);
        }
        long count = memory_fail_never();
        cr_expect(code == MNEME_OK || code == MNEME_NOMEM, "allocation %ld: %s", n,
                  mneme_code_name(code));
        if (n > count) cr_assert_eq(code, MNEME_OK);
        mneme_result_free(result);
        mneme_input_free(input);
    }
    mneme_close(memory);
}
