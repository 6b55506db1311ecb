#include "api/convert.h"

#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_decimal(const char *text)
{
    return *text != '\0' && text[strspn(text, "+-.0123456789eE")] == '\0';
}

static bool read_integer(const char *text, int64_t *out)
{
    char *end = NULL;
    errno = 0;
    *out = is_decimal(text) ? strtoll(text, &end, 10) : 0;
    return end && *end == '\0' && errno == 0;
}

static bool read_real(const char *text, double *out)
{
    char *end = NULL;
    *out = is_decimal(text) ? strtod(text, &end) : 0;
    return end && end != text && *end == '\0' && isfinite(*out);
}

static bool read_boolean(const char *text, bool *out)
{
    *out = strcmp(text, "true") == 0;
    return *out || strcmp(text, "false") == 0;
}

/* A value of the field's type, or, where the text is none, a text: the field's own rules then say what is wrong. NULL
 * when out of memory. */
static struct json *new_scalar(const struct field *field, const char *text)
{
    int64_t integer;
    double real;
    bool boolean;
    if (field->type == FIELD_INTEGER && read_integer(text, &integer)) {
        return json_new_integer(integer);
    }
    if (field->type == FIELD_REAL && read_real(text, &real)) {
        return json_new_real(real);
    }
    if (field->type == FIELD_BOOLEAN && read_boolean(text, &boolean)) {
        return json_new_boolean(boolean);
    }
    return json_new_text(text);
}

static bool begins_json(const char *text)
{
    text += strspn(text, " \t\r\n");
    return *text == '{' || *text == '[' || *text == '"';
}

/* An item for every part between commas, blanks around it left out. */
static bool add_parts(struct json *array, const char *text, struct arena *arena)
{
    while (true) {
        size_t length = strcspn(text, ",");
        const char *begin = text, *end = text + length;
        while (begin < end && *begin == ' ') begin++;
        while (end > begin && end[-1] == ' ') end--;
        const char *part = arena_text_n(arena, begin, (size_t)(end - begin));
        if (part == NULL || !json_put(array, NULL, json_new_text(part))) {
            return false;
        }
        if (text[length] == '\0') {
            return true;
        }
        text += length + 1;
    }
}

static enum mneme_code bad_json(const struct field *field, const struct mneme_error *cause,
                                struct fault_list *faults, struct mneme_error *err)
{
    const char *pointer = arena_printf(faults->arena, "/%s", field->name);
    const char *rule = arena_text(faults->arena, cause->rule);
    if (cause->code == MNEME_NOMEM) {
        return error_nomem(err);
    }
    return pointer && rule ? fault_add(faults, cause->code, pointer, field->name, rule, err,
                                       "'%s': %s", field->name, cause->message)
                           : error_nomem(err);
}

static enum mneme_code new_list(const struct field *field, const struct convert_values *values,
                                struct json **out, struct fault_list *faults,
                                struct mneme_error *err)
{
    const bool are_whole = (field->flags & FIELD_LINES) != 0;
    bool is_json = !are_whole && values->count == 1 && values->texts[0][0] == '[';
    struct mneme_error cause;
    if (is_json) {
        const char *text = values->texts[0];
        return json_parse(text, strlen(text), LIMIT_JSON_BYTES, out, &cause) == MNEME_OK
                   ? MNEME_OK
                   : bad_json(field, &cause, faults, err);
    }
    *out = json_new_array();
    bool is_whole = *out != NULL;
    for (size_t i = 0; is_whole && i < values->count; i++) {
        is_whole = are_whole ? json_put(*out, NULL, json_new_text(values->texts[i]))
                             : add_parts(*out, values->texts[i], faults->arena);
    }
    return is_whole ? MNEME_OK : error_nomem(err);
}

static enum mneme_code new_json(const struct field *field, const char *text, struct json **out,
                                struct fault_list *faults, struct mneme_error *err)
{
    struct mneme_error cause;
    if (json_parse(text, strlen(text), LIMIT_BATCH_BYTES, out, &cause) == MNEME_OK) {
        return MNEME_OK;
    }
    if ((field->flags & FIELD_OBJECT) || begins_json(text) || cause.code != MNEME_INVALID) {
        return bad_json(field, &cause, faults, err);
    }
    *out = json_new_text(text);
    return *out ? MNEME_OK : error_nomem(err);
}

static enum mneme_code new_value(const struct field *field, const struct convert_values *values,
                                 struct json **out, struct fault_list *faults,
                                 struct mneme_error *err)
{
    assert(field->type != FIELD_BYTES);
    if (field->type == FIELD_LIST) {
        return new_list(field, values, out, faults, err);
    }
    if (field->type == FIELD_JSON) {
        return new_json(field, values->texts[0], out, faults, err);
    }
    *out = new_scalar(field, values->texts[0]);
    return *out ? MNEME_OK : error_nomem(err);
}

enum mneme_code convert_write(const struct field *field, const struct convert_values *values,
                              struct json_writer *out, struct fault_list *faults,
                              struct mneme_error *err)
{
    struct json *value = NULL;
    assert(values->count > 0);
    for (size_t i = 0; i < values->count; i++) {
        const char *text = values->texts[i];
        if (!utf8_is_valid(text, strlen(text))) {
            const char *pointer = arena_printf(faults->arena, "/%s", field->name);
            return fault_add(faults, MNEME_INVALID, pointer ? pointer : "", field->name, "utf8",
                             err, "'%s' is no valid UTF-8", field->name);
        }
    }
    enum mneme_code code = new_value(field, values, &value, faults, err);
    // What JSON that is no object must look like is known to its operation alone.
    bool is_free = field->type == FIELD_JSON && !(field->flags & FIELD_OBJECT);
    if (code == MNEME_OK && !is_free) {
        code = field_check_json(field, value, "", faults, err);
    }
    if (code == MNEME_OK) {
        json_write_value(out, field->name, value);
    }
    json_free(value);
    return code;
}
