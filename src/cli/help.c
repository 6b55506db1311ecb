#include "cli/help.h"

#include "cli/command.h"
#include "cli/table.h"

#include <ctype.h>
#include <string.h>

#define COMMAND_COLUMN 24 // where the line on a command begins
#define OPTION_COLUMN 30  // where the line on an option begins

// --- how things are typed --------------------------------------------------------------------

static char *upper(char *text)
{
    for (char *at = text; at != NULL && *at != '\0'; at++) {
        *at = (char)toupper((unsigned char)*at);
    }
    return text;
}

static const char *placeholder(const struct field *field, struct arena *arena)
{
    if (field->choices != NULL) {
        const char *all = field->choices[0];
        for (size_t i = 1; field->choices[i] != NULL; i++) {
            all = arena_printf(arena, "%s|%s", all ? all : "", field->choices[i]);
        }
        return all;
    }
    switch (field->type) {
    case FIELD_TEXT: return (field->flags & FIELD_UUID) ? "ID" : "TEXT";
    case FIELD_INTEGER: return "N";
    case FIELD_REAL: return "X";
    case FIELD_TIME: return "TIME";
    case FIELD_JSON: return (field->flags & FIELD_OBJECT) ? "JSON" : "VALUE";
    case FIELD_LIST: return (field->flags & FIELD_LINES) ? "TEXT" : "A,B,...";
    case FIELD_BOOLEAN:
    case FIELD_BYTES: break;
    }
    return "";
}

/* With dashes, as people type it. */
static const char *option_name(const char *name, struct arena *arena)
{
    char *copy = arena_text(arena, name);
    for (char *at = copy; at != NULL && *at != '\0'; at++) {
        *at = *at == '_' ? '-' : *at;
    }
    return copy;
}

const char *help_option(const struct field *field, struct arena *arena)
{
    const char *name = option_name(field->name, arena);
    const char *value = placeholder(field, arena);
    if (name == NULL || value == NULL) {
        return NULL;
    }
    bool is_on = field->fallback != NULL && strcmp(field->fallback, "true") == 0;
    return field->type == FIELD_BOOLEAN ? arena_printf(arena, is_on ? "--[no-]%s" : "--%s", name)
                                        : arena_printf(arena, "--%s %s", name, value);
}

const char *help_usage(const struct operation *operation, struct arena *arena)
{
    const char *usage = operation->command;
    const struct field *field;
    for (size_t i = 0; (field = command_positional(operation, i)) != NULL; i++) {
        const char *name = upper(arena_text(arena, field->name));
        bool is_required = operation_requires(operation, field);
        usage = arena_printf(arena, "%s %s%s%s%s", usage ? usage : "", is_required ? "" : "[",
                             name ? name : "", field->type == FIELD_LIST ? "..." : "",
                             is_required ? "" : "]");
    }
    return usage;
}

// --- groups ----------------------------------------------------------------------------------

static const struct {
    const char *name;
    const char *prefixes[4];
} groups[] = {{"Memories", {"memory.", "record.", "change.", "link."}},
              {"Conversations", {"conversation.", "message.", "summary."}},
              {"The user and what recurs", {"preference.", "cluster.", "pattern.", "proposal."}},
              {"Stories and agents", {"character.", "prop.", "agent."}},
              {"Models and vectors", {"model.", "space.", "embed", "eval"}},
              {"The store", {""}}};

const char *help_group_name(size_t group)
{
    return group < sizeof groups / sizeof *groups ? groups[group].name : NULL;
}

static bool has_prefix(const struct operation *operation, size_t group)
{
    for (size_t i = 0; i < 4 && groups[group].prefixes[i] != NULL; i++) {
        const char *prefix = groups[group].prefixes[i];
        if (strncmp(operation->name, prefix, strlen(prefix)) == 0) {
            return true;
        }
    }
    return false;
}

bool help_is_in_group(const struct operation *operation, size_t group)
{
    if (operation->command == NULL || !(operation->faces & FACE_CLI)) {
        return false;
    }
    for (size_t i = 0; i < group; i++) {
        if (has_prefix(operation, i)) {
            return false;
        }
    }
    return has_prefix(operation, group);
}

