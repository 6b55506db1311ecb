/*
 * The faces say the same: every example of docs/json.md, good and bad, goes through C, REST and MCP, each with a store
 * of its own, and the answers are compared after ids, times, tokens, cursors and durations have been made alike.
 */
#include "api/operation.h"
#include "base/arena.h"
#include "base/limits.h"
#include "http/rest.h"
#include "http/server.h"
#include "mcp/server.h"
#include "support/support.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DOC "docs/json.md"
#define BINDINGS_MAX 128
#define ANSWER_BYTES (1 << 20)

enum face { OF_C, OF_REST, OF_MCP, FACES };

struct run {
    struct arena arena;
    struct {
        const char *name, *json[FACES];
    } bindings[BINDINGS_MAX];
    size_t binding_count, compared[FACES];
    mneme *memory[FACES];
    struct http_server *server;
    struct mcp_server *mcp;
    struct peer peer;
    struct strbuf sent, problems;
};

// --- asking ----------------------------------------------------------------------------------

static const char *to_text(struct run *run, const struct json *value)
{
    struct strbuf text;
    struct json_writer writer;
    strbuf_init(&text, ANSWER_BYTES);
    json_writer_init(&writer, &text);
    json_write_value(&writer, NULL, value);
    const char *copy = arena_text_n(&run->arena, text.text, text.length);
    strbuf_clear(&text);
    return copy;
}

static struct json *parse(const char *text)
{
    struct json *value;
    cr_assert_eq(json_parse(text, strlen(text), 1 << 26, &value, NULL), MNEME_OK, "%s", text);
    return value;
}

static const char *ask_c(struct run *run, enum face face, const struct operation *operation,
                         const char *input)
{
    mneme_result *result;
    (void)!mneme_call(run->memory[face], operation->name, input, &result, NULL);
    const char *text = arena_text(&run->arena, mneme_result_json(result));
    mneme_result_free(result);
    return text;
}

static void add_encoded(struct strbuf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (isalnum((unsigned char)*text)) {
            strbuf_add_char(out, *text);
        } else {
            strbuf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
        }
    }
}

/* A member as an address has it: texts plain, the rest as JSON. */
static void add_value(struct run *run, struct strbuf *out, const struct json *value)
{
    add_encoded(out, json_type_of(value) == JSON_TYPE_TEXT ? json_as_text(value, NULL)
                                                           : to_text(run, value));
}

/* The request's target and body; false if the path cannot name what the input is about. */
static bool split_input(struct run *run, const struct operation *operation,
                        const struct json *input, struct strbuf *target, struct strbuf *body)
{
    bool has_body =
        strcmp(operation->method, "GET") != 0 && strcmp(operation->method, "DELETE") != 0;
    const char *name;
    const struct json *value;
    void *at = NULL;
    char mark = '?';
    struct json_writer writer;
    for (const char *part = operation->path; *part != '\0';) {
        size_t length = *part == '{' ? strcspn(part, "}") + 1 : 1;
        if (*part == '{') {
            value = json_get(input, arena_text_n(&run->arena, part + 1, length - 2));
            if (value == NULL) {
                return false;
            }
            add_value(run, target, value);
        } else {
            strbuf_add_char(target, *part);
        }
        part += length;
    }
    json_writer_init(&writer, body);
    json_begin_object(&writer, NULL);
    while (json_each(input, &at, &name, &value)) {
        if (strstr(operation->path, arena_printf(&run->arena, "{%s}", name)) != NULL) {
            continue;
        }
        if (has_body) {
            json_write_value(&writer, name, value);
        } else {
            strbuf_printf(target, "%c%s=", mark, name);
            add_value(run, target, value);
            mark = '&';
        }
    }
    json_end_object(&writer);
    if (!has_body) {
        strbuf_truncate(body, 0);
    }
    return true;
}

/* The body of the answer to a request, and its status. */
static const char *exchange(struct run *run, const char *request, int *status)
{
    static char answer[ANSWER_BYTES];
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(http_server_port(run->server))};
    size_t length = 0;
    ssize_t got;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    cr_assert_eq(send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
    while ((got = recv(fd, answer + length, sizeof answer - 1 - length, 0)) > 0) {
        length += (size_t)got;
    }
    (void)close(fd);
    answer[length] = '\0';
    const char *body = strstr(answer, "\r\n\r\n");
    cr_assert_not_null(body, "%s", request);
    *status = (int)strtol(answer + strlen("HTTP/1.1 "), NULL, 10);
    return body + 4;
}

