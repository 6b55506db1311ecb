#include "cli/show.h"
#include "cli/table.h"
#include "cli/value.h"

#include <string.h>

#define INDENT 2

static const struct table_column card_columns[] = {{.heading = NULL}, {.heading = NULL}};

static bool is_among(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(*names, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What stands in the first line, and the texts below it. */
static const char *const head_names[] = {"kind", "id", NULL};
static const char *const body_names[] = {"title",        "content",     "summary",    "name",
                                         "summary_text", "description", "background", NULL};

static bool holds_objects(const struct json *value)
{
    void *at = NULL;
    const char *name;
    const struct json *first = NULL;
    if (json_type_of(value) == JSON_TYPE_ARRAY && json_count(value) > 0) {
        first = json_at(value, 0);
    } else if (json_type_of(value) != JSON_TYPE_OBJECT || !json_each(value, &at, &name, &first)) {
        return false;
    }
    return json_type_of(first) == JSON_TYPE_OBJECT;
}

/* Shown in a block of its own? Free JSON that a caller gave is not looked into. */
static bool is_block(const struct field *field, const struct json *value)
{
    return field == NULL && (json_type_of(value) == JSON_TYPE_OBJECT || holds_objects(value));
}

static void init_table(const struct show *show, size_t indent, struct table *table)
{
    table_init(table, show->arena, card_columns, 2);
    table->indent = indent;
    table->is_whole = true;
}

static void add_row(struct table *table, const char *name, const char *value)
{
    const char **cells = value ? table_add_row(table) : NULL;
    if (cells != NULL) {
        cells[0] = *name != '\0' ? name : "(none)";
        cells[1] = value;
    }
}

/* The record's own fields, or (is_kept) what the engine keeps about it. */
static void add_fields(const struct show *show, const struct kind *kind, const struct json *object,
                       bool is_kept, struct table *table)
{
    void *at = NULL;
    const char *name;
    const struct json *value;
    while (json_each(object, &at, &name, &value)) {
        const struct field *field = value_field(kind, name);
        bool is_elsewhere =
            kind != NULL && (is_among(name, head_names) || is_among(name, body_names));
        bool is_of_engine = field != NULL && (field->flags & FIELD_READ_ONLY);
        if (!is_elsewhere && is_of_engine == is_kept && !is_block(field, value)) {
            add_row(table, name, value_text(show->arena, field, name, value, VALUE_TIME_FULL));
        }
    }
}

static void show_pairs(const struct show *show, const struct json *object)
{
    struct table table;
    void *at = NULL;
    const char *name;
    const struct json *value;
    init_table(show, INDENT, &table);
    while (json_each(object, &at, &name, &value)) {
        add_row(&table, name, value_text(show->arena, NULL, name, value, VALUE_TIME_FULL));
    }
    table_print(&table, show->page);
}

/* {name: {...}, ...}: a row for each, a column for each member of the first. */
static void show_groups(const struct show *show, const struct json *object)
{
    struct table_column columns[TABLE_COLUMNS_MAX] = {{.heading = ""}};
    struct table table;
    size_t count = 1;
    void *at = NULL, *inner = NULL;
    const char *name;
    const struct json *first, *value;
    (void)json_each(object, &at, &name, &first);
    while (count < TABLE_COLUMNS_MAX && json_each(first, &inner, &name, &value)) {
        columns[count++] = (struct table_column){.heading = name, .is_number = true};
    }
    table_init(&table, show->arena, columns, count);
    table.indent = INDENT;
    at = NULL;
    while (json_each(object, &at, &name, &value)) {
        const char **cells = table_add_row(&table);
        for (size_t i = 1; i < count && cells != NULL; i++) {
            const char *member = columns[i].heading;
            cells[0] = name;
            cells[i] =
                value_text(show->arena, NULL, member, json_get(value, member), VALUE_TIME_FULL);
        }
    }
    table_print(&table, show->page);
}

static void show_blocks(const struct show *show, const struct kind *kind, const struct json *object)
{
    void *at = NULL;
    const char *name;
    const struct json *value;
    while (json_each(object, &at, &name, &value)) {
        if (!is_block(value_field(kind, name), value) || json_count(value) == 0) {
            continue;
        }
        page_end_line(show->page);
        page_add(show->page, STYLE_STRONG, name);
        page_end_line(show->page);
        if (json_type_of(value) == JSON_TYPE_ARRAY) {
            show_list(show, kind_find(name), value);
        } else if (holds_objects(value)) {
            show_groups(show, value);
        } else {
            show_pairs(show, value);
        }
    }
}

void show_card(const struct show *show, const struct kind *kind, const struct json *object)
{
    struct table table;
    const char *id = value_member_text(object, "id");
    if (kind != NULL) {
        page_add(show->page, STYLE_STRONG, kind->name);
        page_add(show->page, STYLE_PLAIN, " ");
        page_add(show->page, STYLE_FAINT, id ? id : "");
        page_end_line(show->page);
        for (size_t i = 0; body_names[i] != NULL; i++) {
            const char *text = value_member_text(object, body_names[i]);
            if (text != NULL) {
                page_wrap(show->page, i == 0 ? STYLE_STRONG : STYLE_PLAIN, INDENT, text);
            }
        }
        page_end_line(show->page);
    }
    init_table(show, kind ? INDENT : 0, &table);
    add_fields(show, kind, object, false, &table);
    add_fields(show, kind, object, true, &table);
    table_print(&table, show->page);
    show_blocks(show, kind, object);
}
