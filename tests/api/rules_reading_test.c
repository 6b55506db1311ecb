// The rules of reading: defaults, filters, orders, pages, windows, and that reading changes nothing.
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { MANY = 23 };

static struct calls_store store;
static mneme *memory;

static void set_up(void)
{
    calls_store_init(&store, 17);
    memory = calls_open(&store, "ada");
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(rules_reading, .init = set_up, .fini = tear_down);

static const char *remember(const char *json)
{
    return calls_id(calls_ok(memory, "memory.remember", "%s", json));
}

// --- defaults ------------------------------------------------------------------------------------

Test(rules_reading, reading_an_unknown_user_finds_nothing_and_makes_nobody)
{
    mneme *stranger;
    cr_assert_eq(mneme_open_user(memory, "stranger", &stranger, NULL), MNEME_OK);
    calls_expect_count(stranger, 0, "record.list", "{}");
    calls_expect_count(stranger, 0, "memory.recall", "{\"text\":\"x\"}");
    calls_expect_count(stranger, 0, "namespace.list", "{}");
    calls_refused(stranger, MNEME_NOT_FOUND, "key", "", "record.get", "{\"key\":\"k\"}");
    calls_refused(stranger, MNEME_NOT_FOUND, "id", "", "change.undo", "{}");
    calls_refused(stranger, MNEME_NOT_FOUND, "key", "", "record.forget", "{\"key\":\"k\"}");
    calls_refused(stranger, MNEME_NOT_FOUND, "user", "", "user.show", "{}");
    calls_expect_count(memory, 0, "user.list", "{}");
    mneme_close(stranger);
}

Test(rules_reading, without_a_namespace_lists_and_recall_leave_working_memory_out)
{
    remember("{\"content\":\"tea\"}");
    remember("{\"content\":\"tea\",\"namespace\":\"other\"}");
    remember("{\"content\":\"tea\",\"namespace\":\"task:1\",\"key\":\"k\",\"tier\":\"working\"}");
    calls_expect_count(memory, 2, "record.list", "{}");
    calls_expect_count(memory, 2, "memory.recall", "{\"text\":\"tea\",\"fold\":false}");
    calls_expect_count(memory, 1, "record.list", "{\"namespace\":\"task:1\"}");
    calls_expect_count(memory, 1, "memory.recall", "{\"text\":\"tea\",\"namespace\":\"task:1\"}");
    calls_expect_count(memory, 3, "namespace.list", "{}");
    calls_refused(memory, MNEME_NOT_FOUND, "key", "", "record.get", "{\"key\":\"k\"}");
    calls_done(memory, "record.get", "{\"namespace\":\"task:1\",\"key\":\"k\"}");
    struct call_answer map = calls_ok(memory, "memory.map", "{}");
    cr_expect_eq(answer_count(&map, "/map"), 0, "map means the namespace default");
    call_answer_clear(&map);
}

Test(rules_reading, a_filter_on_what_a_kind_lacks_excludes_the_kind)
{
    const char *talk = calls_id(calls_ok(memory, "conversation.create", "{}"));
    calls_done(memory, "conversation.append", "{\"conversation_id\":\"%s\",\"content\":\"tea\"}",
               talk);
    remember("{\"content\":\"tea\",\"type\":\"fact\"}");
    calls_expect_count(memory, 2, "memory.recall", "{\"text\":\"tea\"}");
    calls_expect_count(memory, 1, "memory.recall", "{\"text\":\"tea\",\"type\":\"fact\"}");
    calls_expect_count(memory, 0, "memory.recall", "{\"text\":\"tea\",\"type\":\"other\"}");
    calls_expect_count(memory, 1, "memory.recall", "{\"text\":\"tea\",\"role\":\"user\"}");
    calls_expect_count(memory, 1, "memory.recall",
                       "{\"text\":\"tea\",\"filter\":{\"not\":{\"type\":\"other\"}}}");
    calls_expect_count(memory, 0, "record.list", "{\"kind\":\"message\",\"type\":\"fact\"}");
    calls_expect_count(memory, 0, "record.list",
                       "{\"kind\":\"message\",\"namespace\":\"default\"}");
    calls_expect_count(memory, 1, "record.list", "{\"kind\":\"message\"}");
}

Test(rules_reading, since_and_until_ask_when_it_happened_else_when_it_was_written)
{
    calls_done(memory, "conversation.create", "{}"); // 2023-11-14T22:13:20Z
    remember("{\"content\":\"a\",\"event_at\":\"2020-01-01T00:00:00Z\"}");
    const char *b = remember("{\"content\":\"b\"}");
    calls_done(memory, "link.create", "{\"from\":\"%s\",\"to\":\"%s\"}", b, b);
    static const char *const spans[] = {
        "\"until\":\"2021-01-01T00:00:00Z\"", "\"since\":\"2023-11-14T22:13:20Z\"",
        "\"until\":\"2023-11-14T22:13:20Z\"", "\"since\":\"2023-11-15T00:00:00+01:00\""};
    static const size_t memories[] = {1, 1, 1, 0}, others[] = {0, 1, 0, 0};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        calls_expect_count(memory, memories[i], "record.list", "{%s}", spans[i]);
        calls_expect_count(memory, others[i], "record.list", "{\"kind\":\"conversation\",%s}",
                           spans[i]);
        calls_expect_count(memory, others[i], "record.list", "{\"kind\":\"link\",%s}", spans[i]);
        calls_expect_count(memory, memories[i], "memory.recall", "{\"text\":\"a b\",%s}", spans[i]);
    }
}

