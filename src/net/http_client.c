/*
 * libcurl's easy interface: a handle, with its connections, serves one request at a time and waits in the pool for the
 * next. The library is opened when it is first wanted, and its functions are called through a table.
 */
#include "net/http_client.h"

#include "base/alloc.h"
#include "base/library.h"
#include "base/limits.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* How long a connection may take to be made, within the request's time. */
#define CONNECT_TIMEOUT_MS 5000
#define BACKOFF_MAX_MS 8000

struct curl_functions {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
    CURLcode (*easy_perform)(CURL *handle);
    CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
    void (*easy_reset)(CURL *handle);
    void (*easy_cleanup)(CURL *handle);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
};

// libcurl's set-up is the process's, so this is too. It is never unloaded: a thread of its own may look up a name.
static struct curl_functions curl;
static bool is_loaded;
static pthread_once_t load_once = PTHREAD_ONCE_INIT;

static void load(void)
{
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib",
                                        NULL};
    const struct library_symbol functions[] = {
        {"curl_global_init", &curl.global_init},       {"curl_easy_init", &curl.easy_init},
        {"curl_easy_setopt", &curl.easy_setopt},       {"curl_easy_perform", &curl.easy_perform},
        {"curl_easy_getinfo", &curl.easy_getinfo},     {"curl_easy_reset", &curl.easy_reset},
        {"curl_easy_cleanup", &curl.easy_cleanup},     {"curl_slist_append", &curl.slist_append},
        {"curl_slist_free_all", &curl.slist_free_all},
    };
    is_loaded = library_open(names, functions, sizeof functions / sizeof *functions) == NULL &&
                curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

struct http_client {
    struct env env;
    char *ca_file;
    unsigned attempts;
    int64_t backoff_ms;
    pthread_mutex_t lock; /* guards the pool */
    CURL *idle[LIMIT_HTTP_IDLE];
    size_t idle_count;
};

enum mneme_code http_client_new(const struct http_client_options *options, struct http_client **out,
                                struct mneme_error *err)
{
    *out = NULL;
    struct http_client *client = mem_alloc_zero(1, sizeof *client);
    if (client == NULL) {
        return error_nomem(err);
    }
    client->env = options->env.monotonic_us ? options->env : env_system();
    client->attempts = options->attempts ? options->attempts : HTTP_ATTEMPTS;
    client->backoff_ms = options->backoff_ms ? options->backoff_ms : HTTP_BACKOFF_MS;
    client->ca_file = mem_copy_text(options->ca_file);
    if (client->ca_file == NULL && options->ca_file != NULL) {
        mem_free(client);
        return error_nomem(err);
    }
    pthread_mutex_init(&client->lock, NULL);
    *out = client;
    return MNEME_OK;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL) {
        return;
    }
    for (size_t i = 0; i < client->idle_count; i++) {
        curl.easy_cleanup(client->idle[i]);
    }
    pthread_mutex_destroy(&client->lock);
    mem_free(client->ca_file);
    mem_free(client);
}

static CURL *take_handle(struct http_client *client)
{
    CURL *handle = NULL;
    pthread_mutex_lock(&client->lock);
    if (client->idle_count > 0) {
        handle = client->idle[--client->idle_count];
    }
    pthread_mutex_unlock(&client->lock);
    return handle ? handle : curl.easy_init();
}

static void give_handle(struct http_client *client, CURL *handle)
{
    curl.easy_reset(handle); // which forgets the key, and keeps the connections
    pthread_mutex_lock(&client->lock);
    bool is_kept = client->idle_count < LIMIT_HTTP_IDLE;
    if (is_kept) {
        client->idle[client->idle_count++] = handle;
    }
    pthread_mutex_unlock(&client->lock);
    if (!is_kept) {
        curl.easy_cleanup(handle);
    }
}

/* What one attempt gathers. */
struct attempt {
    struct strbuf *body;
    struct http_answer *answer;
    size_t header_bytes;
    bool is_passing; /* it failed in a way that may pass */
};

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct attempt *attempt = context;
    strbuf_add(attempt->body, bytes, size * count);
    return strbuf_code(attempt->body) == MNEME_OK ? size * count : 0;
}

/* libcurl keeps headers for whoever asks later; endless ones would be kept too. */
static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct attempt *attempt = context;
    (void)bytes;
    attempt->header_bytes += size * count;
    return attempt->header_bytes <= LIMIT_HTTP_HEADER_BYTES ? size * count : 0;
}

