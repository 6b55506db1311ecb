#include "calls.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "engine/engine.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// --- stores --------------------------------------------------------------------------------------

static int64_t standing_clock(void *context)
{
    const struct env_fixed *clock = context;
    return atomic_load(&clock->now_us);
}

struct env calls_env(struct env_fixed *clock, int64_t start_us, uint64_t seed)
{
    struct env env = env_fixed(clock, start_us, seed);
    env.now_us = env.monotonic_us = standing_clock;
    return env;
}

void calls_store_init(struct calls_store *store, uint64_t seed)
{
    support_dir_init_in_memory(&store->dir);
    (void)snprintf(store->path, sizeof store->path, "%s/store.db", store->dir.path);
    store->env = calls_env(&store->clock, CALLS_START_US, seed);
}

void calls_store_clear(struct calls_store *store)
{
    support_dir_clear(&store->dir);
}

void calls_set_time(struct calls_store *store, int64_t now_us)
{
    atomic_store(&store->clock.now_us, now_us);
}

enum mneme_code calls_open_at(const char *path, const struct env *env, const char *vfs,
                              const char *user, mneme **out, struct mneme_error *err)
{
    struct mneme_options options = {.size = sizeof options, .url = path, .user = user};
    struct engine_options wide = {.public_options = &options, .env = env, .vfs = vfs};
    return engine_open(&wide, out, err);
}

mneme *calls_open(const struct calls_store *store, const char *user)
{
    mneme *memory;
    struct mneme_error error = {0};
    enum mneme_code code = calls_open_at(store->path, &store->env, NULL, user, &memory, &error);
    cr_assert_eq(code, MNEME_OK, "%s", error.message);
    return memory;
}

// --- calls ---------------------------------------------------------------------------------------

static struct json *parsed_answer(const char *text)
{
    struct json *json = NULL;
    enum mneme_code code = json_parse(text, strlen(text), LIMIT_RESULT_BYTES, &json, NULL);
    cr_assert_eq(code, MNEME_OK, "no JSON: %s", text);
    return json;
}

struct call_answer calls_json(mneme *memory, const char *operation, const char *json)
{
    struct call_answer answer = {0};
    mneme_result *result;
    answer.code = mneme_call(memory, operation, json, &result, &answer.error);
    if (!result) return answer;
    answer.text = mem_copy_text(mneme_result_json(result));
    cr_assert_not_null(answer.text);
    answer.json = parsed_answer(answer.text);
    mneme_result_free(result);
    return answer;
}

static char *formatted(const char *format, va_list arguments)
{
    char *text = NULL;
    cr_assert_geq(vasprintf(&text, format, arguments), 0);
    return text;
}

struct call_answer calls_format(mneme *memory, const char *operation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *json = formatted(format, arguments);
    va_end(arguments);
    struct call_answer answer = calls_json(memory, operation, json);
    free(json);
    return answer;
}

void call_answer_clear(struct call_answer *answer)
{
    json_free(answer->json);
    mem_free(answer->text);
    *answer = (struct call_answer){0};
}

static struct call_answer succeed(mneme *memory, const char *operation, const char *json)
{
    struct call_answer answer = calls_json(memory, operation, json);
    cr_assert_eq(answer.code, MNEME_OK, "%s %s: %s", operation, json, answer.text);
    return answer;
}

struct call_answer calls_ok(mneme *memory, const char *operation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *json = formatted(format, arguments);
    va_end(arguments);
    struct call_answer answer = succeed(memory, operation, json);
    free(json);
    return answer;
}

void calls_done(mneme *memory, const char *operation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *json = formatted(format, arguments);
    va_end(arguments);
    struct call_answer answer = succeed(memory, operation, json);
    call_answer_clear(&answer);
    free(json);
}

void calls_refused(mneme *memory, enum mneme_code code, const char *field, const char *rule,
                   const char *operation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *json = formatted(format, arguments);
    va_end(arguments);
    struct call_answer answer = calls_json(memory, operation, json);
    bool is_so = answer.code == code && strcmp(answer.error.field, field) == 0 &&
                 strcmp(answer.error.rule, rule) == 0;
    cr_expect(is_so, "%s %.300s: %s of '%s' by '%s' was expected, not %.300s", operation, json,
              mneme_code_name(code), field, rule, answer.text);
    call_answer_clear(&answer);
    free(json);
}

