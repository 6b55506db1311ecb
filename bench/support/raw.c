#include "raw.h"

#include "base/limits.h"
#include "db/sqlite/sqlite_internal.h"
#include "db/sqlite/sqlite_shim.h"
#include "gen/sql.h"
#include "measure.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define USER_NAME "default"
#define ID_BYTES 16

/* A value; texts and blobs lie behind the row's cells, in the same block. */
struct cell {
    int type, length;
    sqlite3_int64 integer;
    double real;
    const void *bytes;
};

struct row {
    int count;
    struct cell *cells; /* NULL: no row */
};

/* Every table that a remember inserts into, in the order in which mneme does. */
enum table { CHANGE_SET, MEMORY, HISTORY, EVIDENCE, VECTOR, TABLES };
static const enum sql_id inserts[TABLES] = {SQL_CHANGE_SET_INSERT, SQL_MEMORY_INSERT,
                                            SQL_HISTORY_INSERT, SQL_EVIDENCE_INSERT,
                                            SQL_VECTOR_PUT};
static const char *const table_names[TABLES] = {"change_set", "memory", "history", "evidence",
                                                "vector"};

struct raw_rows {
    struct row rows[TABLES]; /* no change set if it is the one before's */
    unsigned char user[ID_BYTES];
    sqlite3_int64 change_seq, hlc;
};

struct raw_source {
    sqlite3 *handle;
    sqlite3_stmt *written, *readers[TABLES];
    int columns[TABLES]; /* how many of a reader's are the insert's parameters */
    unsigned char user[ID_BYTES], change_set[ID_BYTES];
    sqlite3_int64 change_seq;
};

static void check(sqlite3 *handle, int rc, const char *what)
{
    if (rc != SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE)
        die("bare SQLite, %s: %s", what, sqlite3_errmsg(handle));
}

static sqlite3_stmt *prepare(sqlite3 *handle, const char *sql)
{
    sqlite3_stmt *statement;
    check(handle, sqlite3_prepare_v3(handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL),
          sql);
    return statement;
}

static void run(sqlite3 *handle, const char *sql)
{
    check(handle, sqlite3_exec(handle, sql, NULL, NULL, NULL), sql);
}

static void finish(sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);
    if (rc != SQLITE_DONE) die("bare SQLite: %s", sqlite3_errmsg(sqlite3_db_handle(statement)));
    (void)sqlite3_reset(statement);
}

static sqlite3 *open_handle(const char *path, const char *vfs, int flags)
{
    sqlite3 *handle;
    if (sqlite_shim_start() != SQLITE_OK) die("no storage shim");
    if (sqlite3_open_v2(path, &handle, flags | SQLITE_OPEN_NOMUTEX, vfs) != SQLITE_OK)
        die("cannot open '%s'", path);
    return handle;
}

// --- reading what mneme wrote ----------------------------------------------------------------

static struct row read_row(sqlite3_stmt *statement, int count)
{
    size_t size = (size_t)count * sizeof(struct cell);
    for (int i = 0; i < count; i++) size += (size_t)sqlite3_column_bytes(statement, i);
    struct row row = {count, must_alloc(1, size)};
    char *bytes = (char *)(row.cells + count);
    for (int i = 0; i < count; i++) {
        struct cell *cell = &row.cells[i];
        cell->type = sqlite3_column_type(statement, i);
        if (cell->type == SQLITE_INTEGER) cell->integer = sqlite3_column_int64(statement, i);
        if (cell->type == SQLITE_FLOAT) cell->real = sqlite3_column_double(statement, i);
        if (cell->type != SQLITE_TEXT && cell->type != SQLITE_BLOB) continue;
        cell->length = sqlite3_column_bytes(statement, i);
        cell->bytes = memcpy(bytes, sqlite3_column_blob(statement, i), (size_t)cell->length);
        bytes += cell->length;
    }
    return row;
}

