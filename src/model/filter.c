/*
 * Matching: what a tree says of a record, in Kleene's logic, for a field that a kind lacks is neither true nor false.
 * Parsing is in filter_parse.c.
 */
#include "model/filter_internal.h"

#include <string.h>

enum filter_truth filter_evaluate(const struct filter *filter, filter_leaf_fn *leaf,
                                  const void *context)
{
    if (!filter) return FILTER_YES;
    if (filter->type == FILTER_LEAF) return leaf(context, filter);
    if (filter->type == FILTER_NOT) {
        enum filter_truth truth = filter_evaluate(filter->children[0], leaf, context);
        if (truth == FILTER_LACKS) return truth;
        return truth == FILTER_YES ? FILTER_NO : FILTER_YES;
    }
    // of `and` NO decides, of `or` YES; without such a child, one that lacks makes all unknown
    enum filter_truth deciding = filter->type == FILTER_AND ? FILTER_NO : FILTER_YES;
    enum filter_truth result = deciding == FILTER_NO ? FILTER_YES : FILTER_NO;
    for (size_t i = 0; i < filter->child_count; i++) {
        enum filter_truth truth = filter_evaluate(filter->children[i], leaf, context);
        if (truth == deciding) return truth;
        if (truth == FILTER_LACKS) result = truth;
    }
    return result;
}

static bool is_number(const struct filter_value *value)
{
    return value->type == JSON_TYPE_INTEGER || value->type == JSON_TYPE_REAL;
}

/* An integer beside a real without losing digits: -1, 0, 1. */
static int compare_mixed(int64_t integer, double real)
{
    if (real >= 9223372036854775808.0) return -1;
    if (real < -9223372036854775808.0) return 1;
    int64_t whole = (int64_t)real; // towards zero
    if (integer != whole) return integer < whole ? -1 : 1;
    double rest = real - (double)whole;
    return rest > 0 ? -1 : rest < 0;
}

static int compare_numbers(const struct filter_value *a, const struct filter_value *b)
{
    if (a->type == JSON_TYPE_INTEGER && b->type == JSON_TYPE_INTEGER)
        return (a->integer > b->integer) - (a->integer < b->integer);
    if (a->type == JSON_TYPE_REAL && b->type == JSON_TYPE_REAL)
        return (a->real > b->real) - (a->real < b->real);
    return a->type == JSON_TYPE_INTEGER ? compare_mixed(a->integer, b->real)
                                        : -compare_mixed(b->integer, a->real);
}

/* False where the two cannot be compared. */
static bool compare(const struct filter_value *a, const struct filter_value *b, int *out)
{
    if (is_number(a) && is_number(b))
        *out = compare_numbers(a, b);
    else if (a->type != b->type)
        return false;
    else if (a->type == JSON_TYPE_TEXT)
        *out = strcmp(a->text, b->text);
    else if (a->type == JSON_TYPE_BOOLEAN)
        *out = a->boolean - b->boolean;
    else
        return false;
    return true;
}

/* One value of a record against a leaf, `ne` taken as `eq`. */
static bool meets(const struct filter *leaf, const struct filter_value *value)
{
    if (leaf->op == FILTER_PREFIX)
        return value->type == JSON_TYPE_TEXT &&
               strncmp(value->text, leaf->values[0].text, strlen(leaf->values[0].text)) == 0;
    for (size_t i = 0; i < leaf->value_count; i++) {
        int order;
        if (!compare(value, &leaf->values[i], &order)) continue;
        switch (leaf->op) {
        case FILTER_EQ:
        case FILTER_NE:
        case FILTER_IN:
            if (order == 0) return true;
            break;
        case FILTER_GT: return order > 0;
        case FILTER_GTE: return order >= 0;
        case FILTER_LT: return order < 0;
        case FILTER_LTE: return order <= 0;
        case FILTER_PREFIX: break;
        }
    }
    return false;
}

/* Does the leaf ask for "no value", among others? */
static bool asks_null(const struct filter *leaf)
{
    for (size_t i = 0; i < leaf->value_count; i++)
        if (leaf->values[i].type == JSON_TYPE_NULL) return true;
    return false;
}

bool filter_compare(const struct filter *leaf, const struct filter_value *values, size_t count)
{
    bool is_met = count == 0 && asks_null(leaf);
    for (size_t i = 0; i < count && !is_met; i++) is_met = meets(leaf, &values[i]);
    return is_met != (leaf->op == FILTER_NE);
}

void filter_take_scalar(struct arena *arena, const struct json *json, struct filter_value *out)
{
    out->type = json_type_of(json);
    switch (out->type) {
    case JSON_TYPE_TEXT:
        out->text = arena ? arena_text(arena, json_as_text(json, NULL)) : json_as_text(json, NULL);
        break;
    case JSON_TYPE_INTEGER: out->integer = json_as_integer(json); break;
    case JSON_TYPE_REAL: out->real = json_as_real(json); break;
    case JSON_TYPE_BOOLEAN: out->boolean = json_as_boolean(json); break;
    case JSON_TYPE_NULL:
    case JSON_TYPE_ARRAY:
    case JSON_TYPE_OBJECT: break;
    }
}

