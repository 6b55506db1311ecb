/* The queue: leases, fences, waiting, death, and two workers at one queue. */
#include "store/jobs.h"

#include "base/env.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define START_US INT64_C(1700000000000000)
#define LEASE_US (30 * US_PER_SECOND)

static struct support_dir folder;
static struct env_fixed wall;
static struct env env;
static struct store *store;
static struct arena arena;

static void set_up(void)
{
    support_dir_init_in_memory(&folder);
    env = env_fixed(&wall, START_US, 7);
    struct store_options options = {.path = support_dir_file(&folder, "jobs.db"), .env = &env};
    cr_assert_eq(store_open(&options, &store, NULL), MNEME_OK);
    arena_init(&arena);
}

static void tear_down(void)
{
    arena_clear(&arena);
    store_close(store);
    support_dir_clear(&folder);
}

TestSuite(jobs, .init = set_up, .fini = tear_down);

static void pass_seconds(int64_t seconds)
{
    wall.now_us += seconds * US_PER_SECOND;
}

/* One step of a test inside a write of the user's. */
struct deed {
    const char *user;
    enum mneme_code (*act)(struct change *change, struct deed *deed, struct mneme_error *err);
    struct job_request request;
    enum job_order order;
    struct uuid id;
    const struct job_lease *lease;
    struct job job;
    bool found, changed;
};

static enum mneme_code run_deed(struct tx *tx, void *context, struct mneme_error *err)
{
    struct deed *deed = context;
    struct change change;
    const struct change_options options = {.user_name = deed->user, .operation = "test"};
    enum mneme_code code = change_begin(&change, tx, &arena, &options, err);
    return code == MNEME_OK ? deed->act(&change, deed, err) : code;
}

static enum mneme_code perform(struct deed *deed, struct mneme_error *err)
{
    return store_write(store, run_deed, deed, err);
}

static enum mneme_code act_add(struct change *change, struct deed *deed, struct mneme_error *err)
{
    return job_add(change, &deed->request, &deed->id, err);
}

static struct uuid add(const char *user, const char *subject, int priority)
{
    struct deed deed = {.user = user,
                        .act = act_add,
                        .request = {.kind = "test", .subject = subject, .priority = priority}};
    cr_assert_eq(perform(&deed, NULL), MNEME_OK);
    return deed.id;
}

static enum mneme_code act_order(struct change *change, struct deed *deed, struct mneme_error *err)
{
    return job_order(change, &deed->id, deed->order, &deed->changed, err);
}

static bool order(const struct uuid *id, enum job_order what)
{
    struct deed deed = {.user = "ada", .act = act_order, .id = *id, .order = what};
    cr_assert_eq(perform(&deed, NULL), MNEME_OK);
    return deed.changed;
}

static enum mneme_code act_get(struct change *change, struct deed *deed, struct mneme_error *err)
{
    return job_get(&change->scope, &deed->id, &deed->job, &deed->found, err);
}

static struct job get(const char *user, const struct uuid *id, bool *found)
{
    struct deed deed = {.user = user, .act = act_get, .id = *id};
    cr_assert_eq(perform(&deed, NULL), MNEME_OK);
    *found = deed.found;
    return deed.job;
}

static enum mneme_code act_move(struct change *change, struct deed *deed, struct mneme_error *err)
{
    enum mneme_code code = job_check(change, deed->lease, err);
    return code == MNEME_OK ? job_move(change, deed->lease, &deed->job, LEASE_US, err) : code;
}

static enum mneme_code move(const struct job_lease *lease, int64_t position,
                            struct mneme_error *err)
{
    struct deed deed = {.user = lease->user_name,
                        .act = act_move,
                        .lease = lease,
                        .job = {.position = position, .done = position}};
    return perform(&deed, err);
}

static enum mneme_code act_finish(struct change *change, struct deed *deed, struct mneme_error *err)
{
    enum mneme_code code = job_check(change, deed->lease, err);
    return code == MNEME_OK ? job_finish(change, deed->lease, err) : code;
}

static enum mneme_code finish(const struct job_lease *lease)
{
    struct deed deed = {.user = lease->user_name, .act = act_finish, .lease = lease};
    return perform(&deed, NULL);
}

static bool take(struct job_lease *lease)
{
    bool found;
    cr_assert_eq(job_take(store, LEASE_US, lease, &found, NULL), MNEME_OK);
    return found;
}

