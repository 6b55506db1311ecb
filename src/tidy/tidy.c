/* What all that tidies has in common. */
#include "tidy/tidy.h"

#include "engine/prepare.h"
#include "store/row.h"
#include "tidy/summaries.h"

#include <string.h>

const struct job_kind tidy_jobs[] = {
    {JOB_SUMMARIZE, summaries_step},
};
const size_t tidy_job_count = sizeof tidy_jobs / sizeof *tidy_jobs;

struct asking {
    const struct tidy_writer *writer;
    const char *reason;
    job_act *act;
    void *context;
    struct arena *arena;
};

static enum mneme_code run_asked(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct asking *asking = context;
    struct change change;
    arena_clear(asking->arena);
    enum mneme_code code = engine_change_begin(asking->writer->handle, &change, tx, asking->arena,
                                               asking->writer->operation, err);
    change.reason = asking->reason;
    return code == MNEME_OK ? asking->act(&change, asking->context, err) : code;
}

enum mneme_code tidy_write(const struct tidy_writer *writer, const char *reason, job_act *act,
                           void *context, struct mneme_error *err)
{
    if (writer->run != NULL) {
        return job_write(writer->run, reason, act, context, err);
    }
    struct arena arena;
    struct asking asking = {writer, reason, act, context, &arena};
    arena_init(&arena);
    enum mneme_code code = engine_write(writer->handle, run_asked, &asking, err);
    arena_clear(&arena);
    return code;
}

enum mneme_code tidy_end(const struct tidy_writer *writer, struct change *change, bool is_done,
                         struct mneme_error *err)
{
    const struct job_run *run = writer->run;
    if (run == NULL) {
        return MNEME_OK;
    }
    return is_done ? job_finish(change, run->lease, err)
                   : job_move(change, run->lease, &run->job, JOB_LEASE_US, err);
}

enum mneme_code tidy_run_step(struct job_run *run, tidy_step *step, struct mneme_error *err)
{
    struct mneme *handle;
    enum mneme_code code = job_handle(run, &handle, err);
    if (code == MNEME_OK) {
        const struct tidy_writer writer = {.handle = handle, .run = run};
        code = step(&writer, run, err);
    }
    mneme_close(handle);
    return code;
}

enum mneme_code tidy_prepare(const struct mneme *handle, struct tidy_record *record,
                             struct arena *arena, struct mneme_error *err)
{
    const struct kind *kind = record->kind;
    bool cut = false;
    enum mneme_code code = prepare_record(handle, kind, &record->record, arena, err);
    if (code != MNEME_OK || !kind->is_recalled) {
        return code;
    }
    const char *text = record_embedded_text(kind, &record->record, arena);
    code = text ? prepare_vectors(handle, &text, 1, arena, &record->vector, &cut, err)
                : error_nomem(err);
    field_set_boolean(kind, &record->record, field_find(kind, "embedding_cut"), cut);
    return code;
}

/* The row that is written: of a run of the write its own, for ids and stamps are set in it. */
static enum mneme_code put_row(const struct mneme *handle, struct change *change,
                               const struct tidy_record *record, union any_record *row,
                               struct mneme_error *err)
{
    const struct kind *kind = record->kind;
    bool is_new = record->before.common.id == NULL;
    enum mneme_code code = is_new ? change_insert(change, kind, row, err)
                                  : change_replace(change, kind, &record->before, row, err);
    if (code != MNEME_OK || !kind->is_recalled) {
        return code;
    }
    return is_new ? prepared_vector_put(handle, change, kind, row->common.id, &record->vector, err)
                  : prepared_vector_replace(handle, change, kind, row->common.id, &record->vector,
                                            err);
}

enum mneme_code tidy_put(const struct mneme *handle, struct change *change,
                         struct tidy_record *record, bool *is_moved, struct mneme_error *err)
{
    const struct kind *kind = record->kind;
    union any_record row = record->record;
    union any_record now;
    bool found = true;
    enum mneme_code code = MNEME_OK;
    *is_moved = false;
    if (record->before.common.id != NULL) {
        code = record_find(&change->scope, kind, record->before.common.id, &now, &found, err);
        *is_moved =
            code == MNEME_OK && (!found || now.common.version != record->before.common.version);
    }
    if (code != MNEME_OK || *is_moved) {
        return code;
    }
    code = put_row(handle, change, record, &row, err);
    if (code == MNEME_OK) {
        memcpy(record->id, row.common.id, sizeof record->id);
    }
    return code;
}

const char *tidy_lower_trust(const char *a, const char *b)
{
    static const char *const classes[] = {"untrusted", "tool", "user", "verified"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strcmp(a, classes[i]) == 0 || strcmp(b, classes[i]) == 0) {
            return classes[i];
        }
    }
    return "untrusted";
}

enum mneme_code tidy_is_same(const struct scope *scope, const struct kind *kind, const char *id,
                             int64_t change_seq, bool *out, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid uuid;
    bool has_row;
    *out = false;
    if (!uuid_parse(id, &uuid)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(scope->db, row_statements(kind)->seq, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, &uuid);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        *out = db_integer(statement, 0) == change_seq;
        db_reset(statement);
    }
    return code;
}
