#include "cli/show.h"

#include "cli/value.h"

#include <string.h>

static void note(const struct show *show, const char *text)
{
    page_add(show->notes, STYLE_PLAIN, "mneme: ");
    page_add(show->notes, STYLE_PLAIN, text);
    page_end_line(show->notes);
}

/* `created 0199c1f2-7a3b-7c11-8d21-0f3a9a5b2c1d  seq 12` */
static void show_receipt(const struct show *show, const struct json *receipt, bool has_seq)
{
    const char *status = value_member_text(receipt, "status");
    const char *id = value_member_text(receipt, "id");
    page_add(show->page, STYLE_GOOD, status ? status : "");
    page_spaces(show->page, 1);
    page_add(show->page, STYLE_PLAIN, id ? id : "");
    if (has_seq) {
        page_printf(show->page, STYLE_FAINT, "  seq %lld",
                    (long long)value_member_integer(receipt, "seq"));
    }
    page_end_line(show->page);
}

/* A write's answer; undo names its records, unless they are the one that the receipt is of. */
static void show_write(const struct show *show, const struct json *answer)
{
    const struct json *records = json_get(answer, "records");
    const char *id = value_member_text(answer, "id");
    show_receipt(show, answer, true);
    if (json_count(records) == 1 && id != NULL &&
        strcmp(json_as_text(json_at(records, 0), NULL), id) == 0) {
        return;
    }
    for (size_t i = 0; i < json_count(records); i++) {
        page_spaces(show->page, 2);
        page_add(show->page, STYLE_FAINT, json_as_text(json_at(records, i), NULL));
        page_end_line(show->page);
    }
}

static void show_batch(const struct show *show, const struct json *answer)
{
    const struct json *items = json_get(answer, "items");
    for (size_t i = 0; i < json_count(items); i++) {
        const struct json *item = json_at(items, i), *error = json_get(item, "error");
        if (error == NULL) {
            show_receipt(show, item, false);
            continue;
        }
        const char *message = value_member_text(error, "message");
        page_add(show->page, STYLE_BAD, "refused");
        page_printf(show->page, STYLE_PLAIN, " item %zu: ", i + 1);
        page_add(show->page, STYLE_PLAIN, message ? message : "");
        page_end_line(show->page);
    }
    page_printf(show->page, STYLE_FAINT, "seq %lld",
                (long long)value_member_integer(answer, "seq"));
    page_end_line(show->page);
}

static void show_page(const struct show *show, const struct json *answer)
{
    const char *cursor = value_member_text(answer, "next_cursor");
    const struct json *map = json_get(answer, "map");
    if (map != NULL) {
        show_map(show, map);
    } else {
        show_list(show, NULL, json_get(answer, "items"));
    }
    if (cursor != NULL) {
        page_add(show->notes, STYLE_PLAIN, "mneme: there is more: --cursor ");
        page_add(show->notes, STYLE_PLAIN, cursor);
        page_end_line(show->notes);
    }
}

static void show_context(const struct show *show, const struct json *answer)
{
    const char *text = value_member_text(answer, "text");
    const char *reason = value_member_text(answer, "reason");
    page_raw(show->page, text ? text : "");
    if (text != NULL && *text != '\0' && text[strlen(text) - 1] != '\n') {
        page_raw(show->page, "\n");
    }
    if (reason != NULL) {
        note(show, reason);
    } else if (text == NULL || *text == '\0') {
        note(show, "nothing found");
    }
}

/* ` (field, rule)`, as far as there is either. */
static void show_fault(const struct show *show, const char *field, const char *rule)
{
    bool has_field = field && *field != '\0', has_rule = rule && *rule != '\0';
    if (has_field || has_rule) {
        page_add(show->notes, STYLE_PLAIN, " (");
        page_add(show->notes, STYLE_PLAIN, has_field ? field : "");
        page_add(show->notes, STYLE_PLAIN, has_field && has_rule ? ", " : "");
        page_add(show->notes, STYLE_PLAIN, has_rule ? rule : "");
        page_add(show->notes, STYLE_PLAIN, ")");
    }
}

static void show_import(const struct show *show, const struct json *answer)
{
    static const char *const counts[] = {"added", "known", "updated", "failed"};
    const struct json *errors = json_get(answer, "errors");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        page_printf(show->page, STYLE_PLAIN, "%s%s %lld", i > 0 ? ", " : "", counts[i],
                    (long long)value_member_integer(answer, counts[i]));
    }
    page_end_line(show->page);
    for (size_t i = 0; i < json_count(errors); i++) {
        const struct json *error = json_at(errors, i);
        const char *message = value_member_text(error, "message");
        page_printf(show->notes, STYLE_PLAIN,
                    "mneme: line %lld: ", (long long)value_member_integer(error, "line"));
        page_add(show->notes, STYLE_PLAIN, message ? message : "");
        show_fault(show, value_member_text(error, "field"), value_member_text(error, "rule"));
        page_end_line(show->notes);
    }
}

static bool is_nothing(const struct json *answer)
{
    static const char *const lists[] = {"items", "hits", "conversations", "messages", "map"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const struct json *list = json_get(answer, lists[i]);
        enum json_type type = list ? json_type_of(list) : JSON_TYPE_NULL;
        if ((type == JSON_TYPE_ARRAY || type == JSON_TYPE_OBJECT) && json_count(list) == 0) {
            return true;
        }
    }
    return false;
}

/* Where ranking went by words alone because a remote provider failed. */
static void show_degraded(const struct show *show, const struct json *answer)
{
    const char *message = value_member_text(json_get(answer, "degraded"), "message");
    if (message != NULL) {
        page_add(show->notes, STYLE_PLAIN, "mneme: ranked by words alone: ");
        page_add(show->notes, STYLE_PLAIN, message);
        page_end_line(show->notes);
    }
}

static const struct {
    const char *operation;
    void (*show)(const struct show *show, const struct json *answer);
} looks[] = {
    {"memory.recall", show_recall},
    {"memory.context", show_context},
    {"conversation.search", show_search},
    {"conversation.window", show_window},
    {"import", show_import},
};

void show_answer(const struct show *show, const struct json *answer)
{
    bool has_seq = json_get(answer, "seq") != NULL;
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        if (strcmp(show->operation->name, looks[i].operation) == 0) {
            looks[i].show(show, answer);
            show_degraded(show, answer);
            if (looks[i].show != show_context && is_nothing(answer)) {
                note(show, "nothing found");
            }
            return;
        }
    }
    if (json_get(answer, "status") != NULL && has_seq) {
        show_write(show, answer);
    } else if (json_get(answer, "items") != NULL && has_seq) {
        show_batch(show, answer);
    } else if (json_get(answer, "items") != NULL || json_get(answer, "map") != NULL) {
        show_page(show, answer);
        if (is_nothing(answer)) {
            note(show, "nothing found");
        }
    } else {
        const char *name = value_member_text(answer, "kind");
        show_card(show, name ? kind_find(name) : NULL, answer);
    }
}
