#include "cli/arguments.h"

#include "api/convert.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/standard_input.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 64 // of an option

/* The values that one field was given. */
struct given {
    const struct field *field;
    const char **texts;
    size_t count, capacity;
    bool is_null;
};

struct reader {
    struct arguments *out;
    struct fault_list *faults;
    struct mneme_error *err;
    struct arena *arena;
    char *const *words;
    size_t count, at;
    struct given *given;
    size_t given_count, given_capacity;
    const char **plain; /* words that are neither command nor option */
    size_t plain_count, plain_capacity;
    bool has_help, has_unknown, has_read_stdin;
    enum mneme_code code; /* of the first fault */
    struct mneme_error
        broken; /* what is no fault of the command line, and matters more: input, memory */
};

// --- faults ----------------------------------------------------------------------------------

static void keep(struct reader *reader, enum mneme_code code)
{
    if (reader->code == MNEME_OK || code == MNEME_NOMEM) {
        reader->code = code;
    }
}

static void check_memory(struct reader *reader)
{
    if (arena_failed(reader->arena)) {
        keep(reader, error_nomem(reader->err));
    }
}

/* A fault in `name`, which may be anything that was typed. */
static void add_fault(struct reader *reader, enum mneme_code code, const char *name,
                      const char *rule, const char *words)
{
    char field[NAME_BYTES];
    struct strbuf pointer;
    bool is_short = strlen(name) < sizeof field && utf8_is_valid(name, strlen(name));
    (void)snprintf(field, sizeof field, "%s", is_short ? name : "argument");
    strbuf_init(&pointer, 2 * sizeof field);
    fault_add_step(&pointer, field);
    keep(reader,
         fault_add(reader->faults, code, pointer.text, field, rule, reader->err, "%s", words));
    strbuf_clear(&pointer);
}

PRINTF_LIKE(4, 5)
static void refuse(struct reader *reader, const char *name, const char *rule, const char *format,
                   ...)
{
    char words[sizeof reader->err->message];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    add_fault(reader, MNEME_INVALID, name, rule, words);
}

static void hint(struct reader *reader, const char *text)
{
    if (reader->out->hint == NULL) {
        reader->out->hint = text;
    }
}

// --- options ---------------------------------------------------------------------------------

/* `importance-level` as the field's name. */
static void fold_dashes(char *name)
{
    for (; *name != '\0'; name++) {
        *name = *name == '-' ? '_' : *name;
    }
}

/* The value of an option: behind its `=`, else the next word. NULL, after a fault, if there is none. */
static const char *take_value(struct reader *reader, const char *name, const char *behind)
{
    if (behind != NULL) {
        return behind;
    }
    bool is_there = reader->at < reader->count && strncmp(reader->words[reader->at], "--", 2) != 0;
    if (is_there) {
        return reader->words[reader->at++];
    }
    refuse(reader, name, "required", "'%s' needs a value", name);
    hint(reader, "a value that begins with -- is written --name=VALUE");
    return NULL;
}

static bool take_switch(struct reader *reader, const char *name, const char *behind, bool *out)
{
    if (behind != NULL && strcmp(behind, "true") != 0 && strcmp(behind, "false") != 0) {
        refuse(reader, name, "type", "'%s' must be true or false", name);
        return false;
    }
    *out = behind == NULL || *behind == 't';
    return true;
}

/* Options that every command has. */
static bool take_global(struct reader *reader, const char *name, const char *behind)
{
    struct arguments *out = reader->out;
    const struct {
        const char *name;
        const char **value;
        bool is_taken;
    } places[] = {{"db", &out->url, true},
                  {"user", &out->user, true},
                  {"model", &out->model, true},
                  {"tools", &out->tools, out->task == TASK_MCP},
                  {"listen", &out->listen, out->task == TASK_SERVE}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (places[i].is_taken && strcmp(name, places[i].name) == 0) {
            const char *value = take_value(reader, name, behind);
            *places[i].value = value ? value : *places[i].value;
            return true;
        }
    }
    if (strcmp(name, "json") == 0) {
        (void)take_switch(reader, name, behind, &out->is_json);
        return true;
    }
    if (strcmp(name, "help") == 0) {
        reader->has_help = true;
        return true;
    }
    return false;
}

