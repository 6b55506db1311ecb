#include "cli/arguments.h"

#include "base/alloc.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 16

static struct arena arena;
static struct fault_list faults;
static struct arguments arguments;
static struct mneme_error error;

static void set_up(void)
{
    unsetenv("MNEME_DB");
    unsetenv("MNEME_USER");
    unsetenv("MNEME_MODEL");
    arena_init(&arena);
    error = (struct mneme_error){.code = MNEME_OK};
}

static void tear_down(void)
{
    arena_clear(&arena);
}

TestSuite(arguments, .init = set_up, .fini = tear_down);

static enum mneme_code read_words(const char *const *words)
{
    static char program[] = "mneme";
    char *argv[WORDS_MAX + 1] = {program};
    int argc = 1;
    for (; *words != NULL; words++) {
        argv[argc] = arena_text(&arena, *words);
        cr_assert_not_null(argv[argc]);
        argc++;
    }
    fault_list_init(&faults, &arena);
    return arguments_read(argc, argv, &arguments, &faults, &error);
}

#define READ(...) read_words((const char *const[]){__VA_ARGS__, NULL})
#define ASSERT_INPUT(expected, ...)                                                                \
    do {                                                                                           \
        cr_assert_eq(READ(__VA_ARGS__), MNEME_OK, "%s", error.message);                            \
        cr_assert_str_eq(arguments.input, expected);                                               \
    } while (0)
#define ASSERT_REFUSED(expected_field, expected_rule, ...)                                         \
    do {                                                                                           \
        cr_assert_eq(READ(__VA_ARGS__), MNEME_INVALID);                                            \
        cr_assert_str_eq(error.field, expected_field);                                             \
        cr_assert_str_eq(error.rule, expected_rule);                                               \
        cr_assert_gt(faults.count, 0);                                                             \
    } while (0)

Test(arguments, become_an_object_of_the_fields_types)
{
    ASSERT_INPUT(
        "{\"importance\":0.8,\"pinned\":true,\"message_from\":3,"
        "\"expires_at\":\"2026-01-01T00:00:00Z\",\"metadata\":{\"a\":1},\"content\":\"a text\"}",
        "remember", "a text", "--importance", ".8", "--pinned", "--message-from", "3",
        "--expires-at=2026-01-01T00:00:00Z", "--metadata", "{\"a\": 1}");
    cr_assert_str_eq(arguments.operation->name, "memory.remember");
}

Test(arguments, take_names_with_hyphens_and_underscores)
{
    ASSERT_INPUT("{\"importance_level\":4,\"content\":\"x\"}", "remember", "--importance-level",
                 "4", "x");
    ASSERT_INPUT("{\"importance_level\":4,\"content\":\"x\"}", "remember", "--importance_level=4",
                 "x");
}

Test(arguments, take_booleans_both_ways)
{
    ASSERT_INPUT("{\"pinned\":false,\"content\":\"x\"}", "remember", "--no-pinned", "x");
    ASSERT_INPUT("{\"pinned\":false,\"content\":\"x\"}", "remember", "--pinned=false", "x");
    ASSERT_INPUT("{\"note_use\":false,\"text\":\"x\"}", "recall", "--no-note-use", "x");
    ASSERT_REFUSED("pinned", "type", "remember", "--pinned=maybe", "x");
    ASSERT_REFUSED("no_subject", "unknown", "remember", "--no-subject", "x");
}

Test(arguments, take_lists_in_three_ways)
{
    ASSERT_INPUT("{\"tags\":[\"a\",\"b\",\"c\"],\"content\":\"x\"}", "remember", "x", "--tags",
                 "a, b", "--tags=c");
    ASSERT_INPUT("{\"tags\":[\"a,b\"],\"content\":\"x\"}", "remember", "x", "--tags", "[\"a,b\"]");
    ASSERT_INPUT("{\"id\":\"0199c1f2-7a3b-7c11-8d21-0f3a9a5b2c1d\",\"tags\":[\"a\",\"b\",\"c\"]}",
                 "tag", "0199c1f2-7a3b-7c11-8d21-0f3a9a5b2c1d", "a", "b,c");
    ASSERT_REFUSED("tags", "min_length", "remember", "x", "--tags", "a,,b");
    ASSERT_REFUSED("tags", "json", "remember", "x", "--tags", "[a");
}

