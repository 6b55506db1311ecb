/* Imports: what each format becomes, what a second run adds, what a bad line does to the rest. */
#include "base/limits.h"
#include "base/strbuf.h"
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world {
    struct calls_store store;
    struct support_dir dir;
    mneme *ada;
};

static void begin(struct world *world)
{
    calls_store_init(&world->store, 1);
    support_dir_init(&world->dir);
    world->ada = calls_open(&world->store, "ada");
}

static void end(struct world *world)
{
    mneme_close(world->ada);
    support_dir_clear(&world->dir);
    calls_store_clear(&world->store);
}

static void write_text(struct world *world, const char *name, const char *text)
{
    support_write_file(support_dir_file(&world->dir, name), text, strlen(text));
}

/* Imports the file of that name, with further inputs such as ",\"strict\":true". */
static struct call_answer import(struct world *world, const char *name, const char *more)
{
    return calls_format(world->ada, "import", "{\"path\":\"%s\"%s}",
                        support_dir_file(&world->dir, name), more);
}

static void expect_counts(struct world *world, const char *name, const char *more,
                          const char *counts)
{
    struct call_answer answer = import(world, name, more);
    char text[128];
    snprintf(text, sizeof text, "added %d, known %d, updated %d, failed %d",
             (int)answer_integer(&answer, "/added"), (int)answer_integer(&answer, "/known"),
             (int)answer_integer(&answer, "/updated"), (int)answer_integer(&answer, "/failed"));
    cr_expect_str_eq(text, counts, "%s: %s", name, answer.text);
    call_answer_clear(&answer);
}

static size_t count_of(struct world *world, const char *kind)
{
    struct call_answer answer =
        calls_ok(world->ada, "record.list", "{\"kind\":\"%s\",\"limit\":1000}", kind);
    size_t count = answer_count(&answer, "/items");
    call_answer_clear(&answer);
    return count;
}

static const char chat[] =
    "[{\"role\":\"user\",\"name\":\"Ada\",\"content\":\"Where is the kettle?\","
    "\"created_at\":\"2024-03-01T10:00:00+02:00\"},\n"
    " {\"role\":\"assistant\",\"content\":\"On the stove.\"}]";

Test(import, makes_a_chat_one_conversation_titled_by_its_file)
{
    struct world world;
    begin(&world);
    write_text(&world, "kitchen.chat.json", chat);
    expect_counts(&world, "kitchen.chat.json", "", "added 2, known 0, updated 0, failed 0");
    struct call_answer talks = calls_ok(world.ada, "conversation.list", "{}");
    cr_expect_eq(answer_count(&talks, "/items"), 1);
    cr_expect_str_eq(answer_text(&talks, "/items/0/title"), "kitchen");
    cr_expect_str_eq(answer_text(&talks, "/items/0/origin"), "import");
    cr_expect_eq(answer_integer(&talks, "/items/0/message_count"), 2);
    struct call_answer turns =
        calls_ok(world.ada, "conversation.window", "{\"conversation_id\":\"%s\"}",
                 answer_text(&talks, "/items/0/id"));
    cr_expect_str_eq(answer_text(&turns, "/messages/0/speaker"), "Ada");
    cr_expect_str_eq(answer_text(&turns, "/messages/0/event_at"), "2024-03-01T08:00:00Z");
    cr_expect_str_eq(answer_text(&turns, "/messages/1/role"), "assistant");
    cr_expect_str_eq(answer_text(&turns, "/messages/1/content"), "On the stove.");
    call_answer_clear(&turns);
    call_answer_clear(&talks);
    end(&world);
}

