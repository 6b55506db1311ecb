#include "embed/transformer.h"

#include "base/alloc.h"
#include "embed/bert.h"
#include "embed/bert_tokenizer.h"
#include "embed/space.h"
#include "vec/kernels.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define WEIGHTS_FILE "model.safetensors"
#define CHUNK_TOKENS                                                                               \
    256 /* that run together: more leave the cache, fewer read the weights oftener */
#define LINE_BYTES 64
#define TEXT_TOKENS 2 /* that the shortest text has: its marks */

/* What one call needs; kept for later calls, since asking the system for fresh pages each time
 * costs more than a short text. */
struct workspace {
    struct workspace *next;
    uint32_t *ids;     /* of a chunk and of one text more */
    uint32_t *lengths; /* of the texts of a chunk */
    void *bert;
};

struct transformer {
    struct embedder embedder;
    struct mapped_file file;
    struct arena arena; /* what bert has read */
    struct bert bert;
    struct bert_tokenizer tokenizer;
    size_t capacity; /* tokens of a chunk */
    char space[SPACE_MAX + 1];
    pthread_mutex_t mutex; /* guards packing, and: */
    struct workspace *spare;
    atomic_bool is_packed;
};

static struct transformer *transformer_of(struct embedder *embedder)
{
    return (struct transformer *)embedder; // its first member
}

// --- workspaces ------------------------------------------------------------------------------

static size_t rounded(size_t bytes)
{
    return (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
}

static struct workspace *new_workspace(const struct transformer *t)
{
    size_t head = rounded(sizeof(struct workspace));
    size_t ids = rounded((t->capacity + t->tokenizer.limit) * sizeof(uint32_t));
    size_t lengths = rounded(t->capacity / TEXT_TOKENS * sizeof(uint32_t));
    unsigned char *block =
        mem_alloc(head + ids + lengths + LINE_BYTES + bert_workspace_bytes(&t->bert, t->capacity));
    if (block == NULL) {
        return NULL;
    }
    struct workspace *work = (struct workspace *)(void *)block;
    unsigned char *bert = block + head + ids + lengths;
    bert += rounded((uintptr_t)bert) - (uintptr_t)bert;
    *work = (struct workspace){.ids = (uint32_t *)(void *)(block + head),
                               .lengths = (uint32_t *)(void *)(block + head + ids),
                               .bert = bert};
    return work;
}

static struct workspace *take_workspace(struct transformer *t)
{
    pthread_mutex_lock(&t->mutex);
    struct workspace *work = t->spare;
    if (work != NULL) {
        t->spare = work->next;
    }
    pthread_mutex_unlock(&t->mutex);
    return work != NULL ? work : new_workspace(t);
}

static void give_workspace(struct transformer *t, struct workspace *work)
{
    pthread_mutex_lock(&t->mutex);
    work->next = t->spare;
    t->spare = work;
    pthread_mutex_unlock(&t->mutex);
}

static enum mneme_code pack_once(struct transformer *t, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    if (atomic_load_explicit(&t->is_packed, memory_order_acquire)) {
        return MNEME_OK;
    }
    pthread_mutex_lock(&t->mutex);
    if (!atomic_load_explicit(&t->is_packed, memory_order_relaxed)) {
        code = bert_pack(&t->bert, err);
        if (code == MNEME_OK) {
            mapped_file_rest(&t->file);
            atomic_store_explicit(&t->is_packed, true, memory_order_release);
        }
    }
    pthread_mutex_unlock(&t->mutex);
    return code;
}

// --- embedding -------------------------------------------------------------------------------

static void run_chunk(const struct transformer *t, const struct workspace *work, size_t text_count,
                      float *out)
{
    size_t dimension = t->embedder.dimension;
    bert_embed(&t->bert, work->ids, work->lengths, text_count, work->bert, out);
    for (size_t i = 0; i < text_count; i++) {
        vector_normalize(kernels_get(), out + i * dimension, dimension);
    }
}

/* A text that finds no room in its chunk begins the next one. */
static void embed_texts(const struct transformer *t, const char *const *texts, size_t count,
                        const struct workspace *work, float *out, bool *cut)
{
    size_t tokens = 0, waiting = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_cut;
        uint32_t *ids = work->ids + tokens;
        size_t length =
            bert_tokenizer_encode(&t->tokenizer, texts[i], strlen(texts[i]), ids, &is_cut);
        if (tokens + length > t->capacity) {
            run_chunk(t, work, waiting, out + (i - waiting) * t->embedder.dimension);
            memmove(work->ids, ids, length * sizeof *ids);
            tokens = waiting = 0;
        }
        if (cut != NULL) {
            cut[i] = is_cut;
        }
        work->lengths[waiting++] = (uint32_t)length;
        tokens += length;
    }
    if (waiting > 0) {
        run_chunk(t, work, waiting, out + (count - waiting) * t->embedder.dimension);
    }
}

