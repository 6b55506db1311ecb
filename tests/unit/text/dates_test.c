#include "text/dates.h"

#include "base/timestamp.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* The reference day of all relative cases: Wednesday, 17 May 2023, 15:30 UTC. */
#define REFERENCE "2023-05-17T15:30:00Z"

struct reading {
    const char *text;
    const char *date;      /* the part of the text that was read; NULL: none */
    const char *from, *to; /* days, or times where there is a T */
    enum date_unit unit;
};

static int64_t us_of(const char *text)
{
    char full[40];
    int64_t us;
    snprintf(full, sizeof full, "%s%s", text, strchr(text, 'T') ? "" : "T00:00:00Z");
    cr_assert(time_parse(full, &us), "%s", full);
    return us;
}

static void check_span(const struct reading *reading, bool found, const struct date_span *span)
{
    if (!reading->date) {
        cr_assert(!found, "\"%s\": read \"%.*s\"", reading->text, (int)span->length,
                  reading->text + span->start);
        cr_assert(span->length == 0 && span->from_us == 0);
        return;
    }
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    cr_assert(found, "\"%s\": nothing read", reading->text);
    time_format(span->from_us, from);
    time_format(span->to_us, to);
    cr_assert(span->length == strlen(reading->date) &&
                  memcmp(reading->text + span->start, reading->date, span->length) == 0,
              "\"%s\": read \"%.*s\"", reading->text, (int)span->length,
              reading->text + span->start);
    cr_assert(span->from_us == us_of(reading->from) && span->to_us == us_of(reading->to),
              "\"%s\": %s to %s", reading->text, from, to);
    cr_assert(span->unit == reading->unit, "\"%s\": unit %d", reading->text, (int)span->unit);
}

static void check_find(const struct reading *readings, size_t count)
{
    const struct language *english = language_find("en");
    for (size_t i = 0; i < count; i++) {
        struct date_span span;
        bool found = date_find(english, readings[i].text, us_of(REFERENCE), &span);
        check_span(&readings[i], found, &span);
    }
}

#define CHECK_FIND(readings) check_find(readings, sizeof(readings) / sizeof *(readings))

Test(dates, absolute_days_are_read_in_every_common_form)
{
    static const struct reading readings[] = {
        {"met on 8 May, 2023 at last", "8 May, 2023", "2023-05-08", "2023-05-09", DATE_DAY},
        {"May 8 2023", "May 8 2023", "2023-05-08", "2023-05-09", DATE_DAY},
        {"May 8, 2023.", "May 8, 2023", "2023-05-08", "2023-05-09", DATE_DAY},
        {"8 May 2023", "8 May 2023", "2023-05-08", "2023-05-09", DATE_DAY},
        {"the 8th of May 2023", "8th of May 2023", "2023-05-08", "2023-05-09", DATE_DAY},
        {"May 8th, 2023", "May 8th, 2023", "2023-05-08", "2023-05-09", DATE_DAY},
        {"Sept. 1, 2022", "Sept. 1, 2022", "2022-09-01", "2022-09-02", DATE_DAY},
        {"Mon, 8 May 2023", "Mon, 8 May 2023", "2023-05-08", "2023-05-09", DATE_DAY},
        {"Monday 8 May 2023", "Monday 8 May 2023", "2023-05-08", "2023-05-09", DATE_DAY},
        {"March-15-2024", "March-15-2024", "2024-03-15", "2024-03-16", DATE_DAY},
        {"15-Mar-2024", "15-Mar-2024", "2024-03-15", "2024-03-16", DATE_DAY},
        {"due 2023-05-08, then", "2023-05-08", "2023-05-08", "2023-05-09", DATE_DAY},
        {"date:2023-05-08", "2023-05-08", "2023-05-08", "2023-05-09", DATE_DAY},
        {"2023/5/8", "2023/5/8", "2023-05-08", "2023-05-09", DATE_DAY},
        {"2023.05.08", "2023.05.08", "2023-05-08", "2023-05-09", DATE_DAY},
        {"am 29.12.2023 da", "29.12.2023", "2023-12-29", "2023-12-30", DATE_DAY},
        {"(29 February 2024)", "29 February 2024", "2024-02-29", "2024-03-01", DATE_DAY},
        {"born 3 march 1815", "3 march 1815", "1815-03-03", "1815-03-04", DATE_DAY},
        {"since 0001-01-01", "0001-01-01", "0001-01-01", "0001-01-02", DATE_DAY},
        {"31 December 9999", "31 December 9999", "9999-12-31", "9999-12-31T23:59:59.999999Z",
         DATE_DAY},
    };
    CHECK_FIND(readings);
}

