/*
 * The field tables: the one description of every kind. A new field is a row here, a member in
 * records.h (the same order) and a migration; docs/adding.md walks through it.
 */
#include "model/records.h"

#include "base/limits.h"

#include <string.h>

/* What the engine sets, what it sets in every row, and what nobody outside sees. */
#define ENGINE FIELD_READ_ONLY
#define ALWAYS (FIELD_READ_ONLY | FIELD_STORED)
#define HIDDEN (FIELD_READ_ONLY | FIELD_INTERNAL)
/* What `export --state` keeps and filters may ask for. */
#define STATE FIELD_STATE
#define ASKED (FIELD_STATE | FIELD_FILTER)

static const char *const trusts[] = {"verified", "user", "tool", "untrusted", NULL};
static const char *const tiers[] = {"short_term", "working", "long_term", "episodic", NULL};
static const char *const bases[] = {"explicit", "type",    "cues", "novelty",
                                    "mentions", "default", NULL};
static const char *const roles[] = {"user", "assistant", "system", "tool", NULL};
static const char *const levels[] = {"scene", "chapter", "arc", NULL};
static const char *const actions[] = {"supersede", "merge", NULL};
static const char *const proposal_states[] = {"open", "accepted", "rejected", NULL};
static const char *const makers[] = {"caller", "extractor", "model", NULL};
#define VERSIONED                                                                                  \
    "memory", "conversation", "message", "summary", "character", "prop", "agent", "preference",    \
        "cluster", "pattern"
static const char *const linkable[] = {VERSIONED, NULL};
static const char *const historic[] = {VERSIONED, "proposal", "link", NULL};

// one row per field, not one line per initialiser
/* clang-format off */

#define COMMON(member) offsetof(struct record_common, member)
#define COMMON_FIELDS \
    [COMMON_ID] = {.name = "id", .type = FIELD_TEXT, .flags = ALWAYS | ASKED | FIELD_UUID, \
        .offset = COMMON(id), .doc = "The record's id, a UUID of version 7."}, \
    [COMMON_USER_ID] = {.name = "user_id", .type = FIELD_TEXT, \
        .flags = ALWAYS | FIELD_UUID | FIELD_LOCAL, .offset = COMMON(user_id), \
        .doc = "The user whom the record belongs to."}, \
    [COMMON_CREATED_AT] = {.name = "created_at", .type = FIELD_TIME, \
        .flags = ALWAYS | ASKED, .offset = COMMON(created_at), \
        .doc = "When the record was written."}, \
    [COMMON_UPDATED_AT] = {.name = "updated_at", .type = FIELD_TIME, \
        .flags = ALWAYS | FIELD_FILTER, .offset = COMMON(updated_at), \
        .doc = "When its version last rose."}, \
    [COMMON_VERSION] = {.name = "version", .type = FIELD_INTEGER, .flags = ALWAYS | FIELD_FILTER, \
        .offset = COMMON(version), .min = 1, .max = LIMIT_COUNTER, .fallback = "1", \
        .doc = "Counts the changes of the record, from 1."}, \
    [COMMON_DELETED_AT] = {.name = "deleted_at", .type = FIELD_TIME, .flags = ENGINE, \
        .offset = COMMON(deleted_at), .doc = "When it was forgotten; restore and undo clear it."}, \
    [COMMON_ORIGIN] = {.name = "origin", .type = FIELD_TEXT, .flags = ALWAYS | ASKED | FIELD_NAME, \
        .offset = COMMON(origin), .min = 1, .max = LIMIT_NAME_BYTES, \
        .doc = "What wrote it: user, tool, import, consolidation or backend:NAME."}, \
    [COMMON_PRINCIPAL] = {.name = "principal", .type = FIELD_TEXT, \
        .flags = ALWAYS | ASKED | FIELD_NAME, .offset = COMMON(principal), .min = 1, \
        .max = LIMIT_NAME_BYTES, .doc = "Who wrote it: the id of an API key, or `local`."}, \
    [COMMON_TRUST] = {.name = "trust", .type = FIELD_TEXT, .flags = ALWAYS | ASKED, \
        .offset = COMMON(trust), .choices = trusts, \
        .doc = "How far it is to be believed; recall leaves out `untrusted` unless asked."}, \
    [COMMON_QUARANTINED_AT] = {.name = "quarantined_at", .type = FIELD_TIME, .flags = ENGINE, \
        .offset = COMMON(quarantined_at), .doc = "Since when it is held back from every answer."}, \
    [COMMON_METADATA] = {.name = "metadata", .type = FIELD_JSON, .flags = ASKED | FIELD_OBJECT, \
        .offset = COMMON(metadata), .max = LIMIT_METADATA_BYTES, \
        .doc = "A free JSON object; filters walk into it by path (metadata.a.b)."}, \
    [COMMON_CHANGE_SEQ] = {.name = "change_seq", .type = FIELD_INTEGER, \
        .flags = HIDDEN | FIELD_STORED, .offset = COMMON(change_seq), .min = 1, \
        .max = LIMIT_COUNTER, .doc = "The user's change counter at the last change of the row."}, \
    [COMMON_HLC] = {.name = "hlc", .type = FIELD_INTEGER, .flags = HIDDEN | FIELD_STORED, \
        .offset = COMMON(hlc), .doc = "The stamp that decides between copies."}, \
    [COMMON_HLC_NODE] = {.name = "hlc_node", .type = FIELD_TEXT, \
        .flags = HIDDEN | FIELD_STORED | FIELD_UUID, .offset = COMMON(hlc_node), \
        .doc = "The node that gave the stamp."}

