/*
 * What one user is told does not depend on what others have: byte for byte the same with and without them, scores
 * included; an id of theirs is answered as one that nobody has; their cursors and tokens are worth nothing here.
 *
 * Two stores are made alike. In one ada is alone; in the other grace does and stores the same and more, through the
 * same engine, before each step of hers. Ada's steps are made at the same times in both.
 */
#include "base/alloc.h"
#include "base/strbuf.h"
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_US = 10 * 1000000 };

struct step {
    const char *operation, *input; /* $name stands for an id that an earlier step has answered */
    const char *name,
        *pointer; /* the answer's part that is kept under the name; NULL: none, "/id" */
};

/* What every kind of a field table alone can do; F are its fields, C a change. */
#define KIND_STEPS(kind, F, C)                                                                     \
    {kind ".create", "{" F "}", kind, NULL}, {kind ".save", "{" F "," C "}", NULL, NULL},          \
        {kind ".save_batch", "{\"items\":[{" F "},{" F "}]}", NULL, NULL},                         \
        {kind ".get", "{\"id\":\"$" kind "\"}", NULL, NULL},                                       \
        {kind ".list", "{\"text\":\"TEA\"}", NULL, NULL},                                          \
        {kind ".update", "{\"id\":\"$" kind "\"," C "}", NULL, NULL},                              \
        {kind ".delete", "{\"id\":\"$" kind "\"}", NULL, NULL},                                    \
        {kind ".restore", "{\"id\":\"$" kind "\"}", NULL, NULL},                                   \
    {                                                                                              \
        kind ".history", "{\"id\":\"$" kind "\"}", NULL, NULL                                      \
    }
#define SUMMARY_FIELDS "\"conversation_id\":\"$talk\",\"summary_text\":\"Ada looks for her teapot\""

