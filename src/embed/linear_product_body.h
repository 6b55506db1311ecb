/*
 * Products of floats, behind linear_body.h. Weights are packed into panels of VECTORS * LANES
 * outputs (the last may be narrower), input after input, so that a block reads them from one end to
 * the other; a panel stays in the cache near the processor while all rows pass it. Rows, which are
 * few, are read where they lie. (Goto, van de Geijn: Anatomy of high-performance matrix
 * multiplication, 2008.)
 */
#ifndef EMBED_LINEAR_PRODUCT_BODY_H
#define EMBED_LINEAR_PRODUCT_BODY_H

#include "embed/linear_body.h"

/* All rows against one panel of `vectors`, in blocks of nearly equal height. */
static void multiply_panel(const struct block *p, size_t row_count, size_t vectors)
{
    struct block block = *p;
    for (size_t left = (row_count + ROWS - 1) / ROWS; left > 0; left--) {
        size_t rows = (row_count + left - 1) / left;
        multiply_rows(&block, rows, vectors);
        row_count -= rows;
        block.a += rows * p->a_stride;
        block.out += rows * p->out_stride;
        if (p->add != NULL) {
            block.add += rows * p->out_stride;
        }
    }
}

static void apply_gelu(float *out, size_t stride, size_t row_count, size_t width)
{
    for (size_t r = 0; r < row_count; r++) {
        for (size_t i = 0; i < width; i += LANES) {
            store(out + r * stride + i, gelu(load(out + r * stride + i)));
        }
    }
}

static size_t packed_bytes(size_t inner, size_t outer)
{
    return inner * outer * sizeof(float);
}

static void pack(const float *weights, size_t first, size_t inner, size_t outer, void *packed)
{
    for (size_t i = 0; i < LINEAR_UNIT; i += LANES) {
        size_t column = first + i, panel = column / PANEL * PANEL;
        size_t width = least(PANEL, outer - panel);
        float *out = (float *)packed + panel * inner + column % PANEL;
        for (size_t k = 0; k < inner; k++) {
            UNROLLED for (size_t lane = 0; lane < LANES; lane++)
            {
                out[k * width + lane] = weights[(i + lane) * inner + k];
            }
        }
    }
}

static size_t scratch_bytes(size_t row_count, size_t inner)
{
    (void)row_count, (void)inner;
    return 0;
}

static void multiply(const struct linear_product *product)
{
    for (size_t at = 0; at < product->outer; at += PANEL) {
        size_t width = least(PANEL, product->outer - at);
        struct block block = {
            .a = product->rows,
            .a_stride = product->inner,
            .b = (const float *)product->weights + at * product->inner,
            .b_stride = width,
            .inner = product->inner,
            .bias = product->bias + at,
            .add = product->add != NULL ? product->add + at : NULL,
            .out = product->out + at,
            .out_stride = product->outer,
        };
        multiply_panel(&block, product->row_count, width / LANES);
        if (product->finish == LINEAR_GELU) {
            apply_gelu(block.out, product->outer, product->row_count, width);
        }
    }
}

#endif
