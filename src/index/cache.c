/*
 * Locks: the cache's mutex guards the lists, the byte count and each entry's number of holders; an entry's rwlock
 * guards its partition. Whoever has an entry's lock holds it (holders > 0), and an entry that nobody holds may be
 * freed under the mutex alone. The mutex may be taken inside an entry's lock, never the other way round.
 */
#include "index/cache.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "index/columns.h"
#include "index/load.h"

#include <assert.h>
#include <string.h>

#define BUCKETS 4096
/* A partition that others keep advancing past our snapshot is, after so many rounds, kept locked for writing. */
#define ROUNDS 4
/* Of so many partitions of a user at most a use is noted: it only moves a small boost. */
#define NOTED_SPACES 4

struct index_entry {
    struct uuid user;
    struct load_space spaces[PARTITION_SPACES]; /* whose vectors it holds */
    struct index_entry *next;                   /* of the bucket */
    struct index_entry *newer, *older;          /* by use */
    unsigned holders;
    size_t bytes; /* as last counted */

    pthread_rwlock_t lock; /* guards what follows */
    struct partition *partition;
    int64_t change_seq;
};

struct index_cache {
    struct store *store;
    size_t budget_bytes;
    pthread_mutex_t lock; /* guards what follows */
    size_t bytes;
    struct index_entry *newest, *oldest;
    struct index_entry *buckets[BUCKETS];
};