#define MEMORY(member) offsetof(struct memory, member)
static const struct field memory_fields[] = {
    COMMON_FIELDS,
    [MEMORY_NAMESPACE] = {.name = "namespace", .type = FIELD_TEXT,
        .flags = FIELD_STORED | ASKED | FIELD_NAME | FIELD_FIXED | FIELD_KEY,
        .offset = MEMORY(name_space), .min = 1, .max = LIMIT_NAME_BYTES, .fallback = "default",
        .doc = "A named part of the user's memory."},
    [MEMORY_KEY] = {.name = "key", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_NAME | FIELD_FIXED | FIELD_KEY, .offset = MEMORY(key), .min = 1,
        .max = LIMIT_KEY_BYTES,
        .doc = "A name unique in the namespace; remembering it again updates the record."},
    [MEMORY_TIER] = {.name = "tier", .type = FIELD_TEXT, .flags = FIELD_STORED | ASKED,
        .offset = MEMORY(tier), .choices = tiers, .fallback = "long_term",
        .doc = "How long it is meant to matter."},
    [MEMORY_TYPE] = {.name = "type", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_NAME | FIELD_CHARACTERS,
        .offset = MEMORY(type), .min = 1, .max = LIMIT_LABEL_CHARACTERS,
        .doc = "A free label, such as fact, preference or task_pattern."},
    [MEMORY_SUBJECT] = {.name = "subject", .type = FIELD_TEXT, .flags = ASKED | FIELD_NAME,
        .offset = MEMORY(subject), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "Whom or what it is about: a person, a task, a thing."},
    [MEMORY_AGENT_ID] = {.name = "agent_id", .type = FIELD_TEXT, .flags = ASKED | FIELD_NAME,
        .offset = MEMORY(agent_id), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "The agent that learnt it."},
    [MEMORY_RUN_ID] = {.name = "run_id", .type = FIELD_TEXT, .flags = ASKED | FIELD_NAME,
        .offset = MEMORY(run_id), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "The run in which it was learnt."},
    [MEMORY_CONVERSATION_ID] = {.name = "conversation_id", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_UUID, .offset = MEMORY(conversation_id),
        .doc = "The conversation in which it was learnt."},
    [MEMORY_MESSAGE_FROM] = {.name = "message_from", .type = FIELD_INTEGER, .flags = ASKED,
        .offset = MEMORY(message_from), .min = 1, .max = LIMIT_COUNTER,
        .doc = "The message_seq of the first message it was learnt from."},
    [MEMORY_MESSAGE_TO] = {.name = "message_to", .type = FIELD_INTEGER, .flags = ASKED,
        .offset = MEMORY(message_to), .min = 1, .max = LIMIT_COUNTER,
        .doc = "The message_seq of the last message it was learnt from."},
    [MEMORY_ORIGIN_KEY] = {.name = "origin_key", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_NAME | FIELD_FIXED, .offset = MEMORY(origin_key), .min = 1,
        .max = LIMIT_KEY_BYTES, .doc = "Where an importer had it from; unique per user."},
    [MEMORY_CONTENT] = {.name = "content", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | STATE, .offset = MEMORY(content), .min = 1,
        .max = LIMIT_CONTENT_BYTES, .doc = "What is remembered."},
    [MEMORY_IMPORTANCE] = {.name = "importance", .type = FIELD_REAL,
        .flags = FIELD_STORED | ASKED, .offset = MEMORY(importance), .max = 1,
        .fallback = "0.5", .doc = "How much it matters, 0 to 1."},
    [MEMORY_CONFIDENCE] = {.name = "confidence", .type = FIELD_REAL, .flags = FIELD_STORED | ASKED,
        .offset = MEMORY(confidence), .max = 1, .fallback = "1", .doc = "How sure it is, 0 to 1."},
    [MEMORY_TAGS] = {.name = "tags", .type = FIELD_LIST, .flags = ASKED | FIELD_NAME,
        .offset = MEMORY(tags), .max = LIMIT_TAGS, .item_max = LIMIT_TAG_BYTES,
        .doc = "Free labels."},
    [MEMORY_SOURCE] = {.name = "source", .type = FIELD_TEXT, .flags = ASKED | FIELD_NAME,
        .offset = MEMORY(source), .min = 1, .max = LIMIT_SOURCE_BYTES,
        .doc = "Where it comes from: an address, a file, a person."},
    [MEMORY_EVENT_AT] = {.name = "event_at", .type = FIELD_TIME, .flags = ASKED,
        .offset = MEMORY(event_at), .doc = "When it happened, apart from when it was written."},
    [MEMORY_VALID_FROM] = {.name = "valid_from", .type = FIELD_TIME, .flags = ASKED,
        .offset = MEMORY(valid_from), .doc = "Since when it holds, this instant included."},
    [MEMORY_VALID_TO] = {.name = "valid_to", .type = FIELD_TIME, .flags = ASKED,
        .offset = MEMORY(valid_to), .doc = "Until when it holds, this instant left out."},
    [MEMORY_EVIDENCE_COUNT] = {.name = "evidence_count", .type = FIELD_INTEGER,
        .flags = ALWAYS | ASKED | FIELD_QUIET, .offset = MEMORY(evidence_count),
        .max = LIMIT_COUNTER, .fallback = "1", .doc = "How often it was told."},
    [MEMORY_PINNED] = {.name = "pinned", .type = FIELD_BOOLEAN, .flags = FIELD_STORED | ASKED,
        .offset = MEMORY(pinned), .fallback = "false",
        .doc = "Always part of the profile of a context."},
    [MEMORY_IMPORTANCE_BASIS] = {.name = "importance_basis", .type = FIELD_TEXT,
        .flags = ALWAYS | ASKED, .offset = MEMORY(importance_basis), .choices = bases,
        .fallback = "default", .doc = "What the importance was taken from."},
    [MEMORY_EMBEDDING_CUT] = {.name = "embedding_cut", .type = FIELD_BOOLEAN,
        .flags = ALWAYS | ASKED | FIELD_QUIET, .offset = MEMORY(embedding_cut), .fallback = "false",
        .doc = "The content was longer than the embedding model can read."},
    [MEMORY_EXPIRES_AT] = {.name = "expires_at", .type = FIELD_TIME, .flags = ASKED,
        .offset = MEMORY(expires_at),
        .doc = "When it leaves every answer: time to live, not truth."},
    [MEMORY_LAST_ACCESSED_AT] = {.name = "last_accessed_at", .type = FIELD_TIME,
        .flags = ENGINE | FIELD_FILTER | FIELD_QUIET,
        .offset = MEMORY(last_accessed_at), .doc = "When it was last recalled or got."},
    [MEMORY_ACCESS_COUNT] = {.name = "access_count", .type = FIELD_INTEGER,
        .flags = ALWAYS | FIELD_FILTER | FIELD_QUIET, .offset = MEMORY(access_count),
        .max = LIMIT_COUNTER, .fallback = "0", .doc = "How often it was recalled or got."},
    [MEMORY_SUPERSEDED_BY] = {.name = "superseded_by", .type = FIELD_TEXT,
        .flags = ENGINE | ASKED | FIELD_UUID, .offset = MEMORY(superseded_by),
        .doc = "The memory that took its place."},
    [MEMORY_TERMS] = {.name = "terms", .type = FIELD_BYTES, .flags = HIDDEN | FIELD_QUIET,
        .offset = MEMORY(terms),
        .doc = "The content's term counts, so that loading stems nothing."},
    [MEMORY_CONTENT_HASH] = {.name = "content_hash", .type = FIELD_BYTES,
        .flags = HIDDEN | FIELD_QUIET, .offset = MEMORY(content_hash),
        .doc = "Digest of the normalised content, for `same content`."},
};

