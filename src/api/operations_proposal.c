/* Operations on proposals; they are listed as every kind is (operations_kind.c). */
#include "api/operations.h"
#include "engine/proposal.h"

static enum mneme_code decide(struct call *call, bool is_accepted, struct mneme_error *err)
{
    struct receipt receipt;
    enum mneme_code code = proposal_decide(call->handle, call_text(call, "id"), is_accepted,
                                           call->arena, &receipt, err);
    if (code == MNEME_OK) {
        write_receipt_members(call, &receipt);
    }
    return code;
}

enum mneme_code op_proposal_accept(struct call *call, struct mneme_error *err)
{
    return decide(call, true, err);
}

enum mneme_code op_proposal_reject(struct call *call, struct mneme_error *err)
{
    return decide(call, false, err);
}
