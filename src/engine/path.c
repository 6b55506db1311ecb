/* Paths: which of a conversation's alternatives are what was said. */
#include "engine/path.h"

#include "base/map.h"
#include "engine/conversation.h"
#include "engine/learnt.h"
#include "store/row.h"

#include <string.h>

static bool take_uuid(struct statement *statement, int column, struct uuid *out)
{
    size_t length;
    const void *bytes = db_bytes(statement, column, &length);
    if (bytes == NULL || length != sizeof out->bytes) {
        return false;
    }
    memcpy(out->bytes, bytes, length);
    return true;
}

static void bind_uuid_or_null(struct statement *statement, int at, const struct uuid *id)
{
    if (id != NULL) {
        db_bind_uuid(statement, at, id);
    } else {
        db_bind_null(statement, at);
    }
}

/* A statement about one conversation: ?1 the user, ?2 the conversation, ?3 a number. */
static enum mneme_code prepare_behind(const struct scope *scope, enum sql_id sql,
                                      const struct uuid *conversation, int64_t seq,
                                      struct statement **out, struct mneme_error *err)
{
    enum mneme_code code = db_prepare(scope->db, sql, out, err);
    if (code == MNEME_OK) {
        db_bind_uuid(*out, 1, &scope->user);
        db_bind_uuid(*out, 2, conversation);
        db_bind_integer(*out, 3, seq);
    }
    return code;
}

enum mneme_code path_place(const struct scope *scope, const struct uuid *id, struct path_place *out,
                           struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    *out = (struct path_place){.id = *id};
    enum mneme_code code = db_prepare(scope->db, SQL_MESSAGE_PLACE, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, id);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        out->message_seq = db_integer(statement, 0);
        out->has_parent = take_uuid(statement, 1, &out->parent);
        out->on_path = db_integer(statement, 2) != 0;
        db_reset(statement);
    }
    return code;
}

static enum mneme_code find_end(const struct scope *scope, const struct uuid *conversation,
                                const char **out, struct mneme_error *err)
{
    struct statement *statement;
    bool has_row = false;
    *out = NULL;
    enum mneme_code code = db_prepare(scope->db, SQL_PATH_END, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, conversation);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        code = row_id(statement, 0, scope->arena, out, err);
        db_reset(statement);
    }
    return code;
}

enum mneme_code path_tip(const struct scope *scope, const struct conversation *conversation,
                         const char **out, struct mneme_error *err)
{
    struct path_place place = {0};
    struct uuid id, tip;
    enum mneme_code code = MNEME_OK;
    *out = conversation->tip_id;
    if (*out != NULL && uuid_parse(*out, &tip)) {
        code = path_place(scope, &tip, &place, err);
    }
    return code == MNEME_OK && place.message_seq == 0 && uuid_parse(conversation->id, &id)
               ? find_end(scope, &id, out, err)
               : code;
}

enum mneme_code path_next_variant(const struct scope *scope, const struct uuid *conversation,
                                  const struct uuid *parent, int64_t parent_seq, int64_t *out,
                                  struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    *out = 0;
    enum mneme_code code =
        prepare_behind(scope, SQL_MESSAGE_ALTERNATIVES, conversation, parent_seq, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    bind_uuid_or_null(statement, 4, parent);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK) {
        *out = db_integer(statement, 0) > 0 ? db_integer(statement, 1) + 1 : 0;
        db_reset(statement);
    }
    return code;
}

/* Descendants stand behind their ancestors, so one pass finds them all. */
static enum mneme_code find_descendants(struct statement *statement, struct map *family,
                                        struct uuid *last, struct mneme_error *err)
{
    bool has_row = true;
    enum mneme_code code = MNEME_OK;
    while (code == MNEME_OK) {
        struct uuid id, parent;
        bool added;
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        if (!take_uuid(statement, 0, &id) || !take_uuid(statement, 1, &parent) ||
            map_find(family, parent.bytes, sizeof parent.bytes) == MAP_NONE) {
            continue;
        }
        *last = id;
        if (map_put(family, id.bytes, sizeof id.bytes, 1, &added) == MAP_NONE) {
            code = error_nomem(err);
        }
    }
    db_reset(statement);
    return code;
}

