/*
 * Lists of records of one kind, filtered, ordered, a page at a time. The filter is asked row by row on the records
 * themselves (SQL gives the order and the place); a page ends where its cursor begins.
 */
#include "base/limits.h"
#include "engine/conversation.h"
#include "engine/cursor.h"
#include "engine/read.h"
#include "store/row.h"

#include <assert.h>
#include <string.h>

/* The statements of a kind: by creation, and by any other order; forward and backward. */
struct list_sql {
    const struct kind *kind;
    enum sql_id created[2], other[2];
};
static const struct list_sql list_sqls[] = {
    {&kind_memory,
     {SQL_MEMORY_LIST_FORWARD, SQL_MEMORY_LIST_BACKWARD},
     {SQL_MEMORY_ORDER_FORWARD, SQL_MEMORY_ORDER_BACKWARD}},
    {&kind_conversation,
     {SQL_CONVERSATION_LIST_FORWARD, SQL_CONVERSATION_LIST_BACKWARD},
     {SQL_CONVERSATION_ORDER_FORWARD, SQL_CONVERSATION_ORDER_BACKWARD}},
    {&kind_message,
     {SQL_MESSAGE_ORDER_FORWARD, SQL_MESSAGE_ORDER_BACKWARD},
     {SQL_MESSAGE_ORDER_FORWARD, SQL_MESSAGE_ORDER_BACKWARD}},
    {&kind_link,
     {SQL_LINK_ORDER_FORWARD, SQL_LINK_ORDER_BACKWARD},
     {SQL_LINK_ORDER_FORWARD, SQL_LINK_ORDER_BACKWARD}},
};

struct listing {
    const struct mneme *handle;
    const struct list_request *request;
    const char *list; /* what a cursor is bound to */
    struct cursor place;
    bool has_place;
    struct arena *arena;
    struct record_page *out;
};

static enum sql_id choose_sql(const struct list_request *request)
{
    for (size_t i = 0; i < sizeof list_sqls / sizeof *list_sqls; i++) {
        if (list_sqls[i].kind == request->kind) {
            bool by_created = request->order == ORDER_CREATED;
            return (by_created ? list_sqls[i].created : list_sqls[i].other)[request->descending];
        }
    }
    assert(!"every kind that is listed has its statements in the table");
    return SQL_COUNT;
}

static bool is_working(const char *name_space)
{
    return strncmp(name_space, "task:", 5) == 0;
}

/* What the request says beside its filter. */
static bool is_asked_for(const struct list_request *request, const union any_record *record,
                         int64_t now_us)
{
    const struct memory *memory = &record->memory;
    if (request->created_from != TIME_NONE &&
        field_integer(request->kind, record, COMMON_CREATED_AT) < request->created_from) {
        return false;
    }
    if (request->kind != &kind_memory) {
        return request->name_space == NULL;
    }
    bool is_there = request->name_space ? strcmp(memory->name_space, request->name_space) == 0
                                        : !is_working(memory->name_space);
    bool is_over = memory->superseded_by != NULL ||
                   (field_present(memory, MEMORY_VALID_TO) && memory->valid_to <= now_us);
    return is_there && (!is_over || request->include_superseded);
}

static enum mneme_code is_wanted(const struct listing *listing, const struct scope *scope,
                                 const union any_record *record, bool *out, struct mneme_error *err)
{
    const struct list_request *request = listing->request;
    *out = is_asked_for(request, record, scope->now_us);
    enum mneme_code code = MNEME_OK;
    if (*out) {
        code = filter_matches(request->filter, request->kind, record, out, err);
    }
    return code == MNEME_OK && *out
               ? record_is_shown(scope, request->kind, record, request->include_deleted, out, err)
               : code;
}

static void bind_place(struct statement *statement, const struct listing *listing)
{
    const struct cursor *place = &listing->place;
    struct uuid least = {{0}}, greatest;
    memset(&greatest, 0xff, sizeof greatest);
    if (listing->has_place && place->is_real) {
        db_bind_real(statement, 3, place->real);
    } else if (listing->has_place) {
        db_bind_integer(statement, 3, place->integer);
    } else {
        db_bind_integer(statement, 3, listing->request->descending ? INT64_MAX : INT64_MIN);
    }
    const struct uuid *open = listing->request->descending ? &greatest : &least;
    db_bind_uuid(statement, 4, listing->has_place ? &place->id : open);
}

static void keep_place(struct statement *statement, size_t column, const union any_record *record,
                       const struct kind *kind, bool is_real, struct cursor *out)
{
    *out = (struct cursor){.is_real = is_real};
    if (is_real) {
        out->real = db_real(statement, (int)column);
    } else {
        out->integer = db_integer(statement, (int)column);
    }
    bool is_uuid = uuid_parse(field_text(kind, record, COMMON_ID), &out->id);
    assert(is_uuid);
    (void)is_uuid;
}

