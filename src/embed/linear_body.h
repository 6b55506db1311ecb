/*
 * The operations over vectors of LANES floats; included by the file of each instruction set, which
 * says what a vector is:
 *
 *   vec, LANES                    a compiler's vector of floats
 *   ROWS, VECTORS                 the block of results that is kept in registers
 *   multiply_add, larger          a * b + c; the larger of each lane
 *   sum_of, largest_of            over the lanes of one vector
 *
 * A block of results is made of chains of additions in the order of the inputs, one a result: which
 * rows share a block changes nothing in it.
 */
#ifndef EMBED_LINEAR_BODY_H
#define EMBED_LINEAR_BODY_H

#include "embed/linear_internal.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLLED _Pragma("GCC unroll 16")
#define AHEAD 32 /* inputs whose weights are asked for before their turn */
#define PANEL ((size_t)VECTORS * LANES)

_Static_assert(ROWS <= LINEAR_ROWS_MAX && LINEAR_UNIT % LANES == 0, "scratch is made for that");

typedef uint32_t bits __attribute__((vector_size(sizeof(vec))));

INLINE vec load(const float *at)
{
    vec value;
    memcpy(&value, at, sizeof value);
    return value;
}

INLINE void store(float *at, vec value)
{
    memcpy(at, &value, sizeof value);
}

INLINE vec splat(float value)
{
    return value - (vec){0};
}

INLINE size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// --- functions of one vector -----------------------------------------------------------------

/* e^x for x <= 88, to 2 units in the last place: 2^n times a polynomial of the rest in +-ln(2)/2.
 * Below -87 it stays at e^-87, about 1e-38. */
INLINE vec exponential(vec x)
{
    const vec shifter =
        splat(12582912.0F); // 1.5 * 2^23: the fraction falls off, n stays in the low bits
    x = larger(x, splat(-87.0F));
    vec shifted = multiply_add(x, splat(1.44269504F), shifter);
    vec n = shifted - shifter;
    vec rest = multiply_add(n, splat(-0.693359375F), x);
    rest = multiply_add(n, splat(2.12194440e-4F), rest);
    vec sum = splat(1.9875691500e-4F); // Cephes, expf
    sum = multiply_add(sum, rest, splat(1.3981999507e-3F));
    sum = multiply_add(sum, rest, splat(8.3334519073e-3F));
    sum = multiply_add(sum, rest, splat(4.1665795894e-2F));
    sum = multiply_add(sum, rest, splat(1.6666665459e-1F));
    sum = multiply_add(sum, rest, splat(5.0000001201e-1F));
    sum = multiply_add(sum, rest * rest, rest + splat(1.0F));
    return (vec)((bits)sum + ((bits)shifted << 23));
}

/* x * Phi(x), with the error function by Abramowitz and Stegun 7.1.26 (off by 1.5e-7 at most). */
INLINE vec gelu(vec x)
{
    const bits sign = (bits)splat(-0.0F);
    vec z = (vec)((bits)x & ~sign) * splat(0.707106781F);
    vec t = splat(1.0F) / multiply_add(z, splat(0.3275911F), splat(1.0F));
    vec sum = splat(1.061405429F);
    sum = multiply_add(sum, t, splat(-1.453152027F));
    sum = multiply_add(sum, t, splat(1.421413741F));
    sum = multiply_add(sum, t, splat(-0.284496736F));
    sum = multiply_add(sum, t, splat(0.254829592F));
    vec tail = sum * t * exponential(-z * z); // 1 - erf(z)
    vec erf_signed = (vec)((bits)(splat(1.0F) - tail) | ((bits)x & sign));
    vec half = x * splat(0.5F);
    return multiply_add(half, erf_signed, half);
}

// --- products --------------------------------------------------------------------------------

struct block {
    const float *a; /* rows, a_stride apart */
    size_t a_stride;
    const float *b; /* inputs, b_stride apart, VECTORS * LANES outputs beside each other or fewer */
    size_t b_stride, inner;
    const float *bias; /* NULL for none */
    const float *add;  /* NULL, or like out */
    float *out;
    size_t out_stride;
};

INLINE void multiply_block(const struct block *p, size_t rows, size_t vectors)
{
    vec sums[ROWS][VECTORS];
    size_t ahead = AHEAD * p->b_stride * sizeof(float);
    UNROLLED for (size_t v = 0; v < vectors; v++)
    {
        vec start = p->bias != NULL ? load(p->bias + v * LANES) : splat(0);
        UNROLLED for (size_t r = 0; r < rows; r++) sums[r][v] = start;
    }
    const float *b = p->b;
    for (size_t k = 0; k < p->inner; k++, b += p->b_stride) {
        vec weights[VECTORS];
        UNROLLED for (size_t v = 0; v < vectors; v++)
        {
            weights[v] = load(b + v * LANES);
            // May lie behind the weights, which a prefetch forgives.
            __builtin_prefetch((const void *)((uintptr_t)(b + v * LANES) + ahead));
        }
        UNROLLED for (size_t r = 0; r < rows; r++)
        {
            vec input = splat(p->a[r * p->a_stride + k]);
            UNROLLED for (size_t v = 0; v < vectors; v++)
            {
                sums[r][v] = multiply_add(input, weights[v], sums[r][v]);
            }
        }
    }
    UNROLLED for (size_t r = 0; r < rows; r++)
    {
        UNROLLED for (size_t v = 0; v < vectors; v++)
        {
            size_t at = r * p->out_stride + v * LANES;
            if (p->add != NULL) {
                sums[r][v] += load(p->add + at);
            }
            store(p->out + at, sums[r][v]);
        }
    }
}

