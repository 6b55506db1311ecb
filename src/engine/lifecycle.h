/*
 * What happens to records of every kind: forget, restore, purge, undo.
 *
 * Forgetting takes a conversation's messages along; restoring brings back those that went with it. Purging removes
 * every row that holds content and leaves a tombstone. Undo puts back the rows that a change set replaced; it is
 * itself a change set, so undoing it is redoing. A purge is a barrier: what it removed cannot be undone.
 */
#ifndef ENGINE_LIFECYCLE_H
#define ENGINE_LIFECYCLE_H

#include "engine/memory.h"

/* A record of any kind, found by name. The kinds are looked through in the order memory, message, conversation,
 * link. */
union any_record {
    struct record_common common;
    struct memory memory;
    struct message message;
    struct conversation conversation;
    struct link link;
};
/* *kind NULL if there is none of this user. Soft-deleted and expired ones are found. */
enum mneme_code record_find_any(const struct scope *scope, const struct record_name *name,
                                const struct kind **kind, union any_record *out,
                                struct mneme_error *err) MUST_CHECK;

/* `only`: the one kind it may be (NULL: any). */
enum mneme_code record_forget(const struct mneme *handle, const struct record_name *name,
                              const struct kind *only, struct arena *arena, struct receipt *out,
                              struct mneme_error *err) MUST_CHECK;
enum mneme_code record_restore(const struct mneme *handle, const struct record_name *name,
                               struct arena *arena, struct receipt *out, struct mneme_error *err)
    MUST_CHECK;
/* With `scrub` the file's pages are cleaned before it returns. */
enum mneme_code record_purge(const struct mneme *handle, const struct record_name *name, bool scrub,
                             struct arena *arena, struct receipt *out, struct mneme_error *err)
    MUST_CHECK;

/* Inside a write: CONFLICT if a memory that is to come back would find its key with another one. */
enum mneme_code memory_check_key(struct change *change, const struct memory *memory,
                                 struct mneme_error *err) MUST_CHECK;

struct undone {
    struct receipt receipt; /* id: of what was named, or of the change set that was undone */
    const char **records;   /* ids, in the arena */
    size_t record_count;
};
/* `id` of a record (its last change) or a change set; NULL: the last change set. */
enum mneme_code change_undo(const struct mneme *handle, const char *id, struct arena *arena,
                            struct undone *out, struct mneme_error *err) MUST_CHECK;

#endif
