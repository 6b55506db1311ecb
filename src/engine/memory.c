/*
 * Remember, update, supersede, tag, expire, touch.
 *
 * Terms and vectors are worked out by the caller's thread before the write; inside the transaction only what
 * depends on the row that is found there: the terms of a row that merges old and new fields.
 */
#include "engine/memory.h"

#include "base/limits.h"
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

static bool list_has(struct list list, const char *text)
{
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

/* The tags of both, in order; *grew says whether the second had a new one. */
static enum mneme_code unite_tags(struct list a, struct list b, struct arena *arena,
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
        if (!list_has(united, b.items[i])) {
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

/* One write of one memory on its way through the transaction. */
struct writing {
    const struct mneme *handle;
    struct change *change;
};

/* First what may refuse a memory, then its rows: an item that is refused has written nothing. */
static enum mneme_code check_space(struct change *change, const struct prepared_vector *vector,
                                   struct mneme_error *err)
{
    struct space space;
    return vector->vector != NULL
               ? change_space(change, vector->space, vector->dimension, &space, err)
               : MNEME_OK;
}

static enum mneme_code insert_memory(const struct writing *writing, struct memory *memory,
                                     const struct prepared_vector *vector, struct receipt *receipt,
                                     struct mneme_error *err)
{
    struct change *change = writing->change;
    field_set_integer(&kind_memory, memory, MEMORY_EVIDENCE_COUNT, 1);
    field_set_integer(&kind_memory, memory, MEMORY_ACCESS_COUNT, 0);
    enum mneme_code code = check_space(change, vector, err);
    if (code == MNEME_OK) {
        code = change_insert(change, &kind_memory, memory, err);
    }
    if (code == MNEME_OK) {
        code = add_evidence(change, memory, memory->origin_key, err);
    }
    if (code == MNEME_OK) {
        code = prepared_vector_put(change, &kind_memory, memory->id, vector, err);
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
                                  struct memory *known, struct receipt *receipt,
                                  struct mneme_error *err)
{
    struct change *change = writing->change;
    struct memory after = *known;
    struct list tags;
    bool grew, is_old;
    enum mneme_code code = was_told(change, known, memory->origin_key, &is_old, err);
    if (code == MNEME_OK && !is_old) {
        code = unite_tags(known->tags, memory->tags, change->scope.arena, &tags, &grew, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (is_old) {
        return receipt_fill(receipt, change, known->id, RECEIPT_KNOWN, err);
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
    return code == MNEME_OK ? receipt_fill(receipt, change, known->id, RECEIPT_KNOWN, err) : code;
}

enum mneme_code record_check_version(int64_t given, int64_t is, struct mneme_error *err)
{
    return given == 0 || given == is ? MNEME_OK
                                     : error_field(err, MNEME_CONFLICT, "version", "version",
                                                   "the record is at version %lld, not %lld",
                                                   (long long)is, (long long)given);
}

/* Writes a row that merges old and new fields; new content brings its vector. */
static enum mneme_code write_merged(const struct writing *writing, const struct memory *before,
                                    struct memory *after, const struct prepared_vector *vector,
                                    bool embedding_cut, struct mneme_error *err)
{
    bool is_new_text = strcmp(before->content, after->content) != 0;
    enum mneme_code code = MNEME_OK;
    if (is_new_text) {
        field_set_boolean(&kind_memory, after, MEMORY_EMBEDDING_CUT, embedding_cut);
        code = check_space(writing->change, vector, err);
    }
    if (code == MNEME_OK) {
        code = memory_write_change(writing->handle, writing->change, before, after, err);
    }
    return code == MNEME_OK && is_new_text
               ? prepared_vector_replace(writing->change, &kind_memory, after->id, vector, err)
               : code;
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
        code =
            write_merged(writing, before, &after, &item->vector, item->record.embedding_cut, err);
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
    return code == MNEME_OK
               ? insert_memory(writing, &item->record, &item->vector, &item->receipt, err)
               : code;
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
    return found ? strengthen(writing, &item->record, &known, &item->receipt, err)
                 : insert_memory(writing, &item->record, &item->vector, &item->receipt, err);
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

static enum mneme_code remember_one(const struct writing *writing, struct memory_item *item,
                                    struct mneme_error *err)
{
    bool is_known;
    enum mneme_code code = check_origin(writing, item, &is_known, err);
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

/* Terms, digests and vectors of all items whose code is OK; an item that cannot be prepared says so. */
static enum mneme_code prepare_items(struct remembering *remembering, struct mneme_error *err)
{
    struct arena *arena = remembering->arena;
    size_t count = remembering->count, wanted = 0;
    const char **texts = arena_alloc_array(arena, count, sizeof *texts);
    size_t *of = arena_alloc_array(arena, count, sizeof *of);
    struct prepared_vector *vectors = arena_alloc_array(arena, count, sizeof *vectors);
    bool *cut = arena_alloc_array(arena, count, sizeof *cut);
    if (texts == NULL || of == NULL || vectors == NULL || cut == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        struct memory_item *item = &remembering->items[i];
        if (item->is_refused) {
            continue;
        }
        bool is_explicit = item->given >> MEMORY_IMPORTANCE & 1;
        field_set_text(&kind_memory, &item->record, MEMORY_IMPORTANCE_BASIS,
                       is_explicit ? "explicit" : "default");
        field_set_boolean(&kind_memory, &item->record, MEMORY_EMBEDDING_CUT, false);
        enum mneme_code code =
            prepare_memory(remembering->handle, &item->record, item->date_text, arena, err);
        if (code != MNEME_OK) {
            return code;
        }
        if (item->vector.vector == NULL) {
            texts[wanted] = item->record.content;
            of[wanted++] = i;
        }
    }
    if (wanted == 0) {
        return MNEME_OK;
    }
    enum mneme_code code =
        prepare_vectors(remembering->handle, texts, wanted, arena, vectors, cut, err);
    for (size_t i = 0; i < wanted && code == MNEME_OK; i++) {
        struct memory_item *item = &remembering->items[of[i]];
        item->vector = vectors[i];
        field_set_boolean(&kind_memory, &item->record, MEMORY_EMBEDDING_CUT, cut[i]);
    }
    return code;
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

/* A verb that finds one memory and changes it: what it does with it comes after. */
struct altering {
    const struct mneme *handle;
    struct arena *arena;
    const char *operation;
    const struct memory_change *change;
    struct prepared_vector vector;
    bool embedding_cut;
    struct list tags;
    bool is_removal, is_touch;
    int64_t expires_at;
    struct receipt *receipt;
    enum mneme_code (*alter)(const struct altering *altering, const struct writing *writing,
                             const struct memory *before, struct mneme_error *err);
};

static enum mneme_code run_altering(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct altering *altering = context;
    struct change change;
    struct memory before;
    enum mneme_code code = engine_change_begin(altering->handle, &change, tx, altering->arena,
                                               altering->operation, err);
    if (code == MNEME_OK) {
        code = memory_get_named(&change.scope, &altering->change->name, false, &before, err);
    }
    if (code == MNEME_OK) {
        code = record_check_version(altering->change->version, before.version, err);
    }
    struct writing writing = {altering->handle, &change};
    return code == MNEME_OK ? altering->alter(altering, &writing, &before, err) : code;
}

/* The vector of new content: the caller's, or the model's. */
static enum mneme_code prepare_altering(struct altering *altering, struct mneme_error *err)
{
    const struct memory *fields = altering->change->fields;
    altering->vector = altering->change->vector;
    if (fields == NULL || fields->content == NULL || altering->vector.vector != NULL) {
        return MNEME_OK;
    }
    return prepare_vectors(altering->handle, &fields->content, 1, altering->arena,
                           &altering->vector, &altering->embedding_cut, err);
}

static enum mneme_code alter_memory(struct altering *altering, struct mneme_error *err)
{
    enum mneme_code code = prepare_altering(altering, err);
    if (code != MNEME_OK) {
        return code;
    }
    return engine_write(altering->handle, run_altering, altering, err);
}

static enum mneme_code write_altered(const struct altering *altering, const struct writing *writing,
                                     const struct memory *before, struct memory *after,
                                     struct mneme_error *err)
{
    enum mneme_code code =
        write_merged(writing, before, after, &altering->vector, altering->embedding_cut, err);
    return code == MNEME_OK
               ? receipt_fill(altering->receipt, writing->change, after->id, RECEIPT_UPDATED, err)
               : code;
}

static enum mneme_code answer_known(const struct altering *altering, const struct writing *writing,
                                    const struct memory *memory, struct mneme_error *err)
{
    return receipt_fill(altering->receipt, writing->change, memory->id, RECEIPT_KNOWN, err);
}

static enum mneme_code update(const struct altering *altering, const struct writing *writing,
                              const struct memory *before, struct mneme_error *err)
{
    struct memory after = *before;
    bool is_quiet;
    if (!record_apply(&kind_memory, &after, altering->change->fields, &is_quiet)) {
        return answer_known(altering, writing, before, err);
    }
    if (altering->change->fields->head.given >> MEMORY_IMPORTANCE & 1) {
        field_set_text(&kind_memory, &after, MEMORY_IMPORTANCE_BASIS, "explicit");
    }
    return write_altered(altering, writing, before, &after, err);
}

enum mneme_code memory_update(const struct mneme *handle, const struct memory_change *change,
                              struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct altering altering = {.handle = handle,
                                .arena = arena,
                                .operation = "memory.update",
                                .change = change,
                                .receipt = out,
                                .alter = update};
    return alter_memory(&altering, err);
}

/* What the new memory takes over: all that says what it is about, nothing of the old one's life. */
static void inherit(const struct memory *old, struct memory *new)
{
    static const size_t own[] = {
        COMMON_ID,          COMMON_CREATED_AT,       COMMON_UPDATED_AT,    COMMON_VERSION,
        COMMON_DELETED_AT,  COMMON_ORIGIN,           COMMON_PRINCIPAL,     COMMON_TRUST,
        MEMORY_ORIGIN_KEY,  MEMORY_EVENT_AT,         MEMORY_VALID_FROM,    MEMORY_VALID_TO,
        MEMORY_EXPIRES_AT,  MEMORY_LAST_ACCESSED_AT, MEMORY_SUPERSEDED_BY, MEMORY_TERMS,
        MEMORY_CONTENT_HASH};
    *new = *old;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        field_clear(&kind_memory, new, own[i]);
    }
}

static enum mneme_code link_supersedes(struct change *change, const char *from, const char *to,
                                       struct mneme_error *err)
{
    struct link link = {0};
    field_set_text(&kind_link, &link, LINK_FROM_KIND, kind_memory.name);
    field_set_text(&kind_link, &link, LINK_FROM, from);
    field_set_text(&kind_link, &link, LINK_TO_KIND, kind_memory.name);
    field_set_text(&kind_link, &link, LINK_TO, to);
    field_set_text(&kind_link, &link, LINK_RELATION, "supersedes");
    field_set_real(&kind_link, &link, LINK_WEIGHT, 1);
    return change_insert(change, &kind_link, &link, err);
}

static enum mneme_code end_old(struct change *change, const struct memory *before,
                               const char *new_id, int64_t valid_to, struct mneme_error *err)
{
    struct memory after = *before;
    field_set_text(&kind_memory, &after, MEMORY_SUPERSEDED_BY, new_id);
    // One that had ended before does not hold longer for having been superseded.
    if (!field_present(before, MEMORY_VALID_TO) || before->valid_to > valid_to) {
        field_set_integer(&kind_memory, &after, MEMORY_VALID_TO, valid_to);
    }
    return change_replace(change, &kind_memory, before, &after, err);
}

/* The new memory holds from now on, or from when the old one was to begin, unless it says otherwise. */
static enum mneme_code begin_new(const struct memory *before, struct memory *new, int64_t now_us,
                                 struct arena *arena, struct mneme_error *err)
{
    struct fault_list faults;
    bool has_begin = field_present(before, MEMORY_VALID_FROM);
    if (!field_present(new, MEMORY_VALID_FROM)) {
        field_set_integer(&kind_memory, new, MEMORY_VALID_FROM,
                          has_begin && before->valid_from > now_us ? before->valid_from : now_us);
    }
    if (has_begin && new->valid_from < before->valid_from) {
        return error_field(err, MNEME_INVALID, "valid_from", "min",
                           "the new memory begins before the old one did");
    }
    fault_list_init(&faults, arena);
    return record_check_order(&kind_memory, new, "", &faults, err);
}

static enum mneme_code supersede(const struct altering *altering, const struct writing *writing,
                                 const struct memory *before, struct mneme_error *err)
{
    struct change *change = writing->change;
    struct memory new;
    struct uuid id;
    char *id_text = arena_alloc(altering->arena, UUID_TEXT_LENGTH + 1);
    bool is_quiet;
    if (id_text == NULL) {
        return error_nomem(err);
    }
    if (before->superseded_by != NULL) {
        return error_field(err, MNEME_CONFLICT, "id", "conflict",
                           "the memory has been superseded already");
    }
    enum mneme_code code = store_new_id(change->tx->store, &id, err);
    if (code != MNEME_OK) {
        return code;
    }
    uuid_format(&id, id_text);
    inherit(before, &new);
    (void)record_apply(&kind_memory, &new, altering->change->fields, &is_quiet);
    field_set_text(&kind_memory, &new, COMMON_ID, id_text);
    if (altering->change->fields->head.given >> MEMORY_IMPORTANCE & 1) {
        field_set_text(&kind_memory, &new, MEMORY_IMPORTANCE_BASIS, "explicit");
    }
    field_set_boolean(&kind_memory, &new, MEMORY_EMBEDDING_CUT, altering->embedding_cut);
    code = begin_new(before, &new, change->scope.now_us, altering->arena, err);
    // The old one gives up the key before the new one takes it.
    if (code == MNEME_OK) {
        code = end_old(change, before, id_text, new.valid_from, err);
    }
    if (code == MNEME_OK) {
        code = prepare_memory(writing->handle, &new, NULL, altering->arena, err);
    }
    if (code == MNEME_OK) {
        code = insert_memory(writing, &new, &altering->vector, altering->receipt, err);
    }
    if (code == MNEME_OK) {
        code = link_supersedes(change, new.id, before->id, err);
    }
    return code == MNEME_OK ? receipt_fill(altering->receipt, change, new.id, RECEIPT_CREATED, err)
                            : code;
}

enum mneme_code memory_supersede(const struct mneme *handle, const struct memory_change *change,
                                 struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct altering altering = {.handle = handle,
                                .arena = arena,
                                .operation = "memory.supersede",
                                .change = change,
                                .receipt = out,
                                .alter = supersede};
    if (change->fields->content == NULL) {
        return error_field(err, MNEME_INVALID, "content", "required",
                           "the new memory needs its content");
    }
    return alter_memory(&altering, err);
}

static enum mneme_code remove_tags(struct list from, struct list tags, struct arena *arena,
                                   struct list *out, bool *differs, struct mneme_error *err)
{
    const char **items = arena_alloc_array(arena, from.count + 1, sizeof *items);
    *out = (struct list){.items = items};
    *differs = false;
    if (items == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < from.count; i++) {
        if (list_has(tags, from.items[i])) {
            *differs = true;
        } else {
            items[out->count++] = from.items[i];
        }
    }
    return MNEME_OK;
}

static enum mneme_code tag(const struct altering *altering, const struct writing *writing,
                           const struct memory *before, struct mneme_error *err)
{
    struct memory after = *before;
    struct list tags;
    bool differs;
    enum mneme_code code =
        altering->is_removal
            ? remove_tags(before->tags, altering->tags, altering->arena, &tags, &differs, err)
            : unite_tags(before->tags, altering->tags, altering->arena, &tags, &differs, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (!differs) {
        return answer_known(altering, writing, before, err);
    }
    field_set_list(&kind_memory, &after, MEMORY_TAGS, tags);
    return write_altered(altering, writing, before, &after, err);
}

enum mneme_code memory_tag(const struct mneme *handle, const struct record_name *name,
                           struct list tags, bool remove, struct arena *arena, struct receipt *out,
                           struct mneme_error *err)
{
    struct memory_change change = {.name = *name};
    struct altering altering = {.handle = handle,
                                .arena = arena,
                                .operation = remove ? "memory.untag" : "memory.tag",
                                .change = &change,
                                .tags = tags,
                                .is_removal = remove,
                                .receipt = out,
                                .alter = tag};
    return alter_memory(&altering, err);
}

static enum mneme_code expire(const struct altering *altering, const struct writing *writing,
                              const struct memory *before, struct mneme_error *err)
{
    struct memory after = *before;
    if (altering->expires_at == TIME_NONE) {
        field_clear(&kind_memory, &after, MEMORY_EXPIRES_AT);
    } else {
        field_set_integer(&kind_memory, &after, MEMORY_EXPIRES_AT, altering->expires_at);
    }
    if (field_equal(&kind_memory, before, &after, MEMORY_EXPIRES_AT)) {
        return answer_known(altering, writing, before, err);
    }
    if (!altering->is_touch) {
        return write_altered(altering, writing, before, &after, err);
    }
    enum mneme_code code = change_replace_quiet(writing->change, &kind_memory, &after, err);
    return code == MNEME_OK
               ? receipt_fill(altering->receipt, writing->change, after.id, RECEIPT_UPDATED, err)
               : code;
}

enum mneme_code memory_expire(const struct mneme *handle, const struct record_name *name,
                              int64_t expires_at, bool is_touch, struct arena *arena,
                              struct receipt *out, struct mneme_error *err)
{
    struct memory_change change = {.name = *name};
    struct altering altering = {.handle = handle,
                                .arena = arena,
                                .operation = is_touch ? "memory.touch" : "memory.expire",
                                .change = &change,
                                .expires_at = expires_at,
                                .is_touch = is_touch,
                                .receipt = out,
                                .alter = expire};
    return alter_memory(&altering, err);
}
