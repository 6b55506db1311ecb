/* Group commit: what threads write together is durable together, and what fails fails alone. */
#include "store/change.h"
#include "store/store.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define THREADS 8
#define WRITES 100

static struct store *open_store(const struct support_dir *folder)
{
    struct store_options options = {.path = support_dir_file(folder, "group.db")};
    struct store *store;
    cr_assert_eq(store_open(&options, &store, NULL), MNEME_OK);
    return store;
}

/* Adds one memory, or fails before or after it has written. */
struct adding {
    const char *user;
    bool fails, fails_first;
    int sleep_ms; /* before it writes, when first run */
    int runs;
};

static enum mneme_code add_memory(struct tx *tx, void *context, struct mneme_error *err)
{
    struct adding *adding = context;
    struct change_options options = {.user_name = adding->user, .operation = "test"};
    struct change change;
    struct arena arena;
    struct memory memory = {0};
    if (adding->runs++ == 0 && adding->sleep_ms > 0) {
        usleep((useconds_t)adding->sleep_ms * 1000);
    }
    if (adding->fails_first) {
        return error_set(err, MNEME_CONFLICT, "at once");
    }
    arena_init(&arena);
    field_set_text(&kind_memory, &memory, MEMORY_CONTENT, "a text");
    record_set_defaults(&kind_memory, &memory);
    field_set_text(&kind_memory, &memory, MEMORY_IMPORTANCE_BASIS, "default");
    field_set_boolean(&kind_memory, &memory, MEMORY_EMBEDDING_CUT, false);
    field_set_integer(&kind_memory, &memory, MEMORY_EVIDENCE_COUNT, 1);
    field_set_integer(&kind_memory, &memory, MEMORY_ACCESS_COUNT, 0);
    enum mneme_code code = change_begin(&change, tx, &arena, &options, err);
    if (code == MNEME_OK) {
        code = change_insert(&change, &kind_memory, &memory, err);
    }
    if (code == MNEME_OK && adding->fails) {
        code = error_set(err, MNEME_CONFLICT, "on purpose");
    }
    arena_clear(&arena);
    return code;
}

static int64_t seq_of(struct store *store, const char *user)
{
    struct db *db;
    struct uuid id;
    int64_t seq;
    bool found;
    cr_assert_eq(store_read_begin(store, &db, NULL), MNEME_OK);
    cr_assert_eq(store_find_user(db, user, &id, &seq, &found, NULL), MNEME_OK);
    store_read_end(store, db);
    return found ? seq : -1;
}

struct worker {
    struct store *store;
    const char *user;
    int failed;
};

static void *work(void *context)
{
    struct worker *worker = context;
    for (int i = 0; i < WRITES; i++) {
        struct adding adding = {.user = worker->user, .fails = i % 10 == 3};
        enum mneme_code code = store_write(worker->store, add_memory, &adding, NULL);
        worker->failed += code != MNEME_OK;
    }
    return NULL;
}

Test(group_threads, writes_of_many_threads_all_count_and_failures_are_their_own, .timeout = 60)
{
    struct support_dir folder;
    support_dir_init(&folder);
    struct store *store = open_store(&folder);
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.store = store, .user = i % 2 ? "odd" : "even"};
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        cr_expect_eq(workers[i].failed, WRITES / 10);
    }
    cr_expect_eq(seq_of(store, "odd"), THREADS / 2 * WRITES * 9 / 10, "the counter has no gap");
    cr_expect_eq(seq_of(store, "even"), THREADS / 2 * WRITES * 9 / 10);
    store_close(store);
    support_dir_clear(&folder);
}

struct single {
    struct store *store;
    struct adding adding;
    enum mneme_code code;
};

static void *write_once(void *context)
{
    struct single *single = context;
    single->code = store_write(single->store, add_memory, &single->adding, NULL);
    return NULL;
}

/* What queues behind the slow one is run together; more of it fails than the group is tried again for. */
Test(group_threads, a_group_outlives_those_in_it_that_fail, .timeout = 60)
{
    enum { SINGLES = 24 };
    struct support_dir folder;
    support_dir_init(&folder);
    struct store *store = open_store(&folder);
    pthread_t threads[SINGLES];
    struct single singles[SINGLES];
    int kept = 0;
    for (int i = 0; i < SINGLES; i++) {
        singles[i] = (struct single){.store = store, .adding = {.user = "together"}};
        singles[i].adding.sleep_ms = i == 0 ? 200 : 0;
        singles[i].adding.fails = i % 4 == 1;
        singles[i].adding.fails_first = i % 4 == 2;
        kept += i % 4 == 0 || i % 4 == 3;
        pthread_create(&threads[i], NULL, write_once, &singles[i]);
        usleep(i == 0 ? 50000 : 1000); // the first has the seat, the others queue in order
    }
    for (int i = 0; i < SINGLES; i++) {
        pthread_join(threads[i], NULL);
        bool fails = singles[i].adding.fails || singles[i].adding.fails_first;
        cr_expect_eq(singles[i].code, fails ? MNEME_CONFLICT : MNEME_OK, "write %d", i);
        cr_expect_leq(singles[i].adding.runs, 5, "write %d", i);
    }
    cr_expect_eq(seq_of(store, "together"), kept);
    store_close(store);
    support_dir_clear(&folder);
}