Test(dates, a_time_beside_the_day_narrows_it)
{
    static const struct reading readings[] = {
        {"1:56 pm on 8 May, 2023", "1:56 pm on 8 May, 2023", "2023-05-08T13:56:00Z",
         "2023-05-08T13:57:00Z", DATE_MINUTE},
        {"1:56 p.m. on 8 May, 2023", "1:56 p.m. on 8 May, 2023", "2023-05-08T13:56:00Z",
         "2023-05-08T13:57:00Z", DATE_MINUTE},
        {"10:30, 8 May 2023", "10:30, 8 May 2023", "2023-05-08T10:30:00Z", "2023-05-08T10:31:00Z",
         DATE_MINUTE},
        {"8 May 2023 at 5pm", "8 May 2023 at 5pm", "2023-05-08T17:00:00Z", "2023-05-08T17:01:00Z",
         DATE_MINUTE},
        {"12 am on 1 January 2024", "12 am on 1 January 2024", "2024-01-01T00:00:00Z",
         "2024-01-01T00:01:00Z", DATE_MINUTE},
        {"12 pm on 1 January 2024", "12 pm on 1 January 2024", "2024-01-01T12:00:00Z",
         "2024-01-01T12:01:00Z", DATE_MINUTE},
        {"[29.12.2023, 00:51:12] Ana", "29.12.2023, 00:51:12", "2023-12-29T00:51:12Z",
         "2023-12-29T00:51:13Z", DATE_SECOND},
        {"8 May 2023 13:56 UTC", "8 May 2023 13:56 UTC", "2023-05-08T13:56:00Z",
         "2023-05-08T13:57:00Z", DATE_MINUTE},
        {"1:56\u202fPM on 8 May 2023", "1:56\u202fPM on 8 May 2023", "2023-05-08T13:56:00Z",
         "2023-05-08T13:57:00Z", DATE_MINUTE},
        {"yesterday at 10:30", "yesterday at 10:30", "2023-05-16T10:30:00Z", "2023-05-16T10:31:00Z",
         DATE_MINUTE},
        {"13 pm on 1 January 2024", "1 January 2024", "2024-01-01", "2024-01-02", DATE_DAY},
        {"tomorrow 10:30-11:30", "tomorrow", "2023-05-18", "2023-05-19", DATE_DAY},
        {"25:30 8 May 2023", "8 May 2023", "2023-05-08", "2023-05-09", DATE_DAY},
        {"Monday last week", "last week", "2023-05-08", "2023-05-15", DATE_WEEK},
        {"5 pm last week", "last week", "2023-05-08", "2023-05-15", DATE_WEEK},
    };
    CHECK_FIND(readings);
}

