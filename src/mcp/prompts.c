#include "mcp/prompts.h"

#include "base/limits.h"
#include "mcp/resources.h"

#include <string.h>

#define PROMPT "recall_context"
#define ARGUMENT "topic"

bool prompts_list(struct exchange *exchange)
{
    struct json_writer *out = exchange->out;
    json_begin_array(out, "prompts");
    json_begin_object(out, NULL);
    json_write_text(out, "name", PROMPT);
    json_write_text(out, "title", "Recall a topic");
    json_write_text(out, "description",
                    "What is remembered about a topic, as context to answer from.");
    json_begin_array(out, "arguments");
    json_begin_object(out, NULL);
    json_write_text(out, "name", ARGUMENT);
    json_write_text(out, "description", "What to recall: a question, a person, a project.");
    json_write_boolean(out, "required", true);
    json_end_object(out);
    json_end_array(out);
    json_end_object(out);
    json_end_array(out);
    return true;
}

/* An object with one text member, as JSON in the arena; NULL when out of memory. */
static const char *format_input(struct arena *arena, const char *name, const char *text)
{
    struct strbuf input;
    struct json_writer writer;
    strbuf_init(&input, LIMIT_JSON_BYTES);
    json_writer_init(&writer, &input);
    json_begin_object(&writer, NULL);
    json_write_text(&writer, name, text);
    json_end_object(&writer);
    const char *copy =
        strbuf_code(&input) == MNEME_OK ? arena_text_n(arena, input.text, input.length) : NULL;
    strbuf_clear(&input);
    return copy;
}

static void write_message(struct json_writer *out, const char *text)
{
    json_begin_array(out, "messages");
    json_begin_object(out, NULL);
    json_write_text(out, "role", "user"); // what was remembered has no authority
    json_begin_object(out, "content");
    json_write_text(out, "type", "text");
    json_write_text(out, "text", text);
    json_end_object(out);
    json_end_object(out);
    json_end_array(out);
}

bool prompts_get(struct exchange *exchange)
{
    const char *name = rpc_text_param(exchange->message, "name");
    const struct json *arguments = rpc_param(exchange->message, "arguments");
    const struct json *topic = arguments ? json_get(arguments, ARGUMENT) : NULL;
    struct mneme_error error = {0};
    mneme_result *result = NULL;
    if (name == NULL || strcmp(name, PROMPT) != 0) {
        return rpc_fail(exchange->failure, RPC_PARAMS, "no prompt '%.80s'", name ? name : "");
    }
    if (topic == NULL || json_type_of(topic) != JSON_TYPE_TEXT) {
        return rpc_fail(exchange->failure, RPC_PARAMS, "'arguments." ARGUMENT "' must be a text");
    }
    const char *input = format_input(exchange->arena, "text", json_as_text(topic, NULL));
    if (input == NULL) {
        return rpc_fail(exchange->failure, RPC_INTERNAL, "out of memory");
    }
    enum mneme_code code = exchange_call(exchange, "memory.context", input, &result, &error);
    if (code == MNEME_OK) {
        const char *text = mneme_result_text(result, "/text");
        write_message(exchange->out,
                      text && *text != '\0' ? text : "Nothing is remembered about this yet.");
    }
    mneme_result_free(result);
    return code == MNEME_OK ||
           rpc_fail(exchange->failure, code == MNEME_INVALID ? RPC_PARAMS : RPC_INTERNAL, "%s",
                    error.message);
}

// --- completion ------------------------------------------------------------------------------

/* Topics that have a key of their own. */
static bool complete_topic(struct exchange *exchange, const char *begins)
{
    struct mneme_error error = {0};
    mneme_result *result = NULL;
    struct json *parsed = NULL;
    const char *input = format_input(exchange->arena, "prefix", begins);
    enum mneme_code code =
        input ? exchange_call(exchange, "memory.map", input, &result, &error) : MNEME_NOMEM;
    if (code == MNEME_OK) {
        const char *json = mneme_result_json(result), *key;
        const struct json *value;
        void *at = NULL;
        size_t count = 0;
        code = json_parse(json, strlen(json), LIMIT_RESULT_BYTES, &parsed, &error);
        const struct json *map = code == MNEME_OK ? json_get(parsed, "map") : NULL;
        while (map != NULL && count++ < LIMIT_COMPLETIONS && json_each(map, &at, &key, &value)) {
            json_write_text(exchange->out, NULL, key);
        }
    }
    json_free(parsed);
    mneme_result_free(result);
    return code == MNEME_OK || code == MNEME_INVALID ||
           rpc_fail(exchange->failure, RPC_INTERNAL, "%s", error.message);
}

static const char *member(const struct json *object, const char *name)
{
    const struct json *value =
        object && json_type_of(object) == JSON_TYPE_OBJECT ? json_get(object, name) : NULL;
    return value && json_type_of(value) == JSON_TYPE_TEXT ? json_as_text(value, NULL) : NULL;
}

bool prompts_complete(struct exchange *exchange)
{
    const struct json *ref = rpc_param(exchange->message, "ref");
    const struct json *argument = rpc_param(exchange->message, "argument");
    const char *type = member(ref, "type"), *value = member(argument, "value");
    const char *name = member(argument, "name");
    if (type == NULL || name == NULL || value == NULL) {
        return rpc_fail(exchange->failure, RPC_PARAMS,
                        "'ref.type', 'argument.name' and 'argument.value' must be texts");
    }
    const char *prompt = member(ref, "name"), *uri = member(ref, "uri");
    bool is_prompt = strcmp(type, "ref/prompt") == 0 && prompt && strcmp(prompt, PROMPT) == 0;
    bool is_record = strcmp(type, "ref/resource") == 0 && uri && strncmp(uri, "memory://", 9) == 0;
    if (!is_prompt && !is_record) {
        return rpc_fail(exchange->failure, RPC_PARAMS, "there is nothing of that name to complete");
    }
    bool is_done = true;
    json_begin_object(exchange->out, "completion");
    json_begin_array(exchange->out, "values");
    if (is_prompt && strcmp(name, ARGUMENT) == 0) {
        is_done = complete_topic(exchange, value);
    } else if (is_record && strcmp(name, "id") == 0) {
        is_done = resources_complete_id(exchange, value);
    }
    json_end_array(exchange->out);
    json_end_object(exchange->out);
    return is_done;
}
