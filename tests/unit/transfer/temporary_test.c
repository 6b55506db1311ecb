#include "transfer/temporary.h"

#include "support/support.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct support_dir dir;
static struct arena arena;

static void set_up(void)
{
    support_dir_init(&dir);
    arena_init(&arena);
    setenv("TMPDIR", dir.path, 1);
}

static void tear_down(void)
{
    arena_clear(&arena);
    support_dir_clear(&dir);
}

TestSuite(temporary, .init = set_up, .fini = tear_down);

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static const char *fill(const struct temporary_folder *folder)
{
    const char *file = arena_printf(&arena, "%s/eval.db", folder->path);
    int fd = open(file, O_CREAT | O_WRONLY, 0600);
    cr_assert_geq(fd, 0);
    close(fd);
    return file;
}

static void make_old(const char *path)
{
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

Test(temporary, a_folder_goes_with_its_files)
{
    struct temporary_folder folder;
    cr_assert_eq(temporary_folder_make(&arena, &folder, NULL), MNEME_OK);
    const char *path = folder.path;
    (void)fill(&folder);
    temporary_folder_remove(&folder);
    cr_expect_not(is_there(path));
}

Test(temporary, what_a_killed_process_left_is_removed_by_the_next)
{
    int ends[2];
    char path[300] = "";
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct temporary_folder folder;
        if (temporary_folder_make(&arena, &folder, NULL) != MNEME_OK) _exit(1);
        (void)fill(&folder);
        if (write(ends[1], folder.path, strlen(folder.path)) < 0) _exit(1);
        raise(SIGKILL);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_gt(read(ends[0], path, sizeof path - 1), 0);
    close(ends[0]);
    close(ends[1]);
    struct temporary_folder fresh, next;
    cr_assert_eq(temporary_folder_make(&arena, &fresh, NULL), MNEME_OK);
    cr_expect(is_there(path), "it may be one that is just being made");
    make_old(path);
    make_old(fresh.path);
    cr_assert_eq(temporary_folder_make(&arena, &next, NULL), MNEME_OK);
    cr_expect_not(is_there(path));
    cr_expect(is_there(fresh.path), "it is in use");
    temporary_folder_remove(&fresh);
    temporary_folder_remove(&next);
}

Test(temporary, what_is_not_of_our_making_stays)
{
    const char *shared = arena_printf(&arena, "%s/mneme-shared", dir.path);
    const char *longer = arena_printf(&arena, "%s/mneme-backups-of-mine", dir.path);
    struct temporary_folder next;
    cr_assert_eq(mkdir(shared, 0755), 0);
    cr_assert_eq(mkdir(longer, 0700), 0);
    make_old(shared);
    make_old(longer);
    cr_assert_eq(temporary_folder_make(&arena, &next, NULL), MNEME_OK);
    cr_expect(is_there(shared));
    cr_expect(is_there(longer));
    temporary_folder_remove(&next);
    rmdir(shared);
    rmdir(longer);
}
