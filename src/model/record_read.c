/*
 * Validation: one set of rules for every field, whether its value came as JSON or from our own
 * code.
 *
 * A value is first taken out of what it came in (JSON or a record's member) as a `struct value`,
 * then checked and brought into its normal form (check_value), then put into the record.
 */
#include "base/utf8.h"
#include "base/uuid.h"
#include "model/record.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NO_ITEM SIZE_MAX

struct value {
    const char *text; /* text, JSON, one item of a list */
    size_t length;
    int64_t integer;
    double real;
    bool boolean;
    const char **items; /* in the arena, not yet in the record */
    size_t count;
};

/* One call's reading: where it is, and the code of the first thing refused. */
struct reader {
    struct arena *arena;
    struct fault_list *faults;
    struct mneme_error *err;
    const char *pointer;
    enum mneme_code code;
};

static struct reader reader_of(struct fault_list *faults, const char *pointer,
                               struct mneme_error *err)
{
    return (struct reader){
        .arena = faults->arena, .faults = faults, .err = err, .pointer = pointer, .code = MNEME_OK};
}

static enum mneme_code finish(struct reader *reader)
{
    if (arena_failed(reader->arena)) return error_nomem(reader->err);
    return reader->code;
}

/* Notes a fault of a member, or of one item of it. Always false, so that checks can end with it. */
static bool PRINTF_LIKE(6, 7)
    refuse(struct reader *reader, const char *field, size_t item, enum mneme_code code,
           const char *rule, const char *format, ...)
{
    char message[sizeof reader->err->message];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(message, sizeof message, format, arguments) < 0) message[0] = '\0';
    va_end(arguments);

    struct strbuf pointer;
    strbuf_init(&pointer, LIMIT_BATCH_BYTES);
    strbuf_add_text(&pointer, reader->pointer);
    fault_add_step(&pointer, field);
    if (item != NO_ITEM) strbuf_printf(&pointer, "/%zu", item);
    if (strbuf_code(&pointer) == MNEME_NOMEM) reader->arena->failed = true;
    enum mneme_code noted =
        fault_add(reader->faults, code, pointer.text, field, rule, reader->err, "%s", message);
    strbuf_clear(&pointer);
    if (reader->code == MNEME_OK) reader->code = noted;
    return false;
}

// --- texts --------------------------------------------------------------------------------------

static bool has_control(const char *text, size_t length)
{
    for (size_t at = 0; at < length;)
        if (utf8_is_control(utf8_next(text, length, &at))) return true;
    return false;
}

static bool check_choice(struct reader *reader, const struct field *field, struct value *value)
{
    for (const char *const *choice = field->choices; *choice; choice++) {
        if (strcmp(*choice, value->text) != 0) continue;
        value->text = *choice;
        return true;
    }
    struct strbuf choices;
    strbuf_init(&choices, sizeof reader->err->message);
    for (const char *const *choice = field->choices; *choice; choice++)
        strbuf_printf(&choices, "%s%s", choice == field->choices ? "" : ", ", *choice);
    refuse(reader, field->name, NO_ITEM, MNEME_INVALID, "choice", "'%s' must be one of: %s",
           field->name, choices.text);
    strbuf_clear(&choices);
    return false;
}

static bool check_uuid(struct reader *reader, const struct field *field, struct value *value)
{
    struct uuid uuid;
    if (!uuid_parse(value->text, &uuid))
        return refuse(reader, field->name, NO_ITEM, MNEME_INVALID, "format", "'%s' must be a UUID",
                      field->name);
    char text[UUID_TEXT_LENGTH + 1];
    uuid_format(&uuid, text);
    if (strcmp(text, value->text) != 0) value->text = arena_text(reader->arena, text);
    return true;
}