const char *calls_id(struct call_answer answer)
{
    static char ids[8][40];
    static unsigned next;
    char *id = ids[next++ % 8];
    const char *text = answer_text(&answer, "/id");
    cr_assert(text, "%s", answer.text);
    (void)snprintf(id, sizeof ids[0], "%s", text);
    call_answer_clear(&answer);
    return id;
}

void calls_expect_text(mneme *memory, const char *id, const char *pointer, const char *expected)
{
    struct call_answer got = calls_ok(memory, "record.get", "{\"id\":\"%s\"}", id);
    const char *text = answer_text(&got, pointer);
    bool is_so = expected ? text && strcmp(text, expected) == 0 : text == NULL;
    cr_expect(is_so, "%s should be %s in %s", pointer, expected ? expected : "absent", got.text);
    call_answer_clear(&got);
}

void calls_expect_count(mneme *memory, size_t expected, const char *operation, const char *format,
                        ...)
{
    static const char *const arrays[] = {"/items", "/hits", "/messages", "/conversations"};
    va_list arguments;
    va_start(arguments, format);
    char *json = formatted(format, arguments);
    va_end(arguments);
    struct call_answer answer = succeed(memory, operation, json);
    size_t count = 0;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        count += answer_count(&answer, arrays[i]);
    cr_expect_eq(count, expected, "%s %s should give %zu: %s", operation, json, expected,
                 answer.text);
    call_answer_clear(&answer);
    free(json);
}

void calls_pass_seconds(struct calls_store *store, int64_t seconds)
{
    calls_set_time(store, atomic_load(&store->clock.now_us) + seconds * US_PER_SECOND);
}

const char *answer_text(const struct call_answer *answer, const char *pointer)
{
    const struct json *part = json_pointer(answer->json, pointer);
    return part && json_type_of(part) == JSON_TYPE_TEXT ? json_as_text(part, NULL) : NULL;
}

int64_t answer_integer(const struct call_answer *answer, const char *pointer)
{
    const struct json *part = json_pointer(answer->json, pointer);
    return part && json_type_of(part) == JSON_TYPE_INTEGER ? json_as_integer(part) : 0;
}

size_t answer_count(const struct call_answer *answer, const char *pointer)
{
    const struct json *part = json_pointer(answer->json, pointer);
    return part ? json_count(part) : 0;
}

void call_names_put(struct call_names *names, const char *name, const char *text)
{
    cr_assert_lt(names->count, CALL_NAMES_MAX);
    names->items[names->count].name = name;
    (void)snprintf(names->items[names->count++].text, sizeof names->items[0].text, "%s", text);
}

/* The last one put counts. */
static const char *named_text(const struct call_names *names, const char *name, size_t length)
{
    for (size_t i = names->count; i-- > 0;)
        if (strlen(names->items[i].name) == length &&
            strncmp(names->items[i].name, name, length) == 0)
            return names->items[i].text;
    return "01890000-0000-7000-8000-000000000000";
}

char *call_names_fill(const struct call_names *names, const char *input)
{
    struct strbuf out;
    strbuf_init(&out, LIMIT_BATCH_BYTES);
    while (*input) {
        size_t length = *input == '$' ? strcspn(input + 1, "\"") : 0;
        if (length > 0)
            strbuf_add_text(&out, named_text(names, input + 1, length));
        else
            strbuf_add_char(&out, *input);
        input += length + 1;
    }
    char *text = strbuf_take(&out);
    cr_assert_not_null(text);
    return text;
}

// --- a second process ----------------------------------------------------------------------------

// A request is four texts and a time, an answer a code and a text; each text has its length before it.

static bool send_all(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t sent = write(fd, at, length);
        if (sent <= 0) return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int fd, void *bytes, size_t length)
{
    char *at = bytes;
    while (length > 0) {
        ssize_t got = read(fd, at, length);
        if (got <= 0) return false;
        at += got;
        length -= (size_t)got;
    }
    return true;
}

static bool send_text(int fd, const char *text)
{
    size_t length = strlen(text);
    return send_all(fd, &length, sizeof length) && send_all(fd, text, length);
}

