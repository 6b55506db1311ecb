/*
 * Bad input for each input of each operation, taken from the operation table: a wrong type, over and under its bounds,
 * a choice that is none, no UTF-8, U+0000, unknown, read-only, missing. Each is refused with the field, its place and
 * the rule it breaks, the same by mneme_call and by a built input, and not a byte of the store changes.
 */
#include "api/operation.h"
#include "base/alloc.h"
#include "base/limits.h"
#include "support/calls.h"
#include "support/db_fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An input of each operation that nothing is wrong with. $name: an id that is there. */
#define KIND_VALID(kind, F, C)                                                                     \
    {kind ".create", "{" F "}"}, {kind ".save", "{" F "}"},                                        \
        {kind ".save_batch", "{\"items\":[{" F "}]}"}, {kind ".get", "{\"id\":\"$" kind "\"}"},    \
        {kind ".list", "{}"}, {kind ".update", "{\"id\":\"$" kind "\"," C "}"},                    \
        {kind ".delete", "{\"id\":\"$" kind "\"}"}, {kind ".restore", "{\"id\":\"$" kind "\"}"},   \
    {                                                                                              \
        kind ".history", "{\"id\":\"$" kind "\"}"                                                  \
    }
static const struct {
    const char *operation, *input;
} valid[] = {
    {"memory.remember", "{\"content\":\"a\"}"},
    {"memory.remember_batch", "{\"items\":[{\"content\":\"a\"}]}"},
    {"memory.recall", "{\"text\":\"tea\"}"},
    {"memory.why_not", "{\"id\":\"$tea\",\"text\":\"tea\"}"},
    {"memory.recall_batch", "{\"queries\":[{\"text\":\"tea\"}]}"},
    {"memory.context", "{\"text\":\"tea\"}"},
    {"record.get", "{\"id\":\"$tea\"}"},
    {"record.list", "{}"},
    {"memory.map", "{}"},
    {"memory.update", "{\"id\":\"$tea\",\"content\":\"b\"}"},
    {"memory.supersede", "{\"id\":\"$tea\",\"content\":\"b\"}"},
    {"memory.tag", "{\"id\":\"$tea\",\"tags\":[\"t\"]}"},
    {"memory.untag", "{\"id\":\"$tea\",\"tags\":[\"t\"]}"},
    {"link.create", "{\"from\":\"$tea\",\"to\":\"$talk\"}"},
    {"link.remove", "{\"id\":\"$link\"}"},
    {"link.list", "{\"of\":\"$tea\"}"},
    {"memory.expire", "{\"id\":\"$tea\",\"expires_at\":\"2030-01-01T00:00:00Z\"}"},
    {"memory.touch", "{\"id\":\"$tea\",\"expires_at\":\"2030-01-01T00:00:00Z\"}"},
    {"record.forget", "{\"id\":\"$tea\"}"},
    {"record.restore", "{\"id\":\"$tea\"}"},
    {"record.purge", "{\"id\":\"$tea\"}"},
    {"record.history", "{\"id\":\"$tea\"}"},
    {"change.undo", "{\"id\":\"$tea\"}"},
    {"conversation.create", "{}"},
    {"conversation.append", "{\"conversation_id\":\"$talk\",\"content\":\"a\"}"},
    {"conversation.get", "{\"id\":\"$talk\"}"},
    {"conversation.list", "{}"},
    {"conversation.update", "{\"id\":\"$talk\",\"title\":\"b\"}"},
    {"conversation.archive", "{\"id\":\"$talk\"}"},
    {"conversation.forget", "{\"id\":\"$talk\"}"},
    {"message.edit", "{\"id\":\"$said\",\"content\":\"b\"}"},
    {"message.forget", "{\"id\":\"$said\"}"},
    {"message.list", "{\"conversation_id\":\"$talk\"}"},
    {"conversation.fork", "{\"id\":\"$talk\"}"},
    {"conversation.clear", "{\"conversation_id\":\"$talk\"}"},
    {"message.regenerate", "{\"id\":\"$said\",\"content\":\"b\"}"},
    {"message.select", "{\"id\":\"$said\"}"},
    {"message.branch", "{\"id\":\"$said\"}"},
    {"conversation.window", "{\"conversation_id\":\"$talk\"}"},
    {"conversation.summarize", "{\"conversation_id\":\"$talk\"}"},
    {"conversation.extract", "{\"conversation_id\":\"$talk\"}"},
    {"conversation.search", "{\"text\":\"tea\"}"},
    KIND_VALID("character", "\"name\":\"Ada\"", "\"name\":\"Eve\""),
    {"character.find", "{\"name\":\"a\"}"},
    {"character.archive", "{\"id\":\"$character\"}"},
    KIND_VALID("prop", "\"name\":\"lamp\"", "\"name\":\"torch\""),
    {"prop.use", "{\"id\":\"$prop\"}"},
    {"prop.favorite", "{\"id\":\"$prop\"}"},
    {"prop.unfavorite", "{\"id\":\"$prop\"}"},
    KIND_VALID("agent", "\"name\":\"scout\"", "\"enabled\":false"),
    KIND_VALID("preference", "\"key\":\"k\",\"value\":1", "\"value\":2"),
    KIND_VALID("summary", "\"conversation_id\":\"$talk\",\"summary_text\":\"a\"",
               "\"summary_text\":\"b\""),
    KIND_VALID("cluster", "\"name\":\"a\"", "\"name\":\"b\""),
    KIND_VALID("pattern", "\"pattern_type\":\"a\",\"description\":\"b\"", "\"frequency\":2"),
    {"proposal.list", "{}"},
    {"proposal.accept", "{\"id\":\"$proposal\"}"},
    {"proposal.reject", "{\"id\":\"$proposal\"}"},
    {"record.trust", "{\"id\":\"$tea\",\"trust\":\"tool\"}"},
    {"record.quarantine", "{\"id\":\"$tea\"}"},
    {"change.revert", "{\"since\":\"2999-01-01T00:00:00Z\",\"origin\":\"tool\"}"},
    {"record.release", "{\"id\":\"$tea\"}"},
    {"namespace.list", "{}"},
    {"import", "{\"path\":\"/nowhere/at/all\"}"},
    {"export", "{}"},
    {"stats", "{}"},
    {"audit", "{}"},
    {"eval", "{\"docs\":\"/nowhere\",\"queries\":\"/nowhere\"}"},
    {"embed", "{\"texts\":[\"a\"]}"},
    {"model.list", "{}"},
    {"model.pull", "{\"name\":\"no-such-model\"}"},
    {"model.use", "{\"name\":\"no-such-model\"}"},
    {"model.info", "{\"name\":\"no-such-model\"}"},
    {"model.verify", "{\"name\":\"no-such-model\"}"},
    {"jobs.list", "{}"},
    {"jobs.run", "{\"until_empty\":true}"},
    {"jobs.retry", "{}"},
    {"jobs.pause", "{}"},
    {"jobs.resume", "{}"},
    {"jobs.cancel", "{\"id\":\"01890a5d-ac96-774b-bcce-b302099a8057\"}"},
    {"space.list", "{}"},
    {"space.use", "{\"model\":\"no-such-model\"}"},
    {"space.cutover", "{}"},
    {"space.drop", "{\"space\":\"none\"}"},
    {"user.list", "{}"},
    {"user.show", "{}"},
    {"user.create", "{\"name\":\"grace\"}"},
    {"version", "{}"},
};
#define VALID_COUNT (sizeof valid / sizeof *valid)

