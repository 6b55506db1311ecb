/*
 * Plain C: the reference of all other sets, and what runs where none of them does. Eight partial
 * sums, so that a compiler may use the vectors that every processor of the architecture has.
 */
#include "vec/kernels_internal.h"

#include <string.h>

#define LANES 8

static float dot(const float *a, const float *b, size_t n)
{
    float lanes[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (size_t k = 0; k < LANES; k++) {
            lanes[k] += a[i + k] * b[i + k];
        }
    }
    for (size_t k = 0; i < n; i++, k++) {
        lanes[k] += a[i] * b[i];
    }
    return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) +
           ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

static void dot_rows(const float *query, const float *rows, size_t n, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = dot(query, rows + i * n, n);
    }
}

static void dot_gather(const float *query, const float *rows, size_t n, const uint32_t *ordinals,
                       size_t count, float *out)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = dot(query, rows + (size_t)ordinals[i] * n, n);
    }
}

static void add_scaled(float *sum, const float *x, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sum[i] += scale * x[i];
    }
}

static void scale_all(float *x, float factor, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        x[i] *= factor;
    }
}

static void add_scaled_i8(float *sum, const int8_t *row, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sum[i] += scale * (float)row[i];
    }
}

/* IEEE 754 binary16: 1 bit sign, 5 bits exponent (bias 15), 10 bits fraction; all of them are
 * exact in float. */
static float from_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 0x1f, bits;
    uint32_t fraction = half & 0x3ff;
    float value;
    if (exponent == 0) { // zero and subnormal: fraction * 2^-24
        value = (float)fraction * 0x1p-24F;
        return sign != 0 ? -value : value;
    }
    bits = exponent == 0x1f ? 0x7f800000 : (exponent + 127 - 15) << 23;
    bits |= sign | fraction << 13;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void add_scaled_f16(float *sum, const uint16_t *row, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sum[i] += scale * from_half(row[i]);
    }
}

const struct kernels kernel_scalar = {
    .name = "scalar",
    .dot = dot,
    .dot_rows = dot_rows,
    .dot_gather = dot_gather,
    .add_scaled = add_scaled,
    .scale = scale_all,
    .add_scaled_i8 = add_scaled_i8,
    .add_scaled_f16 = add_scaled_f16,
};
