/*
 * remember FOLDER JSON: how many memories a second become durable: one call after the other, from 32 threads, and in
 * batches; beside bare SQLite writing the same rows (support/raw.h); and what the queue in front of the writer costs.
 *
 * All contenders of a section take turns, slice by slice, so that a slow minute of the disk or the machine meets all of
 * them; each run sums its slices, and ratios are of one run. Stores grow at the same pace.
 */
#include "db/migrate.h"
#include "store/store.h"
#include "support/corpus.h"
#include "support/measure.h"
#include "support/raw.h"
#include "support/report.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS 7
#define SLICES 10  // of a run
#define SINGLES 50 // memories of a slice, one call each
#define THREADS 32
#define OF_THREAD 8    // memories of a slice and thread
#define BATCH 1000     // memories of a batch, which is a slice
#define BATCH_SLICES 2 // of a run
#define TOGETHER 16    // memories of a transaction of bare SQLite, beside the threads
#define QUEUE_SINGLES 200

/* What is remembered in one slice, made before the clock runs. */
struct slice {
    size_t count;
    char **texts; /* one input each */
    char *batch;  /* or all in one */
    float *vectors;
    struct raw_rows *rows; /* as mneme has written them */
};

struct contender {
    const char *name, *label;
    void (*write)(struct contender *contender, const struct slice *slice);
    mneme *memory;
    bool has_vectors; /* the caller's */
    struct raw_store *raw;
    size_t together; /* rows of a transaction of bare SQLite */
    char *path;
    struct latencies latencies; /* of calls, one run */
    int64_t wall_ns, cpu_ns;    /* of one run */
    struct series rate, cpu, p50, p99;
};

static const char *folder;
static struct report *report;
static size_t runs;
static uint64_t next_text;

static void remember(mneme *memory, const char *operation, const char *json, const float *vectors,
                     size_t count)
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
    mneme_result_free(result);
}

static void write_singly(struct contender *contender, const struct slice *slice)
{
    for (size_t i = 0; i < slice->count; i++) {
        const float *vector = contender->has_vectors ? slice->vectors + i * CORPUS_DIMENSION : NULL;
        int64_t start = clock_ns();
        remember(contender->memory, "memory.remember", slice->texts[i], vector, 1);
        latencies_add(&contender->latencies, clock_ns() - start);
    }
}

static void write_batch(struct contender *contender, const struct slice *slice)
{
    remember(contender->memory, "memory.remember_batch", slice->batch,
             contender->has_vectors ? slice->vectors : NULL, slice->count);
}

static void write_raw(struct contender *contender, const struct slice *slice)
{
    for (size_t i = 0; i < slice->count; i += contender->together) {
        size_t left = slice->count - i;
        size_t count = left < contender->together ? left : contender->together;
        int64_t start = clock_ns();
        raw_store_write(contender->raw, raw_rows_at(slice->rows, i), count);
        latencies_add(&contender->latencies, clock_ns() - start);
    }
}

// --- threads ---------------------------------------------------------------------------------

/* Threads that wait at `begin` for a slice and meet at `end`; without one they leave. */
static struct {
    pthread_t threads[THREADS];
    struct worker {
        size_t number;
        struct latencies latencies;
    } workers[THREADS];
    pthread_barrier_t begin, end;
    struct contender *contender;
    const struct slice *slice;
} pool;

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (;;) {
        (void)pthread_barrier_wait(&pool.begin);
        if (!pool.slice) return NULL;
        for (size_t i = worker->number; i < pool.slice->count; i += THREADS) {
            int64_t start = clock_ns();
            remember(pool.contender->memory, "memory.remember", pool.slice->texts[i],
                     pool.slice->vectors + i * CORPUS_DIMENSION, 1);
            latencies_add(&worker->latencies, clock_ns() - start);
        }
        (void)pthread_barrier_wait(&pool.end);
    }
}

