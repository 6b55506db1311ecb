/* Export and exact import: there and back, all or nothing, and the state alone. */
#include "base/alloc.h"
#include "base/strbuf.h"
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct world {
    struct calls_store store;
    struct support_dir dir;
    mneme *ada;
};

static void begin(struct world *world, uint64_t seed)
{
    calls_store_init(&world->store, seed);
    support_dir_init(&world->dir);
    world->ada = calls_open(&world->store, "ada");
}

static void end(struct world *world)
{
    mneme_close(world->ada);
    support_dir_clear(&world->dir);
    calls_store_clear(&world->store);
}

static bool take_line(void *context, const char *line, size_t length)
{
    struct strbuf *out = context;
    strbuf_add(out, line, length);
    strbuf_add_char(out, '\n');
    return true;
}

static void export_to(mneme *memory, const char *input, struct strbuf *out)
{
    struct mneme_call_options options = {
        .size = sizeof options, .on_line = take_line, .context = out};
    mneme_result *result;
    strbuf_truncate(out, 0);
    cr_assert_eq(mneme_call_with(memory, "export", input, &options, &result, NULL), MNEME_OK);
    mneme_result_free(result);
}

static const char *behind_header(const struct strbuf *text)
{
    return strchr(text->text, '\n') + 1;
}

static void remember_id(char id[40], const struct call_answer *answer)
{
    snprintf(id, 40, "%s", answer_text(answer, "/id"));
}

/* Something of everything that a store may hold. */
static void fill(mneme *memory, char forgotten[40])
{
    char tea[40], coffee[40], home[40], talk[40], message[40], purged[40];
    struct call_answer answer =
        calls_ok(memory, "memory.remember",
                 "{\"content\":\"Ada drinks tea \\u0001 "
                 "\\u65e5\\u672c\",\"tags\":[\"x\"],\"importance\":0.3,"
                 "\"metadata\":{\"b\":1.5,\"a\":[1,null,1e-7,\"\\u00e9\"]}}");
    remember_id(tea, &answer);
    call_answer_clear(&answer);
    calls_done(memory, "memory.remember",
               "{\"content\":\"Ada drinks tea \\u0001 \\u65e5\\u672c\",\"tags\":[\"y\"]}");
    answer = calls_ok(memory, "memory.supersede", "{\"id\":\"%s\",\"content\":\"coffee\"}", tea);
    remember_id(coffee, &answer);
    call_answer_clear(&answer);
    answer = calls_ok(memory, "memory.remember", "{\"key\":\"home\",\"content\":\"Lisbon\"}");
    remember_id(home, &answer);
    call_answer_clear(&answer);
    calls_done(memory, "memory.remember", "{\"key\":\"home\",\"content\":\"Porto\"}");
    calls_done(memory, "link.create", "{\"from\":\"%s\",\"to\":\"%s\"}", tea, home);
    calls_done(memory, "link.create", "{\"from\":\"%s\",\"to\":\"%s\"}", home, coffee);
    calls_done(memory, "link.remove", "{\"from\":\"%s\",\"to\":\"%s\"}", home, coffee);
    answer = calls_ok(memory, "conversation.create", "{\"title\":\"T\",\"topics\":[\"a\",\"b\"]}");
    remember_id(talk, &answer);
    call_answer_clear(&answer);
    for (int i = 0; i < 3; i++) {
        answer = calls_ok(memory, "conversation.append",
                          "{\"conversation_id\":\"%s\",\"content\":\"turn %d\"}", talk, i);
        remember_id(message, &answer);
        call_answer_clear(&answer);
    }
    calls_done(memory, "message.edit", "{\"id\":\"%s\",\"content\":\"edited\"}", message);
    answer = calls_ok(memory, "memory.remember", "{\"content\":\"to be purged\"}");
    remember_id(purged, &answer);
    call_answer_clear(&answer);
    calls_done(memory, "record.purge", "{\"id\":\"%s\"}", purged);
    answer = calls_ok(memory, "memory.remember", "{\"content\":\"to be forgotten\"}");
    remember_id(forgotten, &answer);
    call_answer_clear(&answer);
    calls_done(memory, "record.forget", "{\"id\":\"%s\"}", forgotten);
    calls_done(memory, "memory.remember",
               "{\"content\":\"mine\",\"vector\":[1,2,3.5],\"space\":\"mine:1\"}");
    calls_done(memory, "memory.remember",
               "{\"content\":\"gone\",\"expires_at\":\"2001-01-01T00:00:00Z\"}");
    calls_done(memory, "change.undo", "{\"id\":\"%s\"}", home);
}

