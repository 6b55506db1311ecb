/*
 * The linear algebra of a transformer as a small set of named operations, one file per instruction
 * set; knows no model. All matrices are of floats, row after row.
 *
 * linear_get chooses once: the fastest set that the processor has and the system allows.
 * MNEME_SIMD=scalar|avx2|avx512|amx forces one that is there (a name that is not is ignored). `amx`
 * rounds weights and inputs of products to bfloat16 and adds up in float; all others are float
 * throughout. Results differ between sets in the last bits. Within a set a row's result does not
 * depend on which rows are beside it.
 *
 * Inner and outer widths of products, and the width of a head, are multiples of LINEAR_UNIT.
 * Pointers need the alignment of their element only. Nothing is allocated; any thread.
 */
#ifndef EMBED_LINEAR_H
#define EMBED_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

#define LINEAR_UNIT 16

enum linear_finish { LINEAR_PLAIN, LINEAR_GELU };

/* out = finish(rows * weights + bias + add). */
struct linear_product {
    const float *rows; /* row_count * inner */
    size_t row_count;
    const void *weights; /* packed by the same set, for the same widths */
    size_t inner, outer;
    const float *bias; /* outer values */
    const float *add;  /* NULL, or as many as out; may be out itself */
    float *out;        /* row_count * outer; apart from rows */
    enum linear_finish finish;
    void *scratch; /* linear_set.scratch_bytes() of them, for this thread alone */
};

/* The self-attention of one text: out = softmax(queries * keys^T) * values, head by head. */
struct linear_attention {
    const float *rows; /* token_count * 3 width: queries (scaled already), keys, values */
    size_t token_count, width, head_count;
    float *out;     /* token_count * width */
    float *scratch; /* linear_attention_floats() of them */
};

struct linear_set {
    const char *name;
    size_t (*packed_bytes)(size_t inner, size_t outer);
    /* Packs LINEAR_UNIT outputs from `first` on; the weights of each are `inner` floats, one
     * output after another. */
    void (*pack)(const float *weights, size_t first, size_t inner, size_t outer, void *packed);
    size_t (*scratch_bytes)(size_t row_count, size_t inner);
    void (*multiply)(const struct linear_product *product);
    void (*attend)(const struct linear_attention *attention);
    /* Each row to mean 0 and variance 1, times gain, plus shift; in place. */
    void (*normalize)(float *rows, size_t row_count, size_t width, const float *gain,
                      const float *shift, float epsilon);
};

const struct linear_set *linear_get(void);
/* All that can run here, scalar first; NULL behind the last. For tests and benchmarks. */
const struct linear_set *linear_usable(size_t index);

size_t linear_attention_floats(size_t token_count, size_t head_width);

#endif
