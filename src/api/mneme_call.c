/*
 * mneme_call: an operation by name, JSON in, JSON out; the built input; the result.
 */
#include "api/call.h"
#include "base/alloc.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct mneme_result {
    struct strbuf text;
    struct json *parsed; /* made when a part is first asked for */
};

struct mneme_input {
    struct json *object;
    struct mneme_error error;
};

static const struct mneme_call_options no_options = {.size = sizeof no_options};

static struct mneme_result *new_result(void)
{
    struct mneme_result *result = mem_alloc_zero(1, sizeof *result);
    if (result != NULL) {
        strbuf_init(&result->text, LIMIT_RESULT_BYTES);
    }
    return result;
}

/* Turns what the result holds so far into the error. */
static enum mneme_code write_failure(struct mneme_result **result, const struct mneme_error *error,
                                     const struct fault_list *faults)
{
    struct json_writer out;
    strbuf_truncate(&(*result)->text, 0);
    json_writer_init(&out, &(*result)->text);
    json_begin_object(&out, NULL);
    write_error(&out, error, faults, "");
    json_end_object(&out);
    if (strbuf_code(&(*result)->text) != MNEME_OK) {
        mneme_result_free(*result);
        *result = NULL;
    }
    return error->code;
}

static enum mneme_code run(struct call *call, struct mneme_error *err)
{
    if (json_type_of(call->input) != JSON_TYPE_OBJECT) {
        return error_field(err, MNEME_INVALID, "", "type", "the input must be a JSON object");
    }
    enum mneme_code code = call_read_inputs(call, err);
    // An operation on a record reads that before it acts, so that one answer names all faults.
    if (code != MNEME_OK && (code == MNEME_NOMEM || call->operation->record == NULL)) {
        return code;
    }
    json_begin_object(call->out, NULL);
    code = call->operation->run(call, err);
    json_end_object(call->out);
    assert(code != MNEME_OK || call->faults->count == 0);
    return code == MNEME_OK && arena_failed(call->arena) ? error_nomem(err) : code;
}

static enum mneme_code run_operation(struct mneme *memory, const struct operation *operation,
                                     const struct json *input,
                                     const struct mneme_call_options *options,
                                     struct mneme_result **out, struct mneme_error *error)
{
    struct mneme_error own = {0};
    struct arena arena;
    struct fault_list faults;
    struct json_writer writer;
    arena_init(&arena);
    fault_list_init(&faults, &arena);
    json_writer_init(&writer, &(*out)->text);
    struct call call = {.handle = memory,
                        .operation = operation,
                        .input = input,
                        .pointer = "",
                        .arena = &arena,
                        .out = &writer,
                        .faults = &faults,
                        .options = options};
    enum mneme_code code = run(&call, &own);
    if (code == MNEME_OK && strbuf_code(&(*out)->text) != MNEME_OK) {
        code = error_set(&own, strbuf_code(&(*out)->text), "the answer is too large");
    }
    if (code != MNEME_OK) {
        write_failure(out, &own, &faults);
        error_copy(error, &own);
    }
    arena_clear(&arena);
    return code;
}

static enum mneme_code fail_early(struct mneme_result **out, const struct mneme_error *own,
                                  struct mneme_error *error)
{
    error_copy(error, own);
    return write_failure(out, own, NULL);
}

/* The operation of that name; if there is none, the answer says so. */
static const struct operation *find(const char *name, struct mneme_result **out,
                                    struct mneme_error *error)
{
    const struct operation *operation = operation_find(name);
    if (operation == NULL) {
        struct mneme_error own;
        error_field(&own, MNEME_NOT_FOUND, "operation", "unknown", "no operation '%.60s'", name);
        (void)fail_early(out, &own, error);
    }
    return operation;
}

static void copy_call_options(const struct mneme_call_options *given,
                              struct mneme_call_options *out)
{
    *out = no_options;
    if (given != NULL && given->size >= sizeof given->size) {
        memcpy(out, given, given->size < sizeof *out ? given->size : sizeof *out);
    }
}

enum mneme_code call_kept_answer(const char *json, mneme_result **out, struct mneme_error *error)
{
    *out = new_result();
    if (*out == NULL) {
        return error_nomem(error);
    }
    strbuf_add_text(&(*out)->text, json);
    return strbuf_code(&(*out)->text) == MNEME_OK ? MNEME_OK : error_nomem(error);
}

enum mneme_code call_operation(mneme *memory, const struct operation *operation,
                               const struct json *input, const struct mneme_call_options *options,
                               mneme_result **out, struct mneme_error *error)
{
    struct mneme_call_options copy;
    copy_call_options(options, &copy);
    *out = new_result();
    return *out ? run_operation(memory, operation, input, &copy, out, error) : error_nomem(error);
}

enum mneme_code mneme_call_with(mneme *memory, const char *operation, const char *json,
                                const struct mneme_call_options *options, mneme_result **out,
                                struct mneme_error *error)
{
    struct mneme_call_options copy;
    struct mneme_error own = {0};
    struct json *input;
    copy_call_options(options, &copy);
    *out = new_result();
    if (*out == NULL) {
        return error_nomem(error);
    }
    const struct operation *found = find(operation, out, error);
    if (found == NULL) {
        return MNEME_NOT_FOUND;
    }
    const char *text = json ? json : "{}";
    size_t most = found->is_batch ? LIMIT_BATCH_BYTES : LIMIT_JSON_BYTES;
    enum mneme_code code = json_parse(text, strlen(text), most, &input, &own);
    if (code != MNEME_OK) {
        return fail_early(out, &own, error);
    }
    code = run_operation(memory, found, input, &copy, out, error);
    json_free(input);
    return code;
}

