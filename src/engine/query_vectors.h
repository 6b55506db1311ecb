/*
 * The vectors of what is asked: the caller's own, or the text embedded in the spaces in which the user's records lie
 * and whose models are at hand; from the cache of lately asked queries, else from the model, within the time that a
 * query may wait for a remote one.
 */
#ifndef ENGINE_QUERY_VECTORS_H
#define ENGINE_QUERY_VECTORS_H

#include "engine/prepare.h"
#include "recall/recall.h"

struct query_vectors {
    struct prepared_vector items[PARTITION_SPACES];
    size_t count;
    /* Why a remote provider gave none although the user has some of its; code OK: it did. Ranking then does without,
     * and the answer has to say so. */
    struct mneme_error missing;
};

struct query {
    const struct prepared_vector *given; /* with a vector NULL: the text (NULL: none) is embedded */
    const char *text;
    struct query_vectors *vectors; /* out */
};

/* Of each space one call of its model for all queries; identical texts are embedded once. A provider that cannot be had
 * is no failure. */
enum mneme_code query_vectors_prepare(const struct mneme *handle, const struct query *queries,
                                      size_t count, struct arena *arena, struct mneme_error *err)
    MUST_CHECK;
struct index_spaces query_vectors_spaces(const struct query_vectors *vectors);
/* Lays them into the request as the view's partition has its vectors. Of another length: INVALID. */
enum mneme_code query_vectors_lay(const struct query_vectors *vectors,
                                  const struct index_view *view, struct arena *arena,
                                  struct recall_request *request, struct mneme_error *err)
    MUST_CHECK;

#endif
