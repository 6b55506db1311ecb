/*
 * recall FOLDER JSON: how long a recall takes on stores of 1,000 and 10,000 records whose partition is loaded, through
 * the public API, JSON in and out; beside FTS5 on the same texts, asked for any of the question's words; and how much
 * memory the partition holds. The contenders take turns at every question.
 */
#include "base/alloc.h"
#include "engine/engine.h"
#include "support/corpus.h"
#include "support/measure.h"
#include "support/report.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS 7
#define QUESTIONS 150 // of a run
#define BATCH 1000
#define K 10
#define QUESTION_BYTES 1024

struct question {
    char *input, *match; /* for mneme, for FTS5 */
    float vector[CORPUS_DIMENSION];
};

struct contender {
    const char *name, *label;
    void (*ask)(struct contender *contender, const struct question *question);
    mneme *memory;
    bool has_vectors;
    sqlite3 *handle;
    sqlite3_stmt *search;
    char *path;
    struct latencies latencies; /* of one run */
    struct series p50, p95, p99;
};

enum { MEMORIES, MESSAGES, HASH, TABLE, FTS, CONTENDERS };

static const char *folder;
static size_t runs;
static struct report *report;

// --- asking ----------------------------------------------------------------------------------

static mneme_result *call(mneme *memory, const char *operation, const char *json,
                          const float *vectors, size_t count)
{
    struct mneme_error error = {0};
    struct mneme_call_options options = {.size = sizeof options};
    mneme_result *result;
    if (vectors) {
        options.vectors = vectors;
        options.vector_count = count;
        options.dimension = CORPUS_DIMENSION;
        options.space = CORPUS_SPACE;
    }
    must(mneme_call_with(memory, operation, json, &options, &result, &error), operation, &error);
    return result;
}

static void ask_mneme(struct contender *contender, const struct question *question)
{
    const float *vector = contender->has_vectors ? question->vector : NULL;
    mneme_result_free(call(contender->memory, "memory.recall", question->input, vector, 1));
}

static void ask_fts(struct contender *contender, const struct question *question)
{
    size_t bytes = 0;
    (void)sqlite3_bind_text(contender->search, 1, question->match, -1, SQLITE_STATIC);
    int rc;
    while ((rc = sqlite3_step(contender->search)) == SQLITE_ROW)
        bytes += strlen((const char *)sqlite3_column_text(contender->search, 1));
    if (rc != SQLITE_DONE || bytes == 0) die("FTS5: %s", sqlite3_errmsg(contender->handle));
    (void)sqlite3_reset(contender->search);
}

static struct question make_question(uint64_t number)
{
    struct question question = {.input = NULL};
    struct strbuf text;
    strbuf_init(&text, QUESTION_BYTES);
    strbuf_printf(&text, "{\"k\": %d, \"text\": \"", K);
    corpus_question(number, &text);
    strbuf_add_text(&text, "\"}");
    question.input = strbuf_take(&text);
    corpus_words(number, " OR ", &text);
    question.match = strbuf_take(&text);
    if (!question.input || !question.match) die("out of memory");
    corpus_vector(~number, question.vector);
    return question;
}

// --- stores ----------------------------------------------------------------------------------

static float *make_vectors(uint64_t first, size_t count)
{
    float *vectors = must_alloc(count * CORPUS_DIMENSION, sizeof *vectors);
    for (size_t i = 0; i < count; i++) corpus_vector(first + i, vectors + i * CORPUS_DIMENSION);
    return vectors;
}

static void fill(const struct contender *contender, size_t size, const char *conversation)
{
    for (size_t first = 0; first < size; first += BATCH) {
        size_t count = size - first < BATCH ? size - first : BATCH;
        float *vectors = contender->has_vectors ? make_vectors(first, count) : NULL;
        char *batch =
            conversation ? corpus_messages(first, count, conversation) : corpus_batch(first, count);
        const char *operation = conversation ? "conversation.append" : "memory.remember_batch";
        mneme_result_free(call(contender->memory, operation, batch, vectors, count));
        mem_free(batch);
        free(vectors);
    }
}

