/* Questions to a parsed tokenizer.json that its readers share. */
#ifndef EMBED_TOKENIZER_JSON_H
#define EMBED_TOKENIZER_JSON_H

#include "base/json.h"
#include "embed/words.h"

/* A member of an object; NULL, false or `otherwise` for what is missing or of another type. */
const char *tokenizer_json_text(const struct json *object, const char *name);
bool tokenizer_json_has(const struct json *object, const char *name, const char *expected);
bool tokenizer_json_flag(const struct json *object, const char *name, bool otherwise);

/* The rules of a normaliser of type BertNormalizer; false for another. */
bool tokenizer_json_bert(const struct json *normalizer, enum words_split split,
                         struct words_rules *out);

enum mneme_code tokenizer_json_malformed(struct mneme_error *err, const char *what);
enum mneme_code tokenizer_json_unsupported(struct mneme_error *err, const char *what);

#endif
