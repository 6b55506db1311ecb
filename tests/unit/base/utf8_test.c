#include "base/utf8.h"

#include "base/alloc.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <string.h>
#include <utf8proc.h>

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena);
}

static void tear_down(void)
{
    arena_clear(&arena);
}

TestSuite(utf8, .init = set_up, .fini = tear_down);

static bool is_surrogate(uint32_t point)
{
    return point >= 0xD800 && point <= 0xDFFF;
}

/* utf8proc's opinion, which has no shortcuts. */
static bool is_valid_by_steps(const unsigned char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        utf8proc_int32_t point;
        utf8proc_ssize_t size =
            utf8proc_iterate(bytes + at, (utf8proc_ssize_t)(length - at), &point);
        if (size <= 0 || point == 0) return false;
        at += (size_t)size;
    }
    return true;
}

static void check_validity(const unsigned char *bytes, size_t length)
{
    bool expected = is_valid_by_steps(bytes, length);
    if (utf8_is_valid((const char *)bytes, length) == expected) return;
    cr_assert_fail("%zu bytes from %02X %02X %02X %02X on", length, bytes[0],
                   length > 1 ? bytes[1] : 0, length > 2 ? bytes[2] : 0, length > 3 ? bytes[3] : 0);
}

Test(utf8, checks_every_sequence_of_up_to_four_bytes)
{
    static const unsigned char edges[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F,
                                          0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xF0, 0xFF};
    unsigned char bytes[4] = {0};
    check_validity(bytes, 0);
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        bytes[0] = (unsigned char)(pair >> 8);
        bytes[1] = (unsigned char)pair;
        check_validity(bytes, 1);
        check_validity(bytes, 2);
        for (size_t i = 0; i < sizeof edges; i++) {
            bytes[2] = edges[i];
            check_validity(bytes, 3);
            for (size_t j = 0; bytes[0] >= 0xE0 && j < sizeof edges; j++) {
                bytes[3] = edges[j];
                check_validity(bytes, 4);
            }
        }
    }
}

Test(utf8, finds_a_bad_byte_at_any_place_of_long_texts)
{
    static const char bad[] = {'\0', '\x80', '\xFF', '\xC0'};
    char text[40];
    for (size_t at = 0; at < sizeof text; at++) {
        for (size_t i = 0; i < sizeof bad; i++) {
            memset(text, '\x7F', sizeof text);
            cr_assert(utf8_is_valid(text, sizeof text));
            text[at] = bad[i];
            cr_assert_not(utf8_is_valid(text, sizeof text), "byte %zu", at);
            memset(text, '\x01', sizeof text); // where a subtraction could borrow too far
            cr_assert(utf8_is_valid(text, sizeof text));
            text[at] = bad[i];
            cr_assert_not(utf8_is_valid(text, sizeof text), "byte %zu", at);
        }
    }
}

Test(utf8, cut_characters_at_the_end_are_invalid)
{
    const char *text = "12345678\xF0\x9F\x8D\xB5";
    cr_assert(utf8_is_valid(text, 8));
    for (size_t length = 9; length < 12; length++) cr_assert_not(utf8_is_valid(text, length));
    cr_assert(utf8_is_valid(text, 12));
}

Test(utf8, every_code_point_is_written_read_and_valid)
{
    for (uint32_t point = 1; point <= 0x10FFFF; point++) {
        if (is_surrogate(point)) continue;
        char text[4];
        size_t size = utf8_encode(point, text), at = 0;
        if (!utf8_is_valid(text, size) || utf8_next(text, size, &at) != point || at != size)
            cr_assert_fail("U+%04X", point);
    }
}

Test(utf8, walking_ends_with_zero_and_stays)
{
    const char *text = "a\xC3\xAB\xE2\x82\xAC\xF0\x9F\x8D\xB5";
    size_t length = strlen(text), at = 0;
    cr_assert_eq(utf8_next(text, length, &at), 'a');
    cr_assert_eq(utf8_next(text, length, &at), 0xEB);
    cr_assert_eq(utf8_next(text, length, &at), 0x20AC);
    cr_assert_eq(utf8_next(text, length, &at), 0x1F375);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(utf8_next(text, length, &at), 0);
        cr_assert_eq(at, length);
    }
}

