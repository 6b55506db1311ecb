#include "embed/unigram.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/strbuf.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define MARK "\xe2\x96\x81"
#define BERT "{\"type\":\"BertNormalizer\",\"lowercase\":true}"
#define FOLD "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"\\\\s+\"},\"content\":\" \"}"
#define STRIP "{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true}"
#define METASPACE                                                                                  \
    "{\"type\":\"Metaspace\",\"replacement\":\"" MARK "\",\"prepend_scheme\":\"always\"}"
#define VOCAB                                                                                      \
    "[[\"[PAD]\",-9],[\"[UNK]\",-9],[\"" MARK "tea\",-2.5],[\"" MARK "te\",-1.0],[\"a\",-1.0],"    \
    "[\"pot\",-3],[\"po\",-1],[\"t\",-2],[\"" MARK "!\",-4],[\"" MARK "\",-5],[\"e\",-8]]"

static struct unigram unigram;
static struct strbuf json_text;

static void begin(void)
{
    strbuf_init(&json_text, 1 << 20);
}

static void end(void)
{
    unigram_clear(&unigram);
    strbuf_clear(&json_text);
}

TestSuite(unigram, .init = begin, .fini = end);

/* All ASCII punctuation put between spaces, but for `omitted`. */
static void add_replacements(char omitted)
{
    for (char c = '!'; c <= '~'; c++) {
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        const char *escape = c == '"' || c == '\\' ? "\\" : "";
        if (is_plain || c == omitted) continue;
        strbuf_printf(&json_text,
                      ",{\"type\":\"Replace\",\"pattern\":{\"String\":\"%s%c\"},"
                      "\"content\":\" %s%c \"}",
                      escape, c, escape, c);
    }
}

static enum mneme_code from_parts(const char *first, char omitted, const char *pre,
                                  const char *model)
{
    struct json *json;
    strbuf_truncate(&json_text, 0);
    strbuf_printf(&json_text, "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[%s", first);
    add_replacements(omitted);
    strbuf_printf(&json_text, "," FOLD "," STRIP "]},\"pre_tokenizer\":%s,\"model\":%s}", pre,
                  model);
    cr_assert_eq(json_parse(json_text.text, json_text.length, LIMIT_MODEL_JSON_BYTES, &json, NULL),
                 MNEME_OK);
    unigram_clear(&unigram);
    struct mneme_error err;
    enum mneme_code code = unigram_init_json(&unigram, json, &err);
    json_free(json);
    if (code != MNEME_OK) cr_assert_eq(unigram.vocabulary.count, 0);
    return code;
}

static enum mneme_code from_vocab(const char *vocab)
{
    char model[1024];
    snprintf(model, sizeof model, "{\"type\":\"Unigram\",\"unk_id\":1,\"vocab\":%s}", vocab);
    return from_parts(BERT, 0, METASPACE, model);
}

static void assert_ids(const char *text, const char *expected)
{
    char got[1024] = "";
    struct words words;
    uint32_t ids[UNIGRAM_WORD_TOKENS];
    words_begin(&words, &unigram.rules, text, strlen(text));
    while (words_next(&words)) {
        size_t count = unigram_word(&unigram, &words, ids), used = strlen(got);
        for (size_t i = 0; i < count && used < sizeof got - 12; i++) {
            used += (size_t)snprintf(got + used, sizeof got - used, "%u ", ids[i]);
        }
    }
    cr_assert_str_eq(got, expected, "'%s': %s", text, got);
}

Test(unigram, the_likeliest_cut_wins_not_the_longest)
{
    cr_assert_eq(from_vocab(VOCAB), MNEME_OK);
    assert_ids("tea", "3 4 ");      // -2 against -2.5
    assert_ids("Teapot", "3 4 5 "); // pot: -3, po t: -3, the first found wins
    assert_ids("tea tea!", "3 4 3 4 8 ");
    assert_ids("t", "9 7 ");
}

Test(unigram, characters_that_no_token_covers_are_unknown_one_by_one)
{
    cr_assert_eq(from_vocab(VOCAB), MNEME_OK);
    assert_ids("teaxa", "3 4 1 4 ");
    assert_ids("\xf0\x9f\x98\x80", "9 1 ");
    assert_ids("t\xe6\x9d\xb1", "9 7 9 1 "); // a Han character is a word of its own
}

