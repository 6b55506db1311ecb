/* Filters: what parses, what is refused, and truth tables. */
#include "model/filter.h"

#include "support/records.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static struct arena arena;
static struct fault_list faults;
static struct mneme_error error;
static const struct kind *const both[] = {&kind_memory, &kind_message, NULL};

static void begin(void)
{
    arena_init(&arena);
    fault_list_init(&faults, &arena);
}

static void end(void)
{
    arena_clear(&arena);
}

TestSuite(filter, .init = begin, .fini = end);

static enum mneme_code parse(const char *text, const struct filter **out)
{
    fault_list_init(&faults, &arena);
    struct json *json = parsed(text);
    enum mneme_code code = filter_parse(json, both, "/filter", &arena, out, &faults, &error);
    json_free(json); // nothing may point into it
    cr_assert_eq(code == MNEME_OK, faults.count == 0);
    return code;
}

static bool matches(const char *text, const struct kind *kind, const void *record)
{
    const struct filter *filter;
    cr_assert_eq(parse(text, &filter), MNEME_OK, "%s: %s", text, error.message);
    bool is_match;
    cr_assert_eq(filter_matches(filter, kind, record, &is_match, &error), MNEME_OK);
    return is_match;
}

/* A memory about tea. */
static struct memory tea(void)
{
    static const char *const tags[] = {"drink", "gr\xC3\xBCn"};
    struct memory memory = {.version = 0};
    record_set_defaults(&kind_memory, &memory);
    field_set_text(&kind_memory, &memory, MEMORY_CONTENT, "green tea");
    field_set_text(&kind_memory, &memory, MEMORY_TYPE, "preference");
    field_set_text(&kind_memory, &memory, MEMORY_CONVERSATION_ID,
                   "0190a5e0-0000-7000-8000-00000000000a");
    field_set_list(&kind_memory, &memory, MEMORY_TAGS, (struct list){tags, 2});
    field_set_integer(&kind_memory, &memory, MEMORY_EVENT_AT, 0);
    field_set_integer(&kind_memory, &memory, MEMORY_MESSAGE_FROM, 7);
    field_set_real(&kind_memory, &memory, MEMORY_IMPORTANCE, .75);
    field_set_boolean(&kind_memory, &memory, MEMORY_PINNED, true);
    field_set_text(&kind_memory, &memory, COMMON_METADATA,
                   "{\"a\":{\"b\":5,\"t\":\"tea\"},\"r\":2.5,\"yes\":true,\"none\":null,"
                   "\"list\":[1,\"two\",false,[3]],\"empty\":[],\"big\":9007199254740993}");
    return memory;
}

struct truth {
    const char *filter;
    bool is_match;
};

