/*
 * Reading records: get, list, map, history, links, namespaces, statistics. Each call reads one snapshot; what it
 * answers lives in the arena.
 */
#ifndef ENGINE_READ_H
#define ENGINE_READ_H

#include "engine/cursor.h"
#include "engine/lifecycle.h"
#include "model/filter.h"

struct read_record {
    const struct kind *kind;
    union any_record record;
    const struct evidence *evidence; /* a page of a memory's, in the order of ids, when asked for */
    size_t evidence_count;
    const char *next_cursor; /* NULL at the end of the evidence */
};
struct get_request {
    struct record_name name;
    const struct kind *only; /* the kind it must be; NULL: any */
    bool is_any;             /* forgotten ones too, never what has expired */
    bool with_evidence;
    int64_t known_at_us; /* as it was told by then; 0: now */
    struct page_request evidence_page;
};
/* NOT_FOUND unless it may be shown. Notes the use. */
enum mneme_code record_get(const struct mneme *handle, const struct get_request *request,
                           struct arena *arena, struct read_record *out, struct mneme_error *err)
    MUST_CHECK;

struct list_request {
    const struct kind *kind; /* one that has orders */
    const struct filter *filter;
    const char *name_space; /* memories: NULL: every one but task:* */
    const char *
        conversation_id; /* messages of one conversation, by number when ordered by creation; NULL: any */
    const struct kind_order *order; /* one of the kind's */
    bool descending;
    int64_t created_from; /* TIME_NONE: no bound */
    bool include_superseded, include_deleted;
    int64_t
        known_at_us; /* as the records were told by then, in the order of creation alone; 0: now */
    bool with_alternatives; /* messages that are on no path, too */
    /* what its name, or any of its texts, has somewhere in it, whatever case and accents; NULL: anything */
    const char *name_part, *text_part;
    struct page_request page;
};
struct record_page {
    union any_record *records;
    size_t count;
    const char *next_cursor; /* NULL at the end */
};
enum mneme_code record_list(const struct mneme *handle, const struct list_request *request,
                            struct arena *arena, struct record_page *out, struct mneme_error *err)
    MUST_CHECK;

struct map_page {
    const char **keys, **contents;
    size_t count;
    const char *next_cursor;
};
struct map_request {
    const char *name_space, *prefix; /* NULL: `default`, any */
    struct page_request page;
};
/* The contents of the keys that are current, in the order of the keys. */
enum mneme_code memory_map(const struct mneme *handle, const struct map_request *request,
                           struct arena *arena, struct map_page *out, struct mneme_error *err)
    MUST_CHECK;

struct history_item {
    struct history history;
    const char *operation, *origin, *principal,
        *reason; /* of its change set; NULL if that is gone */
};
struct history_page {
    struct history_item *items;
    size_t count;
    const char *next_cursor;
};
/* Newest first, of a record of this kind (NULL: any). A record that is forgotten still has its history; of one that has
 * expired or was purged it is NOT_FOUND. */
enum mneme_code record_history(const struct mneme *handle, const struct kind *only, const char *id,
                               const struct page_request *page, struct arena *arena,
                               struct history_page *out, struct mneme_error *err) MUST_CHECK;

/* Links: making (known if it is there), removing by id or ends, listing at either end of a record. */
enum mneme_code link_create(const struct mneme *handle, struct link *fields, struct arena *arena,
                            struct receipt *out, struct mneme_error *err) MUST_CHECK;
enum mneme_code link_remove(const struct mneme *handle, const char *id, const struct link *ends,
                            struct arena *arena, struct receipt *out, struct mneme_error *err)
    MUST_CHECK;
struct link_request {
    const char *of;       /* NOT_FOUND unless it may be shown */
    const char *relation; /* NULL: any */
    struct page_request page;
};
/* Links whose other end is gone are left out. */
enum mneme_code link_list(const struct mneme *handle, const struct link_request *request,
                          struct arena *arena, struct record_page *out, struct mneme_error *err)
    MUST_CHECK;

struct counted_name {
    const char *name;
    int64_t count, recent, bytes;
};
struct counted_names {
    struct counted_name *items;
    size_t count;
};
enum mneme_code namespace_list(const struct mneme *handle, struct arena *arena,
                               struct counted_names *out, struct mneme_error *err) MUST_CHECK;

#define STATS_DAYS 30
/* Memories and messages of one day, UTC; the last one is today. */
struct day_stats {
    int64_t day; /* since 1970 */
    int64_t messages, added, added_bytes, removed, removed_bytes;
};

struct user_stats {
    struct counted_names by_kind; /* every kind that has its history: count and recent */
    struct counted_names by_tier, by_type, by_namespace;
    int64_t memories, recent_memories, memory_bytes, retained_bytes;
    int64_t messages, recent_messages, message_bytes, message_tokens;
    int64_t conversations, active_conversations, recent_conversations, links, vectors, vector_bytes;
    int64_t active_characters, enabled_agents, jobs, dead_jobs;
    int64_t index_bytes;           /* of the user's partitions that this process has loaded */
    struct counted_names by_agent; /* messages: count, and bytes stands for tokens */
    struct day_stats days[STATS_DAYS];
};
enum mneme_code user_stats(const struct mneme *handle, struct arena *arena, struct user_stats *out,
                           struct mneme_error *err) MUST_CHECK;

/* The handle's user, or with `all` every user of the store (an operator's view: command line and C only). */
struct user_page {
    struct user *users;
    size_t count;
    const char *next_cursor;
};
enum mneme_code user_list(const struct mneme *handle, const struct page_request *page,
                          struct arena *arena, struct user_page *out, struct mneme_error *err)
    MUST_CHECK;
enum mneme_code user_get(const struct mneme *handle, struct arena *arena, struct user *out,
                         struct mneme_error *err) MUST_CHECK;
enum mneme_code user_create(const struct mneme *handle, struct arena *arena, struct user *out,
                            struct mneme_error *err) MUST_CHECK;

#endif
