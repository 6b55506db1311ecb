/*
 * Lists of records of one kind, filtered, ordered, a page at a time. SQL gives the order and begins behind the cursor;
 * what the list is about is asked row by row on the records themselves. Cursors name a place in the order, so a record
 * that keeps its place is on exactly one page, whatever is written meanwhile.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "engine/conversation.h"
#include "engine/cursor.h"
#include "engine/read.h"
#include "store/past.h"
#include "store/row.h"

#include <assert.h>
#include <string.h>

struct listing {
    const struct mneme *handle;
    const struct list_request *request;
    const struct scope *scope;
    struct cursor place; /* behind which the page begins */
    bool has_place;
    const char *name_part, *text_part; /* folded */
    struct uuid conversation;          /* bound while the statement runs */
    struct arena row;                  /* of the row at hand, until it is known to be wanted */
    size_t capacity;
    struct record_page *out;
};

/* The order of a conversation is that of its messages' numbers. */
static bool is_by_number(const struct list_request *request)
{
    return request->kind == &kind_message && request->conversation_id != NULL &&
           request->order == request->kind->orders && // created
           request->known_at_us == 0;
}

static enum sql_id choose_sql(const struct list_request *request)
{
    if (is_by_number(request)) {
        static const enum sql_id statements[2][2] = {
            {SQL_PATH_MESSAGES, SQL_MESSAGE_WINDOW},
            {SQL_CONVERSATION_MESSAGES, SQL_MESSAGE_VARIANTS},
        };
        return statements[request->with_alternatives][request->descending];
    }
    return row_list_statement(request->kind, request->order, request->descending);
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
    if (request->kind == &kind_message && !record->message.on_path && !request->with_alternatives) {
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

static bool has_part(struct listing *listing, const char *text, const char *folded_part)
{
    const char *folded = utf8_fold_name(&listing->row, text);
    return folded != NULL && strstr(folded, folded_part) != NULL;
}

/* Has any text of the record (or `only` the field of this name) the part in it? NULL asks nothing. */
static bool has_text(struct listing *listing, const union any_record *record,
                     const char *folded_part, const char *only)
{
    const struct kind *kind = listing->request->kind;
    bool has = folded_part == NULL;
    for (size_t i = COMMON_COUNT; i < kind->field_count && !has; i++) {
        const struct field *field = &kind->fields[i];
        bool is_asked = only == NULL || strcmp(field->name, only) == 0;
        if ((field->flags & (FIELD_UUID | FIELD_INTERNAL)) || !is_asked) {
            continue;
        }
        if (field->type == FIELD_TEXT && field_present(record, i)) {
            has = has_part(listing, field_text(kind, record, i), folded_part);
        } else if (field->type == FIELD_LIST) {
            struct list items = field_list(kind, record, i);
            for (size_t j = 0; j < items.count && !has; j++) {
                has = has_part(listing, items.items[j], folded_part);
            }
        }
    }
    return has;
}

static enum mneme_code is_wanted(struct listing *listing, union any_record *record, bool *out,
                                 struct mneme_error *err)
{
    const struct list_request *request = listing->request;
    const struct scope *scope = listing->scope;
    struct scope row_scope = *scope;
    row_scope.arena = &listing->row;
    enum mneme_code code = past_rewind(&row_scope, request->kind, record, out, err);
    if (code != MNEME_OK) {
        return code;
    }
    *out = *out && is_asked_for(request, record, scope->now_us) &&
           has_text(listing, record, listing->name_part, "name") &&
           has_text(listing, record, listing->text_part, NULL);
    if (arena_failed(&listing->row)) {
        return error_nomem(err);
    }
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

static enum field_type key_type(const struct list_request *request)
{
    return request->kind->fields[request->order->field].type;
}

/* Behind every name: a character that no text has, in front of all that could follow it. */
static const char last_text[] = "\xF4\x8F\xBF\xBF\xF4\x8F\xBF\xBF";

/* Where no page was before, the place is the one that lies in front of all others. */
static struct cursor open_place(const struct list_request *request)
{
    bool goes_down = request->descending;
    struct cursor place = {.integer = goes_down ? INT64_MAX : INT64_MIN};
    memset(&place.id, goes_down ? 0xff : 0, sizeof place.id);
    if (key_type(request) == FIELD_TEXT) {
        place.text = goes_down ? last_text : "";
    }
    return place;
}

static void bind_key(struct statement *statement, int parameter, const struct list_request *request,
                     const struct cursor *place)
{
    if (key_type(request) == FIELD_TEXT) {
        db_bind_text(statement, parameter, place->text ? place->text : "");
    } else if (place->is_real) {
        db_bind_real(statement, parameter, place->real);
    } else {
        db_bind_integer(statement, parameter, place->integer);
    }
}

static void bind(struct statement *statement, struct listing *listing)
{
    const struct list_request *request = listing->request;
    if (!listing->has_place) {
        listing->place = open_place(request);
    }
    const struct cursor *place = &listing->place;
    db_bind_uuid(statement, 1, &listing->scope->user);
    if (is_by_number(request)) {
        db_bind_uuid(statement, 2, &listing->conversation);
        bind_key(statement, 3, request, place);
        db_bind_integer(statement, 4, -1);
        return;
    }
    bind_key(statement, 2, request, place);
    db_bind_uuid(statement, 3, &place->id);
    if (request->order->then != 0) {
        db_bind_text(statement, 4, place->text ? place->text : "");
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

/* Of the row at hand; its texts live as long as the record. */
static struct cursor place_of(struct statement *statement, const struct list_request *request,
                              const union any_record *record)
{
    const struct kind *kind = request->kind;
    const struct kind_order *order = request->order;
    struct cursor place = {.is_real = key_type(request) == FIELD_REAL};
    size_t text = key_type(request) == FIELD_TEXT ? order->field : order->then;
    if (is_by_number(request)) {
        place.integer = record->message.message_seq;
    } else if (place.is_real) {
        place.real = db_real(statement, key_column(kind));
    } else if (key_type(request) != FIELD_TEXT) {
        place.integer = db_integer(statement, key_column(kind));
    }
    if (text != 0) {
        place.text = field_text(kind, record, text);
    }
    bool is_uuid = uuid_parse(field_text(kind, record, COMMON_ID), &place.id);
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
    void *record = &out->records[out->count++];
    bool was_there; // asked before
    enum mneme_code code = row_read(statement, listing->request->kind, record, 0, arena, err);
    return code == MNEME_OK
               ? past_rewind(listing->scope, listing->request->kind, record, &was_there, err)
               : code;
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
        code = add_row(listing, statement, err);
        if (code == MNEME_OK) {
            last = place_of(statement, request, &out->records[out->count - 1]);
        }
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
    if (request->name_part != NULL) {
        listing.name_part = utf8_fold_name(arena, request->name_part);
    }
    if (request->text_part != NULL) {
        listing.text_part = utf8_fold_name(arena, request->text_part);
    }
    if (arena_failed(arena)) {
        return error_nomem(err);
    }
    listing.has_place = request->page.cursor != NULL;
    enum mneme_code code = cursor_parse(handle, &request->page, arena, &listing.place, err);
    if (code == MNEME_OK) {
        code = snapshot_begin(handle, arena, &snapshot, err);
    }
    if (code == MNEME_OK) {
        snapshot.scope.known_at_us = request->known_at_us;
        listing.scope = &snapshot.scope;
        code = snapshot.is_known ? read_list(&listing, err) : MNEME_OK;
        snapshot_end(&snapshot);
    }
    return code;
}
