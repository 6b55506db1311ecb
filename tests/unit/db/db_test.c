#include "db/db.h"

#include "../../support/db_fixture.h"
#include "base/alloc.h"
#include "db/migrate.h"
#include "db/sqlite/sqlite_internal.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
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

TestSuite(db, .init = set_up, .fini = tear_down);
TestSuite(db_threads, .init = set_up, .fini = tear_down);

static enum mneme_code open_with(enum db_mode mode, struct db **out, struct mneme_error *err)
{
    struct db_options options = db_fixture_options(&fixture, mode);
    return db_open(fixture.path, &options, out, err);
}

static enum mneme_code put(struct db *db, const char *key, const char *value,
                           struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(db, SQL_META_PUT, &statement, err);
    if (code != MNEME_OK) return code;
    db_bind_text(statement, 1, key);
    db_bind_text(statement, 2, value);
    return db_run(statement, err);
}

static bool has(struct db *db, const char *key)
{
    struct statement *statement;
    bool has_row;
    cr_assert_eq(db_prepare(db, SQL_META_GET, &statement, NULL), MNEME_OK);
    db_bind_text(statement, 1, key);
    cr_assert_eq(db_step(statement, &has_row, NULL), MNEME_OK);
    db_reset(statement);
    return has_row;
}

Test(db, every_connection_has_the_settings_it_needs)
{
    struct db *writer = db_fixture_open(&fixture, DB_WRITE);
    struct db *reader = db_fixture_open(&fixture, DB_READ);
    struct db *both[] = {writer, reader};
    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(db_fixture_ask(both[i], "PRAGMA synchronous"), 2);
        cr_expect_eq(db_fixture_ask(both[i], "PRAGMA foreign_keys"), 1);
        cr_expect_eq(db_fixture_ask(both[i], "PRAGMA wal_autocheckpoint"), 0);
        cr_expect_eq(db_fixture_ask(both[i], "PRAGMA secure_delete"), 1);
        cr_expect_eq(db_fixture_ask(both[i], "PRAGMA cell_size_check"), 1);
        cr_expect_eq(db_fixture_ask(both[i], "PRAGMA trusted_schema"), 0);
        cr_expect_eq(db_fixture_ask(both[i], "PRAGMA page_size"), 4096);
        cr_expect_eq(db_fixture_ask(both[i], "PRAGMA mmap_size"), 0);
        sqlite3 *handle = sqlite_db_of(both[i])->handle;
        cr_expect_eq(sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, -1), 0);
        cr_expect_eq(sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, -1), 16 * 1024 * 1024);
        int on = 0;
        (void)sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, -1, &on);
        cr_expect_eq(on, 1);
    }
    cr_expect_eq(db_fixture_ask(reader, "PRAGMA query_only"), 1);
    db_close(reader);
    db_close(writer);
}

Test(db, a_new_store_has_room_for_checksums_and_is_private)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    db_close(db);
    size_t length;
    unsigned char *bytes = db_fixture_read_file(fixture.path, &length);
    cr_assert_gt(length, 100);
    cr_expect_eq(bytes[20], 8);
    cr_expect_eq(bytes[18], 2, "the file says that it has a write-ahead log");
    cr_expect_eq(memcmp(bytes + 68, "mnem", 4), 0);
    mem_free(bytes);
    struct stat found;
    cr_assert_eq(stat(fixture.path, &found), 0);
    cr_expect_eq(found.st_mode & 0777, 0600);
}

Test(db, opening_a_store_again_writes_nothing)
{
    db_close(db_fixture_open(&fixture, DB_WRITE));
    size_t before_length, after_length;
    unsigned char *before = db_fixture_read_file(fixture.path, &before_length);
    enum db_mode modes[] = {DB_WRITE, DB_READ};
    for (size_t i = 0; i < 2; i++) {
        struct db *db = db_fixture_open(&fixture, modes[i]);
        cr_expect_eq(db_log_bytes(db), 0);
        db_close(db);
        unsigned char *after = db_fixture_read_file(fixture.path, &after_length);
        cr_expect_eq(before_length, after_length);
        cr_expect_eq(memcmp(before, after, before_length), 0);
        mem_free(after);
    }
    mem_free(before);
}

