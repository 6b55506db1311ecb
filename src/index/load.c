#include "index/load.h"

#include "base/json.h"
#include "base/limits.h"

#include <string.h>

/* What was decoded for so many rows is freed at once. */
#define ROWS_PER_ARENA 256

/* The columns of partition_memory, partition_message and their like, in their order. */
enum column {
    AT_ID,
    AT_IS_GONE,
    AT_CREATED_AT,
    AT_UPDATED_AT,
    AT_EVENT_AT,
    AT_EXPIRES_AT,
    AT_IMPORTANCE,
    AT_PINNED,
    AT_LAST_ACCESSED_AT,
    AT_ACCESS_COUNT,
    AT_ORIGIN,
    AT_PRINCIPAL,
    AT_TRUST,
    AT_CONVERSATION,
    AT_TERMS,
    AT_VECTOR,
    AT_IS_SECOND,
    COMMON_COLUMNS,
    AT_NAMESPACE = COMMON_COLUMNS,
    AT_TIER,
    AT_TYPE,
    AT_SUBJECT,
    AT_AGENT_ID,
    AT_RUN_ID,
    AT_SOURCE,
    AT_CONFIDENCE,
    AT_VALID_FROM,
    AT_VALID_TO,
    AT_IS_SUPERSEDED,
    AT_TAGS,
    AT_SITTING = COMMON_COLUMNS,
    AT_ROLE,
    AT_SPEAKER,
    AT_AGENT_NAME,
    AT_LLM_PROVIDER,
    AT_MESSAGE_SEQ,
    AT_TOKEN_COUNT,
    AT_COPY_OF,
    AT_PROP_TAGS = COMMON_COLUMNS
};

struct loader {
    struct statement *statement;
    const struct load_state *state;
    struct partition *partition;
    struct arena arena; /* of the rows at hand */
    float *vector;      /* of the greater dimension; a blob need not be aligned */
    struct uuid conversation;
    struct document document;
};

static enum mneme_code corrupt(struct mneme_error *err, const char *field)
{
    return error_field(err, MNEME_STORAGE, field, "corrupt", "a stored '%s' is damaged", field);
}

static int64_t time_at(const struct loader *loader, int column)
{
    return db_is_null(loader->statement, column) ? TIME_NONE
                                                 : db_integer(loader->statement, column);
}

static void take_text(const struct loader *loader, int column, struct partition_text *out)
{
    out->bytes = db_text(loader->statement, column, &out->length);
}

static bool take_uuid(const struct loader *loader, int column, struct uuid *out)
{
    size_t length;
    const void *bytes = db_bytes(loader->statement, column, &length);
    if (!bytes || length != sizeof out->bytes) return false;
    memcpy(out->bytes, bytes, length);
    return true;
}

static enum mneme_code take_terms(struct loader *loader, struct partition_row *row,
                                  struct mneme_error *err)
{
    size_t length;
    const void *bytes = db_bytes(loader->statement, AT_TERMS, &length);
    if (!bytes) return MNEME_OK;
    row->document = &loader->document;
    enum mneme_code code = document_decode(bytes, length, &loader->arena, &loader->document, err);
    return code == MNEME_INVALID ? corrupt(err, "terms") : code;
}

/* A blob of the space's length into the loader's own place. */
static enum mneme_code copy_vector(struct loader *loader, int column, unsigned space,
                                   struct mneme_error *err)
{
    size_t length;
    const void *bytes = db_bytes(loader->statement, column, &length);
    if (length != loader->state->spaces[space].dimension * sizeof(float))
        return corrupt(err, "vector");
    memcpy(loader->vector, bytes, length);
    return MNEME_OK;
}

static enum mneme_code take_vector(struct loader *loader, struct partition_row *row,
                                   struct mneme_error *err)
{
    if (db_is_null(loader->statement, AT_VECTOR)) return MNEME_OK;
    row->space = db_integer(loader->statement, AT_IS_SECOND) != 0;
    row->vector = loader->vector;
    return copy_vector(loader, AT_VECTOR, row->space, err);
}

