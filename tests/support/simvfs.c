/*
 * A name leads to at most two files: the one the process sees and the one that would be found after a cut. They are the
 * same once the file has been synced, and differ after a removal or a new beginning under the same name.
 */
#include "simvfs.h"

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 16, NAME_BYTES = 128, SECTOR = 512, REGIONS_MAX = 32, SLOTS = SQLITE_SHM_NLOCK };

struct content {
    unsigned char *bytes;
    size_t size, capacity;
};

struct change {
    bool is_truncation; // to `offset`
    size_t offset, length;
    unsigned char *bytes;
};

struct file {
    int reference_count; // names, seen and durable, and open handles
    struct content seen, durable;
    struct change *changes;
    size_t change_count, change_capacity;
    struct handle *reserved, *pending, *exclusive;
    int shared_count;
    void *regions[REGIONS_MAX];
    int shm_shared[SLOTS], shm_user_count;
    struct handle *shm_exclusive[SLOTS];
};

struct name {
    char text[NAME_BYTES]; // empty: free
    struct file *seen, *durable;
};

struct sim_state {
    sqlite3_vfs vfs;
    pthread_mutex_t lock; // guards all below and the disk's counters
    struct name names[NAMES_MAX];
    int open_count;
    uint64_t random;
    int64_t now_us;
};

struct handle {
    sqlite3_file base; // first
    struct sim_disk *disk;
    struct file *file;
    int level;
    unsigned shm_shared, shm_exclusive; // slots held
    bool has_shm, deletes;
    char name[NAME_BYTES];
};

// --- memory and chance -------------------------------------------------------------------------------------------

static void *need(void *block)
{
    if (!block) abort();
    return block;
}

static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

// --- contents ----------------------------------------------------------------------------------------------------

static void content_resize(struct content *content, size_t size)
{
    if (size > content->capacity) {
        content->capacity = size * 2;
        content->bytes = need(realloc(content->bytes, content->capacity));
    }
    if (size > content->size) memset(content->bytes + content->size, 0, size - content->size);
    content->size = size;
}

static void content_write(struct content *content, const void *bytes, size_t length, size_t offset)
{
    if (offset + length > content->size) content_resize(content, offset + length);
    memcpy(content->bytes + offset, bytes, length);
}

static void content_copy(struct content *to, const struct content *from)
{
    content_resize(to, 0);
    if (from->size > 0) content_write(to, from->bytes, from->size, 0);
}

static void content_apply(struct content *content, const struct change *change)
{
    if (change->is_truncation)
        content_resize(content, change->offset);
    else
        content_write(content, change->bytes, change->length, change->offset);
}

// One write as a disk without power leaves it: sector by sector.
static void content_tear(struct content *content, const struct change *change,
                         bool keeps_neighbours, uint64_t *random)
{
    size_t end = change->offset + change->length;
    if (end > content->size) content_resize(content, end);
    for (size_t at = change->offset - change->offset % SECTOR; at < end; at += SECTOR) {
        size_t from = at < change->offset ? change->offset : at;
        size_t to = at + SECTOR > end ? end : at + SECTOR;
        uint64_t fate = draw(random) % 8;
        if (fate < 5) {
            memcpy(content->bytes + from, change->bytes + (from - change->offset), to - from);
        } else if (fate == 7) {
            if (!keeps_neighbours) {
                from = at;
                to = at + SECTOR > content->size ? content->size : at + SECTOR;
            }
            for (size_t i = from; i < to; i++) content->bytes[i] = (unsigned char)draw(random);
        }
    }
}

// --- files -------------------------------------------------------------------------------------------------------

static void file_forget_changes(struct file *file)
{
    for (size_t i = 0; i < file->change_count; i++) free(file->changes[i].bytes);
    file->change_count = 0;
}

static void file_release(struct file *file)
{
    if (!file || --file->reference_count > 0) return;
    file_forget_changes(file);
    free(file->changes);
    free(file->seen.bytes);
    free(file->durable.bytes);
    for (size_t i = 0; i < REGIONS_MAX; i++) free(file->regions[i]);
    free(file);
}

static struct file *file_new(void)
{
    return need(calloc(1, sizeof(struct file)));
}

static struct file *file_keep(struct file *file)
{
    if (file) file->reference_count++;
    return file;
}

