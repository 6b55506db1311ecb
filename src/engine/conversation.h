/*
 * Conversations and messages: create, append, edit, window, and what keeps a conversation's count, head and end true.
 */
#ifndef ENGINE_CONVERSATION_H
#define ENGINE_CONVERSATION_H

#include "engine/memory.h"

/* Creates one (fields as given; an origin_key that is there answers `known`), or changes one. */
enum mneme_code conversation_create(const struct mneme *handle, struct conversation *fields,
                                    struct arena *arena, struct receipt *out,
                                    struct mneme_error *err) MUST_CHECK;
enum mneme_code conversation_update(const struct mneme *handle, const char *id,
                                    const struct conversation *fields, int64_t version,
                                    const char *operation, struct arena *arena, struct receipt *out,
                                    struct mneme_error *err) MUST_CHECK;

/* Empties its window: what was said so far is in none from now on, but for pinned system messages. */
enum mneme_code conversation_clear(const struct mneme *handle, const char *id, struct arena *arena,
                                   struct receipt *out, struct mneme_error *err) MUST_CHECK;

/* One message to be appended, checked, with its defaults. */
struct message_item {
    struct message record;
    struct prepared_vector vector;
    const char *date_text; /* as for prepare_message */
    /* What came of it: */
    bool is_refused; /* the call's error is about this one */
    struct receipt receipt;
};
/* Appends all in order or none; message_seq goes on from the conversation's last, parent is its head. NOT_FOUND for a
 * conversation that is not live. *seq: the user's counter. */
enum mneme_code conversation_append(const struct mneme *handle, const char *conversation_id,
                                    struct message_item *items, size_t count, struct arena *arena,
                                    int64_t *seq, struct mneme_error *err) MUST_CHECK;

enum mneme_code message_edit(const struct mneme *handle, const char *id,
                             const struct message *fields, const struct prepared_vector *vector,
                             int64_t version, struct arena *arena, struct receipt *out,
                             struct mneme_error *err) MUST_CHECK;

/* Before a write: terms, token counts, times and vectors of messages. */
enum mneme_code message_items_prepare(const struct mneme *handle, struct message_item *items,
                                      size_t count, struct arena *arena, struct mneme_error *err)
    MUST_CHECK;

/* Where a message comes to stand: after which one, as which of those that follow that one. */
struct message_place {
    const char *parent_id; /* NULL: at the beginning */
    int64_t message_seq, variant;
};
/* Inside a write: the place of the next message after `parent_id`; and a new message put there, with its vector. It is
 * the end of the path, and the conversation's fields say so; the row is for the caller to write. */
enum mneme_code conversation_next_place(struct change *change,
                                        const struct conversation *conversation,
                                        const char *parent_id, struct message_place *out,
                                        struct mneme_error *err) MUST_CHECK;
enum mneme_code conversation_put_message(const struct mneme *handle, struct change *change,
                                         struct conversation *conversation,
                                         const struct message_place *place,
                                         struct message_item *item, struct mneme_error *err)
    MUST_CHECK;

/* The messages of a conversation's path in order (or of all alternatives), a page at a time: zero it but for the
 * conversation, read until is_last. */
struct message_page {
    const char *conversation_id;
    bool with_alternatives;
    int64_t after_seq;
    struct message *messages;
    size_t count;
    bool is_last;
};
enum mneme_code message_page_read(const struct scope *scope, struct message_page *page,
                                  struct mneme_error *err) MUST_CHECK;

/* Inside a write: calls `each` for every message of a conversation in order, forgotten ones and alternatives included.
 * The memory of change->scope is its own until `each` returns. */
typedef enum mneme_code message_fn(struct change *change, const struct message *message,
                                   const void *context, struct mneme_error *err);
enum mneme_code message_for_each(struct change *change, const char *conversation_id,
                                 message_fn *each, const void *context, struct mneme_error *err)
    MUST_CHECK;

/* Inside a write: counts the conversation's messages that are not forgotten again, sets head, end, and the start if it
 * was not given; quiet. What is not on the path does not count. A conversation that is gone (purged) is passed over. */
enum mneme_code conversation_recount(struct change *change, const char *conversation_id,
                                     struct mneme_error *err) MUST_CHECK;

/* How many of its messages that the row counts have expired at the scope's time. */
enum mneme_code conversation_count_expired(const struct scope *scope, const char *conversation_id,
                                           int64_t *out, struct mneme_error *err) MUST_CHECK;

/* What is derived when a conversation is shown, or filtered by: count, head and times without what has expired, its
 * duration, and the name by its start where it has no title. */
enum mneme_code conversation_derive(const struct scope *scope, struct conversation *conversation,
                                    struct mneme_error *err) MUST_CHECK;

/* The window that goes to a model: pinned system messages, then the last ones by count or token budget. */
struct window_request {
    const char *conversation_id;
    unsigned last;      /* messages; 0: by budget */
    size_t budget;      /* tokens; 0: by count */
    bool by_importance; /* among what would be left out, the important ones stay */
};
struct window {
    const struct message
        *messages; /* pinned system messages, then the others; each in message_seq order */
    size_t count, tokens, left_out;
};
enum mneme_code conversation_window(const struct mneme *handle,
                                    const struct window_request *request, struct arena *arena,
                                    struct window *out, struct mneme_error *err) MUST_CHECK;

#endif
