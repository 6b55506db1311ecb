#include "text/document.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/timestamp.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct analyzer *analyzer;
static struct arena arena;

static void begin(void)
{
    analyzer = analyzer_new(language_find("en"), TEXT_SHIPPING);
    cr_assert_not_null(analyzer);
    arena_init(&arena);
}

static void end(void)
{
    arena_clear(&arena);
    analyzer_free(analyzer);
}

TestSuite(document, .init = begin, .fini = end);

static const char *join(const struct term_list *list)
{
    const char *joined = "";
    for (size_t i = 0; i < list->count; i++) {
        const struct term *term = &list->items[i];
        joined = arena_printf(&arena, "%s%s%s%.*s", joined, i > 0 ? " " : "",
                              term->is_extra ? "+" : "", (int)term->length, term->text);
        cr_assert_not_null(joined);
    }
    return joined;
}

/* 8 May 2023, 13:56 UTC */
#define EVENT_US INT64_C(1683554160000000)

static const char *const keys[] = {"tea, honey", "habit", "fav/drink-2"};

/* One of everything: repeated terms, extras, terms shared by body and key. */
static const struct document_source full = {
    .text =
        "Every May I buy honey, the honey of ORD-17, at 黒猫 - don't you? And honey for Ida, too.",
    .speaker = "Aunt Ida",
    .keys = keys,
    .key_count = 3,
    .event_at_us = EVENT_US,
};

static struct document analyzed(const struct document_source *source)
{
    struct document document;
    cr_assert(document_analyze(analyzer, source, &arena, &document));
    return document;
}

Test(document, body_is_in_order_and_key_holds_speaker_keys_and_date)
{
    struct document document = analyzed(&full);
    cr_expect_eq(document.profile, TEXT_SHIPPING);
    cr_expect_str_eq(join(&document.body),
                     "everi may buy honey honey ord 17 +ord-17 +黒 黒猫 +猫 don t "
                     "honey ida too");
    cr_expect_str_eq(join(&document.key),
                     "aunt ida tea honey habit fav drink 2 +fav/drink-2 8 may 2023");
    cr_expect_eq(document.text_words, 19);
    cr_expect_eq(document.word_count, 21);
    cr_expect(document.has_time && !document.asks);
    cr_expect_neq(document.simhash, 0);
}

Test(document, without_a_date_the_key_has_none)
{
    struct document_source source = {.text = "tea", .event_at_us = TIME_NONE};
    struct document document = analyzed(&source);
    cr_expect_eq(document.key.count, 0);
    cr_expect(!document.has_time && document.simhash == 0);
    source.event_at_us = EVENT_US;
    source.date_text = "May 2023";
    document = analyzed(&source);
    cr_expect_str_eq(join(&document.key), "may 2023");
    source.date_text = "";
    document = analyzed(&source);
    cr_expect_eq(document.key.count, 0);
}

Test(document, dates_at_the_ends_of_time_are_written)
{
    struct document_source source = {.text = "tea", .event_at_us = TIME_MIN_US};
    struct document document = analyzed(&source);
    cr_expect_str_eq(join(&document.key), "1 januari 1");
    source.event_at_us = TIME_MAX_US;
    document = analyzed(&source);
    cr_expect_str_eq(join(&document.key), "31 decemb 9999");
}

Test(document, a_text_of_stop_words_keeps_them)
{
    struct document_source source = {.text = "What will be, will be.", .event_at_us = TIME_NONE};
    struct document document = analyzed(&source);
    cr_expect_str_eq(join(&document.body), "what will be will be");
    source.text = "";
    document = analyzed(&source);
    cr_expect_eq(document.body.count, 0);
}

Test(document, hostile_texts_are_analyzed_in_linear_time, .timeout = 20)
{
    static const char *const baits[] = {"?[image", "[image]", "19", "Σ",  "Ⱥ",
                                        "1.",      "a\u0301", "ゝ", "] ", "\n"};
    for (size_t i = 0; i < sizeof baits / sizeof *baits; i++) {
        size_t step = strlen(baits[i]), length = LIMIT_CONTENT_BYTES / step * step;
        char *text = malloc(length + 1);
        cr_assert_not_null(text);
        for (size_t at = 0; at < length; at += step) memcpy(text + at, baits[i], step);
        text[length] = '\0';
        struct arena fresh;
        struct document document;
        struct document_source source = {.text = text, .event_at_us = TIME_NONE};
        arena_init(&fresh);
        cr_expect(document_analyze(analyzer, &source, &fresh, &document), "%s", baits[i]);
        arena_clear(&fresh);
        free(text);
    }
}

/* The stored form */

static struct strbuf encoded(const struct document *document)
{
    struct strbuf form;
    strbuf_init(&form, 1 << 20);
    document_encode(document, &form);
    cr_assert_eq(strbuf_code(&form), MNEME_OK);
    return form;
}

static void check_same_list(const struct term_list *a, const struct term_list *b)
{
    cr_assert_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        cr_assert_eq(a->items[i].length, b->items[i].length);
        cr_assert_eq(a->items[i].is_extra, b->items[i].is_extra);
        cr_assert_eq(memcmp(a->items[i].text, b->items[i].text, a->items[i].length), 0);
    }
}

