/*
 * Opening, and making what is not there.
 *
 * Of making (README.md): the switch to the write-ahead log writes page 1 under a rollback journal. Should that
 * journal's removal get lost in a power cut, it would come back and take with it all that was written since; hence
 * synchronous=EXTRA, which syncs the folder after the removal, until the first commit is through.
 */
#include "base/alloc.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "db/sqlite/sqlite_db.h"
#include "db/sqlite/sqlite_internal.h"
#include "db/sqlite/sqlite_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { SYNC_FULL = 2, SYNC_EXTRA = 3 };

// --- the library -----------------------------------------------------------------------------

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char version_text[32];

static void start(void)
{
    (void)snprintf(version_text, sizeof version_text, "SQLite %s", sqlite3_libversion());
}

const char *sqlite_db_version(void)
{
    (void)pthread_once(&once, start);
    return version_text;
}

bool sqlite_db_is_sound(int number)
{
    if (number >= 3051003) return number != 3052000; // withdrawn
    return (number >= 3050007 && number < 3051000) || (number >= 3044006 && number < 3045000);
}

// --- small services --------------------------------------------------------------------------

int sqlite_db_exec(struct sqlite_db *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement;
    if (out) *out = 0;
    int rc = sqlite3_prepare_v3(db->handle, sql, -1, 0, &statement, NULL);
    if (rc != SQLITE_OK) return rc;
    rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW && out) *out = sqlite3_column_int64(statement, 0);
    while (rc == SQLITE_ROW) rc = sqlite3_step(statement);
    (void)sqlite3_finalize(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

bool sqlite_db_sync_folder(const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    size_t length = !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (length >= sizeof folder) return false;
    if (slash) {
        memcpy(folder, path, length);
        folder[length] = '\0';
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    bool done = fsync(fd) == 0;
    (void)close(fd);
    return done;
}

bool sqlite_db_immutable_uri(const char *path, struct strbuf *uri)
{
    strbuf_init(uri, 3 * strlen(path) + 32);
    strbuf_add_text(uri, "file:");
    for (const char *p = path; *p; p++) {
        if (strchr("%?#", *p))
            strbuf_printf(uri, "%%%02X", (unsigned)*p);
        else
            strbuf_add_char(uri, *p);
    }
    strbuf_add_text(uri, "?immutable=1");
    return strbuf_code(uri) == MNEME_OK;
}

// --- waiting ---------------------------------------------------------------------------------

static bool is_late(const struct sqlite_db *db)
{
    const struct env *env = db->base.options.env;
    return db->deadline_us != 0 && env->monotonic_us(env->context) >= db->deadline_us;
}

static int on_progress(void *context)
{
    return is_late(context);
}

void sqlite_db_watch(struct sqlite_db *db, bool on)
{
    enum { EVERY_OPS = 1000 }; // of SQLite's machine: some tens of microseconds
    sqlite3_progress_handler(db->handle, on ? EVERY_OPS : 0, on ? on_progress : NULL, db);
}

// What was slept counts, not the clock, which in tests may stand still.
bool sqlite_db_wait(struct sqlite_db *db, int attempts)
{
    static const int steps_us[] = {100, 200, 500, 1000, 2000, 5000, 10000, 20000};
    enum { STEPS = sizeof steps_us / sizeof *steps_us };
    if (attempts == 0) db->waited_us = 0;
    if (db->waited_us >= db->patience_us || is_late(db)) return false;
    int us = steps_us[attempts < STEPS ? attempts : STEPS - 1];
    (void)db->vfs->xSleep(db->vfs, us);
    db->waited_us += us;
    return true;
}

static int on_busy(void *context, int attempts)
{
    return sqlite_db_wait(context, attempts);
}

// --- settings --------------------------------------------------------------------------------

static int on_commit(void *context, sqlite3 *handle, const char *name, int frames)
{
    (void)handle;
    (void)name;
    ((struct sqlite_db *)context)->log_frames = frames;
    return SQLITE_OK;
}

static int set_switches(sqlite3 *handle)
{
    static const struct {
        int which, value;
    } switches[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},       {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},         {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
    };
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        int now = -1;
        int rc = sqlite3_db_config(handle, switches[i].which, switches[i].value, &now);
        if (rc == SQLITE_OK && now != switches[i].value) rc = SQLITE_ERROR;
        if (rc != SQLITE_OK) return rc;
    }
    return SQLITE_OK;
}

static void set_limits(sqlite3 *handle)
{
    static const struct {
        int which, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, LIMIT_DB_VALUE_BYTES},
        {SQLITE_LIMIT_SQL_LENGTH, LIMIT_DB_QUERY_BYTES},
        {SQLITE_LIMIT_EXPR_DEPTH, LIMIT_DB_EXPRESSION_DEPTH},
        {SQLITE_LIMIT_VDBE_OP, LIMIT_DB_PROGRAM_OPS},
        {SQLITE_LIMIT_FUNCTION_ARG, LIMIT_DB_ARGUMENTS},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LIMIT_DB_PATTERN_BYTES},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        (void)sqlite3_limit(handle, limits[i].which, limits[i].value);
}

