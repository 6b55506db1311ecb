/*
 * The kinds of records: their structs, in the order of their field tables (records.c). What each field means stands in
 * the table and, with the rules, in docs/json.md. Texts live in the arena that the record was read into.
 *
 * X_FIELD names the number of a field in its table: MEMORY_CONTENT is memory's content.
 */
#ifndef MODEL_RECORDS_H
#define MODEL_RECORDS_H

#include "base/timestamp.h"
#include "model/field.h"

/* What every versioned kind begins with. */
#define RECORD_COMMON                                                                              \
    struct record_head head;                                                                       \
    const char *id, *user_id;                                                                      \
    int64_t created_at, updated_at, version, deleted_at;                                           \
    const char *origin, *principal, *trust;                                                        \
    int64_t quarantined_at;                                                                        \
    const char *metadata;                                                                          \
    int64_t change_seq, hlc;                                                                       \
    const char *hlc_node

struct record_common {
    RECORD_COMMON;
};

/* The numbers of the common fields are the same in every versioned kind. */
enum common_field {
    COMMON_ID,
    COMMON_USER_ID,
    COMMON_CREATED_AT,
    COMMON_UPDATED_AT,
    COMMON_VERSION,
    COMMON_DELETED_AT,
    COMMON_ORIGIN,
    COMMON_PRINCIPAL,
    COMMON_TRUST,
    COMMON_QUARANTINED_AT,
    COMMON_METADATA,
    COMMON_CHANGE_SEQ,
    COMMON_HLC,
    COMMON_HLC_NODE,
    COMMON_COUNT
};

struct memory {
    RECORD_COMMON;
    /* JSON: namespace */
    const char *name_space, *key, *tier, *type, *subject, *agent_id, *run_id, *conversation_id;
    int64_t message_from, message_to;
    const char *origin_key, *content;
    double importance, confidence;
    struct list tags;
    const char *source;
    int64_t event_at, valid_from, valid_to, evidence_count;
    bool pinned;
    const char *importance_basis;
    bool embedding_cut;
    int64_t expires_at, last_accessed_at, access_count;
    const char *superseded_by;
    /* src/text/README.md; the hash is set only for rows that `same content` compares */
    struct bytes terms, content_hash;
};

enum memory_field {
    MEMORY_NAMESPACE = COMMON_COUNT,
    MEMORY_KEY,
    MEMORY_TIER,
    MEMORY_TYPE,
    MEMORY_SUBJECT,
    MEMORY_AGENT_ID,
    MEMORY_RUN_ID,
    MEMORY_CONVERSATION_ID,
    MEMORY_MESSAGE_FROM,
    MEMORY_MESSAGE_TO,
    MEMORY_ORIGIN_KEY,
    MEMORY_CONTENT,
    MEMORY_IMPORTANCE,
    MEMORY_CONFIDENCE,
    MEMORY_TAGS,
    MEMORY_SOURCE,
    MEMORY_EVENT_AT,
    MEMORY_VALID_FROM,
    MEMORY_VALID_TO,
    MEMORY_EVIDENCE_COUNT,
    MEMORY_PINNED,
    MEMORY_IMPORTANCE_BASIS,
    MEMORY_EMBEDDING_CUT,
    MEMORY_EXPIRES_AT,
    MEMORY_LAST_ACCESSED_AT,
    MEMORY_ACCESS_COUNT,
    MEMORY_SUPERSEDED_BY,
    MEMORY_TERMS,
    MEMORY_CONTENT_HASH
};

struct conversation {
    RECORD_COMMON;
    const char *title, *summary;
    struct list topics;
    double importance;
    bool is_active;
    const char *head_id, *forked_from, *forked_at_message, *origin_key;
    int64_t expires_at, started_at, ended_at, duration_seconds, message_count, last_message_seq;
    bool started_given;
};

enum conversation_field {
    CONVERSATION_TITLE = COMMON_COUNT,
    CONVERSATION_SUMMARY,
    CONVERSATION_TOPICS,
    CONVERSATION_IMPORTANCE,
    CONVERSATION_IS_ACTIVE,
    CONVERSATION_HEAD_ID,
    CONVERSATION_FORKED_FROM,
    CONVERSATION_FORKED_AT_MESSAGE,
    CONVERSATION_ORIGIN_KEY,
    CONVERSATION_EXPIRES_AT,
    CONVERSATION_STARTED_AT,
    CONVERSATION_ENDED_AT,
    CONVERSATION_DURATION_SECONDS,
    CONVERSATION_MESSAGE_COUNT,
    CONVERSATION_LAST_MESSAGE_SEQ,
    CONVERSATION_STARTED_GIVEN
};

