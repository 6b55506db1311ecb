/*
 * Times: int64 microseconds since 1970 UTC inside, RFC 3339 with `Z` outside (offsets are accepted and turned into
 * UTC).
 */
#ifndef BASE_TIMESTAMP_H
#define BASE_TIMESTAMP_H

#include "base/error.h"

#define TIME_NONE INT64_MIN
#define TIME_MIN_US INT64_C(-62135596800000000) /* 0001-01-01T00:00:00Z */
#define TIME_MAX_US INT64_C(253402300799999999) /* 9999-12-31T23:59:59.999999Z */
#define TIME_TEXT_MAX 32
#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (INT64_C(86400) * US_PER_SECOND)

/* A civil date and time in UTC (proleptic Gregorian calendar). */
struct civil {
    int year, month, day, hour, minute, second, microsecond; /* month and day count from 1 */
};

/* `2023-05-08T13:56:00.5+02:00`: date, `T`, `t` or space, seconds required, up to 9 digits of fraction (cut to 6), zone
 * required; a leap second reads as :59.999999. False on anything else, days that do not exist included. */
bool time_parse(const char *text, int64_t *out_us);

/* `2023-05-08T11:56:00.500000Z`; the fraction is left out when it is zero, else six digits.
 * Here and below, times outside TIME_MIN_US .. TIME_MAX_US count as the nearer end. */
void time_format(int64_t us, char out[TIME_TEXT_MAX]);

void time_to_civil(int64_t us, struct civil *out);
/* false if there is no such day or hour */
bool time_from_civil(const struct civil *civil, int64_t *out_us);

#endif
