/* Operations on memories: remember, update, supersede, tag, expire, touch, map. */
#include "api/operations.h"
#include "base/limits.h"
#include "engine/memory.h"

#include <string.h>

/* The inputs that stand for fields: importance_level for importance, ttl for expires_at. `member` reads them from
 * an item. */
static enum mneme_code read_level(const struct call *call, const struct json *object,
                                  const char *pointer, struct fault_list *faults,
                                  struct memory *memory, struct mneme_error *err)
{
    const struct json *level = json_get(object, "importance_level");
    const char *place = arena_printf(call->arena, "%s/importance_level", pointer);
    if (place == NULL) {
        return error_nomem(err);
    }
    if (level == NULL || json_type_of(level) == JSON_TYPE_NULL) {
        return MNEME_OK;
    }
    if (json_type_of(level) != JSON_TYPE_INTEGER) {
        return fault_add(faults, MNEME_INVALID, place, "importance_level", "type", err,
                         "'importance_level' must be a whole number");
    }
    int64_t value = json_as_integer(level);
    if (value < 1 || value > 5) {
        return fault_add(faults, MNEME_INVALID, place, "importance_level",
                         value < 1 ? "min" : "max", err, "'importance_level' must be 1 to 5");
    }
    if (json_get(object, "importance") != NULL) {
        return fault_add(faults, MNEME_INVALID, place, "importance_level", "conflict", err,
                         "'importance_level' cannot be given together with 'importance'");
    }
    field_set_real(&kind_memory, memory, MEMORY_IMPORTANCE, (double)(value - 1) / 4);
    memory->head.given |= UINT64_C(1) << MEMORY_IMPORTANCE;
    return MNEME_OK;
}

static enum mneme_code read_ttl(const struct call *call, const struct json *object,
                                const char *pointer, struct fault_list *faults,
                                struct memory *memory, struct mneme_error *err)
{
    int64_t duration;
    const char *place = arena_printf(call->arena, "%s/ttl", pointer);
    const struct json *ttl = json_get(object, "ttl");
    if (place == NULL) {
        return error_nomem(err);
    }
    if (ttl == NULL || json_type_of(ttl) == JSON_TYPE_NULL) {
        return MNEME_OK;
    }
    if (!json_read_duration(ttl, &duration)) {
        return fault_add(faults, MNEME_INVALID, place, "ttl", "format", err,
                         "'ttl' must be seconds, or text such as \"24h\"");
    }
    if (json_get(object, "expires_at") != NULL) {
        return fault_add(faults, MNEME_INVALID, place, "ttl", "conflict", err,
                         "'ttl' cannot be given together with 'expires_at'");
    }
    field_set_integer(&kind_memory, memory, MEMORY_EXPIRES_AT,
                      engine_now_us(call->handle) + duration);
    memory->head.given |= UINT64_C(1) << MEMORY_EXPIRES_AT;
    return MNEME_OK;
}

/* What a memory may bring beside its fields, in a call and in a batch's items. */
static const char *const beside[] = {"importance_level", "ttl", "dedupe", "vector", "space",
                                     "version",          NULL};

static enum mneme_code keep_first(enum mneme_code first, enum mneme_code next)
{
    return first == MNEME_OK || next == MNEME_NOMEM ? next : first;
}

static enum mneme_code read_fields(const struct call *call, const struct json *object,
                                   const char *const *skip, const char *pointer,
                                   struct fault_list *faults, struct memory *memory,
                                   struct mneme_error *err)
{
    enum mneme_code code = record_read_json(
        &kind_memory, memory, object, call->operation->record_source, skip, pointer, faults, err);
    code = keep_first(code, read_level(call, object, pointer, faults, memory, err));
    return keep_first(code, read_ttl(call, object, pointer, faults, memory, err));
}

static enum mneme_code read_dedupe(const struct call *call, const struct json *object,
                                   const char *pointer, struct fault_list *faults, bool *is_unique,
                                   struct mneme_error *err)
{
    const struct json *dedupe = json_get(object, "dedupe");
    const char *text = dedupe != NULL && json_type_of(dedupe) == JSON_TYPE_TEXT
                           ? json_as_text(dedupe, NULL)
                           : NULL;
    *is_unique = text != NULL && strcmp(text, "none") == 0;
    if (dedupe == NULL || json_type_of(dedupe) == JSON_TYPE_NULL || *is_unique ||
        (text != NULL && strcmp(text, "content") == 0)) {
        return MNEME_OK;
    }
    const char *place = arena_printf(call->arena, "%s/dedupe", pointer);
    return place ? fault_add(faults, MNEME_INVALID, place, "dedupe", "choice", err,
                             "'dedupe' must be content or none")
                 : error_nomem(err);
}

static enum mneme_code read_version(const struct call *call, const struct json *object,
                                    const char *pointer, struct fault_list *faults, int64_t *out,
                                    struct mneme_error *err)
{
    const struct json *version = json_get(object, "version");
    *out = 0;
    if (version == NULL || json_type_of(version) == JSON_TYPE_NULL) {
        return MNEME_OK;
    }
    if (json_type_of(version) == JSON_TYPE_INTEGER && json_as_integer(version) >= 1) {
        *out = json_as_integer(version);
        return MNEME_OK;
    }
    const char *place = arena_printf(call->arena, "%s/version", pointer);
    return place ? fault_add(faults, MNEME_INVALID, place, "version", "min", err,
                             "'version' must be a whole number from 1 on")
                 : error_nomem(err);
}

