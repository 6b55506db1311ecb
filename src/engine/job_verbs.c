/* Jobs: shown, ordered about, and done. */
#include "engine/job_verbs.h"

#include "engine/cursor.h"
#include "engine/space_verbs.h"

#include <string.h>

enum mneme_code jobs_list(const struct mneme *handle, const struct page_request *request,
                          struct arena *arena, struct job_answer *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct cursor place = {.is_real = false};
    struct job_page page = {0};
    *out = (struct job_answer){0};
    enum mneme_code code = cursor_parse(handle, request, arena, &place, err);
    if (code == MNEME_OK) {
        code = snapshot_begin(handle, arena, &snapshot, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (snapshot.is_known) {
        code = job_list(&snapshot.scope, &place.id, request->limit, &page, err);
    }
    out->now_us = snapshot.scope.now_us;
    snapshot_end(&snapshot);
    out->jobs = page.jobs;
    out->count = page.count;
    if (code == MNEME_OK && page.has_more) {
        const struct cursor last = {.id = page.jobs[page.count - 1].id};
        code = cursor_format(handle, request, &last, arena, &out->next_cursor, err);
    }
    return code;
}

struct ordering {
    const struct mneme *handle;
    struct arena *arena;
    const char *id;
    enum job_order order;
    size_t count;
};

/* A space whose job is cancelled is no longer filling. */
static enum mneme_code stop_filling(struct change *change, const struct job *job,
                                    struct mneme_error *err)
{
    struct space_choice choice;
    struct space_info space;
    bool found;
    enum mneme_code code = change_choice(change, &choice, err);
    if (code != MNEME_OK || choice.filling_id == 0) {
        return code;
    }
    code = space_get(&change->scope, choice.filling_id, &space, &found, err);
    if (code != MNEME_OK || !found || space.model == NULL ||
        strcmp(space.model, job->subject) != 0) {
        return code;
    }
    choice.filling_id = 0;
    return change_set_choice(change, &choice, err);
}

static enum mneme_code order_one(struct change *change, const struct job *job,
                                 struct ordering *ordering, struct mneme_error *err)
{
    bool changed;
    enum mneme_code code = job_order(change, &job->id, ordering->order, &changed, err);
    ordering->count += changed;
    return code == MNEME_OK && ordering->order == JOB_CANCEL && strcmp(job->kind, JOB_REEMBED) == 0
               ? stop_filling(change, job, err)
               : code;
}

static enum mneme_code order_named(struct change *change, struct ordering *ordering,
                                   struct mneme_error *err)
{
    struct uuid id;
    struct job job;
    bool found = false;
    enum mneme_code code = MNEME_OK;
    if (uuid_parse(ordering->id, &id)) {
        code = job_get(&change->scope, &id, &job, &found, err);
    }
    if (code == MNEME_OK && !found) {
        return error_field(err, MNEME_NOT_FOUND, "id", "", "no job '%.40s'", ordering->id);
    }
    return code == MNEME_OK ? order_one(change, &job, ordering, err) : code;
}

static enum mneme_code run_order(struct tx *tx, void *context, struct mneme_error *err)
{
    struct ordering *ordering = context;
    struct change change;
    struct job_page page;
    struct uuid after = {{0}};
    ordering->count = 0;
    enum mneme_code code =
        engine_change_begin(ordering->handle, &change, tx, ordering->arena, "jobs.order", err);
    if (code == MNEME_OK && ordering->id != NULL) {
        return order_named(&change, ordering, err);
    }
    do {
        page = (struct job_page){0};
        if (code == MNEME_OK) {
            code = job_list(&change.scope, &after, LIMIT_PAGE, &page, err);
        }
        for (size_t i = 0; i < page.count && code == MNEME_OK; i++) {
            code = order_one(&change, &page.jobs[i], ordering, err);
            after = page.jobs[i].id;
        }
    } while (code == MNEME_OK && page.has_more);
    return code;
}

enum mneme_code jobs_order(const struct mneme *handle, const char *id, enum job_order order,
                           struct arena *arena, size_t *count, struct mneme_error *err)
{
    struct ordering ordering = {.handle = handle, .arena = arena, .id = id, .order = order};
    enum mneme_code code = engine_write(handle, run_order, &ordering, err);
    *count = ordering.count;
    return code;
}

// --- working -------------------------------------------------------------------------------------

struct working {
    const struct mneme *handle;
    const struct jobs_running *running;
};

static enum mneme_code find_embedder(void *context, const char *model, struct embedder **out,
                                     struct mneme_error *err)
{
    const struct working *working = context;
    return embedders_get(engine_embedders(working->handle), model, out, err);
}

static bool ask_stop(void *context)
{
    const struct jobs_running *running = ((const struct working *)context)->running;
    return running->is_stopped != NULL && running->is_stopped(running->context);
}

static void tell_progress(void *context, const struct job *job)
{
    const struct jobs_running *running = ((const struct working *)context)->running;
    if (running->on_progress != NULL) {
        running->on_progress(running->context, job->kind, (uint64_t)job->done,
                             (uint64_t)job->total);
    }
}

enum mneme_code jobs_run(const struct mneme *handle, const struct jobs_running *running,
                         struct runner_result *out, struct mneme_error *err)
{
    struct working working = {.handle = handle, .running = running};
    const struct runner runner = {.store = engine_store(handle),
                                  .embedder = find_embedder,
                                  .is_stopped = ask_stop,
                                  .on_progress = tell_progress,
                                  .context = &working,
                                  .kinds = running->kinds,
                                  .kind_count = running->kind_count,
                                  .until_empty = running->until_empty,
                                  .for_us = running->for_us};
    return runner_run(&runner, out, err);
}

enum mneme_code job_handle(const struct job_run *run, struct mneme **out, struct mneme_error *err)
{
    const struct working *working = run->runner->context;
    return engine_open_user(working->handle, run->lease->user_name, out, err);
}