/* A problem as the error object that it carries. */
static const char *unwrap_problem(struct run *run, const char *text, int status)
{
    struct json *problem = parse(text);
    const struct json *code = json_get(problem, "code");
    cr_assert_eq(json_as_integer(json_get(problem, "status")), status);
    const char *error =
        arena_printf(&run->arena, "{\"error\":{\"code\":%s,\"message\":%s,\"errors\":%s}}",
                     code ? to_text(run, code) : "null", to_text(run, json_get(problem, "detail")),
                     to_text(run, json_get(problem, "errors")));
    json_free(problem);
    return error;
}

/* NULL if this face has no such call. */
static const char *ask_rest(struct run *run, const struct operation *operation, const char *text)
{
    struct strbuf target, body;
    struct json *input = parse(text);
    const char *answer = NULL;
    int status;
    strbuf_init(&target, ANSWER_BYTES);
    strbuf_init(&body, ANSWER_BYTES);
    if (rest_serves(operation) && split_input(run, operation, input, &target, &body)) {
        answer = exchange(run,
                          arena_printf(&run->arena,
                                       "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                       "Content-Type: application/json\r\nContent-Length: "
                                       "%zu\r\n\r\n%s",
                                       operation->method, target.text, body.length, body.text),
                          &status);
        answer =
            status == 200 ? arena_text(&run->arena, answer) : unwrap_problem(run, answer, status);
    }
    strbuf_clear(&target);
    strbuf_clear(&body);
    json_free(input);
    return answer;
}

static void keep(void *context, const char *text, size_t length)
{
    strbuf_add(context, text, length);
}

static const char *ask_mcp(struct run *run, const struct operation *operation, const char *input)
{
    struct rpc_message message;
    char *tool = arena_alloc(&run->arena, strlen(operation->name) + 1);
    if (!(operation->faces & FACE_MCP)) {
        return NULL;
    }
    for (size_t i = 0; i <= strlen(operation->name); i++) {
        tool[i] = operation->name[i] == '.' ? '_' : operation->name[i];
    }
    const char *text = arena_printf(&run->arena,
                                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
                                    "\"params\":{\"name\":\"%s\",\"arguments\":%s}}",
                                    tool, input);
    strbuf_truncate(&run->sent, 0);
    cr_assert(rpc_parse(text, strlen(text), &message));
    mcp_server_answer(run->mcp, &run->peer, &message);
    rpc_clear(&message);
    struct json *answer = parse(run->sent.text);
    const struct json *content = json_pointer(answer, "/result/content/0/text");
    const char *found = content ? arena_text(&run->arena, json_as_text(content, NULL)) : NULL;
    cr_expect_not_null(found, "%s: %s", text, run->sent.text);
    json_free(answer);
    return found;
}

// --- names -----------------------------------------------------------------------------------

static size_t find(const struct run *run, const char *name)
{
    size_t i = 0;
    while (i < run->binding_count && strcmp(run->bindings[i].name, name) != 0) i++;
    return i;
}

/* What "$name" stands for in this face. */
static void learn(struct run *run, enum face face, const struct json *expected,
                  const struct json *actual)
{
    const char *name;
    const struct json *value;
    void *at = NULL;
    if (actual == NULL) {
        return;
    }
    if (json_type_of(expected) == JSON_TYPE_TEXT && json_as_text(expected, NULL)[0] == '$') {
        size_t i = find(run, json_as_text(expected, NULL));
        cr_assert_lt(i, BINDINGS_MAX);
        if (i == run->binding_count) {
            run->bindings[run->binding_count++].name =
                arena_text(&run->arena, json_as_text(expected, NULL));
        }
        if (run->bindings[i].json[face] == NULL) {
            run->bindings[i].json[face] = to_text(run, actual);
        }
    }
    for (size_t i = 0; json_type_of(expected) == JSON_TYPE_ARRAY && i < json_count(expected) &&
                       json_type_of(actual) == JSON_TYPE_ARRAY && i < json_count(actual);
         i++) {
        learn(run, face, json_at(expected, i), json_at(actual, i));
    }
    while (json_type_of(expected) == JSON_TYPE_OBJECT && json_each(expected, &at, &name, &value)) {
        learn(run, face, value, json_get(actual, name));
    }
}

