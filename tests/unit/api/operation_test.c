#include "api/operation.h"

#include <criterion/criterion.h>
#include <string.h>

Test(operation, offers_what_a_caller_may_set)
{
    const struct operation *remember = operation_find("memory.remember");
    const struct operation *update = operation_find("memory.update");
    const struct field *field;
    bool has_key = false;
    for (size_t i = 0; (field = operation_input(remember, i)) != NULL; i++) {
        cr_assert(!(field->flags & (FIELD_READ_ONLY | FIELD_INTERNAL)), "%s", field->name);
    }
    for (size_t i = 0; (field = operation_input(update, i)) != NULL; i++) {
        cr_assert_str_neq(field->name, "origin_key");
        has_key |= strcmp(field->name, "key") == 0;
    }
    cr_assert(has_key);
    cr_assert_not_null(operation_field(update, "created_at"));
    cr_assert_null(operation_field(update, "content_hash"));
    cr_assert(operation_requires(remember, operation_field(remember, "content")));
    cr_assert(!operation_requires(update, operation_field(update, "content")));
}
