#include "support/records.h"

#include "base/alloc.h"

#include <criterion/criterion.h>
#include <string.h>

struct json *parsed(const char *text)
{
    struct json *json;
    struct mneme_error error;
    enum mneme_code code = json_parse(text, strlen(text), LIMIT_BATCH_BYTES, &json, &error);
    cr_assert_eq(code, MNEME_OK, "%s in %.200s", error.message, text);
    return json;
}

static const char *fill_text(const struct field *field, int seed, size_t i, struct arena *arena)
{
    if (field->flags & FIELD_UUID)
        return arena_printf(arena, "018f0000-%04x-7000-8000-%012zx", (unsigned)seed, i);
    if (!field->choices) return arena_printf(arena, "%s \xC3\xA9 \"%d\"", field->name, seed);
    size_t count = 0;
    while (field->choices[count]) count++;
    return field->choices[((size_t)seed + i) % count];
}

static struct list fill_list(int seed, struct arena *arena)
{
    const char **items = arena_alloc_array(arena, 2, sizeof *items);
    cr_assert(items);
    items[0] = arena_printf(arena, "item, %d", seed);
    items[1] = "\xE6\x97\xA5\xE6\x9C\xAC";
    return (struct list){items, 2};
}

void fill_record(const struct kind *kind, void *record, int seed, struct arena *arena)
{
    memset(record, 0, kind->size);
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];
        switch (field->type) {
        case FIELD_TEXT: field_set_text(kind, record, i, fill_text(field, seed, i, arena)); break;
        case FIELD_JSON:
            field_set_text(
                kind, record, i,
                arena_printf(arena, "{\"seed\":%d,\"of\":[\"%s\",0.5]}", seed, field->name));
            break;
        case FIELD_INTEGER: field_set_integer(kind, record, i, seed * 100 + (int)i + 1); break;
        case FIELD_TIME:
            field_set_integer(kind, record, i, (seed * 100 + (int)i) * US_PER_SECOND + seed);
            break;
        case FIELD_REAL: field_set_real(kind, record, i, 1.0 / (seed + 3.0)); break;
        case FIELD_BOOLEAN: field_set_boolean(kind, record, i, (seed + (int)i) % 2); break;
        case FIELD_LIST: field_set_list(kind, record, i, fill_list(seed, arena)); break;
        case FIELD_BYTES: field_set_bytes(kind, record, i, (struct bytes){"a\0b\xFF", 4}); break;
        }
    }
    cr_assert(!arena_failed(arena));
    ((struct record_head *)record)->given = 0;
}

size_t first_difference(const struct kind *kind, const void *a, const void *b)
{
    for (size_t i = 0; i < kind->field_count; i++)
        if (!field_equal(kind, a, b, i)) return i;
    return FIELD_NONE;
}

static size_t allowed;
static bool has_refused;

static bool refuse(void *context)
{
    (void)context;
    if (allowed > 0) {
        allowed--;
        return false;
    }
    has_refused = true;
    return true;
}

void fail_from(size_t n)
{
    allowed = n;
    has_refused = false;
    mem_set_hook(refuse, NULL);
}

bool fail_never_again(void)
{
    mem_set_hook(NULL, NULL);
    return has_refused;
}
