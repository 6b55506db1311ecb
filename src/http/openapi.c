#include "http/openapi.h"

#include "api/conditional.h"
#include "http/daemon.h"
#include "http/rest.h"
#include "mneme.h"

#include <stdio.h>
#include <string.h>

#define SCHEMAS "#/components/schemas/"
#define RESPONSES "#/components/responses/"
#define REFERENCE_BYTES 64

// --- problems --------------------------------------------------------------------------------

// rows of a table
/* clang-format off */

static const struct shape_member problem_members[] = {
    {.name = "type", .type = SHAPE_TEXT, .doc = "about:blank: the status says it."},
    {.name = "title", .type = SHAPE_TEXT, .doc = "The status in words."},
    {.name = "status", .type = SHAPE_INTEGER, .doc = "The status."},
    {.name = "detail", .type = SHAPE_TEXT, .doc = "What is wrong."},
    {.name = "code", .type = SHAPE_TEXT, .flags = SHAPE_OPTIONAL, .doc = "INVALID, NOT_FOUND, CONFLICT, ..."},
    {.name = "errors", .type = SHAPE_OBJECT, .shape = &answer_fault, .flags = SHAPE_LIST,
     .doc = "The fields that were refused."},
    {.name = NULL}};
static const struct shape problem = {.name = "Problem", .members = problem_members,
    .doc = "Why a request was refused (RFC 9457)."};
static const struct shape_member health_members[] = {
    {.name = "status", .type = SHAPE_TEXT, .doc = "ok, or unavailable."}, {.name = NULL}};
static const struct shape health = {.name = "Health", .members = health_members};

enum { OF_ALL = 1, OF_BODY = 2, OF_CONFLICT = 4, OF_VERSION = 8, OF_ONCE = 16 };
static const struct {
    int status;
    unsigned of; /* which operations answer it */
    const char *doc;
} problems[] = {
    {400, OF_ALL, "The input breaks a rule; `errors` names the fields."},
    {401, OF_ALL, "No key, or one that is not good."},
    {403, OF_ALL, "Not allowed."},
    {404, OF_ALL, "The user has no such thing."},
    {409, OF_CONFLICT, "Version, key, origin or epoch is not what the caller thinks."},
    {412, OF_VERSION, "The record's version is not that of If-Match."},
    {413, OF_ALL, "Longer than a documented bound."},
    {414, OF_ALL, "The address is too long; the HTTP library says so, without a type."},
    {415, OF_BODY, "The body is not JSON."},
    {422, OF_ONCE, "The Idempotency-Key was used for another request."},
    {429, OF_ALL, "Too many requests: Retry-After says when."},
    {431, OF_ALL, "The headers are too long; the HTTP library says so, without a type."},
    {500, OF_ALL, "A bug of mneme."},
    {501, OF_ALL, "This build or this store cannot do that."},
    {502, OF_ALL, "A remote service answered with an error."},
    {503, OF_ALL, "Busy, or out of something: Retry-After says when."},
    {504, OF_ALL, "The deadline passed."},
    {507, OF_ALL, "The disk is full or failed."},
};

/* clang-format on */

static void write_reference(const char *to, const char *name, struct json_writer *out)
{
    json_begin_object(out, name);
    json_write_text(out, "$ref", to);
    json_end_object(out);
}

static void write_content(const char *type, const struct shape *shape, struct json_writer *out)
{
    json_begin_object(out, "content");
    json_begin_object(out, type);
    shape_write_reference(shape, SCHEMAS, "schema", out);
    json_end_object(out);
    json_end_object(out);
}

static void write_problems(unsigned of, struct json_writer *out)
{
    char status[16], to[REFERENCE_BYTES];
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        if (problems[i].of & of) {
            (void)snprintf(status, sizeof status, "%d", problems[i].status);
            (void)snprintf(to, sizeof to, RESPONSES "Problem%s", status);
            write_reference(to, status, out);
        }
    }
}

static void write_problem_responses(struct json_writer *out)
{
    char name[REFERENCE_BYTES];
    json_begin_object(out, "responses");
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        (void)snprintf(name, sizeof name, "Problem%d", problems[i].status);
        json_begin_object(out, name);
        json_write_text(out, "description", problems[i].doc);
        if (problems[i].status != 414 && problems[i].status != 431) {
            write_content("application/problem+json", &problem, out);
        }
        json_end_object(out);
    }
    json_end_object(out);
}

// --- inputs ----------------------------------------------------------------------------------

