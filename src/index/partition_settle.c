/*
 * After rows came and went: who expired, the order of each changed dialogue, its sittings and windows.
 *
 * A change touches the windows of at most WINDOW_WIDE_REACH messages on each side, so an append costs the same however
 * long the conversation is.
 */
#include "base/alloc.h"
#include "index/columns.h"
#include "vec/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sitting numbers of labelled messages: the label's text, marked. Others: the place of the sitting's first message. */
#define LABELLED (UINT32_C(1) << 31)
/* Dead ordinals are squeezed out when there are this many and they are a quarter of all. */
#define DEAD_LEAST 64
#define DEAD_SHARE 4

static const unsigned near_weights[WINDOW_NEAR_REACH] = WINDOW_WEIGHTS;
static const float cos_weights[WINDOW_COS_REACH] = WINDOW_COS_WEIGHTS;

static void expire(struct partition *partition, int64_t now_us)
{
    if (partition->next_expiry_us > now_us) return;
    const int64_t *expires = partition->integers[COLUMN_EXPIRES_AT];
    int64_t next = INT64_MAX;
    for (uint32_t row = 0; row < partition->count; row++) {
        if (expires[row] == TIME_NONE || !row_is_live(partition, row)) continue;
        if (expires[row] <= now_us)
            partition_kill(partition, row);
        else if (expires[row] < next)
            next = expires[row];
    }
    partition->next_expiry_us = next;
}

static bool is_before(const struct partition *partition, uint32_t a, uint32_t b)
{
    int64_t x = partition->integers[COLUMN_MESSAGE_SEQ][a];
    int64_t y = partition->integers[COLUMN_MESSAGE_SEQ][b];
    return x != y ? x < y : uuid_compare(&partition->ids[a], &partition->ids[b]) < 0;
}

struct keyed {
    int64_t message_seq;
    struct uuid id;
    uint32_t row;
};

static int compare_keyed(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->message_seq != y->message_seq) return x->message_seq < y->message_seq ? -1 : 1;
    return uuid_compare(&x->id, &y->id);
}

static bool sort_all(const struct partition *partition, struct dialogue *dialogue)
{
    struct keyed *keyed = mem_alloc_zero(dialogue->count, sizeof *keyed);
    if (!keyed) return false;
    for (uint32_t i = 0; i < dialogue->count; i++) {
        uint32_t row = dialogue->rows[i];
        keyed[i] =
            (struct keyed){partition->integers[COLUMN_MESSAGE_SEQ][row], partition->ids[row], row};
    }
    qsort(keyed, dialogue->count, sizeof *keyed, compare_keyed);
    for (uint32_t i = 0; i < dialogue->count; i++) dialogue->rows[i] = keyed[i].row;
    mem_free(keyed);
    return true;
}

