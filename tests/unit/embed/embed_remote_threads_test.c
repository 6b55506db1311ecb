/* One provider, many threads: run by MODE=tsan. */
#include "embed/embed_remote.h"
#include "support/fake_provider.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define THREADS 8
#define ROUNDS 20
#define DIMENSION 8

static struct embedder *embedder;

static const char *no_setting(const char *name)
{
    (void)name;
    return NULL;
}

static void *embed_often(void *argument)
{
    const char *const texts[] = {"green tea", "a bicycle"};
    const struct embed_request request = {.texts = texts, .count = 2, .timeout_ms = 20000};
    bool *is_good = argument;
    float rows[2 * DIMENSION];
    *is_good = true;
    for (size_t i = 0; i < ROUNDS && *is_good; i++) {
        *is_good = embedder_resolve(embedder, 20000, NULL) == MNEME_OK &&
                   embedder->dimension == DIMENSION &&
                   strcmp(embedder->space, "remote:openai:m:8") == 0 &&
                   embedder_embed_within(embedder, &request, rows, NULL, NULL) == MNEME_OK;
    }
    return NULL;
}

static void run_threads(bool expected)
{
    pthread_t threads[THREADS];
    bool is_good[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, embed_often, &is_good[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        cr_assert_eq(is_good[i], expected);
    }
}

Test(embed_remote_threads, a_provider_is_resolved_and_used_by_many_at_once)
{
    const struct http_client_options sending = {.attempts = 4, .backoff_ms = 5};
    struct provider provider;
    char name[64];
    struct fake_provider *fake = fake_provider_start(DIMENSION);
    cr_assert_not_null(fake);
    snprintf(name, sizeof name, "openai:m@http://127.0.0.1:%d", fake_provider_port(fake));
    cr_assert_eq(provider_read(name, no_setting, &provider, NULL), MNEME_OK);
    cr_assert_eq(embed_remote_open_provider(&provider, &sending, &embedder, NULL), MNEME_OK);
    fake_provider_behave(fake, FAKE_BROKEN, 3);
    run_threads(true);
    cr_assert_leq(fake_provider_connections(fake), THREADS + 3, "connections are used again");
    fake_provider_behave(fake, FAKE_BROKEN, 0);
    run_threads(false);
    embedder_free(embedder);
    fake_provider_stop(fake);
}
