#include "api/shape.h"

#include "base/timestamp.h"

#include <string.h>

static const struct {
    const char *type, *format;
} types[] = {
    [SHAPE_TEXT] = {"string", NULL},
    [SHAPE_ID] = {"string", "uuid"},
    [SHAPE_TIME] = {"string", "date-time"},
    [SHAPE_INTEGER] = {"integer", NULL},
    [SHAPE_REAL] = {"number", NULL},
    [SHAPE_BOOLEAN] = {"boolean", NULL},
    [SHAPE_ANY] = {NULL, NULL},
    [SHAPE_OBJECT] = {"object", NULL},
};

// --- JSON Schema -----------------------------------------------------------------------------

static void write_reference(const char *prefix, const char *name, struct json_writer *writer)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_JSON_BYTES);
    strbuf_printf(&text, "%s%s", prefix, name);
    json_write_text(writer, "$ref", strbuf_code(&text) == MNEME_OK ? text.text : "");
    strbuf_clear(&text);
}

static void write_type(const struct shape_member *member, bool is_nullable,
                       struct json_writer *writer)
{
    if (member->type == SHAPE_ANY) {
        return;
    }
    if (is_nullable) {
        json_begin_array(writer, "type");
        json_write_text(writer, NULL, types[member->type].type);
        json_write_text(writer, NULL, "null");
        json_end_array(writer);
    } else {
        json_write_text(writer, "type", types[member->type].type);
    }
    if (types[member->type].format != NULL) {
        json_write_text(writer, "format", types[member->type].format);
    }
    if (member->choices != NULL) {
        json_begin_array(writer, "enum");
        for (const char *const *choice = member->choices; *choice != NULL; choice++) {
            json_write_text(writer, NULL, *choice);
        }
        if (is_nullable) {
            json_write_null(writer, NULL);
        }
        json_end_array(writer);
    }
}

static void write_inside(const struct shape *shape, const char *prefix, struct json_writer *writer);

/* One value, lists and maps taken off. */
static void write_value(const struct shape_member *member, bool is_nullable, const char *prefix,
                        struct json_writer *writer)
{
    if (member->shape == NULL) {
        write_type(member, is_nullable, writer);
        return;
    }
    if (is_nullable) {
        json_begin_array(writer, "anyOf");
        shape_write_reference(member->shape, prefix, NULL, writer);
        json_begin_object(writer, NULL);
        json_write_text(writer, "type", "null");
        json_end_object(writer);
        json_end_array(writer);
    } else {
        write_inside(member->shape, prefix, writer);
    }
}

static void write_member(const struct shape_member *member, const char *prefix,
                         struct json_writer *writer)
{
    bool is_list = member->flags & SHAPE_LIST, is_map = member->flags & SHAPE_MAP;
    bool is_nullable = (member->flags & SHAPE_NULLABLE) && !is_list && !is_map;
    json_begin_object(writer, member->name);
    if (is_map) {
        json_write_text(writer, "type", "object");
        json_begin_object(writer, "additionalProperties");
    }
    if (is_list) {
        json_write_text(writer, "type", "array");
        json_begin_object(writer, "items");
    }
    write_value(member, is_nullable, prefix, writer);
    if (is_list) {
        json_end_object(writer);
    }
    if (is_map) {
        json_end_object(writer);
    }
    if (member->doc != NULL) {
        json_write_text(writer, "description", member->doc);
    }
    json_end_object(writer);
}

static bool is_shown(const struct field *field)
{
    return !(field->flags & FIELD_INTERNAL);
}

static void write_kind(const struct kind *kind, struct json_writer *writer)
{
    json_begin_object(writer, "kind");
    json_write_text(writer, "const", kind->name);
    json_end_object(writer);
    for (size_t i = 0; i < kind->field_count; i++) {
        if (is_shown(&kind->fields[i])) {
            field_write_answer_schema(&kind->fields[i], kind->fields[i].name, writer);
        }
    }
}

static bool is_always_there(const struct field *field)
{
    return is_shown(field) && (field->flags & FIELD_STORED);
}