static enum mneme_code take_tags(struct loader *loader, int column, struct partition_row *row,
                                 struct mneme_error *err)
{
    size_t length;
    struct json *json;
    const char *text = db_text(loader->statement, column, &length);
    if (!text) return MNEME_OK;
    enum mneme_code code = json_parse(text, length, LIMIT_RESULT_BYTES, &json, err);
    if (code != MNEME_OK) return code == MNEME_NOMEM ? code : corrupt(err, "tags");
    size_t count = json_count(json);
    const char **items = arena_alloc_array(&loader->arena, count, sizeof *items);
    bool is_list = json_type_of(json) == JSON_TYPE_ARRAY && count <= LIMIT_TAGS;
    for (size_t i = 0; i < count && is_list && items; i++) {
        const struct json *item = json_at(json, i);
        is_list = json_type_of(item) == JSON_TYPE_TEXT;
        if (is_list) items[i] = arena_text(&loader->arena, json_as_text(item, NULL));
    }
    json_free(json);
    if (arena_failed(&loader->arena)) return error_nomem(err);
    if (!is_list) return corrupt(err, "tags");
    row->tags = (struct list){items, count};
    return MNEME_OK;
}

static enum mneme_code take_common(struct loader *loader, struct partition_row *row,
                                   struct mneme_error *err)
{
    struct statement *statement = loader->statement;
    row->integers[COLUMN_CREATED_AT] = time_at(loader, AT_CREATED_AT);
    row->integers[COLUMN_UPDATED_AT] = time_at(loader, AT_UPDATED_AT);
    row->integers[COLUMN_EVENT_AT] = time_at(loader, AT_EVENT_AT);
    row->integers[COLUMN_EXPIRES_AT] = time_at(loader, AT_EXPIRES_AT);
    row->integers[COLUMN_LAST_ACCESSED_AT] = time_at(loader, AT_LAST_ACCESSED_AT);
    row->integers[COLUMN_ACCESS_COUNT] = db_integer(statement, AT_ACCESS_COUNT);
    row->reals[COLUMN_IMPORTANCE] = db_real(statement, AT_IMPORTANCE);
    row->is_pinned = db_integer(statement, AT_PINNED) != 0;
    take_text(loader, AT_ORIGIN, &row->texts[COLUMN_ORIGIN]);
    take_text(loader, AT_PRINCIPAL, &row->texts[COLUMN_PRINCIPAL]);
    take_text(loader, AT_TRUST, &row->texts[COLUMN_TRUST]);
    if (!db_is_null(statement, AT_CONVERSATION)) {
        if (!take_uuid(loader, AT_CONVERSATION, &loader->conversation))
            return corrupt(err, "conversation_id");
        row->conversation = &loader->conversation;
    }
    enum mneme_code code = take_terms(loader, row, err);
    return code == MNEME_OK ? take_vector(loader, row, err) : code;
}

static enum mneme_code take_memory(struct loader *loader, struct partition_row *row,
                                   struct mneme_error *err)
{
    take_text(loader, AT_NAMESPACE, &row->texts[COLUMN_NAMESPACE]);
    take_text(loader, AT_TIER, &row->texts[COLUMN_TIER]);
    take_text(loader, AT_TYPE, &row->texts[COLUMN_TYPE]);
    take_text(loader, AT_SUBJECT, &row->texts[COLUMN_SUBJECT]);
    take_text(loader, AT_AGENT_ID, &row->texts[COLUMN_AGENT_ID]);
    take_text(loader, AT_RUN_ID, &row->texts[COLUMN_RUN_ID]);
    take_text(loader, AT_SOURCE, &row->texts[COLUMN_SOURCE]);
    row->reals[COLUMN_CONFIDENCE] = db_real(loader->statement, AT_CONFIDENCE);
    row->integers[COLUMN_VALID_FROM] = time_at(loader, AT_VALID_FROM);
    row->integers[COLUMN_VALID_TO] = time_at(loader, AT_VALID_TO);
    row->is_superseded = db_integer(loader->statement, AT_IS_SUPERSEDED) != 0;
    return take_tags(loader, AT_TAGS, row, err);
}

