#include "index/partition.h"

#include "base/alloc.h"
#include "index/columns.h"
#include "support/rows.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint32_t next_random(uint32_t bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % bound;
}

static struct analyzer *new_analyzer(void)
{
    struct analyzer *analyzer = analyzer_new(language_find("en"), TEXT_SHIPPING);
    cr_assert_not_null(analyzer);
    return analyzer;
}

static uint32_t row_of(const struct partition *partition, unsigned id)
{
    uint32_t row;
    struct uuid uuid = row_uuid(id);
    cr_assert(partition_find(partition, &uuid, &row), "row %u is gone", id);
    return row;
}

static bool has_row(const struct partition *partition, unsigned id)
{
    uint32_t row;
    struct uuid uuid = row_uuid(id);
    return partition_find(partition, &uuid, &row);
}

/* --- random changes against a plain list ------------------------------------------------------------------------- */

#define MOST_ROWS 400
#define TEXTS 40

static struct row model[MOST_ROWS]; // id 0: not there
static char texts[TEXTS][400];

static void make_texts(void)
{
    static const char *const words[] = {"tea",   "river", "lamp",     "cat",   "Monday", "harbour",
                                        "cello", "green", "OPS-4417", "walks", "home",   "letter"};
    for (unsigned i = 0; i < TEXTS; i++) {
        unsigned count = i % 8 == 0 ? 60 : 1 + next_random(12);
        size_t length = 0;
        for (unsigned j = 0; j < count && length < sizeof texts[i] - 20; j++)
            length += (size_t)snprintf(texts[i] + length, sizeof texts[i] - length, "%s ",
                                       words[next_random(12)]);
        if (i % 5 == 0) snprintf(texts[i] + length, sizeof texts[i] - length, "%s", "really?");
    }
}

static struct row random_row(unsigned id, int64_t now_us)
{
    static const char *const speakers[] = {"Ada", "Grace", "Ida", NULL};
    static const char *const sittings[] = {NULL, NULL, "morning", "evening"};
    struct row row = {.id = id,
                      .conversation = next_random(4),
                      .text = texts[next_random(TEXTS)],
                      .speaker = speakers[next_random(4)],
                      .sitting = sittings[next_random(4)],
                      .vector = next_random(30),
                      .event_at = ROWS_NOW_US + (int64_t)next_random(100) * 3600 * 1000000,
                      .seq = next_random(2) ? id : 100000 - id,
                      .tags = {"a", next_random(2) ? "b" : NULL}};
    if (next_random(4) == 0) row.expires_at = now_us + 1 + next_random(50);
    if (row.conversation == 3 && next_random(20) == 0) row.role = "assistant";
    return row;
}

static void change_one(struct partition *partition, struct analyzer *analyzer, int64_t now_us)
{
    unsigned at = next_random(MOST_ROWS);
    struct row *row = &model[at];
    struct uuid id = row_uuid(at + 1);
    switch (next_random(5)) {
    case 0:
        partition_remove(partition, &id);
        row->id = 0;
        break;
    case 1:
        *row = (struct row){.id = at + 1, .is_gone = true};
        cr_assert_eq(row_put(partition, analyzer, row), MNEME_OK);
        row->id = 0;
        break;
    default:
        *row = random_row(at + 1, now_us);
        cr_assert_eq(row_put(partition, analyzer, row), MNEME_OK);
    }
}

/* The rows of the model that live, in an order of its own. */
static struct partition *build_anew(struct analyzer *analyzer, int64_t now_us)
{
    struct partition *partition = partition_new();
    partition_set_dimensions(partition, (const size_t[]){ROWS_DIMENSION, 0});
    unsigned step = 7 + 2 * next_random(20);
    while (MOST_ROWS % step == 0 || step % 2 == 0 || step % 5 == 0) step++;
    for (unsigned i = 0, at = 0; i < MOST_ROWS; i++, at = (at + step) % MOST_ROWS) {
        if (model[at].id == 0 || (model[at].expires_at != 0 && model[at].expires_at <= now_us))
            continue;
        cr_assert_eq(row_put(partition, analyzer, &model[at]), MNEME_OK);
    }
    cr_assert_eq(partition_settle(partition, now_us, NULL), MNEME_OK);
    return partition;
}

