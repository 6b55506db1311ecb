/*
 * Items on their way into the store: told from what is known by their origin_key, gathered, written by the engine's
 * verbs. A batch is one write. What the write refuses is tried again item by item, so that a fault is its own
 * line's.
 */
#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "engine/memory.h"
#include "transfer/import_internal.h"

#include <assert.h>
#include <string.h>

/* Rows and bytes of one write. */
#define BATCH_ITEMS 500
#define BATCH_BYTES ((size_t)16 * 1024 * 1024)

#define TITLE_BYTES 200

enum mneme_code import_refuse(struct importing *importing, uint64_t line,
                              const struct mneme_error *why, struct mneme_error *err)
{
    struct import_result *result = importing->result;
    if (why->code == MNEME_NOMEM) {
        return error_nomem(err);
    }
    result->failed++;
    if (result->fault_count == LIMIT_IMPORT_FAULTS) {
        return MNEME_OK;
    }
    if (result->faults == NULL) {
        result->faults =
            arena_alloc_array(importing->arena, LIMIT_IMPORT_FAULTS, sizeof *result->faults);
        if (result->faults == NULL) {
            return error_nomem(err);
        }
    }
    result->faults[result->fault_count++] = (struct import_fault){line, *why};
    return MNEME_OK;
}

void import_step(struct importing *importing)
{
    const struct import_request *request = importing->request;
    importing->done++;
    if (request->on_progress != NULL &&
        (importing->done % BATCH_ITEMS == 0 || importing->done == importing->total)) {
        request->on_progress(request->context, importing->is_trial ? "check" : "import",
                             importing->done, importing->total);
    }
}

/* A fault of one item; anything else (the disk, memory, a lock) ends the import. */
static bool is_own_fault(enum mneme_code code)
{
    return code == MNEME_INVALID || code == MNEME_NOT_FOUND || code == MNEME_CONFLICT ||
           code == MNEME_LIMIT || code == MNEME_DENIED;
}

static void count(struct importing *importing, enum receipt_status status)
{
    struct import_result *result = importing->result;
    result->added += status == RECEIPT_CREATED;
    result->updated += status == RECEIPT_UPDATED;
    result->known += status == RECEIPT_KNOWN;
}

enum mneme_code import_settle(struct importing *importing, uint64_t line, enum mneme_code code,
                              enum receipt_status status, const struct mneme_error *own,
                              struct mneme_error *err)
{
    if (code == MNEME_OK) {
        count(importing, status);
        return MNEME_OK;
    }
    return is_own_fault(code) ? import_refuse(importing, line, own, err) : error_copy(err, own);
}

static size_t content_field(const struct kind *kind)
{
    return kind == &kind_memory ? (size_t)MEMORY_CONTENT : (size_t)MESSAGE_CONTENT;
}

static size_t origin_field(const struct kind *kind)
{
    return kind == &kind_memory ? (size_t)MEMORY_ORIGIN_KEY : (size_t)MESSAGE_ORIGIN_KEY;
}

/* What is to be done with an item. */
enum verdict { IS_NEW, IS_KNOWN, IS_CHANGED, IS_CONFLICT };

struct judged {
    enum verdict verdict;
    const char *id; /* of the row that is there */
};

void import_keep_changeable(const struct kind *kind, void *record)
{
    struct record_head *head = record;
    for (size_t i = 0; i < kind->field_count; i++) {
        if (kind->fields[i].flags & FIELD_FIXED) {
            head->given &= ~(UINT64_C(1) << i);
        }
    }
}

/* The row with the item's origin_key decides. One that was forgotten stays forgotten. */
static enum mneme_code judge(struct importing *importing, const struct snapshot *snapshot,
                             struct import_item *item, struct judged *out, struct mneme_error *err)
{
    const struct kind *kind = item->kind;
    union {
        struct record_common common;
        struct memory memory;
        struct message message;
    } known;
    bool found = false, is_quiet;
    *out = (struct judged){.verdict = IS_NEW};
    if (!snapshot->is_known) {
        return MNEME_OK;
    }
    enum mneme_code code = record_find_by_origin(
        &snapshot->scope, kind, field_text(kind, &item->record, origin_field(kind)), &known, &found,
        err);
    if (code != MNEME_OK || !found) {
        return code;
    }
    bool is_same = field_equal(kind, &known, &item->record, content_field(kind));
    out->id = known.common.id;
    out->verdict = IS_KNOWN;
    if (field_present(&known, COMMON_DELETED_AT)) {
        return MNEME_OK;
    }
    if (!importing->request->update) {
        out->verdict = is_same ? IS_KNOWN : IS_CONFLICT;
        return MNEME_OK;
    }
    union {
        struct memory memory;
        struct message message;
    } fields;
    memcpy(&fields, &item->record, kind->size);
    import_keep_changeable(kind, &fields);
    if (record_apply(kind, &known, &fields, &is_quiet)) {
        out->verdict = IS_CHANGED;
    }
    return MNEME_OK;
}

