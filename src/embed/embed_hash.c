/*
 * Feature hashing (Weinberger et al., ICML 2009): each feature adds plus or minus its weight to one
 * of 256 places, both chosen by its hash, so that collisions cancel on average. Sums are integers
 * and the length is taken in double, so that every machine gets the same bits. A change of anything
 * here is a new version of the space.
 */
#include "embed/embed_hash.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "embed/words.h"

#include <math.h>
#include <string.h>

#define DIMENSION 256
#define SPACE "hash:words-trigrams:256:1"
#define WORD_WEIGHT 2
#define TRIGRAM_WEIGHT 1
#define GRAM 3

static const struct words_rules rules = {
    .split = WORDS_BERT, .lower = true, .strip_accents = true, .clean = true, .split_han = true};

static void add_feature(int32_t *sums, const char *bytes, size_t length, int32_t weight)
{
    uint64_t hash = hash_fnv(bytes, length) * UINT64_C(0x9E3779B97F4A7C15);
    bool is_negative = (hash >> 63) != 0;
    sums[(hash >> 40) % DIMENSION] += is_negative ? -weight : weight;
}

/* The word between < and >, and each three characters of that. */
static void add_word(int32_t *sums, const struct words *words)
{
    char marked[sizeof words->word + 2];
    size_t length = 0, starts[GRAM] = {0};
    marked[length++] = '<';
    memcpy(marked + length, words->word, words->word_length);
    length += words->word_length;
    marked[length++] = '>';
    add_feature(sums, marked, length, WORD_WEIGHT);
    for (size_t at = 0, count = 0; at < length; count++) {
        size_t start = at;
        utf8_next(marked, length, &at);
        starts[0] = starts[1];
        starts[1] = starts[2];
        starts[2] = start;
        if (count + 1 >= GRAM) {
            add_feature(sums, marked + starts[0], at - starts[0], TRIGRAM_WEIGHT);
        }
    }
}

static bool is_wordlike(const struct words *words)
{
    size_t at = 0;
    uint32_t first = utf8_next(words->word, words->word_length, &at);
    return utf8_is_letter_or_mark(first) || utf8_is_digit(first);
}

static void embed_text(const char *text, float *out)
{
    int32_t sums[DIMENSION] = {0};
    int64_t squares = 0;
    struct words words;
    words_begin(&words, &rules, text, strlen(text));
    while (words_next(&words)) {
        if (is_wordlike(&words)) {
            add_word(sums, &words);
        }
    }
    for (size_t i = 0; i < DIMENSION; i++) {
        squares += (int64_t)sums[i] * sums[i];
    }
    double length = squares > 0 ? sqrt((double)squares) : 1;
    for (size_t i = 0; i < DIMENSION; i++) {
        out[i] = (float)(sums[i] / length);
    }
}

static enum mneme_code embed(struct embedder *self, const char *const *texts, size_t count,
                             float *out, bool *cut, struct mneme_error *err)
{
    (void)self;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        embed_text(texts[i], out + i * DIMENSION);
        if (cut != NULL) {
            cut[i] = false;
        }
    }
    return MNEME_OK;
}

static void free_embedder(struct embedder *self)
{
    mem_free(self);
}

enum mneme_code embed_hash_open(struct embedder **out, struct mneme_error *err)
{
    static const struct embed_ops ops = {.embed = embed, .free = free_embedder};
    *out = mem_alloc(sizeof **out);
    if (*out == NULL) {
        return error_nomem(err);
    }
    **out =
        (struct embedder){.ops = &ops, .kind = EMBED_HASH, .space = SPACE, .dimension = DIMENSION};
    return MNEME_OK;
}