static const struct step steps[] = {
    {"user.show", "{}", NULL, NULL},
    {"stats", "{}", NULL, NULL},
    {"memory.recall", "{\"text\":\"green tea\"}", NULL, NULL},
    {"memory.recall_batch", "{\"queries\":[{\"text\":\"green tea\"},{\"text\":\"key\",\"k\":2}]}",
     NULL, NULL},
    {"memory.remember",
     "{\"content\":\"Ada drinks green tea\",\"type\":\"preference\",\"tags\":[\"tea\"]}", "tea",
     NULL},
    {"memory.remember", "{\"content\":\"Ada  drinks green tea\",\"type\":\"preference\"}", NULL,
     NULL},
    {"memory.remember", "{\"namespace\":\"profile\",\"key\":\"home\",\"content\":\"Lisbon\"}",
     "home", NULL},
    {"memory.remember", "{\"namespace\":\"profile\",\"key\":\"home\",\"content\":\"Porto\"}", NULL,
     NULL},
    {"memory.remember", "{\"content\":\"the kettle is on\",\"ttl\":30}", "kettle", NULL},
    {"memory.remember_batch",
     "{\"items\":[{\"content\":\"Grace plays the cello\"},{\"content\":\"tea comes from Assam\"},"
     "{\"content\":\"\"},{\"content\":\"a blue teapot\",\"importance_level\":5}]}",
     "cello", "/items/0/id"},
    {"memory.remember", "{\"content\":\"from afar\",\"origin_key\":\"chat 1\"}", NULL, NULL},
    {"memory.update", "{\"id\":\"$tea\",\"importance\":0.9}", NULL, NULL},
    {"memory.remember", "{\"content\":\"a lighthouse\",\"vector\":[0.6,0.8,0],\"space\":\"mine\"}",
     NULL, NULL},
    {"memory.remember", "{\"content\":\"a beacon\",\"vector\":[0.8,0.6,0],\"space\":\"mine\"}",
     NULL, NULL},
    {"memory.recall", "{\"text\":\"lamp\",\"vector\":[1,0,0],\"space\":\"mine\"}", NULL, NULL},
    {"memory.supersede", "{\"id\":\"$cello\",\"content\":\"Grace plays the viola\"}", "viola",
     NULL},
    {"memory.tag", "{\"id\":\"$viola\",\"tags\":[\"music\",\"tea\"]}", NULL, NULL},
    {"memory.untag", "{\"id\":\"$viola\",\"tags\":[\"tea\"]}", NULL, NULL},
    {"memory.touch", "{\"id\":\"$kettle\",\"ttl\":100}", NULL, NULL},
    {"memory.expire", "{\"id\":\"$kettle\",\"ttl\":25}", NULL, NULL},
    {"link.create", "{\"from\":\"$tea\",\"to\":\"$home\"}", "link", NULL},
    {"link.list", "{\"of\":\"$home\"}", NULL, NULL},
    {"conversation.create", "{\"title\":\"Breakfast\"}", "talk", NULL},
    {"conversation.append",
     "{\"conversation_id\":\"$talk\",\"messages\":["
     "{\"speaker\":\"Ada\",\"content\":\"Did you find my blue teapot?\"},"
     "{\"speaker\":\"Grace\",\"content\":\"It is in the cupboard above the stove.\"}]}",
     "first", "/items/0/id"},
    {"conversation.append", "{\"conversation_id\":\"$talk\",\"content\":\"Thank you!\"}", "thanks",
     NULL},
    {"message.edit", "{\"id\":\"$thanks\",\"content\":\"Thank you, Grace!\"}", NULL, NULL},
    {"conversation.update", "{\"id\":\"$talk\",\"topics\":[\"tea\"]}", NULL, NULL},
    {"conversation.window", "{\"conversation_id\":\"$talk\",\"last\":2}", NULL, NULL},
    {"conversation.get", "{\"id\":\"$talk\"}", NULL, NULL},
    {"conversation.list", "{}", NULL, NULL},
    {"conversation.summarize", "{\"conversation_id\":\"$talk\"}", NULL, NULL},
    {"conversation.extract", "{\"conversation_id\":\"$talk\"}", NULL, NULL},
    {"conversation.search", "{\"text\":\"where is the teapot\"}", NULL, NULL},
    {"memory.recall", "{\"text\":\"Where is the green teapot?\",\"neighbours\":2}", NULL, NULL},
    {"memory.recall", "{\"text\":\"tea\",\"filter\":{\"metadata.x\":null},\"k\":3}", NULL, NULL},
    {"memory.recall", "{\"text\":\"\",\"k\":4}", NULL, NULL},
    {"memory.context", "{\"text\":\"What does Ada drink?\",\"conversation_id\":\"$talk\"}", NULL,
     NULL},
    {"record.get", "{\"id\":\"$tea\",\"evidence\":true}", NULL, NULL},
    {"record.get", "{\"id\":\"$tea\"}", NULL, NULL},
    {"record.get", "{\"id\":\"$tea\"}", NULL, NULL},
    {"record.list", "{\"limit\":2}", "cursor", "/next_cursor"},
    {"record.list", "{\"limit\":2,\"cursor\":\"$cursor\"}", NULL, NULL},
    {"record.list", "{\"order\":\"use\"}", NULL, NULL},
    {"record.list", "{\"kind\":\"message\"}", NULL, NULL},
    {"memory.map", "{\"namespace\":\"profile\"}", NULL, NULL},
    {"namespace.list", "{}", NULL, NULL},
    {"record.history", "{\"id\":\"$home\"}", NULL, NULL},
    KIND_STEPS("character", "\"name\":\"Grace, of the tea\",\"conversation_id\":\"$talk\"",
               "\"current_mood\":\"glad\""),
    {"character.find", "{\"name\":\"grace\"}", NULL, NULL},
    {"character.archive", "{\"id\":\"$character\"}", NULL, NULL},
    KIND_STEPS("prop", "\"name\":\"a blue teapot\",\"tags\":[\"tea\"]", "\"rarity\":\"rare\""),
    {"prop.use", "{\"id\":\"$prop\"}", NULL, NULL},
    {"prop.favorite", "{\"id\":\"$prop\"}", NULL, NULL},
    {"prop.unfavorite", "{\"id\":\"$prop\"}", NULL, NULL},
    KIND_STEPS("agent", "\"name\":\"tea maker\"", "\"enabled\":false"),
    KIND_STEPS("preference", "\"key\":\"tea\",\"value\":{\"green\":true}", "\"confidence\":0.5"),
    KIND_STEPS("summary", SUMMARY_FIELDS, "\"level\":\"chapter\""),
    KIND_STEPS("cluster", "\"name\":\"tea\"", "\"topics\":[\"tea\"]"),
    KIND_STEPS("pattern", "\"pattern_type\":\"workflow\",\"description\":\"tea, then music\"",
               "\"frequency\":3"),
    {"memory.remember",
     "{\"content\":\"Ada keeps 7 bee hives behind the old stone mill of Porto\"}", NULL, NULL},
    {"memory.recall", "{\"text\":\"bees\"}", NULL, NULL},
    {"memory.remember",
     "{\"content\":\"Ada keeps 9 bee hives behind the old stone mill of Porto\"}", NULL, NULL},
    {"proposal.list", "{}", "proposal", "/items/0/id"},
    {"proposal.accept", "{\"id\":\"$proposal\"}", NULL, NULL},
    {"proposal.reject", "{\"id\":\"$proposal\"}", NULL, NULL},
    {"record.trust", "{\"id\":\"$viola\",\"trust\":\"verified\"}", NULL, NULL},
    {"record.quarantine", "{\"origin\":\"user\",\"text\":\"beacon\"}", NULL, NULL},
    {"record.release", "{\"all\":true}", NULL, NULL},
    {"change.revert", "{\"since\":\"2000-01-01T00:00:00Z\",\"principal\":\"nobody\"}", NULL, NULL},
    {"audit", "{}", NULL, NULL},
    {"record.forget", "{\"id\":\"$viola\"}", NULL, NULL},
    {"record.restore", "{\"id\":\"$viola\"}", NULL, NULL},
    {"change.undo", "{\"id\":\"$tea\"}", NULL, NULL},
    {"change.undo", "{}", NULL, NULL},
    {"link.remove", "{\"id\":\"$link\"}", NULL, NULL},
    {"message.list", "{\"conversation_id\":\"$talk\"}", NULL, NULL},
    {"conversation.fork", "{\"id\":\"$talk\",\"message_id\":\"$thanks\"}", NULL, NULL},
    {"conversation.clear", "{\"conversation_id\":\"$talk\"}", NULL, NULL},
    {"message.regenerate", "{\"id\":\"$thanks\",\"content\":\"Thanks\"}", NULL, NULL},
    {"message.select", "{\"id\":\"$thanks\"}", NULL, NULL},
    {"message.branch", "{\"id\":\"$thanks\"}", NULL, NULL},
    {"message.forget", "{\"id\":\"$thanks\"}", NULL, NULL},
    {"conversation.archive", "{\"id\":\"$talk\"}", NULL, NULL},
    {"record.purge", "{\"id\":\"$home\"}", NULL, NULL},
    {"memory.recall", "{\"text\":\"Grace and the cello\",\"include_superseded\":true}", NULL, NULL},
    {"memory.why_not", "{\"id\":\"$cello\",\"text\":\"Grace and the cello\",\"k\":1}", NULL, NULL},
    {"conversation.forget", "{\"id\":\"$talk\"}", NULL, NULL},
    {"record.get", "{\"id\":\"$cello\"}", NULL, NULL},
    {"space.list", "{}", NULL, NULL},
    {"space.use", "{\"model\":\"hash\"}", NULL, NULL},
    {"space.cutover", "{}", NULL, NULL},
    {"space.drop", "{\"space\":\"mine\"}", "job", "/job"},
    {"jobs.list", "{}", NULL, NULL},
    {"jobs.pause", "{}", NULL, NULL},
    {"jobs.resume", "{}", NULL, NULL},
    {"jobs.retry", "{}", NULL, NULL},
    {"jobs.cancel", "{\"id\":\"$job\"}", NULL, NULL},
    {"stats", "{}", NULL, NULL},
    {"user.show", "{}", NULL, NULL},
    {"version", "{}", NULL, NULL},
};
#define STEP_COUNT (sizeof steps / sizeof *steps)

