#include "recall/recall.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "index/columns.h"
#include "support/rows.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY US_PER_DAY

static struct analyzer *analyzer;
static struct arena arena;

static void begin(void)
{
    arena_init(&arena);
    analyzer = analyzer_new(language_find("en"), TEXT_SHIPPING);
    cr_assert_not_null(analyzer);
}

static void end(void)
{
    arena_clear(&arena);
    analyzer_free(analyzer);
}

TestSuite(recall, .init = begin, .fini = end);

static struct recall_answer ask(const struct partition *partition,
                                const struct recall_request *request)
{
    struct recall_answer answer;
    cr_assert_eq(recall_run(partition, analyzer, request, &arena, &answer, NULL), MNEME_OK);
    return answer;
}

static unsigned id_at(const struct recall_answer *answer, size_t i)
{
    cr_assert_lt(i, answer->count);
    return row_number(&answer->hits[i].id);
}

static const struct recall_hit *hit_of(const struct recall_answer *answer, unsigned id)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (row_number(&answer->hits[i].id) == id) return &answer->hits[i];
    }
    return NULL;
}

static bool close_to(float a, double b)
{
    return fabs((double)a - b) < 1e-5;
}

/* The score, from nothing but what the hit shows. */
static double recompute(const struct recall_hit *hit)
{
    double sum = 0, m = 1;
    for (int i = 0; i < RECALL_PARTS; i++) sum += (double)hit->parts[i];
    for (int i = 0; i < RECALL_BOOSTS; i++) m *= (double)hit->boosts[i];
    m = fmin(fmax(m, .8), 1.2);
    return fmax(sum, 0) / 5.1 * m / 1.2 * (double)hit->superseded;
}

static const struct row talk[] = {
    {.id = 1, .conversation = 1, .speaker = "Ada", .text = "Did you find my blue teapot?"},
    {.id = 2,
     .conversation = 1,
     .speaker = "Grace",
     .text = "It is in the cupboard, above the stove."},
    {.id = 3,
     .conversation = 1,
     .speaker = "Ada",
     .text = "Thank you! I looked for it all of yesterday."},
    {.id = 4,
     .conversation = 1,
     .speaker = "Grace",
     .text = "Ida borrowed the green kettle in 2019."},
    {.id = 5, .text = "Ada drinks green tea in the morning", .type = "preference"},
    {.id = 6, .text = "The harbour office opens at nine", .space = "work"},
    {.id = 7, .text = "Grace plays the cello", .importance = 1},
    {.id = 0}};

Test(recall, finds_what_was_said_and_gives_parts_that_recompute_the_score)
{
    struct partition *partition = rows_partition(analyzer, talk);
    struct recall_request request = rows_request("Where is Ada's blue teapot?");
    request.boosts_off = false;
    struct recall_answer answer = ask(partition, &request);
    cr_assert_eq(answer.count, 7);
    cr_assert_eq(answer.match_count, 7);
    cr_assert(answer.exact);
    for (size_t i = 0; i < answer.count; i++) {
        const struct recall_hit *hit = &answer.hits[i];
        if (hit->matched) cr_assert(close_to(hit->score, recompute(hit)), "hit %zu", i);
        if (i > 0) cr_assert_geq(answer.hits[i - 1].score, hit->score);
        cr_assert(hit->score >= 0 && hit->score <= 1);
    }
    const struct recall_hit *question = hit_of(&answer, 1), *reply = hit_of(&answer, 2);
    cr_assert(question->matched && reply->matched);
    cr_assert_gt(reply->parts[RECALL_REPLY], 0); // it answers a message that the query matches
    cr_assert_eq(reply->rank_lexical, 0);        // and has no word of the query itself
    cr_assert_eq(question->rank_lexical, 1);
    cr_assert(close_to(question->parts[RECALL_ASKS], -.15));
    cr_assert(close_to(question->parts[RECALL_SPEAKER], .1));
    cr_assert(close_to(reply->parts[RECALL_SPEAKER], -.1));
    cr_assert(close_to(reply->parts[RECALL_LENGTH], .12 * log(1 + 8)));
    cr_assert_str_eq(question->terms[0], "ada");
    cr_assert_str_eq(question->terms[1], "blue");
    cr_assert(question->coverage > .5F && question->coverage < 1); // "s" is nowhere
    partition_free(partition);
}

