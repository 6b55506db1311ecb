/*
 * A transfer counts as a page if SQLite could only mean one: in the main file, a power of two of at least 512 bytes, at
 * a multiple of its length. Whether pages have checksums is said by the header (8 bytes reserved). A header may be
 * unreadable while the log still holds the good one, so only one that looks like a header is believed.
 *
 * A frame of the log comes as two writes, its header and its page. A header right behind what was written last is held
 * until the page comes, and both go in one; whatever else comes first finds the header written.
 */
#include "db/sqlite/sqlite_shim.h"

#include "base/alloc.h"

#include <assert.h>
#include <endian.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum {
    HEADER_BYTES = 100,
    HEADER_RESERVED = 20, // where the header says how much of each page is reserved
    CHECKSUM_BYTES = 8,
    FRAME_HEADER_BYTES = 24, // of the log
    PAGE_MIN = 512,
    PAGE_USUAL = 4096
};

struct shim {
    sqlite3_vfs vfs; // first
    sqlite3_vfs *beneath;
    bool has_latch;
};

enum checksums { CHECKSUMS_UNKNOWN, CHECKSUMS_OFF, CHECKSUMS_ON };

struct shim_file {
    sqlite3_file base;       // first
    sqlite3_file *beneath;   // behind this struct, in the same block
    bool is_latched_by_sync; // one of the files whose loss would be a store's
    bool is_store;           // the main file, whose pages have checksums
    bool is_verified;
    bool is_log;
    enum checksums checksums;
    unsigned char
        page[FRAME_HEADER_BYTES + PAGE_USUAL]; // to be written; of the log also the header held
    int held_bytes;                            // 0: none
    sqlite3_int64 log_end; // where the last write ended, and the header held begins
};

static atomic_bool latched;

bool sqlite_shim_is_latched(void)
{
    return atomic_load(&latched);
}

void sqlite_shim_latch(void)
{
    atomic_store(&latched, true);
}

void sqlite_shim_unlatch(void)
{
    atomic_store(&latched, false);
}

// --- checksum --------------------------------------------------------------------------------

