/*
 * The n-th allocation fails, of ours or of SQLite's, once or from there on. Then: no crash, no leak, out of memory is
 * what is told, and what was acknowledged is there.
 */
#include "../support/db_fixture.h"
#include "../support/simvfs.h"
#include "../support/sqlite_memory.h"
#include "db/migrate.h"
#include "db/sqlite/sqlite_internal.h"
#include "db/sqlite/sqlite_shim.h"

#include <criterion/criterion.h>
#include <string.h>

enum { WRITES = 4 };

static struct sim_disk *disk;
static struct env_fixed clock_state;
static struct env env;

static void set_up(void)
{
    sqlite_memory_hook();
    disk = sim_disk_new("sim", 1);
    cr_assert_eq(sqlite_shim_start(), SQLITE_OK);
    cr_assert_eq(sqlite_shim_add("sim-shim", "sim", true), SQLITE_OK);
    env = env_fixed(&clock_state, INT64_C(1700000000000000), 3);
}

static void tear_down(void)
{
    sim_disk_free(disk);
}

TestSuite(out_of_memory, .init = set_up, .fini = tear_down);

static enum mneme_code open_store(struct db **out, struct mneme_error *err)
{
    struct db_options options = {.mode = DB_WRITE, .env = &env, .vfs = "sim-shim"};
    enum mneme_code code = db_open("/store.db", &options, out, err);
    return code == MNEME_OK ? migrate_upgrade(*out, "/store.db", err) : code;
}

// Writes until something fails; returns the last row that was acknowledged.
static int64_t work(enum mneme_code *code, struct mneme_error *err)
{
    struct db *db;
    int64_t acknowledged = 0;
    bool found;
    *code = open_store(&db, err);
    for (int64_t i = 1; i <= WRITES && *code == MNEME_OK; i++) {
        *code = db_fixture_write_user(db, i, 3000, err);
        if (*code != MNEME_OK) break;
        acknowledged = i;
        *code = db_fixture_find_user(db, i, 3000, &found, err);
        if (*code == MNEME_OK) cr_expect(found);
        if (*code == MNEME_OK && i == 2) *code = db_checkpoint(db, true, err);
        if (*code == MNEME_OK && i == 3) *code = db_scrub(db, err);
    }
    db_close(db);
    return acknowledged;
}

static void check(int64_t acknowledged, long n)
{
    struct db *db;
    struct mneme_error error = {0};
    cr_assert_eq(open_store(&db, &error), MNEME_OK, "allocation %ld: %s", n, error.message);
    cr_expect_str_eq(db_fixture_integrity(db), "ok", "allocation %ld", n);
    for (int64_t i = 1; i <= WRITES; i++) {
        bool found = false;
        cr_assert_eq(db_fixture_find_user(db, i, 3000, &found, &error), MNEME_OK);
        cr_expect(found || i > acknowledged, "allocation %ld: row %lld", n, (long long)i);
    }
    cr_expect_eq(db_fixture_write_user(db, 100, 10, NULL), MNEME_OK, "allocation %ld", n);
    db_close(db);
}

static long run_with(long n, bool for_ever)
{
    enum mneme_code code;
    struct mneme_error error = {0};
    sim_disk_reset(disk, 1);
    sqlite_shim_unlatch();
    memory_fail_at(n, for_ever);
    int64_t acknowledged = work(&code, &error);
    long count = memory_fail_never();
    if (n == 0) cr_assert_eq(code, MNEME_OK, "%s", error.message);
    cr_expect(code == MNEME_OK || code == MNEME_NOMEM, "allocation %ld: code %d, %s", n, code,
              error.message);
    check(acknowledged, n);
    return count;
}

static void fail_everywhere(bool for_ever)
{
    (void)run_with(0, for_ever); // what SQLite keeps for the process is there from now on
    long before = sqlite_memory_blocks();
    long total = run_with(0, for_ever);
    long stride = db_fixture_is_long() ? 1 : total / 400 + 1;
    cr_expect_gt(total, 400);
    for (long n = 1; n <= total; n += stride) {
        (void)run_with(n, for_ever);
        cr_assert_eq(sqlite_memory_blocks(), before, "allocation %ld: %ld blocks leak", n,
                     sqlite_memory_blocks() - before);
    }
    cr_log_info("%ld allocations, every %ld. failed", total, stride);
}

Test(out_of_memory, once_is_told_and_costs_nothing_that_was_acknowledged)
{
    fail_everywhere(false);
}

Test(out_of_memory, from_there_on_is_told_and_costs_nothing_that_was_acknowledged)
{
    fail_everywhere(true);
}
