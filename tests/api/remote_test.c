/* Recall with a remote provider: what it finds, what it says without it, and how long it takes either way. */
#include "engine/engine.h"
#include "support/calls.h"
#include "support/fake_provider.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIMENSION 8
#define WAIT_MS 300
#define KEY "canary-key-4711"
#define SPACE "remote:openai:m:8"

static struct fake_provider *fake;
static struct calls_store store;
static char model[64];

static void setup(void)
{
    fake = fake_provider_start(DIMENSION);
    cr_assert_not_null(fake);
    calls_store_init(&store, 1);
    snprintf(model, sizeof model, "openai:m@http://127.0.0.1:%d", fake_provider_port(fake));
    setenv("MNEME_EMBED_WAIT_MS", "300", 1);
    setenv("MNEME_EMBED_KEY", KEY, 1);
}

static void teardown(void)
{
    calls_store_clear(&store);
    fake_provider_stop(fake);
}

static mneme *open_remote(void)
{
    const struct mneme_options options = {
        .size = sizeof options, .url = store.path, .user = "ada", .model = model};
    const struct engine_options wide = {.public_options = &options, .env = &store.env};
    mneme *memory;
    struct mneme_error error = {0};
    cr_assert_eq(engine_open(&wide, &memory, &error), MNEME_OK, "%s", error.message);
    return memory;
}

/* A memory with the vector that the provider gives it, as the job that embeds later stores it. */
static void remember(mneme *memory, const char *text)
{
    struct embedder *embedder = engine_embedder(memory);
    struct mneme_call_options options = {
        .size = sizeof options, .vector_count = 1, .dimension = DIMENSION, .space = SPACE};
    float vector[DIMENSION];
    char json[200];
    mneme_result *result;
    cr_assert_eq(embedder_resolve(embedder, 5000, NULL), MNEME_OK);
    cr_assert_eq(embedder_embed(embedder, &text, 1, vector, NULL, NULL), MNEME_OK);
    options.vectors = vector;
    snprintf(json, sizeof json, "{\"content\": \"%s\"}", text);
    cr_assert_eq(mneme_call_with(memory, "memory.remember", json, &options, &result, NULL),
                 MNEME_OK);
    mneme_result_free(result);
}

static void remember_some(mneme *memory)
{
    remember(memory, "Green tea in the morning");
    remember(memory, "The workshop key hangs under the stairs");
    remember(memory, "A letter from Porto came on Monday");
}

static struct call_answer ask(mneme *memory, const char *text)
{
    return calls_ok(memory, "memory.recall", "{\"text\": \"%s\", \"k\": 3}", text);
}

static int64_t now_ms(void)
{
    const struct env env = env_system();
    return env.monotonic_us(env.context) / 1000;
}

TestSuite(remote, .init = setup, .fini = teardown);

Test(remote, recall_finds_by_meaning_what_shares_no_word)
{
    mneme *memory = open_remote();
    remember_some(memory);
    struct call_answer answer = ask(memory, "beverage");
    cr_assert_str_eq(answer_text(&answer, "/hits/0/content"), "Green tea in the morning");
    cr_assert_eq(answer_integer(&answer, "/hits/0/rank/dense"), 1);
    cr_assert_eq(json_type_of(json_pointer(answer.json, "/degraded")), JSON_TYPE_NULL);
    call_answer_clear(&answer);
    mneme_close(memory);
}

Test(remote, a_write_asks_the_provider_nothing)
{
    mneme *memory = open_remote();
    fake_provider_behave(fake, FAKE_SILENT, 0);
    int64_t began = now_ms();
    calls_done(memory, "memory.remember", "{\"content\": \"Green tea in the morning\"}");
    cr_assert_lt(now_ms() - began, WAIT_MS);
    // Nothing of the user's is embedded by it yet, so recall asks it nothing either.
    struct call_answer answer = ask(memory, "tea");
    cr_assert_eq(answer_count(&answer, "/hits"), 1);
    cr_assert_eq(json_type_of(json_pointer(answer.json, "/degraded")), JSON_TYPE_NULL);
    cr_assert_eq(fake_provider_requests(fake), 0);
    call_answer_clear(&answer);
    mneme_close(memory);
}

