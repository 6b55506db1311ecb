/* Validation: what is refused, with which rule, and what comes out of what is taken. */
#include "model/record.h"
#include "support/records.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static struct arena arena;
static struct fault_list faults;
static struct mneme_error error;

static void begin(void)
{
    arena_init(&arena);
    fault_list_init(&faults, &arena);
}

static void end(void)
{
    arena_clear(&arena);
}

TestSuite(record_read, .init = begin, .fini = end);
TestSuite(record_check, .init = begin, .fini = end);

static enum mneme_code read(const struct kind *kind, void *record, const char *text,
                            enum record_source source)
{
    fault_list_init(&faults, &arena);
    memset(record, 0, kind->size);
    memset(&error, 0, sizeof error);
    struct json *json = parsed(text);
    enum mneme_code code = record_read_json(kind, record, json, source, NULL, "", &faults, &error);
    json_free(json); // nothing may point into it
    return code;
}

static void expect_fault(size_t i, const char *field, const char *pointer, const char *rule)
{
    cr_assert_lt(i, faults.count, "no fault %zu: %s %s", i, field, rule);
    cr_assert_str_eq(faults.items[i].field, field);
    cr_assert_str_eq(faults.items[i].pointer, pointer);
    cr_assert_str_eq(faults.items[i].rule, rule, "%s: %s", field, faults.items[i].rule);
    cr_assert_gt(strlen(faults.items[i].message), 0);
}

/* A text of n bytes in JSON quotes behind `before`, and `after`. */
static const char *long_input(const char *before, size_t n, const char *piece, const char *after)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_BATCH_BYTES);
    strbuf_add_text(&text, before);
    size_t length = strlen(piece);
    for (size_t at = 0; at + length <= n; at += length) strbuf_add(&text, piece, length);
    for (size_t rest = n % length; rest > 0; rest--) strbuf_add_char(&text, 'x');
    strbuf_add_text(&text, after);
    const char *copy = arena_text_n(&arena, text.text, text.length);
    cr_assert_not_null(copy);
    strbuf_clear(&text);
    return copy;
}

static const char *const uuid = "0190a5e0-0000-7000-8000-000000000001";

struct refusal {
    const struct kind *kind;
    enum record_source source;
    const char *input, *field, *pointer, *rule;
    enum mneme_code code;
};