// --- all commands ----------------------------------------------------------------------------

static void add_entry(struct page *page, const char *entry, size_t column, const char *text)
{
    page_spaces(page, 2);
    page_add(page, STYLE_STRONG, entry);
    page_hang(page, column, page_width(entry) + 2, text);
}

static void add_heading(struct page *page, const char *text)
{
    page_end_line(page);
    page_add(page, STYLE_STRONG, text);
    page_end_line(page);
}

static void show_global_options(struct page *page)
{
    static const char *const options[][2] = {
        {"--db PATH", "The store; else MNEME_DB, else $XDG_DATA_HOME/mneme/mneme.db."},
        {"--user NAME", "Whose memory; else MNEME_USER, else `default`."},
        {"--model NAME",
         "A pulled model, a path, `openai:MODEL[@URL]`, `ollama:MODEL[@URL]` or `hash`; else "
         "MNEME_MODEL, else what `model use` chose."},
        {"--json", "Every answer and error as one JSON object on one line."},
        {"--help, --version", ""}};
    add_heading(page, "Options of every command");
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        add_entry(page, options[i][0], COMMAND_COLUMN, options[i][1]);
    }
}

static void show_all(struct page *page)
{
    page_wrap(page, STYLE_PLAIN, 0,
              "mneme remembers for agents and people, and finds what matters.\n\n"
              "mneme [--db PATH] [--user NAME] [--model NAME] [--json] COMMAND [WORDS] [OPTIONS]");
    for (size_t group = 0; help_group_name(group) != NULL; group++) {
        add_heading(page, help_group_name(group));
        for (size_t i = 0; i < operation_count; i++) {
            if (help_is_in_group(&operations[i], group)) {
                add_entry(page, operations[i].command, COMMAND_COLUMN, operations[i].doc);
            }
        }
    }
    add_heading(page, "Besides");
    for (const struct command_extra *extra = command_extras; extra->word != NULL; extra++) {
        add_entry(page, extra->word, COMMAND_COLUMN, extra->doc);
    }
    show_global_options(page);
    page_end_line(page);
    page_wrap(page, STYLE_PLAIN, 0,
              "`mneme help COMMAND` explains one command, `man mneme` all. Ids are shown by the "
              "command that wrote, and by list and recall. Times are RFC 3339, shown in UTC.");
}

// --- one command -----------------------------------------------------------------------------

static bool is_positional(const struct operation *operation, const struct field *field)
{
    const struct field *other;
    for (size_t i = 0; (other = command_positional(operation, i)) != NULL; i++) {
        if (other == field) {
            return true;
        }
    }
    return false;
}

static const char *option_text(const struct operation *operation, const struct field *field,
                               struct arena *arena)
{
    const char *text = field->doc;
    bool shows_default = field->fallback != NULL && operation->record_source != RECORD_CHANGE &&
                         field->type != FIELD_BOOLEAN;
    if (is_positional(operation, field)) {
        text = arena_printf(arena, "%s Given as a word, too.", text);
    }
    if (shows_default) {
        text = arena_printf(arena, "%s [%s]", text ? text : "", field->fallback);
    }
    return text ? text : "";
}

static void add_option(struct page *page, const struct operation *operation,
                       const struct field *field, struct arena *arena)
{
    const char *typed = help_option(field, arena);
    add_entry(page, typed ? typed : "", OPTION_COLUMN, option_text(operation, field, arena));
}

