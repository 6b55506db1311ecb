/*
 * The path of a conversation: of all that was said in it, alternatives included, the messages that lead to its head.
 *
 * Messages form a tree by parent_id; siblings are numbered by `variant`. Which of them are on the path is a flag in
 * each row (on_path), moved in the transaction that moves the tip, so that windows read an index and recall never loads
 * the others. The tip is the end of the path, forgotten or not; head_id is the last message of the path that is there.
 * Along a path numbers rise. All of this is used inside a write.
 */
#ifndef ENGINE_PATH_H
#define ENGINE_PATH_H

#include "store/change.h"

/* A message's place in the tree. */
struct path_place {
    struct uuid id, parent;
    bool has_parent, on_path;
    int64_t message_seq; /* 0: there is no such message */
};
enum mneme_code path_place(const struct scope *scope, const struct uuid *id, struct path_place *out,
                           struct mneme_error *err) MUST_CHECK;

/* The tip of the row; where that is no message (it was purged, or an old export did not know it), the last of the path.
 * *out is NULL for a conversation without messages. */
enum mneme_code path_tip(const struct scope *scope, const struct conversation *conversation,
                         const char **out, struct mneme_error *err) MUST_CHECK;

/* The variant that the next message after a parent (NULL: at the beginning) has, whose number is parent_seq. */
enum mneme_code path_next_variant(const struct scope *scope, const struct uuid *conversation,
                                  const struct uuid *parent, int64_t parent_seq, int64_t *out,
                                  struct mneme_error *err) MUST_CHECK;

/* The end of the newest of the ways on from a message: itself if nothing follows it. */
enum mneme_code path_newest_end(const struct scope *scope, const struct uuid *conversation,
                                const struct uuid *from, int64_t from_seq, const char **out,
                                struct mneme_error *err) MUST_CHECK;

/* Makes the way to `tip` (NULL: the empty one) the path: flags of what leaves and what comes, and what was learnt from
 * them (below). The conversation's row is the caller's to change; it needs counting again. */
enum mneme_code path_move(struct change *change, const char *conversation_id, const char *tip,
                          struct mneme_error *err) MUST_CHECK;

/* Before a message is purged: what followed it follows its parent. */
enum mneme_code path_unhook(struct change *change, const struct message *message,
                            struct mneme_error *err) MUST_CHECK;

/* What forks have of a message, forgotten or not. */
struct row_list;
enum mneme_code message_copies(const struct scope *scope, const char *id, struct row_list *out,
                               struct mneme_error *err) MUST_CHECK;

/* True of the operations that move a path, whose undoing moves it back. */
bool path_is_moved_by(const char *operation);

#endif
