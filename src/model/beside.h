/*
 * What stands beside the fields of a record wherever one is read (an operation, a line of an import): durations and
 * vectors, in JSON.
 */
#ifndef MODEL_BESIDE_H
#define MODEL_BESIDE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

/* Seconds as a number, or "90s", "15m", "24h", "7d"; in microseconds. False if it is neither, or negative, or longer
 * than a thousand years. */
bool duration_read_json(const struct json *value, int64_t *out_us);

/* A vector's numbers, in the arena. INVALID, field `vector`, rule `type`, `dimension` or `max`. */
enum mneme_code vector_read_json(const struct json *value, struct arena *arena, float **out,
                                 size_t *count, struct mneme_error *err) MUST_CHECK;

#endif