static const struct truth truths[] = {
    {"{\"type\": \"preference\"}", true},
    {"{\"type\": \"fact\"}", false},
    {"{\"type\": {\"eq\": \"preference\"}}", true},
    {"{\"type\": {\"ne\": \"preference\"}}", false},
    {"{\"type\": {\"ne\": \"fact\"}}", true},
    {"{\"type\": {\"prefix\": \"pref\"}}", true},
    {"{\"type\": {\"prefix\": \"\"}}", true},
    {"{\"type\": {\"prefix\": \"preferences\"}}", false},
    {"{\"type\": {\"gt\": \"pref\", \"lt\": \"prefz\"}}", true},
    {"{\"type\": {\"gte\": \"preference\", \"lte\": \"preference\"}}", true},
    {"{\"type\": {\"gt\": \"preference\"}}", false},
    {"{\"type\": {\"in\": [\"fact\", \"preference\"]}}", true},
    {"{\"type\": {\"in\": [\"fact\"]}}", false},
    {"{\"type\": {\"in\": []}}", false},
    // no value
    {"{\"subject\": null}", true},
    {"{\"type\": null}", false},
    {"{\"subject\": {\"ne\": null}}", false},
    {"{\"type\": {\"ne\": null}}", true},
    {"{\"subject\": \"ada\"}", false},
    {"{\"subject\": {\"ne\": \"ada\"}}", true},
    {"{\"subject\": {\"gt\": \"a\"}}", false},
    {"{\"not\": {\"subject\": {\"gt\": \"a\"}}}", true},
    {"{\"subject\": {\"prefix\": \"\"}}", false},
    {"{\"subject\": {\"in\": [\"ada\", null]}}", true},
    {"{\"type\": {\"in\": [\"ada\", null]}}", false},
    // numbers
    {"{\"importance\": 0.75}", true},
    {"{\"importance\": {\"gte\": 0.75}}", true},
    {"{\"importance\": {\"gt\": 0.75}}", false},
    {"{\"importance\": {\"gt\": 0, \"lt\": 1}}", true},
    {"{\"importance\": {\"lt\": -9223372036854775808}}", false},
    {"{\"message_from\": 7}", true},
    {"{\"message_from\": 7.0}", true},
    {"{\"message_from\": {\"lt\": 7.5, \"gt\": 6.5}}", true},
    {"{\"message_from\": {\"gt\": 7.0}}", false},
    {"{\"message_from\": {\"lt\": 1e300, \"gt\": -1e300}}", true},
    {"{\"message_from\": {\"in\": [1, 7]}}", true},
    {"{\"pinned\": true}", true},
    {"{\"pinned\": {\"ne\": true}}", false},
    {"{\"pinned\": {\"in\": [true, false]}}", true},
    // times
    {"{\"event_at\": \"1970-01-01T01:00:00+01:00\"}", true},
    {"{\"event_at\": {\"gte\": \"1970-01-01T00:00:00Z\"}}", true},
    {"{\"event_at\": {\"lt\": \"1970-01-01T00:00:00Z\"}}", false},
    {"{\"event_at\": {\"lt\": \"1970-01-01T00:00:00.000001Z\"}}", true},
    // names in their normal form, UUIDs in any case
    {"{\"conversation_id\": \"0190A5E0-0000-7000-8000-00000000000A\"}", true},
    {"{\"conversation_id\": {\"prefix\": \"0190a5e0-\"}}", true},
    {"{\"tags\": \"gru\\u0308n\"}", true},
    // choices are not enforced
    {"{\"tier\": \"forever\"}", false},
    {"{\"tier\": \"long_term\"}", true},
    // lists
    {"{\"tags\": \"drink\"}", true},
    {"{\"tags\": \"drin\"}", false},
    {"{\"tags\": {\"ne\": \"drink\"}}", false},
    {"{\"tags\": {\"ne\": \"food\"}}", true},
    {"{\"tags\": {\"in\": [\"food\", \"drink\"]}}", true},
    {"{\"tags\": {\"prefix\": \"dr\"}}", true},
    {"{\"tags\": {\"prefix\": \"x\"}}", false},
    {"{\"tags\": null}", false},
    {"{\"tags\": {\"ne\": null}}", true},
    // metadata
    {"{\"metadata.a.b\": 5}", true},
    {"{\"metadata.a.b\": 5.0}", true},
    {"{\"metadata.a.b\": \"5\"}", false},
    {"{\"metadata.a.b\": {\"ne\": \"5\"}}", true},
    {"{\"metadata.a.b\": {\"gt\": 4, \"lt\": 5.5}}", true},
    {"{\"metadata.a.b\": {\"gt\": \"4\"}}", false},
    {"{\"metadata.a.t\": {\"prefix\": \"te\"}}", true},
    {"{\"metadata.a.b\": {\"prefix\": \"5\"}}", false},
    {"{\"metadata.r\": {\"gte\": 2.5}}", true},
    {"{\"metadata.yes\": true}", true},
    {"{\"metadata.yes\": false}", false},
    {"{\"metadata.yes\": {\"ne\": false}}", true},
    {"{\"metadata.none\": null}", true},
    {"{\"metadata.missing.deep\": null}", true},
    {"{\"metadata.a.b.c\": null}", true},
    {"{\"metadata.a\": null}", false},
    {"{\"metadata.a\": {\"ne\": null}}", true},
    {"{\"metadata.a\": \"x\"}", false},
    {"{\"metadata.list\": \"two\"}", true},
    {"{\"metadata.list\": {\"ne\": \"two\"}}", false},
    {"{\"metadata.list\": {\"gt\": 0}}", true},
    {"{\"metadata.list\": {\"gt\": 1}}", false},
    {"{\"metadata.list\": {\"in\": [9, false]}}", true},
    {"{\"metadata.list\": 3}", false},
    {"{\"metadata.empty\": null}", true},
    {"{\"metadata.empty\": {\"ne\": 1}}", true},
    {"{\"metadata.big\": 9007199254740993}", true},
    {"{\"metadata.big\": 9007199254740992}", false},
    {"{\"metadata.big\": 9007199254740992.0}", false},
    {"{\"metadata.big\": {\"gt\": 9007199254740992.0}}", true},
    {"{\"metadata\": null}", false},
    {"{\"metadata\": {\"ne\": null}}", true},
    // trees
    {"{}", true},
    {"{\"and\": []}", true},
    {"{\"or\": []}", false},
    {"{\"not\": {}}", false},
    {"{\"and\": [{}, {\"pinned\": true}]}", true},
    {"{\"type\": \"preference\", \"pinned\": true}", true},
    {"{\"type\": \"preference\", \"pinned\": false}", false},
    {"{\"or\": [{\"type\": \"fact\"}, {\"pinned\": true}]}", true},
    {"{\"or\": [{\"type\": \"fact\"}, {\"pinned\": false}]}", false},
    {"{\"not\": {\"type\": \"fact\", \"pinned\": true}}", true},
    {"{\"not\": {\"not\": {\"type\": \"preference\"}}}", true},
    {"{\"or\": [{\"type\": \"fact\"}], \"pinned\": true}", false},
};

