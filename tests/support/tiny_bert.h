/* A BERT model of two layers, 32 wide, with weights from a random sequence; and what such a model is by definition,
 * worked out in double, value by value. */
#ifndef SUPPORT_TINY_BERT_H
#define SUPPORT_TINY_BERT_H

#include "models.h"

#define TINY_WIDTH 32
#define TINY_HEADS 2
#define TINY_INNER 64
#define TINY_LAYERS 2
#define TINY_POSITIONS 24
#define TINY_TOKENS 12
#define TINY_VOCABULARY "[PAD]\n[UNK]\n[CLS]\n[SEP]\ntea\ngreen\nshe\ndrinks\n##s\na\nb\n?\n"
#define TINY_CONFIG                                                                                \
    "{\"model_type\":\"bert\",\"hidden_size\":32,\"num_hidden_layers\":2,"                         \
    "\"num_attention_heads\":2,\"intermediate_size\":64,\"hidden_act\":\"gelu\","                  \
    "\"layer_norm_eps\":1e-12,\"max_position_embeddings\":24,\"type_vocab_size\":2,"               \
    "\"vocab_size\":12}"

struct tiny_bert;

/* Writes all files of the model into the folder `name` of `models`. */
void tiny_bert_write(struct models *models, const char *name);
/* Its model.safetensors alone. */
void tiny_bert_bytes(struct strbuf *out);
/* The unit vector of token ids, pooled by the mean or from the first token. */
void tiny_bert_vector(const uint32_t *ids, size_t count, bool is_mean, double out[TINY_WIDTH]);

#endif
