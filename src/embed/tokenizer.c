#include "embed/tokenizer.h"

#include "base/limits.h"
#include "embed/tokenizer_json.h"

#include <assert.h>

enum mneme_code tokenizer_init_json(struct tokenizer *out, const char *bytes, size_t length,
                                    struct mneme_error *err)
{
    struct json *json;
    *out = (struct tokenizer){0};
    enum mneme_code code = json_parse(bytes, length, LIMIT_MODEL_JSON_BYTES, &json, NULL);
    if (code == MNEME_NOMEM) {
        return error_nomem(err);
    }
    if (code != MNEME_OK) {
        return tokenizer_json_malformed(err, "JSON");
    }
    out->is_unigram = tokenizer_json_has(json_get(json, "model"), "type", "Unigram");
    code = out->is_unigram ? unigram_init_json(&out->unigram, json, err)
                           : wordpiece_init_json(&out->wordpiece, json, err);
    json_free(json);
    return code;
}

void tokenizer_clear(struct tokenizer *tokenizer)
{
    wordpiece_clear(&tokenizer->wordpiece);
    unigram_clear(&tokenizer->unigram);
    tokenizer->is_unigram = false;
}

size_t tokenizer_count(const struct tokenizer *tokenizer)
{
    return tokenizer->is_unigram ? tokenizer->unigram.vocabulary.count
                                 : tokenizer->wordpiece.vocabulary.count;
}

uint32_t tokenizer_unknown(const struct tokenizer *tokenizer)
{
    return tokenizer->is_unigram ? tokenizer->unigram.unknown : tokenizer->wordpiece.unknown;
}

void tokenizer_begin(const struct tokenizer *tokenizer, struct words *words, const char *text,
                     size_t length)
{
    const struct words_rules *rules =
        tokenizer->is_unigram ? &tokenizer->unigram.rules : &tokenizer->wordpiece.rules;
    words_begin(words, rules, text, length);
}

size_t tokenizer_next(const struct tokenizer *tokenizer, struct words *words, uint32_t *ids,
                      size_t capacity)
{
    size_t count = 0;
    assert(capacity >= TOKENIZER_CAPACITY_MIN);
    if (!tokenizer->is_unigram) {
        return wordpiece_next(&tokenizer->wordpiece, words, ids, capacity);
    }
    while (capacity - count >= UNIGRAM_WORD_TOKENS && words_next(words)) {
        count += unigram_word(&tokenizer->unigram, words, ids + count);
    }
    return count;
}
