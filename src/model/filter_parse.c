/*
 * Filters from JSON: one recursive walk, bounded by LIMIT_FILTER_DEPTH, that goes on behind a fault to name the others.
 */
#include "base/utf8.h"
#include "base/uuid.h"
#include "model/filter_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const op_names[] = {
    [FILTER_EQ] = "eq", [FILTER_NE] = "ne",   [FILTER_GT] = "gt", [FILTER_GTE] = "gte",
    [FILTER_LT] = "lt", [FILTER_LTE] = "lte", [FILTER_IN] = "in", [FILTER_PREFIX] = "prefix",
};
#define OP_COUNT (sizeof op_names / sizeof *op_names)

struct parser {
    const struct kind *const *kinds;
    struct arena *arena;
    struct fault_list *faults;
    struct mneme_error *err;
    size_t node_count;
    enum mneme_code code; // of the first fault
};

/* What a leaf asks, before its values are known. */
struct question {
    const struct field *field;
    const char *path;
    enum filter_op op;
};

/* Where the walk is: steps of a JSON Pointer, each on the stack of its call; written out only
 * for a fault. */
struct place {
    const struct place *parent; // NULL: the filter's own place
    const char *name;           // NULL: an array's item
    size_t index;
};

static void add_place(struct strbuf *out, const struct place *place)
{
    if (!place->parent) {
        strbuf_add_text(out, place->name);
        return;
    }
    add_place(out, place->parent);
    if (!place->name) {
        strbuf_printf(out, "/%zu", place->index);
        return;
    }
    fault_add_step(out, place->name);
}

/* Always NULL, so that parsing can end with it. */
static struct filter *PRINTF_LIKE(6, 7)
    refuse(struct parser *parser, const struct place *place, const char *field,
           enum mneme_code code, const char *rule, const char *format, ...)
{
    char message[sizeof parser->err->message];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(message, sizeof message, format, arguments) < 0) message[0] = '\0';
    va_end(arguments);
    struct strbuf pointer;
    strbuf_init(&pointer, LIMIT_BATCH_BYTES);
    add_place(&pointer, place);
    if (strbuf_code(&pointer) == MNEME_NOMEM) parser->arena->failed = true;
    enum mneme_code noted =
        fault_add(parser->faults, code, pointer.text, field, rule, parser->err, "%s", message);
    strbuf_clear(&pointer);
    if (parser->code == MNEME_OK) parser->code = noted;
    return NULL;
}

static struct filter *new_node(struct parser *parser, const struct place *place,
                               enum filter_node_type type)
{
    if (++parser->node_count > LIMIT_FILTER_NODES) {
        if (parser->node_count == LIMIT_FILTER_NODES + 1)
            refuse(parser, place, "filter", MNEME_LIMIT, "max_items",
                   "a filter has at most %d parts", LIMIT_FILTER_NODES);
        return NULL;
    }
    struct filter *node = arena_alloc(parser->arena, sizeof *node);
    if (node) node->type = type;
    return node;
}

/* A node over children, of which those that failed are NULL; fails with them. */
static struct filter *join(struct parser *parser, const struct place *place,
                           enum filter_node_type type, const struct filter **children, size_t count)
{
    struct filter *node = new_node(parser, place, type);
    if (!node || !children) return NULL;
    for (size_t i = 0; i < count; i++)
        if (!children[i]) return NULL;
    node->children = children;
    node->child_count = count;
    return node;
}

// --- values -------------------------------------------------------------------------------------

static bool is_ordering(enum filter_op op)
{
    return op == FILTER_GT || op == FILTER_GTE || op == FILTER_LT || op == FILTER_LTE;
}

/* Does the operator make sense for values of the field's type? */
static bool suits(const struct question *question)
{
    enum filter_op op = question->op;
    switch (question->field->type) {
    case FIELD_TEXT: return true;
    case FIELD_INTEGER:
    case FIELD_REAL:
    case FIELD_TIME: return op != FILTER_PREFIX;
    case FIELD_BOOLEAN: return op == FILTER_EQ || op == FILTER_NE || op == FILTER_IN;
    case FIELD_LIST: return !is_ordering(op);
    case FIELD_JSON: return question->path || op == FILTER_EQ || op == FILTER_NE;
    case FIELD_BYTES: break;
    }
    return false;
}

