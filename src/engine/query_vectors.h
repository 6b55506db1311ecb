/*
 * The vectors of a query: the caller's own, or the text embedded in the spaces in which the user's records lie and
 * whose models are at hand.
 */
#ifndef ENGINE_QUERY_VECTORS_H
#define ENGINE_QUERY_VECTORS_H

#include "engine/prepare.h"
#include "recall/recall.h"

struct query_vectors {
    struct prepared_vector items[PARTITION_SPACES];
    size_t count;
    struct mneme_error
        missing; /* a provider did not answer in time: why one is missing; code OK: none is */
};

/* `given` with a vector NULL: the text (NULL: none) is embedded. A provider that cannot be had is no failure. */
enum mneme_code query_vectors_prepare(const struct mneme *handle,
                                      const struct prepared_vector *given, const char *text,
                                      struct arena *arena, struct query_vectors *out,
                                      struct mneme_error *err) MUST_CHECK;
struct index_spaces query_vectors_spaces(const struct query_vectors *vectors);
/* Lays them into the request as the view's partition has its vectors. Of another length: INVALID. */
enum mneme_code query_vectors_lay(const struct query_vectors *vectors,
                                  const struct index_view *view, struct arena *arena,
                                  struct recall_request *request, struct mneme_error *err)
    MUST_CHECK;

#endif