static struct calls_store store;
static mneme *memory;
static struct call_names names;
static struct db *watch;
static char *rows; /* all that are there */
static size_t case_count;

static void set_up(void)
{
    calls_store_init(&store, 3);
    memory = calls_open(&store, "ada");
    call_names_put(&names, "tea",
                   calls_id(calls_ok(memory, "memory.remember", "{\"content\":\"tea\"}")));
    call_names_put(&names, "talk", calls_id(calls_ok(memory, "conversation.create", "{}")));
    const char *talk = names.items[1].text;
    call_names_put(&names, "said",
                   calls_id(calls_ok(memory, "conversation.append",
                                     "{\"conversation_id\":\"%s\",\"content\":\"a\"}", talk)));
    call_names_put(&names, "link",
                   calls_id(calls_ok(memory, "link.create", "{\"from\":\"%s\",\"to\":\"%s\"}",
                                     names.items[0].text, talk)));
    static const char *const kinds[][2] = {
        {"character", "{\"name\":\"Zoe\"}"},
        {"prop", "{\"name\":\"cup\"}"},
        {"agent", "{\"name\":\"cook\"}"},
        {"preference", "{\"key\":\"tea\",\"value\":\"green\"}"},
        {"cluster", "{\"name\":\"c\"}"},
        {"pattern", "{\"pattern_type\":\"p\",\"description\":\"d\"}"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char operation[40];
        (void)snprintf(operation, sizeof operation, "%s.create", kinds[i][0]);
        call_names_put(&names, kinds[i][0], calls_id(calls_json(memory, operation, kinds[i][1])));
    }
    call_names_put(&names, "summary",
                   calls_id(calls_ok(memory, "summary.create",
                                     "{\"conversation_id\":\"%s\",\"summary_text\":\"s\"}", talk)));
    struct db_options options = {.mode = DB_READ, .env = &store.env};
    cr_assert_eq(db_open(store.path, &options, &watch, NULL), MNEME_OK);
    rows = db_fixture_dump(watch);
}

static void tear_down(void)
{
    mem_free(rows);
    db_close(watch);
    mneme_close(memory);
    calls_store_clear(&store);
}

TestSuite(validation, .init = set_up, .fini = tear_down, .timeout = 300);

// --- what has to be told -------------------------------------------------------------------------

static void expect_unchanged(const char *operation, const char *input)
{
    char *now = db_fixture_dump(watch);
    cr_assert_str_eq(now, rows, "%s %.300s has changed the store", operation, input);
    mem_free(now);
}

/* Is there a fault of `field` by one of the rules (parted by blanks), and none of another field? */
static bool is_told(const struct call_answer *answer, const char *field, const char *rules)
{
    bool is_there = false;
    for (size_t i = 0; i < answer_count(answer, "/error/errors"); i++) {
        char place[60];
        (void)snprintf(place, sizeof place, "/error/errors/%zu/field", i);
        const char *name = answer_text(answer, place);
        (void)snprintf(place, sizeof place, "/error/errors/%zu/rule", i);
        const char *rule = answer_text(answer, place);
        if (!name || !rule || strcmp(name, field) != 0) return false;
        const char *found = strstr(rules, rule);
        is_there = is_there || (found && *rule && strchr(" ", found[strlen(rule)]));
    }
    return is_there;
}

static struct call_answer run_built(const char *operation, const struct json *input)
{
    mneme_input *built = mneme_input_new();
    struct call_answer answer = {0};
    void *at = NULL;
    const char *name;
    const struct json *value;
    while (json_each(input, &at, &name, &value)) {
        struct strbuf text;
        struct json_writer writer;
        switch (json_type_of(value)) {
        case JSON_TYPE_TEXT: mneme_input_set_text(built, name, json_as_text(value, NULL)); break;
        case JSON_TYPE_INTEGER: mneme_input_set_integer(built, name, json_as_integer(value)); break;
        case JSON_TYPE_REAL: mneme_input_set_real(built, name, json_as_real(value)); break;
        case JSON_TYPE_BOOLEAN: mneme_input_set_boolean(built, name, json_as_boolean(value)); break;
        default:
            strbuf_init(&text, LIMIT_BATCH_BYTES);
            json_writer_init(&writer, &text);
            json_write_value(&writer, NULL, value);
            mneme_input_set_json(built, name, text.text);
            strbuf_clear(&text);
            break;
        }
    }
    mneme_result *result;
    answer.code = mneme_input_run(memory, operation, built, &result, &answer.error);
    answer.text = mem_copy_text(mneme_result_json(result));
    mneme_result_free(result);
    mneme_input_free(built);
    return answer;
}

/* Takes the input over. */
static void expect_refused(const char *operation, struct json *input, const char *field,
                           const char *rules)
{
    struct strbuf text;
    struct json_writer writer;
    strbuf_init(&text, LIMIT_BATCH_BYTES);
    json_writer_init(&writer, &text);
    json_write_value(&writer, NULL, input);
    cr_assert_eq(strbuf_code(&text), MNEME_OK);
    struct call_answer answer = calls_json(memory, operation, text.text);
    struct call_answer built = run_built(operation, input);
    bool is_refused = answer.code == MNEME_INVALID || answer.code == MNEME_LIMIT;
    cr_expect(is_refused && is_told(&answer, field, rules),
              "%s %.300s: '%s' should be refused by %s: %.500s", operation, text.text, field, rules,
              answer.text);
    cr_expect_str_eq(built.text, answer.text, "%s %.300s: built, it answers %.500s", operation,
                     text.text, built.text);
    expect_unchanged(operation, text.text);
    case_count++;
    call_answer_clear(&built);
    call_answer_clear(&answer);
    strbuf_clear(&text);
    json_free(input);
}

// --- bad values ----------------------------------------------------------------------------------

static struct json *parsed(const char *text)
{
    struct json *json;
    cr_assert_eq(json_parse(text, strlen(text), LIMIT_BATCH_BYTES, &json, NULL), MNEME_OK, "%s",
                 text);
    return json;
}

static struct json *valid_input(size_t i)
{
    char *text = call_names_fill(&names, valid[i].input);
    struct json *input = parsed(text);
    mem_free(text);
    return input;
}

/* Tries one value of one input. */
static void try(size_t i, const struct field *field, struct json *value, const char *rules)
{
    struct json *input = valid_input(i);
    cr_assert(json_put(input, field->name, value));
    expect_refused(valid[i].operation, input, field->name, rules);
}

static void try_texts(size_t i, const struct field *field, const char *const *texts,
                      const char *rules)
{
    for (; *texts; texts++) try(i, field, parsed(*texts), rules);
}

static struct json *long_text(size_t length)
{
    char *text = mem_alloc(length + 1);
    cr_assert_not_null(text);
    memset(text, 'x', length);
    text[length] = '\0';
    struct json *json = json_new_text(text);
    mem_free(text);
    return json;
}

static void try_text(size_t i, const struct field *field)
{
    static const char *const types[] = {"5", "0.5", "true", "[]", "[\"a\"]", "{}", NULL};
    try_texts(i, field, types, "type");
    if (field->flags & FIELD_UUID) {
        static const char *const ids[] = {"\"\"", "\"x\"", "\"01890000-0000-7000-8000\"", NULL};
        try_texts(i, field, ids, "format");
        return;
    }
    if (field->choices) {
        try(i, field, json_new_text("no such choice"), "choice");
        return;
    }
    if (field->min > 0) try(i, field, json_new_text(""), "min_length");
    if (field->max > 0) try(i, field, long_text((size_t)field->max + 1), "max_length");
    if (field->flags & FIELD_NAME) {
        try(i, field, json_new_text("a\nb"), "control");
        try(i, field,
            json_new_text("a\xE2\x80\xAE"
                          "b"),
            "control"); // right to left
    }
}

static void try_number(size_t i, const struct field *field)
{
    static const char *const types[] = {"\"5\"", "true", "[]", "[5]", "{}", NULL};
    try_texts(i, field, types, "type");
    if (field->type == FIELD_INTEGER) try(i, field, json_new_real(1.5), "type");
    if (field->min == 0 && field->max == 0) return;
    bool is_integer = field->type == FIELD_INTEGER;
    try(i, field,
        is_integer ? json_new_integer((int64_t)field->min - 1) : json_new_real(field->min - .001),
        "min");
    if (field->max < 9e15)
        try(i, field,
            is_integer ? json_new_integer((int64_t)field->max + 1)
                       : json_new_real(field->max + .001),
            "max");
    try(i, field, is_integer ? json_new_integer(INT64_MAX) : json_new_real(1e300), "max");
}

static void try_list(size_t i, const struct field *field)
{
    static const char *const types[] = {"\"a\"",        "5",         "true", "{}", "[5]",
                                        "[\"a\",null]", "[[\"a\"]]", NULL};
    try_texts(i, field, types, "type");
    if (!(field->flags & FIELD_LINES)) try(i, field, parsed("[\"\"]"), "min_length");
    struct json *many = json_new_array(), *item = json_new_array();
    for (int n = 0; n <= (int)field->max; n++) {
        char text[12];
        (void)snprintf(text, sizeof text, "%d", n);
        cr_assert(json_put(many, NULL, json_new_text(text)));
    }
    try(i, field, many, "max_items");
    cr_assert(json_put(item, NULL, long_text(field->item_max + 1)));
    try(i, field, item, "max_length");
    if (field->flags & FIELD_NAME) try(i, field, parsed("[\"a\\nb\"]"), "control");
}

static struct json *deep_object(int depth)
{
    struct json *inner = json_new_object();
    while (depth-- > 1) {
        struct json *outer = json_new_object();
        cr_assert(json_put(outer, "a", inner));
        inner = outer;
    }
    return inner;
}

static void try_json(size_t i, const struct field *field)
{
    static const char *const no_objects[] = {"\"a\"", "5", "true", "[]", "[{}]", NULL};
    static const char *const no_arrays[] = {"\"a\"", "5", "true", "{}", NULL};
    static const char *const no_durations[] = {
        "\"soon\"", "\"-1s\"", "\"1y\"", "\"\"", "-1", "true", "[]", "{}", "\"99999999999999d\"",
        NULL};
    static const char *const no_vectors[] = {"\"a\"",   "5",      "{}",     "[]",
                                             "[\"a\"]", "[true]", "[null]", NULL};
    bool is_duration = strcmp(field->name, "ttl") == 0 || strcmp(field->name, "max_age") == 0 ||
                       strcmp(field->name, "for") == 0;
    if (strcmp(field->name, "vector") == 0) {
        try_texts(i, field, no_vectors, "type dimension");
    } else if (is_duration) {
        try_texts(i, field, no_durations, "type format min max conflict");
    } else if (field->flags & FIELD_OBJECT) {
        try_texts(i, field, no_objects, "type");
    } else {
        try_texts(i, field, no_arrays, "type conflict");
    }
    if (strcmp(field->name, "filter") == 0) {
        static const char *const filters[] = {"{\"no_such_field\":1}", "{\"and\":{}}",
                                              "{\"content\":{\"near\":1}}", NULL};
        for (const char *const *filter = filters; *filter; filter++) {
            struct json *input = valid_input(i);
            cr_assert(json_put(input, field->name, parsed(*filter)));
            struct strbuf text;
            struct json_writer writer;
            strbuf_init(&text, LIMIT_JSON_BYTES);
            json_writer_init(&writer, &text);
            json_write_value(&writer, NULL, input);
            struct call_answer answer = calls_json(memory, valid[i].operation, text.text);
            const char *place = answer_text(&answer, "/error/errors/0/pointer");
            cr_expect(answer.code == MNEME_INVALID && place && strncmp(place, "/filter", 7) == 0,
                      "%s %s: %s", valid[i].operation, text.text, answer.text);
            call_answer_clear(&answer);
            strbuf_clear(&text);
            json_free(input);
        }
    }
    if (strcmp(field->name, "metadata") == 0)
        try(i, field, deep_object(LIMIT_METADATA_DEPTH + 1), "depth");
}

static void try_field(size_t i, const struct field *field)
{
    static const char *const no_booleans[] = {"\"true\"", "1", "0", "[]", "{}", NULL};
    static const char *const no_times[] = {"5", "true", "[]", "{}", NULL};
    static const char *const bad_times[] = {"\"\"",
                                            "\"yesterday\"",
                                            "\"2023-02-30T00:00:00Z\"",
                                            "\"2023-01-01\"",
                                            "\"2023-01-01T00:00:00\"",
                                            "\"10000-01-01T00:00:00Z\"",
                                            NULL};
    switch (field->type) {
    case FIELD_TEXT: try_text(i, field); break;
    case FIELD_INTEGER:
    case FIELD_REAL: try_number(i, field); break;
    case FIELD_BOOLEAN: try_texts(i, field, no_booleans, "type"); break;
    case FIELD_TIME:
        try_texts(i, field, no_times, "type");
        try_texts(i, field, bad_times, "format");
        break;
    case FIELD_LIST: try_list(i, field); break;
    case FIELD_JSON: try_json(i, field); break;
    case FIELD_BYTES: break;
    }
}

/* A field of the operation's record that callers do not set. */
static void try_forbidden(size_t i, const struct field *field, const char *rule)
{
    const char *value = field->type == FIELD_TEXT && (field->flags & FIELD_UUID)
                            ? "\"01890000-0000-7000-8000-000000000000\""
                        : field->type == FIELD_TEXT    ? "\"user\""
                        : field->type == FIELD_TIME    ? "\"2023-01-01T00:00:00Z\""
                        : field->type == FIELD_BOOLEAN ? "true"
                                                       : "1";
    try(i, field, parsed(value), rule);
}

static bool is_input(const struct operation *operation, const char *name)
{
    for (const struct field *input = operation->inputs; input->name; input++)
        if (strcmp(input->name, name) == 0) return true;
    return false;
}

static void try_record(size_t i, const struct operation *operation)
{
    const struct kind *kind = operation->record;
    for (size_t f = 0; f < kind->field_count; f++) {
        const struct field *field = &kind->fields[f];
        bool is_fixed = (field->flags & FIELD_FIXED) && operation->record_source == RECORD_CHANGE;
        if (is_input(operation, field->name)) continue;
        if (field->flags & FIELD_INTERNAL)
            try(i, field, json_new_integer(1), "unknown");
        else if (field->flags & FIELD_READ_ONLY)
            try_forbidden(i, field, "read_only");
        else if (is_fixed)
            try_forbidden(i, field, "fixed");
        else if (field->type != FIELD_JSON || (field->flags & FIELD_OBJECT))
            try_field(i, field); // else any JSON is right
    }
}

static size_t valid_of(const char *operation)
{
    size_t i = 0;
    while (i < VALID_COUNT && strcmp(valid[i].operation, operation) != 0) i++;
    cr_assert_lt(i, VALID_COUNT, "%s has no valid input in the table", operation);
    return i;
}

Test(validation, every_input_of_every_operation_is_checked)
{
    for (size_t o = 0; o < operation_count; o++) {
        size_t i = valid_of(operations[o].name);
        for (const struct field *input = operations[o].inputs; input->name; input++)
            try_field(i, input);
        if (operations[o].record) try_record(i, &operations[o]);
    }
    cr_log_info("%zu bad inputs", case_count);
    cr_expect_gt(case_count, 1000);
}

Test(validation, what_is_required_is_missed_and_what_is_unknown_refused)
{
    for (size_t o = 0; o < operation_count; o++) {
        size_t i = valid_of(operations[o].name);
        static const struct field unknown = {.name = "no_such_input"};
        try(i, &unknown, json_new_integer(1), "unknown");
        for (const struct field *input = operations[o].inputs; input->name; input++) {
            if (!(input->flags & FIELD_REQUIRED)) continue;
            try(i, input, parsed("null"), "required");
            struct json *without = json_new_object(), *with = valid_input(i);
            if (json_count(with) == 1)
                expect_refused(valid[i].operation, without, input->name, "required");
            else
                json_free(without);
            json_free(with);
        }
    }
}

/* The fields of what a batch holds: `begun` is the input up to the item's members. */
static void try_items(const char *operation, const struct kind *kind, const char *begun,
                      const char *place)
{
    for (size_t f = 0; f < kind->field_count; f++) {
        const struct field *field = &kind->fields[f];
        char input[600], pointer[100];
        bool is_hidden = field->flags & (FIELD_READ_ONLY | FIELD_INTERNAL);
        bool is_list = field->type == FIELD_LIST || field->type == FIELD_JSON;
        const char *value = is_hidden ? "\"x\"" : is_list ? "true" : "[]";
        (void)snprintf(input, sizeof input, "%s\"%s\":%s}]}", begun, field->name, value);
        char *filled = call_names_fill(&names, input);
        struct call_answer answer = calls_json(memory, operation, filled);
        (void)snprintf(pointer, sizeof pointer, "%s/%s", place, field->name);
        const char *found = answer_text(&answer, "/error/errors/0/pointer");
        cr_expect(answer.code == MNEME_INVALID && found && strcmp(found, pointer) == 0, "%s %s: %s",
                  operation, filled, answer.text);
        expect_unchanged(operation, filled);
        call_answer_clear(&answer);
        mem_free(filled);
    }
}

Test(validation, every_field_of_an_item_is_checked_in_its_place)
{
    try_items("memory.remember_batch", &kind_memory,
              "{\"atomic\":true,\"items\":[{\"content\":\"good\"},{", "/items/1");
    try_items("conversation.append", &kind_message,
              "{\"conversation_id\":\"$talk\",\"messages\":[{\"content\":\"good\"},{",
              "/messages/1");
}

// --- the text itself -----------------------------------------------------------------------------

Test(validation, what_is_no_json_object_is_refused_by_every_operation)
{
    static const struct {
        const char *input, *rule;
    } texts[] = {{"", "json"},
                 {"{", "json"},
                 {"[]", "type"},
                 {"5", "type"},
                 {"null", "type"},
                 {"{} {}", "json"},
                 {"{\"a\":NaN}", "json"},
                 {"{\"a\":1e999}", "json"},
                 {"{\"a\":1,\"a\":2}", "duplicate"},
                 {"{\"a\":\"\xff\"}", "utf8"},
                 {"{\"a\":\"\xed\xa0\x80\"}", "utf8"},
                 {"{\"a\":\"\\u0000\"}", "utf8"},
                 {"{\"a\\u0000\":1}", "utf8"}};
    for (size_t o = 0; o < operation_count; o++) {
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
            struct call_answer answer = calls_json(memory, operations[o].name, texts[t].input);
            cr_expect(answer.code == MNEME_INVALID && strcmp(answer.error.rule, texts[t].rule) == 0,
                      "%s %s: %s", operations[o].name, texts[t].input, answer.text);
            call_answer_clear(&answer);
        }
        expect_unchanged(operations[o].name, "what is no JSON");
    }
}

