/* linear_amx.c with its tiles emulated. */
#ifndef SUPPORT_EMULATED_AMX_H
#define SUPPORT_EMULATED_AMX_H

#include "embed/linear.h"

/* NULL if this processor has not what the rest of it needs (AVX-512 with BF16). For one thread. */
const struct linear_set *emulated_amx(void);

#endif
