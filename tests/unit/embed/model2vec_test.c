#include "../../support/models.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/limits.h"
#include "embed/static_table.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char tokenizer[] =
    "{\"normalizer\":{\"type\":\"BertNormalizer\",\"lowercase\":true},"
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
    "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","
    "\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100,"
    "\"vocab\":{\"[UNK]\":0,\"tea\":1,\"green\":2,\"##s\":3}}}";

static const float rows_f32[] = {9, 9, 1, 0, 0, -2, 0, 1};
static const uint16_t rows_f16[] = {0x4880, 0x4880, 0x3c00, 0, 0, 0xc000, 0, 0x3c00};
static const int8_t rows_i8[] = {9, 9, 1, 0, 0, -2, 0, 1};

static struct models models;
static struct strbuf bytes;

static void begin(void)
{
    models_begin(&models);
    strbuf_init(&bytes, 1 << 20);
}

static void end(void)
{
    strbuf_clear(&bytes);
    models_end(&models);
}

TestSuite(model2vec, .init = begin, .fini = end);

/* A folder `m` with the tokenizer above and a model of this header and data. */
static void write_model(const char *header, const void *data, size_t length)
{
    strbuf_truncate(&bytes, 0);
    models_safetensors(&bytes, header, data, length);
    models_write(&models, "m/tokenizer.json", tokenizer, strlen(tokenizer));
    models_write(&models, "m/model.safetensors", bytes.text, bytes.length);
}

static struct mneme_error err;

static enum mneme_code open_named(const char *name, struct embedder **out)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", models.folder, name);
    return embedder_open(path, out, &err);
}

static struct embedder *open_sound(const char *name)
{
    struct embedder *embedder;
    cr_assert_eq(open_named(name, &embedder), MNEME_OK, "%s", err.message);
    return embedder;
}

static void assert_vector(const struct embedder *opened, const char *text, float x, float y)
{
    float got[2], length = hypotf(x, y);
    struct embedder *embedder = (struct embedder *)(uintptr_t)opened;
    cr_assert_eq(embedder_embed(embedder, &text, 1, got, NULL, NULL), MNEME_OK);
    cr_assert_float_eq(got[0], length > 0 ? x / length : 0, 1e-6F, "%s", text);
    cr_assert_float_eq(got[1], length > 0 ? y / length : 0, 1e-6F, "%s", text);
}

static void check_rows(const char *name)
{
    struct embedder *embedder = open_sound(name);
    cr_assert_eq(embedder->dimension, 2);
    cr_assert_eq(embedder->kind, EMBED_STATIC);
    assert_vector(embedder, "tea", 1, 0);
    assert_vector(embedder, "Green teas!", 1, -1);
    assert_vector(embedder, "unknown", 0, 0);
    embedder_free(embedder);
}

#define ROWS(dtype, length)                                                                        \
    "\"embeddings\":{\"dtype\":\"" dtype "\",\"shape\":[4,2],\"data_offsets\":[0," length "]}"

Test(model2vec, rows_may_be_f32_f16_or_i8)
{
    write_model("{" ROWS("F32", "32") "}", rows_f32, sizeof rows_f32);
    check_rows("m");
    write_model("{" ROWS("F16", "16") "}", rows_f16, sizeof rows_f16);
    check_rows("m");
    write_model("{" ROWS("I8", "8") "}", rows_i8, sizeof rows_i8);
    check_rows("m");
}

Test(model2vec, rows_at_an_odd_place_of_the_file_are_read_too)
{
    for (int spaces = 0; spaces < 8; spaces++) {
        char header[256];
        snprintf(header, sizeof header, "{" ROWS("F32", "32") "%*s}", spaces, "");
        write_model(header, rows_f32, sizeof rows_f32);
        check_rows("m");
        snprintf(header, sizeof header, "{" ROWS("F16", "16") "%*s}", spaces, "");
        write_model(header, rows_f16, sizeof rows_f16);
        check_rows("m");
    }
}

