/*
 * The n-th allocation of each operation fails, ours, jansson's or SQLite's, alone or with all after it. Then: out of
 * memory is what is told, the rows are those from before or all of those from after, recall agrees with the rows, the
 * next call works, and nothing leaks (the leak checker watches, and SQLite's blocks are counted).
 */
#include "base/alloc.h"
#include "db/sqlite/sqlite_shim.h"
#include "support/calls.h"
#include "support/db_fixture.h"
#include "support/simvfs.h"
#include "support/sqlite_memory.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { TRIES = 25 };

/* $name stands for the id that the operation of that name answered. */
static const struct {
    const char *name, *operation, *input;
} work[] = {
    {NULL, "user.show", "{}"},
    {"tea", "memory.remember", "{\"content\":\"Ada drinks green tea\",\"tags\":[\"tea\"]}"},
    {NULL, "memory.remember", "{\"content\":\"Ada  drinks green tea\",\"tags\":[\"morning\"]}"},
    {"home", "memory.remember", "{\"key\":\"home\",\"content\":\"Lisbon\",\"metadata\":{\"a\":1}}"},
    {NULL, "memory.remember", "{\"key\":\"home\",\"content\":\"Porto\"}"},
    {NULL, "memory.remember_batch",
     "{\"items\":[{\"content\":\"one\"},{\"content\":\"\"},{\"content\":\"three\"}]}"},
    {"talk", "conversation.create", "{\"title\":\"Breakfast\"}"},
    {NULL, "conversation.append",
     "{\"conversation_id\":\"$talk\",\"messages\":[{\"content\":\"Did you find it?\"},"
     "{\"content\":\"It is above the stove.\"}]}"},
    {"said", "conversation.append", "{\"conversation_id\":\"$talk\",\"content\":\"Thank you!\"}"},
    {NULL, "memory.recall", "{\"text\":\"green tea above the stove\",\"neighbours\":1}"},
    {NULL, "memory.recall", "{\"text\":\"tea\",\"filter\":{\"metadata.a\":1}}"},
    {NULL, "conversation.search", "{\"text\":\"stove\"}"},
    {NULL, "memory.context", "{\"text\":\"tea\",\"conversation_id\":\"$talk\"}"},
    {NULL, "record.get", "{\"id\":\"$tea\",\"evidence\":true}"},
    {NULL, "record.list",
     "{\"limit\":2,\"filter\":{\"or\":[{\"tags\":\"tea\"},{\"key\":\"home\"}]}}"},
    {NULL, "conversation.window", "{\"conversation_id\":\"$talk\",\"last\":2}"},
    {NULL, "memory.map", "{}"},
    {NULL, "record.history", "{\"id\":\"$home\"}"},
    {NULL, "stats", "{}"},
    {NULL, "namespace.list", "{}"},
    {NULL, "memory.update", "{\"id\":\"$home\",\"content\":\"Braga\",\"importance\":1}"},
    {"coffee", "memory.supersede", "{\"id\":\"$tea\",\"content\":\"Ada drinks coffee\"}"},
    {NULL, "memory.tag", "{\"id\":\"$coffee\",\"tags\":[\"new\"]}"},
    {NULL, "memory.expire", "{\"id\":\"$coffee\",\"ttl\":\"10d\"}"},
    {NULL, "memory.touch", "{\"id\":\"$coffee\",\"ttl\":\"20d\"}"},
    {"link", "link.create", "{\"from\":\"$coffee\",\"to\":\"$talk\"}"},
    {NULL, "link.list", "{\"of\":\"$talk\"}"},
    {NULL, "message.edit", "{\"id\":\"$said\",\"content\":\"Thanks!\"}"},
    {NULL, "conversation.update", "{\"id\":\"$talk\",\"topics\":[\"tea\"]}"},
    {NULL, "record.forget", "{\"id\":\"$talk\"}"},
    {NULL, "change.undo", "{}"},
    {NULL, "record.forget", "{\"id\":\"$coffee\"}"},
    {NULL, "record.restore", "{\"id\":\"$coffee\"}"},
    {NULL, "record.purge", "{\"id\":\"$home\",\"scrub\":false}"},
    {NULL, "record.purge", "{\"id\":\"$said\"}"},
    {"refused", "memory.remember", "{\"content\":\"\",\"colour\":\"red\"}"},
};
enum { OPERATIONS = sizeof work / sizeof *work };

static struct sim_disk *disk;
static struct env_fixed world;
static struct env env;

static void set_up(void)
{
    sqlite_memory_hook();
    support_hook_jansson();
    disk = sim_disk_new("sim", 1);
    cr_assert_eq(sqlite_shim_start(), SQLITE_OK);
    cr_assert_eq(sqlite_shim_add("sim-shim", "sim", true), SQLITE_OK);
    env = calls_env(&world, CALLS_START_US, 9);
}

