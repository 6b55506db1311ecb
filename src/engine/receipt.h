/* What every write answers, before it becomes JSON. */
#ifndef ENGINE_RECEIPT_H
#define ENGINE_RECEIPT_H

#include "store/change.h"

enum receipt_status {
    RECEIPT_CREATED,
    RECEIPT_UPDATED,
    RECEIPT_KNOWN,
    RECEIPT_KEPT,
    RECEIPT_FORGOTTEN,
    RECEIPT_RESTORED,
    RECEIPT_PURGED,
    RECEIPT_SCRUB_PENDING
};

/* `status` as the JSON has it. */
const char *receipt_status_name(enum receipt_status status);

struct receipt {
    char id[UUID_TEXT_LENGTH + 1];
    int64_t
        seq; /* the user's counter after the write: of its last row change, or as it was when nothing changed */
    enum receipt_status status;
    char pending[CHANGE_JOBS]
                [UUID_TEXT_LENGTH + 1]; /* jobs that have still to do something for it */
    size_t pending_count;
};

/* Fills a receipt from a finished change. */
enum mneme_code receipt_fill(struct receipt *receipt, const struct change *change, const char *id,
                             enum receipt_status status, struct mneme_error *err) MUST_CHECK;

#endif
