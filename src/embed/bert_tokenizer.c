#include "embed/bert_tokenizer.h"

#include "base/limits.h"
#include "embed/mapped_file.h"
#include "embed/tokenizer_json.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VOCABULARY_FILE "vocab.txt"
#define CONFIG_FILE "tokenizer_config.json"
#define TOKENIZER_FILE "tokenizer.json"
#define LIMIT_FILE "sentence_bert_config.json"
#define LIMIT_USUAL 512 /* BERT's own */
#define SPECIALS 2      /* [CLS], [SEP] */

static enum mneme_code refuse(struct mneme_error *err, const char *reason)
{
    return error_field(err, MNEME_INVALID, "model", "tokenizer", "%s", reason);
}

/* A file beside the model's others; where it is missing *out is empty and *found false. */
static enum mneme_code open_beside(const char *folder, const char *name, struct mapped_file *out,
                                   bool *found, struct mneme_error *err)
{
    char path[PATH_MAX];
    *out = (struct mapped_file){0};
    *found = false;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
        return refuse(err, "the path is too long");
    }
    if (access(path, F_OK) != 0) {
        return MNEME_OK;
    }
    *found = true;
    return mapped_file_open(path, out, err);
}

/* A JSON file; NULL where it is missing. */
static enum mneme_code read_json(const char *folder, const char *name, struct json **out,
                                 struct mneme_error *err)
{
    struct mapped_file file;
    bool found;
    *out = NULL;
    enum mneme_code code = open_beside(folder, name, &file, &found, err);
    if (code != MNEME_OK || !found) {
        return code;
    }
    code = json_parse((const char *)file.bytes, file.length, LIMIT_MODEL_JSON_BYTES, out, NULL);
    mapped_file_close(&file);
    if (code == MNEME_NOMEM) {
        return error_nomem(err);
    }
    if (code == MNEME_OK && json_type_of(*out) == JSON_TYPE_OBJECT) {
        return MNEME_OK;
    }
    json_free(*out);
    *out = NULL;
    return error_field(err, MNEME_INVALID, "model", "tokenizer", "%s: bad JSON", name);
}

/* What a list of tokens needs beside it: that the tokeniser is BERT's own, and its flags. */
static bool is_plain_bert(const struct json *config, struct words_rules *rules)
{
    if (!tokenizer_json_has(config, "tokenizer_class", "BertTokenizer") &&
        !tokenizer_json_has(config, "tokenizer_class", "BertTokenizerFast")) {
        return false;
    }
    bool lower = tokenizer_json_flag(config, "do_lower_case", true);
    *rules = (struct words_rules){
        .split = WORDS_BERT,
        .lower = lower,
        .strip_accents = tokenizer_json_flag(config, "strip_accents", lower),
        .clean = true,
        .split_han = tokenizer_json_flag(config, "tokenize_chinese_chars", true),
    };
    return tokenizer_json_flag(config, "do_basic_tokenize", true);
}

static enum mneme_code read_list(struct bert_tokenizer *out, const char *folder, bool *found,
                                 struct mneme_error *err)
{
    struct json *config;
    struct words_rules rules;
    struct mapped_file file = {0};
    *found = false;
    enum mneme_code code = read_json(folder, CONFIG_FILE, &config, err);
    if (code == MNEME_OK && config != NULL && is_plain_bert(config, &rules)) {
        code = open_beside(folder, VOCABULARY_FILE, &file, found, err);
    }
    json_free(config);
    if (code == MNEME_OK && *found) {
        code = wordpiece_init_list(&out->wordpiece, (const char *)file.bytes, file.length, err);
        out->wordpiece.rules = rules;
    }
    mapped_file_close(&file);
    return code;
}

static enum mneme_code read_tokenizer(struct bert_tokenizer *out, const char *folder,
                                      struct mneme_error *err)
{
    struct json *json;
    enum mneme_code code = read_json(folder, TOKENIZER_FILE, &json, err);
    if (code == MNEME_OK && json == NULL) {
        return refuse(err, "there is neither vocab.txt with tokenizer_config.json nor "
                           "tokenizer.json");
    }
    if (code == MNEME_OK) {
        code = wordpiece_init_json(&out->wordpiece, json, err);
    }
    json_free(json);
    return code;
}

static enum mneme_code read_limit(struct bert_tokenizer *out, const char *folder,
                                  size_t position_count, struct mneme_error *err)
{
    struct json *json;
    enum mneme_code code = read_json(folder, LIMIT_FILE, &json, err);
    const struct json *limit = json != NULL ? json_get(json, "max_seq_length") : NULL;
    int64_t given = limit != NULL && json_type_of(limit) == JSON_TYPE_INTEGER
                        ? json_as_integer(limit)
                        : LIMIT_USUAL;
    json_free(json);
    if (code != MNEME_OK) {
        return code;
    }
    out->limit = given > 0 && (uint64_t)given < position_count ? (size_t)given : position_count;
    return out->limit > SPECIALS ? MNEME_OK : refuse(err, "the limit of tokens is too small");
}

static bool find_special(const struct bert_tokenizer *tokenizer, const char *name, uint32_t *out)
{
    *out = vocabulary_find(&tokenizer->wordpiece.vocabulary, name, strlen(name));
    return *out != VOCABULARY_NONE;
}

static enum mneme_code open_folder(struct bert_tokenizer *out, const char *folder,
                                   size_t position_count, struct mneme_error *err)
{
    bool found;
    enum mneme_code code = read_limit(out, folder, position_count, err);
    if (code == MNEME_OK) {
        code = read_list(out, folder, &found, err);
    }
    if (code == MNEME_OK && !found) {
        code = read_tokenizer(out, folder, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    out->token_count = out->wordpiece.vocabulary.count;
    bool has_specials = find_special(out, "[CLS]", &out->first) &&
                        find_special(out, "[SEP]", &out->last) &&
                        out->wordpiece.unknown != VOCABULARY_NONE;
    return has_specials ? MNEME_OK : refuse(err, "the vocabulary lacks [CLS], [SEP] or [UNK]");
}

enum mneme_code bert_tokenizer_open(struct bert_tokenizer *out, const char *folder,
                                    size_t position_count, struct mneme_error *err)
{
    *out = (struct bert_tokenizer){0};
    enum mneme_code code = open_folder(out, folder, position_count, err);
    if (code != MNEME_OK) {
        bert_tokenizer_clear(out);
    }
    return code;
}

void bert_tokenizer_clear(struct bert_tokenizer *tokenizer)
{
    wordpiece_clear(&tokenizer->wordpiece);
    *tokenizer = (struct bert_tokenizer){0};
}

size_t bert_tokenizer_encode(const struct bert_tokenizer *tokenizer, const char *text,
                             size_t length, uint32_t *ids, bool *cut)
{
    const size_t room = tokenizer->limit - 1; // for all but [SEP]
    struct words words;
    uint32_t next[WORDS_MAX_CHARS];
    size_t count = 0, got;
    assert(tokenizer->limit > SPECIALS);
    ids[count++] = tokenizer->first;
    *cut = false;
    wordpiece_begin(&tokenizer->wordpiece, &words, text, length);
    while (!*cut && (got = wordpiece_next(&tokenizer->wordpiece, &words, next,
                                          sizeof next / sizeof *next)) > 0) {
        size_t kept = got < room - count ? got : room - count;
        memcpy(ids + count, next, kept * sizeof *ids);
        count += kept;
        *cut = kept < got;
    }
    ids[count++] = tokenizer->last;
    return count;
}