static enum mneme_code embed(struct embedder *self, const char *const *texts, size_t count,
                             float *out, bool *cut, struct mneme_error *err)
{
    struct transformer *t = transformer_of(self);
    enum mneme_code code = mapped_file_check(&t->file, err);
    if (code == MNEME_OK) {
        code = pack_once(t, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    struct workspace *work = take_workspace(t);
    if (work == NULL) {
        return error_nomem(err);
    }
    embed_texts(t, texts, count, work, out, cut);
    give_workspace(t, work);
    return MNEME_OK;
}

static void free_transformer(struct embedder *self)
{
    struct transformer *t = transformer_of(self);
    while (t->spare != NULL) {
        struct workspace *work = t->spare;
        t->spare = work->next;
        mem_free(work);
    }
    bert_clear(&t->bert);
    bert_tokenizer_clear(&t->tokenizer);
    arena_clear(&t->arena);
    mapped_file_close(&t->file);
    pthread_mutex_destroy(&t->mutex);
    mem_free(t);
}

// --- opening ---------------------------------------------------------------------------------

static enum mneme_code refuse(struct mneme_error *err, const char *reason)
{
    return error_field(err, MNEME_INVALID, "model", "format", "transformer: %s", reason);
}

static enum mneme_code read_weights(struct transformer *t, const struct bert_config *config,
                                    struct mneme_error *err)
{
    struct safetensors file;
    enum mneme_code code = safetensors_read(t->file.bytes, t->file.length, &t->arena, &file, err);
    return code == MNEME_OK ? bert_init(&t->bert, config, linear_get(), &file, &t->arena, err)
                            : code;
}

/* All that decides a vector, as far as it is there. */
static void name_space(struct transformer *t, const struct model_folder *folder)
{
    static const char *const names[] = {"config.json", "1_Pooling/config.json",
                                        "sentence_bert_config.json", "vocab.txt", "tokenizer.json"};
    struct mapped_file files[1 + sizeof names / sizeof names[0]] = {t->file};
    size_t count = 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        count += model_folder_map(folder, names[i], &files[count], NULL) == MNEME_OK;
    }
    space_name("transformer", folder->path, t->embedder.dimension, files, count, t->space);
    mapped_file_rest(&t->file);
    while (--count > 0) {
        mapped_file_close(&files[count]);
    }
}

static enum mneme_code read_model(struct transformer *t, const struct model_folder *folder,
                                  struct mneme_error *err)
{
    struct bert_config config;
    enum mneme_code code = bert_config_read(folder, &config, err);
    if (code == MNEME_OK) {
        code = model_folder_map(folder, WEIGHTS_FILE, &t->file, err);
    }
    if (code == MNEME_OK) {
        code = read_weights(t, &config, err);
    }
    if (code == MNEME_OK) {
        code = bert_tokenizer_open(&t->tokenizer, folder->path, config.position_count, err);
    }
    if (code == MNEME_OK && t->tokenizer.token_count > config.vocabulary_count) {
        code = refuse(err, "there are more tokens than rows for them");
    }
    if (code != MNEME_OK) {
        return code;
    }
    size_t limit = t->tokenizer.limit;
    t->embedder.dimension = config.width;
    t->capacity = limit > CHUNK_TOKENS ? limit : CHUNK_TOKENS;
    name_space(t, folder);
    return MNEME_OK;
}

enum mneme_code transformer_open(const struct model_folder *folder, struct embedder **out,
                                 struct mneme_error *err)
{
    static const struct embed_ops ops = {.embed = embed, .free = free_transformer};
    *out = NULL;
    struct transformer *t = mem_alloc_zero(1, sizeof *t);
    if (t == NULL) {
        return error_nomem(err);
    }
    t->embedder = (struct embedder){.ops = &ops, .kind = EMBED_TRANSFORMER, .space = t->space};
    arena_init(&t->arena);
    pthread_mutex_init(&t->mutex, NULL);
    enum mneme_code code = read_model(t, folder, err);
    if (code != MNEME_OK) {
        free_transformer(&t->embedder);
        return code;
    }
    *out = &t->embedder;
    return MNEME_OK;
}
