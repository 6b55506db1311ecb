#include "support/fake_provider.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAX ((size_t)2 * 1024 * 1024)
#define TEXTS_MAX 4096
#define CONNECTIONS_MAX 256
#define SEEN_MAX ((size_t)4 * 1024 * 1024)

const char *const fake_manner_names[FAKE_MANNERS] = {
    "good",     "shuffled", "unnumbered", "garbage",  "wrong-dimension", "mixed-dimension",
    "count",    "index",    "nan",        "infinite", "nulls",           "half",
    "cut-json", "huge",     "headers",    "trickle",  "silent",          "closing",
    "no-http",  "html",     "storm",      "broken",   "denying",         "refusing",
    "moved"};

struct fake_provider {
    int listener, port;
    size_t dimension;
    pthread_t acceptor;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t ended; /* a connection has */
    enum fake_manner manner;
    size_t times; /* 0: for ever */
    char retry_after[64];
    unsigned delay_ms;
    size_t requests, texts, connections;
    int open[CONNECTIONS_MAX]; /* of connections under way; -1: free */
    char *seen;
    size_t seen_length;
    bool is_stopping;
};

struct connection {
    struct fake_provider *fake;
    int socket;
    size_t slot;
};

/* --- what is sent ------------------------------------------------------------------------------------------------- */

struct text {
    char *bytes;
    size_t length, capacity;
};

static void add(struct text *text, const char *format, ...)
{
    va_list arguments;
    char piece[512];
    va_start(arguments, format);
    int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof piece) {
        abort();
    }
    if (text->length + (size_t)length + 1 > text->capacity) {
        text->capacity = 2 * text->capacity + sizeof piece;
        text->bytes = realloc(text->bytes, text->capacity);
        if (text->bytes == NULL) {
            abort();
        }
    }
    memcpy(text->bytes + text->length, piece, (size_t)length + 1);
    text->length += (size_t)length;
}

static bool send_bytes(const struct connection *connection, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(connection->socket, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static void pause_ms(unsigned ms)
{
    const struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&wait, NULL);
}

/* --- vectors ------------------------------------------------------------------------------------------------------ */

/* Words that mean the same give the same number. */
static uint32_t meaning_of(const char *word, size_t length)
{
    static const char *const same[][2] = {
        {"drinks", "tea"}, {"drink", "tea"}, {"beverage", "tea"}, {"car", "bicycle"}};
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        if (strlen(same[i][0]) == length && strncasecmp(word, same[i][0], length) == 0) {
            word = same[i][1];
            length = strlen(word);
        }
    }
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint32_t)(word[i] | 0x20)) * 16777619U;
    }
    return hash;
}

static void add_vector(struct text *out, const char *text, size_t dimension,
                       enum fake_manner manner)
{
    for (size_t i = 0; i < dimension; i++) {
        int sum = 1;
        const char *at = text;
        while (*at != '\0') {
            size_t length = strcspn(at, " .,?!:;");
            uint32_t meaning = meaning_of(at, length) * 2654435761U + (uint32_t)i * 40503U;
            sum += length > 2 ? (int)((meaning * 2246822519U) >> 24) - 128 : 0;
            at += length + (at[length] != '\0');
        }
        const char *odd = manner == FAKE_NOT_A_NUMBER ? "NaN"
                          : manner == FAKE_INFINITE   ? "1e39"
                          : manner == FAKE_NULLS      ? "null"
                                                      : NULL;
        if (odd != NULL && i == 1) {
            add(out, ",%s", odd);
        } else {
            add(out, "%s%.6f", i ? "," : "", sum / 1000.0);
        }
    }
}

static void add_rows(struct text *out, const struct fake_provider *fake, bool is_openai,
                     char *const *texts, size_t count, enum fake_manner manner)
{
    size_t rows = manner == FAKE_WRONG_COUNT ? count - 1 : count;
    for (size_t i = 0; i < rows; i++) {
        size_t row = manner == FAKE_SHUFFLED ? rows - 1 - i : i;
        size_t dimension = fake->dimension + (manner == FAKE_WRONG_DIMENSION ? 1 : 0) -
                           (manner == FAKE_MIXED_DIMENSION && i + 1 == rows ? 1 : 0);
        add(out, "%s", i ? "," : "");
        if (is_openai && manner == FAKE_UNNUMBERED) {
            add(out, "{\"object\":\"embedding\",\"embedding\":");
        } else if (is_openai) {
            add(out, "{\"object\":\"embedding\",\"index\":%zu,\"embedding\":",
                manner == FAKE_WRONG_INDEX ? 0 : row);
        }
        add(out, "[");
        add_vector(out, texts[row], dimension, manner);
        add(out, is_openai ? "]}" : "]");
    }
}

