/* The reference profile against the measured reference: the expectations were made by running it on these texts. */
#include "base/timestamp.h"
#include "text/document.h"
#include "text/question.h"

#include <criterion/criterion.h>

static const struct {
    const char *text;
    const char *terms; /* with spaces between */
    unsigned words;    /* white-space ones */
    bool asks, has_time, is_question, wants_time;
} cases[] = {
    {"", "", 0, false, false, false, false},
    {" ", "", 0, false, false, false, false},
    {"The kettle is on.", "kettl", 4, false, false, false, false},
    {"Ida's bicycle was stolen yesterday evening!", "ida s bicycl stolen yesterday evening", 6,
     false, true, false, false},
    {"When did Ida move to Bergen?", "ida move bergen", 6, true, false, true, true},
    {"what year did the bakery open", "year bakeri open", 6, false, true, true, true},
    {"What day is the meeting", "day meet", 5, false, true, true, true},
    {"how long has he been a beekeeper?", "long beekeep", 7, true, false, true, true},
    {"For how long?", "long", 3, true, false, true, true},
    {"So for how long", "long", 4, false, false, false, false},
    {"is it raining", "rain", 3, false, false, true, false},
    {"Tell me about the lighthouse", "tell lighthous", 5, false, false, false, false},
    {"Whose umbrella is this", "whose umbrella", 4, false, false, true, false},
    {"Did you feed the cat? [image: a cat by a bowl]", "feed cat imag cat bowl", 11, true, false,
     true, false},
    {"Did you feed the cat?\n [image of a cat] ...", "feed cat imag cat", 10, true, false, true,
     false},
    {"Look [image: what?] here", "look imag", 4, false, false, false, false},
    {"Really?!?", "realli", 1, true, false, true, false},
    {"Really? Yes.", "realli yes", 2, false, false, false, false},
    {"? [image", "imag", 2, false, false, false, false},
    {"? [image]", "imag", 2, true, false, false, false},
    {"? x [image]", "x imag", 3, false, false, false, false},
    {"?[image a\nb]", "imag b", 3, false, false, false, false},
    {"[image: a] ? [image: b]]", "imag imag b", 5, true, false, false, false},
    {"?\xE2\x80\xA6\xE2\x80\x9D", "", 1, true, false, false, false},
    {"?\xC2\xA0", "", 1, true, false, true, false},
    {"a ? b", "b", 3, false, false, false, false},
    {"In 1987 they sold the farm", "1987 sold farm", 6, false, true, false, false},
    {"room 1987b", "room 1987b", 2, false, false, false, false},
    {"1899, 2100, 19999", "1899 2100 19999", 3, false, false, false, false},
    {"(2042)", "2042", 1, false, true, false, false},
    {"call 2099-1234", "call 2099 1234", 2, false, true, false, false},
    {"year\xD9\xA2\xD9\xA0\xD9\xA2\xD9\xA3", "year\xD9\xA2\xD9\xA0\xD9\xA2\xD9\xA3", 1, false,
     false, false, false},
    {"20\xD9\xA2\xD9\xA3 it was", "20\xD9\xA2\xD9\xA3", 3, false, true, false, false},
    {"_2001_", "_2001_", 1, false, false, false, false},
    {"The organisers organized an evening at the university", "organis organiz evening universiti",
     8, false, true, false, false},
    {"added adding internal emergency paste biologists geologist",
     "add add internal emergenc paste biolog geolog", 7, false, false, false, false},
    {"Zo\xC3\xAB na\xC3\xAFve caf\xC3\xA9 \xC3\x85NGSTR\xC3\x96M stra\xC3\x9F"
     "e",
     "zo\xC3\xAB na\xC3\xAFv caf\xC3\xA9 \xC3\xA5ngstr\xC3\xB6m stra\xC3\x9F"
     "e",
     5, false, false, false, false},
    {"Zoe\xCC\x88 in pieces", "zoe piec", 3, false, false, false, false},
    {"\xC4\xB0stanbul I\xC4\xB0", "stanbul ii", 2, false, false, false, false},
    {"\xCE\x9F\xCE\x94\xCE\x9F\xCE\xA3 \xCE\xA3\xCE\x91\xCE\xA3",
     "\xCE\xBF\xCE\xB4\xCE\xBF\xCF\x82 \xCF\x83\xCE\xB1\xCF\x82", 2, false, false, false, false},
    {"\xD0\x9C\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0 \xD0\x96\xD0\xA3\xD0\x9A",
     "\xD0\xBC\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0 \xD0\xB6\xD1\x83\xD0\xBA", 2, false, false,
     false, false},
    {"\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x81\xA8"
     "ABC\xE8\xAA\x9E",
     "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x81\xA8"
     "abc\xE8\xAA\x9E",
     1, false, false, false, false},
    {"\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4 \xEB\xAC\xB8\xEC\x9E\xA5",
     "\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4 \xEB\xAC\xB8\xEC\x9E\xA5", 2, false, false, false,
     false},
    {"\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8\xE0\xA5\x8D\xE0\xA4\xA6\xE0\xA5\x80",
     "\xE0\xA4\xB9 \xE0\xA4\xA8 \xE0\xA4\xA6", 1, false, false, false, false},
    {"\xC2\xBD cup, x\xC2\xB2, \xE2\x85\xA7th", "\xC2\xBD cup x\xC2\xB2 \xE2\x85\xB7th", 4, false,
     false, false, false},
    {"snake_case __init__ _", "snake_cas __init__ _", 3, false, false, false, false},
    {"don't won't I'll o'clock", "don t won t ll o clock", 4, false, false, false, false},
    {"ORD-1234 v1.2.3 user@host.example C++ src/main.c",
     "ord 1234 v1 2 3 user host exampl c src main c", 5, false, false, false, false},
    {"\xF0\x9F\x98\x80 smile \xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", "smile", 3, false, false, false,
     false},
    {"tab\tnew\nline\x1Cseparator\xC2\x85next", "tab new line separ next", 5, false, true, false,
     false},
    {"a an the of", "", 4, false, false, false, false},
    {"who will", "", 2, false, false, true, false},
    {"\xE2\x80\x9CMay\xE2\x80\x9D \xE2\x80\x94 perhaps; later?", "may perhap later", 4, true, true,
     true, false},
    {"running runs ran runner", "run run ran runner", 4, false, false, false, false},
    {"generously communal arsenal skies dying news", "generous communal arsenal sky die news", 6,
     false, false, false, false},
    {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxing",
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxing", 1, false, false,
     false, false},
    {"12 days and 3 nights", "12 day 3 night", 5, false, true, false, false},
    {"soon", "soon", 1, false, true, false, false},
    {"MONDAY", "monday", 1, false, true, false, false},
    {"e\xCC\x81\xCC\x81\xCC\x81", "e", 1, false, false, false, false},
    {"\xEF\xB8\x8F\xE2\x83\xA3 1\xEF\xB8\x8F\xE2\x83\xA3", "1", 2, false, false, false, false},
    {"\x01\x02 control", "control", 2, false, false, false, false},
    {"\xE2\x80\x8Bzero\xE2\x80\x8Bwidth", "zero width", 1, false, false, false, false},
    {"\xEF\xAC\x81ne \xEF\xBC\xA1\xEF\xBC\xA2", "\xEF\xAC\x81ne \xEF\xBD\x81\xEF\xBD\x82", 2, false,
     false, false, false},
};

