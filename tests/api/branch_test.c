// Alternatives: what regenerate, select and branch make of a conversation, for every reader of it.
#include "base/alloc.h"
#include "base/strbuf.h"
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct calls_store store;
static mneme *memory;
static char talk[40];

static void set_up(void)
{
    calls_store_init(&store, 12);
    memory = calls_open(&store, "ada");
    (void)snprintf(talk, sizeof talk, "%s",
                   calls_id(calls_ok(memory, "conversation.create", "{\"title\":\"tea\"}")));
}

static void tear_down(void)
{
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(branch, .init = set_up, .fini = tear_down);

struct id {
    char text[40];
};

static struct id keep_id(struct call_answer answer)
{
    struct id id;
    (void)snprintf(id.text, sizeof id.text, "%s", calls_id(answer));
    return id;
}

static struct id say(const char *words)
{
    return keep_id(calls_ok(memory, "conversation.append",
                            "{\"conversation_id\":\"%s\",\"content\":\"%s\"}", talk, words));
}

static struct id regenerate(const struct id *id, const char *words)
{
    return keep_id(calls_ok(memory, "message.regenerate", "{\"id\":\"%s\",\"content\":\"%s\"}",
                            id->text, words));
}

static void move(const char *operation, const struct id *id, const char *status)
{
    struct call_answer answer = calls_ok(memory, operation, "{\"id\":\"%s\"}", id->text);
    cr_expect_str_eq(answer_text(&answer, "/status"), status, "%s", answer.text);
    call_answer_clear(&answer);
}

// The contents of an answer's messages, with a bar between them.
static void expect_words(struct call_answer answer, const char *list, const char *expected)
{
    char said[400] = "", pointer[60];
    size_t length = 0;
    for (size_t i = 0; i < answer_count(&answer, list); i++) {
        (void)snprintf(pointer, sizeof pointer, "%s/%zu/content", list, i);
        length += (size_t)snprintf(said + length, sizeof said - length, "%s%s", i > 0 ? "|" : "",
                                   answer_text(&answer, pointer));
    }
    cr_expect_str_eq(said, expected, "%s", answer.text);
    call_answer_clear(&answer);
}

// What was said, for everybody who reads it.
static void expect_path(const char *expected)
{
    size_t count = 1;
    for (const char *at = expected; *at != '\0'; at++) count += *at == '|';
    expect_words(calls_ok(memory, "conversation.window", "{\"conversation_id\":\"%s\"}", talk),
                 "/messages", expected);
    expect_words(calls_ok(memory, "message.list", "{\"conversation_id\":\"%s\"}", talk), "/items",
                 expected);
    expect_words(calls_ok(memory, "record.list",
                          "{\"kind\":\"message\",\"conversation_id\":\"%s\",\"descending\":false}",
                          talk),
                 "/items", expected);
    struct call_answer row = calls_ok(memory, "conversation.get", "{\"id\":\"%s\"}", talk);
    cr_expect_eq(answer_integer(&row, "/message_count"), (int64_t)count, "%s", row.text);
    call_answer_clear(&row);
    calls_expect_count(memory, count, "memory.recall",
                       "{\"text\":\"\",\"k\":50,\"kinds\":[\"message\"]}");
}

static void expect_all(const char *expected)
{
    expect_words(
        calls_ok(memory, "message.list", "{\"conversation_id\":\"%s\",\"variants\":\"all\"}", talk),
        "/items", expected);
}

Test(branch, regenerating_puts_another_message_in_the_place_of_one)
{
    (void)say("Tea?");
    struct id answer = say("Green tea");
    struct id other = regenerate(&answer, "Black tea");
    expect_path("Tea?|Black tea");
    expect_all("Tea?|Green tea|Black tea");
    (void)say("Thank you");
    expect_path("Tea?|Black tea|Thank you");
    struct call_answer row = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", other.text);
    cr_expect_eq(answer_integer(&row, "/variant"), 1);
    call_answer_clear(&row);
    (void)regenerate(&answer, "White tea");
    expect_path("Tea?|White tea");
}

Test(branch, what_is_regenerated_keeps_role_speaker_and_agent)
{
    struct id first = keep_id(calls_ok(memory, "conversation.append",
                                       "{\"conversation_id\":\"%s\",\"content\":\"Hello\",\"role\":"
                                       "\"assistant\",\"speaker\":\"Eve\",\"agent_name\":\"eve\"}",
                                       talk));
    struct id again = regenerate(&first, "Good day");
    calls_expect_text(memory, again.text, "/role", "assistant");
    calls_expect_text(memory, again.text, "/speaker", "Eve");
    calls_expect_text(memory, again.text, "/agent_name", "eve");
    expect_path("Good day");
    calls_expect_count(memory, 1, "message.list", "{\"agent_name\":\"eve\"}");
    calls_expect_count(memory, 2, "message.list",
                       "{\"agent_name\":\"eve\",\"role\":\"assistant\",\"variants\":\"all\"}");
    calls_expect_count(memory, 0, "message.list", "{\"speaker\":\"Ada\"}");
    calls_refused(memory, MNEME_INVALID, "content", "required", "message.regenerate",
                  "{\"id\":\"%s\"}", first.text);
    calls_refused(memory, MNEME_INVALID, "role", "fixed", "message.regenerate",
                  "{\"id\":\"%s\",\"content\":\"x\",\"role\":\"user\"}", first.text);
}

Test(branch, selecting_goes_on_as_it_last_went_on_there)
{
    (void)say("one");
    struct id second = say("two");
    (void)say("three");
    struct id other = regenerate(&second, "two again");
    (void)say("four");
    move("message.select", &second, "updated");
    expect_path("one|two|three");
    move("message.select", &second, "known");
    move("message.select", &other, "updated");
    expect_path("one|two again|four");
}

Test(branch, branching_goes_back_and_what_is_said_next_follows_there)
{
    struct id first = say("one");
    (void)say("two");
    (void)say("three");
    move("message.branch", &first, "updated");
    expect_path("one");
    move("message.branch", &first, "known");
    struct id other = say("another two");
    expect_path("one|another two");
    expect_all("one|two|three|another two");
    struct call_answer row = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", other.text);
    cr_expect_eq(answer_integer(&row, "/variant"), 1);
    cr_expect_eq(answer_integer(&row, "/message_seq"), 4);
    cr_expect_str_eq(answer_text(&row, "/parent_id"), first.text);
    call_answer_clear(&row);
}

Test(branch, recall_and_its_neighbours_see_the_path_alone)
{
    (void)say("Where is the teapot?");
    struct id answer = say("The teapot is in the cupboard");
    calls_expect_count(memory, 2, "memory.recall", "{\"text\":\"teapot\"}");
    mneme *other = calls_open(&store, "ada");
    calls_expect_count(other, 2, "memory.recall", "{\"text\":\"teapot\"}");
    (void)regenerate(&answer, "It broke yesterday");
    for (int i = 0; i < 2; i++) {
        struct call_answer hits = calls_ok(i == 0 ? memory : other, "memory.recall",
                                           "{\"text\":\"teapot\",\"k\":1,\"neighbours\":2}");
        cr_expect_str_eq(answer_text(&hits, "/hits/0/content"), "Where is the teapot?");
        cr_expect_null(strstr(hits.text, "cupboard"), "%s", hits.text);
        call_answer_clear(&hits);
    }
    mneme_close(other);
    other = calls_open(&store, "ada"); // loads what is on the path
    calls_expect_count(other, 0, "memory.recall", "{\"text\":\"cupboard\",\"min_coverage\":0.5}");
    mneme_close(other);
    struct call_answer why =
        calls_ok(memory, "memory.why_not", "{\"id\":\"%s\",\"text\":\"cupboard\"}", answer.text);
    cr_expect_str_eq(answer_text(&why, "/reasons/0/reason"), "off_path", "%s", why.text);
    call_answer_clear(&why);
}

Test(branch, what_was_learnt_leaves_with_its_message_and_comes_back_with_it)
{
    (void)say("Where do you live?");
    struct id answer = say("In Lisbon");
    struct id home = keep_id(
        calls_ok(memory, "memory.remember",
                 "{\"content\":\"Ada lives in Lisbon\",\"key\":\"home\",\"conversation_id\":"
                 "\"%s\",\"message_from\":1,\"message_to\":2}",
                 talk));
    struct id early = keep_id(calls_ok(
        memory, "memory.remember",
        "{\"content\":\"somebody asked\",\"conversation_id\":\"%s\",\"message_to\":1}", talk));
    struct id summary = keep_id(calls_ok(memory, "summary.create",
                                         "{\"conversation_id\":\"%s\",\"summary_text\":\"Lisbon\","
                                         "\"message_range_start\":1,\"message_range_end\":2}",
                                         talk));
    (void)regenerate(&answer, "In Porto");
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.get", "{\"id\":\"%s\"}", home.text);
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.get", "{\"id\":\"%s\"}", summary.text);
    calls_done(memory, "record.get", "{\"id\":\"%s\"}", early.text);
    move("message.select", &answer, "updated");
    calls_expect_text(memory, home.text, "/content", "Ada lives in Lisbon");
    calls_expect_text(memory, summary.text, "/summary_text", "Lisbon");
    // What its user has forgotten stays forgotten.
    calls_done(memory, "record.forget", "{\"id\":\"%s\"}", summary.text);
    (void)regenerate(&answer, "In Faro");
    move("message.select", &answer, "updated");
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.get", "{\"id\":\"%s\"}", summary.text);
}

Test(branch, a_key_that_was_taken_meanwhile_stays_with_its_holder)
{
    struct id first = say("In Lisbon");
    struct id home =
        keep_id(calls_ok(memory, "memory.remember",
                         "{\"content\":\"Lisbon\",\"key\":\"home\",\"conversation_id\":"
                         "\"%s\",\"message_to\":1}",
                         talk));
    (void)regenerate(&first, "In Porto");
    calls_done(memory, "memory.remember", "{\"content\":\"Porto\",\"key\":\"home\"}");
    move("message.select", &first, "updated");
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "record.get", "{\"id\":\"%s\"}", home.text);
    struct call_answer map = calls_ok(memory, "memory.map", "{}");
    cr_expect_str_eq(answer_text(&map, "/map/home"), "Porto");
    call_answer_clear(&map);
}

