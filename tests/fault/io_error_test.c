/*
 * The n-th call to the disk fails, once or for ever, as a failing or a full disk does. Then: what is told to have been
 * written is there, what fails is told, nothing is torn, and the store opens and works once the disk does.
 */
#include "../support/db_fixture.h"
#include "../support/simvfs.h"
#include "db/migrate.h"
#include "db/sqlite/sqlite_internal.h"
#include "db/sqlite/sqlite_shim.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

enum { WRITES = 12 };

static struct sim_disk *disk;
static struct env_fixed clock_state;
static struct env env;

static void set_up(void)
{
    disk = sim_disk_new("sim", 1);
    cr_assert_eq(sqlite_shim_start(), SQLITE_OK);
    cr_assert_eq(sqlite_shim_add("sim-shim", "sim", true), SQLITE_OK);
    env = env_fixed(&clock_state, INT64_C(1700000000000000), 3);
}

static void tear_down(void)
{
    sim_disk_free(disk);
}

TestSuite(io_error, .init = set_up, .fini = tear_down);

static const char *store_vfs = "sim-shim";

static size_t padding_of(int64_t row)
{
    return (size_t)(row * 811 % 3000);
}

static enum mneme_code open_store(struct db **out, struct mneme_error *err)
{
    struct db_options options = {.mode = DB_WRITE, .env = &env, .vfs = store_vfs};
    enum mneme_code code = db_open("/store.db", &options, out, err);
    if (code == MNEME_OK) code = migrate_upgrade(*out, "/store.db", err);
    if (code != MNEME_OK) {
        db_close(*out);
        *out = NULL;
    }
    return code;
}

struct outcome {
    bool is_written[WRITES + 1]; // told to be
    int failures;
};

static void expect_storage_error(enum mneme_code code, const struct mneme_error *error, long n)
{
    bool is_named = strcmp(error->rule, "storage_error") == 0 ||
                    strcmp(error->rule, "storage_full") == 0 || strcmp(error->rule, "corrupt") == 0;
    cr_expect_eq(code, MNEME_STORAGE, "call %ld: code %d, %s", n, code, error->message);
    cr_expect(is_named, "call %ld: %s", n, error->message);
    cr_expect_str_not_empty(error->message);
}

// As the engine does: an error is told, a suspect connection is opened anew, work goes on.
static void work(struct outcome *outcome, long n)
{
    struct db *db = NULL;
    struct mneme_error error = {0};
    enum mneme_code code;
    for (int64_t i = 1; i <= WRITES; i++) {
        if (!db && (code = open_store(&db, &error)) != MNEME_OK) {
            expect_storage_error(code, &error, n);
            outcome->failures++;
            continue;
        }
        code = db_fixture_write_user(db, i, padding_of(i), &error);
        outcome->is_written[i] = code == MNEME_OK;
        if (code == MNEME_OK && i % 4 == 0) code = db_checkpoint(db, i % 8 == 0, &error);
        bool found = false;
        if (code == MNEME_OK) code = db_fixture_find_user(db, i, padding_of(i), &found, &error);
        if (code == MNEME_OK) cr_expect(found, "call %ld: row %lld", n, (long long)i);
        if (code == MNEME_OK) continue;
        expect_storage_error(code, &error, n);
        outcome->failures++;
        if (!db->must_reopen) continue;
        db_close(db);
        db = NULL;
    }
    db_close(db);
}

static void check(const struct outcome *outcome, long n)
{
    struct db *db;
    struct mneme_error error = {0};
    disk->faults = (struct sim_faults){0};
    sqlite_shim_unlatch();
    enum mneme_code code = open_store(&db, &error);
    cr_assert_eq(code, MNEME_OK, "call %ld: %s", n, error.message);
    cr_expect_str_eq(db_fixture_integrity(db), "ok", "call %ld", n);
    for (int64_t i = 1; i <= WRITES; i++) {
        bool found = false;
        code = db_fixture_find_user(db, i, padding_of(i), &found, &error);
        cr_assert_eq(code, MNEME_OK, "call %ld: %s", n, error.message);
        // One that failed may be there: a commit's error leaves its outcome unknown.
        if (outcome->is_written[i]) cr_expect(found, "call %ld: row %lld", n, (long long)i);
    }
    cr_expect_eq(db_fixture_write_user(db, 100, 10, &error), MNEME_OK, "call %ld: %s", n,
                 error.message);
    db_close(db);
}