static void tear_down(void)
{
    sim_disk_free(disk);
}

TestSuite(engine_oom, .init = set_up, .fini = tear_down, .timeout = 3600);

static enum mneme_code open_engine(mneme **out, struct mneme_error *err)
{
    return calls_open_at("/store.db", &env, "sim-shim", "ada", out, err);
}

// --- the world of one run ------------------------------------------------------------------------

/* What the rows are, without ids and times: what differs after a write that was done. */
struct rows {
    int64_t user_seq, memories, messages, live, history, vectors, links, tombstones;
};

static struct rows look(struct db *db)
{
    return (struct rows){
        .user_seq = db_fixture_ask(db, "SELECT change_seq FROM user"),
        .memories = db_fixture_ask(db, "SELECT count(*) FROM memory"),
        .messages = db_fixture_ask(db, "SELECT count(*) FROM message"),
        .live = db_fixture_ask(db, "SELECT (SELECT count(*) FROM memory WHERE deleted_at IS NULL "
                                   "AND valid_to IS NULL) + (SELECT count(*) FROM message WHERE "
                                   "deleted_at IS NULL)"),
        .history = db_fixture_ask(db, "SELECT count(*) FROM history"),
        .vectors = db_fixture_ask(db, "SELECT count(*) FROM vector"),
        .links = db_fixture_ask(db, "SELECT count(*) FROM link WHERE deleted_at IS NULL"),
        .tombstones = db_fixture_ask(db, "SELECT count(*) FROM tombstone"),
    };
}

