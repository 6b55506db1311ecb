/*
 * Reader of the safetensors format: a little-endian u64 header length, the header (a JSON object:
 * name to {dtype, shape, data_offsets}), then the data. Nothing is copied: tensors point into the
 * caller's bytes.
 *
 * As the format demands, the tensors cover the data without a gap or an overlap; so no byte is
 * there unnamed, and none has two meanings.
 */
#ifndef EMBED_SAFETENSORS_H
#define EMBED_SAFETENSORS_H

#include "base/arena.h"

enum tensor_type {
    TENSOR_BOOL,
    TENSOR_U8,
    TENSOR_I8,
    TENSOR_I16,
    TENSOR_U16,
    TENSOR_F16,
    TENSOR_BF16,
    TENSOR_I32,
    TENSOR_U32,
    TENSOR_F32,
    TENSOR_I64,
    TENSOR_U64,
    TENSOR_F64
};

#define TENSOR_RANK_MAX 8

struct tensor {
    const char *name;
    enum tensor_type type;
    size_t rank, shape[TENSOR_RANK_MAX];
    size_t value_count;         /* the product of the shape; 1 for rank 0 */
    const unsigned char *bytes; /* value_count values, aligned to nothing in particular */
    size_t offset;              /* of bytes within the data */
};

struct safetensors {
    struct tensor *tensors; /* by their place in the data */
    size_t count;
};

/* Names and the list live in the arena. INVALID, with the reason, for anything but a sound file. */
enum mneme_code safetensors_read(const void *bytes, size_t length, struct arena *arena,
                                 struct safetensors *out, struct mneme_error *err) MUST_CHECK;
const struct tensor *safetensors_find(const struct safetensors *file, const char *name);
/* `count` values from `first` on, of a tensor of F32, F16 or BF16, as floats. */
void tensor_floats(const struct tensor *tensor, size_t first, size_t count, float *out);
size_t tensor_value_bytes(enum tensor_type type);
const char *tensor_type_name(enum tensor_type type); /* as the format writes it */

#endif