static bool has_body(const struct operation *operation)
{
    return strcmp(operation->method, "GET") != 0 && strcmp(operation->method, "DELETE") != 0;
}

static bool is_in_path(const struct operation *operation, const struct field *field)
{
    char part[REFERENCE_BYTES];
    (void)snprintf(part, sizeof part, "{%s}", field->name);
    return strstr(operation->path, part) != NULL;
}

/* What names the record in other faces, where the path has done so already. */
static bool is_another_name(const struct operation *operation, const struct field *field)
{
    static const char *const names[] = {"key", "namespace", "name", "from", "to", "relation"};
    if (strstr(operation->path, "{id}") == NULL) {
        return false;
    }
    for (size_t i = 0; operation->record == NULL && i < sizeof names / sizeof *names; i++) {
        if (strcmp(field->name, names[i]) == 0) {
            return true;
        }
    }
    return (field->flags & FIELD_FIXED) != 0;
}

/* In the path, the query or the body, whatever the operation has them in. */
enum place { IN_PATH, IN_QUERY, IN_BODY };

static const struct field *input_at(const struct operation *operation, enum place place, size_t *at)
{
    const struct field *field;
    enum place other = has_body(operation) ? IN_BODY : IN_QUERY;
    while ((field = operation_input(operation, (*at)++)) != NULL) {
        enum place is_at = is_in_path(operation, field) ? IN_PATH : other;
        if (is_at == place && (place == IN_PATH || !is_another_name(operation, field))) {
            return field;
        }
    }
    return NULL;
}

static void write_parameter(const struct operation *operation, const struct field *field,
                            enum place place, struct json_writer *out)
{
    bool is_json = field->type == FIELD_JSON && (field->flags & FIELD_OBJECT);
    json_begin_object(out, NULL);
    json_write_text(out, "name", field->name);
    json_write_text(out, "in", place == IN_PATH ? "path" : "query");
    json_write_text(out, "description", field->doc);
    json_write_boolean(out, "required", place == IN_PATH || operation_requires(operation, field));
    if (is_json) {
        json_begin_object(out, "content");
        json_begin_object(out, "application/json");
    } else if (field->type == FIELD_LIST) {
        json_write_text(out, "style", "form");
        json_write_boolean(out, "explode", false);
    }
    field_write_argument_schema(field, "schema", out);
    if (is_json) {
        json_end_object(out);
        json_end_object(out);
    }
    json_end_object(out);
}

static void write_condition(const char *name, const char *place, const char *words,
                            struct json_writer *out)
{
    json_begin_object(out, NULL);
    json_write_text(out, "name", name);
    json_write_text(out, "in", place);
    json_write_text(out, "description", words);
    json_write_boolean(out, "required", false);
    json_begin_object(out, "schema");
    json_write_text(out, "type", "string");
    json_write_integer(out, "minLength", 1);
    json_write_integer(out, "maxLength", LIMIT_ONCE_BYTES);
    json_end_object(out);
    json_end_object(out);
}

/* Does its answer carry an entity tag? */
static bool has_tag(const struct operation *operation)
{
    const struct shape *answer = operation_answer(operation);
    return strcmp(operation->method, "GET") == 0 &&
           (answer->kind != NULL || answer == &answer_record);
}

static void write_conditions(const struct operation *operation, struct json_writer *out)
{
    if (operation->effect == EFFECT_READ) {
        write_condition("min_version", "query",
                        "A token: the answer must not be behind what its holder has seen.", out);
    }
    if (has_tag(operation)) {
        write_condition("If-None-Match", "header", "Entity tags that the caller has.", out);
    }
    if (call_takes_version(operation)) {
        write_condition("If-Match", "header", "The record's entity tag.", out);
    }
    if (call_takes_once(operation)) {
        write_condition("Idempotency-Key", "header",
                        "The same key and request again, within a day, get the same answer.", out);
    }
}

static void write_parameters(const struct operation *operation, struct json_writer *out)
{
    json_begin_array(out, "parameters");
    for (enum place place = IN_PATH; place <= IN_QUERY; place++) {
        const struct field *field;
        for (size_t at = 0; (field = input_at(operation, place, &at)) != NULL;) {
            write_parameter(operation, field, place, out);
        }
    }
    write_conditions(operation, out);
    json_end_array(out);
}

