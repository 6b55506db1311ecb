/* The functions of the operation table, by the file they are in. */
#ifndef API_OPERATIONS_H
#define API_OPERATIONS_H

#include "api/call.h"

/* operations_memory.c */
operation_fn op_memory_remember, op_memory_remember_batch, op_memory_update, op_memory_supersede,
    op_memory_tag, op_memory_untag, op_memory_expire, op_memory_touch, op_memory_map;
/* operations_record.c */
operation_fn op_record_get, op_record_list, op_record_forget, op_record_restore, op_record_purge,
    op_record_history, op_change_undo, op_link_create, op_link_remove, op_link_list;
/* operations_conversation.c */
operation_fn op_conversation_create, op_conversation_update, op_conversation_append,
    op_conversation_get, op_conversation_list, op_conversation_archive, op_conversation_forget,
    op_conversation_window, op_conversation_search, op_message_edit, op_message_forget,
    op_conversation_fork, op_conversation_clear, op_message_regenerate, op_message_select,
    op_message_branch;
/* operations_kind.c */
operation_fn op_kind_create, op_kind_save, op_kind_save_batch, op_kind_update, op_kind_archive,
    op_kind_get, op_kind_list, op_kind_delete, op_kind_restore, op_prop_use, op_prop_favorite,
    op_prop_unfavorite;
/* operations_proposal.c */
operation_fn op_proposal_accept, op_proposal_reject;
/* operations_trust.c */
operation_fn op_record_trust, op_record_quarantine, op_record_release, op_change_revert;
/* operations_audit.c */
operation_fn op_audit;
/* operations_tidy.c */
operation_fn op_conversation_summarize, op_conversation_extract;
/* operations_recall.c */
operation_fn op_memory_recall, op_memory_recall_batch, op_memory_why_not, op_memory_context;
/* operations_store.c */
operation_fn op_namespace_list, op_user_list, op_user_show, op_user_create, op_stats, op_version;
/* operations_model.c */
operation_fn op_model_list, op_model_pull, op_model_verify, op_model_info, op_model_use, op_embed;
/* operations_jobs.c */
operation_fn op_jobs_list, op_jobs_run, op_jobs_pause, op_jobs_resume, op_jobs_retry,
    op_jobs_cancel, op_space_list, op_space_use, op_space_cutover, op_space_drop;
/* operations_transfer.c */
operation_fn op_import, op_export, op_eval;

#endif