Test(import, adds_only_what_is_new_when_a_file_has_grown)
{
    static const char grown[] =
        "[{\"role\":\"user\",\"name\":\"Ada\",\"content\":\"Where is the "
        "kettle?\"}, {\"role\":\"assistant\",\"content\":\"On the stove.\"},"
        "{\"role\":\"user\",\"content\":\"Thanks\"}]";
    struct world world;
    begin(&world);
    write_text(&world, "a.json", chat);
    expect_counts(&world, "a.json", "", "added 2, known 0, updated 0, failed 0");
    expect_counts(&world, "a.json", "", "added 0, known 2, updated 0, failed 0");
    write_text(&world, "a.json", grown);
    expect_counts(&world, "a.json", "", "added 1, known 2, updated 0, failed 0");
    cr_expect_eq(count_of(&world, "conversation"), 1);
    cr_expect_eq(count_of(&world, "message"), 3);
    end(&world);
}

Test(import, refuses_a_changed_text_under_a_known_key_unless_told_to_update)
{
    struct world world;
    begin(&world);
    write_text(&world, "a.jsonl",
               "{\"content\":\"one\",\"tags\":[\"x\"]}\n{\"content\":\"two\"}\n");
    expect_counts(&world, "a.jsonl", "", "added 2, known 0, updated 0, failed 0");
    write_text(&world, "a.jsonl",
               "{\"content\":\"other\",\"tags\":[\"x\"]}\n{\"content\":\"two\"}\n");
    struct call_answer answer = import(&world, "a.jsonl", "");
    cr_expect_eq(answer_integer(&answer, "/failed"), 1);
    cr_expect_eq(answer_integer(&answer, "/errors/0/line"), 1);
    cr_expect_str_eq(answer_text(&answer, "/errors/0/code"), "CONFLICT");
    call_answer_clear(&answer);
    struct call_answer strict = import(&world, "a.jsonl", ",\"strict\":true");
    cr_expect_eq(strict.code, MNEME_INVALID, "strict finds it before it writes");
    call_answer_clear(&strict);
    expect_counts(&world, "a.jsonl", ",\"update\":true", "added 0, known 1, updated 1, failed 0");
    expect_counts(&world, "a.jsonl", ",\"update\":true", "added 0, known 2, updated 0, failed 0");
    end(&world);
}

Test(import, tells_two_files_of_one_name_apart)
{
    struct world world;
    struct support_dir other;
    begin(&world);
    support_dir_init(&other);
    write_text(&world, "a.jsonl", "{\"content\":\"here\"}\n");
    support_write_file(support_dir_file(&other, "a.jsonl"), "{\"content\":\"there\"}\n", 20);
    expect_counts(&world, "a.jsonl", "", "added 1, known 0, updated 0, failed 0");
    calls_done(world.ada, "import", "{\"path\":\"%s\"}", support_dir_file(&other, "a.jsonl"));
    cr_expect_eq(count_of(&world, "memory"), 2);
    calls_done(world.ada, "import", "{\"path\":\"%s\",\"source\":\"s\"}",
               support_dir_file(&other, "a.jsonl"));
    struct call_answer named = import(&world, "a.jsonl", ",\"source\":\"s\"");
    cr_expect_eq(answer_integer(&named, "/added") + answer_integer(&named, "/known"), 1,
                 "a source that is named is one wherever it lies: %s", named.text);
    call_answer_clear(&named);
    support_dir_clear(&other);
    end(&world);
}

