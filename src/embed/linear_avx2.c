/* AVX2 and FMA: six rows by two vectors of eight are 12 of the 16 registers. */
#include "embed/linear_internal.h"

#include <immintrin.h>

#define LANES 8
#define ROWS 6
#define VECTORS 2

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));

static inline vec multiply_add(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

static inline vec larger(vec a, vec b)
{
    return _mm256_max_ps(a, b);
}

static inline float sum_of(vec a)
{
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

static inline float largest_of(vec a)
{
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

#include "embed/linear_product_body.h"

const struct linear_set linear_avx2 = {
    .name = "avx2",
    .packed_bytes = packed_bytes,
    .pack = pack,
    .scratch_bytes = scratch_bytes,
    .multiply = multiply,
    .attend = attend,
    .normalize = normalize,
};
