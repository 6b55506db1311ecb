/*
 * The seam to a database: connection, prepared statements, transactions. SQLite stands behind it today (sqlite/);
 * PostgreSQL will be the second. Queries are named at build time (gen/sql.h, from sql/ and the field tables); no SQL
 * text is made at run time.
 *
 * A connection and its statements belong to one thread at a time. Each statement is prepared once per connection and
 * kept.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/env.h"
#include "base/log.h"
#include "base/uuid.h"
#include "gen/sql.h"

struct db;
struct statement;

enum db_mode { DB_READ, DB_WRITE };

struct db_options {
    enum db_mode mode;
    const struct env *env;
    const struct log_sink *log; /* may be NULL */
    /* tests: another file layer by name; NULL: the system's, behind the storage shim */
    const char *vfs;
    bool verify_off;     /* doctor: read pages whose checksum is wrong */
    int busy_timeout_ms; /* 0: 5000 */
};

enum db_health {
    DB_OK,
    DB_READ_ONLY /* a sync failed: writes are refused until the process restarts */
};

/* What the file says of itself, before any table is looked at. */
struct db_schema {
    bool is_empty; /* no tables at all */
    bool is_ours;  /* carries our mark, which the first migration sets */
    int version;   /* 0: none yet */
};

struct db_ops {
    void (*close)(struct db *db);
    enum mneme_code (*begin)(struct db *db, enum db_mode mode, struct mneme_error *err);
    enum mneme_code (*commit)(struct db *db, struct mneme_error *err);
    void (*rollback)(struct db *db);
    int64_t (*change_count)(struct db *db);
    enum mneme_code (*prepare)(struct db *db, enum sql_id id, struct statement **out,
                               struct mneme_error *err);
    void (*bind_null)(struct statement *statement, int at);
    void (*bind_integer)(struct statement *statement, int at, int64_t value);
    void (*bind_real)(struct statement *statement, int at, double value);
    void (*bind_text)(struct statement *statement, int at, const char *text, size_t length);
    void (*bind_bytes)(struct statement *statement, int at, const void *bytes, size_t length);
    enum mneme_code (*step)(struct statement *statement, bool *has_row, struct mneme_error *err);
    bool (*is_null)(struct statement *statement, int column);
    int64_t (*integer)(struct statement *statement, int column);
    double (*real)(struct statement *statement, int column);
    const char *(*text)(struct statement *statement, int column, size_t *length);
    const void *(*bytes)(struct statement *statement, int column, size_t *length);
    void (*reset)(struct statement *statement);
    void (*set_deadline)(struct db *db, int64_t monotonic_us);
    int64_t (*log_bytes)(struct db *db);
    enum mneme_code (*tend_log)(struct db *db, struct mneme_error *err);
    enum mneme_code (*checkpoint)(struct db *db, bool truncate, struct mneme_error *err);
    enum mneme_code (*backup)(struct db *db, const char *path, struct mneme_error *err);
    /* leaves no deleted content in any page */
    enum mneme_code (*scrub)(struct db *db, struct mneme_error *err);
    enum mneme_code (*schema)(struct db *db, struct db_schema *out, struct mneme_error *err);
    /* the statements of one migration, our mark and the new version, in the open transaction */
    enum mneme_code (*migrate)(struct db *db, const char *sql, int version,
                               struct mneme_error *err);
};

/* The first member of each implementation's struct. */
struct db {
    const struct db_ops *ops;
    struct db_options options;
    bool in_transaction;
    enum db_mode transaction_mode;
    /*
     * An error left the connection suspect, and the transaction may be gone: from then on all but rolling back and
     * closing is refused with reopen_code. Close it, open another.
     */
    bool must_reopen;
    enum mneme_code reopen_code;
};

/*
 * Opens `path` (a URL without its scheme). DB_WRITE makes the file if it is absent (sqlite/README.md says in which
 * order); opening an existing store writes nothing. Neither mode migrates: see migrate.h. A SQLite with the WAL-reset
 * bug is refused for writing (UNSUPPORTED, naming the version). What may not be opened so is DENIED; a file missing for
 * DB_READ is NOT_FOUND; one that is damaged or no store STORAGE with the rule corrupt.
 *
 * DB_READ changes no byte of the store, but SQLite keeps two small files beside it for its readers, so the folder must
 * be writable; except on a read-only medium, where a store that was closed in order is read without them.
 */
