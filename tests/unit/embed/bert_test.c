#include "embed/bert.h"

#include "../../support/emulated_amx.h"
#include "../../support/golden_encoder.h"
#include "embed/bert_tokenizer.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAYERS 6
#define TOKENS 5 // [CLS] ada drinks tea [SEP]
#define VALUES (TOKENS * GOLDEN_DIMENSION)

static float golden[LAYERS + 1][VALUES];

static void read_golden(void)
{
    FILE *file = fopen("tests/data/encoder/layers.f32", "rb");
    cr_assert_not_null(file);
    cr_assert_eq(fread(golden, sizeof golden, 1, file), 1);
    fclose(file);
}

/* all-MiniLM-L6-v2, for the length of a test. */
static struct model_folder folder;
static struct bert_config config;
static struct bert_tokenizer tokenizer;
static struct mapped_file file;
static struct safetensors tensors;
static struct arena arena;

static void open_model(void)
{
    cr_assert_eq(model_folder_find(golden_encoder_model(), &folder, NULL), MNEME_OK);
    cr_assert_eq(bert_config_read(&folder, &config, NULL), MNEME_OK);
    cr_assert_eq(config.layer_count, LAYERS);
    cr_assert_eq(config.pooling, BERT_MEAN);
    cr_assert_eq(bert_tokenizer_open(&tokenizer, folder.path, config.position_count, NULL),
                 MNEME_OK);
    cr_assert_eq(model_folder_map(&folder, "model.safetensors", &file, NULL), MNEME_OK);
    arena_init(&arena);
    cr_assert_eq(safetensors_read(file.bytes, file.length, &arena, &tensors, NULL), MNEME_OK);
}

static void close_model(void)
{
    arena_clear(&arena);
    mapped_file_close(&file);
    bert_tokenizer_clear(&tokenizer);
}

/* The states behind the first `layer_count` layers. */
static void check_layers(size_t layer_count, const uint32_t *ids)
{
    struct bert bert;
    struct bert_config some = config;
    uint32_t length = TOKENS;
    some.layer_count = layer_count;
    cr_assert_eq(bert_init(&bert, &some, linear_get(), &tensors, &arena, NULL), MNEME_OK);
    cr_assert_eq(bert_pack(&bert, NULL), MNEME_OK);
    void *workspace = malloc(bert_workspace_bytes(&bert, TOKENS));
    const float *states = bert_run(&bert, ids, &length, 1, workspace);
    double tolerance = strcmp(bert.set->name, "amx") == 0 ? 5e-2 : 2e-5;
    for (size_t i = 0; i < VALUES; i++) {
        cr_assert_float_eq((double)states[i], (double)golden[layer_count][i], tolerance,
                           "after %zu layers, token %zu, value %zu: %g, not %g", layer_count,
                           i / GOLDEN_DIMENSION, i % GOLDEN_DIMENSION, (double)states[i],
                           (double)golden[layer_count][i]);
    }
    free(workspace);
    bert_clear(&bert);
}

Test(bert, layer_by_layer_is_what_the_reference_computes)
{
    uint32_t ids[GOLDEN_LIMIT];
    bool cut;
    open_model();
    cr_assert_eq(bert_tokenizer_encode(&tokenizer, "Ada drinks tea", 14, ids, &cut), TOKENS);
    read_golden();
    for (size_t count = 0; count <= LAYERS; count++) check_layers(count, ids);
    close_model();
}

#if defined(__x86_64__)
static double cosine(const float *a, const float *b)
{
    double dot = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < GOLDEN_DIMENSION; i++) {
        dot += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return dot / sqrt(aa * bb);
}

/* Emulated tiles are slow: some of the texts, or all with MNEME_LONG. */
Test(bert, bfloat16_stays_near_the_reference, .timeout = 600)
{
    struct golden_encoder texts;
    struct bert bert;
    float out[GOLDEN_DIMENSION];
    double sum = 0;
    size_t step = getenv("MNEME_LONG") != NULL ? 1 : 9, count = 0;
    const struct linear_set *set = emulated_amx();
    if (set == NULL) cr_skip_test("this processor has no AVX512_BF16");
    open_model();
    golden_encoder_read(&texts);
    cr_assert_eq(bert_init(&bert, &config, set, &tensors, &arena, NULL), MNEME_OK);
    cr_assert_eq(bert_pack(&bert, NULL), MNEME_OK);
    void *workspace = malloc(bert_workspace_bytes(&bert, GOLDEN_LIMIT));
    for (size_t i = 0; i < texts.count; i += step, count++) {
        uint32_t length = (uint32_t)texts.texts[i].id_count;
        bert_embed(&bert, texts.texts[i].ids, &length, 1, workspace, out);
        double same = cosine(out, texts.texts[i].vector);
        cr_assert_geq(same, .999, "'%.60s': %f", texts.texts[i].text, same);
        sum += same;
    }
    cr_assert_geq(sum / (double)count, .9999, "%f", sum / (double)count);
    free(workspace);
    bert_clear(&bert);
    golden_encoder_clear(&texts);
    close_model();
}
#endif
