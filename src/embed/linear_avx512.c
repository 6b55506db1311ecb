/* AVX-512: eight rows by three vectors of sixteen are 24 of the 32 registers. */
#include "embed/linear_internal.h"

#include <immintrin.h>

#define LANES 16
#define ROWS 8
#define VECTORS 3

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));

static inline vec multiply_add(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}

static inline vec larger(vec a, vec b)
{
    return _mm512_max_ps(a, b);
}

static inline float sum_of(vec a)
{
    return _mm512_reduce_add_ps(a);
}

static inline float largest_of(vec a)
{
    return _mm512_reduce_max_ps(a);
}

#include "embed/linear_body.h"

const struct linear_set linear_avx512 = {
    .name = "avx512",
    .packed_bytes = packed_bytes,
    .pack = pack,
    .scratch_bytes = scratch_bytes,
    .multiply = multiply,
    .attend = attend,
    .normalize = normalize,
};
