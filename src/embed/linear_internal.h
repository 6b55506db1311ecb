/* The sets of operations, one per file; only linear.c looks at them. */
#ifndef EMBED_LINEAR_INTERNAL_H
#define EMBED_LINEAR_INTERNAL_H

#include "embed/linear.h"

#define LINEAR_ROWS_MAX 16 /* rows that any set works on together */

extern const struct linear_set linear_scalar; /* whatever the compiler makes of four lanes */
extern const struct linear_set linear_avx2;   /* x86-64: AVX2, FMA */
extern const struct linear_set linear_avx512; /* x86-64: AVX-512 F, BW, VL, DQ */
extern const struct linear_set linear_amx;    /* x86-64: those, AVX512_BF16, AMX-TILE, AMX-BF16 */

#endif
