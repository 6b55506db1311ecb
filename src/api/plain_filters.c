/* Plain filters as leaves of a filter tree. */
#include "api/plain_filters.h"

#include <string.h>

static const char *const text_fields[] = {"tier",     "type",           "subject", "source",
                                          "agent_id", "run_id",         "role",    "speaker",
                                          "sitting",  "conversation_id"};
#define TEXT_FIELDS (sizeof text_fields / sizeof *text_fields)

static const struct filter *new_leaf(struct arena *arena, const char *field, enum field_type type,
                                     enum filter_op op, struct filter_value value)
{
    struct filter *leaf = arena_alloc(arena, sizeof *leaf);
    struct filter_value *copy = arena_alloc(arena, sizeof *copy);
    if (leaf == NULL || copy == NULL) {
        return NULL;
    }
    *copy = value;
    *leaf = (struct filter){.type = FILTER_LEAF,
                            .field = field,
                            .field_type = type,
                            .op = op,
                            .values = copy,
                            .value_count = 1};
    return leaf;
}

static const struct filter *new_node(struct arena *arena, enum filter_node_type type,
                                     const struct filter *const *children, size_t count)
{
    struct filter *node = arena_alloc(arena, sizeof *node);
    const struct filter **copy = arena_copy(arena, children, count * sizeof *children);
    if (node == NULL || copy == NULL) {
        return NULL;
    }
    *node = (struct filter){.type = type, .children = copy, .child_count = count};
    return node;
}

static bool have_event(const struct kind *const *kinds)
{
    for (; *kinds != NULL; kinds++) {
        if (field_find(*kinds, "event_at") != FIELD_NONE) {
            return true;
        }
    }
    return false;
}

/* When it happened: event_at, else created_at, which is all that some kinds have. */
static const struct filter *new_time(struct arena *arena, const struct kind *const *kinds,
                                     enum filter_op op, int64_t us)
{
    struct filter_value time = {.type = JSON_TYPE_INTEGER, .integer = us};
    struct filter_value none = {.type = JSON_TYPE_NULL};
    const struct filter *created = new_leaf(arena, "created_at", FIELD_TIME, op, time);
    if (!have_event(kinds)) {
        return created;
    }
    const struct filter *written[2] = {
        new_leaf(arena, "event_at", FIELD_TIME, FILTER_EQ, none),
        created,
    };
    const struct filter *either[2] = {
        new_leaf(arena, "event_at", FIELD_TIME, op, time),
        new_node(arena, FILTER_AND, written, 2),
    };
    return new_node(arena, FILTER_OR, either, 2);
}

static struct filter_value text_value(const char *text)
{
    return (struct filter_value){.type = JSON_TYPE_TEXT, .text = text};
}

enum mneme_code plain_filters(const struct call *call, const struct kind *const *kinds,
                              const char *other, const struct filter **out, struct mneme_error *err)
{
    struct arena *arena = call->arena;
    struct list tags = call_list(call, "tags");
    size_t count = 0, most = TEXT_FIELDS + tags.count + 3;
    const struct filter **all = arena_alloc_array(arena, most, sizeof *all), *given;
    *out = NULL;
    if (all == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = call_filter(call, kinds, &given, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (given != NULL) {
        all[count++] = given;
    }
    for (size_t i = 0; i < TEXT_FIELDS; i++) {
        const char *text = call_text(call, text_fields[i]);
        bool is_other = other != NULL && strcmp(other, text_fields[i]) == 0;
        if (text != NULL && !is_other) {
            all[count++] = new_leaf(arena, text_fields[i], FIELD_TEXT, FILTER_EQ, text_value(text));
        }
    }
    for (size_t i = 0; i < tags.count; i++) {
        all[count++] = new_leaf(arena, "tags", FIELD_LIST, FILTER_EQ, text_value(tags.items[i]));
    }
    if (call_has(call, "since")) {
        all[count++] = new_time(arena, kinds, FILTER_GTE, call_integer(call, "since"));
    }
    if (call_has(call, "until")) {
        all[count++] = new_time(arena, kinds, FILTER_LT, call_integer(call, "until"));
    }
    if (count > 0) {
        *out = new_node(arena, FILTER_AND, all, count);
    }
    return arena_failed(arena) ? error_nomem(err) : MNEME_OK;
}

static struct filter_value value_of(const struct call *call, const struct field *input)
{
    if (input->type == FIELD_BOOLEAN) {
        return (struct filter_value){.type = JSON_TYPE_BOOLEAN,
                                     .boolean = call_boolean(call, input->name)};
    }
    return text_value(call_text(call, input->name));
}

enum mneme_code field_filters(const struct call *call, const struct kind *kind,
                              const struct filter **out, struct mneme_error *err)
{
    const struct kind *const kinds[] = {kind, NULL};
    struct arena *arena = call->arena;
    size_t count = 0;
    const struct filter **all =
        arena_alloc_array(arena, CALL_INPUTS_MAX + LIMIT_TAGS + 1, sizeof *all);
    *out = NULL;
    if (all == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = call_filter(call, kinds, &all[0], err);
    if (code != MNEME_OK) {
        return code;
    }
    count += all[0] != NULL;
    for (size_t i = 0; i < call->inputs.field_count; i++) {
        const struct field *input = &call->inputs.fields[i];
        size_t at = field_find(kind, input->name);
        bool is_filter = at != FIELD_NONE && (kind->fields[at].flags & FIELD_FILTER);
        if (!is_filter || strcmp(input->name, "name") == 0 || !call_has(call, input->name)) {
            continue; // a name is asked for by its parts
        }
        if (input->type != FIELD_LIST) {
            all[count++] =
                new_leaf(arena, input->name, input->type, FILTER_EQ, value_of(call, input));
            continue;
        }
        struct list items = call_list(call, input->name);
        for (size_t j = 0; j < items.count && j < LIMIT_TAGS; j++) {
            all[count++] =
                new_leaf(arena, input->name, FIELD_LIST, FILTER_EQ, text_value(items.items[j]));
        }
    }
    if (count > 0) {
        *out = new_node(arena, FILTER_AND, all, count);
    }
    return arena_failed(arena) ? error_nomem(err) : MNEME_OK;
}
