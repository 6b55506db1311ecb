#include "base/json.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static struct json *parse(const char *text)
{
    struct json *value;
    struct mneme_error err;
    enum mneme_code code = json_parse(text, strlen(text), LIMIT_JSON_BYTES, &value, &err);
    cr_assert_eq(code, MNEME_OK, "%s: %s", text, err.message);
    return value;
}

static const char *refuse_n(const char *text, size_t length, size_t max_bytes)
{
    static struct mneme_error err;
    struct json *value = (void *)&err; // anything but NULL
    enum mneme_code code = json_parse(text, length, max_bytes, &value, &err);
    bool is_bound = strcmp(err.rule, "depth") == 0 || strcmp(err.rule, "max_bytes") == 0;
    cr_assert_eq(code, is_bound ? MNEME_LIMIT : MNEME_INVALID, "%s", text);
    cr_assert_eq(err.code, code);
    cr_assert_null(value);
    cr_assert_neq(err.message[0], '\0');
    return err.rule;
}

static const char *refuse(const char *text)
{
    return refuse_n(text, strlen(text), LIMIT_JSON_BYTES);
}

Test(json, reads_every_type)
{
    struct json *value = parse(" { \"n\" : null, \"b\": [true, false], \"i\": -7, \"r\": 2.5,\n"
                               "\t\"t\": \"a\\u00eb\\ud83c\\udf75\\n\" } ");
    cr_assert_eq(json_type_of(value), JSON_TYPE_OBJECT);
    cr_assert_eq(json_count(value), 5);
    cr_assert_eq(json_type_of(json_get(value, "n")), JSON_TYPE_NULL);
    const struct json *flags = json_get(value, "b");
    cr_assert_eq(json_type_of(flags), JSON_TYPE_ARRAY);
    cr_assert_eq(json_count(flags), 2);
    cr_assert(json_as_boolean(json_at(flags, 0)));
    cr_assert_not(json_as_boolean(json_at(flags, 1)));
    cr_assert_null(json_at(flags, 2));
    cr_assert_eq(json_as_integer(json_get(value, "i")), -7);
    cr_assert_eq(json_as_real(json_get(value, "i")), -7.0, "an integer is a number");
    cr_assert_eq(json_as_real(json_get(value, "r")), 2.5);
    size_t length;
    cr_assert_str_eq(json_as_text(json_get(value, "t"), &length), "a\xC3\xAB\xF0\x9F\x8D\xB5\n");
    cr_assert_eq(length, 8);
    cr_assert_null(json_get(value, "absent"));
    cr_assert_null(json_get(flags, "n"), "no object");
    cr_assert_null(json_at(value, 0), "no array");
    cr_assert_eq(json_count(json_get(value, "t")), 0);
    json_free(value);
    json_free(NULL);
}

