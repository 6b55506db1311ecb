/*
 * reembed FOLDER JSON: how fast a new space is filled, and what callers' writes feel of it: records a second of a job
 * that has the store to itself; then remembers, one call after the other, while nothing else runs and while a worker
 * fills a space in another thread. The model is a small token table of our own, so that the queue and the writing are
 * what is measured; MNEME_BENCH_MODEL names another.
 */
#include "base/alloc.h"
#include "support/corpus.h"
#include "support/measure.h"
#include "support/report.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS 5
#define RECORDS 5000
#define BATCH 1000
#define CALLS 300 // of a run and state
#define TOKENS 64
#define DIMENSION 64

static const char *folder;
static uint64_t next_text;

static void call(mneme *memory, const char *operation, const char *json)
{
    struct mneme_error error = {0};
    mneme_result *result = NULL;
    must(mneme_call(memory, operation, json, &result, &error), operation, &error);
    mneme_result_free(result);
}

/* A table in the small binary layout, of the corpus' function words and some letters. */
static const char *make_table(void)
{
    static const char *const words[] = {"the", "of", "and", "a", "to", "in", "is", "it"};
    const char *path = must_print("%s/table.gge", folder);
    FILE *file = fopen(path, "wb");
    if (file == NULL) die("cannot write '%s'", path);
    const uint32_t head[] = {TOKENS, DIMENSION};
    (void)fwrite("GGE1", 1, 4, file);
    (void)fwrite(head, sizeof head, 1, file);
    for (int i = 0; i < TOKENS; i++) {
        const float scale = 1;
        (void)fwrite(&scale, sizeof scale, 1, file);
    }
    for (int i = 0; i < TOKENS * DIMENSION; i++) (void)fputc(i * 37 % 251, file);
    for (int i = 0; i < TOKENS; i++) {
        char own[8];
        (void)snprintf(own, sizeof own, "w%d", i);
        const char *word = i < 8 ? words[i] : own;
        const uint16_t length = (uint16_t)strlen(word);
        (void)fwrite(&length, sizeof length, 1, file);
        (void)fwrite(word, 1, length, file);
    }
    if (fclose(file) != 0) die("cannot write '%s'", path);
    return path;
}

static mneme *open_full(const char *path)
{
    struct mneme_error error = {0};
    mneme *memory;
    struct mneme_options options = {.size = sizeof options, .url = path, .model = "hash"};
    remove_store(path);
    must(mneme_open(&options, &memory, &error), path, &error);
    for (size_t first = 0; first < RECORDS; first += BATCH) {
        char *batch = corpus_batch(next_text, BATCH);
        call(memory, "memory.remember_batch", batch);
        mem_free(batch);
        next_text += BATCH;
    }
    return memory;
}

static void remember_singly(mneme *memory, struct latencies *out)
{
    out->count = 0;
    for (int i = 0; i < CALLS; i++) {
        char *input = corpus_memory(next_text++);
        int64_t start = clock_ns();
        call(memory, "memory.remember", input);
        latencies_add(out, clock_ns() - start);
        mem_free(input);
    }
}

static void *work(void *memory)
{
    call(memory, "jobs.run", "{\"until_empty\":true}");
    return NULL;
}

static void run(const char *use, struct series *rate, struct series *alone, struct series *beside)
{
    static struct latencies latencies;
    const char *path = must_print("%s/reembed.db", folder);
    mneme *memory = open_full(path);
    call(memory, "space.use", use);
    int64_t start = clock_ns();
    (void)work(memory);
    series_add(rate, RECORDS / ((double)(clock_ns() - start) / 1e9));
    mneme_close(memory);

    memory = open_full(path);
    remember_singly(memory, &latencies);
    series_add(alone, latencies_us(&latencies, .99));
    call(memory, "space.use", use);
    pthread_t worker;
    if (pthread_create(&worker, NULL, work, memory) != 0) die("no thread");
    remember_singly(memory, &latencies);
    series_add(beside, latencies_us(&latencies, .99));
    (void)pthread_join(worker, NULL);
    mneme_close(memory);
    remove_store(path);
}

int main(int count, char **arguments)
{
    struct series rate = {0}, alone = {0}, beside = {0};
    if (count < 3) die("usage: reembed FOLDER JSON");
    folder = arguments[1];
    struct report *report = report_open(arguments[2]);
    const char *model = getenv("MNEME_BENCH_MODEL");
    const char *use = must_print("{\"model\":\"%s\"}", model ? model : make_table());
    size_t runs = setting("MNEME_BENCH_RUNS", RUNS);
    for (size_t i = 0; i < runs; i++) run(use, &rate, &alone, &beside);
    struct series ratio = series_ratio(&beside, &alone);
    report_section(report, "reembed", "a new space is filled");
    report_figure(report, "rate", "embedded and written", &rate, "records/s");
    report_figure(report, "alone_us", "p99 of a remember, alone", &alone, "us");
    report_figure(report, "beside_us", "p99 of a remember, beside the job", &beside, "us");
    report_ratio_below(report, "p99_ratio", "beside the job / alone", &ratio, 2);
    report_close(report);
    return 0;
}
