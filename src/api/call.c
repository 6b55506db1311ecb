/* Inputs of operations and the shapes that answers share. */
#include "api/call.h"

#include "base/limits.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static size_t input_count(const struct operation *operation)
{
    size_t count = 0;
    while (operation->inputs != NULL && operation->inputs[count].name != NULL) {
        count++;
    }
    assert(count <= CALL_INPUTS_MAX);
    return count;
}

/* A copy of the operation's rows whose offsets point into struct call_values. */
static enum mneme_code make_kind(struct call *call, struct mneme_error *err)
{
    size_t count = input_count(call->operation);
    struct field *fields = arena_alloc_array(call->arena, count + 1, sizeof *fields);
    call->values = arena_alloc(call->arena, sizeof *call->values);
    if (fields == NULL || call->values == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        fields[i] = call->operation->inputs[i];
        fields[i].offset = offsetof(struct call_values, slots) + i * sizeof(union call_slot);
    }
    call->inputs = (struct kind){.name = call->operation->name,
                                 .fields = fields,
                                 .field_count = count,
                                 .size = sizeof *call->values};
    return MNEME_OK;
}

/* JSON inputs are looked at where they are used; only their outer type is checked here. */
static enum mneme_code check_json(const struct call *call, const struct field *field,
                                  const struct json *value, const char *pointer,
                                  struct mneme_error *err)
{
    if ((field->flags & FIELD_OBJECT) && json_type_of(value) != JSON_TYPE_OBJECT) {
        return fault_add(call->faults, MNEME_INVALID, pointer, field->name, "type", err,
                         "'%s' must be an object", field->name);
    }
    return MNEME_OK;
}

static enum mneme_code read_input(struct call *call, const char *name, const struct json *value,
                                  struct mneme_error *err)
{
    size_t at = field_find(&call->inputs, name);
    const char *pointer = arena_printf(call->arena, "/%s", name);
    if (pointer == NULL) {
        return error_nomem(err);
    }
    if (at == FIELD_NONE) {
        // An operation on a record's fields reads them, and what is unknown, itself.
        return call->operation->record != NULL
                   ? MNEME_OK
                   : fault_add(call->faults, MNEME_INVALID, pointer, name, "unknown", err,
                               "'%.60s' is no input of %s", name, call->operation->name);
    }
    const struct field *field = &call->inputs.fields[at];
    if (field->type == FIELD_JSON && json_type_of(value) != JSON_TYPE_NULL) {
        call->values->head.given |= UINT64_C(1) << at;
        return check_json(call, field, value, pointer, err);
    }
    return field_read_json(&call->inputs, call->values, at, value, "", call->faults, err);
}

static enum mneme_code require_inputs(struct call *call, struct mneme_error *err)
{
    enum mneme_code first = MNEME_OK;
    for (size_t i = 0; i < call->inputs.field_count; i++) {
        const struct field *field = &call->inputs.fields[i];
        bool is_there = field_present(call->values, i) || call_json(call, field->name) != NULL;
        if ((field->flags & FIELD_REQUIRED) && !is_there) {
            const char *pointer = arena_printf(call->arena, "/%s", field->name);
            enum mneme_code code =
                fault_add(call->faults, MNEME_INVALID, pointer ? pointer : "", field->name,
                          "required", err, "'%s' is required", field->name);
            first = first == MNEME_OK ? code : first;
        }
    }
    return first;
}

enum mneme_code call_read_inputs(struct call *call, struct mneme_error *err)
{
    enum mneme_code first = make_kind(call, err);
    if (first != MNEME_OK) {
        return first;
    }
    void *at = NULL;
    const char *name;
    const struct json *value;
    while (json_each(call->input, &at, &name, &value)) {
        enum mneme_code code = read_input(call, name, value, err);
        if (code == MNEME_NOMEM) {
            return code;
        }
        first = first == MNEME_OK ? code : first;
    }
    enum mneme_code code = require_inputs(call, err);
    record_set_defaults(&call->inputs, call->values);
    return first == MNEME_OK ? code : first;
}

static size_t number_of(const struct call *call, const char *name)
{
    size_t at = field_find(&call->inputs, name);
    assert(at != FIELD_NONE);
    return at;
}

bool call_has(const struct call *call, const char *name)
{
    return field_present(call->values, number_of(call, name)) || call_json(call, name) != NULL;
}

const char *call_text(const struct call *call, const char *name)
{
    return field_text(&call->inputs, call->values, number_of(call, name));
}

