/*
 * Any bytes as one of the files of a BERT model, the others being sound: the first line of an input names the file, the
 * rest is it. Refused, or texts embed to vectors of length one or zero, and the same ones again.
 */
#include "embed/embed.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define WIDTH 16
#define TOKENS 6
#define POSITIONS 6

static const char *const names[] = {
    "config.json",           "1_Pooling/config.json",     "modules.json",     "vocab.txt",
    "tokenizer_config.json", "sentence_bert_config.json", "model.safetensors"};
#define NAME_COUNT (sizeof names / sizeof names[0])
#define WEIGHTS (NAME_COUNT - 1)

static const char *const sound[WEIGHTS] = {
    "{\"model_type\":\"bert\",\"hidden_size\":16,\"num_hidden_layers\":1,\"num_attention_heads\":1,"
    "\"intermediate_size\":16,\"hidden_act\":\"gelu\",\"layer_norm_eps\":1e-12,"
    "\"max_position_embeddings\":6,\"type_vocab_size\":1,\"vocab_size\":6}",
    "{\"pooling_mode_mean_tokens\":true}",
    "[{\"type\":\"sentence_transformers.models.Transformer\"}]",
    "[UNK]\n[CLS]\n[SEP]\ntea\n##s\nshe\n",
    "{\"tokenizer_class\":\"BertTokenizer\"}",
    "{\"max_seq_length\":6}",
};

static const struct {
    const char *name;
    size_t rows, columns;
} tensors[] = {
    {"embeddings.word_embeddings", TOKENS, WIDTH},
    {"embeddings.position_embeddings", POSITIONS, WIDTH},
    {"embeddings.token_type_embeddings", 1, WIDTH},
    {"embeddings.LayerNorm", 1, 0},
    {"encoder.layer.0.attention.self.query", WIDTH, WIDTH},
    {"encoder.layer.0.attention.self.key", WIDTH, WIDTH},
    {"encoder.layer.0.attention.self.value", WIDTH, WIDTH},
    {"encoder.layer.0.attention.output.dense", WIDTH, WIDTH},
    {"encoder.layer.0.attention.output.LayerNorm", 1, 0},
    {"encoder.layer.0.intermediate.dense", WIDTH, WIDTH},
    {"encoder.layer.0.output.dense", WIDTH, WIDTH},
    {"encoder.layer.0.output.LayerNorm", 1, 0},
};
#define EMBEDDINGS 3 // they have no bias

static char folder[64], weights[65536];
static size_t weights_length;

static void put(size_t file, const void *bytes, size_t length)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, names[file]);
    FILE *out = fopen(path, "wb");
    if (out == NULL || fwrite(bytes, 1, length, out) != length || fclose(out) != 0) abort();
}

static void make_weights(void)
{
    char header[8192];
    uint64_t header_length, at = 0, seed = 3;
    int used = 0;
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++) {
        for (int is_bias = 0; is_bias <= (i >= EMBEDDINGS); is_bias++) {
            bool is_row = is_bias || tensors[i].columns == 0;
            size_t rows = is_row ? WIDTH : tensors[i].rows;
            size_t bytes = rows * (is_row ? 1 : WIDTH) * sizeof(float);
            used += snprintf(
                header + used, sizeof header - (size_t)used,
                "%c\"%s.%s\":{\"dtype\":\"F32\",\"shape\":[%zu%s],\"data_offsets\":[%zu,%zu]}",
                at > 0 ? ',' : '{', tensors[i].name, is_bias ? "bias" : "weight", rows,
                is_row ? "" : ",16", (size_t)at, (size_t)at + bytes);
            at += bytes;
        }
    }
    used += snprintf(header + used, sizeof header - (size_t)used, "}");
    header_length = (uint64_t)used;
    memcpy(weights, &header_length, sizeof header_length);
    memcpy(weights + sizeof header_length, header, header_length);
    weights_length = sizeof header_length + header_length;
    for (uint64_t i = 0; i < at / sizeof(float); i++, weights_length += sizeof(float)) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        float value = (float)(seed >> 40) / (float)(1 << 23) - 1.0F;
        memcpy(weights + weights_length, &value, sizeof value);
    }
}

static void put_sound(size_t file)
{
    if (file == WEIGHTS) {
        put(file, weights, weights_length);
    } else {
        put(file, sound[file], strlen(sound[file]));
    }
}

static void remove_folder(void)
{
    char path[128];
    for (size_t i = 0; i < NAME_COUNT; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/1_Pooling", folder);
    rmdir(path);
    rmdir(folder);
}

static void begin(void)
{
    char path[128];
    if (folder[0] != '\0') return;
    snprintf(folder, sizeof folder, "/tmp/mneme-fuzz-XXXXXX");
    if (mkdtemp(folder) == NULL) abort();
    atexit(remove_folder);
    snprintf(path, sizeof path, "%s/1_Pooling", folder);
    if (mkdir(path, 0700) != 0) abort();
    make_weights();
    for (size_t i = 0; i < NAME_COUNT; i++) put_sound(i);
}

static void embed(struct embedder *embedder)
{
    static const char *const texts[] = {"", "Teas she", "tea she tea she tea she tea"};
    size_t bytes = 3 * embedder->dimension * sizeof(float);
    float *out = malloc(bytes), *again = malloc(bytes);
    if (out == NULL || again == NULL) abort();
    if (embedder_embed(embedder, texts, 3, out, NULL, NULL) != MNEME_OK) abort();
    if (embedder_embed(embedder, texts, 3, again, NULL, NULL) != MNEME_OK) abort();
    if (memcmp(out, again, bytes) != 0) abort();
    for (size_t text = 0; text < 3; text++) {
        double squares = 0;
        for (size_t i = 0; i < embedder->dimension; i++) {
            double value = (double)out[text * embedder->dimension + i];
            squares += value * value;
        }
        if (!(squares == 0 || fabs(squares - 1) < 1e-3)) abort();
    }
    free(out);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct embedder *embedder;
    begin();
    const uint8_t *end = memchr(bytes, '\n', length);
    size_t file = 0, name_length = end != NULL ? (size_t)(end - bytes) : 0;
    while (file < NAME_COUNT &&
           (strlen(names[file]) != name_length || memcmp(names[file], bytes, name_length) != 0)) {
        file++;
    }
    if (file == NAME_COUNT) return -1; // names no file: not worth keeping
    put(file, end + 1, length - name_length - 1);
    enum mneme_code code = embedder_open(folder, &embedder, NULL);
    if ((code == MNEME_OK) != (embedder != NULL)) abort();
    if (embedder != NULL) {
        embed(embedder);
        embedder_free(embedder);
    }
    put_sound(file);
    return 0;
}
