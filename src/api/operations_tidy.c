/* Operations that ask for at once what jobs do by and by. */
#include "api/operations.h"
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
