#include "report.h"

#include "base/alloc.h"
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_BYTES (1024 * 1024)

struct report {
    const char *path;
    struct strbuf text;
    struct json_writer json;
    bool is_in_section;
};

struct report *report_open(const char *json_path)
{
    struct report *report = must_alloc(1, sizeof *report);
    report->path = json_path;
    strbuf_init(&report->text, REPORT_BYTES);
    json_writer_init(&report->json, &report->text);
    json_begin_object(&report->json, NULL);
    return report;
}

static void end_section(struct report *report)
{
    if (report->is_in_section) json_end_object(&report->json);
    report->is_in_section = false;
}

void report_close(struct report *report)
{
    end_section(report);
    json_end_object(&report->json);
    strbuf_add_char(&report->text, '\n');
    FILE *file = fopen(report->path, "w");
    if (strbuf_code(&report->text) != MNEME_OK || !file || fputs(report->text.text, file) == EOF ||
        fclose(file) != 0)
        die("cannot write '%s'", report->path);
    strbuf_clear(&report->text);
    free(report);
}

void report_section(struct report *report, const char *name, const char *title)
{
    end_section(report);
    report->is_in_section = true;
    json_begin_object(&report->json, name);
    json_write_text(&report->json, "title", title);
    printf("\n%s\n", title);
    (void)fflush(stdout);
}

void report_note(struct report *report, const char *name, const char *text)
{
    json_write_text(&report->json, name, text);
    printf("  %s\n", text);
}

static double tidy(double value)
{
    double step = pow(10, floor(log10(fabs(value) > 0 ? fabs(value) : 1)) - 4);
    return round(value / step) * step;
}

static void write_series(struct json_writer *json, const char *name, const struct series *series,
                         const char *unit)
{
    json_begin_object(json, name);
    json_write_text(json, "unit", unit);
    json_write_real(json, "median", tidy(series_median(series)));
    json_write_real(json, "low", tidy(series_low(series)));
    json_write_real(json, "high", tidy(series_high(series)));
    json_begin_array(json, "runs");
    for (size_t i = 0; i < series->count; i++) json_write_real(json, NULL, tidy(series->values[i]));
    json_end_array(json);
}

static void print_number(double value)
{
    printf("%9.*f", value < 10 ? 2 : value < 100 ? 1 : 0, value);
}

static void print_series(const char *label, const struct series *series, const char *unit)
{
    printf("  %-46s", label);
    print_number(series_median(series));
    printf("  (");
    print_number(series_low(series));
    print_number(series_high(series));
    printf(") %s", unit);
}

void report_figure(struct report *report, const char *name, const char *label,
                   const struct series *series, const char *unit)
{
    write_series(&report->json, name, series, unit);
    json_end_object(&report->json);
    print_series(label, series, unit);
    putchar('\n');
}

static void add_ratio(struct report *report, const char *name, const char *label,
                      const struct series *ratio, double aim, bool is_met)
{
    write_series(&report->json, name, ratio, "ratio");
    print_series(label, ratio, "");
    if (aim != NO_AIM) {
        json_write_real(&report->json, "aim", aim);
        json_write_boolean(&report->json, "is_met", is_met);
        printf("aim %.2f: %s", aim, is_met ? "met" : "MISSED");
    }
    json_end_object(&report->json);
    putchar('\n');
}

void report_ratio(struct report *report, const char *name, const char *label,
                  const struct series *ratio, double least)
{
    add_ratio(report, name, label, ratio, least, series_median(ratio) >= least);
}

void report_ratio_below(struct report *report, const char *name, const char *label,
                        const struct series *ratio, double most)
{
    add_ratio(report, name, label, ratio, most, series_median(ratio) <= most);
}
