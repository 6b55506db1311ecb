/*
 * start FOLDER JSON PROGRAM: from exec of `mneme recall` to its first line and to its end, on stores of 1,000, 10,000
 * and 100,000 memories whose pages the system has in memory; beside a program that does nothing and one that only says
 * its version. All take turns.
 */
#include "base/alloc.h"
#include "support/corpus.h"
#include "support/measure.h"
#include "support/report.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS 7
#define STARTS 5       // of a run
#define LARGE_STARTS 1 // of a run, of the largest store
#define BATCH 1000
#define ARGUMENTS 10

struct program {
    const char *name, *label;
    const char *arguments[ARGUMENTS];
    size_t starts;
    char *store;
    struct latencies first, whole; /* of one run */
    struct series first_ms, whole_ms;
};

enum { NOTHING, VERSION, SMALL, MIDDLE, LARGE, TABLE, PROGRAMS };

static const char *folder, *binary;
static size_t runs;
static struct report *report;

static void run(struct program *program)
{
    int output[2];
    char block[4096];
    pid_t child;
    posix_spawn_file_actions_t actions;
    if (pipe2(output, O_CLOEXEC) != 0 || posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO) != 0)
        die("no pipe");
    char *arguments[ARGUMENTS + 1] = {NULL};
    for (size_t i = 0; i < ARGUMENTS && program->arguments[i]; i++)
        arguments[i] = must_print("%s", program->arguments[i]);
    int64_t start = clock_ns();
    if (posix_spawn(&child, arguments[0], &actions, NULL, arguments, environ) != 0)
        die("cannot run '%s'", arguments[0]);
    (void)close(output[1]);
    ssize_t got = read(output[0], block, sizeof block);
    int64_t first = clock_ns();
    while (got > 0) got = read(output[0], block, sizeof block);
    int status;
    if (waitpid(child, &status, 0) != child || status != 0)
        die("'%s %s' has failed", arguments[0], arguments[1] ? arguments[1] : "");
    latencies_add(&program->first, first - start);
    latencies_add(&program->whole, clock_ns() - start);
    (void)close(output[0]);
    (void)posix_spawn_file_actions_destroy(&actions);
    for (size_t i = 0; i < ARGUMENTS; i++) free(arguments[i]);
}

static char *make_store(const char *name, size_t size, const char *model)
{
    struct mneme_error error = {0};
    char *path = must_print("%s/%s.db", folder, name);
    remove_store(path);
    mneme *memory;
    struct mneme_options options = {
        .size = sizeof options, .url = path, .model = model ? model : "hash"};
    must(mneme_open(&options, &memory, &error), path, &error);
    for (size_t first = 0; first < size; first += BATCH) {
        mneme_result *result;
        char *batch = corpus_batch(first, BATCH);
        must(mneme_call(memory, "memory.remember_batch", batch, &result, &error), path, &error);
        mneme_result_free(result);
        mem_free(batch);
    }
    mneme_close(memory);
    return path;
}

static struct program recall_from(const char *name, const char *label, size_t size,
                                  const char *model)
{
    static char *question;
    if (!question) {
        struct strbuf text;
        strbuf_init(&text, 1024);
        corpus_question(500, &text);
        question = strbuf_take(&text);
        if (!question) die("out of memory");
    }
    char *store = make_store(name, size, model);
    return (struct program){.name = name,
                            .label = label,
                            .arguments = {binary, "--db", store, "--model", model ? model : "hash",
                                          "--json", "recall", question},
                            .starts = size > 10000 ? LARGE_STARTS : STARTS,
                            .store = store};
}

static void set_up(struct program *all)
{
    all[NOTHING] = (struct program){
        .name = "nothing", .label = "/bin/true", .arguments = {"/bin/true"}, .starts = STARTS};
    all[VERSION] = (struct program){.name = "version",
                                    .label = "mneme version",
                                    .arguments = {binary, "version"},
                                    .starts = STARTS};
    all[SMALL] = recall_from("recall_1000", "mneme recall, 1,000 memories", 1000, NULL);
    all[MIDDLE] = recall_from("recall_10000", "mneme recall, 10,000 memories", 10000, NULL);
    all[LARGE] = recall_from("recall_100000", "mneme recall, 100,000 memories", 100000, NULL);
    all[TABLE] = (struct program){.starts = 0};
    const char *data = getenv("MNEME_DATA");
    char *model = must_print("%s/models/potion-base-2M.bin", data ? data : "");
    if (data && access(model, R_OK) == 0)
        all[TABLE] = recall_from("recall_10000_table", "the same with 10,000 and a static table",
                                 10000, model);
}

static void end_run(struct program *program)
{
    if (program->starts == 0) return;
    series_add(&program->first_ms, latencies_us(&program->first, .5) / 1000);
    series_add(&program->whole_ms, latencies_us(&program->whole, .5) / 1000);
    program->first.count = program->whole.count = 0;
}

static void report_all(const struct program *all)
{
    report_section(report, "start", "From exec to the first answer, in milliseconds");
    for (int i = 0; i < PROGRAMS; i++) {
        if (all[i].starts == 0) continue;
        report_figure(report, all[i].name, all[i].label, &all[i].first_ms, "ms");
        char *name = must_print("%s_end", all[i].name);
        report_figure(report, name, "   to its end", &all[i].whole_ms, "ms");
        free(name);
    }
}

int main(int argc, char **argv)
{
    struct program all[PROGRAMS];
    if (argc != 4) die("usage: start FOLDER JSON PROGRAM");
    folder = argv[1];
    binary = argv[3];
    runs = setting("MNEME_BENCH_RUNS", RUNS);
    report = report_open(argv[2]);
    set_up(all);
    for (int i = 0; i < PROGRAMS; i++)
        if (all[i].starts > 0) run(&all[i]); // pages and libraries come into memory
    for (int i = 0; i < PROGRAMS; i++) all[i].first.count = all[i].whole.count = 0;
    for (size_t turn = 0; turn < runs; turn++) {
        for (size_t start = 0; start < STARTS; start++)
            for (int i = 0; i < PROGRAMS; i++)
                if (start < all[i].starts) run(&all[i]);
        for (int i = 0; i < PROGRAMS; i++) end_run(&all[i]);
    }
    report_all(all);
    report_close(report);
    for (int i = 0; i < PROGRAMS; i++) {
        if (all[i].store) remove_store(all[i].store);
        free(all[i].store);
        free(all[i].first.ns);
        free(all[i].whole.ns);
    }
    return 0;
}
