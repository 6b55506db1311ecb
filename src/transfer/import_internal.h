/*
 * What the readers of the formats share: they turn a source into items and put them; here items are validated, told
 * from what is known, batched and written.
 *
 * A put returns an error only for what ends the import; a bad item becomes a fault of its line and the put returns
 * OK. What an item points to must live in `batch_arena`, which import_flush clears.
 */
#ifndef TRANSFER_IMPORT_INTERNAL_H
#define TRANSFER_IMPORT_INTERNAL_H

#include "base/json.h"
#include "base/map.h"
#include "engine/conversation.h"
#include "transfer/import.h"
#include "transfer/source.h"

/* The id of a conversation that a trial would have made. */
#define IMPORT_TRIAL_ID "00000000-0000-7000-8000-000000000000"

/* One row on its way. */
struct import_item {
    const struct kind *kind; /* memory or message */
    uint64_t line;
    union {
        struct memory memory;
        struct message message;
    } record;
    struct prepared_vector vector; /* the source's; else the text is embedded */
    bool is_unique;                /* dedupe: none */
};

struct importing {
    struct mneme handle; /* the caller's, with origin `import`; never closed */
    const struct import_request *request;
    struct source *source;
    const char *identity; /* of the source, in origin keys */
    struct arena *arena;  /* the result's */
    struct import_result *result;
    bool is_trial; /* strict: the first pass, which writes nothing */
    uint64_t done, total;
    struct map seen; /* a trial's: keys of items to digests of their texts */
    /* The batch: */
    struct arena batch_arena;
    struct import_item *items;
    size_t item_count;
};

/* A fault of a line: counted as failed, listed while there is room. NOMEM alone is an error. */
enum mneme_code import_refuse(struct importing *importing, uint64_t line,
                              const struct mneme_error *why, struct mneme_error *err) MUST_CHECK;
/* One more line or item has been looked at. */
void import_step(struct importing *importing);

/* Counts what a verb answered for a line; its own fault becomes one of the line, any other failure is returned. */
enum mneme_code import_settle(struct importing *importing, uint64_t line, enum mneme_code code,
                              enum receipt_status status, const struct mneme_error *own,
                              struct mneme_error *err) MUST_CHECK;
/* Leaves only what may change of a record that is there: fixed fields are no longer given. */
void import_keep_changeable(const struct kind *kind, void *record);

/* The names of what a line of a kind may bring beside its fields (importance_level, ttl, dedupe, vector, space), and
 * what it brings of them. `own` is the line's fault. */
const char *const *import_names_beside(const struct kind *kind);
enum mneme_code import_read_beside(struct importing *importing, const struct json *object,
                                   struct import_item *item, struct mneme_error *own) MUST_CHECK;

/* A memory or a message, filled by our code or read by record_read_json, with its origin_key. */
enum mneme_code import_put_item(struct importing *importing, const struct import_item *given,
                                struct mneme_error *err) MUST_CHECK;
/* The same for a record that brings nothing else. */
enum mneme_code import_put(struct importing *importing, const struct kind *kind, uint64_t line,
                           const void *record, struct mneme_error *err) MUST_CHECK;
/* Writes what waits. */
enum mneme_code import_flush(struct importing *importing, struct mneme_error *err) MUST_CHECK;

/* A conversation that a source brings: made, or found by its origin_key, with the first sound turn. */
struct import_talk {
    const char *title, *origin_key; /* title may be NULL */
    char id[UUID_TEXT_LENGTH + 1];  /* empty until then */
};
/* A turn of it, checked or not; without an origin_key of its own it gets that of the conversation, ":" and
 * `ordinal`. */
enum mneme_code import_turn(struct importing *importing, struct import_talk *talk, uint64_t line,
                            struct message *message, const char *ordinal, struct mneme_error *err)
    MUST_CHECK;
/* The one conversation of a source: titled by the file's name without its endings. */
enum mneme_code import_talk_of_source(struct importing *importing, const char *format,
                                      struct import_talk *out, struct mneme_error *err) MUST_CHECK;

/* The id of the conversation of this origin_key, forgotten or not; empty if there is none. */
enum mneme_code import_find_conversation(struct importing *importing, const char *origin_key,
                                         char id[UUID_TEXT_LENGTH + 1], struct mneme_error *err)
    MUST_CHECK;

/* The conversation of this origin_key, made if it is not there. *status says which. In a trial nothing is made and
 * the id is IMPORT_TRIAL_ID. A refused one is a fault of the line, and `id` is empty. */
enum mneme_code import_conversation(struct importing *importing, uint64_t line,
                                    struct conversation *fields, char id[UUID_TEXT_LENGTH + 1],
                                    enum receipt_status *status, struct mneme_error *err)
    MUST_CHECK;

/* The formats. Each reads the whole source, from its start, once for a trial and once more. */
enum mneme_code import_jsonl(struct importing *importing, struct mneme_error *err) MUST_CHECK;
enum mneme_code import_mneme(struct importing *importing, struct mneme_error *err) MUST_CHECK;
enum mneme_code import_text(struct importing *importing, struct mneme_error *err) MUST_CHECK;
enum mneme_code import_chat(struct importing *importing, const struct json *whole,
                            struct mneme_error *err) MUST_CHECK;
enum mneme_code import_locomo(struct importing *importing, const struct json *whole,
                              struct mneme_error *err) MUST_CHECK;

#endif