static enum mneme_code take_message(struct loader *loader, struct partition_row *row,
                                    struct mneme_error *err)
{
    take_text(loader, AT_SITTING, &row->texts[COLUMN_SITTING]);
    take_text(loader, AT_ROLE, &row->texts[COLUMN_ROLE]);
    take_text(loader, AT_SPEAKER, &row->texts[COLUMN_SPEAKER]);
    take_text(loader, AT_AGENT_NAME, &row->texts[COLUMN_AGENT_NAME]);
    take_text(loader, AT_LLM_PROVIDER, &row->texts[COLUMN_LLM_PROVIDER]);
    struct partition_text *copied = &row->texts[COLUMN_COPY_OF];
    copied->bytes = db_bytes(loader->statement, AT_COPY_OF, &copied->length);
    row->integers[COLUMN_MESSAGE_SEQ] = db_integer(loader->statement, AT_MESSAGE_SEQ);
    row->integers[COLUMN_TOKEN_COUNT] = db_integer(loader->statement, AT_TOKEN_COUNT);
    return row->conversation ? MNEME_OK : corrupt(err, "conversation_id");
}

static enum mneme_code load_row(struct loader *loader, enum partition_kind kind,
                                struct mneme_error *err)
{
    struct uuid id;
    struct partition_row row;
    if (!take_uuid(loader, AT_ID, &id)) return corrupt(err, "id");
    partition_row_init(&row, kind, &id);
    row.is_gone = db_integer(loader->statement, AT_IS_GONE) != 0;
    if (!row.is_gone) {
        enum mneme_code code = take_common(loader, &row, err);
        if (code == MNEME_OK && kind == PARTITION_MEMORY) code = take_memory(loader, &row, err);
        if (code == MNEME_OK && kind == PARTITION_MESSAGE) code = take_message(loader, &row, err);
        if (code == MNEME_OK && kind == PARTITION_PROP)
            code = take_tags(loader, AT_PROP_TAGS, &row, err);
        if (code != MNEME_OK) return code;
    }
    return partition_put(loader->partition, &row, err);
}

static enum mneme_code begin(struct db *db, enum sql_id query, const struct load_state *state,
                             int64_t since, struct statement **out, struct mneme_error *err)
{
    enum mneme_code code = db_prepare(db, query, out, err);
    if (code != MNEME_OK) return code;
    db_bind_uuid(*out, 1, &state->user);
    db_bind_integer(*out, 2, since);
    return MNEME_OK;
}

static enum mneme_code load_kind(struct loader *loader, struct db *db, enum partition_kind kind,
                                 int64_t since, struct mneme_error *err)
{
    static const enum sql_id queries[PARTITION_KINDS] = {
        [PARTITION_MEMORY] = SQL_PARTITION_MEMORY,
        [PARTITION_MESSAGE] = SQL_PARTITION_MESSAGE,
        [PARTITION_SUMMARY] = SQL_PARTITION_SUMMARY,
        [PARTITION_CHARACTER] = SQL_PARTITION_CHARACTER,
        [PARTITION_PROP] = SQL_PARTITION_PROP};
    enum mneme_code code = begin(db, queries[kind], loader->state, since, &loader->statement, err);
    if (code != MNEME_OK) return code;
    for (int i = 0; i < PARTITION_SPACES; i++)
        db_bind_integer(loader->statement, 3 + i, loader->state->spaces[i].space_id);
    bool has_row = true;
    for (unsigned count = 1; code == MNEME_OK; count++) {
        code = db_step(loader->statement, &has_row, err);
        if (code != MNEME_OK || !has_row) break;
        code = load_row(loader, kind, err);
        if (count % ROWS_PER_ARENA == 0) arena_clear(&loader->arena);
    }
    db_reset(loader->statement);
    return code;
}

static enum mneme_code reserve(struct db *db, const struct load_state *state,
                               struct partition *partition, struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    enum mneme_code code = begin(db, SQL_PARTITION_COUNT, state, 0, &statement, err);
    if (code == MNEME_OK) code = db_step(statement, &has_row, err);
    if (code != MNEME_OK) return code;
    size_t count = has_row ? (size_t)db_integer(statement, 0) : 0;
    db_reset(statement);
    return partition_reserve(partition, count, err);
}

