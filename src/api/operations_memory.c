/* Operations on memories: remember, update, supersede, tag, expire, touch, map. */
#include "api/operations.h"
#include "base/limits.h"
#include "engine/memory.h"

#include <string.h>

/* importance_level 1..5 stands for importance. */
static enum mneme_code read_level(const struct call *call, struct memory *memory,
                                  struct mneme_error *err)
{
    int64_t level = call_integer(call, "importance_level");
    if (level == TIME_NONE) {
        return MNEME_OK; // absent, or refused before
    }
    if (call_json(call, "importance") != NULL) {
        return call_refuse(call, "importance_level", "conflict",
                           "cannot be given together with 'importance'", err);
    }
    field_set_real(&kind_memory, memory, MEMORY_IMPORTANCE, (double)(level - 1) / 4);
    return MNEME_OK;
}

/* ttl stands for expires_at; null is no end, as there. */
static enum mneme_code read_ttl(const struct call *call, struct memory *memory,
                                struct mneme_error *err)
{
    int64_t duration;
    if (json_get(call->input, "ttl") == NULL) {
        return MNEME_OK;
    }
    if (call_json(call, "ttl") == NULL) {
        if (json_get(call->input, "expires_at") == NULL) {
            field_clear(&kind_memory, memory, MEMORY_EXPIRES_AT);
        }
        return MNEME_OK;
    }
    if (call_json(call, "expires_at") != NULL) {
        return call_refuse(call, "ttl", "conflict", "cannot be given together with 'expires_at'",
                           err);
    }
    enum mneme_code code = call_duration(call, "ttl", &duration, err);
    field_set_integer(&kind_memory, memory, MEMORY_EXPIRES_AT,
                      engine_now_us(call->handle) + duration);
    return code;
}

static enum mneme_code keep_first(enum mneme_code first, enum mneme_code next)
{
    return first == MNEME_OK || next == MNEME_NOMEM ? next : first;
}

/* The memory's fields and what stands for them. All faults are found, whichever comes first. */
static enum mneme_code read_fields(const struct call *call, const char *const *skip,
                                   struct memory *memory, struct mneme_error *err)
{
    enum mneme_code code =
        record_read_json(&kind_memory, memory, call->input, call->operation->record_source, skip,
                         call->pointer, call->faults, err);
    code = keep_first(code, read_level(call, memory, err));
    return keep_first(code, read_ttl(call, memory, err));
}

/* What a memory may bring beside its fields. */
static const char *const beside[] = {"importance_level", "ttl", "dedupe", "vector", "space",
                                     "version",          NULL};

/* One memory to be remembered; `i` is its vector's row. */
static enum mneme_code read_memory(const struct call *call, size_t i, struct memory_item *item,
                                   struct mneme_error *err)
{
    enum mneme_code code = read_fields(call, beside, &item->record, err);
    item->is_unique = strcmp(call_text(call, "dedupe"), "none") == 0;
    if (call_json(call, "version") != NULL) {
        item->version = call_integer(call, "version");
        if (call_json(call, "key") == NULL) {
            code = keep_first(
                code, call_refuse(call, "version", "conflict", "is for a memory with a key", err));
        }
    }
    return keep_first(code, call_vector(call, i, &item->vector, err));
}

enum mneme_code op_memory_remember(struct call *call, struct mneme_error *err)
{
    struct memory_item item = {0};
    int64_t seq;
    enum mneme_code code = call_check_vectors(call, 1, err);
    code = keep_first(code, read_memory(call, 0, &item, err));
    if (code == MNEME_OK) {
        code = memory_remember(call->handle, &item, 1, true, call->arena, &seq, err);
    }
    if (code == MNEME_OK) {
        write_receipt_members(call, &item.receipt);
    }
    return code;
}

static const char *item_pointer(const struct call *call, size_t i)
{
    return arena_printf(call->arena, "/items/%zu", i);
}

