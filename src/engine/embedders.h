/*
 * The embedders of one engine: its own, named when it was opened or by default, and those of other models that the
 * store's spaces name, opened when first asked for and kept until the engine ends. Any thread.
 *
 * A model that cannot be opened (its file is gone) is tried again after a while, and meanwhile costs nothing.
 */
#ifndef ENGINE_EMBEDDERS_H
#define ENGINE_EMBEDDERS_H

#include "base/env.h"
#include "base/limits.h"
#include "embed/embed.h"
#include "store/spaces.h"

#include <pthread.h>

typedef enum mneme_code embedder_open_fn(const char *model, struct embedder **out,
                                         struct mneme_error *err);

struct opened_model {
    char *model;
    struct embedder *embedder; /* NULL: it could not be opened */
    struct mneme_error error;  /* then, why */
    int64_t tried_us;          /* monotonic */
};

struct embedders {
    embedder_open_fn *open;
    struct env env;
    struct embedder *own;
    char *own_model; /* what opens it again, in any folder; NULL: not known */
    bool is_own_lent;
    pthread_mutex_t lock; /* guards the others */
    struct opened_model others[LIMIT_OPEN_MODELS];
    size_t other_count;
};

/* `env` NULL: the system's; `open` NULL: by the name that people give a model. */
void embedders_init(struct embedders *set, const struct env *env, embedder_open_fn *open);
void embedders_clear(struct embedders *set);

/* The own one: opened by its name, or lent by another engine. Before the set is shared. */
enum mneme_code embedders_open_own(struct embedders *set, const char *model,
                                   struct mneme_error *err) MUST_CHECK;
void embedders_lend_own(struct embedders *set, struct embedder *embedder);

/* A model's name as another process can open it from another folder. In the arena; NULL when out of memory. */
const char *embedders_lasting_name(const char *model, struct arena *arena);
/* The embedder of a model, or why there is none. It lives as long as the set. */
enum mneme_code embedders_get(struct embedders *set, const char *model, struct embedder **out,
                              struct mneme_error *err) MUST_CHECK;
/* The one that makes the vectors of a space, resolved; NULL: none that can be opened here does. Touches no network. */
struct embedder *embedders_of_space(struct embedders *set, const struct space_info *space);

#endif