static struct given *new_given(struct reader *reader, const struct field *field)
{
    struct given *all = arena_grow(reader->arena, reader->given, &reader->given_capacity,
                                   reader->given_count + 1, sizeof *all);
    if (all == NULL) {
        check_memory(reader);
        return NULL;
    }
    reader->given = all;
    all[reader->given_count] = (struct given){.field = field};
    return &all[reader->given_count++];
}

static struct given *find_given(struct reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->given_count; i++) {
        if (strcmp(reader->given[i].field->name, name) == 0) {
            return &reader->given[i];
        }
    }
    return NULL;
}

/* Another value of a field; NULL text: null. Only lists have several. */
static void give(struct reader *reader, const struct field *field, const char *text)
{
    struct given *given = find_given(reader, field->name);
    if (given != NULL && (field->type != FIELD_LIST || given->is_null || text == NULL)) {
        refuse(reader, field->name, "duplicate", "'%s' is given twice", field->name);
        return;
    }
    given = given ? given : new_given(reader, field);
    if (given == NULL) {
        return;
    }
    if (text == NULL) {
        given->is_null = true;
        return;
    }
    const char **texts =
        arena_grow(reader->arena, given->texts, &given->capacity, given->count + 1, sizeof *texts);
    if (texts == NULL) {
        check_memory(reader);
        return;
    }
    given->texts = texts;
    texts[given->count++] = text;
}

static void give_option(struct reader *reader, const struct field *field, const char *behind)
{
    if (behind != NULL && *behind == '\0') {
        give(reader, field, NULL);
    } else if (field->type == FIELD_BOOLEAN) {
        give(reader, field, behind ? behind : "true");
    } else {
        const char *value = take_value(reader, field->name, behind);
        if (value != NULL) {
            give(reader, field, value);
        }
    }
}

static bool take_own_option(struct reader *reader, const char *name, const char *behind)
{
    const struct operation *operation = reader->out->operation;
    for (const struct command_option *option = command_options; option->name; option++) {
        if (strcmp(option->operation, operation->name) != 0 || strcmp(option->name, name) != 0) {
            continue;
        }
        if (option->placeholder != NULL) {
            const char *path = take_value(reader, name, behind);
            reader->out->output = path && strcmp(path, "-") != 0 ? path : NULL;
        } else {
            (void)take_switch(reader, name, behind, &reader->out->is_explained);
        }
        return true;
    }
    // The option that has chosen the operation says nothing more, unless it is an input.
    const char *chosen = command_switch(operation);
    return chosen && strcmp(chosen, name) == 0 && operation_field(operation, name) == NULL;
}

static const char *nearest_option(const struct operation *operation, const char *name)
{
    const struct field *field;
    const char *best = NULL;
    size_t least = strlen(name) / 3 + 2;
    for (size_t i = 0; (field = operation_input(operation, i)) != NULL; i++) {
        size_t edits = command_distance(name, field->name, least);
        if (edits < least) {
            least = edits;
            best = field->name;
        }
    }
    return best;
}

static void refuse_option(struct reader *reader, const char *name, const char *typed)
{
    const struct operation *operation = reader->out->operation;
    const char *near = operation ? nearest_option(operation, name) : NULL;
    reader->has_unknown = true;
    refuse(reader, name, "unknown", "unknown option '%.80s'", typed);
    if (near != NULL) {
        hint(reader, arena_printf(reader->arena, "did you mean --%s?", near));
    } else if (operation != NULL) {
        const char *words = command_words(operation, reader->arena);
        hint(reader, arena_printf(reader->arena,
                                  "`mneme help %s` lists its options; -- goes "
                                  "before a text that begins with a dash",
                                  words ? words : ""));
    }
}

static void take_field_option(struct reader *reader, const char *name, const char *behind,
                              const char *typed)
{
    const struct operation *operation = reader->out->operation;
    const struct field *field = operation_field(operation, name);
    const struct field *negated =
        strncmp(name, "no_", 3) == 0 ? operation_field(operation, name + 3) : NULL;
    if (field != NULL) {
        give_option(reader, field, behind);
    } else if (negated != NULL && negated->type == FIELD_BOOLEAN && behind == NULL) {
        give(reader, negated, "false");
    } else {
        refuse_option(reader, name, typed);
    }
}

