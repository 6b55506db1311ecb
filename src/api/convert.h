/*
 * Texts, of a command line or of an address's query, as JSON values of a field's type.
 */
#ifndef API_CONVERT_H
#define API_CONVERT_H

#include "model/record.h"

/* The texts that were given for one field, in their order; one for all but lists. */
struct convert_values {
    const char *const *texts;
    size_t count;
};

/*
 * The value as a member `name` of the object that is being written. What cannot be converted, and what breaks a rule
 * of the field, is a fault and nothing is written. Lists are cut at commas, or are JSON arrays, but not those of lines;
 * JSON that is no object or array may be plain text (`24h`).
 */
enum mneme_code convert_write(const struct field *field, const struct convert_values *values,
                              struct json_writer *out, struct fault_list *faults,
                              struct mneme_error *err) MUST_CHECK;

#endif
