/*
 * Leader clustering with one repair: when a record has joined a cluster, that one and the second best are compared, and
 * become one if they have grown alike. A cluster is the sum of its members' terms (how many have each) and vectors.
 * Adding costs a walk over the clusters that share a term with the record, and a dot product each.
 */
#include "mind/cluster.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "mind/surface.h"
#include "vec/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TERM_LIKENESS 0.11
#define VECTOR_LIKENESS 0.6
#define MERGE_FACTOR 1.2 // two clusters are alike from so much more on than a record and a cluster
#define VECTOR_SHARE 0.7 // of likeness, where there are vectors
#define TERMS_AT_MOST 2  // times what would be enough by terms alone
#define TOPICS_MOST 6
#define NAME_TERMS 2
#define NAME_SHARE 0.25 // of the members that have a term, for it to name the cluster
#define ALONE UINT32_MAX
#define STALE                                                                                      \
    1.1 // lengths are measured anew when there are so many times the records, since rareness has changed

/* A term of a cluster. */
struct share {
    uint32_t term, count;
};

struct group {
    struct share *shares; // in the order of their coming
    size_t share_count, share_capacity;
    float *sum;      // of vectors
    double length;   // of its weighted terms, as of `measured` records
    size_t measured; // 0: not yet, or changed since
    uint32_t members, vectors;
    uint32_t merged_into; // ALONE: it stands
};

/* How many members of a cluster have a term. */
struct posting {
    uint32_t group, count;
};

struct postings {
    struct posting *items;
    size_t count, capacity;
};

struct placed {
    uint32_t ordinal, group;
    double importance;
    uint32_t *terms; // numbers, once each
    size_t term_count;
    const float *vector;
};

struct clusters {
    struct analyzer *analyzer;
    struct cluster_options options;
    struct arena arena;
    struct map index; // terms
    const char **surfaces;
    uint32_t *record_counts;   // of records with the term
    struct postings *postings; // by term
    size_t surface_capacity, count_capacity, posting_capacity, term_count;
    double *dots; // by group, for the record that is being placed; else 0
    size_t dot_capacity;
    const struct kernels *kernels;
    struct group *groups;
    size_t group_count, group_capacity;
    struct placed *placed;
    size_t placed_count, placed_capacity;
};

struct clusters *clusters_new(struct analyzer *analyzer, const struct cluster_options *options)
{
    struct clusters *clusters = mem_alloc_zero(1, sizeof *clusters);
    if (!clusters) return NULL;
    clusters->analyzer = analyzer;
    clusters->options = *options;
    clusters->kernels = kernels_get();
    if (!(clusters->options.term_likeness > 0)) clusters->options.term_likeness = TERM_LIKENESS;
    if (!(clusters->options.vector_likeness > 0))
        clusters->options.vector_likeness = VECTOR_LIKENESS;
    arena_init(&clusters->arena);
    map_init(&clusters->index);
    return clusters;
}

void clusters_free(struct clusters *clusters)
{
    if (!clusters) return;
    map_clear(&clusters->index);
    arena_clear(&clusters->arena);
    mem_free(clusters);
}

uint32_t clusters_next(const struct clusters *clusters)
{
    return (uint32_t)clusters->group_count;
}

/* Terms */

