#include "embed/bert.h"

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

/* The states behind the first `layer_count` layers. */
static void check_layers(const struct bert_config *whole, size_t layer_count,
                         const struct safetensors *tensors, const uint32_t *ids)
{
    struct bert bert;
    struct bert_config config = *whole;
    struct arena arena;
    uint32_t length = TOKENS;
    arena_init(&arena);
    config.layer_count = layer_count;
    cr_assert_eq(bert_init(&bert, &config, linear_get(), tensors, &arena, NULL), MNEME_OK);
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
    arena_clear(&arena);
}

Test(bert, layer_by_layer_is_what_the_reference_computes)
{
    struct model_folder folder;
    struct bert_config config;
    struct bert_tokenizer tokenizer;
    struct mapped_file file;
    struct safetensors tensors;
    struct arena arena;
    uint32_t ids[GOLDEN_LIMIT];
    bool cut;
    cr_assert_eq(model_folder_find(golden_encoder_model(), &folder, NULL), MNEME_OK);
    cr_assert_eq(bert_config_read(&folder, &config, NULL), MNEME_OK);
    cr_assert_eq(config.layer_count, LAYERS);
    cr_assert_eq(config.pooling, BERT_MEAN);
    cr_assert_eq(bert_tokenizer_open(&tokenizer, folder.path, config.position_count, NULL),
                 MNEME_OK);
    cr_assert_eq(bert_tokenizer_encode(&tokenizer, "Ada drinks tea", 14, ids, &cut), TOKENS);
    cr_assert_eq(model_folder_map(&folder, "model.safetensors", &file, NULL), MNEME_OK);
    arena_init(&arena);
    cr_assert_eq(safetensors_read(file.bytes, file.length, &arena, &tensors, NULL), MNEME_OK);
    read_golden();
    for (size_t count = 0; count <= LAYERS; count++) check_layers(&config, count, &tensors, ids);
    arena_clear(&arena);
    mapped_file_close(&file);
    bert_tokenizer_clear(&tokenizer);
}
