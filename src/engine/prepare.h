/*
 * What a text needs before it can be stored: its terms, its digest, its vector. Worked out in the caller's thread,
 * before the write, wherever the write cannot change it.
 */
#ifndef ENGINE_PREPARE_H
#define ENGINE_PREPARE_H

#include "engine/engine.h"

/* A vector on its way into a space; NULL vector: none. */
struct prepared_vector {
    const float *vector;
    size_t dimension;
    const char *space;
    bool is_given; /* by the caller: nobody's to work out */
    const char
        *model; /* what opens the space's embedder; NULL: not known, or the caller's own vector */
    const struct prepared_vector *next; /* the same text's in a further space */
    const char *
        late_model; /* a provider, not waited for, that is to make the user's first space; NULL: none */
};

/* Sets memory.terms and content_hash (keyless memories only). Arena as always. `date_text`: words that join the terms
 * instead of the date of event_at, as a source has them (evaluation); NULL: the date. */
enum mneme_code prepare_memory(const struct mneme *handle, struct memory *memory,
                               const char *date_text, struct arena *arena, struct mneme_error *err)
    MUST_CHECK;
/* Sets message.terms, and token_count where it is absent. */
enum mneme_code prepare_message(const struct mneme *handle, struct message *message,
                                const char *date_text, struct arena *arena, struct mneme_error *err)
    MUST_CHECK;

/* The same for a record of any kind; what is not recalled needs nothing. Of other kinds than those two the fields that
 * are FIELD_RECALLED count, names and labels as key, the rest as text. */
enum mneme_code prepare_record(const struct mneme *handle, const struct kind *kind,
                               union any_record *record, struct arena *arena,
                               struct mneme_error *err) MUST_CHECK;

/* Embeds the texts in every space that is at hand (space_verbs.h), identical texts once; a remote provider is not
 * waited for. cut[i] (if given) says which were over the limit of the first one's model. */
enum mneme_code prepare_vectors(const struct mneme *handle, const char *const *texts, size_t count,
                                struct arena *arena, struct prepared_vector *out, bool *cut,
                                struct mneme_error *err) MUST_CHECK;
/*
 * Records of one kind whose texts are embedded together. Each is added with the vector that its caller gave, or none;
 * run fills in what is missing, and `embedding_cut`. Records and vectors stay the caller's, where they are.
 */
struct prepare_batch {
    const struct kind *kind;
    struct arena *arena;
    size_t cut_field, count;
    const char **texts;
    void **records;
    struct prepared_vector **vectors;
};
enum mneme_code prepare_batch_init(struct prepare_batch *batch, const struct kind *kind,
                                   size_t most, struct arena *arena, struct mneme_error *err)
    MUST_CHECK;
enum mneme_code prepare_batch_add(struct prepare_batch *batch, void *record,
                                  struct prepared_vector *vector, struct mneme_error *err)
    MUST_CHECK;
enum mneme_code prepare_batch_run(const struct prepare_batch *batch, const struct mneme *handle,
                                  struct mneme_error *err) MUST_CHECK;

/* The caller's own vector: finite, of a known dimension, normalised in the arena; `space` is required. */
enum mneme_code prepare_given_vector(const float *vector, size_t dimension, const char *space,
                                     struct arena *arena, struct prepared_vector *out,
                                     struct mneme_error *err) MUST_CHECK;

/* Stores a prepared vector for a record, and those behind it, making spaces when needed. What the user's active space
 * still lacks then is owed by a job, which the change notes as pending; so is what a provider has to bring. A caller's
 * own vector owes nothing. */
enum mneme_code prepared_vector_put(const struct mneme *handle, struct change *change,
                                    const struct kind *kind, const char *record_id,
                                    const struct prepared_vector *vector, struct mneme_error *err)
    MUST_CHECK;

/* A caller's vector for a record that is there and stays as it is. Another prepared one is let go: it is there. */
enum mneme_code prepared_vector_keep(struct change *change, const struct kind *kind,
                                     const char *record_id, const struct prepared_vector *vector,
                                     struct mneme_error *err) MUST_CHECK;

/* The same for a text that changed: vectors of the old text in any space go first. */
enum mneme_code prepared_vector_replace(const struct mneme *handle, struct change *change,
                                        const struct kind *kind, const char *record_id,
                                        const struct prepared_vector *vector,
                                        struct mneme_error *err) MUST_CHECK;

#endif
