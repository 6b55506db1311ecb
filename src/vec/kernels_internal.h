/* The sets of kernels, one per file; only kernels.c looks at them. */
#ifndef VEC_KERNELS_INTERNAL_H
#define VEC_KERNELS_INTERNAL_H

#include "vec/kernels.h"

extern const struct kernels kernel_scalar;
extern const struct kernels kernel_avx2;   /* x86-64: AVX2, FMA, F16C */
extern const struct kernels kernel_avx512; /* x86-64: AVX-512 F, BW, VL, DQ */
extern const struct kernels kernel_neon;   /* aarch64: always there */

#endif
