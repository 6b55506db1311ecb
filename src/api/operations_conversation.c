/* Operations on conversations and messages. Search is in operations_recall.c. */
#include "api/operations.h"
#include "api/plain_filters.h"
#include "base/limits.h"
#include "engine/branch.h"

#include <string.h>

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

/* Text and vector come together: a message of a batch is read as the operation reads its own. */
static const struct field message_inputs[] = {
    {.name = "vector", .type = FIELD_JSON},
    {.name = "space", .type = FIELD_TEXT, .flags = FIELD_NAME, .min = 1, .max = LIMIT_SPACE_BYTES},
    {.name = NULL}};
static const struct operation message_item = {.name = "conversation.append",
                                              .record = &kind_message,
                                              .record_source = RECORD_NEW,
                                              .inputs = message_inputs};

/* Messages among other members: only the conversation may stand beside them. */
static enum mneme_code check_alone(const struct call *call, struct mneme_error *err)
{
    void *at = NULL;
    const char *name;
    const struct json *value;
    while (json_each(call->input, &at, &name, &value)) {
        if (strcmp(name, "messages") == 0 || strcmp(name, "conversation_id") == 0) {
            continue;
        }
        bool is_known = field_find(&kind_message, name) != FIELD_NONE ||
                        field_find(&call->inputs, name) != FIELD_NONE;
        enum mneme_code code =
            is_known ? call_refuse(call, name, "conflict", "belongs into each of 'messages'", err)
                     : call_refuse(call, name, "unknown", "is no input of this operation", err);
        if (code == MNEME_NOMEM) {
            return code;
        }
    }
    return MNEME_OK;
}

/* The conversation is the call's; a message may repeat it. */
static enum mneme_code read_message(const struct call *call, const char *conversation_id, size_t i,
                                    struct message_item *item, struct mneme_error *err)
{
    struct message *message = &item->record;
    // One that was refused is there, too, and no second fault.
    field_set_text(&kind_message, message, MESSAGE_CONVERSATION_ID,
                   conversation_id ? conversation_id : "");
    enum mneme_code code = call_record(call, message, err);
    if (conversation_id != NULL && message->conversation_id != NULL &&
        strcmp(message->conversation_id, conversation_id) != 0 && code != MNEME_NOMEM) {
        code = call_refuse(call, "conversation_id", "conflict", "is another one", err);
    }
    return code == MNEME_NOMEM ? code : call_vector(call, i, &item->vector, err);
}

static const char *message_pointer(const struct call *call, size_t i)
{
    return arena_printf(call->arena, "/messages/%zu", i);
}

static enum mneme_code read_messages(struct call *call, const struct json *messages,
                                     struct message_item *items, struct mneme_error *err)
{
    struct call of_item = {.faults = call->faults};
    enum mneme_code code = call_check_vectors(call, json_count(messages), err);
    for (size_t i = 0; i < json_count(messages) && code != MNEME_NOMEM; i++) {
        const struct json *message = json_at(messages, i);
        const char *pointer = message_pointer(call, i);
        if (pointer == NULL) {
            return error_nomem(err);
        }
        code = call_read_item(call, &message_item, message, pointer, &of_item, err);
        if (json_type_of(message) == JSON_TYPE_OBJECT && code != MNEME_NOMEM) {
            code = read_message(&of_item, call_text(call, "conversation_id"), i, &items[i], err);
        }
    }
    return code;
}

/* What the conversation refused, said of the message that it refused. */
static enum mneme_code refuse_message(const struct call *call, const struct message_item *items,
                                      size_t count, const struct mneme_error *own,
                                      struct mneme_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].is_refused) {
            const char *pointer = message_pointer(call, i);
            return pointer ? call_refuse_at(call, pointer, own, err) : error_nomem(err);
        }
    }
    return error_copy(err, own);
}

