/*
 * A batch of texts is cut into calls of a bounded number of texts and bytes. Each passes the circuit breaker, is sent
 * with what is left of the caller's time, and its answer is checked before a number of it is used.
 */
#include "embed/embed_remote.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "embed/embed_wire.h"
#include "net/breaker.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct remote {
    struct embedder embedder;
    struct provider provider;
    struct http_client *client;
    struct env env;
    struct breaker breaker;
    pthread_mutex_t lock;     /* taken to set what resolving finds */
    _Atomic bool is_resolved; /* set after embedder.space and dimension, which never change then */
    char stem[LIMIT_REMOTE_MODEL_BYTES + 32], space[LIMIT_SPACE_BYTES + 1];
};

static struct remote *remote_of(struct embedder *self)
{
    return (struct remote *)self;
}

static bool is_resolved(const struct embedder *self)
{
    return atomic_load_explicit(&((const struct remote *)self)->is_resolved, memory_order_acquire);
}

static enum mneme_code settle(struct remote *remote, size_t dimension, struct mneme_error *err)
{
    struct embedder *embedder = &remote->embedder;
    pthread_mutex_lock(&remote->lock);
    if (!is_resolved(embedder)) {
        snprintf(remote->space, sizeof remote->space, "%s%zu", remote->stem, dimension);
        embedder->space = remote->space;
        embedder->dimension = dimension;
        atomic_store_explicit(&remote->is_resolved, true, memory_order_release);
    }
    pthread_mutex_unlock(&remote->lock);
    return embedder->dimension == dimension
               ? MNEME_OK
               : error_set(err, MNEME_REMOTE,
                           "the provider's vectors have %zu dimensions now, not %zu as before",
                           dimension, embedder->dimension);
}

/* A status that is no success, in words that hold nothing of what the provider wrote but an error's name. */
static enum mneme_code refuse_status(const struct remote *remote, int status,
                                     const struct strbuf *body, struct mneme_error *err)
{
    char name[EMBED_WIRE_NAME + 1];
    const char *peer = remote->provider.peer, *key = remote->provider.key;
    if (status == 401 || status == 403) {
        return error_set(err, MNEME_REMOTE, "'%.60s' refuses the key (status %d); it is %s", peer,
                         status, key ? "that of MNEME_EMBED_KEY" : "not set: MNEME_EMBED_KEY");
    }
    embed_wire_error_name(body->text, body->length, name);
    if (key != NULL && strstr(name, key) != NULL) {
        name[0] = '\0';
    }
    return error_set(err, MNEME_REMOTE, "'%.60s' refuses the texts or the model (status %d%s%s)",
                     peer, status, name[0] ? ", " : "", name);
}

static enum mneme_code check_answer(const struct remote *remote, const struct http_answer *answer,
                                    const struct strbuf *body, struct mneme_error *err)
{
    if (answer->status != 200) {
        return refuse_status(remote, answer->status, body, err);
    }
    return answer->is_json ? MNEME_OK
                           : error_set(err, MNEME_REMOTE, "'%.90s' does not answer in JSON",
                                       remote->provider.peer);
}

/* Texts on their way: what is left of the time, and the pieces of the call that is being put together. */
struct sending {
    struct remote *remote;
    struct arena *arena;
    int64_t deadline_us;
    struct embed_piece *pieces;
    size_t *places; /* of each piece among the texts */
    size_t count, bytes;
};

static int64_t now_of(const struct remote *remote)
{
    return remote->env.monotonic_us(remote->env.context);
}

static enum mneme_code exchange(struct sending *sending, const struct strbuf *sent,
                                struct strbuf *body, struct http_answer *answer,
                                struct mneme_error *err)
{
    struct remote *remote = sending->remote;
    const struct http_request request = {.url = remote->provider.url,
                                         .peer = remote->provider.peer,
                                         .bearer = remote->provider.key,
                                         .body = sent->text,
                                         .body_length = sent->length,
                                         .timeout_ms =
                                             (sending->deadline_us - now_of(remote)) / 1000};
    if (request.timeout_ms <= 0) {
        return error_set(err, MNEME_TIMEOUT, "'%.90s' does not answer in time", request.peer);
    }
    enum breaker_pass pass = breaker_admit(&remote->breaker);
    if (pass == BREAKER_REFUSED) {
        return error_set(err, MNEME_UNAVAILABLE,
                         "'%.90s' has failed lately and is left alone for a while", request.peer);
    }
    enum mneme_code code = http_client_send(remote->client, &request, body, answer, err);
    enum breaker_outcome outcome = code == MNEME_OK      ? BREAKER_SUCCESS
                                   : code == MNEME_NOMEM ? BREAKER_NEITHER
                                                         : BREAKER_FAILURE;
    breaker_note(&remote->breaker, pass, outcome, answer->retry_after_us);
    return code == MNEME_OK ? check_answer(remote, answer, body, err) : code;
}