#define CONVERSATION(member) offsetof(struct conversation, member)
static const struct field conversation_fields[] = {
    COMMON_FIELDS,
    [CONVERSATION_TITLE] = {.name = "title", .type = FIELD_TEXT, .flags = ASKED | FIELD_NAME,
        .offset = CONVERSATION(title), .min = 1, .max = LIMIT_TITLE_BYTES,
        .doc = "Its name; an untitled one is named by its start."},
    [CONVERSATION_SUMMARY] = {.name = "summary", .type = FIELD_TEXT, .flags = STATE,
        .offset = CONVERSATION(summary), .min = 1, .max = LIMIT_CONTENT_BYTES,
        .doc = "What it was about."},
    [CONVERSATION_TOPICS] = {.name = "topics", .type = FIELD_LIST, .flags = ASKED | FIELD_NAME,
        .offset = CONVERSATION(topics), .max = LIMIT_TAGS, .item_max = LIMIT_TAG_BYTES,
        .doc = "Its subjects, as free labels."},
    [CONVERSATION_IMPORTANCE] = {.name = "importance", .type = FIELD_REAL,
        .flags = FIELD_STORED | ASKED, .offset = CONVERSATION(importance), .max = 1,
        .fallback = "0.5", .doc = "How much it matters, 0 to 1."},
    [CONVERSATION_IS_ACTIVE] = {.name = "is_active", .type = FIELD_BOOLEAN,
        .flags = FIELD_STORED | ASKED, .offset = CONVERSATION(is_active), .fallback = "true",
        .doc = "False once it is archived; it is still recalled."},
    [CONVERSATION_HEAD_ID] = {.name = "head_id", .type = FIELD_TEXT,
        .flags = ENGINE | STATE | FIELD_UUID | FIELD_QUIET, .offset = CONVERSATION(head_id),
        .doc = "The last message of the path that windows follow."},
    [CONVERSATION_FORKED_FROM] = {.name = "forked_from", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_UUID | FIELD_FIXED, .offset = CONVERSATION(forked_from),
        .doc = "The conversation that it branched off from."},
    [CONVERSATION_FORKED_AT_MESSAGE] = {.name = "forked_at_message", .type = FIELD_TEXT,
        .flags = STATE | FIELD_UUID | FIELD_FIXED, .offset = CONVERSATION(forked_at_message),
        .doc = "The message after which it branched off."},
    [CONVERSATION_ORIGIN_KEY] = {.name = "origin_key", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_NAME | FIELD_FIXED, .offset = CONVERSATION(origin_key), .min = 1,
        .max = LIMIT_KEY_BYTES, .doc = "Where an importer had it from; unique per user."},
    [CONVERSATION_EXPIRES_AT] = {.name = "expires_at", .type = FIELD_TIME, .flags = ASKED,
        .offset = CONVERSATION(expires_at),
        .doc = "When it leaves every answer: time to live, not truth."},
    [CONVERSATION_STARTED_AT] = {.name = "started_at", .type = FIELD_TIME, .flags = ASKED,
        .offset = CONVERSATION(started_at),
        .doc = "When it began; when its first message was said if left out."},
    [CONVERSATION_ENDED_AT] = {.name = "ended_at", .type = FIELD_TIME,
        .flags = ENGINE | ASKED | FIELD_QUIET, .offset = CONVERSATION(ended_at),
        .doc = "When its last message was said."},
    [CONVERSATION_DURATION_SECONDS] = {.name = "duration_seconds", .type = FIELD_INTEGER,
        .flags = ENGINE | FIELD_DERIVED, .offset = CONVERSATION(duration_seconds),
        .doc = "From started_at to ended_at."},
    [CONVERSATION_MESSAGE_COUNT] = {.name = "message_count", .type = FIELD_INTEGER,
        .flags = ALWAYS | ASKED | FIELD_QUIET, .offset = CONVERSATION(message_count),
        .max = LIMIT_COUNTER, .fallback = "0", .doc = "How many messages it has."},
    [CONVERSATION_LAST_MESSAGE_SEQ] = {.name = "last_message_seq", .type = FIELD_INTEGER,
        .flags = ALWAYS | FIELD_QUIET, .offset = CONVERSATION(last_message_seq),
        .max = LIMIT_COUNTER, .fallback = "0",
        .doc = "The greatest number that a message of it ever had; none is used again."},
    [CONVERSATION_STARTED_GIVEN] = {.name = "started_given", .type = FIELD_BOOLEAN,
        .flags = ALWAYS | FIELD_QUIET, .offset = CONVERSATION(started_given), .fallback = "false",
        .doc = "started_at was given; else it follows the messages."},
    [CONVERSATION_TIP_ID] = {.name = "tip_id", .type = FIELD_TEXT,
        .flags = ENGINE | FIELD_UUID | FIELD_QUIET, .offset = CONVERSATION(tip_id),
        .doc = "The end of the path, forgotten or not: what the next message follows."},
    [CONVERSATION_CLEARED_SEQ] = {.name = "cleared_seq", .type = FIELD_INTEGER,
        .flags = ALWAYS | ASKED, .offset = CONVERSATION(cleared_seq), .max = LIMIT_COUNTER,
        .fallback = "0", .doc = "Windows hold only messages with a greater number."},
};

#define MESSAGE(member) offsetof(struct message, member)
static const struct field message_fields[] = {
    COMMON_FIELDS,
    [MESSAGE_CONVERSATION_ID] = {.name = "conversation_id", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_UUID | FIELD_FIXED,
        .offset = MESSAGE(conversation_id), .doc = "The conversation it belongs to."},
    [MESSAGE_MESSAGE_SEQ] = {.name = "message_seq", .type = FIELD_INTEGER, .flags = ALWAYS | ASKED,
        .offset = MESSAGE(message_seq), .min = 1, .max = LIMIT_COUNTER,
        .doc = "Its number in the conversation, from 1."},
    [MESSAGE_SITTING] = {.name = "sitting", .type = FIELD_TEXT, .flags = ASKED | FIELD_NAME,
        .offset = MESSAGE(sitting), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "A label that parts one long conversation into meetings."},
    [MESSAGE_ORIGIN_KEY] = {.name = "origin_key", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_NAME | FIELD_FIXED, .offset = MESSAGE(origin_key), .min = 1,
        .max = LIMIT_KEY_BYTES, .doc = "Where an importer had it from; unique per user."},
    [MESSAGE_ROLE] = {.name = "role", .type = FIELD_TEXT,
        .flags = FIELD_STORED | ASKED | FIELD_FIXED, .offset = MESSAGE(role), .choices = roles,
        .fallback = "user", .doc = "The part its speaker has in the conversation."},
    [MESSAGE_SPEAKER] = {.name = "speaker", .type = FIELD_TEXT, .flags = ASKED | FIELD_NAME,
        .offset = MESSAGE(speaker), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "Who said it, by name; the role if left out."},
    [MESSAGE_CONTENT] = {.name = "content", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | STATE, .offset = MESSAGE(content), .min = 1,
        .max = LIMIT_CONTENT_BYTES, .doc = "What was said."},
    [MESSAGE_EVENT_AT] = {.name = "event_at", .type = FIELD_TIME, .flags = FIELD_STORED | ASKED,
        .offset = MESSAGE(event_at), .doc = "When it was said; when it was written if left out."},
    [MESSAGE_AGENT_NAME] = {.name = "agent_name", .type = FIELD_TEXT, .flags = ASKED | FIELD_NAME,
        .offset = MESSAGE(agent_name), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "The agent that said it."},
    [MESSAGE_LLM_PROVIDER] = {.name = "llm_provider", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_NAME, .offset = MESSAGE(llm_provider), .min = 1,
        .max = LIMIT_NAME_BYTES, .doc = "The provider or model that wrote it."},
    [MESSAGE_TOKEN_COUNT] = {.name = "token_count", .type = FIELD_INTEGER,
        .flags = FIELD_STORED | ASKED, .offset = MESSAGE(token_count), .max = LIMIT_COUNTER,
        .doc = "Its length in tokens; estimated if left out."},
    [MESSAGE_IMPORTANCE] = {.name = "importance", .type = FIELD_REAL,
        .flags = FIELD_STORED | ASKED, .offset = MESSAGE(importance), .max = 1,
        .fallback = "0.5", .doc = "How much it matters, 0 to 1."},
    [MESSAGE_PINNED] = {.name = "pinned", .type = FIELD_BOOLEAN, .flags = FIELD_STORED | ASKED,
        .offset = MESSAGE(pinned), .fallback = "false",
        .doc = "Always part of the profile of a context."},
    [MESSAGE_EXPIRES_AT] = {.name = "expires_at", .type = FIELD_TIME, .flags = ASKED,
        .offset = MESSAGE(expires_at),
        .doc = "When it leaves every answer: time to live, not truth."},
    [MESSAGE_EMBEDDING_CUT] = {.name = "embedding_cut", .type = FIELD_BOOLEAN,
        .flags = ALWAYS | ASKED | FIELD_QUIET, .offset = MESSAGE(embedding_cut),
        .fallback = "false", .doc = "The content was longer than the embedding model can read."},
    [MESSAGE_PARENT_ID] = {.name = "parent_id", .type = FIELD_TEXT,
        .flags = ENGINE | ASKED | FIELD_UUID, .offset = MESSAGE(parent_id),
        .doc = "The message it follows: the end of the path when it was written."},
    [MESSAGE_VARIANT] = {.name = "variant", .type = FIELD_INTEGER,
        .flags = ALWAYS | ASKED, .offset = MESSAGE(variant),
        .max = LIMIT_COUNTER, .fallback = "0",
        .doc = "Counts the alternatives that follow one message, from 0."},
    [MESSAGE_LAST_ACCESSED_AT] = {.name = "last_accessed_at", .type = FIELD_TIME,
        .flags = HIDDEN | FIELD_QUIET, .offset = MESSAGE(last_accessed_at),
        .doc = "When it was last recalled or got."},
    [MESSAGE_ACCESS_COUNT] = {.name = "access_count", .type = FIELD_INTEGER,
        .flags = HIDDEN | FIELD_STORED | FIELD_QUIET, .offset = MESSAGE(access_count),
        .max = LIMIT_COUNTER, .fallback = "0", .doc = "How often it was recalled or got."},
    [MESSAGE_TERMS] = {.name = "terms", .type = FIELD_BYTES, .flags = HIDDEN | FIELD_QUIET,
        .offset = MESSAGE(terms),
        .doc = "The content's term counts, so that loading stems nothing."},
    [MESSAGE_ON_PATH] = {.name = "on_path", .type = FIELD_BOOLEAN,
        .flags = ALWAYS | ASKED | FIELD_QUIET, .offset = MESSAGE(on_path), .fallback = "true",
        .doc = "It is on the path to the conversation's head; else it is an alternative."},
    [MESSAGE_COPY_OF] = {.name = "copy_of", .type = FIELD_TEXT,
        .flags = ENGINE | ASKED | FIELD_UUID, .offset = MESSAGE(copy_of),
        .doc = "The message of another conversation that a fork has it from."},
};