/* `--name`, `--name=value`, `-k`. */
static void take_option(struct reader *reader, const char *typed)
{
    const char *start = typed + (typed[1] == '-' ? 2 : 1), *behind = strchr(start, '=');
    size_t length = behind ? (size_t)(behind - start) : strlen(start);
    char name[NAME_BYTES];
    bool fits = length > 0 && length < sizeof name;
    (void)snprintf(name, sizeof name, "%.*s", fits ? (int)length : 0, start);
    fold_dashes(name);
    behind = behind ? behind + 1 : NULL;
    if (typed[1] != '-' && strcmp(name, "h") == 0) {
        reader->has_help = true;
        return;
    }
    bool has_own = reader->out->operation != NULL;
    if (!fits) {
        refuse_option(reader, "argument", typed);
    } else if (!take_global(reader, name, behind) &&
               !(has_own && take_own_option(reader, name, behind))) {
        if (has_own) {
            take_field_option(reader, name, behind, typed);
        } else {
            refuse_option(reader, name, typed);
        }
    }
}

static bool is_option(const char *word)
{
    return word[0] == '-' && (word[1] == '-' || isalpha((unsigned char)word[1]));
}

// --- words -----------------------------------------------------------------------------------

static void add_plain(struct reader *reader, const char *word)
{
    const char **plain = arena_grow(reader->arena, reader->plain, &reader->plain_capacity,
                                    reader->plain_count + 1, sizeof *plain);
    if (plain == NULL) {
        check_memory(reader);
        return;
    }
    reader->plain = plain;
    plain[reader->plain_count++] = word;
}

/* What follows the command. */
static void read_rest(struct reader *reader)
{
    bool are_words = false;
    while (reader->at < reader->count) {
        const char *word = reader->words[reader->at++];
        if (!are_words && strcmp(word, "--") == 0) {
            are_words = true;
        } else if (!are_words && is_option(word)) {
            take_option(reader, word);
        } else {
            add_plain(reader, word);
        }
    }
}

/* Standard input without the line breaks at its end. */
static const char *read_stdin(struct reader *reader, const char *name)
{
    const char *text;
    size_t length;
    if (reader->has_read_stdin) {
        refuse(reader, name, "duplicate", "standard input can be read only once");
        return NULL;
    }
    reader->has_read_stdin = true;
    enum mneme_code code = standard_input_read(reader->arena, &text, &length, &reader->broken);
    if (code != MNEME_OK) {
        return NULL;
    }
    if (strlen(text) != length) {
        refuse(reader, name, "utf8", "'%s' holds the character U+0000", name);
        return NULL;
    }
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r')) {
        length--;
    }
    return arena_text_n(reader->arena, text, length);
}

/* A memory that is named by its key has no id in front of the words that are meant for other inputs. */
static bool is_skipped(struct reader *reader, const struct field *field)
{
    bool has_others = command_positional(reader->out->operation, 1) != NULL;
    return find_given(reader, field->name) != NULL ||
           (has_others && strcmp(field->name, "id") == 0 && find_given(reader, "key") != NULL);
}

/* Each line of standard input is an item. */
static void give_lines(struct reader *reader, const struct field *field)
{
    const char *at = read_stdin(reader, field->name);
    while (at != NULL) {
        size_t length = strcspn(at, "\n");
        bool has_return = length > 0 && at[length - 1] == '\r';
        const char *line = arena_text_n(reader->arena, at, length - has_return);
        if (line == NULL) {
            check_memory(reader);
            return;
        }
        give(reader, field, line);
        at = at[length] == '\n' ? at + length + 1 : NULL;
    }
}

static void give_word(struct reader *reader, const struct field *field, const char *word)
{
    if (strcmp(word, "-") == 0 && (field->flags & FIELD_LINES)) {
        give_lines(reader, field);
        return;
    }
    bool is_stdin =
        strcmp(word, "-") == 0 && field->type == FIELD_TEXT && !reader->out->operation->is_local;
    const char *text = is_stdin ? read_stdin(reader, field->name) : word;
    if (text != NULL) {
        give(reader, field, text);
    }
}

