/*
 * The only callers of malloc, realloc and free, and the seam through which tests make the n-th allocation fail.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* NULL when out of memory (or when the hook says so). Sizes of 0 give a block of 1. The memory is not cleared. */
void *mem_alloc(size_t size);
void *mem_alloc_zero(size_t count, size_t size); /* NULL on overflow too */
void *mem_resize(void *block, size_t size);      /* the old block stays when it fails */
char *mem_copy_text(const char *text);           /* NULL for NULL or when out of memory */
void mem_free(void *block);                      /* NULL is allowed */

/* Tests only: `fails` is asked before each allocation; NULL takes the hook out. Not to be changed while calls run. */
void mem_set_hook(bool (*fails)(void *context), void *context);

#endif
