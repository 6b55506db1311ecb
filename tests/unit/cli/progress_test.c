#include "cli/progress.h"

#include <criterion/criterion.h>

static char line[PROGRESS_LINE_BYTES];

Test(progress, shows_share_rate_and_what_is_left)
{
    progress_format(line, "importing", 50, 200, 2000000);
    cr_assert_str_eq(line, "importing [######------------------]  25%  50/200  25/s  0:06 left");
}

Test(progress, without_a_total_shows_what_is_done)
{
    progress_format(line, "exporting", 50, 0, 2000000);
    cr_assert_str_eq(line, "exporting  50  25/s");
}

Test(progress, keeps_within_its_bounds)
{
    progress_format(line, "x", 300, 200, 0);
    cr_assert_str_eq(line, "x [########################] 100%  200/200  0/s  0:00 left");
    progress_format(line, "x", 0, 200, 1);
    cr_assert_str_eq(line, "x [------------------------]   0%  0/200  0/s  0:00 left");
    progress_format(line, "x", 1, UINT64_MAX, INT64_C(3600000000));
    cr_assert_str_eq(
        line, "x [------------------------]   0%  1/18446744073709551615  0/s  99:59:59 left");
}
