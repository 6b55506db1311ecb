/* Changing the model while everybody goes on: no record is ever hidden, and the store decides. */
#include "engine/space_verbs.h"

#include "engine/job_verbs.h"
#include "support/calls.h"
#include "support/db_fixture.h"
#include "support/fakes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;
static struct arena arena;

static mneme *open_with(const char *model)
{
    mneme *handle;
    struct mneme_error error = {0};
    enum mneme_code code = fakes_open_at(store.path, &store.env, "ada", model, &handle, &error);
    cr_assert_eq(code, MNEME_OK, "%s", error.message);
    return handle;
}

static void set_up(void)
{
    fakes = (struct fakes){0};
    calls_store_init(&store, 11);
    arena_init(&arena);
    memory = open_with("fake:a");
}

static void tear_down(void)
{
    mneme_close(memory);
    arena_clear(&arena);
    calls_store_clear(&store);
}

TestSuite(spaces, .init = set_up, .fini = tear_down);

static int64_t ask(const char *sql)
{
    struct env env = env_system();
    struct db_options options = {.mode = DB_READ, .env = &env};
    struct db *db;
    cr_assert_eq(db_open(store.path, &options, &db, NULL), MNEME_OK);
    int64_t answer = db_fixture_ask(db, sql);
    db_close(db);
    return answer;
}

static struct space_status begin(mneme *handle, const char *model)
{
    struct space_status status;
    struct mneme_error error = {0};
    enum mneme_code code = engine_space_begin(handle, model, &arena, &status, &error);
    cr_assert_eq(code, MNEME_OK, "%s", error.message);
    return status;
}

static struct space_status status_of(mneme *handle)
{
    struct space_status status;
    cr_assert_eq(engine_space_status(handle, &arena, &status, NULL), MNEME_OK);
    return status;
}

static struct runner_result work(mneme *handle)
{
    struct runner_result result;
    struct mneme_error error = {0};
    const struct jobs_running running = {.until_empty = true};
    enum mneme_code code = jobs_run(handle, &running, &result, &error);
    cr_assert_eq(code, MNEME_OK, "%s", error.message);
    return result;
}

static const char *active_name(mneme *handle)
{
    struct space_status status = status_of(handle);
    for (size_t i = 0; i < status.spaces.count; i++) {
        if (status.spaces.items[i].space_id == status.choice.active_id) {
            return status.spaces.items[i].name;
        }
    }
    return "none";
}

/* The text comes back for a query that shares no word with it. */
static bool means(mneme *handle, const char *query, const char *text)
{
    struct call_answer answer =
        calls_ok(handle, "memory.recall", "{\"text\":\"%s\",\"k\":1,\"boosts\":false}", query);
    const char *first = answer_text(&answer, "/hits/0/content");
    bool is_so = first != NULL && strcmp(first, text) == 0 &&
                 strstr(answer.text, "\"matched\":true") != NULL;
    call_answer_clear(&answer);
    return is_so;
}

static void fill(mneme *handle, int count)
{
    for (int i = 0; i < count; i++) {
        calls_done(handle, "memory.remember", "{\"content\":\"filler number %d\"}", i);
    }
    calls_done(handle, "memory.remember", "{\"content\":\"tea at noon\"}");
    calls_done(handle, "memory.remember", "{\"content\":\"the red car\"}");
}

Test(spaces, a_users_first_vector_makes_the_active_space)
{
    fill(memory, 3);
    cr_expect_str_eq(active_name(memory), "static:fake-a:4:1");
    cr_expect(means(memory, "what to drink", "tea at noon"));
}

Test(spaces, changing_the_model_fills_the_new_space_and_cuts_over)
{
    fill(memory, 100);
    struct space_status status = begin(memory, "fake:b");
    cr_expect(status.is_filling);
    cr_expect_eq(status.job.total, 102);
    cr_expect_str_eq(active_name(memory), "static:fake-a:4:1", "ranking still uses the old one");
    cr_expect(means(memory, "what to drink", "tea at noon"));
    struct runner_result result = work(memory);
    cr_expect_eq(result.finished, 1);
    cr_expect_eq(result.waiting, 0);
    cr_expect_str_eq(active_name(memory), "static:fake-b:6:1");
    cr_expect_not(status_of(memory).is_filling);
    cr_expect_eq(ask("SELECT count(*) FROM vector WHERE space_id = 2"), 102);
    cr_expect(means(memory, "what to drink", "tea at noon"));
    cr_expect(means(memory, "who can drive", "the red car"));
}

Test(spaces, what_is_written_while_a_space_fills_goes_into_both)
{
    fill(memory, 3);
    begin(memory, "fake:b");
    calls_done(memory, "memory.remember", "{\"content\":\"a boat\"}");
    cr_expect_eq(ask("SELECT count(*) FROM vector v JOIN memory m ON m.id = v.record_id "
                     "WHERE m.content = 'a boat'"),
                 2);
    cr_expect_eq(ask("SELECT count(*) FROM vector WHERE space_id = 2"), 1);
    cr_expect(means(memory, "the sea", "a boat"));
}

