/*
 * A file's bytes, mapped read-only: what is not looked at is never read, and processes share the
 * pages.
 *
 * Replace a model by renaming a new file over the old one, or remove it: what is mapped stays. To
 * write into the file itself is a mistake, which mapped_file_check finds; only a piece cut away
 * between that and reading it still ends in SIGBUS.
 */
#ifndef EMBED_MAPPED_FILE_H
#define EMBED_MAPPED_FILE_H

#include "base/error.h"

#include <time.h>

struct mapped_file {
    const unsigned char *bytes;
    size_t length;
    int fd;                  /* where bytes is not NULL */
    struct timespec written; /* when it was written last, at opening */
};

/* INVALID for what is missing, unreadable, empty, no regular file or over LIMIT_MODEL_BYTES;
 * *out is then empty. */
enum mneme_code mapped_file_open(const char *path, struct mapped_file *out, struct mneme_error *err)
    MUST_CHECK;
/* UNAVAILABLE if the file has been written to or cut since it was opened. */
enum mneme_code mapped_file_check(const struct mapped_file *file, struct mneme_error *err)
    MUST_CHECK;
/* Gives back the memory of pages looked at so far; they are read again when they are needed. */
void mapped_file_rest(const struct mapped_file *file);
void mapped_file_close(struct mapped_file *file); /* an empty one is allowed */

#endif
