/* What all field tables promise, and that they agree with the schema of the database. */
#include "model/records.h"

#include "gen/sql.h"
#include "support/records.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* All fields of all kinds; begins with *kind = NULL. */
static bool next_field(const struct kind **kind, const struct field **field)
{
    if (*kind && ++*field < (*kind)->fields + (*kind)->field_count) return true;
    size_t k = 0;
    while (*kind && kind_at(k) != *kind) k++;
    *kind = kind_at(*kind ? k + 1 : 0);
    if (*kind) *field = (*kind)->fields;
    return *kind;
}

Test(records, kinds_are_found_by_number_and_by_name)
{
    size_t count = 0;
    for (; kind_at(count); count++) cr_assert_eq(kind_find(kind_at(count)->name), kind_at(count));
    cr_assert_eq(count, 16);
    cr_assert_null(kind_at(SIZE_MAX));
    cr_assert_null(kind_find("memories"));
    cr_assert_null(kind_find(""));
}

Test(records, fit_a_bit_for_each_field_and_a_room_for_each_value)
{
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++) {
        cr_assert_leq(kind->field_count, 64);
        size_t end = sizeof(struct record_head);
        for (size_t i = 0; i < kind->field_count; i++) {
            cr_assert_geq(kind->fields[i].offset, end, "%s.%s lies in another or out of order",
                          kind->name, kind->fields[i].name);
            end = kind->fields[i].offset + 1;
        }
        cr_assert_leq(end, kind->size);
        cr_assert_leq(kind->size, sizeof(union any_record));
    }
}

Test(records, fields_have_a_name_of_their_own_and_a_line_of_documentation)
{
    const struct kind *kind = NULL;
    const struct field *field;
    while (next_field(&kind, &field)) {
        cr_assert_not_null(field->name);
        cr_assert_eq(field_find(kind, field->name), (size_t)(field - kind->fields), "%s.%s twice",
                     kind->name, field->name);
        cr_assert_not_null(field->doc, "%s.%s", kind->name, field->name);
        cr_assert_eq(field->doc[strlen(field->doc) - 1], '.', "%s.%s", kind->name, field->name);
        cr_assert_null(strchr(field->doc, '\n'));
    }
}