static const char *fill_in(struct run *run, enum face face, const char *input)
{
    struct strbuf text;
    strbuf_init(&text, ANSWER_BYTES);
    while (*input != '\0') {
        const char *end = input[0] == '"' && input[1] == '$' ? strchr(input + 1, '"') : NULL;
        size_t i = end ? find(run, arena_text_n(&run->arena, input + 1, (size_t)(end - input - 1)))
                       : run->binding_count;
        if (i < run->binding_count && run->bindings[i].json[face] != NULL) {
            strbuf_add_text(&text, run->bindings[i].json[face]);
            input = end + 1;
        } else {
            strbuf_add_char(&text, *input++);
        }
    }
    const char *copy = arena_text_n(&run->arena, text.text, text.length);
    strbuf_clear(&text);
    return copy;
}

// --- comparing -------------------------------------------------------------------------------

static bool is_uuid(const char *text)
{
    return strlen(text) == 36 && text[8] == '-' && text[13] == '-' && text[23] == '-';
}

/* What is another in each store, whatever the text around it: ids, times, marks of fences. */
static const char *mask(struct run *run, const char *text)
{
    struct strbuf out;
    strbuf_init(&out, ANSWER_BYTES);
    while (*text != '\0') {
        size_t length = strspn(text, "0123456789abcdefTZ:.-");
        if (length >= 8) {
            strbuf_add_char(&out, '#');
        } else {
            length = length > 0 ? length : 1;
            strbuf_add(&out, text, length);
        }
        text += length;
    }
    const char *copy = arena_text_n(&run->arena, out.text, out.length);
    strbuf_clear(&out);
    return copy;
}

