/*
 * AVX2, FMA and F16C: 8 floats a step. Every row has two partial sums of 8 lanes, taken in turn,
 * whether it is worked on alone or with three others: so one row's result does not depend on its
 * neighbours. Four rows share each load of the query and keep eight chains of additions busy.
 */
#include "vec/kernels_internal.h"

#include <immintrin.h>

#define LANES 8
#define ROWS 4 /* worked on together */
#define LINE_FLOATS 16

static float sum_lanes(__m256 even, __m256 odd, float tail)
{
    __m256 both = _mm256_add_ps(even, odd);
    __m128 x = _mm_add_ps(_mm256_castps256_ps128(both), _mm256_extractf128_ps(both, 1));
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    x = _mm_add_ss(x, _mm_movehdup_ps(x));
    return _mm_cvtss_f32(x) + tail;
}

static inline float dot_tail(const float *a, const float *b, size_t from, size_t n)
{
    float sum = 0;
    for (size_t i = from; i < n; i++) {
        sum = __builtin_fmaf(a[i], b[i], sum);
    }
    return sum;
}

static float dot(const float *a, const float *b, size_t n)
{
    __m256 even = _mm256_setzero_ps(), odd = _mm256_setzero_ps();
    size_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        even = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), even);
        odd = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + LANES), _mm256_loadu_ps(b + i + LANES), odd);
    }
    if (i + LANES <= n) {
        even = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), even);
        i += LANES;
    }
    return sum_lanes(even, odd, dot_tail(a, b, i, n));
}

static inline void dot_together(const float *query, const float *const rows[ROWS], size_t n,
                                float *out)
{
    __m256 even[ROWS], odd[ROWS];
    for (size_t r = 0; r < ROWS; r++) {
        even[r] = odd[r] = _mm256_setzero_ps();
    }
    size_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        __m256 q0 = _mm256_loadu_ps(query + i), q1 = _mm256_loadu_ps(query + i + LANES);
        for (size_t r = 0; r < ROWS; r++) {
            even[r] = _mm256_fmadd_ps(q0, _mm256_loadu_ps(rows[r] + i), even[r]);
            odd[r] = _mm256_fmadd_ps(q1, _mm256_loadu_ps(rows[r] + i + LANES), odd[r]);
        }
    }
    if (i + LANES <= n) {
        __m256 q0 = _mm256_loadu_ps(query + i);
        for (size_t r = 0; r < ROWS; r++) {
            even[r] = _mm256_fmadd_ps(q0, _mm256_loadu_ps(rows[r] + i), even[r]);
        }
        i += LANES;
    }
    for (size_t r = 0; r < ROWS; r++) {
        out[r] = sum_lanes(even[r], odd[r], dot_tail(query, rows[r], i, n));
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
    __m256 factor = _mm256_set1_ps(scale);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m256 y = _mm256_fmadd_ps(factor, _mm256_loadu_ps(x + i), _mm256_loadu_ps(sum + i));
        _mm256_storeu_ps(sum + i, y);
    }
    for (; i < n; i++) {
        sum[i] = __builtin_fmaf(scale, x[i], sum[i]);
    }
}

static void scale_all(float *x, float factor, size_t n)
{
    __m256 factors = _mm256_set1_ps(factor);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        _mm256_storeu_ps(x + i, _mm256_mul_ps(factors, _mm256_loadu_ps(x + i)));
    }
    for (; i < n; i++) {
        x[i] *= factor;
    }
}

static void add_scaled_i8(float *sum, const int8_t *row, float scale, size_t n)
{
    __m256 factor = _mm256_set1_ps(scale);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m256i wide = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(row + i)));
        __m256 y = _mm256_fmadd_ps(factor, _mm256_cvtepi32_ps(wide), _mm256_loadu_ps(sum + i));
        _mm256_storeu_ps(sum + i, y);
    }
    for (; i < n; i++) {
        sum[i] = __builtin_fmaf(scale, (float)row[i], sum[i]);
    }
}

static void add_scaled_f16(float *sum, const uint16_t *row, float scale, size_t n)
{
    __m256 factor = _mm256_set1_ps(scale);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m256 wide = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(row + i)));
        _mm256_storeu_ps(sum + i, _mm256_fmadd_ps(factor, wide, _mm256_loadu_ps(sum + i)));
    }
    for (; i < n; i++) {
        sum[i] = __builtin_fmaf(scale, _cvtsh_ss(row[i]), sum[i]);
    }
}

const struct kernels kernel_avx2 = {
    .name = "avx2",
    .dot = dot,
    .dot_rows = dot_rows,
    .dot_gather = dot_gather,
    .add_scaled = add_scaled,
    .scale = scale_all,
    .add_scaled_i8 = add_scaled_i8,
    .add_scaled_f16 = add_scaled_f16,
};
