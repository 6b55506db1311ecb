/* The embedders that an engine has open. */
#include "engine/embedders.h"

#include "base/alloc.h"
#include "shelf/installed.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define TRY_AGAIN_US (INT64_C(5) * 1000000)

/* The model as people name it. */
static enum mneme_code open_named(const char *model, struct embedder **out, struct mneme_error *err)
{
    struct arena arena;
    const char *path;
    arena_init(&arena);
    enum mneme_code code = installed_resolve(model, &arena, &path, err);
    if (code == MNEME_OK) {
        code = embedder_open(path, out, err);
    }
    arena_clear(&arena);
    return code;
}

void embedders_init(struct embedders *set, const struct env *env, embedder_open_fn *open)
{
    *set = (struct embedders){.open = open ? open : open_named, .env = env ? *env : env_system()};
    pthread_mutex_init(&set->lock, NULL);
}

void embedders_clear(struct embedders *set)
{
    for (size_t i = 0; i < set->other_count; i++) {
        embedder_free(set->others[i].embedder);
        mem_free(set->others[i].model);
    }
    if (!set->is_own_lent) {
        embedder_free(set->own);
    }
    mem_free(set->own_model);
    pthread_mutex_destroy(&set->lock);
}

const char *embedders_lasting_name(const char *model, struct arena *arena)
{
    char path[PATH_MAX];
    if (installed_is_name(model) && installed_is_there(model, arena)) {
        return model;
    }
    return arena_text(arena, realpath(model, path) != NULL ? path : model);
}

/* What opens the own one again: its name, the default's, or `hash`, which needs none. */
static char *own_name(const struct embedder *own, const char *model)
{
    struct arena arena;
    const char *name = model;
    arena_init(&arena);
    if (own->kind == EMBED_HASH) {
        name = "hash";
    } else if (model == NULL && installed_default(&arena, &name, NULL) != MNEME_OK) {
        name = NULL;
    }
    char *copy = mem_copy_text(name ? embedders_lasting_name(name, &arena) : NULL);
    arena_clear(&arena);
    return copy;
}

enum mneme_code embedders_open_own(struct embedders *set, const char *model,
                                   struct mneme_error *err)
{
    enum mneme_code code = set->open(model, &set->own, err);
    if (code == MNEME_OK) {
        set->own_model = own_name(set->own, model);
    }
    return code;
}

void embedders_lend_own(struct embedders *set, struct embedder *embedder)
{
    set->own = embedder;
    set->is_own_lent = true;
}

/* With the lock held. NULL: no room for one more, or no memory. */
static struct opened_model *find_or_add(struct embedders *set, const char *model)
{
    for (size_t i = 0; i < set->other_count; i++) {
        if (strcmp(set->others[i].model, model) == 0) {
            return &set->others[i];
        }
    }
    if (set->other_count == LIMIT_OPEN_MODELS) {
        return NULL;
    }
    struct opened_model *opened = &set->others[set->other_count];
    *opened = (struct opened_model){.model = mem_copy_text(model)};
    if (opened->model == NULL) {
        return NULL;
    }
    set->other_count++;
    return opened;
}

/* With the lock held: opening a model takes milliseconds, once. */
static enum mneme_code open_other(struct embedders *set, const char *model, struct embedder **out,
                                  struct mneme_error *err)
{
    struct opened_model *opened = find_or_add(set, model);
    if (opened == NULL) {
        return error_set(err, MNEME_LIMIT, "no more than %d models can be open", LIMIT_OPEN_MODELS);
    }
    int64_t now_us = set->env.monotonic_us(set->env.context);
    bool is_due = opened->tried_us == 0 || now_us - opened->tried_us >= TRY_AGAIN_US;
    if (opened->embedder == NULL && is_due) {
        opened->tried_us = now_us;
        opened->error = (struct mneme_error){0};
        (void)!set->open(model, &opened->embedder, &opened->error);
    }
    *out = opened->embedder;
    return opened->embedder ? MNEME_OK : error_copy(err, &opened->error);
}

enum mneme_code embedders_get(struct embedders *set, const char *model, struct embedder **out,
                              struct mneme_error *err)
{
    *out = NULL;
    if (set->own_model != NULL && strcmp(set->own_model, model) == 0) {
        *out = set->own;
        return MNEME_OK;
    }
    pthread_mutex_lock(&set->lock);
    enum mneme_code code = open_other(set, model, out, err);
    pthread_mutex_unlock(&set->lock);
    return code;
}

/* A remote one may not have been told yet which space it makes: the store knows. */
static bool makes(struct embedder *embedder, const struct space_info *space)
{
    bool is_late = !embedder_is_resolved(embedder);
    if (is_late && (embedder->space_stem == NULL ||
                    strncmp(space->name, embedder->space_stem, strlen(embedder->space_stem)) != 0 ||
                    embedder_know(embedder, space->name, space->dimension, NULL) != MNEME_OK)) {
        return false;
    }
    return strcmp(embedder->space, space->name) == 0 && embedder->dimension == space->dimension;
}

struct embedder *embedders_of_space(struct embedders *set, const struct space_info *space)
{
    struct embedder *other;
    if (makes(set->own, space)) {
        return set->own;
    }
    if (space->model == NULL || embedders_get(set, space->model, &other, NULL) != MNEME_OK) {
        return NULL;
    }
    return makes(other, space) ? other : NULL;
}