static enum mneme_code remove_purged(struct db *db, const struct load_state *state, int64_t since,
                                     struct partition *partition, struct mneme_error *err)
{
    struct loader loader = {0};
    enum mneme_code code = begin(db, SQL_PARTITION_TOMBSTONE, state, since, &loader.statement, err);
    bool has_row = true;
    while (code == MNEME_OK) {
        struct uuid id;
        code = db_step(loader.statement, &has_row, err);
        if (code != MNEME_OK || !has_row) break;
        if (take_uuid(&loader, 0, &id))
            partition_remove(partition, &id);
        else
            code = corrupt(err, "record_id");
    }
    if (loader.statement) db_reset(loader.statement);
    return code;
}

/* What jobs brought for rows that are there already. */
static enum mneme_code load_late(struct loader *loader, struct db *db, unsigned space,
                                 int64_t since, struct mneme_error *err)
{
    int64_t space_id = loader->state->spaces[space].space_id;
    bool has_row = true;
    if (space_id == 0) return MNEME_OK;
    enum mneme_code code =
        begin(db, SQL_VECTOR_LATE, loader->state, since, &loader->statement, err);
    if (code != MNEME_OK) return code;
    db_bind_integer(loader->statement, 3, space_id);
    while (code == MNEME_OK) {
        struct uuid id;
        code = db_step(loader->statement, &has_row, err);
        if (code != MNEME_OK || !has_row) break;
        code = take_uuid(loader, 0, &id) ? copy_vector(loader, 1, space, err)
                                         : corrupt(err, "record_id");
        if (code == MNEME_OK)
            code = partition_put_vector(loader->partition, &id, loader->vector, space, err);
    }
    db_reset(loader->statement);
    return code;
}

static enum mneme_code load_space(struct db *db, const char *name, const struct load_state *state,
                                  struct load_space *out, struct mneme_error *err)
{
    struct statement *statement;
    bool has_row = false;
    *out = (struct load_space){0};
    if (!name) return MNEME_OK;
    enum mneme_code code = db_prepare(db, SQL_SPACE_FIND, &statement, err);
    if (code != MNEME_OK) return code;
    db_bind_uuid(statement, 1, &state->user);
    db_bind_text(statement, 2, name);
    code = db_step(statement, &has_row, err);
    if (code != MNEME_OK || !has_row) return code;
    int64_t dimension = db_integer(statement, 1);
    out->space_id = db_integer(statement, 0);
    db_reset(statement);
    if (dimension < 1 || dimension > LIMIT_DIMENSION) return corrupt(err, "dimension");
    out->dimension = (size_t)dimension;
    return MNEME_OK;
}

enum mneme_code load_spaces(struct db *db, const char *const names[PARTITION_SPACES],
                            struct load_state *state, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < PARTITION_SPACES && code == MNEME_OK; i++)
        code = load_space(db, names[i], state, &state->spaces[i], err);
    return code;
}

enum mneme_code load_changes(struct db *db, const struct load_state *state, int64_t since,
                             struct partition *partition, struct mneme_error *err)
{
    struct loader loader = {.state = state, .partition = partition};
    struct arena vector;
    arena_init(&loader.arena);
    arena_init(&vector);
    enum mneme_code code = MNEME_OK;
    size_t most = state->spaces[0].dimension > state->spaces[1].dimension
                      ? state->spaces[0].dimension
                      : state->spaces[1].dimension;
    loader.vector = arena_alloc_array(&vector, most, sizeof *loader.vector);
    if (!loader.vector) code = error_nomem(err);
    if (code == MNEME_OK && since == 0) code = reserve(db, state, partition, err);
    if (code == MNEME_OK && since > 0) code = remove_purged(db, state, since, partition, err);
    for (int kind = 0; kind < PARTITION_KINDS && code == MNEME_OK; kind++)
        code = load_kind(&loader, db, (enum partition_kind)kind, since, err);
    // The rows of a first load have theirs.
    for (unsigned i = 0; i < PARTITION_SPACES && code == MNEME_OK && since > 0; i++)
        code = load_late(&loader, db, i, since, err);
    arena_clear(&loader.arena);
    arena_clear(&vector);
    return code;
}
