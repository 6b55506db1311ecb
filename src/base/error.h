/*
 * Errors: a code is returned, the first failure's words go into the caller's struct mneme_error.
 *
 * Messages are lower case, without a full stop, name what failed first and quote its subject; they hold no secret and
 * no stored text. Setting an error on NULL only returns the code.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "mneme.h"

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, first) __attribute__((format(printf, format_at, first)))

/* Fills err (if given) with code and words, field and rule empty; returns code. */
enum mneme_code error_set(struct mneme_error *err, enum mneme_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The same with the field and the rule it breaks. Long field names are cut at a character's start. */
enum mneme_code error_field(struct mneme_error *err, enum mneme_code code, const char *field,
                            const char *rule, const char *format, ...) PRINTF_LIKE(5, 6);

/* Hands an error on to the caller's; returns its code. */
enum mneme_code error_copy(struct mneme_error *err, const struct mneme_error *from);

/* NOMEM with its usual words. */
enum mneme_code error_nomem(struct mneme_error *err);

/* One row per code, the only place where codes meet the outside. */
struct error_mapping {
    const char *name;
    int http_status, exit_status;
};
/* never NULL; unknown codes map as INTERNAL */
const struct error_mapping *error_mapping(enum mneme_code code);

#endif