static void fail(const struct job_lease *lease)
{
    const struct mneme_error reason = {.code = MNEME_REMOTE, .message = "no answer"};
    cr_assert_eq(job_fail(store, lease, &reason, NULL), MNEME_OK);
}

Test(jobs, an_empty_queue_gives_nothing)
{
    struct job_lease lease;
    int64_t count, next;
    cr_expect_not(take(&lease));
    cr_assert_eq(job_outlook(store, &count, &next, NULL), MNEME_OK);
    cr_expect_eq(count, 0);
    cr_expect_eq(next, INT64_MAX);
}

Test(jobs, the_greater_priority_goes_first_then_the_older)
{
    struct uuid low = add("ada", "low", 1), first = add("ada", "first", 5);
    struct uuid second = add("ben", "second", 5);
    struct job_lease lease;
    cr_assert(take(&lease));
    cr_expect_eq(uuid_compare(&lease.job_id, &first), 0);
    cr_expect_str_eq(lease.user_name, "ada");
    cr_assert(take(&lease));
    cr_expect_eq(uuid_compare(&lease.job_id, &second), 0);
    cr_expect_str_eq(lease.user_name, "ben");
    cr_assert(take(&lease));
    cr_expect_eq(uuid_compare(&lease.job_id, &low), 0);
    cr_expect_not(take(&lease), "what is leased is nobody else's");
}

Test(jobs, one_of_a_kind_and_subject_is_added_once)
{
    struct uuid one = add("ada", "x", 1), again = add("ada", "x", 1), other = add("ben", "x", 1);
    cr_expect_eq(uuid_compare(&one, &again), 0);
    cr_expect_neq(uuid_compare(&one, &other), 0, "another user's is another job");
}

Test(jobs, nobody_gets_the_job_of_another_user)
{
    bool found;
    struct uuid id = add("ada", "x", 1);
    (void)get("ben", &id, &found);
    cr_expect_not(found);
    struct deed deed = {.user = "ben", .act = act_order, .id = id, .order = JOB_CANCEL};
    cr_expect_eq(perform(&deed, NULL), MNEME_NOT_FOUND);
    (void)get("ada", &id, &found);
    cr_expect(found);
}

Test(jobs, what_a_killed_worker_had_is_taken_up_where_it_was_left)
{
    bool found;
    struct uuid id = add("ada", "x", 1);
    struct job_lease first, second;
    cr_assert(take(&first));
    cr_assert_eq(move(&first, 12, NULL), MNEME_OK);
    pass_seconds(29);
    cr_expect_not(take(&second), "the lease still runs");
    pass_seconds(2);
    cr_assert(take(&second));
    cr_expect_gt(second.fence, first.fence);
    cr_expect_eq(get("ada", &id, &found).position, 12);
}

Test(jobs, a_worker_that_has_lost_its_fence_changes_nothing)
{
    bool found;
    struct mneme_error error = {0};
    struct uuid id = add("ada", "x", 1);
    struct job_lease late, other;
    cr_assert(take(&late));
    pass_seconds(31);
    cr_assert(take(&other));
    cr_expect_eq(move(&late, 99, &error), MNEME_CONFLICT);
    cr_expect_str_eq(error.rule, "fence");
    cr_expect_eq(finish(&late), MNEME_CONFLICT);
    fail(&late);
    cr_assert_eq(job_give_back(store, &late, NULL), MNEME_OK);
    struct job job = get("ada", &id, &found);
    cr_assert(found);
    cr_expect_eq(job.position, 0);
    cr_expect_eq(job.attempts, 0);
    cr_expect(job.is_running, "the other still has it");
    cr_expect_eq(move(&other, 5, NULL), MNEME_OK);
    cr_expect_eq(finish(&other), MNEME_OK);
    (void)get("ada", &id, &found);
    cr_expect_not(found);
    cr_expect_eq(finish(&other), MNEME_CONFLICT, "once is enough");
}

Test(jobs, moving_on_renews_the_lease)
{
    struct job_lease first, second;
    add("ada", "x", 1);
    cr_assert(take(&first));
    for (int64_t i = 1; i <= 4; i++) {
        pass_seconds(20);
        cr_assert_eq(move(&first, i, NULL), MNEME_OK);
    }
    cr_expect_not(take(&second));
}

