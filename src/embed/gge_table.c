/*
 * The small binary table: magic GGE1, u32 tokens, u32 dimensions, a float scale per token, int8
 * values (row after row), then each token as u16 length and UTF-8; all little endian. Everything is
 * used where it lies.
 */
#include "base/limits.h"
#include "embed/static_table.h"

#include <math.h>
#include <string.h>

#define MAGIC "GGE1"
#define HEADER_BYTES 12

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tables are read where they lie");

static enum mneme_code refuse(struct mneme_error *err, const char *reason)
{
    return error_field(err, MNEME_INVALID, "model", "format", "embedding table: %s", reason);
}

static enum mneme_code check_scales(const float *scales, size_t count, struct mneme_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(scales[i])) {
            return refuse(err, "a scale is no number");
        }
    }
    return MNEME_OK;
}

static enum mneme_code read_table(struct static_table *table, const char *path,
                                  struct mneme_error *err)
{
    static const struct words_rules rules = {
        .split = WORDS_SINGLE, .lower = true, .strip_accents = true};
    const unsigned char *bytes = table->file.bytes;
    size_t length = table->file.length, used;
    uint32_t sizes[2];
    if (length < HEADER_BYTES || memcmp(bytes, MAGIC, strlen(MAGIC)) != 0) {
        return refuse(err, "no header");
    }
    memcpy(sizes, bytes + strlen(MAGIC), sizeof sizes);
    size_t count = sizes[0], dimension = sizes[1];
    if (count == 0 || count > LIMIT_VOCABULARY || dimension == 0 || dimension > LIMIT_DIMENSION) {
        return refuse(err, "impossible sizes");
    }
    size_t rows_at = HEADER_BYTES + count * sizeof(float), tokens_at = rows_at + count * dimension;
    if (length < tokens_at) {
        return refuse(err, "it ends too early");
    }
    table->embedder.dimension = dimension;
    table->row_type = ROW_I8;
    table->rows = bytes + rows_at;
    table->row_count = count;
    table->scales = (const float *)(const void *)(bytes + HEADER_BYTES);
    enum mneme_code code = check_scales(table->scales, count, err);
    if (code != MNEME_OK) {
        return code;
    }
    struct vocabulary_block block = {bytes + tokens_at, length - tokens_at, count};
    code = wordpiece_init_block(&table->tokenizer.wordpiece, &rules, &block, &used, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (used != block.length) {
        return refuse(err, "there is something behind its end");
    }
    return static_table_finish(table, path, &table->file, 1, err);
}

enum mneme_code gge_table_open(const char *path, struct embedder **out, struct mneme_error *err)
{
    *out = NULL;
    struct static_table *table = static_table_new();
    if (table == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = mapped_file_open(path, &table->file, err);
    if (code == MNEME_OK) {
        code = read_table(table, path, err);
    }
    if (code != MNEME_OK) {
        embedder_free(&table->embedder);
        return code;
    }
    *out = &table->embedder;
    return MNEME_OK;
}
