/*
 * JSON values as short texts for people, by what the field table says of the field.
 */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include "base/arena.h"
#include "base/json.h"
#include "model/records.h"

/* How a time is shown. */
enum value_time { VALUE_TIME_SHORT /* 2025-03-09 08:30 */, VALUE_TIME_FULL /* as it came */ };

/* The field of that name; NULL if there is no such kind or field. */
const struct field *value_field(const struct kind *kind, const char *name);

/* In the arena, or in the JSON. NULL: there is nothing to show. `field` may be NULL, then names and types decide. */
const char *value_text(struct arena *arena, const struct field *field, const char *name,
                       const struct json *value, enum value_time time);

/* Is it what the field holds when nobody says anything? */
bool value_is_default(const struct field *field, const struct json *value);

/* A member's text; NULL if it is absent or no text. */
const char *value_member_text(const struct json *object, const char *name);
/* A member's whole number; 0 if it is none. */
int64_t value_member_integer(const struct json *object, const char *name);
/* A member's number; 0 if it is none. */
double value_member_real(const struct json *object, const char *name);

#endif
