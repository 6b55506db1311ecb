/* Standard input as one text. */
#ifndef CLI_STANDARD_INPUT_H
#define CLI_STANDARD_INPUT_H

#include "base/arena.h"

/* All of standard input up to LIMIT_BATCH_BYTES, in the arena; more is LIMIT. */
enum mneme_code standard_input_read(struct arena *arena, const char **out, size_t *length,
                                    struct mneme_error *err) MUST_CHECK;

#endif