Test(import, takes_beside_the_fields_what_the_operations_take)
{
    struct world world;
    begin(&world);
    write_text(&world, "a.jsonl",
               "{\"content\":\"level\",\"importance_level\":4,\"ttl\":\"1h\"}\n"
               "{\"content\":\"pointed\",\"vector\":[0,2],\"space\":\"mine\"}\n"
               "{\"content\":\"twice\",\"dedupe\":\"none\"}\n"
               "{\"content\":\"twice\",\"dedupe\":\"none\"}\n"
               "{\"kind\":\"conversation\",\"origin_key\":\"talk\"}\n"
               "{\"kind\":\"message\",\"conversation\":\"talk\",\"content\":\"said\","
               "\"vector\":[3,0],\"space\":\"mine\"}\n");
    expect_counts(&world, "a.jsonl", ",\"strict\":true", "added 6, known 0, updated 0, failed 0");
    struct call_answer level = calls_ok(world.ada, "memory.recall", "{\"text\":\"level\",\"k\":1}");
    struct call_answer got =
        calls_ok(world.ada, "record.get", "{\"id\":\"%s\"}", answer_text(&level, "/hits/0/id"));
    cr_expect_not_null(strstr(got.text, "\"importance\":0.75"), "%s", got.text);
    cr_expect_str_eq(answer_text(&got, "/importance_basis"), "explicit");
    cr_expect_not_null(answer_text(&got, "/expires_at"), "%s", got.text);
    call_answer_clear(&got);
    call_answer_clear(&level);
    static const char *const vectors[][2] = {{"[0,1]", "pointed"}, {"[1,0]", "said"}};
    for (size_t i = 0; i < 2; i++) {
        struct call_answer near =
            calls_ok(world.ada, "memory.recall", "{\"vector\":%s,\"space\":\"mine\",\"k\":1}",
                     vectors[i][0]);
        cr_expect_str_eq(answer_text(&near, "/hits/0/content"), vectors[i][1], "%s", near.text);
        call_answer_clear(&near);
    }
    end(&world);
}

Test(import, refuses_beside_the_fields_what_the_operations_refuse)
{
    static const struct {
        const char *line, *field, *rule;
    } bad[] = {
        {"{\"content\":\"a\",\"importance_level\":6}", "importance_level", "max"},
        {"{\"content\":\"a\",\"importance_level\":3,\"importance\":1}", "importance_level",
         "conflict"},
        {"{\"content\":\"a\",\"ttl\":\"soon\"}", "ttl", "format"},
        {"{\"content\":\"a\",\"ttl\":\"1h\",\"expires_at\":\"2030-01-01T00:00:00Z\"}", "ttl",
         "conflict"},
        {"{\"content\":\"a\",\"dedupe\":\"some\"}", "dedupe", "choice"},
        {"{\"content\":\"a\",\"vector\":[1]}", "space", "required"},
        {"{\"content\":\"a\",\"space\":\"mine\"}", "vector", "required"},
        {"{\"content\":\"a\",\"vector\":[],\"space\":\"mine\"}", "vector", "dimension"},
        {"{\"content\":\"a\",\"vector\":[\"x\"],\"space\":\"mine\"}", "vector", "type"},
        {"{\"kind\":\"message\",\"conversation\":\"talk\",\"content\":\"a\",\"ttl\":1}", "ttl",
         "unknown"},
        {"{\"kind\":\"message\",\"conversation\":\"talk\",\"content\":\"a\",\"variant\":1}",
         "variant", "read_only"},
        {"{\"kind\":\"message\",\"conversation\":\"talk\",\"content\":\"a\",\"parent_id\":"
         "\"018bcfe5-6800-7000-879e-2e2297d5815b\"}",
         "parent_id", "read_only"},
    };
    struct world world;
    begin(&world);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(&world, "a.jsonl", bad[i].line);
        struct call_answer answer = import(&world, "a.jsonl", "");
        cr_expect_eq(answer_integer(&answer, "/failed"), 1, "%s: %s", bad[i].line, answer.text);
        const char *field = answer_text(&answer, "/errors/0/field");
        const char *rule = answer_text(&answer, "/errors/0/rule");
        cr_expect(field && strcmp(field, bad[i].field) == 0, "%s: %s", bad[i].line, answer.text);
        cr_expect(rule && strcmp(rule, bad[i].rule) == 0, "%s: %s", bad[i].line, answer.text);
        call_answer_clear(&answer);
    }
    cr_expect_eq(count_of(&world, "memory"), 0);
    end(&world);
}

