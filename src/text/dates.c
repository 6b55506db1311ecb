/*
 * A text is cut into tokens from each place where a date may begin, and the rules are tried there in order: the first
 * that fits wins, so longer ones stand before those they begin with. A rule is a pattern with one letter for each
 * token; which words may stand for a letter is the language's business.
 *
 *     D  day of the month, perhaps with "th"    n  number of a month         -./  that sign, nothing between
 *     d  the same, in figures only              Y  year of four digits       ,    a comma, or nothing
 *     M  month                                  y  year from 1900 to 2099    o    "of", or nothing
 *     N  month; no ordinary word                Q  "Q1" to "Q4"              C    a number of things
 *     A  month in full                          U  unit, as in "3 days"      L    last, this, next
 *     K  weekday   E  weekend   P  part of day  R  "yesterday"               B    before, after
 *     a  "ago"     i  "in"      f  "from"       w  now or today              x    "the", "half"
 */
#include "text/dates.h"

#include "base/timestamp.h"
#include "text/date_tokens.h"

#include <string.h>

#define DAYS_OF_WEEK 7
#define MONTHS_OF_YEAR 12
#define FIRST_YEAR 1900 // of those that need no month beside them
#define LAST_YEAR 2099
#define LEAP_CYCLE 8 // years within which every day of the calendar comes back

/* Spans */

/* What a pattern took in. */
struct parts {
    int day, month, year, quarter;
    int count, unit;         // "3 days"
    int which;               // -1 last, 0 this, 1 next
    int weekday, daypart;    // as in the language's table
    int relative, direction; // days from today; -1 before, 1 after
};

