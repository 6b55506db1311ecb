/*
 * kill -9 at any moment of a process that writes. Whatever it was told is written is there afterwards, nothing is half,
 * and the next process goes on with the same file. (It says nothing of durability: what a killed process has written
 * the system keeps. power_loss_test.c and engine_power_test.c are about that.)
 */
#include "support/calls.h"
#include "support/db_fixture.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    KILLS = 50,
    KILLS_LONG = 500,
    BATCH = 5,
    ACKNOWLEDGED_MAX = 40000,
    DELAY_US = 25000,
    FIRST_MS = 2000
};

enum deed {
    DEED_REMEMBER,
    DEED_BATCH,
    DEED_SUPERSEDE,
    DEED_APPEND,
    DEED_FORGET,
    DEED_PURGE,
    DEEDS
};

/* What the writer says through the pipe once it has been told so itself; short enough to be written whole. */
struct acknowledged {
    enum deed deed;
    int number; /* of the deed, over all writers */
    int64_t seq;
    char id[40], other[40]; /* the record; the one that was superseded */
};

static struct calls_store store;
static struct acknowledged all[ACKNOWLEDGED_MAX];
static int count;

// --- the writer ----------------------------------------------------------------------------------

static struct call_answer perform(mneme *memory, struct acknowledged *deed, const char *talk,
                                  const char *last)
{
    int n = deed->number;
    switch (deed->deed) {
    case DEED_BATCH:
        return calls_format(
            memory, "memory.remember_batch",
            "{\"atomic\":true,\"items\":[{\"content\":\"b %d.0\",\"source\":\"%d\"},"
            "{\"content\":\"b %d.1\",\"source\":\"%d\"},"
            "{\"content\":\"b %d.2\",\"source\":\"%d\"},"
            "{\"content\":\"b %d.3\",\"source\":\"%d\"},"
            "{\"content\":\"b %d.4\",\"source\":\"%d\"}]}",
            n, n, n, n, n, n, n, n, n, n);
    case DEED_SUPERSEDE:
        (void)snprintf(deed->other, sizeof deed->other, "%s", last);
        return calls_format(memory, "memory.supersede", "{\"id\":\"%s\",\"content\":\"new %d\"}",
                            last, n);
    case DEED_APPEND:
        return calls_format(memory, "conversation.append",
                            "{\"conversation_id\":\"%s\",\"content\":\"said %d\"}", talk, n);
    case DEED_FORGET: return calls_format(memory, "record.forget", "{\"id\":\"%s\"}", last);
    case DEED_PURGE:
        return calls_format(memory, "record.purge", "{\"id\":\"%s\",\"scrub\":false}", last);
    case DEED_REMEMBER:
    case DEEDS: break;
    }
    return calls_format(memory, "memory.remember", "{\"content\":\"text %d, %0*d\"}", n,
                        n * 37 % 900, n);
}

static void write_for_ever(int to, int number)
{
    static const enum deed order[] = {DEED_REMEMBER, DEED_APPEND,   DEED_REMEMBER,  DEED_FORGET,
                                      DEED_BATCH,    DEED_REMEMBER, DEED_SUPERSEDE, DEED_APPEND,
                                      DEED_REMEMBER, DEED_PURGE};
    mneme *memory;
    char last[40] = "";
    if (calls_open_at(store.path, NULL, NULL, "ada", &memory, NULL) != MNEME_OK) _exit(1);
    struct call_answer talk =
        calls_json(memory, "conversation.create", "{\"origin_key\":\"the talk\"}");
    if (talk.code != MNEME_OK) _exit(2);
    for (;; number++) {
        struct acknowledged deed = {.deed = order[(size_t)number % (sizeof order / sizeof *order)],
                                    .number = number};
        bool needs_last =
            deed.deed == DEED_FORGET || deed.deed == DEED_SUPERSEDE || deed.deed == DEED_PURGE;
        if (needs_last && !*last) continue;
        struct call_answer answer = perform(memory, &deed, answer_text(&talk, "/id"), last);
        if (answer.code != MNEME_OK) {
            (void)fprintf(stderr, "%s\n", answer.text);
            _exit(3);
        }
        const char *id = answer_text(&answer, deed.deed == DEED_BATCH ? "/items/0/id" : "/id");
        (void)snprintf(deed.id, sizeof deed.id, "%s", id);
        deed.seq = answer_integer(&answer, "/seq");
        (void)snprintf(last, sizeof last, "%s", deed.deed == DEED_REMEMBER ? id : "");
        call_answer_clear(&answer);
        if (write(to, &deed, sizeof deed) != (ssize_t)sizeof deed) _exit(4);
    }
}

