#include "text/sentence.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "text/word.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define MOST 16

/* The sentences of `text` are `expected`, parted by "|". */
static void check(const char *text, const char *expected)
{
    char got[2000] = "";
    size_t used = 0;
    struct sentence_reader reader;
    struct sentence sentence;
    sentence_init(&reader, language_find("en"), text, strlen(text));
    while (sentence_next(&reader, &sentence)) {
        int written = snprintf(got + used, sizeof got - used, "%s%.*s", used > 0 ? "|" : "",
                               (int)sentence.length, text + sentence.start);
        used += (size_t)written;
    }
    cr_expect_str_eq(got, expected);
}

Test(sentence, stops_before_white_space_end_one)
{
    check("I live in Oslo. Do you? Great! See you", "I live in Oslo.|Do you?|Great!|See you");
    check("i moved. it was hard. really?! yes", "i moved.|it was hard.|really?!|yes");
    check("Version 3.14 is out at example.com today.", "Version 3.14 is out at example.com today.");
    check("", "");
    check(" \n\t ", "");
}

Test(sentence, titles_initials_and_abbreviations_end_none)
{
    check("I saw Dr. Smith at St. Mary's. He waved.", "I saw Dr. Smith at St. Mary's.|He waved.");
    check("J. K. Rowling wrote it. I read it.", "J. K. Rowling wrote it.|I read it.");
    check("Bring fruit, e.g. apples. Thanks.", "Bring fruit, e.g. apples.|Thanks.");
    check("We sell bread, milk, etc. Come by.", "We sell bread, milk, etc.|Come by.");
    check("It starts at 9 a.m. tomorrow. Hurry.", "It starts at 9 a.m. tomorrow.|Hurry.");
    check("She lives in the U.S. now. I don't.", "She lives in the U.S. now.|I don't.");
    check("It was not I. Who then?", "It was not I.|Who then?");
}

Test(sentence, numbers_of_items_stay_with_their_items)
{
    check("1. Boil water.\n2. Add tea.\n3. Wait", "1. Boil water.|2. Add tea.|3. Wait");
    check("It was 1999. We met.", "It was 1999.|We met.");
}

Test(sentence, quotations_close_with_their_sentence)
{
    check("\"Why?\" she asked. \"I know.\" He left.", "\"Why?\" she asked.|\"I know.\"|He left.");
    check("\xE2\x80\x9CRun!\xE2\x80\x9D he cried. (They ran.) Gone.",
          "\xE2\x80\x9CRun!\xE2\x80\x9D he cried.|(They ran.)|Gone.");
}

Test(sentence, it_is_known_what_begins_inside_a_quotation)
{
    const char *text = "She said: \"I am tired. I live in Oslo.\" Then she left.";
    static const bool quoted[] = {false, true, false};
    struct sentence_reader reader;
    struct sentence sentence;
    size_t count = 0;
    sentence_init(&reader, language_find("en"), text, strlen(text));
    while (sentence_next(&reader, &sentence)) {
        cr_assert_lt(count, 3);
        cr_expect_eq(sentence.starts_quoted, quoted[count], "%zu", count);
        count++;
    }
    cr_expect_eq(count, 3);
}

Test(sentence, an_ellipsis_ends_one_only_before_a_new_beginning)
{
    check("Well... maybe not. Hmm... Anyway, yes.", "Well... maybe not.|Hmm...|Anyway, yes.");
    check("Wait\xE2\x80\xA6 what? OK\xE2\x80\xA6", "Wait\xE2\x80\xA6 what?|OK\xE2\x80\xA6");
}

Test(sentence, cjk_stops_need_no_space)
{
    check("東京に住んでいます。猫が好き！本当？はい",
          "東京に住んでいます。|猫が好き！|本当？|はい");
    check("「行く。」と彼は言った。終わり。", "「行く。」と彼は言った。|終わり。");
    check("「行く。」「待て。」", "「行く。」|「待て。」");
}

Test(sentence, lines_part_where_they_were_not_wrapped)
{
    check("Shopping\nmilk\nbread", "Shopping|milk|bread");
    check(
        "This line is long enough to have been wrapped by some program or\nother before it came.",
        "This line is long enough to have been wrapped by some program or\nother before it came.");
    check("This line is long enough to have been wrapped by some program or\n\nnot at all",
          "This line is long enough to have been wrapped by some program or|not at all");
    check("Ada Lovelace: this line is long enough to have been wrapped by some\nBob: hello",
          "Ada Lovelace: this line is long enough to have been wrapped by some|Bob: hello");
    check("- this line is long enough to have been wrapped by some program or\n- other",
          "- this line is long enough to have been wrapped by some program or|- other");
    check("one\r\ntwo\r\n", "one|two");
}

Test(sentence, questions_are_marked)
{
    const char *text = "Is it? No. \"Is it?\" 本当？";
    static const bool asks[] = {true, false, true, true};
    struct sentence_reader reader;
    struct sentence sentence;
    sentence_init(&reader, language_find("en"), text, strlen(text));
    for (size_t i = 0; i < 4; i++) {
        cr_assert(sentence_next(&reader, &sentence));
        cr_expect_eq(sentence.is_question, asks[i], "%zu", i);
    }
    cr_expect(!sentence_next(&reader, &sentence));
}

/* Every part is bounded, trimmed, not empty and whole; together they hold all that is no white space. */
static size_t check_parts(const char *text, size_t length)
{
    struct sentence_reader reader;
    struct sentence sentence;
    size_t behind = 0, count = 0;
    sentence_init(&reader, language_find("en"), text, length);
    while (sentence_next(&reader, &sentence)) {
        cr_assert_gt(sentence.length, 0);
        cr_assert_leq(sentence.length, LIMIT_SENTENCE_BYTES);
        cr_assert_geq(sentence.start, behind);
        cr_assert(utf8_is_valid(text + sentence.start, sentence.length));
        cr_assert_eq(word_count_spaced(text + behind, sentence.start - behind), 0);
        behind = sentence.start + sentence.length;
        count++;
    }
    cr_assert_eq(word_count_spaced(text + behind, length - behind), 0);
    return count;
}

Test(sentence, ten_megabytes_of_anything_are_walked_in_bounded_parts)
{
    size_t length = 10 * 1000 * 1000;
    static const char *const fills[] = {"a", ".", "\"", " ", "\n", "a.", "a ", "あ", "?\" ", "1\n"};
    char *text = mem_alloc(length + 1);
    cr_assert_not_null(text);
    for (size_t f = 0; f < sizeof fills / sizeof *fills; f++) {
        size_t size = strlen(fills[f]), whole = length / size * size;
        for (size_t i = 0; i < whole; i += size) memcpy(text + i, fills[f], size);
        text[whole] = '\0';
        (void)check_parts(text, whole);
    }
    mem_free(text);
}

Test(sentence, endless_sentences_are_cut_between_words)
{
    char text[LIMIT_SENTENCE_BYTES * 2];
    for (size_t i = 0; i < sizeof text; i++) text[i] = i % 8 == 7 ? ' ' : 'w';
    cr_expect_eq(check_parts(text, sizeof text - 1), 2);
    struct sentence_reader reader;
    struct sentence sentence;
    sentence_init(&reader, language_find("en"), text, sizeof text - 1);
    cr_assert(sentence_next(&reader, &sentence));
    cr_expect_eq(sentence.length % 8, 7);
}