struct message {
    RECORD_COMMON;
    const char *conversation_id;
    int64_t message_seq;
    const char *sitting, *origin_key, *role, *speaker, *content;
    int64_t event_at;
    const char *agent_name, *llm_provider;
    int64_t token_count;
    double importance;
    bool pinned;
    int64_t expires_at;
    bool embedding_cut;
    const char *parent_id;
    int64_t variant, last_accessed_at, access_count; /* the last two are internal here */
    struct bytes terms;
};

enum message_field {
    MESSAGE_CONVERSATION_ID = COMMON_COUNT,
    MESSAGE_MESSAGE_SEQ,
    MESSAGE_SITTING,
    MESSAGE_ORIGIN_KEY,
    MESSAGE_ROLE,
    MESSAGE_SPEAKER,
    MESSAGE_CONTENT,
    MESSAGE_EVENT_AT,
    MESSAGE_AGENT_NAME,
    MESSAGE_LLM_PROVIDER,
    MESSAGE_TOKEN_COUNT,
    MESSAGE_IMPORTANCE,
    MESSAGE_PINNED,
    MESSAGE_EXPIRES_AT,
    MESSAGE_EMBEDDING_CUT,
    MESSAGE_PARENT_ID,
    MESSAGE_VARIANT,
    MESSAGE_LAST_ACCESSED_AT,
    MESSAGE_ACCESS_COUNT,
    MESSAGE_TERMS
};

/* Not versioned: made and removed, never edited. Removing keeps the row, marked, so that it can be undone. */
struct link {
    struct record_head head;
    const char *id, *user_id;
    int64_t created_at;
    const char *metadata;
    int64_t deleted_at, change_seq, hlc;
    const char *hlc_node;
    const char *from_kind, *from, *to_kind, *to, *relation; /* columns from_id and to_id */
    double weight;
};

enum link_field {
    LINK_ID,
    LINK_USER_ID,
    LINK_CREATED_AT,
    LINK_METADATA,
    LINK_DELETED_AT,
    LINK_CHANGE_SEQ,
    LINK_HLC,
    LINK_HLC_NODE,
    LINK_FROM_KIND,
    LINK_FROM,
    LINK_TO_KIND,
    LINK_TO,
    LINK_RELATION,
    LINK_WEIGHT
};

struct evidence {
    struct record_head head;
    const char *id, *user_id, *record_id, *origin, *principal, *source_kind, *source_id;
    int64_t at;
};

enum evidence_field {
    EVIDENCE_ID,
    EVIDENCE_USER_ID,
    EVIDENCE_RECORD_ID,
    EVIDENCE_ORIGIN,
    EVIDENCE_PRINCIPAL,
    EVIDENCE_SOURCE_KIND,
    EVIDENCE_SOURCE_ID,
    EVIDENCE_AT
};

struct user {
    struct record_head head;
    const char *id, *name;
    int64_t created_at, change_seq;
    const char *metadata;
};

enum user_field { USER_ID, USER_NAME, USER_CREATED_AT, USER_CHANGE_SEQ, USER_METADATA };

struct change_set {
    struct record_head head;
    const char *id, *user_id;
    int64_t time;
    const char *origin, *principal, *operation, *job, *reason;
    bool is_barrier; /* a purge: undo never crosses it */
};

enum change_set_field {
    CHANGE_SET_ID,
    CHANGE_SET_USER_ID,
    CHANGE_SET_TIME,
    CHANGE_SET_ORIGIN,
    CHANGE_SET_PRINCIPAL,
    CHANGE_SET_OPERATION,
    CHANGE_SET_JOB,
    CHANGE_SET_REASON,
    CHANGE_SET_IS_BARRIER
};

/* One row for every change of a versioned record or a link: `version` is the one the change made, `before` the whole
 * row as JSON (internal fields left out) that it replaced, absent when it made the record. */
struct history {
    struct record_head head;
    const char *user_id, *record_id, *record_kind;
    int64_t version;
    const char *change_set; /* column change_set_id */
    int64_t at;
    const char *before;
};

enum history_field {
    HISTORY_USER_ID,
    HISTORY_RECORD_ID,
    HISTORY_RECORD_KIND,
    HISTORY_VERSION,
    HISTORY_CHANGE_SET,
    HISTORY_AT,
    HISTORY_BEFORE
};

extern const struct kind kind_memory, kind_conversation, kind_message, kind_link, kind_evidence,
    kind_user, kind_change_set, kind_history;

/* By number, 0 .. until NULL; and by name, NULL if unknown. */
const struct kind *kind_at(size_t index);
const struct kind *kind_find(const char *name);

/* The text that is embedded: `speaker: content` for a message, content for a memory. */
const char *record_embedded_text(const struct kind *kind, const void *record, struct arena *arena);

#endif
