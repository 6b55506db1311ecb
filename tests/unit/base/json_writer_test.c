#include "base/json.h"
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

TestSuite(json_writer, .init = set_up, .fini = tear_down);

static struct json *parse(const char *text)
{
    struct json *value;
    struct mneme_error err;
    enum mneme_code code = json_parse(text, strlen(text), LIMIT_JSON_BYTES, &value, &err);
    cr_assert_eq(code, MNEME_OK, "%s: %s", text, err.message);
    return value;
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

Test(json_writer, built_values_are_written)
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

Test(json_writer, built_values_deeper_than_the_limit_are_not_written)
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

Test(json_writer, commas_and_colons_come_by_themselves)
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

Test(json_writer, every_character_survives_at_any_place)
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

Test(json_writer, escapes_are_the_short_ones)
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

Test(json_writer, reals_are_short_and_marked)
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

Test(json_writer, reals_without_a_value_are_null)
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

Test(json_writer, reals_of_any_size_read_back_and_are_the_shortest)
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

Test(json_writer, reals_beside_powers_of_two_and_ten_are_exact)
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

Test(json_writer, reals_have_a_point_whatever_the_locale)
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

Test(json_writer, integers_are_written_to_both_ends)
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

Test(json_writer, writing_what_was_read_changes_nothing_but_spaces)
{
    cr_assert_str_eq(rewrite(" [ 1 , {\"b\" : [ ] , \"a\" : {}} , 0.10 , \"\\u00eb\\/\" ] "),
                     "[1,{\"b\":[],\"a\":{}},0.1,\"\xC3\xAB/\"]");
    cr_assert_str_eq(rewrite("\"\\u2028\""), "\"\xE2\x80\xA8\"");
    cr_assert_str_eq(rewrite("-0"), "0");
    cr_assert_str_eq(rewrite("-0.0"), "0.0");
    cr_assert_str_eq(rewrite("1E2"), "100.0");
}

Test(json_writer, full_buffer_is_reported_by_the_buffer)
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
