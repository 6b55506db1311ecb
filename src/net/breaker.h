/*
 * A circuit breaker: after some failures in a row it opens, and calls are refused at once; after a time one call is let
 * through to try, and closes it or opens it for twice as long. Any thread.
 */
#ifndef NET_BREAKER_H
#define NET_BREAKER_H

#include "base/env.h"

#include <pthread.h>

#define BREAKER_FAILURES 3 /* in a row */
#define BREAKER_FIRST_US INT64_C(1000000)
#define BREAKER_LONGEST_US INT64_C(60000000)

enum breaker_outcome {
    BREAKER_SUCCESS,
    BREAKER_FAILURE,
    BREAKER_NEITHER /* says nothing about the other side, such as want of memory */
};

struct breaker {
    struct env env;
    pthread_mutex_t lock; /* guards what follows */
    unsigned failures;    /* in a row, while closed */
    bool is_open, is_trying;
    int64_t open_us;  /* how long it opened last */
    int64_t until_us; /* on the monotonic clock */
};

void breaker_init(struct breaker *breaker, const struct env *env);
void breaker_clear(struct breaker *breaker);
/* May a call be made now? Each but a refused one is followed by breaker_note. */
enum breaker_pass { BREAKER_REFUSED, BREAKER_PASSED, BREAKER_TRIAL };
enum breaker_pass breaker_admit(struct breaker *breaker);
/* How a call ended that was admitted so. retry_after_us: how long the other side asks to be left alone, for which it
 * opens at once; 0: it does not ask. */
void breaker_note(struct breaker *breaker, enum breaker_pass pass, enum breaker_outcome outcome,
                  int64_t retry_after_us);

#endif
