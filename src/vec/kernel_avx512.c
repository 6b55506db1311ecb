/*
 * AVX-512: 16 floats a step, the rest of a row by one masked step. Two partial sums a row and four
 * rows together, as in kernel_avx2.c and for the same reasons.
 */
#include "vec/kernels_internal.h"

#include <immintrin.h>

#define LANES 16
#define ROWS 4 /* worked on together */
#define LINE_FLOATS 16

/* The lanes of the last, incomplete step: `left` < 16 of them. */
static inline __mmask16 rest(size_t left)
{
    return (__mmask16)((1U << left) - 1U);
}

static float dot(const float *a, const float *b, size_t n)
{
    __m512 even = _mm512_setzero_ps(), odd = _mm512_setzero_ps();
    size_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        even = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), even);
        odd = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + LANES), _mm512_loadu_ps(b + i + LANES), odd);
    }
    if (i + LANES <= n) {
        even = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), even);
        i += LANES;
    }
    if (i < n) {
        __mmask16 mask = rest(n - i);
        odd = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, a + i),
                              _mm512_maskz_loadu_ps(mask, b + i), odd);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(even, odd));
}

static inline void dot_together(const float *query, const float *const rows[ROWS], size_t n,
                                float *out)
{
    __m512 even[ROWS], odd[ROWS];
    for (size_t r = 0; r < ROWS; r++) {
        even[r] = odd[r] = _mm512_setzero_ps();
    }
    size_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        __m512 q0 = _mm512_loadu_ps(query + i), q1 = _mm512_loadu_ps(query + i + LANES);
        for (size_t r = 0; r < ROWS; r++) {
            even[r] = _mm512_fmadd_ps(q0, _mm512_loadu_ps(rows[r] + i), even[r]);
            odd[r] = _mm512_fmadd_ps(q1, _mm512_loadu_ps(rows[r] + i + LANES), odd[r]);
        }
    }
    if (i + LANES <= n) {
        __m512 q0 = _mm512_loadu_ps(query + i);
        for (size_t r = 0; r < ROWS; r++) {
            even[r] = _mm512_fmadd_ps(q0, _mm512_loadu_ps(rows[r] + i), even[r]);
        }
        i += LANES;
    }
    if (i < n) {
        __mmask16 mask = rest(n - i);
        __m512 q0 = _mm512_maskz_loadu_ps(mask, query + i);
        for (size_t r = 0; r < ROWS; r++) {
            odd[r] = _mm512_fmadd_ps(q0, _mm512_maskz_loadu_ps(mask, rows[r] + i), odd[r]);
        }
    }
    for (size_t r = 0; r < ROWS; r++) {
        out[r] = _mm512_reduce_add_ps(_mm512_add_ps(even[r], odd[r]));
    }
}

static void dot_rows(const float *query, const float *rows, size_t n, size_t count, float *out)
{
    size_t i = 0;
    for (; i + ROWS <= count; i += ROWS) {
        const float *row = rows + i * n;
        dot_together(query, (const float *const[ROWS]){row, row + n, row + 2 * n, row + 3 * n}, n,
                     out + i);
    }
    for (; i < count; i++) {
        out[i] = dot(query, rows + i * n, n);
    }
}

static inline void prefetch(const float *row, size_t n)
{
    for (size_t i = 0; i < n; i += LINE_FLOATS) {
        _mm_prefetch((const char *)(row + i), _MM_HINT_T0);
    }
}

static void dot_gather(const float *query, const float *rows, size_t n, const uint32_t *ordinals,
                       size_t count, float *out)
{
    size_t i = 0;
    for (; i + ROWS <= count; i += ROWS) {
        for (size_t next = i + ROWS; next < i + 2 * ROWS && next < count; next++) {
            prefetch(rows + (size_t)ordinals[next] * n, n);
        }
        const float *group[ROWS];
        for (size_t r = 0; r < ROWS; r++) {
            group[r] = rows + (size_t)ordinals[i + r] * n;
        }
        dot_together(query, group, n, out + i);
    }
    for (; i < count; i++) {
        out[i] = dot(query, rows + (size_t)ordinals[i] * n, n);
    }
}

static void add_scaled(float *sum, const float *x, float scale, size_t n)
{
    __m512 factor = _mm512_set1_ps(scale);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m512 y = _mm512_fmadd_ps(factor, _mm512_loadu_ps(x + i), _mm512_loadu_ps(sum + i));
        _mm512_storeu_ps(sum + i, y);
    }
    if (i < n) {
        __mmask16 mask = rest(n - i);
        __m512 y = _mm512_fmadd_ps(factor, _mm512_maskz_loadu_ps(mask, x + i),
                                   _mm512_maskz_loadu_ps(mask, sum + i));
        _mm512_mask_storeu_ps(sum + i, mask, y);
    }
}

static void scale_all(float *x, float factor, size_t n)
{
    __m512 factors = _mm512_set1_ps(factor);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        _mm512_storeu_ps(x + i, _mm512_mul_ps(factors, _mm512_loadu_ps(x + i)));
    }
    if (i < n) {
        __mmask16 mask = rest(n - i);
        _mm512_mask_storeu_ps(x + i, mask,
                              _mm512_mul_ps(factors, _mm512_maskz_loadu_ps(mask, x + i)));
    }
}

static void add_scaled_i8(float *sum, const int8_t *row, float scale, size_t n)
{
    __m512 factor = _mm512_set1_ps(scale);
    for (size_t i = 0; i < n; i += LANES) {
        __mmask16 mask = n - i >= LANES ? (__mmask16)0xffff : rest(n - i);
        __m512i wide = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, row + i));
        __m512 y =
            _mm512_fmadd_ps(factor, _mm512_cvtepi32_ps(wide), _mm512_maskz_loadu_ps(mask, sum + i));
        _mm512_mask_storeu_ps(sum + i, mask, y);
    }
}

static void add_scaled_f16(float *sum, const uint16_t *row, float scale, size_t n)
{
    __m512 factor = _mm512_set1_ps(scale);
    for (size_t i = 0; i < n; i += LANES) {
        __mmask16 mask = n - i >= LANES ? (__mmask16)0xffff : rest(n - i);
        __m512 wide = _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask, row + i));
        __m512 y = _mm512_fmadd_ps(factor, wide, _mm512_maskz_loadu_ps(mask, sum + i));
        _mm512_mask_storeu_ps(sum + i, mask, y);
    }
}

const struct kernels kernel_avx512 = {
    .name = "avx512",
    .dot = dot,
    .dot_rows = dot_rows,
    .dot_gather = dot_gather,
    .add_scaled = add_scaled,
    .scale = scale_all,
    .add_scaled_i8 = add_scaled_i8,
    .add_scaled_f16 = add_scaled_f16,
};