static char *receive_text(int fd)
{
    size_t length;
    if (!receive_all(fd, &length, sizeof length)) return NULL;
    char *text = malloc(length + 1);
    if (!text || !receive_all(fd, text, length)) {
        free(text);
        return NULL;
    }
    text[length] = '\0';
    return text;
}

enum { SERVED_USERS = 8 };

// What the second process has open: an engine, and a handle for each user.
struct serving {
    const char *path;
    struct env_fixed clock;
    struct env env;
    mneme *handles[SERVED_USERS];
    char *users[SERVED_USERS];
    size_t count;
};

static mneme *opened_for(struct serving *serving, const char *user)
{
    for (size_t i = 0; i < serving->count; i++)
        if (strcmp(serving->users[i], user) == 0) return serving->handles[i];
    if (serving->count == SERVED_USERS) _exit(3);
    mneme **handle = &serving->handles[serving->count];
    enum mneme_code code =
        serving->count == 0 ? calls_open_at(serving->path, &serving->env, NULL, user, handle, NULL)
                            : mneme_open_user(serving->handles[0], user, handle, NULL);
    if (code != MNEME_OK) _exit(4);
    serving->users[serving->count++] = strdup(user);
    return *handle;
}

static bool serve_one(struct serving *serving, int from, int to)
{
    int64_t now_us;
    if (!receive_all(from, &now_us, sizeof now_us)) return false;
    char *user = receive_text(from), *operation = receive_text(from), *json = receive_text(from);
    if (!user || !operation || !json) _exit(5);
    atomic_store(&serving->clock.now_us, now_us);
    mneme_result *result;
    enum mneme_code code = mneme_call(opened_for(serving, user), operation, json, &result, NULL);
    if (!result) _exit(6);
    bool is_sent = send_all(to, &code, sizeof code) && send_text(to, mneme_result_json(result));
    mneme_result_free(result);
    free(user);
    free(operation);
    free(json);
    return is_sent;
}

static void serve(const char *path, uint64_t seed, int from, int to)
{
    struct serving serving = {.path = path};
    serving.env = calls_env(&serving.clock, CALLS_START_US, seed);
    while (serve_one(&serving, from, to)) {}
    for (size_t i = 0; i < serving.count; i++) {
        mneme_close(serving.handles[i]);
        free(serving.users[i]);
    }
}

struct second_process second_process_start(const char *path, uint64_t seed)
{
    int down[2], up[2];
    struct second_process process = {0};
    cr_assert_eq(pipe(down), 0);
    cr_assert_eq(pipe(up), 0);
    (void)fflush(NULL);
    process.pid = fork();
    cr_assert_geq(process.pid, 0);
    if (process.pid == 0) {
        (void)close(down[1]);
        (void)close(up[0]);
        serve(path, seed, down[0], up[1]);
        _exit(0);
    }
    (void)close(down[0]);
    (void)close(up[1]);
    process.to = down[1];
    process.from = up[0];
    return process;
}

struct call_answer second_process_call(const struct second_process *process, const char *user,
                                       int64_t now_us, const char *operation, const char *json)
{
    struct call_answer answer = {0};
    bool is_sent = send_all(process->to, &now_us, sizeof now_us) && send_text(process->to, user) &&
                   send_text(process->to, operation) && send_text(process->to, json);
    cr_assert(is_sent, "the second process is gone");
    cr_assert(receive_all(process->from, &answer.code, sizeof answer.code),
              "the second process is gone");
    char *text = receive_text(process->from);
    cr_assert_not_null(text, "the second process is gone");
    answer.text = mem_copy_text(text);
    answer.json = parsed_answer(text);
    free(text);
    return answer;
}

void second_process_end(struct second_process *process)
{
    int status = -1;
    (void)close(process->to);
    cr_expect_eq(waitpid(process->pid, &status, 0), process->pid);
    (void)close(process->from);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the second process ended with %d",
              status);
}

uint64_t calls_number(const char *variable, uint64_t fallback)
{
    const char *value = getenv(variable);
    char *end;
    if (!value || !*value) return fallback;
    uint64_t number = strtoull(value, &end, 0);
    cr_assert_eq(*end, '\0', "%s is no number: %s", variable, value);
    return number;
}
