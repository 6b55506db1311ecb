/*
 * The seam of embedders: text in, unit vectors out.
 *
 * A space is what makes two vectors comparable: (model, dimension, version). Its name is stored
 * with every vector, e.g. "static:potion-base-2M:64:1f2e3d4c" (the last part is a fingerprint of
 * the model's files). An embedder is shared by threads.
 */
#ifndef EMBED_EMBED_H
#define EMBED_EMBED_H

#include "base/arena.h"

enum embed_kind { EMBED_HASH, EMBED_STATIC, EMBED_TRANSFORMER, EMBED_REMOTE, EMBED_CALLER };

struct embedder;
struct embed_ops {
    /* Unit vectors of the texts, row after row, into out (count * dimension floats). A text
     * without any known token gives a zero row. cut[i] (if given) says that text i was longer
     * than the model's limit. */
    enum mneme_code (*embed)(struct embedder *self, const char *const *texts, size_t count,
                             float *out, bool *cut, struct mneme_error *err);
    void (*free)(struct embedder *self);
};

struct embedder {
    const struct embed_ops *ops;
    enum embed_kind kind;
    const char *space; /* at most 200 bytes */
    size_t dimension;
};

/* How the parts own_cos and near_cos weigh in a space of this kind (ranking recipe, section 5
 * and section 9). */
struct embed_weights {
    float own_cos, near_cos;
};
struct embed_weights embed_weights(enum embed_kind kind);
/* The kind that a space's name begins with; CALLER if none. */
enum embed_kind embed_kind_of_space(const char *space);

/*
 * Opens by name: NULL or "hash" the hashing embedder; a file in the small binary table layout
 * (magic GGE1); a folder or file in the Model2Vec layout (model.safetensors beside tokenizer.json).
 * The file is mapped, not copied. A foreign, truncated or hostile file is INVALID with the reason.
 * *out is freed by embedder_free.
 */
enum mneme_code embedder_open(const char *model, struct embedder **out, struct mneme_error *err)
    MUST_CHECK;
enum mneme_code embedder_embed(struct embedder *self, const char *const *texts, size_t count,
                               float *out, bool *cut, struct mneme_error *err) MUST_CHECK;
void embedder_free(struct embedder *self); /* NULL is allowed */

#endif
