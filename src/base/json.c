/*
 * jansson's tree is our tree: a struct json is a json_t that nobody else can look into. Size, depth and that there
 * is no NUL are checked before jansson sees a text: it takes NUL for the end, and goes down as far as 2048 levels,
 * as would all who walk the tree.
 */
#include "base/json.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>

/* jansson asks for pointers without const even where it only reads. */
static json_t *tree(const struct json *value)
{
    return (json_t *)(uintptr_t)value;
}

static struct json *wrap(json_t *value)
{
    return (struct json *)value;
}

static const struct json *wrap_const(const json_t *value)
{
    return (const struct json *)value;
}

/* What a look at the text tells before it is parsed. */
struct outline {
    size_t depth;
    size_t longest;      // string or number, in bytes
    size_t longest_bare; // number, or what else is no string
    size_t string_bytes; // of all strings, names included
    bool has_escape;
};

/* Where the string that begins before `at` has its closing quote, or `length`. */
static size_t string_end(const char *text, size_t length, size_t at, bool *has_escape)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    while (at < length) {
        if (length - at >= 8) {
            uint64_t word;
            memcpy(&word, text + at, sizeof word);
            // A byte that is zero after the xor borrows into its top bit; the first such is exact.
            uint64_t quotes = word ^ ones * '"', escapes = word ^ ones * '\\';
            uint64_t found = ((quotes - ones) & ~quotes) | ((escapes - ones) & ~escapes);
            if ((found & tops) == 0) {
                at += 8;
                continue;
            }
        }
        if (text[at] == '"') return at;
        bool is_escape = text[at] == '\\';
        *has_escape |= is_escape;
        at += is_escape ? 2 : 1;
    }
    return length;
}