/* What a recalled kind keeps beside what callers see. */
#define RECALLED(KIND, struct_name) \
    [KIND##_EMBEDDING_CUT] = {.name = "embedding_cut", .type = FIELD_BOOLEAN, \
        .flags = ALWAYS | ASKED | FIELD_QUIET, .offset = offsetof(struct struct_name, embedding_cut), \
        .fallback = "false", .doc = "Its text was longer than the embedding model can read."}, \
    [KIND##_LAST_ACCESSED_AT] = {.name = "last_accessed_at", .type = FIELD_TIME, \
        .flags = HIDDEN | FIELD_QUIET, .offset = offsetof(struct struct_name, last_accessed_at), \
        .doc = "When it was last recalled or got."}, \
    [KIND##_ACCESS_COUNT] = {.name = "access_count", .type = FIELD_INTEGER, \
        .flags = HIDDEN | FIELD_STORED | FIELD_QUIET, \
        .offset = offsetof(struct struct_name, access_count), .max = LIMIT_COUNTER, .fallback = "0", \
        .doc = "How often it was recalled or got."}, \
    [KIND##_TERMS] = {.name = "terms", .type = FIELD_BYTES, .flags = HIDDEN | FIELD_QUIET, \
        .offset = offsetof(struct struct_name, terms), \
        .doc = "Its text's term counts, so that loading stems nothing."}

#define SUMMARY(member) offsetof(struct summary, member)
static const struct field summary_fields[] = {
    COMMON_FIELDS,
    [SUMMARY_CONVERSATION_ID] = {.name = "conversation_id", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_UUID | FIELD_FIXED,
        .offset = SUMMARY(conversation_id), .doc = "The conversation that it sums up."},
    [SUMMARY_LEVEL] = {.name = "level", .type = FIELD_TEXT, .flags = FIELD_STORED | ASKED,
        .offset = SUMMARY(level), .choices = levels, .fallback = "scene",
        .doc = "How much it covers: a scene, a chapter of scenes, an arc of chapters."},
    [SUMMARY_SUMMARY_TEXT] = {.name = "summary_text", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | STATE | FIELD_RECALLED,
        .offset = SUMMARY(summary_text), .min = 1, .max = LIMIT_CONTENT_BYTES,
        .doc = "The summary."},
    [SUMMARY_KEY_EVENTS] = {.name = "key_events", .type = FIELD_LIST,
        .flags = ASKED | FIELD_RECALLED,
        .offset = SUMMARY(key_events), .max = LIMIT_ITEMS, .item_max = LIMIT_ITEM_BYTES,
        .doc = "What happened, an event each."},
    [SUMMARY_CHARACTER_DEVELOPMENTS] = {.name = "character_developments", .type = FIELD_JSON,
        .flags = STATE | FIELD_OBJECT,
        .offset = SUMMARY(character_developments), .max = LIMIT_METADATA_BYTES,
        .doc = "How characters changed, by name."},
    [SUMMARY_PLOT_POINTS] = {.name = "plot_points", .type = FIELD_LIST,
        .flags = ASKED | FIELD_RECALLED,
        .offset = SUMMARY(plot_points), .max = LIMIT_ITEMS, .item_max = LIMIT_ITEM_BYTES,
        .doc = "Where the story turned, a point each."},
    [SUMMARY_MESSAGE_RANGE_START] = {.name = "message_range_start", .type = FIELD_INTEGER,
        .flags = ASKED,
        .offset = SUMMARY(message_range_start), .min = 1, .max = LIMIT_COUNTER,
        .doc = "The message_seq of the first message it covers."},
    [SUMMARY_MESSAGE_RANGE_END] = {.name = "message_range_end", .type = FIELD_INTEGER,
        .flags = ASKED,
        .offset = SUMMARY(message_range_end), .min = 1, .max = LIMIT_COUNTER,
        .doc = "The message_seq of the last message it covers."},
    [SUMMARY_PARENT_ID] = {.name = "parent_id", .type = FIELD_TEXT, .flags = ASKED | FIELD_UUID,
        .offset = SUMMARY(parent_id), .doc = "The summary of the next level that it is part of."},
    [SUMMARY_BY] = {.name = "by", .column = "made_by", .type = FIELD_TEXT,
        .flags = FIELD_STORED | ASKED,
        .offset = SUMMARY(by), .choices = makers, .fallback = "caller",
        .doc = "Who wrote it: the caller, the built-in extractor or a model."},
    [SUMMARY_FINAL] = {.name = "final", .type = FIELD_BOOLEAN, .flags = FIELD_STORED | ASKED,
        .offset = SUMMARY(is_final), .fallback = "false",
        .doc = "Its messages are gone: it is made no more."},
    [SUMMARY_STALE] = {.name = "stale", .type = FIELD_BOOLEAN, .flags = FIELD_STORED | ASKED,
        .offset = SUMMARY(is_stale), .fallback = "false",
        .doc = "What it sums up has changed since."},
    [SUMMARY_DIGEST] = {.name = "digest", .type = FIELD_TEXT, .flags = STATE | FIELD_NAME,
        .offset = SUMMARY(digest), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "The digest of what it was made from."},
    RECALLED(SUMMARY, summary),
};

#define CHARACTER(member) offsetof(struct character, member)
static const struct field character_fields[] = {
    COMMON_FIELDS,
    [CHARACTER_CONVERSATION_ID] = {.name = "conversation_id", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_UUID | FIELD_KEY,
        .offset = CHARACTER(conversation_id),
        .doc = "The conversation it came from; kept when that is gone."},
    [CHARACTER_NAME] = {.name = "name", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_NAME | FIELD_KEY | FIELD_RECALLED,
        .offset = CHARACTER(name), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "Its name, unique in its conversation."},
    [CHARACTER_DESCRIPTION] = {.name = "description", .type = FIELD_TEXT,
        .flags = STATE | FIELD_RECALLED,
        .offset = CHARACTER(description), .min = 1, .max = LIMIT_CONTENT_BYTES,
        .doc = "What it is like."},
    [CHARACTER_PERSONALITY_TRAITS] = {.name = "personality_traits", .type = FIELD_LIST,
        .flags = ASKED | FIELD_NAME | FIELD_RECALLED,
        .offset = CHARACTER(personality_traits), .max = LIMIT_TAGS, .item_max = LIMIT_TAG_BYTES,
        .doc = "Its traits."},
    [CHARACTER_BACKGROUND] = {.name = "background", .type = FIELD_TEXT,
        .flags = STATE | FIELD_RECALLED,
        .offset = CHARACTER(background), .min = 1, .max = LIMIT_CONTENT_BYTES,
        .doc = "What was before the story."},
    [CHARACTER_CURRENT_MOOD] = {.name = "current_mood", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_NAME | FIELD_RECALLED,
        .offset = CHARACTER(current_mood), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "Its mood now."},
    [CHARACTER_CURRENT_LOCATION] = {.name = "current_location", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_NAME | FIELD_RECALLED,
        .offset = CHARACTER(current_location), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "Where it is now."},
    [CHARACTER_RELATIONSHIPS] = {.name = "relationships", .type = FIELD_JSON,
        .flags = STATE | FIELD_OBJECT,
        .offset = CHARACTER(relationships), .max = LIMIT_METADATA_BYTES,
        .doc = "How it stands to others, by name."},
    [CHARACTER_INVENTORY] = {.name = "inventory", .type = FIELD_LIST,
        .flags = ASKED | FIELD_NAME | FIELD_RECALLED,
        .offset = CHARACTER(inventory), .max = LIMIT_ITEMS, .item_max = LIMIT_TAG_BYTES,
        .doc = "What it carries."},
    [CHARACTER_STATS] = {.name = "stats", .type = FIELD_JSON, .flags = STATE | FIELD_OBJECT,
        .offset = CHARACTER(stats), .max = LIMIT_METADATA_BYTES,
        .doc = "Numbers and states, by name."},
    [CHARACTER_LAST_SEEN] = {.name = "last_seen", .type = FIELD_TIME,
        .flags = FIELD_STORED | ASKED,
        .offset = CHARACTER(last_seen),
        .doc = "When it last appeared; when it was written if left out."},
    [CHARACTER_IS_ACTIVE] = {.name = "is_active", .type = FIELD_BOOLEAN,
        .flags = FIELD_STORED | ASKED,
        .offset = CHARACTER(is_active), .fallback = "true",
        .doc = "False once it is archived; it is still recalled."},
    RECALLED(CHARACTER, character),
};