static enum mneme_code judge_all(struct importing *importing, struct judged *out,
                                 struct mneme_error *err)
{
    struct snapshot snapshot;
    enum mneme_code code =
        snapshot_begin(&importing->handle, &importing->batch_arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    for (size_t i = 0; i < importing->item_count && code == MNEME_OK; i++) {
        code = judge(importing, &snapshot, &importing->items[i], &out[i], err);
    }
    snapshot_end(&snapshot);
    return code;
}

static enum mneme_code refuse_conflict(struct importing *importing, uint64_t line,
                                       struct mneme_error *err)
{
    struct mneme_error own;
    (void)error_field(&own, MNEME_CONFLICT, "content", "unique",
                      "another text was imported from here before; update takes the new one");
    return import_refuse(importing, line, &own, err);
}

static enum mneme_code change_item(struct importing *importing, struct import_item *item,
                                   const char *id, struct mneme_error *err)
{
    struct mneme_error own = {0};
    struct receipt receipt = {.status = RECEIPT_KNOWN};
    enum mneme_code code;
    import_keep_changeable(item->kind, &item->record);
    if (item->kind == &kind_memory) {
        struct memory_change change = {
            .name = {.id = id}, .fields = &item->record.memory, .vector = item->vector};
        code = memory_update(&importing->handle, &change, &importing->batch_arena, &receipt, &own);
    } else {
        code = message_edit(&importing->handle, id, &item->record.message, &item->vector, 0,
                            &importing->batch_arena, &receipt, &own);
    }
    return import_settle(importing, item->line, code, receipt.status, &own, err);
}

static struct memory_item memory_of(const struct import_item *item)
{
    return (struct memory_item){
        .record = item->record.memory, .vector = item->vector, .is_unique = item->is_unique};
}

static struct message_item message_of(const struct import_item *item)
{
    return (struct message_item){.record = item->record.message, .vector = item->vector};
}

static enum mneme_code insert_one(struct importing *importing, struct import_item *item,
                                  struct mneme_error *err)
{
    struct mneme_error own = {0};
    int64_t seq;
    enum receipt_status status = RECEIPT_KNOWN;
    enum mneme_code code;
    if (item->kind == &kind_memory) {
        struct memory_item memory = memory_of(item);
        code = memory_remember(&importing->handle, &memory, 1, true, &importing->batch_arena, &seq,
                               &own);
        status = memory.receipt.status;
    } else {
        struct message_item message = message_of(item);
        code = conversation_append(&importing->handle, message.record.conversation_id, &message, 1,
                                   &importing->batch_arena, &seq, &own);
        status = message.receipt.status;
    }
    return import_settle(importing, item->line, code, status, &own, err);
}

static enum mneme_code apply_verdict(struct importing *importing, struct import_item *item,
                                     const struct judged *judged, struct mneme_error *err)
{
    switch (judged->verdict) {
    case IS_KNOWN: importing->result->known++; return MNEME_OK;
    case IS_CONFLICT: return refuse_conflict(importing, item->line, err);
    case IS_CHANGED: return change_item(importing, item, judged->id, err);
    case IS_NEW: break;
    }
    return insert_one(importing, item, err);
}

/* An item that failed in its batch, judged again by itself: it may repeat one that came before it in that batch. */
static enum mneme_code write_alone(struct importing *importing, struct import_item *item,
                                   struct mneme_error *err)
{
    struct snapshot snapshot;
    struct judged judged;
    enum mneme_code code =
        snapshot_begin(&importing->handle, &importing->batch_arena, &snapshot, err);
    if (code == MNEME_OK) {
        code = judge(importing, &snapshot, item, &judged, err);
        snapshot_end(&snapshot);
    }
    return code == MNEME_OK ? apply_verdict(importing, item, &judged, err) : code;
}

static enum mneme_code write_memories(struct importing *importing, struct import_item **new,
                                      size_t new_count, struct mneme_error *err)
{
    struct mneme_error own = {0};
    int64_t seq;
    struct memory_item *items =
        arena_alloc_array(&importing->batch_arena, new_count, sizeof *items);
    if (items == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < new_count; i++) {
        items[i] = memory_of(new[i]);
    }
    enum mneme_code code = memory_remember(&importing->handle, items, new_count, false,
                                           &importing->batch_arena, &seq, &own);
    if (code != MNEME_OK && !is_own_fault(code)) {
        return error_copy(err, &own);
    }
    bool is_whole = code == MNEME_OK;
    code = MNEME_OK;
    for (size_t i = 0; i < new_count && code == MNEME_OK; i++) {
        if (is_whole && items[i].code == MNEME_OK) {
            count(importing, items[i].receipt.status);
        } else {
            code = write_alone(importing, new[i], err);
        }
    }
    return code;
}

static enum mneme_code write_messages(struct importing *importing, struct import_item **new,
                                      size_t new_count, struct mneme_error *err)
{
    struct mneme_error own = {0};
    int64_t seq;
    struct message_item *items =
        arena_alloc_array(&importing->batch_arena, new_count, sizeof *items);
    if (items == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < new_count; i++) {
        items[i] = message_of(new[i]);
    }
    enum mneme_code code =
        conversation_append(&importing->handle, items[0].record.conversation_id, items, new_count,
                            &importing->batch_arena, &seq, &own);
    if (code != MNEME_OK && !is_own_fault(code)) {
        return error_copy(err, &own);
    }
    bool is_whole = code == MNEME_OK;
    code = MNEME_OK;
    for (size_t i = 0; i < new_count && code == MNEME_OK; i++) {
        if (is_whole) {
            count(importing, items[i].receipt.status);
        } else {
            code = write_alone(importing, new[i], err);
        }
    }
    return code;
}

/* Consecutive items that one call of the engine takes: memories, or messages of one conversation. */
static bool is_same_group(const struct import_item *a, const struct import_item *b)
{
    return a->kind == b->kind &&
           (a->kind == &kind_memory ||
            strcmp(a->record.message.conversation_id, b->record.message.conversation_id) == 0);
}

static enum mneme_code write_group(struct importing *importing, struct import_item **new,
                                   size_t new_count, struct mneme_error *err)
{
    return new[0]->kind == &kind_memory ? write_memories(importing, new, new_count, err)
                                        : write_messages(importing, new, new_count, err);
}

static enum mneme_code write_batch(struct importing *importing, const struct judged *judged,
                                   struct mneme_error *err)
{
    struct import_item **new =
        arena_alloc_array(&importing->batch_arena, importing->item_count, sizeof *new);
    size_t new_count = 0;
    enum mneme_code code = new ? MNEME_OK : error_nomem(err);
    for (size_t i = 0; i < importing->item_count && code == MNEME_OK; i++) {
        struct import_item *item = &importing->items[i];
        if (judged[i].verdict != IS_NEW) {
            code = apply_verdict(importing, item, &judged[i], err);
            continue;
        }
        if (new_count > 0 && !is_same_group(new[0], item)) {
            code = write_group(importing, new, new_count, err);
            new_count = 0;
        }
        new[new_count++] = item;
    }
    return code == MNEME_OK && new_count > 0 ? write_group(importing, new, new_count, err) : code;
}

/* Two items of one source under one key: the trial finds by a digest of the text what the write would. */
static enum mneme_code try_repeated(struct importing *importing, const struct import_item *item,
                                    struct mneme_error *err)
{
    const struct kind *kind = item->kind;
    const char *origin = field_text(kind, &item->record, origin_field(kind));
    const char *content = field_text(kind, &item->record, content_field(kind));
    uint32_t digest = (uint32_t)hash_fnv(content, strlen(content)) >> 1;
    bool is_new;
    const char *key = arena_printf(&importing->batch_arena, "%s:%s", kind->name, origin);
    uint32_t before = key ? map_put(&importing->seen, key, strlen(key), digest, &is_new) : MAP_NONE;
    if (before == MAP_NONE) {
        return error_nomem(err);
    }
    return before == digest || importing->request->update
               ? MNEME_OK
               : refuse_conflict(importing, item->line, err);
}

static enum mneme_code try_batch(struct importing *importing, const struct judged *judged,
                                 struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < importing->item_count && code == MNEME_OK; i++) {
        code = judged[i].verdict == IS_CONFLICT
                   ? refuse_conflict(importing, importing->items[i].line, err)
                   : try_repeated(importing, &importing->items[i], err);
    }
    return code;
}

