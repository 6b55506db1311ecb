/*
 * What a row of the operation table says of its inputs: the fields of its record and its further inputs as one list.
 */
#include "api/operation.h"

#include <string.h>

static bool is_named(const struct field *field, const char *name)
{
    return strcmp(field->name, name) == 0;
}

const struct field *operation_field(const struct operation *operation, const char *name)
{
    for (const struct field *field = operation->inputs; field && field->name; field++) {
        if (is_named(field, name)) {
            return field;
        }
    }
    size_t at = operation->record ? field_find(operation->record, name) : FIELD_NONE;
    const struct field *found = at == FIELD_NONE ? NULL : &operation->record->fields[at];
    return found && !(found->flags & FIELD_INTERNAL) ? found : NULL;
}

static bool is_input_too(const struct operation *operation, const char *name)
{
    for (const struct field *field = operation->inputs; field && field->name; field++) {
        if (is_named(field, name)) {
            return true;
        }
    }
    return false;
}

/* `key` and `namespace` name the memory that a change is for. */
static bool is_taken(const struct operation *operation, const struct field *field)
{
    unsigned never = FIELD_READ_ONLY | FIELD_INTERNAL | FIELD_DERIVED;
    bool is_fixed = operation->record_source == RECORD_CHANGE && (field->flags & FIELD_FIXED) &&
                    !(field->flags & FIELD_KEY);
    return !(field->flags & never) && !is_fixed && !is_input_too(operation, field->name);
}

const struct field *operation_input(const struct operation *operation, size_t index)
{
    const struct kind *kind = operation->record;
    for (size_t i = 0; kind != NULL && i < kind->field_count; i++) {
        if (is_taken(operation, &kind->fields[i]) && index-- == 0) {
            return &kind->fields[i];
        }
    }
    for (const struct field *field = operation->inputs; field && field->name; field++) {
        if (index-- == 0) {
            return field;
        }
    }
    return NULL;
}

bool operation_requires(const struct operation *operation, const struct field *field)
{
    bool is_of_change = operation->record_source == RECORD_CHANGE && operation->record != NULL &&
                        !is_input_too(operation, field->name);
    return (field->flags & FIELD_REQUIRED) && !is_of_change;
}

const struct shape *operation_answer(const struct operation *operation)
{
    return operation->answer ? operation->answer : &answer_receipt;
}

void operation_write_input_schema(const struct operation *operation, const char *name,
                                  struct json_writer *writer)
{
    const struct field *field;
    json_begin_object(writer, name);
    json_write_text(writer, "type", "object");
    json_begin_object(writer, "properties");
    for (size_t i = 0; (field = operation_input(operation, i)) != NULL; i++) {
        field_write_schema(field, field->name, writer);
    }
    json_end_object(writer);
    json_begin_array(writer, "required");
    for (size_t i = 0; (field = operation_input(operation, i)) != NULL; i++) {
        if (operation_requires(operation, field)) {
            json_write_text(writer, NULL, field->name);
        }
    }
    json_end_array(writer);
    json_end_object(writer);
}
