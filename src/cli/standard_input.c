#include "cli/standard_input.h"

#include "base/limits.h"
#include "base/strbuf.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum mneme_code standard_input_read(struct arena *arena, const char **out, size_t *length,
                                    struct mneme_error *err)
{
    struct strbuf text;
    char block[65536];
    ssize_t got;
    *out = NULL;
    *length = 0;
    strbuf_init(&text, LIMIT_BATCH_BYTES);
    do {
        got = read(STDIN_FILENO, block, sizeof block);
        if (got > 0) {
            strbuf_add(&text, block, (size_t)got);
        }
    } while ((got > 0 && strbuf_code(&text) == MNEME_OK) || (got < 0 && errno == EINTR));
    enum mneme_code code = strbuf_code(&text);
    if (got < 0) {
        code = error_set(err, MNEME_STORAGE, "standard input cannot be read: %s", strerror(errno));
    } else if (code == MNEME_LIMIT) {
        code = error_set(err, MNEME_LIMIT, "standard input is longer than %d bytes",
                         LIMIT_BATCH_BYTES);
    } else {
        *length = text.length;
        *out = code == MNEME_OK ? arena_text_n(arena, text.text, text.length) : NULL;
        code = *out ? MNEME_OK : error_nomem(err);
    }
    strbuf_clear(&text);
    return code;
}
