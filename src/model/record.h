/*
 * What the field table does for every kind: JSON in and out, validation, defaults, changes, JSON Schema.
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include "base/json.h"
#include "base/limits.h"
#include "model/records.h"

/* The fields that an input broke, all of them up to LIMIT_ERRORS, in the request's arena. */
struct field_fault {
    const char *field, *pointer, *rule, *message; /* never NULL */
    enum mneme_code code;                         /* INVALID, or LIMIT when a bound is passed */
};
struct fault_list {
    struct arena *arena;
    struct field_fault items[LIMIT_ERRORS];
    size_t count; /* of all; items beyond the bound are counted only */
};

void fault_list_init(struct fault_list *faults, struct arena *arena);
/* Adds one; the first of the list also fills err. `pointer` is RFC 6901, such as "/items/3/content"; `rule` is kept,
 * not copied. Returns its code, or NOMEM. */
enum mneme_code fault_add(struct fault_list *faults, enum mneme_code code, const char *pointer,
                          const char *field, const char *rule, struct mneme_error *err,
                          const char *format, ...) PRINTF_LIKE(7, 8);
/* Adds a member's name to a JSON Pointer: "/a~1b". */
void fault_add_step(struct strbuf *pointer, const char *name);

/*
 * In all that follows `pointer` is the place of the object whose members are read ("", "/items/3"); a fault's own
 * pointer is worked out from it. All faults are collected; the code of the first is returned. Values live in the arena
 * of `faults` and point nowhere into the JSON. Rules: type, min, max, min_length, max_length, max_items, choice,
 * format (times, UUIDs), utf8, control, json, depth, required, unknown, read_only, fixed.
 */

/*
 * Reads one value into a field: type, range, length, choices, UTF-8; names to NFC, UUIDs to lower case, equal items
 * once. null and an empty list give given without present; null is refused for required fields. Whole numbers are taken
 * for reals; nothing else is converted.
 */
enum mneme_code field_read_json(const struct kind *kind, void *record, size_t i,
                                const struct json *value, const char *pointer,
                                struct fault_list *faults, struct mneme_error *err) MUST_CHECK;
/* The same rules for a value that goes nowhere, such as an operation's own input. */
enum mneme_code field_check_json(const struct field *field, const struct json *value,
                                 const char *pointer, struct fault_list *faults,
                                 struct mneme_error *err) MUST_CHECK;

enum record_source {
    RECORD_NEW, /* a caller's new record: required fields must be there, read-only ones must not;
                      defaults set; null for a stored field is as if it were not given */
    RECORD_CHANGE, /* a caller's change: fixed and read-only ones must not be there, nor null for stored ones */
    RECORD_EXACT /* an import of our own export: read-only fields are taken as they are, all stored outward
                      ones must be there or have a default */
};

/*
 * Reads an object's members into a record that is zeroed, or holds what the caller knows already (a message's
 * conversation_id: such a field need not be among the members), ignoring members that `skip` lists (NULL-terminated
 * names, may be NULL: an operation's own inputs).
 */
enum mneme_code record_read_json(const struct kind *kind, void *record, const struct json *object,
                                 enum record_source source, const char *const *skip,
                                 const char *pointer, struct fault_list *faults,
                                 struct mneme_error *err) MUST_CHECK;

/* The same rules for a record that was filled by our own code (importers, C callers). Internal fields are taken as they
 * are. Texts that need no change stay where they are. */
enum mneme_code record_check(const struct kind *kind, void *record, enum record_source source,
                             const char *pointer, struct fault_list *faults,
                             struct mneme_error *err) MUST_CHECK;

/* What ends must not come before what begins (valid_from < valid_to, message_from <= message_to; rule `min`). Part of
 * reading new records and changes; whoever applies a change asks it for the record that results. */
enum mneme_code record_check_order(const struct kind *kind, const void *record, const char *pointer,
                                   struct fault_list *faults, struct mneme_error *err) MUST_CHECK;

/* Gives absent fields their default; they become present, not given. */
void record_set_defaults(const struct kind *kind, void *record);

/* Takes over the fields that `change` gives; true if any differs (if only FIELD_QUIET ones: *is_quiet). */
bool record_apply(const struct kind *kind, void *record, const void *change, bool *is_quiet);

/* Writes the fields that hold a value, in table order, internal ones left out. */
enum record_view {
    VIEW_FULL,  /* what get shows: every outward field that holds a value */
    VIEW_EXACT, /* what export writes and history keeps: no derived, local or secret ones */
    VIEW_STATE  /* export --state: of those only FIELD_STATE */
};
void record_write_json(const struct kind *kind, const void *record, enum record_view view,
                       const char *name, struct json_writer *writer);
/* The members alone, into an object that the caller began: for answers that add members of their own. */
void record_write_members(const struct kind *kind, const void *record, enum record_view view,
                          struct json_writer *writer);
/* One field; null if it holds no value. */
void field_write_json(const struct kind *kind, const void *record, size_t i, const char *name,
                      struct json_writer *writer);
/* The record as one JSON text in the arena; NULL when out of memory. */
const char *record_to_json(const struct kind *kind, const void *record, enum record_view view,
                           struct arena *arena);
/* Reads back, into a zeroed record, what record_to_json wrote with VIEW_EXACT: trusted, but checked. */
enum mneme_code record_from_json(const struct kind *kind, void *record, const char *text,
                                 struct arena *arena, struct mneme_error *err) MUST_CHECK;

/*
 * JSON Schema (2020-12) of the record as callers may write it (RECORD_NEW) or as it is answered. What it refuses the
 * validator refuses; most lengths are in characters there and in bytes here, so the validator refuses a little more.
 */
void record_write_schema(const struct kind *kind, bool as_input, const char *name,
                         struct json_writer *writer);
/* The schema of one field, for operation inputs. */
void field_write_schema(const struct field *field, const char *name, struct json_writer *writer);
/* The same for arguments that a model fills in, which are left out rather than null: one plain type each. */
void field_write_argument_schema(const struct field *field, const char *name,
                                 struct json_writer *writer);
/* As a member of an answer. */
void field_write_answer_schema(const struct field *field, const char *name,
                               struct json_writer *writer);

#endif
