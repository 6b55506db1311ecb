/* Clusters and key events on labelled samples (tests/data), with floors that they may not fall below. */
#include "base/json.h"
#include "mind/cluster.h"
#include "mind/summarise.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLUSTER_PRECISION_FLOOR 0.95
#define CLUSTER_RECALL_FLOOR 0.65
#define EVENT_PRECISION_FLOOR 0.9
#define EVENT_RECALL_FLOOR 0.9
#define MOST_LINES 100

static struct json *lines[MOST_LINES];
static size_t line_count;

static void read_lines(const char *path)
{
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t length; (length = getline(&line, &capacity, file)) > 0; line_count++) {
        cr_assert_lt(line_count, MOST_LINES);
        cr_assert_eq(json_parse(line, (size_t)length, 1 << 20, &lines[line_count], NULL), MNEME_OK);
    }
    free(line);
    fclose(file);
}

static const char *text_of(size_t i, const char *name)
{
    return json_as_text(json_get(lines[i], name), NULL);
}

static double ratio(size_t part, size_t rest)
{
    return part + rest > 0 ? (double)part / (double)(part + rest) : 1;
}

Test(mind_quality, memories_about_one_thing_come_together)
{
    struct analyzer *analyzer = analyzer_new(language_find("en"), TEXT_SHIPPING);
    struct cluster_options options = {0};
    struct clusters *clusters = clusters_new(analyzer, &options);
    struct arena arena;
    struct cluster_found *list;
    size_t count, together = 0, wrongly = 0, apart = 0;
    uint32_t number_of[MOST_LINES] = {0};
    arena_init(&arena);
    read_lines("tests/data/clusters.jsonl");
    for (size_t i = 0; i < line_count; i++) {
        struct cluster_record record = {.ordinal = (uint32_t)i, .text = text_of(i, "text")};
        uint32_t number;
        cr_assert_eq(clusters_add(clusters, &record, &number, NULL), MNEME_OK);
    }
    cr_assert_eq(clusters_list(clusters, 1, &arena, &list, &count, NULL), MNEME_OK);
    for (size_t c = 0; c < count; c++) {
        for (size_t m = 0; m < list[c].member_count; m++)
            number_of[list[c].members[m]] = list[c].number;
        if (list[c].member_count > 1)
            printf("  %zu in '%s' (%.2f)\n", list[c].member_count, list[c].name,
                   list[c].confidence);
    }
    for (size_t i = 0; i < line_count; i++) {
        for (size_t j = 0; j < i; j++) {
            bool belong = strcmp(text_of(i, "cluster"), text_of(j, "cluster")) == 0;
            bool are = number_of[i] == number_of[j];
            together += belong && are;
            wrongly += !belong && are;
            apart += belong && !are;
        }
    }
    printf("clusters: %zu memories, pairs: precision %.3f, recall %.3f\n", line_count,
           ratio(together, wrongly), ratio(together, apart));
    cr_expect_geq(line_count, 40);
    cr_expect_geq(ratio(together, wrongly), CLUSTER_PRECISION_FLOOR);
    cr_expect_geq(ratio(together, apart), CLUSTER_RECALL_FLOOR);
    clusters_free(clusters);
    analyzer_free(analyzer);
    arena_clear(&arena);
    for (size_t i = 0; i < line_count; i++) json_free(lines[i]);
}

struct tally {
    size_t right, wrong, labelled;
};

static void judge(struct analyzer *analyzer, size_t from, size_t to, struct tally *tally)
{
    struct summary_unit units[MOST_LINES];
    struct summary_options options = {.target_tokens = 120};
    struct summary_said summary;
    struct arena arena;
    arena_init(&arena);
    for (size_t i = from; i < to; i++) {
        units[i - from] = (struct summary_unit){.text = text_of(i, "text"),
                                                .speaker = text_of(i, "who"),
                                                .ordinal = (uint32_t)i,
                                                .importance = 0.5};
        tally->labelled += json_as_boolean(json_get(lines[i], "key"));
    }
    cr_assert_eq(summarise_run(analyzer, units, to - from, &options, &arena, &summary, NULL),
                 MNEME_OK);
    bool is_found[MOST_LINES] = {false};
    for (size_t i = 0; i < summary.key_events.count; i++)
        is_found[summary.key_events.items[i].ordinal] = true;
    for (size_t i = from; i < to; i++) {
        bool is_key = json_as_boolean(json_get(lines[i], "key"));
        tally->right += is_found[i] && is_key;
        tally->wrong += is_found[i] && !is_key;
        if (is_found[i] != is_key)
            printf("  %s: %s\n", is_key ? "missed" : "wrong", text_of(i, "text"));
    }
    printf("  [%s]\n", summary.text);
    arena_clear(&arena);
}

Test(mind_quality, what_happened_is_told_from_talk)
{
    struct analyzer *analyzer = analyzer_new(language_find("en"), TEXT_SHIPPING);
    struct tally tally = {0};
    size_t dialogues = 0;
    read_lines("tests/data/dialogues.jsonl");
    for (size_t from = 0, to; from < line_count; from = to, dialogues++) {
        for (to = from + 1; to < line_count && strcmp(text_of(to, "d"), text_of(from, "d")) == 0;)
            to++;
        judge(analyzer, from, to, &tally);
    }
    double precision = ratio(tally.right, tally.wrong);
    double recall = ratio(tally.right, tally.labelled - tally.right);
    printf("key events: %zu dialogues, %zu labels: precision %.3f, recall %.3f\n", dialogues,
           tally.labelled, precision, recall);
    cr_expect_geq(dialogues, 5);
    cr_expect_geq(precision, EVENT_PRECISION_FLOOR);
    cr_expect_geq(recall, EVENT_RECALL_FLOOR);
    analyzer_free(analyzer);
    for (size_t i = 0; i < line_count; i++) json_free(lines[i]);
}
