/* Filters on columns say what filters on records say. */
#include "base/limits.h"
#include "index/columns.h"
#include "recall/recall_internal.h"
#include "support/records.h"
#include "support/rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define COUNT 120

static const struct kind *const both[] = {&kind_memory, &kind_message, NULL};
static struct arena arena;
static union any_record records[COUNT];
static uint64_t state = 11;

static unsigned next_random(unsigned bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 32) % bound;
}

static const char *pick(const char *const *choices)
{
    unsigned count = 0;
    while (choices[count]) count++;
    unsigned at = next_random(count + 1);
    return at < count ? choices[at] : NULL;
}

static const char *const names[] = {"a", "ab", "b", "long", "\xC3\xA9t\xC3\xA9", NULL};
static const char *const conversations[] = {"018bcf00-0000-7000-8000-cc0000000001",
                                            "018bcf00-0000-7000-8000-cc0000000002", NULL};

static void set_common(const struct kind *kind, void *record, struct partition_row *row,
                       int64_t number)
{
    int64_t us = ROWS_NOW_US + number * 1000;
    field_set_text(kind, record, COMMON_ORIGIN, number % 2 ? "user" : "import");
    field_set_text(kind, record, COMMON_PRINCIPAL, "local");
    field_set_text(kind, record, COMMON_TRUST, number % 3 ? "user" : "tool");
    field_set_integer(kind, record, COMMON_CREATED_AT, us);
    field_set_integer(kind, record, COMMON_UPDATED_AT, us + 5);
    partition_row_text(row, COLUMN_ORIGIN, field_text(kind, record, COMMON_ORIGIN));
    partition_row_text(row, COLUMN_PRINCIPAL, "local");
    partition_row_text(row, COLUMN_TRUST, field_text(kind, record, COMMON_TRUST));
    row->integers[COLUMN_CREATED_AT] = us;
    row->integers[COLUMN_UPDATED_AT] = us + 5;
}

static void set_text(const struct kind *kind, void *record, size_t field, struct partition_row *row,
                     enum text_column column, const char *value)
{
    if (value) field_set_text(kind, record, field, value);
    partition_row_text(row, column, value);
}

static void set_time(const struct kind *kind, void *record, size_t field, struct partition_row *row,
                     enum integer_column column, int64_t value)
{
    if (value != TIME_NONE) field_set_integer(kind, record, field, value);
    row->integers[column] = value;
}

static int64_t some_time(void)
{
    return next_random(3) ? ROWS_NOW_US + next_random(10) * US_PER_DAY : TIME_NONE;
}

static void set_memory(struct memory *memory, struct partition_row *row)
{
    const struct kind *kind = &kind_memory;
    static const char *const tag_sets[][3] = {{"x"}, {"x", "y"}, {"a", "b", "y"}};
    unsigned tags = next_random(4);
    set_text(kind, memory, MEMORY_NAMESPACE, row, COLUMN_NAMESPACE,
             next_random(2) ? "default" : "work");
    set_text(kind, memory, MEMORY_TIER, row, COLUMN_TIER, next_random(2) ? "long_term" : "working");
    set_text(kind, memory, MEMORY_TYPE, row, COLUMN_TYPE, pick(names));
    set_text(kind, memory, MEMORY_SUBJECT, row, COLUMN_SUBJECT, pick(names));
    set_text(kind, memory, MEMORY_AGENT_ID, row, COLUMN_AGENT_ID, pick(names));
    set_text(kind, memory, MEMORY_RUN_ID, row, COLUMN_RUN_ID, pick(names));
    set_text(kind, memory, MEMORY_SOURCE, row, COLUMN_SOURCE, pick(names));
    set_time(kind, memory, MEMORY_EVENT_AT, row, COLUMN_EVENT_AT, some_time());
    set_time(kind, memory, MEMORY_VALID_FROM, row, COLUMN_VALID_FROM, some_time());
    set_time(kind, memory, MEMORY_VALID_TO, row, COLUMN_VALID_TO, some_time());
    set_time(kind, memory, MEMORY_LAST_ACCESSED_AT, row, COLUMN_LAST_ACCESSED_AT, some_time());
    row->reals[COLUMN_IMPORTANCE] = next_random(11) / 10.0;
    row->reals[COLUMN_CONFIDENCE] = next_random(11) / 10.0;
    row->is_pinned = next_random(2);
    row->integers[COLUMN_ACCESS_COUNT] = next_random(5);
    field_set_real(kind, memory, MEMORY_IMPORTANCE, row->reals[COLUMN_IMPORTANCE]);
    field_set_real(kind, memory, MEMORY_CONFIDENCE, row->reals[COLUMN_CONFIDENCE]);
    field_set_boolean(kind, memory, MEMORY_PINNED, row->is_pinned);
    field_set_integer(kind, memory, MEMORY_ACCESS_COUNT, row->integers[COLUMN_ACCESS_COUNT]);
    if (tags == 3) return;
    row->tags = (struct list){tag_sets[tags], tags + 1};
    field_set_list(kind, memory, MEMORY_TAGS, row->tags);
}