static uint32_t number_term(struct clusters *clusters, const struct term *term, const char *word,
                            size_t length)
{
    struct arena *arena = &clusters->arena;
    bool added;
    uint32_t number =
        map_put(&clusters->index, term->text, term->length, (uint32_t)clusters->term_count, &added);
    if (number == MAP_NONE || !added) return number;
    const char **surfaces = arena_grow(arena, clusters->surfaces, &clusters->surface_capacity,
                                       clusters->term_count + 1, sizeof *surfaces);
    uint32_t *counts = arena_grow(arena, clusters->record_counts, &clusters->count_capacity,
                                  clusters->term_count + 1, sizeof *counts);
    struct postings *postings = arena_grow(arena, clusters->postings, &clusters->posting_capacity,
                                           clusters->term_count + 1, sizeof *postings);
    if (!surfaces || !counts || !postings) return MAP_NONE;
    clusters->postings = postings;
    postings[number] = (struct postings){0};
    clusters->surfaces = surfaces;
    clusters->record_counts = counts;
    surfaces[number] =
        word ? arena_text_n(arena, word, length) : arena_text_n(arena, term->text, term->length);
    counts[number] = 0;
    clusters->term_count++;
    return surfaces[number] ? number : MAP_NONE;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool read_terms(struct clusters *clusters, const char *text, struct placed *out)
{
    struct term_list list = {0};
    struct surface_reader surfaces;
    if (!analyzer_terms(clusters->analyzer, text, &clusters->arena, &list)) return false;
    out->terms = arena_alloc_array(&clusters->arena, list.count + 1, sizeof *out->terms);
    if (!out->terms) return false;
    surface_init(&surfaces, analyzer_language(clusters->analyzer), text);
    size_t count = 0;
    for (size_t i = 0; i < list.count; i++) {
        const char *word;
        size_t length;
        if (list.items[i].is_extra) continue;
        (void)surface_next(&surfaces, &word, &length);
        out->terms[count] = number_term(clusters, &list.items[i], word, length);
        if (out->terms[count++] == MAP_NONE) return false;
    }
    qsort(out->terms, count, sizeof *out->terms, by_number);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || out->terms[i] != out->terms[i - 1])
            out->terms[out->term_count++] = out->terms[i];
    }
    for (size_t i = 0; i < out->term_count; i++) clusters->record_counts[out->terms[i]]++;
    return true;
}

/* How rare a term is among the records so far. */
static double rareness(const struct clusters *clusters, uint32_t term)
{
    double records = (double)clusters->placed_count + 1;
    return log(1 + records / (double)clusters->record_counts[term]);
}

/* Likeness */

static double share_of(const struct group *group, uint32_t term)
{
    for (size_t i = 0; i < group->share_count; i++) {
        if (group->shares[i].term == term) return group->shares[i].count;
    }
    return 0;
}

static double measure(const struct clusters *clusters, const struct group *group)
{
    double sum = 0;
    for (size_t i = 0; i < group->share_count; i++) {
        double weight = group->shares[i].count * rareness(clusters, group->shares[i].term);
        sum += weight * weight;
    }
    return sqrt(sum);
}

static double length_of(const struct clusters *clusters, struct group *group)
{
    if (group->measured == 0 || (double)clusters->placed_count > (double)group->measured * STALE) {
        group->length = measure(clusters, group);
        group->measured = clusters->placed_count;
    }
    return group->length;
}

static double own_length(const struct clusters *clusters, const struct placed *record)
{
    double sum = 0;
    for (size_t i = 0; i < record->term_count; i++) {
        double rare = rareness(clusters, record->terms[i]);
        sum += rare * rare;
    }
    return sqrt(sum);
}

static double cosine(const struct clusters *clusters, const float *a, const float *b)
{
    size_t n = clusters->options.dimension;
    double dot = (double)clusters->kernels->dot(a, b, n);
    double length =
        sqrt((double)clusters->kernels->dot(a, a, n) * (double)clusters->kernels->dot(b, b, n));
    return length > 0 && isfinite(dot / length) ? dot / length : 0;
}

/* 1 is enough to join. With vectors both speak, and each may bring what the other lacks. */
static double weigh(const struct clusters *clusters, double by_terms, const float *a,
                    const float *b)
{
    by_terms /= clusters->options.term_likeness;
    if (!a || !b) return by_terms;
    double by_vector = cosine(clusters, a, b) / clusters->options.vector_likeness;
    return by_vector * VECTOR_SHARE + fmin(by_terms, TERMS_AT_MOST) * (1 - VECTOR_SHARE);
}

static const float *centre_of(const struct group *group)
{
    return group->vectors > 0 ? group->sum : NULL;
}

