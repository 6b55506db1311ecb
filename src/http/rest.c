#include "http/rest.h"

#include "api/conditional.h"
#include "api/convert.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <string.h>
#include <strings.h>

#define JSON_TYPE "application/json"
#define PROBLEM_TYPE "application/problem+json"

// --- routes ----------------------------------------------------------------------------------

/* Does the path have the template's form? *parameters counts the parts that are free. */
static bool matches(const char *template, const char *path, size_t *parameters)
{
    *parameters = 0;
    while (*template != '\0' && *path != '\0') {
        size_t part = strcspn(template, "/"), given = strcspn(path, "/");
        bool is_free = *template == '{';
        if (is_free ? given == 0 : part != given || memcmp(template, path, part) != 0) {
            return false;
        }
        *parameters += is_free;
        template += part;
        path += given;
        if ((*template == '/') != (*path == '/')) {
            return false;
        }
        template += *template == '/';
        path += *path == '/';
    }
    return *template == '\0' && *path == '\0';
}

static bool is_method(const struct operation *operation, const char *method)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    return strcmp(operation->method, wanted) == 0;
}

bool rest_serves(const struct operation *operation)
{
    return (operation->faces & FACE_REST) && strcmp(operation->scope, "admin") != 0;
}

/* Of several templates that a path has the form of, the one with the fewest free parts. */
struct route rest_find(const char *method, const char *path)
{
    struct route route = {.operation = NULL};
    size_t least = SIZE_MAX, parameters;
    for (size_t i = 0; i < operation_count; i++) {
        const struct operation *operation = &operations[i];
        if (!rest_serves(operation) || !matches(operation->path, path, &parameters)) {
            continue;
        }
        route.has_path = true;
        if (is_method(operation, method) && parameters < least) {
            route.operation = operation;
            least = parameters;
        }
    }
    return route;
}

const char *rest_methods(const char *path, struct arena *arena)
{
    const char *all = NULL;
    size_t parameters;
    for (size_t i = 0; i < operation_count; i++) {
        const struct operation *operation = &operations[i];
        if (rest_serves(operation) && matches(operation->path, path, &parameters) &&
            (all == NULL || strstr(all, operation->method) == NULL)) {
            all = all ? arena_printf(arena, "%s, %s", all, operation->method) : operation->method;
        }
    }
    return all;
}

size_t rest_body_max(const struct operation *operation)
{
    return operation && operation->is_batch ? LIMIT_BATCH_BYTES : LIMIT_JSON_BYTES;
}

// --- problems --------------------------------------------------------------------------------

static void begin_problem(struct json_writer *out, int status, const char *code, const char *detail)
{
    json_begin_object(out, NULL);
    json_write_text(out, "type", "about:blank");
    json_write_text(out, "title", http_status_words(status));
    json_write_integer(out, "status", status);
    json_write_text(out, "detail", detail);
    if (code != NULL) {
        json_write_text(out, "code", code);
    }
}

void rest_write_problem(struct http_response *response, int status, const char *code,
                        const char *detail)
{
    struct json_writer out;
    response->status = status;
    response->content_type = PROBLEM_TYPE;
    strbuf_truncate(&response->body, 0);
    json_writer_init(&out, &response->body);
    begin_problem(&out, status, code, detail);
    json_begin_array(&out, "errors");
    json_end_array(&out);
    json_end_object(&out);
}

/* What is wrong where no operation has come to say it. */
static void write_fault(struct json_writer *out, const struct mneme_error *error)
{
    json_begin_array(out, "errors");
    if (error->rule[0] != '\0') {
        json_begin_object(out, NULL);
        json_write_text(out, "field", error->field);
        json_write_text(out, "pointer", "");
        json_write_text(out, "rule", error->rule);
        json_end_object(out);
    }
    json_end_array(out);
}

/* An error object, as operations write it, as a problem: its members one level up, and what HTTP adds. */
static void write_error_problem(struct http_response *response, int status,
                                const struct mneme_error *error, const char *json)
{
    struct json_writer out;
    struct json *answer = NULL;
    if (json_parse(json, strlen(json), LIMIT_RESULT_BYTES, &answer, NULL) != MNEME_OK) {
        answer = NULL;
    }
    const struct json *errors = answer ? json_pointer(answer, "/error/errors") : NULL;
    response->status = status;
    response->content_type = PROBLEM_TYPE;
    json_writer_init(&out, &response->body);
    begin_problem(&out, status, mneme_code_name(error->code), error->message);
    if (errors != NULL) {
        json_write_value(&out, "errors", errors);
    } else {
        write_fault(&out, error);
    }
    json_end_object(&out);
    json_free(answer);
    if (error->code == MNEME_BUSY || error->code == MNEME_UNAVAILABLE) {
        http_response_add_header(response, "Retry-After", "1");
    }
}

