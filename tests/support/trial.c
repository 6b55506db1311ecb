#include "trial.h"

#include "base/alloc.h"
#include "db/sqlite/sqlite_shim.h"
#include "support/db_fixture.h"
#include "support/simvfs.h"

#include <criterion/criterion.h>
#include <string.h>

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

void trial_set_up(void)
{
    disk = sim_disk_new("sim", 1);
    cr_assert_eq(sqlite_shim_start(), SQLITE_OK);
    cr_assert_eq(sqlite_shim_add("sim-shim", "sim", true), SQLITE_OK);
    env = calls_env(&world, CALLS_START_US, 9);
}

void trial_tear_down(void)
{
    sim_disk_free(disk);
}

struct sim_disk *trial_disk(void)
{
    return disk;
}

enum mneme_code trial_open(mneme **out, struct mneme_error *err)
{
    return calls_open_at("/store.db", &env, "sim-shim", "ada", out, err);
}

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
    const struct trial_fault *fault;
    size_t i;
    const char *input;
    const struct sim_image *image;
    mneme *memory;
    struct db *watch; /* a reader of its own, for looking at the rows */
    struct rows before, after;
};

static void open_both(struct trial *trial)
{
    struct mneme_error error = {0};
    struct db_options options = {.mode = DB_READ, .env = &env, .vfs = "sim-shim"};
    sqlite_shim_unlatch();
    cr_assert_eq(trial_open(&trial->memory, &error), MNEME_OK, "%s", error.message);
    cr_assert_eq(db_open("/store.db", &options, &trial->watch, &error), MNEME_OK, "%s",
                 error.message);
}

static void begin(struct trial *trial)
{
    sim_image_load(trial->image, disk);
    open_both(trial);
}

static void end(struct trial *trial)
{
    db_close(trial->watch);
    mneme_close(trial->memory);
}

/* The call with its n-th fault; 0: none. Returns how many places there were. */
static long call_failing(struct trial *trial, long n, bool for_ever, struct mneme_error *error)
{
    mneme_result *result;
    *error = (struct mneme_error){0};
    atomic_fetch_add(&world.now_us, US_PER_SECOND);
    trial->fault->fail_at(n, for_ever);
    enum mneme_code code =
        mneme_call(trial->memory, work[trial->i].operation, trial->input, &result, error);
    long count = trial->fault->fail_never();
    cr_expect_eq(error->code, code);
    mneme_result_free(result);
    return count;
}

static bool is_refused(size_t i)
{
    return work[i].name != NULL && strcmp(work[i].name, "refused") == 0;
}

static bool is_whole(const struct trial *trial, const struct rows *rows)
{
    return same_rows(rows, &trial->before) || same_rows(rows, &trial->after);
}

static void fail_once(struct trial *trial, long n, bool for_ever)
{
    struct mneme_error error;
    const char *what = trial->fault->what, *operation = work[trial->i].operation;
    long count = call_failing(trial, n, for_ever, &error);
    bool is_told = error.code == trial->fault->code || error.code == MNEME_OK ||
                   (error.code == MNEME_INVALID && is_refused(trial->i));
    cr_expect(is_told, "%s %s, %s %ld of %ld: %s, %s", operation, trial->input, what, n, count,
              mneme_code_name(error.code), error.message);
    struct rows rows = look(trial->watch);
    cr_expect(is_whole(trial, &rows), "%s %s, %s %ld: it is half done", operation, trial->input,
              what, n);
    if (error.code == MNEME_OK)
        cr_expect(same_rows(&rows, &trial->after), "%s %s, %s %ld: it is not done", operation,
                  trial->input, what, n);
    check_recall(trial->memory, &rows, trial->input, n);
    if (trial->fault->is_of_disk) {
        end(trial);
        open_both(trial);
        struct rows again = look(trial->watch);
        bool is_kept = error.code != MNEME_OK || same_rows(&again, &trial->after);
        cr_expect(is_kept && is_whole(trial, &again), "%s %s, %s %ld: opened anew, it is half done",
                  operation, trial->input, what, n);
        check_recall(trial->memory, &again, trial->input, n);
        calls_done(trial->memory, "memory.remember", "{\"content\":\"it goes on\"}");
    }
    if (!trial->fault->is_of_disk && same_rows(&rows, &trial->before)) return;
    end(trial);
    begin(trial);
}

/* Tries an operation on the disk as it is, then does it. Returns how many places there are. */
static long try_operation(const struct trial_fault *fault, size_t i, long tries,
                          struct call_names *names)
{
    struct mneme_error error;
    char *input = call_names_fill(names, work[i].input);
    struct sim_image *image = sim_image_new(disk);
    struct trial trial = {.fault = fault, .i = i, .input = input, .image = image};
    begin(&trial);
    trial.before = look(trial.watch);
    long total = call_failing(&trial, 0, false, &error);
    if (!is_refused(i)) cr_assert_eq(error.code, MNEME_OK, "%s %s", work[i].operation, input);
    trial.after = look(trial.watch);
    end(&trial);
    long step = db_fixture_is_long() ? 1 : total / tries + 1;
    begin(&trial);
    for (int for_ever = 0; for_ever < 2; for_ever++)
        for (long n = 1 + (long)i % step; n <= total; n += step) fail_once(&trial, n, for_ever);
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

long trial_run(const struct trial_fault *fault, long tries)
{
    mneme *memory;
    struct call_names names = {.count = 0};
    long total = 0;
    cr_assert_eq(trial_open(&memory, NULL), MNEME_OK);
    calls_done(memory, "user.create", "{\"name\":\"ada\"}");
    mneme_close(memory);
    for (size_t i = 0; i < OPERATIONS; i++) total += try_operation(fault, i, tries, &names);
    return total;
}