// What can be set before the file is looked at.
static int set_up(struct sqlite_db *db)
{
    int ms = db->base.options.busy_timeout_ms;
    db->patience_us = (int64_t)(ms > 0 ? ms : SQLITE_DB_BUSY_MS) * 1000;
    (void)sqlite3_extended_result_codes(db->handle, 1);
    (void)sqlite3_busy_handler(db->handle, on_busy, db);
    (void)sqlite3_wal_autocheckpoint(db->handle, 0);
    if (db->base.options.mode == DB_WRITE) (void)sqlite3_wal_hook(db->handle, on_commit, db);
    set_limits(db->handle);
    int rc = set_switches(db->handle);
    if (rc != SQLITE_OK) return rc;
    return sqlite3_exec(db->handle,
                        "PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON;"
                        "PRAGMA temp_store = MEMORY",
                        NULL, NULL, NULL);
}

// It is not stored in the file, so each connection sets it and looks whether it took.
static int set_sync(struct sqlite_db *db, int64_t level)
{
    int64_t now;
    int rc = sqlite_db_exec(
        db, level == SYNC_EXTRA ? "PRAGMA synchronous = EXTRA" : "PRAGMA synchronous = FULL", NULL);
    if (rc == SQLITE_OK) rc = sqlite_db_exec(db, "PRAGMA synchronous", &now);
    return rc == SQLITE_OK && now != level ? SQLITE_ERROR : rc;
}

void sqlite_db_end_creation(struct sqlite_db *db)
{
    // Should it fail, the stricter setting stays, which in a write-ahead log is the same.
    if (set_sync(db, SYNC_FULL) == SQLITE_OK) db->is_new = false;
}

// --- making ----------------------------------------------------------------------------------