/* The sort key follows the record's columns. */
static size_t column_count(const struct kind *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < kind->field_count; i++) {
        count += !(kind->fields[i].flags & FIELD_DERIVED);
    }
    return count;
}

static enum mneme_code read_page(struct listing *listing, const struct snapshot *snapshot,
                                 struct statement *statement, struct mneme_error *err)
{
    const struct list_request *request = listing->request;
    struct record_page *out = listing->out;
    size_t capacity = 0, rank = column_count(request->kind);
    bool is_real = request->order == ORDER_IMPORTANCE, has_row = true, wanted = false;
    struct cursor last = {0};
    enum mneme_code code = MNEME_OK;
    while (code == MNEME_OK) {
        union any_record record = {0};
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            break;
        }
        code = row_read(statement, request->kind, &record, 0, listing->arena, err);
        if (code == MNEME_OK) {
            code = is_wanted(listing, &snapshot->scope, &record, &wanted, err);
        }
        if (code != MNEME_OK || !wanted) {
            continue;
        }
        if (out->count == request->limit) {
            out->next_cursor = cursor_format(listing->handle, listing->list, &last, listing->arena);
            code = out->next_cursor ? MNEME_OK : error_nomem(err);
            break;
        }
        out->records = arena_grow(listing->arena, out->records, &capacity, out->count + 1,
                                  sizeof *out->records);
        if (out->records == NULL) {
            code = error_nomem(err);
            break;
        }
        out->records[out->count++] = record;
        keep_place(statement, rank, &record, request->kind, is_real, &last);
    }
    db_reset(statement);
    return code;
}

/* The messages of one conversation, in their order. */
static enum mneme_code read_conversation(struct listing *listing, const struct snapshot *snapshot,
                                         struct mneme_error *err)
{
    const struct list_request *request = listing->request;
    struct record_page *out = listing->out;
    struct message_page page = {.conversation_id = request->conversation_id,
                                .after_seq = listing->place.integer};
    size_t capacity = 0;
    enum mneme_code code = MNEME_OK;
    while (code == MNEME_OK && !page.is_last && out->next_cursor == NULL) {
        code = message_page_read(&snapshot->scope, &page, err);
        for (size_t i = 0; i < page.count && code == MNEME_OK; i++) {
            union any_record record = {.message = page.messages[i]};
            bool wanted;
            code = is_wanted(listing, &snapshot->scope, &record, &wanted, err);
            if (code != MNEME_OK || !wanted) {
                continue;
            }
            if (out->count == request->limit) {
                struct cursor last = {.integer = out->records[out->count - 1].message.message_seq};
                out->next_cursor =
                    cursor_format(listing->handle, listing->list, &last, listing->arena);
                code = out->next_cursor ? MNEME_OK : error_nomem(err);
                break;
            }
            out->records = arena_grow(listing->arena, out->records, &capacity, out->count + 1,
                                      sizeof *out->records);
            if (out->records == NULL) {
                return error_nomem(err);
            }
            out->records[out->count++] = record;
        }
    }
    return code;
}

static enum mneme_code read_list(struct listing *listing, const struct snapshot *snapshot,
                                 struct mneme_error *err)
{
    const struct list_request *request = listing->request;
    struct statement *statement;
    if (request->kind == &kind_message && request->conversation_id != NULL) {
        return read_conversation(listing, snapshot, err);
    }
    enum mneme_code code = db_prepare(snapshot->scope.db, choose_sql(request), &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &snapshot->scope.user);
    db_bind_integer(statement, 2, request->order);
    bind_place(statement, listing);
    code = read_page(listing, snapshot, statement, err);
    for (size_t i = 0;
         i < listing->out->count && request->kind == &kind_conversation && code == MNEME_OK; i++) {
        code = conversation_derive(&snapshot->scope, &listing->out->records[i].conversation, err);
    }
    return code;
}

enum mneme_code record_list(const struct mneme *handle, const struct list_request *request,
                            struct arena *arena, struct record_page *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct listing listing = {.handle = handle, .request = request, .arena = arena, .out = out};
    *out = (struct record_page){0};
    listing.list =
        arena_printf(arena, "list %s %d %d %s %s", request->kind->name, (int)request->order,
                     request->descending, request->name_space ? request->name_space : "",
                     request->conversation_id ? request->conversation_id : "");
    if (listing.list == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = MNEME_OK;
    if (request->cursor != NULL) {
        listing.has_place = true;
        code = cursor_parse(handle, listing.list, request->cursor, arena, &listing.place, err);
    }
    if (code == MNEME_OK) {
        code = snapshot_begin(handle, arena, &snapshot, err);
    }
    if (code == MNEME_OK) {
        code = snapshot.is_known ? read_list(&listing, &snapshot, err) : MNEME_OK;
        snapshot_end(&snapshot);
    }
    return code;
}