Test(spaces, another_process_sees_the_change_at_its_next_call)
{
    fill(memory, 3);
    mneme *other = open_with("fake:a");
    cr_expect(means(other, "what to drink", "tea at noon"));
    begin(memory, "fake:b");
    calls_done(other, "memory.remember", "{\"content\":\"a boat\"}");
    calls_done(other, "memory.remember", "{\"content\":\"more tea\"}");
    work(memory);
    cr_expect(means(other, "the sea", "a boat"));
    cr_expect_eq(ask("SELECT count(*) FROM vector WHERE space_id = 2"), 7);
    calls_done(other, "memory.remember", "{\"content\":\"a second boat\"}");
    cr_expect_eq(ask("SELECT count(*) FROM vector WHERE space_id = 2"), 8);
    mneme_close(other);
}

Test(spaces, a_record_that_has_only_one_is_found_in_that_one)
{
    fill(memory, 3);
    fakes.is_gone = true;
    // It cannot open the model of what is filling: its records have the old space alone, and jobs will bring the rest.
    mneme *other = open_with("fake:a");
    fakes.is_gone = false;
    begin(memory, "fake:b");
    struct space_status status;
    cr_assert_eq(engine_space_cutover(memory, &arena, &status, NULL), MNEME_OK);
    cr_expect_str_eq(active_name(memory), "static:fake-b:6:1");
    calls_done(memory, "memory.remember", "{\"content\":\"a boat\"}");
    cr_expect(means(memory, "the sea", "a boat"), "new");
    cr_expect(means(memory, "what to drink", "tea at noon"), "old, with the handle's own model");
    mneme_close(other);
}

Test(spaces, a_space_whose_model_is_not_here_does_not_keep_anybody_from_writing)
{
    fill(memory, 3);
    begin(memory, "fake:b");
    work(memory);
    fakes.is_gone = true;
    mneme *other = open_with("fake:a");
    struct call_answer answer = calls_ok(other, "memory.remember", "{\"content\":\"a boat\"}");
    const char *pending = answer_text(&answer, "/pending/0");
    cr_assert_not_null(pending);
    cr_expect_eq(strncmp(pending, "job:", 4), 0);
    call_answer_clear(&answer);
    cr_expect(means(other, "the sea", "a boat"), "by its own model");
    struct runner_result result = work(other);
    cr_expect_eq(result.failed, 1);
    cr_expect_eq(result.waiting, 1);
    fakes.is_gone = false;
    calls_pass_seconds(&store, 10);
    result = work(memory);
    cr_expect_eq(result.finished, 1);
    cr_expect_eq(ask("SELECT count(*) FROM memory WHERE id NOT IN "
                     "(SELECT record_id FROM vector WHERE space_id = 2)"),
                 0);
    mneme_close(other);
}

Test(spaces, a_handle_with_another_model_finds_by_meaning_what_the_store_has)
{
    fill(memory, 3);
    mneme *other = open_with("fake:b"), *plain = open_with(NULL);
    cr_expect(means(other, "what to drink", "tea at noon"));
    cr_expect(means(plain, "what to drink", "tea at noon"));
    calls_done(other, "memory.remember", "{\"content\":\"a boat\"}");
    cr_expect(means(memory, "the sea", "a boat"));
    cr_expect_eq(ask("SELECT count(*) FROM space"), 1, "the store decides");
    mneme_close(other);
    mneme_close(plain);
}

Test(spaces, dropping_the_old_space_takes_its_vectors)
{
    struct uuid job;
    struct mneme_error error = {0};
    fill(memory, 100);
    cr_expect_eq(engine_space_drop(memory, "static:fake-a:4:1", &arena, &job, &error),
                 MNEME_CONFLICT);
    begin(memory, "fake:b");
    work(memory);
    cr_expect_eq(engine_space_drop(memory, "nothing", &arena, &job, &error), MNEME_NOT_FOUND);
    cr_assert_eq(engine_space_drop(memory, "static:fake-a:4:1", &arena, &job, &error), MNEME_OK);
    cr_expect_eq(work(memory).finished, 1);
    cr_expect_eq(ask("SELECT count(*) FROM vector"), 102);
    cr_expect(means(memory, "what to drink", "tea at noon"));
    begin(memory, "fake:a");
    work(memory);
    cr_expect_str_eq(active_name(memory), "static:fake-a:4:1", "it can be filled again");
    cr_expect_eq(ask("SELECT count(*) FROM space"), 2);
    cr_expect(means(memory, "what to drink", "tea at noon"));
}

Test(spaces, going_back_to_the_active_model_stops_the_filling)
{
    fill(memory, 3);
    begin(memory, "fake:b");
    cr_expect_not(begin(memory, "fake:a").is_filling);
    cr_expect_eq(ask("SELECT count(*) FROM job"), 0);
    cr_expect_str_eq(active_name(memory), "static:fake-a:4:1");
}