Test(json, reads_a_lone_value_of_any_type)
{
    static const struct {
        const char *text;
        enum json_type type;
        const char *name;
    } rows[] = {
        {"null", JSON_TYPE_NULL, "null"},     {"true", JSON_TYPE_BOOLEAN, "boolean"},
        {"-0", JSON_TYPE_INTEGER, "integer"}, {"1e2", JSON_TYPE_REAL, "number"},
        {"\"\"", JSON_TYPE_TEXT, "string"},   {"[]", JSON_TYPE_ARRAY, "array"},
        {"{}", JSON_TYPE_OBJECT, "object"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json *value = parse(rows[i].text);
        cr_assert_eq(json_type_of(value), rows[i].type, "%s", rows[i].text);
        cr_assert_str_eq(json_type_name(rows[i].type), rows[i].name);
        json_free(value);
    }
}

Test(json, reads_integers_to_both_ends_of_int64)
{
    struct json *value = parse("[9223372036854775807, -9223372036854775808]");
    cr_assert_eq(json_as_integer(json_at(value, 0)), INT64_MAX);
    cr_assert_eq(json_as_integer(json_at(value, 1)), INT64_MIN);
    json_free(value);
    cr_assert_str_eq(refuse("9223372036854775808"), "json");
    cr_assert_str_eq(refuse("-9223372036854775809"), "json");
    cr_assert_str_eq(refuse("1e400"), "json", "infinite");
}

Test(json, refuses_what_is_no_json)
{
    static const char *const bad[] = {
        "",
        " ",
        "nul",
        "truex",
        "NaN",
        "Infinity",
        "-Infinity",
        "nan",
        "+1",
        "01",
        "1.",
        ".5",
        "1e",
        "0x10",
        "--1",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\n\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\udc00x\"",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "}",
        "1 2",
        "{} {}",
        "[] x",
        "/**/1",
        "\xEF\xBB\xBF{}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *rule = refuse(bad[i]);
        cr_assert_str_eq(rule, "json", "%s: %s", bad[i], rule);
    }
}

Test(json, every_cut_of_a_text_is_refused)
{
    const char *whole = "{\"a\": [1, -2.5e3, \"x\\\"\\u00eb\"], \"b\": {\"c\": null}, \"d\": true}";
    for (size_t length = 0; length < strlen(whole); length++)
        cr_assert_str_eq(refuse_n(whole, length, LIMIT_JSON_BYTES), "json", "%zu bytes", length);
    json_free(parse(whole));
}

Test(json, refuses_duplicate_names_at_any_level)
{
    cr_assert_str_eq(refuse("{\"a\": 1, \"a\": 1}"), "duplicate");
    cr_assert_str_eq(refuse("[{\"x\": {\"a\": 1, \"b\": 2, \"\\u0061\": 3}}]"), "duplicate");
    json_free(parse("[{\"a\": 1}, {\"a\": {\"a\": 2}}]"));
}

Test(json, refuses_invalid_utf8_and_nul)
{
    static const char *const bad[] = {
        "\"\x80\"",
        "\"\xC3(\"",
        "\"\xC0\xAF\"",
        "\"\xED\xA0\x80\"",
        "\"\xF4\x90\x80\x80\"",
        "\"\xE2\x82\"",
        "{\"\xFF\": 1}",
        "\"a\\u0000b\"",
        "{\"\\u0000\": 1}",
        "{\"a\\u0000\": 1}",
        "\xFF",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *rule = refuse(bad[i]);
        cr_assert_str_eq(rule, "utf8", "row %zu: %s", i, rule);
    }
    cr_assert_str_eq(refuse_n("\"a\0b\"", 5, LIMIT_JSON_BYTES), "utf8");
    cr_assert_str_eq(refuse_n("1\0", 2, LIMIT_JSON_BYTES), "utf8", "the end is where it is");
    cr_assert_str_eq(refuse_n("[1]\0[", 5, LIMIT_JSON_BYTES), "utf8");
}

/* `depth` arrays or objects, one in the other. */
static char *nest(size_t depth, bool is_object)
{
    struct strbuf buf;
    strbuf_init(&buf, LIMIT_JSON_BYTES);
    for (size_t i = 0; i < depth; i++) strbuf_add_text(&buf, is_object ? "{\"a\":" : "[");
    strbuf_add_text(&buf, is_object ? "1" : "");
    for (size_t i = 0; i < depth; i++) strbuf_add_char(&buf, is_object ? '}' : ']');
    return strbuf_take(&buf);
}

Test(json, depth_is_bounded)
{
    for (int is_object = 0; is_object < 2; is_object++) {
        char *deepest = nest(LIMIT_JSON_DEPTH, is_object);
        json_free(parse(deepest));
        mem_free(deepest);
        char *too_deep = nest(LIMIT_JSON_DEPTH + 1, is_object);
        cr_assert_str_eq(refuse(too_deep), "depth");
        mem_free(too_deep);
        char *absurd = nest(100000, is_object);
        cr_assert_str_eq(refuse(absurd), "depth");
        mem_free(absurd);
    }
}

Test(json, brackets_in_strings_are_no_depth)
{
    struct strbuf buf;
    strbuf_init(&buf, LIMIT_JSON_BYTES);
    strbuf_add_text(&buf, "[\"\\\"");
    for (int i = 0; i < 200; i++) strbuf_add_text(&buf, "[{\\\\");
    strbuf_add_text(&buf, "\", [], [], []");
    for (int i = 0; i < 200; i++) strbuf_add_text(&buf, ", []");
    strbuf_add_char(&buf, ']');
    json_free(parse(buf.text));
    strbuf_clear(&buf);
}

Test(json, size_is_bounded)
{
    cr_assert_str_eq(refuse_n("[1, 2]", 6, 5), "max_bytes");
    struct json *value;
    cr_assert_eq(json_parse("[1, 2]", 6, 6, &value, NULL), MNEME_OK);
    json_free(value);
}

Test(json, errors_name_the_place_and_quote_nothing)
{
    struct json *value;
    struct mneme_error err;
    const char *text = "{\"a\": 1,\n \"secret\": oops}";
    cr_assert_eq(json_parse(text, strlen(text), 100, &value, &err), MNEME_INVALID);
    cr_assert_not_null(strstr(err.message, "line 2"), "%s", err.message);
    cr_assert_null(strstr(err.message, "oops"), "%s", err.message);
}

Test(json, members_come_in_the_order_they_were_written)
{
    struct json *value = parse("{\"z\": 0, \"a\": 1, \"m\": 2, \"\": 3}");
    static const char *const names[] = {"z", "a", "m", ""};
    void *at = NULL;
    const char *name;
    const struct json *member;
    for (int64_t i = 0; i < 4; i++) {
        cr_assert(json_each(value, &at, &name, &member));
        cr_assert_str_eq(name, names[i]);
        cr_assert_eq(json_as_integer(member), i);
    }
    cr_assert_not(json_each(value, &at, &name, &member));
    json_free(value);
    value = parse("[1]");
    at = NULL;
    cr_assert_not(json_each(value, &at, &name, &member), "an array has none");
    json_free(value);
}

/* The document and the pointers of RFC 6901, section 5. */
Test(json, pointers_are_those_of_the_rfc)
{
    struct json *value = parse("{\"foo\": [\"bar\", \"baz\"], \"\": 0, \"a/b\": 1, \"c%d\": 2,"
                               "\"e^f\": 3, \"g|h\": 4, \"i\\\\j\": 5, \"k\\\"l\": 6, \" \": 7,"
                               "\"m~n\": 8, \"~1\": 9}");
    static const struct {
        const char *pointer;
        int64_t expected;
    } rows[] = {{"/", 0},     {"/a~1b", 1}, {"/c%d", 2}, {"/e^f", 3},  {"/g|h", 4},
                {"/i\\j", 5}, {"/k\"l", 6}, {"/ ", 7},   {"/m~0n", 8}, {"/~01", 9}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct json *found = json_pointer(value, rows[i].pointer);
        cr_assert_not_null(found, "%s", rows[i].pointer);
        cr_assert_eq(json_as_integer(found), rows[i].expected, "%s", rows[i].pointer);
    }
    cr_assert_eq(json_pointer(value, ""), value);
    cr_assert_str_eq(json_as_text(json_pointer(value, "/foo/1"), NULL), "baz");
    cr_assert_eq(json_count(json_pointer(value, "/foo")), 2);

    static const char *const nowhere[] = {
        "foo",
        "/fo",
        "/fooo",
        "/foo/2",
        "/foo/-",
        "/foo/",
        "/foo/00",
        "/foo/01",
        "/foo/1x",
        "/foo/+1",
        "/foo/0/x",
        "//",
        "/a/b",
        "/m~2n",
        "/m~",
        "/m~n",
        "/~0",
        "/~01x",
        "/foo/18446744073709551616",
        "/foo/99999999999999999999999999",
    };
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
        cr_assert_null(json_pointer(value, nowhere[i]), "%s", nowhere[i]);
    json_free(value);
}

Test(json, values_that_json_lacks_are_not_built)
{
    cr_assert_null(json_new_real(NAN));
    cr_assert_null(json_new_real(INFINITY));
    cr_assert_null(json_new_text("\xFF"));
    struct json *object = json_new_object();
    cr_assert_not(json_put(object, "x", json_new_text("\xFF")), "NULL is passed on");
    cr_assert_not(json_put(object, "\xFF", json_new_integer(1)));
    cr_assert_eq(json_count(object), 0);
    json_free(object);
}

static enum mneme_code read_build_and_write(void *context)
{
    (void)context;
    const char *text = "{\"a\": [1, 2.5, \"x\", null, {\"b\": true}], \"c\": \"\\u00eb\"}";
    struct json *value;
    struct mneme_error err = {.code = MNEME_OK};
    enum mneme_code code = json_parse(text, strlen(text), LIMIT_JSON_BYTES, &value, &err);
    cr_assert_eq(value != NULL, code == MNEME_OK);
    cr_assert_eq(err.code, code);
    if (code != MNEME_OK) return code;

    struct strbuf out;
    struct json_writer own;
    strbuf_init(&out, 1000);
    json_writer_init(&own, &out);
    struct json *object = json_new_object();
    bool is_built = object && json_put(object, "parsed", value);
    if (!object) json_free(value);
    is_built = is_built && json_put(object, "text", json_new_text("x")) &&
               json_put(object, "real", json_new_real(0.5)) &&
               json_put(object, "integer", json_new_integer(7));
    if (is_built) json_write_value(&own, NULL, object);
    code = is_built ? strbuf_code(&out) : MNEME_NOMEM;
    json_free(object);
    strbuf_clear(&out);
    return code;
}

Test(json, out_of_memory_at_each_allocation_is_reported)
{
    support_hook_jansson();
    cr_assert_gt(support_fail_each(read_build_and_write, NULL), 20);
}

static const char tokens[] = "[\"a text that outgrows the first buffer\", 1, 1234567890123456789, "
                             "0.12345678901234567890123456789012345678901234567890]";

static enum mneme_code read_tokens(void *context)
{
    struct json *value;
    (void)context;
    enum mneme_code code = json_parse(tokens, strlen(tokens), LIMIT_JSON_BYTES, &value, NULL);
    if (code != MNEME_OK) return code;
    cr_expect_str_eq(json_as_text(json_at(value, 0), NULL),
                     "a text that outgrows the first buffer");
    cr_expect_eq(json_as_integer(json_at(value, 2)), INT64_C(1234567890123456789));
    cr_expect_eq(json_as_real(json_at(value, 3)), 0.1234567890123456789);
    json_free(value);
    return MNEME_OK;
}

/* Without escapes and long numbers, which are read in another way; and with an escape. */
static const char *const objects[] = {
    "{\"a name that outgrows the first buffer\": \"a longer text, which outgrows the second one\","
    " \"b\": -1234567890123}",
    "{\"a name that outgrows the first buffer\": \"a longer text, which outgrows the second "
    "on\\u0065\","
    " \"b\": -1234567890123}"};

static enum mneme_code read_object(void *context)
{
    const char *text = context;
    struct json *value;
    enum mneme_code code = json_parse(text, strlen(text), LIMIT_JSON_BYTES, &value, NULL);
    if (code != MNEME_OK) return code;
    const struct json *member = json_get(value, "a name that outgrows the first buffer");
    cr_assert_not_null(member);
    cr_expect_str_eq(json_as_text(member, NULL), "a longer text, which outgrows the second one");
    cr_expect_eq(json_as_integer(json_get(value, "b")), INT64_C(-1234567890123));
    json_free(value);
    return MNEME_OK;
}

Test(json, out_of_memory_takes_no_character_from_a_token)
{
    support_hook_jansson();
    cr_assert_gt(support_fail_each(read_tokens, NULL), 10);
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        cr_assert_gt(support_fail_each(read_object, (void *)(uintptr_t)objects[i]), 10);
}

Test(json, a_text_beside_the_one_read_does_not_pass_for_it)
{
    static const char *const texts[] = {"1, 2", "1]", "1], [2", "", " ", "],[", "\"a\"]]", "1,"};
    struct json *value;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect_eq(json_parse(texts[i], strlen(texts[i]), LIMIT_JSON_BYTES, &value, NULL),
                     MNEME_INVALID, "%s", texts[i]);
}
