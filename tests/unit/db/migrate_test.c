#include "db/migrate.h"

#include "../../support/db_fixture.h"
#include "base/alloc.h"
#include "db/sqlite/sqlite_internal.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
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

TestSuite(migrate, .init = set_up, .fini = tear_down);

static struct db *open_bare(enum db_mode mode)
{
    struct db *db;
    struct db_options options = db_fixture_options(&fixture, mode);
    cr_assert_eq(db_open(fixture.path, &options, &db, NULL), MNEME_OK);
    return db;
}

static size_t read_meta(struct db *db, const char *key, unsigned char out[64])
{
    struct statement *statement;
    bool has_row;
    size_t length = 0;
    cr_assert_eq(db_prepare(db, SQL_META_GET, &statement, NULL), MNEME_OK);
    db_bind_text(statement, 1, key);
    cr_assert_eq(db_step(statement, &has_row, NULL), MNEME_OK);
    if (has_row) {
        const void *bytes = db_bytes(statement, 0, &length);
        cr_assert_leq(length, 64);
        memcpy(out, bytes, length);
    }
    db_reset(statement);
    return length;
}

// What a later program would leave behind.
static void pretend_version(int version, int oldest_reader)
{
    char sql[128];
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    (void)snprintf(sql, sizeof sql, "PRAGMA user_version = %d", version);
    (void)db_fixture_ask(db, sql);
    (void)snprintf(sql, sizeof sql, "UPDATE store_meta SET value = %d WHERE key = 'oldest_reader'",
                   oldest_reader);
    (void)db_fixture_ask(db, sql);
    db_close(db);
}

Test(migrate, an_empty_store_is_at_version_0_and_is_brought_to_the_newest)
{
    struct schema_state state;
    struct db *db = open_bare(DB_WRITE);
    cr_assert_eq(migrate_inspect(db, &state, NULL), MNEME_OK);
    cr_expect_eq(state.version, 0);
    cr_assert_gt(state.newest, 0);
    cr_assert_eq(migrate_upgrade(db, fixture.path, NULL), MNEME_OK);
    cr_assert_eq(migrate_inspect(db, &state, NULL), MNEME_OK);
    cr_expect_eq(state.version, state.newest);
    cr_expect_leq(state.oldest_reader, state.newest);
    cr_expect_eq(migrate_check_readable(db, NULL), MNEME_OK);
    cr_expect_neq(access(support_dir_file(&fixture.dir, "store.db.schema-0.bak"), F_OK), 0,
                  "there was nothing to lose");
    db_close(db);
}

Test(migrate, a_new_store_has_an_epoch_a_node_and_a_key_of_its_own)
{
    unsigned char epoch[64], node[64], key[64], again[64];
    struct db *db = db_fixture_open(&fixture, DB_WRITE);
    cr_assert_eq(read_meta(db, "epoch", epoch), 16);
    cr_assert_eq(read_meta(db, "node_id", node), 16);
    cr_assert_eq(read_meta(db, "sign_key", key), 32);
    cr_expect_neq(memcmp(epoch, node, 16), 0);
    cr_expect_eq(db_fixture_ask(db, "SELECT count(*) FROM node JOIN store_meta "
                                    "ON value = node_id AND key = 'node_id' AND hlc = 0"),
                 1);
    db_close(db);
    db = db_fixture_open(&fixture, DB_WRITE);
    cr_assert_eq(read_meta(db, "epoch", again), 16);
    cr_expect_eq(memcmp(epoch, again, 16), 0, "they are made once");
    db_close(db);
}

static bool no_random(void *context, void *bytes, size_t length)
{
    (void)context;
    memset(bytes, 0, length);
    return false;
}

Test(migrate, without_randomness_there_is_no_store)
{
    fixture.env.random = no_random;
    struct db *db = open_bare(DB_WRITE);
    cr_expect_neq(migrate_upgrade(db, fixture.path, NULL), MNEME_OK);
    cr_expect_eq(db_fixture_ask(db, "PRAGMA user_version"), 0);
    cr_expect_eq(db_fixture_ask(db, "SELECT count(*) FROM sqlite_schema"), 0);
    db_close(db);
}

Test(migrate, a_newer_store_is_read_if_it_allows_and_never_written)
{
    struct schema_state state;
    struct mneme_error error;
    pretend_version(99, 1);
    struct db *reader = open_bare(DB_READ);
    cr_assert_eq(migrate_inspect(reader, &state, NULL), MNEME_OK);
    cr_expect_eq(state.version, 99);
    cr_expect_eq(migrate_check_readable(reader, NULL), MNEME_OK);
    db_close(reader);
    struct db *writer = open_bare(DB_WRITE);
    cr_expect_eq(migrate_upgrade(writer, fixture.path, &error), MNEME_UNSUPPORTED);
    cr_expect_not_null(strstr(error.message, "99"));
    cr_expect_eq(db_fixture_ask(writer, "PRAGMA user_version"), 99);
    db_close(writer);
}

