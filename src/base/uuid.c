#include "base/uuid.h"

#include <string.h>

#define MS_BITS 48
#define FRACTION_BITS 12 // microseconds within the millisecond, in 4096ths of it
#define TAIL_MASK ((UINT64_C(1) << 62) - 1)

/* Milliseconds and their fraction as one number, as the id begins with them. */
static uint64_t place_of(int64_t now_us)
{
    uint64_t us = now_us > 0 ? (uint64_t)now_us : 0;
    uint64_t ms = us / 1000 & ((UINT64_C(1) << MS_BITS) - 1);
    return ms << FRACTION_BITS | (us % 1000 << FRACTION_BITS) / 1000;
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
    *low &= TAIL_MASK;
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

static bool draw(struct uuid_source *source, uint32_t *out)
{
    const struct env *env = source->env;
    if (source->word_count == 0) {
        if (!env->random(env->context, source->words, sizeof source->words)) return false;
        source->word_count = UUID_WORDS;
    }
    *out = source->words[--source->word_count];
    return true;
}

/* A fresh start at a time. */
static bool restart(struct uuid_source *source, uint64_t place, struct uuid *out)
{
    uint32_t high, low;
    if (!draw(source, &high) || !draw(source, &low)) return false;
    pack(place, ((uint64_t)high << 32 | low) & TAIL_MASK, out);
    return true;
}

/* The last id plus 1 .. 2^32: past 62 bits the carry moves the time on, which stays in order. */
static bool step(struct uuid_source *source, uint64_t place, uint64_t tail, struct uuid *out)
{
    uint32_t word;
    if (!draw(source, &word)) return false;
    tail += (uint64_t)word + 1;
    pack(place + (tail >> 62), tail & TAIL_MASK, out);
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
    uint64_t place = place_of(now_us), last_place, last_tail;

    (void)pthread_mutex_lock(&source->lock);
    struct uuid next;
    unpack(&source->last, &last_place, &last_tail);
    bool is_first = source->last.bytes[6] == 0; // ids have their version there
    bool is_made = is_first || place > last_place ? restart(source, place, &next)
                                                  : step(source, last_place, last_tail, &next);
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
