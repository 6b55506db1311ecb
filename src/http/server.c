#include "http/server.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "http/rest.h"
#include "http/self_description.h"

#include <string.h>
#include <strings.h>

struct http_server {
    mneme *memory;
    struct http_daemon *daemon;
    struct self_description self;
};

// --- who asks --------------------------------------------------------------------------------

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* The name in `host` or `host:port`, of localhost or a loopback address. */
static bool is_local_host(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (strncasecmp(host, names[i], length) == 0 &&
            (host[length] == '\0' ||
             (host[length] == ':' &&
              strspn(host + length + 1, "0123456789") == strlen(host + length + 1)))) {
            return true;
        }
    }
    return false;
}

static bool is_local_origin(const char *origin)
{
    const char *host = strstr(origin, "://");
    return host != NULL && is_local_host(host + 3);
}

/* A page of another site must not reach a server on the reader's own machine, not by a name of its own either. */
static bool is_foreign(const struct http_request *request)
{
    const char *host = http_request_header(request, "Host");
    const char *origin = http_request_header(request, "Origin");
    return (host != NULL && !is_local_host(host)) || (origin != NULL && !is_local_origin(origin));
}

// --- routes ----------------------------------------------------------------------------------

/* True, and answered, if the path is about the server itself. */
static bool answer_health(struct http_server *server, const struct http_request *request,
                          struct http_response *response)
{
    bool is_ready = strcmp(request->path, "/readyz") == 0;
    if (!is_ready && strcmp(request->path, "/healthz") != 0) {
        return false;
    }
    mneme_result *result = NULL;
    enum mneme_code code =
        is_ready ? mneme_call(server->memory, "user.show", "{}", &result, NULL) : MNEME_OK;
    mneme_result_free(result);
    // That there is no such user yet was answered by a store that is there.
    bool is_well = code == MNEME_OK || code == MNEME_NOT_FOUND;
    response->status = is_well ? 200 : 503;
    response->content_type = "application/json";
    strbuf_add_text(&response->body,
                    is_well ? "{\"status\":\"ok\"}" : "{\"status\":\"unavailable\"}");
    http_response_add_header(response, "Cache-Control", "no-store");
    return true;
}

static void answer(void *context, const struct http_request *request,
                   struct http_response *response)
{
    struct http_server *server = context;
    http_response_add_header(response, "X-Content-Type-Options", "nosniff");
    if (is_foreign(request)) {
        rest_write_problem(response, 403, "DENIED", "the Host or Origin is not this machine's");
        return;
    }
    if (answer_health(server, request, response) ||
        self_description_answer(&server->self, request, response)) {
        return;
    }
    struct route route = rest_find(request->method, request->path);
    if (route.operation != NULL) {
        rest_answer(server->memory, route.operation, request, response);
    } else if (route.has_path) {
        rest_write_problem(response, 405, NULL, "the path has no such method");
        http_response_add_header(response, "Allow", rest_methods(request->path, request->arena));
    } else {
        rest_write_problem(response, 404, "NOT_FOUND", "there is no such path");
    }
}

static void refuse(void *context, int status, const char *reason, struct http_response *response)
{
    (void)context;
    rest_write_problem(response, status, NULL, reason);
}

static size_t body_max(void *context, const char *method, const char *path)
{
    (void)context;
    return rest_body_max(rest_find(method, path).operation);
}

// --- the server ------------------------------------------------------------------------------

enum mneme_code http_server_start(const struct http_settings *settings, struct http_server **out,
                                  struct mneme_error *err)
{
    const struct mneme_options options = {.size = sizeof options,
                                          .url = settings->url,
                                          .user = settings->user,
                                          .model = settings->model};
    *out = NULL;
    if (settings->listen.address != NULL && !is_loopback(settings->listen.address)) {
        return error_field(err, MNEME_DENIED, "listen", "loopback",
                           "without keys only a loopback address is served");
    }
    struct http_server *server = mem_alloc_zero(1, sizeof *server);
    if (server == NULL) {
        return error_nomem(err);
    }
    const struct http_handler handler = {
        .body_max = body_max, .answer = answer, .refuse = refuse, .context = server};
    enum mneme_code code = self_description_init(&server->self, err);
    if (code == MNEME_OK) {
        code = mneme_open(&options, &server->memory, err);
    }
    if (code == MNEME_OK) {
        code = http_daemon_start(&settings->listen, &handler, &server->daemon, err);
    }
    if (code != MNEME_OK) {
        http_server_stop(server);
        return code;
    }
    *out = server;
    return MNEME_OK;
}

uint16_t http_server_port(const struct http_server *server)
{
    return http_daemon_port(server->daemon);
}

void http_server_stop(struct http_server *server)
{
    if (server != NULL) {
        http_daemon_stop(server->daemon);
        mneme_close(server->memory);
        self_description_clear(&server->self);
        mem_free(server);
    }
}
