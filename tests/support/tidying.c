#include "support/tidying.h"

#include "base/strbuf.h"
#include "tidy/tidy.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum mneme_code tidying_run(mneme *memory, struct runner_result *out)
{
    const struct jobs_running running = {
        .until_empty = true, .kinds = tidy_jobs, .kind_count = tidy_job_count};
    return jobs_run(memory, &running, out, NULL);
}

void tidying_work(mneme *memory)
{
    struct runner_result result;
    cr_assert_eq(tidying_run(memory, &result), MNEME_OK);
    cr_assert_eq(result.failed, 0);
    cr_assert_eq(result.waiting, 0);
}

void tidying_say(mneme *memory, const char *id, int from, int turns)
{
    static const char *const things[] = {"boat", "harbour", "lighthouse", "storm", "captain"};
    for (int i = from; i < from + turns; i++) {
        calls_done(memory, "conversation.append",
                   "{\"conversation_id\":\"%s\",\"speaker\":\"%s\",\"content\":"
                   "\"In turn %d the %s of the village was repaired with %d new planks.\"}",
                   id, i % 2 ? "Ben" : "Ada", i, things[i % 5], i * 7 + 3);
    }
}

void tidying_talk(mneme *memory, char id[40], int turns)
{
    (void)snprintf(id, 40, "%s",
                   calls_id(calls_ok(memory, "conversation.create", "{\"title\":\"Talk\"}")));
    tidying_say(memory, id, 1, turns);
}

static bool keep_line(void *context, const char *line, size_t length)
{
    strbuf_add(context, line, length);
    return true;
}

char *tidying_state(mneme *memory)
{
    struct strbuf text;
    strbuf_init(&text, 16 << 20);
    const struct mneme_call_options options = {
        .size = sizeof options, .on_line = keep_line, .context = &text};
    mneme_result *result = NULL;
    cr_assert_eq(mneme_call_with(memory, "export", "{\"state\":true}", &options, &result, NULL),
                 MNEME_OK);
    mneme_result_free(result);
    return strbuf_take(&text);
}
