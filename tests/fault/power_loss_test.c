/*
 * Power fails at each call that changes the disk, and what was not synced suffers each kind of damage. Whatever was
 * acknowledged must be there, nothing torn, nothing half, and the store goes on working.
 *
 * The teeth: with a weaker setting the same tests must find losses, or they would prove nothing.
 */
#include "../support/db_fixture.h"
#include "../support/simvfs.h"
#include "db/migrate.h"
#include "db/sqlite/sqlite_internal.h"
#include "db/sqlite/sqlite_shim.h"

#include <criterion/criterion.h>
#include <string.h>

enum { OPERATIONS = 24, ROWS = 3 };

enum weakness { WEAK_NOT, WEAK_NORMAL, WEAK_OFF, WEAK_LYING_SYNC, WEAK_NO_EXTRA };

enum finding { FOUND_WELL, FOUND_LOST, FOUND_DAMAGED };

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

TestSuite(power_loss, .init = set_up, .fini = tear_down);

static enum mneme_code open_store(struct db **out)
{
    struct db_options options = {.mode = DB_WRITE, .env = &env, .vfs = "sim-shim"};
    enum mneme_code code = db_open("/store.db", &options, out, NULL);
    return code == MNEME_OK ? migrate_upgrade(*out, "/store.db", NULL) : code;
}

static size_t padding_of(int64_t row)
{
    return (size_t)(row * 811 % 3000);
}

// One operation: some rows, and its number, in one transaction.
static enum mneme_code write_operation(struct db *db, int64_t operation)
{
    struct statement *statement;
    enum mneme_code code = db_begin(db, DB_WRITE, NULL);
    if (code != MNEME_OK) return code;
    for (int64_t i = 0; i < ROWS && code == MNEME_OK; i++) {
        int64_t row = operation * ROWS + i;
        code = db_fixture_add_user(db, row, padding_of(row), NULL);
    }
    if (code == MNEME_OK) code = db_prepare(db, SQL_META_PUT, &statement, NULL);
    if (code == MNEME_OK) {
        db_bind_text(statement, 1, "last");
        db_bind_integer(statement, 2, operation);
        code = db_run(statement, NULL);
    }
    if (code == MNEME_OK) return db_commit(db, NULL);
    db_rollback(db);
    return code;
}

