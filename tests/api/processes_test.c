/*
 * Several processes on one file: each sees what the others were told is written, counters have no gaps, and nobody is
 * told that the store is busy.
 *
 * Processes are forked before anything is opened. A child reports by its exit status; what it wrote the parent looks
 * up.
 */
#include "db/migrate.h"
#include "support/calls.h"
#include "support/db_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 4 };

static struct support_dir folder;
static char path[300];

static void set_up_in(void (*make)(struct support_dir *dir))
{
    make(&folder);
    (void)snprintf(path, sizeof path, "%s/store.db", folder.path);
}

static void set_up(void)
{
    set_up_in(support_dir_init_in_memory);
}

static void tear_down(void)
{
    support_dir_clear(&folder);
}

TestSuite(processes, .init = set_up, .fini = tear_down, .timeout = 120);

static mneme *open_here(void)
{
    mneme *memory = NULL;
    struct mneme_error error = {0};
    struct mneme_options options = {.size = sizeof options, .url = path, .user = "ada"};
    if (mneme_open(&options, &memory, &error) != MNEME_OK)
        (void)fprintf(stderr, "open: %s\n", error.message);
    return memory;
}

/* What a child does: the number of calls that went wrong, told on standard error. */
typedef int child_fn(mneme *memory, int number, int count);

/* Forks the children, lets them begin together, and adds up what they say. */
static void run_children(child_fn *work, int count)
{
    pid_t children[PROCESSES];
    int gate[2];
    char byte;
    cr_assert_eq(pipe(gate), 0);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        cr_assert_geq(children[i], 0);
        if (children[i] > 0) continue;
        (void)close(gate[1]);
        bool is_open = read(gate[0], &byte, 1) == 0; // the parent has closed its end
        mneme *memory = is_open ? open_here() : NULL;
        int failures = memory ? work(memory, i, count) : 1;
        mneme_close(memory);
        _exit(failures > 100 ? 100 : failures);
    }
    (void)close(gate[0]);
    (void)close(gate[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
        cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "process %d: %d failures", i,
                  WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    }
}

static int tell(const char *operation, const struct call_answer *answer)
{
    if (answer->code != MNEME_OK) (void)fprintf(stderr, "%s: %s\n", operation, answer->text);
    return answer->code != MNEME_OK;
}

static int64_t ask_store(const char *sql)
{
    struct env env = env_system();
    struct db_options options = {.mode = DB_READ, .env = &env};
    struct db *db;
    cr_assert_eq(db_open(path, &options, &db, NULL), MNEME_OK);
    int64_t answer = db_fixture_ask(db, sql);
    db_close(db);
    return answer;
}

// --- writing at once -----------------------------------------------------------------------------

static int remember_many(mneme *memory, int number, int count)
{
    int failures = 0;
    int64_t last = 0;
    for (int i = 0; i < count; i++) {
        struct call_answer answer = calls_format(
            memory, "memory.remember", "{\"content\":\"number %d of process %d\"}", i, number);
        failures += tell("remember", &answer);
        int64_t seq = answer_integer(&answer, "/seq");
        failures += seq <= last;
        last = seq;
        call_answer_clear(&answer);
    }
    return failures;
}

static void expect_all_written(int count)
{
    run_children(remember_many, count);
    cr_expect_eq(ask_store("SELECT count(*) FROM memory"), PROCESSES * count);
    cr_expect_eq(ask_store("SELECT count(DISTINCT change_seq) FROM memory"), PROCESSES * count);
    cr_expect_eq(ask_store("SELECT max(change_seq) FROM memory"), PROCESSES * count);
    cr_expect_eq(ask_store("SELECT change_seq FROM user"), PROCESSES * count);
    cr_expect_eq(ask_store("SELECT count(*) FROM user"), 1);
    cr_expect_eq(ask_store("SELECT count(DISTINCT hlc) FROM memory"), PROCESSES * count);
    cr_expect_eq(ask_store("SELECT count(*) FROM change_set"), PROCESSES * count);
}

Test(processes, four_write_at_once_without_a_gap_and_without_being_told_to_wait)
{
    expect_all_written(500);
}

Test(processes, so_they_do_on_a_disk)
{
    tear_down();
    set_up_in(support_dir_init);
    expect_all_written(40);
}

static int remember_the_same(mneme *memory, int number, int count)
{
    int failures = 0;
    (void)number;
    for (int i = 0; i < count; i++) {
        struct call_answer answer =
            calls_format(memory, "memory.remember", "{\"content\":\"the same to all\"}");
        failures += tell("remember", &answer);
        call_answer_clear(&answer);
    }
    return failures;
}

Test(processes, the_same_content_is_one_record_whoever_writes_it)
{
    run_children(remember_the_same, 50);
    cr_expect_eq(ask_store("SELECT count(*) FROM memory"), 1);
    cr_expect_eq(ask_store("SELECT evidence_count FROM memory"), PROCESSES * 50);
    cr_expect_eq(ask_store("SELECT count(*) FROM evidence"), PROCESSES * 50);
}

static int upsert_often(mneme *memory, int number, int count)
{
    int failures = 0;
    for (int i = 0; i < count; i++) {
        struct call_answer answer =
            calls_format(memory, "memory.remember",
                         "{\"key\":\"k\",\"content\":\"%d from process %d\"}", i, number);
        failures += tell("remember", &answer);
        call_answer_clear(&answer);
    }
    return failures;
}