static const struct refusal refusals[] = {
    {&kind_memory, RECORD_NEW, "{\"content\": 1}", "content", "/content", "type", MNEME_INVALID},
    {&kind_memory, RECORD_NEW, "{\"content\": [\"a\"]}", "content", "/content", "type",
     MNEME_INVALID},
    {&kind_memory, RECORD_NEW, "{\"content\": \"\"}", "content", "/content", "min_length",
     MNEME_INVALID},
    {&kind_memory, RECORD_NEW, "{\"content\": null}", "content", "/content", "required",
     MNEME_INVALID},
    {&kind_memory, RECORD_NEW, "{}", "content", "/content", "required", MNEME_INVALID},
    {&kind_message, RECORD_NEW, "{\"content\": \"a\"}", "conversation_id", "/conversation_id",
     "required", MNEME_INVALID},
    {&kind_user, RECORD_NEW, "{\"metadata\": {}}", "name", "/name", "required", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"colour\": 1}", "colour", "/colour", "unknown", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"a/b~c\": 1}", "a/b~c", "/a~1b~0c", "unknown", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"\": 1}", "", "/", "unknown", MNEME_INVALID},
    // what no face shows does not exist
    {&kind_memory, RECORD_CHANGE, "{\"terms\": \"x\"}", "terms", "/terms", "unknown",
     MNEME_INVALID},
    {&kind_memory, RECORD_EXACT, "{\"hlc\": 1}", "hlc", "/hlc", "unknown", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"id\": \"x\"}", "id", "/id", "read_only", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"version\": null}", "version", "/version", "read_only",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"trust\": \"verified\"}", "trust", "/trust", "read_only",
     MNEME_INVALID},
    {&kind_memory, RECORD_EXACT, "{\"user_id\": \"x\"}", "user_id", "/user_id", "read_only",
     MNEME_INVALID},
    {&kind_conversation, RECORD_EXACT, "{\"duration_seconds\": 1}", "duration_seconds",
     "/duration_seconds", "read_only", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"key\": \"other\"}", "key", "/key", "fixed", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"namespace\": null}", "namespace", "/namespace", "fixed",
     MNEME_INVALID},
    {&kind_message, RECORD_CHANGE, "{\"role\": \"user\"}", "role", "/role", "fixed", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"tier\": null}", "tier", "/tier", "required", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"content\": null}", "content", "/content", "required",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"tier\": \"forever\"}", "tier", "/tier", "choice",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"tier\": \"Working\"}", "tier", "/tier", "choice",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"tier\": \"\"}", "tier", "/tier", "choice", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"importance\": -0.001}", "importance", "/importance", "min",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"importance\": 1.001}", "importance", "/importance", "max",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"importance\": 2}", "importance", "/importance", "max",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"importance\": \"0.5\"}", "importance", "/importance", "type",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"importance\": true}", "importance", "/importance", "type",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"pinned\": 1}", "pinned", "/pinned", "type", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"pinned\": \"true\"}", "pinned", "/pinned", "type",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"message_from\": 1.0}", "message_from", "/message_from",
     "type", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"message_from\": \"1\"}", "message_from", "/message_from",
     "type", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"message_from\": 0}", "message_from", "/message_from", "min",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"message_from\": 9007199254740992}", "message_from",
     "/message_from", "max", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"message_from\": 9223372036854775807}", "message_from",
     "/message_from", "max", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"event_at\": 1700000000}", "event_at", "/event_at", "type",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"event_at\": \"2023-02-29T00:00:00Z\"}", "event_at",
     "/event_at", "format", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"event_at\": \"2023-02-28\"}", "event_at", "/event_at",
     "format", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"event_at\": \"\"}", "event_at", "/event_at", "format",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"conversation_id\": \"x\"}", "conversation_id",
     "/conversation_id", "format", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE,
     "{\"conversation_id\": \"0190a5e0-0000-7000-8000-000000000001 \"}", "conversation_id",
     "/conversation_id", "format", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"subject\": \"a\\nb\"}", "subject", "/subject", "control",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"subject\": \"\\u202Eevil\"}", "subject", "/subject",
     "control", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"subject\": \"\"}", "subject", "/subject", "min_length",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"tags\": \"a\"}", "tags", "/tags", "type", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"tags\": [\"a\", 2]}", "tags", "/tags/1", "type",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"tags\": [\"a\", null]}", "tags", "/tags/1", "type",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"tags\": [\"a\", \"\"]}", "tags", "/tags/1", "min_length",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"tags\": [\"a\\tb\"]}", "tags", "/tags/0", "control",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"metadata\": []}", "metadata", "/metadata", "type",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"metadata\": \"{}\"}", "metadata", "/metadata", "type",
     MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE,
     "{\"valid_from\": \"2024-01-01T00:00:00Z\", \"valid_to\": \"2024-01-01T01:00:00+01:00\"}",
     "valid_to", "/valid_to", "min", MNEME_INVALID},
    {&kind_memory, RECORD_CHANGE, "{\"message_from\": 5, \"message_to\": 4}", "message_to",
     "/message_to", "min", MNEME_INVALID},
    {&kind_link, RECORD_NEW,
     "{\"from\": \"0190a5e0-0000-7000-8000-000000000001\", \"to\": "
     "\"0190a5e0-0000-7000-8000-000000000002\", \"weight\": 1.5}",
     "weight", "/weight", "max", MNEME_INVALID},
    {&kind_link, RECORD_CHANGE, "{\"from_kind\": \"user\"}", "from_kind", "/from_kind", "fixed",
     MNEME_INVALID},
};

Test(record_read, what_breaks_a_rule_is_refused_with_field_pointer_and_rule)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *refusal = &refusals[i];
        union any_record record;
        enum mneme_code code = read(refusal->kind, &record, refusal->input, refusal->source);
        cr_assert_eq(code, refusal->code, "%s", refusal->input);
        size_t at = 0;
        if (refusal->source == RECORD_EXACT) // much else is missing there
            while (at < faults.count && strcmp(faults.items[at].rule, refusal->rule) != 0) at++;
        else
            cr_assert_eq(faults.count, 1, "%s: %zu faults", refusal->input, faults.count);
        expect_fault(at, refusal->field, refusal->pointer, refusal->rule);
        cr_assert_eq(faults.items[at].code, refusal->code);
        if (at > 0) continue;
        cr_assert_eq(error.code, refusal->code);
        cr_assert_str_eq(error.field, refusal->field);
        cr_assert_str_eq(error.rule, refusal->rule);
    }
}

Test(record_read, a_zero_inside_a_text_never_gets_as_far)
{
    static const char text[] = "{\"name\": \"a\\u0000b\"}";
    struct json *json;
    cr_assert_eq(json_parse(text, strlen(text), 1000, &json, NULL), MNEME_INVALID);
}

Test(record_read, what_is_no_object_is_no_record)
{
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory, "[]", RECORD_NEW), MNEME_INVALID);
    expect_fault(0, "memory", "", "type");
    cr_assert_eq(read(&kind_memory, &memory, "null", RECORD_NEW), MNEME_INVALID);
}

