/*
 * Opening and closing; what all handles of one store share.
 */
#include "engine/engine.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/paths.h"
#include "base/utf8.h"
#include "engine/use_notes.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_BYTES ((size_t)256 * 1024 * 1024)
#define ANALYZERS                                                                                  \
    16 /* kept for the next call; more are made and freed when more threads analyze at once */

#define NOTES_OF_A_WRITE 64 /* notes of use that ride on a write; more would make it wait */

struct engine {
    pthread_mutex_t lock; /* guards handle_count and the analyzers */
    size_t handle_count;
    struct store *store;
    struct index_cache *index;
    struct embedders embedders;
    struct embed_cache *query_cache;
    const struct language *language;
    enum text_profile profile;
    struct analyzer *analyzers[ANALYZERS];
    size_t analyzer_count;
    struct use_notes notes;
};

static enum mneme_code path_of_url(const char *url, const char **out, struct mneme_error *err)
{
    static const char sqlite[] = "sqlite:";
    *out = NULL;
    if (strncmp(url, sqlite, sizeof sqlite - 1) == 0) {
        url += sizeof sqlite - 1;
    } else if (strstr(url, "://") != NULL) {
        return error_field(err, MNEME_UNSUPPORTED, "url", "choice",
                           "only SQLite stores can be opened by this build");
    }
    if (*url == '\0') {
        return error_field(err, MNEME_INVALID, "url", "min_length", "the store's path is empty");
    }
    *out = url;
    return MNEME_OK;
}

static enum mneme_code default_path(bool make, struct arena *arena, const char **out,
                                    struct mneme_error *err)
{
    enum mneme_code code = paths_data(arena, "mneme.db", out, err);
    if (code == MNEME_INVALID) {
        return error_field(err, MNEME_INVALID, "url", "required",
                           "no store is named, and there is no home folder");
    }
    int failure = code == MNEME_OK && make ? paths_make_above(*out) : 0;
    return failure == 0 ? code
           : failure == ENOMEM
               ? error_nomem(err)
               : error_field(err, MNEME_STORAGE, "url", "storage_error",
                             "the store's folder cannot be made: %s", strerror(failure));
}

static enum mneme_code check_user_name(const char *name, struct arena *arena, const char **out,
                                       struct mneme_error *err)
{
    struct fault_list faults;
    struct user user = {0};
    fault_list_init(&faults, arena);
    struct json *value = json_new_text(name);
    if (value == NULL) {
        return utf8_is_valid(name, strlen(name))
                   ? error_nomem(err)
                   : error_field(err, MNEME_INVALID, "user", "utf8", "the user is no valid UTF-8");
    }
    enum mneme_code code = field_read_json(&kind_user, &user, USER_NAME, value, "", &faults, err);
    json_free(value);
    *out = user.name;
    return code;
}

static void free_engine(struct engine *engine)
{
    for (size_t i = 0; i < engine->analyzer_count; i++) {
        analyzer_free(engine->analyzers[i]);
    }
    index_cache_free(engine->index);
    store_close(engine->store);
    embed_cache_free(engine->query_cache);
    embedders_clear(&engine->embedders);
    use_notes_clear(&engine->notes);
    pthread_mutex_destroy(&engine->lock);
    mem_free(engine);
}

static enum mneme_code fill_engine(struct engine *engine, const struct engine_options *options,
                                   const char *path, struct mneme_error *err)
{
    const struct mneme_options *given = options->public_options;
    struct store_options store_options = {.path = path,
                                          .access = given->read_only    ? STORE_READ
                                                    : given->must_exist ? STORE_FOUND
                                                                        : STORE_MAKE,
                                          .env = options->env,
                                          .log = options->log,
                                          .vfs = options->vfs};
    engine->profile = options->profile ? options->profile : TEXT_SHIPPING;
    engine->language = language_find("en");
    enum mneme_code code = MNEME_OK;
    if (options->embedder != NULL) {
        embedders_lend_own(&engine->embedders, options->embedder);
    } else {
        code = embedders_open_own(&engine->embedders, given->model, err);
    }
    if (code == MNEME_OK && !options->without_store) {
        code = store_open(&store_options, &engine->store, err);
    }
    if (code != MNEME_OK || options->without_store) {
        return code;
    }
    size_t budget = given->cache_bytes ? given->cache_bytes : CACHE_BYTES;
    engine->index = index_cache_new(engine->store, budget);
    engine->query_cache = embed_cache_new(LIMIT_QUERY_CACHE_BYTES);
    return engine->index && engine->query_cache ? MNEME_OK : error_nomem(err);
}