/* A text, or an item of a list of them: encoding, normal form, length. */
static bool check_text(struct reader *reader, const struct field *field, size_t item, double min,
                       double max, struct value *value)
{
    const char *name = field->name, *of = item == NO_ITEM ? "" : "an item of ";
    if (!utf8_is_valid(value->text, value->length))
        return refuse(reader, name, item, MNEME_INVALID, "utf8", "%s'%s' is no valid UTF-8", of,
                      name);
    if (field->flags & FIELD_NAME) {
        if (has_control(value->text, value->length))
            return refuse(reader, name, item, MNEME_INVALID, "control",
                          "%s'%s' must not hold control or bidirectional characters", of, name);
        const char *normal = utf8_nfc(reader->arena, value->text);
        if (!normal) return false;
        if (normal != value->text) value->length = strlen(normal);
        value->text = normal;
    }
    bool counts_characters = field->flags & FIELD_CHARACTERS;
    double length = (double)(counts_characters ? utf8_length(value->text) : value->length);
    if (length < min)
        return refuse(reader, name, item, MNEME_INVALID, "min_length",
                      value->length == 0 ? "%s'%s' must not be empty" : "%s'%s' is too short", of,
                      name);
    if (max > 0 && length > max)
        return refuse(reader, name, item, MNEME_LIMIT, "max_length",
                      "%s'%s' is longer than %.0f %s", of, name, max,
                      counts_characters ? "characters" : "bytes");
    return true;
}

/* Checks each item and drops those that are there already; at most LIMIT_TAGS, so comparing all
 * pairs is cheap. Lines are kept as they are, empty ones and repeated ones too. */
static bool check_list(struct reader *reader, const struct field *field, struct value *value)
{
    if (field->max > 0 && (double)value->count > field->max)
        return refuse(reader, field->name, NO_ITEM, MNEME_LIMIT, "max_items",
                      "'%s' has more than %.0f items", field->name, field->max);
    size_t kept = 0;
    const bool are_lines = (field->flags & FIELD_LINES) != 0;
    bool is_good = true;
    for (size_t i = 0; i < value->count; i++) {
        if (!value->items[i]) continue; // refused before
        struct value item = {.text = value->items[i], .length = strlen(value->items[i])};
        if (!check_text(reader, field, i, are_lines ? 0 : 1, (double)field->item_max, &item)) {
            is_good = false;
            continue;
        }
        size_t same = are_lines ? kept : 0;
        while (same < kept && strcmp(value->items[same], item.text) != 0) same++;
        if (same == kept) value->items[kept++] = item.text;
    }
    value->count = kept;
    return is_good;
}

// --- JSON ---------------------------------------------------------------------------------------

/* Is the value nested at most `depth` deep? The reader's own bound keeps the recursion short. */
static bool is_within(const struct json *value, unsigned depth)
{
    enum json_type type = json_type_of(value);
    if (type != JSON_TYPE_ARRAY && type != JSON_TYPE_OBJECT) return true;
    if (depth == 0) return false;
    if (type == JSON_TYPE_ARRAY) {
        for (size_t i = 0; i < json_count(value); i++)
            if (!is_within(json_at(value, i), depth - 1)) return false;
        return true;
    }
    void *at = NULL;
    const char *name;
    const struct json *member;
    while (json_each(value, &at, &name, &member))
        if (!is_within(member, depth - 1)) return false;
    return true;
}

static bool check_json_shape(struct reader *reader, const struct field *field,
                             const struct json *json)
{
    if ((field->flags & FIELD_OBJECT) && json_type_of(json) != JSON_TYPE_OBJECT)
        return refuse(reader, field->name, NO_ITEM, MNEME_INVALID, "type", "'%s' must be an object",
                      field->name);
    // what the engine writes itself may hold such a value, and so be deeper
    if (!(field->flags & FIELD_READ_ONLY) && !is_within(json, LIMIT_METADATA_DEPTH))
        return refuse(reader, field->name, NO_ITEM, MNEME_LIMIT, "depth",
                      "'%s' is nested deeper than %d levels", field->name, LIMIT_METADATA_DEPTH);
    return true;
}

