/*
 * The verbs of memories that write: remember, update, supersede, tag, expire, touch. Their rules are product rules
 * ("Same content", "Verbs") and stand in docs/json.md; each call is one change set and one transaction.
 */
#ifndef ENGINE_MEMORY_H
#define ENGINE_MEMORY_H

#include "engine/prepare.h"
#include "engine/receipt.h"

/* Names a record: by id, or a memory by key and namespace (NULL: `default`). */
struct record_name {
    const char *id, *key, *name_space;
};

/* One memory to be remembered, checked against its field table, with its defaults and what it `given`. */
struct memory_item {
    struct memory record;
    struct prepared_vector vector; /* the caller's; else the content is embedded */
    const char *date_text;         /* as for prepare_memory */
    bool is_unique;                /* dedupe: none */
    /* what it was taken from: refused (CONFLICT, rule `version`) if that has changed meanwhile; NULL: nothing */
    const struct message *source;
    double cue;      /* how much the wording that it was taken from asks to be kept, 0..1 */
    int64_t version; /* of the keyed memory it means to replace; 0: any */
    bool is_refused; /* by validation: code and error say why; it is passed over */
    uint64_t given;  /* kept by memory_remember: the fields that the caller named */
    /* What came of it: */
    enum mneme_code code;
    struct mneme_error error;
    struct receipt receipt;
};

/* Remembers the items in order. is_atomic: the first failure refuses all and is returned; else an item's own failure
 * stays in the item. *seq is the user's counter after all. The arena keeps what the items point to. */
enum mneme_code memory_remember(const struct mneme *handle, struct memory_item *items, size_t count,
                                bool is_atomic, struct arena *arena, int64_t *seq,
                                struct mneme_error *err) MUST_CHECK;

struct memory_change {
    struct record_name name;
    const struct memory *fields;   /* the given ones change */
    struct prepared_vector vector; /* for new content */
    int64_t version;               /* 0: any */
};
enum mneme_code memory_update(const struct mneme *handle, const struct memory_change *change,
                              struct arena *arena, struct receipt *out, struct mneme_error *err)
    MUST_CHECK;
enum mneme_code memory_supersede(const struct mneme *handle, const struct memory_change *change,
                                 struct arena *arena, struct receipt *out, struct mneme_error *err)
    MUST_CHECK;
enum mneme_code memory_tag(const struct mneme *handle, const struct record_name *name,
                           struct list tags, bool remove, struct arena *arena, struct receipt *out,
                           struct mneme_error *err) MUST_CHECK;
/* Sets (or with TIME_NONE clears) the end of its time to live; touch does so without a version. */
enum mneme_code memory_expire(const struct mneme *handle, const struct record_name *name,
                              int64_t expires_at, bool is_touch, struct arena *arena,
                              struct receipt *out, struct mneme_error *err) MUST_CHECK;

/* For other verbs, inside a transaction or a snapshot: the memory so named, live now; else NOT_FOUND with
 * field `id` or `key`. `is_any` finds soft-deleted and expired ones too. */
enum mneme_code memory_get_named(const struct scope *scope, const struct record_name *name,
                                 bool is_any, struct memory *out, struct mneme_error *err)
    MUST_CHECK;

/* NOT_FOUND in the one way that every verb says it. */
enum mneme_code record_not_found(const struct record_name *name, struct mneme_error *err);

/* CONFLICT, rule `version`, unless the version that the caller means (0: any) is the record's. */
enum mneme_code record_check_version(int64_t given, int64_t is, struct mneme_error *err) MUST_CHECK;

/* Writes `before` changed into `after`, with terms and digest worked out again if the text or its key changed. */
enum mneme_code memory_write_change(const struct mneme *handle, struct change *change,
                                    const struct memory *before, struct memory *after,
                                    struct mneme_error *err) MUST_CHECK;

#endif
