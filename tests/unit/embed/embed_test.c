#include "embed/embed.h"

#include "../../support/models.h"
#include "base/alloc.h"

#include <criterion/criterion.h>
#include <string.h>

Test(embed, weights_are_those_of_the_recipe)
{
    cr_assert_eq(embed_weights(EMBED_HASH).own_cos, 0);
    cr_assert_eq(embed_weights(EMBED_HASH).near_cos, 0);
    cr_assert_eq(embed_weights(EMBED_STATIC).own_cos, .3F);
    cr_assert_eq(embed_weights(EMBED_STATIC).near_cos, .4F);
    cr_assert_eq(embed_weights(EMBED_TRANSFORMER).own_cos, .6F);
    cr_assert_eq(embed_weights(EMBED_REMOTE).near_cos, .8F);
    cr_assert_eq(embed_weights(EMBED_CALLER).own_cos, .6F);
}

Test(embed, a_space_begins_with_its_kind)
{
    cr_assert_eq(embed_kind_of_space("hash:words-trigrams:256:1"), EMBED_HASH);
    cr_assert_eq(embed_kind_of_space("static:x:64:00000000"), EMBED_STATIC);
    cr_assert_eq(embed_kind_of_space("transformer:minilm:384:1"), EMBED_TRANSFORMER);
    cr_assert_eq(embed_kind_of_space("remote:a:8:b"), EMBED_REMOTE);
    cr_assert_eq(embed_kind_of_space("caller:a"), EMBED_CALLER);
    cr_assert_eq(embed_kind_of_space("my own model"), EMBED_CALLER);
    cr_assert_eq(embed_kind_of_space("static"), EMBED_CALLER);
    cr_assert_eq(embed_kind_of_space("statical:x"), EMBED_CALLER);
    cr_assert_eq(embed_kind_of_space("stat:x"), EMBED_CALLER);
    cr_assert_eq(embed_kind_of_space(""), EMBED_CALLER);
}

Test(embed, no_name_and_hash_are_the_hashing_embedder)
{
    static const char *const names[] = {NULL, "hash"};
    for (size_t i = 0; i < 2; i++) {
        struct embedder *embedder;
        cr_assert_eq(embedder_open(names[i], &embedder, NULL), MNEME_OK);
        cr_assert_eq(embedder->kind, EMBED_HASH);
        cr_assert_eq(embed_kind_of_space(embedder->space), EMBED_HASH);
        embedder_free(embedder);
    }
}

Test(embed, what_is_no_model_is_refused_with_its_name)
{
    struct models models;
    struct mneme_error err;
    struct embedder *embedder;
    models_begin(&models);
    char *empty = mem_copy_text(models_write(&models, "empty.bin", "", 0));
    char *text = mem_copy_text(models_write(&models, "notes.txt", "buy milk and bread", 18));
    const char *const names[] = {"",         "/nonexistent/model.bin", models.folder, empty, text,
                                 "/dev/zero"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cr_assert_eq(embedder_open(names[i], &embedder, &err), MNEME_INVALID, "'%s'", names[i]);
        cr_assert_null(embedder);
        cr_assert_str_eq(err.field, "model");
    }
    cr_assert_eq(embedder_open("/nonexistent/model.bin", &embedder, &err), MNEME_INVALID);
    cr_assert_not_null(strstr(err.message, "/nonexistent/model.bin"), "%s", err.message);
    cr_assert_eq(embedder_open(text, &embedder, &err), MNEME_INVALID);
    cr_assert_not_null(strstr(err.message, "neither"), "%s", err.message);
    mem_free(empty);
    mem_free(text);
    models_end(&models);
}

Test(embed, freeing_nothing_is_allowed)
{
    embedder_free(NULL);
}
