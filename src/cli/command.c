#include "cli/command.h"

#include <assert.h>
#include <string.h>

#define WORD_BYTES 64 /* of a command or an option that is compared with others */

const struct command_option command_options[] = {
    {"memory.recall", "explain", NULL, "Say why each hit is there: the parts of its score."},
    {"export", "output", "FILE",
     "Write to a file, which appears when it is whole; - is standard output."},
    {NULL, NULL, NULL, NULL}};

const struct command_extra command_extras[] = {
    {"help", "help [COMMAND]", "Lists the commands, or explains one."},
    {"call", "call OPERATION [JSON|-]", "Runs an operation by name, JSON in, JSON out."},
    {"mcp", "mcp [--tools SET]",
     "Serves an agent host: the Model Context Protocol on standard input and output."},
    {"serve", "serve [--listen ADDRESS:PORT]",
     "Serves programs: REST over HTTP, until it is interrupted."},
    {"operations", "operations", "Lists the operations that `call` and the library know."},
    {NULL, NULL, NULL}};

bool command_is_extra(const char *word)
{
    for (const struct command_extra *extra = command_extras; extra->word != NULL; extra++) {
        if (strcmp(extra->word, word) == 0) {
            return true;
        }
    }
    return false;
}

const char *command_switch(const struct operation *operation)
{
    const char *found = strstr(operation->command, " --");
    return found ? found + 3 : NULL;
}

const char *command_words(const struct operation *operation, struct arena *arena)
{
    const char *found = strstr(operation->command, " --");
    return found ? arena_text_n(arena, operation->command, (size_t)(found - operation->command))
                 : operation->command;
}

/* How many of the words the command consists of; 0 if they are others. */
static size_t match_words(const char *command, char *const *words, size_t count)
{
    size_t used = 0;
    while (true) {
        size_t length = strcspn(command, " ");
        if (used == count || strlen(words[used]) != length ||
            memcmp(words[used], command, length) != 0) {
            return 0;
        }
        used++;
        command += length;
        if (*command == '\0' || strncmp(command, " --", 3) == 0) {
            return used;
        }
        command++;
    }
}

/* Is `--name` or `--name=...` among the words, before a `--`? */
static bool has_option(const char *name, char *const *words, size_t count)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < count && strcmp(words[i], "--") != 0; i++) {
        if (strncmp(words[i], "--", 2) == 0 && strncmp(words[i] + 2, name, length) == 0 &&
            (words[i][length + 2] == '\0' || words[i][length + 2] == '=')) {
            return true;
        }
    }
    return false;
}

const struct operation *command_find(char *const *words, size_t count, size_t *used)
{
    const struct operation *best = NULL;
    bool is_switched = false;
    *used = 0;
    for (size_t i = 0; i < operation_count; i++) {
        const struct operation *operation = &operations[i];
        bool is_command = operation->command != NULL && (operation->faces & FACE_CLI);
        size_t matched = is_command ? match_words(operation->command, words, count) : 0;
        if (matched == 0 || matched < *used) {
            continue;
        }
        const char *option = command_switch(operation);
        bool has_switch = option && has_option(option, words + matched, count - matched);
        if (option != NULL ? has_switch : matched > *used || !is_switched) {
            best = operation;
            is_switched = has_switch;
            *used = matched;
        }
    }
    return best;
}

size_t command_distance(const char *a, const char *b, size_t limit)
{
    size_t row[WORD_BYTES + 1], length = strlen(b), least = 0;
    if (length > WORD_BYTES || strlen(a) > WORD_BYTES) {
        return limit + 1;
    }
    for (size_t j = 0; j <= length; j++) row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t corner = row[0];
        row[0] = least = i + 1;
        for (size_t j = 0; j < length; j++) {
            size_t change = corner + (a[i] != b[j]);
            corner = row[j + 1];
            size_t one_more = (row[j] < corner ? row[j] : corner) + 1;
            row[j + 1] = change < one_more ? change : one_more;
            least = row[j + 1] < least ? row[j + 1] : least;
        }
        if (least > limit) {
            return limit + 1;
        }
    }
    return row[length] <= limit ? row[length] : limit + 1;
}

static void consider(const char *typed, const char *candidate, size_t *distance, const char **best)
{
    size_t limit = strlen(typed) / 3 + 1, edits = command_distance(typed, candidate, limit);
    if (edits <= limit && edits < *distance) {
        *distance = edits;
        *best = candidate;
    }
}

const char *command_nearest(char *const *words, size_t count, struct arena *arena)
{
    const char *best = NULL, *one = words[0];
    const char *two = count > 1 ? arena_printf(arena, "%.60s %.60s", words[0], words[1]) : NULL;
    size_t distance = SIZE_MAX;
    assert(one != NULL);
    for (size_t i = 0; i < operation_count; i++) {
        if (operations[i].command == NULL) {
            continue;
        }
        const char *candidate = command_words(&operations[i], arena);
        const char *typed = candidate && strchr(candidate, ' ') ? two : one;
        if (typed != NULL && candidate != NULL) {
            consider(typed, candidate, &distance, &best);
        }
    }
    for (size_t i = 0; command_extras[i].word != NULL; i++) {
        consider(one, command_extras[i].word, &distance, &best);
    }
    return best;
}

bool command_begins(const char *word, struct arena *arena, const char **out)
{
    size_t length = strlen(word);
    *out = NULL;
    for (size_t i = 0; i < operation_count; i++) {
        const char *command = operations[i].command;
        if (command != NULL && strncmp(command, word, length) == 0 && command[length] == ' ' &&
            command[length + 1] != '-') {
            *out = *out ? arena_printf(arena, "%s, %s", *out, command + length + 1)
                        : command + length + 1;
        }
    }
    return *out != NULL;
}

const struct field *command_positional(const struct operation *operation, size_t index)
{
    const char *at = operation->positional;
    char name[WORD_BYTES];
    while (at != NULL && *at != '\0') {
        size_t length = strcspn(at, " ");
        if (index-- == 0) {
            assert(length < sizeof name);
            memcpy(name, at, length);
            name[length] = '\0';
            return operation_field(operation, name);
        }
        at += length + (at[length] == ' ');
    }
    return NULL;
}
