#include "vec/kernels.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LENGTH 257
#define OFFSETS 3 /* elements past an aligned address: all are unaligned for vectors, 0 is not */
#define ROOM (MAX_LENGTH + OFFSETS)

static uint64_t state = 0x9e3779b97f4a7c15;

static uint32_t next_random(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33);
}

static float random_unit(void)
{
    return (float)next_random() / (float)(1U << 30) - 1.0F;
}

static void fill(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = random_unit();
    }
}

/* What the result may differ by: additions in another order, of n products of at most 1. */
static float tolerance(size_t n)
{
    return 4 * FLT_EPSILON * (float)(n + 1);
}

static const struct kernels *scalar(void)
{
    return kernels_usable(0);
}

#define EACH_SET(kernels)                                                                          \
    for (size_t set = 0; ((kernels) = kernels_usable(set)) != NULL; set++)                         \
        for (size_t n = 0; n <= MAX_LENGTH; n++)                                                   \
            for (size_t offset = 0; offset < OFFSETS; offset++)

Test(kernels, scalar_is_always_usable_and_first)
{
    cr_assert_str_eq(scalar()->name, "scalar");
    cr_assert_not_null(kernels_get());
}

Test(kernels, dot_is_the_sum_of_products_at_every_length)
{
    const struct kernels *kernels;
    float a[ROOM], b[ROOM];
    fill(a, ROOM);
    fill(b, ROOM);
    EACH_SET(kernels)
    {
        double expected = 0;
        for (size_t i = 0; i < n; i++) expected += (double)a[offset + i] * (double)b[i];
        float got = kernels->dot(a + offset, b, n);
        cr_assert(fabs((double)got - expected) <= (double)tolerance(n), "%s n=%zu: %g not %g",
                  kernels->name, n, (double)got, expected);
    }
}

Test(kernels, many_rows_give_the_bits_of_each_row_alone)
{
    enum { ROWS = 11 };
    const struct kernels *kernels;
    static float rows[ROWS * MAX_LENGTH + OFFSETS];
    static const uint32_t ordinals[ROWS] = {10, 3, 3, 0, 7, 1, 9, 10, 2, 5, 4};
    float query[ROOM], in_order[ROWS], gathered[ROWS];
    fill(rows, ROWS * MAX_LENGTH + OFFSETS);
    fill(query, ROOM);
    EACH_SET(kernels)
    {
        size_t count = n % (ROWS + 1);
        kernels->dot_rows(query, rows + offset, n, count, in_order);
        kernels->dot_gather(query, rows + offset, n, ordinals, count, gathered);
        for (size_t i = 0; i < count; i++) {
            const float *row = rows + offset + i * n, *other = rows + offset + ordinals[i] * n;
            float alone = kernels->dot(query, row, n), other_alone = kernels->dot(query, other, n);
            cr_assert(memcmp(&in_order[i], &alone, sizeof alone) == 0, "%s n=%zu row %zu",
                      kernels->name, n, i);
            cr_assert(memcmp(&gathered[i], &other_alone, sizeof alone) == 0, "%s n=%zu row %zu",
                      kernels->name, n, i);
        }
    }
}

Test(kernels, add_scaled_touches_its_range_and_no_more)
{
    const struct kernels *kernels;
    float x[ROOM], start[ROOM + 1], sum[ROOM + 1];
    fill(x, ROOM);
    fill(start, ROOM + 1);
    EACH_SET(kernels)
    {
        memcpy(sum, start, sizeof sum);
        kernels->add_scaled(sum + offset, x, 0.75F, n);
        for (size_t i = 0; i < ROOM + 1; i++) {
            bool inside = i >= offset && i < offset + n;
            float expected = inside ? start[i] + 0.75F * x[i - offset] : start[i];
            cr_assert(fabsf(sum[i] - expected) <= (inside ? tolerance(1) : 0), "%s n=%zu at %zu",
                      kernels->name, n, i);
        }
    }
}

Test(kernels, scale_touches_its_range_and_no_more)
{
    const struct kernels *kernels;
    float start[ROOM + 1], x[ROOM + 1];
    fill(start, ROOM + 1);
    EACH_SET(kernels)
    {
        memcpy(x, start, sizeof x);
        kernels->scale(x + offset, -3.5F, n);
        for (size_t i = 0; i < ROOM + 1; i++) {
            bool inside = i >= offset && i < offset + n;
            float expected = inside ? start[i] * -3.5F : start[i];
            cr_assert(memcmp(&x[i], &expected, sizeof expected) == 0, "%s n=%zu at %zu",
                      kernels->name, n, i);
        }
    }
}