#define PROP(member) offsetof(struct prop, member)
static const struct field prop_fields[] = {
    COMMON_FIELDS,
    [PROP_NAME] = {.name = "name", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_NAME | FIELD_RECALLED,
        .offset = PROP(name), .min = 1, .max = LIMIT_NAME_BYTES, .doc = "Its name."},
    [PROP_CATEGORY] = {.name = "category", .type = FIELD_TEXT,
        .flags = FIELD_STORED | ASKED | FIELD_NAME | FIELD_CHARACTERS | FIELD_RECALLED,
        .offset = PROP(category), .min = 1, .max = LIMIT_LABEL_CHARACTERS,
        .fallback = "general", .doc = "Its category."},
    [PROP_SUBCATEGORY] = {.name = "subcategory", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_NAME | FIELD_CHARACTERS | FIELD_RECALLED,
        .offset = PROP(subcategory), .min = 1, .max = LIMIT_LABEL_CHARACTERS,
        .doc = "Its category within the category."},
    [PROP_DESCRIPTION] = {.name = "description", .type = FIELD_TEXT,
        .flags = STATE | FIELD_RECALLED,
        .offset = PROP(description), .min = 1, .max = LIMIT_CONTENT_BYTES, .doc = "What it is."},
    [PROP_IMAGE_PATH] = {.name = "image_path", .type = FIELD_TEXT, .flags = STATE | FIELD_NAME,
        .offset = PROP(image_path), .min = 1, .max = LIMIT_SOURCE_BYTES,
        .doc = "Where its picture lies."},
    [PROP_TAGS] = {.name = "tags", .type = FIELD_LIST,
        .flags = ASKED | FIELD_NAME | FIELD_RECALLED,
        .offset = PROP(tags), .max = LIMIT_TAGS, .item_max = LIMIT_TAG_BYTES,
        .doc = "Free labels."},
    [PROP_RARITY] = {.name = "rarity", .type = FIELD_TEXT,
        .flags = FIELD_STORED | ASKED | FIELD_NAME | FIELD_CHARACTERS,
        .offset = PROP(rarity), .min = 1, .max = LIMIT_LABEL_CHARACTERS, .fallback = "common",
        .doc = "How rare it is: common, rare, legendary or a label of yours."},
    [PROP_PROPERTIES] = {.name = "properties", .type = FIELD_JSON, .flags = STATE | FIELD_OBJECT,
        .offset = PROP(properties), .max = LIMIT_METADATA_BYTES,
        .doc = "What else is known of it, by name."},
    [PROP_USAGE_COUNT] = {.name = "usage_count", .type = FIELD_INTEGER,
        .flags = ALWAYS | FIELD_FILTER | FIELD_QUIET,
        .offset = PROP(usage_count), .max = LIMIT_COUNTER, .fallback = "0",
        .doc = "How often it was used."},
    [PROP_LAST_USED] = {.name = "last_used", .type = FIELD_TIME,
        .flags = ENGINE | FIELD_FILTER | FIELD_QUIET,
        .offset = PROP(last_used), .doc = "When it was last used."},
    [PROP_IS_FAVORITE] = {.name = "is_favorite", .type = FIELD_BOOLEAN,
        .flags = FIELD_STORED | ASKED,
        .offset = PROP(is_favorite), .fallback = "false",
        .doc = "Marked as one to come back to."},
    RECALLED(PROP, prop),
};

#define AGENT(member) offsetof(struct agent, member)
static const struct field agent_fields[] = {
    COMMON_FIELDS,
    [AGENT_NAME] = {.name = "name", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_NAME | FIELD_KEY,
        .offset = AGENT(name), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "Its name, unique per user."},
    [AGENT_DISPLAY_NAME] = {.name = "display_name", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_NAME,
        .offset = AGENT(display_name), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "Its name as people see it."},
    [AGENT_SYSTEM_PROMPT] = {.name = "system_prompt", .type = FIELD_TEXT, .flags = STATE,
        .offset = AGENT(system_prompt), .min = 1, .max = LIMIT_CONTENT_BYTES,
        .doc = "The instructions it is given."},
    [AGENT_ENABLED] = {.name = "enabled", .type = FIELD_BOOLEAN, .flags = FIELD_STORED | ASKED,
        .offset = AGENT(enabled), .fallback = "true", .doc = "Whether it may be used."},
    [AGENT_LLM_PROVIDER] = {.name = "llm_provider", .type = FIELD_TEXT,
        .flags = ASKED | FIELD_NAME,
        .offset = AGENT(llm_provider), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "The provider or model that it runs on."},
    [AGENT_TEMPERATURE] = {.name = "temperature", .type = FIELD_REAL,
        .flags = FIELD_STORED | ASKED,
        .offset = AGENT(temperature), .max = 2, .fallback = "0.7",
        .doc = "How freely its model chooses words, 0 to 2."},
    [AGENT_MAX_TOKENS] = {.name = "max_tokens", .type = FIELD_INTEGER,
        .flags = FIELD_STORED | ASKED,
        .offset = AGENT(max_tokens), .min = 1, .max = LIMIT_COUNTER, .fallback = "2048",
        .doc = "How many tokens an answer may have."},
    [AGENT_CAPABILITIES] = {.name = "capabilities", .type = FIELD_LIST,
        .flags = ASKED | FIELD_NAME,
        .offset = AGENT(capabilities), .max = LIMIT_TAGS, .item_max = LIMIT_TAG_BYTES,
        .doc = "What it can do, as free labels."},
};

#define PREFERENCE(member) offsetof(struct preference, member)
static const struct field preference_fields[] = {
    COMMON_FIELDS,
    [PREFERENCE_KEY] = {.name = "key", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_NAME | FIELD_FIXED | FIELD_KEY,
        .offset = PREFERENCE(key), .min = 1, .max = LIMIT_KEY_BYTES,
        .doc = "Its name, unique per user."},
    [PREFERENCE_VALUE] = {.name = "value", .type = FIELD_JSON,
        .flags = FIELD_REQUIRED | FIELD_STORED | STATE,
        .offset = PREFERENCE(value), .max = LIMIT_METADATA_BYTES, .doc = "The value: any JSON."},
    [PREFERENCE_CATEGORY] = {.name = "category", .type = FIELD_TEXT,
        .flags = FIELD_STORED | ASKED | FIELD_NAME | FIELD_CHARACTERS,
        .offset = PREFERENCE(category), .min = 1, .max = LIMIT_LABEL_CHARACTERS,
        .fallback = "general", .doc = "Its category."},
    [PREFERENCE_DESCRIPTION] = {.name = "description", .type = FIELD_TEXT, .flags = STATE,
        .offset = PREFERENCE(description), .min = 1, .max = LIMIT_CONTENT_BYTES,
        .doc = "What it is about."},
    [PREFERENCE_CONFIDENCE] = {.name = "confidence", .type = FIELD_REAL,
        .flags = FIELD_STORED | ASKED,
        .offset = PREFERENCE(confidence), .max = 1, .fallback = "1",
        .doc = "How sure it is, 0 to 1."},
    [PREFERENCE_SOURCE] = {.name = "source", .type = FIELD_TEXT, .flags = ASKED | FIELD_NAME,
        .offset = PREFERENCE(source), .min = 1, .max = LIMIT_SOURCE_BYTES,
        .doc = "Where it comes from."},
};

