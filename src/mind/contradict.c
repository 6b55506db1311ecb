#include "mind/contradict.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "text/dates.h"
#include "text/word.h"

#include <stdlib.h>
#include <string.h>

#define LIKENESS_MIN 0.6

/* Hashes in the order of the text. */
struct marks {
    uint64_t items[LIMIT_MARKS];
    size_t count;
};

/* What a text says beside its plain words. */
struct reading {
    struct marks words, numbers, names; // words sorted, once each
    struct date_span dates[LIMIT_DATES_COMPARED];
    size_t date_count;
    unsigned negations;
};

static void mark(struct marks *marks, uint64_t hash)
{
    if (marks->count < LIMIT_MARKS) marks->items[marks->count++] = hash;
}

static void read_dates(const struct language *language, const struct contradict_text *text,
                       struct reading *out)
{
    size_t at = 0;
    struct date_span span;
    while (out->date_count < LIMIT_DATES_COMPARED &&
           date_find(language, text->text + at, text->reference_us, &span)) {
        span.start += (unsigned)at;
        out->dates[out->date_count++] = span;
        at = span.start + span.length;
    }
}

static bool is_in_date(const struct reading *reading, size_t start)
{
    for (size_t i = 0; i < reading->date_count; i++) {
        const struct date_span *date = &reading->dates[i];
        if (start >= date->start && start < date->start + date->length) return true;
    }
    return false;
}

/* "n't", as the word behind an apostrophe: "don" "t". */
static bool is_contracted_not(const char *text, const struct word *word)
{
    return word->length == 1 && (text[word->start] | 0x20) == 't' && word->start >= 2 &&
           (text[word->start - 1] == '\'' ||
            (word->start >= 4 && memcmp(text + word->start - 3, "\xE2\x80\x99", 3) == 0));
}

static void read_word(const struct language *language, const char *text, const struct word *word,
                      bool starts_sentence, struct reading *out)
{
    char lower[LIMIT_MEMO_WORD_BYTES];
    size_t length, first = 0;
    if (!word_lower(WORD_FOLDED, text + word->start, word->length, lower, sizeof lower, &length)) {
        mark(&out->words, hash_fnv(text + word->start, word->length));
        return;
    }
    if (length == 0) return;
    const struct date_word *date = language_date_word(language, lower, length);
    if (is_contracted_not(text, word) || word_list_has(&language->negation, lower, length)) {
        out->negations++;
    } else if (word->has_digit || (date && date->role == ROLE_NUMBER && date->value > 1)) {
        // "two" is 2.
        char figure[16];
        size_t size = 0;
        if (!word->has_digit) {
            for (int value = date->value; value > 0; value /= 10)
                figure[size++] = (char)('0' + value % 10);
            for (size_t i = 0; i < size / 2; i++) {
                char swapped = figure[i];
                figure[i] = figure[size - 1 - i];
                figure[size - 1 - i] = swapped;
            }
        }
        mark(&out->numbers, size > 0 ? hash_fnv(figure, size) : hash_fnv(lower, length));
    } else if (!word_list_has(&language->stop, lower, length)) {
        bool is_capitalised = utf8_is_upper(utf8_next(text + word->start, word->length, &first));
        mark(is_capitalised && !starts_sentence ? &out->names : &out->words,
             hash_fnv(lower, length));
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void sort_words(struct marks *words)
{
    size_t kept = 0;
    qsort(words->items, words->count, sizeof *words->items, by_value);
    for (size_t i = 0; i < words->count; i++) {
        if (kept == 0 || words->items[kept - 1] != words->items[i])
            words->items[kept++] = words->items[i];
    }
    words->count = kept;
}

static void read_text(const struct language *language, const struct contradict_text *text,
                      struct reading *out)
{
    struct word_reader words;
    struct word word;
    bool starts = true;
    size_t behind = 0;
    read_dates(language, text, out);
    word_init(&words, WORD_FOLDED, text->text, strlen(text->text));
    while (word_next(&words, &word)) {
        for (size_t i = behind; i < word.start; i++)
            starts |= text->text[i] != '\0' && strchr(".!?\n", text->text[i]) != NULL;
        if (!is_in_date(out, word.start)) read_word(language, text->text, &word, starts, out);
        starts = false;
        behind = word.start + word.length;
    }
    sort_words(&out->words);
}

/* Shared words over all words (Jaccard). */
static double likeness(const struct marks *a, const struct marks *b)
{
    size_t shared = 0;
    for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
        if (a->items[i] == b->items[j]) {
            shared++;
            i++;
            j++;
        } else if (a->items[i] < b->items[j]) {
            i++;
        } else {
            j++;
        }
    }
    size_t all = a->count + b->count - shared;
    return all > 0 ? (double)shared / (double)all : 1;
}

/* All of the shorter stand in the longer, in order: it says more, and nothing else. */
static bool extends(const struct marks *a, const struct marks *b)
{
    if (a->count > b->count) return extends(b, a);
    size_t found = 0;
    for (size_t i = 0; i < b->count && found < a->count; i++)
        found += b->items[i] == a->items[found];
    return found == a->count;
}

static bool contains(const struct date_span *outer, const struct date_span *inner)
{
    return outer->from_us <= inner->from_us && inner->to_us <= outer->to_us;
}

/* Each date of the text with fewer has one in the other that contains it or lies within it. */
static bool dates_agree(const struct reading *a, const struct reading *b)
{
    if (a->date_count > b->date_count) return dates_agree(b, a);
    for (size_t i = 0; i < a->date_count; i++) {
        bool agrees = false;
        for (size_t j = 0; j < b->date_count && !agrees; j++)
            agrees = contains(&a->dates[i], &b->dates[j]) || contains(&b->dates[j], &a->dates[i]);
        if (!agrees) return false;
    }
    return true;
}

enum mneme_code contradict_check(const struct language *language, const struct contradict_text *a,
                                 const struct contradict_text *b, struct arena *arena,
                                 struct contradiction *out, struct mneme_error *err)
{
    *out = (struct contradiction){0};
    struct reading *read = arena_alloc_array(arena, 2, sizeof *read);
    if (!read) return error_nomem(err);
    read_text(language, a, &read[0]);
    read_text(language, b, &read[1]);
    out->likeness = likeness(&read[0].words, &read[1].words);
    if (out->likeness < LIKENESS_MIN) return MNEME_OK;
    if (!extends(&read[0].numbers, &read[1].numbers)) out->kinds |= DISAGREE_NUMBERS;
    if (read[0].negations % 2 != read[1].negations % 2) out->kinds |= DISAGREE_NEGATION;
    if (!dates_agree(&read[0], &read[1])) out->kinds |= DISAGREE_DATES;
    if (!extends(&read[0].names, &read[1].names)) out->kinds |= DISAGREE_NAMES;
    return MNEME_OK;
}

const char *contradict_reason(unsigned kinds)
{
    static const char *const reasons[] = {"numbers", "negation", "dates", "names"};
    for (unsigned i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (kinds >> i & 1) return reasons[i];
    }
    return "";
}
