#include "mcp/server.h"

#include "base/limits.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODERN                                                                                     \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":{}}"

static struct support_dir folder;
static char store[300];
static struct mcp_server *server;
static struct peer peer;
static struct strbuf sent; // what the peer was sent, a line each

static void keep(void *context, const char *text, size_t length)
{
    (void)context;
    strbuf_add(&sent, text, length);
    strbuf_add_char(&sent, '\n');
}

static void begin_with(const char *tools)
{
    support_dir_init(&folder);
    (void)snprintf(store, sizeof store, "%s", support_dir_file(&folder, "mcp.db"));
    struct mcp_settings settings = {.url = store, .tools = tools};
    cr_assert_eq(mcp_server_new(&settings, &server, NULL), MNEME_OK);
    strbuf_init(&sent, LIMIT_RESULT_BYTES);
    peer_init(&peer, keep, NULL);
}

static void begin(void)
{
    begin_with(NULL);
}

static void end(void)
{
    peer_clear(&peer);
    mcp_server_free(server);
    strbuf_clear(&sent);
    support_dir_clear(&folder);
}

/* Everything that one message was answered. */
static const char *ask(const char *text)
{
    struct rpc_message message;
    strbuf_truncate(&sent, 0);
    cr_assert(rpc_parse(text, strlen(text), &message));
    mcp_server_answer(server, &peer, &message);
    rpc_clear(&message);
    return sent.text;
}

#define assert_holds(text, part) cr_assert_not_null(strstr(text, part), "%s", text)

TestSuite(mcp_server, .init = begin, .fini = end);

Test(mcp_server, answers_the_first_question_without_a_store)
{
    const char *answer = ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":"
                             "{\"protocolVersion\":\"2025-06-18\"}}");
    assert_holds(answer, "\"protocolVersion\":\"2025-06-18\"");
    assert_holds(
        ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\",\"params\":{" MODERN
            "}}"),
        "\"supportedVersions\":[\"2026-07-28\"]");
    cr_assert_neq(access(store, F_OK), 0);
}

Test(mcp_server, answers_a_legacy_client_of_an_unknown_version_with_the_newest)
{
    assert_holds(ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":"
                     "{\"protocolVersion\":\"2031-01-01\"}}"),
                 "\"protocolVersion\":\"2025-11-25\"");
}

Test(mcp_server, knows_the_era_by_the_request_alone)
{
    assert_holds(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{" MODERN "}}"),
                 "-32601");
    cr_assert_str_eq(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"),
                     "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
    assert_holds(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\"}"), "-32601");
}

Test(mcp_server, refuses_a_modern_request_that_lacks_what_it_must_carry)
{
    assert_holds(
        ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{"
            "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}}"),
        "-32602");
    const char *answer =
        ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{"
            "\"io.modelcontextprotocol/protocolVersion\":\"2030-01-01\","
            "\"io.modelcontextprotocol/clientCapabilities\":{}}}}");
    assert_holds(answer, "-32022");
    assert_holds(answer, "\"data\":{\"supported\":[\"2026-07-28\"],\"requested\":\"2030-01-01\"}");
}

Test(mcp_server, says_of_a_modern_result_what_it_is_and_for_how_long)
{
    const char *answer =
        ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{" MODERN "}}");
    assert_holds(answer, "\"resultType\":\"complete\",\"ttlMs\":0,\"cacheScope\":\"private\"");
    assert_holds(answer, "io.modelcontextprotocol/serverInfo");
}

Test(mcp_server, tells_what_it_was_told)
{
    assert_holds(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
                     "\"remember\",\"arguments\":{\"content\":\"Ada drinks green tea\"}}}"),
                 "\"status\":\"created\"");
    const char *answer =
        ask("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":"
            "\"recall\",\"arguments\":{\"text\":\"What does Ada drink?\"}}}");
    assert_holds(answer, "\"structuredContent\":{\"hits\":[{");
    assert_holds(answer, "Ada drinks green tea");
}

