/* Providers on a port of this machine, well-behaved and not. */
#include "embed/embed_remote.h"

#include "base/alloc.h"
#include "support/fake_provider.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DIMENSION 8
#define KEY "canary-key-4711"
#define TEXT "canary text of a memory"

static struct fake_provider *fake;
static struct provider_settings {
    const char *key, *batch, *text_bytes, *dimensions;
} settings;

static const char *setting(const char *name)
{
    if (strcmp(name, "MNEME_EMBED_KEY") == 0) return settings.key;
    if (strcmp(name, "MNEME_EMBED_BATCH") == 0) return settings.batch;
    if (strcmp(name, "MNEME_EMBED_TEXT_BYTES") == 0) return settings.text_bytes;
    if (strcmp(name, "MNEME_EMBED_DIMENSIONS") == 0) return settings.dimensions;
    return NULL;
}

static void setup(void)
{
    settings = (struct provider_settings){.key = KEY};
    fake = fake_provider_start(DIMENSION);
    cr_assert_not_null(fake);
}

static void teardown(void)
{
    fake_provider_stop(fake);
}

static enum mneme_code open_at(const char *dialect, unsigned attempts, struct embedder **out)
{
    static const char name[] = "%s:some-model@http://127.0.0.1:%d";
    const struct http_client_options sending = {.attempts = attempts, .backoff_ms = 5};
    struct provider provider;
    char text[120];
    *out = NULL;
    snprintf(text, sizeof text, name, dialect, fake_provider_port(fake));
    enum mneme_code code = provider_read(text, setting, &provider, NULL);
    return code == MNEME_OK ? embed_remote_open_provider(&provider, &sending, out, NULL) : code;
}

static struct embedder *opened(const char *dialect, unsigned attempts)
{
    struct embedder *embedder;
    cr_assert_eq(open_at(dialect, attempts, &embedder), MNEME_OK);
    return embedder;
}

static struct embedder *resolved(const char *dialect, unsigned attempts)
{
    struct embedder *embedder = opened(dialect, attempts);
    struct mneme_error err;
    cr_assert_eq(embedder_resolve(embedder, 5000, &err), MNEME_OK, "%s", err.message);
    return embedder;
}

static enum mneme_code embed_one(struct embedder *embedder, const char *text, float *out,
                                 struct mneme_error *err)
{
    const struct embed_request request = {.texts = &text, .count = 1, .timeout_ms = 3000};
    return embedder_embed_within(embedder, &request, out, NULL, err);
}

static float cosine(const float *a, const float *b)
{
    float sum = 0;
    for (size_t i = 0; i < DIMENSION; i++) sum += a[i] * b[i];
    return sum;
}

TestSuite(embed_remote, .init = setup, .fini = teardown);

Test(embed_remote, opening_touches_no_network_and_knows_the_stem)
{
    struct embedder *embedder = opened("openai", 1);
    cr_assert(embedder_is_remote(embedder) && !embedder_is_resolved(embedder));
    cr_assert_eq(embedder->kind, EMBED_REMOTE);
    cr_assert_null(embedder->space);
    cr_assert_eq(embedder->dimension, 0);
    cr_assert_str_eq(embedder->space_stem, "remote:openai:some-model:");
    cr_assert_eq(embedder->query_wait_ms, 1000);
    cr_assert_eq(fake_provider_requests(fake), 0);
    embedder_free(embedder);
}

Test(embed_remote, the_first_answer_tells_the_dimension)
{
    struct embedder *embedder = resolved("ollama", 1);
    cr_assert(embedder_is_resolved(embedder));
    cr_assert_eq(embedder->dimension, DIMENSION);
    cr_assert_str_eq(embedder->space, "remote:ollama:some-model:8");
    cr_assert_eq(embed_kind_of_space(embedder->space), EMBED_REMOTE);
    cr_assert_eq(embedder_resolve(embedder, 1, NULL), MNEME_OK);
    cr_assert_eq(fake_provider_requests(fake), 1);
    embedder_free(embedder);
}

