#include "support/support.h"

#include "base/alloc.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <jansson.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_ALLOCATIONS 1000000 // of one body: past it something does not end
#define PATH_COUNT 8

struct failing {
    atomic_size_t count; // allocations so far
    size_t fails_at;     // counted from 1
    bool fails_on;       // and from there on
};

static bool fails(void *context)
{
    struct failing *failing = context;
    size_t number = atomic_fetch_add(&failing->count, 1) + 1;
    return number == failing->fails_at || (failing->fails_on && number > failing->fails_at);
}

/* Whether the run was disturbed. */
static bool run_failing(struct failing *failing, enum mneme_code (*body)(void *context),
                        void *context)
{
    mem_set_hook(fails, failing);
    enum mneme_code code = body(context);
    mem_set_hook(NULL, NULL);
    bool is_disturbed = atomic_load(&failing->count) >= failing->fails_at;
    if (is_disturbed)
        cr_assert(code == MNEME_NOMEM || code == MNEME_OK, "allocation %zu failed%s: %s",
                  failing->fails_at, failing->fails_on ? " as all after it" : "",
                  mneme_code_name(code));
    else
        cr_assert(code == MNEME_OK, "no allocation failed: %s", mneme_code_name(code));
    return is_disturbed;
}

size_t support_fail_each(enum mneme_code (*body)(void *context), void *context)
{
    for (size_t n = 1; n <= MAX_ALLOCATIONS; n++) {
        struct failing alone = {.fails_at = n};
        struct failing onwards = {.fails_at = n, .fails_on = true};
        bool is_disturbed = run_failing(&alone, body, context);
        if (!run_failing(&onwards, body, context) && !is_disturbed) return n - 1;
    }
    cr_assert_fail("more than %d allocations", MAX_ALLOCATIONS);
    return MAX_ALLOCATIONS;
}

void support_hook_jansson(void)
{
    json_set_alloc_funcs(mem_alloc, mem_free);
}

static void make_folder(struct support_dir *dir, const char *parent)
{
    int length = snprintf(dir->path, sizeof dir->path, "%s/mneme-test-XXXXXX", parent);
    cr_assert(length > 0 && (size_t)length < sizeof dir->path, "%s is too long", parent);
    cr_assert_not_null(mkdtemp(dir->path), "no folder %s", dir->path);
}

void support_dir_init(struct support_dir *dir)
{
    const char *parent = getenv("TMPDIR");
    make_folder(dir, parent && *parent ? parent : "/tmp");
}

void support_dir_init_in_memory(struct support_dir *dir)
{
    const char *parent = getenv("MNEME_TEST_MEMORY");
    if (parent && *parent)
        make_folder(dir, parent);
    else
        support_dir_init(dir);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status, (void)kind, (void)at;
    return remove(path);
}

void support_dir_clear(struct support_dir *dir)
{
    cr_assert_eq(nftw(dir->path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0, "cannot remove %s",
                 dir->path);
    dir->path[0] = '\0';
}

static const char *join(const char *folder, const char *name)
{
    static char paths[PATH_COUNT][PATH_MAX];
    static size_t next;
    char *path = paths[next++ % PATH_COUNT];
    int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    cr_assert(length > 0 && length < PATH_MAX, "the path of %s is too long", name);
    return path;
}

const char *support_dir_file(const struct support_dir *dir, const char *name)
{
    return join(dir->path, name);
}

void support_write_file(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file, "cannot write %s", path);
    size_t written = fwrite(bytes, 1, length, file);
    cr_assert_eq(fclose(file), 0, "cannot write %s", path);
    cr_assert_eq(written, length, "cannot write %s", path);
}

const char *support_data(const char *relative)
{
    const char *folder = getenv("MNEME_DATA");
    if (!folder || !*folder) return NULL;
    const char *path = join(folder, relative);
    return access(path, R_OK) == 0 ? path : NULL;
}