Test(record_read, all_faults_are_named_in_the_order_of_the_input_and_missing_fields_last)
{
    struct memory memory;
    enum mneme_code code = read(
        &kind_memory, &memory,
        "{\"importance\": 7, \"colour\": \"red\", \"id\": \"x\", \"tags\": [1, \"\"]}", RECORD_NEW);
    cr_assert_eq(code, MNEME_INVALID);
    cr_assert_eq(faults.count, 6);
    expect_fault(0, "importance", "/importance", "max");
    expect_fault(1, "colour", "/colour", "unknown");
    expect_fault(2, "id", "/id", "read_only");
    expect_fault(3, "tags", "/tags/0", "type");
    expect_fault(4, "tags", "/tags/1", "min_length");
    expect_fault(5, "content", "/content", "required");
    cr_assert_str_eq(error.field, "importance");
}

Test(record_read, a_field_that_was_refused_is_not_missing_besides)
{
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory, "{\"content\": 5}", RECORD_NEW), MNEME_INVALID);
    cr_assert_eq(faults.count, 1);
}

Test(record_read, sixteen_faults_are_kept_and_the_others_counted)
{
    struct memory memory;
    struct strbuf text;
    strbuf_init(&text, 10000);
    strbuf_add_text(&text, "{\"content\": \"x\"");
    for (int i = 0; i < 40; i++) strbuf_printf(&text, ", \"unknown%d\": 1", i);
    strbuf_add_text(&text, "}");
    cr_assert_eq(read(&kind_memory, &memory, text.text, RECORD_NEW), MNEME_INVALID);
    strbuf_clear(&text);
    cr_assert_eq(faults.count, 40);
    expect_fault(LIMIT_ERRORS - 1, "unknown15", "/unknown15", "unknown");
}

Test(record_read, pointers_begin_at_the_place_of_the_object)
{
    struct memory memory = {.version = 0};
    struct json *json = parsed("{\"content\": \"\", \"tags\": [2]}");
    cr_assert_eq(record_read_json(&kind_memory, &memory, json, RECORD_NEW, NULL, "/items/3",
                                  &faults, &error),
                 MNEME_INVALID);
    json_free(json);
    expect_fault(0, "content", "/items/3/content", "min_length");
    expect_fault(1, "tags", "/items/3/tags/0", "type");
}

Test(record_read, members_that_the_caller_skips_are_not_looked_at)
{
    struct memory memory = {.version = 0};
    struct json *json = parsed("{\"content\": \"x\", \"ttl\": [], \"version\": \"y\"}");
    static const char *const skip[] = {"ttl", "version", NULL};
    cr_assert_eq(
        record_read_json(&kind_memory, &memory, json, RECORD_NEW, skip, "", &faults, &error),
        MNEME_OK);
    json_free(json);
    cr_assert_eq(memory.version, 1); // the default, not what the input says
}

Test(record_read, a_new_record_has_defaults_which_do_not_count_as_given)
{
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory, "{\"content\": \"x\"}", RECORD_NEW), MNEME_OK);
    cr_assert_str_eq(memory.name_space, "default");
    cr_assert_str_eq(memory.tier, "long_term");
    cr_assert_eq(memory.importance, .5);
    cr_assert_eq(memory.confidence, 1);
    cr_assert_str_eq(memory.importance_basis, "default");
    cr_assert_eq(memory.evidence_count, 1);
    cr_assert_eq(memory.version, 1);
    cr_assert_eq(memory.access_count, 0);
    cr_assert(field_present(&memory, MEMORY_ACCESS_COUNT));
    cr_assert(field_present(&memory, MEMORY_PINNED) && !memory.pinned);
    cr_assert_eq(memory.head.given, UINT64_C(1) << MEMORY_CONTENT);
    cr_assert_not(field_present(&memory, MEMORY_KEY));

    struct message message;
    cr_assert_eq(read(&kind_message, &message,
                      "{\"content\": \"x\", \"conversation_id\": "
                      "\"0190a5e0-0000-7000-8000-000000000001\"}",
                      RECORD_NEW),
                 MNEME_OK);
    cr_assert_str_eq(message.role, "user");
    cr_assert_not(field_present(&message, MESSAGE_EVENT_AT)); // the writer's to fill in
}

Test(record_read, a_change_has_no_defaults)
{
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory, "{\"confidence\": 0}", RECORD_CHANGE), MNEME_OK);
    uint64_t bit = UINT64_C(1) << MEMORY_CONFIDENCE;
    cr_assert_eq(memory.head.present, bit);
    cr_assert_eq(memory.head.given, bit);
}

