/*
 * `mneme serve`: the HTTP server until SIGINT or SIGTERM, then an orderly end.
 */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include "mneme.h"

struct serve {
    const char *url, *user, *model;
    const char *listen; /* ADDRESS:PORT or PORT; NULL: 127.0.0.1:7337 */
};

/* Says on standard error where it listens. A second signal ends it at once. */
enum mneme_code serve_run(const struct serve *serve, struct mneme_error *err);

#endif
