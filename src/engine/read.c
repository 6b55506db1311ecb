/*
 * Get, map, history, namespaces, statistics, users. Lists are in list.c, links in link.c.
 */
#include "engine/read.h"

#include "base/limits.h"
#include "engine/conversation.h"
#include "engine/cursor.h"
#include "store/row.h"

#include <string.h>

static enum mneme_code read_evidence(const struct mneme *handle, const struct scope *scope,
                                     const struct page_request *page, struct read_record *out,
                                     struct mneme_error *err)
{
    struct statement *statement;
    struct row_list list;
    struct uuid id;
    struct cursor place = {0};
    enum mneme_code code = cursor_parse(handle, page, scope->arena, &place, err);
    if (code == MNEME_OK) {
        code = db_prepare(scope->db, SQL_EVIDENCE_PAGE, &statement, err);
    }
    if (code != MNEME_OK || !uuid_parse(out->record.memory.id, &id)) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, &id);
    db_bind_uuid(statement, 3, &place.id);
    db_bind_integer(statement, 4, (int64_t)page->limit + 1);
    code = row_list(statement, &kind_evidence, page->limit, scope->arena, &list, err);
    out->evidence = list.records;
    out->evidence_count = list.count;
    if (code == MNEME_OK && list.has_more) {
        struct cursor last = {0};
        (void)uuid_parse(out->evidence[list.count - 1].id, &last.id);
        code = cursor_format(handle, page, &last, scope->arena, &out->next_cursor, err);
    }
    return code;
}

/* The record so named that may be shown; else NOT_FOUND. */
static enum mneme_code find_shown(const struct snapshot *snapshot,
                                  const struct get_request *request, struct read_record *out,
                                  struct mneme_error *err)
{
    bool is_shown = false;
    enum mneme_code code = MNEME_OK;
    if (snapshot->is_known) {
        code = record_find_only(&snapshot->scope, request->only, &request->name, &out->kind,
                                &out->record, err);
    }
    if (code == MNEME_OK && out->kind != NULL) {
        code = record_is_shown(&snapshot->scope, out->kind, &out->record, request->is_any,
                               &is_shown, err);
    }
    return code == MNEME_OK && !is_shown ? record_not_found(&request->name, err) : code;
}

static enum mneme_code get_in(const struct mneme *handle, const struct snapshot *snapshot,
                              const struct get_request *request, struct read_record *out,
                              struct mneme_error *err)
{
    enum mneme_code code = find_shown(snapshot, request, out, err);
    if (code == MNEME_OK && request->with_evidence && out->kind == &kind_memory) {
        code = read_evidence(handle, &snapshot->scope, &request->evidence_page, out, err);
    }
    if (code == MNEME_OK && out->kind == &kind_conversation) {
        code = conversation_derive(&snapshot->scope, &out->record.conversation, err);
    }
    return code;
}

