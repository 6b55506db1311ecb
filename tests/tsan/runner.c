/*
 * Runs the tests in MODE=tsan, each in a process of its own, with the options and the summary of Criterion that
 * tools/run_tests.sh uses.
 */
#include "criterion/criterion.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_SKIPPED = 77, SECONDS_DEFAULT = 120 };

static struct test *tests;
static bool has_failed;

void test_register(struct test *test)
{
    test->next = tests;
    tests = test;
}

void test_skip(const char *reason)
{
    fprintf(stderr, "%s\n", reason);
    _exit(EXIT_SKIPPED);
}

void test_failed(bool is_fatal, const char *file, int line, const char *claim)
{
    fprintf(stderr, "[----] %s:%d: expected: %s\n", file, line, claim);
    has_failed = true;
    if (is_fatal) exit(EXIT_FAILED); // not _exit: ThreadSanitizer reports when the process ends
}

static const struct test_options *suite_options(const char *suite)
{
    static const struct test_options none;
    for (const struct test *test = tests; test; test = test->next)
        if (!test->run && strcmp(test->suite, suite) == 0) return &test->options;
    return &none;
}

static void run_here(const struct test *test, unsigned seconds)
{
    const struct test_options *suite = suite_options(test->suite);
    void (*init)(void) = test->options.init ? test->options.init : suite->init;
    void (*fini)(void) = test->options.fini ? test->options.fini : suite->fini;
    alarm(seconds);
    if (init) init();
    test->run();
    if (fini) fini();
    exit(has_failed ? EXIT_FAILED : 0);
}

/* The exit status, or 128 and the signal. */
static int run_apart(const struct test *test, unsigned seconds)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) run_here(test, seconds);
    if (child < 0 || waitpid(child, &status, 0) < 0) return EXIT_FAILED;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    const char *filter = "*", *summary = NULL;
    unsigned seconds = SECONDS_DEFAULT;
    int passed = 0, failed = 0, skipped = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--filter") == 0 && i + 1 < argc) filter = argv[++i];
        if (strcmp(argv[i], "--timeout") == 0 && i + 1 < argc)
            seconds = (unsigned)strtoul(argv[++i], NULL, 10);
        if (strncmp(argv[i], "--json=", 7) == 0) summary = argv[i] + 7;
    }
    for (const struct test *test = tests; test; test = test->next) {
        char name[256];
        snprintf(name, sizeof name, "%s/%s", test->suite, test->name);
        if (!test->run || test->options.disabled || fnmatch(filter, name, 0) != 0) continue;
        int status = run_apart(test, seconds);
        if (status == 0)
            passed++;
        else if (status == EXIT_SKIPPED)
            skipped++;
        else
            failed++;
        if (status != 0 && status != EXIT_SKIPPED)
            fprintf(stderr, "[FAIL] %s: exit status %d\n", name, status);
    }
    FILE *file = summary ? fopen(summary, "w") : NULL;
    if (file) {
        fprintf(file,
                "{\n  \"passed\": %d,\n  \"failed\": %d,\n  \"skipped\": %d,\n  \"runner\": "
                "\"tsan\"\n}\n",
                passed, failed, skipped);
        fclose(file);
    }
    return failed > 0;
}
