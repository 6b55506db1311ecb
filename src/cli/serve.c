#include "cli/serve.h"

#include "base/error.h"
#include "http/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT 7337
#define ADDRESS_BYTES 64

/* `ADDRESS:PORT`, `[ADDRESS]:PORT` or `PORT`. */
static enum mneme_code read_listen(const char *text, char address[ADDRESS_BYTES],
                                   struct http_options *out, struct mneme_error *err)
{
    *out = (struct http_options){.address = NULL, .port = PORT};
    if (text == NULL) {
        return MNEME_OK;
    }
    const char *colon = strrchr(text, ':'), *digits = colon ? colon + 1 : text;
    size_t length = colon ? (size_t)(colon - text) : 0;
    bool is_bracketed = length > 2 && text[0] == '[' && text[length - 1] == ']';
    char *end;
    unsigned long port = strtoul(digits, &end, 10);
    if (digits[0] < '0' || digits[0] > '9' || *end != '\0' || port > UINT16_MAX ||
        length >= ADDRESS_BYTES) {
        return error_field(err, MNEME_INVALID, "listen", "address", "'%.80s' is no ADDRESS:PORT",
                           text);
    }
    if (length > 0) {
        (void)snprintf(address, ADDRESS_BYTES, "%.*s", (int)(length - 2 * is_bracketed),
                       text + is_bracketed);
        out->address = address;
    }
    out->port = (uint16_t)port;
    return MNEME_OK;
}

static void say_where(const struct serve *serve, const struct http_server *server,
                      const struct http_options *listen)
{
    const char *address = listen->address ? listen->address : "127.0.0.1";
    bool is_six = strchr(address, ':') != NULL;
    (void)fprintf(
        stderr,
        "mneme serves http://%s%s%s:%u/v1 to this machine alone, without a key, as user '%s'\n",
        is_six ? "[" : "", address, is_six ? "]" : "", http_server_port(server),
        serve->user ? serve->user : "default");
}

enum mneme_code serve_run(const struct serve *serve, struct mneme_error *err)
{
    char address[ADDRESS_BYTES];
    struct http_settings settings = {.url = serve->url, .user = serve->user, .model = serve->model};
    struct http_server *server;
    sigset_t signals;
    int received;
    enum mneme_code code = read_listen(serve->listen, address, &settings.listen, err);
    if (code != MNEME_OK) {
        return code;
    }
    // Threads that are started now inherit it: the signals are for sigwait.
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    code = http_server_start(&settings, &server, err);
    if (code == MNEME_OK) {
        say_where(serve, server, &settings.listen);
        (void)sigwait(&signals, &received);
        (void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
        http_server_stop(server);
    }
    return code;
}
