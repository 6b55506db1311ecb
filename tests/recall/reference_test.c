/*
 * Ranking against the measured reference: the same order (where scores differ by more than the tolerance) and the
 * same parts, on texts of our own, from goldens that golden.py made. And how well it ranks on sets that are not ours,
 * where a folder of shared data is there.
 */
#include "base/alloc.h"
#include "base/limits.h"
#include "embed/embed.h"
#include "recall/recall.h"
#include "support/db_fixture.h"
#include "support/labelled.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIMENSION 16
#define TOLERANCE 1e-3

/* --- goldens ----------------------------------------------------------------------------------------------------- */

/* golden.py has the formula. */
static void made_vector(uint64_t stream, uint64_t number, float out[DIMENSION])
{
    double sum = 0;
    for (uint64_t j = 0; j < DIMENSION; j++) {
        uint64_t z = (stream << 52) + (number << 12) + j + UINT64_C(0x9E3779B97F4A7C15);
        z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
        z ^= z >> 31;
        out[j] = (float)(z >> 40) / (float)(1 << 23) - 1;
        sum += (double)out[j] * (double)out[j];
    }
    for (int j = 0; j < DIMENSION; j++) out[j] /= (float)sqrt(sum);
}

static void document_vector(void *context, const struct labelled_set *set, size_t document,
                            float *out)
{
    (void)context;
    (void)set;
    made_vector(1, document, out);
}

static double real_at(const struct json *list, size_t i)
{
    return json_as_real(json_at(list, i));
}

static void compare(const struct labelled_set *set, const struct recall_answer *answer,
                    const struct json *golden, const char *query)
{
    const struct json *ids = json_get(golden, "ids"), *scores = json_get(golden, "scores"),
                      *parts = json_get(golden, "parts");
    cr_assert_geq(answer->count, json_count(ids));
    for (size_t i = 0; i < json_count(ids); i++) {
        const struct recall_hit *hit = &answer->hits[i];
        const char *id = set->documents[labelled_number(&hit->id)].id;
        const char *expected = json_as_text(json_at(ids, i), NULL);
        double score = fmax(real_at(scores, i), 0) / 5.1;
        cr_assert_float_eq((double)hit->base, score, TOLERANCE / 5.1, "%s, place %zu: %f", query, i,
                           (double)hit->base * 5.1);
        if (strcmp(id, expected) != 0)
            continue; // a tie within the tolerance, or the score had told
        for (size_t j = 0; j < RECALL_PARTS; j++)
            cr_assert_float_eq((double)hit->parts[j], real_at(json_at(parts, i), j), TOLERANCE,
                               "%s, %s, %s: %f", query, id, recall_part_names[j],
                               (double)hit->parts[j]);
    }
}

