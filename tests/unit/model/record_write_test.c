/* Records as JSON, back again, and the schema that describes them. */
#include "base/uuid.h"
#include "model/record.h"
#include "support/records.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;

static void begin(void)
{
    arena_init(&arena);
}

static void end(void)
{
    arena_clear(&arena);
}

TestSuite(record_write, .init = begin, .fini = end);
TestSuite(schema, .init = begin, .fini = end);

Test(record_write, members_stand_in_table_order_and_absent_ones_are_left_out)
{
    struct memory memory = {.version = 0};
    field_set_text(&kind_memory, &memory, MEMORY_CONTENT, "tea \"and\" \n\xE6\x97\xA5");
    field_set_text(&kind_memory, &memory, COMMON_METADATA, "{\"a\":[1,2]}");
    field_set_text(&kind_memory, &memory, MEMORY_NAMESPACE, "default");
    field_set_real(&kind_memory, &memory, MEMORY_IMPORTANCE, .1);
    field_set_integer(&kind_memory, &memory, MEMORY_EVENT_AT, 1500000);
    field_set_boolean(&kind_memory, &memory, MEMORY_PINNED, false);
    field_set_list(&kind_memory, &memory, MEMORY_TAGS,
                   (struct list){(const char *[]){"x", "y"}, 2});
    field_set_bytes(&kind_memory, &memory, MEMORY_TERMS, (struct bytes){"abc", 3});
    cr_assert_str_eq(record_to_json(&kind_memory, &memory, VIEW_FULL, &arena),
                     "{\"metadata\":{\"a\":[1,2]},\"namespace\":\"default\","
                     "\"content\":\"tea \\\"and\\\" \\n\xE6\x97\xA5\",\"importance\":0.1,"
                     "\"tags\":[\"x\",\"y\"],\"event_at\":\"1970-01-01T00:00:01.500000Z\","
                     "\"pinned\":false}");
}

Test(record_write, views_show_what_their_name_says)
{
    struct conversation conversation;
    fill_record(&kind_conversation, &conversation, 1, &arena);
    static const struct {
        const char *name;
        bool full, exact, state;
    } expected[] = {
        {"id", true, true, true},          {"created_at", true, true, true},
        {"origin", true, true, true},      {"trust", true, true, true},
        {"metadata", true, true, true},    {"title", true, true, true},
        {"user_id", true, false, false},   {"duration_seconds", true, false, false},
        {"version", true, true, false},    {"updated_at", true, true, false},
        {"deleted_at", true, true, false}, {"change_seq", false, false, false},
        {"hlc", false, false, false},      {"hlc_node", false, false, false},
    };
    for (int view = VIEW_FULL; view <= VIEW_STATE; view++) {
        struct json *json = parsed(
            record_to_json(&kind_conversation, &conversation, (enum record_view)view, &arena));
        for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
            bool shown = view == VIEW_FULL    ? expected[i].full
                         : view == VIEW_EXACT ? expected[i].exact
                                              : expected[i].state;
            cr_assert_eq(json_get(json, expected[i].name) != NULL, shown, "%s in view %d",
                         expected[i].name, view);
        }
        json_free(json);
    }
}

Test(record_write, state_leaves_out_how_a_memory_was_used)
{
    struct memory memory;
    fill_record(&kind_memory, &memory, 1, &arena);
    struct json *json = parsed(record_to_json(&kind_memory, &memory, VIEW_STATE, &arena));
    cr_assert_null(json_get(json, "access_count"));
    cr_assert_null(json_get(json, "last_accessed_at"));
    cr_assert_not_null(json_get(json, "evidence_count"));
    cr_assert_not_null(json_get(json, "content"));
    json_free(json);
}

Test(record_write, members_can_stand_beside_those_of_the_caller)
{
    struct user user = {.created_at = 0};
    field_set_text(&kind_user, &user, USER_NAME, "ada");
    struct strbuf text;
    strbuf_init(&text, 1000);
    struct json_writer writer;
    json_writer_init(&writer, &text);
    json_begin_object(&writer, NULL);
    json_write_text(&writer, "kind", "user");
    record_write_members(&kind_user, &user, VIEW_FULL, &writer);
    json_write_integer(&writer, "seq", 4);
    json_end_object(&writer);
    cr_assert_str_eq(text.text, "{\"kind\":\"user\",\"name\":\"ada\",\"seq\":4}");
    strbuf_clear(&text);
}

Test(record_write, a_field_without_a_value_is_null)
{
    struct user user = {.created_at = 0};
    struct strbuf text;
    strbuf_init(&text, 1000);
    struct json_writer writer;
    json_writer_init(&writer, &text);
    json_begin_object(&writer, NULL);
    field_write_json(&kind_user, &user, USER_NAME, "who", &writer);
    json_end_object(&writer);
    cr_assert_str_eq(text.text, "{\"who\":null}");
    strbuf_clear(&text);
}

