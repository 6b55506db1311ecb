/* Alternatives: another answer, another way on, another conversation with the same past. */
#include "engine/branch.h"

#include "base/limits.h"
#include "engine/path.h"
#include "store/row.h"

#include <string.h>

struct branching {
    const struct mneme *handle;
    struct arena *arena;
    const char *id, *operation;
    struct message_item *item;
    struct receipt *receipt;
    const struct conversation *fields; /* of a fork */
    const char *message_id;            /* where it begins; NULL: at the head */
};

/* The message so named, in a conversation that is there. */
static enum mneme_code find_message(const struct scope *scope, const char *id, struct message *out,
                                    struct conversation *conversation, struct mneme_error *err)
{
    const struct record_name name = {.id = id};
    bool found;
    enum mneme_code code = record_find(scope, &kind_message, id, out, &found, err);
    if (code == MNEME_OK && found && record_is_live(&kind_message, out, scope->now_us)) {
        code =
            record_find(scope, &kind_conversation, out->conversation_id, conversation, &found, err);
        found = found && record_is_live(&kind_conversation, conversation, scope->now_us);
    } else {
        found = false;
    }
    return code == MNEME_OK && !found ? record_not_found(&name, err) : code;
}

static enum mneme_code begin(const struct branching *branching, struct tx *tx,
                             struct change *change, struct message *message,
                             struct conversation *conversation, struct mneme_error *err)
{
    enum mneme_code code = engine_change_begin(branching->handle, change, tx, branching->arena,
                                               branching->operation, err);
    return code == MNEME_OK
               ? find_message(&change->scope, branching->id, message, conversation, err)
               : code;
}

/* The row of a conversation whose path has moved: with a version, so that undo knows where it was. */
static enum mneme_code finish(const struct branching *branching, struct change *change,
                              const struct conversation *before, struct conversation *after,
                              const char *message_id, enum receipt_status status,
                              struct mneme_error *err)
{
    enum mneme_code code = change_replace(change, &kind_conversation, before, after, err);
    if (code == MNEME_OK) {
        code = conversation_recount(change, before->id, err);
    }
    return code == MNEME_OK ? receipt_fill(branching->receipt, change, message_id, status, err)
                            : code;
}