static void write_in_threads(struct contender *contender, const struct slice *slice)
{
    pool.contender = contender;
    pool.slice = slice;
    (void)pthread_barrier_wait(&pool.begin);
    (void)pthread_barrier_wait(&pool.end);
    for (size_t i = 0; i < THREADS; i++) {
        struct latencies *own = &pool.workers[i].latencies;
        for (size_t at = 0; at < own->count; at++)
            latencies_add(&contender->latencies, own->ns[at]);
        own->count = 0;
    }
}

static void start_pool(void)
{
    if (pthread_barrier_init(&pool.begin, NULL, THREADS + 1) != 0 ||
        pthread_barrier_init(&pool.end, NULL, THREADS + 1) != 0)
        die("no barriers");
    for (size_t i = 0; i < THREADS; i++) {
        pool.workers[i].number = i;
        if (pthread_create(&pool.threads[i], NULL, work, &pool.workers[i]) != 0)
            die("no more threads");
    }
}

static void stop_pool(void)
{
    pool.slice = NULL;
    (void)pthread_barrier_wait(&pool.begin);
    for (size_t i = 0; i < THREADS; i++) (void)pthread_join(pool.threads[i], NULL);
    for (size_t i = 0; i < THREADS; i++) free(pool.workers[i].latencies.ns);
}

// --- a section -------------------------------------------------------------------------------

static struct slice make_slice(size_t count, bool in_batch)
{
    struct slice slice = {.count = count};
    slice.vectors = must_alloc(count * CORPUS_DIMENSION, sizeof *slice.vectors);
    slice.texts = must_alloc(count, sizeof *slice.texts);
    if (in_batch) slice.batch = corpus_batch(next_text, count);
    for (size_t i = 0; i < count; i++, next_text++) {
        corpus_vector(next_text, slice.vectors + i * CORPUS_DIMENSION);
        if (!in_batch) slice.texts[i] = corpus_memory(next_text);
    }
    return slice;
}

static void clear_slice(struct slice *slice)
{
    for (size_t i = 0; i < slice->count; i++) free(slice->texts[i]);
    free(slice->texts);
    free(slice->batch);
    free(slice->vectors);
    if (slice->rows) raw_rows_free(slice->rows, slice->count);
}

static void open_mneme(struct contender *contender, const char *name, const char *model)
{
    struct mneme_error error = {0};
    contender->path = must_print("%s/%s.db", folder, name);
    remove_store(contender->path);
    struct mneme_options options = {
        .size = sizeof options, .url = contender->path, .model = model ? model : "hash"};
    must(mneme_open(&options, &contender->memory, &error), contender->path, &error);
}

static void open_raw(struct contender *contender, const char *name, bool has_shim,
                     const char *mneme_store)
{
    contender->path = must_print("%s/%s.db", folder, name);
    remove_store(contender->path);
    contender->raw = raw_store_open(contender->path, has_shim, mneme_store);
}

static void close_contender(struct contender *contender)
{
    mneme_close(contender->memory);
    if (contender->raw) raw_store_close(contender->raw);
    free(contender->latencies.ns);
    remove_store(contender->path);
    free(contender->path);
}

static void take_turn(struct contender *contender, const struct slice *slice)
{
    int64_t wall = clock_ns(), cpu = cpu_ns();
    contender->write(contender, slice);
    contender->wall_ns += clock_ns() - wall;
    contender->cpu_ns += cpu_ns() - cpu;
}

static void end_run(struct contender *contender, size_t written)
{
    series_add(&contender->rate, (double)written * 1e9 / (double)contender->wall_ns);
    series_add(&contender->cpu, (double)contender->cpu_ns / 1000 / (double)written);
    series_add(&contender->p50, latencies_us(&contender->latencies, .5));
    series_add(&contender->p99, latencies_us(&contender->latencies, .99));
    contender->wall_ns = contender->cpu_ns = 0;
    contender->latencies.count = 0;
}

enum { MNEME, SHIM, PLAIN, HASH, TABLE, CONTENDERS };

