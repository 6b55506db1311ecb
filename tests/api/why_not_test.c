// Why a record is not among the hits: each way to be absent is named, and agrees with what recall does.
#include "base/strbuf.h"
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;

static void set_up(void)
{
    calls_store_init(&store, 31);
    memory = calls_open(&store, "ada");
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(why_not, .init = set_up, .fini = tear_down);

static const char *remember(const char *json)
{
    return calls_id(calls_ok(memory, "memory.remember", "%s", json));
}

/* The reasons with their fields, each behind a space; recall has to agree that it is absent, or there. */
static void expect_reasons(const char *id, const char *members, const char *expected)
{
    struct strbuf found;
    strbuf_init(&found, 400);
    struct call_answer answer =
        calls_ok(memory, "memory.why_not", "{\"id\":\"%s\",%s}", id, members);
    for (size_t i = 0; i < answer_count(&answer, "/reasons"); i++) {
        char pointer[40];
        (void)snprintf(pointer, sizeof pointer, "/reasons/%zu/reason", i);
        strbuf_printf(&found, " %s", answer_text(&answer, pointer));
        (void)snprintf(pointer, sizeof pointer, "/reasons/%zu/field", i);
        const char *field = answer_text(&answer, pointer);
        if (field != NULL) strbuf_printf(&found, ":%s", field);
    }
    cr_expect_str_eq(found.text, expected, "%s: %s", members, answer.text);
    strbuf_clear(&found);
    struct call_answer hits = calls_ok(memory, "memory.recall", "{%s}", members);
    bool is_hit = false;
    for (size_t i = 0; i < answer_count(&hits, "/hits"); i++) {
        char pointer[40];
        (void)snprintf(pointer, sizeof pointer, "/hits/%zu/id", i);
        is_hit |= strcmp(answer_text(&hits, pointer), id) == 0;
    }
    cr_expect_eq(is_hit, *expected == '\0', "%s: %s", members, hits.text);
    call_answer_clear(&hits);
    call_answer_clear(&answer);
}

Test(why_not, a_state_that_keeps_a_record_out_is_named)
{
    const char *plain = remember("{\"content\":\"the kettle is blue\",\"tags\":[\"x\"]}");
    expect_reasons(plain, "\"text\":\"kettle\"", "");
    const char *task =
        remember("{\"content\":\"a kettle\",\"namespace\":\"task:1\",\"key\":\"k\"}");
    expect_reasons(task, "\"text\":\"kettle\"", " namespace:namespace");
    expect_reasons(task, "\"text\":\"kettle\",\"namespace\":\"task:1\"", "");
    const char *early =
        remember("{\"content\":\"a kettle\",\"valid_from\":\"2050-01-01T00:00:00Z\"}");
    expect_reasons(early, "\"text\":\"kettle\"", " not_valid");
    expect_reasons(early, "\"text\":\"kettle\",\"as_of\":\"2051-01-01T00:00:00Z\"", "");
    calls_done(memory, "memory.supersede", "{\"id\":\"%s\",\"content\":\"the kettle is red\"}",
               plain);
    expect_reasons(plain, "\"text\":\"kettle\"", " superseded:superseded_by");
    expect_reasons(plain, "\"text\":\"kettle\",\"include_superseded\":true", "");
    calls_done(memory, "record.forget", "{\"id\":\"%s\"}", task);
    expect_reasons(task, "\"text\":\"kettle\",\"namespace\":\"task:1\"", " forgotten");
}

Test(why_not, each_part_of_a_filter_that_does_not_match_is_named)
{
    const char *id = remember("{\"content\":\"the kettle\",\"tags\":[\"x\"],\"importance\":0.2,"
                              "\"metadata\":{\"a\":1}}");
    expect_reasons(
        id,
        "\"text\":\"kettle\",\"tags\":[\"y\"],\"type\":\"fact\","
        "\"filter\":{\"and\":[{\"importance\":{\"lt\":0.5}},{\"not\":{\"metadata.a\":1}}]}",
        " filter:metadata filter:type filter:tags");
    expect_reasons(id, "\"text\":\"kettle\",\"filter\":{\"metadata.a\":1}", "");
    expect_reasons(id, "\"kinds\":[\"message\"]", " kind");
}

Test(why_not, cut_offs_folding_and_rank_come_last)
{
    const char *kettle = remember("{\"content\":\"the kettle stands on the stove\"}");
    const char *other = remember("{\"content\":\"a walk by the sea\"}");
    expect_reasons(other, "\"text\":\"kettle stove\",\"k\":1", " rank");
    expect_reasons(other, "\"text\":\"kettle stove\",\"min_coverage\":0.5", " min_coverage");
    expect_reasons(kettle, "\"text\":\"kettle stove\",\"k\":1", "");
    const char *twin = remember("{\"content\":\"the kettle stands on the stove!\"}");
    struct call_answer folded = calls_ok(memory, "memory.recall", "{\"text\":\"kettle stove\"}");
    bool is_first = strcmp(answer_text(&folded, "/hits/0/id"), kettle) == 0;
    cr_expect_not_null(strstr(folded.text, is_first ? twin : kettle), "%s", folded.text);
    call_answer_clear(&folded);
    expect_reasons(is_first ? twin : kettle, "\"text\":\"kettle stove\"", " folded");
    expect_reasons(is_first ? twin : kettle, "\"text\":\"kettle stove\",\"fold\":false", "");
}

Test(why_not, what_is_gone_for_good_and_what_is_anothers_is_not_found)
{
    const char *brief = remember("{\"content\":\"the kettle\",\"ttl\":\"10s\"}");
    mneme *other = calls_open(&store, "grace");
    calls_refused(other, MNEME_NOT_FOUND, "id", "", "memory.why_not",
                  "{\"id\":\"%s\",\"text\":\"kettle\"}", brief);
    mneme_close(other);
    calls_pass_seconds(&store, 10);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "memory.why_not",
                  "{\"id\":\"%s\",\"text\":\"kettle\"}", brief);
}