static enum mneme_code run_regenerate(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct branching *branching = context;
    struct message_item item = *branching->item;
    struct conversation before, after;
    struct message old;
    struct message_place place;
    struct change change;
    const char *tip;
    enum mneme_code code = begin(branching, tx, &change, &old, &before, err);
    if (code == MNEME_OK) {
        code = path_tip(&change.scope, &before, &tip, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    field_set_text(&kind_conversation, &before, CONVERSATION_TIP_ID, tip);
    after = before;
    code = conversation_next_place(&change, &before, old.parent_id, &place, err);
    if (code == MNEME_OK) {
        code = path_move(&change, before.id, old.parent_id, err);
    }
    if (code == MNEME_OK) {
        code = conversation_put_message(branching->handle, &change, &after, &place, &item, err);
    }
    return code == MNEME_OK
               ? finish(branching, &change, &before, &after, item.record.id, RECEIPT_CREATED, err)
               : code;
}

static void take_over(struct message *message, const struct message *old, size_t field)
{
    if (!(message->head.given >> field & 1)) {
        field_copy(&kind_message, message, old, field);
    }
}

/* What the old message says of the new one, read before the write, for terms and vector are made of it. */
static enum mneme_code complete(const struct branching *branching, struct mneme_error *err)
{
    static const size_t fields[] = {MESSAGE_ROLE, MESSAGE_SPEAKER, MESSAGE_AGENT_NAME,
                                    MESSAGE_SITTING};
    const struct record_name name = {.id = branching->id};
    struct message *message = &branching->item->record;
    struct message *old = arena_alloc(branching->arena, sizeof *old);
    struct conversation conversation;
    struct snapshot snapshot;
    enum mneme_code code = old ? snapshot_begin(branching->handle, branching->arena, &snapshot, err)
                               : error_nomem(err);
    if (code != MNEME_OK) {
        return code;
    }
    code = snapshot.is_known ? find_message(&snapshot.scope, branching->id, old, &conversation, err)
                             : record_not_found(&name, err);
    snapshot_end(&snapshot);
    for (size_t i = 0; i < sizeof fields / sizeof *fields && code == MNEME_OK; i++) {
        take_over(message, old, fields[i]);
    }
    if (code != MNEME_OK) {
        return code;
    }
    struct fault_list faults;
    fault_list_init(&faults, branching->arena);
    field_set_text(&kind_message, message, MESSAGE_CONVERSATION_ID, old->conversation_id);
    return record_check(&kind_message, message, RECORD_NEW, "", &faults, err);
}

enum mneme_code message_regenerate(const struct mneme *handle, const char *id,
                                   struct message_item *item, struct arena *arena,
                                   struct mneme_error *err)
{
    struct branching branching = {.handle = handle,
                                  .arena = arena,
                                  .id = id,
                                  .operation = "message.regenerate",
                                  .item = item,
                                  .receipt = &item->receipt};
    enum mneme_code code = complete(&branching, err);
    if (code == MNEME_OK) {
        code = message_items_prepare(handle, item, 1, arena, err);
    }
    return code == MNEME_OK ? engine_write(handle, run_regenerate, &branching, err) : code;
}

/* Where the path is to end: with the message, or with the newest that was said after it. */
static enum mneme_code choose_tip(const struct branching *branching, struct change *change,
                                  const struct message *message, bool *is_there, const char **out,
                                  struct mneme_error *err)
{
    struct uuid id, conversation;
    *out = message->id;
    *is_there = false;
    if (strcmp(branching->operation, "message.branch") == 0) {
        return MNEME_OK;
    }
    *is_there = message->on_path;
    if (*is_there || !uuid_parse(message->id, &id) ||
        !uuid_parse(message->conversation_id, &conversation)) {
        return MNEME_OK;
    }
    return path_newest_end(&change->scope, &conversation, &id, message->message_seq, out, err);
}

static enum mneme_code run_move(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct branching *branching = context;
    struct conversation before, after;
    struct message message;
    struct change change;
    const char *tip, *next;
    bool is_there;
    enum mneme_code code = begin(branching, tx, &change, &message, &before, err);
    if (code == MNEME_OK) {
        code = path_tip(&change.scope, &before, &tip, err);
    }
    if (code == MNEME_OK) {
        code = choose_tip(branching, &change, &message, &is_there, &next, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (is_there || (tip != NULL && strcmp(tip, next) == 0)) {
        return receipt_fill(branching->receipt, &change, message.id, RECEIPT_KNOWN, err);
    }
    field_set_text(&kind_conversation, &before, CONVERSATION_TIP_ID, tip);
    after = before;
    field_set_text(&kind_conversation, &after, CONVERSATION_TIP_ID, next);
    code = path_move(&change, before.id, next, err);
    return code == MNEME_OK
               ? finish(branching, &change, &before, &after, message.id, RECEIPT_UPDATED, err)
               : code;
}

static enum mneme_code move(const struct mneme *handle, const char *operation, const char *id,
                            struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct branching branching = {
        .handle = handle, .arena = arena, .id = id, .operation = operation, .receipt = out};
    return engine_write(handle, run_move, &branching, err);
}

enum mneme_code message_select(const struct mneme *handle, const char *id, struct arena *arena,
                               struct receipt *out, struct mneme_error *err)
{
    return move(handle, "message.select", id, arena, out, err);
}

enum mneme_code message_branch(const struct mneme *handle, const char *id, struct arena *arena,
                               struct receipt *out, struct mneme_error *err)
{
    return move(handle, "message.branch", id, arena, out, err);
}

static enum mneme_code copy_vectors(struct change *change, const char *from, const char *to,
                                    struct mneme_error *err)
{
    struct statement *statement;
    struct uuid from_id, to_id;
    enum mneme_code code = db_prepare(change->scope.db, SQL_VECTOR_COPY, &statement, err);
    if (code != MNEME_OK || !uuid_parse(from, &from_id) || !uuid_parse(to, &to_id)) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, &from_id);
    db_bind_uuid(statement, 3, &to_id);
    return db_run(statement, err);
}

/* One message of the past, behind what was copied before; `tip` is that, and then this. */
static enum mneme_code copy_message(struct change *change, const struct conversation *fork,
                                    const struct message *message, const char **tip,
                                    struct mneme_error *err)
{
    static const size_t fresh[] = {COMMON_ID,      COMMON_CREATED_AT,  COMMON_UPDATED_AT,
                                   COMMON_VERSION, MESSAGE_ORIGIN_KEY, MESSAGE_LAST_ACCESSED_AT};
    const struct kind *kind = &kind_message;
    struct message copy = *message;
    for (size_t i = 0; i < sizeof fresh / sizeof *fresh; i++) {
        field_clear(kind, &copy, fresh[i]);
    }
    field_set_text(kind, &copy, MESSAGE_CONVERSATION_ID, fork->id);
    field_set_text(kind, &copy, MESSAGE_PARENT_ID, *tip);
    field_set_integer(kind, &copy, MESSAGE_VARIANT, 0);
    field_set_integer(kind, &copy, MESSAGE_ACCESS_COUNT, 0);
    field_set_boolean(kind, &copy, MESSAGE_ON_PATH, true);
    field_set_text(kind, &copy, MESSAGE_COPY_OF, message->copy_of ? message->copy_of : message->id);
    enum mneme_code code = change_insert(change, kind, &copy, err);
    if (code == MNEME_OK) {
        code = copy_vectors(change, message->id, copy.id, err);
    }
    *tip = copy.id;
    return code;
}

/* The ids of what leads to a message, itself first. */
static enum mneme_code find_past(const struct scope *scope, const char *message_id,
                                 struct uuid **out, size_t *count, struct mneme_error *err)
{
    struct path_place place;
    struct uuid next;
    size_t capacity = 0;
    bool has_next = uuid_parse(message_id, &next);
    *out = NULL;
    *count = 0;
    while (has_next) {
        enum mneme_code code = path_place(scope, &next, &place, err);
        if (code != MNEME_OK || place.message_seq == 0) {
            return code;
        }
        if (*count == LIMIT_FORK_MESSAGES) {
            return error_field(err, MNEME_LIMIT, "message_id", "max_items",
                               "a fork copies at most %d messages", LIMIT_FORK_MESSAGES);
        }
        *out = arena_grow(scope->arena, *out, &capacity, *count + 1, sizeof **out);
        if (*out == NULL) {
            return error_nomem(err);
        }
        (*out)[(*count)++] = next;
        has_next = place.has_parent;
        next = place.parent;
    }
    return MNEME_OK;
}

static enum mneme_code copy_past(struct change *change, struct conversation *fork,
                                 const char *message_id, struct mneme_error *err)
{
    struct uuid *past;
    size_t count;
    const char *tip = NULL;
    enum mneme_code code = find_past(&change->scope, message_id, &past, &count, err);
    for (size_t i = count; i-- > 0 && code == MNEME_OK;) {
        struct message message;
        char id[UUID_TEXT_LENGTH + 1];
        bool found;
        uuid_format(&past[i], id);
        code = record_find(&change->scope, &kind_message, id, &message, &found, err);
        if (code == MNEME_OK && found &&
            record_is_live(&kind_message, &message, change->scope.now_us)) {
            code = copy_message(change, fork, &message, &tip, err);
            field_set_integer(&kind_conversation, fork, CONVERSATION_LAST_MESSAGE_SEQ,
                              message.message_seq);
        }
    }
    field_set_text(&kind_conversation, fork, CONVERSATION_TIP_ID, tip);
    return code;
}

/* The conversation, and the message at which it forks. */
static enum mneme_code find_fork(const struct branching *branching, struct change *change,
                                 struct conversation *out, const char **message_id,
                                 struct mneme_error *err)
{
    const struct record_name name = {.id = branching->id};
    struct conversation other;
    struct message message;
    bool found;
    enum mneme_code code =
        record_find(&change->scope, &kind_conversation, branching->id, out, &found, err);
    if (code == MNEME_OK &&
        (!found || !record_is_live(&kind_conversation, out, change->scope.now_us))) {
        code = record_not_found(&name, err);
    }
    *message_id = branching->message_id ? branching->message_id : out->head_id;
    if (code != MNEME_OK || branching->message_id == NULL) {
        return code;
    }
    code = find_message(&change->scope, *message_id, &message, &other, err);
    return code == MNEME_NOT_FOUND || (code == MNEME_OK && strcmp(other.id, out->id) != 0)
               ? error_field(err, MNEME_NOT_FOUND, "message_id", "",
                             "no message '%.40s' in the conversation", *message_id)
               : code;
}

static enum mneme_code run_fork(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct branching *branching = context;
    const struct kind *kind = &kind_conversation;
    struct conversation source, fork = *branching->fields;
    struct change change;
    const char *message_id;
    enum mneme_code code = engine_change_begin(branching->handle, &change, tx, branching->arena,
                                               branching->operation, err);
    if (code == MNEME_OK) {
        code = find_fork(branching, &change, &source, &message_id, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (fork.title == NULL) {
        field_set_text(kind, &fork, CONVERSATION_TITLE, source.title);
    }
    field_set_text(kind, &fork, CONVERSATION_FORKED_FROM, source.id);
    field_set_text(kind, &fork, CONVERSATION_FORKED_AT_MESSAGE, message_id);
    field_set_integer(kind, &fork, CONVERSATION_MESSAGE_COUNT, 0);
    code = change_insert(&change, kind, &fork, err);
    if (code == MNEME_OK && message_id != NULL) {
        code = copy_past(&change, &fork, message_id, err);
    }
    if (code == MNEME_OK) {
        code = change_replace_quiet(&change, kind, &fork, err);
    }
    if (code == MNEME_OK) {
        code = conversation_recount(&change, fork.id, err);
    }
    return code == MNEME_OK
               ? receipt_fill(branching->receipt, &change, fork.id, RECEIPT_CREATED, err)
               : code;
}

enum mneme_code conversation_fork(const struct mneme *handle, const char *id,
                                  const char *message_id, struct conversation *fields,
                                  struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct branching branching = {.handle = handle,
                                  .arena = arena,
                                  .id = id,
                                  .operation = "conversation.fork",
                                  .receipt = out,
                                  .fields = fields,
                                  .message_id = message_id};
    return engine_write(handle, run_fork, &branching, err);
}