Test(record_read, null_clears_and_for_what_always_has_a_value_is_as_if_not_given)
{
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory,
                      "{\"content\": \"x\", \"subject\": null, \"importance\": null, \"tags\": []}",
                      RECORD_NEW),
                 MNEME_OK);
    uint64_t given =
        UINT64_C(1) << MEMORY_CONTENT | UINT64_C(1) << MEMORY_SUBJECT | UINT64_C(1) << MEMORY_TAGS;
    cr_assert_eq(memory.head.given, given);
    cr_assert_eq(memory.importance, .5);
    cr_assert_not(field_present(&memory, MEMORY_SUBJECT));
    cr_assert_not(field_present(&memory, MEMORY_TAGS));

    cr_assert_eq(read(&kind_memory, &memory, "{\"subject\": null}", RECORD_CHANGE), MNEME_OK);
    cr_assert_eq(memory.head.given, UINT64_C(1) << MEMORY_SUBJECT);
    cr_assert_eq(memory.head.present, 0);
}

Test(record_read, what_the_caller_knows_already_need_not_be_given)
{
    struct message message = {.version = 0};
    field_set_text(&kind_message, &message, MESSAGE_CONVERSATION_ID, uuid);
    struct json *json = parsed("{\"content\": \"x\"}");
    cr_assert_eq(
        record_read_json(&kind_message, &message, json, RECORD_NEW, NULL, "", &faults, &error),
        MNEME_OK);
    json_free(json);
    cr_assert_str_eq(message.conversation_id, uuid);
}

Test(record_read, an_import_must_bring_every_stored_field_that_has_no_default)
{
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory, "{\"content\": \"x\", \"id\": null}", RECORD_EXACT),
                 MNEME_INVALID);
    static const char *const missing[] = {"id",     "created_at", "updated_at",
                                          "origin", "principal",  "trust"};
    cr_assert_eq(faults.count, 6);
    for (size_t i = 0; i < 6; i++) {
        cr_assert_str_eq(faults.items[i].field, missing[i]);
        cr_assert_str_eq(faults.items[i].rule, "required");
    }
}

Test(record_read, an_import_keeps_a_validity_that_ended_before_it_began)
{
    union any_record record;
    fill_record(&kind_memory, &record, 1, &arena);
    record.memory.valid_to = record.memory.valid_from - 1;
    const char *text = record_to_json(&kind_memory, &record, VIEW_EXACT, &arena);
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory, text, RECORD_EXACT), MNEME_OK, "%s", error.message);
}

Test(record_read, whole_numbers_are_taken_for_reals_and_nothing_else_is_converted)
{
    struct memory memory;
    cr_assert_eq(
        read(&kind_memory, &memory, "{\"importance\": 1, \"confidence\": 0}", RECORD_CHANGE),
        MNEME_OK);
    cr_assert_eq(memory.importance, 1);
    cr_assert_eq(memory.confidence, 0);
}

Test(record_read, times_of_any_offset_become_utc)
{
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory, "{\"event_at\": \"1970-01-01T02:00:00.5+02:00\"}",
                      RECORD_CHANGE),
                 MNEME_OK);
    cr_assert_eq(memory.event_at, 500000);
}

Test(record_read, uuids_become_lower_case)
{
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory,
                      "{\"conversation_id\": \"0190A5E0-0000-7000-8000-00000000000A\"}",
                      RECORD_CHANGE),
                 MNEME_OK);
    cr_assert_str_eq(memory.conversation_id, "0190a5e0-0000-7000-8000-00000000000a");
}

Test(record_read, names_are_composed_and_texts_stay_as_they_are)
{
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory,
                      "{\"subject\": \"Zoe\\u0308\", \"tags\": [\"e\\u0301\", \"\\u00e9\", \"b\"], "
                      "\"content\": \"Zoe\\u0308\\n\\t\"}",
                      RECORD_CHANGE),
                 MNEME_OK);
    cr_assert_str_eq(memory.subject, "Zo\xC3\xAB");
    cr_assert_str_eq(memory.content, "Zoe\xCC\x88\n\t");
    cr_assert_eq(memory.tags.count, 2); // the first two are one
    cr_assert_str_eq(memory.tags.items[0], "\xC3\xA9");
    cr_assert_str_eq(memory.tags.items[1], "b");
}

Test(record_read, a_name_is_measured_in_its_normal_form)
{
    struct memory memory; // letters of 3 bytes each that compose to 2
    const char *text = long_input("{\"subject\": \"", LIMIT_NAME_BYTES / 2 * 3, "e\xCC\x81", "\"}");
    cr_assert_eq(read(&kind_memory, &memory, text, RECORD_CHANGE), MNEME_OK);
    cr_assert_eq(strlen(memory.subject), LIMIT_NAME_BYTES);
}

Test(record_read, json_is_kept_compact_in_the_order_it_came)
{
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory,
                      "{\"metadata\": { \"z\" : 1.50, \"a\": [true, null ],\"m\":\"\\u00e9\"}}",
                      RECORD_CHANGE),
                 MNEME_OK);
    cr_assert_str_eq(memory.metadata, "{\"z\":1.5,\"a\":[true,null],\"m\":\"\xC3\xA9\"}");
    cr_assert_eq(read(&kind_memory, &memory, "{\"metadata\": {}}", RECORD_CHANGE), MNEME_OK);
    cr_assert_str_eq(memory.metadata, "{}");
}