static void same_rows(const struct partition *a, const struct partition *b)
{
    cr_assert_eq(a->live_count, b->live_count);
    cr_assert_eq(a->own_total, b->own_total);
    cr_assert_eq(a->near_total, b->near_total);
    cr_assert_eq(a->wide_total, b->wide_total);
    for (uint32_t x = 0; x < a->count; x++) {
        if (!row_is_live(a, x)) continue;
        uint32_t y = row_of(b, row_number(&a->ids[x]));
        unsigned ignored = ROW_STRAIGHT;
        cr_assert_eq(a->flags[x] & ~ignored, b->flags[y] & ~ignored);
        cr_assert_eq(a->near_mask[x], b->near_mask[y]);
        cr_assert_eq(a->wide_mask[x], b->wide_mask[y]);
        cr_assert_eq(a->near_length[x], b->near_length[y]);
        cr_assert_eq(a->wide_length[x], b->wide_length[y]);
        cr_assert_eq(a->own_length[x], b->own_length[y]);
        cr_assert_eq(a->dialogue_place[x], b->dialogue_place[y]);
        cr_assert(a->near_norm[x] == b->near_norm[y]);
        cr_assert_eq(bitmap_has(a->special, x), bitmap_has(b->special, y));
        cr_assert_eq(a->tag_count[x], b->tag_count[y]);
        for (int bit = 0; bit < WINDOW_BITS; bit++) {
            if (!(a->wide_mask[x] >> bit & 1)) continue;
            uint32_t p = row_neighbour(a, x, window_offset((unsigned)bit));
            uint32_t q = row_neighbour(b, y, window_offset((unsigned)bit));
            cr_assert_eq(uuid_compare(&a->ids[p], &b->ids[q]), 0);
        }
    }
}

static void same_terms(const struct partition *a, const struct partition *b)
{
    static const char *const stems[] = {"tea", "river", "lamp", "ada", "grace", "ops-4417", "ops"};
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++) {
        uint32_t x = postings_find_term(&a->postings, stems[i], strlen(stems[i]));
        uint32_t y = postings_find_term(&b->postings, stems[i], strlen(stems[i]));
        cr_assert_eq(x == TERM_NONE ? 0 : a->postings.terms[x].live,
                     y == TERM_NONE ? 0 : b->postings.terms[y].live, "%s", stems[i]);
    }
}

static void same_answers(const struct partition *a, const struct partition *b,
                         struct analyzer *analyzer)
{
    static const char *const queries[] = {"Where did Grace put the green lamp?", "tea",
                                          "river walks home OPS-4417", "", "nothing known"};
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        struct recall_request request = rows_request(queries[i]);
        struct recall_answer x, y;
        float vector[ROWS_DIMENSION];
        row_vector_of((unsigned)i + 5, vector);
        if (i % 2 == 0) request.vector = vector;
        request.boosts_off = i == 1;
        request.k = 1 + next_random(30);
        cr_assert_eq(recall_run(a, analyzer, &request, &arena, &x, NULL), MNEME_OK);
        cr_assert_eq(recall_run(b, analyzer, &request, &arena, &y, NULL), MNEME_OK);
        cr_assert_eq(x.count, y.count);
        cr_assert_eq(x.count, request.k < a->live_count ? request.k : a->live_count);
        for (size_t j = 0; j < x.count; j++) {
            cr_assert_eq(uuid_compare(&x.hits[j].id, &y.hits[j].id), 0, "%s, %zu", queries[i], j);
            cr_assert(x.hits[j].score == y.hits[j].score);
            cr_assert_eq(x.hits[j].rank_dense, y.hits[j].rank_dense);
            cr_assert_eq(x.hits[j].rank_lexical, y.hits[j].rank_lexical);
        }
    }
    arena_clear(&arena);
}

Test(partition, equals_one_built_anew_after_any_changes_in_any_order, .timeout = 60)
{
    struct analyzer *analyzer = new_analyzer();
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct partition *partition = partition_new();
        int64_t now_us = ROWS_NOW_US;
        state = seed * UINT64_C(0x9E3779B97F4A7C15);
        memset(model, 0, sizeof model);
        make_texts();
        partition_set_dimensions(partition, (const size_t[]){ROWS_DIMENSION, 0});
        for (int round = 0; round < 60; round++) {
            unsigned changes = round % 10 == 0 ? 200 : next_random(12);
            while (changes-- > 0) change_one(partition, analyzer, now_us);
            now_us += next_random(10);
            cr_assert_eq(partition_settle(partition, now_us, NULL), MNEME_OK);
            cr_assert_gt(partition_next_expiry_us(partition), now_us);
            struct partition *fresh = build_anew(analyzer, now_us);
            same_rows(partition, fresh);
            same_terms(partition, fresh);
            same_answers(partition, fresh, analyzer);
            partition_free(fresh);
        }
        partition_free(partition);
    }
    analyzer_free(analyzer);
}

