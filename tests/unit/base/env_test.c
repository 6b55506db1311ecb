#include "base/env.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

Test(env, system_clock_is_the_wall_clock)
{
    struct env env = env_system();
    int64_t before = (int64_t)time(NULL);
    int64_t now = env.now_us(env.context);
    cr_assert_geq(now, before * 1000000);
    cr_assert_leq(now, (before + 60) * 1000000);
}

Test(env, system_monotonic_clock_does_not_step_back)
{
    struct env env = env_system();
    int64_t last = env.monotonic_us(env.context);
    for (int i = 0; i < 1000; i++) {
        int64_t now = env.monotonic_us(env.context);
        cr_assert_geq(now, last);
        last = now;
    }
}

Test(env, system_randomness_fills_all_bytes_and_differs)
{
    struct env env = env_system();
    unsigned char seen[600] = {0}, bytes[600];
    for (int round = 0; round < 20; round++) {
        memset(bytes, 0, sizeof bytes);
        cr_assert(env.random(env.context, bytes, sizeof bytes));
        for (size_t i = 0; i < sizeof bytes; i++) seen[i] |= bytes[i];
    }
    for (size_t i = 0; i < sizeof seen; i++) cr_assert_neq(seen[i], 0, "byte %zu is never set", i);
    cr_assert(env.random(env.context, bytes, 0));
}

Test(env, fixed_clock_moves_a_microsecond_a_look_and_by_hand)
{
    struct env_fixed fixed;
    struct env env = env_fixed(&fixed, 1000, 1);
    cr_assert_eq(env.now_us(env.context), 1000);
    cr_assert_eq(env.monotonic_us(env.context), 1001);
    cr_assert_eq(env.now_us(env.context), 1002);
    fixed.now_us = 5;
    cr_assert_eq(env.now_us(env.context), 5);
    fixed.now_us += 100;
    cr_assert_eq(env.now_us(env.context), 106);
}

Test(env, fixed_randomness_repeats_by_seed)
{
    struct env_fixed fixed[3];
    unsigned char bytes[3][100];
    const uint64_t seeds[] = {7, 7, 8};
    for (size_t i = 0; i < 3; i++) {
        struct env env = env_fixed(&fixed[i], 0, seeds[i]);
        cr_assert(env.random(env.context, bytes[i], sizeof bytes[i]));
    }
    cr_assert_arr_eq(bytes[0], bytes[1], sizeof bytes[0]);
    cr_assert_arr_neq(bytes[0], bytes[2], sizeof bytes[0]);
    cr_assert_arr_neq(bytes[0], bytes[0] + 8, 8, "it is no constant");
}

enum { THREADS = 4, LOOKS = 5000 };

static void *look(void *context)
{
    struct env *env = context;
    int64_t last = -1;
    for (int i = 0; i < LOOKS; i++) {
        int64_t now = env->now_us(env->context);
        if (now <= last) return context; // a failure
        last = now;
    }
    return NULL;
}

Test(env_threads, fixed_clock_counts_every_look)
{
    struct env_fixed fixed;
    struct env env = env_fixed(&fixed, 0, 1);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, look, &env), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failure;
        cr_assert_eq(pthread_join(threads[i], &failure), 0);
        cr_assert_null(failure, "each look of a thread is later than the one before");
    }
    cr_assert_eq(env.now_us(env.context), THREADS * LOOKS);
}
