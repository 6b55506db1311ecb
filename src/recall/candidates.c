/*
 * The two legs: BM25 over the own counts of every row that has a query term, and the cosine of every row that may come
 * back; then the best of each and their neighbours.
 */
#include "base/limits.h"
#include "recall/constants.h"
#include "recall/recall_internal.h"
#include "vec/kernels.h"
#include "vec/topk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of fewer rows than one in so many, vectors are picked one by one instead of being scanned through. */
#define SCAN_SHARE 4

/* Scatters the counts of the query's terms to the rows that have them, and adds up their BM25. */
static bool score_lexical(struct search *search)
{
    const struct partition *partition = search->partition;
    const struct query *query = &search->query;
    search->own = arena_alloc_array(search->arena, partition->count, sizeof *search->own);
    // windows are read four bytes at a time
    search->touched = arena_alloc(search->arena, (partition->count + WINDOW_BITS) / 8 + 4);
    if (!search->own || !search->touched) return false;
    float mean = (float)partition->own_total / (float)partition->live_count;
    float start = BM25_K1 * (1 - BM25_B), slope = mean > 0 ? BM25_K1 * BM25_B / mean : 0;
    for (unsigned slot = 0; slot < query->term_count; slot++) {
        uint8_t **block = &search->counts[slot / SLOTS];
        if (!*block) *block = arena_alloc_array(search->arena, partition->count, SLOTS);
        if (!*block) return false;
        uint8_t *counts = *block + slot % SLOTS;
        float weight = query->terms[slot].idf * (BM25_K1 + 1), *own = search->own;
        struct posting_cursor cursor = {0};
        const uint32_t *run;
        uint32_t length;
        while (
            postings_next(&partition->postings, query->terms[slot].term, &cursor, &run, &length)) {
            for (uint32_t i = 0; i < length; i++) {
                uint32_t row = run[i] >> POSTING_COUNT_BITS, count = run[i] & POSTING_COUNT_MAX;
                counts[(size_t)row * SLOTS] = (uint8_t)count;
                uint32_t bit = row + WINDOW_WIDE_REACH;
                search->touched[bit / 8] |= (uint8_t)(1U << bit % 8);
                float tf = (float)count;
                own[row] += weight * tf / (tf + start + slope * (float)partition->own_length[row]);
            }
        }
    }
    return true;
}

/* Cosines of the rows of a bitmap that have none yet. */
static bool fill_cosines(struct search *search, const uint64_t *rows)
{
    const struct partition *partition = search->partition;
    if (!search->has_cosine) return true;
    uint32_t *missing = arena_alloc_array(search->arena, partition->count, sizeof *missing);
    float *found = arena_alloc_array(search->arena, partition->count, sizeof *found);
    size_t count = 0;
    if (!missing || !found) return false;
    for (size_t word = 0; word < bitmap_words(partition->count); word++) {
        uint64_t left = rows[word] & ~search->has_cosine[word];
        search->has_cosine[word] |= left;
        for (; left != 0; left &= left - 1)
            missing[count++] = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(left);
    }
    kernels_get()->dot_gather(search->request->vector, partition->vectors, partition->dimension,
                              missing, count, found);
    for (size_t i = 0; i < count; i++) search->cosines[missing[i]] = found[i];
    return true;
}

static bool score_dense(struct search *search)
{
    const struct partition *partition = search->partition;
    if (!search->query.has_cosines) return true;
    search->cosines = arena_alloc_array(search->arena, partition->count, sizeof(float));
    if (!search->cosines) return false;
    if (search->allowed_count >= partition->count / SCAN_SHARE) {
        kernels_get()->dot_rows(search->request->vector, partition->vectors, partition->dimension,
                                partition->count, search->cosines);
        return true;
    }
    search->has_cosine = partition_bitmap(partition, search->arena);
    return search->has_cosine && fill_cosines(search, search->allowed);
}

static float coverage_of(const struct search *search, uint32_t row)
{
    float idf = 0;
    for (unsigned slot = 0; slot < search->query.term_count; slot++) {
        const uint8_t *counts = search->counts[slot / SLOTS] + (size_t)row * SLOTS;
        if (counts[slot % SLOTS] > 0 && !search->query.terms[slot].is_extra)
            idf += search->query.terms[slot].idf;
    }
    return search->query.idf_total > 0 ? idf / search->query.idf_total : 0;
}

