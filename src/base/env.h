/*
 * The outside world that tests need to own: clocks and randomness. One per store, read by any thread.
 */
#ifndef BASE_ENV_H
#define BASE_ENV_H

#include "base/error.h"

#include <stdatomic.h>

struct env {
    int64_t (*now_us)(void *context);       /* wall clock, microseconds since 1970 UTC */
    int64_t (*monotonic_us)(void *context); /* for durations and deadlines */
    bool (*random)(void *context, void *bytes, size_t length); /* false: no randomness to be had */
    void *context;
};

struct env env_system(void);

/* A repeatable world for tests: the clock starts at `start_us` and moves one microsecond a look (and by hand), random
 * bytes come from a seeded generator. Thread-safe. */
struct env_fixed {
    _Atomic int64_t now_us;
    _Atomic uint64_t state;
};
struct env env_fixed(struct env_fixed *fixed, int64_t start_us, uint64_t seed);

#endif
