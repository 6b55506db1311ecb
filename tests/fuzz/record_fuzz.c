/*
 * Any JSON as a record of any kind. What is taken must be written, read back and written again the same; what is
 * refused must name the rule.
 */
#include "model/record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void must(bool holds)
{
    if (!holds) abort();
}

/* A new record lacks what the engine sets; with that it is whole, and must survive an export. */
static void complete(const struct kind *kind, void *record)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];
        if (field_present(record, i) || !(field->flags & FIELD_STORED)) continue;
        if (field->type == FIELD_TEXT)
            field_set_text(kind, record, i,
                           field->flags & FIELD_UUID ? "0190a5e0-0000-7000-8000-000000000001"
                           : field->choices          ? field->choices[0]
                                                     : "x");
        else if (field->type == FIELD_INTEGER || field->type == FIELD_TIME)
            field_set_integer(kind, record, i, 1);
        else if (field->type == FIELD_BOOLEAN)
            field_set_boolean(kind, record, i, false);
    }
}

static void round_trip(const struct kind *kind, void *record, struct arena *arena)
{
    union any_record back;
    struct mneme_error error;
    complete(kind, record);
    const char *text = record_to_json(kind, record, VIEW_EXACT, arena);
    must(text != NULL);
    memset(&back, 0, sizeof back);
    must(record_from_json(kind, &back, text, arena, &error) == MNEME_OK);
    must(strcmp(record_to_json(kind, &back, VIEW_EXACT, arena), text) == 0);
    struct fault_list faults;
    fault_list_init(&faults, arena);
    must(record_check(kind, &back, RECORD_EXACT, "", &faults, &error) == MNEME_OK);
    must(strcmp(record_to_json(kind, &back, VIEW_EXACT, arena), text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct json *json;
    if (json_parse((const char *)bytes, length, LIMIT_JSON_BYTES, &json, NULL) != MNEME_OK)
        return 0;
    struct arena arena;
    arena_init(&arena);
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++)
        for (int source = RECORD_NEW; source <= RECORD_EXACT; source++) {
            union any_record record;
            struct mneme_error error;
            struct fault_list faults;
            fault_list_init(&faults, &arena);
            memset(&record, 0, sizeof record);
            enum mneme_code code = record_read_json(kind, &record, json, (enum record_source)source,
                                                    NULL, "", &faults, &error);
            must((code == MNEME_OK) == (faults.count == 0));
            if (code == MNEME_OK && source != RECORD_CHANGE) round_trip(kind, &record, &arena);
            if (code != MNEME_OK) must(error.code == code && *error.rule);
        }
    json_free(json);
    arena_clear(&arena);
    return 0;
}
