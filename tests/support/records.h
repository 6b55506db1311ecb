/* Records for tests: JSON in one line, records with a value in every field, allocations that fail. */
#ifndef SUPPORT_RECORDS_H
#define SUPPORT_RECORDS_H

#include "model/record.h"

/* A parsed text; the test fails if it is no JSON. */
struct json *parsed(const char *text);

/* A value in every field, valid and different for each; `seed` makes others. No field counts as given. */
void fill_record(const struct kind *kind, void *record, int seed, struct arena *arena);
/* The number of the first field in which two records differ; FIELD_NONE if in none. */
size_t first_difference(const struct kind *kind, const void *a, const void *b);

/*
 * Makes the n-th allocation from now on fail, and all behind it. A test runs its call for n = 0, 1, ... until the call
 * succeeds; fail_never_again takes the hook out and says whether an allocation was refused.
 */
void fail_from(size_t n);
bool fail_never_again(void);

#endif
