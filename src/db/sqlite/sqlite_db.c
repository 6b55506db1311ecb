/*
 * The operations of a connection: statements, transactions, the log.
 *
 * A statement is stepped with nothing between the caller and SQLite but a call through a pointer. Bound bytes are
 * borrowed (SQLITE_STATIC), since callers keep them until the statement is reset.
 */
#include "db/sqlite/sqlite_db.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "db/sqlite/sqlite_internal.h"
#include "db/sqlite/sqlite_shim.h"

#include <assert.h>
#include <stdio.h>

static const char *const control_sql[CONTROL_COUNT] = {
    [CONTROL_BEGIN_READ] = "BEGIN",
    [CONTROL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [CONTROL_COMMIT] = "COMMIT",
    [CONTROL_ROLLBACK] = "ROLLBACK",
};

static int run_control(struct sqlite_db *db, enum control which)
{
    if (!db->control[which]) {
        int rc = sqlite3_prepare_v3(db->handle, control_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
                                    &db->control[which], NULL);
        if (rc != SQLITE_OK) return rc;
    }
    int rc = sqlite3_step(db->control[which]);
    (void)sqlite3_reset(db->control[which]);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

// --- statements ------------------------------------------------------------------------------

static struct sqlite_statement *own(struct statement *statement)
{
    return (struct sqlite_statement *)statement;
}

static void reset(struct statement *base)
{
    struct sqlite_statement *statement = own(base);
    (void)sqlite3_reset(statement->handle); // repeats the error of the step, which is told
    if (statement->is_active) sqlite_db_of(base->db)->active_count--;
    statement->is_active = false;
}

void sqlite_db_reset_all(struct sqlite_db *db)
{
    for (size_t i = 0; i < SQL_COUNT && db->active_count > 0; i++)
        if (db->statements[i].is_active) reset(&db->statements[i].base);
}

static enum mneme_code fail(struct sqlite_statement *statement, int rc, struct mneme_error *err)
{
    char what[80];
    (void)snprintf(what, sizeof what, "query '%s'", sql_queries[statement->id].name);
    return sqlite_db_fail(sqlite_db_of(statement->base.db), rc, what, err);
}

static enum mneme_code prepare(struct db *base, enum sql_id id, struct statement **out,
                               struct mneme_error *err)
{
    struct sqlite_db *db = sqlite_db_of(base);
    struct sqlite_statement *statement = &db->statements[id];
    if (statement->handle) {
        if (statement->is_active) reset(&statement->base);
        (void)sqlite3_clear_bindings(statement->handle);
    } else {
        *statement = (struct sqlite_statement){.base.db = base, .id = id};
        int rc = sqlite3_prepare_v3(db->handle, sql_queries[id].text, -1, SQLITE_PREPARE_PERSISTENT,
                                    &statement->handle, NULL);
        if (rc != SQLITE_OK) return fail(statement, rc, err);
    }
    statement->bind_code = SQLITE_OK;
    *out = &statement->base;
    return MNEME_OK;
}

static void note_bind(struct sqlite_statement *statement, int rc)
{
    if (rc != SQLITE_OK && statement->bind_code == SQLITE_OK) statement->bind_code = rc;
}

static void bind_null(struct statement *base, int at)
{
    note_bind(own(base), sqlite3_bind_null(own(base)->handle, at));
}

static void bind_integer(struct statement *base, int at, int64_t value)
{
    note_bind(own(base), sqlite3_bind_int64(own(base)->handle, at, value));
}

static void bind_real(struct statement *base, int at, double value)
{
    note_bind(own(base), sqlite3_bind_double(own(base)->handle, at, value));
}

static void bind_text(struct statement *base, int at, const char *text, size_t length)
{
    note_bind(own(base),
              sqlite3_bind_text64(own(base)->handle, at, text, length, SQLITE_STATIC, SQLITE_UTF8));
}

static void bind_bytes(struct statement *base, int at, const void *bytes, size_t length)
{
    note_bind(own(base), sqlite3_bind_blob64(own(base)->handle, at, bytes, length, SQLITE_STATIC));
}

static enum mneme_code step(struct statement *base, bool *has_row, struct mneme_error *err)
{
    struct sqlite_statement *statement = own(base);
    struct sqlite_db *db = sqlite_db_of(base->db);
    int rc = statement->bind_code;
    if (rc == SQLITE_OK) rc = sqlite3_step(statement->handle);
    if (rc == SQLITE_ROW) {
        if (!statement->is_active) db->active_count++;
        statement->is_active = true;
        *has_row = true;
        return MNEME_OK;
    }
    enum mneme_code code = rc == SQLITE_DONE ? MNEME_OK : fail(statement, rc, err);
    reset(base);
    return code;
}

static bool is_null(struct statement *base, int column)
{
    return sqlite3_column_type(own(base)->handle, column) == SQLITE_NULL;
}

static int64_t integer(struct statement *base, int column)
{
    return sqlite3_column_int64(own(base)->handle, column);
}

static double real(struct statement *base, int column)
{
    return sqlite3_column_double(own(base)->handle, column);
}

static const char *text(struct statement *base, int column, size_t *length)
{
    sqlite3_stmt *handle = own(base)->handle;
    const unsigned char *bytes = sqlite3_column_text(handle, column);
    if (length) *length = bytes ? (size_t)sqlite3_column_bytes(handle, column) : 0;
    return (const char *)bytes;
}

static const void *bytes(struct statement *base, int column, size_t *length)
{
    sqlite3_stmt *handle = own(base)->handle;
    const void *blob = sqlite3_column_blob(handle, column);
    size_t count = (size_t)sqlite3_column_bytes(handle, column);
    if (length) *length = count;
    // SQLite gives NULL for an empty blob, which is not null.
    if (!blob && sqlite3_column_type(handle, column) != SQLITE_NULL) return "";
    return blob;
}

// --- transactions ----------------------------------------------------------------------------

static enum mneme_code begin(struct db *base, enum db_mode mode, struct mneme_error *err)
{
    struct sqlite_db *db = sqlite_db_of(base);
    sqlite_db_reset_all(db);
    if (mode == DB_WRITE && sqlite_shim_is_latched()) // else it would be found out at the commit
        return sqlite_db_explain(db, SQLITE_READONLY, "begin", err);
    int rc = run_control(db, mode == DB_WRITE ? CONTROL_BEGIN_WRITE : CONTROL_BEGIN_READ);
    return rc == SQLITE_OK ? MNEME_OK : sqlite_db_fail(db, rc, "begin", err);
}

static enum mneme_code commit(struct db *base, struct mneme_error *err)
{
    struct sqlite_db *db = sqlite_db_of(base);
    bool ends_creation = db->is_new && base->transaction_mode == DB_WRITE;
    sqlite_db_reset_all(db);
    if (ends_creation && !base->options.vfs && !sqlite_db_sync_folder(db->path)) {
        sqlite_shim_latch(); // the next sync would say that all is well
        return sqlite_db_fail(db, SQLITE_IOERR_DIR_FSYNC, "commit", err);
    }
    int rc = run_control(db, CONTROL_COMMIT);
    if (rc != SQLITE_OK) return sqlite_db_fail(db, rc, "commit", err);
    if (ends_creation) sqlite_db_end_creation(db);
    return MNEME_OK;
}

static void rollback(struct db *base)
{
    struct sqlite_db *db = sqlite_db_of(base);
    sqlite_db_reset_all(db);
    if (sqlite3_get_autocommit(db->handle)) return; // SQLite has done so after an error
    if (run_control(db, CONTROL_ROLLBACK) == SQLITE_OK) return;
    // Out of memory for the statement itself: closing the connection rolls back.
    base->must_reopen = true;
    base->reopen_code = MNEME_NOMEM;
}

static int64_t change_count(struct db *base)
{
    return sqlite3_total_changes64(sqlite_db_of(base)->handle);
}

static void set_deadline(struct db *base, int64_t monotonic_us)
{
    struct sqlite_db *db = sqlite_db_of(base);
    if ((db->deadline_us != 0) != (monotonic_us != 0)) sqlite_db_watch(db, monotonic_us != 0);
    db->deadline_us = monotonic_us;
}

// --- the log ---------------------------------------------------------------------------------

static int64_t log_bytes(struct db *base)
{
    sqlite3_file *file = NULL;
    sqlite3_int64 size = 0;
    int rc = sqlite3_file_control(sqlite_db_of(base)->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER,
                                  &file);
    if (rc != SQLITE_OK || !file || !file->pMethods) return 0;
    return file->pMethods->xFileSize(file, &size) == SQLITE_OK ? size : 0;
}

static int copy_log(struct sqlite_db *db, int mode, int64_t patience_us)
{
    int frames = 0, copied = 0;
    int64_t usual = db->patience_us;
    db->patience_us = patience_us;
    int rc = sqlite3_wal_checkpoint_v2(db->handle, "main", mode, &frames, &copied);
    db->patience_us = usual;
    if (frames >= 0) db->log_frames_from = db->log_frames = frames;
    return rc;
}

static enum mneme_code checkpoint(struct db *base, bool truncate, struct mneme_error *err)
{
    struct sqlite_db *db = sqlite_db_of(base);
    sqlite_db_reset_all(db);
    int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int rc = copy_log(db, mode, db->patience_us);
    return rc == SQLITE_OK ? MNEME_OK : sqlite_db_fail(db, rc, "checkpoint", err);
}

static enum mneme_code tend_log(struct db *base, struct mneme_error *err)
{
    struct sqlite_db *db = sqlite_db_of(base);
    // Below where it was: the log has begun anew.
    if (db->log_frames < db->log_frames_from) db->log_frames_from = 0;
    int64_t pending = (db->log_frames - db->log_frames_from) * SQLITE_DB_PAGE_BYTES;
    if (pending < LIMIT_LOG_PENDING_BYTES) return MNEME_OK;
    sqlite_db_reset_all(db);
    int rc = copy_log(db, SQLITE_CHECKPOINT_PASSIVE, 0);
    if (rc == SQLITE_OK && log_bytes(base) > LIMIT_WAL_BYTES)
        rc = copy_log(db, SQLITE_CHECKPOINT_TRUNCATE, SQLITE_DB_TRUNCATE_MS * 1000);
    if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY) return MNEME_OK;
    return sqlite_db_fail(db, rc, "checkpoint", err);
}

// --- schema ----------------------------------------------------------------------------------

static int read_schema(struct sqlite_db *db, struct db_schema *out)
{
    int64_t version = 0, mark = 0, tables = 1;
    int rc = sqlite_db_exec(db, "PRAGMA user_version", &version);
    if (rc == SQLITE_OK) rc = sqlite_db_exec(db, "PRAGMA application_id", &mark);
    if (rc == SQLITE_OK && version == 0)
        rc = sqlite_db_exec(db, "SELECT count(*) FROM sqlite_schema", &tables);
    *out = (struct db_schema){.version = (int)version,
                              .is_ours = mark == SQLITE_DB_APPLICATION_ID,
                              .is_empty = tables == 0};
    return rc;
}

// In one snapshot: another process may be making the store at this moment.
static enum mneme_code schema(struct db *base, struct db_schema *out, struct mneme_error *err)
{
    struct sqlite_db *db = sqlite_db_of(base);
    bool is_alone = sqlite3_get_autocommit(db->handle) != 0;
    int rc = is_alone ? sqlite_db_exec(db, "BEGIN", NULL) : SQLITE_OK;
    if (rc == SQLITE_OK) rc = read_schema(db, out);
    // Out of memory for the statement itself, it would leave the transaction open for the next one to trip over.
    int ended = is_alone ? sqlite_db_exec(db, "ROLLBACK", NULL) : SQLITE_OK;
    if (rc == SQLITE_OK) rc = ended;
    if (rc == SQLITE_OK) return MNEME_OK;
    *out = (struct db_schema){0};
    return sqlite_db_fail(db, rc, "reading the schema's version", err);
}

static enum mneme_code migrate(struct db *base, const char *sql, int version,
                               struct mneme_error *err)
{
    struct sqlite_db *db = sqlite_db_of(base);
    // A pragma takes no parameters; both numbers are ours.
    char mark[96], what[32];
    (void)snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   SQLITE_DB_APPLICATION_ID, version);
    (void)snprintf(what, sizeof what, "migration %d", version);
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_exec(db->handle, mark, NULL, NULL, NULL);
    return rc == SQLITE_OK ? MNEME_OK : sqlite_db_fail(db, rc, what, err);
}