Test(branch, undo_and_redo_move_the_path)
{
    (void)say("one");
    struct id second = say("two");
    (void)say("three");
    struct id other = regenerate(&second, "two again");
    calls_done(memory, "change.undo", "{\"id\":\"%s\"}", other.text);
    expect_path("one|two|three");
    calls_refused(memory, MNEME_NOT_FOUND, "id", "", "message.select", "{\"id\":\"%s\"}",
                  other.text);
    calls_done(memory, "change.undo", "{}"); // the undo
    expect_path("one|two again");
    move("message.select", &second, "updated");
    calls_done(memory, "change.undo", "{}");
    expect_path("one|two again");
}

Test(branch, purging_a_branch_point_joins_what_followed_it_to_what_it_followed)
{
    struct id first = say("one");
    struct id second = say("two");
    struct id third = say("three");
    struct id other = regenerate(&third, "three again");
    calls_done(memory, "record.purge", "{\"id\":\"%s\",\"scrub\":false}", second.text);
    expect_path("one|three again");
    move("message.select", &third, "updated");
    expect_path("one|three");
    calls_expect_text(memory, third.text, "/parent_id", first.text);
    calls_done(memory, "record.purge", "{\"id\":\"%s\",\"scrub\":false}", third.text);
    expect_path("one");
    (void)say("four");
    expect_path("one|four");
    move("message.select", &other, "updated");
    expect_path("one|three again");
}

