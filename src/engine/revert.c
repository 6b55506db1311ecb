#include "engine/revert.h"

#include "base/limits.h"
#include "base/map.h"
#include "engine/lifecycle.h"
#include "engine/trust.h"
#include "store/row.h"

#include <string.h>

#define OPERATION "change.revert"
#define HISTORY_COLUMNS 7 /* of the record; operation, origin, principal and reason follow */

struct named {
    const struct kind *kind;
    const char *id;
};

struct reverting {
    const struct mneme *handle;
    const struct reverting_request *request;
    const char *reason;        /* of its change sets; the same for the same request */
    const struct named *items; /* of this transaction */
    size_t count;
    struct arena *arena; /* of this transaction */
    struct reverted done;
    const char **gone; /* ids of records that were forgotten, in `arena` */
    size_t gone_count;
};

static bool same_or_any(const char *asked, const char *is)
{
    return asked == NULL || (is != NULL && strcmp(asked, is) == 0);
}

/* The records that the changes are about, each once. */
static enum mneme_code read_names(struct statement *statement, struct map *seen,
                                  struct arena *arena, struct named **out, size_t *count,
                                  struct mneme_error *err)
{
    size_t capacity = 0;
    bool has_row = true, is_new;
    enum mneme_code code = MNEME_OK;
    while (code == MNEME_OK) {
        const char *kind, *id;
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        code = row_text(statement, 0, arena, &kind, err);
        if (code == MNEME_OK) {
            code = row_id(statement, 1, arena, &id, err);
        }
        if (code == MNEME_OK && map_put(seen, id, strlen(id), 0, &is_new) == MAP_NONE) {
            code = error_nomem(err);
        }
        if (code != MNEME_OK || !is_new || kind_find(kind) == NULL) {
            continue;
        }
        *out = arena_grow(arena, *out, &capacity, *count + 1, sizeof **out);
        if (*out == NULL) {
            code = error_nomem(err);
        } else {
            (*out)[(*count)++] = (struct named){kind_find(kind), id};
        }
    }
    db_reset(statement);
    return code;
}

