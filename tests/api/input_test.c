// Input is hostile: each fault is named with its place and rule, all of them at once, and the store is as before.
#include "base/limits.h"
#include "base/strbuf.h"
#include "support/calls.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;
static char talk[40], fact[40];

static void keep_id(struct call_answer answer, char out[40])
{
    (void)snprintf(out, 40, "%s", answer_text(&answer, "/id"));
    call_answer_clear(&answer);
}

static void set_up(void)
{
    calls_store_init(&store, 11);
    memory = calls_open(&store, "ada");
    keep_id(calls_ok(memory, "conversation.create", "{}"), talk);
    keep_id(calls_ok(memory, "memory.remember", "{\"key\":\"k\",\"content\":\"a fact\"}"), fact);
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(input, .init = set_up, .fini = tear_down);

static int64_t seq(void)
{
    struct call_answer user = calls_ok(memory, "user.show", "{}");
    int64_t value = answer_integer(&user, "/seq");
    call_answer_clear(&user);
    return value;
}

/* The faults of an error object at `pointer`, as "/place:rule /place:rule". */
static const char *faults_of(const struct call_answer *answer, const char *pointer)
{
    static char text[2000];
    char at[100];
    text[0] = '\0';
    (void)snprintf(at, sizeof at, "%s/error/errors", pointer);
    size_t count = answer_count(answer, at);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(at, sizeof at, "%s/error/errors/%zu/pointer", pointer, i);
        const char *place = answer_text(answer, at);
        size_t length = strlen(text);
        (void)snprintf(text + length, sizeof text - length, "%s%s:", i ? " " : "", place);
        (void)snprintf(at, sizeof at, "%s/error/errors/%zu/rule", pointer, i);
        const char *rule = answer_text(answer, at);
        length = strlen(text);
        (void)snprintf(text + length, sizeof text - length, "%s", rule);
    }
    return text;
}

/* `%s` in the input stand for the conversation's id, `%%s` of the memory's are written out by the tests themselves. */
static void expect_faults(enum mneme_code code, const char *operation, const char *input,
                          const char *faults)
{
    int64_t before = seq();
    struct call_answer answer = calls_json(memory, operation, input);
    cr_expect_eq(answer.code, code, "%s %s: %s", operation, input, answer.text);
    const char *found = faults_of(&answer, "");
    cr_expect_str_eq(found, faults, "%s %s: %s", operation, input, found);
    cr_expect_eq(seq(), before, "%s %s", operation, input);
    call_answer_clear(&answer);
}

static const char *with(const char *format, const char *value)
{
    static char text[4000];
    const char *at = strchr(format, '@');
    cr_assert(at != NULL);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - format), format, value, at + 1);
    return text;
}

// --- places --------------------------------------------------------------------------------------

Test(input, all_faults_of_a_memory_are_named_at_once)
{
    expect_faults(MNEME_INVALID, "memory.remember",
                  "{\"importance_level\":9,\"dedupe\":\"maybe\",\"ttl\":\"soon\",\"content\":\"\","
                  "\"colour\":1,\"vector\":[1,\"x\"],\"space\":\"s\"}",
                  "/importance_level:max /dedupe:choice /content:min_length /colour:unknown "
                  "/ttl:format /vector:type");
    expect_faults(MNEME_INVALID, "memory.update",
                  with("{\"id\":\"@\",\"version\":0,\"key\":\"other\",\"content\":null}", fact),
                  "/version:min /key:fixed /content:required");
    expect_faults(MNEME_INVALID, "memory.update", "{\"key\":7,\"content\":\"x\"}", "/key:type");
    expect_faults(MNEME_INVALID, "conversation.append",
                  "{\"conversation_id\":\"nonsense\",\"content\":\"\"}",
                  "/conversation_id:format /content:min_length");
}

Test(input, a_fault_in_a_batch_has_the_place_of_its_item)
{
    struct strbuf items;
    strbuf_init(&items, 100000);
    strbuf_add_text(&items, "{\"items\":[");
    for (int i = 0; i < 12; i++) strbuf_printf(&items, "{\"content\":\"item %d\"},", i);
    strbuf_add_text(&items, "{\"key\":\"k\",\"content\":\"b\",\"version\":5},"
                            "{\"content\":\"c\",\"space\":7,\"importance_level\":0},7]}");
    struct call_answer answer = calls_json(memory, "memory.remember_batch", items.text);
    cr_expect_eq(answer.code, MNEME_OK, "%s", answer.text);
    cr_expect_str_eq(faults_of(&answer, "/items/12"), "/items/12/version:version");
    cr_expect_str_eq(faults_of(&answer, "/items/13"),
                     "/items/13/space:type /items/13/importance_level:min");
    cr_expect_str_eq(faults_of(&answer, "/items/14"), "/items/14:type");
    call_answer_clear(&answer);
    strbuf_clear(&items);
}

