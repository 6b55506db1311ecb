/*
 * Many threads on one handle, on handles of several users of one engine, and on two engines of one file: writes of all
 * kinds, reads and recalls at once. What each thread is told is true for it at once; afterwards everything adds up.
 * MODE=tsan watches the same.
 */
#include "base/alloc.h"
#include "support/calls.h"
#include "support/db_fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 25 };

static struct support_dir folder;
static char path[300];

static void set_up(void)
{
    support_dir_init_in_memory(&folder);
    (void)snprintf(path, sizeof path, "%s/store.db", folder.path);
}

static void tear_down(void)
{
    support_dir_clear(&folder);
}

TestSuite(api_threads, .init = set_up, .fini = tear_down, .timeout = 300);

static mneme *open_for(const char *user)
{
    mneme *memory;
    struct mneme_error error = {0};
    cr_assert_eq(calls_open_at(path, NULL, NULL, user, &memory, &error), MNEME_OK, "%s",
                 error.message);
    return memory;
}

// --- the work of one thread ----------------------------------------------------------------------

struct worker {
    mneme *memory;
    int number, rounds, failures;
    char talk[40]; /* shared with the others of its user */
    char first_failure[400];
};

static void note(struct worker *worker, const char *what, const struct call_answer *answer)
{
    if (worker->failures++ == 0)
        (void)snprintf(worker->first_failure, sizeof worker->first_failure, "%s: %.300s", what,
                       answer->text ? answer->text : "no answer");
}

/* The call has to succeed, and its answer to have the text at `pointer`, if one is given. */
static void expect(struct worker *worker, const char *operation, const char *json,
                   const char *pointer, const char *expected)
{
    struct call_answer answer = calls_json(worker->memory, operation, json);
    const char *text = pointer ? answer_text(&answer, pointer) : NULL;
    if (answer.code != MNEME_OK || (pointer && (!text || strcmp(text, expected) != 0)))
        note(worker, operation, &answer);
    call_answer_clear(&answer);
}

static void keep_id(struct worker *worker, const char *operation, const char *json, char out[40])
{
    struct call_answer answer = calls_json(worker->memory, operation, json);
    const char *id = answer_text(&answer, "/id");
    if (!id) note(worker, operation, &answer);
    (void)snprintf(out, 40, "%s", id ? id : "");
    call_answer_clear(&answer);
}

/* A write that has written rows when it is refused: nothing of it is left, and the others' writes are not lost. */
static void refuse_in_the_middle(struct worker *worker, int round)
{
    char json[300];
    (void)snprintf(json, sizeof json,
                   "{\"atomic\":true,\"items\":[{\"content\":\"half %d %d\"},"
                   "{\"key\":\"none\",\"content\":\"a\",\"version\":7}]}",
                   round, worker->number);
    struct call_answer refused = calls_json(worker->memory, "memory.remember_batch", json);
    if (refused.code != MNEME_CONFLICT) note(worker, "a batch that is half good", &refused);
    call_answer_clear(&refused);
}

