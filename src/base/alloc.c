#include "base/alloc.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool (*hook_fails)(void *context);
static void *hook_context;

static bool refused(void)
{
    if (!hook_fails || !hook_fails(hook_context)) return false;
    errno = ENOMEM; // as malloc has it
    return true;
}

void *mem_alloc(size_t size)
{
    if (refused()) return NULL;
    return malloc(size > 0 ? size : 1);
}

void *mem_alloc_zero(size_t count, size_t size)
{
    if (refused()) return NULL;
    if (size > 0 && count > SIZE_MAX / size) return NULL;
    size_t total = count * size;
    return calloc(1, total > 0 ? total : 1);
}

void *mem_resize(void *block, size_t size)
{
    if (refused()) return NULL;
    return realloc(block, size > 0 ? size : 1);
}

char *mem_copy_text(const char *text)
{
    if (!text) return NULL;
    size_t size = strlen(text) + 1;
    char *copy = mem_alloc(size);
    if (copy) memcpy(copy, text, size);
    return copy;
}

void mem_free(void *block)
{
    free(block);
}

void mem_set_hook(bool (*fails)(void *context), void *context)
{
    hook_fails = fails;
    hook_context = context;
}