struct today {
    int64_t day;           // since 1970
    int year, month_index; // months since year 0
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool set_days(struct date_span *span, int64_t first, int64_t count, enum date_unit unit)
{
    if (first < TIME_MIN_US / US_PER_DAY || first + count > TIME_MAX_US / US_PER_DAY + 1)
        return false;
    span->from_us = first * US_PER_DAY;
    span->to_us = (first + count) * US_PER_DAY;
    span->unit = unit;
    return true;
}

static bool month_start(int64_t month_index, int64_t *us)
{
    if (month_index == (int64_t)10000 * MONTHS_OF_YEAR) {
        *us = TIME_MAX_US + 1;
        return true;
    }
    if (month_index < 0 || month_index > (int64_t)10000 * MONTHS_OF_YEAR) return false;
    struct civil first = {.year = (int)(month_index / MONTHS_OF_YEAR),
                          .month = (int)(month_index % MONTHS_OF_YEAR) + 1,
                          .day = 1};
    return time_from_civil(&first, us);
}

static bool set_months(struct date_span *span, int64_t month_index, int count, enum date_unit unit)
{
    span->unit = unit;
    return month_start(month_index, &span->from_us) &&
           month_start(month_index + count, &span->to_us);
}

static int64_t month_index(int year, int month)
{
    return (int64_t)year * MONTHS_OF_YEAR + month - 1;
}

static int weekday_of(int64_t day)
{
    return (int)(((day + 3) % DAYS_OF_WEEK + DAYS_OF_WEEK) % DAYS_OF_WEEK); // day 0 was a Thursday
}

/* The unit that lies `count` units from today's. */
static bool set_unit(struct date_span *span, const struct today *today, int unit, int64_t count)
{
    int64_t month = today->month_index;
    switch (unit) {
    case DATE_DAY: return set_days(span, today->day + count, 1, DATE_DAY);
    case DATE_WEEK:
        return set_days(span, today->day - weekday_of(today->day) + count * DAYS_OF_WEEK,
                        DAYS_OF_WEEK, DATE_WEEK);
    case DATE_MONTH: return set_months(span, month + count, 1, DATE_MONTH);
    case DATE_QUARTER: return set_months(span, (month / 3 + count) * 3, 3, DATE_QUARTER);
    case DATE_YEAR:
        return set_months(span, (today->year + count) * MONTHS_OF_YEAR, MONTHS_OF_YEAR, DATE_YEAR);
    default: return false;
    }
}

/* One builder for each shape of date. False: there is no such day, or the words do not say one. */
typedef bool build(const struct parts *parts, const struct today *today, struct date_span *span);

static bool build_day(const struct parts *parts, const struct today *today, struct date_span *span)
{
    (void)today;
    struct civil civil = {.year = parts->year, .month = parts->month, .day = parts->day};
    return time_from_civil(&civil, &span->from_us) &&
           set_days(span, span->from_us / US_PER_DAY, 1, DATE_DAY);
}

/* A day without a year: the nearest one that is not in the future. */
static bool build_past_day(const struct parts *parts, const struct today *today,
                           struct date_span *span)
{
    for (int back = 0; back <= LEAP_CYCLE; back++) {
        struct parts dated = *parts;
        dated.year = today->year - back;
        if (build_day(&dated, today, span) && span->from_us / US_PER_DAY <= today->day) return true;
    }
    return false;
}

static bool build_month(const struct parts *parts, const struct today *today,
                        struct date_span *span)
{
    (void)today;
    return set_months(span, month_index(parts->year, parts->month), 1, DATE_MONTH);
}

/* The nearest month of that name that has begun. */
static bool build_past_month(const struct parts *parts, const struct today *today,
                             struct date_span *span)
{
    int64_t month = month_index(today->year, parts->month);
    return set_months(span, month > today->month_index ? month - MONTHS_OF_YEAR : month, 1,
                      DATE_MONTH);
}

static bool build_quarter(const struct parts *parts, const struct today *today,
                          struct date_span *span)
{
    (void)today;
    return set_months(span, month_index(parts->year, parts->quarter * 3 - 2), 3, DATE_QUARTER);
}

static bool build_year(const struct parts *parts, const struct today *today, struct date_span *span)
{
    (void)today;
    return set_months(span, month_index(parts->year, 1), MONTHS_OF_YEAR, DATE_YEAR);
}

static bool build_ago(const struct parts *parts, const struct today *today, struct date_span *span)
{
    return set_unit(span, today, parts->unit, -(int64_t)parts->count);
}

static bool build_ahead(const struct parts *parts, const struct today *today,
                        struct date_span *span)
{
    return set_unit(span, today, parts->unit, parts->count);
}

static bool build_relative(const struct parts *parts, const struct today *today,
                           struct date_span *span)
{
    return set_days(span, today->day + parts->relative, 1, DATE_DAY);
}

/* "the day before yesterday", "the day after tomorrow" */
static bool build_beside(const struct parts *parts, const struct today *today,
                         struct date_span *span)
{
    return parts->unit == DATE_DAY && parts->direction == parts->relative &&
           set_days(span, today->day + 2 * (int64_t)parts->relative, 1, DATE_DAY);
}

static bool build_which_unit(const struct parts *parts, const struct today *today,
                             struct date_span *span)
{
    // "the last day", "this day" say no day.
    return parts->unit != DATE_DAY && set_unit(span, today, parts->unit, parts->which);
}

static bool build_which_weekend(const struct parts *parts, const struct today *today,
                                struct date_span *span)
{
    int64_t monday = today->day - weekday_of(today->day) + parts->which * (int64_t)DAYS_OF_WEEK;
    return set_days(span, monday + 5, 2, DATE_DAY);
}

/* Last: the nearest before today. Next: the nearest after it. This: of the week from Monday. */
static bool build_which_weekday(const struct parts *parts, const struct today *today,
                                struct date_span *span)
{
    int away = parts->weekday - weekday_of(today->day);
    if (parts->which < 0 && away >= 0) away -= DAYS_OF_WEEK;
    if (parts->which > 0 && away <= 0) away += DAYS_OF_WEEK;
    return set_days(span, today->day + away, 1, DATE_DAY);
}

static bool build_which_month(const struct parts *parts, const struct today *today,
                              struct date_span *span)
{
    int64_t month = month_index(today->year, parts->month);
    if (parts->which < 0 && month >= today->month_index) month -= MONTHS_OF_YEAR;
    if (parts->which > 0 && month <= today->month_index) month += MONTHS_OF_YEAR;
    return set_months(span, month, 1, DATE_MONTH);
}

/* "this morning", "last night" */
static bool build_which_part(const struct parts *parts, const struct today *today,
                             struct date_span *span)
{
    if (parts->which > 0 || (parts->which < 0 && !parts->daypart)) return false;
    return set_days(span, today->day + parts->which, 1, DATE_DAY);
}

/* Rules */

struct rule {
    const char *pattern;
    build *build; // NULL: what fits is passed over, as it looks like a date and is none
    bool is_absolute;
};

static const struct rule rules[] = {
    {"D-M-Y", build_day, true},
    {"M-D-Y", build_day, true},
    {"Y-n-d", build_day, true},
    {"Y/n/d", build_day, true},
    {"Y.n.d", build_day, true},
    {"d.n.Y", build_day, true},
    {"DoM,Y", build_day, true},
    {"MD,Y", build_day, true},
    {"Mo,Y", build_month, true},
    {"M-Y", build_month, true},
    {"Qo,Y", build_quarter, true},
    {"YQ", build_quarter, true},
    {"Y-Q", build_quarter, true},
    {"DoN", build_past_day, false},
    {"ND", build_past_day, false},
    {"xCUa", NULL, false}, // "half a year ago"
    {"xL", NULL, false},   // "the last week" of something, "the next month" in a tale
    {"CUa", build_ago, false},
    {"CUfw", build_ahead, false},
    {"iCU", build_ahead, false},
    {"iA", build_past_month, false},
    {"y", build_year, true},
    {"R", build_relative, false},
    {"UBR", build_beside, false},
    {"LU", build_which_unit, false},
    {"LE", build_which_weekend, false},
    {"LK", build_which_weekday, false},
    {"LN", build_which_month, false},
    {"LP", build_which_part, false},
};

/* Sets *number to the word's value, or the token's, if it has the role. */
static size_t take_word(const struct token *token, enum date_role role, int *value)
{
    if (!date_tokens_has_role(token, role)) return 0;
    *value = token->word->value;
    return 1;
}

static size_t take_number(const struct token *token, unsigned digits_min, unsigned digits_max,
                          int *value)
{
    if (token->kind != TOKEN_NUMBER || token->digits < digits_min || token->digits > digits_max)
        return 0;
    *value = token->value;
    return 1;
}

static size_t take_month(const struct token *token, const struct token *next, char letter,
                         int *month)
{
    size_t taken = take_word(token, ROLE_MONTH, month);
    if (taken == 0 && (letter != 'N' || token->is_capitalised))
        taken = take_word(token, ROLE_MONTH_COMMON, month);
    if (taken == 0 && letter != 'A' && (letter == 'M' || token->is_capitalised)) {
        taken = take_word(token, ROLE_MONTH_SHORT, month);
        if (taken > 0 && date_tokens_is_glued_sign(next, '.')) taken++;
    }
    return taken;
}

/* Numbers: the letters D d n Y y Q C. */
static size_t take_figure(const struct token *token, const struct token *next, char letter,
                          struct parts *parts)
{
    size_t taken;
    switch (letter) {
    case 'D':
        taken = take_number(token, 1, 2, &parts->day);
        return taken > 0 && next->is_glued && date_tokens_has_role(next, ROLE_ORDINAL) ? 2 : taken;
    case 'd': return take_number(token, 1, 2, &parts->day);
    case 'n': return take_number(token, 1, 2, &parts->month);
    case 'Y': return take_number(token, 4, 4, &parts->year);
    case 'y':
        taken = take_number(token, 4, 4, &parts->year);
        return parts->year >= FIRST_YEAR && parts->year <= LAST_YEAR ? taken : 0;
    case 'Q':
        if (!date_tokens_has_role(token, ROLE_QUARTER) ||
            !date_tokens_is_glued_number(next, 1, 4) || next->value == 0)
            return 0;
        parts->quarter = next->value;
        return 2;
    default:
        taken = take_number(token, 1, 4, &parts->count);
        return taken > 0 ? taken : take_word(token, ROLE_NUMBER, &parts->count);
    }
}

/* How many tokens the letter takes; 0 if it does not fit. */
static size_t take(struct tokens *tokens, size_t at, char letter, struct parts *parts)
{
    const struct token *next = date_tokens_at(tokens, at + 1), *token = date_tokens_at(tokens, at);
    int ignored;
    switch (letter) {
    case '-':
    case '.':
    case '/': return date_tokens_is_glued_sign(token, (unsigned char)letter) && next->is_glued;
    case 'M':
    case 'N':
    case 'A': return take_month(token, next, letter, &parts->month);
    case 'U': return take_word(token, ROLE_UNIT, &parts->unit);
    case 'L': return take_word(token, ROLE_WHICH, &parts->which);
    case 'K': return take_word(token, ROLE_WEEKDAY, &parts->weekday);
    case 'E': return take_word(token, ROLE_WEEKEND, &ignored);
    case 'P': return take_word(token, ROLE_DAYPART, &parts->daypart);
    case 'R': return take_word(token, ROLE_RELATIVE, &parts->relative);
    case 'B': return take_word(token, ROLE_BESIDE, &parts->direction);
    case 'a': return take_word(token, ROLE_AGO, &ignored);
    case 'i': return take_word(token, ROLE_IN, &ignored);
    case 'f': return take_word(token, ROLE_FROM, &ignored);
    case 'x': return take_word(token, ROLE_HEDGE, &ignored);
    case 'w':
        return take_word(token, ROLE_NOW, &ignored) ||
               (date_tokens_has_role(token, ROLE_RELATIVE) && token->word->value == 0);
    default: return take_figure(token, next, letter, parts);
    }
}

/* The tokens that the pattern fits from a place on; 0 if it does not. */
static size_t fit(struct tokens *tokens, size_t at, const char *pattern, struct parts *parts)
{
    size_t start = at;
    *parts = (struct parts){0};
    for (; *pattern; pattern++) {
        if (*pattern == ',') {
            at += date_tokens_is_sign(date_tokens_at(tokens, at), ',');
        } else if (*pattern == 'o') {
            at += date_tokens_has_role(date_tokens_at(tokens, at), ROLE_OF);
        } else {
            size_t taken = take(tokens, at, *pattern, parts);
            if (taken == 0) return 0;
            at += taken;
        }
    }
    return at - start;
}

/* Times of day */

struct clock {
    int64_t us; // since midnight
    int64_t offset_us;
    enum date_unit unit;
};

/* Turns an hour of "am" or "pm" into one of 24. False if there is no such hour. */
static bool turn_hour(bool is_pm, int *hour)
{
    if (*hour < 1 || *hour > 12) return false;
    *hour = *hour % 12 + (is_pm ? 12 : 0);
    return true;
}

/* A fraction of a second: microseconds. */
static int64_t fraction_us(const struct tokens *tokens, const struct token *token)
{
    int64_t us = 0;
    for (size_t i = 0; i < 6; i++)
        us = us * 10 + (i < token->digits ? tokens->text[token->start + i] - '0' : 0);
    return us;
}

/* ":56", ":56:12", ":56:12.5" behind an hour. How many tokens; 0 if there is no such minute or second. */
static size_t take_minutes(struct tokens *tokens, size_t at, struct clock *clock)
{
    size_t start = at;
    const struct token *minute = date_tokens_at(tokens, at + 1);
    if (!date_tokens_is_glued_sign(date_tokens_at(tokens, at), ':') ||
        !date_tokens_is_glued_number(minute, 2, 59))
        return 0;
    at += 2;
    clock->us += minute->value * INT64_C(60) * US_PER_SECOND;
    clock->unit = DATE_MINUTE;
    const struct token *second = date_tokens_at(tokens, at + 1);
    if (!date_tokens_is_glued_sign(date_tokens_at(tokens, at), ':') ||
        !date_tokens_is_glued_number(second, 2, 60))
        return at - start;
    at += 2;
    clock->unit = DATE_SECOND;
    const struct token *fraction = date_tokens_at(tokens, at + 1);
    bool has_fraction = date_tokens_is_glued_sign(date_tokens_at(tokens, at), '.') &&
                        fraction->is_glued && fraction->kind == TOKEN_NUMBER;
    clock->us += second->value * US_PER_SECOND;
    if (has_fraction) clock->us += fraction_us(tokens, fraction);
    if (second->value == 60) clock->us -= clock->us % US_PER_SECOND + 1; // a leap second
    return at + (has_fraction ? 2 : 0) - start;
}

/* "Z", "UTC", "+02:00", "-0330". How many tokens. */
static size_t take_zone(struct tokens *tokens, size_t at, struct clock *clock)
{
    const struct token *sign = date_tokens_at(tokens, at), *hours = date_tokens_at(tokens, at + 1);
    if (date_tokens_has_role(sign, ROLE_ZONE)) return 1;
    // Without seconds "10:30-11:30" is from one time to another.
    if (clock->unit != DATE_SECOND ||
        (!date_tokens_is_glued_sign(sign, '+') && !date_tokens_is_glued_sign(sign, '-')))
        return 0;
    const struct token *minutes = date_tokens_at(tokens, at + 3);
    int64_t offset_minutes;
    size_t taken;
    if (date_tokens_is_glued_number(hours, 4, 2359) && hours->value % 100 < 60) {
        offset_minutes = hours->value / 100 * 60 + hours->value % 100;
        taken = 2;
    } else if (date_tokens_is_glued_number(hours, 2, 23) &&
               date_tokens_is_glued_sign(date_tokens_at(tokens, at + 2), ':') &&
               date_tokens_is_glued_number(minutes, 2, 59)) {
        offset_minutes = hours->value * 60 + minutes->value;
        taken = 4;
    } else {
        return 0;
    }
    clock->offset_us = (sign->sign == '-' ? -60 : 60) * offset_minutes * US_PER_SECOND;
    return taken;
}

/* "13:56", "1:56 pm", "1 pm", "13:56:00.25Z". How many tokens. */
static size_t take_clock(struct tokens *tokens, size_t at, struct clock *clock)
{
    size_t start = at;
    const struct token *hour = date_tokens_at(tokens, at++);
    *clock = (struct clock){.unit = DATE_MINUTE};
    if (hour->kind != TOKEN_NUMBER || hour->digits > 2) return 0;
    size_t minutes = take_minutes(tokens, at, clock);
    at += minutes;
    int hours = hour->value;
    const struct token *half = date_tokens_at(tokens, at);
    if (date_tokens_has_role(half, ROLE_AM) || date_tokens_has_role(half, ROLE_PM)) {
        if (!turn_hour(date_tokens_has_role(half, ROLE_PM), &hours)) return 0;
        at++;
    } else if (minutes == 0 || hours > 23) {
        return 0;
    }
    clock->us += hours * INT64_C(3600) * US_PER_SECOND;
    return at + take_zone(tokens, at, clock) - start;
}

/* A clock behind a day: "8 May at 13:56", "8 May, 13:56", "2023-05-08T13:56". How many tokens. */
static size_t take_clock_behind(struct tokens *tokens, size_t at, struct clock *clock)
{
    size_t start = at;
    const struct token *token = date_tokens_at(tokens, at);
    bool is_t = token->kind == TOKEN_WORD && token->is_glued && token->end - token->start == 1 &&
                (tokens->text[token->start] | 0x20) == 't' &&
                date_tokens_at(tokens, at + 1)->is_glued;
    at += is_t || date_tokens_is_sign(token, ',');
    at += !is_t && date_tokens_has_role(date_tokens_at(tokens, at), ROLE_ON);
    size_t taken = take_clock(tokens, at, clock);
    if (taken == 0) return 0;
    at += taken;
    return date_tokens_may_end(tokens, date_tokens_at(tokens, at - 1)->end) ? at - start : 0;
}

/* A clock before its day: "1:56 pm on 8 May", "10:30, 8 May". How many tokens. */
static size_t take_clock_before(struct tokens *tokens, struct clock *clock)
{
    size_t at = take_clock(tokens, 0, clock);
    if (at == 0) return 0;
    at += date_tokens_is_sign(date_tokens_at(tokens, at), ',');
    return at + date_tokens_has_role(date_tokens_at(tokens, at), ROLE_ON);
}

/* Moves a span of one day to a time within it. */
static bool set_clock(struct date_span *span, const struct clock *clock)
{
    span->from_us += clock->us - clock->offset_us;
    span->to_us = span->from_us + (clock->unit == DATE_MINUTE ? 60 * US_PER_SECOND : US_PER_SECOND);
    span->unit = clock->unit;
    return span->from_us >= TIME_MIN_US && span->from_us <= TIME_MAX_US;
}

/* Whole dates */

/* "Monday, " before a date in figures. How many tokens. */
static size_t take_weekday(struct tokens *tokens, size_t at)
{
    size_t start = at;
    const struct token *token = date_tokens_at(tokens, at);
    if (!date_tokens_has_role(token, ROLE_WEEKDAY) &&
        !date_tokens_has_role(token, ROLE_WEEKDAY_SHORT))
        return 0;
    at++;
    at += date_tokens_is_glued_sign(date_tokens_at(tokens, at), '.');
    return at + date_tokens_is_sign(date_tokens_at(tokens, at), ',') - start;
}

/* A yearless day must not be the beginning of one with a short year: "8 May 23". */
static bool is_cut_short(struct tokens *tokens, size_t at, const struct rule *rule)
{
    struct clock clock;
    return rule->build == build_past_day && date_tokens_at(tokens, at)->kind == TOKEN_NUMBER &&
           take_clock(tokens, at, &clock) == 0;
}

/* Nothing goes on behind the date, or only its time: "2023-05-08T13:56". */
static bool is_whole(struct tokens *tokens, size_t at, const struct rule *rule)
{
    struct clock clock;
    return date_tokens_may_end(tokens, date_tokens_at(tokens, at - 1)->end) ||
           (rule->build == build_day && take_clock_behind(tokens, at, &clock) > 0);
}

/* Tries the rules at a place. Returns how many tokens are done with, 0 if no rule fits; *found says whether they are a
 * date. `today` NULL: absolute ones only. */
static size_t read_day(struct tokens *tokens, size_t start, const struct today *today,
                       struct date_span *span, bool *found)
{
    *found = false;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct rule *rule = &rules[i];
        struct parts parts;
        size_t taken = fit(tokens, start, rule->pattern, &parts);
        if (taken == 0 || !is_whole(tokens, start + taken, rule)) continue;
        if (is_cut_short(tokens, start + taken, rule)) return taken + 1;
        *found = rule->build && (rule->is_absolute || today) && rule->build(&parts, today, span);
        return taken;
    }
    return 0;
}