/* Operations of an operator, on the store or on files, which are not one user's. */
static const char *const operators[] = {"import",       "export",     "eval",        "embed",
                                        "model.list",   "model.pull", "model.use",   "model.info",
                                        "model.verify", "user.list",  "user.create", "jobs.run"};

// --- worlds --------------------------------------------------------------------------------------

struct world {
    struct calls_store store;
    mneme *ada, *grace; /* of one engine */
    struct call_names of_ada, of_grace;
};

/* The same bytes for everybody: ids rise by the same step, whoever has taken how many before. */
static bool same_for_all(void *context, void *bytes, size_t length)
{
    (void)context;
    memset(bytes, 0x5a, length);
    return true;
}

static void begin(struct world *world)
{
    *world = (struct world){0};
    calls_store_init(&world->store, 5);
    world->store.env.random = same_for_all;
    world->ada = calls_open(&world->store, "ada");
    cr_assert_eq(mneme_open_user(world->ada, "grace", &world->grace, NULL), MNEME_OK);
}

static void end(struct world *world)
{
    mneme_close(world->grace);
    mneme_close(world->ada);
    calls_store_clear(&world->store);
}

static struct call_answer take_step(struct world *world, bool is_ada, size_t i, int64_t at_us)
{
    const struct step *step = &steps[i];
    struct call_names *names = is_ada ? &world->of_ada : &world->of_grace;
    char *input = call_names_fill(names, step->input);
    calls_set_time(&world->store, at_us);
    struct call_answer answer =
        calls_json(is_ada ? world->ada : world->grace, step->operation, input);
    const char *text = answer_text(&answer, step->pointer ? step->pointer : "/id");
    if (step->name && text) call_names_put(names, step->name, text);
    mem_free(input);
    return answer;
}

