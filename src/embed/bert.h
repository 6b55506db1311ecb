/*
 * A BERT encoder: token ids to one vector a text.
 *
 * Texts lie one behind the other without padding; each attends to itself alone, so a vector depends
 * on nothing but its text, to the last bit. The weights of products are packed into a copy (bert_pack);
 * all other weights are few, or, as the embeddings, read where they lie in the model's file.
 */
#ifndef EMBED_BERT_H
#define EMBED_BERT_H

#include "embed/bert_config.h"
#include "embed/linear.h"
#include "embed/safetensors.h"

#include <stdint.h>

struct bert_layer;

struct bert {
    struct bert_config config;
    const struct linear_set *set;
    const struct tensor *words, *positions, *types; /* embeddings */
    const float *gain, *shift;                      /* of the embeddings' layer norm */
    struct bert_layer *layers;
    void *packed; /* of all layers; NULL until bert_pack */
};

/* Finds the tensors and checks their shapes (INVALID with the name of the one that is wrong). What
 * is read of them lives in the arena, as must what `file` points to. */
enum mneme_code bert_init(struct bert *out, const struct bert_config *config,
                          const struct linear_set *set, const struct safetensors *file,
                          struct arena *arena, struct mneme_error *err) MUST_CHECK;
/* Packs the weights: once, by one thread, before the first bert_embed. NOMEM. */
enum mneme_code bert_pack(struct bert *bert, struct mneme_error *err) MUST_CHECK;
void bert_clear(struct bert *bert); /* an empty one is allowed */

size_t bert_workspace_bytes(const struct bert *bert, size_t token_count);
/* The states of all tokens behind the last layer, width floats each, within the workspace, which is
 * for that many tokens. Text i has lengths[i] > 0 ids, which are below vocabulary_count. Any number of
 * threads, each with a workspace. */
const float *bert_run(const struct bert *bert, const uint32_t *ids, const uint32_t *lengths,
                      size_t text_count, void *workspace);
/* The same, pooled: one row a text, of no particular length. */
void bert_embed(const struct bert *bert, const uint32_t *ids, const uint32_t *lengths,
                size_t text_count, void *workspace, float *out);

#endif
