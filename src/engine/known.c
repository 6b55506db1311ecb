/* The rows as they are now are loaded first; then each that was changed since takes its place of then, or leaves. */
#include "engine/known.h"

#include "base/limits.h"
#include "store/past.h"
#include "store/row.h"

#include <string.h>

/* The fields of the columns; absent ones are what partition_row_init makes them. */
static const char *const texts_of_all[TEXT_COLUMNS] = {
    [COLUMN_ORIGIN] = "origin", [COLUMN_PRINCIPAL] = "principal", [COLUMN_TRUST] = "trust"};
static const char *const texts_of_memory[TEXT_COLUMNS] = {
    [COLUMN_ORIGIN] = "origin",       [COLUMN_PRINCIPAL] = "principal", [COLUMN_TRUST] = "trust",
    [COLUMN_NAMESPACE] = "namespace", [COLUMN_TIER] = "tier",           [COLUMN_TYPE] = "type",
    [COLUMN_SUBJECT] = "subject",     [COLUMN_AGENT_ID] = "agent_id",   [COLUMN_RUN_ID] = "run_id",
    [COLUMN_SOURCE] = "source"};
static const char *const texts_of_message[TEXT_COLUMNS] = {[COLUMN_ORIGIN] = "origin",
                                                           [COLUMN_PRINCIPAL] = "principal",
                                                           [COLUMN_TRUST] = "trust",
                                                           [COLUMN_SITTING] = "sitting",
                                                           [COLUMN_ROLE] = "role",
                                                           [COLUMN_SPEAKER] = "speaker",
                                                           [COLUMN_AGENT_NAME] = "agent_name",
                                                           [COLUMN_LLM_PROVIDER] = "llm_provider"};
static const char *const integers_of_all[INTEGER_COLUMNS] = {
    [COLUMN_CREATED_AT] = "created_at",
    [COLUMN_UPDATED_AT] = "updated_at",
    [COLUMN_LAST_ACCESSED_AT] = "last_accessed_at",
    [COLUMN_ACCESS_COUNT] = "access_count"};
static const char *const integers_of_memory[INTEGER_COLUMNS] = {
    [COLUMN_CREATED_AT] = "created_at", [COLUMN_UPDATED_AT] = "updated_at",
    [COLUMN_EVENT_AT] = "event_at",     [COLUMN_EXPIRES_AT] = "expires_at",
    [COLUMN_VALID_FROM] = "valid_from", [COLUMN_LAST_ACCESSED_AT] = "last_accessed_at",
    [COLUMN_VALID_TO] = "valid_to",     [COLUMN_ACCESS_COUNT] = "access_count"};
static const char *const integers_of_message[INTEGER_COLUMNS] = {
    [COLUMN_CREATED_AT] = "created_at",   [COLUMN_UPDATED_AT] = "updated_at",
    [COLUMN_EVENT_AT] = "event_at",       [COLUMN_EXPIRES_AT] = "expires_at",
    [COLUMN_MESSAGE_SEQ] = "message_seq", [COLUMN_LAST_ACCESSED_AT] = "last_accessed_at",
    [COLUMN_TOKEN_COUNT] = "token_count", [COLUMN_ACCESS_COUNT] = "access_count"};

static const struct columns {
    const char *const *texts, *const *integers;
    bool is_weighed, has_tags; /* importance and pinned; tags */
} columns_of[PARTITION_KINDS] = {
    [PARTITION_MEMORY] = {texts_of_memory, integers_of_memory, true, true},
    [PARTITION_MESSAGE] = {texts_of_message, integers_of_message, true, false},
    [PARTITION_SUMMARY] = {texts_of_all, integers_of_all, false, false},
    [PARTITION_CHARACTER] = {texts_of_all, integers_of_all, false, false},
    [PARTITION_PROP] = {texts_of_all, integers_of_all, false, true},
};

struct changed {
    struct uuid id;
    const struct kind *kind;
};

struct rewinding {
    const struct mneme *handle;
    struct index_view *view;
    const struct index_spaces *spaces;
    struct scope scope; /* in the past; its arena is that of the record at hand */
    struct arena arena;
    struct changed *changed;
    size_t count, capacity, embedded;
};

