#include "http/server.h"

#include "support/support.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct support_dir folder;
static struct http_server *server;
static char answer[1 << 22];

static void begin(void)
{
    support_dir_init(&folder);
    struct http_settings settings = {.url = support_dir_file(&folder, "http.db")};
    struct mneme_error error = {0};
    cr_assert_eq(http_server_start(&settings, &server, &error), MNEME_OK, "%s", error.message);
}

static void end(void)
{
    http_server_stop(server);
    support_dir_clear(&folder);
}

/* Everything that the server sends for these bytes, until it closes or has been silent for a while. */
static const char *send_bytes(const char *bytes)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_server_port(server))};
    struct timeval patience = {.tv_sec = 10};
    size_t length = 0;
    ssize_t got;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    cr_assert_eq(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), (ssize_t)strlen(bytes));
    while ((got = recv(fd, answer + length, sizeof answer - 1 - length, 0)) > 0) {
        length += (size_t)got;
    }
    (void)close(fd);
    answer[length] = '\0';
    return answer;
}

static const char *ask(const char *method, const char *path, const char *body)
{
    char request[4096];
    (void)snprintf(request, sizeof request,
                   "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   method, path, strlen(body), body);
    return send_bytes(request);
}

#define assert_holds(text, part) cr_assert_not_null(strstr(text, part), "%s", text)

TestSuite(http_server, .init = begin, .fini = end, .timeout = 60);

Test(http_server, tells_what_it_was_told)
{
    assert_holds(ask("POST", "/v1/memories", "{\"content\":\"Ada drinks green tea\"}"),
                 "\"status\":\"created\"");
    const char *hits = ask("POST", "/v1/recall", "{\"text\":\"What does Ada drink?\"}");
    assert_holds(hits, "HTTP/1.1 200 OK");
    assert_holds(hits, "Ada drinks green tea");
}

Test(http_server, takes_inputs_from_path_and_query_by_their_types)
{
    const char *created = ask("POST", "/v1/conversations", "{\"title\":\"tea\"}");
    char path[128], id[37] = "";
    const char *found = strstr(created, "\"id\":\"");
    cr_assert_not_null(found, "%s", created);
    memcpy(id, found + 6, 36);
    (void)snprintf(path, sizeof path, "/v1/conversations/%s/messages", id);
    assert_holds(ask("POST", path, "{\"role\":\"user\",\"content\":\"one\"}"), "200 OK");
    assert_holds(ask("POST", path, "{\"role\":\"user\",\"content\":\"two\"}"), "200 OK");
    (void)snprintf(path, sizeof path, "/v1/conversations/%s/window?last=1", id);
    const char *window = ask("GET", path, "");
    assert_holds(window, "\"two\"");
    cr_assert_null(strstr(window, "\"one\""));
    assert_holds(ask("GET", "/v1/conversations?limit=many", ""), "\"pointer\":\"/limit\"");
    assert_holds(ask("GET", "/v1/conversations?limit=1&limit=2", ""), "400 Bad Request");
    assert_holds(ask("GET", "/v1/conversations?colour=red", ""), "\"rule\":\"unknown\"");
}

Test(http_server, refuses_a_body_that_says_the_paths_part_again)
{
    assert_holds(ask("PATCH", "/v1/memories/01a20d82-3493-7835-b6d3-ddd89df3b0da",
                     "{\"id\":\"01a20d82-3493-7835-b6d3-ddd89df3b0db\",\"content\":\"x\"}"),
                 "\"rule\":\"duplicate\"");
}

Test(http_server, names_field_and_rule_in_a_problem)
{
    const char *problem = ask("POST", "/v1/recall", "{\"k\":0,\"colour\":1}");
    assert_holds(problem, "HTTP/1.1 400 Bad Request");
    assert_holds(problem, "Content-Type: application/problem+json");
    assert_holds(problem, "\"pointer\":\"/k\",\"rule\":\"min\"");
    assert_holds(problem, "\"pointer\":\"/colour\",\"rule\":\"unknown\"");
    assert_holds(problem, "\"title\":\"Bad Request\",\"status\":400");
}

Test(http_server, knows_what_is_not_there_from_what_has_another_method)
{
    assert_holds(ask("GET", "/v1/nowhere", ""), "HTTP/1.1 404");
    const char *other = ask("PUT", "/v1/recall", "{}");
    assert_holds(other, "HTTP/1.1 405");
    assert_holds(other, "Allow: POST");
}

Test(http_server, serves_nothing_of_an_administrators)
{
    assert_holds(ask("POST", "/v1/revert", "{\"since\":\"2026-01-01T00:00:00Z\"}"), "HTTP/1.1 404");
    const char *description = ask("GET", "/openapi.json", "");
    assert_holds(description,
                 "\"operationId\":\"version\""); // the last row of the table: it is whole
    cr_assert_null(strstr(description, "record.quarantine"));
}

Test(http_server, takes_json_alone)
{
    assert_holds(send_bytes("POST /v1/memories HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                            "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"),
                 "HTTP/1.1 415");
    assert_holds(ask("POST", "/v1/memories", "{\"content\":"), "HTTP/1.1 400");
    assert_holds(ask("POST", "/v1/memories", "[]"), "HTTP/1.1 400");
}

Test(http_server, refuses_pages_of_other_sites)
{
    assert_holds(
        send_bytes("GET /v1/stats HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
        "HTTP/1.1 403");
    assert_holds(send_bytes("GET /v1/stats HTTP/1.1\r\nHost: localhost\r\nOrigin: "
                            "https://evil.example\r\nConnection: close\r\n\r\n"),
                 "HTTP/1.1 403");
    assert_holds(send_bytes("GET /v1/stats HTTP/1.1\r\nHost: localhost:7337\r\nOrigin: "
                            "http://127.0.0.1:3000\r\nConnection: close\r\n\r\n"),
                 "HTTP/1.1 200");
}

Test(http_server, refuses_messages_whose_length_is_unclear)
{
    static const char *const heads[] = {
        "Host: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n",
        "Host: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Host: localhost\r\nTransfer-Encoding: xchunked\r\n",
        "Host: localhost\r\nHost: localhost\r\nContent-Length: 2\r\n",
        "Content-Length: 2\r\n",
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        char request[512];
        (void)snprintf(request, sizeof request,
                       "POST /v1/memories HTTP/1.1\r\nContent-Type: application/json\r\n%s\r\n{}",
                       heads[i]);
        assert_holds(send_bytes(request), "HTTP/1.1 400");
    }
}

Test(http_server, refuses_a_body_that_is_too_long_before_it_is_sent)
{
    assert_holds(send_bytes("POST /v1/recall HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                            "application/json\r\nContent-Length: 99999999\r\n\r\n"),
                 "HTTP/1.1 413");
}

Test(http_server, says_that_it_is_well)
{
    assert_holds(ask("GET", "/healthz", ""), "HTTP/1.1 200");
    assert_holds(ask("GET", "/readyz", ""), "HTTP/1.1 200");
}

Test(http_start, is_refused_for_the_world_without_keys)
{
    struct support_dir own;
    support_dir_init(&own);
    struct http_settings settings = {.url = support_dir_file(&own, "http.db"),
                                     .listen = {.address = "0.0.0.0"}};
    struct mneme_error error;
    cr_assert_eq(http_server_start(&settings, &server, &error), MNEME_DENIED);
    cr_assert_null(server);
    cr_assert_str_eq(error.rule, "loopback");
    support_dir_clear(&own);
}

/* The answer to a request with further header lines. */
static const char *ask_with(const char *method, const char *path, const char *headers,
                            const char *body)
{
    char request[4096];
    (void)snprintf(request, sizeof request,
                   "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s"
                   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   method, path, headers, strlen(body), body);
    return send_bytes(request);
}

/* The text member of the last answer. */
static void copy_member(const char *name, char *out, size_t capacity)
{
    char part[64];
    (void)snprintf(part, sizeof part, "\"%s\":\"", name);
    const char *at = strstr(answer, part);
    cr_assert_not_null(at, "%s", answer);
    at += strlen(part);
    (void)snprintf(out, capacity, "%.*s", (int)strcspn(at, "\""), at);
}

Test(http_conditions, an_entity_tag_is_the_records_version, .init = begin, .fini = end)
{
    char id[64], path[128];
    ask("POST", "/v1/memories", "{\"content\":\"Ada drinks green tea\"}");
    copy_member("id", id, sizeof id);
    (void)snprintf(path, sizeof path, "/v1/records/%s", id);
    assert_holds(ask("GET", path, ""), "ETag: \"1\"");
    assert_holds(ask_with("GET", path, "If-None-Match: \"1\"\r\n", ""), "HTTP/1.1 304");
    assert_holds(ask_with("GET", path, "If-None-Match: \"2\"\r\n", ""), "HTTP/1.1 200");
    const char *head = ask("HEAD", path, "");
    assert_holds(head, "ETag: \"1\"");
    cr_assert_null(strstr(head, "green tea"));
    (void)snprintf(path, sizeof path, "/v1/memories/%s", id);
    assert_holds(ask_with("PATCH", path, "If-Match: \"2\"\r\n", "{\"confidence\":0.5}"),
                 "HTTP/1.1 412");
    assert_holds(ask_with("PATCH", path, "If-Match: \"1\"\r\n", "{\"confidence\":0.5}"),
                 "HTTP/1.1 200");
    (void)snprintf(path, sizeof path, "/v1/records/%s", id);
    assert_holds(ask_with("DELETE", path, "If-Match: \"1\"\r\n", ""), "HTTP/1.1 412");
    assert_holds(ask_with("DELETE", path, "If-Match: W/\"2\"\r\n", ""), "HTTP/1.1 412");
    assert_holds(ask_with("DELETE", path, "If-Match: \"2\"\r\n", ""), "HTTP/1.1 200");
}

Test(http_conditions, a_key_makes_a_repeat_get_the_same_answer, .init = begin, .fini = end)
{
    static const char key[] = "Idempotency-Key: k-1\r\n";
    static const char body[] = "{\"content\":\"one\",\"dedupe\":\"none\"}";
    char first[64], again[64], path[128];
    assert_holds(ask_with("POST", "/v1/memories", key, body), "\"status\":\"created\"");
    copy_member("id", first, sizeof first);
    assert_holds(ask_with("POST", "/v1/memories", key, body), "Idempotency-Replayed: true");
    copy_member("id", again, sizeof again);
    cr_assert_str_eq(first, again);
    assert_holds(ask("GET", "/v1/stats", ""), "\"memories\":1");
    assert_holds(ask_with("POST", "/v1/memories", key, "{\"content\":\"two\"}"), "HTTP/1.1 422");
    // of another operation it is another key
    assert_holds(ask_with("POST", "/v1/conversations", key, "{}"), "HTTP/1.1 200");
    // what was refused may be tried again
    assert_holds(ask_with("POST", "/v1/memories", "Idempotency-Key: k-2\r\n", "{\"content\":\"\"}"),
                 "HTTP/1.1 400");
    assert_holds(ask_with("POST", "/v1/memories", "Idempotency-Key: k-2\r\n", body),
                 "HTTP/1.1 200");
    // a purge takes the reply that names the record along
    (void)snprintf(path, sizeof path, "/v1/records/%s/purge", first);
    assert_holds(ask("POST", path, ""), "HTTP/1.1 200");
    assert_holds(ask_with("POST", "/v1/memories", key, body), "\"status\":\"created\"");
    copy_member("id", again, sizeof again);
    cr_assert_str_neq(first, again);
}

Test(http_conditions, a_token_says_what_an_answer_may_not_be_behind, .init = begin, .fini = end)
{
    char token[256], path[512];
    ask("POST", "/v1/memories", "{\"content\":\"Ada drinks green tea\"}");
    copy_member("token", token, sizeof token);
    (void)snprintf(path, sizeof path, "/v1/stats?min_version=%s", token);
    assert_holds(ask("GET", path, ""), "HTTP/1.1 200");
    (void)snprintf(path, sizeof path, "/v1/recall?min_version=%s", token);
    assert_holds(ask("POST", path, "{\"text\":\"tea\"}"), "HTTP/1.1 200");
    token[strlen(token) - 1] ^= 1;
    (void)snprintf(path, sizeof path, "/v1/stats?min_version=%s", token);
    assert_holds(ask("GET", path, ""), "\"rule\":\"token\"");
}