Test(db, reading_a_missing_file_finds_none_and_makes_none)
{
    struct db *db;
    struct mneme_error error;
    cr_expect_eq(open_with(DB_READ, &db, &error), MNEME_NOT_FOUND);
    cr_expect_null(db);
    cr_expect_neq(access(fixture.path, F_OK), 0);
}

Test(db, a_path_that_names_no_file_is_refused)
{
    struct db *db;
    struct db_options options = db_fixture_options(&fixture, DB_WRITE);
    cr_expect_eq(db_open("", &options, &db, NULL), MNEME_INVALID);
    cr_expect_eq(db_open(":memory:", &options, &db, NULL), MNEME_INVALID);
    cr_expect_eq(db_open(support_dir_file(&fixture.dir, "no/such/folder.db"), &options, &db, NULL),
                 MNEME_NOT_FOUND);
    cr_expect_neq(db_open(fixture.dir.path, &options, &db, NULL), MNEME_OK);
    cr_expect_null(db);
}

Test(db, a_file_that_is_no_store_is_refused_and_left_as_it_is)
{
    static const char text[] = "This is a letter to my aunt, not a database. It is long enough to "
                               "be looked at as if it were one, header and all, and then some.";
    support_write_file(fixture.path, text, sizeof text);
    struct mneme_error error;
    struct db *db;
    enum db_mode modes[] = {DB_WRITE, DB_READ};
    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(open_with(modes[i], &db, &error), MNEME_STORAGE);
        cr_expect_str_eq(error.rule, "corrupt");
    }
    size_t length;
    unsigned char *bytes = db_fixture_read_file(fixture.path, &length);
    cr_expect_eq(length, sizeof text);
    cr_expect_eq(memcmp(bytes, text, length), 0);
    mem_free(bytes);
}

Test(db, another_programs_database_is_refused_and_left_as_it_is)
{
    sqlite3 *other;
    cr_assert_eq(sqlite3_open(fixture.path, &other), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(other, "CREATE TABLE t(x); INSERT INTO t VALUES(1)", 0, 0, 0), 0);
    sqlite3_close(other);
    size_t before_length, after_length;
    unsigned char *before = db_fixture_read_file(fixture.path, &before_length);
    struct mneme_error error;
    struct db *db;
    cr_expect_eq(open_with(DB_WRITE, &db, &error), MNEME_STORAGE);
    cr_expect_str_eq(error.rule, "corrupt");
    unsigned char *after = db_fixture_read_file(fixture.path, &after_length);
    cr_expect_eq(before_length, after_length);
    cr_expect_eq(memcmp(before, after, before_length), 0);
    mem_free(before);
    mem_free(after);
}

Test(db, a_read_only_medium_is_read_without_files_beside_it)
{
    db_close(db_fixture_open(&fixture, DB_WRITE));
    if (mount(fixture.dir.path, fixture.dir.path, NULL, MS_BIND, NULL) != 0)
        cr_skip_test("mounting is not allowed here");
    int rc = mount(NULL, fixture.dir.path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
    struct db *reader = NULL, *writer = NULL;
    struct mneme_error error = {0};
    enum mneme_code read_code = open_with(DB_READ, &reader, &error);
    bool found = reader && has(reader, "epoch");
    db_close(reader);
    enum mneme_code write_code = open_with(DB_WRITE, &writer, NULL);
    db_close(writer);
    (void)umount(fixture.dir.path);
    cr_assert_eq(rc, 0);
    cr_expect_eq(read_code, MNEME_OK, "%s", error.message);
    cr_expect(found);
    cr_expect_eq(write_code, MNEME_DENIED);
}

Test(db, what_is_committed_is_there_after_reopening_and_what_is_rolled_back_is_not)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    cr_assert_eq(put(db, "kept", "1", NULL), MNEME_OK);
    cr_assert_eq(db_commit(db, NULL), MNEME_OK);
    cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    cr_assert_eq(put(db, "dropped", "1", NULL), MNEME_OK);
    db_rollback(db);
    db_rollback(db);
    cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    cr_assert_eq(put(db, "unfinished", "1", NULL), MNEME_OK);
    db_close(db);
    db = db_fixture_open(&fixture, DB_READ);
    cr_expect(has(db, "kept"));
    cr_expect_not(has(db, "dropped"));
    cr_expect_not(has(db, "unfinished"));
    db_close(db);
}

