/* What a line may bring beside its record's fields, with the rules of the operations that take it. */
#include "base/limits.h"
#include "model/beside.h"
#include "transfer/import_internal.h"

#include <assert.h>
#include <string.h>

struct beside {
    struct record_head head;
    int64_t importance_level;
    const char *dedupe, *space;
};

enum beside_field { BESIDE_IMPORTANCE_LEVEL, BESIDE_DEDUPE, BESIDE_SPACE };

static const char *const dedupes[] = {"content", "none", NULL};
static const struct field fields[] = {
    [BESIDE_IMPORTANCE_LEVEL] = {.name = "importance_level",
                                 .type = FIELD_INTEGER,
                                 .offset = offsetof(struct beside, importance_level),
                                 .min = 1,
                                 .max = 5},
    [BESIDE_DEDUPE] = {.name = "dedupe",
                       .type = FIELD_TEXT,
                       .offset = offsetof(struct beside, dedupe),
                       .choices = dedupes},
    [BESIDE_SPACE] = {.name = "space",
                      .type = FIELD_TEXT,
                      .flags = FIELD_NAME,
                      .offset = offsetof(struct beside, space),
                      .min = 1,
                      .max = LIMIT_SPACE_BYTES},
};
static const struct kind kind_beside = {.name = "line",
                                        .fields = fields,
                                        .field_count = sizeof fields / sizeof *fields,
                                        .size = sizeof(struct beside)};

static const char *const of_memory[] = {"importance_level", "ttl",   "dedupe",
                                        "vector",           "space", NULL};
static const char *const of_message[] = {"vector", "space", NULL};

const char *const *import_names_beside(const struct kind *kind)
{
    static const char *const none[] = {NULL};
    return kind == &kind_memory ? of_memory : kind == &kind_message ? of_message : none;
}

/* A member that is there and not null. */
static const struct json *member(const struct json *object, const char *name)
{
    const struct json *value = json_get(object, name);
    return value != NULL && json_type_of(value) != JSON_TYPE_NULL ? value : NULL;
}

static enum mneme_code refuse(const char *field, const char *rule, const char *what,
                              struct mneme_error *err)
{
    return error_field(err, MNEME_INVALID, field, rule, "'%s' %s", field, what);
}

static enum mneme_code take_level(const struct json *object, const struct beside *beside,
                                  struct memory *memory, struct mneme_error *err)
{
    if (!field_present(beside, BESIDE_IMPORTANCE_LEVEL)) {
        return MNEME_OK;
    }
    if (member(object, "importance") != NULL) {
        return refuse("importance_level", "conflict", "cannot be given together with 'importance'",
                      err);
    }
    field_set_real(&kind_memory, memory, MEMORY_IMPORTANCE,
                   (double)(beside->importance_level - 1) / 4);
    return MNEME_OK;
}

static enum mneme_code take_ttl(const struct json *object, int64_t now_us, struct memory *memory,
                                struct mneme_error *err)
{
    const struct json *ttl = member(object, "ttl");
    int64_t duration;
    if (ttl == NULL) {
        return MNEME_OK;
    }
    if (member(object, "expires_at") != NULL) {
        return refuse("ttl", "conflict", "cannot be given together with 'expires_at'", err);
    }
    if (!duration_read_json(ttl, &duration)) {
        return refuse("ttl", "format", "must be seconds, or text such as \"24h\"", err);
    }
    field_set_integer(&kind_memory, memory, MEMORY_EXPIRES_AT, now_us + duration);
    return MNEME_OK;
}

static enum mneme_code take_vector(const struct json *object, const char *space,
                                   struct arena *arena, struct prepared_vector *out,
                                   struct mneme_error *err)
{
    const struct json *vector = member(object, "vector");
    float *numbers;
    size_t count;
    if (vector == NULL) {
        return space == NULL ? MNEME_OK
                             : refuse("vector", "required", "is required with 'space'", err);
    }
    enum mneme_code code = vector_read_json(vector, arena, &numbers, &count, err);
    return code == MNEME_OK ? prepare_given_vector(numbers, count, space, arena, out, err) : code;
}

enum mneme_code import_read_beside(struct importing *importing, const struct json *object,
                                   struct import_item *item, struct mneme_error *own)
{
    struct arena *arena = &importing->batch_arena;
    struct beside beside = {0};
    struct fault_list faults;
    enum mneme_code code = MNEME_OK;
    fault_list_init(&faults, arena);
    for (const char *const *name = import_names_beside(item->kind); *name != NULL; name++) {
        size_t i = field_find(&kind_beside, *name);
        const struct json *value = member(object, *name);
        if (i != FIELD_NONE && value != NULL && code == MNEME_OK) {
            code = field_read_json(&kind_beside, &beside, i, value, "", &faults, own);
        }
    }
    item->is_unique = beside.dedupe != NULL && strcmp(beside.dedupe, "none") == 0;
    if (code == MNEME_OK && item->kind == &kind_memory) {
        code = take_level(object, &beside, &item->record.memory, own);
        if (code == MNEME_OK) {
            code = take_ttl(object, engine_now_us(&importing->handle), &item->record.memory, own);
        }
    }
    return code == MNEME_OK ? take_vector(object, beside.space, arena, &item->vector, own) : code;
}
