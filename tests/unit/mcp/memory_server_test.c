/*
 * The dialect of the reference memory server: our own sessions, and where the transcript of the reference is at hand
 * (beside the data), that replayed and compared but for descriptions and the validator's wording.
 */
#include "base/limits.h"
#include "mcp/server.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct support_dir folder;
static char store[300];
static struct mcp_server *server;
static struct peer peer;
static struct strbuf sent;

static void keep(void *context, const char *text, size_t length)
{
    (void)context;
    strbuf_add(&sent, text, length);
}

static void begin(void)
{
    support_dir_init(&folder);
    (void)snprintf(store, sizeof store, "%s", support_dir_file(&folder, "graph.db"));
    struct mcp_settings settings = {.url = store, .tools = "memory-server"};
    cr_assert_eq(mcp_server_new(&settings, &server, NULL), MNEME_OK);
    strbuf_init(&sent, LIMIT_RESULT_BYTES);
    peer_init(&peer, keep, NULL);
}

static void end(void)
{
    peer_clear(&peer);
    mcp_server_free(server);
    strbuf_clear(&sent);
    support_dir_clear(&folder);
}

static const char *ask(const char *text, size_t length)
{
    struct rpc_message message;
    strbuf_truncate(&sent, 0);
    cr_assert(rpc_parse(text, length, &message));
    mcp_server_answer(server, &peer, &message);
    rpc_clear(&message);
    return sent.text;
}

static const char *call(const char *tool, const char *arguments)
{
    char text[8192];
    int length = snprintf(text, sizeof text,
                          "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{"
                          "\"name\":\"%s\",\"arguments\":%s}}",
                          tool, arguments);
    cr_assert(length > 0 && (size_t)length < sizeof text);
    return ask(text, (size_t)length);
}

#define assert_holds(text, part) cr_assert_not_null(strstr(text, part), "%s", text)

TestSuite(memory_server, .init = begin, .fini = end);

Test(memory_server, keeps_an_entity_named_twice_once)
{
    const char *answer =
        call("create_entities", "{\"entities\":[{\"name\":\"Mara\",\"entityType\":\"person\","
                                "\"observations\":[\"keeps bees\",\"keeps bees\"]},{\"name\":"
                                "\"Mara\",\"entityType\":\"town\",\"observations\":[]}]}");
    assert_holds(answer, "\"structuredContent\":{\"entities\":[{\"name\":\"Mara\",\"entityType\":"
                         "\"person\",\"observations\":[\"keeps bees\"]}]}");
}

Test(memory_server, writes_nothing_of_a_call_that_is_refused)
{
    call("create_entities", "{\"entities\":[{\"name\":\"Mara\",\"entityType\":\"person\","
                            "\"observations\":[]}]}");
    const char *answer =
        call("add_observations", "{\"observations\":[{\"entityName\":\"Mara\",\"contents\":"
                                 "[\"sings\"]},{\"entityName\":\"Nobody\",\"contents\":[\"x\"]}]}");
    assert_holds(answer, "\"text\":\"Entity with name Nobody not found\"}],\"isError\":true");
    cr_assert_null(strstr(call("read_graph", "{}"), "sings"));
}

Test(memory_server, takes_a_long_type_and_an_entity_without_observations)
{
    char arguments[512];
    (void)snprintf(
        arguments, sizeof arguments,
        "{\"entities\":[{\"name\":\"x\",\"entityType\":\"%0100d\",\"observations\":[]}]}", 7);
    assert_holds(call("create_entities", arguments), "\"name\":\"x\"");
    assert_holds(call("read_graph", "{}"), "0000007\",\"observations\":[]}");
}