static void open_mneme(struct contender *contender, const char *file, const char *model)
{
    struct mneme_error error = {0};
    contender->path = must_print("%s/%s.db", folder, file);
    contender->ask = ask_mneme;
    remove_store(contender->path);
    struct mneme_options options = {
        .size = sizeof options, .url = contender->path, .model = model ? model : "hash"};
    must(mneme_open(&options, &contender->memory, &error), contender->path, &error);
}

static void open_messages(struct contender *contender, size_t size)
{
    open_mneme(contender, "messages", NULL);
    mneme_result *made = call(contender->memory, "conversation.create", "{}", NULL, 0);
    fill(contender, size, mneme_result_text(made, "/id"));
    mneme_result_free(made);
}

static void open_table(struct contender *contender, size_t size)
{
    const char *data = getenv("MNEME_DATA");
    char *model = must_print("%s/models/potion-base-2M.bin", data ? data : "");
    if (data && access(model, R_OK) == 0) {
        open_mneme(contender, "table", model);
        fill(contender, size, NULL);
    }
    free(model);
}

static void run_sql(sqlite3 *handle, const char *sql)
{
    if (sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        die("FTS5: %s", sqlite3_errmsg(handle));
}

static void open_fts(struct contender *contender, size_t size)
{
    sqlite3_stmt *insert;
    contender->path = must_print("%s/fts5.db", folder);
    contender->ask = ask_fts;
    remove_store(contender->path);
    if (sqlite3_open(contender->path, &contender->handle) != SQLITE_OK) die("cannot open FTS5's");
    sqlite3 *handle = contender->handle;
    run_sql(handle, "PRAGMA journal_mode = WAL; BEGIN;"
                    "CREATE VIRTUAL TABLE text USING fts5(content, tokenize = 'porter unicode61')");
    (void)sqlite3_prepare_v2(handle, "INSERT INTO text (content) VALUES (?1)", -1, &insert, NULL);
    for (size_t i = 0; i < size; i++) {
        struct strbuf text;
        strbuf_init(&text, QUESTION_BYTES);
        corpus_text(i, &text);
        (void)sqlite3_bind_text(insert, 1, text.text, -1, SQLITE_TRANSIENT);
        if (sqlite3_step(insert) != SQLITE_DONE) die("FTS5: %s", sqlite3_errmsg(handle));
        (void)sqlite3_reset(insert);
        strbuf_clear(&text);
    }
    (void)sqlite3_finalize(insert);
    run_sql(handle, "COMMIT; INSERT INTO text (text) VALUES ('optimize')");
    char *search = must_print("SELECT rowid, content FROM text WHERE text MATCH ?1"
                              " ORDER BY rank LIMIT %d",
                              K);
    if (sqlite3_prepare_v2(handle, search, -1, &contender->search, NULL) != SQLITE_OK)
        die("FTS5: %s", sqlite3_errmsg(handle));
    free(search);
}

static void close_contender(struct contender *contender)
{
    if (!contender->ask) return;
    mneme_close(contender->memory);
    (void)sqlite3_finalize(contender->search);
    (void)sqlite3_close(contender->handle);
    remove_store(contender->path);
    free(contender->path);
    free(contender->latencies.ns);
}

// --- a size ----------------------------------------------------------------------------------

static void open_all(struct contender *all, size_t size)
{
    all[MEMORIES] = (struct contender){
        .name = "memories", .label = "memories, vectors from the caller", .has_vectors = true};
    all[MESSAGES] = (struct contender){
        .name = "messages", .label = "messages of one conversation, so too", .has_vectors = true};
    all[HASH] = (struct contender){.name = "hash", .label = "memories, the hashing embedder"};
    all[TABLE] = (struct contender){.name = "table", .label = "memories, a static table"};
    all[FTS] = (struct contender){.name = "fts5", .label = "FTS5: words only, no vectors"};
    open_mneme(&all[MEMORIES], "memories", NULL);
    fill(&all[MEMORIES], size, NULL);
    open_messages(&all[MESSAGES], size);
    open_mneme(&all[HASH], "hash", NULL);
    fill(&all[HASH], size, NULL);
    open_table(&all[TABLE], size);
    open_fts(&all[FTS], size);
}

static void ask_all(struct contender *all, size_t size, uint64_t number)
{
    struct question question = make_question(number * 7919 % size);
    for (int i = 0; i < CONTENDERS; i++) {
        if (!all[i].ask) continue;
        int64_t start = clock_ns();
        all[i].ask(&all[i], &question);
        latencies_add(&all[i].latencies, clock_ns() - start);
    }
    mem_free(question.input);
    mem_free(question.match);
}

static void end_run(struct contender *contender)
{
    series_add(&contender->p50, latencies_us(&contender->latencies, .5));
    series_add(&contender->p95, latencies_us(&contender->latencies, .95));
    series_add(&contender->p99, latencies_us(&contender->latencies, .99));
    contender->latencies.count = 0;
}

static void report_contender(const struct contender *contender)
{
    const struct {
        const char *suffix;
        const struct series *series;
    } shown[] = {{"p50", &contender->p50}, {"p95", &contender->p95}, {"p99", &contender->p99}};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        char *name = must_print("%s_%s", contender->name, shown[i].suffix);
        char *label = must_print("%s, %s", contender->label, shown[i].suffix);
        report_figure(report, name, label, shown[i].series, "us");
        free(name);
        free(label);
    }
}

