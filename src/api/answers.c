/*
 * What operations answer. docs/json.md shows the same by examples, and its test holds them to these shapes.
 */
#include "api/answers.h"

#include "model/records.h"

#include <stddef.h>

// rows of a table, not one line per initialiser
/* clang-format off */

#define END {.name = NULL}
#define MEMBER(member, type_, words) {.name = member, .type = type_, .doc = words}
#define SOME(member, type_, flags_, words) {.name = member, .type = type_, .flags = flags_, .doc = words}
#define OF(member, shape_, flags_, words) \
    {.name = member, .type = SHAPE_OBJECT, .shape = shape_, .flags = flags_, .doc = words}
#define SHAPE(shape_name, members_, words) {.name = shape_name, .members = members_, .doc = words}
#define NEXT_CURSOR SOME("next_cursor", SHAPE_TEXT, SHAPE_NULLABLE, "The cursor of the next page; null at the end.")

// --- errors ----------------------------------------------------------------------------------

static const struct shape_member fault_members[] = {
    MEMBER("field", SHAPE_TEXT, "The field that was refused."),
    MEMBER("pointer", SHAPE_TEXT, "Its place in the input, a JSON Pointer."),
    MEMBER("rule", SHAPE_TEXT, "The rule that it breaks."), END};
const struct shape answer_fault = SHAPE("Fault", fault_members, "What is wrong with one field.");
static const struct shape_member error_members[] = {
    MEMBER("code", SHAPE_TEXT, "INVALID, NOT_FOUND, CONFLICT, ..."),
    MEMBER("message", SHAPE_TEXT, "In words."),
    OF("errors", &answer_fault, SHAPE_LIST, "The fields that were refused."), END};
static const struct shape error = SHAPE("Error", error_members, "Why something was refused.");
static const struct shape_member item_error_members[] = {OF("error", &error, 0, NULL), END};
const struct shape answer_error = SHAPE("Refused", item_error_members, "In the place of an item: why it is refused.");

// --- receipts --------------------------------------------------------------------------------

static const char *const statuses[] = {"created", "updated", "known", "kept", "forgotten", "restored", "purged",
                                       "scrub_pending", NULL};
static const char *const outcomes[] = {"committed", "pending", NULL};
#define RECEIPT \
    MEMBER("id", SHAPE_ID, "The record."), \
    MEMBER("seq", SHAPE_INTEGER, "The user's change counter after this write."), \
    MEMBER("token", SHAPE_TEXT, "Opaque: what this client has seen of the store."), \
    {.name = "status", .type = SHAPE_TEXT, .choices = statuses, .doc = "What became of the record."}, \
    {.name = "outcome", .type = SHAPE_TEXT, .choices = outcomes, .doc = "pending while a peer has not confirmed."}, \
    MEMBER("backend", SHAPE_TEXT, "Where it is."), \
    MEMBER("durability", SHAPE_TEXT, "Where it is durable."), \
    SOME("pending", SHAPE_TEXT, SHAPE_LIST, "What is still to come.")
#define BATCH \
    MEMBER("seq", SHAPE_INTEGER, "The user's change counter after this write."), \
    MEMBER("token", SHAPE_TEXT, "Opaque: what this client has seen of the store.")

static const struct shape_member receipt_members[] = {RECEIPT, END};
const struct shape answer_receipt = SHAPE("Receipt", receipt_members, "What became of a write.");
static const struct shape_member receipts_members[] = {
    OF("items", &answer_receipt, SHAPE_LIST, "In the order of the items."), BATCH, END};
const struct shape answer_receipts = SHAPE("Receipts", receipts_members, "What became of a write of many.");
static const struct shape *const receipt_or_error[] = {&answer_receipt, &answer_error, NULL};
static const struct shape result = {.any_of = receipt_or_error};
static const struct shape_member results_members[] = {
    OF("items", &result, SHAPE_LIST, "In the order of the items."), BATCH, END};
const struct shape answer_results =
    SHAPE("Results", results_members, "What became of each item of a write of many.");
