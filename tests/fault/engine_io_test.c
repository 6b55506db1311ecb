/*
 * The n-th call to the disk fails under each operation of an engine, once or for ever, as a failing or a full disk does
 * (support/trial.h says what has to hold then).
 */
#include "support/simvfs.h"
#include "support/trial.h"

#include <criterion/criterion.h>
#include <sqlite3.h>

enum { TRIES = 12 };

TestSuite(engine_io, .init = trial_set_up, .fini = trial_tear_down, .timeout = 3600);

static int fail_code;

static void fail_at(long n, bool for_ever)
{
    struct sim_disk *disk = trial_disk();
    disk->call_count = 0;
    disk->faults =
        (struct sim_faults){.fail_at = n, .fail_code = fail_code, .fails_for_ever = for_ever};
}

static long fail_never(void)
{
    trial_disk()->faults = (struct sim_faults){0};
    return trial_disk()->call_count;
}

static const struct trial_fault disk_call = {.what = "call",
                                             .fail_at = fail_at,
                                             .fail_never = fail_never,
                                             .code = MNEME_STORAGE,
                                             .is_of_disk = true};

static void fail_all(int code)
{
    fail_code = code;
    long total = trial_run(&disk_call, TRIES);
    cr_log_info("%ld calls", total);
    cr_expect_gt(total, 300);
}

Test(engine_io, failing_is_told_by_every_operation_and_leaves_nothing_half)
{
    fail_all(SQLITE_IOERR);
}

Test(engine_io, being_full_is_told_by_every_operation_and_leaves_nothing_half)
{
    fail_all(SQLITE_FULL);
}
