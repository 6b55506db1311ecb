/*
 * Dialects: the tools of other memory servers, spoken so that their clients need not change. A dialect stands beside
 * the operation table: its tools have names, schemas and results of their own, and do their work by operations.
 */
#ifndef MCP_DIALECT_H
#define MCP_DIALECT_H

#include "mcp/exchange.h"

/* One call of a dialect's tool: its arguments, an object, and what it answers. */
struct dialect_call {
    struct exchange *exchange;
    struct arena *arena; /* of the request */
    const struct json *arguments;
    struct json *answer;      /* the structured content, taken over; NULL: there is none */
    const struct json *shown; /* the part of it that the text shows, indented; NULL: all */
    const char *text;         /* the text itself; NULL: what is shown */
};

/* False: `text` says what is wrong, for the model. */
typedef bool dialect_fn(struct dialect_call *call);

struct dialect_tool {
    const char *name, *title, *description;
    const char *input_schema, *output_schema; /* JSON text; the second may be NULL */
    bool is_read, is_destructive;
    dialect_fn *run;
};

struct dialect {
    const char *server_info, *capabilities; /* JSON text; NULL: mneme's own */
    const struct dialect_tool *tools;       /* ended by a row without a name */
    bool tells_unknown_tools; /* an unknown tool is an error for the model, not of the protocol */
    /* The one resource there is: its uri and what resources/list says of it; NULL: none. `read` is as a tool's. */
    const char *resource, *resource_row;
    dialect_fn *read;
};

extern const struct dialect memory_server_dialect, bot_dialect;

/* The tools as an array. */
void dialect_write_tools(const struct dialect *dialect, struct json_writer *out);
/* Writes the members of the result of tools/call. False: the failure is set. */
bool dialect_call_tool(const struct dialect *dialect, struct exchange *exchange, const char *name,
                       const struct json *arguments);
/* Writes the members of the result of resources/read. False: the failure is set. */
bool dialect_read(const struct dialect *dialect, struct exchange *exchange, const char *uri);

/* For a dialect's functions: says what is wrong and returns false. */
bool dialect_refuse(struct dialect_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* Runs an operation; the input is freed. NULL, with the text set, if it failed; else the answer, the caller's. */
struct json *dialect_run(struct dialect_call *call, const char *operation,
                         struct json *input_taken);

/* JSON as people read it: indented by two spaces, a member a line. */
void json_format_indented(const struct json *value, struct strbuf *out);

#endif