Test(db, what_was_written_is_counted_and_what_failed_is_not)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    int64_t count = db_change_count(db);
    cr_assert_eq(db_fixture_add_user(db, 1, 0, NULL), MNEME_OK);
    cr_expect_eq(db_change_count(db), count + 1);
    cr_assert_neq(db_fixture_add_user(db, 1, 0, NULL), MNEME_OK);
    cr_expect_eq(db_change_count(db), count + 1);
    cr_expect(has(db, "epoch"), "reading counts for nothing");
    cr_expect_eq(db_change_count(db), count + 1);
    db_rollback(db);
    cr_expect_eq(db_change_count(db), count + 1);
    db_close(db);
}

Test(db, a_key_that_is_taken_is_a_conflict_and_the_transaction_goes_on)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    struct mneme_error error;
    bool found;
    cr_assert_eq(db_fixture_write_user(db, 1, 10, NULL), MNEME_OK);
    cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    cr_assert_eq(db_fixture_add_user(db, 2, 10, NULL), MNEME_OK);
    cr_expect_eq(db_fixture_add_user(db, 1, 10, &error), MNEME_CONFLICT);
    cr_expect_str_eq(error.rule, "unique");
    cr_expect(strcmp(error.field, "id") == 0 || strcmp(error.field, "name") == 0);
    cr_expect_null(strstr(error.message, "INSERT"));
    cr_expect_not(db->must_reopen);
    cr_assert_eq(db_fixture_add_user(db, 3, 10, NULL), MNEME_OK);
    cr_assert_eq(db_commit(db, NULL), MNEME_OK);
    for (int64_t i = 1; i <= 3; i++) {
        cr_assert_eq(db_fixture_find_user(db, i, 10, &found, NULL), MNEME_OK);
        cr_expect(found);
    }
    db_close(db);
}

Test(db, a_row_that_refers_to_no_user_is_a_conflict_of_reference)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    struct mneme_error error;
    cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    int rc = sqlite3_exec(sqlite_db_of(db)->handle,
                          "INSERT INTO link (id, user_id, created_at, change_seq, hlc, hlc_node, "
                          "from_kind, from_id, to_kind, to_id, relation, weight) "
                          "VALUES (x'01', x'02', 0, 0, 0, x'', '', x'', '', x'', '', 0)",
                          NULL, NULL, NULL);
    cr_expect_eq(sqlite_db_fail(sqlite_db_of(db), rc, "query", &error), MNEME_CONFLICT);
    cr_expect_str_eq(error.rule, "reference");
    db_close(db);
}

Test(db, values_come_back_as_they_were_bound)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    struct statement *statement;
    bool has_row;
    size_t length;
    cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    cr_assert_eq(db_prepare(db, SQL_META_PUT, &statement, NULL), MNEME_OK);
    db_bind_text(statement, 1, "empty");
    db_bind_bytes(statement, 2, "", 0);
    cr_assert_eq(db_run(statement, NULL), MNEME_OK);
    db_bind_text(statement, 1, "real");
    db_bind_real(statement, 2, 0.1);
    cr_assert_eq(db_run(statement, NULL), MNEME_OK);
    db_bind_text(statement, 1, "null");
    db_bind_text(statement, 2, NULL);
    cr_expect_eq(db_run(statement, NULL), MNEME_INTERNAL, "the column takes no null");
    cr_assert_eq(db_prepare(db, SQL_META_PUT, &statement, NULL), MNEME_OK);
    db_bind_text(statement, 1, "integer");
    db_bind_integer(statement, 2, INT64_MIN);
    cr_assert_eq(db_run(statement, NULL), MNEME_OK);
    cr_assert_eq(db_commit(db, NULL), MNEME_OK);

    cr_assert_eq(db_prepare(db, SQL_META_GET, &statement, NULL), MNEME_OK);
    db_bind_text(statement, 1, "empty");
    cr_assert_eq(db_step(statement, &has_row, NULL), MNEME_OK);
    cr_assert(has_row);
    cr_expect_not(db_is_null(statement, 0));
    cr_expect_not_null(db_bytes(statement, 0, &length));
    cr_expect_eq(length, 0);
    cr_assert_eq(db_step(statement, &has_row, NULL), MNEME_OK);
    cr_assert_not(has_row);
    db_bind_text(statement, 1, "real");
    cr_assert_eq(db_step(statement, &has_row, NULL), MNEME_OK);
    cr_expect_eq(db_real(statement, 0), 0.1);
    db_reset(statement);
    db_bind_text(statement, 1, "integer");
    cr_assert_eq(db_step(statement, &has_row, NULL), MNEME_OK);
    cr_expect_eq(db_integer(statement, 0), INT64_MIN);
    db_reset(statement);
    db_bind_text(statement, 1, "epoch");
    cr_assert_eq(db_step(statement, &has_row, NULL), MNEME_OK);
    cr_assert_not_null(db_bytes(statement, 0, &length));
    cr_expect_eq(length, 16);
    db_close(db);
}

