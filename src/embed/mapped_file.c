#include "embed/mapped_file.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static enum mneme_code map(int fd, const char *path, struct mapped_file *out,
                           struct mneme_error *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return error_field(err, MNEME_INVALID, "model", "file", "'%s' is no regular file", path);
    }
    if (status.st_size == 0 || status.st_size > LIMIT_MODEL_BYTES) {
        return error_field(err, MNEME_INVALID, "model", "size", "'%s' is empty or too big", path);
    }
    size_t length = (size_t)status.st_size;
    void *bytes = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        return errno == ENOMEM ? error_nomem(err)
                               : error_field(err, MNEME_INVALID, "model", "file",
                                             "cannot map '%s': %s", path, strerror(errno));
    }
    *out =
        (struct mapped_file){.bytes = bytes, .length = length, .fd = fd, .written = status.st_mtim};
    return MNEME_OK;
}

enum mneme_code mapped_file_open(const char *path, struct mapped_file *out, struct mneme_error *err)
{
    *out = (struct mapped_file){0};
    // Without waiting, should somebody name a pipe.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return error_field(err, MNEME_INVALID, "model", "file", "cannot open '%s': %s", path,
                           strerror(errno));
    }
    enum mneme_code code = map(fd, path, out, err);
    if (code != MNEME_OK) {
        close(fd);
    }
    return code;
}

enum mneme_code mapped_file_check(const struct mapped_file *file, struct mneme_error *err)
{
    struct stat status;
    bool is_same = fstat(file->fd, &status) == 0 && (size_t)status.st_size == file->length &&
                   status.st_mtim.tv_sec == file->written.tv_sec &&
                   status.st_mtim.tv_nsec == file->written.tv_nsec;
    return is_same ? MNEME_OK
                   : error_field(err, MNEME_UNAVAILABLE, "model", "file",
                                 "the model's file was written to while it was open");
}

void mapped_file_rest(const struct mapped_file *file)
{
    (void)madvise((void *)(uintptr_t)file->bytes, file->length, MADV_DONTNEED); // if it can
}

void mapped_file_close(struct mapped_file *file)
{
    if (file->bytes != NULL) {
        munmap((void *)(uintptr_t)file->bytes, file->length);
        close(file->fd);
    }
    *file = (struct mapped_file){0};
}
