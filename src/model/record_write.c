/*
 * Records as JSON, and what JSON Schema says of them.
 */
#include "model/record.h"

#include <string.h>

static bool is_shown(const struct field *field, enum record_view view)
{
    unsigned hidden = FIELD_INTERNAL;
    if (view != VIEW_FULL) hidden |= FIELD_DERIVED | FIELD_LOCAL | FIELD_SECRET;
    if (field->flags & hidden) return false;
    return view != VIEW_STATE || (field->flags & FIELD_STATE);
}

static void write_list(struct json_writer *writer, const char *name, struct list list)
{
    json_begin_array(writer, name);
    for (size_t i = 0; i < list.count; i++) json_write_text(writer, NULL, list.items[i]);
    json_end_array(writer);
}

void field_write_json(const struct kind *kind, const void *record, size_t i, const char *name,
                      struct json_writer *writer)
{
    if (!field_present(record, i)) {
        json_write_null(writer, name);
        return;
    }
    switch (kind->fields[i].type) {
    case FIELD_TEXT: json_write_text(writer, name, field_text(kind, record, i)); break;
    case FIELD_INTEGER: json_write_integer(writer, name, field_integer(kind, record, i)); break;
    case FIELD_REAL: json_write_real(writer, name, field_real(kind, record, i)); break;
    case FIELD_BOOLEAN: json_write_boolean(writer, name, field_boolean(kind, record, i)); break;
    case FIELD_TIME: json_write_time(writer, name, field_integer(kind, record, i)); break;
    case FIELD_JSON: json_write_raw(writer, name, field_text(kind, record, i)); break;
    case FIELD_LIST: write_list(writer, name, field_list(kind, record, i)); break;
    case FIELD_BYTES: json_write_null(writer, name); break;
    }
}

void record_write_members(const struct kind *kind, const void *record, enum record_view view,
                          struct json_writer *writer)
{
    for (size_t i = 0; i < kind->field_count; i++)
        if (field_present(record, i) && is_shown(&kind->fields[i], view))
            field_write_json(kind, record, i, kind->fields[i].name, writer);
}

void record_write_json(const struct kind *kind, const void *record, enum record_view view,
                       const char *name, struct json_writer *writer)
{
    json_begin_object(writer, name);
    record_write_members(kind, record, view, writer);
    json_end_object(writer);
}

const char *record_to_json(const struct kind *kind, const void *record, enum record_view view,
                           struct arena *arena)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_RESULT_BYTES); // no record comes near it
    struct json_writer writer;
    json_writer_init(&writer, &text);
    record_write_json(kind, record, view, NULL, &writer);
    if (strbuf_code(&text) != MNEME_OK) arena->failed = true;
    const char *copy = arena_text_n(arena, text.text, text.length);
    strbuf_clear(&text);
    return copy;
}

enum mneme_code record_from_json(const struct kind *kind, void *record, const char *text,
                                 struct arena *arena, struct mneme_error *err)
{
    struct json *json;
    enum mneme_code code = json_parse(text, strlen(text), LIMIT_RESULT_BYTES, &json, err);
    if (code != MNEME_OK) return code;
    struct fault_list faults;
    fault_list_init(&faults, arena);
    code = record_read_json(kind, record, json, RECORD_EXACT, NULL, "", &faults, err);
    json_free(json);
    return code;
}

// --- JSON Schema --------------------------------------------------------------------------------

static const char *schema_type(const struct field *field)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_TIME: return "string";
    case FIELD_INTEGER: return "integer";
    case FIELD_REAL: return "number";
    case FIELD_BOOLEAN: return "boolean";
    case FIELD_LIST: return "array";
    case FIELD_JSON: return field->flags & FIELD_OBJECT ? "object" : NULL;
    case FIELD_BYTES: return NULL;
    }
    return NULL;
}

static void write_type(struct json_writer *writer, const struct field *field, bool is_nullable)
{
    const char *type = schema_type(field);
    if (!type) return; // any value
    if (!is_nullable) {
        json_write_text(writer, "type", type);
        return;
    }
    json_begin_array(writer, "type");
    json_write_text(writer, NULL, type);
    json_write_text(writer, NULL, "null");
    json_end_array(writer);
}

static void write_lengths(struct json_writer *writer, double min, double max)
{
    if (min > 0) json_write_integer(writer, "minLength", (int64_t)min);
    if (max > 0) json_write_integer(writer, "maxLength", (int64_t)max);
}

