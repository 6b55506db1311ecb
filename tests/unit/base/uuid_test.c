#include "base/uuid.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct env_fixed fixed;
static struct env env;
static struct uuid_source source;

static void set_up(void)
{
    env = env_fixed(&fixed, INT64_C(1700000000000000), 42);
    uuid_source_init(&source, &env);
}

static void tear_down(void)
{
    uuid_source_clear(&source);
}

TestSuite(uuid, .init = set_up, .fini = tear_down);

static struct uuid next(void)
{
    struct uuid uuid;
    struct mneme_error err;
    cr_assert_eq(uuid_next(&source, &uuid, &err), MNEME_OK);
    return uuid;
}

static uint64_t ms_of(struct uuid uuid)
{
    uint64_t ms = 0;
    for (size_t i = 0; i < 6; i++) ms = ms << 8 | uuid.bytes[i];
    return ms;
}

static void check_form(struct uuid uuid)
{
    cr_assert_eq(uuid.bytes[6] >> 4, 7, "version");
    cr_assert_eq(uuid.bytes[8] >> 6, 2, "variant");
}

Test(uuid, begins_with_the_milliseconds)
{
    struct uuid uuid = next();
    check_form(uuid);
    cr_assert_eq(ms_of(uuid), UINT64_C(1700000000000));
}

Test(uuid, of_another_source_sorts_by_the_microsecond)
{
    struct uuid_source other;
    uuid_source_init(&other, &env);
    for (int i = 0; i < 3000; i++) {
        struct uuid first = next(), second;
        cr_assert_eq(uuid_next(&other, &second, NULL), MNEME_OK); // the clock has moved on by one
        check_form(second);
        cr_assert_lt(uuid_compare(&first, &second), 0);
    }
    uuid_source_clear(&other);
}

Test(uuid, rises_strictly_when_the_clock_runs_stands_or_steps_back)
{
    struct uuid last = next();
    for (int i = 0; i < 30000; i++) {
        if (i % 100 == 0) fixed.now_us += (i % 300 == 0 ? -1 : 1) * 5000;
        struct uuid uuid = next();
        check_form(uuid);
        cr_assert_lt(uuid_compare(&last, &uuid), 0);
        cr_assert_lt(uuid_compare(&last, &uuid) * uuid_compare(&uuid, &last), 0);
        last = uuid;
    }
    cr_assert_eq(uuid_compare(&last, &last), 0);
}

Test(uuid, carries_into_the_millisecond_when_it_is_counted_full)
{
    (void)next();
    memset(source.last.bytes + 6, 0xFF, 10);
    source.last.bytes[6] = 0x7F;
    source.last.bytes[8] = 0xBF;
    struct uuid full = source.last;
    struct uuid uuid = next();
    check_form(uuid);
    cr_assert_lt(uuid_compare(&full, &uuid), 0);
    cr_assert_eq(ms_of(uuid), ms_of(full) + 1);
}

Test(uuid, works_before_1970_and_at_the_end_of_time)
{
    fixed.now_us = -5;
    struct uuid early = next(), again = next();
    check_form(early);
    cr_assert_eq(ms_of(early), 0);
    cr_assert_lt(uuid_compare(&early, &again), 0);
    fixed.now_us = INT64_MAX - 10;
    check_form(next());
}

static bool no_randomness(void *context, void *bytes, size_t length)
{
    (void)context, (void)bytes, (void)length;
    return false;
}

Test(uuid, without_randomness_there_is_no_id)
{
    struct uuid uuid, zero = {{0}}, before = next();
    struct mneme_error err;
    env.random = no_randomness;
    source.word_count = 0;
    for (int i = 0; i < 2; i++) { // within the microsecond and at the start of another
        memset(&uuid, 1, sizeof uuid);
        cr_assert_eq(uuid_next(&source, &uuid, &err), MNEME_UNAVAILABLE);
        cr_assert_eq(err.code, MNEME_UNAVAILABLE);
        cr_assert_eq(uuid_compare(&uuid, &zero), 0);
        cr_assert_eq(uuid_compare(&source.last, &before), 0);
        fixed.now_us += 1000000;
    }
}

enum { THREADS = 4, IDS = 5000 };
static struct uuid made[THREADS][IDS];

static void *make_ids(void *context)
{
    struct uuid *ids = context;
    for (int i = 0; i < IDS; i++) {
        if (uuid_next(&source, &ids[i], NULL) != MNEME_OK) return context;
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    return uuid_compare(a, b);
}

Test(uuid_threads, share_one_rising_sequence, .init = set_up, .fini = tear_down)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, make_ids, made[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failure;
        cr_assert_eq(pthread_join(threads[i], &failure), 0);
        cr_assert_null(failure);
        for (int j = 1; j < IDS; j++) cr_assert_lt(uuid_compare(&made[i][j - 1], &made[i][j]), 0);
    }
    struct uuid *all = made[0];
    qsort(all, (size_t)THREADS * IDS, sizeof *all, compare);
    for (int i = 1; i < THREADS * IDS; i++)
        cr_assert_neq(uuid_compare(&all[i - 1], &all[i]), 0, "an id was handed out twice");
}

Test(uuid, reads_what_it_writes_in_either_case)
{
    const char *lower = "0190163d-8694-739b-aea5-966c26f8ad91";
    struct uuid uuid, other;
    char text[UUID_TEXT_LENGTH + 1];
    cr_assert(uuid_parse(lower, &uuid));
    uuid_format(&uuid, text);
    cr_assert_str_eq(text, lower);
    cr_assert(uuid_parse("0190163D-8694-739B-AEA5-966C26F8AD91", &other));
    cr_assert_eq(uuid_compare(&uuid, &other), 0);
    cr_assert(uuid_parse("00000000-0000-0000-0000-000000000000", &other), "any version is read");
}

Test(uuid, refuses_what_is_no_uuid)
{
    static const char *const bad[] = {
        "",
        "0190163d",
        "0190163d-8694-739b-aea5-966c26f8ad9",
        "0190163d-8694-739b-aea5-966c26f8ad911",
        "0190163d-8694-739b-aea5-966c26f8ad9g",
        "0190163d08694-739b-aea5-966c26f8ad91",
        "0190163d-8694-739b-aea5 966c26f8ad91",
        "-190163d-8694-739b-aea5-966c26f8ad91",
        "{190163d-8694-739b-aea5-966c26f8ad91}",
        "0190163d8694739baea5966c26f8ad91",
    };
    struct uuid zero = {{0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct uuid uuid = {{1}};
        cr_assert_not(uuid_parse(bad[i], &uuid), "%s", bad[i]);
        cr_assert_eq(uuid_compare(&uuid, &zero), 0);
    }
}
