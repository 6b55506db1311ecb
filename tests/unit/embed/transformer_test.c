#include "embed/transformer.h"

#include "../../support/golden_encoder.h"
#include "../../support/models.h"
#include "../../support/support.h"
#include "../../support/tiny_bert.h"
#include "embed/bert.h"
#include "embed/linear.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct models models;
static struct mneme_error err;
static char path[128];

static void begin(void)
{
    models_begin(&models);
    tiny_bert_write(&models, "m");
    snprintf(path, sizeof path, "%s/m", models.folder);
}

static void end(void)
{
    models_end(&models);
}

TestSuite(transformer, .init = begin, .fini = end);

static void put(const char *name, const char *text)
{
    char file[128];
    snprintf(file, sizeof file, "m/%s", name);
    (void)models_write(&models, file, text, strlen(text));
}

static struct embedder *open_sound(const char *folder)
{
    struct embedder *embedder;
    enum mneme_code code = embedder_open(folder, &embedder, &err);
    cr_assert_eq(code, MNEME_OK, "%s", err.message);
    return embedder;
}

static double cosine(const float *a, const float *b, size_t n)
{
    double dot = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        dot += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return dot / sqrt(aa * bb);
}

static bool is_bf16(void)
{
    return strcmp(linear_get()->name, "amx") == 0;
}

static const char *const texts[] = {"tea", "she drinks green teas", "", "b a b a b a b a a ?"};
static const struct {
    uint32_t ids[16];
    size_t count;
} encoded[] = {{{2, 4, 3}, 3},
               {{2, 6, 7, 5, 4, 8, 3}, 7},
               {{2, 3}, 2},
               {{2, 10, 9, 10, 9, 10, 9, 10, 9, 9, 11, 3}, 12}};

static void check_tiny(bool is_mean)
{
    struct embedder *embedder = open_sound(path);
    float out[4 * TINY_WIDTH];
    bool cut[4];
    cr_assert_eq(embedder->kind, EMBED_TRANSFORMER);
    cr_assert_eq(embedder->dimension, TINY_WIDTH);
    cr_assert_eq(embedder_embed(embedder, texts, 4, out, cut, &err), MNEME_OK);
    for (size_t i = 0; i < 4; i++) {
        double expected[TINY_WIDTH];
        tiny_bert_vector(encoded[i].ids, encoded[i].count, is_mean, expected);
        cr_assert_not(cut[i]);
        for (size_t k = 0; k < TINY_WIDTH; k++) {
            cr_assert_float_eq((double)out[i * TINY_WIDTH + k], expected[k],
                               is_bf16() ? 2e-2 : 1e-6, "text %zu [%zu]: %g, not %g", i, k,
                               (double)out[i * TINY_WIDTH + k], expected[k]);
        }
    }
    embedder_free(embedder);
}

Test(transformer, is_what_bert_is_by_definition)
{
    check_tiny(true);
}

Test(transformer, takes_the_first_token_where_the_model_says_so)
{
    put("1_Pooling/config.json", "{\"word_embedding_dimension\":32,\"pooling_mode_cls_token\":true,"
                                 "\"pooling_mode_mean_tokens\":false}");
    check_tiny(false);
    put("1_Pooling/config.json", "{\"pooling_mode\":\"cls\"}");
    check_tiny(false);
}

Test(transformer, names_its_space_by_all_that_decides_a_vector)
{
    char before[256];
    struct embedder *embedder = open_sound(path);
    snprintf(before, sizeof before, "%s", embedder->space);
    cr_assert_eq(strncmp(before, "transformer:m:32:", strlen("transformer:m:32:")), 0, "%s",
                 before);
    cr_assert_eq(embed_kind_of_space(before), EMBED_TRANSFORMER);
    embedder_free(embedder);
    put("1_Pooling/config.json", "{\"pooling_mode_cls_token\":true}");
    embedder = open_sound(path);
    cr_assert_str_neq(embedder->space, before);
    embedder_free(embedder);
}

Test(transformer, a_vector_depends_on_its_text_alone_to_the_last_bit)
{
    enum { COUNT = 60 };
    static const char *const words[] = {"tea", "green", "she", "drinks", "a", "b", "?", "tree"};
    static char made[COUNT][128];
    const char *forth[COUNT], *back[COUNT];
    float once[TINY_WIDTH], *all = malloc(COUNT * sizeof once),
                            *turned = malloc(COUNT * sizeof once);
    for (size_t i = 0; i < COUNT; i++) {
        int at = 0;
        for (size_t k = 0; k < i * 7 % 19; k++) {
            at += snprintf(made[i] + at, sizeof made[i] - (size_t)at, "%s ",
                           words[(i * 5 + k * k) % 8]);
        }
        forth[i] = back[COUNT - 1 - i] = made[i];
    }
    struct embedder *embedder = open_sound(path);
    cr_assert_eq(embedder_embed(embedder, forth, COUNT, all, NULL, NULL), MNEME_OK);
    cr_assert_eq(embedder_embed(embedder, back, COUNT, turned, NULL, NULL), MNEME_OK);
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert_eq(embedder_embed(embedder, &forth[i], 1, once, NULL, NULL), MNEME_OK);
        cr_assert_arr_eq(once, all + i * TINY_WIDTH, sizeof once);
        cr_assert_arr_eq(once, turned + (COUNT - 1 - i) * TINY_WIDTH, sizeof once);
    }
    embedder_free(embedder);
    free(all);
    free(turned);
}

