/* Inputs of operations and the shapes that answers share. */
#include "api/call.h"

#include "base/hash.h"
#include "base/limits.h"
#include "model/beside.h"

#include <assert.h>
#include <stdio.h>
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

/* The place of a member of the input; NULL when out of memory. */
static const char *place_of(const struct call *call, const char *name)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_BATCH_BYTES);
    strbuf_add_text(&text, call->pointer);
    fault_add_step(&text, name);
    const char *place =
        strbuf_code(&text) == MNEME_OK ? arena_text_n(call->arena, text.text, text.length) : NULL;
    strbuf_clear(&text);
    return place;
}

static enum mneme_code refuse(const struct call *call, enum mneme_code code, const char *name,
                              const char *rule, const char *message, struct mneme_error *err)
{
    const char *place = place_of(call, name);
    return place
               ? fault_add(call->faults, code, place, name, rule, err, "'%.60s' %s", name, message)
               : error_nomem(err);
}

enum mneme_code call_items(const struct call *call, const char *name, size_t most,
                           const struct json **out, struct mneme_error *err)
{
    char words[40];
    *out = call_json(call, name);
    if (*out == NULL || json_type_of(*out) != JSON_TYPE_ARRAY) {
        return call_refuse(call, name, "type", "must be an array", err);
    }
    (void)snprintf(words, sizeof words, "holds more than %zu items", most);
    return json_count(*out) > most ? call_refuse(call, name, "max_items", words, err) : MNEME_OK;
}

enum mneme_code call_refuse(const struct call *call, const char *name, const char *rule,
                            const char *message, struct mneme_error *err)
{
    enum mneme_code code = strcmp(rule, "max_items") == 0 ? MNEME_LIMIT : MNEME_INVALID;
    return refuse(call, code, name, rule, message, err);
}

enum mneme_code call_refuse_at(const struct call *call, const char *pointer,
                               const struct mneme_error *error, struct mneme_error *err)
{
    if (error->field[0] == '\0' || error->code == MNEME_NOMEM) {
        return error_copy(err, error);
    }
    const char *place = arena_printf(call->arena, "%s/%s", pointer, error->field);
    const char *rule = arena_text(call->arena, error->rule);
    return place && rule ? fault_add(call->faults, error->code, place, error->field, rule, err,
                                     "%s", error->message)
                         : error_nomem(err);
}

/* What reading ends with: want of memory, else the first fault of all. */
static enum mneme_code settle(const struct call *call, enum mneme_code code)
{
    bool has_fault = code != MNEME_NOMEM && call->faults->count > 0;
    return has_fault ? call->faults->items[0].code : code;
}

static enum mneme_code read_input(struct call *call, const char *name, const struct json *value,
                                  struct mneme_error *err)
{
    size_t at = field_find(&call->inputs, name);
    if (at == FIELD_NONE) {
        // An operation on a record's fields reads them, and what is unknown, itself.
        return call->operation->record != NULL
                   ? MNEME_OK
                   : call_refuse(call, name, "unknown", "is no input of this operation", err);
    }
    const struct field *field = &call->inputs.fields[at];
    if (field->type != FIELD_JSON || json_type_of(value) == JSON_TYPE_NULL) {
        return field_read_json(&call->inputs, call->values, at, value, call->pointer, call->faults,
                               err);
    }
    // JSON is looked at where it is used; only its outer type is checked here.
    call->values->head.given |= UINT64_C(1) << at;
    return (field->flags & FIELD_OBJECT) && json_type_of(value) != JSON_TYPE_OBJECT
               ? call_refuse(call, name, "type", "must be an object", err)
               : MNEME_OK;
}

static enum mneme_code require_inputs(struct call *call, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < call->inputs.field_count && code != MNEME_NOMEM; i++) {
        const struct field *field = &call->inputs.fields[i];
        // What is there but null or bad has its fault already.
        if ((field->flags & FIELD_REQUIRED) && json_get(call->input, field->name) == NULL) {
            code = call_refuse(call, field->name, "required", "is required", err);
        }
    }
    return code;
}

static enum mneme_code read_members(struct call *call, struct mneme_error *err)
{
    void *at = NULL;
    const char *name;
    const struct json *value;
    enum mneme_code code = MNEME_OK;
    *call->values = (struct call_values){0};
    while (code != MNEME_NOMEM && json_each(call->input, &at, &name, &value)) {
        code = read_input(call, name, value, err);
    }
    if (code != MNEME_NOMEM) {
        code = require_inputs(call, err);
    }
    record_set_defaults(&call->inputs, call->values);
    return settle(call, code);
}

enum mneme_code call_read_inputs(struct call *call, struct mneme_error *err)
{
    enum mneme_code code = make_kind(call, err);
    return code == MNEME_OK ? read_members(call, err) : code;
}