/* Sums up over the postings of the record's terms what it shares with each cluster. */
static void add_dots(struct clusters *clusters, const struct placed *record)
{
    if (clusters->group_count == 0) return; // and nowhere to add up
    memset(clusters->dots, 0, clusters->group_count * sizeof *clusters->dots);
    for (size_t i = 0; i < record->term_count; i++) {
        const struct postings *postings = &clusters->postings[record->terms[i]];
        double rare = rareness(clusters, record->terms[i]);
        for (size_t k = 0; k < postings->count; k++)
            clusters->dots[postings->items[k].group] += rare * rare * postings->items[k].count;
    }
}

static double group_likeness(const struct clusters *clusters, struct group *a, struct group *b)
{
    double dot = 0;
    for (size_t i = 0; i < a->share_count; i++) {
        double rare = rareness(clusters, a->shares[i].term);
        dot += rare * rare * a->shares[i].count * share_of(b, a->shares[i].term);
    }
    double length = dot > 0 ? length_of(clusters, a) * length_of(clusters, b) : 0;
    return weigh(clusters, length > 0 ? dot / length : 0, centre_of(a), centre_of(b));
}

/* The two clusters most like the record, and how much the first is; ALONE: none. */
static double find_best(struct clusters *clusters, const struct placed *record, uint32_t best[2])
{
    double most = 0, more = 0, own = own_length(clusters, record);
    best[0] = best[1] = ALONE;
    add_dots(clusters, record);
    for (uint32_t i = 0; i < clusters->group_count; i++) {
        struct group *group = &clusters->groups[i];
        double dot = clusters->dots[i];
        bool has_vectors = record->vector && group->vectors > 0;
        if (group->merged_into != ALONE || (dot <= 0 && !has_vectors)) continue;
        double length = dot > 0 ? length_of(clusters, group) * own : 0;
        double alike = weigh(clusters, length > 0 ? dot / length : 0, record->vector,
                             has_vectors ? group->sum : NULL);
        if (alike > most) {
            best[1] = best[0];
            more = most;
            best[0] = i;
            most = alike;
        } else if (alike > more) {
            best[1] = i;
            more = alike;
        }
    }
    return most;
}

/* Changing */

static bool add_posting(struct clusters *clusters, uint32_t group, uint32_t term, uint32_t count)
{
    struct postings *postings = &clusters->postings[term];
    for (size_t i = 0; i < postings->count; i++) {
        if (postings->items[i].group != group) continue;
        postings->items[i].count += count;
        return true;
    }
    struct posting *items = arena_grow(&clusters->arena, postings->items, &postings->capacity,
                                       postings->count + 1, sizeof *items);
    if (!items) return false;
    postings->items = items;
    items[postings->count++] = (struct posting){group, count};
    return true;
}

static bool add_share(struct clusters *clusters, uint32_t number, uint32_t term, uint32_t count)
{
    struct group *group = &clusters->groups[number];
    group->measured = 0;
    if (!add_posting(clusters, number, term, count)) return false;
    for (size_t i = 0; i < group->share_count; i++) {
        if (group->shares[i].term != term) continue;
        group->shares[i].count += count;
        return true;
    }
    struct share *shares = arena_grow(&clusters->arena, group->shares, &group->share_capacity,
                                      group->share_count + 1, sizeof *shares);
    if (!shares) return false;
    group->shares = shares;
    shares[group->share_count++] = (struct share){term, count};
    return true;
}

static bool begin_group(struct clusters *clusters)
{
    struct group *groups = arena_grow(&clusters->arena, clusters->groups, &clusters->group_capacity,
                                      clusters->group_count + 1, sizeof *groups);
    double *dots = arena_grow(&clusters->arena, clusters->dots, &clusters->dot_capacity,
                              clusters->group_count + 1, sizeof *dots);
    if (!groups || !dots) return false;
    clusters->groups = groups;
    clusters->dots = dots;
    struct group *group = &groups[clusters->group_count];
    *group = (struct group){.merged_into = ALONE};
    group->sum =
        arena_alloc_array(&clusters->arena, clusters->options.dimension + 1, sizeof *group->sum);
    clusters->group_count += group->sum != NULL;
    return group->sum != NULL;
}