Test(mcp_server, gives_bad_arguments_back_as_a_result_that_a_model_can_mend)
{
    const char *answer = ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{"
                             "\"name\":\"recall\",\"arguments\":{\"k\":\"many\"}}}");
    assert_holds(answer, "\"isError\":true");
    assert_holds(answer, "\\\"pointer\\\":\\\"/k\\\",\\\"rule\\\":\\\"type\\\"");
    assert_holds(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
                     "\"no_such\"}}"),
                 "-32602");
}

Test(mcp_server, answers_what_is_no_request_by_its_rule)
{
    assert_holds(ask("[]"), "-32600");
    assert_holds(ask("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}"), "-32600");
    assert_holds(ask("{\"jsonrpc\":\"1.0\",\"id\":7,\"method\":\"ping\"}"), "\"id\":7");
    assert_holds(ask("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\",\"params\":[]}"), "-32602");
    assert_holds(ask("nonsense"), "-32700");
    cr_assert_str_eq(ask("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"), "");
    cr_assert_str_eq(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"), "");
}

Test(mcp_server, tells_who_follows_a_resource_that_it_has_changed)
{
    ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/subscribe\",\"params\":{\"uri\":"
        "\"memory://stats\"}}");
    cr_assert(peer_is_following(&peer));
    ask("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"remember\","
        "\"arguments\":{\"content\":\"one more\"}}}");
    strbuf_truncate(&sent, 0);
    mcp_server_look(server, &peer);
    assert_holds(sent.text,
                 "notifications/resources/updated\",\"params\":{\"uri\":\"memory://stats\"");
    strbuf_truncate(&sent, 0);
    mcp_server_look(server, &peer);
    cr_assert_str_eq(sent.text, "");
    ask("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"resources/unsubscribe\",\"params\":{\"uri\":"
        "\"memory://stats\"}}");
    cr_assert(!peer_is_following(&peer));
}

Test(mcp_server, keeps_a_modern_stream_until_it_is_cancelled)
{
    const char *answer =
        ask("{\"jsonrpc\":\"2.0\",\"id\":\"s\",\"method\":\"subscriptions/listen\","
            "\"params\":{\"notifications\":{\"resourceSubscriptions\":["
            "\"memory://stats\"]}," MODERN "}}");
    assert_holds(answer, "notifications/subscriptions/acknowledged");
    assert_holds(answer, "\"io.modelcontextprotocol/subscriptionId\":\"s\"");
    cr_assert_null(strstr(answer, "\"result\""));
    ask("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":"
        "\"s\"}}");
    cr_assert(!peer_is_following(&peer));
    mcp_server_part(server, &peer);
    cr_assert_str_eq(sent.text, "");
}

Test(mcp_server, ends_its_streams_in_order_when_it_goes)
{
    ask("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"subscriptions/listen\",\"params\":{"
        "\"notifications\":{}," MODERN "}}");
    strbuf_truncate(&sent, 0);
    mcp_server_part(server, &peer);
    assert_holds(sent.text,
                 "{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{\"resultType\":\"complete\"");
}

Test(mcp_tools, of_the_core_are_eight)
{
    begin();
    const char *answer = ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
    size_t count = 0;
    for (const char *at = answer; (at = strstr(at, "\"inputSchema\"")) != NULL; at++) {
        count++;
    }
    cr_assert_eq(count, 8);
    end();
}

Test(mcp_tools, of_all_have_names_that_model_providers_take)
{
    begin_with("all");
    const char *answer = ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
    assert_holds(answer, "\"name\":\"conversation_append\"");
    cr_assert_null(strstr(answer, "\"name\":\"conversation.append\""));
    cr_assert_null(strstr(answer, "\"name\":\"import\"")); // local paths stay with the command line
    assert_holds(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
                     "\"namespace_list\"}}"),
                 "structuredContent");
    end();
}

Test(mcp_tools, of_an_unknown_set_are_refused)
{
    struct mneme_error error;
    struct mcp_settings settings = {.tools = "everything"};
    cr_assert_eq(mcp_server_new(&settings, &server, &error), MNEME_INVALID);
    cr_assert_null(server);
    cr_assert_str_eq(error.field, "tools");
}