static bool take_text(struct parser *parser, const struct question *question, const char *text,
                      struct filter_value *out)
{
    const struct field *field = question->field;
    struct uuid uuid;
    char canonical[UUID_TEXT_LENGTH + 1];
    if ((field->flags & FIELD_UUID) && question->op != FILTER_PREFIX) {
        if (!uuid_parse(text, &uuid)) return false;
        uuid_format(&uuid, canonical);
        text = canonical;
    } else if (field->flags & FIELD_NAME) {
        text = utf8_nfc(parser->arena, text);
    }
    out->type = JSON_TYPE_TEXT;
    out->text = arena_text(parser->arena, text);
    return true;
}

static const char *expected(const struct question *question)
{
    switch (question->field->type) {
    case FIELD_TEXT:
    case FIELD_LIST: return "a text";
    case FIELD_INTEGER:
    case FIELD_REAL: return "a number";
    case FIELD_BOOLEAN: return "true or false";
    case FIELD_TIME: return "a time as text";
    case FIELD_JSON: return question->path ? "a text, a number, true or false" : "null";
    case FIELD_BYTES: break;
    }
    return "null";
}

static bool has_right_type(const struct question *question, enum json_type type)
{
    enum filter_op op = question->op;
    bool is_number = type == JSON_TYPE_INTEGER || type == JSON_TYPE_REAL;
    if (type == JSON_TYPE_NULL) return op == FILTER_EQ || op == FILTER_NE || op == FILTER_IN;
    if (op == FILTER_PREFIX) return type == JSON_TYPE_TEXT;
    switch (question->field->type) {
    case FIELD_TEXT:
    case FIELD_LIST:
    case FIELD_TIME: return type == JSON_TYPE_TEXT;
    case FIELD_INTEGER:
    case FIELD_REAL: return is_number;
    case FIELD_BOOLEAN: return type == JSON_TYPE_BOOLEAN;
    case FIELD_JSON:
        if (!question->path) return false;
        if (type == JSON_TYPE_BOOLEAN) return !is_ordering(op);
        return is_number || type == JSON_TYPE_TEXT;
    case FIELD_BYTES: break;
    }
    return false;
}

static bool parse_value(struct parser *parser, const struct place *place,
                        const struct question *question, const struct json *json,
                        struct filter_value *out)
{
    const struct field *field = question->field;
    enum json_type type = json_type_of(json);
    if (!has_right_type(question, type)) {
        refuse(parser, place, field->name, MNEME_INVALID, "type", "'%s' is compared with %s",
               field->name, expected(question));
        return false;
    }
    if (type == JSON_TYPE_TEXT && field->type == FIELD_TIME) {
        out->type = JSON_TYPE_INTEGER;
        if (time_parse(json_as_text(json, NULL), &out->integer)) return true;
        refuse(parser, place, field->name, MNEME_INVALID, "format",
               "'%s' must be a time such as 2023-05-08T13:56:00Z", field->name);
        return false;
    }
    if (type == JSON_TYPE_TEXT) {
        if (take_text(parser, question, json_as_text(json, NULL), out)) return true;
        refuse(parser, place, field->name, MNEME_INVALID, "format", "'%s' must be a UUID",
               field->name);
        return false;
    }
    filter_take_scalar(parser->arena, json, out);
    return true;
}

/* The list of `in`. */
static bool parse_values(struct parser *parser, const struct place *place,
                         const struct question *question, const struct json *json,
                         struct filter *leaf)
{
    const char *name = question->field->name;
    size_t count = json_count(json);
    if (json_type_of(json) != JSON_TYPE_ARRAY) {
        refuse(parser, place, name, MNEME_INVALID, "type", "'in' takes a list");
        return false;
    }
    if (count > LIMIT_FILTER_VALUES) {
        refuse(parser, place, name, MNEME_LIMIT, "max_items", "'in' takes at most %d values",
               LIMIT_FILTER_VALUES);
        return false;
    }
    struct filter_value *values = arena_alloc_array(parser->arena, count, sizeof *values);
    if (!values) return false;
    bool is_good = true;
    for (size_t i = 0; i < count; i++) {
        struct place at = {.parent = place, .index = i};
        is_good = parse_value(parser, &at, question, json_at(json, i), &values[i]) && is_good;
    }
    leaf->values = values;
    leaf->value_count = count;
    return is_good;
}

