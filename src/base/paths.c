#include "base/paths.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum mneme_code paths_data(struct arena *arena, const char *name, const char **out,
                           struct mneme_error *err)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (data != NULL && data[0] == '/') {
        *out = arena_printf(arena, "%s/mneme/%s", data, name);
    } else if (home != NULL && home[0] == '/') {
        *out = arena_printf(arena, "%s/.local/share/mneme/%s", home, name);
    } else {
        *out = NULL;
        return error_set(err, MNEME_INVALID, "there is no home folder");
    }
    return *out != NULL ? MNEME_OK : error_nomem(err);
}

int paths_make_above(const char *path)
{
    char *copy = mem_copy_text(path);
    int failure = copy == NULL ? ENOMEM : 0;
    for (char *at = copy ? strchr(copy + 1, '/') : NULL; at != NULL && failure == 0;
         at = strchr(at + 1, '/')) {
        *at = '\0';
        failure = mkdir(copy, 0700) == 0 || errno == EEXIST ? 0 : errno;
        *at = '/';
    }
    mem_free(copy);
    return failure;
}
