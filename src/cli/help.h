/*
 * What `mneme help` says, read from the operation table.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "api/operation.h"
#include "cli/page.h"

/* All commands; or one with its inputs. */
void help_show(struct page *page, const struct operation *operation, struct arena *arena);
/* The same as an object: {commands} or {command, operation, doc, details, positional, input: JSON Schema}. */
void help_write(struct json_writer *out, const struct operation *operation);

/* The operations, for `mneme operations`: a table or {items, next_cursor}. */
void help_show_operations(struct page *page, struct arena *arena);
void help_write_operations(struct json_writer *out);

/* How a command is typed: `remember CONTENT`; NULL when out of memory. */
const char *help_usage(const struct operation *operation, struct arena *arena);
/* How an option is typed: `--importance X`, `--[no-]fold`; NULL when out of memory. */
const char *help_option(const struct field *field, struct arena *arena);

/* The groups that commands are listed in, by number; NULL past the last. */
const char *help_group_name(size_t group);
bool help_is_in_group(const struct operation *operation, size_t group);

#endif
