/* Durations and vectors in JSON. */
#include "model/beside.h"

#include "base/limits.h"
#include "base/timestamp.h"

#include <float.h>
#include <math.h>

#define DURATION_MAX_SECONDS (INT64_C(1000) * 366 * 86400)

/* Digits and one unit. */
static bool parse_duration(const char *text, int64_t *seconds)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
    int64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (*at - '0');
        if (value > DURATION_MAX_SECONDS) {
            return false;
        }
    }
    if (at == text) {
        return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (*at == units[i].letter && at[1] == '\0') {
            *seconds = value * units[i].seconds;
            return *seconds <= DURATION_MAX_SECONDS;
        }
    }
    *seconds = value;
    return *at == '\0';
}

bool duration_read_json(const struct json *value, int64_t *out_us)
{
    enum json_type type = json_type_of(value);
    int64_t seconds = 0;
    *out_us = 0;
    if (type == JSON_TYPE_TEXT) {
        bool is_ok = parse_duration(json_as_text(value, NULL), &seconds);
        *out_us = is_ok ? seconds * US_PER_SECOND : 0;
        return is_ok;
    }
    if (type != JSON_TYPE_INTEGER && type != JSON_TYPE_REAL) {
        return false;
    }
    double given = json_as_real(value);
    bool is_ok = given >= 0 && given <= (double)DURATION_MAX_SECONDS;
    *out_us = is_ok ? llround(given * (double)US_PER_SECOND) : 0;
    return is_ok;
}

static enum mneme_code refuse(const char *rule, const char *what, struct mneme_error *err)
{
    return error_field(err, MNEME_INVALID, "vector", rule, "'vector' %s", what);
}

enum mneme_code vector_read_json(const struct json *value, struct arena *arena, float **out,
                                 size_t *count, struct mneme_error *err)
{
    *count = 0;
    *out = NULL;
    if (json_type_of(value) != JSON_TYPE_ARRAY) {
        return refuse("type", "must be an array of numbers", err);
    }
    size_t length = json_count(value);
    if (length == 0 || length > LIMIT_DIMENSION) {
        return refuse("dimension", "must hold 1 to 4096 numbers", err);
    }
    float *numbers = arena_alloc_array(arena, length, sizeof *numbers);
    if (numbers == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < length; i++) {
        const struct json *item = json_at(value, i);
        enum json_type type = json_type_of(item);
        if (type != JSON_TYPE_REAL && type != JSON_TYPE_INTEGER) {
            return refuse("type", "must hold numbers only", err);
        }
        double number = json_as_real(item);
        if (fabs(number) > (double)FLT_MAX) {
            return refuse("max", "holds a number beyond single precision", err);
        }
        numbers[i] = (float)number;
    }
    *out = numbers;
    *count = length;
    return MNEME_OK;
}
