/*
 * Jobs that bring vectors, and take them away.
 *
 * `embed` and `reembed` have a model as their subject and do the same: they walk the user's records by change counter
 * and embed each that has no vector in the model's space. A record that is written or changed meanwhile gets a
 * greater counter, so it is met later; when nothing is left above the position, every record has its vector, in the
 * very transaction that finds it so. There `reembed` also makes the space the active one.
 *
 * Texts are embedded outside any transaction. A vector is written only if its record's counter is still the one whose
 * text was embedded. Killed anywhere, the job goes on from its position; what it had embedded and not written is
 * embedded again.
 */
#ifndef MIND_REEMBED_H
#define MIND_REEMBED_H

#include "mind/runner.h"

enum mneme_code reembed_step(struct job_run *run, struct mneme_error *err) MUST_CHECK;
/* `drop_space`: subject a space; a step takes LIMIT_JOB_ROWS of its vectors. One that is in use again stays. */
enum mneme_code drop_space_step(struct job_run *run, struct mneme_error *err) MUST_CHECK;

#endif
