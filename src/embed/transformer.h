/*
 * A transformer as an embedder: a folder with config.json of a BERT model, model.safetensors, and
 * tokenizer.json or vocab.txt.
 *
 * Opening maps the weights and checks all shapes; they are packed at the first embedding (some 20 ms
 * for 6 layers of 384), by whichever thread comes first. A text over the model's limit is cut there,
 * and said to be.
 */
#ifndef EMBED_TRANSFORMER_H
#define EMBED_TRANSFORMER_H

#include "embed/embed.h"
#include "embed/model_folder.h"

enum mneme_code transformer_open(const struct model_folder *folder, struct embedder **out,
                                 struct mneme_error *err) MUST_CHECK;

#endif
