/*
 * window FOLDER JSON: a conversation of 1,000, 10,000 and 100,000 messages: its window of 20, a page of its list, an
 * append, and another answer in the place of the last (regenerate); then going back to its middle, and the window again
 * where half of what was said is off the path.
 */
#include "support/measure.h"
#include "support/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 200
#define BATCH 1000

static struct report *report;

/* Calls, and gives back the first id of the answer if `id` is not NULL. */
static void call(mneme *memory, const char *operation, const char *input, char id[37])
{
    mneme_result *result;
    struct mneme_error error;
    must(mneme_call(memory, operation, input, &result, &error), operation, &error);
    const char *found = strstr(mneme_result_json(result), "\"id\":\"");
    if (id && found) (void)snprintf(id, 37, "%.36s", found + strlen("\"id\":\""));
    mneme_result_free(result);
}

static void append_many(mneme *memory, const char *talk, size_t count)
{
    static char input[200 * BATCH + 200];
    size_t length =
        (size_t)snprintf(input, sizeof input, "{\"conversation_id\":\"%s\",\"messages\":[", talk);
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(input + length, sizeof input - length,
                                   "%s{\"content\":\"turn %zu: the kettle whistles, and somebody "
                                   "asks who wants green tea\"}",
                                   i > 0 ? "," : "", i);
    (void)snprintf(input + length, sizeof input - length, "]}");
    call(memory, "conversation.append", input, NULL);
}

static void measure(mneme *memory, size_t size, const char *what, const char *operation,
                    const char *input, double aim_us)
{
    struct latencies latencies = {0};
    struct series series = {0};
    call(memory, operation, input, NULL);
    for (int i = 0; i < CALLS; i++) {
        int64_t start = clock_ns();
        call(memory, operation, input, NULL);
        latencies_add(&latencies, clock_ns() - start);
    }
    series_add(&series, latencies_us(&latencies, .5));
    char *label = must_print("%s (p95 %.0f)%s", what, latencies_us(&latencies, .95),
                             aim_us == 0                 ? ""
                             : series.values[0] < aim_us ? ", aim met"
                                                         : ", aim missed");
    char *name = must_print("%s_%zu", operation, size);
    report_figure(report, name, label, &series, "us");
    free(label);
    free(name);
    free(latencies.ns);
}

static void run(const char *folder, size_t size)
{
    char *path = must_print("%s/window.db", folder);
    struct mneme_error error;
    struct mneme_options options = {.size = sizeof options, .url = path, .model = "hash"};
    char talk[37] = "", last[37] = "", middle[37] = "", input[300];
    mneme *memory;
    remove_store(path);
    char *section = must_print("messages_%zu", size), *title = must_print("%zu messages", size);
    report_section(report, section, title);
    free(section);
    free(title);
    must(mneme_open(&options, &memory, &error), "open", &error);
    call(memory, "conversation.create", "{}", talk);
    for (size_t i = 0; i < size; i += BATCH) append_many(memory, talk, BATCH);
    (void)snprintf(input, sizeof input, "{\"conversation_id\":\"%s\"}", talk);
    measure(memory, size, "window", "conversation.window", input, 200);
    (void)snprintf(input, sizeof input, "{\"conversation_id\":\"%s\",\"limit\":20}", talk);
    measure(memory, size, "list, first page of 20", "message.list", input, 1000);
    (void)snprintf(input, sizeof input, "{\"conversation_id\":\"%s\",\"content\":\"one more\"}",
                   talk);
    measure(memory, size, "append", "conversation.append", input, 0);
    call(memory, "conversation.append", input, last);
    (void)snprintf(input, sizeof input, "{\"id\":\"%s\",\"content\":\"another\"}", last);
    measure(memory, size, "regenerate", "message.regenerate", input, 0);
    (void)snprintf(input, sizeof input,
                   "{\"conversation_id\":\"%s\",\"limit\":1,\"filter\":{\"message_seq\":%zu}}",
                   talk, size / 2);
    call(memory, "message.list", input, middle);
    (void)snprintf(input, sizeof input, "{\"id\":\"%s\"}", middle);
    int64_t start = clock_ns();
    call(memory, "message.branch", input, NULL);
    struct series took = {0};
    series_add(&took, (double)(clock_ns() - start) / 1e6);
    report_figure(report, "branch", "going back to the middle", &took, "ms");
    (void)snprintf(input, sizeof input, "{\"conversation_id\":\"%s\"}", talk);
    measure(memory, size / 2, "window, half of them off the path", "conversation.window", input,
            200);
    mneme_close(memory);
    remove_store(path);
    free(path);
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {1000, 10000, 100000};
    if (argc != 3) die("usage: window FOLDER JSON");
    report = report_open(argv[2]);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) run(argv[1], sizes[i]);
    report_close(report);
    return 0;
}