Test(transformer, a_text_over_the_limit_is_cut_and_said_to_be)
{
    const char *const long_texts[] = {
        "tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea",
        "tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea "
        "a"};
    float out[2 * TINY_WIDTH];
    bool cut[2];
    struct embedder *embedder = open_sound(path);
    cr_assert_eq(embedder_embed(embedder, long_texts, 2, out, cut, &err), MNEME_OK);
    cr_assert_not(cut[0]);
    cr_assert(cut[1]);
    cr_assert_arr_eq(out, out + TINY_WIDTH, TINY_WIDTH * sizeof *out);
    embedder_free(embedder);
}

static void assert_refused(enum mneme_code expected, const char *what)
{
    struct embedder *embedder;
    enum mneme_code code = embedder_open(path, &embedder, &err);
    cr_assert_eq(code, expected, "%s: %d, %s", what, code, err.message);
    cr_assert_null(embedder);
    cr_assert_str_eq(err.field, "model");
}

static void refuse_config(enum mneme_code expected, const char *from, const char *to)
{
    char config[1024];
    const char *at = strstr(TINY_CONFIG, from);
    cr_assert_not_null(at);
    snprintf(config, sizeof config, "%.*s%s%s", (int)(at - TINY_CONFIG), TINY_CONFIG, to,
             at + strlen(from));
    put("config.json", config);
    assert_refused(expected, to);
}

Test(transformer, refuses_a_config_that_does_not_fit)
{
    refuse_config(MNEME_UNSUPPORTED, "\"bert\"", "\"roberta\"");
    refuse_config(MNEME_UNSUPPORTED, "\"gelu\"", "\"relu\"");
    refuse_config(MNEME_UNSUPPORTED, "\"num_attention_heads\":2", "\"num_attention_heads\":4");
    refuse_config(MNEME_INVALID, "\"num_attention_heads\":2", "\"num_attention_heads\":3");
    refuse_config(MNEME_INVALID, "\"hidden_size\":32", "\"hidden_size\":64");
    refuse_config(MNEME_INVALID, "\"hidden_size\":32", "\"hidden_size\":-32");
    refuse_config(MNEME_INVALID, "\"hidden_size\":32", "\"hidden_size\":\"wide\"");
    refuse_config(MNEME_INVALID, "\"num_hidden_layers\":2", "\"num_hidden_layers\":3");
    refuse_config(MNEME_INVALID, "\"num_hidden_layers\":2", "\"num_hidden_layers\":1000000000");
    refuse_config(MNEME_INVALID, "\"intermediate_size\":64", "\"intermediate_size\":9999999999");
    refuse_config(MNEME_INVALID, "\"vocab_size\":12", "\"vocab_size\":13");
    refuse_config(MNEME_INVALID, "\"layer_norm_eps\":1e-12", "\"layer_norm_eps\":0.0");
    refuse_config(MNEME_INVALID, "\"layer_norm_eps\":1e-12", "\"layer_norm_eps\":null");
    refuse_config(MNEME_INVALID, "\"max_position_embeddings\":24", "\"max_position_embeddings\":1");
}

Test(transformer, refuses_modules_that_would_change_vectors)
{
    put("modules.json", "[{\"type\":\"sentence_transformers.models.Transformer\"},"
                        "{\"type\":\"sentence_transformers.models.Dense\"}]");
    assert_refused(MNEME_UNSUPPORTED, "a dense layer");
    put("modules.json", "[{}]");
    assert_refused(MNEME_INVALID, "a module without type");
    put("modules.json", "[]");
    put("1_Pooling/config.json", "{\"pooling_mode_max_tokens\":true}");
    assert_refused(MNEME_UNSUPPORTED, "another pooling");
    put("1_Pooling/config.json",
        "{\"pooling_mode_mean_tokens\":true,\"pooling_mode_cls_token\":true}");
    assert_refused(MNEME_UNSUPPORTED, "two poolings");
    put("1_Pooling/config.json", "[");
    assert_refused(MNEME_INVALID, "broken JSON");
}

Test(transformer, refuses_weights_cut_short_at_any_place)
{
    struct strbuf bytes;
    strbuf_init(&bytes, 1 << 20);
    tiny_bert_bytes(&bytes);
    for (size_t length = 1; length < bytes.length; length += 97) {
        (void)models_write(&models, "m/model.safetensors", bytes.text, length);
        assert_refused(MNEME_INVALID, "cut short");
    }
    strbuf_clear(&bytes);
    cr_assert_eq(unlink(models.path), 0);
    assert_refused(MNEME_INVALID, "no weights at all");
}