Test(embed_remote, what_a_store_remembers_needs_no_network)
{
    struct embedder *embedder = opened("openai", 1);
    cr_assert_eq(embedder_know(embedder, "remote:openai:other-model:8", 8, NULL), MNEME_CONFLICT);
    cr_assert_eq(embedder_know(embedder, "remote:openai:some-model:9", 8, NULL), MNEME_CONFLICT);
    cr_assert_eq(embedder_know(embedder, "remote:openai:some-model:0", 0, NULL), MNEME_CONFLICT);
    cr_assert(!embedder_is_resolved(embedder));
    cr_assert_eq(embedder_know(embedder, "remote:openai:some-model:8", 8, NULL), MNEME_OK);
    cr_assert_eq(embedder_know(embedder, "remote:openai:some-model:8", 8, NULL), MNEME_OK);
    cr_assert_eq(embedder_know(embedder, "remote:openai:some-model:9", 9, NULL), MNEME_CONFLICT);
    cr_assert_str_eq(embedder->space, "remote:openai:some-model:8");
    cr_assert_eq(fake_provider_requests(fake), 0);
    embedder_free(embedder);
}

static void check_batches(const char *dialect)
{
    enum { COUNT = 23 };
    char buffers[COUNT][32];
    const char *texts[COUNT];
    float rows[COUNT * DIMENSION], one[DIMENSION];
    struct mneme_error err;
    settings.batch = "5";
    struct embedder *embedder = resolved(dialect, 1);
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(buffers[i], sizeof buffers[i], i % 7 == 3 ? " \n" : "word%c text",
                 (char)('a' + i));
        texts[i] = buffers[i];
    }
    cr_assert_eq(embedder_embed(embedder, texts, COUNT, rows, NULL, &err), MNEME_OK, "%s",
                 err.message);
    cr_assert_eq(fake_provider_texts(fake), 1 + COUNT - 3); // blank ones are not sent
    cr_assert_eq(fake_provider_requests(fake), 1 + 4);
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert_eq(embed_one(embedder, texts[i], one, NULL), MNEME_OK);
        cr_assert_arr_eq(one, rows + i * DIMENSION, sizeof one);
        cr_assert_float_eq(cosine(one, one), i % 7 == 3 ? 0 : 1, 1e-5);
    }
    embedder_free(embedder);
}

Test(embed_remote, openai_rows_are_the_texts_whatever_the_batches)
{
    check_batches("openai");
}

Test(embed_remote, ollama_rows_are_the_texts_whatever_the_batches)
{
    check_batches("ollama");
}

Test(embed_remote, the_order_of_an_answer_is_that_of_its_index)
{
    const char *const texts[] = {"green tea", "a bicycle", "the sea"};
    float straight[3 * DIMENSION], shuffled[3 * DIMENSION];
    struct embedder *embedder = resolved("openai", 1);
    cr_assert_eq(embedder_embed(embedder, texts, 3, straight, NULL, NULL), MNEME_OK);
    fake_provider_behave(fake, FAKE_SHUFFLED, 0);
    cr_assert_eq(embedder_embed(embedder, texts, 3, shuffled, NULL, NULL), MNEME_OK);
    cr_assert_arr_eq(shuffled, straight, sizeof straight);
    fake_provider_behave(fake, FAKE_UNNUMBERED, 0);
    cr_assert_eq(embedder_embed(embedder, texts, 3, shuffled, NULL, NULL), MNEME_OK);
    cr_assert_arr_eq(shuffled, straight, sizeof straight);
    embedder_free(embedder);
}

Test(embed_remote, texts_over_the_limit_are_cut_at_a_character_and_say_so)
{
    const char *const texts[] = {"0123456789abcde\xC3\xA9 and more", "short"};
    float rows[2 * DIMENSION];
    bool cut[2];
    settings.text_bytes = "16";
    struct embedder *embedder = resolved("openai", 1);
    cr_assert_eq(embedder_embed(embedder, texts, 2, rows, cut, NULL), MNEME_OK);
    cr_assert(cut[0] && !cut[1]);
    cr_assert(fake_provider_has_seen(fake, "\"0123456789abcde\""));
    embedder_free(embedder);
}

Test(embed_remote, the_dimensions_that_are_set_are_asked_for)
{
    settings.dimensions = "256";
    embedder_free(resolved("openai", 1));
    cr_assert(fake_provider_has_seen(fake, "\"dimensions\":256"));
    cr_assert(fake_provider_has_seen(fake, "Authorization: Bearer " KEY));
}

static void check_message(const struct mneme_error *err)
{
    cr_assert_null(strstr(err->message, KEY), "%s", err->message);
    cr_assert_null(strstr(err->message, "canary"), "%s", err->message);
    cr_assert_gt(strlen(err->message), 10);
}

