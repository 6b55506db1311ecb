/*
 * Context: what was remembered as text that is ready to send, within a budget that the rendered text never passes.
 *
 * Four sections. What may be spent when a section has been filled is a share of the budget, so what one leaves flows
 * on to the next in the order of filling: profile (what is pinned, preferences), summary (of the conversation),
 * recent (its last turns), recalled; what is left then goes to further recent turns. They are rendered as profile,
 * summary, recalled, recent. Nothing stands twice.
 *
 * Each item is fenced as data between [KEY kind id time ...] and [/KEY], each of its lines behind "> ". KEY is what
 * no stored text can know, and where a text holds it nevertheless, it is struck out: so no text can end or begin a
 * fence.
 *
 * The opening words and the profile are the prefix. It depends on the profile and the budget alone, each item's place
 * on those before it: so it stays byte for byte the same, and grows at its end when the profile does. A pure function
 * of its input.
 */
#ifndef RECALL_CONTEXT_H
#define RECALL_CONTEXT_H

#include "base/hash.h"
#include "base/strbuf.h"
#include "model/records.h"

enum context_section {
    CONTEXT_PROFILE,
    CONTEXT_SUMMARY,
    CONTEXT_RECALLED,
    CONTEXT_RECENT,
    CONTEXT_SECTIONS
};
extern const char *const context_section_names[CONTEXT_SECTIONS];

struct context_item {
    const struct kind *kind; /* memory, message, preference, or conversation (its summary) */
    const void *record;
    const char *text; /* instead of the record's own; NULL: that */
};

struct context_request {
    size_t budget;   /* tokens, by text/token_estimate */
    const char *key; /* of the fences: letters and digits */
    struct {
        const struct context_item
            *items; /* best first; profile: in the order of the text; recent: newest first */
        size_t count;
    } sections[CONTEXT_SECTIONS];
};

struct context_placed {
    const char *id;
    const struct kind *kind;
    enum context_section section;
    size_t tokens; /* of the item alone, its fence counted */
};

struct context {
    const char *text; /* empty when nothing fits */
    size_t tokens;    /* of the text: never above the budget */
    size_t prefix_bytes;
    char prefix_hash[2 * SHA256_BYTES + 1]; /* SHA-256 of the prefix, hex */
    /* in the order of the text; and what was not placed for want of room */
    struct context_placed *items, *left_out;
    size_t item_count, left_out_count;
    const char *reason; /* why the text is empty; NULL: it is not */
};

enum mneme_code context_render(const struct context_request *request, struct arena *arena,
                               struct context *out, struct mneme_error *err) MUST_CHECK;

#endif