Test(branch, the_first_message_has_alternatives_too)
{
    struct id first = say("one");
    (void)say("two");
    (void)regenerate(&first, "one again");
    expect_path("one again");
    (void)regenerate(&first, "once more");
    expect_path("once more");
    move("message.select", &first, "updated");
    expect_path("one|two");
}

Test(branch, two_engines_regenerate_one_message_one_after_the_other)
{
    (void)say("one");
    struct id second = say("two");
    mneme *other = calls_open(&store, "ada");
    (void)regenerate(&second, "two by the first");
    struct id last =
        keep_id(calls_ok(other, "message.regenerate",
                         "{\"id\":\"%s\",\"content\":\"two by the second\"}", second.text));
    mneme_close(other);
    expect_path("one|two by the second");
    expect_all("one|two|two by the first|two by the second");
    struct call_answer row = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", last.text);
    cr_expect_eq(answer_integer(&row, "/variant"), 2);
    call_answer_clear(&row);
}

Test(branch, an_edit_in_the_middle_moves_nothing)
{
    (void)say("one");
    struct id second = say("two");
    (void)say("three");
    calls_done(memory, "message.edit", "{\"id\":\"%s\",\"content\":\"2\"}", second.text);
    expect_path("one|2|three");
}

Test(branch, what_is_forgotten_stays_in_its_place)
{
    (void)say("one");
    struct id second = say("two");
    calls_done(memory, "message.forget", "{\"id\":\"%s\"}", second.text);
    struct id third = say("three");
    calls_expect_text(memory, third.text, "/parent_id", second.text);
    expect_path("one|three");
    calls_done(memory, "record.restore", "{\"id\":\"%s\"}", second.text);
    expect_path("one|two|three");
}