static enum mneme_code add_changed(struct rewinding *all, struct statement *statement,
                                   struct arena *arena, struct mneme_error *err)
{
    struct changed *changed;
    const char *id, *kind = db_text(statement, 1, NULL);
    enum mneme_code code = row_id(statement, 0, arena, &id, err);
    if (code != MNEME_OK) {
        return code;
    }
    const struct kind *found = kind != NULL ? kind_find(kind) : NULL;
    if (found == NULL || !found->is_recalled) {
        return MNEME_OK;
    }
    if (all->count == LIMIT_KNOWN_RECORDS) {
        return error_field(err, MNEME_LIMIT, "known_at", "max_items",
                           "more than %d records were changed since", LIMIT_KNOWN_RECORDS);
    }
    all->changed =
        arena_grow(arena, all->changed, &all->capacity, all->count + 1, sizeof *all->changed);
    if (all->changed == NULL) {
        return error_nomem(err);
    }
    changed = &all->changed[all->count++];
    changed->kind = found;
    return uuid_parse(id, &changed->id) ? MNEME_OK : error_set(err, MNEME_STORAGE, "a bad id");
}

static enum mneme_code list_changed(struct rewinding *all, struct arena *arena,
                                    struct mneme_error *err)
{
    struct statement *statement;
    bool has_row = true;
    enum mneme_code code = db_prepare(all->view->db, SQL_HISTORY_CHANGED, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &all->scope.user);
    db_bind_integer(statement, 2, all->scope.known_at_us);
    while (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        code = add_changed(all, statement, arena, err);
    }
    db_reset(statement);
    return code;
}

/* The vector that the record has now. */
static enum mneme_code stored_vector(struct rewinding *all, struct partition_row *row,
                                     struct mneme_error *err)
{
    const struct index_view *view = all->view;
    enum mneme_code code = MNEME_OK;
    for (unsigned i = 0; i < PARTITION_SPACES && code == MNEME_OK && row->vector == NULL; i++) {
        struct statement *statement;
        bool has_row;
        size_t length = 0;
        if (view->dimensions[i] == 0) {
            continue;
        }
        code = db_prepare(view->db, SQL_VECTOR_GET, &statement, err);
        if (code != MNEME_OK) {
            break;
        }
        db_bind_uuid(statement, 1, &view->user);
        db_bind_integer(statement, 2, view->space_ids[i]);
        db_bind_uuid(statement, 3, &row->id);
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            continue;
        }
        const void *bytes = db_bytes(statement, 0, &length);
        bool fits = length == view->dimensions[i] * sizeof(float);
        row->vector = fits ? arena_copy(&all->arena, bytes, length) : NULL;
        row->space = i;
        db_reset(statement);
        code = !fits                 ? error_field(err, MNEME_STORAGE, "vector", "corrupt",
                                                   "a stored 'vector' is damaged")
               : row->vector == NULL ? error_nomem(err)
                                     : MNEME_OK;
    }
    return code;
}

/* A text that is no more what is stored: by the models at hand. One that nobody can embed now goes by its words. */
static enum mneme_code embed_old_text(struct rewinding *all, const char *text,
                                      struct partition_row *row, struct mneme_error *err)
{
    struct prepared_vector vector;
    if (all->embedded++ >= LIMIT_KNOWN_TEXTS) {
        return MNEME_OK;
    }
    enum mneme_code code = prepare_vectors(all->handle, &text, 1, &all->arena, &vector, NULL, err);
    if (code != MNEME_OK) {
        return code;
    }
    for (unsigned i = 0; i < PARTITION_SPACES && row->vector == NULL; i++) {
        const struct prepared_vector *made = &vector;
        while (made != NULL && (made->vector == NULL || all->spaces->names[i] == NULL ||
                                strcmp(made->space, all->spaces->names[i]) != 0 ||
                                made->dimension != all->view->dimensions[i])) {
            made = made->next;
        }
        if (made != NULL) {
            row->vector = made->vector;
            row->space = i;
        }
    }
    return MNEME_OK;
}

static enum mneme_code find_vector(struct rewinding *all, const struct kind *kind, const void *now,
                                   const void *then, struct partition_row *row,
                                   struct mneme_error *err)
{
    const char *new_text = record_embedded_text(kind, now, &all->arena);
    const char *old_text = record_embedded_text(kind, then, &all->arena);
    if (new_text == NULL || old_text == NULL) {
        return error_nomem(err);
    }
    return strcmp(new_text, old_text) == 0 ? stored_vector(all, row, err)
                                           : embed_old_text(all, old_text, row, err);
}

