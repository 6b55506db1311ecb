#include "embed/bert.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "vec/kernels.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define NAME_BYTES 128 /* of a tensor */
#define HUGE_PAGE_BYTES                                                                            \
    2097152 /* packed weights are read through in each run: few pages are wanted */
#define LINE_BYTES 64

enum { QUERIES, KEYS, VALUES, PARTS };

/* The products of a layer; the first is the queries, keys and values side by side. */
enum { QKV, JOIN, WIDEN, NARROW, PRODUCTS };

struct product {
    const struct tensor *sources[PARTS]; /* [outer / part_count][inner] each */
    size_t part_count, inner, outer;
    float *bias;
    unsigned char *packed;
};

struct bert_layer {
    struct product products[PRODUCTS];
    const float *join_gain, *join_shift; /* of the layer norms behind JOIN and NARROW */
    const float *narrow_gain, *narrow_shift;
};

// --- reading ---------------------------------------------------------------------------------

/* Where tensors are looked for, and the first that went wrong. */
struct reader {
    const struct safetensors *file;
    struct arena *arena;
    struct mneme_error *err;
    enum mneme_code code;
};

static void refuse(struct reader *reader, const char *name, const char *reason)
{
    if (reader->code == MNEME_OK) {
        reader->code = error_field(reader->err, MNEME_INVALID, "model", "format",
                                   "BERT: '%.60s' %s", name, reason);
    }
}

/* A tensor by its name, which may stand behind `bert.`; columns 0 for a row of `rows` values. */
static const struct tensor *find(struct reader *reader, const char *name, size_t rows,
                                 size_t columns)
{
    char prefixed[NAME_BYTES + sizeof "bert."];
    const struct tensor *tensor = safetensors_find(reader->file, name);
    if (tensor == NULL) {
        snprintf(prefixed, sizeof prefixed, "bert.%s", name);
        tensor = safetensors_find(reader->file, prefixed);
    }
    if (tensor == NULL) {
        refuse(reader, name, "is missing");
    } else if (tensor->type != TENSOR_F32 && tensor->type != TENSOR_F16 &&
               tensor->type != TENSOR_BF16) {
        refuse(reader, name, "is neither F32, F16 nor BF16");
    } else if (tensor->rank != (columns == 0 ? 1 : 2) || tensor->shape[0] != rows ||
               (columns != 0 && tensor->shape[1] != columns)) {
        refuse(reader, name, "has another shape than config.json says");
    } else {
        return tensor;
    }
    return NULL;
}

/* A row of floats; NULL once something went wrong. */
static float *read_row(struct reader *reader, const char *name, size_t count)
{
    const struct tensor *tensor = find(reader, name, count, 0);
    float *out = tensor != NULL ? arena_alloc_array(reader->arena, count, sizeof *out) : NULL;
    if (out != NULL) {
        tensor_floats(tensor, 0, count, out);
    }
    return out;
}

static float *read_layer_row(struct reader *reader, size_t layer, const char *part,
                             const char *what, size_t count)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "encoder.layer.%zu.%s.%s", layer, part, what);
    return read_row(reader, name, count);
}

static void read_product(struct reader *reader, size_t layer, const char *const *parts,
                         struct product *out)
{
    char name[NAME_BYTES];
    size_t outer = out->outer / out->part_count;
    out->bias = arena_alloc_array(reader->arena, out->outer, sizeof *out->bias);
    for (size_t i = 0; i < out->part_count; i++) {
        snprintf(name, sizeof name, "encoder.layer.%zu.%s.weight", layer, parts[i]);
        out->sources[i] = find(reader, name, outer, out->inner);
        snprintf(name, sizeof name, "encoder.layer.%zu.%s.bias", layer, parts[i]);
        const struct tensor *bias = find(reader, name, outer, 0);
        if (bias != NULL && out->bias != NULL) {
            tensor_floats(bias, 0, outer, out->bias + i * outer);
        }
    }
}

static float query_factor(const struct bert_config *config)
{
    size_t head_width = config->width / config->head_count;
    return 1.0F / sqrtf((float)head_width);
}

static void read_layer(struct reader *reader, const struct bert_config *config, size_t index,
                       struct bert_layer *out)
{
    static const char *const names[PRODUCTS][PARTS] = {
        [QKV] = {"attention.self.query", "attention.self.key", "attention.self.value"},
        [JOIN] = {"attention.output.dense"},
        [WIDEN] = {"intermediate.dense"},
        [NARROW] = {"output.dense"},
    };
    size_t width = config->width, inner = config->inner_width;
    const struct product shapes[PRODUCTS] = {
        [QKV] = {.part_count = PARTS, .inner = width, .outer = PARTS * width},
        [JOIN] = {.part_count = 1, .inner = width, .outer = width},
        [WIDEN] = {.part_count = 1, .inner = width, .outer = inner},
        [NARROW] = {.part_count = 1, .inner = inner, .outer = width},
    };
    for (size_t i = 0; i < PRODUCTS; i++) {
        out->products[i] = shapes[i];
        read_product(reader, index, names[i], &out->products[i]);
    }
    float *bias = out->products[QKV].bias;
    for (size_t i = 0; bias != NULL && i < width; i++) {
        bias[i] *= query_factor(config);
    }
    out->join_gain = read_layer_row(reader, index, "attention.output.LayerNorm", "weight", width);
    out->join_shift = read_layer_row(reader, index, "attention.output.LayerNorm", "bias", width);
    out->narrow_gain = read_layer_row(reader, index, "output.LayerNorm", "weight", width);
    out->narrow_shift = read_layer_row(reader, index, "output.LayerNorm", "bias", width);
}