Test(import, reports_bad_lines_with_number_and_reason_and_goes_on)
{
    struct world world;
    begin(&world);
    write_text(&world, "a.jsonl",
               "{\"content\":\"good\"}\n"
               "\n"
               "{\"contents\":\"bad\"}\n"
               "{\"content\":\"bad\",\"importance\":7}\n"
               "no JSON\n"
               "[1]\n"
               "{\"content\":\"bad\",\"version\":3}\n"
               "{\"kind\":\"spoon\"}\n"
               "{\"content\":\"\\u0000\"}\n"
               "{\"kind\":\"message\",\"content\":\"whose?\"}\n"
               "{\"content\":\"also good\"}");
    struct call_answer answer = import(&world, "a.jsonl", "");
    cr_expect_eq(answer_integer(&answer, "/added"), 2);
    cr_expect_eq(answer_integer(&answer, "/failed"), 8);
    static const struct {
        int line;
        const char *field, *rule;
    } expected[] = {{3, "contents", "unknown"},
                    {4, "importance", "max"},
                    {5, "", "json"},
                    {6, "memory", "type"},
                    {7, "version", "read_only"},
                    {8, "kind", "choice"},
                    {9, "", "utf8"},
                    {10, "conversation_id", "required"}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        char line[32], field[32], rule[32];
        snprintf(line, sizeof line, "/errors/%zu/line", i);
        snprintf(field, sizeof field, "/errors/%zu/field", i);
        snprintf(rule, sizeof rule, "/errors/%zu/rule", i);
        cr_expect_eq(answer_integer(&answer, line), expected[i].line, "%zu: %s", i, answer.text);
        cr_expect_str_eq(answer_text(&answer, field), expected[i].field);
        cr_expect_str_eq(answer_text(&answer, rule), expected[i].rule);
    }
    call_answer_clear(&answer);
    end(&world);
}

Test(import, writes_nothing_when_it_is_strict_and_a_line_is_bad)
{
    struct world world;
    begin(&world);
    write_text(&world, "a.jsonl",
               "{\"content\":\"good\"}\n"
               "{\"content\":\"once\",\"origin_key\":\"k\"}\n"
               "{\"kind\":\"conversation\",\"origin_key\":\"talk\"}\n"
               "{\"kind\":\"message\",\"conversation\":\"talk\",\"content\":\"hello\"}\n"
               "{\"content\":\"twice\",\"origin_key\":\"k\"}\n");
    struct call_answer answer = import(&world, "a.jsonl", ",\"strict\":true");
    cr_expect_eq(answer.code, MNEME_INVALID);
    cr_expect_str_eq(answer_text(&answer, "/error/errors/0/pointer"), "/lines/5/content");
    call_answer_clear(&answer);
    cr_expect_eq(count_of(&world, "memory") + count_of(&world, "conversation"), 0);
    struct call_answer users = calls_ok(world.ada, "user.list", "{}");
    cr_expect_eq(answer_count(&users, "/items"), 0, "not even the user");
    call_answer_clear(&users);
    write_text(&world, "a.jsonl", "{\"content\":\"good\"}\n{\"content\":\"better\"}\n");
    expect_counts(&world, "a.jsonl", ",\"strict\":true", "added 2, known 0, updated 0, failed 0");
    end(&world);
}

