/*
 * Create, save and update for the kinds whose rules are their tables'. What is embedded is prepared in the caller's
 * thread from the row as a snapshot shows it; if the row has changed when its turn to be written comes, it is prepared
 * again there.
 */
#include "engine/record_verbs.h"

#include "engine/lifecycle.h"
#include "engine/read.h"
#include "store/row.h"

#include <assert.h>
#include <string.h>

struct recording {
    const struct mneme *handle;
    const struct kind *kind;
    enum record_verb verb;
    const char *operation;
    struct record_item *items;
    size_t count;
    struct arena *arena;
    int64_t seq;
};

static enum mneme_code bind_key(struct statement *statement, const struct kind *kind,
                                const void *record, struct arena *arena, struct mneme_error *err)
{
    int parameter = 2;
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];
        if (!(field->flags & FIELD_KEY)) {
            continue;
        }
        const char *text = field_text(kind, record, i);
        if (text == NULL) {
            db_bind_null(statement, parameter++);
        } else if (field->flags & FIELD_UUID) {
            struct uuid *id = arena_alloc(arena, sizeof *id);
            if (id == NULL) {
                return error_nomem(err);
            }
            (void)uuid_parse(text, id); // checked when it was read
            db_bind_uuid(statement, parameter++, id);
        } else {
            db_bind_text(statement, parameter++, text);
        }
    }
    return MNEME_OK;
}

enum mneme_code record_find_by_key(const struct scope *scope, const struct kind *kind,
                                   const void *record, union any_record *out, bool *found,
                                   struct mneme_error *err)
{
    struct statement *statement;
    enum sql_id sql = row_statements(kind)->by_key;
    *found = false;
    if (sql == SQL_COUNT) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(scope->db, sql, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    code = bind_key(statement, kind, record, scope->arena, err);
    return code == MNEME_OK ? row_find(statement, kind, out, scope->arena, found, err) : code;
}

/* The first text of the natural key: what a conflict is about. */
static const char *key_name(const struct kind *kind)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        unsigned flags = kind->fields[i].flags;
        if ((flags & FIELD_KEY) && !(flags & FIELD_UUID)) {
            return kind->fields[i].name;
        }
    }
    return "id";
}

enum mneme_code record_claim_key(struct change *change, const struct kind *kind,
                                 const union any_record *record, struct mneme_error *err)
{
    union any_record holder;
    bool found;
    if (kind == &kind_memory) {
        return memory_claim_key(change, &record->memory, err);
    }
    enum mneme_code code = record_find_by_key(&change->scope, kind, record, &holder, &found, err);
    bool is_own = code == MNEME_OK && found && record->common.id != NULL &&
                  strcmp(holder.common.id, record->common.id) == 0;
    return code == MNEME_OK && found && !is_own
               ? error_field(err, MNEME_CONFLICT, key_name(kind), "unique",
                             "another %s has this %s", kind->name, key_name(kind))
               : code;
}

enum mneme_code record_find_by_name(const struct scope *scope, const struct kind *kind,
                                    const struct record_name *name, union any_record *out,
                                    bool *found, struct mneme_error *err)
{
    union any_record named = {0};
    if (name->id != NULL) {
        return record_find(scope, kind, name->id, out, found, err);
    }
    field_set_text(kind, &named, field_find(kind, key_name(kind)), name->key);
    return record_find_by_key(scope, kind, &named, out, found, err);
}

/* The record that an item is about: by id, by the key it is named with, else (save) by the key of its fields. */
static enum mneme_code find_target(const struct recording *recording, const struct scope *scope,
                                   const struct record_item *item, union any_record *out,
                                   bool *found, struct mneme_error *err)
{
    const struct kind *kind = recording->kind;
    enum mneme_code code = MNEME_OK;
    *found = false;
    if (item->name.id != NULL || item->name.key != NULL) {
        code = record_find_by_name(scope, kind, &item->name, out, found, err);
        *found = *found && record_is_live(kind, out, scope->now_us);
    } else if (recording->verb == VERB_SAVE) {
        code = record_find_by_key(scope, kind, &item->record, out, found, err);
    }
    return code;
}

