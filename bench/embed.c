/*
 * embed FOLDER JSON PROGRAM: all-MiniLM-L6-v2 in the process: the time of one text and texts a second in batches of
 * 32, at 8, 32, 128 and 256 tokens, by one thread, and by all at 32; from the start of a process to its first
 * embedding, and the memory it holds then; a short text remembered with its embedding; the lower instruction sets that
 * are there, with short texts; beside ONNX Runtime and sentence-transformers where MNEME_BENCH_PYTHON names a Python
 * that has them (embed_peers.py).
 *
 * Each contender is a process of its own, which prints lines `name value`; they take turns. One thread's figures are
 * processor time: on an idle machine that is the time by the clock, and on a busy one it still compares.
 * embed --measure MODEL TEXTS is such a process, as is embed --measure-short, and embed --remember MODEL STORE.
 */
#include "embed/embed.h"

#include "base/strbuf.h"
#include "embed/bert_tokenizer.h"
#include "embed/linear.h"
#include "support/measure.h"
#include "support/report.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS 3
#define SECONDS .1 // of each figure
#define TEXTS 32   // of each length, and in a batch
#define LENGTHS 4
#define LINE_BYTES 8192
#define THREADS_MAX 64
#define SHORT_LENGTHS 2      // those that lower instruction sets are measured with
#define ALL_THREADS_LENGTH 1 // 32 tokens
#define REMEMBERED 100
#define CONTENDERS 8

static const size_t lengths[LENGTHS] = {8, 32, 128, 256};

// --- what one process measures ---------------------------------------------------------------

static char *texts[LENGTHS][TEXTS];
static struct embedder *embedder;

static void read_texts(const char *path)
{
    char line[LINE_BYTES];
    FILE *file = fopen(path, "r");
    if (!file) die("no '%s'", path);
    for (size_t i = 0; i < LENGTHS * TEXTS; i++) {
        if (!fgets(line, sizeof line, file)) die("'%s' is too short", path);
        line[strcspn(line, "\n")] = '\0';
        texts[i / TEXTS][i % TEXTS] = must_print("%s", strchr(line, '\t') + 1);
    }
    (void)fclose(file);
}

static void embed_some(size_t group, size_t count)
{
    struct mneme_error error = {0};
    float out[TEXTS * 384];
    must(embedder_embed(embedder, (const char *const *)texts[group], count, out, NULL, &error),
         "embedding", &error);
}

/* The median time of a call, over three calls and SECONDS, or of the first where that alone takes as long. */
static double call_ns(size_t group, size_t count, int64_t (*now_ns)(void))
{
    struct latencies latencies = {.ns = NULL};
    int64_t begin = now_ns(), end = begin + (int64_t)(SECONDS * 1e9);
    embed_some(group, count);
    if (now_ns() >= end) return (double)(now_ns() - begin);
    while (latencies.count < 3 || now_ns() < end) {
        int64_t start = now_ns();
        embed_some(group, count);
        latencies_add(&latencies, now_ns() - start);
    }
    double us = latencies_us(&latencies, .5);
    free(latencies.ns);
    return us * 1000;
}

static void *embed_batches(void *argument)
{
    double *per_second = argument;
    size_t group = (size_t)*per_second;
    *per_second = TEXTS * 1e9 / call_ns(group, TEXTS, clock_ns);
    return NULL;
}

/* Texts a second of as many threads as there are processors, each with batches of its own. */
static double all_threads(size_t group)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    count = count < THREADS_MAX ? count : THREADS_MAX;
    pthread_t threads[THREADS_MAX];
    double results[THREADS_MAX], sum = 0;
    for (long i = 0; i < count; i++) {
        results[i] = (double)group;
        if (pthread_create(&threads[i], NULL, embed_batches, &results[i]) != 0) die("no thread");
    }
    for (long i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        sum += results[i];
    }
    return sum;
}

static void say(const char *name, size_t tokens, double value)
{
    printf("%s_%zu %.6g\n", name, tokens, value);
    (void)fflush(stdout);
}

