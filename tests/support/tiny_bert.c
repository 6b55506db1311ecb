#include "tiny_bert.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TENSORS_MAX 64
#define W TINY_WIDTH
#define HEAD (TINY_WIDTH / TINY_HEADS)

struct tensor_part {
    char name[96];
    size_t rows, columns; /* columns 0: a row of `rows` values */
    float *values;
};

struct tiny_bert {
    struct tensor_part parts[TENSORS_MAX];
    size_t count;
    uint64_t state;
};

static float next_value(struct tiny_bert *model)
{
    model->state = model->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (float)(model->state >> 40) / (float)(1 << 23) - 1.0F;
}

static void add(struct tiny_bert *model, const char *name, size_t rows, size_t columns, float scale,
                float base)
{
    struct tensor_part *part = &model->parts[model->count++];
    size_t count = rows * (columns > 0 ? columns : 1);
    cr_assert_leq(model->count, TENSORS_MAX);
    snprintf(part->name, sizeof part->name, "%s", name);
    part->rows = rows;
    part->columns = columns;
    part->values = calloc(count, sizeof *part->values);
    for (size_t i = 0; i < count; i++) part->values[i] = base + scale * next_value(model);
}

static void add_pair(struct tiny_bert *model, size_t layer, const char *part, size_t rows,
                     size_t columns)
{
    char name[96];
    bool is_norm = columns == 0;
    snprintf(name, sizeof name, "encoder.layer.%zu.%s.weight", layer, part);
    add(model, name, rows, columns, is_norm ? .2F : .25F, is_norm ? 1 : 0);
    snprintf(name, sizeof name, "encoder.layer.%zu.%s.bias", layer, part);
    add(model, name, rows, 0, .1F, 0);
}

static void make(struct tiny_bert *model)
{
    *model = (struct tiny_bert){.state = 7};
    add(model, "embeddings.word_embeddings.weight", TINY_TOKENS, W, 1, 0);
    add(model, "embeddings.position_embeddings.weight", TINY_POSITIONS, W, .3F, 0);
    add(model, "embeddings.token_type_embeddings.weight", 2, W, .3F, 0);
    add(model, "embeddings.LayerNorm.weight", W, 0, .2F, 1);
    add(model, "embeddings.LayerNorm.bias", W, 0, .1F, 0);
    for (size_t layer = 0; layer < TINY_LAYERS; layer++) {
        add_pair(model, layer, "attention.self.query", W, W);
        add_pair(model, layer, "attention.self.key", W, W);
        add_pair(model, layer, "attention.self.value", W, W);
        add_pair(model, layer, "attention.output.dense", W, W);
        add_pair(model, layer, "attention.output.LayerNorm", W, 0);
        add_pair(model, layer, "intermediate.dense", TINY_INNER, W);
        add_pair(model, layer, "output.dense", W, TINY_INNER);
        add_pair(model, layer, "output.LayerNorm", W, 0);
    }
}

static void drop(struct tiny_bert *model)
{
    for (size_t i = 0; i < model->count; i++) free(model->parts[i].values);
}

void tiny_bert_bytes(struct strbuf *out)
{
    struct tiny_bert model;
    struct strbuf header, data;
    make(&model);
    strbuf_init(&header, 1 << 16);
    strbuf_init(&data, 1 << 20);
    for (size_t i = 0; i < model.count; i++) {
        const struct tensor_part *part = &model.parts[i];
        size_t start = data.length, count = part->rows * (part->columns > 0 ? part->columns : 1);
        strbuf_add(&data, (const char *)part->values, count * sizeof(float));
        strbuf_printf(&header, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%zu", i > 0 ? "," : "{",
                      part->name, part->rows);
        if (part->columns > 0) strbuf_printf(&header, ",%zu", part->columns);
        strbuf_printf(&header, "],\"data_offsets\":[%zu,%zu]}", start, data.length);
    }
    strbuf_add_text(&header, "}");
    while (header.length % 8 != 0) strbuf_add_text(&header, " ");
    models_safetensors(out, header.text, data.text, data.length);
    strbuf_clear(&header);
    strbuf_clear(&data);
    drop(&model);
}

void tiny_bert_write(struct models *models, const char *name)
{
    const struct {
        const char *name, *text;
    } files[] = {{"config.json", TINY_CONFIG},
                 {"vocab.txt", TINY_VOCABULARY},
                 {"tokenizer_config.json", "{\"tokenizer_class\":\"BertTokenizer\"}"}};
    char path[128];
    struct strbuf bytes;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", name, files[i].name);
        (void)models_write(models, path, files[i].text, strlen(files[i].text));
    }
    strbuf_init(&bytes, 1 << 20);
    tiny_bert_bytes(&bytes);
    snprintf(path, sizeof path, "%s/model.safetensors", name);
    (void)models_write(models, path, bytes.text, bytes.length);
    strbuf_clear(&bytes);
}

// --- the definition --------------------------------------------------------------------------