Test(utf8, length_counts_code_points)
{
    cr_assert_eq(utf8_length(""), 0);
    cr_assert_eq(utf8_length("tea"), 3);
    cr_assert_eq(utf8_length("Zo\xC3\xAB \xF0\x9F\x8D\xB5"), 5);
}

Test(utf8, cut_never_halves_a_character)
{
    const char *text = "a\xC3\xAB\xE2\x82\xAC\xF0\x9F\x8D\xB5z";
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (size_t max = 0; max < sizeof expected / sizeof *expected; max++)
        cr_assert_eq(utf8_cut(text, 11, max), expected[max], "at most %zu", max);
    cr_assert_eq(utf8_cut("", 0, 0), 0);
}

static const char *text_of(uint32_t point, char out[5])
{
    out[utf8_encode(point, out)] = '\0';
    return out;
}

/* What utf8_nfc hands back untouched has to be in normal form beside anything: no decomposition, no combining class,
 * and never the later part of a composition. */
Test(utf8, nfc_passes_over_nothing_that_could_change)
{
    for (uint32_t point = 1; point <= 0x10FFFF; point++) {
        if (is_surrogate(point)) continue;
        utf8proc_int32_t parts[8];
        utf8proc_ssize_t count = utf8proc_decompose_char(
            (utf8proc_int32_t)point, parts, 8, UTF8PROC_DECOMPOSE | UTF8PROC_STABLE, NULL);
        char text[5];
        bool is_passed = utf8_nfc(&arena, text_of(point, text)) == text;
        if (is_passed && utf8proc_get_property((utf8proc_int32_t)point)->combining_class != 0)
            cr_assert_fail("U+%04X has a combining class", point);
        for (utf8proc_ssize_t i = 1; i < count; i++) {
            if (utf8_nfc(&arena, text_of((uint32_t)parts[i], text)) == text)
                cr_assert_fail("U+%04X is a later part of U+%04X", (unsigned)parts[i], point);
        }
        if (point % 0x1000 == 0) arena_clear(&arena);
    }
}

Test(utf8, nfc_of_every_code_point_is_that_of_utf8proc)
{
    for (uint32_t point = 1; point <= 0x10FFFF; point++) {
        if (is_surrogate(point)) continue;
        char text[16] = "e";
        size_t size = 1 + utf8_encode(point, text + 1);
        memcpy(text + size, "\xCC\x81", 3); // an acute on it
        utf8proc_uint8_t *expected = utf8proc_NFC((const utf8proc_uint8_t *)text);
        const char *got = utf8_nfc(&arena, text);
        if (!got || strcmp(got, (const char *)expected) != 0) cr_assert_fail("U+%04X", point);
        mem_free(expected);
        if (point % 0x1000 == 0) arena_clear(&arena);
    }
}

Test(utf8, nfc_composes_and_leaves_composed_text_where_it_is)
{
    static const char *const as_they_are[] = {
        "", "tea", "Zo\xC3\xAB \xE2\x80\x94 \xE2\x80\x9Cna\xC3\xAFve\xE2\x80\x9D", "\xE6\xBC\xA2"};
    for (size_t i = 0; i < sizeof as_they_are / sizeof *as_they_are; i++)
        cr_assert_eq(utf8_nfc(&arena, as_they_are[i]), as_they_are[i]);
    cr_assert_str_eq(utf8_nfc(&arena, "Zoe\xCC\x88"), "Zo\xC3\xAB");
    cr_assert_str_eq(utf8_nfc(&arena, "\xE2\x84\xAB"), "\xC3\x85", "the angstrom sign");
    cr_assert_str_eq(utf8_nfc(&arena, "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB"), "\xED\x95\x9C");
    cr_assert_str_eq(utf8_nfc(&arena, "a long text before it: e\xCC\x81"),
                     "a long text before it: \xC3\xA9");
    cr_assert_str_eq(utf8_nfc(&arena, "q\xCC\xA3\xCC\x87"), utf8_nfc(&arena, "q\xCC\x87\xCC\xA3"),
                     "marks are put in order");
}

