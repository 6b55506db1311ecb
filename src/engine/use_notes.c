/* The batched queue of uses. */
#include "engine/use_notes.h"

#include <string.h>

#define WRITE_AT 64 /* notes of one user that are worth a write of their own */

void use_notes_init(struct use_notes *notes)
{
    pthread_mutex_init(&notes->lock, NULL);
    notes->count = 0;
}

void use_notes_clear(struct use_notes *notes)
{
    pthread_mutex_destroy(&notes->lock);
}

static size_t count_of(const struct use_notes *notes, const struct uuid *user)
{
    size_t count = 0;
    for (size_t i = 0; i < notes->count; i++) {
        count += uuid_compare(&notes->notes[i].user, user) == 0;
    }
    return count;
}

enum use_notes_due use_notes_add(struct use_notes *notes, const struct use_note *note)
{
    pthread_mutex_lock(&notes->lock);
    if (notes->count == LIMIT_USE_NOTES) {
        notes->count--;
        memmove(notes->notes, notes->notes + 1, notes->count * sizeof *note);
    }
    notes->notes[notes->count++] = *note;
    enum use_notes_due due = notes->count == LIMIT_USE_NOTES                ? NOTES_OF_ALL_DUE
                             : count_of(notes, &note->user) % WRITE_AT == 0 ? NOTES_OF_USER_DUE
                                                                            : NOTES_NOT_DUE;
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

size_t use_notes_take(struct use_notes *notes, const struct uuid *user, struct use_note *out)
{
    size_t taken = 0, kept = 0;
    pthread_mutex_lock(&notes->lock);
    for (size_t i = 0; i < notes->count; i++) {
        if (user == NULL || uuid_compare(&notes->notes[i].user, user) == 0) {
            out[taken++] = notes->notes[i];
        } else {
            notes->notes[kept++] = notes->notes[i];
        }
    }
    notes->count = kept;
    pthread_mutex_unlock(&notes->lock);
    return taken;
}

enum mneme_code use_notes_write(struct tx *tx, const struct use_note *notes, size_t count,
                                struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        struct statement *statement;
        enum sql_id sql =
            notes[i].kind == &kind_memory ? SQL_MEMORY_NOTE_USE : SQL_MESSAGE_NOTE_USE;
        code = db_prepare(tx->db, sql, &statement, err);
        if (code == MNEME_OK) {
            db_bind_uuid(statement, 1, &notes[i].user);
            db_bind_uuid(statement, 2, &notes[i].id);
            db_bind_integer(statement, 3, 1);
            db_bind_integer(statement, 4, notes[i].at_us);
            code = db_run(statement, err);
        }
    }
    return code;
}

void use_notes_show(struct index_cache *cache, const struct use_note *notes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        index_note_use(cache, &notes[i].user, &notes[i].id, notes[i].at_us, 1);
    }
}
