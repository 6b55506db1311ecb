/*
 * Read by clang's static analyzer before each file (make analyze): these functions return the code that they are given,
 * never MNEME_OK, which the analyzer cannot see in another file.
 */
#ifndef TOOLS_ANALYZE_H
#define TOOLS_ANALYZE_H

#include "base/error.h"

void analyze_fill(struct mneme_error *err, const char *format, ...);

#define error_set(err, code, ...) (analyze_fill(err, __VA_ARGS__), (code))
#define error_field(err, code, ...) (analyze_fill(err, __VA_ARGS__), (code))
#define error_nomem(err) (analyze_fill(err, ""), MNEME_NOMEM)

#endif
