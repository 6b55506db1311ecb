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
static const char *const linkable[] = {"memory", "conversation", "message", NULL};
static const char *const historic[] = {"memory", "conversation", "message", "link", NULL};

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
        .flags = ALWAYS | ASKED | FIELD_ORDER, .offset = COMMON(created_at), \
        .doc = "When the record was written."}, \
    [COMMON_UPDATED_AT] = {.name = "updated_at", .type = FIELD_TIME, \
        .flags = ALWAYS | FIELD_FILTER | FIELD_ORDER, .offset = COMMON(updated_at), \
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
        .flags = FIELD_STORED | ASKED | FIELD_ORDER, .offset = MEMORY(importance), .max = 1,
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
        .flags = ENGINE | FIELD_FILTER | FIELD_ORDER | FIELD_QUIET,
        .offset = MEMORY(last_accessed_at), .doc = "When it was last recalled or got."},
    [MEMORY_ACCESS_COUNT] = {.name = "access_count", .type = FIELD_INTEGER,
        .flags = ALWAYS | FIELD_FILTER | FIELD_ORDER | FIELD_QUIET, .offset = MEMORY(access_count),
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
        .flags = FIELD_STORED | ASKED | FIELD_ORDER, .offset = CONVERSATION(importance), .max = 1,
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
        .flags = FIELD_STORED | ASKED | FIELD_ORDER, .offset = MESSAGE(importance), .max = 1,
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
        .doc = "The message it follows: the conversation's head when it was written."},
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

/* clang-format on */

#define FIELDS(table) .fields = (table), .field_count = sizeof(table) / sizeof((table)[0])

const struct kind kind_memory = {
    .name = "memory",
    FIELDS(memory_fields),
    .size = sizeof(struct memory),
    .is_versioned = true,
    .is_recalled = true,
    .doc = "A fact, preference or event that is remembered.",
};

const struct kind kind_conversation = {
    .name = "conversation",
    FIELDS(conversation_fields),
    .size = sizeof(struct conversation),
    .is_versioned = true,
    .doc = "A conversation and what is known of it.",
};

const struct kind kind_message = {
    .name = "message",
    FIELDS(message_fields),
    .size = sizeof(struct message),
    .is_versioned = true,
    .is_recalled = true,
    .doc = "What was said once in a conversation.",
};

const struct kind kind_link = {
    .name = "link",
    FIELDS(link_fields),
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

static const struct kind *const kinds[] = {&kind_user,       &kind_memory, &kind_conversation,
                                           &kind_message,    &kind_link,   &kind_evidence,
                                           &kind_change_set, &kind_history};

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

const char *record_embedded_text(const struct kind *kind, const void *record, struct arena *arena)
{
    if (kind == &kind_memory) {
        return ((const struct memory *)record)->content;
    }
    const struct message *message = record;
    return arena_printf(arena, "%s: %s", message->speaker ? message->speaker : message->role,
                        message->content);
}
