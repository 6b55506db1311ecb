/*
 * The batched queue of uses: what recall and get note of the records they showed. Reading changes nothing else, and
 * these only by the way: with the next write, or together when enough wait. Any thread.
 */
#ifndef ENGINE_USE_NOTES_H
#define ENGINE_USE_NOTES_H

#include "base/limits.h"
#include "index/cache.h"
#include "store/store.h"

#include <pthread.h>

struct use_note {
    struct uuid user, id;
    const struct kind *kind;
    int64_t at_us;
};

struct use_notes {
    pthread_mutex_t lock; /* guards all below */
    struct use_note notes[LIMIT_USE_NOTES];
    size_t count;
};

void use_notes_init(struct use_notes *notes);
void use_notes_clear(struct use_notes *notes);

/* Adds one, dropping the oldest when full. Says whose notes are now due for a write of their own: the user's, of whom
 * many wait, or everybody's, because the queue is full. What is shown of a user's use never depends on other users
 * before that. */
enum use_notes_due { NOTES_NOT_DUE, NOTES_OF_USER_DUE, NOTES_OF_ALL_DUE };
enum use_notes_due use_notes_add(struct use_notes *notes, const struct use_note *note);
size_t use_notes_count(struct use_notes *notes);

/* Moves what waits (of one user, or of all when user is NULL) to `out`, which has room for LIMIT_USE_NOTES. */
size_t use_notes_take(struct use_notes *notes, const struct uuid *user, struct use_note *out);
/* Writes them inside a transaction; rows that are gone are passed over. */
enum mneme_code use_notes_write(struct tx *tx, const struct use_note *notes, size_t count,
                                struct mneme_error *err) MUST_CHECK;
/* Brings them into this process's partitions, after the commit. */
void use_notes_show(struct index_cache *cache, const struct use_note *notes, size_t count);

#endif