Test(processes, a_key_has_one_record_and_each_of_its_versions_once)
{
    run_children(upsert_often, 50);
    cr_expect_eq(ask_store("SELECT count(*) FROM memory"), 1);
    cr_expect_eq(ask_store("SELECT version FROM memory"), PROCESSES * 50);
    cr_expect_eq(ask_store("SELECT count(DISTINCT version) FROM history"), PROCESSES * 50);
}

// --- one conversation ----------------------------------------------------------------------------

static int append_often(mneme *memory, int number, int count)
{
    int failures = 0;
    struct call_answer talks = calls_json(memory, "conversation.list", "{}");
    const char *talk = answer_text(&talks, "/items/0/id");
    for (int i = 0; i < count && talk; i++) {
        struct call_answer answer = calls_format(
            memory, "conversation.append",
            "{\"conversation_id\":\"%s\",\"speaker\":\"p%d\",\"content\":\"%d\"}", talk, number, i);
        failures += tell("append", &answer);
        call_answer_clear(&answer);
    }
    failures += talk == NULL;
    call_answer_clear(&talks);
    return failures;
}

Test(processes, messages_of_all_have_their_own_places_in_order)
{
    pid_t maker = fork();
    cr_assert_geq(maker, 0);
    if (maker == 0) {
        mneme *memory = open_here();
        struct call_answer answer = calls_json(memory, "conversation.create", "{}");
        int failures = tell("create", &answer);
        mneme_close(memory);
        _exit(failures);
    }
    int status;
    cr_assert_eq(waitpid(maker, &status, 0), maker);
    cr_assert_eq(status, 0);
    run_children(append_often, 100);
    cr_expect_eq(ask_store("SELECT count(*) FROM message"), PROCESSES * 100);
    cr_expect_eq(ask_store("SELECT count(DISTINCT message_seq) FROM message"), PROCESSES * 100);
    cr_expect_eq(ask_store("SELECT max(message_seq) FROM message"), PROCESSES * 100);
    cr_expect_eq(ask_store("SELECT message_count FROM conversation"), PROCESSES * 100);
    // What a process said later has a higher number, a later time and a higher counter.
    cr_expect_eq(ask_store("SELECT count(*) FROM message a JOIN message b ON a.speaker = b.speaker "
                           "AND CAST(a.content AS INTEGER) + 1 = CAST(b.content AS INTEGER) "
                           "WHERE a.message_seq >= b.message_seq OR a.created_at > b.created_at "
                           "OR a.change_seq >= b.change_seq"),
                 0);
    cr_expect_eq(ask_store("SELECT head_id = (SELECT id FROM message ORDER BY message_seq DESC "
                           "LIMIT 1) FROM conversation"),
                 1);
}

// --- seeing each other ---------------------------------------------------------------------------

struct pair {
    mneme *memory; /* of this process */
    struct second_process second;
    struct env_fixed clock;
    struct env env;
};

static struct call_answer call_one(struct pair *pair, bool is_ours, const char *operation,
                                   const char *json)
{
    int64_t now = atomic_load(&pair->clock.now_us);
    struct call_answer answer =
        is_ours ? calls_json(pair->memory, operation, json)
                : second_process_call(&pair->second, "ada", now, operation, json);
    cr_assert_eq(answer.code, MNEME_OK, "%s %s: %s", operation, json, answer.text);
    return answer;
}

static void expect_seen(struct pair *pair, bool is_ours, const char *operation, const char *json,
                        const char *pointer, const char *expected)
{
    struct call_answer answer = call_one(pair, is_ours, operation, json);
    const char *text = answer_text(&answer, pointer);
    cr_expect(text && strcmp(text, expected) == 0, "%s %s: %s should be %s in %s", operation, json,
              pointer, expected, answer.text);
    call_answer_clear(&answer);
}

Test(processes, each_sees_what_the_other_wrote_at_its_next_call)
{
    struct pair pair = {.second = second_process_start(path, 3)};
    pair.env = calls_env(&pair.clock, CALLS_START_US, 4);
    cr_assert_eq(calls_open_at(path, &pair.env, NULL, "ada", &pair.memory, NULL), MNEME_OK);
    for (int i = 0; i < 60; i++) {
        char json[100], query[100], word[20];
        bool is_ours = i % 2 == 0;
        atomic_fetch_add(&pair.clock.now_us, US_PER_SECOND);
        (void)snprintf(word, sizeof word, "word%d", i);
        (void)snprintf(json, sizeof json, "{\"key\":\"k\",\"content\":\"%s\"}", word);
        (void)snprintf(query, sizeof query, "{\"text\":\"%s\",\"k\":1}", word);
        struct call_answer written = call_one(&pair, is_ours, "memory.remember", json);
        call_answer_clear(&written);
        expect_seen(&pair, !is_ours, "record.get", "{\"key\":\"k\"}", "/content", word);
        expect_seen(&pair, !is_ours, "memory.map", "{}", "/map/k", word);
        expect_seen(&pair, !is_ours, "memory.recall", query, "/hits/0/content", word);
        expect_seen(&pair, is_ours, "memory.recall", query, "/hits/0/content", word);
    }
    mneme_close(pair.memory);
    second_process_end(&pair.second);
}

// --- beginning at once ---------------------------------------------------------------------------

static int open_only(mneme *memory, int number, int count)
{
    (void)memory, (void)number, (void)count;
    return 0;
}

Test(processes, a_store_is_made_once_though_all_open_it_at_once)
{
    for (int i = 0; i < 20; i++) {
        run_children(open_only, 0);
        cr_expect_eq(ask_store("SELECT count(*) FROM node"), 1);
        tear_down();
        set_up();
    }
}