Test(db, a_failing_bind_is_told_by_the_next_step)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    struct statement *statement;
    struct mneme_error error;
    bool has_row;
    static char big[17 * 1024 * 1024];
    memset(big, 'x', sizeof big - 1);
    cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    cr_assert_eq(db_prepare(db, SQL_META_PUT, &statement, NULL), MNEME_OK);
    db_bind_text(statement, 1, big);
    db_bind_text(statement, 2, "value");
    cr_expect_eq(db_run(statement, &error), MNEME_LIMIT);
    cr_assert_eq(db_prepare(db, SQL_META_GET, &statement, NULL), MNEME_OK);
    db_bind_text(statement, 3, "no such parameter");
    cr_expect_eq(db_step(statement, &has_row, &error), MNEME_INTERNAL);
    cr_expect_not_null(strstr(error.message, "meta_get"));
    db_rollback(db);
    db_close(db);
}

Test(db, a_second_writer_is_busy_after_the_timeout_and_fine_after_the_commit)
{
    struct db *first = db_fixture_open(&fixture, DB_WRITE);
    struct db *second;
    struct db_options options = db_fixture_options(&fixture, DB_WRITE);
    options.busy_timeout_ms = 20;
    cr_assert_eq(db_open(fixture.path, &options, &second, NULL), MNEME_OK);
    cr_assert_eq(db_begin(first, DB_WRITE, NULL), MNEME_OK);
    cr_assert_eq(put(first, "a", "1", NULL), MNEME_OK);
    struct mneme_error error;
    cr_expect_eq(db_begin(second, DB_WRITE, &error), MNEME_BUSY);
    cr_expect_not(second->must_reopen);
    db_set_deadline(second, 1);
    cr_expect_eq(db_begin(second, DB_WRITE, &error), MNEME_TIMEOUT);
    db_set_deadline(second, 0);
    cr_assert_eq(db_commit(first, NULL), MNEME_OK);
    cr_assert_eq(db_begin(second, DB_WRITE, NULL), MNEME_OK);
    cr_expect(has(second, "a"));
    cr_assert_eq(db_commit(second, NULL), MNEME_OK);
    db_close(second);
    db_close(first);
}

Test(db, a_reader_keeps_its_snapshot_and_sees_the_commit_in_the_next)
{
    struct db *writer = db_fixture_open(&fixture, DB_WRITE);
    struct db *reader = db_fixture_open(&fixture, DB_READ);
    cr_assert_eq(db_begin(reader, DB_READ, NULL), MNEME_OK);
    cr_expect_not(has(reader, "a"));
    cr_assert_eq(db_begin(writer, DB_WRITE, NULL), MNEME_OK);
    cr_assert_eq(put(writer, "a", "1", NULL), MNEME_OK);
    cr_assert_eq(db_commit(writer, NULL), MNEME_OK);
    cr_expect_not(has(reader, "a"));
    cr_assert_eq(db_commit(reader, NULL), MNEME_OK);
    cr_expect(has(reader, "a"));
    db_close(reader);
    db_close(writer);
}

Test(db, rows_left_unread_do_not_hold_a_transaction_open)
{
    struct db *writer = db_fixture_open(&fixture, DB_WRITE);
    struct db *reader = db_fixture_open(&fixture, DB_READ);
    struct statement *statement;
    bool has_row;
    cr_assert_eq(db_prepare(reader, SQL_META_GET, &statement, NULL), MNEME_OK);
    db_bind_text(statement, 1, "epoch");
    cr_assert_eq(db_step(statement, &has_row, NULL), MNEME_OK);
    cr_assert(has_row);
    cr_assert_eq(db_begin(writer, DB_WRITE, NULL), MNEME_OK);
    cr_assert_eq(put(writer, "a", "1", NULL), MNEME_OK);
    cr_assert_eq(db_commit(writer, NULL), MNEME_OK);
    cr_assert_eq(db_begin(reader, DB_READ, NULL), MNEME_OK);
    cr_expect(has(reader, "a"));
    cr_assert_eq(db_commit(reader, NULL), MNEME_OK);
    db_close(reader);
    db_close(writer);
}