Test(validation, an_operation_that_there_is_not_is_not_found)
{
    struct call_answer answer = calls_json(memory, "memory.remembr", "{}");
    cr_expect_eq(answer.code, MNEME_NOT_FOUND, "%s", answer.text);
    call_answer_clear(&answer);
}

// --- parity --------------------------------------------------------------------------------------

/* The same call by JSON on one store and built on another made alike: the same answer, changed rows and all. */
Test(validation, a_built_input_and_its_json_are_answered_alike)
{
    for (size_t i = 0; i < VALID_COUNT; i++) {
        char *dumps[2];
        struct call_answer answers[2];
        for (int side = 0; side < 2; side++) {
            tear_down();
            names.count = 0;
            set_up();
            struct json *input = valid_input(i);
            char *text = call_names_fill(&names, valid[i].input);
            answers[side] = side == 0 ? calls_json(memory, valid[i].operation, text)
                                      : run_built(valid[i].operation, input);
            dumps[side] = db_fixture_dump(watch);
            mem_free(text);
            json_free(input);
        }
        cr_expect_str_eq(answers[0].text, answers[1].text, "%s", valid[i].operation);
        cr_expect_str_eq(dumps[0], dumps[1], "%s", valid[i].operation);
        bool is_refused = answers[0].code == MNEME_INVALID || answers[0].code == MNEME_LIMIT;
        bool needs_files = operation_find(valid[i].operation)->is_local;
        cr_expect(!is_refused || needs_files, "%s %s: %s", valid[i].operation, valid[i].input,
                  answers[0].text);
        for (int side = 0; side < 2; side++) {
            call_answer_clear(&answers[side]);
            mem_free(dumps[side]);
        }
    }
}
