/*
 * Power fails at each call that changes the disk while an engine works, and what was not synced suffers each kind of
 * damage. The work is the same each time, to the last id, so what is found afterwards can be compared whole: the rows
 * must be those after the last operation that was acknowledged, or after the one that was under way.
 */
#include "base/alloc.h"
#include "db/sqlite/sqlite_shim.h"
#include "support/calls.h"
#include "support/db_fixture.h"
#include "support/simvfs.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { STRIDE = 13, MAKING = 30 };

/* $name stands for the id that the operation of that name answered. */
static const struct {
    const char *name, *operation, *input;
} work[] = {
    {"tea", "memory.remember", "{\"content\":\"Ada drinks green tea\",\"tags\":[\"tea\"]}"},
    {"home", "memory.remember", "{\"key\":\"home\",\"content\":\"Lisbon\"}"},
    {"home", "memory.remember", "{\"key\":\"home\",\"content\":\"Porto\"}"},
    {"batch", "memory.remember_batch",
     "{\"items\":[{\"content\":\"one\"},{\"content\":\"two\"},{\"content\":\"three\"}]}"},
    {"talk", "conversation.create", "{\"title\":\"Breakfast\"}"},
    {"said", "conversation.append",
     "{\"conversation_id\":\"$talk\",\"messages\":[{\"content\":\"Did you find it?\"},"
     "{\"content\":\"It is above the stove.\"}]}"},
    {"new", "memory.supersede", "{\"id\":\"$tea\",\"content\":\"Ada drinks coffee\"}"},
    {"thanks", "conversation.append", "{\"conversation_id\":\"$talk\",\"content\":\"Thank you!\"}"},
    {"link", "link.create", "{\"from\":\"$new\",\"to\":\"$talk\"}"},
    {"new", "record.forget", "{\"id\":\"$new\"}"},
    {"undone", "change.undo", "{}"},
    {"home", "record.purge", "{\"id\":\"$home\",\"scrub\":false}"},
    {"tea", "record.purge", "{\"id\":\"$tea\"}"},
    {"talk", "conversation.forget", "{\"id\":\"$talk\"}"},
    {"last", "memory.remember", "{\"content\":\"the last\"}"},
};
enum { OPERATIONS = sizeof work / sizeof *work };

static struct sim_disk *disk;
static struct env_fixed world;
static struct env env;
static char *expected[OPERATIONS + 1]; /* all rows after so many operations */

static void set_up(void)
{
    disk = sim_disk_new("sim", 1);
    cr_assert_eq(sqlite_shim_start(), SQLITE_OK);
    cr_assert_eq(sqlite_shim_add("sim-shim", "sim", true), SQLITE_OK);
}

static void tear_down(void)
{
    for (size_t i = 0; i <= OPERATIONS; i++) mem_free(expected[i]);
    sim_disk_free(disk);
}

TestSuite(engine_power, .init = set_up, .fini = tear_down, .timeout = 3600);

static enum mneme_code open_engine(mneme **out, struct mneme_error *err)
{
    return calls_open_at("/store.db", &env, "sim-shim", "ada", out, err);
}

// --- the work ------------------------------------------------------------------------------------

static enum mneme_code perform(mneme *memory, size_t i, struct call_names *names)
{
    char *input = call_names_fill(names, work[i].input);
    atomic_fetch_add(&world.now_us, US_PER_SECOND);
    struct call_answer answer = calls_json(memory, work[i].operation, input);
    const char *id = answer_text(&answer, "/id");
    enum mneme_code code = answer.code;
    if (code == MNEME_OK && id) call_names_put(names, work[i].name, id);
    call_answer_clear(&answer);
    mem_free(input);
    return code;
}

/* NULL if the store cannot be read whole. */
static char *dump(void)
{
    struct db_options options = {.mode = DB_READ, .env = &env, .vfs = "sim-shim"};
    struct db *db;
    if (db_open("/store.db", &options, &db, NULL) != MNEME_OK) return NULL;
    bool is_whole = strcmp(db_fixture_integrity(db), "ok") == 0;
    char *text = is_whole ? db_fixture_dump(db) : NULL;
    db_close(db);
    return text;
}

/* Works until the power is cut or all is done; the number of operations that were acknowledged, -1: not even opening.
 * `keep`: what is there after each goes into `expected`. */