/* Sends the pieces in one call. */
static enum mneme_code send_pieces(struct sending *sending, struct embed_rows *out,
                                   struct mneme_error *err)
{
    const struct remote *remote = sending->remote;
    size_t dimension = is_resolved(&remote->embedder) ? remote->embedder.dimension : 0;
    struct http_answer answer;
    struct strbuf sent, body;
    *out = (struct embed_rows){0};
    strbuf_init(&sent, LIMIT_BATCH_BYTES);
    strbuf_init(&body, embed_wire_answer_bytes(sending->count, dimension));
    embed_wire_write(&remote->provider, sending->pieces, sending->count, &sent);
    enum mneme_code code = strbuf_code(&sent);
    code = code == MNEME_OK ? exchange(sending, &sent, &body, &answer, err)
                            : error_set(err, code, "the texts make too long a request");
    if (code == MNEME_OK) {
        code = embed_wire_read(remote->provider.dialect, body.text, body.length, sending->count,
                               sending->arena, out, err);
    }
    if (code == MNEME_OK) {
        code = settle(sending->remote, out->dimension, err);
    }
    strbuf_clear(&sent);
    strbuf_clear(&body);
    return code;
}

static enum mneme_code flush(struct sending *sending, float *out, struct mneme_error *err)
{
    struct embed_rows rows;
    size_t dimension = sending->remote->embedder.dimension;
    enum mneme_code code = sending->count > 0 ? send_pieces(sending, &rows, err) : MNEME_OK;
    for (size_t i = 0; i < sending->count && code == MNEME_OK; i++) {
        memcpy(out + sending->places[i] * dimension, rows.values + i * dimension,
               dimension * sizeof *out);
    }
    sending->count = sending->bytes = 0;
    return code;
}

/* Providers refuse texts without a word; such a text has no vector. */
static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n\v\f")] == '\0';
}

static enum mneme_code send_all(struct sending *sending, const struct embed_request *request,
                                float *out, bool *cut, struct mneme_error *err)
{
    const struct provider *provider = &sending->remote->provider;
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < request->count && code == MNEME_OK; i++) {
        const char *text = request->texts[i];
        size_t whole = strlen(text), length = utf8_cut(text, whole, provider->text_bytes);
        if (cut != NULL) {
            cut[i] = length < whole;
        }
        if (is_blank(text)) {
            continue;
        }
        if (sending->count == provider->batch_texts ||
            sending->bytes + length > LIMIT_REMOTE_CALL_BYTES) {
            code = flush(sending, out, err);
        }
        sending->pieces[sending->count] = (struct embed_piece){text, length};
        sending->places[sending->count++] = i;
        sending->bytes += length;
    }
    return code == MNEME_OK ? flush(sending, out, err) : code;
}

static enum mneme_code begin(struct sending *sending, struct remote *remote, int64_t timeout_ms,
                             struct arena *arena, struct mneme_error *err)
{
    size_t most = remote->provider.batch_texts;
    arena_init(arena);
    *sending = (struct sending){
        .remote = remote,
        .arena = arena,
        .deadline_us = now_of(remote) + (timeout_ms > 0 ? timeout_ms : LIMIT_EMBED_WAIT_MS) * 1000,
        .pieces = arena_alloc_array(arena, most, sizeof *sending->pieces),
        .places = arena_alloc_array(arena, most, sizeof *sending->places)};
    return sending->pieces && sending->places ? MNEME_OK : error_nomem(err);
}