// --- leaves -------------------------------------------------------------------------------------

/* A field by name, `metadata.a.b` by its first step; NULL, after a fault, if none of the kinds
 * can be filtered by it. */
static const struct field *find_field(struct parser *parser, const struct place *place,
                                      const char *name, const char **path)
{
    const char *dot = strchr(name, '.');
    char *first = arena_text_n(parser->arena, name, dot ? (size_t)(dot - name) : strlen(name));
    if (!first) return NULL;
    bool is_known = false;
    for (const struct kind *const *kind = parser->kinds; *kind; kind++) {
        size_t i = field_find(*kind, first);
        if (i == FIELD_NONE || ((*kind)->fields[i].flags & FIELD_INTERNAL)) continue;
        const struct field *field = &(*kind)->fields[i];
        is_known = true;
        if (!(field->flags & FIELD_FILTER) || (dot && field->type != FIELD_JSON)) continue;
        *path = dot ? arena_text(parser->arena, dot + 1) : NULL;
        return field;
    }
    refuse(parser, place, name, MNEME_INVALID, "unknown",
           is_known ? "cannot filter by '%s'" : "there is no field '%s'", name);
    return NULL;
}

static bool is_path(const char *path)
{
    size_t length = strlen(path);
    return length > 0 && path[0] != '.' && path[length - 1] != '.' && !strstr(path, "..");
}

static const struct filter *parse_leaf(struct parser *parser, const struct place *place,
                                       const struct question *question, const struct json *json)
{
    const struct field *field = question->field;
    struct filter *leaf = new_node(parser, place, FILTER_LEAF);
    if (!leaf) return NULL;
    leaf->field = field->name;
    leaf->path = question->path;
    leaf->field_type = field->type;
    leaf->op = question->op;
    if (!suits(question))
        return refuse(parser, place, field->name, MNEME_INVALID, "type",
                      "'%s' cannot be asked with '%s'", field->name, op_names[question->op]);
    if (question->op == FILTER_IN)
        return parse_values(parser, place, question, json, leaf) ? leaf : NULL;
    struct filter_value *value = arena_alloc(parser->arena, sizeof *value);
    if (!value) return NULL;
    leaf->values = value;
    leaf->value_count = 1;
    return parse_value(parser, place, question, json, value) ? leaf : NULL;
}

static size_t find_op(const char *name)
{
    size_t op = 0;
    while (op < OP_COUNT && strcmp(op_names[op], name) != 0) op++;
    return op;
}

/* {"gte": 1, "lt": 2} */
static const struct filter *parse_ops(struct parser *parser, const struct place *place,
                                      const struct field *field, const char *path,
                                      const struct json *ops)
{
    size_t count = json_count(ops), i = 0;
    if (count == 0 || count > OP_COUNT)
        return refuse(parser, place, field->name, MNEME_INVALID, "type",
                      "'%s' is compared with a value or by an operator", field->name);
    const struct filter **children = arena_alloc_array(parser->arena, count, sizeof *children);
    if (!children) return NULL;
    void *at = NULL;
    const char *name;
    const struct json *value;
    while (json_each(ops, &at, &name, &value)) {
        struct place here = {.parent = place, .name = name};
        size_t op = find_op(name);
        struct question question = {field, path, (enum filter_op)op};
        if (op == OP_COUNT)
            refuse(parser, &here, field->name, MNEME_INVALID, "unknown",
                   "there is no operator '%s'", name);
        else
            children[i] = parse_leaf(parser, &here, &question, value);
        i++;
    }
    return count == 1 ? children[0] : join(parser, place, FILTER_AND, children, count);
}

