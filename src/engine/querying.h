/*
 * Vectors of what is asked: from the cache of lately asked queries, else from the model, within the time that a query
 * may wait for a remote one.
 */
#ifndef ENGINE_QUERYING_H
#define ENGINE_QUERYING_H

#include "engine/prepare.h"

struct querying {
    struct embedder *embedder;
    const char *const *texts;
    size_t count;
    struct prepared_vector *vectors; /* out, one a text; NULL vector: none */
    /*
     * Out: why a remote provider gave no vectors although the user has some of its; code OK: it did, or none were
     * wanted. Ranking then goes by words, and the answer has to say so.
     */
    struct mneme_error degraded;
};

/*
 * Identical texts are embedded once. No vectors are wanted in a space that has no weight in ranking, and of a remote
 * provider by which nothing of the user's has been embedded yet: that asks nobody. An error is never the provider's.
 */
enum mneme_code querying_embed(const struct mneme *handle, struct querying *querying,
                               struct arena *arena, struct mneme_error *err) MUST_CHECK;

#endif