/* Each manner once, after a good start: refused with its code, nothing in the rows, no secret in the words. */
static void check_refused(enum fake_manner manner, enum mneme_code expected, const char *words)
{
    float row[DIMENSION];
    struct mneme_error err;
    struct embedder *embedder = resolved("openai", 2);
    fake_provider_behave(fake, manner, 0);
    memset(row, 7, sizeof row);
    enum mneme_code code = embed_one(embedder, TEXT, row, &err);
    cr_assert_eq(code, expected, "%s: %s %s", fake_manner_names[manner], mneme_code_name(code),
                 err.message);
    cr_assert_not_null(strstr(err.message, words), "%s: %s", fake_manner_names[manner],
                       err.message);
    cr_assert_eq(err.code, code);
    check_message(&err);
    for (size_t i = 0; i < DIMENSION; i++) cr_assert_eq(row[i], 0);
    embedder_free(embedder);
}

Test(embed_remote, answers_that_are_none_are_refused)
{
    static const struct {
        enum fake_manner manner;
        const char *words;
    } cases[] = {
        {FAKE_GARBAGE, "no sound JSON"},
        {FAKE_WRONG_DIMENSION, "9 dimensions now, not 8"},
        {FAKE_WRONG_COUNT, "another number"},
        {FAKE_NOT_A_NUMBER, "no sound JSON"},
        {FAKE_INFINITE, "what is no number"},
        {FAKE_NULLS, "what is no number"},
        {FAKE_CUT_JSON, "no sound JSON"},
        {FAKE_HUGE, "too long"},
        {FAKE_HEADERS, "too long"},
        {FAKE_NO_HTTP, "does not answer in HTTP"},
        {FAKE_HTML, "does not answer in JSON"},
        {FAKE_DENYING, "refuses the key (status 401)"},
        {FAKE_REFUSING, "(status 400, context_length_exceeded)"},
        {FAKE_MOVED, "(status 302)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_refused(cases[i].manner, MNEME_REMOTE, cases[i].words);
        fake_provider_behave(fake, FAKE_GOOD, 0);
    }
}

Test(embed_remote, several_rows_that_do_not_fit_together_are_refused)
{
    static const enum fake_manner manners[] = {FAKE_WRONG_INDEX, FAKE_MIXED_DIMENSION};
    const char *const texts[] = {"green tea", "a bicycle"};
    float rows[2 * DIMENSION];
    struct embedder *embedder = resolved("openai", 1);
    for (size_t i = 0; i < 2; i++) {
        fake_provider_behave(fake, manners[i], 0);
        cr_assert_eq(embedder_embed(embedder, texts, 2, rows, NULL, NULL), MNEME_REMOTE);
    }
    embedder_free(embedder);
}

Test(embed_remote, failures_that_may_pass_are_unavailable)
{
    check_refused(FAKE_HALF, MNEME_UNAVAILABLE, "breaks off");
    fake_provider_behave(fake, FAKE_GOOD, 0);
    check_refused(FAKE_CLOSING, MNEME_UNAVAILABLE, "breaks off");
    fake_provider_behave(fake, FAKE_GOOD, 0);
    check_refused(FAKE_BROKEN, MNEME_UNAVAILABLE, "status 500");
    fake_provider_behave(fake, FAKE_GOOD, 0);
    check_refused(FAKE_STORM, MNEME_UNAVAILABLE, "status 429");
}

Test(embed_remote, failures_that_pass_in_time_are_not_seen)
{
    static const enum fake_manner manners[] = {FAKE_HALF, FAKE_CLOSING, FAKE_BROKEN, FAKE_STORM};
    float row[DIMENSION];
    struct mneme_error err;
    struct embedder *embedder = resolved("openai", 4);
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        fake_provider_behave(fake, manners[i], 3);
        cr_assert_eq(embed_one(embedder, TEXT, row, &err), MNEME_OK, "%s: %s",
                     fake_manner_names[manners[i]], err.message);
    }
    embedder_free(embedder);
}

static int64_t now_ms(void)
{
    const struct env env = env_system();
    return env.monotonic_us(env.context) / 1000;
}

static int64_t time_of(struct embedder *embedder, int64_t timeout_ms, enum mneme_code expected)
{
    const char *text = TEXT;
    const struct embed_request request = {.texts = &text, .count = 1, .timeout_ms = timeout_ms};
    struct mneme_error err;
    float row[DIMENSION];
    int64_t began = now_ms();
    enum mneme_code code = embedder_embed_within(embedder, &request, row, NULL, &err);
    cr_assert_eq(code, expected, "%s: %s", mneme_code_name(code), err.message);
    if (code != MNEME_OK) check_message(&err);
    return now_ms() - began;
}

