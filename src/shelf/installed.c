#include "shelf/installed.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/paths.h"
#include "shelf/catalog.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHOICE_FILE "model"
#define TOLD_FILE ".no-model-told"
#define NAME_BYTES 64

bool installed_is_name(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strlen(name);
    return length > 0 && length <= NAME_BYTES && strspn(name, letters) > 0 &&
           strspn(name, all) == length;
}

enum mneme_code installed_folder(const char *name, struct arena *arena, const char **out,
                                 struct mneme_error *err)
{
    *out = NULL;
    if (!installed_is_name(name)) {
        return error_field(err, MNEME_INVALID, "name", "format",
                           "'%.64s' is no name of a model: letters, digits, '.', '_', '-'", name);
    }
    const char *below = arena_printf(arena, "models/%s", name);
    return below != NULL ? paths_data(arena, below, out, err) : error_nomem(err);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool installed_is_there(const char *name, struct arena *arena)
{
    const char *folder;
    return installed_is_name(name) && installed_folder(name, arena, &folder, NULL) == MNEME_OK &&
           is_folder(folder);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum mneme_code installed_list(struct arena *arena, struct installed_names *out,
                               struct mneme_error *err)
{
    const char *path;
    size_t capacity = 0;
    *out = (struct installed_names){0};
    enum mneme_code code = paths_data(arena, "models", &path, err);
    if (code != MNEME_OK) {
        return code == MNEME_INVALID ? MNEME_OK : code;
    }
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        // What begins with a dot is a pull on its way.
        if (out->count == LIMIT_MODELS || !installed_is_there(entry->d_name, arena)) {
            continue;
        }
        out->names = arena_grow(arena, out->names, &capacity, out->count + 1, sizeof *out->names);
        if (out->names == NULL) {
            break;
        }
        out->names[out->count++] = arena_text(arena, entry->d_name);
    }
    if (folder != NULL) {
        closedir(folder);
    }
    if (arena_failed(arena)) {
        return error_nomem(err);
    }
    if (out->count > 0) {
        qsort(out->names, out->count, sizeof *out->names, compare_names);
    }
    return MNEME_OK;
}

/* The chosen model's line; NULL if there is none. */
static enum mneme_code read_choice(const char *path, struct arena *arena, const char **out,
                                   struct mneme_error *err)
{
    char line[PATH_MAX + 1];
    *out = NULL;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT || errno == ENOTDIR
                   ? MNEME_OK
                   : error_field(err, MNEME_STORAGE, "model", "storage_error",
                                 "cannot read '%.80s': %s", path, strerror(errno));
    }
    size_t length = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[length] = '\0';
    length = strcspn(line, "\r\n");
    if (length > 0) {
        *out = arena_text_n(arena, line, length);
    }
    return length > 0 && *out == NULL ? error_nomem(err) : MNEME_OK;
}

enum mneme_code installed_default(struct arena *arena, const char **out, struct mneme_error *err)
{
    const char *path;
    *out = NULL;
    enum mneme_code code = paths_data(arena, CHOICE_FILE, &path, err);
    if (code != MNEME_OK) {
        return code == MNEME_INVALID ? MNEME_OK : code; // no home, no choice
    }
    code = read_choice(path, arena, out, err);
    if (code == MNEME_OK && *out == NULL && installed_is_there(CATALOG_DEFAULT, arena)) {
        *out = CATALOG_DEFAULT;
    }
    return code == MNEME_OK && arena_failed(arena) ? error_nomem(err) : code;
}

/* A file that is whole or not there: written beside and renamed. False: errno. */
static bool replace_file(const char *path, const char *beside, const char *text)
{
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    size_t length = strlen(text);
    bool is_written = write(fd, text, length) == (ssize_t)length && fsync(fd) == 0;
    is_written = close(fd) == 0 && is_written;
    if (is_written && rename(beside, path) == 0) {
        return true;
    }
    int reason = errno;
    unlink(beside);
    errno = reason;
    return false;
}

enum mneme_code installed_set_default(const char *model, struct mneme_error *err)
{
    struct arena arena;
    const char *path;
    arena_init(&arena);
    enum mneme_code code = paths_data(&arena, CHOICE_FILE, &path, err);
    if (code == MNEME_OK) {
        const char *beside = arena_printf(&arena, "%s.%ld", path, (long)getpid());
        const char *line = arena_printf(&arena, "%s\n", model);
        int failure = paths_make_above(path);
        if (beside == NULL || line == NULL || failure == ENOMEM) {
            code = error_nomem(err);
        } else if (failure != 0 || !replace_file(path, beside, line)) {
            code = error_field(err, MNEME_STORAGE, "model", "storage_error",
                               "cannot write '%.80s': %s", path,
                               strerror(failure != 0 ? failure : errno));
        }
    }
    arena_clear(&arena);
    return code;
}

bool installed_tell_once(struct arena *arena)
{
    const char *path;
    if (paths_data(arena, TOLD_FILE, &path, NULL) != MNEME_OK || paths_make_above(path) != 0) {
        return false;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

static enum mneme_code resolve_given(const char *model, struct arena *arena, const char **out,
                                     struct mneme_error *err)
{
    if (strcmp(model, "none") == 0) {
        *out = "hash";
        return MNEME_OK;
    }
    if (installed_is_there(model, arena)) {
        return installed_folder(model, arena, out, err);
    }
    if (catalog_find(model) != NULL && access(model, F_OK) != 0) {
        return error_field(err, MNEME_UNAVAILABLE, "model", "reference",
                           "the model '%s' is not here yet; `mneme model pull %s` gets it", model,
                           model);
    }
    *out = model;
    return arena_failed(arena) ? error_nomem(err) : MNEME_OK;
}

enum mneme_code installed_resolve(const char *model, struct arena *arena, const char **out,
                                  struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    *out = NULL;
    if (model == NULL) {
        code = installed_default(arena, &model, err);
    }
    return code == MNEME_OK && model != NULL ? resolve_given(model, arena, out, err) : code;
}
