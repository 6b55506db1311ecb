/*
 * What many tests need: a world without memory, a folder to throw away, data from beside the checkout.
 *
 * All of it fails the running test by itself when it cannot do what it says.
 */
#ifndef SUPPORT_SUPPORT_H
#define SUPPORT_SUPPORT_H

#include "mneme.h"

/*
 * Runs `body` with its n-th allocation failing, n = 1, 2, ..., once with that one alone and once with all after it too,
 * until it gets through undisturbed. Where an allocation failed the body has to return MNEME_NOMEM, or MNEME_OK if it
 * can do without; undisturbed it has to return MNEME_OK. It frees what it made either way (the leak checker watches).
 * Returns how many allocations the undisturbed run took. Allocations of all threads count.
 */
size_t support_fail_each(enum mneme_code (*body)(void *context), void *context);

/* From here on jansson allocates by base/alloc.h, so that its allocations fail too. Before it is used otherwise. */
void support_hook_jansson(void);

/* A new empty folder under $TMPDIR (or /tmp), and its removal with all that is in it. */
struct support_dir {
    char path[256];
};
void support_dir_init(struct support_dir *dir);
/* The same in memory, where no write waits for a disk, if the environment names such a folder (MNEME_TEST_MEMORY). */
void support_dir_init_in_memory(struct support_dir *dir);
void support_dir_clear(struct support_dir *dir);

/* The path of `name` in the folder. Good until the eighth call after this one. */
const char *support_dir_file(const struct support_dir *dir, const char *name);

/* Creates or replaces a file. */
void support_write_file(const char *path, const void *bytes, size_t length);

/* The path of a file or folder under $MNEME_DATA; NULL if it is not there. Good as long as that of support_dir_file. */
const char *support_data(const char *relative);

#endif