Test(rules_reading, max_age_asks_when_it_was_written)
{
    remember("{\"content\":\"a\"}");
    calls_pass_seconds(&store, 100);
    remember("{\"content\":\"b\"}");
    calls_expect_count(memory, 2, "record.list", "{\"max_age\":100}");
    calls_expect_count(memory, 1, "record.list", "{\"max_age\":\"99s\"}");
    calls_expect_count(memory, 1, "record.list", "{\"max_age\":0}");
    calls_expect_count(memory, 2, "record.list", "{\"max_age\":null}");
}

// --- orders and pages ----------------------------------------------------------------------------

/* What becomes of the records while they are listed: at the page that has this number. */
typedef void meddle_fn(int page);

static void meddle_not(int page)
{
    (void)page;
}

/* All ids of a list, page by page, one after another. */
static void read_pages(const char *inputs, const char *operation, meddle_fn *meddle, char *out,
                       size_t size)
{
    char cursor[1800] = "";
    out[0] = '\0';
    for (int page = 0;; page++) {
        cr_assert_lt(page, 200, "%s does not end", inputs);
        struct call_answer answer =
            calls_ok(memory, operation, "{\"limit\":3%s%s}", inputs, cursor);
        size_t count = answer_count(&answer, "/items");
        for (size_t i = 0; i < count; i++) {
            char pointer[40];
            (void)snprintf(pointer, sizeof pointer, "/items/%zu/id", i);
            size_t length = strlen(out);
            (void)snprintf(out + length, size - length, "%s ", answer_text(&answer, pointer));
        }
        const char *next = answer_text(&answer, "/next_cursor");
        cr_expect(!next || count == 3, "a page is full unless it is the last");
        (void)snprintf(cursor, sizeof cursor, ",\"cursor\":\"%s\"", next ? next : "");
        bool is_last = next == NULL;
        call_answer_clear(&answer);
        if (is_last) return;
        meddle(page);
    }
}

static char stable[MANY][40]; // memories that nobody touches

static void remember_many(void)
{
    for (int i = 0; i < MANY; i++) {
        char json[200];
        (void)snprintf(json, sizeof json,
                       "{\"content\":\"stable %d\",\"key\":\"key %d\",\"importance\":0.%d}", i, i,
                       i % 5);
        (void)snprintf(stable[i], sizeof stable[i], "%s", remember(json));
        if (i % 3 == 0) calls_pass_seconds(&store, 1); // some share their time
    }
}

static char restless[6][40];

static void remember_restless(void)
{
    for (int i = 0; i < 6; i++) {
        char json[100];
        (void)snprintf(json, sizeof json, "{\"content\":\"restless %d\",\"importance\":0.2}", i);
        (void)snprintf(restless[i], sizeof restless[i], "%s", remember(json));
    }
}