Test(export, comes_back_to_the_byte)
{
    struct world from, to;
    struct strbuf first, second;
    char forgotten[40];
    begin(&from, 1);
    begin(&to, 2);
    strbuf_init(&first, 1 << 20);
    strbuf_init(&second, 1 << 20);
    fill(from.ada, forgotten);
    export_to(from.ada, "{}", &first);
    const char *path = support_dir_file(&to.dir, "export.jsonl");
    support_write_file(path, first.text, first.length);
    mneme *bo;
    cr_assert_eq(mneme_open_user(to.ada, "bo", &bo, NULL), MNEME_OK);
    struct call_answer answer = calls_ok(bo, "import", "{\"path\":\"%s\"}", path);
    cr_expect_eq(answer_integer(&answer, "/failed"), 0, "%s", answer.text);
    cr_expect_eq(answer_integer(&answer, "/added"), 13, "%s", answer.text);
    call_answer_clear(&answer);
    export_to(bo, "{}", &second);
    cr_expect_str_eq(behind_header(&first), behind_header(&second));
    cr_expect_neq(strncmp(first.text, second.text, 60), 0, "the headers differ");
    export_to(from.ada, "{\"state\":true}", &first);
    export_to(bo, "{\"state\":true}", &second);
    cr_expect_str_eq(behind_header(&first), behind_header(&second));

    // What came back is alive: recall, vectors, history, restore and undo work.
    answer = calls_ok(bo, "memory.recall", "{\"text\":\"coffee\",\"k\":1}");
    cr_expect_str_eq(answer_text(&answer, "/hits/0/content"), "coffee");
    call_answer_clear(&answer);
    answer = calls_ok(bo, "memory.recall", "{\"vector\":[1,2,3.5],\"space\":\"mine:1\",\"k\":1}");
    cr_expect_str_eq(answer_text(&answer, "/hits/0/content"), "mine");
    call_answer_clear(&answer);
    calls_done(bo, "record.restore", "{\"id\":\"%s\"}", forgotten);
    answer = calls_ok(bo, "record.history", "{\"id\":\"%s\"}", forgotten);
    cr_expect_eq(answer_count(&answer, "/items"), 3);
    call_answer_clear(&answer);
    calls_done(bo, "change.undo", "{}");
    mneme_close(bo);
    strbuf_clear(&first);
    strbuf_clear(&second);
    end(&to);
    end(&from);
}

Test(export, is_not_imported_over_what_is_there)
{
    struct world world;
    struct strbuf before, after;
    char forgotten[40];
    begin(&world, 1);
    strbuf_init(&before, 1 << 20);
    strbuf_init(&after, 1 << 20);
    fill(world.ada, forgotten);
    export_to(world.ada, "{}", &before);
    support_write_file(support_dir_file(&world.dir, "e"), before.text, before.length);
    calls_refused(world.ada, MNEME_CONFLICT, "id", "unique", "import", "{\"path\":\"%s\"}",
                  support_dir_file(&world.dir, "e"));
    export_to(world.ada, "{}", &after);
    cr_expect_str_eq(before.text, after.text, "nothing was written");

    // One id that is there is enough, and a key that is taken too.
    mneme *bo;
    cr_assert_eq(mneme_open_user(world.ada, "bo", &bo, NULL), MNEME_OK);
    calls_done(bo, "memory.remember", "{\"key\":\"home\",\"content\":\"Faro\"}");
    export_to(bo, "{}", &after);
    struct call_answer answer =
        calls_format(bo, "import", "{\"path\":\"%s\"}", support_dir_file(&world.dir, "e"));
    cr_expect_eq(answer.code, MNEME_CONFLICT, "%s", answer.text);
    call_answer_clear(&answer);
    struct strbuf again;
    strbuf_init(&again, 1 << 20);
    export_to(bo, "{}", &again);
    cr_expect_str_eq(after.text, again.text, "nothing was written");
    mneme_close(bo);
    strbuf_clear(&again);
    strbuf_clear(&after);
    strbuf_clear(&before);
    end(&world);
}