/* Times that every row has and the caller left out. */
static void set_times(const struct kind *kind, union any_record *record, int64_t now_us)
{
    for (size_t i = COMMON_COUNT; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];
        bool is_always = field->type == FIELD_TIME && (field->flags & FIELD_STORED);
        if (is_always && !field_present(record, i)) {
            field_set_integer(kind, record, i, now_us);
        }
    }
}

static bool same_text(const struct kind *kind, const union any_record *a, const union any_record *b)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        if ((kind->fields[i].flags & FIELD_RECALLED) && !field_equal(kind, a, b, i)) {
            return false;
        }
    }
    return true;
}

/* Terms and vector of what the record is going to be. */
static enum mneme_code prepare(const struct recording *recording, struct record_item *item,
                               struct arena *arena, struct mneme_error *err)
{
    const struct kind *kind = recording->kind;
    union any_record *record = &item->candidate;
    bool cut = false;
    enum mneme_code code = prepare_record(recording->handle, kind, record, arena, err);
    const char *text = code == MNEME_OK ? record_embedded_text(kind, record, arena) : NULL;
    if (code == MNEME_OK && text == NULL) {
        code = error_nomem(err);
    }
    if (code == MNEME_OK) {
        code = prepare_vectors(recording->handle, &text, 1, arena, &item->vector, &cut, err);
    }
    if (code == MNEME_OK) {
        field_set_boolean(kind, record, field_find(kind, "embedding_cut"), cut);
        item->is_prepared = true;
    }
    return code;
}

/* What the record is going to be, as far as a snapshot can tell. */
static enum mneme_code foresee(const struct recording *recording, const struct snapshot *snapshot,
                               struct record_item *item, struct mneme_error *err)
{
    union any_record known;
    bool found = false, is_quiet;
    enum mneme_code code = MNEME_OK;
    item->candidate = item->record;
    if (recording->verb != VERB_CREATE && snapshot->is_known) {
        code = find_target(recording, &snapshot->scope, item, &known, &found, err);
    }
    if (code == MNEME_OK && found) {
        item->candidate = known;
        (void)record_apply(recording->kind, &item->candidate, &item->record, &is_quiet);
    }
    return code;
}