static const struct shape *const one_or_many[] = {&answer_receipt, &answer_receipts, NULL};
const struct shape answer_appended = {.any_of = one_or_many};
static const struct shape_member undone_members[] = {
    RECEIPT, SOME("records", SHAPE_ID, SHAPE_LIST, "The records that were changed."), END};
const struct shape answer_undone = SHAPE("Undone", undone_members, "What was taken back.");

// --- records ---------------------------------------------------------------------------------

#define KIND(k, record_name, page_name) \
    const struct shape answer_##k = {.name = record_name, .kind = &kind_##k}; \
    static const struct shape_member k##_page[] = {OF("items", &answer_##k, SHAPE_LIST, NULL), NEXT_CURSOR, END}; \
    const struct shape answer_##k##_page = SHAPE(page_name, k##_page, NULL)
KIND(conversation, "Conversation", "Conversations");
KIND(summary, "Summary", "Summaries");
KIND(character, "Character", "Characters");
KIND(prop, "Prop", "Props");
KIND(agent, "Agent", "Agents");
KIND(preference, "Preference", "Preferences");
KIND(cluster, "Cluster", "Clusters");
KIND(pattern, "Pattern", "Patterns");
KIND(proposal, "Proposal", "Proposals");
KIND(link, "Link", "Links");
const struct shape answer_message = {.name = "Message", .kind = &kind_message};
static const struct shape_member messages_members[] = {
    OF("items", &answer_message, SHAPE_LIST, NULL), NEXT_CURSOR, END};
const struct shape answer_message_page = SHAPE("Messages", messages_members, NULL);

static const struct shape_member evidence_members[] = {
    MEMBER("origin", SHAPE_TEXT, "What told it."), MEMBER("principal", SHAPE_TEXT, "Who told it."), END};
static const struct shape evidence = {.name = "Evidence", .members = evidence_members, .is_open = true,
    .doc = "One time that a memory was told, and where."};
static const struct shape_member memory_members[] = {
    OF("evidence", &evidence, SHAPE_LIST | SHAPE_OPTIONAL, "If it was asked for: in the order in which it was told."),
    SOME("next_cursor", SHAPE_TEXT, SHAPE_NULLABLE | SHAPE_OPTIONAL, "The cursor of the evidence's next page."), END};
const struct shape answer_memory = {.name = "Memory", .kind = &kind_memory, .members = memory_members};

static const struct shape *const every_kind[] = {
    &answer_memory, &answer_conversation, &answer_message, &answer_summary, &answer_character, &answer_prop,
    &answer_agent, &answer_preference, &answer_cluster, &answer_pattern, &answer_proposal, &answer_link, NULL};
const struct shape answer_record = {.name = "Record", .any_of = every_kind, .doc = "A record of any kind."};
static const struct shape_member records_members[] = {OF("items", &answer_record, SHAPE_LIST, NULL), NEXT_CURSOR, END};
const struct shape answer_records = SHAPE("Records", records_members, NULL);

static const struct shape_member change_members[] = {
    MEMBER("version", SHAPE_INTEGER, "The version that it made."),
    MEMBER("at", SHAPE_TIME, "When."),
    MEMBER("change_set", SHAPE_ID, "What it was written with; change.undo takes it."),
    MEMBER("operation", SHAPE_TEXT, "What made it."), MEMBER("origin", SHAPE_TEXT, "What wrote it."),
    MEMBER("principal", SHAPE_TEXT, "Who wrote it."),
    SOME("reason", SHAPE_TEXT, SHAPE_OPTIONAL, "Of an undo: the operation that it took back."),
    SOME("before", SHAPE_OBJECT, SHAPE_OPTIONAL, "The row before it; absent for the first."), END};
static const struct shape change = SHAPE("Change", change_members, "A change of a record.");
static const struct shape_member history_members[] = {OF("items", &change, SHAPE_LIST, NULL), NEXT_CURSOR, END};
const struct shape answer_history = SHAPE("History", history_members, "A record's changes, newest first.");
static const struct shape_member map_members[] = {
    SOME("map", SHAPE_TEXT, SHAPE_MAP, "Contents by key."), NEXT_CURSOR, END};