static int measure(const char *model, const char *path, size_t length_count)
{
    struct mneme_error error = {0};
    const char *text = "What does she like to drink?";
    float out[384];
    struct rusage usage;
    must(embedder_open(model, &embedder, &error), model, &error);
    must(embedder_embed(embedder, &text, 1, out, NULL, &error), model, &error);
    puts("first");
    (void)fflush(stdout);
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("first_cpu %.6g\nfirst_rss %.6g\n", (double)cpu_ns() / 1e6,
           (double)usage.ru_maxrss / 1024);
    read_texts(path);
    for (size_t i = 0; i < length_count; i++) say("one", lengths[i], call_ns(i, 1, cpu_ns) / 1e6);
    for (size_t i = 0; i < length_count; i++)
        say("batch", lengths[i], TEXTS * 1e9 / call_ns(i, TEXTS, cpu_ns));
    if (length_count == LENGTHS)
        say("all", lengths[ALL_THREADS_LENGTH], all_threads(ALL_THREADS_LENGTH));
    embedder_free(embedder);
    return 0;
}

/* A short text a call, the model warm; beside it the same with the hashing embedder, for what is not the model's. */
static int measure_remember(const char *model, const char *path)
{
    struct mneme_error error = {0};
    struct mneme_options options = {.size = sizeof options, .url = path, .model = model};
    struct latencies wall = {.ns = NULL}, cpu = {.ns = NULL};
    mneme *memory;
    must(mneme_open(&options, &memory, &error), path, &error);
    for (size_t i = 0; i <= REMEMBERED; i++) {
        char *input =
            must_print("{\"content\": \"On day %zu she drank green tea by the river\"}", i);
        mneme_result *result;
        int64_t wall_start = clock_ns(), cpu_start = cpu_ns();
        must(mneme_call(memory, "memory.remember", input, &result, &error), path, &error);
        if (i > 0) {
            latencies_add(&wall, clock_ns() - wall_start);
            latencies_add(&cpu, cpu_ns() - cpu_start);
        }
        mneme_result_free(result);
        free(input);
    }
    mneme_close(memory);
    printf("remember %.6g\nremember_cpu %.6g\n", latencies_us(&wall, .5) / 1000,
           latencies_us(&cpu, .5) / 1000);
    free(wall.ns);
    free(cpu.ns);
    return 0;
}

// --- the contenders --------------------------------------------------------------------------

static const struct {
    const char *name, *label, *unit;
    bool is_rate; /* more is better */
    bool has_aim; /* beside ONNX Runtime */
} figures[] = {
    {"first", "start to first embedding", "ms", false, false},
    {"first_cpu", "the same, processor time", "ms", false, false},
    {"first_rss", "most memory until then", "MiB", false, false},
    {"one_8", "one text of 8 tokens", "ms", false, true},
    {"one_32", "one text of 32 tokens", "ms", false, true},
    {"one_128", "one text of 128 tokens", "ms", false, true},
    {"one_256", "one text of 256 tokens", "ms", false, true},
    {"batch_8", "32 texts of 8 tokens", "texts/s", true, true},
    {"batch_32", "32 texts of 32 tokens", "texts/s", true, true},
    {"batch_128", "32 texts of 128 tokens", "texts/s", true, true},
    {"batch_256", "32 texts of 256 tokens", "texts/s", true, true},
    {"all_32", "all threads, 32 texts of 32 tokens", "texts/s", true, false},
    {"remember", "a short text remembered", "ms", false, false},
    {"remember_cpu", "the same, processor time", "ms", false, false},
};

#define FIGURES (sizeof figures / sizeof figures[0])

struct contender {
    const char *name, *label, *set; /* set: NULL for a peer */
    bool is_brief;                  /* once, and short texts alone where it is ours */
    struct series figures[FIGURES];
};

static struct contender contenders[CONTENDERS];
static struct contender without_model = {.name = "mneme_hash", .label = "mneme, hashing embedder"};
static size_t contender_count;
static const char *python, *model, *cache, *texts_path;

