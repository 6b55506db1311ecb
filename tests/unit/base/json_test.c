#include "base/json.h"

#include "../../support/support.h"
#include "base/alloc.h"
#include "base/limits.h"
#include "base/timestamp.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct strbuf buf;
static struct json_writer writer;

static void set_up(void)
{
    strbuf_init(&buf, LIMIT_RESULT_BYTES);
    json_writer_init(&writer, &buf);
}

static void tear_down(void)
{
    strbuf_clear(&buf);
}

TestSuite(json, .init = set_up, .fini = tear_down);

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
    cr_assert_eq(code, MNEME_INVALID, "%s", text);
    cr_assert_eq(err.code, MNEME_INVALID);
    cr_assert_null(value);
    cr_assert_neq(err.message[0], '\0');
    return err.rule;
}

static const char *refuse(const char *text)
{
    return refuse_n(text, strlen(text), LIMIT_JSON_BYTES);
}

/* The value as we write it. */
static const char *rewrite(const char *text)
{
    struct json *value = parse(text);
    strbuf_truncate(&buf, 0);
    json_writer_init(&writer, &buf);
    json_write_value(&writer, NULL, value);
    json_free(value);
    cr_assert_eq(strbuf_code(&buf), MNEME_OK);
    return buf.text;
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
    strbuf_truncate(&buf, 0);
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
    strbuf_add_text(&buf, "[\"\\\"");
    for (int i = 0; i < 200; i++) strbuf_add_text(&buf, "[{\\\\");
    strbuf_add_text(&buf, "\", [], [], []");
    for (int i = 0; i < 200; i++) strbuf_add_text(&buf, ", []");
    strbuf_add_char(&buf, ']');
    json_free(parse(buf.text));
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

Test(json, built_values_are_written)
{
    struct json *object = json_new_object(), *array = json_new_array();
    cr_assert(json_put(array, NULL, json_new_integer(-3)));
    cr_assert(json_put(array, NULL, json_new_real(0.5)));
    cr_assert(json_put(array, NULL, json_new_boolean(true)));
    cr_assert(json_put(object, "list", array));
    cr_assert(json_put(object, "text", json_new_text("first")));
    cr_assert(json_put(object, "text", json_new_text("second")), "takes the first one's place");
    json_write_value(&writer, NULL, object);
    cr_assert_str_eq(buf.text, "{\"list\":[-3,0.5,true],\"text\":\"second\"}");
    json_free(object);
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

Test(json, built_values_deeper_than_the_limit_are_not_written)
{
    struct json *value = json_new_array();
    for (int i = 0; i < 3 * LIMIT_JSON_DEPTH; i++) {
        struct json *outer = json_new_array();
        cr_assert(json_put(outer, NULL, value));
        value = outer;
    }
    json_write_value(&writer, NULL, value);
    cr_assert_eq(strbuf_code(&buf), MNEME_LIMIT);
    json_free(value);
}

Test(json, commas_and_colons_come_by_themselves)
{
    json_begin_object(&writer, NULL);
    json_write_text(&writer, "text", "x");
    json_write_text(&writer, "nothing", NULL);
    json_begin_array(&writer, "list");
    json_end_array(&writer);
    json_begin_array(&writer, "items");
    json_write_integer(&writer, NULL, 1);
    json_begin_object(&writer, NULL);
    json_end_object(&writer);
    json_write_real(&writer, NULL, 1.5);
    json_write_boolean(&writer, NULL, false);
    json_write_null(&writer, NULL);
    json_end_array(&writer);
    json_write_raw(&writer, "raw", "[1, 2]");
    json_write_time(&writer, "at", 0);
    json_write_time(&writer, "never", TIME_NONE);
    json_write_boolean(&writer, "na\"me", true);
    json_end_object(&writer);
    cr_assert_str_eq(buf.text,
                     "{\"text\":\"x\",\"nothing\":null,\"list\":[],\"items\":[1,{},1.5,false,null],"
                     "\"raw\":[1, 2],\"at\":\"1970-01-01T00:00:00Z\",\"never\":null,"
                     "\"na\\\"me\":true}");
}

Test(json, every_character_survives_at_any_place)
{
    char text[32];
    for (int c = 1; c < 0x80; c++) {
        for (size_t at = 0; at < 20; at++) {
            memset(text, 'x', 20);
            memcpy(text + 20, "\xC3\xAB\xF0\x9F\x8D\xB5", 7);
            text[at] = (char)c;
            strbuf_truncate(&buf, 0);
            json_writer_init(&writer, &buf);
            json_write_text(&writer, NULL, text);
            struct json *value = parse(buf.text);
            cr_assert_str_eq(json_as_text(value, NULL), text, "character %d at %zu", c, at);
            json_free(value);
        }
    }
}

Test(json, escapes_are_the_short_ones)
{
    json_write_text(&writer, NULL, "\"\\/\b\f\n\r\t\x01\x1F\x7F");
    cr_assert_str_eq(buf.text, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\"");
}

static const char *real_text(double value)
{
    strbuf_truncate(&buf, 0);
    json_writer_init(&writer, &buf);
    json_write_real(&writer, NULL, value);
    return buf.text;
}

Test(json, reals_are_short_and_marked)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0.0"},
        {-0.0, "0.0"},
        {1, "1.0"},
        {-1, "-1.0"},
        {0.1, "0.1"},
        {0.5, "0.5"},
        {-2.75, "-2.75"},
        {100, "100.0"},
        {0.3, "0.3"},
        {1e15, "1e+15"},
        {1e300, "1e+300"},
        {1e-7, "1e-07"},
        {123456789012345, "123456789012345.0"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {5e-324, "4.94065645841247e-324"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {0.0001, "0.0001"},
        {999999999999999, "999999999999999.0"},
        {9007199254740993, "9007199254740992.0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_str_eq(real_text(rows[i].value), rows[i].text, "row %zu", i);
}

Test(json, reals_without_a_value_are_null)
{
    cr_assert_str_eq(real_text(NAN), "null");
    cr_assert_str_eq(real_text(INFINITY), "null");
    cr_assert_str_eq(real_text(-INFINITY), "null");
}

/* The digits that are needed, by trial. */
static void check_real(double value)
{
    if (!isfinite(value)) return;
    char expected[40], digits[44];
    int precision = 15;
    do {
        (void)snprintf(expected, sizeof expected, "%.*g", precision, value);
    } while (strtod(expected, NULL) != value && ++precision < 17);
    (void)snprintf(expected, sizeof expected, "%.*g", precision, value);
    (void)snprintf(digits, sizeof digits, "%s%s", expected, strpbrk(expected, ".e") ? "" : ".0");
    const char *text = real_text(value);
    if (strcmp(text, digits) != 0) cr_assert_fail("%a is %s, not %s", value, text, digits);
    if (strtod(text, NULL) != value) cr_assert_fail("%a does not read back", value);
}

Test(json, reals_of_any_size_read_back_and_are_the_shortest)
{
    uint64_t state = 1;
    for (int i = 0; i < 200000; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t bits = state ^ state >> 29;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (value != 0) check_real(value);
        check_real(ldexp((double)(bits >> 11) + 1, -53));                // up to 1, all digits
        check_real((double)(bits >> 44) / 1000);                         // few digits
        check_real((double)(float)ldexp((double)(bits >> 40) + 1, -20)); // as a float was
        check_real((double)(bits >> (bits & 63)) + 1);                   // whole ones
    }
}

Test(json, reals_beside_powers_of_two_and_ten_are_exact)
{
    for (int exponent = -1074; exponent <= 1023; exponent++) {
        double power = ldexp(1, exponent);
        check_real(power);
        check_real(nextafter(power, INFINITY));
        check_real(-nextafter(power, 0) - (nextafter(power, 0) == 0));
    }
    for (int exponent = -307; exponent <= 308; exponent++) {
        char text[16];
        (void)snprintf(text, sizeof text, "1e%d", exponent);
        double power = strtod(text, NULL);
        check_real(power);
        check_real(nextafter(power, INFINITY));
        check_real(nextafter(power, 0));
        check_real(power * 5);
    }
}

Test(json, reals_have_a_point_whatever_the_locale)
{
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "ps_AF.UTF-8"};
    const char *set = NULL;
    for (size_t i = 0; !set && i < sizeof locales / sizeof *locales; i++)
        set = setlocale(LC_NUMERIC, locales[i]);
    if (!set) cr_skip_test("no locale with a decimal comma is installed");
    cr_assert_str_eq(real_text(0.1 + 0.2), "0.30000000000000004");
    cr_assert_str_eq(real_text(1.5e300), "1.5e+300");
    struct json *value = parse("0.25");
    cr_assert_eq(json_as_real(value), 0.25);
    json_free(value);
}

Test(json, integers_are_written_to_both_ends)
{
    static const struct {
        int64_t value;
        const char *text;
    } rows[] = {{0, "0"},
                {-1, "-1"},
                {1234567890, "1234567890"},
                {INT64_MAX, "9223372036854775807"},
                {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        strbuf_truncate(&buf, 0);
        json_writer_init(&writer, &buf);
        json_write_integer(&writer, NULL, rows[i].value);
        cr_assert_str_eq(buf.text, rows[i].text);
    }
}

Test(json, writing_what_was_read_changes_nothing_but_spaces)
{
    cr_assert_str_eq(rewrite(" [ 1 , {\"b\" : [ ] , \"a\" : {}} , 0.10 , \"\\u00eb\\/\" ] "),
                     "[1,{\"b\":[],\"a\":{}},0.1,\"\xC3\xAB/\"]");
    cr_assert_str_eq(rewrite("\"\\u2028\""), "\"\xE2\x80\xA8\"");
    cr_assert_str_eq(rewrite("-0"), "0");
    cr_assert_str_eq(rewrite("-0.0"), "0.0");
    cr_assert_str_eq(rewrite("1E2"), "100.0");
}

Test(json, full_buffer_is_reported_by_the_buffer)
{
    struct strbuf small;
    strbuf_init(&small, 10);
    json_writer_init(&writer, &small);
    json_begin_array(&writer, NULL);
    for (int i = 0; i < 10; i++) json_write_text(&writer, NULL, "text\n");
    json_end_array(&writer);
    cr_assert_eq(strbuf_code(&small), MNEME_LIMIT);
    cr_assert_leq(small.length, 10);
    strbuf_clear(&small);
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
