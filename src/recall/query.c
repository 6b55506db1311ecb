/* What the query asks for, in the partition's numbers. */
#include "recall/recall_internal.h"
#include "text/dates.h"

#include <math.h>
#include <string.h>

static float idf_of(const struct partition *partition, uint32_t term)
{
    double rows = partition->live_count;
    double having = term == TERM_NONE ? 0 : partition->postings.terms[term].live;
    return (float)log(1 + (rows - having + .5) / (having + .5));
}

static bool same_term(const struct term *a, const struct term *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

static bool seen_before(const struct term_list *terms, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (same_term(&terms->items[i], &terms->items[at])) return true;
    }
    return false;
}

/* Distinct terms; those that no live row has only count in the total. */
static bool read_terms(struct search *search, const struct term_list *terms)
{
    struct query *query = &search->query;
    unsigned distinct = 0;
    for (size_t i = 0; i < terms->count && distinct < LIMIT_QUERY_TERMS; i++) {
        const struct term *term = &terms->items[i];
        if (seen_before(terms, i)) continue;
        distinct++;
        uint32_t number =
            postings_find_term(&search->partition->postings, term->text, term->length);
        float idf = idf_of(search->partition, number);
        if (!term->is_extra) query->idf_total += idf;
        if (number == TERM_NONE || search->partition->postings.terms[number].live == 0) continue;
        const char *text = arena_text_n(search->arena, term->text, term->length);
        if (!text) return false;
        query->terms[query->term_count++] = (struct query_term){text, number, idf, term->is_extra};
    }
    return true;
}

static bool find_slot(const struct query *query, const struct term *term, unsigned *slot)
{
    for (*slot = 0; *slot < query->term_count; ++*slot) {
        const char *text = query->terms[*slot].text;
        if (strlen(text) == term->length && memcmp(text, term->text, term->length) == 0)
            return true;
    }
    return false;
}

static void add_pair(struct query *query, unsigned first, unsigned second)
{
    for (unsigned i = 0; i < query->pair_count; i++) {
        if (query->pairs[i].first_slot == first && query->pairs[i].second_slot == second) return;
    }
    const struct query_term *a = &query->terms[first], *b = &query->terms[second];
    if (first == second || query->pair_count == LIMIT_QUERY_TERMS) return;
    query->pairs[query->pair_count++] =
        (struct query_pair){a->term, b->term, first, second, a->idf < b->idf ? a->idf : b->idf};
}

static void read_pairs(struct query *query, const struct term_list *terms)
{
    const struct term *before = NULL;
    for (size_t i = 0; i < terms->count; i++) {
        const struct term *term = &terms->items[i];
        unsigned first, second;
        if (term->is_extra) continue; // has no place in the order
        if (before && find_slot(query, before, &first) && find_slot(query, term, &second))
            add_pair(query, first, second);
        before = term;
    }
}

static bool names(const struct term_list *name, const struct term_list *terms)
{
    for (size_t i = 0; i < name->count; i++) {
        for (size_t j = 0; j < terms->count; j++) {
            if (same_term(&name->items[i], &terms->items[j])) return true;
        }
    }
    return false;
}

/* The one speaker, of all that the user has, whom the query names. */
static bool read_speaker(struct search *search, struct analyzer *analyzer,
                         const struct term_list *terms)
{
    const struct partition *partition = search->partition;
    uint32_t found = 0, named = 0, living = 0;
    for (uint32_t i = 0; i < partition->speakers_count; i++)
        living += partition->interned[partition->speakers[i]].speaker_count > 0;
    if (living > LIMIT_SPEAKERS) return true;
    struct term_list name = {0};
    for (uint32_t i = 0; i < partition->speakers_count; i++) {
        const struct interned *speaker = &partition->interned[partition->speakers[i]];
        if (speaker->speaker_count == 0) continue;
        name.count = 0;
        if (!analyzer_terms(analyzer, speaker->text, search->arena, &name)) return false;
        if (!names(&name, terms)) continue;
        found = partition->speakers[i];
        named++;
    }
    if (named == 1) search->query.speaker = found;
    return true;
}

bool query_read(struct search *search, struct analyzer *analyzer)
{
    const struct recall_request *request = search->request;
    struct query *query = &search->query;
    const char *text = request->text ? request->text : "";
    struct question question = {0};
    struct date_span span;
    query->is_dense = false;
    for (size_t i = 0; i < PARTITION_SPACES; i++)
        query->is_dense |= request->vector && search->partition->dimension > 0 &&
                           (request->weights[i].own_cos > 0 || request->weights[i].near_cos > 0);
    query->has_cosines = query->is_dense || (request->vector && search->partition->dimension > 0 &&
                                             request->min_cosine > 0);
    if (*text == '\0') return true;
    if (!question_analyze(analyzer, text, search->arena, &question)) return false;
    query->is_question = question.is_question;
    query->wants_time = question.wants_time;
    if (!read_terms(search, &question.terms)) return false;
    read_pairs(query, &question.terms);
    if (question.is_question && request->kinds[PARTITION_MESSAGE] &&
        !read_speaker(search, analyzer, &question.terms))
        return false;
    if (!request->boosts_off &&
        date_find(analyzer_language(analyzer), text, request->reference_us, &span)) {
        query->has_span = true;
        query->from_us = span.from_us;
        query->to_us = span.to_us;
    }
    return true;
}