/* Kept as compact text. */
static bool take_json(struct reader *reader, const struct field *field, const struct json *json,
                      struct value *value)
{
    if (!check_json_shape(reader, field, json)) return false;
    struct strbuf text;
    strbuf_init(&text, field->max > 0 ? (size_t)field->max : LIMIT_LINE_BYTES);
    struct json_writer writer;
    json_writer_init(&writer, &text);
    json_write_value(&writer, NULL, json);
    enum mneme_code code = strbuf_code(&text);
    if (code == MNEME_OK) value->text = arena_text_n(reader->arena, text.text, text.length);
    strbuf_clear(&text);
    if (code == MNEME_NOMEM) reader->arena->failed = true;
    if (code == MNEME_LIMIT)
        return refuse(reader, field->name, NO_ITEM, MNEME_LIMIT, "max_length",
                      "'%s' is longer than %.0f bytes", field->name, field->max);
    return value->text != NULL;
}

/* JSON text that our own code set. */
static bool check_json_text(struct reader *reader, const struct field *field, struct value *value)
{
    struct json *json;
    struct mneme_error why;
    enum mneme_code code = json_parse(value->text, value->length, LIMIT_LINE_BYTES, &json, &why);
    if (code == MNEME_NOMEM) reader->arena->failed = true;
    if (code != MNEME_OK)
        return refuse(reader, field->name, NO_ITEM, code,
                      code != MNEME_LIMIT              ? "json"
                      : strcmp(why.rule, "depth") == 0 ? "depth"
                                                       : "max_length",
                      "'%s' is no JSON: %s", field->name, why.message);
    bool is_good = take_json(reader, field, json, value);
    json_free(json);
    return is_good;
}

// --- numbers ------------------------------------------------------------------------------------

static bool check_range(struct reader *reader, const struct field *field, double number)
{
    if (isnan(number) || isinf(number))
        return refuse(reader, field->name, NO_ITEM, MNEME_INVALID, "type", "'%s' must be a number",
                      field->name);
    if (field->min == 0 && field->max == 0) return true;
    if (number < field->min)
        return refuse(reader, field->name, NO_ITEM, MNEME_INVALID, "min",
                      "'%s' must be at least %.17g", field->name, field->min);
    if (number > field->max)
        return refuse(reader, field->name, NO_ITEM, MNEME_INVALID, "max",
                      "'%s' must be at most %.17g", field->name, field->max);
    return true;
}

static bool check_time(struct reader *reader, const struct field *field, int64_t us)
{
    if (us >= TIME_MIN_US && us <= TIME_MAX_US) return true;
    return refuse(reader, field->name, NO_ITEM, MNEME_INVALID, "format",
                  "'%s' must be a time of the years 1 to 9999", field->name);
}

// --- values -------------------------------------------------------------------------------------

/* The rules of a field; the value comes out in its normal form. JSON is checked where it is
 * taken. */
static bool check_value(struct reader *reader, const struct field *field, struct value *value)
{
    switch (field->type) {
    case FIELD_TEXT:
        if (!check_text(reader, field, NO_ITEM, field->min, field->max, value)) return false;
        if (field->flags & FIELD_UUID) return check_uuid(reader, field, value);
        return !field->choices || check_choice(reader, field, value);
    case FIELD_INTEGER: return check_range(reader, field, (double)value->integer);
    case FIELD_REAL: return check_range(reader, field, value->real);
    case FIELD_TIME: return check_time(reader, field, value->integer);
    case FIELD_LIST: return check_list(reader, field, value);
    case FIELD_BOOLEAN:
    case FIELD_JSON:
    case FIELD_BYTES: return true;
    }
    return false;
}

static bool refuse_type(struct reader *reader, const struct field *field, size_t item,
                        const char *expected)
{
    return refuse(reader, field->name, item, MNEME_INVALID, "type", "'%s' must be %s", field->name,
                  expected);
}

