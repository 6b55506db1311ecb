/*
 * The short-term window: pinned system messages, then the last turns, by count or by tokens. It is read from the
 * rows, so it is the same after a restart.
 */
#include "base/limits.h"
#include "engine/conversation.h"
#include "store/row.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_MESSAGES 5000 /* how far back a window by budget or importance looks */

/* What a window is chosen from: live messages, newest first. */
struct candidates {
    struct message *items;
    size_t count, capacity;
};

/* Up to `most` live ones whose number is above `after`; those of the rows come from the last one on. */
static enum mneme_code read_rows(struct statement *statement, int64_t now_us, size_t most,
                                 int64_t after, struct arena *arena, struct candidates *out,
                                 struct mneme_error *err)
{
    bool has_row = true;
    while (out->count < most) {
        struct message message;
        enum mneme_code code = row_next(statement, &kind_message, &message, arena, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        if (message.message_seq <= after) {
            break;
        }
        if (!record_is_live(&kind_message, &message, now_us)) {
            continue;
        }
        out->items =
            arena_grow(arena, out->items, &out->capacity, out->count + 1, sizeof *out->items);
        if (out->items == NULL) {
            db_reset(statement);
            return error_nomem(err);
        }
        out->items[out->count++] = message;
    }
    db_reset(statement);
    return MNEME_OK;
}

static enum mneme_code read_pinned(const struct snapshot *snapshot, const struct uuid *id,
                                   struct arena *arena, struct candidates *out,
                                   struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(snapshot->scope.db, SQL_MESSAGE_PINNED, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &snapshot->scope.user);
    db_bind_uuid(statement, 2, id);
    return read_rows(statement, snapshot->scope.now_us, SIZE_MAX, 0, arena, out, err);
}

static enum mneme_code read_newest(const struct snapshot *snapshot, const struct uuid *id,
                                   size_t most, int64_t after, struct candidates *out,
                                   struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(snapshot->scope.db, SQL_MESSAGE_WINDOW, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &snapshot->scope.user);
    db_bind_uuid(statement, 2, id);
    db_bind_integer(statement, 3, INT64_MAX);
    db_bind_integer(statement, 4, -1);
    return read_rows(statement, snapshot->scope.now_us, most, after, snapshot->scope.arena, out,
                     err);
}

static bool is_pinned_system(const struct message *message)
{
    return message->pinned && strcmp(message->role, "system") == 0;
}

static int by_importance_then_newest(const void *a, const void *b)
{
    const struct message *x = *(const struct message *const *)a;
    const struct message *y = *(const struct message *const *)b;
    if (x->importance != y->importance) {
        return x->importance < y->importance ? 1 : -1;
    }
    return (x->message_seq < y->message_seq) - (x->message_seq > y->message_seq);
}

static int by_seq(const void *a, const void *b)
{
    const struct message *x = a, *y = b;
    return (x->message_seq > y->message_seq) - (x->message_seq < y->message_seq);
}

/* Takes messages in the order given until count or budget is reached; a message that does not fit ends the taking,
 * unless importance decides: then smaller ones may still fit. */
static void choose(const struct window_request *request, const struct message **order, size_t count,
                   struct message *out, struct window *window)
{
    size_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        size_t tokens = (size_t)order[i]->token_count;
        bool fits = request->budget == 0 || window->tokens + tokens <= request->budget;
        if (request->last > 0 && chosen == request->last) {
            break;
        }
        if (!fits && !request->by_importance) {
            break;
        }
        if (fits) {
            out[window->count++] = *order[i];
            window->tokens += tokens;
            chosen++;
        }
    }
}

static enum mneme_code fill_window(const struct window_request *request,
                                   const struct candidates *pinned, const struct candidates *all,
                                   struct arena *arena, struct window *out, struct mneme_error *err)
{
    struct message *messages =
        arena_alloc_array(arena, pinned->count + all->count + 1, sizeof *messages);
    const struct message **order = arena_alloc_array(arena, all->count + 1, sizeof *order);
    size_t count = 0;
    if (messages == NULL || order == NULL) {
        return error_nomem(err);
    }
    out->messages = messages;
    for (size_t i = 0; i < pinned->count; i++) {
        size_t tokens = (size_t)pinned->items[i].token_count;
        if (request->budget == 0 || out->tokens + tokens <= request->budget) {
            messages[out->count++] = pinned->items[i];
            out->tokens += tokens;
        }
    }
    for (size_t i = 0; i < all->count; i++) {
        if (!is_pinned_system(&all->items[i])) {
            order[count++] = &all->items[i];
        }
    }
    if (request->by_importance) {
        qsort(order, count, sizeof *order, by_importance_then_newest);
    }
    size_t pinned_count = out->count;
    choose(request, order, count, messages, out);
    qsort(messages + pinned_count, out->count - pinned_count, sizeof *messages, by_seq);
    return MNEME_OK;
}

static enum mneme_code no_conversation(const char *id, struct mneme_error *err)
{
    return error_field(err, MNEME_NOT_FOUND, "conversation_id", "", "no conversation '%.40s'", id);
}

static enum mneme_code read_window(const struct snapshot *snapshot,
                                   const struct window_request *request, struct arena *arena,
                                   struct window *out, struct mneme_error *err)
{
    struct conversation conversation;
    struct candidates pinned = {0}, all = {0};
    struct uuid id;
    bool found = false;
    if (!snapshot->is_known || !uuid_parse(request->conversation_id, &id)) {
        return no_conversation(request->conversation_id, err);
    }
    enum mneme_code code = record_find(&snapshot->scope, &kind_conversation,
                                       request->conversation_id, &conversation, &found, err);
    if (code == MNEME_OK &&
        (!found || !record_is_live(&kind_conversation, &conversation, snapshot->scope.now_us))) {
        code = no_conversation(request->conversation_id, err);
    }
    if (code == MNEME_OK) {
        code = read_pinned(snapshot, &id, arena, &pinned, err);
    }
    if (code == MNEME_OK) {
        bool is_plain = request->last > 0 && !request->by_importance;
        size_t most = is_plain ? request->last + pinned.count : WINDOW_MESSAGES;
        code = read_newest(snapshot, &id, most, conversation.cleared_seq, &all, err);
    }
    if (code == MNEME_OK) {
        code = fill_window(request, &pinned, &all, arena, out, err);
    }
    int64_t expired = 0;
    if (code == MNEME_OK) {
        code = conversation_count_expired(&snapshot->scope, conversation.id, &expired, err);
    }
    if (code == MNEME_OK) {
        size_t live = (size_t)(conversation.message_count - expired);
        out->left_out = live > out->count ? live - out->count : 0;
    }
    return code;
}

enum mneme_code conversation_window(const struct mneme *handle,
                                    const struct window_request *request, struct arena *arena,
                                    struct window *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    *out = (struct window){0};
    enum mneme_code code = snapshot_begin(handle, arena, &snapshot, err);
    if (code == MNEME_OK) {
        code = read_window(&snapshot, request, arena, out, err);
        snapshot_end(&snapshot);
    }
    return code;
}