static void meddle(int page)
{
    char json[200];
    calls_pass_seconds(&store, 1);
    (void)snprintf(json, sizeof json, "{\"content\":\"new %d\",\"importance\":0.%d}", page,
                   page % 5);
    remember(json);
    calls_done(memory, "memory.update", "{\"id\":\"%s\",\"importance\":0.%d}", restless[page % 6],
               (page * 7) % 10);
    calls_done(memory, page % 2 ? "record.forget" : "memory.touch",
               page % 2 ? "{\"id\":\"%s\"}" : "{\"id\":\"%s\",\"ttl\":1000}",
               restless[(page % 2) + 4]);
    if (page % 2) calls_done(memory, "record.restore", "{\"id\":\"%s\"}", restless[5]);
}

Test(rules_reading, a_record_that_stays_is_on_one_page_whatever_is_written_meanwhile)
{
    static const char *const orders[] = {"created", "updated", "last_accessed", "importance",
                                         "use"};
    static char ids[20000];
    remember_many();
    remember_restless();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        for (int down = 0; down < 2; down++) {
            char inputs[100];
            (void)snprintf(inputs, sizeof inputs, ",\"order\":\"%s\",\"descending\":%s", orders[i],
                           down ? "true" : "false");
            read_pages(inputs, "record.list", meddle, ids, sizeof ids);
            for (int n = 0; n < MANY; n++) {
                const char *first = strstr(ids, stable[n]);
                cr_expect(first, "%s lacks record %d", inputs, n);
                cr_expect_null(strstr(first + 1, stable[n]), "%s has record %d twice", inputs, n);
            }
        }
    }
}

Test(rules_reading, an_order_is_by_its_field_and_then_by_id)
{
    static char all[20000], pages[20000];
    remember_many();
    read_pages(",\"order\":\"created\",\"descending\":false", "record.list", meddle_not, all,
               sizeof all);
    for (int i = 0; i < MANY; i++) {
        cr_expect_eq(strncmp(all + (size_t)i * 37, stable[i], 36), 0, "%d", i);
    }
    struct call_answer list =
        calls_ok(memory, "record.list", "{\"order\":\"importance\",\"limit\":1000}");
    pages[0] = '\0';
    for (int importance = 4; importance >= 0; importance--) {
        for (int i = MANY - 1; i >= 0; i--) {
            size_t length = strlen(pages);
            if (i % 5 == importance)
                (void)snprintf(pages + length, sizeof pages - length, "%s ", stable[i]);
        }
    }
    for (int i = 0; i < MANY; i++) {
        char pointer[40];
        (void)snprintf(pointer, sizeof pointer, "/items/%d/id", i);
        cr_expect_eq(strncmp(pages + (size_t)i * 37, answer_text(&list, pointer), 36), 0, "%d", i);
    }
    call_answer_clear(&list);
}

Test(rules_reading, the_messages_of_a_conversation_come_by_number_either_way)
{
    static char up[4000], down[4000];
    const char *talk = calls_id(calls_ok(memory, "conversation.create", "{}"));
    char inputs[100];
    for (int i = 0; i < 10; i++)
        calls_done(memory, "conversation.append",
                   "{\"conversation_id\":\"%s\",\"content\":\"m %d\",\"importance\":0.%d}", talk, i,
                   i % 4);
    (void)snprintf(inputs, sizeof inputs,
                   ",\"kind\":\"message\",\"conversation_id\":\"%s\",\"descending\":false", talk);
    read_pages(inputs, "record.list", meddle_not, up, sizeof up);
    (void)snprintf(inputs, sizeof inputs, ",\"kind\":\"message\",\"conversation_id\":\"%s\"", talk);
    read_pages(inputs, "record.list", meddle_not, down, sizeof down);
    cr_expect_eq(strlen(up), 370);
    for (int i = 0; i < 10; i++)
        cr_expect_eq(strncmp(up + (size_t)i * 37, down + (size_t)(9 - i) * 37, 36), 0, "%d", i);
    struct call_answer list = calls_ok(memory, "record.list",
                                       "{\"kind\":\"message\",\"conversation_id\":\"%s\","
                                       "\"order\":\"importance\",\"limit\":2}",
                                       talk);
    cr_expect_eq(answer_integer(&list, "/items/0/message_seq"), 8, "%s", list.text);
    cr_expect_eq(answer_integer(&list, "/items/1/message_seq"), 4, "%s", list.text);
    call_answer_clear(&list);
}