#define CLUSTER(member) offsetof(struct cluster, member)
static const struct field cluster_fields[] = {
    COMMON_FIELDS,
    [CLUSTER_NAME] = {.name = "name", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_NAME,
        .offset = CLUSTER(name), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "Its name: what sets its members apart."},
    [CLUSTER_DESCRIPTION] = {.name = "description", .type = FIELD_TEXT, .flags = STATE,
        .offset = CLUSTER(description), .min = 1, .max = LIMIT_CONTENT_BYTES,
        .doc = "What its members have in common."},
    [CLUSTER_MEMBERS] = {.name = "members", .type = FIELD_LIST, .flags = ASKED | FIELD_NAME,
        .offset = CLUSTER(members), .max = LIMIT_MEMBERS, .item_max = 36,
        .doc = "The ids of its memories."},
    [CLUSTER_TOPICS] = {.name = "topics", .type = FIELD_LIST, .flags = ASKED | FIELD_NAME,
        .offset = CLUSTER(topics), .max = LIMIT_TAGS, .item_max = LIMIT_TAG_BYTES,
        .doc = "Its subjects, as free labels."},
    [CLUSTER_CONFIDENCE] = {.name = "confidence", .type = FIELD_REAL,
        .flags = FIELD_STORED | ASKED,
        .offset = CLUSTER(confidence), .max = 1, .fallback = "1",
        .doc = "How sure it is, 0 to 1."},
    [CLUSTER_IMPORTANCE_SCORE] = {.name = "importance_score", .type = FIELD_REAL,
        .flags = FIELD_STORED | ASKED,
        .offset = CLUSTER(importance_score), .max = 1, .fallback = "0.5",
        .doc = "How much it matters, 0 to 1."},
};

#define PATTERN(member) offsetof(struct pattern, member)
static const struct field pattern_fields[] = {
    COMMON_FIELDS,
    [PATTERN_PATTERN_TYPE] = {.name = "pattern_type", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_NAME | FIELD_CHARACTERS,
        .offset = PATTERN(pattern_type), .min = 1, .max = LIMIT_LABEL_CHARACTERS,
        .doc = "preference, workflow, decision_pattern or a label of yours."},
    [PATTERN_DESCRIPTION] = {.name = "description", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | STATE,
        .offset = PATTERN(description), .min = 1, .max = LIMIT_CONTENT_BYTES,
        .doc = "What recurs."},
    [PATTERN_FREQUENCY] = {.name = "frequency", .type = FIELD_INTEGER,
        .flags = FIELD_STORED | ASKED,
        .offset = PATTERN(frequency), .max = LIMIT_COUNTER, .fallback = "1",
        .doc = "How often it was seen."},
    [PATTERN_CONFIDENCE] = {.name = "confidence", .type = FIELD_REAL,
        .flags = FIELD_STORED | ASKED,
        .offset = PATTERN(confidence), .max = 1, .fallback = "1",
        .doc = "How sure it is, 0 to 1."},
    [PATTERN_EXAMPLES] = {.name = "examples", .type = FIELD_LIST, .flags = ASKED,
        .offset = PATTERN(examples), .max = LIMIT_ITEMS, .item_max = LIMIT_ITEM_BYTES,
        .doc = "Where it was seen, an example each."},
    [PATTERN_DISCOVERED_AT] = {.name = "discovered_at", .type = FIELD_TIME,
        .flags = FIELD_STORED | ASKED,
        .offset = PATTERN(discovered_at),
        .doc = "When it was found; when it was written if left out."},
};

#define PROPOSAL(member) offsetof(struct proposal, member)
static const struct field proposal_fields[] = {
    COMMON_FIELDS,
    [PROPOSAL_ACTION] = {.name = "action", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_FIXED,
        .offset = PROPOSAL(action), .choices = actions,
        .doc = "supersede: the later one replaces the other; merge: both say the same."},
    [PROPOSAL_MEMORY_ID] = {.name = "memory_id", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_UUID | FIELD_FIXED,
        .offset = PROPOSAL(memory_id),
        .doc = "The memory that gave rise to it."},
    [PROPOSAL_OTHER_ID] = {.name = "other_id", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_UUID | FIELD_FIXED,
        .offset = PROPOSAL(other_id),
        .doc = "The memory that was there before."},
    [PROPOSAL_REASON] = {.name = "reason", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_NAME | FIELD_FIXED,
        .offset = PROPOSAL(reason), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "What speaks for it."},
    [PROPOSAL_STATE] = {.name = "state", .type = FIELD_TEXT, .flags = FIELD_STORED | ASKED,
        .offset = PROPOSAL(state), .choices = proposal_states, .fallback = "open",
        .doc = "open, accepted or rejected."},
    [PROPOSAL_CONFIDENCE] = {.name = "confidence", .type = FIELD_REAL,
        .flags = FIELD_STORED | ASKED,
        .offset = PROPOSAL(confidence), .max = 1, .fallback = "1",
        .doc = "How sure it is, 0 to 1."},
};

#define LINK(member) offsetof(struct link, member)
static const struct field link_fields[] = {
    [LINK_ID] = {.name = "id", .type = FIELD_TEXT, .flags = ALWAYS | ASKED | FIELD_UUID,
        .offset = LINK(id), .doc = "The link's id, a UUID of version 7."},
    [LINK_USER_ID] = {.name = "user_id", .type = FIELD_TEXT,
        .flags = ALWAYS | FIELD_UUID | FIELD_LOCAL, .offset = LINK(user_id),
        .doc = "The user whom the link belongs to."},
    [LINK_CREATED_AT] = {.name = "created_at", .type = FIELD_TIME, .flags = ALWAYS | ASKED,
        .offset = LINK(created_at), .doc = "When the link was made."},
    [LINK_METADATA] = {.name = "metadata", .type = FIELD_JSON, .flags = ASKED | FIELD_OBJECT,
        .offset = LINK(metadata), .max = LIMIT_METADATA_BYTES, .doc = "A free JSON object."},
    [LINK_DELETED_AT] = {.name = "deleted_at", .type = FIELD_TIME, .flags = ENGINE,
        .offset = LINK(deleted_at), .doc = "When it was removed; undo clears it."},
    [LINK_CHANGE_SEQ] = {.name = "change_seq", .type = FIELD_INTEGER,
        .flags = HIDDEN | FIELD_STORED, .offset = LINK(change_seq), .min = 1, .max = LIMIT_COUNTER,
        .doc = "The user's change counter at the last change of the row."},
    [LINK_HLC] = {.name = "hlc", .type = FIELD_INTEGER, .flags = HIDDEN | FIELD_STORED,
        .offset = LINK(hlc), .doc = "The stamp that decides between copies."},
    [LINK_HLC_NODE] = {.name = "hlc_node", .type = FIELD_TEXT,
        .flags = HIDDEN | FIELD_STORED | FIELD_UUID, .offset = LINK(hlc_node),
        .doc = "The node that gave the stamp."},
    [LINK_FROM_KIND] = {.name = "from_kind", .type = FIELD_TEXT,
        .flags = FIELD_STORED | ASKED | FIELD_FIXED, .offset = LINK(from_kind), .choices = linkable,
        .doc = "The kind of the record it starts at; found by the id if left out."},
    [LINK_FROM] = {.name = "from", .column = "from_id", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_UUID | FIELD_FIXED,
        .offset = LINK(from), .doc = "The record it starts at."},
    [LINK_TO_KIND] = {.name = "to_kind", .type = FIELD_TEXT,
        .flags = FIELD_STORED | ASKED | FIELD_FIXED, .offset = LINK(to_kind), .choices = linkable,
        .doc = "The kind of the record it leads to; found by the id if left out."},
    [LINK_TO] = {.name = "to", .column = "to_id", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | ASKED | FIELD_UUID | FIELD_FIXED,
        .offset = LINK(to), .doc = "The record it leads to."},
    [LINK_RELATION] = {.name = "relation", .type = FIELD_TEXT,
        .flags = FIELD_STORED | ASKED | FIELD_NAME | FIELD_FIXED, .offset = LINK(relation),
        .min = 1, .max = LIMIT_NAME_BYTES, .fallback = "related",
        .doc = "How they hang together: related, supersedes, derived_from, contradicts, or a free "
            "text."},
    [LINK_WEIGHT] = {.name = "weight", .type = FIELD_REAL,
        .flags = FIELD_STORED | ASKED | FIELD_FIXED, .offset = LINK(weight), .max = 1,
        .fallback = "1", .doc = "How strong the link is, 0 to 1."},
};