Test(model2vec, a_model_is_named_by_folder_or_by_file)
{
    write_model("{" ROWS("F32", "32") "}", rows_f32, sizeof rows_f32);
    check_rows("m");
    check_rows("m/");
    check_rows("m/model.safetensors");
    struct embedder *folder = open_sound("m"), *same = open_sound("m/model.safetensors");
    cr_assert_eq(strncmp(folder->space, "static:m:2:", 11), 0, "%s", folder->space);
    cr_assert_str_eq(folder->space, same->space);
    embedder_free(folder);
    embedder_free(same);
}

Test(model2vec, sentence_transformers_nest_the_same_files)
{
    models_safetensors(&bytes,
                       "{\"embedding.weight\":{\"dtype\":\"F32\",\"shape\":[4,2],"
                       "\"data_offsets\":[0,32]}}",
                       rows_f32, sizeof rows_f32);
    models_write(&models, "s/0_StaticEmbedding/tokenizer.json", tokenizer, strlen(tokenizer));
    models_write(&models, "s/0_StaticEmbedding/model.safetensors", bytes.text, bytes.length);
    check_rows("s");
    struct embedder *embedder = open_sound("s/");
    cr_assert_eq(strncmp(embedder->space, "static:s:2:", 11), 0, "%s", embedder->space);
    embedder_free(embedder);
}

Test(model2vec, weights_and_mapping_are_applied)
{
    struct {
        double weights[4];
        float rows[4];
        int32_t mapping[4];
    } data = {{1, 2, .5, 1}, {1, 0, 0, 4}, {0, 0, 1, 1}};
    write_model("{\"weights\":{\"dtype\":\"F64\",\"shape\":[4],\"data_offsets\":[0,32]},"
                "\"embeddings\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[32,48]},"
                "\"mapping\":{\"dtype\":\"I32\",\"shape\":[4],\"data_offsets\":[48,64]}}",
                &data, sizeof data);
    struct embedder *embedder = open_sound("m");
    assert_vector(embedder, "tea green", 2, 2);
    assert_vector(embedder, "teas", 2, 4);
    embedder_free(embedder);
}

Test(model2vec, weights_may_be_f32_or_f16_and_the_mapping_i64)
{
    struct {
        int64_t mapping[4];
        float rows[4];
        float weights[4];
    } wide = {{0, 0, 1, 1}, {1, 0, 0, 4}, {1, 2, .5F, 1}};
    write_model("{\"mapping\":{\"dtype\":\"I64\",\"shape\":[4],\"data_offsets\":[0,32]},"
                "\"embeddings\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[32,48]},"
                "\"weights\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[48,64]}}",
                &wide, sizeof wide);
    struct embedder *embedder = open_sound("m");
    assert_vector(embedder, "teas green", 2, 6);
    embedder_free(embedder);
    struct {
        uint16_t rows[8], weights[4];
    } halves = {{0, 0, 0x3c00, 0, 0, 0x3c00, 0, 0}, {0, 0x4000, 0x3c00, 0}};
    write_model(
        "{" ROWS("F16",
                 "16") ","
                       "\"weights\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[16,24]}}",
        &halves, sizeof halves);
    embedder = open_sound("m");
    assert_vector(embedder, "tea green", 2, 1);
    embedder_free(embedder);
}

static void assert_refused(const char *header, const void *data, size_t length)
{
    struct embedder *embedder;
    write_model(header, data, length);
    cr_assert_eq(open_named("m", &embedder), MNEME_INVALID, "%s", header);
    cr_assert_null(embedder);
    cr_assert_str_eq(err.field, "model");
}

