/*
 * The batched queue of uses: what recall and get note of the records they showed. Reading changes nothing else, and
 * these only by the way: a few with the user's next write, many together when enough wait. Any thread.
 */
#ifndef ENGINE_USE_NOTES_H
#define ENGINE_USE_NOTES_H

#include "base/map.h"
#include "index/cache.h"
#include "store/store.h"

#include <pthread.h>

/* The uses of one record. */
struct use_note {
    struct uuid id;
    const struct kind *kind;
    int64_t at_us, count; /* the last of them, and how many */
};

/* What waits of one user, each record once; once taken, on its way into the store. */
struct use_batch {
    struct use_batch *next;
    struct uuid user;
    struct use_note *notes;
    size_t count, capacity;
    int64_t use_count;
    struct map places; /* where the note of a record stands; only while it waits */
};

struct use_notes {
    pthread_mutex_t lock; /* guards all below */
    struct use_batch *batches;
    size_t count; /* notes of all users */
};

void use_notes_init(struct use_notes *notes);
void use_notes_clear(struct use_notes *notes);

/* Notes one more use; without memory for it, it is forgotten. Says whose notes are now due for a write of their own:
 * the user's, of whom many wait, or everybody's, because the queue is full. What is shown of a user's use never depends
 * on other users before that. */
enum use_notes_due { NOTES_NOT_DUE, NOTES_OF_USER_DUE, NOTES_OF_ALL_DUE };
enum use_notes_due use_notes_add(struct use_notes *notes, const struct uuid *user,
                                 const struct use_note *note);
size_t use_notes_count(struct use_notes *notes);

/* Takes what waits, of one user or of all (NULL), in the order of ids; NULL: nothing, or more than `most` of a user. */
struct use_batch *use_notes_take(struct use_notes *notes, const struct uuid *user, size_t most);
/* What could not be written waits again. Frees the batches. */
void use_notes_give_back(struct use_notes *notes, struct use_batch *taken);

/* A list of taken batches (NULL: nothing): writes it inside a transaction, passing over rows that are gone; brings it
 * into this process's partitions, after the commit; frees it. */
enum mneme_code use_batch_write(struct tx *tx, const struct use_batch *batch,
                                struct mneme_error *err) MUST_CHECK;
void use_batch_show(struct index_cache *cache, const struct use_batch *batch);
void use_batch_free(struct use_batch *batch);

#endif
