/*
 * What a benchmark found: a table on stdout, and the same as a JSON object in a file. Sections hold figures; each is
 * the median of its runs, with the lowest and the highest beside it.
 */
#ifndef BENCH_SUPPORT_REPORT_H
#define BENCH_SUPPORT_REPORT_H

#include "measure.h"

#define NO_AIM 0

struct report;

struct report *report_open(const char *json_path);
void report_close(struct report *report); /* writes the file */

/* `name` is the JSON member, `title` the heading. A section ends where the next begins. */
void report_section(struct report *report, const char *name, const char *title);
void report_note(struct report *report, const char *name, const char *text);
void report_figure(struct report *report, const char *name, const char *label,
                   const struct series *series, const char *unit);
/* A ratio of two figures of one run, and whether its median reaches the aim. */
void report_ratio(struct report *report, const char *name, const char *label,
                  const struct series *ratio, double least);
/* The same where less is better. */
void report_ratio_below(struct report *report, const char *name, const char *label,
                        const struct series *ratio, double most);

#endif
