/*
 * JSON: read by jansson, whose types stay in json.c, within our limits; written straight into a strbuf.
 *
 * Reading refuses duplicate names, more than LIMIT_JSON_DEPTH levels, NaN and infinities, integers beyond int64,
 * invalid UTF-8, U+0000 and anything behind the value. A parsed value is immutable and may be read by many threads.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/strbuf.h"

/* Named apart from jansson's constants, and the readers below from its functions json_integer and json_real. */
enum json_type {
    JSON_TYPE_NULL,
    JSON_TYPE_BOOLEAN,
    JSON_TYPE_INTEGER,
    JSON_TYPE_REAL,
    JSON_TYPE_TEXT,
    JSON_TYPE_ARRAY,
    JSON_TYPE_OBJECT
};

struct json;

/* The caller owns *out (json_free). INVALID names the place and the rule: json, duplicate, utf8; LIMIT the rule: depth,
 * max_bytes. */
enum mneme_code json_parse(const char *text, size_t length, size_t max_bytes, struct json **out,
                           struct mneme_error *err) MUST_CHECK;
void json_free(struct json *value); /* NULL is allowed */

enum json_type json_type_of(const struct json *value);
const char *json_type_name(enum json_type type); /* as JSON Schema has it */
/* Each asserts its type; json_as_real takes integers too. */
const char *json_as_text(const struct json *value, size_t *length); /* length may be NULL */
int64_t json_as_integer(const struct json *value);
double json_as_real(const struct json *value);
bool json_as_boolean(const struct json *value);

size_t json_count(const struct json *value); /* members of an array or object, else 0 */
const struct json *json_at(const struct json *array, size_t index);
/* NULL if absent or no object */
const struct json *json_get(const struct json *object, const char *name);
/* Members in the order they were written: start with *at = NULL; false at the end. */
bool json_each(const struct json *object, void **at, const char **name, const struct json **value);
/* RFC 6901; NULL if there is no such place. */
const struct json *json_pointer(const struct json *value, const char *pointer);

/*
 * Building, for the input builder and importers. A json_new_* gives NULL when out of memory, and for what JSON lacks:
 * texts that are no UTF-8, NaN and infinities.
 */
struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_text(const char *text);
struct json *json_new_integer(int64_t value);
struct json *json_new_real(double value);
struct json *json_new_boolean(bool value);
/*
 * The value becomes the container's: in an object under `name`, in place of what had that name; in an array, with NULL
 * as name, at its end. False, and the value is freed, when out of memory, for a name that is no UTF-8, and for NULL as
 * value.
 */
bool json_put(struct json *container, const char *name, struct json *value_taken);
/* A value of its own; NULL when out of memory. */
struct json *json_clone(const struct json *value);

/*
 * Writing: commas and colons come by themselves, `name` is NULL inside arrays, texts must be valid UTF-8, and errors
 * are the strbuf's. Integers stay integers. Reals are the shortest text that reads back as the same number and are
 * marked as such (5 is 5.0, -0 is 0.0); NaN and infinities are null. A value deeper than LIMIT_JSON_DEPTH is LIMIT.
 */
struct json_writer {
    struct strbuf *out;
    bool needs_comma;
};
void json_writer_init(struct json_writer *writer, struct strbuf *out);
void json_begin_object(struct json_writer *writer, const char *name);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer, const char *name);
void json_end_array(struct json_writer *writer);
/* NULL writes null */
void json_write_text(struct json_writer *writer, const char *name, const char *text);
void json_write_integer(struct json_writer *writer, const char *name, int64_t value);
void json_write_real(struct json_writer *writer, const char *name, double value);
void json_write_boolean(struct json_writer *writer, const char *name, bool value);
void json_write_null(struct json_writer *writer, const char *name);
/* TIME_NONE writes null */
void json_write_time(struct json_writer *writer, const char *name, int64_t us);
/* valid JSON text, as it is */
void json_write_raw(struct json_writer *writer, const char *name, const char *json);
void json_write_value(struct json_writer *writer, const char *name, const struct json *value);

#endif
