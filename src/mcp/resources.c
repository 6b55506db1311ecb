#include "mcp/resources.h"

#include "base/hash.h"
#include "base/limits.h"
#include "mcp/dialect.h"

#include <string.h>

#define RECORD_PREFIX "memory://m/"
#define MIME "application/json"

struct resource {
    const char *uri, *name, *title, *description;
    const char *operation, *input;
};

static const struct resource resources[] = {
    {"memory://stats", "stats", "Statistics",
     "How much is stored, by kind, tier, type and namespace.", "stats", "{}"},
    {"memory://context", "context", "Context",
     "What to know at the start of a conversation, as text within a budget.", "memory.context",
     "{\"note_use\":false}"},
};

static void write_resource(struct json_writer *out, const char *member,
                           const struct resource *resource)
{
    json_begin_object(out, NULL);
    json_write_text(out, member, resource->uri);
    json_write_text(out, "name", resource->name);
    json_write_text(out, "title", resource->title);
    json_write_text(out, "description", resource->description);
    json_write_text(out, "mimeType", MIME);
    json_end_object(out);
}

bool resources_list(struct exchange *exchange)
{
    const struct dialect *dialect = exchange_tools(exchange)->dialect;
    json_begin_array(exchange->out, "resources");
    if (dialect != NULL && dialect->resource != NULL) {
        json_write_raw(exchange->out, NULL, dialect->resource_row);
    }
    for (size_t i = 0; dialect == NULL && i < sizeof resources / sizeof *resources; i++) {
        write_resource(exchange->out, "uri", &resources[i]);
    }
    json_end_array(exchange->out);
    return true;
}

bool resources_list_templates(struct exchange *exchange)
{
    static const struct resource record = {.uri = RECORD_PREFIX "{id}",
                                           .name = "record",
                                           .title = "Record",
                                           .description = "One memory, message or other record."};
    json_begin_array(exchange->out, "resourceTemplates");
    write_resource(exchange->out, "uriTemplate", &record);
    json_end_array(exchange->out);
    return true;
}

// --- reading ---------------------------------------------------------------------------------

/* The call behind a resource; false if the uri is none of ours. */
static bool find(const char *uri, struct arena *arena, const char **operation, const char **input)
{
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        if (strcmp(resources[i].uri, uri) == 0) {
            *operation = resources[i].operation;
            *input = resources[i].input;
            return true;
        }
    }
    const char *id = uri + strlen(RECORD_PREFIX);
    if (strncmp(uri, RECORD_PREFIX, strlen(RECORD_PREFIX)) != 0 || strlen(id) > 36 ||
        strspn(id, "0123456789abcdefABCDEF-") != strlen(id)) {
        return false;
    }
    *operation = "record.get";
    *input = arena_printf(arena, "{\"id\":\"%s\"}", id);
    return *input != NULL;
}

static bool refuse(struct exchange *exchange, const char *uri)
{
    struct strbuf text;
    struct json_writer out;
    strbuf_init(&text, LIMIT_JSON_BYTES);
    json_writer_init(&out, &text);
    json_begin_object(&out, NULL);
    json_write_text(&out, "uri", uri);
    json_end_object(&out);
    (void)rpc_fail(exchange->failure, RPC_PARAMS, "no resource '%.120s'", uri);
    exchange->failure->data = strbuf_code(&text) == MNEME_OK
                                  ? arena_text_n(exchange->arena, text.text, text.length)
                                  : NULL;
    strbuf_clear(&text);
    return false;
}

static const char *uri_of(struct exchange *exchange)
{
    const char *uri = rpc_text_param(exchange->message, "uri");
    if (uri == NULL) {
        (void)rpc_fail(exchange->failure, RPC_PARAMS, "'uri' must be a text");
    }
    return uri;
}

/* Reads it into *out; false, with the failure, if there is none or it cannot be read. */
static bool read_resource(struct exchange *exchange, const char *uri, mneme_result **out)
{
    struct mneme_error error = {0};
    const char *operation, *input;
    *out = NULL;
    if (!find(uri, exchange->arena, &operation, &input)) {
        return refuse(exchange, uri);
    }
    enum mneme_code code = exchange_call(exchange, operation, input, out, &error);
    if (code == MNEME_NOT_FOUND || code == MNEME_INVALID) {
        return refuse(exchange, uri);
    }
    return code == MNEME_OK || rpc_fail(exchange->failure, RPC_INTERNAL, "%s", error.message);
}

bool resources_read(struct exchange *exchange)
{
    mneme_result *result;
    const char *uri = uri_of(exchange);
    const struct dialect *dialect = exchange_tools(exchange)->dialect;
    if (uri == NULL) {
        return false;
    }
    if (dialect != NULL) {
        return dialect->resource != NULL && strcmp(uri, dialect->resource) == 0
                   ? dialect_read(dialect, exchange, uri)
                   : refuse(exchange, uri);
    }
    bool is_read = read_resource(exchange, uri, &result);
    if (is_read) {
        json_begin_array(exchange->out, "contents");
        json_begin_object(exchange->out, NULL);
        json_write_text(exchange->out, "uri", uri);
        json_write_text(exchange->out, "mimeType", MIME);
        json_write_text(exchange->out, "text", mneme_result_json(result));
        json_end_object(exchange->out);
        json_end_array(exchange->out);
    }
    mneme_result_free(result);
    return is_read;
}

