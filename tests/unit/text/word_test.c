#include "text/word.h"

#include "base/utf8.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* The text's words in lower case, in brackets. */
static const char *words_of(enum word_mode mode, const char *text)
{
    static char out[1024];
    size_t used = 0;
    struct word_reader reader;
    struct word word;
    word_init(&reader, mode, text, strlen(text));
    while (word_next(&reader, &word)) {
        size_t length;
        out[used++] = word.is_cjk ? '{' : '[';
        cr_assert(word_lower(mode, text + word.start, word.length, out + used,
                             sizeof out - used - 2, &length));
        used += length;
        out[used++] = word.is_cjk ? '}' : ']';
    }
    out[used] = '\0';
    return out;
}

Test(word, folded_words_lose_case_and_accents_and_part_at_cjk)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", ""},
        {"...", ""},
        {"Hello, World_1!", "[hello][world_1]"},
        {"Zoë NAÏVE Ångström", "[zoe][naive][angstrom]"},
        {"Zoe\u0308", "[zoe]"},
        {"straße Ærø Łódź đ ı İ þ ð œ", "[strasse][aero][lodz][d][i][i][th][d][oe]"},
        {"ΟΔΟΣ ΟΔΌΣ οδος", "[οδοσ][οδοσ][οδοσ]"},
        {"日本語とABC漢字", "{日本語と}[abc]{漢字}"},
        {"id42日本", "[id42]{日本}"},
        {"가나 다", "{가나}{다}"},
        {"か\u3099き", "{か\u3099き}"},
        {"हिन्दी", "[हिन्दी]"},
        {"❤\uFE0F love", "[love]"},
        {"1\uFE0F\u20E3 one", "[1][one]"},
        {"\u0301 mark", "[mark]"},
        {"½ x² Ⅷ", "[½][x²][ⅷ]"},
        {"\u00A0nbsp\u3000wide", "[nbsp][wide]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(words_of(WORD_FOLDED, cases[i].text), cases[i].words, "\"%s\": %s",
                         cases[i].text, words_of(WORD_FOLDED, cases[i].text));
}

Test(word, plain_words_keep_accents_and_part_at_marks)
{
    cr_expect_str_eq(words_of(WORD_PLAIN, "Zoë"), "[zoë]");
    cr_expect_str_eq(words_of(WORD_PLAIN, "Zoe\u0308s"), "[zoe][s]");
    cr_expect_str_eq(words_of(WORD_PLAIN, "İx"), "[i][x]");
    cr_expect_str_eq(words_of(WORD_PLAIN, "日本ab"), "[日本ab]");
}

Test(word, tells_digits_and_parts)
{
    static const char text[] = "plain v2 zoë x² か\u3099";
    struct word_reader reader;
    struct word word;
    word_init(&reader, WORD_FOLDED, text, strlen(text));
    cr_assert(word_next(&reader, &word));
    cr_expect(!word.has_digit && word.start == 0 && word.length == 5);
    cr_assert(word_next(&reader, &word));
    cr_expect(word.has_digit);
    cr_assert(word_next(&reader, &word));
    cr_expect(!word.has_digit && !word.has_parts);
    cr_assert(word_next(&reader, &word));
    cr_expect(word.has_digit);
    cr_assert(word_next(&reader, &word));
    cr_expect(word.is_cjk && word.has_parts);
    cr_expect(!word_next(&reader, &word));
    cr_expect(!word_next(&reader, &word));
}

Test(word, lower_case_that_does_not_fit_is_refused_whole)
{
    char out[8];
    size_t length;
    cr_expect(word_lower(WORD_FOLDED, "ABCDEFGH", 8, out, 8, &length) && length == 8);
    cr_expect(!word_lower(WORD_FOLDED, "ABCDEFGHI", 9, out, 8, &length));
    cr_expect(!word_lower(WORD_FOLDED, "ABCDEFGß", 9, out, 8, &length));
    cr_expect(word_lower(WORD_FOLDED, "", 0, out, 0, &length) && length == 0);
    cr_expect(!word_lower(WORD_PLAIN, "é", 2, out, 1, &length));
}

Test(word, every_character_of_unicode_is_taken_or_passed_over)
{
    for (uint32_t point = 1; point <= 0x10FFFF; point++) {
        if (point >= 0xD800 && point <= 0xDFFF) continue;
        for (enum word_mode mode = WORD_PLAIN; mode <= WORD_FOLDED; mode++) {
            char text[8] = "a", out[32];
            size_t bytes = 1 + utf8_encode(point, text + 1), length;
            struct word_reader reader;
            struct word word;
            word_init(&reader, mode, text, bytes);
            cr_assert(word_next(&reader, &word));
            cr_assert(word.start == 0 && word.length >= 1 && word.length <= bytes);
            cr_assert(word_lower(mode, text, bytes, out, sizeof out, &length), "U+%04X", point);
            cr_assert(utf8_is_valid(out, length), "U+%04X", point);
            if (mode == WORD_PLAIN && point != 0x130)
                cr_assert_eq(word.length == bytes, word_has_point(point), "U+%04X", point);
        }
    }
}

Test(word, white_space_parts_words_whatever_it_is)
{
    cr_expect_eq(word_count_spaced("", 0), 0);
    cr_expect_eq(word_count_spaced(" \t\n", 3), 0);
    static const char *const spaces[] = {
        " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\x1c",   "\x1f",  "\xc2\x85",
        "\u00a0", "\u1680", "\u2003", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        char text[16];
        int length = snprintf(text, sizeof text, "a%sb%s", spaces[i], spaces[i]);
        cr_expect_eq(word_count_spaced(text, (size_t)length), 2, "%zu", i);
    }
    cr_expect_eq(word_count_spaced("a\u200bb\x1b\u2060c", 9), 1); // these are none
}