static enum mneme_code embed_within(struct embedder *self, const struct embed_request *request,
                                    float *out, bool *cut, struct mneme_error *err)
{
    struct sending sending;
    struct arena arena;
    assert(is_resolved(self));
    memset(out, 0, request->count * self->dimension * sizeof *out);
    enum mneme_code code = begin(&sending, remote_of(self), request->timeout_ms, &arena, err);
    if (code == MNEME_OK) {
        code = send_all(&sending, request, out, cut, err);
    }
    arena_clear(&arena);
    return code;
}

static enum mneme_code embed(struct embedder *self, const char *const *texts, size_t count,
                             float *out, bool *cut, struct mneme_error *err)
{
    const struct embed_request request = {.texts = texts, .count = count};
    return embed_within(self, &request, out, cut, err);
}

/* Any text tells the dimension. */
static enum mneme_code resolve(struct embedder *self, int64_t timeout_ms, struct mneme_error *err)
{
    struct sending sending;
    struct embed_rows rows;
    struct arena arena;
    enum mneme_code code = begin(&sending, remote_of(self), timeout_ms, &arena, err);
    if (code == MNEME_OK) {
        sending.pieces[sending.count++] = (struct embed_piece){"dimension", strlen("dimension")};
        code = send_pieces(&sending, &rows, err);
    }
    arena_clear(&arena);
    return code;
}

static enum mneme_code know(struct embedder *self, const char *space, size_t dimension,
                            struct mneme_error *err)
{
    struct remote *remote = remote_of(self);
    char expected[LIMIT_SPACE_BYTES + 1];
    int length = snprintf(expected, sizeof expected, "%s%zu", remote->stem, dimension);
    if (length <= 0 || (size_t)length >= sizeof expected || strcmp(space, expected) != 0 ||
        dimension == 0 || dimension > LIMIT_DIMENSION) {
        return error_set(err, MNEME_CONFLICT, "'%.60s' is no space of '%.60s'", space,
                         remote->stem);
    }
    return settle(remote, dimension, NULL) == MNEME_OK
               ? MNEME_OK
               : error_set(err, MNEME_CONFLICT, "'%.60s' is known as '%.60s'", remote->stem,
                           self->space);
}

static void free_remote(struct embedder *self)
{
    struct remote *remote = remote_of(self);
    http_client_free(remote->client);
    breaker_clear(&remote->breaker);
    pthread_mutex_destroy(&remote->lock);
    provider_clear(&remote->provider);
    mem_free(remote);
}

enum mneme_code embed_remote_open_provider(struct provider *provider_taken,
                                           const struct http_client_options *sending,
                                           struct embedder **out, struct mneme_error *err)
{
    static const struct embed_ops ops = {.embed = embed, .free = free_remote};
    static const struct embed_remote_ops remote_ops = {
        .embed_within = embed_within, .is_resolved = is_resolved, .resolve = resolve, .know = know};
    struct http_client_options options = *sending;
    struct remote *remote = mem_alloc_zero(1, sizeof *remote);
    *out = NULL;
    options.ca_file = provider_taken->ca_file;
    enum mneme_code code =
        remote ? http_client_new(&options, &remote->client, err) : error_nomem(err);
    if (code != MNEME_OK) {
        mem_free(remote);
        provider_clear(provider_taken);
        return code;
    }
    remote->provider = *provider_taken;
    *provider_taken = (struct provider){0};
    remote->env = options.env.monotonic_us ? options.env : env_system();
    breaker_init(&remote->breaker, &remote->env);
    pthread_mutex_init(&remote->lock, NULL);
    snprintf(remote->stem, sizeof remote->stem,
             "remote:%s:%s:", provider_dialect_name(remote->provider.dialect),
             remote->provider.model);
    remote->embedder = (struct embedder){.ops = &ops,
                                         .remote = &remote_ops,
                                         .kind = EMBED_REMOTE,
                                         .space_stem = remote->stem,
                                         .query_wait_ms = remote->provider.query_wait_ms};
    *out = &remote->embedder;
    return MNEME_OK;
}

static const char *environment(const char *name)
{
    return getenv(name);
}

enum mneme_code embed_remote_open(const char *name, struct embedder **out, struct mneme_error *err)
{
    static const struct http_client_options usual = {0};
    struct provider provider;
    *out = NULL;
    enum mneme_code code = provider_read(name, environment, &provider, err);
    return code == MNEME_OK ? embed_remote_open_provider(&provider, &usual, out, err) : code;
}
