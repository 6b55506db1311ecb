/*
 * One client on the other end: where messages for it go, which of its requests are under way, and what it follows.
 * On stdio a peer is the process's client; over HTTP the stream that answers one request.
 *
 * Any thread may send, cancel and follow.
 */
#ifndef MCP_PEER_H
#define MCP_PEER_H

#include "base/json.h"

#include <pthread.h>
#include <stdatomic.h>

/* A request under way, in the memory of the one who answers it. */
struct peer_request {
    const struct json *id;
    atomic_bool is_cancelled;
    struct peer_request *next;
};

/* A wish to be told: when one resource changes. */
struct peer_subscription;

struct peer {
    /* Sends one message; called under the lock, so never by two threads at once. */
    void (*send)(void *context, const char *text, size_t length);
    void *context;
    pthread_mutex_t lock; /* guards what follows */
    struct peer_request *requests;
    struct peer_subscription *subscriptions;
    size_t subscription_count;
    int64_t seen_seq; /* the user's change counter at the last look */
};

void peer_init(struct peer *peer, void (*send)(void *context, const char *text, size_t length),
               void *context);
void peer_clear(struct peer *peer);

/* Sends what the buffer holds; nothing if memory ran out while it was written. */
void peer_send(struct peer *peer, const struct strbuf *text);
/* The same, unless the request has been cancelled: nothing is sent for it any more. */
void peer_send_for(struct peer *peer, const struct peer_request *request,
                   const struct strbuf *text);

void peer_begin(struct peer *peer, struct peer_request *request);
void peer_end(struct peer *peer, struct peer_request *request);
/* Marks the request of that id, if it is under way, and ends the subscriptions that it made. */
void peer_cancel(struct peer *peer, const struct json *id);

/*
 * Follows a resource: for a modern request `id` names the stream, for a legacy one it is NULL. The digest is of the
 * resource as it is now. Following twice is following once. LIMIT past LIMIT_SUBSCRIPTIONS.
 */
enum mneme_code peer_follow(struct peer *peer, const struct json *id, const char *uri,
                            uint64_t digest, struct mneme_error *err) MUST_CHECK;
void peer_unfollow(struct peer *peer, const char *uri); /* the legacy ones */
void peer_cancel_streams(struct peer *peer,
                         const struct json *id); /* the modern ones of a request */
bool peer_is_following(struct peer *peer);
/* If the user's change counter is another than at the last look, asks for each followed resource's digest and tells the
 * peer of those that have changed. */
void peer_look(struct peer *peer, int64_t seq, uint64_t (*digest)(void *context, const char *uri),
               void *context);
/* Ends every modern stream: `end` is called with each one's id as JSON, outside the lock. */
void peer_end_streams(struct peer *peer, void (*end)(void *context, const char *id), void *context);

#endif
