/* Files and folders for the time of a call, under $TMPDIR, else /tmp. */
#ifndef TRANSFER_TEMPORARY_H
#define TRANSFER_TEMPORARY_H

#include "base/arena.h"

/* A file without a name, open for reading and writing; it is gone when *out is closed. */
enum mneme_code temporary_file(int *out, struct mneme_error *err) MUST_CHECK;

/*
 * A new folder for this user alone; its path lives in the arena. It is locked while it is in use, and the lock goes
 * with the process: folders that killed ones have left are known by that, and removed when the next one is made.
 */
struct temporary_folder {
    const char *path; /* NULL: none */
    int lock;
};
enum mneme_code temporary_folder_make(struct arena *arena, struct temporary_folder *out,
                                      struct mneme_error *err) MUST_CHECK;
/* Removes the folder and the files in it (no folders); what cannot be removed stays. */
void temporary_folder_remove(struct temporary_folder *folder);

#endif