Test(input, an_atomic_batch_is_refused_with_the_place_of_the_first_bad_item)
{
    expect_faults(MNEME_CONFLICT, "memory.remember_batch",
                  "{\"atomic\":true,\"items\":[{\"content\":\"a\"},"
                  "{\"key\":\"k\",\"content\":\"b\",\"version\":5}]}",
                  "/items/1/version:version");
    expect_faults(MNEME_INVALID, "memory.remember_batch",
                  "{\"atomic\":true,\"items\":[{\"content\":\"a\"},{\"content\":\"\"}]}",
                  "/items/1/content:min_length");
}

Test(input, a_fault_in_a_message_has_the_place_of_that_message)
{
    expect_faults(MNEME_INVALID, "conversation.append",
                  with("{\"conversation_id\":\"@\",\"messages\":[{\"content\":\"a\"},"
                       "{\"content\":\"b\",\"role\":\"robot\"},7,"
                       "{\"content\":\"c\",\"vector\":[0,0],\"space\":\"s\"}]}",
                       talk),
                  "/messages/1/role:choice /messages/2:type /messages/3/vector:min");
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"content\":\"a\",\"origin_key\":\"o\"}", talk);
    expect_faults(MNEME_CONFLICT, "conversation.append",
                  with("{\"conversation_id\":\"@\",\"messages\":[{\"content\":\"a\"},"
                       "{\"content\":\"b\",\"origin_key\":\"o\"}]}",
                       talk),
                  "/messages/1/origin_key:unique");
}

Test(input, nothing_but_the_conversation_stands_beside_messages)
{
    expect_faults(MNEME_INVALID, "conversation.append",
                  with("{\"conversation_id\":\"@\",\"messages\":[{\"content\":\"a\"}],"
                       "\"role\":\"user\",\"colour\":\"red\"}",
                       talk),
                  "/role:conflict /colour:unknown");
    expect_faults(MNEME_INVALID, "conversation.append",
                  with("{\"conversation_id\":\"@\",\"messages\":[{\"content\":\"a\","
                       "\"conversation_id\":\"01890000-0000-7000-8000-000000000000\"}]}",
                       talk),
                  "/messages/0/conversation_id:conflict");
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"messages\":[{\"content\":\"a\","
               "\"conversation_id\":\"%s\"}]}",
               talk, talk);
}

Test(input, a_message_does_not_choose_what_it_follows)
{
    expect_faults(MNEME_INVALID, "conversation.append",
                  with("{\"conversation_id\":\"@\",\"content\":\"a\",\"variant\":1,"
                       "\"parent_id\":\"01890000-0000-7000-8000-000000000000\"}",
                       talk),
                  "/variant:read_only /parent_id:read_only");
}

Test(input, a_place_with_odd_characters_is_escaped)
{
    expect_faults(MNEME_INVALID, "record.get", with("{\"id\":\"@\",\"a/b~c\":1}", fact),
                  "/a~1b~0c:unknown");
    expect_faults(MNEME_INVALID, "memory.remember", "{\"content\":\"x\",\"a/b~c\":1}",
                  "/a~1b~0c:unknown");
}

// --- exclusions ----------------------------------------------------------------------------------

Test(input, what_excludes_each_other_is_refused)
{
    expect_faults(MNEME_INVALID, "memory.remember",
                  "{\"content\":\"x\",\"importance\":0.5,\"importance_level\":3}",
                  "/importance_level:conflict");
    expect_faults(MNEME_INVALID, "memory.remember",
                  "{\"content\":\"x\",\"ttl\":5,\"expires_at\":\"2030-01-01T00:00:00Z\"}",
                  "/ttl:conflict");
    expect_faults(MNEME_INVALID, "memory.remember", "{\"content\":\"x\",\"version\":1}",
                  "/version:conflict");
    expect_faults(MNEME_INVALID, "memory.touch",
                  with("{\"id\":\"@\",\"ttl\":5,\"expires_at\":\"2030-01-01T00:00:00Z\"}", fact),
                  "/ttl:conflict");
    expect_faults(MNEME_INVALID, "record.get", with("{\"id\":\"@\",\"key\":\"k\"}", fact),
                  "/key:conflict");
    expect_faults(MNEME_INVALID, "record.get", "{\"namespace\":\"default\"}", "/id:required");
    expect_faults(MNEME_INVALID, "memory.touch", with("{\"id\":\"@\",\"expires_at\":null}", fact),
                  "/expires_at:required");
}

