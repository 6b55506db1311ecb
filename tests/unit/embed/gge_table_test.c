#include "../../support/models.h"
#include "base/alloc.h"
#include "embed/static_table.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct models models;
static struct strbuf table;

static const struct table_token tokens[] = {
    {"[UNK]", 1, {127, 127, 127}}, {"tea", .01F, {100, 0, 0}},     {"##s", .02F, {0, 50, 0}},
    {"green", .01F, {0, 0, -100}}, {"!", .5F, {0, 2, 0}},          {"caf", 1, {1, 0, 0}},
    {"##e", 1, {0, 1, 0}},         {"\xe2\x82\xac", 1, {0, 0, 1}}, {"5", 1, {0, 1, 0}},
};
#define TOKEN_COUNT (sizeof tokens / sizeof tokens[0])

static void begin(void)
{
    models_begin(&models);
    strbuf_init(&table, 1 << 20);
    models_gge(&table, tokens, TOKEN_COUNT, 3);
}

static void end(void)
{
    strbuf_clear(&table);
    models_end(&models);
}

TestSuite(gge_table, .init = begin, .fini = end);

static struct embedder *open_table(void)
{
    struct embedder *embedder;
    struct mneme_error err;
    const char *path = models_write(&models, "tiny.bin", table.text, table.length);
    cr_assert_eq(embedder_open(path, &embedder, &err), MNEME_OK, "%s", err.message);
    return embedder;
}

static void assert_vector(struct embedder *embedder, const char *text, float x, float y, float z)
{
    float got[3] = {9, 9, 9}, expected[3] = {x, y, z};
    cr_assert_eq(embedder_embed(embedder, &text, 1, got, NULL, NULL), MNEME_OK);
    vector_normalize(kernels_get(), expected, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_float_eq(got[i], expected[i], 1e-6F, "'%s' at %zu: %g not %g", text, i,
                           (double)got[i], (double)expected[i]);
    }
}

Test(gge_table, a_text_is_the_normalised_sum_of_its_scaled_rows)
{
    struct embedder *embedder = open_table();
    assert_vector(embedder, "tea", 1, 0, 0);
    assert_vector(embedder, "Green teas!", 1, 2, -1);
    assert_vector(embedder, "tea tea green", 2, 0, -1);
    embedder_free(embedder);
}

Test(gge_table, unknown_words_are_left_out_and_alone_give_zero)
{
    struct embedder *embedder = open_table();
    assert_vector(embedder, "tea with milk", 1, 0, 0);
    assert_vector(embedder, "teapot", 0, 0, 0); // a word that cannot be cut to its end
    assert_vector(embedder, "", 0, 0, 0);
    assert_vector(embedder, " \t\n", 0, 0, 0);
    assert_vector(embedder, "[UNK]", 0, 0, 0);
    embedder_free(embedder);
}

Test(gge_table, accents_and_signs_beside_a_word_do_not_spoil_it)
{
    struct embedder *embedder = open_table();
    assert_vector(embedder, "CAF\xc3\x89", 1, 1, 0);
    assert_vector(embedder, "5\xe2\x82\xac", 0, 1, 1);
    assert_vector(embedder, "tea\xf0\x9f\x8d\xb5", 1, 0, 0);
    embedder_free(embedder);
}

Test(gge_table, its_space_says_kind_name_dimension_and_content)
{
    struct embedder *embedder = open_table();
    cr_assert_eq(embedder->kind, EMBED_STATIC);
    cr_assert_eq(embedder->dimension, 3);
    cr_assert_eq(strncmp(embedder->space, "static:tiny:3:", 14), 0, "%s", embedder->space);
    cr_assert_eq(strlen(embedder->space), 14 + 8);
    cr_assert_eq(embed_kind_of_space(embedder->space), EMBED_STATIC);
    char *before = mem_copy_text(embedder->space);
    embedder_free(embedder);
    table.text[table.length - 1] = '6';
    embedder = open_table();
    cr_assert_str_neq(embedder->space, before);
    mem_free(before);
    embedder_free(embedder);
}

