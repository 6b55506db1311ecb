#include "mcp/peer.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "mcp/rpc.h"

#include <string.h>

#define ID_BYTES 256 /* of a subscription's id as JSON; longer ones are refused */

struct peer_subscription {
    char *uri;
    char id[ID_BYTES]; /* as JSON text; empty: a legacy subscription */
    uint64_t digest;
    struct peer_subscription *next;
};

void peer_init(struct peer *peer, void (*send)(void *context, const char *text, size_t length),
               void *context)
{
    *peer = (struct peer){.send = send, .context = context};
    (void)pthread_mutex_init(&peer->lock, NULL);
}

static void free_subscription(struct peer_subscription *subscription)
{
    mem_free(subscription->uri);
    mem_free(subscription);
}

void peer_clear(struct peer *peer)
{
    while (peer->subscriptions != NULL) {
        struct peer_subscription *next = peer->subscriptions->next;
        free_subscription(peer->subscriptions);
        peer->subscriptions = next;
    }
    (void)pthread_mutex_destroy(&peer->lock);
}

// --- sending ---------------------------------------------------------------------------------

void peer_send(struct peer *peer, const struct strbuf *text)
{
    (void)pthread_mutex_lock(&peer->lock);
    if (strbuf_code(text) == MNEME_OK && text->length > 0) {
        peer->send(peer->context, text->text, text->length);
    }
    (void)pthread_mutex_unlock(&peer->lock);
}

void peer_send_for(struct peer *peer, const struct peer_request *request, const struct strbuf *text)
{
    (void)pthread_mutex_lock(&peer->lock);
    if (strbuf_code(text) == MNEME_OK && text->length > 0 && !atomic_load(&request->is_cancelled)) {
        peer->send(peer->context, text->text, text->length);
    }
    (void)pthread_mutex_unlock(&peer->lock);
}

// --- requests --------------------------------------------------------------------------------

static bool is_same_id(const struct json *a, const struct json *b)
{
    if (json_type_of(a) != json_type_of(b)) {
        return false;
    }
    return json_type_of(a) == JSON_TYPE_TEXT
               ? strcmp(json_as_text(a, NULL), json_as_text(b, NULL)) == 0
               : json_type_of(a) == JSON_TYPE_INTEGER && json_as_integer(a) == json_as_integer(b);
}

/* The id as JSON; false if it is too long. */
static bool format_id(const struct json *id, char out[ID_BYTES])
{
    struct strbuf text;
    struct json_writer writer;
    strbuf_init(&text, ID_BYTES - 1);
    json_writer_init(&writer, &text);
    json_write_value(&writer, NULL, id);
    bool fits = strbuf_code(&text) == MNEME_OK;
    if (fits) {
        memcpy(out, text.text, text.length + 1);
    }
    strbuf_clear(&text);
    return fits;
}

void peer_begin(struct peer *peer, struct peer_request *request)
{
    atomic_init(&request->is_cancelled, false);
    (void)pthread_mutex_lock(&peer->lock);
    request->next = peer->requests;
    peer->requests = request;
    (void)pthread_mutex_unlock(&peer->lock);
}

void peer_end(struct peer *peer, struct peer_request *request)
{
    (void)pthread_mutex_lock(&peer->lock);
    struct peer_request **at = &peer->requests;
    while (*at != request) {
        at = &(*at)->next;
    }
    *at = request->next;
    (void)pthread_mutex_unlock(&peer->lock);
}

/* Under the lock: takes the subscriptions away that have this id, or this resource. */
static void remove_subscriptions(struct peer *peer, const char *id, const char *uri)
{
    struct peer_subscription **at = &peer->subscriptions;
    while (*at != NULL) {
        struct peer_subscription *one = *at;
        if (strcmp(one->id, id) == 0 && (uri == NULL || strcmp(one->uri, uri) == 0)) {
            *at = one->next;
            free_subscription(one);
            peer->subscription_count--;
        } else {
            at = &one->next;
        }
    }
}

void peer_cancel(struct peer *peer, const struct json *id)
{
    char text[ID_BYTES];
    bool has_text = format_id(id, text);
    (void)pthread_mutex_lock(&peer->lock);
    for (struct peer_request *request = peer->requests; request != NULL; request = request->next) {
        if (is_same_id(request->id, id)) {
            atomic_store(&request->is_cancelled, true);
        }
    }
    if (has_text) {
        remove_subscriptions(peer, text, NULL);
    }
    (void)pthread_mutex_unlock(&peer->lock);
}

// --- subscriptions ---------------------------------------------------------------------------

