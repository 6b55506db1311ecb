/*
 * Operations of every kind, each tried on a store that is in the middle of its life while something fails under it: the
 * n-th allocation, the n-th call to the disk. After each fault: only what has failed is told, or that it worked all the
 * same; the rows are those from before the operation or all of those from after it; recall agrees with the rows; the
 * next call works, or, where the disk may not be trusted any more, reading does, and all once the store is opened anew.
 */
#ifndef SUPPORT_TRIAL_H
#define SUPPORT_TRIAL_H

#include "support/calls.h"

struct trial_fault {
    const char *what;
    void (*fail_at)(long n,
                    bool for_ever); /* the n-th from now on; 0: none, but they are counted */
    long (*fail_never)(void);       /* takes it out; how many there were */
    enum mneme_code code;           /* that tells of it */
    bool is_of_disk;                /* what was told may be undone, or done, by opening anew */
};

/* A simulated disk under a world with a standing clock, for a suite's init and fini. */
void trial_set_up(void);
void trial_tear_down(void);
struct sim_disk *trial_disk(void);
enum mneme_code trial_open(mneme **out, struct mneme_error *err);

/* Tries them all at `tries` places each (all places if there are fewer, or with MNEME_LONG=1). Returns how many places
 * there are. */
long trial_run(const struct trial_fault *fault, long tries);

#endif