static struct text answer_of(const struct fake_provider *fake, bool is_openai, char *const *texts,
                             size_t count, enum fake_manner manner)
{
    struct text out = {0};
    add(&out, is_openai ? "{\"object\":\"list\",\"data\":[" : "{\"model\":\"m\",\"embeddings\":[");
    add_rows(&out, fake, is_openai, texts, count, manner);
    add(&out, is_openai ? "],\"model\":\"m\",\"usage\":{\"prompt_tokens\":1,\"total_tokens\":1}}"
                        : "],\"total_duration\":1}");
    return out;
}

/* --- what is read ------------------------------------------------------------------------------------------------- */

/* The strings of the array `input`, unescaped in place. */
static size_t find_texts(char *body, char **texts)
{
    char *at = strstr(body, "\"input\":[");
    size_t count = 0;
    for (at = at ? at + 9 : NULL; at != NULL && *at == '"' && count < TEXTS_MAX;) {
        char *to = ++at;
        texts[count++] = to;
        while (*at != '"' && *at != '\0') {
            if (*at == '\\' && at[1] == 'u') {
                at += 5;
                *at = ' ';
            } else if (*at == '\\') {
                at++;
                *at = *at == 'n' || *at == 't' || *at == 'r' ? ' ' : *at;
            }
            *to++ = *at++;
        }
        bool is_last = *at == '\0' || at[1] != ',';
        at = is_last ? NULL : at + 2;
        *to = '\0';
    }
    return count;
}

/* Reads one request into `request`; false at the end of the connection. */
static bool read_request(const struct connection *connection, char *request, char **body)
{
    size_t length = 0, needed = 0;
    *body = NULL;
    while (*body == NULL || length < needed) {
        ssize_t got = length + 1 < REQUEST_MAX
                          ? recv(connection->socket, request + length, REQUEST_MAX - 1 - length, 0)
                          : 0;
        if (got <= 0) {
            return false;
        }
        length += (size_t)got;
        request[length] = '\0';
        char *end = *body ? NULL : strstr(request, "\r\n\r\n");
        if (end != NULL) {
            *end = '\0';
            const char *field = strcasestr(request, "\r\nContent-Length:");
            *end = '\r';
            *body = end + 4;
            needed =
                (size_t)(*body - request) + (field ? (size_t)strtoul(field + 17, NULL, 10) : 0);
        }
    }
    return true;
}

static enum fake_manner note(struct fake_provider *fake, const char *request, size_t texts,
                             unsigned *delay_ms, char retry_after[64])
{
    size_t length = strlen(request);
    pthread_mutex_lock(&fake->lock);
    enum fake_manner manner = fake->manner;
    fake->requests++;
    fake->texts += texts;
    if (fake->times > 0 && --fake->times == 0) {
        fake->manner = FAKE_GOOD;
    }
    if (fake->seen_length + length < SEEN_MAX) {
        memcpy(fake->seen + fake->seen_length, request, length + 1);
        fake->seen_length += length;
    }
    *delay_ms = fake->delay_ms;
    memcpy(retry_after, fake->retry_after, sizeof fake->retry_after);
    pthread_mutex_unlock(&fake->lock);
    return manner;
}

/* --- manners ------------------------------------------------------------------------------------------------------ */

static bool send_answer(const struct connection *connection, int status, const char *headers,
                        const char *type, const struct text *body)
{
    char head[512];
    int length =
        snprintf(head, sizeof head,
                 "HTTP/1.1 %d Whatever\r\nContent-Type: %s\r\n%sContent-Length: %zu\r\n\r\n",
                 status, type, headers, body->length);
    return length > 0 && send_bytes(connection, head, (size_t)length) &&
           send_bytes(connection, body->bytes, body->length);
}

/* Sends the same until nobody listens. */
static bool send_endlessly(const struct connection *connection, const char *begin,
                           const char *piece)
{
    if (!send_bytes(connection, begin, strlen(begin))) {
        return false;
    }
    while (send_bytes(connection, piece, strlen(piece))) {}
    return false;
}

static bool send_slowly(const struct connection *connection, const struct text *body)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
    bool is_there = send_bytes(connection, head, sizeof head - 1);
    for (size_t i = 0; i < body->length && is_there; i++) {
        pause_ms(50);
        is_there = send_bytes(connection, body->bytes + i, 1);
    }
    return false;
}

static bool wait_for_end(const struct connection *connection)
{
    char byte;
    while (recv(connection->socket, &byte, 1, 0) > 0) {}
    return false;
}