const struct shape answer_map = SHAPE("Map", map_members, NULL);

// --- recall ----------------------------------------------------------------------------------

static const struct shape_member degraded_members[] = {
    MEMBER("code", SHAPE_TEXT, NULL), MEMBER("message", SHAPE_TEXT, NULL), END};
static const struct shape degraded = SHAPE("Degraded", degraded_members, "Why ranking went by words alone.");
#define DEGRADED OF("degraded", &degraded, SHAPE_NULLABLE, NULL)
#define TOOK MEMBER("took_us", SHAPE_INTEGER, "Microseconds.")
static const struct shape_member rank_members[] = {
    MEMBER("lexical", SHAPE_INTEGER, NULL), MEMBER("dense", SHAPE_INTEGER, NULL), END};
static const struct shape rank = {.members = rank_members, .doc = "Its place by words and by meaning; 0: none."};
#define PARTS(flag) \
    SOME("parts", SHAPE_REAL, SHAPE_MAP | (flag), "What the score is made of."), \
    OF("rank", &rank, flag, NULL), \
    SOME("terms", SHAPE_TEXT, SHAPE_LIST | (flag), "The question's words that it has.")
static const struct shape_member neighbour_members[] = {
    MEMBER("id", SHAPE_ID, NULL), MEMBER("message_seq", SHAPE_INTEGER, NULL), MEMBER("role", SHAPE_TEXT, NULL),
    SOME("speaker", SHAPE_TEXT, SHAPE_OPTIONAL, NULL), MEMBER("content", SHAPE_TEXT, NULL),
    SOME("event_at", SHAPE_TIME, SHAPE_OPTIONAL, NULL), END};
static const struct shape neighbour = SHAPE("Neighbour", neighbour_members, "A message beside a hit.");
static const struct shape_member hit_members[] = {
    MEMBER("id", SHAPE_ID, "The record."), MEMBER("kind", SHAPE_TEXT, "Its kind."),
    MEMBER("score", SHAPE_REAL, "The greatest first."),
    MEMBER("content", SHAPE_TEXT, "Its text, or what its kind has in its place."),
    MEMBER("matched", SHAPE_BOOLEAN, NULL), PARTS(0),
    OF("neighbours", &neighbour, SHAPE_LIST | SHAPE_OPTIONAL, "If asked for: the messages around it."), END};
static const struct shape hit = {.name = "Hit", .members = hit_members, .is_open = true,
    .doc = "A record that was found, with its own fields beside."};
#define RECALLED \
    OF("hits", &hit, SHAPE_LIST, "The best first."), \
    SOME("folded", SHAPE_ID, SHAPE_MAP | SHAPE_LIST, "By hit: the near-duplicates that it stands for."), \
    MEMBER("exact", SHAPE_BOOLEAN, "Every row was scored."), DEGRADED, TOOK
static const struct shape_member recalled_members[] = {RECALLED, END};
const struct shape answer_recalled = SHAPE("Recalled", recalled_members, "What was found.");
static const struct shape *const recalled_or_error[] = {&answer_recalled, &answer_error, NULL};
static const struct shape recalled_item = {.any_of = recalled_or_error};
static const struct shape_member recalled_batch_members[] = {
    OF("items", &recalled_item, SHAPE_LIST, "In the order of the queries."), END};
const struct shape answer_recalled_batch = SHAPE("RecalledBatch", recalled_batch_members, NULL);

static const struct shape_member reason_members[] = {
    MEMBER("reason", SHAPE_TEXT, NULL), SOME("field", SHAPE_TEXT, SHAPE_NULLABLE, NULL),
    MEMBER("message", SHAPE_TEXT, NULL), END};