/* The same of an input that never came to its operation. */
static void refuse_input(struct http_response *response, const struct mneme_error *error,
                         const struct fault_list *faults)
{
    struct strbuf text;
    struct json_writer out;
    strbuf_init(&text, LIMIT_JSON_BYTES);
    json_writer_init(&out, &text);
    json_begin_object(&out, NULL);
    write_error(&out, error, faults, "");
    json_end_object(&out);
    write_error_problem(response, error_mapping(error->code)->http_status, error, text.text);
    strbuf_clear(&text);
}

// --- the input -------------------------------------------------------------------------------

/* What is gathered from path and query, by the types of the fields that it belongs to. */
struct gathering {
    const struct operation *operation;
    struct json_writer *out;
    struct fault_list *faults;
    const char *min_version; /* of a read */
    struct mneme_error *err;
    enum mneme_code code;
};

static void gather(struct gathering *gathering, const char *name, const char *value)
{
    const struct field *field = operation_field(gathering->operation, name);
    enum mneme_code code;
    if (field == NULL) {
        code = fault_add(gathering->faults, MNEME_INVALID, "", name, "unknown", gathering->err,
                         "there is no parameter '%.60s'", name);
    } else {
        const struct convert_values values = {.texts = &value, .count = 1};
        code = convert_write(field, &values, gathering->out, gathering->faults, gathering->err);
    }
    gathering->code = gathering->code == MNEME_OK ? code : gathering->code;
}

static void gather_query(void *context, const char *name, const char *value)
{
    struct gathering *gathering = context;
    bool is_condition = gathering->operation->effect == EFFECT_READ &&
                        strcmp(name, "min_version") == 0 && gathering->min_version == NULL;
    if (is_condition) {
        gathering->min_version = value;
    } else {
        gather(gathering, name, value);
    }
}

/* The path's free parts under their names in the template. */
static void gather_path(struct gathering *gathering, const char *path, struct arena *arena)
{
    const char *template = gathering->operation->path;
    while (*template != '\0') {
        size_t part = strcspn(template, "/"), given = strcspn(path, "/");
        if (*template == '{') {
            const char *name = arena_text_n(arena, template + 1, part - 2);
            const char *value = arena_text_n(arena, path, given);
            if (name != NULL && value != NULL) {
                gather(gathering, name, value);
            }
        }
        template += part + (template[part] == '/');
        path += given + (path[given] == '/');
    }
}

/* A body's members, and those of path and query, which it may not contradict by saying them again. */
static enum mneme_code merge_body(const struct http_request *request, const struct json *given,
                                  size_t most, struct json **out, struct fault_list *faults,
                                  struct mneme_error *err)
{
    const char *name;
    const struct json *value;
    void *at = NULL;
    const char *text = request->body_length > 0 ? request->body : "{}";
    size_t length = request->body_length > 0 ? request->body_length : 2;
    enum mneme_code code = json_parse(text, length, most, out, err);
    if (code != MNEME_OK || json_type_of(*out) != JSON_TYPE_OBJECT) {
        return code; // what is no object is refused with the rest of the input
    }
    while (code == MNEME_OK && json_each(given, &at, &name, &value)) {
        if (json_get(*out, name) != NULL) {
            const char *pointer = arena_printf(faults->arena, "/%s", name);
            code = fault_add(faults, MNEME_INVALID, pointer ? pointer : "", name, "duplicate", err,
                             "'%.60s' is in the path or the query already", name);
        } else {
            code = json_put(*out, name, json_clone(value)) ? MNEME_OK : error_nomem(err);
        }
    }
    return code;
}

static enum mneme_code read_input(const struct operation *operation,
                                  const struct http_request *request, struct json **out,
                                  const char **min_version, struct fault_list *faults,
                                  struct mneme_error *err)
{
    struct strbuf text;
    struct json_writer writer;
    struct json *given = NULL;
    struct gathering gathering = {
        .operation = operation, .out = &writer, .faults = faults, .err = err};
    *out = NULL;
    strbuf_init(&text, LIMIT_JSON_BYTES);
    json_writer_init(&writer, &text);
    json_begin_object(&writer, NULL);
    gather_path(&gathering, request->path, request->arena);
    http_request_each_query(request, gather_query, &gathering);
    json_end_object(&writer);
    *min_version = gathering.min_version;
    enum mneme_code code = gathering.code;
    if (code == MNEME_OK && arena_failed(request->arena)) {
        code = error_nomem(err);
    }
    if (code == MNEME_OK && strbuf_code(&text) != MNEME_OK) {
        code = error_set(err, strbuf_code(&text), "the query is too long");
    }
    // A name that is given twice is found here.
    if (code == MNEME_OK) {
        code = json_parse(text.text, text.length, LIMIT_JSON_BYTES, &given, err);
    }
    if (code == MNEME_OK && request->body_length == 0) {
        *out = given;
        given = NULL;
    } else if (code == MNEME_OK) {
        code = merge_body(request, given, rest_body_max(operation), out, faults, err);
    }
    json_free(given);
    strbuf_clear(&text);
    return code;
}

// --- answering -------------------------------------------------------------------------------