static void file_note(struct file *file, bool is_truncation, size_t offset, const void *bytes,
                      size_t length)
{
    if (file->change_count == file->change_capacity) {
        file->change_capacity = file->change_capacity * 2 + 16;
        file->changes = need(realloc(file->changes, file->change_capacity * sizeof *file->changes));
    }
    struct change *change = &file->changes[file->change_count++];
    *change = (struct change){.is_truncation = is_truncation, .offset = offset, .length = length};
    if (length > 0) change->bytes = memcpy(need(malloc(length)), bytes, length);
    content_apply(&file->seen, change);
}

static struct name *find(struct sim_state *state, const char *text)
{
    for (size_t i = 0; i < NAMES_MAX; i++)
        if (strcmp(state->names[i].text, text) == 0) return &state->names[i];
    return NULL;
}

static void forget_name_if_unused(struct name *name)
{
    if (!name->seen && !name->durable) name->text[0] = '\0';
}

// --- counting and failing ----------------------------------------------------------------------------------------

// What each call begins with, under the lock: SQLITE_OK, or the code it fails with.
static int enter(struct sim_disk *disk, bool changes, int usual_code)
{
    struct sim_faults *faults = &disk->faults;
    disk->call_count++;
    if (changes) disk->change_count++;
    if (changes && faults->cut_at > 0 && disk->change_count >= faults->cut_at) disk->is_cut = true;
    if (disk->is_cut) return usual_code;
    bool fails =
        disk->call_count == faults->fail_at ||
        (faults->fails_for_ever && faults->fail_at > 0 && disk->call_count > faults->fail_at);
    return fails ? faults->fail_code : SQLITE_OK;
}

static struct handle *own(sqlite3_file *file)
{
    return (struct handle *)file;
}

static struct sim_state *lock_of(struct handle *handle)
{
    struct sim_state *state = handle->disk->state;
    (void)pthread_mutex_lock(&state->lock);
    return state;
}

static int leave(struct sim_state *state, int rc)
{
    (void)pthread_mutex_unlock(&state->lock);
    return rc;
}

// --- reading and writing -----------------------------------------------------------------------------------------

static int sim_read(sqlite3_file *base, void *bytes, int amount, sqlite3_int64 offset)
{
    struct handle *handle = own(base);
    struct sim_state *state = lock_of(handle);
    int rc = enter(handle->disk, false, SQLITE_IOERR_READ);
    if (rc != SQLITE_OK) return leave(state, rc);
    const struct content *seen = &handle->file->seen;
    size_t from = (size_t)offset, length = (size_t)amount;
    size_t there = from >= seen->size ? 0 : seen->size - from < length ? seen->size - from : length;
    if (there > 0) memcpy(bytes, seen->bytes + from, there);
    memset((char *)bytes + there, 0, length - there);
    return leave(state, there < length ? SQLITE_IOERR_SHORT_READ : SQLITE_OK);
}

static int sim_write(sqlite3_file *base, const void *bytes, int amount, sqlite3_int64 offset)
{
    struct handle *handle = own(base);
    struct sim_state *state = lock_of(handle);
    int rc = enter(handle->disk, true, SQLITE_IOERR_WRITE);
    if (rc == SQLITE_OK) file_note(handle->file, false, (size_t)offset, bytes, (size_t)amount);
    return leave(state, rc);
}

static int sim_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct handle *handle = own(base);
    struct sim_state *state = lock_of(handle);
    int rc = enter(handle->disk, true, SQLITE_IOERR_TRUNCATE);
    if (rc == SQLITE_OK) file_note(handle->file, true, (size_t)size, NULL, 0);
    return leave(state, rc);
}

static void make_durable(struct sim_state *state, struct handle *handle)
{
    struct file *file = handle->file;
    for (size_t i = 0; i < file->change_count; i++)
        content_apply(&file->durable, &file->changes[i]);
    file_forget_changes(file);
    struct name *name = find(state, handle->name);
    if (!name || name->seen != file || name->durable == file) return;
    file_release(name->durable);
    name->durable = file_keep(file);
}

static int sim_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    struct handle *handle = own(base);
    struct sim_state *state = lock_of(handle);
    struct sim_disk *disk = handle->disk;
    int rc = enter(disk, true, SQLITE_IOERR_FSYNC);
    if (rc != SQLITE_OK) return leave(state, rc);
    disk->sync_count++;
    if (disk->sync_count == disk->faults.drop_sync_at) {
        file_forget_changes(handle->file);
        return leave(state, SQLITE_IOERR_FSYNC);
    }
    if (!disk->faults.sync_lies) make_durable(state, handle);
    return leave(state, SQLITE_OK);
}

