#include "base/error.h"

#include "base/utf8.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(error, setting_fills_code_and_words)
{
    struct mneme_error err = {.field = "old", .rule = "old"};
    cr_assert_eq(error_set(&err, MNEME_NOT_FOUND, "no memory '%s'", "x"), MNEME_NOT_FOUND);
    cr_assert_eq(err.code, MNEME_NOT_FOUND);
    cr_assert_str_eq(err.message, "no memory 'x'");
    cr_assert_str_eq(err.field, "");
    cr_assert_str_eq(err.rule, "");
}

Test(error, field_and_rule_are_named)
{
    struct mneme_error err;
    cr_assert_eq(error_field(&err, MNEME_INVALID, "key", "max_length", "%d bytes", 7),
                 MNEME_INVALID);
    cr_assert_str_eq(err.field, "key");
    cr_assert_str_eq(err.rule, "max_length");
    cr_assert_str_eq(err.message, "7 bytes");
}

Test(error, null_only_returns_the_code)
{
    cr_assert_eq(error_set(NULL, MNEME_BUSY, "%s", "x"), MNEME_BUSY);
    cr_assert_eq(error_field(NULL, MNEME_INVALID, "f", "r", "%s", "x"), MNEME_INVALID);
    cr_assert_eq(error_nomem(NULL), MNEME_NOMEM);
}

Test(error, out_of_memory_has_words)
{
    struct mneme_error err;
    cr_assert_eq(error_nomem(&err), MNEME_NOMEM);
    cr_assert_str_eq(err.message, "out of memory");
}

Test(error, long_texts_are_cut_at_a_characters_start)
{
    char long_text[400];
    for (size_t shift = 0; shift < 4; shift++) {
        size_t at = 0;
        for (; at < shift; at++) long_text[at] = 'x';
        while (at + 4 < sizeof long_text) {
            memcpy(long_text + at, "\xF0\x9F\x8D\xB5", 4); // a cup of tea
            at += 4;
        }
        long_text[at] = '\0';
        struct mneme_error err;
        (void)error_field(&err, MNEME_INVALID, long_text, long_text, "%s", long_text);
        cr_assert(utf8_is_valid(err.message, strlen(err.message)));
        cr_assert(utf8_is_valid(err.field, strlen(err.field)));
        cr_assert(utf8_is_valid(err.rule, strlen(err.rule)));
        cr_assert_gt(strlen(err.message), sizeof err.message - 5);
        cr_assert_gt(strlen(err.field), sizeof err.field - 5);
        cr_assert_gt(strlen(err.rule), sizeof err.rule - 5);
    }
}

Test(error, hostile_words_become_one_line_of_valid_utf8)
{
    struct mneme_error err;
    (void)error_set(&err, MNEME_INVALID, "no '%s'", "a\nb\x1B[31m\x7F\xFF\xC3(\xE2\x82");
    cr_assert_str_eq(err.message, "no 'a b [31m ?\?(?\?'");
    (void)error_set(&err, MNEME_INVALID, "%s", "\xC2\x85\xE2\x80\xA8 Zo\xC3\xAB");
    cr_assert_str_eq(err.message, "   Zo\xC3\xAB", "next line and line separator");
}

Test(error, each_code_has_its_own_name_and_a_sensible_mapping)
{
    for (int code = MNEME_OK; code <= MNEME_INTERNAL; code++) {
        const struct error_mapping *mapping = error_mapping((enum mneme_code)code);
        cr_assert_not_null(mapping->name, "code %d", code);
        cr_assert_str_eq(mneme_code_name((enum mneme_code)code), mapping->name);
        cr_assert_eq(mapping->exit_status == 0, code == MNEME_OK);
        cr_assert_eq(mapping->http_status < 400, code == MNEME_OK);
        for (int other = MNEME_OK; other < code; other++) {
            const struct error_mapping *its = error_mapping((enum mneme_code)other);
            cr_assert_str_neq(mapping->name, its->name);
            cr_assert_neq(mapping->exit_status, its->exit_status);
        }
    }
}

Test(error, unknown_codes_map_as_internal)
{
    const struct error_mapping *internal = error_mapping(MNEME_INTERNAL);
    cr_assert_eq(error_mapping((enum mneme_code)(MNEME_INTERNAL + 1)), internal);
    cr_assert_eq(error_mapping((enum mneme_code) - 1), internal);
    cr_assert_str_eq(mneme_code_name((enum mneme_code)999), "INTERNAL");
}

Test(error, version_is_that_of_the_header)
{
    char expected[32];
    (void)snprintf(expected, sizeof expected, "%d.%d.%d", MNEME_VERSION_MAJOR, MNEME_VERSION_MINOR,
                   MNEME_VERSION_PATCH);
    cr_assert_str_eq(mneme_version(), expected);
}
