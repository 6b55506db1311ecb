/*
 * A value that cannot be what we wrote is damage and is said to be so, never skipped: a row that reads as another
 * would be written back as that.
 */
#include "store/row.h"

#include "base/json.h"
#include "base/limits.h"

#include <assert.h>
#include <string.h>

/* One field of a record on its way to a parameter or from a column. */
struct cell {
    struct statement *statement;
    int at; /* parameter or column */
    const struct kind *kind;
    size_t i;
    struct arena *arena;
    struct mneme_error *err;
};

static enum mneme_code bind_uuid(const struct cell *cell, const char *text)
{
    const char *name = cell->kind->fields[cell->i].name;
    struct uuid *uuid = arena_alloc(cell->arena, sizeof *uuid);
    if (!uuid) return error_nomem(cell->err);
    if (!uuid_parse(text, uuid))
        return error_field(cell->err, MNEME_INVALID, name, "format", "'%s' must be a UUID", name);
    db_bind_uuid(cell->statement, cell->at, uuid);
    return MNEME_OK;
}

static enum mneme_code bind_list(const struct cell *cell, struct list list)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_LINE_BYTES);
    struct json_writer writer;
    json_writer_init(&writer, &text);
    json_begin_array(&writer, NULL);
    for (size_t i = 0; i < list.count; i++) json_write_text(&writer, NULL, list.items[i]);
    json_end_array(&writer);
    enum mneme_code code = strbuf_code(&text);
    const char *copy = code == MNEME_OK ? arena_text_n(cell->arena, text.text, text.length) : NULL;
    strbuf_clear(&text);
    if (code == MNEME_LIMIT)
        return error_set(cell->err, code, "a list is longer than a row may hold");
    if (!copy) return error_nomem(cell->err);
    db_bind_text(cell->statement, cell->at, copy);
    return MNEME_OK;
}

static enum mneme_code bind_field(const struct cell *cell, const void *record)
{
    struct statement *statement = cell->statement;
    const struct kind *kind = cell->kind;
    size_t i = cell->i;
    struct bytes bytes;
    switch (kind->fields[i].type) {
    case FIELD_TEXT:
        if (kind->fields[i].flags & FIELD_UUID) return bind_uuid(cell, field_text(kind, record, i));
        db_bind_text(statement, cell->at, field_text(kind, record, i));
        break;
    case FIELD_JSON: db_bind_text(statement, cell->at, field_text(kind, record, i)); break;
    case FIELD_INTEGER:
    case FIELD_TIME: db_bind_integer(statement, cell->at, field_integer(kind, record, i)); break;
    case FIELD_REAL: db_bind_real(statement, cell->at, field_real(kind, record, i)); break;
    case FIELD_BOOLEAN: db_bind_integer(statement, cell->at, field_boolean(kind, record, i)); break;
    case FIELD_LIST: return bind_list(cell, field_list(kind, record, i));
    case FIELD_BYTES:
        bytes = field_bytes(kind, record, i);
        db_bind_bytes(statement, cell->at, bytes.data, bytes.length);
        break;
    }
    return MNEME_OK;
}

enum mneme_code row_bind(struct statement *statement, const struct kind *kind, const void *record,
                         int first, struct arena *arena, struct mneme_error *err)
{
    struct cell cell = {statement, first, kind, 0, arena, err};
    for (; cell.i < kind->field_count; cell.i++) {
        if (kind->fields[cell.i].flags & FIELD_DERIVED) continue;
        enum mneme_code code = MNEME_OK;
        if (field_present(record, cell.i))
            code = bind_field(&cell, record);
        else
            db_bind_null(statement, cell.at);
        if (code != MNEME_OK) return code;
        cell.at++;
    }
    return MNEME_OK;
}

static enum mneme_code corrupt(const struct cell *cell)
{
    const char *name = cell->kind->fields[cell->i].name;
    return error_field(cell->err, MNEME_STORAGE, name, "corrupt",
                       "a %s's '%s' is damaged in the database", cell->kind->name, name);
}

