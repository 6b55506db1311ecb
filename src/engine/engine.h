/*
 * The handle: a store opened for one user. What mneme_open makes; every verb starts from it.
 *
 * A handle is immutable after opening and shared by any number of threads. The engine below it (store, partitions,
 * embedder, analyzers) is shared by all handles of one mneme_open and freed with the last.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "embed/embed_cache.h"
#include "engine/embedders.h"
#include "index/cache.h"
#include "store/change.h"
#include "text/terms.h"

struct engine; /* shared: counted by its handles */

/* A transaction that all writes of a handle belong to (engine/once.h). */
struct joined_write {
    struct tx *tx;
    bool has_written;
};

struct mneme {
    struct engine *engine;
    char *user_name;                /* NFC */
    const char *origin, *principal; /* what this handle's writes are marked with: `user`, `local` */
    int64_t if_version;          /* the version of a record that forgetting it must find; 0: any */
    struct joined_write *joined; /* NULL: each write is one of its own */
    struct seen_spaces *seen;    /* of its user: space_verbs.h */
};

/* Of space_verbs.c. */
struct seen_spaces *seen_spaces_new(void); /* NULL: out of memory */
void seen_spaces_free(struct seen_spaces *seen);

/* What the public options cannot say; for tests and for faces of ours. */
struct engine_options {
    const struct mneme_options *public_options;
    const struct env *env;
    const struct log_sink *log;
    const char *vfs;
    const char *origin, *principal;
    enum text_profile profile; /* 0: TEXT_SHIPPING */
    /* instead of public_options->model: that of another engine, which outlives this one; not freed */
    struct embedder *embedder;
    embedder_open_fn *open_embedder; /* NULL: by name */
    bool
        without_store; /* for what needs the model alone; nothing else may be asked of the handle then */
};
enum mneme_code engine_open(const struct engine_options *options, struct mneme **out,
                            struct mneme_error *err) MUST_CHECK;

/* A further handle, for that user, with the marks of this one. */
enum mneme_code engine_open_user(const struct mneme *shared, const char *user, struct mneme **out,
                                 struct mneme_error *err) MUST_CHECK;

struct store *engine_store(const struct mneme *handle);   /* NULL: opened without one */
const struct env *engine_env(const struct mneme *handle); /* NULL: the system's */
struct index_cache *engine_index(const struct mneme *handle);
struct embedder *engine_embedder(const struct mneme *handle); /* its own */
struct embedders *engine_embedders(const struct mneme *handle);
struct embed_cache *engine_query_cache(const struct mneme *handle);
int64_t engine_now_us(const struct mneme *handle);
/* What texts are taken to be in. */
const struct language *engine_language(const struct mneme *handle);

/* An analyzer of the pool, for one thread at a time; give it back. NULL when out of memory. */
struct analyzer *engine_analyzer_take(const struct mneme *handle);
void engine_analyzer_give(const struct mneme *handle, struct analyzer *analyzer);

/* One snapshot of the handle's user, for reading. is_known false: the user does not exist and has nothing. */
struct snapshot {
    struct store *store;
    struct scope scope;
    bool is_known;
    int64_t change_seq;
};
enum mneme_code snapshot_begin(const struct mneme *handle, struct arena *arena,
                               struct snapshot *out, struct mneme_error *err) MUST_CHECK;
void snapshot_end(struct snapshot *snapshot);

/* store_write with the notes of use that wait for this user added. `write` as there. */
enum mneme_code engine_write(const struct mneme *handle, store_write_fn *write, void *context,
                             struct mneme_error *err) MUST_CHECK;
/* change_begin with this handle's user, origin and principal. */
enum mneme_code engine_change_begin(const struct mneme *handle, struct change *change,
                                    struct tx *tx, struct arena *arena, const char *operation,
                                    struct mneme_error *err) MUST_CHECK;

/* Notes of use wait in memory. A few go into the user's next write, many (use_notes.c says how many) into one of their
 * own; so do all that wait when they are LIMIT_USE_NOTES or the last handle closes. They change no version, time or
 * seq. */
void engine_note_use(const struct mneme *handle, const struct uuid *user, const struct uuid *id,
                     const struct kind *kind);

/* The opaque token of a position: epoch and seq, signed. */
const char *engine_token(const struct mneme *handle, int64_t seq, struct arena *arena);
/* Its seq. INVALID, rule `token`, unless it was signed for this user by this store; CONFLICT, rule `epoch`, if the
 * store's data has been replaced since. */
enum mneme_code engine_token_parse(const struct mneme *handle, const char *token, int64_t *out_seq,
                                   struct mneme_error *err) MUST_CHECK;

#endif
