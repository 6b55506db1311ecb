/*
 * UUIDs: version 7 (RFC 9562), so ids sort by the time they were made: 48 bits of milliseconds, 12 of microseconds
 * within them (section 6.2, method 3), so that ids of several processes sort to the microsecond too; 62 random ones.
 *
 * One source hands out strictly rising ids to any number of threads, also when the clock stands still or steps back:
 * within a microsecond the random bits are counted up by a random step (method 2). Random words are fetched from the
 * system some at a time; so a source, like the store it belongs to, must not be used on both sides of a fork.
 */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/env.h"

#include <pthread.h>

#define UUID_TEXT_LENGTH 36

struct uuid {
    unsigned char bytes[16];
};

#define UUID_WORDS 32

struct uuid_source {
    pthread_mutex_t lock; /* guards all below */
    const struct env *env;
    struct uuid last;
    uint32_t words[UUID_WORDS]; /* fetched and not yet taken: the first word_count */
    size_t word_count;
};

void uuid_source_init(struct uuid_source *source, const struct env *env);
void uuid_source_clear(struct uuid_source *source);
enum mneme_code uuid_next(struct uuid_source *source, struct uuid *out, struct mneme_error *err)
    MUST_CHECK;

/* Any version is read, upper case too; false if it is no UUID. */
bool uuid_parse(const char *text, struct uuid *out);
void uuid_format(const struct uuid *uuid, char out[UUID_TEXT_LENGTH + 1]);
int uuid_compare(const struct uuid *a, const struct uuid *b);

#endif
