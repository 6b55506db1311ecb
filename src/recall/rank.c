/*
 * From parts to the answer: boosts, order, folding of near-duplicates.
 *
 * The order is taken from a heap, since only k places of it are read and folding decides how far.
 */
#include "recall/constants.h"
#include "recall/recall_internal.h"
#include "text/near.h"
#include "vec/topk.h"

#include <math.h>
#include <string.h>

static float factor(float alpha, float s)
{
    return 1 + alpha * (2 * s - 1);
}

static float recency(int64_t age_us)
{
    if (age_us <= 0) return 1;
    return exp2f((float)(-(double)age_us / (double)RECENCY_HALF_LIFE_US));
}

float boost(const struct search *search, uint32_t row, float boosts[RECALL_BOOSTS],
            float *superseded)
{
    const struct partition *partition = search->partition;
    const struct recall_request *request = search->request;
    *superseded = partition->flags[row] & ROW_SUPERSEDED &&
                          !row_is_valid(partition, row, validity_time(request))
                      ? SUPERSEDED_FACTOR
                      : 1;
    for (int i = 0; i < RECALL_BOOSTS; i++) boosts[i] = 1;
    if (request->boosts_off) return *superseded;
    int64_t at = row_time(partition, row), uses = partition->integers[COLUMN_ACCESS_COUNT][row];
    if (!(partition->flags[row] & ROW_TIMELESS))
        boosts[BOOST_RECENCY] = factor(BOOST_ALPHA_RECENCY, recency(request->reference_us - at));
    boosts[BOOST_IMPORTANCE] =
        factor(BOOST_ALPHA_IMPORTANCE, (float)partition->reals[COLUMN_IMPORTANCE][row]);
    float used = uses >= USE_FULL ? 1 : uses > 0 ? logf(1 + (float)uses) / logf(1 + USE_FULL) : 0;
    boosts[BOOST_USE] = factor(BOOST_ALPHA_USE, used);
    if (search->query.has_span) {
        bool is_in = at >= search->query.from_us && at < search->query.to_us;
        boosts[BOOST_TIME_MATCH] = factor(BOOST_ALPHA_TIME_MATCH, is_in ? 1 : 0);
    }
    float m = 1;
    for (int i = 0; i < RECALL_BOOSTS; i++) m *= boosts[i];
    m = m < BOOST_LEAST ? BOOST_LEAST : m > BOOST_MOST ? BOOST_MOST : m;
    return m * *superseded;
}

/* A heap of candidates, the one to be shown first on top. */
struct heap {
    const struct partition *partition;
    struct candidate **items;
    size_t count;
    bool by_time; /* the unmatched: newest first */
};

static bool is_first(const struct heap *heap, const struct candidate *a, const struct candidate *b)
{
    if (heap->by_time) {
        int64_t x = row_time(heap->partition, a->row), y = row_time(heap->partition, b->row);
        if (x != y) return x > y;
    } else if (a->score < b->score || a->score > b->score) {
        return a->score > b->score;
    }
    return id_is_before(heap->partition, a->row, b->row);
}

static void sink(struct heap *heap, size_t at)
{
    struct candidate *item = heap->items[at];
    for (size_t child = 2 * at + 1; child < heap->count; child = 2 * at + 1) {
        if (child + 1 < heap->count && is_first(heap, heap->items[child + 1], heap->items[child]))
            child++;
        if (!is_first(heap, heap->items[child], item)) break;
        heap->items[at] = heap->items[child];
        at = child;
    }
    heap->items[at] = item;
}

static void heapify(struct heap *heap)
{
    for (size_t i = heap->count / 2; i-- > 0;) sink(heap, i);
}

static struct candidate *take_first(struct heap *heap)
{
    struct candidate *first = heap->items[0];
    heap->items[0] = heap->items[--heap->count];
    if (heap->count > 0) sink(heap, 0);
    return first;
}