enum mneme_code import_flush(struct importing *importing, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    if (importing->item_count > 0) {
        struct judged *judged =
            arena_alloc_array(&importing->batch_arena, importing->item_count, sizeof *judged);
        code = judged ? judge_all(importing, judged, err) : error_nomem(err);
        if (code == MNEME_OK) {
            code = importing->is_trial ? try_batch(importing, judged, err)
                                       : write_batch(importing, judged, err);
        }
    }
    importing->item_count = 0;
    importing->items = NULL;
    arena_clear(&importing->batch_arena);
    return code;
}

enum mneme_code import_put_item(struct importing *importing, const struct import_item *given,
                                struct mneme_error *err)
{
    struct mneme_error own = {0};
    struct fault_list faults;
    struct import_item item = *given;
    fault_list_init(&faults, &importing->batch_arena);
    enum mneme_code code = record_check(item.kind, &item.record, RECORD_NEW, "", &faults, &own);
    if (code != MNEME_OK) {
        return import_refuse(importing, item.line, &own, err);
    }
    if (importing->items == NULL) {
        importing->items =
            arena_alloc_array(&importing->batch_arena, BATCH_ITEMS, sizeof *importing->items);
        if (importing->items == NULL) {
            return error_nomem(err);
        }
    }
    importing->items[importing->item_count++] = item;
    bool is_full =
        importing->item_count == BATCH_ITEMS || importing->batch_arena.used_bytes > BATCH_BYTES;
    return is_full ? import_flush(importing, err) : MNEME_OK;
}