static void check_round_trip(const struct document *document)
{
    struct document decoded;
    struct strbuf form = encoded(document), again;
    cr_assert_eq(document_decode(form.text, form.length, &arena, &decoded, NULL), MNEME_OK);
    check_same_list(&decoded.body, &document->body);
    check_same_list(&decoded.key, &document->key);
    cr_expect_eq(decoded.profile, document->profile);
    cr_expect_eq(decoded.word_count, document->word_count);
    cr_expect_eq(decoded.text_words, document->text_words);
    cr_expect_eq(decoded.asks, document->asks);
    cr_expect_eq(decoded.has_time, document->has_time);
    cr_expect_eq(decoded.simhash, document->simhash);
    again = encoded(&decoded);
    cr_assert(again.length == form.length && memcmp(again.text, form.text, form.length) == 0);
    strbuf_clear(&form);
    strbuf_clear(&again);
}

Test(document, what_is_encoded_is_decoded)
{
    struct document document = analyzed(&full);
    check_round_trip(&document);
    check_round_trip(&(struct document){.profile = TEXT_REFERENCE});
    document.word_count = UINT32_MAX;
    document.asks = true;
    document.has_time = false;
    check_round_trip(&document);
}

Test(document, many_terms_are_decoded_too)
{
    size_t words = LIMIT_TERMS + 5;
    char *text = malloc(words * 8 + 1), *at = text;
    cr_assert_not_null(text);
    for (size_t i = 0; i < words; i++) at += snprintf(at, 8, "w%zu ", i % 50000);
    struct document_source source = {.text = text, .speaker = text, .event_at_us = EVENT_US};
    struct document document = analyzed(&source);
    cr_expect_eq(document.body.count, LIMIT_TERMS);
    cr_expect_eq(document.key.count, LIMIT_TERMS);
    check_round_trip(&document);
    free(text);
}

Test(document, the_stored_form_is_the_one_that_is_drawn)
{
    struct document_source source = {
        .text = "honey tea honey ids-9?", .speaker = "Ida", .event_at_us = TIME_NONE};
    static const char form[] = "\x01\x01\x01\x05\x04" // version, profile, asks, words
                               "\x06\x05\x03\x02\x01\x05\x03"
                               "honey"
                               "tea"
                               "id"
                               "9"
                               "ids-9"
                               "ida"
                               "\x06\x00\x02\x00\x04\x06\x09"
                               "\x01\x0a";
    struct document document = analyzed(&source);
    struct strbuf bytes = encoded(&document);
    cr_expect_eq(bytes.length, sizeof form - 1);
    cr_expect_eq(memcmp(bytes.text, form, sizeof form - 1), 0);
    strbuf_clear(&bytes);
}

Test(document, equal_terms_of_a_decoded_document_share_their_text)
{
    struct document document = analyzed(&full), decoded;
    struct strbuf form = encoded(&document);
    cr_assert_eq(document_decode(form.text, form.length, &arena, &decoded, NULL), MNEME_OK);
    cr_expect_eq(decoded.body.items[3].text, decoded.body.items[4].text);
    cr_expect_eq(decoded.body.items[3].text, decoded.key.items[3].text);
    cr_expect(decoded.body.items[0].text > form.text &&
              decoded.body.items[0].text < form.text + form.length);
    strbuf_clear(&form);
}

/* Decodes a copy of exactly these bytes, so that a sanitizer sees what reads past them. */
static enum mneme_code decode_copy(const char *bytes, size_t length)
{
    struct arena fresh;
    struct document document;
    struct mneme_error error;
    char *copy = malloc(length > 0 ? length : 1);
    cr_assert_not_null(copy);
    memcpy(copy, bytes, length);
    arena_init(&fresh);
    enum mneme_code code = document_decode(copy, length, &fresh, &document, &error);
    if (code != MNEME_OK) {
        cr_assert_eq(error.code, code);
        cr_assert(document.body.count == 0 && document.key.count == 0 && !document.body.items);
    } else {
        // What is taken would have been written so, unless two terms have one text.
        struct strbuf form = encoded(&document);
        cr_assert(form.length < length ||
                  (form.length == length && memcmp(form.text, copy, length) == 0));
        strbuf_clear(&form);
    }
    arena_clear(&fresh);
    free(copy);
    return code;
}

Test(document, every_truncation_is_refused)
{
    struct document document = analyzed(&full);
    struct strbuf form = encoded(&document);
    for (size_t length = 0; length < form.length; length++)
        cr_assert_eq(decode_copy(form.text, length), MNEME_INVALID, "at %zu", length);
    cr_assert_eq(decode_copy(form.text, form.length), MNEME_OK);
    strbuf_add_char(&form, '\0');
    cr_assert_eq(decode_copy(form.text, form.length), MNEME_INVALID);
    strbuf_clear(&form);
}