/* Answers that have no rows. True: the connection stays. */
static bool misbehave(const struct connection *connection, enum fake_manner manner,
                      const char *request, const char *retry_after)
{
    static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    char headers[128] = "";
    struct text body = {0};
    bool stays = true;
    switch (manner) {
    case FAKE_SILENT: return wait_for_end(connection);
    case FAKE_CLOSING: return false;
    case FAKE_NO_HTTP: send_bytes(connection, "SSH-2.0-OpenSSH_9.2\r\n", 21); return false;
    case FAKE_HEADERS: return send_endlessly(connection, ok, "X-More: and more and more\r\n");
    case FAKE_HUGE:
        return send_endlessly(connection,
                              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[",
                              "0.123456789,0.123456789,0.123456789,0.123456789,");
    case FAKE_GARBAGE:
        add(&body, "\xff\xfe{\"data\": [[[ not JSON");
        stays = send_answer(connection, 200, "", "application/json", &body);
        break;
    case FAKE_HTML:
        add(&body, "<html>Please log in to the network</html>");
        stays = send_answer(connection, 200, "", "text/html", &body);
        break;
    case FAKE_STORM:
        if (*retry_after != '\0') {
            snprintf(headers, sizeof headers, "Retry-After: %s\r\n", retry_after);
        }
        add(&body, "{\"error\":{\"message\":\"slow down\",\"type\":\"rate_limit_exceeded\"}}");
        stays = send_answer(connection, 429, headers, "application/json", &body);
        break;
    case FAKE_BROKEN:
        add(&body, "oh no");
        stays = send_answer(connection, 500, "", "text/plain", &body);
        break;
    case FAKE_MOVED:
        stays = send_answer(connection, 302, "Location: /v1/embeddings\r\n", "text/html", &body);
        break;
    default: // denying, refusing: the request comes back, as careless servers do
        add(&body, "{\"error\":{\"code\":\"%s\",\"message\":\"%.200s\"}}",
            manner == FAKE_DENYING ? "invalid_api_key" : "context_length_exceeded",
            strstr(request, "Authorization") ? "Bearer canary-key-4711" : "no key");
        stays = send_answer(connection, manner == FAKE_DENYING ? 401 : 400, "", "application/json",
                            &body);
        break;
    }
    free(body.bytes);
    return stays;
}

/* Answers that have rows. */
static bool answer_rows(const struct connection *connection, enum fake_manner manner,
                        const struct text *body)
{
    struct text half = *body;
    char head[128];
    half.length /= 2;
    switch (manner) {
    case FAKE_HALF:
        snprintf(head, sizeof head,
                 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                 body->length);
        (void)(send_bytes(connection, head, strlen(head)) &&
               send_bytes(connection, half.bytes, half.length));
        return false;
    case FAKE_CUT_JSON: return send_answer(connection, 200, "", "application/json", &half);
    case FAKE_TRICKLE: return send_slowly(connection, body);
    default: return send_answer(connection, 200, "", "application/json; charset=utf-8", body);
    }
}

static bool has_rows(enum fake_manner manner)
{
    return manner <= FAKE_CUT_JSON ? manner != FAKE_GARBAGE : manner == FAKE_TRICKLE;
}

static bool serve_one(const struct connection *connection, char *request, char **texts)
{
    struct fake_provider *fake = connection->fake;
    char retry_after[64];
    unsigned delay_ms;
    char *body;
    if (!read_request(connection, request, &body)) {
        return false;
    }
    bool is_openai = strncmp(request, "POST /v1/embeddings ", 20) == 0;
    bool is_known = is_openai || strncmp(request, "POST /api/embed ", 16) == 0;
    char *copy = strdup(request);
    if (copy == NULL) {
        abort();
    }
    size_t count = find_texts(body, texts);
    enum fake_manner manner = note(fake, copy, count, &delay_ms, retry_after);
    bool stays;
    pause_ms(delay_ms);
    if (!is_known || count == 0) {
        struct text none = {0};
        add(&none, "{\"error\":\"no such call\"}");
        stays = send_answer(connection, 404, "", "application/json", &none);
        free(none.bytes);
    } else if (has_rows(manner)) {
        struct text answer = answer_of(fake, is_openai, texts, count, manner);
        stays = answer_rows(connection, manner, &answer);
        free(answer.bytes);
    } else {
        stays = misbehave(connection, manner, copy, retry_after);
    }
    free(copy);
    return stays;
}

static void *serve(void *argument)
{
    struct connection *connection = argument;
    struct fake_provider *fake = connection->fake;
    char *request = malloc(REQUEST_MAX);
    char **texts = malloc(TEXTS_MAX * sizeof *texts);
    if (request == NULL || texts == NULL) {
        abort();
    }
    while (serve_one(connection, request, texts)) {}
    free(texts);
    free(request);
    pthread_mutex_lock(&fake->lock);
    close(connection->socket);
    fake->open[connection->slot] = -1;
    pthread_cond_broadcast(&fake->ended);
    pthread_mutex_unlock(&fake->lock);
    free(connection);
    return NULL;
}

/* --- connections -------------------------------------------------------------------------------------------------- */

/* False: too many, or stopping. */
static bool begin_connection(struct fake_provider *fake, int socket)
{
    struct connection *connection = malloc(sizeof *connection);
    pthread_t thread;
    size_t slot = 0;
    pthread_mutex_lock(&fake->lock);
    while (slot < CONNECTIONS_MAX && fake->open[slot] >= 0) {
        slot++;
    }
    bool is_good = connection != NULL && slot < CONNECTIONS_MAX && !fake->is_stopping;
    if (is_good) {
        *connection = (struct connection){fake, socket, slot};
        is_good = pthread_create(&thread, NULL, serve, connection) == 0;
    }
    if (is_good) {
        pthread_detach(thread);
        fake->open[slot] = socket;
        fake->connections++;
    } else {
        free(connection);
    }
    pthread_mutex_unlock(&fake->lock);
    return is_good;
}

static void *accept_all(void *argument)
{
    struct fake_provider *fake = argument;
    int socket;
    while ((socket = accept(fake->listener, NULL, NULL)) >= 0) {
        if (!begin_connection(fake, socket)) {
            close(socket);
        }
    }
    return NULL;
}

struct fake_provider *fake_provider_start(size_t dimension)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct fake_provider *fake = calloc(1, sizeof *fake);
    if (fake == NULL) {
        return NULL;
    }
    fake->dimension = dimension;
    fake->seen = calloc(1, SEEN_MAX);
    memset(fake->open, -1, sizeof fake->open);
    pthread_mutex_init(&fake->lock, NULL);
    pthread_cond_init(&fake->ended, NULL);
    fake->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_good = fake->seen != NULL && fake->listener >= 0 &&
                   bind(fake->listener, (struct sockaddr *)&address, sizeof address) == 0 &&
                   listen(fake->listener, 64) == 0 &&
                   getsockname(fake->listener, (struct sockaddr *)&address, &size) == 0;
    fake->port = ntohs(address.sin_port);
    if (!is_good || pthread_create(&fake->acceptor, NULL, accept_all, fake) != 0) {
        free(fake->seen);
        free(fake);
        return NULL;
    }
    return fake;
}

