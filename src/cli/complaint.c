#include "cli/complaint.h"

#include "cli/command.h"
#include "cli/value.h"

#include <string.h>

static const struct {
    enum mneme_code code;
    const char *opening, *hint; /* when the store could not be opened, and else */
} hints[] = {
    {MNEME_NOT_FOUND, "--db or MNEME_DB names the store",
     "`mneme list` and `mneme recall` show ids; `get --include-deleted` what was forgotten"},
    {MNEME_CONFLICT, NULL, "`mneme get` shows the record as it is now"},
    {MNEME_DENIED, "--db or MNEME_DB names the store", NULL},
    {MNEME_LIMIT, NULL, "docs/json.md names every bound"},
    {MNEME_BUSY, "another process holds the store; try again",
     "another process holds the store; try again"},
    {MNEME_UNAVAILABLE, "--model or MNEME_MODEL names the embedding model, `hash` none", NULL},
    {MNEME_STORAGE, "--db or MNEME_DB names the store", NULL},
    {MNEME_INTERNAL, "this is a bug of mneme; please report it",
     "this is a bug of mneme; please report it"},
};

static const char *hint_of(const struct complaint *complaint, struct arena *arena)
{
    enum mneme_code code = complaint->error->code;
    if (complaint->hint != NULL) {
        return complaint->hint;
    }
    if (complaint->is_opening && strcmp(complaint->error->field, "model") == 0) {
        return "--model or MNEME_MODEL names the embedding model; `hash` is none";
    }
    if (code == MNEME_INVALID && complaint->operation != NULL && !complaint->is_opening) {
        const char *words = complaint->operation->command
                                ? command_words(complaint->operation, arena)
                                : "operations";
        return arena_printf(arena, "`mneme help %s` lists its inputs", words ? words : "");
    }
    if (complaint->operation != NULL && strncmp(complaint->operation->name, "model.", 6) == 0) {
        return NULL; // the others are about records and stores
    }
    if (code == MNEME_NOT_FOUND && strcmp(complaint->error->field, "user") == 0) {
        return "`mneme user list` shows who is there";
    }
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        if (hints[i].code == code) {
            return complaint->is_opening ? hints[i].opening : hints[i].hint;
        }
    }
    return NULL;
}

/* `mneme: also refused: colour (unknown), k (max)` */
static void show_further(struct page *page, const struct json *answer)
{
    const struct json *errors = json_pointer(answer, "/error/errors");
    for (size_t i = 1; errors != NULL && i < json_count(errors); i++) {
        const char *field = value_member_text(json_at(errors, i), "field");
        const char *rule = value_member_text(json_at(errors, i), "rule");
        page_add(page, STYLE_PLAIN, i == 1 ? "  also: " : ", ");
        page_add(page, STYLE_PLAIN, field ? field : "");
        page_add(page, STYLE_PLAIN, " (");
        page_add(page, STYLE_PLAIN, rule ? rule : "");
        page_add(page, STYLE_PLAIN, ")");
    }
    if (errors != NULL && json_count(errors) > 1) {
        page_end_line(page);
    }
}

void complaint_show(struct page *page, const struct complaint *complaint, const struct json *answer,
                    struct arena *arena)
{
    const struct mneme_error *error = complaint->error;
    const char *hint = hint_of(complaint, arena);
    page_add(page, STYLE_BAD, "mneme: ");
    page_add(page, STYLE_PLAIN, error->message);
    if (error->field[0] != '\0' || error->rule[0] != '\0') {
        page_add(page, STYLE_PLAIN, " (");
        page_add(page, STYLE_PLAIN, error->field);
        page_add(page, STYLE_PLAIN, error->field[0] && error->rule[0] ? ", " : "");
        page_add(page, STYLE_PLAIN, error->rule);
        page_add(page, STYLE_PLAIN, ")");
    }
    page_end_line(page);
    if (answer != NULL) {
        show_further(page, answer);
    }
    if (hint != NULL) {
        page_add(page, STYLE_FAINT, "  hint: ");
        page_add(page, STYLE_FAINT, hint);
        page_end_line(page);
    }
}