static int sim_size(sqlite3_file *base, sqlite3_int64 *size)
{
    struct handle *handle = own(base);
    struct sim_state *state = lock_of(handle);
    int rc = enter(handle->disk, false, SQLITE_IOERR_FSTAT);
    *size = (sqlite3_int64)handle->file->seen.size;
    return leave(state, rc);
}

// --- locks -------------------------------------------------------------------------------------------------------

// Whether `handle` may rise to `level`, given what the others hold.
static bool may_lock(const struct handle *handle, int level)
{
    const struct file *file = handle->file;
    switch (level) {
    case SQLITE_LOCK_SHARED: return !file->pending && !file->exclusive;
    case SQLITE_LOCK_RESERVED: return !file->reserved && !file->pending && !file->exclusive;
    default:
        return (!file->reserved || file->reserved == handle) &&
               (!file->pending || file->pending == handle) &&
               (!file->exclusive || file->exclusive == handle);
    }
}

static int sim_lock(sqlite3_file *base, int level)
{
    struct handle *handle = own(base);
    struct sim_state *state = lock_of(handle);
    struct file *file = handle->file;
    if (level <= handle->level) return leave(state, SQLITE_OK);
    if (!may_lock(handle, level)) return leave(state, SQLITE_BUSY);
    if (level == SQLITE_LOCK_SHARED) file->shared_count++;
    if (level == SQLITE_LOCK_RESERVED) file->reserved = handle;
    if (level == SQLITE_LOCK_EXCLUSIVE) {
        file->pending = handle; // stays, so that readers drain
        if (handle->level < SQLITE_LOCK_PENDING) handle->level = SQLITE_LOCK_PENDING;
        if (file->shared_count > 1) return leave(state, SQLITE_BUSY);
        file->exclusive = handle;
    }
    handle->level = level;
    return leave(state, SQLITE_OK);
}

static void unlock_to(struct handle *handle, int level)
{
    struct file *file = handle->file;
    if (level >= handle->level) return;
    if (file->exclusive == handle) file->exclusive = NULL;
    if (file->pending == handle) file->pending = NULL;
    if (file->reserved == handle) file->reserved = NULL;
    if (level == SQLITE_LOCK_NONE) file->shared_count--;
    handle->level = level;
}

static int sim_unlock(sqlite3_file *base, int level)
{
    struct handle *handle = own(base);
    struct sim_state *state = lock_of(handle);
    unlock_to(handle, level);
    return leave(state, SQLITE_OK);
}

static int sim_check_reserved(sqlite3_file *base, int *is_reserved)
{
    struct handle *handle = own(base);
    struct sim_state *state = lock_of(handle);
    *is_reserved = handle->file->reserved || handle->file->pending || handle->file->exclusive;
    return leave(state, SQLITE_OK);
}

// --- shared memory -----------------------------------------------------------------------------------------------

static int sim_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **out)
{
    struct handle *handle = own(base);
    struct sim_state *state = lock_of(handle);
    *out = NULL;
    int rc = enter(handle->disk, false, SQLITE_IOERR_SHMMAP);
    if (rc != SQLITE_OK) return leave(state, rc);
    assert(region < REGIONS_MAX);
    struct file *file = handle->file;
    if (!handle->has_shm) file->shm_user_count++;
    handle->has_shm = true;
    if (!file->regions[region] && extend) file->regions[region] = need(calloc(1, (size_t)size));
    *out = file->regions[region];
    return leave(state, SQLITE_OK);
}

static bool may_lock_slot(const struct handle *handle, int slot, bool is_shared)
{
    const struct file *file = handle->file;
    if (file->shm_exclusive[slot] && file->shm_exclusive[slot] != handle) return false;
    return is_shared || file->shm_shared[slot] == (int)(handle->shm_shared >> slot & 1);
}

static void unlock_slot(struct handle *handle, int slot)
{
    unsigned bit = 1u << slot;
    if (handle->shm_shared & bit) handle->file->shm_shared[slot]--;
    if (handle->shm_exclusive & bit) handle->file->shm_exclusive[slot] = NULL;
    handle->shm_shared &= ~bit;
    handle->shm_exclusive &= ~bit;
}

static void lock_slot(struct handle *handle, int slot, bool is_shared)
{
    unsigned bit = 1u << slot;
    if (is_shared && !(handle->shm_shared & bit)) {
        handle->shm_shared |= bit;
        handle->file->shm_shared[slot]++;
    } else if (!is_shared) {
        handle->shm_exclusive |= bit;
        handle->file->shm_exclusive[slot] = handle;
    }
}

