#include "emulated_amx.h"

#include "linear_tiles.h"

#define linear_amx emulated_set
#include "embed/linear_amx.c"

const struct linear_set *emulated_amx(void)
{
    return __builtin_cpu_supports("avx512bf16") ? &emulated_set : NULL;
}
