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
     * without any known token gives a zero row (but for a transformer, which reads its marks). cut[i] (if given) says
     * that text i was longer than the model's limit. A remote one waits as long as a batch job may
     * (LIMIT_EMBED_WAIT_MS). */
    enum mneme_code (*embed)(struct embedder *self, const char *const *texts, size_t count,
                             float *out, bool *cut, struct mneme_error *err);
    void (*free)(struct embedder *self);
};

/* Texts that are to be embedded in time. timeout_ms counts from the call; 0: LIMIT_EMBED_WAIT_MS. */
struct embed_request {
    const char *const *texts;
    size_t count;
    int64_t timeout_ms;
};

/* What a remote provider can besides; in-process embedders have none of it. */
struct embed_remote_ops {
    enum mneme_code (*embed_within)(struct embedder *self, const struct embed_request *request,
                                    float *out, bool *cut, struct mneme_error *err);
    bool (*is_resolved)(const struct embedder *self);
    enum mneme_code (*resolve)(struct embedder *self, int64_t timeout_ms, struct mneme_error *err);
    enum mneme_code (*know)(struct embedder *self, const char *space, size_t dimension,
                            struct mneme_error *err);
};

struct embedder {
    const struct embed_ops *ops;
    const struct embed_remote_ops *remote; /* NULL: in-process */
    enum embed_kind kind;
    /* Both are fixed at opening; a remote one has NULL and 0 until it is resolved (below). */
    const char *space; /* at most 200 bytes */
    size_t dimension;
    /* Remote: what the space's name begins with, known from opening on, such as
     * `remote:openai:text-embedding-3-small:`; the dimension follows. In-process: NULL. */
    const char *space_stem;
    int64_t query_wait_ms; /* remote: how long a recall waits for its query's vector */
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
 * (magic GGE1); a folder or file in the Model2Vec layout (model.safetensors beside tokenizer.json);
 * the folder of a BERT model (transformer.h);
 * `openai:MODEL[@URL]` or `ollama:MODEL[@URL]` a remote provider (embed_remote.h).
 * The file is mapped, not copied. A foreign, truncated or hostile file is INVALID with the reason. It may be removed,
 * or replaced by renaming, while it is open; once it is written to itself, embedding fails with UNAVAILABLE.
 * *out is freed by embedder_free.
 */
enum mneme_code embedder_open(const char *model, struct embedder **out, struct mneme_error *err)
    MUST_CHECK;
/* The texts in at most the time that the request gives. In-process: as embedder_embed. */
enum mneme_code embedder_embed_within(struct embedder *self, const struct embed_request *request,
                                      float *out, bool *cut, struct mneme_error *err) MUST_CHECK;
enum mneme_code embedder_embed(struct embedder *self, const char *const *texts, size_t count,
                               float *out, bool *cut, struct mneme_error *err) MUST_CHECK;
void embedder_free(struct embedder *self); /* NULL is allowed */

/*
 * Remote providers. A write never waits for one: it commits, and a job embeds later. Opening one touches no
 * network, so its dimension, and with it the name of its space, becomes known late: by embedder_know, when the
 * store remembers them, or by embedder_resolve, which asks the provider. `space` and `dimension` may be read
 * only after one of the three below has said in the same thread that they are known; then they never change. A
 * provider that later answers with another dimension is refused (REMOTE).
 *
 * Failures: UNAVAILABLE (not reached, 429, 5xx, or the circuit is open: at once, without the network) and TIMEOUT pass
 * and are worth another try later; REMOTE (a refusal, an answer that is none) is worth one only when something has been
 * changed. No message holds the key, a text or what the provider wrote. Any thread may call any of them.
 */
bool embedder_is_remote(const struct embedder *self);
bool embedder_is_resolved(const struct embedder *self); /* in-process: always */
/* Free when resolved; else one call to the provider. timeout_ms as in a request. */
enum mneme_code embedder_resolve(struct embedder *self, int64_t timeout_ms, struct mneme_error *err)
    MUST_CHECK;
/* Tells what a store remembers of this provider: a space that begins with space_stem. CONFLICT if another is known. */
enum mneme_code embedder_know(struct embedder *self, const char *space, size_t dimension,
                              struct mneme_error *err) MUST_CHECK;

#endif