struct bound {
    const struct kind *kind;
    const char *before, *after; /* of a text in the input */
    size_t max;                 /* its bytes */
    const char *field, *pointer;
};

static const struct bound bounds[] = {
    {&kind_memory, "{\"content\": \"", "\"}", LIMIT_CONTENT_BYTES, "content", "/content"},
    {&kind_memory, "{\"subject\": \"", "\"}", LIMIT_NAME_BYTES, "subject", "/subject"},
    {&kind_memory, "{\"source\": \"", "\"}", LIMIT_SOURCE_BYTES, "source", "/source"},
    {&kind_memory, "{\"tags\": [\"a\", \"", "\"]}", LIMIT_TAG_BYTES, "tags", "/tags/1"},
    {&kind_conversation, "{\"title\": \"", "\"}", LIMIT_TITLE_BYTES, "title", "/title"},
    {&kind_conversation, "{\"summary\": \"", "\"}", LIMIT_CONTENT_BYTES, "summary", "/summary"},
    {&kind_message, "{\"sitting\": \"", "\"}", LIMIT_NAME_BYTES, "sitting", "/sitting"},
    // {"m":"..."} takes eight bytes itself
    {&kind_memory, "{\"metadata\": {\"m\": \"", "\"}}", LIMIT_METADATA_BYTES - 8, "metadata",
     "/metadata"},
};

Test(record_read, lengths_are_bounded_in_bytes_whatever_the_characters)
{
    static const char *const pieces[] = {"a", "\xC3\xA9", "\xE6\x97\xA5", "\xF0\x9F\x90\x98"};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        const struct bound *bound = &bounds[i];
        for (size_t p = 0; p < 4; p++)
            for (int more = -1; more <= 1; more++) {
                arena_clear(&arena);
                const char *text =
                    long_input(bound->before, bound->max + (size_t)more, pieces[p], bound->after);
                union any_record record;
                enum mneme_code code = read(bound->kind, &record, text, RECORD_CHANGE);
                cr_assert_eq(code, more <= 0 ? MNEME_OK : MNEME_LIMIT, "%s of %zu%+d bytes: %s",
                             bound->field, bound->max, more, error.message);
                if (more > 0) expect_fault(0, bound->field, bound->pointer, "max_length");
            }
    }
}

Test(record_read, a_label_is_bounded_in_characters)
{
    static const char *const pieces[] = {"a", "\xC3\xA9", "\xE6\x97\xA5", "\xF0\x9F\x90\x98"};
    for (size_t p = 0; p < 4; p++)
        for (int more = -1; more <= 1; more++) {
            struct memory memory;
            size_t bytes = strlen(pieces[p]) * (size_t)(LIMIT_LABEL_CHARACTERS + more);
            const char *text = long_input("{\"type\": \"", bytes, pieces[p], "\"}");
            cr_assert_eq(read(&kind_memory, &memory, text, RECORD_CHANGE),
                         more <= 0 ? MNEME_OK : MNEME_LIMIT);
            if (more > 0) expect_fault(0, "type", "/type", "max_length");
        }
}

Test(record_read, keys_are_bounded_too)
{
    struct memory memory;
    for (int more = -1; more <= 1; more++) {
        const char *text = long_input("{\"content\": \"x\", \"key\": \"",
                                      LIMIT_KEY_BYTES + (size_t)more, "k", "\"}");
        cr_assert_eq(read(&kind_memory, &memory, text, RECORD_NEW),
                     more <= 0 ? MNEME_OK : MNEME_LIMIT);
    }
}

Test(record_read, lists_are_bounded_in_items_before_doubles_are_dropped)
{
    for (int more = -1; more <= 1; more++) {
        struct memory memory;
        struct strbuf text;
        strbuf_init(&text, 10000);
        strbuf_add_text(&text, "{\"tags\": [\"a\"");
        for (int i = 1; i < LIMIT_TAGS + more; i++) strbuf_printf(&text, ", \"%d\"", i / 2);
        strbuf_add_text(&text, "]}");
        enum mneme_code code = read(&kind_memory, &memory, text.text, RECORD_CHANGE);
        strbuf_clear(&text);
        cr_assert_eq(code, more <= 0 ? MNEME_OK : MNEME_LIMIT);
        if (more > 0) expect_fault(0, "tags", "/tags", "max_items");
        if (more == 0) cr_assert_eq(memory.tags.count, 1 + LIMIT_TAGS / 2);
    }
}

