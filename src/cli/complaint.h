/*
 * Errors for people: one line `mneme: message (field, rule)`, and one with a hint where there is something to try.
 */
#ifndef CLI_COMPLAINT_H
#define CLI_COMPLAINT_H

#include "api/operation.h"
#include "cli/page.h"

struct complaint {
    const struct mneme_error *error;
    const struct operation *operation; /* NULL: it never came to one */
    bool is_opening;                   /* the store could not be opened */
    const char *hint;                  /* a better one than follows from the error, or NULL */
};

/* `answer` is {"error": ...} as the engine answered it, or NULL: further faults are named from it. */
void complaint_show(struct page *page, const struct complaint *complaint, const struct json *answer,
                    struct arena *arena);

#endif