Test(filter, answers_as_its_truth_table_says)
{
    struct memory memory = tea();
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++)
        cr_assert_eq(matches(truths[i].filter, &kind_memory, &memory), truths[i].is_match, "%s",
                     truths[i].filter);
}

Test(filter, on_a_field_that_a_kind_lacks_excludes_the_kind_also_under_not)
{
    struct memory memory = tea();
    struct message message = {.version = 0};
    record_set_defaults(&kind_message, &message);
    field_set_text(&kind_message, &message, MESSAGE_SPEAKER, "Ada");
    static const struct {
        const char *filter;
        bool memory, message;
    } cases[] = {
        {"{\"speaker\": \"Ada\"}", false, true},
        {"{\"speaker\": {\"ne\": \"Ada\"}}", false, false},
        {"{\"speaker\": null}", false, false},
        {"{\"not\": {\"speaker\": \"Ada\"}}", false, false},
        {"{\"not\": {\"speaker\": \"Bob\"}}", false, true},
        {"{\"not\": {\"not\": {\"speaker\": \"Ada\"}}}", false, true},
        {"{\"type\": \"preference\"}", true, false},
        {"{\"not\": {\"type\": \"preference\"}}", false, false},
        {"{\"or\": [{\"speaker\": \"Ada\"}, {\"type\": \"preference\"}]}", true, true},
        {"{\"or\": [{\"speaker\": \"Bob\"}, {\"type\": \"fact\"}]}", false, false},
        {"{\"and\": [{\"speaker\": \"Ada\"}, {\"type\": \"preference\"}]}", false, false},
        {"{\"not\": {\"or\": [{\"speaker\": \"Bob\"}, {\"pinned\": true}]}}", false, true},
        {"{\"not\": {\"and\": [{\"speaker\": \"Bob\"}, {\"pinned\": false}]}}", true, true},
        {"{\"not\": {\"and\": [{\"speaker\": \"Bob\"}, {\"pinned\": true}]}}", false, true},
        {"{\"role\": \"user\", \"pinned\": false}", false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq(matches(cases[i].filter, &kind_memory, &memory), cases[i].memory, "%s",
                     cases[i].filter);
        cr_assert_eq(matches(cases[i].filter, &kind_message, &message), cases[i].message, "%s",
                     cases[i].filter);
    }
}

static enum filter_truth answer_as_told(const void *context, const struct filter *leaf)
{
    const enum filter_truth *answers = context;
    return answers[strcmp(leaf->field, "type") == 0];
}

Test(filter, three_values_combine_by_kleenes_logic)
{
    const struct filter *all, *any, *none;
    cr_assert_eq(parse("{\"and\": [{\"tier\": \"x\"}, {\"type\": \"x\"}]}", &all), MNEME_OK);
    cr_assert_eq(parse("{\"or\": [{\"tier\": \"x\"}, {\"type\": \"x\"}]}", &any), MNEME_OK);
    cr_assert_eq(parse("{\"not\": {\"type\": \"x\"}}", &none), MNEME_OK);
    const enum filter_truth no = FILTER_NO, yes = FILTER_YES, lacks = FILTER_LACKS;
    const enum filter_truth table[][4] = {
        {no, no, no, no},         {no, yes, no, yes},       {yes, no, no, yes},
        {yes, yes, yes, yes},     {no, lacks, no, lacks},   {lacks, no, no, lacks},
        {yes, lacks, lacks, yes}, {lacks, yes, lacks, yes}, {lacks, lacks, lacks, lacks},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        cr_assert_eq(filter_evaluate(all, answer_as_told, table[i]), table[i][2]);
        cr_assert_eq(filter_evaluate(any, answer_as_told, table[i]), table[i][3]);
        enum filter_truth negated = table[i][1] == lacks ? lacks : table[i][1] == yes ? no : yes;
        cr_assert_eq(filter_evaluate(none, answer_as_told, table[i]), negated);
    }
    cr_assert_eq(filter_evaluate(NULL, answer_as_told, NULL), FILTER_YES);
}

struct refusal {
    const char *filter, *field, *pointer, *rule;
};

static const struct refusal refusals[] = {
    {"[]", "filter", "/filter", "type"},
    {"\"x\"", "filter", "/filter", "type"},
    {"{\"colour\": 1}", "colour", "/filter/colour", "unknown"},
    {"{\"content\": \"x\"}", "content", "/filter/content", "unknown"},
    {"{\"user_id\": \"x\"}", "user_id", "/filter/user_id", "unknown"},
    {"{\"terms\": \"x\"}", "terms", "/filter/terms", "unknown"},
    {"{\"title\": \"x\"}", "title", "/filter/title", "unknown"}, // only conversations have one
    {"{\"a/b\": 1}", "a/b", "/filter/a~1b", "unknown"},
    {"{\"type.x\": 1}", "type.x", "/filter/type.x", "unknown"},
    {"{\"metadata.\": 1}", "metadata.", "/filter/metadata.", "format"},
    {"{\"metadata..a\": 1}", "metadata..a", "/filter/metadata..a", "format"},
    {"{\"metadata.a.\": 1}", "metadata.a.", "/filter/metadata.a.", "format"},
    {"{\"metadata\": 1}", "metadata", "/filter/metadata", "type"},
    {"{\"metadata\": {\"a\": 1}}", "metadata", "/filter/metadata/a", "unknown"},
    {"{\"metadata\": {\"gt\": 1}}", "metadata", "/filter/metadata/gt", "type"},
    {"{\"metadata.a\": [1]}", "metadata", "/filter/metadata.a", "type"},
    {"{\"metadata.a\": {\"gt\": true}}", "metadata", "/filter/metadata.a/gt", "type"},
    {"{\"metadata.a\": {\"prefix\": 1}}", "metadata", "/filter/metadata.a/prefix", "type"},
    {"{\"type\": 1}", "type", "/filter/type", "type"},
    {"{\"type\": [\"x\"]}", "type", "/filter/type", "type"},
    {"{\"type\": {}}", "type", "/filter/type", "type"},
    {"{\"type\": {\"like\": \"x\"}}", "type", "/filter/type/like", "unknown"},
    {"{\"type\": {\"gt\": null}}", "type", "/filter/type/gt", "type"},
    {"{\"type\": {\"in\": \"x\"}}", "type", "/filter/type/in", "type"},
    {"{\"type\": {\"in\": [\"x\", 1]}}", "type", "/filter/type/in/1", "type"},
    {"{\"type\": {\"eq\": {\"eq\": 1}}}", "type", "/filter/type/eq", "type"},
    {"{\"importance\": \"x\"}", "importance", "/filter/importance", "type"},
    {"{\"importance\": {\"prefix\": 1}}", "importance", "/filter/importance/prefix", "type"},
    {"{\"pinned\": 1}", "pinned", "/filter/pinned", "type"},
    {"{\"pinned\": {\"gt\": true}}", "pinned", "/filter/pinned/gt", "type"},
    {"{\"tags\": {\"gt\": \"x\"}}", "tags", "/filter/tags/gt", "type"},
    {"{\"event_at\": 5}", "event_at", "/filter/event_at", "type"},
    {"{\"event_at\": {\"in\": [\"yesterday\"]}}", "event_at", "/filter/event_at/in/0", "format"},
    {"{\"conversation_id\": \"x\"}", "conversation_id", "/filter/conversation_id", "format"},
    {"{\"and\": {}}", "filter", "/filter/and", "type"},
    {"{\"or\": [1]}", "filter", "/filter/or/0", "type"},
    {"{\"not\": []}", "filter", "/filter/not", "type"},
    {"{\"or\": [{\"pinned\": true}, {\"not\": {\"colour\": 1}}]}", "colour",
     "/filter/or/1/not/colour", "unknown"},
};

Test(filter, what_makes_no_sense_is_refused_with_its_place)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct filter *filter;
        const struct refusal *refusal = &refusals[i];
        cr_assert_eq(parse(refusal->filter, &filter), MNEME_INVALID, "%s", refusal->filter);
        cr_assert_null(filter);
        cr_assert_eq(faults.count, 1, "%s", refusal->filter);
        cr_assert_str_eq(faults.items[0].field, refusal->field, "%s", refusal->filter);
        cr_assert_str_eq(faults.items[0].pointer, refusal->pointer);
        cr_assert_str_eq(faults.items[0].rule, refusal->rule, "%s: %s", refusal->filter,
                         faults.items[0].rule);
        cr_assert_str_eq(error.rule, refusal->rule);
    }
}

