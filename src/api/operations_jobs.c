/* Jobs, and the embedding spaces that they fill. */
#include "api/operations.h"
#include "engine/job_verbs.h"
#include "engine/space_verbs.h"
#include "tidy/tidy.h"

static const char *id_text(const struct call *call, const struct uuid *id)
{
    char text[UUID_TEXT_LENGTH + 1];
    uuid_format(id, text);
    return arena_text(call->arena, text);
}

static const char *state_of(const struct job *job, int64_t now_us)
{
    bool waits = job->state == JOB_READY && job->ready_at > now_us && !job->is_running;
    return job->is_running ? "running" : waits ? "waiting" : job_state_name(job->state);
}

static void write_job(const struct call *call, const char *name, const struct job *job,
                      int64_t now_us)
{
    struct json_writer *out = call->out;
    json_begin_object(out, name);
    json_write_text(out, "id", id_text(call, &job->id));
    json_write_text(out, "kind", job->kind);
    json_write_text(out, "subject", job->subject);
    json_write_text(out, "state", state_of(job, now_us));
    json_write_integer(out, "done", job->done);
    if (job->total > 0) {
        json_write_integer(out, "total", job->total);
    } else {
        json_write_null(out, "total");
    }
    json_write_integer(out, "attempts", job->attempts);
    json_write_text(out, "reason", job->reason);
    json_write_time(out, "created_at", job->created_at);
    json_write_integer(out, "age_seconds", (now_us - job->created_at) / US_PER_SECOND);
    if (job->state == JOB_READY && !job->is_running && job->ready_at > now_us) {
        json_write_time(out, "ready_at", job->ready_at);
    } else {
        json_write_null(out, "ready_at");
    }
    json_end_object(out);
}

enum mneme_code op_jobs_list(struct call *call, struct mneme_error *err)
{
    struct page_request request;
    struct job_answer answer;
    enum mneme_code code = call_page(call, &request, err);
    if (code == MNEME_OK) {
        code = jobs_list(call->handle, &request, call->arena, &answer, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    json_begin_array(call->out, "items");
    for (size_t i = 0; i < answer.count; i++) {
        write_job(call, NULL, &answer.jobs[i], answer.now_us);
    }
    json_end_array(call->out);
    json_write_text(call->out, "next_cursor", answer.next_cursor);
    return MNEME_OK;
}

enum mneme_code op_jobs_run(struct call *call, struct mneme_error *err)
{
    struct jobs_running running = {.until_empty = call_boolean(call, "until_empty"),
                                   .on_progress = call->options->on_progress,
                                   .context = call->options->context,
                                   .kinds = tidy_jobs,
                                   .kind_count = tidy_job_count};
    struct runner_result result;
    enum mneme_code code = call_duration(call, "for", &running.for_us, err);
    if (code == MNEME_OK) {
        code = jobs_run(call->handle, &running, &result, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    json_write_integer(call->out, "finished", result.finished);
    json_write_integer(call->out, "failed", result.failed);
    json_write_integer(call->out, "waiting", result.waiting);
    if (result.next_at_us != INT64_MAX) {
        json_write_time(call->out, "next_at", result.next_at_us);
    } else {
        json_write_null(call->out, "next_at");
    }
    return MNEME_OK;
}

static enum mneme_code give_order(struct call *call, enum job_order order, struct mneme_error *err)
{
    size_t count;
    enum mneme_code code =
        jobs_order(call->handle, call_text(call, "id"), order, call->arena, &count, err);
    if (code == MNEME_OK) {
        json_write_integer(call->out, "changed", (int64_t)count);
    }
    return code;
}

enum mneme_code op_jobs_pause(struct call *call, struct mneme_error *err)
{
    return give_order(call, JOB_PAUSE, err);
}

enum mneme_code op_jobs_resume(struct call *call, struct mneme_error *err)
{
    return give_order(call, JOB_RESUME, err);
}

enum mneme_code op_jobs_retry(struct call *call, struct mneme_error *err)
{
    return give_order(call, JOB_RETRY, err);
}

enum mneme_code op_jobs_cancel(struct call *call, struct mneme_error *err)
{
    return give_order(call, JOB_CANCEL, err);
}

// --- spaces --------------------------------------------------------------------------------------

static void write_status(const struct call *call, const struct space_status *status)
{
    static const struct uuid none = {{0}};
    struct json_writer *out = call->out;
    json_begin_array(out, "items");
    for (size_t i = 0; i < status->spaces.count; i++) {
        const struct space_info *space = &status->spaces.items[i];
        bool is_active = space->space_id == status->choice.active_id;
        bool is_filling = space->space_id == status->choice.filling_id;
        json_begin_object(out, NULL);
        json_write_text(out, "space", space->name);
        json_write_text(out, "state", is_active ? "active" : is_filling ? "filling" : "kept");
        json_write_integer(out, "dimension", (int64_t)space->dimension);
        json_write_integer(out, "vectors", space->vector_count);
        json_write_text(out, "model", space->model);
        json_end_object(out);
    }
    json_end_array(out);
    bool has_job = uuid_compare(&status->job.id, &none) != 0;
    json_write_text(out, "job", has_job ? id_text(call, &status->job.id) : NULL);
}

enum mneme_code op_space_list(struct call *call, struct mneme_error *err)
{
    struct space_status status;
    enum mneme_code code = engine_space_status(call->handle, call->arena, &status, err);
    if (code == MNEME_OK) {
        write_status(call, &status);
    }
    return code;
}

enum mneme_code op_space_use(struct call *call, struct mneme_error *err)
{
    struct space_status status;
    enum mneme_code code =
        engine_space_begin(call->handle, call_text(call, "model"), call->arena, &status, err);
    if (code == MNEME_OK) {
        write_status(call, &status);
    }
    return code;
}

enum mneme_code op_space_cutover(struct call *call, struct mneme_error *err)
{
    struct space_status status;
    enum mneme_code code = engine_space_cutover(call->handle, call->arena, &status, err);
    if (code == MNEME_OK) {
        write_status(call, &status);
    }
    return code;
}

enum mneme_code op_space_drop(struct call *call, struct mneme_error *err)
{
    struct uuid job;
    enum mneme_code code =
        engine_space_drop(call->handle, call_text(call, "space"), call->arena, &job, err);
    if (code == MNEME_OK) {
        json_write_text(call->out, "job", id_text(call, &job));
    }
    return code;
}