static void fail_everywhere(int fail_code, bool for_ever)
{
    long fired = 0, told = 0;
    long total = LONG_MAX;
    for (long n = 1; n <= total; n++) {
        struct outcome outcome = {0};
        sqlite_shim_unlatch();
        sim_disk_reset(disk, (uint64_t)n);
        disk->faults.fail_at = n;
        disk->faults.fail_code = fail_code;
        disk->faults.fails_for_ever = for_ever;
        work(&outcome, n);
        if (disk->call_count < n) total = n; // it got through undisturbed
        fired += disk->call_count >= n;
        told += outcome.failures > 0;
        if (disk->call_count < n) cr_expect_eq(outcome.failures, 0);
        check(&outcome, n);
    }
    cr_log_info("%ld faults, told of %ld", fired, told);
    cr_expect_gt(fired, 50);
    cr_expect_gt(told, fired / 4);
}

Test(io_error, once_is_told_and_costs_nothing_that_was_acknowledged)
{
    fail_everywhere(SQLITE_IOERR, false);
}

Test(io_error, for_ever_is_told_and_costs_nothing_that_was_acknowledged)
{
    fail_everywhere(SQLITE_IOERR, true);
}

Test(io_error, a_disk_full_once_is_told_and_costs_nothing_that_was_acknowledged)
{
    fail_everywhere(SQLITE_FULL, false);
}

Test(io_error, a_disk_full_for_ever_is_told_and_costs_nothing_that_was_acknowledged)
{
    fail_everywhere(SQLITE_FULL, true);
}

// --- syncs that drop their data ---------------------------------------------------------------

// Acknowledged rows that are not there; a damaged store counts as one.
static long count_lost(const struct outcome *outcome)
{
    struct db *db;
    long lost = 0;
    enum mneme_code code = open_store(&db, NULL);
    if (code == MNEME_OK && strcmp(db_fixture_integrity(db), "ok") != 0) code = MNEME_STORAGE;
    for (int64_t i = 1; i <= WRITES && code == MNEME_OK; i++) {
        bool found;
        code = db_fixture_find_user(db, i, padding_of(i), &found, NULL);
        lost += outcome->is_written[i] && !found;
    }
    db_close(db);
    return code == MNEME_OK ? lost : 1;
}

// The n-th sync fails and the kernel forgets what it should have written; later syncs succeed; then the power goes. A
// reader keeps the log from being cleared away. Returns what was lost, over all n.
static long drop_each_sync(const char *vfs)
{
    long lost = 0;
    bool has_fired = true;
    store_vfs = vfs;
    for (long n = 1; has_fired; n++) {
        struct outcome outcome = {0};
        struct db *reader, *db;
        struct db_options options = {.mode = DB_READ, .env = &env, .vfs = vfs};
        sqlite_shim_unlatch();
        sim_disk_reset(disk, (uint64_t)n);
        cr_assert_eq(open_store(&db, NULL), MNEME_OK);
        db_close(db);
        cr_assert_eq(db_open("/store.db", &options, &reader, NULL), MNEME_OK);
        cr_assert_eq(migrate_check_readable(reader, NULL), MNEME_OK);
        disk->faults.drop_sync_at = disk->sync_count + n;
        work(&outcome, n);
        has_fired = disk->sync_count >= disk->faults.drop_sync_at;
        disk->faults.cut_at = 1; // before anything is copied at closing
        db_close(reader);
        sim_disk_reboot(disk, SIM_NONE, (uint64_t)n);
        sqlite_shim_unlatch();
        lost += count_lost(&outcome);
    }
    return lost;
}

Test(io_error, a_sync_that_drops_its_data_loses_nothing_acknowledged)
{
    cr_expect_eq(drop_each_sync("sim-shim"), 0);
}

// The teeth: opening the connection anew is not enough.
Test(io_error, without_the_latch_a_sync_that_drops_its_data_is_found_out)
{
    cr_assert_eq(sqlite_shim_add("sim-careless", "sim", false), SQLITE_OK);
    cr_expect_gt(drop_each_sync("sim-careless"), 0);
}
