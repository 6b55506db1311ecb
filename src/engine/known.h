/*
 * A partition of the past, for one recall: the rows as the store had been told them by a time. Loaded for the call and
 * freed with its view, it costs what a first recall costs, and for every record changed since that time a row of
 * history, its terms, and (if its text was another one, for LIMIT_KNOWN_TEXTS of them) its vector.
 */
#ifndef ENGINE_KNOWN_H
#define ENGINE_KNOWN_H

#include "engine/recalling.h"

/* As index_begin, of a partition that is the view's own. LIMIT if more than LIMIT_KNOWN_RECORDS were changed since. */
enum mneme_code known_begin(const struct mneme *handle, const struct recalling *recalling,
                            const struct index_spaces *spaces, struct arena *arena,
                            struct index_view *out, struct mneme_error *err) MUST_CHECK;

#endif