static void cut_off(struct search *search)
{
    const struct recall_request *request = search->request;
    for (size_t word = 0; word < bitmap_words(search->partition->count); word++) {
        for (uint64_t left = search->allowed[word]; left != 0; left &= left - 1) {
            uint32_t row = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(left);
            float cosine = search->cosines ? search->cosines[row] : 0;
            if ((request->min_cosine > 0 && cosine < request->min_cosine) ||
                (request->min_coverage > 0 && coverage_of(search, row) < request->min_coverage))
                search->allowed[word] &= ~(left & -left);
        }
    }
}

static uint32_t count_bits(const uint64_t *bits, size_t words)
{
    uint32_t count = 0;
    for (size_t i = 0; i < words; i++) count += (uint32_t)__builtin_popcountll(bits[i]);
    return count;
}

bool score_legs(struct search *search)
{
    size_t words = bitmap_words(search->partition->count);
    search->allowed_count = count_bits(search->allowed, words);
    if (!score_lexical(search) || !score_dense(search)) return false;
    if (search->request->min_cosine > 0 || search->request->min_coverage > 0) {
        cut_off(search);
        search->allowed_count = count_bits(search->allowed, words);
    }
    return true;
}

struct tied {
    struct uuid id;
    uint32_t row;
};

static int compare_tied(const void *a, const void *b)
{
    return uuid_compare(&((const struct tied *)a)->id, &((const struct tied *)b)->id);
}

static size_t count_equal(const float *scores, size_t count, float score)
{
    enum { STEP = 8 }; // for which the compiler has wide comparisons
    uint32_t equal[STEP] = {0}, sum = 0;
    size_t i = 0;
    for (; i + STEP <= count; i += STEP) {
        for (unsigned j = 0; j < STEP; j++) equal[j] += scores[i + j] == score;
    }
    for (; i < count; i++) sum += scores[i] == score;
    for (unsigned j = 0; j < STEP; j++) sum += equal[j];
    return sum;
}

static void add_to_leg(struct leg *leg, uint32_t row, float score)
{
    leg->rows[leg->count] = row;
    leg->scores[leg->count++] = score;
    bitmap_set(leg->members, row);
}

/* Of all rows whose score is exactly that of the last place, those with the smallest ids get the room that is left:
 * or else the leg would depend on the order in which rows arrived. */
static bool settle_ties(struct search *search, const float *scores, float score, size_t room,
                        struct leg *leg)
{
    size_t count = 0;
    struct tied *tied = arena_alloc_array(search->arena, search->allowed_count, sizeof *tied);
    if (!tied) return false;
    for (uint32_t row = 0; row < search->partition->count; row++) {
        if (scores[row] == score && bitmap_has(search->allowed, row))
            tied[count++] = (struct tied){search->partition->ids[row], row};
    }
    if (count > room) qsort(tied, count, sizeof *tied, compare_tied);
    for (size_t i = 0; i < room && i < count; i++) add_to_leg(leg, tied[i].row, score);
    return true;
}

/* Every row with a score above 0. */
static void take_all(const struct search *search, const float *scores, struct leg *leg)
{
    for (size_t word = 0; word < bitmap_words(search->partition->count); word++) {
        for (uint64_t left = search->allowed[word]; left != 0; left &= left - 1) {
            uint32_t row = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(left);
            if (scores[row] > 0) add_to_leg(leg, row, scores[row]);
        }
    }
}

