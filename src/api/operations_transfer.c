/* Import, export, eval: operations on files. */
#include "api/operations.h"
#include "transfer/evaluate.h"
#include "transfer/export.h"
#include "transfer/import.h"

#include <string.h>

static enum import_format format_of(const char *name)
{
    int format = IMPORT_AUTO;
    while (format < IMPORT_FORMATS && strcmp(import_format_names[format], name) != 0) {
        format++;
    }
    return (enum import_format)format;
}

static void write_import(const struct call *call, const struct import_result *result)
{
    struct json_writer *out = call->out;
    json_write_integer(out, "added", (int64_t)result->added);
    json_write_integer(out, "known", (int64_t)result->known);
    json_write_integer(out, "updated", (int64_t)result->updated);
    json_write_integer(out, "failed", (int64_t)result->failed);
    json_begin_array(out, "errors");
    for (size_t i = 0; i < result->fault_count; i++) {
        const struct import_fault *fault = &result->faults[i];
        json_begin_object(out, NULL);
        json_write_integer(out, "line", (int64_t)fault->line);
        json_write_text(out, "code", mneme_code_name(fault->error.code));
        json_write_text(out, "message", fault->error.message);
        json_write_text(out, "field", fault->error.field);
        json_write_text(out, "rule", fault->error.rule);
        json_end_object(out);
    }
    json_end_array(out);
}

/* With `strict` the bad lines are the faults of the call. */
static enum mneme_code refuse_lines(const struct call *call, const struct import_result *result)
{
    for (size_t i = 0; i < result->fault_count; i++) {
        const struct mneme_error *error = &result->faults[i].error;
        const char *pointer =
            arena_printf(call->arena, "/lines/%llu%s%s", (unsigned long long)result->faults[i].line,
                         error->field[0] ? "/" : "", error->field);
        if (pointer == NULL || fault_add(call->faults, error->code, pointer, error->field,
                                         error->rule, NULL, "%s", error->message) == MNEME_NOMEM) {
            return MNEME_NOMEM;
        }
    }
    return MNEME_OK;
}

enum mneme_code op_import(struct call *call, struct mneme_error *err)
{
    const struct import_request request = {.path = call_text(call, "path"),
                                           .format = format_of(call_text(call, "format")),
                                           .source = call_text(call, "source"),
                                           .strict = call_boolean(call, "strict"),
                                           .update = call_boolean(call, "update"),
                                           .one_user = call_boolean(call, "one_user"),
                                           .on_progress = call->options->on_progress,
                                           .context = call->options->context};
    struct import_result result;
    enum mneme_code code = import_run(call->handle, &request, call->arena, &result, err);
    if (code == MNEME_OK) {
        write_import(call, &result);
    } else if (request.strict && refuse_lines(call, &result) == MNEME_NOMEM) {
        return error_nomem(err);
    }
    return code;
}

enum mneme_code op_export(struct call *call, struct mneme_error *err)
{
    const struct export_request request = {.state = call_boolean(call, "state"),
                                           .on_line = call->options->on_line,
                                           .on_progress = call->options->on_progress,
                                           .context = call->options->context};
    uint64_t lines;
    if (request.on_line == NULL) {
        return error_field(err, MNEME_INVALID, "on_line", "required",
                           "an export gives its lines to on_line of mneme_call_with");
    }
    enum mneme_code code = export_run(call->handle, &request, &lines, err);
    if (code == MNEME_OK) {
        json_write_integer(call->out, "lines", (int64_t)lines);
    }
    return code;
}

static void write_metrics(struct json_writer *out, const struct metrics *metrics)
{
    json_write_integer(out, "queries", (int64_t)metrics->queries);
    json_write_real(out, "recall", metrics->recall);
    json_write_real(out, "any", metrics->any);
    json_write_real(out, "all", metrics->all);
    json_write_real(out, "mrr", metrics->mrr);
    json_write_real(out, "ndcg", metrics->ndcg);
}

static void write_evaluation(const struct call *call, const struct evaluate_result *result)
{
    struct json_writer *out = call->out;
    write_metrics(out, &result->metrics);
    if (result->sittings.queries > 0) {
        json_begin_object(out, "sessions");
        json_write_real(out, "any5", result->sittings.any);
        json_write_real(out, "all5", result->sittings.all);
        json_end_object(out);
    } else {
        json_write_null(out, "sessions");
    }
    json_begin_object(out, "by_category");
    for (size_t i = 0; i < result->category_count; i++) {
        json_begin_object(out, result->categories[i].name);
        write_metrics(out, &result->categories[i].metrics);
        json_end_object(out);
    }
    json_end_object(out);
    json_write_integer(out, "recall_p50_us", result->recall_p50_us);
    json_write_integer(out, "recall_p95_us", result->recall_p95_us);
    json_write_real(out, "ingest_per_s", result->ingest_per_s);
    json_write_text(out, "space", result->space);
    json_write_integer(out, "k", call_integer(call, "k"));
    json_write_integer(out, "documents", (int64_t)result->documents);
    json_write_integer(out, "left_out", (int64_t)result->unanswerable);
}

enum mneme_code op_eval(struct call *call, struct mneme_error *err)
{
    const struct evaluate_request request = {.docs = call_text(call, "docs"),
                                             .queries = call_text(call, "queries"),
                                             .k = (unsigned)call_integer(call, "k"),
                                             .on_progress = call->options->on_progress,
                                             .context = call->options->context};
    struct evaluate_result result;
    enum mneme_code code = evaluate_run(call->handle, &request, call->arena, &result, err);
    if (code == MNEME_OK) {
        write_evaluation(call, &result);
    }
    return code;
}