Test(record_read, metadata_is_bounded_in_depth)
{
    for (int more = -1; more <= 1; more++) {
        struct memory memory;
        struct strbuf text;
        strbuf_init(&text, 10000);
        strbuf_add_text(&text, "{\"metadata\": {\"a\": ");
        int arrays = LIMIT_METADATA_DEPTH - 1 + more;
        for (int i = 0; i < arrays; i++) strbuf_add_char(&text, '[');
        for (int i = 0; i < arrays; i++) strbuf_add_char(&text, ']');
        strbuf_add_text(&text, "}}");
        enum mneme_code code = read(&kind_memory, &memory, text.text, RECORD_CHANGE);
        strbuf_clear(&text);
        cr_assert_eq(code, more <= 0 ? MNEME_OK : MNEME_LIMIT);
        if (more > 0) expect_fault(0, "metadata", "/metadata", "depth");
    }
}

Test(record_read, counters_reach_to_the_last_integer_that_every_reader_keeps)
{
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory,
                      "{\"message_from\": 1, \"message_to\": 9007199254740991}", RECORD_CHANGE),
                 MNEME_OK);
    cr_assert_eq(memory.message_to, LIMIT_COUNTER);
}

Test(record_read, a_validity_of_one_microsecond_and_a_range_of_one_message_are_fine)
{
    struct memory memory;
    cr_assert_eq(read(&kind_memory, &memory,
                      "{\"valid_from\": \"2024-01-01T00:00:00Z\", \"valid_to\": "
                      "\"2024-01-01T00:00:00.000001Z\", \"message_from\": 4, \"message_to\": 4}",
                      RECORD_CHANGE),
                 MNEME_OK);
}

Test(record_read, running_out_of_memory_anywhere_is_nomem)
{
    static const char text[] =
        "{\"content\": \"x\", \"subject\": \"Zoe\xCC\x88\", \"tags\": [\"a\", \"b\"], \"key\": 5, "
        "\"metadata\": {\"a\": [1, 2, 3]}, \"conversation_id\": "
        "\"0190A5E0-0000-7000-8000-00000000000A\", \"tier\": \"x\", \"colour\": 1}";
    struct json *json = parsed(text);
    bool was_refused = true;
    for (size_t n = 0; was_refused; n++) {
        struct memory memory = {.version = 0};
        arena_clear(&arena);
        fault_list_init(&faults, &arena);
        fail_from(n);
        enum mneme_code code =
            record_read_json(&kind_memory, &memory, json, RECORD_NEW, NULL, "", &faults, &error);
        was_refused = fail_never_again();
        cr_assert_eq(code, was_refused ? MNEME_NOMEM : MNEME_INVALID, "allocation %zu", n);
        cr_assert_eq(error.code, code);
    }
    cr_assert_eq(faults.count, 3);
    json_free(json);
}

Test(record_read, one_field_is_read_like_those_of_a_record)
{
    struct memory memory = {.version = 0};
    struct json *json = parsed("[\" x\", null, 2]");
    cr_assert_eq(field_read_json(&kind_memory, &memory, MEMORY_CONTENT, json_at(json, 0), "/a",
                                 &faults, &error),
                 MNEME_OK);
    cr_assert_str_eq(memory.content, " x");
    cr_assert_eq(field_read_json(&kind_memory, &memory, MEMORY_CONTENT, json_at(json, 1), "/a",
                                 &faults, &error),
                 MNEME_INVALID);
    expect_fault(0, "content", "/a/content", "required");
    cr_assert_eq(field_read_json(&kind_memory, &memory, MEMORY_CONFIDENCE, json_at(json, 2), "/a",
                                 &faults, &error),
                 MNEME_INVALID);
    expect_fault(1, "confidence", "/a/confidence", "max");
    json_free(json);
}

Test(record_read, an_operations_own_input_is_checked_without_a_record)
{
    static const struct field k = {
        .name = "k", .type = FIELD_INTEGER, .flags = FIELD_REQUIRED, .min = 1, .max = 1000};
    static const char *const ways[] = {"recency", "use", NULL};
    static const struct field by = {.name = "by", .type = FIELD_TEXT, .choices = ways};
    struct json *json = parsed("{\"k\": 0, \"by\": \"luck\", \"n\": null, \"good\": 10}");
    cr_assert_eq(field_check_json(&k, json_get(json, "good"), "", &faults, &error), MNEME_OK);
    cr_assert_eq(field_check_json(&by, json_get(json, "n"), "", &faults, &error), MNEME_OK);
    cr_assert_eq(faults.count, 0);
    cr_assert_eq(field_check_json(&k, json_get(json, "k"), "", &faults, &error), MNEME_INVALID);
    cr_assert_eq(field_check_json(&by, json_get(json, "by"), "", &faults, &error), MNEME_INVALID);
    cr_assert_eq(field_check_json(&k, json_get(json, "n"), "", &faults, &error), MNEME_INVALID);
    json_free(json);
    expect_fault(0, "k", "/k", "min");
    expect_fault(1, "by", "/by", "choice");
    expect_fault(2, "k", "/k", "required");
}

