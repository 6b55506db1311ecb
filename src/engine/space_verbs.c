/* Spaces: what a handle knows of its user's, and how they are changed. */
#include "engine/space_verbs.h"

#include "base/alloc.h"

#include <string.h>

/* What a handle last saw of its user's spaces. */
struct seen_space {
    int64_t space_id;
    size_t dimension;
    char name[LIMIT_SPACE_BYTES + 1], model[LIMIT_MODEL_NAME_BYTES + 1];
};
struct seen_spaces {
    pthread_mutex_t lock; /* guards what follows */
    bool is_known;
    struct space_choice choice;
    struct seen_space spaces[2]; /* the active one, the one that is filling */
    bool has_own;                /* there is one of the engine's own model */
};

struct seen_spaces *seen_spaces_new(void)
{
    struct seen_spaces *seen = mem_alloc_zero(1, sizeof *seen);
    if (seen != NULL) {
        pthread_mutex_init(&seen->lock, NULL);
    }
    return seen;
}

void seen_spaces_free(struct seen_spaces *seen)
{
    if (seen != NULL) {
        pthread_mutex_destroy(&seen->lock);
    }
    mem_free(seen);
}

// --- what is at hand -----------------------------------------------------------------------------

/* A user's spaces as far as texts and queries are concerned. */
struct known_spaces {
    struct space_choice choice;
    struct space_info spaces[2]; /* the active one, the one that is filling */
    bool has_own;
};