Test(export, names_the_bad_lines_and_restores_the_rest)
{
    static const char lines[] =
        "{\"mneme\":1,\"user\":\"x\",\"epoch\":\"y\"}\n"
        "{\"kind\":\"memory\",\"content\":\"incomplete\"}\n"
        "nonsense\n"
        "{\"kind\":\"spoon\"}\n"
        "{\"kind\":\"user\",\"name\":\"eve\"}\n"
        "{\"kind\":\"tombstone\",\"record_id\":\"no\"}\n"
        "{\"kind\":\"vector\",\"space\":\"s\",\"record_id\":\"01900000-0000-7000-8000-"
        "000000000001\","
        "\"record_kind\":\"memory\",\"vector\":\"AAAA\"}\n"
        "{\"kind\":\"tombstone\",\"record_id\":\"01900000-0000-7000-8000-000000000009\","
        "\"record_kind\":\"memory\",\"at\":\"2024-01-01T00:00:00Z\"}\n"
        "{\"kind\":\"link\",\"id\":\"01900000-0000-7000-8000-000000000002\",\"created_at\":\"2024-"
        "01-01T00:00:00Z\","
        "\"from_kind\":\"memory\",\"from\":\"01900000-0000-7000-8000-000000000003\",\"to_kind\":"
        "\"memory\","
        "\"to\":\"01900000-0000-7000-8000-000000000004\",\"relation\":\"related\",\"weight\":1.0}\n"
        "{\"kind\":\"link\",\"id\":\"01900000-0000-7000-8000-000000000002\",\"created_at\":\"2024-"
        "01-01T00:00:00Z\","
        "\"from_kind\":\"memory\",\"from\":\"01900000-0000-7000-8000-000000000005\",\"to_kind\":"
        "\"memory\","
        "\"to\":\"01900000-0000-7000-8000-000000000004\",\"relation\":\"related\",\"weight\":1.0}"
        "\n";
    struct world world;
    begin(&world, 1);
    const char *path = support_dir_file(&world.dir, "e");
    support_write_file(path, lines, sizeof lines - 1);
    struct call_answer strict =
        calls_format(world.ada, "import", "{\"path\":\"%s\",\"strict\":true}", path);
    cr_expect_eq(strict.code, MNEME_INVALID);
    cr_expect_str_eq(answer_text(&strict, "/error/errors/0/pointer"), "/lines/2/id");
    call_answer_clear(&strict);
    struct call_answer answer = calls_ok(world.ada, "import", "{\"path\":\"%s\"}", path);
    cr_expect_eq(answer_integer(&answer, "/added"), 1);
    cr_expect_eq(answer_integer(&answer, "/failed"), 7, "%s", answer.text);
    for (size_t i = 0; i < 6; i++) {
        char pointer[32];
        snprintf(pointer, sizeof pointer, "/errors/%zu/line", i);
        cr_expect_eq(answer_integer(&answer, pointer), (int64_t)i + 2, "%s", answer.text);
    }
    call_answer_clear(&answer);
    end(&world);
}

Test(export, needs_its_header)
{
    static const struct {
        const char *text;
        enum mneme_code code;
        const char *rule;
    } cases[] = {{"", MNEME_INVALID, "format"},
                 {"{\"kind\":\"memory\"}\n", MNEME_INVALID, "format"},
                 {"{\"mneme\":\"one\"}\n", MNEME_INVALID, "format"},
                 {"{\"mneme\":1,\"state\":true}\n", MNEME_INVALID, "format"},
                 {"{\"mneme\":2}\n", MNEME_UNSUPPORTED, "newer"}};
    struct world world;
    begin(&world, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = support_dir_file(&world.dir, "e");
        support_write_file(path, cases[i].text, strlen(cases[i].text));
        calls_refused(world.ada, cases[i].code, "path", cases[i].rule, "import",
                      "{\"path\":\"%s\",\"format\":\"mneme\"}", path);
    }
    end(&world);
}

static bool end_at_once(void *context, const char *line, size_t length)
{
    (void)line;
    (void)length;
    return ++*(int *)context < 3;
}

Test(export, ends_when_its_reader_does)
{
    struct world world;
    int lines = 0;
    mneme_result *result;
    begin(&world, 1);
    for (int i = 0; i < 5; i++)
        calls_done(world.ada, "memory.remember", "{\"content\":\"fact %d\"}", i);
    struct mneme_call_options options = {
        .size = sizeof options, .on_line = end_at_once, .context = &lines};
    cr_expect_eq(mneme_call_with(world.ada, "export", "{}", &options, &result, NULL),
                 MNEME_TIMEOUT);
    mneme_result_free(result);
    cr_expect_eq(lines, 3);
    calls_refused(world.ada, MNEME_INVALID, "on_line", "required", "export", "{}");
    end(&world);
}

Test(export, shows_the_state_of_live_records_alone)
{
    struct world world;
    struct strbuf text;
    char forgotten[40];
    begin(&world, 1);
    strbuf_init(&text, 1 << 20);
    fill(world.ada, forgotten);
    export_to(world.ada, "{\"state\":true}", &text);
    static const char *const absent[] = {"to be forgotten", "to be purged",        "gone",
                                         "\"version\":",    "updated_at",          "access_count",
                                         "change_set",      "\"kind\":\"history\""};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        // The header names the program's version.
        cr_expect_null(strstr(behind_header(&text), absent[i]), "%s", absent[i]);
    }
    static const char *const present[] = {"\"kind\":\"evidence\"", "coffee", "edited",
                                          "\"relation\":\"supersedes\"", "\"title\":\"T\""};
    for (size_t i = 0; i < sizeof present / sizeof *present; i++)
        cr_expect_not_null(strstr(text.text, present[i]), "%s", present[i]);
    mneme *nobody;
    cr_assert_eq(mneme_open_user(world.ada, "nobody", &nobody, NULL), MNEME_OK);
    export_to(nobody, "{}", &text);
    cr_expect_str_eq(behind_header(&text), "", "who has nothing has a header");
    mneme_close(nobody);
    strbuf_clear(&text);
    end(&world);
}