static void work_one_round(struct worker *worker, int round)
{
    char json[300], id[40], mine[60];
    int n = worker->number;
    (void)snprintf(mine, sizeof mine, "word%d of thread%d", round, n);
    (void)snprintf(json, sizeof json, "{\"content\":\"%s\"}", mine);
    keep_id(worker, "memory.remember", json, id);
    (void)snprintf(json, sizeof json, "{\"id\":\"%s\"}", id);
    expect(worker, "record.get", json, "/content", mine);
    (void)snprintf(json, sizeof json, "{\"text\":\"%s\",\"k\":1}", mine);
    expect(worker, "memory.recall", json, "/hits/0/content", mine);
    (void)snprintf(json, sizeof json, "{\"key\":\"k%d\",\"content\":\"%s\"}", n, mine);
    expect(worker, "memory.remember", json, NULL, NULL);
    (void)snprintf(json, sizeof json, "{\"key\":\"k%d\"}", n);
    expect(worker, "record.get", json, "/content", mine);
    (void)snprintf(json, sizeof json, "{\"conversation_id\":\"%s\",\"content\":\"%s\"}",
                   worker->talk, mine);
    expect(worker, "conversation.append", json, NULL, NULL);
    (void)snprintf(json, sizeof json, "{\"content\":\"told by all in round %d\"}", round);
    expect(worker, "memory.remember", json, NULL, NULL);
    if (round % 3 == 0) {
        (void)snprintf(json, sizeof json, "{\"id\":\"%s\"}", id);
        expect(worker, "record.forget", json, "/status", "forgotten");
        struct call_answer gone = calls_json(worker->memory, "record.get", json);
        if (gone.code != MNEME_NOT_FOUND) note(worker, "get of what was forgotten", &gone);
        call_answer_clear(&gone);
    }
    if (round % 3 == 1) {
        (void)snprintf(json, sizeof json, "{\"id\":\"%s\",\"tags\":[\"t%d\"]}", id, n);
        expect(worker, "memory.tag", json, "/status", "updated");
    }
    if (round % 5 == 2) {
        (void)snprintf(json, sizeof json, "{\"id\":\"%s\",\"scrub\":false}", id);
        expect(worker, "record.purge", json, NULL, NULL);
    }
    (void)snprintf(json, sizeof json, "{\"conversation_id\":\"%s\",\"last\":3}", worker->talk);
    expect(worker, "conversation.window", json, NULL, NULL);
    expect(worker, "record.list", "{\"limit\":3}", NULL, NULL);
    expect(worker, "memory.context", "{\"text\":\"thread\",\"budget\":200}", NULL, NULL);
    expect(worker, "conversation.search", "{\"text\":\"thread\",\"k\":1}", NULL, NULL);
    expect(worker, "stats", "{}", NULL, NULL);
    refuse_in_the_middle(worker, round);
    // a refusal among other threads' writes takes nobody along
    struct call_answer refused = calls_json(worker->memory, "memory.remember",
                                            "{\"key\":\"none\",\"content\":\"a\",\"version\":7}");
    if (refused.code != MNEME_CONFLICT) note(worker, "a version that is not", &refused);
    call_answer_clear(&refused);
}

static void *work(void *context)
{
    struct worker *worker = context;
    for (int round = 0; round < worker->rounds; round++) work_one_round(worker, round);
    return NULL;
}

// --- afterwards ----------------------------------------------------------------------------------

static void expect_none(struct db *db, const char *what, const char *sql)
{
    cr_expect_eq(db_fixture_ask(db, sql), 0, "%s", what);
}

static void check_rows(int users)
{
    struct env env = env_system();
    struct db_options options = {.mode = DB_READ, .env = &env};
    struct db *db;
    cr_assert_eq(db_open(path, &options, &db, NULL), MNEME_OK);
    cr_expect_str_eq(db_fixture_integrity(db), "ok");
    cr_expect_eq(db_fixture_ask(db, "SELECT count(*) FROM user"), users);
    cr_expect_eq(db_fixture_ask(db, "SELECT sum(evidence_count) FROM memory WHERE content "
                                    "LIKE 'told by all%'"),
                 THREADS * ROUNDS);
    cr_expect_eq(
        db_fixture_ask(db, "SELECT count(*) FROM memory WHERE content LIKE 'told by all%'"),
        users * ROUNDS);
    cr_expect_eq(db_fixture_ask(db, "SELECT sum(message_count) FROM conversation"),
                 THREADS * ROUNDS);
    cr_expect_eq(db_fixture_ask(db, "SELECT count(*) FROM memory WHERE key IS NOT NULL"), THREADS);
    cr_expect_eq(db_fixture_ask(db, "SELECT sum(version) FROM memory WHERE key IS NOT NULL"),
                 THREADS * ROUNDS);
    expect_none(db, "a refused batch has left something",
                "SELECT count(*) FROM memory WHERE content LIKE 'half%'");
    expect_none(db, "the counter is not that of the last row",
                "SELECT count(*) FROM user u WHERE change_seq <> (SELECT max(change_seq) FROM ("
                "SELECT change_seq FROM memory m WHERE m.user_id = u.id UNION SELECT change_seq "
                "FROM message m WHERE m.user_id = u.id UNION SELECT change_seq FROM tombstone t "
                "WHERE t.user_id = u.id UNION SELECT change_seq FROM conversation c WHERE "
                "c.user_id = u.id))");
    expect_none(db, "two rows with one counter",
                "SELECT count(*) - count(DISTINCT user_id || change_seq) FROM (SELECT user_id, "
                "change_seq FROM memory UNION ALL SELECT user_id, change_seq FROM message UNION "
                "ALL SELECT user_id, change_seq FROM tombstone UNION ALL SELECT user_id, "
                "change_seq FROM conversation)");
    expect_none(db, "a number in a conversation is missing",
                "SELECT count(*) FROM conversation c WHERE message_count <> (SELECT "
                "max(message_seq) FROM message m WHERE m.conversation_id = c.id)");
    expect_none(db, "a version without its history",
                "SELECT count(*) FROM memory m WHERE version <> (SELECT count(*) FROM history h "
                "WHERE h.user_id = m.user_id AND h.record_id = m.id)");
    expect_none(db, "a record without its vector",
                "SELECT count(*) FROM memory WHERE id NOT IN (SELECT record_id FROM vector)");
    db_close(db);
}