static bool join(struct clusters *clusters, struct placed *record, uint32_t number)
{
    struct group *group = &clusters->groups[number];
    for (size_t i = 0; i < record->term_count; i++) {
        if (!add_share(clusters, number, record->terms[i], 1)) return false;
    }
    if (record->vector) {
        clusters->kernels->add_scaled(group->sum, record->vector, 1, clusters->options.dimension);
        group->vectors++;
    }
    group->members++;
    record->group = number;
    struct placed *placed =
        arena_grow(&clusters->arena, clusters->placed, &clusters->placed_capacity,
                   clusters->placed_count + 1, sizeof *placed);
    if (!placed) return false;
    clusters->placed = placed;
    placed[clusters->placed_count++] = *record;
    return true;
}

/* The later one becomes part of the earlier. */
static bool merge(struct clusters *clusters, uint32_t from, uint32_t into)
{
    struct group *source = &clusters->groups[from], *target = &clusters->groups[into];
    for (size_t i = 0; i < source->share_count; i++) {
        if (!add_share(clusters, into, source->shares[i].term, source->shares[i].count))
            return false;
    }
    clusters->kernels->add_scaled(target->sum, source->sum, 1, clusters->options.dimension);
    target->vectors += source->vectors;
    target->members += source->members;
    source->merged_into = into;
    for (size_t i = 0; i < clusters->placed_count; i++) {
        if (clusters->placed[i].group == from) clusters->placed[i].group = into;
    }
    return true;
}

/* A copy of what must outlive the call. */
static bool read_record(struct clusters *clusters, const struct cluster_record *record,
                        struct placed *out)
{
    *out = (struct placed){.ordinal = record->ordinal, .importance = record->importance};
    if (record->vector && clusters->options.dimension > 0) {
        out->vector = arena_copy(&clusters->arena, record->vector,
                                 clusters->options.dimension * sizeof *record->vector);
        if (!out->vector) return false;
    }
    return read_terms(clusters, record->text, out);
}

static enum mneme_code check_room(const struct clusters *clusters, struct mneme_error *err)
{
    if (arena_failed(&clusters->arena)) return error_nomem(err);
    if (clusters->placed_count >= LIMIT_CLUSTER_RECORDS)
        return error_set(err, MNEME_LIMIT, "more than %d records to cluster",
                         LIMIT_CLUSTER_RECORDS);
    return MNEME_OK;
}

enum mneme_code clusters_add(struct clusters *clusters, const struct cluster_record *record,
                             uint32_t *cluster, struct mneme_error *err)
{
    *cluster = 0;
    enum mneme_code code = check_room(clusters, err);
    if (code != MNEME_OK) return code;
    struct placed placed;
    if (!read_record(clusters, record, &placed)) return error_nomem(err);
    uint32_t best[2];
    if (find_best(clusters, &placed, best) < 1) {
        best[0] = clusters_next(clusters);
        best[1] = ALONE;
        if (!begin_group(clusters)) return error_nomem(err);
    }
    if (!join(clusters, &placed, best[0])) return error_nomem(err);
    if (best[1] != ALONE && group_likeness(clusters, &clusters->groups[best[0]],
                                           &clusters->groups[best[1]]) >= MERGE_FACTOR) {
        uint32_t from = best[0] > best[1] ? best[0] : best[1];
        best[0] = best[0] > best[1] ? best[1] : best[0];
        if (!merge(clusters, from, best[0])) return error_nomem(err);
    }
    *cluster = best[0];
    return MNEME_OK;
}

enum mneme_code clusters_put(struct clusters *clusters, const struct cluster_record *record,
                             uint32_t cluster, struct mneme_error *err)
{
    enum mneme_code code = check_room(clusters, err);
    if (code != MNEME_OK) return code;
    if (cluster > clusters->group_count)
        return error_set(err, MNEME_INVALID, "no cluster %u", cluster);
    struct placed placed;
    bool is_done = read_record(clusters, record, &placed) &&
                   (cluster < clusters->group_count || begin_group(clusters));
    while (is_done && clusters->groups[cluster].merged_into != ALONE)
        cluster = clusters->groups[cluster].merged_into;
    return is_done && join(clusters, &placed, cluster) ? MNEME_OK : error_nomem(err);
}

/* Describing */

