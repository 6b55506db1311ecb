/* The search from end to end, and what a hit says of itself. */
#include "recall/recall.h"

#include "recall/recall_internal.h"

#include <assert.h>

const char *const recall_part_names[RECALL_PARTS] = {
    [RECALL_NEAR] = "near",         [RECALL_WIDE] = "wide",       [RECALL_OWN_COS] = "own_cos",
    [RECALL_NEAR_COS] = "near_cos", [RECALL_BIGRAM] = "bigram",   [RECALL_REPLY] = "reply",
    [RECALL_ASKS] = "asks",         [RECALL_SPEAKER] = "speaker", [RECALL_LENGTH] = "length",
    [RECALL_TIME] = "time",
};
const char *const recall_boost_names[RECALL_BOOSTS] = {
    [BOOST_RECENCY] = "recency",
    [BOOST_IMPORTANCE] = "importance",
    [BOOST_USE] = "use",
    [BOOST_TIME_MATCH] = "time_match",
};

/* A row's place in a leg; 0 if it has none. */
static unsigned rank_in(const struct search *search, const struct leg *leg, float score,
                        uint32_t row)
{
    if (!bitmap_has(leg->members, row)) return 0;
    enum { STEP = 8 }; // for which the compiler has wide comparisons
    uint32_t better[STEP] = {0}, equal[STEP] = {0}, rank = 1, ties = 0;
    size_t i = 0;
    for (; i + STEP <= leg->count; i += STEP) {
        for (unsigned j = 0; j < STEP; j++) {
            better[j] += leg->scores[i + j] > score;
            equal[j] += leg->scores[i + j] == score;
        }
    }
    for (; i < leg->count; i++) {
        rank += leg->scores[i] > score;
        ties += leg->scores[i] == score;
    }
    for (unsigned j = 0; j < STEP; j++) {
        rank += better[j];
        ties += equal[j];
    }
    for (i = 0; i < leg->count && ties > 1; i++)
        rank += leg->scores[i] == score && id_is_before(search->partition, leg->rows[i], row);
    return rank <= search->leg_most ? rank : 0;
}

static bool explain(const struct search *search, struct recall_hit *hit)
{
    const struct query *query = &search->query;
    uint32_t row = hit->ordinal;
    const char **terms =
        arena_alloc_array(search->arena, (size_t)query->term_count + 1, sizeof *terms);
    if (!terms) return false;
    size_t count = 0;
    float idf = 0;
    for (unsigned slot = 0; slot < query->term_count; slot++) {
        if (search->counts[slot / SLOTS][(size_t)row * SLOTS + slot % SLOTS] == 0) continue;
        terms[count++] = query->terms[slot].text;
        if (!query->terms[slot].is_extra) idf += query->terms[slot].idf;
    }
    hit->terms = terms;
    hit->coverage = query->idf_total > 0 ? idf / query->idf_total : 0;
    hit->cosine = search->cosines ? search->cosines[row] : 0;
    hit->rank_lexical = rank_in(search, &search->lexical, search->own[row], row);
    if (search->query.is_dense) hit->rank_dense = rank_in(search, &search->dense, hit->cosine, row);
    return true;
}

static enum mneme_code run(struct search *search, struct analyzer *analyzer,
                           struct recall_answer *out, struct mneme_error *err)
{
    const struct language *language = analyzer_language(analyzer);
    bool starved;
    if (!query_read(search, analyzer) || !visible_rows(search) || !score_legs(search) ||
        !choose_candidates(search, search->request->exact) || !score_parts(search))
        return error_nomem(err);
    enum mneme_code code = rank_hits(search, language, out, &starved, err);
    if (code == MNEME_OK && starved) {
        // Near-duplicates took the places of so many that the candidates ran out: then all rows are.
        if (!choose_candidates(search, true) || !score_parts(search)) return error_nomem(err);
        code = rank_hits(search, language, out, &starved, err);
    }
    for (size_t i = 0; i < out->count && code == MNEME_OK; i++) {
        if (!explain(search, &out->hits[i])) code = error_nomem(err);
    }
    return code;
}

enum mneme_code recall_run(const struct partition *partition, struct analyzer *analyzer,
                           const struct recall_request *request, struct arena *arena,
                           struct recall_answer *out, struct mneme_error *err)
{
    *out = (struct recall_answer){.exact = true};
    assert(partition->is_settled);
    if (partition->live_count == 0 || request->k == 0) return MNEME_OK;
    struct search *search = arena_alloc(arena, sizeof *search);
    if (!search) return error_nomem(err);
    search->partition = partition;
    search->request = request;
    search->arena = arena;
    enum mneme_code code = run(search, analyzer, out, err);
    if (code == MNEME_OK && arena_failed(arena)) code = error_nomem(err);
    if (code != MNEME_OK) *out = (struct recall_answer){.exact = true};
    return code;
}
