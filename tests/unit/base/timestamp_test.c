#include "base/timestamp.h"

#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

static int64_t parse(const char *text)
{
    int64_t us;
    cr_assert(time_parse(text, &us), "%s", text);
    return us;
}

static void check_text(int64_t us, const char *expected)
{
    char text[TIME_TEXT_MAX];
    time_format(us, text);
    cr_assert_str_eq(text, expected);
}

Test(timestamp, reads_dates_offsets_and_fractions)
{
    cr_assert_eq(parse("1970-01-01T00:00:00Z"), 0);
    cr_assert_eq(parse("1970-01-01t00:00:00z"), 0);
    cr_assert_eq(parse("1970-01-01 00:00:00-00:00"), 0);
    cr_assert_eq(parse("2023-05-08T13:56:00.5+02:00"), INT64_C(1683546960500000));
    cr_assert_eq(parse("1969-12-31T23:59:59.999999Z"), -1);
    cr_assert_eq(parse("2000-02-29T12:00:00-23:59"), parse("2000-03-01T11:59:00Z"));
    cr_assert_eq(parse("1970-01-01T00:00:00.000001Z"), 1);
    cr_assert_eq(parse("1970-01-01T00:00:00.1Z"), 100000);
    cr_assert_eq(parse("1970-01-01T00:00:00.123456999Z"), 123456, "cut, not rounded");
}

Test(timestamp, leap_second_is_the_last_microsecond_of_its_day)
{
    const char *last = "2016-12-31T23:59:59.999999Z";
    cr_assert_eq(parse("2016-12-31T23:59:60Z"), parse(last));
    cr_assert_eq(parse("2016-12-31T23:59:60.25Z"), parse(last));
    cr_assert_eq(parse("2017-01-01T00:59:60+01:00"), parse(last));
    cr_assert_eq(parse("1969-12-31T23:59:60Z"), -1);
}

Test(timestamp, refuses_everything_else)
{
    static const char *const bad[] = {
        "",
        "2023",
        "2023-05-08",
        "2023-05-08T13:56:00",
        "2023-05-08T13:56Z",
        "2023-05-08T13:56:00 Z",
        "2023-05-08T13:56:00Z ",
        " 2023-05-08T13:56:00Z",
        "2023-05-08T13:56:00.Z",
        "2023-05-08T13:56:00,5Z",
        "2023-05-08T13:56:00.1234567890Z",
        "2023-05-08T13:56:00+2:00",
        "2023-05-08T13:56:00+0200",
        "2023-05-08T13:56:00+02",
        "2023-05-08T13:56:00+24:00",
        "2023-05-08T13:56:00+02:60",
        "2023-05-08T13:56:00ZZ",
        "2023-05-08T24:00:00Z",
        "2023-05-08T13:60:00Z",
        "2023-05-08T13:56:60Z",
        "2023-05-08T23:59:61Z",
        "2016-12-31T23:59:60+01:00",
        "2023-13-08T13:56:00Z",
        "2023-00-08T13:56:00Z",
        "2023-05-00T13:56:00Z",
        "2023-05-32T13:56:00Z",
        "2023-02-29T13:56:00Z",
        "1900-02-29T13:56:00Z",
        "2023-04-31T13:56:00Z",
        "2023-5-8T13:56:00Z",
        "+2023-05-08T13:56:00Z",
        "12023-05-08T13:56:00Z",
        "2023/05/08T13:56:00Z",
        "2023-05-08X13:56:00Z",
        "2023-0x-08T13:56:00Z",
        "0000-12-31T23:59:59Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t us = 7;
        cr_assert_not(time_parse(bad[i], &us), "%s", bad[i]);
        cr_assert_eq(us, TIME_NONE);
    }
}

Test(timestamp, every_cut_of_a_time_is_refused)
{
    const char *whole = "2023-05-08T13:56:00.123456+02:00";
    char cut[64];
    for (size_t length = 0; length < strlen(whole); length++) {
        int64_t us;
        memcpy(cut, whole, length);
        cut[length] = '\0';
        cr_assert_not(time_parse(cut, &us), "%s", cut);
    }
}