static void give_words(struct reader *reader)
{
    const struct operation *operation = reader->out->operation;
    const struct field *field;
    size_t at = 0;
    for (size_t i = 0; (field = command_positional(operation, i)) != NULL; i++) {
        if (is_skipped(reader, field)) {
            continue;
        }
        size_t end = field->type == FIELD_LIST ? reader->plain_count : at + 1;
        for (; at < end && at < reader->plain_count; at++) {
            give_word(reader, field, reader->plain[at]);
        }
    }
    if (at < reader->plain_count && !reader->has_unknown) {
        refuse(reader, "argument", "unknown", "there is no place for '%.80s'", reader->plain[at]);
        hint(reader, "put a text that has spaces into quotes");
    }
}

/* A user who is named takes all that a file holds, the dialogues of many too (import). */
static void give_one_user(struct reader *reader)
{
    const struct field *field = operation_field(reader->out->operation, "one_user");
    if (field != NULL && reader->out->user != NULL && find_given(reader, field->name) == NULL) {
        give(reader, field, "true");
    }
}

// --- the input -------------------------------------------------------------------------------

/* `--messages -`: JSON from standard input. */
static void replace_stdin(struct reader *reader, struct given *given)
{
    if (given->field->type == FIELD_JSON && given->count == 1 &&
        strcmp(given->texts[0], "-") == 0) {
        const char *text = read_stdin(reader, given->field->name);
        given->texts[0] = text ? text : "null";
    }
}

static void write_input(struct reader *reader)
{
    struct strbuf text;
    struct json_writer writer;
    strbuf_init(&text, (size_t)2 * LIMIT_BATCH_BYTES);
    json_writer_init(&writer, &text);
    json_begin_object(&writer, NULL);
    for (size_t i = 0; i < reader->given_count; i++) {
        struct given *given = &reader->given[i];
        if (given->is_null || given->count == 0) {
            json_write_null(&writer, given->field->name);
            continue;
        }
        replace_stdin(reader, given);
        const struct convert_values values = {.texts = given->texts, .count = given->count};
        enum mneme_code code =
            convert_write(given->field, &values, &writer, reader->faults, reader->err);
        if (code != MNEME_OK) {
            keep(reader, code);
        }
    }
    json_end_object(&writer);
    if (strbuf_code(&text) != MNEME_OK) {
        (void)error_set(&reader->broken, strbuf_code(&text), "the input is too large");
    }
    reader->out->input = arena_text_n(reader->arena, text.text, text.length);
    strbuf_clear(&text);
    check_memory(reader);
}

// --- commands --------------------------------------------------------------------------------

static void refuse_command(struct reader *reader, size_t from)
{
    const char *rest, *near;
    char *const *words = reader->words + from;
    size_t count = reader->count - from;
    if (command_begins(words[0], reader->arena, &rest)) {
        refuse(reader, "command", "unknown", "'%.40s' needs one of: %s", words[0], rest);
        return;
    }
    near = command_nearest(words, count, reader->arena);
    refuse(reader, "command", "unknown", "unknown command '%.80s'", words[0]);
    hint(reader, near ? arena_printf(reader->arena, "did you mean `mneme %s`?", near)
                      : "`mneme help` lists the commands");
}

static void find_operation(struct reader *reader)
{
    size_t used, from = reader->at;
    reader->out->operation = command_find(reader->words + from, reader->count - from, &used);
    if (reader->out->operation == NULL) {
        refuse_command(reader, from);
    }
    reader->at += used;
}

static void refuse_more(struct reader *reader, size_t most)
{
    if (reader->plain_count > most) {
        refuse(reader, "argument", "unknown", "there is no place for '%.80s'", reader->plain[most]);
    }
}

static void read_help(struct reader *reader)
{
    bool wants_manual =
        reader->at < reader->count && strcmp(reader->words[reader->at], "--man") == 0;
    reader->out->task = wants_manual ? TASK_MANUAL : TASK_HELP;
    reader->at += wants_manual;
    while (reader->at < reader->count && is_option(reader->words[reader->at])) {
        take_option(reader, reader->words[reader->at++]);
    }
    if (reader->at == reader->count) {
        return;
    }
    if (command_is_extra(reader->words[reader->at])) {
        reader->at++;
    } else {
        find_operation(reader);
    }
    if (reader->code == MNEME_OK) {
        read_rest(reader);
        refuse_more(reader, 0);
    }
}