/* Grace makes the same step and fills her memory with words that Ada uses. */
static void make_noise(struct world *world, size_t i, int64_t at_us)
{
    struct call_answer answer = take_step(world, false, i, at_us);
    call_answer_clear(&answer);
    calls_set_time(&world->store, at_us + 2000000);
    for (size_t n = 0; n < 3; n++)
        calls_done(world->grace, "memory.remember",
                   "{\"content\":\"green tea, a teapot and a cello, number %zu.%zu\"}", i, n);
    for (size_t n = 0; n < 5; n++)
        calls_done(world->grace, "memory.recall", "{\"text\":\"green tea in the teapot\"}");
}

Test(isolation, answers_are_the_same_to_the_byte_with_and_without_another_user)
{
    static struct world alone, shared;
    begin(&alone);
    begin(&shared);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        int64_t at_us = CALLS_START_US + ((int64_t)i + 1) * STEP_US;
        make_noise(&shared, i, at_us - STEP_US / 2);
        struct call_answer expected = take_step(&alone, true, i, at_us);
        struct call_answer got = take_step(&shared, true, i, at_us);
        cr_expect_str_eq(got.text, expected.text, "step %zu, %s %s:\n  shared %s\n  alone  %s", i,
                         steps[i].operation, steps[i].input, got.text, expected.text);
        call_answer_clear(&expected);
        call_answer_clear(&got);
    }
    end(&alone);
    end(&shared);
}

Test(isolation, every_operation_of_a_user_is_among_the_steps)
{
    for (size_t i = 0; mneme_operation_name(i); i++) {
        bool is_there = false;
        for (size_t s = 0; s < STEP_COUNT; s++)
            is_there = is_there || strcmp(steps[s].operation, mneme_operation_name(i)) == 0;
        for (size_t o = 0; o < sizeof operators / sizeof *operators; o++)
            is_there = is_there || strcmp(operators[o], mneme_operation_name(i)) == 0;
        cr_expect(is_there, "%s has no step", mneme_operation_name(i));
    }
}

// --- what is somebody else's ---------------------------------------------------------------------

/* A copy of the text, mem_free it, with every `from` replaced. */
static char *replaced(const char *text, const char *from, const char *to)
{
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    while (*text) {
        bool is_there = strncmp(text, from, strlen(from)) == 0;
        if (is_there)
            strbuf_add_text(&out, to);
        else
            strbuf_add_char(&out, *text);
        text += is_there ? strlen(from) : 1;
    }
    return strbuf_take(&out);
}

static char *answer_to(struct world *world, const char *operation, const char *format,
                       const char *id)
{
    char *json = replaced(format, "ID", id);
    struct call_answer answer = calls_json(world->ada, operation, json);
    char *text = replaced(answer.text, id, "ID");
    cr_expect_neq(answer.code, MNEME_INVALID, "%s %s: %s", operation, json, answer.text);
    mem_free(json);
    call_answer_clear(&answer);
    return text;
}

