/*
 * Vectors of queries that were asked lately, least recently used first out when they pass a byte budget.
 *
 * An entry is found by its owner, space and text together: whether somebody else has asked the same must not show, not
 * even in time. Any thread; the lock is held for a look or a copy, never while a model works.
 */
#ifndef EMBED_EMBED_CACHE_H
#define EMBED_EMBED_CACHE_H

#include "base/error.h"

struct embed_cache;
struct embed_cache *embed_cache_new(size_t budget_bytes); /* NULL: out of memory */
void embed_cache_free(struct embed_cache *cache);         /* NULL is allowed */

struct embed_cache_key {
    const char *owner, *space, *text;
};
/* Copies the vector into out; false if it is not there. */
bool embed_cache_find(struct embed_cache *cache, const struct embed_cache_key *key, float *out,
                      size_t dimension);
/* Keeps a copy; what does not fit, or finds no memory, is not kept. */
void embed_cache_put(struct embed_cache *cache, const struct embed_cache_key *key,
                     const float *vector, size_t dimension);

struct embed_cache_figures {
    size_t entries, bytes;
    uint64_t hits, misses;
};
struct embed_cache_figures embed_cache_figures(struct embed_cache *cache);

#endif
