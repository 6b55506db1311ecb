/* What hangs on a message, and what becomes of it. */
#include "engine/derived.h"

#include "engine/lifecycle.h"
#include "store/jobs.h"
#include "store/row.h"

#include <string.h>

bool summary_is_derived(const struct summary *summary)
{
    return strcmp(summary->by, "caller") != 0;
}

enum mneme_code summaries_owe(struct change *change, const char *conversation_id,
                              struct mneme_error *err)
{
    const struct job_request request = {
        .kind = JOB_SUMMARIZE, .subject = conversation_id, .priority = PRIORITY_SUMMARIZE};
    struct uuid job;
    return job_add(change, &request, &job, err);
}

/* The memories that were learnt from a message. */
static enum mneme_code list_learnt(struct change *change, const struct message *message,
                                   struct row_list *out, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid id;
    *out = (struct row_list){0};
    if (!uuid_parse(message->conversation_id, &id)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(change->scope.db, SQL_MEMORY_LEARNT, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, &id);
    db_bind_integer(statement, 3, message->message_seq - 1);
    return row_list(statement, &kind_memory, SIZE_MAX, change->scope.arena, out, err);
}

static bool covers(const struct change *change, const struct summary *summary, int64_t message_seq)
{
    return record_is_live(&kind_summary, summary, change->scope.now_us) &&
           field_present(summary, SUMMARY_MESSAGE_RANGE_START) &&
           field_present(summary, SUMMARY_MESSAGE_RANGE_END) &&
           summary->message_range_start <= message_seq && message_seq <= summary->message_range_end;
}

/* Told once, by what a job took from the conversation. */
static bool rests_on(const struct change *change, const struct memory *memory, int64_t message_seq)
{
    return record_is_live(&kind_memory, memory, change->scope.now_us) &&
           strcmp(memory->origin, "consolidation") == 0 && memory->evidence_count <= 1 &&
           memory->message_from <= message_seq && message_seq <= memory->message_to;
}

enum mneme_code derived_find(struct change *change, const struct message *message,
                             struct derived *out, struct mneme_error *err)
{
    struct row_list summaries, memories;
    *out = (struct derived){0};
    enum mneme_code code = conversation_belongings(&change->scope, &kind_summary,
                                                   message->conversation_id, &summaries, err);
    if (code == MNEME_OK) {
        code = list_learnt(change, message, &memories, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    struct summary *summary = summaries.records;
    struct memory *memory = memories.records;
    for (size_t i = 0; i < summaries.count; i++) {
        if (covers(change, &summary[i], message->message_seq)) {
            summary[out->summary_count++] = summary[i];
        }
    }
    for (size_t i = 0; i < memories.count; i++) {
        if (rests_on(change, &memory[i], message->message_seq)) {
            memory[out->memory_count++] = memory[i];
        }
    }
    out->summaries = summary;
    out->memories = memory;
    return MNEME_OK;
}

static enum mneme_code forget(struct change *change, const struct kind *kind, const void *before,
                              struct mneme_error *err)
{
    union any_record after;
    memcpy(&after, before, kind->size);
    field_set_integer(kind, &after, COMMON_DELETED_AT, change->scope.now_us);
    return change_replace(change, kind, before, &after, err);
}

static enum mneme_code mark_stale(struct change *change, const struct summary *before,
                                  struct mneme_error *err)
{
    struct summary after = *before;
    if (before->is_stale) {
        return MNEME_OK;
    }
    field_set_boolean(&kind_summary, &after, SUMMARY_STALE, true);
    return change_replace(change, &kind_summary, before, &after, err);
}

enum mneme_code derived_take_back(struct change *change, const struct message *message,
                                  struct mneme_error *err)
{
    struct derived derived;
    bool is_owed = false;
    enum mneme_code code = derived_find(change, message, &derived, err);
    for (size_t i = 0; i < derived.summary_count && code == MNEME_OK; i++) {
        const struct summary *summary = &derived.summaries[i];
        bool is_derived = summary_is_derived(summary);
        is_owed = is_owed || is_derived;
        code = is_derived ? forget(change, &kind_summary, summary, err)
                          : mark_stale(change, summary, err);
    }
    for (size_t i = 0; i < derived.memory_count && code == MNEME_OK; i++) {
        code = forget(change, &kind_memory, &derived.memories[i], err);
    }
    return code == MNEME_OK && is_owed ? summaries_owe(change, message->conversation_id, err)
                                       : code;
}
