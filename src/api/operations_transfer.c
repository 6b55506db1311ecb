/* Import, export, eval: not here yet. */
#include "api/operations.h"

static enum mneme_code absent(struct mneme_error *err)
{
    return error_set(err, MNEME_UNSUPPORTED, "this operation is not in this build yet");
}

enum mneme_code op_import(struct call *call, struct mneme_error *err)
{
    (void)call;
    return absent(err);
}

enum mneme_code op_export(struct call *call, struct mneme_error *err)
{
    (void)call;
    return absent(err);
}

enum mneme_code op_eval(struct call *call, struct mneme_error *err)
{
    (void)call;
    return absent(err);
}

enum mneme_code op_memory_context(struct call *call, struct mneme_error *err)
{
    (void)call;
    return absent(err);
}
