#include "measure.h"

#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SYNCS 200
#define SYNC_BYTES 4096

void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fflush(stdout);
    (void)fputs("bench: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void must(enum mneme_code code, const char *what, const struct mneme_error *error)
{
    if (code != MNEME_OK) die("%s: %s: %s", what, mneme_code_name(code), error->message);
}

void *must_alloc(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size);
    if (!block) die("out of memory");
    return block;
}

char *must_print(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) die("out of memory");
    return text;
}

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

size_t setting(const char *name, size_t usual)
{
    const char *text = getenv(name);
    if (!text || !*text) return usual;
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*end != '\0' || value == 0) die("%s must be a whole number, not '%s'", name, text);
    return value;
}

void series_add(struct series *series, double value)
{
    if (series->count == SERIES_MAX) die("more than %d runs", SERIES_MAX);
    series->values[series->count++] = value;
}

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double series_median(const struct series *series)
{
    struct series sorted = *series;
    if (sorted.count == 0) return 0;
    qsort(sorted.values, sorted.count, sizeof *sorted.values, compare_reals);
    size_t middle = sorted.count / 2;
    return sorted.count % 2 == 1 ? sorted.values[middle]
                                 : (sorted.values[middle - 1] + sorted.values[middle]) / 2;
}

double series_low(const struct series *series)
{
    double low = series->count > 0 ? series->values[0] : 0;
    for (size_t i = 1; i < series->count; i++) low = fmin(low, series->values[i]);
    return low;
}

double series_high(const struct series *series)
{
    double high = series->count > 0 ? series->values[0] : 0;
    for (size_t i = 1; i < series->count; i++) high = fmax(high, series->values[i]);
    return high;
}

struct series series_ratio(const struct series *of, const struct series *to)
{
    struct series ratio = {.count = 0};
    for (size_t i = 0; i < of->count && i < to->count; i++)
        series_add(&ratio, of->values[i] / to->values[i]);
    return ratio;
}

void latencies_add(struct latencies *latencies, int64_t ns)
{
    if (latencies->count == latencies->capacity) {
        latencies->capacity = latencies->capacity ? 2 * latencies->capacity : 1024;
        latencies->ns = realloc(latencies->ns, latencies->capacity * sizeof *latencies->ns);
        if (!latencies->ns) die("out of memory");
    }
    latencies->ns[latencies->count++] = ns;
}

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

double latencies_us(struct latencies *latencies, double share)
{
    if (latencies->count == 0) return 0;
    qsort(latencies->ns, latencies->count, sizeof *latencies->ns, compare_times);
    size_t rank = (size_t)ceil(share * (double)latencies->count);
    return (double)latencies->ns[rank > 0 ? rank - 1 : 0] / 1000;
}

double sync_us(const char *folder)
{
    static const char block[SYNC_BYTES];
    char *path = must_print("%s/sync", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) die("cannot write '%s'", path);
    struct latencies times = {0};
    for (int i = 0; i < SYNCS; i++) {
        int64_t start = clock_ns();
        if (write(fd, block, sizeof block) != (ssize_t)sizeof block || fdatasync(fd) != 0)
            die("cannot write '%s'", path);
        latencies_add(&times, clock_ns() - start);
    }
    (void)close(fd);
    (void)unlink(path);
    double median = latencies_us(&times, .5);
    free(times.ns);
    free(path);
    return median;
}

void remove_store(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char *name = must_print("%s%s", path, endings[i]);
        (void)unlink(name);
        free(name);
    }
}