/* The value at a path, or NULL; steps are parted by points. */
static const struct json *walk(const struct json *json, const char *path, struct strbuf *step)
{
    while (json) {
        size_t length = strcspn(path, ".");
        strbuf_truncate(step, 0);
        strbuf_add(step, path, length);
        if (strbuf_code(step) != MNEME_OK) return NULL;
        json = json_get(json, step->text);
        if (path[length] == '\0') break;
        path += length + 1;
    }
    return json;
}

static bool compare_json(const struct filter *leaf, const struct json *json)
{
    struct filter_value value = {.type = JSON_TYPE_NULL};
    size_t count = json_count(json);
    if (!json || json_type_of(json) == JSON_TYPE_NULL) return filter_compare(leaf, NULL, 0);
    if (json_type_of(json) != JSON_TYPE_ARRAY) {
        filter_take_scalar(NULL, json, &value);
        return filter_compare(leaf, &value, 1);
    }
    bool is_met = count == 0 && asks_null(leaf);
    for (size_t i = 0; i < count && !is_met; i++) {
        filter_take_scalar(NULL, json_at(json, i), &value);
        is_met = meets(leaf, &value);
    }
    return is_met != (leaf->op == FILTER_NE);
}

struct matching {
    const struct kind *kind;
    const void *record;
    struct mneme_error *err;
    enum mneme_code *code;
};

static bool match_metadata(const struct matching *matching, const struct filter *leaf,
                           const char *text)
{
    static const struct filter_value object = {.type = JSON_TYPE_OBJECT};
    if (!text) return filter_compare(leaf, NULL, 0);
    if (!leaf->path) return filter_compare(leaf, &object, 1);
    struct json *json;
    enum mneme_code code = json_parse(text, strlen(text), LIMIT_LINE_BYTES, &json, matching->err);
    if (code != MNEME_OK) {
        *matching->code = code;
        return false;
    }
    struct strbuf step;
    strbuf_init(&step, LIMIT_JSON_BYTES);
    const struct json *found = walk(json, leaf->path, &step);
    bool is_match = compare_json(leaf, found);
    if (strbuf_code(&step) != MNEME_OK) *matching->code = error_nomem(matching->err);
    strbuf_clear(&step);
    json_free(json);
    return is_match;
}

static bool match_list(const struct filter *leaf, struct list list)
{
    bool is_met = list.count == 0 && asks_null(leaf);
    for (size_t i = 0; i < list.count && !is_met; i++)
        is_met = meets(leaf, &(struct filter_value){.type = JSON_TYPE_TEXT, .text = list.items[i]});
    return is_met != (leaf->op == FILTER_NE);
}

static bool match_field(const struct matching *matching, const struct filter *leaf, size_t i)
{
    const struct kind *kind = matching->kind;
    const void *record = matching->record;
    struct filter_value value = {.type = JSON_TYPE_NULL};
    switch (kind->fields[i].type) {
    case FIELD_JSON: return match_metadata(matching, leaf, field_text(kind, record, i));
    case FIELD_LIST: return match_list(leaf, field_list(kind, record, i));
    case FIELD_TEXT:
        value.type = JSON_TYPE_TEXT;
        value.text = field_text(kind, record, i);
        break;
    case FIELD_INTEGER:
    case FIELD_TIME:
        value.type = JSON_TYPE_INTEGER;
        value.integer = field_integer(kind, record, i);
        break;
    case FIELD_REAL:
        value.type = JSON_TYPE_REAL;
        value.real = field_real(kind, record, i);
        break;
    case FIELD_BOOLEAN:
        value.type = JSON_TYPE_BOOLEAN;
        value.boolean = field_boolean(kind, record, i);
        break;
    case FIELD_BYTES: break;
    }
    return filter_compare(leaf, &value, field_present(record, i));
}

static enum filter_truth match_leaf(const void *context, const struct filter *leaf)
{
    const struct matching *matching = context;
    size_t i = field_find(matching->kind, leaf->field);
    if (i == FIELD_NONE || !(matching->kind->fields[i].flags & FIELD_FILTER)) return FILTER_LACKS;
    return match_field(matching, leaf, i) ? FILTER_YES : FILTER_NO;
}

enum mneme_code filter_matches(const struct filter *filter, const struct kind *kind,
                               const void *record, bool *out, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    struct matching matching = {.kind = kind, .record = record, .err = err, .code = &code};
    bool is_match = filter_evaluate(filter, match_leaf, &matching) == FILTER_YES;
    *out = code == MNEME_OK && is_match;
    return code;
}