static bool take_list(struct reader *reader, const struct field *field, const struct json *json,
                      struct value *value)
{
    value->count = json_count(json);
    if (field->max > 0 && (double)value->count > field->max)
        return check_list(reader, field, value); // which refuses it
    value->items = arena_alloc_array(reader->arena, value->count, sizeof *value->items);
    if (!value->items) return false;
    bool is_good = true;
    for (size_t i = 0; i < value->count; i++) {
        const struct json *item = json_at(json, i);
        if (json_type_of(item) == JSON_TYPE_TEXT)
            value->items[i] = json_as_text(item, NULL);
        else
            is_good = refuse_type(reader, field, i, "a list of texts");
    }
    return check_list(reader, field, value) && is_good;
}

static bool take_time(struct reader *reader, const struct field *field, const struct json *json,
                      struct value *value)
{
    if (json_type_of(json) != JSON_TYPE_TEXT)
        return refuse_type(reader, field, NO_ITEM, "a time as text");
    if (time_parse(json_as_text(json, NULL), &value->integer)) return true;
    return refuse(reader, field->name, NO_ITEM, MNEME_INVALID, "format",
                  "'%s' must be a time such as 2023-05-08T13:56:00Z", field->name);
}

/* Takes a value out of JSON and checks it; texts still point into the JSON. */
static bool take_value(struct reader *reader, const struct field *field, const struct json *json,
                       struct value *value)
{
    enum json_type type = json_type_of(json);
    switch (field->type) {
    case FIELD_TEXT:
        if (type != JSON_TYPE_TEXT) return refuse_type(reader, field, NO_ITEM, "a text");
        value->text = json_as_text(json, &value->length);
        break;
    case FIELD_INTEGER:
        if (type != JSON_TYPE_INTEGER) return refuse_type(reader, field, NO_ITEM, "a whole number");
        value->integer = json_as_integer(json);
        break;
    case FIELD_REAL:
        if (type != JSON_TYPE_INTEGER && type != JSON_TYPE_REAL)
            return refuse_type(reader, field, NO_ITEM, "a number");
        value->real = json_as_real(json);
        break;
    case FIELD_BOOLEAN:
        if (type != JSON_TYPE_BOOLEAN) return refuse_type(reader, field, NO_ITEM, "true or false");
        value->boolean = json_as_boolean(json);
        return true;
    case FIELD_TIME: return take_time(reader, field, json, value);
    case FIELD_JSON: return take_json(reader, field, json, value);
    case FIELD_LIST:
        if (type != JSON_TYPE_ARRAY) return refuse_type(reader, field, NO_ITEM, "a list of texts");
        return take_list(reader, field, json, value);
    case FIELD_BYTES: assert(!"no face shows bytes"); return false;
    }
    return check_value(reader, field, value);
}

/* The value into the record. `is_borrowed`: its texts point into JSON that may go away, so they
 * are copied. */
static void put_value(struct reader *reader, const struct kind *kind, void *record, size_t i,
                      const struct value *value, bool is_borrowed)
{
    const struct field *field = &kind->fields[i];
    struct arena *arena = reader->arena;
    switch (field->type) {
    case FIELD_TEXT:
        // a choice is the table's own text
        field_set_text(kind, record, i,
                       is_borrowed && !field->choices ? arena_text(arena, value->text)
                                                      : value->text);
        break;
    case FIELD_JSON: field_set_text(kind, record, i, value->text); break;
    case FIELD_INTEGER:
    case FIELD_TIME: field_set_integer(kind, record, i, value->integer); break;
    case FIELD_REAL: field_set_real(kind, record, i, value->real); break;
    case FIELD_BOOLEAN: field_set_boolean(kind, record, i, value->boolean); break;
    case FIELD_LIST:
        for (size_t item = 0; is_borrowed && item < value->count; item++)
            value->items[item] = arena_text(arena, value->items[item]);
        field_set_list(kind, record, i, (struct list){value->items, value->count});
        break;
    case FIELD_BYTES: break;
    }
}

static bool refuse_null(struct reader *reader, const struct field *field)
{
    return refuse(reader, field->name, NO_ITEM, MNEME_INVALID, "required", "'%s' must have a value",
                  field->name);
}

