/* One embedder, many threads: run by MODE=tsan. */
#include "../../support/models.h"
#include "../../support/tiny_bert.h"
#include "embed/embed.h"
#include "embed/linear.h"
#include "vec/kernels.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define THREADS 4
#define ROUNDS 500
#define DIMENSION_MAX 256

static const char *const texts[] = {"green tea", "Teas, green!", "tea", "nothing known", ""};
#define TEXT_COUNT (sizeof texts / sizeof texts[0])

struct work {
    struct embedder *embedder;
    const float *expected;
    bool is_same;
};

static void *embed_often(void *argument)
{
    struct work *work = argument;
    size_t n = work->embedder->dimension;
    float got[DIMENSION_MAX * TEXT_COUNT];
    work->is_same = true;
    for (size_t round = 0; round < ROUNDS; round++) {
        enum mneme_code code = embedder_embed(work->embedder, texts, TEXT_COUNT, got, NULL, NULL);
        work->is_same = work->is_same && code == MNEME_OK &&
                        memcmp(got, work->expected, TEXT_COUNT * n * sizeof *got) == 0;
    }
    return NULL;
}

/* `fresh` has not embedded yet, so that all threads come to its first embedding; `used` is the same
 * model. */
static void check_fresh(struct embedder *used, struct embedder *fresh)
{
    float expected[DIMENSION_MAX * TEXT_COUNT];
    pthread_t threads[THREADS];
    struct work work[THREADS];
    cr_assert_eq(embedder_embed(used, texts, TEXT_COUNT, expected, NULL, NULL), MNEME_OK);
    for (size_t i = 0; i < THREADS; i++) {
        work[i] = (struct work){fresh, expected, false};
        cr_assert_eq(pthread_create(&threads[i], NULL, embed_often, &work[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        cr_assert(work[i].is_same);
    }
    embedder_free(fresh);
}

static void check(struct embedder *embedder)
{
    check_fresh(embedder, embedder);
}

Test(embed_threads, a_static_table_is_shared)
{
    static const struct table_token tokens[] = {
        {"tea", 1, {1, 2, 3}}, {"green", 2, {3, 2, 1}}, {"##s", 1, {0, 1}}, {"!", .5F, {1}}};
    struct models models;
    struct strbuf table;
    struct embedder *embedder;
    models_begin(&models);
    strbuf_init(&table, 1 << 16);
    models_gge(&table, tokens, 4, 3);
    const char *path = models_write(&models, "t.bin", table.text, table.length);
    cr_assert_eq(embedder_open(path, &embedder, NULL), MNEME_OK);
    check(embedder);
    strbuf_clear(&table);
    models_end(&models);
}

Test(embed_threads, a_transformer_is_packed_once_and_shared)
{
    char path[128];
    struct models models;
    struct embedder *used, *fresh;
    models_begin(&models);
    tiny_bert_write(&models, "m");
    snprintf(path, sizeof path, "%s/m", models.folder);
    cr_assert_eq(embedder_open(path, &used, NULL), MNEME_OK);
    cr_assert_eq(embedder_open(path, &fresh, NULL), MNEME_OK);
    check_fresh(used, fresh);
    embedder_free(used);
    models_end(&models);
}

Test(embed_threads, the_hashing_embedder_is_shared)
{
    struct embedder *embedder;
    cr_assert_eq(embedder_open("hash", &embedder, NULL), MNEME_OK);
    check(embedder);
}

struct choice {
    const struct kernels *kernels;
    const struct linear_set *set;
};

static void *choose(void *out)
{
    *(struct choice *)out = (struct choice){kernels_get(), linear_get()};
    return NULL;
}

Test(embed_threads, threads_that_choose_kernels_at_once_choose_the_same)
{
    pthread_t threads[THREADS];
    struct choice chosen[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, choose, &chosen[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (size_t i = 1; i < THREADS; i++) {
        cr_assert_eq(chosen[i].kernels, chosen[0].kernels);
        cr_assert_eq(chosen[i].set, chosen[0].set);
    }
}