Test(recall, asks_nothing_of_questions_when_the_query_is_none)
{
    struct partition *partition = rows_partition(analyzer, talk);
    struct recall_request request = rows_request("Ada blue teapot");
    struct recall_answer answer = ask(partition, &request);
    for (size_t i = 0; i < answer.count; i++) {
        const float *parts = answer.hits[i].parts;
        cr_assert(parts[RECALL_REPLY] == 0 && parts[RECALL_ASKS] == 0 &&
                  parts[RECALL_SPEAKER] == 0 && parts[RECALL_LENGTH] == 0 &&
                  parts[RECALL_TIME] == 0);
    }
    cr_assert_gt(hit_of(&answer, 1)->parts[RECALL_BIGRAM], 0); // "blue teapot"
    partition_free(partition);
}

Test(recall, names_no_speaker_when_the_query_names_two)
{
    struct partition *partition = rows_partition(analyzer, talk);
    struct recall_request request = rows_request("Did Ada or Grace borrow the kettle?");
    struct recall_answer answer = ask(partition, &request);
    for (size_t i = 0; i < answer.count; i++) cr_assert(answer.hits[i].parts[RECALL_SPEAKER] == 0);
    partition_free(partition);
}

Test(recall, looks_for_times_when_asked_when)
{
    struct partition *partition = rows_partition(analyzer, talk);
    struct recall_request request = rows_request("When did Ida borrow the kettle?");
    struct recall_answer answer = ask(partition, &request);
    cr_assert_eq(id_at(&answer, 0), 4);
    cr_assert(close_to(answer.hits[0].parts[RECALL_TIME], .15));
    cr_assert(close_to(hit_of(&answer, 3)->parts[RECALL_TIME], .15)); // yesterday
    cr_assert(hit_of(&answer, 2)->parts[RECALL_TIME] == 0);
    partition_free(partition);
}

Test(recall, gives_memories_neutral_values_for_what_they_cannot_have)
{
    struct partition *partition = rows_partition(analyzer, talk);
    struct recall_request request = rows_request("When does Ada drink green tea?");
    struct recall_answer answer = ask(partition, &request);
    const struct recall_hit *memory = hit_of(&answer, 5);
    double length = 0, time = 0;
    for (unsigned id = 1; id <= 4; id++) {
        length += (double)hit_of(&answer, id)->parts[RECALL_LENGTH] / 4;
        time += (double)hit_of(&answer, id)->parts[RECALL_TIME] / 4;
    }
    cr_assert(close_to(memory->parts[RECALL_LENGTH], length));
    cr_assert(close_to(memory->parts[RECALL_TIME], time));
    cr_assert(close_to(memory->parts[RECALL_WIDE], .5)); // the best by its own words
    cr_assert(memory->parts[RECALL_ASKS] == 0 && memory->parts[RECALL_REPLY] == 0 &&
              memory->parts[RECALL_SPEAKER] == 0);
    cr_assert_eq(id_at(&answer, 0), 5);
    request.kinds[PARTITION_MESSAGE] = false; // a list of one kind has none of these
    answer = ask(partition, &request);
    memory = hit_of(&answer, 5);
    cr_assert(memory->parts[RECALL_LENGTH] == 0 && memory->parts[RECALL_TIME] == 0 &&
              memory->parts[RECALL_WIDE] == 0);
    partition_free(partition);
}

