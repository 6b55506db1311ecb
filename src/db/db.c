/*
 * The seam: checks what callers promise, sets out parameters, and keeps the account of transactions, so that every
 * implementation may rely on it.
 */
#include "db/db.h"

#include "db/db_internal.h"
#include "db/sqlite/sqlite_db.h"

#include <assert.h>
#include <string.h>

enum mneme_code db_open(const char *path, const struct db_options *options, struct db **out,
                        struct mneme_error *err)
{
    *out = NULL;
    assert(path && options && options->env);
    return sqlite_db_open(path, options, out, err);
}

void db_close(struct db *db)
{
    if (!db) return;
    db_rollback(db);
    db->ops->close(db);
}

// After an error that left the connection suspect only rolling back and closing make sense.
static enum mneme_code refuse(struct db *db, struct mneme_error *err)
{
    if (db->reopen_code == MNEME_STORAGE)
        return error_field(err, MNEME_STORAGE, "", "storage_error",
                           "an earlier error ended the transaction");
    return error_set(err, db->reopen_code, "an earlier error ended the transaction");
}

enum mneme_code db_begin(struct db *db, enum db_mode mode, struct mneme_error *err)
{
    assert(!db->in_transaction);
    assert(mode == DB_READ || db->options.mode == DB_WRITE);
    if (db->must_reopen) return refuse(db, err);
    enum mneme_code code = db->ops->begin(db, mode, err);
    db->in_transaction = code == MNEME_OK;
    db->transaction_mode = mode;
    return code;
}

enum mneme_code db_commit(struct db *db, struct mneme_error *err)
{
    assert(db->in_transaction);
    enum mneme_code code = db->must_reopen ? refuse(db, err) : db->ops->commit(db, err);
    if (code != MNEME_OK) db->ops->rollback(db);
    db->in_transaction = false;
    return code;
}

void db_rollback(struct db *db)
{
    if (!db->in_transaction) return;
    db->ops->rollback(db);
    db->in_transaction = false;
}

int64_t db_change_count(struct db *db)
{
    return db->ops->change_count(db);
}

enum mneme_code db_prepare(struct db *db, enum sql_id id, struct statement **out,
                           struct mneme_error *err)
{
    *out = NULL;
    assert((unsigned)id < SQL_COUNT);
    assert(!sql_queries[id].is_write || (db->in_transaction && db->transaction_mode == DB_WRITE));
    if (db->must_reopen) return refuse(db, err);
    return db->ops->prepare(db, id, out, err);
}

void db_bind_null(struct statement *statement, int at)
{
    statement->db->ops->bind_null(statement, at);
}

void db_bind_integer(struct statement *statement, int at, int64_t value)
{
    statement->db->ops->bind_integer(statement, at, value);
}

void db_bind_real(struct statement *statement, int at, double value)
{
    statement->db->ops->bind_real(statement, at, value);
}

void db_bind_text(struct statement *statement, int at, const char *text)
{
    if (text)
        statement->db->ops->bind_text(statement, at, text, strlen(text));
    else
        statement->db->ops->bind_null(statement, at);
}

void db_bind_bytes(struct statement *statement, int at, const void *bytes, size_t length)
{
    if (bytes)
        statement->db->ops->bind_bytes(statement, at, bytes, length);
    else
        statement->db->ops->bind_null(statement, at);
}

void db_bind_uuid(struct statement *statement, int at, const struct uuid *uuid)
{
    db_bind_bytes(statement, at, uuid->bytes, sizeof uuid->bytes);
}

enum mneme_code db_step(struct statement *statement, bool *has_row, struct mneme_error *err)
{
    *has_row = false;
    if (statement->db->must_reopen) return refuse(statement->db, err);
    return statement->db->ops->step(statement, has_row, err);
}

enum mneme_code db_run(struct statement *statement, struct mneme_error *err)
{
    bool has_row;
    enum mneme_code code = db_step(statement, &has_row, err);
    assert(!has_row);
    return code;
}

bool db_is_null(struct statement *statement, int column)
{
    return statement->db->ops->is_null(statement, column);
}

int64_t db_integer(struct statement *statement, int column)
{
    return statement->db->ops->integer(statement, column);
}

double db_real(struct statement *statement, int column)
{
    return statement->db->ops->real(statement, column);
}

const char *db_text(struct statement *statement, int column, size_t *length)
{
    return statement->db->ops->text(statement, column, length);
}

const void *db_bytes(struct statement *statement, int column, size_t *length)
{
    return statement->db->ops->bytes(statement, column, length);
}

void db_reset(struct statement *statement)
{
    statement->db->ops->reset(statement);
}

void db_set_deadline(struct db *db, int64_t monotonic_us)
{
    db->ops->set_deadline(db, monotonic_us);
}

enum mneme_code db_tend_log(struct db *db, struct mneme_error *err)
{
    assert(!db->in_transaction && db->options.mode == DB_WRITE);
    if (db->must_reopen) return refuse(db, err);
    return db->ops->tend_log(db, err);
}

enum mneme_code db_checkpoint(struct db *db, bool truncate, struct mneme_error *err)
{
    assert(!db->in_transaction && db->options.mode == DB_WRITE);
    if (db->must_reopen) return refuse(db, err);
    return db->ops->checkpoint(db, truncate, err);
}

int64_t db_log_bytes(struct db *db)
{
    return db->ops->log_bytes(db);
}

enum mneme_code db_backup(struct db *db, const char *path, struct mneme_error *err)
{
    assert(!db->in_transaction);
    if (db->must_reopen) return refuse(db, err);
    return db->ops->backup(db, path, err);
}

enum mneme_code db_scrub(struct db *db, struct mneme_error *err)
{
    assert(!db->in_transaction && db->options.mode == DB_WRITE);
    if (db->must_reopen) return refuse(db, err);
    return db->ops->scrub(db, err);
}

enum db_health db_health(void)
{
    return sqlite_db_health();
}

const char *db_engine_version(void)
{
    return sqlite_db_version();
}
