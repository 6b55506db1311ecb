/* Which format a source has, and reading it: once, or with `strict` once for a trial and once more. */
#include "transfer/import.h"

#include "base/limits.h"
#include "transfer/import_internal.h"

#include <stdlib.h>
#include <string.h>

const char *const import_format_names[IMPORT_FORMATS + 1] = {"auto",   "mneme", "jsonl", "chat",
                                                             "locomo", "text",  NULL};

/* A dialogue of LoCoMo, by its members. */
static bool is_dialogue(const struct json *value)
{
    const struct json *conversation = json_get(value, "conversation");
    return conversation != NULL && json_type_of(conversation) == JSON_TYPE_OBJECT &&
           json_get(value, "sample_id") != NULL;
}

static enum mneme_code parse_whole(struct importing *importing, struct json **out,
                                   struct mneme_error *err)
{
    struct strbuf text;
    struct mneme_error own = {0};
    strbuf_init(&text, LIMIT_FILE_BYTES);
    *out = NULL;
    enum mneme_code code = source_read_all(importing->source, &text, err);
    if (code == MNEME_OK) {
        static const char mark[] = "\xEF\xBB\xBF";
        size_t skip = strncmp(text.text, mark, sizeof mark - 1) == 0 ? sizeof mark - 1 : 0;
        code = json_parse(text.text + skip, text.length - skip, LIMIT_FILE_BYTES, out, &own);
        if (code != MNEME_OK) {
            code = error_field(err, code, "path", own.rule[0] ? own.rule : "json",
                               "the file is no sound JSON: %s", own.message);
        }
    }
    strbuf_clear(&text);
    return code;
}

/* The first line that is not blank; NULL if there is none. */
static enum mneme_code find_first(struct source *source, const char **out, size_t *length,
                                  struct mneme_error *err)
{
    struct source_line line;
    bool is_line;
    *out = NULL;
    enum mneme_code code = source_rewind(source, err);
    while (code == MNEME_OK) {
        code = source_next(source, &line, &is_line, err);
        if (code != MNEME_OK || !is_line) {
            return code;
        }
        *out = line.text ? line.text + strspn(line.text, " \t\r") : NULL;
        if (*out != NULL && **out != '\0') {
            *length = line.length - (size_t)(*out - line.text);
            return MNEME_OK;
        }
    }
    *out = NULL;
    return code;
}

/* A line that is an object: the head of an export, a dialogue, or a record; else an object over several lines. */
static enum import_format format_of_object(const char *line, size_t length)
{
    struct json *value;
    enum import_format format = IMPORT_JSONL;
    if (json_parse(line, length, LIMIT_LINE_BYTES, &value, NULL) != MNEME_OK) {
        return strspn(line + 1, " \t") == length - 1 ? IMPORT_LOCOMO : IMPORT_JSONL;
    }
    if (json_get(value, "mneme") != NULL) {
        format = IMPORT_MNEME;
    } else if (is_dialogue(value)) {
        format = IMPORT_LOCOMO;
    }
    json_free(value);
    return format;
}

/* `auto`: told by the first line, and for a list by its first item. */
static enum mneme_code detect(struct importing *importing, enum import_format *format,
                              struct json **whole, struct mneme_error *err)
{
    const char *first;
    size_t length = 0;
    enum mneme_code code = find_first(importing->source, &first, &length, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (first != NULL && *first == '[') {
        code = parse_whole(importing, whole, err);
        *format = code == MNEME_OK && is_dialogue(json_at(*whole, 0)) ? IMPORT_LOCOMO : IMPORT_CHAT;
        return code;
    }
    *format = first != NULL && *first == '{' ? format_of_object(first, length) : IMPORT_TEXT;
    return MNEME_OK;
}

static enum mneme_code read_once(struct importing *importing, enum import_format format,
                                 const struct json *whole, struct mneme_error *err)
{
    enum mneme_code code = source_rewind(importing->source, err);
    importing->done = 0;
    *importing->result = (struct import_result){0};
    if (code != MNEME_OK) {
        return code;
    }
    switch (format) {
    case IMPORT_CHAT: code = import_chat(importing, whole, err); break;
    case IMPORT_LOCOMO: code = import_locomo(importing, whole, err); break;
    case IMPORT_TEXT: code = import_text(importing, err); break;
    case IMPORT_JSONL: code = import_jsonl(importing, err); break;
    case IMPORT_MNEME: code = import_mneme(importing, err); break;
    case IMPORT_AUTO:
    case IMPORT_FORMATS:
        code = error_set(err, MNEME_INTERNAL, "the format has not been told");
        break;
    }
    return code == MNEME_OK ? import_flush(importing, err) : code;
}

static int by_line(const void *a, const void *b)
{
    const struct import_fault *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

/* What a write refuses is known later than what a reader does. */
static void sort_faults(struct import_result *result)
{
    if (result->fault_count > 1) {
        qsort(result->faults, result->fault_count, sizeof *result->faults, by_line);
    }
}

static enum mneme_code refuse_all(struct import_result *result, struct mneme_error *err)
{
    sort_faults(result);
    const struct import_fault *first = &result->faults[0];
    return error_field(err, MNEME_INVALID, first->error.field, "strict",
                       "line %llu: %.90s; nothing was written", (unsigned long long)first->line,
                       first->error.message);
}

static enum mneme_code read_source(struct importing *importing, enum import_format format,
                                   struct json **whole, struct mneme_error *err)
{
    bool is_whole = format == IMPORT_CHAT || format == IMPORT_LOCOMO;
    enum mneme_code code = MNEME_OK;
    if (is_whole && *whole == NULL) {
        code = parse_whole(importing, whole, err);
    }
    if (code == MNEME_OK && !is_whole && importing->request->on_progress != NULL) {
        code = source_count_lines(importing->source, &importing->total, err);
    }
    if (code == MNEME_OK && importing->request->strict) {
        importing->is_trial = true;
        code = read_once(importing, format, *whole, err);
        importing->is_trial = false;
        if (code == MNEME_OK && importing->result->failed > 0) {
            code = refuse_all(importing->result, err);
        }
    }
    return code == MNEME_OK ? read_once(importing, format, *whole, err) : code;
}

static enum mneme_code run(struct importing *importing, struct mneme_error *err)
{
    enum import_format format = importing->request->format;
    struct json *whole = NULL;
    enum mneme_code code = MNEME_OK;
    importing->identity = importing->request->source;
    if (importing->identity == NULL) {
        code = source_identity(importing->source, &importing->identity, err);
    }
    if (code == MNEME_OK && format == IMPORT_AUTO) {
        code = detect(importing, &format, &whole, err);
    }
    if (code == MNEME_OK) {
        code = read_source(importing, format, &whole, err);
    }
    json_free(whole);
    return code;
}

enum mneme_code import_run(struct mneme *handle, const struct import_request *request,
                           struct arena *arena, struct import_result *out, struct mneme_error *err)
{
    struct importing importing = {
        .handle = *handle, .request = request, .arena = arena, .result = out};
    *out = (struct import_result){0};
    importing.handle.origin = "import";
    enum mneme_code code = source_open(request->path, "path", &importing.source, err);
    if (code != MNEME_OK) {
        return code;
    }
    arena_init(&importing.batch_arena);
    map_init(&importing.seen);
    code = run(&importing, err);
    sort_faults(out);
    map_clear(&importing.seen);
    arena_clear(&importing.batch_arena);
    source_close(importing.source);
    return code;
}