Test(dates, rfc_3339_is_read_with_its_offset)
{
    static const struct reading readings[] = {
        {"at 2023-05-08T13:56:00Z.", "2023-05-08T13:56:00Z", "2023-05-08T13:56:00Z",
         "2023-05-08T13:56:01Z", DATE_SECOND},
        {"2023-05-08t13:56:00z", "2023-05-08t13:56:00z", "2023-05-08T13:56:00Z",
         "2023-05-08T13:56:01Z", DATE_SECOND},
        {"2023-05-08 13:56:00+02:00", "2023-05-08 13:56:00+02:00", "2023-05-08T11:56:00Z",
         "2023-05-08T11:56:01Z", DATE_SECOND},
        {"2023-05-08T13:56:00.123456789-0330", "2023-05-08T13:56:00.123456789-0330",
         "2023-05-08T17:26:00.123456Z", "2023-05-08T17:26:01.123456Z", DATE_SECOND},
        {"2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z",
         "2017-01-01T00:00:00.999999Z", DATE_SECOND},
        {"2023-05-08T13:56", "2023-05-08T13:56", "2023-05-08T13:56:00Z", "2023-05-08T13:57:00Z",
         DATE_MINUTE},
        {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z",
         "9999-12-31T23:59:59.999999Z", DATE_SECOND},
        {"2023-05-08T13:56:00+2:00", NULL, NULL, NULL, DATE_DAY},
        {"9999-12-31T23:59:59-01:00", NULL, NULL, NULL, DATE_DAY},
        {"2023-05-08T25:00:00Z", NULL, NULL, NULL, DATE_DAY},
        {"2023-05-08T13:56:00ZZ", NULL, NULL, NULL, DATE_DAY},
        {"2023-05-08T10", NULL, NULL, NULL, DATE_DAY},
    };
    CHECK_FIND(readings);
}

Test(dates, months_quarters_and_years_are_spans)
{
    static const struct reading readings[] = {
        {"early May, 2023", "May, 2023", "2023-05-01", "2023-06-01", DATE_MONTH},
        {"May of 2023", "May of 2023", "2023-05-01", "2023-06-01", DATE_MONTH},
        {"Dec 2023", "Dec 2023", "2023-12-01", "2024-01-01", DATE_MONTH},
        {"Q3 2024", "Q3 2024", "2024-07-01", "2024-10-01", DATE_QUARTER},
        {"2024-Q1", "2024-Q1", "2024-01-01", "2024-04-01", DATE_QUARTER},
        {"Q4 9999", "Q4 9999", "9999-10-01", "9999-12-31T23:59:59.999999Z", DATE_QUARTER},
        {"in 2019 we met", "2019", "2019-01-01", "2020-01-01", DATE_YEAR},
        {"2023?", "2023", "2023-01-01", "2024-01-01", DATE_YEAR},
    };
    CHECK_FIND(readings);
}

Test(dates, words_are_counted_from_the_reference)
{
    static const struct reading readings[] = {
        {"yesterday", "yesterday", "2023-05-16", "2023-05-17", DATE_DAY},
        {"Today!", "Today", "2023-05-17", "2023-05-18", DATE_DAY},
        {"see you tomorrow", "tomorrow", "2023-05-18", "2023-05-19", DATE_DAY},
        {"the day before yesterday", "day before yesterday", "2023-05-15", "2023-05-16", DATE_DAY},
        {"the day after tomorrow", "day after tomorrow", "2023-05-19", "2023-05-20", DATE_DAY},
        {"yesterday's news", "yesterday", "2023-05-16", "2023-05-17", DATE_DAY},
        {"3 days ago", "3 days ago", "2023-05-14", "2023-05-15", DATE_DAY},
        {"two weeks ago", "two weeks ago", "2023-05-01", "2023-05-08", DATE_WEEK},
        {"a year ago", "a year ago", "2022-01-01", "2023-01-01", DATE_YEAR},
        {"5 months ago", "5 months ago", "2022-12-01", "2023-01-01", DATE_MONTH},
        {"in 5 months", "in 5 months", "2023-10-01", "2023-11-01", DATE_MONTH},
        {"3 weeks from now", "3 weeks from now", "2023-06-05", "2023-06-12", DATE_WEEK},
        {"5 days from today", "5 days from today", "2023-05-22", "2023-05-23", DATE_DAY},
        {"last week", "last week", "2023-05-08", "2023-05-15", DATE_WEEK},
        {"this week", "this week", "2023-05-15", "2023-05-22", DATE_WEEK},
        {"next week", "next week", "2023-05-22", "2023-05-29", DATE_WEEK},
        {"last weekend", "last weekend", "2023-05-13", "2023-05-15", DATE_DAY},
        {"this weekend", "this weekend", "2023-05-20", "2023-05-22", DATE_DAY},
        {"next weekend", "next weekend", "2023-05-27", "2023-05-29", DATE_DAY},
        {"last month", "last month", "2023-04-01", "2023-05-01", DATE_MONTH},
        {"next year", "next year", "2024-01-01", "2025-01-01", DATE_YEAR},
        {"last quarter", "last quarter", "2023-01-01", "2023-04-01", DATE_QUARTER},
        {"last Friday", "last Friday", "2023-05-12", "2023-05-13", DATE_DAY},
        {"this Friday", "this Friday", "2023-05-19", "2023-05-20", DATE_DAY},
        {"next friday", "next friday", "2023-05-19", "2023-05-20", DATE_DAY},
        {"last Wednesday", "last Wednesday", "2023-05-10", "2023-05-11", DATE_DAY},
        {"next Wednesday", "next Wednesday", "2023-05-24", "2023-05-25", DATE_DAY},
        {"last night", "last night", "2023-05-16", "2023-05-17", DATE_DAY},
        {"this morning", "this morning", "2023-05-17", "2023-05-18", DATE_DAY},
    };
    CHECK_FIND(readings);
}