// --- the whole -------------------------------------------------------------------------------

void sqlite_db_close(struct db *base)
{
    struct sqlite_db *db = sqlite_db_of(base);
    for (size_t i = 0; i < SQL_COUNT; i++) (void)sqlite3_finalize(db->statements[i].handle);
    for (size_t i = 0; i < CONTROL_COUNT; i++) (void)sqlite3_finalize(db->control[i]);
    int rc = sqlite3_close(db->handle);
    assert(rc == SQLITE_OK); // all statements are ours and finalized
    (void)rc;
    mem_free(db->path);
    mem_free(db);
}

const struct db_ops sqlite_db_ops = {
    .close = sqlite_db_close,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .change_count = change_count,
    .prepare = prepare,
    .bind_null = bind_null,
    .bind_integer = bind_integer,
    .bind_real = bind_real,
    .bind_text = bind_text,
    .bind_bytes = bind_bytes,
    .step = step,
    .is_null = is_null,
    .integer = integer,
    .real = real,
    .text = text,
    .bytes = bytes,
    .reset = reset,
    .set_deadline = set_deadline,
    .log_bytes = log_bytes,
    .tend_log = tend_log,
    .checkpoint = checkpoint,
    .backup = sqlite_db_backup,
    .scrub = sqlite_db_scrub,
    .schema = schema,
    .migrate = migrate,
};
