/*
 * The Model2Vec layout: model.safetensors beside tokenizer.json. Tensors: the rows (named
 * embeddings, embedding.weight or 0; F32, F16 or I8), optionally a weight per token (weights; F64,
 * F32 or F16) and, where several tokens share a row, the row of each token (mapping; I32 or I64).
 *
 * What lies aligned in the file is used there; the rest is copied. config.json is not read: its one
 * setting for us, `normalize`, is always on, since vectors of a space have length one (embed.h).
 */
#include "base/alloc.h"
#include "base/limits.h"
#include "embed/model_folder.h"
#include "embed/safetensors.h"
#include "embed/static_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WEIGHTS_FILE "model.safetensors"
#define TOKENIZER_FILE "tokenizer.json"
#define NESTED_FOLDER "0_StaticEmbedding" /* where sentence-transformers puts them */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensors are read where they lie");

enum { OWNED_ROWS, OWNED_MAPPING, OWNED_SCALES };

static enum mneme_code refuse(struct mneme_error *err, const char *reason)
{
    return error_field(err, MNEME_INVALID, "model", "format", "Model2Vec: %s", reason);
}

/* The values of a tensor where they lie, or a copy that the table owns if that is no aligned
 * place. */
static const void *aligned_values(struct static_table *table, const struct tensor *tensor,
                                  size_t slot)
{
    size_t value_bytes = tensor_value_bytes(tensor->type);
    if ((uintptr_t)tensor->bytes % value_bytes == 0) {
        return tensor->bytes;
    }
    table->owned[slot] = mem_alloc(tensor->value_count * value_bytes);
    if (table->owned[slot] == NULL) {
        return NULL;
    }
    return memcpy(table->owned[slot], tensor->bytes, tensor->value_count * value_bytes);
}

static enum mneme_code read_rows(struct static_table *table, const struct safetensors *file,
                                 struct mneme_error *err)
{
    static const char *const names[] = {"embeddings", "embedding.weight", "0"};
    const struct tensor *tensor = NULL;
    for (size_t i = 0; tensor == NULL && i < sizeof names / sizeof names[0]; i++) {
        tensor = safetensors_find(file, names[i]);
    }
    if (tensor == NULL || tensor->rank != 2) {
        return refuse(err, "no tensor of rows");
    }
    switch (tensor->type) {
    case TENSOR_F32: table->row_type = ROW_F32; break;
    case TENSOR_F16: table->row_type = ROW_F16; break;
    case TENSOR_I8: table->row_type = ROW_I8; break;
    default: return refuse(err, "rows are neither F32, F16 nor I8");
    }
    table->embedder.dimension = tensor->shape[1];
    table->row_count = tensor->shape[0];
    if (tensor->value_count == 0 || tensor->shape[1] > LIMIT_DIMENSION) {
        return refuse(err, "no rows, or rows of an impossible length");
    }
    table->rows = aligned_values(table, tensor, OWNED_ROWS);
    return table->rows != NULL ? MNEME_OK : error_nomem(err);
}

static double weight_at(const struct tensor *tensor, size_t i)
{
    const unsigned char *at = tensor->bytes + i * tensor_value_bytes(tensor->type);
    if (tensor->type == TENSOR_F64) {
        double value;
        memcpy(&value, at, sizeof value);
        return value;
    }
    if (tensor->type == TENSOR_F32) {
        float value;
        memcpy(&value, at, sizeof value);
        return (double)value;
    }
    uint16_t half;
    float sum = 0;
    memcpy(&half, at, sizeof half);
    kernels_get()->add_scaled_f16(&sum, &half, 1, 1);
    return (double)sum;
}

/* As many as there are tokens, or more. */
static enum mneme_code read_weights(struct static_table *table, const struct tensor *tensor,
                                    struct mneme_error *err)
{
    size_t count = tokenizer_count(&table->tokenizer);
    if (tensor->rank != 1 || tensor->value_count < count ||
        (tensor->type != TENSOR_F64 && tensor->type != TENSOR_F32 && tensor->type != TENSOR_F16)) {
        return refuse(err, "weights are of a bad type or too few");
    }
    float *scales = mem_alloc(count * sizeof *scales);
    table->owned[OWNED_SCALES] = scales;
    if (scales == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        scales[i] = (float)weight_at(tensor, i);
        if (!isfinite(scales[i])) {
            return refuse(err, "a weight is no number");
        }
    }
    table->scales = scales;
    return MNEME_OK;
}

