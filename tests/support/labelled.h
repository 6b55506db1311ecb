/* Labelled sets (tests/data/README.md) as partitions: each namespace is a user of its own. */
#ifndef SUPPORT_LABELLED_H
#define SUPPORT_LABELLED_H

#include "base/json.h"
#include "index/partition.h"

struct labelled_document {
    const char *space, *id, *time, *who, *text; /* time and who may be NULL */
};

struct labelled_query {
    const char *space, *text, *category;
    const char *const *relevant; /* ids of documents that are there */
    size_t relevant_count;
};

struct labelled_set {
    struct arena arena;
    struct labelled_document *documents;
    size_t document_count;
    struct labelled_query *queries;
    size_t query_count;
};

/* FOLDER/NAME.docs.jsonl and FOLDER/NAME.queries.jsonl. The test fails if they cannot be read. */
void labelled_read(struct labelled_set *set, const char *folder, const char *name);
void labelled_clear(struct labelled_set *set);

/* Fills the unit vector of a document. */
typedef void labelled_vector_fn(void *context, const struct labelled_set *set, size_t document,
                                float *out);

/* The documents of one namespace in file order, settled. Ids hold the document's number, so that ties are broken as
 * the file has them; labelled_number reads it. The caller frees the partition. */
struct partition *labelled_partition(const struct labelled_set *set, const char *space,
                                     struct analyzer *analyzer, size_t dimension,
                                     labelled_vector_fn *vector, void *context);
size_t labelled_number(const struct uuid *id);

/* Is document i evidence for the query? Of several with one id, the last counts. */
bool labelled_is_relevant(const struct labelled_set *set, const struct labelled_query *query,
                          size_t document);

#endif
