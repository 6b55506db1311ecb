#include "cli/value.h"

#include "base/limits.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const struct field *value_field(const struct kind *kind, const char *name)
{
    size_t at = kind ? field_find(kind, name) : FIELD_NONE;
    return at == FIELD_NONE ? NULL : &kind->fields[at];
}

/* Times of answers that no kind describes are named `at` or end so. */
static bool is_time(const struct field *field, const char *name)
{
    size_t length = strlen(name);
    return field ? field->type == FIELD_TIME
                 : strcmp(name, "at") == 0 || (length > 3 && strcmp(name + length - 3, "_at") == 0);
}

static const char *short_time(struct arena *arena, const char *text)
{
    int64_t us;
    struct civil civil;
    if (!time_parse(text, &us)) {
        return text;
    }
    time_to_civil(us, &civil);
    return arena_printf(arena, "%04d-%02d-%02d %02d:%02d", civil.year, civil.month, civil.day,
                        civil.hour, civil.minute);
}

static const char *json_text(struct arena *arena, const struct json *value)
{
    struct strbuf text;
    struct json_writer writer;
    strbuf_init(&text, LIMIT_RESULT_BYTES);
    json_writer_init(&writer, &text);
    json_write_value(&writer, NULL, value);
    const char *copy = strbuf_code(&text) == MNEME_OK ? arena_text(arena, text.text) : NULL;
    strbuf_clear(&text);
    return copy;
}

/* `a, b, c`; NULL unless all items are texts. */
static const char *joined_texts(struct arena *arena, const struct json *array)
{
    struct strbuf text;
    bool are_texts = true;
    strbuf_init(&text, LIMIT_RESULT_BYTES);
    for (size_t i = 0; i < json_count(array) && are_texts; i++) {
        const struct json *item = json_at(array, i);
        are_texts = json_type_of(item) == JSON_TYPE_TEXT;
        strbuf_add_text(&text, i > 0 ? ", " : "");
        strbuf_add_text(&text, are_texts ? json_as_text(item, NULL) : "");
    }
    bool is_whole = are_texts && strbuf_code(&text) == MNEME_OK;
    const char *copy = is_whole ? arena_text(arena, text.text) : NULL;
    strbuf_clear(&text);
    return copy;
}

static const char *real_text(struct arena *arena, double value)
{
    return arena_printf(arena, fabs(value) < 1000 ? "%.4g" : "%.0f", value);
}

const char *value_text(struct arena *arena, const struct field *field, const char *name,
                       const struct json *value, enum value_time time)
{
    if (value == NULL) {
        return NULL;
    }
    switch (json_type_of(value)) {
    case JSON_TYPE_NULL: return NULL;
    case JSON_TYPE_BOOLEAN: return json_as_boolean(value) ? "yes" : "no";
    case JSON_TYPE_INTEGER: return arena_printf(arena, "%lld", (long long)json_as_integer(value));
    case JSON_TYPE_REAL: return real_text(arena, json_as_real(value));
    case JSON_TYPE_TEXT: {
        const char *text = json_as_text(value, NULL);
        return time == VALUE_TIME_SHORT && is_time(field, name) ? short_time(arena, text) : text;
    }
    case JSON_TYPE_ARRAY: {
        const char *texts = joined_texts(arena, value);
        return texts ? texts : json_text(arena, value);
    }
    case JSON_TYPE_OBJECT: return json_text(arena, value);
    }
    assert(!"a type of JSON that is not there");
    return NULL;
}

bool value_is_default(const struct field *field, const struct json *value)
{
    struct json *usual = NULL;
    const char *fallback = field ? field->fallback : NULL;
    if (fallback == NULL) {
        return false;
    }
    if (json_type_of(value) == JSON_TYPE_TEXT) {
        return strcmp(fallback, json_as_text(value, NULL)) == 0;
    }
    if (json_parse(fallback, strlen(fallback), LIMIT_JSON_BYTES, &usual, NULL) != MNEME_OK) {
        return false;
    }
    enum json_type type = json_type_of(value), usual_type = json_type_of(usual);
    bool are_numbers = (type == JSON_TYPE_INTEGER || type == JSON_TYPE_REAL) &&
                       (usual_type == JSON_TYPE_INTEGER || usual_type == JSON_TYPE_REAL);
    bool is_same = are_numbers && json_as_real(value) == json_as_real(usual);
    if (type == JSON_TYPE_BOOLEAN && usual_type == JSON_TYPE_BOOLEAN) {
        is_same = json_as_boolean(value) == json_as_boolean(usual);
    }
    json_free(usual);
    return is_same;
}

const char *value_member_text(const struct json *object, const char *name)
{
    const struct json *value = json_get(object, name);
    return value && json_type_of(value) == JSON_TYPE_TEXT ? json_as_text(value, NULL) : NULL;
}

int64_t value_member_integer(const struct json *object, const char *name)
{
    const struct json *value = json_get(object, name);
    return value && json_type_of(value) == JSON_TYPE_INTEGER ? json_as_integer(value) : 0;
}

double value_member_real(const struct json *object, const char *name)
{
    const struct json *value = json_get(object, name);
    bool is_number = value && (json_type_of(value) == JSON_TYPE_REAL ||
                               json_type_of(value) == JSON_TYPE_INTEGER);
    return is_number ? json_as_real(value) : 0;
}