Test(record_write, what_is_written_exactly_reads_back_as_the_same_record)
{
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++) {
        for (int seed = 0; seed < 4; seed++) {
            union any_record record, back;
            fill_record(kind, &record, seed, &arena);
            const char *text = record_to_json(kind, &record, VIEW_EXACT, &arena);
            memset(&back, 0, sizeof back);
            struct mneme_error error;
            cr_assert_eq(record_from_json(kind, &back, text, &arena, &error), MNEME_OK, "%s: %s",
                         kind->name, error.message);
            for (size_t i = 0; i < kind->field_count; i++) {
                bool is_kept =
                    !(kind->fields[i].flags & (FIELD_INTERNAL | FIELD_DERIVED | FIELD_LOCAL));
                if (!is_kept && kind->fields[i].fallback) continue; // its default
                if (!is_kept) field_clear(kind, &record, i);
                cr_assert(field_equal(kind, &record, &back, i), "%s.%s", kind->name,
                          kind->fields[i].name);
            }
            cr_assert_str_eq(record_to_json(kind, &back, VIEW_EXACT, &arena), text);
        }
    }
}

Test(record_write, a_record_with_nothing_but_what_it_must_have_reads_back_too)
{
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++) {
        union any_record record, back;
        fill_record(kind, &record, 1, &arena);
        for (size_t i = 0; i < kind->field_count; i++)
            if (!(kind->fields[i].flags & FIELD_STORED)) field_clear(kind, &record, i);
        const char *text = record_to_json(kind, &record, VIEW_EXACT, &arena);
        memset(&back, 0, sizeof back);
        cr_assert_eq(record_from_json(kind, &back, text, &arena, NULL), MNEME_OK);
        cr_assert_str_eq(record_to_json(kind, &back, VIEW_EXACT, &arena), text);
    }
}

Test(record_write, a_damaged_text_is_refused)
{
    struct user user = {.created_at = 0};
    struct mneme_error error;
    cr_assert_eq(record_from_json(&kind_user, &user, "{\"name\":", &arena, &error), MNEME_INVALID);
    cr_assert_eq(record_from_json(&kind_user, &user, "{\"nam\":\"x\"}", &arena, &error),
                 MNEME_INVALID);
    cr_assert_str_eq(error.rule, "unknown");
}

Test(record_write, running_out_of_memory_is_no_text)
{
    struct memory memory;
    fill_record(&kind_memory, &memory, 1, &arena);
    bool was_refused = true;
    for (size_t n = 0; was_refused; n++) {
        struct arena own;
        arena_init(&own);
        fail_from(n);
        const char *text = record_to_json(&kind_memory, &memory, VIEW_FULL, &own);
        was_refused = fail_never_again();
        cr_assert_eq(text == NULL, was_refused);
        cr_assert_eq(arena_failed(&own), was_refused);
        arena_clear(&own);
    }
}

// --- schema -------------------------------------------------------------------------------------

static struct json *schema_of(const struct kind *kind, bool as_input)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_JSON_BYTES);
    struct json_writer writer;
    json_writer_init(&writer, &text);
    record_write_schema(kind, as_input, NULL, &writer);
    cr_assert_eq(strbuf_code(&text), MNEME_OK);
    struct json *schema = parsed(text.text);
    strbuf_clear(&text);
    return schema;
}

/* As much of JSON Schema as ours use. */
static bool accepts(const struct json *schema, const struct json *value);

static bool accepts_type(const char *type, const struct json *value)
{
    enum json_type actual = json_type_of(value);
    if (strcmp(type, "number") == 0) return actual == JSON_TYPE_INTEGER || actual == JSON_TYPE_REAL;
    return strcmp(type, json_type_name(actual)) == 0;
}

static bool accepts_any_type(const struct json *types, const struct json *value)
{
    if (!types) return true;
    if (json_type_of(types) == JSON_TYPE_TEXT)
        return accepts_type(json_as_text(types, NULL), value);
    for (size_t i = 0; i < json_count(types); i++)
        if (accepts_type(json_as_text(json_at(types, i), NULL), value)) return true;
    return false;
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++) count += (*text & 0xC0) != 0x80;
    return count;
}

static bool accepts_text(const struct json *schema, const char *text)
{
    const struct json *min = json_get(schema, "minLength"), *max = json_get(schema, "maxLength");
    const struct json *format = json_get(schema, "format");
    if (min && characters(text) < (size_t)json_as_integer(min)) return false;
    if (max && characters(text) > (size_t)json_as_integer(max)) return false;
    if (!format) return true;
    int64_t us;
    struct uuid uuid;
    if (strcmp(json_as_text(format, NULL), "uuid") == 0) return uuid_parse(text, &uuid);
    cr_assert_str_eq(json_as_text(format, NULL), "date-time");
    return time_parse(text, &us);
}

