#include "model/field.h"

#include "support/records.h"

#include <criterion/criterion.h>
#include <string.h>

Test(field, is_found_by_its_whole_name_only)
{
    cr_assert_eq(field_find(&kind_memory, "content"), MEMORY_CONTENT);
    cr_assert_eq(field_find(&kind_memory, "namespace"), MEMORY_NAMESPACE);
    cr_assert_eq(field_find(&kind_memory, "conten"), FIELD_NONE);
    cr_assert_eq(field_find(&kind_memory, "contents"), FIELD_NONE);
    cr_assert_eq(field_find(&kind_memory, "name_space"), FIELD_NONE);
    cr_assert_eq(field_find(&kind_memory, ""), FIELD_NONE);
}

Test(field, set_is_present_and_given_and_cleared_is_given_alone)
{
    struct memory memory = {.version = 0};
    uint64_t bit = UINT64_C(1) << MEMORY_KEY;
    field_set_text(&kind_memory, &memory, MEMORY_KEY, "home");
    cr_assert_str_eq(memory.key, "home");
    cr_assert_eq(memory.head.present, bit);
    cr_assert_eq(memory.head.given, bit);
    field_clear(&kind_memory, &memory, MEMORY_KEY);
    cr_assert_null(memory.key);
    cr_assert_eq(memory.head.present, 0);
    cr_assert_eq(memory.head.given, bit);
}

Test(field, of_nothing_is_no_value)
{
    struct memory memory = {.version = 0};
    field_set_text(&kind_memory, &memory, MEMORY_KEY, NULL);
    field_set_list(&kind_memory, &memory, MEMORY_TAGS, (struct list){NULL, 0});
    field_set_bytes(&kind_memory, &memory, MEMORY_TERMS, (struct bytes){NULL, 0});
    cr_assert_eq(memory.head.present, 0);
    cr_assert_null(field_text(&kind_memory, &memory, MEMORY_KEY));
    cr_assert_eq(field_list(&kind_memory, &memory, MEMORY_TAGS).count, 0);
    cr_assert_null(field_bytes(&kind_memory, &memory, MEMORY_TERMS).data);
    cr_assert_eq(field_integer(&kind_memory, &memory, MEMORY_EVENT_AT), TIME_NONE);
    cr_assert_eq(field_real(&kind_memory, &memory, MEMORY_IMPORTANCE), 0);
    cr_assert_not(field_boolean(&kind_memory, &memory, MEMORY_PINNED));
}

Test(field, bytes_of_length_zero_are_a_value)
{
    struct memory memory = {.version = 0};
    field_set_bytes(&kind_memory, &memory, MEMORY_TERMS, (struct bytes){"", 0});
    cr_assert(field_present(&memory, MEMORY_TERMS));
}

Test(field, equals_itself_and_differs_from_every_other_value_and_from_none)
{
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++) {
        struct arena arena;
        arena_init(&arena);
        union any_record a, b, other;
        fill_record(kind, &a, 1, &arena);
        fill_record(kind, &b, 1, &arena);
        fill_record(kind, &other, 2, &arena);
        for (size_t i = 0; i < kind->field_count; i++) {
            const char *name = kind->fields[i].name;
            cr_assert(field_equal(kind, &a, &b, i), "%s.%s", kind->name, name);
            bool is_same_for_all = kind->fields[i].type == FIELD_BYTES;
            cr_assert(is_same_for_all || !field_equal(kind, &a, &other, i), "%s.%s", kind->name,
                      name);
            field_clear(kind, &b, i);
            cr_assert_not(field_equal(kind, &a, &b, i), "%s.%s", kind->name, name);
            cr_assert_not(field_equal(kind, &b, &a, i), "%s.%s", kind->name, name);
            field_copy(kind, &b, &other, i);
            cr_assert(field_equal(kind, &b, &other, i), "%s.%s", kind->name, name);
        }
        arena_clear(&arena);
    }
}

Test(field, lists_differ_by_order_and_by_length)
{
    struct memory a = {.version = 0}, b = {.version = 0};
    field_set_list(&kind_memory, &a, MEMORY_TAGS, (struct list){(const char *[]){"x", "y"}, 2});
    field_set_list(&kind_memory, &b, MEMORY_TAGS, (struct list){(const char *[]){"y", "x"}, 2});
    cr_assert_not(field_equal(&kind_memory, &a, &b, MEMORY_TAGS));
    field_set_list(&kind_memory, &b, MEMORY_TAGS, (struct list){(const char *[]){"x"}, 1});
    cr_assert_not(field_equal(&kind_memory, &a, &b, MEMORY_TAGS));
}

Test(field, bytes_are_compared_beyond_a_zero)
{
    struct memory a = {.version = 0}, b = {.version = 0};
    field_set_bytes(&kind_memory, &a, MEMORY_TERMS, (struct bytes){"a\0b", 3});
    field_set_bytes(&kind_memory, &b, MEMORY_TERMS, (struct bytes){"a\0c", 3});
    cr_assert_not(field_equal(&kind_memory, &a, &b, MEMORY_TERMS));
}
