/*
 * Arithmetic on floats, one file per instruction set; knows no records.
 *
 * kernels_get chooses once, the widest set that the processor has;
 * MNEME_SIMD=scalar|avx2|avx512|neon forces one that is there (an unknown or unusable name is
 * ignored). The order of additions differs between sets, so results may differ in the last bits;
 * for one set they are repeatable, and dot, dot_rows and dot_gather give the same bits for the same
 * two vectors, wherever the row lies. Pointers need the alignment of their element only; nothing is
 * allocated; any thread.
 */
#ifndef VEC_KERNELS_H
#define VEC_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kernels {
    const char *name;
    float (*dot)(const float *a, const float *b, size_t n);
    /* out[i] = dot(query, rows + i * n), for count rows that lie one after another. */
    void (*dot_rows)(const float *query, const float *rows, size_t n, size_t count, float *out);
    /* out[i] = dot(query, rows + ordinals[i] * n), prefetching ahead. */
    void (*dot_gather)(const float *query, const float *rows, size_t n, const uint32_t *ordinals,
                       size_t count, float *out);
    void (*add_scaled)(float *sum, const float *x, float scale, size_t n); /* sum += scale * x */
    void (*scale)(float *x, float factor, size_t n);
    /* Rows of int8 or of IEEE half floats, added to a float sum: sum += scale * row. */
    void (*add_scaled_i8)(float *sum, const int8_t *row, float scale, size_t n);
    void (*add_scaled_f16)(float *sum, const uint16_t *row, float scale, size_t n);
};

const struct kernels *kernels_get(void);
/* All that this processor can run, scalar first; NULL behind the last. For tests and benchmarks. */
const struct kernels *kernels_usable(size_t index);

/* Divides by the length; a zero or non-finite vector becomes zero, and false is returned. */
bool vector_normalize(const struct kernels *kernels, float *x, size_t n);

#endif
