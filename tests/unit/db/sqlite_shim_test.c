#include "db/sqlite/sqlite_shim.h"

#include "../../support/db_fixture.h"
#include "../../support/simvfs.h"
#include "base/alloc.h"
#include "db/migrate.h"
#include "db/sqlite/sqlite_internal.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct db_fixture fixture;

static void set_up(void)
{
    db_fixture_init(&fixture);
}

static void tear_down(void)
{
    db_fixture_clear(&fixture);
}

TestSuite(shim, .init = set_up, .fini = tear_down);

static void fill(unsigned char *page, size_t size)
{
    for (size_t i = 0; i < size; i++) page[i] = (unsigned char)(i * 131 + i / 256);
}

Test(shim, the_checksum_of_a_page_never_changes_its_meaning)
{
    unsigned char page[4096];
    fill(page, sizeof page);
    cr_expect_eq(sqlite_shim_checksum(page, 4096, 1), UINT64_C(0x8eb24f12e413fde0));
    cr_expect_eq(sqlite_shim_checksum(page, 4096, 2), UINT64_C(0xc7997effb1f7fe94));
    cr_expect_eq(sqlite_shim_checksum(page, 512, 1), UINT64_C(0x3be44ab6aec5a933));
    memset(page, 0, sizeof page);
    cr_expect_eq(sqlite_shim_checksum(page, 4096, 7), UINT64_C(0x8b4d449d4c301b85));
}

