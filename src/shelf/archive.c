#include "shelf/archive.h"

#include "base/alloc.h"
#include "base/library.h"
#include "base/limits.h"

#include <pthread.h>
#include <string.h>
#include <zip.h>

/* What is used of libzip; every version since 1.0 has it under these names. */
static struct {
    pthread_once_t once;
    bool is_there;
    zip_t *(*open)(const char *, int, int *);
    void (*discard)(zip_t *);
    zip_int64_t (*get_num_entries)(zip_t *, zip_flags_t);
    const char *(*get_name)(zip_t *, zip_uint64_t, zip_flags_t);
    zip_int64_t (*name_locate)(zip_t *, const char *, zip_flags_t);
    zip_file_t *(*fopen_index)(zip_t *, zip_uint64_t, zip_flags_t);
    zip_int64_t (*fread)(zip_file_t *, void *, zip_uint64_t);
    int (*fclose)(zip_file_t *);
} lib = {.once = PTHREAD_ONCE_INIT};

static void load(void)
{
    static const char *const names[] = {"libzip.so.5", "libzip.so.4", "libzip.so", NULL};
    const struct library_symbol symbols[] = {{"zip_open", &lib.open},
                                             {"zip_discard", &lib.discard},
                                             {"zip_get_num_entries", &lib.get_num_entries},
                                             {"zip_get_name", &lib.get_name},
                                             {"zip_name_locate", &lib.name_locate},
                                             {"zip_fopen_index", &lib.fopen_index},
                                             {"zip_fread", &lib.fread},
                                             {"zip_fclose", &lib.fclose}};
    lib.is_there = library_open(names, symbols, sizeof symbols / sizeof *symbols) == NULL;
}

struct archive {
    zip_t *zip;
    zip_uint64_t count;
};

struct archive_member {
    zip_file_t *file;
};

static enum mneme_code refuse(struct mneme_error *err, const char *path, int reason)
{
    if (reason == ZIP_ER_MEMORY) {
        return error_nomem(err);
    }
    if (reason == ZIP_ER_NOENT || reason == ZIP_ER_OPEN) {
        return error_field(err, MNEME_NOT_FOUND, "file", "file", "cannot open '%.80s'", path);
    }
    return error_field(err, MNEME_INVALID, "file", "format", "'%.80s' is no sound zip archive",
                       path);
}

enum mneme_code archive_open(const char *path, struct archive **out, struct mneme_error *err)
{
    int reason = 0;
    *out = NULL;
    (void)pthread_once(&lib.once, load);
    if (!lib.is_there) {
        return error_field(err, MNEME_UNSUPPORTED, "file", "library",
                           "libzip, which unpacks packages, is not installed");
    }
    zip_t *zip = lib.open(path, ZIP_RDONLY | ZIP_CHECKCONS, &reason);
    if (zip == NULL) {
        return refuse(err, path, reason);
    }
    zip_int64_t count = lib.get_num_entries(zip, 0);
    struct archive *archive = mem_alloc(sizeof *archive);
    if (archive == NULL || count < 0 || count > LIMIT_ARCHIVE_MEMBERS) {
        mem_free(archive);
        lib.discard(zip);
        return archive == NULL ? error_nomem(err)
                               : error_field(err, MNEME_INVALID, "file", "max_items",
                                             "'%.80s' has more files than any model", path);
    }
    *archive = (struct archive){.zip = zip, .count = (zip_uint64_t)count};
    *out = archive;
    return MNEME_OK;
}

void archive_close(struct archive *archive)
{
    if (archive != NULL) {
        lib.discard(archive->zip);
        mem_free(archive);
    }
}

bool archive_find_folder(struct archive *archive, const char *name, struct arena *arena,
                         const char **out)
{
    size_t length = strlen(name);
    *out = NULL;
    for (zip_uint64_t i = 0; i < archive->count; i++) {
        const char *whole = lib.get_name(archive->zip, i, 0);
        size_t whole_length = whole != NULL ? strlen(whole) : 0;
        if (whole_length < length || strcmp(whole + whole_length - length, name) != 0) {
            continue;
        }
        size_t before = whole_length - length;
        if (before == 0 || whole[before - 1] == '/') {
            *out = arena_text_n(arena, whole, before);
            return *out != NULL;
        }
    }
    return false;
}

enum mneme_code archive_member_open(struct archive *archive, const char *name,
                                    struct archive_member **out, struct mneme_error *err)
{
    *out = NULL;
    zip_int64_t index = lib.name_locate(archive->zip, name, 0);
    if (index < 0) {
        return MNEME_OK;
    }
    struct archive_member *member = mem_alloc(sizeof *member);
    if (member == NULL) {
        return error_nomem(err);
    }
    member->file = lib.fopen_index(archive->zip, (zip_uint64_t)index, 0);
    if (member->file == NULL) {
        mem_free(member);
        return error_field(err, MNEME_INVALID, "file", "format",
                           "'%.80s' cannot be read in the archive", name);
    }
    *out = member;
    return MNEME_OK;
}

ssize_t archive_member_read(struct archive_member *member, void *out, size_t size)
{
    return (ssize_t)lib.fread(member->file, out, size);
}

void archive_member_close(struct archive_member *member)
{
    if (member != NULL) {
        (void)lib.fclose(member->file);
        mem_free(member);
    }
}
