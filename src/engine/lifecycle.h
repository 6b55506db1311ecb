/*
 * What happens to records of every kind: forget, restore, purge, undo.
 *
 * Forgetting takes a conversation's messages along; restoring brings back those that went with it. Purging removes
 * every row that holds content and leaves a tombstone. Undo puts back the rows that a change set replaced; it is
 * itself a change set, so undoing it is redoing. A purge is a barrier: neither it nor a change set that had to do with
 * what it removed can be undone.
 */
#ifndef ENGINE_LIFECYCLE_H
#define ENGINE_LIFECYCLE_H

#include "engine/memory.h"
#include "store/row.h"

/* A record of any kind, found by name; *kind NULL if there is none of this user. Soft-deleted and expired ones are
 * found; of a key its holder, else the last that was forgotten with it. */
enum mneme_code record_find_any(const struct scope *scope, const struct record_name *name,
                                const struct kind **kind, union any_record *out,
                                struct mneme_error *err) MUST_CHECK;

/* The same of one kind (NULL: any). Kinds but memory may be named by a natural key that is one text. */
enum mneme_code record_find_only(const struct scope *scope, const struct kind *only,
                                 const struct record_name *name, const struct kind **kind,
                                 union any_record *out, struct mneme_error *err) MUST_CHECK;

/* May an answer show the record? It may if it is live, and of a link both ends are. is_any: what was forgotten counts
 * as live. */
enum mneme_code record_is_shown(const struct scope *scope, const struct kind *kind,
                                const union any_record *record, bool is_any, bool *out,
                                struct mneme_error *err) MUST_CHECK;

/* `only`: the one kind it may be (NULL: any). */
enum mneme_code record_forget(const struct mneme *handle, const struct record_name *name,
                              const struct kind *only, struct arena *arena, struct receipt *out,
                              struct mneme_error *err) MUST_CHECK;
/* A conversation with what is in it, and (with_characters) the characters that came from it. */
enum mneme_code conversation_forget(const struct mneme *handle, const char *id,
                                    bool with_characters, struct arena *arena, struct receipt *out,
                                    struct mneme_error *err) MUST_CHECK;
enum mneme_code record_restore(const struct mneme *handle, const struct record_name *name,
                               const struct kind *only, struct arena *arena, struct receipt *out,
                               struct mneme_error *err) MUST_CHECK;
/* With `scrub` the file's pages are cleaned before it returns. */
enum mneme_code record_purge(const struct mneme *handle, const struct record_name *name, bool scrub,
                             struct arena *arena, struct receipt *out, struct mneme_error *err)
    MUST_CHECK;

/*
 * Inside a write, for records that come back or go. A memory claims its key: CONFLICT if another one holds it; one that
 * has expired gives it up. A message or a summary needs its conversation: CONFLICT if that was forgotten. What is in a
 * conversation goes, or comes back, with it; characters come back with it if they went with it.
 */
enum mneme_code memory_claim_key(struct change *change, const struct memory *memory,
                                 struct mneme_error *err) MUST_CHECK;
enum mneme_code record_check_conversation(struct change *change, const struct kind *kind,
                                          const union any_record *record, struct mneme_error *err)
    MUST_CHECK;
enum mneme_code conversation_carry(struct change *change, const struct conversation *before,
                                   const struct conversation *after, struct mneme_error *err)
    MUST_CHECK;

/* Inside a write: records go back to what they were before the last of their rows here, or are forgotten if that made
 * them. The rows of one record follow each other, from its newest on. CONFLICT as for an undo. */
enum mneme_code change_rewind(const struct mneme *handle, struct change *change,
                              struct history *rows, size_t count, struct mneme_error *err)
    MUST_CHECK;

struct undone {
    struct receipt receipt; /* id: of what was named, or of the change set that was undone */
    const char **records;   /* ids, in the arena */
    size_t record_count;
};
/* `id` of a record (its last change) or a change set; NULL: the last change set. */
enum mneme_code change_undo(const struct mneme *handle, const char *id, struct arena *arena,
                            struct undone *out, struct mneme_error *err) MUST_CHECK;

/* The summaries or the characters of a conversation, forgotten ones included: few, so they are read at once. */
enum mneme_code conversation_belongings(const struct scope *scope, const struct kind *kind,
                                        const char *conversation_id, struct row_list *out,
                                        struct mneme_error *err) MUST_CHECK;

#endif
