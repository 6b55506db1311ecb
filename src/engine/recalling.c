/*
 * Recall from end to end. The partition is locked only while it ranks; rows are fetched from the same snapshot
 * afterwards.
 */
#include "engine/recalling.h"

#include "base/limits.h"
#include "engine/conversation.h"
#include "engine/known.h"
#include "engine/space_verbs.h"
#include "store/past.h"
#include "store/row.h"

#include <assert.h>
#include <string.h>

enum mneme_code recalling_embed(const struct mneme *handle, struct recalling *const *all,
                                size_t count, struct arena *arena, struct mneme_error *err)
{
    struct query *queries = arena_alloc_array(arena, count + 1, sizeof *queries);
    if (queries == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        queries[i] = (struct query){&all[i]->vector, all[i]->request.text, &all[i]->vectors};
        all[i]->is_embedded = true;
    }
    return query_vectors_prepare(handle, queries, count, arena, err);
}

/* Filters on fields that the partition has no column for: asked on the rows themselves. */
struct row_filter {
    const struct index_view *view;
    const struct filter *filter;
    struct scope scope;
    uint64_t *allowed;
};

static enum mneme_code filter_rows_of(const struct row_filter *filter, const struct kind *kind,
                                      struct mneme_error *err)
{
    struct statement *statement;
    bool has_row = true;
    enum mneme_code code =
        db_prepare(filter->view->db, row_statements(kind)->export, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &filter->view->user);
    struct arena row_arena;
    arena_init(&row_arena);
    struct scope scope = filter->scope;
    scope.arena = &row_arena;
    while (code == MNEME_OK) {
        union any_record record;
        struct uuid id;
        uint32_t ordinal;
        bool was_there = false, matches = false;
        arena_clear(&row_arena);
        code = row_next(statement, kind, &record, &row_arena, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            break;
        }
        code = past_rewind(&scope, kind, &record, &was_there, err);
        if (code == MNEME_OK && was_there) {
            code = filter_matches(filter->filter, kind, &record, &matches, err);
        }
        if (code == MNEME_OK && matches && uuid_parse(record.common.id, &id) &&
            partition_find(filter->view->partition, &id, &ordinal)) {
            bitmap_set(filter->allowed, ordinal);
        }
    }
    db_reset(statement);
    arena_clear(&row_arena);
    return code;
}

static enum mneme_code filter_rows(struct row_filter *filter, struct mneme_error *err)
{
    filter->allowed = partition_bitmap(filter->view->partition, filter->scope.arena);
    if (filter->allowed == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; kind_at(i) != NULL && code == MNEME_OK; i++) {
        if (kind_at(i)->is_recalled) {
            code = filter_rows_of(filter, kind_at(i), err);
        }
    }
    return code;
}

/* What folding asks for: the words of two memories that look alike. */
static enum mneme_code content_of_memory(void *context, const struct uuid *id, struct arena *arena,
                                         const char **out, struct mneme_error *err)
{
    struct scope scope = *(const struct scope *)context;
    scope.arena = arena;
    char text[UUID_TEXT_LENGTH + 1];
    struct memory memory;
    bool found;
    uuid_format(id, text);
    enum mneme_code code = record_find(&scope, &kind_memory, text, &memory, &found, err);
    *out = found ? memory.content : "";
    return code;
}

