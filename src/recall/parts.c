/*
 * The parts of the recipe, for the candidates.
 *
 * Windows are counted here, at query time, from the counts of single messages: nothing of them is stored but which
 * neighbours are in. Eight terms are handled at once, as 16-bit counts (a near window's weighted count is at most
 * 80 * 255), then as floats.
 *
 * Mixed kinds: what a memory cannot have takes a neutral value, or messages would win by having it: `wide` is its own
 * n(BM25) times the share of the message candidates that have a wide part, `length` and `time` are the means over the
 * message candidates, `reply`, `asks` and `speaker` are 0. Without messages among the candidates all are 0, and
 * scores equal those of a list of one kind.
 */
#include "recall/constants.h"
#include "recall/recall_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint16_t near_weights[WINDOW_NEAR_REACH] = WINDOW_WEIGHTS;
static const float cos_weights[WINDOW_COS_REACH] = WINDOW_COS_WEIGHTS;

/* What smaller maxima are taken for, so that nothing is divided by 0. */
#define LEAST_MAXIMUM 1e-9F

/* fmaxf would care for NaN, of which there is none, and be a call. */
static inline float greater(float a, float b)
{
    return a > b ? a : b;
}

/* Vectors of the compiler's own, so that a block of counts stays in registers on every processor. */
typedef uint8_t stored_counts __attribute__((vector_size(SLOTS)));
typedef uint16_t counts __attribute__((vector_size(2 * SLOTS)));
typedef int32_t numbers __attribute__((vector_size(4 * SLOTS)));
typedef float reals __attribute__((vector_size(4 * SLOTS)));

static inline counts load_counts(const uint8_t *block, uint32_t row)
{
    stored_counts stored;
    memcpy(&stored, block + (size_t)row * SLOTS, sizeof stored);
    return __builtin_convertvector(stored, counts);
}

/* Sum over the terms of a block: weight * n / (n + norm). In a fixed order of additions. */
static inline float saturate(counts of, const float weights[SLOTS], float norm)
{
    reals weight, n = __builtin_convertvector(__builtin_convertvector(of, numbers), reals);
    memcpy(&weight, weights, sizeof weight);
    reals share = weight * n / (n + norm);
    return ((share[0] + share[4]) + (share[2] + share[6])) +
           ((share[1] + share[5]) + (share[3] + share[7]));
}

struct windows {
    const struct partition *partition;
    float near_start, near_slope, wide_start, wide_slope;
    float weights[SLOT_BLOCKS][SLOTS];
    unsigned block_count;
};

static void prepare(const struct search *search, struct windows *windows)
{
    const struct partition *partition = search->partition;
    float rows = (float)partition->live_count;
    float near_mean = (float)partition->near_total / rows;
    float wide_mean = (float)partition->wide_total / rows;
    *windows = (struct windows){
        .partition = partition,
        .near_start = WINDOW_UNIT * BM25_K1 * (1 - BM25_B), // counts are in thirtieths
        .near_slope = near_mean > 0 ? WINDOW_UNIT * BM25_K1 * BM25_B / near_mean : 0,
        .wide_start = BM25_K1 * (1 - BM25_B),
        .wide_slope = wide_mean > 0 ? BM25_K1 * BM25_B / wide_mean : 0,
        .block_count = (search->query.term_count + SLOTS - 1) / SLOTS};
    for (unsigned slot = 0; slot < search->query.term_count; slot++)
        windows->weights[slot / SLOTS][slot % SLOTS] =
            search->query.terms[slot].idf * (BM25_K1 + 1);
}

/* Which rows of a message's windows have a term of the query at all. */
static unsigned touched_neighbours(const struct search *search, uint32_t row, unsigned wanted)
{
    const struct partition *partition = search->partition;
    if (partition->flags[row] & ROW_STRAIGHT) {
        uint32_t
            bits; // from WINDOW_WIDE_REACH rows in front on; touched has as much room before row 0
        memcpy(&bits, search->touched + row / 8, sizeof bits);
        bits >>= row % 8;
        unsigned before = bits & ((1U << WINDOW_WIDE_REACH) - 1);
        unsigned behind = bits >> (WINDOW_WIDE_REACH + 1) << WINDOW_WIDE_REACH;
        return (before | behind) & wanted;
    }
    unsigned found = 0;
    for (unsigned left = wanted; left != 0; left &= left - 1) {
        unsigned bit = (unsigned)__builtin_ctz(left);
        if (search->own[row_neighbour(partition, row, window_offset(bit))] > 0) found |= 1U << bit;
    }
    return found;
}

