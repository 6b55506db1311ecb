/* Temporary files and folders. */
#include "transfer/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *base_folder(void)
{
    const char *given = getenv("TMPDIR");
    return given != NULL && given[0] == '/' ? given : "/tmp";
}

static const char *template_of(struct arena *arena)
{
    return arena_printf(arena, "%s/mneme-XXXXXX", base_folder());
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

enum mneme_code temporary_folder(struct arena *arena, const char **out, struct mneme_error *err)
{
    char *path = arena_text(arena, template_of(arena));
    *out = NULL;
    if (path == NULL) {
        return error_nomem(err);
    }
    if (mkdtemp(path) == NULL) {
        return refuse("folder", err);
    }
    *out = path;
    return MNEME_OK;
}

void temporary_folder_remove(const char *path)
{
    DIR *folder = opendir(path);
    if (folder != NULL) {
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            unlinkat(dirfd(folder), entry->d_name, 0);
        }
        closedir(folder);
    }
    rmdir(path);
}
