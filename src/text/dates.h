/*
 * Dates in running text, by rules: a result is a half-open interval with its granularity; what is ambiguous is no date.
 *
 * Read: RFC 3339; "8 May, 2023", "May 8 2023", "Mon, 8 May 2023"; "1:56 pm on 8 May, 2023"; "29.12.2023, 00:51:12";
 * "March-15-2024"; "2023-05-08", with a time; a year ("2023", "in 2019"), "May 2023", "Q3 2024"; "yesterday", "the day
 * after tomorrow", "last night"; last/this/next week (from Monday), weekend, month, quarter, year, weekday, name of a
 * month; "3 days ago", "two weeks ago" (that week), "in 5 months"; "in May" and "May 8" (the nearest past one). "Last
 * Friday" is the nearest before the reference day, "next Friday" the nearest after it. Times without an offset are UTC.
 * Not read: "03/04/2023", "2010-12", "8 May 23", "summer", "the last week", "half a year ago", days that do not exist.
 */
#ifndef TEXT_DATES_H
#define TEXT_DATES_H

#include "text/language.h"

#include <stdint.h>

enum date_unit {
    DATE_SECOND,
    DATE_MINUTE,
    DATE_DAY,
    DATE_WEEK,
    DATE_MONTH,
    DATE_QUARTER,
    DATE_YEAR
};

struct date_span {
    int64_t from_us, to_us; /* half-open */
    enum date_unit unit;
    unsigned start, length; /* where in the text, in bytes */
};

/* The first date of the text, relative ones counted from reference_us (UTC; TIME_NONE: they are not read). False, and
 * *out all zero, if there is none. Times are within TIME_MIN_US .. TIME_MAX_US. Any thread. */
bool date_find(const struct language *language, const char *text, int64_t reference_us,
               struct date_span *out);
/* The whole text is one absolute date, apart from white space: for importers. */
bool date_parse(const struct language *language, const char *text, struct date_span *out);

#endif
