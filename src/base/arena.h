/*
 * Arenas: memory with one named lifetime (request, batch, partition build). Blocks are never freed singly.
 *
 * A failed allocation is remembered: later ones fail too, and the owner asks arena_failed once before it uses or
 * publishes what it built. An arena belongs to one thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/error.h"

#include <stdarg.h>

struct arena_block;
struct arena {
    struct arena_block *head;
    size_t used_bytes; /* handed out since init or clear */
    bool failed;
};

void arena_init(struct arena *arena);
void arena_clear(struct arena *arena); /* frees all; usable again */

/* Zeroed memory aligned for any type; NULL when out of memory, and from then on. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_array(struct arena *arena, size_t count, size_t size); /* checks count * size */

/* Grows an array of `size`-byte items to hold at least `needed`; *capacity is raised; returns the array (moved, old
 * items copied) or NULL when out of memory. For typed pointers: items = arena_grow(arena, items, &cap, n, sizeof
 * *items). */
void *arena_grow(struct arena *arena, const void *items, size_t *capacity, size_t needed,
                 size_t size);

/* Copies: NULL for NULL, or when out of memory. */
char *arena_text(struct arena *arena, const char *text);
char *arena_text_n(struct arena *arena, const char *bytes, size_t length); /* adds the NUL */
void *arena_copy(struct arena *arena, const void *bytes, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

bool arena_failed(const struct arena *arena);

#endif
