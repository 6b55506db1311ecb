/*
 * Which instruction set: asked of the processor once, then one pointer. The files of other
 * architectures are not in the build; the #if below is the only place that knows.
 */
#include "vec/kernels.h"

#include "vec/kernels_internal.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* F16C is a feature of its own, which not every compiler's __builtin_cpu_supports knows by name. */
static bool has_f16c(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C) != 0;
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

static bool is_always_there(void)
{
    return true;
}

/* From the narrowest to the widest. */
static const struct {
    const struct kernels *kernels;
    bool (*is_usable)(void);
} sets[] = {
    {&kernel_scalar, is_always_there},
#if defined(__x86_64__)
    {&kernel_avx2, has_avx2},
    {&kernel_avx512, has_avx512},
#elif defined(__aarch64__)
    {&kernel_neon, is_always_there},
#endif
};

#define SET_COUNT (sizeof sets / sizeof sets[0])

const struct kernels *kernels_usable(size_t index)
{
    for (size_t i = 0; i < SET_COUNT; i++) {
        if (sets[i].is_usable() && index-- == 0) {
            return sets[i].kernels;
        }
    }
    return NULL;
}

static const struct kernels *choose(void)
{
    const char *wanted = getenv("MNEME_SIMD");
    const struct kernels *widest = NULL, *kernels;
    for (size_t i = 0; (kernels = kernels_usable(i)) != NULL; i++) {
        if (wanted != NULL && strcmp(wanted, kernels->name) == 0) {
            return kernels;
        }
        widest = kernels;
    }
    return widest;
}

const struct kernels *kernels_get(void)
{
    // Threads that come here at once choose the same.
    static _Atomic(const struct kernels *) chosen;
    const struct kernels *kernels = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (kernels == NULL) {
        kernels = choose();
        atomic_store_explicit(&chosen, kernels, memory_order_relaxed);
    }
    return kernels;
}

/* Squares that leave the range of float are taken in double: any finite vector but zero has a
 * direction. */
static bool normalize_in_double(float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    if (!isfinite(sum) || sum <= 0) {
        memset(x, 0, n * sizeof *x);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)((double)x[i] / sqrt(sum));
    }
    return true;
}

bool vector_normalize(const struct kernels *kernels, float *x, size_t n)
{
    float sum = kernels->dot(x, x, n);
    if (!(sum > 1e-20F && sum < 1e30F)) {
        return normalize_in_double(x, n);
    }
    kernels->scale(x, 1.0F / sqrtf(sum), n);
    return true;
}
