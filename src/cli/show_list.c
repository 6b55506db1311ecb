#include "cli/show.h"
#include "cli/table.h"
#include "cli/value.h"

#include <string.h>

/* A column shows the first of its places that holds something. */
struct list_column {
    const char *heading;
    const char *places[7]; /* JSON Pointers into an item */
    bool is_number;
    bool hides_default; /* only what is unusual is shown */
};

/* clang-format off: one column a line */
static const struct list_column memory_columns[] = {
    {.heading = "id", .places = {"/id"}},
    {.heading = "namespace", .places = {"/namespace"}, .hides_default = true},
    {.heading = "key", .places = {"/key"}},
    {.heading = "type", .places = {"/type"}},
    {.heading = "when", .places = {"/event_at", "/created_at"}},
    {.heading = "forgotten", .places = {"/deleted_at"}},
    {.heading = "content", .places = {"/content"}},
    {.heading = NULL}};
static const struct list_column conversation_columns[] = {
    {.heading = "id", .places = {"/id"}},
    {.heading = "when", .places = {"/started_at", "/created_at"}},
    {.heading = "messages", .places = {"/message_count"}, .is_number = true},
    {.heading = "active", .places = {"/is_active"}, .hides_default = true},
    {.heading = "forgotten", .places = {"/deleted_at"}},
    {.heading = "title", .places = {"/title"}},
    {.heading = NULL}};
static const struct list_column message_columns[] = {
    {.heading = "id", .places = {"/id"}},
    {.heading = "when", .places = {"/event_at", "/created_at"}},
    {.heading = "forgotten", .places = {"/deleted_at"}},
    {.heading = "speaker", .places = {"/speaker", "/role"}},
    {.heading = "content", .places = {"/content"}},
    {.heading = NULL}};
static const struct list_column summary_columns[] = {
    {.heading = "id", .places = {"/id"}},
    {.heading = "level", .places = {"/level"}},
    {.heading = "from", .places = {"/message_range_start"}, .is_number = true},
    {.heading = "to", .places = {"/message_range_end"}, .is_number = true},
    {.heading = "stale", .places = {"/stale"}, .hides_default = true},
    {.heading = "forgotten", .places = {"/deleted_at"}},
    {.heading = "summary", .places = {"/summary_text"}},
    {.heading = NULL}};
static const struct list_column character_columns[] = {
    {.heading = "id", .places = {"/id"}},
    {.heading = "last seen", .places = {"/last_seen"}},
    {.heading = "active", .places = {"/is_active"}, .hides_default = true},
    {.heading = "mood", .places = {"/current_mood"}},
    {.heading = "where", .places = {"/current_location"}},
    {.heading = "forgotten", .places = {"/deleted_at"}},
    {.heading = "name", .places = {"/name"}},
    {.heading = "description", .places = {"/description"}},
    {.heading = NULL}};
static const struct list_column prop_columns[] = {
    {.heading = "id", .places = {"/id"}},
    {.heading = "uses", .places = {"/usage_count"}, .is_number = true},
    {.heading = "favourite", .places = {"/is_favorite"}, .hides_default = true},
    {.heading = "category", .places = {"/category"}},
    {.heading = "rarity", .places = {"/rarity"}, .hides_default = true},
    {.heading = "tags", .places = {"/tags"}},
    {.heading = "forgotten", .places = {"/deleted_at"}},
    {.heading = "name", .places = {"/name"}},
    {.heading = "description", .places = {"/description"}},
    {.heading = NULL}};
static const struct list_column agent_columns[] = {
    {.heading = "id", .places = {"/id"}},
    {.heading = "name", .places = {"/name"}},
    {.heading = "enabled", .places = {"/enabled"}, .hides_default = true},
    {.heading = "provider", .places = {"/llm_provider"}},
    {.heading = "forgotten", .places = {"/deleted_at"}},
    {.heading = "display name", .places = {"/display_name"}},
    {.heading = NULL}};
static const struct list_column preference_columns[] = {
    {.heading = "key", .places = {"/key"}},
    {.heading = "category", .places = {"/category"}, .hides_default = true},
    {.heading = "by", .places = {"/origin"}},
    {.heading = "forgotten", .places = {"/deleted_at"}},
    {.heading = "value", .places = {"/value"}},
    {.heading = NULL}};
static const struct list_column cluster_columns[] = {
    {.heading = "id", .places = {"/id"}},
    {.heading = "importance", .places = {"/importance_score"}, .is_number = true},
    {.heading = "topics", .places = {"/topics"}},
    {.heading = "forgotten", .places = {"/deleted_at"}},
    {.heading = "name", .places = {"/name"}},
    {.heading = NULL}};
static const struct list_column pattern_columns[] = {
    {.heading = "id", .places = {"/id"}},
    {.heading = "type", .places = {"/pattern_type"}},
    {.heading = "seen", .places = {"/frequency"}, .is_number = true},
    {.heading = "forgotten", .places = {"/deleted_at"}},
    {.heading = "description", .places = {"/description"}},
    {.heading = NULL}};
static const struct list_column proposal_columns[] = {
    {.heading = "id", .places = {"/id"}},
    {.heading = "action", .places = {"/action"}},
    {.heading = "memory", .places = {"/memory_id"}},
    {.heading = "other", .places = {"/other_id"}},
    {.heading = "state", .places = {"/state"}},
    {.heading = "reason", .places = {"/reason"}},
    {.heading = NULL}};
static const struct list_column link_columns[] = {
    {.heading = "id", .places = {"/id"}},
    {.heading = "from", .places = {"/from"}},
    {.heading = "relation", .places = {"/relation"}},
    {.heading = "to", .places = {"/to"}},
    {.heading = "weight", .places = {"/weight"}, .is_number = true},
    {.heading = NULL}};
