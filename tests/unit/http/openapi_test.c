#include "http/openapi.h"

#include "api/operation.h"
#include "base/limits.h"
#include "http/rest.h"
#include "http/self_description.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static struct self_description self;
static struct json *document;

static void begin(void)
{
    cr_assert_eq(self_description_init(&self, NULL), MNEME_OK);
    cr_assert_eq(
        json_parse(self.document.text, self.document.length, LIMIT_RESULT_BYTES, &document, NULL),
        MNEME_OK);
}

static void end(void)
{
    json_free(document);
    self_description_clear(&self);
}

TestSuite(openapi, .init = begin, .fini = end);

static const struct json *find(const struct operation *operation)
{
    char method[16] = "";
    for (size_t i = 0; operation->method[i] != '\0' && i + 1 < sizeof method; i++) {
        method[i] = (char)tolower(operation->method[i]);
    }
    const struct json *path = json_get(json_get(document, "paths"), operation->path);
    return path ? json_get(path, method) : NULL;
}

Test(openapi, has_every_operation_of_the_rest_face)
{
    for (size_t i = 0; i < operation_count; i++) {
        if (!rest_serves(&operations[i])) {
            continue;
        }
        const struct json *found = find(&operations[i]);
        cr_assert_not_null(found, "%s is missing", operations[i].name);
        cr_assert_str_eq(json_as_text(json_get(found, "operationId"), NULL), operations[i].name);
        cr_assert_not_null(json_pointer(found, "/responses/200/content/application~1json/schema"));
    }
}

Test(openapi, says_what_an_operation_that_reads_answers)
{
    for (size_t i = 0; i < operation_count; i++) {
        cr_assert(operations[i].effect != EFFECT_READ || operations[i].answer != NULL,
                  "%s has no answer", operations[i].name);
    }
}

/* Every reference in the value leads somewhere. */
static void follow(const struct json *value)
{
    const char *name;
    const struct json *member;
    void *at = NULL;
    for (size_t i = 0; json_type_of(value) == JSON_TYPE_ARRAY && i < json_count(value); i++) {
        follow(json_at(value, i));
    }
    while (json_type_of(value) == JSON_TYPE_OBJECT && json_each(value, &at, &name, &member)) {
        if (strcmp(name, "$ref") == 0) {
            const char *to = json_as_text(member, NULL);
            cr_assert_eq(to[0], '#');
            cr_assert_not_null(json_pointer(document, to + 1), "%s is not there", to);
        }
        follow(member);
    }
}

Test(openapi, refers_to_what_it_has)
{
    follow(document);
}

Test(openapi, is_a_page_that_names_every_operation_and_runs_nothing)
{
    for (size_t i = 0; i < operation_count; i++) {
        char id[128];
        (void)snprintf(id, sizeof id, "id=\"%s\"", operations[i].name);
        cr_assert(!rest_serves(&operations[i]) || strstr(self.page.text, id), "%s", id);
    }
    cr_assert_null(strstr(self.page.text, "<script"));
    cr_assert_null(strstr(self.page.text, "style=\""));
    cr_assert_null(strstr(self.page.text, "://"));
}
