#include "mcp/dialect.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// --- text ------------------------------------------------------------------------------------

static void add_line(struct strbuf *out, size_t depth)
{
    strbuf_add_char(out, '\n');
    for (size_t i = 0; i < depth; i++) {
        strbuf_add_text(out, "  ");
    }
}

static void format_at(const struct json *value, size_t depth, struct strbuf *out)
{
    struct json_writer writer;
    enum json_type type = json_type_of(value);
    bool is_object = type == JSON_TYPE_OBJECT;
    json_writer_init(&writer, out);
    if ((!is_object && type != JSON_TYPE_ARRAY) || json_count(value) == 0) {
        json_write_value(&writer, NULL, value);
        return;
    }
    const char *name;
    const struct json *member;
    void *at = NULL;
    strbuf_add_char(out, is_object ? '{' : '[');
    for (size_t i = 0; i < json_count(value); i++) {
        strbuf_add_text(out, i > 0 ? "," : "");
        add_line(out, depth + 1);
        if (is_object && json_each(value, &at, &name, &member)) {
            json_writer_init(&writer, out);
            json_write_text(&writer, NULL, name);
            strbuf_add_text(out, ": ");
        } else {
            member = json_at(value, i);
        }
        // The depth is that of a parsed value, so bounded by LIMIT_JSON_DEPTH.
        format_at(member, depth + 1, out);
    }
    add_line(out, depth);
    strbuf_add_char(out, is_object ? '}' : ']');
}

void json_format_indented(const struct json *value, struct strbuf *out)
{
    format_at(value, 0, out);
}

bool dialect_refuse(struct dialect_call *call, const char *format, ...)
{
    struct strbuf text;
    char words[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    strbuf_init(&text, sizeof words);
    // A name that was cut in the middle of a character is cut before it.
    strbuf_add(&text, words, utf8_cut(words, strlen(words), sizeof words - 8));
    call->text = strbuf_code(&text) == MNEME_OK ? arena_text(call->arena, text.text) : NULL;
    call->text = call->text ? call->text : "out of memory";
    strbuf_clear(&text);
    return false;
}

// --- calls -----------------------------------------------------------------------------------

struct json *dialect_run(struct dialect_call *call, const char *operation, struct json *input_taken)
{
    struct strbuf text;
    struct json_writer writer;
    struct mneme_error error = {0};
    mneme_result *result = NULL;
    struct json *answer = NULL;
    strbuf_init(&text, LIMIT_BATCH_BYTES);
    json_writer_init(&writer, &text);
    if (input_taken != NULL) {
        json_write_value(&writer, NULL, input_taken);
    }
    enum mneme_code code = input_taken ? strbuf_code(&text) : MNEME_NOMEM;
    if (code == MNEME_OK) {
        code = exchange_call(call->exchange, operation, text.text, &result, &error);
    } else {
        (void)error_set(&error, code, "out of memory, or the arguments are too large");
    }
    if (code == MNEME_OK) {
        const char *json = mneme_result_json(result);
        code = json_parse(json, strlen(json), LIMIT_RESULT_BYTES, &answer, &error);
    }
    if (code != MNEME_OK) {
        (void)dialect_refuse(call, "%s", error.message);
    }
    json_free(input_taken);
    mneme_result_free(result);
    strbuf_clear(&text);
    return answer;
}

static const struct dialect_tool *find_tool(const struct dialect *dialect, const char *name)
{
    for (const struct dialect_tool *tool = dialect->tools; tool->name != NULL; tool++) {
        if (strcmp(tool->name, name) == 0) {
            return tool;
        }
    }
    return NULL;
}

void dialect_write_tools(const struct dialect *dialect, struct json_writer *out)
{
    json_begin_array(out, "tools");
    for (const struct dialect_tool *tool = dialect->tools; tool->name != NULL; tool++) {
        json_begin_object(out, NULL);
        json_write_text(out, "name", tool->name);
        json_write_text(out, "title", tool->title);
        json_write_text(out, "description", tool->description);
        json_write_raw(out, "inputSchema", tool->input_schema);
        json_begin_object(out, "annotations");
        json_write_boolean(out, "readOnlyHint", tool->is_read);
        json_write_boolean(out, "destructiveHint", tool->is_destructive);
        json_write_boolean(out, "idempotentHint", tool->is_read || tool->is_destructive);
        json_write_boolean(out, "openWorldHint", false);
        json_end_object(out);
        json_begin_object(out, "execution");
        json_write_text(out, "taskSupport", "forbidden");
        json_end_object(out);
        if (tool->output_schema != NULL) {
            json_write_raw(out, "outputSchema", tool->output_schema);
        }
        json_end_object(out);
    }
    json_end_array(out);
}

/* A member `text`. */
static void write_text(struct json_writer *out, const struct dialect_call *call)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_RESULT_BYTES);
    const struct json *shown = call->shown ? call->shown : call->answer;
    if (call->text == NULL && shown != NULL) {
        json_format_indented(shown, &text);
    }
    json_write_text(out, "text", call->text ? call->text : text.text);
    strbuf_clear(&text);
}

static void write_content(struct json_writer *out, const struct dialect_call *call, bool is_error)
{
    json_begin_array(out, "content");
    json_begin_object(out, NULL);
    json_write_text(out, "type", "text");
    write_text(out, call);
    json_end_object(out);
    json_end_array(out);
    if (is_error) {
        json_write_boolean(out, "isError", true);
    } else if (call->answer != NULL) {
        json_write_value(out, "structuredContent", call->answer);
    }
}

bool dialect_call_tool(const struct dialect *dialect, struct exchange *exchange, const char *name,
                       const struct json *arguments)
{
    const struct dialect_tool *tool = find_tool(dialect, name);
    struct json *none = arguments ? NULL : json_new_object();
    struct dialect_call call = {
        .exchange = exchange, .arena = exchange->arena, .arguments = arguments ? arguments : none};
    bool is_done = false;
    if (tool == NULL && !dialect->tells_unknown_tools) {
        json_free(none);
        return rpc_fail(exchange->failure, RPC_PARAMS, "no tool '%.80s'", name);
    }
    if (tool == NULL) {
        (void)dialect_refuse(&call, "MCP error -32602: Tool %.80s not found", name);
    } else if (call.arguments == NULL || json_type_of(call.arguments) != JSON_TYPE_OBJECT) {
        (void)dialect_refuse(&call, "'arguments' must be an object");
    } else {
        is_done = tool->run(&call);
    }
    write_content(exchange->out, &call, !is_done);
    json_free(call.answer);
    json_free(none);
    return true;
}

bool dialect_read(const struct dialect *dialect, struct exchange *exchange, const char *uri)
{
    struct dialect_call call = {.exchange = exchange, .arena = exchange->arena};
    if (!dialect->read(&call)) {
        return rpc_fail(exchange->failure, RPC_INTERNAL, "%s", call.text);
    }
    json_begin_array(exchange->out, "contents");
    json_begin_object(exchange->out, NULL);
    json_write_text(exchange->out, "uri", uri);
    json_write_text(exchange->out, "mimeType", "application/json");
    write_text(exchange->out, &call);
    json_end_object(exchange->out);
    json_end_array(exchange->out);
    json_free(call.answer);
    return true;
}
