/* What the files beside a BERT model say of it. */
#ifndef EMBED_BERT_CONFIG_H
#define EMBED_BERT_CONFIG_H

#include "embed/model_folder.h"

enum bert_pooling { BERT_MEAN, BERT_CLS };

struct bert_config {
    size_t width, layer_count, head_count;
    size_t inner_width; /* of the feed-forward part */
    size_t vocabulary_count, position_count, type_count;
    float epsilon; /* of the layer norms */
    enum bert_pooling pooling;
};

/* Whether the folder holds a transformer, of whichever kind: its config.json names a model_type and
 * a hidden_size. NOMEM. */
enum mneme_code bert_config_is_there(const struct model_folder *folder, bool *out,
                                     struct mneme_error *err) MUST_CHECK;
/* Reads config.json, and, where they are there, modules.json and 1_Pooling/config.json (default:
 * mean). INVALID for what is malformed or out
 * of range, UNSUPPORTED for another kind of model. */
enum mneme_code bert_config_read(const struct model_folder *folder, struct bert_config *out,
                                 struct mneme_error *err) MUST_CHECK;

#endif