static void take_line(struct contender *contender, const char *line, int64_t started)
{
    if (strncmp(line, "first\n", 6) == 0)
        series_add(&contender->figures[0], (double)(clock_ns() - started) / 1e6);
    const char *space = strchr(line, ' ');
    for (size_t i = 0; space && i < FIGURES; i++) {
        size_t length = strlen(figures[i].name);
        if (length == (size_t)(space - line) && strncmp(line, figures[i].name, length) == 0)
            series_add(&contender->figures[i], strtod(space, NULL));
    }
}

static void run_process(struct contender *contender, char *const arguments[])
{
    int output[2], status;
    pid_t child;
    char line[256];
    posix_spawn_file_actions_t actions;
    if (pipe2(output, O_CLOEXEC) != 0 || posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO) != 0)
        die("no pipe");
    int64_t started = clock_ns();
    if (posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ) != 0)
        die("cannot run '%s'", arguments[0]);
    (void)close(output[1]);
    FILE *lines = fdopen(output[0], "r");
    while (lines && fgets(line, sizeof line, lines))
        if (contender) take_line(contender, line, started);
    if (waitpid(child, &status, 0) != child || status != 0) die("'%s' has failed", arguments[0]);
    if (lines) (void)fclose(lines);
    (void)posix_spawn_file_actions_destroy(&actions);
}

static void run_peer(struct contender *contender, const char *peer)
{
    char *const arguments[] = {must_print("%s", python),
                               must_print("%s", "bench/embed_peers.py"),
                               must_print("%s", peer),
                               must_print("%s", model),
                               must_print("%s", cache),
                               must_print("%s", texts_path),
                               NULL};
    run_process(contender, arguments);
}

static void run(struct contender *contender)
{
    if (!contender->set) {
        run_peer(contender, contender->name);
        return;
    }
    char *const arguments[] = {
        must_print("%s", "/proc/self/exe"),
        must_print("%s", contender->is_brief ? "--measure-short" : "--measure"),
        must_print("%s", model), must_print("%s", texts_path), NULL};
    (void)setenv("MNEME_SIMD", contender->set, 1);
    run_process(contender, arguments);
    (void)unsetenv("MNEME_SIMD");
}

static void run_remember(struct contender *contender, const char *with, const char *folder)
{
    char *path = must_print("%s/remember.db", folder);
    char *const arguments[] = {must_print("%s", "/proc/self/exe"), must_print("%s", "--remember"),
                               must_print("%s", with), path, NULL};
    run_process(contender, arguments);
    remove_store(path);
}

static void add(const char *name, const char *label, const char *set, bool is_brief)
{
    if (contender_count == CONTENDERS) die("too many contenders");
    contenders[contender_count++] =
        (struct contender){.name = name, .label = label, .set = set, .is_brief = is_brief};
}

// --- texts -----------------------------------------------------------------------------------

/* Words that are one token each. */
static void write_texts(void)
{
    static const char *const words[] = {"she",   "likes",   "green",  "tea",  "in",    "the",
                                        "early", "morning", "before", "work", "with",  "a",
                                        "book",  "and",     "some",   "milk", "river", "winter",
                                        "house", "friend",  "music",  "road", "light", "answer"};
    struct mneme_error error = {0};
    struct bert_tokenizer tokenizer;
    FILE *file = fopen(texts_path, "w");
    must(bert_tokenizer_open(&tokenizer, model, 512, &error), model, &error);
    if (!file) die("cannot write '%s'", texts_path);
    for (size_t i = 0; i < LENGTHS * TEXTS; i++) {
        struct strbuf text;
        uint32_t ids[512], word = (uint32_t)i * 7919;
        bool cut;
        strbuf_init(&text, LINE_BYTES);
        for (size_t k = 2; k < lengths[i / TEXTS]; k++) {
            word = word * 1664525 + 1013904223;
            strbuf_add_text(&text, words[(word >> 16) % (sizeof words / sizeof words[0])]);
            strbuf_add_text(&text, " ");
        }
        if (bert_tokenizer_encode(&tokenizer, text.text, text.length, ids, &cut) !=
                lengths[i / TEXTS] ||
            cut)
            die("a text has not its length in tokens");
        (void)fprintf(file, "%zu\t%s\n", lengths[i / TEXTS], text.text);
        strbuf_clear(&text);
    }
    bert_tokenizer_clear(&tokenizer);
    if (fclose(file) != 0) die("cannot write '%s'", texts_path);
}

