/* Vectors for records that lack them. */
#include "mind/reembed.h"

#include "store/spaces.h"

#include <assert.h>
#include <string.h>

/* A record of the batch. */
struct due {
    const struct kind *kind;
    const char *id, *text;
    int64_t seq;
    bool was_cut;
};

struct batch {
    struct job_run *run;
    struct embedder *embedder;
    struct due items[LIMIT_JOB_ROWS];
    size_t count, written;
    float *vectors;
    bool cut[LIMIT_JOB_ROWS];
    struct job job; /* the job after the transaction */
    bool is_done;
};

static enum mneme_code find_space(const struct scope *scope, const char *name, int64_t *out,
                                  struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    *out = 0;
    enum mneme_code code = db_prepare(scope->db, SQL_SPACE_FIND, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_text(statement, 2, name);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        *out = db_integer(statement, 0);
        db_reset(statement);
    }
    return code;
}

// --- what is due ---------------------------------------------------------------------------------

static struct due due_of(const struct kind *kind, const void *record, struct arena *arena)
{
    const struct record_common *common = record;
    return (struct due){.kind = kind,
                        .id = common->id,
                        .text = record_embedded_text(kind, record, arena),
                        .seq = common->change_seq,
                        .was_cut = field_boolean(kind, record, field_find(kind, "embedding_cut"))};
}

#define KINDS_MAX 16 /* recalled kinds */

/* The next records by counter, of all recalled kinds: lists in order become one. */
static enum mneme_code find_due(const struct scope *scope, struct batch *batch, int64_t space_id,
                                struct mneme_error *err)
{
    struct row_list lists[KINDS_MAX];
    const struct kind *kinds[KINDS_MAX];
    size_t next[KINDS_MAX] = {0}, count = 0;
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; kind_at(i) != NULL && code == MNEME_OK; i++) {
        if (kind_at(i)->is_recalled && count < KINDS_MAX) {
            kinds[count] = kind_at(i);
            code = space_due(scope, kinds[count], space_id, batch->run->job.position,
                             LIMIT_JOB_ROWS, &lists[count], err);
            count++;
        }
    }
    while (code == MNEME_OK && batch->count < LIMIT_JOB_ROWS) {
        const struct record_common *first = NULL;
        size_t of = 0;
        for (size_t i = 0; i < count; i++) {
            const char *rows = lists[i].records;
            const void *row = next[i] < lists[i].count ? rows + next[i] * kinds[i]->size : NULL;
            const struct record_common *common = row;
            if (common != NULL && (first == NULL || common->change_seq < first->change_seq)) {
                first = common;
                of = i;
            }
        }
        if (first == NULL) {
            break;
        }
        batch->items[batch->count++] = due_of(kinds[of], first, scope->arena);
        next[of]++;
    }
    return code == MNEME_OK && arena_failed(scope->arena) ? error_nomem(err) : code;
}

static enum mneme_code read_batch(struct batch *batch, struct mneme_error *err)
{
    struct job_run *run = batch->run;
    struct scope scope = {.user = run->lease->user, .arena = run->arena};
    int64_t space_id;
    enum mneme_code code = store_read_begin(run->store, &scope.db, err);
    if (code != MNEME_OK) {
        return code;
    }
    code = find_space(&scope, batch->embedder->space, &space_id, err);
    if (code == MNEME_OK) {
        code = find_due(&scope, batch, space_id, err);
    }
    store_read_end(run->store, scope.db);
    return code;
}

static enum mneme_code embed_batch(struct batch *batch, struct mneme_error *err)
{
    const char *texts[LIMIT_JOB_ROWS];
    size_t dimension = batch->embedder->dimension;
    batch->vectors = arena_alloc_array(batch->run->arena, batch->count * dimension, sizeof(float));
    if (batch->vectors == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < batch->count; i++) {
        texts[i] = batch->items[i].text;
    }
    return embedder_embed(batch->embedder, texts, batch->count, batch->vectors, batch->cut, err);
}

// --- what is written -----------------------------------------------------------------------------

static enum mneme_code make_space(struct change *change, const struct batch *batch,
                                  struct space *out, struct mneme_error *err)
{
    const struct space_name name = {.name = batch->embedder->space,
                                    .dimension = batch->embedder->dimension,
                                    .model = batch->run->job.subject};
    return change_space(change, &name, out, err);
}

/* True if the record is as it was when it was read. */
static enum mneme_code is_same(struct change *change, const struct due *due, bool *out,
                               struct mneme_error *err)
{
    struct statement *statement;
    struct uuid id;
    bool has_row;
    enum sql_id sql = row_statements(due->kind)->seq;
    *out = false;
    bool is_uuid = uuid_parse(due->id, &id);
    assert(is_uuid);
    (void)is_uuid;
    enum mneme_code code = db_prepare(change->scope.db, sql, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, &id);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        *out = db_integer(statement, 0) == due->seq;
        db_reset(statement);
    }
    return code;
}

static enum mneme_code write_one(struct change *change, const struct batch *batch, size_t i,
                                 const struct late_vector *at, struct mneme_error *err)
{
    const struct due *due = &batch->items[i];
    struct late_vector vector = *at;
    bool same;
    vector.vector = batch->vectors + i * vector.dimension;
    enum mneme_code code = is_same(change, due, &same, err);
    if (code == MNEME_OK && same) {
        code = change_put_late_vector(change, due->kind, due->id, &vector, err);
    }
    if (code == MNEME_OK && same && batch->cut[i] != due->was_cut) {
        code = change_note_cut(change, due->kind, due->id, batch->cut[i], err);
    }
    return code;
}