Test(input, null_excludes_nothing_and_takes_an_end_away)
{
    calls_done(memory, "memory.remember",
               "{\"content\":\"x\",\"importance\":null,\"importance_level\":3,\"ttl\":5,"
               "\"expires_at\":null,\"version\":null,\"vector\":null,\"space\":null}");
    static const char *const takings[] = {"{\"id\":\"@\",\"ttl\":null}",
                                          "{\"id\":\"@\",\"expires_at\":null}"};
    for (size_t i = 0; i < 2; i++) {
        calls_done(memory, "memory.touch", "{\"id\":\"%s\",\"ttl\":\"1h\"}", fact);
        calls_done(memory, "memory.expire", "%s", with(takings[i], fact));
        struct call_answer got = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", fact);
        cr_expect_null(answer_text(&got, "/expires_at"), "%s", got.text);
        call_answer_clear(&got);
        calls_done(memory, "memory.touch", "{\"id\":\"%s\",\"ttl\":\"1h\"}", fact);
        calls_done(memory, "memory.update", "%s", with(takings[i], fact));
        got = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", fact);
        cr_expect_null(answer_text(&got, "/expires_at"), "%s", got.text);
        call_answer_clear(&got);
    }
}

// --- durations -----------------------------------------------------------------------------------

Test(input, durations_are_seconds_or_digits_with_a_unit)
{
    static const struct {
        const char *ttl, *expires_at;
    } good[] = {{"90", "2023-11-14T22:14:50Z"},         {"0.5", "2023-11-14T22:13:20.500000Z"},
                {"90.0", "2023-11-14T22:14:50Z"},       {"\"90s\"", "2023-11-14T22:14:50Z"},
                {"\"15m\"", "2023-11-14T22:28:20Z"},    {"\"24h\"", "2023-11-15T22:13:20Z"},
                {"\"7d\"", "2023-11-21T22:13:20Z"},     {"\"1w\"", "2023-11-21T22:13:20Z"},
                {"31622400000", "3025-12-11T22:13:20Z"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct call_answer made = calls_ok(memory, "memory.remember",
                                           "{\"content\":\"d %zu\",\"ttl\":%s}", i, good[i].ttl);
        struct call_answer got =
            calls_ok(memory, "record.get", "{\"id\":\"%s\"}", answer_text(&made, "/id"));
        const char *text = answer_text(&got, "/expires_at");
        cr_expect(text && strncmp(text, good[i].expires_at, 19) == 0, "%s: %s", good[i].ttl, text);
        call_answer_clear(&made);
        call_answer_clear(&got);
    }
    static const char *const bad[] = {
        "-1",       "\"\"", "\"h\"", "\"1 h\"", "\"-1h\"",     "\"1.5h\"",
        "true",     "[1]",  "-0.5",  "1e300",   "31622400001", "\"99999999999999999999s\"",
        "\"53w1d\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        expect_faults(MNEME_INVALID, "memory.remember",
                      with("{\"content\":\"x\",\"ttl\":@}", bad[i]), "/ttl:format");
    }
}

// --- texts ---------------------------------------------------------------------------------------

/* "Zoë" with the accent as a character of its own, and as one with its letter. */
#define PARTED "Zoe\xcc\x88"
#define JOINED "Zo\xc3\xab"

