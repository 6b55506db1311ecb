/*
 * MCP on standard input and output: one message a line. Standard output carries messages and nothing else.
 *
 * The reading thread answers what is quick at once; the rest is answered in order by one worker, so that what a client
 * wrote before it asks is what it is told. At the end of the input what has been asked is still answered.
 */
#ifndef MCP_STDIO_H
#define MCP_STDIO_H

#include "mcp/server.h"

/* Serves until the end of `input`, or until nothing can be written to `output`; does not close them. */
enum mneme_code mcp_stdio_run(struct mcp_server *server, int input, int output,
                              struct mneme_error *err) MUST_CHECK;

#endif
