/*
 * Conversations and messages that are written: create, append, edit, and the counts that follow. Windows: window.c.
 */
#include "engine/conversation.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "engine/derived.h"
#include "engine/path.h"
#include "store/past.h"
#include "store/row.h"

#include <assert.h>
#include <string.h>

#define PAGE_MESSAGES 200

static enum mneme_code find_live(const struct scope *scope, const char *id,
                                 struct conversation *out, struct mneme_error *err)
{
    bool found;
    enum mneme_code code = record_find(scope, &kind_conversation, id, out, &found, err);
    if (code == MNEME_OK && (!found || !record_is_live(&kind_conversation, out, scope->now_us))) {
        code =
            error_field(err, MNEME_NOT_FOUND, "conversation_id", "", "no conversation '%.40s'", id);
    }
    return code;
}

enum mneme_code message_page_read(const struct scope *scope, struct message_page *page,
                                  struct mneme_error *err)
{
    struct statement *statement;
    struct row_list rows;
    struct uuid id;
    page->count = 0;
    page->is_last = true;
    if (!uuid_parse(page->conversation_id, &id)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(
        scope->db, page->with_alternatives ? SQL_CONVERSATION_MESSAGES : SQL_PATH_MESSAGES,
        &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, &id);
    db_bind_integer(statement, 3, page->after_seq);
    db_bind_integer(statement, 4, PAGE_MESSAGES + 1);
    code = row_list(statement, &kind_message, PAGE_MESSAGES, scope->arena, &rows, err);
    if (code != MNEME_OK) {
        return code;
    }
    page->messages = rows.records;
    page->count = rows.count;
    page->is_last = !rows.has_more;
    if (page->count > 0) {
        page->after_seq = page->messages[page->count - 1].message_seq;
    }
    return MNEME_OK;
}

enum mneme_code message_for_each(struct change *change, const char *conversation_id,
                                 message_fn *each, const void *context, struct mneme_error *err)
{
    struct message_page page = {.conversation_id = conversation_id, .with_alternatives = true};
    struct arena *outer = change->scope.arena, own;
    enum mneme_code code = MNEME_OK;
    arena_init(&own);
    change->scope.arena = &own;
    while (code == MNEME_OK && !page.is_last) {
        arena_clear(&own);
        code = message_page_read(&change->scope, &page, err);
        for (size_t i = 0; i < page.count && code == MNEME_OK; i++) {
            code = each(change, &page.messages[i], context, err);
        }
    }
    change->scope.arena = outer;
    arena_clear(&own);
    return code;
}

struct talking {
    const struct mneme *handle;
    struct arena *arena;
    const char *id, *operation;
    int64_t version;
    const struct conversation *fields;
    struct message_item *items;
    size_t item_count;
    const struct message *message_fields;
    const struct prepared_vector *vector;
    struct receipt *receipt;
    int64_t seq;
};

/* A start that was given is kept; one that is taken away follows the messages again. */
static void note_start(struct conversation *conversation, const struct conversation *fields)
{
    if (fields->head.given >> CONVERSATION_STARTED_AT & 1) {
        field_set_boolean(&kind_conversation, conversation, CONVERSATION_STARTED_GIVEN,
                          field_present(fields, CONVERSATION_STARTED_AT));
    }
}

static enum mneme_code run_create(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct talking *talking = context;
    struct conversation known, row = *talking->fields;
    struct change change;
    bool found = false;
    enum mneme_code code = engine_change_begin(talking->handle, &change, tx, talking->arena,
                                               "conversation.create", err);
    if (code == MNEME_OK) {
        code = record_find_by_origin(&change.scope, &kind_conversation, row.origin_key, &known,
                                     &found, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (found) {
        return receipt_fill(talking->receipt, &change, known.id, RECEIPT_KNOWN, err);
    }
    field_set_integer(&kind_conversation, &row, CONVERSATION_MESSAGE_COUNT, 0);
    note_start(&row, &row);
    code = change_insert(&change, &kind_conversation, &row, err);
    return code == MNEME_OK ? receipt_fill(talking->receipt, &change, row.id, RECEIPT_CREATED, err)
                            : code;
}

enum mneme_code conversation_create(const struct mneme *handle, struct conversation *fields,
                                    struct arena *arena, struct receipt *out,
                                    struct mneme_error *err)
{
    struct talking talking = {.handle = handle, .arena = arena, .fields = fields, .receipt = out};
    return engine_write(handle, run_create, &talking, err);
}

static bool same_end(const struct message *message, const struct conversation *conversation)
{
    bool ends = field_present(message, MESSAGE_EXPIRES_AT);
    return ends == field_present(conversation, CONVERSATION_EXPIRES_AT) &&
           (!ends || message->expires_at == conversation->expires_at);
}

/* A message ends with its conversation at the latest. */
static void end_with(struct message *message, const struct conversation *conversation)
{
    if (field_present(conversation, CONVERSATION_EXPIRES_AT) &&
        (!field_present(message, MESSAGE_EXPIRES_AT) ||
         message->expires_at > conversation->expires_at)) {
        field_set_integer(&kind_message, message, MESSAGE_EXPIRES_AT, conversation->expires_at);
    }
}

struct ends {
    const struct conversation *before, *after;
};

/* A conversation's new end: messages that had its old one take it, others that end later too. */
static enum mneme_code move_end(struct change *change, const struct message *before,
                                const void *context, struct mneme_error *err)
{
    const struct ends *ends = context;
    struct message after = *before;
    if (same_end(before, ends->before)) {
        field_clear(&kind_message, &after, MESSAGE_EXPIRES_AT);
    }
    end_with(&after, ends->after);
    return field_equal(&kind_message, before, &after, MESSAGE_EXPIRES_AT)
               ? MNEME_OK
               : change_replace(change, &kind_message, before, &after, err);
}

static enum mneme_code run_update(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct talking *talking = context;
    struct conversation before, after;
    struct change change;
    bool found, is_quiet;
    struct record_name name = {.id = talking->id};
    enum mneme_code code =
        engine_change_begin(talking->handle, &change, tx, talking->arena, talking->operation, err);
    if (code == MNEME_OK) {
        code = record_find(&change.scope, &kind_conversation, talking->id, &before, &found, err);
    }
    if (code == MNEME_OK && (!found || !record_is_live(&kind_conversation, &before, tx->now_us))) {
        code = record_not_found(&name, err);
    }
    if (code == MNEME_OK) {
        code = record_check_version(talking->version, before.version, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    after = before;
    bool differs = record_apply(&kind_conversation, &after, talking->fields, &is_quiet);
    note_start(&after, talking->fields);
    bool is_start_moved = after.started_given != before.started_given;
    enum receipt_status status = differs || is_start_moved ? RECEIPT_UPDATED : RECEIPT_KNOWN;
    if (differs) {
        code = change_replace(&change, &kind_conversation, &before, &after, err);
    } else if (is_start_moved) {
        code = change_replace_quiet(&change, &kind_conversation, &after, err);
    }
    if (code == MNEME_OK && is_start_moved) {
        code = conversation_recount(&change, before.id, err);
    }
    if (code == MNEME_OK &&
        !field_equal(&kind_conversation, &before, &after, CONVERSATION_EXPIRES_AT)) {
        const struct ends ends = {&before, &after};
        code = message_for_each(&change, before.id, move_end, &ends, err);
    }
    return code == MNEME_OK ? receipt_fill(talking->receipt, &change, before.id, status, err)
                            : code;
}

enum mneme_code conversation_update(const struct mneme *handle, const char *id,
                                    const struct conversation *fields, int64_t version,
                                    const char *operation, struct arena *arena, struct receipt *out,
                                    struct mneme_error *err)
{
    struct talking talking = {.handle = handle,
                              .arena = arena,
                              .id = id,
                              .operation = operation,
                              .version = version,
                              .fields = fields,
                              .receipt = out};
    return engine_write(handle, run_update, &talking, err);
}

static enum mneme_code run_clear(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct talking *talking = context;
    struct conversation before, after;
    struct change change;
    enum mneme_code code = engine_change_begin(talking->handle, &change, tx, talking->arena,
                                               "conversation.clear", err);
    if (code == MNEME_OK) {
        code = find_live(&change.scope, talking->id, &before, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    after = before;
    bool is_empty = before.cleared_seq == before.last_message_seq;
    if (!is_empty) {
        field_set_integer(&kind_conversation, &after, CONVERSATION_CLEARED_SEQ,
                          before.last_message_seq);
        code = change_replace(&change, &kind_conversation, &before, &after, err);
    }
    return code == MNEME_OK ? receipt_fill(talking->receipt, &change, before.id,
                                           is_empty ? RECEIPT_KNOWN : RECEIPT_UPDATED, err)
                            : code;
}

enum mneme_code conversation_clear(const struct mneme *handle, const char *id, struct arena *arena,
                                   struct receipt *out, struct mneme_error *err)
{
    struct talking talking = {.handle = handle, .arena = arena, .id = id, .receipt = out};
    return engine_write(handle, run_clear, &talking, err);
}

/* The last number in use. The row remembers numbers that were purged; the messages are asked as well, for the row may
 * come from an export that did not know it. */
static enum mneme_code last_seq(struct change *change, const struct conversation *conversation,
                                const struct uuid *id, const struct uuid *tip,
                                struct message_place *out, struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    enum mneme_code code = db_prepare(change->scope.db, SQL_MESSAGE_LAST_SEQ, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, id);
    if (tip != NULL) {
        db_bind_uuid(statement, 3, tip);
    } else {
        db_bind_null(statement, 3);
    }
    code = db_step(statement, &has_row, err);
    if (code != MNEME_OK) {
        return code;
    }
    int64_t last = db_integer(statement, 0), tip_seq = db_integer(statement, 1);
    db_reset(statement);
    out->message_seq =
        last > conversation->last_message_seq ? last : conversation->last_message_seq;
    // Nothing can follow what was written last.
    return tip_seq < last ? path_next_variant(&change->scope, id, tip, tip_seq, &out->variant, err)
                          : MNEME_OK;
}

enum mneme_code conversation_next_place(struct change *change,
                                        const struct conversation *conversation,
                                        const char *parent_id, struct message_place *out,
                                        struct mneme_error *err)
{
    struct uuid id, parent;
    *out = (struct message_place){.parent_id = parent_id};
    bool is_id = uuid_parse(conversation->id, &id);
    assert(is_id);
    (void)is_id;
    bool has_parent = parent_id != NULL && uuid_parse(parent_id, &parent);
    enum mneme_code code =
        last_seq(change, conversation, &id, has_parent ? &parent : NULL, out, err);
    out->message_seq++;
    return code;
}

/* What an importer had before is known by its origin_key; another text under it is a conflict. */
static enum mneme_code find_known(struct change *change, struct message_item *item, bool *is_known,
                                  struct mneme_error *err)
{
    struct message known;
    enum mneme_code code = record_find_by_origin(&change->scope, &kind_message,
                                                 item->record.origin_key, &known, is_known, err);
    if (code != MNEME_OK || !*is_known) {
        return code;
    }
    if (strcmp(known.content, item->record.content) != 0) {
        return error_field(err, MNEME_CONFLICT, "origin_key", "unique",
                           "another text came under this origin_key");
    }
    return receipt_fill(&item->receipt, change, known.id, RECEIPT_KNOWN, err);
}

enum mneme_code conversation_put_message(const struct mneme *handle, struct change *change,
                                         struct conversation *conversation,
                                         const struct message_place *place,
                                         struct message_item *item, struct mneme_error *err)
{
    struct message *message = &item->record;
    int64_t message_seq = place->message_seq;
    field_set_text(&kind_message, message, MESSAGE_CONVERSATION_ID, conversation->id);
    field_set_integer(&kind_message, message, MESSAGE_MESSAGE_SEQ, message_seq);
    field_set_text(&kind_message, message, MESSAGE_PARENT_ID, place->parent_id);
    field_set_integer(&kind_message, message, MESSAGE_VARIANT, place->variant);
    field_set_boolean(&kind_message, message, MESSAGE_ON_PATH, true);
    field_set_integer(&kind_message, message, MESSAGE_ACCESS_COUNT, 0);
    end_with(message, conversation);
    enum mneme_code code = change_insert(change, &kind_message, message, err);
    if (code == MNEME_OK) {
        code = prepared_vector_put(handle, change, &kind_message, message->id, &item->vector, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    field_set_text(&kind_conversation, conversation, CONVERSATION_TIP_ID, message->id);
    field_set_text(&kind_conversation, conversation, CONVERSATION_HEAD_ID, message->id);
    field_set_integer(&kind_conversation, conversation, CONVERSATION_MESSAGE_COUNT,
                      conversation->message_count + 1);
    field_set_integer(&kind_conversation, conversation, CONVERSATION_LAST_MESSAGE_SEQ, message_seq);
    if (!conversation->started_given && (!field_present(conversation, CONVERSATION_STARTED_AT) ||
                                         message->event_at < conversation->started_at)) {
        field_set_integer(&kind_conversation, conversation, CONVERSATION_STARTED_AT,
                          message->event_at);
    }
    if (!field_present(conversation, CONVERSATION_ENDED_AT) ||
        message->event_at > conversation->ended_at) {
        field_set_integer(&kind_conversation, conversation, CONVERSATION_ENDED_AT,
                          message->event_at);
    }
    return receipt_fill(&item->receipt, change, message->id, RECEIPT_CREATED, err);
}

/* From one number to the next: enough turns have left the window since it was asked last. */
static bool summaries_are_due(int64_t first_seq, int64_t last_seq)
{
    return last_seq > SUMMARY_WINDOW && last_seq / SUMMARY_EVERY > (first_seq - 1) / SUMMARY_EVERY;
}

static enum mneme_code append_items(struct talking *talking, struct change *change,
                                    struct conversation *conversation, struct mneme_error *err)
{
    struct message_place place;
    const char *tip;
    bool is_known, has_new = false;
    enum mneme_code code = path_tip(&change->scope, conversation, &tip, err);
    if (code == MNEME_OK) {
        code = conversation_next_place(change, conversation, tip, &place, err);
    }
    int64_t first_seq = code == MNEME_OK ? place.message_seq : 0;
    for (size_t i = 0; i < talking->item_count && code == MNEME_OK; i++) {
        struct message_item attempt = talking->items[i];
        code = find_known(change, &attempt, &is_known, err);
        if (code == MNEME_OK && !is_known) {
            has_new = true;
            code = conversation_put_message(talking->handle, change, conversation, &place, &attempt,
                                            err);
            place = (struct message_place){conversation->tip_id, place.message_seq + 1, 0};
        }
        talking->items[i].receipt = attempt.receipt;
        talking->items[i].is_refused = code != MNEME_OK;
    }
    if (code == MNEME_OK && has_new) {
        code = change_replace_quiet(change, &kind_conversation, conversation, err);
    }
    if (code == MNEME_OK && has_new && summaries_are_due(first_seq, place.message_seq - 1)) {
        code = summaries_owe(change, conversation->id, err);
    }
    return code;
}

static enum mneme_code run_append(struct tx *tx, void *context, struct mneme_error *err)
{
    struct talking *talking = context;
    struct conversation conversation;
    struct change change;
    enum mneme_code code = engine_change_begin(talking->handle, &change, tx, talking->arena,
                                               "conversation.append", err);
    if (code == MNEME_OK) {
        code = find_live(&change.scope, talking->id, &conversation, err);
    }
    if (code == MNEME_OK) {
        code = append_items(talking, &change, &conversation, err);
    }
    return code == MNEME_OK ? change_seq(&change, &talking->seq, err) : code;
}

enum mneme_code message_items_prepare(const struct mneme *handle, struct message_item *items,
                                      size_t count, struct arena *arena, struct mneme_error *err)
{
    struct prepare_batch batch;
    int64_t now = engine_now_us(handle);
    enum mneme_code code = prepare_batch_init(&batch, &kind_message, count, arena, err);
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        struct message_item *item = &items[i];
        if (!field_present(&item->record, MESSAGE_EVENT_AT)) {
            field_set_integer(&kind_message, &item->record, MESSAGE_EVENT_AT, now);
        }
        code = prepare_message(handle, &item->record, item->date_text, arena, err);
        if (code == MNEME_OK) {
            code = prepare_batch_add(&batch, &item->record, &item->vector, err);
        }
    }
    return code == MNEME_OK ? prepare_batch_run(&batch, handle, err) : code;
}

enum mneme_code conversation_append(const struct mneme *handle, const char *conversation_id,
                                    struct message_item *items, size_t count, struct arena *arena,
                                    int64_t *seq, struct mneme_error *err)
{
    struct talking talking = {.handle = handle,
                              .arena = arena,
                              .id = conversation_id,
                              .items = items,
                              .item_count = count};
    *seq = 0;
    enum mneme_code code = message_items_prepare(handle, items, count, arena, err);
    if (code == MNEME_OK) {
        code = engine_write(handle, run_append, &talking, err);
    }
    *seq = talking.seq;
    return code;
}

static bool text_differs(const struct message *a, const struct message *b)
{
    return !field_equal(&kind_message, a, b, MESSAGE_CONTENT) ||
           !field_equal(&kind_message, a, b, MESSAGE_SPEAKER) ||
           !field_equal(&kind_message, a, b, MESSAGE_ROLE);
}

static enum mneme_code write_edited(const struct talking *talking, struct change *change,
                                    const struct message *before, struct message *after,
                                    struct mneme_error *err)
{
    struct prepared_vector vector = *talking->vector;
    bool is_new_text = text_differs(before, after), cut = false;
    enum mneme_code code = MNEME_OK;
    if (is_new_text && vector.vector == NULL) {
        const char *text = record_embedded_text(&kind_message, after, talking->arena);
        code = text ? prepare_vectors(talking->handle, &text, 1, talking->arena, &vector, &cut, err)
                    : error_nomem(err);
    }
    if (code == MNEME_OK && is_new_text) {
        field_set_boolean(&kind_message, after, MESSAGE_EMBEDDING_CUT, cut);
        if (!(talking->message_fields->head.given >> MESSAGE_TOKEN_COUNT & 1)) {
            field_clear(&kind_message, after, MESSAGE_TOKEN_COUNT);
        }
    }
    if (code == MNEME_OK) {
        code = prepare_message(talking->handle, after, NULL, talking->arena, err);
    }
    if (code == MNEME_OK) {
        code = change_replace(change, &kind_message, before, after, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    return is_new_text ? prepared_vector_replace(talking->handle, change, &kind_message, after->id,
                                                 &vector, err)
                       : prepared_vector_keep(change, &kind_message, after->id, &vector, err);
}

static enum mneme_code run_edit(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct talking *talking = context;
    struct message before, after;
    struct change change;
    bool found, is_quiet;
    struct record_name name = {.id = talking->id};
    enum mneme_code code =
        engine_change_begin(talking->handle, &change, tx, talking->arena, "message.edit", err);
    if (code == MNEME_OK) {
        code = record_find(&change.scope, &kind_message, talking->id, &before, &found, err);
    }
    if (code == MNEME_OK && (!found || !record_is_live(&kind_message, &before, tx->now_us))) {
        code = record_not_found(&name, err);
    }
    if (code == MNEME_OK) {
        code = record_check_version(talking->version, before.version, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    after = before;
    enum receipt_status status = RECEIPT_KNOWN;
    if (record_apply(&kind_message, &after, talking->message_fields, &is_quiet)) {
        status = RECEIPT_UPDATED;
        code = write_edited(talking, &change, &before, &after, err);
    } else {
        code = prepared_vector_keep(&change, &kind_message, before.id, talking->vector, err);
    }
    if (code == MNEME_OK && status == RECEIPT_UPDATED && text_differs(&before, &after)) {
        code = derived_take_back(&change, &before, err);
    }
    if (code == MNEME_OK && status == RECEIPT_UPDATED) {
        code = conversation_recount(&change, before.conversation_id, err);
    }
    return code == MNEME_OK ? receipt_fill(talking->receipt, &change, before.id, status, err)
                            : code;
}

enum mneme_code message_edit(const struct mneme *handle, const char *id,
                             const struct message *fields, const struct prepared_vector *vector,
                             int64_t version, struct arena *arena, struct receipt *out,
                             struct mneme_error *err)
{
    struct talking talking = {.handle = handle,
                              .arena = arena,
                              .id = id,
                              .version = version,
                              .message_fields = fields,
                              .vector = vector,
                              .receipt = out};
    enum mneme_code code = engine_write(handle, run_edit, &talking, err);
    return code;
}

/* A statement about a conversation's messages that have not expired at a time; ?1 to ?3. */
static enum mneme_code prepare_extent(const struct scope *scope, enum sql_id sql,
                                      const struct uuid *id, int64_t now_us, struct statement **out,
                                      struct mneme_error *err)
{
    enum mneme_code code = db_prepare(scope->db, sql, out, err);
    if (code == MNEME_OK) {
        db_bind_uuid(*out, 1, &scope->user);
        db_bind_uuid(*out, 2, id);
        db_bind_integer(*out, 3, now_us);
    }
    return code;
}

/* Count, first and last time. A start that was given stays. */
static enum mneme_code measure(const struct scope *scope, const struct uuid *id, int64_t now_us,
                               struct conversation *conversation, struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    enum mneme_code code =
        prepare_extent(scope, SQL_CONVERSATION_EXTENT, id, now_us, &statement, err);
    if (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    const struct kind *kind = &kind_conversation;
    bool is_empty = db_is_null(statement, 1);
    field_set_integer(kind, conversation, CONVERSATION_MESSAGE_COUNT, db_integer(statement, 0));
    if (!conversation->started_given) {
        field_clear(kind, conversation, CONVERSATION_STARTED_AT);
    }
    field_clear(kind, conversation, CONVERSATION_ENDED_AT);
    if (!is_empty) {
        field_set_integer(kind, conversation, CONVERSATION_ENDED_AT, db_integer(statement, 2));
    }
    if (!is_empty && !conversation->started_given) {
        field_set_integer(kind, conversation, CONVERSATION_STARTED_AT, db_integer(statement, 1));
    }
    db_reset(statement);
    return MNEME_OK;
}

static enum mneme_code find_head(const struct scope *scope, const struct uuid *id, int64_t now_us,
                                 struct conversation *conversation, struct mneme_error *err)
{
    struct statement *statement;
    const char *head = NULL;
    bool has_row = false;
    enum mneme_code code =
        prepare_extent(scope, SQL_MESSAGE_LAST_LIVE, id, now_us, &statement, err);
    if (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
    }
    if (code == MNEME_OK && has_row) {
        code = row_id(statement, 0, scope->arena, &head, err);
        db_reset(statement);
    }
    field_set_text(&kind_conversation, conversation, CONVERSATION_HEAD_ID, head);
    return code;
}

static enum mneme_code find_extent(const struct scope *scope, const struct uuid *id, int64_t now_us,
                                   struct conversation *conversation, struct mneme_error *err)
{
    enum mneme_code code = measure(scope, id, now_us, conversation, err);
    return code == MNEME_OK ? find_head(scope, id, now_us, conversation, err) : code;
}

enum mneme_code conversation_recount(struct change *change, const char *conversation_id,
                                     struct mneme_error *err)
{
    struct conversation conversation;
    struct uuid id;
    bool found;
    if (!uuid_parse(conversation_id, &id)) {
        return MNEME_OK;
    }
    enum mneme_code code = record_find(&change->scope, &kind_conversation, conversation_id,
                                       &conversation, &found, err);
    if (code != MNEME_OK || !found) {
        return code;
    }
    const char *tip;
    code = path_tip(&change->scope, &conversation, &tip, err);
    if (code != MNEME_OK) {
        return code;
    }
    field_set_text(&kind_conversation, &conversation, CONVERSATION_TIP_ID, tip);
    // The row counts what has expired, too: time passes without a write.
    code = find_extent(&change->scope, &id, INT64_MIN, &conversation, err);
    return code == MNEME_OK ? change_replace_quiet(change, &kind_conversation, &conversation, err)
                            : code;
}

enum mneme_code conversation_count_expired(const struct scope *scope, const char *conversation_id,
                                           int64_t *out, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid id;
    bool has_row;
    *out = 0;
    if (!uuid_parse(conversation_id, &id)) {
        return MNEME_OK;
    }
    enum mneme_code code =
        prepare_extent(scope, SQL_CONVERSATION_EXPIRED, &id, scope->now_us, &statement, err);
    if (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
    }
    if (code == MNEME_OK) {
        *out = db_integer(statement, 0);
        db_reset(statement);
    }
    return code;
}

#define TITLE_LENGTH 60 /* bytes of its start that an untitled conversation is named by */

/* The first line of a text, cut at a word's end. */
static const char *name_by(const char *text, size_t length, struct arena *arena)
{
    size_t line = strcspn(text, "\r\n");
    if (line < length) {
        length = line;
    }
    if (length <= TITLE_LENGTH) {
        return arena_text_n(arena, text, length);
    }
    size_t cut = utf8_cut(text, length, TITLE_LENGTH);
    size_t word = cut;
    while (word > 0 && text[word] != ' ') {
        word--;
    }
    return arena_printf(arena, "%.*s...", (int)(word > 0 ? word : cut), text);
}

/* What has expired since the row was written is in none of its figures. */
static enum mneme_code leave_out_expired(const struct scope *scope, const struct uuid *id,
                                         struct conversation *conversation, struct mneme_error *err)
{
    int64_t expired;
    enum mneme_code code = conversation_count_expired(scope, conversation->id, &expired, err);
    return code == MNEME_OK && expired > 0
               ? find_extent(scope, id, scope->now_us, conversation, err)
               : code;
}

static enum mneme_code name_by_start(const struct scope *scope, const struct uuid *id,
                                     struct conversation *conversation, struct mneme_error *err)
{
    struct statement *statement;
    bool has_row = false;
    enum mneme_code code =
        prepare_extent(scope, SQL_MESSAGE_FIRST_LIVE, id, scope->now_us, &statement, err);
    if (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
    }
    if (code == MNEME_OK && has_row) {
        size_t length;
        const char *text = db_text(statement, 0, &length);
        const char *name = text ? name_by(text, length, scope->arena) : NULL;
        field_set_text(&kind_conversation, conversation, CONVERSATION_TITLE, name);
        code = name ? MNEME_OK : error_nomem(err);
        db_reset(statement);
    }
    return code;
}

static int rank_of_level(const char *level)
{
    return strcmp(level, "arc") == 0 ? 2 : strcmp(level, "chapter") == 0 ? 1 : 0;
}

/* The newest live summary of the highest level. */
static enum mneme_code find_summary(const struct scope *scope, const struct uuid *id,
                                    struct conversation *conversation, struct mneme_error *err)
{
    struct statement *statement;
    struct row_list rows;
    const struct summary *best = NULL;
    enum mneme_code code = db_prepare(scope->db, SQL_CONVERSATION_SUMMARIES, &statement, err);
    if (code == MNEME_OK) {
        db_bind_uuid(statement, 1, &scope->user);
        db_bind_uuid(statement, 2, id);
        code = row_list(statement, &kind_summary, SIZE_MAX, scope->arena, &rows, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    struct summary *all = rows.records;
    for (size_t i = 0; i < rows.count; i++) {
        bool was_there;
        code = past_rewind(scope, &kind_summary, &all[i], &was_there, err);
        if (code != MNEME_OK) {
            return code;
        }
        if (!was_there || !record_is_live(&kind_summary, &all[i], scope->now_us)) {
            continue;
        }
        int level = rank_of_level(all[i].level), of_best = best ? rank_of_level(best->level) : -1;
        bool is_newer = best == NULL || all[i].created_at > best->created_at ||
                        (all[i].created_at == best->created_at && strcmp(all[i].id, best->id) > 0);
        if (level > of_best || (level == of_best && is_newer)) {
            best = &all[i];
        }
    }
    if (best != NULL) {
        field_set_text(&kind_conversation, conversation, CONVERSATION_SUMMARY, best->summary_text);
    }
    return MNEME_OK;
}

enum mneme_code conversation_derive(const struct scope *scope, struct conversation *conversation,
                                    struct mneme_error *err)
{
    struct uuid id;
    const void *row = conversation;
    if (!uuid_parse(conversation->id, &id)) {
        return MNEME_OK;
    }
    enum mneme_code code = leave_out_expired(scope, &id, conversation, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (field_present(row, CONVERSATION_STARTED_AT) && field_present(row, CONVERSATION_ENDED_AT)) {
        int64_t lasted_us = conversation->ended_at - conversation->started_at;
        field_set_integer(&kind_conversation, conversation, CONVERSATION_DURATION_SECONDS,
                          lasted_us > 0 ? lasted_us / US_PER_SECOND : 0);
    }
    if (conversation->summary == NULL) {
        code = find_summary(scope, &id, conversation, err);
    }
    return code == MNEME_OK && conversation->title == NULL
               ? name_by_start(scope, &id, conversation, err)
               : code;
}