enum mneme_code db_open(const char *path, const struct db_options *options, struct db **out,
                        struct mneme_error *err) MUST_CHECK;
void db_close(struct db *db); /* NULL is allowed; rolls back */

/*
 * Transactions. A write transaction takes the write lock at once (BUSY after the timeout). Rolling back never fails. A
 * commit that fails has rolled back. Beginning and ending a transaction resets all statements.
 */
enum mneme_code db_begin(struct db *db, enum db_mode mode, struct mneme_error *err) MUST_CHECK;
enum mneme_code db_commit(struct db *db, struct mneme_error *err) MUST_CHECK;
void db_rollback(struct db *db); /* without effect outside a transaction */
/* Rows written by this connection so far, rolled back or not: whether something was, between two looks. */
int64_t db_change_count(struct db *db);

/*
 * The prepared statement, reset and without bindings. Bind ?1 .. ?n, then step. Bound bytes are borrowed until reset. A
 * query marked `-- write` is prepared inside a write transaction only. A bind that fails is told by the next step.
 */
enum mneme_code db_prepare(struct db *db, enum sql_id id, struct statement **out,
                           struct mneme_error *err) MUST_CHECK;
void db_bind_null(struct statement *statement, int at);
void db_bind_integer(struct statement *statement, int at, int64_t value);
void db_bind_real(struct statement *statement, int at, double value);
void db_bind_text(struct statement *statement, int at, const char *text); /* NULL binds null */
void db_bind_bytes(struct statement *statement, int at, const void *bytes,
                   size_t length); /* NULL binds null */
void db_bind_uuid(struct statement *statement, int at, const struct uuid *uuid);

/*
 * Steps once; at the end of the rows and after an error *has_row is false and the statement is reset. A unique key that
 * refuses a write is CONFLICT with the rule `unique` and the key's last column as field; a row that refers to none
 * CONFLICT with the rule `reference`; a deadline is TIMEOUT; a full or failing disk STORAGE with the rule storage_full
 * or storage_error; damage STORAGE with the rule corrupt.
 */
enum mneme_code db_step(struct statement *statement, bool *has_row, struct mneme_error *err)
    MUST_CHECK;
/* A statement without rows, run to its end and reset. */
enum mneme_code db_run(struct statement *statement, struct mneme_error *err) MUST_CHECK;
/* Columns from 0; valid until the next step or reset. */
bool db_is_null(struct statement *statement, int column);
int64_t db_integer(struct statement *statement, int column);
double db_real(struct statement *statement, int column);
/* NULL for null, or when out of memory; length may be NULL */
const char *db_text(struct statement *statement, int column, size_t *length);
const void *db_bytes(struct statement *statement, int column, size_t *length);
void db_reset(struct statement *statement); /* done with the rows before their end */

/* Running statements end with TIMEOUT past this monotonic time, waits for locks too. 0: none. A write that is cut short
 * ends its transaction (must_reopen), so writers set none. */
void db_set_deadline(struct db *db, int64_t monotonic_us);

/*
 * The write-ahead log is copied into the store by the writer alone, outside transactions. db_tend_log is for calling
 * after each commit: it copies once LIMIT_LOG_PENDING_BYTES were written since the last time, and truncates the log
 * when it is longer than LIMIT_WAL_BYTES and no reader needs it; that a reader does is no error. db_checkpoint copies
 * at once; to truncate is BUSY while a reader needs the log.
 */
enum mneme_code db_tend_log(struct db *db, struct mneme_error *err) MUST_CHECK;
enum mneme_code db_checkpoint(struct db *db, bool truncate, struct mneme_error *err) MUST_CHECK;
int64_t db_log_bytes(struct db *db); /* size of the log's file; 0 if there is none */

/* An online copy to `path`: written beside it, verified, synced, renamed. Whatever was there stays until then. */
enum mneme_code db_backup(struct db *db, const char *path, struct mneme_error *err) MUST_CHECK;
enum mneme_code db_scrub(struct db *db, struct mneme_error *err) MUST_CHECK;
enum db_health db_health(void);      /* of this process's files */
const char *db_engine_version(void); /* "SQLite 3.53.2" */

#endif
