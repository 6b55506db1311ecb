#include "text/question.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "text/terms_internal.h"
#include "text/word.h"

#include <string.h>

#define EARLY_WORDS 3 // "how long", "for how long"

/* Its last character that is no white space is a question mark. */
static bool ends_in_question_mark(const char *text)
{
    size_t length = strlen(text);
    bool is_question = false;
    for (size_t at = 0; at < length;) {
        uint32_t point = utf8_next(text, length, &at);
        if (!word_is_space(point)) is_question = point == '?';
    }
    return is_question;
}

/* What the words ask for, as the measured reference has it: unfolded, stop words and all. */
static void read_words(const struct language *language, const char *text, struct question *out)
{
    struct word_reader words;
    struct word word;
    size_t count = 0;
    bool has_what = false, has_unit = false;
    word_init(&words, WORD_PLAIN, text, strlen(text));
    while (word_next(&words, &word)) {
        char lower[LIMIT_LISTED_WORD_BYTES];
        size_t length;
        count++;
        if (!word_lower(WORD_PLAIN, text + word.start, word.length, lower, sizeof lower, &length))
            continue; // longer than any word of the lists
        if (count == 1 && word_list_has(&language->question, lower, length))
            out->is_question = true;
        if (word_list_has(&language->when, lower, length) ||
            (count <= EARLY_WORDS && word_list_has(&language->how_long, lower, length)))
            out->wants_time = true;
        has_what |= word_list_has(&language->what, lower, length);
        has_unit |= word_list_has(&language->date_units, lower, length);
    }
    out->wants_time |= has_what && has_unit;
}

bool question_analyze(struct analyzer *analyzer, const char *text, struct arena *arena,
                      struct question *out)
{
    *out = (struct question){0};
    out->is_question = ends_in_question_mark(text);
    read_words(analyzer_language(analyzer), text, out);
    struct terms_options options = {.is_query = true};
    if (!terms_scan(analyzer, text, options, arena, &out->terms, NULL)) return false;
    if (terms_have_words(&out->terms) || analyzer_profile(analyzer) == TEXT_REFERENCE) return true;
    options.keep_stop_words = true;
    out->terms.count = 0;
    return terms_scan(analyzer, text, options, arena, &out->terms, NULL);
}