static enum mneme_code read_text(const struct cell *cell, void *record)
{
    size_t length;
    const char *text = db_text(cell->statement, cell->at, &length);
    if (!text) return error_nomem(cell->err); // it is not NULL in the database
    if (memchr(text, '\0', length)) return corrupt(cell);
    const char *copy = arena_text_n(cell->arena, text, length);
    if (!copy) return error_nomem(cell->err);
    field_set_text(cell->kind, record, cell->i, copy);
    return MNEME_OK;
}

static enum mneme_code read_uuid(const struct cell *cell, void *record)
{
    size_t length;
    const void *bytes = db_bytes(cell->statement, cell->at, &length);
    struct uuid uuid;
    if (!bytes || length != sizeof uuid.bytes) return corrupt(cell);
    memcpy(uuid.bytes, bytes, sizeof uuid.bytes);
    char *text = arena_alloc(cell->arena, UUID_TEXT_LENGTH + 1);
    if (!text) return error_nomem(cell->err);
    uuid_format(&uuid, text);
    field_set_text(cell->kind, record, cell->i, text);
    return MNEME_OK;
}

/* The items of a JSON array into the arena; *out is NULL if it is not one of texts. */
static enum mneme_code copy_items(const struct json *array, struct arena *arena, const char ***out,
                                  struct mneme_error *err)
{
    *out = NULL;
    if (json_type_of(array) != JSON_TYPE_ARRAY) return MNEME_OK;
    const char **items = arena_alloc_array(arena, json_count(array), sizeof *items);
    for (size_t i = 0; items && i < json_count(array); i++) {
        const struct json *item = json_at(array, i);
        if (json_type_of(item) != JSON_TYPE_TEXT) return MNEME_OK;
        items[i] = arena_text(arena, json_as_text(item, NULL));
    }
    if (arena_failed(arena)) return error_nomem(err);
    *out = items;
    return MNEME_OK;
}

static enum mneme_code read_list(const struct cell *cell, void *record)
{
    size_t length;
    const char *text = db_text(cell->statement, cell->at, &length);
    if (!text) return error_nomem(cell->err);
    struct json *json;
    enum mneme_code code = json_parse(text, length, LIMIT_LINE_BYTES, &json, cell->err);
    if (code == MNEME_NOMEM) return code;
    if (code != MNEME_OK) return corrupt(cell);
    const char **items;
    code = copy_items(json, cell->arena, &items, cell->err);
    if (code == MNEME_OK && !items) code = corrupt(cell);
    if (code == MNEME_OK)
        field_set_list(cell->kind, record, cell->i, (struct list){items, json_count(json)});
    json_free(json);
    return code;
}

static enum mneme_code read_bytes(const struct cell *cell, void *record)
{
    size_t length;
    const void *bytes = db_bytes(cell->statement, cell->at, &length);
    const void *copy = arena_copy(cell->arena, bytes, length);
    if (!copy) return error_nomem(cell->err);
    field_set_bytes(cell->kind, record, cell->i, (struct bytes){copy, length});
    return MNEME_OK;
}

static enum mneme_code read_field(const struct cell *cell, void *record)
{
    const struct kind *kind = cell->kind;
    size_t i = cell->i;
    switch (kind->fields[i].type) {
    case FIELD_TEXT:
        if (kind->fields[i].flags & FIELD_UUID) return read_uuid(cell, record);
        return read_text(cell, record);
    case FIELD_JSON: return read_text(cell, record);
    case FIELD_INTEGER:
    case FIELD_TIME:
        field_set_integer(kind, record, i, db_integer(cell->statement, cell->at));
        return MNEME_OK;
    case FIELD_REAL:
        field_set_real(kind, record, i, db_real(cell->statement, cell->at));
        return MNEME_OK;
    case FIELD_BOOLEAN:
        field_set_boolean(kind, record, i, db_integer(cell->statement, cell->at) != 0);
        return MNEME_OK;
    case FIELD_LIST: return read_list(cell, record);
    case FIELD_BYTES: return read_bytes(cell, record);
    }
    return MNEME_OK;
}