static int sim_shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
    struct handle *handle = own(base);
    struct sim_state *state = lock_of(handle);
    bool is_shared = (flags & SQLITE_SHM_SHARED) != 0;
    if (flags & SQLITE_SHM_LOCK) {
        for (int i = offset; i < offset + count; i++)
            if (!may_lock_slot(handle, i, is_shared)) return leave(state, SQLITE_BUSY);
        for (int i = offset; i < offset + count; i++) lock_slot(handle, i, is_shared);
    } else {
        for (int i = offset; i < offset + count; i++) unlock_slot(handle, i);
    }
    return leave(state, SQLITE_OK);
}

static void sim_shm_barrier(sqlite3_file *base)
{
    (void)base;
    atomic_thread_fence(memory_order_seq_cst);
}

static void leave_shm(struct handle *handle, bool deletes)
{
    struct file *file = handle->file;
    if (!handle->has_shm) return;
    for (int i = 0; i < SLOTS; i++) unlock_slot(handle, i);
    handle->has_shm = false;
    if (--file->shm_user_count > 0 || !deletes) return;
    for (size_t i = 0; i < REGIONS_MAX; i++) {
        free(file->regions[i]);
        file->regions[i] = NULL;
    }
}

static int sim_shm_unmap(sqlite3_file *base, int deletes)
{
    struct handle *handle = own(base);
    struct sim_state *state = lock_of(handle);
    leave_shm(handle, deletes != 0);
    return leave(state, SQLITE_OK);
}

// --- the rest of a file ------------------------------------------------------------------------------------------

static int sim_close(sqlite3_file *base)
{
    struct handle *handle = own(base);
    struct sim_state *state = lock_of(handle);
    leave_shm(handle, false);
    unlock_to(handle, SQLITE_LOCK_NONE);
    if (handle->deletes) {
        struct name *name = find(state, handle->name);
        if (name) {
            file_release(name->seen);
            file_release(name->durable);
            *name = (struct name){0};
        }
    }
    file_release(handle->file);
    state->open_count--;
    return leave(state, SQLITE_OK);
}

static int sim_control(sqlite3_file *base, int what, void *argument)
{
    (void)base;
    (void)what;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int sim_sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR;
}

static int sim_characteristics(sqlite3_file *base)
{
    return own(base)->disk->faults.keeps_neighbours ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0;
}

static const sqlite3_io_methods sim_methods = {
    .iVersion = 2,
    .xClose = sim_close,
    .xRead = sim_read,
    .xWrite = sim_write,
    .xTruncate = sim_truncate,
    .xSync = sim_sync,
    .xFileSize = sim_size,
    .xLock = sim_lock,
    .xUnlock = sim_unlock,
    .xCheckReservedLock = sim_check_reserved,
    .xFileControl = sim_control,
    .xSectorSize = sim_sector_size,
    .xDeviceCharacteristics = sim_characteristics,
    .xShmMap = sim_shm_map,
    .xShmLock = sim_shm_lock,
    .xShmBarrier = sim_shm_barrier,
    .xShmUnmap = sim_shm_unmap,
};

// --- the layer ---------------------------------------------------------------------------------------------------

static struct sim_disk *disk_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static int sim_open(sqlite3_vfs *vfs, const char *text, sqlite3_file *base, int flags, int *out)
{
    struct sim_disk *disk = disk_of(vfs);
    struct sim_state *state = disk->state;
    struct handle *handle = own(base);
    *handle = (struct handle){.disk = disk};
    (void)pthread_mutex_lock(&state->lock);
    int rc = enter(disk, false, SQLITE_CANTOPEN);
    if (rc != SQLITE_OK) return leave(state, rc);
    static const char unnamed[] = "/unnamed"; // temporary: gone when closed, so one suffices
    handle->deletes = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    size_t length = strlen(text ? text : unnamed);
    assert(length < NAME_BYTES);
    memcpy(handle->name, text ? text : unnamed, length + 1);
    struct name *name = text ? find(state, text) : NULL;
    if (!name || !name->seen) {
        if (text && !(flags & SQLITE_OPEN_CREATE)) return leave(state, SQLITE_CANTOPEN);
        handle->file = file_keep(file_new());
        if (text) {
            if (!name) name = find(state, "");
            assert(name);
            memcpy(name->text, handle->name, length + 1);
            name->seen = file_keep(handle->file);
        }
    } else {
        handle->file = file_keep(name->seen);
    }
    state->open_count++;
    handle->base.pMethods = &sim_methods;
    if (out) *out = flags;
    return leave(state, SQLITE_OK);
}