Test(rules_reading, links_history_keys_and_users_come_in_pages_too)
{
    static char ids[20000];
    char inputs[100];
    remember_many();
    for (int i = 1; i < 11; i++)
        calls_done(memory, "link.create", "{\"from\":\"%s\",\"to\":\"%s\"}", stable[0], stable[i]);
    (void)snprintf(inputs, sizeof inputs, ",\"of\":\"%s\"", stable[0]);
    read_pages(inputs, "link.list", meddle_not, ids, sizeof ids);
    cr_expect_eq(strlen(ids), 370);

    for (int i = 0; i < 9; i++)
        calls_done(memory, "memory.update", "{\"id\":\"%s\",\"content\":\"edit %d\"}", stable[0],
                   i);
    char cursor[300] = "";
    int64_t version = 11;
    do {
        struct call_answer page =
            calls_ok(memory, "record.history", "{\"id\":\"%s\",\"limit\":4%s}", stable[0], cursor);
        for (size_t i = 0; i < answer_count(&page, "/items"); i++) {
            char pointer[40];
            (void)snprintf(pointer, sizeof pointer, "/items/%zu/version", i);
            cr_expect_eq(answer_integer(&page, pointer), --version);
        }
        const char *next = answer_text(&page, "/next_cursor");
        (void)snprintf(cursor, sizeof cursor, next ? ",\"cursor\":\"%s\"" : "%s", next ? next : "");
        call_answer_clear(&page);
    } while (cursor[0]);
    cr_expect_eq(version, 1);

    size_t keys = 0;
    do {
        struct call_answer page =
            calls_ok(memory, "memory.map", "{\"prefix\":\"key 1\",\"limit\":4%s}", cursor);
        keys += answer_count(&page, "/map");
        const char *next = answer_text(&page, "/next_cursor");
        (void)snprintf(cursor, sizeof cursor, next ? ",\"cursor\":\"%s\"" : "%s", next ? next : "");
        call_answer_clear(&page);
    } while (cursor[0]);
    cr_expect_eq(keys, 11, "1 and 10 to 19");

    for (int i = 0; i < 7; i++) calls_done(memory, "user.create", "{\"name\":\"user %d\"}", i);
    read_pages("", "user.list", meddle_not, ids, sizeof ids);
    cr_expect_eq(strlen(ids), 8 * 37, "with ada");
}

