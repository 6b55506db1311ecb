/*
 * A bar with rate and remaining time on standard error, for what takes long, when somebody is looking.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "base/env.h"
#include "cli/terminal.h"

struct progress {
    const struct terminal *terminal; /* of standard error; no terminal: nothing is shown */
    struct env env;
    char what[48]; /* the stage that is shown; the clock starts anew with each */
    int64_t started_us, shown_us;
    bool is_shown;
};

void progress_init(struct progress *progress, const struct terminal *terminal);
/* For mneme_call_options: `context` is the struct progress. */
void progress_show(void *context, const char *what, uint64_t done, uint64_t total);
void progress_end(struct progress *progress); /* takes the bar away */

/* The line as it is shown, without colours: `importing [####----]  50%  123/246  4100/s  0:12 left`. */
#define PROGRESS_LINE_BYTES 256
void progress_format(char out[PROGRESS_LINE_BYTES], const char *what, uint64_t done, uint64_t total,
                     int64_t elapsed_us);

#endif
