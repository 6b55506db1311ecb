/* Which instruction set: asked of the processor once, then one pointer. */
#include "embed/linear.h"

#include "embed/linear_internal.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_ROWS 35 // two tiles of rows and a part
#define CHECK_INNER 64
#define CHECK_OUTER 48
#define CHECK_BYTES 16384  // of packed weights, and of scratch; it is all on the stack
#define CHECK_DISTANCE .1F // of a sum of 64 products within 1, each rounded to 8 bits twice

/* Numbers within -1 .. 1 that look like none in particular. */
static void fill(float *out, size_t count, uint32_t seed)
{
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525U + 1013904223U;
        out[i] = (float)(seed >> 8) / (float)(1U << 23) - 1;
    }
}

bool linear_agrees(const struct linear_set *set)
{
    float rows[CHECK_ROWS * CHECK_INNER], weights[CHECK_OUTER * CHECK_INNER], bias[CHECK_OUTER];
    float out[CHECK_ROWS * CHECK_OUTER] = {0};
    _Alignas(64) unsigned char packed[CHECK_BYTES] = {0}, scratch[CHECK_BYTES];
    fill(rows, CHECK_ROWS * CHECK_INNER, 1);
    fill(weights, CHECK_OUTER * CHECK_INNER, 2);
    fill(bias, CHECK_OUTER, 3);
    assert(set->packed_bytes(CHECK_INNER, CHECK_OUTER) <= sizeof packed);
    assert(set->scratch_bytes(CHECK_ROWS, CHECK_INNER) <= sizeof scratch);
    for (size_t first = 0; first < CHECK_OUTER; first += LINEAR_UNIT) {
        set->pack(weights + first * CHECK_INNER, first, CHECK_INNER, CHECK_OUTER, packed);
    }
    set->multiply(&(struct linear_product){.rows = rows,
                                           .row_count = CHECK_ROWS,
                                           .weights = packed,
                                           .inner = CHECK_INNER,
                                           .outer = CHECK_OUTER,
                                           .bias = bias,
                                           .out = out,
                                           .scratch = scratch});
    for (size_t i = 0; i < CHECK_ROWS * CHECK_OUTER; i++) {
        const float *row = rows + i / CHECK_OUTER * CHECK_INNER;
        const float *column = weights + i % CHECK_OUTER * CHECK_INNER;
        float sum = bias[i % CHECK_OUTER];
        for (size_t j = 0; j < CHECK_INNER; j++) {
            sum += row[j] * column[j];
        }
        if (!(fabsf(out[i] - sum) < CHECK_DISTANCE)) {
            return false;
        }
    }
    return true;
}

static bool is_always_there(void)
{
    return true;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REQUEST_PERMISSION 0x1023 /* ARCH_REQ_XCOMP_PERM of arch_prctl */
#define TILE_DATA 18              /* the part of a thread's state that it is for */
#define BIT_AVX512_BF16 (1U << 5) /* leaf 7.1, EAX */
#define BIT_AMX_BF16 (1U << 22)   /* leaf 7.0, EDX */
#define BIT_AMX_TILE (1U << 24)

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

/* The system saves tiles only for processes that have asked; to ask again does no harm. */
static bool has_amx(void)
{
    unsigned a, b, c, d;
    const unsigned amx = BIT_AMX_BF16 | BIT_AMX_TILE;
    return has_avx512() && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & amx) == amx &&
           __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & BIT_AVX512_BF16) != 0 &&
           syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0 &&
           linear_agrees(&linear_amx);
}
#endif

/* From the slowest to the fastest. */
static const struct {
    const struct linear_set *set;
    bool (*is_usable)(void);
} sets[] = {
    {&linear_scalar, is_always_there},
#if defined(__x86_64__)
    {&linear_avx2, has_avx2},
    {&linear_avx512, has_avx512},
    {&linear_amx, has_amx},
#endif
};

#define SET_COUNT (sizeof sets / sizeof sets[0])

const struct linear_set *linear_usable(size_t index)
{
    for (size_t i = 0; i < SET_COUNT; i++) {
        if (sets[i].is_usable() && index-- == 0) {
            return sets[i].set;
        }
    }
    return NULL;
}

static const struct linear_set *choose(void)
{
    const char *wanted = getenv("MNEME_SIMD");
    const struct linear_set *fastest = NULL, *set;
    for (size_t i = 0; (set = linear_usable(i)) != NULL; i++) {
        if (wanted != NULL && strcmp(wanted, set->name) == 0) {
            return set;
        }
        fastest = set;
    }
    return fastest;
}

const struct linear_set *linear_get(void)
{
    // Threads that come here at once choose the same.
    static _Atomic(const struct linear_set *) chosen;
    const struct linear_set *set = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (set == NULL) {
        set = choose();
        atomic_store_explicit(&chosen, set, memory_order_relaxed);
    }
    return set;
}

/* One head's keys as columns, and the scores of a block of rows; both padded. */
size_t linear_attention_floats(size_t token_count, size_t head_width)
{
    size_t padded = (token_count + LINEAR_UNIT - 1) / LINEAR_UNIT * LINEAR_UNIT;
    return (head_width + LINEAR_ROWS_MAX) * padded;
}
