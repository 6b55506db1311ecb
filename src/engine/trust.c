#include "engine/trust.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/utf8.h"
#include "engine/conversation.h"
#include "engine/lifecycle.h"
#include "store/row.h"

#include <string.h>

// --- trust ---------------------------------------------------------------------------------------

struct trusting {
    const struct mneme *handle;
    const char *id, *trust;
    struct arena *arena;
    struct receipt *receipt;
};

static enum mneme_code run_trust(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct trusting *trusting = context;
    const struct record_name name = {.id = trusting->id};
    struct change change;
    const struct kind *kind;
    union any_record before, after;
    enum mneme_code code =
        engine_change_begin(trusting->handle, &change, tx, trusting->arena, "record.trust", err);
    if (code == MNEME_OK) {
        code = record_find_any(&change.scope, &name, &kind, &before, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (kind == NULL || !kind->is_versioned || !record_is_live(kind, &before, tx->now_us)) {
        return record_not_found(&name, err);
    }
    if (strcmp(before.common.trust, trusting->trust) == 0) {
        return receipt_fill(trusting->receipt, &change, trusting->id, RECEIPT_KNOWN, err);
    }
    after = before;
    field_set_text(kind, &after, COMMON_TRUST, trusting->trust);
    code = change_replace(&change, kind, &before, &after, err);
    return code == MNEME_OK
               ? receipt_fill(trusting->receipt, &change, trusting->id, RECEIPT_UPDATED, err)
               : code;
}

enum mneme_code record_trust(const struct mneme *handle, const char *id, const char *trust,
                             struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct trusting trusting = {handle, id, trust, arena, out};
    return engine_write(handle, run_trust, &trusting, err);
}

// --- which records -------------------------------------------------------------------------------

struct found {
    const struct kind *kind;
    const char *id;
    bool is_dependent;
};

/* What a quarantine or a release is about, gathered from one snapshot. */
struct gathering {
    const struct suspects *suspects; /* NULL: of a release */
    const char *folded;              /* the suspects' text */
    const char *released_id;
    int64_t released_at;
    struct arena *arena;
    struct map seen;
    struct found *items;
    size_t count, capacity;
};

static bool same_or_any(const char *asked, const char *is)
{
    return asked == NULL || strcmp(asked, is) == 0;
}

static bool has_text(const struct kind *kind, const union any_record *record, const char *folded,
                     struct arena *row)
{
    for (size_t i = COMMON_COUNT; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];
        bool is_text = field->type == FIELD_TEXT && !(field->flags & (FIELD_UUID | FIELD_INTERNAL));
        if (is_text && field_present(record, i)) {
            const char *text = utf8_fold_name(row, field_text(kind, record, i));
            if (text != NULL && strstr(text, folded) != NULL) {
                return true;
            }
        }
    }
    return false;
}

static bool is_suspect(const struct gathering *gathering, const struct kind *kind,
                       const union any_record *record, int64_t now_us, struct arena *row)
{
    const struct suspects *asked = gathering->suspects;
    const struct record_common *common = &record->common;
    if (asked == NULL) {
        return field_present(record, COMMON_QUARANTINED_AT) &&
               same_or_any(gathering->released_id, common->id) &&
               (gathering->released_at == TIME_NONE ||
                gathering->released_at == common->quarantined_at);
    }
    return record_is_live(kind, record, now_us) && same_or_any(asked->id, common->id) &&
           same_or_any(asked->origin, common->origin) &&
           same_or_any(asked->principal, common->principal) &&
           (asked->since == TIME_NONE || common->created_at >= asked->since) &&
           (asked->before == TIME_NONE || common->created_at < asked->before) &&
           (gathering->folded == NULL || has_text(kind, record, gathering->folded, row));
}

static enum mneme_code add(struct gathering *gathering, const struct kind *kind, const char *id,
                           bool is_dependent, struct mneme_error *err)
{
    bool is_new;
    if (map_put(&gathering->seen, id, strlen(id), 0, &is_new) == MAP_NONE) {
        return error_nomem(err);
    }
    if (!is_new) {
        return MNEME_OK;
    }
    gathering->items = arena_grow(gathering->arena, gathering->items, &gathering->capacity,
                                  gathering->count + 1, sizeof *gathering->items);
    const char *copy = arena_text(gathering->arena, id);
    if (gathering->items == NULL || copy == NULL) {
        return error_nomem(err);
    }
    gathering->items[gathering->count++] = (struct found){kind, copy, is_dependent};
    return MNEME_OK;
}

/* All rows of a kind in the order in which they were made. */
static enum mneme_code gather_kind(struct gathering *gathering, const struct scope *scope,
                                   const struct kind *kind, struct mneme_error *err)
{
    static const struct uuid first = {{0}};
    int64_t from = gathering->suspects != NULL && gathering->suspects->since != TIME_NONE
                       ? gathering->suspects->since - 1
                       : INT64_MIN;
    struct statement *statement;
    struct arena row;
    union any_record record;
    bool has_row = true;
    enum mneme_code code =
        db_prepare(scope->db, row_list_statement(kind, kind->orders, false), &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_integer(statement, 2, from);
    db_bind_uuid(statement, 3, &first);
    arena_init(&row);
    while (code == MNEME_OK && has_row) {
        arena_clear(&row);
        code = row_next(statement, kind, &record, &row, &has_row, err);
        bool fits = code == MNEME_OK && has_row &&
                    is_suspect(gathering, kind, &record, scope->now_us, &row);
        if (arena_failed(&row) && code == MNEME_OK) {
            code = error_nomem(err);
        }
        if (fits && code == MNEME_OK) {
            code = add(gathering, kind, record.common.id, false, err);
        }
    }
    arena_clear(&row);
    db_reset(statement);
    return code;
}

/* What is linked `derived_from` to an item; those that are added are items, and have theirs in turn. */
static enum mneme_code add_dependents(struct gathering *gathering, const struct scope *scope,
                                      const char *source, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid id;
    struct row_list links;
    if (!uuid_parse(source, &id)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(scope->db, SQL_LINKS_OF, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, &id);
    code = row_list(statement, &kind_link, SIZE_MAX, gathering->arena, &links, err);
    for (size_t i = 0; i < links.count && code == MNEME_OK; i++) {
        const struct link *link = (const struct link *)links.records + i;
        const struct kind *kind = kind_find(link->from_kind);
        bool is_derived = !field_present(link, LINK_DELETED_AT) && kind != NULL &&
                          kind->is_versioned && strcmp(link->to, source) == 0 &&
                          strcmp(link->relation, "derived_from") == 0;
        if (is_derived) {
            code = add(gathering, kind, link->from, true, err);
        }
    }
    return code;
}

/* From the items that are there on. */
static enum mneme_code gather_dependents(struct gathering *gathering, const struct scope *scope,
                                         struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < gathering->count && code == MNEME_OK; i++) {
        code = add_dependents(gathering, scope, gathering->items[i].id, err);
    }
    return code;
}

static enum mneme_code gather(struct gathering *gathering, const struct mneme *handle,
                              struct mneme_error *err)
{
    struct snapshot snapshot;
    enum mneme_code code = snapshot_begin(handle, gathering->arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    for (size_t i = 0; kind_at(i) != NULL && code == MNEME_OK && snapshot.is_known; i++) {
        if (kind_at(i)->is_versioned) {
            code = gather_kind(gathering, &snapshot.scope, kind_at(i), err);
        }
    }
    if (code == MNEME_OK && gathering->suspects != NULL) {
        code = gather_dependents(gathering, &snapshot.scope, err);
    }
    snapshot_end(&snapshot);
    return code;
}

// --- holding and releasing -----------------------------------------------------------------------

struct holding {
    const struct mneme *handle;
    const char *operation;
    const struct found *items; /* of this transaction */
    size_t count;
    int64_t at_us; /* TIME_NONE: they are released */
    struct arena *arena;
    struct held done; /* in this transaction */
};

static enum mneme_code hold(struct holding *holding, struct change *change,
                            const struct found *item, struct mneme_error *err)
{
    union any_record before, after;
    bool found;
    enum mneme_code code = record_find(&change->scope, item->kind, item->id, &before, &found, err);
    bool is_release = holding->at_us == TIME_NONE;
    bool is_held = found && field_present(&before, COMMON_QUARANTINED_AT);
    if (code != MNEME_OK || !found || is_held != is_release) {
        return code;
    }
    after = before;
    if (is_release) {
        field_clear(item->kind, &after, COMMON_QUARANTINED_AT);
    } else {
        field_set_integer(item->kind, &after, COMMON_QUARANTINED_AT, holding->at_us);
    }
    code = change_replace(change, item->kind, &before, &after, err);
    holding->done.count++;
    holding->done.dependent += item->is_dependent;
    return code == MNEME_OK && item->kind == &kind_message
               ? conversation_recount(change, before.message.conversation_id, err)
               : code;
}

static enum mneme_code run_hold(struct tx *tx, void *context, struct mneme_error *err)
{
    struct holding *holding = context;
    struct change change;
    holding->done = (struct held){0};
    enum mneme_code code =
        engine_change_begin(holding->handle, &change, tx, holding->arena, holding->operation, err);
    for (size_t i = 0; i < holding->count && code == MNEME_OK; i++) {
        code = hold(holding, &change, &holding->items[i], err);
    }
    return code == MNEME_OK ? change_seq(&change, &holding->done.seq, err) : code;
}

static enum mneme_code hold_all(struct holding *holding, const struct gathering *gathering,
                                struct held *out, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    *out = (struct held){.at_us = holding->at_us};
    for (size_t i = 0; (i < gathering->count || i == 0) && code == MNEME_OK; i += LIMIT_JOB_ROWS) {
        size_t left = gathering->count - i;
        struct arena arena; // of one transaction
        arena_init(&arena);
        holding->items = gathering->items + i;
        holding->count = left < LIMIT_JOB_ROWS ? left : LIMIT_JOB_ROWS;
        holding->arena = &arena;
        code = engine_write(holding->handle, run_hold, holding, err);
        arena_clear(&arena);
        if (code == MNEME_OK) {
            out->count += holding->done.count;
            out->dependent += holding->done.dependent;
            out->seq = holding->done.seq;
        }
    }
    return code;
}

static enum mneme_code gather_and_hold(struct gathering *gathering, struct holding *holding,
                                       struct held *out, struct mneme_error *err)
{
    map_init(&gathering->seen);
    enum mneme_code code = gather(gathering, holding->handle, err);
    if (code == MNEME_OK) {
        code = hold_all(holding, gathering, out, err);
    }
    map_clear(&gathering->seen);
    return code;
}

enum mneme_code record_quarantine(const struct mneme *handle, const struct suspects *suspects,
                                  struct arena *arena, struct held *out, struct mneme_error *err)
{
    struct gathering gathering = {.suspects = suspects, .arena = arena};
    struct holding holding = {
        .handle = handle, .operation = "record.quarantine", .at_us = engine_now_us(handle)};
    *out = (struct held){0};
    if (suspects->text != NULL) {
        gathering.folded = utf8_fold_name(arena, suspects->text);
    }
    if (arena_failed(arena)) {
        return error_nomem(err);
    }
    return gather_and_hold(&gathering, &holding, out, err);
}

static enum mneme_code gather_derived(struct gathering *gathering, const struct mneme *handle,
                                      const char *const *ids, size_t count, struct mneme_error *err)
{
    struct snapshot snapshot;
    enum mneme_code code = snapshot_begin(handle, gathering->arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        code = add(gathering, &kind_memory, ids[i], false, err); // the kind is not asked
    }
    if (code == MNEME_OK && snapshot.is_known) {
        code = gather_dependents(gathering, &snapshot.scope, err);
    }
    snapshot_end(&snapshot);
    return code;
}

enum mneme_code record_quarantine_derived(const struct mneme *handle, const char *const *ids,
                                          size_t count, struct arena *arena, struct held *out,
                                          struct mneme_error *err)
{
    struct gathering gathering = {.arena = arena};
    struct holding holding = {
        .handle = handle, .operation = "record.quarantine", .at_us = engine_now_us(handle)};
    *out = (struct held){0};
    map_init(&gathering.seen);
    enum mneme_code code = gather_derived(&gathering, handle, ids, count, err);
    if (code == MNEME_OK && gathering.count > count) {
        gathering.items += count;
        gathering.count -= count;
        code = hold_all(&holding, &gathering, out, err);
    }
    map_clear(&gathering.seen);
    return code;
}

enum mneme_code record_release(const struct mneme *handle, const char *id, int64_t at_us,
                               struct arena *arena, struct held *out, struct mneme_error *err)
{
    struct gathering gathering = {.released_id = id, .released_at = at_us, .arena = arena};
    struct holding holding = {.handle = handle, .operation = "record.release", .at_us = TIME_NONE};
    *out = (struct held){0};
    return gather_and_hold(&gathering, &holding, out, err);
}