enum mneme_code mneme_call(mneme *memory, const char *operation, const char *json,
                           mneme_result **out, struct mneme_error *error)
{
    return mneme_call_with(memory, operation, json, NULL, out, error);
}

mneme_input *mneme_input_new(void)
{
    struct mneme_input *input = mem_alloc_zero(1, sizeof *input);
    if (input != NULL) {
        input->object = json_new_object();
        if (input->object == NULL) {
            mem_free(input);
            return NULL;
        }
    }
    return input;
}

void mneme_input_free(mneme_input *input)
{
    if (input != NULL) {
        json_free(input->object);
        mem_free(input);
    }
}

/* `is_json`: JSON can hold such a value, so if there is none, memory has run out. */
static void put(mneme_input *input, const char *name, struct json *value, bool is_json,
                const char *rule)
{
    bool is_name = utf8_is_valid(name, strlen(name));
    if (value != NULL && json_put(input->object, name, value)) {
        return;
    }
    if (input->error.code != MNEME_OK) {
        return;
    }
    if (is_name && is_json) {
        error_nomem(&input->error);
    } else {
        error_field(&input->error, MNEME_INVALID, name, is_name ? rule : "utf8",
                    "'%.60s' holds what JSON cannot", name);
    }
}

void mneme_input_set_text(mneme_input *input, const char *name, const char *value)
{
    const char *text = value ? value : "";
    put(input, name, json_new_text(text), utf8_is_valid(text, strlen(text)), "utf8");
}

void mneme_input_set_integer(mneme_input *input, const char *name, int64_t value)
{
    put(input, name, json_new_integer(value), true, "");
}

void mneme_input_set_real(mneme_input *input, const char *name, double value)
{
    put(input, name, json_new_real(value), isfinite(value), "type");
}

void mneme_input_set_boolean(mneme_input *input, const char *name, bool value)
{
    put(input, name, json_new_boolean(value), true, "");
}

void mneme_input_set_json(mneme_input *input, const char *name, const char *value)
{
    struct json *parsed = NULL;
    struct mneme_error error = {0};
    enum mneme_code code = json_parse(value, strlen(value), LIMIT_BATCH_BYTES, &parsed, &error);
    if (code == MNEME_OK) {
        put(input, name, parsed, true, "");
    } else if (input->error.code != MNEME_OK || code == MNEME_NOMEM) {
        input->error = input->error.code != MNEME_OK ? input->error : error;
    } else {
        error_field(&input->error, code, name, error.rule, "'%.60s': %s", name, error.message);
    }
}

enum mneme_code mneme_input_run(mneme *memory, const char *operation, const mneme_input *input,
                                mneme_result **out, struct mneme_error *error)
{
    *out = new_result();
    if (*out == NULL) {
        return error_nomem(error);
    }
    if (input->error.code != MNEME_OK) {
        return fail_early(out, &input->error, error);
    }
    const struct operation *found = find(operation, out, error);
    return found ? run_operation(memory, found, input->object, &no_options, out, error)
                 : MNEME_NOT_FOUND;
}

const char *mneme_result_json(const mneme_result *result)
{
    return result ? result->text.text : "";
}

static const struct json *part_of(mneme_result *result, const char *pointer)
{
    if (result == NULL) {
        return NULL;
    }
    if (result->parsed == NULL &&
        json_parse(result->text.text, result->text.length, LIMIT_RESULT_BYTES, &result->parsed,
                   NULL) != MNEME_OK) {
        result->parsed = NULL;
        return NULL;
    }
    return json_pointer(result->parsed, pointer);
}

const char *mneme_result_text(mneme_result *result, const char *pointer)
{
    const struct json *part = part_of(result, pointer);
    return part && json_type_of(part) == JSON_TYPE_TEXT ? json_as_text(part, NULL) : NULL;
}

int64_t mneme_result_integer(mneme_result *result, const char *pointer)
{
    const struct json *part = part_of(result, pointer);
    return part && json_type_of(part) == JSON_TYPE_INTEGER ? json_as_integer(part) : 0;
}

double mneme_result_real(mneme_result *result, const char *pointer)
{
    const struct json *part = part_of(result, pointer);
    bool is_number =
        part && (json_type_of(part) == JSON_TYPE_REAL || json_type_of(part) == JSON_TYPE_INTEGER);
    return is_number ? json_as_real(part) : 0;
}

bool mneme_result_boolean(mneme_result *result, const char *pointer)
{
    const struct json *part = part_of(result, pointer);
    return part && json_type_of(part) == JSON_TYPE_BOOLEAN && json_as_boolean(part);
}

size_t mneme_result_count(mneme_result *result, const char *pointer)
{
    const struct json *part = part_of(result, pointer);
    return part ? json_count(part) : 0;
}

void mneme_result_free(mneme_result *result)
{
    if (result != NULL) {
        json_free(result->parsed);
        strbuf_clear(&result->text);
        mem_free(result);
    }
}

const char *mneme_operation_name(size_t index)
{
    return index < operation_count ? operations[index].name : NULL;
}

const char *mneme_operation_description(size_t index)
{
    return index < operation_count ? operations[index].doc : NULL;
}