/* Says in which thread it ran; sleeps before, if told to. */
struct witness {
    struct store *store;
    int sleep_ms;
    pthread_t ran_in;
};

static enum mneme_code bear_witness(struct tx *tx, void *context, struct mneme_error *err)
{
    struct witness *witness = context;
    (void)tx;
    (void)err;
    usleep((useconds_t)witness->sleep_ms * 1000);
    witness->ran_in = pthread_self();
    return MNEME_OK;
}

static void *witness_once(void *context)
{
    struct witness *witness = context;
    cr_expect_eq(store_write(witness->store, bear_witness, witness, NULL), MNEME_OK);
    return NULL;
}

Test(group_threads, what_queues_while_a_write_runs_joins_its_transaction, .timeout = 60)
{
    enum { SINGLES = 5 };
    struct support_dir folder;
    support_dir_init(&folder);
    struct store *store = open_store(&folder);
    pthread_t threads[SINGLES];
    struct witness witnesses[SINGLES];
    for (int i = 0; i < SINGLES; i++) {
        witnesses[i] = (struct witness){.store = store, .sleep_ms = i == 0 ? 300 : 0};
        pthread_create(&threads[i], NULL, witness_once, &witnesses[i]);
        usleep(i == 0 ? 100000 : 1000); // the first has the seat before the others come
    }
    for (int i = 0; i < SINGLES; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < SINGLES; i++)
        cr_expect(pthread_equal(witnesses[i].ran_in, threads[0]), "write %d", i);
    store_close(store);
    support_dir_clear(&folder);
}

Test(group, a_failing_write_leaves_nothing_not_even_its_user)
{
    struct support_dir folder;
    support_dir_init(&folder);
    struct store *store = open_store(&folder);
    struct adding adding = {.user = "ghost", .fails = true};
    struct mneme_error error = {0};
    cr_expect_eq(store_write(store, add_memory, &adding, &error), MNEME_CONFLICT);
    cr_expect_str_eq(error.message, "on purpose");
    cr_expect_eq(seq_of(store, "ghost"), -1);
    store_close(store);
    support_dir_clear(&folder);
}

Test(group, a_read_only_store_refuses_writes)
{
    struct support_dir folder;
    support_dir_init(&folder);
    store_close(open_store(&folder));
    struct store_options options = {.path = support_dir_file(&folder, "group.db"),
                                    .access = STORE_READ};
    struct store *store;
    cr_assert_eq(store_open(&options, &store, NULL), MNEME_OK);
    struct adding adding = {.user = "reader"};
    cr_expect_eq(store_write(store, add_memory, &adding, NULL), MNEME_UNSUPPORTED);
    cr_expect_eq(adding.runs, 0);
    store_close(store);
    support_dir_clear(&folder);
}

Test(group, two_stores_on_one_file_take_turns_and_see_each_other)
{
    struct support_dir folder;
    support_dir_init(&folder);
    struct store *a = open_store(&folder), *b = open_store(&folder);
    for (int i = 0; i < 20; i++) {
        struct adding adding = {.user = "both"};
        cr_assert_eq(store_write(i % 2 ? a : b, add_memory, &adding, NULL), MNEME_OK);
        cr_expect_eq(seq_of(i % 2 ? b : a, "both"), i + 1);
    }
    store_close(a);
    store_close(b);
    support_dir_clear(&folder);
}

Test(group_threads, maintenance_waits_for_its_turn, .timeout = 60)
{
    struct support_dir folder;
    support_dir_init(&folder);
    struct store *store = open_store(&folder);
    pthread_t threads[4];
    struct worker workers[4];
    for (int i = 0; i < 4; i++) {
        workers[i] = (struct worker){.store = store, .user = "busy"};
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(store_scrub(store, NULL), MNEME_OK);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    cr_expect_eq(seq_of(store, "busy"), 4 * WRITES * 9 / 10);
    store_close(store);
    support_dir_clear(&folder);
}
