#include "embed/embed.h"

#include "embed/bert_config.h"
#include "embed/embed_hash.h"
#include "embed/embed_remote.h"
#include "embed/static_table.h"
#include "embed/transformer.h"

#include <assert.h>
#include <string.h>

/* Kinds are named by the first part of a space's name. Weights: ranking recipe, sections 5, 9. */
static const struct {
    const char *name;
    struct embed_weights weights;
} kinds[] = {
    [EMBED_HASH] = {"hash", {0, 0}}, // it only repeats the lexical leg
    [EMBED_STATIC] = {"static", {.3F, .4F}}, [EMBED_TRANSFORMER] = {"transformer", {.6F, .8F}},
    [EMBED_REMOTE] = {"remote", {.6F, .8F}}, [EMBED_CALLER] = {"caller", {.6F, .8F}},
};

struct embed_weights embed_weights(enum embed_kind kind)
{
    return kinds[kind].weights;
}

enum embed_kind embed_kind_of_space(const char *space)
{
    const char *colon = strchr(space, ':');
    for (size_t i = 0; colon != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t length = strlen(kinds[i].name);
        if (length == (size_t)(colon - space) && memcmp(space, kinds[i].name, length) == 0) {
            return (enum embed_kind)i;
        }
    }
    return EMBED_CALLER;
}

static bool is_gge_table(const char *path)
{
    struct mapped_file file;
    if (mapped_file_open(path, &file, NULL) != MNEME_OK) {
        return false;
    }
    bool is_one = file.length >= 4 && memcmp(file.bytes, "GGE1", 4) == 0;
    mapped_file_close(&file);
    return is_one;
}

enum mneme_code embedder_open(const char *model, struct embedder **out, struct mneme_error *err)
{
    *out = NULL;
    if (model == NULL || strcmp(model, "hash") == 0) {
        return embed_hash_open(out, err);
    }
    if (provider_is_named(model)) {
        return embed_remote_open(model, out, err);
    }
    if (is_gge_table(model)) {
        return gge_table_open(model, out, err);
    }
    struct model_folder folder;
    bool is_transformer = false;
    enum mneme_code code = model_folder_find(model, &folder, err);
    if (code == MNEME_OK && model_folder_is(model)) {
        code = bert_config_is_there(&folder, &is_transformer, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    return is_transformer ? transformer_open(&folder, out, err) : model2vec_open(model, out, err);
}

enum mneme_code embedder_embed(struct embedder *self, const char *const *texts, size_t count,
                               float *out, bool *cut, struct mneme_error *err)
{
    assert(self != NULL && (count == 0 || (texts != NULL && out != NULL)));
    if (cut != NULL) {
        memset(cut, 0, count * sizeof *cut);
    }
    enum mneme_code code = self->ops->embed(self, texts, count, out, cut, err);
    if (code != MNEME_OK && count > 0) {
        memset(out, 0, count * self->dimension * sizeof *out);
    }
    return code;
}

enum mneme_code embedder_embed_within(struct embedder *self, const struct embed_request *request,
                                      float *out, bool *cut, struct mneme_error *err)
{
    if (self->remote == NULL) {
        return embedder_embed(self, request->texts, request->count, out, cut, err);
    }
    assert(embedder_is_resolved(self));
    if (cut != NULL) {
        memset(cut, 0, request->count * sizeof *cut);
    }
    enum mneme_code code = self->remote->embed_within(self, request, out, cut, err);
    if (code != MNEME_OK && request->count > 0) {
        memset(out, 0, request->count * self->dimension * sizeof *out);
    }
    return code;
}

void embedder_free(struct embedder *self)
{
    if (self != NULL) {
        self->ops->free(self);
    }
}

bool embedder_is_remote(const struct embedder *self)
{
    return self->remote != NULL;
}

bool embedder_is_resolved(const struct embedder *self)
{
    return self->remote == NULL || self->remote->is_resolved(self);
}

enum mneme_code embedder_resolve(struct embedder *self, int64_t timeout_ms, struct mneme_error *err)
{
    return embedder_is_resolved(self) ? MNEME_OK : self->remote->resolve(self, timeout_ms, err);
}

enum mneme_code embedder_know(struct embedder *self, const char *space, size_t dimension,
                              struct mneme_error *err)
{
    if (self->remote != NULL) {
        return self->remote->know(self, space, dimension, err);
    }
    bool is_same = strcmp(self->space, space) == 0 && self->dimension == dimension;
    return is_same ? MNEME_OK
                   : error_set(err, MNEME_CONFLICT, "the model's space is '%s', not '%.90s'",
                               self->space, space);
}
