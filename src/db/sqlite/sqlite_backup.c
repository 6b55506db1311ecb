/*
 * Online copies, and scrubbing.
 *
 * A copy is made inside one read transaction, so it is the store at one instant, and in one step, since copying in
 * small ones begins anew whenever another process writes. It grows under PATH.tmp, through the shim, is read back
 * whole, synced and renamed: a kill at any point leaves what was at PATH before. A lock on it keeps others from writing
 * there at the same time, and goes with the process. Beside the copy lies PATH.manifest; it is
 * removed before the rename and written after, so an old manifest never stands beside a new copy.
 */
#include "base/hash.h"
#include "base/strbuf.h"
#include "db/sqlite/sqlite_internal.h"
#include "db/sqlite/sqlite_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_PAGE_OFFSET INT64_C(0x40000000) // SQLite's locks lie there; the page is never written

struct backup {
    struct sqlite_db *db;
    const char *path;
    struct strbuf temporary, manifest, manifest_temporary; // names
    int64_t rows, changes;                                 // of the store, in the snapshot
    int64_t bytes;
    int lock; // a descriptor of the temporary file; -1: not ours yet
    char digest[2 * SHA256_BYTES + 1];
};

static enum mneme_code fail_system(const char *what, struct mneme_error *err)
{
    if (errno == EACCES || errno == EPERM || errno == EROFS)
        return error_set(err, MNEME_DENIED, "backup: no permission to %s", what);
    if (errno == ENOENT) return error_set(err, MNEME_NOT_FOUND, "backup: no folder to %s", what);
    bool is_full = errno == ENOSPC || errno == EDQUOT;
    return error_field(err, MNEME_STORAGE, "", is_full ? "storage_full" : "storage_error",
                       "backup: cannot %s (errno %d)", what, errno);
}

// --- names -----------------------------------------------------------------------------------

static enum mneme_code set_names(struct backup *backup, struct mneme_error *err)
{
    size_t max = strlen(backup->path) + 32;
    strbuf_init(&backup->temporary, max);
    strbuf_init(&backup->manifest, max);
    strbuf_init(&backup->manifest_temporary, max);
    strbuf_printf(&backup->temporary, "%s.tmp", backup->path);
    strbuf_printf(&backup->manifest, "%s.manifest", backup->path);
    strbuf_printf(&backup->manifest_temporary, "%s.manifest.tmp", backup->path);
    if (strbuf_code(&backup->temporary) != MNEME_OK || strbuf_code(&backup->manifest) != MNEME_OK ||
        strbuf_code(&backup->manifest_temporary) != MNEME_OK)
        return error_nomem(err);
    struct stat store, target;
    if (stat(backup->db->path, &store) == 0 && stat(backup->path, &target) == 0 &&
        store.st_dev == target.st_dev && store.st_ino == target.st_ino)
        return error_field(err, MNEME_INVALID, "path", "path", "a store is no backup of itself");
    return MNEME_OK;
}

// The temporary file, empty and ours alone, whether or not a killed process has left one.
static enum mneme_code claim_temporary(struct backup *backup, struct mneme_error *err)
{
    struct stat held, named;
    int fd = open(backup->temporary.text, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return fail_system("write it there", err);
    // Whoever had it may have renamed it between our opening and locking.
    bool is_ours = flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &held) == 0 &&
                   stat(backup->temporary.text, &named) == 0 && held.st_ino == named.st_ino &&
                   held.st_dev == named.st_dev;
    if (!is_ours) {
        (void)close(fd);
        return error_set(err, MNEME_BUSY, "backup: another is being written there");
    }
    backup->lock = fd;
    return ftruncate(fd, 0) == 0 ? MNEME_OK : fail_system("write it there", err);
}

// --- copying ---------------------------------------------------------------------------------

