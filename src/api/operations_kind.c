/*
 * Operations on the kinds that their field tables describe whole: characters, props, agents, preferences, summaries,
 * clusters, patterns. The row of the operation table says which kind it is about.
 */
#include "api/operations.h"
#include "api/plain_filters.h"
#include "base/limits.h"
#include "engine/record_verbs.h"

#include <string.h>

static const struct kind *kind_of(const struct call *call)
{
    return call->operation->about;
}

/* The input that names a record of the kind beside `id`: its natural key, if that is one text. NULL: none. */
static const char *key_input(const struct kind *kind)
{
    return kind == &kind_agent ? "name" : kind == &kind_preference ? "key" : NULL;
}

static enum mneme_code read_name(const struct call *call, struct record_name *out,
                                 struct mneme_error *err)
{
    const char *key = key_input(kind_of(call));
    *out = (struct record_name){.id = call_text(call, "id")};
    if (key != NULL && field_find(&call->inputs, key) != FIELD_NONE) {
        out->key = call_text(call, key);
    }
    if (out->id == NULL && out->key == NULL) {
        return call_refuse(call, "id", "required", "is required", err);
    }
    return out->id != NULL && out->key != NULL
               ? call_refuse(call, key, "conflict", "cannot be given together with 'id'", err)
               : MNEME_OK;
}

static enum mneme_code answer(const struct call *call, enum mneme_code code,
                              const struct receipt *receipt)
{
    if (code == MNEME_OK) {
        write_receipt_members(call, receipt);
    }
    return code;
}

static enum mneme_code write_one(struct call *call, enum record_verb verb, struct record_item *item,
                                 struct mneme_error *err)
{
    int64_t seq;
    enum mneme_code code = record_write(call->handle, kind_of(call), verb, call->operation->name,
                                        item, 1, call->arena, &seq, err);
    return answer(call, code, &item->receipt);
}

static void read_version(const struct call *call, struct record_item *item)
{
    item->version = call_has(call, "version") ? call_integer(call, "version") : 0;
}

enum mneme_code op_kind_create(struct call *call, struct mneme_error *err)
{
    struct record_item item = {0};
    enum mneme_code code = call_record(call, &item.record, err);
    return code == MNEME_OK ? write_one(call, VERB_CREATE, &item, err) : code;
}

/* With an id the fields change that record; without they are a whole one, known by its natural key or new. */
static enum mneme_code read_saved(const struct call *call, struct record_item *item,
                                  struct mneme_error *err)
{
    item->name.id = call_text(call, "id");
    read_version(call, item);
    return call_record_as(call, item->name.id ? RECORD_CHANGE : RECORD_NEW, &item->record, err);
}

enum mneme_code op_kind_save(struct call *call, struct mneme_error *err)
{
    struct record_item item = {0};
    enum mneme_code code = read_saved(call, &item, err);
    return code == MNEME_OK ? write_one(call, VERB_SAVE, &item, err) : code;
}

static enum mneme_code read_items(struct call *call, const struct json *items,
                                  struct record_item *out, struct mneme_error *err)
{
    struct call of_item = {.faults = call->faults};
    const char *name = arena_printf(call->arena, "%s.save", kind_of(call)->name);
    const struct operation *save = name ? operation_find(name) : NULL;
    enum mneme_code code = save ? MNEME_OK : error_nomem(err);
    for (size_t i = 0; i < json_count(items) && code != MNEME_NOMEM; i++) {
        const struct json *item = json_at(items, i);
        const char *pointer = arena_printf(call->arena, "/items/%zu", i);
        code =
            pointer ? call_read_item(call, save, item, pointer, &of_item, err) : error_nomem(err);
        if (json_type_of(item) == JSON_TYPE_OBJECT && code != MNEME_NOMEM) {
            code = read_saved(&of_item, &out[i], err);
        }
    }
    if (code != MNEME_NOMEM && call->faults->count > 0) {
        code = call->faults->items[0].code;
    }
    return code;
}

/* What the engine refused, said of its item. */
static enum mneme_code refuse_item(const struct call *call, const struct record_item *items,
                                   size_t count, const struct mneme_error *own,
                                   struct mneme_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].is_refused) {
            const char *pointer = arena_printf(call->arena, "/items/%zu", i);
            return pointer ? call_refuse_at(call, pointer, own, err) : error_nomem(err);
        }
    }
    return error_copy(err, own);
}

