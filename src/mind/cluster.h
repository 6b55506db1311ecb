/*
 * Clusters of memories, one record at a time: a new one joins the cluster that is most like it, or begins its own, and
 * may bring two clusters together; nothing else moves. So the order of records matters; the same order gives the same
 * clusters.
 *
 * Likeness is that of terms (cosine, rare terms weighing more) and, where records have vectors, of vectors. Records are
 * numbered by the caller. For one thread at a time.
 */
#ifndef MIND_CLUSTER_H
#define MIND_CLUSTER_H

#include "base/arena.h"
#include "text/terms.h"

#include <stdint.h>

struct cluster_options {
    size_t dimension;       /* of vectors; 0: none */
    double term_likeness;   /* from which on a record joins by its terms; 0: the default */
    double vector_likeness; /* the same by vectors: it belongs to their space; 0: the default */
};

struct cluster_record {
    uint32_t ordinal;
    const char *text;
    const float *vector; /* unit length; NULL: none */
    double importance;
};

struct clusters;
/* NULL: out of memory. The analyzer is borrowed until the end. */
struct clusters *clusters_new(struct analyzer *analyzer, const struct cluster_options *options);
void clusters_free(struct clusters *clusters);

/* Places a record; *cluster is the number of the one that it is in. At most LIMIT_CLUSTER_RECORDS: then LIMIT. After
 * NOMEM nothing more may be added. */
enum mneme_code clusters_add(struct clusters *clusters, const struct cluster_record *record,
                             uint32_t *cluster, struct mneme_error *err) MUST_CHECK;
/* Puts a record where it was stored to be: into a cluster by number, or, if that is clusters_next, into a new one. */
enum mneme_code clusters_put(struct clusters *clusters, const struct cluster_record *record,
                             uint32_t cluster, struct mneme_error *err) MUST_CHECK;
uint32_t clusters_next(const struct clusters *clusters);

struct cluster_found {
    uint32_t number;
    const char *name;    /* its most distinctive words: "boat, harbour" */
    const char **topics; /* some more of them */
    uint32_t *members;   /* ordinals, ascending */
    size_t topic_count, member_count;
    double confidence; /* how alike the members are, and how many, 0..1 */
    double importance; /* the mean of theirs */
};

/* Those with at least `members_min` members, by number; lives in the arena. */
enum mneme_code clusters_list(const struct clusters *clusters, size_t members_min,
                              struct arena *arena, struct cluster_found **out, size_t *count,
                              struct mneme_error *err) MUST_CHECK;

#endif
