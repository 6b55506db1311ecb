/* Operations on conversations and messages. Search is in operations_recall.c. */
#include "api/operations.h"
#include "api/plain_filters.h"
#include "base/limits.h"
#include "engine/conversation.h"

static enum mneme_code answer(const struct call *call, enum mneme_code code,
                              const struct receipt *receipt)
{
    if (code == MNEME_OK) {
        write_receipt_members(call, receipt);
    }
    return code;
}

static int64_t version_of(const struct call *call)
{
    return call_has(call, "version") ? call_integer(call, "version") : 0;
}

enum mneme_code op_conversation_create(struct call *call, struct mneme_error *err)
{
    struct conversation fields = {0};
    struct receipt receipt;
    enum mneme_code code = call_record(call, &fields, err);
    if (code == MNEME_OK) {
        code = conversation_create(call->handle, &fields, call->arena, &receipt, err);
    }
    return answer(call, code, &receipt);
}

enum mneme_code op_conversation_update(struct call *call, struct mneme_error *err)
{
    struct conversation fields = {0};
    struct receipt receipt;
    enum mneme_code code = call_record(call, &fields, err);
    if (code == MNEME_OK) {
        code = conversation_update(call->handle, call_text(call, "id"), &fields, version_of(call),
                                   "conversation.update", call->arena, &receipt, err);
    }
    return answer(call, code, &receipt);
}

enum mneme_code op_conversation_archive(struct call *call, struct mneme_error *err)
{
    struct conversation fields = {0};
    struct receipt receipt;
    field_set_boolean(&kind_conversation, &fields, CONVERSATION_IS_ACTIVE, false);
    fields.head.given = fields.head.present;
    enum mneme_code code = conversation_update(call->handle, call_text(call, "id"), &fields, 0,
                                               "conversation.archive", call->arena, &receipt, err);
    return answer(call, code, &receipt);
}

/* One message with its vector. */
static enum mneme_code read_message(struct call *call, const struct json *object, size_t i,
                                    const char *pointer, const char *const *skip,
                                    struct message_item *item, struct mneme_error *err)
{
    if (json_type_of(object) != JSON_TYPE_OBJECT) {
        return fault_add(call->faults, MNEME_INVALID, pointer, "messages", "type", err,
                         "a message must be an object");
    }
    enum mneme_code code = record_read_json(&kind_message, &item->record, object, RECORD_NEW, skip,
                                            pointer, call->faults, err);
    return code == MNEME_OK ? call_vector(call, object, i, pointer, &item->vector, err) : code;
}

/* `conversation_id` is the operation's; inside a message it would be a second one. */
static const char *const call_skips[] = {"messages", "vector", "space", NULL};
static const char *const item_skips[] = {"vector", "space", NULL};

static enum mneme_code read_messages(struct call *call, const struct json *messages,
                                     struct message_item *items, struct mneme_error *err)
{
    enum mneme_code first = MNEME_OK;
    for (size_t i = 0; i < json_count(messages); i++) {
        const char *pointer = arena_printf(call->arena, "/messages/%zu", i);
        if (pointer == NULL) {
            return error_nomem(err);
        }
        field_set_text(&kind_message, &items[i].record, MESSAGE_CONVERSATION_ID,
                       call_text(call, "conversation_id"));
        enum mneme_code code =
            read_message(call, json_at(messages, i), i, pointer, item_skips, &items[i], err);
        first = first == MNEME_OK ? code : first;
    }
    return first;
}