/* A section's contenders. The first is mneme, whose rows the two of bare SQLite write again. */
struct section {
    const char *name, *title;
    void (*write)(struct contender *contender, const struct slice *slice);
    size_t slices, count, together;
    bool in_batch, has_embedders;
    struct contender contenders[CONTENDERS];
    struct raw_source *source;
};

static void run_slice(struct section *section)
{
    struct slice slice = make_slice(section->count, section->in_batch);
    for (int i = 0; i < CONTENDERS; i++) {
        struct contender *contender = &section->contenders[i];
        if (contender->write) take_turn(contender, &slice);
        if (i > MNEME) continue;
        size_t count;
        slice.rows = raw_source_next(section->source, &count);
        if (count != slice.count) die("mneme has written %zu of %zu", count, slice.count);
    }
    clear_slice(&slice);
}

static void set_up(struct section *section)
{
    struct contender *all = section->contenders;
    all[MNEME] = (struct contender){.name = "mneme",
                                    .label = "mneme, vectors from the caller",
                                    .write = section->write,
                                    .has_vectors = true};
    all[SHIM] = (struct contender){.name = "sqlite_checksums",
                                   .label = "bare SQLite behind our page checksums",
                                   .write = write_raw,
                                   .together = section->together};
    all[PLAIN] = (struct contender){.name = "sqlite",
                                    .label = "bare SQLite",
                                    .write = write_raw,
                                    .together = section->together};
    open_mneme(&all[MNEME], "mneme", NULL);
    struct slice first = make_slice(1, false); // makes user and space, which the others copy
    write_singly(&all[MNEME], &first);
    open_raw(&all[SHIM], "sqlite-checksums", true, all[MNEME].path);
    open_raw(&all[PLAIN], "sqlite", false, all[MNEME].path);
    section->source = raw_source_open(all[MNEME].path);
    first.rows = raw_source_next(section->source, &(size_t){0});
    write_raw(&all[SHIM], &first);
    write_raw(&all[PLAIN], &first);
    clear_slice(&first);
    for (int i = 0; i < CONTENDERS; i++) all[i].latencies.count = 0;
    if (!section->has_embedders) return;
    all[HASH] = (struct contender){.name = "mneme_hash",
                                   .label = "mneme, embedding by the hashing embedder",
                                   .write = section->write};
    open_mneme(&all[HASH], "mneme-hash", NULL);
    const char *data = getenv("MNEME_DATA");
    char *model = must_print("%s/models/potion-base-2M.bin", data ? data : "");
    if (data && access(model, R_OK) == 0) {
        all[TABLE] = (struct contender){.name = "mneme_table",
                                        .label = "mneme, embedding by a static table",
                                        .write = section->write};
        open_mneme(&all[TABLE], "mneme-table", model);
    }
    free(model);
}

static void tear_down(struct section *section)
{
    raw_source_close(section->source);
    mneme_close(section->contenders[MNEME].memory);
    section->contenders[MNEME].memory = NULL;
    raw_check_same(section->contenders[MNEME].path, section->contenders[SHIM].path, true);
    raw_check_same(section->contenders[MNEME].path, section->contenders[PLAIN].path, false);
    for (int i = 0; i < CONTENDERS; i++)
        if (section->contenders[i].write) close_contender(&section->contenders[i]);
}

static void run_section(struct section *section)
{
    set_up(section);
    for (size_t run = 0; run < runs; run++) {
        for (size_t i = 0; i < section->slices; i++) run_slice(section);
        for (int i = 0; i < CONTENDERS; i++)
            if (section->contenders[i].write)
                end_run(&section->contenders[i], section->slices * section->count);
    }
    tear_down(section);
    report_section(report, section->name, section->title);
    for (int i = 0; i < CONTENDERS; i++) {
        struct contender *contender = &section->contenders[i];
        if (!contender->write) continue;
        report_figure(report, contender->name, contender->label, &contender->rate, "records/s");
        char *name = must_print("%s_cpu", contender->name);
        report_figure(report, name, "   processor time a record", &contender->cpu, "us");
        free(name);
    }
}

