#include "http/self_description.h"

#include "base/json.h"
#include "base/limits.h"
#include "http/openapi.h"

#include <string.h>

#define SCHEMAS "#/components/schemas/"

static const char style[] =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;"
    "color-scheme:light dark}\n"
    "h2{border-bottom:1px solid;margin-top:3rem}\n"
    "h3{font:600 1rem ui-monospace,monospace;margin-top:2rem}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;border-bottom:1px solid "
    "color-mix(in srgb,currentColor 20%,transparent)}\n"
    "code,td:first-child{font-family:ui-monospace,monospace}\n";

// --- the page --------------------------------------------------------------------------------

static void add_text(struct strbuf *page, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': strbuf_add_text(page, "&amp;"); break;
        case '<': strbuf_add_text(page, "&lt;"); break;
        case '>': strbuf_add_text(page, "&gt;"); break;
        case '"': strbuf_add_text(page, "&quot;"); break;
        default: strbuf_add_char(page, *text);
        }
    }
}

static void add_element(struct strbuf *page, const char *element, const char *text)
{
    strbuf_printf(page, "<%s>", element);
    add_text(page, text);
    strbuf_printf(page, "</%s>", element);
}

/* The text at a place in the document; "" if there is none. */
static const char *text_at(const struct json *value, const char *pointer)
{
    const struct json *found = value ? json_pointer(value, pointer) : NULL;
    return found && json_type_of(found) == JSON_TYPE_TEXT ? json_as_text(found, NULL) : "";
}

static void add_type(struct strbuf *page, const struct json *schema);

/* Alternatives, joined by words. */
static void add_alternatives(struct strbuf *page, const struct json *all)
{
    for (size_t i = 0; i < json_count(all); i++) {
        strbuf_add_text(page, i > 0 ? " or " : "");
        if (json_type_of(json_at(all, i)) == JSON_TYPE_TEXT) {
            add_text(page, json_as_text(json_at(all, i), NULL));
        } else {
            add_type(page, json_at(all, i));
        }
    }
}

/* A schema in a few words: "integer or null", "list of Receipt". Schemas of ours are a few levels deep. */
static void add_type(struct strbuf *page, const struct json *schema)
{
    const char *reference = text_at(schema, "/$ref");
    const struct json *type = json_get(schema, "type"), *items = json_get(schema, "items");
    const struct json *values = json_get(schema, "additionalProperties");
    if (*reference != '\0') {
        reference += strlen(SCHEMAS);
        strbuf_printf(page, "<a href=\"#%s\">%s</a>", reference, reference);
    } else if (json_get(schema, "const") != NULL) {
        add_text(page, text_at(schema, "/const"));
    } else if (json_get(schema, "enum") != NULL) {
        add_alternatives(page, json_get(schema, "enum"));
    } else if (json_get(schema, "anyOf") != NULL) {
        add_alternatives(page, json_get(schema, "anyOf"));
    } else if (items != NULL) {
        strbuf_add_text(page, "list of ");
        add_type(page, items);
    } else if (values != NULL && json_type_of(values) == JSON_TYPE_OBJECT) {
        strbuf_add_text(page, "by name: ");
        add_type(page, values);
    } else if (type == NULL) {
        strbuf_add_text(page, "any value");
    } else if (json_type_of(type) == JSON_TYPE_ARRAY) {
        add_alternatives(page, type);
    } else {
        const char *format = text_at(schema, "/format");
        add_text(page, *format != '\0' ? format : text_at(schema, "/type"));
    }
}

static bool is_among(const struct json *names, const char *name)
{
    for (size_t i = 0; i < json_count(names); i++) {
        if (strcmp(json_as_text(json_at(names, i), NULL), name) == 0) {
            return true;
        }
    }
    return false;
}

static void add_row(struct strbuf *page, const char *name, const char *place,
                    const struct json *schema, bool is_required, const char *words)
{
    strbuf_add_text(page, "<tr>");
    add_element(page, "td", name);
    strbuf_printf(page, "<td>%s%s</td><td>", place, is_required ? ", required" : "");
    add_type(page, schema);
    strbuf_add_text(page, "</td>");
    add_element(page, "td", words);
    strbuf_add_text(page, "</tr>\n");
}

/* A row for each property of an object's schema. */
static void add_properties(struct strbuf *page, const struct json *schema, const char *place)
{
    const char *name;
    const struct json *property;
    void *at = NULL;
    const struct json *required = json_get(schema, "required");
    const struct json *properties = json_get(schema, "properties");
    while (properties != NULL && json_each(properties, &at, &name, &property)) {
        add_row(page, name, place, property, is_among(required, name),
                text_at(property, "/description"));
    }
}

static void add_parameters(struct strbuf *page, const struct json *parameters)
{
    for (size_t i = 0; i < json_count(parameters); i++) {
        const struct json *one = json_at(parameters, i);
        const struct json *content = json_pointer(one, "/content/application~1json/schema");
        add_row(page, text_at(one, "/name"), text_at(one, "/in"),
                content ? content : json_get(one, "schema"),
                json_as_boolean(json_get(one, "required")), text_at(one, "/description"));
    }
}

