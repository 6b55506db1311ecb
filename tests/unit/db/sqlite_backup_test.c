#include "../../support/db_fixture.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "db/migrate.h"
#include "db/sqlite/sqlite_internal.h"
#include "db/sqlite/sqlite_shim.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct db_fixture fixture;
static char copy_path[300];

static void set_up(void)
{
    db_fixture_init(&fixture);
    (void)snprintf(copy_path, sizeof copy_path, "%s/copy.db", fixture.dir.path);
}

static void tear_down(void)
{
    db_fixture_clear(&fixture);
}

TestSuite(backup, .init = set_up, .fini = tear_down);
TestSuite(backup_threads, .init = set_up, .fini = tear_down);

static struct db *open_copy(void)
{
    struct db *db;
    struct mneme_error error = {0};
    struct db_options options = db_fixture_options(&fixture, DB_READ);
    cr_assert_eq(db_open(copy_path, &options, &db, &error), MNEME_OK, "%s", error.message);
    return db;
}

static bool exists(const char *name)
{
    return access(support_dir_file(&fixture.dir, name), F_OK) == 0;
}

Test(backup, holds_every_row_and_is_a_store)
{
    bool found;
    struct mneme_error error = {0};
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    for (int64_t i = 1; i <= 50; i++)
        cr_assert_eq(db_fixture_write_user(db, i, 500, NULL), MNEME_OK);
    cr_assert_eq(db_backup(db, copy_path, &error), MNEME_OK, "%s", error.message);
    cr_assert_eq(db_fixture_write_user(db, 51, 500, NULL), MNEME_OK);
    struct db *copy = open_copy();
    cr_expect_eq(migrate_check_readable(copy, NULL), MNEME_OK);
    cr_expect_str_eq(db_fixture_integrity(copy), "ok");
    for (int64_t i = 1; i <= 51; i++) {
        cr_assert_eq(db_fixture_find_user(copy, i, 500, &found, NULL), MNEME_OK);
        cr_expect_eq(found, i <= 50);
    }
    db_close(copy);
    db_close(db);
    struct stat status;
    cr_assert_eq(stat(copy_path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    cr_expect_not(exists("copy.db.tmp") || exists("copy.db.manifest.tmp"));
}

Test(backup, can_be_written_like_any_store)
{
    bool found;
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    cr_assert_eq(db_backup(db, copy_path, NULL), MNEME_OK);
    db_close(db);
    struct db_options options = db_fixture_options(&fixture, DB_WRITE);
    cr_assert_eq(db_open(copy_path, &options, &db, NULL), MNEME_OK);
    cr_assert_eq(db_fixture_write_user(db, 1, 500, NULL), MNEME_OK);
    db_close(db);
    db = open_copy();
    cr_assert_eq(db_fixture_find_user(db, 1, 500, &found, NULL), MNEME_OK);
    cr_expect(found);
    db_close(db);
}

Test(backup, names_its_digest_and_size_in_a_manifest)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    cr_assert_eq(db_fixture_write_user(db, 1, 500, NULL), MNEME_OK);
    cr_assert_eq(db_backup(db, copy_path, NULL), MNEME_OK);
    db_close(db);
    size_t length, manifest_length;
    unsigned char digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1], size[64];
    unsigned char *bytes = db_fixture_read_file(copy_path, &length);
    struct hash_stream *stream = hash_stream_new();
    hash_stream_add(stream, bytes, length);
    hash_stream_finish(stream, digest);
    hash_hex(digest, sizeof digest, hex);
    (void)snprintf(size, sizeof size, "bytes %zu\n", length);
    unsigned char *manifest =
        db_fixture_read_file(support_dir_file(&fixture.dir, "copy.db.manifest"), &manifest_length);
    manifest[manifest_length] = '\0';
    cr_expect_eq(strncmp((char *)manifest, "mneme backup 1\n", 15), 0);
    cr_expect_not_null(strstr((char *)manifest, hex));
    cr_expect_not_null(strstr((char *)manifest, size));
    mem_free(manifest);
    mem_free(bytes);
}

Test(backup, a_damaged_store_gives_none_and_the_old_one_stays)
{
    struct mneme_error error;
    bool found;
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    for (int64_t i = 1; i <= 20; i++)
        cr_assert_eq(db_fixture_write_user(db, i, 2000, NULL), MNEME_OK);
    cr_assert_eq(db_backup(db, copy_path, NULL), MNEME_OK);
    db_close(db);
    int fd = open(fixture.path, O_WRONLY);
    cr_assert_eq(pwrite(fd, "rot", 3, 9 * 4096 + 2000), 3);
    (void)close(fd);
    db = db_fixture_open(&fixture, DB_WRITE);
    cr_expect_eq(db_backup(db, copy_path, &error), MNEME_STORAGE);
    cr_expect_str_eq(error.rule, "corrupt");
    db_close(db);
    struct db *copy = open_copy();
    cr_assert_eq(db_fixture_find_user(copy, 20, 2000, &found, NULL), MNEME_OK);
    cr_expect(found);
    db_close(copy);
    cr_expect_not(exists("copy.db.tmp"));
}

