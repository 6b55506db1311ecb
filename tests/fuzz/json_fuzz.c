/* Whatever json_parse takes, it takes again as we write it, and writes the same text then. */
#include "base/json.h"

#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool claim, const char *what, const char *text)
{
    if (claim) return;
    fprintf(stderr, "%s: %s\n", what, text);
    abort();
}

/* The same value; reals by their number, since -0.0 is written as 0.0. */
static bool is_same(const struct json *a, const struct json *b)
{
    if (json_type_of(a) != json_type_of(b) || json_count(a) != json_count(b)) return false;
    size_t a_length, b_length;
    void *at = NULL;
    const char *name;
    const struct json *member;
    switch (json_type_of(a)) {
    case JSON_TYPE_NULL: return true;
    case JSON_TYPE_BOOLEAN: return json_as_boolean(a) == json_as_boolean(b);
    case JSON_TYPE_INTEGER: return json_as_integer(a) == json_as_integer(b);
    case JSON_TYPE_REAL: return json_as_real(a) == json_as_real(b);
    case JSON_TYPE_TEXT: {
        const char *a_text = json_as_text(a, &a_length), *b_text = json_as_text(b, &b_length);
        return a_length == b_length && memcmp(a_text, b_text, a_length) == 0;
    }
    case JSON_TYPE_ARRAY:
        for (size_t i = 0; i < json_count(a); i++) {
            if (!is_same(json_at(a, i), json_at(b, i))) return false;
        }
        return true;
    case JSON_TYPE_OBJECT:
        while (json_each(a, &at, &name, &member)) {
            const struct json *other = json_get(b, name);
            if (!other || !is_same(member, other)) return false;
        }
        return true;
    }
    return false;
}

static void write_value(const struct json *value, struct strbuf *out)
{
    struct json_writer writer;
    strbuf_init(out, LIMIT_RESULT_BYTES);
    json_writer_init(&writer, out);
    json_write_value(&writer, NULL, value);
    require(strbuf_code(out) == MNEME_OK, "not written", out->text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct json *first, *second;
    struct mneme_error err;
    enum mneme_code code = json_parse((const char *)bytes, length, LIMIT_JSON_BYTES, &first, &err);
    if (code != MNEME_OK) {
        require(!first && code == err.code && err.rule[0], "refused without a rule", err.message);
        return 0;
    }
    struct strbuf once, twice;
    write_value(first, &once);
    code = json_parse(once.text, once.length, LIMIT_RESULT_BYTES, &second, &err);
    require(code == MNEME_OK, "does not read back", once.text);
    require(is_same(first, second), "reads back as another value", once.text);
    write_value(second, &twice);
    require(strcmp(once.text, twice.text) == 0, "is written in another way", twice.text);
    strbuf_clear(&once);
    strbuf_clear(&twice);
    json_free(first);
    json_free(second);
    return 0;
}