static void write_required(const struct shape *shape, struct json_writer *writer)
{
    const struct kind *kind = shape->kind;
    json_begin_array(writer, "required");
    if (kind != NULL) {
        json_write_text(writer, NULL, "kind");
    }
    for (size_t i = 0; kind != NULL && i < kind->field_count; i++) {
        if (is_always_there(&kind->fields[i])) {
            json_write_text(writer, NULL, kind->fields[i].name);
        }
    }
    for (const struct shape_member *member = shape->members; member && member->name; member++) {
        if (!(member->flags & SHAPE_OPTIONAL)) {
            json_write_text(writer, NULL, member->name);
        }
    }
    json_end_array(writer);
}

static void write_members(const struct shape *shape, const char *prefix, struct json_writer *writer)
{
    if (shape->doc != NULL) {
        json_write_text(writer, "description", shape->doc);
    }
    if (shape->any_of != NULL) {
        json_begin_array(writer, "anyOf");
        for (const struct shape *const *at = shape->any_of; *at != NULL; at++) {
            shape_write_reference(*at, prefix, NULL, writer);
        }
        json_end_array(writer);
        return;
    }
    json_write_text(writer, "type", "object");
    json_begin_object(writer, "properties");
    if (shape->kind != NULL) {
        write_kind(shape->kind, writer);
    }
    for (const struct shape_member *member = shape->members; member && member->name; member++) {
        write_member(member, prefix, writer);
    }
    json_end_object(writer);
    write_required(shape, writer);
    json_write_boolean(writer, "additionalProperties", shape->is_open);
}

/* The members of the schema object: of a reference, or of the shape itself. */
static void write_inside(const struct shape *shape, const char *prefix, struct json_writer *writer)
{
    if (shape->name != NULL) {
        write_reference(prefix, shape->name, writer);
    } else {
        write_members(shape, prefix, writer);
    }
}

void shape_write_schema(const struct shape *shape, const char *prefix, const char *name,
                        struct json_writer *writer)
{
    json_begin_object(writer, name);
    write_members(shape, prefix, writer);
    json_end_object(writer);
}

void shape_write_reference(const struct shape *shape, const char *prefix, const char *name,
                           struct json_writer *writer)
{
    json_begin_object(writer, name);
    write_inside(shape, prefix, writer);
    json_end_object(writer);
}

void shape_each_named(const struct shape *shape,
                      void (*each)(void *context, const struct shape *shape), void *context)
{
    for (const struct shape *const *at = shape->any_of; at != NULL && *at != NULL; at++) {
        shape_each_named(*at, each, context);
    }
    for (const struct shape_member *member = shape->members; member && member->name; member++) {
        if (member->shape != NULL) {
            shape_each_named(member->shape, each, context);
        }
    }
    if (shape->name != NULL) {
        each(context, shape);
    }
}

// --- checking --------------------------------------------------------------------------------

static bool is_time(const char *text)
{
    int64_t us;
    return time_parse(text, &us);
}

static bool is_among(const char *const *choices, const char *text)
{
    while (choices != NULL && *choices != NULL) {
        if (strcmp(*choices++, text) == 0) {
            return true;
        }
    }
    return choices == NULL;
}

static const char *check_value(const struct shape_member *member, const struct json *value,
                               const char *place, struct arena *arena);

static const char *check_object(const struct shape *shape, const struct json *value,
                                const char *place, struct arena *arena);

/* Each item of a list or map, with that taken off the member. */
static const char *check_each(const struct shape_member *member, unsigned flag,
                              const struct json *value, const char *place, struct arena *arena)
{
    struct shape_member inner = *member;
    const struct json *item;
    const char *name, *wrong = NULL;
    void *at = NULL;
    bool is_map = flag == SHAPE_MAP;
    inner.flags &= ~(flag | SHAPE_NULLABLE);
    if (json_type_of(value) != (is_map ? JSON_TYPE_OBJECT : JSON_TYPE_ARRAY)) {
        return place;
    }
    while (is_map && wrong == NULL && json_each(value, &at, &name, &item)) {
        wrong = check_value(&inner, item, arena_printf(arena, "%s/%s", place, name), arena);
    }
    for (size_t i = 0; !is_map && wrong == NULL && i < json_count(value); i++) {
        wrong =
            check_value(&inner, json_at(value, i), arena_printf(arena, "%s/%zu", place, i), arena);
    }
    return wrong;
}

