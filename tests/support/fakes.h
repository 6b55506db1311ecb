/*
 * Embedders of the tests' own: texts about the same thing lie in one direction, whatever their words, so that what is
 * found without a common word is found by its vector. Things are told by words: tea and drink, car and drive, sea and
 * boat; all else is one more thing.
 *
 *   fake:a    in-process, 4 dimensions, cuts texts over FAKE_CUT bytes
 *   fake:b    in-process, 6 dimensions, cuts nothing
 *   fake:far  remote: 5 dimensions, not known until it has answered
 */
#ifndef SUPPORT_FAKES_H
#define SUPPORT_FAKES_H

#include "engine/engine.h"

#define FAKE_CUT 200

/* Of all fakes of this process. */
struct fakes {
    _Atomic int texts;    /* embedded so far */
    _Atomic bool is_down; /* fake:far does not answer: UNAVAILABLE */
    _Atomic bool is_gone; /* fake:b cannot be opened */
    _Atomic int delay_us; /* of each embedding */
};
extern struct fakes fakes;

/* engine_options.open_embedder; other names are opened as usual. */
enum mneme_code fakes_open(const char *model, struct embedder **out, struct mneme_error *err);
/* Opens a handle with such a model of its own (NULL: the hashing embedder). */
enum mneme_code fakes_open_at(const char *path, const struct env *env, const char *user,
                              const char *model, mneme **out, struct mneme_error *err);

#endif
