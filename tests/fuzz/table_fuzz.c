/*
 * Any bytes as a model's file: as a small binary table, or (where they begin with that) as model.safetensors beside a
 * tokenizer.json of three tokens. Refused, or a text embeds to a vector of length one or zero.
 */
#include "embed/embed.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const char tokenizer[] =
    "{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":"
    "\"BertPreTokenizer\"},"
    "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\",\"continuing_subword_prefix\":\"##\","
    "\"vocab\":{\"u\":0,\"tea\":1,\"##s\":2}}}";

static char folder[64];

static void put(const char *name, const void *bytes, size_t length)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) abort();
}

static void remove_folder(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/tokenizer.json", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    unlink(path);
    rmdir(folder);
}

static void begin(void)
{
    if (folder[0] != '\0') return;
    snprintf(folder, sizeof folder, "/tmp/mneme-fuzz-XXXXXX");
    if (mkdtemp(folder) == NULL) abort();
    atexit(remove_folder);
    put("tokenizer.json", tokenizer, strlen(tokenizer));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const char *const text = "Teas, caf\xc3\xa9 5\xe2\x82\xac";
    char path[128];
    struct embedder *embedder;
    begin();
    put("model.safetensors", bytes, length);
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    enum mneme_code code = embedder_open(path, &embedder, NULL);
    if ((code == MNEME_OK) != (embedder != NULL)) abort();
    if (embedder != NULL) {
        float *out = malloc(embedder->dimension * sizeof *out);
        double squares = 0;
        if (embedder_embed(embedder, &text, 1, out, NULL, NULL) != MNEME_OK) abort();
        for (size_t i = 0; i < embedder->dimension; i++) squares += (double)out[i] * (double)out[i];
        if (!(squares == 0 || fabs(squares - 1) < 1e-3)) abort();
        free(out);
        embedder_free(embedder);
    }
    return 0;
}
