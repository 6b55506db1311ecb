#include "embed/static_table.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <assert.h>
#include <string.h>

#define IDS 256 /* tokens looked up at a time */

static struct static_table *table_of(struct embedder *embedder)
{
    return (struct static_table *)embedder; // its first member
}

static size_t row_bytes(const struct static_table *table)
{
    static const size_t value_bytes[] = {[ROW_F32] = 4, [ROW_F16] = 2, [ROW_I8] = 1};
    return table->embedder.dimension * value_bytes[table->row_type];
}

static const unsigned char *row_of(const struct static_table *table, uint32_t id)
{
    size_t row = table->mapping != NULL ? (size_t)table->mapping[id] : id;
    return (const unsigned char *)table->rows + row * row_bytes(table);
}

static void add_row(const struct static_table *table, uint32_t id, float *sum)
{
    const void *row = row_of(table, id);
    size_t n = table->embedder.dimension;
    float scale = table->scales != NULL ? table->scales[id] : 1.0F;
    switch (table->row_type) {
    case ROW_F32: table->kernels->add_scaled(sum, row, scale, n); break;
    case ROW_F16: table->kernels->add_scaled_f16(sum, row, scale, n); break;
    case ROW_I8: table->kernels->add_scaled_i8(sum, row, scale, n); break;
    }
}

/* The sum instead of the mean: the length is taken out anyway. Long texts are summed in parts,
 * so that rounding does not grow with them. */
static void embed_text(const struct static_table *table, const char *text, float *out)
{
    struct words words;
    uint32_t ids[IDS], unknown = tokenizer_unknown(&table->tokenizer);
    float part[LIMIT_DIMENSION];
    size_t dimension = table->embedder.dimension, count;
    memset(out, 0, dimension * sizeof *out);
    tokenizer_begin(&table->tokenizer, &words, text, strlen(text));
    while ((count = tokenizer_next(&table->tokenizer, &words, ids, IDS)) > 0) {
        memset(part, 0, dimension * sizeof *part);
        for (size_t i = 0; i < count; i++) {
            if (ids[i] != unknown) {
                add_row(table, ids[i], part);
            }
        }
        table->kernels->add_scaled(out, part, 1, dimension);
    }
    vector_normalize(table->kernels, out, dimension);
}

static enum mneme_code embed(struct embedder *self, const char *const *texts, size_t count,
                             float *out, bool *cut, struct mneme_error *err)
{
    const struct static_table *table = table_of(self);
    enum mneme_code code = mapped_file_check(&table->file, err);
    if (code != MNEME_OK) {
        return code;
    }
    for (size_t i = 0; i < count; i++) {
        embed_text(table, texts[i], out + i * self->dimension);
        if (cut != NULL) {
            cut[i] = false;
        }
    }
    return MNEME_OK;
}

static void free_table(struct embedder *self)
{
    struct static_table *table = table_of(self);
    tokenizer_clear(&table->tokenizer);
    mapped_file_close(&table->file);
    for (size_t i = 0; i < sizeof table->owned / sizeof table->owned[0]; i++) {
        mem_free(table->owned[i]);
    }
    mem_free(table);
}

struct static_table *static_table_new(void)
{
    static const struct embed_ops ops = {.embed = embed, .free = free_table};
    struct static_table *table = mem_alloc_zero(1, sizeof *table);
    if (table == NULL) {
        return NULL;
    }
    table->embedder = (struct embedder){.ops = &ops, .kind = EMBED_STATIC, .space = table->space};
    table->kernels = kernels_get();
    return table;
}

enum mneme_code static_table_finish(struct static_table *table, const char *path,
                                    const struct mapped_file *files, size_t file_count,
                                    struct mneme_error *err)
{
    size_t token_count = tokenizer_count(&table->tokenizer);
    assert(token_count > 0 && table->rows != NULL && table->embedder.dimension > 0);
    if (table->mapping == NULL && token_count > table->row_count) {
        return error_field(err, MNEME_INVALID, "model", "format", "%zu tokens but %zu rows",
                           token_count, table->row_count);
    }
    for (size_t i = 0; table->mapping != NULL && i < token_count; i++) {
        if ((size_t)table->mapping[i] >= table->row_count) { // a negative one is huge
            return error_field(err, MNEME_INVALID, "model", "format", "token %zu has no row", i);
        }
    }
    space_name("static", path, table->embedder.dimension, files, file_count, table->space);
    return MNEME_OK;
}