Test(arguments, tell_null_from_an_empty_text)
{
    ASSERT_INPUT("{\"key\":\"k\",\"subject\":null}", "update", "--key", "k", "--subject=");
    ASSERT_REFUSED("subject", "min_length", "update", "--key", "k", "--subject", "");
    ASSERT_INPUT("{\"text\":\"\"}", "recall", "");
}

Test(arguments, take_plain_text_where_json_may_be_a_duration)
{
    ASSERT_INPUT("{\"ttl\":\"24h\",\"content\":\"x\"}", "remember", "x", "--ttl", "24h");
    ASSERT_INPUT("{\"ttl\":90,\"content\":\"x\"}", "remember", "x", "--ttl", "90");
    ASSERT_REFUSED("metadata", "json", "remember", "x", "--metadata", "a");
    ASSERT_REFUSED("vector", "json", "remember", "x", "--vector", "[1,");
}

Test(arguments, behind_two_dashes_are_words)
{
    ASSERT_INPUT("{\"content\":\"--pinned\"}", "remember", "--", "--pinned");
    ASSERT_INPUT("{\"content\":\"- milk\"}", "remember", "- milk");
    ASSERT_INPUT("{\"content\":\"-5 degrees\"}", "remember", "-5 degrees");
}

Test(arguments, skip_the_id_of_a_memory_that_is_named_by_its_key)
{
    ASSERT_INPUT("{\"key\":\"home\",\"content\":\"Porto\"}", "supersede", "--key", "home", "Porto");
}

Test(arguments, take_single_letters_with_one_dash)
{
    ASSERT_INPUT("{\"k\":3,\"text\":\"x\"}", "recall", "-k", "3", "x");
    ASSERT_REFUSED("x", "unknown", "remember", "-x", "y");
}

Test(arguments, that_cannot_be_understood_name_option_and_rule)
{
    ASSERT_REFUSED("command", "required", NULL);
    ASSERT_REFUSED("command", "unknown", "recal", "x");
    cr_assert_str_eq(arguments.hint, "did you mean `mneme recall`?");
    ASSERT_REFUSED("command", "unknown", "conversation");
    ASSERT_REFUSED("importnace", "unknown", "remember", "x", "--importnace", ".8");
    cr_assert_str_eq(arguments.hint, "did you mean --importance?");
    ASSERT_REFUSED("importance", "type", "remember", "x", "--importance", "high");
    ASSERT_REFUSED("importance", "max", "remember", "x", "--importance", "7");
    ASSERT_REFUSED("importance", "type", "remember", "x", "--importance", "nan");
    ASSERT_REFUSED("importance", "type", "remember", "x", "--importance", "0x1");
    ASSERT_REFUSED("k", "type", "recall", "x", "--k", "1.5");
    ASSERT_REFUSED("k", "type", "recall", "x", "--k", "99999999999999999999");
    ASSERT_REFUSED("expires_at", "format", "remember", "x", "--expires-at", "tomorrow");
    ASSERT_REFUSED("subject", "required", "remember", "x", "--subject");
    ASSERT_REFUSED("subject", "required", "remember", "x", "--subject", "--pinned");
    ASSERT_REFUSED("subject", "duplicate", "remember", "x", "--subject", "a", "--subject", "b");
    ASSERT_REFUSED("content", "duplicate", "remember", "--content=x", "--content=y");
    ASSERT_REFUSED("argument", "unknown", "remember", "two", "words");
    ASSERT_REFUSED("argument", "unknown", "remember", "x", "--=y");
    ASSERT_REFUSED("content", "utf8", "remember", "\xFF\xFE");
    ASSERT_REFUSED("argument", "unknown", "remember", "x", "--\xFF");
    ASSERT_REFUSED("bogus", "unknown", "--bogus", "recall");
}

Test(arguments, have_all_their_faults_named)
{
    ASSERT_REFUSED("colour", "unknown", "remember", "x", "--colour", "red", "--importance", "7");
    cr_assert_eq(faults.count, 2);
    cr_assert_str_eq(faults.items[1].pointer, "/importance");
}

Test(arguments, name_store_user_and_model_before_the_environment_does)
{
    setenv("MNEME_DB", "from-environment", 1);
    setenv("MNEME_USER", "", 1);
    cr_assert_eq(READ("list"), MNEME_OK);
    cr_assert_str_eq(arguments.url, "from-environment");
    cr_assert_null(arguments.user);
    cr_assert_eq(READ("--db", "a", "list", "--user=b", "--model", "hash"), MNEME_OK);
    cr_assert_str_eq(arguments.url, "a");
    cr_assert_str_eq(arguments.user, "b");
    cr_assert_str_eq(arguments.model, "hash");
}

