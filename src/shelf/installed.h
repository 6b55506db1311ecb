/*
 * The models a user has: a folder each in $XDG_DATA_HOME/mneme/models, and beside it one line, in the file `model`,
 * that names the one to use where none is asked for.
 */
#ifndef SHELF_INSTALLED_H
#define SHELF_INSTALLED_H

#include "base/arena.h"

/* A model's name: 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit. */
bool installed_is_name(const char *name);
/* Where a model's folder is or would be. */
enum mneme_code installed_folder(const char *name, struct arena *arena, const char **out,
                                 struct mneme_error *err) MUST_CHECK;
bool installed_is_there(const char *name, struct arena *arena);

struct installed_names {
    const char **names; /* sorted */
    size_t count;
};
/* Without a home folder, or where there are none: an empty list. */
enum mneme_code installed_list(struct arena *arena, struct installed_names *out,
                               struct mneme_error *err) MUST_CHECK;

/* What is to be used where no model is asked for, as it was chosen: a model's name, a path, `hash`. Where nothing was
 * chosen: the catalogue's default if it is there, else NULL. */
enum mneme_code installed_default(struct arena *arena, const char **out, struct mneme_error *err)
    MUST_CHECK;
/* Chooses that; on disk when it returns. */
enum mneme_code installed_set_default(const char *model, struct mneme_error *err) MUST_CHECK;

/* True once per user: whoever asks first tells them that there is no model. */
bool installed_tell_once(struct arena *arena);

/*
 * What embedder_open takes for a model as people name it: NULL (the default), `hash` or `none`, the name of an
 * installed one, a path, a provider's address. NULL in *out: the hashing embedder, because there is nothing else.
 * UNAVAILABLE for a model of the catalogue that is not here.
 */
enum mneme_code installed_resolve(const char *model, struct arena *arena, const char **out,
                                  struct mneme_error *err) MUST_CHECK;

#endif
