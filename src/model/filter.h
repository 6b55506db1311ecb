/*
 * Filters: {"field": value}, {"field": {"gte": value}} with eq ne gt gte lt lte in prefix; {"and": [...]},
 * {"or": [...]}, {"not": {...}}; several members of one object are joined by and. On a list eq means contains;
 * `metadata.a.b` walks into the metadata; null means "has no value".
 *
 * `ne` is exactly not `eq`, so it is true where there is no value; the other comparisons are false there. Metadata is
 * compared within a type: a number is neither equal to a text nor greater. Of a list, or an array in the metadata, any
 * item will do. {} is true, {"or": []} is not.
 *
 * A leaf on a field that a kind lacks excludes the kind there, also under `not`.
 */
#ifndef MODEL_FILTER_H
#define MODEL_FILTER_H

#include "model/record.h"

enum filter_op {
    FILTER_EQ,
    FILTER_NE,
    FILTER_GT,
    FILTER_GTE,
    FILTER_LT,
    FILTER_LTE,
    FILTER_IN,
    FILTER_PREFIX
};
enum filter_node_type { FILTER_LEAF, FILTER_AND, FILTER_OR, FILTER_NOT };

struct filter_value {
    enum json_type type; /* times are INTEGER, in microseconds, when the field is a time */
    const char *text;
    int64_t integer;
    double real;
    bool boolean;
};

struct filter {
    enum filter_node_type type;
    const struct filter *const *children; /* of `not`: one */
    size_t child_count;
    /* leaves: */
    const char *field; /* without the path: "metadata"; the table's own text */
    const char *path;  /* "a.b" behind "metadata.", else NULL */
    enum field_type field_type;
    enum filter_op op;
    const struct filter_value *values; /* one, or those of `in`; names are NFC, UUIDs lower case */
    size_t value_count;
};

/*
 * Parses against the kinds it may meet (NULL-terminated): a field must be filterable in one of them, and every value
 * must suit its type; choices are not enforced. Lives in the arena. A NULL or empty object gives *out = NULL
 * (everything matches). `pointer` is the filter's own place, such as "/filter". Rules: type, unknown, format, depth,
 * max_items. Bounds: LIMIT_FILTER_NODES, LIMIT_FILTER_DEPTH, LIMIT_FILTER_VALUES.
 */
enum mneme_code filter_parse(const struct json *json, const struct kind *const *kinds,
                             const char *pointer, struct arena *arena, const struct filter **out,
                             struct fault_list *faults, struct mneme_error *err) MUST_CHECK;

/* NULL matches everything. Walking into metadata takes memory, so this can fail. */
enum mneme_code filter_matches(const struct filter *filter, const struct kind *kind,
                               const void *record, bool *out, struct mneme_error *err) MUST_CHECK;

/* For whoever evaluates leaves by other means (columns): three values, and their combination by Kleene logic, in which
 * LACKS is unknown; only YES at the root is a match. */
enum filter_truth { FILTER_NO, FILTER_YES, FILTER_LACKS };
typedef enum filter_truth filter_leaf_fn(const void *context, const struct filter *leaf);
enum filter_truth filter_evaluate(const struct filter *filter, filter_leaf_fn *leaf,
                                  const void *context);

/* A leaf's comparison with what a record holds: no value, one, or a list's items. */
bool filter_compare(const struct filter *leaf, const struct filter_value *values, size_t count);

#endif