static void write_bound(struct json_writer *writer, const struct field *field, const char *name,
                        double bound)
{
    if (field->type == FIELD_INTEGER)
        json_write_integer(writer, name, (int64_t)bound);
    else
        json_write_real(writer, name, bound);
}

static void write_items(struct json_writer *writer, const struct field *field)
{
    if (field->max > 0) json_write_integer(writer, "maxItems", (int64_t)field->max);
    json_begin_object(writer, "items");
    json_write_text(writer, "type", "string");
    write_lengths(writer, 1, (double)field->item_max);
    json_end_object(writer);
}

static void write_rules(struct json_writer *writer, const struct field *field, bool is_nullable)
{
    if (field->type == FIELD_TEXT) {
        if (field->flags & FIELD_UUID) json_write_text(writer, "format", "uuid");
        write_lengths(writer, field->min, field->max);
    } else if (field->type == FIELD_TIME) {
        json_write_text(writer, "format", "date-time");
    } else if (field->type == FIELD_LIST) {
        write_items(writer, field);
    } else if ((field->type == FIELD_INTEGER || field->type == FIELD_REAL) &&
               (field->min != 0 || field->max != 0)) {
        write_bound(writer, field, "minimum", field->min);
        write_bound(writer, field, "maximum", field->max);
    }
    if (!field->choices) return;
    json_begin_array(writer, "enum");
    for (const char *const *choice = field->choices; *choice; choice++)
        json_write_text(writer, NULL, *choice);
    if (is_nullable) json_write_null(writer, NULL);
    json_end_array(writer);
}

enum schema_use { SCHEMA_RECORD, SCHEMA_INPUT, SCHEMA_ARGUMENT };

static void write_schema(const struct field *field, enum schema_use use, const char *name,
                         struct json_writer *writer)
{
    bool as_input = use != SCHEMA_RECORD;
    bool is_nullable = use == SCHEMA_INPUT && !(field->flags & FIELD_REQUIRED);
    json_begin_object(writer, name);
    write_type(writer, field, is_nullable);
    write_rules(writer, field, is_nullable);
    if (as_input && field->fallback) {
        if (field->type == FIELD_TEXT)
            json_write_text(writer, "default", field->fallback);
        else
            json_write_raw(writer, "default", field->fallback);
    }
    json_write_text(writer, "description", field->doc);
    if (!as_input && (field->flags & FIELD_READ_ONLY)) json_write_boolean(writer, "readOnly", true);
    json_end_object(writer);
}

void field_write_schema(const struct field *field, const char *name, struct json_writer *writer)
{
    write_schema(field, SCHEMA_INPUT, name, writer);
}

void field_write_argument_schema(const struct field *field, const char *name,
                                 struct json_writer *writer)
{
    write_schema(field, SCHEMA_ARGUMENT, name, writer);
}

void field_write_answer_schema(const struct field *field, const char *name,
                               struct json_writer *writer)
{
    write_schema(field, SCHEMA_RECORD, name, writer);
}

static bool is_in_schema(const struct field *field, bool as_input)
{
    return is_shown(field, VIEW_FULL) && !(as_input && (field->flags & FIELD_READ_ONLY));
}

void record_write_schema(const struct kind *kind, bool as_input, const char *name,
                         struct json_writer *writer)
{
    json_begin_object(writer, name);
    json_write_text(writer, "type", "object");
    json_write_text(writer, "description", kind->doc);
    json_begin_object(writer, "properties");
    for (size_t i = 0; i < kind->field_count; i++)
        if (is_in_schema(&kind->fields[i], as_input))
            write_schema(&kind->fields[i], as_input ? SCHEMA_INPUT : SCHEMA_RECORD,
                         kind->fields[i].name, writer);
    json_end_object(writer);
    json_begin_array(writer, "required");
    unsigned needed = as_input ? FIELD_REQUIRED : FIELD_STORED;
    for (size_t i = 0; i < kind->field_count; i++)
        if (is_in_schema(&kind->fields[i], as_input) && (kind->fields[i].flags & needed))
            json_write_text(writer, NULL, kind->fields[i].name);
    json_end_array(writer);
    if (as_input) json_write_boolean(writer, "additionalProperties", false);
    json_end_object(writer);
}
