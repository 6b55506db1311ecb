/*
 * HTTP requests that end in time: deadlines, bounded answers, retries. By libcurl, whose types stay in http_client.c
 * and which is loaded at the first request: a program that sends none neither maps it nor needs it.
 *
 * URLs are the operator's, never a caller's. Only http and https; certificates are always checked; redirects are not
 * followed; .netrc is not read; a proxy is used for https alone (HTTPS_PROXY, ALL_PROXY, NO_PROXY), which then sees
 * neither texts nor keys. No signal is used or raised. Messages name the peer as the request does and never hold a key,
 * a body, or anything that the other side wrote.
 */
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include "base/env.h"
#include "base/strbuf.h"

struct http_client;

struct http_client_options {
    struct env env; /* clock and jitter; zeroed: the system's. Its monotonic clock has to run */
    const char *ca_file; /* PEM, instead of the system's authorities; copied; NULL: theirs */
    unsigned attempts;   /* of one request; 0: HTTP_ATTEMPTS */
    int64_t backoff_ms;  /* the longest first wait, doubled each time; 0: HTTP_BACKOFF_MS */
};
#define HTTP_ATTEMPTS 4
#define HTTP_BACKOFF_MS 250

/* A client is shared by threads; each request takes a connection of its pool, or makes one. Touches no network. */
enum mneme_code http_client_new(const struct http_client_options *options, struct http_client **out,
                                struct mneme_error *err) MUST_CHECK;
void http_client_free(struct http_client *client); /* NULL is allowed; no request may be running */

struct http_request {
    const char *url;
    const char *peer;   /* what messages call the other side: host and port */
    const char *bearer; /* the key, sent as Authorization; NULL: none */
    const char *body;   /* JSON: a POST; NULL: a GET */
    size_t body_length;
    int64_t timeout_ms; /* for all attempts and waits together */
};

struct http_answer {
    int status;   /* of the last attempt; 0: none came */
    bool is_json; /* by its content type */
    int64_t
        retry_after_us; /* how long the other side asks to wait, at most LIMIT_RETRY_AFTER_S; 0: it does not */
};

/*
 * Sends, and again after a failed connection, a broken answer, 429 or 5xx: requests have to be such that twice does no
 * harm. Waits are random up to a bound that doubles, or what Retry-After asks (seconds or a date); a wait that would
 * pass the deadline is not begun. The answer's body goes into `body`, whose maximum bounds it.
 *
 * OK: an answer of any other status, 2xx or not. UNAVAILABLE: not reached, or 429 or 5xx to the last. TIMEOUT: the time
 * is over. REMOTE: no HTTP, too long an answer, or a certificate that does not hold. UNSUPPORTED: libcurl is not there.
 */
enum mneme_code http_client_send(struct http_client *client, const struct http_request *request,
                                 struct strbuf *body, struct http_answer *answer,
                                 struct mneme_error *err) MUST_CHECK;

#endif
