#include "db_fixture.h"

#include "base/alloc.h"
#include "db/migrate.h"
#include "db/sqlite/sqlite_internal.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void db_fixture_init(struct db_fixture *fixture)
{
    support_dir_init(&fixture->dir);
    (void)snprintf(fixture->path, sizeof fixture->path, "%s/store.db", fixture->dir.path);
    fixture->env = env_fixed(&fixture->clock, INT64_C(1700000000000000), 7);
}

void db_fixture_clear(struct db_fixture *fixture)
{
    support_dir_clear(&fixture->dir);
}

struct db_options db_fixture_options(const struct db_fixture *fixture, enum db_mode mode)
{
    return (struct db_options){.mode = mode, .env = &fixture->env};
}

struct db *db_fixture_open(const struct db_fixture *fixture, enum db_mode mode)
{
    struct db *db;
    struct mneme_error error = {0};
    struct db_options options = db_fixture_options(fixture, mode);
    enum mneme_code code = db_open(fixture->path, &options, &db, &error);
    if (code == MNEME_OK && mode == DB_WRITE) code = migrate_upgrade(db, fixture->path, &error);
    cr_assert_eq(code, MNEME_OK, "%s", error.message);
    return db;
}

static void set_id(int64_t number, unsigned char id[16])
{
    memset(id, 0, 16);
    memcpy(id, &number, sizeof number);
}

// A text that follows from the number, so that a torn row shows.
static void set_name(int64_t number, size_t padding, char *name, size_t size)
{
    int length = snprintf(name, size, "u%lld", (long long)number);
    cr_assert((size_t)length + padding < size);
    uint64_t state = (uint64_t)number * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (size_t i = 0; i < padding; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        name[(size_t)length + i] = (char)('a' + (state >> 33) % 26);
    }
    name[(size_t)length + padding] = '\0';
}

enum mneme_code db_fixture_add_user(struct db *db, int64_t number, size_t padding,
                                    struct mneme_error *err)
{
    struct statement *statement;
    unsigned char id[16];
    char name[8192];
    set_id(number, id);
    set_name(number, padding, name, sizeof name);
    enum mneme_code code = db_prepare(db, SQL_USER_INSERT, &statement, err);
    if (code != MNEME_OK) return code;
    db_bind_bytes(statement, 1, id, sizeof id);
    db_bind_text(statement, 2, name);
    db_bind_integer(statement, 3, number);
    db_bind_integer(statement, 4, 0);
    db_bind_null(statement, 5);
    return db_run(statement, err);
}

enum mneme_code db_fixture_write_user(struct db *db, int64_t number, size_t padding,
                                      struct mneme_error *err)
{
    enum mneme_code code = db_begin(db, DB_WRITE, err);
    if (code != MNEME_OK) return code;
    code = db_fixture_add_user(db, number, padding, err);
    if (code == MNEME_OK) return db_commit(db, err);
    db_rollback(db);
    return code;
}

enum mneme_code db_fixture_find_user(struct db *db, int64_t number, size_t padding, bool *found,
                                     struct mneme_error *err)
{
    struct statement *statement;
    unsigned char id[16];
    char name[8192];
    set_id(number, id);
    set_name(number, padding, name, sizeof name);
    *found = false;
    enum mneme_code code = db_prepare(db, SQL_USER_GET, &statement, err);
    if (code != MNEME_OK) return code;
    db_bind_bytes(statement, 1, id, sizeof id);
    code = db_step(statement, found, err);
    if (code != MNEME_OK || !*found) return code;
    const char *stored = db_text(statement, 1, NULL);
    if (!stored) return error_nomem(err);
    bool is_whole = strcmp(stored, name) == 0 && db_integer(statement, 2) == number;
    db_reset(statement);
    if (is_whole) return MNEME_OK;
    return error_field(err, MNEME_STORAGE, "", "torn", "row %lld is torn", (long long)number);
}

int64_t db_fixture_ask(struct db *db, const char *sql)
{
    int64_t answer;
    int rc = sqlite_db_exec(sqlite_db_of(db), sql, &answer);
    cr_assert_eq(rc, SQLITE_OK, "%s: %d", sql, rc);
    return answer;
}

const char *db_fixture_integrity(struct db *db)
{
    static char text[256];
    sqlite3_stmt *statement;
    sqlite3 *handle = sqlite_db_of(db)->handle;
    int rc = sqlite3_prepare_v2(handle, "PRAGMA integrity_check(1)", -1, &statement, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        (void)snprintf(text, sizeof text, "%s", (const char *)sqlite3_column_text(statement, 0));
    else
        (void)snprintf(text, sizeof text, "SQLite %d", rc);
    (void)sqlite3_finalize(statement);
    return text;
}

bool db_fixture_is_long(void)
{
    const char *value = getenv("MNEME_LONG");
    return value && strcmp(value, "1") == 0;
}

unsigned char *db_fixture_read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s", path);
    cr_assert_eq(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    cr_assert_geq(size, 0);
    rewind(file);
    unsigned char *bytes = mem_alloc((size_t)size + 1);
    cr_assert(bytes);
    *length = fread(bytes, 1, (size_t)size, file);
    cr_assert_eq(*length, (size_t)size);
    (void)fclose(file);
    return bytes;
}