Test(unigram, a_word_too_long_is_one_unknown)
{
    char text[WORDS_MAX_CHARS + 2];
    memset(text, 'a', sizeof text);
    text[WORDS_MAX_CHARS + 1] = '\0';
    cr_assert_eq(from_vocab(VOCAB), MNEME_OK);
    assert_ids(text, "1 ");
}

Test(unigram, the_longest_word_fits_whatever_its_characters)
{
    char text[WORDS_MAX_CHARS * 4 + 1];
    struct words words;
    uint32_t ids[UNIGRAM_WORD_TOKENS];
    cr_assert_eq(from_vocab(VOCAB), MNEME_OK);
    for (size_t i = 0; i < WORDS_MAX_CHARS; i++) memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 5);
    words_begin(&words, &unigram.rules, text, strlen(text));
    cr_assert(words_next(&words));
    cr_assert_eq(unigram_word(&unigram, &words, ids), UNIGRAM_WORD_TOKENS);
}

Test(unigram, other_forms_are_unsupported)
{
    static const char model[] = "{\"type\":\"Unigram\",\"unk_id\":1,\"vocab\":" VOCAB "}";
    cr_assert_eq(from_parts("{\"type\":\"NFKC\"}", 0, METASPACE, model), MNEME_UNSUPPORTED);
    cr_assert_eq(from_parts(BERT ",{\"type\":\"NFKC\"}", 0, METASPACE, model), MNEME_UNSUPPORTED);
    cr_assert_eq(from_parts(BERT, '!', METASPACE, model), MNEME_UNSUPPORTED);
    cr_assert_eq(from_parts(BERT, 0, "{\"type\":\"Whitespace\"}", model), MNEME_UNSUPPORTED);
    cr_assert_eq(from_parts(BERT, 0, METASPACE,
                            "{\"type\":\"Unigram\",\"byte_fallback\":true,\"vocab\":" VOCAB "}"),
                 MNEME_UNSUPPORTED);
    cr_assert_eq(from_parts(BERT, 0, METASPACE, model), MNEME_OK);
}

Test(unigram, malformed_vocabularies_are_refused)
{
    static const char *const bad[] = {"[]",
                                      "{}",
                                      "null",
                                      "[[]]",
                                      "[[\"a\"]]",
                                      "[[\"a\",1,2]]",
                                      "[[1,\"a\"]]",
                                      "[\"a\"]",
                                      "[[\"a\",\"1\"]]",
                                      "[[\"a\",-1],[\"a\",-2]]",
                                      "[[\"a\",-1e300]]",
                                      "[[\"a\",9223372036854775807]]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(from_vocab(bad[i]), MNEME_INVALID, "%s", bad[i]);
    }
}

Test(unigram, an_unknown_id_that_is_none_leaves_none)
{
    static const char *const ids[] = {"-1", "99", "1.0", "\"1\"", "null"};
    for (size_t i = 0; i < 5; i++) {
        char model[512];
        snprintf(model, sizeof model, "{\"type\":\"Unigram\",\"unk_id\":%s,\"vocab\":[[\"a\",-1]]}",
                 ids[i]);
        cr_assert_eq(from_parts(BERT, 0, METASPACE, model), MNEME_OK);
        cr_assert_eq(unigram.unknown, VOCABULARY_NONE);
    }
}

static bool fails_at(void *context)
{
    size_t *left = context;
    return (*left)-- == 0;
}

Test(unigram, each_allocation_may_fail)
{
    cr_assert_eq(from_vocab(VOCAB), MNEME_OK);
    struct json *json;
    enum mneme_code code = MNEME_NOMEM;
    size_t n = 0;
    cr_assert_eq(json_parse(json_text.text, json_text.length, LIMIT_MODEL_JSON_BYTES, &json, NULL),
                 MNEME_OK);
    for (; code == MNEME_NOMEM; n++) {
        size_t left = n;
        unigram_clear(&unigram);
        mem_set_hook(fails_at, &left);
        code = unigram_init_json(&unigram, json, NULL);
        mem_set_hook(NULL, NULL);
    }
    json_free(json);
    cr_assert_eq(code, MNEME_OK);
    cr_assert(n > 4);
}