static void expect_unknown(struct world *world, const char *operation, const char *format,
                           const char *id)
{
    char *of_hers = answer_to(world, operation, format, id);
    char *of_nobodys = answer_to(world, operation, format, "018bcfe5-6800-7123-8abc-0123456789ab");
    cr_expect_str_eq(of_hers, of_nobodys, "%s %s", operation, format);
    mem_free(of_hers);
    mem_free(of_nobodys);
}

Test(isolation, an_id_of_another_user_is_answered_as_one_that_nobody_has)
{
#define KIND_CALLS(kind)                                                                           \
    {kind ".get", "{\"id\":\"ID\"}"}, {kind ".save", "{\"id\":\"ID\"}"},                           \
        {kind ".update", "{\"id\":\"ID\"}"}, {kind ".delete", "{\"id\":\"ID\"}"},                  \
        {kind ".restore", "{\"id\":\"ID\"}"},                                                      \
    {                                                                                              \
        kind ".history", "{\"id\":\"ID\"}"                                                         \
    }
    static const char *const calls[][2] = {
        KIND_CALLS("character"),
        KIND_CALLS("prop"),
        KIND_CALLS("agent"),
        KIND_CALLS("preference"),
        KIND_CALLS("summary"),
        KIND_CALLS("cluster"),
        KIND_CALLS("pattern"),
        {"character.create", "{\"name\":\"x\",\"conversation_id\":\"ID\"}"},
        {"character.archive", "{\"id\":\"ID\"}"},
        {"character.list", "{\"conversation_id\":\"ID\"}"},
        {"summary.create", "{\"conversation_id\":\"ID\",\"summary_text\":\"x\"}"},
        {"proposal.accept", "{\"id\":\"ID\"}"},
        {"proposal.reject", "{\"id\":\"ID\"}"},
        {"record.trust", "{\"id\":\"ID\",\"trust\":\"tool\"}"},
        {"record.quarantine", "{\"id\":\"ID\"}"},
        {"record.release", "{\"id\":\"ID\"}"},
        {"prop.use", "{\"id\":\"ID\"}"},
        {"prop.favorite", "{\"id\":\"ID\"}"},
        {"record.get", "{\"id\":\"ID\"}"},
        {"record.get", "{\"id\":\"ID\",\"include_deleted\":true,\"evidence\":true}"},
        {"record.forget", "{\"id\":\"ID\"}"},
        {"record.restore", "{\"id\":\"ID\"}"},
        {"record.purge", "{\"id\":\"ID\"}"},
        {"record.history", "{\"id\":\"ID\"}"},
        {"change.undo", "{\"id\":\"ID\"}"},
        {"memory.update", "{\"id\":\"ID\",\"content\":\"x\"}"},
        {"memory.supersede", "{\"id\":\"ID\",\"content\":\"x\"}"},
        {"memory.tag", "{\"id\":\"ID\",\"tags\":[\"x\"]}"},
        {"memory.untag", "{\"id\":\"ID\",\"tags\":[\"tea\"]}"},
        {"memory.expire", "{\"id\":\"ID\",\"ttl\":1}"},
        {"memory.touch", "{\"id\":\"ID\",\"ttl\":1}"},
        {"link.create", "{\"from\":\"ID\",\"to\":\"ID\"}"},
        {"link.remove", "{\"id\":\"ID\"}"},
        {"link.list", "{\"of\":\"ID\"}"},
        {"conversation.get", "{\"id\":\"ID\"}"},
        {"conversation.update", "{\"id\":\"ID\",\"title\":\"x\"}"},
        {"conversation.archive", "{\"id\":\"ID\"}"},
        {"conversation.forget", "{\"id\":\"ID\"}"},
        {"conversation.append", "{\"conversation_id\":\"ID\",\"content\":\"x\"}"},
        {"conversation.window", "{\"conversation_id\":\"ID\"}"},
        {"message.edit", "{\"id\":\"ID\",\"content\":\"x\"}"},
        {"message.forget", "{\"id\":\"ID\"}"},
        {"message.list", "{\"conversation_id\":\"ID\"}"},
        {"conversation.fork", "{\"id\":\"ID\"}"},
        {"conversation.clear", "{\"conversation_id\":\"ID\"}"},
        {"message.regenerate", "{\"id\":\"ID\",\"content\":\"x\"}"},
        {"message.select", "{\"id\":\"ID\"}"},
        {"message.branch", "{\"id\":\"ID\"}"},
        {"record.list", "{\"kind\":\"message\",\"conversation_id\":\"ID\"}"},
        {"memory.recall", "{\"text\":\"tea\",\"conversation_id\":\"ID\"}"},
        {"memory.recall", "{\"text\":\"\",\"filter\":{\"id\":\"ID\"}}"},
        {"memory.context", "{\"text\":\"tea\",\"conversation_id\":\"ID\"}"},
    };
    static struct world world;
    begin(&world);
    for (size_t i = 0; i < 27; i++) {
        struct call_answer answer =
            take_step(&world, false, i, CALLS_START_US + (int64_t)i * 1000000);
        call_answer_clear(&answer);
    }
    calls_done(world.ada, "memory.remember", "{\"content\":\"mine\",\"tags\":[\"tea\"]}");
    struct call_answer before = calls_ok(world.grace, "stats", "{}");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        for (size_t n = 0; n < world.of_grace.count; n++)
            if (strlen(world.of_grace.items[n].text) == 36)
                expect_unknown(&world, calls[i][0], calls[i][1], world.of_grace.items[n].text);
    struct call_answer after = calls_ok(world.grace, "stats", "{}");
    cr_expect_str_eq(after.text, before.text, "what is grace's has changed");
    call_answer_clear(&before);
    call_answer_clear(&after);
    end(&world);
}

