#include "base/log.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void log_event(const struct log_sink *sink, const char *name, const char *format, ...)
{
    if (!sink || !sink->event) return;
    char details[LIMIT_LOG_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(details, sizeof details, format, arguments);
    va_end(arguments);
    if (length < 0)
        details[0] = '\0';
    else if ((size_t)length >= sizeof details)
        details[utf8_cut(details, sizeof details - 1, sizeof details - 4)] = '\0';
    sink->event(sink->context, name, details);
}