/* Adds one block's counts of a message's neighbours to its own. */
static inline void count_windows(const struct partition *partition, const uint8_t *block,
                                 uint32_t row, unsigned touched, counts *near, counts *wide)
{
    unsigned in_near = (unsigned)partition->near_mask[row] << WINDOW_NEAR_SHIFT;
    unsigned in_wide = partition->wide_mask[row];
    for (; touched != 0; touched &= touched - 1) {
        unsigned bit = (unsigned)__builtin_ctz(touched);
        int offset = window_offset(bit);
        counts of = load_counts(block, row_neighbour(partition, row, offset));
        if (in_near >> bit & 1) *near += of * near_weights[abs(offset) - 1];
        if (in_wide >> bit & 1) *wide += of;
    }
}

static void score_windows(const struct search *search, const struct windows *windows,
                          struct candidate *candidate)
{
    const struct partition *partition = windows->partition;
    uint32_t row = candidate->row;
    bool is_message = partition->kinds[row] == PARTITION_MESSAGE;
    unsigned in_near = (unsigned)partition->near_mask[row] << WINDOW_NEAR_SHIFT;
    unsigned touched = touched_neighbours(search, row, in_near | partition->wide_mask[row]);
    if (touched == 0 && search->own[row] <= 0) return;
    float near_norm =
        windows->near_start + windows->near_slope * (float)partition->near_length[row];
    float wide_norm =
        windows->wide_start + windows->wide_slope * (float)partition->wide_length[row];
    for (unsigned i = 0; i < windows->block_count; i++) {
        counts own = load_counts(search->counts[i], row), near = own * WINDOW_UNIT, wide = own;
        if (is_message) count_windows(partition, search->counts[i], row, touched, &near, &wide);
        candidate->near += saturate(near, windows->weights[i], near_norm);
        if (is_message) candidate->wide += saturate(wide, windows->weights[i], wide_norm);
    }
}

static float near_cosine(const struct search *search, uint32_t row)
{
    const struct partition *partition = search->partition;
    float sum = search->cosines[row];
    unsigned in_near = (unsigned)partition->near_mask[row] << WINDOW_NEAR_SHIFT;
    for (unsigned left = in_near & WINDOW_COS_BITS; left != 0; left &= left - 1) {
        int offset = window_offset((unsigned)__builtin_ctz(left));
        sum +=
            cos_weights[abs(offset) - 1] * search->cosines[row_neighbour(partition, row, offset)];
    }
    return partition->kinds[row] == PARTITION_MESSAGE
               ? sum / (partition->near_norm[row] + LEAST_MAXIMUM)
               : sum;
}

static uint8_t count_of(const struct search *search, uint32_t row, unsigned slot)
{
    return search->counts[slot / SLOTS][(size_t)row * SLOTS + slot % SLOTS];
}

/* Sum over the pairs: min(idf) * 2f / (f + 1), f times side by side in the own text; over the query's idf. */
static float score_bigrams(const struct search *search, uint32_t row)
{
    const struct partition *partition = search->partition;
    const uint32_t *body = partition->sequence + partition->body_start[row];
    float sum = 0;
    for (unsigned i = 0; i < search->query.pair_count; i++) {
        const struct query_pair *pair = &search->query.pairs[i];
        if (count_of(search, row, pair->first_slot) == 0 ||
            count_of(search, row, pair->second_slot) == 0)
            continue;
        unsigned found = 0;
        for (uint32_t at = 0; at + 1 < partition->body_length[row]; at++)
            found += body[at] == pair->first && body[at + 1] == pair->second;
        if (found > 0) sum += pair->idf * 2 * (float)found / ((float)found + 1);
    }
    return sum > 0 ? sum / search->query.idf_total : 0;
}

/* A message of a conversation with an assistant gets neither `wide` nor `length`: long answers would win by length. */
static bool is_between_people(const struct partition *partition, uint32_t row)
{
    return partition->kinds[row] == PARTITION_MESSAGE &&
           partition->dialogues[partition->dialogue_of[row]].role_count == 0;
}

static float length_of(const struct search *search, uint32_t row)
{
    const struct partition *partition = search->partition;
    return is_between_people(partition, row) ? search->log_words[partition->text_words[row]] : 0;
}

