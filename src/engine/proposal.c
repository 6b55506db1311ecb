#include "engine/proposal.h"

#include "base/limits.h"
#include "engine/memory_internal.h"
#include "mind/contradict.h"
#include "store/row.h"
#include "text/document.h"
#include "text/near.h"

#include <string.h>

/* Two texts of a dozen words that differ in one are about this far apart (text/near.h); chance hardly ever is. */
#define CONTRADICTION_BITS 12
#define MERGE_CONFIDENCE .9

static enum mneme_code was_proposed(struct change *change, const char *memory_id,
                                    const char *other_id, bool *out, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid memory, other;
    struct proposal known;
    *out = false;
    if (!uuid_parse(memory_id, &memory) || !uuid_parse(other_id, &other)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(change->scope.db, SQL_PROPOSAL_BY_ENDS, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, &memory);
    db_bind_uuid(statement, 3, &other);
    return row_find(statement, &kind_proposal, &known, change->scope.arena, out, err);
}

enum mneme_code proposal_add(struct change *change, const struct proposing *proposing,
                             struct mneme_error *err)
{
    struct proposal row = {0};
    bool there = false;
    enum mneme_code code =
        was_proposed(change, proposing->memory_id, proposing->other_id, &there, err);
    if (code == MNEME_OK && !there) {
        code = was_proposed(change, proposing->other_id, proposing->memory_id, &there, err);
    }
    if (code != MNEME_OK || there) {
        return code;
    }
    field_set_text(&kind_proposal, &row, PROPOSAL_ACTION, proposing->action);
    field_set_text(&kind_proposal, &row, PROPOSAL_MEMORY_ID, proposing->memory_id);
    field_set_text(&kind_proposal, &row, PROPOSAL_OTHER_ID, proposing->other_id);
    field_set_text(&kind_proposal, &row, PROPOSAL_REASON, proposing->reason);
    field_set_text(&kind_proposal, &row, PROPOSAL_STATE, "open");
    field_set_real(&kind_proposal, &row, PROPOSAL_CONFIDENCE, proposing->confidence);
    return change_insert(change, &kind_proposal, &row, err);
}

// --- what a new memory is near to ----------------------------------------------------------------

struct comparing {
    const struct language *language;
    struct change *change;
    const struct memory *memory;
    uint64_t simhash;
};

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int64_t reference_of(const struct memory *memory)
{
    return field_present(memory, MEMORY_EVENT_AT) ? memory->event_at : memory->created_at;
}

static enum mneme_code note(const struct comparing *comparing, const struct memory *other,
                            const char *relation, const struct proposing *proposing,
                            struct mneme_error *err)
{
    enum mneme_code code =
        memory_link(comparing->change, comparing->memory->id, other->id, relation, err);
    return code == MNEME_OK ? proposal_add(comparing->change, proposing, err) : code;
}

static enum mneme_code compare(const struct comparing *comparing, const struct memory *other,
                               struct mneme_error *err)
{
    const struct memory *memory = comparing->memory;
    struct arena *arena = comparing->change->scope.arena;
    struct proposing proposing = {.memory_id = memory->id, .other_id = other->id};
    const struct near_text a = {memory->content, comparing->simhash};
    const struct near_text b = {other->content,
                                document_simhash(other->terms.data, other->terms.length)};
    if (near_duplicate(comparing->language, &a, &b)) {
        proposing.action = "merge";
        proposing.reason = "near-duplicate";
        proposing.confidence = MERGE_CONFIDENCE;
        return note(comparing, other, "related", &proposing, err);
    }
    const struct contradict_text x = {memory->content, reference_of(memory)};
    const struct contradict_text y = {other->content, reference_of(other)};
    struct contradiction found;
    enum mneme_code code = contradict_check(comparing->language, &x, &y, arena, &found, err);
    if (code != MNEME_OK || found.kinds == 0) {
        return code;
    }
    proposing.action = "supersede";
    proposing.reason = arena_printf(arena, "contradicts: %s", contradict_reason(found.kinds));
    proposing.confidence = found.likeness;
    return proposing.reason ? note(comparing, other, "contradicts", &proposing, err)
                            : error_nomem(err);
}

enum mneme_code proposal_find(const struct mneme *handle, struct change *change,
                              const struct memory *memory, struct mneme_error *err)
{
    struct comparing comparing = {.change = change, .memory = memory};
    struct index_near near;
    comparing.simhash = document_simhash(memory->terms.data, memory->terms.length);
    index_nearest(engine_index(handle), &change->scope.user, comparing.simhash, CONTRADICTION_BITS,
                  &near);
    if (near.count == 0) {
        return MNEME_OK;
    }
    comparing.language = engine_language(handle);
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < near.count && code == MNEME_OK; i++) {
        char id[UUID_TEXT_LENGTH + 1];
        struct memory other;
        bool found;
        uuid_format(&near.ids[i], id);
        code = record_find(&change->scope, &kind_memory, id, &other, &found, err);
        if (code == MNEME_OK && found && strcmp(other.id, memory->id) != 0 &&
            memory_is_current(&other, change->scope.now_us) &&
            strcmp(other.name_space, memory->name_space) == 0 &&
            same_text(other.subject, memory->subject)) {
            code = compare(&comparing, &other, err);
        }
    }
    return code;
}

// --- accepting and rejecting ---------------------------------------------------------------------