static bool ends_number(char c)
{
    return c == ',' || c == ':' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static struct outline look_over(const char *text, size_t length)
{
    struct outline outline = {0};
    size_t depth = 0, number = 0; // where one may have begun
    for (size_t at = 0; at < length; at++) {
        char c = text[at];
        bool is_bracket = c == '{' || c == '[' || c == '}' || c == ']';
        if (c == '"') {
            size_t end = string_end(text, length, at + 1, &outline.has_escape);
            if (end - at > outline.longest) outline.longest = end - at;
            outline.string_bytes += end - at - 1;
            at = end;
            number = at + 1;
        } else if (is_bracket || ends_number(c)) {
            number = at + 1;
        } else if (at + 1 - number > outline.longest_bare) {
            outline.longest_bare = at + 1 - number;
        }
        if (c == '{' || c == '[') {
            depth++;
            if (depth > outline.depth) outline.depth = depth;
        } else if (is_bracket && depth > 0) {
            depth--;
        }
    }
    if (outline.longest_bare > outline.longest) outline.longest = outline.longest_bare;
    return outline;
}

/*
 * jansson 2.14 does not look whether the buffer for its token could grow: out of memory it goes on with a string or a
 * number that lacks characters, and where the lost one is a closing quote it writes behind its memory. So the buffer
 * must not have to grow while a token is read that matters:
 *
 * A token of up to TOKEN_SAFE bytes, of a string the closing quote among them, fits the buffer that jansson begins with
 * (16, with the byte in front of it or behind it and a NUL).
 *
 * Else the text is read as the second item of a list whose first is a string longer than all of its tokens: if that
 * one is whole, the buffer has grown as far as it ever must. That costs as much again as the longest token.
 */
#define TOKEN_SAFE 14

static size_t string_bytes(json_t *value)
{
    size_t sum = 0, at;
    json_t *member;
    const char *name;
    if (json_is_string(value)) return json_string_length(value);
    json_array_foreach(value, at, member) sum += string_bytes(member);
    json_object_foreach(value, name, member) sum += strlen(name) + string_bytes(member);
    return sum;
}

static json_t *load_plain(const char *text, size_t length, size_t expected_bytes)
{
    json_error_t why;
    json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (value && string_bytes(value) != expected_bytes) {
        json_decref(value);
        return NULL;
    }
    return value;
}

struct feed {
    struct {
        const char *text; // NULL: as many x
        size_t length;
    } parts[5];
    size_t part, at;
};

static size_t feed(void *buffer, size_t room, void *context)
{
    struct feed *from = context;
    size_t given = 0;
    while (given < room && from->part < sizeof from->parts / sizeof *from->parts) {
        const char *text = from->parts[from->part].text;
        size_t left = from->parts[from->part].length - from->at;
        size_t size = left < room - given ? left : room - given;
        if (text)
            memcpy((char *)buffer + given, text + from->at, size);
        else
            memset((char *)buffer + given, 'x', size);
        given += size;
        from->at += size;
        if (from->at == from->parts[from->part].length) {
            from->part++;
            from->at = 0;
        }
    }
    return given;
}

static json_t *load_behind_longest(const char *text, size_t length, size_t longest)
{
    json_error_t why;
    size_t guard = longest + 1;
    // The buffer doubles; the guard's own closing quote must not be the byte for which it does.
    if (((guard + 2) & (guard + 1)) == 0) guard++;
    struct feed from = {.parts = {{"[\"", 2}, {NULL, guard}, {"\",", 2}, {text, length}, {"]", 1}}};
    json_t *list = json_load_callback(feed, &from, JSON_REJECT_DUPLICATES, &why);
    bool is_whole =
        json_array_size(list) == 2 && json_string_length(json_array_get(list, 0)) == guard;
    json_t *value = is_whole ? json_incref(json_array_get(list, 1)) : NULL;
    json_decref(list);
    return value;
}

/* NULL if the text is no JSON, or out of memory. */
static json_t *load(const char *text, size_t length, const struct outline *outline)
{
    return outline->has_escape || outline->longest > TOKEN_SAFE
               ? load_behind_longest(text, length, outline->longest)
               : load_plain(text, length, outline->string_bytes);
}

/* jansson's words quote the text around the error, so only the place is taken from them. */
static enum mneme_code parse_failure(const json_error_t *why, struct mneme_error *err)
{
    const char *rule = "json", *what = "invalid JSON";
    switch (json_error_code(why)) {
    case json_error_duplicate_key:
        rule = "duplicate";
        what = "duplicate name in JSON";
        break;
    case json_error_invalid_utf8:
        rule = "utf8";
        what = "invalid UTF-8 in JSON";
        break;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        rule = "utf8";
        what = "U+0000 in JSON";
        break;
    case json_error_numeric_overflow: what = "number out of range in JSON"; break;
    case json_error_premature_end_of_input: what = "JSON ends too early"; break;
    case json_error_end_of_input_expected: what = "text behind the JSON value"; break;
    default: break;
    }
    return error_field(err, MNEME_INVALID, "", rule, "%s at line %d, column %d", what, why->line,
                       why->column);
}

enum mneme_code json_parse(const char *text, size_t length, size_t max_bytes, struct json **out,
                           struct mneme_error *err)
{
    *out = NULL;
    if (length > max_bytes)
        return error_field(err, MNEME_LIMIT, "", "max_bytes",
                           "JSON of %zu bytes, more than the %zu that are allowed", length,
                           max_bytes);
    if (memchr(text, '\0', length)) // jansson takes it for the end
        return error_field(err, MNEME_INVALID, "", "utf8", "NUL in JSON");
    struct outline outline = look_over(text, length);
    if (outline.depth > LIMIT_JSON_DEPTH)
        return error_field(err, MNEME_LIMIT, "", "depth", "JSON nested deeper than %d levels",
                           LIMIT_JSON_DEPTH);
    json_t *value = load(text, length, &outline);
    if (value) {
        *out = wrap(value);
        return MNEME_OK;
    }
    // Once more by itself, for what is wrong with it and where; if nothing is, memory was short.
    json_error_t why;
    errno = 0;
    value = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    bool is_short = value != NULL || errno == ENOMEM;
    json_decref(value);
    return is_short ? error_nomem(err) : parse_failure(&why, err);
}

void json_free(struct json *value)
{
    json_decref(tree(value));
}

enum json_type json_type_of(const struct json *value)
{
    static const enum json_type types[] = {
        [JSON_OBJECT] = JSON_TYPE_OBJECT, [JSON_ARRAY] = JSON_TYPE_ARRAY,
        [JSON_STRING] = JSON_TYPE_TEXT,   [JSON_INTEGER] = JSON_TYPE_INTEGER,
        [JSON_REAL] = JSON_TYPE_REAL,     [JSON_TRUE] = JSON_TYPE_BOOLEAN,
        [JSON_FALSE] = JSON_TYPE_BOOLEAN, [JSON_NULL] = JSON_TYPE_NULL,
    };
    return types[json_typeof(tree(value))];
}

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {
        [JSON_TYPE_NULL] = "null",       [JSON_TYPE_BOOLEAN] = "boolean",
        [JSON_TYPE_INTEGER] = "integer", [JSON_TYPE_REAL] = "number",
        [JSON_TYPE_TEXT] = "string",     [JSON_TYPE_ARRAY] = "array",
        [JSON_TYPE_OBJECT] = "object",
    };
    assert(type <= JSON_TYPE_OBJECT);
    return names[type];
}