Test(jobs, what_is_given_back_waits_behind_its_equals)
{
    struct uuid a = add("ada", "a", 1), b = add("ada", "b", 1);
    struct job_lease lease, next;
    cr_assert(take(&lease));
    cr_expect_eq(uuid_compare(&lease.job_id, &a), 0);
    cr_assert_eq(job_give_back(store, &lease, NULL), MNEME_OK);
    cr_assert(take(&next));
    cr_expect_eq(uuid_compare(&next.job_id, &b), 0);
    cr_assert(take(&next));
    cr_expect_eq(uuid_compare(&next.job_id, &a), 0);
}

Test(jobs, a_failed_one_waits_twice_as_long_each_time_and_then_is_dead)
{
    bool found;
    struct uuid id = add("ada", "x", 1);
    struct job_lease lease;
    struct job job = {0};
    int64_t wait = 1;
    for (int64_t attempt = 1; attempt < LIMIT_JOB_ATTEMPTS; attempt++) {
        cr_assert(take(&lease), "attempt %d", (int)attempt);
        fail(&lease);
        job = get("ada", &id, &found);
        cr_expect_eq(job.attempts, attempt);
        cr_expect_str_eq(job.reason, "REMOTE: no answer");
        pass_seconds(wait - 1);
        cr_expect_not(take(&lease), "attempt %d came early", (int)attempt);
        pass_seconds(2);
        wait = wait * 2 < 3600 ? wait * 2 : 3600;
    }
    cr_assert(take(&lease));
    fail(&lease);
    job = get("ada", &id, &found);
    cr_expect_eq(job.state, JOB_DEAD);
    cr_expect_str_eq(job.reason, "REMOTE: no answer");
    pass_seconds(1000000);
    cr_expect_not(take(&lease));
    cr_expect(order(&id, JOB_RETRY));
    cr_assert(take(&lease));
    cr_expect_eq(get("ada", &id, &found).attempts, 0);
}

Test(jobs, success_forgets_the_failures_before)
{
    bool found;
    struct uuid id = add("ada", "x", 1);
    struct job_lease lease;
    cr_assert(take(&lease));
    fail(&lease);
    pass_seconds(2);
    cr_assert(take(&lease));
    cr_assert_eq(move(&lease, 1, NULL), MNEME_OK);
    struct job job = get("ada", &id, &found);
    cr_expect_eq(job.attempts, 0);
    cr_expect_null(job.reason);
}

Test(jobs, new_work_wakes_what_waits_or_is_dead_but_not_what_is_paused)
{
    struct uuid id = add("ada", "x", 1);
    struct job_lease lease;
    cr_assert(take(&lease));
    fail(&lease);
    cr_expect_not(take(&lease));
    add("ada", "x", 1);
    cr_assert(take(&lease));
    cr_assert_eq(job_give_back(store, &lease, NULL), MNEME_OK);
    cr_expect(order(&id, JOB_PAUSE));
    add("ada", "x", 1);
    cr_expect_not(take(&lease));
    cr_expect(order(&id, JOB_RESUME));
    cr_expect(take(&lease));
}

Test(jobs, pausing_takes_the_job_from_its_worker)
{
    struct uuid id = add("ada", "x", 1);
    struct job_lease before, after;
    cr_assert(take(&before));
    cr_expect(order(&id, JOB_PAUSE));
    cr_expect_not(order(&id, JOB_PAUSE), "it is paused already");
    cr_expect_eq(move(&before, 1, NULL), MNEME_CONFLICT);
    cr_expect(order(&id, JOB_RESUME));
    cr_expect_eq(move(&before, 1, NULL), MNEME_CONFLICT, "the old fence stays lost");
    cr_assert(take(&after));
    cr_expect_eq(move(&after, 1, NULL), MNEME_OK);
}

Test(jobs, a_cancelled_one_is_gone)
{
    bool found;
    struct uuid id = add("ada", "x", 1);
    struct job_lease lease;
    cr_assert(take(&lease));
    cr_expect(order(&id, JOB_CANCEL));
    (void)get("ada", &id, &found);
    cr_expect_not(found);
    cr_expect_eq(move(&lease, 1, NULL), MNEME_CONFLICT);
    struct deed deed = {.user = "ada", .act = act_order, .id = id, .order = JOB_CANCEL};
    cr_expect_eq(perform(&deed, NULL), MNEME_NOT_FOUND);
}

