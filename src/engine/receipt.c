/* What every write answers. */
#include "engine/receipt.h"

#include <string.h>

const char *receipt_status_name(enum receipt_status status)
{
    static const char *const names[] = {"created",   "updated",  "known",  "kept",
                                        "forgotten", "restored", "purged", "scrub_pending"};
    return names[status];
}

enum mneme_code receipt_fill(struct receipt *receipt, const struct change *change, const char *id,
                             enum receipt_status status, struct mneme_error *err)
{
    *receipt = (struct receipt){.status = status};
    memcpy(receipt->id, id, strnlen(id, UUID_TEXT_LENGTH));
    for (; receipt->pending_count < change->pending_count; receipt->pending_count++) {
        uuid_format(&change->pending[receipt->pending_count],
                    receipt->pending[receipt->pending_count]);
    }
    return change_seq(change, &receipt->seq, err);
}
