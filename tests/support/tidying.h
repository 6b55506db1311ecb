/* Jobs of tidy, worked off in a test. */
#ifndef SUPPORT_TIDYING_H
#define SUPPORT_TIDYING_H

#include "mind/runner.h"
#include "support/calls.h"

/* Until the queue is empty; no job may fail. */
void tidying_work(mneme *memory);
enum mneme_code tidying_run(mneme *memory, struct runner_result *out);
/* A conversation, its title; and so many turns in it: "turn N: ..." about boats, by Ada and Ben in turn. */
void tidying_talk(mneme *memory, char id[40], int turns);
void tidying_say(mneme *memory, const char *id, int from, int turns);
/* `export --state`; mem_free it. */
char *tidying_state(mneme *memory);

#endif