static int work_until_cut(bool keep)
{
    mneme *memory;
    struct call_names names = {.count = 0};
    int acknowledged = 0;
    env = calls_env(&world, CALLS_START_US, 9);
    if (open_engine(&memory, NULL) != MNEME_OK) return -1;
    if (keep) expected[0] = dump();
    while (acknowledged < OPERATIONS && perform(memory, (size_t)acknowledged, &names) == MNEME_OK) {
        acknowledged++;
        if (keep) expected[acknowledged] = dump();
    }
    mneme_close(memory);
    return acknowledged;
}

// --- what is found -------------------------------------------------------------------------------

static bool goes_on(mneme *memory)
{
    struct call_answer written =
        calls_json(memory, "memory.remember", "{\"content\":\"after the cut\"}");
    struct call_answer recall = calls_json(memory, "memory.recall", "{\"text\":\"cut\",\"k\":1}");
    const char *content = answer_text(&recall, "/hits/0/content");
    bool is_good = written.code == MNEME_OK && content && strcmp(content, "after the cut") == 0;
    call_answer_clear(&written);
    call_answer_clear(&recall);
    return is_good;
}

/* What is wrong, or NULL. */
static const char *look(int acknowledged)
{
    mneme *memory;
    const char *wrong = NULL;
    sqlite_shim_unlatch();
    if (open_engine(&memory, NULL) != MNEME_OK) return "it cannot be opened";
    char *found = dump();
    bool is_next = found && acknowledged >= 0 && acknowledged < OPERATIONS &&
                   strcmp(found, expected[acknowledged + 1]) == 0;
    if (!found)
        wrong = "it is damaged";
    else if (acknowledged >= 0 && !is_next && strcmp(found, expected[acknowledged]) != 0)
        wrong = "the rows are not those that they should be";
    else if (!goes_on(memory))
        wrong = "it does not go on";
    mem_free(found);
    mneme_close(memory);
    return wrong;
}

struct tally {
    long cases, wrong;
};

static struct tally cut_everywhere(struct sim_faults faults, bool until_wrong)
{
    struct tally tally = {0};
    long stride = db_fixture_is_long() ? 1 : STRIDE;
    bool was_cut = true;
    cr_assert_eq(work_until_cut(true), OPERATIONS);
    // Each call while the store is made, then every so many.
    for (long n = 1; was_cut && !(until_wrong && tally.wrong > 0); n += n < MAKING ? 1 : stride) {
        sqlite_shim_unlatch();
        sim_disk_reset(disk, (uint64_t)n);
        disk->faults = faults;
        disk->faults.cut_at = n;
        int acknowledged = work_until_cut(false);
        was_cut = disk->is_cut;
        struct sim_image *image = sim_image_new(disk);
        for (int damage = SIM_NONE; damage < SIM_DAMAGE_COUNT; damage++) {
            sim_image_load(image, disk);
            sim_disk_reboot(disk, (enum sim_damage)damage, (uint64_t)n * 31 + (uint64_t)damage);
            const char *wrong = look(acknowledged);
            tally.cases++;
            tally.wrong += wrong != NULL;
            if (wrong && !until_wrong)
                cr_log_info("cut %ld, damage %d, %d operations acknowledged: %s", n, damage,
                            acknowledged, wrong);
        }
        sim_image_free(image);
    }
    cr_log_info("%ld cases", tally.cases);
    return tally;
}

Test(engine_power, leaves_all_that_was_acknowledged_and_no_operation_half)
{
    struct tally tally = cut_everywhere((struct sim_faults){0}, false);
    cr_expect_gt(tally.cases, 100);
    cr_expect_eq(tally.wrong, 0);
}

Test(engine_power, does_so_on_a_disk_that_keeps_neighbours)
{
    struct tally tally = cut_everywhere((struct sim_faults){.keeps_neighbours = true}, false);
    cr_expect_gt(tally.cases, 100);
    cr_expect_eq(tally.wrong, 0);
}

Test(engine_power, is_found_out_when_the_disk_lies)
{
    struct tally tally = cut_everywhere((struct sim_faults){.sync_lies = true}, true);
    cr_expect_gt(tally.wrong, 0);
}