#define BLOCK(rows, vectors)                                                                       \
    case (rows)*8 + (vectors):                                                                     \
        if ((rows) <= ROWS && (vectors) <= VECTORS) multiply_block(p, rows, vectors);              \
        break;
#define BLOCKS(rows) BLOCK(rows, 1) BLOCK(rows, 2) BLOCK(rows, 3) BLOCK(rows, 4)

static void multiply_rows(const struct block *p, size_t rows, size_t vectors)
{
    switch (rows * 8 + vectors) {
        BLOCKS(1) BLOCKS(2) BLOCKS(3) BLOCKS(4) BLOCKS(5) BLOCKS(6) BLOCKS(7) BLOCKS(8)
    }
}

// --- attention -------------------------------------------------------------------------------

/* The keys of one head as columns; columns behind the last token are zero. */
static void turn_keys(const float *keys, size_t stride, size_t tokens, size_t padded, size_t width,
                      float *out)
{
    for (size_t i = 0; i < width; i++) {
        for (size_t t = 0; t < tokens; t++) {
            out[i * padded + t] = keys[t * stride + i];
        }
        for (size_t t = tokens; t < padded; t++) {
            out[i * padded + t] = 0;
        }
    }
}

/* Scores to shares; those behind the last token become 0. */
static void softmax(float *scores, size_t tokens, size_t padded)
{
    vec top = splat(-INFINITY), sum = splat(0);
    for (size_t t = tokens; t < padded; t++) {
        scores[t] = -INFINITY;
    }
    for (size_t t = 0; t < padded; t += LANES) {
        top = larger(top, load(scores + t));
    }
    vec most = splat(largest_of(top));
    for (size_t t = 0; t < padded; t += LANES) {
        vec share = exponential(load(scores + t) - most);
        store(scores + t, share);
        sum += share;
    }
    vec factor = splat(1.0F / sum_of(sum));
    for (size_t t = 0; t < padded; t += LANES) {
        store(scores + t, load(scores + t) * factor);
    }
}

static void attend_head(const struct linear_attention *p, size_t head, size_t width)
{
    size_t tokens = p->token_count, stride = 3 * p->width, at = head * width;
    size_t padded = (tokens + LANES - 1) / LANES * LANES;
    float *keys = p->scratch, *scores = p->scratch + width * padded;
    turn_keys(p->rows + p->width + at, stride, tokens, padded, width, keys);
    for (size_t first = 0; first < tokens; first += ROWS) {
        size_t rows = least(ROWS, tokens - first);
        for (size_t t = 0; t < padded; t += PANEL) {
            struct block block = {.a = p->rows + first * stride + at,
                                  .a_stride = stride,
                                  .b = keys + t,
                                  .b_stride = padded,
                                  .inner = width,
                                  .out = scores + t,
                                  .out_stride = padded};
            multiply_rows(&block, rows, least(PANEL, padded - t) / LANES);
        }
        for (size_t r = 0; r < rows; r++) {
            softmax(scores + r * padded, tokens, padded);
        }
        for (size_t i = 0; i < width; i += PANEL) {
            struct block block = {.a = scores,
                                  .a_stride = padded,
                                  .b = p->rows + 2 * p->width + at + i,
                                  .b_stride = stride,
                                  .inner = tokens,
                                  .out = p->out + first * p->width + at + i,
                                  .out_stride = p->width};
            multiply_rows(&block, rows, least(PANEL, width - i) / LANES);
        }
    }
}

static void attend(const struct linear_attention *attention)
{
    for (size_t head = 0; head < attention->head_count; head++) {
        attend_head(attention, head, attention->width / attention->head_count);
    }
}

// --- layer norm ------------------------------------------------------------------------------

static void normalize(float *rows, size_t row_count, size_t width, const float *gain,
                      const float *shift, float epsilon)
{
    for (float *row = rows; row_count > 0; row_count--, row += width) {
        vec sum = splat(0), squares = splat(0);
        for (size_t i = 0; i < width; i += LANES) {
            sum += load(row + i);
        }
        vec mean = splat(sum_of(sum) / (float)width);
        for (size_t i = 0; i < width; i += LANES) {
            vec off = load(row + i) - mean;
            squares = multiply_add(off, off, squares);
        }
        vec factor = splat(1.0F / sqrtf(sum_of(squares) / (float)width + epsilon));
        for (size_t i = 0; i < width; i += LANES) {
            vec value = (load(row + i) - mean) * factor;
            store(row + i, multiply_add(value, load(gain + i), load(shift + i)));
        }
    }
}

#endif
