/*
 * Open addressing with linear probing at a load of at most one half. The hash is FNV-1a, because
 * its state after n bytes is the hash of the prefix of n bytes: one pass over a word gives the
 * hashes of all its beginnings, and the longest token is found by one probe each from the longest
 * down. A slot is 32 bits: 12 of the hash, so that a miss (most probes are) seldom touches anything
 * else, and 20 of the id. Half of the cost of opening a small model is building this.
 */
#include "embed/vocabulary.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

#define FNV_OFFSET UINT64_C(0xCBF29CE484222325)
#define FNV_PRIME UINT64_C(0x100000001B3)
#define CONTINUES_SEED UINT64_C(0x9AE16A3B2F90404F) /* any other start than FNV_OFFSET */
#define LENGTH_BYTES 2
#define MAX_PROBES 256 /* at half load an honest vocabulary needs some dozens */

#define ID_BITS 20
#define ID_MASK ((UINT32_C(1) << ID_BITS) - 1)

_Static_assert(LIMIT_VOCABULARY <= ID_MASK, "a slot holds the id + 1; 0 is a free slot");

/* The bits of a hash that a slot keeps, in their place. */
static inline uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32) & ~ID_MASK;
}

static inline uint64_t hash_start(bool continues)
{
    return continues ? CONTINUES_SEED : FNV_OFFSET;
}

static inline uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * FNV_PRIME;
}