static enum mneme_code prepare_all(const struct recording *recording, struct mneme_error *err)
{
    struct snapshot snapshot;
    if (!recording->kind->is_recalled) {
        return MNEME_OK;
    }
    enum mneme_code code = snapshot_begin(recording->handle, recording->arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    for (size_t i = 0; i < recording->count && code == MNEME_OK; i++) {
        code = foresee(recording, &snapshot, &recording->items[i], err);
    }
    snapshot_end(&snapshot);
    for (size_t i = 0; i < recording->count && code == MNEME_OK; i++) {
        struct record_item *item = &recording->items[i];
        bool has_text = recording->verb != VERB_UPDATE || item->candidate.common.id != NULL;
        code = has_text ? prepare(recording, item, recording->arena, err) : MNEME_OK;
    }
    return code;
}

/* Terms and cut of the text that is written; its vector is in the item. */
static enum mneme_code take_prepared(const struct recording *recording, struct record_item *item,
                                     union any_record *record, struct mneme_error *err)
{
    const struct kind *kind = recording->kind;
    enum mneme_code code = MNEME_OK;
    if (!item->is_prepared || !same_text(kind, &item->candidate, record)) {
        item->candidate = *record; // it is another one than the snapshot showed
        code = prepare(recording, item, recording->arena, err);
    }
    if (code == MNEME_OK) {
        field_copy(kind, record, &item->candidate, field_find(kind, "terms"));
        field_copy(kind, record, &item->candidate, field_find(kind, "embedding_cut"));
    }
    return code;
}

/* What it names must be there: the conversation that it came from or belongs to. */
static enum mneme_code check_references(struct change *change, const struct kind *kind,
                                        const union any_record *record, struct mneme_error *err)
{
    size_t field = field_find(kind, "conversation_id");
    const char *id = field == FIELD_NONE ? NULL : field_text(kind, record, field);
    struct conversation conversation;
    bool found;
    if (id == NULL) {
        return MNEME_OK;
    }
    enum mneme_code code =
        record_find(&change->scope, &kind_conversation, id, &conversation, &found, err);
    if (code == MNEME_OK &&
        (!found || !record_is_live(&kind_conversation, &conversation, change->scope.now_us))) {
        code =
            error_field(err, MNEME_NOT_FOUND, "conversation_id", "", "no conversation '%.40s'", id);
    }
    return code;
}

static enum mneme_code insert(const struct recording *recording, struct change *change,
                              struct record_item *item, struct mneme_error *err)
{
    const struct kind *kind = recording->kind;
    union any_record record = item->record;
    set_times(kind, &record, change->scope.now_us);
    enum mneme_code code = check_references(change, kind, &record, err);
    if (code == MNEME_OK && recording->verb == VERB_CREATE) {
        code = record_claim_key(change, kind, &record, err);
    }
    if (code == MNEME_OK && kind->is_recalled) {
        code = take_prepared(recording, item, &record, err);
    }
    if (code == MNEME_OK) {
        code = change_insert(change, kind, &record, err);
    }
    if (code == MNEME_OK && kind->is_recalled) {
        code = prepared_vector_put(recording->handle, change, kind, record.common.id, &item->vector,
                                   err);
    }
    return code == MNEME_OK
               ? receipt_fill(&item->receipt, change, record.common.id, RECEIPT_CREATED, err)
               : code;
}

static bool is_owners(const char *origin)
{
    return strcmp(origin, "user") == 0 || strcmp(origin, "import") == 0;
}

/* A preference is whose word it was last. True if that word stands against this change. */
static bool keeps_its_word(const struct change *change, const struct kind *kind,
                           const union any_record *before)
{
    return kind == &kind_preference && is_owners(before->common.origin) &&
           !is_owners(change->origin);
}

static void take_word(const struct change *change, const struct kind *kind, union any_record *after)
{
    if (kind == &kind_preference) {
        field_set_text(kind, after, COMMON_ORIGIN, change->origin);
        field_set_text(kind, after, COMMON_PRINCIPAL, change->principal);
        field_set_text(kind, after, COMMON_TRUST,
                       strcmp(change->origin, "tool") == 0 ? "tool" : "user");
    }
}

/* The derived value goes into the history, as a version between two that are the same. */
static enum mneme_code keep(const struct recording *recording, struct change *change,
                            struct record_item *item, const union any_record *before,
                            union any_record *lost, struct mneme_error *err)
{
    union any_record again = *before;
    enum mneme_code code = change_replace(change, recording->kind, before, lost, err);
    if (code == MNEME_OK) {
        code = change_replace(change, recording->kind, lost, &again, err);
    }
    return code == MNEME_OK
               ? receipt_fill(&item->receipt, change, before->common.id, RECEIPT_KEPT, err)
               : code;
}

static enum mneme_code write_changed(const struct recording *recording, struct change *change,
                                     struct record_item *item, const union any_record *before,
                                     union any_record *after, struct mneme_error *err)
{
    const struct kind *kind = recording->kind;
    struct fault_list faults;
    bool is_new_text = kind->is_recalled && !same_text(kind, before, after);
    fault_list_init(&faults, recording->arena);
    enum mneme_code code = record_check_order(kind, after, "", &faults, err);
    if (code == MNEME_OK) {
        code = record_claim_key(change, kind, after, err);
    }
    if (code == MNEME_OK && is_new_text) {
        code = take_prepared(recording, item, after, err);
    }
    if (code == MNEME_OK) {
        code = change_replace(change, kind, before, after, err);
    }
    if (code == MNEME_OK && is_new_text) {
        code = prepared_vector_replace(recording->handle, change, kind, after->common.id,
                                       &item->vector, err);
    }
    return code == MNEME_OK
               ? receipt_fill(&item->receipt, change, after->common.id, RECEIPT_UPDATED, err)
               : code;
}

static enum mneme_code change_known(const struct recording *recording, struct change *change,
                                    struct record_item *item, const union any_record *before,
                                    struct mneme_error *err)
{
    const struct kind *kind = recording->kind;
    union any_record after = *before;
    bool is_quiet;
    enum mneme_code code = record_check_version(item->version, before->common.version, err);
    if (code != MNEME_OK) {
        return code;
    }
    bool differs = record_apply(kind, &after, &item->record, &is_quiet);
    if (differs && keeps_its_word(change, kind, before)) {
        take_word(change, kind, &after);
        return keep(recording, change, item, before, &after, err);
    }
    if (!keeps_its_word(change, kind, before)) {
        take_word(change, kind, &after);
        differs |= !field_equal(kind, before, &after, COMMON_ORIGIN);
    }
    return differs ? write_changed(recording, change, item, before, &after, err)
                   : receipt_fill(&item->receipt, change, before->common.id, RECEIPT_KNOWN, err);
}

static enum mneme_code write_one(const struct recording *recording, struct change *change,
                                 struct record_item *item, struct mneme_error *err)
{
    union any_record before;
    bool found = false;
    enum mneme_code code = MNEME_OK;
    if (recording->verb != VERB_CREATE) {
        code = find_target(recording, &change->scope, item, &before, &found, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (found) {
        return change_known(recording, change, item, &before, err);
    }
    bool is_named = item->name.id != NULL || item->name.key != NULL;
    if (recording->verb == VERB_UPDATE || is_named) {
        return record_not_found(&item->name, err);
    }
    code = record_check_version(item->version, 0, err);
    return code == MNEME_OK ? insert(recording, change, item, err) : code;
}

static enum mneme_code run_write(struct tx *tx, void *context, struct mneme_error *err)
{
    struct recording *recording = context;
    struct change change;
    enum mneme_code code = engine_change_begin(recording->handle, &change, tx, recording->arena,
                                               recording->operation, err);
    for (size_t i = 0; i < recording->count && code == MNEME_OK; i++) {
        code = write_one(recording, &change, &recording->items[i], err);
        recording->items[i].is_refused = code != MNEME_OK;
    }
    return code == MNEME_OK ? change_seq(&change, &recording->seq, err) : code;
}

enum mneme_code record_write(const struct mneme *handle, const struct kind *kind,
                             enum record_verb verb, const char *operation,
                             struct record_item *items, size_t count, struct arena *arena,
                             int64_t *seq, struct mneme_error *err)
{
    struct recording recording = {.handle = handle,
                                  .kind = kind,
                                  .verb = verb,
                                  .operation = operation,
                                  .items = items,
                                  .count = count,
                                  .arena = arena};
    *seq = 0;
    enum mneme_code code = prepare_all(&recording, err);
    if (code == MNEME_OK) {
        code = engine_write(handle, run_write, &recording, err);
    }
    *seq = recording.seq;
    return code;
}

struct using
{
    const struct mneme *handle;
    const char *id;
    struct arena *arena;
    struct receipt *receipt;
};

static enum mneme_code run_use(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct using *using = context;
    const struct record_name name = {.id = using->id};
    struct prop prop;
    struct change change;
    bool found = false;
    enum mneme_code code =
        engine_change_begin(using->handle, &change, tx, using->arena, "prop.use", err);
    if (code == MNEME_OK) {
        code = record_find(&change.scope, &kind_prop, using->id, &prop, &found, err);
    }
    if (code == MNEME_OK && (!found || !record_is_live(&kind_prop, &prop, tx->now_us))) {
        code = record_not_found(&name, err);
    }
    if (code == MNEME_OK) {
        int64_t count = prop.usage_count + (prop.usage_count < LIMIT_COUNTER);
        field_set_integer(&kind_prop, &prop, PROP_USAGE_COUNT, count);
        field_set_integer(&kind_prop, &prop, PROP_LAST_USED, tx->now_us);
        code = change_replace_quiet(&change, &kind_prop, &prop, err);
    }
    return code == MNEME_OK ? receipt_fill(using->receipt, &change, prop.id, RECEIPT_UPDATED, err)
                            : code;
}

enum mneme_code prop_use(const struct mneme *handle, const char *id, struct arena *arena,
                         struct receipt *out, struct mneme_error *err)
{
    struct using using = {.handle = handle, .id = id, .arena = arena, .receipt = out};
    return engine_write(handle, run_use, &using, err);
}