/* Reads the items of a batch as remember reads its input; each keeps its own faults. */
static enum mneme_code read_items(const struct call *call, const struct json *items,
                                  struct memory_item *out, struct fault_list *faults,
                                  struct mneme_error *err)
{
    const struct operation *remember = operation_find("memory.remember");
    struct call of_item = {0};
    for (size_t i = 0; i < json_count(items); i++) {
        const char *pointer = item_pointer(call, i);
        if (pointer == NULL) {
            return error_nomem(err);
        }
        fault_list_init(&faults[i], call->arena);
        of_item.faults = &faults[i];
        enum mneme_code code =
            call_read_item(call, remember, json_at(items, i), pointer, &of_item, &out[i].error);
        if (json_type_of(json_at(items, i)) == JSON_TYPE_OBJECT && code != MNEME_NOMEM) {
            code = read_memory(&of_item, i, &out[i], &out[i].error);
        }
        if (code == MNEME_NOMEM) {
            return error_nomem(err);
        }
        out[i].code = code;
        out[i].is_refused = code != MNEME_OK;
    }
    return MNEME_OK;
}

static void write_items(const struct call *call, const struct memory_item *items,
                        const struct fault_list *faults, size_t count)
{
    json_begin_array(call->out, "items");
    for (size_t i = 0; i < count; i++) {
        if (items[i].code == MNEME_OK) {
            write_receipt(call, NULL, &items[i].receipt);
            continue;
        }
        const char *pointer = item_pointer(call, i);
        json_begin_object(call->out, NULL);
        write_error(call->out, &items[i].error, &faults[i], pointer ? pointer : "");
        json_end_object(call->out);
    }
    json_end_array(call->out);
}

/* All or nothing: the first item that was refused, with its own faults and place, refuses the call. */
static enum mneme_code refuse_all(const struct call *call, const struct memory_item *items,
                                  const struct fault_list *faults, size_t count,
                                  struct mneme_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].code == MNEME_OK) {
            continue;
        }
        if (faults[i].count > 0) {
            *call->faults = faults[i];
            return error_copy(err, &items[i].error);
        }
        const char *pointer = item_pointer(call, i);
        return pointer ? call_refuse_at(call, pointer, &items[i].error, err) : error_nomem(err);
    }
    return MNEME_OK;
}