static void show_one(struct page *page, const struct operation *operation, struct arena *arena)
{
    const struct field *field;
    const char *usage = help_usage(operation, arena);
    page_add(page, STYLE_STRONG, "mneme ");
    page_add(page, STYLE_STRONG, usage ? usage : "");
    page_add(page, STYLE_PLAIN, operation_input(operation, 0) ? " [OPTIONS]" : "");
    page_end_line(page);
    page_end_line(page);
    page_wrap(page, STYLE_PLAIN, 0, operation->doc);
    if (operation->details != NULL) {
        page_end_line(page);
        page_wrap(page, STYLE_PLAIN, 0, operation->details);
    }
    add_heading(page, "Options");
    for (const struct command_option *own = command_options; own->name != NULL; own++) {
        if (strcmp(own->operation, operation->name) == 0) {
            const char *typed = arena_printf(arena, own->placeholder ? "--%s %s" : "--%s",
                                             own->name, own->placeholder ? own->placeholder : "");
            add_entry(page, typed ? typed : "", OPTION_COLUMN, own->doc);
        }
    }
    for (size_t i = 0; (field = command_positional(operation, i)) != NULL; i++) {
        add_option(page, operation, field, arena);
    }
    for (size_t i = 0; (field = operation_input(operation, i)) != NULL; i++) {
        if (!is_positional(operation, field)) {
            add_option(page, operation, field, arena);
        }
    }
    add_entry(page, "--db, --user, --model, --json, --help", OPTION_COLUMN, "See `mneme help`.");
    page_end_line(page);
    page_wrap(
        page, STYLE_FAINT, 0,
        "A `-` as a word is read from standard input. --NAME= is null, --no-NAME false; lists "
        "are a,b or the option twice.");
}

void help_show(struct page *page, const struct operation *operation, struct arena *arena)
{
    if (operation != NULL) {
        show_one(page, operation, arena);
    } else {
        show_all(page);
    }
}

// --- as JSON ---------------------------------------------------------------------------------

static void write_all(struct json_writer *out)
{
    json_begin_array(out, "commands");
    for (size_t i = 0; i < operation_count; i++) {
        if (operations[i].command != NULL && (operations[i].faces & FACE_CLI)) {
            json_begin_object(out, NULL);
            json_write_text(out, "command", operations[i].command);
            json_write_text(out, "operation", operations[i].name);
            json_write_text(out, "doc", operations[i].doc);
            json_end_object(out);
        }
    }
    for (const struct command_extra *extra = command_extras; extra->word != NULL; extra++) {
        json_begin_object(out, NULL);
        json_write_text(out, "command", extra->word);
        json_write_null(out, "operation");
        json_write_text(out, "doc", extra->doc);
        json_end_object(out);
    }
    json_end_array(out);
}

static void write_one(struct json_writer *out, const struct operation *operation)
{
    const struct field *field;
    json_write_text(out, "command", operation->command);
    json_write_text(out, "operation", operation->name);
    json_write_text(out, "doc", operation->doc);
    json_write_text(out, "details", operation->details);
    json_begin_array(out, "positional");
    for (size_t i = 0; (field = command_positional(operation, i)) != NULL; i++) {
        json_write_text(out, NULL, field->name);
    }
    json_end_array(out);
    operation_write_input_schema(operation, "input", out);
}

void help_write(struct json_writer *out, const struct operation *operation)
{
    json_begin_object(out, NULL);
    if (operation != NULL) {
        write_one(out, operation);
    } else {
        write_all(out);
    }
    json_end_object(out);
}

void help_show_operations(struct page *page, struct arena *arena)
{
    static const struct table_column columns[] = {
        {.heading = "operation", .is_strong = true}, {.heading = "command"}, {.heading = "what"}};
    struct table table;
    table_init(&table, arena, columns, 3);
    for (size_t i = 0; i < operation_count; i++) {
        const char **cells = table_add_row(&table);
        if (cells != NULL) {
            cells[0] = operations[i].name;
            cells[1] = operations[i].command;
            cells[2] = operations[i].doc;
        }
    }
    table_print(&table, page);
}

void help_write_operations(struct json_writer *out)
{
    json_begin_object(out, NULL);
    json_begin_array(out, "items");
    for (size_t i = 0; i < operation_count; i++) {
        json_begin_object(out, NULL);
        json_write_text(out, "name", operations[i].name);
        json_write_text(out, "command", operations[i].command);
        json_write_text(out, "doc", operations[i].doc);
        json_end_object(out);
    }
    json_end_array(out);
    json_write_null(out, "next_cursor");
    json_end_object(out);
}