Test(migrate, a_newer_store_that_forbids_it_is_not_read_and_both_versions_are_named)
{
    struct schema_state state;
    struct mneme_error error;
    pretend_version(99, 98);
    struct db *reader = open_bare(DB_READ);
    cr_assert_eq(migrate_inspect(reader, &state, NULL), MNEME_OK);
    cr_expect_eq(migrate_check_readable(reader, &error), MNEME_UNSUPPORTED);
    char newest[16];
    (void)snprintf(newest, sizeof newest, "knows %d", state.newest);
    cr_expect_not_null(strstr(error.message, "99"));
    cr_expect_not_null(strstr(error.message, newest));
    db_close(reader);
}

Test(migrate, an_empty_store_is_not_readable_and_says_what_to_do)
{
    struct mneme_error error;
    db_close(open_bare(DB_WRITE));
    struct db *reader = open_bare(DB_READ);
    cr_expect_eq(migrate_check_readable(reader, &error), MNEME_UNSUPPORTED);
    cr_expect_not_null(strstr(error.message, "writing command"));
    db_close(reader);
}

Test(migrate, tables_that_are_not_ours_make_no_store)
{
    struct mneme_error error;
    struct schema_state state;
    struct db *db = open_bare(DB_WRITE);
    (void)db_fixture_ask(db, "CREATE TABLE other (x)");
    cr_expect_eq(migrate_inspect(db, &state, &error), MNEME_STORAGE);
    cr_expect_str_eq(error.rule, "corrupt");
    cr_expect_eq(migrate_upgrade(db, fixture.path, NULL), MNEME_STORAGE);
    db_close(db);
}

// --- steps of our own ------------------------------------------------------------------------

// Our own, and two that come after them.
static struct migration_list steps(const char *second, const char *third)
{
    enum { MOST = 100 };
    static struct sql_migration items[MOST];
    size_t count = sql_migration_count;
    cr_assert_leq(count + 2, MOST);
    memcpy(items, sql_migrations, count * sizeof *items);
    items[count] = (struct sql_migration){(int)count + 1, "second", second};
    items[count + 1] = (struct sql_migration){(int)count + 2, "third", third};
    return (struct migration_list){items, third ? count + 2 : count + 1};
}

static int64_t steps_behind_ours(struct db *db)
{
    return db_fixture_ask(db, "PRAGMA user_version") - (int64_t)sql_migration_count;
}

Test(migrate, each_step_is_taken_once_and_a_backup_lies_beside_the_store)
{
    struct migration_list list =
        steps("CREATE TABLE second (x INTEGER) STRICT",
              "INSERT INTO second (x) VALUES (3);"
              "UPDATE store_meta SET value = 1000 WHERE key = 'oldest_reader'");
    db_close(db_fixture_open(&fixture, DB_WRITE));
    struct db *db = open_bare(DB_WRITE);
    cr_assert_eq(migrate_upgrade_with(db, fixture.path, list, NULL), MNEME_OK);
    cr_assert_eq(migrate_upgrade_with(db, fixture.path, list, NULL), MNEME_OK);
    cr_expect_eq(steps_behind_ours(db), 2);
    cr_expect_eq(db_fixture_ask(db, "SELECT count(*) FROM second"), 1);
    struct mneme_error error;
    cr_expect_eq(migrate_check_readable(db, &error), MNEME_UNSUPPORTED, "it raised its readers");
    db_close(db);
    struct db *old;
    struct db_options options = db_fixture_options(&fixture, DB_READ);
    char name[64];
    (void)snprintf(name, sizeof name, "store.db.schema-%zu.bak", sql_migration_count);
    cr_assert_eq(db_open(support_dir_file(&fixture.dir, name), &options, &old, NULL), MNEME_OK);
    cr_expect_eq(migrate_check_readable(old, NULL), MNEME_OK);
    db_close(old);
}