enum mneme_code path_newest_end(const struct scope *scope, const struct uuid *conversation,
                                const struct uuid *from, int64_t from_seq, const char **out,
                                struct mneme_error *err)
{
    struct statement *statement;
    struct uuid last = *from;
    struct map family;
    bool added;
    char *text = arena_alloc(scope->arena, UUID_TEXT_LENGTH + 1);
    *out = text;
    map_init(&family);
    enum mneme_code code =
        text != NULL && map_put(&family, from->bytes, sizeof from->bytes, 1, &added) != MAP_NONE
            ? prepare_behind(scope, SQL_MESSAGE_BEHIND, conversation, from_seq, &statement, err)
            : error_nomem(err);
    if (code == MNEME_OK) {
        code = find_descendants(statement, &family, &last, err);
    }
    map_clear(&family);
    if (code == MNEME_OK) {
        uuid_format(&last, text);
    }
    return code;
}

struct uuid_list {
    struct uuid *items;
    size_t count, capacity;
};

static bool add_uuid(struct uuid_list *list, const struct uuid *id, struct arena *arena)
{
    list->items = arena_grow(arena, list->items, &list->capacity, list->count + 1, sizeof *id);
    if (list->items != NULL) {
        list->items[list->count++] = *id;
    }
    return list->items != NULL;
}

/* From the tip upwards to what is on the path already, whose number is *join_seq (0: nothing is). */
static enum mneme_code find_coming(const struct scope *scope, const char *tip,
                                   struct uuid_list *coming, int64_t *join_seq,
                                   struct mneme_error *err)
{
    struct path_place place;
    struct uuid next;
    bool has_next = tip != NULL && uuid_parse(tip, &next);
    int64_t below = 0;
    *join_seq = 0;
    while (has_next) {
        enum mneme_code code = path_place(scope, &next, &place, err);
        if (code != MNEME_OK) {
            return code;
        }
        if (place.message_seq == 0 || place.on_path) {
            // A parent that is gone, in rows of old exports: what was numbered before its child stays.
            *join_seq = place.on_path ? place.message_seq : below > 0 ? below - 1 : 0;
            return MNEME_OK;
        }
        if (!add_uuid(coming, &next, scope->arena)) {
            return error_nomem(err);
        }
        below = place.message_seq;
        has_next = place.has_parent;
        next = place.parent;
    }
    return MNEME_OK;
}

static enum mneme_code find_leaving(const struct scope *scope, const struct uuid *conversation,
                                    int64_t join_seq, struct uuid_list *leaving,
                                    struct mneme_error *err)
{
    struct statement *statement;
    bool has_row = true;
    enum mneme_code code =
        prepare_behind(scope, SQL_PATH_BEHIND, conversation, join_seq, &statement, err);
    while (code == MNEME_OK) {
        struct uuid id;
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        if (!take_uuid(statement, 0, &id) || !add_uuid(leaving, &id, scope->arena)) {
            code = error_nomem(err);
            db_reset(statement);
        }
    }
    return code;
}

/* Quietly: a message is the same on the path and off it. */
static enum mneme_code set_flags(struct change *change, const struct uuid_list *list, bool on_path,
                                 struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < list->count && code == MNEME_OK; i++) {
        struct statement *statement;
        int64_t seq, hlc;
        code = change_next(change, &seq, &hlc, err);
        if (code == MNEME_OK) {
            code = db_prepare(change->scope.db, SQL_MESSAGE_SET_PATH, &statement, err);
        }
        if (code != MNEME_OK) {
            break;
        }
        db_bind_uuid(statement, 1, &change->scope.user);
        db_bind_uuid(statement, 2, &list->items[i]);
        db_bind_integer(statement, 3, on_path);
        db_bind_integer(statement, 4, seq);
        db_bind_integer(statement, 5, hlc);
        db_bind_uuid(statement, 6, change_node(change));
        code = db_run(statement, err);
    }
    return code;
}

