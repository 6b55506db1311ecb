/*
 * What remembering (memory.c) and changing what is there (memory_change.c) share.
 */
#ifndef ENGINE_MEMORY_INTERNAL_H
#define ENGINE_MEMORY_INTERNAL_H

#include "engine/memory.h"

/* One write of one memory on its way through the transaction. */
struct writing {
    const struct mneme *handle;
    struct change *change;
};

/* A new row with its evidence, its vector and its receipt. */
enum mneme_code memory_insert(const struct writing *writing, struct memory *memory,
                              const struct prepared_vector *vector, struct receipt *receipt,
                              struct mneme_error *err) MUST_CHECK;
/* A row that merges old and new fields; new content brings its vector. */
enum mneme_code memory_write_merged(const struct writing *writing, const struct memory *before,
                                    struct memory *after, const struct prepared_vector *vector,
                                    bool embedding_cut, struct mneme_error *err) MUST_CHECK;

/* The old one is superseded by the new one from `valid_to` on; the link between them is the caller's. */
enum mneme_code memory_end(struct change *change, const struct memory *before, const char *new_id,
                           int64_t valid_to, struct mneme_error *err) MUST_CHECK;
/* A link between two memories that are there; nothing if there is such a one. (link.c) */
enum mneme_code memory_link(struct change *change, const char *from, const char *to,
                            const char *relation, struct mneme_error *err) MUST_CHECK;

bool memory_has_tag(struct list tags, const char *tag);
/* The tags of both, in order; *grew says whether the second had a new one. LIMIT if they are too many. */
enum mneme_code memory_unite_tags(struct list a, struct list b, struct arena *arena,
                                  struct list *out, bool *grew, struct mneme_error *err) MUST_CHECK;

#endif
