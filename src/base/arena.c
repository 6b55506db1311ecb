/*
 * A list of blocks, the newest first, each twice its predecessor up to a bound, filled from the front. What does not
 * fit a quarter of a block gets a block of its own behind the head, so that the head's rest is not lost.
 *
 * Under AddressSanitizer unused bytes are poisoned and a gap follows each piece, so that an overrun is found here as
 * it would be with malloc.
 */
#include "base/arena.h"

#include "base/alloc.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define GAP 16
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define GAP 0
#endif

#define ALIGNMENT alignof(max_align_t)
#define FIRST_BLOCK ((size_t)4 * 1024)
#define LARGEST_BLOCK ((size_t)256 * 1024)
#define GROW_FIRST 8 // items of an array that begins to grow

struct arena_block {
    struct arena_block *next;
    size_t used, capacity;
    alignas(max_align_t) char bytes[];
};

static struct arena_block *add_block(struct arena *arena, size_t capacity)
{
    struct arena_block *block = NULL;
    if (capacity <= SIZE_MAX - sizeof *block) block = mem_alloc(sizeof *block + capacity);
    if (!block) {
        arena->failed = true;
        return NULL;
    }
    block->used = 0;
    block->capacity = capacity;
    ASAN_POISON_MEMORY_REGION(block->bytes, capacity);
    return block;
}

/* A block with room for `size` bytes, or NULL. */
static struct arena_block *block_for(struct arena *arena, size_t size)
{
    struct arena_block *head = arena->head;
    if (head && head->capacity - head->used >= size) return head;

    size_t capacity = FIRST_BLOCK;
    if (head) capacity = head->capacity < LARGEST_BLOCK / 2 ? head->capacity * 2 : LARGEST_BLOCK;
    bool is_large = size > capacity / 4;
    struct arena_block *block = add_block(arena, is_large ? size : capacity);
    if (!block) return NULL;
    if (is_large && head) {
        block->next = head->next;
        head->next = block;
    } else {
        block->next = head;
        arena->head = block;
    }
    return block;
}

/* Memory that is not cleared. */
static void *take(struct arena *arena, size_t size)
{
    if (arena->failed) return NULL;
    size_t rounded = size > 0 ? size : 1;
    if (rounded > SIZE_MAX / 2) {
        arena->failed = true;
        return NULL;
    }
    rounded = (rounded + GAP + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_block *block = block_for(arena, rounded);
    if (!block) return NULL;
    char *bytes = block->bytes + block->used;
    block->used += rounded;
    arena->used_bytes += rounded;
    ASAN_UNPOISON_MEMORY_REGION(bytes, size);
    return bytes;
}

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

void arena_clear(struct arena *arena)
{
    struct arena_block *block = arena->head;
    while (block) {
        struct arena_block *next = block->next;
        ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->capacity);
        mem_free(block);
        block = next;
    }
    arena_init(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *bytes = take(arena, size);
    if (bytes) memset(bytes, 0, size);
    return bytes;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size) {
        arena->failed = true;
        return NULL;
    }
    return arena_alloc(arena, count * size);
}

void *arena_grow(struct arena *arena, const void *items, size_t *capacity, size_t needed,
                 size_t size)
{
    if (arena->failed) return NULL;
    if (items && needed <= *capacity)
        return (void *)(uintptr_t)items; // the arena's own memory, hence not really const

    size_t old = items ? *capacity : 0;
    size_t grown = old <= SIZE_MAX / 2 ? old * 2 : SIZE_MAX;
    if (grown < GROW_FIRST) grown = GROW_FIRST;
    if (grown < needed) grown = needed;
    char *moved = arena_alloc_array(arena, grown, size);
    if (!moved) return NULL;
    if (old > 0) memcpy(moved, items, old * size);
    *capacity = grown;
    return moved;
}

char *arena_text(struct arena *arena, const char *text)
{
    return text ? arena_copy(arena, text, strlen(text) + 1) : NULL;
}

char *arena_text_n(struct arena *arena, const char *bytes, size_t length)
{
    if (!bytes) return NULL;
    if (length == SIZE_MAX) {
        arena->failed = true;
        return NULL;
    }
    char *text = take(arena, length + 1);
    if (!text) return NULL;
    memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t length)
{
    if (!bytes) return NULL;
    void *copy = take(arena, length);
    if (copy) memcpy(copy, bytes, length);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    char *text = NULL;
    if (length < 0)
        arena->failed = true;
    else
        text = take(arena, (size_t)length + 1);
    if (text) (void)vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

bool arena_failed(const struct arena *arena)
{
    return arena->failed;
}
