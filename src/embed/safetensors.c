#include "embed/safetensors.h"

#include "base/json.h"
#include "base/limits.h"
#include "vec/kernels.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_BYTES 8

static const struct {
    const char *name;
    size_t bytes;
} types[] = {
    [TENSOR_BOOL] = {"BOOL", 1}, [TENSOR_U8] = {"U8", 1},   [TENSOR_I8] = {"I8", 1},
    [TENSOR_I16] = {"I16", 2},   [TENSOR_U16] = {"U16", 2}, [TENSOR_F16] = {"F16", 2},
    [TENSOR_BF16] = {"BF16", 2}, [TENSOR_I32] = {"I32", 4}, [TENSOR_U32] = {"U32", 4},
    [TENSOR_F32] = {"F32", 4},   [TENSOR_I64] = {"I64", 8}, [TENSOR_U64] = {"U64", 8},
    [TENSOR_F64] = {"F64", 8},
};

#define TYPE_COUNT (sizeof types / sizeof types[0])

size_t tensor_value_bytes(enum tensor_type type)
{
    return types[type].bytes;
}

const char *tensor_type_name(enum tensor_type type)
{
    return types[type].name;
}

/* The name may be anything: only its start goes into the message. */
static enum mneme_code refuse(struct mneme_error *err, const char *name, const char *reason)
{
    return error_field(err, MNEME_INVALID, "model", "format", "safetensors: '%.40s' %s", name,
                       reason);
}

static bool read_type(const struct json *value, enum tensor_type *out)
{
    if (value == NULL || json_type_of(value) != JSON_TYPE_TEXT) {
        return false;
    }
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (strcmp(json_as_text(value, NULL), types[i].name) == 0) {
            *out = (enum tensor_type)i;
            return true;
        }
    }
    return false;
}

/* A list of numbers from 0 on. */
static bool read_sizes(const struct json *value, size_t *out, size_t capacity, size_t *out_count)
{
    size_t count = value != NULL ? json_count(value) : 0;
    if (value == NULL || json_type_of(value) != JSON_TYPE_ARRAY || count > capacity) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct json *item = json_at(value, i);
        if (json_type_of(item) != JSON_TYPE_INTEGER || json_as_integer(item) < 0) {
            return false;
        }
        out[i] = (size_t)json_as_integer(item);
    }
    *out_count = count;
    return true;
}

static enum mneme_code read_tensor(const struct json *value, const unsigned char *data,
                                   size_t data_length, struct tensor *out, struct mneme_error *err)
{
    size_t offsets[2], offset_count, values = 1;
    if (!read_type(json_get(value, "dtype"), &out->type)) {
        return refuse(err, out->name, "has no dtype that is known");
    }
    if (!read_sizes(json_get(value, "shape"), out->shape, TENSOR_RANK_MAX, &out->rank)) {
        return refuse(err, out->name, "has no good shape");
    }
    for (size_t i = 0; i < out->rank; i++) {
        if (__builtin_mul_overflow(values, out->shape[i], &values)) {
            return refuse(err, out->name, "has an impossible shape");
        }
    }
    if (!read_sizes(json_get(value, "data_offsets"), offsets, 2, &offset_count) ||
        offset_count != 2 || offsets[0] > offsets[1] || offsets[1] > data_length) {
        return refuse(err, out->name, "has offsets outside the file");
    }
    size_t length = offsets[1] - offsets[0], value_bytes = types[out->type].bytes;
    if (length % value_bytes != 0 || length / value_bytes != values) {
        return refuse(err, out->name, "has another length than its shape");
    }
    out->value_count = values;
    out->offset = offsets[0];
    out->bytes = data + offsets[0];
    return MNEME_OK;
}

static size_t length_of(const struct tensor *tensor)
{
    return tensor->value_count * types[tensor->type].bytes;
}

static int compare_places(const void *a, const void *b)
{
    const struct tensor *x = a, *y = b;
    if (x->offset != y->offset) {
        return x->offset < y->offset ? -1 : 1;
    }
    // Empty ones first, or the next would seem to overlap.
    return (length_of(x) > 0) - (length_of(y) > 0);
}