static int sim_delete(sqlite3_vfs *vfs, const char *text, int sync_folder)
{
    struct sim_disk *disk = disk_of(vfs);
    struct sim_state *state = disk->state;
    (void)pthread_mutex_lock(&state->lock);
    int rc = enter(disk, true, SQLITE_IOERR_DELETE);
    if (rc != SQLITE_OK) return leave(state, rc);
    struct name *name = find(state, text);
    if (!name || !name->seen) return leave(state, SQLITE_IOERR_DELETE_NOENT);
    file_release(name->seen);
    name->seen = NULL;
    if (sync_folder && !disk->faults.sync_lies) {
        file_release(name->durable);
        name->durable = NULL;
    }
    forget_name_if_unused(name);
    return leave(state, SQLITE_OK);
}

static int sim_access(sqlite3_vfs *vfs, const char *text, int what, int *out)
{
    (void)what;
    struct sim_disk *disk = disk_of(vfs);
    struct sim_state *state = disk->state;
    (void)pthread_mutex_lock(&state->lock);
    int rc = enter(disk, false, SQLITE_IOERR_ACCESS);
    const struct name *name = find(state, text);
    *out = rc == SQLITE_OK && name && name->seen;
    return leave(state, rc);
}

static int sim_full_path(sqlite3_vfs *vfs, const char *text, int size, char *out)
{
    (void)vfs;
    size_t length = strlen(text);
    if (length >= (size_t)size) return SQLITE_CANTOPEN;
    memcpy(out, text, length + 1);
    return SQLITE_OK;
}

static int sim_randomness(sqlite3_vfs *vfs, int size, char *out)
{
    struct sim_state *state = disk_of(vfs)->state;
    (void)pthread_mutex_lock(&state->lock);
    for (int i = 0; i < size; i++) out[i] = (char)draw(&state->random);
    (void)pthread_mutex_unlock(&state->lock);
    return size;
}

static int sim_sleep(sqlite3_vfs *vfs, int us)
{
    struct sim_state *state = disk_of(vfs)->state;
    (void)pthread_mutex_lock(&state->lock);
    state->now_us += us;
    (void)pthread_mutex_unlock(&state->lock);
    return us;
}

static int sim_time_ms(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
    struct sim_state *state = disk_of(vfs)->state;
    (void)pthread_mutex_lock(&state->lock);
    state->now_us++;
    // Milliseconds since the Julian epoch.
    *out = state->now_us / 1000 + INT64_C(210866760000000);
    (void)pthread_mutex_unlock(&state->lock);
    return SQLITE_OK;
}

static int sim_time(sqlite3_vfs *vfs, double *out)
{
    sqlite3_int64 ms;
    (void)sim_time_ms(vfs, &ms);
    *out = (double)ms / 86400000.0;
    return SQLITE_OK;
}

static int sim_last_error(sqlite3_vfs *vfs, int size, char *out)
{
    (void)vfs;
    if (size > 0) out[0] = '\0';
    return 0;
}

// --- the disk ----------------------------------------------------------------------------------------------------

static void clear_names(struct name *names)
{
    for (size_t i = 0; i < NAMES_MAX; i++) {
        file_release(names[i].seen);
        file_release(names[i].durable);
        names[i] = (struct name){0};
    }
}

static void begin_anew(struct sim_disk *disk, uint64_t seed)
{
    disk->faults = (struct sim_faults){.keeps_neighbours = disk->faults.keeps_neighbours};
    disk->call_count = disk->change_count = disk->sync_count = 0;
    disk->is_cut = false;
    disk->state->random = seed;
}

struct sim_disk *sim_disk_new(const char *vfs_name, uint64_t seed)
{
    struct sim_disk *disk = need(calloc(1, sizeof *disk));
    struct sim_state *state = need(calloc(1, sizeof *state));
    disk->state = state;
    state->vfs = (sqlite3_vfs){.iVersion = 2,
                               .szOsFile = (int)sizeof(struct handle),
                               .mxPathname = NAME_BYTES - 1,
                               .zName = vfs_name,
                               .pAppData = disk,
                               .xOpen = sim_open,
                               .xDelete = sim_delete,
                               .xAccess = sim_access,
                               .xFullPathname = sim_full_path,
                               .xRandomness = sim_randomness,
                               .xSleep = sim_sleep,
                               .xCurrentTime = sim_time,
                               .xGetLastError = sim_last_error,
                               .xCurrentTimeInt64 = sim_time_ms};
    (void)pthread_mutex_init(&state->lock, NULL);
    begin_anew(disk, seed);
    if (sqlite3_vfs_register(&state->vfs, 0) != SQLITE_OK) abort();
    return disk;
}

