#include "embed/embed_cache.h"

#include "support/support.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define DIMENSION 4

static struct embed_cache_key key_of(const char *owner, const char *text)
{
    return (struct embed_cache_key){.owner = owner, .space = "remote:openai:m:4", .text = text};
}

static void put(struct embed_cache *cache, const char *owner, const char *text, float first)
{
    const float vector[DIMENSION] = {first, 2, 3, 4};
    const struct embed_cache_key key = key_of(owner, text);
    embed_cache_put(cache, &key, vector, DIMENSION);
}

/* The first number of what is there; -1: nothing is. */
static float get(struct embed_cache *cache, const char *owner, const char *text)
{
    float vector[DIMENSION] = {0};
    const struct embed_cache_key key = key_of(owner, text);
    return embed_cache_find(cache, &key, vector, DIMENSION) ? vector[0] : -1;
}

Test(embed_cache, gives_back_what_was_put_until_it_is_put_anew)
{
    struct embed_cache *cache = embed_cache_new(100000);
    cr_assert_eq(get(cache, "ada", "tea"), -1);
    put(cache, "ada", "tea", 1);
    cr_assert_eq(get(cache, "ada", "tea"), 1);
    put(cache, "ada", "tea", 5);
    cr_assert_eq(get(cache, "ada", "tea"), 5);
    cr_assert_eq(embed_cache_figures(cache).entries, 1);
    cr_assert_eq(embed_cache_figures(cache).hits, 2);
    cr_assert_eq(embed_cache_figures(cache).misses, 1);
    embed_cache_free(cache);
    embed_cache_free(NULL);
}

Test(embed_cache, owner_space_text_and_dimension_all_count)
{
    struct embed_cache *cache = embed_cache_new(100000);
    float vector[DIMENSION + 1];
    put(cache, "ada", "tea", 1);
    cr_assert_eq(get(cache, "grace", "tea"), -1);
    cr_assert_eq(get(cache, "ada", "te"), -1);
    cr_assert_eq(get(cache, "adat", "ea"), -1);
    struct embed_cache_key key = key_of("ada", "tea");
    cr_assert(!embed_cache_find(cache, &key, vector, DIMENSION + 1));
    key.space = "remote:openai:n:4";
    cr_assert(!embed_cache_find(cache, &key, vector, DIMENSION));
    embed_cache_free(cache);
}

Test(embed_cache, the_least_recently_used_goes_first_and_the_budget_holds)
{
    const size_t budget = 4000;
    struct embed_cache *cache = embed_cache_new(budget);
    char text[32];
    for (int i = 0; i < 500; i++) {
        snprintf(text, sizeof text, "text %d", i);
        put(cache, "ada", text, (float)i);
        cr_assert_eq(get(cache, "ada", "text 0"), 0, "used each time, it stays");
        cr_assert_leq(embed_cache_figures(cache).bytes, budget);
    }
    cr_assert_eq(get(cache, "ada", "text 1"), -1);
    cr_assert_eq(get(cache, "ada", "text 499"), 499);
    cr_assert_gt(embed_cache_figures(cache).entries, 10);
    embed_cache_free(cache);
}

Test(embed_cache, what_is_bigger_than_the_budget_is_not_kept)
{
    struct embed_cache *cache = embed_cache_new(50);
    put(cache, "ada", "tea", 1);
    cr_assert_eq(get(cache, "ada", "tea"), -1);
    cr_assert_eq(embed_cache_figures(cache).bytes, 0);
    embed_cache_free(cache);
}

static enum mneme_code fill(void *context)
{
    struct embed_cache *cache = embed_cache_new(100000);
    (void)context;
    if (cache == NULL) return MNEME_NOMEM;
    put(cache, "ada", "tea", 1);
    bool is_kept = get(cache, "ada", "tea") == 1;
    embed_cache_free(cache);
    return is_kept ? MNEME_OK : MNEME_NOMEM;
}

Test(embed_cache, out_of_memory_keeps_nothing_and_harms_nothing)
{
    cr_assert_eq(support_fail_each(fill, NULL), 3);
}

#define THREADS 4

static void *use_often(void *argument)
{
    struct embed_cache *cache = argument;
    char text[32];
    bool is_good = true;
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "text %d", i * 7 % 97);
        float found = get(cache, "ada", text);
        is_good = is_good && (found == -1 || found == (float)(i * 7 % 97));
        put(cache, "ada", text, (float)(i * 7 % 97));
    }
    return is_good ? cache : NULL;
}

Test(embed_cache_threads, many_threads_find_only_what_belongs_to_their_texts)
{
    struct embed_cache *cache = embed_cache_new(5000);
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, use_often, cache), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        cr_assert_not_null(result);
    }
    cr_assert_leq(embed_cache_figures(cache).bytes, 5000);
    embed_cache_free(cache);
}