// --- records that our own code filled -----------------------------------------------------------

static enum mneme_code check(const struct kind *kind, void *record, enum record_source source)
{
    fault_list_init(&faults, &arena);
    return record_check(kind, record, source, "", &faults, &error);
}

/* A change with one real in it. */
static enum mneme_code check_real(double value)
{
    struct memory memory = {.version = 0};
    field_set_real(&kind_memory, &memory, MEMORY_IMPORTANCE, value);
    return check(&kind_memory, &memory, RECORD_CHANGE);
}

Test(record_check, refuses_what_is_no_number)
{
    cr_assert_eq(check_real(NAN), MNEME_INVALID);
    expect_fault(0, "importance", "/importance", "type");
    cr_assert_eq(check_real(INFINITY), MNEME_INVALID);
    expect_fault(0, "importance", "/importance", "type");
    cr_assert_eq(check_real(-INFINITY), MNEME_INVALID);
    cr_assert_eq(check_real(nextafter(1, 2)), MNEME_INVALID);
    expect_fault(0, "importance", "/importance", "max");
    cr_assert_eq(check_real(1), MNEME_OK);
    cr_assert_eq(check_real(-0.0), MNEME_OK);
}

static enum mneme_code check_text(size_t i, const char *value)
{
    struct memory memory = {.version = 0};
    field_set_text(&kind_memory, &memory, i, value);
    return check(&kind_memory, &memory, RECORD_CHANGE);
}

Test(record_check, refuses_invalid_utf8)
{
    static const char *const bad[] = {
        "\xFF", "a\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(check_text(MEMORY_CONTENT, bad[i]), MNEME_INVALID);
        expect_fault(0, "content", "/content", "utf8");
        cr_assert_eq(check_text(MEMORY_SUBJECT, bad[i]), MNEME_INVALID);
        expect_fault(0, "subject", "/subject", "utf8");
        struct memory memory = {.version = 0};
        field_set_list(&kind_memory, &memory, MEMORY_TAGS,
                       (struct list){(const char *[]){"good", bad[i]}, 2});
        cr_assert_eq(check(&kind_memory, &memory, RECORD_CHANGE), MNEME_INVALID);
        expect_fault(0, "tags", "/tags/1", "utf8");
    }
}

Test(record_check, refuses_times_that_cannot_be_written)
{
    static const int64_t bad[] = {INT64_MIN, TIME_MIN_US - 1, TIME_MAX_US + 1, INT64_MAX};
    for (size_t i = 0; i < 4; i++) {
        struct memory memory = {.version = 0};
        field_set_integer(&kind_memory, &memory, MEMORY_EVENT_AT, bad[i]);
        cr_assert_eq(check(&kind_memory, &memory, RECORD_CHANGE), MNEME_INVALID);
        expect_fault(0, "event_at", "/event_at", "format");
    }
}

Test(record_check, refuses_json_that_is_none_or_of_another_shape)
{
    cr_assert_eq(check_text(COMMON_METADATA, "{\"a\":"), MNEME_INVALID);
    expect_fault(0, "metadata", "/metadata", "json");
    cr_assert_eq(check_text(COMMON_METADATA, "{\"a\":1,\"a\":2}"), MNEME_INVALID);
    cr_assert_eq(check_text(COMMON_METADATA, "{\"a\":NaN}"), MNEME_INVALID);
    cr_assert_eq(check_text(COMMON_METADATA, "[1]"), MNEME_INVALID);
    expect_fault(0, "metadata", "/metadata", "type");
    struct memory memory = {.version = 0};
    field_set_text(&kind_memory, &memory, COMMON_METADATA, " { \"a\" : 1 } ");
    cr_assert_eq(check(&kind_memory, &memory, RECORD_CHANGE), MNEME_OK);
    cr_assert_str_eq(memory.metadata, "{\"a\":1}");
}

Test(record_check, brings_values_into_their_normal_form_and_leaves_the_rest_in_place)
{
    struct memory memory = {.version = 0};
    const char *content = "Zoe\xCC\x88";
    field_set_text(&kind_memory, &memory, MEMORY_CONTENT, content);
    field_set_text(&kind_memory, &memory, MEMORY_SUBJECT, content);
    field_set_text(&kind_memory, &memory, MEMORY_CONVERSATION_ID,
                   "0190A5E0-0000-7000-8000-00000000000A");
    const char *tags[] = {"b", "e\xCC\x81", "b"};
    field_set_list(&kind_memory, &memory, MEMORY_TAGS, (struct list){tags, 3});
    cr_assert_eq(check(&kind_memory, &memory, RECORD_CHANGE), MNEME_OK);
    cr_assert_eq(memory.content, content);
    cr_assert_str_eq(memory.subject, "Zo\xC3\xAB");
    cr_assert_str_eq(memory.conversation_id, "0190a5e0-0000-7000-8000-00000000000a");
    cr_assert_eq(memory.tags.count, 2);
    cr_assert_str_eq(memory.tags.items[1], "\xC3\xA9");
    cr_assert_str_eq(tags[1], "e\xCC\x81"); // the caller's own list is not touched
}

