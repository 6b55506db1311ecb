/* Files and pipes, line by line or whole. */
#include "transfer/source.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "transfer/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES ((size_t)64 * 1024)
#define FOLDER_DIGEST_BYTES 4
#define CONTENT_DIGEST_BYTES 16
#define NAME_BYTES 80 /* of a file's name that goes into its identity */
#define IDENTITY_BYTES 129

struct source {
    int file;
    const char *field;
    char *path, *name;
    char identity[IDENTITY_BYTES];
    struct strbuf line;
    uint64_t line_number;
    char *block;
    size_t block_length, block_at;
};

static enum mneme_code refuse(const struct source *source, const char *what,
                              struct mneme_error *err)
{
    return error_field(err, MNEME_INVALID, source->field, "path", "'%.60s' cannot be %s: %s",
                       source->name, what, strerror(errno));
}

/* Fills the block; an empty block is the end. */
static enum mneme_code read_block(struct source *source, struct mneme_error *err)
{
    ssize_t length;
    do {
        length = read(source->file, source->block, BLOCK_BYTES);
    } while (length < 0 && errno == EINTR);
    source->block_at = 0;
    source->block_length = length > 0 ? (size_t)length : 0;
    return length < 0 ? refuse(source, "read", err) : MNEME_OK;
}

static bool write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* A pipe gives its bytes once: they are copied to a file, which takes its place. */
static enum mneme_code spool(struct source *source, struct mneme_error *err)
{
    int copy;
    enum mneme_code code = temporary_file(&copy, err);
    if (code != MNEME_OK) {
        return code;
    }
    do {
        code = read_block(source, err);
        if (code == MNEME_OK && !write_all(copy, source->block, source->block_length)) {
            code = error_set(err, MNEME_STORAGE, "the input cannot be copied to a file: %s",
                             strerror(errno));
        }
    } while (code == MNEME_OK && source->block_length > 0);
    if (source->file != STDIN_FILENO) {
        close(source->file);
    }
    source->file = copy;
    return code == MNEME_OK ? source_rewind(source, err) : code;
}

static enum mneme_code open_file(struct source *source, const char *path, struct mneme_error *err)
{
    struct stat status;
    bool is_named = strcmp(path, "-") != 0;
    source->file = is_named ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (source->file < 0 || fstat(source->file, &status) != 0) {
        return refuse(source, "opened", err);
    }
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return refuse(source, "read", err);
    }
    if (is_named && S_ISREG(status.st_mode)) {
        char whole[PATH_MAX];
        if (realpath(path, whole) == NULL) {
            return refuse(source, "found", err);
        }
        source->path = mem_copy_text(whole);
        return source->path ? MNEME_OK : error_nomem(err);
    }
    return spool(source, err);
}

enum mneme_code source_open(const char *path, const char *field, struct source **out,
                            struct mneme_error *err)
{
    *out = NULL;
    struct source *source = mem_alloc_zero(1, sizeof *source);
    if (source == NULL) {
        return error_nomem(err);
    }
    const char *slash = strrchr(path, '/');
    source->file = -1;
    source->field = field;
    source->name = mem_copy_text(slash ? slash + 1 : path);
    source->block = mem_alloc(BLOCK_BYTES);
    strbuf_init(&source->line, LIMIT_LINE_BYTES);
    enum mneme_code code = source->name != NULL && source->block != NULL
                               ? open_file(source, path, err)
                               : error_nomem(err);
    if (code != MNEME_OK) {
        source_close(source);
        return code;
    }
    *out = source;
    return MNEME_OK;
}

void source_close(struct source *source)
{
    if (source == NULL) {
        return;
    }
    if (source->file >= 0 && source->file != STDIN_FILENO) {
        close(source->file);
    }
    strbuf_clear(&source->line);
    mem_free(source->path);
    mem_free(source->name);
    mem_free(source->block);
    mem_free(source);
}

enum mneme_code source_rewind(struct source *source, struct mneme_error *err)
{
    source->block_at = source->block_length = 0;
    source->line_number = 0;
    return lseek(source->file, 0, SEEK_SET) == 0 ? MNEME_OK : refuse(source, "rewound", err);
}

const char *source_name(const struct source *source)
{
    return source->path ? source->name : "-";
}

static enum mneme_code take_line(struct source *source, struct source_line *out,
                                 struct mneme_error *err)
{
    static const char mark[] = "\xEF\xBB\xBF";
    enum mneme_code code = strbuf_code(&source->line);
    *out = (struct source_line){.number = ++source->line_number};
    if (code == MNEME_LIMIT) {
        return MNEME_OK;
    }
    if (code != MNEME_OK) {
        return error_nomem(err);
    }
    out->text = source->line.text;
    out->length = source->line.length;
    if (out->number == 1 && strncmp(out->text, mark, sizeof mark - 1) == 0) {
        out->text += sizeof mark - 1;
        out->length -= sizeof mark - 1;
    }
    if (out->length > 0 && out->text[out->length - 1] == '\r') {
        strbuf_truncate(&source->line, source->line.length - 1);
        out->length--;
    }
    return MNEME_OK;
}