static void write_body(const struct operation *operation, struct json_writer *out)
{
    const struct field *field;
    bool is_needed = false;
    for (size_t at = 0; (field = input_at(operation, IN_BODY, &at)) != NULL;) {
        is_needed |= operation_requires(operation, field);
    }
    json_begin_object(out, "requestBody");
    json_write_boolean(out, "required", is_needed);
    json_begin_object(out, "content");
    json_begin_object(out, "application/json");
    json_begin_object(out, "schema");
    json_write_text(out, "type", "object");
    json_begin_object(out, "properties");
    for (size_t at = 0; (field = input_at(operation, IN_BODY, &at)) != NULL;) {
        field_write_schema(field, field->name, out);
    }
    json_end_object(out);
    json_begin_array(out, "required");
    for (size_t at = 0; (field = input_at(operation, IN_BODY, &at)) != NULL;) {
        if (operation_requires(operation, field)) {
            json_write_text(out, NULL, field->name);
        }
    }
    json_end_array(out);
    json_write_boolean(out, "additionalProperties", false);
    json_end_object(out);
    json_end_object(out);
    json_end_object(out);
    json_end_object(out);
}

// --- paths -----------------------------------------------------------------------------------

static const char *method_key(const char *method)
{
    static const char *const keys[][2] = {
        {"GET", "get"}, {"POST", "post"}, {"PUT", "put"}, {"PATCH", "patch"}, {"DELETE", "delete"}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i][0], method) == 0) {
            return keys[i][1];
        }
    }
    return "trace";
}

/* The first word of an operation's name is what it is about. */
static size_t tag_length(const struct operation *operation)
{
    return strcspn(operation->name, ".");
}

static void write_tag(const struct operation *operation, const char *name, struct json_writer *out)
{
    char tag[REFERENCE_BYTES];
    (void)snprintf(tag, sizeof tag, "%.*s", (int)tag_length(operation), operation->name);
    json_write_text(out, name, tag);
}

static void write_operation(const struct operation *operation, struct json_writer *out)
{
    unsigned of = OF_ALL | OF_CONFLICT;
    of |= has_body(operation) ? OF_BODY : 0;
    of |= call_takes_version(operation) ? OF_VERSION : 0;
    of |= call_takes_once(operation) ? OF_ONCE : 0;
    json_begin_object(out, method_key(operation->method));
    json_write_text(out, "operationId", operation->name);
    json_begin_array(out, "tags");
    write_tag(operation, NULL, out);
    json_end_array(out);
    json_write_text(out, "summary", operation->doc);
    json_write_text(out, "description", operation->details ? operation->details : operation->doc);
    json_write_text(out, "x-scope", operation->scope);
    write_parameters(operation, out);
    if (has_body(operation)) {
        write_body(operation, out);
    }
    json_begin_object(out, "responses");
    json_begin_object(out, "200");
    json_write_text(out, "description", "The answer.");
    write_content("application/json", operation_answer(operation), out);
    json_end_object(out);
    if (has_tag(operation)) {
        json_begin_object(out, "304");
        json_write_text(out, "description", "The caller has it already.");
        json_end_object(out);
    }
    write_problems(of, out);
    json_end_object(out);
    json_end_object(out);
}

static bool is_first_of(size_t i, bool (*same)(const struct operation *, const struct operation *))
{
    if (!rest_serves(&operations[i])) {
        return false;
    }
    for (size_t j = 0; j < i; j++) {
        if (rest_serves(&operations[j]) && same(&operations[i], &operations[j])) {
            return false;
        }
    }
    return true;
}

static bool has_same_path(const struct operation *a, const struct operation *b)
{
    return strcmp(a->path, b->path) == 0;
}

static bool has_same_tag(const struct operation *a, const struct operation *b)
{
    size_t length = tag_length(a);
    return length == tag_length(b) && memcmp(a->name, b->name, length) == 0;
}

static void write_health(const char *path, const char *id, const char *words,
                         struct json_writer *out)
{
    json_begin_object(out, path);
    json_begin_object(out, "get");
    json_write_text(out, "operationId", id);
    json_begin_array(out, "tags");
    json_write_text(out, NULL, "server");
    json_end_array(out);
    json_write_text(out, "summary", words);
    json_write_text(out, "description", words);
    json_begin_array(out, "security");
    json_end_array(out);
    json_begin_object(out, "responses");
    json_begin_object(out, "200");
    json_write_text(out, "description", "It is.");
    write_content("application/json", &health, out);
    json_end_object(out);
    write_reference(RESPONSES "Problem403", "403", out);
    json_begin_object(out, "503");
    json_write_text(out, "description", "It is not.");
    write_content("application/json", &health, out);
    json_end_object(out);
    json_end_object(out);
    json_end_object(out);
    json_end_object(out);
}

