#include "text/lexicon.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct lexicon lexicon;

static void begin(void)
{
    cr_assert(lexicon_init(&lexicon, language_find("en")));
}

static void end(void)
{
    lexicon_clear(&lexicon);
}

TestSuite(lexicon, .init = begin, .fini = end);

static const char *stem_of(const char *word)
{
    static char stem[256];
    struct word_facts facts;
    cr_assert(lexicon_look(&lexicon, word, strlen(word), &facts));
    snprintf(stem, sizeof stem, "%.*s", (int)facts.stem_length, facts.stem);
    return stem;
}

Test(lexicon, knows_stems_stop_words_and_words_of_time)
{
    struct word_facts facts;
    for (int round = 0; round < 2; round++) { // found out, then remembered
        cr_expect_str_eq(stem_of("bakeries"), "bakeri");
        cr_assert(lexicon_look(&lexicon, "the", 3, &facts));
        cr_expect(facts.is_stop && !facts.is_time);
        cr_assert(lexicon_look(&lexicon, "weeks", 5, &facts));
        cr_expect(!facts.is_stop && facts.is_time);
        cr_expect(facts.stem_length == 4 && memcmp(facts.stem, "week", 4) == 0);
        cr_assert(lexicon_look(&lexicon, "kettle", 6, &facts));
        cr_expect(!facts.is_stop && !facts.is_time);
    }
}

Test(lexicon, stems_are_the_newer_snowball_s_whatever_is_installed)
{
    static const char *const pairs[][2] = {{"evening", "evening"},
                                           {"evenings", "evening"},
                                           {"even", "even"},
                                           {"added", "add"},
                                           {"adding", "add"},
                                           {"university", "universiti"},
                                           {"universe", "univers"},
                                           {"organization", "organiz"},
                                           {"organs", "organ"},
                                           {"geologists", "geolog"},
                                           {"genealogist", "genealog"},
                                           {"dermatologist", "dermatolog"},
                                           {"apologist", "apolog"},
                                           {"logist", "logist"},
                                           {"international", "internat"},
                                           {"emergency", "emergenc"},
                                           {"pasted", "paste"},
                                           {"past", "past"},
                                           {"interviewing", "interview"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        cr_expect_str_eq(stem_of(pairs[i][0]), pairs[i][1], "%s: %s", pairs[i][0],
                         stem_of(pairs[i][0]));
}

Test(lexicon, remembers_no_more_than_its_limit)
{
    struct word_facts facts;
    for (unsigned i = 0; i < 2 * LIMIT_MEMO_WORDS + 10; i++) {
        char word[16];
        int length = snprintf(word, sizeof word, "word%uing", i);
        cr_assert(lexicon_look(&lexicon, word, (size_t)length, &facts));
        cr_assert_leq(lexicon.index.count, LIMIT_MEMO_WORDS);
        cr_assert_eq(facts.stem_length, (unsigned)length - 3);
    }
    cr_expect_gt(lexicon.index.count, 0);
}

Test(lexicon, long_words_are_stemmed_and_not_remembered)
{
    char word[LIMIT_MEMO_WORD_BYTES + 1];
    struct word_facts facts;
    memset(word, 'x', sizeof word);
    memcpy(word, "aa", 2);
    word[sizeof word - 1] = 's';
    cr_assert(lexicon_look(&lexicon, word, sizeof word, &facts));
    cr_expect_eq(facts.stem_length, sizeof word - 1);
    cr_expect_eq(lexicon.index.count, 0);
    cr_assert(lexicon_look(&lexicon, word + 1, sizeof word - 1, &facts));
    cr_expect_eq(lexicon.index.count, 1);
}

static bool fails_after(void *context)
{
    size_t *left = context;
    if (*left == 0) return true;
    --*left;
    return false;
}

Test(lexicon, running_out_of_memory_is_told_and_survived)
{
    size_t allowed = 0;
    bool done = false;
    while (!done) {
        struct lexicon fresh;
        struct word_facts facts;
        size_t left = allowed++;
        mem_set_hook(fails_after, &left);
        if (lexicon_init(&fresh, language_find("en"))) {
            done = lexicon_look(&fresh, "kettles", 7, &facts) &&
                   lexicon_look(&fresh, "bakeries", 8, &facts);
            mem_set_hook(NULL, NULL);
            cr_expect(lexicon_look(&fresh, "kettles", 7, &facts)); // works again
            cr_expect(facts.stem_length == 5 && memcmp(facts.stem, "kettl", 5) == 0);
            lexicon_clear(&fresh);
        }
        mem_set_hook(NULL, NULL);
        cr_assert_lt(allowed, 20);
    }
    cr_expect_gt(allowed, 3);
}

/* Snowball's own vectors, which are those of its newest release. */
Test(lexicon, stems_agree_with_snowball_s_vectors)
{
    const char *data = getenv("MNEME_DATA");
    char path[512], word[256], stem[256];
    if (!data) cr_skip_test("MNEME_DATA names no folder of shared data");
    snprintf(path, sizeof path, "%s/text/english/voc.txt", data);
    FILE *words = fopen(path, "r");
    snprintf(path, sizeof path, "%s/text/english/output.txt", data);
    FILE *stems = fopen(path, "r");
    if (!words || !stems) cr_skip_test("no Snowball vectors in %s", data);
    size_t count = 0;
    while (fgets(word, sizeof word, words) && fgets(stem, sizeof stem, stems)) {
        word[strcspn(word, "\n")] = stem[strcspn(stem, "\n")] = '\0';
        cr_expect_str_eq(stem_of(word), stem, "%s: %s", word, stem_of(word));
        count++;
    }
    cr_expect_gt(count, 40000);
    fclose(words);
    fclose(stems);
}