// Rows of all tables: what is counted in the snapshot must be found in the copy.
static int count_rows(sqlite3 *handle, int64_t *rows)
{
    sqlite3_stmt *tables;
    *rows = 0;
    int rc = sqlite3_prepare_v2(
        handle, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'",
        -1, &tables, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(tables)) == SQLITE_ROW) {
        sqlite3_stmt *count = NULL;
        char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", sqlite3_column_text(tables, 0));
        rc = sql ? sqlite3_prepare_v2(handle, sql, -1, &count, NULL) : SQLITE_NOMEM;
        sqlite3_free(sql);
        if (rc == SQLITE_OK) rc = sqlite3_step(count) == SQLITE_ROW ? SQLITE_OK : SQLITE_ERROR;
        if (rc == SQLITE_OK) *rows += sqlite3_column_int64(count, 0);
        int end = sqlite3_finalize(count);
        if (end != SQLITE_OK) rc = end;
    }
    (void)sqlite3_finalize(tables);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int copy_pages(struct backup *backup, sqlite3 *target)
{
    struct sqlite_db *db = backup->db;
    sqlite3_backup *copier = sqlite3_backup_init(target, "main", db->handle, "main");
    if (!copier) return sqlite3_extended_errcode(target);
    int rc = sqlite3_backup_step(copier, -1);
    for (int tries = 0;
         ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED) && sqlite_db_wait(db, tries);
         tries++)
        rc = sqlite3_backup_step(copier, -1);
    int end = sqlite3_backup_finish(copier);
    return rc == SQLITE_DONE ? end : rc;
}

// Nothing reads the copy before it is whole, so it needs neither journal nor syncs of its own.
static int open_target(struct backup *backup, sqlite3 **target)
{
    bool has_checksums = true;
    int rc = sqlite3_open_v2(backup->temporary.text, target,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                                 SQLITE_OPEN_EXRESCODE,
                             SQLITE_SHIM_COPY);
    if (rc != SQLITE_OK) return rc;
    (void)sqlite3_file_control(*target, "main", SQLITE_SHIM_CHECKSUMS, &has_checksums);
    return sqlite3_exec(*target, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL,
                        NULL);
}

static int copy(struct backup *backup)
{
    struct sqlite_db *db = backup->db;
    sqlite3 *target = NULL;
    int rc = sqlite_db_exec(db, "BEGIN", NULL);
    if (rc != SQLITE_OK) return rc;
    rc = count_rows(db->handle, &backup->rows);
    if (rc == SQLITE_OK)
        rc = sqlite_db_exec(db, "SELECT total(change_seq) FROM user", &backup->changes);
    if (rc == SQLITE_OK) rc = open_target(backup, &target);
    if (rc == SQLITE_OK) rc = copy_pages(backup, target);
    int end = sqlite3_close(target);
    if (rc == SQLITE_OK) rc = end;
    (void)sqlite_db_exec(db, "COMMIT", NULL); // it has only read
    return rc;
}

// --- looking whether it is good --------------------------------------------------------------