static bool accepts_choice(const struct json *choices, const struct json *value)
{
    for (size_t i = 0; choices && i < json_count(choices); i++) {
        const struct json *choice = json_at(choices, i);
        if (json_type_of(choice) != json_type_of(value)) continue;
        if (json_type_of(value) == JSON_TYPE_NULL) return true;
        if (strcmp(json_as_text(choice, NULL), json_as_text(value, NULL)) == 0) return true;
    }
    return !choices;
}

static bool accepts_number(const struct json *schema, double number)
{
    const struct json *min = json_get(schema, "minimum"), *max = json_get(schema, "maximum");
    return !(min && number < json_as_real(min)) && !(max && number > json_as_real(max));
}

static bool accepts_members(const struct json *schema, const struct json *value)
{
    const struct json *properties = json_get(schema, "properties");
    const struct json *required = json_get(schema, "required");
    const struct json *others = json_get(schema, "additionalProperties");
    for (size_t i = 0; i < json_count(required); i++)
        if (!json_get(value, json_as_text(json_at(required, i), NULL))) return false;
    void *at = NULL;
    const char *name;
    const struct json *member;
    while (json_each(value, &at, &name, &member)) {
        const struct json *property = json_get(properties, name);
        if (!property && others && !json_as_boolean(others)) return false;
        if (property && !accepts(property, member)) return false;
    }
    return true;
}

static bool accepts(const struct json *schema, const struct json *value)
{
    if (!accepts_any_type(json_get(schema, "type"), value)) return false;
    if (!accepts_choice(json_get(schema, "enum"), value)) return false;
    switch (json_type_of(value)) {
    case JSON_TYPE_TEXT: return accepts_text(schema, json_as_text(value, NULL));
    case JSON_TYPE_INTEGER:
    case JSON_TYPE_REAL: return accepts_number(schema, json_as_real(value));
    case JSON_TYPE_OBJECT: return accepts_members(schema, value);
    case JSON_TYPE_ARRAY: {
        const struct json *max = json_get(schema, "maxItems"), *items = json_get(schema, "items");
        if (max && json_count(value) > (size_t)json_as_integer(max)) return false;
        for (size_t i = 0; items && i < json_count(value); i++)
            if (!accepts(items, json_at(value, i))) return false;
        return true;
    }
    case JSON_TYPE_NULL:
    case JSON_TYPE_BOOLEAN: break;
    }
    return true;
}

/* What the two see differently: the schema counts characters, and knows neither controls nor fields that depend on
 * each other. */
enum opinion { BOTH_ACCEPT, BOTH_REFUSE, VALIDATOR_REFUSES };

static const struct {
    const char *input;
    enum opinion opinion;
} inputs[] = {
    {"{\"content\": \"x\"}", BOTH_ACCEPT},
    {"{}", BOTH_REFUSE},
    {"{\"content\": \"\"}", BOTH_REFUSE},
    {"{\"content\": null}", BOTH_REFUSE},
    {"{\"content\": 1}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"colour\": 1}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"id\": \"0190a5e0-0000-7000-8000-000000000001\"}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"terms\": \"a\"}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"subject\": null, \"importance\": null, \"tier\": null}", BOTH_ACCEPT},
    {"{\"content\": \"x\", \"tier\": \"episodic\"}", BOTH_ACCEPT},
    {"{\"content\": \"x\", \"tier\": \"forever\"}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"importance\": 1}", BOTH_ACCEPT},
    {"{\"content\": \"x\", \"importance\": 0.25}", BOTH_ACCEPT},
    {"{\"content\": \"x\", \"importance\": 1.01}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"importance\": -1}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"importance\": \"1\"}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"message_from\": 1}", BOTH_ACCEPT},
    {"{\"content\": \"x\", \"message_from\": 0}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"message_from\": 1.5}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"message_from\": 9007199254740992}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"pinned\": true}", BOTH_ACCEPT},
    {"{\"content\": \"x\", \"pinned\": 1}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"event_at\": \"2024-02-29T12:00:00+01:00\"}", BOTH_ACCEPT},
    {"{\"content\": \"x\", \"event_at\": \"2023-02-29T12:00:00Z\"}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"event_at\": 5}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"conversation_id\": \"0190A5E0-0000-7000-8000-000000000001\"}",
     BOTH_ACCEPT},
    {"{\"content\": \"x\", \"conversation_id\": \"0190a5e0\"}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"tags\": []}", BOTH_ACCEPT},
    {"{\"content\": \"x\", \"tags\": [\"a\", \"a\"]}", BOTH_ACCEPT},
    {"{\"content\": \"x\", \"tags\": [\"a\", \"\"]}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"tags\": [1]}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"tags\": \"a\"}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"metadata\": {\"a\": [{}]}}", BOTH_ACCEPT},
    {"{\"content\": \"x\", \"metadata\": []}", BOTH_REFUSE},
    {"{\"content\": \"x\", \"type\": \"12345678901234567890123456789012345678901234567890\"}",
     BOTH_ACCEPT},
    {"{\"content\": \"x\", \"type\": \"123456789012345678901234567890123456789012345678901\"}",
     BOTH_REFUSE},
    {"{\"content\": \"x\", \"type\": "
     "\"1234567890123456789012345678901234567890123456789\xC3\xA9\"}",
     BOTH_ACCEPT},
    // 127 characters in 130 bytes
    {"{\"content\": \"x\", \"subject\": "
     "\"1234567890123456789012345678901234567890123456789012345678901234567890"
     "1234567890123456789012345678901234567890123456789012345\xE6\x97\xA5\xC3\xA9\"}",
     VALIDATOR_REFUSES},
    {"{\"content\": \"x\", \"subject\": \"a\\u0007\"}", VALIDATOR_REFUSES},
    {"{\"content\": \"x\", \"message_from\": 2, \"message_to\": 1}", VALIDATOR_REFUSES},
};

