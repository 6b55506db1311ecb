// The rules of memories: the same content, keys, versions, times to live, evidence, trust, vectors.
#include "engine/engine.h"
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;

static void set_up(void)
{
    calls_store_init(&store, 7);
    memory = calls_open(&store, "ada");
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(rules_memory, .init = set_up, .fini = tear_down);

static const char *remember(const char *json)
{
    return calls_id(calls_ok(memory, "memory.remember", "%s", json));
}

static void expect_status(const char *expected, const char *operation, const char *json)
{
    struct call_answer answer = calls_ok(memory, operation, "%s", json);
    cr_expect_str_eq(answer_text(&answer, "/status"), expected, "%s %s: %s", operation, json,
                     answer.text);
    call_answer_clear(&answer);
}

// --- origin and trust ----------------------------------------------------------------------------

Test(rules_memory, what_a_tool_says_is_trusted_as_a_tools_word)
{
    const char *talk = calls_id(calls_ok(memory, "conversation.create", "{}"));
    static const struct {
        const char *role, *trust;
    } cases[] = {{"user", "user"}, {"assistant", "user"}, {"system", "user"}, {"tool", "tool"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *id = calls_id(calls_ok(memory, "conversation.append",
                                           "{\"conversation_id\":\"%s\",\"role\":\"%s\","
                                           "\"content\":\"hello\"}",
                                           talk, cases[i].role));
        calls_expect_text(memory, id, "/trust", cases[i].trust);
        calls_expect_text(memory, id, "/origin", "user");
    }
}

Test(rules_memory, origin_and_principal_come_from_the_handle)
{
    struct mneme_options options = {.size = sizeof options, .url = store.path, .user = "ada"};
    struct engine_options wide = {
        .public_options = &options, .env = &store.env, .origin = "tool", .principal = "key-7"};
    mneme *tool;
    cr_assert_eq(engine_open(&wide, &tool, NULL), MNEME_OK);
    const char *id = calls_id(calls_ok(tool, "memory.remember", "{\"content\":\"it rains\"}"));
    calls_expect_text(memory, id, "/origin", "tool");
    calls_expect_text(memory, id, "/principal", "key-7");
    calls_expect_text(memory, id, "/trust", "tool");
    struct call_answer history = calls_ok(memory, "record.history", "{\"id\":\"%s\"}", id);
    cr_expect_str_eq(answer_text(&history, "/items/0/principal"), "key-7");
    call_answer_clear(&history);
    // The owner says the same: one more piece of evidence, of another origin.
    calls_pass_seconds(&store, 1);
    expect_status("known", "memory.remember", "{\"content\":\"it rains\"}");
    struct call_answer got =
        calls_ok(memory, "record.get", "{\"id\":\"%s\",\"evidence\":true}", id);
    cr_expect_eq(answer_count(&got, "/evidence"), 2, "%s", got.text);
    cr_expect_str_eq(answer_text(&got, "/evidence/0/origin"), "tool");
    cr_expect_str_eq(answer_text(&got, "/evidence/1/origin"), "user");
    cr_expect_str_eq(answer_text(&got, "/trust"), "tool");
    call_answer_clear(&got);
    mneme_close(tool);
}

// --- same content --------------------------------------------------------------------------------

Test(rules_memory, the_same_content_is_known_in_its_namespace_type_and_subject)
{
    const char *id = remember("{\"content\":\" Ada\\tdrinks \\n tea \"}");
    static const struct {
        const char *json, *status;
    } cases[] = {
        {"{\"content\":\"Ada drinks tea\"}", "known"},
        {"{\"content\":\"ada drinks tea\"}", "created"},
        {"{\"content\":\"Ada drinks tea\",\"namespace\":\"other\"}", "created"},
        {"{\"content\":\"Ada drinks tea\",\"type\":\"fact\"}", "created"},
        {"{\"content\":\"Ada drinks tea\",\"subject\":\"ada\"}", "created"},
        {"{\"content\":\"Ada drinks tea\",\"dedupe\":\"none\"}", "created"},
        {"{\"content\":\"Ada drinks tea\",\"event_at\":\"2023-01-01T00:00:00Z\"}", "created"},
        {"{\"content\":\"Ada drinks tea\",\"event_at\":\"2023-01-01T01:00:00+01:00\"}", "known"},
        {"{\"content\":\"Ada drinks tea\",\"event_at\":\"2023-01-02T00:00:00Z\"}", "created"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_status(cases[i].status, "memory.remember", cases[i].json);
    calls_expect_text(memory, id, "/content", " Ada\tdrinks \n tea ");
}

Test(rules_memory, known_keeps_the_fields_unites_the_tags_and_adds_evidence)
{
    const char *id = remember("{\"content\":\"tea\",\"tags\":[\"a\"],\"importance\":0.2}");
    calls_pass_seconds(&store, 60);
    expect_status("known", "memory.remember",
                  "{\"content\":\"tea\",\"tags\":[\"b\",\"a\"],\"importance\":0.9}");
    struct call_answer got =
        calls_ok(memory, "record.get", "{\"id\":\"%s\",\"evidence\":true}", id);
    cr_expect_eq(answer_integer(&got, "/version"), 2);
    cr_expect_eq(answer_integer(&got, "/evidence_count"), 2);
    cr_expect_eq(answer_count(&got, "/evidence"), 2);
    cr_expect_eq(answer_count(&got, "/tags"), 2);
    cr_expect(strstr(got.text, "\"importance\":0.2"), "%s", got.text);
    call_answer_clear(&got);
    calls_pass_seconds(&store, 60);
    expect_status("known", "memory.remember", "{\"content\":\"tea\",\"tags\":[\"b\"]}");
    got = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", id);
    cr_expect_eq(answer_integer(&got, "/version"), 2, "evidence alone is no version");
    cr_expect_eq(answer_integer(&got, "/evidence_count"), 3);
    cr_expect_str_eq(answer_text(&got, "/updated_at"), "2023-11-14T22:14:20Z");
    call_answer_clear(&got);
}

Test(rules_memory, known_is_a_write_with_a_seq_and_a_change_set_of_its_own)
{
    struct call_answer first = calls_ok(memory, "memory.remember", "{\"content\":\"tea\"}");
    struct call_answer again = calls_ok(memory, "memory.remember", "{\"content\":\"tea\"}");
    cr_expect_eq(answer_integer(&again, "/seq"), answer_integer(&first, "/seq") + 1);
    call_answer_clear(&first);
    call_answer_clear(&again);
}

Test(rules_memory, more_tags_than_a_memory_has_are_refused_also_when_known)
{
    char json[4000] = "{\"content\":\"tea\",\"tags\":[";
    for (int i = 0; i < 64; i++)
        (void)snprintf(json + strlen(json), sizeof json - strlen(json), "%s\"t%d\"", i ? "," : "",
                       i);
    (void)snprintf(json + strlen(json), sizeof json - strlen(json), "]}");
    const char *id = remember(json);
    calls_refused(memory, MNEME_LIMIT, "tags", "max_items", "memory.remember",
                  "{\"content\":\"tea\",\"tags\":[\"one more\"]}");
    calls_refused(memory, MNEME_LIMIT, "tags", "max_items", "memory.tag",
                  "{\"id\":\"%s\",\"tags\":[\"one more\"]}", id);
    struct call_answer got = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", id);
    cr_expect_eq(answer_integer(&got, "/evidence_count"), 1, "nothing was written");
    call_answer_clear(&got);
}

Test(rules_memory, what_is_gone_or_over_is_not_known)
{
    static const char *const endings[] = {
        "{\"content\":\"tea\",\"ttl\":10}",
        "{\"content\":\"tea\",\"valid_to\":\"2023-11-14T22:13:25Z\"}",
        "{\"content\":\"tea\",\"valid_from\":\"2030-01-01T00:00:00Z\"}"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const char *id = remember(endings[i]);
        calls_pass_seconds(&store, 10);
        struct call_answer again = calls_ok(memory, "memory.remember", "{\"content\":\"tea\"}");
        cr_expect_str_eq(answer_text(&again, "/status"), "created");
        calls_done(memory, "record.forget", "{\"id\":\"%s\"}", answer_text(&again, "/id"));
        call_answer_clear(&again);
        calls_done(memory, "record.purge", "{\"id\":\"%s\",\"scrub\":false}", id);
    }
}

// --- keys ----------------------------------------------------------------------------------------

Test(rules_memory, a_keyed_write_changes_what_it_names_and_nothing_else)
{
    const char *id = remember("{\"key\":\"k\",\"content\":\"a\",\"tags\":[\"t\"],\"pinned\":true}");
    expect_status("updated", "memory.remember", "{\"key\":\"k\",\"content\":\"b\"}");
    expect_status("known", "memory.remember", "{\"key\":\"k\",\"content\":\"b\",\"pinned\":true}");
    expect_status("updated", "memory.remember", "{\"key\":\"k\",\"content\":\"b\",\"type\":\"x\"}");
    expect_status("updated", "memory.remember", "{\"key\":\"k\",\"content\":\"b\",\"type\":null}");
    struct call_answer got = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", id);
    cr_expect_eq(answer_integer(&got, "/version"), 4);
    cr_expect_eq(answer_count(&got, "/tags"), 1);
    cr_expect_null(answer_text(&got, "/type"));
    call_answer_clear(&got);
    calls_refused(memory, MNEME_CONFLICT, "version", "version", "memory.remember",
                  "{\"key\":\"k\",\"content\":\"c\",\"version\":3}");
    expect_status("updated", "memory.remember", "{\"key\":\"k\",\"content\":\"c\",\"version\":4}");
}

Test(rules_memory, a_keyed_write_over_an_expired_row_forgets_that_first)
{
    const char *old = remember("{\"key\":\"k\",\"content\":\"a\",\"ttl\":10}");
    calls_pass_seconds(&store, 10);
    calls_refused(memory, MNEME_NOT_FOUND, "key", "", "record.get", "{\"key\":\"k\"}");
    expect_status("created", "memory.remember", "{\"key\":\"k\",\"content\":\"b\"}");
    struct call_answer history =
        calls_ok(memory, "record.history", "{\"id\":\"%s\"}",
                 calls_id(calls_ok(memory, "record.get", "{\"key\":\"k\"}")));
    cr_expect_eq(answer_count(&history, "/items"), 1, "a record of its own: %s", history.text);
    call_answer_clear(&history);
    calls_expect_count(memory, 1, "record.list", "{\"include_deleted\":true}");
    (void)old;
}

// --- validity and time to live -------------------------------------------------------------------

Test(rules_memory, validity_is_half_open)
{
    remember("{\"key\":\"k\",\"content\":\"a\",\"valid_from\":\"2023-11-14T22:13:30Z\","
             "\"valid_to\":\"2023-11-14T22:13:40Z\"}");
    static const struct {
        int64_t offset_us;
        size_t count;
    } cases[] = {{-1, 0}, {0, 1}, {9999999, 1}, {10000000, 0}};
    int64_t begin = CALLS_START_US + 10 * US_PER_SECOND;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calls_set_time(&store, begin + cases[i].offset_us);
        struct call_answer map = calls_ok(memory, "memory.map", "{}");
        cr_expect_eq(answer_count(&map, "/map"), cases[i].count, "%s", map.text);
        call_answer_clear(&map);
        calls_expect_count(memory, cases[i].count, "memory.recall", "{\"text\":\"a\"}");
    }
}

Test(rules_memory, a_touch_renews_without_a_version)
{
    const char *id = remember("{\"content\":\"a\",\"ttl\":10}");
    calls_pass_seconds(&store, 5);
    struct call_answer touched = calls_ok(memory, "memory.touch", "{\"id\":\"%s\",\"ttl\":60}", id);
    cr_expect_str_eq(answer_text(&touched, "/status"), "updated");
    struct call_answer user = calls_ok(memory, "user.show", "{}");
    cr_expect_eq(answer_integer(&touched, "/seq"), 2, "a write with a seq");
    cr_expect_eq(answer_integer(&user, "/seq"), 2);
    call_answer_clear(&touched);
    call_answer_clear(&user);
    struct call_answer got = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", id);
    cr_expect_eq(answer_integer(&got, "/version"), 1);
    cr_expect_str_eq(answer_text(&got, "/updated_at"), "2023-11-14T22:13:20Z");
    cr_expect_str_eq(answer_text(&got, "/expires_at"), "2023-11-14T22:14:25Z");
    call_answer_clear(&got);
    struct call_answer history = calls_ok(memory, "record.history", "{\"id\":\"%s\"}", id);
    cr_expect_eq(answer_count(&history, "/items"), 1);
    call_answer_clear(&history);
    calls_pass_seconds(&store, 30);
    calls_expect_count(memory, 1, "memory.recall", "{\"text\":\"a\"}");
}
Test(rules_memory, what_has_expired_is_in_no_answer_from_that_microsecond_on)
{
    const char *talk = calls_id(calls_ok(memory, "conversation.create", "{}"));
    const char *id = remember("{\"key\":\"k\",\"content\":\"the kettle is on\",\"ttl\":10}");
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"content\":\"the kettle sings\",\"event_at\":"
               "\"2023-11-14T22:13:20Z\",\"expires_at\":\"2023-11-14T22:13:30Z\"}",
               talk);
    const char *other = remember("{\"content\":\"other\"}");
    calls_done(memory, "link.create", "{\"from\":\"%s\",\"to\":\"%s\"}", other, id);
    int64_t end = CALLS_START_US + 10 * US_PER_SECOND;
    for (int64_t offset = -1; offset <= 0; offset++) {
        size_t count = offset < 0 ? 1 : 0;
        calls_set_time(&store, end + offset);
        calls_expect_count(memory, 2 * count, "memory.recall",
                           "{\"text\":\"kettle\",\"min_coverage\":0.5}");
        calls_expect_count(memory, count, "conversation.search", "{\"text\":\"kettle\"}");
        calls_expect_count(memory, 1 + count, "record.list", "{}");
        calls_expect_count(memory, 1 + count, "record.list", "{\"include_deleted\":true}");
        calls_expect_count(memory, count, "record.list", "{\"kind\":\"message\"}");
        calls_expect_count(memory, count, "record.list", "{\"kind\":\"link\"}");
        calls_expect_count(memory, count, "link.list", "{\"of\":\"%s\"}", other);
        calls_expect_count(memory, count, "conversation.window", "{\"conversation_id\":\"%s\"}",
                           talk);
        struct call_answer map = calls_ok(memory, "memory.map", "{}");
        cr_expect_eq(answer_count(&map, "/map"), count);
        call_answer_clear(&map);
        struct call_answer stats = calls_ok(memory, "stats", "{}");
        cr_expect_eq(answer_integer(&stats, "/memories"), 1 + (int64_t)count, "%s", stats.text);
        cr_expect_eq(answer_integer(&stats, "/messages"), (int64_t)count, "%s", stats.text);
        cr_expect_eq(answer_integer(&stats, "/links"), (int64_t)count, "%s", stats.text);
        call_answer_clear(&stats);
        struct call_answer names = calls_ok(memory, "namespace.list", "{}");
        cr_expect_eq(answer_integer(&names, "/items/0/count"), 1 + (int64_t)count);
        call_answer_clear(&names);
    }
    static const struct {
        const char *operation, *more;
    } calls[] = {{"record.get", ""},
                 {"record.get", ",\"include_deleted\":true"},
                 {"record.history", ""},
                 {"record.forget", ""},
                 {"record.restore", ""},
                 {"memory.touch", ",\"ttl\":10"},
                 {"memory.expire", ",\"ttl\":10"},
                 {"memory.update", ",\"content\":\"x\""},
                 {"memory.supersede", ",\"content\":\"x\""},
                 {"memory.tag", ",\"tags\":[\"x\"]"}};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        calls_refused(memory, MNEME_NOT_FOUND, "id", "", calls[i].operation, "{\"id\":\"%s\"%s}",
                      id, calls[i].more);
    // A clock that is set back revives nothing.
    calls_set_time(&store, end + US_PER_SECOND);
    remember("{\"content\":\"written after the end\"}");
    calls_set_time(&store, CALLS_START_US);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.get", "{\"id\":\"%s\"}", id);
}
