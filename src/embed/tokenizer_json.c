#include "embed/tokenizer_json.h"

#include <string.h>

const char *tokenizer_json_text(const struct json *object, const char *name)
{
    const struct json *value = json_get(object, name);
    bool is_text = value != NULL && json_type_of(value) == JSON_TYPE_TEXT;
    return is_text ? json_as_text(value, NULL) : NULL;
}

bool tokenizer_json_has(const struct json *object, const char *name, const char *expected)
{
    const char *text = tokenizer_json_text(object, name);
    return text != NULL && strcmp(text, expected) == 0;
}

bool tokenizer_json_flag(const struct json *object, const char *name, bool otherwise)
{
    const struct json *value = json_get(object, name);
    bool is_flag = value != NULL && json_type_of(value) == JSON_TYPE_BOOLEAN;
    return is_flag ? json_as_boolean(value) : otherwise;
}

bool tokenizer_json_bert(const struct json *normalizer, enum words_split split,
                         struct words_rules *out)
{
    if (!tokenizer_json_has(normalizer, "type", "BertNormalizer")) {
        return false;
    }
    bool lower = tokenizer_json_flag(normalizer, "lowercase", true);
    *out = (struct words_rules){
        .split = split,
        .lower = lower,
        .strip_accents = tokenizer_json_flag(normalizer, "strip_accents", lower),
        .clean = tokenizer_json_flag(normalizer, "clean_text", true),
        .split_han = tokenizer_json_flag(normalizer, "handle_chinese_chars", true),
    };
    return true;
}

enum mneme_code tokenizer_json_malformed(struct mneme_error *err, const char *what)
{
    return error_field(err, MNEME_INVALID, "model", "tokenizer", "tokenizer.json: bad or no '%s'",
                       what);
}

enum mneme_code tokenizer_json_unsupported(struct mneme_error *err, const char *what)
{
    return error_field(err, MNEME_UNSUPPORTED, "model", "tokenizer",
                       "tokenizer.json: this kind of '%s' is not supported", what);
}