Test(filter, all_faults_are_named)
{
    const struct filter *filter;
    cr_assert_eq(
        parse("{\"colour\": 1, \"or\": [{\"pinned\": 2}, {\"type\": {\"in\": [1, 2]}}]}", &filter),
        MNEME_INVALID);
    cr_assert_eq(faults.count, 4);
    cr_assert_str_eq(faults.items[3].pointer, "/filter/or/1/type/in/1");
}

Test(filter, null_and_empty_match_everything)
{
    const struct filter *filter;
    cr_assert_eq(filter_parse(NULL, both, "", &arena, &filter, &faults, &error), MNEME_OK);
    cr_assert_null(filter);
    cr_assert_eq(parse("{}", &filter), MNEME_OK);
    cr_assert_null(filter);
    bool is_match = false;
    cr_assert_eq(
        filter_matches(NULL, &kind_memory, &(struct memory){.version = 0}, &is_match, NULL),
        MNEME_OK);
    cr_assert(is_match);
}

/* {"or": [{"pinned": true}, ...]} of n nodes in all. */
static enum mneme_code parse_wide(int n)
{
    struct strbuf text;
    const struct filter *filter;
    strbuf_init(&text, 100000);
    strbuf_add_text(&text, "{\"or\": [");
    for (int i = 1; i < n; i++)
        strbuf_add_text(&text, i > 1 ? ",{\"pinned\":true}" : "{\"pinned\":true}");
    strbuf_add_text(&text, "]}");
    enum mneme_code code = parse(text.text, &filter);
    strbuf_clear(&text);
    return code;
}