static void read_call(struct reader *reader)
{
    reader->out->task = TASK_CALL;
    read_rest(reader);
    refuse_more(reader, 2);
    if (reader->plain_count == 0) {
        refuse(reader, "operation", "required", "an operation is required");
        hint(reader, "`mneme operations` lists them");
        return;
    }
    const char *name = reader->plain[0];
    const char *input = reader->plain_count > 1 ? reader->plain[1] : "{}";
    reader->out->operation = operation_find(name);
    if (reader->out->operation == NULL) {
        const char *words = arena_printf(reader->arena, "no operation '%.80s'", name);
        add_fault(reader, MNEME_NOT_FOUND, "operation", "unknown", words ? words : "");
        hint(reader, "`mneme operations` lists them");
    }
    reader->out->input = strcmp(input, "-") == 0 ? read_stdin(reader, "input") : input;
}

/* `operations`, `mcp`: options and no words. */
static void read_task(struct reader *reader, enum arguments_task task)
{
    reader->at++;
    reader->out->task = task;
    read_rest(reader);
    refuse_more(reader, 0);
}

static void read_operation(struct reader *reader)
{
    find_operation(reader);
    if (reader->out->operation == NULL) {
        return;
    }
    read_rest(reader);
    if (!reader->has_help) {
        give_words(reader);
        give_one_user(reader);
        write_input(reader);
    }
}

static void read_command(struct reader *reader)
{
    const char *word = reader->at < reader->count ? reader->words[reader->at] : NULL;
    if (word == NULL) {
        if (!reader->has_help) {
            refuse(reader, "command", "required", "a command is required");
            hint(reader, "`mneme help` lists the commands");
        }
    } else if (strcmp(word, "help") == 0) {
        reader->at++;
        read_help(reader);
    } else if (strcmp(word, "call") == 0) {
        reader->at++;
        reader->out->is_json = true;
        read_call(reader);
    } else if (strcmp(word, "operations") == 0) {
        read_task(reader, TASK_OPERATIONS);
    } else if (strcmp(word, "mcp") == 0) {
        read_task(reader, TASK_MCP);
    } else if (strcmp(word, "serve") == 0) {
        read_task(reader, TASK_SERVE);
    } else {
        read_operation(reader);
    }
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value != '\0' ? value : NULL;
}

/* `--json` counts wherever it stands, so that also what is wrong before it is said in JSON. */
static bool wants_json(char *const *words, size_t count)
{
    for (size_t i = 1; i < count && strcmp(words[i], "--") != 0; i++) {
        if (strcmp(words[i], "--json") == 0) {
            return true;
        }
    }
    return false;
}

static void read_all(struct reader *reader)
{
    while (reader->at < reader->count && is_option(reader->words[reader->at])) {
        const char *word = reader->words[reader->at++];
        if (strcmp(word, "--version") == 0) {
            reader->out->operation = operation_find("version");
            return;
        }
        take_option(reader, word);
    }
    if (reader->code == MNEME_OK) {
        read_command(reader);
    }
}

enum mneme_code arguments_read(int argc, char *const *argv, struct arguments *out,
                               struct fault_list *faults, struct mneme_error *err)
{
    struct reader reader = {.out = out,
                            .faults = faults,
                            .err = err,
                            .arena = faults->arena,
                            .words = argv,
                            .count = argc > 0 ? (size_t)argc : 0,
                            .at = 1};
    *out = (struct arguments){.url = environment("MNEME_DB"),
                              .user = environment("MNEME_USER"),
                              .model = environment("MNEME_MODEL"),
                              .tools = environment("MNEME_TOOLS"),
                              .listen = environment("MNEME_LISTEN"),
                              .is_json = wants_json(argv, reader.count),
                              .input = "{}"};
    read_all(&reader);
    check_memory(&reader);
    if (reader.broken.code != MNEME_OK) {
        faults->count = 0;
        return error_copy(err, &reader.broken);
    }
    if (reader.has_help && reader.code != MNEME_NOMEM) {
        out->task = TASK_HELP;
        out->hint = NULL;
        return MNEME_OK;
    }
    return reader.code;
}