static enum mneme_code new_handle(struct engine *engine, const char *user_name, const char *origin,
                                  const char *principal, struct mneme **out,
                                  struct mneme_error *err)
{
    struct mneme *handle = mem_alloc_zero(1, sizeof *handle);
    char *name = mem_copy_text(user_name);
    struct seen_spaces *seen = seen_spaces_new();
    if (handle == NULL || name == NULL || seen == NULL) {
        mem_free(handle);
        mem_free(name);
        seen_spaces_free(seen);
        return error_nomem(err);
    }
    *handle = (struct mneme){.engine = engine,
                             .user_name = name,
                             .origin = origin ? origin : "user",
                             .principal = principal ? principal : "local",
                             .seen = seen};
    pthread_mutex_lock(&engine->lock);
    engine->handle_count++;
    pthread_mutex_unlock(&engine->lock);
    *out = handle;
    return MNEME_OK;
}

static enum mneme_code open_in(struct arena *arena, const struct engine_options *options,
                               struct mneme **out, struct mneme_error *err)
{
    const struct mneme_options *given = options->public_options;
    const char *name, *path = NULL;
    enum mneme_code code =
        check_user_name(given->user ? given->user : "default", arena, &name, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (options->without_store) {
        path = NULL;
    } else if (given->url == NULL) {
        code = default_path(!given->read_only && !given->must_exist, arena, &path, err);
    } else {
        code = path_of_url(given->url, &path, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    struct engine *engine = mem_alloc_zero(1, sizeof *engine);
    if (engine == NULL) {
        return error_nomem(err);
    }
    pthread_mutex_init(&engine->lock, NULL);
    use_notes_init(&engine->notes);
    embedders_init(&engine->embedders, options->env, options->open_embedder);
    code = fill_engine(engine, options, path, err);
    if (code == MNEME_OK) {
        code = new_handle(engine, name, options->origin, options->principal, out, err);
    }
    if (code != MNEME_OK) {
        free_engine(engine);
    }
    return code;
}

enum mneme_code engine_open(const struct engine_options *options, struct mneme **out,
                            struct mneme_error *err)
{
    struct arena arena;
    *out = NULL;
    arena_init(&arena);
    enum mneme_code code = open_in(&arena, options, out, err);
    arena_clear(&arena);
    return code;
}

/* Copies as much of the caller's options as they have, so that older programs keep working with newer libraries. */
static enum mneme_code copy_options(const struct mneme_options *given, struct mneme_options *out,
                                    struct mneme_error *err)
{
    *out = (struct mneme_options){.size = sizeof *out};
    if (given == NULL) {
        return MNEME_OK;
    }
    if (given->size < offsetof(struct mneme_options, url)) {
        return error_field(err, MNEME_INVALID, "size", "min", "the options' size is not set");
    }
    memcpy(out, given, given->size < sizeof *out ? given->size : sizeof *out);
    return MNEME_OK;
}

enum mneme_code mneme_open(const struct mneme_options *options, mneme **out,
                           struct mneme_error *error)
{
    struct mneme_options copy;
    *out = NULL;
    enum mneme_code code = copy_options(options, &copy, error);
    struct engine_options engine_options = {.public_options = &copy};
    return code == MNEME_OK ? engine_open(&engine_options, out, error) : code;
}

enum mneme_code engine_open_user(const struct mneme *shared, const char *user, struct mneme **out,
                                 struct mneme_error *error)
{
    struct arena arena;
    const char *name;
    *out = NULL;
    arena_init(&arena);
    enum mneme_code code = check_user_name(user ? user : "default", &arena, &name, error);
    if (code == MNEME_OK) {
        code = new_handle(shared->engine, name, shared->origin, shared->principal, out, error);
    }
    arena_clear(&arena);
    return code;
}

enum mneme_code mneme_open_user(mneme *shared, const char *user, mneme **out,
                                struct mneme_error *error)
{
    return engine_open_user(shared, user, out, error);
}

static enum mneme_code write_notes_only(struct tx *tx, void *context, struct mneme_error *err)
{
    return use_batch_write(tx, context, err);
}

/* Writes what waits, of one user or (NULL) of all. Notes are a service of best effort: what cannot be written is
 * dropped. */
static void flush_notes(struct engine *engine, const struct uuid *user)
{
    struct use_batch *batch = use_notes_take(&engine->notes, user, SIZE_MAX);
    if (batch != NULL && store_write(engine->store, write_notes_only, batch, NULL) == MNEME_OK) {
        use_batch_show(engine->index, batch);
    }
    use_batch_free(batch);
}

void mneme_close(mneme *memory)
{
    if (memory == NULL) {
        return;
    }
    struct engine *engine = memory->engine;
    pthread_mutex_lock(&engine->lock);
    assert(engine->handle_count > 0);
    bool is_last = --engine->handle_count == 0;
    pthread_mutex_unlock(&engine->lock);
    seen_spaces_free(memory->seen);
    mem_free(memory->user_name);
    mem_free(memory);
    if (is_last) {
        flush_notes(engine, NULL);
        free_engine(engine);
    }
}

struct store *engine_store(const struct mneme *handle)
{
    return handle->engine->store;
}

const struct env *engine_env(const struct mneme *handle)
{
    const struct store *store = handle->engine->store;
    return store ? store_env(store) : NULL;
}

struct index_cache *engine_index(const struct mneme *handle)
{
    return handle->engine->index;
}

struct embedder *engine_embedder(const struct mneme *handle)
{
    return handle->engine->embedders.own;
}

struct embedders *engine_embedders(const struct mneme *handle)
{
    return &handle->engine->embedders;
}

struct embed_cache *engine_query_cache(const struct mneme *handle)
{
    return handle->engine->query_cache;
}

int64_t engine_now_us(const struct mneme *handle)
{
    return store_now_us(handle->engine->store);
}

const struct language *engine_language(const struct mneme *handle)
{
    return handle->engine->language;
}

struct analyzer *engine_analyzer_take(const struct mneme *handle)
{
    struct engine *engine = handle->engine;
    struct analyzer *analyzer = NULL;
    pthread_mutex_lock(&engine->lock);
    if (engine->analyzer_count > 0) {
        analyzer = engine->analyzers[--engine->analyzer_count];
    }
    pthread_mutex_unlock(&engine->lock);
    return analyzer ? analyzer : analyzer_new(engine->language, engine->profile);
}

void engine_analyzer_give(const struct mneme *handle, struct analyzer *analyzer)
{
    struct engine *engine = handle->engine;
    pthread_mutex_lock(&engine->lock);
    bool is_kept = analyzer != NULL && engine->analyzer_count < ANALYZERS;
    if (is_kept) {
        engine->analyzers[engine->analyzer_count++] = analyzer;
    }
    pthread_mutex_unlock(&engine->lock);
    if (!is_kept) {
        analyzer_free(analyzer);
    }
}

enum mneme_code snapshot_begin(const struct mneme *handle, struct arena *arena,
                               struct snapshot *out, struct mneme_error *err)
{
    struct store *store = handle->engine->store;
    struct scope *scope = &out->scope;
    *out =
        (struct snapshot){.store = store, .scope = {.now_us = store_now_us(store), .arena = arena}};
    enum mneme_code code = store_read_begin(store, &scope->db, err);
    if (code == MNEME_OK) {
        code = store_find_user(scope->db, handle->user_name, &scope->user, &out->change_seq,
                               &out->is_known, err);
    }
    if (code != MNEME_OK) {
        snapshot_end(out);
    }
    return code;
}

void snapshot_end(struct snapshot *snapshot)
{
    store_read_end(snapshot->store, snapshot->scope.db);
    snapshot->scope.db = NULL;
}

/*
 * A caller's write with the notes that wait for its user: those of others wait for theirs, so that nobody sees from the
 * use of a record that somebody else has written. They are taken by the first run, and kept for the next if the
 * transaction is run again.
 */
struct noted_write {
    const struct mneme *handle;
    store_write_fn *write;
    void *context;
    struct use_batch *notes;
    bool are_taken;
};

static enum mneme_code take_notes(struct tx *tx, struct noted_write *noted, struct mneme_error *err)
{
    struct uuid user;
    int64_t seq;
    bool found;
    enum mneme_code code =
        store_find_user(tx->db, noted->handle->user_name, &user, &seq, &found, err);
    if (code == MNEME_OK && found) {
        noted->notes = use_notes_take(&noted->handle->engine->notes, &user, NOTES_OF_A_WRITE);
        noted->are_taken = true;
    }
    return code;
}

static enum mneme_code run_noted(struct tx *tx, void *context, struct mneme_error *err)
{
    struct noted_write *noted = context;
    enum mneme_code code = noted->write(tx, noted->context, err);
    if (code == MNEME_OK && !noted->are_taken) {
        code = take_notes(tx, noted, err);
    }
    return code == MNEME_OK ? use_batch_write(tx, noted->notes, err) : code;
}

enum mneme_code engine_write(const struct mneme *handle, store_write_fn *write, void *context,
                             struct mneme_error *err)
{
    struct engine *engine = handle->engine;
    if (handle->joined != NULL) {
        handle->joined->has_written = true;
        return write(handle->joined->tx, context, err);
    }
    if (use_notes_count(&engine->notes) == 0) {
        return store_write(engine->store, write, context, err);
    }
    struct noted_write noted = {.handle = handle, .write = write, .context = context};
    enum mneme_code code = store_write(engine->store, run_noted, &noted, err);
    if (code == MNEME_OK) {
        use_batch_show(engine->index, noted.notes);
        use_batch_free(noted.notes);
    } else {
        use_notes_give_back(&engine->notes, noted.notes);
    }
    return code;
}

enum mneme_code engine_change_begin(const struct mneme *handle, struct change *change,
                                    struct tx *tx, struct arena *arena, const char *operation,
                                    struct mneme_error *err)
{
    struct change_options options = {.user_name = handle->user_name,
                                     .origin = handle->origin,
                                     .principal = handle->principal,
                                     .operation = operation};
    return change_begin(change, tx, arena, &options, err);
}

void engine_note_use(const struct mneme *handle, const struct uuid *user, const struct uuid *id,
                     const struct kind *kind)
{
    struct engine *engine = handle->engine;
    if (store_is_read_only(engine->store)) {
        return;
    }
    struct use_note note = {
        .id = *id, .kind = kind, .at_us = store_now_us(engine->store), .count = 1};
    enum use_notes_due due = use_notes_add(&engine->notes, user, &note);
    if (due != NOTES_NOT_DUE) {
        flush_notes(engine, due == NOTES_OF_USER_DUE ? user : NULL);
    }
}

#define TOKEN_MAC_BYTES 12
#define TOKEN_CODE_BYTES 17 /* as base64, with the NUL */

/* The signature's text of `length` bytes of a token and the user's name. */
static bool sign_token(const struct mneme *handle, const char *text, size_t length,
                       char out[TOKEN_CODE_BYTES])
{
    char signed_text[UUID_TEXT_LENGTH + 32 + LIMIT_NAME_BYTES];
    unsigned char mac[SHA256_BYTES];
    size_t user = strlen(handle->user_name);
    if (length + user > sizeof signed_text) {
        return false;
    }
    memcpy(signed_text, text, length);
    memcpy(signed_text + length, handle->user_name, user);
    if (store_sign(handle->engine->store, signed_text, length + user, mac, NULL) != MNEME_OK) {
        return false;
    }
    base64_encode(mac, TOKEN_MAC_BYTES, out);
    return true;
}

const char *engine_token(const struct mneme *handle, int64_t seq, struct arena *arena)
{
    char text[UUID_TEXT_LENGTH + 32], code[TOKEN_CODE_BYTES];
    uuid_format(store_epoch(handle->engine->store), text);
    int length = snprintf(text + UUID_TEXT_LENGTH, 32, ".%lld.", (long long)seq);
    return sign_token(handle, text, UUID_TEXT_LENGTH + (size_t)length, code)
               ? arena_printf(arena, "%s%s", text, code)
               : NULL;
}

enum mneme_code engine_token_parse(const struct mneme *handle, const char *token, int64_t *out_seq,
                                   struct mneme_error *err)
{
    char epoch[UUID_TEXT_LENGTH + 1], code[TOKEN_CODE_BYTES];
    const char *dot = strrchr(token, '.');
    size_t length = dot ? (size_t)(dot + 1 - token) : 0;
    char *end = NULL;
    *out_seq = 0;
    bool is_token = length > UUID_TEXT_LENGTH + 2 && token[UUID_TEXT_LENGTH] == '.' &&
                    sign_token(handle, token, length, code) && strcmp(dot + 1, code) == 0;
    if (is_token) {
        *out_seq = strtoll(token + UUID_TEXT_LENGTH + 1, &end, 10);
        is_token = end == dot;
    }
    if (!is_token) {
        return error_field(err, MNEME_INVALID, "token", "token", "the token is not of this store");
    }
    uuid_format(store_epoch(handle->engine->store), epoch);
    return memcmp(epoch, token, UUID_TEXT_LENGTH) == 0
               ? MNEME_OK
               : error_field(err, MNEME_CONFLICT, "token", "epoch",
                             "the store's data has been replaced since");
}
