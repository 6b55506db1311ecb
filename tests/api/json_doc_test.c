/*
 * Runs every example of docs/json.md, from top to bottom, against one fresh store, and compares the answers: "*" stands
 * for any value, "$name" for one value that is the same wherever the name stands, "..." for members not shown.
 */
#include "api/operation.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "mneme.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOC "docs/json.md"
#define BINDINGS_MAX 64

struct binding {
    const char *name, *json;
};

struct doc_run {
    struct arena arena;
    struct binding bindings[BINDINGS_MAX];
    size_t binding_count;
    struct strbuf problems;
    mneme *memory;
};

static const char *to_text(struct doc_run *run, const struct json *value)
{
    struct strbuf buf;
    struct json_writer writer;
    strbuf_init(&buf, 1 << 20);
    json_writer_init(&writer, &buf);
    json_write_value(&writer, NULL, value);
    const char *text = arena_text_n(&run->arena, buf.text, buf.length);
    strbuf_clear(&buf);
    return text;
}

static const char *find(const struct doc_run *run, const char *name)
{
    for (size_t i = 0; i < run->binding_count; i++) {
        if (strcmp(run->bindings[i].name, name) == 0) {
            return run->bindings[i].json;
        }
    }
    return NULL;
}

static void match(struct doc_run *run, const struct json *expected, const struct json *actual,
                  const char *place);

static void complain(struct doc_run *run, const char *place, const char *what,
                     const struct json *actual)
{
    strbuf_printf(&run->problems, "    %s: %s, got %.300s\n", place, what,
                  actual ? to_text(run, actual) : "nothing");
}

static void match_text(struct doc_run *run, const struct json *expected, const struct json *actual,
                       const char *place)
{
    const char *text = json_as_text(expected, NULL), *got = to_text(run, actual);
    if (strcmp(text, "*") == 0) {
        return;
    }
    if (text[0] != '$') {
        if (strcmp(to_text(run, expected), got) != 0) {
            complain(run, place, text, actual);
        }
        return;
    }
    const char *bound = find(run, text);
    if (bound == NULL) {
        cr_assert_lt(run->binding_count, BINDINGS_MAX);
        run->bindings[run->binding_count++] = (struct binding){arena_text(&run->arena, text), got};
    } else if (strcmp(bound, got) != 0) {
        complain(run, place, arena_printf(&run->arena, "%s is %s", text, bound), actual);
    }
}

static void match_object(struct doc_run *run, const struct json *expected,
                         const struct json *actual, const char *place)
{
    void *at = NULL;
    const char *name;
    const struct json *value;
    if (json_type_of(actual) != JSON_TYPE_OBJECT) {
        complain(run, place, "an object was expected", actual);
        return;
    }
    while (json_each(expected, &at, &name, &value)) {
        if (strcmp(name, "...") != 0) {
            match(run, value, json_get(actual, name),
                  arena_printf(&run->arena, "%s/%s", place, name));
        }
    }
    at = NULL;
    while (json_get(expected, "...") == NULL && json_each(actual, &at, &name, &value)) {
        if (json_get(expected, name) == NULL) {
            complain(run, place, arena_printf(&run->arena, "'%s' is not shown", name), value);
        }
    }
}

static void match_array(struct doc_run *run, const struct json *expected, const struct json *actual,
                        const char *place)
{
    if (json_type_of(actual) != JSON_TYPE_ARRAY || json_count(actual) != json_count(expected)) {
        complain(run, place, arena_printf(&run->arena, "%zu items", json_count(expected)), actual);
        return;
    }
    for (size_t i = 0; i < json_count(expected); i++) {
        match(run, json_at(expected, i), json_at(actual, i),
              arena_printf(&run->arena, "%s/%zu", place, i));
    }
}

static bool is_number(const struct json *value)
{
    return json_type_of(value) == JSON_TYPE_INTEGER || json_type_of(value) == JSON_TYPE_REAL;
}

static void match(struct doc_run *run, const struct json *expected, const struct json *actual,
                  const char *place)
{
    if (actual == NULL) {
        complain(run, place, "is missing", NULL);
    } else if (json_type_of(expected) == JSON_TYPE_TEXT) {
        match_text(run, expected, actual, place);
    } else if (json_type_of(expected) == JSON_TYPE_OBJECT) {
        match_object(run, expected, actual, place);
    } else if (json_type_of(expected) == JSON_TYPE_ARRAY) {
        match_array(run, expected, actual, place);
    } else if (is_number(expected) && is_number(actual)) {
        if (fabs(json_as_real(expected) - json_as_real(actual)) > 1e-3) {
            complain(run, place, to_text(run, expected), actual);
        }
    } else if (strcmp(to_text(run, expected), to_text(run, actual)) != 0) {
        complain(run, place, to_text(run, expected), actual);
    }
}

