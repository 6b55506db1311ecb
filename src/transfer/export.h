/*
 * Writing a user out as JSON lines, from one snapshot, a line at a time.
 *
 * The whole: a header; change sets; records, forgotten ones and what is left of purged ones among them, in the order
 * of their last changes; evidence; history; vectors of the caller's own models (others are worked out again). What is
 * read back (format mneme) gives the same lines but for the header. The state: live records alone, by kind and id,
 * without history and use, for comparing.
 */
#ifndef TRANSFER_EXPORT_H
#define TRANSFER_EXPORT_H

#include "engine/engine.h"

/* The version of the format; the header's `mneme`. */
#define EXPORT_FORMAT 1

struct export_request {
    bool state;
    /* each line without its end; false ends the export with TIMEOUT */
    bool (*on_line)(void *context, const char *line, size_t length);
    void (*on_progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *context;
};

/* *lines: how many were written, the header counted. */
enum mneme_code export_run(const struct mneme *handle, const struct export_request *request,
                           uint64_t *lines, struct mneme_error *err) MUST_CHECK;

#endif
