/*
 * Lists of records of one kind, filtered, ordered, a page at a time. SQL gives the order and begins behind the cursor;
 * what the list is about is asked row by row on the records themselves. Cursors name a place in the order, so a record
 * that keeps its place is on exactly one page, whatever is written meanwhile.
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
    const struct scope *scope;
    struct cursor place; /* behind which the page begins */
    bool has_place;
    struct uuid open, conversation; /* bound while the statement runs */
    struct arena row;               /* of the row at hand, until it is known to be wanted */
    size_t capacity;
    struct record_page *out;
};

/* The order of a conversation is that of its messages' numbers. */
static bool is_by_number(const struct list_request *request)
{
    return request->kind == &kind_message && request->conversation_id != NULL &&
           request->order == ORDER_CREATED;
}

static enum sql_id choose_sql(const struct list_request *request)
{
    if (is_by_number(request)) {
        return request->descending ? SQL_MESSAGE_WINDOW : SQL_CONVERSATION_MESSAGES;
    }
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

/* A filter asks what an answer would show. */
static enum mneme_code derive(const struct listing *listing, union any_record *record,
                              struct arena *arena, struct mneme_error *err)
{
    struct scope scope = *listing->scope;
    scope.arena = arena;
    return listing->request->kind == &kind_conversation
               ? conversation_derive(&scope, &record->conversation, err)
               : MNEME_OK;
}

static enum mneme_code is_wanted(struct listing *listing, union any_record *record, bool *out,
                                 struct mneme_error *err)
{
    const struct list_request *request = listing->request;
    const struct scope *scope = listing->scope;
    *out = is_asked_for(request, record, scope->now_us);
    enum mneme_code code = MNEME_OK;
    if (*out && request->filter != NULL) {
        code = derive(listing, record, &listing->row, err);
    }
    if (code == MNEME_OK && *out) {
        code = filter_matches(request->filter, request->kind, record, out, err);
    }
    return code == MNEME_OK && *out
               ? record_is_shown(scope, request->kind, record, request->include_deleted, out, err)
               : code;
}

/* Parameters 1 to 4. Where no page was before, the place is the one that lies behind all others. */
static void bind(struct statement *statement, struct listing *listing)
{
    const struct list_request *request = listing->request;
    const struct cursor *place = &listing->place;
    bool is_numbered = is_by_number(request);
    memset(&listing->open, request->descending ? 0xff : 0, sizeof listing->open);
    db_bind_uuid(statement, 1, &listing->scope->user);
    if (is_numbered) {
        db_bind_uuid(statement, 2, &listing->conversation);
    } else {
        db_bind_integer(statement, 2, request->order);
    }
    if (!listing->has_place) {
        db_bind_integer(statement, 3, request->descending ? INT64_MAX : INT64_MIN);
    } else if (place->is_real) {
        db_bind_real(statement, 3, place->real);
    } else {
        db_bind_integer(statement, 3, place->integer);
    }
    if (is_numbered) {
        db_bind_integer(statement, 4, -1);
    } else {
        db_bind_uuid(statement, 4, listing->has_place ? &place->id : &listing->open);
    }
}

/* The sort key follows the record's columns. */
static int key_column(const struct kind *kind)
{
    int count = 0;
    for (size_t i = 0; i < kind->field_count; i++) {
        count += !(kind->fields[i].flags & FIELD_DERIVED);
    }
    return count;
}

static struct cursor place_of(struct statement *statement, const struct list_request *request,
                              const union any_record *record)
{
    struct cursor place = {.is_real = request->order == ORDER_IMPORTANCE};
    if (is_by_number(request)) {
        place.integer = record->message.message_seq;
    } else if (place.is_real) {
        place.real = db_real(statement, key_column(request->kind));
    } else {
        place.integer = db_integer(statement, key_column(request->kind));
    }
    bool is_uuid = uuid_parse(field_text(request->kind, record, COMMON_ID), &place.id);
    assert(is_uuid);
    (void)is_uuid;
    return place;
}

/* Keeps the row at hand for the answer. */
static enum mneme_code add_row(struct listing *listing, struct statement *statement,
                               struct mneme_error *err)
{
    struct record_page *out = listing->out;
    struct arena *arena = listing->scope->arena;
    out->records =
        arena_grow(arena, out->records, &listing->capacity, out->count + 1, sizeof *out->records);
    if (out->records == NULL) {
        return error_nomem(err);
    }
    return row_read(statement, listing->request->kind, &out->records[out->count++], 0, arena, err);
}

static enum mneme_code read_page(struct listing *listing, struct statement *statement,
                                 struct mneme_error *err)
{
    const struct list_request *request = listing->request;
    struct record_page *out = listing->out;
    struct cursor last = {0};
    bool has_row = true;
    enum mneme_code code = MNEME_OK;
    while (code == MNEME_OK) {
        union any_record record;
        bool wanted = false;
        arena_clear(&listing->row);
        code = row_next(statement, request->kind, &record, &listing->row, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        code = is_wanted(listing, &record, &wanted, err);
        if (code != MNEME_OK || !wanted) {
            continue;
        }
        if (out->count == request->page.limit) {
            code = cursor_format(listing->handle, &request->page, &last, listing->scope->arena,
                                 &out->next_cursor, err);
            break;
        }
        last = place_of(statement, request, &record);
        code = add_row(listing, statement, err);
    }
    db_reset(statement);
    return code;
}

static enum mneme_code read_list(struct listing *listing, struct mneme_error *err)
{
    const struct list_request *request = listing->request;
    struct statement *statement;
    if (is_by_number(request) && !uuid_parse(request->conversation_id, &listing->conversation)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(listing->scope->db, choose_sql(request), &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    bind(statement, listing);
    arena_init(&listing->row);
    code = read_page(listing, statement, err);
    arena_clear(&listing->row);
    for (size_t i = 0; i < listing->out->count && code == MNEME_OK; i++) {
        code = derive(listing, &listing->out->records[i], listing->scope->arena, err);
    }
    return code;
}

enum mneme_code record_list(const struct mneme *handle, const struct list_request *request,
                            struct arena *arena, struct record_page *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct listing listing = {.handle = handle, .request = request, .out = out};
    *out = (struct record_page){0};
    listing.has_place = request->page.cursor != NULL;
    enum mneme_code code = cursor_parse(handle, &request->page, arena, &listing.place, err);
    if (code == MNEME_OK) {
        code = snapshot_begin(handle, arena, &snapshot, err);
    }
    if (code == MNEME_OK) {
        listing.scope = &snapshot.scope;
        code = snapshot.is_known ? read_list(&listing, err) : MNEME_OK;
        snapshot_end(&snapshot);
    }
    return code;
}