/* Threads on the handles in turn; handle i is of user i modulo `users`. */
static void run_threads(mneme *const *handles, int handle_count, int users)
{
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    char talks[THREADS][40];
    for (int u = 0; u < users; u++) {
        const char *id = calls_id(calls_ok(handles[u], "conversation.create", "{}"));
        (void)snprintf(talks[u], sizeof talks[u], "%s", id);
    }
    for (int i = 0; i < THREADS; i++) {
        int handle = i % handle_count;
        workers[i] = (struct worker){.memory = handles[handle], .number = i, .rounds = ROUNDS};
        memcpy(workers[i].talk, talks[handle % users], sizeof talks[0]);
        cr_assert_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_expect_eq(workers[i].failures, 0, "thread %d: %d failures, first %s", i,
                     workers[i].failures, workers[i].first_failure);
    }
    check_rows(users);
}

Test(api_threads, share_one_handle)
{
    mneme *memory = open_for("ada");
    run_threads(&memory, 1, 1);
    mneme_close(memory);
}

Test(api_threads, work_for_several_users_of_one_engine)
{
    static const char *const users[] = {"ada", "grace", "emmy", "lise"};
    mneme *handles[4] = {open_for(users[0])};
    for (int i = 1; i < 4; i++)
        cr_assert_eq(mneme_open_user(handles[0], users[i], &handles[i], NULL), MNEME_OK);
    run_threads(handles, 4, 4);
    for (int i = 0; i < 4; i++) mneme_close(handles[i]);
}

Test(api_threads, work_on_two_engines_of_one_file)
{
    mneme *handles[2] = {open_for("ada"), open_for("ada")};
    run_threads(handles, 2, 1);
    mneme_close(handles[0]);
    mneme_close(handles[1]);
}

// --- opening and closing in the middle of it -----------------------------------------------------

static void *come_and_go(void *context)
{
    struct worker *worker = context;
    for (int round = 0; round < worker->rounds; round++) {
        char user[20];
        mneme *mine;
        (void)snprintf(user, sizeof user, "user%d", (worker->number + round) % 3);
        if (mneme_open_user(worker->memory, user, &mine, NULL) != MNEME_OK) {
            worker->failures++;
            continue;
        }
        struct worker inner = {.memory = mine, .number = worker->number};
        expect(&inner, "memory.remember", "{\"content\":\"hello\"}", NULL, NULL);
        expect(&inner, "memory.recall", "{\"text\":\"hello\"}", "/hits/0/content", "hello");
        worker->failures += inner.failures;
        mneme_close(mine);
    }
    return NULL;
}

Test(api_threads, open_and_close_handles_while_others_work)
{
    mneme *memory = open_for("ada");
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.memory = memory, .number = i, .rounds = ROUNDS};
        cr_assert_eq(pthread_create(&threads[i], NULL, come_and_go, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_expect_eq(workers[i].failures, 0);
    }
    mneme_close(memory);
}