static bool is_of_type(const struct shape_member *member, const struct json *value)
{
    enum json_type type = json_type_of(value);
    switch (member->type) {
    case SHAPE_TEXT:
        return type == JSON_TYPE_TEXT && is_among(member->choices, json_as_text(value, NULL));
    case SHAPE_ID: return type == JSON_TYPE_TEXT && strlen(json_as_text(value, NULL)) == 36;
    case SHAPE_TIME: return type == JSON_TYPE_TEXT && is_time(json_as_text(value, NULL));
    case SHAPE_INTEGER: return type == JSON_TYPE_INTEGER;
    case SHAPE_REAL: return type == JSON_TYPE_REAL || type == JSON_TYPE_INTEGER;
    case SHAPE_BOOLEAN: return type == JSON_TYPE_BOOLEAN;
    case SHAPE_ANY: return true;
    case SHAPE_OBJECT: return type == JSON_TYPE_OBJECT;
    }
    return false;
}

static const char *check_value(const struct shape_member *member, const struct json *value,
                               const char *place, struct arena *arena)
{
    if ((member->flags & SHAPE_NULLABLE) && json_type_of(value) == JSON_TYPE_NULL) {
        return NULL;
    }
    if (member->flags & SHAPE_MAP) {
        return check_each(member, SHAPE_MAP, value, place, arena);
    }
    if (member->flags & SHAPE_LIST) {
        return check_each(member, SHAPE_LIST, value, place, arena);
    }
    if (member->shape != NULL) {
        return check_object(member->shape, value, place, arena);
    }
    return is_of_type(member, value) ? NULL : place;
}

static const struct shape_member *find_member(const struct shape *shape, const char *name)
{
    for (const struct shape_member *member = shape->members; member && member->name; member++) {
        if (strcmp(member->name, name) == 0) {
            return member;
        }
    }
    return NULL;
}

/* A member of the answer: one that is described, and as it is described. */
static const char *check_member(const struct shape *shape, const char *name,
                                const struct json *value, const char *place, struct arena *arena)
{
    const struct shape_member *member = find_member(shape, name);
    if (member != NULL) {
        return check_value(member, value, place, arena);
    }
    size_t field = shape->kind ? field_find(shape->kind, name) : FIELD_NONE;
    bool is_field = field != FIELD_NONE && is_shown(&shape->kind->fields[field]);
    bool is_known = is_field || (shape->kind && strcmp(name, "kind") == 0) || shape->is_open;
    return is_known ? NULL : place;
}

static const char *check_object(const struct shape *shape, const struct json *value,
                                const char *place, struct arena *arena)
{
    const char *name, *wrong = place;
    const struct json *item;
    void *at = NULL;
    for (const struct shape *const *one = shape->any_of; one != NULL && *one != NULL; one++) {
        const char *found = check_object(*one, value, place, arena);
        if (found == NULL) {
            return NULL;
        }
        wrong = found;
    }
    if (shape->any_of != NULL || json_type_of(value) != JSON_TYPE_OBJECT) {
        return wrong;
    }
    const struct json *kind = json_get(value, "kind");
    if (shape->kind != NULL &&
        (kind == NULL || strcmp(json_as_text(kind, NULL), shape->kind->name) != 0)) {
        return arena_printf(arena, "%s/kind", place);
    }
    for (size_t i = 0; shape->kind != NULL && i < shape->kind->field_count; i++) {
        const struct field *field = &shape->kind->fields[i];
        if (is_always_there(field) && json_get(value, field->name) == NULL) {
            return arena_printf(arena, "%s/%s", place, field->name);
        }
    }
    for (const struct shape_member *member = shape->members; member && member->name; member++) {
        if (!(member->flags & SHAPE_OPTIONAL) && json_get(value, member->name) == NULL) {
            return arena_printf(arena, "%s/%s", place, member->name);
        }
    }
    wrong = NULL;
    while (wrong == NULL && json_each(value, &at, &name, &item)) {
        wrong = check_member(shape, name, item, arena_printf(arena, "%s/%s", place, name), arena);
    }
    return wrong;
}

const char *shape_check(const struct shape *shape, const struct json *value, struct arena *arena)
{
    return check_object(shape, value, "", arena);
}
