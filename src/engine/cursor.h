/*
 * Cursors: the place where a page ended, opaque and signed, bound to the user and to what was listed. A cursor that
 * we did not make, or made for something else, is INVALID with the rule `cursor`.
 */
#ifndef ENGINE_CURSOR_H
#define ENGINE_CURSOR_H

#include "engine/engine.h"

/* Where a page ended: a sort key and an id, or a text. */
struct cursor {
    bool is_real;
    int64_t integer;
    double real;
    struct uuid id;
    const char *text; /* NULL: none */
};

/* `list` names what is listed, order and filters included, so that a cursor fits only there. NULL when out of
 * memory. */
const char *cursor_format(const struct mneme *handle, const char *list, const struct cursor *cursor,
                          struct arena *arena);
enum mneme_code cursor_parse(const struct mneme *handle, const char *list, const char *text,
                             struct arena *arena, struct cursor *out, struct mneme_error *err)
    MUST_CHECK;

#endif