Test(isolation, keys_and_origins_of_another_user_are_free)
{
    static struct world world;
    begin(&world);
    calls_done(world.grace, "memory.remember",
               "{\"key\":\"k\",\"content\":\"hers\",\"origin_key\":\"chat 1\"}");
    calls_refused(world.ada, MNEME_NOT_FOUND, "key", "", "record.get", "{\"key\":\"k\"}");
    calls_refused(world.ada, MNEME_NOT_FOUND, "key", "", "record.forget", "{\"key\":\"k\"}");
    struct call_answer made =
        calls_ok(world.ada, "memory.remember",
                 "{\"key\":\"k\",\"content\":\"mine\",\"origin_key\":\"chat 1\"}");
    cr_expect_str_eq(answer_text(&made, "/status"), "created");
    call_answer_clear(&made);
    struct call_answer hers = calls_ok(world.grace, "record.get", "{\"key\":\"k\"}");
    cr_expect_str_eq(answer_text(&hers, "/content"), "hers");
    call_answer_clear(&hers);
    end(&world);
}

Test(isolation, cursors_and_tokens_belong_to_their_user)
{
    static const char *const lists[][2] = {
        {"record.list", "{\"limit\":1%s}"},
        {"conversation.list", "{\"limit\":1%s}"},
        {"memory.map", "{\"limit\":1%s}"},
    };
    static struct world world;
    char token[2][200];
    begin(&world);
    for (int u = 0; u < 2; u++) {
        mneme *user = u ? world.grace : world.ada;
        for (int i = 0; i < 2; i++) {
            calls_done(user, "conversation.create", "{}");
            struct call_answer receipt = calls_ok(
                user, "memory.remember", "{\"key\":\"k%d\",\"content\":\"text %d\"}", i, i);
            (void)snprintf(token[u], sizeof token[u], "%s", answer_text(&receipt, "/token"));
            call_answer_clear(&receipt);
        }
    }
    cr_expect_str_neq(token[0], token[1], "both users have the same counter, not the same token");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        char json[400], with_cursor[300];
        (void)snprintf(json, sizeof json, "%.*s}", (int)strlen("{\"limit\":1"), lists[i][1]);
        struct call_answer page = calls_ok(world.grace, lists[i][0], "%s", json);
        const char *cursor = answer_text(&page, "/next_cursor");
        cr_assert(cursor, "%s", page.text);
        (void)snprintf(with_cursor, sizeof with_cursor, "{\"limit\":1,\"cursor\":\"%s\"}", cursor);
        calls_done(world.grace, lists[i][0], "%s", with_cursor);
        calls_refused(world.ada, MNEME_INVALID, "cursor", "cursor", lists[i][0], "%s", with_cursor);
        call_answer_clear(&page);
    }
    end(&world);
}