Test(schema, agrees_with_the_validator)
{
    struct json *schema = schema_of(&kind_memory, true);
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        struct memory memory = {.version = 0};
        struct fault_list faults;
        fault_list_init(&faults, &arena);
        struct json *input = parsed(inputs[i].input);
        bool is_valid = record_read_json(&kind_memory, &memory, input, RECORD_NEW, NULL, "",
                                         &faults, NULL) == MNEME_OK;
        bool is_accepted = accepts(schema, input);
        json_free(input);
        cr_assert_eq(is_valid, inputs[i].opinion == BOTH_ACCEPT, "%s", inputs[i].input);
        cr_assert_eq(is_accepted, inputs[i].opinion != BOTH_REFUSE, "%s", inputs[i].input);
    }
    json_free(schema);
}

Test(schema, describes_what_is_answered_for_every_kind)
{
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++) {
        struct json *schema = schema_of(kind, false);
        for (int seed = 0; seed < 3; seed++) {
            union any_record record;
            fill_record(kind, &record, seed, &arena);
            struct json *answer = parsed(record_to_json(kind, &record, VIEW_FULL, &arena));
            cr_assert(accepts(schema, answer), "%s", kind->name);
            json_free(answer);
        }
        struct json *nothing = parsed("{}");
        cr_assert_not(accepts(schema, nothing), "%s", kind->name);
        json_free(nothing);
        json_free(schema);
    }
}

Test(schema, tells_description_default_and_what_is_read_only)
{
    struct json *schema = schema_of(&kind_memory, true);
    cr_assert_str_eq(json_as_text(json_pointer(schema, "/properties/tier/default"), NULL),
                     "long_term");
    cr_assert_eq(json_as_real(json_pointer(schema, "/properties/importance/default")), .5);
    cr_assert_not(json_as_boolean(json_pointer(schema, "/properties/pinned/default")));
    cr_assert_str_eq(json_as_text(json_pointer(schema, "/properties/content/description"), NULL),
                     kind_memory.fields[MEMORY_CONTENT].doc);
    cr_assert_null(json_pointer(schema, "/properties/version"));
    json_free(schema);
    schema = schema_of(&kind_memory, false);
    cr_assert(json_as_boolean(json_pointer(schema, "/properties/version/readOnly")));
    cr_assert_null(json_pointer(schema, "/properties/content/readOnly"));
    cr_assert_null(json_pointer(schema, "/properties/terms"));
    cr_assert_null(json_pointer(schema, "/properties/tier/default"));
    json_free(schema);
}

Test(schema, of_one_field_is_that_of_an_input)
{
    static const struct field k = {.name = "k",
                                   .type = FIELD_INTEGER,
                                   .min = 1,
                                   .max = 1000,
                                   .fallback = "10",
                                   .doc = "How many."};
    struct strbuf text;
    strbuf_init(&text, 1000);
    struct json_writer writer;
    json_writer_init(&writer, &text);
    field_write_schema(&k, NULL, &writer);
    cr_assert_str_eq(text.text, "{\"type\":[\"integer\",\"null\"],\"minimum\":1,\"maximum\":1000,"
                                "\"default\":10,\"description\":\"How many.\"}");
    strbuf_clear(&text);
}