void fake_provider_stop(struct fake_provider *fake)
{
    pthread_mutex_lock(&fake->lock);
    fake->is_stopping = true;
    pthread_mutex_unlock(&fake->lock);
    shutdown(fake->listener, SHUT_RDWR);
    pthread_join(fake->acceptor, NULL);
    close(fake->listener);
    pthread_mutex_lock(&fake->lock);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (fake->open[i] >= 0) {
            shutdown(fake->open[i], SHUT_RDWR);
        }
        while (fake->open[i] >= 0) {
            pthread_cond_wait(&fake->ended, &fake->lock);
        }
    }
    pthread_mutex_unlock(&fake->lock);
    pthread_mutex_destroy(&fake->lock);
    pthread_cond_destroy(&fake->ended);
    free(fake->seen);
    free(fake);
}

int fake_provider_port(const struct fake_provider *fake)
{
    return fake->port;
}

void fake_provider_behave(struct fake_provider *fake, enum fake_manner manner, size_t times)
{
    pthread_mutex_lock(&fake->lock);
    fake->manner = manner;
    fake->times = times;
    pthread_mutex_unlock(&fake->lock);
}

void fake_provider_set_retry_after(struct fake_provider *fake, const char *value)
{
    pthread_mutex_lock(&fake->lock);
    snprintf(fake->retry_after, sizeof fake->retry_after, "%s", value ? value : "");
    pthread_mutex_unlock(&fake->lock);
}

void fake_provider_set_delay_ms(struct fake_provider *fake, unsigned delay_ms)
{
    pthread_mutex_lock(&fake->lock);
    fake->delay_ms = delay_ms;
    pthread_mutex_unlock(&fake->lock);
}

static size_t read_counter(struct fake_provider *fake, const size_t *counter)
{
    pthread_mutex_lock(&fake->lock);
    size_t value = *counter;
    pthread_mutex_unlock(&fake->lock);
    return value;
}

size_t fake_provider_requests(struct fake_provider *fake)
{
    return read_counter(fake, &fake->requests);
}

size_t fake_provider_texts(struct fake_provider *fake)
{
    return read_counter(fake, &fake->texts);
}

size_t fake_provider_connections(struct fake_provider *fake)
{
    return read_counter(fake, &fake->connections);
}

bool fake_provider_has_seen(struct fake_provider *fake, const char *text)
{
    pthread_mutex_lock(&fake->lock);
    bool has = strstr(fake->seen, text) != NULL;
    pthread_mutex_unlock(&fake->lock);
    return has;
}