Test(import, takes_records_of_every_kind_from_lines)
{
    struct world world;
    begin(&world);
    write_text(&world, "a.jsonl",
               "\xEF\xBB\xBF{\"kind\":\"conversation\",\"origin_key\":\"talk\",\"title\":\"T\"}\r\n"
               "{\"kind\":\"message\",\"conversation\":\"talk\",\"content\":\"hello\"}\r\n"
               "{\"kind\":\"memory\",\"key\":\"home\",\"content\":\"Lisbon\"}\r\n");
    expect_counts(&world, "a.jsonl", "", "added 3, known 0, updated 0, failed 0");
    expect_counts(&world, "a.jsonl", "", "added 0, known 3, updated 0, failed 0");
    struct call_answer home = calls_ok(world.ada, "record.get", "{\"key\":\"home\"}");
    struct call_answer talk = calls_ok(world.ada, "conversation.list", "{}");
    char links[256];
    snprintf(links, sizeof links,
             "{\"kind\":\"link\",\"from\":\"%s\",\"to\":\"%s\"}\n"
             "{\"kind\":\"message\",\"conversation_id\":\"%s\",\"content\":\"again\"}\n",
             answer_text(&home, "/id"), answer_text(&talk, "/items/0/id"),
             answer_text(&talk, "/items/0/id"));
    write_text(&world, "b.jsonl", links);
    expect_counts(&world, "b.jsonl", ",\"strict\":true", "added 2, known 0, updated 0, failed 0");
    expect_counts(&world, "b.jsonl", "", "added 0, known 2, updated 0, failed 0");
    call_answer_clear(&talk);
    call_answer_clear(&home);
    end(&world);
}

Test(import, counts_evidence_of_a_repeated_fact_once)
{
    struct world world;
    begin(&world);
    write_text(&world, "a.jsonl", "{\"content\":\"tea\"}\n{\"content\":\"tea\"}\n");
    expect_counts(&world, "a.jsonl", "", "added 1, known 1, updated 0, failed 0");
    for (int i = 0; i < 3; i++)
        expect_counts(&world, "a.jsonl", "", "added 0, known 2, updated 0, failed 0");
    struct call_answer list = calls_ok(world.ada, "record.list", "{}");
    cr_expect_eq(answer_integer(&list, "/items/0/evidence_count"), 2);
    call_answer_clear(&list);
    end(&world);
}

Test(import, does_not_bring_back_what_was_forgotten)
{
    struct world world;
    begin(&world);
    write_text(&world, "a.jsonl", "{\"content\":\"tea\"}\n");
    expect_counts(&world, "a.jsonl", "", "added 1, known 0, updated 0, failed 0");
    struct call_answer list = calls_ok(world.ada, "record.list", "{}");
    calls_done(world.ada, "record.forget", "{\"id\":\"%s\"}", answer_text(&list, "/items/0/id"));
    call_answer_clear(&list);
    expect_counts(&world, "a.jsonl", "", "added 0, known 1, updated 0, failed 0");
    cr_expect_eq(count_of(&world, "memory"), 0);
    end(&world);
}

Test(import, reads_transcripts_with_dates_and_roles)
{
    struct world world;
    begin(&world);
    write_text(&world, "walk.txt",
               "8 May 2023\n"
               "Ada Lovelace: Look, a kite!\n"
               "It is blue.\n"
               "\n"
               "Really blue.\n"
               "9 May 2023, 10:00\n"
               "assistant: Noted: it was blue.\n"
               "See http://example.org: nice\n");
    expect_counts(&world, "walk.txt", "", "added 2, known 0, updated 0, failed 0");
    struct call_answer list =
        calls_ok(world.ada, "record.list", "{\"kind\":\"message\",\"descending\":false}");
    cr_expect_str_eq(answer_text(&list, "/items/0/speaker"), "Ada Lovelace");
    cr_expect_str_eq(answer_text(&list, "/items/0/role"), "user");
    cr_expect_str_eq(answer_text(&list, "/items/0/content"),
                     "Look, a kite!\nIt is blue.\n\nReally blue.");
    cr_expect_str_eq(answer_text(&list, "/items/0/event_at"), "2023-05-08T00:00:00Z");
    cr_expect_str_eq(answer_text(&list, "/items/0/sitting"), "8 May 2023");
    cr_expect_str_eq(answer_text(&list, "/items/1/role"), "assistant");
    cr_expect_null(answer_text(&list, "/items/1/speaker"));
    cr_expect_str_eq(answer_text(&list, "/items/1/content"),
                     "Noted: it was blue.\nSee http://example.org: nice");
    call_answer_clear(&list);
    write_text(&world, "bad.txt", "no name here\nAda: fine\n\xFF\nAda: fine again\n");
    expect_counts(&world, "bad.txt", ",\"format\":\"text\"",
                  "added 2, known 0, updated 0, failed 2");
    end(&world);
}