static const struct shape reason = SHAPE("Reason", reason_members, NULL);
static const struct shape_member why_not_members[] = {
    MEMBER("id", SHAPE_ID, "The record."), MEMBER("kind", SHAPE_TEXT, "Its kind."),
    MEMBER("is_hit", SHAPE_BOOLEAN, NULL), OF("reasons", &reason, SHAPE_LIST, NULL), MEMBER("k", SHAPE_INTEGER, NULL),
    SOME("place", SHAPE_INTEGER, SHAPE_NULLABLE, "Among the first 1000."),
    SOME("folded_into", SHAPE_ID, SHAPE_NULLABLE, "The hit that stands for it."),
    SOME("score", SHAPE_REAL, SHAPE_OPTIONAL, NULL), SOME("cosine", SHAPE_REAL, SHAPE_OPTIONAL, NULL),
    SOME("coverage", SHAPE_REAL, SHAPE_OPTIONAL, NULL), PARTS(SHAPE_OPTIONAL), END};
const struct shape answer_why_not = SHAPE("WhyNot", why_not_members, "Why a record is not among the hits.");

static const struct shape_member placed_members[] = {
    MEMBER("id", SHAPE_ID, NULL), MEMBER("kind", SHAPE_TEXT, NULL), MEMBER("section", SHAPE_TEXT, NULL),
    MEMBER("tokens", SHAPE_INTEGER, NULL), END};
static const struct shape placed = SHAPE("Placed", placed_members, "A record in a context, or left out of it.");
static const struct shape_member context_members[] = {
    MEMBER("text", SHAPE_TEXT, "Ready to send."), MEMBER("tokens", SHAPE_INTEGER, "At most the budget."),
    SOME("prefix_hash", SHAPE_TEXT, SHAPE_NULLABLE, "SHA-256 of the first prefix_bytes."),
    MEMBER("prefix_bytes", SHAPE_INTEGER, "What stays the same until the generation is raised."),
    MEMBER("prefix_generation", SHAPE_INTEGER, "From 1; raised by new_prefix, or a change of what is in it."),
    OF("items", &placed, SHAPE_LIST, "In the text."), OF("left_out", &placed, SHAPE_LIST, "What did not fit."),
    SOME("reason", SHAPE_TEXT, SHAPE_NULLABLE, "Why the text is empty."), DEGRADED, END};
const struct shape answer_context = SHAPE("Context", context_members, NULL);

static const struct shape_member found_members[] = {
    MEMBER("score", SHAPE_REAL, "The greatest first."),
    OF("messages", &hit, SHAPE_LIST, "The best of its messages and summaries."), END};
static const struct shape found = {.name = "FoundConversation", .kind = &kind_conversation, .members = found_members};
static const struct shape_member founds_members[] = {
    OF("conversations", &found, SHAPE_LIST, "The best first."), DEGRADED, TOOK, END};
const struct shape answer_found_conversations = SHAPE("FoundConversations", founds_members, NULL);
static const struct shape_member window_members[] = {
    OF("messages", &answer_message, SHAPE_LIST, NULL), MEMBER("tokens", SHAPE_INTEGER, "Of all of them."),
    MEMBER("left_out", SHAPE_INTEGER, "How many are not shown."), END};
const struct shape answer_window = SHAPE("Window", window_members, "The last messages of a conversation.");

// --- trust -----------------------------------------------------------------------------------

#define HELD MEMBER("count", SHAPE_INTEGER, "Records."), \
    MEMBER("seq", SHAPE_INTEGER, "The user's change counter after the last write.")
static const struct shape_member quarantined_members[] = {
    HELD, MEMBER("dependent", SHAPE_INTEGER, "Of them: those that derive from the others."),
    MEMBER("quarantined_at", SHAPE_TIME, "What a release takes."), END};
const struct shape answer_quarantined = SHAPE("Quarantined", quarantined_members, "What is held back.");
static const struct shape_member released_members[] = {HELD, END};
const struct shape answer_released = SHAPE("Released", released_members, NULL);