Test(shim, every_flipped_bit_changes_the_checksum)
{
    unsigned char page[4096];
    fill(page, sizeof page);
    uint64_t whole = sqlite_shim_checksum(page, sizeof page, 3);
    for (size_t bit = 0; bit < 8 * (sizeof page - 8); bit++) {
        page[bit / 8] ^= (unsigned char)(1u << bit % 8);
        cr_assert_neq(sqlite_shim_checksum(page, sizeof page, 3), whole, "bit %zu", bit);
        page[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    for (size_t i = sizeof page - 8; i < sizeof page; i++) page[i] ^= 0xff;
    cr_expect_eq(sqlite_shim_checksum(page, sizeof page, 3), whole, "its own place does not count");
}

Test(shim, a_page_in_the_wrong_place_and_a_page_of_zeros_do_not_pass)
{
    unsigned char page[4096];
    fill(page, sizeof page);
    uint64_t at_one = sqlite_shim_checksum(page, sizeof page, 1);
    for (uint64_t number = 2; number < 1000; number++)
        cr_assert_neq(sqlite_shim_checksum(page, sizeof page, number), at_one);
    memset(page, 0, sizeof page);
    for (uint64_t number = 1; number < 10000; number++)
        cr_assert_neq(sqlite_shim_checksum(page, sizeof page, number), 0);
}

// --- a store whose bits rot ------------------------------------------------------------------

static void write_byte(off_t at, unsigned char byte)
{
    int fd = open(fixture.path, O_WRONLY); // no connection of ours is open
    cr_assert_geq(fd, 0);
    cr_assert_eq(pwrite(fd, &byte, 1, at), 1);
    (void)close(fd);
}

// Opens the store and reads every row of it.
static enum mneme_code read_all(bool verify_off, struct mneme_error *err)
{
    struct db *db;
    struct db_options options = db_fixture_options(&fixture, DB_READ);
    options.verify_off = verify_off;
    enum mneme_code code = db_open(fixture.path, &options, &db, err);
    if (code == MNEME_OK) {
        // The check tells of a page it cannot get as one of its findings.
        const char *finding = db_fixture_integrity(db);
        if (strcmp(finding, "ok") != 0)
            code = error_field(err, MNEME_STORAGE, "", "corrupt", "%s", finding);
    }
    db_close(db);
    return code;
}

static unsigned char *make_store(size_t *length)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    for (int64_t i = 0; i < 30; i++)
        cr_assert_eq(db_fixture_write_user(db, i, 1000, NULL), MNEME_OK);
    db_close(db);
    return db_fixture_read_file(fixture.path, length);
}

Test(shim, a_single_rotten_bit_anywhere_is_damage_and_never_an_answer)
{
    size_t length;
    struct mneme_error error;
    unsigned char *bytes = make_store(&length);
    cr_assert_eq(read_all(false, NULL), MNEME_OK);
    size_t stride = db_fixture_is_long() ? 61 : 1499;
    for (size_t bit = 0; bit < 8 * length; bit += stride) {
        unsigned char good = bytes[bit / 8];
        write_byte((off_t)(bit / 8), good ^ (unsigned char)(1u << bit % 8));
        cr_assert_eq(read_all(false, &error), MNEME_STORAGE, "bit %zu: %s", bit, error.message);
        cr_assert_str_eq(error.rule, "corrupt", "bit %zu: %s", bit, error.message);
        write_byte((off_t)(bit / 8), good);
    }
    cr_expect_eq(read_all(false, NULL), MNEME_OK);
    mem_free(bytes);
}

Test(shim, every_bit_of_the_header_counts)
{
    size_t length;
    struct mneme_error error;
    unsigned char *bytes = make_store(&length);
    for (size_t bit = 0; bit < 800; bit++) {
        write_byte((off_t)(bit / 8), bytes[bit / 8] ^ (unsigned char)(1u << bit % 8));
        cr_assert_eq(read_all(false, &error), MNEME_STORAGE, "bit %zu", bit);
        cr_assert_str_eq(error.rule, "corrupt", "bit %zu: %s", bit, error.message);
        write_byte((off_t)(bit / 8), bytes[bit / 8]);
    }
    mem_free(bytes);
}

Test(shim, a_page_without_its_checksum_is_refused_but_can_be_read_on_request)
{
    size_t length;
    struct mneme_error error;
    unsigned char *bytes = make_store(&length);
    for (size_t i = 0; i < 8; i++) write_byte((off_t)(2 * 4096 - 8 + i), 0);
    cr_expect_eq(read_all(false, &error), MNEME_STORAGE);
    cr_expect_str_eq(error.rule, "corrupt");
    cr_expect_eq(read_all(true, NULL), MNEME_OK);
    mem_free(bytes);
}

Test(shim, what_a_program_without_it_wrote_is_refused)
{
    struct mneme_error error;
    size_t length;
    mem_free(make_store(&length));
    sqlite3 *other;
    cr_assert_eq(sqlite3_open(fixture.path, &other), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(other, "UPDATE user SET created_at = 5", NULL, NULL, NULL), 0);
    sqlite3_close(other);
    cr_expect_eq(read_all(false, &error), MNEME_STORAGE);
    cr_expect_str_eq(error.rule, "corrupt");
    cr_expect_eq(read_all(true, NULL), MNEME_OK);
}

Test(shim, every_page_of_a_closed_store_has_its_checksum)
{
    size_t length;
    unsigned char *bytes = make_store(&length);
    cr_assert_eq(length % 4096, 0);
    for (size_t at = 0; at < length; at += 4096) {
        uint64_t stored;
        memcpy(&stored, bytes + at + 4088, 8);
        cr_expect_eq(stored, sqlite_shim_checksum(bytes + at, 4096, at / 4096 + 1));
    }
    mem_free(bytes);
}

// --- the log ---------------------------------------------------------------------------------

Test(shim, a_frame_of_the_log_is_one_write)
{
    struct sim_disk *disk = sim_disk_new("sim", 1);
    cr_assert_eq(sqlite_shim_start(), SQLITE_OK);
    cr_assert_eq(sqlite_shim_add("sim-shim", "sim", true), SQLITE_OK);
    struct db_options options = db_fixture_options(&fixture, DB_WRITE);
    options.vfs = "sim-shim";
    struct db *db;
    cr_assert_eq(db_open("/store.db", &options, &db, NULL), MNEME_OK);
    cr_assert_eq(migrate_upgrade(db, "/store.db", NULL), MNEME_OK);
    cr_assert_eq(db_fixture_write_user(db, 1, 10, NULL), MNEME_OK);
    long all_writes = 0;
    int64_t all_frames = 0;
    for (int i = 2; i < 20; i++) {
        long changes = disk->change_count, syncs = disk->sync_count;
        int64_t bytes = db_log_bytes(db);
        cr_assert_eq(db_fixture_write_user(db, i, 10, NULL), MNEME_OK);
        int64_t frames = (db_log_bytes(db) - bytes) / (24 + 4096);
        cr_assert_gt(frames, 0);
        long writes = disk->change_count - changes - (disk->sync_count - syncs);
        // On this disk SQLite may write to the end of a sector, sync, and go on in the middle of a frame or of its
        // header.
        cr_expect_leq(writes, frames + 2, "%ld writes of %lld frames", writes, (long long)frames);
        all_writes += writes;
        all_frames += frames;
    }
    cr_expect_lt(all_writes, all_frames * 3 / 2, "%ld writes of %lld frames", all_writes,
                 (long long)all_frames);
    db_close(db);
    sim_disk_free(disk);
}

// --- the latch -------------------------------------------------------------------------------

Test(shim, a_failed_sync_makes_the_store_read_only_for_the_process)
{
    struct sim_disk *disk = sim_disk_new("sim", 1);
    cr_assert_eq(sqlite_shim_start(), SQLITE_OK);
    cr_assert_eq(sqlite_shim_add("sim-shim", "sim", true), SQLITE_OK);
    struct db_options options = db_fixture_options(&fixture, DB_WRITE);
    options.vfs = "sim-shim";
    struct db *db;
    struct mneme_error error;
    bool found;
    cr_assert_eq(db_open("/store.db", &options, &db, NULL), MNEME_OK);
    cr_assert_eq(migrate_upgrade(db, "/store.db", NULL), MNEME_OK);
    cr_assert_eq(db_fixture_write_user(db, 1, 10, NULL), MNEME_OK);
    cr_expect_eq(db_health(), DB_OK);

    disk->faults.drop_sync_at = disk->sync_count + 1;
    cr_expect_eq(db_fixture_write_user(db, 2, 10, &error), MNEME_STORAGE);
    cr_expect_str_eq(error.rule, "storage_error");
    cr_expect_eq(db_health(), DB_READ_ONLY);
    cr_expect(db->must_reopen);
    db_close(db);

    // The disk would work again, but what it has forgotten is unknown.
    cr_assert_eq(db_open("/store.db", &options, &db, NULL), MNEME_OK);
    cr_expect_eq(db_fixture_write_user(db, 3, 10, &error), MNEME_STORAGE);
    cr_expect_not_null(strstr(error.message, "read only"));
    cr_expect_not(db->must_reopen, "there is nothing that opening anew could mend");
    db_close(db);

    options.mode = DB_READ;
    cr_assert_eq(db_open("/store.db", &options, &db, NULL), MNEME_OK);
    cr_assert_eq(db_fixture_find_user(db, 1, 10, &found, NULL), MNEME_OK);
    cr_expect(found, "reading goes on");
    cr_assert_eq(db_fixture_find_user(db, 3, 10, &found, NULL), MNEME_OK);
    cr_expect_not(found);
    const char *copy = support_dir_file(&fixture.dir, "copy.db");
    cr_expect_eq(db_backup(db, copy, &error), MNEME_OK, "and so do backups: %s", error.message);
    db_close(db);

    // A restart after a power cut: the acknowledged row is there, and writing works.
    sim_disk_reboot(disk, SIM_NONE, 1);
    sqlite_shim_unlatch();
    options.mode = DB_WRITE;
    cr_assert_eq(db_open("/store.db", &options, &db, NULL), MNEME_OK);
    cr_assert_eq(db_fixture_find_user(db, 1, 10, &found, NULL), MNEME_OK);
    cr_expect(found);
    cr_expect_eq(db_fixture_write_user(db, 4, 10, NULL), MNEME_OK);
    db_close(db);
    sim_disk_free(disk);
}

Test(shim, temporary_files_neither_trip_the_latch_nor_feel_it)
{
    struct sim_disk *disk = sim_disk_new("sim", 1);
    cr_assert_eq(sqlite_shim_start(), SQLITE_OK);
    cr_assert_eq(sqlite_shim_add("sim-shim", "sim", true), SQLITE_OK);
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim-shim");
    sqlite3_file *file = mem_alloc_zero(1, (size_t)vfs->szOsFile);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_DELETEONCLOSE |
                SQLITE_OPEN_TEMP_DB;
    cr_assert_eq(vfs->xOpen(vfs, NULL, file, flags, NULL), SQLITE_OK);
    disk->faults.drop_sync_at = 1;
    cr_expect_neq(file->pMethods->xSync(file, 0), SQLITE_OK);
    cr_expect_not(sqlite_shim_is_latched());
    sqlite_shim_latch();
    cr_expect_eq(file->pMethods->xWrite(file, "x", 1, 0), SQLITE_OK);
    cr_expect_eq(file->pMethods->xTruncate(file, 0), SQLITE_OK);
    cr_assert_eq(file->pMethods->xClose(file), SQLITE_OK);
    mem_free(file);
    sim_disk_free(disk);
}
