/*
 * Embedding spaces of a user: which there are, which one ranking uses, which one is being filled.
 *
 * One row a user decides: its active space, and the space that is to become active once every record has its vector
 * there. Changing that row is cut-over; other processes read it with their next call. A space that was dropped has lost
 * its vectors but keeps its row, so no number is ever given twice, and it can be filled again.
 *
 * A vector that a write brings is found by its record's counter. One that a job brings later takes a value of the
 * user's counter itself, so partitions catch up; it changes no record, and no version, time or stamp.
 */
#ifndef STORE_SPACES_H
#define STORE_SPACES_H

#include "store/change.h"
#include "store/row.h"

/* A space as it is told to others; texts in the arena. */
struct space_info {
    int64_t space_id;
    size_t dimension;
    const char *name;
    const char
        *model; /* how its embedder is opened; NULL: not known, or the caller's own vectors */
    int64_t vector_count; /* space_list alone fills it in */
};
struct space_infos {
    struct space_info *items;
    size_t count;
};

/* The row that decides; zeroes for a user without spaces. */
enum mneme_code space_choice_find(struct db *db, const struct uuid *user, struct space_choice *out,
                                  struct mneme_error *err) MUST_CHECK;
enum mneme_code space_get(const struct scope *scope, int64_t space_id, struct space_info *out,
                          bool *found, struct mneme_error *err) MUST_CHECK;
/* All of them with the number of their vectors, which is counted: not on the way of a write or a recall. */
enum mneme_code space_list(const struct scope *scope, struct space_infos *out,
                           struct mneme_error *err) MUST_CHECK;

/* How a space is asked for. */
struct space_name {
    const char *name;
    size_t dimension;
    const char *model; /* NULL: not known */
};
/* The user's space of that name, made if absent (and active if it is the first). A name with another dimension is
 * INVALID. A model that was not known is noted. */
enum mneme_code change_space(struct change *change, const struct space_name *name,
                             struct space *out, struct mneme_error *err) MUST_CHECK;
/* The choice as it stands in this transaction. */
enum mneme_code change_choice(struct change *change, struct space_choice *out,
                              struct mneme_error *err) MUST_CHECK;
enum mneme_code change_set_choice(struct change *change, const struct space_choice *choice,
                                  struct mneme_error *err) MUST_CHECK;

/* The vector of a record in a space, normalised, little-endian f32. */
enum mneme_code change_put_vector(struct change *change, const struct kind *kind,
                                  const char *record_id, int64_t space_id, const float *vector,
                                  size_t dimension, struct mneme_error *err) MUST_CHECK;
/* The same from a job, at a value of change_tick. */
struct late_vector {
    int64_t seq, space_id;
    const float *vector;
    size_t dimension;
};
enum mneme_code change_put_late_vector(struct change *change, const struct kind *kind,
                                       const char *record_id, const struct late_vector *vector,
                                       struct mneme_error *err) MUST_CHECK;
/* Whether the very vector is there already. */
enum mneme_code change_has_vector(struct change *change, const char *record_id,
                                  const struct late_vector *vector, bool *out,
                                  struct mneme_error *err) MUST_CHECK;
/* Out of every space. */
enum mneme_code change_remove_vectors(struct change *change, const char *record_id,
                                      struct mneme_error *err) MUST_CHECK;
/* Up to `most` of a space's; *removed says how many. */
enum mneme_code change_empty_space(struct change *change, int64_t space_id, size_t most,
                                   size_t *removed, struct mneme_error *err) MUST_CHECK;
/* That the model cut the text; like the vector, it changes no version, time or counter. */
enum mneme_code change_note_cut(struct change *change, const struct kind *kind,
                                const char *record_id, bool is_cut, struct mneme_error *err)
    MUST_CHECK;

/* Records, forgotten ones too, that have no vector in a space and whose counter is above `since`, in its order. */
enum mneme_code space_due(const struct scope *scope, const struct kind *kind, int64_t space_id,
                          int64_t since, size_t most, struct row_list *out, struct mneme_error *err)
    MUST_CHECK;

#endif
