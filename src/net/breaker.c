#include "net/breaker.h"

void breaker_init(struct breaker *breaker, const struct env *env)
{
    *breaker = (struct breaker){.env = *env};
    pthread_mutex_init(&breaker->lock, NULL);
}

void breaker_clear(struct breaker *breaker)
{
    pthread_mutex_destroy(&breaker->lock);
}

static int64_t now_of(const struct breaker *breaker)
{
    return breaker->env.monotonic_us(breaker->env.context);
}

enum breaker_pass breaker_admit(struct breaker *breaker)
{
    enum breaker_pass pass = BREAKER_PASSED;
    pthread_mutex_lock(&breaker->lock);
    if (breaker->is_open) {
        bool may_try = !breaker->is_trying && now_of(breaker) >= breaker->until_us;
        breaker->is_trying = breaker->is_trying || may_try;
        pass = may_try ? BREAKER_TRIAL : BREAKER_REFUSED;
    }
    pthread_mutex_unlock(&breaker->lock);
    return pass;
}

/* Twice as long as last time, less up to a quarter, so that processes do not try together. */
static void open_again(struct breaker *breaker, int64_t at_least_us)
{
    uint32_t jitter = 0;
    (void)breaker->env.random(breaker->env.context, &jitter, sizeof jitter);
    int64_t us = breaker->open_us ? breaker->open_us * 2 : BREAKER_FIRST_US;
    breaker->open_us = us < BREAKER_LONGEST_US ? us : BREAKER_LONGEST_US;
    us = breaker->open_us - breaker->open_us / 4 * (jitter % 1024) / 1024;
    breaker->until_us = now_of(breaker) + (us > at_least_us ? us : at_least_us);
    breaker->is_open = true;
}

static void close_again(struct breaker *breaker)
{
    breaker->is_open = false;
    breaker->failures = 0;
    breaker->open_us = 0;
}

void breaker_note(struct breaker *breaker, enum breaker_pass pass, enum breaker_outcome outcome,
                  int64_t retry_after_us)
{
    pthread_mutex_lock(&breaker->lock);
    bool is_trial = pass == BREAKER_TRIAL;
    if (is_trial) {
        breaker->is_trying = false;
    }
    // What was admitted before it opened says nothing new.
    if (is_trial || !breaker->is_open) {
        if (outcome == BREAKER_SUCCESS) {
            close_again(breaker);
        } else if (outcome == BREAKER_FAILURE) {
            breaker->failures++;
            if (is_trial || retry_after_us > 0 || breaker->failures >= BREAKER_FAILURES) {
                open_again(breaker, retry_after_us);
            }
        }
    }
    pthread_mutex_unlock(&breaker->lock);
}