Test(rules_reading, a_cursor_fits_no_other_list_and_no_other_user)
{
    remember_many();
    mneme *other;
    cr_assert_eq(mneme_open_user(memory, "grace", &other, NULL), MNEME_OK);
    struct call_answer page =
        calls_ok(memory, "record.list", "{\"limit\":1,\"filter\":{\"key\":{\"prefix\":\"key\"}}}");
    char cursor[200];
    (void)snprintf(cursor, sizeof cursor, "%s", answer_text(&page, "/next_cursor"));
    call_answer_clear(&page);
    static const char *const others[] = {
        "",
        ",\"filter\":{\"key\":{\"prefix\":\"key\"}},\"order\":\"updated\"",
        ",\"filter\":{\"key\":{\"prefix\":\"key\"}},\"descending\":false",
        ",\"filter\":{\"key\":{\"prefix\":\"ke\"}}",
        ",\"filter\":{\"key\":{\"prefix\":\"key\"}},\"type\":\"fact\"",
        ",\"filter\":{\"key\":{\"prefix\":\"key\"}},\"include_superseded\":true",
        ",\"filter\":{\"key\":{\"prefix\":\"key\"}},\"max_age\":10000",
        ",\"filter\":{\"key\":{\"prefix\":\"key\"}},\"namespace\":\"default\""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        calls_refused(memory, MNEME_INVALID, "cursor", "cursor", "record.list",
                      "{\"cursor\":\"%s\"%s}", cursor, others[i]);
    static const char same[] = "\"filter\":{\"key\":{\"prefix\":\"key\"}}";
    calls_refused(other, MNEME_INVALID, "cursor", "cursor", "record.list", "{\"cursor\":\"%s\",%s}",
                  cursor, same);
    calls_refused(memory, MNEME_INVALID, "cursor", "cursor", "conversation.list",
                  "{\"cursor\":\"%s\"}", cursor);
    calls_expect_count(memory, MANY - 1, "record.list",
                       "{\"order\":\"created\",\"cursor\":\"%s\",\"limit\":1000,%s}", cursor, same);
    for (size_t i = 0; i < strlen(cursor); i += 7) {
        char bent[200];
        memcpy(bent, cursor, sizeof bent);
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        calls_refused(memory, MNEME_INVALID, "cursor", "cursor", "record.list",
                      "{\"cursor\":\"%s\",%s}", bent, same);
    }
    mneme_close(other);
}

// --- windows -------------------------------------------------------------------------------------

static void expect_window(const char *talk, const char *inputs, const char *contents)
{
    struct call_answer window =
        calls_ok(memory, "conversation.window", "{\"conversation_id\":\"%s\"%s}", talk, inputs);
    char text[400] = "";
    for (size_t i = 0; i < answer_count(&window, "/messages"); i++) {
        char pointer[40];
        (void)snprintf(pointer, sizeof pointer, "/messages/%zu/content", i);
        size_t length = strlen(text);
        (void)snprintf(text + length, sizeof text - length, "%s%s", i ? " " : "",
                       answer_text(&window, pointer));
    }
    cr_expect_str_eq(text, contents, "%s: %s", inputs, text);
    call_answer_clear(&window);
}

Test(rules_reading, a_window_is_the_last_turns_behind_what_is_pinned)
{
    const char *talk = calls_id(calls_ok(memory, "conversation.create", "{}"));
    calls_done(memory, "conversation.append",
               "{\"conversation_id\":\"%s\",\"messages\":["
               "{\"content\":\"a\",\"token_count\":10},"
               "{\"content\":\"b\",\"token_count\":10,\"importance\":0.9},"
               "{\"content\":\"c\",\"token_count\":10,\"importance\":0.1},"
               "{\"content\":\"rules\",\"role\":\"system\",\"pinned\":true,\"token_count\":10},"
               "{\"content\":\"d\",\"token_count\":10},"
               "{\"content\":\"e\",\"token_count\":10}]}",
               talk);
    expect_window(talk, "", "rules a b c d e");
    expect_window(talk, ",\"last\":2", "rules d e");
    expect_window(talk, ",\"budget\":35", "rules d e");
    expect_window(talk, ",\"budget\":9", "");
    expect_window(talk, ",\"last\":3,\"by\":\"importance\"", "rules b d e");
    expect_window(talk, ",\"last\":5,\"budget\":30", "rules d e");
    calls_refused(memory, MNEME_INVALID, "last", "min", "conversation.window",
                  "{\"conversation_id\":\"%s\",\"last\":0}", talk);
    // It is read from the rows, so it is the same after a restart.
    mneme_close(memory);
    memory = calls_open(&store, "ada");
    expect_window(talk, ",\"last\":2", "rules d e");
}

// --- reading changes nothing ---------------------------------------------------------------------

Test(rules_reading, reading_changes_nothing_but_the_notes_of_use)
{
    const char *id = remember("{\"content\":\"tea\"}");
    calls_pass_seconds(&store, 60);
    for (int i = 0; i < 5; i++) {
        calls_done(memory, "record.get", "{\"id\":\"%s\"}", id);
        calls_done(memory, "memory.recall", "{\"text\":\"tea\"}");
        calls_done(memory, "memory.recall", "{\"text\":\"tea\",\"note_use\":false}");
        calls_done(memory, "record.list", "{}");
    }
    mneme_close(memory); // which writes the notes
    memory = calls_open(&store, "ada");
    struct call_answer got = calls_ok(memory, "record.list", "{}");
    cr_expect_eq(answer_integer(&got, "/items/0/version"), 1);
    cr_expect_eq(answer_integer(&got, "/items/0/access_count"), 10, "%s", got.text);
    cr_expect_str_eq(answer_text(&got, "/items/0/updated_at"), "2023-11-14T22:13:20Z");
    cr_expect_str_eq(answer_text(&got, "/items/0/last_accessed_at"), "2023-11-14T22:14:20Z");
    call_answer_clear(&got);
    struct call_answer user = calls_ok(memory, "user.show", "{}");
    cr_expect_eq(answer_integer(&user, "/seq"), 1);
    call_answer_clear(&user);
    struct call_answer history = calls_ok(memory, "record.history", "{\"id\":\"%s\"}", id);
    cr_expect_eq(answer_count(&history, "/items"), 1);
    call_answer_clear(&history);
}