/* One memory to be remembered, with all its faults. */
static enum mneme_code read_item(const struct call *call, const struct json *object, size_t i,
                                 const char *pointer, const char *const *skip,
                                 struct fault_list *faults, struct memory_item *item,
                                 struct mneme_error *err)
{
    enum mneme_code code = read_fields(call, object, skip, pointer, faults, &item->record, err);
    code = keep_first(code, read_dedupe(call, object, pointer, faults, &item->is_unique, err));
    code = keep_first(code, read_version(call, object, pointer, faults, &item->version, err));
    struct call of_item = *call;
    of_item.faults = faults;
    return keep_first(code, call_vector(&of_item, object, i, pointer, &item->vector, err));
}

enum mneme_code op_memory_remember(struct call *call, struct mneme_error *err)
{
    struct memory_item item = {0};
    int64_t seq;
    enum mneme_code code = read_item(call, call->input, 0, "", beside, call->faults, &item, err);
    if (code == MNEME_OK) {
        code = memory_remember(call->handle, &item, 1, true, call->arena, &seq, err);
    }
    if (code == MNEME_OK) {
        write_receipt_members(call, &item.receipt);
    }
    return code;
}

/* Reads the items of a batch; each keeps its own faults. */
static enum mneme_code read_items(const struct call *call, const struct json *items,
                                  struct memory_item *out, struct fault_list *faults,
                                  struct mneme_error *err)
{
    for (size_t i = 0; i < json_count(items); i++) {
        const struct json *object = json_at(items, i);
        const char *pointer = arena_printf(call->arena, "/items/%zu", i);
        if (pointer == NULL) {
            return error_nomem(err);
        }
        fault_list_init(&faults[i], call->arena);
        out[i].code =
            json_type_of(object) == JSON_TYPE_OBJECT
                ? read_item(call, object, i, pointer, beside, &faults[i], &out[i], &out[i].error)
                : fault_add(&faults[i], MNEME_INVALID, pointer, "items", "type", &out[i].error,
                            "an item must be an object");
        if (out[i].code == MNEME_NOMEM) {
            return error_nomem(err);
        }
        out[i].is_refused = out[i].code != MNEME_OK;
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
        const char *pointer = arena_printf(call->arena, "/items/%zu", i);
        json_begin_object(call->out, NULL);
        write_error(call->out, &items[i].error, &faults[i], pointer ? pointer : "");
        json_end_object(call->out);
    }
    json_end_array(call->out);
}

/* The items array of a batch. */
enum mneme_code op_memory_remember_batch(struct call *call, struct mneme_error *err)
{
    const struct json *items = call_json(call, "items");
    size_t count = json_count(items);
    int64_t seq;
    bool is_atomic = call_boolean(call, "atomic");
    if (json_type_of(items) != JSON_TYPE_ARRAY) {
        return call_refuse(call, "items", "type", "must be an array", err);
    }
    if (count > LIMIT_BATCH_ITEMS) {
        return call_refuse(call, "items", "max_items", "holds more than 1000 items", err);
    }
    struct memory_item *all = arena_alloc_array(call->arena, count + 1, sizeof *all);
    struct fault_list *faults = arena_alloc_array(call->arena, count + 1, sizeof *faults);
    if (all == NULL || faults == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = read_items(call, items, all, faults, err);
    for (size_t i = 0; i < count && code == MNEME_OK && is_atomic; i++) {
        if (all[i].is_refused) {
            *call->faults = faults[i];
            return error_copy(err, &all[i].error);
        }
    }
    if (code == MNEME_OK) {
        code = memory_remember(call->handle, all, count, is_atomic, call->arena, &seq, err);
    }
    if (code == MNEME_OK) {
        write_items(call, all, faults, count);
        json_write_integer(call->out, "seq", seq);
        json_write_text(call->out, "token", engine_token(call->handle, seq, call->arena));
    }
    return code;
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
    enum mneme_code code = read_fields(call, call->input, skip, "", call->faults, fields, err);
    code =
        keep_first(code, read_version(call, call->input, "", call->faults, &change->version, err));
    if (code == MNEME_OK) {
        code = call_vector(call, call->input, 0, "", &change->vector, err);
    }
    return code == MNEME_OK ? call_memory_name(call, &change->name, err) : code;
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

static enum mneme_code change_expiry(struct call *call, bool is_touch, struct mneme_error *err)
{
    struct record_name name;
    struct receipt receipt;
    int64_t duration, expires_at = call_integer(call, "expires_at");
    enum mneme_code code = call_record_name(call, &name, err);
    if (code == MNEME_OK) {
        code = call_duration(call, "ttl", &duration, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    bool is_named = json_get(call->input, "expires_at") != NULL;
    bool has_ttl = call_has(call, "ttl");
    if (is_named && has_ttl) {
        return call_refuse(call, "ttl", "conflict", "cannot be given together with 'expires_at'",
                           err);
    }
    if (!has_ttl && (!is_named || (is_touch && expires_at == TIME_NONE))) {
        return call_refuse(call, "expires_at", "required", "is required, or 'ttl'", err);
    }
    if (has_ttl) {
        expires_at = engine_now_us(call->handle) + duration;
    }
    code = memory_expire(call->handle, &name, expires_at, is_touch, call->arena, &receipt, err);
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
    struct map_page page;
    enum mneme_code code = memory_map(
        call->handle, call_text(call, "namespace"), call_text(call, "prefix"),
        (unsigned)call_integer(call, "limit"), call_text(call, "cursor"), call->arena, &page, err);
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
