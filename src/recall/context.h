/*
 * Context: what was remembered as text that is ready to send, within a budget that the rendered text never passes.
 *
 * Sections, each with a share of the budget as its ceiling; what one leaves flows on to the next in this order:
 * profile (pinned memories and memories of type `preference`), summary (of the conversation), recalled, recent (the
 * conversation's last turns). Each item is fenced as data with its source, date, speaker and trust; the fence's
 * delimiter cannot be forged by stored text. The profile is the prefix: ordered by id, so it stays byte for byte
 * the same until something in it changes, and grows only at its end. A pure function of its input.
 */
#ifndef RECALL_CONTEXT_H
#define RECALL_CONTEXT_H

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
    const struct kind *kind;
    const void *record;
};

struct context_request {
    size_t budget; /* tokens, by text/token_estimate */
    const char *
        delimiter; /* what no stored text can know: from the store's key, the user and the generation */
    struct context_item *sections[CONTEXT_SECTIONS]; /* best first (recent: newest first) */
    size_t counts[CONTEXT_SECTIONS];
};

struct context_placed {
    const char *id, *kind;
    enum context_section section;
    size_t tokens;
};

struct context {
    const char *text; /* empty when nothing fits */
    size_t tokens;
    char prefix_hash[65]; /* SHA-256 of the prefix, hex */
    struct context_placed *items, *left_out;
    size_t item_count, left_out_count;
    const char *reason; /* why the text is empty or short; NULL: everything is there */
};

enum mneme_code context_render(const struct context_request *request, struct arena *arena,
                               struct context *out, struct mneme_error *err) MUST_CHECK;

#endif