Test(records, numbers_of_fields_name_what_they_say)
{
    static const struct {
        const struct kind *kind;
        size_t field;
        const char *name;
    } expected[] = {
        {&kind_memory, COMMON_HLC_NODE, "hlc_node"},
        {&kind_message, COMMON_METADATA, "metadata"},
        {&kind_memory, MEMORY_NAMESPACE, "namespace"},
        {&kind_memory, MEMORY_CONTENT, "content"},
        {&kind_memory, MEMORY_CONTENT_HASH, "content_hash"},
        {&kind_conversation, CONVERSATION_TITLE, "title"},
        {&kind_conversation, CONVERSATION_MESSAGE_COUNT, "message_count"},
        {&kind_message, MESSAGE_CONVERSATION_ID, "conversation_id"},
        {&kind_message, MESSAGE_CONTENT, "content"},
        {&kind_message, MESSAGE_TERMS, "terms"},
        {&kind_link, LINK_FROM, "from"},
        {&kind_link, LINK_WEIGHT, "weight"},
        {&kind_evidence, EVIDENCE_AT, "at"},
        {&kind_user, USER_METADATA, "metadata"},
        {&kind_change_set, CHANGE_SET_IS_BARRIER, "is_barrier"},
        {&kind_history, HISTORY_BEFORE, "before"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_assert_str_eq(expected[i].kind->fields[expected[i].field].name, expected[i].name);
}

Test(records, common_fields_are_the_same_in_every_versioned_kind)
{
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++)
        for (size_t i = 0; kind->is_versioned && i < COMMON_COUNT; i++) {
            cr_assert_str_eq(kind->fields[i].name, kind_memory.fields[i].name);
            cr_assert_eq(kind->fields[i].offset, kind_memory.fields[i].offset);
            cr_assert_eq(kind->fields[i].flags, kind_memory.fields[i].flags);
        }
}

Test(records, flags_do_not_contradict_each_other)
{
    const struct kind *kind = NULL;
    const struct field *field;
    while (next_field(&kind, &field)) {
        const char *name = field->name;
        unsigned flags = field->flags;
        cr_assert(!field->fallback || (flags & FIELD_STORED), "%s.%s", kind->name, name);
        cr_assert(!(flags & FIELD_REQUIRED) || (flags & FIELD_STORED), "%s.%s", kind->name, name);
        cr_assert(!(flags & FIELD_REQUIRED) || !field->fallback, "%s.%s", kind->name, name);
        cr_assert(!(flags & FIELD_REQUIRED) || !(flags & FIELD_READ_ONLY), "%s.%s", kind->name,
                  name);
        cr_assert(!(flags & FIELD_FIXED) || !(flags & FIELD_READ_ONLY), "%s.%s", kind->name, name);
        cr_assert(!(flags & FIELD_INTERNAL) ||
                      !(flags & (FIELD_FILTER | FIELD_STATE | FIELD_RECALLED)),
                  "%s.%s", kind->name, name);
        cr_assert(!(flags & FIELD_LOCAL) || !(flags & FIELD_STATE), "%s.%s", kind->name, name);
        cr_assert(!(flags & FIELD_UUID) || field->type == FIELD_TEXT, "%s.%s", kind->name, name);
        cr_assert(!(flags & FIELD_OBJECT) || field->type == FIELD_JSON, "%s.%s", kind->name, name);
        cr_assert(field->type != FIELD_BYTES || (flags & FIELD_INTERNAL), "%s.%s", kind->name,
                  name);
        cr_assert(!(flags & FIELD_DERIVED) || (flags & FIELD_READ_ONLY), "%s.%s", kind->name, name);
    }
}

/* The validator could not bound what has no bound, and a caller's text without one would be a way to fill a disk. */
Test(records, every_text_that_a_caller_gives_has_a_bound)
{
    const struct kind *kind = NULL;
    const struct field *field;
    while (next_field(&kind, &field)) {
        if (field->flags & (FIELD_READ_ONLY | FIELD_UUID) || field->choices) continue;
        if (field->type == FIELD_TEXT || field->type == FIELD_JSON || field->type == FIELD_LIST)
            cr_assert_gt(field->max, 0, "%s.%s", kind->name, field->name);
        if (field->type == FIELD_LIST) cr_assert_gt(field->item_max, 0);
    }
}

Test(records, defaults_are_among_the_choices)
{
    const struct kind *kind = NULL;
    const struct field *field;
    while (next_field(&kind, &field)) {
        if (!field->choices || !field->fallback) continue;
        const char *const *choice = field->choices;
        while (*choice && strcmp(*choice, field->fallback) != 0) choice++;
        cr_assert_not_null(*choice, "%s.%s", kind->name, field->name);
    }
}

/* One filter is parsed for several kinds. */
Test(records, fields_of_one_name_that_filters_ask_have_one_type)
{
    const struct kind *kind = NULL, *other;
    const struct field *field;
    while (next_field(&kind, &field)) {
        if (!(field->flags & FIELD_FILTER)) continue;
        for (size_t k = 0; (other = kind_at(k)); k++) {
            size_t i = field_find(other, field->name);
            if (i == FIELD_NONE || !(other->fields[i].flags & FIELD_FILTER)) continue;
            cr_assert_eq(other->fields[i].type, field->type, "%s", field->name);
            cr_assert_eq(other->fields[i].flags & (FIELD_UUID | FIELD_NAME),
                         field->flags & (FIELD_UUID | FIELD_NAME), "%s", field->name);
        }
    }
}

static const char *sql_type(const struct field *field)
{
    switch (field->type) {
    case FIELD_TEXT: return field->flags & FIELD_UUID ? "BLOB" : "TEXT";
    case FIELD_JSON:
    case FIELD_LIST: return "TEXT";
    case FIELD_REAL: return "REAL";
    case FIELD_BYTES: return "BLOB";
    case FIELD_INTEGER:
    case FIELD_TIME:
    case FIELD_BOOLEAN: return "INTEGER";
    }
    return "";
}

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

/* The lines of a kind's columns: of its CREATE TABLE, then of each ADD COLUMN. */
static size_t find_columns(const struct kind *kind, const char *out[64])
{
    char create[80], add[80];
    snprintf(create, sizeof create, "CREATE TABLE %s (", kind->name);
    snprintf(add, sizeof add, "ALTER TABLE %s ADD COLUMN ", kind->name);
    size_t count = 0;
    bool is_inside = false;
    for (size_t m = 0; m < sql_migration_count; m++) {
        for (const char *line = sql_migrations[m].text; *line; line = next_line(line)) {
            cr_assert_lt(count, 64);
            is_inside = begins_with(line, create) || (is_inside && line[0] != ')');
            if (is_inside && begins_with(line, "    ") && line[4] >= 'a') out[count++] = line + 4;
            if (begins_with(line, add)) out[count++] = line + strlen(add);
        }
    }
    return count;
}

static void compare_column(const struct kind *kind, const struct field *field, const char *line)
{
    char column[64], type[64];
    cr_assert_eq(sscanf(line, "%63s %63[A-Z]", column, type), 2, "%s", kind->name);
    cr_assert_str_eq(column, field->column ? field->column : field->name, "%s", kind->name);
    cr_assert_str_eq(type, sql_type(field), "%s.%s", kind->name, column);
    const char *not_null = strstr(line, "NOT NULL");
    cr_assert_eq(not_null && not_null < next_line(line), (field->flags & FIELD_STORED) != 0,
                 "%s.%s", kind->name, column);
}

Test(records, fields_are_the_columns_of_the_schema_in_order_and_type)
{
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++) {
        const char *columns[64];
        size_t count = find_columns(kind, columns), at = 0;
        for (size_t i = 0; i < kind->field_count; i++) {
            if (kind->fields[i].flags & FIELD_DERIVED) continue;
            cr_assert_lt(at, count, "no column for %s.%s", kind->name, kind->fields[i].name);
            compare_column(kind, &kind->fields[i], columns[at++]);
        }
        cr_assert_eq(at, count, "%s has columns that no field describes", kind->name);
    }
}

