/* The operations on tiles of src/embed/linear_tiles.h, done in plain C, so that any processor with AVX512_BF16 runs
 * linear_amx.c. Included before that file, which
 * then does without the other. */
#ifndef SUPPORT_LINEAR_TILES_H
#define SUPPORT_LINEAR_TILES_H

#define EMBED_LINEAR_TILES_H // the other's guard

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

struct emulated_tile {
    uint8_t rows[16][64];
};

static struct emulated_tile emulated_tiles[8];
static bool emulated_is_configured;

/* Palette 1, all tiles whole: the one configuration that is used. */
static void tiles_configure(const void *config)
{
    const uint8_t *bytes = config;
    cr_assert_eq(bytes[0], 1);
    cr_assert_eq(bytes[1], 0);
    for (size_t i = 0; i < 8; i++) {
        cr_assert_eq(bytes[16 + 2 * i] | bytes[17 + 2 * i] << 8, 64);
        cr_assert_eq(bytes[48 + i], 16);
    }
    cr_assert_not(emulated_is_configured);
    emulated_is_configured = true;
    memset(emulated_tiles, 0xff, sizeof emulated_tiles); // NaN: what is used has to be set
}

static void tiles_release(void)
{
    cr_assert(emulated_is_configured);
    emulated_is_configured = false;
}

static void tile_clear(size_t tile)
{
    memset(&emulated_tiles[tile], 0, sizeof emulated_tiles[tile]);
}

static void tile_load(size_t tile, const void *from, size_t stride)
{
    for (size_t r = 0; r < 16; r++) {
        memcpy(emulated_tiles[tile].rows[r], (const uint8_t *)from + r * stride, 64);
    }
}

static void tile_store(size_t tile, void *to, size_t stride)
{
    for (size_t r = 0; r < 16; r++) {
        memcpy((uint8_t *)to + r * stride, emulated_tiles[tile].rows[r], 64);
    }
}

/* The values of a tile of pairs: of row r, first those at even places, then those at odd ones. */
static void emulated_pairs(size_t tile, float out[16][2][16])
{
    for (size_t r = 0; r < 16; r++) {
        for (size_t i = 0; i < 32; i++) {
            uint16_t half;
            memcpy(&half, emulated_tiles[tile].rows[r] + i * sizeof half, sizeof half);
            uint32_t word = (uint32_t)half << 16;
            memcpy(&out[r][i % 2][i / 2], &word, sizeof word);
        }
    }
}

/* TDPBF16PS, as Intel's manual has it: row m of the one by column n of the other, in pairs. */
static void tile_multiply(size_t sums, size_t rows, size_t weights)
{
    float a[16][2][16], b[16][2][16], c[16][16];
    cr_assert(emulated_is_configured);
    emulated_pairs(rows, a);
    emulated_pairs(weights, b);
    memcpy(c, &emulated_tiles[sums], sizeof c);
    for (size_t m = 0; m < 16; m++) {
        for (size_t k = 0; k < 16; k++) {
            for (size_t n = 0; n < 16; n++) {
                c[m][n] += a[m][0][k] * b[k][0][n];
                c[m][n] += a[m][1][k] * b[k][1][n];
            }
        }
    }
    memcpy(&emulated_tiles[sums], c, sizeof c);
}

#endif
