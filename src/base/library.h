/*
 * Libraries that are opened when they are first wanted, so that programs which never want them need not have them. One
 * that was opened stays: it may have threads, or have left addresses with others.
 */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/* A function of the library, and the pointer to a function that gets its address. */
struct library_symbol {
    const char *name;
    void *place;
};

/* Opens the first of the file names (NULL-terminated) that is there and fills every place. NULL: it did; else what is
 * missing: the first file name, or the name of a function (then some places are filled, and none is to be used). Not
 * for several threads at once: callers have a pthread_once_t. */
const char *library_open(const char *const *names, const struct library_symbol *symbols,
                         size_t count);

#endif
