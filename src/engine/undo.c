/*
 * Undo: the rows that a change set replaced come back, as a change set of its own.
 *
 * A row can come back only if nothing has changed it since; otherwise undo names it (CONFLICT), for taking back the
 * later change in silence would be worse. Terms and vectors follow the text that comes back.
 *
 * A record's last change is undone with all that was changed along with it (a supersede has two sides), unless its
 * change set is a mere collection: then the record goes back alone.
 */
#include "base/limits.h"
#include "engine/conversation.h"
#include "engine/derived.h"
#include "engine/lifecycle.h"
#include "engine/path.h"
#include "engine/record_verbs.h"
#include "store/past.h"
#include "store/row.h"

#include <string.h>

struct undoing {
    const struct mneme *handle;
    const char *id;
    struct arena *arena;
    struct undone *out;
    bool moves_path; /* what is undone moved a conversation's path, which moves back */
};

/* What is to be undone. */
struct target {
    const char *named;    /* the record or the change set */
    struct history *rows; /* those of one record follow each other, newest first */
    size_t count;
    const char *operation; /* that made the change, not one that undid it */
};

static const struct kind *find_kind(const char *name)
{
    const struct kind *kind = kind_find(name);
    return kind != NULL && (kind->is_versioned || kind == &kind_link) ? kind : NULL;
}