Test(kernels, int8_rows_are_added_with_their_scale)
{
    const struct kernels *kernels;
    int8_t row[ROOM];
    float start[ROOM + 1], sum[ROOM + 1];
    for (size_t i = 0; i < ROOM; i++) row[i] = (int8_t)(next_random() & 0xff);
    row[0] = -128, row[1] = 127, row[2] = 0;
    fill(start, ROOM + 1);
    EACH_SET(kernels)
    {
        memcpy(sum, start, sizeof sum);
        kernels->add_scaled_i8(sum + offset, row + offset, 0.01F, n);
        for (size_t i = 0; i < ROOM + 1; i++) {
            bool inside = i >= offset && i < offset + n;
            float expected = inside ? start[i] + 0.01F * (float)row[i] : start[i];
            cr_assert(fabsf(sum[i] - expected) <= (inside ? 2 * tolerance(1) : 0),
                      "%s n=%zu at %zu", kernels->name, n, i);
        }
    }
}

static float half_value(uint16_t half)
{
    int exponent = (half >> 10) & 0x1f, fraction = half & 0x3ff;
    double value = exponent == 0      ? ldexp(fraction, -24)
                   : exponent == 0x1f ? (fraction == 0 ? INFINITY : NAN)
                                      : ldexp(1024 + fraction, exponent - 25);
    return (float)((half & 0x8000) != 0 ? -value : value);
}

Test(kernels, each_of_the_65536_half_floats_has_its_value)
{
    const struct kernels *kernels;
    static uint16_t row[65536];
    static float sum[65536];
    for (size_t i = 0; i < 65536; i++) row[i] = (uint16_t)i;
    for (size_t set = 0; (kernels = kernels_usable(set)) != NULL; set++) {
        memset(sum, 0, sizeof sum);
        kernels->add_scaled_f16(sum, row, 1.0F, 65536);
        for (size_t i = 0; i < 65536; i++) {
            float expected = half_value((uint16_t)i);
            cr_assert(isnan(expected) ? isnan(sum[i]) : sum[i] == expected, "%s %04zx: %g not %g",
                      kernels->name, i, (double)sum[i], (double)expected);
        }
    }
}

Test(kernels, half_rows_are_added_with_their_scale)
{
    const struct kernels *kernels;
    uint16_t row[ROOM];
    float start[ROOM + 1], sum[ROOM + 1];
    for (size_t i = 0; i < ROOM; i++) row[i] = (uint16_t)(next_random() & 0xbbff); // |x| < 1
    fill(start, ROOM + 1);
    EACH_SET(kernels)
    {
        memcpy(sum, start, sizeof sum);
        kernels->add_scaled_f16(sum + offset, row + offset, 0.5F, n);
        for (size_t i = 0; i < ROOM + 1; i++) {
            bool inside = i >= offset && i < offset + n;
            float expected = inside ? start[i] + 0.5F * half_value(row[i]) : start[i];
            cr_assert(fabsf(sum[i] - expected) <= (inside ? 2 * tolerance(1) : 0),
                      "%s n=%zu at %zu", kernels->name, n, i);
        }
    }
}

Test(kernels, normalized_vectors_have_length_one)
{
    const struct kernels *kernels;
    EACH_SET(kernels)
    {
        float x[ROOM];
        fill(x, ROOM);
        bool has_length = vector_normalize(kernels, x + offset, n);
        cr_assert_eq(has_length, n > 0);
        cr_assert(n == 0 || fabsf(kernels->dot(x + offset, x + offset, n) - 1) < 1e-5F, "%s n=%zu",
                  kernels->name, n);
    }
}

Test(kernels, huge_and_tiny_vectors_have_a_direction_too)
{
    const struct kernels *kernels;
    for (size_t set = 0; (kernels = kernels_usable(set)) != NULL; set++) {
        float huge[2] = {3e38F, -3e38F}, tiny[3] = {0, 1e-42F, 0};
        cr_assert(vector_normalize(kernels, huge, 2));
        cr_assert_float_eq(huge[0], (float)sqrt(.5), 1e-6F);
        cr_assert_float_eq(huge[1], -(float)sqrt(.5), 1e-6F);
        cr_assert(vector_normalize(kernels, tiny, 3));
        cr_assert_float_eq(tiny[1], 1.0F, 1e-6F);
    }
}

Test(kernels, vectors_without_a_direction_become_zero)
{
    const float bad[] = {0, NAN, INFINITY, -INFINITY};
    const struct kernels *kernels;
    for (size_t set = 0; (kernels = kernels_usable(set)) != NULL; set++) {
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            float x[33] = {0};
            x[20] = bad[i];
            x[3] = i == 0 ? 0 : 1;
            cr_assert_not(vector_normalize(kernels, x, 33));
            for (size_t k = 0; k < 33; k++) cr_assert_eq(x[k], 0.0F);
        }
    }
}

Test(kernels, environment_forces_a_set_that_is_there)
{
    setenv("MNEME_SIMD", "scalar", 1);
    cr_assert_str_eq(kernels_get()->name, "scalar");
}

Test(kernels, environment_with_an_unknown_set_is_ignored)
{
    const struct kernels *widest = NULL, *kernels;
    for (size_t i = 0; (kernels = kernels_usable(i)) != NULL; i++) widest = kernels;
    setenv("MNEME_SIMD", "mmx", 1);
    cr_assert_eq(kernels_get(), widest);
}
