#include "embed/static_table.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDS 256            /* tokens looked up at a time */
#define SAMPLE_BYTES 4096  /* of big files, what is hashed at each place */
#define SAMPLES 4096       /* places; up to their product a file is hashed whole */
#define NAME_MAX_BYTES 120 /* of a model's name within a space's */
#define LANES 4
#define MULTIPLIER UINT64_C(0x9E3779B97F4A7C15)

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
    (void)err;
    for (size_t i = 0; i < count; i++) {
        embed_text(table_of(self), texts[i], out + i * self->dimension);
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

/*
 * What tells models apart: a hash of the files' bytes, eight at a time in four lanes. No
 * cryptographic hash, since nobody gains by two models that share a name, and setting up and
 * running SHA-256 was half of opening a small model.
 */
struct fingerprint {
    uint64_t lanes[LANES];
};

static void fingerprint_add(struct fingerprint *print, const unsigned char *bytes, size_t length)
{
    for (size_t at = 0; at < length; at += LANES * sizeof(uint64_t)) {
        uint64_t words[LANES] = {0};
        size_t left = length - at;
        memcpy(words, bytes + at, left < sizeof words ? left : sizeof words);
        for (size_t i = 0; i < LANES; i++) {
            uint64_t mixed = (print->lanes[i] ^ words[i]) * MULTIPLIER;
            print->lanes[i] = mixed << 29 | mixed >> 35;
        }
    }
}

static void fingerprint_add_file(struct fingerprint *print, const struct mapped_file *file)
{
    uint64_t length = file->length;
    fingerprint_add(print, (const unsigned char *)&length, sizeof length);
    if (file->length <= (size_t)SAMPLES * SAMPLE_BYTES) {
        fingerprint_add(print, file->bytes, file->length);
        return;
    }
    for (size_t i = 0; i < SAMPLES; i++) { // from the first byte to the last
        size_t at = (file->length - SAMPLE_BYTES) * i / (SAMPLES - 1);
        fingerprint_add(print, file->bytes + at, SAMPLE_BYTES);
    }
}

static uint32_t fingerprint_value(const struct fingerprint *print)
{
    uint64_t value = 0;
    for (size_t i = 0; i < LANES; i++) {
        value = (value ^ print->lanes[i]) * MULTIPLIER;
        value ^= value >> 32;
    }
    return (uint32_t)value;
}

/* The last part of the path without `.bin`, in characters that a name can have everywhere. */
static void name_model(const char *path, char out[NAME_MAX_BYTES + 1])
{
    static const char ending[] = ".bin";
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    size_t length = strlen(name), ending_length = strlen(ending);
    if (length > ending_length && strcmp(name + length - ending_length, ending) == 0) {
        length -= ending_length;
    }
    length = length < NAME_MAX_BYTES ? length : NAME_MAX_BYTES;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        out[i] = is_plain ? c : '-';
    }
    out[length] = '\0';
}

static void name_space(struct static_table *table, const char *path,
                       const struct mapped_file *files, size_t file_count)
{
    struct fingerprint print = {{1, 2, 3, 4}}; // zero would stay zero over zeros
    char absolute[PATH_MAX], name[NAME_MAX_BYTES + 1];
    for (size_t i = 0; i < file_count; i++) {
        fingerprint_add_file(&print, &files[i]);
    }
    name_model(realpath(path, absolute) != NULL ? absolute : path, name);
    snprintf(table->space, sizeof table->space, "static:%s:%zu:%08x", name,
             table->embedder.dimension, (unsigned)fingerprint_value(&print));
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
    name_space(table, path, files, file_count);
    return MNEME_OK;
}