#define EVIDENCE(member) offsetof(struct evidence, member)
static const struct field evidence_fields[] = {
    [EVIDENCE_ID] = {.name = "id", .type = FIELD_TEXT, .flags = ALWAYS | STATE | FIELD_UUID,
        .offset = EVIDENCE(id), .doc = "The piece's id, a UUID of version 7."},
    [EVIDENCE_USER_ID] = {.name = "user_id", .type = FIELD_TEXT,
        .flags = ALWAYS | FIELD_UUID | FIELD_LOCAL, .offset = EVIDENCE(user_id),
        .doc = "The user whom it belongs to."},
    [EVIDENCE_RECORD_ID] = {.name = "record_id", .type = FIELD_TEXT,
        .flags = ALWAYS | STATE | FIELD_UUID, .offset = EVIDENCE(record_id),
        .doc = "The memory that it speaks for."},
    [EVIDENCE_ORIGIN] = {.name = "origin", .type = FIELD_TEXT, .flags = ALWAYS | STATE | FIELD_NAME,
        .offset = EVIDENCE(origin), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "What told it: user, tool, import..."},
    [EVIDENCE_PRINCIPAL] = {.name = "principal", .type = FIELD_TEXT,
        .flags = ALWAYS | STATE | FIELD_NAME, .offset = EVIDENCE(principal), .min = 1,
        .max = LIMIT_NAME_BYTES, .doc = "Who told it: the id of an API key, or `local`."},
    [EVIDENCE_SOURCE_KIND] = {.name = "source_kind", .type = FIELD_TEXT,
        .flags = ENGINE | STATE | FIELD_NAME, .offset = EVIDENCE(source_kind), .min = 1,
        .max = LIMIT_NAME_BYTES, .doc = "The kind of what it was taken from."},
    [EVIDENCE_SOURCE_ID] = {.name = "source_id", .type = FIELD_TEXT,
        .flags = ENGINE | STATE | FIELD_NAME, .offset = EVIDENCE(source_id), .min = 1,
        .max = LIMIT_SOURCE_BYTES, .doc = "What it was taken from: an id, an address, a file."},
    [EVIDENCE_AT] = {.name = "at", .type = FIELD_TIME, .flags = ALWAYS | STATE,
        .offset = EVIDENCE(at), .doc = "When it was told."},
};

#define USER(member) offsetof(struct user, member)
static const struct field user_fields[] = {
    [USER_ID] = {.name = "id", .type = FIELD_TEXT, .flags = ALWAYS | FIELD_UUID | FIELD_LOCAL,
        .offset = USER(id), .doc = "The user's id, a UUID of version 7."},
    [USER_NAME] = {.name = "name", .type = FIELD_TEXT,
        .flags = FIELD_REQUIRED | FIELD_STORED | STATE | FIELD_NAME | FIELD_FIXED | FIELD_KEY,
        .offset = USER(name), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "The user's name, unique in the store."},
    [USER_CREATED_AT] = {.name = "created_at", .type = FIELD_TIME, .flags = ALWAYS,
        .offset = USER(created_at), .doc = "When the user first wrote."},
    [USER_CHANGE_SEQ] = {.name = "change_seq", .type = FIELD_INTEGER, .flags = ALWAYS,
        .offset = USER(change_seq), .max = LIMIT_COUNTER, .fallback = "0",
        .doc = "Counts the changes of the user's records."},
    [USER_METADATA] = {.name = "metadata", .type = FIELD_JSON, .flags = STATE | FIELD_OBJECT,
        .offset = USER(metadata), .max = LIMIT_METADATA_BYTES, .doc = "A free JSON object."},
};

#define CHANGE_SET(member) offsetof(struct change_set, member)
static const struct field change_set_fields[] = {
    [CHANGE_SET_ID] = {.name = "id", .type = FIELD_TEXT, .flags = ALWAYS | FIELD_UUID,
        .offset = CHANGE_SET(id),
        .doc = "The change set's id, a UUID of version 7; undo takes it."},
    [CHANGE_SET_USER_ID] = {.name = "user_id", .type = FIELD_TEXT,
        .flags = ALWAYS | FIELD_UUID | FIELD_LOCAL, .offset = CHANGE_SET(user_id),
        .doc = "The user whose records changed."},
    [CHANGE_SET_TIME] = {.name = "time", .type = FIELD_TIME, .flags = ALWAYS,
        .offset = CHANGE_SET(time), .doc = "When the changes were written."},
    [CHANGE_SET_ORIGIN] = {.name = "origin", .type = FIELD_TEXT, .flags = ALWAYS | FIELD_NAME,
        .offset = CHANGE_SET(origin), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "What changed them: user, tool, import..."},
    [CHANGE_SET_PRINCIPAL] = {.name = "principal", .type = FIELD_TEXT, .flags = ALWAYS | FIELD_NAME,
        .offset = CHANGE_SET(principal), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "Who changed them: the id of an API key, or `local`."},
    [CHANGE_SET_OPERATION] = {.name = "operation", .type = FIELD_TEXT, .flags = ALWAYS | FIELD_NAME,
        .offset = CHANGE_SET(operation), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "The operation, such as memory.remember."},
    [CHANGE_SET_JOB] = {.name = "job", .type = FIELD_TEXT, .flags = ENGINE | FIELD_NAME,
        .offset = CHANGE_SET(job), .min = 1, .max = LIMIT_NAME_BYTES,
        .doc = "The background job that did it."},
    [CHANGE_SET_REASON] = {.name = "reason", .type = FIELD_TEXT, .flags = ENGINE | FIELD_NAME,
        .offset = CHANGE_SET(reason), .min = 1, .max = LIMIT_TITLE_BYTES,
        .doc = "Why, as its caller put it."},
    [CHANGE_SET_IS_BARRIER] = {.name = "is_barrier", .type = FIELD_BOOLEAN, .flags = ALWAYS,
        .offset = CHANGE_SET(is_barrier), .fallback = "false",
        .doc = "A purge, which undo names and never crosses."},
};