enum mneme_code source_next(struct source *source, struct source_line *out, bool *is_line,
                            struct mneme_error *err)
{
    bool has_bytes = false;
    *is_line = false;
    *out = (struct source_line){.text = NULL};
    strbuf_truncate(&source->line, 0);
    for (;;) {
        if (source->block_at == source->block_length) {
            enum mneme_code code = read_block(source, err);
            if (code != MNEME_OK) {
                return code;
            }
            if (source->block_length == 0) {
                *is_line = has_bytes;
                return has_bytes ? take_line(source, out, err) : MNEME_OK;
            }
        }
        const char *from = source->block + source->block_at;
        size_t left = source->block_length - source->block_at;
        const char *end = memchr(from, '\n', left);
        size_t length = end ? (size_t)(end - from) : left;
        strbuf_add(&source->line, from, length);
        source->block_at += length + (end != NULL);
        has_bytes = true;
        if (end != NULL) {
            *is_line = true;
            return take_line(source, out, err);
        }
    }
}

enum mneme_code source_read_all(struct source *source, struct strbuf *out, struct mneme_error *err)
{
    enum mneme_code code = source_rewind(source, err);
    while (code == MNEME_OK) {
        code = read_block(source, err);
        if (code != MNEME_OK || source->block_length == 0) {
            break;
        }
        strbuf_add(out, source->block, source->block_length);
        if (strbuf_code(out) != MNEME_OK) {
            return strbuf_code(out) == MNEME_LIMIT
                       ? error_field(err, MNEME_LIMIT, source->field, "max_bytes",
                                     "'%.60s' is larger than %zu bytes", source->name, out->max)
                       : error_nomem(err);
        }
    }
    return code;
}

enum mneme_code source_count_lines(struct source *source, uint64_t *out, struct mneme_error *err)
{
    uint64_t place = source->line_number;
    off_t offset = lseek(source->file, 0, SEEK_CUR);
    size_t length = source->block_length, at = source->block_at;
    bool is_open = false; // the last line has no end yet
    *out = 0;
    if (offset < 0) {
        return refuse(source, "counted", err);
    }
    offset -= (off_t)(length - at);
    enum mneme_code code = source_rewind(source, err);
    while (code == MNEME_OK) {
        code = read_block(source, err);
        if (code != MNEME_OK || source->block_length == 0) {
            break;
        }
        for (size_t i = 0; i < source->block_length; i++) {
            *out += source->block[i] == '\n';
        }
        is_open = source->block[source->block_length - 1] != '\n';
    }
    *out += is_open;
    source->block_at = source->block_length = 0;
    source->line_number = place;
    return code == MNEME_OK && lseek(source->file, offset, SEEK_SET) < 0
               ? refuse(source, "rewound", err)
               : code;
}

/* A digest of all bytes, for what has no name. */
static enum mneme_code digest_content(struct source *source, unsigned char *digest,
                                      struct mneme_error *err)
{
    struct hash_stream *stream = hash_stream_new();
    if (stream == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = source_rewind(source, err);
    while (code == MNEME_OK) {
        code = read_block(source, err);
        if (code != MNEME_OK || source->block_length == 0) {
            break;
        }
        hash_stream_add(stream, source->block, source->block_length);
    }
    bool is_made = hash_stream_finish(stream, digest);
    if (code == MNEME_OK && !is_made) {
        code = error_set(err, MNEME_INTERNAL, "the input's digest cannot be made");
    }
    return code == MNEME_OK ? source_rewind(source, err) : code;
}

/* What may stand in a key: names that do not are written by their digest alone. */
static bool is_plain_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > NAME_BYTES || !utf8_is_valid(name, length)) {
        return false;
    }
    for (size_t at = 0; at < length;) {
        if (utf8_is_unseen(utf8_next(name, length, &at))) {
            return false;
        }
    }
    return true;
}

enum mneme_code source_identity(struct source *source, const char **out, struct mneme_error *err)
{
    unsigned char digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];
    *out = source->identity;
    if (source->identity[0] != '\0') {
        return MNEME_OK;
    }
    if (source->path == NULL) {
        enum mneme_code code = digest_content(source, digest, err);
        hash_hex(digest, CONTENT_DIGEST_BYTES, hex);
        snprintf(source->identity, sizeof source->identity, "%s", hex);
        return code;
    }
    bool is_plain = is_plain_name(source->name);
    size_t folder = (size_t)(strrchr(source->path, '/') - source->path);
    struct hash_part part = {source->path, is_plain ? folder : strlen(source->path)};
    enum mneme_code code = hash_sha256(&part, 1, digest, err);
    hash_hex(digest, is_plain ? FOLDER_DIGEST_BYTES : CONTENT_DIGEST_BYTES, hex);
    snprintf(source->identity, sizeof source->identity, "%s%s%s", is_plain ? source->name : "",
             is_plain ? "@" : "", hex);
    return code;
}
