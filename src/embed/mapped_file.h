/*
 * A file's bytes, mapped read-only: what is not looked at is never read, and processes share the
 * pages.
 *
 * The file must not be shortened while it is mapped (the system answers with SIGBUS); replace a
 * model by renaming a new file over the old one.
 */
#ifndef EMBED_MAPPED_FILE_H
#define EMBED_MAPPED_FILE_H

#include "base/error.h"

struct mapped_file {
    const unsigned char *bytes;
    size_t length;
};

/* INVALID for what is missing, unreadable, empty, no regular file or over LIMIT_MODEL_BYTES;
 * *out is then empty. */
enum mneme_code mapped_file_open(const char *path, struct mapped_file *out, struct mneme_error *err)
    MUST_CHECK;
/* Gives back the memory of pages looked at so far; they are read again when they are needed. */
void mapped_file_rest(const struct mapped_file *file);
void mapped_file_close(struct mapped_file *file); /* an empty one is allowed */

#endif