const char *json_as_text(const struct json *value, size_t *length)
{
    assert(json_is_string(tree(value)));
    if (length) *length = json_string_length(tree(value));
    return json_string_value(tree(value));
}

int64_t json_as_integer(const struct json *value)
{
    assert(json_is_integer(tree(value)));
    return json_integer_value(tree(value));
}

double json_as_real(const struct json *value)
{
    assert(json_is_number(tree(value)));
    return json_number_value(tree(value));
}

bool json_as_boolean(const struct json *value)
{
    assert(json_is_boolean(tree(value)));
    return json_is_true(tree(value));
}

size_t json_count(const struct json *value)
{
    const json_t *container = tree(value);
    return json_is_array(container) ? json_array_size(container) : json_object_size(container);
}

const struct json *json_at(const struct json *array, size_t index)
{
    return wrap_const(json_array_get(tree(array), index));
}

const struct json *json_get(const struct json *object, const char *name)
{
    return wrap_const(json_object_get(tree(object), name));
}

bool json_each(const struct json *object, void **at, const char **name, const struct json **value)
{
    json_t *members = tree(object);
    void *next = *at ? json_object_iter_next(members, *at) : json_object_iter(members);
    *at = next;
    *name = next ? json_object_iter_key(next) : NULL;
    *value = next ? wrap_const(json_object_iter_value(next)) : NULL;
    return next != NULL;
}

/* Whether a token, with its ~0 and ~1, spells the name. */
static bool token_is(const char *token, size_t length, const char *name)
{
    for (size_t i = 0; i < length; i++, name++) {
        char c = token[i];
        if (c == '~') {
            i++;
            if (i == length || (token[i] != '0' && token[i] != '1')) return false;
            c = token[i] == '0' ? '~' : '/';
        }
        if (*name == '\0' || c != *name) return false;
    }
    return *name == '\0';
}

static const struct json *member_by_token(const struct json *object, const char *token,
                                          size_t length)
{
    if (!memchr(token, '~', length))
        return wrap_const(json_object_getn(tree(object), token, length));
    void *at = NULL;
    const char *name;
    const struct json *value;
    while (json_each(object, &at, &name, &value)) {
        if (token_is(token, length, name)) return value;
    }
    return NULL;
}

static const struct json *item_by_token(const struct json *array, const char *token, size_t length)
{
    size_t index = 0;
    if (length == 0 || (token[0] == '0' && length > 1)) return NULL;
    for (size_t i = 0; i < length; i++) {
        if (token[i] < '0' || token[i] > '9' || index > (SIZE_MAX - 9) / 10) return NULL;
        index = index * 10 + (size_t)(token[i] - '0');
    }
    return json_at(array, index);
}

const struct json *json_pointer(const struct json *value, const char *pointer)
{
    while (value && *pointer) {
        if (*pointer != '/') return NULL;
        const char *token = pointer + 1;
        size_t length = strcspn(token, "/");
        if (json_type_of(value) == JSON_TYPE_ARRAY)
            value = item_by_token(value, token, length);
        else
            value = member_by_token(value, token, length);
        pointer = token + length;
    }
    return value;
}

struct json *json_new_object(void)
{
    return wrap(json_object());
}

struct json *json_new_array(void)
{
    return wrap(json_array());
}

struct json *json_new_text(const char *text)
{
    return wrap(json_string(text));
}

struct json *json_new_integer(int64_t value)
{
    return wrap(json_integer(value));
}

struct json *json_new_real(double value)
{
    return wrap(json_real(value));
}

struct json *json_new_boolean(bool value)
{
    return wrap(json_boolean(value));
}

struct json *json_clone(const struct json *value)
{
    return wrap(json_deep_copy(tree(value)));
}

bool json_put(struct json *container, const char *name, struct json *value_taken)
{
    json_t *to = tree(container), *value = tree(value_taken);
    assert(name ? json_is_object(to) : json_is_array(to));
    if (name) return json_object_set_new(to, name, value) == 0;
    return json_array_append_new(to, value) == 0;
}
