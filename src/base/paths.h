/* Where a user's own files are. */
#ifndef BASE_PATHS_H
#define BASE_PATHS_H

#include "base/arena.h"

/* $XDG_DATA_HOME/mneme/NAME, else ~/.local/share/mneme/NAME. Nothing is made. INVALID without a home folder, which
 * *out = NULL also says. */
enum mneme_code paths_data(struct arena *arena, const char *name, const char **out,
                           struct mneme_error *err) MUST_CHECK;

/* Makes the folders above a path that are missing, for the user alone. 0 or errno. */
int paths_make_above(const char *path);

#endif