Test(branch, a_fork_inherits_up_to_its_point_and_never_sees_its_sibling)
{
    struct id first = say("The teapot is blue");
    (void)say("And the kettle");
    struct id fork = keep_id(calls_ok(memory, "conversation.fork",
                                      "{\"id\":\"%s\",\"message_id\":\"%s\",\"title\":\"what if\"}",
                                      talk, first.text));
    calls_done(memory, "conversation.append", "{\"conversation_id\":\"%s\",\"content\":\"A cup\"}",
               fork.text);
    expect_words(calls_ok(memory, "conversation.window", "{\"conversation_id\":\"%s\"}", fork.text),
                 "/messages", "The teapot is blue|A cup");
    calls_expect_text(memory, fork.text, "/forked_from", talk);
    calls_expect_text(memory, fork.text, "/forked_at_message", first.text);
    expect_words(calls_ok(memory, "conversation.window", "{\"conversation_id\":\"%s\"}", talk),
                 "/messages", "The teapot is blue|And the kettle");
    // What both have is one hit, and of a conversation its own.
    struct call_answer hits =
        calls_ok(memory, "memory.recall", "{\"text\":\"teapot\",\"min_coverage\":0.5}");
    cr_expect_eq(answer_count(&hits, "/hits"), 1, "%s", hits.text);
    call_answer_clear(&hits);
    calls_expect_count(memory, 1, "memory.recall",
                       "{\"text\":\"teapot\",\"min_coverage\":0.5,\"conversation_id\":\"%s\"}",
                       fork.text);
    // A message that is taken back is taken back everywhere; undo and purge do the same.
    calls_done(memory, "message.forget", "{\"id\":\"%s\"}", first.text);
    calls_expect_count(memory, 1, "message.list", "{\"conversation_id\":\"%s\"}", fork.text);
    calls_done(memory, "change.undo", "{}");
    calls_expect_count(memory, 2, "message.list", "{\"conversation_id\":\"%s\"}", fork.text);
    calls_done(memory, "record.purge", "{\"id\":\"%s\",\"scrub\":false}", first.text);
    calls_expect_count(memory, 1, "message.list",
                       "{\"conversation_id\":\"%s\",\"include_deleted\":true}", fork.text);
    calls_refused(memory, MNEME_NOT_FOUND, "message_id", "", "conversation.fork",
                  "{\"id\":\"%s\",\"message_id\":\"%s\"}", talk, fork.text);
}

