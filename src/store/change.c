/*
 * What every write of a record has in common: ids, versions, the user's counter, stamps, change sets, history.
 */
#include "store/change.h"

#include "store/past.h"
#include "store/prefix.h"
#include "store/row.h"
#include "store/store_internal.h"

#include <assert.h>
#include <string.h>

/* The slot of the user of that name, who may be yet to be made. */
static enum mneme_code find_user(struct tx *tx, const char *name, struct user_slot **out,
                                 struct mneme_error *err)
{
    struct uuid id;
    bool found;
    int64_t seq;
    *out = tx_find_slot(tx, name);
    if (*out != NULL) {
        return tx_slot(tx, &(*out)->id, out, err);
    }
    enum mneme_code code = store_find_user(tx->db, name, &id, &seq, &found, err);
    if (code == MNEME_OK && !found) {
        code = store_new_id(tx->store, &id, err);
    }
    if (code == MNEME_OK && found) {
        code = tx_slot(tx, &id, out, err);
    } else if (code == MNEME_OK) {
        *out = tx_add_slot(tx, &id);
    }
    if (code == MNEME_OK && strlen(name) < sizeof(*out)->name) {
        memcpy((*out)->name, name, strlen(name) + 1);
    }
    return code;
}

/* A user exists from its first row on: a write that writes nothing makes none. */
static enum mneme_code make_user(struct tx *tx, const char *name, struct user_slot *slot,
                                 struct mneme_error *err)
{
    struct statement *statement;
    struct arena arena;
    char text[UUID_TEXT_LENGTH + 1];
    struct user user = {0};
    if (!slot->is_unmade) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(tx->db, SQL_USER_INSERT, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    uuid_format(&slot->id, text);
    field_set_text(&kind_user, &user, USER_ID, text);
    field_set_text(&kind_user, &user, USER_NAME, name);
    field_set_integer(&kind_user, &user, USER_CREATED_AT, tx->now_us);
    field_set_integer(&kind_user, &user, USER_CHANGE_SEQ, 0);
    arena_init(&arena);
    code = row_bind(statement, &kind_user, &user, 1, &arena, err);
    if (code == MNEME_OK) {
        code = db_run(statement, err);
    }
    arena_clear(&arena);
    slot->is_unmade = code != MNEME_OK;
    return code;
}

/* The slot of the change's user, who has a row from here on. */
static enum mneme_code user_to_write(struct change *change, struct user_slot **out,
                                     struct mneme_error *err)
{
    enum mneme_code code = tx_slot(change->tx, &change->scope.user, out, err);
    return code == MNEME_OK ? make_user(change->tx, change->user_name, *out, err) : code;
}

enum mneme_code change_make_user(struct change *change, struct mneme_error *err)
{
    struct user_slot *slot;
    return user_to_write(change, &slot, err);
}

enum mneme_code tx_user(struct tx *tx, const char *name, struct uuid *out, struct mneme_error *err)
{
    struct user_slot *slot;
    enum mneme_code code = find_user(tx, name, &slot, err);
    if (code == MNEME_OK) {
        *out = slot->id;
        code = make_user(tx, name, slot, err);
    }
    return code;
}

enum mneme_code change_begin(struct change *change, struct tx *tx, struct arena *arena,
                             const struct change_options *options, struct mneme_error *err)
{
    *change = (struct change){
        .tx = tx,
        .scope = {.db = tx->db, .now_us = tx->now_us, .arena = arena},
        .origin = options->origin ? options->origin : "user",
        .principal = options->principal ? options->principal : "local",
        .operation = options->operation,
        .job = options->job,
        .reason = options->reason,
        .is_barrier = options->is_barrier,
        .is_recorded = options->is_exact,
        .user_name = options->user_name,
    };
    struct user_slot *slot;
    enum mneme_code code = find_user(tx, options->user_name, &slot, err);
    if (code == MNEME_OK) {
        change->scope.user = slot->id;
    }
    uuid_format(&change->scope.user, change->user_text);
    return code;
}

static enum mneme_code record_change_set(struct change *change, struct mneme_error *err)
{
    struct tx *tx = change->tx;
    struct statement *statement;
    enum mneme_code code = store_new_id(tx->store, &change->change_set, err);
    if (code == MNEME_OK) {
        code = db_prepare(tx->db, SQL_CHANGE_SET_INSERT, &statement, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    char id[UUID_TEXT_LENGTH + 1];
    const struct kind *kind = &kind_change_set;
    struct change_set row = {0};
    uuid_format(&change->change_set, id);
    field_set_text(kind, &row, CHANGE_SET_ID, id);
    field_set_text(kind, &row, CHANGE_SET_USER_ID, change->user_text);
    field_set_integer(kind, &row, CHANGE_SET_TIME, tx->now_us);
    field_set_text(kind, &row, CHANGE_SET_ORIGIN, change->origin);
    field_set_text(kind, &row, CHANGE_SET_PRINCIPAL, change->principal);
    field_set_text(kind, &row, CHANGE_SET_OPERATION, change->operation);
    field_set_text(kind, &row, CHANGE_SET_JOB, change->job);
    field_set_text(kind, &row, CHANGE_SET_REASON, change->reason);
    field_set_boolean(kind, &row, CHANGE_SET_IS_BARRIER, change->is_barrier);
    code = row_bind(statement, kind, &row, 1, change->scope.arena, err);
    if (code == MNEME_OK) {
        code = db_run(statement, err);
    }
    change->is_recorded = code == MNEME_OK;
    return code;
}

enum mneme_code change_next(struct change *change, int64_t *seq, int64_t *hlc,
                            struct mneme_error *err)
{
    struct user_slot *slot;
    *seq = *hlc = 0;
    enum mneme_code code = user_to_write(change, &slot, err);
    if (code == MNEME_OK && !change->is_recorded) {
        code = record_change_set(change, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    *seq = ++slot->change_seq;
    slot->is_dirty = true;
    *hlc = tx_next_hlc(change->tx);
    if (change->first_seq == 0) {
        change->first_seq = *seq;
    }
    change->last_seq = *seq;
    return MNEME_OK;
}

enum mneme_code change_seq(const struct change *change, int64_t *seq, struct mneme_error *err)
{
    struct user_slot *slot;
    *seq = 0;
    enum mneme_code code = tx_slot(change->tx, &change->scope.user, &slot, err);
    if (code == MNEME_OK) {
        *seq = slot->change_seq;
    }
    return code;
}

enum mneme_code change_tick(struct change *change, int64_t *seq, struct mneme_error *err)
{
    struct user_slot *slot;
    *seq = 0;
    enum mneme_code code = user_to_write(change, &slot, err);
    if (code == MNEME_OK) {
        *seq = ++slot->change_seq;
        slot->is_dirty = true;
    }
    return code;
}

void change_note_pending(struct change *change, const struct uuid *job)
{
    for (size_t i = 0; i < change->pending_count; i++) {
        if (uuid_compare(&change->pending[i], job) == 0) {
            return;
        }
    }
    if (change->pending_count < CHANGE_JOBS) {
        change->pending[change->pending_count++] = *job;
    }
}

const struct uuid *change_node(const struct change *change)
{
    return &change->tx->store->node;
}

/* The fields' numbers of what links and versioned kinds share under different numbers. */
static size_t seq_field(const struct kind *kind)
{
    return kind->is_versioned ? (size_t)COMMON_CHANGE_SEQ : (size_t)LINK_CHANGE_SEQ;
}

static enum mneme_code stamp(struct change *change, const struct kind *kind, void *record,
                             struct mneme_error *err)
{
    int64_t seq, hlc;
    size_t at = seq_field(kind);
    enum mneme_code code = change_next(change, &seq, &hlc, err);
    if (code != MNEME_OK) {
        return code;
    }
    char *node = arena_alloc(change->scope.arena, UUID_TEXT_LENGTH + 1);
    if (node == NULL) {
        return error_nomem(err);
    }
    uuid_format(&change->tx->store->node, node);
    field_set_integer(kind, record, at, seq);
    field_set_integer(kind, record, at + 1, hlc);
    field_set_text(kind, record, at + 2, node);
    return MNEME_OK;
}

static enum mneme_code write_row(struct change *change, const struct kind *kind, void *record,
                                 enum sql_id sql, struct mneme_error *err)
{
    struct statement *statement;
    struct user_slot *slot;
    enum mneme_code code = user_to_write(change, &slot, err);
    if (code == MNEME_OK) {
        code = db_prepare(change->scope.db, sql, &statement, err);
    }
    if (code == MNEME_OK) {
        code = row_bind(statement, kind, record, 1, change->scope.arena, err);
    }
    return code == MNEME_OK ? db_run(statement, err) : code;
}

/* A statement about one record: ?1 is the user, `at` the record. Ids that are given here are ours, hence UUIDs. */
static enum mneme_code prepare_for(const struct change *change, enum sql_id sql, int at,
                                   const char *record_id, struct statement **out,
                                   struct mneme_error *err)
{
    struct uuid *record = arena_alloc(change->scope.arena, sizeof *record); // borrowed until reset
    if (record == NULL) {
        return error_nomem(err);
    }
    bool is_uuid = uuid_parse(record_id, record);
    assert(is_uuid);
    (void)is_uuid;
    enum mneme_code code = db_prepare(change->scope.db, sql, out, err);
    if (code == MNEME_OK) {
        db_bind_uuid(*out, 1, &change->scope.user);
        db_bind_uuid(*out, at, record);
    }
    return code;
}

static enum mneme_code next_link_version(struct change *change, const char *id, int64_t *out,
                                         struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    *out = 0;
    enum mneme_code code = prepare_for(change, SQL_LINK_NEXT_VERSION, 2, id, &statement, err);
    if (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
    }
    if (code == MNEME_OK) {
        *out = db_integer(statement, 0);
        db_reset(statement);
    }
    return code;
}

static enum mneme_code write_history(struct change *change, const struct kind *kind,
                                     const void *before, const void *after, struct mneme_error *err)
{
    const char *id = field_text(kind, after, COMMON_ID);
    int64_t version = 1;
    enum mneme_code code = MNEME_OK;
    if (kind->is_versioned) {
        version = field_integer(kind, after, COMMON_VERSION);
    } else if (before != NULL) {
        code = next_link_version(change, id, &version, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    char change_set[UUID_TEXT_LENGTH + 1];
    struct history row = {0};
    uuid_format(&change->change_set, change_set);
    field_set_text(&kind_history, &row, HISTORY_USER_ID, change->user_text);
    field_set_text(&kind_history, &row, HISTORY_RECORD_ID, id);
    field_set_text(&kind_history, &row, HISTORY_RECORD_KIND, kind->name);
    field_set_integer(&kind_history, &row, HISTORY_VERSION, version);
    field_set_text(&kind_history, &row, HISTORY_CHANGE_SET, change_set);
    field_set_integer(&kind_history, &row, HISTORY_AT, change->scope.now_us);
    if (before != NULL) {
        const char *json = record_to_json(kind, before, VIEW_EXACT, change->scope.arena);
        if (json == NULL) {
            return error_nomem(err);
        }
        field_set_text(&kind_history, &row, HISTORY_BEFORE, json);
    }
    return write_row(change, &kind_history, &row, SQL_HISTORY_INSERT, err);
}

static void set_if_absent(const struct kind *kind, void *record, size_t i, const char *value)
{
    if (!field_present(record, i)) {
        field_set_text(kind, record, i, value);
    }
}

/* What a tool says is its word, whoever wrote it down; all else is the owner's. */
static const char *trust_of(const struct change *change, const struct kind *kind,
                            const void *record)
{
    const char *role = kind == &kind_message ? field_text(kind, record, MESSAGE_ROLE) : NULL;
    bool is_of_tool =
        strcmp(change->origin, "tool") == 0 || (role != NULL && strcmp(role, "tool") == 0);
    return is_of_tool ? "tool" : "user";
}

static enum mneme_code fill_new(struct change *change, const struct kind *kind, void *record,
                                struct mneme_error *err)
{
    if (!field_present(record, COMMON_ID)) {
        struct uuid id;
        char *text = arena_alloc(change->scope.arena, UUID_TEXT_LENGTH + 1);
        enum mneme_code code = text ? store_new_id(change->tx->store, &id, err) : error_nomem(err);
        if (code != MNEME_OK) {
            return code;
        }
        uuid_format(&id, text);
        field_set_text(kind, record, COMMON_ID, text);
    }
    field_set_text(kind, record, COMMON_USER_ID, change->user_text);
    if (!field_present(record, COMMON_CREATED_AT)) {
        field_set_integer(kind, record, COMMON_CREATED_AT, change->scope.now_us);
    }
    if (!kind->is_versioned) {
        return MNEME_OK;
    }
    if (!field_present(record, COMMON_UPDATED_AT)) {
        field_set_integer(kind, record, COMMON_UPDATED_AT, change->scope.now_us);
    }
    if (!field_present(record, COMMON_VERSION)) {
        field_set_integer(kind, record, COMMON_VERSION, 1);
    }
    set_if_absent(kind, record, COMMON_ORIGIN, change->origin);
    set_if_absent(kind, record, COMMON_PRINCIPAL, change->principal);
    set_if_absent(kind, record, COMMON_TRUST, trust_of(change, kind, record));
    return MNEME_OK;
}

enum mneme_code change_insert(struct change *change, const struct kind *kind, void *record,
                              struct mneme_error *err)
{
    enum mneme_code code = fill_new(change, kind, record, err);
    if (code == MNEME_OK) {
        code = stamp(change, kind, record, err);
    }
    if (code == MNEME_OK) {
        code = write_row(change, kind, record, row_statements(kind)->insert, err);
    }
    if (code == MNEME_OK) {
        code = write_history(change, kind, NULL, record, err);
    }
    return code;
}

enum mneme_code change_insert_exact(struct change *change, const struct kind *kind, void *record,
                                    struct mneme_error *err)
{
    bool is_stamped = kind->is_versioned || kind == &kind_link;
    field_set_text(kind, record, field_find(kind, "user_id"), change->user_text);
    enum mneme_code code = is_stamped ? stamp(change, kind, record, err) : MNEME_OK;
    return code == MNEME_OK ? write_row(change, kind, record, row_statements(kind)->insert, err)
                            : code;
}

enum mneme_code change_put_tombstone(struct change *change, const struct kind *kind,
                                     const struct uuid *id, int64_t at_us, struct mneme_error *err)
{
    struct statement *statement;
    int64_t seq, hlc;
    enum mneme_code code = change_next(change, &seq, &hlc, err);
    if (code == MNEME_OK) {
        code = db_prepare(change->scope.db, SQL_TOMBSTONE_PUT, &statement, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, id);
    db_bind_text(statement, 3, kind->name);
    db_bind_integer(statement, 4, seq);
    db_bind_integer(statement, 5, hlc);
    db_bind_uuid(statement, 6, change_node(change));
    db_bind_integer(statement, 7, at_us);
    return db_run(statement, err);
}

enum mneme_code change_replace(struct change *change, const struct kind *kind, const void *before,
                               void *after, struct mneme_error *err)
{
    if (kind->is_versioned) {
        int64_t version = field_integer(kind, before, COMMON_VERSION);
        field_set_integer(kind, after, COMMON_VERSION, version + 1);
        field_set_integer(kind, after, COMMON_UPDATED_AT, change->scope.now_us);
    }
    enum mneme_code code = change_replace_quiet(change, kind, after, err);
    if (code == MNEME_OK) {
        code = prefix_note_change(change, kind, before, err);
    }
    return code == MNEME_OK ? write_history(change, kind, before, after, err) : code;
}

enum mneme_code change_replace_quiet(struct change *change, const struct kind *kind, void *after,
                                     struct mneme_error *err)
{
    enum mneme_code code = stamp(change, kind, after, err);
    return code == MNEME_OK ? write_row(change, kind, after, row_statements(kind)->update, err)
                            : code;
}

enum mneme_code record_find(const struct scope *scope, const struct kind *kind, const char *id,
                            void *out, bool *found, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid uuid;
    memset(out, 0, kind->size);
    *found = false;
    if (!uuid_parse(id, &uuid)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(scope->db, row_statements(kind)->get, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, &uuid);
    code = row_find(statement, kind, out, scope->arena, found, err);
    return code == MNEME_OK && *found ? past_rewind(scope, kind, out, found, err) : code;
}

enum mneme_code record_find_by_origin(const struct scope *scope, const struct kind *kind,
                                      const char *origin_key, void *out, bool *found,
                                      struct mneme_error *err)
{
    struct statement *statement;
    enum sql_id sql = row_statements(kind)->by_origin;
    assert(sql != SQL_COUNT);
    memset(out, 0, kind->size);
    *found = false;
    if (origin_key == NULL) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(scope->db, sql, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_text(statement, 2, origin_key);
    return row_find(statement, kind, out, scope->arena, found, err);
}

size_t record_deleted_field(const struct kind *kind)
{
    return kind->is_versioned ? (size_t)COMMON_DELETED_AT : (size_t)LINK_DELETED_AT;
}

bool record_is_live(const struct kind *kind, const void *record, int64_t now_us)
{
    if (kind == &kind_link) {
        return !field_present(record, LINK_DELETED_AT);
    }
    if (field_present(record, COMMON_DELETED_AT) || field_present(record, COMMON_QUARANTINED_AT)) {
        return false;
    }
    size_t expires = field_find(kind, "expires_at");
    return expires == FIELD_NONE || !field_present(record, expires) ||
           field_integer(kind, record, expires) > now_us;
}

bool memory_is_current(const struct memory *memory, int64_t now_us)
{
    bool has_begun = !field_present(memory, MEMORY_VALID_FROM) || memory->valid_from <= now_us;
    bool holds = field_present(memory, MEMORY_VALID_TO) ? now_us < memory->valid_to
                                                        : memory->superseded_by == NULL;
    return record_is_live(&kind_memory, memory, now_us) && has_begun && holds;
}