// Every page through the shim, those that no tree uses too, and the digest of all.
static int read_whole(struct backup *backup, sqlite3 *target, unsigned char digest[SHA256_BYTES])
{
    unsigned char page[SQLITE_DB_PAGE_BYTES];
    sqlite3_file *file = NULL;
    sqlite3_int64 size = 0;
    struct hash_stream *stream = hash_stream_new();
    if (!stream) return SQLITE_NOMEM;
    int rc = sqlite3_file_control(target, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (rc == SQLITE_OK) rc = file->pMethods->xFileSize(file, &size);
    for (sqlite3_int64 at = 0; rc == SQLITE_OK && at < size; at += (int)sizeof page) {
        if (at == LOCK_PAGE_OFFSET)
            memset(page, 0, sizeof page);
        else
            rc = file->pMethods->xRead(file, page, sizeof page, at);
        hash_stream_add(stream, page, sizeof page);
    }
    hash_stream_finish(stream, digest);
    backup->bytes = size;
    return rc;
}

// SQLITE_CORRUPT if the check finds anything: a row that is not `ok`.
static int run_check(sqlite3 *target, const char *sql)
{
    sqlite3_stmt *statement;
    int rc = sqlite3_prepare_v2(target, sql, -1, &statement, NULL);
    if (rc != SQLITE_OK) return rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (text && strcmp(text, "ok") == 0) continue;
        (void)sqlite3_finalize(statement);
        return text ? SQLITE_CORRUPT : SQLITE_NOMEM;
    }
    (void)sqlite3_finalize(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int verify(struct backup *backup)
{
    unsigned char digest[SHA256_BYTES] = {0};
    struct strbuf uri;
    sqlite3 *target = NULL;
    int64_t rows = 0;
    int rc = SQLITE_NOMEM;
    if (sqlite_db_immutable_uri(backup->temporary.text, &uri))
        rc = sqlite3_open_v2(uri.text, &target,
                             SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                                 SQLITE_OPEN_EXRESCODE,
                             SQLITE_SHIM_COPY);
    strbuf_clear(&uri);
    if (rc == SQLITE_OK) rc = read_whole(backup, target, digest);
    if (rc == SQLITE_OK) rc = run_check(target, "PRAGMA quick_check(1)");
    if (rc == SQLITE_OK) rc = run_check(target, "PRAGMA foreign_key_check");
    if (rc == SQLITE_OK) rc = count_rows(target, &rows);
    if (rc == SQLITE_OK && rows != backup->rows) rc = SQLITE_CORRUPT;
    (void)sqlite3_close(target);
    hash_hex(digest, sizeof digest, backup->digest);
    return rc;
}

// --- putting it in its place -----------------------------------------------------------------

static bool write_manifest(const struct backup *backup)
{
    char text[256];
    int length =
        snprintf(text, sizeof text,
                 "mneme backup 1\nsha256 %s\nbytes %lld\nrows %lld\nchanges %lld\n", backup->digest,
                 (long long)backup->bytes, (long long)backup->rows, (long long)backup->changes);
    int fd = open(backup->manifest_temporary.text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    bool done = write(fd, text, (size_t)length) == length && fsync(fd) == 0;
    return close(fd) == 0 && done;
}

static enum mneme_code publish(struct backup *backup, struct mneme_error *err)
{
    if (fsync(backup->lock) != 0) return fail_system("sync it", err);
    if (!write_manifest(backup)) return fail_system("write its manifest", err);
    if (unlink(backup->manifest.text) != 0 && errno != ENOENT)
        return fail_system("replace the old one", err);
    if (!sqlite_db_sync_folder(backup->path)) return fail_system("sync its folder", err);
    if (rename(backup->temporary.text, backup->path) != 0 ||
        rename(backup->manifest_temporary.text, backup->manifest.text) != 0)
        return fail_system("put it in its place", err);
    if (!sqlite_db_sync_folder(backup->path)) return fail_system("sync its folder", err);
    return MNEME_OK;
}

static enum mneme_code make(struct backup *backup, struct mneme_error *err)
{
    enum mneme_code code = set_names(backup, err);
    if (code == MNEME_OK) code = claim_temporary(backup, err);
    if (code != MNEME_OK) return code;
    int rc = copy(backup);
    if (rc == SQLITE_OK) rc = verify(backup);
    // What fails here is no reason to distrust the connection to the store.
    if (rc != SQLITE_OK) return sqlite_db_explain(backup->db, rc, "backup", err);
    return publish(backup, err);
}

enum mneme_code sqlite_db_backup(struct db *base, const char *path, struct mneme_error *err)
{
    struct backup backup = {.db = sqlite_db_of(base), .path = path, .lock = -1};
    sqlite_db_reset_all(backup.db);
    enum mneme_code code = make(&backup, err);
    if (code != MNEME_OK && backup.lock >= 0) {
        (void)unlink(backup.temporary.text);
        (void)unlink(backup.manifest_temporary.text);
    }
    if (backup.lock >= 0) (void)close(backup.lock);
    strbuf_clear(&backup.temporary);
    strbuf_clear(&backup.manifest);
    strbuf_clear(&backup.manifest_temporary);
    return code;
}

// --- scrubbing -------------------------------------------------------------------------------

// Zeroing what is deleted is not enough, since page splits leave copies in pages' free space. VACUUM writes all that
// is live anew; then the log, which holds the old pages, is emptied.
enum mneme_code sqlite_db_scrub(struct db *base, struct mneme_error *err)
{
    struct sqlite_db *db = sqlite_db_of(base);
    sqlite_db_reset_all(db);
    (void)sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 1); // VACUUM's own
    int rc = sqlite_db_exec(db, "PRAGMA temp_store = FILE", NULL);
    if (rc == SQLITE_OK) rc = sqlite_db_exec(db, "VACUUM", NULL);
    int end = sqlite_db_exec(db, "PRAGMA temp_store = MEMORY", NULL);
    (void)sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
    if (rc == SQLITE_OK) rc = end;
    if (rc != SQLITE_OK) return sqlite_db_fail(db, rc, "scrub", err);
    return base->ops->checkpoint(base, true, err);
}
