/*
 * The embedder of last resort: no model, signed hashes of words and of their character trigrams.
 * Texts that share words or spellings are near each other, and that is all; ranking gives it no
 * weight of its own (embed_weights).
 */
#ifndef EMBED_EMBED_HASH_H
#define EMBED_EMBED_HASH_H

#include "embed/embed.h"

enum mneme_code embed_hash_open(struct embedder **out, struct mneme_error *err) MUST_CHECK;

#endif
