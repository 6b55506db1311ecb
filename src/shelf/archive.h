/*
 * A zip archive, read by libzip, whose types stay in archive.c. The library is loaded when the first archive is opened:
 * only who pulls a model waits for it.
 *
 * Archives are hostile: members are asked for by our names, never written under theirs, and read no further than the
 * caller has room. An archive and its members belong to one thread.
 */
#ifndef SHELF_ARCHIVE_H
#define SHELF_ARCHIVE_H

#include "base/arena.h"

#include <sys/types.h>

struct archive;
struct archive_member;

/* UNSUPPORTED if libzip is not there, NOT_FOUND for no file, INVALID for one that is no sound archive or has more than
 * LIMIT_ARCHIVE_MEMBERS. */
enum mneme_code archive_open(const char *path, struct archive **out, struct mneme_error *err)
    MUST_CHECK;
void archive_close(struct archive *archive); /* NULL is allowed */

/* What stands before `name` in the first member that is called so or ends in /name; false if there is none. */
bool archive_find_folder(struct archive *archive, const char *name, struct arena *arena,
                         const char **out);
/* NULL in *out if there is no such member. */
enum mneme_code archive_member_open(struct archive *archive, const char *name,
                                    struct archive_member **out, struct mneme_error *err)
    MUST_CHECK;
/* The next bytes; 0 at the end; -1 for damage, of which a wrong checksum at the end is one. */
ssize_t archive_member_read(struct archive_member *member, void *out, size_t size);
void archive_member_close(struct archive_member *member); /* NULL is allowed */

#endif
