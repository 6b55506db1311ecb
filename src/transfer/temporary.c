/* Temporary files and folders. */
#include "transfer/temporary.h"

#include "base/env.h"
#include "base/timestamp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "mneme-" /* and six letters */
#define LEFT_SECONDS 60

static const char *base_folder(void)
{
    const char *given = getenv("TMPDIR");
    return given != NULL && given[0] == '/' ? given : "/tmp";
}

static const char *template_of(struct arena *arena)
{
    return arena_printf(arena, "%s/" PREFIX "XXXXXX", base_folder());
}

static enum mneme_code refuse(const char *what, struct mneme_error *err)
{
    return error_set(err, MNEME_STORAGE, "no temporary %s can be made in '%.60s': %s", what,
                     base_folder(), strerror(errno));
}

enum mneme_code temporary_file(int *out, struct mneme_error *err)
{
    struct arena arena;
    *out = -1;
    arena_init(&arena);
    char *path = arena_text(&arena, template_of(&arena));
    enum mneme_code code = path ? MNEME_OK : error_nomem(err);
    if (code == MNEME_OK) {
        *out = mkostemp(path, O_CLOEXEC);
        code = *out >= 0 ? MNEME_OK : refuse("file", err);
    }
    if (code == MNEME_OK) {
        unlink(path);
    }
    arena_clear(&arena);
    return code;
}

/* The files of an open folder, then the folder. */
static void empty(int folder, const char *path)
{
    int own = dup(folder);
    DIR *entries = own >= 0 ? fdopendir(own) : NULL;
    if (entries == NULL) {
        close(own);
        return;
    }
    rewinddir(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        unlinkat(folder, entry->d_name, 0);
    }
    closedir(entries);
    rmdir(path);
}

/* Ours, of our making, older than the moment between making and locking, and locked by nobody. */
static void remove_if_left(const char *path)
{
    const struct env env = env_system();
    struct stat status;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) {
        return;
    }
    bool is_ours = fstat(folder, &status) == 0 && status.st_uid == geteuid() &&
                   (status.st_mode & 07777) == 0700 &&
                   env.now_us(env.context) / US_PER_SECOND - status.st_mtime > LEFT_SECONDS;
    if (is_ours && flock(folder, LOCK_EX | LOCK_NB) == 0) {
        empty(folder, path);
    }
    close(folder);
}

static void remove_left(void)
{
    DIR *base = opendir(base_folder());
    struct arena arena;
    arena_init(&arena);
    for (struct dirent *entry; base != NULL && (entry = readdir(base)) != NULL;) {
        bool is_named = strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) == 0 &&
                        strlen(entry->d_name) == sizeof PREFIX - 1 + 6;
        const char *path =
            is_named ? arena_printf(&arena, "%s/%s", base_folder(), entry->d_name) : NULL;
        if (path != NULL) {
            remove_if_left(path);
        }
    }
    if (base != NULL) {
        closedir(base);
    }
    arena_clear(&arena);
}

enum mneme_code temporary_folder_make(struct arena *arena, struct temporary_folder *out,
                                      struct mneme_error *err)
{
    *out = (struct temporary_folder){.lock = -1};
    remove_left();
    char *path = arena_text(arena, template_of(arena));
    if (path == NULL) {
        return error_nomem(err);
    }
    if (mkdtemp(path) == NULL) {
        return refuse("folder", err);
    }
    out->path = path;
    out->lock = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (out->lock < 0 || flock(out->lock, LOCK_EX | LOCK_NB) != 0) {
        enum mneme_code code = refuse("folder", err);
        temporary_folder_remove(out);
        return code;
    }
    return MNEME_OK;
}

void temporary_folder_remove(struct temporary_folder *folder)
{
    if (folder->lock >= 0) {
        empty(folder->lock, folder->path);
        close(folder->lock);
    } else if (folder->path != NULL) {
        rmdir(folder->path);
    }
    *folder = (struct temporary_folder){.lock = -1};
}
