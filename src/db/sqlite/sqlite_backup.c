#include "db/sqlite/sqlite_internal.h"
enum mneme_code sqlite_db_backup(struct db *base, const char *path, struct mneme_error *err)
{
    (void)base;
    (void)path;
    return error_set(err, MNEME_UNSUPPORTED, "no backup yet");
}

// VACUUM, since page splits leave copies in pages' free space; then the log, which holds old pages, is emptied.
enum mneme_code sqlite_db_scrub(struct db *base, struct mneme_error *err)
{
    struct sqlite_db *db = sqlite_db_of(base);
    (void)sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 1); // VACUUM's own
    int rc = sqlite_db_exec(db, "PRAGMA temp_store = FILE", NULL);
    if (rc == SQLITE_OK) rc = sqlite_db_exec(db, "VACUUM", NULL);
    if (rc == SQLITE_OK) rc = sqlite_db_exec(db, "PRAGMA temp_store = MEMORY", NULL);
    (void)sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
    if (rc != SQLITE_OK) return sqlite_db_fail(db, rc, "scrub", err);
    return base->ops->checkpoint(base, true, err);
}