// --- two workers ---------------------------------------------------------------------------------

enum { WORKERS = 4, SUBJECTS = 40, EFFECTS = 5 };

static _Atomic int effects[SUBJECTS], finished, failed;

static enum mneme_code act_step(struct change *change, struct deed *deed, struct mneme_error *err)
{
    bool found;
    enum mneme_code code = job_check(change, deed->lease, err);
    if (code == MNEME_OK) {
        code = job_get(&change->scope, &deed->lease->job_id, &deed->job, &found, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    deed->job.position++;
    return deed->job.position <= EFFECTS ? job_move(change, deed->lease, &deed->job, LEASE_US, err)
                                         : job_finish(change, deed->lease, err);
}

static enum mneme_code run_step(struct tx *tx, void *context, struct mneme_error *err)
{
    struct deed *deed = context;
    struct change change;
    struct arena own;
    const struct change_options options = {.user_name = deed->user, .operation = "test"};
    arena_init(&own);
    enum mneme_code code = change_begin(&change, tx, &own, &options, err);
    if (code == MNEME_OK) {
        code = act_step(&change, deed, err);
    }
    if (code == MNEME_OK) {
        (void)sscanf(deed->job.subject, "%d", &deed->job.priority);
    }
    arena_clear(&own);
    return code;
}

static void *work(void *context)
{
    struct store *shared = context;
    while (finished < SUBJECTS) {
        struct job_lease lease;
        bool found;
        if (job_take(shared, LEASE_US, &lease, &found, NULL) != MNEME_OK || !found) {
            continue;
        }
        struct deed deed = {.user = lease.user_name, .lease = &lease};
        if (store_write(shared, run_step, &deed, NULL) != MNEME_OK) {
            continue;
        }
        if (deed.job.position > EFFECTS) {
            finished++;
        } else {
            effects[deed.job.priority]++;
            failed += job_give_back(shared, &lease, NULL) != MNEME_OK;
        }
    }
    return NULL;
}

/* Each process has its own store on the file. */
Test(jobs, workers_on_one_file_do_every_job_once, .timeout = 60)
{
    pthread_t threads[WORKERS];
    struct store *other;
    struct store_options options = {.path = support_dir_file(&folder, "jobs.db"), .env = &env};
    cr_assert_eq(store_open(&options, &other, NULL), MNEME_OK);
    for (int i = 0; i < SUBJECTS; i++) {
        char subject[16];
        (void)snprintf(subject, sizeof subject, "%d", i);
        add(i % 2 ? "odd" : "even", subject, i % 3);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&threads[i], NULL, work, i % 2 ? store : other);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < SUBJECTS; i++) {
        cr_expect_eq(effects[i], EFFECTS, "job %d", i);
    }
    int64_t count, next;
    cr_assert_eq(job_outlook(store, &count, &next, NULL), MNEME_OK);
    cr_expect_eq(count, 0);
    cr_expect_eq(failed, 0);
    store_close(other);
}

Test(jobs, a_list_shows_them_page_by_page)
{
    struct db *db;
    struct scope scope = {.now_us = START_US, .arena = &arena};
    struct job_page page;
    int64_t seq;
    bool found;
    for (int i = 0; i < 5; i++) {
        char subject[16];
        (void)snprintf(subject, sizeof subject, "%d", i);
        add("ada", subject, 1);
    }
    cr_assert_eq(store_read_begin(store, &db, NULL), MNEME_OK);
    scope.db = db;
    cr_assert_eq(store_find_user(db, "ada", &scope.user, &seq, &found, NULL), MNEME_OK);
    cr_expect_eq(seq, 0, "a job is no change of a record");
    cr_assert_eq(job_list(&scope, NULL, 3, &page, NULL), MNEME_OK);
    cr_assert_eq(page.count, 3);
    cr_expect(page.has_more);
    cr_expect_str_eq(page.jobs[0].subject, "0");
    cr_assert_eq(job_list(&scope, &page.jobs[2].id, 3, &page, NULL), MNEME_OK);
    cr_assert_eq(page.count, 2);
    cr_expect_not(page.has_more);
    cr_expect_str_eq(page.jobs[1].subject, "4");
    store_read_end(store, db);
}