/* --- windows against their definition ---------------------------------------------------------------------------- */

/* Offsets in the order -1 +1 -2 +2 ..., each while the words together stay within the cap. */
static unsigned windows_by_definition(const struct partition *partition, const unsigned *ids,
                                      const unsigned *words, const unsigned *sitting, int count,
                                      int place, int reach, unsigned cap)
{
    unsigned mask = 0, total = words[place];
    (void)partition;
    (void)ids;
    if (total > cap) return 0;
    for (int distance = 1; distance <= reach; distance++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            int at = place + sign * distance;
            if (at < 0 || at >= count || sitting[at] != sitting[place]) continue;
            if (total + words[at] > cap) continue;
            total += words[at];
            for (unsigned bit = 0; bit < WINDOW_BITS; bit++) {
                if (window_offset(bit) == sign * distance) mask |= 1U << bit;
            }
        }
    }
    return mask;
}

Test(partition, takes_neighbours_into_windows_by_distance_sitting_and_words)
{
    enum { COUNT = 120 };
    struct analyzer *analyzer = new_analyzer();
    static struct row rows[COUNT + 1];
    static char text[COUNT][700];
    static unsigned ids[COUNT], words[COUNT], sitting[COUNT];
    state = 42;
    int64_t at = ROWS_NOW_US;
    for (unsigned i = 0; i < COUNT; i++) {
        words[i] = i % 17 == 3 ? 150 : i % 29 == 5 ? 230 : 5 + next_random(30);
        for (unsigned w = 0; w + 1 < words[i]; w++)
            memcpy(text[i] + 2 * w, w % 2 ? "x " : "y ", 3); // the speaker is one more
        bool new_sitting = i > 0 && next_random(12) == 0;
        at += new_sitting ? SITTING_GAP_US + 1 : SITTING_GAP_US;
        sitting[i] = i == 0 ? 0 : sitting[i - 1] + new_sitting;
        rows[i] = (struct row){
            .id = i + 1, .conversation = 1, .text = text[i], .speaker = "Ada", .event_at = at};
        ids[i] = i + 1;
    }
    struct partition *partition = rows_partition(analyzer, rows);
    for (int i = 0; i < COUNT; i++) {
        uint32_t row = row_of(partition, ids[i]);
        cr_assert_eq(partition->words[row], words[i]);
        cr_assert_eq((unsigned)partition->near_mask[row] << WINDOW_NEAR_SHIFT,
                     windows_by_definition(partition, ids, words, sitting, COUNT, i, 4, 200));
        cr_assert_eq(partition->wide_mask[row],
                     windows_by_definition(partition, ids, words, sitting, COUNT, i, 8, 500));
    }
    partition_free(partition);
    analyzer_free(analyzer);
}

