#include "net/breaker.h"

#include <criterion/criterion.h>

#define SECOND INT64_C(1000000)

static struct env_fixed clock_of_test;

static struct breaker begun(void)
{
    struct breaker breaker;
    const struct env env = env_fixed(&clock_of_test, 1000 * SECOND, 7);
    breaker_init(&breaker, &env);
    return breaker;
}

static void pass_us(int64_t us)
{
    atomic_fetch_add(&clock_of_test.now_us, us);
}

static void fail_times(struct breaker *breaker, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        enum breaker_pass pass = breaker_admit(breaker);
        cr_assert_neq(pass, BREAKER_REFUSED);
        breaker_note(breaker, pass, BREAKER_FAILURE, 0);
    }
}

Test(breaker, opens_after_failures_in_a_row_only)
{
    struct breaker breaker = begun();
    fail_times(&breaker, BREAKER_FAILURES - 1);
    breaker_note(&breaker, breaker_admit(&breaker), BREAKER_SUCCESS, 0);
    fail_times(&breaker, BREAKER_FAILURES - 1);
    breaker_note(&breaker, breaker_admit(&breaker), BREAKER_NEITHER, 0);
    cr_assert_eq(breaker_admit(&breaker), BREAKER_PASSED);
    breaker_note(&breaker, BREAKER_PASSED, BREAKER_FAILURE, 0);
    cr_assert_eq(breaker_admit(&breaker), BREAKER_REFUSED);
    breaker_clear(&breaker);
}

Test(breaker, lets_one_call_try_and_closes_when_it_succeeds)
{
    struct breaker breaker = begun();
    fail_times(&breaker, BREAKER_FAILURES);
    pass_us(SECOND / 2);
    cr_assert_eq(breaker_admit(&breaker), BREAKER_REFUSED);
    pass_us(SECOND);
    cr_assert_eq(breaker_admit(&breaker), BREAKER_TRIAL);
    cr_assert_eq(breaker_admit(&breaker), BREAKER_REFUSED);
    breaker_note(&breaker, BREAKER_PASSED, BREAKER_SUCCESS, 0); // one from before it opened
    cr_assert_eq(breaker_admit(&breaker), BREAKER_REFUSED);
    breaker_note(&breaker, BREAKER_TRIAL, BREAKER_SUCCESS, 0);
    cr_assert_eq(breaker_admit(&breaker), BREAKER_PASSED);
    breaker_clear(&breaker);
}

Test(breaker, a_trial_that_says_nothing_leaves_room_for_the_next)
{
    struct breaker breaker = begun();
    fail_times(&breaker, BREAKER_FAILURES);
    pass_us(2 * SECOND);
    cr_assert_eq(breaker_admit(&breaker), BREAKER_TRIAL);
    breaker_note(&breaker, BREAKER_TRIAL, BREAKER_NEITHER, 0);
    cr_assert_eq(breaker_admit(&breaker), BREAKER_TRIAL);
    breaker_clear(&breaker);
}

Test(breaker, stays_open_twice_as_long_each_time_up_to_a_minute)
{
    struct breaker breaker = begun();
    int64_t us = BREAKER_FIRST_US;
    fail_times(&breaker, BREAKER_FAILURES);
    for (size_t i = 0; i < 10; i++) {
        pass_us(us * 3 / 4 - 100); // a quarter less is the most that jitter takes
        cr_assert_eq(breaker_admit(&breaker), BREAKER_REFUSED, "time %zu", i);
        pass_us(us / 4 + 200);
        cr_assert_eq(breaker_admit(&breaker), BREAKER_TRIAL, "time %zu", i);
        breaker_note(&breaker, BREAKER_TRIAL, BREAKER_FAILURE, 0);
        us = us * 2 < BREAKER_LONGEST_US ? us * 2 : BREAKER_LONGEST_US;
    }
    breaker_clear(&breaker);
}

Test(breaker, leaves_the_other_side_alone_as_long_as_it_asks)
{
    struct breaker breaker = begun();
    breaker_note(&breaker, breaker_admit(&breaker), BREAKER_FAILURE, 30 * SECOND);
    pass_us(29 * SECOND);
    cr_assert_eq(breaker_admit(&breaker), BREAKER_REFUSED);
    pass_us(2 * SECOND);
    cr_assert_eq(breaker_admit(&breaker), BREAKER_TRIAL);
    breaker_clear(&breaker);
}
