/* Faults, defaults, changes. */
#include "model/record.h"

#include "base/utf8.h"
#include "support/records.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct arena arena;

static void begin(void)
{
    arena_init(&arena);
}

static void end(void)
{
    arena_clear(&arena);
}

TestSuite(fault, .init = begin, .fini = end);
TestSuite(record, .init = begin, .fini = end);

Test(fault, the_first_fills_the_error_and_later_ones_do_not)
{
    struct fault_list faults;
    struct mneme_error error;
    fault_list_init(&faults, &arena);
    cr_assert_eq(
        fault_add(&faults, MNEME_LIMIT, "/a", "a", "max_length", &error, "'%s' is long", "a"),
        MNEME_LIMIT);
    cr_assert_eq(fault_add(&faults, MNEME_INVALID, "/b", "b", "type", &error, "no"), MNEME_INVALID);
    cr_assert_eq(error.code, MNEME_LIMIT);
    cr_assert_str_eq(error.field, "a");
    cr_assert_str_eq(error.rule, "max_length");
    cr_assert_str_eq(error.message, "'a' is long");
    cr_assert_eq(faults.count, 2);
    cr_assert_str_eq(faults.items[1].message, "no");
}

Test(fault, keeps_copies_and_needs_no_error)
{
    struct fault_list faults;
    fault_list_init(&faults, &arena);
    char field[] = "field", pointer[] = "/field";
    cr_assert_eq(fault_add(&faults, MNEME_INVALID, pointer, field, "type", NULL, "no"),
                 MNEME_INVALID);
    field[0] = pointer[1] = 'X';
    cr_assert_str_eq(faults.items[0].field, "field");
    cr_assert_str_eq(faults.items[0].pointer, "/field");
}

Test(fault, messages_are_one_line_of_valid_utf8)
{
    struct fault_list faults;
    fault_list_init(&faults, &arena);
    struct strbuf hostile;
    strbuf_init(&hostile, 10000);
    for (int i = 0; i < 300; i++) strbuf_add_text(&hostile, "\n\xF0\x9F\x90\x98\x1B\xFF");
    fault_add(&faults, MNEME_INVALID, "", "x", "type", NULL, "no '%s'", hostile.text);
    strbuf_clear(&hostile);
    const char *message = faults.items[0].message;
    cr_assert(utf8_is_valid(message, strlen(message)));
    cr_assert_null(strpbrk(message, "\n\x1B"));
    cr_assert_lt(strlen(message), sizeof((struct mneme_error *)0)->message);
}

Test(fault, out_of_memory_is_nomem_and_leaves_no_half_a_fault)
{
    bool was_refused = true;
    for (size_t n = 0; was_refused; n++) {
        struct fault_list faults;
        struct mneme_error error;
        arena_clear(&arena);
        fault_list_init(&faults, &arena);
        fail_from(n);
        enum mneme_code code = fault_add(&faults, MNEME_INVALID, "/b", "b", "type", &error, "no");
        was_refused = fail_never_again();
        cr_assert_eq(code, was_refused ? MNEME_NOMEM : MNEME_INVALID);
        cr_assert_eq(error.code, code);
        cr_assert_eq(faults.count, was_refused ? 0 : 1);
    }
}

Test(fault, steps_of_a_pointer_are_escaped)
{
    struct strbuf pointer;
    strbuf_init(&pointer, 100);
    fault_add_step(&pointer, "a/b");
    fault_add_step(&pointer, "~1");
    fault_add_step(&pointer, "");
    cr_assert_str_eq(pointer.text, "/a~1b/~01/");
    strbuf_clear(&pointer);
}

Test(record, defaults_fill_what_is_absent_and_nothing_else)
{
    struct memory memory = {.version = 0};
    field_set_real(&kind_memory, &memory, MEMORY_IMPORTANCE, .9);
    uint64_t given = memory.head.given;
    record_set_defaults(&kind_memory, &memory);
    cr_assert_eq(memory.importance, .9);
    cr_assert_eq(memory.confidence, 1);
    cr_assert_eq(memory.head.given, given);
}

Test(record, every_default_is_what_the_table_says)
{
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++) {
        union any_record record;
        memset(&record, 0, sizeof record);
        record_set_defaults(kind, &record);
        for (size_t i = 0; i < kind->field_count; i++) {
            const struct field *field = &kind->fields[i];
            cr_assert_eq(field_present(&record, i), field->fallback != NULL);
            if (!field->fallback) continue;
            struct strbuf text;
            strbuf_init(&text, 100);
            struct json_writer writer;
            json_writer_init(&writer, &text);
            field_write_json(kind, &record, i, NULL, &writer);
            char expected[100];
            snprintf(expected, sizeof expected,
                     field->type == FIELD_TEXT                                    ? "\"%s\""
                     : field->type == FIELD_REAL && !strchr(field->fallback, '.') ? "%s.0"
                                                                                  : "%s",
                     field->fallback);
            cr_assert_str_eq(text.text, expected, "%s.%s", kind->name, field->name);
            strbuf_clear(&text);
        }
    }
}

/* A memory with tea in it, and a change of it. */
static void begin_change(struct memory *memory, struct memory *change)
{
    fill_record(&kind_memory, memory, 1, &arena);
    *change = (struct memory){.version = 0};
}

Test(record, applying_nothing_or_the_same_changes_nothing)
{
    struct memory memory, change;
    begin_change(&memory, &change);
    struct memory before = memory;
    bool is_quiet;
    cr_assert_not(record_apply(&kind_memory, &memory, &change, &is_quiet));
    cr_assert_not(is_quiet);
    change = memory;
    change.head.given = UINT64_MAX;
    cr_assert_not(record_apply(&kind_memory, &memory, &change, &is_quiet));
    cr_assert_eq(first_difference(&kind_memory, &before, &memory), FIELD_NONE);
    cr_assert_eq(memory.head.given, before.head.given);
}

Test(record, applying_takes_over_what_is_given_and_clears_what_is_null)
{
    struct memory memory, change;
    begin_change(&memory, &change);
    field_set_text(&kind_memory, &change, MEMORY_SUBJECT, "tea");
    field_clear(&kind_memory, &change, MEMORY_TAGS);
    change.content = "not given, hence not taken";
    bool is_quiet;
    cr_assert(record_apply(&kind_memory, &memory, &change, &is_quiet));
    cr_assert_not(is_quiet);
    cr_assert_str_eq(memory.subject, "tea");
    cr_assert_not(field_present(&memory, MEMORY_TAGS));
    cr_assert_str_neq(memory.content, change.content);
    cr_assert_not(record_apply(&kind_memory, &memory, &change, &is_quiet));
}

Test(record, a_change_is_quiet_if_all_that_differs_is)
{
    struct memory memory, change;
    begin_change(&memory, &change);
    field_set_integer(&kind_memory, &change, MEMORY_ACCESS_COUNT, 99);
    field_copy(&kind_memory, &change, &memory, MEMORY_SUBJECT); // given, but the same
    bool is_quiet;
    cr_assert(record_apply(&kind_memory, &memory, &change, &is_quiet));
    cr_assert(is_quiet);
    field_set_integer(&kind_memory, &change, MEMORY_ACCESS_COUNT, 100);
    field_set_text(&kind_memory, &change, MEMORY_SUBJECT, "tea");
    cr_assert(record_apply(&kind_memory, &memory, &change, &is_quiet));
    cr_assert_not(is_quiet);
}