// A store as one would make it without knowing of EXTRA: turned to the log under FULL.
static void make_carelessly(void)
{
    sqlite3 *handle;
    int reserve = SQLITE_DB_RESERVE_BYTES;
    bool on = true;
    if (sqlite3_open_v2("/store.db", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        "sim-shim") == SQLITE_OK) {
        (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
        (void)sqlite3_file_control(handle, "main", SQLITE_SHIM_CHECKSUMS, &on);
        (void)sqlite3_exec(handle, "PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL", NULL,
                           NULL, NULL);
    }
    (void)sqlite3_close(handle);
}

// Works until the power is cut or all is done; returns the last operation that was acknowledged.
static int64_t work(enum weakness weakness)
{
    struct db *db;
    int64_t acknowledged = 0;
    if (weakness == WEAK_NO_EXTRA) make_carelessly();
    enum mneme_code code = open_store(&db);
    if (code == MNEME_OK && (weakness == WEAK_NORMAL || weakness == WEAK_OFF))
        (void)sqlite_db_exec(sqlite_db_of(db),
                             weakness == WEAK_OFF ? "PRAGMA synchronous = OFF"
                                                  : "PRAGMA synchronous = NORMAL",
                             NULL);
    for (int64_t i = 1; i <= OPERATIONS && code == MNEME_OK; i++) {
        code = write_operation(db, i);
        if (code != MNEME_OK) break;
        acknowledged = i;
        if (i % 5 == 0) code = db_checkpoint(db, i % 10 == 0, NULL);
    }
    db_close(db);
    return acknowledged;
}

static enum mneme_code read_last(struct db *db, int64_t *last)
{
    struct statement *statement;
    bool has_row;
    *last = 0;
    enum mneme_code code = db_prepare(db, SQL_META_GET, &statement, NULL);
    if (code != MNEME_OK) return code;
    db_bind_text(statement, 1, "last");
    code = db_step(statement, &has_row, NULL);
    if (code == MNEME_OK && has_row) *last = db_integer(statement, 0);
    db_reset(statement);
    return code;
}

static enum finding look_at(struct db *db, int64_t acknowledged)
{
    int64_t last;
    bool found;
    if (strcmp(db_fixture_integrity(db), "ok") != 0) return FOUND_DAMAGED;
    if (read_last(db, &last) != MNEME_OK) return FOUND_DAMAGED;
    if (last < acknowledged) return FOUND_LOST;
    if (last > acknowledged + 1) return FOUND_DAMAGED;
    for (int64_t row = ROWS; row < (OPERATIONS + 1) * ROWS; row++) {
        if (db_fixture_find_user(db, row, padding_of(row), &found, NULL) != MNEME_OK)
            return FOUND_DAMAGED;
        if (found != (row / ROWS <= last)) return found ? FOUND_DAMAGED : FOUND_LOST;
    }
    return write_operation(db, OPERATIONS + 1) == MNEME_OK ? FOUND_WELL : FOUND_DAMAGED;
}

// Power is back: what does a program find that opens the store?
static enum finding find_out(int64_t acknowledged)
{
    struct db *db;
    sqlite_shim_unlatch();
    enum mneme_code code = open_store(&db);
    enum finding finding = code == MNEME_OK ? look_at(db, acknowledged) : FOUND_DAMAGED;
    db_close(db);
    return finding;
}

struct tally {
    long cases, lost, damaged;
};

// Cuts at every `stride`-th change, or until something is found amiss and `until_found`.
static struct tally cut_everywhere(enum weakness weakness, bool keeps_neighbours, long stride,
                                   bool until_found)
{
    struct tally tally = {0};
    bool was_cut = true;
    for (long n = 1; was_cut; n += stride) {
        sqlite_shim_unlatch();
        sim_disk_reset(disk, (uint64_t)n);
        disk->faults.keeps_neighbours = keeps_neighbours;
        disk->faults.cut_at = n;
        disk->faults.sync_lies = weakness == WEAK_LYING_SYNC;
        int64_t acknowledged = work(weakness);
        was_cut = disk->is_cut;
        struct sim_image *image = sim_image_new(disk);
        for (int damage = SIM_NONE; damage < SIM_DAMAGE_COUNT; damage++) {
            sim_image_load(image, disk);
            sim_disk_reboot(disk, (enum sim_damage)damage, (uint64_t)n * 31 + (uint64_t)damage);
            enum finding finding = find_out(acknowledged);
            tally.cases++;
            tally.lost += finding == FOUND_LOST;
            tally.damaged += finding == FOUND_DAMAGED;
            if (finding != FOUND_WELL && !until_found)
                cr_log_info("cut %ld, damage %d: %s (acknowledged %lld)", n, damage,
                            finding == FOUND_LOST ? "lost" : "damaged", (long long)acknowledged);
        }
        sim_image_free(image);
        if (until_found && tally.lost + tally.damaged > 0) break;
    }
    return tally;
}

static long usual_stride(void)
{
    return db_fixture_is_long() ? 1 : 7;
}

Test(power_loss, loses_nothing_acknowledged_and_tears_nothing)
{
    struct tally tally = cut_everywhere(WEAK_NOT, false, usual_stride(), false);
    cr_log_info("%ld cases", tally.cases);
    cr_expect_gt(tally.cases, 100);
    cr_expect_eq(tally.lost, 0);
    cr_expect_eq(tally.damaged, 0);
}

Test(power_loss, loses_nothing_on_a_disk_that_keeps_neighbours_either)
{
    struct tally tally = cut_everywhere(WEAK_NOT, true, usual_stride(), false);
    cr_expect_gt(tally.cases, 100);
    cr_expect_eq(tally.lost, 0);
    cr_expect_eq(tally.damaged, 0);
}

Test(power_loss, is_found_out_when_the_log_is_not_synced_at_each_commit)
{
    struct tally tally = cut_everywhere(WEAK_NORMAL, false, 3, true);
    cr_expect_gt(tally.lost + tally.damaged, 0);
}

Test(power_loss, is_found_out_when_nothing_is_synced)
{
    struct tally tally = cut_everywhere(WEAK_OFF, false, 3, true);
    cr_expect_gt(tally.lost + tally.damaged, 0);
}

Test(power_loss, is_found_out_when_the_disk_lies)
{
    struct tally tally = cut_everywhere(WEAK_LYING_SYNC, false, 3, true);
    cr_expect_gt(tally.lost + tally.damaged, 0);
}

Test(power_loss, is_found_out_when_a_store_is_made_without_extra)
{
    struct tally tally = cut_everywhere(WEAK_NO_EXTRA, false, 3, true);
    cr_expect_gt(tally.lost + tally.damaged, 0);
}
