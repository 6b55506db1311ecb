/*
 * Prompts: `recall_context` puts what is remembered about a topic in front of a model. And the completion of what
 * prompts and resources ask for.
 */
#ifndef MCP_PROMPTS_H
#define MCP_PROMPTS_H

#include "mcp/exchange.h"

exchange_fn prompts_list, prompts_get, prompts_complete;

#endif