// --- following -------------------------------------------------------------------------------

static uint64_t digest_of(const mneme_result *result)
{
    const char *json = mneme_result_json(result);
    return hash_fnv(json, strlen(json));
}

// To look at a record is to use it, so what is looked at is its newest change; of a dialect's resource, that anything
// has changed.
uint64_t resources_digest(void *context, const char *uri)
{
    struct arena arena;
    const char *operation = "user.show", *input = "{}";
    mneme_result *result = NULL;
    uint64_t digest = 0;
    arena_init(&arena);
    bool is_record = find(uri, &arena, &operation, &input) && strcmp(operation, "record.get") == 0;
    if (mcp_server_call(context, is_record ? "record.history" : operation, input, &result, NULL) ==
        MNEME_OK) {
        digest = digest_of(result);
    }
    mneme_result_free(result);
    arena_clear(&arena);
    return digest;
}

static bool follow(struct exchange *exchange, const struct json *id, const char *uri)
{
    const struct dialect *dialect = exchange_tools(exchange)->dialect;
    struct mneme_error error = {0};
    mneme_result *result = NULL;
    bool is_there;
    if (dialect != NULL) {
        is_there = (dialect->resource != NULL && strcmp(uri, dialect->resource) == 0) ||
                   refuse(exchange, uri);
    } else {
        is_there = read_resource(exchange, uri, &result);
    }
    mneme_result_free(result);
    if (!is_there) {
        return false;
    }
    uint64_t digest = resources_digest(exchange->server, uri);
    return peer_follow(exchange->peer, id, uri, digest, &error) == MNEME_OK ||
           rpc_fail(exchange->failure, RPC_INTERNAL, "%s", error.message);
}

bool resources_subscribe(struct exchange *exchange)
{
    const char *uri = uri_of(exchange);
    return uri != NULL && follow(exchange, NULL, uri);
}

bool resources_unsubscribe(struct exchange *exchange)
{
    const char *uri = uri_of(exchange);
    if (uri != NULL) {
        peer_unfollow(exchange->peer, uri);
    }
    return uri != NULL;
}

/* Which of the wishes are granted goes first; lists never change while the server runs. */
static void acknowledge(struct exchange *exchange, const struct json *uris)
{
    struct strbuf text;
    struct json_writer out;
    strbuf_init(&text, LIMIT_BATCH_BYTES);
    json_writer_init(&out, &text);
    rpc_begin_notification(&out, "notifications/subscriptions/acknowledged");
    json_begin_object(&out, "notifications");
    if (uris != NULL) {
        json_write_value(&out, "resourceSubscriptions", uris);
    }
    json_end_object(&out);
    json_begin_object(&out, "_meta");
    json_write_value(&out, "io.modelcontextprotocol/subscriptionId", exchange->message->id);
    json_end_object(&out);
    rpc_end_notification(&out);
    peer_send_for(exchange->peer, exchange->request, &text);
    strbuf_clear(&text);
}

bool resources_listen(struct exchange *exchange)
{
    const struct json *wishes = rpc_param(exchange->message, "notifications");
    const struct json *id = exchange->message->id;
    struct mneme_error error = {0};
    if (wishes == NULL || json_type_of(wishes) != JSON_TYPE_OBJECT) {
        return rpc_fail(exchange->failure, RPC_PARAMS, "'notifications' must be an object");
    }
    const struct json *uris = json_get(wishes, "resourceSubscriptions");
    if (uris != NULL && json_type_of(uris) != JSON_TYPE_ARRAY) {
        return rpc_fail(exchange->failure, RPC_PARAMS, "'resourceSubscriptions' must be an array");
    }
    // The stream itself, so that it can be ended even if it follows nothing.
    bool is_done = peer_follow(exchange->peer, id, "", 0, &error) == MNEME_OK ||
                   rpc_fail(exchange->failure, RPC_INTERNAL, "%s", error.message);
    for (size_t i = 0; is_done && i < json_count(uris); i++) {
        const struct json *uri = json_at(uris, i);
        is_done = json_type_of(uri) == JSON_TYPE_TEXT
                      ? follow(exchange, id, json_as_text(uri, NULL))
                      : rpc_fail(exchange->failure, RPC_PARAMS, "a resource's uri must be a text");
    }
    if (!is_done) {
        peer_cancel_streams(exchange->peer, id);
        return false;
    }
    acknowledge(exchange, uris);
    exchange->is_kept = true;
    return true;
}

// --- completing ------------------------------------------------------------------------------

bool resources_complete_id(struct exchange *exchange, const char *begins)
{
    struct mneme_error error = {0};
    mneme_result *result = NULL;
    enum mneme_code code =
        exchange_call(exchange, "record.list", "{\"limit\":100}", &result, &error);
    if (code != MNEME_OK) {
        mneme_result_free(result);
        return rpc_fail(exchange->failure, RPC_INTERNAL, "%s", error.message);
    }
    for (size_t i = 0; i < mneme_result_count(result, "/items"); i++) {
        const char *pointer = arena_printf(exchange->arena, "/items/%zu/id", i);
        const char *id = pointer ? mneme_result_text(result, pointer) : NULL;
        if (id != NULL && strncmp(id, begins, strlen(begins)) == 0) {
            json_write_text(exchange->out, NULL, id);
        }
    }
    mneme_result_free(result);
    return true;
}