/* Starts a writer, kills it a while after its first acknowledgement (or, `early`, after its start), and adds what it
 * said to the list. */
static void kill_one(unsigned delay_us, bool early)
{
    int pipes[2], status;
    struct acknowledged deed;
    cr_assert_eq(pipe(pipes), 0);
    int next = count > 0 ? all[count - 1].number + 2 : 0; // one more may be there, unacknowledged
    pid_t writer = fork();
    cr_assert_geq(writer, 0);
    if (writer == 0) {
        (void)close(pipes[0]);
        write_for_ever(pipes[1], next);
    }
    (void)close(pipes[1]);
    struct pollfd first = {.fd = pipes[0], .events = POLLIN};
    if (!early) (void)poll(&first, 1, FIRST_MS);
    (void)usleep(delay_us);
    cr_assert_eq(kill(writer, SIGKILL), 0);
    cr_assert_eq(waitpid(writer, &status, 0), writer);
    cr_assert(WIFSIGNALED(status), "the writer ended by itself with %d", WEXITSTATUS(status));
    while (read(pipes[0], &deed, sizeof deed) == (ssize_t)sizeof deed) {
        cr_assert_lt(count, ACKNOWLEDGED_MAX);
        all[count++] = deed;
    }
    (void)close(pipes[0]);
}

// --- what is there -------------------------------------------------------------------------------

static void expect_none(struct db *db, const char *what, const char *sql)
{
    cr_expect_eq(db_fixture_ask(db, sql), 0, "after %d acknowledgements: %s", count, what);
}

static void check_rows(void)
{
    struct env env = env_system();
    struct db_options options = {.mode = DB_READ, .env = &env};
    struct db *db;
    cr_assert_eq(db_open(store.path, &options, &db, NULL), MNEME_OK);
    cr_expect_str_eq(db_fixture_integrity(db), "ok");
    expect_none(db, "a batch is half",
                "SELECT count(*) FROM (SELECT source FROM memory WHERE source IS NOT NULL "
                "GROUP BY source HAVING count(*) <> 5)");
    expect_none(db, "the counter is not that of the last row",
                "SELECT count(*) FROM user WHERE change_seq <> (SELECT max(s) FROM ("
                "SELECT max(change_seq) AS s FROM memory UNION SELECT max(change_seq) FROM message "
                "UNION SELECT max(change_seq) FROM conversation UNION SELECT max(change_seq) "
                "FROM link UNION SELECT max(change_seq) FROM tombstone))");
    expect_none(db, "a conversation has counted wrong",
                "SELECT count(*) FROM conversation c WHERE message_count <> (SELECT count(*) FROM "
                "message m WHERE m.user_id = c.user_id AND m.conversation_id = c.id)");
    expect_none(db, "a memory is without its vector",
                "SELECT count(*) FROM memory WHERE id NOT IN (SELECT record_id FROM vector)");
    expect_none(db, "a vector is without its record",
                "SELECT count(*) FROM vector WHERE record_id NOT IN (SELECT id FROM memory "
                "UNION SELECT id FROM message)");
    expect_none(db, "a version is not in the history",
                "SELECT count(*) FROM memory m WHERE version <> (SELECT count(*) FROM history h "
                "WHERE h.user_id = m.user_id AND h.record_id = m.id)");
    expect_none(db, "evidence is missing",
                "SELECT count(*) FROM memory m WHERE evidence_count <> (SELECT count(*) FROM "
                "evidence e WHERE e.user_id = m.user_id AND e.record_id = m.id)");
    expect_none(db, "a superseded memory has no successor",
                "SELECT count(*) FROM memory WHERE superseded_by IS NOT NULL AND superseded_by "
                "NOT IN (SELECT id FROM memory)");
    db_close(db);
}

