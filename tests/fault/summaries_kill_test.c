/*
 * kill -9 at any moment of processes that summarise while another one writes. No turn is ever covered twice, no summary
 * says what was taken back; at the end each turn that has left the window is covered once.
 */
#include "support/db_fixture.h"
#include "support/tidying.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TURNS = 120, KILLS = 20, KILLS_LONG = 200, WORKERS = 2, DELAY_US = 8000 };

static struct calls_store store;

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

#define LIVE_SCENES "FROM summary s WHERE s.level = 'scene' AND s.deleted_at IS NULL "

static void check_cover(int round)
{
    cr_expect_eq(ask("SELECT count(*) " LIVE_SCENES
                     "AND EXISTS (SELECT 1 FROM summary o WHERE o.id "
                     "<> s.id AND o.level = 'scene' AND o.deleted_at IS NULL AND "
                     "o.message_range_start <= s.message_range_end AND o.message_range_end >= "
                     "s.message_range_start)"),
                 0, "round %d: turns are covered twice", round);
    cr_expect_eq(ask("SELECT count(*) FROM summary s, message m WHERE s.deleted_at IS NULL AND "
                     "m.deleted_at IS NOT NULL AND instr(s.summary_text, m.content) > 0"),
                 0, "round %d: a summary says what was forgotten", round);
}

static pid_t start_worker(void)
{
    pid_t worker = fork();
    cr_assert_geq(worker, 0);
    if (worker == 0) {
        struct runner_result result;
        mneme *memory;
        if (calls_open_at(store.path, &store.env, NULL, "ada", &memory, NULL) != MNEME_OK) _exit(1);
        _exit(tidying_run(memory, &result) == MNEME_OK && result.failed == 0 ? 0 : 2);
    }
    return worker;
}

Test(summaries_killed, at_any_moment_no_turn_is_lost_or_covered_twice, .timeout = 200)
{
    int kills = db_fixture_is_long() ? KILLS_LONG : KILLS, turns = TURNS;
    unsigned random = (unsigned)calls_number("MNEME_SEED", 11);
    char talk[40];
    calls_store_init(&store, 37);
    mneme *memory = calls_open(&store, "ada");
    tidying_talk(memory, talk, turns);
    mneme_close(memory);
    for (int round = 0; round < kills; round++) {
        pid_t workers[WORKERS];
        calls_pass_seconds(&store, 40);
        for (int i = 0; i < WORKERS; i++) workers[i] = start_worker();
        random = random * 1103515245 + 12345;
        (void)usleep(random / 65536 % DELAY_US);
        for (int i = 0; i < WORKERS; i++) {
            int status;
            (void)kill(workers[i], SIGKILL);
            cr_assert_eq(waitpid(workers[i], &status, 0), workers[i]);
            cr_expect(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "%d", WEXITSTATUS(status));
        }
        check_cover(round);
        memory = calls_open(&store, "ada");
        tidying_say(memory, talk, turns + 1, 5);
        turns += 5;
        struct call_answer said =
            calls_ok(memory, "record.list",
                     "{\"kind\":\"message\",\"conversation_id\":\"%s\",\"limit\":1,\"filter\":"
                     "{\"message_seq\":%d}}",
                     talk, 3 + round * 4);
        calls_done(memory, "message.forget", "{\"id\":\"%s\"}", answer_text(&said, "/items/0/id"));
        call_answer_clear(&said);
        mneme_close(memory);
        check_cover(round);
    }
    calls_pass_seconds(&store, 40);
    memory = calls_open(&store, "ada");
    tidying_work(memory);
    check_cover(kills);
    cr_expect_eq(
        ask("SELECT count(*) FROM message m WHERE m.deleted_at IS NULL AND m.message_seq <= "
            "(SELECT max(message_seq) FROM message) - 40 AND NOT EXISTS (SELECT 1 FROM "
            "summary s WHERE s.level = 'scene' AND s.deleted_at IS NULL AND m.message_seq "
            "BETWEEN s.message_range_start AND s.message_range_end)"),
        0, "a turn is lost");
    mneme_close(memory);
    calls_store_clear(&store);
}