static int ask_journal(struct sqlite_db *db, const char *sql, bool *is_wal)
{
    sqlite3_stmt *statement;
    *is_wal = false;
    int rc = sqlite3_prepare_v3(db->handle, sql, -1, 0, &statement, NULL);
    if (rc != SQLITE_OK) return rc;
    rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        const unsigned char *mode = sqlite3_column_text(statement, 0);
        *is_wal = mode && strcmp((const char *)mode, "wal") == 0;
        rc = sqlite3_step(statement);
    }
    (void)sqlite3_finalize(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

// A layer of a test's own without the shim does not know these controls.
static void tell_shim(struct sqlite_db *db, enum sqlite_shim_control what, bool value)
{
    (void)sqlite3_file_control(db->handle, "main", (int)what, &value);
}

// Several processes may do this at once: one turns the file, the others find it turned. The busy handler is not asked
// here, since SQLite holds a read lock meanwhile.
static int make(struct sqlite_db *db, bool *is_wal)
{
    int reserve = SQLITE_DB_RESERVE_BYTES;
    int rc = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
    if (rc == SQLITE_OK) rc = set_sync(db, SYNC_EXTRA);
    if (rc != SQLITE_OK) return rc;
    tell_shim(db, SQLITE_SHIM_CHECKSUMS, true);
    rc = ask_journal(db, "PRAGMA journal_mode = WAL", is_wal);
    for (int tries = 0; (rc & 0xff) == SQLITE_BUSY && sqlite_db_wait(db, tries); tries++)
        rc = ask_journal(db, "PRAGMA journal_mode = WAL", is_wal);
    db->is_new = rc == SQLITE_OK && *is_wal;
    return rc;
}

// --- opening ---------------------------------------------------------------------------------

static enum mneme_code fail_open(struct sqlite_db *db, int rc, struct mneme_error *err)
{
    bool is_write = db->base.options.mode == DB_WRITE;
    int cause = db->handle ? sqlite3_system_errno(db->handle) : 0;
    if ((rc & 0xff) == SQLITE_CANTOPEN) {
        if (cause == EACCES || cause == EPERM || cause == EROFS)
            return error_set(err, MNEME_DENIED, "no permission to %s '%s'",
                             is_write ? "write" : "read", db->path);
        int exists = 0;
        (void)db->vfs->xAccess(db->vfs, db->path, SQLITE_ACCESS_EXISTS, &exists);
        if (!exists && !is_write)
            return error_set(err, MNEME_NOT_FOUND, "no store at '%s'", db->path);
        if (!exists && cause == ENOENT)
            return error_set(err, MNEME_NOT_FOUND, "no folder for '%s'", db->path);
    }
    return sqlite_db_fail(db, rc, "opening the store", err);
}

static int open_file(struct sqlite_db *db, const char *name, int flags)
{
    flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2(name, &db->handle, flags, db->vfs->zName);
    return rc == SQLITE_OK ? set_up(db) : rc;
}

static bool is_on_read_only_medium(const char *path)
{
    struct statvfs medium;
    return statvfs(path, &medium) == 0 && (medium.f_flag & ST_RDONLY) != 0;
}

static bool has_log(const char *path)
{
    struct strbuf name;
    struct stat found;
    strbuf_init(&name, strlen(path) + 8);
    strbuf_printf(&name, "%s-wal", path);
    bool has =
        strbuf_code(&name) != MNEME_OK || (stat(name.text, &found) == 0 && found.st_size > 0);
    strbuf_clear(&name);
    return has;
}

// For a reader whose files cannot be made beside the store; `why` is SQLite's reason. A medium that nobody can write
// needs neither them nor locks, but a log left on it holds commits that could then not be seen.
static int reopen_immutable(struct sqlite_db *db, int why)
{
    if (db->base.options.vfs || !is_on_read_only_medium(db->path)) return why;
    if (has_log(db->path)) return SQLITE_READONLY_RECOVERY;
    (void)sqlite3_close(db->handle);
    db->handle = NULL;
    struct strbuf uri;
    int rc = SQLITE_NOMEM;
    if (sqlite_db_immutable_uri(db->path, &uri))
        rc = open_file(db, uri.text, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    strbuf_clear(&uri);
    return rc;
}

// The file could be opened, but not read as a store.
static enum mneme_code fail_look(struct sqlite_db *db, int rc, struct mneme_error *err)
{
    int cause = sqlite3_system_errno(db->handle);
    bool is_beside = (rc & 0xff) == SQLITE_CANTOPEN || rc == SQLITE_READONLY_DIRECTORY;
    bool is_refused = cause == EACCES || cause == EPERM || cause == EROFS;
    // SQLite keeps no cause when a reader may not make the file of the log's index.
    bool is_reader = (rc & 0xff) == SQLITE_READONLY && rc != SQLITE_READONLY_RECOVERY &&
                     db->base.options.mode != DB_WRITE;
    if (is_reader || (is_beside && is_refused))
        return error_set(err, MNEME_DENIED, "no permission to write beside '%s', as readers must",
                         db->path);
    return sqlite_db_fail(db, rc, "opening the store", err);
}

// Only a store of ours has both; a header that has lost them is damaged.
static enum mneme_code check_form(struct sqlite_db *db, bool is_wal, struct mneme_error *err)
{
    int reserve = -1;
    int rc = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
    if (rc != SQLITE_OK) return fail_look(db, rc, err);
    if (is_wal && reserve == SQLITE_DB_RESERVE_BYTES) return MNEME_OK;
    return error_field(err, MNEME_STORAGE, "", "corrupt",
                       "the file is not a mneme store, or its header is damaged");
}

// The file is open: finds out what it is, makes it a store if it is empty, and settles.
static enum mneme_code look(struct sqlite_db *db, struct mneme_error *err)
{
    bool is_wal;
    int64_t pages = 1;
    bool is_write = db->base.options.mode == DB_WRITE;
    int rc = ask_journal(db, "PRAGMA journal_mode", &is_wal);
    if (!is_write && ((rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_READONLY)) {
        rc = reopen_immutable(db, rc);
        if (rc == SQLITE_OK) rc = ask_journal(db, "PRAGMA journal_mode", &is_wal);
        is_wal = true; // as the file says, though it is read without
    }
    if (rc == SQLITE_OK && !is_wal) rc = sqlite_db_exec(db, "PRAGMA page_count", &pages);
    if (rc == SQLITE_OK && !is_wal && pages > 0) // or another process has just made it
        rc = ask_journal(db, "PRAGMA journal_mode", &is_wal);
    if (rc == SQLITE_OK && pages == 0 && is_write) {
        rc = make(db, &is_wal);
        if (rc == SQLITE_OK && !is_wal)
            return error_set(err, MNEME_UNSUPPORTED,
                             "no write-ahead log on the file system of '%s'", db->path);
    }
    if (rc == SQLITE_OK && !db->is_new) rc = set_sync(db, SYNC_FULL);
    if (rc == SQLITE_OK)
        rc = sqlite_db_exec(db, is_write ? "PRAGMA cache_size = -8192" : "PRAGMA query_only = ON",
                            NULL);
    if (rc != SQLITE_OK) return fail_look(db, rc, err);
    bool is_empty = pages == 0 && !is_write;
    return is_empty ? MNEME_OK : check_form(db, is_wal, err);
}

static enum mneme_code open_store(struct sqlite_db *db, struct mneme_error *err)
{
    bool is_write = db->base.options.mode == DB_WRITE;
    // Private from the first moment, where the system lets us; no descriptor is opened for it, for closing one would
    // drop the locks that another thread may hold on the file by then.
    if (is_write && !db->base.options.vfs) (void)mknod(db->path, S_IFREG | 0600, 0);
    int rc = open_file(
        db, db->path, is_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    if (rc != SQLITE_OK) return fail_open(db, rc, err);
    if (is_write && sqlite3_db_readonly(db->handle, "main") == 1)
        return error_set(err, MNEME_DENIED, "no permission to write '%s'", db->path);
    if (db->base.options.verify_off) tell_shim(db, SQLITE_SHIM_VERIFY, false);
    return look(db, err);
}

enum mneme_code sqlite_db_open(const char *path, const struct db_options *options, struct db **out,
                               struct mneme_error *err)
{
    if (path[0] == '\0' || path[0] == ':') // both have a meaning of their own to SQLite
        return error_field(err, MNEME_INVALID, "url", "path", "'%s' names no file", path);
    if (options->mode == DB_WRITE && !sqlite_db_is_sound(sqlite3_libversion_number()))
        return error_set(err, MNEME_UNSUPPORTED,
                         "%s can lose commits; 3.51.3 or later is needed for writing",
                         sqlite_db_version());
    struct sqlite_db *db = mem_alloc_zero(1, sizeof *db);
    if (!db || sqlite_shim_start() != SQLITE_OK) {
        mem_free(db);
        return error_nomem(err);
    }
    db->base = (struct db){.ops = &sqlite_db_ops, .options = *options};
    db->path = mem_copy_text(path);
    db->vfs = sqlite3_vfs_find(options->vfs ? options->vfs : SQLITE_SHIM_STORE);
    enum mneme_code code = !db->path  ? error_nomem(err)
                           : !db->vfs ? error_set(err, MNEME_INTERNAL, "no such file layer")
                                      : open_store(db, err);
    if (code != MNEME_OK) {
        sqlite_db_close(&db->base);
        return code;
    }
    *out = &db->base;
    return MNEME_OK;
}

enum db_health sqlite_db_health(void)
{
    return sqlite_shim_is_latched() ? DB_READ_ONLY : DB_OK;
}
