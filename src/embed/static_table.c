#include "embed/static_table.h"

#include "base/alloc.h"
#include "base/hash.h"
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
#define FINGERPRINT_BYTES 4

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

/* The sum instead of the mean: the length is taken out anyway. */
static void embed_text(const struct static_table *table, const char *text, float *out)
{
    struct words words;
    uint32_t ids[IDS];
    size_t count;
    memset(out, 0, table->embedder.dimension * sizeof *out);
    wordpiece_begin(&table->wordpiece, &words, text, strlen(text));
    while ((count = wordpiece_next(&table->wordpiece, &words, ids, IDS)) > 0) {
        for (size_t i = 0; i < count; i++) {
            if (ids[i] != table->wordpiece.unknown) {
                add_row(table, ids[i], out);
            }
        }
    }
    vector_normalize(table->kernels, out, table->embedder.dimension);
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
    wordpiece_clear(&table->wordpiece);
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
    table->wordpiece.unknown = VOCABULARY_NONE;
    table->kernels = kernels_get();
    return table;
}

static void hash_file(struct hash_stream *stream, const struct mapped_file *file)
{
    uint64_t length = file->length;
    hash_stream_add(stream, &length, sizeof length);
    if (file->length <= (size_t)SAMPLES * SAMPLE_BYTES) {
        hash_stream_add(stream, file->bytes, file->length);
        return;
    }
    size_t step = (file->length - SAMPLE_BYTES) / (SAMPLES - 1);
    for (size_t i = 0; i < SAMPLES; i++) {
        hash_stream_add(stream, file->bytes + i * step, SAMPLE_BYTES);
    }
}

/* The last part of the path without its ending, in characters that a name can have everywhere. */
static void name_model(const char *path, char out[NAME_MAX_BYTES + 1])
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t length = dot != NULL && dot > name ? (size_t)(dot - name) : strlen(name);
    length = length < NAME_MAX_BYTES ? length : NAME_MAX_BYTES;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        out[i] = is_plain ? c : '-';
    }
    out[length] = '\0';
}

static enum mneme_code name_space(struct static_table *table, const char *path,
                                  const struct mapped_file *files, size_t file_count,
                                  struct mneme_error *err)
{
    unsigned char digest[SHA256_BYTES];
    char absolute[PATH_MAX], name[NAME_MAX_BYTES + 1], fingerprint[2 * FINGERPRINT_BYTES + 1];
    struct hash_stream *stream = hash_stream_new();
    if (stream == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < file_count; i++) {
        hash_file(stream, &files[i]);
    }
    if (!hash_stream_finish(stream, digest)) {
        return error_set(err, MNEME_INTERNAL, "SHA-256 failed");
    }
    hash_hex(digest, FINGERPRINT_BYTES, fingerprint);
    name_model(realpath(path, absolute) != NULL ? absolute : path, name);
    snprintf(table->space, sizeof table->space, "static:%s:%zu:%s", name, table->embedder.dimension,
             fingerprint);
    return MNEME_OK;
}

enum mneme_code static_table_finish(struct static_table *table, const char *path, size_t dimension,
                                    const struct mapped_file *files, size_t file_count,
                                    struct mneme_error *err)
{
    size_t token_count = table->wordpiece.vocabulary.count;
    assert(token_count > 0 && table->rows != NULL);
    table->embedder.dimension = dimension;
    if (table->mapping == NULL && token_count > table->row_count) {
        return error_field(err, MNEME_INVALID, "model", "format", "%zu tokens but %zu rows",
                           token_count, table->row_count);
    }
    for (size_t i = 0; table->mapping != NULL && i < token_count; i++) {
        if (table->mapping[i] < 0 || (size_t)table->mapping[i] >= table->row_count) {
            return error_field(err, MNEME_INVALID, "model", "format", "token %zu has no row", i);
        }
    }
    return name_space(table, path, files, file_count, err);
}
