#include "shelf/installed.h"

#include "shelf/catalog.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct support_dir dir;
static struct arena arena;

static void begin(void)
{
    support_dir_init(&dir);
    arena_init(&arena);
    setenv("XDG_DATA_HOME", dir.path, 1);
}

static void end(void)
{
    arena_clear(&arena);
    support_dir_clear(&dir);
}

TestSuite(installed, .init = begin, .fini = end);

static void make_model(const char *name)
{
    char path[512];
    (void)mkdir(support_dir_file(&dir, "mneme"), 0700);
    (void)mkdir(support_dir_file(&dir, "mneme/models"), 0700);
    snprintf(path, sizeof path, "mneme/models/%s", name);
    cr_assert_eq(mkdir(support_dir_file(&dir, path), 0700), 0);
}

static const char *resolve(const char *model)
{
    const char *path;
    struct mneme_error err;
    cr_assert_eq(installed_resolve(model, &arena, &path, &err), MNEME_OK, "%s", err.message);
    return path;
}

static const char *folder_of(const char *name)
{
    const char *path;
    cr_assert_eq(installed_folder(name, &arena, &path, NULL), MNEME_OK);
    return path;
}

Test(installed, names_are_single_steps_of_a_path)
{
    static const char *const good[] = {"a", "all-MiniLM-L6-v2", "potion_base.2M", "9", NULL};
    static const char *const bad[] = {
        "",      ".",    "..",  ".hidden",           "-x", "a/b", "a\\b",
        "../up", "a\nb", "a b", "\xc3\xa9t\xc3\xa9", NULL};
    for (size_t i = 0; good[i] != NULL; i++) cr_assert(installed_is_name(good[i]), "%s", good[i]);
    for (size_t i = 0; bad[i] != NULL; i++) {
        const char *path;
        struct mneme_error err;
        cr_assert_not(installed_is_name(bad[i]), "%s", bad[i]);
        cr_assert_eq(installed_folder(bad[i], &arena, &path, &err), MNEME_INVALID);
        cr_assert_str_eq(err.field, "name");
        cr_assert_null(path);
        cr_assert_not(installed_is_there(bad[i], &arena));
    }
    char long_name[66];
    memset(long_name, 'a', 65);
    long_name[65] = '\0';
    cr_assert_not(installed_is_name(long_name));
    long_name[64] = '\0';
    cr_assert(installed_is_name(long_name));
}

Test(installed, a_list_has_folders_in_order_and_no_pull_on_its_way)
{
    struct installed_names names;
    cr_assert_eq(installed_list(&arena, &names, NULL), MNEME_OK);
    cr_assert_eq(names.count, 0);
    make_model("b");
    make_model("a");
    make_model(".pull-x");
    support_write_file(support_dir_file(&dir, "mneme/models/file"), "x", 1);
    cr_assert_eq(installed_list(&arena, &names, NULL), MNEME_OK);
    cr_assert_eq(names.count, 2);
    cr_assert_str_eq(names.names[0], "a");
    cr_assert_str_eq(names.names[1], "b");
}

Test(installed, without_anything_there_is_no_default)
{
    cr_assert_null(resolve(NULL));
    unsetenv("XDG_DATA_HOME");
    unsetenv("HOME");
    cr_assert_null(resolve(NULL));
    cr_assert_str_eq(resolve("hash"), "hash");
    struct installed_names names;
    cr_assert_eq(installed_list(&arena, &names, NULL), MNEME_OK);
    cr_assert_eq(names.count, 0);
    cr_assert_eq(installed_set_default("hash", NULL), MNEME_INVALID);
    cr_assert_not(installed_tell_once(&arena));
}

Test(installed, the_catalogues_default_is_used_when_it_is_there_and_nothing_chosen)
{
    make_model(CATALOG_DEFAULT);
    cr_assert_str_eq(resolve(NULL), folder_of(CATALOG_DEFAULT));
    cr_assert_eq(installed_set_default("hash", NULL), MNEME_OK);
    cr_assert_str_eq(resolve(NULL), "hash");
    cr_assert_eq(installed_set_default(CATALOG_DEFAULT, NULL), MNEME_OK);
    cr_assert_str_eq(resolve(NULL), folder_of(CATALOG_DEFAULT));
    cr_assert_eq(installed_set_default("/models/table.gge", NULL), MNEME_OK);
    cr_assert_str_eq(resolve(NULL), "/models/table.gge");
    support_write_file(support_dir_file(&dir, "mneme/model"), "\n", 1);
    cr_assert_str_eq(resolve(NULL), folder_of(CATALOG_DEFAULT)); // an empty choice is none
}

Test(installed, what_people_name_becomes_what_can_be_opened)
{
    struct mneme_error err;
    const char *path;
    make_model("tiny");
    cr_assert_str_eq(resolve("tiny"), folder_of("tiny"));
    cr_assert_str_eq(resolve("./tiny"), "./tiny");
    cr_assert_str_eq(resolve("none"), "hash");
    cr_assert_str_eq(resolve("ollama:nomic-embed-text"), "ollama:nomic-embed-text");
    cr_assert_eq(installed_resolve(CATALOG_DEFAULT, &arena, &path, &err), MNEME_UNAVAILABLE);
    cr_assert_not_null(strstr(err.message, "mneme model pull " CATALOG_DEFAULT));
}

Test(installed, a_choice_that_cannot_be_read_or_written_is_an_error)
{
    struct mneme_error err;
    const char *path;
    make_model("tiny");
    cr_assert_eq(mkdir(support_dir_file(&dir, "mneme/model"), 0700), 0);
    cr_assert_eq(installed_set_default("tiny", &err), MNEME_STORAGE);
    cr_assert_eq(installed_default(&arena, &path, &err),
                 MNEME_OK); // nothing can be read from a folder
    cr_assert_null(path);
}

Test(installed, tells_once)
{
    cr_assert(installed_tell_once(&arena));
    cr_assert_not(installed_tell_once(&arena));
}

static enum mneme_code resolve_default(void *context)
{
    struct arena own;
    const char *path;
    struct installed_names names;
    (void)context;
    arena_init(&own);
    enum mneme_code code = installed_resolve(NULL, &own, &path, NULL);
    if (code == MNEME_OK) {
        code = installed_list(&own, &names, NULL);
    }
    if (code == MNEME_OK) {
        code = installed_set_default("tiny", NULL);
    }
    arena_clear(&own);
    return code;
}

Test(installed, runs_out_of_memory_cleanly)
{
    make_model("tiny");
    cr_assert_eq(installed_set_default("tiny", NULL), MNEME_OK);
    cr_assert_gt(support_fail_each(resolve_default, NULL), 2);
}