static bool same_rows(const struct rows *a, const struct rows *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void check_recall(mneme *memory, const struct rows *rows, const char *input, long n)
{
    struct call_answer recall =
        calls_ok(memory, "memory.recall", "{\"text\":\"\",\"k\":100,\"fold\":false}");
    cr_assert_eq(answer_count(&recall, "/hits"), (size_t)rows->live, "%s, allocation %ld: %s",
                 input, n, recall.text);
    call_answer_clear(&recall);
}

/* One operation on the image, and what it should make of the rows. */
struct trial {
    size_t i;
    const char *input;
    const struct sim_image *image;
    mneme *memory;
    struct db *watch; /* a reader of its own, for looking at the rows */
    struct rows before, after;
};

static void begin(struct trial *trial)
{
    struct mneme_error error = {0};
    struct db_options options = {.mode = DB_READ, .env = &env, .vfs = "sim-shim"};
    sim_image_load(trial->image, disk);
    cr_assert_eq(open_engine(&trial->memory, &error), MNEME_OK, "%s", error.message);
    cr_assert_eq(db_open("/store.db", &options, &trial->watch, &error), MNEME_OK, "%s",
                 error.message);
}

static void end(struct trial *trial)
{
    db_close(trial->watch);
    mneme_close(trial->memory);
}

/* The call with its n-th allocation failing; 0: none. Returns how many there were. */
static long call_failing(struct trial *trial, long n, bool for_ever, struct mneme_error *error)
{
    mneme_result *result;
    *error = (struct mneme_error){0};
    atomic_fetch_add(&world.now_us, US_PER_SECOND);
    memory_fail_at(n, for_ever);
    enum mneme_code code =
        mneme_call(trial->memory, work[trial->i].operation, trial->input, &result, error);
    long count = memory_fail_never();
    cr_expect_eq(error->code, code);
    mneme_result_free(result);
    return count;
}

static bool is_refused(size_t i)
{
    return work[i].name != NULL && strcmp(work[i].name, "refused") == 0;
}

static void fail_allocation(struct trial *trial, long n, bool for_ever)
{
    struct mneme_error error;
    long count = call_failing(trial, n, for_ever, &error);
    enum mneme_code code = error.code;
    bool is_told =
        code == MNEME_NOMEM || code == MNEME_OK || (code == MNEME_INVALID && is_refused(trial->i));
    cr_expect(is_told, "%s %s, allocation %ld of %ld: %s, %s", work[trial->i].operation,
              trial->input, n, count, mneme_code_name(code), error.message);
    struct rows rows = look(trial->watch);
    bool has_changed = !same_rows(&rows, &trial->before);
    if (has_changed)
        cr_expect(same_rows(&rows, &trial->after), "%s %s, allocation %ld: it is half done",
                  work[trial->i].operation, trial->input, n);
    check_recall(trial->memory, &rows, trial->input, n);
    if (!has_changed) return;
    end(trial);
    begin(trial);
}

/* Fails a sample of the operation's allocations on the disk as it is, then does it. Returns how many there are. */
static long fail_operation(size_t i, struct call_names *names)
{
    struct mneme_error error;
    char *input = call_names_fill(names, work[i].input);
    struct sim_image *image = sim_image_new(disk);
    struct trial trial = {.i = i, .input = input, .image = image};
    begin(&trial);
    trial.before = look(trial.watch);
    long total = call_failing(&trial, 0, false, &error);
    if (!is_refused(i)) cr_assert_eq(error.code, MNEME_OK, "%s %s", work[i].operation, input);
    trial.after = look(trial.watch);
    end(&trial);
    long step = db_fixture_is_long() ? 1 : total / TRIES + 1;
    begin(&trial);
    for (int for_ever = 0; for_ever < 2; for_ever++)
        for (long n = 1 + (long)i % step; n <= total; n += step)
            fail_allocation(&trial, n, for_ever);
    end(&trial);
    begin(&trial);
    struct call_answer answer = calls_json(trial.memory, work[i].operation, input);
    if (work[i].name && !is_refused(i))
        call_names_put(names, work[i].name, answer_text(&answer, "/id"));
    call_answer_clear(&answer);
    end(&trial);
    sim_image_free(image);
    mem_free(input);
    return total;
}

Test(engine_oom, is_told_by_every_operation_and_leaves_nothing_half)
{
    mneme *memory;
    struct call_names names = {.count = 0};
    long total = 0;
    cr_assert_eq(open_engine(&memory, NULL), MNEME_OK);
    calls_done(memory, "user.create", "{\"name\":\"ada\"}");
    mneme_close(memory);
    (void)fail_operation(0, &names); // what is kept for the process is there from now on
    long before = sqlite_memory_blocks();
    for (size_t i = 0; i < OPERATIONS; i++) {
        total += fail_operation(i, &names);
        cr_expect_eq(sqlite_memory_blocks(), before, "%s leaks", work[i].operation);
    }
    cr_log_info("%ld allocations", total);
    cr_expect_gt(total, 5000);
}

static void fail_opening(bool is_there)
{
    mneme *memory;
    struct mneme_error error = {0};
    sim_disk_reset(disk, 1);
    if (is_there) {
        cr_assert_eq(open_engine(&memory, NULL), MNEME_OK);
        mneme_close(memory);
    }
    struct sim_image *image = sim_image_new(disk);
    cr_assert_eq(open_engine(&memory, NULL), MNEME_OK);
    mneme_close(memory);
    long blocks = sqlite_memory_blocks();
    for (long n = 1;; n += db_fixture_is_long() ? 1 : 11) {
        sim_image_load(image, disk);
        sqlite_shim_unlatch();
        memory_fail_at(n, n % 2 == 0);
        enum mneme_code code = open_engine(&memory, &error);
        long count = memory_fail_never();
        cr_expect(code == MNEME_OK || code == MNEME_NOMEM, "allocation %ld: %s", n, error.message);
        if (code != MNEME_OK) cr_expect_null(memory);
        mneme_close(memory);
        cr_expect_eq(sqlite_memory_blocks(), blocks, "allocation %ld", n);
        if (n > count) break;
        cr_assert_eq(open_engine(&memory, &error), MNEME_OK, "after allocation %ld: %s", n,
                     error.message);
        calls_done(memory, "memory.remember", "{\"content\":\"a\"}");
        mneme_close(memory);
    }
    sim_image_free(image);
}

Test(engine_oom, is_told_by_opening_a_store_that_is_there)
{
    fail_opening(true);
}

Test(engine_oom, is_told_by_making_a_store)
{
    fail_opening(false);
}

Test(engine_oom, of_a_built_input_is_told_when_it_is_run)
{
    mneme *memory;
    cr_assert_eq(open_engine(&memory, NULL), MNEME_OK);
    enum mneme_code code = MNEME_NOMEM;
    for (long n = 1; code != MNEME_OK; n++) {
        mneme_result *result = NULL;
        memory_fail_at(n, false);
        mneme_input *input = mneme_input_new();
        if (input) {
            mneme_input_set_text(input, "content", "Ada drinks green tea");
            mneme_input_set_real(input, "importance", .5);
            mneme_input_set_boolean(input, "pinned", true);
            mneme_input_set_json(input, "tags", "[\"tea\"]");
            code = mneme_input_run(memory, "memory.remember", input, &result, NULL);
        }
        long count = memory_fail_never();
        cr_expect(code == MNEME_OK || code == MNEME_NOMEM, "allocation %ld: %s", n,
                  mneme_code_name(code));
        if (n > count) cr_assert_eq(code, MNEME_OK);
        mneme_result_free(result);
        mneme_input_free(input);
    }
    mneme_close(memory);
}