/* The same with the weekday and the time that may stand around it. */
static size_t read_date(struct tokens *tokens, const struct today *today, struct date_span *span,
                        bool *found)
{
    struct clock clock = {0};
    size_t before = take_clock_before(tokens, &clock);
    size_t weekday = take_weekday(tokens, before);
    size_t at = before + weekday;
    size_t taken = read_day(tokens, at, today, span, found);
    if (taken == 0 && at > 0) {
        before = weekday = at = 0;
        taken = read_day(tokens, 0, today, span, found);
    }
    if (!*found) return taken > 0 ? at + taken : 0;
    at += taken;

    bool is_day = span->unit == DATE_DAY && span->to_us - span->from_us == US_PER_DAY;
    size_t behind = is_day && before == 0 ? take_clock_behind(tokens, at, &clock) : 0;
    at += behind;
    *found = is_day || (before == 0 && weekday == 0);
    if (before > 0 || behind > 0) *found = *found && set_clock(span, &clock);
    span->start = (unsigned)date_tokens_at(tokens, 0)->start;
    span->length = (unsigned)date_tokens_at(tokens, at - 1)->end - span->start;
    if (span->to_us > TIME_MAX_US) span->to_us = TIME_MAX_US; // no later time can be stored
    *found = *found && date_tokens_may_end(tokens, span->start + span->length);
    return *found ? at : 0;
}

