#include "cli/progress.h"

#include <stdio.h>
#include <string.h>

#define PAUSE_US 100000 // between two looks of the bar
#define FIRST_US 200000 // what is quicker needs no bar
#define BAR_COLUMNS 24

void progress_init(struct progress *progress, const struct terminal *terminal)
{
    *progress = (struct progress){.terminal = terminal, .env = env_system()};
}

static void format_left(char *out, size_t size, uint64_t done, uint64_t total, double seconds)
{
    double left = done > 0 ? seconds * (double)(total - done) / (double)done : 0;
    unsigned long whole = left < 359999 ? (unsigned long)(left + .5) : 359999;
    if (whole >= 3600) {
        (void)snprintf(out, size, "%lu:%02lu:%02lu left", whole / 3600, whole / 60 % 60,
                       whole % 60);
    } else {
        (void)snprintf(out, size, "%lu:%02lu left", whole / 60, whole % 60);
    }
}

void progress_format(char out[PROGRESS_LINE_BYTES], const char *what, uint64_t done, uint64_t total,
                     int64_t elapsed_us)
{
    double seconds = (double)elapsed_us / 1e6;
    double rate = seconds > 0 ? (double)done / seconds : 0;
    if (total == 0) {
        (void)snprintf(out, PROGRESS_LINE_BYTES, "%.40s  %llu  %.0f/s", what,
                       (unsigned long long)done, rate);
        return;
    }
    char bar[BAR_COLUMNS + 1], left[32];
    done = done < total ? done : total;
    size_t full = (size_t)((double)done / (double)total * BAR_COLUMNS);
    memset(bar, '#', full);
    memset(bar + full, '-', BAR_COLUMNS - full);
    bar[BAR_COLUMNS] = '\0';
    format_left(left, sizeof left, done, total, seconds);
    (void)snprintf(out, PROGRESS_LINE_BYTES, "%.40s [%s] %3.0f%%  %llu/%llu  %.0f/s  %s", what, bar,
                   (double)done / (double)total * 100, (unsigned long long)done,
                   (unsigned long long)total, rate, left);
}

void progress_show(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    char line[PROGRESS_LINE_BYTES];
    if (!progress->terminal->is_terminal) {
        return;
    }
    int64_t now = progress->env.monotonic_us(progress->env.context);
    if (strncmp(progress->what, what, sizeof progress->what - 1) != 0) {
        (void)snprintf(progress->what, sizeof progress->what, "%s", what);
        progress->started_us = now;
        progress->shown_us = now + FIRST_US - PAUSE_US;
    }
    if (now - progress->shown_us < PAUSE_US) {
        return;
    }
    progress->shown_us = now;
    progress->is_shown = true;
    progress_format(line, what, done, total, now - progress->started_us);
    size_t width = progress->terminal->width;
    (void)fprintf(stderr, "\r%.*s\033[K", (int)(width > 1 ? width - 1 : 1), line);
    (void)fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        progress->is_shown = false;
    }
}
