/* Any valid UTF-8 through everything that reads running text. */
#include "base/timestamp.h"
#include "base/utf8.h"
#include "text/dates.h"
#include "text/document.h"
#include "text/near.h"
#include "text/question.h"
#include "text/token_estimate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

static void check_terms(const struct term_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        require(list->items[i].length > 0, "no term is empty");
        require(utf8_is_valid(list->items[i].text, list->items[i].length), "terms are UTF-8");
    }
}

static void try_profile(enum text_profile profile, const char *text, struct arena *arena)
{
    struct analyzer *analyzer = analyzer_new(language_find("en"), profile);
    struct document_source source = {.text = text, .speaker = text, .event_at_us = TIME_NONE};
    struct document document, decoded;
    struct question question;
    struct strbuf form;
    require(analyzer != NULL, "memory");
    require(document_analyze(analyzer, &source, arena, &document), "memory");
    require(question_analyze(analyzer, text, arena, &question), "memory");
    check_terms(&document.body);
    check_terms(&document.key);
    check_terms(&question.terms);
    require(document.text_words * 2 == document.word_count, "the words of text and speaker");
    strbuf_init(&form, 1 << 24);
    document_encode(&document, &form);
    require(strbuf_code(&form) == MNEME_OK, "it can be stored");
    require(document_decode(form.text, form.length, arena, &decoded, NULL) == MNEME_OK,
            "it can be read again");
    require(decoded.body.count == document.body.count && decoded.simhash == document.simhash,
            "it is the same");
    struct near_text near = {text, document.simhash}, hashed = {text, 1};
    require(near_duplicate(language_find("en"), &near, &near), "a text is near itself");
    require(near_duplicate(language_find("en"), &hashed, &hashed), "its guards agree");
    strbuf_clear(&form);
    analyzer_free(analyzer);
}

static void try_dates(const char *text, size_t length)
{
    struct date_span span;
    if (date_find(language_find("en"), text, INT64_C(1684337400000000), &span)) {
        require(span.from_us < span.to_us && span.from_us >= TIME_MIN_US &&
                    span.to_us <= TIME_MAX_US,
                "a span has a length");
        require(span.length > 0 && span.start + span.length <= length, "it stands in the text");
    }
    (void)date_parse(language_find("en"), text, &span);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena arena;
    if (!utf8_is_valid((const char *)bytes, length)) return 0;
    arena_init(&arena);
    const char *text = arena_text_n(&arena, (const char *)bytes, length);
    require(text != NULL, "memory");
    try_profile(TEXT_SHIPPING, text, &arena);
    try_profile(TEXT_REFERENCE, text, &arena);
    try_dates(text, length);
    require(length == 0 || token_estimate(text, length) > 0, "tokens");
    arena_clear(&arena);
    return 0;
}