enum mneme_code op_kind_save_batch(struct call *call, struct mneme_error *err)
{
    const struct json *array;
    struct mneme_error own = {0};
    int64_t seq;
    enum mneme_code code = call_items(call, "items", LIMIT_BATCH_ITEMS, &array, err);
    if (code != MNEME_OK) {
        return code;
    }
    size_t count = json_count(array);
    struct record_item *items = arena_alloc_array(call->arena, count, sizeof *items);
    code = items ? read_items(call, array, items, err) : error_nomem(err);
    if (code != MNEME_OK) {
        return code;
    }
    code = record_write(call->handle, kind_of(call), VERB_SAVE, call->operation->name, items, count,
                        call->arena, &seq, &own);
    if (code != MNEME_OK) {
        return refuse_item(call, items, count, &own, err);
    }
    json_begin_array(call->out, "items");
    for (size_t i = 0; i < count; i++) {
        write_receipt(call, NULL, &items[i].receipt);
    }
    json_end_array(call->out);
    write_batch_end(call, seq);
    return MNEME_OK;
}

enum mneme_code op_kind_update(struct call *call, struct mneme_error *err)
{
    struct record_item item = {0};
    read_version(call, &item);
    enum mneme_code code = read_name(call, &item.name, err);
    if (code != MNEME_NOMEM) {
        code = call_record(call, &item.record, err);
    }
    return code == MNEME_OK ? write_one(call, VERB_UPDATE, &item, err) : code;
}

/* Sets one switch of a record. */
static enum mneme_code set_switch(struct call *call, const char *field, bool value,
                                  struct mneme_error *err)
{
    struct record_item item = {0};
    const struct kind *kind = kind_of(call);
    field_set_boolean(kind, &item.record, field_find(kind, field), value);
    enum mneme_code code = read_name(call, &item.name, err);
    return code == MNEME_OK ? write_one(call, VERB_UPDATE, &item, err) : code;
}

enum mneme_code op_kind_archive(struct call *call, struct mneme_error *err)
{
    return set_switch(call, "is_active", false, err);
}

enum mneme_code op_prop_favorite(struct call *call, struct mneme_error *err)
{
    return set_switch(call, "is_favorite", true, err);
}

enum mneme_code op_prop_unfavorite(struct call *call, struct mneme_error *err)
{
    return set_switch(call, "is_favorite", false, err);
}

enum mneme_code op_prop_use(struct call *call, struct mneme_error *err)
{
    struct receipt receipt;
    enum mneme_code code =
        prop_use(call->handle, call_text(call, "id"), call->arena, &receipt, err);
    return answer(call, code, &receipt);
}

enum mneme_code op_kind_get(struct call *call, struct mneme_error *err)
{
    struct get_request request = {.only = kind_of(call),
                                  .is_any = call_boolean(call, "include_deleted")};
    struct read_record found;
    enum mneme_code code = read_name(call, &request.name, err);
    if (code == MNEME_OK) {
        code = record_get(call->handle, &request, call->arena, &found, err);
    }
    if (code == MNEME_OK) {
        write_record_members(call, found.kind, &found.record);
    }
    return code;
}

enum mneme_code op_kind_delete(struct call *call, struct mneme_error *err)
{
    struct record_name name;
    struct receipt receipt;
    enum mneme_code code = read_name(call, &name, err);
    if (code == MNEME_OK) {
        code = record_forget(call->handle, &name, kind_of(call), call->arena, &receipt, err);
    }
    return answer(call, code, &receipt);
}

enum mneme_code op_kind_restore(struct call *call, struct mneme_error *err)
{
    const struct record_name name = {.id = call_text(call, "id")};
    struct receipt receipt;
    enum mneme_code code =
        record_restore(call->handle, &name, kind_of(call), call->arena, &receipt, err);
    return answer(call, code, &receipt);
}

static bool has_input(const struct call *call, const char *name)
{
    return field_find(&call->inputs, name) != FIELD_NONE && call_has(call, name);
}

enum mneme_code op_kind_list(struct call *call, struct mneme_error *err)
{
    struct list_request request = {
        .kind = kind_of(call),
        .descending = call_boolean(call, "descending"),
        .created_from = TIME_NONE,
        .include_deleted = call_boolean(call, "include_deleted"),
    };
    struct record_page page;
    enum mneme_code code = field_filters(call, request.kind, &request.filter, err);
    if (code == MNEME_OK) {
        code = call_order(call, request.kind, &request.order, err);
    }
    if (code == MNEME_OK) {
        code = call_page(call, &request.page, err);
    }
    if (request.kind == &kind_message) {
        request.conversation_id = call_text(call, "conversation_id");
        request.with_alternatives = call_text(call, "variants")[0] == 'a';
    }
    if (has_input(call, "name")) {
        request.name_part = call_text(call, "name");
    }
    if (has_input(call, "text")) {
        request.text_part = call_text(call, "text");
    }
    if (code == MNEME_OK) {
        code = record_list(call->handle, &request, call->arena, &page, err);
    }
    if (code == MNEME_OK) {
        write_page(call, request.kind, &page);
    }
    return code;
}