/* True if anything speaks for the row: words of its own or around it, or a vector that points the same way. */
static bool is_matched(const struct candidate *candidate, const float parts[RECALL_PARTS])
{
    return candidate->near > 0 || candidate->wide > 0 || parts[RECALL_OWN_COS] > 0 ||
           parts[RECALL_NEAR_COS] > 0 || parts[RECALL_REPLY] > 0;
}

struct ranking {
    struct search *search;
    const struct language *language;
    struct recall_answer *answer;
    struct fold {
        const char *content; /* of hit i; NULL: not asked for yet */
        size_t capacity;     /* of its list of folded ids */
    } * folds;
    size_t folded_count;
};

static enum mneme_code content_of(const struct ranking *ranking, const struct uuid *id,
                                  const char **out, struct mneme_error *err)
{
    const struct recall_request *request = ranking->search->request;
    if (*out) return MNEME_OK;
    enum mneme_code code =
        request->content(request->content_context, id, ranking->search->arena, out, err);
    if (code == MNEME_OK && !*out) *out = "";
    return code;
}

/* By what the partition holds: nearly the same words, or, of short texts, exactly the same terms. */
static bool look_alike(const struct partition *partition, uint32_t a, uint32_t b)
{
    uint64_t x = partition->simhash[a], y = partition->simhash[b];
    if (x != 0 && y != 0) return __builtin_popcountll(x ^ y) <= FOLD_BITS;
    uint32_t length = partition->body_length[a];
    return x == y && length == partition->body_length[b] &&
           memcmp(partition->sequence + partition->body_start[a],
                  partition->sequence + partition->body_start[b],
                  length * sizeof *partition->sequence) == 0;
}

static bool add_folded(struct ranking *ranking, size_t hit, uint32_t row)
{
    struct recall_hit *kept = &ranking->answer->hits[hit];
    struct uuid *ids =
        arena_grow(ranking->search->arena, kept->folded, &ranking->folds[hit].capacity,
                   kept->folded_count + 1, sizeof *ids);
    if (!ids) return false;
    ids[kept->folded_count++] = ranking->search->partition->ids[row];
    kept->folded = ids;
    ranking->folded_count++;
    return true;
}

/* What a message of a fork is a copy of; any other message is itself. */
static const void *root_of(const struct partition *partition, uint32_t row)
{
    uint32_t copied = partition->texts[COLUMN_COPY_OF][row];
    return copied != 0 ? (const void *)partition->interned[copied].text
                       : (const void *)&partition->ids[row];
}

/* Folds a message into a hit that is another copy of it. */
static enum mneme_code fold_copy(struct ranking *ranking, uint32_t row, bool *folded,
                                 struct mneme_error *err)
{
    const struct partition *partition = ranking->search->partition;
    const struct recall_answer *answer = ranking->answer;
    const void *root = root_of(partition, row);
    for (size_t i = 0; i < answer->count && !*folded; i++) {
        const struct recall_hit *hit = &answer->hits[i];
        if (hit->kind == PARTITION_MESSAGE &&
            memcmp(root_of(partition, hit->ordinal), root, sizeof(struct uuid)) == 0) {
            *folded = true;
            return add_folded(ranking, i, row) ? MNEME_OK : error_nomem(err);
        }
    }
    return MNEME_OK;
}