static void report_ratios(const struct section *section, double aim)
{
    const struct contender *all = section->contenders;
    struct series shim = series_ratio(&all[MNEME].rate, &all[SHIM].rate);
    struct series plain = series_ratio(&all[MNEME].rate, &all[PLAIN].rate);
    report_ratio(report, "ratio_checksums", "mneme / SQLite behind page checksums", &shim, aim);
    report_ratio(report, "ratio", "mneme / bare SQLite", &plain, aim);
}

static void report_latencies(const struct section *section)
{
    const struct contender *all = section->contenders;
    report_figure(report, "mneme_p50", "mneme, a call, p50", &all[MNEME].p50, "us");
    report_figure(report, "mneme_p99", "mneme, a call, p99", &all[MNEME].p99, "us");
    report_figure(report, "sqlite_p50", "bare SQLite, a transaction, p50", &all[PLAIN].p50, "us");
    report_figure(report, "sqlite_p99", "bare SQLite, a transaction, p99", &all[PLAIN].p99, "us");
}

// --- the queue -------------------------------------------------------------------------------

/* The same small write, through the queue of store.h and right in a transaction of the seam below it. */
struct small_write {
    struct uuid id;
    float vector[CORPUS_DIMENSION];
};

static enum mneme_code put_vector(struct db *db, const struct small_write *write,
                                  struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(db, SQL_VECTOR_PUT, &statement, err);
    if (code != MNEME_OK) return code;
    db_bind_uuid(statement, 1, &write->id);
    db_bind_integer(statement, 2, 1);
    db_bind_uuid(statement, 3, &write->id);
    db_bind_text(statement, 4, "memory");
    db_bind_bytes(statement, 5, write->vector, sizeof write->vector);
    db_bind_integer(statement, 6, 0);
    return db_run(statement, err);
}

static enum mneme_code put_in_group(struct tx *tx, void *context, struct mneme_error *err)
{
    return put_vector(tx->db, context, err);
}

/* What the store does around a write: the clock is read before and written after. */
static enum mneme_code put_directly(struct db *db, const struct small_write *write,
                                    struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    enum mneme_code code = db_begin(db, DB_WRITE, err);
    if (code == MNEME_OK) code = db_prepare(db, SQL_CLOCK_GET, &statement, err);
    if (code == MNEME_OK) code = db_step(statement, &has_row, err);
    if (code != MNEME_OK) return code;
    int64_t hlc = db_integer(statement, 1) + 1;
    code = put_vector(db, write, err);
    if (code == MNEME_OK) code = db_prepare(db, SQL_CLOCK_SET, &statement, err);
    if (code != MNEME_OK) return code;
    db_bind_integer(statement, 1, hlc);
    code = db_run(statement, err);
    if (code == MNEME_OK) code = db_commit(db, err);
    return code == MNEME_OK ? db_tend_log(db, err) : code;
}

struct queue_sides {
    struct store *store;
    struct db *db;
    struct latencies through, around;
    struct series through_p50, through_p99, around_p50, around_p99;
    uint64_t count;
};

static void write_both(struct queue_sides *sides)
{
    struct mneme_error error = {0};
    struct small_write write = {.id = {{0}}};
    corpus_vector(sides->count, write.vector);
    for (size_t i = 0; i < sizeof sides->count; i++)
        write.id.bytes[sizeof write.id.bytes - 1 - i] = (unsigned char)(sides->count >> 8 * i);
    for (int turn = 0; turn < 2; turn++) {
        int64_t start = clock_ns();
        if ((sides->count + (uint64_t)turn) % 2 == 0) {
            must(store_write(sides->store, put_in_group, &write, &error), "a queued write", &error);
            latencies_add(&sides->through, clock_ns() - start);
        } else {
            must(put_directly(sides->db, &write, &error), "a direct write", &error);
            latencies_add(&sides->around, clock_ns() - start);
        }
    }
    sides->count++;
}

