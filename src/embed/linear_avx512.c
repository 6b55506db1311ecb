/* AVX-512. */
#include "embed/linear_internal.h"

#include <immintrin.h>

// Each uses what is before it.
#include "embed/linear_avx512_body.h"
#include "embed/linear_product_body.h"

const struct linear_set linear_avx512 = {
    .name = "avx512",
    .packed_bytes = packed_bytes,
    .pack = pack,
    .scratch_bytes = scratch_bytes,
    .multiply = multiply,
    .attend = attend,
    .normalize = normalize,
};