static bool read_member(struct reader *reader, const struct kind *kind, void *record, size_t i,
                        const struct json *json)
{
    const struct field *field = &kind->fields[i];
    if (json_type_of(json) == JSON_TYPE_NULL) {
        if (field->flags & FIELD_REQUIRED) return refuse_null(reader, field);
        field_clear(kind, record, i);
        return true;
    }
    struct value value = {.text = NULL};
    if (!take_value(reader, field, json, &value)) return false;
    put_value(reader, kind, record, i, &value, true);
    return true;
}

enum mneme_code field_read_json(const struct kind *kind, void *record, size_t i,
                                const struct json *value, const char *pointer,
                                struct fault_list *faults, struct mneme_error *err)
{
    struct reader reader = reader_of(faults, pointer, err);
    read_member(&reader, kind, record, i, value);
    return finish(&reader);
}

enum mneme_code field_check_json(const struct field *field, const struct json *value,
                                 const char *pointer, struct fault_list *faults,
                                 struct mneme_error *err)
{
    struct reader reader = reader_of(faults, pointer, err);
    struct value taken = {.text = NULL};
    if (json_type_of(value) != JSON_TYPE_NULL)
        take_value(&reader, field, value, &taken);
    else if (field->flags & FIELD_REQUIRED)
        refuse_null(&reader, field);
    return finish(&reader);
}

// --- records ------------------------------------------------------------------------------------

/* May this source name the field at all? */
static bool check_access(struct reader *reader, const struct field *field,
                         enum record_source source)
{
    unsigned local = FIELD_DERIVED | FIELD_LOCAL;
    if (field->flags & (source == RECORD_EXACT ? local : FIELD_READ_ONLY))
        return refuse(reader, field->name, NO_ITEM, MNEME_INVALID, "read_only",
                      "'%s' is set by mneme alone", field->name);
    if (source == RECORD_CHANGE && (field->flags & FIELD_FIXED))
        return refuse(reader, field->name, NO_ITEM, MNEME_INVALID, "fixed",
                      "'%s' cannot be changed once the record is made", field->name);
    return true;
}

static bool must_hold(const struct field *field, enum record_source source)
{
    if (source == RECORD_NEW) return field->flags & FIELD_REQUIRED;
    return (field->flags & FIELD_STORED) && !(field->flags & (FIELD_INTERNAL | FIELD_LOCAL));
}

/* What is left to do when all members are read: nulls, defaults, what is missing, what ends
 * before it begins. `refused` are the fields that have a fault already. */
static void complete(struct reader *reader, const struct kind *kind, void *record,
                     enum record_source source, uint64_t refused)
{
    struct record_head *head = record;
    if (source != RECORD_CHANGE) record_set_defaults(kind, record);
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];
        uint64_t bit = UINT64_C(1) << i;
        bool is_null = (head->given & bit) && !(head->present & bit);
        if (refused & bit) continue;
        if (source == RECORD_CHANGE) {
            if (is_null && (field->flags & FIELD_STORED)) refuse_null(reader, field);
        } else if (!(head->present & bit) && must_hold(field, source)) {
            refuse(reader, field->name, NO_ITEM, MNEME_INVALID, "required", "'%s' is missing",
                   field->name);
        }
    }
    if (source == RECORD_EXACT || reader->code != MNEME_OK) return;
    reader->code = record_check_order(kind, record, reader->pointer, reader->faults, reader->err);
}

static bool is_listed(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0) return true;
    return false;
}