/* Compares every query of the golden; returns how many there were. */
static size_t compare_all(const char *name, bool exact)
{
    struct labelled_set set;
    char path[256], line[LIMIT_LINE_BYTES / 64];
    size_t count = 0;
    const char *space = NULL;
    struct partition *partition = NULL;
    struct analyzer *analyzer = analyzer_new(language_find("en"), TEXT_REFERENCE);
    labelled_read(&set, "tests/data", name);
    snprintf(path, sizeof path, "tests/data/%s.golden.jsonl", name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    for (; fgets(line, sizeof line, file); count++) {
        struct json *golden;
        struct arena arena;
        struct recall_answer answer;
        float vector[DIMENSION];
        cr_assert_eq(json_parse(line, strlen(line), sizeof line, &golden, NULL), MNEME_OK);
        size_t number = (size_t)json_as_integer(json_get(golden, "query")) - 1;
        const struct labelled_query *query = &set.queries[number];
        if (!space || strcmp(space, query->space) != 0) {
            partition_free(partition);
            space = query->space;
            partition = labelled_partition(&set, space, analyzer, DIMENSION, document_vector, NULL);
        }
        made_vector(2, number, vector);
        struct recall_request request = {.text = query->text,
                                         .vector = vector,
                                         .weights = {{.6F, .8F}},
                                         .k = 10,
                                         .kinds = {true, true},
                                         .now_us = 2,
                                         .reference_us = 2,
                                         .as_of_us = TIME_NONE,
                                         .boosts_off = true,
                                         .exact = exact};
        arena_init(&arena);
        cr_assert_eq(recall_run(partition, analyzer, &request, &arena, &answer, NULL), MNEME_OK);
        compare(&set, &answer, golden, query->text);
        arena_clear(&arena);
        json_free(golden);
    }
    fclose(file);
    partition_free(partition);
    analyzer_free(analyzer);
    labelled_clear(&set);
    return count;
}

Test(reference, is_matched_part_by_part_on_our_own_texts)
{
    cr_assert_gt(compare_all("garden", true), 50);
    cr_assert_gt(compare_all("garden", false), 50);
}

/* --- how well ---------------------------------------------------------------------------------------------------- */

struct figures {
    double recall, mrr, ndcg; /* recall@10, MRR to depth 50, nDCG@10 */
    size_t queries;
};

static void table_vector(void *context, const struct labelled_set *set, size_t document, float *out)
{
    const struct labelled_document *it = &set->documents[document];
    struct arena arena;
    arena_init(&arena);
    const char *text = it->who ? arena_printf(&arena, "%s: %s", it->who, it->text) : it->text;
    cr_assert_eq(embedder_embed(context, &text, 1, out, NULL, NULL), MNEME_OK);
    arena_clear(&arena);
}

/* The shipping way: candidates first, boosts neutral. */
static struct recall_answer ask(const struct partition *partition, struct analyzer *analyzer,
                                struct embedder *embedder, const char *text, struct arena *arena)
{
    struct recall_answer answer;
    float *vector = arena_alloc_array(arena, embedder->dimension, sizeof *vector);
    cr_assert_eq(embedder_embed(embedder, &text, 1, vector, NULL, NULL), MNEME_OK);
    struct recall_request request = {.text = text,
                                     .vector = vector,
                                     .weights = {embed_weights(EMBED_STATIC)},
                                     .k = 50,
                                     .kinds = {true, true},
                                     .now_us = 2,
                                     .reference_us = 2,
                                     .as_of_us = TIME_NONE,
                                     .boosts_off = true};
    cr_assert_eq(recall_run(partition, analyzer, &request, arena, &answer, NULL), MNEME_OK);
    return answer;
}

static void judge(const struct labelled_set *set, const struct labelled_query *query,
                  const struct recall_answer *answer, struct figures *sum)
{
    double found = 0, gain = 0, ideal = 0, first = 0, gold = 0;
    for (size_t i = 0; i < set->document_count; i++) {
        if (strcmp(set->documents[i].space, query->space) == 0)
            gold += labelled_is_relevant(set, query, i);
    }
    if (gold == 0) return;
    for (size_t i = 0; i < answer->count; i++) {
        if (!labelled_is_relevant(set, query, labelled_number(&answer->hits[i].id))) continue;
        if (first == 0) first = 1 / ((double)i + 1);
        if (i >= 10) break;
        found++;
        gain += 1 / log2((double)i + 2);
    }
    for (double i = 0; i < gold && i < 10; i++) ideal += 1 / log2(i + 2);
    sum->recall += found / gold;
    sum->mrr += first;
    sum->ndcg += gain / ideal;
    sum->queries++;
}

static struct figures measure(const char *name)
{
    struct labelled_set set;
    struct embedder *embedder;
    struct figures sum = {0};
    const char *folder = support_data("recall"), *space = NULL;
    const char *table = support_data("models/potion-base-2M.bin");
    if (!folder || !table) cr_skip_test("MNEME_DATA names no folder of shared data");
    cr_assert_eq(embedder_open(table, &embedder, NULL), MNEME_OK);
    struct analyzer *analyzer = analyzer_new(language_find("en"), TEXT_SHIPPING);
    struct partition *partition = NULL;
    labelled_read(&set, folder, name);
    for (size_t i = 0; i < set.query_count; i++) {
        const struct labelled_query *query = &set.queries[i];
        struct arena arena;
        struct recall_answer answer;
        bool is_new = !space || strcmp(space, query->space) != 0;
        space = query->space;
        if (is_new) {
            partition_free(partition);
            partition = labelled_partition(&set, space, analyzer, embedder->dimension, table_vector,
                                           embedder);
        }
        arena_init(&arena);
        answer = ask(partition, analyzer, embedder, query->text, &arena);
        judge(&set, query, &answer, &sum);
        arena_clear(&arena);
    }
    partition_free(partition);
    analyzer_free(analyzer);
    embedder_free(embedder);
    labelled_clear(&set);
    sum.recall /= (double)sum.queries;
    sum.mrr /= (double)sum.queries;
    sum.ndcg /= (double)sum.queries;
    fprintf(stderr, "%s: %zu queries, recall@10 %.4f, MRR %.4f, nDCG@10 %.4f\n", name, sum.queries,
            sum.recall, sum.mrr, sum.ndcg);
    return sum;
}

/* What is promised of the shipping profile with the small static table. */
Test(figures, of_long_chats_are_as_promised, .timeout = 120)
{
    struct figures found = measure("locomo");
    cr_assert_eq(found.queries, 1981);
    cr_assert_geq(found.recall, .825);
    cr_assert_geq(found.mrr, .635);
}

Test(figures, of_role_play_are_as_promised, .timeout = 120)
{
    cr_assert_geq(measure("crd3").recall, .485);
}

Test(figures, of_stories_in_sections_are_as_promised, .timeout = 120)
{
    cr_assert_geq(measure("fairytaleqa").mrr, .795);
}

Test(figures, of_unrelated_documents_are_as_promised, .timeout = 120)
{
    cr_assert_geq(measure("scifact").ndcg, .69);
}

/* --- mixed kinds ------------------------------------------------------------------------------------------------- */

static const char *time_of(const struct labelled_set *set, const char *space, const char *id)
{
    for (size_t i = 0; i < set->document_count; i++) {
        const struct labelled_document *it = &set->documents[i];
        if (strcmp(it->space, space) == 0 && strcmp(it->id, id) == 0) return it->time;
    }
    return NULL;
}

static void add_fact(struct labelled_set *set, size_t *capacity, const char *space,
                     const struct json *fact)
{
    const struct json *from = json_at(fact, 1);
    if (json_type_of(from) != JSON_TYPE_TEXT) from = json_at(from, 0); // several turns: the first
    if (!from) return;
    const char *id = json_as_text(from, NULL);
    set->documents = arena_grow(&set->arena, set->documents, capacity, set->document_count + 1,
                                sizeof *set->documents);
    cr_assert_not_null(set->documents);
    set->documents[set->document_count] = (struct labelled_document){
        .space = space,
        .id = arena_printf(&set->arena, "fact:%s", id),
        .time = time_of(set, space, id),
        .text = arena_text(&set->arena, json_as_text(json_at(fact, 0), NULL))};
    set->document_count++;
}

/* What a model noted of each turn, as memories beside the turns. */
static void add_facts(struct labelled_set *set, const char *path)
{
    size_t length, capacity = set->document_count;
    unsigned char *text = db_fixture_read_file(path, &length);
    struct json *all;
    cr_assert_eq(json_parse((const char *)text, length, LIMIT_FILE_BYTES, &all, NULL), MNEME_OK);
    for (size_t i = 0; i < json_count(all); i++) {
        const struct json *talk = json_at(all, i), *session, *facts;
        const char *space =
            arena_text(&set->arena, json_as_text(json_get(talk, "sample_id"), NULL));
        const char *name;
        for (void *at = NULL; json_each(json_get(talk, "observation"), &at, &name, &session);) {
            for (void *by = NULL; json_each(session, &by, &name, &facts);) {
                for (size_t j = 0; j < json_count(facts); j++)
                    add_fact(set, &capacity, space, json_at(facts, j));
            }
        }
    }
    json_free(all);
    mem_free(text);
}

/* Facts and the turns they came from in one user: neither kind may bury the other. */
Test(figures, of_mixed_kinds_leave_each_its_place, .timeout = 120)
{
    struct labelled_set set;
    struct embedder *embedder;
    struct figures turns = {0};
    double facts = 0, first = 0, found = 0;
    const char *folder = support_data("recall"), *file = support_data("recall/locomo10.json");
    const char *table = support_data("models/potion-base-2M.bin"), *space = NULL;
    if (!folder || !file || !table) cr_skip_test("MNEME_DATA names no folder of shared data");
    cr_assert_eq(embedder_open(table, &embedder, NULL), MNEME_OK);
    struct analyzer *analyzer = analyzer_new(language_find("en"), TEXT_SHIPPING);
    struct partition *partition = NULL;
    labelled_read(&set, folder, "locomo");
    size_t turn_count = set.document_count;
    add_facts(&set, file);
    for (size_t i = 0; i < set.query_count; i++) {
        const struct labelled_query *query = &set.queries[i];
        struct arena arena;
        bool has_fact = false;
        if (!space || strcmp(space, query->space) != 0) {
            space = query->space;
            partition_free(partition);
            partition = labelled_partition(&set, space, analyzer, embedder->dimension, table_vector,
                                           embedder);
        }
        arena_init(&arena);
        struct recall_answer answer = ask(partition, analyzer, embedder, query->text, &arena);
        for (size_t j = 0; j < 10; j++) {
            size_t number = labelled_number(&answer.hits[j].id);
            if (number < turn_count) continue;
            facts++;
            first += j == 0;
            for (size_t k = 0; k < query->relevant_count; k++)
                has_fact |=
                    strcmp(set.documents[number].id + strlen("fact:"), query->relevant[k]) == 0;
        }
        found += has_fact;
        judge(&set, query, &answer, &turns);
        arena_clear(&arena);
    }
    double queries = (double)set.query_count;
    fprintf(stderr,
            "mixed kinds: facts are %.3f of the first ten, %.3f of the first; a matching one is "
            "there for "
            "%.3f; recall@10 of turns %.3f\n",
            facts / queries / 10, first / queries, found / queries,
            turns.recall / (double)turns.queries);
    cr_assert(facts / queries / 10 > .1 && facts / queries / 10 < .4);
    cr_assert(first / queries > .2 && first / queries < .6);
    cr_assert_geq(found / queries, .5);
    cr_assert_geq(turns.recall / (double)turns.queries, .77);
    partition_free(partition);
    analyzer_free(analyzer);
    embedder_free(embedder);
    labelled_clear(&set);
}
