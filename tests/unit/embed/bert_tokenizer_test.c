#include "embed/bert_tokenizer.h"

#include "../../support/golden_encoder.h"
#include "../../support/models.h"
#include "../../support/support.h"
#include "base/limits.h"
#include "embed/mapped_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define LIST "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##believ\n##able\na\n\xc3\xa9\ne\nA\n"
#define PLAIN "{\"tokenizer_class\":\"BertTokenizer\"}"
#define TOKENIZER                                                                                  \
    "{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":"                   \
    "\"BertPreTokenizer\"},\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","             \
    "\"continuing_subword_prefix\":\"##\",\"vocab\":{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,"         \
    "\"a\":3}}}"

static struct models models;
static struct bert_tokenizer tokenizer;

static void begin(void)
{
    models_begin(&models);
    tokenizer = (struct bert_tokenizer){0};
}

static void end(void)
{
    bert_tokenizer_clear(&tokenizer);
    models_end(&models);
}

TestSuite(bert_tokenizer, .init = begin, .fini = end);

static void put(const char *name, const char *text)
{
    (void)models_write(&models, name, text, strlen(text));
}

static enum mneme_code open_with_limit(size_t positions)
{
    struct mneme_error err = {0};
    enum mneme_code code = bert_tokenizer_open(&tokenizer, models.folder, positions, &err);
    if (code != MNEME_OK) {
        cr_assert_eq(err.code, code);
        cr_assert_str_eq(err.field, "model");
        cr_assert_eq(tokenizer.limit, 0);
        cr_assert_eq(tokenizer.wordpiece.vocabulary.count, 0);
    }
    return code;
}

static void assert_ids(const char *text, bool is_cut, const uint32_t *expected, size_t count)
{
    uint32_t ids[512];
    bool cut = !is_cut;
    cr_assert_leq(tokenizer.limit, 512);
    size_t got = bert_tokenizer_encode(&tokenizer, text, strlen(text), ids, &cut);
    cr_assert_eq(got, count, "'%.40s': %zu tokens, not %zu", text, got, count);
    cr_assert_eq(cut, is_cut, "'%.40s'", text);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(ids[i], expected[i], "'%.40s', token %zu: %u, not %u", text, i, ids[i],
                     expected[i]);
    }
}