static void set_message(struct message *message, struct partition_row *row)
{
    const struct kind *kind = &kind_message;
    set_text(kind, message, MESSAGE_SITTING, row, COLUMN_SITTING, pick(names));
    set_text(kind, message, MESSAGE_ROLE, row, COLUMN_ROLE, next_random(2) ? "user" : "assistant");
    set_text(kind, message, MESSAGE_SPEAKER, row, COLUMN_SPEAKER, pick(names));
    set_text(kind, message, MESSAGE_AGENT_NAME, row, COLUMN_AGENT_NAME, pick(names));
    set_text(kind, message, MESSAGE_LLM_PROVIDER, row, COLUMN_LLM_PROVIDER, pick(names));
    set_time(kind, message, MESSAGE_EVENT_AT, row, COLUMN_EVENT_AT,
             ROWS_NOW_US + next_random(9) * US_PER_DAY);
    row->integers[COLUMN_MESSAGE_SEQ] = next_random(50) + 1;
    row->integers[COLUMN_TOKEN_COUNT] = next_random(50);
    row->reals[COLUMN_IMPORTANCE] = next_random(11) / 10.0;
    row->is_pinned = next_random(2);
    field_set_integer(kind, message, MESSAGE_MESSAGE_SEQ, row->integers[COLUMN_MESSAGE_SEQ]);
    field_set_integer(kind, message, MESSAGE_TOKEN_COUNT, row->integers[COLUMN_TOKEN_COUNT]);
    field_set_real(kind, message, MESSAGE_IMPORTANCE, row->reals[COLUMN_IMPORTANCE]);
    field_set_boolean(kind, message, MESSAGE_PINNED, row->is_pinned);
}

static struct partition *fill(void)
{
    struct partition *partition = partition_new();
    for (unsigned i = 0; i < COUNT; i++) {
        struct partition_row row;
        struct uuid id = row_uuid(i + 1), conversation;
        bool is_memory = i % 2 == 0;
        const struct kind *kind = is_memory ? &kind_memory : &kind_message;
        const char *in = is_memory ? pick(conversations) : conversations[i % 4 / 2];
        partition_row_init(&row, is_memory ? PARTITION_MEMORY : PARTITION_MESSAGE, &id);
        records[i] = (union any_record){.head = {0}};
        set_common(kind, &records[i], &row, i);
        if (in && uuid_parse(in, &conversation)) {
            row.conversation = &conversation;
            field_set_text(kind, &records[i],
                           is_memory ? (size_t)MEMORY_CONVERSATION_ID : MESSAGE_CONVERSATION_ID,
                           in);
        }
        if (is_memory)
            set_memory(&records[i].memory, &row);
        else
            set_message(&records[i].message, &row);
        cr_assert_eq(partition_put(partition, &row, NULL), MNEME_OK);
    }
    cr_assert_eq(partition_settle(partition, ROWS_NOW_US, NULL), MNEME_OK);
    return partition;
}

static const struct filter *parse(const char *text)
{
    struct fault_list faults;
    const struct filter *filter;
    struct mneme_error error;
    struct json *json;
    fault_list_init(&faults, &arena);
    cr_assert_eq(json_parse(text, strlen(text), LIMIT_JSON_BYTES, &json, NULL), MNEME_OK, "%s",
                 text);
    enum mneme_code code = filter_parse(json, both, "/filter", &arena, &filter, &faults, &error);
    cr_assert_eq(code, MNEME_OK, "%s: %s", text, error.message);
    json_free(json);
    return filter;
}

static void begin(void)
{
    arena_init(&arena);
}

static void end(void)
{
    arena_clear(&arena);
}

TestSuite(filter_columns, .init = begin, .fini = end);

