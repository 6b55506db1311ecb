/*
 * Chains of a hash table whose size is fixed by the budget, and a list in the order of use through the same entries. An
 * entry is one block: itself, its vector, then the three texts of its key, each with its NUL.
 */
#include "embed/embed_cache.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"

#include <pthread.h>
#include <string.h>

#define CHAINS_MIN 16
#define BYTES_A_CHAIN 2048 /* about what an entry takes */

struct entry {
    struct entry *next;          /* in its chain */
    struct entry *newer, *older; /* in the order of use */
    uint64_t hash;
    size_t key_length, dimension, bytes;
    float vector[]; /* and behind it the key */
};

struct embed_cache {
    pthread_mutex_t lock; /* guards all of it */
    struct entry **chains;
    size_t chain_count; /* a power of two */
    struct entry *newest, *oldest;
    size_t budget_bytes;
    struct embed_cache_figures figures;
};

/* The key as one text, and its hash. */
struct flat_key {
    const struct embed_cache_key *parts;
    size_t lengths[3], length;
    uint64_t hash;
};

static struct flat_key flatten(const struct embed_cache_key *key)
{
    const char *const parts[] = {key->owner, key->space, key->text};
    struct flat_key flat = {.parts = key};
    for (size_t i = 0; i < 3; i++) {
        flat.lengths[i] = strlen(parts[i]) + 1;
        flat.length += flat.lengths[i];
        flat.hash = flat.hash * UINT64_C(0x9E3779B97F4A7C15) + hash_fnv(parts[i], flat.lengths[i]);
    }
    return flat;
}

static char *key_of(const struct entry *entry)
{
    return (char *)(uintptr_t)(entry->vector + entry->dimension);
}

static bool is_key(const struct entry *entry, const struct flat_key *flat)
{
    if (entry->hash != flat->hash || entry->key_length != flat->length) {
        return false;
    }
    const char *at = key_of(entry);
    return memcmp(at, flat->parts->owner, flat->lengths[0]) == 0 &&
           memcmp(at + flat->lengths[0], flat->parts->space, flat->lengths[1]) == 0 &&
           memcmp(at + flat->lengths[0] + flat->lengths[1], flat->parts->text, flat->lengths[2]) ==
               0;
}

static struct entry **chain_of(struct embed_cache *cache, uint64_t hash)
{
    return &cache->chains[(hash >> 20) & (cache->chain_count - 1)];
}

static struct entry *find(struct embed_cache *cache, const struct flat_key *flat)
{
    struct entry *entry = *chain_of(cache, flat->hash);
    while (entry != NULL && !is_key(entry, flat)) {
        entry = entry->next;
    }
    return entry;
}

static void take_out_of_order(struct embed_cache *cache, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void put_newest(struct embed_cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void remove_entry(struct embed_cache *cache, struct entry *entry)
{
    struct entry **at = chain_of(cache, entry->hash);
    while (*at != entry) {
        at = &(*at)->next;
    }
    *at = entry->next;
    take_out_of_order(cache, entry);
    cache->figures.bytes -= entry->bytes;
    cache->figures.entries--;
    mem_free(entry);
}

struct embed_cache *embed_cache_new(size_t budget_bytes)
{
    struct embed_cache *cache = mem_alloc_zero(1, sizeof *cache);
    if (cache == NULL) {
        return NULL;
    }
    cache->budget_bytes = budget_bytes;
    cache->chain_count = CHAINS_MIN;
    while (cache->chain_count * BYTES_A_CHAIN < budget_bytes) {
        cache->chain_count *= 2;
    }
    cache->chains = mem_alloc_zero(cache->chain_count, sizeof *cache->chains);
    if (cache->chains == NULL) {
        mem_free(cache);
        return NULL;
    }
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

void embed_cache_free(struct embed_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    while (cache->oldest != NULL) {
        remove_entry(cache, cache->oldest);
    }
    pthread_mutex_destroy(&cache->lock);
    mem_free(cache->chains);
    mem_free(cache);
}

bool embed_cache_find(struct embed_cache *cache, const struct embed_cache_key *key, float *out,
                      size_t dimension)
{
    struct flat_key flat = flatten(key);
    pthread_mutex_lock(&cache->lock);
    struct entry *entry = find(cache, &flat);
    bool is_there = entry != NULL && entry->dimension == dimension;
    if (is_there) {
        memcpy(out, entry->vector, dimension * sizeof *out);
        take_out_of_order(cache, entry);
        put_newest(cache, entry);
        cache->figures.hits++;
    } else {
        cache->figures.misses++;
    }
    pthread_mutex_unlock(&cache->lock);
    return is_there;
}

static struct entry *make(const struct flat_key *flat, const float *vector, size_t dimension)
{
    size_t bytes = sizeof(struct entry) + dimension * sizeof *vector + flat->length;
    struct entry *entry = mem_alloc(bytes);
    if (entry == NULL) {
        return NULL;
    }
    *entry = (struct entry){
        .hash = flat->hash, .key_length = flat->length, .dimension = dimension, .bytes = bytes};
    memcpy(entry->vector, vector, dimension * sizeof *vector);
    char *at = key_of(entry);
    memcpy(at, flat->parts->owner, flat->lengths[0]);
    memcpy(at + flat->lengths[0], flat->parts->space, flat->lengths[1]);
    memcpy(at + flat->lengths[0] + flat->lengths[1], flat->parts->text, flat->lengths[2]);
    return entry;
}

void embed_cache_put(struct embed_cache *cache, const struct embed_cache_key *key,
                     const float *vector, size_t dimension)
{
    struct flat_key flat = flatten(key);
    struct entry *entry = make(&flat, vector, dimension);
    if (entry == NULL) {
        return;
    }
    if (entry->bytes > cache->budget_bytes) {
        mem_free(entry);
        return;
    }
    pthread_mutex_lock(&cache->lock);
    struct entry *known = find(cache, &flat);
    if (known != NULL) {
        remove_entry(cache, known);
    }
    while (cache->figures.bytes + entry->bytes > cache->budget_bytes) {
        remove_entry(cache, cache->oldest);
    }
    struct entry **chain = chain_of(cache, entry->hash);
    entry->next = *chain;
    *chain = entry;
    put_newest(cache, entry);
    cache->figures.bytes += entry->bytes;
    cache->figures.entries++;
    pthread_mutex_unlock(&cache->lock);
}

struct embed_cache_figures embed_cache_figures(struct embed_cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    struct embed_cache_figures figures = cache->figures;
    pthread_mutex_unlock(&cache->lock);
    return figures;
}