#define IDS(text, cut, ...)                                                                        \
    assert_ids(text, cut, (const uint32_t[]){__VA_ARGS__},                                         \
               sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

Test(bert_tokenizer, puts_a_text_between_its_two_marks)
{
    put("vocab.txt", LIST);
    put("tokenizer_config.json", PLAIN);
    cr_assert_eq(open_with_limit(512), MNEME_OK);
    cr_assert_eq(tokenizer.limit, 512);
    cr_assert_eq(tokenizer.token_count, 11);
    IDS("", false, 2, 3);
    IDS("Unbelievable a", false, 2, 4, 5, 6, 7, 3);
    IDS("[SEP]", false, 2, 1, 1, 1, 3); // plain text, no mark
}

Test(bert_tokenizer, cuts_at_the_limit_and_says_so)
{
    put("vocab.txt", LIST);
    put("tokenizer_config.json", PLAIN);
    put("sentence_bert_config.json", "{\"max_seq_length\": 5, \"do_lower_case\": false}");
    cr_assert_eq(open_with_limit(512), MNEME_OK);
    cr_assert_eq(tokenizer.limit, 5);
    IDS("a a a", false, 2, 7, 7, 7, 3);
    IDS("a a a  ", false, 2, 7, 7, 7, 3);
    IDS("a a a a", true, 2, 7, 7, 7, 3);
    IDS("a unbelievable", true, 2, 7, 4, 5, 3);
    bert_tokenizer_clear(&tokenizer);
    cr_assert_eq(open_with_limit(4), MNEME_OK); // positions bound it as well
    IDS("a a a", true, 2, 7, 7, 3);
}

Test(bert_tokenizer, flags_of_its_config_are_followed)
{
    put("vocab.txt", LIST);
    put("tokenizer_config.json",
        "{\"tokenizer_class\":\"BertTokenizerFast\",\"do_lower_case\":false}");
    cr_assert_eq(open_with_limit(512), MNEME_OK);
    IDS("A a \xc3\xa9", false, 2, 10, 7, 8, 3);
    bert_tokenizer_clear(&tokenizer);
    put("tokenizer_config.json", "{\"tokenizer_class\":\"BertTokenizer\",\"strip_accents\":false}");
    cr_assert_eq(open_with_limit(512), MNEME_OK);
    IDS("A \xc3\x89", false, 2, 7, 8, 3);
}

Test(bert_tokenizer, asks_tokenizer_json_where_a_list_is_not_enough)
{
    put("vocab.txt", LIST);
    cr_assert_eq(open_with_limit(512), MNEME_INVALID); // and says nothing of its kind
    put("tokenizer.json", TOKENIZER);
    cr_assert_eq(open_with_limit(512), MNEME_OK);
    IDS("A", false, 1, 3, 2);
    bert_tokenizer_clear(&tokenizer);
    put("tokenizer_config.json", "{\"tokenizer_class\":\"MPNetTokenizer\"}");
    cr_assert_eq(open_with_limit(512), MNEME_OK);
    IDS("A", false, 1, 3, 2);
}

Test(bert_tokenizer, refuses_what_is_malformed)
{
    cr_assert_eq(open_with_limit(512), MNEME_INVALID);
    put("tokenizer_config.json", "[]");
    cr_assert_eq(open_with_limit(512), MNEME_INVALID);
    put("tokenizer_config.json", PLAIN);
    put("vocab.txt", "[UNK]\n[CLS]\na\n");
    cr_assert_eq(open_with_limit(512), MNEME_INVALID); // no [SEP]
    put("vocab.txt", "[SEP]\n[CLS]\na\n");
    cr_assert_eq(open_with_limit(512), MNEME_INVALID); // no [UNK]
    put("vocab.txt", LIST);
    put("sentence_bert_config.json", "{\"max_seq_length\":");
    cr_assert_eq(open_with_limit(512), MNEME_INVALID);
    put("sentence_bert_config.json", "{\"max_seq_length\": 2}");
    cr_assert_eq(open_with_limit(512), MNEME_INVALID);
    put("sentence_bert_config.json", "{\"max_seq_length\": -1}");
    cr_assert_eq(open_with_limit(512), MNEME_OK);
    cr_assert_eq(tokenizer.limit, 512);
}

static enum mneme_code open_and_close(void *context)
{
    (void)context;
    enum mneme_code code = bert_tokenizer_open(&tokenizer, models.folder, 512, NULL);
    bert_tokenizer_clear(&tokenizer);
    return code;
}

Test(bert_tokenizer, runs_out_of_memory_cleanly)
{
    support_hook_jansson();
    put("vocab.txt", LIST);
    put("tokenizer_config.json", PLAIN);
    put("sentence_bert_config.json", "{\"max_seq_length\": 5}");
    cr_assert_gt(support_fail_each(open_and_close, NULL), 3);
}

Test(bert_tokenizer, gives_the_ids_of_the_reference)
{
    const char *folder = golden_encoder_model();
    struct golden_encoder golden;
    golden_encoder_read(&golden);
    cr_assert_geq(golden.count, 200);
    cr_assert_eq(bert_tokenizer_open(&tokenizer, folder, 512, NULL), MNEME_OK);
    cr_assert_eq(tokenizer.limit, GOLDEN_LIMIT);
    for (size_t i = 0; i < golden.count; i++) {
        const struct golden_text *text = &golden.texts[i];
        assert_ids(text->text, text->is_cut, text->ids, text->id_count);
    }
    golden_encoder_clear(&golden);
}

Test(bert_tokenizer, reads_the_same_from_either_file)
{
    const char *folder = golden_encoder_model();
    struct golden_encoder golden;
    struct wordpiece from_json;
    struct json *json;
    char path[1024];
    struct mapped_file file;
    golden_encoder_read(&golden);
    snprintf(path, sizeof path, "%s/tokenizer.json", folder);
    cr_assert_eq(mapped_file_open(path, &file, NULL), MNEME_OK);
    cr_assert_eq(
        json_parse((const char *)file.bytes, file.length, LIMIT_MODEL_JSON_BYTES, &json, NULL),
        MNEME_OK);
    cr_assert_eq(wordpiece_init_json(&from_json, json, NULL), MNEME_OK);
    cr_assert_eq(bert_tokenizer_open(&tokenizer, folder, 512, NULL), MNEME_OK);
    cr_assert_eq(from_json.vocabulary.count, tokenizer.token_count);
    wordpiece_clear(&tokenizer.wordpiece);
    tokenizer.wordpiece = from_json;
    for (size_t i = 0; i < golden.count; i++) {
        const struct golden_text *text = &golden.texts[i];
        assert_ids(text->text, text->is_cut, text->ids, text->id_count);
    }
    json_free(json);
    mapped_file_close(&file);
    golden_encoder_clear(&golden);
}