Test(partition, lets_a_label_decide_the_sitting_whatever_the_time)
{
    struct analyzer *analyzer = new_analyzer();
    int64_t week = 7 * US_PER_DAY;
    const struct row rows[] = {
        {.id = 1, .conversation = 1, .sitting = "one", .event_at = ROWS_NOW_US},
        {.id = 2, .conversation = 1, .sitting = "one", .event_at = ROWS_NOW_US + week},
        {.id = 3, .conversation = 1, .sitting = "two", .event_at = ROWS_NOW_US + week},
        {.id = 4, .conversation = 1, .event_at = ROWS_NOW_US + week},
        {.id = 5, .conversation = 1, .event_at = ROWS_NOW_US + week + SITTING_GAP_US},
        {.id = 6, .conversation = 1, .event_at = ROWS_NOW_US + week + 2 * SITTING_GAP_US + 1},
        {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    const uint32_t *sitting = partition->sitting;
    cr_assert_eq(sitting[row_of(partition, 1)], sitting[row_of(partition, 2)]);
    cr_assert_neq(sitting[row_of(partition, 2)], sitting[row_of(partition, 3)]);
    cr_assert_neq(sitting[row_of(partition, 3)], sitting[row_of(partition, 4)]);
    cr_assert_eq(sitting[row_of(partition, 4)], sitting[row_of(partition, 5)]);
    cr_assert_neq(sitting[row_of(partition, 5)], sitting[row_of(partition, 6)]);
    partition_free(partition);
    analyzer_free(analyzer);
}

Test(partition, names_the_neighbours_of_a_message_within_its_sitting)
{
    struct analyzer *analyzer = new_analyzer();
    const struct row rows[] = {{.id = 1, .conversation = 1, .sitting = "a"},
                               {.id = 2, .conversation = 1, .sitting = "a"},
                               {.id = 3, .conversation = 1, .sitting = "a"},
                               {.id = 4, .conversation = 1, .sitting = "b"},
                               {.id = 5, .conversation = 2, .sitting = "a"},
                               {.id = 6},
                               {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    struct uuid found[16];
    size_t before;
    cr_assert_eq(partition_neighbours(partition, row_of(partition, 2), 8, found, &before), 2);
    cr_assert_eq(before, 1);
    cr_assert_eq(row_number(&found[0]), 1);
    cr_assert_eq(row_number(&found[1]), 3);
    cr_assert_eq(partition_neighbours(partition, row_of(partition, 3), 1, found, &before), 1);
    cr_assert_eq(row_number(&found[0]), 2);
    cr_assert_eq(partition_neighbours(partition, row_of(partition, 6), 8, found, &before), 0);
    partition_free(partition);
    analyzer_free(analyzer);
}

/* --- single promises --------------------------------------------------------------------------------------------- */

Test(partition, forgets_a_row_from_the_microsecond_it_expires)
{
    struct analyzer *analyzer = new_analyzer();
    const struct row rows[] = {{.id = 1, .text = "tea", .expires_at = ROWS_NOW_US + 5},
                               {.id = 2, .text = "tea"},
                               {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    cr_assert_eq(partition_next_expiry_us(partition), ROWS_NOW_US + 5);
    cr_assert_eq(partition_settle(partition, ROWS_NOW_US + 4, NULL), MNEME_OK);
    cr_assert_eq(partition_live_count(partition), 2);
    cr_assert_eq(partition_settle(partition, ROWS_NOW_US + 5, NULL), MNEME_OK);
    cr_assert_not(has_row(partition, 1));
    cr_assert(has_row(partition, 2));
    cr_assert_eq(partition_next_expiry_us(partition), INT64_MAX);
    partition_free(partition);
    analyzer_free(analyzer);
}

Test(partition, notes_uses_without_touching_anything_else)
{
    struct analyzer *analyzer = new_analyzer();
    const struct row rows[] = {{.id = 1, .text = "tea", .uses = 2}, {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    struct uuid known = row_uuid(1), unknown = row_uuid(2);
    partition_note_use(partition, &known, ROWS_NOW_US + 9, 3);
    partition_note_use(partition, &known, ROWS_NOW_US + 1, 1);
    partition_note_use(partition, &unknown, ROWS_NOW_US, 1);
    uint32_t row = row_of(partition, 1);
    cr_assert_eq(partition->integers[COLUMN_ACCESS_COUNT][row], 6);
    cr_assert_eq(partition->integers[COLUMN_LAST_ACCESSED_AT][row], ROWS_NOW_US + 9);
    cr_assert(partition->is_settled);
    partition_free(partition);
    analyzer_free(analyzer);
}

Test(partition, squeezes_the_dead_out_and_stays_small)
{
    struct analyzer *analyzer = new_analyzer();
    struct partition *partition = partition_new();
    partition_set_dimensions(partition, (const size_t[]){ROWS_DIMENSION, 0});
    size_t bytes = 0;
    for (unsigned round = 0; round < 60; round++) {
        for (unsigned id = 1; id <= 100; id++) {
            struct row row = {.id = id, .conversation = 1, .text = "the lamp by the river"};
            cr_assert_eq(row_put(partition, analyzer, &row), MNEME_OK);
        }
        cr_assert_eq(partition_settle(partition, ROWS_NOW_US, NULL), MNEME_OK);
        cr_assert_eq(partition_live_count(partition), 100);
        cr_assert_leq(partition->count, 100 + 64);
        if (round == 5) bytes = partition_bytes(partition);
        if (round > 5) cr_assert_leq(partition_bytes(partition), bytes);
    }
    partition_free(partition);
    analyzer_free(analyzer);
}

/* The second message is too long for any window, and the row it had first lies between its neighbours until then. */
Test(partition, finds_the_same_neighbours_after_a_squeeze)
{
    static char endless[1300];
    struct analyzer *analyzer = new_analyzer();
    struct partition *partition = partition_new();
    for (size_t i = 0; i + 2 < sizeof endless; i += 2) memcpy(endless + i, "w ", 3);
    const struct row rows[] = {{.id = 1, .conversation = 1, .text = "lamp"},
                               {.id = 2, .conversation = 1, .text = "boat"},
                               {.id = 3, .conversation = 1, .text = "harbour"},
                               {.id = 2, .conversation = 1, .text = endless},
                               {.id = 9, .text = "river"},
                               {.id = 0}};
    for (const struct row *row = rows; row->id != 0; row++)
        cr_assert_eq(row_put(partition, analyzer, row), MNEME_OK);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(partition_settle(partition, ROWS_NOW_US, NULL), MNEME_OK);
        uint32_t row = row_of(partition, 1);
        cr_assert_eq(partition->wide_mask[row], 1U << (WINDOW_WIDE_REACH + 1));
        cr_assert_eq(row_neighbour(partition, row, 2), row_of(partition, 3));
        for (unsigned id = 100; id < 200; id++) {
            struct row filler = {.id = id, .text = "tea", .is_gone = i == 1};
            cr_assert_eq(row_put(partition, analyzer, &filler), MNEME_OK);
        }
    }
    cr_assert_lt(row_of(partition, 3), 3); // it was squeezed
    partition_free(partition);
    analyzer_free(analyzer);
}

Test(partition, is_worn_when_most_of_its_words_are_of_nobody)
{
    struct analyzer *analyzer = new_analyzer();
    struct partition *partition = partition_new();
    char text[64];
    for (unsigned i = 0; i < 2500; i++) {
        snprintf(text, sizeof text, "alpha%u beta%u gamma%u", i, i, i);
        struct row row = {.id = i % 50 + 1, .text = text};
        cr_assert_eq(row_put(partition, analyzer, &row), MNEME_OK);
        if (i == 1000) cr_assert_not(partition_is_worn(partition));
    }
    cr_assert(partition_is_worn(partition));
    partition_free(partition);
    analyzer_free(analyzer);
}

Test(partition, has_room_for_as_many_rows_as_were_reserved_and_refuses_more_than_it_can_number)
{
    struct mneme_error error;
    struct partition *partition = partition_new();
    cr_assert_eq(partition_reserve(partition, 1000, NULL), MNEME_OK);
    cr_assert_geq(partition->capacity, 1000);
    cr_assert_eq(partition_reserve(partition, (size_t)POSTING_ROWS_MAX + 1, &error), MNEME_LIMIT);
    partition_free(partition);
}

/* --- out of memory ----------------------------------------------------------------------------------------------- */

static int left;

static bool fails(void *context)
{
    (void)context;
    return left-- <= 0;
}

/* Puts, replaces and settles with the n-th allocation failing; true when none failed. */
static bool survive(struct analyzer *analyzer, int n)
{
    struct partition *partition = partition_new();
    enum mneme_code code = MNEME_OK;
    cr_assert_not_null(partition);
    partition_set_dimensions(partition, (const size_t[]){ROWS_DIMENSION, 0});
    left = n;
    mem_set_hook(fails, NULL);
    for (unsigned i = 0; i < 160 && code == MNEME_OK; i++) {
        struct row row = {.id = i % 70 + 1,
                          .conversation = i % 3,
                          .text = texts[i % TEXTS],
                          .speaker = i % 2 ? "Ada" : "Grace",
                          .tags = {"x", "y"},
                          .vector = i};
        code = row_put(partition, analyzer, &row);
        if (code == MNEME_OK && i % 20 == 19) code = partition_settle(partition, ROWS_NOW_US, NULL);
    }
    mem_set_hook(NULL, NULL);
    cr_assert(code == MNEME_OK || code == MNEME_NOMEM);
    if (code == MNEME_OK) cr_assert_eq(partition_live_count(partition), 70);
    partition_free(partition);
    return code == MNEME_OK;
}

Test(partition, can_be_freed_whatever_allocation_fails, .timeout = 60)
{
    struct analyzer *analyzer = new_analyzer();
    int n = 0;
    state = 7;
    make_texts();
    survive(analyzer, INT32_MAX); // the analyzer remembers its stems from here on
    while (!survive(analyzer, n)) n++;
    cr_assert_gt(n, 50);
    cr_assert_lt(n, 20000);
    analyzer_free(analyzer);
}
