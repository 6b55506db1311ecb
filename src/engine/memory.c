/*
 * Remember: what is new, what is known, what a key changes. Changing what is there is in memory_change.c.
 *
 * Terms and vectors are worked out by the caller's thread before the write; inside the transaction only what
 * depends on the row that is found there: the terms of a row that merges old and new fields.
 */
#include "base/limits.h"
#include "engine/memory_internal.h"
#include "engine/proposal.h"
#include "mind/importance.h"
#include "store/row.h"

#include <string.h>

enum mneme_code record_not_found(const struct record_name *name, struct mneme_error *err)
{
    return name->id != NULL
               ? error_field(err, MNEME_NOT_FOUND, "id", "", "no record '%.40s'", name->id)
               : error_field(err, MNEME_NOT_FOUND, "key", "", "no memory of this key");
}

static enum mneme_code find_by_key(const struct scope *scope, const char *name_space,
                                   const char *key, struct memory *out, bool *found,
                                   struct mneme_error *err)
{
    struct statement *statement;
    *found = false;
    enum mneme_code code = db_prepare(scope->db, SQL_MEMORY_BY_KEY, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_text(statement, 2, name_space);
    db_bind_text(statement, 3, key);
    return row_find(statement, &kind_memory, out, scope->arena, found, err);
}

enum mneme_code memory_get_named(const struct scope *scope, const struct record_name *name,
                                 bool is_any, struct memory *out, struct mneme_error *err)
{
    const char *name_space = name->name_space ? name->name_space : "default";
    bool found = false;
    enum mneme_code code = name->id != NULL
                               ? record_find(scope, &kind_memory, name->id, out, &found, err)
                               : find_by_key(scope, name_space, name->key, out, &found, err);
    if (code == MNEME_OK &&
        (!found || (!is_any && !record_is_live(&kind_memory, out, scope->now_us)))) {
        code = record_not_found(name, err);
    }
    return code;
}

bool memory_has_tag(struct list list, const char *text)
{
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

enum mneme_code memory_unite_tags(struct list a, struct list b, struct arena *arena,
                                  struct list *out, bool *grew, struct mneme_error *err)
{
    const char **items = arena_alloc_array(arena, a.count + b.count + 1, sizeof *items);
    *grew = false;
    *out = a;
    if (items == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < a.count; i++) {
        items[i] = a.items[i];
    }
    struct list united = {.items = items, .count = a.count};
    for (size_t i = 0; i < b.count; i++) {
        if (!memory_has_tag(united, b.items[i])) {
            items[united.count++] = b.items[i];
            *grew = true;
        }
    }
    if (united.count > LIMIT_TAGS) {
        return error_field(err, MNEME_LIMIT, "tags", "max_items", "a memory has at most %d tags",
                           LIMIT_TAGS);
    }
    *out = united;
    return MNEME_OK;
}

/* True if what terms and digest are made of differs. */
static bool text_differs(const struct memory *a, const struct memory *b)
{
    static const size_t fields[] = {MEMORY_NAMESPACE, MEMORY_KEY,  MEMORY_TYPE,    MEMORY_SUBJECT,
                                    MEMORY_CONTENT,   MEMORY_TAGS, MEMORY_EVENT_AT};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (!field_equal(&kind_memory, a, b, fields[i])) {
            return true;
        }
    }
    return false;
}

/* True if what has an order differs. */
static bool order_differs(const struct memory *a, const struct memory *b)
{
    return !field_equal(&kind_memory, a, b, MEMORY_VALID_FROM) ||
           !field_equal(&kind_memory, a, b, MEMORY_VALID_TO) ||
           !field_equal(&kind_memory, a, b, MEMORY_MESSAGE_FROM) ||
           !field_equal(&kind_memory, a, b, MEMORY_MESSAGE_TO);
}

enum mneme_code memory_write_change(const struct mneme *handle, struct change *change,
                                    const struct memory *before, struct memory *after,
                                    struct mneme_error *err)
{
    struct fault_list faults;
    fault_list_init(&faults, change->scope.arena);
    enum mneme_code code = MNEME_OK;
    // A memory that was superseded from its beginning on has no time left, but may still be tagged.
    if (order_differs(before, after)) {
        code = record_check_order(&kind_memory, after, "", &faults, err);
    }
    if (code == MNEME_OK && text_differs(before, after)) {
        code = prepare_memory(handle, after, NULL, change->scope.arena, err);
    }
    return code == MNEME_OK ? change_replace(change, &kind_memory, before, after, err) : code;
}

/* `source`: the origin_key of what told it, or NULL. */
static enum mneme_code add_evidence(struct change *change, const struct memory *memory,
                                    const char *source, struct mneme_error *err)
{
    struct uuid id;
    struct statement *statement;
    char text[UUID_TEXT_LENGTH + 1];
    struct evidence row = {0};
    enum mneme_code code = store_new_id(change->tx->store, &id, err);
    if (code == MNEME_OK) {
        code = db_prepare(change->scope.db, SQL_EVIDENCE_INSERT, &statement, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    uuid_format(&id, text);
    field_set_text(&kind_evidence, &row, EVIDENCE_ID, text);
    field_set_text(&kind_evidence, &row, EVIDENCE_USER_ID, change->user_text);
    field_set_text(&kind_evidence, &row, EVIDENCE_RECORD_ID, memory->id);
    field_set_text(&kind_evidence, &row, EVIDENCE_ORIGIN, change->origin);
    field_set_text(&kind_evidence, &row, EVIDENCE_PRINCIPAL, change->principal);
    if (source != NULL) {
        field_set_text(&kind_evidence, &row, EVIDENCE_SOURCE_KIND, "origin_key");
        field_set_text(&kind_evidence, &row, EVIDENCE_SOURCE_ID, source);
    }
    field_set_integer(&kind_evidence, &row, EVIDENCE_AT, change->scope.now_us);
    code = row_bind(statement, &kind_evidence, &row, 1, change->scope.arena, err);
    return code == MNEME_OK ? db_run(statement, err) : code;
}

/* The first memory that says the same by the rule `same content`: current, and at the same time where one is given. */
static enum mneme_code find_same(struct change *change, const struct memory *memory,
                                 struct memory *out, bool *found, struct mneme_error *err)
{
    struct statement *statement;
    *found = false;
    enum mneme_code code = db_prepare(change->scope.db, SQL_MEMORY_BY_CONTENT, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_bytes(statement, 2, memory->content_hash.data, memory->content_hash.length);
    bool has_row = true;
    while (!*found) {
        code = row_next(statement, &kind_memory, out, change->scope.arena, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        bool same_time = !field_present(memory, MEMORY_EVENT_AT) ||
                         field_equal(&kind_memory, memory, out, MEMORY_EVENT_AT);
        *found = same_time && memory_is_current(out, change->scope.now_us);
    }
    db_reset(statement);
    return MNEME_OK;
}

/* First what may refuse a memory, then its rows: an item that is refused has written nothing. */
static enum mneme_code check_space(struct change *change, const struct prepared_vector *vector,
                                   struct mneme_error *err)
{
    struct space space;
    const struct space_name name = {vector->space, vector->dimension, vector->model};
    return vector->vector != NULL ? change_space(change, &name, &space, err) : MNEME_OK;
}

#define WORKING_US (INT64_C(24) * 3600 * US_PER_SECOND) /* to live, where no end is given */

static bool is_working(const struct memory *memory)
{
    return strcmp(memory->tier, "working") == 0;
}

/* What a task keeps in mind is little: all of it together, this memory as it is to be. */
static enum mneme_code check_working_bytes(const struct scope *scope, const struct memory *memory,
                                           struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    enum mneme_code code = db_prepare(scope->db, SQL_WORKING_BYTES, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_text(statement, 2, memory->name_space);
    db_bind_text(statement, 3, memory->key);
    db_bind_integer(statement, 4, scope->now_us);
    code = db_step(statement, &has_row, err);
    if (code != MNEME_OK) {
        return code;
    }
    int64_t others = db_integer(statement, 0);
    db_reset(statement);
    return others + (int64_t)strlen(memory->content) <= LIMIT_WORKING_BYTES
               ? MNEME_OK
               : error_field(err, MNEME_LIMIT, "content", "max_bytes",
                             "the working memory of a task holds %d bytes", LIMIT_WORKING_BYTES);
}

/* A new memory of tier `working` belongs to a task, has a key, and ends. */
static enum mneme_code check_working(const struct scope *scope, struct memory *memory,
                                     struct mneme_error *err)
{
    if (!is_working(memory)) {
        return MNEME_OK;
    }
    if (strncmp(memory->name_space, "task:", 5) != 0 || memory->name_space[5] == '\0') {
        return error_field(err, MNEME_INVALID, "namespace", "format",
                           "working memory is in a namespace 'task:ID'");
    }
    if (memory->key == NULL) {
        return error_field(err, MNEME_INVALID, "key", "required", "working memory has a key");
    }
    if (!field_present(memory, MEMORY_EXPIRES_AT)) {
        field_set_integer(&kind_memory, memory, MEMORY_EXPIRES_AT, scope->now_us + WORKING_US);
    }
    return check_working_bytes(scope, memory, err);
}

enum mneme_code memory_insert(const struct writing *writing, struct memory *memory,
                              const struct prepared_vector *vector, struct receipt *receipt,
                              struct mneme_error *err)
{
    struct change *change = writing->change;
    field_set_integer(&kind_memory, memory, MEMORY_EVIDENCE_COUNT, 1);
    field_set_integer(&kind_memory, memory, MEMORY_ACCESS_COUNT, 0);
    enum mneme_code code = check_working(&change->scope, memory, err);
    if (code == MNEME_OK) {
        code = check_space(change, vector, err);
    }
    if (code == MNEME_OK) {
        code = change_insert(change, &kind_memory, memory, err);
    }
    if (code == MNEME_OK) {
        code = add_evidence(change, memory, memory->origin_key, err);
    }
    if (code == MNEME_OK) {
        code = prepared_vector_put(writing->handle, change, &kind_memory, memory->id, vector, err);
    }
    return code == MNEME_OK ? receipt_fill(receipt, change, memory->id, RECEIPT_CREATED, err)
                            : code;
}

/* An importer that comes again with the same item tells nothing new. */
static enum mneme_code was_told(struct change *change, const struct memory *known,
                                const char *source, bool *out, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid id;
    bool has_row = true;
    *out = false;
    if (source == NULL || !uuid_parse(known->id, &id)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(change->scope.db, SQL_EVIDENCE_LIST, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, &id);
    while (!*out) {
        struct evidence row;
        code = row_next(statement, &kind_evidence, &row, change->scope.arena, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        *out = row.source_id != NULL && strcmp(row.source_id, source) == 0;
    }
    db_reset(statement);
    return MNEME_OK;
}

/* Same content again: one more piece of evidence, and the tags of both. */
static enum mneme_code strengthen(const struct writing *writing, const struct memory *memory,
                                  const struct prepared_vector *vector, struct memory *known,
                                  struct receipt *receipt, struct mneme_error *err)
{
    struct change *change = writing->change;
    struct memory after = *known;
    struct list tags;
    bool grew, is_old;
    enum mneme_code code = was_told(change, known, memory->origin_key, &is_old, err);
    if (code == MNEME_OK && !is_old) {
        code = memory_unite_tags(known->tags, memory->tags, change->scope.arena, &tags, &grew, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (is_old) {
        code = prepared_vector_keep(change, &kind_memory, known->id, vector, err);
        return code == MNEME_OK ? receipt_fill(receipt, change, known->id, RECEIPT_KNOWN, err)
                                : code;
    }
    field_set_integer(&kind_memory, &after, MEMORY_EVIDENCE_COUNT, known->evidence_count + 1);
    if (grew) {
        field_set_list(&kind_memory, &after, MEMORY_TAGS, tags);
        code = memory_write_change(writing->handle, change, known, &after, err);
    } else {
        code = change_replace_quiet(change, &kind_memory, &after, err);
    }
    if (code == MNEME_OK) {
        code = add_evidence(change, known, memory->origin_key, err);
    }
    if (code == MNEME_OK) {
        code = prepared_vector_keep(change, &kind_memory, known->id, vector, err);
    }
    return code == MNEME_OK ? receipt_fill(receipt, change, known->id, RECEIPT_KNOWN, err) : code;
}

enum mneme_code record_check_version(int64_t given, int64_t is, struct mneme_error *err)
{
    return given == 0 || given == is ? MNEME_OK
                                     : error_field(err, MNEME_CONFLICT, "version", "version",
                                                   "the record is at version %lld, not %lld",
                                                   (long long)is, (long long)given);
}

enum mneme_code memory_write_merged(const struct writing *writing, const struct memory *before,
                                    struct memory *after, const struct prepared_vector *vector,
                                    bool embedding_cut, struct mneme_error *err)
{
    bool is_new_text = strcmp(before->content, after->content) != 0;
    enum mneme_code code = MNEME_OK;
    if (is_new_text && is_working(after) && after->key != NULL) {
        code = check_working_bytes(&writing->change->scope, after, err);
    }
    if (code == MNEME_OK && is_new_text) {
        field_set_boolean(&kind_memory, after, MEMORY_EMBEDDING_CUT, embedding_cut);
        code = check_space(writing->change, vector, err);
    }
    if (code == MNEME_OK) {
        code = memory_write_change(writing->handle, writing->change, before, after, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    return is_new_text
               ? prepared_vector_replace(writing->handle, writing->change, &kind_memory, after->id,
                                         vector, err)
               : prepared_vector_keep(writing->change, &kind_memory, after->id, vector, err);
}

/* A keyed write over a memory that is there: given fields change it. */
static enum mneme_code upsert(const struct writing *writing, struct memory_item *item,
                              struct memory *before, struct mneme_error *err)
{
    struct memory after = *before, fields = item->record;
    bool is_quiet;
    fields.head.given = item->given;
    enum mneme_code code = record_check_version(item->version, before->version, err);
    if (code != MNEME_OK) {
        return code;
    }
    enum receipt_status status = RECEIPT_KNOWN;
    if (record_apply(&kind_memory, &after, &fields, &is_quiet)) {
        status = RECEIPT_UPDATED;
        if (item->given >> MEMORY_IMPORTANCE & 1) {
            field_set_text(&kind_memory, &after, MEMORY_IMPORTANCE_BASIS, "explicit");
        }
        code = memory_write_merged(writing, before, &after, &item->vector,
                                   item->record.embedding_cut, err);
    } else {
        code = prepared_vector_keep(writing->change, &kind_memory, before->id, &item->vector, err);
    }
    return code == MNEME_OK ? receipt_fill(&item->receipt, writing->change, before->id, status, err)
                            : code;
}

/* The key's old holder has expired: it gives the key up. */
static enum mneme_code retire_expired(const struct writing *writing, const struct memory *before,
                                      struct mneme_error *err)
{
    struct memory after = *before;
    field_set_integer(&kind_memory, &after, COMMON_DELETED_AT, writing->change->scope.now_us);
    return change_replace(writing->change, &kind_memory, before, &after, err);
}

static enum mneme_code remember_new(const struct writing *writing, struct memory_item *item,
                                    struct mneme_error *err)
{
    enum mneme_code code =
        memory_insert(writing, &item->record, &item->vector, &item->receipt, err);
    if (code == MNEME_OK) {
        code = proposal_find(writing->handle, writing->change, &item->record, err);
    }
    return code == MNEME_OK ? receipt_fill(&item->receipt, writing->change, item->record.id,
                                           RECEIPT_CREATED, err)
                            : code;
}

static enum mneme_code remember_keyed(const struct writing *writing, struct memory_item *item,
                                      struct mneme_error *err)
{
    struct change *change = writing->change;
    struct memory known;
    bool found;
    enum mneme_code code =
        find_by_key(&change->scope, item->record.name_space, item->record.key, &known, &found, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (found && record_is_live(&kind_memory, &known, change->scope.now_us)) {
        return upsert(writing, item, &known, err);
    }
    code = record_check_version(item->version, 0, err);
    if (code == MNEME_OK && found) {
        code = check_space(change, &item->vector, err);
    }
    if (code == MNEME_OK && found) {
        code = retire_expired(writing, &known, err);
    }
    return code == MNEME_OK ? remember_new(writing, item, err) : code;
}

static enum mneme_code remember_keyless(const struct writing *writing, struct memory_item *item,
                                        struct mneme_error *err)
{
    struct memory known;
    bool found = false;
    enum mneme_code code = MNEME_OK;
    if (!item->is_unique) {
        code = find_same(writing->change, &item->record, &known, &found, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    return found ? strengthen(writing, &item->record, &item->vector, &known, &item->receipt, err)
                 : remember_new(writing, item, err);
}

/* What an importer had before: the same text is known, another one is a conflict. */
static enum mneme_code check_origin(const struct writing *writing, struct memory_item *item,
                                    bool *is_known, struct mneme_error *err)
{
    struct change *change = writing->change;
    struct memory known;
    enum mneme_code code = record_find_by_origin(&change->scope, &kind_memory,
                                                 item->record.origin_key, &known, is_known, err);
    if (code != MNEME_OK || !*is_known) {
        return code;
    }
    if (strcmp(known.content, item->record.content) != 0) {
        return error_field(err, MNEME_CONFLICT, "origin_key", "unique",
                           "another text came under this origin_key");
    }
    return receipt_fill(&item->receipt, change, known.id, RECEIPT_KNOWN, err);
}

/* What was taken from a message that was forgotten or edited while it was thought over is not remembered. */
static enum mneme_code check_source(const struct writing *writing, const struct memory_item *item,
                                    struct mneme_error *err)
{
    struct message now;
    bool found;
    if (item->source == NULL) {
        return MNEME_OK;
    }
    enum mneme_code code =
        record_find(&writing->change->scope, &kind_message, item->source->id, &now, &found, err);
    return code == MNEME_OK && (!found || now.version != item->source->version)
               ? error_field(err, MNEME_CONFLICT, "message_to", "version",
                             "the message has changed since it was read")
               : code;
}

static enum mneme_code remember_one(const struct writing *writing, struct memory_item *item,
                                    struct mneme_error *err)
{
    bool is_known;
    enum mneme_code code = check_source(writing, item, err);
    if (code == MNEME_OK) {
        code = check_origin(writing, item, &is_known, err);
    }
    if (code != MNEME_OK || is_known) {
        return code;
    }
    return item->record.key != NULL ? remember_keyed(writing, item, err)
                                    : remember_keyless(writing, item, err);
}

struct remembering {
    const struct mneme *handle;
    struct arena *arena;
    struct memory_item *items;
    size_t count;
    bool is_atomic;
    int64_t seq;
};

/* An item's own fault, found before any of its rows was written. */
static bool fails_alone(const struct change *change, int64_t seq_before, enum mneme_code code)
{
    return change->last_seq == seq_before && (code == MNEME_CONFLICT || code == MNEME_LIMIT ||
                                              code == MNEME_INVALID || code == MNEME_NOT_FOUND);
}

/* The write may be run again after a failed transaction, so each run starts from the items as they came. */
static enum mneme_code run_remember(struct tx *tx, void *context, struct mneme_error *err)
{
    struct remembering *remembering = context;
    struct change change;
    const char *operation = remembering->count == 1 ? "memory.remember" : "memory.remember_batch";
    enum mneme_code code =
        engine_change_begin(remembering->handle, &change, tx, remembering->arena, operation, err);
    struct writing writing = {remembering->handle, &change};
    for (size_t i = 0; i < remembering->count && code == MNEME_OK; i++) {
        struct memory_item *item = &remembering->items[i], attempt = *item;
        if (item->is_refused) {
            continue;
        }
        int64_t seq = change.last_seq;
        item->error = (struct mneme_error){0};
        item->code = remember_one(&writing, &attempt, &item->error);
        item->receipt = attempt.receipt;
        if (item->code != MNEME_OK &&
            (remembering->is_atomic || !fails_alone(&change, seq, item->code))) {
            code = item->code;
            error_copy(err, &item->error);
        }
    }
    return code == MNEME_OK ? change_seq(&change, &remembering->seq, err) : code;
}

/* What its caller says of a new memory's importance, else what its type and its wording do. How new it is, and how
 * often it is told, would ask for a search or for a new version each time: a write does neither. */
static void judge_importance(const struct mneme *handle, struct memory_item *item)
{
    struct memory *memory = &item->record;
    const struct importance_evidence evidence = {
        .explicit_value = item->given >> MEMORY_IMPORTANCE & 1 ? memory->importance : -1,
        .type = memory->type,
        .content = memory->content,
        .novelty = -1,
        .cue = item->cue};
    const struct importance judged = importance_judge(engine_language(handle), &evidence);
    field_set_real(&kind_memory, memory, MEMORY_IMPORTANCE, judged.value);
    field_set_text(&kind_memory, memory, MEMORY_IMPORTANCE_BASIS, judged.basis);
}

/* Terms, digests and vectors of all items that were not refused. */
static enum mneme_code prepare_items(struct remembering *remembering, struct mneme_error *err)
{
    struct arena *arena = remembering->arena;
    struct prepare_batch batch;
    enum mneme_code code = prepare_batch_init(&batch, &kind_memory, remembering->count, arena, err);
    for (size_t i = 0; i < remembering->count && code == MNEME_OK; i++) {
        struct memory_item *item = &remembering->items[i];
        if (item->is_refused) {
            continue;
        }
        judge_importance(remembering->handle, item);
        code = prepare_memory(remembering->handle, &item->record, item->date_text, arena, err);
        if (code == MNEME_OK) {
            code = prepare_batch_add(&batch, &item->record, &item->vector, err);
        }
    }
    return code == MNEME_OK ? prepare_batch_run(&batch, remembering->handle, err) : code;
}

enum mneme_code memory_remember(const struct mneme *handle, struct memory_item *items, size_t count,
                                bool is_atomic, struct arena *arena, int64_t *seq,
                                struct mneme_error *err)
{
    struct remembering remembering = {
        .handle = handle, .arena = arena, .items = items, .count = count, .is_atomic = is_atomic};
    *seq = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_atomic && items[i].is_refused) {
            return error_copy(err, &items[i].error);
        }
        items[i].given = items[i].record.head.given;
    }
    enum mneme_code code = prepare_items(&remembering, err);
    if (code == MNEME_OK) {
        code = engine_write(handle, run_remember, &remembering, err);
    }
    *seq = remembering.seq;
    return code;
}