/* Puts the row at `from` where it belongs among those in front of it; returns the place. */
static uint32_t insert_back(const struct partition *partition, struct dialogue *dialogue,
                            uint32_t from)
{
    uint32_t row = dialogue->rows[from], low = 0, high = from;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (is_before(partition, row, dialogue->rows[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    memmove(dialogue->rows + low + 1, dialogue->rows + low, (from - low) * sizeof *dialogue->rows);
    dialogue->rows[low] = row;
    return low;
}

/* Drops the dead and sorts; nearly always a few rows at the end. *first is lowered to the first place that changed. */
static bool put_in_order(const struct partition *partition, struct dialogue *dialogue,
                         uint32_t *first)
{
    uint32_t kept = *first, late = 0;
    for (uint32_t i = *first; i < dialogue->count; i++) {
        uint32_t row = dialogue->rows[i];
        if (row_is_live(partition, row)) dialogue->rows[kept++] = row;
    }
    dialogue->count = kept;
    for (uint32_t i = *first > 0 ? *first : 1; i < kept; i++)
        late += is_before(partition, dialogue->rows[i], dialogue->rows[i - 1]);
    if (late == 0) return true;
    if (late > 16) {
        *first = 0;
        return sort_all(partition, dialogue);
    }
    for (uint32_t i = *first > 0 ? *first : 1; i < kept; i++) {
        if (!is_before(partition, dialogue->rows[i], dialogue->rows[i - 1])) continue;
        uint32_t place = insert_back(partition, dialogue, i);
        if (place < *first) *first = place;
    }
    return true;
}

static uint32_t sitting_at(const struct partition *partition, const struct dialogue *dialogue,
                           uint32_t place)
{
    uint32_t row = dialogue->rows[place];
    uint32_t label = partition->texts[COLUMN_SITTING][row];
    if (label != 0) return label | LABELLED;
    if (place == 0) return 0;
    uint32_t before = dialogue->rows[place - 1];
    if (partition->sitting[before] & LABELLED) return place;
    int64_t gap =
        partition->integers[COLUMN_EVENT_AT][row] - partition->integers[COLUMN_EVENT_AT][before];
    return gap > SITTING_GAP_US || gap < -SITTING_GAP_US ? place : partition->sitting[before];
}

/* Places and sittings from `first` on. Returns the place behind the last one that changed. */
static uint32_t seat(struct partition *partition, const struct dialogue *dialogue, uint32_t first)
{
    uint32_t end = first;
    for (uint32_t i = first; i < dialogue->count; i++) {
        uint32_t row = dialogue->rows[i], sitting = sitting_at(partition, dialogue, i);
        if (partition->dialogue_place[row] != i || partition->sitting[row] != sitting) end = i + 1;
        partition->dialogue_place[row] = i;
        partition->sitting[row] = sitting;
    }
    return end;
}

struct window {
    unsigned reach, most_words;
};

/* The window of one message: which neighbours are in, nearest first, the earlier of two before the later. */
static uint32_t neighbours(const struct partition *partition, const struct dialogue *dialogue,
                           uint32_t place, struct window window)
{
    uint32_t row = dialogue->rows[place], mask = 0;
    unsigned total = partition->words[row];
    if (total > window.most_words) return 0;
    for (unsigned distance = 1; distance <= window.reach; distance++) {
        for (unsigned side = 0; side < 2; side++) {
            uint32_t at = side == 0 ? place - distance : place + distance;
            if (at >= dialogue->count) continue; // in front of the first, too: it wraps
            uint32_t other = dialogue->rows[at];
            if (partition->sitting[other] != partition->sitting[row] ||
                total + partition->words[other] > window.most_words)
                continue;
            total += partition->words[other];
            mask |= UINT32_C(1) << (side == 0 ? WINDOW_WIDE_REACH - distance
                                              : WINDOW_WIDE_REACH - 1 + distance);
        }
    }
    return mask;
}

/* The length of own + .5 of the neighbours at 1 + .25 at 2. */
static float near_norm(const struct partition *partition, uint32_t row)
{
    if (partition->dimension == 0) return 1;
    const struct kernels *kernels = kernels_get();
    float *sum = partition->sum;
    memcpy(sum, row_vector(partition, row), partition->dimension * sizeof *sum);
    unsigned in_near = (unsigned)partition->near_mask[row] << WINDOW_NEAR_SHIFT;
    for (unsigned left = in_near & WINDOW_COS_BITS; left != 0; left &= left - 1) {
        int offset = window_offset((unsigned)__builtin_ctz(left));
        uint32_t other = row_neighbour(partition, row, offset);
        kernels->add_scaled(sum, row_vector(partition, other), cos_weights[abs(offset) - 1],
                            partition->dimension);
    }
    return sqrtf(kernels->dot(sum, sum, partition->dimension));
}

/* True if row and place rise together all the way between the outermost neighbours, also over those that are not in the
 * window: so that it stays true when dead rows are squeezed out. */
static bool is_straight(const struct dialogue *dialogue, uint32_t place, uint32_t mask)
{
    if (mask == 0) return true;
    int from = window_offset((unsigned)__builtin_ctz(mask));
    int to = window_offset(31 - (unsigned)__builtin_clz(mask));
    for (int offset = from < 0 ? from : 0; offset <= to; offset++) {
        if (dialogue->rows[place + (uint32_t)offset] != dialogue->rows[place] + (uint32_t)offset)
            return false;
    }
    return true;
}

static void open_windows(struct partition *partition, const struct dialogue *dialogue,
                         uint32_t place)
{
    static const struct window near = {WINDOW_NEAR_REACH, WINDOW_NEAR_WORDS},
                               wide = {WINDOW_WIDE_REACH, WINDOW_WIDE_WORDS};
    uint32_t row = dialogue->rows[place];
    uint32_t in_near = neighbours(partition, dialogue, place, near);
    uint32_t in_wide = neighbours(partition, dialogue, place, wide);
    uint32_t near_length = WINDOW_UNIT * partition->own_length[row];
    uint32_t wide_length = partition->own_length[row];
    for (uint32_t left = in_near | in_wide; left != 0; left &= left - 1) {
        unsigned bit = (unsigned)__builtin_ctz(left);
        uint32_t offset = (uint32_t)window_offset(bit), other = dialogue->rows[place + offset];
        uint32_t length = partition->own_length[other];
        if (in_near >> bit & 1) near_length += near_weights[abs((int)offset) - 1] * length;
        if (in_wide >> bit & 1) wide_length += length;
    }
    partition->near_total += (int64_t)near_length - partition->near_length[row];
    partition->wide_total += (int64_t)wide_length - partition->wide_length[row];
    partition->near_length[row] = near_length;
    partition->wide_length[row] = wide_length;
    partition->near_mask[row] = (uint8_t)(in_near >> WINDOW_NEAR_SHIFT);
    partition->wide_mask[row] = (uint16_t)in_wide;
    partition->flags[row] &= (uint16_t)~ROW_STRAIGHT;
    if (is_straight(dialogue, place, in_near | in_wide)) partition->flags[row] |= ROW_STRAIGHT;
    partition->near_norm[row] = near_norm(partition, row);
}

static void mark_answer(struct partition *partition, const struct dialogue *dialogue,
                        uint32_t place)
{
    uint32_t row = dialogue->rows[place];
    partition->flags[row] &= (uint16_t)~ROW_ANSWERS;
    if (place == 0) return;
    uint32_t before = dialogue->rows[place - 1];
    if (partition->flags[before] & ROW_ASKS &&
        partition->sitting[before] == partition->sitting[row] &&
        row_speaker(partition, before) != row_speaker(partition, row) &&
        partition->words[before] + partition->words[row] <= WINDOW_NEAR_WORDS)
        partition->flags[row] |= ROW_ANSWERS;
}

static bool settle_dialogue(struct partition *partition, struct dialogue *dialogue)
{
    uint32_t first =
        dialogue->dirty_from < dialogue->count ? dialogue->dirty_from : dialogue->count;
    if (!put_in_order(partition, dialogue, &first)) return false;
    uint32_t end = seat(partition, dialogue, first);
    uint32_t from = first > WINDOW_WIDE_REACH ? first - WINDOW_WIDE_REACH : 0;
    uint32_t to =
        dialogue->count - end > WINDOW_WIDE_REACH ? end + WINDOW_WIDE_REACH : dialogue->count;
    for (uint32_t place = from; place < to; place++) {
        open_windows(partition, dialogue, place);
        mark_answer(partition, dialogue, place);
    }
    dialogue->is_dirty = false;
    return true;
}

static enum mneme_code settle(struct partition *partition, int64_t now_us, struct mneme_error *err)
{
    if (!partition->sum && partition->dimension > 0) {
        partition->sum = mem_alloc(partition->dimension * sizeof *partition->sum);
        if (!partition->sum) return error_nomem(err);
    }
    expire(partition, now_us);
    if (partition->is_broken) return error_nomem(err);
    for (uint32_t i = 0; i < partition->dirty_count; i++) {
        if (!settle_dialogue(partition, &partition->dialogues[partition->dirty[i]]))
            return error_nomem(err);
    }
    partition->dirty_count = 0;
    uint32_t dead = partition->count - partition->live_count;
    if (dead >= DEAD_LEAST && dead >= partition->count / DEAD_SHARE)
        return partition_squeeze(partition, err);
    return MNEME_OK;
}

enum mneme_code partition_settle(struct partition *partition, int64_t now_us,
                                 struct mneme_error *err)
{
    if (partition->is_broken) return error_nomem(err);
    if (partition->is_settled && partition->next_expiry_us > now_us) return MNEME_OK;
    enum mneme_code code = settle(partition, now_us, err);
    partition->is_broken = code != MNEME_OK;
    partition->is_settled = code == MNEME_OK;
    return code;
}
