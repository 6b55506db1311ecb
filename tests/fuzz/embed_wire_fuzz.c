/*
 * A provider's answer. The first byte says the dialect and how many texts were sent. Rows that come out have length one
 * or are zero, and an error's name holds nothing but lower-case letters and _.
 */
#include "embed/embed_wire.h"

#include "base/limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool claim, const char *what)
{
    if (claim) return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void check_rows(const struct embed_rows *rows, size_t count)
{
    require(rows->dimension > 0 && rows->dimension <= LIMIT_DIMENSION, "the dimension is wrong");
    for (size_t i = 0; i < count; i++) {
        double squares = 0;
        for (size_t j = 0; j < rows->dimension; j++) {
            double value = (double)rows->values[i * rows->dimension + j];
            squares += value * value;
        }
        require(squares == 0 || fabs(squares - 1) < 1e-3, "a row's length is neither 0 nor 1");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena arena;
    struct embed_rows rows;
    struct mneme_error err = {0};
    char name[EMBED_WIRE_NAME + 1];
    if (length == 0) return 0;
    size_t count = 1 + (bytes[0] >> 1) % 8;
    const char *body = (const char *)bytes + 1;
    arena_init(&arena);
    enum mneme_code code = embed_wire_read(bytes[0] & 1 ? PROVIDER_OLLAMA : PROVIDER_OPENAI, body,
                                           length - 1, count, &arena, &rows, &err);
    if (code == MNEME_OK) {
        check_rows(&rows, count);
    } else {
        require(code == MNEME_REMOTE && err.code == code && err.message[0], "refused otherwise");
        require(rows.values == NULL, "refused, and yet rows");
    }
    embed_wire_error_name(body, length - 1, name);
    require(strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name), "an error's odd name");
    arena_clear(&arena);
    return 0;
}