Test(recall, lets_no_long_answer_of_an_assistant_win_by_length)
{
    struct row rows[5] = {{0}};
    memcpy(rows, talk, 4 * sizeof *rows);
    rows[1].role = "assistant";
    rows[1].speaker = NULL;
    struct partition *partition = rows_partition(analyzer, rows);
    struct recall_request request = rows_request("Where is the teapot?");
    struct recall_answer answer = ask(partition, &request);
    for (size_t i = 0; i < answer.count; i++) {
        cr_assert(answer.hits[i].parts[RECALL_WIDE] == 0);
        cr_assert(answer.hits[i].parts[RECALL_LENGTH] == 0);
    }
    cr_assert_gt(hit_of(&answer, 2)->parts[RECALL_REPLY], 0);
    partition_free(partition);
}

Test(recall, puts_what_nothing_speaks_for_last_by_recency_then_id)
{
    const struct row rows[] = {{.id = 4, .text = "lamp", .event_at = ROWS_NOW_US - 9},
                               {.id = 2, .text = "chair", .event_at = ROWS_NOW_US - 5},
                               {.id = 3, .text = "table", .created_at = ROWS_NOW_US - 3},
                               {.id = 1, .text = "spoon", .event_at = ROWS_NOW_US - 5},
                               {.id = 0}};
    static const unsigned expected[] = {4, 3, 1, 2};
    struct partition *partition = rows_partition(analyzer, rows);
    struct recall_request request = rows_request("lamp");
    struct recall_answer answer = ask(partition, &request);
    cr_assert_eq(answer.count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(id_at(&answer, i), expected[i]);
        cr_assert_eq(answer.hits[i].matched, i == 0);
        if (i > 0) cr_assert(answer.hits[i].score == 0);
    }
    request.text = "";
    answer = ask(partition, &request);
    cr_assert_eq(id_at(&answer, 0), 3);
    cr_assert_eq(id_at(&answer, 3), 4);
    partition_free(partition);
}

Test(recall, returns_exactly_the_lesser_of_k_and_the_matches)
{
    static struct row rows[301];
    for (unsigned i = 0; i < 300; i++)
        rows[i] = (struct row){.id = i + 1,
                               .conversation = i % 3,
                               .text = i % 7 ? "the boat" : "lamp and boat",
                               .space = i % 2 ? "work" : "home",
                               .vector = i};
    struct partition *partition = rows_partition(analyzer, rows);
    float vector[ROWS_DIMENSION];
    row_vector_of(9, vector);
    const char *const spaces[] = {"work", "elsewhere", NULL};
    for (unsigned k = 0; k <= 320; k += 40) {
        struct recall_request request = rows_request("Where is the lamp?");
        request.k = k;
        request.vector = vector;
        cr_assert_eq(ask(partition, &request).count, k < 300 ? k : 300);
        request.namespaces = spaces; // messages have no namespace
        struct recall_answer answer = ask(partition, &request);
        cr_assert_eq(answer.count, k < 50 ? k : 50);
        for (size_t i = 0; i < answer.count; i++)
            cr_assert_eq(rows[id_at(&answer, i) - 1].conversation, 0);
    }
    partition_free(partition);
}

/* A request that scores every row and one that takes candidates agree on the first ten. */
Test(recall, loses_nothing_by_choosing_candidates_first)
{
    enum { COUNT = 3000 };
    static struct row rows[COUNT + 1];
    static char text[COUNT][80];
    static const char *const words[] = {"boat", "lamp", "river", "cat",   "letter", "cello",
                                        "tea",  "rain", "door",  "apple", "north",  "glass"};
    uint64_t state = 99;
    for (unsigned i = 0; i < COUNT; i++) {
        size_t length = 0;
        for (int j = 0; j < 5; j++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407U;
            length += (size_t)snprintf(text[i] + length, sizeof text[i] - length, "%s w%u ",
                                       words[(state >> 33) % 12], (unsigned)(state >> 50) % 300);
        }
        rows[i] = (struct row){.id = i + 1,
                               .conversation = 1 + i % 5,
                               .text = text[i],
                               .speaker = i % 2 ? "Ada" : "Grace",
                               .vector = i + 1};
    }
    struct partition *partition = rows_partition(analyzer, rows);
    float vector[ROWS_DIMENSION];
    row_vector_of(77, vector);
    struct recall_request request =
        rows_request("Where did Ada see the cello and w17 in the rain?");
    request.vector = vector;
    struct recall_answer chosen = ask(partition, &request);
    request.exact = true;
    struct recall_answer all = ask(partition, &request);
    cr_assert(all.exact);
    cr_assert_not(chosen.exact);
    for (size_t i = 0; i < 10; i++) {
        cr_assert_eq(id_at(&chosen, i), id_at(&all, i));
        cr_assert(close_to(chosen.hits[i].score, (double)all.hits[i].score));
    }
    partition_free(partition);
}