static enum mneme_code find_change_set(struct change *change, const char *id,
                                       struct change_set *out, bool *found, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid uuid;
    *found = false;
    if (id != NULL && !uuid_parse(id, &uuid)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(
        change->scope.db, id ? SQL_CHANGE_SET_GET : SQL_CHANGE_SET_LAST, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    if (id != NULL) {
        db_bind_uuid(statement, 2, &uuid);
    }
    return row_find(statement, &kind_change_set, out, change->scope.arena, found, err);
}

static enum mneme_code history_of(struct change *change, const char *change_set, const char *record,
                                  struct history **out, size_t *count, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid uuid;
    *out = NULL;
    *count = 0;
    if (!uuid_parse(change_set ? change_set : record, &uuid)) {
        return MNEME_OK;
    }
    enum mneme_code code =
        db_prepare(change->scope.db, change_set ? SQL_HISTORY_OF_CHANGE_SET : SQL_HISTORY_OF_RECORD,
                   &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, &uuid);
    if (change_set == NULL) {
        db_bind_integer(statement, 3, INT64_MAX);
        db_bind_integer(statement, 4, 1);
    }
    struct row_list list;
    code = row_list(statement, &kind_history, SIZE_MAX, change->scope.arena, &list, err);
    *out = list.records;
    *count = list.count;
    return code;
}

static enum mneme_code barrier(const struct change_set *set, struct mneme_error *err)
{
    bool is_purge = set == NULL || strcmp(set->operation, "record.purge") == 0;
    return is_purge ? error_field(err, MNEME_CONFLICT, "id", "barrier", "a purge cannot be undone")
                    : error_field(err, MNEME_CONFLICT, "id", "barrier",
                                  "change set '%s' changed what was purged since", set->id);
}

/* The row as it was: what history keeps, with the columns of ours worked out again. */
static enum mneme_code rebuild(const struct undoing *undoing, const struct kind *kind,
                               const struct history *history, const union any_record *now,
                               union any_record *out, struct mneme_error *err)
{
    enum mneme_code code = past_row(kind, history->before, now, out, undoing->arena, err);
    if (code == MNEME_OK && kind == &kind_conversation && !undoing->moves_path) {
        field_copy(kind, out, now, CONVERSATION_TIP_ID);
    }
    return code == MNEME_OK ? prepare_record(undoing->handle, kind, out, undoing->arena, err)
                            : code;
}

/* The text that comes back gets its vector back: by the handle's model, for the old one went with its text. */
static enum mneme_code restore_vector(const struct undoing *undoing, struct change *change,
                                      const struct kind *kind, const union any_record *now,
                                      const union any_record *then, struct mneme_error *err)
{
    if (!kind->is_recalled) {
        return MNEME_OK;
    }
    const char *old_text = record_embedded_text(kind, now, undoing->arena);
    const char *text = record_embedded_text(kind, then, undoing->arena);
    struct prepared_vector vector;
    if (old_text == NULL || text == NULL) {
        return error_nomem(err);
    }
    if (strcmp(old_text, text) == 0) {
        return MNEME_OK;
    }
    enum mneme_code code =
        prepare_vectors(undoing->handle, &text, 1, undoing->arena, &vector, NULL, err);
    return code == MNEME_OK ? prepared_vector_replace(undoing->handle, change, kind,
                                                      then->common.id, &vector, err)
                            : code;
}

/* One record that goes back: from what it is now to what it was before its first change in the set. */
struct step {
    const struct kind *kind;
    union any_record now, then;
    bool has_text; /* of its own, which may come back */
};

/* `newest` is the record's last row in the set: nothing may have changed it since. */
static enum mneme_code check_unchanged(struct change *change, const struct step *step,
                                       const struct history *newest, struct mneme_error *err)
{
    int64_t version = 0;
    enum mneme_code code = MNEME_OK;
    if (step->kind->is_versioned) {
        version = step->now.common.version;
    } else {
        struct history *rows;
        size_t count;
        code = history_of(change, NULL, newest->record_id, &rows, &count, err);
        version = count > 0 ? rows[0].version : 0;
    }
    if (code == MNEME_OK && version != newest->version) {
        code = error_field(err, MNEME_CONFLICT, "id", "version", "%s '%s' has been changed since",
                           step->kind->name, newest->record_id);
    }
    return code;
}

/* `rows`: the record's in the set, newest first. A record that the set made is forgotten. */
static enum mneme_code plan_step(const struct undoing *undoing, struct change *change,
                                 const struct history *rows, size_t count, struct step *out,
                                 struct mneme_error *err)
{
    const struct history *oldest = &rows[count - 1];
    bool found = false;
    out->kind = find_kind(rows->record_kind);
    if (out->kind == NULL) {
        return error_field(err, MNEME_STORAGE, "record_kind", "corrupt",
                           "the history names an unknown kind");
    }
    enum mneme_code code =
        record_find(&change->scope, out->kind, rows->record_id, &out->now, &found, err);
    if (code == MNEME_OK && !found) {
        code = barrier(NULL, err);
    }
    if (code == MNEME_OK) {
        code = check_unchanged(change, out, rows, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    out->has_text = oldest->before != NULL;
    if (oldest->before != NULL) {
        return rebuild(undoing, out->kind, oldest, &out->now, &out->then, err);
    }
    out->then = out->now;
    field_set_integer(out->kind, &out->then, record_deleted_field(out->kind), change->scope.now_us);
    return MNEME_OK;
}

/* True of a record that claims nothing which only one may have: a key, two ends. */
static bool claims_nothing(const struct step *step)
{
    return field_present(&step->then, record_deleted_field(step->kind)) ||
           (step->kind == &kind_memory && step->then.memory.superseded_by != NULL);
}

static enum mneme_code take_step(const struct undoing *undoing, struct change *change,
                                 struct step *step, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    if (!claims_nothing(step)) {
        code = record_claim_key(change, step->kind, &step->then, err);
    }
    if (code == MNEME_OK) {
        code = change_replace(change, step->kind, &step->now, &step->then, err);
    }
    if (code == MNEME_OK && step->has_text) {
        code = restore_vector(undoing, change, step->kind, &step->now, &step->then, err);
    }
    return code;
}

/* What gives up a key goes before what takes it, whichever way a change is undone or redone. */
static enum mneme_code take_steps(const struct undoing *undoing, struct change *change,
                                  struct step *steps, size_t count, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count && code == MNEME_OK; i++) {
            if (claims_nothing(&steps[i]) == (pass == 0)) {
                code = take_step(undoing, change, &steps[i], err);
            }
        }
    }
    return code;
}

static const char *conversation_of(const struct step *step)
{
    return step->kind == &kind_message        ? step->now.message.conversation_id
           : step->kind == &kind_conversation ? step->now.conversation.id
                                              : NULL;
}

/* The path as it was, unless where it ended was purged meanwhile. */
static enum mneme_code move_back(struct change *change, const struct conversation *conversation,
                                 struct mneme_error *err)
{
    struct message tip;
    bool found = false;
    enum mneme_code code =
        conversation->tip_id != NULL
            ? record_find(&change->scope, &kind_message, conversation->tip_id, &tip, &found, err)
            : MNEME_OK;
    if (code == MNEME_OK && !found) {
        code = error_field(err, MNEME_CONFLICT, "id", "barrier",
                           "the message at the end of the path was purged since");
    }
    return code == MNEME_OK ? path_move(change, conversation->id, conversation->tip_id, err) : code;
}

/* What is in a conversation follows it, and nothing comes back into one that is gone. */
static enum mneme_code follow(const struct undoing *undoing, struct change *change,
                              const struct step *step, struct mneme_error *err)
{
    bool is_gone = field_present(&step->then, record_deleted_field(step->kind));
    if (step->kind == &kind_conversation && undoing->moves_path) {
        return move_back(change, &step->then.conversation, err);
    }
    if (step->kind == &kind_conversation) {
        return conversation_carry(change, &step->now.conversation, &step->then.conversation, err);
    }
    return is_gone ? MNEME_OK : record_check_conversation(change, step->kind, &step->then, err);
}

/* What was made of messages that go, come back or change. A set that changed some of it, too, puts it right
 * itself. */
static enum mneme_code take_back_derived(struct change *change, const struct step *steps,
                                         size_t count, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < count; i++) {
        if (steps[i].kind == &kind_summary || steps[i].kind == &kind_memory) {
            return MNEME_OK;
        }
    }
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        if (steps[i].kind == &kind_message) {
            code = derived_take_back(change, &steps[i].now.message, err);
        }
    }
    return code;
}