Test(record_check, knows_the_same_access_rules_as_json)
{
    struct memory memory = {.version = 0};
    field_set_text(&kind_memory, &memory, MEMORY_CONTENT, "x");
    field_set_integer(&kind_memory, &memory, COMMON_VERSION, 3);
    cr_assert_eq(check(&kind_memory, &memory, RECORD_NEW), MNEME_INVALID);
    expect_fault(0, "version", "/version", "read_only");
    memory = (struct memory){.version = 0};
    field_set_text(&kind_memory, &memory, MEMORY_KEY, "x");
    cr_assert_eq(check(&kind_memory, &memory, RECORD_CHANGE), MNEME_INVALID);
    expect_fault(0, "key", "/key", "fixed");
    memory = (struct memory){.version = 0};
    field_clear(&kind_memory, &memory, MEMORY_TIER);
    cr_assert_eq(check(&kind_memory, &memory, RECORD_CHANGE), MNEME_INVALID);
    expect_fault(0, "tier", "/tier", "required");
    memory = (struct memory){.version = 0};
    cr_assert_eq(check(&kind_memory, &memory, RECORD_NEW), MNEME_INVALID);
    expect_fault(0, "content", "/content", "required");
}

Test(record_check, gives_a_new_record_its_defaults_and_says_the_same_twice)
{
    struct memory memory = {.version = 0};
    field_set_text(&kind_memory, &memory, MEMORY_CONTENT, "x");
    uint64_t given = memory.head.given;
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(check(&kind_memory, &memory, RECORD_NEW), MNEME_OK, "%s", error.message);
        cr_assert_str_eq(memory.tier, "long_term");
        cr_assert_eq(memory.head.given, given);
    }
}

Test(record_check, agrees_with_json_on_records_of_every_kind)
{
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++) {
        union any_record record, before;
        fill_record(kind, &record, 3, &arena);
        before = record;
        cr_assert_eq(check(kind, &record, RECORD_EXACT), MNEME_OK, "%s: %s", kind->name,
                     error.message);
        size_t i = first_difference(kind, &before, &record);
        cr_assert_eq(i, FIELD_NONE, "%s.%s", kind->name, kind->fields[i].name);
    }
}

Test(record_check, running_out_of_memory_anywhere_is_nomem)
{
    bool was_refused = true;
    for (size_t n = 0; was_refused; n++) {
        struct memory memory = {.version = 0};
        arena_clear(&arena);
        field_set_text(&kind_memory, &memory, MEMORY_CONTENT, "x");
        field_set_text(&kind_memory, &memory, MEMORY_SUBJECT, "Zoe\xCC\x88");
        field_set_text(&kind_memory, &memory, COMMON_METADATA, "{\"a\":[1]}");
        field_set_list(&kind_memory, &memory, MEMORY_TAGS,
                       (struct list){(const char *[]){"a", "b"}, 2});
        fail_from(n);
        enum mneme_code code = check(&kind_memory, &memory, RECORD_NEW);
        was_refused = fail_never_again();
        cr_assert_eq(code, was_refused ? MNEME_NOMEM : MNEME_OK, "allocation %zu", n);
    }
}

Test(record_check, order_is_asked_for_a_whole_record)
{
    struct memory memory = {.version = 0};
    cr_assert_eq(record_check_order(&kind_memory, &memory, "", &faults, &error), MNEME_OK);
    field_set_integer(&kind_memory, &memory, MEMORY_VALID_FROM, TIME_MIN_US);
    cr_assert_eq(record_check_order(&kind_memory, &memory, "", &faults, &error), MNEME_OK);
    field_set_integer(&kind_memory, &memory, MEMORY_VALID_TO, TIME_MIN_US);
    field_set_integer(&kind_memory, &memory, MEMORY_MESSAGE_FROM, 2);
    field_set_integer(&kind_memory, &memory, MEMORY_MESSAGE_TO, 1);
    cr_assert_eq(record_check_order(&kind_memory, &memory, "/x", &faults, &error), MNEME_INVALID);
    cr_assert_eq(faults.count, 2);
    expect_fault(0, "valid_to", "/x/valid_to", "min");
    expect_fault(1, "message_to", "/x/message_to", "min");
}
