/* Any valid UTF-8 through what cuts texts into sentences, finds secrets and extracts. */
#include "mind/extract.h"

#include "base/limits.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "mind/secrets.h"
#include "text/sentence.h"

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

static void try_sentences(const char *text, size_t length)
{
    struct sentence_reader reader;
    struct sentence sentence;
    size_t behind = 0;
    sentence_init(&reader, language_find("en"), text, length);
    while (sentence_next(&reader, &sentence)) {
        require(sentence.length > 0 && sentence.length <= LIMIT_SENTENCE_BYTES, "its length");
        require(sentence.start >= behind && sentence.start + sentence.length <= length,
                "its place");
        require(utf8_is_valid(text + sentence.start, sentence.length), "no character is cut");
        behind = sentence.start + sentence.length;
    }
}

static void try_secrets(const char *text, size_t length)
{
    struct secret secret;
    for (size_t at = 0, before = 0; secrets_next(text, length, &at, &secret); before = at) {
        require(at > before && at <= length, "the reader moves on");
        require(secret.length > 0 && secret.start + secret.length <= length, "its place");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena arena;
    if (!utf8_is_valid((const char *)bytes, length)) return 0;
    arena_init(&arena);
    const char *text = arena_text_n(&arena, (const char *)bytes, length);
    require(text != NULL, "memory");
    try_sentences(text, length);
    try_secrets(text, length);
    // The first half is what somebody said before, so that corrections have something to correct.
    size_t half = utf8_cut(text, length, length / 2);
    struct extract_message messages[] = {
        {.text = arena_text_n(&arena, text, half), .speaker = "Ada", .event_at_us = TIME_NONE},
        {.text = text + half, .speaker = "Ada", .ordinal = 1, .event_at_us = TIME_MAX_US},
        {.text = text, .ordinal = 2, .event_at_us = INT64_C(1684337400000000)},
    };
    struct extraction_list list;
    require(extract_run(language_find("en"), messages, 3, &arena, &list, NULL) == MNEME_OK,
            "memory");
    for (size_t i = 0; i < list.count; i++) {
        const struct extraction *found = &list.items[i];
        require(found->content && utf8_is_valid(found->content, strlen(found->content)), "content");
        require(found->value && utf8_is_valid(found->value, strlen(found->value)), "value");
        require(found->confidence > 0 && found->confidence <= 1, "confidence");
        require(found->corrects == EXTRACTION_NONE || found->corrects < i, "what it corrects");
    }
    arena_clear(&arena);
    return 0;
}
