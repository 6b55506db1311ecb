/* Any bytes as a safetensors file: refused, or every value of every tensor may be read. */
#include "embed/safetensors.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static volatile unsigned char seen;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena arena;
    struct safetensors file;
    size_t total = 0;
    arena_init(&arena);
    if (safetensors_read(bytes, length, &arena, &file, NULL) == MNEME_OK) {
        for (size_t i = 0; i < file.count; i++) {
            const struct tensor *tensor = &file.tensors[i];
            size_t size = tensor->value_count * tensor_value_bytes(tensor->type);
            for (size_t at = 0; at < size; at++) seen = tensor->bytes[at];
            total += size;
            if (safetensors_find(&file, tensor->name) != tensor) abort();
        }
        if (total > length) abort(); // overlapping
    } else if (file.count != 0) {
        abort();
    }
    arena_clear(&arena);
    return 0;
}