static enum mneme_code find_names(const struct mneme *handle,
                                  const struct reverting_request *request, struct arena *arena,
                                  struct named **out, size_t *count, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct statement *statement;
    struct map seen;
    *out = NULL;
    *count = 0;
    enum mneme_code code = snapshot_begin(handle, arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    map_init(&seen);
    if (snapshot.is_known) {
        code = db_prepare(snapshot.scope.db, SQL_HISTORY_OF_AUTHOR, &statement, err);
        if (code == MNEME_OK) {
            db_bind_uuid(statement, 1, &snapshot.scope.user);
            db_bind_integer(statement, 2, request->since);
            db_bind_integer(statement, 3,
                            request->before == TIME_NONE ? INT64_MAX : request->before);
            db_bind_text(statement, 4, request->origin);
            db_bind_text(statement, 5, request->principal);
            code = read_names(statement, &seen, arena, out, count, err);
        }
    }
    map_clear(&seen);
    snapshot_end(&snapshot);
    return code;
}

struct told { /* a history row, and who made it */
    const char *operation, *origin, *principal, *reason;
};

static enum mneme_code read_history(struct change *change, const struct named *item,
                                    struct history **rows, struct told **told, size_t *count,
                                    struct mneme_error *err)
{
    struct arena *arena = change->scope.arena;
    struct statement *statement;
    struct uuid id;
    size_t row_capacity = 0, told_capacity = 0;
    bool has_row = true;
    *rows = NULL;
    *told = NULL;
    *count = 0;
    if (!uuid_parse(item->id, &id)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(change->scope.db, SQL_HISTORY_OF_RECORD, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, &id);
    db_bind_integer(statement, 3, INT64_MAX);
    db_bind_integer(statement, 4, -1);
    while (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        *rows = arena_grow(arena, *rows, &row_capacity, *count + 1, sizeof **rows);
        *told = arena_grow(arena, *told, &told_capacity, *count + 1, sizeof **told);
        if (*rows == NULL || *told == NULL) {
            code = error_nomem(err);
            break;
        }
        struct told *who = &(*told)[*count];
        const char **const texts[] = {&who->operation, &who->origin, &who->principal, &who->reason};
        code = row_read(statement, &kind_history, &(*rows)[(*count)++], 0, arena, err);
        for (int i = 0; i < 4 && code == MNEME_OK; i++) {
            code = row_text(statement, HISTORY_COLUMNS + i, arena, texts[i], err);
        }
    }
    db_reset(statement);
    return code;
}

static bool is_theirs(const struct reverting_request *request, const struct history *row,
                      const struct told *told)
{
    return row->at >= request->since &&
           (request->before == TIME_NONE || row->at < request->before) &&
           (told->operation == NULL || strcmp(told->operation, OPERATION) != 0) &&
           same_or_any(request->origin, told->origin) &&
           same_or_any(request->principal, told->principal);
}

/* How many rows, from the newest on, go: up to the oldest of theirs that no such revert has taken back. */
static size_t rows_to_take(const struct reverting *reverting, const struct history *rows,
                           const struct told *told, size_t count, bool *is_mixed)
{
    size_t take = 0, others = 0, others_within = 0;
    for (size_t i = 0; i < count; i++) {
        if (told[i].operation != NULL && strcmp(told[i].operation, OPERATION) == 0 &&
            told[i].reason != NULL && strcmp(told[i].reason, reverting->reason) == 0) {
            break;
        }
        if (is_theirs(reverting->request, &rows[i], &told[i])) {
            take = i + 1;
            others_within = others;
        } else {
            others++;
        }
    }
    *is_mixed = others_within > 0;
    return take;
}

static enum mneme_code revert_one(struct reverting *reverting, struct change *change,
                                  const struct named *item, struct mneme_error *err)
{
    struct history *rows;
    struct told *told;
    size_t count;
    union any_record now;
    bool found, is_mixed;
    enum mneme_code code = record_find(&change->scope, item->kind, item->id, &now, &found, err);
    if (code == MNEME_OK && found) {
        code = read_history(change, item, &rows, &told, &count, err);
    }
    if (code != MNEME_OK || !found) {
        return code;
    }
    size_t take = rows_to_take(reverting, rows, told, count, &is_mixed);
    bool is_made = take > 0 && rows[take - 1].before == NULL;
    if (take == 0 || (is_made && field_present(&now, record_deleted_field(item->kind)))) {
        return MNEME_OK;
    }
    if (is_mixed && !is_made) {
        reverting->done.skipped++;
        return MNEME_OK;
    }
    code = change_rewind(reverting->handle, change, rows, take, err);
    reverting->done.count++;
    if (is_made && item->kind->is_versioned) {
        reverting->gone[reverting->gone_count++] = item->id;
    }
    return code;
}

static enum mneme_code run_revert(struct tx *tx, void *context, struct mneme_error *err)
{
    struct reverting *reverting = context;
    struct change change;
    reverting->done = (struct reverted){0};
    reverting->gone_count = 0;
    enum mneme_code code =
        engine_change_begin(reverting->handle, &change, tx, reverting->arena, OPERATION, err);
    change.reason = reverting->reason;
    for (size_t i = 0; i < reverting->count && code == MNEME_OK; i++) {
        code = revert_one(reverting, &change, &reverting->items[i], err);
    }
    return code == MNEME_OK ? change_seq(&change, &reverting->done.seq, err) : code;
}

/* One transaction. If something in it cannot come back (a key that is taken, a conversation that is gone) the records
 * go one by one, and those that cannot are left. */
static enum mneme_code revert_some(struct reverting *reverting, struct reverted *out,
                                   struct mneme_error *err)
{
    enum mneme_code code = engine_write(reverting->handle, run_revert, reverting, err);
    if (code == MNEME_CONFLICT && reverting->count == 1) {
        out->skipped++;
        return MNEME_OK;
    }
    if (code == MNEME_OK) {
        out->count += reverting->done.count;
        out->skipped += reverting->done.skipped;
        out->seq = reverting->done.seq;
    }
    return code;
}

static enum mneme_code quarantine_derived(struct reverting *reverting, struct reverted *out,
                                          struct mneme_error *err)
{
    struct held held;
    if (reverting->gone_count == 0) {
        return MNEME_OK;
    }
    enum mneme_code code = record_quarantine_derived(
        reverting->handle, reverting->gone, reverting->gone_count, reverting->arena, &held, err);
    out->dependent += held.count;
    out->seq = held.seq > out->seq ? held.seq : out->seq;
    return code;
}

static enum mneme_code revert_batch(struct reverting *reverting, const struct named *items,
                                    size_t count, struct reverted *out, struct mneme_error *err)
{
    struct arena arena;
    arena_init(&arena);
    reverting->arena = &arena;
    reverting->items = items;
    reverting->count = count;
    reverting->gone = arena_alloc_array(&arena, count + 1, sizeof *reverting->gone);
    enum mneme_code code = reverting->gone ? revert_some(reverting, out, err) : error_nomem(err);
    if (code == MNEME_OK) {
        code = quarantine_derived(reverting, out, err);
    }
    arena_clear(&arena);
    return code;
}

enum mneme_code change_revert(const struct mneme *handle, const struct reverting_request *request,
                              struct arena *arena, struct reverted *out, struct mneme_error *err)
{
    struct reverting reverting = {.handle = handle, .request = request};
    struct named *items;
    size_t count;
    *out = (struct reverted){0};
    reverting.reason = arena_printf(
        arena, "origin %s, principal %s, since %lld", request->origin ? request->origin : "any",
        request->principal ? request->principal : "any", (long long)request->since);
    if (reverting.reason == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = find_names(handle, request, arena, &items, &count, err);
    for (size_t i = 0; i < count && code == MNEME_OK; i += LIMIT_JOB_ROWS) {
        size_t some = count - i < LIMIT_JOB_ROWS ? count - i : LIMIT_JOB_ROWS;
        code = revert_batch(&reverting, items + i, some, out, err);
        if (code == MNEME_CONFLICT) {
            code = MNEME_OK;
            for (size_t j = 0; j < some && code == MNEME_OK; j++) {
                code = revert_batch(&reverting, items + i + j, 1, out, err);
            }
        }
    }
    return code;
}