#define HISTORY(member) offsetof(struct history, member)
static const struct field history_fields[] = {
    [HISTORY_USER_ID] = {.name = "user_id", .type = FIELD_TEXT,
        .flags = ALWAYS | FIELD_UUID | FIELD_LOCAL, .offset = HISTORY(user_id),
        .doc = "The user whom the record belongs to."},
    [HISTORY_RECORD_ID] = {.name = "record_id", .type = FIELD_TEXT, .flags = ALWAYS | FIELD_UUID,
        .offset = HISTORY(record_id), .doc = "The record that changed."},
    [HISTORY_RECORD_KIND] = {.name = "record_kind", .type = FIELD_TEXT, .flags = ALWAYS,
        .offset = HISTORY(record_kind), .choices = historic, .doc = "The record's kind."},
    [HISTORY_VERSION] = {.name = "version", .type = FIELD_INTEGER, .flags = ALWAYS,
        .offset = HISTORY(version), .min = 1, .max = LIMIT_COUNTER,
        .doc = "The version that the change made."},
    [HISTORY_CHANGE_SET] = {.name = "change_set", .column = "change_set_id", .type = FIELD_TEXT,
        .flags = ALWAYS | FIELD_UUID, .offset = HISTORY(change_set),
        .doc = "The change set that it belongs to."},
    [HISTORY_AT] = {.name = "at", .type = FIELD_TIME, .flags = ALWAYS, .offset = HISTORY(at),
        .doc = "When the change was written."},
    [HISTORY_BEFORE] = {.name = "before", .type = FIELD_JSON, .flags = ENGINE | FIELD_OBJECT,
        .offset = HISTORY(before), .max = LIMIT_LINE_BYTES,
        .doc = "The whole record as it was before; absent if the change made it."},
};

#define CREATED {"created", COMMON_CREATED_AT, 0}
#define UPDATED {"updated", COMMON_UPDATED_AT, 0}
static const struct kind_order memory_orders[] = {
    CREATED, UPDATED, {"last_accessed", MEMORY_LAST_ACCESSED_AT, 0}, {"importance", MEMORY_IMPORTANCE, 0},
    {"use", MEMORY_ACCESS_COUNT, 0}};
static const struct kind_order conversation_orders[] = {
    CREATED, UPDATED, {"importance", CONVERSATION_IMPORTANCE, 0}};
static const struct kind_order message_orders[] = {
    CREATED, UPDATED, {"last_accessed", MESSAGE_LAST_ACCESSED_AT, 0}, {"importance", MESSAGE_IMPORTANCE, 0},
    {"use", MESSAGE_ACCESS_COUNT, 0}};
static const struct kind_order summary_orders[] = {CREATED, UPDATED};
static const struct kind_order character_orders[] = {
    CREATED, UPDATED, {"last_seen", CHARACTER_LAST_SEEN, 0}, {"name", CHARACTER_NAME, 0}};
static const struct kind_order prop_orders[] = {
    CREATED, UPDATED, {"use", PROP_USAGE_COUNT, PROP_NAME}, {"name", PROP_NAME, 0}};
static const struct kind_order agent_orders[] = {CREATED, UPDATED, {"name", AGENT_NAME, 0}};
static const struct kind_order preference_orders[] = {CREATED, UPDATED, {"name", PREFERENCE_KEY, 0}};
static const struct kind_order cluster_orders[] = {
    CREATED, UPDATED, {"importance", CLUSTER_IMPORTANCE_SCORE, 0}, {"name", CLUSTER_NAME, 0}};
static const struct kind_order pattern_orders[] = {CREATED, UPDATED, {"frequency", PATTERN_FREQUENCY, 0}};
static const struct kind_order proposal_orders[] = {CREATED, UPDATED};
static const struct kind_order link_orders[] = {{"created", LINK_CREATED_AT, 0}};

/* clang-format on */

#define FIELDS(table) .fields = (table), .field_count = sizeof(table) / sizeof((table)[0])
#define ORDERS(table) .orders = (table), .order_count = sizeof(table) / sizeof((table)[0])

const struct kind kind_memory = {
    .name = "memory",
    FIELDS(memory_fields),
    ORDERS(memory_orders),
    .size = sizeof(struct memory),
    .is_versioned = true,
    .is_recalled = true,
    .doc = "A fact, preference or event that is remembered.",
};

const struct kind kind_conversation = {
    .name = "conversation",
    FIELDS(conversation_fields),
    ORDERS(conversation_orders),
    .size = sizeof(struct conversation),
    .is_versioned = true,
    .doc = "A conversation and what is known of it.",
};

const struct kind kind_message = {
    .name = "message",
    FIELDS(message_fields),
    ORDERS(message_orders),
    .size = sizeof(struct message),
    .is_versioned = true,
    .is_recalled = true,
    .doc = "What was said once in a conversation.",
};

const struct kind kind_summary = {
    .name = "summary",
    FIELDS(summary_fields),
    ORDERS(summary_orders),
    .size = sizeof(struct summary),
    .is_versioned = true,
    .is_recalled = true,
    .doc = "What a stretch of a conversation was about.",
};

const struct kind kind_character = {
    .name = "character",
    FIELDS(character_fields),
    ORDERS(character_orders),
    .size = sizeof(struct character),
    .is_versioned = true,
    .is_recalled = true,
    .doc = "A person of a story, and how things stand with them.",
};

const struct kind kind_prop = {
    .name = "prop",
    FIELDS(prop_fields),
    ORDERS(prop_orders),
    .size = sizeof(struct prop),
    .is_versioned = true,
    .is_recalled = true,
    .doc = "A thing of a story.",
};

const struct kind kind_agent = {
    .name = "agent",
    FIELDS(agent_fields),
    ORDERS(agent_orders),
    .size = sizeof(struct agent),
    .is_versioned = true,
    .doc = "An agent: a name and how to run it.",
};

const struct kind kind_preference = {
    .name = "preference",
    FIELDS(preference_fields),
    ORDERS(preference_orders),
    .size = sizeof(struct preference),
    .is_versioned = true,
    .doc = "A setting of the user, by key.",
};

const struct kind kind_cluster = {
    .name = "cluster",
    FIELDS(cluster_fields),
    ORDERS(cluster_orders),
    .size = sizeof(struct cluster),
    .is_versioned = true,
    .doc = "Memories that belong together.",
};

const struct kind kind_pattern = {
    .name = "pattern",
    FIELDS(pattern_fields),
    ORDERS(pattern_orders),
    .size = sizeof(struct pattern),
    .is_versioned = true,
    .doc = "What recurs in the memories.",
};

const struct kind kind_proposal = {
    .name = "proposal",
    FIELDS(proposal_fields),
    ORDERS(proposal_orders),
    .size = sizeof(struct proposal),
    .is_versioned = true,
    .doc = "What mneme would do about two memories.",
};

const struct kind kind_link = {
    .name = "link",
    FIELDS(link_fields),
    ORDERS(link_orders),
    .size = sizeof(struct link),
    .doc = "A relation between two records, readable both ways.",
};

const struct kind kind_evidence = {
    .name = "evidence",
    FIELDS(evidence_fields),
    .size = sizeof(struct evidence),
    .doc = "One occasion on which a memory was told.",
};

const struct kind kind_user = {
    .name = "user",
    FIELDS(user_fields),
    .size = sizeof(struct user),
    .doc = "A user: the tenant to whom records belong.",
};

const struct kind kind_change_set = {
    .name = "change_set",
    FIELDS(change_set_fields),
    .size = sizeof(struct change_set),
    .doc = "The changes that one operation made.",
};

const struct kind kind_history = {
    .name = "history",
    FIELDS(history_fields),
    .size = sizeof(struct history),
    .doc = "One change of one record, with the record as it was before.",
};

static const struct kind *const kinds[] = {
    &kind_user, &kind_memory,   &kind_conversation, &kind_message, &kind_summary, &kind_character,
    &kind_prop, &kind_agent,    &kind_preference,   &kind_cluster, &kind_pattern, &kind_proposal,
    &kind_link, &kind_evidence, &kind_change_set,   &kind_history,
};

const struct kind *kind_at(size_t index)
{
    return index < sizeof kinds / sizeof kinds[0] ? kinds[index] : NULL;
}

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i]->name, name) == 0) return kinds[i];
    return NULL;
}
