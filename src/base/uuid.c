#include "base/uuid.h"

#include <string.h>

#define MS_BITS 48
#define RANDOM_BYTES 10 // 12 + 62 bits are used

static bool is_newer(uint64_t ms, const struct uuid *last)
{
    uint64_t last_ms = 0;
    if (last->bytes[6] == 0) return true; // none was made yet: ids have their version there
    for (size_t i = 0; i < MS_BITS / 8; i++) last_ms = last_ms << 8 | last->bytes[i];
    return ms > last_ms;
}

/* The 128 bits as two numbers, and back, version and variant left out: 48 + 12 and 62 bits. */
static void unpack(const struct uuid *uuid, uint64_t *high, uint64_t *low)
{
    *high = *low = 0;
    for (size_t i = 0; i < 8; i++) {
        *high = *high << 8 | uuid->bytes[i];
        *low = *low << 8 | uuid->bytes[8 + i];
    }
    *high = (*high >> 16) << 12 | (*high & 0xFFF);
    *low &= (UINT64_C(1) << 62) - 1;
}

static void pack(uint64_t high, uint64_t low, struct uuid *out)
{
    high = (high >> 12) << 16 | UINT64_C(0x7000) | (high & 0xFFF);
    low |= UINT64_C(1) << 63;
    for (size_t i = 0; i < 8; i++) {
        out->bytes[i] = (unsigned char)(high >> (56 - 8 * i));
        out->bytes[8 + i] = (unsigned char)(low >> (56 - 8 * i));
    }
}

/* A fresh start within the millisecond, which owes nothing to the one before. */
static bool restart(struct uuid_source *source, uint64_t ms, struct uuid *out)
{
    unsigned char random[RANDOM_BYTES];
    const struct env *env = source->env;
    source->step_count = 0;
    if (!env->random(env->context, random, sizeof random)) return false;
    uint64_t tail;
    memcpy(&tail, random, sizeof tail);
    uint64_t head = (uint64_t)random[8] << 4 | random[9] >> 4;
    pack(ms << 12 | head, tail & ((UINT64_C(1) << 62) - 1), out);
    return true;
}

/* The last id plus 1 .. 2^32: past 74 bits the carry moves the millisecond on, which stays in order. */
static bool step(struct uuid_source *source, struct uuid *out)
{
    const struct env *env = source->env;
    if (source->step_count == 0) {
        if (!env->random(env->context, source->steps, sizeof source->steps)) return false;
        source->step_count = UUID_STEPS;
    }
    uint64_t high, low;
    unpack(&source->last, &high, &low);
    low += (uint64_t)source->steps[--source->step_count] + 1;
    high += low >> 62;
    pack(high, low & ((UINT64_C(1) << 62) - 1), out);
    return true;
}

void uuid_source_init(struct uuid_source *source, const struct env *env)
{
    *source = (struct uuid_source){.env = env};
    (void)pthread_mutex_init(&source->lock, NULL); // cannot fail for a default mutex on Linux
}

void uuid_source_clear(struct uuid_source *source)
{
    (void)pthread_mutex_destroy(&source->lock);
}

enum mneme_code uuid_next(struct uuid_source *source, struct uuid *out, struct mneme_error *err)
{
    *out = (struct uuid){{0}};
    const struct env *env = source->env;
    int64_t now_us = env->now_us(env->context);
    uint64_t ms = now_us > 0 ? (uint64_t)now_us / 1000 & ((UINT64_C(1) << MS_BITS) - 1) : 0;

    (void)pthread_mutex_lock(&source->lock);
    struct uuid next;
    bool is_made = is_newer(ms, &source->last) ? restart(source, ms, &next) : step(source, &next);
    if (is_made) *out = source->last = next;
    (void)pthread_mutex_unlock(&source->lock);
    if (!is_made) return error_set(err, MNEME_UNAVAILABLE, "no randomness for a new id");
    return MNEME_OK;
}

/* Where the two digits of each byte stand in the text. */
static const unsigned char places[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

/* The value of a hexadecimal digit plus 1; 0 for what is none. */
static const unsigned char digit_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

bool uuid_parse(const char *text, struct uuid *out)
{
    *out = (struct uuid){{0}};
    if (strnlen(text, UUID_TEXT_LENGTH + 1) != UUID_TEXT_LENGTH || text[8] != '-' ||
        text[13] != '-' || text[18] != '-' || text[23] != '-')
        return false;
    struct uuid uuid;
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        unsigned high = digit_values[(unsigned char)text[places[i]]];
        unsigned low = digit_values[(unsigned char)text[places[i] + 1]];
        if (high == 0 || low == 0) return false;
        uuid.bytes[i] = (unsigned char)((high - 1) << 4 | (low - 1));
    }
    *out = uuid;
    return true;
}

void uuid_format(const struct uuid *uuid, char out[UUID_TEXT_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof uuid->bytes; i++) {
        out[places[i]] = digits[uuid->bytes[i] >> 4];
        out[places[i] + 1] = digits[uuid->bytes[i] & 15];
    }
    out[8] = out[13] = out[18] = out[23] = '-';
    out[UUID_TEXT_LENGTH] = '\0';
}

int uuid_compare(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}