static enum mneme_code append_many(struct call *call, struct mneme_error *err)
{
    const struct json *messages;
    struct mneme_error own = {0};
    int64_t seq;
    enum mneme_code code = call_items(call, "messages", LIMIT_BATCH_ITEMS, &messages, err);
    if (code != MNEME_OK) {
        return code;
    }
    size_t count = json_count(messages);
    if (count == 0) {
        return call_refuse(call, "messages", "type", "must be an array of messages", err);
    }
    struct message_item *items = arena_alloc_array(call->arena, count, sizeof *items);
    code = items ? check_alone(call, err) : error_nomem(err);
    if (code == MNEME_OK) {
        code = read_messages(call, messages, items, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    code = conversation_append(call->handle, call_text(call, "conversation_id"), items, count,
                               call->arena, &seq, &own);
    if (code != MNEME_OK) {
        return refuse_message(call, items, count, &own, err);
    }
    json_begin_array(call->out, "items");
    for (size_t i = 0; i < count; i++) {
        write_receipt(call, NULL, &items[i].receipt);
    }
    json_end_array(call->out);
    write_batch_end(call, seq);
    return MNEME_OK;
}

enum mneme_code op_conversation_append(struct call *call, struct mneme_error *err)
{
    const char *conversation_id = call_text(call, "conversation_id");
    struct message_item item = {0};
    int64_t seq;
    if (call_json(call, "messages") != NULL) {
        return append_many(call, err);
    }
    enum mneme_code code = call_check_vectors(call, 1, err);
    if (code != MNEME_NOMEM) {
        code = read_message(call, conversation_id, 0, &item, err);
    }
    if (code == MNEME_OK) {
        code = conversation_append(call->handle, conversation_id, &item, 1, call->arena, &seq, err);
        item.receipt.seq = seq; // the conversation's row has changed after the message's
    }
    return answer(call, code, &item.receipt);
}

enum mneme_code op_conversation_get(struct call *call, struct mneme_error *err)
{
    struct get_request request = {.name = {.id = call_text(call, "id")},
                                  .only = &kind_conversation};
    struct read_record found;
    enum mneme_code code = record_get(call->handle, &request, call->arena, &found, err);
    if (code == MNEME_OK) {
        write_record_members(call, found.kind, &found.record);
    }
    return code;
}

enum mneme_code op_conversation_list(struct call *call, struct mneme_error *err)
{
    static const struct kind *const kinds[] = {&kind_conversation, NULL};
    struct list_request request = {.kind = &kind_conversation,
                                   .order = kind_conversation.orders,
                                   .descending = call_boolean(call, "descending"),
                                   .created_from = TIME_NONE};
    struct record_page page;
    enum mneme_code code = call_filter(call, kinds, &request.filter, err);
    if (code == MNEME_OK) {
        code = call_page(call, &request.page, err);
    }
    if (code == MNEME_OK) {
        code = record_list(call->handle, &request, call->arena, &page, err);
    }
    if (code == MNEME_OK) {
        write_page(call, &kind_conversation, &page);
    }
    return code;
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
    struct receipt receipt;
    enum mneme_code code =
        conversation_forget(call->handle, call_text(call, "id"), call_boolean(call, "characters"),
                            call->arena, &receipt, err);
    return answer(call, code, &receipt);
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
        code = call_check_vectors(call, 1, err);
    }
    if (code == MNEME_OK) {
        code = call_vector(call, 0, &vector, err);
    }
    if (code == MNEME_OK) {
        code = message_edit(call->handle, call_text(call, "id"), &fields, &vector, version_of(call),
                            call->arena, &receipt, err);
    }
    return answer(call, code, &receipt);
}

enum mneme_code op_conversation_fork(struct call *call, struct mneme_error *err)
{
    struct conversation fields = {0};
    struct fault_list faults;
    struct receipt receipt;
    fault_list_init(&faults, call->arena);
    field_set_text(&kind_conversation, &fields, CONVERSATION_TITLE, call_text(call, "title"));
    enum mneme_code code = record_check(&kind_conversation, &fields, RECORD_NEW, "", &faults, err);
    if (code == MNEME_OK) {
        code = conversation_fork(call->handle, call_text(call, "id"), call_text(call, "message_id"),
                                 &fields, call->arena, &receipt, err);
    }
    return answer(call, code, &receipt);
}

enum mneme_code op_conversation_clear(struct call *call, struct mneme_error *err)
{
    struct receipt receipt;
    enum mneme_code code = conversation_clear(call->handle, call_text(call, "conversation_id"),
                                              call->arena, &receipt, err);
    return answer(call, code, &receipt);
}

enum mneme_code op_message_regenerate(struct call *call, struct mneme_error *err)
{
    struct message_item item = {0};
    enum mneme_code code = call_record(call, &item.record, err);
    if (code == MNEME_OK && item.record.content == NULL) {
        code = call_refuse(call, "content", "required", "is missing", err);
    }
    if (code == MNEME_OK) {
        code = call_check_vectors(call, 1, err);
    }
    if (code == MNEME_OK) {
        code = call_vector(call, 0, &item.vector, err);
    }
    if (code == MNEME_OK) {
        code = message_regenerate(call->handle, call_text(call, "id"), &item, call->arena, err);
    }
    return answer(call, code, &item.receipt);
}

enum mneme_code op_message_select(struct call *call, struct mneme_error *err)
{
    struct receipt receipt;
    return answer(call,
                  message_select(call->handle, call_text(call, "id"), call->arena, &receipt, err),
                  &receipt);
}

enum mneme_code op_message_branch(struct call *call, struct mneme_error *err)
{
    struct receipt receipt;
    return answer(call,
                  message_branch(call->handle, call_text(call, "id"), call->arena, &receipt, err),
                  &receipt);
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