#define CASES (sizeof cases / sizeof *cases)

static void check_terms(const char *text, const struct term_list *list, const char *expected,
                        struct arena *arena)
{
    const char *joined = "";
    for (size_t i = 0; i < list->count; i++) {
        const struct term *term = &list->items[i];
        cr_assert(!term->is_extra);
        joined = arena_printf(arena, "%s%s%.*s", joined, i > 0 ? " " : "", (int)term->length,
                              term->text);
    }
    cr_expect_str_eq(joined, expected, "\"%s\": %s", text, joined);
}

Test(reference, documents_are_what_the_reference_makes_of_them)
{
    struct analyzer *analyzer = analyzer_new(language_find("en"), TEXT_REFERENCE);
    cr_assert_not_null(analyzer);
    for (size_t i = 0; i < CASES; i++) {
        struct arena arena;
        struct document document;
        struct document_source source = {.text = cases[i].text, .event_at_us = TIME_NONE};
        arena_init(&arena);
        cr_assert(document_analyze(analyzer, &source, &arena, &document));
        check_terms(cases[i].text, &document.body, cases[i].terms, &arena);
        cr_expect_eq(document.text_words, cases[i].words, "\"%s\"", cases[i].text);
        cr_expect_eq(document.word_count, cases[i].words, "\"%s\"", cases[i].text);
        cr_expect_eq(document.asks, cases[i].asks, "\"%s\"", cases[i].text);
        cr_expect_eq(document.has_time, cases[i].has_time, "\"%s\"", cases[i].text);
        cr_expect_eq(document.key.count, 0);
        arena_clear(&arena);
    }
    analyzer_free(analyzer);
}

Test(reference, questions_are_what_the_reference_makes_of_them)
{
    struct analyzer *analyzer = analyzer_new(language_find("en"), TEXT_REFERENCE);
    cr_assert_not_null(analyzer);
    for (size_t i = 0; i < CASES; i++) {
        struct arena arena;
        struct question question;
        arena_init(&arena);
        cr_assert(question_analyze(analyzer, cases[i].text, &arena, &question));
        check_terms(cases[i].text, &question.terms, cases[i].terms, &arena);
        cr_expect_eq(question.is_question, cases[i].is_question, "\"%s\"", cases[i].text);
        cr_expect_eq(question.wants_time, cases[i].wants_time, "\"%s\"", cases[i].text);
        arena_clear(&arena);
    }
    analyzer_free(analyzer);
}

Test(reference, the_date_of_a_sitting_is_indexed_word_by_word)
{
    struct analyzer *analyzer = analyzer_new(language_find("en"), TEXT_REFERENCE);
    cr_assert_not_null(analyzer);
    struct arena arena;
    struct document document;
    struct document_source source = {.text = "Good to see you again!",
                                     .speaker = "Aunt Ida",
                                     .event_at_us = 0,
                                     .date_text = "1:56 pm on 8 May, 2023"};
    arena_init(&arena);
    cr_assert(document_analyze(analyzer, &source, &arena, &document));
    check_terms(source.text, &document.body, "good see again", &arena);
    check_terms(source.text, &document.key, "aunt ida 1 56 pm 8 may 2023", &arena);
    cr_expect_eq(document.word_count, 7);
    cr_expect_eq(document.text_words, 5);
    arena_clear(&arena);
    analyzer_free(analyzer);
}