// --- the report ------------------------------------------------------------------------------

static void report_contender(struct report *report, const struct contender *contender)
{
    report_section(report, contender->name, contender->label);
    for (size_t i = 0; i < FIGURES; i++)
        if (contender->figures[i].count > 0)
            report_figure(report, figures[i].name, figures[i].label, &contender->figures[i],
                          figures[i].unit);
}

/* How many times as fast as the peer. */
static void report_beside(struct report *report, const struct contender *peer, double aim)
{
    char *name = must_print("beside_%s", peer->name);
    char *title = must_print("%s / %s: how many times as good", contenders[0].label, peer->label);
    report_section(report, name, title);
    for (size_t i = 0; i < FIGURES; i++) {
        const struct series *ours = &contenders[0].figures[i], *theirs = &peer->figures[i];
        struct series ratio =
            figures[i].is_rate ? series_ratio(ours, theirs) : series_ratio(theirs, ours);
        if (ratio.count > 0)
            report_ratio(report, figures[i].name, figures[i].label, &ratio,
                         figures[i].has_aim ? aim : NO_AIM);
    }
    free(name);
    free(title);
}

static bool find_model(void)
{
    const char *given = getenv("MNEME_TEST_MODEL"), *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    model = given  ? given
            : data ? must_print("%s/mneme/models/all-MiniLM-L6-v2", data)
                   : must_print("%s/.local/share/mneme/models/all-MiniLM-L6-v2", home ? home : "");
    char *weights = must_print("%s/model.safetensors", model);
    bool is_there = access(weights, R_OK) == 0;
    free(weights);
    return is_there;
}

/* Ours first, the fastest set before all. */
static void add_contenders(void)
{
    size_t set_count = 0;
    while (linear_usable(set_count)) set_count++;
    for (size_t i = set_count; i-- > 0;) {
        const char *set = linear_usable(i)->name;
        add(must_print("mneme_%s", set), must_print("mneme, %s", set), set, i + 1 < set_count);
    }
    if (python) {
        run_peer(NULL, "export");
        add("onnx", "ONNX Runtime f32", NULL, false);
        add("onnx_int8", "ONNX Runtime int8", NULL, true);
        add("st", "sentence-transformers", NULL, true);
    }
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--measure") == 0) return measure(argv[2], argv[3], LENGTHS);
    if (argc == 4 && strcmp(argv[1], "--measure-short") == 0)
        return measure(argv[2], argv[3], SHORT_LENGTHS);
    if (argc == 4 && strcmp(argv[1], "--remember") == 0) return measure_remember(argv[2], argv[3]);
    if (argc != 4) die("usage: embed FOLDER JSON PROGRAM");
    struct report *report = report_open(argv[2]);
    if (!find_model()) {
        report_section(report, "embed", "Embedding");
        report_note(report, "skipped", "all-MiniLM-L6-v2 is not there: `mneme model pull` gets it");
        report_close(report);
        return 0;
    }
    size_t runs = setting("MNEME_BENCH_RUNS", RUNS);
    python = getenv("MNEME_BENCH_PYTHON");
    cache = getenv("MNEME_BENCH_CACHE") ? getenv("MNEME_BENCH_CACHE") : "build/bench/peers";
    texts_path = must_print("%s/texts", argv[1]);
    write_texts();
    add_contenders();
    for (size_t turn = 0; turn < runs; turn++) {
        for (size_t i = 0; i < contender_count; i++)
            if (turn == 0 || !contenders[i].is_brief) run(&contenders[i]);
        run_remember(&contenders[0], model, argv[1]);
        run_remember(&without_model, "hash", argv[1]);
    }
    for (size_t i = 0; i < contender_count; i++) report_contender(report, &contenders[i]);
    report_contender(report, &without_model);
    for (size_t i = 0; i < contender_count; i++)
        if (!contenders[i].set)
            report_beside(report, &contenders[i],
                          strcmp(contenders[i].name, "onnx") == 0 ? 1.2 : NO_AIM);
    report_close(report);
    return 0;
}
