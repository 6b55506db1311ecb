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

struct db_ops {
    void (*close)(struct db *db);
    enum mneme_code (*begin)(struct db *db, enum db_mode mode, struct mneme_error *err);
    enum mneme_code (*commit)(struct db *db, struct mneme_error *err);
    void (*rollback)(struct db *db);
    enum mneme_code (*savepoint)(struct db *db, struct mneme_error *err);
    enum mneme_code (*release)(struct db *db, struct mneme_error *err);
    void (*rollback_to)(struct db *db); /* and releases it */
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
    const void *(*bytes)(struct statement *statement, int column, size_t *length);
    void (*reset)(struct statement *statement);
    enum mneme_code (*checkpoint)(struct db *db, bool truncate, struct mneme_error *err);
    enum mneme_code (*backup)(struct db *db, const char *path, struct mneme_error *err);
    /* leaves no deleted content in any page */
    enum mneme_code (*scrub)(struct db *db, struct mneme_error *err);
};

/* The first member of each implementation's struct. */
struct db {
    const struct db_ops *ops;
    struct db_options options;
    bool in_transaction, in_savepoint;
    /* an error inside a write left the connection suspect: close it, open another */
    bool must_reopen;
};

/*
 * Opens `path` (a URL without its scheme). DB_WRITE makes the file if it is absent, in the order of sql/README.md;
 * opening an existing store writes nothing. Neither mode migrates: see migrate.h. A SQLite with the WAL-reset bug is
 * refused for writing (UNSUPPORTED, naming the version).
 */
enum mneme_code db_open(const char *path, const struct db_options *options, struct db **out,
                        struct mneme_error *err) MUST_CHECK;
void db_close(struct db *db); /* NULL is allowed */

/* Transactions. A write transaction takes the write lock at once. Rolling back never fails. commit that fails has
 * rolled back. Savepoints do not nest. */
enum mneme_code db_begin(struct db *db, enum db_mode mode, struct mneme_error *err) MUST_CHECK;
enum mneme_code db_commit(struct db *db, struct mneme_error *err) MUST_CHECK;
void db_rollback(struct db *db); /* without effect outside a transaction */
enum mneme_code db_savepoint(struct db *db, struct mneme_error *err) MUST_CHECK;
enum mneme_code db_release(struct db *db, struct mneme_error *err) MUST_CHECK;
void db_rollback_to(struct db *db);

/* The prepared statement, reset and without bindings. Bind ?1 .. ?n, then step. Bound bytes are borrowed until reset. */
enum mneme_code db_prepare(struct db *db, enum sql_id id, struct statement **out,
                           struct mneme_error *err) MUST_CHECK;
void db_bind_null(struct statement *statement, int at);
void db_bind_integer(struct statement *statement, int at, int64_t value);
void db_bind_real(struct statement *statement, int at, double value);
void db_bind_text(struct statement *statement, int at, const char *text); /* NULL binds null */
/* NULL binds null */
void db_bind_bytes(struct statement *statement, int at, const void *bytes, size_t length);
void db_bind_uuid(struct statement *statement, int at, const struct uuid *uuid);

/* Steps once; at the end of the rows *has_row is false and the statement is reset. A constraint that refuses a write is
 * CONFLICT with the rule `unique`; a deadline is TIMEOUT; a full or failing disk STORAGE with the rule storage_full or
 * storage_error; damage STORAGE with the rule corrupt. */
enum mneme_code db_step(struct statement *statement, bool *has_row, struct mneme_error *err)
    MUST_CHECK;
/* A statement without rows, run to its end and reset. */
enum mneme_code db_run(struct statement *statement, struct mneme_error *err) MUST_CHECK;
/* Columns from 0; valid until the next step or reset. */
bool db_is_null(struct statement *statement, int column);
int64_t db_integer(struct statement *statement, int column);
double db_real(struct statement *statement, int column);
/* NULL for null; length may be NULL */
const char *db_text(struct statement *statement, int column, size_t *length);
const void *db_bytes(struct statement *statement, int column, size_t *length);
void db_reset(struct statement *statement); /* done with the rows before their end */

/* Work done by the progress handler of running statements: past this monotonic time they end with TIMEOUT. 0: none. */
void db_set_deadline(struct db *db, int64_t monotonic_us);

enum mneme_code db_checkpoint(struct db *db, bool truncate, struct mneme_error *err) MUST_CHECK;
int64_t db_log_bytes(struct db *db); /* size of the write-ahead log */
/* An online copy to `path`: written beside it, verified, synced, renamed. */
enum mneme_code db_backup(struct db *db, const char *path, struct mneme_error *err) MUST_CHECK;
enum mneme_code db_scrub(struct db *db, struct mneme_error *err) MUST_CHECK;
enum db_health db_health(void);      /* of this process's files */
const char *db_engine_version(void); /* "SQLite 3.53.2" */

#endif
