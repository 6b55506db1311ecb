#include "embed/wordpiece.h"

#include "../../support/models.h"
#include "base/alloc.h"
#include "base/limits.h"
#include "embed/mapped_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define NORMALIZER                                                                                 \
    "{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,"              \
    "\"strip_accents\":null,\"lowercase\":true}"
#define PRE "{\"type\":\"BertPreTokenizer\"}"
#define MODEL(vocab)                                                                               \
    "{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\","        \
    "\"max_input_chars_per_word\":100,\"vocab\":" vocab "}"
#define TOKENIZER(normalizer, pre, model)                                                          \
    "{\"normalizer\":" normalizer ",\"pre_tokenizer\":" pre ",\"model\":" model "}"
#define VOCAB                                                                                      \
    "{\"un\":2,\"[UNK]\":1,\"[PAD]\":0,\"##believ\":3,\"##able\":4,\"##a\":5,\"!\":6,\"a\":7}"

static struct wordpiece wordpiece;

static void end(void)
{
    wordpiece_clear(&wordpiece);
}

TestSuite(wordpiece, .fini = end);

static enum mneme_code from_json(const char *text)
{
    struct json *json;
    struct mneme_error err;
    cr_assert_eq(json_parse(text, strlen(text), LIMIT_MODEL_JSON_BYTES, &json, &err), MNEME_OK,
                 "%s", err.message);
    enum mneme_code code = wordpiece_init_json(&wordpiece, json, &err);
    json_free(json);
    if (code != MNEME_OK) {
        cr_assert_str_eq(err.field, "model");
        cr_assert_eq(wordpiece.vocabulary.count, 0);
    }
    return code;
}

static void assert_ids(const char *text, const uint32_t *expected, size_t count)
{
    struct words words;
    uint32_t ids[WORDS_MAX_CHARS + 7];
    size_t got, at = 0;
    wordpiece_begin(&wordpiece, &words, text, strlen(text));
    while ((got = wordpiece_next(&wordpiece, &words, ids, sizeof ids / sizeof ids[0])) > 0) {
        for (size_t i = 0; i < got; i++, at++) {
            cr_assert(at < count && ids[i] == expected[at], "'%s' token %zu: %u", text, at, ids[i]);
        }
    }
    cr_assert_eq(at, count, "'%s': %zu of %zu", text, at, count);
}