/* Whether each names a row is checked by static_table_finish; here they become 32 bits wide. */
static enum mneme_code read_mapping(struct static_table *table, const struct tensor *tensor,
                                    struct mneme_error *err)
{
    size_t count = tokenizer_count(&table->tokenizer);
    if (tensor->rank != 1 || tensor->value_count < count ||
        (tensor->type != TENSOR_I32 && tensor->type != TENSOR_I64)) {
        return refuse(err, "the mapping is of a bad type or too short");
    }
    if (tensor->type == TENSOR_I32) {
        table->mapping = aligned_values(table, tensor, OWNED_MAPPING);
        return table->mapping != NULL ? MNEME_OK : error_nomem(err);
    }
    int32_t *mapping = mem_alloc(count * sizeof *mapping);
    table->owned[OWNED_MAPPING] = mapping;
    if (mapping == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        int64_t row;
        memcpy(&row, tensor->bytes + i * sizeof row, sizeof row);
        mapping[i] = row < 0 || row > INT32_MAX ? -1 : (int32_t)row;
    }
    table->mapping = mapping;
    return MNEME_OK;
}

static enum mneme_code read_tensors(struct static_table *table, struct arena *scratch,
                                    struct mneme_error *err)
{
    struct safetensors file;
    enum mneme_code code =
        safetensors_read(table->file.bytes, table->file.length, scratch, &file, err);
    if (code == MNEME_OK) {
        code = read_rows(table, &file, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    const struct tensor *weights = safetensors_find(&file, "weights");
    const struct tensor *mapping = safetensors_find(&file, "mapping");
    if (weights != NULL) {
        code = read_weights(table, weights, err);
    }
    if (code == MNEME_OK && mapping != NULL) {
        code = read_mapping(table, mapping, err);
    }
    return code;
}

static enum mneme_code read_table(struct static_table *table, const char *named,
                                  const struct mapped_file *tokenizer, struct mneme_error *err)
{
    struct arena scratch;
    enum mneme_code code = tokenizer_init_json(&table->tokenizer, (const char *)tokenizer->bytes,
                                               tokenizer->length, err);
    if (code != MNEME_OK) {
        return code;
    }
    arena_init(&scratch);
    code = read_tensors(table, &scratch, err);
    arena_clear(&scratch);
    if (code != MNEME_OK) {
        return code;
    }
    struct mapped_file files[] = {table->file, *tokenizer};
    return static_table_finish(table, named, files, 2, err);
}

/* The folder that holds the files: the path, what it has nested, or the one the file lies in. */
static enum mneme_code find_folder(const char *path, struct model_folder *out,
                                   struct mneme_error *err)
{
    char nested[PATH_MAX];
    int length = snprintf(nested, sizeof nested, "%s/" NESTED_FOLDER, path);
    bool is_nested = length < (int)sizeof nested && model_folder_is(nested);
    return model_folder_find(is_nested ? nested : path, out, err);
}

/* Asked before tokenizer.json is missed beside a file that is no model at all. */
static bool looks_like_safetensors(const struct mapped_file *file)
{
    return file->length > 8 && file->bytes[8] == '{';
}

enum mneme_code model2vec_open(const char *path, struct embedder **out, struct mneme_error *err)
{
    struct model_folder folder;
    struct mapped_file tokenizer = {0};
    *out = NULL;
    enum mneme_code code = find_folder(path, &folder, err);
    if (code != MNEME_OK) {
        return code;
    }
    struct static_table *table = static_table_new();
    if (table == NULL) {
        return error_nomem(err);
    }
    code = model_folder_is(path) ? model_folder_map(&folder, WEIGHTS_FILE, &table->file, err)
                                 : mapped_file_open(path, &table->file, err);
    if (code == MNEME_OK && !looks_like_safetensors(&table->file)) {
        code = refuse(err, "the file is neither an embedding table nor safetensors");
    }
    if (code == MNEME_OK) {
        code = model_folder_map(&folder, TOKENIZER_FILE, &tokenizer, err);
    }
    if (code == MNEME_OK) {
        code = read_table(table, model_folder_is(path) ? path : folder.path, &tokenizer, err);
    }
    mapped_file_close(&tokenizer);
    if (code != MNEME_OK) {
        embedder_free(&table->embedder);
        return code;
    }
    *out = &table->embedder;
    return MNEME_OK;
}