static void report_bytes(const char *name, const char *label, const struct contender *contender,
                         size_t size)
{
    struct series bytes = {0};
    series_add(&bytes, (double)index_bytes(engine_index(contender->memory)) / (double)size);
    report_figure(report, name, label, &bytes, "bytes");
}

static void run_size(size_t size)
{
    struct contender all[CONTENDERS];
    open_all(all, size);
    for (int i = 0; i < CONTENDERS; i++) all[i].latencies.count = 0;
    ask_all(all, size, 0); // loads the partitions
    for (int i = 0; i < CONTENDERS; i++) all[i].latencies.count = 0;
    uint64_t number = 0;
    for (size_t run = 0; run < runs; run++) {
        for (int i = 0; i < QUESTIONS; i++) ask_all(all, size, ++number);
        for (int i = 0; i < CONTENDERS; i++)
            if (all[i].ask) end_run(&all[i]);
    }
    char *name = must_print("recall_%zu", size);
    char *title = must_print("Recall of %d from %zu records", K, size);
    report_section(report, name, title);
    for (int i = 0; i < CONTENDERS; i++)
        if (all[i].ask) report_contender(&all[i]);
    struct series ratio = series_ratio(&all[MEMORIES].p50, &all[FTS].p50);
    report_ratio_below(report, "ratio_p50", "memories / FTS5, p50", &ratio, NO_AIM);
    report_bytes("memory_bytes", "partition, a memory (1,536 are its vector)", &all[MEMORIES],
                 size);
    report_bytes("message_bytes", "partition, a message (so too)", &all[MESSAGES], size);
    report_bytes("hash_bytes", "partition, a memory, the hashing embedder", &all[HASH], size);
    free(name);
    free(title);
    for (int i = 0; i < CONTENDERS; i++) close_contender(&all[i]);
}

int main(int argc, char **argv)
{
    if (argc < 3) die("usage: recall FOLDER JSON");
    folder = argv[1];
    runs = setting("MNEME_BENCH_RUNS", RUNS);
    report = report_open(argv[2]);
    run_size(1000);
    run_size(10000);
    report_close(report);
    return 0;
}