static struct row read_one(struct raw_source *source, enum table table, const void *id)
{
    sqlite3_stmt *statement = source->readers[table];
    (void)sqlite3_bind_blob(statement, 1, source->user, ID_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_blob(statement, 2, id, ID_BYTES, SQLITE_STATIC);
    if (sqlite3_step(statement) != SQLITE_ROW)
        die("mneme has written no %s of a memory", table_names[table]);
    struct row row = read_row(statement, source->columns[table]);
    (void)sqlite3_reset(statement);
    return row;
}

struct raw_source *raw_source_open(const char *mneme_store)
{
    struct raw_source *source = must_alloc(1, sizeof *source);
    sqlite3 *handle = open_handle(mneme_store, SQLITE_SHIM_STORE, SQLITE_OPEN_READONLY);
    source->handle = handle;
    source->written =
        prepare(handle, "SELECT id, change_seq, hlc, user_id FROM memory"
                        " WHERE user_id = (SELECT id FROM user WHERE name = '" USER_NAME
                        "') AND change_seq > ?1 ORDER BY change_seq");
    source->readers[CHANGE_SET] = prepare(handle, sql_queries[SQL_CHANGE_SET_GET].text);
    source->readers[MEMORY] = prepare(handle, sql_queries[SQL_MEMORY_GET].text);
    source->readers[HISTORY] = prepare(handle, sql_queries[SQL_HISTORY_OF_RECORD].text);
    (void)sqlite3_bind_int64(source->readers[HISTORY], 3, INT64_MAX); // of any version
    (void)sqlite3_bind_int64(source->readers[HISTORY], 4, 1);
    source->readers[EVIDENCE] = prepare(handle, sql_queries[SQL_EVIDENCE_LIST].text);
    source->readers[VECTOR] = prepare(
        handle, "SELECT user_id, space_id, record_id, record_kind, vector, change_seq FROM vector"
                " WHERE user_id = ?1 AND space_id = 1 AND record_id = ?2");
    for (int i = 0; i < TABLES; i++) {
        sqlite3_stmt *insert = prepare(handle, sql_queries[inserts[i]].text);
        source->columns[i] = sqlite3_bind_parameter_count(insert);
        (void)sqlite3_finalize(insert);
    }
    return source;
}

void raw_source_close(struct raw_source *source)
{
    (void)sqlite3_finalize(source->written);
    for (int i = 0; i < TABLES; i++) (void)sqlite3_finalize(source->readers[i]);
    (void)sqlite3_close(source->handle);
    free(source);
}

static const void *change_set_of(struct raw_source *source, const struct row *history)
{
    for (int i = 0; i < history->count; i++)
        if (strcmp(sqlite3_column_name(source->readers[HISTORY], i), "change_set_id") == 0)
            return history->cells[i].bytes;
    die("a history row without its change set");
}

static void read_memory(struct raw_source *source, struct raw_rows *out)
{
    unsigned char id[ID_BYTES];
    memcpy(id, sqlite3_column_blob(source->written, 0), sizeof id);
    memcpy(source->user, sqlite3_column_blob(source->written, 3), sizeof source->user);
    source->change_seq = sqlite3_column_int64(source->written, 1);
    *out = (struct raw_rows){.change_seq = source->change_seq,
                             .hlc = sqlite3_column_int64(source->written, 2)};
    memcpy(out->user, source->user, sizeof out->user);
    for (int i = MEMORY; i < TABLES; i++) out->rows[i] = read_one(source, (enum table)i, id);
    const void *change_set = change_set_of(source, &out->rows[HISTORY]);
    if (memcmp(change_set, source->change_set, sizeof source->change_set) != 0) {
        memcpy(source->change_set, change_set, sizeof source->change_set);
        out->rows[CHANGE_SET] = read_one(source, CHANGE_SET, change_set);
    }
}

struct raw_rows *raw_source_next(struct raw_source *source, size_t *count)
{
    struct raw_rows *rows = NULL;
    size_t capacity = 0;
    *count = 0;
    (void)sqlite3_bind_int64(source->written, 1, source->change_seq);
    int rc;
    while ((rc = sqlite3_step(source->written)) == SQLITE_ROW) {
        if (*count == capacity) {
            capacity = capacity ? 2 * capacity : 64;
            rows = realloc(rows, capacity * sizeof *rows);
            if (!rows) die("out of memory");
        }
        read_memory(source, &rows[(*count)++]);
    }
    check(source->handle, rc, "reading back");
    (void)sqlite3_reset(source->written);
    if (*count == 0) die("mneme has written nothing");
    return rows;
}

void raw_rows_free(struct raw_rows *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (int table = 0; table < TABLES; table++) free(rows[i].rows[table].cells);
    free(rows);
}

const struct raw_rows *raw_rows_at(const struct raw_rows *rows, size_t i)
{
    return &rows[i];
}

// --- writing ---------------------------------------------------------------------------------

enum { BEGIN, COMMIT, SET_SEQ, SET_CLOCK, CONTROLS };

struct raw_store {
    sqlite3 *handle;
    sqlite3_stmt *inserts[TABLES], *controls[CONTROLS];
    int log_frames, log_frames_from;
};

static int on_commit(void *context, sqlite3 *handle, const char *name, int frames)
{
    (void)handle;
    (void)name;
    ((struct raw_store *)context)->log_frames = frames;
    return SQLITE_OK;
}

/* A store has its user, its embedding space and its clock before the first memory. */
static void copy_beginnings(sqlite3 *handle, const char *mneme_store)
{
    sqlite3 *from = open_handle(mneme_store, SQLITE_SHIM_STORE, SQLITE_OPEN_READONLY);
    static const char *const tables[][2] = {
        {"SELECT * FROM user", "INSERT INTO user VALUES (?1, ?2, ?3, ?4, ?5)"},
        {"SELECT * FROM space", "INSERT INTO space VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
        {"SELECT * FROM node", "INSERT INTO node VALUES (?1, ?2, ?3)"}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        sqlite3_stmt *read = prepare(from, tables[i][0]), *write = prepare(handle, tables[i][1]);
        while (sqlite3_step(read) == SQLITE_ROW) {
            for (int at = 0; at < sqlite3_column_count(read); at++)
                (void)sqlite3_bind_value(write, at + 1, sqlite3_column_value(read, at));
            finish(write);
        }
        (void)sqlite3_finalize(read);
        (void)sqlite3_finalize(write);
    }
    (void)sqlite3_close(from);
}

struct raw_store *raw_store_open(const char *path, bool has_shim, const char *mneme_store)
{
    struct raw_store *store = must_alloc(1, sizeof *store);
    int reserve = SQLITE_DB_RESERVE_BYTES;
    bool checksums = true;
    sqlite3 *handle = open_handle(path, has_shim ? SQLITE_SHIM_STORE : NULL,
                                  SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    store->handle = handle;
    if (has_shim) {
        (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
        (void)sqlite3_file_control(handle, "main", (int)SQLITE_SHIM_CHECKSUMS, &checksums);
    }
    (void)sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    run(handle, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                "PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON;"
                "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192");
    (void)sqlite3_wal_autocheckpoint(handle, 0);
    (void)sqlite3_wal_hook(handle, on_commit, store);
    for (size_t i = 0; i < sql_migration_count; i++) run(handle, sql_migrations[i].text);
    copy_beginnings(handle, mneme_store);
    for (int i = 0; i < TABLES; i++)
        store->inserts[i] = prepare(handle, sql_queries[inserts[i]].text);
    store->controls[BEGIN] = prepare(handle, "BEGIN IMMEDIATE");
    store->controls[COMMIT] = prepare(handle, "COMMIT");
    store->controls[SET_SEQ] = prepare(handle, sql_queries[SQL_USER_SET_SEQ].text);
    store->controls[SET_CLOCK] = prepare(handle, sql_queries[SQL_CLOCK_SET].text);
    return store;
}

void raw_store_close(struct raw_store *store)
{
    for (int i = 0; i < TABLES; i++) (void)sqlite3_finalize(store->inserts[i]);
    for (int i = 0; i < CONTROLS; i++) (void)sqlite3_finalize(store->controls[i]);
    (void)sqlite3_close(store->handle);
    free(store);
}

static void bind_cell(sqlite3_stmt *statement, int at, const struct cell *cell)
{
    switch (cell->type) {
    case SQLITE_INTEGER: (void)sqlite3_bind_int64(statement, at, cell->integer); break;
    case SQLITE_FLOAT: (void)sqlite3_bind_double(statement, at, cell->real); break;
    case SQLITE_TEXT:
        (void)sqlite3_bind_text(statement, at, cell->bytes, cell->length, SQLITE_STATIC);
        break;
    case SQLITE_BLOB:
        (void)sqlite3_bind_blob(statement, at, cell->bytes, cell->length, SQLITE_STATIC);
        break;
    default: (void)sqlite3_bind_null(statement, at);
    }
}

/* The rule of db_tend_log. */
static void tend_log(struct raw_store *store)
{
    if (store->log_frames < store->log_frames_from) store->log_frames_from = 0;
    int64_t pending = (int64_t)(store->log_frames - store->log_frames_from) * SQLITE_DB_PAGE_BYTES;
    if (pending < LIMIT_LOG_PENDING_BYTES) return;
    int frames, copied;
    check(store->handle,
          sqlite3_wal_checkpoint_v2(store->handle, "main", SQLITE_CHECKPOINT_PASSIVE, &frames,
                                    &copied),
          "checkpoint");
    store->log_frames = store->log_frames_from = frames;
}

void raw_store_write(struct raw_store *store, const struct raw_rows *rows, size_t count)
{
    const struct raw_rows *last = &rows[count - 1];
    finish(store->controls[BEGIN]);
    for (size_t i = 0; i < count; i++) {
        for (int table = 0; table < TABLES; table++) {
            const struct row *row = &rows[i].rows[table];
            if (!row->cells) continue;
            for (int at = 0; at < row->count; at++)
                bind_cell(store->inserts[table], at + 1, &row->cells[at]);
            finish(store->inserts[table]);
        }
    }
    (void)sqlite3_bind_blob(store->controls[SET_SEQ], 1, last->user, ID_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(store->controls[SET_SEQ], 2, last->change_seq);
    finish(store->controls[SET_SEQ]);
    (void)sqlite3_bind_int64(store->controls[SET_CLOCK], 1, last->hlc);
    finish(store->controls[SET_CLOCK]);
    finish(store->controls[COMMIT]);
    tend_log(store);
}

// --- comparing -------------------------------------------------------------------------------

/* FNV-1a over a row's cells; rows are summed, so their order does not matter. */
static uint64_t digest_row(const struct row *row)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < row->count; i++) {
        const struct cell *cell = &row->cells[i];
        const unsigned char *bytes =
            cell->bytes ? cell->bytes : (const unsigned char *)&cell->integer;
        size_t length = cell->bytes ? (size_t)cell->length : sizeof cell->integer;
        digest = (digest ^ (uint64_t)cell->type) * UINT64_C(0x100000001b3);
        for (size_t at = 0; at < length; at++)
            digest = (digest ^ bytes[at]) * UINT64_C(0x100000001b3);
    }
    return digest;
}

static uint64_t digest_table(sqlite3 *handle, const char *table)
{
    uint64_t sum = 0;
    char *sql = must_print("SELECT * FROM %s", table);
    sqlite3_stmt *statement = prepare(handle, sql);
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct row row = read_row(statement, sqlite3_column_count(statement));
        sum += digest_row(&row);
        free(row.cells);
    }
    check(handle, rc, sql);
    (void)sqlite3_finalize(statement);
    free(sql);
    return sum;
}

void raw_check_same(const char *mneme_store, const char *raw_store, bool has_shim)
{
    sqlite3 *a = open_handle(mneme_store, SQLITE_SHIM_STORE, SQLITE_OPEN_READONLY);
    sqlite3 *b = open_handle(raw_store, has_shim ? SQLITE_SHIM_STORE : NULL, SQLITE_OPEN_READONLY);
    for (int i = 0; i < TABLES; i++)
        if (digest_table(a, table_names[i]) != digest_table(b, table_names[i]))
            die("mneme and bare SQLite have written different rows of %s", table_names[i]);
    (void)sqlite3_close(a);
    (void)sqlite3_close(b);
}