Test(arguments, ask_for_json_wherever_it_stands)
{
    cr_assert_eq(READ("--json", "list"), MNEME_OK);
    cr_assert(arguments.is_json);
    cr_assert_eq(READ("recal", "x", "--json"), MNEME_INVALID);
    cr_assert(arguments.is_json);
    cr_assert_eq(READ("remember", "--", "--json"), MNEME_OK);
    cr_assert(!arguments.is_json);
}

Test(arguments, ask_for_help_in_every_way)
{
    cr_assert_eq(READ("help", "conversation", "append"), MNEME_OK);
    cr_assert_eq(arguments.task, TASK_HELP);
    cr_assert_str_eq(arguments.operation->name, "conversation.append");
    cr_assert_eq(READ("tag", "--remove", "--bogus", "--help"), MNEME_OK);
    cr_assert_eq(arguments.task, TASK_HELP);
    cr_assert_str_eq(arguments.operation->name, "memory.untag");
    cr_assert_eq(READ("-h"), MNEME_OK);
    cr_assert_eq(arguments.task, TASK_HELP);
    cr_assert_null(arguments.operation);
    ASSERT_REFUSED("command", "unknown", "help", "nothing-of-the-kind");
}

Test(arguments, call_an_operation_by_name)
{
    ASSERT_INPUT("{\"text\":\"x\"}", "call", "memory.recall", "{\"text\":\"x\"}");
    cr_assert_eq(arguments.task, TASK_CALL);
    cr_assert(arguments.is_json);
    ASSERT_INPUT("{}", "call", "stats");
    cr_assert_eq(READ("call", "nope"), MNEME_NOT_FOUND);
    ASSERT_REFUSED("operation", "required", "call");
    ASSERT_REFUSED("argument", "unknown", "call", "stats", "{}", "{}");
}

/* Standard input is the text until the test ends. */
static void give_stdin(const void *bytes, size_t length)
{
    struct support_dir dir;
    support_dir_init(&dir);
    const char *path = support_dir_file(&dir, "stdin");
    support_write_file(path, bytes, length);
    int fd = open(path, O_RDONLY);
    cr_assert_geq(fd, 0);
    cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    close(fd);
    support_dir_clear(&dir);
}

Test(arguments, read_a_text_from_standard_input)
{
    give_stdin("two\nlines\n\r\n", 12);
    ASSERT_INPUT("{\"content\":\"two\\nlines\"}", "remember", "-");
}

Test(arguments, read_json_from_standard_input)
{
    give_stdin("[{\"content\": \"a\"}]\n", 19);
    ASSERT_INPUT("{\"messages\":[{\"content\":\"a\"}]}", "conversation", "append", "--messages",
                 "-");
}

Test(arguments, leave_the_name_of_a_file_alone)
{
    ASSERT_INPUT("{\"path\":\"-\"}", "import", "-");
}

Test(arguments, refuse_standard_input_that_is_no_text)
{
    give_stdin("a\0b", 3);
    ASSERT_REFUSED("content", "utf8", "remember", "-");
    give_stdin("\xFF", 1);
    ASSERT_REFUSED("content", "utf8", "remember", "-");
    give_stdin("", 0);
    ASSERT_REFUSED("content", "min_length", "remember", "-");
}

Test(arguments, refuse_a_text_that_is_too_long)
{
    char *text = arena_alloc(&arena, LIMIT_CONTENT_BYTES + 2);
    memset(text, 'a', LIMIT_CONTENT_BYTES + 1);
    cr_assert_eq(READ("remember", text), MNEME_LIMIT);
    cr_assert_str_eq(error.field, "content");
}

static enum mneme_code read_much(void *context)
{
    (void)context;
    static char words[][24] = {"mneme",        "remember", "a text",   "--tags",     "a,b",
                               "--importance", ".5",       "--pinned", "--metadata", "{\"a\": 1}"};
    char *argv[sizeof words / sizeof *words];
    struct arena own;
    struct fault_list own_faults;
    struct arguments out;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) argv[i] = words[i];
    arena_init(&own);
    fault_list_init(&own_faults, &own);
    enum mneme_code code =
        arguments_read(sizeof words / sizeof *words, argv, &out, &own_faults, NULL);
    arena_clear(&own);
    return code;
}

Test(arguments, say_that_memory_ran_out)
{
    support_hook_jansson();
    cr_assert_gt(support_fail_each(read_much, NULL), 3);
}
