/* That a model's files are, byte for byte, what was pulled: by the catalogue's hashes, for other models by those that
 * were noted when they were pulled (SHA256SUMS, which sha256sum -c reads too). */
#ifndef SHELF_VERIFY_H
#define SHELF_VERIFY_H

#include "base/arena.h"
#include "base/hash.h"
#include "shelf/catalog.h"

#define VERIFY_SUMS_FILE "SHA256SUMS"
#define VERIFY_HEX_BYTES (2 * SHA256_BYTES + 1)

struct verify_result {
    size_t files;
    uint64_t bytes;
};

/* `model` is NULL for one that the catalogue does not have. STORAGE with the rule `corrupt` names the first file that
 * is missing or not what it was; NOT_FOUND if nothing was noted. */
enum mneme_code verify_folder(const char *folder, const struct catalog_model *model,
                              struct verify_result *out, struct mneme_error *err) MUST_CHECK;

/* The hash of a whole file. NOT_FOUND if it is not there. */
enum mneme_code verify_hash_file(const char *path, char hex[VERIFY_HEX_BYTES], uint64_t *bytes,
                                 struct mneme_error *err) MUST_CHECK;

#endif