Test(embed_remote, a_call_ends_by_its_deadline_whatever_the_provider_does)
{
    static const enum fake_manner manners[] = {FAKE_SILENT, FAKE_TRICKLE};
    for (size_t i = 0; i < 2; i++) {
        struct embedder *embedder = resolved("openai", 4);
        fake_provider_behave(fake, manners[i], 0);
        int64_t took = time_of(embedder, 200, MNEME_TIMEOUT);
        cr_assert(took >= 150 && took < 600, "%lld ms", (long long)took);
        fake_provider_behave(fake, FAKE_GOOD, 0);
        embedder_free(embedder);
    }
}

Test(embed_remote, a_wait_past_the_deadline_is_not_begun)
{
    struct embedder *embedder = resolved("openai", 4);
    fake_provider_behave(fake, FAKE_STORM, 0);
    fake_provider_set_retry_after(fake, "30");
    cr_assert_lt(time_of(embedder, 5000, MNEME_UNAVAILABLE), 1000);
    cr_assert_eq(fake_provider_requests(fake), 2);
    // And it is left alone as long as it asked, although this was the first failure.
    cr_assert_lt(time_of(embedder, 5000, MNEME_UNAVAILABLE), 100);
    cr_assert_eq(fake_provider_requests(fake), 2);
    embedder_free(embedder);
}

Test(embed_remote, retry_after_is_waited_for)
{
    char date[64];
    struct embedder *embedder = resolved("openai", 4);
    fake_provider_behave(fake, FAKE_STORM, 1);
    fake_provider_set_retry_after(fake, "1");
    int64_t took = time_of(embedder, 5000, MNEME_OK);
    cr_assert(took >= 1000 && took < 2500, "%lld ms", (long long)took);
    const struct env env = env_system();
    time_t soon = (time_t)(env.now_us(env.context) / 1000000) + 2;
    struct tm parts;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&soon, &parts));
    fake_provider_behave(fake, FAKE_STORM, 1);
    fake_provider_set_retry_after(fake, date);
    took = time_of(embedder, 6000, MNEME_OK);
    cr_assert(took >= 900 && took < 3500, "%lld ms", (long long)took);
    // What is no time is no wish.
    fake_provider_behave(fake, FAKE_STORM, 1);
    fake_provider_set_retry_after(fake, "soon, perhaps");
    cr_assert_lt(time_of(embedder, 5000, MNEME_OK), 900);
    embedder_free(embedder);
}

Test(embed_remote, after_failures_in_a_row_calls_fail_at_once)
{
    struct embedder *embedder = resolved("openai", 1);
    fake_provider_behave(fake, FAKE_SILENT, 0);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_geq(time_of(embedder, 100, MNEME_TIMEOUT), 50);
    }
    size_t requests = fake_provider_requests(fake);
    for (size_t i = 0; i < 20; i++) {
        cr_assert_lt(time_of(embedder, 1000, MNEME_UNAVAILABLE), 50);
    }
    cr_assert_eq(fake_provider_requests(fake), requests);
    embedder_free(embedder);
}

Test(embed_remote, nobody_there_is_unavailable)
{
    struct mneme_error err;
    struct embedder *embedder = opened("openai", 2);
    fake_provider_stop(fake);
    cr_assert_eq(embedder_resolve(embedder, 2000, &err), MNEME_UNAVAILABLE, "%s", err.message);
    cr_assert_not_null(strstr(err.message, "cannot be reached"), "%s", err.message);
    embedder_free(embedder);
    setup(); // for the end of the test
}

static enum mneme_code open_and_embed(void *context)
{
    struct embedder *embedder;
    float row[DIMENSION];
    enum mneme_code code = open_at("openai", 1, &embedder);
    (void)context;
    if (code == MNEME_OK) {
        code = embedder_resolve(embedder, 5000, NULL);
    }
    if (code == MNEME_OK) {
        code = embed_one(embedder, TEXT, row, NULL);
    }
    embedder_free(embedder);
    return code;
}

Test(embed_remote, out_of_memory_is_said_at_every_allocation)
{
    support_hook_jansson();
    cr_assert_gt(support_fail_each(open_and_embed, NULL), 10);
}
