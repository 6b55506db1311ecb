/*
 * NEON, which every aarch64 has: 4 floats a step. Four partial sums a row (the chains of one row
 * are enough to keep the units busy), so rows are worked on one after another.
 */
#include "vec/kernels_internal.h"

#include <arm_neon.h>

#define LANES 4
#define SUMS 4
#define AHEAD 4 /* rows prefetched ahead when gathering */
#define LINE_FLOATS 16

static float dot(const float *a, const float *b, size_t n)
{
    float32x4_t sums[SUMS];
    for (size_t k = 0; k < SUMS; k++) {
        sums[k] = vdupq_n_f32(0);
    }
    size_t i = 0;
    for (; i + SUMS * LANES <= n; i += SUMS * LANES) {
        for (size_t k = 0; k < SUMS; k++) {
            sums[k] =
                vfmaq_f32(sums[k], vld1q_f32(a + i + k * LANES), vld1q_f32(b + i + k * LANES));
        }
    }
    for (; i + LANES <= n; i += LANES) {
        sums[0] = vfmaq_f32(sums[0], vld1q_f32(a + i), vld1q_f32(b + i));
    }
    float tail = 0;
    for (; i < n; i++) {
        tail = __builtin_fmaf(a[i], b[i], tail);
    }
    float32x4_t all = vaddq_f32(vaddq_f32(sums[0], sums[1]), vaddq_f32(sums[2], sums[3]));
    return vaddvq_f32(all) + tail;
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
        if (i + AHEAD < count) {
            const float *next = rows + (size_t)ordinals[i + AHEAD] * n;
            for (size_t k = 0; k < n; k += LINE_FLOATS) {
                __builtin_prefetch(next + k);
            }
        }
        out[i] = dot(query, rows + (size_t)ordinals[i] * n, n);
    }
}

static void add_scaled(float *sum, const float *x, float scale, size_t n)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vst1q_f32(sum + i, vfmaq_n_f32(vld1q_f32(sum + i), vld1q_f32(x + i), scale));
    }
    for (; i < n; i++) {
        sum[i] = __builtin_fmaf(scale, x[i], sum[i]);
    }
}

static void scale_all(float *x, float factor, size_t n)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vst1q_f32(x + i, vmulq_n_f32(vld1q_f32(x + i), factor));
    }
    for (; i < n; i++) {
        x[i] *= factor;
    }
}

static void add_scaled_i8(float *sum, const int8_t *row, float scale, size_t n)
{
    size_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        int16x8_t wide = vmovl_s8(vld1_s8(row + i));
        float32x4_t low = vcvtq_f32_s32(vmovl_s16(vget_low_s16(wide)));
        float32x4_t high = vcvtq_f32_s32(vmovl_s16(vget_high_s16(wide)));
        vst1q_f32(sum + i, vfmaq_n_f32(vld1q_f32(sum + i), low, scale));
        vst1q_f32(sum + i + LANES, vfmaq_n_f32(vld1q_f32(sum + i + LANES), high, scale));
    }
    for (; i < n; i++) {
        sum[i] = __builtin_fmaf(scale, (float)row[i], sum[i]);
    }
}

static void add_scaled_f16(float *sum, const uint16_t *row, float scale, size_t n)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        float32x4_t wide = vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(row + i)));
        vst1q_f32(sum + i, vfmaq_n_f32(vld1q_f32(sum + i), wide, scale));
    }
    for (; i < n; i++) {
        float16x4_t one = vreinterpret_f16_u16(vdup_n_u16(row[i]));
        sum[i] = __builtin_fmaf(scale, vgetq_lane_f32(vcvt_f32_f16(one), 0), sum[i]);
    }
}

const struct kernels kernel_neon = {
    .name = "neon",
    .dot = dot,
    .dot_rows = dot_rows,
    .dot_gather = dot_gather,
    .add_scaled = add_scaled,
    .scale = scale_all,
    .add_scaled_i8 = add_scaled_i8,
    .add_scaled_f16 = add_scaled_f16,
};
