#include "base/log.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct heard {
    int count;
    char name[32], details[2 * LIMIT_LOG_BYTES];
};

static void hear(void *context, const char *name, const char *details)
{
    struct heard *heard = context;
    heard->count++;
    (void)snprintf(heard->name, sizeof heard->name, "%s", name);
    (void)snprintf(heard->details, sizeof heard->details, "%s", details);
}

Test(log, events_reach_the_callback)
{
    struct heard heard = {0};
    struct log_sink sink = {hear, &heard};
    log_event(&sink, "store.open", "rows=%d took_us=%d", 3, 12);
    cr_assert_eq(heard.count, 1);
    cr_assert_str_eq(heard.name, "store.open");
    cr_assert_str_eq(heard.details, "rows=3 took_us=12");
}

Test(log, nobody_listening_is_fine)
{
    struct heard heard = {0};
    struct log_sink deaf = {NULL, &heard};
    log_event(NULL, "x", "%d", 1);
    log_event(&deaf, "x", "%d", 1);
    cr_assert_eq(heard.count, 0);
}

Test(log, long_details_are_cut_between_characters)
{
    char text[2 * LIMIT_LOG_BYTES];
    for (size_t shift = 0; shift < 3; shift++) {
        size_t at = 0;
        while (at < shift) text[at++] = 'x';
        for (; at + 4 < sizeof text; at += 3) memcpy(text + at, "\xE2\x82\xAC", 3); // a euro
        text[at] = '\0';
        struct heard heard = {0};
        struct log_sink sink = {hear, &heard};
        log_event(&sink, "x", "%s", text);
        size_t length = strlen(heard.details);
        cr_assert_lt(length, LIMIT_LOG_BYTES);
        cr_assert_gt(length, LIMIT_LOG_BYTES - 8);
        cr_assert(utf8_is_valid(heard.details, length));
    }
}

Test(log, details_that_just_fit_are_whole)
{
    char text[LIMIT_LOG_BYTES];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct heard heard = {0};
    struct log_sink sink = {hear, &heard};
    log_event(&sink, "x", "%s", text);
    cr_assert_str_eq(heard.details, text);
}