Test(db, the_deadline_ends_a_running_statement)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    sqlite3 *handle = sqlite_db_of(db)->handle;
    static const char forever[] = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n) "
                                  "SELECT count(*) FROM n";
    db_set_deadline(db, fixture.env.monotonic_us(fixture.env.context) + 50);
    int rc = sqlite3_exec(handle, forever, NULL, NULL, NULL);
    cr_expect_eq(rc & 0xff, SQLITE_INTERRUPT);
    struct mneme_error error;
    cr_expect_eq(sqlite_db_fail(sqlite_db_of(db), rc, "query", &error), MNEME_TIMEOUT);
    cr_expect_not(db->must_reopen);
    db_set_deadline(db, 0);
    cr_expect(has(db, "epoch"));
    db_close(db);
}

Test(db, a_write_that_lost_its_transaction_refuses_all_but_rolling_back)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    struct mneme_error error;
    cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    cr_assert_eq(put(db, "a", "1", NULL), MNEME_OK);
    // As SQLite does by itself when the disk is full.
    cr_assert_eq(sqlite3_exec(sqlite_db_of(db)->handle, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    cr_expect_eq(sqlite_db_fail(sqlite_db_of(db), SQLITE_FULL, "query", &error), MNEME_STORAGE);
    cr_expect(db->must_reopen);
    cr_expect_neq(put(db, "b", "1", NULL), MNEME_OK);
    cr_expect_neq(db_commit(db, NULL), MNEME_OK);
    cr_expect_neq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    db_close(db);
    db = db_fixture_open(&fixture, DB_READ);
    cr_expect_not(has(db, "a") || has(db, "b"));
    db_close(db);
}

Test(db, the_log_is_copied_when_it_has_grown_and_truncated_on_demand)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    int64_t greatest = 0;
    for (int64_t i = 0; i < 100; i++) {
        cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
        for (int64_t k = 0; k < 28; k++)
            cr_assert_eq(db_fixture_add_user(db, i * 28 + k, 4000, NULL), MNEME_OK);
        cr_assert_eq(db_commit(db, NULL), MNEME_OK);
        cr_assert_eq(db_tend_log(db, NULL), MNEME_OK);
        if (db_log_bytes(db) > greatest) greatest = db_log_bytes(db);
    }
    cr_expect_gt(greatest, 3 * 1024 * 1024);
    cr_expect_lt(greatest, 6 * 1024 * 1024);
    cr_assert_eq(db_checkpoint(db, true, NULL), MNEME_OK);
    cr_expect_eq(db_log_bytes(db), 0);
    db_close(db);
}

Test(db, truncating_the_log_is_busy_while_a_reader_needs_it)
{
    struct db *reader_seed = db_fixture_open(&fixture, DB_WRITE);
    db_close(reader_seed);
    struct db_options options = db_fixture_options(&fixture, DB_WRITE);
    options.busy_timeout_ms = 20;
    struct db *writer;
    cr_assert_eq(db_open(fixture.path, &options, &writer, NULL), MNEME_OK);
    struct db *reader = db_fixture_open(&fixture, DB_READ);
    cr_assert_eq(db_fixture_write_user(writer, 1, 10, NULL), MNEME_OK);
    cr_assert_eq(db_begin(reader, DB_READ, NULL), MNEME_OK);
    cr_expect(has(reader, "epoch"));
    cr_assert_eq(db_fixture_write_user(writer, 2, 10, NULL), MNEME_OK);
    cr_expect_eq(db_checkpoint(writer, true, NULL), MNEME_BUSY);
    cr_expect_not(writer->must_reopen);
    cr_assert_eq(db_commit(reader, NULL), MNEME_OK);
    cr_expect_eq(db_checkpoint(writer, true, NULL), MNEME_OK);
    db_close(reader);
    db_close(writer);
}

