/*
 * The command reference of mneme(1), for `make man`: troff in the man macros, from the operation table.
 */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include "base/arena.h"
#include "base/strbuf.h"

void manual_write(struct strbuf *out, struct arena *arena);

#endif
