/*
 * What the field table does for every kind: JSON in and out, validation, defaults, copying, JSON Schema, filters'
 * fields.
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include "base/json.h"
#include "model/records.h"

/* The fields that an input broke, all of them up to LIMIT_ERRORS, in the request's arena. */
struct field_fault {
    const char *field, *pointer, *rule, *message;
    enum mneme_code code; /* INVALID, or LIMIT when a bound is passed */
};
struct fault_list {
    struct arena *arena;
    struct field_fault items[16]; /* LIMIT_ERRORS */
    size_t count;                 /* of all; items beyond the bound are counted only */
};

void fault_list_init(struct fault_list *faults, struct arena *arena);
/* Adds one; the first also fills err. Returns its code. `pointer` is RFC 6901, such as "/items/3/content". */
enum mneme_code fault_add(struct fault_list *faults, enum mneme_code code, const char *pointer,
                          const char *field, const char *rule, struct mneme_error *err,
                          const char *format, ...) PRINTF_LIKE(7, 8);

/*
 * Reads one value into a field: type, range, length, choices, UTF-8, names to NFC. null gives given without present,
 * refused for required fields. Rules: type, min, max, max_length, max_items, choice, format (times, UUIDs), utf8,
 * required, control. Whole numbers are taken for reals; nothing else is converted.
 */
enum mneme_code field_read_json(const struct kind *kind, void *record, size_t i,
                                const struct json *value, const char *pointer,
                                struct fault_list *faults, struct mneme_error *err) MUST_CHECK;

enum record_source {
    /* a caller's new record: required fields must be there, read-only ones must not; defaults set */
    RECORD_NEW,
    RECORD_CHANGE, /* a caller's change: fixed and read-only ones must not be there */
    RECORD_EXACT   /* an import of our own export: read-only fields are taken as they are */
};

/*
 * Reads an object's members into a zeroed record, ignoring those that `skip` (NULL-terminated names, may be NULL: an
 * operation's own inputs) lists. All faults are collected. Unknown names are INVALID, rule `unknown`.
 */
enum mneme_code record_read_json(const struct kind *kind, void *record, const struct json *object,
                                 enum record_source source, const char *const *skip,
                                 const char *pointer, struct fault_list *faults,
                                 struct mneme_error *err) MUST_CHECK;

/* The same rules for a record that was filled by our own code (importers, C callers). */
enum mneme_code record_check(const struct kind *kind, void *record, enum record_source source,
                             const char *pointer, struct fault_list *faults,
                             struct mneme_error *err) MUST_CHECK;

void record_set_defaults(const struct kind *kind, void *record);

/* Writes the fields that hold a value, in table order, internal ones left out. */
enum record_view {
    VIEW_FULL,  /* what get shows: every outward field that holds a value */
    VIEW_EXACT, /* what export writes and history keeps: outward fields without the derived ones */
    VIEW_STATE  /* export --state: only FIELD_STATE */
};
void record_write_json(const struct kind *kind, const void *record, enum record_view view,
                       const char *name, struct json_writer *writer);
void field_write_json(const struct kind *kind, const void *record, size_t i, const char *name,
                      struct json_writer *writer);
/* The record as one JSON text in the arena; NULL when out of memory. */
const char *record_to_json(const struct kind *kind, const void *record, enum record_view view,
                           struct arena *arena);
/* Reads back what record_to_json wrote with VIEW_EXACT: trusted, but checked. */
enum mneme_code record_from_json(const struct kind *kind, void *record, const char *text,
                                 struct arena *arena, struct mneme_error *err) MUST_CHECK;

/* Takes over the fields that `change` gives; true if any differs (those with FIELD_QUIET alone: *is_quiet). */
bool record_apply(const struct kind *kind, void *record, const void *change, bool *is_quiet);

/* JSON Schema (2020-12) of the record as callers may write it (RECORD_NEW) or as it is answered. */
void record_write_schema(const struct kind *kind, bool as_input, const char *name,
                         struct json_writer *writer);
/* The schema of one field, for operation inputs. */
void field_write_schema(const struct field *field, const char *name, struct json_writer *writer);

#endif
