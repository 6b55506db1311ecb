/*
 * Faults, defaults and changes. Reading is in record_read.c, writing in record_write.c.
 */
#include "model/record.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fault_list_init(struct fault_list *faults, struct arena *arena)
{
    faults->arena = arena;
    faults->count = 0;
}

void fault_add_step(struct strbuf *pointer, const char *name)
{
    strbuf_add_char(pointer, '/');
    for (; *name; name++) {
        if (*name == '~')
            strbuf_add_text(pointer, "~0");
        else if (*name == '/')
            strbuf_add_text(pointer, "~1");
        else
            strbuf_add_char(pointer, *name);
    }
}

static char *PRINTF_LIKE(2, 0) print(struct arena *arena, const char *format, va_list arguments)
{
    struct mneme_error error;
    char words[2 * sizeof error.message];
    if (vsnprintf(words, sizeof words, format, arguments) < 0) words[0] = '\0';
    error_set(&error, MNEME_INVALID, "%s", words); // makes one line of valid UTF-8 of it
    return arena_text(arena, error.message);
}

enum mneme_code fault_add(struct fault_list *faults, enum mneme_code code, const char *pointer,
                          const char *field, const char *rule, struct mneme_error *err,
                          const char *format, ...)
{
    size_t at = faults->count++;
    if (at >= LIMIT_ERRORS) return code;
    va_list arguments;
    va_start(arguments, format);
    const char *message = print(faults->arena, format, arguments);
    va_end(arguments);
    struct field_fault fault = {.field = arena_text(faults->arena, field),
                                .pointer = arena_text(faults->arena, pointer),
                                .rule = rule,
                                .message = message,
                                .code = code};
    if (arena_failed(faults->arena)) {
        faults->count = at;
        return error_nomem(err);
    }
    faults->items[at] = fault;
    if (at == 0) error_field(err, code, fault.field, rule, "%s", message);
    return code;
}

/* Digits with or without a point; strtod would ask the process's locale for its own. */
static double decimal(const char *text)
{
    double digits = 0, scale = 1;
    bool is_fraction = false;
    for (; *text; text++) {
        if (*text == '.') {
            is_fraction = true;
            continue;
        }
        digits = digits * 10 + (*text - '0');
        if (is_fraction) scale *= 10;
    }
    return digits / scale;
}

static void set_default(const struct kind *kind, void *record, size_t i)
{
    const char *text = kind->fields[i].fallback;
    switch (kind->fields[i].type) {
    case FIELD_TEXT: field_set_text(kind, record, i, text); break;
    case FIELD_INTEGER: field_set_integer(kind, record, i, strtoll(text, NULL, 10)); break;
    case FIELD_REAL: field_set_real(kind, record, i, decimal(text)); break;
    case FIELD_BOOLEAN: field_set_boolean(kind, record, i, text[0] == 't'); break;
    case FIELD_TIME:
    case FIELD_JSON:
    case FIELD_LIST:
    case FIELD_BYTES: assert(!"fields of this type have no default"); break;
    }
}

void record_set_defaults(const struct kind *kind, void *record)
{
    struct record_head *head = record;
    uint64_t given = head->given;
    for (size_t i = 0; i < kind->field_count; i++)
        if (kind->fields[i].fallback && !field_present(record, i)) set_default(kind, record, i);
    head->given = given;
}

bool record_apply(const struct kind *kind, void *record, const void *change, bool *is_quiet)
{
    struct record_head *head = record;
    uint64_t given = ((const struct record_head *)change)->given, was_given = head->given;
    bool differs = false;
    *is_quiet = true;
    for (size_t i = 0; i < kind->field_count; i++) {
        if (!(given >> i & 1) || field_equal(kind, record, change, i)) continue;
        field_copy(kind, record, change, i);
        differs = true;
        if (!(kind->fields[i].flags & FIELD_QUIET)) *is_quiet = false;
    }
    *is_quiet = *is_quiet && differs;
    head->given = was_given;
    return differs;
}