static const char dialogues[] =
    "[{\"sample_id\":\"d-1\",\"qa\":[],\"conversation\":{\"speaker_a\":\"Ada\","
    "\"session_1_date_time\":\"1:56 pm on 8 May, 2023\","
    "\"session_1\":[{\"speaker\":\"Ada\",\"dia_id\":\"D1:1\",\"text\":\"Look!\","
    "\"blip_caption\":\"a photo of a "
    "kite\"},{\"speaker\":\"Bo\",\"dia_id\":\"D1:2\",\"text\":\"Nice\"}],"
    "\"session_2_date_time\":\"whenever\",\"session_2\":[{\"speaker\":\"Bo\",\"text\":\"lost\"}],"
    "\"session_3_date_time\":\"9:00 am on 1 June, 2023\"}},"
    "{\"sample_id\":\"d-2\",\"conversation\":{\"session_1_date_time\":\"9:00 am on 1 June, 2023\","
    "\"session_1\":[{\"speaker\":\"Cy\",\"text\":\"Hi\"}]}}]";

Test(import, gives_each_dialogue_a_user_or_all_to_one)
{
    struct world world;
    begin(&world);
    write_text(&world, "l.json", dialogues);
    expect_counts(&world, "l.json", "", "added 3, known 0, updated 0, failed 1");
    expect_counts(&world, "l.json", "", "added 0, known 3, updated 0, failed 1");
    cr_expect_eq(count_of(&world, "message"), 0, "not the handle's user");
    mneme *dialogue;
    cr_assert_eq(mneme_open_user(world.ada, "d-1", &dialogue, NULL), MNEME_OK);
    struct call_answer list =
        calls_ok(dialogue, "record.list", "{\"kind\":\"message\",\"descending\":false}");
    cr_expect_eq(answer_count(&list, "/items"), 2);
    cr_expect_str_eq(answer_text(&list, "/items/0/content"), "Look! [image: a photo of a kite]");
    cr_expect_str_eq(answer_text(&list, "/items/0/speaker"), "Ada");
    cr_expect_str_eq(answer_text(&list, "/items/0/role"), "user");
    cr_expect_str_eq(answer_text(&list, "/items/0/sitting"), "session_1");
    cr_expect_str_eq(answer_text(&list, "/items/0/event_at"), "2023-05-08T13:56:00Z");
    call_answer_clear(&list);
    mneme_close(dialogue);
    expect_counts(&world, "l.json", ",\"one_user\":true,\"format\":\"locomo\"",
                  "added 3, known 0, updated 0, failed 1");
    cr_expect_eq(count_of(&world, "conversation"), 2);
    end(&world);
}

Test(import, says_what_is_wrong_with_a_file_as_a_whole)
{
    struct world world;
    begin(&world);
    calls_refused(world.ada, MNEME_INVALID, "path", "path", "import", "{\"path\":\"%s\"}",
                  support_dir_file(&world.dir, "none.json"));
    calls_refused(world.ada, MNEME_INVALID, "path", "path", "import", "{\"path\":\"%s\"}",
                  world.dir.path);
    calls_refused(world.ada, MNEME_INVALID, "path", "required", "import", "{}");
    calls_refused(world.ada, MNEME_INVALID, "format", "choice", "import",
                  "{\"path\":\"x\",\"format\":\"csv\"}");
    write_text(&world, "cut.json", "[{\"role\":\"user\",\"content\":\"hi\"},");
    calls_refused(world.ada, MNEME_INVALID, "path", "json", "import", "{\"path\":\"%s\"}",
                  support_dir_file(&world.dir, "cut.json"));
    write_text(&world, "object.json", "{\"a\":1}");
    calls_refused(world.ada, MNEME_INVALID, "path", "type", "import",
                  "{\"path\":\"%s\",\"format\":\"chat\"}",
                  support_dir_file(&world.dir, "object.json"));
    cr_expect_eq(count_of(&world, "message"), 0);
    write_text(&world, "empty", "");
    expect_counts(&world, "empty", "", "added 0, known 0, updated 0, failed 0");
    end(&world);
}