static void assert_named(const char *file, const char *name)
{
    struct embedder *embedder;
    const char *path = models_write(&models, file, table.text, table.length);
    cr_assert_eq(embedder_open(path, &embedder, NULL), MNEME_OK);
    cr_assert_eq(strncmp(embedder->space, "static:", 7), 0);
    cr_assert_eq(strncmp(embedder->space + 7, name, strlen(name)), 0, "%s", embedder->space);
    cr_assert_eq(embedder->space[7 + strlen(name)], ':', "%s", embedder->space);
    cr_assert_leq(strlen(embedder->space), SPACE_MAX);
    embedder_free(embedder);
}

Test(gge_table, a_name_for_a_space_is_made_of_any_file_name)
{
    char file[201], cut[121];
    memset(file, 'n', 200);
    memset(cut, 'n', 120);
    file[200] = cut[120] = '\0';
    assert_named("my model: v1.2.bin", "my-model--v1.2");
    assert_named("potion.v1.5", "potion.v1.5");
    assert_named("caf\xc3\xa9", "caf--");
    assert_named(".bin", ".bin");
    assert_named(file, cut);
}

Test(gge_table, one_changed_byte_of_a_big_file_changes_the_space)
{
    enum { DIMENSIONS = 4096, TOKENS = 4200 }; // 17 MB, more than is hashed whole
    struct strbuf big;
    struct embedder *embedder;
    char *space = NULL;
    strbuf_init(&big, 32 << 20);
    uint32_t sizes[2] = {TOKENS, DIMENSIONS};
    static char row[DIMENSIONS];
    strbuf_add_text(&big, "GGE1");
    strbuf_add(&big, (const char *)sizes, sizeof sizes);
    for (size_t i = 0; i < TOKENS; i++) strbuf_add(&big, "\0\0\x80\x3f", 4);
    for (size_t i = 0; i < TOKENS; i++) strbuf_add(&big, row, sizeof row);
    for (size_t i = 0; i < TOKENS; i++) {
        char token[7] = {4, 0};
        snprintf(token + 2, sizeof token - 2, "%04zx", i);
        strbuf_add(&big, token, 6);
    }
    for (size_t round = 0; round < 2; round++) {
        const char *path = models_write(&models, "big.bin", big.text, big.length);
        cr_assert_eq(embedder_open(path, &embedder, NULL), MNEME_OK);
        if (round == 1) cr_assert_str_neq(embedder->space, space);
        mem_free(space);
        space = mem_copy_text(embedder->space);
        embedder_free(embedder);
        big.text[big.length - 1] = 'x';
    }
    mem_free(space);
    strbuf_clear(&big);
}

static void assert_refused(const void *bytes, size_t length, const char *what)
{
    struct embedder *embedder;
    struct mneme_error err;
    const char *path = models_write(&models, "bad.bin", bytes, length);
    cr_assert_eq(gge_table_open(path, &embedder, &err), MNEME_INVALID, "%s", what);
    cr_assert_null(embedder);
    cr_assert_str_eq(err.field, "model");
    cr_assert(err.message[0] != '\0');
}

/* Else the process would end by SIGBUS. */
Test(gge_table, refuses_to_embed_once_its_file_was_cut)
{
    struct mneme_error err;
    const char *text = "tea";
    float out[3];
    struct embedder *embedder = open_table();
    assert_vector(embedder, text, 1, 0, 0);
    cr_assert_eq(truncate(models.path, 12), 0);
    cr_assert_eq(embedder_embed(embedder, &text, 1, out, NULL, &err), MNEME_UNAVAILABLE);
    cr_assert_str_eq(err.field, "model");
    embedder_free(embedder);
}

Test(gge_table, every_truncation_is_refused)
{
    for (size_t length = 0; length < table.length; length++) {
        assert_refused(table.text, length, "truncated");
    }
}

Test(gge_table, a_byte_more_is_refused)
{
    strbuf_add_char(&table, 'x');
    assert_refused(table.text, table.length, "trailing");
}

Test(gge_table, impossible_counts_are_refused_without_allocating_for_them)
{
    static const uint32_t counts[] = {0, 1, 10, 1 << 20, (1 << 20) + 1, 0x7fffffff, UINT32_MAX};
    for (size_t where = 4; where <= 8; where += 4) {
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            char *copy = mem_alloc(table.length);
            memcpy(copy, table.text, table.length);
            memcpy(copy + where, &counts[i], sizeof counts[i]);
            assert_refused(copy, table.length, "count");
            mem_free(copy);
        }
    }
}

Test(gge_table, scales_that_are_no_numbers_are_refused)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        memcpy(table.text + 12 + 4, &bad[i], sizeof bad[i]);
        assert_refused(table.text, table.length, "scale");
    }
}