static enum mneme_code append_many(struct call *call, const struct json *messages,
                                   struct mneme_error *err)
{
    size_t count = json_count(messages);
    int64_t seq;
    if (json_type_of(messages) != JSON_TYPE_ARRAY || count == 0) {
        return call_refuse(call, "messages", "type", "must be an array of messages", err);
    }
    if (count > LIMIT_BATCH_ITEMS) {
        return call_refuse(call, "messages", "max_items", "holds more than 1000 messages", err);
    }
    struct message_item *items = arena_alloc_array(call->arena, count, sizeof *items);
    enum mneme_code code = items ? read_messages(call, messages, items, err) : error_nomem(err);
    if (code == MNEME_OK) {
        code = conversation_append(call->handle, call_text(call, "conversation_id"), items, count,
                                   call->arena, &seq, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    json_begin_array(call->out, "items");
    for (size_t i = 0; i < count; i++) {
        write_receipt(call, NULL, &items[i].receipt);
    }
    json_end_array(call->out);
    json_write_integer(call->out, "seq", seq);
    json_write_text(call->out, "token", engine_token(call->handle, seq, call->arena));
    return MNEME_OK;
}

enum mneme_code op_conversation_append(struct call *call, struct mneme_error *err)
{
    const struct json *messages = call_json(call, "messages");
    struct message_item item = {0};
    int64_t seq;
    if (messages != NULL) {
        if (json_get(call->input, "content") != NULL) {
            return call_refuse(call, "messages", "conflict",
                               "cannot be given together with 'content'", err);
        }
        return append_many(call, messages, err);
    }
    enum mneme_code code = read_message(call, call->input, 0, "", call_skips, &item, err);
    if (code == MNEME_OK) {
        code = conversation_append(call->handle, call_text(call, "conversation_id"), &item, 1,
                                   call->arena, &seq, err);
        item.receipt.seq = seq; // the conversation's row has changed after the message's
    }
    return answer(call, code, &item.receipt);
}

enum mneme_code op_conversation_get(struct call *call, struct mneme_error *err)
{
    struct record_name name = {.id = call_text(call, "id")};
    struct read_record found;
    enum mneme_code code =
        record_get(call->handle, &name, &kind_conversation, false, false, call->arena, &found, err);
    if (code == MNEME_OK) {
        write_record_members(call, found.kind, &found.record);
    }
    return code;
}

enum mneme_code op_conversation_list(struct call *call, struct mneme_error *err)
{
    static const struct kind *const kinds[] = {&kind_conversation, NULL};
    struct list_request request = {.kind = &kind_conversation,
                                   .descending = call_boolean(call, "descending"),
                                   .limit = (unsigned)call_integer(call, "limit"),
                                   .cursor = call_text(call, "cursor"),
                                   .created_from = TIME_NONE};
    struct record_page page;
    enum mneme_code code = call_filter(call, kinds, &request.filter, err);
    if (code == MNEME_OK) {
        code = record_list(call->handle, &request, call->arena, &page, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    json_begin_array(call->out, "items");
    for (size_t i = 0; i < page.count; i++) {
        write_record(call, NULL, &kind_conversation, &page.records[i]);
    }
    json_end_array(call->out);
    json_write_text(call->out, "next_cursor", page.next_cursor);
    return MNEME_OK;
}

static enum mneme_code forget(struct call *call, const struct kind *kind, struct mneme_error *err)
{
    struct record_name name = {.id = call_text(call, "id")};
    struct receipt receipt;
    enum mneme_code code = record_forget(call->handle, &name, kind, call->arena, &receipt, err);
    return answer(call, code, &receipt);
}

enum mneme_code op_conversation_forget(struct call *call, struct mneme_error *err)
{
    return forget(call, &kind_conversation, err);
}

enum mneme_code op_message_forget(struct call *call, struct mneme_error *err)
{
    return forget(call, &kind_message, err);
}

enum mneme_code op_message_edit(struct call *call, struct mneme_error *err)
{
    struct message fields = {0};
    struct prepared_vector vector;
    struct receipt receipt;
    enum mneme_code code = call_record(call, &fields, err);
    if (code == MNEME_OK) {
        code = call_vector(call, call->input, 0, "", &vector, err);
    }
    if (code == MNEME_OK) {
        code = message_edit(call->handle, call_text(call, "id"), &fields, &vector, version_of(call),
                            call->arena, &receipt, err);
    }
    return answer(call, code, &receipt);
}

enum mneme_code op_conversation_window(struct call *call, struct mneme_error *err)
{
    struct window_request request = {
        .conversation_id = call_text(call, "conversation_id"),
        .by_importance = call_text(call, "by")[0] == 'i',
    };
    struct window window;
    if (call_has(call, "budget")) {
        request.budget = (size_t)call_integer(call, "budget");
    }
    if (call_has(call, "last")) {
        request.last = (unsigned)call_integer(call, "last");
    }
    if (request.last == 0 && request.budget == 0) {
        request.last = 20;
    }
    enum mneme_code code = conversation_window(call->handle, &request, call->arena, &window, err);
    if (code != MNEME_OK) {
        return code;
    }
    json_begin_array(call->out, "messages");
    for (size_t i = 0; i < window.count; i++) {
        write_record(call, NULL, &kind_message, &window.messages[i]);
    }
    json_end_array(call->out);
    json_write_integer(call->out, "tokens", (int64_t)window.tokens);
    json_write_integer(call->out, "left_out", (int64_t)window.left_out);
    return MNEME_OK;
}
