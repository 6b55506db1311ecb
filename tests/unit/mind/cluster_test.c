#include "mind/cluster.h"

#include "support/support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct analyzer *analyzer;
static struct clusters *clusters;
static struct arena arena;

static void begin(void)
{
    analyzer = analyzer_new(language_find("en"), TEXT_SHIPPING);
    clusters = clusters_new(analyzer, &(struct cluster_options){.dimension = 2});
    cr_assert_not_null(clusters);
    arena_init(&arena);
}

static void end(void)
{
    clusters_free(clusters);
    analyzer_free(analyzer);
    arena_clear(&arena);
}

TestSuite(cluster, .init = begin, .fini = end);

static uint32_t add(uint32_t ordinal, const char *text, const float *vector)
{
    uint32_t number;
    struct cluster_record record = {
        .ordinal = ordinal, .text = text, .vector = vector, .importance = 0.5};
    cr_assert_eq(clusters_add(clusters, &record, &number, NULL), MNEME_OK);
    return number;
}

static void add_all(void)
{
    add(0, "The sailing boat lies in the harbour", NULL);
    add(1, "Bread needs flour and a hot oven", NULL);
    add(2, "A new sail for the boat in the harbour", NULL);
    add(3, "The oven bakes bread with rye flour", NULL);
    add(4, "Taxes are due", NULL);
}

Test(cluster, a_record_joins_what_it_is_like)
{
    struct cluster_found *list;
    size_t count;
    add_all();
    cr_assert_eq(clusters_list(clusters, 2, &arena, &list, &count, NULL), MNEME_OK);
    cr_assert_eq(count, 2);
    cr_assert_eq(list[0].member_count, 2);
    cr_expect_eq(list[0].members[0], 0);
    cr_expect_eq(list[0].members[1], 2);
    cr_expect_eq(list[1].members[0], 1);
    cr_expect_eq(list[1].members[1], 3);
    cr_expect_eq(list[0].importance, 0.5);
}

Test(cluster, its_name_is_what_its_members_share)
{
    struct cluster_found *list;
    size_t count;
    add_all();
    cr_assert_eq(clusters_list(clusters, 2, &arena, &list, &count, NULL), MNEME_OK);
    cr_assert_eq(count, 2);
    cr_expect(strstr(list[0].name, "boat") || strstr(list[0].name, "harbour"), "%s", list[0].name);
    cr_expect_gt(list[0].topic_count, 0);
    cr_expect(list[0].confidence > 0 && list[0].confidence <= 1);
}

Test(cluster, one_more_record_moves_no_other)
{
    struct cluster_found *before, *after;
    size_t before_count, after_count;
    add_all();
    cr_assert_eq(clusters_list(clusters, 1, &arena, &before, &before_count, NULL), MNEME_OK);
    add(5, "The harbour wall and the boat", NULL);
    cr_assert_eq(clusters_list(clusters, 1, &arena, &after, &after_count, NULL), MNEME_OK);
    cr_assert_eq(before_count, after_count);
    for (size_t i = 0; i < before_count; i++) {
        cr_expect_eq(before[i].number, after[i].number);
        cr_assert_geq(after[i].member_count, before[i].member_count);
        cr_expect_arr_eq(before[i].members, after[i].members,
                         before[i].member_count * sizeof(uint32_t));
    }
}

Test(cluster, what_was_stored_is_put_back_as_it_was)
{
    struct cluster_record record = {.ordinal = 9, .text = "Something else entirely"};
    add_all();
    cr_assert_eq(clusters_put(clusters, &record, 0, NULL), MNEME_OK);
    record.ordinal = 10;
    cr_assert_eq(clusters_put(clusters, &record, clusters_next(clusters), NULL), MNEME_OK);
    cr_expect_eq(clusters_put(clusters, &record, 1000, NULL), MNEME_INVALID);
    struct cluster_found *list;
    size_t count;
    cr_assert_eq(clusters_list(clusters, 3, &arena, &list, &count, NULL), MNEME_OK);
    cr_assert_eq(count, 1);
    cr_expect_eq(list[0].members[2], 9);
}

Test(cluster, vectors_bring_together_what_words_do_not)
{
    const float one[2] = {1, 0}, other[2] = {0, 1};
    uint32_t first = add(0, "The vessel departed", one);
    cr_expect_eq(add(1, "A ship went away", one), first);
    cr_expect_neq(add(2, "Cheese tastes good", other), first);
}

Test(cluster, empty_texts_and_broken_vectors_stand_alone)
{
    const float broken[2] = {(float)(0.0 / 1.0), 0};
    uint32_t first = add(0, "", NULL), second = add(1, "", NULL), third = add(2, "", broken);
    cr_expect_neq(first, second);
    cr_expect_neq(second, third);
    struct cluster_found *list;
    size_t count;
    cr_assert_eq(clusters_list(clusters, 1, &arena, &list, &count, NULL), MNEME_OK);
    cr_expect_eq(count, 3);
    cr_expect_str_eq(list[0].name, "");
}

static enum mneme_code add_hungry(void *context)
{
    struct arena own;
    struct cluster_found *list;
    size_t count;
    uint32_t number;
    enum mneme_code code = MNEME_NOMEM;
    struct analyzer *hungry = analyzer_new(language_find("en"), TEXT_SHIPPING);
    struct clusters *few =
        hungry ? clusters_new(hungry, &(struct cluster_options){.dimension = 2}) : NULL;
    (void)context;
    arena_init(&own);
    static const char *const texts[] = {"The boat in the harbour", "A boat, a harbour", "Bread"};
    for (uint32_t i = 0; few && i < 3; i++) {
        struct cluster_record record = {.ordinal = i, .text = texts[i], .vector = (float[]){1, 0}};
        code = clusters_add(few, &record, &number, NULL);
        if (code != MNEME_OK) break;
    }
    if (code == MNEME_OK) code = clusters_list(few, 1, &own, &list, &count, NULL);
    clusters_free(few);
    analyzer_free(hungry);
    arena_clear(&own);
    return code;
}

Test(cluster, out_of_memory_is_said)
{
    cr_expect_gt(support_fail_each(add_hungry, NULL), 0);
}