Test(recall, cuts_by_cosine_and_by_coverage_before_k)
{
    const struct row rows[] = {{.id = 1, .text = "lamp river", .vector = 1},
                               {.id = 2, .text = "lamp", .vector = 2},
                               {.id = 3, .text = "boat", .vector = 1},
                               {.id = 4, .text = "lamp river"},
                               {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    float vector[ROWS_DIMENSION];
    row_vector_of(1, vector);
    struct recall_request request = rows_request("lamp river");
    request.vector = vector;
    request.min_cosine = .999F;
    struct recall_answer answer = ask(partition, &request);
    cr_assert_eq(answer.count, 2);
    cr_assert_eq(answer.match_count, 2);
    cr_assert_eq(id_at(&answer, 0), 1);
    cr_assert_eq(id_at(&answer, 1), 3);
    request.min_cosine = 0;
    request.min_coverage = .9F;
    answer = ask(partition, &request);
    cr_assert_eq(answer.count, 2);
    cr_assert(hit_of(&answer, 1) && hit_of(&answer, 4));
    request.weights[0] = (struct embed_weights){0, 0}; // a hashing embedder: cut-offs still hold
    request.min_cosine = .999F;
    answer = ask(partition, &request);
    cr_assert_eq(answer.count, 1);
    cr_assert(answer.hits[0].parts[RECALL_OWN_COS] == 0);
    partition_free(partition);
}

Test(recall, says_when_no_word_of_the_query_is_known)
{
    const struct row rows[] = {{.id = 1, .text = "lamp", .vector = 1}, {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    float vector[ROWS_DIMENSION];
    row_vector_of(1, vector);
    struct recall_request request = rows_request("zebra");
    request.vector = vector;
    struct recall_answer answer = ask(partition, &request);
    cr_assert(answer.lexical_empty);
    cr_assert(answer.hits[0].matched);
    cr_assert(close_to(answer.hits[0].base, (.6 + .8) / 5.1));
    cr_assert_eq(answer.hits[0].rank_dense, 1);
    partition_free(partition);
}

Test(recall, scores_neighbours_by_the_vectors_around_them)
{
    const struct row rows[] = {{.id = 1, .conversation = 1, .vector = 1},
                               {.id = 2, .conversation = 1, .vector = 2},
                               {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    float one[ROWS_DIMENSION], two[ROWS_DIMENSION], near[ROWS_DIMENSION];
    row_vector_of(1, one);
    row_vector_of(2, two);
    double norm = 0, dot = 0;
    for (int i = 0; i < ROWS_DIMENSION; i++) {
        near[i] = two[i] + .5F * one[i];
        norm += (double)(near[i] * near[i]);
        dot += (double)(near[i] * one[i]);
    }
    struct recall_request request = rows_request("zebra");
    request.vector = one;
    struct recall_answer answer = ask(partition, &request);
    cr_assert(close_to(hit_of(&answer, 2)->parts[RECALL_NEAR_COS], .8 * dot / sqrt(norm)));
    partition_free(partition);
}

Test(recall, bounds_the_boosts_and_keeps_them_in_their_place)
{
    const struct row rows[] = {
        {.id = 1, .text = "the lamp", .importance = 1, .uses = 1000, .event_at = ROWS_NOW_US},
        {.id = 2, .text = "the lamp", .importance = 1e-9, .event_at = ROWS_NOW_US - 3000 * DAY},
        {.id = 3, .text = "the lamp", .event_at = ROWS_NOW_US - 30 * DAY, .uses = 3},
        {.id = 4, .text = "the lamp", .type = "preference", .event_at = ROWS_NOW_US - 3000 * DAY},
        {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    struct recall_request request = rows_request("lamp");
    request.boosts_off = false;
    struct recall_answer answer = ask(partition, &request);
    const struct recall_hit *best = hit_of(&answer, 1), *worst = hit_of(&answer, 2),
                            *middle = hit_of(&answer, 3), *preference = hit_of(&answer, 4);
    cr_assert(close_to(best->score, (double)best->base)); // 1.05 * 1.1 * 1.05, clamped to 1.2
    cr_assert(close_to(worst->score, (double)worst->base * .95 * .9 * .95 / 1.2));
    cr_assert(close_to(middle->boosts[BOOST_RECENCY], 1));
    cr_assert(close_to(middle->boosts[BOOST_USE], 1 + .05 * (2 * log(4) / log(21) - 1)));
    cr_assert(close_to(middle->boosts[BOOST_IMPORTANCE], 1));
    cr_assert(close_to(preference->boosts[BOOST_RECENCY], 1));
    for (size_t i = 0; i < answer.count; i++)
        cr_assert(close_to(answer.hits[i].score, recompute(&answer.hits[i])));
    request.boosts_off = true;
    answer = ask(partition, &request);
    cr_assert(close_to(answer.hits[0].score, (double)answer.hits[0].base / 1.2));
    cr_assert_eq(id_at(&answer, 0), 1); // a tie, broken by id
    cr_assert_eq(id_at(&answer, 3), 4);
    partition_free(partition);
}

Test(recall, prefers_the_time_that_the_query_names)
{
    const struct row rows[] = {{.id = 1, .text = "the lamp", .event_at = ROWS_NOW_US - 400 * DAY},
                               {.id = 2, .text = "the lamp", .event_at = ROWS_NOW_US - DAY},
                               {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    struct recall_request request = rows_request("the lamp yesterday");
    request.boosts_off = false;
    struct recall_answer answer = ask(partition, &request);
    cr_assert(close_to(hit_of(&answer, 2)->boosts[BOOST_TIME_MATCH], 1.2));
    cr_assert_eq(id_at(&answer, 0), 2);
    request.text = "the lamp";
    answer = ask(partition, &request);
    cr_assert(close_to(answer.hits[0].boosts[BOOST_TIME_MATCH], 1));
    partition_free(partition);
}

/* With k = 1 most candidates are set aside before boosts are worked out; the best must not be among them. */
Test(recall, finds_the_best_although_boosts_turn_the_order)
{
    static struct row rows[201];
    for (unsigned i = 0; i < 200; i++)
        rows[i] = (struct row){.id = i + 1,
                               .text = i < 199 ? "lamp" : "lamp x",
                               .importance = .001,
                               .event_at = ROWS_NOW_US - 3000 * DAY};
    rows[199].importance = 1;
    rows[199].event_at = ROWS_NOW_US;
    struct partition *partition = rows_partition(analyzer, rows);
    struct recall_request request = rows_request("lamp");
    request.k = 1;
    cr_assert_neq(ask(partition, &request).hits[0].ordinal, 199);
    request.boosts_off = false;
    struct recall_answer answer = ask(partition, &request);
    cr_assert_eq(id_at(&answer, 0), 200);
    partition_free(partition);
}

/* --- what may be seen -------------------------------------------------------------------------------------------- */

Test(recall, leaves_out_what_is_superseded_until_asked_for_it)
{
    const struct row rows[] = {
        {.id = 1, .text = "home is Lisbon", .is_superseded = true, .valid_to = ROWS_NOW_US - DAY},
        {.id = 2, .text = "home is Porto", .valid_from = ROWS_NOW_US - DAY},
        {.id = 3, .text = "home is Faro", .is_superseded = true, .valid_to = ROWS_NOW_US + DAY},
        {.id = 4, .text = "home is Braga", .valid_to = ROWS_NOW_US},
        {.id = 5, .text = "home is Evora", .is_superseded = true},
        {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    struct recall_request request = rows_request("home");
    struct recall_answer answer = ask(partition, &request);
    cr_assert_eq(answer.count, 2);
    cr_assert(hit_of(&answer, 2) && hit_of(&answer, 3)); // 3 is replaced from tomorrow on only
    request.include_superseded = true;
    answer = ask(partition, &request);
    cr_assert_eq(answer.count, 4);
    cr_assert(close_to(hit_of(&answer, 1)->superseded, .5));
    cr_assert(close_to(hit_of(&answer, 1)->score, recompute(hit_of(&answer, 1))));
    cr_assert(close_to(hit_of(&answer, 3)->superseded, 1));
    cr_assert_null(hit_of(&answer, 4));
    request.include_superseded = false;
    request.as_of_us = ROWS_NOW_US - 2 * DAY;
    answer = ask(partition, &request);
    cr_assert_eq(answer.count, 3);
    cr_assert(hit_of(&answer, 1) && hit_of(&answer, 3) && hit_of(&answer, 4));
    partition_free(partition);
}

Test(recall, leaves_out_the_untrusted_and_the_notes_of_tasks_until_asked_for_them)
{
    const struct row rows[] = {{.id = 1, .text = "lamp", .trust = "untrusted"},
                               {.id = 2, .conversation = 1, .text = "lamp", .trust = "untrusted"},
                               {.id = 3, .text = "lamp", .space = "task:7"},
                               {.id = 4, .text = "lamp", .trust = "tool"},
                               {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    struct recall_request request = rows_request("lamp");
    struct recall_answer answer = ask(partition, &request);
    cr_assert_eq(answer.count, 1);
    cr_assert_eq(id_at(&answer, 0), 4);
    request.include_untrusted = true;
    cr_assert_eq(ask(partition, &request).count, 3);
    const char *const spaces[] = {"task:7", NULL};
    request.namespaces = spaces;
    answer = ask(partition, &request);
    cr_assert_eq(answer.count, 1);
    cr_assert_eq(id_at(&answer, 0), 3);
    partition_free(partition);
}

Test(recall, takes_a_further_bitmap_and_counts_neighbours_that_are_not_in_it)
{
    struct partition *partition = rows_partition(analyzer, talk);
    struct recall_request request = rows_request("blue teapot");
    uint64_t *allowed = partition_bitmap(partition, &arena);
    uint32_t row;
    struct uuid id = row_uuid(2);
    cr_assert(partition_find(partition, &id, &row));
    bitmap_set(allowed, row);
    request.allowed = allowed;
    struct recall_answer answer = ask(partition, &request);
    cr_assert_eq(answer.count, 1);
    cr_assert_eq(id_at(&answer, 0), 2);
    cr_assert(answer.hits[0].matched); // by the question in front of it
    cr_assert(close_to(answer.hits[0].parts[RECALL_NEAR], 1));
    partition_free(partition);
}

Test(recall, finds_nothing_where_nothing_is)
{
    const struct row none[] = {{.id = 0}};
    const struct row gone[] = {{.id = 1, .text = "lamp", .expires_at = ROWS_NOW_US}, {.id = 0}};
    const struct row *const cases[] = {none, gone};
    for (size_t i = 0; i < 2; i++) {
        struct partition *partition = rows_partition(analyzer, cases[i]);
        struct recall_request request = rows_request("lamp?");
        struct recall_answer answer = ask(partition, &request);
        cr_assert_eq(answer.count, 0);
        cr_assert_eq(answer.match_count, 0);
        partition_free(partition);
    }
}

Test(recall, knows_nothing_of_a_row_that_left)
{
    struct partition *partition = rows_partition(analyzer, talk);
    struct uuid id = row_uuid(1);
    partition_remove(partition, &id);
    cr_assert_eq(partition_settle(partition, ROWS_NOW_US, NULL), MNEME_OK);
    struct recall_request request = rows_request("blue teapot");
    struct recall_answer answer = ask(partition, &request);
    cr_assert(answer.lexical_empty); // its words went along
    for (size_t i = 0; i < answer.count; i++) cr_assert_not(answer.hits[i].matched);
    partition_free(partition);
}

/* --- near-duplicates --------------------------------------------------------------------------------------------- */

struct contents {
    const struct row *rows;
    unsigned asked;
    bool fails;
};

static enum mneme_code content_of(void *context, const struct uuid *id, struct arena *where,
                                  const char **out, struct mneme_error *err)
{
    struct contents *contents = context;
    (void)where;
    contents->asked++;
    *out = contents->rows[row_number(id) - 1].text;
    return contents->fails ? error_set(err, MNEME_STORAGE, "no") : MNEME_OK;
}

Test(recall, folds_near_duplicates_names_them_and_fills_their_places)
{
    static const struct row rows[] = {
        {.id = 1, .text = "Ada keeps the blue teapot in the cupboard above the old stove at home"},
        {.id = 2,
         .text = "Ada keeps the blue teapot in the cupboard above the old stove, at home."},
        {.id = 3, .text = "Ada keeps the blue teapot in the cupboard above the old stove at home"},
        {.id = 4,
         .text = "Ada never keeps the blue teapot in the cupboard above the old stove at home"},
        {.id = 5, .text = "a blue lamp"},
        {.id = 6, .text = "A  blue LAMP"},
        {.id = 7, .text = "teapot lids"},
        {.id = 8, .conversation = 1, .text = "a blue lamp"},
        {.id = 9, .conversation = 1, .text = "a blue lamp"},
        {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    struct contents contents = {.rows = rows};
    struct recall_request request = rows_request("blue teapot");
    request.content = content_of;
    request.content_context = &contents;
    struct recall_answer answer = ask(partition, &request);
    cr_assert_eq(answer.count, 6);
    cr_assert_eq(answer.match_count, 6);
    const struct recall_hit *teapot = hit_of(&answer, 1), *lamp = hit_of(&answer, 5);
    cr_assert_eq(teapot->folded_count, 2);
    cr_assert_eq(row_number(&teapot->folded[0]), 2);
    cr_assert_eq(row_number(&teapot->folded[1]), 3);
    cr_assert(hit_of(&answer, 4)); // "never" makes it another statement
    cr_assert_eq(lamp->folded_count, 1);
    cr_assert(hit_of(&answer, 8) && hit_of(&answer, 9)); // messages are never folded
    request.k = 2;
    answer = ask(partition, &request);
    cr_assert_eq(answer.count, 2);
    request.content = NULL;
    request.k = 20;
    cr_assert_eq(ask(partition, &request).count, 9);
    partition_free(partition);
}

Test(recall, fills_up_from_all_rows_when_duplicates_were_all_that_the_legs_held)
{
    static struct row rows[1202];
    for (unsigned i = 0; i < 1200; i++)
        rows[i] = (struct row){.id = i + 1, .text = i < 1100 ? "the blue lamp" : "lamp"};
    for (unsigned i = 1100; i < 1200; i++)
        rows[i].text =
            i % 2 ? "there are many things in this long sentence, one of them a blue lamp"
                  : "it hangs over the river, far from here, and is called a blue lamp by us";
    struct partition *partition = rows_partition(analyzer, rows);
    struct contents contents = {.rows = rows};
    struct recall_request request = rows_request("blue lamp");
    request.k = 5;
    request.content = content_of;
    request.content_context = &contents;
    struct recall_answer answer = ask(partition, &request);
    cr_assert_eq(answer.count, 3);
    cr_assert(answer.exact);
    cr_assert_eq(answer.hits[0].folded_count, 1099);
    for (size_t i = 0; i < 3; i++) cr_assert(answer.hits[i].matched);
    partition_free(partition);
}

/* Folding at the end of the first k must let those in that had been set aside. */
Test(recall, keeps_the_order_of_those_that_folding_lets_in)
{
    static struct row rows[121];
    static char text[120][40];
    for (unsigned i = 0; i < 120; i++) { // twelve alike, then ever longer ones
        snprintf(text[i], sizeof text[i], i < 12 ? "lamp" : "lamp q%u%.*s", i, (int)(i / 12) * 2,
                 " z z z z z z z z z z");
        rows[i] = (struct row){.id = i + 1, .text = text[i]};
    }
    struct partition *partition = rows_partition(analyzer, rows);
    struct contents contents = {.rows = rows};
    struct recall_request request = rows_request("lamp");
    request.content = content_of;
    request.content_context = &contents;
    request.k = 120;
    struct recall_answer all = ask(partition, &request);
    request.k = 6;
    struct recall_answer few = ask(partition, &request);
    cr_assert_eq(few.count, 6);
    for (size_t i = 0; i < 6; i++) cr_assert_eq(id_at(&few, i), id_at(&all, i));
    partition_free(partition);
}

Test(recall, hands_on_the_failure_to_read_a_content)
{
    const struct row rows[] = {{.id = 1, .text = "lamp"}, {.id = 2, .text = "lamp"}, {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    struct contents contents = {.rows = rows, .fails = true};
    struct recall_request request = rows_request("lamp");
    struct recall_answer answer;
    request.content = content_of;
    request.content_context = &contents;
    cr_assert_eq(recall_run(partition, analyzer, &request, &arena, &answer, NULL), MNEME_STORAGE);
    cr_assert_eq(answer.count, 0);
    partition_free(partition);
}

/* --- hostile and unlucky ----------------------------------------------------------------------------------------- */

Test(recall, looks_at_no_more_terms_than_the_limit)
{
    static char text[LIMIT_QUERY_BYTES];
    size_t length = 0;
    for (unsigned i = 0; length < sizeof text - 16; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "w%u ", i);
    const struct row rows[] = {
        {.id = 1, .text = "w1 w2 w3 w127 w128 w500"}, {.id = 2, .text = "w600"}, {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    struct recall_request request = rows_request(text);
    struct recall_answer answer = ask(partition, &request);
    size_t terms = 0;
    while (answer.hits[0].terms[terms]) terms++;
    cr_assert_eq(terms, 4);
    cr_assert_not(answer.hits[1].matched);
    partition_free(partition);
}

static int left;

static bool fails(void *context)
{
    (void)context;
    return left-- <= 0;
}

Test(recall, says_so_when_memory_runs_out_at_any_allocation)
{
    static struct row rows[801];
    static char text[800][64];
    for (unsigned i = 0; i < 800; i++) {
        snprintf(text[i], sizeof text[i], "lamp and boat %u, %u", i % 50, i);
        rows[i] = (struct row){.id = i + 1,
                               .conversation = i % 3,
                               .text = i % 9 ? text[i] : "lamp",
                               .speaker = "Ada",
                               .vector = i};
    }
    struct partition *partition = rows_partition(analyzer, rows);
    struct contents contents = {.rows = rows};
    float vector[ROWS_DIMENSION];
    row_vector_of(9, vector);
    struct recall_request request = rows_request("Where did Ada see the lamp?");
    request.vector = vector;
    request.content = content_of;
    request.content_context = &contents;
    request.boosts_off = false;
    enum mneme_code code = MNEME_NOMEM;
    for (int n = 0; code != MNEME_OK; n++) {
        struct recall_answer answer;
        arena_clear(&arena);
        left = n;
        mem_set_hook(fails, NULL);
        code = recall_run(partition, analyzer, &request, &arena, &answer, NULL);
        mem_set_hook(NULL, NULL);
        cr_assert(code == MNEME_OK || code == MNEME_NOMEM);
        cr_assert_eq(answer.count, code == MNEME_OK ? 10 : 0);
        cr_assert_lt(n, 500);
    }
    partition_free(partition);
}