/* Weights are not all looked at when a model is opened. */
Test(transformer, weights_that_are_no_numbers_give_a_zero_vector)
{
    struct strbuf bytes;
    float out[TINY_WIDTH];
    strbuf_init(&bytes, 1 << 20);
    tiny_bert_bytes(&bytes);
    memset(bytes.text + bytes.length - 4096, 0xff, 4096);
    (void)models_write(&models, "m/model.safetensors", bytes.text, bytes.length);
    strbuf_clear(&bytes);
    struct embedder *embedder = open_sound(path);
    cr_assert_eq(embedder_embed(embedder, texts, 1, out, NULL, &err), MNEME_OK);
    for (size_t i = 0; i < TINY_WIDTH; i++) cr_assert_eq(out[i], 0);
    embedder_free(embedder);
}

static enum mneme_code embed_one(struct embedder *embedder, float *out)
{
    return embedder_embed(embedder, texts, 1, out, NULL, &err);
}

Test(transformer, goes_on_when_its_file_is_removed_or_replaced)
{
    float before[TINY_WIDTH], after[TINY_WIDTH];
    struct embedder *packed = open_sound(path), *unpacked = open_sound(path);
    cr_assert_eq(embed_one(packed, before), MNEME_OK);
    char *old = models_in(&models, "m/model.safetensors"), *new = models_in(&models, "m/new");
    (void)models_write(&models, "m/new", "another", 7);
    cr_assert_eq(rename(new, old), 0);
    cr_assert_eq(embed_one(packed, after), MNEME_OK, "%s", err.message);
    cr_assert_arr_eq(before, after, sizeof before);
    cr_assert_eq(unlink(old), 0);
    cr_assert_eq(embed_one(unpacked, after), MNEME_OK, "%s", err.message);
    cr_assert_arr_eq(before, after, sizeof before);
    embedder_free(packed);
    embedder_free(unpacked);
    free(old);
    free(new);
}

/* Else the process would end by SIGBUS. */
Test(transformer, refuses_to_embed_once_its_file_was_cut)
{
    float out[TINY_WIDTH];
    struct embedder *packed = open_sound(path), *unpacked = open_sound(path);
    cr_assert_eq(embed_one(packed, out), MNEME_OK);
    char *file = models_in(&models, "m/model.safetensors");
    cr_assert_eq(truncate(file, 100), 0);
    cr_assert_eq(embed_one(packed, out), MNEME_UNAVAILABLE);
    cr_assert_eq(embed_one(unpacked, out), MNEME_UNAVAILABLE);
    cr_assert_str_eq(err.field, "model");
    embedder_free(packed);
    embedder_free(unpacked);
    free(file);
}

static enum mneme_code open_and_embed(void *context)
{
    (void)context;
    struct embedder *embedder;
    float out[4 * TINY_WIDTH];
    enum mneme_code code = embedder_open(path, &embedder, NULL);
    if (code == MNEME_OK) {
        code = embedder_embed(embedder, texts, 4, out, NULL, NULL);
    }
    embedder_free(embedder);
    return code;
}

Test(transformer, runs_out_of_memory_cleanly)
{
    support_hook_jansson();
    cr_assert_gt(support_fail_each(open_and_embed, NULL), 10);
}

// --- all-MiniLM-L6-v2 ------------------------------------------------------------------------

Test(transformer, gives_the_vectors_of_the_reference)
{
    const char *folder = golden_encoder_model();
    struct golden_encoder golden;
    golden_encoder_read(&golden);
    struct embedder *embedder = open_sound(folder);
    const char **all = calloc(golden.count, sizeof *all);
    float *out = calloc(golden.count, GOLDEN_DIMENSION * sizeof *out);
    bool *cut = calloc(golden.count, sizeof *cut);
    double sum = 0, least = 1;
    cr_assert_eq(embedder->dimension, GOLDEN_DIMENSION);
    for (size_t i = 0; i < golden.count; i++) all[i] = golden.texts[i].text;
    cr_assert_eq(embedder_embed(embedder, all, golden.count, out, cut, &err), MNEME_OK);
    for (size_t i = 0; i < golden.count; i++) {
        double same = cosine(out + i * GOLDEN_DIMENSION, golden.texts[i].vector, GOLDEN_DIMENSION);
        cr_assert_geq(same, is_bf16() ? .999 : .99999, "'%.60s': %f", all[i], same);
        cr_assert_eq(cut[i], golden.texts[i].is_cut);
        sum += same;
        least = fmin(least, same);
    }
    cr_assert_geq(sum / (double)golden.count, is_bf16() ? .9999 : .999999);
    embedder_free(embedder);
    golden_encoder_clear(&golden);
    free(all);
    free(out);
    free(cut);
}