static enum mneme_code finish_steps(const struct undoing *undoing, struct change *change,
                                    const struct step *steps, size_t count, struct mneme_error *err)
{
    const char *last = NULL;
    enum mneme_code code = take_back_derived(change, steps, count, err);
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        code = follow(undoing, change, &steps[i], err);
    }
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        const char *conversation = conversation_of(&steps[i]);
        if (conversation != NULL && (last == NULL || strcmp(last, conversation) != 0)) {
            code = conversation_recount(change, conversation, err);
            last = conversation;
        }
    }
    return code;
}

static enum mneme_code undo_rows(const struct undoing *undoing, struct change *change,
                                 const struct target *target, struct mneme_error *err)
{
    struct undone *out = undoing->out;
    struct step *steps = arena_alloc_array(undoing->arena, target->count, sizeof *steps);
    out->records = arena_alloc_array(undoing->arena, target->count, sizeof *out->records);
    out->record_count = 0;
    if (steps == NULL || out->records == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0, next; i < target->count && code == MNEME_OK; i = next) {
        const struct history *rows = &target->rows[i];
        next = i + 1;
        while (next < target->count && strcmp(target->rows[next].record_id, rows->record_id) == 0) {
            next++;
        }
        code = plan_step(undoing, change, rows, next - i, &steps[out->record_count], err);
        out->records[out->record_count++] = rows->record_id;
    }
    if (code == MNEME_OK) {
        code = take_steps(undoing, change, steps, out->record_count, err);
    }
    return code == MNEME_OK ? finish_steps(undoing, change, steps, out->record_count, err) : code;
}

/* An undo does what the operation that it took back would undo. */
static const char *operation_of(const struct change_set *set)
{
    bool is_undo = strcmp(set->operation, "change.undo") == 0;
    return is_undo && set->reason != NULL ? set->reason : set->operation;
}

/* Many records that were merely written together. */
static bool is_collection(const char *operation)
{
    static const char *const collections[] = {"memory.remember_batch", "conversation.append",
                                              "import"};
    for (size_t i = 0; i < sizeof collections / sizeof *collections; i++) {
        if (strcmp(operation, collections[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The last change of a record, and what it was part of. */
static enum mneme_code find_last_change(struct change *change, const char *id, struct target *out,
                                        struct mneme_error *err)
{
    struct change_set set;
    bool found = false;
    out->named = id;
    enum mneme_code code = history_of(change, NULL, id, &out->rows, &out->count, err);
    if (code != MNEME_OK || out->count == 0) {
        return code;
    }
    code = find_change_set(change, out->rows->change_set, &set, &found, err);
    if (code != MNEME_OK || !found) {
        return code;
    }
    out->operation = operation_of(&set);
    return set.is_barrier || is_collection(out->operation)
               ? MNEME_OK
               : history_of(change, set.id, NULL, &out->rows, &out->count, err);
}

static enum mneme_code find_target(const struct undoing *undoing, struct change *change,
                                   struct target *out, struct mneme_error *err)
{
    struct change_set set;
    bool found;
    *out = (struct target){0};
    enum mneme_code code = find_change_set(change, undoing->id, &set, &found, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (!found && undoing->id == NULL) {
        return error_field(err, MNEME_NOT_FOUND, "id", "", "there is nothing to undo");
    }
    if (!found) {
        return find_last_change(change, undoing->id, out, err);
    }
    if (set.is_barrier) {
        return barrier(&set, err);
    }
    out->named = set.id;
    out->operation = operation_of(&set);
    return history_of(change, set.id, NULL, &out->rows, &out->count, err);
}

static enum mneme_code run_undo(struct tx *tx, void *context, struct mneme_error *err)
{
    struct undoing *undoing = context;
    struct change change;
    struct target target;
    enum mneme_code code =
        engine_change_begin(undoing->handle, &change, tx, undoing->arena, "change.undo", err);
    if (code == MNEME_OK) {
        code = find_target(undoing, &change, &target, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (target.count == 0) {
        struct record_name name = {.id = target.named};
        return record_not_found(&name, err);
    }
    change.reason = target.operation;
    undoing->moves_path = path_is_moved_by(target.operation);
    code = undo_rows(undoing, &change, &target, err);
    return code == MNEME_OK
               ? receipt_fill(&undoing->out->receipt, &change, target.named, RECEIPT_UPDATED, err)
               : code;
}

enum mneme_code change_rewind(const struct mneme *handle, struct change *change,
                              struct history *rows, size_t count, struct mneme_error *err)
{
    struct undone out = {0};
    const struct undoing undoing = {.handle = handle, .arena = change->scope.arena, .out = &out};
    const struct target target = {.rows = rows, .count = count};
    return undo_rows(&undoing, change, &target, err);
}

enum mneme_code change_undo(const struct mneme *handle, const char *id, struct arena *arena,
                            struct undone *out, struct mneme_error *err)
{
    struct undoing undoing = {.handle = handle, .id = id, .arena = arena, .out = out};
    *out = (struct undone){0};
    return engine_write(handle, run_undo, &undoing, err);
}