static bool has_json_body(const struct http_request *request)
{
    const char *type = http_request_header(request, "Content-Type");
    size_t length = strlen(JSON_TYPE);
    return type != NULL && strncasecmp(type, JSON_TYPE, length) == 0 &&
           (type[length] == '\0' || type[length] == ';' || type[length] == ' ');
}

/* "N" of an entity tag; 0 if it is none of ours. */
static int64_t tag_version(const char *tag)
{
    int64_t version = 0;
    const char *at = tag + (*tag == '"');
    for (; *at >= '0' && *at <= '9' && version < LIMIT_COUNTER / 10; at++) {
        version = version * 10 + (*at - '0');
    }
    return *tag == '"' && strcmp(at, "\"") == 0 ? version : 0;
}

/* The headers that put conditions on a write. False, and answered, if one cannot be met. */
static bool read_conditions(const struct operation *operation, const struct http_request *request,
                            struct call_conditions *out, struct http_response *response)
{
    const char *match = http_request_header(request, "If-Match");
    const char *key = http_request_header(request, "Idempotency-Key");
    if (match != NULL && strcmp(match, "*") != 0 && operation->effect != EFFECT_READ) {
        out->if_version = tag_version(match);
        if (out->if_version == 0 || !call_takes_version(operation)) {
            rest_write_problem(response, out->if_version == 0 ? 412 : 400, NULL,
                               out->if_version == 0 ? "the record's entity tag is another one"
                                                    : "If-Match has no meaning here");
            return false;
        }
    }
    if (key != NULL && call_takes_once(operation)) {
        out->once = key;
        if (*key == '\0' || strlen(key) > LIMIT_ONCE_BYTES || !utf8_is_valid(key, strlen(key))) {
            rest_write_problem(response, 400, "INVALID",
                               "an Idempotency-Key has 1 to 255 characters");
            return false;
        }
    }
    return true;
}

/* The status of an error is its code's, but for conditions that a header made. */
static int status_of(const struct mneme_error *error, const struct call_conditions *conditions)
{
    bool is_conflict = error->code == MNEME_CONFLICT;
    if (is_conflict && conditions->if_version != 0 && strcmp(error->rule, "version") == 0) {
        return 412;
    }
    if (is_conflict && conditions->once != NULL && strcmp(error->rule, "idempotency") == 0) {
        return 422;
    }
    return error_mapping(error->code)->http_status;
}

/* One record's version as its entity tag. Counts of use and other states that raise no version are not part of what
 * it stands for. */
static const char *entity_tag(const struct operation *operation, const struct json *input,
                              mneme_result *result, struct arena *arena)
{
    const struct shape *answer = operation_answer(operation);
    bool is_record = answer->kind != NULL || answer == &answer_record;
    if (strcmp(operation->method, "GET") != 0 || !is_record || json_get(input, "evidence")) {
        return NULL;
    }
    int64_t version = mneme_result_integer(result, "/version");
    return version > 0 ? arena_printf(arena, "\"%lld\"", (long long)version) : NULL;
}

static void write_answer(const struct operation *operation, const struct http_request *request,
                         const struct json *input, mneme_result *result,
                         struct http_response *response)
{
    const char *tag = entity_tag(operation, input, result, request->arena);
    const char *known = tag ? http_request_header(request, "If-None-Match") : NULL;
    http_response_add_header(response, "ETag", tag);
    if (known != NULL && (strcmp(known, "*") == 0 || strstr(known, tag) != NULL)) {
        response->status = 304;
        return;
    }
    response->status = 200;
    response->content_type = JSON_TYPE;
    strbuf_add_text(&response->body, mneme_result_json(result));
}

void rest_answer(mneme *memory, const struct operation *operation,
                 const struct http_request *request, struct http_response *response)
{
    struct mneme_error error = {0};
    struct fault_list faults;
    struct call_conditions conditions = {0};
    struct json *input = NULL;
    mneme_result *result = NULL;
    bool is_repeat = false;
    if (request->body_length > 0 && !has_json_body(request)) {
        rest_write_problem(response, 415, NULL, "a body must be " JSON_TYPE);
        return;
    }
    if (!read_conditions(operation, request, &conditions, response)) {
        return;
    }
    fault_list_init(&faults, request->arena);
    enum mneme_code code =
        read_input(operation, request, &input, &conditions.min_version, &faults, &error);
    if (code != MNEME_OK) {
        refuse_input(response, &error, &faults);
    } else {
        code =
            call_conditionally(memory, operation, input, &conditions, &result, &is_repeat, &error);
        if (code == MNEME_OK) {
            write_answer(operation, request, input, result, response);
            http_response_add_header(response, "Idempotency-Replayed", is_repeat ? "true" : NULL);
        } else {
            write_error_problem(response, status_of(&error, &conditions), &error,
                                result ? mneme_result_json(result) : "");
        }
    }
    http_response_add_header(response, "Cache-Control", "no-store");
    mneme_result_free(result);
    json_free(input);
}
