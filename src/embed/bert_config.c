#include "embed/bert_config.h"

#include "base/limits.h"
#include "embed/linear.h"
#include "embed/tokenizer_json.h"

#include <math.h>
#include <string.h>

static enum mneme_code refuse(struct mneme_error *err, const char *file, const char *what)
{
    return error_field(err, MNEME_INVALID, "model", "config", "%s: bad or no '%s'", file, what);
}

static enum mneme_code unsupported(struct mneme_error *err, const char *file, const char *what)
{
    return error_field(err, MNEME_UNSUPPORTED, "model", "config",
                       "%s: this kind of '%s' is not supported", file, what);
}

enum mneme_code bert_config_is_there(const struct model_folder *folder, bool *out,
                                     struct mneme_error *err)
{
    struct json *json;
    *out = false;
    enum mneme_code code = model_folder_json(folder, "config.json", &json, NULL);
    if (code == MNEME_NOMEM) {
        return error_nomem(err);
    }
    if (code == MNEME_OK && json != NULL) { // a broken one may lie beside any other model
        *out = tokenizer_json_text(json, "model_type") != NULL &&
               json_get(json, "hidden_size") != NULL;
    }
    json_free(json);
    return MNEME_OK;
}

static bool read_count(const struct json *json, const char *name, size_t most, size_t *out)
{
    const struct json *value = json_get(json, name);
    int64_t number =
        value != NULL && json_type_of(value) == JSON_TYPE_INTEGER ? json_as_integer(value) : 0;
    *out = number > 0 && (uint64_t)number <= most ? (size_t)number : 0;
    return *out > 0;
}

static enum mneme_code read_sizes(const struct json *json, struct bert_config *out,
                                  struct mneme_error *err)
{
    const struct {
        const char *name;
        size_t most, *out;
    } sizes[] = {
        {"hidden_size", LIMIT_DIMENSION, &out->width},
        {"num_hidden_layers", LIMIT_MODEL_LAYERS, &out->layer_count},
        {"num_attention_heads", LIMIT_DIMENSION, &out->head_count},
        {"intermediate_size", LIMIT_MODEL_INNER_WIDTH, &out->inner_width},
        {"vocab_size", LIMIT_VOCABULARY, &out->vocabulary_count},
        {"max_position_embeddings", LIMIT_MODEL_TOKENS, &out->position_count},
        {"type_vocab_size", LIMIT_VOCABULARY, &out->type_count},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (!read_count(json, sizes[i].name, sizes[i].most, sizes[i].out)) {
            return refuse(err, "config.json", sizes[i].name);
        }
    }
    if (out->width % out->head_count != 0) {
        return refuse(err, "config.json", "num_attention_heads");
    }
    if (out->width / out->head_count % LINEAR_UNIT != 0 || out->inner_width % LINEAR_UNIT != 0) {
        return unsupported(err, "config.json", "width");
    }
    const struct json *epsilon = json_get(json, "layer_norm_eps");
    enum json_type type = epsilon != NULL ? json_type_of(epsilon) : JSON_TYPE_NULL;
    double value = type == JSON_TYPE_REAL ? json_as_real(epsilon) : -1;
    out->epsilon = (float)value;
    return value > 0 && value < 1 ? MNEME_OK : refuse(err, "config.json", "layer_norm_eps");
}

/* A member that may be missing, but if there must say this. */
static bool is_or_absent(const struct json *json, const char *name, const char *expected)
{
    return json_get(json, name) == NULL || tokenizer_json_has(json, name, expected);
}

static enum mneme_code read_model(const struct json *json, struct bert_config *out,
                                  struct mneme_error *err)
{
    if (!tokenizer_json_has(json, "model_type", "bert")) {
        return unsupported(err, "config.json", "model_type");
    }
    if (!tokenizer_json_has(json, "hidden_act", "gelu")) {
        return unsupported(err, "config.json", "hidden_act");
    }
    if (!is_or_absent(json, "position_embedding_type", "absolute")) {
        return unsupported(err, "config.json", "position_embedding_type");
    }
    return read_sizes(json, out, err);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* A module that we do not know (a dense layer, say) would change the vectors. */
static enum mneme_code read_modules(const struct json *json, struct bert_config *out,
                                    struct mneme_error *err)
{
    (void)out;
    for (size_t i = 0; i < json_count(json); i++) {
        const char *type = tokenizer_json_text(json_at(json, i), "type");
        if (type == NULL) {
            return refuse(err, "modules.json", "type");
        }
        if (!ends_with(type, "Transformer") && !ends_with(type, "Pooling") &&
            !ends_with(type, "Normalize")) {
            return unsupported(err, "modules.json", "type");
        }
    }
    return MNEME_OK;
}

static enum mneme_code read_pooling(const struct json *json, struct bert_config *out,
                                    struct mneme_error *err)
{
    void *at = NULL;
    const char *name;
    const struct json *value;
    size_t modes = 0;
    while (json_each(json, &at, &name, &value)) {
        bool is_set = json_type_of(value) == JSON_TYPE_BOOLEAN && json_as_boolean(value);
        modes += is_set && strncmp(name, "pooling_mode_", strlen("pooling_mode_")) == 0;
    }
    bool is_cls = tokenizer_json_flag(json, "pooling_mode_cls_token", false);
    bool is_mean = tokenizer_json_flag(json, "pooling_mode_mean_tokens", false);
    const char *mode = tokenizer_json_text(json, "pooling_mode"); // newer files
    if (mode != NULL && modes == 0) {
        is_cls = strcmp(mode, "cls") == 0;
        is_mean = strcmp(mode, "mean") == 0;
        modes = 1;
    }
    if (modes != 1 || is_cls == is_mean) {
        return unsupported(err, "1_Pooling/config.json", "pooling_mode");
    }
    out->pooling = is_cls ? BERT_CLS : BERT_MEAN;
    return MNEME_OK;
}

typedef enum mneme_code (*reader)(const struct json *json, struct bert_config *out,
                                  struct mneme_error *err);

static enum mneme_code read_file(const struct model_folder *folder, const char *name,
                                 enum json_type type, reader read, struct bert_config *out,
                                 struct mneme_error *err)
{
    struct json *json;
    enum mneme_code code = model_folder_json(folder, name, &json, err);
    if (code == MNEME_OK && json != NULL) {
        code = json_type_of(json) == type ? read(json, out, err) : refuse(err, name, "contents");
        json_free(json);
    }
    return code;
}

enum mneme_code bert_config_read(const struct model_folder *folder, struct bert_config *out,
                                 struct mneme_error *err)
{
    *out = (struct bert_config){.pooling = BERT_MEAN};
    enum mneme_code code = read_file(folder, "config.json", JSON_TYPE_OBJECT, read_model, out, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (out->position_count < 2) { // also when there is no config.json
        return refuse(err, "config.json", "max_position_embeddings");
    }
    code = read_file(folder, "modules.json", JSON_TYPE_ARRAY, read_modules, out, err);
    if (code == MNEME_OK) {
        code = read_file(folder, "1_Pooling/config.json", JSON_TYPE_OBJECT, read_pooling, out, err);
    }
    return code;
}
