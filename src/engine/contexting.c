/*
 * What goes into a context, best first. Which of it fits is decided by recall/context.c.
 */
#include "engine/contexting.h"

#include "base/limits.h"
#include "engine/conversation.h"
#include "engine/read.h"
#include "store/past.h"
#include "store/prefix.h"
#include "store/row.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RECENT_TURNS 20
#define TOKENS_PER_HIT 30 /* no item with its fence takes less */
#define LEAST_HITS 10
#define MOST_HITS 200
#define KEY_BYTES 4

struct gathering {
    const struct mneme *handle;
    struct contexting *contexting;
    struct arena *arena;
    struct context_item *profile, *recalled, *recent, summary;
    size_t profile_count, profile_capacity, recalled_count, recent_count, summary_count;
    struct recalled hits;
    struct uuid user;
    struct prefix_state prefix;
};

static bool is_working(const char *name_space)
{
    return strncmp(name_space, "task:", 5) == 0;
}

static bool is_asked_for(const struct recall_request *request, const char *name_space)
{
    if (request->namespaces == NULL) {
        return !is_working(name_space);
    }
    for (const char *const *name = request->namespaces; *name != NULL; name++) {
        if (strcmp(*name, name_space) == 0) {
            return true;
        }
    }
    return false;
}

static bool belongs_to_profile(const struct recall_request *request, const struct kind *kind,
                               const union any_record *record, int64_t now_us)
{
    int64_t at = request->as_of_us == TIME_NONE ? now_us : request->as_of_us;
    bool is_wanted =
        kind == &kind_preference || request->kinds[partition_kind_of(kind)]; // the user's settings
    if (!is_wanted ||
        (!request->include_untrusted && strcmp(record->common.trust, "untrusted") == 0) ||
        !record_is_live(kind, record, now_us)) {
        return false;
    }
    return kind == &kind_memory ? is_asked_for(request, record->memory.name_space) &&
                                      memory_is_current(&record->memory, at)
                                : request->namespaces == NULL;
}

static enum mneme_code add_profile(struct gathering *gathering, const struct kind *kind,
                                   const union any_record *record, struct mneme_error *err)
{
    gathering->profile =
        arena_grow(gathering->arena, gathering->profile, &gathering->profile_capacity,
                   gathering->profile_count + 1, sizeof *gathering->profile);
    void *copy = arena_copy(gathering->arena, record, kind->size);
    if (gathering->profile == NULL || copy == NULL) {
        return error_nomem(err);
    }
    struct context_item item = {.kind = kind, .record = copy};
    if (kind == &kind_preference) {
        item.text = arena_printf(gathering->arena, "%s: %s", record->preference.key,
                                 record->preference.value);
    }
    gathering->profile[gathering->profile_count++] = item;
    return arena_failed(gathering->arena) ? error_nomem(err) : MNEME_OK;
}

