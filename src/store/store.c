/*
 * The store: opening, the pool of readers, the clock; users. Writing is in group.c.
 */
#include "base/alloc.h"
#include "base/limits.h"
#include "db/migrate.h"
#include "store/store_internal.h"

#include <assert.h>
#include <string.h>

static struct db_options db_options_of(const struct store *store, enum db_mode mode)
{
    return (struct db_options){
        .mode = mode, .env = &store->env, .log = store->log, .vfs = store->vfs};
}

enum mneme_code store_open_db(struct store *store, enum db_mode mode, struct db **out,
                              struct mneme_error *err)
{
    struct db_options options = db_options_of(store, mode);
    return db_open(store->path, &options, out, err);
}

/* Reads what the store says of itself: epoch, key, node and the last stamp. */
static enum mneme_code read_identity(struct store *store, struct db *db, struct mneme_error *err)
{
    enum mneme_code code = db_begin(db, DB_READ, err);
    if (code != MNEME_OK) {
        return code;
    }
    struct statement *statement = NULL;
    unsigned char sign_key[32] = {0};
    const struct {
        const char *key;
        void *to;
        size_t length;
    } wanted[] = {{"epoch", store->epoch.bytes, sizeof store->epoch.bytes},
                  {"sign_key", sign_key, sizeof sign_key}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted && code == MNEME_OK; i++) {
        bool has_row = false;
        code = db_prepare(db, SQL_META_GET, &statement, err);
        if (code == MNEME_OK) {
            db_bind_text(statement, 1, wanted[i].key);
            code = db_step(statement, &has_row, err);
        }
        if (code == MNEME_OK) {
            size_t length = 0;
            const void *value = has_row ? db_bytes(statement, 0, &length) : NULL;
            if (value == NULL || length != wanted[i].length) {
                code = error_field(err, MNEME_STORAGE, wanted[i].key, "corrupt",
                                   "the store has no valid '%s'", wanted[i].key);
            } else {
                memcpy(wanted[i].to, value, length);
            }
            db_reset(statement);
        }
    }
    if (code == MNEME_OK) {
        code = store_read_clock(db, &store->node, &store->last_hlc, err);
    }
    db_rollback(db);
    hash_key_clear(&store->sign_key);
    hash_key_init(&store->sign_key, sign_key, sizeof sign_key);
    return code;
}

