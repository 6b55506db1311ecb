/* The shapes of what operations answer; a row of the operation table names one. */
#ifndef API_ANSWERS_H
#define API_ANSWERS_H

#include "api/shape.h"

/* What every write answers unless its row says otherwise. */
extern const struct shape answer_receipt;
extern const struct shape answer_receipts, answer_results, answer_appended, answer_undone;

/* A record of the kind, and a page of such. */
extern const struct shape answer_memory, answer_conversation, answer_message, answer_summary,
    answer_character, answer_prop, answer_agent, answer_preference, answer_cluster, answer_pattern,
    answer_proposal, answer_link;
extern const struct shape answer_conversation_page, answer_message_page, answer_summary_page,
    answer_character_page, answer_prop_page, answer_agent_page, answer_preference_page,
    answer_cluster_page, answer_pattern_page, answer_proposal_page, answer_link_page;
extern const struct shape answer_record, answer_records; /* of any kind */

extern const struct shape answer_audit, answer_quarantined, answer_released, answer_reverted;
extern const struct shape answer_history, answer_map, answer_window, answer_recalled,
    answer_recalled_batch, answer_why_not, answer_context, answer_found_conversations,
    answer_namespaces, answer_user, answer_users, answer_stats, answer_version;
extern const struct shape answer_imported, answer_exported, answer_metrics, answer_vectors,
    answer_models, answer_model, answer_model_pulled, answer_model_verified, answer_model_used,
    answer_summarised, answer_extracted, answer_jobs, answer_jobs_run, answer_jobs_changed,
    answer_spaces, answer_space_dropped;

/* An error object, {"error": ...}, also in the place of one item among others; and what it says of one field. */
extern const struct shape answer_error, answer_fault;

#endif