/* Folds a memory into the first hit that says the same; *folded says whether there is one. */
static enum mneme_code fold(struct ranking *ranking, uint32_t row, bool *folded,
                            struct mneme_error *err)
{
    const struct partition *partition = ranking->search->partition;
    struct recall_answer *answer = ranking->answer;
    const char *content = NULL;
    *folded = false;
    if (ranking->search->request->content && partition->kinds[row] == PARTITION_MESSAGE)
        return fold_copy(ranking, row, folded, err);
    if (!ranking->search->request->content || partition->kinds[row] != PARTITION_MEMORY)
        return MNEME_OK;
    for (size_t i = 0; i < answer->count; i++) {
        struct recall_hit *hit = &answer->hits[i];
        if (hit->kind != PARTITION_MEMORY || !look_alike(partition, hit->ordinal, row)) continue;
        enum mneme_code code = content_of(ranking, &partition->ids[row], &content, err);
        if (code == MNEME_OK) code = content_of(ranking, &hit->id, &ranking->folds[i].content, err);
        if (code != MNEME_OK) return code;
        struct near_text a = {ranking->folds[i].content, partition->simhash[hit->ordinal]};
        struct near_text b = {content, partition->simhash[row]};
        if (!near_duplicate(ranking->language, &a, &b)) continue;
        *folded = true;
        return add_folded(ranking, i, row) ? MNEME_OK : error_nomem(err);
    }
    return MNEME_OK;
}

static void add_hit(struct ranking *ranking, const struct candidate *candidate, bool matched)
{
    const struct search *search = ranking->search;
    struct recall_hit *hit = &ranking->answer->hits[ranking->answer->count++];
    *hit = (struct recall_hit){.id = search->partition->ids[candidate->row],
                               .kind = search->partition->kinds[candidate->row],
                               .ordinal = candidate->row,
                               .matched = matched,
                               .superseded = 1};
    for (int i = 0; i < RECALL_BOOSTS; i++) hit->boosts[i] = 1;
    if (!matched) return;
    (void)weigh(search, candidate, hit->parts);
    hit->base = candidate->base;
    (void)boost(search, candidate->row, hit->boosts, &hit->superseded);
    hit->score = candidate->score;
}

/* Takes from the heap until k hits are there, or `most` rows were taken. */
static enum mneme_code take_hits(struct ranking *ranking, struct heap *heap, bool matched,
                                 size_t most, struct mneme_error *err)
{
    for (; most > 0 && heap->count > 0 && ranking->answer->count < ranking->search->request->k;
         most--) {
        const struct candidate *candidate = take_first(heap);
        bool folded;
        enum mneme_code code = fold(ranking, candidate->row, &folded, err);
        if (code != MNEME_OK) return code;
        if (!folded) add_hit(ranking, candidate, matched);
    }
    return MNEME_OK;
}

/* The candidates that something speaks for, with their base as score; their bits leave `rest`. */
static void take_matched(const struct search *search, struct heap *heap, uint64_t *rest)
{
    float parts[RECALL_PARTS];
    for (size_t i = 0; i < search->candidate_count; i++) {
        struct candidate *candidate = &search->candidates[i];
        float sum = weigh(search, candidate, parts);
        if (!is_matched(candidate, parts)) continue;
        candidate->base = (sum > 0 ? sum : 0) / BASE_DIVISOR;
        heap->items[heap->count++] = candidate;
        rest[candidate->row / 64] &= ~(UINT64_C(1) << candidate->row % 64);
    }
}

/* Moves those behind that no boosts could lift among the first `most`: boosts are bounded. Returns how many stay. */
static bool set_hopeless_aside(const struct search *search, const struct heap *heap, size_t most,
                               size_t *kept)
{
    struct topk top;
    bool is_off = search->request->boosts_off;
    float least = is_off ? 1 : BOOST_LEAST, greatest = is_off ? 1 : BOOST_MOST;
    *kept = heap->count;
    if (heap->count <= 2 * most) return true;
    if (!topk_init(&top, most, search->arena)) return false;
    for (size_t i = 0; i < heap->count; i++) {
        const struct candidate *candidate = heap->items[i];
        bool may_halve = search->partition->flags[candidate->row] & ROW_SUPERSEDED;
        topk_offer(&top, candidate->base * least * (may_halve ? SUPERSEDED_FACTOR : 1), 0);
    }
    size_t count = topk_select(&top);
    float bar = INFINITY;
    for (size_t i = 0; i < count; i++) bar = top.items[i].score < bar ? top.items[i].score : bar;
    for (size_t i = 0; i < *kept;) {
        struct candidate *candidate = heap->items[i];
        if (candidate->base * greatest >= bar) {
            i++;
        } else {
            heap->items[i] = heap->items[--*kept];
            heap->items[*kept] = candidate;
        }
    }
    return true;
}

