/*
 * Fields by number: what generic code (JSON, SQL binding, filters) does with a record's members.
 */
#include "model/field.h"

#include "base/timestamp.h"

#include <assert.h>
#include <string.h>

size_t field_find(const struct kind *kind, const char *name)
{
    // a look at the first letters spares nearly all calls of strcmp
    for (size_t i = 0; i < kind->field_count; i++) {
        const char *candidate = kind->fields[i].name;
        if (candidate[0] == name[0] && strcmp(candidate, name) == 0) return i;
    }
    return FIELD_NONE;
}

static void *member(const struct kind *kind, void *record, size_t i)
{
    assert(i < kind->field_count);
    return (char *)record + kind->fields[i].offset;
}

static const void *member_of(const struct kind *kind, const void *record, size_t i)
{
    assert(i < kind->field_count);
    return (const char *)record + kind->fields[i].offset;
}

static void note(void *record, size_t i, bool is_present)
{
    struct record_head *head = record;
    uint64_t bit = UINT64_C(1) << i;
    head->given |= bit;
    head->present = is_present ? head->present | bit : head->present & ~bit;
}

static bool is_text(const struct field *field)
{
    return field->type == FIELD_TEXT || field->type == FIELD_JSON;
}

static size_t member_size(enum field_type type)
{
    switch (type) {
    case FIELD_TEXT:
    case FIELD_JSON: return sizeof(const char *);
    case FIELD_INTEGER:
    case FIELD_TIME: return sizeof(int64_t);
    case FIELD_REAL: return sizeof(double);
    case FIELD_BOOLEAN: return sizeof(bool);
    case FIELD_LIST: return sizeof(struct list);
    case FIELD_BYTES: return sizeof(struct bytes);
    }
    return 0;
}

void field_clear(const struct kind *kind, void *record, size_t i)
{
    memset(member(kind, record, i), 0, member_size(kind->fields[i].type));
    note(record, i, false);
}

void field_set_text(const struct kind *kind, void *record, size_t i, const char *value)
{
    assert(is_text(&kind->fields[i]));
    *(const char **)member(kind, record, i) = value;
    note(record, i, value != NULL);
}

void field_set_integer(const struct kind *kind, void *record, size_t i, int64_t value)
{
    assert(kind->fields[i].type == FIELD_INTEGER || kind->fields[i].type == FIELD_TIME);
    *(int64_t *)member(kind, record, i) = value;
    note(record, i, true);
}

void field_set_real(const struct kind *kind, void *record, size_t i, double value)
{
    assert(kind->fields[i].type == FIELD_REAL);
    *(double *)member(kind, record, i) = value;
    note(record, i, true);
}

void field_set_boolean(const struct kind *kind, void *record, size_t i, bool value)
{
    assert(kind->fields[i].type == FIELD_BOOLEAN);
    *(bool *)member(kind, record, i) = value;
    note(record, i, true);
}

void field_set_list(const struct kind *kind, void *record, size_t i, struct list value)
{
    assert(kind->fields[i].type == FIELD_LIST);
    *(struct list *)member(kind, record, i) = value;
    note(record, i, value.count > 0);
}

void field_set_bytes(const struct kind *kind, void *record, size_t i, struct bytes value)
{
    assert(kind->fields[i].type == FIELD_BYTES);
    *(struct bytes *)member(kind, record, i) = value;
    note(record, i, value.data != NULL);
}

void field_copy(const struct kind *kind, void *record, const void *other, size_t i)
{
    memcpy(member(kind, record, i), member_of(kind, other, i), member_size(kind->fields[i].type));
    note(record, i, field_present(other, i));
}

const char *field_text(const struct kind *kind, const void *record, size_t i)
{
    assert(is_text(&kind->fields[i]));
    return field_present(record, i) ? *(const char *const *)member_of(kind, record, i) : NULL;
}

int64_t field_integer(const struct kind *kind, const void *record, size_t i)
{
    assert(kind->fields[i].type == FIELD_INTEGER || kind->fields[i].type == FIELD_TIME);
    return field_present(record, i) ? *(const int64_t *)member_of(kind, record, i) : TIME_NONE;
}

double field_real(const struct kind *kind, const void *record, size_t i)
{
    assert(kind->fields[i].type == FIELD_REAL);
    return field_present(record, i) ? *(const double *)member_of(kind, record, i) : 0;
}

bool field_boolean(const struct kind *kind, const void *record, size_t i)
{
    assert(kind->fields[i].type == FIELD_BOOLEAN);
    return field_present(record, i) && *(const bool *)member_of(kind, record, i);
}

struct list field_list(const struct kind *kind, const void *record, size_t i)
{
    assert(kind->fields[i].type == FIELD_LIST);
    if (!field_present(record, i)) return (struct list){NULL, 0};
    return *(const struct list *)member_of(kind, record, i);
}

struct bytes field_bytes(const struct kind *kind, const void *record, size_t i)
{
    assert(kind->fields[i].type == FIELD_BYTES);
    if (!field_present(record, i)) return (struct bytes){NULL, 0};
    return *(const struct bytes *)member_of(kind, record, i);
}

static bool same_list(struct list a, struct list b)
{
    if (a.count != b.count) return false;
    for (size_t i = 0; i < a.count; i++)
        if (strcmp(a.items[i], b.items[i]) != 0) return false;
    return true;
}

static bool same_bytes(struct bytes a, struct bytes b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool field_equal(const struct kind *kind, const void *a, const void *b, size_t i)
{
    if (field_present(a, i) != field_present(b, i)) return false;
    if (!field_present(a, i)) return true;
    switch (kind->fields[i].type) {
    case FIELD_TEXT:
    case FIELD_JSON: return strcmp(field_text(kind, a, i), field_text(kind, b, i)) == 0;
    case FIELD_INTEGER:
    case FIELD_TIME: return field_integer(kind, a, i) == field_integer(kind, b, i);
    case FIELD_REAL: return field_real(kind, a, i) == field_real(kind, b, i);
    case FIELD_BOOLEAN: return field_boolean(kind, a, i) == field_boolean(kind, b, i);
    case FIELD_LIST: return same_list(field_list(kind, a, i), field_list(kind, b, i));
    case FIELD_BYTES: return same_bytes(field_bytes(kind, a, i), field_bytes(kind, b, i));
    }
    return false;
}
