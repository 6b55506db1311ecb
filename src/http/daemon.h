/*
 * The HTTP library (libmicrohttpd) behind one file: listening, requests, responses. The library is loaded when a daemon
 * is first started, so that programs that serve nothing do not pay for it.
 *
 * The handler runs in the daemon's threads, several at a time. A request and its texts live until the handler returns.
 *
 * What a handler never sees, because it is refused before the body is read and the connection closed: two of Host,
 * Content-Length or Transfer-Encoding, both of the last two, a coding other than `chunked`, no Host (HTTP/1.1), a body
 * longer than the handler's bound.
 */
#ifndef HTTP_DAEMON_H
#define HTTP_DAEMON_H

#include "base/arena.h"
#include "base/strbuf.h"

#define HTTP_HEADERS_MAX 12 /* of a response */

struct http_request {
    const char *method, *path; /* the path without its query, percent-decoded */
    const char *body;          /* NUL-terminated; never NULL */
    size_t body_length;
    struct arena *arena; /* of the request */
    void *connection;    /* the library's */
};

/* The header's value, found without regard to case; NULL if absent. */
const char *http_request_header(const struct http_request *request, const char *name);
/* Calls with each pair of the query, decoded; a name without `=` has the value "". */
void http_request_each_query(const struct http_request *request,
                             void (*each)(void *context, const char *name, const char *value),
                             void *context);

struct http_header {
    const char *name, *value; /* in the request's arena, or constant */
};

struct http_response {
    int status;
    const char *content_type; /* NULL: no body */
    struct strbuf body;
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t header_count;
    bool closes; /* the connection after it */
};
void http_response_add_header(struct http_response *response, const char *name, const char *value);

struct http_handler {
    /* The longest body that is taken for a request; asked before it is read. */
    size_t (*body_max)(void *context, const char *method, const char *path);
    void (*answer)(void *context, const struct http_request *request,
                   struct http_response *response);
    /* What is refused before it becomes a request: body and type of such an answer. */
    void (*refuse)(void *context, int status, const char *reason, struct http_response *response);
    void *context;
};

struct http_options {
    const char *address;  /* numeric; NULL: 127.0.0.1 */
    uint16_t port;        /* 0: any that is free */
    unsigned threads;     /* 0: as many as processors */
    unsigned connections; /* at most, at a time; 0: LIMIT_HTTP_CONNECTIONS */
};

struct http_daemon;

/* UNAVAILABLE if the address is taken or the library is missing (its package is named). */
enum mneme_code http_daemon_start(const struct http_options *options,
                                  const struct http_handler *handler, struct http_daemon **out,
                                  struct mneme_error *err) MUST_CHECK;
uint16_t http_daemon_port(const struct http_daemon *daemon);
/* No new connections; waits for the requests under way, frees. NULL is allowed. */
void http_daemon_stop(struct http_daemon *daemon);

/* The usual words of a status: "Not Found". */
const char *http_status_words(int status);

#endif