static enum mneme_code remember_items(const struct call *call, const struct json *items,
                                      struct memory_item *all, struct fault_list *faults,
                                      struct mneme_error *err)
{
    size_t count = json_count(items);
    bool is_atomic = call_boolean(call, "atomic");
    int64_t seq;
    enum mneme_code code = read_items(call, items, all, faults, err);
    if (code == MNEME_OK && is_atomic) {
        code = refuse_all(call, all, faults, count, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    code = memory_remember(call->handle, all, count, is_atomic, call->arena, &seq, err);
    if (code != MNEME_OK) {
        enum mneme_code own = is_atomic ? refuse_all(call, all, faults, count, err) : MNEME_OK;
        return own == MNEME_OK ? code : own;
    }
    write_items(call, all, faults, count);
    write_batch_end(call, seq);
    return MNEME_OK;
}

enum mneme_code op_memory_remember_batch(struct call *call, struct mneme_error *err)
{
    const struct json *items;
    enum mneme_code code = call_items(call, "items", LIMIT_BATCH_ITEMS, &items, err);
    size_t count = json_count(items);
    if (code == MNEME_OK) {
        code = call_check_vectors(call, count, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    struct memory_item *all = arena_alloc_array(call->arena, count + 1, sizeof *all);
    struct fault_list *faults = arena_alloc_array(call->arena, count + 1, sizeof *faults);
    return all && faults ? remember_items(call, items, all, faults, err) : error_nomem(err);
}

/* Update and supersede: the name, and the fields that change. With an id, namespace and key are the record's own. */
static enum mneme_code read_change(const struct call *call, struct memory *fields,
                                   struct memory_change *change, struct mneme_error *err)
{
    static const char *const skip_by_id[] = {"id",    "importance_level", "ttl", "vector",
                                             "space", "version",          NULL};
    static const char *const skip_by_key[] = {
        "id", "key", "namespace", "importance_level", "ttl", "vector", "space", "version", NULL};
    const struct json *key = json_get(call->input, "key");
    const char *const *skip = key != NULL && !call_has(call, "id") ? skip_by_key : skip_by_id;
    *change = (struct memory_change){.fields = fields};
    if (call_json(call, "version") != NULL) {
        change->version = call_integer(call, "version");
    }
    enum mneme_code code = call_check_vectors(call, 1, err);
    code = keep_first(code, read_fields(call, skip, fields, err));
    code = keep_first(code, call_memory_name(call, &change->name, err));
    return keep_first(code, call_vector(call, 0, &change->vector, err));
}

static enum mneme_code answer(const struct call *call, enum mneme_code code,
                              const struct receipt *receipt)
{
    if (code == MNEME_OK) {
        write_receipt_members(call, receipt);
    }
    return code;
}

enum mneme_code op_memory_update(struct call *call, struct mneme_error *err)
{
    struct memory fields = {0};
    struct memory_change change;
    struct receipt receipt;
    enum mneme_code code = read_change(call, &fields, &change, err);
    if (code == MNEME_OK) {
        code = memory_update(call->handle, &change, call->arena, &receipt, err);
    }
    return answer(call, code, &receipt);
}

enum mneme_code op_memory_supersede(struct call *call, struct mneme_error *err)
{
    struct memory fields = {0};
    struct memory_change change;
    struct receipt receipt;
    enum mneme_code code = read_change(call, &fields, &change, err);
    if (code == MNEME_OK) {
        code = memory_supersede(call->handle, &change, call->arena, &receipt, err);
    }
    return answer(call, code, &receipt);
}

static enum mneme_code change_tags(struct call *call, bool remove, struct mneme_error *err)
{
    struct record_name name;
    struct receipt receipt;
    enum mneme_code code = call_record_name(call, &name, err);
    if (code == MNEME_OK) {
        code = memory_tag(call->handle, &name, call_list(call, "tags"), remove, call->arena,
                          &receipt, err);
    }
    return answer(call, code, &receipt);
}

enum mneme_code op_memory_tag(struct call *call, struct mneme_error *err)
{
    return change_tags(call, false, err);
}

enum mneme_code op_memory_untag(struct call *call, struct mneme_error *err)
{
    return change_tags(call, true, err);
}

/* expires_at, or ttl from now on; null (of expire alone) takes the end away. */
static enum mneme_code read_expiry(const struct call *call, bool is_touch, int64_t *out,
                                   struct mneme_error *err)
{
    int64_t duration;
    bool has_ttl = call_has(call, "ttl"), has_time = call_has(call, "expires_at");
    bool is_cleared = !is_touch && (json_get(call->input, "expires_at") != NULL ||
                                    json_get(call->input, "ttl") != NULL);
    *out = call_integer(call, "expires_at");
    if (has_ttl && has_time) {
        return call_refuse(call, "ttl", "conflict", "cannot be given together with 'expires_at'",
                           err);
    }
    if (!has_ttl && !has_time && !is_cleared) {
        return call_refuse(call, "expires_at", "required", "is required, or 'ttl'", err);
    }
    enum mneme_code code = call_duration(call, "ttl", &duration, err);
    if (has_ttl) {
        *out = engine_now_us(call->handle) + duration;
    }
    return code;
}

static enum mneme_code change_expiry(struct call *call, bool is_touch, struct mneme_error *err)
{
    struct record_name name;
    struct receipt receipt;
    int64_t expires_at;
    enum mneme_code code = call_record_name(call, &name, err);
    if (code == MNEME_OK) {
        code = read_expiry(call, is_touch, &expires_at, err);
    }
    if (code == MNEME_OK) {
        code = memory_expire(call->handle, &name, expires_at, is_touch, call->arena, &receipt, err);
    }
    return answer(call, code, &receipt);
}

enum mneme_code op_memory_expire(struct call *call, struct mneme_error *err)
{
    return change_expiry(call, false, err);
}

enum mneme_code op_memory_touch(struct call *call, struct mneme_error *err)
{
    return change_expiry(call, true, err);
}

enum mneme_code op_memory_map(struct call *call, struct mneme_error *err)
{
    struct map_request request = {.name_space = call_text(call, "namespace"),
                                  .prefix = call_text(call, "prefix")};
    struct map_page page;
    enum mneme_code code = call_page(call, &request.page, err);
    if (code == MNEME_OK) {
        code = memory_map(call->handle, &request, call->arena, &page, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    json_begin_object(call->out, "map");
    for (size_t i = 0; i < page.count; i++) {
        json_write_text(call->out, page.keys[i], page.contents[i]);
    }
    json_end_object(call->out);
    json_write_text(call->out, "next_cursor", page.next_cursor);
    return MNEME_OK;
}