Test(migrate, a_step_that_fails_leaves_the_store_at_the_version_before)
{
    struct migration_list list = steps("CREATE TABLE second (x INTEGER) STRICT",
                                       "CREATE TABLE third (x INTEGER) STRICT; nonsense");
    db_close(db_fixture_open(&fixture, DB_WRITE));
    struct db *db = open_bare(DB_WRITE);
    struct mneme_error error;
    cr_expect_eq(migrate_upgrade_with(db, fixture.path, list, &error), MNEME_INTERNAL);
    char failed[32];
    (void)snprintf(failed, sizeof failed, "migration %zu", sql_migration_count + 2);
    cr_expect_not_null(strstr(error.message, failed));
    cr_expect_null(strstr(error.message, "nonsense"));
    cr_expect_eq(steps_behind_ours(db), 1);
    cr_expect_eq(db_fixture_ask(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'third'"), 0);
    list = steps("CREATE TABLE second (x INTEGER) STRICT", "CREATE TABLE third (x INTEGER) STRICT");
    cr_expect_eq(migrate_upgrade_with(db, fixture.path, list, NULL), MNEME_OK);
    cr_expect_eq(steps_behind_ours(db), 2);
    db_close(db);
}

Test(migrate, a_backup_that_cannot_be_written_stops_the_migration)
{
    struct migration_list list = steps("CREATE TABLE second (x INTEGER) STRICT", NULL);
    db_close(db_fixture_open(&fixture, DB_WRITE));
    struct db *db = open_bare(DB_WRITE);
    cr_expect_neq(migrate_upgrade_with(db, "/no/such/folder/store.db", list, NULL), MNEME_OK);
    cr_expect_eq(steps_behind_ours(db), 0);
    db_close(db);
}

// --- what each of ours does to what is there -----------------------------------------------------

Test(migrate, the_second_keeps_the_vectors_and_the_choice_of_each_user)
{
    struct db *db = open_bare(DB_WRITE);
    struct migration_list first = {sql_migrations, 1};
    cr_assert_eq(migrate_upgrade_with(db, fixture.path, first, NULL), MNEME_OK);
    (void)db_fixture_ask(db, "INSERT INTO user (id, name, created_at, change_seq) VALUES "
                             "(x'01', 'ada', 1, 2), (x'02', 'ben', 1, 0)");
    (void)db_fixture_ask(db, "INSERT INTO space (user_id, space_id, name, dimension, state, "
                             "created_at) VALUES (x'01', 1, 'one', 4, 'active', 1), "
                             "(x'01', 2, 'two', 8, 'filling', 1)");
    (void)db_fixture_ask(db, "INSERT INTO vector (user_id, space_id, record_id, record_kind, "
                             "vector) VALUES (x'01', 1, x'03', 'memory', x'00'), "
                             "(x'01', 2, x'03', 'memory', x'01')");
    struct migration_list second = {sql_migrations, 2};
    cr_assert_eq(migrate_upgrade_with(db, fixture.path, second, NULL), MNEME_OK);
    cr_expect_eq(db_fixture_ask(db, "SELECT count(*) FROM space_choice"), 1);
    cr_expect_eq(db_fixture_ask(db, "SELECT active_id FROM space_choice WHERE user_id = x'01' "
                                    "AND filling_id IS NULL"),
                 1);
    cr_expect_eq(db_fixture_ask(db, "SELECT count(*) FROM vector WHERE change_seq = 0"), 2);
    cr_expect_eq(db_fixture_ask(db, "SELECT count(*) FROM space WHERE model IS NULL"), 2);
    cr_expect_eq(db_fixture_ask(db, "SELECT value FROM store_meta WHERE key = 'oldest_reader'"), 2);
    cr_expect_str_eq(db_fixture_integrity(db), "ok");
    db_close(db);
}

Test(migrate, several_processes_may_make_the_store_at_once)
{
    enum { PROCESSES = 6, ROUNDS = 5 };
    for (int round = 0; round < ROUNDS; round++) {
        pid_t children[PROCESSES];
        (void)snprintf(fixture.path, sizeof fixture.path, "%s/store%d.db", fixture.dir.path, round);
        for (size_t i = 0; i < PROCESSES; i++) {
            children[i] = fork();
            if (children[i] != 0) continue;
            struct db *db = NULL;
            struct mneme_error error = {0};
            struct env env = env_system();
            struct db_options options = {.mode = DB_WRITE, .env = &env};
            enum mneme_code code = db_open(fixture.path, &options, &db, &error);
            if (code == MNEME_OK) code = migrate_upgrade(db, fixture.path, &error);
            if (code == MNEME_OK) code = db_fixture_write_user(db, (int64_t)i, 10, &error);
            if (code != MNEME_OK) (void)fprintf(stderr, "%s\n", error.message);
            db_close(db);
            _exit((int)code);
        }
        for (size_t i = 0; i < PROCESSES; i++) {
            int status;
            cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
            cr_expect_eq(status, 0);
        }
        struct db *db = open_bare(DB_READ);
        cr_expect_eq(db_fixture_ask(db, "SELECT count(*) FROM user"), PROCESSES);
        cr_expect_eq(db_fixture_ask(db, "SELECT count(*) FROM node"), 1);
        db_close(db);
    }
}

static enum mneme_code upgrade_anew(void *context)
{
    struct db *db;
    (void)context;
    (void)unlink(fixture.path);
    struct db_options options = db_fixture_options(&fixture, DB_WRITE);
    enum mneme_code code = db_open(fixture.path, &options, &db, NULL);
    if (code == MNEME_OK) code = migrate_upgrade(db, fixture.path, NULL);
    db_close(db);
    return code;
}

Test(migrate, running_out_of_our_own_memory_is_told)
{
    cr_expect_gt(support_fail_each(upgrade_anew, NULL), 0);
}