Test(filter, has_a_bounded_number_of_nodes)
{
    cr_assert_eq(parse_wide(LIMIT_FILTER_NODES - 1), MNEME_OK);
    cr_assert_eq(parse_wide(LIMIT_FILTER_NODES), MNEME_OK);
    cr_assert_eq(parse_wide(LIMIT_FILTER_NODES + 1), MNEME_LIMIT);
    cr_assert_str_eq(error.rule, "max_items");
    cr_assert_eq(faults.count, 1);
    cr_assert_eq(parse_wide(10 * LIMIT_FILTER_NODES), MNEME_LIMIT);
}

static enum mneme_code parse_deep(int n)
{
    struct strbuf text;
    const struct filter *filter;
    strbuf_init(&text, 100000);
    for (int i = 0; i < n; i++) strbuf_add_text(&text, i % 2 ? "{\"not\":" : "{\"and\":[");
    strbuf_add_text(&text, "{\"pinned\":true}");
    for (int i = n - 1; i >= 0; i--) strbuf_add_text(&text, i % 2 ? "}" : "]}");
    enum mneme_code code = parse(text.text, &filter);
    strbuf_clear(&text);
    return code;
}

Test(filter, has_a_bounded_depth)
{
    cr_assert_eq(parse_deep(LIMIT_FILTER_DEPTH - 1), MNEME_OK);
    cr_assert_eq(parse_deep(LIMIT_FILTER_DEPTH), MNEME_OK);
    cr_assert_eq(parse_deep(LIMIT_FILTER_DEPTH + 1), MNEME_LIMIT);
    cr_assert_str_eq(error.rule, "depth");
}

static enum mneme_code parse_in(int n)
{
    struct strbuf text;
    const struct filter *filter;
    strbuf_init(&text, 100000);
    strbuf_add_text(&text, "{\"message_from\": {\"in\": [1");
    for (int i = 1; i < n; i++) strbuf_printf(&text, ",%d", i);
    strbuf_add_text(&text, "]}}");
    enum mneme_code code = parse(text.text, &filter);
    strbuf_clear(&text);
    return code;
}

Test(filter, has_a_bounded_number_of_values)
{
    cr_assert_eq(parse_in(LIMIT_FILTER_VALUES - 1), MNEME_OK);
    cr_assert_eq(parse_in(LIMIT_FILTER_VALUES), MNEME_OK);
    cr_assert_eq(parse_in(LIMIT_FILTER_VALUES + 1), MNEME_LIMIT);
    cr_assert_str_eq(error.rule, "max_items");
}