static void run_queue(void)
{
    struct mneme_error error = {0};
    struct queue_sides sides = {.count = 1};
    char *through = must_print("%s/queued.db", folder),
         *around = must_print("%s/direct.db", folder);
    struct env env = env_system();
    struct store_options through_options = {.path = through}, around_options = {.path = around};
    struct db_options options = {.mode = DB_WRITE, .env = &env};
    struct store *made;
    remove_store(through);
    remove_store(around);
    must(store_open(&through_options, &sides.store, &error), through, &error);
    must(store_open(&around_options, &made, &error), around, &error);
    store_close(made);
    must(db_open(around, &options, &sides.db, &error), around, &error);
    for (size_t run = 0; run < runs; run++) {
        sides.through.count = sides.around.count = 0;
        for (size_t i = 0; i < (size_t)SLICES * QUEUE_SINGLES; i++) write_both(&sides);
        series_add(&sides.through_p50, latencies_us(&sides.through, .5));
        series_add(&sides.through_p99, latencies_us(&sides.through, .99));
        series_add(&sides.around_p50, latencies_us(&sides.around, .5));
        series_add(&sides.around_p99, latencies_us(&sides.around, .99));
    }
    store_close(sides.store);
    db_close(sides.db);
    remove_store(through);
    remove_store(around);
    free(through);
    free(around);
    free(sides.through.ns);
    free(sides.around.ns);
    struct series p50 = series_ratio(&sides.through_p50, &sides.around_p50);
    struct series p99 = series_ratio(&sides.through_p99, &sides.around_p99);
    report_section(report, "queue",
                   "One thread: the same small write through the queue and without it");
    report_figure(report, "queued_p50", "through the queue, p50", &sides.through_p50, "us");
    report_figure(report, "direct_p50", "without, p50", &sides.around_p50, "us");
    report_ratio_below(report, "ratio_p50", "with / without, p50", &p50, NO_AIM);
    report_figure(report, "queued_p99", "through the queue, p99", &sides.through_p99, "us");
    report_figure(report, "direct_p99", "without, p99", &sides.around_p99, "us");
    report_ratio_below(report, "ratio_p99", "with / without, p99", &p99, 1.05);
}

// --- all -------------------------------------------------------------------------------------

int main(int argc, char **argv)
{
    if (argc < 3) die("usage: remember FOLDER JSON");
    folder = argv[1];
    runs = setting("MNEME_BENCH_RUNS", RUNS);
    report = report_open(argv[2]);
    struct series sync = {0};
    for (size_t i = 0; i < runs; i++) series_add(&sync, sync_us(folder));
    report_section(report, "disk", "The disk");
    report_figure(report, "sync", "4 KiB written and synced", &sync, "us");

    static struct section single = {.name = "single",
                                    .title = "Remember, one call after the other",
                                    .write = write_singly,
                                    .slices = SLICES,
                                    .count = SINGLES,
                                    .together = 1,
                                    .has_embedders = true};
    run_section(&single);
    report_ratios(&single, .8);
    report_latencies(&single);

    static struct section threads = {.name = "threads",
                                     .title = "Remember from 32 threads; bare SQLite: one thread, "
                                              "16 rows a transaction",
                                     .write = write_in_threads,
                                     .slices = SLICES,
                                     .count = (size_t)THREADS * OF_THREAD,
                                     .together = TOGETHER};
    start_pool();
    run_section(&threads);
    report_ratios(&threads, .7);
    report_latencies(&threads);
    stop_pool();

    static struct section batch = {.name = "batch",
                                   .title = "Remember in batches of 1,000",
                                   .write = write_batch,
                                   .slices = BATCH_SLICES,
                                   .count = BATCH,
                                   .together = BATCH,
                                   .in_batch = true,
                                   .has_embedders = true};
    run_section(&batch);
    report_ratios(&batch, .5);
    run_queue();
    report_close(report);
    return 0;
}
