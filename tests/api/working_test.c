// Working memory: what a task keeps in mind for a day.
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;

static void set_up(void)
{
    calls_store_init(&store, 14);
    memory = calls_open(&store, "ada");
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(working, .init = set_up, .fini = tear_down);

static void put(const char *key, size_t bytes, enum mneme_code code)
{
    static char content[70000], input[70300];
    memset(content, 'a', bytes);
    content[bytes] = '\0';
    (void)snprintf(
        input, sizeof input,
        "{\"tier\":\"working\",\"namespace\":\"task:1\",\"key\":\"%s\",\"content\":\"%s\"}", key,
        content);
    struct call_answer answer = calls_json(memory, "memory.remember", input);
    cr_expect_eq(answer.code, code, "%.300s", answer.text);
    call_answer_clear(&answer);
}

Test(working, it_has_a_task_and_a_key)
{
    calls_refused(memory, MNEME_INVALID, "namespace", "format", "memory.remember",
                  "{\"tier\":\"working\",\"key\":\"k\",\"content\":\"x\"}");
    calls_refused(memory, MNEME_INVALID, "namespace", "format", "memory.remember",
                  "{\"tier\":\"working\",\"namespace\":\"task:\",\"key\":\"k\",\"content\":\"x\"}");
    calls_refused(memory, MNEME_INVALID, "key", "required", "memory.remember",
                  "{\"tier\":\"working\",\"namespace\":\"task:1\",\"content\":\"x\"}");
}

Test(working, it_lives_a_day_unless_told_otherwise)
{
    put("short", 10, MNEME_OK);
    calls_done(memory, "memory.remember",
               "{\"tier\":\"working\",\"namespace\":\"task:1\",\"key\":\"long\",\"content\":\"x\","
               "\"ttl\":\"48h\"}");
    calls_pass_seconds(&store, 24 * 3600 - 1);
    calls_expect_count(memory, 2, "record.list", "{\"namespace\":\"task:1\"}");
    calls_pass_seconds(&store, 1);
    calls_expect_count(memory, 1, "record.list", "{\"namespace\":\"task:1\"}");
}

Test(working, a_task_holds_64_kib_and_no_more)
{
    put("a", 40000, MNEME_OK);
    put("b", 25536, MNEME_OK);
    put("c", 1, MNEME_LIMIT);
    put("b", 25537, MNEME_LIMIT); // a change counts, too, and its own old text does not
    put("b", 20000, MNEME_OK);
    put("c", 5536, MNEME_OK);
    calls_refused(
        memory, MNEME_LIMIT, "content", "max_bytes", "memory.remember",
        "{\"tier\":\"working\",\"namespace\":\"task:1\",\"key\":\"d\",\"content\":\"x\"}");
    calls_done(memory, "memory.remember",
               "{\"tier\":\"working\",\"namespace\":\"task:2\",\"key\":\"d\",\"content\":\"x\"}");
    calls_pass_seconds(&store, 24 * 3600 + 1); // what has ended takes no room
    put("d", 65536, MNEME_OK);
}