/* FNV's high bits are poor for short texts: mixed once more. */
static inline uint64_t mix(uint64_t hash)
{
    hash = (hash ^ hash >> 32) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

static inline size_t record_length(const unsigned char *record)
{
    return (size_t)record[0] | (size_t)record[1] << 8;
}

struct key {
    const char *text;
    size_t length;
    bool continues;
    bool is_plain; /* all bytes are ASCII and none is 0: nothing needs to be asked about UTF-8 */
    uint64_t hash; /* mixed */
};

static bool is_token(const struct vocabulary *v, uint32_t id, const struct key *key)
{
    const unsigned char *record = v->block + v->offsets[id];
    size_t length = record_length(record);
    const unsigned char *text = record + LENGTH_BYTES;
    size_t skipped = key->continues ? v->prefix_length : 0;
    return length == key->length + skipped && memcmp(text + skipped, key->text, key->length) == 0 &&
           (!key->continues || memcmp(text, v->prefix, skipped) == 0);
}

/* The slot of the key, or the free one where it would go; NULL after too many probes. */
static uint32_t *find_slot(const struct vocabulary *v, const struct key *key)
{
    uint32_t tag = tag_of(key->hash);
    size_t at = (size_t)key->hash & v->slot_mask;
    for (size_t probes = 0; probes < MAX_PROBES; probes++, at = (at + 1) & v->slot_mask) {
        uint32_t *slot = &v->slots[at], id = (*slot & ID_MASK) - 1;
        if (*slot == 0 || ((*slot & ~ID_MASK) == tag && is_token(v, id, key))) {
            return slot;
        }
    }
    return NULL;
}

static struct key make_key(const struct vocabulary *v, const char *token, size_t length)
{
    struct key key = {.text = token, .length = length};
    if (v->prefix_length > 0 && length > v->prefix_length &&
        memcmp(token, v->prefix, v->prefix_length) == 0) {
        key.continues = true;
        key.text += v->prefix_length;
        key.length -= v->prefix_length;
    }
    uint64_t hash = hash_start(key.continues);
    unsigned bits = 0;
    for (size_t i = 0; i < key.length; i++) {
        unsigned byte = (unsigned char)key.text[i];
        hash = hash_byte(hash, (unsigned char)byte);
        bits |= byte | (byte - 1);
    }
    key.hash = mix(hash);
    key.is_plain = bits < 0x80;
    return key;
}

static enum mneme_code add(struct vocabulary *v, uint32_t id, struct mneme_error *err)
{
    size_t length;
    const char *text = vocabulary_text(v, id, &length);
    if (length == 0) {
        return MNEME_OK;
    }
    struct key key = make_key(v, text, length);
    if (!key.is_plain && !utf8_is_valid(text, length)) {
        return error_field(err, MNEME_INVALID, "model", "format", "token %u is no valid UTF-8", id);
    }
    uint32_t *slot = find_slot(v, &key);
    if (slot == NULL) {
        return error_field(err, MNEME_INVALID, "model", "format", "tokens made to collide");
    }
    if (*slot != 0) {
        return error_field(err, MNEME_INVALID, "model", "format", "tokens %u and %u are the same",
                           (*slot & ID_MASK) - 1, id);
    }
    *slot = tag_of(key.hash) | (id + 1);
    if (key.length > v->longest_bytes) {
        v->longest_bytes = key.length;
    }
    return MNEME_OK;
}

static enum mneme_code build(struct vocabulary *v, size_t length, size_t *used_bytes,
                             struct mneme_error *err)
{
    size_t at = 0;
    for (uint32_t id = 0; id < v->count; id++) {
        if (length - at < LENGTH_BYTES ||
            length - at - LENGTH_BYTES < record_length(v->block + at)) {
            return error_field(err, MNEME_INVALID, "model", "format",
                               "the tokens end within token %u of %zu", id, v->count);
        }
        v->offsets[id] = (uint32_t)at;
        at += LENGTH_BYTES + record_length(v->block + at);
        enum mneme_code code = add(v, id, err);
        if (code != MNEME_OK) {
            return code;
        }
    }
    *used_bytes = at;
    return MNEME_OK;
}

enum mneme_code vocabulary_init(struct vocabulary *out, const struct vocabulary_block *block,
                                const char *prefix, size_t *used_bytes, struct mneme_error *err)
{
    size_t count = block->count, length = block->length;
    *out = (struct vocabulary){0};
    size_t used = 0, slot_count = 64;
    if (used_bytes != NULL) {
        *used_bytes = 0;
    }
    if (count == 0 || count > LIMIT_VOCABULARY || length > UINT32_MAX) {
        return error_field(err, MNEME_INVALID, "model", "format",
                           "a vocabulary of %zu tokens in %zu bytes", count, length);
    }
    // Before anything is allocated for a count that the file made up.
    if (length / LENGTH_BYTES < count) {
        return error_field(err, MNEME_INVALID, "model", "format",
                           "%zu bytes cannot hold %zu tokens", length, count);
    }
    while (slot_count < 2 * count) {
        slot_count *= 2;
    }
    struct vocabulary v = {
        .block = block->bytes,
        .count = count,
        .slot_mask = slot_count - 1,
        .prefix = prefix,
        .prefix_length = strlen(prefix),
        .offsets = mem_alloc(count * sizeof(uint32_t)),
        .slots = mem_alloc_zero(slot_count, sizeof(uint32_t)),
    };
    enum mneme_code code =
        v.offsets == NULL || v.slots == NULL ? error_nomem(err) : build(&v, length, &used, err);
    if (code != MNEME_OK) {
        vocabulary_clear(&v);
        return code;
    }
    *out = v;
    if (used_bytes != NULL) {
        *used_bytes = used;
    }
    return MNEME_OK;
}

void vocabulary_clear(struct vocabulary *vocabulary)
{
    mem_free(vocabulary->offsets);
    mem_free(vocabulary->slots);
    *vocabulary = (struct vocabulary){0};
}

enum mneme_code vocabulary_pack(const struct vocabulary_token *tokens, size_t count, void **out,
                                size_t *out_length, struct mneme_error *err)
{
    size_t length = 0;
    *out = NULL;
    *out_length = 0;
    for (size_t i = 0; i < count; i++) {
        length += LENGTH_BYTES + tokens[i].length;
        if (tokens[i].length > UINT16_MAX || length > UINT32_MAX) {
            return error_field(err, MNEME_INVALID, "model", "format", "token %zu is too long", i);
        }
    }
    unsigned char *block = mem_alloc(length), *at = block;
    if (block == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        *at++ = (unsigned char)(tokens[i].length & 0xff);
        *at++ = (unsigned char)(tokens[i].length >> 8);
        memcpy(at, tokens[i].text, tokens[i].length);
        at += tokens[i].length;
    }
    *out = block;
    *out_length = length;
    return MNEME_OK;
}

size_t vocabulary_match(const struct vocabulary *vocabulary, bool continues, const char *text,
                        size_t length, struct vocabulary_match *out, size_t capacity)
{
    uint64_t hashes[VOCABULARY_REACH];
    uint64_t hash = hash_start(continues);
    size_t found = 0;
    length = length < vocabulary->longest_bytes ? length : vocabulary->longest_bytes;
    length = length < VOCABULARY_REACH ? length : VOCABULARY_REACH;
    for (size_t i = 0; i < length; i++) {
        hashes[i] = hash = hash_byte(hash, (unsigned char)text[i]);
    }
    for (size_t n = length; n > 0 && found < capacity; n--) {
        struct key key = {
            .text = text, .length = n, .continues = continues, .hash = mix(hashes[n - 1])};
        const uint32_t *slot = find_slot(vocabulary, &key);
        if (slot != NULL && *slot != 0) {
            out[found++] = (struct vocabulary_match){(*slot & ID_MASK) - 1, (uint32_t)n};
        }
    }
    return found;
}

uint32_t vocabulary_find(const struct vocabulary *vocabulary, const char *token, size_t length)
{
    if (length == 0) {
        return VOCABULARY_NONE;
    }
    struct key key = make_key(vocabulary, token, length);
    const uint32_t *slot = find_slot(vocabulary, &key);
    return slot == NULL || *slot == 0 ? VOCABULARY_NONE : (*slot & ID_MASK) - 1;
}

const char *vocabulary_text(const struct vocabulary *vocabulary, uint32_t id, size_t *length)
{
    assert(id < vocabulary->count);
    const unsigned char *record = vocabulary->block + vocabulary->offsets[id];
    *length = record_length(record);
    return (const char *)record + LENGTH_BYTES;
}
