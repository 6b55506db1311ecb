#include "sqlite_memory.h"

#include "base/alloc.h"

#include <criterion/criterion.h>
#include <sqlite3.h>

// SQLite asks for the size of its blocks, so it is kept before each.
union block {
    size_t size;
    max_align_t align;
};

static long blocks_in_use;

static void *sqlite_alloc(int size)
{
    union block *block = mem_alloc(sizeof *block + (size_t)size);
    if (!block) return NULL;
    block->size = (size_t)size;
    blocks_in_use++;
    return block + 1;
}

static void sqlite_free(void *memory)
{
    if (!memory) return;
    blocks_in_use--;
    mem_free((union block *)memory - 1);
}

static void *sqlite_resize(void *memory, int size)
{
    union block *block = mem_resize((union block *)memory - 1, sizeof *block + (size_t)size);
    if (!block) return NULL;
    block->size = (size_t)size;
    return block + 1;
}

static int sqlite_size(void *memory)
{
    return memory ? (int)((union block *)memory - 1)->size : 0;
}

static int sqlite_round_up(int size)
{
    return (size + 7) & ~7;
}

static int sqlite_start(void *context)
{
    (void)context;
    return SQLITE_OK;
}

static void sqlite_stop(void *context)
{
    (void)context;
}

void sqlite_memory_hook(void)
{
    static sqlite3_mem_methods methods = {sqlite_alloc,    sqlite_free,  sqlite_resize, sqlite_size,
                                          sqlite_round_up, sqlite_start, sqlite_stop,   NULL};
    cr_assert_eq(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    cr_assert_eq(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
}

long sqlite_memory_blocks(void)
{
    return blocks_in_use;
}

static struct {
    long count, fail_at;
    bool for_ever;
} failing;

static bool should_fail(void *context)
{
    (void)context;
    failing.count++;
    return failing.fail_at > 0 && (failing.count == failing.fail_at ||
                                   (failing.for_ever && failing.count > failing.fail_at));
}

void memory_fail_at(long n, bool for_ever)
{
    failing.count = 0;
    failing.fail_at = n;
    failing.for_ever = for_ever;
    mem_set_hook(should_fail, NULL);
}

long memory_fail_never(void)
{
    mem_set_hook(NULL, NULL);
    return failing.count;
}
