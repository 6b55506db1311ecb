/* Any JSON as a filter. What is taken must give an answer, and its negation must not give the same one. */
#include "model/filter.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void must(bool holds)
{
    if (!holds) abort();
}

static struct memory some_memory(void)
{
    static const char *const tags[] = {"drink", "tea"};
    struct memory memory = {.version = 0};
    record_set_defaults(&kind_memory, &memory);
    field_set_text(&kind_memory, &memory, MEMORY_TYPE, "preference");
    field_set_list(&kind_memory, &memory, MEMORY_TAGS, (struct list){tags, 2});
    field_set_integer(&kind_memory, &memory, MEMORY_EVENT_AT, 1683554160000000);
    field_set_text(&kind_memory, &memory, COMMON_METADATA,
                   "{\"a\":{\"b\":5},\"r\":2.5,\"yes\":true,\"list\":[1,\"two\",[3]]}");
    return memory;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct kind *const kinds[] = {&kind_memory, &kind_message, NULL};
    struct json *json;
    if (json_parse((const char *)bytes, length, LIMIT_JSON_BYTES, &json, NULL) != MNEME_OK)
        return 0;
    struct arena arena;
    arena_init(&arena);
    struct fault_list faults;
    fault_list_init(&faults, &arena);
    struct mneme_error error;
    const struct filter *filter;
    enum mneme_code code = filter_parse(json, kinds, "/filter", &arena, &filter, &faults, &error);
    must((code == MNEME_OK) == (faults.count == 0));
    json_free(json);
    if (code == MNEME_OK) {
        struct memory memory = some_memory();
        struct filter negation = {.type = FILTER_NOT, .children = &filter, .child_count = 1};
        bool is_match, is_other;
        must(filter_matches(filter, &kind_memory, &memory, &is_match, &error) == MNEME_OK);
        must(filter_matches(&negation, &kind_memory, &memory, &is_other, &error) == MNEME_OK);
        must(!(is_match && is_other));
    }
    arena_clear(&arena);
    return 0;
}