static void score_neutral(struct search *search)
{
    const struct partition *partition = search->partition;
    uint32_t messages = 0, between_people = 0, timed = 0;
    uint32_t lengths[WINDOW_LENGTH_WORDS + 1] = {0}; // by words, so that the sum has one order
    for (size_t i = 0; i < search->candidate_count; i++) {
        uint32_t row = search->candidates[i].row;
        if (partition->kinds[row] != PARTITION_MESSAGE) continue;
        messages++;
        timed += (partition->flags[row] & ROW_HAS_TIME) != 0;
        if (!is_between_people(partition, row)) continue;
        between_people++;
        lengths[partition->text_words[row]]++;
    }
    if (messages == 0) return;
    float length = 0;
    for (unsigned words = 0; words <= WINDOW_LENGTH_WORDS; words++) {
        search->log_words[words] = logf(1 + (float)words);
        length += (float)lengths[words] * search->log_words[words];
    }
    search->people_share = (float)between_people / (float)messages;
    search->mean_length = length / (float)messages;
    search->mean_time = (float)timed / (float)messages;
}

bool score_parts(struct search *search)
{
    const struct partition *partition = search->partition;
    struct windows windows;
    prepare(search, &windows);
    search->own_max = search->near_max = search->wide_max = LEAST_MAXIMUM;
    search->people_share = search->mean_length = search->mean_time = 0;
    for (size_t i = 0; i < search->candidate_count; i++) {
        struct candidate *candidate = &search->candidates[i];
        uint32_t row = candidate->row;
        score_windows(search, &windows, candidate);
        if (!is_between_people(partition, row)) candidate->wide = 0;
        if (search->query.is_dense) candidate->near_cos = near_cosine(search, row);
        candidate->bigram = score_bigrams(search, row);
        search->own_max = greater(search->own_max, search->own[row]);
        search->near_max = greater(search->near_max, candidate->near);
        search->wide_max = greater(search->wide_max, candidate->wide);
    }
    score_neutral(search);
    return true;
}

/* Of the question that the message before asks. It may be no candidate itself, hence the bound. */
static float reply(const struct search *search, uint32_t row)
{
    const struct partition *partition = search->partition;
    const struct dialogue *dialogue = &partition->dialogues[partition->dialogue_of[row]];
    uint32_t before = dialogue->rows[partition->dialogue_place[row] - 1];
    float part = search->own[before] < search->own_max ? search->own[before] / search->own_max : 1;
    return search->query.is_dense ? part + search->cosines[before] : part;
}

static void weigh_message(const struct search *search, const struct candidate *candidate,
                          float parts[RECALL_PARTS])
{
    const struct partition *partition = search->partition;
    const struct query *query = &search->query;
    uint32_t row = candidate->row, flags = partition->flags[row];
    parts[RECALL_WIDE] = WEIGHT_WIDE * candidate->wide / search->wide_max;
    if (query->wants_time && flags & ROW_HAS_TIME) parts[RECALL_TIME] = WEIGHT_TIME;
    if (!query->is_question) return;
    if (flags & ROW_ANSWERS) parts[RECALL_REPLY] = WEIGHT_REPLY * reply(search, row);
    if (flags & ROW_ASKS) parts[RECALL_ASKS] = WEIGHT_ASKS;
    parts[RECALL_LENGTH] = WEIGHT_LENGTH * length_of(search, row);
    if (query->speaker != 0)
        parts[RECALL_SPEAKER] =
            row_speaker(partition, row) == query->speaker ? WEIGHT_SPEAKER : -WEIGHT_SPEAKER;
}

static void weigh_memory(const struct search *search, const struct candidate *candidate,
                         float parts[RECALL_PARTS])
{
    parts[RECALL_WIDE] =
        WEIGHT_WIDE * search->people_share * search->own[candidate->row] / search->own_max;
    if (search->query.wants_time) parts[RECALL_TIME] = WEIGHT_TIME * search->mean_time;
    if (search->query.is_question) parts[RECALL_LENGTH] = WEIGHT_LENGTH * search->mean_length;
}

float weigh(const struct search *search, const struct candidate *candidate,
            float parts[RECALL_PARTS])
{
    memset(parts, 0, RECALL_PARTS * sizeof *parts);
    parts[RECALL_NEAR] = WEIGHT_NEAR * candidate->near / search->near_max;
    parts[RECALL_BIGRAM] = WEIGHT_BIGRAM * candidate->bigram;
    if (search->query.is_dense) {
        struct embed_weights weights = row_weights(search, candidate->row);
        parts[RECALL_OWN_COS] = weights.own_cos * search->cosines[candidate->row];
        parts[RECALL_NEAR_COS] = weights.near_cos * candidate->near_cos;
    }
    if (search->partition->kinds[candidate->row] == PARTITION_MESSAGE)
        weigh_message(search, candidate, parts);
    else
        weigh_memory(search, candidate, parts);
    float sum = 0;
    for (int i = 0; i < RECALL_PARTS; i++) sum += parts[i];
    return sum;
}