struct deciding {
    const struct mneme *handle;
    const char *id;
    bool is_accepted;
    struct arena *arena;
    struct receipt *receipt;
};

/* From when on a memory holds. */
static int64_t begin_of(const struct memory *memory)
{
    return field_present(memory, MEMORY_VALID_FROM) ? memory->valid_from : reference_of(memory);
}

static int64_t end_of(const struct memory *memory)
{
    return field_present(memory, MEMORY_VALID_TO) ? memory->valid_to : INT64_MAX;
}

/* The interval rule: nothing is deleted, and a fact that begins later ends the one before. */
static enum mneme_code supersede(struct change *change, const struct memory *memory,
                                 const struct memory *other, struct mneme_error *err)
{
    int64_t begin = begin_of(memory), other_begin = begin_of(other);
    if (begin >= end_of(other) || other_begin >= end_of(memory)) {
        return MNEME_OK;
    }
    if (begin == other_begin) {
        return memory_link(change, memory->id, other->id, "contradicts", err);
    }
    if (begin < other_begin) {
        struct memory after = *memory;
        field_set_integer(&kind_memory, &after, MEMORY_VALID_TO, other_begin);
        return change_replace(change, &kind_memory, memory, &after, err);
    }
    enum mneme_code code = memory_end(change, other, memory->id, begin, err);
    return code == MNEME_OK ? memory_link(change, memory->id, other->id, "supersedes", err) : code;
}

static enum mneme_code merge(const struct writing *writing, const struct memory *memory,
                             const struct memory *other, struct mneme_error *err)
{
    struct memory gone = *memory, kept = *other;
    struct list tags;
    bool grew;
    enum mneme_code code = memory_unite_tags(other->tags, memory->tags,
                                             writing->change->scope.arena, &tags, &grew, err);
    if (code != MNEME_OK) {
        return code;
    }
    field_set_integer(&kind_memory, &gone, COMMON_DELETED_AT, writing->change->scope.now_us);
    code = change_replace(writing->change, &kind_memory, memory, &gone, err);
    if (code == MNEME_OK && grew) {
        field_set_list(&kind_memory, &kept, MEMORY_TAGS, tags);
        code = memory_write_change(writing->handle, writing->change, other, &kept, err);
    }
    return code;
}

static enum mneme_code find_end(struct change *change, const char *id, struct memory *out,
                                struct mneme_error *err)
{
    bool found;
    enum mneme_code code = record_find(&change->scope, &kind_memory, id, out, &found, err);
    if (code == MNEME_OK && (!found || out->superseded_by != NULL ||
                             !record_is_live(&kind_memory, out, change->scope.now_us))) {
        code = error_field(err, MNEME_CONFLICT, "id", "reference",
                           "a memory of the proposal is gone, or was superseded");
    }
    return code;
}

static enum mneme_code carry_out(const struct writing *writing, const struct proposal *proposal,
                                 struct mneme_error *err)
{
    struct memory memory, other;
    enum mneme_code code = find_end(writing->change, proposal->memory_id, &memory, err);
    if (code == MNEME_OK) {
        code = find_end(writing->change, proposal->other_id, &other, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    return strcmp(proposal->action, "merge") == 0
               ? merge(writing, &memory, &other, err)
               : supersede(writing->change, &memory, &other, err);
}

static enum mneme_code decide(const struct deciding *deciding, const struct writing *writing,
                              const struct proposal *before, struct mneme_error *err)
{
    struct change *change = writing->change;
    const char *state = deciding->is_accepted ? "accepted" : "rejected";
    struct proposal after = *before;
    if (strcmp(before->state, state) == 0) {
        return receipt_fill(deciding->receipt, change, before->id, RECEIPT_KNOWN, err);
    }
    if (strcmp(before->state, "open") != 0) {
        return error_field(err, MNEME_CONFLICT, "id", "conflict", "the proposal was %s already",
                           before->state);
    }
    change->reason = before->reason;
    enum mneme_code code = deciding->is_accepted ? carry_out(writing, before, err) : MNEME_OK;
    field_set_text(&kind_proposal, &after, PROPOSAL_STATE, state);
    if (code == MNEME_OK) {
        code = change_replace(change, &kind_proposal, before, &after, err);
    }
    return code == MNEME_OK
               ? receipt_fill(deciding->receipt, change, before->id, RECEIPT_UPDATED, err)
               : code;
}

static enum mneme_code run_decide(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct deciding *deciding = context;
    const struct record_name name = {.id = deciding->id};
    const char *operation = deciding->is_accepted ? "proposal.accept" : "proposal.reject";
    struct change change;
    struct proposal before;
    bool found = false;
    enum mneme_code code =
        engine_change_begin(deciding->handle, &change, tx, deciding->arena, operation, err);
    if (code == MNEME_OK) {
        code = record_find(&change.scope, &kind_proposal, deciding->id, &before, &found, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (!found || !record_is_live(&kind_proposal, &before, tx->now_us)) {
        return record_not_found(&name, err);
    }
    const struct writing writing = {deciding->handle, &change};
    return decide(deciding, &writing, &before, err);
}

enum mneme_code proposal_decide(const struct mneme *handle, const char *id, bool is_accepted,
                                struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct deciding deciding = {handle, id, is_accepted, arena, out};
    return engine_write(handle, run_decide, &deciding, err);
}
