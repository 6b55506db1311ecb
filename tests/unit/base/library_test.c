#include "base/library.h"

#include <criterion/criterion.h>

static double (*cosine)(double);
static void (*nothing)(void);

Test(library, opens_the_first_that_is_there_and_finds_its_functions)
{
    static const char *const names[] = {"libnosuch.so.9", "libm.so.6", NULL};
    const struct library_symbol symbols[] = {{"cos", &cosine}};
    cr_assert_null(library_open(names, symbols, 1));
    cr_assert_not_null(cosine);
    cr_expect_float_eq(cosine(0), 1, 1e-12);
}

Test(library, names_the_library_or_the_function_that_is_missing)
{
    static const char *const none[] = {"libnosuch.so.9", "libnosuch.so", NULL};
    static const char *const maths[] = {"libm.so.6", NULL};
    const struct library_symbol symbols[] = {{"cos", &cosine}, {"no_such_function", &nothing}};
    cr_expect_str_eq(library_open(none, symbols, 2), "libnosuch.so.9");
    cr_expect_str_eq(library_open(maths, symbols, 2), "no_such_function");
    cr_expect_null(nothing);
}