static bool set_today(int64_t reference_us, struct today *today)
{
    if (reference_us < TIME_MIN_US || reference_us > TIME_MAX_US) return false; // TIME_NONE as well
    struct civil civil;
    time_to_civil(reference_us, &civil);
    *today = (struct today){.day = floor_div(reference_us, US_PER_DAY),
                            .year = civil.year,
                            .month_index = (int)month_index(civil.year, civil.month)};
    return true;
}

bool date_find(const struct language *language, const char *text, int64_t reference_us,
               struct date_span *out)
{
    struct today reference;
    const struct today *today = set_today(reference_us, &reference) ? &reference : NULL;
    size_t length = strlen(text), at = 0;
    for (;;) {
        struct tokens tokens = {.language = language, .text = text, .length = length, .at = at};
        const struct token *first = date_tokens_at(&tokens, 0);
        *out = (struct date_span){0};
        if (first->kind == TOKEN_END) return false;
        at = first->end;
        bool is_number = first->kind == TOKEN_NUMBER, found;
        if ((!is_number && !first->word) || !date_tokens_may_start(text, first->start, is_number))
            continue;
        size_t taken = read_date(&tokens, today, out, &found);
        if (found) return true;
        if (taken > 0) at = date_tokens_at(&tokens, taken - 1)->end;
    }
}

bool date_parse(const struct language *language, const char *text, struct date_span *out)
{
    struct tokens tokens = {.language = language, .text = text, .length = strlen(text)};
    bool found;
    *out = (struct date_span){0};
    size_t taken = read_date(&tokens, NULL, out, &found);
    if (found && date_tokens_at(&tokens, taken)->kind == TOKEN_END) return true;
    *out = (struct date_span){0};
    return false;
}