Test(dates, a_month_or_day_without_a_year_is_the_nearest_past_one)
{
    static const struct reading readings[] = {
        {"in May", "in May", "2023-05-01", "2023-06-01", DATE_MONTH},
        {"in June", "in June", "2022-06-01", "2022-07-01", DATE_MONTH},
        {"last May", "last May", "2022-05-01", "2022-06-01", DATE_MONTH},
        {"next May", "next May", "2024-05-01", "2024-06-01", DATE_MONTH},
        {"this August", "this August", "2023-08-01", "2023-09-01", DATE_MONTH},
        {"on May 17", "May 17", "2023-05-17", "2023-05-18", DATE_DAY},
        {"on 18 May", "18 May", "2022-05-18", "2022-05-19", DATE_DAY},
        {"Feb 29", "Feb 29", "2020-02-29", "2020-03-01", DATE_DAY},
        {"8 May 10:30", "8 May 10:30", "2023-05-08T10:30:00Z", "2023-05-08T10:31:00Z", DATE_MINUTE},
    };
    CHECK_FIND(readings);
}

Test(dates, what_is_ambiguous_or_impossible_is_no_date)
{
    static const struct reading readings[] = {
        {"", NULL, NULL, NULL, DATE_DAY},
        {"   ", NULL, NULL, NULL, DATE_DAY},
        {"03/04/2023", NULL, NULL, NULL, DATE_DAY},
        {"29/12/2023", NULL, NULL, NULL, DATE_DAY},
        {"summer", NULL, NULL, NULL, DATE_DAY},
        {"in the morning", NULL, NULL, NULL, DATE_DAY},
        {"next morning", NULL, NULL, NULL, DATE_DAY},
        {"this day", NULL, NULL, NULL, DATE_DAY},
        {"may I come", NULL, NULL, NULL, DATE_DAY},
        {"march on", NULL, NULL, NULL, DATE_DAY},
        {"last march was long", NULL, NULL, NULL, DATE_DAY},
        {"the last week of school", NULL, NULL, NULL, DATE_DAY},
        {"half a year ago", NULL, NULL, NULL, DATE_DAY},
        {"8 May 23", NULL, NULL, NULL, DATE_DAY},
        {"2023-05", NULL, NULL, NULL, DATE_DAY},
        {"2010-12", NULL, NULL, NULL, DATE_DAY},
        {"31 June 2023", NULL, NULL, NULL, DATE_DAY},
        {"2023-02-29", NULL, NULL, NULL, DATE_DAY},
        {"2023-13-01", NULL, NULL, NULL, DATE_DAY},
        {"0000-01-01", NULL, NULL, NULL, DATE_DAY},
        {"in 9000 years", NULL, NULL, NULL, DATE_DAY},
        {"the day before tomorrow", NULL, NULL, NULL, DATE_DAY},
        {"9999 years ago", NULL, NULL, NULL, DATE_DAY},
        {"ORD-2023", NULL, NULL, NULL, DATE_DAY},
        {"v2.2023", NULL, NULL, NULL, DATE_DAY},
        {"10.2023.5", NULL, NULL, NULL, DATE_DAY},
        {"$2023", NULL, NULL, NULL, DATE_DAY},
        {"\u20ac2023", NULL, NULL, NULL, DATE_DAY},
        {"2023%", NULL, NULL, NULL, DATE_DAY},
        {"2023-foo", NULL, NULL, NULL, DATE_DAY},
        {"x2023", NULL, NULL, NULL, DATE_DAY},
        {"2023x", NULL, NULL, NULL, DATE_DAY},
        {"a few days ago", NULL, NULL, NULL, DATE_DAY},
        {"99999999999 days ago", NULL, NULL, NULL, DATE_DAY},
        {"May the force be with you", NULL, NULL, NULL, DATE_DAY},
        {"user@2023.com", NULL, NULL, NULL, DATE_DAY},
        {"/2023/", NULL, NULL, NULL, DATE_DAY},
        {"one fine day", NULL, NULL, NULL, DATE_DAY},
        {"may_2023", NULL, NULL, NULL, DATE_DAY},
        {"8:30", NULL, NULL, NULL, DATE_DAY},
    };
    CHECK_FIND(readings);
}

