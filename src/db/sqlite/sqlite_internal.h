/* What the files of this folder share. Only they see SQLite's types. */
#ifndef DB_SQLITE_SQLITE_INTERNAL_H
#define DB_SQLITE_SQLITE_INTERNAL_H

#include "base/strbuf.h"
#include "db/db_internal.h"

#include <sqlite3.h>

#define SQLITE_DB_PAGE_BYTES 4096
#define SQLITE_DB_RESERVE_BYTES 8           /* at each page's end: its checksum (sqlite_shim.h) */
#define SQLITE_DB_APPLICATION_ID 0x6d6e656d /* "mnem", in the file's header */
#define SQLITE_DB_BUSY_MS 5000              /* how long a lock is waited for by default */
#define SQLITE_DB_TRUNCATE_MS 50            /* ... to truncate the log, while writers queue */

struct sqlite_statement {
    struct statement base; /* first */
    sqlite3_stmt *handle;  /* NULL: not prepared yet */
    enum sql_id id;
    bool is_active; /* has been stepped and not reset */
    int bind_code;  /* the first failure of a bind since it was prepared */
};

/* The statements of the connection itself; prepared once too. */
enum control {
    CONTROL_BEGIN_READ,
    CONTROL_BEGIN_WRITE,
    CONTROL_COMMIT,
    CONTROL_ROLLBACK,
    CONTROL_COUNT
};

struct sqlite_db {
    struct db base; /* first */
    sqlite3 *handle;
    sqlite3_vfs *vfs;
    char *path;              /* ours */
    bool is_new;             /* made by this connection; its first commit ends the making */
    int64_t deadline_us;     /* monotonic; 0: none */
    int64_t patience_us;     /* how long a lock is waited for now */
    int64_t waited_us;       /* for the lock that is waited for */
    int64_t log_frames;      /* in the log, at the last commit of ours */
    int64_t log_frames_from; /* when it was last copied */
    int active_count;        /* statements with is_active */
    sqlite3_stmt *control[CONTROL_COUNT];
    struct sqlite_statement statements[SQL_COUNT];
};

static inline struct sqlite_db *sqlite_db_of(struct db *db)
{
    return (struct sqlite_db *)db;
}

extern const struct db_ops sqlite_db_ops;

/*
 * Turns SQLite's result into ours. `what` failed, such as "query 'memory_get'"; no SQL and no stored text go into the
 * message. Notes must_reopen where it is called for.
 */
enum mneme_code sqlite_db_fail(struct sqlite_db *db, int rc, const char *what,
                               struct mneme_error *err);
/* The same without noting anything: for what failed beside the store. */
enum mneme_code sqlite_db_explain(struct sqlite_db *db, int rc, const char *what,
                                  struct mneme_error *err);

/* Runs one fixed statement of ours; the first column of its first row becomes *out (may be NULL; 0 without a row). */
int sqlite_db_exec(struct sqlite_db *db, const char *sql, int64_t *out);

/* Waits for a lock a little longer, in `attempts` from 0 on; false when patience or deadline are at their end. Sleeps
 * through the file layer, so that a simulated one needs no time. */
bool sqlite_db_wait(struct sqlite_db *db, int attempts);

void sqlite_db_reset_all(struct sqlite_db *db);

/* The name under which SQLite reads a file that nobody changes, without locks; false when out of memory. The caller
 * clears it. */
bool sqlite_db_immutable_uri(const char *path, struct strbuf *uri) MUST_CHECK;

/* Puts the deadline's watch on running statements, or takes it off. */
void sqlite_db_watch(struct sqlite_db *db, bool on);

/* Whether this SQLite's write-ahead log is free of the WAL-reset bug. */
bool sqlite_db_is_sound(int version_number);

/* After the first commit of the connection that made the store: everyday durability. */
void sqlite_db_end_creation(struct sqlite_db *db);

/* Makes the names in the folder of `path` durable; false with errno. */
bool sqlite_db_sync_folder(const char *path);

enum mneme_code sqlite_db_backup(struct db *base, const char *path, struct mneme_error *err)
    MUST_CHECK;
enum mneme_code sqlite_db_scrub(struct db *base, struct mneme_error *err) MUST_CHECK;
void sqlite_db_close(struct db *base);

#endif
