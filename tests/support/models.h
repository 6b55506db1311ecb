/* Tiny models made by the tests themselves, in a folder of their own that models_end removes. */
#ifndef SUPPORT_MODELS_H
#define SUPPORT_MODELS_H

#include "base/strbuf.h"

struct models {
    char folder[64];
    char path[256]; /* of the file written last */
};

void models_begin(struct models *models); /* makes the folder; the test fails if it cannot */
void models_end(struct models *models);
/* Writes a file into the folder (subfolders are made) and returns its path, which lasts until
 * the next call. */
const char *models_write(struct models *models, const char *name, const void *bytes, size_t length);

/* The path of a file in the folder, to be freed. */
char *models_in(const struct models *models, const char *name);

struct table_token {
    const char *text;
    float scale;
    int8_t row[4]; /* tables of the tests have at most four dimensions */
};

/* The bytes of a small binary table. */
void models_gge(struct strbuf *out, const struct table_token *tokens, size_t count,
                uint32_t dimension);
/* The bytes of a safetensors file with this header and data. */
void models_safetensors(struct strbuf *out, const char *header, const void *data, size_t length);

/* The folder of shared data if the environment names one (MNEME_DATA), with `name` appended;
 * else the test is skipped. */
const char *models_shared(struct models *models, const char *name);

#endif