static void expect_answer(mneme *memory, const struct acknowledged *deed, const char *id,
                          enum mneme_code code, const char *pointer, const char *expected)
{
    struct call_answer answer = calls_format(memory, "record.get", "{\"id\":\"%s\"}", id);
    const char *text = answer_text(&answer, pointer);
    bool is_so = answer.code == code && (!expected || (text && strstr(text, expected) == text));
    cr_expect(is_so, "deed %d, number %d: %s", deed->deed, deed->number, answer.text);
    call_answer_clear(&answer);
}

/* `is_over`: another deed was, or may have been, done to the record afterwards. */
static void check_deed(mneme *memory, const struct acknowledged *deed, bool is_over)
{
    char expected[60];
    int n = deed->number;
    switch (deed->deed) {
    case DEED_REMEMBER:
        (void)snprintf(expected, sizeof expected, "text %d, ", n);
        if (!is_over) expect_answer(memory, deed, deed->id, MNEME_OK, "/content", expected);
        break;
    case DEED_BATCH:
        (void)snprintf(expected, sizeof expected, "b %d.0", n);
        expect_answer(memory, deed, deed->id, MNEME_OK, "/content", expected);
        break;
    case DEED_SUPERSEDE:
        (void)snprintf(expected, sizeof expected, "new %d", n);
        expect_answer(memory, deed, deed->id, MNEME_OK, "/content", expected);
        expect_answer(memory, deed, deed->other, MNEME_OK, "/superseded_by", deed->id);
        break;
    case DEED_APPEND:
        (void)snprintf(expected, sizeof expected, "said %d", n);
        expect_answer(memory, deed, deed->id, MNEME_OK, "/content", expected);
        break;
    case DEED_FORGET:
    case DEED_PURGE:
        expect_answer(memory, deed, deed->id, MNEME_NOT_FOUND, "/error/code", "NOT_FOUND");
        break;
    case DEEDS: break;
    }
}

static void check_from(int first)
{
    mneme *memory;
    struct mneme_error error = {0};
    cr_assert_eq(calls_open_at(store.path, NULL, NULL, "ada", &memory, &error), MNEME_OK, "%s",
                 error.message);
    for (int i = first; i < count; i++) {
        // What the same writer did next to the record may be there without having been acknowledged.
        bool is_followed = i + 1 < count && all[i + 1].number == all[i].number + 1;
        enum deed next = is_followed ? all[i + 1].deed : DEED_PURGE;
        check_deed(memory, &all[i],
                   next == DEED_FORGET || next == DEED_PURGE || next == DEED_SUPERSEDE);
    }
    if (count > 0) {
        struct call_answer user = calls_ok(memory, "user.show", "{}");
        cr_expect_geq(answer_integer(&user, "/seq"), all[count - 1].seq);
        call_answer_clear(&user);
    }
    mneme_close(memory);
}

Test(kill, loses_nothing_that_was_acknowledged_and_leaves_nothing_half, .timeout = 600)
{
    calls_store_init(&store, calls_number("MNEME_SEED", 1));
    uint64_t drawn;
    int kills = db_fixture_is_long() ? KILLS_LONG : KILLS, written = 0;
    for (int i = 0; i < kills; i++) {
        int first = count;
        cr_assert(store.env.random(store.env.context, &drawn, sizeof drawn));
        // now and then while it opens the store, or makes it
        bool early = i % 5 == 0;
        kill_one((unsigned)(drawn % (early ? DELAY_US / 10 : DELAY_US)), early);
        if (count == 0 && access(store.path, F_OK) != 0) continue;
        written += count > first;
        check_from(first);
        check_rows();
    }
    check_from(0);
    cr_log_info("%d kills, %d acknowledged", kills, count);
    cr_expect_gt(written, kills / 2, "only %d writers came to write", written);
    calls_store_clear(&store);
}