static const float *values_of(const struct tiny_bert *model, const char *name)
{
    for (size_t i = 0; i < model->count; i++) {
        if (strcmp(model->parts[i].name, name) == 0) return model->parts[i].values;
    }
    cr_assert_fail("no tensor '%s'", name);
    return NULL;
}

static const float *layer_values(const struct tiny_bert *model, size_t layer, const char *part,
                                 const char *what)
{
    char name[96];
    snprintf(name, sizeof name, "encoder.layer.%zu.%s.%s", layer, part, what);
    return values_of(model, name);
}

static void dense(const struct tiny_bert *model, size_t layer, const char *part, const double *in,
                  size_t inner, double *out, size_t outer)
{
    const float *weights = layer_values(model, layer, part, "weight");
    const float *bias = layer_values(model, layer, part, "bias");
    for (size_t o = 0; o < outer; o++) {
        out[o] = (double)bias[o];
        for (size_t i = 0; i < inner; i++) out[o] += in[i] * (double)weights[o * inner + i];
    }
}

static void norm(double *row, const float *gain, const float *shift)
{
    double mean = 0, variance = 0;
    for (size_t i = 0; i < W; i++) mean += row[i] / W;
    for (size_t i = 0; i < W; i++) variance += (row[i] - mean) * (row[i] - mean) / W;
    for (size_t i = 0; i < W; i++) {
        row[i] = (row[i] - mean) / sqrt(variance + 1e-12) * (double)gain[i] + (double)shift[i];
    }
}

static void attend(const struct tiny_bert *model, size_t layer, double rows[][W], size_t count,
                   double out[][W])
{
    double q[TINY_POSITIONS][W], k[TINY_POSITIONS][W], v[TINY_POSITIONS][W];
    for (size_t t = 0; t < count; t++) {
        dense(model, layer, "attention.self.query", rows[t], W, q[t], W);
        dense(model, layer, "attention.self.key", rows[t], W, k[t], W);
        dense(model, layer, "attention.self.value", rows[t], W, v[t], W);
    }
    for (size_t t = 0; t < count; t++) {
        for (size_t at = 0; at < W; at += HEAD) {
            double shares[TINY_POSITIONS], sum = 0;
            for (size_t other = 0; other < count; other++) {
                double score = 0;
                for (size_t i = at; i < at + HEAD; i++) score += q[t][i] * k[other][i];
                shares[other] = exp(score / sqrt(HEAD));
                sum += shares[other];
            }
            for (size_t i = at; i < at + HEAD; i++) {
                out[t][i] = 0;
                for (size_t other = 0; other < count; other++) {
                    out[t][i] += shares[other] / sum * v[other][i];
                }
            }
        }
    }
}

static void run_layer(const struct tiny_bert *model, size_t layer, double rows[][W], size_t count)
{
    double joined[TINY_POSITIONS][W];
    attend(model, layer, rows, count, joined);
    for (size_t t = 0; t < count; t++) {
        double part[W], wide[TINY_INNER];
        dense(model, layer, "attention.output.dense", joined[t], W, part, W);
        for (size_t i = 0; i < W; i++) rows[t][i] += part[i];
        norm(rows[t], layer_values(model, layer, "attention.output.LayerNorm", "weight"),
             layer_values(model, layer, "attention.output.LayerNorm", "bias"));
        dense(model, layer, "intermediate.dense", rows[t], W, wide, TINY_INNER);
        for (size_t i = 0; i < TINY_INNER; i++) wide[i] *= .5 * (1 + erf(wide[i] / sqrt(2)));
        dense(model, layer, "output.dense", wide, TINY_INNER, part, W);
        for (size_t i = 0; i < W; i++) rows[t][i] += part[i];
        norm(rows[t], layer_values(model, layer, "output.LayerNorm", "weight"),
             layer_values(model, layer, "output.LayerNorm", "bias"));
    }
}

void tiny_bert_vector(const uint32_t *ids, size_t count, bool is_mean, double out[TINY_WIDTH])
{
    struct tiny_bert model;
    double rows[TINY_POSITIONS][W], squares = 0;
    make(&model);
    cr_assert_leq(count, TINY_POSITIONS);
    const float *words = values_of(&model, "embeddings.word_embeddings.weight");
    const float *positions = values_of(&model, "embeddings.position_embeddings.weight");
    const float *types = values_of(&model, "embeddings.token_type_embeddings.weight");
    for (size_t t = 0; t < count; t++) {
        for (size_t i = 0; i < W; i++) {
            rows[t][i] =
                (double)words[ids[t] * W + i] + (double)positions[t * W + i] + (double)types[i];
        }
        norm(rows[t], values_of(&model, "embeddings.LayerNorm.weight"),
             values_of(&model, "embeddings.LayerNorm.bias"));
    }
    for (size_t layer = 0; layer < TINY_LAYERS; layer++) run_layer(&model, layer, rows, count);
    for (size_t i = 0; i < W; i++) {
        out[i] = rows[0][i];
        for (size_t t = 1; is_mean && t < count; t++) out[i] += rows[t][i];
        squares += out[i] * out[i];
    }
    for (size_t i = 0; i < W; i++) out[i] /= sqrt(squares);
    drop(&model);
}