/* Members that differ from call to call; what audit says of use, whose notes are written now and then. */
static bool is_free(const char *name)
{
    static const char *const names[] = {"took_us",        "token",   "next_cursor", "cursor",
                                        "score",          "recency", "prefix_hash", "bytes",
                                        "never_recalled", "findings"};
    for (size_t i = 0; name != NULL && i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* NULL if they are alike, else where they are not. */
static const char *compare(struct run *run, const char *place, const char *name,
                           const struct json *a, const struct json *b)
{
    const struct json *value;
    void *at = NULL;
    if (b == NULL) {
        return place;
    }
    if (json_type_of(a) == json_type_of(b) && is_free(name)) {
        return NULL;
    }
    if (json_type_of(a) == JSON_TYPE_OBJECT && json_type_of(b) == JSON_TYPE_OBJECT) {
        const char *wrong = json_count(a) == json_count(b) ? NULL : place;
        while (wrong == NULL && json_each(a, &at, &name, &value)) {
            // ids are names too: of what a hit stands for
            wrong = is_uuid(name) ? NULL
                                  : compare(run, arena_printf(&run->arena, "%s/%s", place, name),
                                            name, value, json_get(b, name));
        }
        return wrong;
    }
    if (json_type_of(a) == JSON_TYPE_ARRAY && json_type_of(b) == JSON_TYPE_ARRAY) {
        const char *wrong = json_count(a) == json_count(b) ? NULL : place;
        for (size_t i = 0; wrong == NULL && i < json_count(a); i++) {
            wrong = compare(run, arena_printf(&run->arena, "%s/%zu", place, i), name, json_at(a, i),
                            json_at(b, i));
        }
        return wrong;
    }
    return strcmp(mask(run, to_text(run, a)), mask(run, to_text(run, b))) == 0 ? NULL : place;
}

static void run_example(struct run *run, const char *call, const char *answer)
{
    static const char *const names[] = {"C", "REST", "MCP"};
    const char *space = strchr(call, ' '), *texts[FACES];
    const struct operation *operation =
        operation_find(arena_text_n(&run->arena, call, (size_t)(space - call)));
    struct json *expected = parse(answer), *actual[FACES] = {NULL};
    cr_assert_not_null(operation, "%s", call);
    for (enum face face = OF_C; face < FACES; face++) {
        const char *input = fill_in(run, face, space + 1);
        texts[face] = face == OF_C      ? ask_c(run, OF_C, operation, input)
                      : face == OF_REST ? ask_rest(run, operation, input)
                                        : ask_mcp(run, operation, input);
        if (texts[face] == NULL) {
            // what the face lacks is done behind it, so that its store keeps up with the others
            texts[face] = ask_c(run, face, operation, input);
        } else {
            run->compared[face]++;
        }
        actual[face] = parse(texts[face]);
        learn(run, face, expected, actual[face]);
        const char *wrong =
            face == OF_C ? NULL : compare(run, "", NULL, actual[OF_C], actual[face]);
        if (wrong != NULL) {
            strbuf_printf(&run->problems,
                          "%s: '%s' is not as in C\n  %.300s\n  C: %.600s\n  %s: %.600s\n",
                          names[face], wrong, call, texts[OF_C], names[face], texts[face]);
        }
    }
    for (enum face face = OF_C; face < FACES; face++) {
        json_free(actual[face]);
    }
    json_free(expected);
}

static void run_document(struct run *run)
{
    char *line = NULL;
    const char *call = NULL;
    size_t capacity = 0;
    ssize_t length;
    bool is_inside = false;
    FILE *file = fopen(DOC, "r");
    cr_assert_not_null(file, "%s is not there: run the tests from the top of the checkout", DOC);
    while ((length = getline(&line, &capacity, file)) > 0) {
        line[length - 1] = '\0';
        if (strncmp(line, "```", 3) == 0) {
            is_inside = strcmp(line, "```mneme") == 0;
        } else if (is_inside && strncmp(line, "> ", 2) == 0) {
            call = arena_text(&run->arena, line + 2);
        } else if (is_inside && strncmp(line, "< ", 2) == 0) {
            run_example(run, call, line + 2);
        }
    }
    free(line);
    (void)fclose(file);
}

static void open_faces(struct run *run, struct support_dir *folder)
{
    static const char *const names[] = {"c.db", "rest.db", "mcp.db"};
    const char *urls[FACES];
    for (enum face face = OF_C; face < FACES; face++) {
        urls[face] = arena_text(&run->arena, support_dir_file(folder, names[face]));
        struct mneme_options options = {.size = sizeof options, .url = urls[face]};
        cr_assert_eq(mneme_open(&options, &run->memory[face], NULL), MNEME_OK);
    }
    const struct http_settings http = {.url = urls[OF_REST]};
    const struct mcp_settings mcp = {.url = urls[OF_MCP], .tools = "all"};
    cr_assert_eq(http_server_start(&http, &run->server, NULL), MNEME_OK);
    cr_assert_eq(mcp_server_new(&mcp, &run->mcp, NULL), MNEME_OK);
    strbuf_init(&run->sent, LIMIT_RESULT_BYTES);
    peer_init(&run->peer, keep, &run->sent);
}

Test(parity, c_rest_and_mcp_answer_the_same, .timeout = 120)
{
    struct run run = {.binding_count = 0};
    struct support_dir folder;
    arena_init(&run.arena);
    strbuf_init(&run.problems, 1 << 20);
    support_dir_init(&folder);
    open_faces(&run, &folder);
    run_document(&run);
    cr_expect_gt(run.compared[OF_REST], 50, "%zu by REST", run.compared[OF_REST]);
    cr_expect_gt(run.compared[OF_MCP], 50, "%zu by MCP", run.compared[OF_MCP]);
    cr_expect_eq(run.problems.length, 0, "%s", run.problems.length > 0 ? run.problems.text : "");
    peer_clear(&run.peer);
    mcp_server_free(run.mcp);
    http_server_stop(run.server);
    for (enum face face = OF_C; face < FACES; face++) {
        mneme_close(run.memory[face]);
    }
    strbuf_clear(&run.sent);
    strbuf_clear(&run.problems);
    arena_clear(&run.arena);
    support_dir_clear(&folder);
}
