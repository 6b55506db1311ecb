/*
 * Tools: operations as a model sees them. A set is chosen when the server starts; `core` has eight, each saying when to
 * use it; `all` is every operation that has this face, its dots written as underscores.
 */
#ifndef MCP_TOOLS_H
#define MCP_TOOLS_H

#include "api/operation.h"

struct tool {
    const char *name, *operation, *title, *description;
    const char *inputs; /* the names that are shown, in this order; NULL: all of the operation's */
};

struct dialect;

struct tool_set {
    const char *name;
    const struct tool *tools;      /* ended by a row without a name; NULL: every operation */
    const struct dialect *dialect; /* instead of operations; NULL: none */
};

/* NULL if there is no such set. */
const struct tool_set *tool_set_find(const char *name);
extern const struct tool_set tool_sets[]; /* ended by a row without a name */

/* The operation behind a tool of the set; NULL if there is none. */
const struct operation *tool_operation(const struct tool_set *set, const char *name);

/* The tools as an array, in the set's order. */
void tools_write(const struct tool_set *set, struct json_writer *out);

#endif