Test(input, names_are_found_in_whichever_normal_form_they_come)
{
    calls_done(memory, "memory.remember",
               "{\"namespace\":\"" PARTED "\",\"key\":\"" PARTED "\",\"content\":\"x\","
               "\"tags\":[\"" PARTED "\"],\"source\":\"" PARTED "\"}");
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"content\":\"x\",\"speaker\":\"" PARTED "\"}", talk);
    static const char *const lists[] = {
        "{\"namespace\":\"@\"}", "{\"namespace\":\"" JOINED "\",\"tags\":[\"@\"]}",
        "{\"namespace\":\"" JOINED "\",\"source\":\"@\"}",
        "{\"kind\":\"message\",\"speaker\":\"@\"}",
        "{\"namespace\":\"" JOINED "\",\"filter\":{\"tags\":\"@\"}}"};
    static const char *const forms[] = {PARTED, JOINED};
    for (size_t form = 0; form < 2; form++) {
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
            struct call_answer list =
                calls_ok(memory, "record.list", "%s", with(lists[i], forms[form]));
            cr_expect_eq(answer_count(&list, "/items"), 1, "%s: %s", lists[i], list.text);
            call_answer_clear(&list);
        }
        calls_done(memory, "record.get", "{\"namespace\":\"%s\",\"key\":\"%s\"}", forms[form],
                   forms[form]);
        calls_done(memory, "memory.update", "{\"namespace\":\"%s\",\"key\":\"%s\",\"pinned\":true}",
                   forms[form], forms[form]);
        struct call_answer map =
            calls_ok(memory, "memory.map", "{\"namespace\":\"%s\",\"prefix\":\"%s\"}", forms[form],
                     forms[form]);
        cr_expect_eq(answer_count(&map, "/map"), 1, "%s", map.text);
        call_answer_clear(&map);
        struct call_answer recall = calls_ok(
            memory, "memory.recall", "{\"text\":\"x\",\"namespaces\":[\"%s\"]}", forms[form]);
        cr_expect_eq(answer_count(&recall, "/hits"), 1, "%s", recall.text);
        call_answer_clear(&recall);
    }
}