Test(model2vec, rows_that_do_not_fit_the_tokens_are_refused)
{
    static const char zeros[64];
    assert_refused("{}", zeros, 0);
    assert_refused("{\"other\":{\"dtype\":\"I8\",\"shape\":[4,2],\"data_offsets\":[0,8]}}", zeros,
                   8);
    assert_refused("{\"embeddings\":{\"dtype\":\"I8\",\"shape\":[8],\"data_offsets\":[0,8]}}",
                   zeros, 8);
    assert_refused("{\"embeddings\":{\"dtype\":\"I8\",\"shape\":[3,2],\"data_offsets\":[0,6]}}",
                   zeros, 6);
    assert_refused("{\"embeddings\":{\"dtype\":\"I8\",\"shape\":[4,0],\"data_offsets\":[0,0]}}",
                   zeros, 0);
    assert_refused("{\"embeddings\":{\"dtype\":\"I8\",\"shape\":[0,4],\"data_offsets\":[0,0]}}",
                   zeros, 0);
    assert_refused("{\"embeddings\":{\"dtype\":\"U8\",\"shape\":[4,2],\"data_offsets\":[0,8]}}",
                   zeros, 8);
}

Test(model2vec, rows_longer_than_any_vector_are_refused)
{
    static const char zeros[4 * 4097];
    assert_refused("{\"embeddings\":{\"dtype\":\"I8\",\"shape\":[4,4097],\"data_offsets\":"
                   "[0,16388]}}",
                   zeros, sizeof zeros);
}

#define WITH(name, dtype, shape, to)                                                               \
    "{" ROWS("I8", "8") ",\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":[" shape                 \
                        "],\"data_offsets\":[8," to "]}}"

Test(model2vec, mappings_and_weights_that_lie_are_refused)
{
    struct {
        int8_t rows[8];
        int32_t values[4];
    } data = {{0}, {0, 1, 4, 0}};
    assert_refused(WITH("mapping", "I32", "4", "24"), &data, sizeof data); // row 4 of 4
    data.values[2] = -1;
    assert_refused(WITH("mapping", "I32", "4", "24"), &data, sizeof data);
    data.values[2] = 0;
    assert_refused(WITH("mapping", "I32", "3", "20"), &data, 20);
    assert_refused(WITH("mapping", "I32", "2,2", "24"), &data, sizeof data);
    assert_refused(WITH("mapping", "F32", "4", "24"), &data, sizeof data);
    assert_refused(WITH("weights", "I32", "4", "24"), &data, sizeof data);
    assert_refused(WITH("weights", "F32", "3", "20"), &data, 20);
    data.values[1] = 0x7fc00000; // not a number
    assert_refused(WITH("weights", "F32", "4", "24"), &data, sizeof data);
    struct {
        int8_t rows[8];
        int64_t mapping[4];
    } wide = {{0}, {0, 1, INT64_C(1) << 32, 0}};
    assert_refused(WITH("mapping", "I64", "4", "40"), &wide, sizeof wide);
}

Test(model2vec, rows_that_are_no_numbers_give_zero)
{
    static const float rows[] = {0, 0, NAN, 0, INFINITY, 1, 0, 1};
    write_model("{" ROWS("F32", "32") "}", rows, sizeof rows);
    struct embedder *embedder = open_sound("m");
    assert_vector(embedder, "tea", 0, 0);
    assert_vector(embedder, "green", 0, 0);
    embedder_free(embedder);
}

Test(model2vec, missing_and_broken_parts_are_named)
{
    struct embedder *embedder;
    char path[512];
    write_model("{" ROWS("I8", "8") "}", rows_i8, sizeof rows_i8);
    snprintf(path, sizeof path, "%s/m/tokenizer.json", models.folder);
    remove(path);
    cr_assert_eq(open_named("m", &embedder), MNEME_INVALID);
    cr_assert_not_null(strstr(err.message, "tokenizer.json"), "%s", err.message);
    for (size_t length = 1; length < strlen(tokenizer); length++) {
        models_write(&models, "m/tokenizer.json", tokenizer, length);
        cr_assert_eq(open_named("m", &embedder), MNEME_INVALID, "%zu", length);
    }
    models_write(&models, "m/tokenizer.json", tokenizer, strlen(tokenizer));
    for (size_t length = 1; length < bytes.length; length++) {
        models_write(&models, "m/model.safetensors", bytes.text, length);
        cr_assert_eq(open_named("m", &embedder), MNEME_INVALID, "%zu", length);
    }
    models_write(&models, "m/model.safetensors", bytes.text, bytes.length);
    check_rows("m");
}

