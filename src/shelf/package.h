/*
 * Where a model's files are taken from: a wheel, or a folder that has been unpacked already. Files are asked for by the
 * names that a model's files have, so nothing that a package contains chooses a path.
 */
#ifndef SHELF_PACKAGE_H
#define SHELF_PACKAGE_H

#include "base/arena.h"

#include <sys/types.h>

struct archive;
struct package {
    struct archive *archive; /* NULL: a folder */
    const char *folder;      /* the path, or what the members' names begin with */
};

/* The names of the files that a model may have, ended by NULL; the first must be there. */
extern const char *const package_files[];

/* A folder, or a file that is a wheel; in it the model lies where the first of the files is. NOT_FOUND for nothing,
 * INVALID for a package without a model. `package` lives as long as the arena. */
enum mneme_code package_open(struct package *out, const char *path, struct arena *arena,
                             struct mneme_error *err) MUST_CHECK;
void package_close(struct package *package); /* an empty one is allowed */

struct archive_member;
struct package_file {
    struct archive_member *member; /* NULL: fd */
    int fd;
};
/* *found is false, and nothing open, if the package has no such file. */
enum mneme_code package_file_open(const struct package *package, const char *name,
                                  struct package_file *out, bool *found, struct mneme_error *err)
    MUST_CHECK;
/* The next bytes; 0 at the end; -1 for a file that cannot be read. */
ssize_t package_file_read(struct package_file *file, void *out, size_t size);
void package_file_close(struct package_file *file);

#endif