Test(backup, a_place_that_cannot_be_written_is_told)
{
    struct mneme_error error;
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    cr_expect_eq(db_backup(db, "/no/such/folder/copy.db", &error), MNEME_NOT_FOUND);
    cr_expect_eq(db_backup(db, fixture.path, &error), MNEME_INVALID);
    cr_expect_neq(db_backup(db, fixture.dir.path, &error), MNEME_OK);
    cr_expect_not(db->must_reopen);
    cr_expect_eq(db_health(), DB_OK);
    cr_expect_eq(db_fixture_write_user(db, 1, 10, NULL), MNEME_OK);
    db_close(db);
}

// --- under load ------------------------------------------------------------------------------

static atomic_bool is_over;
static atomic_long acknowledged;

static void *write_on(void *context)
{
    struct db *db = context;
    for (int64_t i = 1; !atomic_load(&is_over); i++) {
        if (db_fixture_write_user(db, i, 700, NULL) != MNEME_OK) return context;
        atomic_store(&acknowledged, (long)i);
        if (db_tend_log(db, NULL) != MNEME_OK) return context;
    }
    return NULL;
}

Test(backup_threads, under_load_each_holds_all_that_was_acknowledged_before)
{
    pthread_t thread;
    bool found;
    void *complaint;
    int rounds = db_fixture_is_long() ? 60 : 12;
    struct db *writer = db_fixture_open(&fixture, DB_WRITE);
    struct db *reader = db_fixture_open(&fixture, DB_READ);
    cr_assert_eq(pthread_create(&thread, NULL, write_on, writer), 0);
    for (int round = 0; round < rounds; round++) {
        struct mneme_error error = {0};
        long before = atomic_load(&acknowledged);
        cr_assert_eq(db_backup(reader, copy_path, &error), MNEME_OK, "%s", error.message);
        struct db *copy = open_copy();
        cr_expect_str_eq(db_fixture_integrity(copy), "ok");
        int64_t count = db_fixture_ask(copy, "SELECT count(*) FROM user");
        cr_expect_geq(count, before);
        for (int64_t i = 1; i <= count; i++) {
            cr_assert_eq(db_fixture_find_user(copy, i, 700, &found, NULL), MNEME_OK);
            cr_assert(found, "row %lld of %lld", (long long)i, (long long)count);
        }
        db_close(copy);
    }
    atomic_store(&is_over, true);
    cr_assert_eq(pthread_join(thread, &complaint), 0);
    cr_expect_null(complaint, "a write failed");
    db_close(reader);
    db_close(writer);
}

Test(backup, a_kill_at_any_moment_leaves_a_good_one)
{
    int rounds = db_fixture_is_long() ? 200 : 25;
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    for (int64_t i = 1; i <= 200; i++)
        cr_assert_eq(db_fixture_write_user(db, i, 2000, NULL), MNEME_OK);
    cr_assert_eq(db_backup(db, copy_path, NULL), MNEME_OK);
    db_close(db);
    for (int round = 0; round < rounds; round++) {
        pid_t child = fork();
        if (child == 0) {
            struct env env = env_system();
            struct db_options options = {.mode = DB_READ, .env = &env};
            if (db_open(fixture.path, &options, &db, NULL) != MNEME_OK) _exit(1);
            for (;;)
                if (db_backup(db, copy_path, NULL) != MNEME_OK) _exit(2);
        }
        (void)usleep((useconds_t)(3000 + round * 1700 % 20000));
        int status;
        (void)kill(child, SIGKILL);
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert(WIFSIGNALED(status), "the child ended by itself: %d", status);
        struct db *copy = open_copy();
        cr_assert_str_eq(db_fixture_integrity(copy), "ok");
        cr_expect_eq(db_fixture_ask(copy, "SELECT count(*) FROM user"), 200);
        db_close(copy);
    }
}

Test(backup, several_to_one_place_do_not_mix)
{
    enum { PROCESSES = 4, ROUNDS = 15 };
    pid_t children[PROCESSES];
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    for (int64_t i = 1; i <= 100; i++)
        cr_assert_eq(db_fixture_write_user(db, i, 2000, NULL), MNEME_OK);
    db_close(db);
    for (size_t i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] != 0) continue;
        struct env env = env_system();
        struct db_options options = {.mode = DB_READ, .env = &env};
        int done = 0;
        if (db_open(fixture.path, &options, &db, NULL) != MNEME_OK) _exit(101);
        for (int round = 0; round < ROUNDS; round++) {
            enum mneme_code code = db_backup(db, copy_path, NULL);
            if (code != MNEME_OK && code != MNEME_BUSY) _exit(102);
            done += code == MNEME_OK;
        }
        db_close(db);
        _exit(done);
    }
    int total = 0;
    for (size_t i = 0; i < PROCESSES; i++) {
        int status;
        cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) <= ROUNDS, "%d", status);
        total += WEXITSTATUS(status);
    }
    cr_expect_gt(total, 0);
    struct db *copy = open_copy();
    cr_expect_str_eq(db_fixture_integrity(copy), "ok");
    cr_expect_eq(db_fixture_ask(copy, "SELECT count(*) FROM user"), 100);
    db_close(copy);
}

static enum mneme_code back_up(void *context)
{
    return db_backup(context, copy_path, NULL);
}

Test(backup, running_out_of_our_own_memory_is_told)
{
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    cr_expect_gt(support_fail_each(back_up, db), 0);
    db_close(db);
}
