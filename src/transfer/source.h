/*
 * What is read by an import or an evaluation: a file, a pipe or standard input, line by line or whole.
 *
 * What cannot be read twice (a pipe) is copied to a file without a name first, so that every source can be rewound.
 */
#ifndef TRANSFER_SOURCE_H
#define TRANSFER_SOURCE_H

#include "base/strbuf.h"

struct source;

/* `path`: "-" is standard input. What cannot be opened or read is INVALID with field `field` and the rule `path`. */
enum mneme_code source_open(const char *path, const char *field, struct source **out,
                            struct mneme_error *err) MUST_CHECK;
void source_close(struct source *source); /* NULL is allowed */
enum mneme_code source_rewind(struct source *source, struct mneme_error *err) MUST_CHECK;

/* The file's own name, without folders; "-" for what has none. */
const char *source_name(const struct source *source);

/*
 * The next line without its end (LF or CRLF), in the source until the next call; a byte order mark before the first
 * line is left out. *is_line is false at the end. A line of more than LIMIT_LINE_BYTES has text NULL and is passed
 * over.
 */
struct source_line {
    const char *text;
    size_t length;
    uint64_t number; /* from 1 */
};
enum mneme_code source_next(struct source *source, struct source_line *out, bool *is_line,
                            struct mneme_error *err) MUST_CHECK;

/* Everything, into a buffer that the caller has initialised; more than its maximum is LIMIT. */
enum mneme_code source_read_all(struct source *source, struct strbuf *out, struct mneme_error *err)
    MUST_CHECK;

/* How many lines there are; the place in the source stays as it was. */
enum mneme_code source_count_lines(struct source *source, uint64_t *out, struct mneme_error *err)
    MUST_CHECK;

/* What names the source in origin keys: the file's name and a digest of the folder that it lies in, or, where there
 * is no name, a digest of all that it holds. At most 128 bytes, valid UTF-8, in the source. */
enum mneme_code source_identity(struct source *source, const char **out, struct mneme_error *err)
    MUST_CHECK;

#endif
