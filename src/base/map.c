/*
 * Slots hold the hash, so that growing never reads a key and most misses end at the first slot. Keys may come from
 * outside: the hash is therefore seeded per map (by where the slots happen to lie, which nobody outside can know), or
 * else someone could send words that all fall into one run.
 */
#include "base/map.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

#define FIRST_SLOTS 16
#define FIRST_KEY_BYTES 256

struct map_slot {
    uint32_t hash, value; // value MAP_NONE: the slot is free
    uint32_t key, length; // the key's place in map->keys
};

void map_init(struct map *map)
{
    *map = (struct map){0};
}

void map_clear(struct map *map)
{
    mem_free(map->slots);
    mem_free(map->keys);
    map_init(map);
}

/* The 128-bit product of two words, its halves folded. */
static inline uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Each eight bytes are multiplied with a number that only this map knows, so that keys cannot be made to collide. */
static uint32_t hash_key(uint64_t seed, const void *key, size_t length)
{
    const unsigned char *at = key;
    const uint64_t secret = seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
    uint64_t state = seed ^ length, word;
    for (; length > 8; at += 8, length -= 8) {
        memcpy(&word, at, 8);
        state = fold(state ^ word, secret);
    }
    word = 0;
    if (length >= 4) {
        uint32_t low, high; // which overlap unless there are eight
        memcpy(&low, at, 4);
        memcpy(&high, at + length - 4, 4);
        word = (uint64_t)high << 32 | low;
    } else if (length > 0) {
        word = at[0] | (uint64_t)at[length / 2] << 8 | (uint64_t)at[length - 1] << 16;
    }
    state = fold(state ^ word, secret);
    return (uint32_t)(state ^ state >> 32);
}

/* The key's slot, or the free one where it belongs. The map has slots. */
static struct map_slot *slot_of(const struct map *map, uint32_t hash, const void *key,
                                size_t length)
{
    size_t mask = map->capacity - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct map_slot *slot = &map->slots[i];
        if (slot->value == MAP_NONE) return slot;
        if (slot->hash == hash && slot->length == length &&
            memcmp(map->keys + slot->key, key, length) == 0)
            return slot;
    }
}

uint32_t map_find(const struct map *map, const void *key, size_t length)
{
    if (map->count == 0) return MAP_NONE;
    return slot_of(map, hash_key(map->seed, key, length), key, length)->value;
}

static bool grow_slots(struct map *map)
{
    size_t capacity = map->capacity > 0 ? map->capacity * 2 : FIRST_SLOTS;
    struct map_slot *slots = NULL;
    if (capacity <= SIZE_MAX / sizeof *slots) slots = mem_alloc(capacity * sizeof *slots);
    if (!slots) return false;
    memset(slots, 0xFF, capacity * sizeof *slots); // all values MAP_NONE
    if (map->capacity == 0)
        map->seed = fold((uint64_t)(uintptr_t)slots, UINT64_C(0xD6E8FEB86659FD93));
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].value == MAP_NONE) continue;
        size_t at = map->slots[i].hash & (capacity - 1);
        while (slots[at].value != MAP_NONE) at = (at + 1) & (capacity - 1);
        slots[at] = map->slots[i];
    }
    mem_free(map->slots);
    map->slots = slots;
    map->capacity = capacity;
    return true;
}

static bool grow_keys(struct map *map, size_t more)
{
    if (more > UINT32_MAX - map->keys_length) return false; // places are 32 bits wide
    size_t needed = map->keys_length + more;
    if (needed <= map->keys_capacity) return true;
    size_t capacity = map->keys_capacity > 0 ? map->keys_capacity * 2 : FIRST_KEY_BYTES;
    if (capacity < needed) capacity = needed;
    char *keys = mem_resize(map->keys, capacity);
    if (!keys) return false;
    map->keys = keys;
    map->keys_capacity = capacity;
    return true;
}

uint32_t map_put(struct map *map, const void *key, size_t length, uint32_t value, bool *added)
{
    assert(value != MAP_NONE);
    *added = false;
    if (map->count + 1 > map->capacity / 4 * 3 && !grow_slots(map)) return MAP_NONE;
    uint32_t hash = hash_key(map->seed, key, length);
    struct map_slot *slot = slot_of(map, hash, key, length);
    if (slot->value != MAP_NONE) return slot->value;
    if (!grow_keys(map, length > 0 ? length : 1)) // so that there are keys to compare with
        return MAP_NONE;
    *slot = (struct map_slot){.hash = hash,
                              .value = value,
                              .key = (uint32_t)map->keys_length,
                              .length = (uint32_t)length};
    if (length > 0) memcpy(map->keys + map->keys_length, key, length);
    map->keys_length += length;
    map->count++;
    *added = true;
    return value;
}

void map_set(struct map *map, const void *key, size_t length, uint32_t value)
{
    assert(value != MAP_NONE && map->count > 0);
    struct map_slot *slot = slot_of(map, hash_key(map->seed, key, length), key, length);
    assert(slot->value != MAP_NONE);
    slot->value = value;
}

size_t map_bytes(const struct map *map)
{
    return map->capacity * sizeof *map->slots + map->keys_capacity;
}