void sim_disk_free(struct sim_disk *disk)
{
    if (!disk) return;
    assert(disk->state->open_count == 0);
    (void)sqlite3_vfs_unregister(&disk->state->vfs);
    clear_names(disk->state->names);
    (void)pthread_mutex_destroy(&disk->state->lock);
    free(disk->state);
    free(disk);
}

void sim_disk_reset(struct sim_disk *disk, uint64_t seed)
{
    assert(disk->state->open_count == 0);
    clear_names(disk->state->names);
    disk->faults.keeps_neighbours = false;
    begin_anew(disk, seed);
}

// What a cut leaves of a file's content.
static struct content survive(const struct file *file, enum sim_damage damage,
                              bool keeps_neighbours, uint64_t *random)
{
    struct content content = {0};
    content_copy(&content, &file->durable);
    size_t first =
        damage == SIM_PREFIX ? draw(random) % (file->change_count + 1) : file->change_count;
    if (damage == SIM_NONE) return content;
    for (size_t i = 0; i < first; i++) {
        if (damage != SIM_PREFIX && draw(random) % 2 == 0) continue;
        const struct change *change = &file->changes[i];
        if (damage == SIM_TORN && !change->is_truncation)
            content_tear(&content, change, keeps_neighbours, random);
        else
            content_apply(&content, change);
    }
    return content;
}

void sim_disk_reboot(struct sim_disk *disk, enum sim_damage damage, uint64_t seed)
{
    struct sim_state *state = disk->state;
    assert(state->open_count == 0);
    uint64_t random = seed;
    for (size_t i = 0; i < NAMES_MAX; i++) {
        struct name *name = &state->names[i];
        if (name->text[0] == '\0') continue;
        // Of a name that was changed and not synced either state may be found.
        struct file *found = name->durable;
        if (damage != SIM_NONE && name->seen != name->durable && draw(&random) % 2 == 0)
            found = name->seen;
        struct file *fresh = NULL;
        if (found) {
            fresh = file_new();
            fresh->durable = survive(found, damage, disk->faults.keeps_neighbours, &random);
            content_copy(&fresh->seen, &fresh->durable);
        }
        file_release(name->seen);
        file_release(name->durable);
        name->seen = file_keep(fresh);
        name->durable = file_keep(fresh);
        forget_name_if_unused(name);
    }
    begin_anew(disk, seed);
}

// --- images ------------------------------------------------------------------------------------------------------

struct sim_image {
    struct name names[NAMES_MAX];
};

static struct file *file_copy(const struct file *file)
{
    if (!file) return NULL;
    struct file *copy = file_new();
    content_copy(&copy->durable, &file->durable);
    content_copy(&copy->seen, &file->durable);
    for (size_t i = 0; i < file->change_count; i++) {
        const struct change *change = &file->changes[i];
        file_note(copy, change->is_truncation, change->offset, change->bytes, change->length);
    }
    content_copy(&copy->seen, &file->seen);
    return copy;
}

static void copy_names(struct name *to, const struct name *from)
{
    for (size_t i = 0; i < NAMES_MAX; i++) {
        memcpy(to[i].text, from[i].text, NAME_BYTES);
        to[i].seen = file_keep(file_copy(from[i].seen));
        to[i].durable =
            file_keep(from[i].durable == from[i].seen ? to[i].seen : file_copy(from[i].durable));
    }
}

struct sim_image *sim_image_new(const struct sim_disk *disk)
{
    struct sim_image *image = need(calloc(1, sizeof *image));
    copy_names(image->names, disk->state->names);
    return image;
}

void sim_image_load(const struct sim_image *image, struct sim_disk *disk)
{
    assert(disk->state->open_count == 0);
    clear_names(disk->state->names);
    copy_names(disk->state->names, image->names);
    begin_anew(disk, 0);
}

void sim_image_free(struct sim_image *image)
{
    clear_names(image->names);
    free(image);
}
