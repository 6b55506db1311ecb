/*
 * Resources: memory://m/{id} (a record), memory://stats, memory://context; read, followed, completed.
 */
#ifndef MCP_RESOURCES_H
#define MCP_RESOURCES_H

#include "mcp/exchange.h"

exchange_fn resources_list, resources_list_templates, resources_read;
exchange_fn resources_subscribe, resources_unsubscribe; /* legacy */
exchange_fn resources_listen;                           /* modern */

/* Of a resource as it is now; 0 if it cannot be read. The context is the server. */
uint64_t resources_digest(void *context, const char *uri);

/* The ids that begin so, as texts of an array that is begun and ended by the caller. */
bool resources_complete_id(struct exchange *exchange, const char *begins);

#endif
