#include "base/env.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    if (clock_gettime(id, &now) != 0) return 0; // cannot happen with the two clocks below
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_now(void *context)
{
    (void)context;
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_monotonic(void *context)
{
    (void)context;
    return read_clock(CLOCK_MONOTONIC);
}

static bool system_random(void *context, void *bytes, size_t length)
{
    (void)context;
    char *at = bytes;
    while (length > 0) {
        ssize_t got = getrandom(at, length, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += got;
        length -= (size_t)got;
    }
    return true;
}

struct env env_system(void)
{
    return (struct env){
        .now_us = system_now, .monotonic_us = system_monotonic, .random = system_random};
}

static int64_t fixed_now(void *context)
{
    struct env_fixed *fixed = context;
    return atomic_fetch_add(&fixed->now_us, 1);
}

/* splitmix64: the state only counts, so threads need no lock. */
static bool fixed_random(void *context, void *bytes, size_t length)
{
    const uint64_t step = UINT64_C(0x9E3779B97F4A7C15);
    struct env_fixed *fixed = context;
    char *at = bytes;
    while (length > 0) {
        uint64_t z = atomic_fetch_add(&fixed->state, step) + step;
        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        z ^= z >> 31;
        size_t size = length < sizeof z ? length : sizeof z;
        memcpy(at, &z, size);
        at += size;
        length -= size;
    }
    return true;
}

struct env env_fixed(struct env_fixed *fixed, int64_t start_us, uint64_t seed)
{
    atomic_init(&fixed->now_us, start_us);
    atomic_init(&fixed->state, seed);
    return (struct env){
        .now_us = fixed_now,
        .monotonic_us = fixed_now,
        .random = fixed_random,
        .context = fixed,
    };
}