Test(db, a_scrub_leaves_no_deleted_content_in_any_file)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    for (int64_t i = 0; i < 2000; i++)
        cr_assert_eq(db_fixture_add_user(db, i, 200, NULL), MNEME_OK);
    cr_assert_eq(db_commit(db, NULL), MNEME_OK);
    (void)db_fixture_ask(db, "UPDATE user SET metadata = 'the word is xylophonist ' || created_at "
                             "WHERE created_at % 7 = 0");
    (void)db_fixture_ask(db, "DELETE FROM user WHERE created_at % 7 = 0");
    cr_assert_eq(db_scrub(db, NULL), MNEME_OK);
    cr_expect_eq(db_log_bytes(db), 0);
    cr_expect_str_eq(db_fixture_integrity(db), "ok");
    cr_expect_eq(db_fixture_ask(db, "PRAGMA temp_store"), 2);
    cr_expect_eq(sqlite3_limit(sqlite_db_of(db)->handle, SQLITE_LIMIT_ATTACHED, -1), 0);
    size_t length;
    unsigned char *bytes = db_fixture_read_file(fixture.path, &length);
    cr_expect_null(memmem(bytes, length, "xylophonist", 11));
    mem_free(bytes);
    db_close(db);
}

// --- threads, each with its own connections ---------------------------------------------------

enum { THREADS = 4, WRITES_EACH = 25 };

struct worker {
    pthread_t thread;
    int64_t first;
    enum mneme_code code;
    struct mneme_error error;
};

static void *make_and_write(void *context)
{
    struct worker *worker = context;
    struct db *writer = NULL, *reader = NULL;
    worker->code = open_with(DB_WRITE, &writer, &worker->error);
    if (worker->code == MNEME_OK)
        worker->code = migrate_upgrade(writer, fixture.path, &worker->error);
    if (worker->code == MNEME_OK) worker->code = open_with(DB_READ, &reader, &worker->error);
    for (int64_t i = 0; i < WRITES_EACH && worker->code == MNEME_OK; i++) {
        bool found = false;
        int64_t number = worker->first + i;
        worker->code = db_fixture_write_user(writer, number, 300, &worker->error);
        if (worker->code == MNEME_OK)
            worker->code = db_fixture_find_user(reader, number, 300, &found, &worker->error);
        if (worker->code == MNEME_OK && !found) worker->code = MNEME_INTERNAL;
        if (worker->code == MNEME_OK) worker->code = db_tend_log(writer, &worker->error);
    }
    db_close(reader);
    db_close(writer);
    return NULL;
}

Test(db_threads, make_one_store_together_and_see_each_others_rows)
{
    struct worker workers[THREADS] = {0};
    for (int64_t i = 0; i < THREADS; i++) {
        workers[i].first = i * 1000 + 1;
        cr_assert_eq(pthread_create(&workers[i].thread, NULL, make_and_write, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(workers[i].thread, NULL), 0);
        cr_expect_eq(workers[i].code, MNEME_OK, "%s", workers[i].error.message);
    }
    struct db *db = db_fixture_open(&fixture, DB_READ);
    cr_expect_eq(db_fixture_ask(db, "SELECT count(*) FROM user"), THREADS * WRITES_EACH);
    db_close(db);
}

Test(db, only_a_sound_sqlite_may_write)
{
    static const struct {
        int number;
        bool sound;
    } cases[] = {
        {3007000, false}, {3040001, false}, {3044005, false}, {3044006, true},  {3044099, true},
        {3045000, false}, {3050006, false}, {3050007, true},  {3051000, false}, {3051002, false},
        {3051003, true},  {3052000, false}, {3052001, true},  {3053002, true},  {4000000, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(sqlite_db_is_sound(cases[i].number), cases[i].sound, "%d", cases[i].number);
    cr_expect_eq(strncmp(db_engine_version(), "SQLite 3.", 9), 0);
}

static enum mneme_code open_write_read(void *context)
{
    (void)context;
    struct db *db;
    bool found = false;
    enum mneme_code code = open_with(DB_WRITE, &db, NULL);
    if (code == MNEME_OK) code = migrate_upgrade(db, fixture.path, NULL);
    if (code == MNEME_OK) code = db_fixture_find_user(db, 1, 0, &found, NULL);
    if (code == MNEME_OK && !found) code = db_fixture_write_user(db, 1, 0, NULL);
    db_close(db);
    return code;
}

Test(db, running_out_of_our_own_memory_is_told_at_every_place)
{
    cr_expect_gt(support_fail_each(open_write_read, NULL), 0);
}
