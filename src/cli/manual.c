#include "cli/manual.h"

#include "cli/command.h"
#include "cli/help.h"

#include <string.h>

/* Text without meaning to troff; a line break starts a paragraph. */
static void add_text(struct strbuf *out, const char *text)
{
    bool is_line_start = true;
    for (; *text != '\0'; text++) {
        if (is_line_start && (*text == '.' || *text == '\'')) {
            strbuf_add_text(out, "\\&");
        }
        is_line_start = *text == '\n';
        switch (*text) {
        case '\\': strbuf_add_text(out, "\\e"); break;
        case '-': strbuf_add_text(out, "\\-"); break;
        case '`': strbuf_add_text(out, "\\(ga"); break;
        case '^': strbuf_add_text(out, "\\(ha"); break;
        case '~': strbuf_add_text(out, "\\(ti"); break;
        case '\n': strbuf_add_text(out, "\n.br\n"); break;
        default: strbuf_add_char(out, *text);
        }
    }
    strbuf_add_char(out, '\n');
}

static void add_entry(struct strbuf *out, const char *head, const char *text)
{
    strbuf_add_text(out, ".TP\n.B ");
    add_text(out, head);
    add_text(out, text);
}

static void add_command(struct strbuf *out, const struct operation *operation, struct arena *arena)
{
    const struct field *field;
    const char *usage = help_usage(operation, arena);
    strbuf_add_text(out, ".SS ");
    add_text(out, usage ? usage : "");
    add_text(out, operation->doc);
    if (operation->details != NULL) {
        strbuf_add_text(out, ".PP\n");
        add_text(out, operation->details);
    }
    for (const struct command_option *own = command_options; own->name != NULL; own++) {
        if (strcmp(own->operation, operation->name) == 0) {
            const char *typed = arena_printf(arena, own->placeholder ? "--%s %s" : "--%s",
                                             own->name, own->placeholder ? own->placeholder : "");
            add_entry(out, typed ? typed : "", own->doc);
        }
    }
    for (size_t i = 0; (field = operation_input(operation, i)) != NULL; i++) {
        const char *typed = help_option(field, arena);
        const char *text = field->fallback != NULL && operation->record_source != RECORD_CHANGE
                               ? arena_printf(arena, "%s Default: %s.", field->doc, field->fallback)
                               : field->doc;
        add_entry(out, typed ? typed : "", text ? text : "");
    }
}

void manual_write(struct strbuf *out, struct arena *arena)
{
    for (size_t group = 0; help_group_name(group) != NULL; group++) {
        strbuf_add_text(out, ".SH COMMANDS: ");
        add_text(out, help_group_name(group));
        for (size_t i = 0; i < operation_count; i++) {
            if (help_is_in_group(&operations[i], group)) {
                add_command(out, &operations[i], arena);
            }
        }
    }
    strbuf_add_text(out, ".SH COMMANDS: Besides\n");
    for (const struct command_extra *extra = command_extras; extra->word != NULL; extra++) {
        add_entry(out, extra->usage, extra->doc);
    }
}
