#include "text/language.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "text/dates.h"

#include <criterion/criterion.h>
#include <string.h>

static void check_word(const char *word, const char *before)
{
    size_t length = strlen(word);
    cr_expect(length > 0 && length < LIMIT_LISTED_WORD_BYTES, "'%s'", word);
    cr_expect(utf8_is_valid(word, length), "'%s'", word);
    cr_expect(!before || strcmp(before, word) < 0, "'%s' stands before '%s'", before, word);
    for (size_t at = 0; at < length;) {
        uint32_t point = utf8_next(word, length, &at);
        cr_expect_eq(utf8_lower(point), point, "'%s'", word);
    }
}

static void check_list(const struct word_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        check_word(list->words[i], i > 0 ? list->words[i - 1] : NULL);
        cr_expect(word_list_has(list, list->words[i], strlen(list->words[i])));
    }
}

Test(language, every_list_is_sorted_lower_case_and_finds_its_own_words)
{
    const struct language *language = language_find("en");
    cr_assert_not_null(language);
    check_list(&language->stop);
    check_list(&language->question);
    check_list(&language->time);
    check_list(&language->negation);
    check_list(&language->when);
    check_list(&language->what);
    check_list(&language->date_units);
    check_list(&language->how_long);
    check_list(&language->titles);
    check_list(&language->abbreviations);
    for (size_t i = 0; i < language->date_word_count; i++) {
        const struct date_word *word = &language->date_words[i];
        check_word(word->word, i > 0 ? word[-1].word : NULL);
        cr_expect_eq(language_date_word(language, word->word, strlen(word->word)), word);
    }
    for (size_t i = 0; i < language->pin_count; i++) {
        const struct stem_pin *pin = &language->pins[i];
        check_word(pin->from, i > 0 ? pin[-1].from : NULL);
        check_word(pin->to, NULL);
        cr_expect_str_eq(language_pinned_stem(language, pin->from, strlen(pin->from)), pin->to);
    }
}

Test(language, the_lists_of_the_recipe_have_the_reference_s_size)
{
    const struct language *language = language_find("en");
    cr_expect_eq(language->stop.count, 75);
    cr_expect_eq(language->question.count, 24);
    cr_expect_eq(language->time.count, 42);
}

Test(language, months_and_weekdays_are_complete)
{
    const struct language *language = language_find("en");
    unsigned months = 0, short_months = 0, weekdays = 0;
    for (size_t i = 0; i < language->date_word_count; i++) {
        const struct date_word *word = &language->date_words[i];
        if (word->role == ROLE_MONTH || word->role == ROLE_MONTH_COMMON) {
            cr_expect_eq(strncasecmp(language->month_names[word->value - 1], word->word, 3), 0);
            months |= 1U << word->value;
        } else if (word->role == ROLE_MONTH_SHORT) {
            cr_expect_eq(strncasecmp(language->month_names[word->value - 1], word->word, 3), 0);
            short_months |= 1U << word->value;
        } else if (word->role == ROLE_WEEKDAY) {
            weekdays |= 1U << word->value;
        }
    }
    cr_expect_eq(months, 0x1FFE);
    cr_expect_eq(short_months, 0x1FFE & ~(1U << 5)); // May has no shorter form
    cr_expect_eq(weekdays, 0x7F);
}

Test(language, is_found_by_the_first_part_of_its_code)
{
    const struct language *english = language_find("en");
    cr_assert_not_null(english);
    cr_expect_eq(language_find("EN"), english);
    cr_expect_eq(language_find("en-GB"), english);
    cr_expect_eq(language_find("en_US"), english);
    cr_expect_null(language_find(""));
    cr_expect_null(language_find("e"));
    cr_expect_null(language_find("eng"));
    cr_expect_null(language_find("xx"));
}

Test(language, a_list_has_whole_words_only)
{
    static const char *const words[] = {"a", "ab", "b"};
    struct word_list list = {words, 3}, none = {NULL, 0};
    cr_expect(word_list_has(&list, "a", 1));
    cr_expect(word_list_has(&list, "abc", 2));
    cr_expect(!word_list_has(&list, "abc", 3));
    cr_expect(!word_list_has(&list, "", 0));
    cr_expect(!word_list_has(&list, "a\0", 2));
    cr_expect(!word_list_has(&list, "c", 1));
    cr_expect(!word_list_has(&none, "a", 1));
}