static void fill_columns(const struct kind *kind, const union any_record *record,
                         struct partition_row *row)
{
    const struct columns *columns = &columns_of[row->kind];
    for (int i = 0; i < TEXT_COLUMNS; i++) {
        if (columns->texts[i] != NULL) {
            size_t field = field_find(kind, columns->texts[i]);
            partition_row_text(row, (enum text_column)i, field_text(kind, record, field));
        }
    }
    for (int i = 0; i < INTEGER_COLUMNS; i++) {
        size_t field =
            columns->integers[i] ? field_find(kind, columns->integers[i]) : (size_t)FIELD_NONE;
        if (field != FIELD_NONE && field_present(record, field)) {
            row->integers[i] = field_integer(kind, record, field);
        }
    }
    if (columns->is_weighed) {
        row->reals[COLUMN_IMPORTANCE] = field_real(kind, record, field_find(kind, "importance"));
        row->is_pinned = field_boolean(kind, record, field_find(kind, "pinned"));
    }
    if (columns->has_tags) {
        row->tags = field_list(kind, record, field_find(kind, "tags"));
    }
    if (kind == &kind_memory) {
        row->reals[COLUMN_CONFIDENCE] = record->memory.confidence;
        row->is_superseded = record->memory.superseded_by != NULL;
    }
}

/* `then` is a record of the past that was live in it. */
static enum mneme_code put_row(struct rewinding *all, const struct kind *kind,
                               const union any_record *now, union any_record *then,
                               struct mneme_error *err)
{
    struct partition_row row;
    struct document document;
    struct uuid id, conversation;
    size_t of_conversation = field_find(kind, "conversation_id");
    bool is_uuid = uuid_parse(then->common.id, &id);
    enum mneme_code code = prepare_record(all->handle, kind, then, &all->arena, err);
    if (code == MNEME_OK) {
        struct bytes terms = field_bytes(kind, then, field_find(kind, "terms"));
        code = document_decode(terms.data, terms.length, &all->arena, &document, err);
    }
    if (code != MNEME_OK || !is_uuid) {
        return code;
    }
    partition_row_init(&row, partition_kind_of(kind), &id);
    fill_columns(kind, then, &row);
    row.document = &document;
    if (of_conversation != FIELD_NONE && field_present(then, of_conversation) &&
        uuid_parse(field_text(kind, then, of_conversation), &conversation)) {
        row.conversation = &conversation;
    }
    code = find_vector(all, kind, now, then, &row, err);
    return code == MNEME_OK ? partition_put(all->view->own, &row, err) : code;
}

static enum mneme_code rewind_one(struct rewinding *all, const struct changed *changed,
                                  struct mneme_error *err)
{
    const struct kind *kind = changed->kind;
    struct scope today = all->scope;
    union any_record now, then;
    char id[UUID_TEXT_LENGTH + 1];
    bool found;
    uuid_format(&changed->id, id);
    today.known_at_us = 0;
    enum mneme_code code = record_find(&today, kind, id, &now, &found, err);
    then = now;
    if (code == MNEME_OK && found) {
        code = past_rewind(&all->scope, kind, &then, &found, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (found && record_is_live(kind, &then, all->scope.now_us)) {
        return put_row(all, kind, &now, &then, err);
    }
    partition_remove(all->view->own, &changed->id);
    return MNEME_OK;
}

static enum mneme_code rewind_all(struct rewinding *all, struct arena *arena,
                                  struct mneme_error *err)
{
    enum mneme_code code = list_changed(all, arena, err);
    for (size_t i = 0; i < all->count && code == MNEME_OK; i++) {
        arena_clear(&all->arena);
        code = rewind_one(all, &all->changed[i], err);
    }
    return code == MNEME_OK ? partition_settle(all->view->own, all->scope.now_us, err) : code;
}

enum mneme_code known_begin(const struct mneme *handle, const struct recalling *recalling,
                            const struct index_spaces *spaces, struct arena *arena,
                            struct index_view *out, struct mneme_error *err)
{
    const struct recall_request *request = &recalling->request;
    struct rewinding all = {.handle = handle, .view = out, .spaces = spaces};
    enum mneme_code code =
        index_begin_own(engine_index(handle), handle->user_name, spaces, out, err);
    if (code != MNEME_OK || !out->is_known) {
        return code;
    }
    arena_init(&all.arena);
    all.scope = (struct scope){.db = out->db,
                               .user = out->user,
                               .now_us = request->now_us,
                               .arena = &all.arena,
                               .known_at_us = recalling->known_at_us};
    code = rewind_all(&all, arena, err);
    arena_clear(&all.arena);
    if (code != MNEME_OK) {
        index_end(out);
    }
    return code;
}
