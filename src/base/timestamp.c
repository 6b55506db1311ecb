/*
 * The civil calendar by Howard Hinnant's day algorithms ("chrono-compatible low-level date algorithms"): years begin
 * in March, so that the leap day is the last of its year.
 */
#include "base/timestamp.h"

#include <string.h>

#define DAYS_TO_1970 719468 // from 0000-03-01
#define DAYS_PER_ERA 146097 // 400 years

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* For years from 0 on. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static bool is_in_range(int64_t us)
{
    return us >= TIME_MIN_US && us <= TIME_MAX_US;
}

/* A civil time from year 0 to 9999 without a look at the range, which an offset may still move into it. */
static bool to_us(const struct civil *civil, int64_t *out_us)
{
    if (civil->year < 0 || civil->year > 9999 || civil->month < 1 || civil->month > 12 ||
        civil->day < 1 || civil->day > days_in_month(civil->year, civil->month))
        return false;
    if (civil->hour < 0 || civil->hour > 23 || civil->minute < 0 || civil->minute > 59 ||
        civil->second < 0 || civil->second > 59 || civil->microsecond < 0 ||
        civil->microsecond > 999999)
        return false;
    int64_t seconds = days_from_civil(civil->year, civil->month, civil->day) * 86400 +
                      civil->hour * 3600 + civil->minute * 60 + civil->second;
    *out_us = seconds * US_PER_SECOND + civil->microsecond;
    return true;
}

/* Exactly `count` digits; *at moves behind them. */
static bool read_digits(const char **at, int count, int *out)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9') return false;
        value = value * 10 + (c - '0');
    }
    *at += count;
    *out = value;
    return true;
}

static bool read_char(const char **at, const char *allowed)
{
    if (**at == '\0' || !strchr(allowed, **at)) return false;
    (*at)++;
    return true;
}

/* The digits behind the point: 1 to 9, those after the sixth dropped. */
static bool read_fraction(const char **at, int *out_us)
{
    int value = 0, count = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++, count++) {
        if (count < 6) value = value * 10 + (**at - '0');
    }
    if (count < 1 || count > 9) return false;
    for (; count < 6; count++) value *= 10;
    *out_us = value;
    return true;
}

static bool read_zone(const char **at, int64_t *offset_us)
{
    *offset_us = 0;
    if (read_char(at, "Zz")) return true;
    bool is_west = **at == '-';
    int hours, minutes;
    if (!read_char(at, "+-") || !read_digits(at, 2, &hours) || !read_char(at, ":") ||
        !read_digits(at, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset_us = (hours * INT64_C(3600) + minutes * 60) * US_PER_SECOND;
    if (is_west) *offset_us = -*offset_us;
    return true;
}

/* Leap seconds are inserted before midnight UTC and nowhere else. */
static bool ends_a_day(int64_t us)
{
    int64_t of_day = us % US_PER_DAY;
    if (of_day < 0) of_day += US_PER_DAY;
    return of_day == US_PER_DAY - 1;
}

bool time_parse(const char *text, int64_t *out_us)
{
    struct civil civil = {0};
    int64_t us, offset_us;
    *out_us = TIME_NONE;
    const char *at = text;
    if (!read_digits(&at, 4, &civil.year) || !read_char(&at, "-") ||
        !read_digits(&at, 2, &civil.month) || !read_char(&at, "-") ||
        !read_digits(&at, 2, &civil.day) || !read_char(&at, "Tt ") ||
        !read_digits(&at, 2, &civil.hour) || !read_char(&at, ":") ||
        !read_digits(&at, 2, &civil.minute) || !read_char(&at, ":") ||
        !read_digits(&at, 2, &civil.second))
        return false;
    if (read_char(&at, ".") && !read_fraction(&at, &civil.microsecond)) return false;
    if (!read_zone(&at, &offset_us) || *at != '\0') return false;

    bool is_leap_second = civil.second == 60;
    if (is_leap_second) {
        civil.second = 59;
        civil.microsecond = 999999;
    }
    if (!to_us(&civil, &us)) return false;
    us -= offset_us;
    if (!is_in_range(us) || (is_leap_second && !ends_a_day(us))) return false;
    *out_us = us;
    return true;
}

static char *put_digits(char *at, int value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

void time_format(int64_t us, char out[TIME_TEXT_MAX])
{
    struct civil civil;
    time_to_civil(us, &civil);
    char *at = put_digits(out, civil.year, 4);
    *at++ = '-';
    at = put_digits(at, civil.month, 2);
    *at++ = '-';
    at = put_digits(at, civil.day, 2);
    *at++ = 'T';
    at = put_digits(at, civil.hour, 2);
    *at++ = ':';
    at = put_digits(at, civil.minute, 2);
    *at++ = ':';
    at = put_digits(at, civil.second, 2);
    if (civil.microsecond != 0) {
        *at++ = '.';
        at = put_digits(at, civil.microsecond, 6);
    }
    *at++ = 'Z';
    *at = '\0';
}

void time_to_civil(int64_t us, struct civil *out)
{
    if (us < TIME_MIN_US) us = TIME_MIN_US;
    if (us > TIME_MAX_US) us = TIME_MAX_US;
    int64_t days = us / US_PER_DAY, of_day = us % US_PER_DAY;
    if (of_day < 0) {
        days--;
        of_day += US_PER_DAY;
    }
    // Days since 0000-03-01 are positive in our range, hence no rounding towards minus infinity.
    int64_t shifted = days + DAYS_TO_1970;
    int64_t era = shifted / DAYS_PER_ERA;
    int64_t day_of_era = shifted % DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; // 0 is March
    out->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    out->month = (int)(month < 10 ? month + 3 : month - 9);
    out->year = (int)(era * 400 + year_of_era) + (out->month <= 2);

    int64_t second = of_day / US_PER_SECOND;
    out->microsecond = (int)(of_day % US_PER_SECOND);
    out->hour = (int)(second / 3600);
    out->minute = (int)(second / 60 % 60);
    out->second = (int)(second % 60);
}

bool time_from_civil(const struct civil *civil, int64_t *out_us)
{
    int64_t us;
    *out_us = TIME_NONE;
    if (!to_us(civil, &us) || !is_in_range(us)) return false;
    *out_us = us;
    return true;
}
