/*
 * The one hash map: byte keys to uint32 values, open addressing with linear probing, load below 3/4.
 *
 * Keys are copied into the map. Removing is not needed by anyone and not offered. For one thread at a time, or many
 * readers without a writer.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/error.h"

#define MAP_NONE UINT32_MAX

struct map_slot;
struct map {
    struct map_slot *slots;
    size_t count, capacity;
    uint64_t seed; /* of the hash, made with the first slots */
    char *keys;    /* all keys, one after another */
    size_t keys_length, keys_capacity;
};

void map_init(struct map *map); /* no allocation */
void map_clear(struct map *map);
uint32_t map_find(const struct map *map, const void *key, size_t length); /* MAP_NONE if absent */
/* The value of the key, which is added with `value` (not MAP_NONE) if absent; *added says so. MAP_NONE when out of
 * memory, or past 4 GiB of keys. */
uint32_t map_put(struct map *map, const void *key, size_t length, uint32_t value, bool *added);
/* Replaces the value of a key that is there. */
void map_set(struct map *map, const void *key, size_t length, uint32_t value);
size_t map_bytes(const struct map *map); /* memory held */

#endif
