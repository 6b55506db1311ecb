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

static void add_value(struct strbuf *line, sqlite3_stmt *row, int column)
{
    const unsigned char *bytes = sqlite3_column_blob(row, column);
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_NULL: strbuf_add_char(line, '-'); break;
    case SQLITE_BLOB:
        for (int i = 0; i < sqlite3_column_bytes(row, column); i++)
            strbuf_printf(line, "%02x", bytes[i]);
        break;
    default: strbuf_add_text(line, (const char *)sqlite3_column_text(row, column)); break;
    }
    strbuf_add_char(line, '|');
}

struct lines {
    char **items;
    size_t count, capacity;
};

static void add_line(struct lines *lines, char *line)
{
    cr_assert_not_null(line);
    if (lines->count == lines->capacity) {
        lines->capacity = lines->capacity * 2 + 64;
        lines->items = mem_resize(lines->items, lines->capacity * sizeof *lines->items);
        cr_assert_not_null(lines->items);
    }
    lines->items[lines->count++] = line;
}

static void add_rows(sqlite3 *handle, const char *table, struct lines *lines)
{
    char sql[100];
    sqlite3_stmt *rows;
    (void)snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", table);
    cr_assert_eq(sqlite3_prepare_v2(handle, sql, -1, &rows, NULL), SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        struct strbuf line;
        strbuf_init(&line, 1 << 24);
        strbuf_printf(&line, "%s|", table);
        for (int i = 0; i < sqlite3_column_count(rows); i++) add_value(&line, rows, i);
        strbuf_add_char(&line, '\n');
        add_line(lines, strbuf_take(&line));
    }
    cr_assert_eq(sqlite3_finalize(rows), SQLITE_OK);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *db_fixture_dump(struct db *db)
{
    sqlite3 *handle = sqlite_db_of(db)->handle;
    sqlite3_stmt *tables;
    struct lines lines = {0};
    struct strbuf text;
    strbuf_init(&text, 1 << 28);
    cr_assert_eq(sqlite3_prepare_v2(handle,
                                    "SELECT name FROM sqlite_schema WHERE type = 'table' "
                                    "AND name NOT LIKE 'sqlite%'",
                                    -1, &tables, NULL),
                 SQLITE_OK);
    while (sqlite3_step(tables) == SQLITE_ROW)
        add_rows(handle, (const char *)sqlite3_column_text(tables, 0), &lines);
    cr_assert_eq(sqlite3_finalize(tables), SQLITE_OK);
    if (lines.count > 0) qsort(lines.items, lines.count, sizeof *lines.items, compare_lines);
    for (size_t i = 0; i < lines.count; i++) {
        strbuf_add_text(&text, lines.items[i]);
        mem_free(lines.items[i]);
    }
    mem_free(lines.items);
    cr_assert_eq(strbuf_code(&text), MNEME_OK);
    return strbuf_take(&text);
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
