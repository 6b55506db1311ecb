#include "cli/output.h"

#include "base/alloc.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)64 * 1024)

enum mneme_code output_open_stdout(struct output *output, struct mneme_error *err)
{
    *output = (struct output){.fd = STDOUT_FILENO, .buffer = mem_alloc(BUFFER_BYTES)};
    return output->buffer ? MNEME_OK : error_nomem(err);
}

static char *part_name(const char *path)
{
    struct strbuf name;
    strbuf_init(&name, PATH_MAX);
    strbuf_printf(&name, "%s.part", path);
    char *part = strbuf_take(&name);
    strbuf_clear(&name);
    return part;
}

enum mneme_code output_open_file(struct output *output, const char *path, struct mneme_error *err)
{
    struct stat found;
    enum mneme_code code = output_open_stdout(output, err);
    if (code != MNEME_OK) {
        return code;
    }
    output->path = path;
    if (stat(path, &found) != 0 || S_ISREG(found.st_mode)) {
        output->part = part_name(path);
        if (output->part == NULL) {
            output_drop(output);
            return error_nomem(err);
        }
    }
    const char *name = output->part ? output->part : path;
    output->fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (output->fd < 0) {
        int cause = errno;
        output_drop(output);
        return error_field(err, cause == EACCES ? MNEME_DENIED : MNEME_STORAGE, "output",
                           "storage_error", "'%.100s' cannot be written: %s", path,
                           strerror(cause));
    }
    return MNEME_OK;
}

static bool flush(struct output *output)
{
    for (size_t at = 0; output->cause == 0 && at < output->used;) {
        ssize_t written = write(output->fd, output->buffer + at, output->used - at);
        if (written >= 0) {
            at += (size_t)written;
        } else if (errno != EINTR) {
            output->cause = errno;
        }
    }
    output->used = 0;
    return output->cause == 0;
}

bool output_add(struct output *output, const char *bytes, size_t length)
{
    while (length > 0 && output->cause == 0) {
        size_t room = BUFFER_BYTES - output->used, part = length < room ? length : room;
        memcpy(output->buffer + output->used, bytes, part);
        output->used += part;
        bytes += part;
        length -= part;
        if (output->used == BUFFER_BYTES) {
            flush(output);
        }
    }
    return output->cause == 0;
}

bool output_is_reader_gone(const struct output *output)
{
    return output->cause == EPIPE;
}

/* Makes a whole file of what has grown beside it. */
static bool publish(struct output *output)
{
    if (output->part == NULL) {
        return true;
    }
    bool is_done = fsync(output->fd) == 0 && rename(output->part, output->path) == 0;
    if (!is_done) {
        output->cause = errno;
    }
    return is_done;
}

static void release(struct output *output)
{
    if (output->fd > STDERR_FILENO) {
        (void)close(output->fd);
    }
    mem_free(output->buffer);
    mem_free(output->part);
    output->buffer = output->part = NULL;
    output->fd = -1;
}

enum mneme_code output_finish(struct output *output, struct mneme_error *err)
{
    if (!flush(output) || !publish(output)) {
        int cause = output->cause;
        output_drop(output);
        return error_field(err, MNEME_STORAGE, output->path ? "output" : "",
                           cause == ENOSPC ? "storage_full" : "storage_error",
                           "'%.100s' cannot be written: %s",
                           output->path ? output->path : "standard output", strerror(cause));
    }
    release(output);
    return MNEME_OK;
}

void output_drop(struct output *output)
{
    if (output->part != NULL && output->fd >= 0) {
        (void)unlink(output->part);
    }
    release(output);
}
