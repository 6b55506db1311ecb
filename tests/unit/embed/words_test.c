#include "embed/words.h"

#include "base/strbuf.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const struct words_rules bert = {
    .split = WORDS_BERT, .lower = true, .strip_accents = true, .clean = true, .split_han = true};
static const struct words_rules single = {
    .split = WORDS_SINGLE, .lower = true, .strip_accents = true};
static const struct words_rules metaspace = {.split = WORDS_METASPACE,
                                             .lower = true,
                                             .strip_accents = true,
                                             .clean = true,
                                             .split_han = true};
static const struct words_rules cased = {.split = WORDS_BERT, .clean = true, .split_han = true};

/* The words with | between them. */
static const char *split(const struct words_rules *rules, const char *text)
{
    static char joined[4096];
    struct words words;
    size_t used = 0;
    joined[0] = '\0';
    words_begin(&words, rules, text, strlen(text));
    while (words_next(&words)) {
        cr_assert(words.word_length > 0);
        used += (size_t)snprintf(joined + used, sizeof joined - used, "%s%.*s", used > 0 ? "|" : "",
                                 (int)words.word_length, words.word);
    }
    cr_assert_not(words_next(&words)); // and it stays at the end
    return joined;
}

Test(words, white_space_parts_words_and_punctuation_stands_alone)
{
    cr_assert_str_eq(split(&bert, "  Hello,\tworld!\n(v1.2_3)"), "hello|,|world|!|(|v1|.|2|_|3|)");
    cr_assert_str_eq(split(&bert, "\xe2\x80\x9c"
                                  "A\xe2\x80\x9d\xe2\x80\x94"
                                  "b\xc2\xa0"
                                  "c"),
                     "\xe2\x80\x9c|a|\xe2\x80\x9d|\xe2\x80\x94|b|c");
    cr_assert_str_eq(split(&bert, ""), "");
    cr_assert_str_eq(split(&bert, " \r\n\xe3\x80\x80"), "");
}

Test(words, accents_are_dropped_whether_composed_or_not)
{
    cr_assert_str_eq(split(&bert, "\xc3\x89t\xc3\xa9 E\xcc\x81te\xcc\x81 \xcc\x81x"), "ete|ete|x");
    cr_assert_str_eq(split(&bert, "\xe1\xbb\x87 \xc4\xb0"), "e|i"); // two accents; I with dot
    cr_assert_str_eq(split(&cased, "\xc3\x89t\xc3\xa9 X"), "\xc3\x89t\xc3\xa9|X");
}

Test(words, han_characters_stand_alone_and_kana_do_not)
{
    cr_assert_str_eq(split(&bert, "\xe6\x9d\xb1\xe4\xba\xac"
                                  "a\xe3\x82\xab\xe3\x83\x8a"),
                     "\xe6\x9d\xb1|\xe4\xba\xac|a\xe3\x82\xab\xe3\x83\x8a");
}

Test(words, control_characters_vanish_within_words_of_bert)
{
    cr_assert_str_eq(split(&bert, "a\x07"
                                  "b\xe2\x80\x8b"
                                  "c\xc2\xad"
                                  "d\xef\xbf\xbd"
                                  "e\x7f"),
                     "abcde");
    cr_assert_str_eq(split(&bert, "a\x0b"
                                  "b"),
                     "ab"); // a control character to BERT, no space
}

Test(words, single_splits_at_everything_but_letters_and_digits_of_ascii)
{
    cr_assert_str_eq(split(&single, "5\xe2\x82\xac x86_64 great\xf0\x9f\x98\x80"),
                     "5|\xe2\x82\xac|x86|_|64|great|\xf0\x9f\x98\x80");
    cr_assert_str_eq(split(&single, "CAF\xc3\x89 \xc3\x98re \xd0\x9c\xd0\xb8"),
                     "cafe|\xc3\xb8|re|\xd0\xbc|\xd0\xb8");
    cr_assert_str_eq(split(&single, "\xed\x95\x9c"), // three letters when decomposed
                     "\xe1\x84\x92|\xe1\x85\xa1|\xe1\x86\xab");
    cr_assert_str_eq(split(&single, "a\x01"
                                    "b\x1f"
                                    "c"),
                     "a|b|c");
}

Test(words, metaspace_splits_at_the_punctuation_of_ascii_alone)
{
    cr_assert_str_eq(split(&metaspace, "Don't \xe2\x80\x9cgo\xe2\x80\x9d!"),
                     "don|'|t|\xe2\x80\x9cgo\xe2\x80\x9d|!");
}

Test(words, a_word_of_a_hundred_characters_is_whole_and_one_more_too_long)
{
    static const char *const letters[] = {"x", "\xc3\xa9", "\xd0\xb6", "\xf0\x9f\x98\x80"};
    for (size_t k = 0; k < 4; k++) {
        for (size_t count = 98; count <= 103; count++) {
            struct strbuf text;
            struct words words;
            strbuf_init(&text, 1024);
            for (size_t i = 0; i < count; i++) strbuf_add_text(&text, letters[k]);
            strbuf_add_text(&text, " end");
            words_begin(&words, &bert, text.text, text.length);
            cr_assert(words_next(&words));
            cr_assert_eq(words.is_too_long, count > WORDS_MAX_CHARS, "%zu of %s", count,
                         letters[k]);
            cr_assert(words_next(&words));
            cr_assert_not(words.is_too_long);
            cr_assert_eq(words.word_length, 3);
            strbuf_clear(&text);
        }
    }
}

Test(words, any_two_bytes_of_ascii_are_walked_to_the_end)
{
    static const struct words_rules *const all[] = {&bert, &single, &metaspace, &cased};
    for (int a = 1; a < 128; a++) {
        for (int b = 1; b < 128; b++) {
            char text[3] = {(char)a, (char)b, '\0'};
            for (size_t i = 0; i < 4; i++) cr_assert(strlen(split(all[i], text)) <= 3);
        }
    }
}
