/* What parsing and matching of filters share. */
#ifndef MODEL_FILTER_INTERNAL_H
#define MODEL_FILTER_INTERNAL_H

#include "model/filter.h"

/* A value that stands in JSON, as it is; its text is copied into the arena, or (NULL) borrowed. */
void filter_take_scalar(struct arena *arena, const struct json *json, struct filter_value *out);

#endif