Test(branch, a_fork_outlives_what_it_came_from)
{
    (void)say("one");
    struct id fork = keep_id(calls_ok(memory, "conversation.fork", "{\"id\":\"%s\"}", talk));
    calls_done(memory, "conversation.forget", "{\"id\":\"%s\"}", talk);
    calls_expect_count(memory, 1, "message.list", "{\"conversation_id\":\"%s\"}", fork.text);
    calls_expect_count(memory, 1, "memory.recall", "{\"text\":\"one\"}");
}

Test(branch, clearing_empties_the_window_and_not_the_record)
{
    calls_done(
        memory, "conversation.append",
        "{\"conversation_id\":\"%s\",\"content\":\"Be kind\",\"role\":\"system\",\"pinned\":true}",
        talk);
    (void)say("one kettle");
    calls_done(memory, "conversation.clear", "{\"conversation_id\":\"%s\"}", talk);
    (void)say("two kettles");
    expect_words(calls_ok(memory, "conversation.window", "{\"conversation_id\":\"%s\"}", talk),
                 "/messages", "Be kind|two kettles");
    calls_expect_count(memory, 3, "message.list", "{\"conversation_id\":\"%s\"}", talk);
    calls_expect_count(memory, 1, "memory.recall", "{\"text\":\"one\",\"min_coverage\":0.5}");
    calls_done(memory, "change.undo", "{\"id\":\"%s\"}", talk);
    expect_words(calls_ok(memory, "conversation.window", "{\"conversation_id\":\"%s\"}", talk),
                 "/messages", "Be kind|one kettle|two kettles");
}

// --- export, and a random walk back ---------------------------------------------------------------

static bool add_line(void *context, const char *line, size_t length)
{
    struct strbuf *out = context;
    strbuf_add(out, line, length);
    strbuf_add_char(out, '\n');
    return true;
}

// Behind its header.
static char *export_of(mneme *handle, const char *input)
{
    struct strbuf out;
    mneme_result *result;
    strbuf_init(&out, 64 * 1024 * 1024);
    struct mneme_call_options options = {
        .size = sizeof options, .on_line = add_line, .context = &out};
    cr_assert_eq(mneme_call_with(handle, "export", input, &options, &result, NULL), MNEME_OK);
    mneme_result_free(result);
    char *text = mem_copy_text(strchr(out.text, '\n') + 1);
    strbuf_clear(&out);
    return text;
}

Test(branch, export_and_import_keep_every_alternative)
{
    (void)say("one");
    struct id second = say("two");
    (void)say("three");
    (void)regenerate(&second, "two again");
    (void)say("four");
    char *first = export_of(memory, "{}");
    struct support_dir dir;
    support_dir_init(&dir);
    struct strbuf file;
    strbuf_init(&file, 1 << 20);
    strbuf_add_text(&file, "{\"mneme\":1}\n");
    strbuf_add_text(&file, first);
    const char *path = support_dir_file(&dir, "export.jsonl");
    support_write_file(path, file.text, file.length);
    strbuf_clear(&file);
    calls_store_clear(&store);
    mneme_close(memory);
    calls_store_init(&store, 13);
    memory = calls_open(&store, "bo");
    calls_done(memory, "import", "{\"path\":\"%s\"}", path);
    char *again = export_of(memory, "{}");
    cr_expect_str_eq(again, first);
    mem_free(first);
    mem_free(again);
    support_dir_clear(&dir);
    expect_path("one|two again|four");
    (void)say("five");
    move("message.select", &second, "updated");
    expect_path("one|two|three");
}

