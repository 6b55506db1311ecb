/* Precision and recall of the extraction rules on tests/data/extract.jsonl, and floors that they may not fall below. */
#include "base/json.h"
#include "base/timestamp.h"
#include "mind/extract.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PRECISION_FLOOR 0.95
#define RECALL_FLOOR 0.9
#define SUPERSEDE_PRECISION_FLOOR 0.95
#define MOST_MESSAGES 400

static struct json *lines[MOST_MESSAGES];
static struct extract_message messages[MOST_MESSAGES];
static size_t message_count;

static const char *text_of(const struct json *object, const char *name)
{
    const struct json *value = json_get(object, name);
    return value ? json_as_text(value, NULL) : NULL;
}

static void read_messages(void)
{
    FILE *file = fopen("tests/data/extract.jsonl", "r");
    cr_assert_not_null(file);
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t length; (length = getline(&line, &capacity, file)) > 0;) {
        cr_assert_lt(message_count, MOST_MESSAGES);
        struct json **json = &lines[message_count];
        cr_assert_eq(json_parse(line, (size_t)length, 1 << 20, json, NULL), MNEME_OK, "%s", line);
        struct extract_message *message = &messages[message_count];
        *message = (struct extract_message){.text = text_of(*json, "text"),
                                            .speaker = text_of(*json, "who"),
                                            .is_assistant = json_get(*json, "assistant") != NULL,
                                            .ordinal = (uint32_t)message_count};
        cr_assert(time_parse(text_of(*json, "t"), &message->event_at_us));
        message_count++;
    }
    free(line);
    fclose(file);
}

static bool is_labelled(const struct extraction *found, const struct json *expected,
                        const struct json *line)
{
    const char *slot = text_of(expected, "slot"), *subject = text_of(expected, "subject");
    if (strcmp(extract_type_name(found->type), text_of(expected, "type")) != 0) return false;
    if (strcasecmp(found->value, text_of(expected, "value")) != 0) return false;
    if (slot && (!found->slot || strcmp(slot, found->slot) != 0)) return false;
    if (subject && strcmp(subject, found->subject) != 0) return false;
    int64_t at;
    return !json_get(line, "at") ||
           (time_parse(text_of(line, "at"), &at) && at == found->event_at_us);
}

static bool is_supersede_labelled(const struct extraction *later, const struct extraction *earlier)
{
    const struct json *values = json_get(lines[later->message_from], "supersedes");
    for (size_t i = 0; i < json_count(values); i++) {
        if (strcmp(json_as_text(json_at(values, i), NULL), earlier->value) == 0) return true;
    }
    return false;
}

struct tally {
    size_t right, wrong, labelled;
    size_t supersedes_right, supersedes_wrong, supersedes_labelled;
};

/* One dialogue: messages of one "d", or a message alone. */
static void judge(size_t from, size_t to, struct tally *tally)
{
    struct arena arena;
    struct extraction_list list;
    arena_init(&arena);
    cr_assert_eq(extract_run(language_find("en"), messages + from, to - from, &arena, &list, NULL),
                 MNEME_OK);
    bool is_met[16] = {false};
    for (size_t m = from; m < to; m++) {
        const struct json *expect = json_get(lines[m], "expect");
        memset(is_met, 0, sizeof is_met);
        tally->labelled += json_count(expect);
        tally->supersedes_labelled += json_count(json_get(lines[m], "supersedes"));
        for (size_t i = 0; i < list.count; i++) {
            if (list.items[i].message_from != m) continue;
            bool is_right = false;
            for (size_t e = 0; e < json_count(expect) && !is_right; e++) {
                is_right = !is_met[e] && is_labelled(&list.items[i], json_at(expect, e), lines[m]);
                is_met[e] |= is_right;
            }
            tally->right += is_right;
            tally->wrong += !is_right;
            if (!is_right)
                printf("  wrong:  %s -> %s [%s] %s\n", messages[m].text, list.items[i].content,
                       list.items[i].slot ? list.items[i].slot : "", list.items[i].value);
        }
        for (size_t e = 0; e < json_count(expect); e++) {
            if (!is_met[e])
                printf("  missed: %s -> %s\n", messages[m].text,
                       text_of(json_at(expect, e), "value"));
        }
    }
    for (size_t later = 1; later < list.count; later++) {
        for (size_t earlier = 0; earlier < later; earlier++) {
            if (!extract_supersedes(&list.items[later], &list.items[earlier])) continue;
            bool is_right = is_supersede_labelled(&list.items[later], &list.items[earlier]);
            tally->supersedes_right += is_right;
            tally->supersedes_wrong += !is_right;
            if (!is_right)
                printf("  wrong supersede: %s by %s\n", list.items[earlier].content,
                       list.items[later].content);
        }
    }
    arena_clear(&arena);
}

static double ratio(size_t part, size_t rest)
{
    return part + rest > 0 ? (double)part / (double)(part + rest) : 1;
}

Test(extract_quality, labelled_messages_give_what_is_labelled_and_little_else)
{
    struct tally tally = {0};
    read_messages();
    for (size_t from = 0, to; from < message_count; from = to) {
        const char *dialogue = text_of(lines[from], "d");
        for (to = from + 1; dialogue && to < message_count; to++) {
            const char *next = text_of(lines[to], "d");
            if (!next || strcmp(next, dialogue) != 0) break;
        }
        judge(from, to, &tally);
    }
    double precision = ratio(tally.right, tally.wrong);
    double recall = ratio(tally.right, tally.labelled - tally.right);
    double supersedes = ratio(tally.supersedes_right, tally.supersedes_wrong);
    printf("extraction: %zu messages, %zu labels: precision %.3f, recall %.3f; "
           "supersedes %zu labels: precision %.3f, recall %.3f\n",
           message_count, tally.labelled, precision, recall, tally.supersedes_labelled, supersedes,
           ratio(tally.supersedes_right, tally.supersedes_labelled - tally.supersedes_right));
    cr_expect_geq(message_count, 120);
    cr_expect_geq(precision, PRECISION_FLOOR);
    cr_expect_geq(recall, RECALL_FLOOR);
    cr_expect_geq(supersedes, SUPERSEDE_PRECISION_FLOOR);
    for (size_t i = 0; i < message_count; i++) json_free(lines[i]);
}
