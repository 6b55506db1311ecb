#include "http/daemon.h"

#include "base/alloc.h"
#include "base/library.h"
#include "base/limits.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LIBRARY "libmicrohttpd.so.12"
#define PACKAGE "libmicrohttpd12"

// rows of a table
/* clang-format off */

/* The library's functions that are used, found by name when it is loaded. */
#define FUNCTIONS(each) \
    each(MHD_start_daemon) each(MHD_stop_daemon) each(MHD_quiesce_daemon) each(MHD_get_daemon_info) \
    each(MHD_lookup_connection_value) each(MHD_get_connection_values) \
    each(MHD_create_response_from_buffer) each(MHD_add_response_header) each(MHD_queue_response) \
    each(MHD_destroy_response)

struct library {
#define POINTER(name) __typeof__(&name) name;
    FUNCTIONS(POINTER)
#undef POINTER
};

/* clang-format on */

static struct library library;
static const char *load_failure; // NULL: it is there
static pthread_once_t load_once = PTHREAD_ONCE_INIT;

static void load(void)
{
    static const char *const names[] = {LIBRARY, NULL};
#define SYMBOL(name) {#name, &library.name},
    const struct library_symbol symbols[] = {FUNCTIONS(SYMBOL)};
#undef SYMBOL
    load_failure = library_open(names, symbols, sizeof symbols / sizeof *symbols);
}

struct http_daemon {
    struct http_handler handler;
    struct MHD_Daemon *library; /* the library's */
    uint16_t port;
};

/* A request while its body comes in. */
struct incoming {
    struct strbuf body;
    struct arena arena;
};

static const struct {
    int status;
    const char *words;
} status_words[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
};

const char *http_status_words(int status)
{
    for (size_t i = 0; i < sizeof status_words / sizeof *status_words; i++) {
        if (status_words[i].status == status) {
            return status_words[i].words;
        }
    }
    return "Error";
}

// --- what a handler asks ---------------------------------------------------------------------

const char *http_request_header(const struct http_request *request, const char *name)
{
    return library.MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

struct query_walk {
    void (*each)(void *context, const char *name, const char *value);
    void *context;
};

static enum MHD_Result walk_query(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct query_walk *walk = context;
    (void)kind;
    walk->each(walk->context, name, value ? value : "");
    return MHD_YES;
}

void http_request_each_query(const struct http_request *request,
                             void (*each)(void *context, const char *name, const char *value),
                             void *context)
{
    struct query_walk walk = {each, context};
    (void)library.MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, walk_query,
                                            &walk);
}

void http_response_add_header(struct http_response *response, const char *name, const char *value)
{
    if (response->header_count < HTTP_HEADERS_MAX && value != NULL) {
        response->headers[response->header_count++] = (struct http_header){name, value};
    }
}

// --- requests that are none ------------------------------------------------------------------

struct framing {
    unsigned hosts, lengths, codings;
    bool has_other_coding;
    unsigned long long length;
};

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct framing *framing = context;
    (void)kind;
    if (strcasecmp(name, "Host") == 0) {
        framing->hosts++;
    } else if (strcasecmp(name, "Content-Length") == 0) {
        framing->lengths++;
        framing->length = 0;
        for (const char *at = value; at && *at >= '0' && *at <= '9'; at++) {
            framing->length = framing->length > LIMIT_FILE_BYTES
                                  ? framing->length
                                  : framing->length * 10 + (unsigned)(*at - '0');
        }
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        framing->codings++;
        framing->has_other_coding |= value == NULL || strcasecmp(value, "chunked") != 0;
    }
    return MHD_YES;
}

/* A message whose length two readers could see differently is refused before its body is read. */
static const char *check_framing(struct MHD_Connection *connection, const char *version,
                                 struct framing *framing)
{
    (void)library.MHD_get_connection_values(connection, MHD_HEADER_KIND, count_header, framing);
    if (framing->lengths > 1 || framing->codings > 1 || (framing->lengths && framing->codings)) {
        return "the length of the body is given twice";
    }
    if (framing->has_other_coding) {
        return "the transfer coding is not supported";
    }
    bool needs_host = strcmp(version, "HTTP/1.0") != 0;
    return framing->hosts > 1 || (needs_host && framing->hosts == 0) ? "there must be one Host"
                                                                     : NULL;
}

// --- answering -------------------------------------------------------------------------------

static enum MHD_Result send_response(struct MHD_Connection *connection,
                                     struct http_response *response)
{
    enum MHD_Result sent = MHD_NO;
    bool is_whole = strbuf_code(&response->body) == MNEME_OK;
    size_t length = is_whole && response->content_type ? response->body.length : 0;
    struct MHD_Response *out = library.MHD_create_response_from_buffer(
        length, length > 0 ? response->body.text : (char[]){""}, MHD_RESPMEM_MUST_COPY);
    if (out != NULL) {
        bool is_ready = true;
        if (response->content_type != NULL) {
            is_ready = library.MHD_add_response_header(out, "Content-Type",
                                                       response->content_type) == MHD_YES;
        }
        for (size_t i = 0; is_ready && i < response->header_count; i++) {
            is_ready = library.MHD_add_response_header(out, response->headers[i].name,
                                                       response->headers[i].value) == MHD_YES;
        }
        if (is_ready && response->closes) {
            is_ready = library.MHD_add_response_header(out, "Connection", "close") == MHD_YES;
        }
        if (is_ready) {
            unsigned status = is_whole ? (unsigned)response->status : 500;
            sent = library.MHD_queue_response(connection, status, out);
        }
        library.MHD_destroy_response(out);
    }
    strbuf_clear(&response->body);
    return sent;
}