Test(gge_table, a_token_twice_or_in_bad_utf8_is_refused)
{
    struct table_token twice[] = {{"tea", 1, {1}}, {"##a", 1, {1}}, {"tea", 1, {1}}};
    strbuf_truncate(&table, 0);
    models_gge(&table, twice, 3, 1);
    assert_refused(table.text, table.length, "twice");
    twice[2].text = "te\xc3";
    strbuf_truncate(&table, 0);
    models_gge(&table, twice, 3, 1);
    assert_refused(table.text, table.length, "UTF-8");
}

Test(gge_table, any_changed_byte_is_refused_or_embeds)
{
    static const char *const text = "Green teas 5 caf\xc3\xa9!";
    for (size_t at = 0; at < table.length; at++) {
        for (int bit = 0; bit < 8; bit++) {
            struct embedder *embedder;
            float out[4096];
            table.text[at] ^= (char)(1 << bit);
            const char *path = models_write(&models, "bit.bin", table.text, table.length);
            if (gge_table_open(path, &embedder, NULL) == MNEME_OK) {
                cr_assert_eq(embedder_embed(embedder, &text, 1, out, NULL, NULL), MNEME_OK);
                embedder_free(embedder);
            }
            table.text[at] ^= (char)(1 << bit);
        }
    }
}

static bool fails_at(void *context)
{
    size_t *left = context;
    return (*left)-- == 0;
}

Test(gge_table, each_allocation_may_fail)
{
    const char *path = models_write(&models, "tiny.bin", table.text, table.length);
    enum mneme_code code = MNEME_NOMEM;
    size_t n = 0;
    for (; code == MNEME_NOMEM; n++) {
        struct embedder *embedder;
        size_t left = n;
        mem_set_hook(fails_at, &left);
        code = embedder_open(path, &embedder, NULL);
        mem_set_hook(NULL, NULL);
        cr_assert_eq(embedder == NULL, code != MNEME_OK);
        embedder_free(embedder);
    }
    cr_assert_eq(code, MNEME_OK);
    cr_assert(n > 3);
}

/* Computed by the reference of the table's makers; texts of our own. The first eight of 64 numbers each. */
static const struct {
    const char *text;
    float start[8];
} golden[] = {
    {"Mara hid the brass key under the third stair.",
     {0.103094F, -0.077196F, 0.060900F, -0.100607F, -0.032593F, -0.012973F, 0.146365F, 0.042753F}},
    {"What did Tomas promise to bring on Thursday?",
     {-0.255842F, 0.135228F, 0.072153F, 0.148127F, -0.002529F, 0.106825F, -0.056914F, 0.237674F}},
    {"na\303\257ve caf\303\251 \342\200\224 \342\200\2345\342\202\254\342\200\235, "
     "don't_you@think?",
     {-0.302427F, 0.069048F, -0.276660F, 0.119711F, -0.053762F, 0.092747F, 0.014400F, -0.191669F}},
    {"great\360\237\230\200 news: \305\201\303\263d\305\272, \346\235\261\344\272\254 and Rue "
     "Saint-Honor\303\251",
     {0.162314F, -0.227273F, -0.202534F, 0.202220F, 0.214666F, 0.163598F, 0.224040F, 0.201089F}},
    {"antidisestablishmentarianism x86_64 v1.2.3",
     {0.031413F, -0.093923F, -0.416935F, 0.020513F, 0.311287F, -0.148203F, 0.033068F, 0.013578F}},
};

Test(gge_table, the_shared_table_gives_what_its_reference_gives)
{
    struct embedder *embedder;
    struct mneme_error err;
    const char *path = models_shared(&models, "potion-base-2M.bin");
    cr_assert_eq(embedder_open(path, &embedder, &err), MNEME_OK, "%s", err.message);
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        float got[64];
        cr_assert_eq(embedder->dimension, 64);
        cr_assert_eq(embedder_embed(embedder, &golden[i].text, 1, got, NULL, NULL), MNEME_OK);
        for (size_t k = 0; k < 8; k++) {
            cr_assert_float_eq(got[k], golden[i].start[k], 2e-6F, "'%s' at %zu: %g not %g",
                               golden[i].text, k, (double)got[k], (double)golden[i].start[k]);
        }
    }
    embedder_free(embedder);
}