static const struct filter *parse_field(struct parser *parser, const struct place *place,
                                        const char *name, const struct json *value)
{
    const char *path = NULL;
    const struct field *field = find_field(parser, place, name, &path);
    if (!field) return NULL;
    if (path && !is_path(path))
        return refuse(parser, place, name, MNEME_INVALID, "format", "'%s' is no path", name);
    if (json_type_of(value) == JSON_TYPE_OBJECT)
        return parse_ops(parser, place, field, path, value);
    struct question question = {field, path, FILTER_EQ};
    return parse_leaf(parser, place, &question, value);
}

// --- trees --------------------------------------------------------------------------------------

static const struct filter *parse_object(struct parser *parser, const struct place *place,
                                         unsigned depth, const struct json *json);

static const struct filter *parse_list(struct parser *parser, const struct place *place,
                                       unsigned depth, enum filter_node_type type,
                                       const struct json *list)
{
    if (json_type_of(list) != JSON_TYPE_ARRAY)
        return refuse(parser, place, "filter", MNEME_INVALID, "type", "'%s' takes a list",
                      type == FILTER_AND ? "and" : "or");
    size_t count = json_count(list);
    if (count > LIMIT_FILTER_NODES)
        return refuse(parser, place, "filter", MNEME_LIMIT, "max_items",
                      "a filter has at most %d parts", LIMIT_FILTER_NODES);
    const struct filter **children = arena_alloc_array(parser->arena, count, sizeof *children);
    if (!children) return NULL;
    for (size_t i = 0; i < count; i++) {
        struct place at = {.parent = place, .index = i};
        children[i] = parse_object(parser, &at, depth + 1, json_at(list, i));
    }
    return join(parser, place, type, children, count);
}

static const struct filter *parse_not(struct parser *parser, const struct place *place,
                                      unsigned depth, const struct json *json)
{
    const struct filter **child = arena_alloc(parser->arena, sizeof *child);
    if (!child) return NULL;
    *child = parse_object(parser, place, depth + 1, json);
    return join(parser, place, FILTER_NOT, child, 1);
}

static const struct filter *parse_member(struct parser *parser, const struct place *place,
                                         unsigned depth, const char *name, const struct json *value)
{
    if (strcmp(name, "and") == 0) return parse_list(parser, place, depth, FILTER_AND, value);
    if (strcmp(name, "or") == 0) return parse_list(parser, place, depth, FILTER_OR, value);
    if (strcmp(name, "not") == 0) return parse_not(parser, place, depth, value);
    return parse_field(parser, place, name, value);
}

static const struct filter *parse_object(struct parser *parser, const struct place *place,
                                         unsigned depth, const struct json *json)
{
    if (json_type_of(json) != JSON_TYPE_OBJECT)
        return refuse(parser, place, "filter", MNEME_INVALID, "type", "a filter is an object");
    if (depth > LIMIT_FILTER_DEPTH)
        return refuse(parser, place, "filter", MNEME_LIMIT, "depth",
                      "a filter is nested at most %d deep", LIMIT_FILTER_DEPTH);
    size_t count = json_count(json), i = 0;
    if (count > LIMIT_FILTER_NODES)
        return refuse(parser, place, "filter", MNEME_LIMIT, "max_items",
                      "a filter has at most %d parts", LIMIT_FILTER_NODES);
    const struct filter **children = arena_alloc_array(parser->arena, count, sizeof *children);
    if (!children) return NULL;
    void *at = NULL;
    const char *name;
    const struct json *value;
    while (json_each(json, &at, &name, &value)) {
        struct place here = {.parent = place, .name = name};
        children[i++] = parse_member(parser, &here, depth, name, value);
    }
    return count == 1 ? children[0] : join(parser, place, FILTER_AND, children, count);
}

enum mneme_code filter_parse(const struct json *json, const struct kind *const *kinds,
                             const char *pointer, struct arena *arena, const struct filter **out,
                             struct fault_list *faults, struct mneme_error *err)
{
    *out = NULL;
    if (!json || (json_type_of(json) == JSON_TYPE_OBJECT && json_count(json) == 0)) return MNEME_OK;
    struct parser parser = {.kinds = kinds, .arena = arena, .faults = faults, .err = err};
    struct place root = {.name = pointer};
    const struct filter *filter = parse_object(&parser, &root, 0, json);
    if (arena_failed(arena)) return error_nomem(err);
    if (parser.code == MNEME_OK) *out = filter;
    return parser.code;
}