/* The input with every "$name" replaced by what it is bound to. */
static const char *fill_in(struct doc_run *run, const char *input)
{
    struct strbuf buf;
    strbuf_init(&buf, 1 << 20);
    while (*input != '\0') {
        const char *end = input[0] == '"' && input[1] == '$' ? strchr(input + 1, '"') : NULL;
        const char *name =
            end ? arena_text_n(&run->arena, input + 1, (size_t)(end - input - 1)) : NULL;
        const char *bound = name ? find(run, name) : NULL;
        if (bound != NULL) {
            strbuf_add_text(&buf, bound);
            input = end + 1;
        } else {
            strbuf_add_char(&buf, *input++);
        }
    }
    const char *text = arena_text_n(&run->arena, buf.text, buf.length);
    strbuf_clear(&buf);
    return text;
}

/* Every answer is as the operation's row describes it. */
static void check_shape(struct doc_run *run, const char *operation, const struct json *actual)
{
    const struct operation *row = operation_find(operation);
    cr_assert_not_null(row, "%s is no operation", operation);
    const struct shape *shape = json_get(actual, "error") ? &answer_error : operation_answer(row);
    const char *place = shape_check(shape, actual, &run->arena);
    if (place != NULL) {
        strbuf_printf(&run->problems, "    '%s' is not as the answer is described\n", place);
    }
}

static void run_example(struct doc_run *run, const char *call, const char *answer)
{
    const char *space = strchr(call, ' ');
    cr_assert_not_null(space, "no input in: %s", call);
    const char *operation = arena_text_n(&run->arena, call, (size_t)(space - call));
    mneme_result *result;
    enum mneme_code code =
        mneme_call(run->memory, operation, fill_in(run, space + 1), &result, NULL);
    cr_assert_not_null(result, "out of memory");
    (void)code;
    struct json *expected, *actual;
    const char *text = mneme_result_json(result);
    cr_assert_eq(json_parse(answer, strlen(answer), 1 << 20, &expected, NULL), MNEME_OK,
                 "the example is no JSON: %s", answer);
    cr_assert_eq(json_parse(text, strlen(text), 1 << 26, &actual, NULL), MNEME_OK);
    size_t before = run->problems.length;
    match(run, expected, actual, "");
    check_shape(run, operation, actual);
    if (run->problems.length > before) {
        strbuf_printf(&run->problems, "  in: %s\n", call);
    }
    json_free(expected);
    json_free(actual);
    mneme_result_free(result);
}

/* Calls run_example for every pair of `> ` and `< ` lines inside the mneme blocks. */
static size_t run_document(struct doc_run *run, FILE *file)
{
    char *line = NULL, *call = NULL;
    size_t capacity = 0, count = 0;
    bool is_inside = false;
    ssize_t length;
    while ((length = getline(&line, &capacity, file)) > 0) {
        line[length - 1] = '\0';
        if (strncmp(line, "```", 3) == 0) {
            is_inside = strcmp(line, "```mneme") == 0;
        } else if (is_inside && strncmp(line, "> ", 2) == 0) {
            call = arena_text(&run->arena, line + 2);
        } else if (is_inside && strncmp(line, "< ", 2) == 0) {
            cr_assert_not_null(call, "an answer without a call: %s", line);
            run_example(run, call, line + 2);
            call = NULL;
            count++;
        }
    }
    free(line);
    return count;
}

Test(json_doc, every_example_of_docs_json_md_is_true, .timeout = 60)
{
    struct doc_run run = {0};
    arena_init(&run.arena);
    strbuf_init(&run.problems, 1 << 20);
    struct support_dir folder;
    support_dir_init(&folder);
    struct mneme_options options = {.size = sizeof options,
                                    .url = support_dir_file(&folder, "doc.db")};
    cr_assert_eq(mneme_open(&options, &run.memory, NULL), MNEME_OK);
    FILE *file = fopen(DOC, "r");
    cr_assert_not_null(file, "%s is not there: run the tests from the top of the checkout", DOC);
    size_t count = run_document(&run, file);
    fclose(file);
    mneme_close(run.memory);
    cr_expect_gt(count, 50, "only %zu examples were found", count);
    cr_expect_eq(run.problems.length, 0, "%s", run.problems.length > 0 ? run.problems.text : "");
    strbuf_clear(&run.problems);
    arena_clear(&run.arena);
    support_dir_clear(&folder);
}
