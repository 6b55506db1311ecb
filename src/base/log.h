/* Log events: a name and key/value pairs into a callback; none by default. Secrets and stored texts never go in. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/error.h"

struct log_sink {
    /* details: `key=value key=value` */
    void (*event)(void *context, const char *name, const char *details);
    void *context;
};

void log_event(const struct log_sink *sink, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
