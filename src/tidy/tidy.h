/*
 * What changes memory by itself, on top of the verbs. It is done by a job, step by step, or at once for whoever asks.
 * Either way every change is a change set with its reason, which undo takes back.
 */
#ifndef TIDY_TIDY_H
#define TIDY_TIDY_H

#include "engine/job_verbs.h"

/* The kinds of jobs that are done here, for struct jobs_running. */
extern const struct job_kind tidy_jobs[];
extern const size_t tidy_job_count;

/* On whose behalf something is written. A job's writes stand behind those of callers and check its fence. */
struct tidy_writer {
    const struct mneme *handle; /* of the user */
    const struct job_run *run;  /* NULL: a caller asked for it */
    const char *operation;      /* then, the operation */
};
enum mneme_code tidy_write(const struct tidy_writer *writer, const char *reason, job_act *act,
                           void *context, struct mneme_error *err) MUST_CHECK;

/* Inside the write of a job, the last or another one of its step: it is done, or so far (run->job). Nothing for a
 * caller. */
enum mneme_code tidy_end(const struct tidy_writer *writer, struct change *change, bool is_done,
                         struct mneme_error *err) MUST_CHECK;

/* A step for a handle of the job's user. */
typedef enum mneme_code tidy_step(const struct tidy_writer *writer, struct job_run *run,
                                  struct mneme_error *err);
enum mneme_code tidy_run_step(struct job_run *run, tidy_step *step, struct mneme_error *err)
    MUST_CHECK;

/* A new record that was derived, with its terms and vectors; or one that changes. Prepared outside the write. */
struct tidy_record {
    const struct kind *kind;
    union any_record record, before; /* before: with id NULL if it is new */
    struct prepared_vector vector;
    char id[UUID_TEXT_LENGTH + 1]; /* once it is put */
};
enum mneme_code tidy_prepare(const struct mneme *handle, struct tidy_record *record,
                             struct arena *arena, struct mneme_error *err) MUST_CHECK;
/* *is_moved: what was to change has been changed since; nothing is written. */
enum mneme_code tidy_put(const struct mneme *handle, struct change *change,
                         struct tidy_record *record, bool *is_moved, struct mneme_error *err)
    MUST_CHECK;

/* The lower of two classes of trust: what is derived is no better than the worst of its sources. */
const char *tidy_lower_trust(const char *a, const char *b);

/* True if the record's row is at this counter still. */
enum mneme_code tidy_is_same(const struct scope *scope, const struct kind *kind, const char *id,
                             int64_t change_seq, bool *out, struct mneme_error *err) MUST_CHECK;

#endif
