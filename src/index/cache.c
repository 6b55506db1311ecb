/*
 * The partitions of a process.
 *
 * cache->lock guards the list, the counts of users and the bytes of the entries; entry->lock guards a partition. The list's lock is
 * never waited for while an entry's is held by the same thread, but for counting down.
 *
 * A snapshot and a partition agree when both are at the same change_seq of the user. A partition that is ahead (another thread
 * brought it further) makes the snapshot begin again; one that is behind is brought up under the write lock. Under a storm of
 * writes they could miss each other for ever: after a few rounds the caller keeps the write lock and ranks under it.
 */
#include "index/cache.h"

#include "base/alloc.h"
#include "index/load.h"

#include <pthread.h>
#include <string.h>

#define ROUNDS 8

struct index_entry {
    struct index_entry *next;
    struct uuid user;
    int64_t space_id;
    size_t dimension;
    size_t user_count; /* views that hold it, or wait for it */
    uint64_t last_used;
    size_t bytes;
    pthread_rwlock_t lock; /* guards what follows */
    struct partition *partition;
    int64_t change_seq;
};

struct index_cache {
    struct store *store;
    size_t budget_bytes;
    pthread_mutex_t lock;
    struct index_entry *entries;
    uint64_t clock;
};

struct index_cache *index_cache_new(struct store *store, size_t budget_bytes)
{
    struct index_cache *cache = mem_alloc_zero(1, sizeof *cache);
    if (cache != NULL) {
        cache->store = store;
        cache->budget_bytes = budget_bytes;
        pthread_mutex_init(&cache->lock, NULL);
    }
    return cache;
}

static void free_entry(struct index_entry *entry)
{
    partition_free(entry->partition);
    pthread_rwlock_destroy(&entry->lock);
    mem_free(entry);
}

void index_cache_free(struct index_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    while (cache->entries != NULL) {
        struct index_entry *entry = cache->entries;
        cache->entries = entry->next;
        free_entry(entry);
    }
    pthread_mutex_destroy(&cache->lock);
    mem_free(cache);
}

/* The space that the query's vector lies in; *space_id 0 if the user has no such space. */
static enum mneme_code find_space(struct db *db, const struct uuid *user, const char *name,
                                  int64_t *space_id, size_t *dimension, struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    *space_id = 0;
    *dimension = 0;
    if (name == NULL) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(db, SQL_SPACE_FIND, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, user);
    db_bind_text(statement, 2, name);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        *space_id = db_integer(statement, 0);
        *dimension = (size_t)db_integer(statement, 1);
        db_reset(statement);
    }
    return code;
}

static bool fits(const struct index_entry *entry, const struct uuid *user, bool any_space,
                 int64_t space_id)
{
    return uuid_compare(&entry->user, user) == 0 && (any_space || entry->space_id == space_id);
}

static struct index_entry *new_entry(const struct uuid *user, int64_t space_id, size_t dimension)
{
    struct index_entry *entry = mem_alloc_zero(1, sizeof *entry);
    if (entry != NULL) {
        entry->user = *user;
        entry->space_id = space_id;
        entry->dimension = dimension;
        pthread_rwlock_init(&entry->lock, NULL);
    }
    return entry;
}

/* The user's entry, counted; NULL when out of memory. */
static struct index_entry *claim(struct index_cache *cache, const struct uuid *user, bool any_space,
                                 int64_t space_id, size_t dimension)
{
    pthread_mutex_lock(&cache->lock);
    struct index_entry *entry = cache->entries;
    while (entry != NULL && !fits(entry, user, any_space, space_id)) {
        entry = entry->next;
    }
    if (entry == NULL) {
        entry = new_entry(user, space_id, dimension);
        if (entry != NULL) {
            entry->next = cache->entries;
            cache->entries = entry;
        }
    }
    if (entry != NULL) {
        entry->user_count++;
        entry->last_used = ++cache->clock;
    }
    pthread_mutex_unlock(&cache->lock);
    return entry;
}

static struct index_entry **find_victim(struct index_cache *cache)
{
    struct index_entry **victim = NULL;
    for (struct index_entry **at = &cache->entries; *at != NULL; at = &(*at)->next) {
        if ((*at)->user_count == 0 && (victim == NULL || (*at)->last_used < (*victim)->last_used)) {
            victim = at;
        }
    }
    return victim;
}

static size_t sum_bytes(const struct index_cache *cache)
{
    size_t bytes = 0;
    for (const struct index_entry *entry = cache->entries; entry != NULL; entry = entry->next) {
        bytes += entry->bytes;
    }
    return bytes;
}

/* Counts a view down; what is over the budget goes, the longest unused first. */
static void release(struct index_cache *cache, struct index_entry *entry)
{
    pthread_mutex_lock(&cache->lock);
    entry->user_count--;
    struct index_entry **victim;
    while (sum_bytes(cache) > cache->budget_bytes && (victim = find_victim(cache)) != NULL) {
        struct index_entry *gone = *victim;
        *victim = gone->next;
        free_entry(gone);
    }
    pthread_mutex_unlock(&cache->lock);
}

static bool is_current(const struct index_entry *entry, int64_t change_seq, int64_t now_us)
{
    return entry->partition != NULL && entry->change_seq == change_seq &&
           partition_next_expiry_us(entry->partition) > now_us;
}

static void drop(struct index_entry *entry)
{
    partition_free(entry->partition);
    entry->partition = NULL;
    entry->change_seq = 0;
}