enum mneme_code call_read_item(const struct call *call, const struct operation *operation,
                               const struct json *item, const char *pointer, struct call *out,
                               struct mneme_error *err)
{
    struct fault_list *faults = out->faults;
    struct call_values *values = out->values;
    struct kind inputs = out->inputs;
    *out = *call;
    out->operation = operation;
    out->input = item;
    out->pointer = pointer;
    out->faults = faults;
    out->values = values;
    out->inputs = inputs;
    enum mneme_code code = values == NULL ? make_kind(out, err) : MNEME_OK;
    if (code != MNEME_OK) {
        return code;
    }
    if (json_type_of(item) != JSON_TYPE_OBJECT) {
        return fault_add(faults, MNEME_INVALID, pointer, "items", "type", err,
                         "an item must be an object");
    }
    return read_members(out, err);
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

int64_t call_known_at(const struct call *call)
{
    int64_t at = call_integer(call, "known_at");
    return at == TIME_NONE ? 0 : at > 0 ? at : 1; // before 1970 nothing was known
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

enum mneme_code call_duration(const struct call *call, const char *name, int64_t *out_us,
                              struct mneme_error *err)
{
    const struct json *value = call_json(call, name);
    *out_us = 0;
    return value == NULL || duration_read_json(value, out_us)
               ? MNEME_OK
               : call_refuse(call, name, "format", "must be seconds, or text such as \"24h\"", err);
}

enum mneme_code call_record(const struct call *call, void *record, struct mneme_error *err)
{
    return call_record_as(call, call->operation->record_source, record, err);
}

enum mneme_code call_record_as(const struct call *call, enum record_source source, void *record,
                               struct mneme_error *err)
{
    const char **skip = arena_alloc_array(call->arena, call->inputs.field_count + 1, sizeof *skip);
    if (skip == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < call->inputs.field_count; i++) {
        skip[i] = call->inputs.fields[i].name;
    }
    enum mneme_code code = record_read_json(call->operation->record, record, call->input, source,
                                            skip, call->pointer, call->faults, err);
    return settle(call, code);
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
    struct memory *named = arena_alloc(call->arena, sizeof *named);
    *out = (struct record_name){.id = call_text(call, "id")};
    if (named == NULL) {
        return error_nomem(err);
    }
    if (call_has(call, "id")) {
        return settle(call, MNEME_OK); // key and namespace are then fields, which cannot be changed
    }
    enum mneme_code code = MNEME_OK;
    if (key != NULL) {
        code =
            field_read_json(&kind_memory, named, MEMORY_KEY, key, call->pointer, call->faults, err);
    }
    if (name_space != NULL && code != MNEME_NOMEM) {
        code = field_read_json(&kind_memory, named, MEMORY_NAMESPACE, name_space, call->pointer,
                               call->faults, err);
    }
    out->key = named->key;
    out->name_space = named->name_space;
    if (key == NULL && code != MNEME_NOMEM) {
        code = check_name(call, out, err);
    }
    return settle(call, code);
}

enum mneme_code call_filter(const struct call *call, const struct kind *const *kinds,
                            const struct filter **out, struct mneme_error *err)
{
    const char *place = place_of(call, "filter");
    return place ? filter_parse(call_json(call, "filter"), kinds, place, call->arena, out,
                                call->faults, err)
                 : error_nomem(err);
}

/* A digest of all that the list is about: the inputs, with their defaults, but for where the page lies. */
static enum mneme_code name_list(const struct call *call, const char **out, struct mneme_error *err)
{
    struct strbuf text;
    struct json_writer writer;
    unsigned char digest[SHA256_BYTES];
    char *hex = arena_alloc(call->arena, 2 * SHA256_BYTES + 1);
    strbuf_init(&text, LIMIT_RESULT_BYTES);
    json_writer_init(&writer, &text);
    json_begin_object(&writer, call->operation->name);
    for (size_t i = 0; i < call->inputs.field_count; i++) {
        const struct field *field = &call->inputs.fields[i];
        if (strcmp(field->name, "limit") == 0 || strcmp(field->name, "cursor") == 0) {
            continue;
        }
        if (field->type == FIELD_JSON && call_json(call, field->name) != NULL) {
            json_write_value(&writer, field->name, call_json(call, field->name));
        } else if (field_present(call->values, i)) {
            field_write_json(&call->inputs, call->values, i, field->name, &writer);
        }
    }
    json_end_object(&writer);
    enum mneme_code code = hex ? strbuf_code(&text) : MNEME_NOMEM;
    const struct hash_part part = {text.text, text.length};
    if (code == MNEME_OK) {
        code = hash_sha256(&part, 1, digest, err);
    }
    strbuf_clear(&text);
    if (code != MNEME_OK) {
        return error_set(err, code, "the list cannot be named");
    }
    hash_hex(digest, SHA256_BYTES, hex);
    *out = hex;
    return MNEME_OK;
}

enum mneme_code call_order(const struct call *call, const struct kind *kind,
                           const struct kind_order **out, struct mneme_error *err)
{
    const char *name = call_text(call, "order");
    for (size_t i = 0; i < kind->order_count; i++) {
        if (strcmp(kind->orders[i].name, name) == 0) {
            *out = &kind->orders[i];
            return MNEME_OK;
        }
    }
    *out = kind->orders;
    return call_refuse(call, "order", "choice", "is no order of this kind", err);
}

enum mneme_code call_page(const struct call *call, struct page_request *out,
                          struct mneme_error *err)
{
    *out = (struct page_request){.limit = (unsigned)call_integer(call, "limit"),
                                 .cursor = call_text(call, "cursor")};
    return name_list(call, &out->list, err);
}

static enum mneme_code take_vector(const struct call *call, const float *numbers, size_t count,
                                   const char *space, struct prepared_vector *out,
                                   struct mneme_error *err)
{
    struct mneme_error own = {0};
    enum mneme_code code = prepare_given_vector(numbers, count, space, call->arena, out, &own);
    return code == MNEME_OK ? code : call_refuse_at(call, call->pointer, &own, err);
}

static enum mneme_code read_vector(const struct call *call, const struct json *vector,
                                   const char *space, struct prepared_vector *out,
                                   struct mneme_error *err)
{
    struct mneme_error own = {0};
    float *numbers;
    size_t count;
    enum mneme_code code = vector_read_json(vector, call->arena, &numbers, &count, &own);
    return code == MNEME_OK ? take_vector(call, numbers, count, space, out, err)
                            : call_refuse_at(call, call->pointer, &own, err);
}

enum mneme_code call_vector(const struct call *call, size_t i, struct prepared_vector *out,
                            struct mneme_error *err)
{
    const struct mneme_call_options *options = call->options;
    const struct json *vector = call_json(call, "vector");
    const char *space = call_text(call, "space");
    enum mneme_code code = MNEME_OK;
    *out = (struct prepared_vector){0};
    if (options->vectors != NULL) {
        code = i < options->vector_count
                   ? take_vector(call, options->vectors + i * options->dimension,
                                 options->dimension, options->space, out, err)
                   : MNEME_OK;
    } else if (vector != NULL) {
        code = read_vector(call, vector, space, out, err);
    } else if (space != NULL) {
        code = call_refuse(call, "vector", "required", "is required with 'space'", err);
    }
    return settle(call, code);
}

enum mneme_code call_check_vectors(const struct call *call, size_t count, struct mneme_error *err)
{
    return call->options->vectors == NULL || call->options->vector_count == count
               ? MNEME_OK
               : call_refuse(call, "vector", "dimension", "has another number of rows than texts",
                             err);
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
    if (receipt->status == RECEIPT_SCRUB_PENDING) {
        json_write_text(out, NULL, "scrub");
    }
    for (size_t i = 0; i < receipt->pending_count; i++) {
        json_write_text(out, NULL, arena_printf(call->arena, "job:%s", receipt->pending[i]));
    }
    json_end_array(out);
}

void write_receipt(const struct call *call, const char *name, const struct receipt *receipt)
{
    json_begin_object(call->out, name);
    write_receipt_members(call, receipt);
    json_end_object(call->out);
}

void write_page(const struct call *call, const struct kind *kind, const struct record_page *page)
{
    json_begin_array(call->out, "items");
    for (size_t i = 0; i < page->count; i++) {
        write_record(call, NULL, kind, &page->records[i]);
    }
    json_end_array(call->out);
    json_write_text(call->out, "next_cursor", page->next_cursor);
}

void write_record_members(const struct call *call, const struct kind *kind, const void *record)
{
    json_write_text(call->out, "kind", kind->name);
    record_write_members(kind, record, VIEW_FULL, call->out);
}

void write_batch_end(const struct call *call, int64_t seq)
{
    json_write_integer(call->out, "seq", seq);
    json_write_text(call->out, "token", engine_token(call->handle, seq, call->arena));
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
    if (shown == 0 && (error->field[0] != '\0' || error->rule[0] != '\0')) {
        char place[sizeof error->field + 32];
        (void)snprintf(place, sizeof place, "%.30s%s%s", pointer, error->field[0] ? "/" : "",
                       error->field);
        json_begin_object(out, NULL);
        json_write_text(out, "field", error->field);
        json_write_text(out, "pointer", place);
        json_write_text(out, "rule", error->rule);
        json_end_object(out);
    }
    json_end_array(out);
    json_end_object(out);
}
