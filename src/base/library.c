#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

const char *library_open(const char *const *names, const struct library_symbol *symbols,
                         size_t count)
{
    const char *first = *names;
    void *library = NULL;
    for (; library == NULL && *names != NULL; names++) {
        library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
    }
    if (library == NULL) {
        return first;
    }
    for (size_t i = 0; i < count; i++) {
        void *found = dlsym(library, symbols[i].name);
        if (found == NULL) {
            return symbols[i].name;
        }
        // ISO C has no cast from an object's pointer to a function's.
        memcpy(symbols[i].place, &found, sizeof found);
    }
    return NULL;
}