static const struct shape_member reverted_members[] = {
    HELD, MEMBER("skipped", SHAPE_INTEGER, "Records that somebody else has changed since."),
    MEMBER("dependent", SHAPE_INTEGER, "Records that derive from them, and are quarantined."), END};
const struct shape answer_reverted = SHAPE("Reverted", reverted_members, "What was taken back.");

// --- the store -------------------------------------------------------------------------------

static const struct shape_member namespace_members[] = {
    MEMBER("namespace", SHAPE_TEXT, NULL), MEMBER("count", SHAPE_INTEGER, "Of memories."), END};
static const struct shape name_space = SHAPE("Namespace", namespace_members, NULL);
static const struct shape_member namespaces_members[] = {OF("items", &name_space, SHAPE_LIST, NULL), NEXT_CURSOR, END};
const struct shape answer_namespaces = SHAPE("Namespaces", namespaces_members, NULL);
static const struct shape_member user_members[] = {
    MEMBER("id", SHAPE_ID, NULL), MEMBER("name", SHAPE_TEXT, NULL), MEMBER("created_at", SHAPE_TIME, NULL),
    MEMBER("seq", SHAPE_INTEGER, "The user's change counter."), END};
const struct shape answer_user = SHAPE("User", user_members, NULL);
static const struct shape_member users_members[] = {OF("items", &answer_user, SHAPE_LIST, NULL), NEXT_CURSOR, END};
const struct shape answer_users = SHAPE("Users", users_members, NULL);

static const struct shape_member kind_count_members[] = {
    MEMBER("count", SHAPE_INTEGER, NULL), MEMBER("last_168_hours", SHAPE_INTEGER, NULL), END};
static const struct shape kind_count = SHAPE("KindCount", kind_count_members, NULL);
static const struct shape_member agent_count_members[] = {
    MEMBER("messages", SHAPE_INTEGER, NULL), MEMBER("tokens", SHAPE_INTEGER, NULL), END};
static const struct shape agent_count = SHAPE("AgentCount", agent_count_members, NULL);
static const struct shape_member day_members[] = {
    MEMBER("day", SHAPE_TIME, "Its beginning, UTC."), MEMBER("messages", SHAPE_INTEGER, "Live ones."),
    MEMBER("added", SHAPE_INTEGER, "Memories and messages."), MEMBER("added_bytes", SHAPE_INTEGER, NULL),
    MEMBER("removed", SHAPE_INTEGER, "Forgotten or purged."),
    MEMBER("removed_bytes", SHAPE_INTEGER, "Of those forgotten."), END};
static const struct shape day_count = SHAPE("DayCount", day_members, NULL);
static const struct shape_member stats_members[] = {
    MEMBER("memories", SHAPE_INTEGER, NULL), MEMBER("conversations", SHAPE_INTEGER, NULL),
    MEMBER("active_conversations", SHAPE_INTEGER, NULL), MEMBER("messages", SHAPE_INTEGER, NULL),
    MEMBER("message_tokens", SHAPE_INTEGER, NULL), MEMBER("active_characters", SHAPE_INTEGER, NULL),
    MEMBER("enabled_agents", SHAPE_INTEGER, NULL), MEMBER("jobs", SHAPE_INTEGER, "In the queue, but for dead ones."),
    MEMBER("dead_jobs", SHAPE_INTEGER, NULL), MEMBER("links", SHAPE_INTEGER, NULL),
    MEMBER("vectors", SHAPE_INTEGER, NULL), OF("by_kind", &kind_count, SHAPE_MAP, NULL),
    SOME("by_tier", SHAPE_INTEGER, SHAPE_MAP, "Of memories."),
    SOME("by_type", SHAPE_INTEGER, SHAPE_MAP, "Of memories."),
    SOME("by_namespace", SHAPE_INTEGER, SHAPE_MAP, "Of memories."),
    SOME("last_168_hours", SHAPE_INTEGER, SHAPE_MAP, "New within them."),
    SOME("bytes", SHAPE_INTEGER, SHAPE_MAP, "Of contents and vectors; retained: of what is forgotten; index: loaded."),
    OF("by_agent", &agent_count, SHAPE_MAP, "Messages by agent_name."),
    OF("per_day", &day_count, SHAPE_LIST, "Of the last 30 days those on which something came or went."), END};