Test(utf8, fold_space_trims_and_folds)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", ""},
        {" ", ""},
        {" \t\r\n ", ""},
        {"a b", "a b"},
        {"  a  b  ", "a b"},
        {"a\nb", "a b"},
        {"a\xC2\xA0"
         "b",
         "a b"},
        {"\xE3\x80\x80"
         "a\xE2\x80\xA8"
         "b\xC2\x85",
         "a b"},
        {"a b ", "a b"},
        {"  \xC3\xAB", "\xC3\xAB"},
        {" e\xCC\x88 ", "\xC3\xAB"},
        {"a\xE2\x80\x8B"
         "b",
         "a\xE2\x80\x8B"
         "b"}, // the zero width space is none
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_str_eq(utf8_fold_space(&arena, rows[i].text), rows[i].expected, "row %zu", i);
    const char *folded = "nothing to do";
    cr_assert_eq(utf8_fold_space(&arena, folded), folded);
}

Test(utf8, fold_name_drops_case_and_accents)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", ""},
        {"Zo\xC3\xAB", "zoe"},
        {"ZOE\xCC\x88", "zoe"},
        {"\xC3\x85ngstr\xC3\xB6m", "angstrom"},
        {"Nguy\xE1\xBB\x85n", "nguyen"},
        {"Mary Ann O'Neil-Smith 2", "mary ann o'neil-smith 2"},
        {"STRASSE", "strasse"},
        {"Stra\xC3\x9F"
         "e",
         "strasse"},
        {"\xCE\x9D\xCE\xAF\xCE\xBA\xCE\xBF\xCF\x82", "\xCE\xBD\xCE\xB9\xCE\xBA\xCE\xBF\xCF\x83"},
        {"\xC4\xB0stanbul", "istanbul"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_str_eq(utf8_fold_name(&arena, rows[i].text), rows[i].expected, "row %zu", i);
}

Test(utf8, fold_name_keeps_marks_that_make_another_letter)
{
    // ka and ga in Hiragana; ram and rim in Devanagari
    cr_assert_str_neq(utf8_fold_name(&arena, "\xE3\x81\x8B"),
                      utf8_fold_name(&arena, "\xE3\x81\x8C"));
    cr_assert_str_neq(utf8_fold_name(&arena, "\xE0\xA4\xB0\xE0\xA4\xBE\xE0\xA4\xAE"),
                      utf8_fold_name(&arena, "\xE0\xA4\xB0\xE0\xA4\xBF\xE0\xA4\xAE"));
}

static enum mneme_code map_all(void *context)
{
    (void)context;
    struct arena own;
    arena_init(&own);
    const char *nfc = utf8_nfc(&own, "e\xCC\x88");
    const char *space = utf8_fold_space(&own, " e\xCC\x88 ");
    const char *name = utf8_fold_name(&own, "E\xCC\x88");
    bool has_failed = arena_failed(&own);
    cr_assert_eq(nfc && space && name, !has_failed, "NULL and the failed arena go together");
    arena_clear(&own);
    return has_failed ? MNEME_NOMEM : MNEME_OK;
}

Test(utf8, out_of_memory_is_null_and_remembered)
{
    cr_assert_gt(support_fail_each(map_all, NULL), 3);
}