static uint64_t load(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

// Each step is one-to-one in the word as in the state: two pages that differ in one word never agree.
static uint64_t mix(uint64_t state, uint64_t word)
{
    state = (state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return state << 29 | state >> 35;
}

static uint64_t finish(uint64_t sum, uint64_t lane)
{
    sum = mix(sum, lane);
    return sum ^ sum >> 32;
}

uint64_t sqlite_shim_checksum(const unsigned char *page, size_t size, uint64_t number)
{
    enum {
        ROUND = 32
    }; // four words to four lanes, independent, so that their multiplications overlap
    assert(size >= PAGE_MIN && size % ROUND == 0);
    uint64_t a = UINT64_C(0x243f6a8885a308d3), b = UINT64_C(0x13198a2e03707344);
    uint64_t c = UINT64_C(0xa4093822299f31d0), d = UINT64_C(0x082efa98ec4e6c89);
    const unsigned char *last = page + size - ROUND;
    for (; page < last; page += ROUND) {
        a = mix(a, load(page));
        b = mix(b, load(page + 8));
        c = mix(c, load(page + 16));
        d = mix(d, load(page + 24));
    }
    a = mix(a, load(last));
    b = mix(b, load(last + 8));
    c = mix(c, load(last + 16));
    d = mix(d, number); // in the place of the checksum itself
    return finish(finish(finish(finish(size, a), b), c), d);
}

static bool is_page(int amount, sqlite3_int64 offset)
{
    return amount >= PAGE_MIN && (amount & (amount - 1)) == 0 && offset % amount == 0;
}

static void note_header(struct shim_file *file, const unsigned char *header)
{
    static const char magic[] = "SQLite format 3"; // with its NUL
    if (memcmp(header, magic, sizeof magic) != 0) return;
    file->checksums = header[HEADER_RESERVED] == CHECKSUM_BYTES ? CHECKSUMS_ON : CHECKSUMS_OFF;
}

static bool has_checksums(struct shim_file *file)
{
    unsigned char header[HEADER_BYTES];
    if (file->checksums == CHECKSUMS_UNKNOWN &&
        file->beneath->pMethods->xRead(file->beneath, header, sizeof header, 0) == SQLITE_OK)
        note_header(file, header);
    return file->checksums == CHECKSUMS_ON;
}

// --- files -----------------------------------------------------------------------------------

static struct shim_file *own(sqlite3_file *file)
{
    return (struct shim_file *)file;
}

static bool is_refused(const struct shim_file *file)
{
    return file->is_latched_by_sync && atomic_load(&latched);
}

static int write_beneath(struct shim_file *file, const void *bytes, int amount,
                         sqlite3_int64 offset)
{
    return file->beneath->pMethods->xWrite(file->beneath, bytes, amount, offset);
}

/* Writes the header held, if there is one; after the latch it is nobody's. */
static int release_header(struct shim_file *file)
{
    int held = file->held_bytes;
    file->held_bytes = 0;
    if (held == 0 || is_refused(file)) return SQLITE_OK;
    return write_beneath(file, file->page, held, file->log_end);
}

static int write_log(struct shim_file *file, const void *bytes, int amount, sqlite3_int64 offset)
{
    int held = file->held_bytes;
    if (held > 0 && amount <= PAGE_USUAL && offset == file->log_end + held) {
        memcpy(file->page + held, bytes, (size_t)amount);
        file->held_bytes = 0;
        int rc = write_beneath(file, file->page, held + amount, file->log_end);
        if (rc == SQLITE_OK) file->log_end = offset + amount;
        return rc;
    }
    int rc = release_header(file);
    if (rc != SQLITE_OK) return rc;
    if (amount == FRAME_HEADER_BYTES && offset == file->log_end) {
        memcpy(file->page, bytes, (size_t)amount);
        file->held_bytes = amount;
        return SQLITE_OK;
    }
    rc = write_beneath(file, bytes, amount, offset);
    if (rc == SQLITE_OK) file->log_end = offset + amount;
    return rc;
}

static int file_close(sqlite3_file *base)
{
    sqlite3_file *beneath = own(base)->beneath;
    (void)release_header(own(base));
    return beneath->pMethods->xClose(beneath);
}

static int file_read(sqlite3_file *base, void *bytes, int amount, sqlite3_int64 offset)
{
    struct shim_file *file = own(base);
    int rc = release_header(file);
    if (rc != SQLITE_OK) return rc;
    rc = file->beneath->pMethods->xRead(file->beneath, bytes, amount, offset);
    if (rc != SQLITE_OK || !file->is_store) return rc;
    if (offset == 0 && amount >= HEADER_BYTES) note_header(file, bytes);
    if (!file->is_verified || !is_page(amount, offset) || !has_checksums(file)) return SQLITE_OK;
    const unsigned char *page = bytes;
    size_t size = (size_t)amount;
    uint64_t number = (uint64_t)(offset / amount) + 1;
    bool is_good = load(page + size - CHECKSUM_BYTES) == sqlite_shim_checksum(page, size, number);
    return is_good ? SQLITE_OK : SQLITE_IOERR_DATA;
}

// The caller's page is left as it is: it is SQLite's cache.
static int write_page(struct shim_file *file, const void *bytes, int amount, sqlite3_int64 offset)
{
    size_t size = (size_t)amount;
    unsigned char *page = size <= PAGE_USUAL ? file->page : mem_alloc(size);
    if (!page) return SQLITE_IOERR_NOMEM;
    memcpy(page, bytes, size - CHECKSUM_BYTES);
    uint64_t sum = htole64(sqlite_shim_checksum(page, size, (uint64_t)(offset / amount) + 1));
    memcpy(page + size - CHECKSUM_BYTES, &sum, sizeof sum);
    int rc = write_beneath(file, page, amount, offset);
    if (page != file->page) mem_free(page);
    return rc;
}

static int file_write(sqlite3_file *base, const void *bytes, int amount, sqlite3_int64 offset)
{
    struct shim_file *file = own(base);
    if (is_refused(file)) return SQLITE_IOERR_WRITE;
    if (file->is_log) return write_log(file, bytes, amount, offset);
    if (file->is_store) {
        if (offset == 0 && amount >= HEADER_BYTES) note_header(file, bytes);
        if (is_page(amount, offset) && has_checksums(file))
            return write_page(file, bytes, amount, offset);
    }
    return write_beneath(file, bytes, amount, offset);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct shim_file *file = own(base);
    if (is_refused(file)) return SQLITE_IOERR_TRUNCATE;
    int rc = release_header(file);
    return rc != SQLITE_OK ? rc : file->beneath->pMethods->xTruncate(file->beneath, size);
}

static int file_sync(sqlite3_file *base, int flags)
{
    struct shim_file *file = own(base);
    if (is_refused(file)) return SQLITE_IOERR_FSYNC;
    int rc = release_header(file);
    if (rc != SQLITE_OK) return rc;
    rc = file->beneath->pMethods->xSync(file->beneath, flags);
    if (rc != SQLITE_OK && file->is_latched_by_sync) sqlite_shim_latch();
    return rc;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    sqlite3_file *beneath = own(base)->beneath;
    int rc = release_header(own(base));
    return rc != SQLITE_OK ? rc : beneath->pMethods->xFileSize(beneath, size);
}

static int file_lock(sqlite3_file *base, int level)
{
    sqlite3_file *beneath = own(base)->beneath;
    return beneath->pMethods->xLock(beneath, level);
}

static int file_unlock(sqlite3_file *base, int level)
{
    sqlite3_file *beneath = own(base)->beneath;
    return beneath->pMethods->xUnlock(beneath, level);
}

static int file_check_reserved(sqlite3_file *base, int *is_reserved)
{
    sqlite3_file *beneath = own(base)->beneath;
    return beneath->pMethods->xCheckReservedLock(beneath, is_reserved);
}

static int file_control(sqlite3_file *base, int what, void *argument)
{
    struct shim_file *file = own(base);
    switch (what) {
    case SQLITE_SHIM_CHECKSUMS:
        file->checksums = *(const bool *)argument ? CHECKSUMS_ON : CHECKSUMS_OFF;
        return SQLITE_OK;
    case SQLITE_SHIM_VERIFY: file->is_verified = *(const bool *)argument; return SQLITE_OK;
    default: return file->beneath->pMethods->xFileControl(file->beneath, what, argument);
    }
}

static int file_sector_size(sqlite3_file *base)
{
    sqlite3_file *beneath = own(base)->beneath;
    return beneath->pMethods->xSectorSize(beneath);
}

// Pages are read whole, or they could not be verified; writes that the file system makes atomic would pass the latch.
static int file_characteristics(sqlite3_file *base)
{
    sqlite3_file *beneath = own(base)->beneath;
    int hidden = SQLITE_IOCAP_BATCH_ATOMIC;
#ifdef SQLITE_IOCAP_SUBPAGE_READ
    hidden |= SQLITE_IOCAP_SUBPAGE_READ;
#endif
    return beneath->pMethods->xDeviceCharacteristics(beneath) & ~hidden;
}

static int file_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **out)
{
    sqlite3_file *beneath = own(base)->beneath;
    return beneath->pMethods->xShmMap(beneath, region, size, extend, out);
}

static int file_shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
    sqlite3_file *beneath = own(base)->beneath;
    return beneath->pMethods->xShmLock(beneath, offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *base)
{
    sqlite3_file *beneath = own(base)->beneath;
    beneath->pMethods->xShmBarrier(beneath);
}

static int file_shm_unmap(sqlite3_file *base, int deletes)
{
    sqlite3_file *beneath = own(base)->beneath;
    return beneath->pMethods->xShmUnmap(beneath, deletes);
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2, // no memory-mapped pages, which nobody would verify
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

// --- the layer -------------------------------------------------------------------------------

static struct shim *shim_of(sqlite3_vfs *vfs)
{
    return (struct shim *)vfs;
}

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out)
{
    enum {
        STORE_FILES = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL |
                      SQLITE_OPEN_SUPER_JOURNAL
    };
    struct shim *shim = shim_of(vfs);
    struct shim_file *file = own(base);
    *file = (struct shim_file){
        .beneath = (sqlite3_file *)(file + 1),
        .is_latched_by_sync = shim->has_latch && (flags & STORE_FILES) != 0,
        .is_store = (flags & SQLITE_OPEN_MAIN_DB) != 0,
        .is_log = (flags & SQLITE_OPEN_WAL) != 0,
        .is_verified = true,
    };
    int rc = shim->beneath->xOpen(shim->beneath, name, file->beneath, flags, out);
    // SQLite closes whatever has methods, also after an error.
    if (file->beneath->pMethods) file->base.pMethods = &file_methods;
    return rc;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct shim *shim = shim_of(vfs);
    if (shim->has_latch && atomic_load(&latched)) return SQLITE_IOERR_DELETE;
    int rc = shim->beneath->xDelete(shim->beneath, name, sync_folder);
    if (shim->has_latch && rc == SQLITE_IOERR_DIR_FSYNC) sqlite_shim_latch();
    return rc;
}

static int shim_access(sqlite3_vfs *vfs, const char *name, int what, int *out)
{
    sqlite3_vfs *beneath = shim_of(vfs)->beneath;
    return beneath->xAccess(beneath, name, what, out);
}

static int shim_full_path(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    sqlite3_vfs *beneath = shim_of(vfs)->beneath;
    return beneath->xFullPathname(beneath, name, size, out);
}

static int shim_randomness(sqlite3_vfs *vfs, int size, char *out)
{
    sqlite3_vfs *beneath = shim_of(vfs)->beneath;
    return beneath->xRandomness(beneath, size, out);
}

static int shim_sleep(sqlite3_vfs *vfs, int us)
{
    sqlite3_vfs *beneath = shim_of(vfs)->beneath;
    return beneath->xSleep(beneath, us);
}

static int shim_time(sqlite3_vfs *vfs, double *out)
{
    sqlite3_vfs *beneath = shim_of(vfs)->beneath;
    return beneath->xCurrentTime(beneath, out);
}

static int shim_time_ms(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
    sqlite3_vfs *beneath = shim_of(vfs)->beneath;
    return beneath->xCurrentTimeInt64(beneath, out);
}

static int shim_last_error(sqlite3_vfs *vfs, int size, char *out)
{
    sqlite3_vfs *beneath = shim_of(vfs)->beneath;
    return beneath->xGetLastError(beneath, size, out);
}

static int add(struct shim *shim, const char *name, const char *beneath, bool has_latch)
{
    sqlite3_vfs *under = sqlite3_vfs_find(beneath);
    if (!under) return SQLITE_NOTFOUND;
    assert(under->iVersion >= 2);
    *shim = (struct shim){
        .vfs = {.iVersion = 2,
                .szOsFile = (int)sizeof(struct shim_file) + under->szOsFile,
                .mxPathname = under->mxPathname,
                .zName = name,
                .xOpen = shim_open,
                .xDelete = shim_delete,
                .xAccess = shim_access,
                .xFullPathname = shim_full_path,
                .xRandomness = shim_randomness,
                .xSleep = shim_sleep,
                .xCurrentTime = shim_time,
                .xGetLastError = shim_last_error,
                .xCurrentTimeInt64 = shim_time_ms},
        .beneath = under,
        .has_latch = has_latch,
    };
    return sqlite3_vfs_register(&shim->vfs, 0);
}

int sqlite_shim_start(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // guards the three below
    static struct shim store, copy;
    static bool is_started;
    (void)pthread_mutex_lock(&lock);
    int rc = SQLITE_OK;
    if (!is_started) {
        rc = sqlite3_initialize();
        if (rc == SQLITE_OK) rc = add(&store, SQLITE_SHIM_STORE, NULL, true);
        if (rc == SQLITE_OK) rc = add(&copy, SQLITE_SHIM_COPY, NULL, false);
        is_started = rc == SQLITE_OK;
    }
    (void)pthread_mutex_unlock(&lock);
    return rc;
}

int sqlite_shim_add(const char *name, const char *beneath, bool has_latch)
{
    struct shim *shim = mem_alloc_zero(1, sizeof *shim);
    if (!shim) return SQLITE_NOMEM;
    int rc = add(shim, name, beneath, has_latch);
    if (rc != SQLITE_OK) mem_free(shim);
    return rc;
}
