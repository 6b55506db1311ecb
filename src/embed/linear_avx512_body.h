/* What linear_body.h wants to know of AVX-512: eight rows by three vectors of sixteen are 24 of the 32
 * registers. */
#ifndef EMBED_LINEAR_AVX512_BODY_H
#define EMBED_LINEAR_AVX512_BODY_H

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

#endif
