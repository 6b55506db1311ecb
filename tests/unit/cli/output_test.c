#include "cli/output.h"

#include "support/support.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct support_dir dir;
static struct output output;
static struct mneme_error error;

static void set_up(void)
{
    support_dir_init(&dir);
}

static void tear_down(void)
{
    support_dir_clear(&dir);
}

TestSuite(output, .init = set_up, .fini = tear_down);

static size_t size_of(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 ? (size_t)found.st_size : SIZE_MAX;
}

Test(output, lets_a_file_appear_when_it_is_whole)
{
    static char block[100000];
    const char *path = support_dir_file(&dir, "out"), *part = support_dir_file(&dir, "out.part");
    support_write_file(path, "old", 3);
    cr_assert_eq(output_open_file(&output, path, &error), MNEME_OK);
    cr_assert(output_add(&output, block, sizeof block));
    cr_assert_eq(size_of(path), 3);
    cr_assert_neq(size_of(part), SIZE_MAX);
    cr_assert_eq(output_finish(&output, &error), MNEME_OK);
    cr_assert_eq(size_of(path), sizeof block);
    cr_assert_eq(size_of(part), SIZE_MAX);
}

Test(output, leaves_nothing_behind_when_it_is_dropped)
{
    const char *path = support_dir_file(&dir, "out"), *part = support_dir_file(&dir, "out.part");
    support_write_file(path, "old", 3);
    cr_assert_eq(output_open_file(&output, path, &error), MNEME_OK);
    cr_assert(output_add(&output, "new", 3));
    output_drop(&output);
    cr_assert_eq(size_of(path), 3);
    cr_assert_eq(size_of(part), SIZE_MAX);
}

Test(output, writes_a_device_as_it_is_and_says_that_it_is_full)
{
    struct stat found;
    cr_assert_eq(output_open_file(&output, "/dev/full", &error), MNEME_OK);
    cr_assert(output_add(&output, "x", 1));
    cr_assert_eq(output_finish(&output, &error), MNEME_STORAGE);
    cr_assert_str_eq(error.rule, "storage_full");
    cr_assert_str_eq(error.field, "output");
    cr_assert(stat("/dev/full", &found) == 0 && S_ISCHR(found.st_mode));
    cr_assert(!output_is_reader_gone(&output));
}

Test(output, says_where_no_file_can_be)
{
    cr_assert_eq(output_open_file(&output, support_dir_file(&dir, "no/such/folder"), &error),
                 MNEME_STORAGE);
    cr_assert_str_eq(error.field, "output");
}

Test(output, knows_that_its_reader_has_gone)
{
    int ends[2];
    (void)signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(output_open_stdout(&output, &error), MNEME_OK);
    output.fd = ends[1];
    close(ends[0]);
    cr_assert(output_add(&output, "x", 1));
    cr_assert_eq(output_finish(&output, &error), MNEME_STORAGE);
    cr_assert(output_is_reader_gone(&output));
}