const struct shape answer_stats = SHAPE("Stats", stats_members, "Counts of what is live.");
static const struct shape_member rule_members[] = {
    MEMBER("count", SHAPE_INTEGER, "Records."),
    MEMBER("rate", SHAPE_REAL, "Their share of those that were looked at."), END};
static const struct shape audit_rule = SHAPE("AuditRule", rule_members, NULL);
static const struct shape_member finding_members[] = {
    MEMBER("rule", SHAPE_TEXT, NULL), MEMBER("kind", SHAPE_TEXT, NULL), MEMBER("id", SHAPE_ID, NULL),
    SOME("of", SHAPE_ID, SHAPE_NULLABLE, "The record that it repeats, or that took its place."),
    SOME("secret", SHAPE_TEXT, SHAPE_NULLABLE, "What it looks like."), END};
static const struct shape finding = SHAPE("Finding", finding_members, NULL);
static const struct shape_member audit_members[] = {
    MEMBER("memories", SHAPE_INTEGER, "Live ones."), MEMBER("messages", SHAPE_INTEGER, "Live ones."),
    OF("rules", &audit_rule, SHAPE_MAP, NULL), SOME("secrets", SHAPE_INTEGER, SHAPE_MAP, "Records, by kind."),
    OF("findings", &finding, SHAPE_LIST, "The first of each rule."), END};
const struct shape answer_audit = SHAPE("Audit", audit_members, "How well kept the memory is.");
static const struct shape_member version_members[] = {
    MEMBER("version", SHAPE_TEXT, NULL), MEMBER("database", SHAPE_TEXT, NULL), MEMBER("schema", SHAPE_INTEGER, NULL),
    MEMBER("simd", SHAPE_TEXT, NULL), END};
const struct shape answer_version = SHAPE("Version", version_members, NULL);

// --- files and models ------------------------------------------------------------------------

static const struct shape_member bad_line_members[] = {
    MEMBER("line", SHAPE_INTEGER, NULL), MEMBER("code", SHAPE_TEXT, NULL), MEMBER("message", SHAPE_TEXT, NULL),
    MEMBER("field", SHAPE_TEXT, NULL), MEMBER("rule", SHAPE_TEXT, NULL), END};
static const struct shape bad_line = SHAPE("BadLine", bad_line_members, NULL);
static const struct shape_member imported_members[] = {
    MEMBER("added", SHAPE_INTEGER, NULL), MEMBER("known", SHAPE_INTEGER, NULL), MEMBER("updated", SHAPE_INTEGER, NULL),
    MEMBER("failed", SHAPE_INTEGER, NULL), OF("errors", &bad_line, SHAPE_LIST, "The first 1000."), END};
const struct shape answer_imported = SHAPE("Imported", imported_members, NULL);
static const struct shape_member exported_members[] = {MEMBER("lines", SHAPE_INTEGER, NULL), END};
const struct shape answer_exported = SHAPE("Exported", exported_members, NULL);
#define METRICS \
    MEMBER("queries", SHAPE_INTEGER, NULL), MEMBER("recall", SHAPE_REAL, NULL), MEMBER("any", SHAPE_REAL, NULL), \
    MEMBER("all", SHAPE_REAL, NULL), MEMBER("mrr", SHAPE_REAL, NULL), MEMBER("ndcg", SHAPE_REAL, NULL)
static const struct shape_member category_members[] = {METRICS, END};
static const struct shape category = {.members = category_members};
static const struct shape_member session_members[] = {
    MEMBER("any5", SHAPE_REAL, NULL), MEMBER("all5", SHAPE_REAL, NULL), END};
