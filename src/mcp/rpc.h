/*
 * One JSON-RPC 2.0 message: read, and the replies to it written. Batches, which only a revision before 2025-06-18 had,
 * are refused.
 */
#ifndef MCP_RPC_H
#define MCP_RPC_H

#include "base/json.h"

enum rpc_code {
    RPC_OK = 0,
    RPC_PARSE = -32700,
    RPC_REQUEST = -32600,
    RPC_METHOD = -32601,
    RPC_PARAMS = -32602,
    RPC_INTERNAL = -32603,
    RPC_HEADER = -32020,     /* a header is missing or unequal to the body */
    RPC_CAPABILITY = -32021, /* the client has not declared what the request needs */
    RPC_VERSION = -32022     /* a protocol version that is not spoken */
};

/* What is wrong with a request. `data` is JSON text or NULL, of the one who failed. */
struct rpc_failure {
    enum rpc_code code;
    char message[256];
    const char *data;
};

struct rpc_message {
    struct json *json;          /* owned; NULL if it was no JSON */
    const char *method;         /* NULL: a response */
    const struct json *id;      /* text or integer; NULL: a notification, or no id to answer to */
    const struct json *params;  /* an object; NULL: none */
    struct rpc_failure failure; /* code RPC_OK unless it is no message */
};

/* Whatever the text is, *out is a message to be cleared. False when out of memory. */
bool rpc_parse(const char *text, size_t length, struct rpc_message *out) MUST_CHECK;
void rpc_clear(struct rpc_message *message);

bool rpc_is_request(const struct rpc_message *message); /* has a method and an id */

/* A member of params; NULL if absent. */
const struct json *rpc_param(const struct rpc_message *message, const char *name);
/* The same as text; NULL if absent or no text. */
const char *rpc_text_param(const struct rpc_message *message, const char *name);

/* Sets the failure; returns false, for functions that answer whether they succeeded. */
bool rpc_fail(struct rpc_failure *failure, enum rpc_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Whole messages. A reply without an id has none: what it answers could not be read. */
void rpc_begin_result(struct json_writer *out, const struct json *id);
void rpc_end_result(struct json_writer *out);
void rpc_write_failure(struct json_writer *out, const struct json *id,
                       const struct rpc_failure *failure);
void rpc_begin_notification(struct json_writer *out, const char *method); /* and its params */
void rpc_end_notification(struct json_writer *out);

#endif
