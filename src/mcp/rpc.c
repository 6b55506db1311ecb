#include "mcp/rpc.h"

#include "base/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool rpc_fail(struct rpc_failure *failure, enum rpc_code code, const char *format, ...)
{
    va_list arguments;
    *failure = (struct rpc_failure){.code = code};
    va_start(arguments, format);
    (void)vsnprintf(failure->message, sizeof failure->message, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_id(const struct json *id)
{
    return json_type_of(id) == JSON_TYPE_TEXT || json_type_of(id) == JSON_TYPE_INTEGER;
}

/* Sets what the message is, or its failure. */
static void read_members(struct rpc_message *message)
{
    const struct json *json = message->json;
    if (json_type_of(json) != JSON_TYPE_OBJECT) {
        (void)rpc_fail(&message->failure, RPC_REQUEST, "a message is one JSON object");
        return;
    }
    const struct json *version = json_get(json, "jsonrpc"), *id = json_get(json, "id");
    const struct json *method = json_get(json, "method"), *params = json_get(json, "params");
    if (id != NULL && is_id(id)) {
        message->id = id;
    } else if (id != NULL) {
        (void)rpc_fail(&message->failure, RPC_REQUEST, "an id is a text or an integer");
        return;
    }
    if (version == NULL || json_type_of(version) != JSON_TYPE_TEXT ||
        strcmp(json_as_text(version, NULL), "2.0") != 0) {
        (void)rpc_fail(&message->failure, RPC_REQUEST, "'jsonrpc' must be \"2.0\"");
    } else if (method != NULL && json_type_of(method) != JSON_TYPE_TEXT) {
        (void)rpc_fail(&message->failure, RPC_REQUEST, "'method' must be a text");
    } else if (params != NULL && json_type_of(params) != JSON_TYPE_OBJECT) {
        (void)rpc_fail(&message->failure, RPC_PARAMS, "'params' must be an object");
    } else if (method == NULL && json_get(json, "result") == NULL &&
               json_get(json, "error") == NULL) {
        (void)rpc_fail(&message->failure, RPC_REQUEST, "a request has a method");
    } else {
        message->method = method ? json_as_text(method, NULL) : NULL;
        message->params = params;
    }
}

bool rpc_parse(const char *text, size_t length, struct rpc_message *out)
{
    struct mneme_error error = {0};
    *out = (struct rpc_message){.json = NULL};
    enum mneme_code code = json_parse(text, length, LIMIT_BATCH_BYTES, &out->json, &error);
    if (code == MNEME_NOMEM) {
        return false;
    }
    if (code != MNEME_OK) {
        (void)rpc_fail(&out->failure, RPC_PARSE, "no JSON: %s", error.message);
        return true;
    }
    read_members(out);
    return true;
}

void rpc_clear(struct rpc_message *message)
{
    json_free(message->json);
    *message = (struct rpc_message){.json = NULL};
}

bool rpc_is_request(const struct rpc_message *message)
{
    return message->method != NULL && message->id != NULL;
}

const struct json *rpc_param(const struct rpc_message *message, const char *name)
{
    return message->params ? json_get(message->params, name) : NULL;
}

const char *rpc_text_param(const struct rpc_message *message, const char *name)
{
    const struct json *value = rpc_param(message, name);
    return value && json_type_of(value) == JSON_TYPE_TEXT ? json_as_text(value, NULL) : NULL;
}

static void begin(struct json_writer *out, const struct json *id)
{
    json_begin_object(out, NULL);
    json_write_text(out, "jsonrpc", "2.0");
    if (id != NULL) {
        json_write_value(out, "id", id);
    }
}

void rpc_begin_result(struct json_writer *out, const struct json *id)
{
    begin(out, id);
    json_begin_object(out, "result");
}

void rpc_end_result(struct json_writer *out)
{
    json_end_object(out);
    json_end_object(out);
}

void rpc_write_failure(struct json_writer *out, const struct json *id,
                       const struct rpc_failure *failure)
{
    begin(out, id);
    json_begin_object(out, "error");
    json_write_integer(out, "code", failure->code);
    json_write_text(out, "message", failure->message);
    if (failure->data != NULL) {
        json_write_raw(out, "data", failure->data);
    }
    json_end_object(out);
    json_end_object(out);
}

void rpc_begin_notification(struct json_writer *out, const char *method)
{
    begin(out, NULL);
    json_write_text(out, "method", method);
    json_begin_object(out, "params");
}

void rpc_end_notification(struct json_writer *out)
{
    json_end_object(out);
    json_end_object(out);
}
