/*
 * AMX: products of bfloat16, added up in float; all else as in AVX-512.
 *
 * A tile is 16 rows of 64 bytes. One of inputs holds 16 rows by 32 inputs; one of weights 16 outputs by
 * 32 inputs, the inputs in pairs (row r has, output after output, the weights of inputs 2r and 2r + 1);
 * one of results 16 by 16 floats. Weights are packed into panels of two tiles of outputs, and rows copied
 * into blocks of 16, both so that tiles follow each other as they are needed. Two tiles of rows by two of
 * weights make four of results per four loads, which are all eight tiles there are. What is missing to
 * full tiles is zero.
 *
 * The permission to use tiles is the process's and asked for by linear.c; their configuration is the
 * thread's, set and given back by each product.
 */
#include "embed/linear_internal.h"

#include <immintrin.h>

// Each uses what is before it.
#include "embed/linear_avx512_body.h"
#include "embed/linear_body.h"
#include "embed/linear_tiles.h"

#define SIDE 16  /* rows of a tile; outputs of one */
#define DEPTH 32 /* inputs of a tile */
#define TILE_VALUES ((size_t)SIDE * DEPTH)
#define TILE_STRIDE 64  /* bytes of a row */
#define PAIR (2 * SIDE) /* rows, and outputs, of a block */

struct tile_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

