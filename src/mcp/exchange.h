/*
 * One request on its way: what the functions behind the methods see.
 */
#ifndef MCP_EXCHANGE_H
#define MCP_EXCHANGE_H

#include "base/arena.h"
#include "mcp/server.h"
#include "mcp/tools.h"

struct exchange {
    struct mcp_server *server;
    struct peer *peer;
    const struct rpc_message *message;
    struct peer_request *request;
    bool is_modern;
    struct arena *arena;
    struct json_writer *out; /* members of the result */
    struct rpc_failure *failure;
    bool is_kept; /* the request stays open: nothing is answered yet */
};

/* Writes the result's members. False: the failure is set, and what was written is dropped. */
typedef bool exchange_fn(struct exchange *exchange);

/* The tools that the server offers. */
const struct tool_set *exchange_tools(const struct exchange *exchange);

/*
 * Runs an operation on the store, which is opened if it is not yet. Like mneme_call; a progress token of the request
 * is told how far it is. *out may be NULL after a failure.
 */
enum mneme_code exchange_call(struct exchange *exchange, const char *operation, const char *json,
                              mneme_result **out, struct mneme_error *err) MUST_CHECK;

/* The same outside of a request. */
enum mneme_code mcp_server_call(struct mcp_server *server, const char *operation, const char *json,
                                mneme_result **out, struct mneme_error *err) MUST_CHECK;

#endif