enum mneme_code record_get(const struct mneme *handle, const struct get_request *request,
                           struct arena *arena, struct read_record *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct uuid id;
    *out = (struct read_record){0};
    enum mneme_code code = snapshot_begin(handle, arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    snapshot.scope.known_at_us = request->known_at_us;
    code = get_in(handle, &snapshot, request, out, err);
    snapshot_end(&snapshot);
    if (code == MNEME_OK && request->known_at_us == 0 && out->kind->is_recalled &&
        uuid_parse(out->record.common.id, &id)) {
        engine_note_use(handle, &snapshot.scope.user, &id, out->kind);
    }
    return code;
}

/* The row at hand into the page. */
static enum mneme_code add_pair(struct statement *statement, struct arena *arena,
                                struct map_page *out, struct mneme_error *err)
{
    enum mneme_code code = row_text(statement, 0, arena, &out->keys[out->count], err);
    if (code == MNEME_OK) {
        code = row_text(statement, 1, arena, &out->contents[out->count], err);
    }
    out->count++;
    return code;
}

/* Steps through the keys, in order: those before the prefix are passed over, one behind it ends. */
static enum mneme_code read_map(struct statement *statement, const struct map_request *request,
                                struct arena *arena, struct map_page *out, bool *has_more,
                                struct mneme_error *err)
{
    const char *prefix = request->prefix ? request->prefix : "";
    size_t prefix_length = strlen(prefix);
    bool has_row = true;
    enum mneme_code code = MNEME_OK;
    while (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        const char *key = db_text(statement, 0, NULL);
        if (key == NULL) {
            code = error_nomem(err);
            break;
        }
        int order = strncmp(key, prefix, prefix_length);
        *has_more = order == 0 && out->count == request->page.limit;
        if (order > 0 || *has_more) {
            break;
        }
        if (order == 0) {
            code = add_pair(statement, arena, out, err);
        }
    }
    db_reset(statement);
    return code;
}

static enum mneme_code map_in(const struct snapshot *snapshot, const struct map_request *request,
                              const struct cursor *after, struct map_page *out, bool *has_more,
                              struct mneme_error *err)
{
    const struct scope *scope = &snapshot->scope;
    struct statement *statement;
    if (!snapshot->is_known) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(scope->db, SQL_MEMORY_MAP, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_text(statement, 2, request->name_space ? request->name_space : "default");
    db_bind_text(statement, 3, after->text);
    db_bind_integer(statement, 4, scope->now_us);
    return read_map(statement, request, scope->arena, out, has_more, err);
}

enum mneme_code memory_map(const struct mneme *handle, const struct map_request *request,
                           struct arena *arena, struct map_page *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct cursor place = {.text = ""};
    size_t limit = request->page.limit;
    bool has_more = false;
    *out = (struct map_page){.keys = arena_alloc_array(arena, limit, sizeof *out->keys),
                             .contents = arena_alloc_array(arena, limit, sizeof *out->contents)};
    if (arena_failed(arena)) {
        return error_nomem(err);
    }
    enum mneme_code code = cursor_parse(handle, &request->page, arena, &place, err);
    if (code == MNEME_OK) {
        code = snapshot_begin(handle, arena, &snapshot, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    code = map_in(&snapshot, request, &place, out, &has_more, err);
    snapshot_end(&snapshot);
    if (code == MNEME_OK && has_more) {
        struct cursor last = {.text = out->keys[out->count - 1]};
        code = cursor_format(handle, &request->page, &last, arena, &out->next_cursor, err);
    }
    return code;
}

#define HISTORY_COLUMNS 7 /* of the record; the change set's follow */

/* A history row, and what its change set says. */
static enum mneme_code read_history_item(struct statement *statement, struct arena *arena,
                                         struct history_item *item, struct mneme_error *err)
{
    const char **const texts[] = {&item->operation, &item->origin, &item->principal, &item->reason};
    enum mneme_code code = row_read(statement, &kind_history, &item->history, 0, arena, err);
    for (int i = 0; i < 4 && code == MNEME_OK; i++) {
        code = row_text(statement, HISTORY_COLUMNS + i, arena, texts[i], err);
    }
    return code;
}

static enum mneme_code read_history_rows(struct statement *statement, unsigned limit,
                                         struct arena *arena, struct history_page *out,
                                         bool *has_more, struct mneme_error *err)
{
    bool has_row = true;
    enum mneme_code code = MNEME_OK;
    *has_more = false;
    while (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        if (out->count == limit) {
            *has_more = true;
            break;
        }
        code = read_history_item(statement, arena, &out->items[out->count++], err);
    }
    db_reset(statement);
    return code;
}

static enum mneme_code history_in(const struct snapshot *snapshot, const struct kind *only,
                                  const char *id, int64_t before, unsigned limit,
                                  struct history_page *out, bool *has_more, struct mneme_error *err)
{
    const struct get_request request = {.name = {.id = id}, .only = only, .is_any = true};
    const struct scope *scope = &snapshot->scope;
    struct read_record record;
    struct statement *statement;
    struct uuid uuid;
    enum mneme_code code = find_shown(snapshot, &request, &record, err);
    if (code == MNEME_OK) {
        code = db_prepare(scope->db, SQL_HISTORY_OF_RECORD, &statement, err);
    }
    if (code != MNEME_OK || !uuid_parse(id, &uuid)) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, &uuid);
    db_bind_integer(statement, 3, before);
    db_bind_integer(statement, 4, (int64_t)limit + 1);
    return read_history_rows(statement, limit, scope->arena, out, has_more, err);
}

enum mneme_code record_history(const struct mneme *handle, const struct kind *only, const char *id,
                               const struct page_request *page, struct arena *arena,
                               struct history_page *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct cursor place = {.integer = INT64_MAX};
    bool has_more = false;
    *out =
        (struct history_page){.items = arena_alloc_array(arena, page->limit, sizeof *out->items)};
    if (out->items == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = cursor_parse(handle, page, arena, &place, err);
    if (code == MNEME_OK) {
        code = snapshot_begin(handle, arena, &snapshot, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    code = history_in(&snapshot, only, id, place.integer, page->limit, out, &has_more, err);
    snapshot_end(&snapshot);
    if (code == MNEME_OK && has_more) {
        struct cursor last = {.integer = out->items[out->count - 1].history.version};
        code = cursor_format(handle, page, &last, arena, &out->next_cursor, err);
    }
    return code;
}

/* Rows of (name, count[, recent, bytes]). */
static enum mneme_code read_counts(struct statement *statement, bool has_details,
                                   struct arena *arena, struct counted_names *out,
                                   struct mneme_error *err)
{
    size_t capacity = 0;
    bool has_row = true;
    enum mneme_code code = MNEME_OK;
    *out = (struct counted_names){0};
    while (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        out->items = arena_grow(arena, out->items, &capacity, out->count + 1, sizeof *out->items);
        if (out->items == NULL) {
            code = error_nomem(err);
            break;
        }
        struct counted_name *item = &out->items[out->count++];
        *item = (struct counted_name){.count = db_integer(statement, 1)};
        code = row_text(statement, 0, arena, &item->name, err);
        if (has_details) {
            item->recent = db_integer(statement, 2);
            item->bytes = db_integer(statement, 3);
        }
    }
    db_reset(statement);
    return code;
}

enum mneme_code namespace_list(const struct mneme *handle, struct arena *arena,
                               struct counted_names *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct statement *statement;
    *out = (struct counted_names){0};
    enum mneme_code code = snapshot_begin(handle, arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (snapshot.is_known) {
        code = db_prepare(snapshot.scope.db, SQL_NAMESPACE_LIST, &statement, err);
        if (code == MNEME_OK) {
            db_bind_uuid(statement, 1, &snapshot.scope.user);
            db_bind_integer(statement, 2, snapshot.scope.now_us);
            code = read_counts(statement, false, arena, out, err);
        }
    }
    snapshot_end(&snapshot);
    return code;
}

#define RECENT_US (INT64_C(168) * 3600 * US_PER_SECOND)

static enum mneme_code count_memories(const struct snapshot *snapshot, struct arena *arena,
                                      struct user_stats *out, struct mneme_error *err)
{
    struct counted_names *const groups[] = {&out->by_tier, &out->by_type, &out->by_namespace};
    enum mneme_code code = MNEME_OK;
    for (int i = 0; i < 3 && code == MNEME_OK; i++) {
        struct statement *statement;
        code = db_prepare(snapshot->scope.db, SQL_STATS_MEMORIES_BY, &statement, err);
        if (code == MNEME_OK) {
            db_bind_uuid(statement, 1, &snapshot->scope.user);
            db_bind_integer(statement, 2, snapshot->scope.now_us);
            db_bind_integer(statement, 3, i);
            db_bind_integer(statement, 4, snapshot->scope.now_us - RECENT_US);
            code = read_counts(statement, true, arena, groups[i], err);
        }
    }
    for (size_t i = 0; i < out->by_tier.count; i++) {
        out->memories += out->by_tier.items[i].count;
        out->recent_memories += out->by_tier.items[i].recent;
        out->memory_bytes += out->by_tier.items[i].bytes;
    }
    return code;
}

/* A statement that gives one row of integers. */
static enum mneme_code read_integers(const struct snapshot *snapshot, enum sql_id sql,
                                     int parameter_count, int64_t *const *out, int count,
                                     struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    enum mneme_code code = db_prepare(snapshot->scope.db, sql, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &snapshot->scope.user);
    if (parameter_count > 1) {
        db_bind_integer(statement, 2, snapshot->scope.now_us);
    }
    if (parameter_count > 2) {
        db_bind_integer(statement, 3, snapshot->scope.now_us - RECENT_US);
    }
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        for (int i = 0; i < count; i++) {
            *out[i] = db_integer(statement, i);
        }
        db_reset(statement);
    }
    return code;
}

/* The live records of each versioned kind that has any. */
static enum mneme_code count_kinds(const struct snapshot *snapshot, struct arena *arena,
                                   struct user_stats *out, struct mneme_error *err)
{
    size_t capacity = 0;
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; kind_at(i) != NULL && code == MNEME_OK; i++) {
        struct counted_name item = {.name = kind_at(i)->name};
        int64_t *const counts[] = {&item.count, &item.recent};
        enum sql_id sql = row_statements(kind_at(i))->stats;
        if (sql == SQL_COUNT) {
            continue;
        }
        code = read_integers(snapshot, sql, 3, counts, 2, err);
        if (code != MNEME_OK || item.count == 0) {
            continue;
        }
        struct counted_names *kinds = &out->by_kind;
        kinds->items =
            arena_grow(arena, kinds->items, &capacity, kinds->count + 1, sizeof *kinds->items);
        if (kinds->items == NULL) {
            return error_nomem(err);
        }
        kinds->items[kinds->count++] = item;
    }
    return code;
}

#define DAY_US (INT64_C(24) * 3600 * US_PER_SECOND)

/* Rows of (day, count, bytes, messages) into the days that they belong to. */
static enum mneme_code read_days(const struct snapshot *snapshot, enum sql_id sql,
                                 struct user_stats *out, struct mneme_error *err)
{
    bool is_added = sql == SQL_STATS_DAYS_ADDED, has_row = true;
    int64_t first = out->days[0].day;
    struct statement *statement;
    enum mneme_code code = db_prepare(snapshot->scope.db, sql, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &snapshot->scope.user);
    db_bind_integer(statement, 2, first * DAY_US);
    db_bind_integer(statement, 3, snapshot->scope.now_us);
    while (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        int64_t at = db_integer(statement, 0) - first;
        if (at < 0 || at >= STATS_DAYS) {
            continue; // an import may bring times to come
        }
        struct day_stats *day = &out->days[at];
        *(is_added ? &day->added : &day->removed) += db_integer(statement, 1);
        *(is_added ? &day->added_bytes : &day->removed_bytes) += db_integer(statement, 2);
        day->messages += db_integer(statement, 3);
    }
    return code;
}

static enum mneme_code count_days(const struct snapshot *snapshot, struct user_stats *out,
                                  struct mneme_error *err)
{
    int64_t today = snapshot->scope.now_us / DAY_US;
    for (int i = 0; i < STATS_DAYS; i++) {
        out->days[i].day = today - STATS_DAYS + 1 + i;
    }
    enum mneme_code code = read_days(snapshot, SQL_STATS_DAYS_ADDED, out, err);
    return code == MNEME_OK ? read_days(snapshot, SQL_STATS_DAYS_REMOVED, out, err) : code;
}

static enum mneme_code count_agents(const struct snapshot *snapshot, struct arena *arena,
                                    struct user_stats *out, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(snapshot->scope.db, SQL_STATS_AGENTS, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &snapshot->scope.user);
    db_bind_integer(statement, 2, snapshot->scope.now_us);
    return read_counts(statement, true, arena, &out->by_agent, err);
}

static enum mneme_code count_all(const struct snapshot *snapshot, struct arena *arena,
                                 struct user_stats *out, struct mneme_error *err)
{
    int64_t all_vector_bytes = 0;
    const struct {
        enum sql_id sql;
        int parameter_count, count;
        int64_t *to[4];
    } reads[] = {
        {SQL_STATS_MESSAGES,
         3,
         4,
         {&out->messages, &out->recent_messages, &out->message_bytes, &out->message_tokens}},
        {SQL_STATS_CONVERSATIONS,
         3,
         3,
         {&out->conversations, &out->active_conversations, &out->recent_conversations}},
        {SQL_STATS_LINKS, 2, 1, {&out->links}},
        {SQL_STATS_VECTORS, 2, 3, {&out->vectors, &out->vector_bytes, &all_vector_bytes}},
        {SQL_STATS_RETAINED, 2, 1, {&out->retained_bytes}},
        {SQL_STATS_ACTIVE,
         1,
         4,
         {&out->active_characters, &out->enabled_agents, &out->jobs, &out->dead_jobs}},
    };
    enum mneme_code code = count_memories(snapshot, arena, out, err);
    for (size_t i = 0; i < sizeof reads / sizeof *reads && code == MNEME_OK; i++) {
        code = read_integers(snapshot, reads[i].sql, reads[i].parameter_count, reads[i].to,
                             reads[i].count, err);
    }
    out->retained_bytes += all_vector_bytes - out->vector_bytes;
    if (code == MNEME_OK) {
        code = count_agents(snapshot, arena, out, err);
    }
    return code == MNEME_OK ? count_days(snapshot, out, err) : code;
}

enum mneme_code user_stats(const struct mneme *handle, struct arena *arena, struct user_stats *out,
                           struct mneme_error *err)
{
    struct snapshot snapshot;
    *out = (struct user_stats){0};
    enum mneme_code code = snapshot_begin(handle, arena, &snapshot, err);
    if (code == MNEME_OK) {
        code = snapshot.is_known ? count_all(&snapshot, arena, out, err) : MNEME_OK;
        if (code == MNEME_OK && snapshot.is_known) {
            code = count_kinds(&snapshot, arena, out, err);
            out->index_bytes =
                (int64_t)index_user_bytes(engine_index(handle), &snapshot.scope.user);
        }
        snapshot_end(&snapshot);
    }
    return code;
}

enum mneme_code user_list(const struct mneme *handle, const struct page_request *page,
                          struct arena *arena, struct user_page *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct statement *statement;
    struct row_list list = {0};
    struct cursor place = {.text = ""};
    *out = (struct user_page){0};
    enum mneme_code code = cursor_parse(handle, page, arena, &place, err);
    if (code == MNEME_OK) {
        code = snapshot_begin(handle, arena, &snapshot, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    code = db_prepare(snapshot.scope.db, SQL_USER_NAMES, &statement, err);
    if (code == MNEME_OK) {
        db_bind_text(statement, 1, place.text);
        db_bind_integer(statement, 2, (int64_t)page->limit + 1);
        code = row_list(statement, &kind_user, page->limit, arena, &list, err);
    }
    snapshot_end(&snapshot);
    out->users = list.records;
    out->count = list.count;
    if (code == MNEME_OK && list.has_more) {
        struct cursor last = {.text = out->users[out->count - 1].name};
        code = cursor_format(handle, page, &last, arena, &out->next_cursor, err);
    }
    return code;
}

static enum mneme_code get_user(struct db *db, const struct uuid *id, struct arena *arena,
                                struct user *out, struct mneme_error *err)
{
    struct statement *statement;
    bool found;
    enum mneme_code code = db_prepare(db, SQL_USER_GET, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, id);
    return row_find(statement, &kind_user, out, arena, &found, err);
}

enum mneme_code user_get(const struct mneme *handle, struct arena *arena, struct user *out,
                         struct mneme_error *err)
{
    struct snapshot snapshot;
    *out = (struct user){0};
    enum mneme_code code = snapshot_begin(handle, arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    code = snapshot.is_known ? get_user(snapshot.scope.db, &snapshot.scope.user, arena, out, err)
                             : error_field(err, MNEME_NOT_FOUND, "user", "", "no user '%.60s'",
                                           handle->user_name);
    snapshot_end(&snapshot);
    return code;
}

struct user_making {
    const struct mneme *handle;
    struct arena *arena;
    struct user *out;
};

static enum mneme_code run_create_user(struct tx *tx, void *context, struct mneme_error *err)
{
    struct user_making *making = context;
    struct uuid id;
    *making->out = (struct user){0};
    enum mneme_code code = tx_user(tx, making->handle->user_name, &id, err);
    return code == MNEME_OK ? get_user(tx->db, &id, making->arena, making->out, err) : code;
}

enum mneme_code user_create(const struct mneme *handle, struct arena *arena, struct user *out,
                            struct mneme_error *err)
{
    struct user_making making = {.handle = handle, .arena = arena, .out = out};
    *out = (struct user){0};
    return engine_write(handle, run_create_user, &making, err);
}