/* The best rows with a score above 0. */
static bool choose_leg(struct search *search, const float *scores, struct leg *leg)
{
    bool is_few = search->allowed_count <= FEW_ROWS;
    size_t most = search->leg_most, room = is_few ? search->allowed_count : most;
    struct topk top;
    *leg = (struct leg){.rows = arena_alloc_array(search->arena, room, sizeof *leg->rows),
                        .scores = arena_alloc_array(search->arena, room, sizeof *leg->scores),
                        .members = partition_bitmap(search->partition, search->arena)};
    if (!leg->rows || !leg->scores || !leg->members) return false;
    if (is_few) {
        take_all(search, scores, leg);
        return true;
    }
    if (!topk_init(&top, most, search->arena)) return false;
    topk_offer_rows(&top, scores, search->partition->count, search->allowed, 0);
    size_t count = topk_select(&top), above = 0;
    float last = INFINITY;
    for (size_t i = 0; i < count; i++) last = top.items[i].score < last ? top.items[i].score : last;
    for (size_t i = 0; i < count; i++) above += top.items[i].score > last;
    bool is_clear =
        count < most || count_equal(scores, search->partition->count, last) == count - above;
    for (size_t i = 0; i < count; i++) {
        if (is_clear || top.items[i].score > last)
            add_to_leg(leg, top.items[i].ordinal, top.items[i].score);
    }
    return is_clear || settle_ties(search, scores, last, most - above, leg);
}

/* Marks the leg's rows and their neighbours, as far as they may come back. */
static void widen(const struct search *search, const struct leg *leg, uint64_t *chosen)
{
    const struct partition *partition = search->partition;
    for (size_t i = 0; i < leg->count; i++) {
        uint32_t row = leg->rows[i];
        bitmap_set(chosen, row);
        if (partition->kinds[row] != PARTITION_MESSAGE) continue;
        const struct dialogue *dialogue = &partition->dialogues[partition->dialogue_of[row]];
        uint32_t place = partition->dialogue_place[row];
        uint32_t from = place > WIDEN_REACH ? place - WIDEN_REACH : 0;
        for (uint32_t at = from; at <= place + WIDEN_REACH && at < dialogue->count; at++)
            bitmap_set(chosen, dialogue->rows[at]);
    }
    for (size_t word = 0; word < bitmap_words(partition->count); word++)
        chosen[word] &= search->allowed[word];
}

/* Neighbours lend their cosines to near_cos and reply, whether or not they may come back. */
static bool fill_around(struct search *search)
{
    const struct partition *partition = search->partition;
    if (!search->has_cosine || !search->query.is_dense) return true;
    uint64_t *around = partition_bitmap(partition, search->arena);
    if (!around) return false;
    for (size_t i = 0; i < search->candidate_count; i++) {
        uint32_t row = search->candidates[i].row;
        if (partition->kinds[row] != PARTITION_MESSAGE) continue;
        const struct dialogue *dialogue = &partition->dialogues[partition->dialogue_of[row]];
        uint32_t place = partition->dialogue_place[row];
        uint32_t from = place > WINDOW_COS_REACH ? place - WINDOW_COS_REACH : 0;
        for (uint32_t at = from; at <= place + WINDOW_COS_REACH && at < dialogue->count; at++)
            bitmap_set(around, dialogue->rows[at]);
    }
    return fill_cosines(search, around);
}

bool choose_candidates(struct search *search, bool all)
{
    const struct partition *partition = search->partition;
    size_t most = (size_t)search->request->k * LEG_PER_HIT;
    if (most < LEG_LEAST) most = LEG_LEAST;
    if (most > search->allowed_count) most = search->allowed_count;
    search->leg_most = most;
    search->is_exact =
        all || search->allowed_count <= FEW_ROWS || search->allowed_count <= 2 * most;
    uint64_t *chosen = search->allowed;
    if (!choose_leg(search, search->own, &search->lexical) ||
        (search->query.is_dense && !choose_leg(search, search->cosines, &search->dense)))
        return false;
    if (!search->is_exact) {
        chosen = partition_bitmap(partition, search->arena);
        if (!chosen) return false;
        widen(search, &search->lexical, chosen);
        widen(search, &search->dense, chosen);
    }
    size_t words = bitmap_words(partition->count), count = 0;
    search->candidate_count = count_bits(chosen, words);
    search->candidates =
        arena_alloc_array(search->arena, search->candidate_count, sizeof *search->candidates);
    if (!search->candidates) return false;
    for (size_t word = 0; word < words; word++) {
        for (uint64_t left = chosen[word]; left != 0; left &= left - 1)
            search->candidates[count++].row =
                (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(left);
    }
    return fill_around(search);
}
