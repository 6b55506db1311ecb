/* For any processor: four lanes, which compilers put into one register where there are such, as
 * all x86-64 and ARM64 have; else into four. */
#include "embed/linear_internal.h"

#define LANES 4
#define ROWS 3
#define VECTORS 4

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));

static inline vec multiply_add(vec a, vec b, vec c)
{
    return a * b + c;
}

static inline vec larger(vec a, vec b)
{
    vec out;
    for (int i = 0; i < LANES; i++) {
        out[i] = a[i] > b[i] ? a[i] : b[i];
    }
    return out;
}

static inline float sum_of(vec a)
{
    return (a[0] + a[2]) + (a[1] + a[3]);
}

static inline float largest_of(vec a)
{
    float left = a[0] > a[1] ? a[0] : a[1], right = a[2] > a[3] ? a[2] : a[3];
    return left > right ? left : right;
}

#include "embed/linear_product_body.h"

const struct linear_set linear_scalar = {
    .name = "scalar",
    .packed_bytes = packed_bytes,
    .pack = pack,
    .scratch_bytes = scratch_bytes,
    .multiply = multiply,
    .attend = attend,
    .normalize = normalize,
};
