/*
 * Measuring recall on a labelled set, in a store of its own that is gone afterwards.
 *
 * Documents go in by the engine's verbs, in the order of the file: one user for each ns; those with `who` are
 * messages of one conversation, the others memories that are never taken for one another. `t` names the sitting, and
 * its words join the terms as the source has them. Queries go through the recall that everybody uses, with boosts
 * neutral, nothing folded and no use noted.
 */
#ifndef TRANSFER_EVALUATE_H
#define TRANSFER_EVALUATE_H

#include "engine/engine.h"
#include "transfer/metrics.h"

struct evaluate_request {
    const char *docs, *queries; /* paths */
    unsigned k;
    void (*on_progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *context;
};

struct evaluate_category {
    const char *name;
    struct metrics metrics; /* means */
};

struct evaluate_result {
    uint64_t documents,
        unanswerable;       /* unanswerable: queries without evidence in the set, left out */
    struct metrics metrics; /* means */
    struct sitting_metrics
        sittings; /* of queries whose evidence has sittings; none: queries is 0 */
    struct evaluate_category *categories;
    size_t category_count;
    int64_t recall_p50_us, recall_p95_us;
    double ingest_per_s;
    const char *space; /* of the vectors */
};

/* Embeds with the handle's model, and writes nothing to its store. INVALID: a line of either file; INTERNAL: fewer
 * documents are stored than were read. */
enum mneme_code evaluate_run(const struct mneme *handle, const struct evaluate_request *request,
                             struct arena *arena, struct evaluate_result *out,
                             struct mneme_error *err) MUST_CHECK;

#endif