Test(remote, a_restart_needs_no_network_to_know_the_space)
{
    mneme *memory = open_remote();
    remember_some(memory);
    mneme_close(memory);
    size_t requests = fake_provider_requests(fake);
    memory = open_remote();
    struct call_answer answer = ask(memory, "beverage");
    cr_assert_eq(answer_integer(&answer, "/hits/0/rank/dense"), 1);
    cr_assert_eq(fake_provider_requests(fake), requests + 1, "the query's vector alone");
    cr_assert_str_eq(engine_embedder(memory)->space, SPACE);
    call_answer_clear(&answer);
    mneme_close(memory);
}

static void check_degraded(mneme *memory, const char *operation, const char *input,
                           const char *code)
{
    struct call_answer answer = calls_ok(memory, operation, "%s", input);
    cr_assert_not_null(answer_text(&answer, "/degraded/code"), "%s: %s", operation, answer.text);
    if (code != NULL) cr_assert_str_eq(answer_text(&answer, "/degraded/code"), code);
    cr_assert_gt(strlen(answer_text(&answer, "/degraded/message")), 10);
    cr_assert_null(strstr(answer.text, "canary"), "%s", answer.text);
    call_answer_clear(&answer);
}

Test(remote, without_the_provider_recall_goes_by_words_and_says_so)
{
    static const enum fake_manner manners[] = {FAKE_SILENT,  FAKE_BROKEN, FAKE_GARBAGE,
                                               FAKE_DENYING, FAKE_HALF,   FAKE_WRONG_DIMENSION};
    static const char *const codes[] = {"TIMEOUT", "UNAVAILABLE", "REMOTE",
                                        "REMOTE",  "UNAVAILABLE", "REMOTE"};
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        mneme *memory = open_remote();
        fake_provider_behave(fake, FAKE_GOOD, 0);
        remember_some(memory);
        fake_provider_behave(fake, manners[i], 0);
        struct call_answer answer = ask(memory, "morning tea");
        cr_assert_str_eq(answer_text(&answer, "/degraded/code"), codes[i], "%s: %s",
                         fake_manner_names[manners[i]], answer.text);
        cr_assert_str_eq(answer_text(&answer, "/hits/0/content"), "Green tea in the morning");
        cr_assert_eq(answer_integer(&answer, "/hits/0/rank/dense"), 0);
        cr_assert_null(strstr(answer.text, "canary"), "%s", answer.text);
        call_answer_clear(&answer);
        mneme_close(memory);
    }
}

Test(remote, search_and_context_say_so_too)
{
    mneme *memory = open_remote();
    remember_some(memory);
    fake_provider_behave(fake, FAKE_DENYING, 0);
    check_degraded(memory, "conversation.search", "{\"text\": \"tea\"}", "REMOTE");
    check_degraded(memory, "memory.context", "{\"text\": \"tea\"}", "REMOTE");
    mneme_close(memory);
}

Test(remote, a_provider_that_hangs_costs_few_recalls_their_time)
{
    mneme *memory = open_remote();
    remember_some(memory);
    fake_provider_behave(fake, FAKE_SILENT, 0);
    int64_t began = now_ms();
    for (int i = 0; i < 100; i++) {
        char input[64];
        snprintf(input, sizeof input, "{\"text\": \"tea %d\"}", i);
        check_degraded(memory, "memory.recall", input, NULL);
    }
    int64_t took = now_ms() - began;
    cr_assert(took >= 2 * WAIT_MS && took < 6 * WAIT_MS, "%lld ms", (long long)took);
    mneme_close(memory);
}

Test(remote, what_was_asked_lately_is_not_asked_again)
{
    mneme *memory = open_remote(), *other;
    remember_some(memory);
    struct call_answer answer = ask(memory, "beverage");
    call_answer_clear(&answer);
    size_t requests = fake_provider_requests(fake);
    fake_provider_behave(fake, FAKE_SILENT, 0);
    answer = ask(memory, "beverage");
    cr_assert_eq(json_type_of(json_pointer(answer.json, "/degraded")), JSON_TYPE_NULL);
    cr_assert_eq(answer_integer(&answer, "/hits/0/rank/dense"), 1);
    call_answer_clear(&answer);
    cr_assert_eq(fake_provider_requests(fake), requests);
    // Another user of the same store learns nothing from that, not even by time.
    fake_provider_behave(fake, FAKE_GOOD, 0);
    cr_assert_eq(mneme_open_user(memory, "grace", &other, NULL), MNEME_OK);
    remember(other, "Coffee, black");
    requests = fake_provider_requests(fake);
    answer = ask(other, "beverage");
    call_answer_clear(&answer);
    cr_assert_eq(fake_provider_requests(fake), requests + 1);
    mneme_close(other);
    mneme_close(memory);
}