enum mneme_code import_put(struct importing *importing, const struct kind *kind, uint64_t line,
                           const void *record, struct mneme_error *err)
{
    struct import_item item = {.kind = kind, .line = line};
    assert(kind == &kind_memory || kind == &kind_message);
    memcpy(&item.record, record, kind->size);
    return import_put_item(importing, &item, err);
}

/* A trial knows the conversations that it would have made. */
static const char *trial_key(struct importing *importing, const char *origin_key)
{
    return arena_printf(&importing->batch_arena, "conversation:%s", origin_key);
}

enum mneme_code import_find_conversation(struct importing *importing, const char *origin_key,
                                         char id[UUID_TEXT_LENGTH + 1], struct mneme_error *err)
{
    struct snapshot snapshot;
    struct conversation known;
    bool found = false;
    id[0] = '\0';
    enum mneme_code code =
        snapshot_begin(&importing->handle, &importing->batch_arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (snapshot.is_known) {
        code = record_find_by_origin(&snapshot.scope, &kind_conversation, origin_key, &known,
                                     &found, err);
    }
    snapshot_end(&snapshot);
    if (code == MNEME_OK && found) {
        memcpy(id, known.id, UUID_TEXT_LENGTH + 1);
    } else if (code == MNEME_OK && importing->is_trial) {
        const char *key = trial_key(importing, origin_key);
        if (key == NULL) {
            return error_nomem(err);
        }
        if (map_find(&importing->seen, key, strlen(key)) != MAP_NONE) {
            memcpy(id, IMPORT_TRIAL_ID, sizeof IMPORT_TRIAL_ID);
        }
    }
    return code;
}

static enum mneme_code try_conversation(struct importing *importing, const char *origin_key,
                                        char id[UUID_TEXT_LENGTH + 1], struct mneme_error *err)
{
    const char *key = trial_key(importing, origin_key);
    bool is_new;
    if (key == NULL || map_put(&importing->seen, key, strlen(key), 1, &is_new) == MAP_NONE) {
        return error_nomem(err);
    }
    memcpy(id, IMPORT_TRIAL_ID, sizeof IMPORT_TRIAL_ID);
    return MNEME_OK;
}

enum mneme_code import_conversation(struct importing *importing, uint64_t line,
                                    struct conversation *fields, char id[UUID_TEXT_LENGTH + 1],
                                    enum receipt_status *status, struct mneme_error *err)
{
    struct mneme_error own = {0};
    struct fault_list faults;
    struct receipt receipt;
    id[0] = '\0';
    *status = RECEIPT_KNOWN;
    fault_list_init(&faults, &importing->batch_arena);
    enum mneme_code code = record_check(&kind_conversation, fields, RECORD_NEW, "", &faults, &own);
    if (code != MNEME_OK) {
        return import_refuse(importing, line, &own, err);
    }
    code = import_find_conversation(importing, fields->origin_key, id, err);
    if (code != MNEME_OK || id[0] != '\0') {
        return code;
    }
    *status = RECEIPT_CREATED;
    if (importing->is_trial) {
        return try_conversation(importing, fields->origin_key, id, err);
    }
    code = conversation_create(&importing->handle, fields, &importing->batch_arena, &receipt, err);
    if (code == MNEME_OK) {
        memcpy(id, receipt.id, UUID_TEXT_LENGTH + 1);
        *status = receipt.status;
    }
    return code;
}

static enum mneme_code begin_talk(struct importing *importing, struct import_talk *talk,
                                  uint64_t line, struct mneme_error *err)
{
    struct conversation fields = {0};
    enum receipt_status status;
    field_set_text(&kind_conversation, &fields, CONVERSATION_TITLE, talk->title);
    field_set_text(&kind_conversation, &fields, CONVERSATION_ORIGIN_KEY, talk->origin_key);
    return import_conversation(importing, line, &fields, talk->id, &status, err);
}

enum mneme_code import_turn(struct importing *importing, struct import_talk *talk, uint64_t line,
                            struct message *message, const char *ordinal, struct mneme_error *err)
{
    struct arena *arena = &importing->batch_arena;
    if (!field_present(message, MESSAGE_ORIGIN_KEY)) {
        const char *origin = arena_printf(arena, "%s:%s", talk->origin_key, ordinal);
        field_set_text(&kind_message, message, MESSAGE_ORIGIN_KEY, origin);
    }
    field_set_text(&kind_message, message, MESSAGE_CONVERSATION_ID, IMPORT_TRIAL_ID);
    if (arena_failed(arena)) {
        return error_nomem(err);
    }
    struct mneme_error own = {0};
    struct fault_list faults;
    fault_list_init(&faults, arena);
    enum mneme_code code = record_check(&kind_message, message, RECORD_NEW, "", &faults, &own);
    if (code != MNEME_OK) {
        return import_refuse(importing, line, &own, err);
    }
    if (talk->id[0] == '\0') {
        code = begin_talk(importing, talk, line, err);
        if (code != MNEME_OK || talk->id[0] == '\0') {
            return code;
        }
    }
    const char *id = arena_text(arena, talk->id);
    field_set_text(&kind_message, message, MESSAGE_CONVERSATION_ID, id);
    return id ? import_put(importing, &kind_message, line, message, err) : error_nomem(err);
}

/* "lighthouse.chat.json" is called "lighthouse". */
static const char *title_of(const char *name, struct arena *arena)
{
    static const char *const endings[] = {".json", ".jsonl", ".txt", ".md", ".log", ".chat"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && memcmp(name + length - ending, endings[i], ending) == 0) {
            length -= ending;
        }
    }
    return arena_text_n(arena, name, utf8_cut(name, length, TITLE_BYTES));
}

enum mneme_code import_talk_of_source(struct importing *importing, const char *format,
                                      struct import_talk *out, struct mneme_error *err)
{
    const char *name = source_name(importing->source);
    bool is_titled = strcmp(name, "-") != 0 && utf8_is_valid(name, strlen(name));
    *out = (struct import_talk){
        .title = is_titled ? title_of(name, importing->arena) : NULL,
        .origin_key = arena_printf(importing->arena, "%s:%s", format, importing->identity)};
    return arena_failed(importing->arena) ? error_nomem(err) : MNEME_OK;
}