static bool fails_at(void *context)
{
    size_t *left = context;
    return (*left)-- == 0;
}

Test(model2vec, each_allocation_may_fail)
{
    enum mneme_code code = MNEME_NOMEM;
    size_t n = 0;
    write_model("{" ROWS("F32", "32") " }", rows_f32, sizeof rows_f32); // at an odd place
    for (; code == MNEME_NOMEM; n++) {
        struct embedder *embedder;
        size_t left = n;
        mem_set_hook(fails_at, &left);
        code = open_named("m", &embedder);
        mem_set_hook(NULL, NULL);
        cr_assert_eq(embedder == NULL, code != MNEME_OK);
        embedder_free(embedder);
    }
    cr_assert_eq(code, MNEME_OK, "%s", err.message);
    cr_assert(n > 5);
}

/* The fixtures' expected outputs: [[numbers]]. */
static void check_fixture(const char *model, const char *expected, const char *text,
                          float tolerance)
{
    char folder[512];
    struct models shared;
    struct mapped_file file;
    struct json *json;
    struct embedder *embedder;
    float got[LIMIT_DIMENSION];
    snprintf(folder, sizeof folder, "model2vec_fixtures/%s", expected);
    cr_assert_eq(mapped_file_open(models_shared(&shared, folder), &file, NULL), MNEME_OK);
    cr_assert_eq(json_parse((const char *)file.bytes, file.length, 1 << 20, &json, NULL), MNEME_OK);
    mapped_file_close(&file);
    snprintf(folder, sizeof folder, "model2vec_fixtures/%s", model);
    cr_assert_eq(embedder_open(models_shared(&shared, folder), &embedder, &err), MNEME_OK, "%s: %s",
                 model, err.message);
    cr_assert_eq(embedder_embed(embedder, &text, 1, got, NULL, NULL), MNEME_OK);
    const struct json *row = json_at(json, 0);
    cr_assert_eq(json_count(row), embedder->dimension);
    for (size_t i = 0; i < embedder->dimension; i++) {
        float number = (float)json_as_real(json_at(row, i));
        cr_assert_float_eq(got[i], number, tolerance, "%s at %zu: %g not %g", model, i,
                           (double)got[i], (double)number);
    }
    json_free(json);
    embedder_free(embedder);
}

Test(model2vec, shared_fixtures_give_their_expected_outputs)
{
    static const char *const exact[] = {"test-model-float32", "test-model-sentence-transformers"};
    static const struct {
        const char *model;
        float tolerance; // of the rounding that makes such a model out of the exact one
    } rounded[] = {{"test-model-float16", 1e-3F}, {"test-model-int8", 1e-2F}};
    char hellos[6 * 1000] = "hello";
    for (size_t i = 1; i < 1000; i++) memcpy(hellos + 6 * i - 1, " hello", 7);
    for (size_t i = 0; i < 2; i++) {
        check_fixture(exact[i], "embeddings_short.json", "hello world", 5e-6F);
        check_fixture(exact[i], "embeddings_long.json", hellos, 5e-6F);
        check_fixture(rounded[i].model, "embeddings_short.json", "hello world",
                      rounded[i].tolerance);
        check_fixture(rounded[i].model, "embeddings_long.json", hellos, rounded[i].tolerance);
    }
    check_fixture("test-model-vocab-quantized", "embeddings_vocab_quantized.json", hellos, 5e-6F);
}
