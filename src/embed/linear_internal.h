/* The sets of operations, one per file; only linear.c looks at them. */
#ifndef EMBED_LINEAR_INTERNAL_H
#define EMBED_LINEAR_INTERNAL_H

#include "embed/linear.h"

#define LINEAR_ROWS_MAX 16 /* rows that any set works on together */

extern const struct linear_set linear_scalar; /* whatever the compiler makes of four lanes */
extern const struct linear_set linear_avx2;   /* x86-64: AVX2, FMA */
extern const struct linear_set linear_avx512; /* x86-64: AVX-512 F, BW, VL, DQ */
extern const struct linear_set linear_amx;    /* x86-64: those, AVX512_BF16, AMX-TILE, AMX-BF16 */

/* Multiplies a small matrix of every residue that matters and compares with the plain sum, as far as bfloat16 allows:
 * a processor, or a machine that plays one, that has the instructions and computes something else is not used. */
bool linear_agrees(const struct linear_set *set);

#endif