static const struct list_column evidence_columns[] = {
    {.heading = "id", .places = {"/id"}},
    {.heading = "when", .places = {"/at"}},
    {.heading = "by", .places = {"/origin"}},
    {.heading = "principal", .places = {"/principal"}},
    {.heading = "source", .places = {"/source_id"}},
    {.heading = NULL}};
static const struct list_column history_columns[] = {
    {.heading = "version", .places = {"/version"}, .is_number = true},
    {.heading = "when", .places = {"/at"}},
    {.heading = "operation", .places = {"/operation"}},
    {.heading = "by", .places = {"/origin"}},
    {.heading = "change set", .places = {"/change_set"}},
    {.heading = "before",
     .places = {"/before/content", "/before/title", "/before/summary_text", "/before/value",
                "/before/description", "/before/name"}},
    {.heading = NULL}};
/* clang-format on */

static const struct {
    const struct kind *kind;
    const struct list_column *columns;
} looks[] = {{&kind_memory, memory_columns},       {&kind_conversation, conversation_columns},
             {&kind_message, message_columns},     {&kind_summary, summary_columns},
             {&kind_character, character_columns}, {&kind_prop, prop_columns},
             {&kind_agent, agent_columns},         {&kind_preference, preference_columns},
             {&kind_cluster, cluster_columns},     {&kind_pattern, pattern_columns},
             {&kind_proposal, proposal_columns},   {&kind_link, link_columns},
             {&kind_evidence, evidence_columns}};

static const struct kind *kind_of(const struct json *item)
{
    const char *name = value_member_text(item, "kind");
    return name ? kind_find(name) : NULL;
}

static const struct list_column *columns_of(const struct show *show, const struct kind *kind)
{
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        if (kind == looks[i].kind) {
            return looks[i].columns;
        }
    }
    const char *verb = strrchr(show->operation->name, '.');
    return verb != NULL && strcmp(verb, ".history") == 0 ? history_columns : NULL;
}

static const char *cell_text(const struct show *show, const struct kind *kind,
                             const struct list_column *column, const struct json *item)
{
    for (size_t i = 0; i < sizeof column->places / sizeof *column->places; i++) {
        const char *place = column->places[i];
        const struct json *value = place ? json_pointer(item, place) : NULL;
        if (value == NULL || json_type_of(value) == JSON_TYPE_NULL) {
            continue;
        }
        const char *name = strrchr(place, '/') + 1;
        const struct field *field = value_field(kind, name);
        return column->hides_default && value_is_default(field, value)
                   ? NULL
                   : value_text(show->arena, field, name, value, VALUE_TIME_SHORT);
    }
    return NULL;
}

static void show_columns(const struct show *show, const struct kind *kind,
                         const struct list_column *columns, const struct json *items)
{
    struct table table;
    struct table_column headings[TABLE_COLUMNS_MAX];
    size_t count = 0;
    for (; columns[count].heading != NULL; count++) {
        headings[count] = (struct table_column){.heading = columns[count].heading,
                                                .is_number = columns[count].is_number};
    }
    table_init(&table, show->arena, headings, count);
    for (size_t i = 0; i < json_count(items); i++) {
        const struct json *item = json_at(items, i);
        const char **cells = table_add_row(&table);
        for (size_t j = 0; j < count && cells != NULL; j++) {
            cells[j] = cell_text(show, kind, &columns[j], item);
        }
    }
    table_print(&table, show->page);
}

static bool is_listed(const struct table_column *headings, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(headings[i].heading, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Items of no known kind: a column for each member that any of them has. */
static void show_members(const struct show *show, const struct json *items)
{
    struct table table;
    struct table_column headings[TABLE_COLUMNS_MAX];
    size_t count = 0;
    const char *name;
    const struct json *value;
    for (size_t i = 0; i < json_count(items); i++) {
        void *at = NULL;
        while (count < TABLE_COLUMNS_MAX && json_each(json_at(items, i), &at, &name, &value)) {
            if (!is_listed(headings, count, name)) {
                enum json_type type = json_type_of(value);
                bool is_number = type == JSON_TYPE_INTEGER || type == JSON_TYPE_REAL;
                headings[count++] = (struct table_column){.heading = name, .is_number = is_number};
            }
        }
    }
    if (count == 0) {
        return;
    }
    table_init(&table, show->arena, headings, count);
    for (size_t i = 0; i < json_count(items); i++) {
        const char **cells = table_add_row(&table);
        for (size_t j = 0; j < count && cells != NULL; j++) {
            name = headings[j].heading;
            cells[j] = value_text(show->arena, NULL, name, json_get(json_at(items, i), name),
                                  VALUE_TIME_SHORT);
        }
    }
    table_print(&table, show->page);
}

void show_list(const struct show *show, const struct kind *kind, const struct json *items)
{
    if (kind == NULL && json_count(items) > 0) {
        kind = kind_of(json_at(items, 0));
    }
    const struct list_column *columns = columns_of(show, kind);
    if (columns != NULL) {
        show_columns(show, kind, columns, items);
    } else {
        show_members(show, items);
    }
}

void show_map(const struct show *show, const struct json *map)
{
    static const struct table_column headings[] = {{.heading = "key", .is_strong = true},
                                                   {.heading = "content"}};
    struct table table;
    void *at = NULL;
    const char *name;
    const struct json *value;
    table_init(&table, show->arena, headings, 2);
    while (json_each(map, &at, &name, &value)) {
        const char **cells = table_add_row(&table);
        if (cells != NULL) {
            cells[0] = name;
            cells[1] = value_text(show->arena, NULL, name, value, VALUE_TIME_SHORT);
        }
    }
    table_print(&table, show->page);
}
