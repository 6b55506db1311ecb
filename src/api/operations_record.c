/* Operations on records of any kind, their history, undo, and links. */
#include "api/operations.h"
#include "api/plain_filters.h"
#include "engine/lifecycle.h"

#include <string.h>

static void write_evidence(const struct call *call, const struct read_record *found)
{
    json_begin_array(call->out, "evidence");
    for (size_t i = 0; i < found->evidence_count; i++) {
        record_write_json(&kind_evidence, &found->evidence[i], VIEW_FULL, NULL, call->out);
    }
    json_end_array(call->out);
    json_write_text(call->out, "next_cursor", found->next_cursor);
}

enum mneme_code op_record_get(struct call *call, struct mneme_error *err)
{
    struct get_request request = {.is_any = call_boolean(call, "include_deleted"),
                                  .with_evidence = call_boolean(call, "evidence"),
                                  .known_at_us = call_known_at(call)};
    struct read_record found;
    enum mneme_code code = call_record_name(call, &request.name, err);
    if (code == MNEME_OK) {
        code = call_page(call, &request.evidence_page, err);
    }
    if (code == MNEME_OK) {
        code = record_get(call->handle, &request, call->arena, &found, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    write_record_members(call, found.kind, &found.record);
    if (request.with_evidence && found.kind == &kind_memory) {
        write_evidence(call, &found);
    }
    return MNEME_OK;
}

enum mneme_code op_record_list(struct call *call, struct mneme_error *err)
{
    struct list_request request = {
        .kind = kind_find(call_text(call, "kind")),
        .name_space = call_text(call, "namespace"),
        .descending = call_boolean(call, "descending"),
        .created_from = TIME_NONE,
        .include_superseded = call_boolean(call, "include_superseded"),
        .include_deleted = call_boolean(call, "include_deleted"),
        .known_at_us = call_known_at(call),
        .with_alternatives = call_text(call, "variants")[0] == 'a',
    };
    const struct kind *const kinds[] = {request.kind, NULL};
    struct record_page page;
    int64_t max_age;
    enum mneme_code code = plain_filters(call, kinds, NULL, &request.filter, err);
    if (code == MNEME_OK) {
        code = call_duration(call, "max_age", &max_age, err);
    }
    if (code == MNEME_OK) {
        code = call_order(call, request.kind, &request.order, err);
    }
    if (code == MNEME_OK && request.known_at_us != 0 && request.order != request.kind->orders) {
        return call_refuse(call, "order", "choice", "must be created together with 'known_at'",
                           err);
    }
    if (code == MNEME_OK) {
        code = call_page(call, &request.page, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (call_has(call, "max_age")) {
        request.created_from = engine_now_us(call->handle) - max_age;
    }
    if (request.kind == &kind_message) {
        request.conversation_id = call_text(call, "conversation_id");
    }
    code = record_list(call->handle, &request, call->arena, &page, err);
    if (code == MNEME_OK) {
        write_page(call, request.kind, &page);
    }
    return code;
}

enum mneme_code op_record_forget(struct call *call, struct mneme_error *err)
{
    struct record_name name;
    struct receipt receipt;
    enum mneme_code code = call_record_name(call, &name, err);
    if (code == MNEME_OK) {
        code = record_forget(call->handle, &name, NULL, call->arena, &receipt, err);
    }
    if (code == MNEME_OK) {
        write_receipt_members(call, &receipt);
    }
    return code;
}

enum mneme_code op_record_restore(struct call *call, struct mneme_error *err)
{
    struct record_name name;
    struct receipt receipt;
    enum mneme_code code = call_record_name(call, &name, err);
    if (code == MNEME_OK) {
        code = record_restore(call->handle, &name, NULL, call->arena, &receipt, err);
    }
    if (code == MNEME_OK) {
        write_receipt_members(call, &receipt);
    }
    return code;
}

enum mneme_code op_record_purge(struct call *call, struct mneme_error *err)
{
    struct record_name name;
    struct receipt receipt;
    enum mneme_code code = call_record_name(call, &name, err);
    if (code == MNEME_OK) {
        code = record_purge(call->handle, &name, call_boolean(call, "scrub"), call->arena, &receipt,
                            err);
    }
    if (code == MNEME_OK) {
        write_receipt_members(call, &receipt);
    }
    return code;
}

static void write_history_item(const struct call *call, const struct history_item *item)
{
    struct json_writer *out = call->out;
    json_begin_object(out, NULL);
    json_write_integer(out, "version", item->history.version);
    json_write_time(out, "at", item->history.at);
    json_write_text(out, "change_set", item->history.change_set);
    json_write_text(out, "operation", item->operation);
    json_write_text(out, "origin", item->origin);
    json_write_text(out, "principal", item->principal);
    if (item->reason != NULL) {
        json_write_text(out, "reason", item->reason);
    }
    if (item->history.before != NULL) {
        json_write_raw(out, "before", item->history.before);
    }
    json_end_object(out);
}

enum mneme_code op_record_history(struct call *call, struct mneme_error *err)
{
    struct page_request request;
    struct history_page page;
    enum mneme_code code = call_page(call, &request, err);
    if (code == MNEME_OK) {
        code = record_history(call->handle, call->operation->about, call_text(call, "id"), &request,
                              call->arena, &page, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    json_begin_array(call->out, "items");
    for (size_t i = 0; i < page.count; i++) {
        write_history_item(call, &page.items[i]);
    }
    json_end_array(call->out);
    json_write_text(call->out, "next_cursor", page.next_cursor);
    return MNEME_OK;
}

enum mneme_code op_change_undo(struct call *call, struct mneme_error *err)
{
    struct undone undone;
    enum mneme_code code =
        change_undo(call->handle, call_text(call, "id"), call->arena, &undone, err);
    if (code != MNEME_OK) {
        return code;
    }
    write_receipt_members(call, &undone.receipt);
    json_begin_array(call->out, "records");
    for (size_t i = 0; i < undone.record_count; i++) {
        json_write_text(call->out, NULL, undone.records[i]);
    }
    json_end_array(call->out);
    return MNEME_OK;
}

enum mneme_code op_link_create(struct call *call, struct mneme_error *err)
{
    struct link fields = {0};
    struct receipt receipt;
    enum mneme_code code = call_record(call, &fields, err);
    if (code == MNEME_OK) {
        code = link_create(call->handle, &fields, call->arena, &receipt, err);
    }
    if (code == MNEME_OK) {
        write_receipt_members(call, &receipt);
    }
    return code;
}

enum mneme_code op_link_remove(struct call *call, struct mneme_error *err)
{
    struct link ends = {0};
    struct receipt receipt;
    const char *id = call_text(call, "id");
    ends.from = call_text(call, "from");
    ends.to = call_text(call, "to");
    ends.relation = call_text(call, "relation");
    if (id == NULL && (ends.from == NULL || ends.to == NULL)) {
        return call_refuse(call, "id", "required", "is required, or 'from' and 'to'", err);
    }
    if (id != NULL && (ends.from != NULL || ends.to != NULL)) {
        return call_refuse(call, "id", "conflict", "cannot be given together with 'from' and 'to'",
                           err);
    }
    enum mneme_code code = link_remove(call->handle, id, &ends, call->arena, &receipt, err);
    if (code == MNEME_OK) {
        write_receipt_members(call, &receipt);
    }
    return code;
}

enum mneme_code op_link_list(struct call *call, struct mneme_error *err)
{
    struct link_request request = {.of = call_text(call, "of"),
                                   .relation = call_text(call, "relation")};
    struct record_page page;
    enum mneme_code code = call_page(call, &request.page, err);
    if (code == MNEME_OK) {
        code = link_list(call->handle, &request, call->arena, &page, err);
    }
    if (code == MNEME_OK) {
        write_page(call, &kind_link, &page);
    }
    return code;
}
