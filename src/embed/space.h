/* Names of spaces: what made a vector, down to the bytes of the model's files. */
#ifndef EMBED_SPACE_H
#define EMBED_SPACE_H

#include "embed/mapped_file.h"

#define SPACE_MAX 200 /* bytes of a space's name */

/* KIND:NAME:DIMENSION:FINGERPRINT, NAME being the last part of the path, the fingerprint being over
 * the files. */
void space_name(const char *kind, const char *path, size_t dimension,
                const struct mapped_file *files, size_t file_count, char out[SPACE_MAX + 1]);

#endif
