/*
 * Where an answer is written: standard output, or a file that appears only when it is whole.
 *
 * A failed write is remembered; output_finish reports it once. A reader who has gone away (EPIPE) is told apart,
 * because that is no fault of ours to complain about.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/error.h"

struct output {
    int fd;
    int cause;        /* errno of the first write that failed */
    const char *path; /* NULL: standard output. Borrowed */
    char *
        part; /* where the file grows until it is whole; NULL: what `path` names is no ordinary file */
    char *buffer;
    size_t used;
};

enum mneme_code output_open_stdout(struct output *output, struct mneme_error *err) MUST_CHECK;
/* What is no ordinary file (a pipe, a device) is written as it comes. */
enum mneme_code output_open_file(struct output *output, const char *path, struct mneme_error *err)
    MUST_CHECK;
bool output_add(struct output *output, const char *bytes, size_t length); /* false: give up */
bool output_is_reader_gone(const struct output *output);
/* Writes what is left, makes the file appear, and releases everything; STORAGE if something could not be written. */
enum mneme_code output_finish(struct output *output, struct mneme_error *err) MUST_CHECK;
/* Releases everything; the file does not appear. */
void output_drop(struct output *output);

#endif
