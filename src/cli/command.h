/*
 * Commands: the words in front of a command line, and the rows of the operation table that they name.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "api/operation.h"

/* Options of the command line alone, which are no input of the operation. */
struct command_option {
    const char *operation, *name;
    const char *placeholder; /* NULL: no value */
    const char *doc;
};
extern const struct command_option command_options[]; /* ended by a row without a name */

/* Commands that are no operation. */
struct command_extra {
    const char *word, *usage, *doc;
};
extern const struct command_extra command_extras[]; /* help, call, mcp, ...; ended likewise */
bool command_is_extra(const char *word);

/*
 * The operation that the first words name, the longest match, NULL if none; *used is the number of words that belong
 * to it. Where several rows share the words, one whose trailing option (`tag --remove`) is among the words wins.
 */
const struct operation *command_find(char *const *words, size_t count, size_t *used);

/* The command's words without its trailing option, and that option without dashes (NULL if it has none). */
const char *command_words(const struct operation *operation, struct arena *arena);
const char *command_switch(const struct operation *operation);

/* The command among all that the words most likely mean; NULL if none is near. In the arena. */
const char *command_nearest(char *const *words, size_t count, struct arena *arena);
/* True if `word` begins commands of two words (`conversation`); *out then says how they go on. */
bool command_begins(const char *word, struct arena *arena, const char **out);

/* Edits from one word to the other, at most `limit` + 1. */
size_t command_distance(const char *a, const char *b, size_t limit);

/* The n-th name of `positional` as a field; NULL past the last. */
const struct field *command_positional(const struct operation *operation, size_t index);

#endif