#define IDS(text, ...)                                                                             \
    assert_ids(text, (const uint32_t[]){__VA_ARGS__},                                              \
               sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

Test(wordpiece, cuts_the_longest_pieces_from_the_left)
{
    cr_assert_eq(from_json(TOKENIZER(NORMALIZER, PRE, MODEL(VOCAB))), MNEME_OK);
    cr_assert_eq(wordpiece.unknown, 1);
    IDS("Unbelievable!", 2, 3, 4, 6);
    IDS("a aa unaa", 7, 7, 5, 2, 5, 5);
    assert_ids("", NULL, 0);
}

Test(wordpiece, a_word_that_cannot_be_cut_whole_is_one_unknown)
{
    cr_assert_eq(from_json(TOKENIZER(NORMALIZER, PRE, MODEL(VOCAB))), MNEME_OK);
    IDS("unbelievably a", 1, 7);
    IDS("xyz!", 1, 6);
    IDS("[UNK]", 1, 1, 1); // plain text, no special token
}

Test(wordpiece, a_hundred_characters_are_cut_and_one_more_unknown)
{
    char text[WORDS_MAX_CHARS + 2];
    uint32_t expected[WORDS_MAX_CHARS];
    cr_assert_eq(from_json(TOKENIZER(NORMALIZER, PRE, MODEL(VOCAB))), MNEME_OK);
    memset(text, 'a', sizeof text);
    text[WORDS_MAX_CHARS] = '\0';
    for (size_t i = 0; i < WORDS_MAX_CHARS; i++) expected[i] = i == 0 ? 7 : 5;
    assert_ids(text, expected, WORDS_MAX_CHARS);
    text[WORDS_MAX_CHARS] = 'a';
    text[WORDS_MAX_CHARS + 1] = '\0';
    IDS(text, 1);
}

Test(wordpiece, a_list_gives_ids_by_line)
{
    static const char list[] = "[PAD]\r\n[UNK]\nun\n##believ\n##able\n\n!\na";
    cr_assert_eq(wordpiece_init_list(&wordpiece, list, strlen(list), NULL), MNEME_OK);
    cr_assert_eq(wordpiece.vocabulary.count, 8);
    IDS("Unbelievable a!", 2, 3, 4, 7, 6);
}

Test(wordpiece, a_list_of_nothing_is_refused)
{
    cr_assert_eq(wordpiece_init_list(&wordpiece, "", 0, NULL), MNEME_INVALID);
    cr_assert_eq(wordpiece_init_list(&wordpiece, "a\na", 3, NULL), MNEME_INVALID);
}

Test(wordpiece, flags_of_the_normaliser_are_followed)
{
    cr_assert_eq(from_json(TOKENIZER("{\"type\":\"BertNormalizer\",\"lowercase\":false}", PRE,
                                     MODEL("{\"[UNK]\":0,\"A\":1,\"\\u00c9\":2,\"e\":3}"))),
                 MNEME_OK);
    IDS("A \xc3\x89 a", 1, 2, 0);
    wordpiece_clear(&wordpiece);
    cr_assert_eq(from_json(TOKENIZER(
                     "{\"type\":\"BertNormalizer\",\"lowercase\":true,\"strip_accents\":false}",
                     PRE, MODEL("{\"[UNK]\":0,\"a\":1,\"\\u00e9\":2,\"e\":3}"))),
                 MNEME_OK);
    IDS("A \xc3\x89", 1, 2);
}

Test(wordpiece, other_kinds_of_tokeniser_are_unsupported)
{
    static const char *const others[] = {
        TOKENIZER("null", PRE, MODEL(VOCAB)),
        TOKENIZER("{\"type\":\"NFC\"}", PRE, MODEL(VOCAB)),
        TOKENIZER(NORMALIZER, "{\"type\":\"ByteLevel\"}", MODEL(VOCAB)),
        TOKENIZER(NORMALIZER, "7", MODEL(VOCAB)),
        TOKENIZER(NORMALIZER, PRE, "{\"type\":\"BPE\",\"unk_token\":\"u\",\"vocab\":" VOCAB "}"),
        TOKENIZER(NORMALIZER, PRE,
                  "{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","
                  "\"continuing_subword_prefix\":\"@@\",\"vocab\":" VOCAB "}"),
        TOKENIZER(NORMALIZER, PRE,
                  "{\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\","
                  "\"max_input_chars_per_word\":1e9,\"vocab\":" VOCAB "}"),
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        cr_assert_eq(from_json(others[i]), MNEME_UNSUPPORTED, "%zu", i);
    }
}

Test(wordpiece, malformed_vocabularies_are_refused)
{
    static const char *const bad[] = {
        "{}",
        "[]",
        "null",
        "7",
        TOKENIZER(NORMALIZER, PRE, MODEL("{}")),
        TOKENIZER(NORMALIZER, PRE, MODEL("[\"a\"]")),
        TOKENIZER(NORMALIZER, PRE, MODEL("{\"a\":0,\"b\":0}")),
        TOKENIZER(NORMALIZER, PRE, MODEL("{\"a\":0,\"b\":2}")),
        TOKENIZER(NORMALIZER, PRE, MODEL("{\"a\":-1,\"b\":0}")),
        TOKENIZER(NORMALIZER, PRE, MODEL("{\"a\":0.0}")),
        TOKENIZER(NORMALIZER, PRE, MODEL("{\"a\":\"0\"}")),
        TOKENIZER(NORMALIZER, PRE, MODEL("{\"a\":9223372036854775807}")),
        TOKENIZER(NORMALIZER, PRE, "{\"type\":\"WordPiece\",\"vocab\":" VOCAB "}"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(from_json(bad[i]), MNEME_INVALID, "%s", bad[i]);
    }
}

static bool fails_at(void *context)
{
    size_t *left = context;
    return (*left)-- == 0;
}

Test(wordpiece, each_allocation_may_fail)
{
    static const char text[] = TOKENIZER(NORMALIZER, PRE, MODEL(VOCAB));
    static const char list[] = "a\nb\n";
    struct json *json;
    cr_assert_eq(json_parse(text, strlen(text), LIMIT_MODEL_JSON_BYTES, &json, NULL), MNEME_OK);
    for (int from_list = 0; from_list < 2; from_list++) {
        enum mneme_code code = MNEME_NOMEM;
        for (size_t n = 0; code == MNEME_NOMEM; n++) {
            size_t left = n;
            wordpiece_clear(&wordpiece);
            mem_set_hook(fails_at, &left);
            code = from_list ? wordpiece_init_list(&wordpiece, list, strlen(list), NULL)
                             : wordpiece_init_json(&wordpiece, json, NULL);
            mem_set_hook(NULL, NULL);
            cr_assert_eq(code == MNEME_OK, n > 0 && wordpiece.vocabulary.count > 0);
        }
        cr_assert_eq(code, MNEME_OK);
    }
    json_free(json);
}

/* By the reference tokeniser; texts of our own. */
static const struct {
    const char *text;
    uint32_t ids[64];
    size_t count;
} golden[] = {
    {"Mara hid the brass key under the third stair.",
     {13955, 11041, 1996, 8782, 3145, 2104, 1996, 2353, 23788, 1012},
     10},
    {"Unbelievably, the clockmaker's antikythera re-ran!",
     {4895, 8671, 2666, 3567, 6321, 1010, 1996, 5119, 8571, 1005, 1055, 3424, 4801, 12399, 2050,
      2128, 1011, 2743, 999},
     19},
    {"na\303\257ve caf\303\251 \342\200\224 \342\200\2345\342\202\254\342\200\235, "
     "don't_you@think\077",
     {15743, 7668, 1517, 1523, 1019, 30102, 1524, 1010, 2123, 1005, 1056, 1035, 2017, 1030, 2228,
      1029},
     16},
    {"\346\235\261\344\272\254\343\201\247Bj\303\266rn met \320\233\320\265\320\275\320\260; "
     "\354\225\210\353\205\225 \316\243\316\237\316\246\316\237\316\243",
     {1879, 1755,  1665,  2497,  5558,  6826,  2777, 1190,  15290, 19865, 1025,
      1463, 30006, 30021, 29992, 30010, 30025, 1173, 29730, 29736, 29730, 29733},
     22},
    {"tab\011here\302\240nbsp\342\200\213zero\007bell\302\255soft",
     {21628, 2182, 1050, 5910, 2361, 6290, 20891, 12718, 15794},
     9},
    {"great\360\237\230\200 x\357\277\275y, [sep [", {100, 1060, 2100, 1010, 1031, 19802, 1031}, 7},
};

static void check_golden(void)
{
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        assert_ids(golden[i].text, golden[i].ids, golden[i].count);
    }
}

Test(wordpiece, the_shared_vocabulary_gives_what_the_reference_gives)
{
    struct models models;
    struct mapped_file file;
    struct json *json;
    cr_assert_eq(
        mapped_file_open(models_shared(&models, "bert-uncased.tokenizer.json"), &file, NULL),
        MNEME_OK);
    cr_assert_eq(
        json_parse((const char *)file.bytes, file.length, LIMIT_MODEL_JSON_BYTES, &json, NULL),
        MNEME_OK);
    cr_assert_eq(wordpiece_init_json(&wordpiece, json, NULL), MNEME_OK);
    json_free(json);
    mapped_file_close(&file);
    check_golden();
    wordpiece_clear(&wordpiece);
    cr_assert_eq(mapped_file_open(models_shared(&models, "bert-uncased.vocab.txt"), &file, NULL),
                 MNEME_OK);
    cr_assert_eq(wordpiece_init_list(&wordpiece, (const char *)file.bytes, file.length, NULL),
                 MNEME_OK);
    mapped_file_close(&file);
    check_golden();
}