static void write_paths(struct json_writer *out)
{
    json_begin_object(out, "paths");
    for (size_t i = 0; i < operation_count; i++) {
        if (!is_first_of(i, has_same_path)) {
            continue;
        }
        json_begin_object(out, operations[i].path);
        for (size_t j = i; j < operation_count; j++) {
            if (rest_serves(&operations[j]) && has_same_path(&operations[i], &operations[j])) {
                write_operation(&operations[j], out);
            }
        }
        json_end_object(out);
    }
    write_health("/healthz", "server.healthz", "Says whether the server is alive.", out);
    write_health("/readyz", "server.readyz", "Says whether the store can be reached.", out);
    json_end_object(out);
}

// --- the document ----------------------------------------------------------------------------

static void write_tags(struct json_writer *out)
{
    json_begin_array(out, "tags");
    for (size_t i = 0; i < operation_count; i++) {
        if (is_first_of(i, has_same_tag)) {
            json_begin_object(out, NULL);
            write_tag(&operations[i], "name", out);
            write_tag(&operations[i], "description", out);
            json_end_object(out);
        }
    }
    json_begin_object(out, NULL);
    json_write_text(out, "name", "server");
    json_write_text(out, "description", "The server itself.");
    json_end_object(out);
    json_end_array(out);
}

#define SHAPES_MAX 128

struct seen_shapes {
    const struct shape *all[SHAPES_MAX];
    size_t count;
    struct json_writer *out;
};

static void write_once(void *context, const struct shape *shape)
{
    struct seen_shapes *seen = context;
    for (size_t i = 0; i < seen->count; i++) {
        if (seen->all[i] == shape) {
            return;
        }
    }
    if (seen->count < SHAPES_MAX) {
        seen->all[seen->count++] = shape;
        shape_write_schema(shape, SCHEMAS, shape->name, seen->out);
    }
}

static void write_schemas(struct json_writer *out)
{
    struct seen_shapes seen = {.out = out};
    json_begin_object(out, "schemas");
    for (size_t i = 0; i < operation_count; i++) {
        if (rest_serves(&operations[i])) {
            shape_each_named(operation_answer(&operations[i]), write_once, &seen);
        }
    }
    shape_each_named(&problem, write_once, &seen);
    shape_each_named(&health, write_once, &seen);
    json_end_object(out);
}

static void write_info(struct json_writer *out)
{
    json_begin_object(out, "info");
    json_write_text(out, "title", "mneme");
    json_write_text(out, "version", mneme_version());
    json_write_text(out, "summary", "A memory for language-model agents.");
    json_write_text(
        out, "description",
        "Every operation takes one JSON object, of which the path and the query may give "
        "members, and answers one. What is refused is a problem that names the field and "
        "the rule. Unknown members are refused.");
    json_begin_object(out, "contact");
    json_write_text(out, "name", "mneme");
    json_end_object(out);
    json_begin_object(out, "license");
    json_write_text(out, "name", "Apache-2.0");
    json_write_text(out, "identifier", "Apache-2.0");
    json_end_object(out);
    json_end_object(out);
    json_begin_array(out, "servers");
    json_begin_object(out, NULL);
    json_write_text(out, "url", "/");
    json_write_text(out, "description", "The server that this document comes from.");
    json_end_object(out);
    json_end_array(out);
}

static void write_security(struct json_writer *out)
{
    json_begin_array(out, "security");
    json_begin_object(out, NULL);
    json_begin_array(out, "key");
    json_end_array(out);
    json_end_object(out);
    json_begin_object(out, NULL); // a server without keys, on loopback
    json_end_object(out);
    json_end_array(out);
}

void openapi_write(struct strbuf *text)
{
    struct json_writer out;
    json_writer_init(&out, text);
    json_begin_object(&out, NULL);
    json_write_text(&out, "openapi", "3.1.0");
    write_info(&out);
    write_security(&out);
    write_tags(&out);
    write_paths(&out);
    json_begin_object(&out, "components");
    write_schemas(&out);
    write_problem_responses(&out);
    json_begin_object(&out, "securitySchemes");
    json_begin_object(&out, "key");
    json_write_text(&out, "type", "http");
    json_write_text(&out, "scheme", "bearer");
    json_write_text(&out, "description", "A key of the server, or a token signed by one it knows.");
    json_end_object(&out);
    json_end_object(&out);
    json_end_object(&out);
    json_end_object(&out);
}