enum mneme_code row_read(struct statement *statement, const struct kind *kind, void *record,
                         int first, struct arena *arena, struct mneme_error *err)
{
    memset(record, 0, kind->size);
    struct cell cell = {statement, first, kind, 0, arena, err};
    for (; cell.i < kind->field_count; cell.i++) {
        if (kind->fields[cell.i].flags & FIELD_DERIVED) continue;
        if (!db_is_null(statement, cell.at)) {
            enum mneme_code code = read_field(&cell, record);
            if (code != MNEME_OK) return code;
        }
        cell.at++;
    }
    ((struct record_head *)record)->given = 0;
    return MNEME_OK;
}

enum mneme_code row_next(struct statement *statement, const struct kind *kind, void *record,
                         struct arena *arena, bool *has_row, struct mneme_error *err)
{
    memset(record, 0, kind->size);
    enum mneme_code code = db_step(statement, has_row, err);
    if (code != MNEME_OK || !*has_row) return code;
    code = row_read(statement, kind, record, 0, arena, err);
    if (code != MNEME_OK) db_reset(statement);
    return code;
}

enum mneme_code row_find(struct statement *statement, const struct kind *kind, void *record,
                         struct arena *arena, bool *found, struct mneme_error *err)
{
    enum mneme_code code = row_next(statement, kind, record, arena, found, err);
    if (code == MNEME_OK && *found) db_reset(statement);
    return code;
}

enum mneme_code row_list(struct statement *statement, const struct kind *kind, size_t most,
                         struct arena *arena, struct row_list *out, struct mneme_error *err)
{
    size_t capacity = 0;
    bool has_row = true;
    *out = (struct row_list){0};
    for (;;) {
        enum mneme_code code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) return code;
        out->has_more = out->count == most;
        if (out->has_more) break;
        out->records = arena_grow(arena, out->records, &capacity, out->count + 1, kind->size);
        code = out->records
                   ? row_read(statement, kind, (char *)out->records + out->count * kind->size, 0,
                              arena, err)
                   : error_nomem(err);
        if (code != MNEME_OK) {
            db_reset(statement);
            return code;
        }
        out->count++;
    }
    db_reset(statement);
    return MNEME_OK;
}

enum mneme_code row_text(struct statement *statement, int column, struct arena *arena,
                         const char **out, struct mneme_error *err)
{
    size_t length;
    *out = NULL;
    if (db_is_null(statement, column)) return MNEME_OK;
    const char *text = db_text(statement, column, &length);
    if (text) *out = arena_text_n(arena, text, length);
    return *out ? MNEME_OK : error_nomem(err);
}

enum mneme_code row_id(struct statement *statement, int column, struct arena *arena,
                       const char **out, struct mneme_error *err)
{
    struct uuid id;
    size_t length;
    const void *bytes = db_bytes(statement, column, &length);
    *out = NULL;
    if (db_is_null(statement, column)) return MNEME_OK;
    if (length != sizeof id.bytes)
        return error_field(err, MNEME_STORAGE, "id", "corrupt", "an id in the store is damaged");
    char *text = arena_alloc(arena, UUID_TEXT_LENGTH + 1);
    if (!text) return error_nomem(err);
    memcpy(id.bytes, bytes, length);
    uuid_format(&id, text);
    *out = text;
    return MNEME_OK;
}

const struct sql_kind *row_statements(const struct kind *kind)
{
    size_t i = 0;
    while (kind_at(i) != kind) i++; // every kind is one of them
    return &sql_kinds[i];
}

enum sql_id row_list_statement(const struct kind *kind, const struct kind_order *order,
                               bool goes_down)
{
    for (size_t i = 0; i < sql_order_count; i++) {
        const struct sql_order *candidate = &sql_orders[i];
        if (strcmp(candidate->kind, kind->name) == 0 && strcmp(candidate->order, order->name) == 0)
            return goes_down ? candidate->backward : candidate->forward;
    }
    assert(!"every order has its statements");
    return SQL_COUNT;
}
