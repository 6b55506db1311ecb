/*
 * A command line as a call: whose store, which operation, and its input as one JSON object.
 *
 * Words and options become values by the types of the fields they belong to and are checked by the fields' own rules
 * before a store is opened. Every fault is collected, as the engine does. A value that begins with `--` is written
 * `--name=value`; `--name=` is null; what comes behind `--` is words.
 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "api/operation.h"

enum arguments_task {
    TASK_OPERATION,
    TASK_HELP,
    TASK_MANUAL,
    TASK_CALL,
    TASK_MCP,
    TASK_SERVE,
    TASK_OPERATIONS
};

struct arguments {
    const char *url, *user, *model; /* NULL: not named, neither here nor in the environment */
    bool is_json;
    enum arguments_task task;
    const struct operation *operation; /* of the task; of TASK_HELP: NULL, or the one to explain */
    const char *input;                 /* JSON text */
    bool is_explained;
    const char *output; /* a file for what is streamed; NULL: standard output */
    const char *tools;  /* of TASK_MCP: a set of tools; NULL: core */
    const char *listen; /* of TASK_SERVE: ADDRESS:PORT; NULL: the default */
    const char *hint;   /* when a fault has one of its own; else NULL */
};

/* Everything in the arena of `faults`, or borrowed from argv. Reads standard input where a `-` asks for it. is_json
 * is set on failure too. */
enum mneme_code arguments_read(int argc, char *const *argv, struct arguments *out,
                               struct fault_list *faults, struct mneme_error *err) MUST_CHECK;

#endif