static bool put_all(struct map *map, const struct uuid_list *list)
{
    bool added, is_ok = true;
    for (size_t i = 0; i < list->count && is_ok; i++) {
        const struct uuid *id = &list->items[i];
        is_ok = map_put(map, id->bytes, sizeof id->bytes, 1, &added) != MAP_NONE;
    }
    return is_ok;
}

static enum mneme_code follow(struct change *change, const struct uuid *conversation,
                              int64_t join_seq, const struct uuid_list *coming,
                              const struct uuid_list *leaving, struct mneme_error *err)
{
    struct map moved;
    map_init(&moved);
    enum mneme_code code = put_all(&moved, coming) && put_all(&moved, leaving)
                               ? learnt_follow(change, conversation, join_seq, &moved, err)
                               : error_nomem(err);
    map_clear(&moved);
    return code;
}

enum mneme_code path_move(struct change *change, const char *conversation_id, const char *tip,
                          struct mneme_error *err)
{
    struct uuid_list coming = {0}, leaving = {0};
    struct uuid conversation;
    int64_t join_seq;
    if (!uuid_parse(conversation_id, &conversation)) {
        return MNEME_OK;
    }
    enum mneme_code code = find_coming(&change->scope, tip, &coming, &join_seq, err);
    if (code == MNEME_OK) {
        code = find_leaving(&change->scope, &conversation, join_seq, &leaving, err);
    }
    if (code == MNEME_OK) {
        code = set_flags(change, &leaving, false, err);
    }
    if (code == MNEME_OK) {
        code = set_flags(change, &coming, true, err);
    }
    return code == MNEME_OK ? follow(change, &conversation, join_seq, &coming, &leaving, err)
                            : code;
}

struct unhooking {
    const struct message *gone;
    int64_t next_variant;
    bool is_replaced; /* one of its children has taken its number */
};

static enum mneme_code hook_higher(struct change *change, const struct message *before,
                                   const void *context, struct mneme_error *err)
{
    struct unhooking *unhooking = *(struct unhooking *const *)context;
    struct message after = *before;
    if (before->parent_id == NULL || strcmp(before->parent_id, unhooking->gone->id) != 0) {
        return MNEME_OK;
    }
    field_set_text(&kind_message, &after, MESSAGE_PARENT_ID, unhooking->gone->parent_id);
    field_set_integer(&kind_message, &after, MESSAGE_VARIANT,
                      unhooking->is_replaced ? unhooking->next_variant++
                                             : unhooking->gone->variant);
    unhooking->is_replaced = true;
    return change_replace_quiet(change, &kind_message, &after, err);
}

enum mneme_code path_unhook(struct change *change, const struct message *message,
                            struct mneme_error *err)
{
    struct unhooking unhooking = {.gone = message}, *context = &unhooking;
    struct path_place parent = {0};
    struct uuid conversation, id;
    bool has_parent = message->parent_id != NULL && uuid_parse(message->parent_id, &id);
    enum mneme_code code = has_parent ? path_place(&change->scope, &id, &parent, err) : MNEME_OK;
    if (code == MNEME_OK && uuid_parse(message->conversation_id, &conversation)) {
        code = path_next_variant(&change->scope, &conversation, has_parent ? &id : NULL,
                                 parent.message_seq, &unhooking.next_variant, err);
    }
    return code == MNEME_OK
               ? message_for_each(change, message->conversation_id, hook_higher, &context, err)
               : code;
}

enum mneme_code message_copies(const struct scope *scope, const char *id, struct row_list *out,
                               struct mneme_error *err)
{
    struct statement *statement;
    struct uuid uuid;
    *out = (struct row_list){0};
    if (!uuid_parse(id, &uuid)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(scope->db, SQL_MESSAGE_COPIES, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, &uuid);
    return row_list(statement, &kind_message, SIZE_MAX, scope->arena, out, err);
}

bool path_is_moved_by(const char *operation)
{
    static const char *const moving[] = {"message.regenerate", "message.select", "message.branch"};
    for (size_t i = 0; i < sizeof moving / sizeof *moving; i++) {
        if (strcmp(operation, moving[i]) == 0) {
            return true;
        }
    }
    return false;
}