Test(records, generated_statements_name_all_columns)
{
    cr_assert_str_eq(sql_queries[SQL_LINK_GET].text,
                     "SELECT id, user_id, created_at, metadata, deleted_at, change_seq, hlc, "
                     "hlc_node, from_kind, from_id, to_kind, to_id, relation, weight\n"
                     "FROM link\nWHERE user_id = ?1 AND id = ?2\n");
    cr_assert_str_eq(sql_queries[SQL_HISTORY_INSERT].text,
                     "INSERT INTO history (user_id, record_id, record_kind, version, "
                     "change_set_id, at, before)\nVALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)\n");
    cr_assert_str_eq(sql_queries[SQL_USER_UPDATE].text,
                     "UPDATE user\nSET name = ?2, created_at = ?3, change_seq = ?4, "
                     "metadata = ?5\nWHERE id = ?1\n");
    cr_assert(sql_queries[SQL_LINK_INSERT].is_write && !sql_queries[SQL_LINK_GET].is_write);
    cr_assert_str_eq(sql_queries[SQL_LINK_GET].plan, "link");
    cr_assert(!sql_queries[SQL_LINK_GET].is_store && !sql_queries[SQL_LINK_INSERT].plan);
    cr_assert(sql_queries[SQL_USER_GET].is_store && sql_queries[SQL_USER_INSERT].is_store);
    cr_assert_eq(SQL_LINK_COLUMNS, kind_link.field_count);
    cr_assert_eq(SQL_CONVERSATION_COLUMNS, kind_conversation.field_count - 1);
}
