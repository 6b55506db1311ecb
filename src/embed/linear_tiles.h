/* The operations on tiles that linear_amx.c uses, under names that a test can give another meaning: the
 * processor that runs the tests need not have them. Tiles are named by constants. */
#ifndef EMBED_LINEAR_TILES_H
#define EMBED_LINEAR_TILES_H

#define tiles_configure(config) _tile_loadconfig(config)
#define tiles_release() _tile_release()
#define tile_clear(tile) _tile_zero(tile)
#define tile_load(tile, from, stride) _tile_loadd(tile, from, stride)
#define tile_store(tile, to, stride) _tile_stored(tile, to, stride)
/* sums += rows * weights, in pairs of bfloat16 */
#define tile_multiply(sums, rows, weights) _tile_dpbf16ps(sums, rows, weights)

#endif