Test(memory_server, deletes_what_is_about_an_entity_with_it)
{
    call("create_entities",
         "{\"entities\":[{\"name\":\"a\",\"entityType\":\"t\",\"observations\":"
         "[\"one\"]},{\"name\":\"b\",\"entityType\":\"t\",\"observations\":[]}]}");
    call("create_relations", "{\"relations\":[{\"from\":\"a\",\"to\":\"b\",\"relationType\":"
                             "\"knows\"}]}");
    call("delete_entities", "{\"entityNames\":[\"a\",\"b\",\"ghost\"]}");
    assert_holds(call("read_graph", "{}"),
                 "\"structuredContent\":{\"entities\":[],\"relations\":[]}");
    call("create_entities", "{\"entities\":[{\"name\":\"a\",\"entityType\":\"t\",\"observations\":"
                            "[\"one\"]}]}");
    assert_holds(call("open_nodes", "{\"names\":[\"a\"]}"), "\"observations\":[\"one\"]");
}

Test(memory_server, has_no_prompts)
{
    static const char text[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"prompts/list\"}";
    assert_holds(ask(text, strlen(text)), "-32601");
}

// --- the transcript --------------------------------------------------------------------------

static bool is_same(const struct json *a, const struct json *b);

static bool is_same_object(const struct json *a, const struct json *b)
{
    const char *name;
    const struct json *value;
    void *at = NULL;
    while (json_each(a, &at, &name, &value)) {
        const struct json *other = json_get(b, name);
        if (strcmp(name, "description") != 0 && (other == NULL || !is_same(value, other))) {
            return false;
        }
    }
    return json_count(a) == json_count(b);
}

static bool is_same(const struct json *a, const struct json *b)
{
    if (json_type_of(a) != json_type_of(b)) {
        return false;
    }
    switch (json_type_of(a)) {
    case JSON_TYPE_TEXT: return strcmp(json_as_text(a, NULL), json_as_text(b, NULL)) == 0;
    case JSON_TYPE_INTEGER: return json_as_integer(a) == json_as_integer(b);
    case JSON_TYPE_BOOLEAN: return json_as_boolean(a) == json_as_boolean(b);
    case JSON_TYPE_OBJECT: return is_same_object(a, b);
    case JSON_TYPE_ARRAY:
        for (size_t i = 0; i < json_count(a) && i < json_count(b); i++) {
            if (!is_same(json_at(a, i), json_at(b, i))) {
                return false;
            }
        }
        return json_count(a) == json_count(b);
    case JSON_TYPE_NULL:
    case JSON_TYPE_REAL: break;
    }
    return true;
}

/* The validator's words are its own. */
static bool is_wording(const struct json *message)
{
    const struct json *text = json_pointer(message, "/result/content/0/text");
    return text && json_type_of(text) == JSON_TYPE_TEXT &&
           strstr(json_as_text(text, NULL), "Input validation error") != NULL;
}

static void compare(const struct json *expected, const char *line)
{
    struct json *got = NULL;
    cr_assert_eq(json_parse(sent.text, sent.length, LIMIT_RESULT_BYTES, &got, NULL), MNEME_OK);
    if (is_wording(expected)) {
        cr_assert(is_wording(got), "%s", sent.text);
    } else {
        cr_assert(is_same(expected, got), "expected %s\ngot %s", line, sent.text);
    }
    json_free(got);
}

static void replay(const char *line)
{
    struct json *row = NULL;
    struct strbuf text;
    struct json_writer writer;
    cr_assert_eq(json_parse(line, strlen(line), LIMIT_LINE_BYTES, &row, NULL), MNEME_OK);
    const struct json *message = json_get(row, "msg");
    if (strcmp(json_as_text(json_get(row, "dir"), NULL), "server->client") == 0) {
        compare(message, line);
    } else {
        strbuf_init(&text, LIMIT_LINE_BYTES);
        json_writer_init(&writer, &text);
        json_write_value(&writer, NULL, message);
        ask(text.text, text.length);
        strbuf_clear(&text);
    }
    json_free(row);
}

Test(memory_server, answers_as_the_reference_does)
{
    static char line[LIMIT_LINE_BYTES];
    const char *path = support_data("../facts/wire/server-memory-transcript.jsonl");
    FILE *file = path ? fopen(path, "r") : NULL;
    size_t count = 0;
    if (file == NULL) {
        cr_skip_test("the reference's transcript is not at hand");
    }
    while (fgets(line, sizeof line, file) != NULL) {
        replay(line);
        count++;
    }
    (void)fclose(file);
    cr_assert_gt(count, 40);
}