static enum mneme_code read_profile(struct gathering *gathering, const struct snapshot *snapshot,
                                    const struct kind *kind, enum sql_id sql,
                                    struct mneme_error *err)
{
    struct statement *statement;
    bool has_row = true;
    enum mneme_code code = db_prepare(snapshot->scope.db, sql, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &snapshot->scope.user);
    while (code == MNEME_OK && gathering->profile_count < LIMIT_PROFILE) {
        union any_record record;
        code = row_next(statement, kind, &record, gathering->arena, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        if (belongs_to_profile(&gathering->contexting->recalling.request, kind, &record,
                               snapshot->scope.now_us)) {
            code = add_profile(gathering, kind, &record, err);
        }
    }
    db_reset(statement);
    return code;
}

/* The row at hand as it was, if it was of the profile. */
static enum mneme_code read_past_row(struct gathering *gathering, const struct scope *scope,
                                     const struct kind *kind, struct statement *statement,
                                     bool *has_row, struct mneme_error *err)
{
    union any_record record;
    bool was_there;
    enum mneme_code code = row_next(statement, kind, &record, scope->arena, has_row, err);
    if (code == MNEME_OK && *has_row) {
        code = past_rewind(scope, kind, &record, &was_there, err);
    }
    if (code != MNEME_OK || !*has_row || !was_there || !prefix_has(kind, &record) ||
        !belongs_to_profile(&gathering->contexting->recalling.request, kind, &record,
                            scope->now_us)) {
        return code;
    }
    struct scope kept = *scope;
    kept.arena = gathering->arena;
    code = row_read(statement, kind, &record, 0, kept.arena, err);
    if (code == MNEME_OK) {
        code = past_rewind(&kept, kind, &record, &was_there, err);
    }
    return code == MNEME_OK ? add_profile(gathering, kind, &record, err) : code;
}

static double importance_of(const struct context_item *item)
{
    size_t field = field_find(item->kind, "importance");
    return field == FIELD_NONE ? 0 : field_real(item->kind, item->record, field);
}

/* As the indexes of the profile have it. */
static int by_weight(const void *a, const void *b)
{
    const struct context_item *x = a, *y = b;
    bool x_pinned = x->kind != &kind_memory || ((const struct memory *)x->record)->pinned;
    bool y_pinned = y->kind != &kind_memory || ((const struct memory *)y->record)->pinned;
    double of_x = importance_of(x), of_y = importance_of(y);
    if (x_pinned != y_pinned) {
        return x_pinned ? -1 : 1;
    }
    if (of_x < of_y || of_x > of_y) {
        return of_x > of_y ? -1 : 1;
    }
    return strcmp(field_text(x->kind, x->record, COMMON_ID),
                  field_text(y->kind, y->record, COMMON_ID));
}

/* What was of the profile is no index's to know: every record of the kind is asked. */
static enum mneme_code read_past_profile(struct gathering *gathering,
                                         const struct snapshot *snapshot, const struct kind *kind,
                                         struct mneme_error *err)
{
    struct statement *statement;
    struct scope scope = snapshot->scope;
    struct arena row_arena;
    bool has_row = true;
    size_t first = gathering->profile_count;
    enum mneme_code code = db_prepare(scope.db, row_statements(kind)->state, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    arena_init(&row_arena);
    scope.arena = &row_arena;
    db_bind_uuid(statement, 1, &scope.user);
    while (code == MNEME_OK && has_row && gathering->profile_count < LIMIT_PROFILE) {
        arena_clear(&row_arena);
        code = read_past_row(gathering, &scope, kind, statement, &has_row, err);
    }
    db_reset(statement);
    arena_clear(&row_arena);
    if (code == MNEME_OK && gathering->profile_count > first) {
        qsort(gathering->profile + first, gathering->profile_count - first,
              sizeof *gathering->profile, by_weight);
    }
    return code;
}

static enum mneme_code read_profiles(struct gathering *gathering, const struct snapshot *snapshot,
                                     struct mneme_error *err)
{
    static const struct {
        const struct kind *kind;
        enum sql_id sql;
    } parts[] = {{&kind_preference, SQL_PREFERENCE_STATE},
                 {&kind_message, SQL_MESSAGE_PROFILE},
                 {&kind_memory, SQL_MEMORY_PROFILE}};
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && code == MNEME_OK; i++) {
        code = scope_is_past(&snapshot->scope)
                   ? read_past_profile(gathering, snapshot, parts[i].kind, err)
                   : read_profile(gathering, snapshot, parts[i].kind, parts[i].sql, err);
    }
    return code;
}

/* An item of the profile, and when it came behind what the prefix was begun with; 0: it did not. */
struct joined {
    struct context_item item;
    int64_t at_us;
    size_t place; /* among those that the prefix was begun with */
};

static int by_joining(const void *a, const void *b)
{
    const struct joined *x = a, *y = b;
    if (x->at_us != y->at_us) {
        return x->at_us < y->at_us ? -1 : 1;
    }
    if (x->at_us == 0) {
        return x->place < y->place ? -1 : x->place > y->place;
    }
    return strcmp(((const struct record_common *)x->item.record)->id,
                  ((const struct record_common *)y->item.record)->id);
}

/* First what the prefix was begun with, best first, then what joined since, as it came: so it grows at its end. What
 * joined has its last change behind it, for a further one would have begun the prefix anew. */
static enum mneme_code order_profile(struct gathering *gathering, struct mneme_error *err)
{
    size_t count = gathering->profile_count;
    struct joined *all = arena_alloc_array(gathering->arena, count + 1, sizeof *all);
    if (all == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        int64_t at = ((const struct record_common *)gathering->profile[i].record)->updated_at;
        all[i] =
            (struct joined){gathering->profile[i], at > gathering->prefix.raised_at ? at : 0, i};
    }
    if (count > 1) {
        qsort(all, count, sizeof *all, by_joining);
    }
    for (size_t i = 0; i < count; i++) {
        gathering->profile[i] = all[i].item;
    }
    return MNEME_OK;
}

static enum mneme_code gather_profile(struct gathering *gathering, struct mneme_error *err)
{
    struct snapshot snapshot;
    enum mneme_code code = snapshot_begin(gathering->handle, gathering->arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    gathering->user = snapshot.scope.user;
    snapshot.scope.known_at_us = gathering->contexting->recalling.known_at_us;
    gathering->prefix.generation = 1;
    if (snapshot.is_known) {
        code = prefix_find(&snapshot.scope, &gathering->prefix, err);
        if (code == MNEME_OK) {
            code = read_profiles(gathering, &snapshot, err);
        }
    }
    snapshot_end(&snapshot);
    return code == MNEME_OK ? order_profile(gathering, err) : code;
}

static enum mneme_code gather_summary(struct gathering *gathering, struct mneme_error *err)
{
    struct record_name name = {.id = gathering->contexting->conversation_id};
    struct snapshot snapshot;
    struct conversation *conversation = arena_alloc(gathering->arena, sizeof *conversation);
    bool found = false;
    enum mneme_code code = conversation
                               ? snapshot_begin(gathering->handle, gathering->arena, &snapshot, err)
                               : error_nomem(err);
    if (code != MNEME_OK) {
        return code;
    }
    snapshot.scope.known_at_us = gathering->contexting->recalling.known_at_us;
    if (snapshot.is_known) {
        code = record_find(&snapshot.scope, &kind_conversation, name.id, conversation, &found, err);
    }
    bool is_live = code == MNEME_OK && found &&
                   record_is_live(&kind_conversation, conversation, snapshot.scope.now_us);
    if (is_live && conversation->summary == NULL) {
        struct conversation shown = *conversation;
        code = conversation_derive(&snapshot.scope, &shown, err);
        conversation->summary = shown.summary;
    }
    snapshot_end(&snapshot);
    if (code == MNEME_OK && is_live && conversation->summary != NULL) {
        gathering->summary =
            (struct context_item){.kind = &kind_conversation, .record = conversation};
        gathering->summary_count = 1;
    }
    return code;
}

/* The last turns of then, without the window's liking for pinned ones: those are in the profile. */
static enum mneme_code gather_past_turns(struct gathering *gathering, struct mneme_error *err)
{
    const struct contexting *contexting = gathering->contexting;
    const struct filter_value value = {.type = JSON_TYPE_TEXT, .text = contexting->conversation_id};
    const struct filter in_conversation = {.type = FILTER_LEAF,
                                           .field = "conversation_id",
                                           .field_type = FIELD_TEXT,
                                           .op = FILTER_EQ,
                                           .values = &value,
                                           .value_count = 1};
    const struct list_request request = {.kind = &kind_message,
                                         .filter = &in_conversation,
                                         .order = kind_message.orders,
                                         .descending = true,
                                         .created_from = TIME_NONE,
                                         .known_at_us = contexting->recalling.known_at_us,
                                         .page = {.list = "context", .limit = RECENT_TURNS}};
    const struct get_request of_conversation = {.name = {.id = contexting->conversation_id},
                                                .only = &kind_conversation,
                                                .known_at_us = request.known_at_us};
    struct read_record conversation;
    struct record_page page;
    enum mneme_code code =
        record_get(gathering->handle, &of_conversation, gathering->arena, &conversation, err);
    if (code == MNEME_OK) {
        code = record_list(gathering->handle, &request, gathering->arena, &page, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    gathering->recent =
        arena_alloc_array(gathering->arena, page.count + 1, sizeof *gathering->recent);
    for (size_t i = 0; i < page.count && gathering->recent != NULL; i++) {
        gathering->recent[gathering->recent_count++] =
            (struct context_item){.kind = &kind_message, .record = &page.records[i].message};
    }
    return gathering->recent ? MNEME_OK : error_nomem(err);
}

/* Newest first; the window knows pinned system messages and says NOT_FOUND. */
static enum mneme_code gather_turns(struct gathering *gathering, struct mneme_error *err)
{
    if (gathering->contexting->recalling.known_at_us != 0) {
        return gather_past_turns(gathering, err);
    }
    struct window_request request = {.conversation_id = gathering->contexting->conversation_id,
                                     .last = RECENT_TURNS};
    struct window window;
    enum mneme_code code =
        conversation_window(gathering->handle, &request, gathering->arena, &window, err);
    if (code != MNEME_OK) {
        return code;
    }
    gathering->recent =
        arena_alloc_array(gathering->arena, window.count + 1, sizeof *gathering->recent);
    if (gathering->recent == NULL) {
        return error_nomem(err);
    }
    for (size_t i = window.count; i > 0; i--) {
        gathering->recent[gathering->recent_count++] =
            (struct context_item){.kind = &kind_message, .record = &window.messages[i - 1]};
    }
    return MNEME_OK;
}

/* Hits that nothing of the question speaks for are no answer to it. */
static enum mneme_code gather_recalled(struct gathering *gathering, struct mneme_error *err)
{
    struct recalling *recalling = &gathering->contexting->recalling;
    struct recalled *hits = &gathering->hits;
    bool is_asked = *recalling->request.text != '\0' || recalling->vector.vector != NULL;
    bool notes_use = recalling->note_use;
    size_t k = gathering->contexting->budget / TOKENS_PER_HIT;
    recalling->request.k = (unsigned)(k < LEAST_HITS ? LEAST_HITS : k > MOST_HITS ? MOST_HITS : k);
    recalling->neighbours = 0;
    recalling->note_use = false;
    enum mneme_code code =
        recall_records(gathering->handle, recalling, gathering->arena, hits, err);
    recalling->note_use = notes_use;
    gathering->contexting->degraded = hits->degraded;
    if (code != MNEME_OK) {
        return code;
    }
    gathering->recalled =
        arena_alloc_array(gathering->arena, hits->count + 1, sizeof *gathering->recalled);
    if (gathering->recalled == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < hits->count; i++) {
        if (!is_asked || hits->hits[i].hit->matched) {
            gathering->recalled[gathering->recalled_count++] =
                (struct context_item){.kind = hits->hits[i].kind, .record = &hits->hits[i].record};
        }
    }
    return MNEME_OK;
}

/* What no stored text can know: from the store's key, the user and the prefix's generation. */
static enum mneme_code make_key(const struct gathering *gathering, char out[2 * KEY_BYTES + 1],
                                struct mneme_error *err)
{
    unsigned char mac[SHA256_BYTES];
    const char *text = arena_printf(gathering->arena, "context:%" PRId64 ":%s",
                                    gathering->prefix.generation, gathering->handle->user_name);
    if (text == NULL) {
        return error_nomem(err);
    }
    struct store *store = engine_store(gathering->handle);
    enum mneme_code code = store_sign(store, text, strlen(text), mac, err);
    hash_hex(mac, KEY_BYTES, out);
    return code;
}

static void note_uses(const struct gathering *gathering, const struct context *context)
{
    for (size_t i = 0; i < context->item_count; i++) {
        struct uuid id;
        if (context->items[i].section == CONTEXT_RECALLED &&
            uuid_parse(context->items[i].id, &id)) {
            engine_note_use(gathering->handle, &gathering->user, &id, context->items[i].kind);
        }
    }
}

struct raising {
    const struct mneme *handle;
    struct arena *arena;
};

static enum mneme_code raise_prefix(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct raising *raising = context;
    struct scope scope = {.db = tx->db, .now_us = tx->now_us, .arena = raising->arena};
    int64_t seq;
    bool is_known;
    enum mneme_code code =
        store_find_user(tx->db, raising->handle->user_name, &scope.user, &seq, &is_known, err);
    return code == MNEME_OK && is_known ? prefix_raise(&scope, err) : code;
}

enum mneme_code context_assemble(const struct mneme *handle, struct contexting *contexting,
                                 struct arena *arena, struct context *out, struct mneme_error *err)
{
    struct gathering gathering = {.handle = handle, .contexting = contexting, .arena = arena};
    char key[2 * KEY_BYTES + 1];
    struct raising raising = {handle, arena};
    *out = (struct context){.text = ""};
    enum mneme_code code =
        contexting->new_prefix ? engine_write(handle, raise_prefix, &raising, err) : MNEME_OK;
    if (code == MNEME_OK) {
        code = gather_profile(&gathering, err);
    }
    if (code == MNEME_OK && contexting->conversation_id != NULL) {
        code = gather_turns(&gathering, err);
        if (code == MNEME_OK) {
            code = gather_summary(&gathering, err);
        }
    }
    if (code == MNEME_OK) {
        code = gather_recalled(&gathering, err);
    }
    if (code == MNEME_OK) {
        code = make_key(&gathering, key, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    const struct context_request request = {
        .budget = contexting->budget,
        .key = key,
        .sections = {[CONTEXT_PROFILE] = {gathering.profile, gathering.profile_count},
                     [CONTEXT_SUMMARY] = {&gathering.summary, gathering.summary_count},
                     [CONTEXT_RECALLED] = {gathering.recalled, gathering.recalled_count},
                     [CONTEXT_RECENT] = {gathering.recent, gathering.recent_count}}};
    code = context_render(&request, arena, out, err);
    if (code == MNEME_OK && contexting->recalling.note_use &&
        contexting->recalling.known_at_us == 0) {
        note_uses(&gathering, out);
    }
    contexting->generation = gathering.prefix.generation;
    return code;
}