static struct curl_slist *headers_of(const struct http_request *request)
{
    static const char *const usual[] = {"Accept: application/json",
                                        "Expect:", "Content-Type: application/json"};
    struct curl_slist *list = NULL, *longer = NULL;
    size_t count = sizeof usual / sizeof *usual - (request->body ? 0 : 1);
    for (size_t i = 0; i < count; i++) {
        longer = curl.slist_append(list, usual[i]);
        if (longer == NULL) {
            curl.slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

static CURLcode configure(CURL *handle, const struct http_client *client,
                          const struct http_request *request, long timeout_ms)
{
    long connect_ms = timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms : CONNECT_TIMEOUT_MS;
    CURLcode code = curl.easy_setopt(handle, CURLOPT_URL, request->url);
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {{CURLOPT_NOSIGNAL, 1},
                   {CURLOPT_TIMEOUT_MS, timeout_ms},
                   {CURLOPT_CONNECTTIMEOUT_MS, connect_ms},
                   {CURLOPT_QUICK_EXIT, 1}, // a name that is not answered must not hold us up
                   {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
                   {CURLOPT_SSL_VERIFYPEER, 1},
                   {CURLOPT_SSL_VERIFYHOST, 2},
                   {CURLOPT_FOLLOWLOCATION, 0},
                   {CURLOPT_NETRC, CURL_NETRC_IGNORED},
                   {CURLOPT_TCP_KEEPALIVE, 1}};
    for (size_t i = 0; code == CURLE_OK && i < sizeof numbers / sizeof *numbers; i++) {
        code = curl.easy_setopt(handle, numbers[i].option, numbers[i].value);
    }
    if (code == CURLE_OK) {
        code = curl.easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    }
    if (code == CURLE_OK && strncasecmp(request->url, "https:", 6) != 0) {
        code = curl.easy_setopt(handle, CURLOPT_PROXY, "");
    }
    if (code == CURLE_OK && client->ca_file != NULL) {
        code = curl.easy_setopt(handle, CURLOPT_CAINFO, client->ca_file);
    }
    if (code == CURLE_OK && request->bearer != NULL) {
        code = curl.easy_setopt(handle, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        if (code == CURLE_OK) {
            code = curl.easy_setopt(handle, CURLOPT_XOAUTH2_BEARER, request->bearer);
        }
    }
    return code == CURLE_OK ? curl.easy_setopt(handle, CURLOPT_USERAGENT, "mneme") : code;
}

static CURLcode configure_bodies(CURL *handle, const struct http_request *request,
                                 struct curl_slist *headers, struct attempt *attempt)
{
    CURLcode code = curl.easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    if (code == CURLE_OK && request->body != NULL) {
        code =
            curl.easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
        if (code == CURLE_OK) {
            code = curl.easy_setopt(handle, CURLOPT_POSTFIELDS, request->body);
        }
    }
    if (code == CURLE_OK) {
        code = curl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    }
    if (code == CURLE_OK) {
        code = curl.easy_setopt(handle, CURLOPT_WRITEDATA, attempt);
    }
    if (code == CURLE_OK) {
        code = curl.easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
    }
    return code == CURLE_OK ? curl.easy_setopt(handle, CURLOPT_HEADERDATA, attempt) : code;
}

/* A TLS library may write to a closed connection with write(2), which raises SIGPIPE: here it stays unseen. */
static CURLcode perform_quietly(CURL *handle)
{
    sigset_t pipe, before, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    CURLcode code = curl.easy_perform(handle);
    if (!was_pending) {
        static const struct timespec at_once = {0, 0};
        while (sigtimedwait(&pipe, NULL, &at_once) > 0) {}
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

static void read_answer(CURL *handle, struct http_answer *answer)
{
    long status = 0;
    curl_off_t seconds = 0;
    char *type = NULL;
    (void)curl.easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    (void)curl.easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
    (void)curl.easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds);
    seconds = seconds < 0 ? 0 : seconds > LIMIT_RETRY_AFTER_S ? LIMIT_RETRY_AFTER_S : seconds;
    *answer = (struct http_answer){.status = (int)status,
                                   .is_json = type != NULL && strcasestr(type, "json") != NULL,
                                   .retry_after_us = (int64_t)seconds * 1000000};
}

/* A failure of the connection: is it worth another attempt, and what does it come to? */
static enum mneme_code judge(CURLcode failure, const char *peer, struct attempt *attempt,
                             struct mneme_error *err)
{
    switch (failure) {
    case CURLE_OUT_OF_MEMORY: return error_nomem(err);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return error_set(err, MNEME_REMOTE, "'%.90s' does not answer in HTTP", peer);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return error_set(err, MNEME_REMOTE, "the certificate of '%.90s' cannot be verified", peer);
    case CURLE_WRITE_ERROR:
        if (strbuf_code(attempt->body) == MNEME_NOMEM) {
            return error_nomem(err);
        }
        return error_set(err, MNEME_REMOTE, "the answer of '%.90s' is too long", peer);
    case CURLE_UNKNOWN_OPTION:
    case CURLE_NOT_BUILT_IN:
        return error_set(err, MNEME_UNSUPPORTED, "this libcurl is too old, or lacks TLS");
    case CURLE_OPERATION_TIMEDOUT:
        attempt->is_passing = true;
        return error_set(err, MNEME_UNAVAILABLE, "'%.90s' does not answer in time", peer);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
        attempt->is_passing = true;
        return error_set(err, MNEME_UNAVAILABLE, "'%.90s' breaks off its answer", peer);
    default:
        attempt->is_passing = true;
        return error_set(err, MNEME_UNAVAILABLE, "'%.90s' cannot be reached", peer);
    }
}

/* Sends once, in at most timeout_ms. */
static enum mneme_code send_once(struct http_client *client, const struct http_request *request,
                                 int64_t timeout_ms, struct attempt *attempt,
                                 struct mneme_error *err)
{
    strbuf_truncate(attempt->body, 0);
    *attempt->answer = (struct http_answer){0};
    CURL *handle = take_handle(client);
    if (handle == NULL) {
        return error_nomem(err);
    }
    struct curl_slist *headers = headers_of(request);
    CURLcode failure =
        headers ? configure(handle, client, request, (long)timeout_ms) : CURLE_OUT_OF_MEMORY;
    if (failure == CURLE_OK) {
        failure = configure_bodies(handle, request, headers, attempt);
    }
    if (failure == CURLE_OK) {
        failure = perform_quietly(handle);
    }
    if (failure == CURLE_OK) {
        read_answer(handle, attempt->answer);
    }
    give_handle(client, handle);
    curl.slist_free_all(headers);
    if (failure != CURLE_OK) {
        return judge(failure, request->peer, attempt, err);
    }
    int status = attempt->answer->status;
    attempt->is_passing = status == 429 || status == 408 || status >= 500;
    return attempt->is_passing ? error_set(err, MNEME_UNAVAILABLE, "'%.90s' answers with status %d",
                                           request->peer, status)
                               : MNEME_OK;
}

static int64_t random_up_to(const struct env *env, int64_t bound)
{
    uint64_t number = 0;
    if (bound <= 0 || !env->random(env->context, &number, sizeof number)) {
        return bound > 0 ? bound : 0;
    }
    return (int64_t)(number % (uint64_t)(bound + 1));
}

/* Full jitter, so that many clients that fail together do not come back together. */
static int64_t wait_before(const struct http_client *client, unsigned attempt,
                           int64_t retry_after_us)
{
    int64_t bound_ms = client->backoff_ms;
    for (unsigned i = 0; i < attempt && bound_ms < BACKOFF_MAX_MS; i++) {
        bound_ms *= 2;
    }
    bound_ms = bound_ms < BACKOFF_MAX_MS ? bound_ms : BACKOFF_MAX_MS;
    return retry_after_us + random_up_to(&client->env, bound_ms * 1000);
}

static void sleep_us(int64_t us)
{
    struct timespec left = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    while (nanosleep(&left, &left) != 0) { // a signal's handler has run
    }
}

enum mneme_code http_client_send(struct http_client *client, const struct http_request *request,
                                 struct strbuf *body, struct http_answer *answer,
                                 struct mneme_error *err)
{
    const struct env *env = &client->env;
    int64_t deadline_us = env->monotonic_us(env->context) + request->timeout_ms * 1000;
    bool is_passing = true;
    enum mneme_code code = MNEME_OK;
    *answer = (struct http_answer){0};
    (void)pthread_once(&load_once, load);
    if (!is_loaded) {
        return error_set(err, MNEME_UNSUPPORTED, "libcurl.so.4 (7.87 or newer) is not installed");
    }
    for (unsigned i = 0; is_passing && i < client->attempts; i++) {
        struct attempt attempt = {.body = body, .answer = answer};
        int64_t wait_us = i > 0 ? wait_before(client, i - 1, answer->retry_after_us) : 0;
        int64_t left_us = deadline_us - env->monotonic_us(env->context) - wait_us;
        if (left_us < 1000 && i > 0) {
            break; // with the answer and the words of the attempt before
        }
        sleep_us(wait_us);
        code = send_once(client, request, left_us < 1000 ? 1 : left_us / 1000, &attempt, err);
        is_passing = attempt.is_passing;
    }
    bool is_over = deadline_us - env->monotonic_us(env->context) < 1000;
    if (is_passing && answer->status == 0 && is_over) {
        return error_set(err, MNEME_TIMEOUT, "'%.90s' does not answer within %lld ms",
                         request->peer, (long long)request->timeout_ms);
    }
    return code;
}