struct index_cache *index_cache_new(struct store *store, size_t budget_bytes)
{
    struct index_cache *cache = mem_alloc_zero(1, sizeof *cache);
    if (!cache) return NULL;
    cache->store = store;
    cache->budget_bytes = budget_bytes;
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

/* The last bytes of a UUID are random in every version. */
static struct index_entry **bucket_of(struct index_cache *cache, const struct uuid *user)
{
    return &cache->buckets[(user->bytes[14] << 8 | user->bytes[15]) % BUCKETS];
}

static void unlink_use(struct index_cache *cache, struct index_entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void link_newest(struct index_cache *cache, struct index_entry *entry)
{
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void drop(struct index_cache *cache, struct index_entry *entry)
{
    struct index_entry **at = bucket_of(cache, &entry->user);
    while (*at != entry) at = &(*at)->next;
    *at = entry->next;
    unlink_use(cache, entry);
    cache->bytes -= entry->bytes;
    partition_free(entry->partition);
    pthread_rwlock_destroy(&entry->lock);
    mem_free(entry);
}

void index_cache_free(struct index_cache *cache)
{
    if (!cache) return;
    while (cache->newest) {
        assert(cache->newest->holders == 0);
        drop(cache, cache->newest);
    }
    pthread_mutex_destroy(&cache->lock);
    mem_free(cache);
}

/* Drops the least recently used until the budget is met. The mutex is held. */
static void evict(struct index_cache *cache)
{
    struct index_entry *entry = cache->oldest;
    while (cache->bytes > cache->budget_bytes && entry && entry != cache->newest) {
        struct index_entry *newer = entry->newer;
        if (entry->holders == 0) drop(cache, entry);
        entry = newer;
    }
}

static bool has_spaces(const struct index_entry *entry, const struct load_state *state)
{
    for (size_t i = 0; i < PARTITION_SPACES; i++) {
        if (entry->spaces[i].space_id != state->spaces[i].space_id) return false;
    }
    return true;
}

/* The user's entry for its spaces, or for any. */
static struct index_entry *find(struct index_cache *cache, const struct load_state *state,
                                bool any_space)
{
    struct index_entry *entry = *bucket_of(cache, &state->user);
    while (entry && (uuid_compare(&entry->user, &state->user) != 0 ||
                     (!any_space && !has_spaces(entry, state))))
        entry = entry->next;
    return entry;
}

static struct index_entry *add(struct index_cache *cache, const struct load_state *state)
{
    struct index_entry *entry = mem_alloc_zero(1, sizeof *entry);
    if (!entry) return NULL;
    entry->user = state->user;
    memcpy(entry->spaces, state->spaces, sizeof entry->spaces);
    pthread_rwlock_init(&entry->lock, NULL);
    struct index_entry **bucket = bucket_of(cache, &state->user);
    entry->next = *bucket;
    *bucket = entry;
    link_newest(cache, entry);
    return entry;
}

/* The entry, held, made if there is none; NULL when out of memory. */
static struct index_entry *hold(struct index_cache *cache, const struct load_state *state,
                                bool any_space)
{
    pthread_mutex_lock(&cache->lock);
    struct index_entry *entry = find(cache, state, any_space);
    if (entry) {
        unlink_use(cache, entry);
        link_newest(cache, entry);
    } else {
        entry = add(cache, state);
    }
    if (entry) entry->holders++;
    pthread_mutex_unlock(&cache->lock);
    return entry;
}

static void let_go(struct index_cache *cache, struct index_entry *entry)
{
    pthread_mutex_lock(&cache->lock);
    entry->holders--;
    if (entry->holders == 0 && entry->bytes == 0) drop(cache, entry); // loading it failed
    evict(cache);
    pthread_mutex_unlock(&cache->lock);
}

/* After the partition of an entry, which is held, has grown or shrunk. */
static void count_bytes(struct index_cache *cache, struct index_entry *entry)
{
    size_t bytes = entry->partition ? partition_bytes(entry->partition) : 0;
    pthread_mutex_lock(&cache->lock);
    cache->bytes += bytes - entry->bytes;
    entry->bytes = bytes;
    evict(cache);
    pthread_mutex_unlock(&cache->lock);
}

static enum mneme_code read_user(struct db *db, const char *user_name, struct load_state *state,
                                 bool *is_known, struct mneme_error *err)
{
    return store_find_user(db, user_name, &state->user, &state->change_seq, is_known, err);
}

static bool fits(const struct index_entry *entry, const struct load_state *state, int64_t now_us)
{
    return entry->partition && entry->change_seq == state->change_seq &&
           partition_next_expiry_us(entry->partition) > now_us;
}

static void discard(struct index_entry *entry)
{
    partition_free(entry->partition);
    entry->partition = NULL;
    entry->change_seq = 0;
}

static enum mneme_code advance(struct index_entry *entry, struct db *db,
                               const struct load_state *state, int64_t now_us,
                               struct mneme_error *err)
{
    // A counter that went back belongs to a file that was put in the place of the old one.
    if (entry->partition && entry->change_seq > state->change_seq) discard(entry);
    if (!entry->partition) {
        entry->partition = partition_new();
        if (!entry->partition) return error_nomem(err);
        const size_t dimensions[] = {state->spaces[0].dimension, state->spaces[1].dimension};
        partition_set_dimensions(entry->partition, dimensions);
    }
    enum mneme_code code = MNEME_OK;
    if (entry->change_seq < state->change_seq)
        code = load_changes(db, state, entry->change_seq, entry->partition, err);
    if (code == MNEME_OK) code = partition_settle(entry->partition, now_us, err);
    if (code == MNEME_OK)
        entry->change_seq = state->change_seq;
    else
        discard(entry);
    return code;
}

/* Brings the entry, locked for writing, and the snapshot to the same state. */
static enum mneme_code agree(struct index_cache *cache, struct index_view *view,
                             const char *user_name, struct load_state *state, int64_t now_us,
                             struct mneme_error *err)
{
    struct index_entry *entry = view->entry;
    enum mneme_code code = MNEME_OK;
    bool is_known = true;
    if (entry->partition && entry->change_seq > state->change_seq) {
        code = store_read_again(cache->store, view->db, err);
        if (code == MNEME_OK) code = read_user(view->db, user_name, state, &is_known, err);
        if (code == MNEME_OK && (!is_known || uuid_compare(&state->user, &entry->user) != 0))
            code = error_set(err, MNEME_CONFLICT, "the store was replaced during the call");
    }
    if (code == MNEME_OK) code = advance(entry, view->db, state, now_us, err);
    if (code == MNEME_OK && partition_is_worn(entry->partition)) {
        discard(entry);
        code = advance(entry, view->db, state, now_us, err);
    }
    count_bytes(cache, entry);
    return code;
}

/* Leaves the entry locked unless it fails. */
static enum mneme_code lock_in_agreement(struct index_cache *cache, struct index_view *view,
                                         const char *user_name, struct load_state *state,
                                         int64_t now_us, struct mneme_error *err)
{
    struct index_entry *entry = view->entry;
    for (unsigned round = 1;; round++) {
        pthread_rwlock_rdlock(&entry->lock);
        if (fits(entry, state, now_us)) return MNEME_OK;
        pthread_rwlock_unlock(&entry->lock);
        pthread_rwlock_wrlock(&entry->lock);
        enum mneme_code code = agree(cache, view, user_name, state, now_us, err);
        if (code == MNEME_OK && round == ROUNDS) return MNEME_OK;
        pthread_rwlock_unlock(&entry->lock);
        if (code != MNEME_OK) return code;
    }
}

/* The snapshot, and where the user stands in it. */
static enum mneme_code begin_snapshot(struct index_view *view, const char *user_name,
                                      const struct index_spaces *spaces, struct load_state *state,
                                      struct mneme_error *err)
{
    enum mneme_code code = store_read_begin(view->cache->store, &view->db, err);
    if (code == MNEME_OK) code = read_user(view->db, user_name, state, &view->is_known, err);
    if (code == MNEME_OK && view->is_known && spaces)
        code = load_spaces(view->db, spaces->names, state, err);
    if (code == MNEME_OK && view->is_known)
        code = space_choice_find(view->db, &state->user, &view->choice, err);
    return code;
}

static void fill_view(struct index_view *view, const struct load_state *state,
                      const struct partition *partition)
{
    view->user = state->user;
    view->change_seq = state->change_seq;
    for (size_t i = 0; i < PARTITION_SPACES; i++) {
        view->dimensions[i] = state->spaces[i].dimension;
        view->space_ids[i] = state->spaces[i].space_id;
    }
    view->partition = partition;
}

static enum mneme_code begin(struct index_view *view, const char *user_name,
                             const struct index_spaces *spaces, int64_t now_us,
                             struct mneme_error *err)
{
    struct index_cache *cache = view->cache;
    struct load_state state = {0};
    enum mneme_code code = begin_snapshot(view, user_name, spaces, &state, err);
    if (code != MNEME_OK || !view->is_known) return code;
    struct index_entry *entry = view->entry = hold(cache, &state, spaces == NULL);
    if (!entry) return error_nomem(err);
    memcpy(state.spaces, entry->spaces, sizeof state.spaces); // when any would do
    code = lock_in_agreement(cache, view, user_name, &state, now_us, err);
    if (code != MNEME_OK) {
        view->entry = NULL;
        let_go(cache, entry);
        return code;
    }
    fill_view(view, &state, entry->partition);
    return MNEME_OK;
}

static enum mneme_code begin_own(struct index_view *view, const char *user_name,
                                 const struct index_spaces *spaces, struct mneme_error *err)
{
    struct load_state state = {0};
    enum mneme_code code = begin_snapshot(view, user_name, spaces, &state, err);
    if (code != MNEME_OK || !view->is_known) return code;
    view->own = partition_new();
    if (!view->own) return error_nomem(err);
    fill_view(view, &state, view->own);
    partition_set_dimensions(view->own, view->dimensions);
    return load_changes(view->db, &state, 0, view->own, err);
}

enum mneme_code index_begin_own(struct index_cache *cache, const char *user_name,
                                const struct index_spaces *spaces, struct index_view *out,
                                struct mneme_error *err)
{
    *out = (struct index_view){.cache = cache};
    enum mneme_code code = begin_own(out, user_name, spaces, err);
    if (code != MNEME_OK) {
        index_end(out);
        *out = (struct index_view){.cache = cache};
    }
    return code;
}

enum mneme_code index_begin(struct index_cache *cache, const char *user_name,
                            const struct index_spaces *spaces, int64_t now_us,
                            struct index_view *out, struct mneme_error *err)
{
    *out = (struct index_view){.cache = cache};
    enum mneme_code code = begin(out, user_name, spaces, now_us, err);
    if (code != MNEME_OK) {
        index_end(out);
        *out = (struct index_view){.cache = cache};
    }
    return code;
}

void index_unlock(struct index_view *view)
{
    if (!view->entry) return;
    pthread_rwlock_unlock(&view->entry->lock);
    let_go(view->cache, view->entry);
    view->entry = NULL;
    view->partition = NULL;
}

void index_end(struct index_view *view)
{
    index_unlock(view);
    partition_free(view->own);
    view->own = NULL;
    if (view->db) store_read_end(view->cache->store, view->db);
    view->db = NULL;
}

/* Partitions of the user, one a space, are few. */
void index_note_use(struct index_cache *cache, const struct uuid *user, const struct uuid *id,
                    int64_t at_us, int64_t count)
{
    struct index_entry *held[NOTED_SPACES];
    size_t found = 0;
    pthread_mutex_lock(&cache->lock);
    for (struct index_entry *entry = *bucket_of(cache, user); entry; entry = entry->next) {
        if (uuid_compare(&entry->user, user) != 0 || found == NOTED_SPACES) continue;
        entry->holders++;
        held[found++] = entry;
    }
    pthread_mutex_unlock(&cache->lock);
    for (size_t i = 0; i < found; i++) {
        pthread_rwlock_wrlock(&held[i]->lock);
        if (held[i]->partition) partition_note_use(held[i]->partition, id, at_us, count);
        pthread_rwlock_unlock(&held[i]->lock);
        let_go(cache, held[i]);
    }
}

static void look_for_nearest(const struct partition *partition, uint64_t simhash, int within,
                             struct index_near *out)
{
    uint32_t most = partition->count < LIMIT_NEAR_ROWS ? partition->count : LIMIT_NEAR_ROWS;
    for (uint32_t i = 0; i < most; i++) {
        uint32_t row = partition->count - 1 - i;
        int distance = __builtin_popcountll(partition->simhash[row] ^ simhash);
        bool may_matter = distance < out->distance || distance <= within;
        if (!may_matter || partition->kinds[row] != PARTITION_MEMORY ||
            partition->simhash[row] == 0 || !row_is_live(partition, row))
            continue;
        if (distance < out->distance) out->distance = distance;
        if (distance <= within && out->count < INDEX_NEAR)
            out->ids[out->count++] = partition->ids[row];
    }
}

void index_nearest(struct index_cache *cache, const struct uuid *user, uint64_t simhash, int within,
                   struct index_near *out)
{
    *out = (struct index_near){.distance = 64};
    if (simhash == 0) return;
    pthread_mutex_lock(&cache->lock);
    struct index_entry *entry = *bucket_of(cache, user);
    while (entry && uuid_compare(&entry->user, user) != 0) entry = entry->next;
    if (entry) entry->holders++;
    pthread_mutex_unlock(&cache->lock);
    if (!entry) return;
    if (pthread_rwlock_tryrdlock(&entry->lock) == 0) {
        if (entry->partition) look_for_nearest(entry->partition, simhash, within, out);
        pthread_rwlock_unlock(&entry->lock);
    }
    let_go(cache, entry);
}

size_t index_user_bytes(struct index_cache *cache, const struct uuid *user)
{
    size_t bytes = 0;
    pthread_mutex_lock(&cache->lock);
    for (const struct index_entry *entry = *bucket_of(cache, user); entry; entry = entry->next)
        bytes += uuid_compare(&entry->user, user) == 0 ? entry->bytes : 0;
    pthread_mutex_unlock(&cache->lock);
    return bytes;
}

size_t index_bytes(struct index_cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    size_t bytes = cache->bytes;
    pthread_mutex_unlock(&cache->lock);
    return bytes;
}