enum mneme_code store_read_clock(struct db *db, struct uuid *node, int64_t *hlc,
                                 struct mneme_error *err)
{
    struct statement *statement;
    bool has_row = false;
    enum mneme_code code = db_prepare(db, SQL_CLOCK_GET, &statement, err);
    if (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    size_t length = 0;
    const void *bytes = has_row ? db_bytes(statement, 0, &length) : NULL;
    if (bytes == NULL || length != sizeof node->bytes) {
        code = error_field(err, MNEME_STORAGE, "node", "corrupt", "the store has no valid node id");
    } else {
        memcpy(node->bytes, bytes, length);
        *hlc = db_integer(statement, 1);
    }
    db_reset(statement);
    return code;
}

/* A store that is there is looked at by a reader first, so that opening one that is up to date writes nothing.
 * *is_behind: it is empty or of an older schema, and may be brought up. */
static enum mneme_code open_found(struct store *store, enum store_access access, bool *is_behind,
                                  struct mneme_error *err)
{
    struct schema_state schema;
    struct db *db;
    *is_behind = false;
    enum mneme_code code = store_open_db(store, DB_READ, &db, err);
    if (code != MNEME_OK) {
        return code;
    }
    code = migrate_inspect(db, &schema, err);
    if (code == MNEME_OK && schema.version < schema.newest && access == STORE_MAKE) {
        *is_behind = true;
        db_close(db);
        return MNEME_OK;
    }
    if (code == MNEME_OK) {
        store->is_read_only = access == STORE_READ || schema.version > schema.newest;
        code = migrate_check_readable(db, err);
    }
    if (code == MNEME_OK) {
        code = read_identity(store, db, err);
    }
    if (code == MNEME_OK) {
        store->free_readers[store->free_count++] = db;
        store->reader_count = 1;
    } else {
        db_close(db);
    }
    return code;
}

static enum mneme_code make_or_upgrade(struct store *store, struct mneme_error *err)
{
    enum mneme_code code = store_open_db(store, DB_WRITE, &store->writer, err);
    if (code == MNEME_OK) {
        code = migrate_upgrade(store->writer, store->path, err);
    }
    return code == MNEME_OK ? read_identity(store, store->writer, err) : code;
}

static enum mneme_code open_first(struct store *store, enum store_access access,
                                  struct mneme_error *err)
{
    struct mneme_error own = {0};
    bool is_behind;
    enum mneme_code code = open_found(store, access, &is_behind, &own);
    // A reader cannot open a store that is just being made, nor one whose making was cut short: a writer can, and says
    // better what is wrong if it cannot either.
    bool is_final = code == MNEME_UNSUPPORTED || code == MNEME_NOMEM;
    if (access == STORE_MAKE && (is_behind || (code != MNEME_OK && !is_final))) {
        return make_or_upgrade(store, err);
    }
    if (code == MNEME_NOT_FOUND) {
        return error_field(err, MNEME_NOT_FOUND, "url", "",
                           "there is no store at '%.80s'; the first write makes it", store->path);
    }
    return code == MNEME_OK ? code : error_copy(err, &own);
}

/* Ids are made at their write's time or later, so they rise from process to process, though the clock is set back. */
static int64_t id_now(void *context)
{
    const struct store *store = context;
    int64_t now = store->env.now_us(store->env.context), floor = atomic_load(&store->id_floor_us);
    return now > floor ? now : floor;
}

static bool id_random(void *context, void *bytes, size_t length)
{
    const struct store *store = context;
    return store->env.random(store->env.context, bytes, length);
}

enum mneme_code store_open(const struct store_options *options, struct store **out,
                           struct mneme_error *err)
{
    *out = NULL;
    struct store *store = mem_alloc_zero(1, sizeof *store);
    if (store == NULL) {
        return error_nomem(err);
    }
    store->env = options->env ? *options->env : env_system();
    store->log = options->log;
    pthread_mutex_init(&store->reader_lock, NULL);
    pthread_cond_init(&store->reader_free, NULL);
    pthread_mutex_init(&store->group_lock, NULL);
    pthread_cond_init(&store->seat_free, NULL);
    pthread_mutex_init(&store->clock_lock, NULL);
    store->id_env = (struct env){.now_us = id_now,
                                 .monotonic_us = store->env.monotonic_us,
                                 .random = id_random,
                                 .context = store};
    uuid_source_init(&store->ids, &store->id_env);
    hash_key_init(&store->sign_key, "", 0);
    store->path = mem_copy_text(options->path);
    store->vfs = mem_copy_text(options->vfs);
    enum mneme_code code = MNEME_OK;
    if (store->path == NULL || (options->vfs != NULL && store->vfs == NULL)) {
        code = error_nomem(err);
    }
    if (code == MNEME_OK) {
        code = open_first(store, options->access, err);
    }
    if (code != MNEME_OK) {
        store_close(store);
        return code;
    }
    *out = store;
    return MNEME_OK;
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    assert(store->queue_head == NULL);
    for (size_t i = 0; i < store->free_count; i++) {
        db_close(store->free_readers[i]);
    }
    db_close(store->writer);
    uuid_source_clear(&store->ids);
    hash_key_clear(&store->sign_key);
    pthread_mutex_destroy(&store->reader_lock);
    pthread_cond_destroy(&store->reader_free);
    pthread_mutex_destroy(&store->group_lock);
    pthread_cond_destroy(&store->seat_free);
    pthread_mutex_destroy(&store->clock_lock);
    mem_free(store->path);
    mem_free(store->vfs);
    mem_free(store);
}

const struct env *store_env(const struct store *store)
{
    return &store->env;
}

int64_t store_now_us(struct store *store)
{
    int64_t now = store->env.now_us(store->env.context);
    pthread_mutex_lock(&store->clock_lock);
    int64_t last = store->last_hlc;
    pthread_mutex_unlock(&store->clock_lock);
    return now > last ? now : last;
}

void store_raise_clock(struct store *store, int64_t hlc)
{
    pthread_mutex_lock(&store->clock_lock);
    if (hlc > store->last_hlc) {
        store->last_hlc = hlc;
    }
    pthread_mutex_unlock(&store->clock_lock);
}

enum mneme_code store_new_id(struct store *store, struct uuid *out, struct mneme_error *err)
{
    return uuid_next(&store->ids, out, err);
}

const struct uuid *store_epoch(const struct store *store)
{
    return &store->epoch;
}

enum mneme_code store_sign(struct store *store, const void *bytes, size_t length,
                           unsigned char out[SHA256_BYTES], struct mneme_error *err)
{
    return hash_key_sign(&store->sign_key, bytes, length, out, err);
}

bool store_is_read_only(const struct store *store)
{
    return store->is_read_only;
}

/* A free reader, or the right to open one more (*out NULL). Waits while LIMIT_READERS are out. */
static void claim_reader(struct store *store, struct db **out)
{
    pthread_mutex_lock(&store->reader_lock);
    while (store->free_count == 0 && store->reader_count == LIMIT_READERS) {
        pthread_cond_wait(&store->reader_free, &store->reader_lock);
    }
    if (store->free_count > 0) {
        *out = store->free_readers[--store->free_count];
    } else {
        *out = NULL;
        store->reader_count++;
    }
    pthread_mutex_unlock(&store->reader_lock);
}

static void give_reader(struct store *store, struct db *db)
{
    pthread_mutex_lock(&store->reader_lock);
    if (db != NULL) {
        store->free_readers[store->free_count++] = db;
    } else {
        store->reader_count--;
    }
    pthread_cond_signal(&store->reader_free);
    pthread_mutex_unlock(&store->reader_lock);
}

enum mneme_code store_read_begin(struct store *store, struct db **out, struct mneme_error *err)
{
    struct db *db;
    *out = NULL;
    claim_reader(store, &db);
    enum mneme_code code = MNEME_OK;
    if (db == NULL) {
        code = store_open_db(store, DB_READ, &db, err);
    }
    if (code == MNEME_OK) {
        code = db_begin(db, DB_READ, err);
    }
    if (code != MNEME_OK) {
        db_close(db);
        give_reader(store, NULL);
        return code;
    }
    *out = db;
    return MNEME_OK;
}

enum mneme_code store_read_again(struct store *store, struct db *db, struct mneme_error *err)
{
    (void)store;
    db_rollback(db);
    return db_begin(db, DB_READ, err);
}

void store_read_end(struct store *store, struct db *db)
{
    if (db == NULL) {
        return;
    }
    db_rollback(db);
    if (db->must_reopen) {
        db_close(db);
        db = NULL;
    }
    give_reader(store, db);
}

enum mneme_code store_find_user(struct db *db, const char *name, struct uuid *out,
                                int64_t *change_seq, bool *found, struct mneme_error *err)
{
    struct statement *statement;
    memset(out, 0, sizeof *out);
    *change_seq = 0;
    *found = false;
    enum mneme_code code = db_prepare(db, SQL_USER_FIND, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_text(statement, 1, name);
    code = db_step(statement, found, err);
    if (code != MNEME_OK || !*found) {
        return code;
    }
    size_t length = 0;
    const void *id = db_bytes(statement, 0, &length);
    if (length == sizeof out->bytes) {
        memcpy(out->bytes, id, length);
        *change_seq = db_integer(statement, 1);
    } else {
        *found = false;
        code = error_field(err, MNEME_STORAGE, "user", "corrupt", "a user's id is damaged");
    }
    db_reset(statement);
    return code;
}