static enum mneme_code check_cover(const struct safetensors *file, size_t data_length,
                                   struct mneme_error *err)
{
    size_t at = 0;
    for (size_t i = 0; i < file->count; i++) {
        const struct tensor *tensor = &file->tensors[i];
        if (tensor->offset != at) {
            return refuse(err, tensor->name, "overlaps another tensor or leaves a gap");
        }
        at += length_of(tensor);
    }
    if (at != data_length) {
        return error_field(err, MNEME_INVALID, "model", "format",
                           "safetensors: bytes that no tensor names");
    }
    return MNEME_OK;
}

static enum mneme_code read_header(const struct json *header, const unsigned char *data,
                                   size_t data_length, struct arena *arena, struct safetensors *out,
                                   struct mneme_error *err)
{
    size_t count = json_count(header);
    void *at = NULL;
    const char *name;
    const struct json *value;
    if (json_type_of(header) != JSON_TYPE_OBJECT || count > LIMIT_TENSORS) {
        return error_field(err, MNEME_INVALID, "model", "format",
                           "safetensors: the header is no object, or one of too many tensors");
    }
    out->tensors = arena_alloc_array(arena, count, sizeof *out->tensors);
    if (out->tensors == NULL) {
        return error_nomem(err);
    }
    while (json_each(header, &at, &name, &value)) {
        if (strcmp(name, "__metadata__") == 0) {
            continue;
        }
        struct tensor *tensor = &out->tensors[out->count++];
        tensor->name = arena_text(arena, name);
        if (tensor->name == NULL) {
            return error_nomem(err);
        }
        enum mneme_code code = read_tensor(value, data, data_length, tensor, err);
        if (code != MNEME_OK) {
            return code;
        }
    }
    qsort(out->tensors, out->count, sizeof *out->tensors, compare_places);
    return check_cover(out, data_length, err);
}

enum mneme_code safetensors_read(const void *bytes, size_t length, struct arena *arena,
                                 struct safetensors *out, struct mneme_error *err)
{
    const unsigned char *at = bytes;
    uint64_t header_length = 0;
    struct json *header;
    *out = (struct safetensors){0};
    if (length < LENGTH_BYTES) {
        return error_field(err, MNEME_INVALID, "model", "format", "safetensors: no header");
    }
    for (size_t i = 0; i < LENGTH_BYTES; i++) {
        header_length |= (uint64_t)at[i] << (8 * i);
    }
    if (header_length > length - LENGTH_BYTES) {
        return error_field(err, MNEME_INVALID, "model", "format",
                           "safetensors: the header is longer than the file");
    }
    at += LENGTH_BYTES;
    enum mneme_code code =
        json_parse((const char *)at, (size_t)header_length, LIMIT_MODEL_JSON_BYTES, &header, NULL);
    if (code == MNEME_NOMEM) {
        return error_nomem(err);
    }
    if (code != MNEME_OK) {
        return error_field(err, MNEME_INVALID, "model", "format",
                           "safetensors: the header is no sound JSON");
    }
    code = read_header(header, at + header_length, length - LENGTH_BYTES - (size_t)header_length,
                       arena, out, err);
    json_free(header);
    if (code != MNEME_OK) {
        *out = (struct safetensors){0};
    }
    return code;
}

const struct tensor *safetensors_find(const struct safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++) {
        if (strcmp(file->tensors[i].name, name) == 0) {
            return &file->tensors[i];
        }
    }
    return NULL;
}

void tensor_floats(const struct tensor *tensor, size_t first, size_t count, float *out)
{
    const unsigned char *at = tensor->bytes + first * types[tensor->type].bytes;
    assert(tensor->type == TENSOR_F32 || tensor->type == TENSOR_F16 || tensor->type == TENSOR_BF16);
    if (tensor->type == TENSOR_F32) {
        memcpy(out, at, count * sizeof *out);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(&half, at + i * sizeof half, sizeof half);
        if (tensor->type == TENSOR_BF16) {
            uint32_t bits = (uint32_t)half << 16;
            memcpy(&out[i], &bits, sizeof bits);
        } else {
            out[i] = 0;
            kernels_get()->add_scaled_f16(&out[i], &half, 1, 1);
        }
    }
}
