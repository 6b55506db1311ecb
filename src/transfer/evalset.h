/*
 * A labelled set: documents {ns, id, t, who, text} and queries {ns, q, rel[], cat, ans}, JSON lines. `ns` parts the
 * set (a query is asked within one), `rel` names the documents that answer; of several with one id the last counts.
 */
#ifndef TRANSFER_EVALSET_H
#define TRANSFER_EVALSET_H

#include "base/arena.h"
#include "base/map.h"

#include <stdint.h>

#define EVALSET_NONE UINT32_MAX

struct evalset_document {
    uint32_t space;         /* number of its ns */
    uint32_t sitting;       /* number of its t within all; EVALSET_NONE: no t */
    const char *time, *who; /* NULL: none */
    const char *text;
    uint64_t line;
};

struct evalset_query {
    uint32_t space;
    uint32_t category; /* number; EVALSET_NONE: none */
    const char *text;
    const uint32_t *evidence; /* documents, each once */
    size_t evidence_count;
};

struct evalset {
    struct arena arena;
    const char **spaces, **categories;
    size_t space_count, category_count, sitting_count;
    struct evalset_document *documents;
    size_t document_count;
    struct evalset_query
        *queries; /* those that have evidence in the set, in the order of the file */
    size_t query_count;
    size_t unanswerable_count; /* queries without evidence in the set: left out */
};

/* A line that is not as it should be is INVALID, with its number and the field `docs` or `queries`. evalset_clear
 * either way. */
enum mneme_code evalset_read(struct evalset *set, const char *docs_path, const char *queries_path,
                             struct mneme_error *err) MUST_CHECK;
void evalset_clear(struct evalset *set);

#endif
