/*
 * The batched queue of uses. A write of notes rewrites as many rows of the store, each on a page of its own, and syncs:
 * it takes some milliseconds, in a call that only reads. So many are gathered, and the uses of a record are one note.
 */
#include "engine/use_notes.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "store/row.h"

#include <stdlib.h>
#include <string.h>

#define NOTES_DUE 2048 /* notes of a user that are worth a write of their own, */
#define USES_DUE 4096  /* or uses, where the same records are used again and again */
#define FIRST_NOTES 16

void use_notes_init(struct use_notes *notes)
{
    pthread_mutex_init(&notes->lock, NULL);
    notes->batches = NULL;
    notes->count = 0;
}

void use_notes_clear(struct use_notes *notes)
{
    use_batch_free(notes->batches);
    pthread_mutex_destroy(&notes->lock);
}

/* The user's batch, in front of all now since it will be asked for again; made if absent. NULL when out of memory. */
static struct use_batch *batch_of(struct use_notes *notes, const struct uuid *user)
{
    struct use_batch **at = &notes->batches, *batch;
    while (*at != NULL && uuid_compare(&(*at)->user, user) != 0) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        batch = *at;
        *at = batch->next;
    } else {
        batch = mem_alloc_zero(1, sizeof *batch);
        if (batch == NULL) {
            return NULL;
        }
        batch->user = *user;
        map_init(&batch->places);
    }
    batch->next = notes->batches;
    notes->batches = batch;
    return batch;
}

/* Room for one more note. */
static bool reserve(struct use_batch *batch)
{
    if (batch->count < batch->capacity) {
        return true;
    }
    size_t capacity = batch->capacity > 0 ? 2 * batch->capacity : FIRST_NOTES;
    struct use_note *grown = mem_resize(batch->notes, capacity * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    batch->notes = grown;
    batch->capacity = capacity;
    return true;
}

/* True if it is a new note. */
static bool add(struct use_batch *batch, const struct use_note *note)
{
    bool is_new = false;
    if (!reserve(batch)) {
        return false;
    }
    uint32_t place = map_put(&batch->places, note->id.bytes, sizeof note->id.bytes,
                             (uint32_t)batch->count, &is_new);
    if (place == MAP_NONE) {
        return false;
    }
    batch->use_count += note->count;
    if (is_new) {
        batch->notes[batch->count++] = *note;
        return true;
    }
    struct use_note *known = &batch->notes[place];
    known->count += note->count;
    if (note->at_us > known->at_us) {
        known->at_us = note->at_us;
    }
    return false;
}

static void add_locked(struct use_notes *notes, struct use_batch *batch,
                       const struct use_note *note)
{
    if (batch != NULL && add(batch, note)) {
        notes->count++;
    }
}

enum use_notes_due use_notes_add(struct use_notes *notes, const struct uuid *user,
                                 const struct use_note *note)
{
    enum use_notes_due due = NOTES_NOT_DUE;
    pthread_mutex_lock(&notes->lock);
    struct use_batch *batch = batch_of(notes, user);
    add_locked(notes, batch, note);
    if (notes->count >= LIMIT_USE_NOTES) {
        due = NOTES_OF_ALL_DUE;
    } else if (batch != NULL && (batch->count >= NOTES_DUE || batch->use_count >= USES_DUE)) {
        due = NOTES_OF_USER_DUE;
    }
    pthread_mutex_unlock(&notes->lock);
    return due;
}

size_t use_notes_count(struct use_notes *notes)
{
    pthread_mutex_lock(&notes->lock);
    size_t count = notes->count;
    pthread_mutex_unlock(&notes->lock);
    return count;
}

static int compare_ids(const void *a, const void *b)
{
    return uuid_compare(&((const struct use_note *)a)->id, &((const struct use_note *)b)->id);
}

struct use_batch *use_notes_take(struct use_notes *notes, const struct uuid *user, size_t most)
{
    struct use_batch *taken = NULL;
    pthread_mutex_lock(&notes->lock);
    for (struct use_batch **at = &notes->batches; *at != NULL;) {
        struct use_batch *batch = *at;
        bool is_meant = user == NULL || uuid_compare(&batch->user, user) == 0;
        if (!is_meant || batch->count > most) {
            at = &batch->next;
            continue;
        }
        *at = batch->next;
        batch->next = taken;
        taken = batch;
        notes->count -= batch->count;
    }
    pthread_mutex_unlock(&notes->lock);
    for (struct use_batch *batch = taken; batch != NULL; batch = batch->next) {
        map_clear(&batch->places);
        if (batch->count > 0) {
            // Rows lie in the order of their ids, more or less.
            qsort(batch->notes, batch->count, sizeof *batch->notes, compare_ids);
        }
    }
    return taken;
}

void use_notes_give_back(struct use_notes *notes, struct use_batch *taken)
{
    pthread_mutex_lock(&notes->lock);
    for (const struct use_batch *batch = taken; batch != NULL; batch = batch->next) {
        struct use_batch *waiting = batch_of(notes, &batch->user);
        for (size_t i = 0; i < batch->count && notes->count < LIMIT_USE_NOTES; i++) {
            add_locked(notes, waiting, &batch->notes[i]);
        }
    }
    pthread_mutex_unlock(&notes->lock);
    use_batch_free(taken);
}

static enum mneme_code write_note(struct tx *tx, const struct uuid *user,
                                  const struct use_note *note, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code =
        db_prepare(tx->db, row_statements(note->kind)->note_use, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, user);
    db_bind_uuid(statement, 2, &note->id);
    db_bind_integer(statement, 3, note->count);
    db_bind_integer(statement, 4, note->at_us);
    return db_run(statement, err);
}

enum mneme_code use_batch_write(struct tx *tx, const struct use_batch *batch,
                                struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (; batch != NULL; batch = batch->next) {
        for (size_t i = 0; i < batch->count && code == MNEME_OK; i++) {
            code = write_note(tx, &batch->user, &batch->notes[i], err);
        }
    }
    return code;
}

void use_batch_show(struct index_cache *cache, const struct use_batch *batch)
{
    for (; batch != NULL; batch = batch->next) {
        for (size_t i = 0; i < batch->count; i++) {
            const struct use_note *note = &batch->notes[i];
            index_note_use(cache, &batch->user, &note->id, note->at_us, note->count);
        }
    }
}

void use_batch_free(struct use_batch *batch)
{
    while (batch != NULL) {
        struct use_batch *next = batch->next;
        map_clear(&batch->places);
        mem_free(batch->notes);
        mem_free(batch);
        batch = next;
    }
}