Test(filter_columns, say_of_every_row_what_its_record_says)
{
    static const char *const filters[] = {
        "{\"type\": \"a\"}",
        "{\"type\": null}",
        "{\"type\": {\"ne\": null}}",
        "{\"subject\": {\"prefix\": \"a\"}}",
        "{\"source\": {\"in\": [\"a\", \"long\", null]}}",
        "{\"run_id\": {\"gte\": \"ab\", \"lt\": \"long\"}}",
        "{\"tags\": \"y\"}",
        "{\"tags\": {\"ne\": \"x\"}}",
        "{\"tags\": null}",
        "{\"tags\": {\"prefix\": \"b\"}}",
        "{\"speaker\": \"\xC3\xA9t\xC3\xA9\"}",
        "{\"speaker\": null, \"role\": \"user\"}",
        "{\"importance\": {\"gte\": 0.3}}",
        "{\"importance\": 0.3}",
        "{\"confidence\": {\"lt\": 1}}",
        "{\"access_count\": {\"gt\": 2}}",
        "{\"message_seq\": {\"lte\": 20}}",
        "{\"token_count\": {\"in\": [1, 2, 3, 4.0]}}",
        "{\"pinned\": true}",
        "{\"pinned\": {\"ne\": true}}",
        "{\"created_at\": {\"lt\": \"2023-11-14T22:13:20.050Z\"}}",
        "{\"updated_at\": {\"gte\": \"2023-11-14T22:13:20.050Z\"}}",
        "{\"event_at\": null}",
        "{\"valid_from\": {\"lte\": \"2023-11-18T00:00:00Z\"}}",
        "{\"valid_to\": {\"ne\": \"2023-11-15T22:13:20Z\"}}",
        "{\"last_accessed_at\": {\"gt\": \"2023-11-18T00:00:00Z\"}}",
        "{\"expires_at\": null}",
        "{\"conversation_id\": \"018bcf00-0000-7000-8000-cc0000000001\"}",
        "{\"conversation_id\": null}",
        "{\"conversation_id\": {\"prefix\": \"018bcf00\"}}",
        "{\"trust\": {\"in\": [\"tool\", \"verified\"]}, \"origin\": \"user\"}",
        "{\"not\": {\"type\": \"a\"}}",
        "{\"not\": {\"speaker\": \"a\"}}",
        "{\"or\": [{\"speaker\": \"a\"}, {\"type\": \"a\"}]}",
        "{\"or\": [{\"speaker\": \"a\"}, {\"pinned\": true}]}",
        "{\"and\": [{\"or\": [{\"tier\": \"working\"}, {\"role\": \"user\"}]}, {\"not\": {\"or\": "
        "[{\"type\": \"b\"}, "
        "{\"importance\": {\"gt\": 0.5}}]}}]}",
        "{\"not\": {\"and\": [{\"type\": \"a\"}, {\"pinned\": true}]}}",
        "{\"not\": {\"not\": {\"agent_name\": \"b\"}}}",
        "{\"and\": []}",
        "{\"or\": []}",
        "{\"namespace\": \"nowhere\"}",
        "{\"llm_provider\": {\"ne\": \"a\"}, \"sitting\": {\"prefix\": \"\"}}",
        "{\"agent_id\": {\"gt\": \"a\"}}",
        "{\"principal\": \"local\"}",
    };
    struct partition *partition = fill();
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        const struct filter *filter = parse(filters[i]);
        cr_assert(recall_can_filter(filter), "%s", filters[i]);
        uint64_t *rows = partition_bitmap(partition, &arena);
        for (uint32_t row = 0; row < COUNT; row++) {
            if (row % 5 != 4) bitmap_set(rows, row); // the rest was left out before
        }
        cr_assert(filter_rows(partition, filter, rows, &arena));
        for (uint32_t row = 0; row < COUNT; row++) {
            bool expected;
            const struct kind *kind = row % 2 == 0 ? &kind_memory : &kind_message;
            cr_assert_eq(filter_matches(filter, kind, &records[row], &expected, NULL), MNEME_OK);
            cr_assert_eq(bitmap_has(rows, row), expected && row % 5 != 4, "%s, row %u", filters[i],
                         row);
        }
    }
    partition_free(partition);
}

Test(filter_columns, know_which_fields_they_do_not_have)
{
    static const char *const filters[] = {
        "{\"metadata.a\": 1}",
        "{\"key\": \"home\"}",
        "{\"id\": \"018bcf00-0000-7000-8000-cc0000000001\"}",
        "{\"origin_key\": null}",
        "{\"or\": [{\"pinned\": true}, {\"not\": {\"version\": 2}}]}",
    };
    cr_assert(recall_can_filter(NULL));
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        cr_assert_not(recall_can_filter(parse(filters[i])), "%s", filters[i]);
}

Test(filter_columns, choose_the_rows_of_a_recall_before_any_is_scored)
{
    struct analyzer *analyzer = analyzer_new(language_find("en"), TEXT_SHIPPING);
    const struct row rows[] = {{.id = 1, .text = "lamp", .type = "fact", .tags = {"x"}},
                               {.id = 2, .text = "lamp"},
                               {.id = 3, .conversation = 1, .text = "lamp"},
                               {.id = 4, .text = "boat", .type = "fact"},
                               {.id = 0}};
    struct partition *partition = rows_partition(analyzer, rows);
    struct recall_request request = rows_request("lamp");
    struct recall_answer answer;
    request.filter = parse("{\"type\": \"fact\"}");
    cr_assert_eq(recall_run(partition, analyzer, &request, &arena, &answer, NULL), MNEME_OK);
    cr_assert_eq(answer.count, 2);
    cr_assert_eq(row_number(&answer.hits[0].id), 1);
    cr_assert_eq(row_number(&answer.hits[1].id), 4);
    partition_free(partition);
    analyzer_free(analyzer);
}