/* The terms that many members have and few others: the best first. */
static size_t distinctive(const struct clusters *clusters, const struct group *group,
                          uint32_t picked[TOPICS_MOST])
{
    double worths[TOPICS_MOST];
    size_t count = 0;
    const struct language *language = analyzer_language(clusters->analyzer);
    for (size_t i = 0; i < group->share_count; i++) {
        const struct share *share = &group->shares[i];
        const char *surface = clusters->surfaces[share->term];
        double own = (double)share->count / group->members;
        if (own < NAME_SHARE && group->members > 1 && share->count < 2) continue;
        if (word_list_has(&language->time, surface, strlen(surface))) continue;
        double others = (double)(clusters->record_counts[share->term] - share->count) /
                        (double)(clusters->placed_count - group->members + 1);
        double worth = own / (others + 0.05) * rareness(clusters, share->term);
        if (count == TOPICS_MOST && worth <= worths[count - 1]) continue;
        size_t k = count < TOPICS_MOST ? count++ : TOPICS_MOST - 1;
        for (; k > 0 && worths[k - 1] < worth; k--) {
            worths[k] = worths[k - 1];
            picked[k] = picked[k - 1];
        }
        worths[k] = worth;
        picked[k] = share->term;
    }
    return count;
}

/* 0..1, by vectors if there are any. */
static double record_likeness(const struct clusters *clusters, const struct placed *record,
                              const struct group *group)
{
    if (record->vector && group->vectors > 0) return cosine(clusters, group->sum, record->vector);
    double dot = 0, length = measure(clusters, group) * own_length(clusters, record);
    for (size_t i = 0; i < record->term_count; i++) {
        double rare = rareness(clusters, record->terms[i]);
        dot += rare * rare * share_of(group, record->terms[i]);
    }
    return length > 0 ? dot / length : 0;
}

static bool describe(const struct clusters *clusters, uint32_t number, struct arena *arena,
                     struct cluster_found *out)
{
    const struct group *group = &clusters->groups[number];
    uint32_t picked[TOPICS_MOST];
    *out = (struct cluster_found){.number = number};
    out->topic_count = distinctive(clusters, group, picked);
    out->topics = arena_alloc_array(arena, TOPICS_MOST, sizeof *out->topics);
    out->members = arena_alloc_array(arena, group->members, sizeof *out->members);
    if (!out->topics || !out->members) return false;
    for (size_t i = 0; i < out->topic_count; i++) {
        out->topics[i] = arena_text(arena, clusters->surfaces[picked[i]]);
        if (i < NAME_TERMS)
            out->name =
                i == 0 ? out->topics[0] : arena_printf(arena, "%s, %s", out->name, out->topics[i]);
    }
    if (!out->name) out->name = "";
    double alike = 0;
    for (size_t i = 0; i < clusters->placed_count; i++) {
        const struct placed *record = &clusters->placed[i];
        if (record->group != number) continue;
        out->members[out->member_count++] = record->ordinal;
        out->importance += record->importance;
        alike += record_likeness(clusters, record, group);
    }
    double members = (double)out->member_count;
    qsort(out->members, out->member_count, sizeof *out->members, by_number);
    out->importance /= members;
    out->confidence = fmax(0, fmin(1, alike / members)) * members / (members + 1);
    return !arena_failed(arena);
}

enum mneme_code clusters_list(const struct clusters *clusters, size_t members_min,
                              struct arena *arena, struct cluster_found **out, size_t *count,
                              struct mneme_error *err)
{
    *out = NULL;
    *count = 0;
    struct cluster_found *listed =
        arena_alloc_array(arena, clusters->group_count + 1, sizeof *listed);
    if (!listed) return error_nomem(err);
    size_t used = 0;
    for (uint32_t i = 0; i < clusters->group_count; i++) {
        const struct group *group = &clusters->groups[i];
        if (group->merged_into != ALONE || group->members == 0 || group->members < members_min)
            continue;
        if (!describe(clusters, i, arena, &listed[used])) return error_nomem(err);
        used++;
    }
    *out = listed;
    *count = used;
    return MNEME_OK;
}