int64_t call_integer(const struct call *call, const char *name)
{
    return field_integer(&call->inputs, call->values, number_of(call, name));
}

double call_real(const struct call *call, const char *name)
{
    return field_real(&call->inputs, call->values, number_of(call, name));
}

bool call_boolean(const struct call *call, const char *name)
{
    return field_boolean(&call->inputs, call->values, number_of(call, name));
}

struct list call_list(const struct call *call, const char *name)
{
    return field_list(&call->inputs, call->values, number_of(call, name));
}

const struct json *call_json(const struct call *call, const char *name)
{
    const struct json *value = json_get(call->input, name);
    return value != NULL && json_type_of(value) != JSON_TYPE_NULL ? value : NULL;
}

enum mneme_code call_refuse(const struct call *call, const char *name, const char *rule,
                            const char *message, struct mneme_error *err)
{
    const char *pointer = arena_printf(call->arena, "/%s", name);
    return pointer ? fault_add(call->faults, MNEME_INVALID, pointer, name, rule, err, "'%s' %s",
                               name, message)
                   : error_nomem(err);
}

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

bool json_read_duration(const struct json *value, int64_t *out_us)
{
    int64_t seconds = 0;
    bool is_ok = false;
    if (json_type_of(value) == JSON_TYPE_INTEGER) {
        seconds = json_as_integer(value);
        is_ok = seconds >= 0 && seconds <= DURATION_MAX_SECONDS;
    } else if (json_type_of(value) == JSON_TYPE_TEXT) {
        is_ok = parse_duration(json_as_text(value, NULL), &seconds);
    }
    *out_us = is_ok ? seconds * US_PER_SECOND : 0;
    return is_ok;
}

enum mneme_code call_duration(const struct call *call, const char *name, int64_t *out_us,
                              struct mneme_error *err)
{
    const struct json *value = call_json(call, name);
    *out_us = 0;
    return value == NULL || json_read_duration(value, out_us)
               ? MNEME_OK
               : call_refuse(call, name, "format", "must be seconds, or text such as \"24h\"", err);
}

enum mneme_code call_record(const struct call *call, void *record, struct mneme_error *err)
{
    const char **skip = arena_alloc_array(call->arena, call->inputs.field_count + 1, sizeof *skip);
    if (skip == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < call->inputs.field_count; i++) {
        skip[i] = call->inputs.fields[i].name;
    }
    return record_read_json(call->operation->record, record, call->input,
                            call->operation->record_source, skip, "", call->faults, err);
}

static enum mneme_code check_name(const struct call *call, const struct record_name *out,
                                  struct mneme_error *err)
{
    if (out->id == NULL && out->key == NULL) {
        return call_refuse(call, "id", "required", "is required, or 'key' with 'namespace'", err);
    }
    if (out->id != NULL && out->key != NULL) {
        return call_refuse(call, "key", "conflict", "cannot be given together with 'id'", err);
    }
    return MNEME_OK;
}

enum mneme_code call_record_name(const struct call *call, struct record_name *out,
                                 struct mneme_error *err)
{
    *out = (struct record_name){.id = call_text(call, "id"),
                                .key = call_text(call, "key"),
                                .name_space = call_text(call, "namespace")};
    return check_name(call, out, err);
}

enum mneme_code call_memory_name(const struct call *call, struct record_name *out,
                                 struct mneme_error *err)
{
    const struct json *key = call_json(call, "key"), *name_space = call_json(call, "namespace");
    bool is_text = (key == NULL || json_type_of(key) == JSON_TYPE_TEXT) &&
                   (name_space == NULL || json_type_of(name_space) == JSON_TYPE_TEXT);
    *out = (struct record_name){.id = call_text(call, "id")};
    if (out->id != NULL) {
        return MNEME_OK; // key and namespace are then fields, which cannot be changed
    }
    if (!is_text) {
        return call_refuse(call, "key", "type", "and 'namespace' must be texts", err);
    }
    out->key = key ? json_as_text(key, NULL) : NULL;
    out->name_space = name_space ? json_as_text(name_space, NULL) : NULL;
    return check_name(call, out, err);
}

enum mneme_code call_filter(const struct call *call, const struct kind *const *kinds,
                            const struct filter **out, struct mneme_error *err)
{
    return filter_parse(call_json(call, "filter"), kinds, "/filter", call->arena, out, call->faults,
                        err);
}