static const struct shape sessions = {.members = session_members};
static const struct shape_member metrics_members[] = {
    METRICS, OF("sessions", &sessions, SHAPE_NULLABLE, NULL), OF("by_category", &category, SHAPE_MAP, NULL),
    MEMBER("recall_p50_us", SHAPE_INTEGER, NULL), MEMBER("recall_p95_us", SHAPE_INTEGER, NULL),
    MEMBER("ingest_per_s", SHAPE_REAL, NULL), MEMBER("space", SHAPE_TEXT, NULL), MEMBER("k", SHAPE_INTEGER, NULL),
    MEMBER("documents", SHAPE_INTEGER, NULL), MEMBER("left_out", SHAPE_INTEGER, NULL), END};
const struct shape answer_metrics = SHAPE("Metrics", metrics_members, NULL);
static const struct shape_member vectors_members[] = {
    MEMBER("space", SHAPE_TEXT, NULL), MEMBER("dim", SHAPE_INTEGER, NULL),
    SOME("vectors", SHAPE_ANY, SHAPE_LIST, "Of numbers, a row for each text."),
    SOME("cut", SHAPE_BOOLEAN, SHAPE_LIST, NULL), END};
const struct shape answer_vectors = SHAPE("Vectors", vectors_members, NULL);
#define MODEL_FILES MEMBER("files", SHAPE_INTEGER, NULL), MEMBER("bytes", SHAPE_INTEGER, NULL)
static const struct shape_member model_line_members[] = {
    MEMBER("name", SHAPE_TEXT, NULL), MEMBER("status", SHAPE_TEXT, NULL),
    SOME("bytes", SHAPE_INTEGER, SHAPE_NULLABLE, NULL), SOME("licence", SHAPE_TEXT, SHAPE_NULLABLE, NULL), END};
static const struct shape model_line = SHAPE("ModelLine", model_line_members, NULL);
static const struct shape_member models_members[] = {OF("items", &model_line, SHAPE_LIST, NULL), NEXT_CURSOR, END};
const struct shape answer_models = SHAPE("Models", models_members, NULL);
#define MODEL_IS \
    MEMBER("name", SHAPE_TEXT, NULL), SOME("kind", SHAPE_TEXT, SHAPE_NULLABLE, NULL), \
    SOME("space", SHAPE_TEXT, SHAPE_NULLABLE, NULL), SOME("dimension", SHAPE_INTEGER, SHAPE_NULLABLE, NULL)
static const struct shape_member model_members[] = {
    MODEL_IS, MEMBER("status", SHAPE_TEXT, NULL), SOME("path", SHAPE_TEXT, SHAPE_NULLABLE, NULL),
    SOME("bytes", SHAPE_INTEGER, SHAPE_NULLABLE, NULL), SOME("licence", SHAPE_TEXT, SHAPE_NULLABLE, NULL),
    SOME("about", SHAPE_TEXT, SHAPE_NULLABLE, NULL), SOME("package", SHAPE_TEXT, SHAPE_NULLABLE, NULL),
    SOME("version", SHAPE_TEXT, SHAPE_NULLABLE, NULL), END};
const struct shape answer_model = SHAPE("Model", model_members, NULL);
static const struct shape_member pulled_members[] = {
    MEMBER("name", SHAPE_TEXT, NULL), MEMBER("status", SHAPE_TEXT, NULL), MEMBER("path", SHAPE_TEXT, NULL),
    MODEL_FILES, END};
const struct shape answer_model_pulled = SHAPE("ModelPulled", pulled_members, NULL);
static const struct shape_member verified_members[] = {
    MEMBER("name", SHAPE_TEXT, NULL), MODEL_FILES, MEMBER("is_sound", SHAPE_BOOLEAN, NULL), END};
const struct shape answer_model_verified = SHAPE("ModelVerified", verified_members, NULL);
static const struct shape_member used_members[] = {
    MODEL_IS, SOME("users", SHAPE_INTEGER, SHAPE_OPTIONAL, "Whose records are embedded anew."), END};
const struct shape answer_model_used = SHAPE("ModelUsed", used_members, NULL);