static struct peer_subscription *new_subscription(const char *id, const char *uri, uint64_t digest)
{
    struct peer_subscription *one = mem_alloc_zero(1, sizeof *one);
    char *copy = mem_copy_text(uri);
    if (one == NULL || copy == NULL) {
        mem_free(one);
        mem_free(copy);
        return NULL;
    }
    memcpy(one->id, id, strlen(id) + 1);
    one->uri = copy;
    one->digest = digest;
    return one;
}

static bool has_subscription(const struct peer *peer, const char *id, const char *uri)
{
    const struct peer_subscription *one = peer->subscriptions;
    while (one != NULL && !(strcmp(one->id, id) == 0 && strcmp(one->uri, uri) == 0)) {
        one = one->next;
    }
    return one != NULL;
}

enum mneme_code peer_follow(struct peer *peer, const struct json *id, const char *uri,
                            uint64_t digest, struct mneme_error *err)
{
    char text[ID_BYTES] = "";
    enum mneme_code code = MNEME_OK;
    if (id != NULL && !format_id(id, text)) {
        return error_field(err, MNEME_LIMIT, "id", "max_length", "the request's id is too long");
    }
    (void)pthread_mutex_lock(&peer->lock);
    if (!has_subscription(peer, text, uri)) {
        struct peer_subscription *one = NULL;
        if (peer->subscription_count >= LIMIT_SUBSCRIPTIONS) {
            code = error_field(err, MNEME_LIMIT, "uri", "max_items",
                               "at most %d resources are followed", LIMIT_SUBSCRIPTIONS);
        } else if ((one = new_subscription(text, uri, digest)) == NULL) {
            code = error_nomem(err);
        } else {
            one->next = peer->subscriptions;
            peer->subscriptions = one;
            peer->subscription_count++;
        }
    }
    (void)pthread_mutex_unlock(&peer->lock);
    return code;
}

void peer_unfollow(struct peer *peer, const char *uri)
{
    (void)pthread_mutex_lock(&peer->lock);
    remove_subscriptions(peer, "", uri);
    (void)pthread_mutex_unlock(&peer->lock);
}

void peer_cancel_streams(struct peer *peer, const struct json *id)
{
    char text[ID_BYTES];
    if (format_id(id, text)) {
        (void)pthread_mutex_lock(&peer->lock);
        remove_subscriptions(peer, text, NULL);
        (void)pthread_mutex_unlock(&peer->lock);
    }
}

/* Takes the first modern stream out; false if there is none. */
static bool take_stream(struct peer *peer, char out[ID_BYTES])
{
    (void)pthread_mutex_lock(&peer->lock);
    const struct peer_subscription *one = peer->subscriptions;
    while (one != NULL && one->id[0] == '\0') {
        one = one->next;
    }
    bool is_there = one != NULL;
    if (is_there) {
        memcpy(out, one->id, ID_BYTES);
        remove_subscriptions(peer, out, NULL);
    }
    (void)pthread_mutex_unlock(&peer->lock);
    return is_there;
}

void peer_end_streams(struct peer *peer, void (*end)(void *context, const char *id), void *context)
{
    char id[ID_BYTES];
    while (take_stream(peer, id)) {
        end(context, id);
    }
}

bool peer_is_following(struct peer *peer)
{
    (void)pthread_mutex_lock(&peer->lock);
    bool is_following = peer->subscription_count > 0;
    (void)pthread_mutex_unlock(&peer->lock);
    return is_following;
}

static void tell(struct peer *peer, const struct peer_subscription *one)
{
    struct strbuf text;
    struct json_writer out;
    strbuf_init(&text, LIMIT_JSON_BYTES);
    json_writer_init(&out, &text);
    rpc_begin_notification(&out, "notifications/resources/updated");
    json_write_text(&out, "uri", one->uri);
    if (one->id[0] != '\0') {
        json_begin_object(&out, "_meta");
        json_write_raw(&out, "io.modelcontextprotocol/subscriptionId", one->id);
        json_end_object(&out);
    }
    rpc_end_notification(&out);
    if (strbuf_code(&text) == MNEME_OK) {
        peer->send(peer->context, text.text, text.length);
    }
    strbuf_clear(&text);
}

void peer_look(struct peer *peer, int64_t seq, uint64_t (*digest)(void *context, const char *uri),
               void *context)
{
    // Reading a few records under the lock delays an answer by microseconds and nothing can change meanwhile.
    (void)pthread_mutex_lock(&peer->lock);
    bool is_new = seq != peer->seen_seq;
    peer->seen_seq = seq;
    struct peer_subscription *one = is_new ? peer->subscriptions : NULL;
    for (; one != NULL; one = one->next) {
        uint64_t now = digest(context, one->uri);
        if (now != one->digest) {
            one->digest = now;
            tell(peer, one);
        }
    }
    (void)pthread_mutex_unlock(&peer->lock);
}