Test(filter, leaves_say_what_whoever_has_columns_needs)
{
    const struct filter *filter;
    cr_assert_eq(parse("{\"metadata.a.b\": {\"in\": [1, \"x\", null]}}", &filter), MNEME_OK);
    cr_assert_eq(filter->type, FILTER_LEAF);
    cr_assert_str_eq(filter->field, "metadata");
    cr_assert_str_eq(filter->path, "a.b");
    cr_assert_eq(filter->field_type, FIELD_JSON);
    cr_assert_eq(filter->op, FILTER_IN);
    cr_assert_eq(filter->value_count, 3);
    cr_assert_eq(filter->values[0].integer, 1);
    cr_assert_str_eq(filter->values[1].text, "x");
    cr_assert_eq(filter->values[2].type, JSON_TYPE_NULL);
    cr_assert_eq(parse("{\"event_at\": {\"gt\": \"1970-01-01T00:00:01Z\"}}", &filter), MNEME_OK);
    cr_assert_null(filter->path);
    cr_assert_eq(filter->values[0].type, JSON_TYPE_INTEGER);
    cr_assert_eq(filter->values[0].integer, US_PER_SECOND);
}

Test(filter, integers_and_reals_are_compared_without_losing_digits)
{
    static const struct {
        int64_t integer;
        double real;
        int order;
    } cases[] = {
        {0, 0.0, 0},
        {0, -0.0, 0},
        {1, 1.5, -1},
        {-1, -1.5, 1},
        {2, 1.5, 1},
        {-2, -1.5, -1},
        {INT64_MAX, 9223372036854775808.0, -1},
        {INT64_MIN, -9223372036854775808.0, 0},
        {INT64_MIN, -9223372036854777856.0, 1},
        {INT64_MAX, 1e300, -1},
        {9007199254740993, 9007199254740992.0, 1},
        {-9007199254740993, -9007199254740992.0, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct filter_value integer = {.type = JSON_TYPE_INTEGER, .integer = cases[i].integer};
        struct filter_value real = {.type = JSON_TYPE_REAL, .real = cases[i].real};
        struct filter leaf = {.type = FILTER_LEAF, .value_count = 1};
        leaf.values = &real;
        leaf.op = FILTER_GT;
        cr_assert_eq(filter_compare(&leaf, &integer, 1), cases[i].order > 0, "case %zu", i);
        leaf.op = FILTER_LTE;
        cr_assert_eq(filter_compare(&leaf, &integer, 1), cases[i].order <= 0, "case %zu", i);
        leaf.values = &integer;
        leaf.op = FILTER_GT;
        cr_assert_eq(filter_compare(&leaf, &real, 1), cases[i].order < 0, "case %zu", i);
        leaf.op = FILTER_EQ;
        cr_assert_eq(filter_compare(&leaf, &real, 1), cases[i].order == 0, "case %zu", i);
    }
}

Test(filter, running_out_of_memory_while_parsing_is_nomem)
{
    struct json *json =
        parsed("{\"or\": [{\"tags\": {\"in\": [\"gru\\u0308n\", \"x\"]}}, {\"not\": "
               "{\"metadata.a\": \"x\"}}], \"pinned\": true, \"colour\": 1}");
    bool was_refused = true;
    for (size_t n = 0; was_refused; n++) {
        const struct filter *filter;
        arena_clear(&arena);
        fault_list_init(&faults, &arena);
        fail_from(n);
        enum mneme_code code = filter_parse(json, both, "", &arena, &filter, &faults, &error);
        was_refused = fail_never_again();
        cr_assert_eq(code, was_refused ? MNEME_NOMEM : MNEME_INVALID, "allocation %zu", n);
        cr_assert_null(filter);
    }
    json_free(json);
}

Test(filter, running_out_of_memory_while_matching_is_nomem_and_no_match)
{
    struct memory memory = tea();
    const struct filter *filter;
    cr_assert_eq(parse("{\"not\": {\"metadata.a.b\": 6}}", &filter), MNEME_OK);
    bool was_refused = true;
    for (size_t n = 0; was_refused; n++) {
        bool is_match = true;
        fail_from(n);
        enum mneme_code code = filter_matches(filter, &kind_memory, &memory, &is_match, &error);
        was_refused = fail_never_again();
        cr_assert_eq(code, was_refused ? MNEME_NOMEM : MNEME_OK);
        cr_assert_eq(is_match, !was_refused);
    }
}
