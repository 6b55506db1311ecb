/*
 * Reading files into the store, as docs/json.md describes: the export format, records, chats, transcripts, LoCoMo.
 *
 * What is read goes through the same validation as any write (but for the export format, which is restored
 * exactly), and through the same verbs, in batches. Each item carries an origin_key made of its source, session and
 * ordinal; an item whose key is there already is known, so a file that has grown adds what is new. A bad line is
 * reported and does not stop the rest; with `strict` all is validated first, and one bad line stops all.
 */
#ifndef TRANSFER_IMPORT_H
#define TRANSFER_IMPORT_H

#include "engine/engine.h"

enum import_format {
    IMPORT_AUTO,
    IMPORT_MNEME,
    IMPORT_JSONL,
    IMPORT_CHAT,
    IMPORT_LOCOMO,
    IMPORT_TEXT,
    IMPORT_FORMATS
};
extern const char *const import_format_names[IMPORT_FORMATS + 1]; /* NULL-terminated */

struct import_request {
    const char *path; /* "-": standard input */
    enum import_format format;
    const char *source; /* names the source in origin keys; NULL: the file's name and folder */
    bool strict, update;
    bool
        one_user; /* the dialogues of a LoCoMo file go into the handle's user; else each has its own */
    void (*on_progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *context;
};

/* Why a line, or an item of a file that is one JSON value, was not taken. */
struct import_fault {
    uint64_t line; /* line or item, from 1 */
    struct mneme_error error;
};

struct import_result {
    uint64_t added, known, updated, failed;
    struct import_fault *faults; /* the first LIMIT_IMPORT_FAULTS, in the order of lines */
    size_t fault_count;
};

/* With `strict` and a bad line: INVALID, rule `strict`, and the result says which. What cannot be read at all, or a
 * store that cannot be written, is an error too; what had been written by then stays, and another run goes on from
 * there. */
enum mneme_code import_run(struct mneme *handle, const struct import_request *request,
                           struct arena *arena, struct import_result *out, struct mneme_error *err)
    MUST_CHECK;

#endif