enum mneme_code bert_init(struct bert *out, const struct bert_config *config,
                          const struct linear_set *set, const struct safetensors *file,
                          struct arena *arena, struct mneme_error *err)
{
    struct reader reader = {.file = file, .arena = arena, .err = err, .code = MNEME_OK};
    size_t width = config->width;
    *out = (struct bert){.config = *config, .set = set};
    out->words =
        find(&reader, "embeddings.word_embeddings.weight", config->vocabulary_count, width);
    out->positions =
        find(&reader, "embeddings.position_embeddings.weight", config->position_count, width);
    out->types =
        find(&reader, "embeddings.token_type_embeddings.weight", config->type_count, width);
    out->gain = read_row(&reader, "embeddings.LayerNorm.weight", width);
    out->shift = read_row(&reader, "embeddings.LayerNorm.bias", width);
    out->layers = arena_alloc_array(arena, config->layer_count, sizeof *out->layers);
    for (size_t i = 0; out->layers != NULL && reader.code == MNEME_OK && i < config->layer_count;
         i++) {
        read_layer(&reader, config, i, &out->layers[i]);
    }
    return reader.code == MNEME_OK && arena_failed(arena) ? error_nomem(err) : reader.code;
}

// --- packing ---------------------------------------------------------------------------------

static size_t packed_bytes(const struct bert *bert, const struct product *product)
{
    size_t bytes = bert->set->packed_bytes(product->inner, product->outer);
    return (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
}

/* `weights` holds LINEAR_UNIT outputs. */
static void pack_product(const struct bert *bert, const struct product *product, bool has_queries,
                         float *weights)
{
    size_t inner = product->inner, part = product->outer / product->part_count;
    for (size_t first = 0; first < product->outer; first += LINEAR_UNIT) {
        const struct tensor *source = product->sources[first / part];
        size_t values = LINEAR_UNIT * inner;
        tensor_floats(source, first % part * inner, values, weights);
        if (has_queries && first < part) {
            kernels_get()->scale(weights, query_factor(&bert->config), values);
        }
        bert->set->pack(weights, first, inner, product->outer, product->packed);
    }
}

enum mneme_code bert_pack(struct bert *bert, struct mneme_error *err)
{
    size_t total = 0, longest = bert->config.width > bert->config.inner_width
                                    ? bert->config.width
                                    : bert->config.inner_width;
    for (size_t i = 0; i < bert->config.layer_count * PRODUCTS; i++) {
        total += packed_bytes(bert, &bert->layers[i / PRODUCTS].products[i % PRODUCTS]);
    }
    float *weights = mem_alloc(LINEAR_UNIT * longest * sizeof *weights);
    void *block = mem_alloc(total + HUGE_PAGE_BYTES);
    if (weights == NULL || block == NULL) {
        mem_free(weights);
        mem_free(block);
        return error_nomem(err);
    }
    uintptr_t start = ((uintptr_t)block + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
    unsigned char *at = (unsigned char *)block + (start - (uintptr_t)block);
    (void)madvise(at, total / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES, MADV_HUGEPAGE); // if it can
    for (size_t layer = 0; layer < bert->config.layer_count; layer++) {
        for (size_t i = 0; i < PRODUCTS; i++) {
            struct product *product = &bert->layers[layer].products[i];
            product->packed = at;
            pack_product(bert, product, i == QKV, weights);
            at += packed_bytes(bert, product);
        }
    }
    mem_free(weights);
    bert->packed = block;
    return MNEME_OK;
}

void bert_clear(struct bert *bert)
{
    mem_free(bert->packed);
    *bert = (struct bert){0};
}

// --- running ---------------------------------------------------------------------------------

struct workspace {
    float *rows;   /* token_count * width: the state */
    float *joined; /* token_count * width: what attention has made of it */
    float *wide;   /* token_count * the wider of 3 width and inner_width */
    float *attention;
    void *scratch; /* of products */
};

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Lays a workspace out; returns its bytes. */
static size_t lay_out(const struct bert *bert, size_t token_count, unsigned char *start,
                      struct workspace *out)
{
    const struct bert_config *config = &bert->config;
    size_t row = token_count * config->width * sizeof(float);
    size_t wide = token_count * larger(PARTS * config->width, config->inner_width) * sizeof(float);
    size_t attention = linear_attention_floats(token_count, config->width / config->head_count);
    size_t parts[] = {
        row, row, wide, attention * sizeof(float),
        bert->set->scratch_bytes(token_count, larger(config->width, config->inner_width))};
    size_t offsets[sizeof parts / sizeof parts[0]], at = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        offsets[i] = at;
        at += (parts[i] + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
    }
    if (start != NULL) {
        *out = (struct workspace){(float *)(void *)(start + offsets[0]),
                                  (float *)(void *)(start + offsets[1]),
                                  (float *)(void *)(start + offsets[2]),
                                  (float *)(void *)(start + offsets[3]), start + offsets[4]};
    }
    return at;
}

size_t bert_workspace_bytes(const struct bert *bert, size_t token_count)
{
    return lay_out(bert, token_count, NULL, NULL);
}

static void add_tensor_row(const struct tensor *tensor, size_t row, size_t width, float *scratch,
                           float *sum)
{
    tensor_floats(tensor, row * width, width, scratch);
    kernels_get()->add_scaled(sum, scratch, 1, width);
}

/* `joined` serves as room for a row. */
static void embed_tokens(const struct bert *bert, const uint32_t *ids, const uint32_t *lengths,
                         size_t text_count, const struct workspace *work)
{
    size_t width = bert->config.width, token = 0;
    for (size_t text = 0; text < text_count; text++) {
        for (size_t i = 0; i < lengths[text]; i++, token++) {
            float *row = work->rows + token * width;
            tensor_floats(bert->words, ids[token] * width, width, row);
            add_tensor_row(bert->types, 0, width, work->joined, row);
            add_tensor_row(bert->positions, i, width, work->joined, row);
        }
    }
    bert->set->normalize(work->rows, token, width, bert->gain, bert->shift, bert->config.epsilon);
}

static void multiply(const struct bert *bert, const struct product *product, size_t token_count,
                     const struct workspace *work, struct linear_product call)
{
    call.row_count = token_count;
    call.weights = product->packed;
    call.inner = product->inner;
    call.outer = product->outer;
    call.bias = product->bias;
    call.scratch = work->scratch;
    bert->set->multiply(&call);
}

static void attend(const struct bert *bert, const uint32_t *lengths, size_t text_count,
                   const struct workspace *work)
{
    size_t width = bert->config.width, token = 0;
    for (size_t text = 0; text < text_count; token += lengths[text], text++) {
        struct linear_attention call = {.rows = work->wide + token * PARTS * width,
                                        .token_count = lengths[text],
                                        .width = width,
                                        .head_count = bert->config.head_count,
                                        .out = work->joined + token * width,
                                        .scratch = work->attention};
        bert->set->attend(&call);
    }
}

static void run_layer(const struct bert *bert, const struct bert_layer *layer,
                      const uint32_t *lengths, size_t text_count, size_t token_count,
                      const struct workspace *work)
{
    const struct product *products = layer->products;
    const struct linear_set *set = bert->set;
    size_t width = bert->config.width;
    float epsilon = bert->config.epsilon, *rows = work->rows, *wide = work->wide;
    multiply(bert, &products[QKV], token_count, work,
             (struct linear_product){.rows = rows, .out = wide});
    attend(bert, lengths, text_count, work);
    multiply(bert, &products[JOIN], token_count, work,
             (struct linear_product){.rows = work->joined, .add = rows, .out = rows});
    set->normalize(rows, token_count, width, layer->join_gain, layer->join_shift, epsilon);
    multiply(bert, &products[WIDEN], token_count, work,
             (struct linear_product){.rows = rows, .out = wide, .finish = LINEAR_GELU});
    multiply(bert, &products[NARROW], token_count, work,
             (struct linear_product){.rows = wide, .add = rows, .out = rows});
    set->normalize(rows, token_count, width, layer->narrow_gain, layer->narrow_shift, epsilon);
}

static void pool(const struct bert *bert, const float *rows, size_t token_count, float *out)
{
    size_t width = bert->config.width;
    memcpy(out, rows, width * sizeof *out);
    for (size_t i = 1; bert->config.pooling == BERT_MEAN && i < token_count; i++) {
        kernels_get()->add_scaled(out, rows + i * width, 1, width);
    }
    if (bert->config.pooling == BERT_MEAN) {
        kernels_get()->scale(out, 1.0F / (float)token_count, width);
    }
}

const float *bert_run(const struct bert *bert, const uint32_t *ids, const uint32_t *lengths,
                      size_t text_count, void *workspace)
{
    struct workspace work;
    size_t token_count = 0;
    assert(bert->packed != NULL);
    for (size_t i = 0; i < text_count; i++) {
        token_count += lengths[i];
    }
    (void)lay_out(bert, token_count, workspace, &work);
    embed_tokens(bert, ids, lengths, text_count, &work);
    for (size_t i = 0; i < bert->config.layer_count; i++) {
        run_layer(bert, &bert->layers[i], lengths, text_count, token_count, &work);
    }
    return work.rows;
}

void bert_embed(const struct bert *bert, const uint32_t *ids, const uint32_t *lengths,
                size_t text_count, void *workspace, float *out)
{
    const float *rows = bert_run(bert, ids, lengths, text_count, workspace);
    for (size_t i = 0; i < text_count; i++) {
        pool(bert, rows, lengths[i], out + i * bert->config.width);
        rows += lengths[i] * bert->config.width;
    }
}
