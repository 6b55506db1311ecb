/* Operations that ask for at once what jobs do by and by. */
#include "api/operations.h"
#include "tidy/extracting.h"
#include "tidy/summaries.h"

enum mneme_code op_conversation_summarize(struct call *call, struct mneme_error *err)
{
    const char *id = call_text(call, "conversation_id");
    struct summarised summarised;
    enum mneme_code code =
        summaries_make(call->handle, id, call_boolean(call, "whole"), &summarised, err);
    if (code == MNEME_OK) {
        json_write_text(call->out, "conversation_id", id);
        json_write_integer(call->out, "messages", summarised.messages);
        json_write_integer(call->out, "made", summarised.made);
        json_write_integer(call->out, "extended", summarised.extended);
    }
    return code;
}

enum mneme_code op_conversation_extract(struct call *call, struct mneme_error *err)
{
    const char *id = call_text(call, "conversation_id");
    struct extracted extracted;
    enum mneme_code code =
        extracting_run(call->handle, id, call_integer(call, "after"), &extracted, err);
    if (code == MNEME_OK) {
        json_write_text(call->out, "conversation_id", id);
        json_write_integer(call->out, "messages", extracted.messages);
        json_write_integer(call->out, "created", extracted.created);
        json_write_integer(call->out, "known", extracted.known);
        json_write_integer(call->out, "refused", extracted.refused);
        json_write_integer(call->out, "proposed", extracted.proposed);
    }
    return code;
}
