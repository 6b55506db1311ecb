/*
 * Loading. The statements (sql/queries/partition.sql) give both kinds the same columns, in the order of the enum below, so that
 * one function reads them; texts are borrowed from the statement until its next step.
 */
#include "index/load.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/limits.h"

#include <string.h>

enum {
    AT_ID,
    AT_GONE,
    AT_CONVERSATION,
    AT_TERMS,
    AT_VECTOR,
    AT_TAGS,
    AT_PINNED,
    AT_SUPERSEDED,
    AT_IMPORTANCE,
    AT_CONFIDENCE,
    AT_TEXTS,
    AT_INTEGERS = AT_TEXTS + TEXT_COLUMNS
};

/* What one load needs again for every row. */
struct loading {
    const struct partition_source *source;
    struct partition *partition;
    struct arena arena; /* of one row */
    float *vector;      /* aligned copy of a row's vector */
};

static enum mneme_code corrupt(const char *what, struct mneme_error *err)
{
    return error_field(err, MNEME_STORAGE, what, "corrupt", "a row's %s cannot be read", what);
}

static enum mneme_code read_tags(struct loading *loading, struct statement *statement,
                                 struct list *out, struct mneme_error *err)
{
    size_t length;
    const char *text = db_text(statement, AT_TAGS, &length);
    struct json *json;
    *out = (struct list){0};
    if (text == NULL) {
        return MNEME_OK;
    }
    enum mneme_code code = json_parse(text, length, LIMIT_BATCH_BYTES, &json, err);
    if (code != MNEME_OK) {
        return code == MNEME_NOMEM ? code : corrupt("tags", err);
    }
    size_t count = json_count(json);
    const char **items = arena_alloc_array(&loading->arena, count + 1, sizeof *items);
    for (size_t i = 0; i < count && items != NULL; i++) {
        const struct json *item = json_at(json, i);
        items[i] = json_type_of(item) == JSON_TYPE_TEXT
                       ? arena_text(&loading->arena, json_as_text(item, NULL))
                       : "";
    }
    *out = (struct list){.items = items, .count = count};
    json_free(json);
    return arena_failed(&loading->arena) ? error_nomem(err) : MNEME_OK;
}

/* SQLite hands out blobs wherever they lie in a page, so the numbers are copied to where floats may be read. */
static enum mneme_code read_vector(struct loading *loading, struct statement *statement,
                                   const float **out, struct mneme_error *err)
{
    size_t length, expected = loading->source->dimension * sizeof(float);
    const void *bytes = db_bytes(statement, AT_VECTOR, &length);
    *out = NULL;
    if (bytes == NULL || expected == 0) {
        return MNEME_OK;
    }
    if (length != expected) {
        return corrupt("vector", err);
    }
    memcpy(loading->vector, bytes, length);
    *out = loading->vector;
    return MNEME_OK;
}

static bool read_uuid(struct statement *statement, int column, struct uuid *out)
{
    size_t length;
    const void *bytes = db_bytes(statement, column, &length);
    if (bytes == NULL || length != sizeof out->bytes) {
        return false;
    }
    memcpy(out->bytes, bytes, length);
    return true;
}

static void read_columns(struct statement *statement, struct partition_row *row)
{
    for (int i = 0; i < TEXT_COLUMNS; i++) {
        size_t length = 0;
        const char *text = db_text(statement, AT_TEXTS + i, &length);
        row->texts[i] = (struct partition_text){text, length};
    }
    for (int i = 0; i < INTEGER_COLUMNS; i++) {
        int column = AT_INTEGERS + i;
        row->integers[i] =
            db_is_null(statement, column) ? TIME_NONE : db_integer(statement, column);
    }
    row->reals[COLUMN_IMPORTANCE] = db_real(statement, AT_IMPORTANCE);
    row->reals[COLUMN_CONFIDENCE] = db_real(statement, AT_CONFIDENCE);
    row->is_pinned = db_integer(statement, AT_PINNED) != 0;
    row->is_superseded = db_integer(statement, AT_SUPERSEDED) != 0;
}