static void add_operation(struct strbuf *page, const char *method, const char *path,
                          const struct json *operation)
{
    const struct json *body =
        json_pointer(operation, "/requestBody/content/application~1json/schema");
    const struct json *answer =
        json_pointer(operation, "/responses/200/content/application~1json/schema");
    const struct json *parameters = json_get(operation, "parameters");
    strbuf_printf(page, "<h3 id=\"%s\">", text_at(operation, "/operationId"));
    for (; *method != '\0'; method++) {
        strbuf_add_char(page, (char)(*method - 'a' + 'A'));
    }
    strbuf_add_char(page, ' ');
    add_text(page, path);
    strbuf_add_text(page, "</h3>\n");
    add_element(page, "p", text_at(operation, "/description"));
    if (json_count(parameters) > 0 || json_count(json_get(body, "properties")) > 0) {
        strbuf_add_text(page, "<table><tr><th>input</th><th>in</th><th>type</th><th></th></tr>\n");
        add_parameters(page, parameters);
        add_properties(page, body, "body");
        strbuf_add_text(page, "</table>\n");
    }
    if (answer != NULL) {
        strbuf_add_text(page, "<p>Answers ");
        add_type(page, answer);
        strbuf_add_text(page, ".</p>\n");
    }
}

/* The operations of one tag. */
static void add_tag(struct strbuf *page, const struct json *document, const char *tag)
{
    const char *path, *method;
    const struct json *methods, *operation;
    void *at = NULL;
    add_element(page, "h2", tag);
    while (json_each(json_get(document, "paths"), &at, &path, &methods)) {
        void *at_method = NULL;
        while (json_each(methods, &at_method, &method, &operation)) {
            if (strcmp(text_at(operation, "/tags/0"), tag) == 0) {
                add_operation(page, method, path, operation);
            }
        }
    }
}

static void add_problems(struct strbuf *page, const struct json *document)
{
    const char *name;
    const struct json *response;
    void *at = NULL;
    strbuf_add_text(page, "<h2>Problems</h2>\n<table>\n");
    while (json_each(json_pointer(document, "/components/responses"), &at, &name, &response)) {
        strbuf_add_text(page, "<tr>");
        add_element(page, "td", name + strlen("Problem"));
        add_element(page, "td", text_at(response, "/description"));
        strbuf_add_text(page, "</tr>\n");
    }
    strbuf_add_text(page, "</table>\n");
}

static void add_shapes(struct strbuf *page, const struct json *document)
{
    const char *name;
    const struct json *schema;
    void *at = NULL;
    strbuf_add_text(page, "<h2>Answers</h2>\n");
    while (json_each(json_pointer(document, "/components/schemas"), &at, &name, &schema)) {
        strbuf_printf(page, "<h3 id=\"%s\">%s</h3>\n", name, name);
        add_element(page, "p", text_at(schema, "/description"));
        if (json_get(schema, "anyOf") != NULL) {
            strbuf_add_text(page, "<p>");
            add_alternatives(page, json_get(schema, "anyOf"));
            strbuf_add_text(page, "</p>\n");
            continue;
        }
        strbuf_add_text(page, "<table>\n");
        add_properties(page, schema, "");
        strbuf_add_text(page, "</table>\n");
    }
}

static void write_page(struct strbuf *page, const struct json *document)
{
    const struct json *tags = json_get(document, "tags");
    strbuf_add_text(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                          "<meta name=\"viewport\" content=\"width=device-width\">\n"
                          "<title>mneme</title>\n"
                          "<link rel=\"stylesheet\" href=\"/docs/style.css\">\n<h1>mneme ");
    add_text(page, text_at(document, "/info/version"));
    strbuf_add_text(page, "</h1>\n");
    add_element(page, "p", text_at(document, "/info/description"));
    strbuf_add_text(page, "<p>This page is <a href=\"/openapi.json\">/openapi.json</a>.</p>\n");
    for (size_t i = 0; i < json_count(tags); i++) {
        add_tag(page, document, text_at(json_at(tags, i), "/name"));
    }
    add_problems(page, document);
    add_shapes(page, document);
    strbuf_add_text(page, "</html>\n");
}

// --- the reference ---------------------------------------------------------------------------

enum mneme_code self_description_init(struct self_description *self, struct mneme_error *err)
{
    struct json *document = NULL;
    strbuf_init(&self->document, LIMIT_RESULT_BYTES);
    strbuf_init(&self->page, LIMIT_RESULT_BYTES);
    openapi_write(&self->document);
    enum mneme_code code = strbuf_code(&self->document);
    if (code == MNEME_OK) {
        code = json_parse(self->document.text, self->document.length, LIMIT_RESULT_BYTES, &document,
                          err);
    }
    if (code == MNEME_OK) {
        write_page(&self->page, document);
        code = strbuf_code(&self->page);
    }
    json_free(document);
    return code == MNEME_OK ? code : error_set(err, code, "the reference cannot be made");
}

void self_description_clear(struct self_description *self)
{
    strbuf_clear(&self->document);
    strbuf_clear(&self->page);
}

bool self_description_answer(const struct self_description *self,
                             const struct http_request *request, struct http_response *response)
{
    const struct {
        const char *path, *type, *text;
    } pages[] = {
        {"/openapi.json", "application/json", self->document.text},
        {"/docs", "text/html; charset=utf-8", self->page.text},
        {"/docs/style.css", "text/css; charset=utf-8", style},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (strcmp(request->path, pages[i].path) == 0 &&
            (strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0)) {
            response->status = 200;
            response->content_type = pages[i].type;
            strbuf_add_text(&response->body, pages[i].text);
            http_response_add_header(response, "Content-Security-Policy",
                                     "default-src 'none'; style-src 'self'; base-uri 'none'; "
                                     "form-action 'none'; frame-ancestors 'none'");
            http_response_add_header(response, "Cache-Control", "no-cache");
            return true;
        }
    }
    return false;
}