/* As many of the batch as a transaction of a job may, and how far that is. */
static enum mneme_code write_some(struct change *change, void *context, struct mneme_error *err)
{
    struct batch *batch = context;
    const struct env *env = store_env(batch->run->store);
    int64_t started_us = env->monotonic_us(env->context);
    struct space space;
    size_t i = batch->written;
    batch->job = batch->run->job;
    enum mneme_code code = make_space(change, batch, &space, err);
    struct late_vector at = {.space_id = space.space_id, .dimension = space.dimension};
    if (code == MNEME_OK) {
        code = change_tick(change, &at.seq, err);
    }
    for (; i < batch->count && code == MNEME_OK; i++) {
        code = write_one(change, batch, i, &at, err);
        batch->job.position = batch->items[i].seq;
        batch->job.done++;
        if (env->monotonic_us(env->context) - started_us >= LIMIT_JOB_TX_US) {
            i++;
            break;
        }
    }
    if (batch->job.total > 0 && batch->job.done > batch->job.total) {
        batch->job.total = batch->job.done; // records came while it ran
    }
    return code == MNEME_OK ? job_move(change, batch->run->lease, &batch->job, JOB_LEASE_US, err)
                            : code;
}

static enum mneme_code write_batch(struct batch *batch, struct mneme_error *err)
{
    struct job_run *run = batch->run;
    while (batch->written < batch->count) {
        enum mneme_code code = job_write(run, "embedding", write_some, batch, err);
        if (code != MNEME_OK) {
            return code;
        }
        batch->written += (size_t)(batch->job.done - run->job.done);
        run->job = batch->job;
    }
    return MNEME_OK;
}

/* The row that decides: the space is full, so it is the one that ranking uses. */
static enum mneme_code cut_over(struct change *change, const struct space *space,
                                struct mneme_error *err)
{
    struct space_choice choice;
    enum mneme_code code = change_choice(change, &choice, err);
    if (code != MNEME_OK || choice.filling_id != space->space_id) {
        return code;
    }
    choice = (struct space_choice){.active_id = space->space_id};
    return change_set_choice(change, &choice, err);
}

/* Nothing was left above the position: if that is still so, the job is done. */
static enum mneme_code end_job(struct change *change, void *context, struct mneme_error *err)
{
    struct batch *batch = context;
    struct space space;
    batch->count = 0;
    batch->is_done = false;
    enum mneme_code code = make_space(change, batch, &space, err);
    if (code == MNEME_OK) {
        code = find_due(&change->scope, batch, space.space_id, err);
    }
    if (code != MNEME_OK || batch->count > 0) {
        return code;
    }
    batch->is_done = true;
    if (strcmp(batch->run->job.kind, "reembed") == 0) {
        code = cut_over(change, &space, err);
    }
    return code == MNEME_OK ? job_finish(change, batch->run->lease, err) : code;
}

enum mneme_code reembed_step(struct job_run *run, struct mneme_error *err)
{
    struct batch *batch = arena_alloc(run->arena, sizeof *batch);
    if (batch == NULL) {
        return error_nomem(err);
    }
    batch->run = run;
    enum mneme_code code =
        run->runner->embedder(run->runner->context, run->job.subject, &batch->embedder, err);
    if (code == MNEME_OK) {
        code = embedder_resolve(batch->embedder, 0, err);
    }
    if (code == MNEME_OK) {
        code = read_batch(batch, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (batch->count == 0) {
        code = job_write(run, "embedding", end_job, batch, err);
        run->is_finished = code == MNEME_OK && batch->is_done;
        return code;
    }
    code = embed_batch(batch, err);
    return code == MNEME_OK ? write_batch(batch, err) : code;
}

// --- dropping a space ----------------------------------------------------------------------------

struct dropping {
    struct job_run *run;
    struct job job;
    bool is_done;
};

static enum mneme_code drop_some(struct change *change, void *context, struct mneme_error *err)
{
    struct dropping *dropping = context;
    struct space_choice choice;
    int64_t space_id;
    size_t removed = 0;
    dropping->job = dropping->run->job;
    enum mneme_code code = find_space(&change->scope, dropping->job.subject, &space_id, err);
    if (code == MNEME_OK) {
        code = change_choice(change, &choice, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    bool is_used = space_id == choice.active_id || space_id == choice.filling_id;
    if (space_id != 0 && !is_used) {
        code = change_empty_space(change, space_id, LIMIT_JOB_ROWS, &removed, err);
    }
    dropping->is_done = removed < LIMIT_JOB_ROWS;
    dropping->job.done += (int64_t)removed;
    if (code != MNEME_OK) {
        return code;
    }
    return dropping->is_done
               ? job_finish(change, dropping->run->lease, err)
               : job_move(change, dropping->run->lease, &dropping->job, JOB_LEASE_US, err);
}

enum mneme_code drop_space_step(struct job_run *run, struct mneme_error *err)
{
    struct dropping dropping = {.run = run};
    enum mneme_code code = job_write(run, "dropping a space", drop_some, &dropping, err);
    if (code == MNEME_OK) {
        run->job = dropping.job;
        run->is_finished = dropping.is_done;
    }
    return code;
}
