// Who may not write the store's file, or not see it at all. Root may do everything, so there a child becomes another.
#include "support/calls.h"

#include <criterion/criterion.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

// The runner's folder is its user's alone, so nobody else would come to a store in it.
static char folder[] = "/tmp/mneme-test-XXXXXX";
static char path[60];

static void set_up(void)
{
    struct env_fixed clock;
    struct env env = calls_env(&clock, CALLS_START_US, 47);
    mneme *memory;
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/store.db", folder);
    cr_assert_eq(calls_open_at(path, &env, NULL, "ada", &memory, NULL), MNEME_OK);
    calls_done(memory, "memory.remember", "{\"content\":\"Ada drinks green tea\"}");
    mneme_close(memory);
}

static void tear_down(void)
{
    (void)chmod(folder, 0700);
    (void)unlink(path);
    (void)rmdir(folder);
}

TestSuite(permission, .init = set_up, .fini = tear_down);

static bool become_another(void)
{
    return geteuid() != 0 ||
           (setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

/* Opens as somebody who is not the owner, or without his rights, and calls. */
static enum mneme_code open_as_another(const struct mneme_options *options, const char *operation,
                                       const char *json, char *text, size_t size)
{
    mneme *memory = NULL;
    mneme_result *result = NULL;
    struct mneme_error error = {0};
    enum mneme_code code = mneme_open(options, &memory, &error);
    if (code == MNEME_OK) {
        code = mneme_call(memory, operation, json, &result, &error);
    }
    (void)snprintf(text, size, "%s", code == MNEME_OK ? mneme_result_json(result) : error.message);
    mneme_result_free(result);
    mneme_close(memory);
    return code;
}

struct told {
    enum mneme_code code;
    char text[2000];
};

static struct told ask(bool read_only, const char *operation, const char *json)
{
    const struct mneme_options options = {.size = sizeof options,
                                          .url = path,
                                          .user = "ada",
                                          .model = "hash",
                                          .must_exist = true,
                                          .read_only = read_only};
    struct told told = {.code = MNEME_INTERNAL};
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        if (!become_another()) _exit(1);
        told.code = open_as_another(&options, operation, json, told.text, sizeof told.text);
        _exit(write(ends[1], &told, sizeof told) == (ssize_t)sizeof told ? 0 : 1);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    cr_assert_eq(read(ends[0], &told, sizeof told), (ssize_t)sizeof told);
    close(ends[0]);
    close(ends[1]);
    return told;
}

#define RECALL "memory.recall", "{\"text\":\"green tea\"}"

Test(permission, who_may_read_the_file_is_answered_and_cannot_write)
{
    cr_assert_eq(chmod(path, 0444), 0);
    cr_assert_eq(chmod(folder, 0777), 0);
    struct told told = ask(true, RECALL);
    cr_assert_eq(told.code, MNEME_OK, "%s", told.text);
    cr_expect_not_null(strstr(told.text, "Ada drinks green tea"), "%s", told.text);
    told = ask(false, "memory.remember", "{\"content\":\"not written\"}");
    cr_expect_eq(told.code, MNEME_DENIED, "%s", told.text);
    told = ask(true, "memory.remember", "{\"content\":\"not written\"}");
    cr_expect_eq(told.code, MNEME_UNSUPPORTED, "%s", told.text);
}

Test(permission, who_may_not_write_beside_the_file_is_told_so)
{
    cr_assert_eq(chmod(path, 0444), 0);
    cr_assert_eq(chmod(folder, 0555), 0);
    struct told told = ask(true, RECALL);
    cr_expect_eq(told.code, MNEME_DENIED, "%s", told.text);
    cr_expect_not_null(strstr(told.text, "write beside"), "%s", told.text);
}

Test(permission, who_may_not_read_the_file_is_denied_not_told_that_it_is_empty)
{
    cr_assert_eq(chmod(path, 0), 0);
    cr_assert_eq(chmod(folder, 0555), 0);
    struct told told = ask(true, RECALL);
    cr_expect_eq(told.code, MNEME_DENIED, "%s", told.text);
    told = ask(false, RECALL);
    cr_expect_eq(told.code, MNEME_DENIED, "%s", told.text);
}

Test(permission, who_may_not_enter_the_folder_is_denied)
{
    cr_assert_eq(chmod(folder, 0), 0);
    struct told told = ask(true, RECALL);
    cr_expect_eq(told.code, MNEME_DENIED, "%s", told.text);
}
