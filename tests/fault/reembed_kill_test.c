/*
 * kill -9 at any moment of processes that fill a new space, and a disk that is full meanwhile. At every moment each
 * record has its vector in the space that ranks; at the end each has exactly one in the new one.
 */
#include "engine/job_verbs.h"
#include "engine/space_verbs.h"
#include "support/calls.h"
#include "support/db_fixture.h"
#include "support/fakes.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    RECORDS = 400,
    KILLS = 25,
    KILLS_LONG = 300,
    WORKERS = 2,
    DELAY_US = 6000,
    ROOM_BYTES = 100000
};

static struct calls_store store;

static void set_up(void)
{
    fakes = (struct fakes){0};
    calls_store_init(&store, 5);
}

static void tear_down(void)
{
    calls_store_clear(&store);
}

TestSuite(reembed, .init = set_up, .fini = tear_down);

static mneme *open_store(void)
{
    mneme *handle;
    struct mneme_error error = {0};
    enum mneme_code code = fakes_open_at(store.path, &store.env, "ada", "fake:a", &handle, &error);
    cr_assert_eq(code, MNEME_OK, "%s", error.message);
    return handle;
}

static void change_model(mneme *memory, const char *model)
{
    struct arena arena;
    struct space_status status;
    arena_init(&arena);
    cr_assert_eq(engine_space_begin(memory, model, &arena, &status, NULL), MNEME_OK);
    arena_clear(&arena);
}

/* A store with records in the space of fake:a, and that of fake:b to be filled. */
static void prepare(void)
{
    mneme *memory = open_store();
    for (int i = 0; i < RECORDS; i++) {
        calls_done(memory, "memory.remember", "{\"content\":\"filler number %d\"}", i);
    }
    calls_done(memory, "memory.remember", "{\"content\":\"tea at noon\"}");
    change_model(memory, "fake:b");
    mneme_close(memory);
}

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

static void check_that_none_is_hidden(int round)
{
    cr_expect_eq(ask("SELECT count(*) FROM memory m WHERE NOT EXISTS (SELECT 1 FROM vector v JOIN "
                     "space_choice c ON c.user_id = v.user_id AND c.active_id = v.space_id "
                     "WHERE v.record_id = m.id)"),
                 0, "round %d: a record has no vector in the space that ranks", round);
    mneme *memory = open_store();
    struct call_answer answer =
        calls_ok(memory, "memory.recall", "{\"text\":\"what to drink\",\"k\":1}");
    cr_expect_str_eq(answer_text(&answer, "/hits/0/content"), "tea at noon", "round %d", round);
    call_answer_clear(&answer);
    mneme_close(memory);
}

static enum mneme_code work(struct runner_result *result)
{
    const struct jobs_running running = {.until_empty = true};
    mneme *memory;
    enum mneme_code code = fakes_open_at(store.path, &store.env, "ada", "fake:a", &memory, NULL);
    if (code == MNEME_OK) {
        code = jobs_run(memory, &running, result, NULL);
        mneme_close(memory);
    }
    return code;
}

static pid_t start_worker(void)
{
    pid_t worker = fork();
    cr_assert_geq(worker, 0);
    if (worker == 0) {
        struct runner_result result;
        fakes.delay_us = 300; // so that many a kill comes while it embeds
        _exit(work(&result) == MNEME_OK ? 0 : 1);
    }
    return worker;
}

static void end_worker(pid_t worker)
{
    int status;
    (void)kill(worker, SIGKILL);
    cr_assert_eq(waitpid(worker, &status, 0), worker);
    cr_expect(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "a worker has failed");
}

/* What the killed ones had is free again, once their leases have run out. */
static void finish(void)
{
    struct runner_result result;
    calls_pass_seconds(&store, 40);
    cr_assert_eq(work(&result), MNEME_OK);
    cr_expect_eq(ask("SELECT count(*) FROM job"), 0);
    cr_expect_eq(ask("SELECT count(*) FROM job_ready"), 0);
    cr_expect_eq(ask("SELECT active_id FROM space_choice WHERE filling_id IS NULL"), 2);
    cr_expect_eq(ask("SELECT count(*) FROM vector WHERE space_id = 2"),
                 ask("SELECT count(*) FROM memory"));
}

Test(reembed, killed_at_any_moment_it_goes_on_and_hides_nothing, .timeout = 300)
{
    int kills = db_fixture_is_long() ? KILLS_LONG : KILLS;
    unsigned random = (unsigned)calls_number("MNEME_SEED", 7);
    prepare();
    for (int round = 0; round < kills; round++) {
        pid_t workers[WORKERS];
        calls_pass_seconds(&store, 40);
        for (int i = 0; i < WORKERS; i++) {
            workers[i] = start_worker();
        }
        random = random * 1103515245 + 12345;
        (void)usleep(random / 65536 % DELAY_US);
        for (int i = 0; i < WORKERS; i++) {
            end_worker(workers[i]);
        }
        check_that_none_is_hidden(round);
        mneme *memory = open_store();
        calls_done(memory, "memory.remember", "{\"content\":\"a boat, number %d\"}", round);
        mneme_close(memory);
    }
    finish();
    check_that_none_is_hidden(kills);
}

/* Files of this process, the log among them, may grow so far and no further. */
static int work_with_little_room(void)
{
    const struct rlimit room = {ROOM_BYTES, ROOM_BYTES};
    struct runner_result result = {0};
    if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &room) != 0) return 2;
    // Either the job has failed and says so, or even that could not be written.
    enum mneme_code code = work(&result);
    return code == MNEME_STORAGE || (code == MNEME_OK && result.failed > 0) ? 0 : 1;
}

Test(reembed, a_disk_that_is_full_stops_it_and_hides_nothing, .timeout = 120)
{
    int status;
    prepare();
    pid_t worker = fork();
    cr_assert_geq(worker, 0);
    if (worker == 0) _exit(work_with_little_room());
    cr_assert_eq(waitpid(worker, &status, 0), worker);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ended with %d", status);
    cr_expect_eq(ask("SELECT count(*) FROM job WHERE kind = 'reembed'"), 1, "it is not done");
    check_that_none_is_hidden(0);
    finish();
    check_that_none_is_hidden(1);
}
