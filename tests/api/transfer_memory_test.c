/* Import, export, context and eval when memory runs out at any allocation: NOMEM, and the next call works. */
#include "base/strbuf.h"
#include "support/calls.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
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

static const char *write_text(struct world *world, const char *name, const char *text)
{
    const char *path = support_dir_file(&world->dir, name);
    support_write_file(path, text, strlen(text));
    return path;
}

static bool take_line(void *context, const char *line, size_t length)
{
    (void)context;
    (void)line;
    (void)length;
    return true;
}

struct attempt {
    mneme *memory;
    const char *operation;
    char input[900];
};

static enum mneme_code try_call(void *context)
{
    const struct attempt *attempt = context;
    const struct mneme_call_options options = {.size = sizeof options, .on_line = take_line};
    mneme_result *result = NULL;
    enum mneme_code code = mneme_call_with(attempt->memory, attempt->operation, attempt->input,
                                           &options, &result, NULL);
    mneme_result_free(result);
    return code;
}

/* Once it has succeeded its ids are there: CONFLICT is how it says so. */
static enum mneme_code try_restore(void *context)
{
    enum mneme_code code = try_call(context);
    return code == MNEME_CONFLICT ? MNEME_OK : code;
}

PRINTF_LIKE(3, 4)
static void fail_each(struct world *world, const char *operation, const char *format, ...)
{
    struct attempt attempt = {.memory = world->ada, .operation = operation};
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(attempt.input, sizeof attempt.input, format, arguments);
    va_end(arguments);
    cr_assert_lt(length, (int)sizeof attempt.input);
    cr_expect_gt(support_fail_each(try_call, &attempt), 10, "%s", attempt.input);
}

Test(transfer_memory, is_asked_for_by_imports_and_may_be_refused, .timeout = 120)
{
    struct world world;
    begin(&world);
    fail_each(
        &world, "import", "{\"path\":\"%s\"%s}",
        write_text(&world, "a.jsonl",
                   "{\"content\":\"one\"}\nbad\n{\"kind\":\"conversation\",\"origin_key\":"
                   "\"t\"}\n{\"kind\":\"message\",\"conversation\":\"t\",\"content\":\"m\"}\n"),
        "");
    fail_each(
        &world, "import", "{\"path\":\"%s\"%s}",
        write_text(&world, "a.json", "[{\"role\":\"user\",\"name\":\"A\",\"content\":\"x\"}]"),
        ",\"strict\":true");
    fail_each(&world, "import", "{\"path\":\"%s\"%s}",
              write_text(&world, "a.txt", "8 May 2023\nAda: hello\nthere\n"), ",\"update\":true");
    fail_each(
        &world, "import", "{\"path\":\"%s\"%s}",
        write_text(&world, "l.json",
                   "{\"sample_id\":\"d\",\"conversation\":{\"session_1_date_time\":\"9:00 am on "
                   "1 June, 2023\",\"session_1\":[{\"speaker\":\"C\",\"text\":\"Hi\"}]}}"),
        "");
    end(&world);
}

static bool keep_line(void *context, const char *line, size_t length)
{
    struct strbuf *out = context;
    strbuf_add(out, line, length);
    strbuf_add_char(out, '\n');
    return true;
}

/* The trial alone, which writes nothing, so that it can be tried again; and the restore, which succeeds once. */
Test(transfer_memory, is_asked_for_by_a_restore_and_may_be_refused, .timeout = 120)
{
    struct world world;
    struct strbuf text;
    mneme *bo;
    mneme_result *result;
    begin(&world);
    strbuf_init(&text, 1 << 20);
    calls_done(world.ada, "memory.remember",
               "{\"content\":\"teapot\",\"vector\":[1,0],\"space\":\"s\"}");
    calls_done(world.ada, "memory.remember", "{\"key\":\"k\",\"content\":\"one\"}");
    calls_done(world.ada, "memory.remember", "{\"key\":\"k\",\"content\":\"two\"}");
    const struct mneme_call_options options = {
        .size = sizeof options, .on_line = keep_line, .context = &text};
    cr_assert_eq(mneme_call_with(world.ada, "export", "{}", &options, &result, NULL), MNEME_OK);
    mneme_result_free(result);
    const char *path = write_text(&world, "e", text.text);
    cr_assert_eq(mneme_open_user(world.ada, "bo", &bo, NULL), MNEME_OK);
    mneme_close(world.ada);
    world.ada = bo;
    struct attempt attempt = {.memory = bo, .operation = "import"};
    (void)snprintf(attempt.input, sizeof attempt.input, "{\"path\":\"%s\"}", path);
    cr_expect_gt(support_fail_each(try_restore, &attempt), 10);
    strbuf_clear(&text);
    end(&world);
}

Test(transfer_memory, is_asked_for_by_context_and_export_and_may_be_refused, .timeout = 120)
{
    struct world world;
    begin(&world);
    struct call_answer talk =
        calls_ok(world.ada, "conversation.create", "{\"summary\":\"They looked for it.\"}");
    const char *id = answer_text(&talk, "/id");
    calls_done(world.ada, "conversation.append", "{\"conversation_id\":\"%s\",\"content\":\"m\"}",
               id);
    calls_done(world.ada, "memory.remember",
               "{\"content\":\"teapot\",\"pinned\":true,\"vector\":[1,0],\"space\":\"s\"}");
    fail_each(&world, "memory.context",
              "{\"text\":\"teapot\",\"note_use\":false,\"conversation_id\":\"%s\"}", id);
    fail_each(&world, "export", "{}");
    fail_each(&world, "export", "{\"state\":true}");
    call_answer_clear(&talk);
    end(&world);
}

Test(transfer_memory, is_asked_for_by_eval_and_may_be_refused, .timeout = 120)
{
    struct world world;
    char docs[300];
    begin(&world);
    snprintf(
        docs, sizeof docs, "%s",
        write_text(&world, "docs",
                   "{\"ns\":\"a\",\"id\":\"1\",\"t\":\"9:00 am on 1 June, 2023\",\"who\":\"A\","
                   "\"text\":\"kites\"}\n{\"ns\":\"a\",\"id\":\"2\",\"text\":\"teapots\"}\n"));
    fail_each(&world, "eval", "{\"docs\":\"%s\",\"queries\":\"%s\"}", docs,
              write_text(&world, "queries",
                         "{\"ns\":\"a\",\"q\":\"kites\",\"rel\":[\"1\"],\"cat\":\"c\"}\n"));
    end(&world);
}