static enum MHD_Result refuse(struct http_daemon *daemon, struct MHD_Connection *connection,
                              int status, const char *reason)
{
    struct http_response response = {.status = status, .closes = true};
    strbuf_init(&response.body, LIMIT_JSON_BYTES);
    daemon->handler.refuse(daemon->handler.context, status, reason, &response);
    return send_response(connection, &response);
}

static enum MHD_Result answer(struct http_daemon *daemon, struct MHD_Connection *connection,
                              const char *path, const char *method, struct incoming *incoming)
{
    struct http_response response = {.status = 500};
    struct http_request request = {.method = method,
                                   .path = path,
                                   .body = incoming->body.text,
                                   .body_length = incoming->body.length,
                                   .arena = &incoming->arena,
                                   .connection = connection};
    strbuf_init(&response.body, LIMIT_RESULT_BYTES);
    daemon->handler.answer(daemon->handler.context, &request, &response);
    return send_response(connection, &response);
}

/* The first call of a request, when its head is there. */
static enum MHD_Result begin(struct http_daemon *daemon, struct MHD_Connection *connection,
                             const char *path, const char *method, const char *version,
                             void **state)
{
    struct framing framing = {0};
    const char *reason = check_framing(connection, version, &framing);
    size_t most = daemon->handler.body_max(daemon->handler.context, method, path);
    if (reason != NULL) {
        return refuse(daemon, connection, 400, reason);
    }
    if (framing.length > most) {
        return refuse(daemon, connection, 413, "the body is too long");
    }
    struct incoming *incoming = mem_alloc_zero(1, sizeof *incoming);
    if (incoming == NULL) {
        return MHD_NO;
    }
    strbuf_init(&incoming->body, most);
    arena_init(&incoming->arena);
    *state = incoming;
    return MHD_YES;
}

static enum MHD_Result take(void *context, struct MHD_Connection *connection, const char *path,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_length, void **state)
{
    struct http_daemon *daemon = context;
    struct incoming *incoming = *state;
    if (incoming == NULL) {
        return begin(daemon, connection, path, method, version, state);
    }
    if (*upload_length > 0) {
        strbuf_add(&incoming->body, upload, *upload_length);
        *upload_length = 0;
        return MHD_YES;
    }
    enum mneme_code code = strbuf_code(&incoming->body);
    if (code != MNEME_OK) {
        return refuse(daemon, connection, code == MNEME_LIMIT ? 413 : 503,
                      code == MNEME_LIMIT ? "the body is too long" : "out of memory");
    }
    return answer(daemon, connection, path, method, incoming);
}

static void finish(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode reason)
{
    struct incoming *incoming = *state;
    (void)context;
    (void)connection;
    (void)reason;
    if (incoming != NULL) {
        strbuf_clear(&incoming->body);
        arena_clear(&incoming->arena);
        mem_free(incoming);
        *state = NULL;
    }
}

// --- listening -------------------------------------------------------------------------------

/* The address as the system takes it; false if it is none. */
static bool read_address(const struct http_options *options, struct sockaddr_storage *out)
{
    const char *text = options->address ? options->address : "127.0.0.1";
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(options->port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(options->port);
        return true;
    }
    return false;
}

static unsigned count_threads(const struct http_options *options)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return options->threads ? options->threads : processors > 1 ? (unsigned)processors : 1;
}

static enum mneme_code listen_on(struct http_daemon *daemon, const struct http_options *options,
                                 struct mneme_error *err)
{
    struct sockaddr_storage address;
    if (!read_address(options, &address)) {
        return error_field(err, MNEME_INVALID, "listen", "address", "'%.60s' is no numeric address",
                           options->address);
    }
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD;
    flags |= address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0;
    unsigned connections = options->connections ? options->connections : LIMIT_HTTP_CONNECTIONS;
    unsigned threads = count_threads(options);
    daemon->library = library.MHD_start_daemon(
        flags, 0, NULL, NULL, take, daemon, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)LIMIT_HTTP_IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_HTTP_HEAD_BYTES,
        MHD_OPTION_NOTIFY_COMPLETED, finish, NULL, MHD_OPTION_END);
    if (daemon->library == NULL) {
        return error_set(err, MNEME_UNAVAILABLE, "cannot listen on %.60s port %u",
                         options->address ? options->address : "127.0.0.1", options->port);
    }
    const union MHD_DaemonInfo *info =
        library.MHD_get_daemon_info(daemon->library, MHD_DAEMON_INFO_BIND_PORT);
    daemon->port = info ? info->port : options->port;
    return MNEME_OK;
}

enum mneme_code http_daemon_start(const struct http_options *options,
                                  const struct http_handler *handler, struct http_daemon **out,
                                  struct mneme_error *err)
{
    *out = NULL;
    (void)pthread_once(&load_once, load);
    if (load_failure != NULL) {
        return error_set(err, MNEME_UNAVAILABLE,
                         "the HTTP library (%s) cannot be loaded; its package is " PACKAGE,
                         load_failure);
    }
    struct http_daemon *daemon = mem_alloc_zero(1, sizeof *daemon);
    if (daemon == NULL) {
        return error_nomem(err);
    }
    daemon->handler = *handler;
    enum mneme_code code = listen_on(daemon, options, err);
    if (code != MNEME_OK) {
        mem_free(daemon);
        return code;
    }
    *out = daemon;
    return MNEME_OK;
}

uint16_t http_daemon_port(const struct http_daemon *daemon)
{
    return daemon->port;
}

void http_daemon_stop(struct http_daemon *daemon)
{
    if (daemon != NULL) {
        library.MHD_stop_daemon(daemon->library);
        mem_free(daemon);
    }
}