Test(input, names_with_controls_are_refused_wherever_they_stand)
{
    static const struct {
        const char *operation, *input, *faults;
    } cases[] = {
        {"record.get", "{\"key\":\"a\\nb\"}", "/key:control"},
        {"memory.update", "{\"key\":\"a\\nb\",\"content\":\"x\"}", "/key:control"},
        {"memory.map", "{\"prefix\":\"a\\u202eb\"}", "/prefix:control"},
        {"record.list", "{\"namespace\":\"a\\tb\"}", "/namespace:control"},
        {"record.list", "{\"speaker\":\"a\\tb\"}", "/speaker:control"},
        {"record.list", "{\"tags\":[\"a\",\"a\\tb\"]}", "/tags/1:control"},
        {"memory.recall", "{\"namespaces\":[\"a\\tb\"]}", "/namespaces/0:control"},
        {"memory.remember", "{\"content\":\"x\",\"vector\":[1],\"space\":\"a\\tb\"}",
         "/space:control /space:required"},
        {"user.create", "{\"name\":\"a\\u0085b\"}", "/name:control"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_faults(MNEME_INVALID, cases[i].operation, cases[i].input, cases[i].faults);
    }
}

/* A text of n letters. */
static char *letters(size_t count)
{
    char *text = malloc(count + 1);
    cr_assert_not_null(text);
    memset(text, 'a', count);
    text[count] = '\0';
    return text;
}

Test(input, every_text_has_a_bound_and_one_more_is_a_limit)
{
    static const struct {
        const char *operation, *format, *faults;
        size_t most;
    } cases[] = {
        {"memory.remember", "{\"content\":\"@\"}", "/content:max_length", LIMIT_CONTENT_BYTES},
        {"memory.remember", "{\"content\":\"x\",\"key\":\"@\"}", "/key:max_length",
         LIMIT_KEY_BYTES},
        {"memory.update", "{\"key\":\"@\",\"content\":\"x\"}", "/key:max_length", LIMIT_KEY_BYTES},
        {"memory.update", "{\"key\":\"k\",\"namespace\":\"@\",\"content\":\"x\"}",
         "/namespace:max_length", LIMIT_NAME_BYTES},
        {"record.get", "{\"key\":\"@\"}", "/key:max_length", LIMIT_KEY_BYTES},
        {"record.list", "{\"cursor\":\"@\"}", "/cursor:max_length", 4096},
        {"memory.map", "{\"prefix\":\"@\"}", "/prefix:max_length", LIMIT_KEY_BYTES},
        {"memory.recall", "{\"text\":\"@\"}", "/text:max_length", LIMIT_QUERY_BYTES},
        {"conversation.search", "{\"text\":\"@\"}", "/text:max_length", LIMIT_QUERY_BYTES},
        {"memory.remember", "{\"content\":\"x\",\"vector\":[1],\"space\":\"@\"}",
         "/space:max_length /space:required", LIMIT_SPACE_BYTES},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = letters(cases[i].most + 1);
        const char *at = strchr(cases[i].format, '@');
        struct call_answer answer =
            calls_format(memory, cases[i].operation, "%.*s%s%s", (int)(at - cases[i].format),
                         cases[i].format, text, at + 1);
        cr_expect_eq(answer.code, MNEME_LIMIT, "%s", cases[i].format);
        cr_expect_str_eq(faults_of(&answer, ""), cases[i].faults, "%s", cases[i].format);
        call_answer_clear(&answer);
        free(text);
    }
}

Test(input, an_input_over_its_bytes_is_refused_unread)
{
    char *text = letters(LIMIT_JSON_BYTES);
    struct call_answer answer =
        calls_format(memory, "memory.remember", "{\"content\":\"%s\"}", text);
    cr_expect_eq(answer.code, MNEME_LIMIT, "%s", answer.text);
    cr_expect_str_eq(faults_of(&answer, ""), ":max_bytes");
    call_answer_clear(&answer);
    answer = calls_format(memory, "memory.remember_batch",
                          "{\"items\":[{\"content\":\"x\"}],\"x\":\"%s\"}", text);
    cr_expect_eq(answer.code, MNEME_INVALID, "a batch may be that long: %s", answer.text);
    call_answer_clear(&answer);
    free(text);
}

Test(input, more_items_than_a_batch_takes_are_a_limit)
{
    struct strbuf items;
    strbuf_init(&items, 1 << 20);
    for (int i = 0; i <= LIMIT_BATCH_ITEMS; i++) {
        strbuf_add_text(&items, i ? ",{\"content\":\"x\"}" : "{\"content\":\"x\"}");
    }
    struct call_answer answer =
        calls_format(memory, "memory.remember_batch", "{\"items\":[%s]}", items.text);
    cr_expect_eq(answer.code, MNEME_LIMIT);
    cr_expect_str_eq(faults_of(&answer, ""), "/items:max_items");
    call_answer_clear(&answer);
    answer = calls_format(memory, "conversation.append",
                          "{\"conversation_id\":\"%s\",\"messages\":[%s]}", talk, items.text);
    cr_expect_eq(answer.code, MNEME_LIMIT);
    cr_expect_str_eq(faults_of(&answer, ""), "/messages:max_items");
    call_answer_clear(&answer);
    strbuf_clear(&items);
}

Test(input, numbers_out_of_range_are_refused)
{
    static const struct {
        const char *operation, *input, *faults;
    } cases[] = {
        {"memory.recall", "{\"k\":0}", "/k:min"},
        {"memory.recall", "{\"k\":1001}", "/k:max"},
        {"memory.recall", "{\"k\":9223372036854775807}", "/k:max"},
        {"memory.recall", "{\"k\":1.5}", "/k:type"},
        {"memory.recall", "{\"neighbours\":9}", "/neighbours:max"},
        {"memory.recall", "{\"min_cosine\":1.01}", "/min_cosine:max"},
        {"memory.recall", "{\"kinds\":[\"link\"]}", "/kinds:choice"},
        {"record.list", "{\"limit\":0}", "/limit:min"},
        {"record.list", "{\"limit\":1001}", "/limit:max"},
        {"record.list", "{\"max_age\":-1}", "/max_age:format"},
        {"record.list", "{\"since\":\"2023-02-30T00:00:00Z\"}", "/since:format"},
        {"conversation.search", "{\"text\":\"\"}", "/text:min_length"},
        {"memory.context", "{\"budget\":0}", "/budget:min"},
        {"memory.remember", "{\"content\":\"x\",\"importance\":-0.1}", "/importance:min"},
        {"memory.remember", "{\"content\":\"x\",\"expires_at\":\"0000-01-01T00:00:00Z\"}",
         "/expires_at:format"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_faults(MNEME_INVALID, cases[i].operation, cases[i].input, cases[i].faults);
    }
}

// --- vectors -------------------------------------------------------------------------------------

Test(input, a_vector_is_finite_has_a_length_and_fits_its_space)
{
    calls_done(memory, "memory.remember",
               "{\"content\":\"a lamp\",\"vector\":[3,4],\"space\":\"s\"}");
    static const struct {
        const char *vector, *faults;
    } cases[] = {
        {"\"vector\":[0,0],\"space\":\"s\"", "/vector:min"},
        {"\"vector\":[],\"space\":\"s\"", "/vector:dimension"},
        {"\"vector\":7,\"space\":\"s\"", "/vector:type"},
        {"\"vector\":[1,null],\"space\":\"s\"", "/vector:type"},
        {"\"vector\":[1e300,1],\"space\":\"s\"", "/vector:max"},
        {"\"vector\":[1,2,3],\"space\":\"s\"", "/vector:dimension"},
        {"\"vector\":[1,2]", "/space:required"},
        {"\"vector\":[1,2],\"space\":\"\"", "/space:min_length /space:required"},
        {"\"space\":\"s\"", "/vector:required"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_faults(MNEME_INVALID, "memory.remember",
                      with("{\"content\":\"x\",@}", cases[i].vector), cases[i].faults);
        // No dimension is known for a query before its space is looked at.
        expect_faults(MNEME_INVALID, "memory.recall", with("{\"text\":\"x\",@}", cases[i].vector),
                      strncmp(cases[i].faults, "/space:min", 10) == 0 ? "/space:min_length"
                                                                      : cases[i].faults);
    }
}

Test(input, vectors_beside_the_json_are_one_for_each_text)
{
    float rows[] = {1, 0, 0, 1, NAN, 1};
    struct mneme_call_options options = {
        .size = sizeof options, .vectors = rows, .dimension = 2, .space = "s"};
    static const struct {
        size_t count;
        enum mneme_code code;
    } cases[] = {{1, MNEME_INVALID}, {2, MNEME_OK}, {3, MNEME_INVALID}};
    mneme_result *result;
    struct mneme_error error;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        options.vector_count = cases[i].count;
        enum mneme_code code = mneme_call_with(
            memory, "memory.remember_batch",
            "{\"items\":[{\"content\":\"a\"},{\"content\":\"b\"}]}", &options, &result, &error);
        cr_expect_eq(code, cases[i].code, "%zu: %s", cases[i].count, mneme_result_json(result));
        mneme_result_free(result);
    }
    options.vectors = rows + 4;
    options.vector_count = 1;
    enum mneme_code code = mneme_call_with(memory, "memory.remember", "{\"content\":\"c\"}",
                                           &options, &result, &error);
    cr_expect_eq(code, MNEME_INVALID);
    cr_expect_str_eq(error.field, "vector");
    mneme_result_free(result);
}

// --- the built input -----------------------------------------------------------------------------

Test(input, a_built_input_names_what_json_cannot_hold)
{
    static const struct {
        const char *field, *rule;
    } expected[] = {{"text", "utf8"}, {"real", "type"}, {"json", "json"}, {"utf8", "utf8"}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        mneme_result *result;
        struct mneme_error error = {0};
        mneme_input *input = mneme_input_new();
        switch (i) {
        case 0: mneme_input_set_text(input, "text", "\xff"); break;
        case 1: mneme_input_set_real(input, "real", NAN); break;
        case 2: mneme_input_set_json(input, "json", "{"); break;
        default: mneme_input_set_integer(input, "\xff", 1); break;
        }
        mneme_input_set_real(input, "later", INFINITY);
        cr_expect_eq(mneme_input_run(memory, "version", input, &result, &error), MNEME_INVALID);
        cr_expect_str_eq(error.rule, expected[i].rule);
        if (i < 3) cr_expect_str_eq(error.field, expected[i].field);
        mneme_result_free(result);
        mneme_input_free(input);
    }
    cr_expect_str_eq(mneme_result_json(NULL), "");
}

Test(input, what_is_no_object_and_what_is_no_operation_is_said_to_be)
{
    expect_faults(MNEME_INVALID, "memory.remember", "[]", ":type");
    expect_faults(MNEME_INVALID, "stats", "null", ":type");
    expect_faults(MNEME_INVALID, "stats", "{} {}", ":json");
    expect_faults(MNEME_INVALID, "stats", "{\"a\":1,\"a\":2}", ":duplicate");
    expect_faults(MNEME_INVALID, "stats", "{\"a\":\"\xff\"}", ":utf8");
    expect_faults(MNEME_NOT_FOUND, "memory.forget", "{}", "/operation:unknown");
}