Test(timestamp, reads_up_to_both_ends)
{
    cr_assert_eq(parse("0001-01-01T00:00:00Z"), TIME_MIN_US);
    cr_assert_eq(parse("9999-12-31T23:59:59.999999Z"), TIME_MAX_US);
    cr_assert_eq(parse("0000-12-31T23:00:00-01:00"), TIME_MIN_US, "an offset may lead inside");
    check_text(TIME_MIN_US, "0001-01-01T00:00:00Z");
    check_text(TIME_MAX_US, "9999-12-31T23:59:59.999999Z");
}

Test(timestamp, outside_the_ends_counts_as_the_nearer)
{
    check_text(TIME_NONE, "0001-01-01T00:00:00Z");
    check_text(TIME_MIN_US - 1, "0001-01-01T00:00:00Z");
    check_text(INT64_MAX, "9999-12-31T23:59:59.999999Z");
}

Test(timestamp, writes_the_fraction_only_where_there_is_one)
{
    check_text(0, "1970-01-01T00:00:00Z");
    check_text(1, "1970-01-01T00:00:00.000001Z");
    check_text(-1, "1969-12-31T23:59:59.999999Z");
    check_text(500000, "1970-01-01T00:00:00.500000Z");
}

/* Every fifth day of all years, at a shifting hour, against the C library. */
Test(timestamp, civil_time_is_that_of_the_c_library)
{
    const int64_t first = TIME_MIN_US / US_PER_SECOND, last = TIME_MAX_US / US_PER_SECOND;
    for (int64_t seconds = first; seconds <= last; seconds += 5 * 86400 + 3607) {
        time_t at = (time_t)seconds;
        struct tm expected;
        struct civil civil;
        int64_t us = seconds * US_PER_SECOND + 123, back;
        cr_assert_not_null(gmtime_r(&at, &expected));
        time_to_civil(us, &civil);
        cr_assert(civil.year == expected.tm_year + 1900 && civil.month == expected.tm_mon + 1 &&
                      civil.day == expected.tm_mday && civil.hour == expected.tm_hour &&
                      civil.minute == expected.tm_min && civil.second == expected.tm_sec &&
                      civil.microsecond == 123,
                  "at %lld", (long long)seconds);
        cr_assert(time_from_civil(&civil, &back) && back == us, "at %lld", (long long)seconds);
    }
}

Test(timestamp, what_is_written_reads_back)
{
    for (int64_t us = TIME_MIN_US; us < TIME_MAX_US - INT64_C(40000000000001);
         us += INT64_C(39999999999999)) {
        char text[TIME_TEXT_MAX];
        time_format(us, text);
        cr_assert_eq(parse(text), us, "%s", text);
    }
}

Test(timestamp, civil_times_that_do_not_exist_are_refused)
{
    static const struct civil bad[] = {
        {0, 12, 31, 23, 59, 59, 0},       {10000, 1, 1, 0, 0, 0, 0},
        {-1, 1, 1, 0, 0, 0, 0},           {2023, 0, 1, 0, 0, 0, 0},
        {2023, 13, 1, 0, 0, 0, 0},        {2023, 1, 0, 0, 0, 0, 0},
        {2023, 1, 32, 0, 0, 0, 0},        {2023, 2, 29, 0, 0, 0, 0},
        {2024, 2, 30, 0, 0, 0, 0},        {2023, 1, 1, 24, 0, 0, 0},
        {2023, 1, 1, -1, 0, 0, 0},        {2023, 1, 1, 0, 60, 0, 0},
        {2023, 1, 1, 0, -1, 0, 0},        {2023, 1, 1, 0, 0, 60, 0},
        {2023, 1, 1, 0, 0, -1, 0},        {2023, 1, 1, 0, 0, 0, -1},
        {2023, 1, 1, 0, 0, 0, 1000000},   {INT32_MAX, 1, 1, 0, 0, 0, 0},
        {2023, INT32_MIN, 1, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t us = 7;
        cr_assert_not(time_from_civil(&bad[i], &us), "row %zu", i);
        cr_assert_eq(us, TIME_NONE);
    }
}