Test(spaces, forgotten_records_are_embedded_too_and_come_back_whole)
{
    fill(memory, 3);
    const char *id = calls_id(calls_ok(memory, "memory.remember", "{\"content\":\"a boat\"}"));
    calls_done(memory, "record.forget", "{\"id\":\"%s\"}", id);
    begin(memory, "fake:b");
    work(memory);
    calls_done(memory, "record.restore", "{\"id\":\"%s\"}", id);
    cr_expect(means(memory, "the sea", "a boat"));
}

Test(spaces, the_flag_of_a_cut_text_follows_the_model)
{
    char text[FAKE_CUT + 50];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const char *id = calls_id(calls_ok(memory, "memory.remember", "{\"content\":\"%s\"}", text));
    cr_expect_eq(ask("SELECT embedding_cut FROM memory"), 1);
    int64_t version = ask("SELECT version FROM memory"), at = ask("SELECT updated_at FROM memory");
    begin(memory, "fake:b");
    work(memory);
    cr_expect_eq(ask("SELECT embedding_cut FROM memory"), 0);
    cr_expect_eq(ask("SELECT version FROM memory"), version);
    cr_expect_eq(ask("SELECT updated_at FROM memory"), at);
    cr_expect_not_null(id);
}

Test(spaces, a_callers_vector_is_kept_though_the_text_is_known)
{
    calls_done(memory, "memory.remember", "{\"content\":\"a boat\"}");
    calls_done(memory, "memory.remember",
               "{\"content\":\"a boat\",\"vector\":[3,4],\"space\":\"mine\"}");
    cr_expect_eq(ask("SELECT count(*) FROM vector"), 2);
    int64_t seq = ask("SELECT change_seq FROM user");
    calls_done(memory, "memory.remember", "{\"content\":\"a lamp\",\"key\":\"k\"}");
    calls_done(memory, "memory.remember",
               "{\"content\":\"a lamp\",\"key\":\"k\",\"vector\":[3,4],\"space\":\"mine\"}");
    cr_expect_eq(ask("SELECT count(*) FROM vector"), 4);
    cr_expect_gt(ask("SELECT change_seq FROM user"), seq + 1);
    struct call_answer answer = calls_ok(memory, "memory.recall",
                                         "{\"text\":\"\",\"vector\":[3,4],\"space\":\"mine\","
                                         "\"k\":2}");
    cr_expect_not_null(strstr(answer.text, "own_cos"));
    call_answer_clear(&answer);
}

// --- providers -----------------------------------------------------------------------------------

Test(spaces, a_provider_is_not_waited_for)
{
    mneme *far = open_with("fake:far");
    fakes.is_down = true;
    struct call_answer answer = calls_ok(far, "memory.remember", "{\"content\":\"tea at noon\"}");
    cr_assert_not_null(answer_text(&answer, "/pending/0"));
    call_answer_clear(&answer);
    cr_expect_eq(fakes.texts, 0);
    calls_expect_count(far, 1, "memory.recall", "{\"text\":\"noon\"}");
    cr_expect_eq(work(far).failed, 1);
    cr_expect_eq(ask("SELECT count(*) FROM job WHERE attempts = 1 AND reason LIKE 'UNAVAILABLE:%'"),
                 1);
    fakes.is_down = false;
    cr_expect_eq(work(far).finished, 0, "it waits");
    calls_pass_seconds(&store, 2);
    cr_expect_eq(work(far).finished, 1);
    cr_expect_str_eq(active_name(far), "remote:fake:5");
    cr_expect(means(far, "what to drink", "tea at noon"));
    calls_done(far, "memory.remember", "{\"content\":\"a boat\"}");
    cr_expect_eq(ask("SELECT count(*) FROM job"), 1);
    cr_expect_eq(work(far).finished, 1);
    cr_expect(means(far, "the sea", "a boat"), "its partition has caught up");
    mneme_close(far);
}

Test(spaces, without_its_provider_recall_goes_by_words)
{
    mneme *far = open_with("fake:far");
    calls_done(far, "memory.remember", "{\"content\":\"tea at noon\"}");
    work(far);
    fakes.is_down = true;
    cr_expect_not(means(far, "what to drink", "tea at noon"));
    calls_expect_count(far, 1, "memory.recall", "{\"text\":\"noon\"}");
    mneme_close(far);
}

Test(spaces, a_changed_text_is_embedded_anew_by_its_provider)
{
    mneme *far = open_with("fake:far");
    const char *id = calls_id(calls_ok(far, "memory.remember", "{\"content\":\"tea at noon\"}"));
    work(far);
    calls_done(far, "memory.update", "{\"id\":\"%s\",\"content\":\"a boat at noon\"}", id);
    cr_expect_eq(ask("SELECT count(*) FROM vector"), 0, "the old text's is gone at once");
    work(far);
    cr_expect(means(far, "the sea", "a boat at noon"));
    mneme_close(far);
}