enum { WALK_STEPS = 80 };

struct walk {
    struct id messages[WALK_STEPS + 1];
    size_t message_count, step_count;
    uint64_t random;
};

static unsigned pick(struct walk *walk, unsigned below)
{
    walk->random = walk->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(walk->random >> 33) % below;
}

static struct id last_change_set(void)
{
    struct id id = {""};
    char *text = export_of(memory, "{}");
    for (const char *at = text; (at = strstr(at, "{\"kind\":\"change_set\",\"id\":\"")) != NULL;) {
        at += strlen("{\"kind\":\"change_set\",\"id\":\"");
        (void)snprintf(id.text, sizeof id.text, "%.36s", at);
    }
    mem_free(text);
    return id;
}

static void take_walk_step(struct walk *walk)
{
    static const char *const moves[] = {"message.select", "message.branch", "message.forget",
                                        "record.restore"};
    const struct id *some = &walk->messages[pick(walk, (unsigned)walk->message_count)];
    char input[300], words[20];
    struct call_answer answer;
    unsigned kind = pick(walk, 10);
    (void)snprintf(words, sizeof words, "words %zu", walk->step_count);
    if (kind < 3) {
        walk->messages[walk->message_count++] = say(words);
        return;
    }
    if (kind == 3) { // something is learnt from what was said last
        answer = calls_ok(memory, "message.list",
                          "{\"conversation_id\":\"%s\",\"descending\":true,\"limit\":1}", talk);
        int seq = (int)answer_integer(&answer, "/items/0/message_seq");
        if (seq > 0)
            calls_done(memory, "memory.remember",
                       "{\"content\":\"%s\",\"conversation_id\":\"%s\",\"message_to\":%d}", words,
                       talk, seq);
        call_answer_clear(&answer);
        return;
    }
    bool is_new = kind < 6;
    if (is_new || kind == 6)
        (void)snprintf(input, sizeof input, "{\"id\":\"%s\",\"content\":\"%s\"}", some->text,
                       words);
    else
        (void)snprintf(input, sizeof input, "{\"id\":\"%s\"}", some->text);
    answer = calls_json(memory,
                        is_new      ? "message.regenerate"
                        : kind == 6 ? "message.edit"
                                    : moves[pick(walk, 4)],
                        input);
    if (is_new && answer.code == MNEME_OK)
        walk->messages[walk->message_count++] = keep_id(answer);
    else
        call_answer_clear(&answer);
}

static void expect_state(const char *expected, size_t step, const char *what)
{
    char *state = export_of(memory, "{\"state\":true}");
    cr_expect_str_eq(state, expected, "step %zu, %s", step, what);
    mem_free(state);
}

Test(branch, undo_and_redo_of_any_step_give_every_state_again, .timeout = 120)
{
    struct walk walk = {.random = calls_number("MNEME_SEED", 1)};
    walk.messages[walk.message_count++] = say("begin");
    struct id last = last_change_set();
    for (int i = 0; i < WALK_STEPS; i++) {
        char *before = export_of(memory, "{\"state\":true}");
        calls_pass_seconds(&store, 1);
        take_walk_step(&walk);
        struct id next = last_change_set();
        if (strcmp(next.text, last.text) != 0) {
            char *after = export_of(memory, "{\"state\":true}");
            calls_done(memory, "change.undo", "{\"id\":\"%s\"}", next.text);
            expect_state(before, walk.step_count, "undone");
            calls_done(memory, "change.undo", "{}");
            expect_state(after, walk.step_count, "redone");
            last = last_change_set();
            mem_free(after);
            walk.step_count++;
        }
        mem_free(before);
    }
    cr_expect_gt(walk.step_count, WALK_STEPS / 2);
}
