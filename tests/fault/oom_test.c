/*
 * The n-th allocation fails, of ours or of SQLite's, once or from there on. Then: no crash, no leak, out of memory is
 * what is told, and what was acknowledged is there.
 */
#include "../support/db_fixture.h"
#include "../support/simvfs.h"
#include "base/alloc.h"
#include "db/migrate.h"
#include "db/sqlite/sqlite_internal.h"
#include "db/sqlite/sqlite_shim.h"

#include <criterion/criterion.h>
#include <string.h>

enum { WRITES = 4 };

static struct sim_disk *disk;
static struct env_fixed clock_state;
static struct env env;

// --- SQLite's allocations by base/alloc.h ----------------------------------------------------

// SQLite asks for the size of its blocks, so it is kept before each.
union block {
    size_t size;
    max_align_t align;
};

static long blocks_in_use;

static void *sqlite_alloc(int size)
{
    union block *block = mem_alloc(sizeof *block + (size_t)size);
    if (!block) return NULL;
    block->size = (size_t)size;
    blocks_in_use++;
    return block + 1;
}

static void sqlite_free(void *memory)
{
    if (!memory) return;
    blocks_in_use--;
    mem_free((union block *)memory - 1);
}

static void *sqlite_resize(void *memory, int size)
{
    union block *block = mem_resize((union block *)memory - 1, sizeof *block + (size_t)size);
    if (!block) return NULL;
    block->size = (size_t)size;
    return block + 1;
}

static int sqlite_size(void *memory)
{
    return memory ? (int)((union block *)memory - 1)->size : 0;
}

static int sqlite_round_up(int size)
{
    return (size + 7) & ~7;
}

static int sqlite_start(void *context)
{
    (void)context;
    return SQLITE_OK;
}

static void sqlite_stop(void *context)
{
    (void)context;
}

// --- the failing ----------------------------------------------------------------------------

static long allocation_count, fail_at;
static bool fails_for_ever;

static bool should_fail(void *context)
{
    (void)context;
    allocation_count++;
    return fail_at > 0 &&
           (allocation_count == fail_at || (fails_for_ever && allocation_count > fail_at));
}

static void set_up(void)
{
    static sqlite3_mem_methods methods = {sqlite_alloc,    sqlite_free,  sqlite_resize, sqlite_size,
                                          sqlite_round_up, sqlite_start, sqlite_stop,   NULL};
    cr_assert_eq(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    cr_assert_eq(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
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

static long run_with(long n)
{
    enum mneme_code code;
    struct mneme_error error = {0};
    sim_disk_reset(disk, 1);
    sqlite_shim_unlatch();
    allocation_count = 0;
    fail_at = n;
    mem_set_hook(should_fail, NULL);
    int64_t acknowledged = work(&code, &error);
    mem_set_hook(NULL, NULL);
    long count = allocation_count;
    if (n == 0) cr_assert_eq(code, MNEME_OK, "%s", error.message);
    cr_expect(code == MNEME_OK || code == MNEME_NOMEM, "allocation %ld: code %d, %s", n, code,
              error.message);
    check(acknowledged, n);
    return count;
}

static void fail_everywhere(bool for_ever)
{
    fails_for_ever = for_ever;
    (void)run_with(0); // what SQLite keeps for the process is there from now on
    long before = blocks_in_use;
    long total = run_with(0);
    long stride = db_fixture_is_long() ? 1 : total / 400 + 1;
    cr_expect_gt(total, 400);
    for (long n = 1; n <= total; n += stride) {
        (void)run_with(n);
        cr_assert_eq(blocks_in_use, before, "allocation %ld: %ld blocks leak", n,
                     blocks_in_use - before);
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
