/*
 * SQLite's results as ours. SQLite's own messages may quote SQL or stored values, so only its fixed words for the code
 * are passed on; of a broken unique key also the column's name, which is schema and no data.
 */
#include "db/sqlite/sqlite_db.h"
#include "db/sqlite/sqlite_internal.h"

#include <string.h>

// "UNIQUE constraint failed: memory.user_id, memory.key" gives "key".
static void last_column(const char *message, char *out, size_t size)
{
    const char *dot = strrchr(message, '.');
    size_t length = dot ? strspn(dot + 1, "abcdefghijklmnopqrstuvwxyz_") : 0;
    if (length >= size || (dot && dot[1 + length] != '\0')) length = 0;
    if (length > 0) memcpy(out, dot + 1, length);
    out[length] = '\0';
}

static enum mneme_code fail_constraint(struct sqlite_db *db, int rc, const char *what,
                                       struct mneme_error *err)
{
    char column[sizeof err->field];
    switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        last_column(sqlite3_errmsg(db->handle), column, sizeof column);
        return error_field(err, MNEME_CONFLICT, column, "unique", "%s: already there", what);
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return error_field(err, MNEME_CONFLICT, "", "reference",
                           "%s: refers to a row that is not there", what);
    default:
        return error_set(err, MNEME_INTERNAL, "%s: a rule of the schema refuses it (SQLite %d)",
                         what, rc);
    }
}

static enum mneme_code fail_readonly(int rc, const char *what, struct mneme_error *err)
{
    if (sqlite_db_health() == DB_READ_ONLY)
        return error_field(err, MNEME_STORAGE, "", "storage_error",
                           "%s: a sync failed; the store is read only until a restart", what);
    if (rc == SQLITE_READONLY_RECOVERY || rc == SQLITE_READONLY_ROLLBACK ||
        rc == SQLITE_READONLY_CANTINIT)
        return error_set(err, MNEME_DENIED,
                         "%s: the store was not closed in order and cannot be mended here", what);
    return error_set(err, MNEME_DENIED, "%s: the store may not be written", what);
}

static enum mneme_code fail_lock(struct sqlite_db *db, const char *what, struct mneme_error *err)
{
    const struct env *env = db->base.options.env;
    if (db->deadline_us != 0 && env->monotonic_us(env->context) >= db->deadline_us)
        return error_set(err, MNEME_TIMEOUT, "%s: the deadline passed", what);
    return error_set(err, MNEME_BUSY, "%s: another process holds the store", what);
}

static enum mneme_code fail_storage(int rc, const char *what, const char *rule,
                                    struct mneme_error *err)
{
    return error_field(err, MNEME_STORAGE, "", rule, "%s: %s (SQLite %d)", what, sqlite3_errstr(rc),
                       rc);
}

static bool is_damage(int rc)
{
    int primary = rc & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || rc == SQLITE_IOERR_DATA ||
           rc == SQLITE_IOERR_CORRUPTFS;
}

enum mneme_code sqlite_db_explain(struct sqlite_db *db, int rc, const char *what,
                                  struct mneme_error *err)
{
    if (is_damage(rc)) return fail_storage(rc, what, "corrupt", err);
    if (rc == SQLITE_IOERR_NOMEM) return error_nomem(err);
    switch (rc & 0xff) {
    case SQLITE_NOMEM: return error_nomem(err);
    case SQLITE_FULL: return fail_storage(rc, what, "storage_full", err);
    case SQLITE_IOERR:
        // A latched file layer refuses with a plain I/O error.
        if (sqlite_db_health() == DB_READ_ONLY) return fail_readonly(rc, what, err);
        return fail_storage(rc, what, "storage_error", err);
    case SQLITE_CANTOPEN: return fail_storage(rc, what, "storage_error", err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return fail_lock(db, what, err);
    case SQLITE_INTERRUPT: return error_set(err, MNEME_TIMEOUT, "%s: the deadline passed", what);
    case SQLITE_CONSTRAINT: return fail_constraint(db, rc, what, err);
    case SQLITE_READONLY: return fail_readonly(rc, what, err);
    case SQLITE_PERM:
    case SQLITE_AUTH: return error_set(err, MNEME_DENIED, "%s: %s", what, sqlite3_errstr(rc));
    case SQLITE_TOOBIG:
        return error_field(err, MNEME_LIMIT, "", "max_bytes", "%s: a value is too long", what);
    default:
        return error_set(err, MNEME_INTERNAL, "%s: %s (SQLite %d)", what, sqlite3_errstr(rc), rc);
    }
}

static bool leaves_suspect(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CORRUPT: return true;
    default: return false;
    }
}

enum mneme_code sqlite_db_fail(struct sqlite_db *db, int rc, const char *what,
                               struct mneme_error *err)
{
    enum mneme_code code = sqlite_db_explain(db, rc, what, err);
    // SQLite may have rolled back by itself; what follows would then run, and commit, one by one.
    bool is_gone = db->base.in_transaction && sqlite3_get_autocommit(db->handle);
    if (is_gone || (db->base.options.mode == DB_WRITE && leaves_suspect(rc))) {
        db->base.must_reopen = true;
        db->base.reopen_code = code;
    }
    return code;
}