// --- tidying -------------------------------------------------------------------------------------

static const struct shape_member summarised_members[] = {
    MEMBER("conversation_id", SHAPE_TEXT, NULL),
    MEMBER("messages", SHAPE_INTEGER, "How many were summed up."),
    MEMBER("made", SHAPE_INTEGER, "New summaries."),
    MEMBER("extended", SHAPE_INTEGER, "Scenes that went on."),
    END};
const struct shape answer_summarised = SHAPE("Summarised", summarised_members, NULL);

static const struct shape_member extracted_members[] = {
    MEMBER("conversation_id", SHAPE_TEXT, NULL),
    MEMBER("messages", SHAPE_INTEGER, "How many were read."),
    MEMBER("created", SHAPE_INTEGER, "New memories."),
    MEMBER("known", SHAPE_INTEGER, "Those that were there."),
    MEMBER("refused", SHAPE_INTEGER, "Those that could not be written."),
    MEMBER("proposed", SHAPE_INTEGER, "Those that are to supersede an earlier one."),
    END};
const struct shape answer_extracted = SHAPE("Extracted", extracted_members, NULL);

// --- jobs and spaces -------------------------------------------------------------------------

static const struct shape_member job_members[] = {
    MEMBER("id", SHAPE_ID, NULL), MEMBER("kind", SHAPE_TEXT, NULL), SOME("subject", SHAPE_TEXT, SHAPE_NULLABLE, NULL),
    MEMBER("state", SHAPE_TEXT, NULL), MEMBER("done", SHAPE_INTEGER, NULL),
    SOME("total", SHAPE_INTEGER, SHAPE_NULLABLE, NULL), MEMBER("attempts", SHAPE_INTEGER, NULL),
    SOME("reason", SHAPE_TEXT, SHAPE_NULLABLE, NULL), MEMBER("created_at", SHAPE_TIME, NULL),
    MEMBER("age_seconds", SHAPE_INTEGER, NULL), SOME("ready_at", SHAPE_TIME, SHAPE_NULLABLE, NULL), END};
static const struct shape job = SHAPE("Job", job_members, NULL);
static const struct shape_member jobs_members[] = {OF("items", &job, SHAPE_LIST, NULL), NEXT_CURSOR, END};
const struct shape answer_jobs = SHAPE("Jobs", jobs_members, NULL);
static const struct shape_member jobs_run_members[] = {
    MEMBER("finished", SHAPE_INTEGER, NULL), MEMBER("failed", SHAPE_INTEGER, NULL),
    MEMBER("waiting", SHAPE_INTEGER, NULL), SOME("next_at", SHAPE_TIME, SHAPE_NULLABLE, NULL), END};
const struct shape answer_jobs_run = SHAPE("JobsRun", jobs_run_members, NULL);
static const struct shape_member jobs_changed_members[] = {MEMBER("changed", SHAPE_INTEGER, NULL), END};
const struct shape answer_jobs_changed = SHAPE("JobsChanged", jobs_changed_members, NULL);
static const struct shape_member space_members[] = {
    MEMBER("space", SHAPE_TEXT, NULL), MEMBER("state", SHAPE_TEXT, NULL), MEMBER("dimension", SHAPE_INTEGER, NULL),
    MEMBER("vectors", SHAPE_INTEGER, NULL), SOME("model", SHAPE_TEXT, SHAPE_NULLABLE, NULL), END};
static const struct shape space = SHAPE("Space", space_members, NULL);
static const struct shape_member spaces_members[] = {
    OF("items", &space, SHAPE_LIST, NULL), SOME("job", SHAPE_ID, SHAPE_NULLABLE, "What fills one."), END};
const struct shape answer_spaces = SHAPE("Spaces", spaces_members, NULL);
static const struct shape_member dropped_members[] = {MEMBER("job", SHAPE_ID, "What takes the vectors away."), END};
const struct shape answer_space_dropped = SHAPE("SpaceDropped", dropped_members, NULL);

/* clang-format on */