static enum mneme_code put_row(struct loading *loading, struct statement *statement,
                               enum partition_kind kind, struct mneme_error *err)
{
    struct partition_row row;
    struct document document;
    struct uuid id, conversation;
    size_t length;
    arena_clear(&loading->arena);
    if (!read_uuid(statement, AT_ID, &id)) {
        return corrupt("id", err);
    }
    if (db_integer(statement, AT_GONE) != 0) {
        partition_remove(loading->partition, &id);
        return MNEME_OK;
    }
    partition_row_init(&row, kind, &id);
    read_columns(statement, &row);
    if (read_uuid(statement, AT_CONVERSATION, &conversation)) {
        row.conversation = &conversation;
    }
    const void *terms = db_bytes(statement, AT_TERMS, &length);
    enum mneme_code code = MNEME_OK;
    if (terms != NULL) {
        code = document_decode(terms, length, &loading->arena, &document, err);
        row.document = &document;
        if (code == MNEME_INVALID) {
            return corrupt("terms", err);
        }
    }
    if (code == MNEME_OK) {
        code = read_tags(loading, statement, &row.tags, err);
    }
    if (code == MNEME_OK) {
        code = read_vector(loading, statement, &row.vector, err);
    }
    return code == MNEME_OK ? partition_put(loading->partition, &row, err) : code;
}

static enum mneme_code load_kind(struct loading *loading, enum partition_kind kind,
                                 int64_t after_seq, struct mneme_error *err)
{
    const struct partition_source *source = loading->source;
    struct statement *statement;
    bool has_row = true;
    enum sql_id sql = kind == PARTITION_MEMORY ? SQL_PARTITION_MEMORIES : SQL_PARTITION_MESSAGES;
    enum mneme_code code = db_prepare(source->db, sql, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &source->user);
    db_bind_integer(statement, 2, after_seq);
    db_bind_integer(statement, 3, source->space_id);
    while (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            break;
        }
        code = put_row(loading, statement, kind, err);
    }
    db_reset(statement);
    return code;
}

static enum mneme_code remove_purged(struct loading *loading, int64_t after_seq,
                                     struct mneme_error *err)
{
    struct statement *statement;
    bool has_row = true;
    enum mneme_code code =
        db_prepare(loading->source->db, SQL_PARTITION_TOMBSTONES, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &loading->source->user);
    db_bind_integer(statement, 2, after_seq);
    while (code == MNEME_OK) {
        struct uuid id;
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            break;
        }
        if (read_uuid(statement, 0, &id)) {
            partition_remove(loading->partition, &id);
        }
    }
    db_reset(statement);
    return code;
}

static enum mneme_code reserve(struct loading *loading, struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    partition_set_dimension(loading->partition, loading->source->dimension);
    enum mneme_code code =
        db_prepare(loading->source->db, SQL_PARTITION_ROW_COUNT, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &loading->source->user);
    code = db_step(statement, &has_row, err);
    if (code != MNEME_OK) {
        return code;
    }
    size_t count = (size_t)db_integer(statement, 0);
    db_reset(statement);
    return partition_reserve(loading->partition, count, err);
}

enum mneme_code load_changes(const struct partition_source *source, int64_t after_seq,
                             struct partition *partition, struct mneme_error *err)
{
    struct loading loading = {.source = source, .partition = partition};
    loading.vector = mem_alloc((source->dimension + 1) * sizeof *loading.vector);
    if (loading.vector == NULL) {
        return error_nomem(err);
    }
    arena_init(&loading.arena);
    enum mneme_code code = after_seq == 0 ? reserve(&loading, err) : MNEME_OK;
    for (int kind = 0; kind < PARTITION_KINDS && code == MNEME_OK; kind++) {
        code = load_kind(&loading, (enum partition_kind)kind, after_seq, err);
    }
    if (code == MNEME_OK && after_seq > 0) {
        code = remove_purged(&loading, after_seq, err);
    }
    arena_clear(&loading.arena);
    mem_free(loading.vector);
    return code;
}
