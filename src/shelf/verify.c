#include "shelf/verify.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES ((size_t)1024 * 1024)
#define LINE_BYTES 256 /* of SHA256SUMS: a hash, two blanks, one of our names */

static enum mneme_code hash_descriptor(int fd, char *block, char hex[VERIFY_HEX_BYTES],
                                       uint64_t *bytes, struct mneme_error *err)
{
    unsigned char digest[SHA256_BYTES];
    struct hash_stream *stream = hash_stream_new();
    ssize_t got = 0;
    if (stream == NULL) {
        return error_nomem(err);
    }
    while ((got = read(fd, block, BLOCK_BYTES)) > 0 || (got < 0 && errno == EINTR)) {
        if (got > 0) {
            hash_stream_add(stream, block, (size_t)got);
            *bytes += (uint64_t)got;
        }
    }
    int reason = errno;
    bool is_hashed = hash_stream_finish(stream, digest);
    if (got < 0) {
        return error_field(err, MNEME_STORAGE, "model", "storage_error", "cannot read: %s",
                           strerror(reason));
    }
    hash_hex(digest, sizeof digest, hex);
    return is_hashed ? MNEME_OK : error_set(err, MNEME_INTERNAL, "libcrypto cannot hash");
}

enum mneme_code verify_hash_file(const char *path, char hex[VERIFY_HEX_BYTES], uint64_t *bytes,
                                 struct mneme_error *err)
{
    hex[0] = '\0';
    *bytes = 0;
    // Without waiting, should somebody name a pipe.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return error_field(err, errno == ENOENT ? MNEME_NOT_FOUND : MNEME_STORAGE, "file", "file",
                           "cannot open '%.80s': %s", path, strerror(errno));
    }
    char *block = mem_alloc(BLOCK_BYTES);
    enum mneme_code code = block ? hash_descriptor(fd, block, hex, bytes, err) : error_nomem(err);
    mem_free(block);
    close(fd);
    return code;
}

static enum mneme_code check_file(const char *folder, const char *name, const char *sha256,
                                  struct verify_result *result, struct mneme_error *err)
{
    char path[PATH_MAX], hex[VERIFY_HEX_BYTES];
    uint64_t bytes;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
        return error_field(err, MNEME_INVALID, "name", "max_length", "a path is too long");
    }
    enum mneme_code code = verify_hash_file(path, hex, &bytes, err);
    if (code == MNEME_NOT_FOUND) {
        return error_field(err, MNEME_STORAGE, "name", "corrupt", "'%.60s' is missing", name);
    }
    if (code == MNEME_OK && strcmp(hex, sha256) != 0) {
        return error_field(err, MNEME_STORAGE, "name", "corrupt",
                           "'%.60s' is not what was pulled; pull the model again", name);
    }
    result->files++;
    result->bytes += bytes;
    return code;
}

/* A line of SHA256SUMS; its name must be one below the folder. */
static bool split_line(char *line, char **name)
{
    size_t length = strcspn(line, "\n");
    size_t hex = strspn(line, "0123456789abcdef");
    if (line[length] != '\n' || hex != 2 * SHA256_BYTES || strncmp(line + hex, "  ", 2) != 0) {
        return false;
    }
    line[length] = line[hex] = '\0';
    *name = line + hex + 2;
    return **name != '\0' && **name != '/' && strstr(*name, "..") == NULL;
}

static enum mneme_code check_noted(const char *folder, struct verify_result *out,
                                   struct mneme_error *err)
{
    char path[PATH_MAX], line[LINE_BYTES], *name;
    if (snprintf(path, sizeof path, "%s/" VERIFY_SUMS_FILE, folder) >= (int)sizeof path) {
        return error_field(err, MNEME_INVALID, "name", "max_length", "a path is too long");
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return error_field(err, MNEME_NOT_FOUND, "name", "reference",
                           "nothing is noted about the files of this model");
    }
    enum mneme_code code = MNEME_OK;
    while (code == MNEME_OK && fgets(line, sizeof line, file) != NULL) {
        code = split_line(line, &name) ? check_file(folder, name, line, out, err)
                                       : error_field(err, MNEME_STORAGE, "name", "corrupt",
                                                     "'" VERIFY_SUMS_FILE "' is damaged");
    }
    fclose(file);
    return code;
}

enum mneme_code verify_folder(const char *folder, const struct catalog_model *model,
                              struct verify_result *out, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    *out = (struct verify_result){0};
    if (model == NULL) {
        return check_noted(folder, out, err);
    }
    for (const struct catalog_file *file = model->files; file->name && code == MNEME_OK; file++) {
        code = check_file(folder, file->name, file->sha256, out, err);
    }
    return code;
}
