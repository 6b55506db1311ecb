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
    const char *tip_id;
    int64_t cleared_seq;
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
    CONVERSATION_STARTED_GIVEN,
    CONVERSATION_TIP_ID,
    CONVERSATION_CLEARED_SEQ
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
    bool on_path;
    const char *copy_of;
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
    MESSAGE_TERMS,
    MESSAGE_ON_PATH,
    MESSAGE_COPY_OF
};

struct character {
    RECORD_COMMON;
    const char *conversation_id, *name, *description;
    struct list personality_traits;
    const char *background, *current_mood, *current_location, *relationships;
    struct list inventory;
    const char *stats;
    int64_t last_seen;
    bool is_active, embedding_cut;
    int64_t last_accessed_at, access_count; /* internal here, as the terms */
    struct bytes terms;
};

enum character_field {
    CHARACTER_CONVERSATION_ID = COMMON_COUNT,
    CHARACTER_NAME,
    CHARACTER_DESCRIPTION,
    CHARACTER_PERSONALITY_TRAITS,
    CHARACTER_BACKGROUND,
    CHARACTER_CURRENT_MOOD,
    CHARACTER_CURRENT_LOCATION,
    CHARACTER_RELATIONSHIPS,
    CHARACTER_INVENTORY,
    CHARACTER_STATS,
    CHARACTER_LAST_SEEN,
    CHARACTER_IS_ACTIVE,
    CHARACTER_EMBEDDING_CUT,
    CHARACTER_LAST_ACCESSED_AT,
    CHARACTER_ACCESS_COUNT,
    CHARACTER_TERMS
};

struct prop {
    RECORD_COMMON;
    const char *name, *category, *subcategory, *description, *image_path;
    struct list tags;
    const char *rarity, *properties;
    int64_t usage_count, last_used;
    bool is_favorite, embedding_cut;
    int64_t last_accessed_at, access_count;
    struct bytes terms;
};

enum prop_field {
    PROP_NAME = COMMON_COUNT,
    PROP_CATEGORY,
    PROP_SUBCATEGORY,
    PROP_DESCRIPTION,
    PROP_IMAGE_PATH,
    PROP_TAGS,
    PROP_RARITY,
    PROP_PROPERTIES,
    PROP_USAGE_COUNT,
    PROP_LAST_USED,
    PROP_IS_FAVORITE,
    PROP_EMBEDDING_CUT,
    PROP_LAST_ACCESSED_AT,
    PROP_ACCESS_COUNT,
    PROP_TERMS
};

struct agent {
    RECORD_COMMON;
    const char *name, *display_name, *system_prompt;
    bool enabled;
    const char *llm_provider;
    double temperature;
    int64_t max_tokens;
    struct list capabilities;
};

enum agent_field {
    AGENT_NAME = COMMON_COUNT,
    AGENT_DISPLAY_NAME,
    AGENT_SYSTEM_PROMPT,
    AGENT_ENABLED,
    AGENT_LLM_PROVIDER,
    AGENT_TEMPERATURE,
    AGENT_MAX_TOKENS,
    AGENT_CAPABILITIES
};

struct preference {
    RECORD_COMMON;
    const char *key, *value, *category, *description;
    double confidence;
    const char *source;
};

enum preference_field {
    PREFERENCE_KEY = COMMON_COUNT,
    PREFERENCE_VALUE,
    PREFERENCE_CATEGORY,
    PREFERENCE_DESCRIPTION,
    PREFERENCE_CONFIDENCE,
    PREFERENCE_SOURCE
};

struct summary {
    RECORD_COMMON;
    const char *conversation_id, *level, *summary_text;
    struct list key_events;
    const char *character_developments;
    struct list plot_points;
    int64_t message_range_start, message_range_end;
    const char *parent_id, *by; /* column made_by */
    bool is_final, is_stale;    /* JSON: final, stale */
    const char *digest;
    bool embedding_cut;
    int64_t last_accessed_at, access_count;
    struct bytes terms;
};

enum summary_field {
    SUMMARY_CONVERSATION_ID = COMMON_COUNT,
    SUMMARY_LEVEL,
    SUMMARY_SUMMARY_TEXT,
    SUMMARY_KEY_EVENTS,
    SUMMARY_CHARACTER_DEVELOPMENTS,
    SUMMARY_PLOT_POINTS,
    SUMMARY_MESSAGE_RANGE_START,
    SUMMARY_MESSAGE_RANGE_END,
    SUMMARY_PARENT_ID,
    SUMMARY_BY,
    SUMMARY_FINAL,
    SUMMARY_STALE,
    SUMMARY_DIGEST,
    SUMMARY_EMBEDDING_CUT,
    SUMMARY_LAST_ACCESSED_AT,
    SUMMARY_ACCESS_COUNT,
    SUMMARY_TERMS
};

struct cluster {
    RECORD_COMMON;
    const char *name, *description;
    struct list members, topics;
    double confidence, importance_score;
};

enum cluster_field {
    CLUSTER_NAME = COMMON_COUNT,
    CLUSTER_DESCRIPTION,
    CLUSTER_MEMBERS,
    CLUSTER_TOPICS,
    CLUSTER_CONFIDENCE,
    CLUSTER_IMPORTANCE_SCORE
};

struct pattern {
    RECORD_COMMON;
    const char *pattern_type, *description;
    int64_t frequency;
    double confidence;
    struct list examples;
    int64_t discovered_at;
};

enum pattern_field {
    PATTERN_PATTERN_TYPE = COMMON_COUNT,
    PATTERN_DESCRIPTION,
    PATTERN_FREQUENCY,
    PATTERN_CONFIDENCE,
    PATTERN_EXAMPLES,
    PATTERN_DISCOVERED_AT
};

/* What mneme would do about two memories, until somebody says. */
struct proposal {
    RECORD_COMMON;
    const char *action, *memory_id, *other_id, *reason, *state;
    double confidence;
};

enum proposal_field {
    PROPOSAL_ACTION = COMMON_COUNT,
    PROPOSAL_MEMORY_ID,
    PROPOSAL_OTHER_ID,
    PROPOSAL_REASON,
    PROPOSAL_STATE,
    PROPOSAL_CONFIDENCE
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

extern const struct kind kind_memory, kind_conversation, kind_message, kind_summary, kind_character,
    kind_prop, kind_agent, kind_preference, kind_cluster, kind_pattern, kind_proposal, kind_link,
    kind_evidence, kind_user, kind_change_set, kind_history;

/* Room for a record of any kind, in generic code. */
union any_record {
    struct record_head head;
    struct record_common common; /* versioned kinds */
    struct memory memory;
    struct conversation conversation;
    struct message message;
    struct summary summary;
    struct character character;
    struct prop prop;
    struct agent agent;
    struct preference preference;
    struct cluster cluster;
    struct pattern pattern;
    struct proposal proposal;
    struct link link;
    struct evidence evidence;
    struct user user;
    struct change_set change_set;
    struct history history;
};

/* By number, 0 .. until NULL; and by name, NULL if unknown. */
const struct kind *kind_at(size_t index);
const struct kind *kind_find(const char *name);

/* The recalled fields that hold a value, a line each: of the key (names and labels) or of the text, or (NULL) all. In
 * the arena; NULL when out of memory. */
const char *record_recalled_text(const struct kind *kind, const void *record, const bool *is_key,
                                 struct arena *arena);
/* The text that is embedded: `speaker: content` for a message, content for a memory, else all recalled fields. */
const char *record_embedded_text(const struct kind *kind, const void *record, struct arena *arena);

#endif