static enum mneme_code find_own(const struct mneme *handle, const struct scope *scope, bool *out,
                                struct mneme_error *err)
{
    const struct embedder *own = engine_embedder(handle);
    struct statement *statement;
    *out = false;
    if (!embedder_is_resolved(own)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(scope->db, SQL_SPACE_FIND, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_text(statement, 2, own->space);
    code = db_step(statement, out, err);
    if (code == MNEME_OK && *out) {
        db_reset(statement);
    }
    return code;
}

static enum mneme_code read_chosen(const struct mneme *handle, const struct scope *scope,
                                   struct known_spaces *out, struct mneme_error *err)
{
    bool found;
    enum mneme_code code = space_choice_find(scope->db, &scope->user, &out->choice, err);
    const int64_t ids[] = {out->choice.active_id, out->choice.filling_id};
    for (size_t i = 0; i < 2 && code == MNEME_OK; i++) {
        if (ids[i] != 0) {
            code = space_get(scope, ids[i], &out->spaces[i], &found, err);
        }
    }
    return code == MNEME_OK ? find_own(handle, scope, &out->has_own, err) : code;
}

/* By a snapshot of their own. */
static enum mneme_code read_spaces(const struct mneme *handle, struct arena *arena,
                                   struct known_spaces *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    *out = (struct known_spaces){0};
    enum mneme_code code = snapshot_begin(handle, arena, &snapshot, err);
    if (code == MNEME_OK && snapshot.is_known) {
        code = read_chosen(handle, &snapshot.scope, out, err);
    }
    snapshot_end(&snapshot);
    return code;
}

static bool recollect(struct seen_spaces *seen, struct arena *arena, struct known_spaces *out)
{
    pthread_mutex_lock(&seen->lock);
    bool is_known = seen->is_known;
    *out = (struct known_spaces){.choice = seen->choice, .has_own = seen->has_own};
    for (size_t i = 0; i < 2 && is_known; i++) {
        const struct seen_space *from = &seen->spaces[i];
        bool has_model = from->model[0] != '\0';
        out->spaces[i] =
            (struct space_info){.space_id = from->space_id,
                                .dimension = from->dimension,
                                .name = arena_text(arena, from->name),
                                .model = has_model ? arena_text(arena, from->model) : NULL};
    }
    pthread_mutex_unlock(&seen->lock);
    return is_known;
}

static void copy_text(char *to, size_t size, const char *from)
{
    size_t length = from ? strlen(from) : 0;
    if (length < size) { // a longer one cannot have been stored
        memcpy(to, from ? from : "", length + 1);
    }
}

static void keep(struct seen_spaces *seen, const struct known_spaces *known)
{
    pthread_mutex_lock(&seen->lock);
    seen->choice = known->choice;
    seen->has_own = known->has_own;
    seen->is_known = true;
    for (size_t i = 0; i < 2; i++) {
        struct seen_space *to = &seen->spaces[i];
        *to = (struct seen_space){.space_id = known->spaces[i].space_id,
                                  .dimension = known->spaces[i].dimension};
        copy_text(to->name, sizeof to->name, known->spaces[i].name);
        copy_text(to->model, sizeof to->model, known->spaces[i].model);
    }
    pthread_mutex_unlock(&seen->lock);
}

/* What the handle last saw of its user's spaces, or, if that is out of date, what there is now. */
static enum mneme_code know_spaces(const struct mneme *handle, struct arena *arena,
                                   struct known_spaces *out, struct mneme_error *err)
{
    if (recollect(handle->seen, arena, out)) {
        return arena_failed(arena) ? error_nomem(err) : MNEME_OK;
    }
    enum mneme_code code = read_spaces(handle, arena, out, err);
    // A user without spaces gets the first with a write, so that is looked at again.
    if (code == MNEME_OK && out->choice.active_id != 0) {
        keep(handle->seen, out);
    }
    return code;
}

static bool same_choice(const struct space_choice *a, const struct space_choice *b)
{
    return a->active_id == b->active_id && a->filling_id == b->filling_id &&
           a->newest_id == b->newest_id;
}

bool engine_saw_choice(const struct mneme *handle, const struct space_choice *choice)
{
    struct seen_spaces *seen = handle->seen;
    pthread_mutex_lock(&seen->lock);
    bool differs = seen->is_known ? !same_choice(&seen->choice, choice) : choice->active_id != 0;
    if (differs) {
        seen->is_known = false;
    }
    pthread_mutex_unlock(&seen->lock);
    return differs;
}

static void add_target(struct embed_targets *targets, struct embedder *embedder, const char *model)
{
    for (size_t i = 0; i < targets->count; i++) {
        if (targets->items[i].embedder == embedder) {
            return;
        }
    }
    targets->items[targets->count++] = (struct embed_target){embedder, model};
}

static bool weighs(const struct embedder *embedder)
{
    struct embed_weights weights = embed_weights(embedder->kind);
    return weights.own_cos > 0 || weights.near_cos > 0;
}

static void add_chosen(const struct mneme *handle, const struct known_spaces *known,
                       struct embed_targets *out)
{
    struct embedders *set = engine_embedders(handle);
    for (size_t i = 0; i < 2; i++) {
        const struct space_info *space = &known->spaces[i];
        struct embedder *embedder = space->space_id ? embedders_of_space(set, space) : NULL;
        if (embedder != NULL) {
            add_target(out, embedder, embedder == set->own ? set->own_model : space->model);
        }
    }
}

/* What both kinds of targets begin with. */
static enum mneme_code find_chosen(const struct mneme *handle, struct arena *arena,
                                   struct known_spaces *known, struct embed_targets *out,
                                   struct mneme_error *err)
{
    *out = (struct embed_targets){0};
    enum mneme_code code = know_spaces(handle, arena, known, err);
    if (code == MNEME_OK) {
        add_chosen(handle, known, out);
    }
    return code;
}

enum mneme_code engine_targets(const struct mneme *handle, struct arena *arena,
                               struct embed_targets *out, struct mneme_error *err)
{
    const struct embedders *set = engine_embedders(handle);
    struct known_spaces known;
    enum mneme_code code = find_chosen(handle, arena, &known, out, err);
    if (code != MNEME_OK) {
        return code;
    }
    bool weighs_any = false;
    for (size_t i = 0; i < out->count; i++) {
        weighs_any |= weighs(out->items[i].embedder);
    }
    if (embedder_is_remote(set->own)) {
        out->late_model = known.choice.active_id == 0 ? set->own_model : NULL;
    } else if (out->count == 0 || !weighs_any) {
        add_target(out, set->own, set->own_model);
    }
    return MNEME_OK;
}

enum mneme_code engine_query_targets(const struct mneme *handle, struct arena *arena,
                                     struct embed_targets *out, struct mneme_error *err)
{
    const struct embedders *set = engine_embedders(handle);
    struct known_spaces known;
    enum mneme_code code = find_chosen(handle, arena, &known, out, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (known.has_own) {
        add_target(out, set->own, set->own_model);
    }
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        if (weighs(out->items[i].embedder)) {
            out->items[kept++] = out->items[i];
        }
    }
    out->count = kept;
    return MNEME_OK;
}

// --- changing the model --------------------------------------------------------------------------

struct choosing {
    const struct mneme *handle;
    struct arena *arena;
    const char *operation;
    struct space_name name;
    struct uuid job;
};

static enum mneme_code cancel(struct change *change, const char *kind, const char *subject,
                              struct mneme_error *err)
{
    struct job job;
    bool found, changed;
    enum mneme_code code = job_find(&change->scope, kind, subject, &job, &found, err);
    return code == MNEME_OK && found ? job_order(change, &job.id, JOB_CANCEL, &changed, err) : code;
}

/* Whatever was filling stops; its vectors stay until its space is dropped. */
static enum mneme_code stop_filling(struct change *change, struct space_choice *choice,
                                    struct mneme_error *err)
{
    struct space_info space;
    bool found;
    if (choice->filling_id == 0) {
        return MNEME_OK;
    }
    enum mneme_code code = space_get(&change->scope, choice->filling_id, &space, &found, err);
    choice->filling_id = 0;
    return code == MNEME_OK && found && space.model != NULL
               ? cancel(change, JOB_REEMBED, space.model, err)
               : code;
}

static enum mneme_code count_records(const struct scope *scope, int64_t *out,
                                     struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    *out = 0;
    enum mneme_code code = db_prepare(scope->db, SQL_PARTITION_COUNT, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_integer(statement, 2, 0);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        *out = db_integer(statement, 0);
        db_reset(statement);
    }
    return code;
}

static enum mneme_code start_filling(struct change *change, const struct choosing *choosing,
                                     const struct space *space, struct space_choice *choice,
                                     struct mneme_error *err)
{
    struct uuid id;
    struct job_request request = {
        .kind = JOB_REEMBED, .subject = choosing->name.model, .priority = PRIORITY_REEMBED};
    enum mneme_code code = stop_filling(change, choice, err);
    if (code == MNEME_OK) {
        code = cancel(change, JOB_DROP_SPACE, choosing->name.name, err);
    }
    if (code == MNEME_OK) {
        code = count_records(&change->scope, &request.total, err);
    }
    if (code == MNEME_OK) {
        choice->filling_id = space->space_id;
        code = change_set_choice(change, choice, err);
    }
    return code == MNEME_OK ? job_add(change, &request, &id, err) : code;
}

static enum mneme_code run_begin(struct tx *tx, void *context, struct mneme_error *err)
{
    struct choosing *choosing = context;
    struct change change;
    struct space space;
    struct space_choice choice;
    enum mneme_code code = engine_change_begin(choosing->handle, &change, tx, choosing->arena,
                                               choosing->operation, err);
    if (code == MNEME_OK) {
        code = change_space(&change, &choosing->name, &space, err);
    }
    if (code == MNEME_OK) {
        code = change_choice(&change, &choice, err);
    }
    if (code != MNEME_OK || choice.filling_id == space.space_id) {
        return code;
    }
    if (choice.active_id != space.space_id) {
        return start_filling(&change, choosing, &space, &choice, err);
    }
    if (choice.filling_id == 0) {
        return MNEME_OK;
    }
    code = stop_filling(&change, &choice, err);
    return code == MNEME_OK ? change_set_choice(&change, &choice, err) : code;
}

/* After a change of the choice: what is true now. */
static enum mneme_code tell(const struct mneme *handle, struct arena *arena,
                            struct space_status *out, struct mneme_error *err)
{
    enum mneme_code code = engine_space_status(handle, arena, out, err);
    if (code == MNEME_OK) {
        (void)engine_saw_choice(handle, &out->choice);
    }
    return code;
}

enum mneme_code engine_space_begin(const struct mneme *handle, const char *model,
                                   struct arena *arena, struct space_status *out,
                                   struct mneme_error *err)
{
    struct embedders *set = engine_embedders(handle);
    struct embedder *embedder;
    *out = (struct space_status){0};
    model = embedders_lasting_name(model, arena);
    if (model == NULL) {
        return error_nomem(err);
    }
    if (strlen(model) > LIMIT_MODEL_NAME_BYTES) {
        return error_field(err, MNEME_LIMIT, "model", "max_length",
                           "the model's name is longer than %d bytes", LIMIT_MODEL_NAME_BYTES);
    }
    enum mneme_code code = embedders_get(set, model, &embedder, err);
    if (code == MNEME_OK) {
        code = embedder_resolve(embedder, 0, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    struct choosing choosing = {
        .handle = handle,
        .arena = arena,
        .operation = "model.use",
        .name = {.name = embedder->space, .dimension = embedder->dimension, .model = model}};
    code = engine_write(handle, run_begin, &choosing, err);
    return code == MNEME_OK ? tell(handle, arena, out, err) : code;
}

static enum mneme_code run_cutover(struct tx *tx, void *context, struct mneme_error *err)
{
    struct choosing *choosing = context;
    struct change change;
    struct space_choice choice;
    enum mneme_code code = engine_change_begin(choosing->handle, &change, tx, choosing->arena,
                                               choosing->operation, err);
    if (code == MNEME_OK) {
        code = change_choice(&change, &choice, err);
    }
    if (code == MNEME_OK && choice.filling_id == 0) {
        code = error_field(err, MNEME_CONFLICT, "space", "conflict", "no space is being filled");
    }
    if (code != MNEME_OK) {
        return code;
    }
    choice.active_id = choice.filling_id;
    choice.filling_id = 0;
    // The job goes on: what it still has to bring is missed all the more now.
    return change_set_choice(&change, &choice, err);
}

enum mneme_code engine_space_cutover(const struct mneme *handle, struct arena *arena,
                                     struct space_status *out, struct mneme_error *err)
{
    struct choosing choosing = {.handle = handle, .arena = arena, .operation = "model.cutover"};
    *out = (struct space_status){0};
    enum mneme_code code = engine_write(handle, run_cutover, &choosing, err);
    return code == MNEME_OK ? tell(handle, arena, out, err) : code;
}

static enum mneme_code run_drop(struct tx *tx, void *context, struct mneme_error *err)
{
    struct choosing *choosing = context;
    struct change change;
    struct space_choice choice;
    struct space_infos spaces;
    enum mneme_code code = engine_change_begin(choosing->handle, &change, tx, choosing->arena,
                                               choosing->operation, err);
    if (code == MNEME_OK) {
        code = change_choice(&change, &choice, err);
    }
    if (code == MNEME_OK) {
        code = space_list(&change.scope, &spaces, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    size_t at = 0;
    while (at < spaces.count && strcmp(spaces.items[at].name, choosing->name.name) != 0) {
        at++;
    }
    if (at == spaces.count) {
        return error_field(err, MNEME_NOT_FOUND, "space", "", "no space '%.100s'",
                           choosing->name.name);
    }
    const struct space_info *space = &spaces.items[at];
    if (space->space_id == choice.active_id || space->space_id == choice.filling_id) {
        return error_field(err, MNEME_CONFLICT, "space", "conflict",
                           "the space is in use; another model must be active first");
    }
    const struct job_request request = {.kind = JOB_DROP_SPACE,
                                        .subject = space->name,
                                        .priority = PRIORITY_DROP_SPACE,
                                        .total = space->vector_count};
    return job_add(&change, &request, &choosing->job, err);
}

enum mneme_code engine_space_drop(const struct mneme *handle, const char *space,
                                  struct arena *arena, struct uuid *job, struct mneme_error *err)
{
    struct choosing choosing = {
        .handle = handle, .arena = arena, .operation = "model.drop", .name = {.name = space}};
    enum mneme_code code = engine_write(handle, run_drop, &choosing, err);
    *job = choosing.job;
    return code;
}

enum mneme_code engine_space_status(const struct mneme *handle, struct arena *arena,
                                    struct space_status *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    bool found = false;
    *out = (struct space_status){0};
    enum mneme_code code = snapshot_begin(handle, arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    const struct scope *scope = &snapshot.scope;
    if (snapshot.is_known) {
        code = space_choice_find(scope->db, &scope->user, &out->choice, err);
    }
    if (code == MNEME_OK && snapshot.is_known) {
        code = space_list(scope, &out->spaces, err);
    }
    out->is_filling = out->choice.filling_id != 0;
    for (size_t i = 0; i < out->spaces.count && code == MNEME_OK && out->is_filling; i++) {
        const struct space_info *space = &out->spaces.items[i];
        if (space->space_id == out->choice.filling_id && space->model != NULL) {
            code = job_find(scope, JOB_REEMBED, space->model, &out->job, &found, err);
        }
    }
    out->is_paused = found && out->job.state != JOB_READY;
    snapshot_end(&snapshot);
    return code;
}