Test(dates, the_first_date_of_several_wins)
{
    static const struct reading readings[] = {
        {"from 1 May 2023 to 3 May 2023", "1 May 2023", "2023-05-01", "2023-05-02", DATE_DAY},
        {"the last time was in 2019, not yesterday", "2019", "2019-01-01", "2020-01-01", DATE_YEAR},
        {"Zo\u00eb came yesterday\u2014in Rome", "yesterday", "2023-05-16", "2023-05-17", DATE_DAY},
    };
    CHECK_FIND(readings);
}

Test(dates, without_a_reference_only_absolute_dates_are_read)
{
    const struct language *english = language_find("en");
    struct date_span span;
    cr_assert(!date_find(english, "yesterday, or last week, or on May 8", TIME_NONE, &span));
    cr_assert(!date_find(english, "tomorrow", TIME_MAX_US + 1, &span));
    cr_assert(date_find(english, "yesterday or on 8 May 2023", TIME_NONE, &span));
    cr_assert(span.from_us == us_of("2023-05-08") && span.start == 16 && span.length == 10);
}

Test(dates, parse_takes_one_absolute_date_and_nothing_else)
{
    const struct language *english = language_find("en");
    static const char *const dates[] = {
        "1:56 pm on 8 May, 2023", "29.12.2023, 00:51:12", "March-15-2024", " 2023-05-08\n",
        "2023-05-08T13:56:00Z",   "8 May 2023",           "May 2023",      "2023"};
    static const char *const others[] = {"",          "on 8 May 2023", "8 May 2023 or so",
                                         "yesterday", "8 May",         "8 May 2023.",
                                         "1:56 pm",   "03/04/2023",    "31 June 2023"};
    struct date_span span;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        cr_expect(date_parse(english, dates[i], &span), "%s", dates[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        cr_expect(!date_parse(english, others[i], &span), "%s", others[i]);
        cr_expect(span.length == 0);
    }
}

Test(dates, a_long_text_of_almost_dates_is_passed_over_quickly, .timeout = 10)
{
    static const char bait[] = "the last 1 1:1 May half a in 2 ";
    size_t size = 256 * 1024, filled = 0;
    char *text = malloc(size + 1);
    cr_assert_not_null(text);
    for (; filled + sizeof bait < size; filled += sizeof bait - 1)
        memcpy(text + filled, bait, sizeof bait);
    struct date_span span;
    cr_assert(!date_find(language_find("en"), text, us_of(REFERENCE), &span));
    memset(text, '1', filled);
    cr_assert(!date_find(language_find("en"), text, us_of(REFERENCE), &span));
    free(text);
}
