/* Lines in, lines out: the reading thread and the worker behind it. */
#include "mcp/stdio.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REMEMBER                                                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":\"r%d\",\"method\":\"tools/call\",\"params\":{\"name\":"          \
    "\"remember\",\"arguments\":{\"content\":\"fact %d\"}}}\n"

static struct support_dir folder;
static char store[300];
static struct mcp_server *server;
static int to_server[2], from_server[2];
static char answers[1 << 20];
static size_t length;

static void begin(void)
{
    support_dir_init(&folder);
    (void)snprintf(store, sizeof store, "%s", support_dir_file(&folder, "mcp.db"));
    struct mcp_settings settings = {.url = store, .model = "hash"};
    cr_assert_eq(mcp_server_new(&settings, &server, NULL), MNEME_OK);
    cr_assert_eq(pipe(to_server), 0);
    cr_assert_eq(pipe(from_server), 0);
}

static void end(void)
{
    mcp_server_free(server);
    support_dir_clear(&folder);
}

/* Keeps all that comes, so that the server never waits for a reader. */
static void *read_all(void *unused)
{
    ssize_t got;
    (void)unused;
    while ((got = read(from_server[0], answers + length, sizeof answers - 1 - length)) > 0) {
        length += (size_t)got;
    }
    answers[length] = '\0';
    return NULL;
}

static void send_text(const char *text)
{
    cr_assert_eq(write(to_server[1], text, strlen(text)), (ssize_t)strlen(text));
}

static void (*session)(void); // what the client writes

static void *write_session(void *unused)
{
    (void)unused;
    session();
    (void)close(to_server[1]);
    return NULL;
}

/* Runs the server on what the client writes until it closes. Everything that was answered. */
static const char *serve(void (*client)(void))
{
    session = client;
    pthread_t reader, writer;
    cr_assert_eq(pthread_create(&reader, NULL, read_all, NULL), 0);
    cr_assert_eq(pthread_create(&writer, NULL, write_session, NULL), 0);
    cr_assert_eq(mcp_stdio_run(server, to_server[0], from_server[1], NULL), MNEME_OK);
    (void)close(from_server[1]);
    (void)pthread_join(writer, NULL);
    (void)pthread_join(reader, NULL);
    return answers;
}

TestSuite(mcp_stdio_threads, .init = begin, .fini = end, .timeout = 60);

static void many_calls(void)
{
    for (int i = 0; i < 400; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, REMEMBER, i, i);
        send_text(line);
    }
}

Test(mcp_stdio_threads, answers_calls_in_their_order_and_all_of_them_before_it_ends)
{
    const char *at = serve(many_calls);
    for (int i = 0; i < 400; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "\"id\":\"r%d\"", i);
        at = strstr(at, id);
        cr_assert_not_null(at, "no answer to call %d, or not in its place", i);
    }
}

static void noise(void)
{
    send_text("no json\n\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"no/such\"}\r\n");
    send_text("{\"jsonrpc\":\"2.0\",\"id\":2,\"meth"); // in two parts, without an end of line
    send_text("od\":\"ping\"}");
}

Test(mcp_stdio_threads, leaves_unanswered_what_is_no_message_and_goes_on)
{
    cr_assert_str_eq(
        serve(noise),
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"Method "
        "not found\"}}\n{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n");
}

static void follow_and_write(void)
{
    send_text(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/subscribe\",\"params\":{\"uri\":"
        "\"memory://stats\"}}\n");
    many_calls();
    (void)usleep(700 * 1000); // longer than the reading thread waits before it looks, too
}

Test(mcp_stdio_threads, tells_of_changes_while_calls_are_answered)
{
    cr_assert_not_null(strstr(serve(follow_and_write), "notifications/resources/updated"));
}