/* The quick answers for ASCII have to be those of the tables. */
Test(utf8, classes_are_the_general_categories)
{
    for (uint32_t point = 1; point <= 0x10FFFF; point++) {
        const char *category = utf8proc_category_string((utf8proc_int32_t)point);
        bool is_letter = category[0] == 'L', is_mark = category[0] == 'M';
        bool is_blank = category[0] == 'Z' || (point >= 9 && point <= 13) || point == 0x85;
        bool is_bidi = (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
        if (utf8_is_letter_or_mark(point) != (is_letter || is_mark) ||
            utf8_is_mark(point) != is_mark ||
            utf8_is_digit(point) != (strcmp(category, "Nd") == 0) ||
            utf8_is_number(point) != (category[0] == 'N') || utf8_is_space(point) != is_blank ||
            utf8_is_punctuation(point) != (category[0] == 'P') ||
            utf8_is_upper(point) != (strcmp(category, "Lu") == 0 || strcmp(category, "Lt") == 0) ||
            utf8_is_control(point) != (strcmp(category, "Cc") == 0 || is_bidi) ||
            utf8_lower(point) != (uint32_t)utf8proc_tolower((utf8proc_int32_t)point))
            cr_assert_fail("U+%04X, %s", point, category);
    }
}

Test(utf8, cjk_is_han_kana_and_hangul)
{
    static const uint32_t yes[] = {0x3005,  0x3042,  0x30A2,  0x30FC,  0x3400, 0x4E00,
                                   0x9FFF,  0xAC00,  0xD7A3,  0x1100,  0xF900, 0xFF71,
                                   0x20000, 0x2EBE0, 0x30000, 0x1B000, 0x31F0, 0x3131};
    static const uint32_t no[] = {'a',    0xE9,   0x0416, 0x0905,  0x0E01,   0x3001, 0x3000,
                                  0x300C, 0x30FB, 0xFF01, 0x1F375, 0x10FFFF, 0xD800, 0x10FF};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        cr_assert(utf8_is_cjk(yes[i]), "U+%04X", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        cr_assert_not(utf8_is_cjk(no[i]), "U+%04X", no[i]);
}

Test(utf8, base_takes_the_accents_off)
{
    uint32_t out[4];
    cr_assert_eq(utf8_base('e', out), 1);
    cr_assert_eq(out[0], 'e');
    cr_assert_eq(utf8_base(0xE9, out), 1);
    cr_assert_eq(out[0], 'e');
    cr_assert_eq(utf8_base(0x1EC5, out), 1, "e with circumflex and tilde");
    cr_assert_eq(out[0], 'e');
    cr_assert_eq(utf8_base(0xAC01, out), 3, "a Hangul syllable of three letters");
    cr_assert_eq(utf8_base(0x0301, out), 0, "an accent alone");
    cr_assert_eq(utf8_base(0x304C, out), 2, "ga is ka with a voicing mark");
}

Test(utf8, decompose_keeps_the_marks)
{
    uint32_t out[4];
    cr_assert_eq(utf8_decompose('e', out), 1);
    cr_assert_eq(out[0], 'e');
    cr_assert_eq(utf8_decompose(0x1EC5, out), 3, "e with circumflex and tilde");
    cr_assert(out[0] == 'e' && out[1] == 0x0302 && out[2] == 0x0303);
    cr_assert_eq(utf8_decompose(0xFB01, out), 1, "a ligature has no canonical decomposition");
    cr_assert_eq(out[0], 0xFB01);
    cr_assert_eq(utf8_decompose(0xFFFF, out), 1, "no character");
}

Test(utf8, nonspacing_is_mn_alone_and_unseen_is_cc_cf_co)
{
    cr_assert(utf8_is_nonspacing(0x0301) && utf8_is_nonspacing(0x094D));
    cr_assert_not(utf8_is_nonspacing('a') || utf8_is_nonspacing(0x0903)); // Mc
    cr_assert(utf8_is_unseen(0x07) && utf8_is_unseen(0x200B) && utf8_is_unseen(0xE000));
    cr_assert_not(utf8_is_unseen(' ') || utf8_is_unseen('a') || utf8_is_unseen(0x0378)); // Cn
}

Test(utf8, base_never_gives_more_than_four)
{
    for (uint32_t point = 1; point <= 0x10FFFF; point++) {
        uint32_t out[4];
        if (!is_surrogate(point) && utf8_base(point, out) > 4) cr_assert_fail("U+%04X", point);
    }
}