static void score(const struct search *search, struct candidate *const *items, size_t count)
{
    float boosts[RECALL_BOOSTS], superseded;
    for (size_t i = 0; i < count; i++)
        items[i]->score =
            items[i]->base * boost(search, items[i]->row, boosts, &superseded) / BOOST_MOST;
}

/* Every row of the bitmap, newest first. */
static bool take_rest(const struct search *search, const uint64_t *rest, struct heap *heap)
{
    size_t words = bitmap_words(search->partition->count), count = 0;
    for (size_t word = 0; word < words; word++) count += (size_t)__builtin_popcountll(rest[word]);
    struct candidate *rows = arena_alloc_array(search->arena, count, sizeof *rows);
    heap->items = arena_alloc_array(search->arena, count, sizeof *heap->items);
    if (!rows || !heap->items) return false;
    for (size_t word = 0; word < words; word++) {
        for (uint64_t left = rest[word]; left != 0; left &= left - 1) {
            rows[heap->count].row = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(left);
            heap->items[heap->count] = &rows[heap->count];
            heap->count++;
        }
    }
    heapify(heap);
    return true;
}

/* The best of the matched; if folding takes some of them, those that were set aside have their chance too. */
static enum mneme_code take_best(struct ranking *ranking, struct heap *heap, size_t most,
                                 struct mneme_error *err)
{
    const struct search *search = ranking->search;
    size_t all = heap->count, kept;
    if (!set_hopeless_aside(search, heap, most, &kept)) return error_nomem(err);
    score(search, heap->items, kept);
    heap->count = kept;
    heapify(heap);
    enum mneme_code code = take_hits(ranking, heap, true, most, err);
    if (code != MNEME_OK || ranking->folded_count == 0) return code;
    score(search, heap->items + kept, all - kept);
    memmove(heap->items + heap->count, heap->items + kept, (all - kept) * sizeof *heap->items);
    heap->count += all - kept;
    heapify(heap);
    return take_hits(ranking, heap, true, SIZE_MAX, err);
}

enum mneme_code rank_hits(struct search *search, const struct language *language,
                          struct recall_answer *out, bool *starved, struct mneme_error *err)
{
    size_t most =
        search->request->k < search->allowed_count ? search->request->k : search->allowed_count;
    struct ranking ranking = {.search = search, .language = language, .answer = out};
    struct heap matched = {.partition = search->partition};
    struct heap others = {.partition = search->partition, .by_time = true};
    size_t words = bitmap_words(search->partition->count);
    uint64_t *rest = arena_copy(search->arena, search->allowed, words * sizeof *rest);
    *out = (struct recall_answer){.exact = search->is_exact,
                                  .lexical_empty = search->query.term_count == 0};
    *starved = false;
    out->hits = arena_alloc_array(search->arena, most, sizeof *out->hits);
    ranking.folds = arena_alloc_array(search->arena, most, sizeof *ranking.folds);
    matched.items =
        arena_alloc_array(search->arena, search->candidate_count, sizeof *matched.items);
    if (arena_failed(search->arena)) return error_nomem(err);
    take_matched(search, &matched, rest);
    enum mneme_code code = take_best(&ranking, &matched, most, err);
    if (code != MNEME_OK) return code;
    if (out->count < most) {
        *starved = ranking.folded_count > 0 && !search->is_exact;
        if (*starved) return MNEME_OK;
        if (!take_rest(search, rest, &others)) return error_nomem(err);
        code = take_hits(&ranking, &others, false, SIZE_MAX, err);
    }
    out->match_count = search->allowed_count - ranking.folded_count;
    return code;
}