Test(document, changed_and_random_bytes_are_refused_or_are_another_document)
{
    struct document document = analyzed(&full);
    struct strbuf form = encoded(&document);
    char bytes[512];
    cr_assert_leq(form.length, sizeof bytes);
    for (size_t at = 0; at < form.length; at++) {
        for (unsigned value = 0; value < 256; value++) {
            memcpy(bytes, form.text, form.length);
            bytes[at] = (char)value;
            (void)decode_copy(bytes, form.length);
        }
    }
    uint64_t state = 42;
    for (size_t round = 0; round < 20000; round++) {
        for (size_t i = 0; i < 64; i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            bytes[i] = (char)(state >> 60); // small numbers get furthest
        }
        bytes[0] = bytes[1] = 1;
        bytes[2] &= 3;
        (void)decode_copy(bytes, round % 64);
    }
    strbuf_clear(&form);
}

Test(document, what_encode_would_not_write_is_refused)
{
    static const struct {
        const char *what, *bytes;
        size_t length;
    } cases[] = {
#define BYTES(text) (text), sizeof(text) - 1
        {"empty", BYTES("")},
        {"another version", BYTES("\x02\x01\0\0\0\0\0\0")},
        {"another profile", BYTES("\x01\x03\0\0\0\0\0\0")},
        {"unknown flag", BYTES("\x01\x01\x08\0\0\0\0\0")},
        {"more words in the text than in all", BYTES("\x01\x01\0\x01\x02\0\0\0")},
        {"no simhash in spite of the flag", BYTES("\x01\x01\x04\x01\x01\0\0\0\0\0\0\0\0\0\0\0")},
        {"a number in too many bytes", BYTES("\x01\x01\0\x81\0\0\0\0\0")},
        {"a number over 32 bits", BYTES("\x01\x01\0\xff\xff\xff\xff\x1f\0\0\0\0")},
        {"an endless number", BYTES("\x01\x01\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")},
        {"an empty term", BYTES("\x01\x01\0\0\0\x01\0\x01\0\0")},
        {"a term never used", BYTES("\x01\x01\0\0\0\x01\x01z\0\0")},
        {"a term out of turn", BYTES("\x01\x01\0\0\0\x02\x01\x01yz\x02\x02\0\0")},
        {"no such term", BYTES("\x01\x01\0\0\0\x01\x01z\x02\0\x02\0")},
        {"more terms than bytes", BYTES("\x01\x01\0\0\0\xff\xff\x03\x01z\x01\0\0")},
        {"text that is no UTF-8", BYTES("\x01\x01\0\0\0\x01\x01\xff\x01\0\0")},
        {"a term that ends within a character",
         BYTES("\x01\x01\0\0\0\x02\x01\x01\xc3\xa9\x02\0\x02\0")},
        {"a term with NUL", BYTES("\x01\x01\0\0\0\x01\x01\0\x01\0\0")},
    };
    cr_assert_eq(decode_copy(BYTES("\x01\x01\0\0\0\0\0\0")), MNEME_OK);
    cr_assert_eq(decode_copy(BYTES("\x01\x01\0\0\0\x01\x01z\x01\0\0")), MNEME_OK);
#undef BYTES
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(decode_copy(cases[i].bytes, cases[i].length), MNEME_INVALID, "%s",
                     cases[i].what);
}

static bool fails_after(void *context)
{
    size_t *left = context;
    if (*left == 0) return true;
    --*left;
    return false;
}

Test(document, running_out_of_memory_is_told_by_all)
{
    struct document document = analyzed(&full), again;
    struct strbuf form = encoded(&document), poor;
    size_t left;
    bool done = false;
    for (size_t allowed = 0; !done; allowed++) {
        struct arena fresh;
        cr_assert_lt(allowed, 100);
        arena_init(&fresh);
        left = allowed;
        mem_set_hook(fails_after, &left);
        done = document_analyze(analyzer, &full, &fresh, &again);
        mem_set_hook(NULL, NULL);
        arena_clear(&fresh);
    }
    done = false;
    for (size_t allowed = 0; !done; allowed++) {
        cr_assert_lt(allowed, 100);
        strbuf_init(&poor, 1 << 20);
        left = allowed;
        mem_set_hook(fails_after, &left);
        document_encode(&document, &poor);
        mem_set_hook(NULL, NULL);
        done = strbuf_code(&poor) == MNEME_OK;
        if (!done) cr_assert_eq(strbuf_code(&poor), MNEME_NOMEM);
        strbuf_clear(&poor);
    }
    struct arena fresh;
    arena_init(&fresh);
    left = 0;
    mem_set_hook(fails_after, &left);
    cr_expect_eq(document_decode(form.text, form.length, &fresh, &again, NULL), MNEME_NOMEM);
    mem_set_hook(NULL, NULL);
    cr_expect(again.body.count == 0 && again.key.count == 0);
    arena_clear(&fresh);
    strbuf_clear(&form);
}

Test(document, a_buffer_too_small_says_so)
{
    struct document document = analyzed(&full);
    struct strbuf small;
    strbuf_init(&small, 20);
    document_encode(&document, &small);
    cr_expect_eq(strbuf_code(&small), MNEME_LIMIT);
    strbuf_clear(&small);
}
