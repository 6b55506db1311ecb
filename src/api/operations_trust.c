/* Operations against what was slipped in: trust, quarantine, release. */
#include "api/operations.h"
#include "engine/revert.h"
#include "engine/trust.h"

enum mneme_code op_record_trust(struct call *call, struct mneme_error *err)
{
    struct receipt receipt;
    enum mneme_code code = record_trust(call->handle, call_text(call, "id"),
                                        call_text(call, "trust"), call->arena, &receipt, err);
    if (code == MNEME_OK) {
        write_receipt_members(call, &receipt);
    }
    return code;
}

static void write_held(const struct call *call, const struct held *held)
{
    json_write_integer(call->out, "count", held->count);
    json_write_integer(call->out, "seq", held->seq);
}

enum mneme_code op_record_quarantine(struct call *call, struct mneme_error *err)
{
    const struct suspects suspects = {.id = call_text(call, "id"),
                                      .origin = call_text(call, "origin"),
                                      .principal = call_text(call, "principal"),
                                      .since = call_integer(call, "since"),
                                      .before = call_integer(call, "before"),
                                      .text = call_text(call, "text")};
    struct held held;
    bool is_given = suspects.id || suspects.origin || suspects.principal || suspects.text ||
                    suspects.since != TIME_NONE || suspects.before != TIME_NONE;
    if (!is_given) {
        return call_refuse(call, "id", "required", "is required, or what else tells the records",
                           err);
    }
    enum mneme_code code = record_quarantine(call->handle, &suspects, call->arena, &held, err);
    if (code == MNEME_OK) {
        write_held(call, &held);
        json_write_integer(call->out, "dependent", held.dependent);
        json_write_time(call->out, "quarantined_at", held.at_us);
    }
    return code;
}

enum mneme_code op_record_release(struct call *call, struct mneme_error *err)
{
    struct held held;
    const char *id = call_text(call, "id");
    int64_t at_us = call_integer(call, "quarantined_at");
    if (id == NULL && at_us == TIME_NONE && !call_boolean(call, "all")) {
        return call_refuse(call, "quarantined_at", "required", "is required, or 'id' or 'all'",
                           err);
    }
    enum mneme_code code = record_release(call->handle, id, at_us, call->arena, &held, err);
    if (code == MNEME_OK) {
        write_held(call, &held);
    }
    return code;
}

enum mneme_code op_change_revert(struct call *call, struct mneme_error *err)
{
    const struct reverting_request request = {.since = call_integer(call, "since"),
                                              .before = call_integer(call, "before"),
                                              .origin = call_text(call, "origin"),
                                              .principal = call_text(call, "principal")};
    struct reverted reverted;
    if (request.origin == NULL && request.principal == NULL) {
        return call_refuse(call, "origin", "required", "is required, or 'principal'", err);
    }
    enum mneme_code code = change_revert(call->handle, &request, call->arena, &reverted, err);
    if (code == MNEME_OK) {
        json_write_integer(call->out, "count", reverted.count);
        json_write_integer(call->out, "skipped", reverted.skipped);
        json_write_integer(call->out, "dependent", reverted.dependent);
        json_write_integer(call->out, "seq", reverted.seq);
    }
    return code;
}