/* Under the write lock: loads or catches up to the snapshot, and settles. */
static enum mneme_code bring_up(struct index_cache *cache, struct index_entry *entry,
                                const struct index_view *view, int64_t now_us,
                                struct mneme_error *err)
{
    struct partition_source source = {.db = view->db,
                                      .user = view->user,
                                      .space_id = entry->space_id,
                                      .dimension = entry->dimension};
    enum mneme_code code = MNEME_OK;
    if (entry->partition != NULL && partition_is_worn(entry->partition)) {
        drop(entry);
    }
    if (entry->partition == NULL) {
        entry->partition = partition_new();
        code = entry->partition ? MNEME_OK : error_nomem(err);
    }
    if (code == MNEME_OK && entry->change_seq < view->change_seq) {
        code = load_changes(&source, entry->change_seq, entry->partition, err);
    }
    if (code == MNEME_OK) {
        code = partition_settle(entry->partition, now_us, err);
    }
    if (code != MNEME_OK) {
        drop(entry);
        return code;
    }
    entry->change_seq = view->change_seq;
    size_t bytes = partition_bytes(entry->partition);
    pthread_mutex_lock(&cache->lock);
    entry->bytes = bytes;
    pthread_mutex_unlock(&cache->lock);
    return MNEME_OK;
}

static enum mneme_code renew_snapshot(struct index_view *view, const char *user_name,
                                      struct mneme_error *err)
{
    enum mneme_code code = store_read_again(view->cache->store, view->db, err);
    return code == MNEME_OK ? store_find_user(view->db, user_name, &view->user, &view->change_seq,
                                              &view->is_known, err)
                            : code;
}

/* Until partition and snapshot agree; returns with the entry locked on success, unlocked on failure. */
static enum mneme_code agree(struct index_view *view, const char *user_name, int64_t now_us,
                             struct mneme_error *err)
{
    struct index_entry *entry = view->entry;
    for (int round = 0;; round++) {
        pthread_rwlock_rdlock(&entry->lock);
        if (is_current(entry, view->change_seq, now_us)) {
            return MNEME_OK;
        }
        pthread_rwlock_unlock(&entry->lock);
        pthread_rwlock_wrlock(&entry->lock);
        enum mneme_code code = MNEME_OK;
        if (entry->change_seq > view->change_seq) {
            code = renew_snapshot(view, user_name, err);
        }
        if (code == MNEME_OK && !is_current(entry, view->change_seq, now_us)) {
            code = bring_up(view->cache, entry, view, now_us, err);
        }
        if (code == MNEME_OK && round >= ROUNDS) {
            return MNEME_OK;
        }
        pthread_rwlock_unlock(&entry->lock);
        if (code != MNEME_OK) {
            return code;
        }
    }
}

static enum mneme_code begin(struct index_view *view, const char *user_name, const char *space,
                             int64_t now_us, struct mneme_error *err)
{
    int64_t space_id;
    size_t dimension;
    enum mneme_code code = store_read_begin(view->cache->store, &view->db, err);
    if (code == MNEME_OK) {
        code = store_find_user(view->db, user_name, &view->user, &view->change_seq, &view->is_known,
                               err);
    }
    if (code != MNEME_OK || !view->is_known) {
        return code;
    }
    code = find_space(view->db, &view->user, space, &space_id, &dimension, err);
    if (code != MNEME_OK) {
        return code;
    }
    view->entry = claim(view->cache, &view->user, space == NULL, space_id, dimension);
    if (view->entry == NULL) {
        return error_nomem(err);
    }
    code = agree(view, user_name, now_us, err);
    if (code != MNEME_OK) {
        release(view->cache, view->entry);
        view->entry = NULL;
        return code;
    }
    view->partition = view->entry->partition;
    view->dimension = view->entry->dimension;
    return MNEME_OK;
}

enum mneme_code index_begin(struct index_cache *cache, const char *user_name, const char *space,
                            int64_t now_us, struct index_view *out, struct mneme_error *err)
{
    *out = (struct index_view){.cache = cache};
    enum mneme_code code = begin(out, user_name, space, now_us, err);
    if (code != MNEME_OK) {
        index_end(out);
    }
    return code;
}

void index_unlock(struct index_view *view)
{
    if (view->entry != NULL) {
        pthread_rwlock_unlock(&view->entry->lock);
        release(view->cache, view->entry);
        view->entry = NULL;
        view->partition = NULL;
    }
}

void index_end(struct index_view *view)
{
    index_unlock(view);
    store_read_end(view->cache->store, view->db);
    view->db = NULL;
}

void index_note_use(struct index_cache *cache, const struct uuid *user, const struct uuid *id,
                    int64_t at_us, int64_t count)
{
    pthread_mutex_lock(&cache->lock);
    for (struct index_entry *entry = cache->entries; entry != NULL; entry = entry->next) {
        // A partition that is busy goes without the note until it is next loaded: it only moves a small boost.
        if (uuid_compare(&entry->user, user) == 0 && pthread_rwlock_trywrlock(&entry->lock) == 0) {
            if (entry->partition != NULL) {
                partition_note_use(entry->partition, id, at_us, count);
            }
            pthread_rwlock_unlock(&entry->lock);
        }
    }
    pthread_mutex_unlock(&cache->lock);
}

size_t index_bytes(struct index_cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    size_t bytes = sum_bytes(cache);
    pthread_mutex_unlock(&cache->lock);
    return bytes;
}