Test(remote, a_batch_asks_once_and_identical_texts_are_sent_once)
{
    mneme *memory = open_remote();
    remember_some(memory);
    size_t requests = fake_provider_requests(fake), texts = fake_provider_texts(fake);
    struct call_answer answer =
        calls_ok(memory, "memory.recall_batch",
                 "{\"queries\": [{\"text\": \"beverage\"}, {\"text\": \"where is the key?\"}, "
                 "{\"text\": \"beverage\", \"k\": 1}, {\"text\": \"\"}]}");
    cr_assert_eq(fake_provider_requests(fake), requests + 1);
    cr_assert_eq(fake_provider_texts(fake), texts + 2);
    cr_assert_eq(answer_count(&answer, "/items"), 4);
    cr_assert_eq(answer_count(&answer, "/items/2/hits"), 1);
    cr_assert_str_eq(answer_text(&answer, "/items/0/hits/0/id"),
                     answer_text(&answer, "/items/2/hits/0/id"));
    cr_assert_eq(answer_count(&answer, "/items/3/hits"), 3);
    call_answer_clear(&answer);
    mneme_close(memory);
}

Test(remote, a_batch_without_the_provider_says_so_in_each_answer)
{
    mneme *memory = open_remote();
    remember_some(memory);
    fake_provider_behave(fake, FAKE_SILENT, 0);
    struct call_answer answer =
        calls_ok(memory, "memory.recall_batch",
                 "{\"queries\": [{\"text\": \"morning tea\"}, {\"text\": \"letter\"}]}");
    cr_assert_str_eq(answer_text(&answer, "/items/0/degraded/code"), "TIMEOUT");
    cr_assert_str_eq(answer_text(&answer, "/items/1/degraded/code"), "TIMEOUT");
    cr_assert_eq(answer_count(&answer, "/items/1/hits"), 3);
    call_answer_clear(&answer);
    mneme_close(memory);
}

Test(remote, a_bad_query_of_a_batch_is_refused_in_its_place)
{
    mneme *memory = open_remote();
    struct call_answer answer = calls_ok(
        memory, "memory.recall_batch",
        "{\"queries\": [7, {\"text\": \"a\", \"filter\": {\"nothing\": 1}}, {\"text\": \"tea\"}]}");
    cr_assert_str_eq(answer_text(&answer, "/items/0/error/code"), "INVALID");
    cr_assert_str_eq(answer_text(&answer, "/items/0/error/errors/0/pointer"), "/queries/0");
    cr_assert_str_eq(answer_text(&answer, "/items/1/error/errors/0/pointer"),
                     "/queries/1/filter/nothing");
    cr_assert_eq(answer_count(&answer, "/items/2/hits"), 0);
    call_answer_clear(&answer);
    calls_refused(memory, MNEME_INVALID, "queries", "type", "memory.recall_batch",
                  "{\"queries\": {}}");
    mneme_close(memory);
}

Test(remote, the_key_is_in_no_row_and_no_export)
{
    mneme *memory = open_remote();
    remember_some(memory);
    fake_provider_behave(fake, FAKE_DENYING, 0);
    check_degraded(memory, "memory.recall", "{\"text\": \"tea\"}", "REMOTE");
    cr_assert(fake_provider_has_seen(fake, "Authorization: Bearer " KEY));
    mneme_close(memory);
    FILE *file = fopen(store.path, "rb");
    cr_assert_not_null(file);
    static char bytes[4 * 1024 * 1024];
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    cr_assert_gt(length, 4096);
    cr_assert_null(memmem(bytes, length, KEY, strlen(KEY)));
}