enum mneme_code record_read_json(const struct kind *kind, void *record, const struct json *object,
                                 enum record_source source, const char *const *skip,
                                 const char *pointer, struct fault_list *faults,
                                 struct mneme_error *err)
{
    struct reader reader = reader_of(faults, pointer, err);
    if (json_type_of(object) != JSON_TYPE_OBJECT)
        return fault_add(faults, MNEME_INVALID, pointer, kind->name, "type", err,
                         "a %s must be an object", kind->name);
    struct record_head *head = record;
    uint64_t refused = 0;
    void *at = NULL;
    const char *name;
    const struct json *member;
    while (json_each(object, &at, &name, &member)) {
        if (is_listed(skip, name)) continue;
        size_t i = field_find(kind, name);
        if (i == FIELD_NONE || (kind->fields[i].flags & FIELD_INTERNAL)) {
            refuse(&reader, name, NO_ITEM, MNEME_INVALID, "unknown", "a %s has no field '%s'",
                   kind->name, name);
            continue;
        }
        if (!check_access(&reader, &kind->fields[i], source) ||
            !read_member(&reader, kind, record, i, member))
            refused |= UINT64_C(1) << i;
        bool is_null = !field_present(record, i);
        if (source == RECORD_NEW && is_null && (kind->fields[i].flags & FIELD_STORED))
            head->given &= ~(UINT64_C(1) << i);
    }
    complete(&reader, kind, record, source, refused);
    return finish(&reader);
}

/* One member of a record that our code filled. */
static bool check_member(struct reader *reader, const struct kind *kind, void *record, size_t i)
{
    const struct field *field = &kind->fields[i];
    struct value value = {.text = NULL};
    struct list list;
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_JSON:
        value.text = field_text(kind, record, i);
        value.length = strlen(value.text);
        break;
    case FIELD_INTEGER:
    case FIELD_TIME: value.integer = field_integer(kind, record, i); break;
    case FIELD_REAL: value.real = field_real(kind, record, i); break;
    case FIELD_BOOLEAN: return true;
    case FIELD_LIST:
        list = field_list(kind, record, i);
        value.count = list.count;
        value.items = arena_copy(reader->arena, list.items, list.count * sizeof *list.items);
        if (!value.items) return false;
        break;
    case FIELD_BYTES: return true;
    }
    bool is_good = field->type == FIELD_JSON ? check_json_text(reader, field, &value)
                                             : check_value(reader, field, &value);
    if (is_good) put_value(reader, kind, record, i, &value, false);
    return is_good;
}

enum mneme_code record_check(const struct kind *kind, void *record, enum record_source source,
                             const char *pointer, struct fault_list *faults,
                             struct mneme_error *err)
{
    struct reader reader = reader_of(faults, pointer, err);
    struct record_head *head = record;
    uint64_t refused = 0, given = head->given;
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];
        uint64_t bit = UINT64_C(1) << i;
        if (field->flags & FIELD_INTERNAL) continue;
        bool is_good = !(given & bit) || check_access(&reader, field, source);
        if (is_good && (head->present & bit)) is_good = check_member(&reader, kind, record, i);
        if (!is_good) refused |= bit;
        if (source == RECORD_NEW && !(head->present & bit) && (field->flags & FIELD_STORED))
            given &= ~bit;
    }
    head->given = given;
    complete(&reader, kind, record, source, refused);
    return finish(&reader);
}

/* Both there, and the end before the beginning? `distance` is the least that must lie between
 * them. */
static void check_pair(struct reader *reader, const struct kind *kind, const void *record,
                       size_t begin, size_t end, int64_t distance)
{
    if (!field_present(record, begin) || !field_present(record, end)) return;
    int64_t from = field_integer(kind, record, begin), to = field_integer(kind, record, end);
    if (to >= from && to - from >= distance) return;
    refuse(reader, kind->fields[end].name, NO_ITEM, MNEME_INVALID, "min", "'%s' must %s '%s'",
           kind->fields[end].name, distance > 0 ? "lie after" : "not be less than",
           kind->fields[begin].name);
}

enum mneme_code record_check_order(const struct kind *kind, const void *record, const char *pointer,
                                   struct fault_list *faults, struct mneme_error *err)
{
    struct reader reader = reader_of(faults, pointer, err);
    if (kind == &kind_memory) {
        check_pair(&reader, kind, record, MEMORY_VALID_FROM, MEMORY_VALID_TO, 1);
        check_pair(&reader, kind, record, MEMORY_MESSAGE_FROM, MEMORY_MESSAGE_TO, 0);
    }
    return finish(&reader);
}