Test(import, refuses_bad_turns_of_a_chat_by_their_number)
{
    struct world world;
    begin(&world);
    write_text(
        &world, "a.json",
        "[{\"role\":\"user\",\"content\":\"one\"},{\"role\":\"king\",\"content\":\"two\"},"
        "{\"content\":\"\"},7,{\"role\":\"user\",\"content\":\"five\",\"created_at\":\"soon\"},"
        "{\"role\":\"user\",\"content\":\"six\",\"likes\":3},"
        "{\"role\":\"user\",\"name\":\"A\",\"speaker\":\"B\",\"content\":\"seven\"},"
        "{\"role\":\"user\",\"content\":\"eight\"}]");
    struct call_answer answer = import(&world, "a.json", "");
    static const char *const fields[] = {"role", "content", "", "created_at", "likes", "name"};
    cr_expect_eq(answer_integer(&answer, "/added"), 2);
    cr_assert_eq(answer_count(&answer, "/errors"), 6, "%s", answer.text);
    for (size_t i = 0; i < 6; i++) {
        char line[32], field[32];
        snprintf(line, sizeof line, "/errors/%zu/line", i);
        snprintf(field, sizeof field, "/errors/%zu/field", i);
        cr_expect_eq(answer_integer(&answer, line), (int64_t)i + 2);
        cr_expect(i == 2 || strcmp(answer_text(&answer, field), fields[i]) == 0, "%s", answer.text);
    }
    call_answer_clear(&answer);
    end(&world);
}

struct progress {
    uint64_t calls, done, total;
};

static void note_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    progress->calls++;
    progress->done = done;
    progress->total = total;
    (void)what;
}

Test(import, writes_thousands_in_batches_and_says_how_far_it_is)
{
    struct world world;
    struct progress progress = {0};
    struct strbuf text;
    begin(&world);
    strbuf_init(&text, 1 << 20);
    for (int i = 0; i < 1200; i++) strbuf_printf(&text, "{\"content\":\"fact number %d\"}\n", i);
    write_text(&world, "many.jsonl", text.text);
    strbuf_clear(&text);
    struct mneme_call_options options = {
        .size = sizeof options, .on_progress = note_progress, .context = &progress};
    char input[400];
    mneme_result *result;
    snprintf(input, sizeof input, "{\"path\":\"%s\"}", support_dir_file(&world.dir, "many.jsonl"));
    cr_assert_eq(mneme_call_with(world.ada, "import", input, &options, &result, NULL), MNEME_OK);
    cr_expect_eq(mneme_result_integer(result, "/added"), 1200);
    mneme_result_free(result);
    cr_expect_geq(progress.calls, 3);
    cr_expect_eq(progress.done, 1200);
    cr_expect_eq(progress.total, 1200);
    struct call_answer stats = calls_ok(world.ada, "stats", "{}");
    cr_expect_eq(answer_integer(&stats, "/memories"), 1200);
    call_answer_clear(&stats);
    end(&world);
}

Test(import, passes_over_a_line_that_is_too_long)
{
    struct world world;
    size_t length = LIMIT_LINE_BYTES + 40;
    char *text = malloc(length + 64);
    begin(&world);
    memset(text, 'x', length);
    memcpy(text, "{\"content\":\"a\"}\n", 16);
    memcpy(text + length, "\n{\"content\":\"b\"}\n", 18);
    write_text(&world, "long.jsonl", text);
    free(text);
    expect_counts(&world, "long.jsonl", "", "added 2, known 0, updated 0, failed 1");
    end(&world);
}
