/*
 * Clocks, samples and what is said of them. A benchmark is a program that ends at the first thing that goes wrong, so
 * nothing here returns an error.
 */
#ifndef BENCH_SUPPORT_MEASURE_H
#define BENCH_SUPPORT_MEASURE_H

#include "mneme.h"

#include <stddef.h>
#include <stdint.h>

#define SERIES_MAX 64 /* runs of one figure */

/* Says what failed and ends the program with status 1. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends it unless the code is OK. */
void must(enum mneme_code code, const char *what, const struct mneme_error *error);
/* Zeroed memory, or the end. */
void *must_alloc(size_t count, size_t size);
/* The text that the format makes, for the life of the program. */
char *must_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

int64_t clock_ns(void);
int64_t cpu_ns(void); /* of all threads of the process */
/* A whole number of the environment, or the usual one. */
size_t setting(const char *name, size_t usual);

/* One figure, run by run. */
struct series {
    double values[SERIES_MAX];
    size_t count;
};
void series_add(struct series *series, double value);
double series_median(const struct series *series);
double series_low(const struct series *series);
double series_high(const struct series *series);
/* One figure over another, run by run. */
struct series series_ratio(const struct series *of, const struct series *to);

/* How long each call of one run took. */
struct latencies {
    int64_t *ns;
    size_t count, capacity;
};
void latencies_add(struct latencies *latencies, int64_t ns);
/* The `share` quantile in microseconds, by rank; sorts. */
double latencies_us(struct latencies *latencies, double share);

/* The median time in microseconds of a write of 4 KiB followed by fdatasync, in a file of that folder. */
double sync_us(const char *folder);
/* Removes a store and what lies beside it. */
void remove_store(const char *path);

#endif