static enum mneme_code read_vector(const struct call *call, const struct json *value,
                                   const char *pointer, float **out, size_t *count,
                                   struct mneme_error *err)
{
    *count = json_count(value);
    *out = NULL;
    if (json_type_of(value) != JSON_TYPE_ARRAY || *count == 0 || *count > LIMIT_DIMENSION) {
        return fault_add(call->faults, MNEME_INVALID, pointer, "vector", "dimension", err,
                         "'vector' must be an array of 1 to %d numbers", LIMIT_DIMENSION);
    }
    *out = arena_alloc_array(call->arena, *count, sizeof **out);
    if (*out == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < *count; i++) {
        const struct json *item = json_at(value, i);
        enum json_type type = json_type_of(item);
        if (type != JSON_TYPE_REAL && type != JSON_TYPE_INTEGER) {
            return fault_add(call->faults, MNEME_INVALID, pointer, "vector", "type", err,
                             "'vector' must hold numbers only");
        }
        (*out)[i] = (float)json_as_real(item);
    }
    return MNEME_OK;
}

enum mneme_code call_vector(const struct call *call, const struct json *object, size_t i,
                            const char *pointer, struct prepared_vector *out,
                            struct mneme_error *err)
{
    const struct mneme_call_options *options = call->options;
    *out = (struct prepared_vector){0};
    if (options->vectors != NULL) {
        if (i >= options->vector_count) {
            return MNEME_OK;
        }
        return prepare_given_vector(options->vectors + i * options->dimension, options->dimension,
                                    options->space, call->arena, out, err);
    }
    const struct json *vector = json_get(object, "vector"), *space = json_get(object, "space");
    if (vector == NULL || json_type_of(vector) == JSON_TYPE_NULL) {
        return MNEME_OK;
    }
    float *numbers = NULL;
    size_t count = 0;
    const char *place = arena_printf(call->arena, "%s/vector", pointer);
    enum mneme_code code =
        place ? read_vector(call, vector, place, &numbers, &count, err) : error_nomem(err);
    if (code != MNEME_OK) {
        return code;
    }
    const char *name =
        space != NULL && json_type_of(space) == JSON_TYPE_TEXT ? json_as_text(space, NULL) : NULL;
    return prepare_given_vector(numbers, count, name, call->arena, out, err);
}

void write_receipt_members(const struct call *call, const struct receipt *receipt)
{
    struct json_writer *out = call->out;
    json_write_text(out, "id", receipt->id);
    json_write_integer(out, "seq", receipt->seq);
    json_write_text(out, "token", engine_token(call->handle, receipt->seq, call->arena));
    json_write_text(out, "status", receipt_status_name(receipt->status));
    json_write_text(out, "outcome", "committed");
    json_write_text(out, "backend", "local");
    json_write_text(out, "durability", "local");
    json_begin_array(out, "pending");
    json_end_array(out);
}

void write_receipt(const struct call *call, const char *name, const struct receipt *receipt)
{
    json_begin_object(call->out, name);
    write_receipt_members(call, receipt);
    json_end_object(call->out);
}

void write_record_members(const struct call *call, const struct kind *kind, const void *record)
{
    json_write_text(call->out, "kind", kind->name);
    record_write_members(kind, record, VIEW_FULL, call->out);
}

void write_record(const struct call *call, const char *name, const struct kind *kind,
                  const void *record)
{
    json_begin_object(call->out, name);
    write_record_members(call, kind, record);
    json_end_object(call->out);
}

void write_error(struct json_writer *out, const struct mneme_error *error,
                 const struct fault_list *faults, const char *pointer)
{
    json_begin_object(out, "error");
    json_write_text(out, "code", mneme_code_name(error->code));
    json_write_text(out, "message", error->message);
    json_begin_array(out, "errors");
    size_t shown = faults == NULL ? 0 : faults->count < LIMIT_ERRORS ? faults->count : LIMIT_ERRORS;
    for (size_t i = 0; i < shown; i++) {
        json_begin_object(out, NULL);
        json_write_text(out, "field", faults->items[i].field);
        json_write_text(out, "pointer", faults->items[i].pointer);
        json_write_text(out, "rule", faults->items[i].rule);
        json_end_object(out);
    }
    if (shown == 0 && error->field[0] != '\0') {
        char place[80] = "";
        size_t length = strnlen(pointer, 8);
        memcpy(place, pointer, length);
        place[length] = '/';
        memcpy(place + length + 1, error->field, strlen(error->field) + 1);
        json_begin_object(out, NULL);
        json_write_text(out, "field", error->field);
        json_write_text(out, "pointer", place);
        json_write_text(out, "rule", error->rule);
        json_end_object(out);
    }
    json_end_array(out);
    json_end_object(out);
}
