#include "embed/static_table.h"

enum mneme_code model2vec_open(const char *path, struct embedder **out, struct mneme_error *err)
{
    *out = NULL;
    return error_field(err, MNEME_INVALID, "model", "format", "'%s' is no embedding table", path);
}
