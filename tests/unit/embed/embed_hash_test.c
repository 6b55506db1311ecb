#include "embed/embed_hash.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "vec/kernels.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define DIMENSION 256

static struct embedder *embedder;

static void begin(void)
{
    cr_assert_eq(embed_hash_open(&embedder, NULL), MNEME_OK);
    cr_assert_eq(embedder->dimension, DIMENSION);
}

static void end(void)
{
    embedder_free(embedder);
}

TestSuite(embed_hash, .init = begin, .fini = end);

static float cosine(const char *a, const char *b)
{
    const char *const texts[] = {a, b};
    float vectors[2 * DIMENSION];
    bool cut[2] = {true, true};
    cr_assert_eq(embedder_embed(embedder, texts, 2, vectors, cut, NULL), MNEME_OK);
    cr_assert(!cut[0] && !cut[1]);
    return kernels_get()->dot(vectors, vectors + DIMENSION, DIMENSION);
}

Test(embed_hash, the_same_words_are_the_same_vector_in_any_order_and_case)
{
    cr_assert_float_eq(cosine("The brass key", "key BRASS the!"), 1, 1e-6F);
    cr_assert_float_eq(cosine("caf\xc3\xa9", "Cafe"), 1, 1e-6F);
}

Test(embed_hash, shared_words_and_spellings_are_nearer_than_others)
{
    float same = cosine("she hid the brass key", "the brass key is hidden");
    float spelt = cosine("gardening", "gardeners");
    float other = cosine("she hid the brass key", "quarterly profit forecast");
    cr_assert(same > .4F, "%g", (double)same);
    cr_assert(spelt > .3F, "%g", (double)spelt);
    cr_assert(fabsf(other) < .25F, "%g", (double)other);
}

Test(embed_hash, texts_without_words_are_zero)
{
    static const char *const texts[] = {"", "  \n", "?!... --", "\xf0\x9f\x98\x80"};
    float out[4 * DIMENSION];
    memset(out, 1, sizeof out);
    cr_assert_eq(embedder_embed(embedder, texts, 4, out, NULL, NULL), MNEME_OK);
    for (size_t i = 0; i < 4 * DIMENSION; i++) cr_assert_eq(out[i], 0.0F);
}

Test(embed_hash, vectors_are_the_same_bits_on_every_machine)
{
    static const char *const text = "Ada met Bj\xc3\xb6rn in \xe6\x9d\xb1\xe4\xba\xac on 3 May.";
    float out[DIMENSION];
    char hex[2 * SHA256_BYTES + 1];
    unsigned char digest[SHA256_BYTES];
    cr_assert_eq(embedder_embed(embedder, &text, 1, out, NULL, NULL), MNEME_OK);
    cr_assert_eq(hash_sha256(&(struct hash_part){out, sizeof out}, 1, digest, NULL), MNEME_OK);
    hash_hex(digest, SHA256_BYTES, hex);
    cr_assert_str_eq(hex, "7182b280073549646b25816a8cbc3873fa1ed69174c8b72eaa678746cbb2a0d5");
}

Test(embed_hash, a_long_text_is_no_trouble)
{
    enum { LENGTH = 256 * 1024 };
    char *text = mem_alloc(LENGTH + 1);
    float out[DIMENSION];
    memset(text, 'x', LENGTH);
    for (size_t i = 0; i < LENGTH; i += 7) text[i] = ' ';
    memset(text + LENGTH / 2, 'y', LENGTH / 2); // a word of 128 KiB
    text[LENGTH] = '\0';
    const char *const texts[] = {text};
    cr_assert_eq(embedder_embed(embedder, texts, 1, out, NULL, NULL), MNEME_OK);
    cr_assert_float_eq(kernels_get()->dot(out, out, DIMENSION), 1, 1e-5F);
    mem_free(text);
}

static bool always(void *context)
{
    (void)context;
    return true;
}

Test(embed_hash, out_of_memory_is_said)
{
    struct embedder *other;
    mem_set_hook(always, NULL);
    cr_assert_eq(embed_hash_open(&other, NULL), MNEME_NOMEM);
    mem_set_hook(NULL, NULL);
    cr_assert_null(other);
}