static enum mneme_code rank(const struct mneme *handle, const struct index_view *view,
                            const struct scope *scope, struct recall_request *request,
                            struct recall_answer *out, struct mneme_error *err)
{
    struct row_filter rows = {.view = view, .filter = request->filter, .scope = *scope};
    if (request->filter != NULL && !recall_can_filter(request->filter)) {
        enum mneme_code code = filter_rows(&rows, err);
        if (code != MNEME_OK) {
            return code;
        }
        request->allowed = rows.allowed;
        request->filter = NULL;
    }
    struct analyzer *analyzer = engine_analyzer_take(handle);
    if (analyzer == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = recall_run(view->partition, analyzer, request, scope->arena, out, err);
    engine_analyzer_give(handle, analyzer);
    return code;
}

/* The ids of the neighbours of every message hit, while the partition is locked. */
struct neighbour_ids {
    struct uuid *ids;
    size_t before, count;
};

static enum mneme_code find_neighbours(const struct index_view *view,
                                       const struct recall_answer *answer, unsigned reach,
                                       struct arena *arena, struct neighbour_ids **out,
                                       struct mneme_error *err)
{
    *out = NULL;
    if (reach == 0) {
        return MNEME_OK;
    }
    struct neighbour_ids *all = arena_alloc_array(arena, answer->count + 1, sizeof *all);
    for (size_t i = 0; all != NULL && i < answer->count; i++) {
        all[i].ids = arena_alloc_array(arena, (size_t)2 * reach, sizeof *all[i].ids);
        if (all[i].ids == NULL) {
            return error_nomem(err);
        }
        all[i].count = partition_neighbours(view->partition, answer->hits[i].ordinal, reach,
                                            all[i].ids, &all[i].before);
    }
    *out = all;
    return all ? MNEME_OK : error_nomem(err);
}

static enum mneme_code fetch_neighbours(const struct scope *scope, const struct neighbour_ids *ids,
                                        struct recalled_hit *hit, struct mneme_error *err)
{
    struct message *messages = arena_alloc_array(scope->arena, ids->count + 1, sizeof *messages);
    enum mneme_code code = messages ? MNEME_OK : error_nomem(err);
    for (size_t i = 0; i < ids->count && code == MNEME_OK; i++) {
        char text[UUID_TEXT_LENGTH + 1];
        bool found;
        uuid_format(&ids->ids[i], text);
        code = record_find(scope, &kind_message, text, &messages[i], &found, err);
        assert(code != MNEME_OK || found);
    }
    hit->before = messages;
    hit->before_count = ids->before;
    hit->after = messages ? messages + ids->before : NULL;
    hit->after_count = ids->count - ids->before;
    return code;
}

static enum mneme_code fetch_hits(const struct scope *scope, const struct recall_answer *answer,
                                  const struct neighbour_ids *neighbours, struct recalled *out,
                                  struct mneme_error *err)
{
    out->hits = arena_alloc_array(scope->arena, answer->count + 1, sizeof *out->hits);
    enum mneme_code code = out->hits ? MNEME_OK : error_nomem(err);
    for (size_t i = 0; i < answer->count && code == MNEME_OK; i++) {
        struct recalled_hit *hit = &out->hits[i];
        char text[UUID_TEXT_LENGTH + 1];
        bool found;
        hit->hit = &answer->hits[i];
        hit->kind = partition_kinds[hit->hit->kind];
        uuid_format(&hit->hit->id, text);
        code = record_find(scope, hit->kind, text, &hit->record, &found, err);
        if (code == MNEME_OK && !found) {
            code = error_set(err, MNEME_INTERNAL, "a hit's row is not in its snapshot");
        }
        if (code == MNEME_OK && neighbours != NULL && neighbours[i].count > 0) {
            code = fetch_neighbours(scope, &neighbours[i], hit, err);
        }
        out->count++;
    }
    return code;
}

static void note_uses(const struct mneme *handle, const struct index_view *view,
                      const struct recalled *recalled)
{
    for (size_t i = 0; i < recalled->count; i++) {
        if (recalled->hits[i].hit->matched) {
            engine_note_use(handle, &view->user, &recalled->hits[i].hit->id,
                            recalled->hits[i].kind);
        }
    }
}

static enum mneme_code recall_in(const struct mneme *handle, struct index_view *view,
                                 struct recalling *recalling, struct arena *arena,
                                 struct recalled *out, struct mneme_error *err)
{
    struct recall_answer *answer = arena_alloc(arena, sizeof *answer);
    struct neighbour_ids *neighbours;
    if (answer == NULL) {
        return error_nomem(err);
    }
    struct scope scope = {view->db, view->user, recalling->request.now_us, arena,
                          recalling->known_at_us};
    recalling->request.content = recalling->fold ? content_of_memory : NULL;
    recalling->request.content_context = &scope;
    enum mneme_code code = rank(handle, view, &scope, &recalling->request, answer, err);
    if (code == MNEME_OK) {
        code = find_neighbours(view, answer, recalling->neighbours, arena, &neighbours, err);
    }
    index_unlock(view);
    if (code == MNEME_OK) {
        out->exact = answer->exact;
        code = fetch_hits(&scope, answer, neighbours, out, err);
    }
    if (code == MNEME_OK && recalling->note_use && !scope_is_past(&scope)) {
        note_uses(handle, view, out);
    }
    return code;
}

#define ROUNDS 3 /* another process may change the model while we ask; then we look again */

/* The query's vectors, and a partition that has their spaces. */
static enum mneme_code begin_view(const struct mneme *handle, struct recalling *recalling,
                                  struct arena *arena, struct index_view *view,
                                  struct mneme_error *err)
{
    const struct recall_request *request = &recalling->request;
    for (int round = 1;; round++) {
        enum mneme_code code =
            recalling->is_embedded ? MNEME_OK : recalling_embed(handle, &recalling, 1, arena, err);
        struct index_spaces spaces = query_vectors_spaces(&recalling->vectors);
        if (code == MNEME_OK && recalling->known_at_us != 0) {
            code = known_begin(handle, recalling, &spaces, arena, view, err);
        } else if (code == MNEME_OK) {
            code = index_begin(engine_index(handle), handle->user_name,
                               recalling->vectors.count > 0 ? &spaces : NULL, request->now_us, view,
                               err);
        }
        if (code != MNEME_OK || !view->is_known || !engine_saw_choice(handle, &view->choice) ||
            round == ROUNDS) {
            return code;
        }
        recalling->is_embedded = false;
        index_end(view);
    }
}

enum mneme_code recall_records(const struct mneme *handle, struct recalling *recalling,
                               struct arena *arena, struct recalled *out, struct mneme_error *err)
{
    const struct env *env = store_env(engine_store(handle));
    struct recall_request *request = &recalling->request;
    struct index_view view;
    int64_t started = env->monotonic_us(env->context);
    *out = (struct recalled){.exact = true};
    request->now_us = engine_now_us(handle);
    if (!recalling->keep_past_clock || request->reference_us == TIME_NONE) {
        request->reference_us = request->now_us;
    }
    enum mneme_code code = begin_view(handle, recalling, arena, &view, err);
    if (code != MNEME_OK) {
        return code;
    }
    out->change_seq = view.change_seq;
    out->degraded = recalling->vectors.missing;
    if (view.is_known) {
        code = query_vectors_lay(&recalling->vectors, &view, arena, request, err);
    }
    if (code == MNEME_OK && view.is_known) {
        code = recall_in(handle, &view, recalling, arena, out, err);
    }
    index_end(&view);
    out->took_us = env->monotonic_us(env->context) - started;
    return code;
}