static size_t rounded(size_t value, size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static size_t tiled_bytes(size_t inner, size_t outer)
{
    return rounded(inner, DEPTH) * rounded(outer, PAIR) * sizeof(uint16_t);
}

static uint16_t bfloat16(float value)
{
    uint32_t word;
    memcpy(&word, &value, sizeof word);
    if (value != value) {
        return 0x7fc0;
    }
    return (uint16_t)((word + 0x7fff + (word >> 16 & 1)) >> 16); // to nearest, to even
}

/* One tile's width of outputs. What is missing to full tiles is cleared by whoever comes first, the
 * outputs of a panel's first half. */
static void pack_tiles(const float *weights, size_t first, size_t inner, size_t outer, void *packed)
{
    size_t deep = rounded(inner, DEPTH);
    uint16_t *panel = (uint16_t *)packed + first / PAIR * PAIR * deep;
    size_t half = first % PAIR / SIDE;
    (void)outer;
    if (half == 0) {
        memset(panel, 0, PAIR * deep * sizeof *panel);
    }
    for (size_t k = 0; k < inner; k++) {
        uint16_t *tile = panel + (k / DEPTH * 2 + half) * TILE_VALUES;
        for (size_t o = 0; o < SIDE; o++) {
            tile[k % DEPTH / 2 * DEPTH + o * 2 + k % 2] = bfloat16(weights[o * inner + k]);
        }
    }
}

static size_t tiled_scratch_bytes(size_t row_count, size_t inner)
{
    return rounded(row_count, PAIR) * rounded(inner, DEPTH) * sizeof(uint16_t);
}

/* Rows as blocks of tiles. Inputs come sixteen at a time, which is half a row of a tile. */
static void tile_rows(const struct linear_product *product, uint16_t *out)
{
    size_t deep = rounded(product->inner, DEPTH);
    size_t row_count = rounded(product->row_count, SIDE);
    for (size_t r = 0; r < row_count; r++) {
        uint16_t *row = out + r / SIDE * SIDE * deep + r % SIDE * DEPTH;
        for (size_t k = 0; k < deep; k += LANES) {
            vec values = splat(0);
            if (r < product->row_count && k < product->inner) {
                values = load(product->rows + r * product->inner + k);
            }
            __m256i halves = (__m256i)_mm512_cvtneps_pbh(values);
            memcpy(row + k / DEPTH * TILE_VALUES + k % DEPTH, &halves, sizeof halves);
        }
    }
}

static void configure(void)
{
    struct tile_config config = {.palette = 1};
    for (size_t i = 0; i < 8; i++) {
        config.rows[i] = SIDE;
        config.row_bytes[i] = TILE_STRIDE;
    }
    tiles_configure(&config);
}

/* 16 rows by 32 outputs. */
static void multiply_single(const uint16_t *rows, const uint16_t *panel, size_t deep, float *sums)
{
    tile_clear(0);
    tile_clear(1);
    for (size_t k = 0; k < deep; k += DEPTH, rows += TILE_VALUES, panel += 2 * TILE_VALUES) {
        tile_load(4, rows, TILE_STRIDE);
        tile_load(6, panel, TILE_STRIDE);
        tile_load(7, panel + TILE_VALUES, TILE_STRIDE);
        tile_multiply(0, 4, 6);
        tile_multiply(1, 4, 7);
    }
    tile_store(0, sums, PAIR * sizeof(float));
    tile_store(1, sums + SIDE, PAIR * sizeof(float));
}

/* 32 rows by 32 outputs. */
static void multiply_pair(const uint16_t *rows, const uint16_t *panel, size_t deep, float *sums)
{
    const uint16_t *below = rows + SIDE * deep;
    tile_clear(0);
    tile_clear(1);
    tile_clear(2);
    tile_clear(3);
    for (size_t k = 0; k < deep; k += DEPTH) {
        tile_load(4, rows, TILE_STRIDE);
        tile_load(6, panel, TILE_STRIDE);
        tile_load(7, panel + TILE_VALUES, TILE_STRIDE);
        tile_multiply(0, 4, 6);
        tile_multiply(1, 4, 7);
        tile_load(5, below, TILE_STRIDE);
        tile_multiply(2, 5, 6);
        tile_multiply(3, 5, 7);
        rows += TILE_VALUES;
        below += TILE_VALUES;
        panel += 2 * TILE_VALUES;
    }
    tile_store(0, sums, PAIR * sizeof(float));
    tile_store(1, sums + SIDE, PAIR * sizeof(float));
    tile_store(2, sums + SIDE * PAIR, PAIR * sizeof(float));
    tile_store(3, sums + SIDE * PAIR + SIDE, PAIR * sizeof(float));
}

/* From sums to results: rows from `row` and outputs from `output` on. */
static void finish(const struct linear_product *product, const float *sums, size_t row,
                   size_t row_count, size_t output)
{
    size_t width = least(PAIR, product->outer - output);
    for (size_t r = 0; r < row_count; r++) {
        size_t at = (row + r) * product->outer + output;
        for (size_t i = 0; i < width; i += LANES) {
            vec value = load(sums + r * PAIR + i) + load(product->bias + output + i);
            if (product->add != NULL) {
                value += load(product->add + at + i);
            }
            if (product->finish == LINEAR_GELU) {
                value = gelu(value);
            }
            store(product->out + at + i, value);
        }
    }
}

static void multiply_tiles(const struct linear_product *product)
{
    size_t deep = rounded(product->inner, DEPTH), row_count = product->row_count;
    const uint16_t *rows = product->scratch, *weights = product->weights;
    _Alignas(64) float sums[PAIR * PAIR];
    tile_rows(product, product->scratch);
    configure();
    for (size_t output = 0; output < product->outer; output += PAIR) {
        const uint16_t *panel = weights + output * deep;
        for (size_t row = 0; row < row_count; row += PAIR) {
            size_t left = row_count - row;
            if (left > SIDE) {
                multiply_pair(rows + row * deep, panel, deep, sums);
            } else {
                multiply_single(rows + row * deep, panel, deep, sums);
            }
            finish(product, sums, row, least(PAIR, left), output);
        }
    }
    tiles_release();
}

const struct linear_set linear_amx = {
    .name = "amx",
    .packed_bytes = tiled_bytes,
    .pack = pack_tiles,
    .scratch_bytes = tiled_scratch_bytes,
    .multiply = multiply_tiles,
    .attend = attend,
    .normalize = normalize,
};
