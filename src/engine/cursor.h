/*
 * Pages of lists, and cursors: the place where a page ended, opaque and signed, bound to the user and to what was
 * listed. A cursor that we did not make, or made for something else, is INVALID with the rule `cursor`.
 */
#ifndef ENGINE_CURSOR_H
#define ENGINE_CURSOR_H

#include "engine/engine.h"

struct page_request {
    const char *list; /* what is listed, all that it is about included: a cursor fits no other */
    unsigned limit;
    const char *cursor; /* the next_cursor of the page before; NULL: the first page */
};

/* Where a page ended: a sort key and an id, or a text. */
struct cursor {
    bool is_real;
    int64_t integer;
    double real;
    struct uuid id;
    const char *text; /* NULL: none */
};

/* The place behind which the page begins; *out stays as it is for the first page. */
enum mneme_code cursor_parse(const struct mneme *handle, const struct page_request *page,
                             struct arena *arena, struct cursor *out, struct mneme_error *err)
    MUST_CHECK;
/* The cursor for the page that follows. */
enum mneme_code cursor_format(const struct mneme *handle, const struct page_request *page,
                              const struct cursor *last, struct arena *arena, const char **out,
                              struct mneme_error *err) MUST_CHECK;

#endif
