/*
 * The MCP server: answers messages of both protocol eras, whatever carries them. The era is chosen request by request:
 * a request whose `_meta` names a protocol version is modern (2026-07-28), any other is legacy.
 *
 * Nothing is opened before a request needs the store, so that a host's first question is answered at once. Any number
 * of threads and peers share one server.
 */
#ifndef MCP_SERVER_H
#define MCP_SERVER_H

#include "mcp/peer.h"
#include "mcp/rpc.h"

#define MCP_MODERN "2026-07-28"
#define MCP_NEWEST_LEGACY "2025-11-25"

struct mcp_settings {
    const char *url, *user, *model; /* as in struct mneme_options */
    const char *tools;              /* name of a tool set; NULL: core */
};

struct mcp_server;

/* The settings are borrowed until mcp_server_free. INVALID for an unknown set of tools. */
enum mneme_code mcp_server_new(const struct mcp_settings *settings, struct mcp_server **out,
                               struct mneme_error *err) MUST_CHECK;
void mcp_server_free(struct mcp_server *server); /* NULL is allowed; no call may be running */

/* True for requests that need neither the store nor time. */
bool mcp_server_is_quick(const struct rpc_message *message);

/* Answers one message: replies, and what goes before them, are sent to the peer. */
void mcp_server_answer(struct mcp_server *server, struct peer *peer,
                       const struct rpc_message *message);

/* Tells the peer of resources it follows that have changed, if anything has. */
void mcp_server_look(struct mcp_server *server, struct peer *peer);

/* The server goes: what the peer still follows is ended in order. */
void mcp_server_part(struct mcp_server *server, struct peer *peer);

#endif
