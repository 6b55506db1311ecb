/* Alternatives: another answer, another way on. */
#include "engine/branch.h"

#include "engine/path.h"

#include <string.h>

struct branching {
    const struct mneme *handle;
    struct arena *arena;
    const char *id, *operation;
    struct message_item *item;
    struct receipt *receipt;
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
