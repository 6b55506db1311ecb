#include "fakes.h"

#include "base/alloc.h"

#include <string.h>
#include <unistd.h>

struct fakes fakes;

struct fake {
    struct embedder base;
    bool is_resolved;
    size_t cut_bytes;
};

static size_t thing_of(const char *text)
{
    static const char *const words[][2] = {{"tea", "drink"}, {"car", "drive"}, {"sea", "boat"}};
    for (size_t i = 0; i < 3; i++) {
        if (strstr(text, words[i][0]) != NULL || strstr(text, words[i][1]) != NULL) {
            return i;
        }
    }
    return 3;
}

static void embed_texts(const struct fake *fake, const char *const *texts, size_t count, float *out,
                        bool *cut)
{
    size_t dimension = fake->base.dimension;
    for (size_t i = 0; i < count; i++) {
        memset(out + i * dimension, 0, dimension * sizeof *out);
        out[i * dimension + thing_of(texts[i])] = 1;
        if (cut != NULL) {
            cut[i] = fake->cut_bytes > 0 && strlen(texts[i]) > fake->cut_bytes;
        }
    }
    fakes.texts += (int)count;
    if (fakes.delay_us > 0) {
        (void)usleep((useconds_t)fakes.delay_us);
    }
}

static enum mneme_code fake_embed(struct embedder *self, const char *const *texts, size_t count,
                                  float *out, bool *cut, struct mneme_error *err)
{
    if (self->remote != NULL && fakes.is_down) {
        return error_set(err, MNEME_UNAVAILABLE, "the fake is down");
    }
    embed_texts((struct fake *)self, texts, count, out, cut);
    return MNEME_OK;
}

static void fake_free(struct embedder *self)
{
    mem_free(self);
}

static enum mneme_code far_embed(struct embedder *self, const struct embed_request *request,
                                 float *out, bool *cut, struct mneme_error *err)
{
    return fake_embed(self, request->texts, request->count, out, cut, err);
}

static bool far_is_resolved(const struct embedder *self)
{
    return ((const struct fake *)(const void *)self)->is_resolved;
}

static enum mneme_code far_know(struct embedder *self, const char *space, size_t dimension,
                                struct mneme_error *err)
{
    (void)err;
    (void)space;
    self->space = "remote:fake:5";
    self->dimension = dimension;
    ((struct fake *)self)->is_resolved = true;
    return MNEME_OK;
}

static enum mneme_code far_resolve(struct embedder *self, int64_t timeout_ms,
                                   struct mneme_error *err)
{
    (void)timeout_ms;
    return fakes.is_down ? error_set(err, MNEME_UNAVAILABLE, "the fake is down")
                         : far_know(self, "remote:fake:5", 5, err);
}

static const struct embed_ops ops = {fake_embed, fake_free};
static const struct embed_remote_ops far_ops = {far_embed, far_is_resolved, far_resolve, far_know};

enum mneme_code fakes_open(const char *model, struct embedder **out, struct mneme_error *err)
{
    *out = NULL;
    if (model == NULL || strncmp(model, "fake:", 5) != 0) {
        return embedder_open(model, out, err);
    }
    if (strcmp(model, "fake:b") == 0 && fakes.is_gone) {
        return error_set(err, MNEME_UNAVAILABLE, "the fake is gone");
    }
    struct fake *fake = mem_alloc_zero(1, sizeof *fake);
    if (fake == NULL) {
        return error_nomem(err);
    }
    fake->base.ops = &ops;
    if (strcmp(model, "fake:far") == 0) {
        fake->base.remote = &far_ops;
        fake->base.kind = EMBED_REMOTE;
        fake->base.space_stem = "remote:fake:";
    } else {
        bool is_a = strcmp(model, "fake:a") == 0;
        fake->base.kind = EMBED_STATIC;
        fake->base.space = is_a ? "static:fake-a:4:1" : "static:fake-b:6:1";
        fake->base.dimension = is_a ? 4 : 6;
        fake->cut_bytes = is_a ? FAKE_CUT : 0;
    }
    *out = &fake->base;
    return MNEME_OK;
}

enum mneme_code fakes_open_at(const char *path, const struct env *env, const char *user,
                              const char *model, mneme **out, struct mneme_error *err)
{
    struct mneme_options options = {
        .size = sizeof options, .url = path, .user = user, .model = model ? model : "hash"};
    struct engine_options wide = {
        .public_options = &options, .env = env, .open_embedder = fakes_open};
    return engine_open(&wide, out, err);
}
