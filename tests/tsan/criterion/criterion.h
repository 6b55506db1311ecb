/*
 * Stands in for Criterion in MODE=tsan: Criterion keeps its state at fixed addresses that ThreadSanitizer needs for
 * itself, and cannot start. The part of its interface that our tests use, with the same meaning; main is in runner.c.
 */
#ifndef TSAN_CRITERION_CRITERION_H
#define TSAN_CRITERION_CRITERION_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct test_options {
    void (*init)(void);
    void (*fini)(void);
    const char *description;
    double timeout; // seconds
    int signal;
    int exit_code;
    bool disabled;
};

struct test {
    const char *suite, *name;
    void (*run)(void); // NULL: options of the whole suite
    struct test_options options;
    struct test *next;
};

void test_register(struct test *test);
_Noreturn void test_skip(const char *reason);
void test_failed(bool is_fatal, const char *file, int line, const char *claim);

#define TEST_REGISTERED(Id, ...)                                                                   \
    static struct test Id = __VA_ARGS__;                                                           \
    __attribute__((constructor)) static void Id##_register(void)                                   \
    {                                                                                              \
        test_register(&Id);                                                                        \
    }

#define Test(Suite, Name, ...)                                                                     \
    static void Suite##_##Name##_run(void);                                                        \
    TEST_REGISTERED(Suite##_##Name##_test,                                                         \
                    {#Suite, #Name, Suite##_##Name##_run, {__VA_ARGS__}, NULL})                    \
    static void Suite##_##Name##_run(void)
#define TestSuite(Suite, ...)                                                                      \
    TEST_REGISTERED(Suite##_suite, {#Suite, "", NULL, {__VA_ARGS__}, NULL})

#define TEST_CLAIM(IsFatal, Claim, Words)                                                          \
    ((Claim) ? (void)0 : test_failed(IsFatal, __FILE__, __LINE__, Words))
#define TEST_NEAR(A, B, E) (fabs((double)((A) - (B))) <= (double)(E))

#define cr_assert(C, ...) TEST_CLAIM(true, C, #C)
#define cr_assert_not(C, ...) TEST_CLAIM(true, !(C), "not " #C)
#define cr_assert_eq(A, B, ...) TEST_CLAIM(true, (A) == (B), #A " == " #B)
#define cr_assert_neq(A, B, ...) TEST_CLAIM(true, (A) != (B), #A " != " #B)
#define cr_assert_lt(A, B, ...) TEST_CLAIM(true, (A) < (B), #A " < " #B)
#define cr_assert_leq(A, B, ...) TEST_CLAIM(true, (A) <= (B), #A " <= " #B)
#define cr_assert_gt(A, B, ...) TEST_CLAIM(true, (A) > (B), #A " > " #B)
#define cr_assert_geq(A, B, ...) TEST_CLAIM(true, (A) >= (B), #A " >= " #B)
#define cr_assert_null(P, ...) TEST_CLAIM(true, (P) == NULL, #P " is NULL")
#define cr_assert_not_null(P, ...) TEST_CLAIM(true, (P) != NULL, #P " is not NULL")
#define cr_assert_str_eq(A, B, ...) TEST_CLAIM(true, strcmp(A, B) == 0, #A " == " #B)
#define cr_assert_str_neq(A, B, ...) TEST_CLAIM(true, strcmp(A, B) != 0, #A " != " #B)
#define cr_assert_str_empty(A, ...) TEST_CLAIM(true, *(A) == 0, #A " is empty")
#define cr_assert_str_not_empty(A, ...) TEST_CLAIM(true, *(A) != 0, #A " is not empty")
#define cr_assert_arr_eq(A, B, Size, ...) TEST_CLAIM(true, memcmp(A, B, Size) == 0, #A " == " #B)
#define cr_assert_arr_neq(A, B, Size, ...) TEST_CLAIM(true, memcmp(A, B, Size) != 0, #A " != " #B)
#define cr_assert_float_eq(A, B, E, ...) TEST_CLAIM(true, TEST_NEAR(A, B, E), #A " == " #B)
#define cr_assert_float_neq(A, B, E, ...) TEST_CLAIM(true, !TEST_NEAR(A, B, E), #A " != " #B)
#define cr_assert_fail(...) test_failed(true, __FILE__, __LINE__, "not to come here")

#define cr_expect(C, ...) TEST_CLAIM(false, C, #C)
#define cr_expect_not(C, ...) TEST_CLAIM(false, !(C), "not " #C)
#define cr_expect_eq(A, B, ...) TEST_CLAIM(false, (A) == (B), #A " == " #B)
#define cr_expect_neq(A, B, ...) TEST_CLAIM(false, (A) != (B), #A " != " #B)
#define cr_expect_lt(A, B, ...) TEST_CLAIM(false, (A) < (B), #A " < " #B)
#define cr_expect_leq(A, B, ...) TEST_CLAIM(false, (A) <= (B), #A " <= " #B)
#define cr_expect_gt(A, B, ...) TEST_CLAIM(false, (A) > (B), #A " > " #B)
#define cr_expect_geq(A, B, ...) TEST_CLAIM(false, (A) >= (B), #A " >= " #B)
#define cr_expect_null(P, ...) TEST_CLAIM(false, (P) == NULL, #P " is NULL")
#define cr_expect_not_null(P, ...) TEST_CLAIM(false, (P) != NULL, #P " is not NULL")
#define cr_expect_str_eq(A, B, ...) TEST_CLAIM(false, strcmp(A, B) == 0, #A " == " #B)
#define cr_expect_str_neq(A, B, ...) TEST_CLAIM(false, strcmp(A, B) != 0, #A " != " #B)
#define cr_expect_str_empty(A, ...) TEST_CLAIM(false, *(A) == 0, #A " is empty")
#define cr_expect_str_not_empty(A, ...) TEST_CLAIM(false, *(A) != 0, #A " is not empty")
#define cr_expect_arr_eq(A, B, Size, ...) TEST_CLAIM(false, memcmp(A, B, Size) == 0, #A " == " #B)
#define cr_expect_arr_neq(A, B, Size, ...) TEST_CLAIM(false, memcmp(A, B, Size) != 0, #A " != " #B)
#define cr_expect_float_eq(A, B, E, ...) TEST_CLAIM(false, TEST_NEAR(A, B, E), #A " == " #B)
#define cr_expect_float_neq(A, B, E, ...) TEST_CLAIM(false, !TEST_NEAR(A, B, E), #A " != " #B)
#define cr_expect_fail(...) test_failed(false, __FILE__, __LINE__, "not to come here")

#define cr_skip_test(Reason, ...) test_skip(Reason)
#define cr_log_info(...) (void)0

#endif
